"""The whole comparison of one study: every statistic that its trials allow, and in words why others are not there.

Computes only; `compare_command` reads and writes, `figures` draws.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from askew.declared import Contrast, Pool
from askew.describe import natural
from askew.errors import BadInput, meant, quoted
from askew.study import Study
from askew_analysis.accuracies import Combine, accuracy, observer_accuracy, rotated
from askew_analysis.ceilings import ceilings
from askew_analysis.columns import codes, labelled, need
from askew_analysis.confusion import confusions
from askew_analysis.consistencies import Consistency, Resampled, consistency
from askew_analysis.covariates import with_covariates
from askew_analysis.differences import t_tests
from askew_analysis.effects import holm
from askew_analysis.item_table import items, picture_table, verdicts
from askew_analysis.judgement import outcome, verdict
from askew_analysis.mixed import MixedModel, mixed_model
from askew_analysis.network_table import network_table, rotated_name
from askew_analysis.pooling import pool
from askew_analysis.times import response_times

if TYPE_CHECKING:
    from askew_analysis.exposure import Fits

Found = TypeVar("Found")
MAX_MS = 3_600_000.0  # a longer exposure is as good as unlimited


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to compare, and by which rules. All of it is decided before the data are looked at."""

    combine: Combine | None = None
    pools: Sequence[Pool] = ()
    contrasts: Sequence[Contrast] = ()
    missing: str = "drop"
    level: float = 0.95
    seed: int = 0
    resamples: int = 10_000
    resample: Resampled = "images"
    bound: float = 0.05
    formula: str | None = None
    invalid_timing: bool = False
    remarks: tuple[str, ...] = ()  # what whoever planned it has to say, before all notes

    @classmethod
    def of(cls, study: Study, **other: Any) -> "Plan":
        """What a study declares, with its seed; `other` says what else to do, or otherwise."""
        declared = {"combine": dict(study.combine) or None, "pools": study.pools, "contrasts": study.contrasts}
        return cls(**{**declared, "seed": study.seed, **other})


@dataclass(frozen=True, eq=False)
class Comparison:
    """What was found. What could not be computed is None or empty, and `notes` say why, in sentences."""

    plan: Plan
    trials: pd.DataFrame = field(repr=False)
    groups: tuple[str, ...]  # people in order of exposure, then models
    kinds: Mapping[str, str]
    accuracy: pd.DataFrame
    observers: pd.DataFrame
    tests: pd.DataFrame
    consistency: Consistency | None
    consistency_conditions: tuple[str, ...]
    group_consistency: pd.DataFrame
    contrasts: pd.DataFrame
    mixed: MixedModel | None
    cells: pd.DataFrame
    items: pd.DataFrame
    pictures: pd.DataFrame
    verdicts: pd.DataFrame
    confusions: pd.DataFrame
    response_times: pd.DataFrame
    exposure: "Fits | None"  # psychometric functions of viewing time, by `condition`
    times_to_equal: pd.DataFrame
    networks: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def rotated(self) -> str | None:
        """The condition that stands for all rotated pictures, if there is one."""
        return rotated_name([*dict.fromkeys(self.accuracy["condition"])])

    def said_of(self, statistic: str) -> list[str]:
        """What the notes say of one statistic, such as "mixed model"; the last of them is why there is none."""
        begins = f"{statistic}: "
        return [note.removeprefix(begins) for note in self.notes if note.startswith(begins)]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by name, for CSV files; empty where there is nothing to tell."""
        pairs = self.consistency.pairs(self.plan.level) if self.consistency else pd.DataFrame()
        return {
            "accuracy": self.accuracy,
            "observers": self.observers,
            "tests": self.tests,
            "consistency": pairs,
            "group_consistency": self.group_consistency,
            "consistency_contrasts": self.contrasts,
            "mixed_model": self.mixed.terms if self.mixed else pd.DataFrame(),
            "mixed_model_cells": self.cells,
            "items": self.items,
            "pictures": self.pictures,
            "verdicts": self.verdicts,
            "confusions": self.confusions,
            "response_times": self.response_times,
            "exposure": self.exposure.table if self.exposure else pd.DataFrame(),
            "times_to_equal": self.times_to_equal,
            "networks": self.networks,
        }


def compare(df: pd.DataFrame, plan: Plan | None = None) -> Comparison:
    """Every statistic of a table of trials.

    What one statistic needs and the table lacks (a second observer, more than one group) leaves out that statistic
    with a note; a table that is wrong is refused.
    """
    plan = plan or Plan()
    df = labelled(df, "observer", "kind", "group", "stimulus", "condition")
    need(df, "correct")
    df = df.assign(correct=codes(df["correct"])).reset_index(drop=True)
    notes: list[str] = [*plan.remarks]
    df = _validly_timed(df, plan, notes)
    if df.empty:
        raise BadInput("there are no trials in the table; look at what was filtered out")
    notes += _said(df)

    def tried(what: str, act: Callable[[], Found]) -> Found | None:
        try:
            return act()
        except BadInput as error:
            notes.append(f"{what}: {error}")
            return None

    groups, kinds = _groups(df)
    combine = _combined(df, plan, notes)
    plan = replace(plan, combine=combine, pools=_known_pools(df, plan.pools, notes))
    each = accuracy(df, missing=plan.missing, combine=combine, level=plan.level)
    tests = t_tests(
        df,
        _known_contrasts(df, combine, plan.contrasts, notes) if plan.contrasts else None,
        missing=plan.missing,
        combine=combine,
        bound=plan.bound,
        level=plan.level,
    )
    conditions, within = _compared_conditions(df, combine)
    one_each = _one_answer_each(df)
    if later := int(df["condition"].isin(conditions).sum() - one_each["condition"].isin(conditions).sum()):
        notes.append(f"error consistency: {later:,} later answers to a picture are left out")
    agreement = tried("error consistency", lambda: _consistency(one_each, conditions, within, plan))
    means = _means(agreement, groups, plan.level)
    formula = plan.formula or _formula(df)
    people = df[df["kind"] != "model"]

    def fitted() -> MixedModel:
        return mixed_model(people, formula, level=plan.level, missing=_without_code(plan))

    # A formula that somebody wrote is refused where it is wrong; the usual one is left out where it does not fit.
    mixed = fitted() if plan.formula else tried("mixed model", fitted)
    notes += [f"mixed model: {note}" for note in mixed.notes] if mixed else []
    by_picture = tried("items", lambda: items(one_each, missing=_without_code(plan), level=plan.level))
    posed = df.assign(condition=_posed(df, combine))
    exposure = tried("viewing time", lambda: _curves(posed, plan))
    times = _times(exposure, posed, plan)
    found = Comparison(
        plan=plan,
        trials=df,
        groups=groups,
        kinds=kinds,
        accuracy=_ordered(each, groups),
        observers=_ordered(observer_accuracy(df, missing=plan.missing, combine=combine), groups),
        tests=tests,
        consistency=agreement,
        consistency_conditions=conditions,
        group_consistency=means,
        contrasts=_contrasts(agreement, means, plan.level),
        mixed=mixed,
        cells=mixed.cells() if mixed else pd.DataFrame(),
        items=_table(by_picture),
        pictures=_table(tried("pictures", lambda: picture_table(one_each, missing=_without_code(plan)))),
        verdicts=_verdicts(by_picture, groups, kinds, plan.level),
        confusions=_table(tried("confusions", lambda: confusions(df))),
        response_times=_table(tried("response times", lambda: response_times(df, level=plan.level))),
        exposure=exposure,
        times_to_equal=times,
        networks=network_table(
            df,
            combine=combine,
            missing=plan.missing,
            level=plan.level,
            agreement=agreement,
            people=[group for group in groups if kinds[group] != "model"],
            times=times,
        ),
        notes=(),
    )
    return replace(found, notes=tuple(dict.fromkeys(notes)))


def agreement_again(
    found: Comparison, groups: Sequence[str] | None = None, within: Sequence[str] | None = None, **other: Any
) -> Consistency:
    """The error consistency of a comparison under other rules: `missing`, `resamples`, `resample` or `seed`.

    The same pictures and pools; `groups` keeps only those groups, `within` takes other strata than the comparison's.
    """
    plan = replace(found.plan, **other)
    kept = found.trials
    if groups is not None:
        kept = kept[kept["group"].isin([*groups])]
        plan = replace(plan, pools=[each for each in plan.pools if each.group in groups])
    if within is None:
        within = found.consistency.within if found.consistency else ()
    return _consistency(_one_answer_each(kept), found.consistency_conditions, within, plan)


def _combined(df: pd.DataFrame, plan: Plan, notes: list[str]) -> Combine:
    """The combined conditions whose parts are all there."""
    known = list(df["condition"].unique())
    if plan.combine is None:
        return rotated(known)
    there = {name: parts for name, parts in plan.combine.items() if {*parts} <= {*known}}
    for name in plan.combine.keys() - there.keys():
        lacking = ", ".join(part for part in plan.combine[name] if part not in known)
        notes.append(f"the combined condition {name} is left out, for there are no trials in {lacking}")
    return there


def _known_pools(df: pd.DataFrame, pools: Sequence[Pool], notes: list[str]) -> list[Pool]:
    """The pools with those of their members who took part; one with fewer than two of them is none."""
    kept = []
    for each in pools:
        here = {*df.loc[df["group"] == each.group, "observer"].astype(str)}
        present = tuple(observer for observer in each.observers if observer in here)
        if missing := [observer for observer in each.observers if observer not in here]:
            hint = meant(missing[0], here)
            notes.append(
                f"pool {each.name}: there are no trials of {', '.join(missing)} in the group {each.group}{hint}"
            )
        if len(present) > 1:
            kept.append(replace(each, observers=present))
    return kept


def _known_contrasts(
    df: pd.DataFrame, combine: Combine, contrasts: Sequence[Contrast], notes: list[str]
) -> list[Contrast]:
    """The planned comparisons of groups and conditions that the trials have."""
    groups, conditions = {*df["group"]}, {*df["condition"], *combine}
    known = []
    for planned in contrasts:
        sides = (planned.a, planned.b)
        missing = [*{*(sides if planned.group is None else [planned.group])} - groups]
        missing += [*{*(sides if planned.condition is None else [planned.condition])} - conditions]
        if missing:
            name = sorted(str(one) for one in missing)[0]
            hint = meant(name, [*groups, *conditions])
            notes.append(f"planned comparison of {planned.a} with {planned.b}: there are no trials of {name}{hint}")
        else:
            known.append(planned)
    return known


def _table(found: pd.DataFrame | None) -> pd.DataFrame:
    return pd.DataFrame() if found is None else found


def _without_code(plan: Plan) -> Any:
    """The rule for missing answers where a third code has no meaning: there, such an answer is not right."""
    return "drop" if plan.missing == "drop" else "wrong"


def _validly_timed(df: pd.DataFrame, plan: Plan, notes: list[str]) -> pd.DataFrame:
    """The trials whose exposure was as asked for, or unknown."""
    if "timing_valid" not in df.columns:
        return df
    known = df["timing_valid"].dropna().unique()
    if not all(isinstance(value, bool | np.bool_) for value in known):
        raise BadInput(f"timing_valid: {quoted(known[0])} is given; it has to be true, false or missing")
    wrong = df["timing_valid"].isin([False])  # missing is neither
    if wrong.any() and not plan.invalid_timing:
        notes.append(f"left out: {int(wrong.sum()):,} trials whose exposure was off by half a frame or more")
        return df[~wrong]
    return df


def _said(df: pd.DataFrame) -> list[str]:
    """What a reader has to know of the trials before any number."""
    said = []
    if df["kind"].eq("simulated").any():
        said.append("simulated observers are programs, not people")
    if "outcome" in df.columns and df["correct"].isna().any():
        counts = df.loc[df["correct"].isna(), "outcome"].value_counts().sort_index()
        said.append("without an answer: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    return said


def _groups(df: pd.DataFrame) -> tuple[tuple[str, ...], dict[str, str]]:
    """The groups, people first and by exposure, and the kind of each."""
    kinds: dict[str, str] = {}
    for group, part in df.groupby("group"):
        found = sorted(part["kind"].unique())
        if len(found) > 1:
            raise BadInput(f"the group {group!r} holds observers of kind {' and '.join(found)}; give each their own")
        kinds[str(group)] = found[0]
    order = sorted(kinds, key=lambda group: (kinds[group] == "model", exposure_of(df, group), natural(group)))
    return tuple(order), {group: kinds[group] for group in order}


def exposure_of(df: pd.DataFrame, group: str) -> float:
    """The exposure asked for in a group; unlimited is longer than any."""
    asked = df.loc[df["group"] == group, "requested_ms"].dropna() if "requested_ms" in df.columns else []
    return float(np.median(asked)) if len(asked) else float("inf")


def _compared_conditions(df: pd.DataFrame, combine: Combine) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The conditions of error consistency, and the column in whose strata it is computed.

    Upright pictures are a control that nearly everybody gets right. Taken together with rotated ones they would make
    every two observers consistent, for all find the rotated ones harder. So the rotated ones are taken, together;
    where a set has other conditions, each by itself, and the mean of them.
    """
    known = sorted((str(condition) for condition in df["condition"].unique()), key=natural)
    turned = [*combine.get("rotated", ())] or [name for name in known if name.startswith("rotated")]
    if turned:
        return tuple(turned), ()
    others = tuple(name for name in known if name != "upright") or tuple(known)
    return others, ("condition",) if len(others) > 1 else ()


def _consistency(one_each: pd.DataFrame, conditions: Sequence[str], within: Sequence[str], plan: Plan) -> Consistency:
    chosen = one_each[one_each["condition"].isin(conditions)]
    for each in plan.pools:
        chosen = pool(chosen, {each.name: each.observers}, group=each.group)
    twice = chosen.groupby("observer")["group"].transform("nunique") > 1
    label = chosen["observer"].mask(twice, chosen["observer"].astype(object) + " / " + chosen["group"])
    return consistency(
        chosen.assign(label=label),
        by="label",
        within=within,
        missing=plan.missing,
        seed=plan.seed,
        resamples=plan.resamples,
        resample=plan.resample,
    )


def _means(agreement: Consistency | None, groups: Sequence[str], level: float) -> pd.DataFrame:
    """Mean consistency of each two groups, in their order."""
    if agreement is None:
        return pd.DataFrame()
    present = [group for group in groups if group in {*agreement.groups.values()}]
    blocks = [(one, other) for i, one in enumerate(present) for other in present[i:]]
    return pd.DataFrame([agreement.mean(one, other, level) for one, other in blocks])


def _contrasts(agreement: Consistency | None, means: pd.DataFrame, level: float) -> pd.DataFrame:
    """Consistency within each group minus that between it and each other one, and what may be concluded.

    `between_max` is the greatest mean between the two that their accuracies allow. Where the mean within lies above it,
    the verdict is `forced` instead of `resolved`: the accuracies alone make the difference.
    """
    if agreement is None or means.empty:
        return pd.DataFrame()
    known = {(row.a, row.b) for row in means.itertuples() if row.n_pairs}
    pairs = [
        (one, other)
        for one in dict.fromkeys(means["a"])
        for other in dict.fromkeys(means["a"])
        if one != other and (one, one) in known and known & {(one, other), (other, one)}
    ]
    if not pairs:
        return pd.DataFrame()
    table = pd.DataFrame([agreement.contrast(one, (one, other), level) for one, other in pairs]).reset_index(drop=True)
    rooms = ceilings(agreement, pairs)
    within = {row.a: row.mean for row in means.itertuples() if row.a == row.b}
    table = table.assign(
        p_holm=holm(table["p"].to_numpy(dtype=float)),
        between_max=[rooms[pair].kappa_max for pair in pairs],
        forced=[bool(within[one] > rooms[one, other].kappa_max) for one, other in pairs],
    )
    return table.assign(verdict=[_consistency_verdict(row, 1 - level) for row in table.itertuples()])


def _consistency_verdict(row: Any, alpha: float) -> str:
    where = verdict(row.ci_low, row.ci_high, row.p_holm, alpha)
    if row.forced and where == "above":
        return "forced"
    return outcome(where, np.nan, alpha)


def _formula(df: pd.DataFrame) -> str:
    """People's answers by group and pose; others are compared with upright and with the longest exposure."""
    people = df[df["kind"] != "model"]
    groups, _ = _groups(people) if len(people) else ((), {})
    conditions = {str(condition) for condition in people["condition"].unique()}
    pose = "rotated" if all(c == "upright" or c.startswith("rotated") for c in conditions) else "C(condition)"
    terms = []
    if len(groups) > 1:
        longest = max(exposure_of(people, group) for group in groups)
        reference = next(group for group in groups if exposure_of(people, group) == longest)
        terms.append(f"C(group, Treatment({reference!r}))")
    if len(conditions) > 1:
        terms.append(pose)
    return f"correct ~ {' * '.join(terms) or '1'}"


def _posed(df: pd.DataFrame, combine: Combine) -> pd.Series:
    """Each trial's condition, or the first combined one that it is part of."""
    whole = {part: name for name, parts in reversed([*combine.items()]) for part in parts}
    return df["condition"].map(lambda condition: whole.get(condition, condition))


def _curves(df: pd.DataFrame, plan: Plan) -> "Fits | None":
    """Psychometric functions of people's viewing time; None where they had one exposure, or none that was limited."""
    asked = df.loc[df["kind"] != "model", "requested_ms"].dropna() if "requested_ms" in df.columns else []
    if len({*asked}) < 2:
        return None
    from askew_analysis.exposure import psychometric  # noqa: PLC0415  psignifit is slow to import

    return psychometric(df, by=("condition",), missing=_without_code(plan), level=plan.level, seed=plan.seed)


def _times(fits: "Fits | None", df: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The viewing times at which people equal each model."""
    if fits is None or not df["kind"].eq("model").any():
        return pd.DataFrame()
    from askew_analysis.exposure import times_to_equal  # noqa: PLC0415

    return times_to_equal(fits, df, missing=_without_code(plan), level=plan.level, seed=plan.seed)


def _one_answer_each(df: pd.DataFrame) -> pd.DataFrame:
    """Each observer's first answer to a picture in a group, for items are compared over different people's answers."""
    number = with_covariates(df)["session_number"] if "session" in df.columns else 0
    order = ["_session", *(["index"] if "index" in df.columns else [])]
    first = df.assign(_session=number).sort_values(order, kind="stable").drop(columns="_session")
    return first.drop_duplicates(["group", "observer", "stimulus", "condition"]).sort_index()


def _verdicts(
    table: pd.DataFrame | None, groups: Sequence[str], kinds: Mapping[str, str], level: float
) -> pd.DataFrame:
    """Which pictures each group of people gets and each group of models misses, and the reverse."""
    if table is None:
        return pd.DataFrame()
    found = [
        verdicts(table, one, other, level).assign(people_group=one, models_group=other)
        for one in groups
        for other in groups
        if kinds[one] != "model" and kinds[other] == "model"
    ]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _ordered(table: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
    """Rows in the order of the groups."""
    return table.sort_values("group", key=lambda names: names.map([*groups].index), kind="stable", ignore_index=True)
