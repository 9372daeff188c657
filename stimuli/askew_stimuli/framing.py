"""Framing: how much a picture is enlarged and shifted, so that objects are equally large in every pose.

Enlarging and shifting the picture (not the object) keeps its perspective, and so its shape, exactly as it was.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from askew.column import Column
from askew.settings import check


@dataclass(frozen=True, kw_only=True)
class SizeRule:
    """What is kept equal across poses, and when a pose is given up because it cannot be."""

    size: Annotated[
        Literal["area", "longest", "sphere"],
        Column("kept equal: the area of the silhouette, its longest side, or the sphere around the object"),
    ] = "area"
    target: Annotated[
        float, Column("share of the picture's area, or of its side, that the object covers", low=0.001, high=1)
    ] = 0.15
    margin: Annotated[float, Column("share of the side that stays free at the frame", low=0, high=0.4)] = 0.04
    centred: Annotated[bool, Column("whether the silhouette's box is brought to the middle of the picture")] = True
    max_zoom: Annotated[float, Column("largest enlargement; an end-on view that needs more is given up", low=1)] = 3.0
    least: Annotated[
        float, Column("least share of the target that a pose has to reach within the frame", low=0, high=1)
    ] = 0.95

    def __post_init__(self) -> None:
        """Refuse values that are not allowed."""
        check(self)


@dataclass(frozen=True)
class View:
    """How a pose looks at zoom 1: the box around it, in half sides from the picture's middle (y up), and its area."""

    left: float
    bottom: float
    right: float
    top: float
    area: float | None = None  # share of the picture; None where nobody asked

    @property
    def middle(self) -> tuple[float, float]:
        """Of the box."""
        return (self.left + self.right) / 2, (self.bottom + self.top) / 2

    @property
    def half(self) -> tuple[float, float]:
        """Half the box's width and height."""
        return (self.right - self.left) / 2, (self.top - self.bottom) / 2


@dataclass(frozen=True)
class Framing:
    """The enlargement, the shift after it (in half sides, y up) and the share of the target that is reached."""

    zoom: float
    shift: tuple[float, float]
    reached: float = 1.0

    def fits(self, rule: SizeRule) -> bool:
        """Whether the pose can be kept."""
        return self.reached >= rule.least and self.zoom <= rule.max_zoom

    def box(self, view: View) -> tuple[float, float, float, float]:
        """Where the object comes to lie: left, bottom, right and top, in half sides from the middle."""
        x, y = self.shift
        return (
            view.left * self.zoom + x,
            view.bottom * self.zoom + y,
            view.right * self.zoom + x,
            view.top * self.zoom + y,
        )


def framing(view: View, rule: SizeRule, target: float) -> Framing:
    """The framing that brings a pose to the target, as far as the frame allows.

    >>> long = View(left=-0.5, bottom=-0.1, right=0.5, top=0.1, area=0.04)
    >>> framing(long, SizeRule(margin=0), target=0.25)
    Framing(zoom=2.0, shift=(0.0, 0.0), reached=0.64)
    """
    (x, y), (width, height) = view.middle, view.half
    if not rule.centred:
        width, height, x, y = width + abs(x), height + abs(y), 0.0, 0.0
    largest = (1 - 2 * rule.margin) / max(width, height)
    wanted = _zoom(view, rule, target)
    zoom = min(wanted, largest)
    reached = (zoom / wanted) ** (2 if rule.size == "area" else 1)
    return Framing(zoom, (0.0 - x * zoom, 0.0 - y * zoom), round(reached, 6))


def own_target(base: View, rule: SizeRule) -> float:
    """The target for one object: the set's, or a little below what its base pose can fill where that is less.

    A screwdriver cannot cover as much of a picture as a teapot. What counts is that it covers as much in every pose.
    """
    reached = framing(base, rule, rule.target).reached
    return rule.target if reached >= 1 else rule.target * reached * _HEADROOM


_HEADROOM = 0.9  # so that small turns of the base pose still fit


def _zoom(view: View, rule: SizeRule, target: float) -> float:
    if rule.size == "sphere":
        return 1.0
    if rule.size == "longest":
        return target / max(view.half)
    if not view.area:
        raise ValueError("a view without area cannot be brought to one")
    return float(np.sqrt(target / view.area))
