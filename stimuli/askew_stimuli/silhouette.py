"""Where the object is in a picture, and what is measured there: area, box, centre, luminance, contrast."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from askew.files import inside
from askew_stimuli.light import linear, luminance
from askew_stimuli.picture import Picture
from askew_stimuli.pixels import pixels_of

Mask = npt.NDArray[np.bool_]
HALF = 127  # a pixel is the object's from half its samples on


@dataclass(frozen=True)
class Measures:
    """What a manifest says of the object in a picture, by the names of its columns."""

    area_frac: float
    bbox: tuple[int, int, int, int]  # left, top, right, bottom; right and bottom are the first outside
    centroid: tuple[float, float]
    lum_mean: float
    lum_sd: float
    clipped: bool


def silhouette_of(folder: Path, picture: Picture, pixels: npt.NDArray[np.uint8] | None = None) -> Mask | None:
    """Where the object is: from the picture's silhouette, or as far as it differs from a plain background.

    None where neither is known. `folder` is the manifest's; `pixels` saves reading the picture again.
    """
    if picture.silhouette_file is not None:
        shown: Mask = pixels_of(inside(folder, picture.silhouette_file))[..., 0] > HALF
        return shown
    if picture.background_rgb is None or picture.file is None:
        return None
    if pixels is None:
        pixels = pixels_of(inside(folder, picture.file))
    mask: Mask = (pixels != np.asarray(picture.background_rgb, np.uint8)).any(2)
    return mask


def measured(pixels: npt.NDArray[np.uint8], mask: Mask) -> Measures | None:
    """What is to be said of the object, its luminance in linear light as a share of white; None where it is not."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    part = mask[top:bottom, left:right]
    light = luminance(linear(pixels[top:bottom, left:right][part]))
    height, width = mask.shape
    area = int(np.count_nonzero(part))
    return Measures(
        area_frac=round(area / mask.size, 6),
        bbox=(left, top, right, bottom),
        centroid=(_centre(part.sum(0), left, area), _centre(part.sum(1), top, area)),
        lum_mean=round(float(light.mean()), 6),
        lum_sd=round(float(light.std()), 6),
        clipped=left == 0 or top == 0 or right == width or bottom == height,
    )


def _centre(counts: npt.NDArray[Any], first: int, area: int) -> float:
    return round(first + float(counts @ np.arange(len(counts))) / area, 3)
