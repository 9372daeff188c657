"""One joint set of resamples of the pictures, and kappa of every pair of observers in each of them.

Each resample gives every picture a weight (Bayesian bootstrap, Rubin 1981), the same for all observers, so that
differences, means and rankings of kappas come with their dependence. To the pictures come a few imaginary ones whose
answers are rows of a Hadamard matrix: any two observers have all four combinations of right and wrong equally often
among them. Their weights sum to 1/2 in each cell, and so the resamples of every single pair are exactly draws from the
posterior of its 2x2 table under the Dirichlet(1/2) prior, whose intervals cover near the ceiling where the percentile
bootstrap fails.

In large tables the weights come from `bits` and have 16 values, the least of them 0.2: there the lower end of a pair
with a single picture in a cell lies up to 0.04 higher than the posterior's.
"""

import numpy as np
from numpy.typing import NDArray

from askew_analysis.kappa import PRIOR
from askew_analysis.responses import Bits, Responses

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]

# Multiplications above which compiling and bit planes pay. Below, matrix products need no numba.
LARGE = 1e10
BLOCK = 1_000  # resamples whose weights stay in the cache while pairs are computed


def hadamard(observers: int) -> Bits:
    """Imaginary answers, observers x pictures: any two observers have each combination equally often.

    >>> hadamard(3).astype(int)
    array([[1, 0, 1, 0],
           [1, 1, 0, 0],
           [1, 0, 0, 1]])
    """
    size = _size(observers)
    row, column = np.ogrid[1 : observers + 1, :size]
    return np.asarray(np.bitwise_count(row & column) % 2 == 0)


def _size(observers: int) -> int:
    """How many imaginary pictures it takes: a power of 2 above the number of observers."""
    size = 4
    while size < observers + 1:
        size *= 2
    return size


def kappas(answers: Responses, rng: np.random.Generator, resamples: int, threads: int) -> Floats:
    """Kappa of each pair (in the order of `np.triu_indices`) in each resample: pairs x resamples."""
    observers = len(answers.right)
    patterns, times = _distinct(np.concatenate([answers.right, answers.counted, answers.lacking]))
    products = observers * (observers - 1) / 2 * (1 if answers.complete else 5)
    if len(times) * products * resamples < LARGE:
        return _by_products(patterns, times, rng, resamples)
    return _by_bits(answers, rng, resamples, threads)


def _by_products(patterns: Bits, times: Doubles, rng: np.random.Generator, resamples: int) -> Floats:
    """Matrix products of weights, which pictures with the same answers of everybody share."""
    right, counted, lacking = (each.astype(float) for each in np.split(patterns, 3))
    wrong: Doubles = counted - right - lacking
    whole, coded = (np.asarray(each) for each in (counted.all(axis=1), lacking.any(axis=1)))
    observers = len(right)
    size = _size(observers)
    shapes = np.concatenate([times, np.full(size, 4 * PRIOR / size)])
    drawn = rng.standard_gamma(shapes, size=(resamples, len(shapes))).T
    weights, imagined = drawn[: len(times)], _sums(drawn[len(times) :])
    total, prior = imagined[0], _prior_own(imagined, observers)
    seen, own = counted @ weights + total, right @ weights + prior
    found = np.empty((observers * (observers - 1) // 2, resamples), dtype=np.float32)
    done = 0
    for i in range(observers - 1):
        rest = slice(i + 1, observers)
        # One who answered every picture leaves to another all that this one has, so that no product is needed.
        partly = np.flatnonzero(~whole[rest])
        # With a code of its own, a missing answer is neither right nor as another's wrong one.
        alike = right[i] * right[rest]
        others = counted[rest][partly]
        if coded[i] or coded[rest].any():
            alike -= (wrong[i] * lacking[rest] + lacking[i] * wrong[rest]) / 2
        rows = [alike, right[i] * others]
        if not whole[i]:
            rows += [counted[i] * others, counted[i] * right[rest]]
        stacked, ends = np.concatenate(rows), np.cumsum([len(each) for each in rows])
        for start in range(0, resamples, BLOCK):
            at = slice(start, start + BLOCK)
            both, *shared = np.split(stacked @ weights[:, at], ends[:-1])
            both += _prior_both(imagined[:, at], i, observers)
            n, p, q = seen[rest, at], own[i : i + 1, at], own[rest, at]
            if len(partly):
                p = np.repeat(p, len(alike), axis=0)
                p[partly] = shared[0] + prior[i, at]
            if not whole[i]:
                n = np.repeat(seen[i : i + 1, at], len(alike), axis=0)
                n[partly] = shared[1] + total[at]
                q = shared[2] + prior[rest, at]
            found[done : done + len(alike), at] = _kappa(n, p, q, both)
        done += len(alike)
    return found


def _kappa(n: Doubles, one: Doubles, other: Doubles, both: Doubles) -> Doubles:
    """Cohen's kappa from the weight of the pictures, of the right answers of each and of those that are right in both.

    As (agreement - chance) / (n - chance) with agreement n - one - other + 2 both, but divided only once.
    """
    chance = one * other
    room = one + other
    room *= n / 2
    room -= chance
    beyond = n * both
    beyond -= chance
    with np.errstate(divide="ignore", invalid="ignore"):
        beyond /= room
    return beyond


def _by_bits(answers: Responses, rng: np.random.Generator, resamples: int, threads: int) -> Floats:
    from askew_analysis import bits  # noqa: PLC0415  numba is slow to import, and small tables do without

    pictures = answers.right.shape[1]
    total, own, both = _prior(len(answers.right), rng, resamples)
    planes = bits.planes(rng, resamples, pictures)
    right = bits.packed(answers.right)
    if answers.complete:
        total += bits.weighed(planes, bits.packed(np.ones((1, pictures), dtype=bool)))[0]
        own += bits.weighed(planes, right)
        bits.complete_kappas(planes, right, total, own, both, threads)
    else:
        wrong = answers.counted & ~answers.right & ~answers.lacking
        codes = np.stack([right, *(bits.packed(each) for each in (answers.counted, wrong, answers.lacking))])
        bits.masked_kappas(planes, codes, (total, own), both, threads)
    return both


def _prior(observers: int, rng: np.random.Generator, resamples: int) -> tuple[Doubles, Doubles, Floats]:
    """The weight of the imaginary pictures: of all, of those that each observer has right, and that each pair has."""
    size = _size(observers)
    imagined = _sums(rng.standard_gamma(4 * PRIOR / size, size=(size, resamples)))
    both = np.empty((observers * (observers - 1) // 2, resamples), dtype=np.float32)
    done = 0
    for i in range(observers - 1):
        rows = slice(done, done + observers - 1 - i)
        for start in range(0, resamples, BLOCK):
            at = slice(start, start + BLOCK)
            both[rows, at] = _prior_both(imagined[:, at], i, observers)
        done = rows.stop
    return imagined[0], _prior_own(imagined, observers), both


def _sums(weights: Doubles) -> Doubles:
    """The weights added up with the signs of each row of a Hadamard matrix; the first row is their plain sum.

    Doubling the matrix adds and subtracts what half of it gave, so that no product is needed (Walsh and Hadamard).
    """
    sums = weights
    half = 1
    while half < len(sums):
        parts = sums.reshape(-1, 2, half, sums.shape[1])
        sums = np.stack([parts[:, 0] + parts[:, 1], parts[:, 0] - parts[:, 1]], axis=1).reshape(weights.shape)
        half *= 2
    return sums


def _prior_own(imagined: Doubles, observers: int) -> Doubles:
    """The weight of the imaginary pictures that each observer has right: the mean of all and of the signed sum."""
    return np.asarray((imagined[0] + imagined[1 : observers + 1]) / 2)


def _prior_both(imagined: Doubles, i: int, observers: int) -> Doubles:
    """The weight of those that an observer and each later one have right.

    Two rows of signs multiply to that of their numbers' exclusive or, so the pair's sum is among those of single rows.
    """
    later = np.arange(i + 2, observers + 1)
    return np.asarray((imagined[0] + imagined[i + 1] + imagined[later] + imagined[(i + 1) ^ later]) / 4)


def _distinct(columns: Bits) -> tuple[Bits, Doubles]:
    """The different columns, in an order that only depends on them, and how often each is there."""
    keys = np.packbits(columns, axis=0).T.copy()
    view = keys.view([("", keys.dtype)] * keys.shape[1]).ravel()
    _, first, times = np.unique(view, return_index=True, return_counts=True)
    return columns[:, first], times.astype(float)
