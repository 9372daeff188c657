"""A whole set changed picture by picture into a new set: corruptions, matching, whatever keeps objects in their place.

The new set says of every picture which one it was made from. What was measured in the pictures is measured again;
where the objects are is kept as silhouettes, for a changed background tells it no more. Masks are left behind: they
were made from the spectra of the pictures as they were, so they are to be made again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from askew import sidecar
from askew.errors import BadInput
from askew.files import building, inside, put, refuse_special, sha256
from askew.sidecar import Sidecar
from askew_stimuli.light import Bytes
from askew_stimuli.picture import Picture, manifest_of, read_manifest, write_manifest
from askew_stimuli.pixels import SUFFIXES, background_of, pixels_of, sha256_of
from askew_stimuli.place import refuse_place
from askew_stimuli.png import encoded
from askew_stimuli.progress import tracked
from askew_stimuli.silhouette import HALF, Mask, coverage_of, measured

_NO_MEASURES: dict[str, Any] = dict.fromkeys(("area_frac", "bbox", "centroid", "lum_mean", "lum_sd", "clipped"))
_NO_MASK: dict[str, Any] = dict.fromkeys(
    ("mask_file", "mask_kind", "mask_frames", "mask_power_ratio", "mask_clipped", "mask_seed", "mask_sha256")
)


@dataclass(frozen=True, eq=False)
class View:
    """One picture of a set, what it shows, and the share of each pixel that its object covers, if that is known."""

    picture: Picture
    pixels: Bytes
    coverage: Bytes | None

    @property
    def mask(self) -> Mask | None:
        """Where the object is, to a whole pixel."""
        return None if self.coverage is None else self.coverage > HALF


Change = Callable[[View], tuple[Picture, Bytes]]


def transform(
    source: Path,
    out: Path,
    change: Change,
    done: Mapping[str, Any],
    *,
    versions: Mapping[str, str] | None = None,
    words: str = "changing pictures",
) -> list[Picture]:
    """Write the set that comes of changing every picture of a set or study; returns its pictures.

    `change` is given each picture and returns what the manifest is to say (its columns of files,
    hashes and measures are filled in here) and new pixels of the same size. `done` says in the sidecar what was done,
    `versions` with which libraries; the other facts of the source's sidecar are kept, its source under `before`.
    """
    manifest = manifest_of(source)
    refuse_place(source, out)
    pictures = read_manifest(manifest)
    facts = sidecar.read(manifest) or Sidecar()
    before = {"before": facts.source} if facts.source else {}
    with building(out) as part:
        made = [_changed(part, manifest.parent, view, change) for view in views(manifest, pictures, words)]
        facts = replace(
            facts,
            source={**done, "manifest_sha256": sha256(manifest), **before},
            versions={**facts.versions, **(versions or {})},
        )
        write_manifest(part / "manifest.csv", made, facts)
    return made


def views(manifest: Path, pictures: Sequence[Picture], words: str = "reading pictures") -> Iterator[View]:
    """Every picture of a manifest with its pixels and its object, in its order, with a progress bar.

    Refuses, before the first, a manifest that names pictures without a file or one file for several; and each picture
    and silhouette that is not the one described.
    """
    refuse_without_file(manifest, pictures)
    _refuse_shared(manifest, pictures)
    for picture in tracked(pictures, words, len(pictures)):
        pixels = shown(manifest.parent, picture)
        if picture.silhouette_file is not None:
            _described(manifest.parent, picture.silhouette_file, picture.silhouette_sha256)
        coverage = coverage_of(manifest.parent, picture, pixels)
        if coverage is not None and coverage.shape != pixels.shape[:2]:
            raise BadInput(
                f"{manifest.parent / (picture.silhouette_file or '')}: is not of the size of {picture.file}; make the "
                "silhouette again, or remove it from the manifest"
            )
        yield View(picture, pixels, coverage)


def shown(folder: Path, picture: Picture) -> Bytes:
    """The RGB values of a picture that has a file; BadInput where it is not the one that the manifest describes."""
    path = inside(folder, picture.file or "")
    _refuse_absent(path)
    pixels = pixels_of(path)
    if picture.sha256_pixels not in {None, sha256_of(pixels)}:
        raise BadInput(f"{path}: shows something else than when the manifest was written; restore it")
    _described(folder, picture.file or "", picture.sha256_file)
    return pixels


def refuse_without_file(manifest: Path, pictures: Sequence[Picture]) -> None:
    """Refuse a manifest without pictures, or with some of which only the name is known."""
    if not pictures:
        raise BadInput(f"{manifest}: has no pictures; name a set that has some")
    if without := [picture.image_id for picture in pictures if picture.file is None]:
        raise BadInput(
            f"{manifest}: {len(without):,} of {len(pictures):,} pictures have no file, such as {without[0]}; add the "
            "files, or remove these rows"
        )


def _refuse_shared(manifest: Path, pictures: Sequence[Picture]) -> None:
    first: dict[PurePosixPath, str] = {}
    for picture in pictures:
        twin = first.setdefault(PurePosixPath(picture.file or ""), picture.image_id)
        if twin != picture.image_id:
            raise BadInput(
                f"{manifest}: {twin} and {picture.image_id} share the file {picture.file}; give each a file of its "
                "own, or remove one of the rows"
            )


def _refuse_absent(path: Path) -> None:
    if path.is_dir():
        raise BadInput(f"{path}: is a folder; name a picture's file in the manifest")
    if not path.exists():
        raise BadInput(f"{path}: is not there; restore it, or import or make the set again")


def _described(folder: Path, name: str, digest: str | None) -> None:
    """Refuse a file that is not there, or is not the one whose hash the manifest gives."""
    path = inside(folder, name)
    _refuse_absent(path)
    refuse_special(path)
    if digest not in {None, sha256(path)}:
        raise BadInput(
            f"{path}: is not the file that the manifest describes; restore it, or import or make the set again"
        )


def _changed(part: Path, folder: Path, view: View, change: Change) -> Picture:
    """Write one changed picture and its silhouette; returns its row."""
    picture, pixels = change(view)
    if pixels.shape != view.pixels.shape or pixels.dtype != np.uint8:
        raise ValueError(f"{pixels.dtype} {pixels.shape} was made of {view.pixels.shape}; a change keeps form and size")
    file = _as_png(picture.file or "")
    if inside(part, file).exists():
        raise BadInput(f"{view.picture.file}: another picture of the set would be {file} as well; rename one of them")
    digest = put(inside(part, file), encoded(pixels))
    measures = None if view.coverage is None else measured(pixels, view.coverage)
    return replace(
        picture,
        file=file,
        sha256_file=digest,
        sha256_pixels=sha256_of(pixels),
        size_px=(pixels.shape[1], pixels.shape[0]),
        background_rgb=None if picture.background_rgb is None else background_of(pixels),
        made_from=sha256_of(view.pixels),
        **(_NO_MEASURES if measures is None else asdict(measures)),
        **_silhouette(part, folder, view),
        **_NO_MASK,
    )


def _silhouette(part: Path, folder: Path, view: View) -> dict[str, Any]:
    """Keep the silhouette's file; where the background alone told where the object is, write one."""
    if view.coverage is None:
        return {"silhouette_file": None, "silhouette_sha256": None}
    file = view.picture.silhouette_file
    content = encoded(view.coverage) if file is None else inside(folder, file).read_bytes()
    file = file or f"silhouettes/{view.picture.image_id}.png"
    place = inside(part, file)
    if place.exists() and place.read_bytes() != content:  # silhouettes may be shared, but not with a picture
        raise BadInput(
            f"{view.picture.image_id}: its silhouette would be {file}, as another file is; rename one of them"
        )
    return {"silhouette_file": file, "silhouette_sha256": put(place, content)}


def _as_png(file: str) -> str:
    path = PurePosixPath(file)
    return str(path.with_suffix(".png") if path.suffix.lower() in SUFFIXES else path.with_name(f"{path.name}.png"))
