"""What a change of light did to the objects of a set, told by picture, by condition and over the set."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from askew_stimuli.matching import MAX_GAIN, MAX_OFFSET, Lightness

STEP = 0.002  # of luminance, about one code value of a mid grey; 8 bits come no nearer where a surface is plain


@dataclass(frozen=True)
class Effect:
    """The lightness of the object in one picture: as it was, as it is, and as it was to be, where that was said."""

    image_id: str
    condition: str
    before: Lightness
    after: Lightness
    wanted: Lightness | None = None

    @property
    def misses_mean(self) -> bool:
        """Whether the mean luminance is another than was to be."""
        return self.wanted is not None and abs(self.after.mean - self.wanted.mean) > STEP

    @property
    def misses_sd(self) -> bool:
        """The same of the standard deviation."""
        return self.wanted is not None and abs(self.after.sd - self.wanted.sd) > STEP


@dataclass(frozen=True)
class Outcome:
    """A set that was made: what was matched, in how many pictures, and the effects on the objects that are known."""

    matched: str
    pictures: int
    effects: Sequence[Effect]

    def report(self) -> Mapping[str, Any]:
        """All of it in numbers, each list being before and after; for JSON."""
        by_condition = defaultdict(list)
        for effect in self.effects:
            by_condition[effect.condition].append(effect)
        conditions = {
            name: {"luminance": _means(each, "mean"), "contrast": _means(each, "sd")}
            for name, each in by_condition.items()
        }
        return {
            "matched": self.matched,
            "pictures": self.pictures,
            "luminance": _ranges(self.effects, "mean"),
            "contrast": _ranges(self.effects, "sd"),
            "conditions": conditions,
            "ratio_of_conditions": _ratios([each["luminance"] for each in conditions.values()]),
            "misses_luminance": [effect.image_id for effect in self.effects if effect.misses_mean],
            "misses_contrast": [effect.image_id for effect in self.effects if effect.misses_sd],
        }

    def lines(self) -> list[str]:
        """The same for people."""
        told = self.report()
        lines = [
            f"{quantity} of the objects: {_span(before)} before, {_span(after)} after"
            for quantity in ("luminance", "contrast")
            for before, after in [told[quantity] or ([], [])]
            if before
        ]
        for name, means in told["conditions"].items():
            (light, lit), (rough, smooth) = means["luminance"], means["contrast"]
            lines.append(f"{name}: luminance {light:.4f} before, {lit:.4f} after; contrast {rough:.4f}, {smooth:.4f}")
        if told["ratio_of_conditions"]:
            before, after = told["ratio_of_conditions"]
            lines.append(f"lightest to darkest condition: {before:.3f} before, {after:.3f} after")
        return [*lines, *self._misses(told["misses_luminance"], told["misses_contrast"])]

    def _misses(self, means: Sequence[str], sds: Sequence[str]) -> list[str]:
        if not means and not sds:
            return []
        least, most = 1 / MAX_GAIN, MAX_GAIN
        line = (
            f"note: {len(means):,} of {self.pictures:,} miss the luminance and {len(sds):,} the contrast, such as "
            f"{(*means, *sds)[0]}; so that objects look natural, gains go from {least:g} to {most:g} and offsets to "
            f"{MAX_OFFSET:g}"
        )
        return [line]


def _means(effects: Sequence[Effect], name: str) -> list[float]:
    return [_rounded(np.mean(values)) for values in _values(effects, name)]


def _ranges(effects: Sequence[Effect], name: str) -> list[list[float]]:
    return [[_rounded(min(values)), _rounded(max(values))] for values in _values(effects, name) if values]


def _values(effects: Sequence[Effect], name: str) -> tuple[list[float], list[float]]:
    return [getattr(each.before, name) for each in effects], [getattr(each.after, name) for each in effects]


def _ratios(means: Sequence[Sequence[float]]) -> list[float]:
    """The largest mean over the smallest, before and after; none where there is one condition, or it is black."""
    pairs = list(zip(*means, strict=True))
    if len(means) < 2 or min(map(min, pairs)) == 0:
        return []
    return [_rounded(max(values) / min(values)) for values in pairs]


def _span(bounds: Sequence[float]) -> str:
    low, high = bounds
    return f"{low:.4f} to {high:.4f}"


def _rounded(value: Any) -> float:
    return round(float(value), 6)
