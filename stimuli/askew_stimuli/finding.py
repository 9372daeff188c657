"""What a check of a set of pictures tells: one line for a person, one code for a program."""

from dataclasses import dataclass

SET = "the set"


@dataclass(frozen=True)
class Finding:
    """One thing about one picture, one condition, two of them, or the set.

    `code` is for programs, `message` for people. A note is worth knowing, but may well be meant: it is no fault.
    """

    code: str
    picture: str
    message: str
    note: bool = False


def named(names: list[str], most: int = 5) -> str:
    """The first of many names, and how many more there are.

    >>> named(["cup", "mug", "pan"], most=2)
    'cup, mug and 1 more'
    """
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most:,} more"
