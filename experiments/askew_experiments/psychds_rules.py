"""The five rules of Psych-DS that a data set has to keep, checked without its validator, which has to be downloaded.

1. dataset_description.json lies in the folder, is JSON, and says that it is a Dataset of schema.org.
2. It has name, description and variableMeasured, a list of names or of PropertyValues with names.
3. In data/, or in folders in it, lies a table named keyword-value_..._data.csv, and no other kind of CSV file.
4. Each table is CSV in UTF-8 with a header, no column twice, rows as long as the header, and a row_id never twice.
5. Each column stands in variableMeasured: of the table's own .json where that has it, else of the nearest
   file_metadata.json above it, else of dataset_description.json.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

DESCRIPTION = "dataset_description.json"
OF_FOLDER = ("file_metadata.json", "directory_metadata.json")
TABLE_NAME = re.compile(r"[a-z]+-[a-zA-Z0-9]+(_[a-z]+-[a-zA-Z0-9]+)*_data\.csv", re.ASCII)
SCHEMA_ORG = re.compile(r"https?://schema\.org/?")
NEEDED = {"name": str, "description": str, "variableMeasured": list}


def violations(folder: Path) -> list[str]:
    """What is wrong with a data set, each in a line that begins with the file; an empty list where nothing is."""
    described, found = _read(folder, DESCRIPTION)
    if described is not None:
        found += _of_description(described)
    tables = sorted((folder / "data").rglob("*.csv"))
    names = [path.relative_to(folder).as_posix() for path in tables]
    if not any(TABLE_NAME.fullmatch(path.name) for path in tables):
        found.append("data: holds no table named keyword-value_data.csv, such as data/subject-01_session-1_data.csv")
    for path, name in zip(tables, names, strict=True):
        if not TABLE_NAME.fullmatch(path.name):
            found.append(
                f"{name}: is not named keyword-value_..._data.csv, with keywords of small letters and values of "
                "letters and digits"
            )
        header, wrong = _header(path, name)
        found += wrong
        measured, wrong = _measured(folder, path, described or {})
        found += wrong
        found += [
            f"{name}: its column {column!r} is not in variableMeasured"
            for column in header
            if measured is not None and column not in measured
        ]
    return found


def _of_description(described: Mapping[str, Any]) -> Iterator[str]:
    if not SCHEMA_ORG.fullmatch(str(described.get("@context", ""))):
        yield f"{DESCRIPTION}: its @context is not https://schema.org/"
    kind = str(described.get("@type", described.get("type", "")))
    if SCHEMA_ORG.sub("", kind) != "Dataset":
        yield f"{DESCRIPTION}: its @type is not Dataset"
    for key, its_type in NEEDED.items():
        value = _value(described, key)
        if not isinstance(value, its_type) or not value:
            yield f"{DESCRIPTION}: has no {key}" + (", a list" if its_type is list else ", a text")
    for place, entry in enumerate(_value(described, "variableMeasured") or (), start=1):
        if _variable(entry) is None:
            yield f"{DESCRIPTION}: entry {place} of variableMeasured is neither a name nor a PropertyValue with a name"


def _measured(folder: Path, table: Path, described: Mapping[str, Any]) -> tuple[set[str | None] | None, list[str]]:
    """The variables that apply to a table, the nearest that say any; None where nothing does."""
    nearest = [described]
    wrong: list[str] = []
    folders = [parent for parent in table.parents if parent.is_relative_to(folder / "data")]
    for place in [*(parent / name for parent in reversed(folders) for name in OF_FOLDER), table.with_suffix(".json")]:
        if place.is_file():
            document, found = _read(folder, place.relative_to(folder).as_posix())
            nearest.append(document or {})
            wrong += found
    entries = next(
        (_value(each, "variableMeasured") for each in reversed(nearest) if _value(each, "variableMeasured")), None
    )
    return ({_variable(entry) for entry in entries} if isinstance(entries, list) else None), wrong


def _header(path: Path, name: str) -> tuple[list[str], list[str]]:
    """The columns of a table, and what is wrong with its form."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream, strict=True))
    except UnicodeDecodeError:
        return [], [f"{name}: is not UTF-8"]
    except csv.Error as error:
        return [], [f"{name}: is not CSV ({error})"]
    if not rows or not any(rows[0]):
        return [], [f"{name}: has no header"]
    header, *body = rows
    wrong = [
        f"{name}: its column {column!r} stands there twice" for column in sorted({*header}) if header.count(column) > 1
    ]
    if ragged := [number for number, row in enumerate(body, start=2) if len(row) != len(header)]:
        wrong.append(f"{name}, row {ragged[0]}: has another number of cells than the header, {len(header)}")
    elif "row_id" in header:
        ids = [row[header.index("row_id")] for row in body]
        if len({*ids}) < len(ids):
            wrong.append(f"{name}: its row_id stands there twice")
    return header, wrong


def _read(folder: Path, name: str) -> tuple[dict[str, Any] | None, list[str]]:
    try:
        document = json.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None, [f"{name}: is not there"]
    except (ValueError, RecursionError):
        return None, [f"{name}: is not JSON in UTF-8"]
    return (document, []) if isinstance(document, dict) else (None, [f"{name}: is no JSON object"])


def _value(document: Mapping[str, Any], key: str) -> Any:
    """A value under its name, or under its name with the namespace before it."""
    return next((document[name] for name in document if SCHEMA_ORG.sub("", name) == key), None)


def _variable(entry: Any) -> str | None:
    if isinstance(entry, str):
        return entry
    if isinstance(entry, dict) and entry.get("@type", entry.get("type")) == "PropertyValue":
        name = entry.get("name")
        return name if isinstance(name, str) else None
    return None
