"""Where things lie on the screen, in whole pixels: a place between two pixels would blur a picture or double a row."""

from dataclasses import dataclass

from askew_experiments.displays import Lab
from askew_experiments.screen import Corner, Cross, Frame, Patch

CROSS_BAR = 1 / 8  # of the cross's size


@dataclass(frozen=True)
class Box:
    """A rectangle of whole pixels; left and top are counted from the window's top left corner."""

    left: int
    top: int
    width: int
    height: int

    def lies_in(self, window: tuple[int, int]) -> bool:
        """Whether all of it can be seen."""
        within = self.left + self.width <= window[0] and self.top + self.height <= window[1]
        return self.left >= 0 and self.top >= 0 and within

    def centre(self, window: tuple[int, int]) -> tuple[float, float]:
        """Its middle as PsychoPy counts: from the middle of the window, upwards."""
        return self.left + self.width / 2 - window[0] / 2, window[1] / 2 - self.top - self.height / 2


def centred(size: tuple[int, int], window: tuple[int, int], x_px: float = 0.0, y_px: float = 0.0) -> Box:
    """A box round a place given from the middle of the window, upwards.

    Where it cannot lie in the middle exactly, it lies half a pixel to the left or up.

    >>> centred((5, 4), (10, 10))
    Box(left=2, top=3, width=5, height=4)
    """
    width, height = size
    return Box((window[0] - width) // 2 + round(x_px), (window[1] - height) // 2 - round(y_px), width, height)


def size_of(file_px: tuple[int, int], height_deg: float, lab: Lab) -> tuple[int, int]:
    """Width and height, in pixels of the screen, of a picture that is to be so high and keeps its form."""
    height = max(1, round(lab.px_of(height_deg)))
    return max(1, round(height * file_px[0] / file_px[1])), height


def boxes(thing: Cross | Frame | Patch, lab: Lab, window: tuple[int, int]) -> list[Box]:
    """The rectangles that a cross, a frame or a patch is made of; they do not overlap."""
    if isinstance(thing, Patch):
        return [_in_corner(thing.corner, thing.size_px, window)]
    size = max(3, round(lab.px_of(thing.size_deg)))
    size += (size - window[0]) % 2  # so that it can lie in the middle exactly
    whole = centred((size, size), window)
    if isinstance(thing, Frame):
        return _outline(whole, max(1, round(lab.px_of(thing.width_deg))))
    bar = max(1, round(size * CROSS_BAR))
    bar += (size - bar) % 2  # or one arm would be longer than the other
    arm = (size - bar) // 2
    across = Box(whole.left, whole.top + arm, size, bar)
    return [
        across,
        Box(whole.left + arm, whole.top, bar, arm),
        Box(whole.left + arm, whole.top + arm + bar, bar, arm),
    ]


def _outline(whole: Box, width: int) -> list[Box]:
    inner = max(0, whole.height - 2 * width)
    return [
        Box(whole.left, whole.top, whole.width, width),
        Box(whole.left, whole.top + whole.height - width, whole.width, width),
        Box(whole.left, whole.top + width, width, inner),
        Box(whole.left + whole.width - width, whole.top + width, width, inner),
    ]


def _in_corner(corner: Corner, size: int, window: tuple[int, int]) -> Box:
    vertical, horizontal = corner.split("-")
    left = 0 if horizontal == "left" else window[0] - size
    top = 0 if vertical == "top" else window[1] - size
    return Box(left, top, size, size)
