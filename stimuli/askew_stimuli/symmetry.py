"""The turns after which an object looks the same, and how far two poses differ when those do not count."""

import math
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from askew.errors import BadInput, quoted

FORM = (
    "none, or an axis (x, y, z, or three numbers), a number of equal turns (2 to 9) or *, and perhaps +flip, as in "
    "y:2, x:*+flip or 0.6,0.8,0:2"
)
Axis = tuple[float, float, float]
_NUMBER = r"-?\d+(?:\.\d+)?"
_AXIS = rf"(x|y|z|{_NUMBER},{_NUMBER},{_NUMBER})"
_TEXT = re.compile(rf"{_AXIS}:(\*|[2-9])(\+flip(?:@{_AXIS})?)?", re.ASCII)
_NAMED = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}
_DIGITS = 6  # of a written axis: a ten thousandth of a degree, and the same text on every machine


@dataclass(frozen=True)
class Symmetry:
    """An axis of the base pose and how often a full turn about it shows the same; `flip` adds upside down.

    `y:2` looks the same after half a turn about the vertical axis, `y:*` after any turn about it, `x:*+flip` (a
    dumbbell) also after half a turn about any axis across.

    >>> bottle = Symmetry.parse("y:*")
    >>> bottle.angle(Rotation.identity(), Rotation.from_euler("y", 70, degrees=True))
    0.0
    """

    axis: Axis | None = None
    turns: int | None = None  # None: any turn at all
    flip: Axis | None = None  # half a turn about this axis, across the other, shows the same

    @classmethod
    def parse(cls, text: str) -> "Symmetry":
        """The symmetry that a text means; BadInput says which are allowed."""
        if text == "none":
            return cls()
        found = _TEXT.fullmatch(text)
        axis = _axis(found[1]) if found else None
        if not found or axis is None:
            raise BadInput(f"symmetry: {quoted(text)} is given, but it has to be {FORM}")
        flip = None
        if found[3]:
            flip = _axis(found[4]) if found[4] else _across(axis)
        return cls(axis, None if found[2] == "*" else int(found[2]), flip)

    @property
    def text(self) -> str:
        """What `parse` reads, to a millionth of the axes.

        >>> Symmetry.parse("y:2+flip").turned(Rotation.from_euler("y", 20, degrees=True)).text
        'y:2+flip@-0.34202,0,-0.939693'
        """
        if self.axis is None:
            return "none"
        words = f"{_written(self.axis)}:{self.turns or '*'}"
        if self.flip is None:
            return words
        usual = self.turns is None or _written(self.flip) == _written(_across(self.axis))
        return f"{words}+flip" if usual else f"{words}+flip@{_written(self.flip)}"

    def turned(self, rotation: Rotation) -> "Symmetry":
        """The symmetry of the object after a turn of its base pose."""
        if self.axis is None:
            return self
        flip = None if self.flip is None else _applied(rotation, self.flip)
        return Symmetry(_applied(rotation, self.axis), self.turns, flip)

    def angle(self, one: Rotation, other: Rotation) -> float:
        """Degrees between two poses: the smallest turn that makes one look like the other."""
        return float(self.angles(one, other)[0])

    def angles(self, one: Rotation, others: Rotation) -> npt.NDArray[np.float64]:
        """Degrees between a pose and each of others."""
        quaternions = np.atleast_2d(others.as_quat())
        if self.axis is not None and self.turns is None:
            cosine = Rotation.from_quat(quaternions).apply(self.axis) @ one.apply(self.axis)
            between: npt.NDArray[np.float64] = np.arccos(np.clip(np.abs(cosine) if self.flip else cosine, -1, 1))
        else:
            turns = (one.inv() * Rotation.from_quat(quaternions)).as_quat()
            # The real part of a turn after each turn that shows the same; the largest makes the smallest angle.
            real = np.abs(turns @ self._group.inv().as_quat().T).max(axis=1)
            between = 2 * np.arccos(np.clip(real, 0, 1))
        return np.degrees(between)

    @cached_property
    def _group(self) -> Rotation:
        """All turns after which the object looks the same, where they can be counted."""
        if self.axis is None:
            return Rotation.identity(1)
        axis = np.asarray(self.axis, float)
        steps = [Rotation.from_rotvec(axis * 2 * np.pi * step / (self.turns or 1)) for step in range(self.turns or 1)]
        flips = [Rotation.identity()]
        if self.flip is not None:
            flips.append(Rotation.from_rotvec(np.asarray(self.flip) * np.pi))
        return Rotation.concatenate([step * flip for step, flip in product(steps, flips)])


def _axis(text: str) -> Axis | None:
    """The unit vector that a text means; None for no direction at all."""
    if text in _NAMED:
        return _NAMED[text]
    x, y, z = (float(part) for part in text.split(","))
    length = math.hypot(x, y, z)
    if not 0 < length < math.inf:
        return None
    # What was rounded when it was written stays as it is, so that it is written the same again.
    return (x, y, z) if abs(length - 1) < 10 ** (1 - _DIGITS) else (x / length, y / length, z / length)


def _written(axis: Axis) -> str:
    rounded = tuple(round(part, _DIGITS) + 0.0 for part in axis)  # + 0.0: no -0
    name = next((name for name, named in _NAMED.items() if named == rounded), None)
    return name or ",".join(f"{part:.{_DIGITS}f}".rstrip("0").rstrip(".") for part in rounded)


def _applied(rotation: Rotation, axis: Axis) -> Axis:
    x, y, z = (float(part) for part in rotation.apply(axis))
    return x, y, z


def _across(axis: Axis) -> Axis:
    """A unit vector at right angles to another: for x and y it is z, for z it is y, but for their signs."""
    other = np.eye(3)[int(np.abs(axis).argmin())]
    across = np.cross(axis, other)
    x, y, z = (float(part) for part in across / np.linalg.norm(across))
    return x, y, z
