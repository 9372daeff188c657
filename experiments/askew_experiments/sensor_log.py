"""The log of a light sensor: when the patch on the screen became bright, and dark again, on the sensor's own clock.

A CSV file with one row for each flash (`onset_ms`, `offset_ms`) or for each edge (`time_ms`, `event`, which is rising
or falling). Other columns are left alone.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from askew.column import parse_number
from askew.errors import BadInput, brief, quoted
from askew.study import read_text

FLASHES = ("onset_ms", "offset_ms")
EDGES = ("time_ms", "event")
LEAST = 3  # flashes: from fewer, two clocks cannot be told from any other two


@dataclass(frozen=True)
class Flash:
    """From dark to bright, and to dark again; None where the end was not seen."""

    onset_ms: float
    offset_ms: float | None


def read_log(path: Path) -> list[Flash]:
    """The flashes in a log; BadInput names the line that cannot be."""
    rows = list(_rows(path))
    columns = set(rows[0][1]) if rows else set()
    if columns >= {*FLASHES}:
        found = [_flash(where, row) for where, row in rows]
    elif columns >= {*EDGES}:
        found = list(_paired(rows))
    else:
        given = ", ".join(sorted(map(str, columns))) or "no rows"
        raise BadInput(
            f"{path}: has {brief(given)}, but a sensor's log has the columns {', '.join(FLASHES)} or {', '.join(EDGES)}"
        )
    _check_order(rows, found)
    if len(found) < LEAST:
        raise BadInput(f"{path}: has {len(found)} flashes, too few to match; give the log of a whole session")
    return found


def without_flicker(flashes: list[Flash], gap_ms: float) -> list[Flash]:
    """The flashes with those put together that are dark for a shorter time: of screens that are bright once a frame.

    >>> without_flicker([Flash(0, 2), Flash(10, 12), Flash(500, 502)], gap_ms=15)
    [Flash(onset_ms=0, offset_ms=12), Flash(onset_ms=500, offset_ms=502)]
    """
    found: list[Flash] = []
    for flash in flashes:
        last = found[-1].offset_ms if found else None
        if last is not None and flash.onset_ms - last < gap_ms:
            found[-1] = Flash(found[-1].onset_ms, flash.offset_ms)
        else:
            found.append(flash)
    return found


Row = tuple[str, Mapping[str, str]]


def _rows(path: Path) -> Iterator[Row]:
    """Each row with its place in words."""
    lines = read_text(path, missing=f"{path}: there is no such log").splitlines()
    reader = csv.DictReader(lines, strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                raise BadInput(f"{path}, line {reader.line_num}: has more or fewer cells than the header")
            yield f"{path}, line {reader.line_num}", row
    except csv.Error as error:
        raise BadInput(f"{path}, line {reader.line_num}: is no row of a CSV file ({error})") from None


def _flash(where: str, row: Mapping[str, str]) -> Flash:
    onset = _number(where, row, "onset_ms")
    offset = _number(where, row, "offset_ms") if row["offset_ms"].strip() else None
    if offset is not None and offset <= onset:
        raise BadInput(f"{where}, offset_ms: {row['offset_ms']} is not after the onset, {row['onset_ms']}")
    return Flash(onset, offset)


def _paired(rows: list[Row]) -> Iterator[Flash]:
    """Flashes made of edges. One that lacks its rising edge is no flash."""
    onset: float | None = None
    for where, row in rows:
        at, event = _number(where, row, "time_ms"), row["event"].strip().lower()
        if event not in {"rising", "falling"}:
            raise BadInput(f"{where}, event: {quoted(row['event'])} is neither rising nor falling")
        if onset is not None:
            yield Flash(onset, at if event == "falling" else None)
        onset = at if event == "rising" else None
    if onset is not None:
        yield Flash(onset, None)


def _check_order(rows: list[Row], flashes: list[Flash]) -> None:
    """Times that go back are of another clock, or of no log."""
    name = "onset_ms" if "onset_ms" in rows[0][1] else "time_ms"
    for (_, before), (where, row) in pairwise(rows):
        if _number(where, row, name) <= _number(where, before, name):
            raise BadInput(f"{where}, {name}: {row[name]} is not after {before[name]}, the time before it")
    if name == "time_ms":
        return
    for (where, row), (one, after) in zip(rows[1:], pairwise(flashes), strict=True):
        if one.offset_ms is not None and one.offset_ms > after.onset_ms:
            raise BadInput(f"{where}, onset_ms: {row['onset_ms']} is before the end of the flash before it")


def _number(where: str, row: Mapping[str, str], name: str) -> float:
    try:
        return parse_number(row[name].strip())
    except ValueError as error:
        raise BadInput(f"{where}, {name}: {quoted(row[name])} {error}; give milliseconds") from None
