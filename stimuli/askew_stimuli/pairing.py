"""Choosing poses so that conditions are equally large, bright and far from upright.

Two steps. Within each object, the sets of one picture a condition that lie closest together: this step knows of no
other object. Then, only where the means of the conditions still differ or one label is the alternative too often,
single pictures are exchanged for others of the same object and condition, each time for the best there is.

All measures are standardised within the object: in standard deviations of its own candidates. Needs numpy and scipy.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from askew_stimuli.conditions import SAME_ANGLE, SAME_RATIO

MEASURES = ("area", "luminance", "angle")
CLASSES = 1000  # of ImageNet-1k
PAIRS = ((0, 1), (0, 2), (1, 2))  # upright and correct, upright and incorrect, correct and incorrect
# Upright pictures are upright, so their angle is not compared with that of the others.
COMPARED = np.array([[1, 1, 0], [1, 1, 0], [1, 1, 1]], float)
# Of the mean area and luminance, and degrees. Where a set is matched already, as rendered ones are, what is left is
# noise: in units of its own standard deviation it would outweigh the angle.
FLOORS = (SAME_RATIO, SAME_RATIO, SAME_ANGLE)
_MEANS_WEIGH = 100.0  # one standard deviation between two means, against one within every object
_OFTEN_WEIGHS = 9.0  # one alternative too many: as much as three standard deviations within one object

Values = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Chosen = tuple[list[int], ...]  # for each condition, the places of the chosen candidates; equally long, or empty


@dataclass(frozen=True, eq=False)
class Pool:
    """The candidates of one object by condition (upright, correct, incorrect), which may be chosen."""

    values: tuple[Values, ...]  # area, luminance and angle, standardised: one row a candidate
    alternatives: tuple[Counts, ...]  # the class of each candidate's alternative


def standardised(measures: Values, reference: Values) -> Values:
    """Area, luminance and angle, a row a picture, in standard deviations of the reference from its mean.

    A standard deviation that is smaller than what the checks of a set tolerate counts as that.
    """
    means = reference.mean(0)
    floors = np.array(FLOORS) * [abs(means[0]) or 1, abs(means[1]) or 1, 1]
    standard: Values = (measures - means) / np.maximum(reference.std(0), floors)
    return standard


def closest(pool: Pool, count: int) -> Chosen:
    """The sets of one picture a condition that differ least, in squared distances of all pairs.

    Nothing is better where `count` is 1; where it is larger, only the choice of upright pictures, made once the others
    are paired, may fall short of the best. One condition may have no candidates and is left out; from the others come
    as many pictures as the scarcest has, at most `count`.
    """
    present = [place for place in range(3) if len(pool.values[place])]
    count = min(count, *(len(pool.values[place]) for place in present))
    if len(present) == 3:
        chosen = _closest_three(pool, count)
    else:
        one, other = present
        chosen = dict(zip(present, _cheapest(_distances(pool, one, other), count), strict=True))
    return tuple(chosen.get(place, []) for place in range(3))


def first_come(pool: Pool, count: int) -> Chosen:
    """The first candidates of each condition, as one would take them without matching."""
    present = [len(values) for values in pool.values if len(values)]
    return tuple(list(range(min(count, *present))) if len(values) else [] for values in pool.values)


def differences(pools: Sequence[Pool], chosen: Sequence[Chosen]) -> Values:
    """Standardised differences between conditions: the second of each pair less the first, by pair and measure.

    nan where no object has both conditions, and for the angle of upright pictures.
    """
    sums, counts = _sums(pools, chosen)
    with np.errstate(invalid="ignore", divide="ignore"):
        means: Values = sums / counts[:, None]
    return np.where(COMPARED > 0, means, np.nan)


@dataclass(frozen=True, eq=False)
class Limit:
    """How many pictures of the set may have one class as the alternative, and how many have it that are not chosen."""

    most: int
    others: Counts  # by class

    @classmethod
    def of(cls, most: int, others: Iterable[int] = ()) -> "Limit":
        """The limit where pictures that are not to be chosen have these classes as alternatives."""
        return cls(most, _counted(others))


def too_often(pools: Sequence[Pool], chosen: Sequence[Chosen], limit: Limit) -> int:
    """How many pictures have an alternative that too many have, counting each beyond the limit."""
    return int(np.maximum(_used(pools, chosen, limit) - limit.most, 0).sum())


def exchanged(pools: Sequence[Pool], chosen: Sequence[Chosen], limit: Limit) -> list[Chosen]:
    """The choice after single exchanges that bring the means of the conditions together.

    What each exchange makes smaller is the sum of the squared distances within the objects, of the squared differences
    of the means, and of the alternatives beyond the limit. It ends where no single exchange does.
    """
    now = [tuple(list(places) for places in each) for each in chosen]
    sums, counts = _sums(pools, now)
    whole = _Whole(sums, counts, _used(pools, now, limit), limit.most)
    better = True
    while better:
        better = False
        for pool, mine in zip(pools, now, strict=True):
            for condition, number in [(c, n) for c in range(3) for n in range(len(mine[c]))]:
                better |= whole.exchange(pool, mine, condition, number)
    return now


@dataclass(eq=False)
class _Whole:
    """What an exchange within one object changes for the whole set."""

    sums: Values  # of differences, by pair of conditions and measure
    counts: Values  # of differences, by pair
    used: Counts  # how often each class is the alternative
    most: int  # how often it may be

    def exchange(self, pool: Pool, mine: Chosen, condition: int, number: int) -> bool:
        """Exchange one picture of an object for the best there is; whether another was better."""
        values, alternatives, old = pool.values[condition], pool.alternatives[condition], mine[condition][number]
        costs = np.zeros(len(values))
        moved: dict[int, Values] = {}
        for pair, (one, other) in enumerate(PAIRS):
            partner, sign = (other, -1) if condition == one else (one, 1)
            if condition not in {one, other} or not mine[partner]:
                continue
            gap = values - pool.values[partner][mine[partner][number]]
            moved[pair] = self.sums[pair] + sign * (values - values[old]) * COMPARED[pair]
            costs += (gap**2) @ COMPARED[pair] + _MEANS_WEIGH * (moved[pair] ** 2).sum(1) / self.counts[pair]
        self.used[alternatives[old]] -= 1
        costs += _OFTEN_WEIGHS * (self.used[alternatives] >= self.most)
        costs[[place for place in mine[condition] if place != old]] = np.inf
        best = int(np.argmin(costs))
        if costs[best] > costs[old] - 1e-9:
            best = old
        self.used[alternatives[best]] += 1
        mine[condition][number] = best
        for pair, after in moved.items():
            self.sums[pair] = after[best]
        return best != old


def _closest_three(pool: Pool, count: int) -> dict[int, list[int]]:
    """Pairs of a correct and an incorrect picture that lie close together and to an upright one; then the uprights."""
    to_correct, to_incorrect = _distances(pool, 0, 1), _distances(pool, 0, 2)
    nearest = np.full((to_correct.shape[1], to_incorrect.shape[1]), np.inf)
    for near_correct, near_incorrect in zip(to_correct, to_incorrect, strict=True):
        np.minimum(nearest, near_correct[:, None] + near_incorrect, out=nearest)
    correct, incorrect = _cheapest(_distances(pool, 1, 2) + nearest, count)
    pairs, upright = linear_sum_assignment((to_correct[:, correct] + to_incorrect[:, incorrect]).T)
    return {0: [int(place) for _, place in sorted(zip(pairs, upright, strict=True))], 1: correct, 2: incorrect}


def _cheapest(costs: Values, count: int) -> tuple[list[int], list[int]]:
    """The rows and columns of `count` cells, no two in one row or column, whose sum is the least there is."""
    if count == 1:
        row, column = np.unravel_index(int(np.argmin(costs)), costs.shape)
        return [int(row)], [int(column)]
    # Rows that are left over go to columns added for them. These cost nothing, so they are used to the last.
    spare = np.zeros((len(costs), len(costs) - count))
    rows, columns = linear_sum_assignment(np.hstack([costs + 1, spare]))
    cells = [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if c < costs.shape[1]]
    return [row for row, _ in cells], [column for _, column in cells]


def _distances(pool: Pool, one: int, other: int) -> Values:
    """Squared distance of each candidate of one condition to each of the other."""
    gaps = pool.values[one][:, None] - pool.values[other]
    squares: Values = (gaps**2) @ COMPARED[PAIRS.index((one, other))]
    return squares


def _sums(pools: Sequence[Pool], chosen: Sequence[Chosen]) -> tuple[Values, Values]:
    """For each pair of conditions the sum of their differences, and how many there are."""
    sums, counts = np.zeros((len(PAIRS), len(MEASURES))), np.zeros(len(PAIRS))
    for pool, mine in zip(pools, chosen, strict=True):
        for pair, (one, other) in enumerate(PAIRS):
            if mine[one] and mine[other]:
                gaps = pool.values[other][mine[other]] - pool.values[one][mine[one]]
                sums[pair] += gaps.sum(0) * COMPARED[pair]
                counts[pair] += len(gaps)
    return sums, counts


def _used(pools: Sequence[Pool], chosen: Sequence[Chosen], limit: Limit) -> Counts:
    """How often each class is the alternative in the set."""
    return limit.others + _counted(_each_alternative(pools, chosen))


def _counted(classes: Iterable[int]) -> Counts:
    return np.bincount(np.array([*classes], np.int64), minlength=CLASSES)


def _each_alternative(pools: Sequence[Pool], chosen: Sequence[Chosen]) -> Iterator[int]:
    for pool, mine in zip(pools, chosen, strict=True):
        for condition, places in enumerate(mine):
            yield from pool.alternatives[condition][places].tolist()
