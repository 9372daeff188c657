"""What may be concluded from an interval and its p, and what it would take to conclude more."""

import math

import pytest
from scipy import stats

from askew_analysis.judgement import observers_for, outcome, times_as_many, too_near, verdict


@pytest.mark.parametrize(
    ("low", "high", "p", "expected"),
    [
        (0.1, 0.3, 0.01, "above"),
        (-0.3, -0.1, 0.01, "below"),
        (0.1, 0.3, 0.05, "alone"),
        (-0.3, -0.1, 0.9, "alone"),
        (-0.1, 0.3, 0.001, "open"),
        (0.0, 0.3, 0.001, "open"),
        (math.nan, 0.3, 0.001, "undefined"),
        (0.1, 0.3, math.nan, "undefined"),
    ],
)
def test_a_difference_is_resolved_only_by_its_interval_and_its_corrected_p_together(
    low: float, high: float, p: float, expected: str
) -> None:
    assert verdict(low, high, p, 0.05) == expected


@pytest.mark.parametrize(
    ("low", "high", "p", "p_equivalence", "expected"),
    [
        (0.01, 0.2, 0.01, 0.9, "resolved"),
        (-0.03, -0.01, 0.01, 0.01, "resolved"),
        (-0.03, 0.01, 0.3, 0.01, "equivalent"),
        (0.01, 0.03, 0.3, 0.01, "equivalent"),
        (0.01, 0.2, 0.3, 0.9, "alone"),
        (-0.1, 0.2, 0.3, 0.9, "open"),
        (-0.1, 0.2, 0.3, math.nan, "open"),
        (math.nan, math.nan, math.nan, math.nan, "undefined"),
    ],
)
def test_each_comparison_has_one_outcome(
    low: float, high: float, p: float, p_equivalence: float, expected: str
) -> None:
    assert outcome(verdict(low, high, p, 0.05), p_equivalence, 0.05) == expected


def test_a_p_from_few_resamples_cannot_be_called_near_the_limit() -> None:
    assert too_near(0.06, 0.05, 1_000)
    assert not too_near(0.06, 0.05, 100_000)
    assert not too_near(0.5, 0.05, 100)


def test_four_times_as_many_pictures_halve_an_interval() -> None:
    assert times_as_many(0.2, 0.1) == pytest.approx(4)
    assert times_as_many(0.1, 0.1) == 1


@pytest.mark.parametrize("paired", [True, False])
def test_so_many_observers_give_the_interval_and_one_fewer_does_not(*, paired: bool) -> None:
    def half(n: int) -> float:
        freedom = n - 1 if paired else 2 * n - 2
        return float(stats.t.ppf(0.975, freedom) * 0.1 * math.sqrt((1 if paired else 2) / n))

    n, other = observers_for(0.03, half(5), 5, 5, 0.95, paired=paired)
    assert n == other
    assert half(n) <= 0.03 < half(n - 1)


def test_unequal_groups_grow_alike() -> None:
    one, other = observers_for(0.05, 0.137, 6, 2, 0.95, paired=False)
    assert (one, other) == (31, 11)
