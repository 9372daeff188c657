"""In which order trials come: at random, but not too many alike in a row."""

from collections import Counter
from collections.abc import Hashable, Sequence
from math import ceil, lcm
from random import Random

from askew.errors import BadCell
from askew_experiments.lots import drawn, shuffled

TRIES = 50
Kind = tuple[Hashable, ...]


def least(values: Sequence[Hashable]) -> int:
    """The longest run that no order of these values can avoid.

    >>> least(["upright"] * 30 + ["rotated"] * 2)
    10
    """
    most = max(Counter(values).values(), default=0)
    return ceil(most / (len(values) - most + 1))


def check_runs(blocks: Sequence[Sequence[str]], max_run: int) -> None:
    """Refuse conditions of which some order of a block cannot keep runs short enough; BadCell says what could do."""
    worst = max(blocks, key=least)
    needed = least(worst)
    if needed > max_run:
        condition, count = Counter(worst).most_common(1)[0]
        where = " in a block" if len(blocks) > 1 else ""
        raise BadCell(
            "design, max_run",
            f"{max_run} is given, but {count} of {len(worst)} trials{where} are {condition}, so any order has {needed} "
            f"or more of them in a row; set it to {needed} or more, or show conditions that come equally often",
        )


def arranged(kinds: Sequence[Kind], max_run: int, random: Random) -> list[int] | None:
    """A random order, as places among the kinds, in which no part of a kind comes more often than that in a row.

    None where none was found: there may be none, or hardly any.
    """
    for _ in range(TRIES):
        if (order := _attempt(kinds, max_run, random)) is not None:
            return order
    return None


def _attempt(kinds: Sequence[Kind], max_run: int, random: Random) -> list[int] | None:
    """Draw one trial after the other from those after which each part by itself can still be put in order."""
    waiting: dict[Kind, list[int]] = {}
    for place in shuffled(range(len(kinds)), random):
        waiting.setdefault(kinds[place], []).append(place)
    runs = [_Runs(values, max_run) for values in zip(*kinds, strict=True)]
    order: list[int] = []
    while waiting:
        allowed = [one.allowed() for one in runs]
        able = [kind for kind in waiting if all(v in some for v, some in zip(kind, allowed, strict=True))]
        if not able:
            return None
        kind = drawn(able, [len(waiting[each]) for each in able], random)
        order.append(waiting[kind].pop())
        if not waiting[kind]:
            del waiting[kind]
        for value, one in zip(kind, runs, strict=True):
            one.take(value)
    return order


class _Runs:
    """The values that are still to come, and the run that the last one was in."""

    def __init__(self, values: Sequence[Hashable], max_run: int) -> None:
        self.left = Counter(values)
        self.total = len(values)
        self.max_run = max_run
        self.last: Hashable = None
        self.length = 0

    def allowed(self) -> set[Hashable]:
        """The values that may come next, so that the rest can still be put in order."""
        return {value for value in self.left if self._may(value)}

    def take(self, value: Hashable) -> None:
        """Say that this value came."""
        self.length = self._run(value)
        self.last = value
        self.left[value] -= 1
        self.total -= 1

    def _run(self, value: Hashable) -> int:
        return self.length + 1 if value == self.last else 1

    def _may(self, value: Hashable) -> bool:
        if self._run(value) > self.max_run or not self.left[value]:
            return False
        # Afterwards each other value has to fit before, between and after all that is not it. This one does, if it did.
        return all(count <= self.max_run * (self.total - count) for other, count in self.left.items() if other != value)


def block_order(blocks: int, number: int, rows: int) -> list[int]:
    """The order of a participant's blocks, by a Latin square in which each follows each other one equally often.

    (Williams' design: as many orders as blocks, twice as many where blocks are odd.) Over `rows` times as many
    participants as there are orders, those who see the same pictures have each order once.

    >>> [block_order(4, number, rows=1) for number in range(4)]
    [[0, 1, 3, 2], [1, 2, 0, 3], [2, 3, 1, 0], [3, 0, 2, 1]]
    """
    zigzag = [(step + 1) // 2 if step % 2 else -(step // 2) for step in range(blocks)]
    orders = [[(start + step) % blocks for step in zigzag] for start in range(blocks)]
    if blocks % 2:
        orders += [order[::-1] for order in orders]
    return orders[(number + number // lcm(rows, len(orders))) % len(orders)]


def breaks_after(blocks: Sequence[int], every: int | None) -> list[bool]:
    """Whether a break comes after each trial, given the block of each: after so many, and between blocks.

    >>> breaks_after([1, 1, 1, 2, 2], every=2)
    [False, True, True, False, False]
    >>> breaks_after([1, 1], every=None)
    [False, False]
    """
    found = []
    since = 0
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        since += 1
        pause = every is not None and following is not None and (since == every or following != block)
        found.append(pause)
        since = 0 if pause else since
    return found
