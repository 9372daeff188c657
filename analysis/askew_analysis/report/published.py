"""What Ollikka et al. (TMLR 2025) concluded, held against the intervals of their own data.

Only in the report of a study that was imported from theirs. Each conclusion is in our words, with where it stands; the
verdict follows from the numbers, so other rules or another level may change it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from askew.declared import Contrast
from askew.errors import BadInput, one_line
from askew_analysis.comparison import agreement_again
from askew_analysis.consistencies import Consistency
from askew_analysis.differences import t_tests
from askew_analysis.report.blocks import Block, Estimate, Grid, Head, Section, Text
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.wording import MINUS, estimate, joined, p_value, share

IMPORTER = "unusual-poses"
PEOPLE, NETWORKS, LANGUAGE = "40ms", "networks", "vlms"  # the groups as the importer names them
RULES = {"own-code": "a mis-click is an answer of its own kind", "drop": "pictures without an answer are left out"}
ROBUST = "gemini"
SELECTED = (
    "By their names, rotated-correct and rotated-incorrect pictures were sorted by whether a network got them right; "
    "the data do not say which. So part of the networks' loss may be that choice, and poses drawn at random would "
    "show how much."
)
HOLDS, OPEN, RULE, CONTRADICTED = "holds", "not resolved", "hangs on a rule", "contradicted"


class Case:
    """The evidence, and what several conclusions are checked by, computed once."""

    def __init__(self, evidence: Evidence) -> None:
        self.found = evidence.found
        self.level = evidence.found.plan.level

    @cached_property
    def agreements(self) -> Mapping[str, Consistency]:
        """Error consistency of people at 40 ms and networks, by the rule for missing answers."""
        return {rule: agreement_again(self.found, groups=(PEOPLE, NETWORKS), missing=rule) for rule in RULES}

    def test(self, planned: Contrast) -> pd.Series:
        """One planned comparison, by the rules of the report, without a correction for others."""
        plan = self.found.plan
        options: dict[str, Any] = {"missing": plan.missing, "combine": plan.combine, "bound": plan.bound}
        row = t_tests(self.found.trials, [planned], **options, level=plan.level).iloc[0]
        if not np.isfinite(row["p"]):
            raise BadInput(str(row["note"]))
        return row


@dataclass(frozen=True)
class Checked:
    """What the intervals say of a conclusion."""

    verdict: str
    words: str


@dataclass(frozen=True)
class Claim:
    """A published conclusion in our words, where it stands, and what it is checked by."""

    words: str
    where: str
    check: Callable[[Case], Checked]


def section(evidence: Evidence) -> Section | None:
    """The published conclusions and what becomes of them; None where the study is not that one."""
    if evidence.study is None or evidence.study.source.get("importer") != IMPORTER:
        return None
    case = Case(evidence)
    rows = tuple((claim.words, claim.where, *_told(claim, case)) for claim in CLAIMS)
    changed = [words for words, _, verdict, _ in rows if verdict != HOLDS]
    blocks: list[Block] = [
        Text(
            "This is the study of Ollikka et al. (TMLR 2025), computed again from its public data. Accuracies and t "
            "tests follow the published rules. What their paper concludes is below, each conclusion beside what the "
            "intervals say."
        ),
        Text(
            f"{len(rows) - len(changed)} of {len(rows)} conclusions hold. "
            + (f"{len(changed)} do not follow from the data as they stand." if changed else "")
        ),
        Grid(
            caption="The published conclusions (in our words), and what the intervals say",
            heads=(
                Head("Conclusion"),
                Head("Where"),
                Head("Verdict"),
                Head("What the data say"),
            ),
            rows=rows,
        ),
    ]
    blocks.append(Text(SELECTED))
    matrix = _reproduction(case)
    return Section(name="published", title="The published conclusions", blocks=(*blocks, *([matrix] if matrix else [])))


def _told(claim: Claim, case: Case) -> tuple[str, str]:
    try:
        found = claim.check(case)
    except BadInput as error:
        return "not checked", one_line(error)
    return found.verdict, found.words


def _difference(row: pd.Series) -> str:
    return estimate(row["effect"], row["ci_low"], row["ci_high"], "difference") + " points"


def _fall(group: str, expected: bool) -> Callable[[Case], Checked]:
    """Whether a group loses accuracy from upright to rotated (or does not, by an equivalence test)."""

    def check(case: Case) -> Checked:
        row = case.test(Contrast(a="upright", b="rotated", group=group))
        words = f"Upright minus rotated, {group}: {_difference(row)}"
        bound = f"{100 * row['bound']:g} points"
        if expected:
            return Checked(HOLDS if row["ci_low"] > 0 else OPEN, f"{words}.")
        if row["p_equivalence"] < 1 - case.level:
            return Checked(HOLDS, f"{words}; equivalent within {bound} ({p_value(row['p_equivalence'])}).")
        verdict = CONTRADICTED if row["ci_low"] > 0 else OPEN
        return Checked(verdict, f"{words}; not shown to be within {bound} ({p_value(row['p_equivalence'])}).")

    return check


def _more_time(case: Case) -> Checked:
    """Whether every longer exposure is better than every shorter one in unusual poses."""
    pairs = (("150ms", PEOPLE), ("unlimited", "150ms"), ("unlimited", PEOPLE))
    rows = [case.test(Contrast(a=a, b=b, condition="rotated")) for a, b in pairs]
    words = joined([f"{a} minus {b} {_difference(row)}" for (a, b), row in zip(pairs, rows, strict=True)])
    return Checked(HOLDS if all(row["ci_low"] > 0 for row in rows) else OPEN, f"Rotated: {words}.")


def _same_level(case: Case) -> Checked:
    """Whether people at 40 ms are at the networks' level, which a p value above .05 does not show."""
    row = case.test(Contrast(a=PEOPLE, b=NETWORKS, condition="rotated"))
    words = f"Rotated, people at 40 ms minus networks: {_difference(row)}"
    if row["ci_low"] > 0 or row["ci_high"] < 0:
        return Checked(CONTRADICTED, f"{words}.")
    bound = f"{100 * row['bound']:g} points"
    if row["p_equivalence"] < 1 - case.level:
        return Checked(HOLDS, f"{words}; equivalent within {bound} ({p_value(row['p_equivalence'])}).")
    return Checked(
        OPEN,
        f"{words}. No difference is shown, but neither is that it is below {bound} ({p_value(row['p_equivalence'])}): "
        f"{int(row['n_a'])} people and {int(row['n_b'])} networks are too few to tell.",
    )


def _only_robust(case: Case) -> Checked:
    """Whether that family gets more pictures right than the best of the others, by a sign test on the same pictures."""
    df = case.found.trials
    rotated = df[(df["group"] == LANGUAGE) & df["condition"].isin(case.found.consistency_conditions)]
    right = rotated.pivot_table(index="stimulus", columns="observer", values="correct")
    own = [name for name in right.columns if name.startswith(ROBUST)]
    if not own or len(own) == len(right.columns):
        raise BadInput(f"there are no trials of {ROBUST}, or of nobody else")
    best = str(right.drop(columns=own).mean().idxmax())
    shares = right[[*own, best]].mean()
    ps = []
    for name in own:
        more, fewer = (int((right[name] - right[best] == sign).sum()) for sign in (1, -1))
        ps.append(float(binomtest(more, more + fewer).pvalue) if more + fewer else 1.0)
    said = [f"{name} {share(shares[name])} ({p_value(p)})" for name, p in zip(own, ps, strict=True)]
    words = f"Rotated: {joined(said)}, against {share(shares[best])} of the next best, {best} (sign tests on pictures)."
    return Checked(HOLDS if max(ps) < 1 - case.level and shares[own].min() > shares[best] else OPEN, words)


def _unlike(within: str, words: str) -> Callable[[Case], Checked]:
    """Whether observers of a kind are more consistent with one another than people are with networks."""

    def check(case: Case) -> Checked:
        rows = [each.contrast((within, within), (PEOPLE, NETWORKS), case.level) for each in case.agreements.values()]
        said = "; ".join(f"{_three(row)} where {rule}" for row, rule in zip(rows, RULES.values(), strict=True))
        resolved = [bool(row["ci_low"] > 0) for row in rows]
        verdict = HOLDS if all(resolved) else RULE if any(resolved) else OPEN
        return Checked(verdict, f"{words}: {said}.")

    return check


def _three(row: pd.Series) -> str:
    """A difference of kappas with three decimals, for the limits may come close to 0."""
    value, low, high = (f"{row[name]:.3f}".replace("-", MINUS) for name in ("difference", "ci_low", "ci_high"))
    return f"{value} [{low}, {high}]"


def _two_unlimited_sets(case: Case) -> Checked:
    """Whether those who first saw the picture alone did as well as those who saw the labels with it."""
    row = case.test(Contrast(a="unlimited", b="unlimited-alone-first", condition="rotated"))
    upright = case.test(Contrast(a="unlimited", b="unlimited-alone-first", condition="upright"))
    words = (
        f"With the labels minus picture first, rotated: {_difference(row)}, t({row['df']:g}) = {row['statistic']:.2f}, "
        f"{p_value(row['p'])}; upright: {_difference(upright)}, {p_value(upright['p'])}."
    )
    return Checked(CONTRADICTED if row["ci_low"] > 0 or row["ci_high"] < 0 else OPEN, words)


CLAIMS: Sequence[Claim] = (
    Claim("With unlimited time, people do as well in unusual poses as upright.", "abstract", _fall("unlimited", False)),
    Claim("Networks for vision lose much accuracy in unusual poses.", "abstract", _fall(NETWORKS, True)),
    Claim("Vision-language models lose accuracy as well.", "abstract", _fall(LANGUAGE, True)),
    Claim("Among those, Gemini alone stays accurate.", "abstract", _only_robust),
    Claim("In unusual poses, people do better the longer they look.", "abstract", _more_time),
    Claim("At 40 ms, people are down at the networks' level.", "abstract", _same_level),
    Claim(
        "Even at 40 ms, people err on other pictures than networks do.",
        "abstract",
        _unlike(PEOPLE, "Mean kappa among people minus that of people with networks"),
    ),
    Claim(
        "Networks err like one another more than like people.",
        "error patterns",
        _unlike(NETWORKS, "Mean kappa among networks minus that of people with networks"),
    ),
    Claim(
        "Whether unlimited time began with the picture alone or with the labels made no significant difference.",
        "description of the data",
        _two_unlimited_sets,
    ),
)


def _reproduction(case: Case) -> Grid | None:
    """Error consistency as the published scripts have it, beside askew's own rule."""
    try:
        rows = tuple(_means(case, *pair) for pair in ((PEOPLE, PEOPLE), (PEOPLE, NETWORKS), (NETWORKS, NETWORKS)))
    except BadInput:
        return None
    return Grid(
        caption="Mean error consistency in rotated pictures: by the published rule, and by askew's",
        heads=(
            Head("Between"),
            Head("Published rule", "kappa", f"rule own-code: {RULES['own-code']}; the four pooled observers at 40 ms"),
            Head("askew's rule", "kappa", f"rule drop: {RULES['drop']}"),
            Head("Pairs", "count"),
        ),
        rows=rows,
    )


def _means(case: Case, a: str, b: str) -> tuple[str, Estimate, Estimate, int]:
    means = [case.agreements[rule].mean(a, b, case.level) for rule in RULES]
    first, second = (Estimate(each["mean"], each["ci_low"], each["ci_high"]) for each in means)
    name = {PEOPLE: "people (40 ms)", NETWORKS: "networks"}
    return (
        f"{name[a]} and {name[b]}" if a != b else f"{name[a]} among themselves",
        first,
        second,
        int(means[0]["n_pairs"]),
    )
