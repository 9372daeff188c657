"""The keyboard: Psychtoolbox's queues, which stamp a press when it happens, checked against the window's events.

The queues run beside the program and are exact to a fraction of a millisecond, but may be deaf: to a keyboard that was
plugged in later, or altogether where a library is missing. The window hears every press that is meant for it, but knows
its time only to within one look. A press that either hears is reported once.

PsychoPy's own Keyboard reads the same queues, but drops presses that were released before they were read, and its times
follow the wall clock on Linux. So the queues are read here, and all times are those of `time.perf_counter`.
"""

import sys
from collections.abc import Callable, Mapping
from time import perf_counter as now
from typing import Any

from askew.errors import one_line
from askew_experiments.ears import Ears
from askew_experiments.screen import Press

DEVICE, EVENTS = "keyboard, device time", "keyboard, window events"
# How late the queues may stamp a press: 0.3 ms at most on an idle machine. The keyboard's own delay, some milliseconds
# with most, comes on top and cannot be known here.
DEVICE_UNCERTAINTY_S = 0.001


class Keyboard:
    """Hears what is typed into a window of pyglet, and when."""

    def __init__(self, window: Any, symbol: Callable[[int], str], names: Mapping[int, str]) -> None:
        """`symbol` names the keys of the window's events, `names` those of the queues."""
        self._window = window
        self._symbol = symbol
        self._ears = Ears()
        self._seen: list[Press] = []
        self._strokes: list[str] = []
        self._looked = self._forgotten = now()
        window.push_handlers(on_key_press=self._pressed, on_text=self._typed, on_close=self._closed)
        self._queues: Queues | None = None
        self.trouble: str | None = None  # why there are no queues
        try:
            self._queues = Queues(names)
        except Exception as error:  # noqa: BLE001  psychtoolbox raises nothing more exact
            self.only_events(one_line(error))

    @property
    def source(self) -> str:
        """By what keys are timed."""
        return DEVICE if self._queues else EVENTS

    def presses(self) -> list[Press]:
        """The keys that went down since this was last asked, in the order of their times."""
        asked = self._look()
        seen, self._seen = self._seen, []
        if self._queues is None:
            return seen
        queued = self._queues.presses()  # after the window, so that most presses find their twin at once
        return [press for press in self._ears.merged(queued, seen, asked) if press.time >= self._forgotten]

    def forget(self) -> None:
        """Drop presses that nobody has asked for."""
        self.presses()
        self._ears.forget()
        self._strokes.clear()
        self._forgotten = now()

    def strokes(self) -> list[str]:
        """What was typed since this was last asked: characters, and the names backspace, return and escape."""
        self._look()
        strokes, self._strokes = self._strokes, []
        return strokes

    def looked(self, since: float) -> None:
        """Say that the window has handled all its events up to a time, as it does when it flips."""
        self._looked = since

    def only_events(self, trouble: str) -> None:
        """Use the window's events alone, and remember why."""
        if self._queues is not None:
            self._queues.close()
        self._queues, self.trouble = None, trouble

    def check(self) -> None:
        """Give up the queues if the window has heard keys and they have not."""
        if self._queues is not None and self._ears.recovered and not self._ears.both:
            self.only_events("Psychtoolbox heard no key that the window heard")

    def facts(self, period_s: float) -> dict[str, Any]:
        """What a record has to say of how keys were timed."""
        names = self._queues.names if self._queues else []
        return {
            "source": self.source,
            "devices": len(names) if self._queues else None,
            "names": names,
            "uncertainty_ms": round(1000 * (DEVICE_UNCERTAINTY_S if self._queues else period_s), 3),
            "trouble": self.trouble,
            "recovered": self._ears.recovered,
            "elsewhere": self._ears.elsewhere,
        }

    def close(self) -> None:
        """Stop listening; safe to call twice."""
        if self._queues is not None:
            self._queues.close()

    def _look(self) -> float:
        since = now()
        self._window.dispatch_events()
        self._looked = since
        return since

    def _pressed(self, symbol: int, _modifiers: int) -> bool:
        at = now()
        key = tidy(self._symbol(symbol))
        # It happened after the last look, or that would have found it.
        self._seen.append(Press(key, at, at - self._looked))
        if key in {"backspace", "return", "num_enter", "escape"}:
            self._strokes.append("return" if key == "num_enter" else key)
        return True  # PsychoPy keeps its own list of presses, for ever

    def _typed(self, text: str) -> bool:
        self._strokes += [character for character in text if character.isprintable()]
        return True

    def _closed(self) -> bool:
        at = now()
        self._seen.append(Press("escape", at, at - self._looked))  # a click on the window's X asks to stop
        self._strokes.append("escape")
        return True


class Queues:
    """Psychtoolbox's queues, one for each keyboard; raises ImportError, or what psychtoolbox raises, without any."""

    def __init__(self, keys: Mapping[int, str]) -> None:
        from psychtoolbox import GetSecs, hid  # type: ignore[import-untyped]  # noqa: PLC0415  opens the keyboards

        self._clock: Any = GetSecs
        self._keys = keys
        indices, self.names, _ = hid.get_keyboard_indices()
        if not indices:
            raise LookupError("Psychtoolbox finds no keyboard")
        # On Windows all keyboards are one. Elsewhere each is asked, so that it does not matter which one is used.
        self._queues = [hid.Keyboard()] if sys.platform == "win32" else [hid.Keyboard(index) for index in indices]
        for queue in self._queues:
            queue.queue_start()

    def presses(self) -> list[Press]:
        """The keys that went down since this was last asked."""
        events = []
        for queue in self._queues:
            while queue.flush(0):  # 0 removes nothing, but counts
                event, _ = queue.queue_get_event()
                if event and event["Pressed"]:
                    events.append(event)
        if not events:
            return []
        # On Linux the queues' clock follows the wall clock and can jump, so how far it is off is asked each time.
        ahead = self._ahead()
        return [
            Press(self._key(int(event["Keycode"])), float(event["Time"]) - ahead, DEVICE_UNCERTAINTY_S)
            for event in events
        ]

    def close(self) -> None:
        """Stop listening; safe to call twice."""
        for queue in self._queues:
            queue.queue_stop()
        self._queues = []

    def _key(self, code: int) -> str:
        return self._keys.get(code, f"key {code}")

    def _ahead(self) -> float:
        tries = []
        for _ in range(3):  # the quickest is the one that nothing interrupted
            before = now()
            device = float(self._clock())
            after = now()
            tries.append((after - before, device - (before + after) / 2))
        return min(tries)[1]


def tidy(symbol: str) -> str:
    """A key's name as PsychoPy has it, from pyglet's, whatever Num Lock says.

    >>> [tidy(name) for name in ("LEFT", "_1", "ENTER", "NUM_END")]
    ['left', '1', 'return', 'num_1']
    """
    name = symbol.lower().removeprefix("_")
    return _OTHER_NAMES.get(name, name)


_OTHER_NAMES = {
    "enter": "return",
    "num_home": "num_7",
    "num_up": "num_8",
    "num_page_up": "num_9",
    "num_prior": "num_9",
    "num_left": "num_4",
    "num_begin": "num_5",
    "num_right": "num_6",
    "num_end": "num_1",
    "num_down": "num_2",
    "num_page_down": "num_3",
    "num_next": "num_3",
    "num_insert": "num_0",
    "num_delete": "num_decimal",
}
