"""Pictures one by one: who gets which right, with intervals that remember how few people saw each.

A picture that three people saw and missed is not "0 %". Each picture's share is drawn towards the other pictures of
its condition, the more the fewer answers it has and the less the pictures differ. The shares of the pictures of one
group and condition follow a beta distribution whose mean and whose spread (the correlation of two answers to one
picture) are unknown, each with a uniform prior; both are averaged over, not fixed at their likeliest values. The
likeliest spread is often none at all where a picture has few answers, and 95 % intervals that take it at its word
covered as little as 49 % in simulations of 20 to 98 pictures with 3 to 24 answers; these covered 90 to 100 %.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv, betaln, expit, stdtr, stdtrit

from askew.errors import BadInput, meant, quoted
from askew_analysis.columns import codes, need, once, tails

Floats = NDArray[np.float64]

VERDICTS = (
    "everyone right",
    "no one right",
    "people right, models wrong",
    "models right, people wrong",
    "mixed",
    "not seen by both",
)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
_UNIT, _UNIT_WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2  # on 0..1
_PASSES = 3  # each places the nodes closer to where the answers put the mean and the spread
_HALVINGS = 45


def items(
    df: pd.DataFrame,
    groups: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    missing: str = "drop",
    level: float = 0.95,
) -> pd.DataFrame:
    """How many of each group got each picture right, with a share that is drawn towards that of similar pictures.

    One row for each stimulus, condition and group: `n` answers, `right` of them, their share `mean`, and `shrunken`
    with `low` and `high`: mean and interval of the posterior, a beta distribution with `alpha` and `beta`. `groups`
    names the groups to keep, or makes new ones of several: `{"people": ["40ms", "150ms"]}`. Trials without an answer
    leave the denominator (`missing="drop"`) or count as errors (`"wrong"`). A picture without any answer has `n` 0 and
    `mean` nan; its interval is then what its condition alone says.

    >>> df = pd.DataFrame({"stimulus": ["mug"] * 3 + ["pan"] * 3, "condition": "upright", "group": "40ms",
    ...                    "observer": ["s1", "s2", "s3"] * 2, "correct": [0, 0, 0, 1, 1, 1]})
    >>> items(df)[["stimulus", "n", "mean", "shrunken", "low", "high"]].round(2)
      stimulus  n  mean  shrunken   low  high
    0      mug  3   0.0      0.08  0.00  0.55
    1      pan  3   1.0      0.92  0.45  1.00
    """
    need(df, "stimulus", "condition", "group", "observer", "correct")
    tails(level)
    told = df[["stimulus", "condition", "group", "observer"]].assign(correct=scored(df, missing))
    once(
        told,
        "group",
        "observer",
        "stimulus",
        "condition",
        hint="keep one session of each observer, so that every answer to a picture is another observer's",
    )
    told = _grouped(told, groups)
    cells = told.groupby(["stimulus", "condition", "group"], dropna=False)["correct"]
    table = cells.agg(n="count", right="sum").reset_index()
    table["right"] = table["right"].astype(int)
    table["mean"] = _share(table["right"], table["n"])
    table[["alpha", "beta"]] = 0.0
    for _, cell in table.groupby(["group", "condition"], dropna=False):
        alpha, beta = posterior(cell["right"].to_numpy(), cell["n"].to_numpy())
        table.loc[cell.index, "alpha"] = alpha
        table.loc[cell.index, "beta"] = beta
    table["shrunken"] = table["alpha"] / (table["alpha"] + table["beta"])
    table["low"] = betaincinv(table["alpha"], table["beta"], (1 - level) / 2)
    table["high"] = betaincinv(table["alpha"], table["beta"], (1 + level) / 2)
    return table[["stimulus", "condition", "group", "n", "right", "mean", "shrunken", "low", "high", "alpha", "beta"]]


def posterior(right: NDArray[np.int64], n: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Each picture's chance of a right answer as a beta distribution, given all pictures of its kind.

    The mean m of the pictures and the correlation r of two answers to one picture are uniform on 0..1; given both, a
    picture's chance is Beta(m M + right, (1 - m) M + wrong) with M = 1/r - 1. The mixture over m and r (numerical
    integration, no random numbers) is returned as the beta distribution with its mean and variance.

    >>> alpha, beta = posterior(np.array([4, 4, 0]), np.array([4, 4, 4]))
    >>> (alpha / (alpha + beta)).round(2)
    array([0.97, 0.97, 0.05])
    """
    seen, place, times = np.unique(np.column_stack([right, n]), axis=0, return_inverse=True, return_counts=True)
    k, total = seen[:, 0], seen[:, 1]
    mid, reach = np.array([0.5, 0.5]), np.array([0.5, 0.5])
    for _ in range(_PASSES):
        low, high = np.clip(mid - reach, 0, 1), np.clip(mid + reach, 0, 1)
        m, r = (grid.ravel() for grid in np.meshgrid(*(low[:, None] + (high - low)[:, None] * _UNIT), indexing="ij"))
        a, b = m * (1 / r - 1), (1 - m) * (1 / r - 1)
        alpha, beta = a[:, None] + k, b[:, None] + total - k
        fit = (betaln(alpha, beta) - betaln(a, b)[:, None]) @ times
        weight = np.outer(_UNIT_WEIGHTS, _UNIT_WEIGHTS).ravel() * np.exp(fit - fit.max())
        weight /= weight.sum()
        both = np.stack([m, r])
        mid = both @ weight
        spread = np.sqrt(((both - mid[:, None]) ** 2) @ weight)
        # Far enough for the tails, and never so close that a peak between two nodes is lost.
        reach = np.maximum(8 * spread, 2 * (high - low) / len(_UNIT))
    share = alpha / (alpha + beta)
    mean = weight @ share
    variance = weight @ (share * (1 - share) / (alpha + beta + 1) + share**2) - mean**2
    size = mean * (1 - mean) / variance - 1
    place = place.reshape(-1)
    return (mean * size)[place], ((1 - mean) * size)[place]


def verdicts(table: pd.DataFrame, people: str, models: str, level: float = 0.95) -> pd.DataFrame:
    """Which pictures everyone gets, no one gets, only people get and only models get.

    `table` comes from `items`; `people` and `models` are two of its groups. The verdict goes by what was answered:
    everyone right, no one right, more than half of one side right and less than half of the other, or mixed.
    How sure that is stands beside it: `p_people_above`, the probability that people's chance on the picture exceeds
    that of the models (from both posteriors, by numerical integration), `difference` of the two means with `low` and
    `high`, and `resolved` where that interval leaves out 0. A picture that one side never answered is "not seen by
    both" and has nan.

    >>> df = pd.DataFrame({"stimulus": ["mug"] * 8, "condition": "rotated", "group": ["40ms"] * 4 + ["nets"] * 4,
    ...                    "observer": list("abcdefgh"), "correct": [1, 1, 1, 0, 1, 0, 0, 0]})
    >>> verdicts(items(df), "40ms", "nets")[["stimulus", "verdict", "p_people_above"]].round(3)
      stimulus                     verdict  p_people_above
    0      mug  people right, models wrong           0.917
    """
    need(table, "stimulus", "condition", "group", "n", "mean", "alpha", "beta")
    tails(level)
    _known([people, models], table["group"])
    if people == models:
        raise BadInput(f"people and models are both {quoted(people)}; name two different groups")
    where = ["stimulus", "condition"]
    sides = [table[table["group"] == name].set_index(where) for name in (people, models)]
    for name, side in zip((people, models), sides, strict=True):
        once(side.reset_index(), *where, hint=f"give the table of `items`, which has one row for it in {name}")
    both = sides[0].add_suffix("_p").join(sides[1].add_suffix("_m"), how="outer").sort_index()
    shares = [both["mean_p"].to_numpy(dtype=float), both["mean_m"].to_numpy(dtype=float)]
    seen = ~np.isnan(shares[0]) & ~np.isnan(shares[1])
    shapes = both[["alpha_p", "beta_p", "alpha_m", "beta_m"]].to_numpy(dtype=float)
    above, difference, low, high = (np.full(len(both), np.nan) for _ in range(4))
    if seen.any():
        above[seen], difference[seen], low[seen], high[seen] = _compared(shapes[seen], level)
    result = pd.DataFrame(
        {
            "verdict": [_verdict(p, m) for p, m in zip(*shares, strict=True)],
            "people": shares[0],
            "models": shares[1],
            "difference": difference,
            "low": low,
            "high": high,
            "p_people_above": above,
            "resolved": (low > 0) | (high < 0),
        },
        index=both.index,
    )
    return result.reset_index()


def picture_table(
    df: pd.DataFrame,
    groups: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    missing: str = "drop",
    level: float = 0.95,
) -> pd.DataFrame:
    """Everything about each picture in one row, for the report's picture browser and for a spreadsheet.

    Columns: stimulus, condition, truth; for each group GROUP_n, GROUP_mean, GROUP_shrunken, GROUP_low, GROUP_high and
    GROUP_wrong (the wrong label chosen most often, several joined by `|` where they tie, missing where none was);
    GROUP_margin, the mean margin of its models, for groups that have margins; and `disagreement`: the highest minus
    the lowest shrunken share among the groups that answered, nan where fewer than two did. What follows the last
    underscore is what the column holds, so that any name of a group can be told from it.

    >>> df = pd.DataFrame({"stimulus": "mug", "condition": "upright", "truth": "mug", "choice": ["mug", "pan"],
    ...                    "group": ["40ms", "nets"], "observer": ["s1", "net"], "correct": [1, 0]})
    >>> picture_table(df)[["stimulus", "truth", "40ms_mean", "nets_mean", "nets_wrong"]]
      stimulus truth  40ms_mean  nets_mean nets_wrong
    0      mug   mug        1.0        0.0        pan
    """
    need(df, "truth", "choice")
    table = items(df, groups, missing, level)
    where = ["stimulus", "condition"]
    told = _grouped(df, groups)
    truths = told[[*where, "truth"]].drop_duplicates()
    once(truths, *where, hint="with different truths; a picture has one, so give one of them another name")
    wide = truths.sort_values(where).set_index(where)
    parts: dict[str, pd.Series] = {}
    for name, rows in table.groupby("group"):
        side = rows.set_index(where)
        for column in ("n", "mean", "shrunken", "low", "high"):
            parts[f"{name}_{column}"] = side[column]
        answered = told[told["group"] == name]
        parts[f"{name}_wrong"] = _wrong(answered, where)
        if "margin" in answered:
            margin = pd.to_numeric(answered["margin"])
            if margin.notna().any():
                parts[f"{name}_margin"] = margin.groupby([answered[key] for key in where]).mean()
    for name in table["group"].unique():
        parts[f"{name}_n"] = parts[f"{name}_n"].reindex(wide.index).fillna(0).astype(int)
    wide = pd.concat([wide, pd.DataFrame({name: part.reindex(wide.index) for name, part in parts.items()})], axis=1)
    seen = table[table["n"] > 0].groupby(where)["shrunken"].agg(["max", "min", "count"]).reindex(wide.index)
    wide["disagreement"] = (seen["max"] - seen["min"]).where(seen["count"] > 1)
    return wide.reset_index()


@dataclass(frozen=True, eq=False)
class AngleFit:
    """How accuracy falls with the angle: `slopes` with one row for each group and stretch, and `curve` to plot."""

    slopes: pd.DataFrame
    curve: pd.DataFrame


def by_angle(
    df: pd.DataFrame,
    angle: str = "angle_from_upright",
    by: str = "group",
    *,
    knots: Sequence[float] = (),
    missing: str = "drop",
    level: float = 0.95,
    points: int = 61,
) -> AngleFit:
    """How much harder pictures get with every ten degrees that they are turned.

    A logistic regression of right answers on the angle, for each group apart. `slopes` holds logits per 10 degrees: one
    row for each stretch between the `knots`, at which the line may bend (none: one row). Answers to one picture
    belong together, so the uncertainty counts pictures, not answers: each picture's residual is the one it has when
    it is left out of the fit (a jackknife sandwich), with a t quantile of pictures less coefficients. `curve` holds
    the accuracy that the line says, with its interval, at `points` angles. Pictures of unknown angle are left out,
    and `n_unknown` says how many. The slope is nan, with the `reason`, where a group was right or wrong throughout,
    where an angle parts right from wrong, or where it saw too few angles; with fewer than three angles in the whole
    table there is nothing to fit.

    >>> df = pd.DataFrame({"stimulus": [f"p{i}" for i in range(40)], "group": "40ms", "observer": "s1",
    ...                    "angle_from_upright": [float(i * 4) for i in range(40)],
    ...                    "correct": ([1] * 9 + [0]) + [1, 1, 1, 0] * 4 + [1, 0] * 7})
    >>> by_angle(df).slopes[["group", "per_10_deg", "low", "high", "n_items"]].round(2)
      group  per_10_deg   low  high  n_items
    0  40ms       -0.21 -0.39 -0.03       40
    """
    need(df, angle, by, "stimulus", "correct")
    tails(level)
    told = df[["stimulus", by]].assign(correct=scored(df, missing), angle=_angles(df, angle))
    turned = told[["stimulus", "angle"]].drop_duplicates()
    once(turned, "stimulus", hint=f"with different values of {angle}; a picture has one")
    known = told["angle"].dropna()
    if known.nunique() < 3:
        raise BadInput(
            f"{angle}: {known.nunique()} different angles are known, and a slope needs three or more; "
            "give pictures of more angles, or add the angles to the table"
        )
    bends = sorted(float(knot) for knot in knots)
    if bends and not known.min() < bends[0] <= bends[-1] < known.max():
        raise BadInput(
            f"knots: {quoted([*knots])} are given, but the angles go from {known.min():g} to {known.max():g}; "
            "a line can only bend between them"
        )
    rows, curves = [], []
    for name, trials in told.groupby(by, dropna=False):
        stretches, curve = _angle_fit(trials, bends, level, points)
        rows.append(pd.DataFrame(stretches).assign(**{by: name}))
        curves.append(curve.assign(**{by: name}))
    slopes = pd.concat(rows, ignore_index=True)
    curve = pd.concat(curves, ignore_index=True)
    return AngleFit(slopes[[by, *slopes.columns.drop(by)]], curve[[by, *curve.columns.drop(by)]])


def scored(df: pd.DataFrame, missing: str) -> Floats:
    """The answers as 1, 0 and nan, where `missing` says what becomes of trials without an answer.

    >>> scored(pd.DataFrame({"correct": [1, None]}), "wrong")
    array([1., 0.])
    """
    if missing not in {"drop", "wrong"}:
        raise BadInput(
            f"missing={quoted(missing)} is given{meant(str(missing), ['drop', 'wrong'])}; allowed are 'drop' (trials "
            "without an answer leave the denominator) and 'wrong' (they count as errors)"
        )
    found = codes(df["correct"])
    return np.nan_to_num(found, nan=0.0) if missing == "wrong" else found


def _share(right: pd.Series, n: pd.Series) -> pd.Series:
    return right / n.where(n > 0)


def _known(names: Iterable[str], there: pd.Series) -> None:
    known = sorted(str(name) for name in there.dropna().unique())
    for name in names:
        if name not in known:
            raise BadInput(f"no group {quoted(name)}{meant(str(name), known)}; there are: {', '.join(known) or 'none'}")


def _grouped(df: pd.DataFrame, groups: Sequence[str] | Mapping[str, Sequence[str]] | None) -> pd.DataFrame:
    """The trials of the groups asked for, under the names that they get."""
    if groups is None:
        return df
    if isinstance(groups, str):
        raise BadInput(f"groups={quoted(groups)} is one word; give a list, such as [{groups!r}]")
    parts = groups if isinstance(groups, Mapping) else {name: [name] for name in groups}
    if not parts:
        raise BadInput("no group is named; leave `groups` out to keep all of them")
    _known([name for part in parts.values() for name in part], df["group"])
    return pd.concat([df[df["group"].isin([*part])].assign(group=name) for name, part in parts.items()])


def _verdict(people: float, models: float) -> str:
    if np.isnan(people) or np.isnan(models):
        return VERDICTS[5]
    if people == models == 1:
        return VERDICTS[0]
    if people == models == 0:
        return VERDICTS[1]
    if people > 0.5 > models:
        return VERDICTS[2]
    if models > 0.5 > people:
        return VERDICTS[3]
    return VERDICTS[4]


def _compared(shapes: Floats, level: float) -> tuple[Floats, Floats, Floats, Floats]:
    """P(people above), mean difference and its interval, of pairs of beta distributions."""
    pairs, place = np.unique(shapes, axis=0, return_inverse=True)  # few answers make few different pairs
    place = place.reshape(-1)
    a, b, c, d = (pairs[:, [i]] for i in range(4))
    at = betaincinv(c, d, _UNIT)  # models' quantiles: integrating over these is integrating over the models

    def beyond(by: Floats) -> Floats:
        """P(people - models > by)."""
        found: Floats = 1 - betainc(a, b, np.clip(at + by[:, None], 0, 1)) @ _UNIT_WEIGHTS
        return found

    difference = (a / (a + b) - c / (c + d)).ravel()
    ends = []
    for share in ((1 + level) / 2, (1 - level) / 2):
        low, high = np.full(len(pairs), -1.0), np.ones(len(pairs))
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            too_low = beyond(middle) > share
            low, high = np.where(too_low, middle, low), np.where(too_low, high, middle)
        ends.append((low + high) / 2)
    return beyond(np.zeros(len(pairs)))[place], difference[place], ends[0][place], ends[1][place]


def _wrong(trials: pd.DataFrame, where: list[str]) -> pd.Series:
    """The wrong label that was chosen most often on each picture; tied ones together."""
    missed = trials[trials["choice"].notna() & (trials["choice"] != trials["truth"])]
    counts = missed.groupby([*where, "choice"]).size().rename("n").reset_index()
    most = counts[counts["n"] == counts.groupby(where)["n"].transform("max")]
    return most.groupby(where)["choice"].agg("|".join)


def _angles(df: pd.DataFrame, angle: str) -> Floats:
    try:
        found: Floats = pd.to_numeric(df[angle]).to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        raise BadInput(f"{angle} holds {quoted(df[angle].iloc[0])}; an angle is a number of degrees") from None
    if np.isinf(found).any():
        raise BadInput(f"{angle} holds an infinite value; an angle is a number of degrees, or missing where unknown")
    return found


def _angle_fit(
    trials: pd.DataFrame, bends: list[float], level: float, points: int
) -> tuple[list[dict[str, object]], pd.DataFrame]:
    """The stretches and the curve of one group."""
    pictures = trials.groupby("stimulus")
    table = pd.DataFrame({"angle": pictures["angle"].first(), "n": pictures["correct"].count()})
    table["right"] = pictures["correct"].sum()
    unknown = int(table["angle"].isna().sum())
    table = table[table["angle"].notna() & (table["n"] > 0)]
    x, n, right = (table[name].to_numpy(dtype=float) for name in ("angle", "n", "right"))
    coefficients, covariance, reason = _logistic(_line(x, bends), right, n, len({*x.tolist()}))
    k = len(bends) + 2
    t = stdtrit(max(len(x) - k, 1), (1 + level) / 2)
    edges = [-np.inf, *bends, np.inf]
    stretches: list[dict[str, object]] = []
    for i in range(k - 1):
        pick = np.array([0.0] + [1.0] * (i + 1) + [0.0] * (k - 2 - i))
        slope, se = float(pick @ coefficients), float(np.sqrt(pick @ covariance @ pick))
        stretches.append(
            {
                "from_deg": max(edges[i], x.min()) if len(x) else np.nan,
                "to_deg": min(edges[i + 1], x.max()) if len(x) else np.nan,
                "per_10_deg": slope,
                "se": se,
                "low": slope - t * se,
                "high": slope + t * se,
                "p": 2 * stdtr(max(len(x) - k, 1), -abs(slope / se)) if se > 0 else np.nan,
                "n_items": len(x),
                "n_trials": int(n.sum()),
                "n_unknown": unknown,
                "reason": reason,
            }
        )
    at = np.linspace(x.min(), x.max(), points) if len(x) and not reason else np.empty(0)
    line = _line(at, bends)
    middle, half = line @ coefficients, t * np.sqrt(((line @ covariance) * line).sum(axis=1))
    curve = {"angle": at, "accuracy": expit(middle), "low": expit(middle - half), "high": expit(middle + half)}
    return stretches, pd.DataFrame(curve)


def _line(x: Floats, bends: list[float]) -> Floats:
    """Intercept, slope, and what each bend adds to the slope, per 10 degrees."""
    return np.column_stack([np.ones_like(x), x / 10, *(np.maximum(x - bend, 0) / 10 for bend in bends)])


def _logistic(design: Floats, right: Floats, n: Floats, angles: int) -> tuple[Floats, Floats, str]:
    """Coefficients, jackknife sandwich covariance, and why there are none."""
    k = design.shape[1]
    none = np.full(k, np.nan), np.full((k, k), np.nan)
    if angles < max(3, k):
        return *none, f"answers at {angles} different angles, and this line needs {max(3, k)} or more"
    if len(n) <= k:
        return *none, f"answers to {len(n)} pictures, and this line needs more than {k}"
    if right.sum() in {0, n.sum()}:
        return *none, f"every answer is {'right' if right.sum() else 'wrong'}, so accuracy has no slope"
    apart = "an angle parts right from wrong answers without exception, so no slope is steep enough"
    beta = np.zeros(k)
    for _ in range(60):
        p = expit(design @ beta)
        weight = n * p * (1 - p)
        try:
            bread = np.linalg.inv((design * weight[:, None]).T @ design)
        except np.linalg.LinAlgError:
            return *none, apart
        step = bread @ (design.T @ (right - n * p))
        beta = beta + step / max(1.0, float(np.abs(design @ step).max()) / 4)  # no leap over the maximum
        if np.abs(design @ beta).max() > 25:
            return *none, apart
        if np.abs(step).max() < 1e-10:
            break
    else:
        return *none, apart
    p = expit(design @ beta)
    weight = n * p * (1 - p)
    leverage = weight * ((design @ bread) * design).sum(axis=1)
    if (leverage > 1 - 1e-9).any():
        return *none, "one picture alone decides the line; give pictures of more angles"
    score = design * ((right - n * p) / (1 - leverage))[:, None]
    return beta, bread @ (score.T @ score) @ bread, ""
