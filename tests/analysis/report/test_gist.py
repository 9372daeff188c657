"""What the report says first."""

import pandas as pd

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


def test_the_published_study_is_told_in_five_sentences(published_evidence: Evidence) -> None:
    said = told(published_evidence)
    assert said.count("\n") == 4
    assert "40ms 69.8 % [64.9, 74.4]" in said
    assert "Of 14 planned comparisons of accuracy, 10 are resolved, 2 are equivalent within 5 points" in said
    assert "Pictures differ more than people do (SD 1.29 against 0.3" in said


def test_networks_are_told_beside_people(evidence: Evidence) -> None:
    assert "40ms × networks" in told(evidence)
    assert "Of 3 planned comparisons of accuracy" in told(evidence)


def test_one_observer_has_an_accuracy_and_nothing_else() -> None:
    said = told(evidence_of(table({"a": [1, 0, 1, 1]})))
    assert said.startswith("Right answers in rotated pictures: human 100 %")
    assert "kappa" not in said


def test_nobody_who_answered_leaves_nothing_to_say() -> None:
    df = table({"a": [1, 0]}).assign(correct=float("nan"), choice=None)
    assert gist.section(evidence_of(df)) is None
