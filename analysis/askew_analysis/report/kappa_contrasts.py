"""Whether the observers of a group resemble one another more than they resemble those of another group."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from askew_analysis.comparison import Comparison
from askew_analysis.consistencies import Consistency
from askew_analysis.judgement import Verdict, too_near, verdict
from askew_analysis.report.blocks import Block, Estimate, Folded, Grid, Head, Listing, Text
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.kappa_means import SHOWN, named, needed
from askew_analysis.report.missing_rules import other_group
from askew_analysis.report.wording import OVER, confidence, estimate, known, p_value

SEEN = 12  # rows up to which a table is seen without being asked for
VERDICTS: dict[Verdict, str] = {
    "above": "resolved: more alike within",
    "below": "resolved: less alike within",
    "open": "not resolved at this n",
    "undefined": "undefined",
}


@dataclass(frozen=True)
class Row:
    """One difference; `forced` where the accuracies alone put it above 0, as far as is known."""

    within: str
    other: str
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    top: float  # the greatest mean between the groups; nan where it is unknown
    verdict: Verdict
    forced: bool

    @property
    def name(self) -> str:
        """The difference in words."""
        return f"{self.within} minus {self.within} × {self.other}"

    @property
    def said(self) -> str:
        """The difference in words and numbers."""
        return f"{self.name} {estimate(self.difference, self.low, self.high, 'kappa')}"

    @property
    def told(self) -> str:
        """The verdict in words."""
        if self.verdict == "alone":
            words = f"{'above' if self.low > 0 else 'below'} 0 by itself, not after Holm's correction"
        else:
            words = VERDICTS[self.verdict]
        return f"{words}; the accuracies alone do this" if self.forced and self.low > 0 else words


def blocks(evidence: Evidence, c: Consistency) -> list[Block]:
    """The differences within minus between groups, and which of them are resolved."""
    found = evidence.found
    if found.contrasts.empty:
        if len({*c.groups.values()}) < 2:
            return []
        return [Text("No group has two observers with a kappa, so none can be more like itself than like another.")]
    rows = _rows(found)
    alpha, tested = 1 - found.plan.level, int(found.contrasts["p"].notna().sum())
    left = f" (the first {len(rows)} of {len(found.contrasts):,})" if len(found.contrasts) > len(rows) else ""
    family = f"None of these {tested} was declared before the data, so p is corrected for all of them by Holm's rule."
    if tested < 2:
        family = "It was not declared before the data."
    intro = (
        "The observers of a group err in a way of their own if they resemble one another more than they resemble "
        "others. So here is the mean kappa within each group minus that between it and each other one, with the "
        f"interval of the difference. {family} A difference is called resolved if its interval leaves out 0 and the "
        f"corrected p is below {alpha:.3g}."
    )
    table = Grid(
        caption=f"Mean kappa within a group minus that between two groups{left}",
        heads=(
            Head("Within"),
            Head("Minus between"),
            Head("Difference", "kappa", f"Of mean kappas, with its {confidence(found.plan.level)} interval."),
            Head("p", "p", "Two-sided, from the resamples; by itself."),
            Head("p (Holm)", "p", f"Corrected for all {tested}."),
            Head(
                "Highest possible between",
                "kappa",
                "The greatest mean between the groups that the accuracies allow. There is none where missing answers "
                "are a code of their own.",
            ),
            Head("Verdict"),
        ),
        rows=tuple(
            (
                row.within,
                f"{row.within} × {row.other}",
                Estimate(row.difference, row.low, row.high),
                row.p,
                row.p_holm,
                row.top,
                row.told,
            )
            for row in rows
        ),
        sortable=True,
        csv="tables/consistency_contrasts.csv",
    )
    whole = table if len(rows) <= SEEN else Folded(f"All {len(rows)} differences", (table,))
    return [Text(intro), Listing(tuple(_judged(evidence, rows, tested))), whole]


def _rows(found: Comparison) -> list[Row]:
    shown = [*found.contrasts.head(SHOWN).itertuples()]
    return [
        Row(
            within=str(row.a),
            other=other_group(str(row.a), str(row.b)),
            difference=row.difference,
            low=row.ci_low,
            high=row.ci_high,
            p=row.p,
            p_holm=row.p_holm,
            top=row.between_max,
            verdict=verdict(row.ci_low, row.ci_high, row.p_holm, 1 - found.plan.level),
            forced=row.forced,
        )
        for row in shown
    ]


def _judged(evidence: Evidence, rows: Sequence[Row], tested: int) -> Iterator[str]:
    """What is resolved, what the accuracies alone do, what is a hint and what is open."""
    plan = evidence.found.plan
    alpha = 1 - plan.level

    def of(wanted: Verdict) -> list[str]:
        return [row.said for row in rows if row.verdict == wanted and not row.forced]

    if resolved := of("above"):
        if any(known(row.top) for row in rows if row.verdict == "above" and not row.forced):
            check = "so hold the mean between them against the highest possible one."
        else:
            check = "and by how much cannot be told here: missing answers are a code of their own."
        yield (
            f"More alike within than between: {named(resolved)}. Unequal accuracies lower kappa between groups too, "
            f"{check}"
        )
    if less := [row.said for row in rows if row.verdict == "below"]:
        yield f"Less alike within than between: {named(less)}."
    by_force = [row.said for row in rows if row.forced and row.low > 0]
    if by_force:
        yield (
            f"Says nothing of the kind of errors: {named(by_force)}. Between these groups the accuracies keep kappa "
            "below the mean within the group, even if all errors of the better group were errors of the other as well."
        )
    if hints := of("alone"):
        yield (
            f"Leaves out 0 by itself, but not after correction for {tested}: {named(hints)}. A hint, unless one of "
            "them was the single comparison planned before the data."
        )
    if still := [row for row in rows if row.verdict == "open"]:
        widest = max(still, key=lambda row: row.high - row.low)
        yield (
            f"Not resolved at this n: {len(still)} of {len(rows)}. These may be 0 and may be large: the widest "
            f"interval is that of {widest.said}. "
            f"{needed([(row.low, row.high) for row in still], OVER[plan.resample])}".strip()
        )
    near = [f"{row.name} ({p_value(row.p)})" for row in rows if known(row.p) and too_near(row.p, alpha, plan.resamples)]
    if near:
        yield (
            f"Whether p by itself is below {alpha:.3g} cannot be told with {plan.resamples:,} resamples for "
            f"{named(near)}: another seed may turn it."
        )
    least = 2 / (plan.resamples + 1)
    if least * tested >= alpha:
        yield (
            f"With {plan.resamples:,} resamples no p is below {least:.2g}, which corrected for {tested} is "
            f"{np.minimum(1, least * tested):.2g}: nothing can be resolved. It takes {math.ceil(2 * tested / alpha):,} "
            "resamples or more."
        )
