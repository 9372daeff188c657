"""Luminance and contrast inside the object, brought to a wanted mean and standard deviation in linear light.

One gain and one offset for all colours: the luminance of every pixel of the object follows the same line, hues shift
little, and the background stays as it is.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from askew_stimuli.light import Bytes, Light, codes, linear, luminance

MAX_GAIN = 2.0  # of contrast, and one over it
MAX_CLIPPED = 0.02  # of the object's values may become black, and as many white
MAX_OFFSET = 0.02  # of luminance; more would veil the object
CLOSE = 5e-4  # nobody could tell luminances apart that differ by less
_ROUNDS = 6
_STILL = 1e-5  # a gain and an offset that move less have come to rest


@dataclass(frozen=True)
class Lightness:
    """Mean and standard deviation of the object's linear luminance, as shares of white."""

    mean: float
    sd: float

    def near(self, other: "Lightness") -> bool:
        """Whether nobody could tell the two apart."""
        return abs(self.mean - other.mean) < CLOSE and abs(self.sd - other.sd) < CLOSE

    def __str__(self) -> str:
        """As the manifest has it."""
        return f"{self.mean:.4f}±{self.sd:.4f}"


@dataclass(frozen=True, eq=False)
class Matched:
    """A matched picture: what its object had, has and should have, and the share of values that had to be clipped."""

    pixels: Bytes
    before: Lightness
    after: Lightness
    wanted: Lightness
    clipped: float

    def __str__(self) -> str:
        """As the manifest's `matched` has it."""
        return f"luminance {self.before} to {self.after} of {self.wanted}, {self.clipped:.4f} of it clipped"


def lightness(pixels: Bytes, mask: npt.NDArray[np.bool_]) -> Lightness:
    """The object's mean luminance and its standard deviation."""
    return _lightness(luminance(linear(pixels[mask])))


def matched(pixels: Bytes, coverage: npt.NDArray[np.floating[Any]], background: Bytes, wanted: Lightness) -> Matched:
    """The picture with its object brought to the wanted luminance and contrast.

    `coverage` is the share of each pixel that the object covers, `background` what is behind it (one colour or a
    picture): a pixel on the edge is a mixture of which only the object's share is changed. Gain and offset are
    corrected for what edges, clipped values and the steps of 8 bits make of them. Both have bounds, for an object
    without its white label should not glow: then the result is as near as they allow.
    """
    surface = _Surface(pixels, coverage, background)
    best, clipped = surface.values, 0.0
    before = after = surface.lightness(best)
    ends = surface.ends
    aim, line = wanted, (1.0, 0.0)
    for _ in range(_ROUNDS):
        last, line = line, _line(before, aim, *ends)
        if after.near(wanted) or np.allclose(line, last, rtol=0, atol=_STILL):
            break
        tried = surface.shown(*line)
        now = surface.lightness(tried)
        if _miss(now, wanted) < _miss(after, wanted):
            best, after, clipped = tried, now, surface.clipped(*line)
        aim = Lightness(aim.mean + wanted.mean - now.mean, aim.sd * wanted.sd / max(now.sd, 1e-6))
    return Matched(surface.picture(best), before, after, wanted, clipped)


class _Surface:
    """The values of the object in a picture, and what a gain and an offset of its light make of them.

    Nearly all of its pixels show nothing else, and for these a table of the 256 values does it; only pixels on the edge
    are computed one by one.
    """

    def __init__(self, pixels: Bytes, coverage: npt.NDArray[np.floating[Any]], background: Bytes) -> None:
        self._pixels = pixels
        flat = coverage.ravel()
        full, edge = np.flatnonzero(flat >= 1), np.flatnonzero((flat > 0) & (flat < 1))
        self._places = np.concatenate([full, edge])
        self._inside = np.flatnonzero(flat[self._places] >= 0.5)
        self.values: Bytes = pixels.reshape(-1, 3)[self._places]  # those that show nothing else come first
        self._full = len(full)
        self._share = flat[edge][:, None]
        behind = linear(background if background.ndim == 1 else background.reshape(-1, 3)[edge])
        self._behind = (1 - self._share) * behind
        self._own = linear(self.values[self._full :]) - self._behind  # the object's part of each pixel's light

    @property
    def ends(self) -> tuple[float, float]:
        """The light that all but a few of its values stay above, and the one that they stay below."""
        counts = np.cumsum(np.bincount(self.values[self._inside].ravel(), minlength=256))
        dark, bright = np.searchsorted(counts, np.array([MAX_CLIPPED, 1 - MAX_CLIPPED]) * counts[-1])
        return float(linear(_ALL)[dark]), float(linear(_ALL)[bright])

    def shown(self, gain: float, offset: float) -> Bytes:
        """Its values after gain and offset."""
        full = codes(gain * linear(_ALL) + offset)[self.values[: self._full]]
        return np.concatenate([full, codes(gain * self._own + offset * self._share + self._behind)])

    def clipped(self, gain: float, offset: float) -> float:
        """The share of its values that gain and offset drive beyond black or white, edges left out."""
        light = gain * linear(_ALL) + offset
        beyond = ((light < 0) | (light > 1))[self.values[: self._full]]
        return float(beyond.mean()) if self._full else 0.0

    def lightness(self, values: Bytes) -> Lightness:
        """The lightness of its values; pixels that show less than half of it do not count."""
        return _lightness(luminance(linear(values[self._inside])))

    def picture(self, values: Bytes) -> Bytes:
        """The whole picture with these values."""
        result: Bytes = self._pixels.copy()
        result.reshape(-1, 3)[self._places] = values
        return result


_ALL = np.arange(256, dtype=np.uint8)


def _miss(one: Lightness, wanted: Lightness) -> tuple[float, float]:
    """How far off a lightness is, smaller being nearer: first in its mean, once that is near in its deviation."""
    return max(abs(one.mean - wanted.mean), CLOSE), abs(one.sd - wanted.sd)


def _line(before: Lightness, aim: Lightness, darkest: float, brightest: float) -> tuple[float, float]:
    """Gain and offset from one lightness to another, within their bounds; the mean comes before the deviation.

    >>> _line(Lightness(0.2, 0.1), Lightness(0.22, 0.12), darkest=0.1, brightest=0.5)
    (1.2, -0.02)
    >>> _line(Lightness(0.2, 0.1), Lightness(0.22, 0.12), darkest=0.0, brightest=0.5)
    (1.1, 0.0)
    >>> _line(Lightness(0.2, 0.1), Lightness(0.4, 0.2), darkest=0.1, brightest=0.8)
    (1.25, 0.0)
    """
    gain = float(np.clip(aim.sd / before.sd if before.sd > 0 else 1.0, 1 / MAX_GAIN, MAX_GAIN))
    lowest = -min(MAX_OFFSET, gain * darkest)
    offset = float(np.clip(aim.mean - gain * before.mean, lowest, MAX_OFFSET))
    highest = max(min(MAX_GAIN, (1 - offset) / max(brightest, 1e-6)), 1.0)
    if before.mean > 0:
        gain = float(np.clip((aim.mean - offset) / before.mean, 1 / MAX_GAIN, highest))
    offset = float(np.clip(offset, -gain * darkest, max(1 - gain * brightest, 0.0)))
    return round(gain, 9), round(offset, 9) + 0.0


def _lightness(light: Light) -> Lightness:
    return Lightness(float(light.mean()), float(light.std()))
