"""t tests of accuracy, and what belongs beside them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from askew.declared import Contrast
from askew.errors import BadInput
from askew.study import Study
from askew_analysis.accuracies import observer_accuracy
from askew_analysis.differences import t_tests

TRIALS = 20


def table(**groups: dict[str, float]) -> pd.DataFrame:
    """Observers of each group with so many right of 20."""
    rows = [
        (group, observer, "c", str(i), float(i < round(share * TRIALS)))
        for group, observers in groups.items()
        for observer, share in observers.items()
        for i in range(TRIALS)
    ]
    return pd.DataFrame(rows, columns=["group", "observer", "condition", "stimulus", "correct"])


ONE, OTHER = {"a": 0.5, "b": 0.7, "c": 0.9}, {"d": 0.4, "e": 0.45, "f": 0.6}


def test_different_observers_are_compared_unpaired() -> None:
    row = t_tests(table(one=ONE, other=OTHER)).iloc[0]
    expected = stats.ttest_ind([*ONE.values()], [*OTHER.values()])
    assert row["test"] == "unpaired t"
    assert (row["statistic"], row["df"], row["p"]) == pytest.approx((expected.statistic, 4, expected.pvalue))
    assert row["effect"] == pytest.approx(0.7 - 29 / 60)
    assert row["ci_low"] < row["effect"] < row["ci_high"]
    assert row["p_welch"] > row["p"]


def test_the_same_observers_are_compared_paired() -> None:
    row = t_tests(table(one=ONE, other={"a": 0.4, "b": 0.5, "c": 0.85})).iloc[0]
    expected = stats.ttest_rel([0.5, 0.7, 0.9], [0.4, 0.5, 0.85])
    assert row["test"] == "paired t"
    assert (row["statistic"], row["df"]) == pytest.approx((expected.statistic, 2))
    assert np.isnan(row["p_welch"])


def test_partly_the_same_observers_have_no_t_test_and_the_row_says_so() -> None:
    row = t_tests(table(one=ONE, other={"a": 0.4, "x": 0.5})).iloc[0]
    assert np.isnan(row["p"])
    assert row["note"] == "1 of the observers are on both sides, so neither t test applies"


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"x": 0.5}, "one observer has no spread; a t test needs two on each side"),
        ({"a": 0.4, "b": 0.6, "c": 0.8}, "all differences are equal, so there is no spread to test against"),
    ],
)
def test_what_has_no_spread_is_marked(other: dict[str, float], says: str) -> None:
    row = t_tests(table(one=ONE, other=other)).iloc[0]
    assert np.isnan(row["p"])
    assert np.isnan(row["p_holm"])
    assert row["note"] == says


def test_perfect_groups_are_marked() -> None:
    row = t_tests(table(one={"a": 1, "b": 1}, other={"c": 1, "d": 1})).iloc[0]
    assert row["note"] == "all observers of each side have equal accuracies, so there is no spread to test against"


def test_a_perfect_group_is_compared_with_one_that_is_not() -> None:
    row = t_tests(table(one={"a": 1, "b": 1, "c": 1}, other=OTHER)).iloc[0]
    assert row["p"] < 0.01
    assert row["note"] == ""


def test_holm_corrects_over_all_rows() -> None:
    found = t_tests(table(one=ONE, two=OTHER, three={"g": 0.9, "h": 0.95, "i": 1.0}))
    ordered = found.sort_values("p")
    assert ordered["p_holm"].iloc[0] == pytest.approx(3 * ordered["p"].iloc[0])
    assert (found["p_holm"] >= found["p"]).all()


def test_equivalence_is_found_where_groups_are_alike_and_bounds_wide() -> None:
    alike = table(one={"a": 0.8, "b": 0.85, "c": 0.8}, other={"d": 0.8, "e": 0.8, "f": 0.85})
    assert t_tests(alike, bound=0.2).iloc[0]["p_equivalence"] < 0.05
    assert t_tests(alike, bound=0.01).iloc[0]["p_equivalence"] > 0.05


def test_each_comparison_has_a_verdict() -> None:
    good, poor = {"a": 0.95, "b": 1.0, "c": 0.95, "d": 1.0}, {"e": 0.2, "f": 0.25, "g": 0.2, "h": 0.25}
    groups = {
        "good": good,
        "as good": {f"{name}2": share for name, share in good.items()},
        "poor": poor,
        "less poor": {"i": 0.25, "j": 0.3, "k": 0.25, "l": 0.35},
        "one": {"m": 0.5},
        "wide": {"n": 0.2, "o": 0.4, "p": 0.5, "q": 0.9},
    }
    found = t_tests(table(**groups), bound=0.15)
    rows = {frozenset((row.a, row.b)): row for row in found.itertuples()}
    assert rows[frozenset(("good", "poor"))].verdict == "resolved"
    assert rows[frozenset(("good", "as good"))].verdict == "equivalent"
    assert rows[frozenset(("poor", "less poor"))].verdict == "open"
    assert rows[frozenset(("good", "one"))].verdict == "undefined"
    alone = rows[frozenset(("good", "wide"))]
    assert (alone.verdict, alone.p < 0.05 <= alone.p_holm) == ("alone", True)
    tested = found.dropna(subset="p_equivalence")
    assert (tested["p_equivalence_holm"] >= tested["p_equivalence"]).all()


def test_only_planned_comparisons_are_made() -> None:
    df = table(one=ONE, other=OTHER)
    assert len(t_tests(df, [Contrast(a="one", b="other", condition="c")])) == 1
    assert t_tests(df, []).empty


@pytest.mark.parametrize(
    ("contrast", "says"),
    [
        (Contrast(a="on", b="other", condition="c"), "no group 'on' in the trials (did you mean one?)"),
        (Contrast(a="one", b="other", condition="e"), "no condition 'e' in the trials; there are: c"),
        (Contrast(a="c", b="d", group="one"), "contrast 'c' against 'd': no condition 'd' in the trials"),
    ],
)
def test_a_contrast_of_what_is_not_there_is_refused(contrast: Contrast, says: str) -> None:
    with pytest.raises(BadInput) as error:
        t_tests(table(one=ONE, other=OTHER), [contrast])
    assert says in str(error.value)


def test_only_cells_that_are_there_are_compared_unasked() -> None:
    df = pd.concat([table(one=ONE, other=OTHER), table(one=ONE).assign(condition="d")])
    assert t_tests(df)[["a", "b"]].to_numpy().tolist() == [["one", "other"], ["c", "d"]]
    row = t_tests(df, [Contrast(a="one", b="other", condition="d")]).iloc[0]
    assert np.isnan(row["p"])
    assert row["note"] == "other has no answers in the condition d"


def test_a_paired_effect_is_in_units_of_the_differences() -> None:
    row = t_tests(table(one=ONE, other={"a": 0.4, "b": 0.5, "c": 0.85})).iloc[0]
    differences = np.array([0.1, 0.2, 0.05])
    assert row["hedges_g"] == pytest.approx((1 - 3 / 7) * differences.mean() / differences.std(ddof=1))


def test_options_are_checked() -> None:
    df = table(one=ONE, other=OTHER)
    with pytest.raises(BadInput, match="bound=5 is given; it has to be a difference of proportions, between 0 and 1"):
        t_tests(df, bound=5)
    with pytest.raises(BadInput, match="level=95 is given"):
        t_tests(df, level=95)
    with pytest.raises(BadInput, match=r"\('one', 'other'\) is given; a contrast is Contrast\(a="):
        t_tests(df, [("one", "other")])  # type: ignore[list-item]


def test_the_published_tests_come_out(published: Path, poses: pd.DataFrame, study: Study) -> None:
    figure = json.loads((published / "unusual_poses" / "figures.json").read_text())["ttest_unlimited_vs_40ms_rotated"]
    found = t_tests(poses, study.contrasts)
    first = found.iloc[0]
    assert (first["a"], first["b"], first["condition"]) == ("unlimited", "40ms", "rotated")
    assert (first["statistic"], first["df"], first["p"]) == pytest.approx((figure["t"], figure["df"], figure["p"]))
    # The script pairs what the same people (or networks) did.
    assert found["test"].tolist() == [*["unpaired t"] * 2, "paired t", *["unpaired t"] * 3, *["paired t"] * 8]
    # Nothing that was significant before Holm's correction is lost by it, and nothing is gained.
    assert ((found["p"] < 0.05) == (found["p_holm"] < 0.05)).all()
    assert int((found["p"] < 0.05).sum()) == 10


def test_the_published_tests_of_two_halves_come_out(poses: pd.DataFrame) -> None:
    """The script's last two: two halves of the 40 ms group, upright and rotated, unpaired."""
    first_half = [f"subj_{i}" for i in (2, 3, 4, 5, 7, 10)]
    each = observer_accuracy(poses)
    halves = poses[poses["group"] == "40ms"].copy()
    halves["group"] = np.where(halves["observer"].isin(first_half), "first", "second")
    for condition in ("upright", "rotated"):
        values = each[(each["group"] == "40ms") & (each["condition"] == condition)]
        inside = values["observer"].isin(first_half)
        expected = stats.ttest_ind(values.loc[inside, "accuracy"], values.loc[~inside, "accuracy"])
        row = t_tests(halves, [Contrast(a="first", b="second", condition=condition)]).iloc[0]
        assert (row["statistic"], row["df"], row["p"]) == pytest.approx((expected.statistic, 10, expected.pvalue))


def test_the_two_unlimited_sets_differ_when_rotated(poses: pd.DataFrame) -> None:
    """The data's own description says that they do not."""
    a, b = "unlimited", "unlimited-alone-first"
    rotated, upright = (t_tests(poses, [Contrast(a=a, b=b, condition=name)]).iloc[0] for name in ("rotated", "upright"))
    assert (rotated["statistic"], rotated["df"]) == pytest.approx((3.675, 22), abs=5e-4)
    assert rotated["p"] == pytest.approx(0.0013, abs=5e-5)
    assert upright["p"] == pytest.approx(0.14, abs=5e-3)
