"""The Brain Imaging Data Structure (BIDS) for behaviour: a table of trials and one of events for each session.

Journals lie in sourcedata/ as they are, for they hold more than the tables.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from askew import __version__
from askew.column import SEPARATOR
from askew.files import put
from askew_experiments.credits import Credits, read_credits
from askew_experiments.derive import Records, facts_of
from askew_experiments.enclosed import described, doubts, put_manifest, put_pictures, put_protocols, readme
from askew_experiments.events import EVENT, events
from askew_experiments.exporting import Export, Taken, copy_file, groups_of, task_labels
from askew_experiments.rows import write_json, write_rows
from askew_experiments.variables import TRIAL, TRUTHS, Variable, clocks_of, levels, values
from askew_stimuli.progress import tracked

BIDS = "1.11.1"
MISSING = "n/a"
PSYCHOPY = "RRID:SCR_006571"
STIM_FILE = Variable("stim_file", "file of the picture in stimuli/")
Row = dict[str, Any]
PARTICIPANT = (
    Variable("participant_id", "the participant's code"),
    Variable("species", "of the participant; missing for a program"),
    Variable("simulated", "whether the participant is a program and not a person", "", TRUTHS),
    Variable("session", f"labels of the sessions that are here, joined by {SEPARATOR}"),
    Variable("protocol", f"the protocol of each of them, joined by {SEPARATOR}"),
    Variable("stream", f"for each of them, in what participants are counted, joined by {SEPARATOR}"),
    Variable("number", f"for each of them, the participant's number in its stream, from 0, joined by {SEPARATOR}"),
    Variable("group", f"the groups of all trials in comparisons, joined by {SEPARATOR}"),
)
FILES = {
    "participants.tsv": "who took part",
    "sub-*/ses-*/beh/*_beh.tsv": "the trials of a session; what its columns mean stands in the .json beside it",
    "sub-*/ses-*/beh/*_events.tsv": "each phase of each trial, and each key, with its time",
    "sourcedata/sessions": "the journals: everything that was recorded, every frame included",
    "code/protocols": "what the sessions showed, and when, as a file that askew reads",
    "stimuli": "the table of the pictures, and the pictures themselves if they were copied",
}


@dataclass(frozen=True)
class Made:
    """A data set as it is made."""

    export: Export
    credit: Credits
    folder: Path
    files: Mapping[str, str]  # of the pictures copied, by stimulus
    tasks: Mapping[str, str]  # labels of the protocols


def write(export: Export, folder: Path, *, pictures: bool) -> list[str]:
    """Write the data set; returns what whoever passes it on has to know."""
    files = put_pictures(export, folder / "stimuli") if pictures else {}
    made = Made(export, read_credits(export.study), folder, files, task_labels(export.protocols))
    put_manifest(export, folder / "stimuli")
    put_protocols(export, folder / "code" / "protocols")
    for taken in tracked(export.sessions, "exporting sessions", len(export.sessions)):
        _write_session(taken, made)
        copy_file(taken.journal, folder / "sourcedata" / "sessions" / taken.name / taken.journal.name)
    _write_participants(export, folder)
    write_json(folder / "dataset_description.json", _description(export, made.credit))
    said = doubts(export, files)
    about = f"A data set in the Brain Imaging Data Structure (BIDS {BIDS}), behaviour only."
    put(folder / "README.md", readme(export, about, FILES, said).encode())
    return said


def _write_session(taken: Taken, made: Made) -> None:
    plan, files = taken.plan, made.files
    task = made.tasks[taken.protocol.name]
    stem = made.folder / plan.participant / plan.session / "beh" / f"{plan.folder}_task-{task}"
    records = taken.records()
    facts = {**_task(taken, made), "Session": _session(taken, records, made.export)}
    trials = [values(taken, *told) for told in taken.told(records)]
    happened = events(taken, records)
    shows = {phase.name for phase in taken.protocol.phases if "image" in phase.elements}
    for row in trials:
        row["stim_file"] = files.get(row["stimulus"])
    for row in happened:
        row["stim_file"] = files.get(row["stimulus"]) if row["phase"] in shows else None
    facts_of_events = {**facts, "StimulusPresentation": _presentation(taken)}
    _write_table(Path(f"{stem}_beh"), TRIAL, trials, facts, with_files=bool(files))
    _write_table(Path(f"{stem}_events"), EVENT, happened, facts_of_events, with_files=bool(files))


def _write_table(
    stem: Path, variables: Sequence[Variable], rows: Sequence[Row], facts: Mapping[str, Any], *, with_files: bool
) -> None:
    columns = [*variables, STIM_FILE] if with_files else variables
    write_rows(stem.with_suffix(".tsv"), [each.name for each in columns], rows, MISSING)
    write_json(stem.with_suffix(".json"), {**facts, **_columns(columns, rows)})


def _columns(variables: Iterable[Variable], rows: Sequence[Row]) -> dict[str, Any]:
    """Each column as a sidecar describes it."""
    found = {}
    for variable in variables:
        told = {"Description": variable.meaning, "Units": variable.unit, "Levels": levels(variable, rows)}
        found[variable.name] = {key: value for key, value in told.items() if value}
    return found


def _task(taken: Taken, made: Made) -> dict[str, Any]:
    """What a sidecar says of the task and of where it was done."""
    protocol, credit = taken.protocol, made.credit
    told = {
        "TaskName": protocol.name,
        "TaskDescription": f"{protocol.head.title or protocol.name}. {described(protocol)}",
        "Instructions": taken.begun.get("texts", {}).get("instructions"),
        "InstitutionName": credit.institution,
        "InstitutionalDepartmentName": credit.department,
        "InstitutionAddress": credit.address,
    }
    return {key: value for key, value in told.items() if value}


def _session(taken: Taken, records: Records, export: Export) -> dict[str, Any]:
    """What all rows share that BIDS has no keys for."""
    facts = facts_of(records, taken.journal, export.study.root)
    known = {key: value for key, value in asdict(facts).items() if value not in (None, {}, ())}
    known["clocks"] = clocks_of(facts.clocks)
    return {"status": taken.state, "simulated": taken.plan.simulated, **known}


def _presentation(taken: Taken) -> dict[str, Any]:
    """What showed the pictures, as far as it was recorded."""
    versions = taken.begun.get("versions", {})
    display = taken.begun.get("display", {})
    with_psychopy = "psychopy" in versions
    lab = display.get("lab", {})  # what is measured with a ruler; a window may be smaller than the screen
    width, distance, size = lab.get("width_cm"), lab.get("distance_cm"), lab.get("size_px") or display.get("size_px")
    told = {
        "SoftwareName": "PsychoPy" if with_psychopy else "askew, on a virtual display" if versions else None,
        "SoftwareVersion": versions.get("psychopy" if with_psychopy else "askew"),
        "SoftwareRRID": PSYCHOPY if with_psychopy else None,
        "OperatingSystem": taken.begun.get("system"),
        "ScreenRefreshRate": display.get("hz"),
        "ScreenResolution": size,
        "ScreenSize": [round(width / 100, 4), round(width / 100 * size[1] / size[0], 4)] if width and size else None,
        "ScreenDistance": round(distance / 100, 4) if distance else None,
    }
    return {key: value for key, value in told.items() if value is not None}


def _write_participants(export: Export, folder: Path) -> None:
    rows = []
    for code in export.participants:
        theirs = [taken for taken in export.sessions if taken.plan.participant == code]
        plans = [taken.plan for taken in theirs]
        rows.append(
            {
                "participant_id": code,
                "species": None if plans[0].simulated else "homo sapiens",
                "simulated": plans[0].simulated,
                "session": SEPARATOR.join(plan.session for plan in plans),
                "protocol": SEPARATOR.join(plan.protocol.name for plan in plans),
                "stream": SEPARATOR.join(plan.stream for plan in plans),
                "number": SEPARATOR.join(str(plan.number) for plan in plans),
                "group": SEPARATOR.join(groups_of(theirs)),
            }
        )
    write_rows(folder / "participants.tsv", [each.name for each in PARTICIPANT], rows, MISSING)
    write_json(folder / "participants.json", _columns(PARTICIPANT, rows))


def _description(export: Export, credit: Credits) -> dict[str, Any]:
    source = {
        key: export.study.source[name] for key, name in (("URL", "url"), ("DOI", "doi")) if name in export.study.source
    }
    made = {"Name": "askew", "Version": __version__, "Description": "askew session export, from the sessions' journals"}
    told: dict[str, Any] = {
        "Name": export.title,
        "BIDSVersion": BIDS,
        "DatasetType": "raw",
        "Description": " ".join(filter(None, (credit.description, export.who()))),
        "Keywords": credit.keywords,
        "License": credit.licence,
        "Authors": credit.authors,
        "Acknowledgements": credit.acknowledgements,
        "HowToAcknowledge": credit.cite,
        "Funding": credit.funding,
        "EthicsApprovals": credit.ethics,
        "ReferencesAndLinks": credit.references,
        "DatasetDOI": credit.doi,
        "GeneratedBy": [made],
        "SourceDatasets": [source] if source else None,
        "SimulatedParticipants": len(export.simulated),
    }
    return {key: value for key, value in told.items() if value not in (None, ())}
