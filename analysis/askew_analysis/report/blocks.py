"""What a report is made of: sections of blocks, in plain words and numbers. No HTML here, and no markup in any text.

Whoever renders it (`page`) escapes every text, so a label or a title may hold anything.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Tone = Literal["plain", "caution", "bad"]
Kind = Literal["text", "count", "share", "difference", "kappa", "number", "p", "ms", "ratio"]


@dataclass(frozen=True)
class Estimate:
    """A number and its interval; a limit that is missing is None."""

    value: float | None
    low: float | None = None
    high: float | None = None


LONG = 12  # rows of a table above which it is to be sorted and searched


Cell = str | float | int | bool | Estimate | None


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    words: str


@dataclass(frozen=True)
class Note:
    """Something to see before the rest, or beside it. The tone is said in the words as well, not in colour alone."""

    title: str
    words: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True)
class Fact:
    """One number of a row of them, with what it counts."""

    value: str
    words: str
    alarm: bool = False


@dataclass(frozen=True)
class Facts:
    """A row of numbers that matter most."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Listing:
    """Sentences below one another."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Head:
    """A column of a table: its title, what its cells are, and what it means, in a sentence where the title is short.

    `share` is 0..1 and shown as percent, `difference` one of two shares in percentage points, `kappa` and `number` have
    two decimals, `p` is a probability, `ms` milliseconds, `ratio` one of odds or a Bayes factor. A cell may be an
    `Estimate` in any of these kinds.
    """

    title: str
    kind: Kind = "text"
    meaning: str = ""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table. Cells are values, not formatted texts; None is shown as a dash.

    `sortable` tables can be sorted by any column, and long ones searched; `csv` is the whole table's file beside the
    report.
    """

    caption: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sortable: bool = False
    csv: str | None = None


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A figure of `figures.FIGURES` by its name, with what it shows in words, for those who cannot see it."""

    name: str
    caption: str
    alt: str


@dataclass(frozen=True, kw_only=True)
class Quote:
    """Text to copy into a paper or a mail."""

    title: str
    words: str
    is_command: bool = False  # to type as it stands; lines break between its options only


@dataclass(frozen=True)
class Folded:
    """Details that open on demand."""

    title: str
    blocks: "tuple[Block, ...]"
    on_paper: bool = True  # whether they are open there


@dataclass(frozen=True, kw_only=True)
class Share:
    """How one group fared with one picture."""

    n: int
    mean: float | None  # None where nobody answered
    low: float | None = None
    high: float | None = None
    shrunken: float | None = None  # the mean drawn towards the other pictures; what low and high are around
    wrong: str | None = None  # the wrong label chosen most often
    margin: float | None = None  # mean margin of networks


@dataclass(frozen=True, kw_only=True)
class Card:
    """One picture in the browser."""

    stimulus: str
    truth: str
    condition: str
    offered: tuple[str, ...]
    thumbnail: str | None  # a data: URI; None where the file is not there
    shares: Mapping[str, Share]  # by group
    people: float | None  # unweighted mean over the groups of people that answered
    models: float | None
    answers: tuple[bool | None, ...] = ()  # whether each single network was right; None where it did not answer


@dataclass(frozen=True, kw_only=True)
class Browser:
    """All pictures with how each group fared, to filter and sort."""

    people: tuple[str, ...]  # groups, in order
    models: tuple[str, ...]
    cards: tuple[Card, ...]
    csv: str | None = None
    networks: tuple[str, ...] = ()  # single ones, in the order of each card's answers
    who: str = "people"  # what the groups of people are: "simulated observers" where all of them are programs


Block = Text | Note | Facts | Listing | Grid | Drawing | Quote | Folded | Browser


def flat(blocks: Iterable[Block]) -> Iterator[Block]:
    """All blocks in their order, those inside folded ones too."""
    for block in blocks:
        yield block
        if isinstance(block, Folded):
            yield from flat(block.blocks)


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the report; `name` is its address in the page."""

    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class Report:
    """The whole of it."""

    title: str
    question: str
    notes: tuple[Note, ...]  # what has to be known before any number
    sections: tuple[Section, ...]
