"""A logistic mixed model with crossed effects of observers and pictures, and what can be asked of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr, ndtri
from threadpoolctl import threadpool_limits

from askew.errors import BadInput, counted, meant, quoted
from askew_analysis import laplace
from askew_analysis.columns import tails
from askew_analysis.design import Design, design

Floats = NDArray[np.float64]

RANDOM = ("observer", "stimulus")
LARGE = 5.0  # logits; an SD above it says that a level is nearly always all right or all wrong
FEW = 5  # levels from which an SD can hardly be told
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(61)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class Contrast:
    """A weighted sum of terms in logits, with its interval; nan throughout where the data give it no finite value."""

    estimate: float
    se: float
    z: float
    p: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class Equivalence:
    """Two one-sided tests that a contrast lies within -bound and bound; `p` is the larger of the two.

    `ci_low` and `ci_high` are those of the interval that lies inside the bounds exactly if p is below `alpha`.
    """

    estimate: float
    se: float
    bound: float
    p: float
    alpha: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, eq=False)
class MixedModel:
    """A fitted model. `terms` are the fixed effects in logits; an SD that the model does not have is nan.

    `notes` say in sentences what a reader has to know before using the numbers. `converged` is False where the maximum
    was not reached, or does not exist because a cell is all right or all wrong; terms without a finite estimate are nan
    then, and all others are those of the limit.
    """

    terms: pd.DataFrame
    sd_observer: float
    sd_stimulus: float
    log_likelihood: float
    n: int
    converged: bool
    notes: tuple[str, ...]
    formula: str
    level: float
    _design: Design = field(repr=False)
    _fit: "_Estimate" = field(repr=False)

    @property
    def at_maximum(self) -> bool:
        """Whether the fit reached its maximum, be it the limit of a cell that is all right or all wrong."""
        return self._fit.fit.converged

    def contrast(self, weights: Mapping[str, float] | Sequence[float] | Floats) -> Contrast:
        """A weighted sum of terms: weights by name (those left out are 0), or one for each term in their order."""
        return self._fit.contrast(_vector(weights, self._design.terms), self.level)

    def equivalence(
        self, weights: Mapping[str, float] | Sequence[float] | Floats, bound: float, alpha: float = 0.05
    ) -> Equivalence:
        """Whether a contrast can be called as good as 0: test that it lies within `bound` logits of it (TOST)."""
        if not 0 < bound < np.inf:
            raise BadInput(f"bound={quoted(bound)}: give the smallest difference that matters, in logits, above 0")
        if not 0 < alpha < 0.5:
            raise BadInput(f"alpha={quoted(alpha)} is not between 0 and 0.5")
        found = self._fit.contrast(_vector(weights, self._design.terms), 1 - 2 * alpha)
        p = float(ndtr((abs(found.estimate) - bound) / found.se))
        return Equivalence(found.estimate, found.se, bound, p, alpha, found.ci_low, found.ci_high)

    def cells(self) -> pd.DataFrame:
        """Predicted share of right answers in each combination of the labels that the data have.

        `typical` is for an observer and a picture whose effects are 0; `marginal` is the mean over observers and
        pictures like these (normal, with the fitted SDs). Both with intervals, which stay inside 0 and 1. Numeric
        predictors with more than two values are held at their mean. Where the cell has no finite estimate the share is
        the limit, 1 or 0, and its interval is nan. `n_answers` and `n_right` are counts.
        """
        found = self._design.cells()
        names = self._design.categories()
        others = {name: self._design.rows[name].mean() for name in self._design.predictors if name not in names}
        rows = found.assign(**others)
        for name in names:
            rows[name] = rows[name].astype(self._design.rows[name].dtype)
        x = self._design.columns(rows)
        shares = [self._fit.shares(row, self.level) for row in x]
        return found.assign(**others, **pd.DataFrame(shares, index=found.index))


def mixed_model(
    df: pd.DataFrame,
    formula: str,
    *,
    random: Sequence[str] = RANDOM,
    level: float = 0.95,
    missing: Literal["drop", "wrong"] = "drop",
) -> MixedModel:
    """Fit right and wrong answers with fixed effects and with random intercepts of observers and pictures.

    Maximum likelihood by Laplace's approximation (see `laplace`); tests and intervals are normal ones (z), from the
    curvature of the likelihood in fixed effects and SDs together. An observer is one observer in whatever group it
    answers. A random effect with a single level (one observer, one picture) cannot be told from the intercept: it is
    left out, its SD is nan, and a note says that the results are about that one only.

    >>> df = pd.DataFrame({"observer": ["ann", "bob"] * 40, "stimulus": [f"img_{i // 8}" for i in range(80)],
    ...                    "rotated": [0, 0, 1, 1] * 20, "correct": ([1] * 6 + [0] * 2 + [1] * 5 + [0] * 3) * 5})
    >>> m = mixed_model(df, "correct ~ rotated", random=("stimulus",))
    >>> m.n, m.converged, m.terms["term"].tolist(), round(m.sd_stimulus, 3)
    (80, True, ['Intercept', 'rotated'], 0.0)
    """
    _check(random, level)
    table = design(df, formula, missing=missing, also=random)
    notes = [*table.notes]
    groups: dict[str, NDArray[np.int64]] = {}
    for name in dict.fromkeys(random):
        codes, levels = pd.factorize(table.rows[name].astype(str), sort=True)
        if len(levels) < 2:
            notes.append(f"there is only one {name}, {quoted(str(levels[0]))}: the results are about this one only")
            continue
        groups[name] = codes.astype(np.int64)
        if len(levels) < FEW:
            notes.append(
                f"there are only {len(levels)} different values of {name}: its SD can hardly be told, "
                "and the intervals are too narrow"
            )
    estimate = _estimate(table, groups)
    notes += _said(table, estimate)
    terms = [estimate.contrast(row, level) for row in np.eye(len(table.terms))]
    return MixedModel(
        terms=pd.DataFrame({"term": table.terms, **pd.DataFrame(terms)}),
        sd_observer=estimate.sds.get("observer", np.nan),
        sd_stimulus=estimate.sds.get("stimulus", np.nan),
        log_likelihood=estimate.fit.log_likelihood,
        n=len(table.y),
        converged=estimate.fit.converged and not estimate.gone.any(),
        notes=tuple(notes),
        formula=formula,
        level=level,
        _design=table,
        _fit=estimate,
    )


@dataclass(frozen=True, eq=False)
class _Estimate:
    """The fit of the rows that have a finite maximum, in coordinates `basis` of the terms that these rows determine.

    Terms are `scale` times as large in these coordinates; without separation `basis` is the identity.
    """

    fit: laplace.Fit
    groups: tuple[str, ...]
    scale: Floats
    basis: Floats
    gone: NDArray[np.bool_]
    directions: tuple[Floats, ...]

    @cached_property
    def sds(self) -> dict[str, float]:
        return dict(zip(self.groups, map(float, self.fit.sds), strict=True))

    def inner(self, weights: Floats) -> Floats | None:
        """Weights of the coordinates; None where the rows do not determine the sum."""
        scaled = weights / self.scale
        found = scaled @ self.basis
        lost = np.linalg.norm(scaled - self.basis @ found)
        return None if lost > 1e-7 * np.linalg.norm(scaled) else np.asarray(found)

    def contrast(self, weights: Floats, level: float) -> Contrast:
        inner = self.inner(weights)
        if inner is None:
            return Contrast(*[np.nan] * 6)
        count = len(inner)
        estimate = float(inner @ self.fit.beta)
        se = float(np.sqrt(inner @ self.fit.covariance[:count, :count] @ inner))
        z = estimate / se if se > 0 else np.nan
        half = float(ndtri((1 + level) / 2)) * se
        return Contrast(estimate, se, z, float(2 * ndtr(-abs(z))), estimate - half, estimate + half)

    def shares(self, row: Floats, level: float) -> dict[str, float]:
        """Shares of right answers for one row of terms: of the typical and of the mean observer and picture."""
        inner = self.inner(row)
        if inner is None:
            limit = self._limit(row)
            return {
                "typical": limit,
                "typical_low": np.nan,
                "typical_high": np.nan,
                "marginal": limit,
                "marginal_low": np.nan,
                "marginal_high": np.nan,
            }
        typical = self.contrast(row, level)
        spread = float(np.sqrt((self.fit.sds**2).sum()))
        at = expit(typical.estimate + spread * _NODES)
        mean = float(_WEIGHTS @ at)
        slope = at * (1 - at)
        by_spread = float(_WEIGHTS @ (slope * _NODES))
        by_sd = self.fit.sds / spread * by_spread if spread > 0 else 0 * self.fit.sds
        gradient = np.concatenate([inner * float(_WEIGHTS @ slope), by_sd]) / (mean * (1 - mean))
        half = float(ndtri((1 + level) / 2) * np.sqrt(gradient @ self.fit.covariance @ gradient))
        return {
            "typical": float(expit(typical.estimate)),
            "typical_low": float(expit(typical.ci_low)),
            "typical_high": float(expit(typical.ci_high)),
            "marginal": mean,
            "marginal_low": float(expit(logit(mean) - half)),
            "marginal_high": float(expit(logit(mean) + half)),
        }

    def _limit(self, row: Floats) -> float:
        for direction in self.directions:
            along = float(row @ direction)
            if abs(along) > 1e-6:
                return float(along > 0)
        return np.nan


def _estimate(table: Design, groups: Mapping[str, NDArray[np.int64]]) -> _Estimate:
    x, right, trials, codes = laplace.aggregated(table.x, table.y, [*groups.values()])
    gone, directions = laplace.separated(x, right, trials)
    if gone.all():
        raise BadInput(
            f"the formula {quoted(table.formula)} tells all right answers from all wrong ones, so that no term has a "
            f"finite estimate{': ' if table.pure() else ''}{table.pure()}; use fewer terms"
        )
    scale = np.sqrt((x**2).mean(axis=0))
    basis = np.eye(len(scale))
    if gone.any():
        _, sizes, axes = np.linalg.svd(x[~gone] / scale, full_matrices=False)
        basis = axes[sizes > 1e-9 * sizes[0]].T
    kept = [np.unique(code[~gone], return_inverse=True)[1] for code in codes]
    with threadpool_limits(1):  # for matrices this small, threads that wait for one another cost more than they bring
        fit = laplace.fit((x[~gone] / scale) @ basis, right[~gone], kept, trials[~gone])
    return _Estimate(fit, tuple(groups), scale, basis, gone, tuple(directions))


def _said(table: Design, estimate: _Estimate) -> list[str]:
    notes = []
    if estimate.gone.any():
        lost = [
            term for term, row in zip(table.terms, np.eye(len(table.terms)), strict=True) if estimate.inner(row) is None
        ]
        where = table.pure() or "a combination of the predictors tells right from wrong answers"
        notes.append(
            f"separation: {where}, so that {len(lost)} of {counted(len(table.terms), 'term')} have no finite "
            f"estimate and are nan: {', '.join(lost[:6])}{', ...' if len(lost) > 6 else ''}; `cells` shows what is "
            "finite, contrasts of it are sound, and another reference level may show it in the terms"
        )
    for name, sd in estimate.sds.items():
        if sd == 0:
            notes.append(f"the SD of {name} is estimated as 0: the answers vary no more by {name} than chance does")
        elif sd > LARGE and not estimate.fit.converged:
            notes.append(f"the SD of {name} grows without limit: nearly every {name} is all right or all wrong")
        elif sd > LARGE:
            notes.append(
                f"the SD of {name} is {sd:.1f} logits: nearly every {name} is all right or all wrong, and the "
                "approximation is poor there"
            )
    if not estimate.fit.converged:
        notes.append("the fit did not converge: do not use its numbers; try fewer terms, or one random effect")
    return notes


def _vector(weights: Mapping[str, float] | Sequence[float] | Floats, terms: Sequence[str]) -> Floats:
    if isinstance(weights, Mapping):
        for name in weights:
            if name not in terms:
                raise BadInput(f"no term {quoted(name)}{meant(str(name), terms)}; terms: {', '.join(terms)}")
        found = np.array([weights.get(term, 0.0) for term in terms], dtype=float)
    else:
        found = np.asarray(weights, dtype=float)
    if found.shape != (len(terms),):
        raise BadInput(f"{quoted(weights)}: give one weight for each of the {len(terms)} terms: {', '.join(terms)}")
    if not np.isfinite(found).all() or not found.any():
        raise BadInput(f"{quoted(weights)}: weights are numbers, and not all of them 0")
    return found


def _check(random: Any, level: float) -> None:
    if isinstance(random, str) or not set(random) <= {*RANDOM}:
        raise BadInput(
            f"random={quoted(random)}: random effects are a list of 'observer' and 'stimulus', of one of them, or empty"
        )
    tails(level)
