"""Noise that is shown after a picture to end its viewing: pictures with the spectrum of the set, but nothing to see.

Values are codes as stored, 0 to 1 (not linear light), for in them spectra are published. A spectrum is the half that
`rfft2` gives, for a real picture repeats it in the other. Every draw is seeded by the picture's name, so that another
picture in the set leaves the noise as it was.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from askew.errors import BadInput
from askew_stimuli.light import WEIGHTS, Bytes
from askew_stimuli.thing import key

Values = npt.NDArray[np.float64]  # (height, width, 3), 0 to 1
Spectrum = npt.NDArray[np.complex128]

MAX_CLIPPED = 0.01  # a draw of which 8 bits cannot hold a larger share of the values is drawn again
MAX_DRAWS = 10


@dataclass(frozen=True, eq=False)
class Made:
    """A mask as it is stored: its frames below one another.

    `clipped` is the share of values that 8 bits could not hold; `power_ratio` the power that is left without the mean,
    over all frequencies and frames, as a share of the recipe's; `settled` says that no frame is clipped too much.
    """

    strip: Bytes
    clipped: float
    power_ratio: float
    settled: bool


def made(draw: Callable[[np.random.Generator], Values], frames: int, seed: int, *name: object) -> Made:
    """The frames that a recipe draws for a name, each with draws of its own, in 8 bits.

    Values out of range are clipped, for squeezing them all would take more power. A frame with too many of them is
    drawn again; after some draws the least clipped one is kept.
    """
    shown, outside = [], []
    wanted = left = 0.0
    for frame in range(frames):
        values, share = _least_clipped(draw, [seed, key("mask", *name), frame])
        codes = np.round(255 * np.clip(values, 0, 1)).astype(np.uint8)
        wanted += power(values)
        left += power(codes / 255)
        shown.append(codes)
        outside.append(share)
    ratio = left / wanted if wanted > 0 else 1.0
    return Made(np.concatenate(shown), float(np.mean(outside)), ratio, max(outside) <= MAX_CLIPPED)


def _least_clipped(draw: Callable[[np.random.Generator], Values], seeds: list[int]) -> tuple[Values, float]:
    """The first draw that is clipped little enough, or the best of several; and the share that is clipped."""
    best, least = _tried(draw, [*seeds, 0])
    for again in range(1, MAX_DRAWS):
        if least <= MAX_CLIPPED:
            break
        values, share = _tried(draw, [*seeds, again])
        if share < least:
            best, least = values, share
    return best, least


def _tried(draw: Callable[[np.random.Generator], Values], seeds: list[int]) -> tuple[Values, float]:
    values = draw(np.random.default_rng(np.random.SeedSequence(seeds)))
    return values, float(np.mean((values < 0) | (values > 1)))


def power(values: Values) -> float:
    """Power without the mean, over all frequencies and colours: the variance of each colour, added."""
    return float(values.var((0, 1)).sum())


def spectrum(values: Values) -> Spectrum:
    """The half spectrum of each colour."""
    return np.fft.rfft2(values, axes=(0, 1))


def turned(half: npt.NDArray[Any], width: int, random: np.random.Generator) -> Values:
    """The picture of a half spectrum whose phases are turned by those of white noise, the same for all colours.

    Amplitudes and the mean are kept, and so are the relations between the colours where `half` is a picture's. One
    field serves all colours, or they would fall apart into a rainbow.
    """
    height = len(half)
    noise = np.fft.rfft2(random.standard_normal((height, width)))
    phases = noise / np.abs(noise)
    phases[0, 0] = 1  # half of all draws would turn the mean to its negative
    values: Values = np.fft.irfft2(half * phases[..., None], s=(height, width), axes=(0, 1))
    return values


def pink(size: tuple[int, int], exponent: float, mean: float, contrast: float, random: np.random.Generator) -> Values:
    """Grey noise whose amplitude falls as 1 / frequency ** exponent, of a mean and a standard deviation.

    `size` is height and width; a frequency counts in cycles a pixel, the same along both.
    """
    height, width = size
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    frequency[0, 0] = 1
    amplitude = frequency**-exponent
    amplitude[0, 0] = 0
    noise = turned(amplitude[..., None], width, random)
    scale = contrast / noise.std() if noise.std() > 0 else 0.0
    return np.repeat(mean + scale * noise, 3, axis=2)


def shuffled(values: Values, block: int, random: np.random.Generator) -> Values:
    """A picture cut into squares that change their places; BadInput where they do not fill it."""
    height, width, colours = values.shape
    if block < 1 or height % block or width % block or block == height == width:
        both = [side for side in range(1, min(height, width) + 1) if not (height % side or width % side)]
        allowed = ", ".join(str(side) for side in both if (side, side) != (height, width)) or "none"
        raise BadInput(
            f"blocks of {block} pixels do not divide pictures of {width} x {height}; sides that do: {allowed}"
        )
    rows, columns = height // block, width // block
    blocks = values.reshape(rows, block, columns, block, colours).swapaxes(1, 2).reshape(-1, block, block, colours)
    blocks = blocks[random.permutation(len(blocks))]
    whole: Values = blocks.reshape(rows, columns, block, block, colours).swapaxes(1, 2).reshape(values.shape)
    return whole


def partners(classes: Mapping[str, str], seed: int) -> dict[str, str]:
    """For each picture, by its name, another one of another class; each picture is the partner of one.

    The pictures stand in a drawn order, those of a class together, and each takes the one some places further on: at
    least as many as the largest class has, so that it is never one of its own.
    """
    counts: dict[str, int] = {}
    for label in classes.values():
        counts[label] = counts.get(label, 0) + 1
    total, most = len(classes), max(counts.values(), default=0)
    if 2 * most > total:
        label = max(counts, key=lambda each: counts[each])
        raise BadInput(
            f"{most:,} of the {total:,} pictures are of the class {label}, so that not each can be given one of "
            "another class; make masks of the kind mean-noise or pink"
        )
    order = sorted(classes, key=lambda name: (key(seed, "class", classes[name]), key(seed, "picture", name)))
    random = np.random.default_rng(np.random.SeedSequence([seed, key("partners")]))
    step = int(random.integers(most, total - most + 1)) if total else 0
    return {name: order[(place + step) % total] for place, name in enumerate(order)}


def mean_amplitude(pictures: Iterable[Values]) -> Values:
    """The mean amplitude spectrum of pictures of one size, each colour by itself; at frequency 0, the mean colour."""
    count, total = 0, np.zeros(())
    for values in pictures:
        total = total + np.abs(spectrum(values))
        count += 1
    return total / count


def level(pictures: Iterable[Values]) -> tuple[float, float]:
    """Mean and contrast (standard deviation) of the grey of pictures, which need not have one size."""
    moments = [(float(shades.mean()), float(shades.var())) for shades in (values @ WEIGHTS for values in pictures)]
    means, variances = np.asarray(moments).T
    return float(means.mean()), float(np.sqrt(variances.mean()))
