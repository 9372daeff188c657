"""The published study of objects in unusual poses (Ollikka, Abbas, Perin, Kilpeläinen & Deny, TMLR 2025).

From a folder laid out as its public repository: `data/*.mat`, `stimuli_exp/*.png`, `object_names.xlsx`. What the
files do not state (achieved exposure, display, zero of the response time) stays empty.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from openpyxl import load_workbook
from scipy.io import loadmat

from askew.errors import BadInput
from askew.files import sha256
from askew.sidecar import Sidecar
from askew.trial import Trial
from askew_stimuli.imported import Imported, Session
from askew_stimuli.picture import Picture
from askew_stimuli.pixels import look
from askew_stimuli.progress import tracked

NAME = "unusual-poses"
CONDITIONS = ("upright", "rotated-correct", "rotated-incorrect")
SOURCE = {
    "url": "https://github.com/BRAIN-Aalto/unusual_poses",
    "citation": "Ollikka, Abbas, Perin, Kilpeläinen & Deny (2025), TMLR: A comparison between humans and AI at "
    "recognizing objects in unusual poses",
}

SPELLING = {"cructh": "crutch"}  # slips in object_names.xlsx beside the stray spaces
VLMS = frozenset({"claude_opus", "claude_sonnet", "gemini_flash", "gemini_pro", "gpt4_vision", "gpt4o", "siglip"})
EXPOSURES: Mapping[str, tuple[str, float | None]] = {
    "40": ("40ms", 40.0),
    "150": ("150ms", 150.0),
    "unlim": ("unlimited", None),
}
# Subjects 13 to 24 have a viewing time of 0 there: they saw picture and labels together (data_explained.txt).
TOGETHER = "with-labels"
ALONE = "alone-first"

CLOCKS = {
    "rt_ms": "as published (column 10, in seconds); zero and clock are not stated",
    "achieved_ms": "self-paced viewing time as published (column 9, in seconds); clock not stated; timed sessions "
    "hold the request only",
}

Matrix = npt.NDArray[np.float64]
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
    tables = {path: _table(path) for path in sorted((root / "data").glob("*.mat"))}
    if not tables:
        raise BadInput(f"{root / 'data'}: has no .mat files; give the folder of the whole study")
    pictures = _pictures(root, tables)
    by_key = {_key(picture): picture for picture in pictures.values()}
    sessions: dict[str, Session] = {}
    notes = [f"object_names.xlsx: {wrong!r} is read as {right!r}" for wrong, right in SPELLING.items()]
    for path, table in tables.items():
        described = _human(path, table, by_key) if path.stem.startswith("subj_") else _model(path, table, by_key)
        sessions[described[0]] = described[1]
        notes += described[1].facts.notes
    return Imported(
        importer=NAME,
        title="Objects in unusual poses (Ollikka et al. 2025)",
        source=SOURCE,
        pictures=list(pictures.values()),
        images={picture.file: path for path, picture in pictures.items() if picture.file},
        sessions=sessions,
        combine={"rotated": CONDITIONS[1:]},
        notes=tuple(notes),
    )


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
    rows = list(zip(files, names, strict=True))
    for path, (truth, alternative) in tracked(rows, "reading pictures", len(rows)):
        index, pose, angles = _parsed_name(path)
        pixels = look(path)
        pictures[path] = Picture(
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
    _check_aligned(workbook, pictures.values())
    return pictures


def _names(path: Path) -> list[tuple[str, str]]:
    try:
        with closing(load_workbook(path, read_only=True, data_only=True)) as workbook:
            rows = list(workbook.worksheets[0].iter_rows(values_only=True))
    except Exception as error:  # noqa: BLE001  a damaged workbook makes openpyxl raise whatever its parsers do
        raise BadInput(f"{path}: is not an Excel workbook that can be read: {_line(error)}") from None
    pairs = []
    for number, row in enumerate(rows, start=1):
        cells = [_clean(value) for value in row[:2] if value is not None]
        if cells and len(cells) != 2:
            raise BadInput(f"{path}, row {number}: {cells} is not a pair of names, the true and the alternative one")
        if cells:
            pairs.append((cells[0], cells[1]))
    return pairs


def _clean(value: Any) -> str:
    name = " ".join(str(value).split())
    return SPELLING.get(name, name)


def _parsed_name(path: Path) -> tuple[int, int, tuple[float, ...]]:
    """Class, pose and angles of a file named CLASS_POSE_X_Y_Z.png."""
    parts = re.fullmatch(r"(\d{1,3})_([012])_(\d{1,3})_(\d{1,3})_(\d{1,3})\.png", path.name)
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
    human = path.stem.startswith("subj_")
    width = 10 if human else 4
    values = _matrix(path)
    notes: tuple[str, ...] = ()
    if human and values.shape[1] == width + 1 and not values[:, 2].any():
        # The pose cannot be 0 in all rows, so an eleventh column of zeros before it is spurious (subj_11_unlim).
        values = np.delete(values, 2, axis=1)
        notes = (f"{path.name}: a spurious third column of zeros was removed",)
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


def _matrix(path: Path) -> Matrix:
    try:
        variables = loadmat(path, appendmat=False)
        found = [value for name, value in variables.items() if not name.startswith("__")]
        values = np.asarray(found[0], dtype=np.float64) if len(found) == 1 else np.empty(0)
    except Exception as error:  # noqa: BLE001  a damaged file makes scipy raise whatever its parsers do
        raise BadInput(f"{path}: is not a MATLAB file that can be read: {_line(error)}") from None
    if values.ndim != 2 or not values.size or not np.isfinite(values).all():
        raise BadInput(f"{path}: does not hold one matrix of numbers")
    return values


def _human(path: Path, table: MatTable, pictures: Mapping[Key, Picture]) -> tuple[str, Session]:
    parts = re.fullmatch(r"subj_(\d+)_(40|150|unlim)", path.stem)
    if not parts:
        raise BadInput(f"{path}: is not named subj_NUMBER_40.mat, _150.mat or _unlim.mat")
    observer = f"subj_{parts[1]}"
    group, requested = EXPOSURES[parts[2]]
    trials = []
    for number, row in enumerate(table.values, start=1):
        picture = _picture(path, number, row, pictures)
        if tuple(row[3:6]) != picture.source_rotation:
            raise BadInput(
                f"{path}, row {number}: the angles {row[3:6]} are not those of {picture.image_id}; the file is damaged"
            )
        key, pressed, viewed, response = _answer(path, number, row)
        if requested is not None and round(viewed * 1000, 6) != requested:
            raise BadInput(f"{path}, row {number}: a viewing time of {viewed} s in a session of {group}")
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
                presentation=None if requested else ALONE if viewed else TOGETHER,
                offered=picture.labels if key in {0, 1} else picture.labels[::-1],
                truth=picture.class_label,
                choice=None if not key else picture.labels[pressed != key],
                outcome="answered" if key else "misclick",
                rt_ms=round(response * 1000, 6) if response else None,
                requested_ms=requested,
                achieved_ms=round(viewed * 1000, 6) if viewed and requested is None else None,
            )
        )
    misclicks = [trial.stimulus for trial in trials if trial.outcome == "misclick"]
    notes = [*table.notes]
    if misclicks:
        notes.append(
            f"{path.name}: {len(misclicks)} mis-click(s), where the file keeps neither the answer nor the sides; "
            "`offered` names the truth first"
        )
    return f"{observer}_{group}", Session(trials, _facts(path, notes, CLOCKS))


def _answer(path: Path, number: int, row: Matrix) -> tuple[int, int, float, float]:
    """The correct key, the pressed key, viewing and response time; a mis-click has both keys 0."""
    key, pressed, viewed, response = (float(value) for value in row[6:10])
    if key not in {0, 1, 2} or pressed not in {0, 1, 2} or (key == 0) != (pressed == 0):
        raise BadInput(
            f"{path}, row {number}: the keys {key:g} and {pressed:g}; allowed are 1 and 2, or 0 for both (a mis-click)"
        )
    if viewed < 0 or response < 0:
        raise BadInput(f"{path}, row {number}: a negative time ({viewed:g} s, {response:g} s)")
    return int(key), int(pressed), viewed, response


def _model(path: Path, table: MatTable, pictures: Mapping[Key, Picture]) -> tuple[str, Session]:
    observer = path.stem.removesuffix("_answers")
    group = "vlms" if observer in VLMS else "networks"
    trials = []
    for number, row in enumerate(table.values, start=1):
        picture = _picture(path, number, row, pictures)
        if row[3] not in {0, 1, 2}:
            raise BadInput(f"{path}, row {number}: the answer {row[3]:g}; allowed are 0 (wrong), 1 (right), 2 (none)")
        answered = row[3] != 2
        trials.append(
            Trial(
                observer=observer,
                kind="model",
                group=group,
                set=NAME,
                stimulus=picture.image_id,
                condition=picture.condition,
                offered=picture.labels,
                truth=picture.class_label,
                choice=picture.labels[0 if row[3] else 1] if answered else None,
                outcome="answered" if answered else "refused",
            )
        )
    return observer, Session(trials, _facts(path, list(table.notes), {}))


def _picture(path: Path, number: int, row: Matrix, pictures: Mapping[Key, Picture]) -> Picture:
    picture = pictures.get((int(row[0]), int(row[2])))
    if picture is None:
        raise BadInput(
            f"{path}, row {number}: class {row[0]:g} in pose {row[2]:g} has no picture in stimuli_exp; restore the file"
        )
    return picture


def _key(picture: Picture) -> Key:
    return picture.class_index or 0, CONDITIONS.index(picture.condition)


def _facts(path: Path, notes: Sequence[str], clocks: Mapping[str, str]) -> Sidecar:
    source = {"importer": NAME, "file": f"data/{path.name}", "sha256": sha256(path)}
    return Sidecar(source=source, clocks=clocks, notes=tuple(notes))


def _line(error: Exception) -> str:
    return (str(error) or type(error).__name__).partition("\n")[0]
