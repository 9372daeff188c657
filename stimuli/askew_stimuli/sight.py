"""What the checks take from the pixels of one picture, so that each file is decoded once and then forgotten."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from askew.errors import BadInput
from askew.files import inside
from askew_stimuli.light import Bytes
from askew_stimuli.picture import Picture
from askew_stimuli.pixels import background_of, look, pixels_of, sha256_of
from askew_stimuli.silhouette import HALF, Mask, Measures, coverage_of, measured

SIDE = 16  # of the thumbnail that pictures are compared by
_PLAIN = 124  # stands for the background there, so that pictures are not alike because of it


@dataclass(frozen=True, eq=False)
class Sight:
    """What one picture shows. What needs to know where the object is stays None where that is unknown."""

    sha256: str
    size_px: tuple[int, int]
    background_rgb: tuple[int, ...] | None = None  # where the border has one colour
    see_through: bool = False
    one_colour: bool = False
    object_known: bool = False
    measures: Measures | None = None
    white: float = 0.0  # share of the object that is white, the lightest a picture can be
    black: float = 0.0  # share of the object that is black, the darkest
    thumbnail: npt.NDArray[np.float32] | None = None  # of length 1; None where it has no contrast


def sight_of(folder: Path, picture: Picture) -> Sight:
    """Look at a picture whose manifest lies in `folder`; BadInput where it cannot be read."""
    path = inside(folder, picture.file or "")
    try:
        pixels = pixels_of(path)
    except BadInput:
        seen = look(path)  # raises the same again, unless the picture is only see-through
        return Sight(seen.sha256, seen.size_px, see_through=True)
    coverage = _coverage(folder, picture, pixels)
    mask = None if coverage is None else coverage > HALF
    shown = pixels[:0, 0] if mask is None else pixels[mask]
    thumbnail = _thumbnail(pixels, mask)
    return Sight(
        sha256=sha256_of(pixels),
        size_px=(pixels.shape[1], pixels.shape[0]),
        background_rgb=background_of(pixels),
        one_colour=thumbnail is None and bool((pixels == pixels[0, 0]).all()),
        object_known=mask is not None,
        measures=None if coverage is None else measured(pixels, coverage),
        white=float((shown.min(1) == 255).mean()) if len(shown) else 0.0,
        black=float((shown.max(1) == 0).mean()) if len(shown) else 0.0,
        thumbnail=thumbnail,
    )


def _coverage(folder: Path, picture: Picture, pixels: Bytes) -> Bytes | None:
    """The object's share of each pixel; None where its silhouette is damaged or of another size, told elsewhere."""
    try:
        coverage = coverage_of(folder, picture, pixels)
    except (BadInput, OSError):
        return None
    return coverage if coverage is not None and coverage.shape == pixels.shape[:2] else None


def _thumbnail(pixels: Bytes, mask: Mask | None) -> npt.NDArray[np.float32] | None:
    """The object in few pixels, less its mean colour: the product of two is their correlation."""
    shown = pixels if mask is None else np.where(mask[..., None], pixels, np.uint8(_PLAIN))
    small = Image.fromarray(shown).resize((SIDE, SIDE), Image.Resampling.BOX)
    values = np.asarray(small, np.float32).reshape(-1, 3)
    values = (values - values.mean(0)).ravel()
    length = np.linalg.norm(values)
    return values / length if length else None
