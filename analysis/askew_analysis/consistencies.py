"""Error consistency of all observers of a table at once, with intervals, group means and their differences.

Every number with an interval comes from one joint set of resamples of the pictures (see `resampling`), so that the
difference of two means, a ranking or a ratio has the interval that the dependence between pairs gives it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit
from threadpoolctl import threadpool_limits

from askew.errors import BadInput, meant, quoted
from askew.processes import cores
from askew_analysis.columns import names, tails, whole
from askew_analysis.kappa import bounds, kappa, reason
from askew_analysis.machine import memory_gib
from askew_analysis.resampling import kappas
from askew_analysis.responses import Panel, Responses, panel

Doubles = NDArray[np.float64]
Counts = tuple[Doubles, Doubles, Doubles, Doubles]  # of pictures, right answers of each, equal answers
Resampled = Literal["images", "observers", "both"]
Block = str | list[str]  # a group, an observer, or several

METHOD = "Bayesian bootstrap over {}, with a Dirichlet(1/2) prior on each pair's table; percentiles"
FEW = 3  # observers below which nothing is known of how observers differ


@dataclass(frozen=True, eq=False)
class Consistency:
    """Error consistency of all pairs. `kappa`, `n_shared`, `kappa_min`, `kappa_max`: observers x observers.

    `kappa_min` and `kappa_max` are the bounds that the two accuracies leave (nan for pairs with a third code).
    `undefined` says of each pair and stratum without a kappa why it has none. Blocks, in the methods, are a group, an
    observer, or a list of them. A person who took part twice is two observers: means over groups leave out the pairs of
    a person with himself (`people` says who is who), and only blocks of named observers may ask for them.
    """

    observers: tuple[str, ...]
    groups: Mapping[str, str]
    people: Mapping[str, str]
    kappa: pd.DataFrame
    n_shared: pd.DataFrame
    kappa_min: pd.DataFrame
    kappa_max: pd.DataFrame
    undefined: pd.DataFrame
    rule: str
    within: tuple[str, ...]
    resample: Resampled
    seed: int
    resamples: int
    draws: NDArray[np.float32] = field(repr=False)  # pairs x resamples, in the order of `np.triu_indices`

    @property
    def method(self) -> str:
        """How intervals were made, in words; that of a single pair is always over images."""
        return METHOD.format("images and observers" if self.resample == "both" else self.resample)

    def interval(self, level: float = 0.95) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The lower and upper ends of each kappa's interval over images; nan where kappa is."""
        low, high = self._ends(level)
        return self._square(low), self._square(high)

    def pairs(self, level: float = 0.95) -> pd.DataFrame:
        """One row per pair: a, b, kappa, ci_low, ci_high, n_shared, kappa_min, kappa_max, reason (where undefined)."""
        upper = self._upper
        low, high = self._ends(level)
        table = pd.DataFrame(
            {
                "a": [self.observers[i] for i in upper[0]],
                "b": [self.observers[j] for j in upper[1]],
                "kappa": self._point,
                "ci_low": low,
                "ci_high": high,
                **{name: getattr(self, name).to_numpy()[upper] for name in ("n_shared", "kappa_min", "kappa_max")},
            }
        )
        why = self.undefined.groupby(["a", "b"])["reason"].first() if len(self.undefined) else {}
        found = [why.get((a, b), "") for a, b in zip(table["a"], table["b"], strict=True)]
        return table.assign(reason=[text if np.isnan(k) else "" for text, k in zip(found, self._point, strict=True)])

    def mean(self, a: Block, b: Block | None = None, level: float = 0.95) -> pd.Series:
        """Mean kappa of the pairs within a block, or between two, with its interval.

        Pairs without a kappa are left out: `n_pairs` is how many entered, `n_undefined` how many could not.
        """
        pairs = self._pairs_of(a, b)
        draws = self._mean_draws(pairs)
        low, high = spanning(draws, self._mean_of(pairs), level)
        defined = int(np.isfinite(self._point[pairs]).sum())
        note = "" if len(pairs) else "there is no pair of two different people or networks"
        if len(pairs) and not defined:
            note = "no pair has a kappa; `undefined` says why"
        elif defined and np.isnan(draws).any():
            note = f"fewer than {FEW} observers, who say nothing of how observers differ; resample images instead"
        return pd.Series(
            {
                "a": _spoken(a),
                "b": _spoken(a if b is None else b),
                "mean": self._mean_of(pairs),
                "ci_low": low,
                "ci_high": high,
                "n_pairs": defined,
                "n_undefined": len(pairs) - defined,
                "note": note,
            }
        )

    def means(self, level: float = 0.95) -> pd.DataFrame:
        """Mean kappa within each group and between each two; one row per pair of groups."""
        known = [*dict.fromkeys(self.groups[one] for one in self.observers)] if self.groups else []
        if not known:
            raise BadInput("the observers have no group, or several; name blocks of observers in `mean` instead")
        blocks = [(one, other) for i, one in enumerate(known) for other in known[i:]]
        return pd.DataFrame([self.mean(one, other, level) for one, other in blocks])

    def contrast(
        self, one: Block | tuple[Block, Block], other: Block | tuple[Block, Block], level: float = 0.95
    ) -> pd.Series:
        """The mean kappa of one set of pairs minus that of another: estimate, interval, p.

        Each is a block, for the pairs within it, or a tuple of two, for the pairs between them, as in
        `c.contrast(("people", "people"), ("people", "networks"))`. p is two-sided and never 0: with B resamples it
        is at least 2 / (B + 1).
        """
        first, second = (self._pairs_of(*_two(each)) for each in (one, other))
        draws = self._mean_draws(first) - self._mean_draws(second)
        estimate = self.difference(one, other)
        low, high = spanning(draws, estimate, level, reach=2.0)
        # As the interval does, p takes the draws as they are and centred on the estimate, and the larger of the two.
        p = max(two_sided(draws), two_sided(draws + (estimate - np.median(draws))))
        values = {"difference": estimate, "ci_low": low, "ci_high": high, "p": p}
        return pd.Series({"a": _spoken(one), "b": _spoken(other), **values})

    def difference(self, one: Block | tuple[Block, Block], other: Block | tuple[Block, Block]) -> float:
        """The estimate of `contrast` alone, without an interval; nan where one set has no kappa."""
        first, second = (self._mean_of(self._pairs_of(*_two(each))) for each in (one, other))
        return first - second

    def ratio(
        self, one: Block | tuple[Block, Block], ceiling: Block | tuple[Block, Block], level: float = 0.95
    ) -> pd.Series:
        """A mean kappa as a share of a ceiling, such as that of people with people; the interval is of the ratio.

        It may lie above 1 or below 0, for that is what was found. Where the ceiling's own interval reaches 0, a ratio
        says nothing, and its interval is nan.
        """
        top, bottom = (self._pairs_of(*_two(each)) for each in (one, ceiling))
        below = self._mean_draws(bottom)
        values = {"ratio": np.nan, "ci_low": np.nan, "ci_high": np.nan}
        if spanning(below, self._mean_of(bottom), level)[0] > 0:
            share = self._mean_of(top) / self._mean_of(bottom)
            low, high = spanning(self._mean_draws(top) / below, share, level, reach=np.inf)
            values = {"ratio": share, "ci_low": low, "ci_high": high}
        note = "the ceiling's own interval reaches 0, so there is no share of it" if np.isnan(values["ratio"]) else ""
        return pd.Series({"a": _spoken(one), "ceiling": _spoken(ceiling), **values, "note": note})

    def ranking(self, of: Block, against: Block, level: float = 0.95) -> pd.DataFrame:
        """The observers of a block by their mean kappa with another: rank, its interval, how often each is first."""
        members, _ = self._members(of)
        sets = [self._pairs_of(one, against) for one in members]
        table = pd.DataFrame({"observer": members, "mean": [self._mean_of(each) for each in sets]})
        draws = np.stack([self._mean_draws(each) for each in sets])
        known = np.where(np.isnan(draws), -np.inf, draws)  # undefined ones come last
        ranks = 1 + (known[:, None] < known).sum(axis=1)  # equal ones share the better rank
        ends = [spanning(each, mean, level) for each, mean in zip(draws, table["mean"], strict=True)]
        rank_low, rank_high = np.quantile(ranks, tails(level), axis=1, method="nearest")
        table = table.assign(
            ci_low=[low for low, _ in ends],
            ci_high=[high for _, high in ends],
            rank=table["mean"].rank(ascending=False, method="min"),
            rank_low=rank_low,
            rank_high=rank_high,
            first=(ranks == 1).mean(axis=1),
        )
        return table.sort_values(["mean", "observer"], ascending=[False, True], ignore_index=True)

    @cached_property
    def _upper(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        return np.triu_indices(len(self.observers), 1)

    @cached_property
    def _point(self) -> Doubles:
        return np.asarray(self.kappa.to_numpy()[self._upper])

    def _ends(self, level: float) -> tuple[Doubles, Doubles]:
        low, high = quantiles(self.draws, level)
        # Observers who never differ have a kappa of 1, which no draw reaches: an interval holds its estimate.
        return np.minimum(low, self._point), np.maximum(high, self._point)

    def _square(self, values: Doubles) -> pd.DataFrame:
        return squared(values, self.observers, self.kappa.to_numpy().diagonal())

    def _members(self, block: Block) -> tuple[list[str], bool]:
        """The observers that a block names, and whether it names groups."""
        found: list[str] = []
        is_group = False
        for name in map(str, names(block)):
            members = [one for one in self.observers if self.groups.get(one) == name]
            is_group |= bool(members)
            if not members and name in self.observers:
                members = [name]
            if not members:
                known = [*dict.fromkeys(self.groups.values()), *self.observers]
                raise BadInput(
                    f"{quoted(name)} is neither a group nor an observer{meant(name, known)}; there are: "
                    f"{', '.join(known[:20])}{', ...' if len(known) > 20 else ''}"
                )
            found += members
        return list(dict.fromkeys(found)), is_group

    def _pairs_of(self, a: Block, b: Block | None = None) -> NDArray[np.intp]:
        """The indices of the pairs between two blocks, each pair once."""
        one, other = self._members(a), self._members(a if b is None else b)
        first, second = (np.isin(self.observers, members) for members, _ in (one, other))
        i, j = self._upper
        chosen = (first[i] & second[j]) | (first[j] & second[i])
        if one[1] or other[1]:
            who = self._persons
            chosen &= who[i] != who[j]
        return np.flatnonzero(chosen)

    @cached_property
    def _persons(self) -> NDArray[np.intp]:
        """A number for each observer, the same for one who took part twice."""
        places = {person: place for place, person in enumerate(dict.fromkeys(self.people[o] for o in self.observers))}
        return np.array([places[self.people[one]] for one in self.observers])

    def _mean_of(self, pairs: NDArray[np.intp]) -> float:
        values = self._point[pairs]
        return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")

    def _mean_draws(self, pairs: NDArray[np.intp]) -> Doubles:
        """The mean of some pairs in each resample; nan where they tell nothing of how observers differ."""
        kept = pairs[np.isfinite(self._point[pairs])]
        if not len(kept):
            return np.full(self.resamples, np.nan)
        plain = np.asarray(self.draws[kept].mean(axis=0, dtype=np.float64))
        if self.resample == "images":
            return plain
        i, j = (self._persons[side[kept]] for side in self._upper)
        observers = len(np.unique(np.concatenate([i, j])))
        if observers < FEW:
            return np.full(self.resamples, np.nan)
        weighted, total = np.zeros(self.resamples), np.zeros(self.resamples)
        for pair, one, other in zip(kept, i, j, strict=True):
            weights = self._observer_weights[one] * self._observer_weights[other]
            weighted += weights * (self._point[pair] if self.resample == "observers" else self.draws[pair])
            total += weights
        centre = self._mean_of(pairs) if self.resample == "observers" else plain
        # Random weights show (n - 1) / (n + 1) of the variance between n observers, and few observers need t, not z.
        wider = np.sqrt((observers + 1) / (observers - 1)) * stdtrit(observers - 1, 0.975) / ndtri(0.975)
        return np.asarray(centre + wider * (weighted / total - centre))

    @cached_property
    def _observer_weights(self) -> Doubles:
        """A weight for each person in each resample."""
        rng = np.random.default_rng([self.seed, 1])
        return rng.standard_exponential((int(self._persons.max()) + 1, self.resamples))


def consistency(
    df: pd.DataFrame,
    by: str | Sequence[str] = "observer",
    within: str | Sequence[str] = (),
    *,
    missing: str = "drop",
    seed: int = 0,
    resamples: int = 10_000,
    resample: Resampled = "images",
    threads: int | None = None,
) -> Consistency:
    """Cohen's kappa on right and wrong answers of each pair of observers, over the pictures that both saw.

    `by` says what makes an observer, as in ("observer", "group") where people took part twice. `within` names columns
    in whose strata kappa is computed, and then averaged over those where it is defined. `missing` is the rule for
    pictures without an answer: "drop" leaves them out of the pair's comparison, "wrong" counts them as wrong,
    "own-code" as a third code that equals another's missing answer only. `resample` says over what the intervals of
    means, contrasts and ratios generalise: "images" (these observers, other pictures), "observers", or "both"; the
    last two need three observers or more.

    A kappa is nan where two observers share no picture, or both have every shared picture right (or wrong);
    `undefined` says so for each pair.

    >>> df = pd.DataFrame({"observer": ["a"] * 4 + ["b"] * 4, "stimulus": [1, 2, 3, 4] * 2,
    ...                    "correct": [1, 1, 0, 0, 1, 1, 0, 1]})
    >>> float(consistency(df).kappa.loc["a", "b"])
    0.5
    """
    if resample not in get_args(Resampled):
        raise BadInput(f"resample={quoted(resample)} is given; allowed: {', '.join(get_args(Resampled))}")
    seed = whole("seed", seed, 0, "0 is usual")
    resamples = whole("resamples", resamples, 1, "10,000 are usual")
    of = panel(df, by, within, missing)
    _refuse_too_large(len(of.observers), resamples)
    matrices = [_counted(answers) for answers in of.strata]
    upper = np.triu_indices(len(of.observers), 1)
    points = np.stack([kappa(*(matrix[upper] for matrix in each)) for each in matrices])
    sources = np.random.SeedSequence(seed).spawn(len(of.strata))
    # BLAS on one thread, for its sums depend in the last digit on how many there are.
    with threadpool_limits(1):
        draws = _averaged(of, points, [np.random.default_rng(each) for each in sources], resamples, threads or cores())
    low, high = zip(*map(partial(_bounds, upper=upper), of.strata, matrices), strict=True)
    diagonal = _own(matrices)
    return Consistency(
        observers=of.observers,
        groups=of.groups,
        people=of.people,
        kappa=squared(_mean(points), of.observers, diagonal),
        n_shared=_table(np.sum([each[0] for each in matrices], axis=0).astype(int), of.observers),
        kappa_min=squared(_mean(np.stack(low)), of.observers, np.where(np.isnan(diagonal), np.nan, 1.0)),
        kappa_max=squared(_mean(np.stack(high)), of.observers, np.where(np.isnan(diagonal), np.nan, 1.0)),
        undefined=_undefined(of, matrices, points),
        rule=missing,
        within=tuple(names(within)),
        resample=resample,
        seed=seed,
        resamples=resamples,
        draws=draws,
    )


def quantiles(draws: NDArray[np.floating], level: float) -> tuple[Doubles, Doubles]:
    """The ends of the central interval in each row, interpolated as numpy does; nan where a row has a nan."""
    places = np.array(tails(level)) * (draws.shape[1] - 1)
    below = np.floor(places).astype(int)
    above = np.minimum(below + 1, draws.shape[1] - 1)
    found = np.empty((2, len(draws)))
    # In parts, for a copy may be as large as all draws. numpy sorts float32 faster than it parts it.
    for start in range(0, len(draws), 256):
        part = np.sort(draws[start : start + 256], axis=1)
        share = places - below
        ends = part[:, below] * (1 - share) + part[:, above] * share
        ends[np.isnan(part[:, -1])] = np.nan  # nan comes last
        found[:, start : start + 256] = ends.T
    return found[0], found[1]


def spanning(draws: Doubles, estimate: float, level: float, reach: float = 1.0) -> tuple[float, float]:
    """An interval for a mean of kappas, or what is computed of such: it always holds the estimate.

    It spans the central interval of the draws and the same interval moved onto the estimate, within +-`reach`. The two
    are nearly one where observers err often. Near the ceiling the mean of many kappas is too low and the draws, which
    each pair's prior moves, are not, and either interval alone covers too rarely (`make bench-coverage`).
    """
    (low,), (high,) = quantiles(draws[None], level)
    if np.isnan(low):
        return float("nan"), float("nan")
    moved = estimate - float(np.median(draws))
    return float(max(-reach, min(low, low + moved))), float(min(reach, max(high, high + moved)))


def two_sided(draws: Doubles, value: float = 0.0) -> float:
    """Twice the smaller share of draws on one side of a value, counted so that it is never 0; nan where they are."""
    if np.isnan(draws).any():
        return float("nan")
    side = min(int((draws <= value).sum()), int((draws >= value).sum()))
    return min(1.0, 2 * (side + 1) / (len(draws) + 1))


def squared(values: Doubles, observers: Sequence[str], diagonal: Doubles) -> pd.DataFrame:
    """Values of pairs, in the order of `np.triu_indices`, as a symmetric table."""
    table = np.diag(diagonal.astype(float))
    upper = np.triu_indices(len(observers), 1)
    table[upper] = table[upper[1], upper[0]] = values
    return _table(table, observers)


def _table(values: NDArray[Any], observers: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(values, index=[*observers], columns=[*observers])


def _counted(answers: Responses) -> Counts:
    """For each pair of observers: pictures, right answers of the first and of the second, equal answers."""
    right, counted, lacking = (each.astype(float) for each in (answers.right, answers.counted, answers.lacking))
    wrong = counted - right - lacking
    shared = right @ counted.T
    return counted @ counted.T, shared, shared.T, right @ right.T + wrong @ wrong.T + lacking @ lacking.T


def _averaged(
    of: Panel, points: Doubles, sources: Sequence[np.random.Generator], resamples: int, threads: int
) -> NDArray[np.float32]:
    """The draws of each pair, averaged over the strata in which it has a kappa."""
    defined = np.isfinite(points)
    total: NDArray[np.float32] | None = None
    for answers, rng, known in zip(of.strata, sources, defined, strict=True):
        drawn = kappas(answers, rng, resamples, threads)
        drawn[~known] = 0
        if total is None:
            total = drawn
        else:
            total += drawn
    assert total is not None  # noqa: S101  a panel has a stratum
    times = defined.sum(axis=0)
    total /= np.where(times, times, np.nan)[:, None].astype(np.float32)
    return total


def _mean(points: Doubles) -> Doubles:
    """The mean over strata of what is defined."""
    times = np.isfinite(points).sum(axis=0)
    return np.asarray(np.nansum(points, axis=0) / np.where(times, times, np.nan))


def _bounds(answers: Responses, matrix: Counts, upper: tuple[NDArray[np.intp], ...]) -> tuple[Doubles, Doubles]:
    """The bounds of each pair; nan for one with a third code, for they are those of right and wrong answers."""
    n, p, q, _ = (each[upper] for each in matrix)
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = bounds(p / n, q / n)
    counted, lacking = (each.astype(float) for each in (answers.counted, answers.lacking))
    third = lacking @ counted.T
    coded = (third + third.T)[upper] > 0
    return np.where(coded, np.nan, low), np.where(coded, np.nan, high)


def _refuse_too_large(observers: int, resamples: int) -> None:
    """Refuse draws that would not fit in this machine's memory."""
    gib = observers * (observers - 1) / 2 * resamples * 4 / 2**30
    room = memory_gib()
    if gib > 0.7 * room:
        fits = int(resamples * 0.7 * room / gib)
        raise BadInput(
            f"{resamples:,} resamples for {observers:,} observers need {gib:.1f} GiB, and {room:.1f} are there; take "
            f"{fits:,} or fewer"
        )


def _own(matrices: Sequence[Counts]) -> Doubles:
    """Kappa of each observer with himself: 1, but nan where he is always right or always wrong."""
    own = np.stack([kappa(*(matrix.diagonal() for matrix in each)) for each in matrices])
    return _mean(own)


def _undefined(of: Panel, matrices: Sequence[Counts], points: Doubles) -> pd.DataFrame:
    rows = []
    first, second = np.triu_indices(len(of.observers), 1)
    for answers, matrix, values in zip(of.strata, matrices, points, strict=True):
        for pair in np.flatnonzero(np.isnan(values)):
            i, j = int(first[pair]), int(second[pair])
            why = reason(*(float(each[i, j]) for each in matrix[:3]))
            rows.append((of.observers[i], of.observers[j], answers.stratum, why))
    return pd.DataFrame(rows, columns=["a", "b", "stratum", "reason"])


def _two(given: Block | tuple[Block, Block]) -> tuple[Block, Block | None]:
    if isinstance(given, tuple) and len(given) == 2:
        return given
    return given, None


def _spoken(given: Block | tuple[Block, Block]) -> str:
    if isinstance(given, str):
        return given
    separator = " x " if isinstance(given, tuple) else ", "
    return separator.join(_spoken(each) for each in given)
