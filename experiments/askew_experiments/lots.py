"""Drawing lots, so that the same lots fall for the same things on every machine.

Only `Random.random` is asked: Python promises that it stays the same, and does not promise it of shuffles.
"""

from collections.abc import Hashable, Sequence
from random import Random
from typing import Any, TypeVar

Thing = TypeVar("Thing")


def lots(*what: object) -> Random:
    """The lots of these things: a seed, and words that say what is drawn.

    >>> lots(7, "order").random() == lots(7, "order").random() != lots(7, "sides").random()
    True
    """
    return Random("|".join(map(str, what)))  # noqa: S311  nothing here is a secret


def shuffled(things: Sequence[Thing], random: Random) -> list[Thing]:
    """The things in a random order.

    >>> sorted(shuffled("abc", lots(1)))
    ['a', 'b', 'c']
    """
    return sorted(things, key=lambda _: random.random())


def drawn(things: Sequence[Thing], weights: Sequence[int], random: Random) -> Thing:
    """One of the things, each as likely as its weight says.

    >>> drawn("abc", [0, 2, 0], lots(1))
    'b'
    """
    left = random.random() * sum(weights)
    for thing, weight in zip(things, weights, strict=True):
        left -= weight
        if left < 0:
            return thing
    return things[-1]


def in_turn(keys: Sequence[tuple[Any, ...]], count: int, random: Random) -> list[int]:
    """A number below `count` for each key, dealt out in turn among them.

    How often each number is given differs by 1 at most: among equal keys, among keys that begin alike, and in all.

    >>> sorted(in_turn([("a", 1), ("a", 2), ("b", 1), ("b", 2)], 2, lots(1)))
    [0, 0, 1, 1]
    """
    beginnings: set[tuple[Hashable, ...]] = {key[:length] for key in keys for length in range(1, len(key) + 1)}
    rank = {beginning: random.random() for beginning in sorted(beginnings)}
    order = shuffled(range(len(keys)), random)
    order.sort(key=lambda place: [rank[keys[place][:length]] for length in range(1, len(keys[place]) + 1)])
    numbers = shuffled(range(count), random)
    given = dict(zip(order, (numbers[turn % count] for turn in range(len(order))), strict=True))
    return [given[place] for place in range(len(keys))]
