"""The section on timing: the exposure that was asked for against the one that was achieved, and how that is known."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from askew.errors import counted
from askew_analysis.report.blocks import LONG, Block, Cell, Estimate, Folded, Grid, Head, Listing, Note, Section, Text
from askew_analysis.report.counts import Count, counts, exposure_sentences, table
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.sessions import clocks, courses, imported, of_people, screens
from askew_analysis.report.wording import share, shown, some

QC = "results/qc.html"  # in a study, what `askew session qc` leaves


def section(evidence: Evidence) -> Section:
    """Request against achieved exposure for each group of people, and where the times come from."""
    people = [each for each in counts(evidence) if each.kind != "model"]
    blocks: list[Block] = []
    if not people:
        blocks.append(Text("There are no trials of people in this study yet, so there is no viewing time to check."))
    else:
        times = evidence.once(_times)
        blocks += _first(evidence, people, times)
        blocks.append(_grid(evidence, people, times))
        blocks += _sources(evidence)
    return Section(name="timing", title="Timing", blocks=tuple(blocks))


def summary(evidence: Evidence) -> str:
    """What is known of the exposures that people had, in a sentence or two."""
    people = [each for each in counts(evidence) if each.kind != "model"]
    if human := [each for each in people if each.kind == "human"]:
        people = human  # a virtual display says nothing of theirs
    times = evidence.once(_times)
    times = times[times["group"].isin([each.group for each in people])]
    timed = times[times["achieved"].notna() & times["asked"].notna()]
    asked = sum(len(each.asked) > 0 for each in people)
    if not asked:
        return "No exposure was limited." if any(each.exposure_known for each in people) else ""
    if timed.empty:
        return (
            f"The achieved exposure is {_unknown(evidence)} for any limited exposure: only what was asked for is "
            "known, and whether the display kept to it cannot be checked."
        )
    least, middle, most = (_signed(float(value)) for value in timed["off"].quantile([0, 0.5, 1]))
    spread = f"{middle} ms (median; {least} to {most} ms)" if least != most else f"{middle} ms in each"
    number = counted(len(timed), "trial")
    told = f"In {number} the achieved exposure is known: it was off from the one asked for by {spread}"
    known = times["valid"].dropna()
    if len(known):
        right = int((known == 1).sum())
        told += (
            f", and within half a frame of the frames planned in {right:,} of {counted(len(known), 'trial')} "
            f"({share(right / len(known))})"
        )
    lacking = int((times["asked"].notna() & times["achieved"].isna()).sum())
    return f"{told}." + (f" In {counted(lacking, 'more trial')} only what was asked for is known." if lacking else "")


def _first(evidence: Evidence, people: Sequence[Count], times: pd.DataFrame) -> Iterator[Block]:
    """What has to be known before the table."""
    if any(each.kind == "simulated" for each in people):
        yield Note(
            "Nothing was shown to simulated observers",
            "They are programs. Their times show that the parts of a session work together, and nothing of how a real "
            "display keeps time.",
            "caution",
        )
    if told := " ".join(filter(None, [*exposure_sentences(people, "were to see"), summary(evidence)])):
        yield Text(told)
    if wrong := sum(each.invalid for each in people):
        kept = evidence.found.plan.invalid_timing
        groups = some([f"{each.invalid:,} in {each.group}" for each in people if each.invalid])
        yield Note(
            f"{counted(wrong, 'trial')} {'has' if wrong == 1 else 'have'} no valid timing ({groups})",
            "The exposure was off by half a frame or more, or the picture may have been seen in an attempt that broke "
            "off. " + ("They are kept, as was asked for." if kept else "They are left out of every number."),
            "caution" if kept else "plain",
        )


def _grid(evidence: Evidence, people: Sequence[Count], times: pd.DataFrame) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    parts = {str(group): part for group, part in times.groupby("group", sort=False)}
    for each in people:
        part = parts[each.group]
        # Trials of one group with several exposures are told apart; those without a limit come last.
        for asked, cell in part.groupby("asked", dropna=False, sort=True):
            rows.append((each.group, *_row(evidence, each, float(asked), cell)))
    return Grid(
        caption="Exposure: asked for and achieved",
        heads=(
            Head("Group"),
            Head("Asked for (ms)"),
            Head("Trials", "count"),
            Head("With an achieved time", "count", "Trials of which the table says how long the picture was there."),
            Head("Achieved (ms)", "ms", "Median, and in brackets the shortest and the longest."),
            Head("Off by (ms)", "ms", "Achieved minus asked for: median, and in brackets the least and the most."),
            Head(
                "As planned",
                "share",
                "Trials within half a frame of the whole frames planned, of those of which the table says so.",
            ),
            Head(
                "No valid timing", "count", "Off by half a frame or more, or a picture that may have been seen before."
            ),
            Head("How it is known"),
        ),
        rows=tuple(rows),
        sortable=len(rows) > LONG,
    )


def _row(evidence: Evidence, each: Count, asked: float, cell: pd.DataFrame) -> Iterator[Cell]:
    limited = math.isfinite(asked)
    yield f"{shown(asked, 'ms')}" if limited else "unlimited" if each.exposure_known else "not stated"
    yield len(cell)
    timed = cell["achieved"].dropna()
    yield len(timed)
    yield _spread(timed)
    yield _spread(cell["off"].dropna()) if limited else None
    valid = cell["valid"].dropna()
    yield float((valid == 1).mean()) if len(valid) else None
    yield int((valid == 0).sum()) if len(valid) else None
    if not len(timed):
        yield _unknown(evidence)
    elif each.kind == "simulated":
        yield "simulated: nothing was shown"
    elif imported(evidence):
        yield "as the source reports it"
    else:
        yield "recorded in the session; see below" if clocks(evidence, "achieved_ms") else "not stated"


def _sources(evidence: Evidence) -> Iterator[Block]:
    """What the sidecars say of clocks and displays, and where to find more."""
    told = []
    for column, what in (("achieved_ms", "Achieved exposure"), ("rt_ms", "Response times")):
        known = clocks(evidence, column)
        for words, number in known.items():
            where = f" ({counted(number, 'table')})" if len(known) > 1 else ""
            told.append(f"{what}{where}: {words}.")
    if told:
        shows = screens(evidence)
        virtual = (
            ", of a virtual display on which nothing was shown" if shows and all(one.virtual for one in shows) else ""
        )
        yield Text(f"What the tables' own records say of their clocks{virtual}:")
        yield Listing(tuple(told))
    elif of_people(evidence):
        yield Text("The tables do not say by which clock their times were taken.")
    else:
        yield Text(
            "No record of a display or a clock is beside the tables, so nothing is known of how times were taken."
        )
    if trials := courses(evidence):
        yield Folded("The course of a trial", (Listing(tuple(f"{name}: {words}." for name, words in trials.items())),))
    yield from _displays(evidence)
    study = evidence.study
    if study is not None and (study.root / QC).is_file():
        yield Text("The page qc.html beside this report shows the timing of every session.")
    elif any("journal" in facts.source for facts in of_people(evidence).values()):
        yield Text("The command askew session qc STUDY makes a page on the timing of every session.")


def _displays(evidence: Evidence) -> Iterator[Block]:
    known = screens(evidence)
    if not known:
        return
    if any(each.paced for each in known):
        yield Note(
            "Some sessions were paced by the program",
            "Their display did not wait for its refresh; the program decided when a frame was due.",
            "caution",
        )
    yield Grid(
        caption="Displays of the sessions",
        heads=(
            Head("Protocol"),
            Head("Display"),
            Head("Size"),
            Head("Refresh (Hz)", "ms"),
            Head("Frame (ms)", "ms"),
            Head("Sessions", "count"),
        ),
        rows=tuple(
            (
                each.protocol,
                "virtual: nothing was shown" if each.virtual else each.renderer,
                each.size,
                each.hz,
                each.period_ms,
                each.sessions,
            )
            for each in known
        ),
        sortable=len(known) > LONG,
    )


def _times(evidence: Evidence) -> pd.DataFrame:
    """The exposures of people: group, asked, achieved, off, valid; nan where the table does not say."""
    df = table(evidence)
    df = df[df["kind"] != "model"]
    nothing = pd.Series(np.nan, index=df.index)
    numbers = {
        name: pd.to_numeric(df[column], errors="coerce").astype(float) if column in df.columns else nothing
        for name, column in (("asked", "requested_ms"), ("achieved", "achieved_ms"))
    }
    valid = nothing
    if "timing_valid" in df.columns:
        given = df["timing_valid"]
        valid = nothing.mask(given.isin([True]), 1.0).mask(given.isin([False]), 0.0)
    found = pd.DataFrame({"group": df["group"], **numbers, "valid": valid})
    return found.assign(off=found["achieved"] - found["asked"])


def _unknown(evidence: Evidence) -> str:
    """Why there is no achieved exposure."""
    return "not stated in the source" if imported(evidence) else "not recorded"


def _spread(values: "pd.Series[float]") -> Estimate | None:
    if values.empty:
        return None
    return Estimate(*(round(float(each), 3) for each in (values.median(), values.min(), values.max())))


def _signed(ms: float) -> str:
    text = shown(round(ms, 2), "ms")
    return text if ms < 0.005 else f"+{text}"
