"""Light and code values: what an 8-bit sRGB picture sends out, as a share of white.

Means of light are taken here, in linear light; means of code values would darken every edge.
"""

from functools import cache, reduce
from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Light = npt.NDArray[np.float64]

WEIGHTS = (0.2126, 0.7152, 0.0722)  # of red, green and blue in luminance (ITU-R BT.709)
_STEPS = 1 << 16  # fine enough that no step is wider than half a code value
_FINE = 1 << 14  # steps of linear light; four samples add up in 16 bits, and 8-bit values come back exactly


def linear(codes: Bytes) -> Light:
    """Linear light, 0 to 1, of 8-bit sRGB values.

    >>> linear(np.array([0, 188, 255], np.uint8)).round(3).tolist()
    [0.0, 0.503, 1.0]
    """
    values: Light = _linear_of_all()[codes]
    return values


def codes(light: npt.NDArray[np.floating[Any]]) -> Bytes:
    """8-bit sRGB values of linear light; what is outside 0 to 1 is clipped."""
    shown: Bytes = _codes_of_steps()[np.round(np.clip(light, 0, 1) * _STEPS).astype(np.uint32)]
    return shown


def luminance(light: Light) -> Light:
    """Luminance, as a share of white, of linear red, green and blue."""
    red, green, blue = WEIGHTS
    value: Light = red * light[..., 0] + green * light[..., 1] + blue * light[..., 2]
    return value


def averaged(samples: Bytes, factor: int) -> Bytes:
    """The picture of `factor` x `factor` samples a pixel, averaged in linear light.

    >>> averaged(np.array([[[0], [255]], [[0], [255]]], np.uint8), 2).tolist()
    [[[188]]]
    """
    if factor == 1:
        return samples
    # "clip" spares numpy the check that every value is in the table, which all are.
    fine = _fine_of_all().take(samples, mode="clip")
    total = summed(fine if factor <= 2 else fine.astype(np.uint32), factor)
    shown: Bytes = _codes_of_fine(factor).take(total, mode="clip")
    return shown


def summed(samples: npt.NDArray[Any], factor: int) -> npt.NDArray[Any]:
    """The sum of each `factor` x `factor` samples, in their own type."""
    rows = reduce(np.add, (samples[row::factor] for row in range(factor)))
    total: npt.NDArray[Any] = reduce(np.add, (rows[:, column::factor] for column in range(factor)))
    return total


@cache
def _linear_of_all() -> Light:
    shown = np.arange(256) / 255
    return np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)


@cache
def _fine_of_all() -> npt.NDArray[np.uint16]:
    return np.round(_linear_of_all() * (_FINE - 1)).astype(np.uint16)


@cache
def _codes_of_fine(factor: int) -> Bytes:
    """The code for each possible sum of samples: the nearest in linear light rounded as a display would show it."""
    return _exact_codes(np.linspace(0, 1, (_FINE - 1) * factor**2 + 1))


@cache
def _codes_of_steps() -> Bytes:
    return _exact_codes(np.linspace(0, 1, _STEPS + 1))


def _exact_codes(light: Light) -> Bytes:
    shown = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    return np.round(255 * shown).astype(np.uint8)
