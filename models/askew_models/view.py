"""How much of a picture a network sees: as its checkpoint has it, all of it, or more or less of what is around.

People see a picture whole; most checkpoints cut its border away. A view other than the checkpoint's takes a square of
the picture, which may reach beyond it, and resizes that to what the network wants. Needs Pillow and numpy.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from askew.errors import BadInput, meant, quoted
from askew_models.preparation import Colour, Pixels, Preparation, channels, prepared, resampling
from askew_stimuli.picture import Picture

Kind = Literal["checkpoint", "whole", "zoom", "object"]
GRAMMAR = "checkpoint, whole, zoom-F (F from 0.1 to 10) and object-F (F from 0.1 to 1), as in zoom-1.5 or object-0.8"
_RANGES: dict[str, tuple[float, float]] = {"zoom": (0.1, 10.0), "object": (0.1, 1.0)}
_SUPPORT = {"nearest": 0.5, "box": 0.5, "bilinear": 1.0, "hamming": 1.0, "bicubic": 2.0, "lanczos": 3.0}
_Edges = tuple[float, float, float, float]  # left, top, right, bottom
_NEAR = 1e-6  # of a pixel, within which numbers that were computed mean the picture's edge


@dataclass(frozen=True)
class Square:
    """A square of a picture, in its pixels; it may reach beyond the picture."""

    left: float
    top: float
    side: float


@dataclass(frozen=True)
class View:
    """How a picture is framed.

    >>> [View.parse(text).name for text in ("whole", "zoom-1.50", "zoom-1", "object-0.8")]
    ['whole', 'zoom-1.5', 'whole', 'object-0.8']
    """

    kind: Kind
    factor: float = 1.0

    @classmethod
    def parse(cls, text: str) -> "View":
        """The view that a text names; a BadInput says what there is."""
        if text == "checkpoint":
            return cls("checkpoint")
        if text == "whole":
            return cls("whole")
        found = re.fullmatch(r"(zoom|object)-(\d{1,2}(?:\.\d{1,3})?)", text, re.ASCII)
        if found is None:
            raise BadInput(f"view {quoted(text)}{meant(text, ('checkpoint', 'whole'))}: is none; allowed: {GRAMMAR}")
        kind, factor = found[1], float(found[2])
        low, high = _RANGES[kind]
        if not low <= factor <= high:
            raise BadInput(f"view {quoted(text)}: {factor:g} is not from {low:g} to {high:g}; allowed: {GRAMMAR}")
        if kind == "object":
            return cls("object", factor)
        # The same pixels have one name, so that nobody scores them twice.
        return cls("whole") if factor == 1 else cls("zoom", factor)

    @property
    def name(self) -> str:
        """What the view is called, the same however it was written."""
        return self.kind if self.kind in {"checkpoint", "whole"} else f"{self.kind}-{self.factor:g}"

    def key(self, preparation: Preparation) -> str:
        """All that the pixels hang on, beside the picture."""
        if self.kind == "checkpoint":
            return f"checkpoint {preparation.key}"
        return f"{self.name} {preparation.size_px} {preparation.interpolation}"

    def key_of(self, picture: Picture) -> str:
        """What of the manifest the pixels hang on, beside the picture's file."""
        return " ".join(map(str, picture.bbox or ())) if self.kind == "object" else ""

    def same_as_checkpoint(self, preparation: Preparation, sizes: Iterable[tuple[int, int]]) -> bool:
        """Whether pictures of these widths and heights give the very pixels that the checkpoint's own view gives.

        >>> half = (0.5, 0.5, 0.5)
        >>> nothing_cropped = Preparation(size_px=384, resize_px=384, mean=half, std=half)
        >>> View("whole").same_as_checkpoint(nothing_cropped, {(500, 500)})
        True
        """
        if self.kind == "whole":
            return preparation.resize_px == preparation.size_px and all(width == height for width, height in sizes)
        return self.kind == "checkpoint"

    def pixels(self, image: Image.Image, preparation: Preparation, picture: Picture) -> Pixels:
        """The values that a network sees of an RGB picture, (3, side, side), before mean and std."""
        if self.kind == "checkpoint":
            return prepared(image, preparation)
        return channels(framed(image, self._square(image.size, picture), preparation))

    def _square(self, size: tuple[int, int], picture: Picture) -> Square:
        width, height = size
        if self.kind == "object":
            return _around(_box(picture, size), self.factor)
        side = max(size) / self.factor
        left, top = (width - side) / 2, (height - side) / 2
        # A picture that is only padded is not shifted by half a pixel, which would blur it.
        return Square(math.ceil(left), math.ceil(top), side) if self.kind == "whole" else Square(left, top, side)


def framed(image: Image.Image, square: Square, preparation: Preparation) -> Image.Image:
    """A square of a picture, resized to what a network wants; beyond the picture it has the colour of its border."""
    size, scale = preparation.size_px, square.side / preparation.size_px
    filter_ = resampling(preparation.interpolation)
    edges = (square.left, square.top, square.left + square.side, square.top + square.side)
    if box := _within(edges, image.size):
        return image.resize((size, size), filter_, box=box)
    # Only what shows the picture is resized, for a square can be much larger than it.
    reach = _SUPPORT[preparation.interpolation] * max(scale, 1.0) + 1
    first_x, last_x = _shown(square.left, image.width, scale, size, reach)
    first_y, last_y = _shown(square.top, image.height, scale, size, reach)
    left, top = square.left + first_x * scale, square.top + first_y * scale
    right, bottom = square.left + last_x * scale, square.top + last_y * scale
    colour = border_colour(image)
    padded, box = _padded(image, (left, top, right, bottom), colour)
    canvas = Image.new("RGB", (size, size), colour)
    canvas.paste(padded.resize((last_x - first_x, last_y - first_y), filter_, box=box), (first_x, first_y))
    return canvas


def border_colour(image: Image.Image) -> Colour:
    """The mean colour of the outermost pixels of an RGB picture: its background, where that is of one colour.

    >>> border_colour(Image.new("RGB", (40, 30), (128, 127, 0)))
    (128, 127, 0)
    """
    right, bottom = image.width - 1, image.height - 1
    lines = [(0, 0, right + 1, 1), (0, bottom, right + 1, bottom + 1)]
    lines += [(0, 0, 1, bottom + 1), (right, 0, right + 1, bottom + 1)]
    values = np.frombuffer(b"".join(image.crop(line).tobytes() for line in lines), np.uint8)
    red, green, blue = (round(value) for value in values.reshape(-1, 3).mean(axis=0).tolist())
    return (red, green, blue)


def _box(picture: Picture, size: tuple[int, int]) -> tuple[int, int, int, int]:
    if picture.bbox is None:
        raise BadInput(
            f"picture {picture.image_id}: the manifest has no bbox for it, so nothing is known of where the object is; "
            "choose another view"
        )
    left, top, right, bottom = picture.bbox
    if not (left < right <= size[0] and top < bottom <= size[1]):
        raise BadInput(
            f"picture {picture.image_id}: its bbox {left}, {top}, {right}, {bottom} is no box within the picture, "
            f"which is {size[0]} x {size[1]}; make the manifest again"
        )
    return left, top, right, bottom


def _around(box: tuple[int, int, int, int], share: float) -> Square:
    """The square whose middle is the box's, and of whose side the box's longer one is a share."""
    left, top, right, bottom = box
    side = max(right - left, bottom - top) / share
    return Square((left + right - side) / 2, (top + bottom - side) / 2, side)


def _padded(image: Image.Image, edges: _Edges, colour: Colour) -> tuple[Image.Image, _Edges]:
    """The picture on a ground of one colour that holds the edges, and where they are on that."""
    left, top = (max(0, math.ceil(-start)) for start in edges[:2])
    right, bottom = (max(length, math.ceil(end)) for length, end in zip(image.size, edges[2:], strict=True))
    ground = Image.new("RGB", (left + right, top + bottom), colour)
    ground.paste(image, (left, top))
    moved = (edges[0] + left, edges[1] + top, edges[2] + left, edges[3] + top)
    return ground, _clipped(moved, ground.size)


def _within(edges: _Edges, size: tuple[int, int]) -> _Edges | None:
    """The edges of a square if they are within the picture; else None."""
    left, top, right, bottom = edges
    width, height = size
    if left < -_NEAR or top < -_NEAR or right > width + _NEAR or bottom > height + _NEAR:
        return None
    return _clipped(edges, size)


def _clipped(edges: _Edges, size: tuple[int, int]) -> _Edges:
    left, top, right, bottom = edges
    return max(left, 0.0), max(top, 0.0), min(right, float(size[0])), min(bottom, float(size[1]))


def _shown(start: float, length: int, scale: float, size: int, reach: float) -> tuple[int, int]:
    """The first and, after the last, the next pixel of the result that anything of the picture shows in."""
    first = math.floor((-reach - start) / scale)
    last = math.ceil((length + reach - start) / scale)
    return max(first, 0), min(last, size)
