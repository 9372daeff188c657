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

from askew.errors import BadCell, BadInput
from askew.files import writing

Record = TypeVar("Record")

SEPARATOR = "|"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_TRUTHS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}


@dataclass(frozen=True)
class Column:
    """What one column means. A file may leave out a column that `may_lack`; all its values are then unknown."""

    meaning: str
    unit: str = ""
    may_lack: bool = False


@dataclass(frozen=True)
class Field:
    """One column as the dataclass declares it."""

    name: str
    column: Column
    type_name: str
    nullable: bool
    allowed: tuple[str, ...]
    parse: Callable[[str], Any]

    def value(self, cell: str) -> Any:
        """The value that a cell stands for; an empty cell is None where that is allowed."""
        if cell == "":
            if self.nullable:
                return None
            raise BadCell(self.name, f"is empty, but every row needs {self.described()}")
        try:
            return self.parse(cell)
        except ValueError as error:
            raise BadCell(self.name, f"{_quoted(cell)} {error}") from None

    def described(self) -> str:
        """The values that are allowed, in words."""
        return f"one of {', '.join(self.allowed)}" if self.allowed else f"{_ARTICLES[self.type_name]}"


class Table(Generic[Record]):
    """The CSV form of one dataclass.

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

    def read(self, path: Path) -> Iterator[Record]:
        """Read the rows one by one; the first that is wrong stops the reading with a BadInput."""
        for _, row in self.numbered(path):
            yield row

    def numbered(self, path: Path) -> Iterator[tuple[int, Record]]:
        """The rows, each with its line in the file."""
        lines = rows(path)
        try:
            _, names = next(lines)
        except StopIteration:
            raise BadInput(
                f"{path}: is empty; a table of {self.name} begins with a header: {', '.join(self.columns)}"
            ) from None
        self._check_header(path, names)
        values = [_Values(self._by_name[name].value) for name in names]
        lacking = {column: None for column in self.columns if column not in names}
        for line, cells in lines:
            if len(cells) != len(names):
                raise BadInput(
                    f"{path}, line {line}: {_count(len(cells), 'cell')} where the header has {len(names)}; "
                    "the file may be cut short, or a comma may stand in an unquoted cell"
                )
            try:
                row = self._row({n: v[text] for n, v, text in zip(names, values, cells, strict=True)} | lacking)
            except BadCell as error:
                raise BadInput(f"{path}, line {line}, column {error.column}: {error.message}") from None
            yield line, row

    def write(self, path: Path, rows: Iterable[Record]) -> int:
        """Write all rows to a new file that then takes its place; returns how many there were."""
        count = 0
        with writing(path) as raw:
            utf8 = SimpleNamespace(write=lambda text: raw.write(text.encode("utf-8")))
            writer = csv.writer(utf8, lineterminator="\n")
            writer.writerow(self.columns)
            for row in rows:
                writer.writerow([cell(getattr(row, name)) for name in self.columns])
                count += 1
        return count

    def _check_header(self, path: Path, header: list[str]) -> None:
        if len(header) == 1 and len(re.split("[;\t]", header[0])) > 2:
            given = "semicolons" if ";" in header[0] else "tabs"
            raise BadInput(f"{path}, line 1: the columns are separated by {given}; separate them by commas")
        allowed = f"a table of {self.name} has {', '.join(self.columns)}"
        for number, name in enumerate(header, start=1):
            if name not in self._by_name:
                raise BadInput(f"{path}, line 1: column {number} is {_quoted(name)}{self._meant(name)}; {allowed}")
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


def count_rows(path: Path) -> int:
    """How many rows a table has below its header, whatever its columns."""
    return max(0, sum(1 for _ in rows(path)) - 1)


def checked_text(column: str, text: str) -> None:
    """Refuse text that a CSV cell could not give back as it was, or that a person could not tell apart.

    >>> checked_text("truth", "hammer ")
    Traceback (most recent call last):
        ...
    askew.errors.BadCell: truth: 'hammer ' begins or ends with a space; remove it
    """
    if not isinstance(text, str):
        raise BadCell(column, f"{text!r} is not text")
    if trouble := _text_trouble(text):
        raise BadCell(column, f"{_quoted(text)} {trouble}")


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
    found = []
    for field in dataclass_fields(record):
        annotation, column = get_args(hints[field.name])[:2]
        found.append(_field(field.name, annotation, column))
    return tuple(found)


def _field(name: str, annotation: Any, column: Column) -> Field:
    options = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    (kind,) = [option for option in options if option is not NoneType]
    nullable = NoneType in options
    if get_origin(kind) is Literal:
        allowed = get_args(kind)
        return Field(name, column, "choice", nullable, allowed, _one_of(allowed))
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0].__name__
        return Field(name, column, f"{inner} list", nullable, (), _listed(_PARSERS[inner]))
    return Field(name, column, kind.__name__, nullable, (), _PARSERS[kind.__name__])


def _text(text: str) -> str:
    if trouble := _text_trouble(text):
        raise ValueError(trouble)
    return text


@lru_cache(maxsize=4096)
def _text_trouble(text: str) -> str:
    if not text:
        return "is empty"
    if text != text.strip():
        return "begins or ends with a space; remove it"
    if not text.isprintable() and any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in text):
        return "holds a line break or a control character; remove it"
    return ""


def _float(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        hint = " (write the decimal point as '.')" if re.fullmatch(r"[+-]?\d+,\d+", text) else ""
        raise ValueError(f"is not a number{hint}")
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("is too large a number")
    return number


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


def _one_of(allowed: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"is not one of {', '.join(allowed)}")
        return text

    return parse


def _listed(parse: Callable[[str], Any]) -> Callable[[str], tuple[Any, ...]]:
    return lambda text: tuple(parse(part) for part in text.split(SEPARATOR))


_PARSERS: dict[str, Callable[[str], Any]] = {"str": _text, "float": _float, "int": _int, "bool": _bool}
_ARTICLES = {
    "str": "a text",
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "str list": f"texts joined by '{SEPARATOR}'",
    "float list": f"numbers joined by '{SEPARATOR}'",
    "int list": f"whole numbers joined by '{SEPARATOR}'",
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


def rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The non-empty lines as cells, with their numbers, whatever the line ends and with or without a BOM."""
    _sniff(path)
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
            raise BadInput(f"{path}, line {reader.line_num}: is not CSV ({error}); quotes must close") from None


def _sniff(path: Path) -> None:
    """Say what a file is when it cannot be a table at all."""
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise BadInput(f"{path}: is a folder; name a CSV file in it") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise BadInput(f"{str(path)!r}: is not a file name") from None
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


def _quoted(text: str) -> str:
    """The text as given, on one line and not longer than a line."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
