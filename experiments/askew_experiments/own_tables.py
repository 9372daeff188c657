"""The study's own tables of trials as a data set: CSV files with their sidecars, and the codebook."""

from pathlib import Path

from askew.codebook import codebook
from askew.files import put
from askew.trial import TRIALS
from askew_experiments.derive import write_trial_table
from askew_experiments.enclosed import doubts, put_protocols, readme
from askew_experiments.exporting import Export
from askew_stimuli.progress import tracked

FILES = {
    "trials/*.csv": "the trials of a session; `askew compare` reads them",
    "trials/*.json": "what all trials of the session share",
    "codebook.md": "what each column means",
    "protocols": "what the sessions showed, and when, as a file that askew reads",
}


def write(export: Export, folder: Path) -> list[str]:
    """Write the data set; returns what whoever passes it on has to know."""
    for taken in tracked(export.sessions, "exporting sessions", len(export.sessions)):
        table = folder / "trials" / f"{taken.name}.csv"
        write_trial_table(taken.records(), taken.journal, export.study, table)
    put_protocols(export, folder / "protocols")
    put(folder / "codebook.md", f"# Codebook\n\n{codebook(TRIALS)}".encode())
    said = doubts(export)
    about = "Tables of trials. In the column `kind`, `simulated` is a program that plays a participant."
    put(folder / "README.md", readme(export, about, FILES, said).encode())
    return said
