"""Which classes of ImageNet-1k mean the same to people, and which have no name that people would give.

A network tells 1,000 classes apart, people far fewer. The lists are in synonyms.toml, where a lab can read, change and
replace them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from askew.column import checked_text, without_separator
from askew.errors import BadCell, BadInput, quoted
from askew.files import sha256
from askew.study import read_toml

SCHEMA = 1
BUNDLED = Path(__file__).with_suffix(".toml")
_KEYS = ("schema", "synonyms", "names", "unclear", "fine")
_LAST = 999


@dataclass(frozen=True, kw_only=True)
class Synonyms:
    """What is the same to people, and what they can name. Classes are indices of ImageNet-1k, from 0.

    >>> same = Synonyms(groups=(frozenset({504, 968}), frozenset({647, 968})))
    >>> sorted(same.of(968)), sorted(same.of(504)), sorted(same.of(1))
    ([504, 647, 968], [504, 968], [1])
    """

    groups: tuple[frozenset[int], ...] = ()
    unnameable: frozenset[int] = frozenset()
    names: Mapping[int, str] = field(default_factory=dict)
    sha256: str = ""

    def of(self, index: int) -> frozenset[int]:
        """The class itself and every class that shares a group with it; their other groups do not count."""
        return self._related.get(index, frozenset({index}))

    @cached_property
    def _related(self) -> dict[int, frozenset[int]]:
        related: dict[int, frozenset[int]] = {}
        for group in self.groups:
            for index in group:
                related[index] = related.get(index, frozenset()) | group
        return related


def read_synonyms(path: Path = BUNDLED) -> Synonyms:
    """The lists in a file; a BadInput names the entry that is wrong."""
    document = read_toml(path, missing=f"{path}: there is no such file of synonyms")
    if wrong := [key for key in document if key not in _KEYS]:
        raise BadInput(f"{path}: {quoted(wrong[0])} is no key of a file of synonyms; allowed: {', '.join(_KEYS)}")
    if document.get("schema") != SCHEMA:
        raise BadInput(f"{path}: schema {quoted(document.get('schema'))} is given, this askew knows schema {SCHEMA}")
    groups = [frozenset(_classes(f"{path}, synonyms", each)) for each in _tables(path, document, "synonyms")]
    if lone := [group for group in groups if len(group) < 2]:
        raise BadInput(f"{path}, synonyms: a group of {sorted(lone[0])} is given; name two classes or more in each")
    unclear = _classes(f"{path}, unclear", document.get("unclear", {}))
    fine = [index for entry in _tables(path, document, "fine") for index in _fine(f"{path}, fine", entry)]
    return Synonyms(
        groups=tuple(groups),
        unnameable=frozenset(unclear) | frozenset(fine),
        names=_classes(f"{path}, names", document.get("names", {})),
        sha256=sha256(path),
    )


def _fine(where: str, entry: Any) -> Iterator[int]:
    """The classes of a range, without those that have a name of their own."""
    if not isinstance(entry, dict) or not {"what", "first", "last"} <= entry.keys() <= {"what", "first", "last", "but"}:
        raise BadInput(f"{where}: {quoted(entry)} is given; each [[fine]] has what, first, last, and may have but")
    first, last = (_index(where, entry[key]) for key in ("first", "last"))
    named = _classes(f"{where}, but", entry.get("but", {}))
    if last < first or any(not first <= index <= last for index in named):
        said = f"from {first} to {last} but {sorted(named)}" if named else f"from {first} to {last}"
        raise BadInput(f"{where}: {said} is given; last has to be at least first, and all after but between them")
    yield from (index for index in range(first, last + 1) if index not in named)


def _classes(where: str, table: Any) -> dict[int, str]:
    """The names of classes by their indices."""
    if not isinstance(table, dict):
        raise BadInput(f'{where}: {quoted(table)} is given, but it has to be a table such as {{ 504 = "coffee mug" }}')
    return {_index(where, key): _name(where, name) for key, name in table.items()}


def _index(where: str, given: Any) -> int:
    index = int(given) if isinstance(given, str) and given.isascii() and given.isdecimal() else given
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index <= _LAST:
        raise BadInput(f"{where}: {quoted(given)} is no class of ImageNet-1k; give a whole number from 0 to {_LAST}")
    return index


def _name(where: str, name: Any) -> str:
    if not isinstance(name, str):
        raise BadInput(f"{where}: {quoted(name)} is given, but the name of a class has to be a text")
    try:
        without_separator("name", checked_text("name", name))
    except BadCell as error:
        raise BadInput(f"{where}: {error.message}") from None
    return name


def _tables(path: Path, document: Mapping[str, Any], name: str) -> list[Any]:
    entries = document.get(name, [])
    if not isinstance(entries, list):
        raise BadInput(f"{path}, {name}: {quoted(entries)} is given, but it has to be a list of tables")
    return entries
