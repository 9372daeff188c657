"""How a network wants pictures: resized, made square, cropped, and which values it is given.

The values of 0 to 255 are exactly those that timm's and torchvision's own evaluation give, for the same Pillow call
makes them. Needs Pillow and numpy; the libraries of networks are no business of this module.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from askew.column import Column
from askew.errors import BadCell, BadInput
from askew.settings import check

Fit = Literal["crop", "squash", "pad"]
Interpolation = Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]
Pixels = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """What is done to a picture before a network sees it, with nothing left to guess.

    >>> preparation = Preparation(size_px=224, resize_px=256, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    >>> preparation.key
    'crop 256 224 bicubic'
    """

    size_px: Annotated[int, Column("side of the square that the network sees", "px", low=1, high=4096)]
    resize_px: Annotated[
        int,
        Column(
            "what is resized to before: the shorter side (crop), both (squash) or the longer one (pad)",
            "px",
            low=1,
            high=8192,
        ),
    ]
    fit: Annotated[Fit, Column("how a picture is made square")] = "crop"
    interpolation: Annotated[Interpolation, Column("how pixels are resized, as Pillow calls it")] = "bicubic"
    mean: Annotated[
        tuple[float, float, float],
        Column("what is subtracted from red, green and blue, of 0 to 1", low=0, high=1, length=3),
    ]
    std: Annotated[tuple[float, float, float], Column("what each is then divided by", low=0.001, high=1, length=3)]

    def __post_init__(self) -> None:
        """Refuse values that are not allowed; lists of three do as well as tuples."""
        for name in ("mean", "std"):
            if isinstance(value := getattr(self, name), list):
                object.__setattr__(self, name, tuple(value))
        try:
            check(self)
        except BadCell as error:
            message = error.message.replace(", joined by '|' in files", " in a tuple")
            raise BadInput(f"preparation, {error.column}: {message}") from None

    @property
    def key(self) -> str:
        """All that the pixels hang on; mean and std come later, save where the mean is the colour of the padding."""
        key = f"{self.fit} {self.resize_px} {self.size_px} {self.interpolation}"
        return f"{key} {' '.join(map(str, self.padding))}" if self.fit == "pad" else key

    @property
    def padding(self) -> Colour:
        """The colour beside a picture that does not fill the square."""
        if self.fit != "pad":
            return (0, 0, 0)
        red, green, blue = (round(255 * value) for value in self.mean)
        return (red, green, blue)


def prepared(image: Image.Image, preparation: Preparation) -> Pixels:
    """The values of an RGB picture as the network wants them, (3, side, side), before mean and std.

    >>> half = (0.5, 0.5, 0.5)
    >>> tiny = Preparation(size_px=2, resize_px=2, mean=half, std=half)
    >>> prepared(Image.new("RGB", (300, 200), "teal"), tiny)[:, 0, 0].tolist()
    [0, 128, 128]
    """
    resized = image.resize(_resized(image.size, preparation), resampling(preparation.interpolation))
    return channels(_central(resized, preparation.size_px, preparation.padding))


def resampling(interpolation: str) -> Image.Resampling:
    """Pillow's filter of that name."""
    return Image.Resampling[interpolation.upper()]


def channels(image: Image.Image) -> Pixels:
    """The values of an RGB picture with the colours first."""
    values = np.empty((3, image.height, image.width), np.uint8)
    for place, band in enumerate(image.split()):  # Pillow takes the colours apart faster than numpy
        values[place] = np.asarray(band)
    return values


def _resized(size: tuple[int, int], preparation: Preparation) -> tuple[int, int]:
    """Width and height after resizing, rounded as timm and torchvision do, each in its way."""
    width, height = size
    side = preparation.resize_px
    if preparation.fit == "squash":
        return side, side
    if preparation.fit == "pad":
        ratio = max(height / side, width / side)
        return max(1, round(width / ratio)), max(1, round(height / ratio))
    if width <= height:
        return side, int(side * height / width)
    return int(side * width / height), side


def _central(image: Image.Image, side: int, colour: Colour) -> Image.Image:
    """The middle of a picture, with a colour beside it where there is less."""
    left, top = (_start(length, side) for length in image.size)
    if image.width >= side and image.height >= side:
        return image.crop((left, top, left + side, top + side))
    square = Image.new("RGB", (side, side), colour)
    square.paste(image, (-left, -top))
    return square


def _start(length: int, side: int) -> int:
    return round((length - side) / 2) if length >= side else -((side - length) // 2)
