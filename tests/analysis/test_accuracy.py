"""Accuracy of observers and groups."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from askew.errors import BadInput
from askew_analysis.accuracies import accuracy, observer_accuracy, proportion_interval


def table(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """Rows of observer, condition, correct."""
    df = pd.DataFrame(rows, columns=["observer", "condition", "correct"])
    return df.assign(group="g", stimulus=[str(i) for i in range(len(df))])


def cell(found: pd.DataFrame, condition: str) -> "pd.Series[float]":
    return found[found["condition"] == condition].iloc[0]


def test_observers_weigh_the_same_however_many_trials_they_have() -> None:
    found = cell(accuracy(table(*[("a", "c", 1.0)] * 9, ("b", "c", 0.0))), "c")
    assert (found["mean"], found["n_observers"], found["n_trials"]) == (0.5, 2, 10)


@pytest.mark.parametrize(("rule", "mean", "trials"), [("drop", 1.0, 2), ("wrong", 2 / 3, 3), ("own-code", 2 / 3, 3)])
def test_a_missing_answer_counts_by_the_declared_rule(rule: str, mean: float, trials: int) -> None:
    found = cell(accuracy(table(("a", "c", 1), ("a", "c", 1), ("a", "c", np.nan)), missing=rule), "c")
    assert (found["mean"], found["n_trials"]) == (pytest.approx(mean), trials)


@pytest.mark.parametrize("rule", ["drop", "wrong", "own-code"])
def test_trials_without_an_answer_are_counted_whatever_the_rule(rule: str) -> None:
    silent = ("b", "rotated-1", np.nan)
    df = table(("a", "rotated-1", 1), ("a", "rotated-2", 0), ("a", "rotated-2", np.nan), silent, ("b", "rotated-2", 1))
    found = accuracy(df, missing=rule)
    shown = {row.condition: row.n_trials + (rule == "drop") * row.n_unanswered for row in found.itertuples()}
    # By drop, b has no accuracy in rotated, so that b's silence is no part of that cell.
    both = {"rotated": 1 if rule == "drop" else 2, "rotated-1": 1, "rotated-2": 1}
    assert found.set_index("condition")["n_unanswered"].to_dict() == both
    assert (shown["rotated-1"], shown["rotated-2"]) == (2, 3)
    assert accuracy(df, by="observer", missing=rule)["n_unanswered"].tolist() == [1, 1]
    assert accuracy(df, by=(), missing=rule)["n_unanswered"].tolist() == [2]


@pytest.mark.parametrize("rule", ["drop", "wrong", "own-code"])
def test_who_is_not_in_a_combined_condition_does_not_add_to_its_missing_answers(rule: str) -> None:
    df = table(("a", "rotated-1", 1), ("a", "rotated-2", 0), *[("b", "rotated-1", np.nan)] * 5)
    row = cell(accuracy(df, missing=rule), "rotated")
    assert (row["n_observers"], row["n_trials"], row["n_unanswered"]) == (1, 2, 0)
    assert cell(accuracy(df, missing=rule), "rotated-1")["n_unanswered"] == 5


def test_a_combined_condition_is_the_unweighted_mean_of_its_parts() -> None:
    df = table(*[("a", "rotated-1", 1.0)] * 3, ("a", "rotated-2", 0.0), ("a", "upright", 1.0))
    assert cell(accuracy(df), "rotated")["mean"] == 0.5
    assert cell(accuracy(df, combine={"all": ["upright", "rotated-2"]}), "all")["mean"] == 0.5
    assert "rotated" not in accuracy(df, combine={})["condition"].tolist()


def test_an_observer_without_one_of_the_parts_has_no_combined_accuracy() -> None:
    df = table(("a", "rotated-1", 1), ("a", "rotated-2", 1), ("b", "rotated-1", 0))
    found = cell(accuracy(df), "rotated")
    assert (found["mean"], found["n_observers"]) == (1, 1)


def test_intervals_stay_between_0_and_1_and_have_a_width_at_the_ceiling() -> None:
    for right in (0.0, 1.0):
        found = cell(accuracy(table(*[(name, "c", right) for name in "abc" for _ in range(20)])), "c")
        assert 0 <= found["ci_low"] < found["ci_high"] <= 1
        assert found["mean"] in {found["ci_low"], found["ci_high"]}
    low, high = proportion_interval(np.array([0.9, 1.0, 1.0]), 60)
    assert 0.5 < low < 0.967 < high <= 1


def test_the_spread_of_observers_widens_the_interval_and_one_has_none() -> None:
    alike, apart = (proportion_interval(np.array(values), 300) for values in ([0.6, 0.6, 0.6], [0.3, 0.6, 0.9]))
    assert apart[1] - apart[0] > 2 * (alike[1] - alike[0])
    one = accuracy(table(*[("a", "c", float(i % 2)) for i in range(40)])).iloc[0]
    assert one["method"].startswith("trials of one observer")
    assert one["ci_low"] == pytest.approx(0.338, abs=0.001)  # Clopper & Pearson's limits for 20 of 40
    assert one["ci_high"] == pytest.approx(0.662, abs=0.001)


def test_intervals_cover_where_those_of_t_do_not() -> None:
    rng = np.random.default_rng(0)
    truth, observers, trials = 0.98, 12, 17
    hits = 0
    for _ in range(400):
        values = rng.binomial(trials, rng.beta(truth * 100, (1 - truth) * 100, observers)) / trials
        low, high = proportion_interval(values, observers * trials)
        hits += low <= truth <= high
    assert hits / 400 >= 0.93


def test_rows_in_another_order_and_other_names_change_nothing() -> None:
    df = table(("a", "c", 1), ("b", "c", 0), ("a", "d", 0), ("b", "d", 1), ("a", "d", 1))
    pd.testing.assert_frame_equal(accuracy(df), accuracy(df[::-1]))
    renamed = accuracy(df.assign(observer=df["observer"].map({"a": "z", "b": "y"})))
    pd.testing.assert_frame_equal(accuracy(df), renamed)


def test_other_columns_can_make_the_cells() -> None:
    df = table(("a", "c", 1), ("a", "d", 0)).assign(truth=["mug", "cup"])
    assert accuracy(df, by="truth")[["truth", "mean"]].to_numpy().tolist() == [["cup", 0.0], ["mug", 1.0]]
    assert observer_accuracy(df, by=())["accuracy"].tolist() == [0.5]


def test_wrong_tables_are_described() -> None:
    df = table(("a", "c", 1))
    with pytest.raises(BadInput, match=r"no column 'exposure' in the table; it has: observer"):
        accuracy(df, by="exposure")
    with pytest.raises(BadInput, match=r"correct: 3\.0 is given"):
        accuracy(df.assign(correct=3.0))
    with pytest.raises(BadInput, match="missing='mean' is given; allowed: drop, wrong, own-code"):
        accuracy(df, missing="mean")
    with pytest.raises(BadInput, match="there are no trials in the table"):
        accuracy(df[:0])


def test_the_published_accuracies_come_out(published: Path, poses: pd.DataFrame) -> None:
    figures = json.loads((published / "unusual_poses" / "figures.json").read_text())["accuracy"]
    found = accuracy(poses).set_index(["group", "condition"])["mean"]
    for group, conditions in figures.items():
        for name, values in conditions.items():
            condition = name.replace("_combined", "").replace("_", "-")
            assert 100 * found[group, condition] == pytest.approx(values["mean"], abs=5e-5)


@pytest.mark.parametrize(
    ("combine", "says"),
    [
        ({"c": ["d"]}, "combine 'c': is the name of a condition already; take another"),
        ({"all": ["c", "dd"]}, "combine 'all': no condition 'dd' in the trials (did you mean d?); there are: c, d"),
        ({"all": "c"}, "combine 'all': is made of 'c'; give a list of conditions"),
    ],
)
def test_a_combination_that_cannot_be_made_is_refused(combine: dict[str, list[str]], says: str) -> None:
    with pytest.raises(BadInput) as error:
        accuracy(table(("a", "c", 1), ("a", "d", 0)), combine=combine)
    assert says in str(error.value)


def test_observers_can_be_cells_and_cells_can_be_one() -> None:
    df = table(("a", "c", 1), ("b", "c", 0))
    assert accuracy(df, by=("group", "observer"))["mean"].tolist() == [1, 0]
    assert accuracy(df, by=())[["n_observers", "mean"]].to_numpy().tolist() == [[2, 0.5]]


def test_a_cell_without_answers_stays_and_says_so() -> None:
    found = accuracy(table(("a", "c", np.nan), ("a", "d", 1)))
    row = cell(found, "c")
    assert (row["n_observers"], row["n_trials"], row["n_unanswered"]) == (0, 0, 1)
    assert row["method"] == "nobody answered"
    assert np.isnan([row["mean"], row["ci_low"], row["ci_high"]]).all()


def test_levels_and_labels_are_checked() -> None:
    df = table(("a", "c", 1), ("b", "c", 0))
    with pytest.raises(BadInput, match="level=95 is given; it has to be between 0 and 1"):
        accuracy(df, level=95)
    with pytest.raises(BadInput, match="observer: is missing in 1 row"):
        accuracy(df.assign(observer=["a", None]))
    assert accuracy(df.assign(condition=[90.0, 90.0]))["condition"].tolist() == ["90"]
