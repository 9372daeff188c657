"""The section on what was left out and why: missing answers, trials, observers, and what was not computed."""

from collections.abc import Iterator, Sequence

import pandas as pd

from askew import sidecar
from askew.errors import counted
from askew_analysis.report.blocks import LONG, Block, Cell, Folded, Grid, Head, Listing, Section, Text
from askew_analysis.report.counts import KINDS, Count, counts, table
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.wording import joined, listed, sentence, share, some

OUTCOMES = {"timeout": "No answer in time", "misclick": "Mis-clicks", "refused": "Refusals"}
RULES = {
    "drop": "Trials without an answer are left out: of accuracy, of the mixed model, and of error consistency for any "
    "two observers of whom one has no answer.",
    "wrong": "Trials without an answer count as wrong answers everywhere.",
    "own-code": "Trials without an answer count as not right in accuracy and in the mixed model. In error consistency "
    "they are a code of their own, which agrees only with another's missing answer.",
}
SHORT = 12  # groups of which each has a sentence
NAMED = 6  # observers who saw fewer pictures, named in one sentence


def section(evidence: Evidence) -> Section:
    """What is not among the numbers of this report."""
    groups = counts(evidence)
    blocks: list[Block] = [Text(summary(evidence)), _grid(evidence, groups), Text(RULES[evidence.found.plan.missing])]
    if told := [*_observers(evidence, groups)]:
        blocks += [Text("Who saw how much:"), Listing(tuple(told))]
    if notes := [sentence(note) for note in evidence.found.notes]:
        blocks += [Text("What the analysis noted, in its own words:"), Listing(tuple(notes))]
    if doubts := _doubts(evidence):
        blocks.append(Folded("Repairs and doubts that the records beside the tables state", (Listing(doubts),)))
    return Section(name="excluded", title="What was left out", blocks=tuple(blocks))


def summary(evidence: Evidence) -> str:
    """How many trials there were, how many have no answer and why, and how many were left out for their timing."""
    groups = counts(evidence)
    total = sum(each.trials for each in groups)
    told = [f"There {'was' if total == 1 else 'were'} {counted(total, 'trial')}."]
    if lacking := sum(each.unanswered for each in groups):
        why = {name: sum(each.silent.get(name, 0) for each in groups) for each in groups for name in each.silent}
        words = joined([_outcome(name, number) for name, number in sorted(why.items())])
        told.append(f"{_of(lacking, total)} {'has' if lacking == 1 else 'have'} no answer: {words}.")
    else:
        told.append("All have an answer." if total != 1 else "It has an answer.")
    if invalid := sum(each.invalid for each in groups):
        kept = evidence.found.plan.invalid_timing
        fate = "kept, as was asked for" if kept else "left out"
        told.append(
            f"{_of(invalid, total)} {'was' if invalid == 1 else 'were'} {fate}, for the exposure was off by half a "
            "frame or more, or the picture may have been seen before."
        )
    if gone := [each.group for each in groups if not each.compared]:
        told.append(f"No trial of {some(gone)} is left.")
    return " ".join(told)


def _doubts(evidence: Evidence) -> tuple[str, ...]:
    """The notes of the sidecars, each with the tables that it is about."""
    whose: dict[str, list[str]] = {}
    for name, facts in evidence.sidecars.items():
        for note in facts.notes:
            whose.setdefault(note, []).append(name)
    if evidence.pictures and evidence.study and (facts_of := sidecar.read(evidence.study.manifest)) is not None:
        place = evidence.study.manifest.relative_to(evidence.study.root).as_posix()
        for note in facts_of.notes:  # an import says there again what it says of single tables
            if not any(known in note for known in whose):
                whose.setdefault(note, []).append(place)
    return tuple(f"{listed(tables, most=2)}: {note.rstrip('.')}." for note, tables in whose.items())


def _of(number: int, total: int) -> str:
    return f"{number:,} ({share(number / total)})"


def _outcome(name: str, number: int) -> str:
    """Why trials have no answer.

    >>> _outcome("timeout", 2), _outcome("misclick", 1), _outcome("refused", 1), _outcome("unknown", 3)
    ('2 timeouts', '1 mis-click', '1 refusal', '3 for reasons that are not stated')
    """
    words = {"timeout": "timeout", "misclick": "mis-click", "refused": "refusal"}
    return counted(number, words[name]) if name in words else f"{number:,} for reasons that are not stated"


def _grid(evidence: Evidence, groups: Sequence[Count]) -> Grid:
    names = sorted({name for each in groups for name in each.silent}, key=lambda name: [*OUTCOMES, name].index(name))
    timed = any(each.invalid for each in groups)
    rows: list[tuple[Cell, ...]] = [
        (
            each.group,
            KINDS[each.kind][1],
            each.trials,
            *(each.silent.get(name, 0) for name in names),
            each.unanswered / each.trials,
            *((each.invalid,) if timed else ()),
        )
        for each in groups
    ]
    heads = (
        Head("Group"),
        Head("Who"),
        Head("Trials", "count"),
        *(Head(OUTCOMES.get(name, "Reason not stated"), "count") for name in names),
        Head("Without an answer", "share"),
        *(
            (Head("No valid timing", "count", "Kept." if evidence.found.plan.invalid_timing else "Left out."),)
            if timed
            else ()
        ),
    )
    return Grid(caption="Missing answers", heads=heads, rows=tuple(rows), sortable=len(rows) > LONG)


def _observers(evidence: Evidence, groups: Sequence[Count]) -> Iterator[str]:
    """In each group, how many of its pictures observers saw, and who saw fewer than the others."""
    df = table(evidence)
    seen = df.groupby(["group", "observer"], sort=False)["stimulus"].nunique()
    again = df.duplicated(["group", "observer", "stimulus", "condition"]).groupby(df["group"]).sum()
    for each in groups[:SHORT] if len(groups) > SHORT else groups:
        own: pd.Series[int] = seen[each.group]
        usual = int(own.mode().iloc[-1])
        fewer = own[own < usual]
        if len(own) > 1:
            who = "Each observer" if not len(fewer) and (own == usual).all() else "Most observers"
            of = f"all {usual:,} pictures" if usual == each.pictures else f"{usual:,} of {each.pictures:,} pictures"
            told = f"{each.group}: {who.lower()} had {of}"
        else:
            told = f"{each.group}: the one observer had {usual:,} of {counted(each.pictures, 'picture')}"
        if len(fewer):
            names = some([f"{name} {number:,}" for name, number in fewer.items()], NAMED)
            told += f"; {counted(len(fewer), 'observer')} had fewer: {names}"
        if repeats := int(again[each.group]):
            told += (
                f". {counted(repeats, 'trial')} showed a picture once more; items and error consistency take the first"
            )
        yield f"{told}."
    if len(groups) > SHORT:
        yield f"And so on for {counted(len(groups) - SHORT, 'more group')}."
