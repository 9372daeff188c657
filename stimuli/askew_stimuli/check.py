"""Whether the pictures on disk are those that the manifest describes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from askew.errors import BadInput
from askew.files import inside, sha256
from askew.study import Study
from askew_stimuli.picture import Picture, read_manifest
from askew_stimuli.pixels import look
from askew_stimuli.progress import tracked

SUFFIXES = {".png", ".jpg", ".jpeg"}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with one picture. `code` is for programs, `message` for people."""

    code: str
    picture: str
    message: str


def manifest_of(folder: Path) -> Path:
    """The manifest in a study or in a folder of pictures."""
    if (folder / "study.toml").is_file():
        return Study.open(folder).manifest
    if (folder / "manifest.csv").is_file():
        return folder / "manifest.csv"
    raise BadInput(f"{folder}: has neither study.toml nor manifest.csv; name a study or a folder of pictures")


def findings(manifest: Path) -> Iterator[Finding]:
    """Everything wrong with the pictures of a manifest, in its order."""
    pictures = read_manifest(manifest)
    first: dict[str, str] = {}
    for picture in tracked(pictures, "checking pictures", len(pictures)):
        if picture.file is None:
            continue
        yield from _of_file(manifest.parent, picture)
        if picture.sha256_pixels is not None:
            twin = first.setdefault(picture.sha256_pixels, picture.image_id)
            if twin != picture.image_id:
                yield Finding("duplicate", picture.image_id, f"shows exactly what {twin} shows")
    yield from _unlisted(manifest.parent, pictures)


def _of_file(folder: Path, picture: Picture) -> Iterator[Finding]:
    path = inside(folder, picture.file or "")
    if not path.is_file():
        yield Finding("missing", picture.image_id, f"{picture.file} is not there; restore it or make the set again")
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


def _unlisted(folder: Path, pictures: list[Picture]) -> Iterator[Finding]:
    listed = {name for picture in pictures for name in (picture.file, picture.mask_file)}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix.lower() in SUFFIXES and name not in listed:
            yield Finding("unlisted", name, "is in the folder but not in the manifest")
