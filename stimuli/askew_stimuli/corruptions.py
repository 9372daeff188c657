"""Ten ways in which a picture gets harder to see, each in five severities, as tests of robustness use them.

All work on the codes as stored, 0 to 1 (not on linear light), as is the practice in such tests. Lengths are in pixels
of a picture whose shorter side has 224, and grow with the picture, so that a severity looks the same in any size; noise
and JPEG act on the pixels as they are. A picture draws from the same seed at every severity, so that Gaussian and
impulse noise and the direction of motion stay the same and only get stronger. `table()` gives the numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import gaussian_filter
from scipy.signal import fftconvolve

from askew.errors import BadInput, meant, quoted
from askew_stimuli.light import Bytes
from askew_stimuli.thing import key

Values = npt.NDArray[np.float64]  # (height, width, 3), 0 to 1

SIDE = 224  # shorter side of the picture for which lengths are given
MAX_JPEG = 65_500  # pixels along a side; JPEG's library takes no more


@dataclass(frozen=True)
class Corruption:
    """What is done to the values, and how strongly at severities 1 to 5."""

    act: Callable[[Values, float, np.random.Generator], Values]
    meaning: str
    levels: tuple[float, float, float, float, float]


def corrupted(pixels: Bytes, kind: str, severity: int, seed: int, name: str) -> Bytes:
    """A corrupted picture; its random draws belong to the seed, the kind and the picture's name."""
    if kind not in CORRUPTIONS:
        raise BadInput(f"{quoted(kind)} is no corruption{meant(kind, CORRUPTIONS)}; allowed: {', '.join(CORRUPTIONS)}")
    corruption = CORRUPTIONS[kind]
    if severity not in range(1, len(corruption.levels) + 1):
        raise BadInput(f"{quoted(severity)} is no severity; allowed: 1 to {len(corruption.levels)}")
    height, width = pixels.shape[:2]
    if kind == "jpeg" and max(height, width) > MAX_JPEG:
        raise BadInput(
            f"{name}: is of {width:,} x {height:,} pixels, but a side of a JPEG has {MAX_JPEG:,} at most; make it "
            "smaller, or choose another kind"
        )
    random = np.random.default_rng(np.random.SeedSequence([seed, key("corruption", kind, name)]))
    return _codes(corruption.act(pixels / 255, corruption.levels[severity - 1], random))


def table() -> str:
    """What each corruption does at each severity, in Markdown."""
    rows = ["| corruption | what the number is | 1 | 2 | 3 | 4 | 5 |", "|---|---|---|---|---|---|---|"]
    for kind, corruption in CORRUPTIONS.items():
        rows.append(f"| {kind} | {corruption.meaning} | {' | '.join(f'{level:g}' for level in corruption.levels)} |")
    return "\n".join(rows)


def _codes(values: Values) -> Bytes:
    return np.round(255 * np.clip(values, 0, 1)).astype(np.uint8)


def _length(values: Values, level: float) -> float:
    """A length given for the standard size, in pixels of this picture."""
    return float(level * min(values.shape[:2]) / SIDE)


def _gaussian_noise(values: Values, level: float, random: np.random.Generator) -> Values:
    return values + level * random.standard_normal(values.shape)


def _shot_noise(values: Values, level: float, random: np.random.Generator) -> Values:
    counts: Values = random.poisson(level * values) / level
    return counts


def _impulse_noise(values: Values, level: float, random: np.random.Generator) -> Values:
    hit, white = random.random(values.shape) < level, random.random(values.shape) < 0.5
    return np.where(hit, white, values)


def _gaussian_blur(values: Values, level: float, _: np.random.Generator) -> Values:
    blurred: Values = gaussian_filter(values, _length(values, level), axes=(0, 1), mode="nearest")
    return blurred


def _motion_blur(values: Values, level: float, random: np.random.Generator) -> Values:
    kernel = _line(_length(values, level), random.uniform(0, np.pi))
    reach = len(kernel) // 2
    padded = np.pad(values, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    blurred: Values = fftconvolve(padded, kernel[..., None], mode="valid", axes=(0, 1))
    return blurred


def _line(length: float, angle: float) -> npt.NDArray[np.float64]:
    """A line through the middle of a square, as weights that add up to 1; points between pixels share their weight."""
    reach = int(np.ceil(length / 2)) + 1
    along = np.linspace(-length / 2, length / 2, 8 * reach + 1)
    rows, columns = reach - along * np.sin(angle), reach + along * np.cos(angle)
    weights: npt.NDArray[np.float64] = np.zeros((2 * reach + 1, 2 * reach + 1))
    for down in (0, 1):
        for right in (0, 1):
            row, column = np.floor(rows).astype(int) + down, np.floor(columns).astype(int) + right
            np.add.at(weights, (row, column), (1 - np.abs(rows - row)) * (1 - np.abs(columns - column)))
    weights /= weights.sum()
    return weights


def _brightness(values: Values, level: float, _: np.random.Generator) -> Values:
    return values + level


def _contrast(values: Values, level: float, _: np.random.Generator) -> Values:
    mean: npt.NDArray[np.float64] = values.mean((0, 1))
    return mean + level * (values - mean)


def _pixelate(values: Values, level: float, _: np.random.Generator) -> Values:
    height, width = values.shape[:2]
    side = _length(values, level)
    few = (max(1, round(width / side)), max(1, round(height / side)))
    small = Image.fromarray(_codes(values)).resize(few, Image.Resampling.BOX)
    return np.asarray(small.resize((width, height), Image.Resampling.NEAREST)) / 255


def _jpeg(values: Values, level: float, _: np.random.Generator) -> Values:
    file = BytesIO()
    Image.fromarray(_codes(values)).save(file, "JPEG", quality=int(level), subsampling="4:2:0")
    with Image.open(file) as decoded:
        return np.asarray(decoded) / 255


def _high_pass(values: Values, level: float, random: np.random.Generator) -> Values:
    blurred = _gaussian_blur(values, level, random)
    mean: npt.NDArray[np.float64] = values.mean((0, 1))
    return values - blurred + mean


CORRUPTIONS = {
    "gaussian-noise": Corruption(_gaussian_noise, "standard deviation of the noise", (0.06, 0.1, 0.16, 0.25, 0.38)),
    "shot-noise": Corruption(_shot_noise, "photons counted where it is white", (80, 40, 20, 10, 5)),
    "impulse-noise": Corruption(_impulse_noise, "share of values turned to 0 or 1", (0.02, 0.05, 0.1, 0.18, 0.3)),
    "gaussian-blur": Corruption(_gaussian_blur, "standard deviation, px of 224", (1, 1.5, 2.5, 4, 6)),
    "motion-blur": Corruption(_motion_blur, "length of the path, px of 224", (6, 10, 16, 24, 36)),
    "brightness": Corruption(_brightness, "added to every value", (0.1, 0.2, 0.3, 0.4, 0.5)),
    "contrast": Corruption(_contrast, "share of the contrast that is left", (0.5, 0.35, 0.25, 0.15, 0.08)),
    "pixelate": Corruption(_pixelate, "side of a cell, px of 224", (3, 5, 7, 10, 14)),
    "jpeg": Corruption(_jpeg, "JPEG quality, 4:2:0", (30, 20, 12, 8, 4)),
    "high-pass": Corruption(_high_pass, "standard deviation of the blur taken away, px of 224", (16, 8, 4, 2, 1)),
}
