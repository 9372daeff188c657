"""What many numbers come to: their spread, their quartiles, a share with its interval, counts in bins. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, floor, fsum, lgamma, log, log1p, sqrt
from statistics import quantiles

LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Mean, SD (of a sample; None of one value) and range."""

    n: int
    mean: float
    sd: float | None
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread | None":
        """The spread of these values; None where there are none.

        >>> Spread.of([40.0, 40.0, 50.0, 40.0])
        Spread(n=4, mean=42.5, sd=5.0, least=40.0, most=50.0)
        """
        if not values:
            return None
        n, mean = len(values), fsum(values) / len(values)
        sd = sqrt(fsum((value - mean) ** 2 for value in values) / (n - 1)) if n > 1 else None
        return cls(n=n, mean=mean, sd=sd, least=min(values), most=max(values))


@dataclass(frozen=True, kw_only=True)
class Quartiles:
    """Median, quartiles (interpolated as numpy and R do) and range."""

    n: int
    least: float
    q1: float
    median: float
    q3: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Quartiles | None":
        """The quartiles of these values; None where there are none.

        >>> Quartiles.of([1.0, 2.0, 3.0, 4.0])
        Quartiles(n=4, least=1.0, q1=1.75, median=2.5, q3=3.25, most=4.0)
        """
        if not values:
            return None
        q1, median, q3 = quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3
        return cls(n=len(values), least=min(values), q1=q1, median=median, q3=q3, most=max(values))


@dataclass(frozen=True, kw_only=True)
class Share:
    """So many of so many, with the exact 95 % interval of the share (Clopper and Pearson, 1934)."""

    hits: int
    n: int
    share: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, hits: int, n: int) -> "Share":
        """The share of hits; without trials there is none.

        >>> share = Share.of(0, 10)
        >>> share.share, share.low, round(share.high, 3)
        (0.0, 0.0, 0.308)
        """
        if n == 0:
            return cls(hits=hits, n=n, share=None, low=None, high=None)
        low, high = exact_interval(hits, n)
        return cls(hits=hits, n=n, share=hits / n, low=low, high=high)


@lru_cache(maxsize=4096)
def exact_interval(hits: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """The exact interval of a binomial share: outside it, so many hits or more extreme ones are too unlikely.

    >>> [round(end, 4) for end in exact_interval(7, 10)]
    [0.3475, 0.9333]
    """
    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else _where(hits, n - hits + 1, tail)
    high = 1.0 if hits == n else _where(hits + 1, n - hits, 1 - tail)
    return low, high


def in_bins(values: Iterable[float], width: float) -> dict[float, int]:
    """How many values lie in each bin, by its lower end; bins without values are not there.

    >>> in_bins([12.0, 14.9, 30.0], width=10.0)
    {10.0: 2, 30.0: 1}
    """
    counts = Counter(floor(value / width + 1e-9) for value in values)  # 0.3 is not below 3 x 0.1
    return {round(place * width, 6): counts[place] for place in sorted(counts)}


def middle(counts: Mapping[float, int]) -> float | None:
    """The median of values that are counted; None where there are none.

    >>> middle({10.0: 3, 20.0: 1})
    10.0
    """
    total, passed = sum(counts.values()), 0
    for value in sorted(counts):
        passed += counts[value]
        if 2 * passed >= total:
            return value
    return None


def _where(a: int, b: int, wanted: float) -> float:
    """Where the regularised incomplete beta function has a value, by halving."""
    low, high = 0.0, 1.0
    for _ in range(60):
        centre = (low + high) / 2
        low, high = (centre, high) if _beta(a, b, centre) < wanted else (low, centre)
    return (low + high) / 2


def _beta(a: int, b: int, x: float) -> float:
    """The regularised incomplete beta function, by its continued fraction where that converges fast."""
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(b, a, 1 - x)
    if x <= 0:
        return 0.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        before = fraction
        for step in (even, odd):
            d = 1 / _not_zero(1 + step * d)
            c = _not_zero(1 + step / c)
            fraction *= d * c
        if abs(fraction / before - 1) < 1e-15:
            break
    return front * fraction


def _not_zero(value: float) -> float:
    return value if abs(value) > 1e-300 else 1e-300
