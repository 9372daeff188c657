"""A screen on a virtual clock, with a simulated participant before it: a session in milliseconds, the same each time.

Frames come exactly a period apart unless faults are asked for, so that it can also play a display that drops frames.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta, timezone
from typing import Protocol

from askew.errors import BadInput, quoted
from askew_experiments.screen import Drawable, Press

EPOCH = datetime(2000, 1, 1, tzinfo=timezone.utc)  # plainly no date of a session
LEAD_S = 0.002  # a paced clock may run this far ahead of the real one before it waits


class Participant(Protocol):
    """Whoever sits before the screen: sees what is drawn, presses keys."""

    def sees(self, names: Sequence[str], time: float) -> None:
        """Take in what a frame shows."""

    def presses_until(self, time: float) -> list[Press]:
        """The keys pressed up to a time that were not given before."""


class VirtualScreen:
    """A display that shows nothing, at `hz`. `pace` is how many virtual seconds pass in a real one; none: at once.

    `dropped(n)` says how many frames the display misses before flip number n.
    """

    key_clock = "virtual clock"

    def __init__(
        self,
        participant: Participant,
        hz: float,
        *,
        begin: datetime = EPOCH,
        pace: float | None = None,
        dropped: Callable[[int], int] = lambda _: 0,
    ) -> None:
        self.period = 1 / hz
        self.loaded: set[str] = set()
        self.tones: list[float] = []
        self._participant = participant
        self._begin = begin
        self._pace = pace
        self._dropped = dropped
        self._frame = 0
        self._flips = 0
        self._names: tuple[str, ...] = ()
        self._toned = False
        self._started = time.monotonic()

    def load(self, things: Mapping[str, Drawable]) -> None:
        """Remember the names of what may be drawn."""
        self.loaded |= {*things}

    def draw(self, names: Sequence[str]) -> None:
        """Draw on the next frame."""
        self._names = tuple(names)
        if not self.loaded.issuperset(self._names):
            raise KeyError(f"{sorted({*self._names} - self.loaded)} was never loaded")

    def flip(self, on_flip: Callable[[], None] | None = None) -> float:
        """Let the clock go on by a frame, or more where the display drops some."""
        self._frame += 1 + self._dropped(self._flips)
        self._flips += 1
        now = self.now()
        if self._pace is not None:
            self._wait(now)
        if self._toned:
            self.tones.append(now)
            self._toned = False
        self._participant.sees(self._names, now)
        self._names = ()
        if on_flip:
            on_flip()
        return now

    def presses(self) -> list[Press]:
        """What the participant pressed since."""
        return self._participant.presses_until(self.now())

    def forget(self) -> None:
        """Drop what was pressed."""
        self._participant.presses_until(self.now())

    def tone(self) -> None:
        """Sound at the next flip."""
        self._toned = True

    def now(self) -> float:
        """The virtual time."""
        return self._frame * self.period

    def utc(self) -> str:
        """The virtual time of day."""
        return stamp(self._begin + timedelta(seconds=self.now()))

    def calm(self) -> AbstractContextManager[None]:
        """Nothing could disturb it."""
        return nullcontext()

    def close(self) -> None:
        """Nothing to give back."""

    def _wait(self, now: float) -> None:
        ahead = now / (self._pace or 1) - (time.monotonic() - self._started)
        if ahead > LEAD_S:
            time.sleep(ahead)


def stamp(moment: datetime) -> str:
    """A time of day as journals have it.

    >>> stamp(EPOCH)
    '2000-01-01T00:00:00.000Z'
    """
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now_utc() -> str:
    """The real time of day, as journals have it."""
    return stamp(datetime.now(timezone.utc))


def moment(text: str) -> datetime:
    """The time that a journal's stamp says.

    >>> moment("2000-01-01T00:00:00.000Z") == EPOCH
    True
    >>> moment("noon")
    Traceback (most recent call last):
        ...
    askew.errors.BadInput: 'noon' is given as the time of a record, but it has to be like 2000-01-01T00:00:00.000Z
    """
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise BadInput(f"{quoted(text)} is given as the time of a record, but it has to be like {stamp(EPOCH)}")
    return found
