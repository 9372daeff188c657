"""Poses: how an object is turned from its upright base pose, drawn from seeds that belong to the object alone.

A rotation is of the object, seen by a camera at +z with y up. Yaw, pitch and roll are turns about the picture's
vertical, horizontal and viewing axes; R = yaw * pitch * roll, so the object is rolled first and turned about the
vertical last (in other words: intrinsic YXZ).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Literal

import numpy as np
from scipy.spatial.transform import Rotation

from askew.column import Column
from askew.errors import BadCell
from askew.settings import check
from askew_stimuli.thing import key

Sampler = Literal["upright", "so3", "in-plane", "yaw", "pitch", "grid", "objectpose"]


@dataclass(frozen=True, kw_only=True)
class PoseRule:
    """The poses of one condition."""

    condition: Annotated[
        str, Column("name of the condition", pattern=r"[A-Za-z0-9][A-Za-z0-9.-]{0,49}", form="letters, digits, . and -")
    ]
    sampler: Annotated[
        Sampler,
        Column(
            "within a jitter, uniform over rotations, turned in the picture or about one axis, or as ObjectPose did"
        ),
    ] = "so3"
    count: Annotated[int, Column("pictures of each object", low=1, high=100_000)] = 1
    jitter: Annotated[
        float, Column("of upright poses: at most this much yaw, pitch and roll", "deg", low=0, high=90)
    ] = 5.0
    min_angle: Annotated[float, Column("least turn away from upright", "deg", low=0, high=150)] = 30.0
    min_between: Annotated[float, Column("least turn between two poses of an object", "deg", low=0, high=90)] = 15.0
    yaw: Annotated[tuple[float, ...], Column("of a grid", "deg", low=-360, high=360)] = (0.0,)
    pitch: Annotated[tuple[float, ...], Column("of a grid", "deg", low=-360, high=360)] = (0.0,)
    roll: Annotated[tuple[float, ...], Column("of a grid", "deg", low=-360, high=360)] = (0.0,)

    def __post_init__(self) -> None:
        """Refuse what no sampler can do."""
        check(self)
        if self.sampler == "grid":
            if self.count not in {1, self.number}:
                raise BadCell("count", f"{self.count} is given, but the grid has {self.number} poses; leave it out")
        elif {self.yaw, self.pitch, self.roll} != {(0.0,)}:
            raise BadCell(
                "yaw", f"yaw, pitch and roll are for a grid, but the sampler is {self.sampler}; leave them out"
            )

    @property
    def number(self) -> int:
        """Pictures of each object in this condition."""
        if self.sampler != "grid":
            return self.count
        return len(self.yaw) * len(self.pitch) * len(self.roll)

    @property
    def free(self) -> bool:
        """Whether a draw that does not fit may be given up for the next; the poses of a grid are what was asked for."""
        return self.sampler != "grid"

    @property
    def picky(self) -> bool:
        """Whether least angles are kept. Not by upright poses; nor as ObjectPose drew, for it took every pose."""
        return self.free and self.sampler not in {"upright", "objectpose"}

    @property
    def name(self) -> str:
        """The sampler with what it was told, for the manifest."""
        if self.sampler in {"grid", "objectpose"}:
            return self.sampler
        if self.sampler == "upright":
            return f"upright, jitter {self.jitter:g}"
        return f"{self.sampler}, at least {self.min_angle:g} from upright"


_AXES = {"in-plane": "z", "yaw": "y", "pitch": "x"}


def draw(rule: PoseRule, seed: int, object_id: str, number: int) -> Rotation:
    """The pose that a draw gives. It hangs on the set's seed, the object, the condition and the draw's number alone."""
    if rule.sampler == "grid":
        every = list(product(rule.yaw, rule.pitch, rule.roll))
        return Rotation.from_euler("YXZ", every[number], degrees=True)
    random = np.random.default_rng(np.random.SeedSequence([seed, key(object_id, rule.condition), number]))
    return _SAMPLERS[rule.sampler](rule, random)


def draws(rule: PoseRule, seed: int, object_id: str) -> Iterator[tuple[int, Rotation]]:
    """The draws one after the other, with their numbers; without end unless they are a grid."""
    number = 0
    while rule.free or number < rule.number:
        yield number, draw(rule, seed, object_id, number)
        number += 1


def _upright(rule: PoseRule, random: np.random.Generator) -> Rotation:
    return Rotation.from_euler("YXZ", random.uniform(-rule.jitter, rule.jitter, 3), degrees=True)


def _so3(_rule: PoseRule, random: np.random.Generator) -> Rotation:
    """Uniform over all rotations: four normal numbers point in every direction alike (Marsaglia 1972)."""
    return Rotation.from_quat(random.standard_normal(4))


def _about_one_axis(rule: PoseRule, random: np.random.Generator) -> Rotation:
    angle = random.uniform(rule.min_angle, 360 - rule.min_angle)
    return Rotation.from_euler(_AXES[rule.sampler], angle, degrees=True)


def _objectpose(_rule: PoseRule, random: np.random.Generator) -> Rotation:
    """Three whole angles from 0 to 359, as the published set's generator drew them: not uniform over rotations."""
    return Rotation.from_euler("YXZ", random.integers(0, 360, 3), degrees=True)


_SAMPLERS: dict[str, Callable[[PoseRule, np.random.Generator], Rotation]] = {
    "upright": _upright,
    "so3": _so3,
    "in-plane": _about_one_axis,
    "yaw": _about_one_axis,
    "pitch": _about_one_axis,
    "objectpose": _objectpose,
}
