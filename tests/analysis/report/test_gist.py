"""What the report says first."""

from dataclasses import replace

import pandas as pd
import pytest

from askew.declared import Contrast
from askew_analysis.report import gist
from askew_analysis.report.blocks import Listing
from askew_analysis.report.evidence import Evidence
from tests.analysis.report.conftest import evidence_of


def told(evidence: Evidence) -> str:
    """All sentences of the section."""
    section = gist.section(evidence)
    assert section is not None
    (listing,) = section.blocks
    assert isinstance(listing, Listing)
    return "\n".join(listing.items)


def table(right: dict[str, list[int]], kind: str = "human") -> pd.DataFrame:
    """A table of answers: for each observer the right and wrong ones, half upright and half rotated."""
    rows = [
        (name, f"p{place}", "upright" if place % 2 else "rotated", float(answer))
        for name, answers in right.items()
        for place, answer in enumerate(answers)
    ]
    df = pd.DataFrame(rows, columns=["observer", "stimulus", "condition", "correct"])
    return df.assign(kind=kind, group=kind, truth="mug", choice="mug")


def test_the_published_study_is_told_in_six_sentences(published_evidence: Evidence) -> None:
    said = told(published_evidence).replace("\xa0", " ")
    assert said.count("\n") == 5
    assert "networks 32.5 points [27.7, 37.3]" in said
    assert "No loss is resolved in unlimited (−0.9 points [−3.4, +1.6])" in said
    assert "40ms 69.8 % [64.9, 74.4]" in said
    assert (
        "Of 14 comparisons of accuracy that the study declares, 10 are resolved, 2 are equivalent within 5 points"
        in said
    )
    assert "Pictures differ more than people do (SD 1.29 against 0.3" in said


def test_networks_are_told_beside_people(evidence: Evidence) -> None:
    assert "40ms × networks" in told(evidence)
    assert "Of 3 planned comparisons of accuracy" in told(evidence)


def test_comparisons_that_nobody_declared_are_not_called_planned() -> None:
    said = told(evidence_of(table({"a": [1, 0, 1, 1], "b": [1, 1, 0, 1], "c": [0, 1, 1, 1]})))
    assert "Of 1 comparison of accuracy, 1 is " in said


def test_all_comparisons_are_counted_also_where_there_are_hundreds(evidence: Evidence) -> None:
    tests = pd.concat([evidence.found.tests] * 150, ignore_index=True)
    said = told(replace(evidence, found=replace(evidence.found, tests=tests)))
    assert "Of 450 planned comparisons of accuracy" in said


@pytest.mark.parametrize(
    ("pictures", "observers", "words"),
    [
        (1.2, 0.4, "Pictures differ more than people do (SD 1.20 against 0.40 logits)"),
        (0.42, 0.4, "Pictures and people differ about equally (SD 0.42 against 0.40 logits)"),
        (0.4, 1.2, None),
    ],
)
def test_pictures_that_differ_as_much_as_observers_or_more_are_told(
    evidence: Evidence, pictures: float, observers: float, words: str | None
) -> None:
    assert evidence.found.mixed is not None
    model = replace(evidence.found.mixed, sd_stimulus=pictures, sd_observer=observers)
    said = told(replace(evidence, found=replace(evidence.found, mixed=model)))
    assert (words or "") in said
    assert ("the t tests, which see no pictures" in said) is (words is not None)


def test_two_observers_have_no_interval_here(evidence: Evidence) -> None:
    assert "networks" in told(evidence)
    assert "(too few for an interval)" in told(evidence)


def test_one_observer_has_an_accuracy_and_nothing_else() -> None:
    said = told(evidence_of(table({"a": [1, 0, 1, 1]})))
    assert said.startswith("Right answers in rotated pictures: human 100 %")
    assert "kappa" not in said


def test_nobody_who_answered_leaves_nothing_to_say() -> None:
    df = table({"a": [1, 0]}).assign(correct=float("nan"), choice=None)
    assert gist.section(evidence_of(df)) is None


def test_comparisons_that_could_not_be_made_are_counted(evidence: Evidence) -> None:
    plan = evidence.found.plan
    lost = Contrast(a="unlimited", b="80ms", condition="rotated")
    found = replace(evidence.found, plan=replace(plan, contrasts=(*plan.contrasts, lost)))
    said = told(replace(evidence, found=found))
    assert "Of 3 planned comparisons of accuracy" in said
    assert "Of 4 comparisons of accuracy that the study declares, 1 could not be made." in said
    assert "could not be made" not in told(evidence)
    none = replace(found, tests=found.tests.iloc[:0])
    assert "None of 4 comparisons of accuracy that the study declares could be made." in told(
        replace(evidence, found=none)
    )
    alone = replace(none, plan=replace(plan, contrasts=(lost,)))
    assert "The one comparison of accuracy that the study declares could not be made." in told(
        replace(evidence, found=alone)
    )
