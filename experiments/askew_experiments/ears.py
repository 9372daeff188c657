"""Presses that two listeners heard, put together so that each counts once, with the better of its two times."""

from collections.abc import Sequence

from askew_experiments.screen import Press

# A press that only the window has heard waits so long for the queues; they lag by far less, also on a busy machine.
PATIENCE_S = 0.1
MATCH_S = 0.5  # how far apart the two may hear the same press, beyond what the window knows of its time
KEPT_S = 2.0  # a press that the window has not heard by then was meant for another one


class Ears:
    """What queues (exact, but perhaps deaf) and a window (inexact, never deaf) hear of the same keyboards."""

    def __init__(self) -> None:
        self._queued: list[Press] = []  # heard by the queues, not yet by the window
        self._seen: list[Press] = []  # heard by the window, not yet by the queues
        self.both = 0  # presses that both heard
        self.recovered = 0  # presses that only the window heard
        self.elsewhere = 0  # presses that the window never heard: typed into another one

    def merged(self, queued: Sequence[Press], seen: Sequence[Press], now: float) -> list[Press]:
        """Presses to report, in the order of their times. One that only the window heard comes a little later.

        `now` is when the window was last asked.
        """
        self._queued += queued
        self._seen += seen
        self._pair()
        late = [press for press in self._seen if press.time < now - PATIENCE_S]
        gone = [press for press in self._queued if press.time < now - KEPT_S]
        self._seen = [press for press in self._seen if press.time >= now - PATIENCE_S]
        self._queued = [press for press in self._queued if press.time >= now - KEPT_S]
        self.recovered += len(late)
        self.elsewhere += len(gone)
        return sorted([*queued, *late], key=lambda press: press.time)

    def forget(self) -> None:
        """Drop what has not been reported. What the queues heard waits on for its twin, or that would come as new."""
        self._seen.clear()

    def _pair(self) -> None:
        """Take out the presses that both heard."""
        for press in list(self._queued):
            twins = [other for other in self._seen if _may_be(press, other)]
            # The two may name a key differently, on keyboards that are not American.
            twins.sort(key=lambda other: other.key != press.key)
            if twins:
                self._queued.remove(press)
                self._seen.remove(twins[0])
                self.both += 1


def _may_be(queued: Press, seen: Press) -> bool:
    """Whether two may be the same press. The window's stamp is the later one, unless the queue was held up."""
    return seen.time - seen.uncertainty_s - MATCH_S <= queued.time <= seen.time + PATIENCE_S
