"""Trials as a table for pandas: one row per trial, the record's columns, and `correct`.

Everything that follows works on this table, or on any other that has the columns that it needs.
"""

import os
from collections.abc import Iterable, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from askew.column import SEPARATOR, Field
from askew.declared import Subgroup
from askew.errors import BadCell, BadInput, at, quoted
from askew.sidecar import check
from askew.study import Study
from askew.trial import TRIALS, Trial, repeats_refused
from askew_analysis.columns import codes, need, once

NUMBERS = tuple(field.name for field in TRIALS.fields if field.type_name in {"float", "int"} and not field.listed)
IDENTITY = ("set", "observer", "session", "stimulus")  # what no two trials share
ALLOWED = "give trials: records, a DataFrame, a file or several, or a study"
CHOICE = ("offered", "truth", "choice", "outcome")  # what decides whether an answer is right


def frame(trials: Any, *, subgroups: bool = False) -> pd.DataFrame:
    """The table of trials: from Trial records, a study folder, CSV files, or a DataFrame as read from such a file.

    `correct` is 1.0, 0.0 or nan (no answer); `offered` stays one text, joined by `|`; what is empty is missing.
    Observers and stimuli of the same name in two stimulus sets are two: they are called `SET/NAME` (a model is one
    model whatever it looks at). `subgroups` makes groups of the subgroups that a study declares, as `askew compare`
    does, also when only tables in its folder are named.

    >>> trial = Trial(observer="sim_1", kind="simulated", group="40ms", stimulus="mug", condition="rotated",
    ...               offered=("mug", "hammer"), truth="mug", choice="hammer")
    >>> frame([trial])[["observer", "condition", "correct"]].values.tolist()
    [['sim_1', 'rotated', 0.0]]
    """
    if isinstance(trials, Trial | pd.DataFrame | Path | str | Study):
        trials = [trials]
    if isinstance(trials, bytes | Mapping) or not isinstance(trials, Iterable):
        raise BadInput(f"{quoted(trials)} is given; {ALLOWED}")
    given = list(trials)
    if all(isinstance(one, Path | str | Study) for one in given) and given:
        found = _read(given, subgroups)
    elif len(given) == 1 and isinstance(given[0], pd.DataFrame):
        found = _from_table(given[0])
    elif all(isinstance(one, Trial) for one in given):
        found = _from_records(given)
    else:
        wrong = next(one for one in given if not isinstance(one, Trial))
        hint = "join the tables with pandas.concat" if isinstance(wrong, pd.DataFrame) else ALLOWED
        raise BadInput(f"{quoted(type(wrong).__name__)} is among what is given; {hint}")
    if found.empty:
        raise BadInput(f"there are no trials; {ALLOWED}")
    return _told_apart(found)


def sources(trials: Any) -> list[Path]:
    """The files that `frame` reads for a study, a file or several, in its order.

    A folder with a study.toml is a study; any other folder stands for the tables in it.
    """
    places = [trials] if isinstance(trials, Path | str | Study) else list(trials)
    paths: list[Path] = []
    for place in places:
        if isinstance(place, Study):
            paths += place.trial_files()
        elif (Path(place) / "study.toml").is_file():
            paths += Study.open(place).trial_files()
        elif Path(place).is_dir():
            paths += sorted(path for path in Path(place).glob("*.csv") if not path.name.startswith("."))
        else:
            paths.append(Path(place))
    if not paths:
        given = ", ".join(str(place.root if isinstance(place, Study) else place) for place in places[:3]) or "nothing"
        raise BadInput(f"{given}: has no tables of trials; run a session, score models or import data first")
    return paths


def study_of(folder: Path) -> Study | None:
    """The study whose `trials` folder this is, if it is one."""
    whole = Path(os.path.abspath(folder))
    is_one = whole.name == "trials" and (whole.parent / "study.toml").is_file()
    return Study.open(whole.parent) if is_one else None


def _read(trials: Any, subgroups: bool) -> pd.DataFrame:
    folders: dict[Path, list[Path]] = {}
    for path in sources(trials):
        check(path)
        folders.setdefault(path.parent, []).append(path)
    parts = []
    for folder, paths in folders.items():
        df = _from_records(repeats_refused(paths))
        study = study_of(folder) if subgroups else None
        parts.append(_regrouped(df, study.subgroups) if study else df)
    df = pd.concat(parts, ignore_index=True)
    if len(parts) > 1:
        once(df, *IDENTITY, hint="two of the folders hold the same trial; name one of them")
    return df


def _regrouped(df: pd.DataFrame, subgroups: Iterable[Subgroup]) -> pd.DataFrame:
    group = df["group"].copy()
    for part in subgroups:
        if (df["group"] == part.name).any():
            raise BadInput(
                f"subgroup {quoted(part.name)}: is the name of a group already; name it otherwise in study.toml"
            )
        group[(df["group"] == part.group) & (df[part.column] == part.value)] = part.name
    return df.assign(group=group)


def _from_records(trials: Iterable[Trial]) -> pd.DataFrame:
    names = TRIALS.columns
    get = attrgetter(*names, "correct")
    columns = list(zip(*map(get, trials), strict=True)) or [()] * (len(names) + 1)
    df = pd.DataFrame(dict(zip((*names, "correct"), columns, strict=True)))
    df["offered"] = [SEPARATOR.join(labels) for labels in df["offered"]]
    numbers = {name: pd.to_numeric(df[name]).astype(float) for name in (*NUMBERS, "correct")}
    return df.assign(**numbers)


def _from_table(given: pd.DataFrame) -> pd.DataFrame:
    need(given, "observer", "stimulus")
    again = given.columns[given.columns.duplicated()]
    if len(again):
        raise BadInput(f"the table has two columns {quoted(str(again[0]))}; keep one")
    if "correct" not in given.columns:
        need(given, "truth", "choice")
    df = given.reset_index(drop=True)
    for field in TRIALS.fields:
        if field.name in df.columns:
            df[field.name] = _column(df[field.name], field)
        elif field.name in ("set", "session"):
            df[field.name] = pd.Series([None] * len(df), dtype=object)
    _check_choices(df)
    if {"truth", "choice"} <= {*df.columns}:
        correct = np.where(df["choice"].isna(), np.nan, (df["choice"] == df["truth"]).astype(float))
        if "correct" in df.columns:
            _refuse_other(df, codes(df["correct"]), correct)
    else:
        correct = codes(df["correct"])
    once(df, *IDENTITY, hint="keep one, or give a repetition its own session label")
    return df.assign(correct=correct)


def _column(given: pd.Series, field: Field) -> pd.Series:
    """The values of one column, each different one parsed and checked once."""
    found: dict[Any, Any] = {}
    if field.listed:
        given = given.map(lambda value: SEPARATOR.join(map(str, value)) if isinstance(value, list | tuple) else value)
    with at("the table"):
        for value in given.dropna().unique():
            found[value] = _value(value.item() if isinstance(value, np.generic) else value, field)
    values = [found.get(value) if found else None for value in given]
    if field.name in NUMBERS:
        return pd.Series(values, index=given.index, dtype=float)
    return pd.Series(values, index=given.index, dtype=None if any(value is not None for value in values) else object)


def _value(value: Any, field: Field) -> Any:
    """One value as the record has it; a text is parsed as in a file."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if field.type_name == "str" and is_number and float(value).is_integer():
        value = str(int(value))  # pandas makes numbers of labels such as 1 and 90
    if field.type_name == "str" and not isinstance(value, str):
        raise BadCell(field.name, f"{quoted(value)} is not {field.described()}; read the file with dtype=str")
    if field.type_name == "int" and isinstance(value, float) and value.is_integer():
        value = int(value)  # pandas makes 3.0 of 3 where a column has a gap
    parsed = field.value(value) if isinstance(value, str) else value
    field.check(parsed)
    return SEPARATOR.join(parsed) if field.listed and parsed is not None else parsed


def _check_choices(df: pd.DataFrame) -> None:
    """Refuse what no trial could be: each combination of labels and outcome is tried once."""
    if not {*CHOICE} <= {*df.columns}:
        return
    for offered, truth, choice, outcome in df[[*CHOICE]].drop_duplicates().itertuples(index=False):
        with at("the table"):
            Trial(
                observer="any",
                kind="simulated",
                group="any",
                stimulus="any",
                condition="any",
                offered=tuple(str(offered).split(SEPARATOR)),
                truth=truth,
                choice=None if pd.isna(choice) else choice,
                outcome=outcome,
            )


def _refuse_other(df: pd.DataFrame, said: NDArray[np.float64], follows: NDArray[np.float64]) -> None:
    differs = ~((said == follows) | (np.isnan(said) & np.isnan(follows)))
    if differs.any():
        first = int(differs.argmax())
        row = df.iloc[first]
        raise BadInput(
            f"row {first}, column correct: {said[first]:g} is given, but the choice {quoted(row['choice'])} and the "
            f"truth {quoted(row['truth'])} say {follows[first]:g}; remove the column `correct`"
        )


def _told_apart(df: pd.DataFrame) -> pd.DataFrame:
    """Give namesakes in different stimulus sets names of their own."""
    if df["set"].isna().all():
        return df
    everywhere = pd.Series(True, index=df.index)
    people = df["kind"].ne("model") if "kind" in df.columns else everywhere
    return df.assign(observer=_with_set(df, "observer", people), stimulus=_with_set(df, "stimulus", everywhere))


def _with_set(df: pd.DataFrame, name: str, where: pd.Series) -> pd.Series:
    sets = df.loc[where, [name, "set"]].drop_duplicates()
    namesakes = sets.loc[sets[name].duplicated(keep=False), name].unique()
    rows = where & df[name].isin(namesakes) & df["set"].notna()
    return df[name].mask(rows, df["set"].astype(object) + "/" + df[name])
