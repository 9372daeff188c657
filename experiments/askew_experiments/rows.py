"""Tables and JSON for other programs: written the same for the same values, and read back as what was meant."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from askew.errors import BadInput, quoted
from askew.files import put


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """A JSON file, for people too."""
    put(path, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], missing: str) -> None:
    """A table, separated by tabs where its name ends in .tsv, else by commas.

    `missing` stands where there is no value, and nowhere else; truths are true and false.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t" if path.suffix == ".tsv" else ",", lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[name], missing, name, path) for name in columns])
    put(path, text.getvalue().encode())


def seconds(ms: float | None) -> str | None:
    """Milliseconds as seconds, in decimals and without a rest of the division.

    >>> seconds(612.5), seconds(0.02), seconds(None)
    ('0.6125', '0.00002', None)
    """
    if ms is None:
        return None
    return f"{round(ms / 1000, 7) + 0.0:.7f}".rstrip("0").rstrip(".")  # adding 0.0 takes the sign off -0.0


def _cell(value: Any, missing: str, column: str, path: Path) -> str:
    if value is None:
        return missing
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    if text == missing or any(sign in text for sign in "\t\r\n"):
        raise BadInput(
            f"{path.name}, column {column}: cannot hold {quoted(text)}, which would be read as something else; export "
            "with --csv"
        )
    return text
