"""The JSON file beside a table: the facts that all its rows share, such as those of a session.

It also has the table's hash, so that a table that was cut or edited is noticed.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from askew import __version__
from askew.errors import BadInput, brief, quoted
from askew.files import refuse_special, sha256, write_text
from askew.table import Record, Table

SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """The facts of one session or set. What is unknown stays out; nothing here names a person."""

    source: Mapping[str, Any] = field(default_factory=dict)  # where the rows come from: importer, file, its hash
    versions: Mapping[str, str] = field(default_factory=dict)  # of the programs that made them
    seed: int | None = None
    hashes: Mapping[str, str] = field(default_factory=dict)  # protocol, manifest, weights
    display: Mapping[str, Any] = field(default_factory=dict)  # refresh rate, size, distance
    clocks: Mapping[str, str] = field(default_factory=dict)  # column -> what its times are measured from and by
    notes: tuple[str, ...] = ()  # repairs and doubts, in sentences


# What each fact is in JSON: its kind, whether all in it are texts, and the words for both.
_FORMS: dict[str, tuple[type, bool, str]] = {
    "source": (dict, False, "a table"),
    "versions": (dict, True, "a table of texts"),
    "seed": (int, False, "a whole number"),
    "hashes": (dict, True, "a table of texts"),
    "display": (dict, False, "a table"),
    "clocks": (dict, True, "a table of texts"),
    "notes": (list, True, "a list of texts"),
}


def beside(table: Path) -> Path:
    """The sidecar's place: the table's own name, ending in .json."""
    return table.parent / f"{table.stem}.json"


def write_table(table: Table[Record], path: Path, records: Iterable[Record], facts: Sidecar | None) -> int:
    """Write a table and its sidecar, if there are facts; returns the number of rows.

    At every moment the two on disk fit together: the old sidecar goes just before the new table comes.
    """
    _document(beside(path))  # refuses to replace somebody else's file that has the sidecar's name
    known = {} if facts is None else _as_json(path, facts)
    rows = table.write(path, records, just_before=lambda: beside(path).unlink(missing_ok=True))
    if facts is not None:
        document = {"schema": SCHEMA, "askew": __version__, "rows": rows, "sha256": sha256(path), **known}
        write_text(beside(path), json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    return rows


def read(table: Path) -> Sidecar | None:
    """The facts that all rows of a table share; None where there is no sidecar."""
    document = _document(beside(table))
    return None if document is None else _facts(beside(table), document)


def check(table: Path) -> None:
    """Refuse a table that is not the one its sidecar was written for, and a sidecar that is not right itself."""
    document = _document(beside(table))
    if document is None:
        return
    _facts(beside(table), document)
    if table.is_file() and sha256(table) != document["sha256"]:
        raise BadInput(
            f"{table}: differs from the {document['rows']:,} rows that {beside(table).name} says were written, so it "
            "was cut short or edited; restore it, or remove the sidecar if the change is meant"
        )


def _facts(path: Path, document: dict[str, Any]) -> Sidecar:
    names = [entry.name for entry in fields(Sidecar)]
    for key in document:
        if key not in {"schema", "askew", "rows", "sha256", *names}:
            raise BadInput(f"{path}: {quoted(key)} is not a fact that a sidecar holds; allowed: {', '.join(names)}")
    return Sidecar(**{name: _fact(path, name, document[name]) for name in names if name in document})


def _as_json(table: Path, facts: Sidecar) -> dict[str, Any]:
    """The facts that are known, once it is sure that they can be written and read."""
    known = {key: value for key, value in asdict(facts).items() if value not in (None, {}, ())}
    for name, value in known.items():
        _fact(beside(table), name, list(value) if isinstance(value, tuple) else value)
    try:
        json.dumps(known, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (TypeError, ValueError) as error:
        raise BadInput(f"{beside(table)}: cannot hold the facts given: {brief(str(error))}") from None
    return known


def _document(path: Path) -> dict[str, Any] | None:
    refuse_special(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: is not JSON ({brief(str(error))}); restore it, or remove it to go without") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    wanted = {"schema": int, "rows": int, "sha256": str}
    if not isinstance(document, dict) or any(type(document.get(key)) is not its for key, its in wanted.items()):
        raise BadInput(f"{path}: is not a sidecar of askew (no schema, rows and sha256); rename or remove it")
    if not 1 <= document["schema"] <= SCHEMA:
        written = quoted(document["schema"])
        raise BadInput(f"{path}: written by askew record {written}, this askew knows record {SCHEMA}; update askew")
    return document


def _fact(path: Path, name: str, value: Any) -> Any:
    kind, texts, words = _FORMS[name]
    right = type(value) is kind
    if right and texts:
        right = all(isinstance(each, str) for each in (value.values() if kind is dict else value))
    if not right:
        raise BadInput(f"{path}, {name}: {quoted(value)} is given, but it has to be {words}")
    return tuple(value) if kind is list else value
