"""What belongs beside a t test: effect sizes, Bayes factors, equivalence, and the correction for many tests.

Written here, and checked against pingouin in the tests: importing it takes longer than a whole comparison.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import stdtr, stdtrit

Doubles = NDArray[np.float64]

MOST = 700.0  # the largest logarithm of a number
SCALE = 0.707  # of the Cauchy prior on the effect size, the usual one


def hedges_g(x: Doubles, y: Doubles, *, paired: bool) -> float:
    """The mean difference in SDs (paired: in SDs of the differences), corrected for small samples.

    >>> round(hedges_g(np.array([1.0, 2, 3]), np.array([2.0, 3, 4]), paired=False), 2)
    -0.8
    """
    _, df = _size(len(x), len(y), paired)
    spread = float((x - y).std(ddof=1)) if paired else _pooled_sd(x, y)
    small = 1 - 3 / (4 * df - 1)
    return small * float(x.mean() - y.mean()) / spread


def g_interval(g: float, n_x: int, n_y: int, *, paired: bool, level: float) -> tuple[float, float]:
    """The interval of Hedges' g by its asymptotic standard error and a t quantile."""
    n, df = _size(n_x, n_y, paired)
    total = n_x if paired else n_x + n_y
    reach = float(stdtrit(df, (1 + level) / 2)) * math.sqrt(1 / n + g**2 / (2 * total))
    return g - reach, g + reach


def bayes_factor(t: float, n_x: int, n_y: int, *, paired: bool) -> float:
    """How many times more likely the data are if there is a difference (JZS prior; Rouder et al. 2009, equation 1).

    >>> round(bayes_factor(3.5, 20, 20, paired=True), 1)
    17.2
    """
    n, df = _size(n_x, n_y, paired)
    t = min(abs(t), 1e150)  # whose square is still a number

    # Over the logarithm of g, and relative to no difference, so that neither end runs out of numbers.
    def log_density(log_g: float) -> float:
        g = math.exp(log_g)
        spread = 1 + n * g * SCALE**2
        fit = (df + 1) / 2 * (math.log1p(t**2 / df) - math.log1p(t**2 / (spread * df)))
        return fit - math.log(spread) / 2 - math.log(2 * math.pi) / 2 - log_g / 2 - 1 / (2 * g)

    peak = max(np.linspace(-10, 60, 701), key=log_density)
    height = log_density(float(peak))
    area = float(
        quad(lambda log_g: math.exp(log_density(log_g) - height), peak - 60, peak + 60, points=[peak], limit=500)[0]
    )
    log_factor = height + math.log(area)
    return math.exp(log_factor) if log_factor < MOST else math.inf


def p_equivalence(x: Doubles, y: Doubles, bound: float, *, paired: bool) -> float:
    """The larger p of two one-sided t tests: that the difference is not above -bound, and not below bound."""
    n, df = _size(len(x), len(y), paired)
    error = float((x - y).std(ddof=1) if paired else _pooled_sd(x, y)) / math.sqrt(n)
    difference = float(x.mean() - y.mean())
    return float(stdtr(df, (abs(difference) - bound) / error))


def holm(ps: Sequence[float]) -> Doubles:
    """The p values corrected for all of them by Holm's rule; nan stays nan and counts for nothing.

    >>> holm([0.01, 0.04, float("nan"), 0.03]).round(2)
    array([0.03, 0.06,  nan, 0.06])
    """
    given = np.asarray(ps, dtype=float)
    found = np.full(len(given), np.nan)
    order = [int(place) for place in np.argsort(given, kind="stable") if np.isfinite(given[place])]
    least = 0.0
    for rank, place in enumerate(order):
        least = max(least, min(1.0, (len(order) - rank) * given[place]))
        found[place] = least
    return found


def _size(n_x: int, n_y: int, paired: bool) -> tuple[float, int]:
    """The effective number of observers, and the degrees of freedom."""
    return (n_x, n_x - 1) if paired else (n_x * n_y / (n_x + n_y), n_x + n_y - 2)


def _pooled_sd(x: Doubles, y: Doubles) -> float:
    squares = (len(x) - 1) * x.var(ddof=1) + (len(y) - 1) * y.var(ddof=1)
    return math.sqrt(squares / (len(x) + len(y) - 2))
