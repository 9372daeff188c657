"""The studio: one object's pictures, taken, matched and measured. What a process does for a unit of work."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from askew.errors import BadInput
from askew_stimuli.framing import Framing, SizeRule, View, framing, own_target
from askew_stimuli.light import Bytes, averaged, codes, linear, summed
from askew_stimuli.matching import Lightness, Matched, lightness, matched
from askew_stimuli.poses import PoseRule, draws
from askew_stimuli.recipe import Look
from askew_stimuli.scene import Camera, Scene
from askew_stimuli.silhouette import HALF
from askew_stimuli.thing import Thing

PROBE = 250  # samples along each side of the small picture by which a pose is framed
TRIES = 2_000  # draws in vain, one after the other, before a condition is given up


@dataclass(frozen=True)
class Pose:
    """A pose with its framing."""

    condition: str
    sampler: str
    draw: int | None
    rotation: Rotation
    angle: float  # degrees from upright, as far as one can see
    view: View
    framing: Framing


@dataclass(frozen=True, eq=False)
class Shot:
    """A picture that was taken, with the share of each of its pixels that the object covers (of 255)."""

    pixels: Bytes
    coverage: Bytes
    matched: Matched | None


class Studio:
    """A scene for one look; `stage` puts an object into it, `shot` takes its picture."""

    def __init__(self, look: Look, rule: SizeRule) -> None:
        self.look = look
        self.rule = rule
        samples = look.size_px * look.supersample
        red, green, blue = look.background
        self.scene = Scene(Camera(samples=samples, fov=look.fov, lights=look.lights, background=(red, green, blue)))
        self._probe = Scene(Camera(samples=PROBE, fov=look.fov, lights="unlit"))
        self._plain = np.array(look.background, np.uint8)
        self._blank = np.full((look.size_px, look.size_px, 3), self._plain)

    def stage(self, thing: Thing) -> None:
        """Show an object, and find what its base pose can fill and how bright it is."""
        self.thing = thing
        self.scene.show(thing.solid)
        self._probe.show(thing.solid)
        base = self.base = self.view(Rotation.identity())
        if base.area == 0:
            raise BadInput(
                f"{thing.object_id}: is too thin or edge-on to be seen in its base pose; turn it by yaw and pitch"
            )
        self.target = own_target(base, self.rule)
        self._wanted: Lightness | None = None
        if self.look.luminance == "fixed":
            self._wanted = Lightness(self.look.mean or 0.0, self.look.sd or 0.0)
        elif self.look.luminance == "object":
            shot = self.shot(Rotation.identity(), base, framing(base, self.rule, self.target))
            self._wanted = lightness(shot.pixels, shot.coverage > HALF)

    @property
    def size_rule(self) -> str:
        """What is kept equal for this object, in words."""
        return self.rule.size if self.rule.size == "sphere" else f"{self.rule.size} {self.target:.4f}"

    def view(self, rotation: Rotation) -> View:
        """How a pose looks at zoom 1."""
        if self.rule.size != "area":
            return View(*self.scene.extent(rotation))
        return View(*self.scene.extent(rotation), area=float(self._probe.silhouette(rotation).mean()))

    def poses(self, rules: tuple[PoseRule, ...], seed: int, given_up: Counter[str]) -> Iterator[Pose]:
        """The poses of every condition, in order; those given up are counted by reason."""
        kept: list[Rotation] = []
        for rule in rules:
            left, in_vain, reasons = rule.number, 0, Counter[str]()
            for draw, rotation in draws(rule, seed, self.thing.object_id):
                if left == 0:
                    break
                if in_vain >= TRIES:
                    raise BadInput(self._exhausted(rule, reasons))
                found = self._tried(rule, draw, rotation, kept)
                if isinstance(found, str):
                    reasons[found] += 1
                    given_up[found] += 1
                    in_vain += 1
                else:
                    kept.append(rotation)
                    left, in_vain = left - 1, 0
                    yield found

    def shot(self, rotation: Rotation, view: View, framed: Framing, behind: Bytes | None = None) -> Shot:
        """Take one picture, on the plain background or on a photograph of the same size."""
        factor = self.look.supersample
        frame = self.scene.frame(rotation, framed.zoom, framed.shift, self._part(framed.box(view)))
        part = averaged(frame.samples, factor)
        top, left = frame.top // factor, frame.left // factor
        where = np.s_[top : top + part.shape[0], left : left + part.shape[1]]
        pixels, coverage = self._blank.copy(), np.zeros(self._blank.shape[:2], np.uint8)
        pixels[where] = part
        coverage[where] = _share(frame.mask, factor)
        backdrop = self._plain if behind is None else behind
        if behind is not None:
            pixels = _onto(pixels, coverage, self._plain, behind)
        if self._wanted is None or not (coverage > HALF).any():
            return Shot(pixels, coverage, None)
        result = matched(pixels, coverage / 255, backdrop, self._wanted)
        return Shot(result.pixels, coverage, result)

    def _tried(self, rule: PoseRule, draw: int, rotation: Rotation, kept: list[Rotation]) -> Pose | str:
        """The pose of a draw, or why it is given up."""
        angle = self.thing.symmetry.angle(Rotation.identity(), rotation)
        if rule.picky:
            if angle < rule.min_angle:
                return "too near to upright"
            if kept and self.thing.symmetry.angles(rotation, Rotation.concatenate(kept)).min() < rule.min_between:
                return "too near to another pose"
        view = self.view(rotation)
        if view.area == 0:
            if rule.free:
                return "seen edge-on"
            raise BadInput(f"{self.thing.object_id}, {rule.condition}: it is too thin to be seen in a pose of the grid")
        framed = framing(view, self.rule, self.target)
        if rule.free and not framed.fits(self.rule):
            return "too small within the frame"
        return Pose(rule.condition, rule.name, draw, rotation, angle, view, framed)

    def _exhausted(self, rule: PoseRule, reasons: Counter[str]) -> str:
        words = ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common())
        return (
            f"{self.thing.object_id}, {rule.condition}: {TRIES:,} draws in a row gave no pose more ({words}); "
            "relax min_angle or min_between of the pose, or target, max_zoom or least of the match"
        )

    def _part(self, box: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
        """The samples to read (left, top, right, bottom): the box, with a pixel around it, in whole pixels."""
        side, factor = self.look.size_px, self.look.supersample
        left, bottom, right, top = (np.asarray(box) + 1) / 2 * side
        low = np.clip(np.floor([left, side - top]) - 1, 0, side - 1).astype(int)
        high = np.clip(np.ceil([right, side - bottom]) + 1, low + 1, side).astype(int)
        return int(low[0]) * factor, int(low[1]) * factor, int(high[0]) * factor, int(high[1]) * factor


def _share(mask: npt.NDArray[np.bool_], factor: int) -> Bytes:
    """The share of each pixel's samples that show the object, of 255."""
    shares = np.round(np.arange(factor**2 + 1) * (255 / factor**2)).astype(np.uint8)
    share: Bytes = shares[summed(mask.view(np.uint8), factor)]
    return share


def _onto(pixels: Bytes, coverage: Bytes, plain: Bytes, behind: Bytes) -> Bytes:
    """The picture with another background, mixed in linear light where the object covers a part of a pixel."""
    free = coverage < 255
    share = 1 - coverage[free][:, None] / 255
    result: Bytes = pixels.copy()
    result[free] = codes(linear(pixels[free]) + share * (linear(behind[free]) - linear(plain)))
    return result
