"""A sweep: the same objects along one factor at a time, or along several crossed; a plan as a recipe's poses are.

Factors are size (share of the picture that the object covers upright), location (of the middle of its silhouette),
in-plane angle, yaw and pitch, on the plain background or on photographs. An object that is turned keeps its scale: its
silhouette may become smaller or larger, as that of a real object would.
"""

import hashlib
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.spatial.transform import Rotation

from askew.errors import BadInput, meant, quoted
from askew.files import sha256
from askew_stimuli.framing import Framing, SizeRule
from askew_stimuli.pixels import pixels_of
from askew_stimuli.plain import trouble_of
from askew_stimuli.plan import Plan, Taken
from askew_stimuli.studio import Pose, Studio

ANGLES = {"in-plane": "z", "yaw": "y", "pitch": "x"}
FACTORS = ("size", "location", *ANGLES)
MOST = 10_000  # levels of all factors together
Level = tuple[float, ...]
PHOTOGRAPHS = {".png", ".jpg", ".jpeg"}
SIZE_RULE = "scale of the base pose"


@dataclass(frozen=True)
class Factor:
    """One factor with its levels: one number each, two (x and y) for a location."""

    name: str
    levels: tuple[Level, ...]

    @classmethod
    def parse(cls, text: str) -> "Factor":
        """The factor of `name=values`; BadInput says what is allowed.

        >>> Factor.parse("yaw=0:90:45").levels
        ((0.0,), (45.0,), (90.0,))
        >>> Factor.parse("location=0/0,0.5/-0.5").levels
        ((0.0, 0.0), (0.5, -0.5))
        >>> len(Factor.parse("location=3x3").levels)
        9
        """
        name, equals, values = text.partition("=")
        if name not in FACTORS:
            raise BadInput(f"--factor {quoted(text)}{meant(name, FACTORS)}: a factor is one of {', '.join(FACTORS)}")
        if not equals or not values:
            raise BadInput(f"--factor {quoted(text)}: has no values; {_FORMS[name == 'location']}")
        levels = _locations(text, values) if name == "location" else [(value,) for value in _numbers(text, values)]
        if len({*levels}) < len(levels):
            raise BadInput(f"--factor {quoted(text)}: names a value twice")
        if name == "size" and not all(0.001 <= size <= 1 for (size,) in levels):
            raise BadInput(f"--factor {quoted(text)}: a size is a share of the picture's area, from 0.001 to 1")
        if name == "location" and not all(abs(part) < 1 for level in levels for part in level):
            raise BadInput(
                f"--factor {quoted(text)}: a location is x/y from the middle, in half sides, within -1 and 1"
            )
        return cls(name, tuple(levels))


_FORMS = (
    "give numbers with commas or as first:last:step, as in yaw=0:330:30",
    "give x/y with commas in half sides from the middle (y up), or a grid, as in location=3x3",
)


@dataclass(frozen=True)
class Setting:
    """One level of every factor."""

    size: float | None = None  # None: what the recipe matches
    location: tuple[float, float] = (0.0, 0.0)
    in_plane: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0

    @property
    def rotation(self) -> Rotation:
        """Pitch, then yaw, then the turn in the picture: each about an axis of the picture."""
        turn = Rotation.from_euler("z", self.in_plane, degrees=True)
        return turn * Rotation.from_euler("YX", [self.yaw, self.pitch], degrees=True)

    def with_level(self, factor: str, level: Level) -> "Setting":
        """The same but for one factor."""
        value = (level[0], level[1]) if factor == "location" else level[0]
        changed: dict[str, Any] = {factor.replace("-", "_"): value}
        return replace(self, **changed)


@dataclass(frozen=True)
class Step:
    """A setting with the levels by which it is called."""

    condition: str
    levels: tuple[str, ...]
    setting: Setting


def steps(factors: Sequence[Factor], crossed: bool, size: float | None = None) -> list[Step]:
    """The settings of a sweep: all levels with all, or the base once and then each factor by itself.

    A level that is the base's own is not made a second time; the base says in its factors for which it stands.
    """
    names = [factor.name for factor in factors]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadInput(f"--factor {min(twice)} is given twice; give all its values at once")
    number = math.prod(len(f.levels) for f in factors) if crossed else sum(len(f.levels) for f in factors)
    if number > MOST:
        raise BadInput(f"{number:,} combinations of levels are too many; {MOST:,} at most")
    base = Setting(size=size)
    if crossed:
        levels = itertools.product(*(factor.levels for factor in factors))
        return [_step(base, list(zip(factors, combination, strict=True))) for combination in levels]
    single = [(factor, level) for factor in factors for level in factor.levels]
    others = [each for each in single if base.with_level(each[0].name, each[1]) != base]
    own = tuple(_word(factor, level) for factor, level in single if base.with_level(factor.name, level) == base)
    return [Step("base", own, base), *(_step(base, [each]) for each in others)]


def _step(base: Setting, combination: Sequence[tuple[Factor, Level]]) -> Step:
    setting = base
    for factor, level in combination:
        setting = setting.with_level(factor.name, level)
    words = tuple(_word(factor, level) for factor, level in combination)
    return Step("+".join(words), words, setting)


def _word(factor: Factor, level: Level) -> str:
    return f"{factor.name}={'/'.join(f'{part:.12g}' for part in level)}"


@dataclass(frozen=True)
class Backdrop:
    """A photograph behind the object."""

    name: str
    path: Path
    sha256: str

    def pixels(self, side: int) -> npt.NDArray[np.uint8]:
        """Its largest square in the middle, at the size of the pictures."""
        image = Image.fromarray(pixels_of(self.path))
        edge = min(image.size)
        left, top = (image.width - edge) // 2, (image.height - edge) // 2
        box = (left, top, left + edge, top + edge)
        return np.asarray(image.resize((side, side), Image.Resampling.LANCZOS, box))


def backdrops(folder: Path) -> tuple[Backdrop, ...]:
    """The photographs in a folder, each decoded once so that a bad one is found before the work begins."""
    if not folder.is_dir():
        raise BadInput(f"--backgrounds {folder}: there is no such folder")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PHOTOGRAPHS and path.name[0] != ".")
    if not paths:
        raise BadInput(f"--backgrounds {folder}: holds no .png and no .jpg")
    for path in paths:
        if not re.fullmatch(r"[A-Za-z0-9.-]+", path.stem):
            raise BadInput(f"{path}: rename it to letters, digits, . and -, for it names pictures")
        if trouble := trouble_of(path):
            raise BadInput(f"{path}: {trouble}; `askew stimuli import FOLDER --convert` makes plain pictures of such")
    names = [path.stem.casefold() for path in paths]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadInput(f"--backgrounds {folder}: two photographs are called {min(twice)}; rename one")
    return tuple(Backdrop(path.stem, path, sha256(path)) for path in paths)


@dataclass(frozen=True)
class SweepPlan(Plan):
    """The objects and the look of a recipe, at every step of a sweep, on every background."""

    steps: tuple[Step, ...] = ()
    backdrops: tuple[Backdrop, ...] = ()  # none: the plain background
    allow_clipped: bool = False

    @property
    def name(self) -> str:
        """Of the set."""
        return f"{self.recipe.name}-sweep"

    @property
    def sha256(self) -> str:
        """Of the recipe, the steps and the backgrounds."""
        words = [self.recipe.sha256, str(self.allow_clipped), *(str(step) for step in self.steps)]
        words += [f"{backdrop.name} {backdrop.sha256}" for backdrop in self.backdrops]
        return hashlib.sha256("\n".join(words).encode()).hexdigest()

    @property
    def match(self) -> SizeRule:
        """By area: the recipe's target if that is one, and otherwise the usual one."""
        rule = self.recipe.match
        target = rule.target if rule.size == "area" else SizeRule().target
        return replace(rule, size="area", target=target, centred=True)

    @property
    def source(self) -> Mapping[str, object]:
        """What was swept."""
        return {
            "recipe": self.recipe.name,
            "steps": [step.condition for step in self.steps],
            "backgrounds": {backdrop.name: backdrop.sha256 for backdrop in self.backdrops},
        }

    def take(self, studio: Studio, given_up: Counter[str]) -> Iterator[Taken]:
        """Every step on every background; none is ever given up."""
        behind = [(each, each.pixels(self.recipe.look.size_px)) for each in self.backdrops]
        for step in self.steps:
            pose = self._pose(studio, step)
            name = f"{studio.thing.object_id}_{step.condition.replace('/', ',')}"
            for backdrop, photograph in behind:
                shot = studio.shot(pose.rotation, pose.view, pose.framing, photograph)
                levels = (*step.levels, f"background={backdrop.name}")
                yield Taken(f"{name}_{backdrop.name}", pose, shot, SIZE_RULE, levels, backdrop.sha256)
            if not behind:
                shot = studio.shot(pose.rotation, pose.view, pose.framing)
                yield Taken(name, pose, shot, SIZE_RULE, step.levels or None)

    def _pose(self, studio: Studio, step: Step) -> Pose:
        setting = step.setting
        rotation = setting.rotation
        view = studio.view(rotation)
        zoom = float(np.sqrt((setting.size or studio.target) / (studio.base.area or 1)))
        x, y = (to - middle * zoom for to, middle in zip(setting.location, view.middle, strict=True))
        framed = Framing(zoom, (x, y))
        outside = max(abs(edge) for edge in framed.box(view))
        if outside > 1 and not self.allow_clipped:
            raise BadInput(
                f"{studio.thing.object_id}: leaves the picture at {step.condition}; "
                "take a smaller --size or nearer locations, or --allow-clipped"
            )
        angle = studio.thing.symmetry.angle(Rotation.identity(), rotation)
        return Pose(step.condition, "sweep", None, rotation, angle, view, framed)


def _numbers(text: str, values: str) -> list[float]:
    try:
        if ":" in values:
            first, last, step = (float(part) for part in values.split(":"))
            count = int(np.floor((last - first) / step + 1e-9)) + 1
            if step == 0 or not 1 <= count <= MOST:
                raise ValueError
            return [float(round(first + number * step, 9)) for number in range(count)]
        found = [float(part) for part in values.split(",")]
    except (ValueError, ZeroDivisionError, OverflowError):
        raise BadInput(f"--factor {quoted(text)}: {_FORMS[0]}") from None
    if not np.isfinite(found).all():
        raise BadInput(f"--factor {quoted(text)}: {_FORMS[0]}")
    return found


def _locations(text: str, values: str) -> list[Level]:
    if grid := re.fullmatch(r"([1-9]\d?)x([1-9]\d?)", values):
        across, down = int(grid[1]), int(grid[2])
        xs, ys = (np.linspace(-1, 1, 2 * count + 1)[1::2] for count in (across, down))
        return [(float(round(x, 9)), float(round(y, 9))) for y in ys[::-1] for x in xs]
    pairs = [pair.split("/") for pair in values.split(",")]
    try:
        return [(float(x), float(y)) for x, y in pairs]
    except ValueError:
        raise BadInput(f"--factor {quoted(text)}: {_FORMS[1]}") from None
