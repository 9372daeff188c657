"""What accuracies leave for error consistency."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from askew_analysis.ceilings import ceilings
from askew_analysis.consistencies import consistency
from askew_analysis.kappa import kappa_bounds
from tests.analysis.conftest import answers

PERFECT, HALF, MOST = [1, 1, 1, 1], [1, 1, 0, 0], [1, 1, 1, 0]


def grouped(*rows: Sequence[float], groups: list[str]) -> pd.DataFrame:
    df = answers(rows)
    names = dict(zip([f"o{i}" for i in range(len(rows))], groups, strict=True))
    return df.assign(group=df["observer"].map(names))


def test_the_highest_possible_mean_is_that_of_the_bounds_of_each_pair() -> None:
    c = consistency(grouped(HALF, MOST, HALF, groups=["a", "a", "b"]), resamples=1)
    found = ceilings(c, [("a", "a"), ("a", "b")])
    top = kappa_bounds(0.5, 0.75)[1]
    assert found["a", "a"].kappa_max == pytest.approx(top)
    assert found["a", "b"].kappa_max == pytest.approx((1 + top) / 2)
    assert (found["a", "b"].pairs, found["a", "b"].pictures) == (2, 4)


def test_a_pair_of_which_one_makes_no_errors_can_only_be_zero_and_one_of_which_both_make_none_is_undefined() -> None:
    c = consistency(grouped(PERFECT, PERFECT, HALF, groups=["a", "a", "b"]), resamples=1)
    found = ceilings(c, [("a", "a"), ("a", "b"), ("b", "b")])
    assert (found["a", "a"].pairs, found["a", "a"].defined, found["a", "a"].forced) == (1, 0, 0)
    assert (found["a", "b"].pairs, found["a", "b"].defined, found["a", "b"].forced) == (2, 2, 2)
    assert found["a", "b"].kappa_max == 0
    assert found["a", "a"].mute
    assert found["a", "b"].mute
    assert (found["b", "b"].pairs, found["b", "b"].mute) == (0, False)
    assert math.isnan(found["b", "b"].pictures)


def test_the_ceiling_is_of_the_same_pairs_as_the_mean_kappa_or_there_is_none() -> None:
    df = grouped(HALF, MOST, [1, np.nan, 0, 0], groups=["a", "a", "b"])
    blocks = [("a", "a"), ("a", "b")]
    within, between = ceilings(consistency(df, resamples=1, missing="own-code"), blocks).values()
    assert within.kappa_max == pytest.approx(kappa_bounds(0.5, 0.75)[1])
    assert between.defined == 2
    assert math.isnan(between.kappa_max)
    df = pd.concat([df, grouped(HALF, HALF, groups=["b", "b"]).replace({"o0": "o3", "o1": "o4"})])
    between = ceilings(consistency(df, resamples=1, missing="own-code"), blocks)["a", "b"]
    assert (between.defined, between.pairs) == (6, 6)
    assert math.isnan(between.kappa_max)


def test_pairs_that_share_no_picture_are_counted_apart_and_do_not_make_a_group_mute() -> None:
    nan = np.nan
    rows = [[1, 0, nan, nan], [0, 1, nan, nan], [nan, nan, 1, 0]]
    found = ceilings(consistency(grouped(*rows, groups=["a"] * 3), resamples=1), [("a", "a")])["a", "a"]
    assert (found.pairs, found.apart, found.defined, found.mute) == (3, 2, 1, False)


def test_a_person_is_no_pair_with_himself() -> None:
    once = answers([HALF, MOST], names=["ann", "bob"], group="first")
    again = answers([MOST], names=["ann"], group="again")
    df = pd.concat([once, again]).assign(label=lambda each: each["observer"] + each["group"])
    found = ceilings(consistency(df, by="label", resamples=1), [("first", "again")])
    assert found["first", "again"].pairs == 1
