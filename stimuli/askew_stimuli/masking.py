"""Gives every picture of a set a mask: reads the pictures, writes the masks beside them and into their manifest."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from askew import sidecar
from askew.errors import BadInput
from askew.files import building, inside, sha256
from askew_stimuli import masks
from askew_stimuli.masks import Values
from askew_stimuli.picture import MANIFEST, Picture, read_manifest
from askew_stimuli.png import encoded
from askew_stimuli.progress import tracked
from askew_stimuli.transform import refuse_without_file, shown

Draw = Callable[[np.random.Generator], Values]

FOLDER = "masks"
KINDS = ("mean-noise", "scramble", "pink", "blocks")


@dataclass(frozen=True)
class Recipe:
    """How the masks of a set are made; `exponent` is that of pink noise, `block` the side of the blocks."""

    kind: str
    frames: int = 1
    seed: int = 0
    exponent: float | None = None
    block: int | None = None

    def __str__(self) -> str:
        """As `mask_kind` in the manifest, so that it says it all.

        >>> str(Recipe("mean-noise")), str(Recipe("pink", exponent=1.0)), str(Recipe("blocks", block=25))
        ('mean-noise', 'pink-1', 'blocks-25')
        """
        return "-".join([self.kind, *(f"{each:g}" for each in (self.exponent, self.block) if each is not None)])


@dataclass(frozen=True)
class Masked:
    """The pictures with the columns of their masks, and the ids of those whose masks are clipped more than allowed."""

    pictures: Sequence[Picture]
    unsettled: Sequence[str]


def mask_set(manifest: Path, recipe: Recipe) -> Masked:
    """Make the masks of a manifest's pictures; the manifest names them once they are all there.

    Masks made before are replaced and the other facts of the sidecar kept; the same recipe gives the same bytes again,
    so a run that was stopped before the manifest named its masks can be repeated.
    """
    pictures = read_manifest(manifest)
    refuse_without_file(manifest, pictures)
    _refuse_foreign(manifest.parent, pictures)
    named = {picture.mask_file for picture in pictures}
    draw = _drawer(manifest, pictures, recipe)
    masked, unsettled = [], []
    with building(manifest.parent / FOLDER) as part:
        for picture in tracked(pictures, "making masks", len(pictures)):
            mask = masks.made(draw(picture), recipe.frames, recipe.seed, recipe.kind, picture.image_id)
            masked.append(_saved(part, picture, mask, recipe))
            if _file(picture) not in named:
                _refuse_unnamed(inside(manifest.parent, _file(picture)), masked[-1])
            if not mask.settled:
                unsettled.append(picture.image_id)
    _rewrite(manifest, masked, recipe)
    _remove(manifest.parent, {picture.mask_file for picture in pictures} - {picture.mask_file for picture in masked})
    return Masked(masked, unsettled)


def _drawer(manifest: Path, pictures: Sequence[Picture], recipe: Recipe) -> Callable[[Picture], Draw]:
    """What draws the mask of a picture. Every picture is looked at first, so that no set is masked by half."""
    sizes: dict[str, tuple[int, int]] = {}
    values = _values(manifest, pictures, recipe, sizes)
    if recipe.kind == "pink":
        level, exponent = masks.level(values), recipe.exponent or 0.0
        return lambda picture: partial(masks.pink, sizes[picture.image_id], exponent, *level)
    if recipe.kind == "mean-noise":
        amplitude = masks.mean_amplitude(values)
        return lambda picture: partial(masks.turned, amplitude, sizes[picture.image_id][1])
    for _ in values:
        pass  # only looked at
    partner = masks.partners({picture.image_id: picture.class_label for picture in pictures}, recipe.seed)
    by_id = {picture.image_id: picture for picture in pictures}

    def draw(picture: Picture) -> Draw:
        other = shown(manifest.parent, by_id[partner[picture.image_id]]) / 255
        if recipe.kind == "blocks":
            return partial(masks.shuffled, other, recipe.block or 0)
        return partial(masks.turned, masks.spectrum(other), other.shape[1])

    return draw


def _values(
    manifest: Path, pictures: Sequence[Picture], recipe: Recipe, sizes: dict[str, tuple[int, int]]
) -> Iterator[Values]:
    """What each picture shows; its height and width are noted, and refused where the recipe cannot do with them."""
    for picture in tracked(pictures, "reading pictures", len(pictures)):
        pixels = shown(manifest.parent, picture)
        height, width = sizes[picture.image_id] = (pixels.shape[0], pixels.shape[1])
        first = pictures[0].image_id
        if recipe.kind != "pink" and sizes[first] != (height, width):
            raise BadInput(
                f"{manifest}: {recipe.kind} needs pictures of one size, but {first} is {_by(*sizes[first])} and "
                f"{picture.image_id} is {_by(height, width)}; make them of one size, or choose the kind pink"
            )
        most = (Image.MAX_IMAGE_PIXELS or 0) // (height * width)
        if recipe.frames > most:
            raise BadInput(
                f"{recipe.frames:,} frames of {_by(height, width)} pixels are too large a picture to be read again; "
                f"{most:,} are the most"
            )
        yield pixels / 255


def _by(height: int, width: int) -> str:
    return f"{width} x {height}"


def _saved(part: Path, picture: Picture, mask: masks.Made, recipe: Recipe) -> Picture:
    place = inside(part, f"{picture.image_id}.png")
    content = encoded(mask.strip)
    place.write_bytes(content)
    return replace(
        picture,
        mask_file=_file(picture),
        mask_kind=str(recipe),
        mask_frames=recipe.frames,
        mask_power_ratio=round(mask.power_ratio, 6),
        mask_clipped=round(mask.clipped, 6),
        mask_seed=recipe.seed,
        mask_sha256=hashlib.sha256(content).hexdigest(),
    )


def _file(picture: Picture) -> str:
    return f"{FOLDER}/{picture.image_id}.png"


def _refuse_foreign(folder: Path, pictures: Sequence[Picture]) -> None:
    """Refuse to replace masks that were brought from elsewhere."""
    for picture in pictures:
        kind = picture.mask_kind or "unknown"
        if picture.mask_file is not None and not kind.startswith(KINDS):
            raise BadInput(
                f"{folder / picture.mask_file}: is a mask of the kind {kind}, made elsewhere; to replace it, empty the "
                "columns of masks in the manifest first"
            )


def _refuse_unnamed(place: Path, picture: Picture) -> None:
    """Refuse to replace a file that the manifest does not name, unless it is the picture's new mask already."""
    if os.path.lexists(place) and not (place.is_file() and sha256(place) == picture.mask_sha256):
        raise BadInput(
            f"{place}: is in the way, for the manifest names no such mask; move it, or give the options of the run "
            "that made it"
        )


def _rewrite(manifest: Path, masked: Sequence[Picture], recipe: Recipe) -> None:
    """The manifest with its masks, and its sidecar, where it has one."""
    facts = sidecar.read(manifest)
    if facts is not None:
        done = {name: value for name, value in asdict(recipe).items() if value is not None}
        facts = replace(facts, source={**facts.source, "masks": done})
    sidecar.write_table(MANIFEST, manifest, masked, facts)


def _remove(folder: Path, files: set[str | None]) -> None:
    for file in files:
        if file is not None:
            inside(folder, file).unlink(missing_ok=True)
