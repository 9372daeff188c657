"""Orders of trials at random, with short runs."""

from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import groupby, pairwise, permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askew.errors import BadInput
from askew_experiments.lots import drawn, in_turn, lots, shuffled
from askew_experiments.order import Kind, arranged, block_order, breaks_after, check_runs, least

quick = settings(deadline=None, derandomize=True, max_examples=150)
values = st.lists(st.sampled_from("abc"), min_size=1, max_size=7)


def longest(order: Sequence[Hashable]) -> int:
    return max((len([*run]) for _, run in groupby(order)), default=0)


def longest_of(order: Sequence[Kind]) -> int:
    """The longest run of any part of the kinds."""
    return max(longest(part) for part in zip(*order, strict=True))


def possible(kinds: Sequence[Kind], max_run: int) -> bool:
    """Whether there is an order, by trying all of them that could still be one."""
    left = Counter(kinds)

    def go(order: list[Kind]) -> bool:
        if len(order) == len(kinds):
            return True
        for kind in sorted(left, key=repr):
            if left[kind] and longest_of([*order, kind][-max_run - 1 :]) <= max_run:
                left[kind] -= 1
                found = go([*order, kind])
                left[kind] += 1
                if found:
                    return True
        return False

    return go([])


@quick
@given(values)
def test_the_least_run_is_the_shortest_that_any_order_has(given: list[str]) -> None:
    assert least(given) == min(longest(order) for order in permutations(given))


@quick
@given(values, st.integers(0, 99))
def test_one_attempt_is_enough_where_one_thing_is_kept_apart(given: list[str], seed: int) -> None:
    kinds = [(value,) for value in given]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("askew_experiments.order.TRIES", 1)
        order = arranged(kinds, least(given), lots(seed))
    assert order is not None
    assert sorted(order) == [*range(len(given))]
    assert longest([given[place] for place in order]) == least(given)
    if least(given) > 1:
        assert arranged(kinds, least(given) - 1, lots(seed)) is None


@quick
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 1)), min_size=1, max_size=9), st.integers(1, 3))
def test_an_order_that_keeps_two_things_apart_is_found_where_there_is_one(kinds: list[Kind], max_run: int) -> None:
    order = arranged(kinds, max_run, lots("two"))
    assert (order is not None) == possible(kinds, max_run)
    if order is not None:
        assert longest_of([kinds[place] for place in order]) <= max_run


def test_no_place_in_the_order_favours_a_condition() -> None:
    kinds = [(value,) for value in "aabbcc" * 3]
    orders = [arranged(kinds, 2, lots(seed)) or [] for seed in range(1500)]
    for index in range(len(kinds)):
        counts = Counter(kinds[order[index]] for order in orders)
        assert all(420 < count < 580 for count in counts.values())  # 500 but for chance, of which sd is 18


def test_conditions_that_no_order_keeps_apart_are_refused_with_what_could_do() -> None:
    said = (
        "design, max_run: 4 is given, but 30 of 32 trials are upright, so any order has 10 or more of them in a row; "
        "set it to 10 or more, or show conditions that come equally often"
    )
    with pytest.raises(BadInput) as caught:
        check_runs([["rotated"] * 2 + ["upright"] * 30], 4)
    assert str(caught.value) == said
    check_runs([["rotated"] * 2 + ["upright"] * 30], 10)


def test_of_several_blocks_the_worst_is_told() -> None:
    with pytest.raises(BadInput, match="but 5 of 6 trials in a block are up, so any order has 3 or more"):
        check_runs([["up", "down"] * 3, ["up"] * 5 + ["down"], ["up"] * 2 + ["down"]], 1)


@pytest.mark.parametrize("blocks", [1, 2, 3, 4, 5, 6, 7])
def test_each_block_comes_in_each_place_and_after_each_other_one_equally_often(blocks: int) -> None:
    square = blocks * (1 if blocks % 2 == 0 or blocks == 1 else 2)
    orders = [block_order(blocks, number, rows=1) for number in range(square)]
    assert all(sorted(order) == [*range(blocks)] for order in orders)
    places = Counter((place, block) for order in orders for place, block in enumerate(order))
    assert {*places.values()} == {square // blocks}
    follows = Counter(pair for order in orders for pair in pairwise(order))
    assert len(follows) == blocks * (blocks - 1)
    assert len({*follows.values()}) <= 1


@pytest.mark.parametrize(("blocks", "rows"), [(2, 3), (2, 2), (3, 3), (4, 6), (3, 4)])
def test_those_who_see_the_same_pictures_have_each_order_of_blocks_once(blocks: int, rows: int) -> None:
    orders = blocks * (1 + blocks % 2)
    pairs = Counter((number % rows, *block_order(blocks, number, rows)) for number in range(rows * orders))
    assert len(pairs) == rows * orders


@pytest.mark.parametrize(
    ("blocks", "every", "after"),
    [
        ([1] * 7, 3, [3, 6]),
        ([1] * 6, 3, [3]),
        ([1] * 3, 10, []),
        ([1] * 6, None, []),
        ([1, 1, 1, 1, 2, 2, 2, 2], 3, [3, 4, 7]),
        ([1, 1, 2, 2], None, []),
    ],
)
def test_breaks_come_after_so_many_and_between_blocks_but_not_at_the_end(
    blocks: list[int], every: int | None, after: list[int]
) -> None:
    assert [index for index, pause in enumerate(breaks_after(blocks, every), start=1) if pause] == after


@quick
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), max_size=30), st.integers(1, 4), st.integers(0, 9)
)
def test_what_is_dealt_in_turn_is_even_in_every_part(keys: list[tuple[str, int]], count: int, seed: int) -> None:
    given = in_turn(keys, count, lots(seed))
    for length, key in product((0, 1, 2), {*keys}):
        mine = Counter(number for number, of in zip(given, keys, strict=True) if of[:length] == key[:length])
        assert max(mine.values()) - min(mine[number] for number in range(count)) <= 1


def test_lots_fall_differently_for_other_words_and_equally_often() -> None:
    assert shuffled(range(20), lots(1, "a")) != shuffled(range(20), lots(1, "b"))
    first = Counter(shuffled("abc", lots(seed))[0] for seed in range(3000))
    assert all(900 < count < 1100 for count in first.values())
    counts = Counter(drawn("abc", [1, 0, 3], lots(seed)) for seed in range(4000))
    assert counts["b"] == 0
    assert 900 < counts["a"] < 1100
