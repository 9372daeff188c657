"""What goes wrong through what was given, not through a defect of ours: one line, without a traceback."""

import reprlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

_BRIEF = reprlib.Repr()
_BRIEF.maxstring = _BRIEF.maxother = _BRIEF.maxlong = 60


class BadInput(ValueError):
    """What was given cannot be used; the message says what it was, what is allowed and what to do."""


class BadCell(BadInput):
    """A value that its column does not allow. Whoever reads a file adds the file and the line."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(f"{column}: {message}")
        self.column = column
        self.message = message


class WrongCall(Exception):
    """The words after a command are not ones that it knows; the message says which and what is allowed."""


@contextmanager
def at(where: object) -> Iterator[None]:
    """Say where a value came from that its column does not allow.

    >>> with at("trials.csv, line 3"):
    ...     raise BadCell("rt_ms", "'fast' is not a number")
    Traceback (most recent call last):
        ...
    askew.errors.BadInput: trials.csv, line 3, column rt_ms: 'fast' is not a number
    """
    try:
        yield
    except BadCell as error:
        raise placed(error, where) from None


def placed(error: BadCell, where: object) -> BadInput:
    """The error with the place that its value came from."""
    return BadInput(f"{where}, column {error.column}: {error.message}")


def meant(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known word that a wrong one may stand for, as the end of a message; nothing where none is near.

    >>> meant("descibe", ["describe", "demo"])
    ' (did you mean describe?)'
    """
    from difflib import get_close_matches  # noqa: PLC0415  only a wrong word needs it, and it is slow to load

    near = get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return f" (did you mean {near[0]}?)" if near else ""


def quoted(value: object) -> str:
    """The value as given, on one line and not longer than a line, whatever it is.

    >>> print(quoted(("a", 7)))
    ('a', 7)
    """
    try:
        return _BRIEF.repr(value)
    except (ValueError, RecursionError):  # of numbers with thousands of digits, and of very deep tables
        return "a value too large to show"


def brief(text: str, limit: int = 200) -> str:
    """Text for a message, cut where it would be longer than a person reads."""
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def one_line(error: BaseException, limit: int = 200) -> str:
    r"""What an error of a library or the system says, on one line, for a message that says what it means here.

    >>> one_line(OSError("no such\n  device")), one_line(KeyError())
    ('no such device', 'KeyError')
    """
    try:
        said = str(error)
    except Exception:  # noqa: BLE001  an error of somebody's own may fail even at this
        said = ""
    return brief(" ".join((said or type(error).__name__).split()), limit)


def counted(number: int, noun: str) -> str:
    """A number of things as people say it.

    >>> counted(1, "picture"), counted(1200, "picture")
    ('1 picture', '1,200 pictures')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
