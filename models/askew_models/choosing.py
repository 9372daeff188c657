"""The forced choice: which of the labels offered a network prefers, by how much, and when it cannot say.

A label that means one output has that output's logit as its score. As soon as a label that is offered means several,
all of them are scored by one rule, for a logit and a joined score could not be compared. Two best labels that are
exactly even are no choice, and neither is a number that is none: nothing is decided by the order of outputs. Pure
functions of arrays; knows nothing of pictures or files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Superclasses = Literal["mean", "sum", "logsumexp"]
Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
Marks = npt.NDArray[np.bool_]

NONE = -1  # the place of a choice that there is not
TIE, NAN = "tie", "nan"


@dataclass(frozen=True, eq=False)
class Choices:
    """What was chosen, one entry a picture; the labels are counted from 0."""

    choice: Places  # NONE where there is none
    margin: Numbers  # score of the truth minus the best other; nan where a score is no number
    confidence: Numbers  # probability of the choice among the labels offered; nan where there is none
    tied: Marks  # no choice, for two were best
    broken: Marks  # no choice, for a score is no number


def joined(logits: npt.NDArray[np.floating], columns: Places, sizes: Sequence[int], sharpness: float = 1.0) -> Numbers:
    """The log of the sum of exp(logit * sharpness) over the outputs of each label: (pictures, labels).

    `columns` are the outputs of all labels, (pictures, sum of sizes), one label after the other. The same whatever the
    order of a label's outputs.

    >>> joined(np.log([[1.0, 2.0, 4.0]]), np.array([[0, 1, 2]]), (1, 2)).round(3).tolist()
    [[0.0, 1.792]]
    """
    offered = np.take_along_axis(logits, columns, axis=1).astype(np.float64) * sharpness
    if all(size == 1 for size in sizes):
        return offered
    parts = np.split(offered, np.cumsum(sizes)[:-1], axis=1)
    return np.stack([_log_sum_exp(part) for part in parts], axis=1)


def choose(joint: Numbers, sizes: Sequence[int], truths: Places, rule: Superclasses, total: Numbers) -> Choices:
    """The choice of each picture, from what `joined` gives.

    `truths` are the places of the true labels, `total` the log of the sum of exp(logit) over all outputs of the head,
    which probabilities are shares of.

    >>> one = choose(np.array([[2.0, 5.0]]), (1, 1), np.array([0]), "mean", np.array([6.0]))
    >>> one.choice.tolist(), one.margin.tolist()
    ([1], [-3.0])
    """
    shares = rule != "logsumexp" and any(size > 1 for size in sizes)
    scores = ranking(joint, sizes, rule)
    sound: Marks = np.all(np.isfinite(scores), axis=1)
    if shares:
        sound &= np.isfinite(total)
    scores = np.where(sound[:, None], scores, 0.0)
    best = scores.max(axis=1)
    tied = sound & ((scores == best[:, None]).sum(axis=1) > 1)
    choice = np.where(sound & ~tied, scores.argmax(axis=1), NONE)
    return Choices(
        choice=choice,
        margin=np.where(sound, _margins(scores, truths, total if shares else None), np.nan),
        confidence=confidence(scores, choice),
        tied=tied,
        broken=~sound,
    )


def ranking(joint: Numbers, sizes: Sequence[int], rule: Superclasses) -> Numbers:
    """Numbers that order the labels as the rule's scores do, without running out of a float's range."""
    return joint - np.log(np.array(sizes, dtype=np.float64)) if rule == "mean" and max(sizes) > 1 else joint


def confidence(scores: Numbers, choice: Places) -> Numbers:
    """The softmax over the scores offered, at the choice; nan where there is none.

    >>> confidence(np.log([[3.0, 1.0], [1.0, 1.0]]), np.array([0, NONE])).round(3).tolist()
    [0.75, nan]
    """
    scores = np.where((choice == NONE)[:, None], 0.0, scores)  # they may be no numbers
    chosen = np.take_along_axis(scores, np.maximum(choice, 0)[:, None], axis=1)
    peak = scores.max(axis=1, keepdims=True)
    shares = np.exp(chosen - peak)[:, 0] / np.exp(scores - peak).sum(axis=1)
    return np.where(choice == NONE, np.nan, shares)


def score_unit(sizes: Sequence[int], rule: Superclasses) -> str:
    """What the scores of labels of so many outputs are, in words."""
    if max(sizes) == 1:
        return "logits"
    of = {
        "mean": "mean probabilities of a label's outputs (softmax over all outputs)",
        "sum": "summed probabilities of a label's outputs (softmax over all outputs)",
        "logsumexp": "logs of the summed exponentials of a label's logits",
    }
    return of[rule]


def _margins(scores: Numbers, truths: Places, total: Numbers | None) -> Numbers:
    rows = np.arange(len(scores))
    others = scores.copy()
    others[rows, truths] = -np.inf
    true: Numbers = scores[rows, truths]
    other: Numbers = others.max(axis=1)
    if total is None:
        return true - other
    return np.exp(true - total) - np.exp(other - total)


def _log_sum_exp(logits: Numbers) -> Numbers:
    """Of each row, nan where one of them is no number; sorted, so that no order of outputs breaks or makes a tie."""
    sound: Marks = np.all(np.isfinite(logits), axis=1, keepdims=True)
    logits = np.where(sound, logits, 0.0)
    peak = logits.max(axis=1, keepdims=True)
    powers = np.sort(np.exp(logits - peak), axis=1)
    return np.where(sound[:, 0], peak[:, 0] + np.log(powers.sum(axis=1)), np.nan)
