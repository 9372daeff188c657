"""What several views of one network come to together."""

from collections.abc import Sequence

import numpy as np
import pytest

from askew_models.framing import Choices, framings


def choices(view: str, right: Sequence[bool], sure: Sequence[float], answered: Sequence[bool] | None = None) -> Choices:
    return Choices(
        view=view,
        conditions=np.array(["upright", "upright", "rotated", "rotated"]),
        right=np.array(right),
        answered=np.array([True] * 4 if answered is None else answered),
        confidence=np.array(sure),
        labels=np.array([2] * 4),
    )


def test_the_surest_view_and_any_view_are_told_apart() -> None:
    own = choices("checkpoint", [True, True, False, False], [0.9, 0.9, 0.6, 0.8])
    near = choices("zoom-2", [True, False, True, True], [0.6, 0.6, 0.7, 0.7])
    upright, rotated = framings("net", "home", [own, near])
    assert (upright.accuracy, upright.most_confident, upright.any_view) == ((1.0, 0.5), 1.0, 1.0)
    assert (rotated.accuracy, rotated.most_confident, rotated.any_view) == ((0.0, 1.0), 0.5, 1.0)
    assert (upright.n, upright.any_by_chance, upright.views) == (2, 0.75, ("checkpoint", "zoom-2"))


def test_only_pictures_that_every_view_answered_count() -> None:
    own = choices(
        "checkpoint", [True, False, False, False], [0.9, -np.inf, -np.inf, -np.inf], [True, False, False, False]
    )
    near = choices("zoom-2", [True, True, True, True], [0.6] * 4)
    (upright,) = framings("net", None, [own, near])
    assert (upright.condition, upright.n) == ("upright", 1)


def test_one_view_alone_has_no_rows() -> None:
    assert framings("net", None, [choices("whole", [True] * 4, [0.9] * 4)]) == []


def test_guessing_in_many_views_is_right_in_any_of_them_as_often_as_said() -> None:
    random = np.random.default_rng(5)
    n, views = 20_000, 3
    guesses = [
        Choices(
            view=f"zoom-{number}",
            conditions=np.array(["upright"] * n),
            right=random.random(n) < 0.25,
            answered=np.ones(n, dtype=bool),
            confidence=random.random(n),
            labels=np.full(n, 4),
        )
        for number in range(2, 2 + views)
    ]
    (row,) = framings("net", None, guesses)
    assert row.any_view == pytest.approx(row.any_by_chance, abs=0.015)
    assert row.most_confident == pytest.approx(0.25, abs=0.015)
