"""The published study of objects in unusual poses (Ollikka, Abbas, Perin, Kilpeläinen & Deny, TMLR 2025).

From a folder laid out as its public repository: `data/*.mat`, `stimuli_exp/*.png`, `object_names.xlsx`. What the
files do not state (achieved exposure, display, zero of the response time) stays empty.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from askew.declared import Contrast, Pool, Subgroup
from askew.errors import BadInput, at, quoted
from askew.files import sha256
from askew.sidecar import Sidecar
from askew.trial import Trial
from askew_stimuli.foreign import Matrix, matrix, sheet
from askew_stimuli.imported import MAX_S, Imported, Session, milliseconds
from askew_stimuli.picture import Picture
from askew_stimuli.pixels import look
from askew_stimuli.progress import tracked
from askew_stimuli.registry import differences

NAME = "unusual-poses"
CONDITIONS = ("upright", "rotated-correct", "rotated-incorrect")
SOURCE = {
    "url": "https://github.com/BRAIN-Aalto/unusual_poses",
    "citation": "Ollikka, Abbas, Perin, Kilpeläinen & Deny (2025), TMLR: A comparison between humans and AI at "
    "recognizing objects in unusual poses",
}

SPELLING = {"cructh": "crutch"}  # slips in object_names.xlsx beside the stray spaces
# The groups of the published script, which counts SigLIP with the vision-language models.
GROUPS = {
    "networks": ("beit", "convnext", "swag", "swin", "vit"),
    "vlms": ("claude_opus", "claude_sonnet", "gemini_flash", "gemini_pro", "gpt4_vision", "gpt4o", "siglip"),
}
EXPOSURES: Mapping[str, tuple[str, float | None]] = {
    "40": ("40ms", 40.0),
    "150": ("150ms", 150.0),
    "unlim": ("unlimited", None),
}
# Subjects 13 to 24 have a viewing time of 0 there: they saw picture and labels together (data_explained.txt).
TOGETHER = "with-labels"
ALONE = "alone-first"

# What the published scripts compare (results_analysis_updated.m, error_consistency.m). Its two tests of women against
# men are not here, for the data do not say who is which.
ALONE_GROUP = "unlimited-alone-first"  # the paper's figures leave these sessions out
SUBGROUP = Subgroup(name=ALONE_GROUP, group="unlimited", column="presentation", value=ALONE)
POOLS = tuple(
    Pool(name=f"group{number}", group="40ms", observers=tuple(f"subj_{subject}" for subject in subjects))
    for number, subjects in enumerate([(1, 2, 3), (4, 5, 6), (7, 8, 12), (9, 10, 11)], start=1)
)
CONTRASTS = (
    *(
        Contrast(a=a, b=b, condition=condition)
        for a, b, condition in (
            ("unlimited", "40ms", "rotated"),
            ("150ms", "40ms", "rotated"),
            ("unlimited", "150ms", "rotated"),
            ("unlimited", "networks", "rotated"),
            ("unlimited", "40ms", "upright"),
            ("150ms", "40ms", "upright"),
        )
    ),
    *(
        Contrast(a=a, b=b, group=group)
        for a, b in (("upright", "rotated"), CONDITIONS[1:])
        for group in ("40ms", "150ms", "unlimited", "networks")
    ),
)

UNORDERED = "`offered` names the truth first: the source does not say in which order a model was given the labels"
CLOCKS = {
    "rt_ms": "as published (column 10, in seconds); zero and clock are not stated",
    "achieved_ms": "self-paced viewing time as published (column 9, in seconds); clock not stated; timed sessions "
    "hold the request only",
}

NONE, RIGHT = 0, 2
KEYS = (NONE, 1, RIGHT)  # the codes of columns 7 and 8
Key = tuple[int, int]  # class, pose: at most one picture each


@dataclass(frozen=True)
class MatTable:
    """The one matrix in a .mat file, and what was done to it."""

    values: Matrix
    notes: tuple[str, ...] = ()


def read(root: Path) -> Imported:
    """Read and check all of it; nothing is written."""
    for name in ("data", "stimuli_exp", "object_names.xlsx"):
        if not (root / name).exists():
            raise BadInput(
                f"{root}: has no {name}; give the folder that holds data/, stimuli_exp/ and object_names.xlsx"
            )
    tables = {path: _table(path) for path in sorted((root / "data").glob("*.mat")) if not path.name.startswith(".")}
    if not tables:
        raise BadInput(f"{root / 'data'}: has no .mat files; give the folder of the whole study")
    _check_lengths(tables)
    pictures = _pictures(root, tables)
    by_key = {_key(picture): picture for picture in pictures.values()}
    sessions: dict[str, Session] = {}
    notes = [f"object_names.xlsx: {wrong!r} is read as {right!r}" for wrong, right in SPELLING.items()]
    found = [root / "object_names.xlsx", *tables, *pictures]
    notes += differences(NAME, {path.relative_to(root).as_posix(): path for path in found})
    for path, table in tables.items():
        name, session = _human(path, table, by_key) if _is_human(path) else _model(path, table, by_key)
        if name in sessions:
            raise BadInput(f"{path}: is a second file of {name}; keep one")
        sessions[name] = session
        notes += [f"{path.name}: {note}" for note in session.facts.notes if note != UNORDERED]
    return Imported(
        importer=NAME,
        title="Objects in unusual poses (Ollikka et al. 2025)",
        source=SOURCE,
        pictures=list(pictures.values()),
        images={picture.file: path for path, picture in pictures.items() if picture.file},
        sessions=sessions,
        combine={"rotated": CONDITIONS[1:]},
        **_declared([trial for session in sessions.values() for trial in session.trials]),
        notes=tuple(notes),
    )


def _declared(trials: Sequence[Trial]) -> dict[str, Any]:
    """What of the published comparison these trials allow: a copy may hold some of the files only."""
    seen = {(trial.group, trial.observer) for trial in trials}
    groups = {group for group, _ in seen}
    return {
        "subgroups": (SUBGROUP,) if any(trial.presentation == ALONE for trial in trials) else (),
        "pools": tuple(pool for pool in POOLS if all((pool.group, one) in seen for one in pool.observers)),
        "contrasts": tuple(
            planned for planned in CONTRASTS if groups >= ({planned.group} if planned.group else {planned.a, planned.b})
        ),
    }


def _check_lengths(tables: Mapping[Path, MatTable]) -> None:
    """All sessions are equally long, and so are all models; another one was cut or does not belong here."""
    for human in (True, False):
        lengths = {path: len(table.values) for path, table in tables.items() if _is_human(path) == human}
        usual = max(Counter(lengths.values()).items(), key=itemgetter(1), default=(0, 0))[0]
        for path, length in lengths.items():
            if length != usual:
                raise BadInput(f"{path}: has {length} rows where others have {usual}; the file may be cut short")


def _is_human(path: Path) -> bool:
    return path.stem.startswith("subj_")


def _pictures(root: Path, tables: Mapping[Path, MatTable]) -> dict[Path, Picture]:
    workbook = root / "object_names.xlsx"
    names = _names(workbook)
    files = sorted(path for path in (root / "stimuli_exp").iterdir() if not path.name.startswith("."))
    if len(names) != len(files):
        raise BadInput(
            f"{workbook}: has {len(names)} pairs of names for {len(files)} files in stimuli_exp; each file needs one "
            "pair, in the order of the file names"
        )
    alternatives = _alternatives(tables)
    pictures: dict[Path, Picture] = {}
    for path, names_of in tracked(zip(files, names, strict=True), "reading pictures", len(files)):
        with at(path):
            pictures[path] = _described(path, names_of, alternatives)
    _check_aligned(workbook, pictures.values())
    return pictures


def _described(path: Path, names: tuple[str, str], alternatives: Mapping[Key, int]) -> Picture:
    truth, alternative = names
    index, pose, angles = _parsed_name(path)
    pixels = look(path)
    return Picture(
        image_id=path.stem,
        file=f"images/{path.name}",
        sha256_file=sha256(path),
        sha256_pixels=pixels.sha256,
        set=NAME,
        source="imported",
        object_id=truth,
        class_index=index,
        class_label=truth,
        alt_index=alternatives.get((index, pose)),
        alt_label=alternative,
        condition=CONDITIONS[pose],
        source_rotation=angles,
        background_rgb=pixels.background_rgb,
        size_px=pixels.size_px,
    )


def _names(path: Path) -> list[tuple[str, str]]:
    pairs = []
    for number, row in enumerate(sheet(path), start=1):
        cells = [_clean(value) for value in row[:2] if value is not None]
        if cells and len(cells) != 2:
            raise BadInput(
                f"{path}, row {number}: {quoted(cells)} is not a pair of names, the true and the alternative one"
            )
        if cells:
            pairs.append((cells[0], cells[1]))
    return pairs


def _clean(value: Any) -> str:
    name = " ".join(str(value).split())
    return SPELLING.get(name, name)


def _parsed_name(path: Path) -> tuple[int, int, tuple[float, ...]]:
    """Class, pose and angles of a file named CLASS_POSE_X_Y_Z.png."""
    parts = re.fullmatch(r"(\d{1,3})_([012])_(\d{1,3})_(\d{1,3})_(\d{1,3})\.png", path.name, re.ASCII)
    if not parts:
        raise BadInput(f"{path}: is not named CLASS_POSE_X_Y_Z.png, with the pose 0, 1 or 2; remove or rename it")
    index, pose, *angles = (int(part) for part in parts.groups())
    return index, pose, tuple(float(angle) for angle in angles)


def _alternatives(tables: Mapping[Path, MatTable]) -> dict[Key, int]:
    """The class of each picture's alternative. All files have to agree on it."""
    found: dict[Key, tuple[int, Path]] = {}
    for path, table in tables.items():
        for row in table.values:
            key, alternative = (int(row[0]), int(row[2])), int(row[1])
            known, there = found.setdefault(key, (alternative, path))
            if known != alternative:
                raise BadInput(
                    f"{path}: class {key[0]} in pose {key[1]} has the alternative {alternative}, but {known} in "
                    f"{there.name}; one of the files is damaged"
                )
    return {key: alternative for key, (alternative, _) in found.items()}


def _check_aligned(workbook: Path, pictures: Iterable[Picture]) -> None:
    """Names and pictures meet by their order only, so a shift by one row has to be noticed."""
    label_of: dict[int, str] = {}
    for picture in pictures:
        for index, label in (
            (picture.class_index, picture.class_label),
            (picture.alt_index, picture.alt_label),
        ):
            if index is None or label is None:
                continue
            if label_of.setdefault(index, label) != label:
                raise BadInput(
                    f"{workbook}: class {index} is {label_of[index]!r} in one row and "
                    f"{label!r} in another ({picture.image_id}); its rows have to follow the names in stimuli_exp"
                )


def _table(path: Path) -> MatTable:
    human = _is_human(path)
    width = 10 if human else 4
    values = matrix(path)
    notes: tuple[str, ...] = ()
    if human and values.shape[1] == width + 1 and not values[:, 2].any():
        # The pose cannot be 0 in all rows, so an eleventh column of zeros before it is spurious (subj_11_unlim).
        values = np.delete(values, 2, axis=1)
        notes = ("a spurious third column of zeros was removed",)
    if values.shape[1] != width:
        kind = "a subject" if human else "a model"
        raise BadInput(f"{path}: has {values.shape[1]} columns, but the file of {kind} has {width}")
    for number, row in enumerate(values[:, :3], start=1):
        if (row != row.round()).any() or (row < 0).any() or (row > (999, 999, 2)).any():
            raise BadInput(
                f"{path}, row {number}: begins with {row.tolist()}; allowed are two classes, 0 to 999, and a pose, "
                "0, 1 or 2"
            )
    return MatTable(values, notes)


def _human(path: Path, table: MatTable, pictures: Mapping[Key, Picture]) -> tuple[str, Session]:
    parts = re.fullmatch(r"subj_(\d+)_(40|150|unlim)", path.stem, re.ASCII)
    if not parts:
        raise BadInput(f"{path}: is not named subj_NUMBER_40.mat, _150.mat or _unlim.mat")
    observer = f"subj_{parts[1]}"
    group, requested = EXPOSURES[parts[2]]
    trials = []
    for number, (row, picture) in enumerate(_shown(path, table, pictures), start=1):
        if tuple(row[3:6]) != picture.source_rotation:
            raise BadInput(
                f"{path}, row {number}: the angles {row[3:6].tolist()} are not those of {picture.image_id}; the "
                "file is damaged"
            )
        key, pressed, viewed_ms, response_ms = _answer(path, number, row)
        if requested is not None and viewed_ms != requested:
            raise BadInput(f"{path}, row {number}: a viewing time of {viewed_ms:g} ms in a session of {group}")
        truth, alternative = picture.labels
        trials.append(
            Trial(
                observer=observer,
                kind="human",
                group=group,
                session=group,
                index=number,
                set=NAME,
                stimulus=picture.image_id,
                condition=picture.condition,
                presentation=None if requested else ALONE if viewed_ms else TOGETHER,
                offered=(alternative, truth) if key == RIGHT else (truth, alternative),
                truth=truth,
                choice=None if key == NONE else truth if pressed == key else alternative,
                outcome="misclick" if key == NONE else "answered",
                rt_ms=response_ms or None,
                requested_ms=requested,
                achieved_ms=None if requested else viewed_ms or None,
            )
        )
    misclicks = [trial.stimulus for trial in trials if trial.outcome == "misclick"]
    notes = [*table.notes]
    if misclicks:
        said = "1 mis-click" if len(misclicks) == 1 else f"{len(misclicks)} mis-clicks"
        notes.append(f"{said}, where the file keeps neither the answer nor the sides; `offered` names the truth first")
    return f"{observer}_{group}", Session(trials, _facts(path, notes, CLOCKS))


def _shown(path: Path, table: MatTable, pictures: Mapping[Key, Picture]) -> Iterator[tuple[Matrix, Picture]]:
    """Each row with its picture; a picture may be there once."""
    first: dict[str, int] = {}
    for number, row in enumerate(table.values, start=1):
        picture = pictures.get((int(row[0]), int(row[2])))
        if picture is None:
            raise BadInput(f"{path}, row {number}: class {row[0]:g} in pose {row[2]:g} has no picture")
        if (known := first.setdefault(picture.image_id, number)) != number:
            raise BadInput(f"{path}, row {number}: {picture.image_id} is in row {known} already; the file is damaged")
        yield row, picture


def _answer(path: Path, number: int, row: Matrix) -> tuple[int, int, float, float]:
    """The correct key, the pressed key, viewing and response time in ms; a mis-click has both keys 0."""
    key, pressed, viewed, response = (float(value) for value in row[6:10])
    if key not in KEYS or pressed not in KEYS or (key == NONE) != (pressed == NONE):
        raise BadInput(
            f"{path}, row {number}: the keys {key:g} and {pressed:g}; allowed are 1 and 2, or 0 for both (a mis-click)"
        )
    for time in (viewed, response):
        if not 0 <= time < MAX_S:
            raise BadInput(f"{path}, row {number}: a time of {time:g} s; allowed are 0 to {MAX_S:g}")
    return int(key), int(pressed), milliseconds(viewed), milliseconds(response)


def _model(path: Path, table: MatTable, pictures: Mapping[Key, Picture]) -> tuple[str, Session]:
    observer = path.stem.removesuffix("_answers")
    group = next((group for group, members in GROUPS.items() if observer in members), None)
    if group is None:
        known = ", ".join(name for members in GROUPS.values() for name in members)
        raise BadInput(f"{path}: is no file of the published study, whose models are {known}; remove it")
    trials = []
    for number, (row, picture) in enumerate(_shown(path, table, pictures), start=1):
        answer = row[3]
        if answer not in {0, 1, 2}:
            raise BadInput(f"{path}, row {number}: the answer {answer:g}; allowed are 0 (wrong), 1 (right), 2 (none)")
        truth, alternative = picture.labels
        trials.append(
            Trial(
                observer=observer,
                kind="model",
                group=group,
                set=NAME,
                stimulus=picture.image_id,
                condition=picture.condition,
                offered=picture.labels,
                truth=truth,
                choice={0: alternative, 1: truth}.get(int(answer)),
                outcome="refused" if answer == 2 else "answered",
            )
        )
    return observer, Session(trials, _facts(path, [*table.notes, UNORDERED], {}))


def _key(picture: Picture) -> Key:
    return picture.class_index or 0, CONDITIONS.index(picture.condition)


def _facts(path: Path, notes: Sequence[str], clocks: Mapping[str, str]) -> Sidecar:
    source = {"importer": NAME, "file": f"data/{path.name}", "sha256": sha256(path)}
    return Sidecar(source=source, clocks=clocks, notes=tuple(notes))
