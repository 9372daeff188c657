"""Mean error consistency within and between groups: the numbers, and what they allow to conclude."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from askew.errors import counted
from askew_analysis.ceilings import Ceiling
from askew_analysis.consistencies import Consistency
from askew_analysis.judgement import times_as_many
from askew_analysis.report.blocks import Estimate, Fact, Grid, Head
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.wording import OVER, confidence, estimate, interval, joined, kappa, known

Rooms = Mapping[tuple[str, str], Ceiling]

SHOWN = 200  # rows of a table; all are in its file
FACTS = 6
NAMED = 4  # that a sentence names
TARGET = 0.1  # half the width of an interval of kappa that tells much
LOW_CEILING = 0.2  # a greatest possible kappa below which a mean can hardly show anything
ABOVE, BELOW, OPEN = "above 0", "below 0", "not resolved at this n"


def pair(a: str, b: str) -> str:
    """Two groups, or one and itself.

    >>> pair("40ms", "40ms"), pair("40ms", "networks")
    ('40ms among themselves', '40ms × networks')
    """
    return f"{a} among themselves" if a == b else f"{a} × {b}"


def named(items: Sequence[str]) -> str:
    """Things of which a sentence names the first few; the table holds them all.

    >>> named(["a 1", "b 2"]), named([*"abcdef"])
    ('a 1; b 2', 'a; b; c; d; and 2 more')
    """
    left = len(items) - NAMED
    return "; ".join([*items[:NAMED], f"and {left:,} more"] if left > 0 else items)


def facts(evidence: Evidence, rooms: Rooms) -> tuple[Fact, ...]:
    """The means within groups, and those of people with networks where there is room for them."""
    kinds = evidence.found.kinds
    rows = [row for row in evidence.found.group_consistency.head(SHOWN).itertuples() if rooms[row.a, row.b].pairs]
    chosen = [row for row in rows if row.a == row.b]
    across = [row for row in rows if (kinds[row.a] == "model") != (kinds[row.b] == "model")]
    chosen += across if len(chosen) + len(across) <= FACTS else []
    return tuple(_fact(row, rooms[row.a, row.b]) for row in chosen[:FACTS])


def grid(evidence: Evidence, rooms: Rooms) -> Grid:
    """The table of means."""
    table = evidence.found.group_consistency
    means = table.head(SHOWN)
    rows = []
    for row in means.itertuples():
        room = rooms[row.a, row.b]
        numbers = (room.kappa_max, room.pictures, room.pairs, room.forced, room.pairs - room.defined)
        rows.append((pair(row.a, row.b), Estimate(row.mean, row.ci_low, row.ci_high), *numbers, standing(row)))
    left = f" (the first {len(means)} of {len(table):,})" if len(table) > len(means) else ""
    return Grid(
        caption=f"Mean kappa within and between groups{left}",
        heads=(
            Head("Groups"),
            Head("Mean kappa", "kappa", f"With its {confidence(evidence.found.plan.level)} interval."),
            Head(
                "Highest possible",
                "kappa",
                "The mean of the greatest kappas that the accuracies of each pair allow. There is none where missing "
                "answers are a code of their own.",
            ),
            Head("Shared pictures", "count", "How many pictures both of a pair answered; the median pair."),
            Head("Pairs", "count", "Of two different observers."),
            Head(
                "Can only be 0",
                "count",
                "Pairs in which one has every picture right, or every one wrong: kappa is 0 whatever the other does. "
                "They are in the mean.",
            ),
            Head("Undefined", "count", "Pairs without a kappa. They are not in the mean."),
            Head("Verdict", "text", "Whether the interval of the mean leaves out 0."),
        ),
        rows=tuple(rows),
        sortable=True,
        csv="tables/group_consistency.csv",
    )


def standing(row: Any) -> str:
    """Where a mean stands."""
    if not known(row.mean):
        return "undefined"
    if not known(row.ci_low):
        return "no interval"
    return ABOVE if row.ci_low > 0 else BELOW if row.ci_high < 0 else OPEN


def concluded(evidence: Evidence, c: Consistency, rooms: Rooms) -> Iterator[str]:
    """What may be concluded of the means, and what may not."""
    rows = [*evidence.found.group_consistency.head(SHOWN).itertuples()]
    where = {name: [row for row in rows if standing(row) == name] for name in (ABOVE, BELOW, OPEN)}
    if where[ABOVE]:
        yield (
            f"Above 0: {_estimates(where[ABOVE])}. They are wrong on the same pictures more often than chance has it."
        )
    if where[BELOW]:
        yield (
            f"Below 0: {_estimates(where[BELOW])}. They are wrong on the same pictures more rarely than chance has it."
        )
    tested = sum(map(len, where.values()))
    if tested > 1 and (where[ABOVE] or where[BELOW]):
        level = evidence.found.plan.level
        chance = (1 - level) * tested
        yield (
            f"Each interval stands by itself. Of {counted(tested, 'interval')} of {confidence(level)}, about "
            f"{chance:.{0 if chance >= 1 else 1}f} would leave out 0 by chance if nobody were consistent with anybody."
        )
    if still := where[OPEN]:
        widest = max(still, key=lambda row: float(row.ci_high))
        yield (
            f"Not resolved at this n: {_estimates(still)}. That does not show that their errors are independent: for "
            f"{pair(widest.a, widest.b)} every kappa up to {kappa(widest.ci_high)} is within the interval. No bound "
            f"was declared for kappas, so none can be called as good as 0. "
            f"{needed([(row.ci_low, row.ci_high) for row in still], OVER[c.resample])}".strip()
        )
    if mute := [row for row in rows if rooms[row.a, row.b].mute]:
        yield (
            f"Next to no errors: {named([_mute(row, rooms[row.a, row.b]) for row in mute])}. In each other pair at "
            "least one observer is always right (or always wrong). Such means say little, whatever their intervals; "
            "harder pictures or shorter exposures would say more."
        )
    low = [row for row in rows if rooms[row.a, row.b].kappa_max < LOW_CEILING]
    if low:
        tops = named([f"{pair(row.a, row.b)} {kappa(rooms[row.a, row.b].kappa_max)}" for row in low])
        yield (
            f"Low ceilings: {tops}. Where accuracies are high or far apart, kappa is small even if every error of the "
            "better one is an error of the other too. (Intervals may reach beyond: other pictures, other accuracies.)"
        )
    if why := _undefined(c):
        yield why
    said = [f"{pair(row.a, row.b)}: {row.note}" for row in rows if standing(row) == "no interval" and row.note]
    if said:
        yield f"Without an interval: {named(said)}."


def needed(intervals: Sequence[tuple[float, float]], what: str) -> str:
    """How many times as many pictures or observers it takes, roughly, for these intervals to tell much; empty if none.

    >>> needed([(-0.2, 0.2), (-0.05, 0.05)], "pictures")
    "For intervals of ±0.10 it takes roughly 4.0 times as many pictures: an interval's width falls with the square \
root of their number."
    """
    times = [times_as_many((high - low) / 2, TARGET) for low, high in intervals]
    wide = [each for each in times if each > 1.05]
    if not wide:
        return ""
    number = f"{min(wide):.1f} to {max(wide):.1f}" if max(wide) - min(wide) > 0.05 else f"{max(wide):.1f}"
    return (
        f"For intervals of ±{TARGET:.2f} it takes roughly {number} times as many {what}: an interval's width falls "
        "with the square root of their number."
    )


def _fact(row: Any, room: Ceiling) -> Fact:
    limits = f" {interval(row.ci_low, row.ci_high, 'kappa')}" if known(row.ci_low) else ""
    of = "" if room.defined == room.pairs else f"{room.defined} of "
    words = f"{pair(row.a, row.b)}{limits}: mean of {of}{counted(room.pairs, 'pair')}"
    if room.forced:
        words += f", {room.forced} of which can only be 0"
    return Fact(kappa(row.mean) if known(row.mean) else "undefined", words, room.mute)


def _mute(row: Any, room: Ceiling) -> str:
    told = f"{pair(row.a, row.b)} ({room.defined - room.forced} of {counted(room.pairs, 'pair')} with errors of both"
    return f"{told}, {room.apart} share no picture)" if room.apart else f"{told})"


def _undefined(c: Consistency) -> str:
    """Why pairs have no kappa, and how many for each reason."""
    if c.undefined.empty:
        return ""
    lost = c.kappa.isna()
    pairs = c.undefined.drop_duplicates(["a", "b"])
    at = {one: place for place, one in enumerate(c.observers)}
    without = lost.to_numpy()[[at[one] for one in pairs["a"]], [at[one] for one in pairs["b"]]]
    whys = Counter(re.sub(r"\b[\d,]+ (?=shared)", "the ", why) for why in pairs.loc[without, "reason"])
    if not whys:
        return ""
    said = joined([f"{why} ({counted(n, 'pair')})" for why, n in whys.most_common()])
    return f"Undefined, and left out of the means: {said}."


def _estimates(rows: Sequence[Any]) -> str:
    return named([f"{pair(row.a, row.b)} {estimate(row.mean, row.ci_low, row.ci_high, 'kappa')}" for row in rows])
