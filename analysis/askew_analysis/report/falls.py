"""How far the accuracy of each group falls from upright to rotated pictures."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from askew.declared import Contrast
from askew_analysis.comparison import Comparison
from askew_analysis.differences import t_tests
from askew_analysis.network_table import UPRIGHT
from askew_analysis.report.blocks import Estimate
from askew_analysis.report.evidence import Evidence

MANY = 24  # groups beyond which only those falls are told that the comparison has tested already


@dataclass(frozen=True, kw_only=True)
class Fall:
    """The accuracies of a group upright and rotated, and their difference with its interval over observers."""

    group: str
    upright: float
    rotated: float
    difference: Estimate  # upright minus rotated


def falls_of(evidence: Evidence) -> tuple[Fall, ...]:
    """The falls of a report, tested once for all sections."""
    return evidence.once(_falls_of)


def _falls_of(evidence: Evidence) -> tuple[Fall, ...]:
    return falls(evidence.found)


def falls(found: Comparison) -> tuple[Fall, ...]:
    """The fall of each group that answered upright and rotated pictures, in their order; none in other designs."""
    rotated = found.rotated
    if rotated is None or UPRIGHT not in {*found.accuracy["condition"]}:
        return ()
    means = found.accuracy.set_index(["group", "condition"])["mean"].dropna()
    both = [group for group in found.groups if (group, UPRIGHT) in means.index and (group, rotated) in means.index]
    tested = _tested(found, both, rotated)
    return tuple(
        Fall(
            group=group,
            upright=float(means[group, UPRIGHT]),
            rotated=float(means[group, rotated]),
            difference=tested[group],
        )
        for group in both
        if group in tested
    )


def _tested(found: Comparison, groups: Sequence[str], rotated: str) -> Mapping[str, Estimate]:
    """Upright minus rotated as the comparison tested it; where it did not, the same test of these alone."""
    there = _rows(found.tests, rotated)
    lacking = [group for group in groups if group not in there]
    if lacking and len(groups) <= MANY:
        planned = [Contrast(a=UPRIGHT, b=rotated, group=group) for group in lacking]
        plan = found.plan
        more = t_tests(
            found.trials, planned, missing=plan.missing, combine=plan.combine, bound=plan.bound, level=plan.level
        )
        there |= _rows(more, rotated)
    return there


def _rows(tests: pd.DataFrame, rotated: str) -> dict[str, Estimate]:
    found = {}
    for row in tests.itertuples():
        if isinstance(row.group, str) and {row.a, row.b} == {UPRIGHT, rotated} and math.isfinite(row.effect):
            low, high = float(row.ci_low), float(row.ci_high)
            if row.a == UPRIGHT:
                found[row.group] = Estimate(float(row.effect), low, high)
            else:
                found[row.group] = Estimate(-float(row.effect), -high, -low)
    return found
