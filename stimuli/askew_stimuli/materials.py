"""What surfaces are made of: a colour, how metallic and how rough it is, and perhaps a woven or grained texture."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

Colour = tuple[float, float, float]  # sRGB, 0 to 1
Grain = Literal["wood", "cloth", "wicker", "speckle"]
Relief = npt.NDArray[np.float64]  # how much lighter (above 0) or darker each pixel of a texture is
TILE = 128  # pixels along each side of a texture
BLACK: Colour = (0.10, 0.10, 0.11)


@dataclass(frozen=True)
class Material:
    """A colour with its finish. `grain` is a texture that repeats every `tile` units of length."""

    colour: Colour
    metal: float = 0.0
    rough: float = 0.5
    grain: Grain | None = None
    tile: float = 1.0

    def shade(self, factor: float) -> "Material":
        """The same material, darker (below 1) or lighter (above 1)."""
        red, green, blue = (min(1.0, part * factor) for part in self.colour)
        return replace(self, colour=(red, green, blue))


def metal(colour: Colour = (0.72, 0.73, 0.75), rough: float = 0.35) -> Material:
    """Bare metal, bright enough to be seen without surroundings to mirror."""
    return Material(colour, metal=0.35, rough=rough)


def enamel(colour: Colour) -> Material:
    """Glossy paint, porcelain, lacquer."""
    return Material(colour, rough=0.25)


def plastic(colour: Colour) -> Material:
    """Smooth, with a soft highlight."""
    return Material(colour, rough=0.45)


def matt(colour: Colour) -> Material:
    """Paper, rubber, plaster: no highlight."""
    return Material(colour, rough=0.9)


def wood(colour: Colour = (0.60, 0.40, 0.22), tile: float = 0.8) -> Material:
    """Wood with its grain."""
    return Material(colour, rough=0.6, grain="wood", tile=tile)


def cloth(colour: Colour, tile: float = 0.15) -> Material:
    """Woven cloth."""
    return Material(colour, rough=0.95, grain="cloth", tile=tile)


def wicker(colour: Colour = (0.72, 0.55, 0.32), tile: float = 0.2) -> Material:
    """Basketwork."""
    return Material(colour, rough=0.8, grain="wicker", tile=tile)


def rust(colour: Colour, tile: float = 0.5) -> Material:
    """A worn, speckled surface: stone, cast iron, cork."""
    return Material(colour, metal=0.1, rough=0.75, grain="speckle", tile=tile)


@lru_cache(maxsize=256)
def texture(colour: Colour, grain: Grain) -> npt.NDArray[np.uint8]:
    """The picture that a grained material repeats: the same for the same colour, without a seam."""
    relief = _RELIEFS[grain]()
    shaded = np.asarray(colour) * (1 + relief[..., None])
    return np.round(np.clip(shaded, 0, 1) * 255).astype(np.uint8)


def _wood() -> Relief:
    """Long fibres and a few darker rings, along v."""
    x, y = _plane()
    bend = 0.06 * np.sin(2 * np.pi * y) + 0.03 * np.sin(4 * np.pi * y + 1)
    rings = np.sin(2 * np.pi * (5 * (x + bend)))
    fibres = _noise(seed=1, fine=(40, 3))
    relief: Relief = 0.13 * rings * np.abs(rings) + 0.12 * fibres
    return relief


def _cloth() -> Relief:
    x, y = _plane()
    threads = np.sin(16 * np.pi * x) * np.sin(16 * np.pi * y)
    relief: Relief = 0.10 * threads + 0.06 * _noise(seed=2, fine=(30, 30))
    return relief


def _wicker() -> Relief:
    x, y = _plane()
    over = np.sin(8 * np.pi * x) * np.sign(np.sin(8 * np.pi * y))
    relief: Relief = 0.22 * over * np.abs(np.sin(8 * np.pi * y)) ** 0.5
    return relief


def _speckle() -> Relief:
    relief: Relief = 0.12 * _noise(seed=3, fine=(20, 20)) + 0.08 * _noise(seed=4, fine=(6, 6))
    return relief


def _plane() -> tuple[Relief, Relief]:
    axis = np.arange(TILE) / TILE
    x, y = np.meshgrid(axis, axis)
    return x, y


def _noise(seed: int, fine: tuple[int, int]) -> Relief:
    """Noise of unit variance whose waves reach up to `fine` a tile along u and v; it repeats without a seam."""
    spectrum = np.fft.fft2(np.random.default_rng(seed).standard_normal((TILE, TILE)))
    waves = np.fft.fftfreq(TILE) * TILE
    spectrum *= np.exp(-((waves[None, :] / fine[0]) ** 2) - (waves[:, None] / fine[1]) ** 2)
    spectrum[0, 0] = 0
    noise = np.fft.ifft2(spectrum).real
    even: Relief = noise / noise.std()
    return even


_RELIEFS = {"wood": _wood, "cloth": _cloth, "wicker": _wicker, "speckle": _speckle}
