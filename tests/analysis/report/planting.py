"""Tables of answers with planted skills, and the words of a section."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from askew_analysis.report.blocks import Facts, Grid, Listing, Note, Section, Text, flat
from askew_analysis.report.wording import shown

ROTATED = ("upright", "rotated-correct", "rotated-incorrect")


def planted_trials(
    groups: Iterable[tuple[str, str, int, float]],
    *,
    pictures: int = 48,
    conditions: Sequence[str] = ROTATED,
    spread: float = 1.0,
    fall: float = 1.0,
    unanswered: float = 0.0,
    seed: int = 0,
) -> pd.DataFrame:
    """Answers of groups (name, kind, observers, skill in logits) to pictures whose difficulty has the SD `spread`."""
    rng = np.random.default_rng(seed)
    hard = spread * rng.normal(size=pictures)
    rows = [
        {
            "observer": f"{name}-{observer}",
            "kind": kind,
            "group": name,
            "stimulus": f"p{picture}",
            "condition": (condition := conditions[picture % len(conditions)]),
            "correct": float(rng.random() < 1 / (1 + np.exp(hard[picture] + fall * (condition != "upright") - skill))),
        }
        for name, kind, observers, skill in groups
        for observer in range(observers)
        for picture in range(pictures)
    ]
    df = pd.DataFrame(rows)
    return df.assign(correct=df["correct"].mask(rng.random(len(df)) < unanswered))


def listed_in(section: Section) -> list[str]:
    """The sentences of its lists."""
    return [item for block in section.blocks if isinstance(block, Listing) for item in block.items]


def grids(section: Section) -> list[Grid]:
    """Its tables, those that are folded too."""
    return [block for block in flat(section.blocks) if isinstance(block, Grid)]


def column(grid: Grid, title: str) -> list[str]:
    """What a column of a table shows."""
    place = [head.title for head in grid.heads].index(title)
    return [shown(row[place], grid.heads[place].kind) for row in grid.rows]


def words_of(section: Section) -> str:
    """All that it says."""
    said = [section.title]
    for block in flat(section.blocks):
        if isinstance(block, Text):
            said.append(block.words)
        elif isinstance(block, Note):
            said += [block.title, block.words]
        elif isinstance(block, Facts):
            said += [f"{fact.value} {fact.words}" for fact in block.facts]
        elif isinstance(block, Listing):
            said += block.items
        elif isinstance(block, Grid):
            said += [block.caption, *(f"{head.title} {head.meaning}" for head in block.heads)]
            said += [shown(cell, head.kind) for row in block.rows for cell, head in zip(row, block.heads, strict=True)]
    return "\n".join(said)
