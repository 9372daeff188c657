"""Comparisons of accuracy with their verdicts: what the t test and the mixed model say of each."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from askew.declared import Contrast
from askew.errors import counted
from askew_analysis.comparison import Comparison
from askew_analysis.effects import holm
from askew_analysis.judgement import DECIDED, Outcome, Verdict, verdict
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.predicted import Predicted, predicted
from askew_analysis.report.wording import bounded, estimate, interval, joined, known, p_value, points

CLASHES = 6  # of t test and model, that get a sentence of their own


@dataclass(frozen=True)
class Judged:
    """One comparison: its t test, what the mixed model predicts, and what may be concluded."""

    row: Any  # of `t_tests`
    model: Predicted
    p_model: float  # corrected for all
    alpha: float

    @property
    def name(self) -> str:
        """The comparison in words."""
        where = f", {self.row.condition}" if isinstance(self.row.condition, str) else f" in {self.row.group}"
        return f"{self.row.a} minus {self.row.b}{where}"

    @property
    def said(self) -> str:
        """The comparison in words and numbers."""
        return f"{self.name} {points(self.row.effect)} {interval(self.row.ci_low, self.row.ci_high, 'difference')}"

    @property
    def verdict(self) -> Verdict:
        """Where the t test puts the difference."""
        return verdict(self.row.ci_low, self.row.ci_high, self.row.p_holm, self.alpha)

    @property
    def of_model(self) -> Verdict:
        """Where the mixed model puts it, by its odds ratio, which is what its p is of."""
        low, high = (math.log(end) for end in (self.model.odds_low, self.model.odds_high))
        return verdict(low, high, self.p_model, self.alpha)

    @property
    def equivalent(self) -> bool:
        """Whether the difference is shown to lie within the bound; one that is resolved may be both."""
        return bool(self.row.p_equivalence_holm < self.alpha)

    @property
    def outcome(self) -> Outcome:
        """What became of the comparison."""
        found: Outcome = self.row.verdict
        return found

    @property
    def only_equal_spread(self) -> bool:
        """Whether the difference is resolved by Student's test only, which takes the spreads to be equal."""
        return self.outcome == "resolved" and known(self.row.p_welch) and self.row.p_welch >= self.alpha

    @property
    def told(self) -> str:
        """The verdict in words."""
        row, bound = self.row, bounded(self.row.bound)
        order = f"{row.a} {'above' if row.effect > 0 else 'below'} {row.b}"
        size = f", by less than {bound}" if self.equivalent else ""
        return {
            "resolved": f"resolved: {order}{size}{'; not by Welch' * self.only_equal_spread}",
            "equivalent": f"equivalent within {bound}",
            "alone": f"{order} by itself, not after Holm's correction",
            "open": "not resolved at this n",
            "undefined": "no test",
        }[self.outcome]


def judgements(evidence: Evidence) -> list[Judged]:
    """The comparisons of a report, judged once for all sections."""
    return evidence.once(_judgements)


def _judgements(evidence: Evidence) -> list[Judged]:
    return judge(evidence.found)


def judge(found: Comparison) -> list[Judged]:
    """The comparisons of accuracy, each judged; p values are corrected for all of them."""
    rows = [*found.tests.itertuples()]
    models = predicted(found, [Contrast(a=row.a, b=row.b, **_where(row)) for row in rows])
    corrected = holm([each.p for each in models])
    alpha = 1 - found.plan.level
    return [Judged(row, model, float(p), alpha) for row, model, p in zip(rows, models, corrected, strict=True)]


def against_model(judged: Sequence[Judged]) -> Iterator[str]:
    """Where the t test and the mixed model do not say the same; the first of these comparisons in words."""
    both = [each for each in judged if each.verdict != "undefined" and each.of_model != "undefined"]
    agree = 0
    clashes: list[str] = []
    for each in both:
        t, m = each.verdict, each.of_model
        model = each.model
        predicted_as = (
            f"odds ratio {estimate(model.odds_ratio, model.odds_low, model.odds_high, 'ratio')}, "
            f"{p_value(each.p_model)} after Holm's correction; {points(model.difference)}"
        )
        if t in DECIDED and m in DECIDED and t != m:
            clashes.append(
                f"The t test and the mixed model contradict each other on {each.said}. It predicts: {predicted_as}."
            )
        elif t in DECIDED and m not in DECIDED:
            clashes.append(
                f"Only the t test resolves {each.said}. The mixed model, which also counts pictures as a source of "
                f"chance, does not ({predicted_as}): with other pictures the difference might not be there."
            )
        elif m in DECIDED and t not in DECIDED:
            clashes.append(
                f"Only the mixed model resolves {each.said} ({predicted_as}). It sets the difficulty of each picture "
                "apart, which adds to the noise of the t test, but rests on more assumptions."
            )
        else:
            agree += 1
    yield from clashes[:CLASHES]
    if len(clashes) > CLASHES:
        yield f"The t test and the mixed model differ on {counted(len(clashes) - CLASHES, 'other comparison')} as well."
    if agree == len(both) > 0:
        what = counted(agree, "comparison")
        which = f"all {what}" if agree > 1 else "the one"
        yield f"The t test and the mixed model agree on {which} that both can judge."
    elif agree:
        yield f"The t test and the mixed model agree on {agree} of {len(both)} comparisons that both can judge."
    whys = Counter(each.model.why for each in judged if each.model.why)
    if whys:
        yield f"The mixed model does not answer {joined([f'{n} of them ({why})' for why, n in whys.most_common()])}."


def are_planned(evidence: Evidence) -> bool:
    """Whether the comparisons were planned: declared, and not by an import, which comes after the data."""
    imported = evidence.study is not None and "importer" in evidence.study.source
    return bool(evidence.found.plan.contrasts) and not imported


def comparisons(evidence: Evidence, number: int) -> str:
    """So many comparisons of accuracy in words, which are called planned only where they were planned."""
    if are_planned(evidence):
        return f"{counted(number, 'planned comparison')} of accuracy"
    declares = " that the study declares" if evidence.found.plan.contrasts else ""
    return f"{counted(number, 'comparison')} of accuracy{declares}"


def not_made(evidence: Evidence) -> str:
    """How many comparisons the study declares that could not be made; nothing where all could.

    There are no trials of one of their sides, or not in that condition.
    """
    declared = len(evidence.found.plan.contrasts)
    lost = declared - len(evidence.found.tests) if declared else 0
    if not lost:
        return ""
    if declared == 1:
        return "The one comparison of accuracy that the study declares could not be made."
    of = f"{counted(declared, 'comparison')} of accuracy that the study declares"
    return f"None of {of} could be made." if lost == declared else f"Of {of}, {lost:,} could not be made."


def _where(row: Any) -> dict[str, str]:
    return {"condition": row.condition} if isinstance(row.condition, str) else {"group": row.group}
