"""One part of work that is shared out among machines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from askew.errors import BadInput, quoted

Item = TypeVar("Item")


@dataclass(frozen=True)
class Shard:
    """One of several parts of the work; all of it, unless told otherwise."""

    number: int = 0
    of: int = 1

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """The shard `i/n`, with i from 0.

        >>> Shard.parse("1/2")
        Shard(number=1, of=2)
        """
        found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
        if not found or int(found[1]) >= int(found[2]):
            raise BadInput(f"--shard {quoted(text)}: has to be i/n with i from 0 to n-1, as in 0/2 and 1/2")
        return cls(int(found[1]), int(found[2]))

    def part(self, items: Sequence[Item]) -> Sequence[Item]:
        """Its share of the items: every n-th.

        >>> Shard(1, 2).part("abcde")
        'bd'
        """
        return items[self.number :: self.of]


WHOLE = Shard()
