"""What the mixed model says of a comparison: the predicted difference of the same two sides, with its interval.

For the typical mix of observers and pictures (normal, with the fitted SDs), which is what a mean accuracy is of.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from askew.declared import Contrast
from askew_analysis.comparison import Comparison
from askew_analysis.design import Design, design
from askew_analysis.mixed import MixedModel

Floats = NDArray[np.float64]
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(61)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """A predicted difference of two shares, the odds ratio of the two sides, and p of the latter being 1.

    Where the model has no answer all numbers are nan, and `why` says so in a few words.
    """

    difference: float = math.nan
    low: float = math.nan
    high: float = math.nan
    odds_ratio: float = math.nan
    odds_low: float = math.nan
    odds_high: float = math.nan
    p: float = math.nan
    why: str = ""


def predicted(found: Comparison, contrasts: Sequence[Contrast]) -> list[Predicted]:
    """What the mixed model of a comparison says of each contrast; `why` where it says nothing.

    The interval of the difference takes the SDs as known (it comes of the curvature in the fixed effects).
    """
    if found.mixed is None:
        return [Predicted(why="there is no mixed model") for _ in contrasts]
    people = found.trials[found.trials["kind"] != "model"]
    table = design(
        people,
        found.mixed.formula,
        missing="drop" if found.plan.missing == "drop" else "wrong",  # as in the model, which knows no third code
        also=("group", "condition"),
    )
    cells = _cells(table)
    return [_of(found, found.mixed, cells, contrast) for contrast in contrasts]


def _cells(table: Design) -> dict[tuple[str, str], Floats | None]:
    """The terms of each group in each condition; None where answers in it differ in another label of the formula."""
    rows, there = [], []
    found: dict[tuple[str, str], Floats | None] = {}
    for (group, condition), part in table.rows.groupby(["group", "condition"], sort=False, observed=True):
        values = {name: _value(table.rows[name], part[name]) for name in table.predictors}
        found[str(group), str(condition)] = None
        if all(value is not None for value in values.values()):
            rows.append(values)
            there.append((str(group), str(condition)))
    if rows:
        frame = pd.DataFrame(rows, columns=[*table.predictors])
        for name in table.categories():
            frame[name] = frame[name].astype(table.rows[name].dtype)
        x = table.columns(frame) if table.predictors else np.ones((len(rows), len(table.terms)))
        found |= dict(zip(there, x, strict=True))
    return found


def _value(everywhere: "pd.Series[Any]", here: "pd.Series[Any]") -> Any:
    """The value of a predictor in a cell; a measure that varies is held at its mean over all answers, as in `cells`."""
    if here.nunique() == 1:
        return here.iloc[0]
    if pd.api.types.is_numeric_dtype(everywhere) and everywhere.nunique() > 2:
        return everywhere.mean()
    return None


def _of(
    found: Comparison, model: MixedModel, cells: dict[tuple[str, str], Floats | None], contrast: Contrast
) -> Predicted:
    sides = []
    for name in (contrast.a, contrast.b):
        group, condition = (name, str(contrast.condition)) if contrast.group is None else (contrast.group, name)
        if found.kinds.get(group) == "model":
            return Predicted(why="networks are not in the model")
        parts = (found.plan.combine or {}).get(condition, (condition,))
        x = [each for part in parts if (each := cells.get((group, str(part)))) is not None]
        if len(x) < len(parts):
            return Predicted(why="the formula has no such cell")
        others = [each for (g, c), each in cells.items() if g == group and c not in parts and each is not None]
        if any(np.allclose(one, other) for one in x for other in others):
            return Predicted(why="the formula does not tell these conditions from others")
        sides.append(np.array(x))
    if np.allclose(sides[0].mean(axis=0), sides[1].mean(axis=0)):
        return Predicted(why="the formula does not tell the two apart")
    odds = model.contrast(sides[0].mean(axis=0) - sides[1].mean(axis=0))
    spread = math.sqrt(sum(sd**2 for sd in (model.sd_observer, model.sd_stimulus) if math.isfinite(sd)))
    (one, slope), (other, back) = (_mean(model, x, spread) for x in sides)
    if not math.isfinite(odds.se) or not np.isfinite(slope - back).all():
        return Predicted(why="no finite estimate, for a cell is all right or all wrong")
    se = model.contrast(slope - back).se
    half = float(ndtri((1 + model.level) / 2)) * se
    ends = np.exp(np.clip([odds.estimate, odds.ci_low, odds.ci_high], -700, 700))
    return Predicted(
        difference=one - other,
        low=max(-1.0, one - other - half),
        high=min(1.0, one - other + half),
        odds_ratio=float(ends[0]),
        odds_low=float(ends[1]),
        odds_high=float(ends[2]),
        p=odds.p,
    )


def _mean(model: MixedModel, x: Floats, spread: float) -> tuple[float, Floats]:
    """The mean share of some cells over observers and pictures, and how it changes with each term."""
    # By cells, for where a term has no finite estimate a sum of several may still have one.
    logits = np.array([model.contrast(row).estimate if row.any() else 0.0 for row in x])
    at = expit(logits[:, None] + spread * _NODES)
    slopes = (at * (1 - at)) @ _WEIGHTS
    return float((at @ _WEIGHTS).mean()), np.asarray((slopes[:, None] * x).mean(axis=0))
