"""What a formula makes of a table: the answers, a column of numbers for each term, and what was left out.

The one place that knows formulaic, so that every model reads a formula in the same way.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
import pandas as pd
from formulaic import Formula
from formulaic.transforms import TRANSFORMS
from numpy.typing import NDArray
from scipy.linalg import qr

from askew.errors import BadInput, brief, counted, meant, quoted
from askew_analysis.columns import codes, need
from askew_analysis.covariates import IMPLIED, implied

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Design:
    """The rows that a formula can use: `y` (1 right, 0 wrong), `x` (rows by terms) and their part of the table."""

    formula: str
    terms: tuple[str, ...]
    y: Floats
    x: Floats
    rows: pd.DataFrame
    predictors: tuple[str, ...]
    notes: tuple[str, ...]
    spec: Any

    def columns(self, rows: pd.DataFrame) -> Floats:
        """The columns of `x` for other rows, with the same levels and references."""
        return np.asarray(self.spec.get_model_matrix(rows, context={}), dtype=float)

    def categories(self) -> tuple[str, ...]:
        """The predictors that are labels: text, yes or no, and numbers of which there are at most two."""
        return tuple(name for name in self.predictors if _is_label(self.rows[name]))

    def cells(self) -> pd.DataFrame:
        """How many answers, and how many right ones, each combination of the labels in the table has."""
        names = [*self.categories()]
        counted = self.rows[names].assign(n_answers=1, n_right=self.y.astype(int))
        if not names:
            return counted.sum().to_frame().T
        return counted.groupby(names, observed=True, sort=True).sum().reset_index()

    def pure(self) -> str:
        """The first cell in which all answers are right, or all wrong, and how many such cells there are."""
        cells = self.cells()
        pure = cells[(cells["n_right"] == 0) | (cells["n_right"] == cells["n_answers"])]
        if pure.empty or not self.categories():
            return ""
        first = pure.iloc[0]
        what = "right" if first["n_right"] else "wrong"
        more = f" and in {counted(len(pure) - 1, 'other cell')}" if len(pure) > 1 else ""
        where = cell_text({name: first[name] for name in self.categories()})
        return f"every answer is {what} where {where} ({counted(int(first['n_answers']), 'answer')}){more}"


def design(
    df: pd.DataFrame, formula: str, *, missing: Literal["drop", "wrong"] = "drop", also: Sequence[str] = ()
) -> Design:
    """Read a formula such as "correct ~ C(group, Treatment('unlimited')) * rotated" against a table.

    Rows without an answer leave (`missing="drop"`) or count as wrong; rows that lack a predictor leave; the notes say
    how many. `rotated`, `pose` and `exposure` are made from condition and requested exposure where the table lacks
    them. `also` names columns that the caller needs beside the formula's.
    """
    need(df, *also)
    if missing not in ("drop", "wrong"):
        raise BadInput(f"missing={quoted(missing)} is no rule for missing answers; allowed: 'drop', 'wrong'")
    answer, parsed = _parsed(formula)
    # What stands inside poly() and the like is not among the variables that the parser names.
    words = {*re.findall(r"[^\W\d]\w*", re.sub(r"'[^']*'|\"[^\"]*\"", "", formula.split("~", 1)[1]))}
    predictors = sorted({str(name) for name in parsed.required_variables} - {*TRANSFORMS} | words & {*df.columns})
    df = _with_implied(df, [answer, *predictors], formula)
    rows, y, notes = _used(df, answer, predictors, missing, also)
    _refuse_one_kind(y)
    try:
        with np.errstate(all="ignore"):  # what is not finite is refused below, by name
            matrix = parsed.get_model_matrix(rows, context={}, na_action="ignore")
    except Exception as error:  # noqa: BLE001  a formula may call what it likes, which may raise what it likes
        raise _unusable(formula, error) from None
    x = np.asarray(matrix, dtype=float)
    terms = tuple(str(name) for name in matrix.columns)
    if not terms:
        raise BadInput(f"the formula {quoted(formula)} has no terms; write 'correct ~ 1' for an intercept alone")
    found = Design(formula, terms, y, x, rows, tuple(predictors), tuple(notes), matrix.model_spec)
    _refuse_infinite(found)
    _refuse_aliased(found)
    return found


def _parsed(formula: str) -> tuple[str, Any]:
    """The name of the answer's column and the right side."""
    if not isinstance(formula, str):
        raise BadInput(f"{quoted(formula)} is no formula; write a text such as 'correct ~ group * condition'")
    if re.search(r"\(.*\|.*\)", formula):
        raise BadInput(f"{quoted(formula)} has a random effect in it; say random=('observer', 'stimulus') instead")
    try:
        parsed = Formula(formula)
    except Exception as error:  # noqa: BLE001  not all that the parser raises is a FormulaicError
        raise _unusable(formula, error) from None
    answer = [str(term) for term in getattr(parsed, "lhs", ())]
    if len(answer) != 1 or not answer[0].isidentifier() or isinstance(parsed.rhs, tuple):
        raise BadInput(f"the formula {quoted(formula)} has to be ANSWER ~ TERMS, as in 'correct ~ group * condition'")
    return answer[0], parsed.rhs


def _unusable(formula: str, error: Exception) -> BadInput:
    said = " ".join(str(error).split("\n\n")[0].split())  # formulaic shows the formula again below a blank line
    return BadInput(f"the formula {quoted(formula)} cannot be used: {brief(said or type(error).__name__)}")


def _with_implied(df: pd.DataFrame, names: Iterable[str], formula: str) -> pd.DataFrame:
    for name in names:
        if name in df.columns:
            continue
        if name in IMPLIED:
            df = df.assign(**{name: implied(df, name)})
        elif re.search(rf"\b{re.escape(name)}\s*\(", formula):
            raise BadInput(
                f"the formula {quoted(formula)} calls {quoted(name)}, which formulaic does not know"
                f"{meant(name, TRANSFORMS)}"
            )
        else:
            known = [*map(str, df.columns)]
            raise BadInput(
                f"no column {quoted(name)} in the table{meant(name, [*known, *IMPLIED])}; it has: "
                f"{', '.join(known) or 'none'}; a formula may also use {', '.join(IMPLIED)}"
            )
    return df


def _used(
    df: pd.DataFrame, answer: str, predictors: Sequence[str], missing: str, also: Sequence[str]
) -> tuple[pd.DataFrame, Floats, list[str]]:
    notes = []
    y = codes(df[answer], answer)
    gone = np.isnan(y)
    if gone.any():
        what = f"{gone.sum():,} of {counted(len(df), 'row')} without an answer"
        notes.append(f"{what}: left out" if missing == "drop" else f"{what}: counted as wrong")
        if missing == "wrong":
            y, gone = np.nan_to_num(y), np.zeros(len(y), dtype=bool)
    for name in dict.fromkeys([*predictors, *also]):
        lacks = df[name].isna().to_numpy() & ~gone
        if lacks.any():
            notes.append(f"{lacks.sum():,} of {counted(len(df), 'row')} without a value of {name}: left out")
            gone |= lacks
    if gone.all():
        why = f"; {'; '.join(notes)}" if notes else ""
        raise BadInput(f"no row of the table has an answer and all predictors{why}")
    rows = df.loc[~gone, [*dict.fromkeys([*predictors, *also])]].reset_index(drop=True)
    for name in rows.columns:
        if isinstance(rows[name].dtype, pd.CategoricalDtype):
            rows[name] = rows[name].cat.remove_unused_categories()
    return rows, y[~gone], notes


def _refuse_one_kind(y: Floats) -> None:
    if y.min() == y.max():
        what = "right" if y[0] else "wrong"
        raise BadInput(
            f"every answer is {what} ({counted(len(y), 'answer')}): no model can say what they depend on; "
            "look at `accuracy` and its interval instead"
        )


def _refuse_infinite(found: Design) -> None:
    wrong = ~np.isfinite(found.x)
    if wrong.any():
        term = found.terms[int(wrong.any(axis=0).argmax())]
        count = counted(int(wrong.any(axis=1).sum()), "row")
        raise BadInput(
            f"the term {quoted(term)} is not a finite number in {count}; change the formula or leave them out"
        )


def _refuse_aliased(found: Design) -> None:
    """Refuse terms that follow from others, and say which, and which cells are empty."""
    scale = np.sqrt((found.x**2).mean(axis=0))
    scaled = found.x / np.where(scale > 0, scale, 1)
    diagonal = np.abs(np.diag(qr(scaled, mode="r", pivoting=True)[0]))
    if len(found.x) >= len(found.terms) and diagonal.min() > 1e-9 * diagonal.max():
        return
    aliased, kept = [], np.zeros((len(scaled), 0))
    for term, column in zip(found.terms, scaled.T, strict=True):
        rest = column - kept @ (kept.T @ column)
        rest -= kept @ (kept.T @ rest)
        size = float(np.linalg.norm(rest))
        if size <= 1e-7 * np.sqrt(len(scaled)):
            aliased.append(term)
        else:
            kept = np.column_stack([kept, rest / size])
    names = ", ".join(quoted(term) for term in aliased[:3]) + (", ..." if len(aliased) > 3 else "")
    raise BadInput(
        f"the rows cannot tell {counted(len(aliased), 'term')} of the formula from the others: {names}"
        f"{_empty_cells(found)}; simplify the formula, or leave out a level"
    )


def _empty_cells(found: Design) -> str:
    names = found.categories()
    there = {tuple(row) for row in found.rows[[*names]].drop_duplicates().itertuples(index=False)}
    levels = [sorted({row[place] for row in there}, key=str) for place in range(len(names))]
    if len(names) < 2 or np.prod([len(level) for level in levels]) > 10_000:
        return ""
    empty = [cell for cell in product(*levels) if cell not in there]
    if not empty:
        return ""
    first = cell_text(dict(zip(names, empty[0], strict=True)))
    return f"; no answers where {first}" + (f" ({len(empty)} such cells)" if len(empty) > 1 else "")


def cell_text(cell: dict[str, object]) -> str:
    """A cell in words.

    >>> cell_text({"group": "40ms", "rotated": 1.0})
    'group is 40ms and rotated is 1'
    """
    return " and ".join(
        f"{name} is {value:g}" if isinstance(value, float) else f"{name} is {value}" for name, value in cell.items()
    )


def _is_label(values: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values) or values.nunique() <= 2
