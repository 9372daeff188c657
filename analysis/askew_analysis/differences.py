"""Differences in accuracy between groups and between conditions: the usual t tests, and what belongs beside them."""

import warnings
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from askew.declared import Contrast
from askew.errors import BadInput, meant, quoted
from askew_analysis.accuracies import Combine, observer_accuracy, rotated
from askew_analysis.columns import need, tails
from askew_analysis.effects import bayes_factor, g_interval, hedges_g, holm, p_equivalence
from askew_analysis.judgement import Outcome, outcome, verdict

Doubles = NDArray[np.float64]

BOUND = 0.05  # five percentage points


def t_tests(
    df: pd.DataFrame,
    contrasts: Sequence[Contrast] | None = None,
    *,
    missing: str = "drop",
    combine: Combine | None = None,
    bound: float = BOUND,
    level: float = 0.95,
) -> pd.DataFrame:
    """Student's t tests of differences in observers' accuracies, with what a reader needs to judge them.

    `contrasts` are the planned ones; without them all groups are compared in all conditions, and all conditions in all
    groups. The test is paired where both sides have the same observers, unpaired where they share none; where they
    share some, neither applies, and `note` says so. One row per contrast:

    - a, b, condition (of two groups) or group (of two conditions), test, statistic, df, p, p_holm (over all rows);
    - effect (mean of a minus mean of b, a difference of proportions) with ci_low and ci_high;
    - hedges_g with g_low and g_high (paired: in SDs of the differences);
    - p_welch (without equal variances), bf10 (Bayes factor for a difference);
    - p_equivalence (both one-sided tests that the difference is within +-`bound`), p_equivalence_holm, bound;
    - n_a, n_b, note, and verdict: `resolved` where the interval leaves out 0 and p_holm is below 1 - `level`,
      `equivalent` where p_equivalence_holm is, `alone` where a difference is there before correction only, `open` where
      nothing is decided, which does not show that there is no difference, `undefined` where there is no test.

    t tests take observers as the only source of chance. Where the same pictures come back, their difficulty is the
    greater one: see `mixed_model`.
    """
    need(df, "observer", "group", "condition", "correct")
    tails(level)
    if not 0 < bound < 1:
        raise BadInput(f"bound={quoted(bound)} is given; it has to be a difference of proportions, between 0 and 1")
    each = observer_accuracy(df, ("group", "condition"), missing, combine)
    planned = list(dict.fromkeys(contrasts)) if contrasts is not None else list(_all(each, combine))
    for contrast in planned:
        if not isinstance(contrast, Contrast):
            raise BadInput(
                f"{quoted(contrast)} is given; a contrast is Contrast(a=..., b=..., condition=... or group=...)"
            )
    with warnings.catch_warnings():
        # scipy warns where all observers of one side are perfect; the spread of the other side is enough for a test.
        warnings.filterwarnings("ignore", "Precision loss occurred", RuntimeWarning)
        rows = [_row(each, contrast, bound, level) for contrast in planned]
    columns = [
        *("a", "b", "condition", "group", "test", "statistic", "df", "p", "p_holm", "effect", "ci_low", "ci_high"),
        *("hedges_g", "g_low", "g_high", "p_welch", "bf10", "p_equivalence", "p_equivalence_holm"),
        *("bound", "n_a", "n_b", "note"),
    ]
    table = pd.DataFrame(rows, columns=columns)
    for name in ("p", "p_equivalence"):
        table[f"{name}_holm"] = holm(table[name].to_numpy(dtype=float))
    return table.assign(verdict=[_verdict(row, 1 - level) for row in table.itertuples()])


def _verdict(row: Any, alpha: float) -> Outcome:
    return outcome(verdict(row.ci_low, row.ci_high, row.p_holm, alpha), row.p_equivalence_holm, alpha)


def _all(each: pd.DataFrame, combine: Combine | None) -> Iterator[Contrast]:
    groups, conditions = ([*dict.fromkeys(each[name])] for name in ("group", "condition"))
    there = {*zip(each["group"], each["condition"], strict=True)}
    parts = rotated([c for c in conditions if c != "rotated"]) if combine is None else combine
    for condition in conditions:
        for a, b in combinations(groups, 2):
            if {(a, condition), (b, condition)} <= there:
                yield Contrast(a=a, b=b, condition=condition)
    for a, b in combinations(conditions, 2):
        if a not in parts.get(b, ()) and b not in parts.get(a, ()):
            yield from (Contrast(a=a, b=b, group=group) for group in groups if {(group, a), (group, b)} <= there)


def _row(each: pd.DataFrame, contrast: Contrast, bound: float, level: float) -> dict[str, Any]:
    one, other = (_side(each, contrast, name) for name in (contrast.a, contrast.b))
    row: dict[str, Any] = {**vars(contrast), "n_a": len(one), "n_b": len(other), "bound": bound, "note": ""}
    for name, side in ((contrast.a, one), (contrast.b, other)):
        if side.empty:
            where = f"group {contrast.group}" if contrast.group else f"condition {contrast.condition}"
            return row | {"note": f"{name} has no answers in the {where}"}
    shared = one.index.intersection(other.index)
    paired = len(shared) == len(one) == len(other)
    row["effect"] = one.mean() - other.mean()
    if len(shared) and not paired:
        return row | {"note": f"{len(shared)} of the observers are on both sides, so neither t test applies"}
    x = one.sort_index().to_numpy(dtype=float)
    y = other.sort_index().to_numpy(dtype=float)
    row["test"] = "paired t" if paired else "unpaired t"
    if min(len(x), len(y)) < 2:
        return row | {"note": "one observer has no spread; a t test needs two on each side"}
    spread = np.ptp(x - y) if paired else max(np.ptp(x), np.ptp(y))
    if spread < 1e-12:
        what = "all differences are" if paired else "all observers of each side have"
        return row | {"note": f"{what} equal{'' if paired else ' accuracies'}, so there is no spread to test against"}
    return row | _tested(x, y, paired, bound, level)


def _tested(x: Doubles, y: Doubles, paired: bool, bound: float, level: float) -> dict[str, Any]:
    found = stats.ttest_rel(x, y) if paired else stats.ttest_ind(x, y)
    interval = found.confidence_interval(level)
    # Paired, both the effect size and its interval are in units of the differences' spread, as the test is.
    g = hedges_g(x, y, paired=paired)
    g_low, g_high = g_interval(g, len(x), len(y), paired=paired, level=level)
    return {
        "statistic": float(found.statistic),
        "df": float(found.df),
        "p": float(found.pvalue),
        "ci_low": float(interval.low),
        "ci_high": float(interval.high),
        "hedges_g": g,
        "g_low": g_low,
        "g_high": g_high,
        "p_welch": float("nan") if paired else float(stats.ttest_ind(x, y, equal_var=False).pvalue),
        "bf10": bayes_factor(float(found.statistic), len(x), len(y), paired=paired),
        "p_equivalence": p_equivalence(x, y, bound, paired=paired),
    }


def _side(each: pd.DataFrame, contrast: Contrast, name: str) -> "pd.Series[float]":
    """The accuracies of one side of a contrast, by observer."""
    group, condition = (name, contrast.condition) if contrast.group is None else (contrast.group, name)
    for column, wanted in (("group", group), ("condition", condition)):
        known = [*dict.fromkeys(each[column])]
        if wanted not in known:
            raise BadInput(
                f"contrast {quoted(contrast.a)} against {quoted(contrast.b)}: no {column} {quoted(wanted)} in the "
                f"trials{meant(str(wanted), known)}; there are: {', '.join(known)}"
            )
    rows = each[(each["group"] == group) & (each["condition"] == condition) & (each["n_trials"] > 0)]
    return rows.set_index("observer")["accuracy"]
