"""A plan: what pictures are to be taken of each object. A recipe's poses make one, the factors of a sweep another.

It travels to the processes that do the work, so it is data, and the objects themselves are modelled there.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from askew_stimuli.framing import SizeRule
from askew_stimuli.recipe import Look, Recipe
from askew_stimuli.studio import Pose, Shot, Studio
from askew_stimuli.thing import Thing


@dataclass(frozen=True, eq=False)
class Taken:
    """A picture with what its plan says of it."""

    image_id: str
    pose: Pose
    shot: Shot
    factors: tuple[str, ...] | None = None
    background_sha256: str | None = None


class Plan(Protocol):
    """What the work needs to know of a plan."""

    @property
    def name(self) -> str:
        """Of the set."""

    @property
    def seed(self) -> int:
        """Of every draw."""

    @property
    def sha256(self) -> str:
        """Of everything that its pictures hang on."""

    @property
    def look(self) -> Look:
        """How pictures are taken."""

    @property
    def match(self) -> SizeRule:
        """How they are framed."""

    @property
    def source(self) -> Mapping[str, object]:
        """What the manifest's sidecar says of it."""

    @property
    def alternative(self) -> str:
        """How the other label is found."""

    def things(self) -> list[Thing]:
        """The objects."""

    def take(self, studio: Studio, given_up: Counter[str]) -> Iterator[Taken]:
        """The pictures of the object that is staged."""


@dataclass(frozen=True)
class RecipePlan:
    """The pictures that a recipe asks for."""

    recipe: Recipe

    @property
    def name(self) -> str:
        """Of the set."""
        return self.recipe.name

    @property
    def seed(self) -> int:
        """Of every draw."""
        return self.recipe.seed

    @property
    def sha256(self) -> str:
        """Of the recipe and its meshes."""
        return self.recipe.sha256

    @property
    def look(self) -> Look:
        """How pictures are taken."""
        return self.recipe.look

    @property
    def match(self) -> SizeRule:
        """How they are framed."""
        return self.recipe.match

    @property
    def alternative(self) -> str:
        """How the other label is found."""
        return self.recipe.alternative

    @property
    def source(self) -> Mapping[str, object]:
        """The recipe's own words."""
        return {"recipe": self.recipe.name, "title": self.recipe.title or self.recipe.name}

    def things(self) -> list[Thing]:
        """The objects."""
        return self.recipe.things()

    def take(self, studio: Studio, given_up: Counter[str]) -> Iterator[Taken]:
        """The poses of each condition, one picture for each."""
        taken: Counter[str] = Counter()
        for pose in studio.poses(self.recipe.poses, self.recipe.seed, given_up):
            image_id = f"{studio.thing.object_id}_{pose.condition}_{taken[pose.condition]}"
            taken[pose.condition] += 1
            yield Taken(image_id, pose, studio.shot(pose.rotation, pose.view, pose.framing))
