"""A thing: one object that pictures are made of, with its class, its symmetry and its licence."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np

from askew_stimuli.materials import Colour
from askew_stimuli.solid import Solid
from askew_stimuli.symmetry import Symmetry

Choice = TypeVar("Choice")


@dataclass(frozen=True, eq=False)
class Thing:
    """One object. `build` models or reads it, which may take a while, and only when its solid is asked for."""

    object_id: str
    class_label: str
    build: Callable[[], Solid]
    class_index: int | None = None
    licence: str | None = None
    symmetry: Symmetry = field(default_factory=Symmetry)
    doubts: Callable[[Solid], tuple[str, ...]] | None = None  # what its owner should know of a mesh

    @cached_property
    def solid(self) -> Solid:
        """Its surfaces, in its upright base pose."""
        return self.build()


def key(*words: object) -> int:
    """A number of 64 bits from words, the same on every machine, to seed draws that belong to a name."""
    text = "\x1f".join(str(word) for word in words)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


class Vary:
    """How one instance of a class differs from the next. Instance 0 is the plain one: every value in its middle.

    >>> Vary("teapot", 0).between(1, 3), Vary("teapot", 0).pick("round", "tall")
    (2.0, 'round')
    >>> Vary("teapot", 1).between(1, 3) == Vary("teapot", 1).between(1, 3)
    True
    """

    def __init__(self, name: str, instance: int) -> None:
        self.plain = instance == 0
        self._random = np.random.default_rng(np.random.SeedSequence([key("instance", name), instance]))

    def between(self, low: float, high: float) -> float:
        """A proportion between two bounds."""
        return (low + high) / 2 if self.plain else float(self._random.uniform(low, high))

    def whole(self, low: int, high: int) -> int:
        """A number of parts, both bounds among the possible."""
        return (low + high) // 2 if self.plain else int(self._random.integers(low, high + 1))

    def pick(self, *choices: Choice) -> Choice:
        """One of several; the first for the plain instance."""
        return choices[0] if self.plain else choices[int(self._random.integers(len(choices)))]

    def colour(self, *choices: Colour) -> Colour:
        """One of several colours, a little lighter or darker and shifted in hue."""
        colour = self.pick(*choices)
        if self.plain:
            return colour
        shift = self._random.uniform(-0.05, 0.05, 3) + self._random.uniform(-0.06, 0.06)
        red, green, blue = np.clip(np.asarray(colour) + shift, 0.02, 0.98).tolist()
        return red, green, blue
