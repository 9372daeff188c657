"""Draw the practice pictures: plain solids, in no set of objects, upright and turned (`make practice`).

The same program and graphics driver give the same bytes; another driver's pixels may differ in a few last bits.
"""

import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.spatial.transform import Rotation

from askew import sidecar
from askew.files import building, inside, sha256
from askew_stimuli.developing import PICTURES, SILHOUETTES
from askew_stimuli.framing import SizeRule
from askew_stimuli.kit import Part, Point2, Shape, arc, assemble, cylinder, extrude, lathe, part, ring, slab
from askew_stimuli.materials import Colour, matt
from askew_stimuli.picture import MANIFEST, read_manifest
from askew_stimuli.plan import RecipePlan
from askew_stimuli.poses import PoseRule
from askew_stimuli.recipe import Look, Recipe
from askew_stimuli.rendering import render
from askew_stimuli.solid import Bytes, Solid
from askew_stimuli.symmetry import Symmetry
from askew_stimuli.thing import Thing, key

FOLDER = Path(__file__).parent
SEED = 5
SIZE = 400
PATCHES = 600
MASKS = "masks"
LICENCE = "MIT, part of askew"
# Turned in the picture and tipped a little, so that a shape looks unusual and is still known at once.
POSES = (
    PoseRule(condition="upright", sampler="grid"),
    PoseRule(condition="rotated", sampler="grid", yaw=(-20.0,), pitch=(-25.0,), roll=(125.0,)),
)


@dataclass(frozen=True)
class Seen:
    """A shape of one colour, how it is looked at, and the turns after which it looks the same."""

    shape: Callable[[], Shape]
    colour: Colour
    yaw: float = -30
    pitch: float = 25
    symmetry: str = "none"

    def thing(self, label: str) -> Thing:
        """The object that is rendered."""
        view = Rotation.from_euler("yx", [self.yaw, self.pitch], degrees=True)
        return Thing(
            object_id=label,
            class_label=label,
            licence=LICENCE,
            symmetry=Symmetry.parse(self.symmetry).turned(view),
            build=partial(self._solid, view),
        )

    def _solid(self, view: Rotation) -> Solid:
        parts: list[Part] = [part(self.shape(), matt(self.colour))]
        return assemble(parts).turned(view.as_matrix())


@dataclass(frozen=True, kw_only=True)
class Shapes(Recipe):
    """A recipe whose objects are the shapes of this file."""

    def things(self) -> list[Thing]:
        """The shapes."""
        return [shape.thing(label) for label, shape in SHAPES.items()]


def cube() -> Shape:
    """A cube."""
    return slab(1, 1, 1, 0.06, 0.04)


def cone() -> Shape:
    """A cone on its base."""
    return lathe([(0, 0), (0.62, 0), (0.62, 0.03), (0.02, 1.5), (0, 1.5)], smooth=False)


def tube() -> Shape:
    """A cylinder on its base."""
    return cylinder(0.5, 1.3, sides=64)


def pyramid() -> Shape:
    """A pyramid of four sides."""
    return lathe([(0, 0), (0.85, 0), (0.02, 1.15), (0, 1.15)], sides=4, smooth=False)


def star() -> Shape:
    """A star of five points."""
    turns = [math.radians(90 + 36 * corner) for corner in range(10)]
    sizes = [1.0, 0.45] * 5
    return _plate([(size * math.cos(turn), size * math.sin(turn)) for size, turn in zip(sizes, turns, strict=True)])


def cross() -> Shape:
    """A cross of four equal arms."""
    arm, wide = 0.9, 0.3
    corner: Sequence[Point2] = ((wide, arm), (-wide, arm), (-wide, wide))
    return _plate([_quarter(point, turn) for turn in range(4) for point in corner])


def heart() -> Shape:
    """A heart: two round halves that meet in a tip."""
    turns = [math.radians(6 * step) for step in range(60)]
    return _plate([(math.sin(t) ** 3, _heart_height(t)) for t in turns])


def arrow() -> Shape:
    """An arrow that points to the right."""
    return _plate([(-1, -0.2), (0.1, -0.2), (0.1, -0.6), (1, 0), (0.1, 0.6), (0.1, 0.2), (-1, 0.2)])


def moon() -> Shape:
    """A crescent."""
    outer = arc(1.0, 50, 310, 49)
    middle, tip = 0.45, outer[0]
    radius = math.hypot(tip[0] - middle, tip[1])
    begin = math.degrees(math.atan2(-tip[1], tip[0] - middle)) % 360
    inner = [(middle + x, y) for x, y in arc(radius, begin, 360 - begin, 33)]
    return _plate([*outer, *inner[1:-1]])


def _plate(outline: Sequence[Point2]) -> Shape:
    """An outline as a plate that stands upright."""
    return extrude(outline, 0.35, along="y")


def _quarter(point: Point2, turns: int) -> Point2:
    x, y = point
    for _ in range(turns):
        x, y = -y, x
    return x, y


def _heart_height(turn: float) -> float:
    wave = 13 * math.cos(turn) - 5 * math.cos(2 * turn) - 2 * math.cos(3 * turn) - math.cos(4 * turn)
    return wave / 16


SHAPES = {
    "cube": Seen(cube, (0.80, 0.25, 0.20), yaw=-35, symmetry="y:4"),
    "cone": Seen(cone, (0.95, 0.60, 0.15), pitch=15, symmetry="y:*"),
    "ring": Seen(partial(ring, 1.0, 0.28), (0.90, 0.75, 0.30), pitch=35, symmetry="y:*+flip"),
    "cylinder": Seen(tube, (0.30, 0.60, 0.45), symmetry="y:*+flip"),
    "pyramid": Seen(pyramid, (0.85, 0.70, 0.45), yaw=-20, pitch=15, symmetry="y:4"),
    "star": Seen(star, (0.95, 0.80, 0.20), pitch=10, symmetry="z:5"),
    "cross": Seen(cross, (0.60, 0.35, 0.65), pitch=10, symmetry="z:4+flip"),
    "heart": Seen(heart, (0.85, 0.25, 0.40), pitch=10, symmetry="y:2"),
    "arrow": Seen(arrow, (0.25, 0.45, 0.75), yaw=-25, pitch=10, symmetry="x:2"),
    "moon": Seen(moon, (0.85, 0.85, 0.75), yaw=-10, pitch=20, symmetry="x:2"),
}


def main() -> None:
    """Draw the set again."""
    recipe = Shapes(
        name="practice",
        title="Shapes to practise with, upright and turned",
        seed=SEED,
        poses=POSES,
        look=Look(size_px=SIZE),
        match=SizeRule(target=0.12, least=0),
    )
    with building(FOLDER) as made:
        render(RecipePlan(recipe), made)
        _complete(made)
        for name in (PICTURES, SILHOUETTES, MASKS):  # a shape that is no longer drawn leaves none behind
            shutil.rmtree(FOLDER / name, ignore_errors=True)


def _complete(folder: Path) -> None:
    """Add masks, and pack all files as well as they can be, for they lie in the repository."""
    manifest = folder / "manifest.csv"
    (folder / MASKS).mkdir()
    pictures = []
    for picture in read_manifest(manifest):
        mask = f"{MASKS}/{picture.image_id}.png"
        Image.fromarray(patchwork(picture.image_id)).save(folder / mask)
        pictures.append(
            replace(
                picture,
                sha256_file=_packed(inside(folder, str(picture.file))),
                silhouette_sha256=_packed(inside(folder, str(picture.silhouette_file))),
                mask_file=mask,
                mask_kind=f"patchwork-{PATCHES}",
                mask_frames=1,
                mask_seed=SEED,
                mask_sha256=_packed(folder / mask),
            )
        )
    facts = sidecar.read(manifest)
    sidecar.write_table(MANIFEST, manifest, pictures, facts)


def patchwork(image_id: str) -> Bytes:
    """A mask: rectangles in the colours of the shapes, thrown over one another until nothing else is left."""
    random = np.random.default_rng(np.random.SeedSequence([SEED, key("patchwork", image_id)]))
    colours = np.round(np.array([seen.colour for seen in SHAPES.values()]) * 255).astype(np.uint8)
    field = np.tile(colours[0], (SIZE, SIZE, 1))
    for _ in range(PATCHES):
        (top, left), (high, wide) = random.integers(-19, SIZE, 2), random.integers(20, 80, 2)
        field[max(top, 0) : top + high, max(left, 0) : left + wide] = colours[random.integers(len(colours))]
    return field


def _packed(path: Path) -> str:
    """The hash of a picture's file once the same pixels take less room."""
    with Image.open(path) as picture:
        picture.load()
    picture.save(path, optimize=True)
    return sha256(path)


if __name__ == "__main__":
    main()
