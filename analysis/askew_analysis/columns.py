"""What a table of trials has to hold before anything is computed from it.

Tables come from people: a column may be missing, a code may be foreign, a row may be there twice. Every function of
this part asks here first, so that a wrong table gives one clear line and never a silent number.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from askew.errors import BadInput, counted, meant, quoted


def need(df: pd.DataFrame, *names: str) -> None:
    """Refuse a table that lacks one of the columns.

    >>> need(pd.DataFrame({"observer": [], "sitmulus": []}), "observer", "stimulus")
    Traceback (most recent call last):
        ...
    askew.errors.BadInput: no column 'stimulus' in the table (did you mean sitmulus?); it has: observer, sitmulus
    """
    if not isinstance(df, pd.DataFrame):
        raise BadInput(f"a {type(df).__name__} is given, not a table; `frame` makes one from trials, files or a study")
    there = [str(name) for name in df.columns]
    for name in names:
        if name not in there:
            known = ", ".join(there) or "none"
            raise BadInput(f"no column {quoted(name)} in the table{meant(name, there)}; it has: {known}")


def names(value: str | Sequence[str]) -> list[str]:
    """One name or several, as a list."""
    return [value] if isinstance(value, str) else [*value]


def cells(df: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[dict[str, object], pd.DataFrame]]:
    """The rows of each combination of values in some columns, and where that is; one cell where no column is named.

    >>> [(where, len(cell)) for where, cell in cells(pd.DataFrame({"pose": ["up", "down", "up"]}), ["pose"])]
    [({'pose': 'down'}, 1), ({'pose': 'up'}, 2)]
    """
    if not by:
        yield {}, df
        return
    for key, cell in df.groupby([*by], sort=True, dropna=False):
        yield dict(zip(by, key, strict=True)), cell


def labelled(df: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The table with these columns as plain texts, whatever they were; a row without one of them is refused.

    >>> labelled(pd.DataFrame({"observer": pd.Categorical([1, 2])}), "observer")["observer"].tolist()
    ['1', '2']
    >>> labelled(pd.DataFrame({"observer": ["a", None]}), "observer")
    Traceback (most recent call last):
        ...
    askew.errors.BadInput: observer: is missing in 1 row; give it a value, or leave such rows out
    """
    need(df, *columns)
    plain = {}
    for name in columns:
        given = df[name]
        if isinstance(given, pd.DataFrame):
            raise BadInput(f"{name}: there are two columns of this name in the table; keep one")
        lacking = int(given.isna().sum())
        if lacking:
            raise BadInput(f"{name}: is missing in {counted(lacking, 'row')}; give it a value, or leave such rows out")
        if not isinstance(given.dtype, pd.StringDtype):
            plain[name] = given.astype(object).map({value: _text(value) for value in given.unique()})
    return df.assign(**plain) if plain else df


def _text(value: object) -> str:
    """A label as text; 90.0, which pandas makes of 90 where a column once had a gap, is 90."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def within(value: Any, low: float, high: float) -> bool:
    """Whether a value that was given is a number in a range; what is no number is not."""
    try:
        return bool(low <= value <= high)
    except (TypeError, ValueError):
        return False


def whole(name: str, value: object, low: int, usual: str) -> int:
    """A whole number that an option was given; refuses what is none, or too small.

    >>> whole("resamples", 0, 1, "10,000 are usual")
    Traceback (most recent call last):
        ...
    askew.errors.BadInput: resamples=0 is given; it has to be a whole number of 1 or more; 10,000 are usual
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low:
        more = f" of {low} or more" if low else " that is not negative"
        raise BadInput(f"{name}={quoted(value)} is given; it has to be a whole number{more}; {usual}")
    return int(value)


def tails(level: float) -> tuple[float, float]:
    """The shares of a distribution below the two ends of its central interval.

    >>> tails(0.5)
    (0.25, 0.75)
    """
    if not within(level, 0, 1) or level in {0, 1}:
        raise BadInput(f"level={quoted(level)} is given; it has to be between 0 and 1, such as 0.95")
    return (1 - level) / 2, (1 + level) / 2


def codes(values: Iterable[object], what: str = "correct") -> NDArray[np.float64]:
    """Right and wrong answers as 1, 0 and nan (missing); every other code is refused.

    >>> codes([1, False, None, pd.NA, "0"])
    array([ 1.,  0., nan, nan,  0.])
    >>> codes([1, 2])
    Traceback (most recent call last):
        ...
    askew.errors.BadInput: correct: 2 is given, but only 1 (right), 0 (wrong) and missing are allowed
    """
    given = pd.Series(values if isinstance(values, pd.Series | np.ndarray) else list(values), dtype=object)
    try:
        numbers = pd.to_numeric(given.where(given.notna(), None))
    except (TypeError, ValueError):
        raise _foreign(next(value for value in given.dropna() if not _is_number(value)), what) from None
    found: NDArray[np.float64] = numbers.to_numpy(dtype=float, na_value=np.nan)
    foreign = ~(np.isnan(found) | (found == 0) | (found == 1))
    if foreign.any():
        raise _foreign(given[foreign].iloc[0], what)
    return found


def once(df: pd.DataFrame, *names: str, hint: str) -> None:
    """Refuse a table in which two rows hold the same values in these columns; `hint` says what to do about it.

    >>> once(pd.DataFrame({"observer": ["a", "a"]}), "observer", hint="keep one")
    Traceback (most recent call last):
        ...
    askew.errors.BadInput: observer 'a': is there twice; keep one
    """
    again = df.duplicated([*names])
    if again.any():
        first = df.loc[again, [*names]].iloc[0].dropna()
        where = ", ".join(f"{name} {quoted(value)}" for name, value in first.items())
        times = int(again.sum())
        raise BadInput(f"{where}: is there twice{f' ({times:,} rows are repeats)' if times > 1 else ''}; {hint}")


def _is_number(value: object) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return True


def _foreign(value: object, what: str) -> BadInput:
    shown = value.item() if isinstance(value, np.generic) else value
    return BadInput(f"{what}: {quoted(shown)} is given, but only 1 (right), 0 (wrong) and missing are allowed")
