"""The keys that a protocol may name, by PsychoPy's names."""

import string

from askew.errors import BadCell, meant, quoted

KEYS = frozenset(
    {
        *string.ascii_lowercase,
        *string.digits,
        *(f"num_{digit}" for digit in string.digits),
        *("left", "right", "up", "down", "space", "return", "escape", "tab", "backspace"),
        *("comma", "period", "slash", "semicolon", "minus", "equal", "lshift", "rshift", "lctrl", "rctrl"),
    }
)


def check_key(column: str, key: str) -> None:
    """Refuse what is no key.

    >>> check_key("keys", "Left")
    Traceback (most recent call last):
        ...
    askew.errors.BadCell: keys: 'Left' is no key (did you mean left?); keys are a, b, 1, 2, left, space, num_1, ...
    """
    if key not in KEYS:
        hint = meant(key.lower(), KEYS)
        raise BadCell(column, f"{quoted(key)} is no key{hint}; keys are a, b, 1, 2, left, space, num_1, ...")
