"""All sections of the report with names that nobody expects."""

from collections.abc import Callable, Iterable

import pandas as pd
import pytest

from askew_analysis.report import whole
from askew_analysis.report.blocks import (
    Block,
    Browser,
    Drawing,
    Facts,
    Folded,
    Grid,
    Listing,
    Note,
    Quote,
    Section,
    Text,
)
from askew_analysis.report.evidence import Evidence
from tests.analysis.report.conftest import evidence_of
from tests.analysis.report.planting import planted_trials

NAMES = {
    "markup": "<script>alert(1)</script>",
    "long": "as long as you like, " * 20 + "and longer",
    "quotes": "\"it's\" 'so' & {so} %s \\n `x`",
    "letters": "Gruppe ä 組 🙂 אב #*_~",
    "spaces": "a x b",
}


@pytest.fixture(scope="module", params=[*NAMES], ids=[*NAMES])
def named(request: pytest.FixtureRequest) -> tuple[str, Evidence]:
    """A name, and the evidence of a study in which groups, observers, pictures and labels are called so."""
    name = NAMES[request.param]
    groups = [(name, "human", 3, 1.0), (f"{name} 2", "human", 3, 0.5), (f"{name} networks", "model", 2, 0.8)]
    df = planted_trials(groups, unanswered=0.05)
    truth, other = f"{name} mug", f"{name} cup"
    right = df["correct"] == 1
    return name, evidence_of(
        df.assign(
            session=None,
            set=name,
            stimulus=name + df["stimulus"],
            truth=truth,
            choice=right.map({True: truth, False: other}).where(df["correct"].notna()),
            offered=[(truth, other)] * len(df),
            outcome=df["correct"].notna().map({True: "answered", False: "timeout"}),
            rt_ms=pd.Series(500.0, df.index).where(df["kind"] != "model"),
        )
    )


def texts(blocks: Iterable[Block]) -> Iterable[str]:
    """Every text of some blocks."""
    for block in blocks:
        if isinstance(block, Text):
            yield block.words
        elif isinstance(block, Note | Quote):
            yield from (block.title, block.words)
        elif isinstance(block, Facts):
            yield from (fact.words for fact in block.facts)
        elif isinstance(block, Listing):
            yield from block.items
        elif isinstance(block, Drawing):
            yield from (block.caption, block.alt)
        elif isinstance(block, Grid):
            yield block.caption
            yield from (head.title for head in block.heads)
            yield from (cell for row in block.rows for cell in row if isinstance(cell, str))
        elif isinstance(block, Folded):
            yield block.title
            yield from texts(block.blocks)
        elif isinstance(block, Browser):
            yield from (*block.people, *block.models)
            yield from (card.truth for card in block.cards)


@pytest.mark.parametrize("tell", whole.SECTIONS, ids=lambda tell: tell.__module__.rsplit(".", 1)[-1])
def test_a_section_takes_any_name_and_keeps_it_as_plain_text(
    named: tuple[str, Evidence], tell: Callable[[Evidence], Section | None]
) -> None:
    name, evidence = named
    section = tell(evidence)
    if section is None:
        return
    said = [*texts(section.blocks)]
    assert all(said)
    assert not any(escaped in text for text in said for escaped in ("&lt;", "&amp;", "&quot;", "&#39;"))
    assert name not in section.title
    if section.name not in {"timing"}:
        assert any(name in text for text in said)
