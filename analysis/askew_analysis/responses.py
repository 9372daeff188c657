"""Who answered which picture how: observers x pictures, aligned by the picture's name and never by position."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from askew.describe import natural
from askew.errors import BadInput, quoted
from askew_analysis.columns import codes, labelled, names, need, once

Missing = Literal["drop", "wrong", "own-code"]
Bits = NDArray[np.bool_]


@dataclass(frozen=True)
class Responses:
    """Answers in one stratum: `right`, `lacking` (seen, but no answer) and `counted` (enters comparisons).

    Each is observers x pictures. Under the rule `own-code` a missing answer is a third code, equal to another's
    missing answer and to nothing else; `lacking` is all False under the other rules.
    """

    stratum: str
    right: Bits
    counted: Bits
    lacking: Bits

    @property
    def complete(self) -> bool:
        """Whether everybody's answer to every picture counts, with no third code."""
        return bool(self.counted.all()) and not self.lacking.any()


@dataclass(frozen=True)
class Panel:
    """The observers of a table, their groups where each has one, and their answers in each stratum.

    `people` is who each observer is, for one who took part twice is two observers and one person, and so is a network
    that saw the pictures in two views.
    """

    observers: tuple[str, ...]
    groups: Mapping[str, str]
    people: Mapping[str, str]
    strata: tuple[Responses, ...]


def check_rule(missing: str) -> None:
    """Refuse a rule for missing answers that is none."""
    if missing not in get_args(Missing):
        raise BadInput(f"missing={quoted(missing)} is given; allowed: {', '.join(get_args(Missing))}")


def panel(
    df: pd.DataFrame, by: str | Sequence[str] = "observer", within: str | Sequence[str] = (), missing: str = "drop"
) -> Panel:
    """The answers of a table as matrices. An observer's second answer to a picture is refused, not averaged."""
    check_rule(missing)
    keys, strata = names(by), names(within)
    df = labelled(df, *keys, "stimulus", *strata)
    need(df, "correct")
    if df.empty:
        raise BadInput("there are no trials in the table; look at what was filtered out")
    df = df.assign(_who=_joined(df, keys), _where=_joined(df, strata), _code=codes(df["correct"]))
    _refuse_second(df, keys)
    observers = sorted(df["_who"].unique(), key=natural)
    if len(observers) < 2:
        raise BadInput(f"there is one observer, {quoted(observers[0])}; error consistency compares two or more")
    parts = [
        _responses(stratum, part, observers, missing) for stratum, part in sorted(df.groupby("_where"), key=_by_name)
    ]
    first = df.drop_duplicates("_who")
    person = first["observer"].astype(str) if "observer" in first.columns else first["_who"]
    if "kind" in first.columns:
        person = person.where(first["kind"].astype(str) != "model", person.map(network_of))
    people = dict(zip(first["_who"], person, strict=True))
    return Panel(tuple(observers), _groups(df), people, tuple(parts))


def network_of(observer: str) -> str:
    """The network that an observer is: `askew score` calls one that saw the pictures in another view NAME@VIEW.

    >>> network_of("resnet50"), network_of("resnet50@whole")
    ('resnet50', 'resnet50')
    """
    return observer.partition("@")[0]


def _by_name(item: tuple[str, pd.DataFrame]) -> list[tuple[bool, int, str]]:
    return natural(item[0])


def _joined(df: pd.DataFrame, keys: Sequence[str]) -> pd.Series:
    if not keys:
        return pd.Series("", index=df.index)
    return df[keys[0]].str.cat([df[key] for key in keys[1:]], sep=" / ")


def _refuse_second(df: pd.DataFrame, keys: Sequence[str]) -> None:
    if not df.duplicated(["_who", "stimulus"]).any():
        return
    splitting = [
        name
        for name in ("group", "session", "set")
        if name in df.columns and name not in keys and df.groupby("_who")[name].nunique().max() > 1
    ]
    hint = "keep one of the rows"
    if splitting:
        wider = ", ".join(repr(name) for name in (*keys, splitting[0]))
        hint = f"filter the table by {splitting[0]}, or take by=({wider})"
    plain = df.rename(columns={"_who": "the observer", "stimulus": "the stimulus"})
    once(plain, "the observer", "the stimulus", hint=hint)


def _responses(stratum: str, df: pd.DataFrame, observers: Sequence[str], missing: str) -> Responses:
    images = pd.Index(sorted(df["stimulus"].unique()))
    table = np.full((len(observers), len(images)), -2.0)  # not shown
    rows = pd.Index(observers).get_indexer(df["_who"])
    table[rows, images.get_indexer(df["stimulus"])] = np.where(np.isnan(df["_code"]), -1.0, df["_code"])
    seen, lacking = table > -2, table == -1
    return Responses(
        stratum,
        right=table == 1,
        counted=seen & ~lacking if missing == "drop" else seen,
        lacking=lacking if missing == "own-code" else np.zeros_like(lacking),
    )


def _groups(df: pd.DataFrame) -> dict[str, str]:
    """The group of each observer; nothing where some have none or several."""
    if "group" not in df.columns or df["group"].isna().any():
        return {}
    each = df.drop_duplicates(["_who", "group"])
    if each["_who"].duplicated().any():
        return {}
    first = labelled(each, "group")
    return dict(zip(first["_who"], first["group"], strict=True))
