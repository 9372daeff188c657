"""Things: the numbers that draws are seeded with, and how the instances of a class vary."""

import numpy as np
import pytest

from askew_stimuli.solid import Solid
from askew_stimuli.thing import Thing, Vary, key

RED, GREEN = (0.9, 0.1, 0.1), (0.02, 0.5, 0.98)


def test_the_key_of_a_name_never_changes() -> None:
    assert key("teapot", 1) == 11364107186394122431  # every set that was ever made depends on it


def test_words_do_not_run_together_in_a_key() -> None:
    assert len({key("a", "b"), key("ab"), key("b", "a"), key("a", "b", "")}) == 4


def test_a_key_has_64_bits() -> None:
    assert all(0 <= key(number) < 2**64 for number in range(100))


def test_the_plain_instance_is_in_the_middle_of_every_range() -> None:
    vary = Vary("teapot", 0)
    assert vary.plain
    assert (vary.between(2, 4), vary.whole(3, 8), vary.pick("a", "b")) == (3, 5, "a")
    assert vary.colour(RED, GREEN) == RED


def draws(name: str, instance: int) -> tuple[object, ...]:
    vary = Vary(name, instance)
    return vary.between(0, 1), vary.whole(0, 99), vary.pick(*range(50)), vary.colour(RED, GREEN)


def test_an_instance_is_the_same_each_time_and_unlike_every_other() -> None:
    assert draws("teapot", 3) == draws("teapot", 3)
    assert len({draws(name, number) for name in ("teapot", "bucket") for number in range(20)}) == 2 + 2 * 19 - 1


@pytest.mark.parametrize("name", ["teapot", "bucket"])
def test_draws_keep_within_their_bounds_and_reach_all_of_them(name: str) -> None:
    things = [Vary(name, number) for number in range(1, 400)]
    lengths = [vary.between(2, 3) for vary in things]
    assert 2 <= min(lengths) < 2.05
    assert 2.95 < max(lengths) <= 3
    assert {vary.whole(2, 5) for vary in things} == {2, 3, 4, 5}
    assert {vary.pick("a", "b", "c") for vary in things} == {"a", "b", "c"}


def test_colours_vary_about_those_given_and_stay_colours() -> None:
    colours = np.array([Vary("teapot", number).colour(RED, GREEN) for number in range(1, 400)])
    assert colours.min() >= 0.02
    assert colours.max() <= 0.98
    off = np.abs(colours[:, None] - np.array([RED, GREEN])).max(-1).min(1)
    assert off.max() <= 0.11 + 1e-9
    assert len(np.unique(colours, axis=0)) == len(colours)


def test_a_thing_is_built_once_and_only_when_it_is_asked_for() -> None:
    built = []

    def build() -> Solid:
        built.append(1)
        return Solid(())

    thing = Thing("teapot-0", "teapot", build)
    assert not built
    assert thing.solid is thing.solid
    assert built == [1]
    assert thing.symmetry.text == "none"
