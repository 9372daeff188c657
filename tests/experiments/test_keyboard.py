"""Presses that two listeners heard, each reported once; without a keyboard."""

import random

import pytest

from askew_experiments.ears import KEPT_S, PATIENCE_S, Ears
from askew_experiments.keyboard import tidy
from askew_experiments.keys import KEYS
from askew_experiments.screen import Press

FRAME = 0.01


def queued(time: float, key: str = "left") -> Press:
    return Press(key, time, 0.001)


def seen(time: float, key: str = "left", uncertainty: float = FRAME) -> Press:
    return Press(key, time, uncertainty)


def test_a_press_that_both_hear_is_reported_once_with_the_exact_time() -> None:
    ears = Ears()
    assert ears.merged([queued(1.0)], [seen(1.008)], 1.01) == [queued(1.0)]
    assert ears.merged([], [], 9.0) == []
    assert (ears.both, ears.recovered, ears.elsewhere) == (1, 0, 0)


def test_it_does_not_matter_who_hears_it_first() -> None:
    ears = Ears()
    assert ears.merged([], [seen(1.008)], 1.01) == []
    assert ears.merged([queued(1.0)], [], 1.02) == [queued(1.0)]
    assert ears.merged([queued(2.0)], [], 2.01) == [queued(2.0)]
    assert ears.merged([], [seen(2.018)], 2.02) == []
    assert ears.merged([], [], 9.0) == []
    assert ears.both == 2


def test_a_press_that_only_the_window_heard_is_reported_after_a_moment() -> None:
    ears = Ears()
    assert ears.merged([], [seen(1.0)], 1.0) == []
    assert ears.merged([], [], 1.0 + PATIENCE_S / 2) == []
    assert ears.merged([], [], 1.0 + PATIENCE_S + FRAME) == [seen(1.0)]
    assert ears.merged([], [], 9.0) == []
    assert ears.recovered == 1


def test_a_press_typed_into_another_window_is_reported_and_counted() -> None:
    ears = Ears()
    assert ears.merged([queued(1.0)], [], 1.0) == [queued(1.0)]
    assert ears.merged([], [], 1.0 + KEPT_S + FRAME) == []
    assert ears.elsewhere == 1


def test_names_may_differ() -> None:
    ears = Ears()
    assert ears.merged([queued(1.0, "y")], [seen(1.005, "z")], 1.01) == [queued(1.0, "y")]
    assert ears.merged([], [], 9.0) == []


def test_what_is_forgotten_does_not_come_back_by_the_other_way() -> None:
    ears = Ears()
    ears.merged([queued(1.0)], [], 1.0)
    ears.forget()
    assert ears.merged([], [seen(1.02)], 1.02) == []
    ears.merged([], [seen(2.0)], 2.0)
    ears.forget()
    assert ears.merged([], [], 9.0) == []
    assert ears.recovered == 0


def test_a_window_that_was_not_asked_for_long_does_not_report_twice() -> None:
    ears = Ears()
    # Pictures were loaded for five seconds; then both are asked.
    assert ears.merged([queued(1.0)], [seen(5.0, uncertainty=4.9)], 5.0) == [queued(1.0)]
    assert ears.merged([], [], 9.0) == []


@pytest.mark.parametrize("seed", range(20))
def test_every_press_is_reported_once_whatever_is_lost_on_the_way(seed: int) -> None:
    draw = random.Random(seed)
    ears = Ears()
    presses = [(0.2 * place + draw.uniform(0, 0.05), draw.choice(["left", "right"])) for place in range(300)]
    deaf = {time for time, _ in presses if draw.random() < 0.1}
    # When each way delivers what it heard: the queues at the next look, the window also one or two looks later.
    coming: list[tuple[int, Press]] = []
    for time, key in presses:
        look = int(time / FRAME) + 1
        if time not in deaf:
            coming.append((look + draw.choice([0, 0, 1]), queued(time, key)))
        held_up = draw.choice([0, 0, 1, 2])
        coming.append((look + held_up, seen((look + held_up) * FRAME, key)))
    reported: list[Press] = []
    for look in range(max(at for at, _ in coming) + 50):
        now = [press for at, press in coming if at == look]
        exact = [press for press in now if press.uncertainty_s < FRAME]
        reported += ears.merged(exact, [press for press in now if press not in exact], look * FRAME)
    assert ears.recovered == len(deaf)
    assert ears.elsewhere == 0
    assert sorted(press.key for press in reported) == sorted(key for _, key in presses)
    assert [press.time for press in reported if press.uncertainty_s < FRAME] == [
        time for time, _ in presses if time not in deaf
    ]


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("LEFT", "left"),
        ("_1", "1"),
        ("A", "a"),
        ("ENTER", "return"),
        ("RETURN", "return"),
        ("NUM_1", "num_1"),
        ("NUM_END", "num_1"),
        ("NUM_PRIOR", "num_9"),
        ("LSHIFT", "lshift"),
        ("COMMA", "comma"),
    ],
)
def test_keys_have_the_names_that_protocols_use(symbol: str, name: str) -> None:
    assert tidy(symbol) == name
    assert name in KEYS
