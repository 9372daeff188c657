"""Write the columns of the record, the manifest and the scores into data/README.md (`make codebook`)."""

from pathlib import Path
from typing import Any

from askew.codebook import codebook, replaced
from askew.files import write_text
from askew.table import Table
from askew.trial import TRIALS
from askew_models.confidence import CONFIDENCE, EVIDENCE
from askew_models.framing import FRAMING
from askew_stimuli.picture import MANIFEST
from askew_stimuli.scores import SCORES

TABLES: dict[str, Table[Any]] = {
    "trials": TRIALS,
    "pictures": MANIFEST,
    "evidence": EVIDENCE,
    "confidence": CONFIDENCE,
    "framing": FRAMING,
    "scores": SCORES,
}
README = Path(__file__).parent / "README.md"


def updated(text: str) -> str:
    """The text of data/README.md with the tables of columns made anew."""
    for name, table in TABLES.items():
        text = replaced(text, name, codebook(table))
    return text


if __name__ == "__main__":
    write_text(README, updated(README.read_text(encoding="utf-8")))
