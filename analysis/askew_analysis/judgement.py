"""What may be concluded from an interval and its p, and what it would take to conclude more: one rule for all parts.

A difference is resolved where its interval leaves out 0 and its p, corrected by Holm for all that are tested together,
is below 1 minus the level. Whatever is not resolved stays open: a wide interval is no evidence of no difference.
"""

import math
from typing import Literal

from scipy.special import ndtri, stdtrit

Verdict = Literal["above", "below", "alone", "open", "undefined"]
Outcome = Literal["resolved", "equivalent", "alone", "open", "undefined"]
DECIDED = frozenset({"above", "below"})  # the verdicts that say where a difference lies
MANY = 1_000_000  # observers or pictures that nobody has


def verdict(low: float, high: float, p: float, alpha: float) -> Verdict:
    """Whether a difference is above 0, below, one or the other only by itself and not after correction, or open.

    >>> verdict(0.1, 0.3, 0.01, 0.05), verdict(0.1, 0.3, 0.2, 0.05), verdict(-0.1, 0.3, 0.2, 0.05)
    ('above', 'alone', 'open')
    """
    if not all(map(math.isfinite, (low, high, p))):
        return "undefined"
    if low <= 0 <= high:
        return "open"
    if p >= alpha:
        return "alone"
    return "above" if low > 0 else "below"


def outcome(where: Verdict, p_equivalence: float, alpha: float) -> Outcome:
    """What became of a comparison; one that is resolved may be equivalent as well, and counts as resolved.

    >>> outcome("above", 0.01, 0.05), outcome("open", 0.01, 0.05), outcome("open", 0.2, 0.05)
    ('resolved', 'equivalent', 'open')
    """
    if where in DECIDED:
        return "resolved"
    if where == "undefined":
        return "undefined"
    if p_equivalence < alpha:
        return "equivalent"
    return "alone" if where == "alone" else "open"


def too_near(p: float, alpha: float, resamples: int) -> bool:
    """Whether a p from resamples is so near the limit that another seed may put it on the other side.

    >>> too_near(0.041, 0.05, 1_000), too_near(0.041, 0.05, 10_000)
    (True, False)
    """
    side = p / 2
    return abs(p - alpha) < 2 * 2 * math.sqrt(side * (1 - side) / resamples)


def times_as_many(half: float, target: float) -> float:
    """How many times as many it takes for an interval of +-`target` instead of +-`half`: its width falls with the root.

    >>> times_as_many(0.2, 0.1)
    4.0
    """
    return (half / target) ** 2


def observers_for(target: float, half: float, n_a: int, n_b: int, level: float, *, paired: bool) -> tuple[int, int]:
    """How many observers on each side it takes for an interval of +-`target`, if they differ as the present ones do.

    Few observers profit twice: the standard error falls with their root, and t comes near z.

    >>> observers_for(0.05, 0.1, 12, 12, 0.95, paired=True), observers_for(0.05, 0.1, 12, 12, 0.95, paired=False)
    ((41, 41), (45, 45))
    """
    tail = (1 + level) / 2

    def half_of(times: float) -> float:
        freedom = n_a * times - 1 if paired else (n_a + n_b) * times - 2
        return float(stdtrit(freedom, tail) / math.sqrt(times)) if freedom > 0 else math.inf

    unit = half / half_of(1)  # of the standard error
    times = max(2 / min(n_a, n_b), (unit * float(ndtri(tail)) / target) ** 2)
    while unit * half_of(times) > target * (1 + 1e-9):
        times = max(times * 1.005, times + 0.25 / max(n_a, n_b))
    one, other = (min(MANY, math.ceil(n * times - 1e-9)) for n in (n_a, n_b))
    return one, other
