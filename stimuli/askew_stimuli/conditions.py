"""Conditions: the names that have a meaning, and what differs so little between conditions that it does not count.

Choosing poses and checking a set go by the same numbers, so that what was chosen passes.
"""

UPRIGHT, CORRECT, INCORRECT, RANDOM = "upright", "rotated-correct", "rotated-incorrect", "rotated-random"
MATCHED = (UPRIGHT, CORRECT, INCORRECT)

# Of area, luminance and contrast: 5 % of area is 2.5 % of length, near what people can just tell.
SAME_RATIO = 0.05
SAME_PLACE = 0.02  # of the picture's side
SAME_ANGLE = 5.0  # degrees

OFTEN = 0.05  # of the pictures; a label that is the alternative of more is learned to be wrong
_SELDOM = 5  # pictures; nobody learns from so few, however small the set


def most_alternatives(pictures: int, share: float = OFTEN) -> int:
    """Of how many pictures of a set one label may be the alternative.

    >>> most_alternatives(40), most_alternatives(400)
    (5, 20)
    """
    return max(_SELDOM, int(share * pictures))
