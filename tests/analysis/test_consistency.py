"""Error consistency of all observers at once."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from askew.errors import BadInput
from askew.study import Study
from askew_analysis import resampling
from askew_analysis.consistencies import Consistency, consistency, quantiles, two_sided
from askew_analysis.kappa import error_consistency, kappa_interval
from askew_analysis.pooling import pool
from askew_analysis.responses import Responses
from askew_analysis.trial_table import frame
from tests.analysis.conftest import answers

B = 400


def some(observers: int = 5, pictures: int = 80, seed: int = 0, missing: float = 0.0) -> pd.DataFrame:
    """Observers who find the same pictures hard, in two groups."""
    rng = np.random.default_rng(seed)
    right = (rng.normal(size=pictures) + rng.normal(size=(observers, pictures)) < 0.8).astype(float)
    right[rng.random(right.shape) < missing] = np.nan
    df = answers(right)
    return df.assign(
        group=np.where(df["observer"].isin(["o0", "o1"]), "people", "networks"),
        condition=np.where(df["stimulus"].str[1:].astype(int) % 2, "odd", "even"),
    )


def of(c: Consistency) -> list[np.ndarray]:
    return [c.kappa.to_numpy(), *(each.to_numpy() for each in c.interval())]


def test_every_pair_has_the_kappa_of_its_two_sequences() -> None:
    df = some(missing=0.1)
    wide = df.pivot(index="observer", columns="stimulus", values="correct")
    found = consistency(df, resamples=B).kappa
    for a in found.index:
        for b in found.index:
            assert found.loc[a, b] == pytest.approx(error_consistency(wide.loc[a], wide.loc[b]), abs=1e-12)


def test_a_copy_is_consistent_as_far_as_it_copies() -> None:
    rng = np.random.default_rng(5)
    one = rng.random(4000) < 0.7
    rows = [np.where(rng.random(4000) < share, one, rng.random(4000) < 0.7) for share in (0, 0.4, 1)]
    c = consistency(answers([one, *rows]), resamples=B)
    low, high = c.interval()
    for name, truth in (("o1", 0), ("o2", 0.4), ("o3", 1)):
        assert c.kappa.loc["o0", name] == pytest.approx(truth, abs=0.04)
        assert low.loc["o0", name] <= c.kappa.loc["o0", name] <= high.loc["o0", name] + 0.01


def test_answers_are_aligned_by_picture_whatever_the_order_of_rows() -> None:
    df = some(missing=0.1)
    shuffled = df.sample(frac=1, random_state=3)
    for one, other in zip(of(consistency(df, resamples=B)), of(consistency(shuffled, resamples=B)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_other_names_of_pictures_change_nothing() -> None:
    df = some(missing=0.1)
    renamed = df.assign(stimulus=df["stimulus"].str[::-1] + "x")
    for one, other in zip(of(consistency(df, resamples=B)), of(consistency(renamed, resamples=B)), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_other_names_of_observers_change_no_estimate_and_intervals_by_chance_only() -> None:
    df = some(seed=2)
    names = {"o0": "z", "o1": "y", "o2": "x", "o3": "w", "o4": "v"}
    c, renamed = (
        consistency(df, resamples=20_000),
        consistency(df.assign(observer=df["observer"].map(names)), resamples=20_000),
    )
    back = [names[one] for one in c.observers]
    np.testing.assert_allclose(renamed.kappa.loc[back, back], c.kappa, atol=1e-12)
    for one, other in zip(c.interval(), renamed.interval(), strict=True):
        np.testing.assert_allclose(other.loc[back, back], one, atol=0.02)


def test_the_same_seed_gives_the_same_draws_whatever_the_threads() -> None:
    df = some()
    one, other = (consistency(df, seed=3, resamples=B, threads=n) for n in (1, 2))
    np.testing.assert_array_equal(one.draws, other.draws)
    assert not np.array_equal(one.draws, consistency(df, seed=4, resamples=B).draws)


@pytest.mark.parametrize("missing", ["drop", "own-code"])
@pytest.mark.parametrize("share", [0.0, 0.15])
def test_bit_planes_and_matrix_products_draw_from_one_distribution(missing: str, share: float) -> None:
    rng = np.random.default_rng(1)
    right = rng.normal(size=70) + rng.normal(size=(6, 70)) < 1
    gap = rng.random(right.shape) < share
    counted = ~gap if missing == "drop" else np.ones_like(gap)
    lacking = gap if missing == "own-code" else np.zeros_like(gap)
    each = Responses("", right & ~gap, counted, lacking)
    every = np.concatenate([each.right, each.counted, each.lacking])
    one = resampling._by_products(*resampling._distinct(every), np.random.default_rng(2), 20_000)
    other = resampling._by_bits(each, np.random.default_rng(3), 20_000, 2)
    for place in (0.025, 0.5, 0.975):
        np.testing.assert_allclose(np.quantile(one, place, axis=1), np.quantile(other, place, axis=1), atol=0.025)
    np.testing.assert_allclose(np.corrcoef(one), np.corrcoef(other), atol=0.05)


def test_a_pairs_draws_are_those_of_its_own_table() -> None:
    df = some(observers=2, pictures=60)
    c = consistency(df, resamples=40_000)
    wide = df.pivot(index="observer", columns="stimulus", values="correct")
    alone = kappa_interval(wide.loc["o0"], wide.loc["o1"], resamples=40_000)
    assert [each.loc["o0", "o1"] for each in c.interval()] == pytest.approx(alone, abs=0.015)


def test_imaginary_pictures_are_balanced_for_each_two_observers() -> None:
    rows = resampling.hadamard(12).astype(int)
    for i in range(12):
        for j in range(i):
            assert np.bincount(2 * rows[i] + rows[j]).tolist() == [4, 4, 4, 4]


def test_large_tables_take_the_fast_way_and_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    df = some(observers=7, pictures=130, missing=0.05)
    slow = consistency(df, resamples=4000)
    monkeypatch.setattr(resampling, "LARGE", 0)
    fast = consistency(df, resamples=4000)
    for one, other in zip(of(slow), of(fast), strict=True):
        np.testing.assert_allclose(one, other, atol=0.05)


# --- rules for missing answers


def test_the_three_rules_for_missing_answers() -> None:
    nan = np.nan
    df = answers([[1, 1, 0, 0, nan, 1], [1, 1, 0, 1, 0, nan]])
    drop, wrong, own = (consistency(df, missing=rule, resamples=B) for rule in ("drop", "wrong", "own-code"))
    assert (drop.n_shared.loc["o0", "o1"], wrong.n_shared.loc["o0", "o1"]) == (4, 6)
    assert drop.kappa.loc["o0", "o1"] == pytest.approx(0.5)
    assert wrong.kappa.loc["o0", "o1"] == pytest.approx(error_consistency([1, 1, 0, 0, 0, 1], [1, 1, 0, 1, 0, 0]))
    # Three of six codes are equal, and half of the answers of each are right.
    assert own.kappa.loc["o0", "o1"] == pytest.approx((3 / 6 - 1 / 2) / (1 - 1 / 2))
    assert [c.rule for c in (drop, wrong, own)] == ["drop", "wrong", "own-code"]


def test_two_missing_answers_are_one_code() -> None:
    df = answers([[1, 0, np.nan], [1, 0, np.nan]])
    assert consistency(df, missing="own-code", resamples=B).kappa.loc["o0", "o1"] == pytest.approx(1)


def test_a_rule_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput, match="missing='skip' is given; allowed: drop, wrong, own-code"):
        consistency(some(), missing="skip")


# --- what is undefined


def test_kappa_is_nan_with_a_reason_where_it_is_undefined() -> None:
    nan = np.nan
    df = answers([[1, 1, 1, nan], [1, 1, 1, nan], [0, 1, 0, nan], [nan, nan, nan, 1]]).dropna()
    c = consistency(df, resamples=B)
    low, high = c.interval()
    for table in (c.kappa, low, high, c.kappa_max):
        assert np.isnan(table.loc["o0", "o1"])
        assert np.isnan(table.loc["o0", "o3"])
        assert np.isnan(table.loc["o0", "o0"])
    assert c.kappa.loc["o0", "o2"] == 0
    why = c.undefined.set_index(["a", "b"])["reason"]
    assert why["o0", "o1"] == "both have all 3 shared pictures right"
    assert why["o2", "o3"] == "they answered no picture in common"
    assert c.pairs().set_index(["a", "b"]).loc[("o0", "o1"), "reason"] == why["o0", "o1"]
    assert c.pairs().set_index(["a", "b"]).loc[("o0", "o2"), "reason"] == ""


def test_undefined_pairs_are_counted_and_left_out_of_means() -> None:
    df = answers([[1, 1, 1, 1], [1, 1, 1, 1], [0, 1, 0, 1]], group="g")
    found = consistency(df, resamples=B).mean("g")
    assert (found["mean"], found["n_pairs"], found["n_undefined"]) == (0, 2, 1)
    nothing = consistency(df[df["observer"] != "o2"], resamples=B).mean("g")
    assert np.isnan([nothing["mean"], nothing["ci_low"], nothing["ci_high"]]).all()
    assert nothing["n_undefined"] == 1


def test_one_observer_is_refused() -> None:
    with pytest.raises(BadInput, match="there is one observer, 'o0'; error consistency compares two or more"):
        consistency(answers([[1, 0]]))


def test_no_trials_are_told() -> None:
    with pytest.raises(BadInput, match="there are no trials in the table; look at what was filtered out"):
        consistency(some()[:0])


def test_one_picture_is_undefined_and_not_one() -> None:
    c = consistency(answers([[1], [1]]), resamples=B)
    assert np.isnan(c.kappa.loc["o0", "o1"])


def test_a_second_answer_to_a_picture_is_refused_with_what_to_do() -> None:
    df = some()
    with pytest.raises(BadInput, match=r"the observer 'o0', the stimulus 'p0': is there twice; keep one of the rows"):
        consistency(pd.concat([df, df[:1]]))
    twice = pd.concat([df, df.assign(group="later")])
    with pytest.raises(
        BadInput, match=r"is there twice .* filter the table by group, or take by=\('observer', 'group'\)"
    ):
        consistency(twice)
    assert len(consistency(twice, by=("observer", "group"), resamples=B).observers) == 10


def test_foreign_codes_and_missing_columns_are_refused() -> None:
    with pytest.raises(BadInput, match=r"correct: 2.0 is given, but only 1 \(right\), 0 \(wrong\) and missing"):
        consistency(some().assign(correct=2.0))
    with pytest.raises(BadInput, match=r"no column 'pose' in the table; it has: observer, stimulus"):
        consistency(some(), within="pose")
    with pytest.raises(BadInput, match="a list is given, not a table; `frame` makes one"):
        consistency([1, 2])


# --- strata


def test_within_strata_kappa_is_averaged_over_them() -> None:
    df = some(pictures=120)
    parts = [consistency(df[df["condition"] == name], resamples=B).kappa for name in ("even", "odd")]
    whole = consistency(df, within=("condition",), resamples=B)
    np.testing.assert_allclose(whole.kappa, (parts[0] + parts[1]) / 2, atol=1e-12)
    assert whole.within == ("condition",)
    assert (whole.n_shared == 120).all(axis=None)


def test_a_stratum_without_a_kappa_is_left_out_and_said() -> None:
    df = answers([[1, 1, 1, 0, 1], [1, 1, 0, 0, 1]]).assign(condition=["e", "e", "h", "h", "h"] * 2)
    c = consistency(df, within="condition", resamples=B)
    assert c.kappa.loc["o0", "o1"] == pytest.approx(error_consistency([1, 0, 1], [0, 0, 1]))
    assert c.undefined.to_numpy().tolist() == [["o0", "o1", "e", "both have all 2 shared pictures right"]]


def test_difficulty_shared_between_strata_only_is_no_consistency_within() -> None:
    rng = np.random.default_rng(0)
    easy = np.arange(2000) % 2 == 0
    df = answers(rng.random((2, 2000)) < np.where(easy, 0.95, 0.3))
    df["condition"] = np.where(df["stimulus"].str[1:].astype(int) % 2 == 0, "easy", "hard")
    assert consistency(df, resamples=B).kappa.loc["o0", "o1"] > 0.3
    assert consistency(df, within="condition", resamples=B).kappa.loc["o0", "o1"] == pytest.approx(0, abs=0.07)


# --- groups, differences, rankings


def test_means_are_of_the_pairs_between_groups() -> None:
    c = consistency(some(), resamples=B)
    means = c.means().set_index(["a", "b"])
    k = c.kappa
    assert means.loc[("people", "people"), "mean"] == pytest.approx(k.loc["o0", "o1"])
    assert means.loc[("people", "networks"), "mean"] == pytest.approx(
        k.loc[["o0", "o1"], ["o2", "o3", "o4"]].mean(axis=None)
    )
    assert means["n_pairs"].tolist() == [1, 6, 3]
    assert ((means["ci_low"] < means["mean"]) & (means["mean"] < means["ci_high"])).all()


def test_a_contrast_is_the_difference_of_means_and_narrower_than_apart() -> None:
    c = consistency(some(pictures=300), resamples=2000)
    found = c.contrast("networks", ("people", "networks"))
    a, b = c.mean("networks"), c.mean("people", "networks")
    assert found["difference"] == pytest.approx(a["mean"] - b["mean"])
    apart = np.hypot(a["ci_high"] - a["ci_low"], b["ci_high"] - b["ci_low"])
    assert found["ci_high"] - found["ci_low"] < apart
    assert 0 < found["p"] <= 1
    assert (found["a"], found["b"]) == ("networks", "people x networks")


def test_a_difference_is_the_estimate_of_the_contrast() -> None:
    c = consistency(some(missing=0.1), resamples=B)
    assert (
        c.difference("networks", ("people", "networks")) == c.contrast("networks", ("people", "networks"))["difference"]
    )
    assert np.isnan(c.difference("o0", ("people", "networks")))


def test_a_block_against_itself_does_not_differ() -> None:
    found = consistency(some(), resamples=B).contrast("networks", "networks")
    assert (found["difference"], found["ci_low"], found["ci_high"], found["p"]) == (0, 0, 0, 1)


def test_p_is_never_zero() -> None:
    assert two_sided(np.full(99, 5.0)) == 2 / 100
    assert two_sided(np.zeros(9)) == 1
    assert np.isnan(two_sided(np.array([1, np.nan])))


def test_a_ratio_to_the_ceiling_has_an_interval_or_says_why_not() -> None:
    c = consistency(some(pictures=400), resamples=B)
    found = c.ratio(("people", "networks"), "people")
    assert found["ratio"] == pytest.approx(c.mean("people", "networks")["mean"] / c.mean("people")["mean"])
    assert found["ci_low"] < found["ratio"] < found["ci_high"]
    rng = np.random.default_rng(1)
    chance = consistency(answers(rng.random((3, 60)) < 0.7), resamples=B)
    nothing = chance.ratio(["o0", "o2"], ["o0", "o1"])
    assert np.isnan(nothing["ratio"])
    assert nothing["note"] == "the ceiling's own interval reaches 0, so there is no share of it"


def test_a_ranking_says_how_sure_each_place_is() -> None:
    rng = np.random.default_rng(2)
    person = rng.random(3000) < 0.7
    copies = [np.where(rng.random(3000) < share, person, rng.random(3000) < 0.7) for share in (0.1, 0.6, 0.3)]
    df = answers([person, *copies], names=["person", "low", "high", "middle"])
    found = consistency(df, resamples=B).ranking(["low", "middle", "high"], "person")
    assert found["observer"].tolist() == ["high", "middle", "low"]
    assert found["rank"].tolist() == found["rank_low"].tolist() == found["rank_high"].tolist() == [1, 2, 3]
    assert found["first"].tolist() == [1, 0, 0]


def test_resampling_observers_too_widens_means_and_leaves_estimates() -> None:
    df = some(observers=6, pictures=300, seed=4)
    images, observers, both = (
        consistency(df, resample=which, resamples=2000).mean("networks") for which in ("images", "observers", "both")
    )
    assert images["mean"] == observers["mean"] == both["mean"]
    width = [each["ci_high"] - each["ci_low"] for each in (images, observers, both)]
    assert max(width[:2]) < width[2]
    with pytest.raises(BadInput, match="resample='trials' is given; allowed: images, observers, both"):
        consistency(df, resample="trials")  # type: ignore[arg-type]


def test_blocks_that_are_none_are_refused() -> None:
    c = consistency(some(), resamples=B)
    with pytest.raises(
        BadInput, match=r"'peple' is neither a group nor an observer \(did you mean people\?\); there are"
    ):
        c.mean("peple")
    with pytest.raises(BadInput, match="the observers have no group, or several; name blocks of observers in `mean`"):
        consistency(some().drop(columns="group"), resamples=B).means()


def test_a_person_with_himself_is_no_pair_of_groups_but_can_be_named() -> None:
    first, later = some(observers=2, seed=1), some(observers=2, seed=2)
    df = pd.concat([first.assign(group="40ms"), later.assign(group="unlimited")])
    c = consistency(df, by=("observer", "group"), resamples=B)
    assert c.mean("40ms", "unlimited")["n_pairs"] == 2
    retest = c.mean("o0 / 40ms", "o0 / unlimited")
    assert (retest["n_pairs"], retest["mean"]) == (1, c.kappa.loc["o0 / 40ms", "o0 / unlimited"])


def test_levels_and_resamples_have_limits() -> None:
    with pytest.raises(BadInput, match=r"level=95 is given; it has to be between 0 and 1, such as 0.95"):
        consistency(some(), resamples=B).interval(95)
    with pytest.raises(BadInput, match="resamples=0 is given; it has to be a whole number of 1 or more"):
        consistency(some(), resamples=0)


def test_too_many_resamples_for_this_machine_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("askew_analysis.consistencies.memory_gib", lambda: 0.001)
    with pytest.raises(BadInput, match=r"100,000 resamples for 5 observers need 0\.0 GiB, .* take 18,"):
        consistency(some(), resamples=100_000)
    with pytest.raises(BadInput, match="seed=-1 is given; it has to be a whole number that is not negative"):
        consistency(some(), seed=-1)


def test_labels_of_any_type_are_meant_by_their_text() -> None:
    df = some()
    numbers = df.assign(observer=df["observer"].str[1:].astype(int), stimulus=df["stimulus"].str[1:].astype(int))
    expected = consistency(df, resamples=B).kappa.to_numpy()
    for given in (numbers, numbers.astype({"observer": "category", "group": "category"}), numbers.convert_dtypes()):
        np.testing.assert_array_equal(consistency(given, resamples=B).kappa.to_numpy(), expected)


@pytest.mark.parametrize("column", ["observer", "stimulus", "condition"])
def test_rows_without_a_label_are_refused(column: str) -> None:
    df = some()
    df.loc[3, column] = None
    with pytest.raises(BadInput, match=f"{column}: is missing in 1 row; give it a value, or leave such rows out"):
        consistency(df, within="condition")


def test_intervals_hold_their_estimate_and_stay_within_the_scale() -> None:
    right = np.ones((3, 40))
    right[:, 0] = 0
    c = consistency(answers(right, group="g"), resamples=B)
    low, high = c.interval()
    assert c.kappa.loc["o0", "o1"] == high.loc["o0", "o1"] == 1
    assert 0 < low.loc["o0", "o1"] < 1
    for found in (c.mean("g"), c.mean("o0", "o1")):
        assert found["mean"] == found["ci_high"] == 1
    assert c.pairs()["ci_high"].max() == 1


def test_bounds_are_unknown_with_a_third_code() -> None:
    nan = np.nan
    df = answers([[0, 0, 0, 1], [nan, nan, 1, 0], [0, 1, 1, 0]])
    c = consistency(df, missing="own-code", resamples=B)
    assert np.isnan([c.kappa_min.loc["o0", "o1"], c.kappa_max.loc["o0", "o1"]]).all()
    assert c.kappa_min.loc["o0", "o2"] <= c.kappa.loc["o0", "o2"] <= c.kappa_max.loc["o0", "o2"]


def test_few_observers_say_nothing_of_others() -> None:
    c = consistency(some(), resample="observers", resamples=B)
    pair = c.mean("people")
    assert np.isnan([pair["ci_low"], pair["ci_high"]]).all()
    assert pair["note"].startswith("fewer than 3 observers, who say nothing of how observers differ")
    assert c.mean("networks")["note"] == ""
    assert c.method.startswith("Bayesian bootstrap over observers")


def test_a_person_who_took_part_twice_is_drawn_once() -> None:
    first, later = some(observers=4, seed=1), some(observers=4, seed=2)
    df = pd.concat([first.assign(group="40ms"), later.assign(group="unlimited")])
    c = consistency(df, by=("observer", "group"), resample="both", resamples=B)
    assert len(c._observer_weights) == 4


def test_quantiles_are_numpys() -> None:
    draws = np.random.default_rng(0).normal(size=(300, 101)).astype(np.float32)
    for level in (0.5, 0.9, 0.95):
        low, high = quantiles(draws, level)
        np.testing.assert_allclose(
            [low, high], np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=1), atol=1e-6
        )


def test_observers_come_in_natural_order() -> None:
    df = answers([[1, 0], [0, 1], [1, 1]], names=["subj_10", "subj_9", "subj_1"])
    assert consistency(df, resamples=B).observers == ("subj_1", "subj_9", "subj_10")


# --- published figures


def test_the_published_matrix_comes_out(published: Path, poses: pd.DataFrame, study: Study) -> None:
    figures = json.loads((published / "unusual_poses" / "figures.json").read_text())["error_consistency"]
    pooled = pool(poses, {each.name: each.observers for each in study.pools}, group="40ms")
    rotated = pooled[pooled["condition"].str.startswith("rotated") & pooled["group"].isin(["40ms", "networks"])]
    c = consistency(rotated, missing="own-code", resamples=B)
    order = figures["observers"]
    np.testing.assert_allclose(c.kappa.loc[order, order], figures["kappa_published"], atol=1e-12)
    assert c.mean("40ms")["mean"] == pytest.approx(0.2176, abs=5e-5)


@pytest.mark.parametrize("name", ["edge", "rotation"])
def test_the_benchmarks_human_consistency_comes_out(published: Path, name: str) -> None:
    from askew_stimuli.model_vs_human import read

    figures = json.loads((published / "model_vs_human" / "figures.json").read_text())[name]
    sessions = read(published / "model_vs_human" / name).sessions.values()
    df = frame([trial for session in sessions for trial in session.trials])
    df = df[df["condition"].isin(figures["kept_conditions"])]
    c = consistency(df, within="condition", missing="wrong", resamples=B)
    assert c.mean("human")["mean"] == pytest.approx(figures["human_human_error_consistency"], abs=1e-12)
