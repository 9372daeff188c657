"""What is said where people and networks had other pictures."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

from askew.declared import Contrast
from askew_analysis.comparison import Plan
from askew_analysis.report import accuracy, agreement, contrasts, design, gist, networks
from askew_analysis.report.blocks import Note, Section
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.overlap import partly, small
from tests.analysis.report.conftest import evidence_of

SECTIONS = (
    *(gist.section, design.section, accuracy.section, agreement.section, contrasts.section),
    networks.section,
)
Pictures = Sequence[int]


def compared(**groups: Pictures) -> Evidence:
    """Groups of three who had pictures by number: the even ones upright; networks begin with n."""
    rng = np.random.default_rng(5)
    rows = [
        (f"{group}-{one}", group, f"p{number}", "rotated" if number % 2 else "upright", float(rng.random() < 0.7))
        for group, numbers in groups.items()
        for one in range(3)
        for number in numbers
    ]
    df = pd.DataFrame(rows, columns=["observer", "group", "stimulus", "condition", "correct"])
    df = df.assign(kind=np.where(df["group"].str.startswith("n"), "model", "human"))
    planned = tuple(Contrast(a=one, b=other, condition="rotated") for one in groups for other in groups if one < other)
    return evidence_of(df, plan=Plan(resamples=100, contrasts=planned))


def cautions(evidence: Evidence, tell: Callable[[Evidence], Section | None]) -> list[str]:
    """The cautions of a section that are of common pictures, where they come before everything else."""
    section = tell(evidence)
    assert section is not None
    notes = [block for block in section.blocks if isinstance(block, Note) and "in common" in block.title]
    assert [*section.blocks[: len(notes)]] == notes
    return [f"{note.title}: {note.words}" for note in notes]


@pytest.mark.parametrize("tell", SECTIONS)
def test_people_and_networks_without_a_common_picture_are_told_with_numbers(
    tell: Callable[[Evidence], Section | None],
) -> None:
    (told,) = cautions(compared(people=range(40), nets=range(40, 70)), tell)
    assert told.startswith(
        "People and networks have no picture in common: "
        "People had 40 pictures, networks had 30, and none is common to both. "
    )


@pytest.mark.parametrize("tell", SECTIONS)
def test_a_few_common_pictures_are_told_with_numbers(tell: Callable[[Evidence], Section | None]) -> None:
    (told,) = cautions(compared(people=range(40), nets=range(30, 70)), tell)
    assert "have few pictures in common: People had 40 pictures, networks had 40, and 10 are common to both." in told
    (told,) = cautions(compared(people=range(40), nets=range(39, 70)), tell)
    assert "networks had 31, and 1 is common to both." in told


@pytest.mark.parametrize("tell", SECTIONS)
def test_nothing_is_told_where_pictures_are_common_or_nobody_is_compared(
    tell: Callable[[Evidence], Section | None],
) -> None:
    for groups in ({"people": range(40), "nets": range(40)}, {"a": range(20), "b": range(20, 40)}):
        assert cautions(compared(**groups), tell) == []


def test_networks_that_had_some_of_the_pictures_are_told_of_without_alarm() -> None:
    evidence = compared(people=range(40), nets=range(30))
    assert cautions(evidence, design.section) == []
    (told,) = partly(evidence)
    assert told.startswith("nets had 30 of the 40 pictures that people had. Accuracies are over each one's own")
    assert [*partly(compared(people=range(40), nets=range(40)))] == []
    assert [*partly(compared(people=range(40), nets=range(10)))] == []


def test_only_the_groups_that_it_concerns_are_named() -> None:
    evidence = compared(long=range(40), short=range(40), nets=range(40), new=range(60, 70))
    (told,) = cautions(evidence, design.section)
    assert told.startswith(
        "Some groups of people and of networks have no picture in common: "
        "Long had 40 pictures, new had 10, and none is common to both; short had 40 pictures, new had 10, and none"
    )
    (told,) = cautions(evidence, contrasts.section)
    assert told.endswith(
        "This concerns long minus new, rotated; new minus short, rotated: the difference may be one between pictures, "
        "whatever its p."
    )


def test_a_condition_with_other_pictures_is_found_among_common_ones() -> None:
    upright, turned = [*range(0, 80, 2)], [*range(1, 21, 2)]
    evidence = compared(people=[*upright, *turned], nets=[*upright, *range(101, 121, 2)])
    (told,) = cautions(evidence, design.section)
    assert told.startswith(
        "People and networks have no picture of a condition in common: "
        "People had 10 rotated pictures, networks had 10, and none is common to both."
    )
    assert [each.condition for each in small(evidence)] == ["rotated"]
    assert len(cautions(evidence, contrasts.section)) == 1
