"""Whether conclusions on error consistency depend on the rule for missing answers: the differences under each rule.

Estimates are exact under every rule. Intervals, which cost time, are drawn anew for those differences alone whose
interval could come to lie on the other side of 0.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from askew.errors import counted
from askew_analysis.comparison import Comparison, agreement_again
from askew_analysis.effects import holm
from askew_analysis.judgement import DECIDED, Verdict, verdict
from askew_analysis.report.blocks import Block, Estimate, Folded, Grid, Head, Listing, Note, Text
from askew_analysis.report.wording import joined, kappa, known, some

RULES = {
    "drop": "a picture that one of the two did not answer is left out of their comparison",
    "wrong": "no answer counts as a wrong one",
    "own-code": "no answer is a code of its own, which only equals another's missing answer",
}
COMPARED = 60  # differences that are looked at
NAMED = 4  # of those that change, how many are told in words
DRAWS = 2_500_000  # kappas that are drawn for one rule
SLACK = 0.05  # of an interval's width, by which a limit may move beside its estimate; and more with more missing
SIDES: dict[Verdict, str] = {
    "above": "above 0",
    "below": "below 0",
    "alone": "leaves out 0, but not after Holm's correction",
    "open": "includes 0",
    "undefined": "undefined",
}


@dataclass(frozen=True)
class Under:
    """A difference under one rule; limits are missing where they need not be known."""

    value: float
    low: float | None = None
    high: float | None = None
    verdict: Verdict = "undefined"


@dataclass(frozen=True)
class Compared:
    """One difference of mean kappas under every rule."""

    within: str
    between: str
    rules: dict[str, Under]

    @property
    def changes(self) -> bool:
        """Whether the verdict is not the same under all rules."""
        return len({under.verdict for under in self.rules.values() if under.low is not None}) > 1

    @property
    def changes_corrected(self) -> bool:
        """Whether the difference is resolved, after correction, under some rules only."""
        known = [under.verdict for under in self.rules.values() if under.low is not None]
        return len({verdict in DECIDED for verdict in known}) > 1


def blocks(found: Comparison) -> tuple[Block, ...]:
    """What the rule for missing answers does to the differences within minus between groups."""
    own = found.plan.missing
    trials = found.trials[found.trials["condition"].isin(found.consistency_conditions)]
    lacking = trials[trials["correct"].isna()]
    if lacking.empty:
        return (
            Text("Every trial that is compared here has an answer, so the rule for missing answers plays no part."),
        )
    numbers = lacking["group"].value_counts()
    whose = some([f"{numbers[group]} of {group}" for group in found.groups if group in numbers])
    has = "has" if len(lacking) == 1 else "have"
    intro = (
        f"{len(lacking):,} of {counted(len(trials), 'compared trial')} {has} no answer ({whose}). Here the rule is "
        f'"{own}": {RULES[own]}.'
    )
    table = found.contrasts
    if table.empty:
        return (Text(intro),)
    compared, resamples = compare_rules(found)
    changed = [each for each in compared if each.changes]
    number = f"all {len(table)} differences above were" if len(table) > 1 else "the difference above was"
    if len(table) > COMPARED:
        number = f"the first {COMPARED} of the {len(table):,} differences above were"
    intro += f" So that nothing depends on that choice unseen, {number} computed under the other two as well."
    if resamples < found.plan.resamples:
        intro += f" For this, intervals under all three rules come from {resamples:,} resamples."
    others = joined([f'"{rule}" ({words})' for rule, words in RULES.items() if rule != own])
    told: list[Block] = [Text(f"{intro} The others are {others}.")]
    if changed:
        what = "1 difference depends" if len(changed) == 1 else f"{len(changed)} differences depend"
        words = "The verdict is not the same under each rule."
        if not any(each.changes_corrected for each in changed):
            words = (
                "Whether the interval leaves out 0 is not the same under each rule. After correction none of them is "
                "resolved under any."
            )
        words += (
            " What is concluded from it is a conclusion about the rule as well, unless the rule was declared before "
            "the data were seen."
        )
        told += [Note(f"{what} on the rule for missing answers", words, "caution"), Listing(tuple(_named(changed)))]
    else:
        told += [Text(f"No verdict changes. {_moved(compared, own)}")]
    return (*told, Folded("The differences under each rule for missing answers", (_grid(compared, own),)))


def compare_rules(found: Comparison) -> tuple[list[Compared], int]:
    """The differences of a comparison under each rule, and the number of resamples behind their intervals."""
    plan = found.plan
    table = found.contrasts.head(COMPARED)
    pairs = [(str(row.a), other_group(str(row.a), str(row.b))) for row in table.itertuples()]
    shares = found.trials["correct"].isna().groupby(found.trials["group"]).mean()
    lacking = [max(shares[a], shares[b]) for a, b in pairs]
    exact = {rule: _exact(found, rule, pairs, lacking) for rule in RULES if rule != plan.missing}
    suspects = [
        place
        for place, row in enumerate(table.itertuples())
        if lacking[place]
        and any(
            _may_change(row.ci_low, row.ci_high, values[place] - row.difference, SLACK + lacking[place])
            for values in exact.values()
        )
    ]
    resamples = plan.resamples
    drawn: dict[str, list[pd.Series]] = {}
    if suspects:
        groups = list(dict.fromkeys(group for place in suspects for group in pairs[place]))
        count = sum(group in groups for group in found.consistency.groups.values()) if found.consistency else 0
        resamples = min(plan.resamples, max(1_000, DRAWS // max(1, count * (count - 1) // 2)))
        for rule in RULES:
            if rule == plan.missing and resamples == plan.resamples:
                drawn[rule] = [table.iloc[place] for place in suspects]
            else:
                c = agreement_again(found, groups, missing=rule, resamples=resamples)
                drawn[rule] = [c.contrast(pairs[place][0], pairs[place], plan.level) for place in suspects]
    rules = [
        {plan.missing: Under(float(row.difference)), **{rule: Under(values[at]) for rule, values in exact.items()}}
        for at, row in enumerate(table.itertuples())
    ]
    for rule, rows in drawn.items():
        ps = found.contrasts["p"].to_numpy(dtype=float, copy=True)
        ps[suspects] = [row["p"] for row in rows]
        for place, row, p in zip(suspects, rows, holm(ps)[suspects], strict=True):
            low, high = float(row["ci_low"]), float(row["ci_high"])
            rules[place][rule] = Under(float(row["difference"]), low, high, verdict(low, high, p, 1 - plan.level))
    return [Compared(*pair, rules=each) for pair, each in zip(pairs, rules, strict=True)], resamples


def other_group(a: str, b: str) -> str:
    """The other of the two groups that a contrast's second side is between.

    >>> other_group("40ms", "40ms x networks")
    'networks'
    """
    return b[len(f"{a} x ") :]


def _exact(found: Comparison, rule: str, pairs: Sequence[tuple[str, str]], lacking: Sequence[float]) -> list[float]:
    """The differences under another rule; those of two groups that answered everything are the same under each."""
    values = [float(value) for value in found.contrasts["difference"].head(len(pairs))]
    again = [place for place, share in enumerate(lacking) if share]
    if again:
        groups = list(dict.fromkeys(group for place in again for group in pairs[place]))
        c = agreement_again(found, groups, missing=rule, resamples=1)
        for place in again:
            a, b = pairs[place]
            values[place] = c.difference(a, (a, b))
    return values


def _may_change(low: float, high: float, shift: float, slack: float) -> bool:
    """Whether an interval that moves by so much, and changes its width a little, may come to the other side of 0."""
    if not low <= high:
        return False
    change = slack * (high - low)
    if low <= 0 <= high:
        return low + shift + change > 0 or high + shift - change < 0
    return low + shift - change <= 0 <= high + shift + change


def _named(changed: Sequence[Compared]) -> Iterator[str]:
    yield from map(_told, changed[:NAMED])
    if len(changed) > NAMED:
        yield f"And {len(changed) - NAMED} more, in the table."


def _told(each: Compared) -> str:
    said = [
        f"{precise(under)} under {rule} ({SIDES[under.verdict]})"
        for rule, under in each.rules.items()
        if under.low is not None
    ]
    return f"{each.within} minus {each.within} × {each.between}: {'; '.join(said)}."


def precise(under: Under) -> str:
    """A difference with three decimals, for what depends on a rule comes close to 0."""
    limits = [_limit(value) for value in (under.low, under.high) if value is not None]
    return f"{kappa(under.value, 3)} [{', '.join(limits)}]"


def _limit(value: float) -> str:
    """A limit with three decimals, or more where they hide on which side of 0 it lies."""
    return kappa(value, next((digits for digits in (3, 4, 5, 6) if abs(value) >= 0.5 * 10**-digits), 3))


def _moved(compared: Sequence[Compared], own: str) -> str:
    """By how much estimates move at most."""
    moves = [
        abs(under.value - each.rules[own].value)
        for each in compared
        for under in each.rules.values()
        if known(under.value) and known(each.rules[own].value)
    ]
    return f"The estimates move by {kappa(max(moves), 3)} at most." if moves else ""


def _grid(compared: Sequence[Compared], own: str) -> Grid:
    order = [own, *(rule for rule in RULES if rule != own)]
    return Grid(
        caption="Mean kappa within minus between groups, by the rule for missing answers. An interval is drawn anew "
        "where it could come to lie on the other side of 0",
        heads=(
            Head("Within"),
            Head("Minus between"),
            *(Head(f'Rule "{rule}"', "kappa", RULES[rule]) for rule in order),
            Head("Verdict changes"),
        ),
        rows=tuple(
            (
                each.within,
                f"{each.within} × {each.between}",
                *(Estimate(under.value, under.low, under.high) for under in (each.rules[rule] for rule in order)),
                each.changes,
            )
            for each in compared
        ),
        sortable=True,
    )
