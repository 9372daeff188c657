"""The table of networks: one row for each."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from askew_analysis.accuracies import proportion_interval
from askew_analysis.comparison import Plan, compare
from askew_analysis.consistencies import consistency
from askew_analysis.network_table import difference, network_table, rotated_name
from tests.analysis.conftest import answers

CONDITIONS = ("upright", "rotated-a", "rotated-b")
COMBINE = {"rotated": ("rotated-a", "rotated-b")}


def network(name: str, group: str, right: dict[str, int], n: int = 20) -> pd.DataFrame:
    """A network that has so many of 20 pictures right in each condition; the first ones."""
    parts = [
        pd.DataFrame(
            {
                "observer": name,
                "kind": "model",
                "group": group,
                "stimulus": [f"{condition}-{i}" for i in range(n)],
                "condition": condition,
                "correct": [float(i < right[condition]) for i in range(n)],
            }
        )
        for condition in CONDITIONS
    ]
    return pd.concat(parts, ignore_index=True)


def test_accuracies_are_over_pictures_and_the_fall_lies_between_them() -> None:
    df = network("net", "nets", {"upright": 20, "rotated-a": 12, "rotated-b": 8})
    (row,) = network_table(df, combine=COMBINE).to_dict("records")
    assert (row["group"], row["network"], row["n_trials"], row["n_unanswered"]) == ("nets", "net", 60, 0)
    assert (row["accuracy_upright"], row["accuracy_rotated"], row["accuracy_rotated-a"]) == (1, 0.5, 0.6)
    exact = binomtest(12, 20).proportion_ci(method="exact")
    assert row["accuracy_rotated-a_low"] == pytest.approx(exact.low)
    assert row["accuracy_rotated-a_high"] == pytest.approx(exact.high)
    assert row["fall"] == pytest.approx(0.5)
    assert 0 < row["fall_low"] < 0.5 < row["fall_high"] < 1


def test_the_intervals_of_falls_cover() -> None:
    rng = np.random.default_rng(3)
    n, upright, rotated, hits = 50, 0.95, 0.7, 0
    for _ in range(400):
        sides = []
        for share in (upright, rotated):
            found = rng.binomial(n, share) / n
            sides.append((found, *proportion_interval(np.array([found]), n)))
        _, low, high = difference(*sides)
        hits += low <= upright - rotated <= high
    assert hits / 400 >= 0.94


def test_answers_that_are_lacking_are_counted_by_the_rule() -> None:
    df = network("net", "nets", {"upright": 20, "rotated-a": 10, "rotated-b": 10})
    df.loc[[0, 1], "correct"] = np.nan
    dropped, wrong = (network_table(df, missing=rule).iloc[0] for rule in ("drop", "wrong"))
    assert (dropped["n_trials"], dropped["n_unanswered"], dropped["accuracy_upright"]) == (60, 2, 1)
    assert (wrong["n_unanswered"], wrong["accuracy_upright"]) == (2, 0.9)
    silent = network("mute", "nets", {"upright": 0, "rotated-a": 0, "rotated-b": 0}).assign(correct=np.nan)
    row = network_table(pd.concat([df, silent]), combine=COMBINE).iloc[0]
    assert (row["network"], row["n_unanswered"]) == ("mute", 60)
    assert math.isnan(row["accuracy_upright"])
    assert math.isnan(row["fall"])


def test_margins_are_means_over_the_pictures_of_a_condition() -> None:
    df = network("net", "nets", {"upright": 20, "rotated-a": 10, "rotated-b": 10})
    df["margin"] = df["condition"].map({"upright": 3.0, "rotated-a": 2.0, "rotated-b": 1.0})
    df.loc[0, "margin"] = np.nan
    row = network_table(df, combine=COMBINE).iloc[0]
    assert [row[f"margin_{name}"] for name in ("upright", "rotated-a", "rotated-b", "rotated")] == [3, 2, 1, 1.5]
    assert "margin_upright" not in network_table(df.drop(columns="margin"))
    assert "margin_upright" not in network_table(df.assign(margin=None))


def test_kappas_are_those_of_the_consistency() -> None:
    rng = np.random.default_rng(0)
    right = (rng.random((4, 60)) < [[0.5]] * 4).astype(float)
    right[1] = right[0]
    people = answers(right[:2], ["p1", "p2"], kind="human", group="people", condition="rotated")
    nets = answers(right[2:], ["n1", "people"], kind="model", group="nets", condition="rotated")
    df = pd.concat([people, nets], ignore_index=True)
    agreement = consistency(df, resamples=500)
    table = network_table(df, agreement=agreement, people=["people", "nobody"]).set_index("network")
    mean = agreement.mean(["n1"], "people")
    assert table.loc["n1", "kappa_people"] == mean["mean"] == agreement.kappa.loc["n1", ["p1", "p2"]].mean()
    assert [*table.loc["n1", ["kappa_people_low", "kappa_people_high"]]] == [mean["ci_low"], mean["ci_high"]]
    assert math.isnan(table.loc["people", "kappa_people"])  # its name is a group's
    assert "kappa_nobody" not in table


def test_equal_viewing_times_go_to_their_network() -> None:
    df = network("net", "nets", {"upright": 20, "rotated-a": 10, "rotated-b": 10})
    row = {"condition": "rotated", "model": "net", "time_ms": 80.0, "ci_low": 50.0, "ci_high": np.inf, "never": 0.1}
    found = network_table(df, times=pd.DataFrame([row])).iloc[0]
    assert (found["equal_ms_rotated"], found["equal_ms_rotated_high"], found["never_rotated"]) == (80, np.inf, 0.1)
    assert "never_rotated" not in network_table(df, times=pd.DataFrame())


def test_a_network_in_two_groups_has_a_row_in_each_with_its_kappa() -> None:
    right = {"upright": 20, "rotated-a": 12, "rotated-b": 10}
    one, other = (network("net", group, right) for group in ("a", "b"))
    people = network("person", "people", {**right, "rotated-a": 10}).assign(kind="human")
    found = compare(pd.concat([one, other, people], ignore_index=True), Plan(resamples=200))
    assert found.networks[["group", "network"]].to_numpy().tolist() == [["a", "net"], ["b", "net"]]
    assert found.networks["kappa_people"].notna().all()
    assert found.tables["networks"] is found.networks


def test_without_networks_the_table_is_empty() -> None:
    assert network_table(network("p", "g", dict.fromkeys(CONDITIONS, 3)).assign(kind="human")).empty


def test_the_condition_of_rotated_pictures_is_known_or_there_is_none() -> None:
    assert rotated_name(["upright", "rotated-a", "rotated-b"]) is None
    assert rotated_name([*CONDITIONS, "rotated"]) == "rotated"
    assert all(math.isnan(each) for each in difference((math.nan,) * 3, (0.5, 0.4, 0.6)))
