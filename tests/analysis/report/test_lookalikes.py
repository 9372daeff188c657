"""Names that look alike."""

import pandas as pd
import pytest

from askew_analysis.report.blocks import Note
from askew_analysis.report.design import section
from askew_analysis.report.lookalikes import alike, cautions
from tests.analysis.report.conftest import answers, evidence_of


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["cup", "Cup"], ["'Cup'", "'cup'"]),
        (["cup", "cup "], ["'cup'", "'cup ' (with more spaces)"]),
        (["tea cup", "tea  cup"], ["'tea  cup' (with more spaces)", "'tea cup'"]),
        (["cup", "\u0441up"], ["'cup'", "'\u0441up' (with U+0441)"]),
        (["HOT", "\u041d\u041eT"], ["'HOT'", "'\u041d\u041eT' (with U+041D and U+041E)"]),
        (["rotated-30", "rotated\u201330"], ["'rotated-30'", "'rotated\u201330' (with U+2013)"]),
        (["caf\u00e9", "cafe\u0301"], ["'cafe\u0301' (with U+0301)", "'caf\u00e9'"]),
        (["cup", "c\u200dup"], ["'cup'", "'c\\u200dup'"]),
    ],
)
def test_names_that_look_alike_are_quoted_with_what_tells_them_apart(names: list[str], told: list[str]) -> None:
    assert alike(names) == [told]


def test_names_that_can_be_told_apart_are_no_matter() -> None:
    assert alike(["cup", "cups", "cap", "\u0433\u043e\u0434", "p1", "p10", "rotated-30", "rotated 30"]) == []


def test_every_kind_of_name_is_looked_at() -> None:
    table = pd.DataFrame(
        {
            "group": ["40ms", "40MS"],
            "observer": ["a", "A"],
            "stimulus": ["p1", "P1"],
            "condition": ["upright", "Upright"],
            "truth": ["cup", "cup"],
            "choice": [None, "mug"],
            "offered": ["cup|Mug", "cup|mug"],
        }
    )
    (note,) = cautions(table)
    assert note.words.startswith(
        "groups '40MS' and '40ms'; conditions 'Upright' and 'upright'; observers 'A' and 'a'; pictures 'P1' and 'p1'; "
        "labels 'Mug' and 'mug'. They are taken for different ones."
    )


def test_the_section_on_design_cautions_before_anything_else() -> None:
    trials = evidence_of(answers("p1", "40ms", 0) + answers("p2", "40ms", 1)).trials
    first = section(evidence_of(trials.replace({"observer": {"p2": "P1"}}))).blocks[0]
    assert isinstance(first, Note)
    assert (first.title, first.tone) == ("Some names look alike", "caution")
    assert "observers 'P1' and 'p1'" in first.words
    assert not isinstance(section(evidence_of(trials)).blocks[0], Note)
