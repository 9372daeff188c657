"""What stands beside a t test is what pingouin computes."""

import math

import numpy as np
import pingouin
import pytest
from scipy import stats

from askew_analysis.effects import bayes_factor, g_interval, hedges_g, holm, p_equivalence

SIDES = [(12, 12, 0.1), (5, 12, 0.3), (2, 7, 0.0), (24, 24, 1.5)]


def sides(n_x: int, n_y: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([n_x, n_y])
    return rng.normal(0.8 + shift, 0.1, n_x), rng.normal(0.8, 0.15, n_y)


@pytest.mark.parametrize(("n_x", "n_y", "shift"), SIDES)
def test_unpaired_effects_are_those_of_pingouin(n_x: int, n_y: int, shift: float) -> None:
    x, y = sides(n_x, n_y, shift)
    g = hedges_g(x, y, paired=False)
    assert g == pytest.approx(pingouin.compute_effsize(x, y, eftype="hedges"))
    theirs = pingouin.compute_esci(stat=g, nx=n_x, ny=n_y, eftype="hedges", confidence=0.9, decimals=12)
    assert g_interval(g, n_x, n_y, paired=False, level=0.9) == pytest.approx(tuple(theirs))
    t = float(stats.ttest_ind(x, y).statistic)
    assert bayes_factor(t, n_x, n_y, paired=False) == pytest.approx(pingouin.bayesfactor_ttest(t, n_x, n_y))
    equal = pingouin.tost(x, y, bound=0.05)["pval"].iloc[0]
    assert p_equivalence(x, y, 0.05, paired=False) == pytest.approx(equal)


@pytest.mark.parametrize("shift", [0.0, 0.02, -0.04, 0.3])
def test_paired_effects_are_those_of_pingouin(shift: float) -> None:
    x, y = sides(12, 12, shift)
    g = hedges_g(x, y, paired=True)
    theirs = pingouin.compute_esci(stat=g, nx=12, ny=12, paired=True, eftype="hedges", confidence=0.95, decimals=12)
    assert g_interval(g, 12, 12, paired=True, level=0.95) == pytest.approx(tuple(theirs))
    t = float(stats.ttest_rel(x, y).statistic)
    assert bayes_factor(t, 12, 12, paired=True) == pytest.approx(pingouin.bayesfactor_ttest(t, 12, 12, paired=True))
    equal = pingouin.tost(x, y, bound=0.05, paired=True)["pval"].iloc[0]
    assert p_equivalence(x, y, 0.05, paired=True) == pytest.approx(equal)


def test_a_difference_beyond_all_bounds_has_an_infinite_bayes_factor() -> None:
    assert bayes_factor(1e300, 24, 24, paired=True) == math.inf


def test_holms_correction_is_that_of_pingouin() -> None:
    ps = np.random.default_rng(3).random(30) ** 3
    assert holm(ps.tolist()) == pytest.approx(pingouin.multicomp(ps, method="holm")[1])


def test_a_missing_p_is_not_tested_and_makes_nothing_harder() -> None:
    assert holm([0.01, math.nan, 0.02])[[0, 2]] == pytest.approx([0.02, 0.02])
    assert math.isnan(holm([0.01, math.nan])[1])
    assert len(holm([])) == 0
