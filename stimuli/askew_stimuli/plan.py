"""A plan: what pictures are to be taken of each object. A recipe's poses make one, the factors of a sweep another.

It travels to the processes that do the work, so it is data, and the objects themselves are modelled there.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from askew_stimuli.framing import SizeRule
from askew_stimuli.recipe import Recipe
from askew_stimuli.studio import Pose, Shot, Studio


@dataclass(frozen=True, eq=False)
class Taken:
    """A picture with what its plan says of it."""

    image_id: str
    pose: Pose
    shot: Shot
    size_rule: str
    factors: tuple[str, ...] | None = None
    background_sha256: str | None = None


@dataclass(frozen=True)
class Plan(ABC):
    """The objects and the look of a recipe, and what is to be taken of them."""

    recipe: Recipe

    @property
    def name(self) -> str:
        """Of the set."""
        return self.recipe.name

    @property
    def sha256(self) -> str:
        """Of everything that its pictures hang on."""
        return self.recipe.sha256

    @property
    def match(self) -> SizeRule:
        """How pictures are framed."""
        return self.recipe.match

    @property
    def source(self) -> Mapping[str, object]:
        """What the manifest's sidecar says of it."""
        return {"recipe": self.recipe.name, "title": self.recipe.title or self.recipe.name}

    @abstractmethod
    def take(self, studio: Studio, given_up: Counter[str]) -> Iterator[Taken]:
        """The pictures of the object that is staged; draws that do not fit are counted by reason."""


@dataclass(frozen=True)
class RecipePlan(Plan):
    """The pictures that a recipe asks for."""

    def take(self, studio: Studio, given_up: Counter[str]) -> Iterator[Taken]:
        """The poses of each condition, one picture for each."""
        taken: Counter[str] = Counter()
        # All poses first: if some cannot be had, no picture is taken in vain.
        for pose in list(studio.poses(self.recipe.poses, self.recipe.seed, given_up)):
            image_id = f"{studio.thing.object_id}_{pose.condition}_{taken[pose.condition]}"
            taken[pose.condition] += 1
            shot = studio.shot(pose.rotation, pose.view, pose.framing)
            yield Taken(image_id, pose, shot, studio.size_rule)
