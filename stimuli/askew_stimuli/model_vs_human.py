"""Raw data of the model-vs-human benchmark (Geirhos et al., NeurIPS 2021): 16-category choices by people and models.

From one data-set folder of its `raw-data/`, or from a folder of them. The benchmark ships no pictures with its raw
data, so the manifest has their names only.
"""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from askew.column import checked_text, parse_number
from askew.errors import BadCell, BadInput, at, quoted
from askew.files import sha256
from askew.sidecar import Sidecar
from askew.table import header_and_rows
from askew.trial import Kind, Outcome, Trial
from askew_stimuli.imported import MAX_S, Imported, Session, milliseconds
from askew_stimuli.picture import Picture
from askew_stimuli.registry import differences

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
NO_CONDITION = "NaN"  # what files of models have in data sets with one condition, in one spelling or another
UNDECLARED = "undeclared"  # what askew calls it where nothing says which condition it was

# 0001_rot_s01_0_chair_20_n03376595_3070.png: trial, experiment, observer, condition, category, experiment, picture.
_PREFIXED = re.compile(r"\d+_[a-z]+_(?:s\d+|dnn)_[^_]+_[^_]+_\d+_(?P<picture>.+)", re.ASCII)
CLOCKS = {"rt_ms": "as published (column rt, in seconds); zero and clock are not stated"}
UNORDERED = "`offered` is in the order of the alphabet: the source does not say in which order the labels were shown"


@dataclass(frozen=True)
class Answer:
    """One row of the raw data."""

    line: int
    observer: str
    session: str
    index: int
    rt_ms: float | None
    choice: str | None
    category: str
    condition: str  # NO_CONDITION where the file declares none
    picture: str

    def stimulus(self, name: str) -> str:
        """The picture's id, the same for all who saw it."""
        return f"{name}_{self.condition}_{self.category}_{self.picture}"


def read(root: Path) -> Imported:
    """Read and check all of it; nothing is written."""
    folders = _folders(root)
    pictures: dict[str, Picture] = {}
    sessions: dict[str, Session] = {}
    notes: list[str] = []
    for folder in folders:
        found, said = _data_set(folder)
        for name, session in found.items():
            if name in sessions:
                raise BadInput(f"{folder}: has a session {name}, and so has another data set; rename the folder")
            sessions[name] = session
            for trial in session.trials:
                picture = _picture(trial)
                if pictures.setdefault(trial.stimulus, picture) != picture:
                    raise BadInput(
                        f"{folder}: {trial.stimulus} is a picture of another data set too; rename the folder"
                    )
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
    root = Path(os.path.abspath(root))  # so that "." has a name
    folders = sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".") and _tables(p))
    if _tables(root) and folders:
        raise BadInput(
            f"{root}: holds {_tables(root)[0].name} and the data set {folders[0].name}; give one data set, or a "
            "folder of nothing but data sets"
        )
    candidates = [root] if _tables(root) else folders
    if not candidates:
        raise BadInput(f"{root}: has no CSV files, nor has a folder in it; give a data set of raw-data/")
    for folder in candidates:
        with at(folder):
            checked_text("set", folder.name)
    return candidates


def _tables(folder: Path) -> list[Path]:
    # Not glob(), which passes over a folder that may not be read.
    return sorted(path for path in folder.iterdir() if path.suffix == ".csv" and not path.name.startswith("."))


def _data_set(folder: Path) -> tuple[dict[str, Session], list[str]]:
    tables = {path: _answers(path) for path in _tables(folder)}
    conditions = _conditions(tables.values())
    sessions: dict[str, Session] = {}
    notes = []
    for path, found in tables.items():
        answers = [_with_condition(answer, conditions) for answer in found]
        if answers != found:
            notes.append(f"{folder.name}/{path.name}: {_told(found, answers)}")
        for (observer, session), its in _by_session(path, answers).items():
            name = f"{folder.name}_{observer}_{session}"
            if name in sessions:
                raise BadInput(f"{path}: has a session {name}, and so has another file of {folder.name}; keep one")
            source = {"importer": NAME, "file": f"{folder.name}/{path.name}", "sha256": sha256(path)}
            trials = [_trial(folder.name, answer) for answer in its]
            sessions[name] = Session(trials, Sidecar(source=source, clocks=CLOCKS, notes=(UNORDERED,)))
    notes += differences(NAME, {f"{folder.name}/{path.name}": path for path in tables}, f"{folder.name}/")
    return sessions, notes + _strangers(folder, sessions)


def _conditions(tables: Iterable[Sequence[Answer]]) -> dict[tuple[str, str], str]:
    """The condition in which each picture was shown, from the files that declare it."""
    found: dict[tuple[str, str], set[str]] = {}
    for answers in tables:
        for answer in answers:
            if answer.condition != NO_CONDITION:
                found.setdefault((answer.category, answer.picture), set()).add(answer.condition)
    return {picture: conditions.pop() for picture, conditions in found.items() if len(conditions) == 1}


def _with_condition(answer: Answer, conditions: dict[tuple[str, str], str]) -> Answer:
    if answer.condition != NO_CONDITION:
        return answer
    return replace(answer, condition=conditions.get((answer.category, answer.picture), UNDECLARED))


def _told(found: Sequence[Answer], answers: Sequence[Answer]) -> str:
    given = [answer.condition for answer, before in zip(answers, found, strict=True) if answer != before]
    unknown = given.count(UNDECLARED)
    known = f"{len(given) - unknown} rows have that of their picture in other files"
    return f"declares no condition in {len(given)} rows; {known}, {unknown} are called {UNDECLARED!r}"


def _by_session(path: Path, answers: Sequence[Answer]) -> dict[tuple[str, str], list[Answer]]:
    found: dict[tuple[str, str], list[Answer]] = {}
    seen: dict[tuple[str, str, str], int] = {}
    for answer in answers:
        first = seen.setdefault((answer.observer, answer.session, answer.stimulus("")), answer.line)
        if first != answer.line:
            raise BadInput(
                f"{path}, line {answer.line}: repeats line {first}: the same observer, session and picture; keep one"
            )
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


def _answers(path: Path) -> list[Answer]:
    expected = f"a table has the columns {', '.join(COLUMNS)}"
    header, lines = header_and_rows(path, expected)
    names = [name.strip().lower() for name in header]
    for column in COLUMNS:
        if names.count(column) != 1:
            raise BadInput(f"{path}, line 1: column {column} is there {names.count(column)} times; {expected}")
    answers = []
    for line, cells in lines:
        with at(f"{path}, line {line}"):
            answers.append(_answer(line, dict(zip(names, cells, strict=True))))
    if not answers:
        raise BadInput(f"{path}: has a header and no rows; the file may be cut short")
    return answers


def _answer(line: int, cells: dict[str, str]) -> Answer:
    for column in ("subj", "session"):
        if not re.fullmatch(r"[\w.+-]{1,80}", cells[column], re.ASCII):
            raise BadCell(column, f"{quoted(cells[column])}; use letters, digits and . + - _, at most 80")
    for column, extra in (("category", ()), ("object_response", ("na",))):
        if cells[column] not in (*CATEGORIES, *extra):
            raise BadCell(column, f"{quoted(cells[column])} is not one of {', '.join((*CATEGORIES, *extra))}")
    if not re.fullmatch(r"\d{1,9}", cells["trial"], re.ASCII):
        raise BadCell("trial", f"{quoted(cells['trial'])} is not a whole number")
    checked_text("condition", cells["condition"])
    checked_text("imagename", cells["imagename"])
    stem = re.sub(r"\.(png|jpe?g)$", "", cells["imagename"], flags=re.IGNORECASE)
    prefixed = _PREFIXED.fullmatch(stem)
    return Answer(
        line=line,
        observer=cells["subj"],
        session=cells["session"],
        index=int(cells["trial"]),
        rt_ms=_milliseconds(cells["rt"]),
        choice=None if cells["object_response"] == "na" else cells["object_response"],
        category=cells["category"],
        condition=NO_CONDITION if cells["condition"] in {"NaN", "nan", "NA", "na"} else cells["condition"],
        picture=checked_text("imagename", prefixed["picture"] if prefixed else stem),
    )


def _milliseconds(text: str) -> float | None:
    if text in {"NaN", "nan", "na", ""}:
        return None
    try:
        seconds = parse_number(text)
    except ValueError as error:
        raise BadCell("rt", f"{quoted(text)} {error}, nor NaN") from None
    if not 0 <= seconds < MAX_S:
        raise BadCell("rt", f"{quoted(text)} is not a time in seconds from 0 to {MAX_S:g}, nor NaN")
    return milliseconds(seconds)


def _trial(name: str, answer: Answer) -> Trial:
    # The benchmark marks people by this name only; every later step reads the field.
    human = re.fullmatch(r"subject-\d+", answer.observer, re.ASCII) is not None
    kind: Kind = "human" if human else "model"
    silent: Outcome = "timeout" if human else "refused"
    return Trial(
        observer=answer.observer,
        kind=kind,
        group="human" if human else "networks",
        session=answer.session,
        index=answer.index,
        set=name,
        stimulus=answer.stimulus(name),
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
