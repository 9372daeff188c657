"""A column of a table: what it means, what it may hold, and how its values are written in a file.

A field of a dataclass is a column: `name: Annotated[type, Column("what it means", "unit")]`.
"""

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from askew.errors import BadCell, quoted

SEPARATOR = "|"
MAX_TEXT = 10_000
MAX_WHOLE = 2**63 - 1
MAX_EXACT = 2**53
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_TRUTHS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
_UNREADABLE = re.compile("[\udc80-\udcff]")  # what Python makes of bytes that are no text in the locale
# Persian and emoji are written with these two; every other invisible character only makes equal labels differ.
_JOINERS = {"\u200c", "\u200d"}


@dataclass(frozen=True)
class Column:
    """What one column means and what it may hold.

    A file may leave out a column that `may_lack`; all its values are then unknown. `low` and `high` bound numbers,
    `length` is that of a list that always has the same, `pattern` a regular expression for the whole text, which `form`
    says in words.
    """

    meaning: str
    unit: str = ""
    may_lack: bool = False
    low: float | None = None
    high: float | None = None
    length: int | None = None
    pattern: str | None = None
    form: str = ""


@dataclass(frozen=True)
class Field:
    """One column as the dataclass declares it: `type_name` is str, int, float or bool, alone or in a tuple."""

    name: str
    column: Column
    type_name: str
    listed: bool
    nullable: bool
    allowed: tuple[str, ...]

    def value(self, cell: str) -> Any:
        """The value that a cell stands for; an empty cell is None. The record checks what the value may be."""
        if cell == "":
            return None
        texts = cell.split(SEPARATOR) if self.listed else [cell]
        try:
            parts = tuple(_PARSERS[self.type_name](text) for text in texts)
        except ValueError as error:
            trouble = f"is not {self.described()}" if self.listed else str(error)
            raise BadCell(self.name, f"{quoted(cell)} {trouble}{self._or_empty()}") from None
        return parts if self.listed else parts[0]

    def check(self, value: Any) -> None:
        """Refuse a value that the column could not hold, so that whatever can be made can be written and read."""
        if value is None:
            if not self.nullable:
                raise BadCell(self.name, f"is empty, but every row needs {self.described()}")
            return
        parts = value if self.listed else (value,)
        if not isinstance(parts, tuple) or not parts or self.column.length not in {None, len(parts)}:
            raise BadCell(self.name, f"{quoted(value)} is not {self.described()}")
        for part in parts:
            self._check_part(part)

    def described(self) -> str:
        """The values that are allowed, in words."""
        if self.allowed:
            return f"{'some' if self.listed else 'one'} of {', '.join(self.allowed)}"
        low, high = self.column.low, self.column.high
        bounds = f" of {low:g} or more" if low is not None else ""
        bounds = f" from {low:g} to {high:g}" if high is not None else bounds
        one, several = _NAMES[self.type_name]
        if not self.listed:
            return self.column.form or f"{one}{bounds}"
        number = f"{self.column.length} " if self.column.length else ""
        return f"{number}{several}{bounds}, joined by '{SEPARATOR}' in files"

    def _check_part(self, part: Any) -> None:
        # A bool is an int to Python, but nobody's index or time.
        if (isinstance(part, bool) and self.type_name != "bool") or not isinstance(part, _KINDS[self.type_name]):
            raise BadCell(self.name, f"{quoted(part)} is not {self.described()}")
        if isinstance(part, str):
            self._check_text(part)
        elif isinstance(part, (int, float)):
            self._check_number(part)

    def _check_text(self, text: str) -> None:
        if str(text) != text:  # of an Enum, say, whose text is not the one that a file would get
            raise BadCell(self.name, f"{quoted(text)} is not plain text; give its value")
        if self.allowed and text not in self.allowed:
            raise BadCell(self.name, f"{quoted(text)} is not {self.described()}")
        checked_text(self.name, text)
        if self.listed:
            without_separator(self.name, text)
        if self.column.pattern and not re.fullmatch(self.column.pattern, text):
            raise BadCell(self.name, f"{quoted(text)} is not {self.described()}")

    def _check_number(self, number: float) -> None:
        if isinstance(number, int):
            # Beyond these, libraries and files would give back another number, or none.
            if abs(number) > (MAX_WHOLE if self.type_name == "int" else MAX_EXACT):
                raise BadCell(self.name, f"{quoted(number)} is too large a number")
        elif not math.isfinite(number):
            raise BadCell(self.name, f"{number} is not a finite number{self._or_empty()}")
        low, high = self.column.low, self.column.high
        if (low is not None and number < low) or (high is not None and number > high):
            raise BadCell(self.name, f"{quoted(number)} is not {self.described()}{self._or_empty()}")

    def _or_empty(self) -> str:
        return "; leave it empty where it is unknown" if self.nullable else ""


def fields_of(record: type) -> tuple[Field, ...]:
    """The columns that a dataclass declares, in its order."""
    hints = get_type_hints(record, include_extras=True)
    return tuple(field_of(field.name, *get_args(hints[field.name])) for field in dataclass_fields(record))


def field_of(name: str, annotation: Any, column: Column) -> Field:
    """The column of one field, from its type without `Annotated`."""
    options = get_args(annotation) if get_origin(annotation) in {Union, UnionType} else (annotation,)
    (kind,) = [option for option in options if option is not NoneType]
    listed = get_origin(kind) is tuple
    part = get_args(kind)[0] if listed else kind
    allowed = get_args(part) if get_origin(part) is Literal else ()
    inner = str if allowed else part
    return Field(name, column, inner.__name__, listed, NoneType in options, allowed)


def checked_text(column: str, text: str) -> str:
    """The text itself; refuses what a CSV cell could not give back, or a person could not tell apart.

    >>> checked_text("truth", "hammer ")
    Traceback (most recent call last):
        ...
    askew.errors.BadCell: truth: 'hammer ' begins or ends with a space; remove it
    """
    if trouble := _text_trouble(text):
        raise BadCell(column, f"{quoted(text)} {trouble}")
    return text


def without_separator(column: str, label: str) -> None:
    """Refuse a label that a list in a file could not give back."""
    if SEPARATOR in label:
        raise BadCell(column, f"{quoted(label)} holds a {SEPARATOR!r}, which separates labels in files")


def parse_number(text: str) -> float:
    """A finite number in ASCII digits with a decimal point; ValueError says what else it is."""
    if not _NUMBER.fullmatch(text):
        hint = " (write the decimal point as '.')" if re.fullmatch(r"[+-]?\d+,\d+", text) else ""
        raise ValueError(f"is not a number{hint}")
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("is too large a number")
    return number


def cell(value: object) -> str:
    """The text of one value in a file; None is the empty cell.

    >>> [cell(v) for v in (None, True, 0.1, 40.0, ("cat", "dog"))]
    ['', 'true', '0.1', '40.0', 'cat|dog']
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return SEPARATOR.join(cell(part) for part in value)
    return str(value)


def _int(text: str) -> int:
    # pandas writes whole numbers as 3.0 once a column has a gap.
    if not _WHOLE.fullmatch(text.removesuffix(".0")):
        raise ValueError("is not a whole number")
    return int(text.removesuffix(".0"))


def _bool(text: str) -> bool:
    try:
        return _TRUTHS[text.lower()]
    except KeyError:
        raise ValueError("is neither true nor false") from None


@lru_cache(maxsize=4096)
def _text_trouble(text: str) -> str:
    if not text:
        return "is empty"
    if len(text) > MAX_TEXT:
        return f"is longer than {MAX_TEXT:,} characters"
    if text != text.strip():
        return "begins or ends with a space; remove it"
    if _UNREADABLE.search(text):
        return "holds letters that this locale cannot read; remove them, or see `askew doctor`"
    if not text.isprintable():
        kinds = {unicodedata.category(letter) for letter in text if letter not in _JOINERS}
        if kinds & {"Cc", "Cs", "Zl", "Zp"}:
            return "holds a line break or a control character; remove it"
        if "Cf" in kinds:
            return "holds an invisible character; remove it"
    return ""


_PARSERS: dict[str, Callable[[str], Any]] = {"str": str, "float": parse_number, "int": _int, "bool": _bool}
_KINDS: dict[str, tuple[type, ...]] = {"str": (str,), "float": (float, int), "int": (int,), "bool": (bool,)}
_NAMES = {
    "str": ("a text", "texts"),
    "float": ("a number", "numbers"),
    "int": ("a whole number", "whole numbers"),
    "bool": ("true or false", "truths"),
}
