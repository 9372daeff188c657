"""The section on accuracy: means with intervals, falls, and what a reader is warned of."""

from dataclasses import replace

import numpy as np
import pytest

from askew.declared import Contrast
from askew.trial import Trial
from askew_analysis.comparison import Plan
from askew_analysis.report.accuracy import section
from askew_analysis.report.blocks import Drawing, Estimate, Note
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.falls import falls
from askew_analysis.report.wording import points, share
from tests.analysis.report.conftest import answers, blocks_of, evidence_of, grid_of, rows_of, words_of


def right_or_wrong(trials: list[Trial], wrong: dict[str, int]) -> list[Trial]:
    """The trials with so many wrong answers in each condition, the others right."""
    left = dict(wrong)
    made = []
    for each in trials:
        lacking = left.get(each.condition, 0)
        left[each.condition] = lacking - 1
        other = next(label for label in each.offered if label != each.truth)
        choice = other if lacking > 0 else each.truth
        made.append(replace(each, choice=choice, outcome="answered", timing_valid=None))
    return made


def planted(groups: dict[str, list[dict[str, int]]], plan: Plan | None = None) -> Evidence:
    """Evidence of groups whose observers have so many wrong answers of 16 in each condition."""
    trials = [
        each
        for group, observers in groups.items()
        for number, wrong in enumerate(observers)
        for each in right_or_wrong(
            [replace(one, group=group) for one in answers(f"{group}-{number}", "40ms", number)], wrong
        )
    ]
    return evidence_of(trials, plan=plan)


def test_every_row_of_the_table_is_one_of_the_comparison(evidence: Evidence) -> None:
    rows = rows_of(section(evidence), "Accuracy")
    table = evidence.found.accuracy
    assert len(rows) == len(table) == 12
    for row, known in zip(rows, table.itertuples(), strict=True):
        assert (row["Group"], row["Condition"], row["Observers"]) == (known.group, known.condition, known.n_observers)
        assert (row["Answers"], row["Without an answer"]) == (known.n_trials, known.n_unanswered)
        assert row["Accuracy"] == Estimate(known.mean, known.ci_low, known.ci_high)
    assert [row["Without an answer"] for row in rows if row["Group"] == "40ms"] == [3, 3, 0, 0]
    assert grid_of(section(evidence), "Accuracy").csv == "tables/accuracy.csv"


def test_a_planted_fall_is_told_with_its_interval() -> None:
    # 8, 7 and 6 of 16 rotated pictures of each kind wrong, so falls of 50, 43.75 and 37.5 points.
    wrong = [{"rotated-correct": n, "rotated-incorrect": n} for n in (8, 7, 6)]
    flat = [{}, {}, {"upright": 1, "rotated-correct": 1, "rotated-incorrect": 1}]
    found = planted({"falling": wrong, "level": flat})
    (fall, level) = falls(found.found)
    assert fall.difference.value == pytest.approx(0.4375)
    reach = 4.302653 * np.std([0.5, 0.4375, 0.375], ddof=1) / np.sqrt(3)
    assert fall.difference.low == pytest.approx(0.4375 - reach, abs=1e-6)
    assert level.difference.value == 0
    told = words_of(section(found))
    assert (
        "accuracy fell most from upright to rotated pictures in falling (by 43.8 points) and not at all in level."
        in told
    )
    assert "falling: 100 % upright, 56.2 % rotated: a fall of 43.8 points [28.2, 59.3]." in told
    assert "level: 97.9 % upright, 97.9 % rotated: no difference, without an interval over observers." in told


def test_a_rise_is_called_one_and_what_is_open_is_not_resolved() -> None:
    rising = [{"upright": n} for n in (8, 7, 6)]
    wide = [
        {"upright": 1},
        {"rotated-correct": 8, "rotated-incorrect": 8},
        {"rotated-correct": 2, "rotated-incorrect": 2},
    ]
    told = words_of(section(planted({"rising": rising, "wide": wide})))
    assert "rising: 56.2 % upright, 100 % rotated: a rise of 43.8 points [28.2, 59.3]." in told
    assert "wide: 97.9 % upright, 79.2 % rotated: no fall is resolved (+18.8 points [−52.4, +89.9])." in told
    alone = words_of(section(planted({"rising": rising})))
    assert "From upright to rotated pictures, accuracy changed as follows." in alone
    assert "accuracy fell in no group" in words_of(section(planted({"rising": rising, "also": rising})))


def test_few_observers_come_with_a_warning(evidence: Evidence) -> None:
    notes = [block for block in blocks_of(section(evidence)) if isinstance(block, Note)]
    assert [note.title for note in notes] == ["Some groups have one or two observers"]
    assert notes[0].words.startswith("networks (2 networks). With two, an interval over observers depends on how alike")
    assert notes[0].tone == "caution"
    told = words_of(section(evidence))
    (fall,) = (each for each in falls(evidence.found) if each.group == "networks")
    means = f"{share(fall.upright)} upright, {share(fall.rotated)} rotated"
    size = points(fall.upright - fall.rotated).lstrip("+")
    assert f"networks: {means}: a fall of {size}, without an interval over observers." in told


def test_many_trials_without_an_answer_come_with_a_warning() -> None:
    trials = [
        replace(each, choice=None, outcome="refused") if place % 3 else each
        for place, each in enumerate(answers("net-a", "networks", 0))
    ]
    evidence = evidence_of(trials)
    told = words_of(section(evidence))
    assert "Many trials have no answer: networks (32 of 48 trials). They are left out, and accuracy depends on" in told
    wrong = evidence_of(trials, plan=Plan(resamples=100, missing="wrong"))
    assert "They count as not right, and accuracy depends on that rule." in words_of(section(wrong))
    assert rows_of(section(wrong), "Accuracy")[0]["Trials"] == 32


def test_the_place_of_networks_among_people_is_one_of_means(evidence: Evidence) -> None:
    told = words_of(section(evidence))
    means = evidence.found.accuracy.set_index(["group", "condition"])["mean"]
    said = {group: f"{group} ({share(means[group, 'rotated'])})" for group in evidence.found.groups}
    where = f"between {said['40ms']} and {said['unlimited']}"
    assert f"In rotated pictures, the mean of {said['networks']} is {where}." in told
    assert "This is the order of the means; which differences are resolved is told with the comparisons." in told


def test_figures_are_named_where_they_are_drawn(evidence: Evidence) -> None:
    def figures(found: Evidence) -> list[str]:
        return [block.name for block in blocks_of(section(found)) if isinstance(block, Drawing)]

    assert figures(evidence) == ["accuracy", "exposure"]
    assert figures(evidence_of(answers("q1", "unlimited", 0))) == ["accuracy"]
    assert figures(evidence_of(answers("net-a", "networks", 0))) == ["accuracy"]
    silent = [replace(each, choice=None, outcome="timeout") for each in answers("p1", "40ms", 0)]
    assert figures(evidence_of(silent)) == []
    assert words_of(section(evidence_of(silent))) == "Nobody answered a single trial, so there is no accuracy."


def test_curves_of_viewing_time_are_told_or_why_there_are_none(evidence: Evidence) -> None:
    assert "A curve of accuracy over viewing time needs 3 limited exposures or more, and this study has 1 (40 ms)." in (
        words_of(section(evidence))
    )
    rng = np.random.default_rng(1)
    trials = []
    for ms in (17.0, 50.0, 100.0, 200.0):
        for number in range(3):
            for each in answers(f"{ms:g}-{number}", "40ms", number):
                right = rng.random() < 0.5 + 0.48 * (1 - 2 ** -((ms / 50) ** 2))
                other = next(label for label in each.offered if label != each.truth)
                choice = each.truth if right else other
                trials.append(replace(each, group=f"{ms:g}ms", requested_ms=ms, choice=choice, timing_valid=None))
    curves = evidence_of(trials)
    assert curves.found.exposure is not None
    rows = rows_of(section(curves), "Accuracy as a function of viewing time")
    assert [row["Condition"] for row in rows] == ["rotated", "upright"]
    assert [row["Exposures"] for row in rows] == [4, 4]
    fit = next(iter(curves.found.exposure))
    assert rows[0]["Threshold (ms)"] == Estimate(fit.threshold_ms, fit.ci_low, fit.ci_high)
    assert "rotated: half of the rise from guessing is reached at " in words_of(section(curves))


def test_sets_without_poses_have_accuracies_and_no_falls() -> None:
    trials = [replace(each, condition=f"level-{(each.index or 0) % 3}") for each in answers("p1", "40ms", 0)]
    evidence = evidence_of(trials)
    assert falls(evidence.found) == ()
    told = words_of(section(evidence))
    assert "falls" not in told
    assert len(rows_of(section(evidence), "Accuracy")) == 3


def test_falls_of_many_groups_are_counted_and_not_listed() -> None:
    groups = {
        f"g{number}": [{"rotated-correct": 8 + k, "rotated-incorrect": 8} for k in range(3)] for number in range(14)
    }
    one = Plan(resamples=100, contrasts=(Contrast(a="g0", b="g1", condition="rotated"),))
    told = words_of(section(planted(groups, one)))
    assert "In 14 of 14 groups the fall is resolved: its interval lies above 0." in told
    assert "g3: " not in told


def test_the_published_accuracies_come_out(published_evidence: Evidence) -> None:
    told = words_of(section(published_evidence))
    assert "40ms: 90.2 % upright, 69.8 % rotated: a fall of 20.4 points [15.1, 25.6]." in told
    assert "unlimited: 98.0 % upright, 98.9 % rotated: no fall is resolved (−0.9 points [−3.4, +1.6])." in told
    assert "the mean of networks (67.1 %) is below 40ms (69.8 %)" in told
    assert "this study has 2 (40 ms and 150 ms)" in told
