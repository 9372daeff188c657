"""Finding rows that occur twice among millions, with eight bytes of memory for each.

Each row leaves only a 64-bit hash. Rows whose hashes meet are read once more and compared in full, so that a
chance meeting accuses nobody.
"""

from array import array
from collections.abc import Callable, Hashable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from askew.errors import BadInput

Row = TypeVar("Row")

BUCKETS = 256
_MASK = (1 << 64) - 1

Numbered = Callable[[Path], Iterator[tuple[int, Row]]]


def refuse_repeats(
    paths: Sequence[Path], numbered: Numbered[Row], identity: Callable[[Row], Hashable], rule: str
) -> Iterator[Row]:
    """The rows of all files in turn; a BadInput at the end if an identity occurred twice.

    `rule` says what must not occur twice and what to do, as in "the same picture; keep one".
    """
    # Buckets are looked through one at a time, so the sets that find a pair stay small.
    buckets = [array("Q") for _ in range(BUCKETS)]
    for path in paths:
        for _, row in numbered(path):
            mark = hash(identity(row)) & _MASK
            buckets[mark % BUCKETS].append(mark)
            yield row
    suspects = {mark for bucket in buckets for mark in _twice(bucket)}
    if suspects:
        _accuse(paths, numbered, identity, suspects, rule)


def _twice(bucket: "array[int]") -> set[int]:
    seen: set[int] = set()
    again: set[int] = set()
    for mark in bucket:
        (again if mark in seen else seen).add(mark)
    return again


def _accuse(
    paths: Sequence[Path],
    numbered: Numbered[Row],
    identity: Callable[[Row], Hashable],
    suspects: set[int],
    rule: str,
) -> None:
    first: dict[Hashable, tuple[Path, int]] = {}
    for path in paths:
        for line, row in numbered(path):
            who = identity(row)
            if hash(who) & _MASK not in suspects:
                continue
            if who in first:
                there, at = first[who]
                raise BadInput(f"{path}, line {line}: repeats {there}, line {at}: {rule}")
            first[who] = path, line
