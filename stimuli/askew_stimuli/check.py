"""Whether the pictures on disk are those that the manifest describes."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from askew.errors import BadInput, quoted
from askew.files import inside, sha256
from askew.study import Study
from askew.trial import Trial
from askew_stimuli.commandline import tracked
from askew_stimuli.picture import Picture
from askew_stimuli.pixels import look

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with one picture. `code` is for programs, `message` for people."""

    code: str
    picture: str
    message: str


def manifest_of(folder: Path) -> Path:
    """The manifest in a study or in a folder of pictures."""
    if (folder / "study.toml").is_file():
        manifest = Study.open(folder).manifest
        if not os.path.lexists(manifest):
            raise BadInput(f"{folder}: has no pictures yet, for there is no stimuli/manifest.csv in it")
        return manifest
    if (folder / "manifest.csv").is_file():
        return folder / "manifest.csv"
    raise BadInput(f"{folder}: has neither study.toml nor manifest.csv; name a study or a folder of pictures")


def coverage(pictures: Sequence[Picture]) -> str:
    """How many pictures there are, and of how many the file could be compared."""
    with_file = sum(picture.file is not None for picture in pictures)
    with_hash = sum(bool(picture.file and (picture.sha256_file or picture.sha256_pixels)) for picture in pictures)
    return f"{len(pictures):,} pictures, {with_file:,} with a file, {with_hash:,} of them compared by hash"


def findings(folder: Path, pictures: Sequence[Picture]) -> Iterator[Finding]:
    """Everything wrong with the pictures of a manifest that lies in a folder, in its order."""
    first: dict[str, str] = {}
    for picture in tracked(pictures, "checking pictures", len(pictures)):
        if picture.file is not None:
            yield from _of_file(folder, picture)
        if picture.mask_file is not None:
            yield from _of_mask(folder, picture)
        if picture.sha256_pixels is not None:
            twin = first.setdefault(picture.sha256_pixels, picture.image_id)
            if twin != picture.image_id:
                yield Finding("duplicate", picture.image_id, f"shows exactly what {twin} shows")
    yield from _unlisted(folder, pictures)


def findings_in_trials(study: Study, pictures: Sequence[Picture]) -> Iterator[Finding]:
    """Stimuli that the trials describe otherwise than the manifest does, each once."""
    by_id = {picture.image_id: picture for picture in pictures}
    told: set[tuple[str, str]] = set()
    for trial in study.trials():
        for finding in _of_trial(trial, by_id.get(trial.stimulus)):
            if (finding.code, finding.picture) not in told:
                told.add((finding.code, finding.picture))
                yield finding


def _of_trial(trial: Trial, picture: Picture | None) -> Iterator[Finding]:
    if picture is None:
        yield Finding("unknown", trial.stimulus, f"{trial.observer} answered it, but the manifest does not have it")
        return
    if picture.alt_label is not None and picture.alt_label not in trial.offered:
        message = (
            f"was offered to {trial.observer} without {quoted(picture.alt_label)}, its alternative in the manifest"
        )
        yield Finding("other-labels", trial.stimulus, message)
    for code, said, column in (
        ("other-truth", trial.truth, "class_label"),
        ("other-condition", trial.condition, "condition"),
    ):
        described = getattr(picture, column)
        if said != described:
            message = f"is {quoted(said)} for {trial.observer}, but its {column} is {quoted(described)} in the manifest"
            yield Finding(code, trial.stimulus, message)


def _of_file(folder: Path, picture: Picture) -> Iterator[Finding]:
    path = inside(folder, picture.file or "")
    if not path.is_file():
        hint = (
            "write / between folders" if "\\" in (picture.file or "") else "restore it, or import or make the set again"
        )
        yield Finding("missing", picture.image_id, f"{picture.file} is not there; {hint}")
        return
    if picture.sha256_file is not None and sha256(path) != picture.sha256_file:
        yield Finding("changed", picture.image_id, f"{picture.file} is not the file that the manifest describes")
    try:
        pixels = look(path)
    except BadInput as error:
        yield Finding("unreadable", picture.image_id, str(error))
        return
    if picture.sha256_pixels is not None and pixels.sha256 != picture.sha256_pixels:
        yield Finding("repainted", picture.image_id, f"{picture.file} shows something else than when it was described")
    if picture.size_px is not None and pixels.size_px != picture.size_px:
        given, said = ("x".join(map(str, size)) for size in (pixels.size_px, picture.size_px))
        yield Finding("resized", picture.image_id, f"{picture.file} is {given} pixels, but {said} in the manifest")


def _of_mask(folder: Path, picture: Picture) -> Iterator[Finding]:
    path = inside(folder, picture.mask_file or "")
    if not path.is_file():
        yield Finding(
            "missing-mask", picture.image_id, f"{picture.mask_file} is not there; restore it or make it again"
        )
    elif picture.mask_sha256 is not None and sha256(path) != picture.mask_sha256:
        yield Finding(
            "changed-mask", picture.image_id, f"{picture.mask_file} is not the mask that the manifest describes"
        )
    else:
        try:
            look(path)
        except BadInput as error:
            yield Finding("unreadable-mask", picture.image_id, str(error))


def _unlisted(folder: Path, pictures: Sequence[Picture]) -> Iterator[Finding]:
    names = (name for picture in pictures for name in (picture.file, picture.mask_file) if name is not None)
    listed = {PurePosixPath(name) for name in names}  # so that ./a.png is a.png
    for path in sorted(folder.rglob("*")):
        name = PurePosixPath(path.relative_to(folder).as_posix())
        if path.suffix.lower() in SUFFIXES and name not in listed and not path.name.startswith("."):
            yield Finding("unlisted", str(name), "is in the folder but not in the manifest")
