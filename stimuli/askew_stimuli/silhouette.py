"""Where the object is in a picture, and what is measured there: area, box, centre, luminance, contrast."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from askew.files import inside
from askew_stimuli.light import Bytes, linear, luminance
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


def coverage_of(folder: Path, picture: Picture, pixels: Bytes | None = None) -> Bytes | None:
    """The share of each pixel that the object covers, of 255: its silhouette, or all that is not a plain background.

    None where neither is known. `folder` is the manifest's; `pixels` saves reading the picture again.
    """
    if picture.silhouette_file is not None:
        grey: Bytes = pixels_of(inside(folder, picture.silhouette_file))[..., 0]
        return grey
    if picture.background_rgb is None or picture.file is None:
        return None
    if pixels is None:
        pixels = pixels_of(inside(folder, picture.file))
    differs: Mask = (pixels != np.asarray(picture.background_rgb, np.uint8)).any(2)
    shares = np.zeros(differs.shape, np.uint8)
    shares[differs] = 255
    return shares


def silhouette_of(folder: Path, picture: Picture, pixels: Bytes | None = None) -> Mask | None:
    """Where the object is, to a whole pixel; None where it is not known."""
    coverage = coverage_of(folder, picture, pixels)
    return None if coverage is None else coverage > HALF


def measured(pixels: Bytes, coverage: Bytes | Mask) -> Measures | None:
    """What is to be said of the object, its luminance in linear light as a share of white; None where it is not.

    `coverage` is the share of each pixel, of 255, or true where the object is. The area adds shares up: counting pixels
    would make thin objects larger, and most of all upright ones, whose edges run along the pixels.
    """
    mask = coverage if coverage.dtype == np.bool_ else coverage > HALF
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    part = mask[top:bottom, left:right]
    light = luminance(linear(pixels[top:bottom, left:right][part]))
    height, width = mask.shape
    count = int(np.count_nonzero(part))
    area = int(coverage.sum()) / (mask.size * (1 if coverage is mask else 255))
    return Measures(
        area_frac=round(area, 6),
        bbox=(left, top, right, bottom),
        centroid=(_centre(part.sum(0), left, count), _centre(part.sum(1), top, count)),
        lum_mean=round(float(light.mean()), 6),
        lum_sd=round(float(light.std()), 6),
        clipped=left == 0 or top == 0 or right == width or bottom == height,
    )


def _centre(counts: npt.NDArray[Any], first: int, area: int) -> float:
    return round(first + float(counts @ np.arange(len(counts))) / area, 3)
