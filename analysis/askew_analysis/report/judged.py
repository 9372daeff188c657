"""Planned comparisons of accuracy with their verdicts: what the t test and the mixed model say of each."""

from dataclasses import dataclass
from typing import Any

from askew.declared import Contrast
from askew_analysis.comparison import Comparison
from askew_analysis.report.judgement import Verdict, holm, verdict
from askew_analysis.report.predicted import Predicted, predicted
from askew_analysis.report.wording import interval, known, points

SHOWN = 300  # comparisons that are told of; all are in the file


@dataclass(frozen=True)
class Judged:
    """One comparison: its t test, what the mixed model predicts, and what may be concluded."""

    row: Any  # of `t_tests`
    model: Predicted
    p_equivalence: float  # corrected for all
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
        """Where the mixed model puts it."""
        return verdict(self.model.low, self.model.high, self.p_model, self.alpha)

    @property
    def equivalent(self) -> bool:
        """Whether the difference is shown to lie within the bound."""
        return known(self.p_equivalence) and self.p_equivalence < self.alpha

    @property
    def only_equal_spread(self) -> bool:
        """Whether the difference is resolved by Student's test only, which takes the spreads to be equal."""
        return self.verdict in {"above", "below"} and known(self.row.p_welch) and self.row.p_welch >= self.alpha

    @property
    def told(self) -> str:
        """The verdict in words."""
        row, bound = self.row, f"{100 * self.row.bound:g} points"
        order = f"{row.a} {'above' if row.effect > 0 else 'below'} {row.b}"
        if self.verdict == "undefined":
            return "no test"
        if self.verdict in {"above", "below"}:
            size = f", by less than {bound}" if self.equivalent else ""
            return f"resolved: {order}{size}{'; not by Welch' * self.only_equal_spread}"
        if self.equivalent:
            return f"equivalent within {bound}"
        return (
            f"{order} by itself, not after Holm's correction" if self.verdict == "alone" else "not resolved at this n"
        )


def judge(found: Comparison) -> list[Judged]:
    """The comparisons of accuracy, each judged; p values are corrected for all of them."""
    equivalences = holm(found.tests["p_equivalence"].to_numpy(dtype=float))
    rows = [*found.tests.head(SHOWN).itertuples()]
    models = predicted(found, [Contrast(a=row.a, b=row.b, **_where(row)) for row in rows])
    corrected = holm([each.p for each in models])
    alpha = 1 - found.plan.level
    return [
        Judged(row, model, float(equivalence), float(p), alpha)
        for row, model, equivalence, p in zip(rows, models, equivalences, corrected, strict=False)
    ]


def _where(row: Any) -> dict[str, str]:
    return {"condition": row.condition} if isinstance(row.condition, str) else {"group": row.group}
