"""Psych-DS: one CSV table of trials for each session, and what each column means in the words of schema.org."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from askew.files import put
from askew_experiments.credits import Credits, read_credits
from askew_experiments.derive import Records, facts_of
from askew_experiments.enclosed import described, doubts, put_manifest, put_pictures, put_protocols, readme
from askew_experiments.exporting import Export, Taken, copy_file, task_labels
from askew_experiments.rows import write_json, write_rows
from askew_experiments.variables import TRIAL, Variable, clocks_of, levels, values
from askew_stimuli.progress import tracked

CONTEXT = "https://schema.org/"
WHO = (
    Variable("participant", "the participant's code"),
    Variable("session", "label of the session"),
    Variable("protocol", "the protocol that the session followed"),
)
FILES = {
    "data/*_data.csv": "the trials of a session; an empty cell means that a value is unknown or does not apply",
    "data/*_data.json": "what all trials of the session share",
    "dataset_description.json": "the data set, and what each column means",
    "materials/protocols": "what the sessions showed, and when, as a file that askew reads",
    "materials/stimuli": "the table of the pictures, and the pictures themselves if they were copied",
    "materials/sessions": "the journals: everything that was recorded, every frame included",
}
KEYWORDS = ("object recognition", "forced choice", "unusual poses")


def write(export: Export, folder: Path, *, pictures: bool) -> list[str]:
    """Write the data set; returns what whoever passes it on has to know."""
    materials = folder / "materials"
    files = put_pictures(export, materials / "stimuli") if pictures else {}
    put_manifest(export, materials / "stimuli")
    put_protocols(export, materials / "protocols")
    tasks = task_labels(export.protocols)
    conditions: dict[str, str] = {}
    for taken in tracked(export.sessions, "exporting sessions", len(export.sessions)):
        rows = _write_session(taken, export, folder, tasks[taken.protocol.name])
        conditions |= levels(next(each for each in TRIAL if each.name == "trial_type"), rows)
        copy_file(taken.journal, materials / "sessions" / taken.name / taken.journal.name)
    write_json(folder / "dataset_description.json", _description(export, read_credits(export.study), conditions))
    said = doubts(export, files)
    about = "A data set in Psych-DS, the psychological data standard."
    put(folder / "README.md", readme(export, about, FILES, said).encode())
    return said


def _write_session(taken: Taken, export: Export, folder: Path, task: str) -> list[dict[str, Any]]:
    plan, records = taken.plan, taken.records()
    who = {"participant": plan.participant, "session": plan.session, "protocol": plan.protocol.name}
    rows = [{**who, **values(taken, *told)} for told in taken.told(records)]
    codes = f"subject-{plan.participant.removeprefix('sub-')}_session-{plan.session.removeprefix('ses-')}"
    table = folder / "data" / f"{codes}_task-{task}_data.csv"
    write_rows(table, [each.name for each in (*WHO, *TRIAL)], rows, missing="")
    write_json(table.with_suffix(".json"), _session(taken, records, export))
    return rows


def _session(taken: Taken, records: Records, export: Export) -> dict[str, Any]:
    """The sidecar of a session: sentences, for schema.org has few words for its facts. The journal has them all."""
    facts = facts_of(records, taken.journal, export.study.root)
    told = [
        f"It is {taken.state}.",
        f"Participant number {taken.plan.number} of {taken.plan.stream}, session {taken.plan.part}, both from 0.",
        f"Seed {taken.plan.seed}. SHA-256 of the protocol {taken.plan.protocol.sha256}.",
        *(f"{note[0].upper()}{note[1:]}." for note in facts.notes),
    ]
    clocks = [f"{name}: {text}." for name, text in clocks_of(facts.clocks).items()]
    programs = [f"{name} {version}" for name, version in facts.versions.items()]
    display = [f"{name} {value}" for name, value in facts.display.items() if isinstance(value, (str, int, float))]
    return {
        "@context": CONTEXT,
        "@type": "Dataset",
        "name": f"{taken.name} of {export.title}",
        "description": " ".join(told),
        "measurementTechnique": [
            described(taken.protocol),
            *([f"Programs: {', '.join(programs)}."] if programs else []),
            *([f"Display: {', '.join(display)}."] if display else []),
            *clocks,
        ],
        "isBasedOn": f"materials/sessions/{taken.name}/{taken.journal.name}",
    }


def _description(export: Export, credit: Credits, conditions: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "Dataset",
        "name": export.title,
        "description": " ".join(filter(None, (credit.description, export.who()))),
        "variableMeasured": [_property(variable, conditions) for variable in (*WHO, *TRIAL)],
        "author": [{"@type": "Person", "name": name} for name in credit.authors or ()],
        "citation": credit.cite,
        "license": credit.licence,
        "funder": [{"@type": "Organization", "name": name} for name in credit.funding or ()],
        "identifier": credit.doi,
        "keywords": [*(credit.keywords or KEYWORDS)],
        "isBasedOn": export.study.source.get("url"),
    }
    return {key: value for key, value in told.items() if value not in (None, [])}


def _property(variable: Variable, conditions: Mapping[str, str]) -> dict[str, Any]:
    """A column as schema.org describes it."""
    known = conditions if variable.name == "trial_type" else variable.levels
    told = {
        "@type": "PropertyValue",
        "name": variable.name,
        "description": variable.meaning,
        "unitText": variable.unit,
        "valueReference": [
            {"@type": "PropertyValue", "value": value, "description": meaning} for value, meaning in known.items()
        ],
    }
    return {key: value for key, value in told.items() if value}
