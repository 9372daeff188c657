"""Whether a set is a fair experiment: its conditions differ in what they are named after, and in little else.

What differs between conditions beside that (size, light, place, number, the labels offered) may be what observers
answer to. Nothing here looks at files.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import wilcoxon

from askew.errors import quoted
from askew_stimuli.finding import SET, Finding, named
from askew_stimuli.picture import Picture
from askew_stimuli.silhouette import Measures

Values = npt.NDArray[np.float64]

SIGNIFICANT = 0.05  # a finding is below this by Holm's correction over all tests of the set, a note by itself
LEAST = 6  # classes; with fewer the signed-rank test cannot come below .05
LARGE = 5  # times the tolerance: told of fewer classes as well, though untested
OFTEN = 0.05  # of the pictures; a label that is wrong as often as this is learned to be wrong
BASE = "upright"  # what the other conditions are compared with, where it is there


@dataclass(frozen=True)
class Quantity:
    """Something measured of every object, and how a difference in it is told.

    A median difference within the tolerance is no imbalance, however sure. Sizes and light are compared as ratios
    (5 % of area is 2.5 % of length, near what people can just tell), places as shares of the picture's side.
    """

    name: str
    less: str
    more: str
    ratio: bool = True
    tolerance: float = 0.05


AREA = Quantity("area", "objects are smaller", "objects are larger")
LUMINANCE = Quantity("luminance", "objects are darker", "objects are lighter")
CONTRAST = Quantity("contrast", "objects have less contrast", "objects have more contrast")
SIDEWAYS = Quantity("left-right", "objects lie more to the left", "objects lie more to the right", False, 0.02)
HEIGHT = Quantity("up-down", "objects lie higher", "objects lie lower", False, 0.02)
QUANTITIES = (AREA, LUMINANCE, CONTRAST, SIDEWAYS, HEIGHT)
Amounts = Mapping[Quantity, float]


def amounts(picture: Picture, seen: Measures | None = None, size_px: Sequence[int] | None = None) -> Amounts:
    """What is known of the object in a picture: as the manifest says it, otherwise as it was measured."""
    size = picture.size_px or size_px
    centre = picture.centroid or (seen.centroid if seen else None)
    known = {
        AREA: _first(picture.area_frac, seen and seen.area_frac),
        LUMINANCE: _first(picture.lum_mean, seen and seen.lum_mean),
        CONTRAST: _first(picture.lum_sd, seen and seen.lum_sd),
        SIDEWAYS: centre[0] / size[0] if centre and size else None,
        HEIGHT: centre[1] / size[1] if centre and size else None,
    }
    return {quantity: value for quantity, value in known.items() if value is not None}


def findings(pictures: Sequence[Picture], measured: Mapping[str, Amounts]) -> Iterator[Finding]:
    """Everything that is unfair about a set. `measured` has what is known of each object, by the picture's id."""
    yield from _conditions(pictures)
    yield from _imbalances(pictures, measured)
    yield from _labels(pictures)
    yield from _alternatives(pictures)
    yield from _lacking("lacks-mask", "mask", pictures, [p.image_id for p in pictures if p.mask_file is None])


def conditions_of(pictures: Iterable[Picture]) -> list[str]:
    """The conditions in the manifest's order, `upright` first."""
    return sorted(dict.fromkeys(picture.condition for picture in pictures), key=lambda name: name != BASE)


def _conditions(pictures: Sequence[Picture]) -> Iterator[Finding]:
    conditions = conditions_of(pictures)
    if len(conditions) < 2:
        return
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for picture in pictures:
        counts[picture.class_label][picture.condition] += 1
    for condition in conditions:
        without = [label for label, count in counts.items() if not count[condition]]
        if without:
            message = f"{len(without)} of {len(counts)} classes have no picture of it: {named(without)}"
            yield Finding("lacks-condition", condition, message)
    totals = Counter(picture.condition for picture in pictures)
    said = ", ".join(f"{totals[condition]} {condition}" for condition in conditions)
    shapes = {label: tuple(count[condition] for condition in conditions) for label, count in counts.items()}
    ((usual, _),) = Counter(shapes.values()).most_common(1)
    others = [label for label, shape in shapes.items() if shape != usual]
    if others:
        message = f"{said} pictures; {len(others)} of {len(shapes)} classes differ from the rest: {named(others)}"
        yield Finding("unbalanced-counts", SET, message)
    elif len(set(usual)) > 1:
        yield Finding("unbalanced-counts", SET, f"{said} pictures, in the same proportion in every class", note=True)


@dataclass(frozen=True, eq=False)
class _Difference:
    """How one condition differs from another in one quantity, class by class."""

    quantity: Quantity
    pair: str
    each: Values  # ratios, or differences as shares of the side
    p: float | None  # None where there are too few classes to test

    @property
    def median(self) -> float:
        return float(np.median(self.each))

    @property
    def size(self) -> float:
        """How many times the tolerance it is."""
        if self.quantity.ratio:
            return float(abs(np.log(self.median)) / np.log1p(self.quantity.tolerance))
        return abs(self.median) / self.quantity.tolerance

    def told(self, test: str) -> str:
        low, high = np.quantile(self.each, [0.1, 0.9])
        if self.quantity.ratio:
            less, amount = self.median < 1, f"median ratio {self.median:.2f} (10-90 %: {low:.2f} to {high:.2f})"
        else:
            median, low, high = 100 * self.median, 100 * low, 100 * high
            less = median < 0
            amount = f"median difference {median:+.1f} % of the side (10-90 %: {low:+.1f} to {high:+.1f})"
        return f"{self.quantity.less if less else self.quantity.more}: {amount}, {test}, n={len(self.each)} classes"


def _imbalances(pictures: Sequence[Picture], measured: Mapping[str, Amounts]) -> Iterator[Finding]:
    found = list(_differences(pictures, measured))
    tested = [difference.p for difference in found if difference.p is not None]
    corrected = iter(_holm(tested))
    for difference in found:
        code = f"{difference.quantity.name}-imbalance"
        if difference.p is None:
            if difference.size > LARGE:
                yield Finding(code, difference.pair, difference.told("too few to test"), note=True)
            continue
        holm = next(corrected)
        if difference.size > 1 and difference.p < SIGNIFICANT:
            test = f"Wilcoxon p{_p(difference.p)} (Holm of {len(tested)} tests: p{_p(holm)})"
            yield Finding(code, difference.pair, difference.told(test), note=holm >= SIGNIFICANT)


def _differences(pictures: Sequence[Picture], measured: Mapping[str, Amounts]) -> Iterator[_Difference]:
    """Of every quantity between every two conditions, over the classes that have both: means over their pictures."""
    conditions = conditions_of(pictures)
    for quantity in QUANTITIES:
        cells: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for picture in pictures:
            value = measured.get(picture.image_id, {}).get(quantity)
            if value is not None and (value > 0 or not quantity.ratio):
                cells[picture.condition][picture.class_label].append(value)
        for base, other in combinations(conditions, 2):
            shared = [label for label in cells[base] if label in cells[other]]
            if shared:
                before, after = (np.array([np.mean(cells[c][label]) for label in shared]) for c in (base, other))
                each = after / before if quantity.ratio else after - before
                yield _Difference(quantity, f"{other} / {base}", each, _signed_rank(after - before))


def _signed_rank(differences: Values) -> float | None:
    if len(differences) < LEAST:
        return None
    differences = differences[differences != 0]
    return float(wilcoxon(differences).pvalue) if len(differences) else 1.0


def _holm(values: Sequence[float]) -> list[float]:
    """p-values corrected for their number by Holm's step-down rule."""
    corrected, least = [0.0] * len(values), 0.0
    for rank, place in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        least = max(least, min(1.0, (len(values) - rank) * values[place]))
        corrected[place] = least
    return corrected


def _labels(pictures: Sequence[Picture]) -> Iterator[Finding]:
    """Labels and conditions that differ only in case, spaces or hyphens, which are one to a person."""
    used = dict.fromkeys(label for picture in pictures for label in picture.labels)
    for kind, names in (("label", used), ("condition", dict.fromkeys(conditions_of(pictures)))):
        first: dict[str, str] = {}
        for name in names:
            twin = first.setdefault(re.sub(r"[\W_]", "", name.casefold()) or name, name)
            if twin != name:
                yield Finding(f"{kind}-spelling", name, f"is also written {quoted(twin)}; write it in one way")


def _alternatives(pictures: Sequence[Picture]) -> Iterator[Finding]:
    """What observers could learn of the alternatives, or what differs between conditions because of them."""
    alternatives = {p.image_id: p.alt_label for p in pictures if p.alt_label is not None}
    paired = [picture for picture in pictures if picture.image_id in alternatives]
    without = [picture.image_id for picture in pictures if picture.image_id not in alternatives]
    yield from _lacking("lacks-alternative", "alternative label", pictures, without)
    truths, wrong = Counter(picture.class_label for picture in paired), Counter(alternatives.values())
    for label, times in sorted(wrong.items(), key=lambda item: -item[1]):
        if times >= LEAST and times > max(OFTEN * len(paired), 2 * truths[label]):
            message = f"is the wrong label {times} times in {len(paired)} and the right one {truths[label]} times"
            yield Finding("frequent-alternative", label, f"{message}, so that observers learn to avoid it")
    shown = [label for label in alternatives.values() if label in truths]
    if 0 < len(shown) < len(paired):
        message = f"{len(shown)} of {len(paired)} alternatives are themselves shown, the others never"
        yield Finding("shown-alternative", SET, f"{message}: {named(list(dict.fromkeys(shown)))}", note=True)
    pairs = dict.fromkeys((picture.class_label, alternatives[picture.image_id]) for picture in paired)
    both = sorted({" and ".join(sorted(pair)) for pair in pairs if pair[::-1] in pairs})
    if 0 < 2 * len(both) < len(pairs):
        message = f"{len(both)} pairs of labels are offered with either as the truth, the others not: {named(both)}"
        yield Finding("two-way-alternative", SET, message, note=True)
    offered: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for picture in paired:
        offered[picture.class_label][picture.condition].add(alternatives[picture.image_id])
    varying = [label for label, seen in offered.items() if len(set(map(frozenset, seen.values()))) > 1]
    if varying:
        message = (
            f"{len(varying)} of {len(offered)} classes are offered with other alternatives in one condition than in "
            f"another, so that conditions differ in them too: {named(varying)}"
        )
        yield Finding("alternative-varies", SET, message, note=True)


def _lacking(code: str, what: str, pictures: Sequence[Picture], without: list[str]) -> Iterator[Finding]:
    """Told where some pictures have it: then those without stand out."""
    if 0 < len(without) < len(pictures):
        message = f"{len(without)} of {len(pictures)} pictures have no {what}, the others have one: {named(without)}"
        yield Finding(code, SET, message)


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _p(value: float) -> str:
    """A p-value as papers print it, after `p`.

    >>> _p(0.00019), _p(0.0412), _p(1e-9)
    ('=.0002', '=.041', '<.0001')
    """
    if value < 0.0001:
        return "<.0001"
    return f"={value:.{4 if value < 0.001 else 3}f}".replace("=0", "=")
