"""A set whose objects are brought to one luminance and contrast: that of the set, of each object, or a given one."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from askew.errors import BadInput
from askew_stimuli.effects import Effect, Outcome
from askew_stimuli.light import Bytes
from askew_stimuli.matching import MAX_GAIN, MAX_OFFSET, Lightness, lightness, matched
from askew_stimuli.picture import Picture, manifest_of, read_manifest
from askew_stimuli.place import refuse_place
from askew_stimuli.silhouette import Mask
from askew_stimuli.transform import View, refuse_without_file, transform, views

Aim = Literal["set", "object"] | Lightness


def level(folder: Path, out: Path, aim: Aim) -> Outcome:
    """Write the set in which luminance and contrast inside the objects are matched.

    The aim is the mean over the pictures of the set, or of each object, or the lightness given. It is a mean of means
    and of standard deviations, each picture counting once, however large its object.
    """
    manifest = manifest_of(folder)
    refuse_place(folder, out)
    pictures = read_manifest(manifest)
    refuse_without_file(manifest, pictures)
    _refuse_unknown(manifest, pictures)
    wanted = _wanted(manifest, pictures, aim)
    effects = []

    def change(view: View) -> tuple[Picture, Bytes]:
        picture, target = view.picture, wanted(view.picture)
        background = np.array(picture.background_rgb or (0, 0, 0), np.uint8)
        result = matched(view.pixels, _shares(view), background, target)
        effects.append(Effect(picture.image_id, picture.condition, result.before, result.after, target))
        return replace(picture, matched=said(picture, str(result))), result.pixels

    versions = {"numpy": version("numpy")}
    transform(folder, out, change, _done(aim), versions=versions, words="matching pictures")
    to = str(aim) if isinstance(aim, Lightness) else f"the mean of the {aim}"
    return Outcome(f"luminance and contrast of the objects to {to}", len(pictures), effects)


def said(picture: Picture, words: str) -> str:
    """What is matched in a picture, after what was matched in it before."""
    return "; ".join(filter(None, (picture.matched, words)))


def _done(aim: Aim) -> dict[str, Any]:
    bounds = {"max_gain": MAX_GAIN, "max_offset": MAX_OFFSET}
    if isinstance(aim, Lightness):
        return {"luminance": "fixed", "mean": aim.mean, "sd": aim.sd, **bounds}
    return {"luminance": aim, **bounds}


def _wanted(manifest: Path, pictures: Sequence[Picture], aim: Aim) -> Callable[[Picture], Lightness]:
    """The lightness that each picture's object is to have."""
    if isinstance(aim, Lightness):
        return lambda _: aim
    if aim == "object":
        _refuse_nameless(manifest, pictures)
    found = defaultdict(list)
    for view in views(manifest, pictures, "measuring pictures"):
        found[_group(view.picture, aim)].append(lightness(view.pixels, _seen(view)))
    means = {group: _mean(each) for group, each in found.items()}
    return lambda picture: means[_group(picture, aim)]


def _group(picture: Picture, aim: Aim) -> str | None:
    return picture.object_id if aim == "object" else None


def _mean(found: Sequence[Lightness]) -> Lightness:
    return Lightness(float(np.mean([each.mean for each in found])), float(np.mean([each.sd for each in found])))


def _shares(view: View) -> npt.NDArray[np.float64]:
    """The share of each pixel that the object covers; all or nothing where what is behind it is not known."""
    mask = _seen(view)
    if view.coverage is None or view.picture.background_rgb is None:
        return mask.astype(float)
    shares: npt.NDArray[np.float64] = view.coverage / 255
    return shares


def _seen(view: View) -> Mask:
    if view.mask is None or not view.mask.any():
        raise BadInput(f"{view.picture.image_id}: no object can be seen in it, only background; leave it out")
    return view.mask


def _refuse_unknown(manifest: Path, pictures: Sequence[Picture]) -> None:
    unknown = [p.image_id for p in pictures if p.silhouette_file is None and p.background_rgb is None]
    if unknown:
        raise BadInput(
            f"{manifest}: nothing says where the object is in {len(unknown):,} of {len(pictures):,} pictures, such as "
            f"{unknown[0]}; name their silhouettes in silhouette_file, or the colour of a plain background in "
            "background_rgb"
        )


def _refuse_nameless(manifest: Path, pictures: Sequence[Picture]) -> None:
    if nameless := [picture.image_id for picture in pictures if picture.object_id is None]:
        raise BadInput(
            f"{manifest}: {len(nameless):,} of {len(pictures):,} pictures have no object_id, such as {nameless[0]}; "
            "fill it in, or match to the set"
        )
