"""Tables on disk: CSV files whose columns, checks and meanings all come from one dataclass.

A field is a column: `name: Annotated[type, Column("what it means", "unit")]`. Reading is strict and streams, so
that a file of ten million rows needs no more memory than one of ten. Knows nothing of trials or pictures.
"""

import csv
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from functools import lru_cache
from pathlib import Path
from types import NoneType, SimpleNamespace, UnionType
from typing import Any, Generic, Literal, TypeVar, get_args, get_origin, get_type_hints

from askew.errors import BadCell, BadInput, at, brief, quoted
from askew.files import writing

Record = TypeVar("Record")

SEPARATOR = "|"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_TRUTHS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
# Persian and emoji are written with these two; every other invisible character only makes equal labels differ.
_JOINERS = {"\u200c", "\u200d"}


@dataclass(frozen=True)
class Column:
    """What one column means and what it may hold.

    A file may leave out a column that `may_lack`; all its values are then unknown. `low` and `high` bound numbers,
    `length` is that of a list that always has the same, `pattern` a regular expression for the whole text.
    """

    meaning: str
    unit: str = ""
    may_lack: bool = False
    low: float | None = None
    high: float | None = None
    length: int | None = None
    pattern: str | None = None


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
            raise BadCell(self.name, f"{quoted(cell)} {error}") from None
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
            return f"one of {', '.join(self.allowed)}"
        low, high = self.column.low, self.column.high
        bounds = f" of {low:g} or more" if low is not None else ""
        bounds = f" from {low:g} to {high:g}" if high is not None else bounds
        if not self.listed:
            return f"{_NAMES[self.type_name][0]}{bounds}"
        number = f"{self.column.length} " if self.column.length else ""
        return f"a tuple of {number}{_NAMES[self.type_name][1]}{bounds} (in files joined by '{SEPARATOR}')"

    def _check_part(self, part: Any) -> None:
        # A bool is an int to Python, but nobody's index or time.
        if (isinstance(part, bool) and self.type_name != "bool") or not isinstance(part, _KINDS[self.type_name]):
            raise BadCell(self.name, f"{quoted(part)} is not {self.described()}")
        if isinstance(part, str):
            self._check_text(part)
        elif isinstance(part, (int, float)):
            self._check_number(part)

    def _check_text(self, text: str) -> None:
        if self.allowed and text not in self.allowed:
            raise BadCell(self.name, f"{quoted(text)} is not {self.described()}")
        checked_text(self.name, text)
        if self.column.pattern and not re.fullmatch(self.column.pattern, text):
            raise BadCell(self.name, f"{quoted(text)} does not have the form {self.column.pattern}")

    def _check_number(self, number: float) -> None:
        if not math.isfinite(number):
            raise BadCell(self.name, f"{number} is not a finite number; leave it empty where it is unknown")
        low, high = self.column.low, self.column.high
        if (low is not None and number < low) or (high is not None and number > high):
            raise BadCell(self.name, f"{quoted(number)} is not {self.described()}; leave it empty where it is unknown")


class Table(Generic[Record]):
    """The CSV form of one dataclass, whose `__post_init__` calls `check`.

    `derived` names properties that a file may repeat as columns: they are compared, never believed.
    """

    def __init__(self, record: type[Record], name: str, derived: Sequence[str] = ()) -> None:
        self.record = record
        self.name = name
        self.fields = _fields(record)
        self.columns = tuple(field.name for field in self.fields)
        self.derived = tuple(derived)
        claims = [_field(name, bool | None, Column("repeats what follows from the row")) for name in derived]
        self._by_name = {field.name: field for field in (*self.fields, *claims)}
        self._checks = [(field.name, field.nullable, _remembered(field)) for field in self.fields]

    def check(self, record: Record) -> None:
        """Refuse a record with a value that its column could not hold; for its `__post_init__`."""
        for name, nullable, check in self._checks:
            value = getattr(record, name)
            if value is not None or not nullable:
                check(value)

    def read(self, path: Path) -> Iterator[Record]:
        """Read the rows one by one; the first that is wrong stops the reading with a BadInput."""
        for _, row in self.numbered(path):
            yield row

    def numbered(self, path: Path) -> Iterator[tuple[int, Record]]:
        """The rows, each with its line in the file."""
        names, lines = header_and_rows(path, f"a table of {self.name} begins with {', '.join(self.columns)}")
        self._check_header(path, names)
        values = [_Values(self._by_name[name].value) for name in names]
        lacking = {column: None for column in self.columns if column not in names}
        for line, cells in lines:
            with at(f"{path}, line {line}"):
                row = self._row({n: v[text] for n, v, text in zip(names, values, cells, strict=True)} | lacking)
            yield line, row

    def write(self, path: Path, rows: Iterable[Record], just_before: Callable[[], None] = lambda: None) -> int:
        """Write all rows to a new file that then takes its place; returns how many there were.

        `just_before` is called once all rows are on disk and the file is about to take its place.
        """
        count = 0
        with writing(path, just_before) as raw:
            utf8 = SimpleNamespace(write=lambda text: raw.write(text.encode("utf-8")))
            writer = csv.writer(utf8, lineterminator="\n")
            writer.writerow(self.columns)
            for row in rows:
                writer.writerow([cell(getattr(row, name)) for name in self.columns])
                count += 1
        return count

    def _check_header(self, path: Path, header: list[str]) -> None:
        allowed = f"a table of {self.name} has {', '.join(self.columns)}"
        for number, name in enumerate(header, start=1):
            if name not in self._by_name:
                raise BadInput(f"{path}, line 1: column {number} is {quoted(name)}{self._meant(name)}; {allowed}")
            if name in header[: number - 1]:
                raise BadInput(f"{path}, line 1: column {name} stands there twice; keep one")
        for field in self.fields:
            if field.name not in header and not field.column.may_lack:
                raise BadInput(f"{path}, line 1: column {field.name} is missing; {allowed}")

    def _meant(self, name: str) -> str:
        from difflib import get_close_matches  # noqa: PLC0415  only a wrong header needs it, and it is slow to load

        near = get_close_matches(name.strip().lower(), self.columns, n=1, cutoff=0.5)
        return f" (did you mean {near[0]}?)" if near else ""

    def _row(self, values: dict[str, Any]) -> Record:
        repeated = {name: values.pop(name) for name in self.derived if name in values}
        row = self.record(**values)
        for name, given in repeated.items():
            if given != (value := getattr(row, name)):
                said, follows = cell(given) or "nothing", cell(value) or "nothing"
                raise BadCell(name, f"says {said}, but from the row follows {follows}; remove the column {name}")
        return row


def header_and_rows(path: Path, expected: str) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The header of a CSV file, and its rows with their lines, each as long as the header.

    Whatever the line ends, with or without a byte-order mark. Every fault is a BadInput; `expected` says what should
    stand in a file that is empty.
    """
    _refuse_what_is_no_text(path)
    lines = _lines(path)
    try:
        _, header = next(lines)
    except StopIteration:
        raise BadInput(f"{path}: is empty; {expected}") from None
    if len(header) == 1 and len(re.split("[;\t]", header[0])) > 2:
        given = "semicolons" if ";" in header[0] else "tabs"
        raise BadInput(f"{path}, line 1: the columns are separated by {given}; separate them by commas")
    return header, _as_long_as(header, path, lines)


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


def _fields(record: type) -> tuple[Field, ...]:
    hints = get_type_hints(record, include_extras=True)
    return tuple(_field(field.name, *get_args(hints[field.name])) for field in dataclass_fields(record))


def _field(name: str, annotation: Any, column: Column) -> Field:
    options = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    (kind,) = [option for option in options if option is not NoneType]
    listed = get_origin(kind) is tuple
    allowed = get_args(kind) if get_origin(kind) is Literal else ()
    inner = str if allowed else get_args(kind)[0] if listed else kind
    return Field(name, column, inner.__name__, listed, NoneType in options, allowed)


def _remembered(field: Field) -> Callable[[Any], None]:
    """The field's check; of texts, which repeat, the last thousands are not checked again."""
    if field.type_name != "str":
        return field.check
    known = lru_cache(maxsize=_Values.LIMIT)(field.check)

    def check(value: Any) -> None:
        try:
            known(value)
        except TypeError:  # a list, say, cannot be remembered, and is refused in words
            field.check(value)

    return check


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
    if text != text.strip():
        return "begins or ends with a space; remove it"
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


class _Values(dict[str, Any]):
    """The values of one column's cells. Most columns repeat few cells, so each is parsed and checked once."""

    LIMIT = 4096  # a column of all different cells must not fill the memory

    def __init__(self, parse: Callable[[str], Any]) -> None:
        self.parse = parse

    def __missing__(self, text: str) -> Any:
        value = self.parse(text)
        if len(self) < self.LIMIT:
            self[text] = value
        return value


def _as_long_as(
    header: list[str], path: Path, lines: Iterable[tuple[int, list[str]]]
) -> Iterator[tuple[int, list[str]]]:
    for line, cells in lines:
        if len(cells) != len(header):
            number = f"{len(cells)} cell{'' if len(cells) == 1 else 's'}"
            raise BadInput(
                f"{path}, line {line}: {number} where the header has {len(header)}; "
                "the file may be cut short, or a comma may stand in an unquoted cell"
            )
        yield line, cells


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        try:
            for cells in reader:
                if cells:
                    yield reader.line_num, cells
        except UnicodeDecodeError:
            line = _undecodable_line(path)
            raise BadInput(f"{path}, line {line}: is not UTF-8; save the file as 'CSV UTF-8'") from None
        except csv.Error as error:
            said = brief(str(error))
            raise BadInput(f"{path}, line {reader.line_num}: is not CSV ({said}); a quote may be missing") from None


def _refuse_what_is_no_text(path: Path) -> None:
    """Say what a file is when it cannot be a table at all."""
    if path.is_dir():
        raise BadInput(f"{path}: is a folder; name a CSV file in it")
    if path.exists() and not path.is_file():
        raise BadInput(f"{path}: is not an ordinary file; copy what it gives into one")
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadInput(f"{path}: is UTF-16 text; save it as 'CSV UTF-8'")
    if head.startswith(b"PK\x03\x04"):
        raise BadInput(f"{path}: is a zip or Excel file; export the table as 'CSV UTF-8'")
    if head.startswith(b"\x1f\x8b"):
        raise BadInput(f"{path}: is compressed; unpack it first (gunzip)")
    if b"\0" in head:
        raise BadInput(f"{path}: is a binary file, not CSV text")


def _undecodable_line(path: Path) -> int:
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, start=1):
            try:
                raw.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 0
