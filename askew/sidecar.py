"""The JSON file beside a table of trials: the facts of a session, which every trial of it shares.

It also says how many rows were written and their hash, so that a table that was cut or edited is noticed.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from askew import __version__
from askew.errors import BadInput
from askew.files import sha256, write_text

SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """The facts of one session. What is unknown stays out; nothing here names a person."""

    source: Mapping[str, Any] = field(default_factory=dict)  # where the trials come from: importer, file, its hash
    versions: Mapping[str, str] = field(default_factory=dict)  # of the programs that made the trials
    seed: int | None = None
    hashes: Mapping[str, str] = field(default_factory=dict)  # protocol, manifest, weights
    display: Mapping[str, Any] = field(default_factory=dict)  # refresh rate, size, distance
    clocks: Mapping[str, str] = field(default_factory=dict)  # column -> what its times are measured from and by
    notes: tuple[str, ...] = ()  # repairs and doubts, in sentences


def beside(table: Path) -> Path:
    """The sidecar's place: the table's own name, ending in .json."""
    return table.with_suffix(".json")


def write(table: Path, facts: Sidecar, rows: int) -> None:
    """Write the sidecar of a table that is on disk already."""
    known = {key: value for key, value in asdict(facts).items() if value not in (None, {}, ())}
    document = {"schema": SCHEMA, "askew": __version__, "rows": rows, "sha256": sha256(table), **known}
    write_text(beside(table), json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def read(table: Path) -> tuple[Sidecar, str] | None:
    """The facts and the table's recorded hash; None where there is no sidecar."""
    path = beside(table)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: is not JSON ({error}); restore it, or remove it to go without") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    _check_schema(path, document)
    names = [entry.name for entry in fields(Sidecar)]
    for key in document:
        if key not in {"schema", "askew", "rows", "sha256", *names}:
            raise BadInput(f"{path}: {key!r} is not a fact that a sidecar holds; allowed: {', '.join(names)}")
    facts = {name: _typed(path, name, document[name]) for name in names if name in document}
    return Sidecar(**facts), document["sha256"]


def check(table: Path) -> None:
    """Refuse a table that is not the one its sidecar was written for."""
    found = read(table)
    if found is not None and table.is_file() and sha256(table) != found[1]:
        raise BadInput(
            f"{table}: differs from what {beside(table).name} says was written, so it was cut short or edited; restore "
            "it, or remove the sidecar if the change is meant"
        )


def _check_schema(path: Path, document: Any) -> None:
    schema = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(schema, int) or not isinstance(document.get("sha256"), str):
        raise BadInput(f"{path}: is not a sidecar of askew (no schema number or sha256); rename or remove it")
    if schema > SCHEMA:
        raise BadInput(f"{path}: written by askew record {schema}, this askew knows record {SCHEMA}; update askew")


def _typed(path: Path, name: str, value: Any) -> Any:
    kind = {"notes": list, "seed": int}.get(name, dict)
    if not isinstance(value, kind):
        given, wanted = type(value).__name__, kind.__name__
        raise BadInput(f"{path}: {name} is a {given}, but has to be a {wanted}; see data/README.md")
    return tuple(value) if isinstance(value, list) else value
