"""The section to copy from: methods for a paper, how to get this report again, and what to cite."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from askew.errors import counted
from askew_analysis.report.blocks import Block, Folded, Grid, Head, Listing, Quote, Section, Text
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.paragraph import paragraphs
from askew_analysis.report.references import references
from askew_analysis.report.sessions import tables, without_record
from askew_analysis.report.wording import OVER, bounded, capital, confidence, some

START = (
    "Ollikka, Abbas, Perin, Kilpeläinen & Deny (2025). A comparison between humans and AI at recognizing objects in "
    "unusual poses. Transactions on Machine Learning Research."
)
OLLIKKA = "ollikka"  # in the citation of data that are theirs
RULES = {
    "drop": "trials without an answer are left out",
    "wrong": "trials without an answer count as wrong",
    "own-code": "trials without an answer are a code of their own",
}


def section(evidence: Evidence) -> Section:
    """Methods, provenance and citations."""
    facts = evidence.provenance
    told = paragraphs(evidence)
    works = references(told)
    blocks: list[Block] = [
        Text("To copy into a paper. Fill in what is in [brackets], for askew cannot know it, and check all the rest."),
        Quote(title="Methods", words="\n\n".join(told)),
        *([Quote(title="References", words="\n\n".join(works))] if works else []),
        Text("What this report comes from, the same on every machine:"),
        Listing((*_rules(facts), *_without_record(evidence))),
        Quote(title="The command that makes it again", words=command(evidence), is_command=True),
        _inputs(facts),
        Quote(title="What to cite", words="\n\n".join(citations(evidence))),
    ]
    return Section(name="methods", title="Methods and provenance", blocks=tuple(blocks))


def command(evidence: Evidence) -> str:
    """What makes this report again, from the study's folder or the tables, as a shell takes it."""
    return shlex.join(["askew", "report", evidence.provenance["study"] or "TRIALS", *evidence.words])


def citations(evidence: Evidence) -> Iterator[str]:
    """What to cite: the data's own source, the study that askew starts from, and askew."""
    source = evidence.study.source if evidence.study else {}
    own = source.get("citation", "")
    theirs = OLLIKKA in own.lower()
    if own:
        what = "The data, and the study that askew starts from" if theirs else "The data"
        yield " ".join([f"{what}: {own.rstrip('.')}.", *([source["url"]] if "url" in source else [])])
    if not theirs:
        yield f"The study that askew starts from: {START}"
    yield f"The programs: askew, version {evidence.provenance['askew']}."


def _rules(facts: Mapping[str, Any]) -> Iterator[str]:
    yield f"askew {facts['askew']} with {', '.join(f'{name} {its}' for name, its in facts['libraries'].items())}."
    yield (
        f"Seed {facts['seed']}; {facts['resamples']:,} joint resamples, means and differences over "
        f"{OVER[facts['resample']]}; {confidence(facts['level'])} intervals."
    )
    yield (
        f"Missing answers: {RULES[facts['missing']]} (rule {facts['missing']}). Accuracies within "
        f"{bounded(facts['bound'])} of one another count as equivalent."
    )


def _without_record(evidence: Evidence) -> Iterator[str]:
    """Which tables came without a record of where they come from."""
    if bare := without_record(evidence):
        all_ones = len(tables(evidence))
        number = f"{len(bare):,} of {counted(all_ones, 'table')}" if all_ones > 1 else "the one table"
        yield (
            f"{capital(number)} of trials {'has' if len(bare) == 1 else 'have'} no record (a .json file beside it): "
            f"{some(bare)}. So it is not known what made these answers, with which versions, clock and display, nor "
            "whether they are still as they were written."
        )


def _inputs(facts: Mapping[str, Any]) -> Folded:
    inputs = facts["inputs"]
    rows = tuple((str(each["file"]), str(each["sha256"])) for each in inputs)
    grid = Grid(
        caption="Files that were read",
        heads=(Head("File"), Head("SHA-256", meaning="Two files with the same hash hold the same bytes.")),
        rows=rows,
    )
    return Folded(f"What was read: {counted(len(rows), 'file')}, by SHA-256", (grid,), on_paper=False)
