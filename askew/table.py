"""Tables on disk: CSV files whose columns, checks and meanings all come from one dataclass.

Reading is strict and streams, so that a file of ten million rows needs no more memory than one of ten. Knows nothing
of trials or pictures.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from askew.column import Column, Field, cell, field_of, fields_of
from askew.errors import BadCell, BadInput, brief, meant, placed, quoted
from askew.files import refuse_special, writing

Record = TypeVar("Record")


class Table(Generic[Record]):
    """The CSV form of one dataclass, whose `__post_init__` calls `check`.

    `derived` names properties that a file may repeat as columns: they are compared, never believed.
    """

    def __init__(self, record: type[Record], name: str, derived: Sequence[str] = ()) -> None:
        self.record = record
        self.name = name
        self.fields = fields_of(record)
        self.columns = tuple(field.name for field in self.fields)
        self.derived = tuple(derived)
        claims = [field_of(name, bool | None, Column("repeats what follows from the row")) for name in derived]
        self._by_name = {field.name: field for field in (*self.fields, *claims)}
        self._checks = [(field.name, field.nullable, _remembered(field)) for field in self.fields]

    def check(self, record: Record) -> None:
        """Refuse a record with a value that its column could not hold; for its `__post_init__`."""
        for name, nullable, check in self._checks:
            value = getattr(record, name)
            if value is not None or not nullable:
                check(value)

    def numbered(self, path: Path) -> Iterator[tuple[int, Record]]:
        """The rows one by one, each with its line in the file; the first that is wrong ends the reading."""
        names, lines = header_and_rows(path, f"a table of {self.name} begins with {', '.join(self.columns)}")
        self._check_header(path, names)
        values = [_Values(self._by_name[name].value) for name in names]
        lacking = {column: None for column in self.columns if column not in names}
        for line, cells in lines:
            try:
                row = self._row({n: v[text] for n, v, text in zip(names, values, cells, strict=True)} | lacking)
            except BadCell as error:
                raise placed(error, f"{path}, line {line}") from None
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
        needed = [field.name for field in self.fields if not field.column.may_lack]
        more = [field.name for field in self.fields if field.column.may_lack]
        allowed = f"a table of {self.name} needs {', '.join(needed)} and may have {_few(more)}"
        for number, name in enumerate(header, start=1):
            if name not in self._by_name:
                hint = meant(name.strip().lower(), self.columns, cutoff=0.5)
                raise BadInput(f"{path}, line 1: column {number} is {quoted(name)}{hint}; {allowed}")
            if name in header[: number - 1]:
                raise BadInput(f"{path}, line 1: column {name} stands there twice; keep one")
        if missing := [name for name in needed if name not in header]:
            raise BadInput(f"{path}, line 1: without {', '.join(missing)}; {allowed}")

    def _row(self, values: dict[str, Any]) -> Record:
        repeated = {name: values.pop(name) for name in self.derived if name in values}
        row = self.record(**values)
        for name, given in repeated.items():
            if given != (value := getattr(row, name)):
                said, follows = cell(given) or "nothing", cell(value) or "nothing"
                raise BadCell(name, f"says {said}, but from the row follows {follows}; remove the column {name}")
        return row


def _few(names: Sequence[str], limit: int = 20) -> str:
    return ", ".join(names) if len(names) <= limit else f"{len(names)} more, which data/README.md lists"


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
    refuse_special(path)
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
