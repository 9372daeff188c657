"""Raw data of the model-vs-human benchmark (Geirhos et al., NeurIPS 2021): 16-category choices by people and models.

From one data-set folder of its `raw-data/`, or from a folder of them. The benchmark ships no pictures with its raw
data, so the manifest has their names only.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from askew.errors import BadCell, BadInput
from askew.files import sha256
from askew.sidecar import Sidecar
from askew.table import checked_text, rows
from askew.trial import Kind, Outcome, Trial
from askew_stimuli.imported import Imported, Session
from askew_stimuli.picture import Picture

NAME = "model-vs-human"
SOURCE = {
    "url": "https://github.com/bethgelab/model-vs-human",
    "citation": "Geirhos, Narayanappa, Mitzkus, Thieringer, Bethge, Wichmann & Brendel (2021), NeurIPS: Partial "
    "success in closing the gap between human and machine vision",
}
CATEGORIES = (
    *("airplane", "bear", "bicycle", "bird", "boat", "bottle", "car", "cat"),
    *("chair", "clock", "dog", "elephant", "keyboard", "knife", "oven", "truck"),
)
COLUMNS = ("subj", "session", "trial", "rt", "object_response", "category", "condition", "imagename")
UNDECLARED = "NaN"  # models have it as their condition in data sets with one condition

# 0001_rot_s01_0_chair_20_n03376595_3070.png: trial, experiment, observer, condition, category, experiment, picture.
_PREFIXED = re.compile(r"\d+_[a-z]+_(?:s\d+|dnn)_[^_]+_[^_]+_\d+_(?P<picture>.+)")
CLOCKS = {"rt_ms": "as published (column rt, in seconds); zero and clock are not stated"}


@dataclass(frozen=True)
class Answer:
    """One row of the raw data; the condition may still be undeclared."""

    observer: str
    session: str
    index: int
    rt_ms: float | None
    choice: str | None
    category: str
    condition: str
    picture: str


def read(root: Path) -> Imported:
    """Read and check all of it; nothing is written."""
    folders = _folders(root)
    pictures: dict[str, Picture] = {}
    sessions: dict[str, Session] = {}
    notes: list[str] = []
    for folder in folders:
        found, said = _data_set(folder)
        for name, session in found.items():
            for trial in session.trials:
                pictures.setdefault(trial.stimulus, _picture(trial))
            sessions[name] = session
        notes += said
    return Imported(
        importer=NAME,
        title=f"Model-vs-human benchmark: {', '.join(folder.name for folder in folders)}",
        source={**SOURCE, "sets": ", ".join(folder.name for folder in folders)},
        pictures=sorted(pictures.values(), key=lambda picture: picture.image_id),
        sessions=sessions,
        notes=tuple(notes),
    )


def _folders(root: Path) -> list[Path]:
    """The data sets: the folder itself if it holds tables, else the folders in it that do."""
    if not root.is_dir():
        raise BadInput(f"{root}: is no folder; give a data set of raw-data/, or raw-data/ itself")
    root = root.resolve() if not root.name else root
    candidates = [root] if _tables(root) else sorted(p for p in root.iterdir() if p.is_dir() and _tables(p))
    if not candidates:
        raise BadInput(f"{root}: has no CSV files, nor has a folder in it; give a data set of raw-data/")
    return candidates


def _tables(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.csv"))


def _data_set(folder: Path) -> tuple[dict[str, Session], list[str]]:
    tables = {path: list(_answers(path)) for path in _tables(folder)}
    declared = {answer.condition for answers in tables.values() for answer in answers} - {UNDECLARED}
    only = next(iter(declared)) if len(declared) == 1 else None
    sessions: dict[str, Session] = {}
    notes = []
    for path, found in tables.items():
        answers = found
        if only and any(answer.condition == UNDECLARED for answer in found):
            answers = [replace(a, condition=only) if a.condition == UNDECLARED else a for a in found]
            notes.append(f"{folder.name}/{path.name}: declares no condition; it is {only!r}, the data set's only one")
        for (observer, session), its in _by_session(answers).items():
            name = f"{folder.name}_{observer}_{session}"
            if name in sessions:
                raise BadInput(
                    f"{path}: {observer} in session {session} is in another file of {folder.name} too; keep one"
                )
            source = {"importer": NAME, "file": f"{folder.name}/{path.name}", "sha256": sha256(path)}
            trials = [_trial(folder.name, answer) for answer in its]
            sessions[name] = Session(trials, Sidecar(source=source, clocks=CLOCKS))
    return sessions, notes + _strangers(folder, sessions)


def _by_session(answers: Sequence[Answer]) -> dict[tuple[str, str], list[Answer]]:
    found: dict[tuple[str, str], list[Answer]] = {}
    for answer in answers:
        found.setdefault((answer.observer, answer.session), []).append(answer)
    return found


def _strangers(folder: Path, sessions: dict[str, Session]) -> list[str]:
    """Doubts about pictures that no two observers share: their names may carry a prefix that we do not know."""
    seen: dict[str, set[str]] = {}
    for session in sessions.values():
        for trial in session.trials:
            seen.setdefault(trial.stimulus, set()).add(trial.observer)
    observers = {trial.observer for session in sessions.values() for trial in session.trials}
    if len(observers) > 1 and all(len(who) == 1 for who in seen.values()):
        return [f"{folder.name}: no two observers share a picture; their image names may differ by a prefix"]
    return []


def _answers(path: Path) -> Iterator[Answer]:
    lines = rows(path)
    try:
        _, header = next(lines)
    except StopIteration:
        raise BadInput(f"{path}: is empty; a table has the columns {', '.join(COLUMNS)}") from None
    names = [name.strip().lower() for name in header]
    for column in COLUMNS:
        if names.count(column) != 1:
            raise BadInput(
                f"{path}, line 1: column {column} is there {names.count(column)} times; once each: {', '.join(COLUMNS)}"
            )
    for line, cells in lines:
        if len(cells) != len(names):
            raise BadInput(f"{path}, line {line}: {len(cells)} cells where the header has {len(names)}")
        yield _answer(f"{path}, line {line}", dict(zip(names, cells, strict=True)))


def _answer(where: str, cells: dict[str, str]) -> Answer:
    for column in ("subj", "session"):
        if not re.fullmatch(r"[\w.+-]+", cells[column]):
            raise BadInput(f"{where}, column {column}: {cells[column]!r}; use letters, digits and . + - _ only")
    for column, extra in (("category", ()), ("object_response", ("na",))):
        if cells[column] not in (*CATEGORIES, *extra):
            allowed = ", ".join((*CATEGORIES, *extra))
            raise BadInput(f"{where}, column {column}: {cells[column]!r} is not one of {allowed}")
    if not re.fullmatch(r"\d{1,9}", cells["trial"], re.ASCII):
        raise BadInput(f"{where}, column trial: {cells['trial']!r} is not a whole number")
    for column in ("condition", "imagename"):
        try:
            checked_text(column, cells[column])
        except BadCell as error:
            raise BadInput(f"{where}, column {column}: {error.message}") from None
    stem = re.sub(r"\.(png|jpe?g)$", "", cells["imagename"], flags=re.IGNORECASE)
    prefixed = _PREFIXED.fullmatch(stem)
    return Answer(
        observer=cells["subj"],
        session=cells["session"],
        index=int(cells["trial"]),
        rt_ms=_milliseconds(where, cells["rt"]),
        choice=None if cells["object_response"] == "na" else cells["object_response"],
        category=cells["category"],
        condition=cells["condition"],
        picture=prefixed["picture"] if prefixed else stem,
    )


def _milliseconds(where: str, text: str) -> float | None:
    if text.lower() in {"nan", "na", ""}:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise BadInput(f"{where}, column rt: {text!r} is not a time in seconds, nor NaN")
    return round(seconds * 1000, 6)


def _trial(name: str, answer: Answer) -> Trial:
    # The benchmark marks people by this name only; every later step reads the field.
    human = re.fullmatch(r"subject-\d+", answer.observer) is not None
    kind: Kind = "human" if human else "model"
    silent: Outcome = "timeout" if human else "refused"
    return Trial(
        observer=answer.observer,
        kind=kind,
        group="human" if human else "networks",
        session=answer.session,
        index=answer.index,
        set=name,
        stimulus=f"{name}_{answer.condition}_{answer.category}_{answer.picture}",
        condition=answer.condition,
        offered=CATEGORIES,
        truth=answer.category,
        choice=answer.choice,
        outcome="answered" if answer.choice else silent,
        rt_ms=answer.rt_ms,
    )


def _picture(trial: Trial) -> Picture:
    return Picture(
        image_id=trial.stimulus,
        set=trial.set,
        source="imported",
        object_id=trial.stimulus.removeprefix(f"{trial.set}_{trial.condition}_"),
        class_label=trial.truth,
        condition=trial.condition,
    )
