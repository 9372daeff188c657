"""Accuracy of observers and groups, with intervals that stay between 0 and 1."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaincinv, stdtrit

from askew.describe import natural
from askew.errors import BadInput, meant, quoted
from askew_analysis.columns import codes, labelled, names, need, tails
from askew_analysis.responses import check_rule

Doubles = NDArray[np.float64]
Combine = Mapping[str, Sequence[str]]

ACROSS = "observers: Clopper-Pearson with effective sample size (Korn-Graubard)"
WITHIN = "trials of one observer: Clopper-Pearson"


def accuracy(
    df: pd.DataFrame,
    by: str | Sequence[str] = ("group", "condition"),
    missing: str = "drop",
    combine: Combine | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Mean accuracy per group and condition: the unweighted mean over observers, as a proportion.

    `missing` is the rule for trials without an answer: "drop" leaves them out, "wrong" and "own-code" keep them among
    the trials that are not right. `n_unanswered` counts such trials: by "drop" they come on top of `n_trials`, by the
    others they are among them. Where `by` has the condition, combined conditions are added, each the unweighted mean
    of its parts per observer; an observer without one of the parts has none, and adds nothing to the counts there.
    `combine` names them; by default `rotated` is made of all conditions that begin with `rotated-`.

    The interval is over observers, with n - 1 degrees of freedom: exact binomial limits for the number of trials that
    would give the spread between observers (Korn & Graubard 1998). It never leaves 0..1, and where all observers are
    perfect it still has a width. With one observer it is over his trials, and `method` says so. A cell in which nobody
    answered has n_observers 0 and a mean of nan. Without the group in `by`, people and models are taken together.

    >>> df = pd.DataFrame({"observer": [1, 1, 2, 2], "group": "a", "condition": "b", "correct": [1, 0, 1, 1]})
    >>> accuracy(df)[["n_observers", "n_trials", "mean"]].values.tolist()
    [[2.0, 4.0, 0.75]]
    """
    keys = names(by)
    tails(level)
    each = observer_accuracy(df, keys, missing, combine)
    rows = []
    for cell, part in each.groupby(keys, sort=False) if keys else [((), each)]:
        answered = part[part["n_trials"] > 0]
        mean, low, high, method = _summary(answered, level)
        values = cell if isinstance(cell, tuple) else (cell,)
        numbers = (len(answered), int(answered["n_trials"].sum()), int(part["n_unanswered"].sum()))
        rows.append((*values, *numbers, mean, low, high, method))
    columns = [*keys, "n_observers", "n_trials", "n_unanswered", "mean", "ci_low", "ci_high", "method"]
    return pd.DataFrame(rows, columns=columns)


def observer_accuracy(
    df: pd.DataFrame,
    by: str | Sequence[str] = ("group", "condition"),
    missing: str = "drop",
    combine: Combine | None = None,
) -> pd.DataFrame:
    """Accuracy of each observer in each cell: by..., observer, n_trials, n_unanswered, n_right, accuracy.

    The cells of a combined condition have the unweighted mean of the parts, not the share of all trials.
    """
    check_rule(missing)
    keys = [*dict.fromkeys([*names(by), "observer"])]
    df = labelled(df, *keys)
    need(df, "correct")
    if df.empty:
        raise BadInput("there are no trials in the table; look at what was filtered out")
    df = df.assign(_right=codes(df["correct"]))
    grouped = df.groupby(keys, sort=False)["_right"]
    each = grouped.agg(n_all="size", n_answered="count", n_right="sum").reset_index()
    each.insert(len(keys), "n_trials", each["n_answered"] if missing == "drop" else each["n_all"])
    each.insert(len(keys) + 1, "n_unanswered", each["n_all"] - each["n_answered"])
    each = each.drop(columns=["n_all", "n_answered"])
    each["accuracy"] = (each["n_right"] / each["n_trials"]).where(each["n_trials"] > 0)
    if "condition" in keys:
        chosen = _checked(combine, [*each["condition"].unique()])
        each = pd.concat([each, *(_combined(each, keys, *one) for one in chosen.items())], ignore_index=True)
    labels = list(each[keys].itertuples(index=False, name=None))
    places = sorted(range(len(each)), key=lambda i: [natural(label) for label in labels[i]])
    return each.iloc[places].reset_index(drop=True)


def rotated(conditions: Sequence[str]) -> dict[str, list[str]]:
    """The combined condition that a set has unless it declares others: all of its rotated ones.

    >>> rotated(["upright", "rotated-correct", "rotated-incorrect"])
    {'rotated': ['rotated-correct', 'rotated-incorrect']}
    """
    parts = sorted(condition for condition in {*conditions} if condition.startswith("rotated-"))
    return {"rotated": parts} if len(parts) > 1 and "rotated" not in conditions else {}


def proportion_interval(values: Doubles, trials: int, level: float = 0.95) -> tuple[float, float]:
    """An interval for the mean of several observers' proportions of right answers in so many trials in all.

    >>> low, high = proportion_interval(np.array([0.8, 0.9, 1.0]), 60)
    >>> f"{low:.2f} {high:.2f}"
    '0.42 1.00'
    """
    mean, observers = float(values.mean()), len(values)
    tail, _ = tails(level)
    variance = float(values.var(ddof=1)) / observers if observers > 1 else 0.0
    effective = float(trials)
    if observers > 1 and variance > 0 and trials > 1:
        # The trials that would give this spread, fewer for few observers, and never more than there are.
        wider = (stdtrit(trials - 1, tail) / stdtrit(observers - 1, tail)) ** 2
        effective = min(trials, mean * (1 - mean) / variance * wider)
    right, wrong = mean * effective, (1 - mean) * effective
    low = float(betaincinv(right, wrong + 1, tail)) if right > 0 else 0.0
    high = float(betaincinv(right + 1, wrong, 1 - tail)) if wrong > 0 else 1.0
    return low, high


def _checked(combine: Combine | None, known: Sequence[str]) -> Combine:
    """The combined conditions to add; refuses names that are taken, and parts that are not there."""
    if combine is None:
        return rotated(known)
    for name, parts in combine.items():
        if name in known:
            raise BadInput(f"combine {quoted(name)}: is the name of a condition already; take another")
        if isinstance(parts, str):
            raise BadInput(f"combine {quoted(name)}: is made of {quoted(parts)}; give a list of conditions")
        for part in parts:
            if part not in known:
                there = ", ".join(known)
                raise BadInput(
                    f"combine {quoted(name)}: no condition {quoted(part)} in the trials{meant(str(part), known)}; "
                    f"there are: {there}"
                )
    return combine


def _summary(part: pd.DataFrame, level: float) -> tuple[float, float, float, str]:
    if part.empty:
        return float("nan"), float("nan"), float("nan"), "nobody answered"
    values = part["accuracy"].to_numpy(dtype=float)
    low, high = proportion_interval(values, int(part["n_trials"].sum()), level)
    return float(values.mean()), low, high, ACROSS if len(part) > 1 else WITHIN


def _combined(each: pd.DataFrame, keys: Sequence[str], name: str, parts: Sequence[str]) -> pd.DataFrame:
    rest = [key for key in keys if key != "condition"]
    found = each[each["condition"].isin(parts) & (each["n_trials"] > 0)].groupby(rest, sort=False)
    table = found.agg(
        n_trials=("n_trials", "sum"),
        n_unanswered=("n_unanswered", "sum"),
        n_right=("n_right", "sum"),
        accuracy=("accuracy", "mean"),
        _parts=("condition", "nunique"),
    ).reset_index()
    return table[table["_parts"] == len({*parts})].drop(columns="_parts").assign(condition=name)
