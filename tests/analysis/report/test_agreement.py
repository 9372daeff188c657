"""The section on error consistency: what is concluded, and what is not."""

import re
from dataclasses import replace
from typing import get_args

import pandas as pd
import pytest

from askew.study import Study
from askew_analysis.comparison import Plan, agreement_again
from askew_analysis.consistencies import Resampled
from askew_analysis.report import missing_rules
from askew_analysis.report.agreement import section
from askew_analysis.report.blocks import Drawing, Estimate, Facts, Note
from askew_analysis.report.evidence import Evidence
from tests.analysis.report.conftest import evidence_of
from tests.analysis.report.planting import column, grids, listed_in, planted_trials, words_of

FOUR = [("40ms", "human", 4, 1.0), ("networks", "model", 3, 1.0)]


def told(evidence: Evidence, begins: str) -> str:
    """The one sentence that begins so."""
    (found,) = [item for item in listed_in(section(evidence)) if item.startswith(begins)]
    return found


def sharing(groups: dict[str, tuple[int, int]], pictures: int = 60, wrong: int = 20) -> pd.DataFrame:
    """Observers of each group who all err on the same pictures: (observers, the first of `wrong` pictures)."""
    rows = [
        (f"{group}-{i}", "model" if group == "networks" else "human", group, f"p{p}", "rotated", 1.0 - (p in missed))
        for group, (observers, first) in groups.items()
        for i in range(observers)
        for p in range(pictures)
        for missed in [{*range(first + i, first + i + wrong)}]
    ]
    return pd.DataFrame(rows, columns=["observer", "kind", "group", "stimulus", "condition", "correct"])


def test_the_section_holds_the_figure_the_means_and_the_differences(evidence: Evidence) -> None:
    found = section(evidence)
    assert found.name == "agreement"
    assert [block.name for block in found.blocks if isinstance(block, Drawing)] == ["consistency"]
    means, differences, *_ = grids(found)
    assert len(means.rows) == len(evidence.found.group_consistency)
    assert (means.csv, differences.csv) == ("tables/group_consistency.csv", "tables/consistency_contrasts.csv")
    first = evidence.found.group_consistency.iloc[0]
    assert means.rows[0][1] == Estimate(first["mean"], first["ci_low"], first["ci_high"])


def test_it_says_what_the_intervals_generalise_over() -> None:
    df = planted_trials(FOUR)
    words = {
        over: words_of(section(evidence_of(df, plan=Plan(resamples=100, resample=over))))
        for over in get_args(Resampled)
    }
    assert (
        "other pictures like these and the same people and networks, and nothing of other people or networks"
        in (words["images"])
    )
    assert (
        "other people and networks like these and the same pictures, and nothing of other pictures"
        in (words["observers"])
    )
    assert "other pictures like these and other people and networks like these" in words["both"]
    assert "Networks were chosen, not drawn at random" in words["both"]
    assert "Networks were chosen" not in words["images"]
    assert "times as many pictures and observers" in words["both"]


def test_groups_that_err_on_the_same_pictures_are_above_zero_and_more_alike_than_with_others() -> None:
    found = evidence_of(sharing({"40ms": (4, 0), "networks": (4, 30)}), plan=Plan(resamples=2_000))
    assert told(found, "Above 0").startswith("Above 0: 40ms among themselves 0.")
    resolved = told(found, "More alike within than between")
    assert "40ms minus 40ms × networks" in resolved
    assert "networks minus networks × 40ms" in resolved
    assert column(grids(section(found))[1], "Verdict") == ["resolved: more alike within"] * 2


def test_what_is_not_resolved_is_not_called_independent_and_it_says_how_many_more_pictures_it_takes() -> None:
    found = evidence_of(planted_trials(FOUR, spread=0.01))
    still = told(found, "Not resolved at this n: 40ms among themselves")
    assert "That does not show that their errors are independent" in still
    assert re.search(r"roughly [\d.]+( to [\d.]+)? times as many pictures", still)
    row = found.found.group_consistency.iloc[0]
    (times,) = re.findall(r"roughly ([\d.]+)", still)
    halves = (found.found.group_consistency["ci_high"] - found.found.group_consistency["ci_low"]) / 2
    assert float(times) == pytest.approx((halves / 0.1).pow(2)[halves > 0.1025].min(), abs=0.06)
    assert row["ci_low"] < 0 < row["ci_high"]


def test_a_group_without_errors_is_undefined_and_the_reader_is_told_why() -> None:
    df = planted_trials([("40ms", "human", 3, 1.0), ("unlimited", "human", 3, 99.0)])
    found = section(evidence_of(df))
    means, *_ = grids(found)
    assert column(means, "Verdict")[2] == "undefined"
    assert column(means, "Undefined")[2] == "3"
    assert column(means, "Can only be 0")[1] == "9"
    assert column(means, "Highest possible")[1] == "0.00"
    words = words_of(found)
    assert "both have all the shared pictures right (3 pairs)" in words
    assert "unlimited among themselves (0 of 3 pairs with errors of both)" in words
    (facts,) = [block for block in found.blocks if isinstance(block, Facts)]
    assert [fact.alarm for fact in facts.facts] == [False, True]


def test_a_difference_that_the_accuracies_force_is_not_taken_for_a_finding() -> None:
    # Errors of the good observer are among those of the others, so that they could not be more alike.
    df = sharing({"40ms": (3, 0)})
    good = df[df["observer"] == "40ms-2"].assign(observer="good", group="unlimited")
    good = good.assign(correct=(good["stimulus"] != "p2").astype(float))
    again = good.assign(observer="better")
    found = evidence_of(pd.concat([df, good, again], ignore_index=True), plan=Plan(resamples=2_000))
    assert "40ms minus 40ms × unlimited" in told(found, "Says nothing of the kind of errors")
    assert column(grids(section(found))[1], "Verdict")[0].endswith("; the accuracies alone do this")
    row = found.found.contrasts.iloc[0]
    assert row["forced"]
    assert row["verdict"] == ("forced" if row["p_holm"] < 0.05 else "alone")
    assert row["p_holm"] >= row["p"]


def test_where_some_pairs_have_no_ceiling_nothing_is_said_to_be_forced_by_accuracies() -> None:
    # As above, but under "own-code" a missing answer leaves the pairs of one observer without a greatest kappa.
    df = sharing({"40ms": (3, 0)})
    good = df[df["observer"] == "40ms-2"].assign(observer="good", group="unlimited")
    good = good.assign(correct=(good["stimulus"] != "p2").astype(float))
    df = pd.concat([df, good, good.assign(observer="better")], ignore_index=True)
    df["correct"] = df["correct"].mask((df["observer"] == "40ms-0") & (df["stimulus"] == "p59"))
    found = evidence_of(df, plan=Plan(resamples=2_000, missing="own-code"))
    means, differences, *_ = grids(section(found))
    assert column(means, "Highest possible")[:2] == ["–", "–"]
    assert column(differences, "Highest possible between")[0] == "–"
    assert "the accuracies alone do this" not in words_of(section(found))
    assert "cannot be told here: missing answers are a code of their own" in told(found, "More alike within")


def test_many_differences_are_corrected_for_together() -> None:
    found = evidence_of(planted_trials([(f"g{i}", "human", 3, 1.0) for i in range(5)]), plan=Plan(resamples=500))
    _, differences, *_ = grids(section(found))
    assert len(differences.rows) == 20
    raw, corrected = (
        [float(text.replace("< ", "")) for text in column(differences, title)] for title in ("p", "p (Holm)")
    )
    assert all(one <= other for one, other in zip(raw, corrected, strict=True))
    assert min(corrected) == pytest.approx(min(1, 20 * min(raw)), abs=0.02)


def test_too_few_resamples_for_any_verdict_are_told() -> None:
    found = evidence_of(sharing({"40ms": (4, 0), "networks": (4, 30)}), plan=Plan(resamples=50))
    assert told(found, "With 50 resamples").endswith("It takes 80 resamples or more.")
    assert "40ms minus 40ms × networks (p = .039)" in told(found, "Whether p by itself is below 0.05")


def test_without_missing_answers_the_rule_for_them_plays_no_part() -> None:
    words = words_of(section(evidence_of(planted_trials(FOUR))))
    assert "Every trial that is compared here has an answer" in words


def test_each_rule_gives_the_estimate_that_the_whole_comparison_gives_under_it() -> None:
    df = planted_trials(FOUR, unanswered=0.1)
    found = evidence_of(df).found
    compared, resamples = missing_rules.compare_rules(found)
    assert resamples == 100
    for rule in missing_rules.RULES:
        whole = evidence_of(df, plan=Plan(resamples=100, missing=rule)).found.contrasts
        assert [each.rules[rule].value for each in compared] == pytest.approx(whole["difference"].tolist(), abs=1e-12)


def test_groups_that_answered_everything_differ_as_much_under_every_rule() -> None:
    df = planted_trials([(name, "human", 4, 1.0) for name in ("one", "two", "silent")], seed=3)
    lost = (df["group"] == "silent") & (df.index % 5 == 0)
    found = evidence_of(df.assign(correct=df["correct"].mask(lost)), plan=Plan(resamples=300)).found
    compared, _ = missing_rules.compare_rules(found)
    whole = {rule: agreement_again(found, missing=rule, resamples=1) for rule in missing_rules.RULES}
    for each in compared:
        told = {rule: under.value for rule, under in each.rules.items()}
        wanted = {rule: c.difference(each.within, (each.within, each.between)) for rule, c in whole.items()}
        assert told == pytest.approx(wanted, abs=1e-12)
        same = len({under.value for under in each.rules.values()}) == 1
        assert same == ("silent" not in {each.within, each.between})


def silent_together() -> pd.DataFrame:
    """Two groups whose errors are independent, and pictures that nobody of the one answered."""
    df = planted_trials(FOUR, pictures=90, spread=0.01)
    return df.assign(correct=df["correct"].mask(df["group"].eq("40ms") & df["stimulus"].str.fullmatch("p[45]\\d")))


def test_a_verdict_that_depends_on_the_rule_for_missing_answers_is_told() -> None:
    found = section(evidence_of(silent_together(), plan=Plan(resamples=2_000)))
    (note,) = [block for block in found.blocks if isinstance(block, Note)]
    assert (note.title, note.tone) == ("1 difference depends on the rule for missing answers", "caution")
    (said,) = [item for item in listed_in(found) if " under drop (" in item]
    assert said.startswith("40ms minus 40ms × networks: ")
    assert "under drop (includes 0)" in said
    assert "under wrong (above 0)" in said
    words = words_of(found)
    assert "of 420 compared trials have no answer" in words
    assert '"own-code" (no answer is a code of its own' in words


def test_the_published_finding_at_40_ms_depends_on_the_rule(study: Study, poses: pd.DataFrame) -> None:
    plan = Plan(combine=study.combine, pools=[each for each in study.pools if each.group == "40ms"], resamples=10_000)
    found = evidence_of(poses[poses["group"].isin(["40ms", "networks"])], plan=plan)
    (said,) = [item for item in listed_in(section(found)) if "under own-code" in item]
    assert re.match(r"40ms minus 40ms × networks: 0\.105 \[0\.00\d, 0\.21\d\] under drop", said)
    assert re.search(r"0\.091 \[−0\.0\d\d, 0\.\d\d\d\] under own-code \(includes 0\)", said)
    assert "12 observers who saw complementary pictures are taken together as 4" in words_of(section(found))


def test_a_difference_with_three_decimals_has_no_sign_before_zeros_and_a_limit_keeps_its_side_of_zero() -> None:
    assert missing_rules.precise(missing_rules.Under(-0.0002, -0.1, 0.0)) == "0.000 [−0.100, 0.000]"
    assert missing_rules.precise(missing_rules.Under(0.105, 0.00012, 0.22)) == "0.105 [0.0001, 0.220]"


def test_a_sentence_names_four_pairs_and_counts_the_others() -> None:
    groups = {f"g{i}": (2, 30 * (i % 2)) for i in range(6)}
    said = told(evidence_of(sharing(groups)), "Above 0: ")
    assert said.count(" [") == 4
    assert re.search(r"; and \d+ more\. They are wrong on the same pictures", said)


def test_fewer_resamples_for_the_other_rules_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missing_rules, "DRAWS", 1)
    words = words_of(section(evidence_of(silent_together(), plan=Plan(resamples=1_500))))
    assert "intervals under all three rules come from 1,000 resamples" in words


def test_one_observer_gives_no_consistency_and_the_reason() -> None:
    found = section(evidence_of(planted_trials([("40ms", "human", 1, 1.0)])))
    assert words_of(found).endswith("error consistency compares two or more.")


def test_simulated_observers_are_never_called_people() -> None:
    found = section(evidence_of(planted_trials([("40ms", "simulated", 3, 1.0), ("networks", "model", 2, 1.0)])))
    assert "people" not in words_of(found)
    assert "simulated observers" in words_of(found)


def test_hundreds_of_groups_are_cut_and_the_file_holds_them_all() -> None:
    found = evidence_of(planted_trials([("40ms", "human", 2, 1.0), ("b", "human", 2, 1.0)]))
    means = pd.concat([found.found.group_consistency] * 100, ignore_index=True)
    differences = pd.concat([found.found.contrasts] * 150, ignore_index=True)
    many = replace(found, found=replace(found.found, group_consistency=means, contrasts=differences))
    first, second, *_ = grids(section(many))
    assert (len(first.rows), len(second.rows)) == (200, 200)
    assert first.caption.endswith("(the first 200 of 300)")
    assert second.caption.endswith("(the first 200 of 300)")
