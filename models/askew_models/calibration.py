"""Where the truth stands among all outputs of a network, and how far its confidence can be believed.

The temperature is the one number by which all logits are divided so that the probabilities of upright pictures fit best
(Guo, Pleiss, Sun & Weinberger, ICML 2017). Pure functions of arrays; they go through the logits in blocks, as those may
lie on a disk, and what comes out does not depend on the size of the blocks.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
Marks = npt.NDArray[np.bool_]
Truths = Sequence[tuple[int, ...]]  # the outputs that the truth of each picture means

BINS = 15
LOW, HIGH = 0.01, 100.0  # temperatures beyond these mean that the pictures say nothing of it
FEWEST = 10  # upright pictures that a temperature is fitted on
_BLOCK = 1 << 18  # numbers that a processor's cache holds
_NEAR = 1e-5  # of the log of the temperature: Newton's last step, so that the next would be far smaller
_STEPS = 100


@dataclass(frozen=True, eq=False)
class Standing:
    """Where the truth stands among all outputs, one entry a picture; nan and 0 where that is not known."""

    sound: Marks  # every logit is a number
    total: Numbers  # log of the sum of exp(logit) over all outputs
    top: Places  # the best output
    tied: Marks  # another one is as good
    p_top: Numbers  # its probability
    p_truth: Numbers  # the probability of the truth, summed over its outputs
    margin: Numbers  # that of the truth minus that of the best output that is not the truth's
    rank: Places  # of the truth's best output among those of other labels, from 1; a tie counts against it


@dataclass(frozen=True)
class Temperature:
    """What fits best; nothing where the pictures are too few. `doubt` says what is wrong with it."""

    value: float | None
    n: int
    doubt: str = ""


@dataclass(frozen=True, eq=False)
class _Ragged:
    """The outputs of the truths of some rows, one after the other."""

    rows: Places
    columns: Places
    starts: Places

    def best(self, table: Numbers) -> Numbers:
        return np.maximum.reduceat(table[self.rows, self.columns], self.starts)

    def sum(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        total: npt.NDArray[np.generic] = np.add.reduceat(values, self.starts)
        return total


def standing(logits: npt.NDArray[np.floating], truths: Truths, block: int | None = None) -> Standing:
    """Where the truth of each picture stands among all outputs; no outputs where the head lacks it."""
    parts = [_standing(logits[rows], truths[rows]) for rows in blocks(logits.shape, block)]
    names = Standing.__dataclass_fields__
    return Standing(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def temperature(
    logits: npt.NDArray[np.floating], rows: Places, truths: Truths, block: int | None = None
) -> Temperature:
    """The temperature that makes the truths of these rows most likely; each needs sound logits and an output.

    >>> few = temperature(np.zeros((3, 2), dtype=np.float32), np.arange(3), [(0,)] * 3)
    >>> few.value, few.doubt
    (None, '3 upright pictures are too few to fit a temperature; 10 are needed')
    """
    if len(rows) < FEWEST:
        are = "picture is" if len(rows) == 1 else "pictures are"
        return Temperature(
            None, len(rows), f"{len(rows)} upright {are} too few to fit a temperature; {FEWEST} are needed"
        )

    if _always_first(logits, rows, truths, block):
        # The colder, the likelier, without end: wherever a search stops, it is the arithmetic that stops it.
        return Temperature(
            None, len(rows), "no output beats the truth in any upright picture, so no temperature fits best"
        )
    low, high = -math.log(HIGH), -math.log(LOW)
    bounds = {low: HIGH, high: LOW}
    unseen = {low, high}
    at = 0.0
    for _ in range(_STEPS):
        first, second = _slope(logits, rows, truths, math.exp(at), block)
        low, high = (low, at) if first > 0 else (at, high)
        if low == high:
            return Temperature(bounds[at], len(rows), f"the temperature is at its bound, {bounds[at]:g}")
        unseen -= {at}
        after = at - first / second if second > 0 else math.inf
        if not low < after < high:  # Newton's step leads out of where it has to be
            end = low if first > 0 else high
            after = end if end in unseen else (low + high) / 2
        if abs(after - at) < _NEAR:
            break
        at = after
    return Temperature(math.exp(-after), len(rows))


def sharpened(logits: npt.NDArray[np.floating], rows: Places, temperature: float, block: int | None = None) -> Numbers:
    """The probability of the best output of these rows once all logits are divided by a temperature."""
    parts = []
    for part in blocks((len(rows), logits.shape[1]), block):
        table = logits[rows[part]].astype(np.float64)
        table -= table.max(axis=1, keepdims=True)
        table /= temperature
        parts.append(1 / np.exp(table, out=table).sum(axis=1))
    return np.concatenate([*parts, np.empty(0)])


def calibration_error(confidence: Numbers, right: Marks, bins: int = BINS) -> float:
    """The expected calibration error: |share right - mean confidence| in bins of equal width, weighted by their size.

    nan without pictures. Of few pictures it is too large, for the shares in its bins scatter.

    >>> round(calibration_error(np.array([0.95, 0.95, 0.65, 0.65]), np.array([True, False, True, True]), bins=10), 9)
    0.4
    """
    if not len(confidence):
        return math.nan
    edges = np.arange(1, bins) / bins
    inside = np.searchsorted(edges, confidence, side="left")  # a bin holds its upper edge
    excess = np.bincount(inside, weights=right - confidence, minlength=bins)
    return float(np.abs(excess).sum() / len(confidence))


def blocks(shape: tuple[int, ...], numbers: int | None = None) -> Iterator[slice]:
    """Slices of the rows of a table, each of about so many numbers and at least one row.

    >>> [(part.start, part.stop) for part in blocks((5, 10), 20)]
    [(0, 2), (2, 4), (4, 5)]
    """
    rows = max(1, (numbers or _BLOCK) // max(1, shape[1]))
    for start in range(0, shape[0], rows):
        yield slice(start, min(start + rows, shape[0]))


def _standing(logits: npt.NDArray[np.floating], truths: Truths) -> Standing:
    table = logits.astype(np.float64)
    sound: Marks = np.all(np.isfinite(table), axis=1)
    table[~sound] = 0
    known, ragged = _known(truths, sound)
    whole = slice(None) if len(known) == len(table) else known
    peak, top = table.max(axis=1), table.argmax(axis=1)
    tied = (table == peak[:, None]).sum(axis=1) > 1
    powers = np.exp(table - peak[:, None])
    total = powers.sum(axis=1)
    p_truth, margin = np.full(len(table), np.nan), np.full(len(table), np.nan)
    rank = np.zeros(len(table), dtype=np.intp)
    if len(known):
        best = ragged.best(table)
        own = table[ragged.rows, ragged.columns] >= np.repeat(best, np.diff([*ragged.starts, len(ragged.rows)]))
        rank[known] = 1 + (table[whole] >= best[:, None]).sum(axis=1) - ragged.sum(own.astype(np.intp))
        p_truth[known] = ragged.sum(powers[ragged.rows, ragged.columns]) / total[known]
        powers[ragged.rows, ragged.columns] = 0
        margin[known] = p_truth[known] - powers[whole].max(axis=1) / total[known]
    return Standing(
        sound=sound,
        total=np.where(sound, peak + np.log(total), np.nan),
        top=np.where(sound, top, 0),
        tied=sound & tied,
        p_top=np.where(sound, 1 / total, np.nan),
        p_truth=p_truth,
        margin=margin,
        rank=rank,
    )


def _known(truths: Truths, sound: Marks) -> tuple[Places, _Ragged]:
    """The rows whose truth is known, and the outputs of their truths."""
    known = np.array([row for row, outputs in enumerate(truths) if outputs and sound[row]], dtype=np.intp)
    return known, _ragged(known, [truths[row] for row in known])


def _ragged(rows: Places, truths: Truths) -> _Ragged:
    sizes = np.array([len(outputs) for outputs in truths], dtype=np.intp)
    return _Ragged(
        rows=np.repeat(rows, sizes),
        columns=np.array([output for outputs in truths for output in outputs], dtype=np.intp),
        starts=np.cumsum(sizes) - sizes,
    )


def _always_first(logits: npt.NDArray[np.floating], rows: Places, truths: Truths, block: int | None) -> bool:
    """Whether the best output of every one of these rows is one that its truth means."""
    for part in blocks((len(rows), logits.shape[1]), block):
        table = logits[rows[part]].astype(np.float64)
        ragged = _ragged(np.arange(len(table)), truths[part])
        if (ragged.best(table) < table.max(axis=1)).any():
            return False
    return True


def _slope(
    logits: npt.NDArray[np.floating], rows: Places, truths: Truths, sharpness: float, block: int | None
) -> tuple[float, float]:
    """First and second derivative of the truths' mean negative log probability by the log of the sharpness.

    Sharpness is 1 / temperature. Where a truth is one output, this is convex in it.
    """
    first, second = np.empty(len(rows)), np.empty(len(rows))
    for part in blocks((len(rows), logits.shape[1]), block):
        table = logits[rows[part]].astype(np.float64)
        table -= table.max(axis=1, keepdims=True)
        ragged = _ragged(np.arange(len(table)), truths[part])
        own = table[ragged.rows, ragged.columns]
        own_mean, own_variance = _moments_of(ragged, own, sharpness)
        mean, variance = _moments(table, sharpness)
        first[part] = mean - own_mean
        second[part] = variance - own_variance
    slope = float(first.mean()) * sharpness
    return slope, slope + float(second.mean()) * sharpness**2


def _moments(table: Numbers, sharpness: float) -> tuple[Numbers, Numbers]:
    """Mean and variance of each row's logits, weighted by the softmax of the sharpened ones."""
    weights = np.exp(table * sharpness)
    total = weights.sum(axis=1)
    weights *= table
    mean = weights.sum(axis=1) / total
    weights *= table
    return mean, weights.sum(axis=1) / total - mean**2


def _moments_of(ragged: _Ragged, own: Numbers, sharpness: float) -> tuple[Numbers, Numbers]:
    """The same, of the outputs of the truths alone."""
    sizes = np.diff([*ragged.starts, len(own)])
    weights = np.exp((own - np.repeat(np.maximum.reduceat(own, ragged.starts), sizes)) * sharpness)
    total = np.add.reduceat(weights, ragged.starts)
    mean = np.add.reduceat(weights * own, ragged.starts) / total
    return mean, np.add.reduceat(weights * own**2, ragged.starts) / total - mean**2
