"""What each network did, one row for each: accuracies, fall, margins, agreement with people, equal viewing times."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from askew_analysis.accuracies import Combine, accuracy
from askew_analysis.columns import codes
from askew_analysis.consistencies import Consistency

UPRIGHT, ROTATED = "upright", "rotated"
Ends = tuple[float, float, float]  # a value and the ends of its interval
NOTHING: Ends = (math.nan, math.nan, math.nan)


def network_table(
    df: pd.DataFrame,
    *,
    combine: Combine | None = None,
    missing: str = "drop",
    level: float = 0.95,
    agreement: Consistency | None = None,
    people: Sequence[str] = (),
    times: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row for each network and group: `group`, `network`, `n_trials`, `n_unanswered`, and then, each with its ends,

    - `accuracy_CONDITION` (over the network's own pictures: Clopper-Pearson) and `margin_CONDITION`, its mean, without;
    - `fall`, from upright to rotated, where it has both (Newcombe's way of putting two intervals together);
    - `kappa_GROUP`, its mean error consistency with each group of people;
    - `equal_ms_CONDITION`, the viewing time at which people equal it, and `never_CONDITION`, the share of the
      uncertainty in which they never do.

    An empty table where there are no networks.
    """
    models = df[df["kind"] == "model"]
    if models.empty:
        return pd.DataFrame()
    there = {*models["condition"]}
    kept = {name: parts for name, parts in (combine or {}).items() if {*parts} <= there}
    each = accuracy(models, ("group", "observer", "condition"), missing, kept, level)
    conditions = [*dict.fromkeys(each["condition"])]
    shares = {
        (row.group, row.observer, row.condition): (float(row.mean), float(row.ci_low), float(row.ci_high))
        for row in each.itertuples()
    }
    margins = _margins(models, kept)
    equal = _equal(times)
    silent = models.assign(_silent=np.isnan(codes(models["correct"]))).groupby(["group", "observer"], sort=False)
    counts = silent["_silent"].agg(["size", "sum"])
    twice = models.groupby("observer")["group"].nunique().gt(1)
    rows = []
    for group, network in dict.fromkeys(zip(each["group"], each["observer"], strict=True)):
        n, lacking = counts.loc[(group, network)]
        row: dict[str, Any] = {"group": group, "network": network, "n_trials": int(n), "n_unanswered": int(lacking)}
        for condition in conditions:
            row |= _named(f"accuracy_{condition}", shares.get((group, network, condition), NOTHING))
        turned = rotated_name(conditions)
        if turned is not None and UPRIGHT in conditions:
            sides = (shares.get((group, network, name), NOTHING) for name in (UPRIGHT, turned))
            row |= _named("fall", difference(*sides))
        if margins:
            row |= {f"margin_{name}": margins.get((group, network, name), math.nan) for name in conditions}
        label = f"{network} / {group}" if twice[network] else network
        for whose, ends in _kappas(agreement, label, people, level):
            row |= _named(f"kappa_{whose}", ends)
        for condition, (ends, never) in equal.get(network, {}).items():
            row |= {**_named(f"equal_ms_{condition}", ends), f"never_{condition}": never}
        rows.append(row)
    return pd.DataFrame(rows)


def rotated_name(conditions: Sequence[str]) -> str | None:
    """The condition that stands for all rotated pictures: the combined one, or the only one there is.

    >>> rotated_name(["rotated", "rotated-a", "upright"]), rotated_name(["rotated-a", "upright"]), rotated_name(["x"])
    ('rotated', 'rotated-a', None)
    """
    turned = [name for name in conditions if name.startswith(ROTATED)]
    return ROTATED if ROTATED in turned else turned[0] if len(turned) == 1 else None


def difference(one: Ends, other: Ends) -> Ends:
    """One proportion minus another, with an interval from theirs (Newcombe 1998, method 10, with any intervals).

    >>> [round(each, 2) for each in difference((1.0, 0.9, 1.0), (0.6, 0.5, 0.7))]
    [0.4, 0.26, 0.5]
    """
    (a, a_low, a_high), (b, b_low, b_high) = one, other
    return a - b, a - b - math.hypot(a - a_low, b_high - b), a - b + math.hypot(a_high - a, b - b_low)


def _named(name: str, ends: Ends) -> dict[str, float]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), ends, strict=True))


def _margins(models: pd.DataFrame, combine: Mapping[str, Sequence[str]]) -> dict[tuple[str, str, str], float]:
    """The mean margin of each network in each condition, unweighted over the parts of a combined one."""
    if "margin" not in models.columns:
        return {}
    given = models.assign(margin=pd.to_numeric(models["margin"], errors="coerce")).dropna(subset=["margin"])
    if given.empty:
        return {}
    means = given.groupby(["group", "observer", "condition"])["margin"].mean()
    found: dict[tuple[str, str, str], float] = {key: float(value) for key, value in means.items()}
    for group, network in {(group, network) for group, network, _ in found}:
        for name, parts in combine.items():
            values = [found.get((group, network, part), math.nan) for part in parts]
            found[group, network, name] = float(np.mean(values))
    return found


def _kappas(
    agreement: Consistency | None, label: str, people: Sequence[str], level: float
) -> Iterator[tuple[str, Ends]]:
    """A network's mean kappa with each group of people."""
    if agreement is None:
        return
    present = {*agreement.groups.values()}
    for group in people:
        if group not in present:
            continue
        # A block names a group first, so a network that is called like one has no number of its own.
        if label not in agreement.observers or label in present:
            yield group, NOTHING
        else:
            mean = agreement.mean([label], group, level)
            yield group, (float(mean["mean"]), float(mean["ci_low"]), float(mean["ci_high"]))


def _equal(times: pd.DataFrame | None) -> dict[str, dict[str, tuple[Ends, float]]]:
    """By network and condition: the viewing time at which people equal it, and how surely they never do."""
    found: dict[str, dict[str, tuple[Ends, float]]] = {}
    if times is None or times.empty:
        return found
    for row in times.itertuples():
        ends = (float(row.time_ms), float(row.ci_low), float(row.ci_high))
        found.setdefault(row.model, {})[str(row.condition)] = (ends, float(row.never))
    return found
