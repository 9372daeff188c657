"""RESPONSEPixx boxes, by VPixx's pypixxlib, and a device of software that answers the same calls."""

from collections import deque
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from askew.errors import BadInput
from askew_experiments.attached import COLOURS
from askew_experiments.devices import Now


class Vpixx:
    """A RESPONSEPixx on any device of VPixx, whose other inputs may carry other signals and mean nothing here."""

    name = "RESPONSEPixx"
    resolution = 0.000001
    restarts = False
    BUFFER, FRAMES = 12_000_000, 1000  # where the device logs its inputs, as the vendor's own listener has it

    def __init__(self, library: Any, buttons: Mapping[str, str]) -> None:
        self._library = library
        self._buttons = {COLOURS.index(name) if name in COLOURS else int(name): name for name in buttons}
        library.DPxOpen()
        if not library.DPxIsReady():
            raise BadInput("response_box: no VPixx device answers; switch it on and connect its USB cable")
        library.DPxEnableDinDebounce()
        self._log = library.DPxSetDinLog(self.BUFFER, self.FRAMES)
        library.DPxStartDinLog()
        library.DPxUpdateRegCache()
        # Some boxes pull a line down when pressed and some up. Nobody presses yet: this is what no press looks like.
        self._rest = self._state = int(library.DPxGetDinValue())

    def clock(self) -> float:
        """The time at which the registers were read, which is now."""
        self._library.DPxUpdateRegCache()
        return float(self._library.DPxGetTime())

    def pressed(self) -> list[tuple[str, float]]:
        """What the device has logged since."""
        self._library.DPxUpdateRegCache()
        self._library.DPxGetDinStatus(self._log)
        count = int(self._log["newLogFrames"])
        found = []
        for at, state in self._library.DPxReadDinLog(self._log, count) if count else ():
            went_down = (state ^ self._state) & (state ^ self._rest)
            self._state = state
            found += [(name, float(at)) for bit, name in self._buttons.items() if went_down >> bit & 1]
        return found

    def settle(self) -> None:
        """To read its clock leaves nothing behind."""

    def close(self) -> None:
        """Stop the log."""
        self._library.DPxStopDinLog()
        self._library.DPxUpdateRegCache()
        self._library.DPxClose()


class MockPixx:
    """A device of software: to a caller it is pypixxlib's library with a box connected, at `rest` while nobody presses.

    Its clock began long ago and drifts, and is asked over a cable that takes its time, which `spend` lets pass.
    """

    def __init__(
        self,
        now: Now,
        *,
        spend: Callable[[float], None] = lambda _: None,
        drift: float = 0.0,
        since: float = 5000.0,
        rest: int = 0xFFFF,
        ready: bool = True,
    ) -> None:
        self._now = now
        self._spend = spend
        self._rate = 1 + drift
        self._since = since
        self._state = rest
        self._ready = ready
        self._read_at = 0.0
        self._random = Random(0)  # noqa: S311  no secret
        self._events: deque[tuple[float, int]] = deque()

    def press(self, bit: int, at: float, held_s: float = 0.08) -> None:
        """Press a button at a time of the screen's clock, and let it go again."""
        for moment in (at, at + held_s):
            self._state ^= 1 << bit
            self._events.append((moment, self._state))

    # What follows has the vendor's names.

    def DPxOpen(self) -> None:  # noqa: N802
        """Find the device."""

    def DPxIsReady(self) -> int:  # noqa: N802
        """Whether it answers."""
        return int(self._ready)

    def DPxEnableDinDebounce(self) -> None:  # noqa: N802
        """After a change, see none for 30 ms."""

    def DPxSetDinLog(self, address: int, frames: int) -> dict[str, int]:  # noqa: N802
        """Where to log inputs; returns the log's state."""
        return {"buffBaseAddr": address, "numBuffFrames": frames, "newLogFrames": 0}

    def DPxStartDinLog(self) -> None:  # noqa: N802
        """Begin to log."""

    def DPxStopDinLog(self) -> None:  # noqa: N802
        """Log no more."""

    def DPxUpdateRegCache(self) -> None:  # noqa: N802
        """Read its registers."""
        self._spend(self._random.uniform(0.0001, 0.0006))
        self._read_at = self._now()
        self._spend(self._random.uniform(0.0001, 0.0006))

    def DPxGetTime(self) -> float:  # noqa: N802
        """Its time when its registers were read."""
        return self._time(self._read_at)

    def DPxGetDinValue(self) -> int:  # noqa: N802
        """Its inputs."""
        return self._state

    def DPxGetDinStatus(self, log: dict[str, int]) -> None:  # noqa: N802
        """How much is new."""
        log["newLogFrames"] = sum(moment <= self._read_at for moment, _ in self._events)

    def DPxReadDinLog(self, log: dict[str, int], count: int) -> list[list[float | int]]:  # noqa: N802
        """What is new."""
        log["newLogFrames"] -= count
        found = [self._events.popleft() for _ in range(count)]
        return [[self._time(moment), state] for moment, state in found]

    def DPxClose(self) -> None:  # noqa: N802
        """Let go of it."""

    def _time(self, moment: float) -> float:
        return self._since + moment * self._rate
