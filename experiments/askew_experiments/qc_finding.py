"""What quality control finds: a code for programs, a line for people. A note is worth knowing, but no fault."""

from collections.abc import Sequence
from dataclasses import dataclass

STUDY = "the study"


@dataclass(frozen=True)
class Finding:
    """One thing about one session, or about the study.

    What is no note makes data unusable or doubtful.
    """

    code: str
    session: str
    message: str
    note: bool = False


def listed(things: Sequence[object], most: int = 5) -> str:
    """The first of many things, and how many more there are.

    >>> listed([3, 7, 12, 20], most=2)
    '3, 7 and 2 more'
    """
    words = [str(thing) for thing in things]
    if len(words) <= most:
        return ", ".join(words)
    return f"{', '.join(words[:most])} and {len(words) - most:,} more"


def trials_named(indices: Sequence[int]) -> str:
    """Trials by their indices, the first five of many.

    >>> trials_named([7]), trials_named([7, 9])
    ('trial 7', 'trials 7, 9')
    """
    return f"trial{'' if len(indices) == 1 else 's'} {listed(indices)}"
