"""What Ollikka et al. (TMLR 2025) concluded, held against the intervals of their own data.

Only in the report of a study that was imported from theirs. Each conclusion is in our words, with where it stands; the
verdict follows from the numbers, so other rules or another level may change it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from askew.declared import Contrast
from askew.errors import BadInput, one_line
from askew_analysis.accuracies import observer_accuracy
from askew_analysis.comparison import agreement_again
from askew_analysis.consistencies import Consistency
from askew_analysis.differences import t_tests
from askew_analysis.report.blocks import Block, Estimate, Grid, Head, Section, Text
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.wording import bounded, estimate, joined, kappa, p_value, share

IMPORTER = "unusual-poses"
PEOPLE, UNLIMITED, NETWORKS, LANGUAGE = "40ms", "unlimited", "networks", "vlms"  # as the importer names the groups
ALONE_FIRST = f"{UNLIMITED}-alone-first"
LONGER = (("150ms", PEOPLE), (UNLIMITED, "150ms"), (UNLIMITED, PEOPLE))
UPRIGHT, ROTATED = "upright", "rotated"
ROBUST = "gemini"
RULES = {"own-code": "a mis-click is an answer of its own kind", "drop": "pictures without an answer are left out"}
POOLED, WITHIN = "the rotated conditions together", "each by itself, then averaged"

HOLDS, OPEN, CONTRADICTED, UNCHECKED = "holds", "not resolved", "contradicted", "not checked"
BY_RULE, BY_PICTURES = "depends on a rule", "depends on the pictures"
VERDICTS = {
    HOLDS: "hold",
    OPEN: "are not resolved",
    BY_RULE: "depend on a rule",
    BY_PICTURES: "depend on the pictures",
    CONTRADICTED: "are contradicted",
    UNCHECKED: "could not be checked",
}

SELECTED = (
    "By their names, rotated-correct and rotated-incorrect pictures were sorted by whether a network got them right; "
    "the data do not say which network. Such a choice moves networks' accuracies and makes them look alike, and does "
    "neither to people. So each conclusion that sets networks beside people is looked at in both kinds of pictures."
)
ALONE = (
    "Each statement is judged by itself, as in the paper: its p values and intervals are not corrected for their "
    "number, as those of the sections below are."
)
UNTESTED = (
    "That people rely on other mechanisms, and that a longer look means further processing, are readings of these "
    "results. Nothing in the data can test them."
)


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
    check: "Callable[[Case], Checked]"


class Case:
    """The evidence, and what several conclusions are checked by, computed once."""

    def __init__(self, evidence: Evidence) -> None:
        self.found = evidence.found
        self.level = evidence.found.plan.level
        self.bound = evidence.found.plan.bound

    @cached_property
    def agreements(self) -> Mapping[tuple[str, str], Consistency]:
        """Error consistency of people at 40 ms and networks, by the rule for missing answers and by the strata."""
        strata = {POOLED: (), WITHIN: ("condition",)}
        return {
            (rule, how): agreement_again(self.found, (PEOPLE, NETWORKS), within=within, missing=rule)
            for rule in RULES
            for how, within in strata.items()
        }

    @cached_property
    def observers(self) -> pd.DataFrame:
        """The accuracy of each observer in each condition."""
        plan = self.found.plan
        return observer_accuracy(self.found.trials, ("group", "condition"), plan.missing, plan.combine)

    @property
    def parts(self) -> Sequence[str]:
        """The conditions that are rotated."""
        return self.found.consistency_conditions

    @property
    def enough(self) -> float:
        """The p below which something counts as shown."""
        return 1 - self.level

    @property
    def bound_words(self) -> str:
        """The bound of equivalence in words."""
        return bounded(self.bound)

    @cached_property
    def tests(self) -> Mapping[Contrast, pd.Series]:
        """The comparisons of accuracy that conclusions are checked by, as far as there are trials; all at once."""
        groups, conditions = ({*self.observers[name]} for name in ("group", "condition"))
        planned = [Contrast(a=UPRIGHT, b=ROTATED, group=group) for group in (UNLIMITED, NETWORKS)]
        planned += [Contrast(a=a, b=b, condition=ROTATED) for a, b in LONGER]
        planned += [Contrast(a=PEOPLE, b=NETWORKS, condition=condition) for condition in (ROTATED, *self.parts)]
        planned += [Contrast(a=UNLIMITED, b=ALONE_FIRST, condition=condition) for condition in (ROTATED, UPRIGHT)]
        known = [
            each for each in planned if {each.a, each.b, each.condition, each.group} <= {*groups, *conditions, None}
        ]
        rows = self._tested(known)
        return {each: row for each, (_, row) in zip(known, rows.iterrows(), strict=True)}

    def test(self, a: str, b: str, *, condition: str | None = None, group: str | None = None) -> pd.Series:
        """One comparison of accuracy, by the rules of the report."""
        planned = Contrast(a=a, b=b, condition=condition, group=group)
        row = self.tests[planned] if planned in self.tests else self._tested([planned]).iloc[0]
        if not np.isfinite(row["p"]):
            raise BadInput(str(row["note"]))
        return row

    def _tested(self, planned: Sequence[Contrast]) -> pd.DataFrame:
        plan = self.found.plan
        options: dict[str, Any] = {"missing": plan.missing, "combine": plan.combine, "bound": plan.bound}
        return t_tests(self.found.trials, planned, **options, level=plan.level)

    def falls(self, group: str, rotated: str = ROTATED) -> "pd.Series[float]":
        """How many points of accuracy each observer of a group loses from upright to rotated pictures."""
        wide = self.observers[self.observers["group"] == group].pivot(
            index="observer", columns="condition", values="accuracy"
        )
        if not {UPRIGHT, rotated} <= {*wide.columns}:
            raise BadInput(f"the group {group} has no answers to {UPRIGHT} and {rotated} pictures")
        return (wide[UPRIGHT] - wide[rotated]).dropna()


def section(evidence: Evidence) -> Section | None:
    """The published conclusions and what becomes of them; None where the study is not that one."""
    if evidence.study is None or evidence.study.source.get("importer") != IMPORTER:
        return None
    case = Case(evidence)
    rows = tuple((claim.words, claim.where, *_told(claim, case)) for claim in CLAIMS)
    counts = Counter(verdict for _, _, verdict, _ in rows)
    said = [
        f"{counts[verdict]} {_number(words, counts[verdict])}" for verdict, words in VERDICTS.items() if counts[verdict]
    ]
    blocks: list[Block] = [
        Text(
            "This is the study of Ollikka et al. (TMLR 2025), computed again from its public data. "
            f"Of {len(rows)} statements of theirs, {joined(said)}."
        ),
        Text(SELECTED),
        Text(ALONE),
        Grid(
            caption="What the paper concludes (in our words), and what the intervals say",
            heads=(Head("Statement"), Head("Where"), Head("Verdict"), Head("What the data say")),
            rows=rows,
        ),
        Text(UNTESTED),
        *_reproduction(case),
    ]
    return Section(name="published", title="The published conclusions", blocks=tuple(blocks))


def _number(words: str, number: int) -> str:
    """The words of a verdict for one statement, or for several."""
    if number != 1:
        return words
    return words.replace("are ", "is ").replace("hold", "holds").replace("depend ", "depends ")


def _told(claim: Claim, case: Case) -> tuple[str, str]:
    try:
        found = claim.check(case)
    except BadInput as error:
        return UNCHECKED, one_line(error)
    return found.verdict, found.words


def _points(value: float, low: float, high: float) -> str:
    return estimate(value, low, high, "difference") + " points"


def _difference(row: pd.Series) -> str:
    return _points(row["effect"], row["ci_low"], row["ci_high"])


def _within_bound(case: Case, row: pd.Series) -> tuple[bool, str]:
    """Whether a difference is shown to lie within the bound of equivalence, and that in words."""
    shown = bool(row["p_equivalence"] < case.enough)
    words = "equivalent within" if shown else "not shown to be within"
    return shown, f"{words} {case.bound_words} ({p_value(row['p_equivalence'])})"


def _mean_fall(falls: "pd.Series[float]", level: float) -> tuple[float, float, float]:
    """The mean fall of some observers, with its t interval."""
    if len(falls) < 2:
        raise BadInput("one observer has no spread; a t interval needs two")
    interval = stats.ttest_1samp(falls, 0).confidence_interval(level)
    return float(falls.mean()), float(interval.low), float(interval.high)


def _more_robust(case: Case) -> Checked:
    """Whether networks lose more than people do, whatever time these had."""
    said, lows = [], []
    for group, words in ((UNLIMITED, "with unlimited time"), (PEOPLE, "at 40 ms")):
        theirs, ours = case.falls(NETWORKS), case.falls(group)
        interval = stats.ttest_ind(theirs, ours).confidence_interval(case.level)
        said.append(f"{_points(theirs.mean() - ours.mean(), interval.low, interval.high)} more than people {words}")
        lows.append(interval.low)
    return Checked(HOLDS if min(lows) > 0 else OPEN, f"From upright to rotated, networks lose {joined(said)}.")


def _excel(case: Case) -> Checked:
    """Whether people with unlimited time lose nothing, by an equivalence test."""
    row = case.test(UPRIGHT, ROTATED, group=UNLIMITED)
    shown, words = _within_bound(case, row)
    verdict = HOLDS if shown else CONTRADICTED if row["ci_low"] > 0 else OPEN
    return Checked(verdict, f"Upright minus rotated: {_difference(row)}; {words}.")


def _networks_fall(case: Case) -> Checked:
    """Whether networks lose accuracy also in those pictures that a network got right."""
    row = case.test(UPRIGHT, ROTATED, group=NETWORKS)
    parts = {part: _mean_fall(case.falls(NETWORKS, part), case.level) for part in case.parts}
    said = [f"{_points(*its)} in {part}" for part, its in parts.items()]
    sure = row["ci_low"] > 0 and all(low > 0 for _, low, _ in parts.values())
    verdict = HOLDS if sure else BY_PICTURES if row["ci_low"] > 0 else OPEN
    return Checked(verdict, f"Upright minus rotated: {_difference(row)}; {joined(said)}.")


def _language_falls(case: Case) -> Checked:
    """Whether the vision-language models that are not excepted lose accuracy."""
    falls = case.falls(LANGUAGE)
    value, low, high = _mean_fall(falls[[not str(name).startswith(ROBUST) for name in falls.index]], case.level)
    return Checked(HOLDS if low > 0 else OPEN, f"Upright minus rotated, without Gemini: {_points(value, low, high)}.")


def _only_robust(case: Case) -> Checked:
    """Whether that family gets more pictures right than the best of the others, under two rules for refusals."""
    df = case.found.trials
    rotated = df[(df["group"] == LANGUAGE) & df["condition"].isin(case.parts)]
    right = rotated.pivot_table(index="stimulus", columns="observer", values="correct", dropna=False)
    own = [name for name in right.columns if str(name).startswith(ROBUST)]
    if not own or len(own) == len(right.columns):
        raise BadInput(f"there are no trials of {ROBUST}, or of nobody else")
    best = str(right.drop(columns=own).mean().idxmax())
    refused = int(right[own].isna().sum().sum())
    said, shown = [], []
    for rule, table in {"left out": right, "counted as wrong": right.fillna(0.0)}.items():
        ps = [_sign_test(table[name], table[best]) for name in own]
        each = [f"{name} {share(table[name].mean())} ({p_value(p)})" for name, p in zip(own, ps, strict=True)]
        said.append(f"refusals {rule}: {joined(each)}")
        shown.append(max(ps) < case.enough)
    words = (
        f"Rotated, against {share(right[best].mean())} of the next best, {best} (sign tests on pictures; {refused} "
        f"refusals of Gemini): {'; '.join(said)}."
    )
    return Checked(HOLDS if all(shown) else BY_RULE if any(shown) else OPEN, words)


def _sign_test(one: "pd.Series[float]", other: "pd.Series[float]") -> float:
    more, fewer = (int((one - other == sign).sum()) for sign in (1, -1))
    return float(stats.binomtest(more, more + fewer).pvalue) if more + fewer else 1.0


def _more_time(case: Case) -> Checked:
    """Whether every longer exposure is better than every shorter one in unusual poses."""
    rows = [case.test(a, b, condition=ROTATED) for a, b in LONGER]
    words = joined([f"{a} minus {b} {_difference(row)}" for (a, b), row in zip(LONGER, rows, strict=True)])
    return Checked(HOLDS if all(row["ci_low"] > 0 for row in rows) else OPEN, f"Rotated: {words}.")


def _same_level(case: Case) -> Checked:
    """Whether people at 40 ms are at the networks' level, which a p value above .05 does not show."""
    row = case.test(PEOPLE, NETWORKS, condition=ROTATED)
    parts = {part: case.test(PEOPLE, NETWORKS, condition=part) for part in case.parts}
    signs = {np.sign(its["effect"]) for its in parts.values() if its["ci_low"] > 0 or its["ci_high"] < 0}
    shown, words = _within_bound(case, row)
    told = [f"{_difference(its)} in {part}" for part, its in parts.items()]
    said = f"People at 40 ms minus networks: {_difference(row)}, {words}; {joined(told)}."
    if len(signs) > 1:
        said += " The mean depends on how many pictures of each kind there are."
        return Checked(BY_PICTURES, said)
    differs = row["ci_low"] > 0 or row["ci_high"] < 0
    return Checked(CONTRADICTED if differs else HOLDS if shown else OPEN, said)


def _unlike(within: str) -> Callable[[Case], Checked]:
    """Whether observers of a kind are more consistent with one another than people are with networks."""

    def check(case: Case) -> Checked:
        rows = {
            key: each.contrast((within, within), (PEOPLE, NETWORKS), case.level)
            for key, each in case.agreements.items()
        }
        said = [
            f"{how}: {joined([f'{_three(rows[rule, how])} ({rule})' for rule in RULES])}" for how in (POOLED, WITHIN)
        ]
        above = {key: bool(row["ci_low"] > 0) for key, row in rows.items()}
        verdict = HOLDS if all(above.values()) else OPEN
        if 0 < sum(above.values()) < len(above):
            verdict = BY_RULE if any(above[rule, POOLED] != above["drop", POOLED] for rule in RULES) else BY_PICTURES
        among = "people" if within == PEOPLE else "networks"
        words = f"Mean kappa among {among} minus that of people with networks; {'; '.join(said)}."
        if within == PEOPLE:
            both = case.agreements["drop", POOLED].mean(PEOPLE, NETWORKS, case.level)
            words += (
                f" People and networks do err on the same pictures more than chance has it: "
                f"{estimate(both['mean'], both['ci_low'], both['ci_high'], 'kappa')}."
            )
        return Checked(verdict, words)

    return check


def _three(row: pd.Series) -> str:
    """A difference of kappas with three decimals, for the limits may come close to 0."""
    numbers = [float(row[name]) for name in ("difference", "ci_low", "ci_high")]
    value, low, high = (kappa(each, 4 if 0 < abs(each) < 0.0005 else 3) for each in numbers)
    return f"{value} [{low}, {high}]"


def _two_unlimited_sets(case: Case) -> Checked:
    """Whether those who first saw the picture alone did as well as those who saw the labels with it."""
    rows = {condition: case.test(UNLIMITED, ALONE_FIRST, condition=condition) for condition in (ROTATED, UPRIGHT)}
    told = [
        f"{condition} {_difference(row)}, t({row['df']:g}) = {row['statistic']:.2f}, {p_value(row['p'])}"
        for condition, row in rows.items()
    ]
    words = (
        f"With the labels minus picture first: {'; '.join(told)}. They are different people, who had met the pictures "
        "at 150 ms or at 40 ms, so a difference may not be one of presentation."
    )
    if any(row["p"] < case.enough for row in rows.values()):
        return Checked(CONTRADICTED, words)
    return Checked(HOLDS, f"{words} No significant difference is found, which does not show that there is none.")


CLAIMS: Sequence[Claim] = (
    Claim("Overall, people are more robust to unusual poses than networks.", "abstract", _more_robust),
    Claim("With unlimited time, people excel in unusual poses.", "abstract; our reading: they lose nothing", _excel),
    Claim("Networks for vision are brittle in unusual poses.", "abstract", _networks_fall),
    Claim("Vision-language models are as well, all but Gemini.", "abstract", _language_falls),
    Claim("Gemini stays accurate.", "abstract; our reading: it beats the next best", _only_robust),
    Claim("In unusual poses, people do better the longer they look.", "abstract", _more_time),
    Claim("At 40 ms, people are down at the networks' level.", "abstract", _same_level),
    Claim(
        "Even at 40 ms, people's errors are unlike those of networks.",
        "abstract; our reading: people resemble one another more",
        _unlike(PEOPLE),
    ),
    Claim("Networks err like one another more than like people.", "error patterns", _unlike(NETWORKS)),
    Claim(
        "Whether unlimited time began with the picture alone or with the labels made no significant difference.",
        "description of the data",
        _two_unlimited_sets,
    ),
)


def _reproduction(case: Case) -> Iterator[Grid]:
    """Error consistency as the published scripts have it, beside askew's own rule."""
    pairs = ((PEOPLE, PEOPLE), (PEOPLE, NETWORKS), (NETWORKS, NETWORKS))
    try:
        rows = tuple(_means(case, *pair) for pair in pairs)
    except BadInput:
        return
    yield Grid(
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
    means = [case.agreements[rule, POOLED].mean(a, b, case.level) for rule in RULES]
    first, second = (Estimate(each["mean"], each["ci_low"], each["ci_high"]) for each in means)
    name = {PEOPLE: "people (40 ms)", NETWORKS: "networks"}
    between = f"{name[a]} and {name[b]}" if a != b else f"{name[a]} among themselves"
    return between, first, second, int(means[0]["n_pairs"])
