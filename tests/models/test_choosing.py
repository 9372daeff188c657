"""The forced choice, against a plain reading of its rules, and where there is none."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from askew_models.choosing import (
    NONE,
    Choices,
    Superclasses,
    choose,
    confidence,
    joined,
    ranking,
    score_unit,
)

RULES: tuple[Superclasses, ...] = ("mean", "sum", "logsumexp")


def chosen(
    logits: Sequence[Sequence[float]], labels: Sequence[Sequence[int]], rule: Superclasses = "mean", truth: int = 0
) -> Choices:
    """The choices of pictures that are all offered the same labels."""
    table = np.array(logits, dtype=np.float32)
    columns = np.tile([output for label in labels for output in label], (len(table), 1))
    sizes = [len(label) for label in labels]
    total = np.array([_log_sum(row) for row in table.astype(float).tolist()])
    return choose(joined(table, columns, sizes), sizes, np.full(len(table), truth), rule, total)


def _log_sum(row: list[float]) -> float:
    if not all(map(math.isfinite, row)):
        return math.nan
    return max(row) + math.log(math.fsum(math.exp(value - max(row)) for value in row))


def plainly(row: list[float], labels: Sequence[Sequence[int]], rule: Superclasses) -> list[float]:
    """The scores of labels by the words of the rule."""
    if all(len(label) == 1 for label in labels):
        return [row[label[0]] for label in labels]
    powers = [math.exp(value) for value in row]
    sums = [math.fsum(powers[output] for output in label) for label in labels]
    if rule == "logsumexp":
        return [math.log(value) for value in sums]
    shares = [value / math.fsum(powers) for value in sums]
    return shares if rule == "sum" else [share / len(label) for share, label in zip(shares, labels, strict=True)]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("labels", [[[3], [8]], [[1], [4], [0]], [[1, 2, 3], [7], [9, 0]], [[5, 6], [2, 1]]])
def test_choices_are_those_of_a_plain_reading_of_the_rule(rule: Superclasses, labels: list[list[int]]) -> None:
    logits = np.random.default_rng(3).normal(0, 3, (200, 10)).astype(np.float32)
    found = chosen(logits.tolist(), labels, rule, truth=1)
    for row, choice, margin, sure in zip(
        logits.astype(float).tolist(), found.choice, found.margin, found.confidence, strict=True
    ):
        scores = plainly(row, labels, rule)
        assert choice == scores.index(max(scores))
        assert margin == pytest.approx(scores[1] - max(scores[:1] + scores[2:]), rel=1e-12, abs=1e-15)
        # Scores that are logits become shares by the softmax; scores that are probabilities are shares already.
        logs = all(len(label) == 1 for label in labels) or rule == "logsumexp"
        weights = [math.exp(score) if logs else score for score in scores]
        assert sure == pytest.approx(max(weights) / math.fsum(weights), rel=1e-12)
    assert not found.tied.any()
    assert not found.broken.any()


def test_the_rules_differ_where_a_label_means_many_outputs() -> None:
    logits = np.log([[0.3] + [0.02] * 20 + [0.3]]).tolist()
    labels = [[0], list(range(1, 21))]
    assert [int(chosen(logits, labels, rule).choice[0]) for rule in RULES] == [0, 1, 1]
    assert [score_unit([1, 20], rule).split()[0] for rule in RULES] == ["mean", "summed", "logs"]
    assert {score_unit([1, 1], rule) for rule in RULES} == {"logits"}


def test_margins_of_logits_are_exact_differences() -> None:
    assert chosen([[2.5, -1.25, 9.0]], [[0], [1]]).margin.tolist() == [3.75]
    assert chosen([[2.5, -1.25, 9.0]], [[0], [1], [2]]).margin.tolist() == [-6.5]


def test_labels_that_are_even_are_no_choice() -> None:
    found = chosen([[1.5, 1.5, 0.0], [0.0, 1.5, 1.5], [2.0, 1.5, 1.5]], [[0], [1], [2]])
    assert found.choice.tolist() == [NONE, NONE, 0]
    assert found.tied.tolist() == [True, True, False]
    assert found.margin.tolist() == [0.0, -1.5, 0.5]
    assert np.isnan(found.confidence).tolist() == [True, True, False]


@pytest.mark.parametrize("rule", RULES)
def test_joined_labels_of_the_same_numbers_are_even_in_whatever_order(rule: Superclasses) -> None:
    rng = np.random.default_rng(4)
    some = rng.normal(0, 5, (100, 50))
    logits = [[*one, *rng.permutation(one), -3.0] for one in some]
    assert chosen(logits, [[*range(50)], [*range(50, 100)]], rule).tied.all()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_no_number_is_no_choice(value: float) -> None:
    found = chosen([[value, 1.0, 0.0], [0.0, value, 0.0], [2.0, 1.0, value]], [[0], [1]])
    assert found.choice.tolist() == [NONE, NONE, 0]
    assert found.broken.tolist() == [True, True, False]
    assert np.isnan(found.margin).tolist() == [True, True, False]
    for rule in RULES:
        assert chosen([[0.0, 1.0, value, 5.0]], [[0], [1, 2]], rule).broken.tolist() == [True]
    # Shares of all outputs do not exist where one of them is no number; sums of exponentials of others do.
    broken = [bool(chosen([[0.0, 1.0, 2.0, value]], [[0], [1, 2]], rule).broken[0]) for rule in RULES]
    assert broken == [True, True, False]


def test_improbable_labels_are_told_apart_beyond_what_a_probability_can_hold() -> None:
    for rule in RULES:
        found = chosen([[0.0, -2000.0, -2000.0, -3000.0]], [[3], [1, 2]], rule)
        assert found.choice.tolist() == [1]
        assert found.confidence.tolist() == [1.0]


def test_sharper_logits_make_the_same_choice_surer() -> None:
    logits = np.random.default_rng(5).normal(0, 1, (50, 6)).astype(np.float32)
    columns = np.tile([0, 1, 2, 3], (50, 1))
    choice = chosen(logits.tolist(), [[0], [1], [2], [3]]).choice
    sure = [confidence(joined(logits, columns, [1] * 4, sharpness), choice) for sharpness in (0.5, 1.0, 2.0)]
    assert (np.diff(sure, axis=0) > 0).all()
    flat = ranking(joined(logits, columns, (3, 1), 1e-9), (3, 1), "mean")
    assert confidence(flat, np.zeros(50, dtype=np.intp)) == pytest.approx(np.full(50, 0.5))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("labels", [[[3], [70]], [[*range(20)], [*range(20, 59)], [99]]])
def test_a_picture_is_chosen_for_as_if_it_were_alone(rule: Superclasses, labels: list[list[int]]) -> None:
    logits = np.random.default_rng(6).normal(0, 4, (37, 100)).astype(np.float32).tolist()
    together = chosen(logits, labels, rule)
    alone = [chosen([row], labels, rule) for row in logits]
    for name in Choices.__dataclass_fields__:
        each = np.concatenate([getattr(one, name) for one in alone])
        assert getattr(together, name).tobytes() == each.tobytes()
