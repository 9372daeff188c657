"""The section on comparisons of accuracy: each has a verdict, and none says more than the data."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from askew.declared import Contrast
from askew_analysis.comparison import Plan
from askew_analysis.report.blocks import Estimate
from askew_analysis.report.contrasts import section
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.judged import Judged, judge
from askew_analysis.report.predicted import Predicted, predicted
from tests.analysis.report.conftest import evidence_of
from tests.analysis.report.planting import column, grids, listed_in, planted_trials, words_of

LONG, SHORT = ("unlimited", "human", 10, 3.0), ("40ms", "human", 10, 0.5)
ROTATED = Contrast(a="unlimited", b="40ms", condition="rotated")
A_AND_B = Contrast(a="a", b="b", condition="rotated")


def planned(df: pd.DataFrame, *contrasts: Contrast, **options: object) -> Evidence:
    return evidence_of(df, plan=Plan(resamples=100, contrasts=contrasts, **options))  # type: ignore[arg-type]


def told(evidence: Evidence, begins: str) -> str:
    """The one sentence that begins so."""
    (found,) = [item for item in listed_in(section(evidence)) if item.startswith(begins)]
    return found


def verdicts(evidence: Evidence) -> list[str]:
    return column(grids(section(evidence))[0], "Verdict")


def of_shares(shares: dict[str, list[int]], pictures: int = 100) -> pd.DataFrame:
    """Observers of each group with so many right answers each, of so many pictures."""
    rows = [
        (f"{group}-{i}", "human", group, f"p{p}", "rotated", float(p < right))
        for group, numbers in shares.items()
        for i, right in enumerate(numbers)
        for p in range(pictures)
    ]
    return pd.DataFrame(rows, columns=["observer", "kind", "group", "stimulus", "condition", "correct"])


def test_the_table_holds_the_test_of_the_comparison_and_what_the_mixed_model_predicts(evidence: Evidence) -> None:
    found = section(evidence)
    assert found.name == "contrasts"
    table, full = grids(found)
    assert table.csv == "tables/tests.csv"
    assert column(table, "Comparison") == [
        "unlimited minus 40ms, rotated",
        "unlimited minus networks, rotated",
        "upright minus rotated in 40ms",
    ]
    row = evidence.found.tests.iloc[0]
    assert table.rows[0][2] == Estimate(row["effect"], row["ci_low"], row["ci_high"])
    assert (table.rows[0][3], full.rows[0][4]) == (row["p_holm"], row["p"])
    assert column(table, "n") == ["5 and 5", "5 and 2", "5"]
    assert column(table, "Mixed model")[1] == "–"


def test_a_large_difference_is_resolved_and_the_model_agrees() -> None:
    found = planned(planted_trials([LONG, SHORT]), ROTATED)
    assert verdicts(found) == ["resolved: unlimited above 40ms"]
    assert told(found, "Resolved: unlimited minus 40ms, rotated +")
    assert told(found, "The t test and the mixed model agree on the one")


def test_a_difference_that_is_not_resolved_is_never_called_none_and_it_says_how_many_observers_it_takes() -> None:
    numbers = [60, 70, 75, 80, 90]
    found = planned(
        of_shares({"a": numbers, "b": [n + 1 for n in numbers]}), Contrast(a="a", b="b", condition="rotated")
    )
    assert verdicts(found) == ["not resolved at this n"]
    said = told(found, "Not resolved at this n: a minus b, rotated −1.0 points [")
    assert re.search(r"It may be 0, and it may be as large as 17\.\d points", said)
    (one, other) = map(int, re.findall(r"roughly (\d+) of a and (\d+) of b \(now 5 and 5\)", said)[0])
    assert one == other
    spread = np.std(numbers, ddof=1)
    half, fewer = (stats.t.ppf(0.975, 2 * n - 2) * spread * np.sqrt(2 / n) for n in (one, one - 1))
    assert half <= 5 < fewer


def test_a_small_difference_that_is_known_well_is_equivalent() -> None:
    rng = np.random.default_rng(1)
    near = {group: [int(n) for n in rng.integers(78, 83, 30)] for group in ("a", "b")}
    found = planned(of_shares(near), A_AND_B)
    assert verdicts(found) == ["equivalent within 5 points"]
    assert "smaller than that bound, not that it is 0" in told(found, "Equivalent within 5 points")


def test_a_small_difference_that_is_resolved_says_that_it_is_small() -> None:
    found = planned(
        of_shares({"a": [80, 81, 82] * 8, "b": [78, 79, 80] * 8}), Contrast(a="a", b="b", condition="rotated")
    )
    assert verdicts(found) == ["resolved: a above b, by less than 5 points"]


def test_a_difference_among_many_is_a_hint_where_it_alone_leaves_out_zero() -> None:
    rng = np.random.default_rng(5)
    groups = {name: [int(n) for n in rng.normal(70, 6, 6)] for name in "abcdefgh"}
    groups["a"] = [n + 9 for n in groups["b"]]
    found = planned(of_shares(groups))
    alone = [each for each in verdicts(found) if each.endswith("by itself, not after Holm's correction")]
    assert alone
    assert "A hint, to be tested again" in told(found, "Leaves out 0 by itself, but not after correction")
    raw = found.found.tests
    assert len(alone) == int(((raw["p"] < 0.05) & (raw["p_holm"] >= 0.05)).sum())


def test_equivalence_is_corrected_for_all_comparisons_too(published_evidence: Evidence) -> None:
    table, full = grids(section(published_evidence))
    raw = [row[7] for row in full.rows]
    corrected = [row[5] for row in table.rows]
    assert min(corrected) == pytest.approx(len(raw) * min(raw))  # type: ignore[type-var, operator]


def test_student_without_welch_is_no_ground_for_a_claim() -> None:
    found = planned(
        of_shares({"a": [90, 91, 90, 91, 90, 91, 90, 91, 90, 91], "b": [60, 85]}),
        A_AND_B,
    )
    assert verdicts(found) == ["resolved: a above b; not by Welch"]
    assert "do not rest a claim on it" in told(found, "Student's test takes both sides to vary alike")


def test_networks_are_no_sample_and_not_in_the_mixed_model() -> None:
    df = planted_trials([LONG, ("networks", "model", 4, 1.0)])
    found = planned(df, Contrast(a="unlimited", b="networks", condition="rotated"))
    assert "(4 in networks)" in told(found, "1 comparison is with networks")
    assert "networks are not in the model" in told(found, "The mixed model does not answer 1 of them")


def judged(low: float, high: float, p: float, model: Predicted) -> Judged:
    """A comparison with this interval and p; that of the model's is small."""
    row = SimpleNamespace(ci_low=low, ci_high=high, effect=(low + high) / 2, p_holm=p)
    return Judged(row, model, 0.01, 0.05)


@pytest.mark.parametrize(
    ("odds", "shares", "expected"),
    [((1.2, 4.0), (-0.01, 0.05), "above"), ((0.2, 0.8), (-0.2, 0.0), "below"), ((0.9, 4.0), (0.01, 0.2), "open")],
)
def test_the_models_verdict_is_on_one_scale_that_of_its_p(
    odds: tuple[float, float], shares: tuple[float, float], expected: str
) -> None:
    model = Predicted(low=shares[0], high=shares[1], odds_low=odds[0], odds_high=odds[1], p=0.01)
    assert judged(0.0, 0.1, 0.5, model).of_model == expected


def test_a_model_without_an_answer_has_no_verdict() -> None:
    assert judged(0.0, 0.1, 0.5, Predicted()).of_model == "undefined"


def test_luck_with_few_pictures_is_resolved_by_the_t_test_only_and_the_report_says_so() -> None:
    # Observers agree on which of the few pictures are hard, and so on a difference that other pictures would not show.
    df = planted_trials(
        [("a", "human", 24, 1.0)], pictures=8, conditions=("upright", "rotated"), spread=2.0, fall=0.0, seed=3
    )
    found = planned(df, Contrast(a="upright", b="rotated", group="a"))
    assert verdicts(found)[0].startswith("resolved")
    said = told(found, "Only the t test resolves")
    assert "with other pictures the difference might not be there" in said
    model = judge(found.found)[0].model
    assert f"odds ratio {model.odds_ratio:.2f} [< 0.01, {model.odds_high:.2f}], p = ." in said
    assert "agree" not in words_of(section(found))


def test_the_predicted_difference_is_that_of_the_models_cells(evidence: Evidence) -> None:
    cells = evidence.found.cells.set_index(["group", "rotated"])["marginal"]
    each = predicted(
        evidence.found,
        [
            Contrast(a="unlimited", b="40ms", condition="rotated"),
            Contrast(a="upright", b="rotated", group="40ms"),
            Contrast(a="unlimited", b="40ms", condition="upright"),
        ],
    )
    assert each[0].difference == pytest.approx(cells["unlimited", 1] - cells["40ms", 1])
    assert each[1].difference == pytest.approx(cells["40ms", 0] - cells["40ms", 1])
    terms = evidence.found.mixed.terms.set_index("term") if evidence.found.mixed else pd.DataFrame()
    one = terms.loc["C(group, Treatment('unlimited'))[T.40ms]"]
    assert each[2].odds_ratio == pytest.approx(np.exp(-one["estimate"]))
    assert each[2].odds_low == pytest.approx(np.exp(-one["ci_high"]))
    assert each[2].p == pytest.approx(one["p"])
    assert all(one.low < one.difference < one.high for one in each)


def test_the_model_says_nothing_of_conditions_that_its_formula_does_not_tell_apart(evidence: Evidence) -> None:
    found = predicted(
        evidence.found,
        [
            Contrast(a="rotated-correct", b="rotated-incorrect", group="40ms"),
            Contrast(a="unlimited", b="40ms", condition="rotated-correct"),
            Contrast(a="unlimited", b="40ms", condition="sideways"),
        ],
    )
    assert [each.why for each in found] == [
        "the formula does not tell these conditions from others",
        "the formula does not tell these conditions from others",
        "the formula has no such cell",
    ]


def test_a_formula_that_was_given_is_asked_for_its_own_cells() -> None:
    df = planted_trials([LONG, SHORT]).assign(trial=lambda each: each.index % 48)
    found = planned(
        df,
        Contrast(a="rotated-correct", b="rotated-incorrect", group="40ms"),
        ROTATED,
        formula="correct ~ group * C(condition) + trial",
    )
    (one, both) = predicted(found.found, found.found.plan.contrasts)
    assert (one.why, both.why) == ("", "")
    assert abs(one.difference) < 0.25
    assert both.low > 0.2


def test_a_cell_that_is_all_right_has_no_prediction() -> None:
    found = planned(planted_trials([("unlimited", "human", 6, 99.0), SHORT]), ROTATED)
    assert "no finite estimate, for a cell is all right or all wrong" in told(found, "The mixed model does not answer")


def test_one_observer_has_no_test_and_the_reason_is_given() -> None:
    found = planned(planted_trials([("a", "human", 1, 1.0)]))
    assert {*verdicts(found)} == {"no test"}
    assert "one observer has no spread; a t test needs two on each side" in told(found, "No test of")
    assert "None of them can be tested here." in words_of(section(found))


def test_nothing_to_compare_is_said() -> None:
    found = section(planned(planted_trials([("a", "human", 3, 1.0)], conditions=("rotated",))))
    assert words_of(found).endswith("There is nothing to compare: it takes two groups or two conditions.")
    assert not grids(found)


def test_a_planned_comparison_without_trials_is_named() -> None:
    found = planned(planted_trials([LONG, SHORT]), ROTATED, Contrast(a="150ms", b="40ms", condition="rotated"))
    assert told(found, "Left out: planned comparison of 150ms with 40ms: there are no trials of 150ms")


def test_undeclared_comparisons_are_all_made_and_this_is_said() -> None:
    found = planned(planted_trials([LONG, SHORT]))
    number = len(found.found.tests)
    assert f"so here is every one that the trials allow ({number})" in words_of(section(found))
    assert f"corrected by Holm's rule for all {number}" in words_of(section(found))


def test_comparisons_are_called_planned_only_where_they_were_planned_here(evidence: Evidence) -> None:
    assert section(evidence).title == "Planned comparisons of accuracy"
    assert words_of(section(evidence)).count("3 planned comparisons of accuracy, declared in study.toml.") == 1
    assert evidence.study is not None
    imported = section(replace(evidence, study=replace(evidence.study, source={"importer": "somebody's"})))
    assert imported.title == "Comparisons of accuracy"
    assert "3 comparisons of accuracy that the study declares." in words_of(imported)
    assert "lanned" not in words_of(imported)
    assert section(planned(planted_trials([LONG, SHORT]))).title == "Comparisons of accuracy"


def test_hundreds_of_comparisons_are_all_judged_and_the_tables_show_the_first(evidence: Evidence) -> None:
    tests = pd.concat([evidence.found.tests] * 150, ignore_index=True)
    many = replace(evidence, found=replace(evidence.found, tests=tests))
    assert len(judge(many.found)) == 450
    first, second = grids(section(many))
    assert (len(first.rows), len(second.rows)) == (300, 300)
    assert first.caption.endswith("(the first 300 of 450)")
    assert second.caption.endswith("(the first 300 of 450)")
    resolved = sum(each.outcome == "resolved" for each in judge(many.found))
    assert told(many, "Resolved: ").endswith(f"{resolved - 6} more.")


@pytest.mark.parametrize(
    ("pictures", "observers", "words"),
    [
        (1.2, 0.4, "Pictures differ more than observers here (SDs of 1.20 for pictures and 0.40 for observers"),
        (0.4, 1.2, "Observers differ more than pictures here (SDs of 0.40 for pictures and 1.20 for observers"),
        (0.42, 0.4, "Pictures and observers differ about equally here"),
    ],
)
def test_whether_pictures_or_observers_differ_more_is_said(
    evidence: Evidence, pictures: float, observers: float, words: str
) -> None:
    assert evidence.found.mixed is not None
    model = replace(evidence.found.mixed, sd_stimulus=pictures, sd_observer=observers)
    assert words in words_of(section(replace(evidence, found=replace(evidence.found, mixed=model))))


def test_no_text_holds_a_star_a_p_of_zero_or_the_word_significant(
    evidence: Evidence, published_evidence: Evidence
) -> None:
    for each in (evidence, published_evidence):
        words = words_of(section(each))
        assert not re.search(r"\*|signific|p = \.?0+\b|p = 0\.0+\b", words)
        assert "no difference." in words  # said once, as what is not shown
        assert words.count("no difference") == 1


def test_comparisons_that_could_not_be_made_are_told_with_the_rules() -> None:
    df = planted_trials([LONG, SHORT])
    lost = Contrast(a="unlimited", b="80ms", condition="rotated")
    said = words_of(section(planned(df, ROTATED, lost)))
    assert "Of 2 comparisons of accuracy that the study declares, 1 could not be made." in said
    assert "Left out: planned comparison of unlimited with 80ms: there are no trials of 80ms" in said
    said = words_of(section(planned(df, lost)))
    assert "The one comparison of accuracy that the study declares could not be made." in said
    assert "There is nothing to compare" not in said
    assert "could not be made" not in words_of(section(planned(df, ROTATED)))


def test_a_wide_bound_is_written_as_a_number() -> None:
    rows = [
        (f"{group}{right}", group, f"p{picture}", float(right))
        for group in "ab"
        for right in (0, 1)
        for picture in range(10)
    ]
    df = pd.DataFrame(rows, columns=["observer", "group", "stimulus", "correct"])
    said = words_of(section(planned(df.assign(kind="human", condition="rotated"), A_AND_B, bound=0.999)))
    assert "An interval of ±100 points would take roughly 6 of a and 6 of b" in said
