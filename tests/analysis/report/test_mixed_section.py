"""The section on the mixed model: terms in words, SDs with a meaning, and what is undefined."""

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit

from askew_analysis.comparison import Plan
from askew_analysis.report.blocks import Estimate, Facts, Note
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.mixed import section, spread_order
from tests.analysis.report.conftest import evidence_of
from tests.analysis.report.planting import column, grids, listed_in, planted_trials, words_of

GROUPS = [("unlimited", "human", 8, 2.0), ("40ms", "human", 8, 0.5)]


def told(evidence: Evidence, begins: str) -> str:
    """The one sentence that begins so."""
    (found,) = [item for item in listed_in(section(evidence)) if item.startswith(begins)]
    return found


def test_the_terms_are_told_in_words_with_odds_ratios(evidence: Evidence) -> None:
    terms, cells = grids(section(evidence))
    assert column(terms, "What it is") == [
        "where it starts: unlimited, upright pictures",
        "40ms against unlimited, upright pictures",
        "rotated against upright, in unlimited",
        "40ms × rotated: its step from upright to rotated, against that in unlimited",
    ]
    m = evidence.found.mixed
    assert m is not None
    for row, term in zip(terms.rows, m.terms.itertuples(), strict=True):
        assert row[1] == Estimate(term.estimate, term.ci_low, term.ci_high)
        odds = row[2]
        assert isinstance(odds, Estimate)
        assert odds.value == pytest.approx(np.exp(term.estimate))
        assert (odds.low, odds.high) == pytest.approx((np.exp(term.ci_low), np.exp(term.ci_high)))
    assert column(terms, "p")[0] == "–"
    assert (terms.csv, cells.csv) == ("tables/mixed_model.csv", "tables/mixed_model_cells.csv")


def test_the_formula_is_explained_with_its_reference_and_its_interaction(evidence: Evidence) -> None:
    words = words_of(section(evidence))
    assert "40ms is compared with unlimited (the reference) and rotated pictures with upright ones" in words
    assert "The interaction (×) asks whether the step from upright to rotated" in words
    assert "with random intercepts of observers and pictures" in words
    assert "not main effects" in words


def test_conditions_of_other_names_are_told_too() -> None:
    found = evidence_of(planted_trials(GROUPS, conditions=("back", "front", "side")))
    assert column(grids(section(found))[0], "What it is") == [
        "where it starts: 40ms, back pictures",
        "unlimited against 40ms, back pictures",
        "front against back, in 40ms",
        "side against back, in 40ms",
        "unlimited × front: its step from back to front, against that in 40ms",
        "unlimited × side: its step from back to side, against that in 40ms",
    ]


def test_a_name_with_quotes_is_the_reference_as_well() -> None:
    name = "long 'as long\\as you like'"
    found = evidence_of(planted_trials([(name, "human", 6, 2.0), ("a", "human", 6, 0.5)]).assign(requested_ms=40.0))
    terms = column(grids(section(found))[0], "What it is")
    assert sum("its step from upright to rotated" in term for term in terms) == 1
    assert not any(term.startswith("C(") for term in terms)


def test_the_predicted_shares_stand_beside_the_observed_ones(evidence: Evidence) -> None:
    _, cells = grids(section(evidence))
    assert column(cells, "group") == ["40ms", "40ms", "unlimited", "unlimited"]
    assert column(cells, "pose") == ["upright", "rotated"] * 2
    people = evidence.found.trials[evidence.found.trials["group"] == "40ms"]
    upright = people[people["condition"] == "upright"]["correct"].dropna()
    assert cells.rows[0][2] == len(upright)
    assert cells.rows[0][3] == pytest.approx(upright.mean())


def test_the_sds_are_given_a_meaning_in_shares() -> None:
    found = evidence_of(planted_trials(GROUPS, spread=1.5, pictures=60))
    m = found.found.mixed
    assert m is not None
    assert m.sd_stimulus > 1
    assert told(found, "Pictures differ more than observers do")
    said = told(found, "A picture one SD harder than the typical one")
    assert f"{np.exp(m.sd_stimulus):.1f} times lower" in said
    assert "(40ms, rotated), that is" in said
    low, middle, high = map(int, re.findall(r"(\d+) %", said))
    typical = found.found.cells["typical"].min()
    ends = 100 * expit(logit(typical) + np.array([-1, 0, 1]) * m.sd_stimulus)
    assert (low, middle, high) == pytest.approx(ends, abs=0.5001)
    facts = next(block for block in section(found).blocks if isinstance(block, Facts)).facts
    assert [fact.words for fact in facts] == ["SD of pictures, in logits", "SD of observers, in logits"]


def test_observers_who_differ_more_than_pictures_are_told() -> None:
    groups = [(f"{name}{i}", "human", 1, skill) for name, skill in (("weak", -1.5), ("good", 2.5)) for i in range(6)]
    df = planted_trials(groups, spread=0.01, pictures=60).assign(group="40ms")
    assert told(evidence_of(df), "Observers differ more than pictures do")


@pytest.mark.parametrize(
    ("pictures", "observers", "expected"),
    [
        (1.0, 0.94, "pictures"),
        (1.0, 0.96, "alike"),
        (0.96, 1.0, "alike"),
        (0.94, 1.0, "observers"),
        (np.nan, 1.0, None),
        (1.0, np.nan, None),
    ],
)
def test_the_order_of_the_sds_has_one_rule(
    evidence: Evidence, pictures: float, observers: float, expected: str | None
) -> None:
    assert evidence.found.mixed is not None
    model = replace(evidence.found.mixed, sd_stimulus=pictures, sd_observer=observers)
    assert spread_order(model) == expected
    if expected == "alike":
        assert told(
            replace(evidence, found=replace(evidence.found, mixed=model)), "Observers and pictures differ about equally"
        )


def test_a_group_that_is_always_right_leaves_terms_undefined_and_the_cell_is_named() -> None:
    found = evidence_of(planted_trials([("40ms", "human", 5, 0.5), ("unlimited", "human", 5, 99.0)]))
    made = section(found)
    (note,) = [block for block in made.blocks if isinstance(block, Note)]
    assert (note.title, note.tone) == ("Some terms are undefined", "caution")
    said = told(found, "Separation: every answer is right where group is unlimited")
    assert "nan" not in said
    assert "`" not in said
    assert told(found, "Undefined because of the separation: ")
    assert "undefined: some cell is all right or all wrong" in column(grids(made)[0], "Verdict")


def test_a_single_observer_is_not_told_as_many() -> None:
    words = words_of(section(evidence_of(planted_trials([("40ms", "human", 1, 1.0)]))))
    assert "with random intercepts of pictures." in words
    assert "Pictures count as drawn from many" in words
    assert "There is only one observer, '40ms-0': the results are about this one only." in words


def test_a_formula_that_was_given_has_no_words_of_ours() -> None:
    plan = Plan(resamples=100, formula="correct ~ group + rotated")
    found = section(evidence_of(planted_trials(GROUPS), plan=plan))
    assert "The formula was given and is not the usual one." in words_of(found)
    assert "not main effects" not in words_of(found)
    assert column(grids(found)[0], "What it is") == column(grids(found)[0], "Term")


def test_only_networks_leave_no_model_and_the_reason() -> None:
    found = section(evidence_of(planted_trials([("networks", "model", 3, 1.0)])))
    assert words_of(found).endswith("all observers here are networks.")


def test_a_model_that_cannot_be_fitted_is_told_with_its_reason() -> None:
    found = section(evidence_of(planted_trials([("a", "human", 3, 99.0)])))
    assert "There is none: every answer is right" in words_of(found)


def test_simulated_observers_are_called_so() -> None:
    found = section(evidence_of(planted_trials([("40ms", "simulated", 5, 1.0)])))
    assert "answers of simulated observers" in words_of(found)
    assert "people" not in words_of(found)


def test_what_the_model_leaves_out_is_said(evidence: Evidence) -> None:
    words = words_of(section(evidence))
    assert "no random slopes" in words
    assert "no interval is given for them" in words
    assert re.search(r"Few answers are wrong \(or right\) in .*unlimited, upright \(\d of 80\)", words)


def test_the_published_study_gives_the_published_pattern(published_evidence: Evidence) -> None:
    words = words_of(section(published_evidence))
    assert "2,347 answers of people" in words
    assert "Pictures differ more than observers do" in words
    assert "A picture one SD harder than the typical one has odds of a right answer 3.6 times lower" in words
    assert not re.search(r"signific|p = \.000", words)
