"""Whether a set is a fair experiment: its conditions differ in what they are named after, and in little else.

What differs between conditions beside that (size, light, place, number, the labels offered) may be what observers
answer to. A set is a fixed list, no sample: what differs in it differs, significant or not, and is noted; a difference
that chance does not explain is a fault of how the set was made. Nothing here looks at files.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations, product
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata, wilcoxon

from askew.errors import quoted
from askew_stimuli.conditions import RANDOM, SAME_PLACE, SAME_RATIO, UPRIGHT, most_alternatives
from askew_stimuli.finding import SET, Finding, named
from askew_stimuli.picture import Picture
from askew_stimuli.silhouette import Measures

Values = npt.NDArray[np.float64]

SIGNIFICANT = 0.05  # below this, by Holm's correction over all tests of the set, a difference is a finding
_DIGITS = 9  # of differences, so that equal ones are ties
LEAST = 6  # classes; with fewer the signed-rank test cannot come below .05


@dataclass(frozen=True)
class Quantity:
    """Something measured of every object, and how a difference in it is told.

    A median difference within the tolerance is no imbalance, however sure. Sizes and light are compared as ratios, and
    tested by the logs of these: raw differences would weigh large objects more than what is told does. Places are
    compared as shares of the picture's side.
    """

    name: str
    less: str
    more: str
    ratio: bool = True
    tolerance: float = SAME_RATIO


AREA = Quantity("area", "objects are smaller", "objects are larger")
LUMINANCE = Quantity("luminance", "objects are darker", "objects are lighter")
CONTRAST = Quantity("contrast", "objects have less contrast", "objects have more contrast")
SIDEWAYS = Quantity("left-right", "objects lie more to the left", "objects lie more to the right", False, SAME_PLACE)
HEIGHT = Quantity("up-down", "objects lie higher", "objects lie lower", False, SAME_PLACE)
QUANTITIES = (AREA, LUMINANCE, CONTRAST, SIDEWAYS, HEIGHT)
Amounts = Mapping[Quantity, float]
Factors = tuple[str, ...] | None


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
    return sorted(dict.fromkeys(picture.condition for picture in pictures), key=lambda name: name != UPRIGHT)


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
    base: str
    other: str
    each: Values  # logs of ratios, or differences as shares of the side

    @cached_property
    def p(self) -> float | None:
        """Of the signed-rank test; None where there are too few classes for it."""
        return _signed_rank(self.each)

    @property
    def matters(self) -> bool:
        """Whether it is beyond what is tolerated."""
        tolerance = self.quantity.tolerance
        return bool(abs(np.median(self.each)) > (np.log1p(tolerance) if self.quantity.ratio else tolerance))

    @property
    def one_way(self) -> bool:
        """Whether the median and the signed ranks, which are what is tested, have one direction."""
        differing = self.each[self.each != 0]
        ranks = float(np.sign(differing) @ rankdata(np.abs(differing)))
        return bool(ranks * np.median(self.each) > 0)

    @property
    def meant(self) -> bool:
        """Whether one of the two is the random arm, which is matched with nothing on purpose."""
        return RANDOM in {self.base, self.other}

    def finding(self, holm: float | None, tests: int) -> Finding:
        """What is told of it, given its corrected p-value where it is one of several tests."""
        if self.p is None:
            test = f"not tested, for that takes {LEAST} classes"
        elif holm is None:
            test = f"Wilcoxon p{_p(self.p)}, {RANDOM} being unmatched on purpose"
        else:
            test = f"Wilcoxon p{_p(self.p)} (Holm of {tests} tests: p{_p(holm)})"
        message = f"{self._told()}, {test}, n={len(self.each)} classes"
        sure = holm is not None and holm < SIGNIFICANT and self.one_way
        return Finding(f"{self.quantity.name}-imbalance", f"{self.other} / {self.base}", message, note=not sure)

    def _told(self) -> str:
        median, low, high = np.median(self.each), *np.quantile(self.each, [0.1, 0.9])
        what = self.quantity.less if median < 0 else self.quantity.more
        if not self.one_way:
            what = f"objects differ in {self.quantity.name}, to one side by the median and not so by the ranks"
        if self.quantity.ratio:
            median, low, high = np.exp([median, low, high])
            return f"{what}: median ratio {median:.2f} (10-90 %: {low:.2f} to {high:.2f})"
        median, low, high = 100 * median, 100 * low, 100 * high
        return f"{what}: median difference {median:+.1f} % of the side (10-90 %: {low:+.1f} to {high:+.1f})"


def sizes(pictures: Sequence[Picture], seen: Mapping[str, Sequence[int]]) -> Iterator[Finding]:
    """Pictures of several sizes; a fault where conditions differ in them. `seen` is of the pixels, by id."""
    counts: dict[str, Counter[Sequence[int]]] = defaultdict(Counter)
    for picture in pictures:
        if size := picture.size_px or seen.get(picture.image_id):
            counts[picture.condition][tuple(size)] += 1
    total = sum(counts.values(), Counter())
    if len(total) < 2:
        return
    shares = {frozenset((size, Fraction(n, each.total())) for size, n in each.items()) for each in counts.values()}
    if len(shares) > 1:
        said = "; ".join(f"{name}: {_of_sizes(counts[name])}" for name in conditions_of(pictures) if name in counts)
        yield Finding(
            "unequal-sizes", SET, f"conditions differ in the size of the pictures: {said}; make them one size"
        )
    else:
        yield Finding("unequal-sizes", SET, f"the pictures differ in size: {_of_sizes(total)}", note=True)


def _of_sizes(counts: Counter[Sequence[int]]) -> str:
    return named([f"{count:,} of {'x'.join(map(str, size))}" for size, count in counts.most_common()], most=3)


def _imbalances(pictures: Sequence[Picture], measured: Mapping[str, Amounts]) -> Iterator[Finding]:
    found = list(_differences(pictures, measured))
    tested = {place: each.p for place, each in enumerate(found) if each.p is not None and not each.meant}
    corrected = dict(zip(tested, _holm([*tested.values()]), strict=True))
    for place, difference in enumerate(found):
        if difference.matters:
            yield difference.finding(corrected.get(place), len(tested))


def _differences(pictures: Sequence[Picture], measured: Mapping[str, Amounts]) -> Iterator[_Difference]:
    """Of every quantity between every two conditions, over the classes that have both: means over their pictures.

    Conditions are compared over pictures of the same set factors; steps of a sweep, which share none, differ on
    purpose. Means of ratios are geometric, as a plain mean of many pictures would be larger than that of one.
    """
    factors: dict[str, set[Factors]] = defaultdict(set)
    values: dict[tuple[Quantity, str], list[tuple[str, Factors, float]]] = defaultdict(list)
    for picture in pictures:
        factors[picture.condition].add(picture.factors)
        for quantity, value in measured.get(picture.image_id, {}).items():
            if value > 0 or not quantity.ratio:
                known = (picture.class_label, picture.factors, float(np.log(value)) if quantity.ratio else value)
                values[quantity, picture.condition].append(known)
    pairs = [(one, other, factors[one] & factors[other]) for one, other in combinations(conditions_of(pictures), 2)]
    for quantity, (base, other, shared) in product(QUANTITIES, [pair for pair in pairs if pair[2]]):
        before, after = (_means(values[quantity, condition], shared) for condition in (base, other))
        both = [label for label in before if label in after]
        if both:
            each = np.array([after[label] - before[label] for label in both])
            yield _Difference(quantity, base, other, each.round(_DIGITS))


def _means(values: Iterable[tuple[str, Factors, float]], factors: set[Factors]) -> dict[str, float]:
    """The mean of each class, over what has one of these set factors."""
    classes: dict[str, list[float]] = defaultdict(list)
    for label, own, value in values:
        if own in factors:
            classes[label].append(value)
    return {label: float(np.mean(each)) for label, each in classes.items()}


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
    """Labels and conditions that differ only in case, spaces, hyphens or codes of letters: one to a person."""
    used = dict.fromkeys(label for picture in pictures for label in picture.labels)
    for kind, names in (("label", used), ("condition", dict.fromkeys(conditions_of(pictures)))):
        first: dict[str, str] = {}
        for name in names:
            twin = first.setdefault(_spoken(name), name)
            if twin != name:
                yield Finding(f"{kind}-spelling", name, f"is also written {quoted(twin)}; write it in one way")


def _spoken(name: str) -> str:
    """What is left of a name where case, spaces, hyphens and the ways to write one letter do not count."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", name).casefold()) or name


def _alternatives(pictures: Sequence[Picture]) -> Iterator[Finding]:
    """What observers could learn of the alternatives, or what differs between conditions because of them."""
    alternatives = {p.image_id: p.alt_label for p in pictures if p.alt_label is not None}
    paired = [picture for picture in pictures if picture.image_id in alternatives]
    without = [picture.image_id for picture in pictures if picture.image_id not in alternatives]
    yield from _lacking("lacks-alternative", "alternative label", pictures, without)
    truths, wrong = Counter(picture.class_label for picture in paired), Counter(alternatives.values())
    most = most_alternatives(len(paired))
    for label, times in sorted(wrong.items(), key=lambda item: -item[1]):
        if times > max(most, 2 * truths[label]):
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
