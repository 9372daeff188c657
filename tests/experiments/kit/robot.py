"""A robot that takes part in a real session: it presses real keys, and sees only what a lab's own devices tell.

Triggers tell it, through a serial line that is a pseudo-terminal, what has come on the screen; the journal tells which
text is waiting. So nothing is guessed from times, and whatever is swallowed is pressed again.
"""

import json
import os
import select
import termios
import time
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.experiments.kit.keys import Keys

FIXATION, IMAGE, MASK, LABELS = 11, 12, 13, 14
AGAIN_S = 1.5  # a key that had no effect by then was swallowed
SOON_S = 0.3  # practice sends no triggers, so the robot tries until it is heard
DEADLINE_S = 120.0


class Line:
    """A serial line: what a session sends on it is read here."""

    def __init__(self) -> None:
        self.ours, theirs = os.openpty()
        tty.setraw(theirs, termios.TCSANOW)
        self.path = os.ttyname(theirs)
        self._theirs = theirs
        self.codes: list[tuple[float, int]] = []

    def read(self, wait_s: float) -> list[int]:
        """The codes that came within the time."""
        if not select.select([self.ours], [], [], wait_s)[0]:
            return []
        now = time.monotonic()
        new = [code for code in os.read(self.ours, 4096) if code]
        self.codes += [(now, code) for code in new]
        return new

    def close(self) -> None:
        os.close(self.ours)
        os.close(self._theirs)


class Robot:
    """Sits before one session. `at` is asked at every code whether anything else is to be done."""

    def __init__(self, journal: Path, line: Line, keys: Keys, wrong: Callable[[int], bool] = lambda _: False) -> None:
        self.journal, self.line, self.keys, self.wrong = journal, line, keys, wrong
        self.pressed: list[tuple[float, str]] = []
        self._turn = False
        self.at: Callable[[int, dict[str, Any]], bool] = lambda code, last: False

    def records(self) -> list[dict[str, Any]]:
        """The whole lines of the journal, as they are now."""
        if not self.journal.exists():
            return []
        return [json.loads(line) for line in self.journal.read_bytes().split(b"\n")[:-1]]

    def check_keys(self) -> None:
        """Press the keys that answer until the session has begun."""
        for name in self._until(self.journal.exists, ("Left", "Right")):
            self.press(name)

    def sit(self, done: Callable[[], bool]) -> None:
        """Take part until it is done: go on at texts, answer at labels."""
        began = last_press = time.monotonic()
        told, answered = -1, False
        while not done():
            assert time.monotonic() - began < DEADLINE_S, f"nothing goes on after {self.records()[-1:]}"
            codes = self.line.read(0.02)
            records = self.records()
            last = records[-1] if records else {}
            if any(self.at(code, last) for code in codes):
                continue
            waited = time.monotonic() - last_press
            if _practising(records):
                if waited > SOON_S:
                    self.practise(records, last)
                    last_press = time.monotonic()
            elif LABELS in codes or (answered and waited > AGAIN_S and last.get("type") == "begin"):
                self.answer(records, last)
                last_press, answered = time.monotonic(), True
            elif _waiting(last) and (last["n"] > told or waited > AGAIN_S):
                self.press("space")
                told, last_press, answered = last["n"], time.monotonic(), False
            elif last.get("type") == "trial":
                answered = False

    def practise(self, records: list[dict[str, Any]], last: dict[str, Any]) -> None:
        """Go on at the text before the practice, or answer: nothing tells which of the two is due."""
        self._turn = not self._turn
        if last["type"] == "state" and self._turn:
            self.press("space")
        else:
            self.answer(records, last)

    def answer(self, records: list[dict[str, Any]], last: dict[str, Any]) -> None:
        """Press the key of the truth, or of the other label."""
        plan = records[0]
        if last["type"] == "begin":
            trial = plan["trials"][last["index"] - 1]
        else:
            trial = plan["practice"][sum(record["type"] == "practice" for record in records) % len(plan["practice"])]
        right = trial["offered"].index(trial["truth"])
        wrong = last["type"] == "begin" and self.wrong(trial["index"])
        self.press(("Left", "Right")[1 - right if wrong else right])

    def press(self, name: str) -> None:
        self.pressed.append((self.keys.press(name), name))

    def _until(self, done: Callable[[], bool], names: tuple[str, ...]) -> Any:
        deadline, turn = time.monotonic() + DEADLINE_S, 0
        while not done():
            assert time.monotonic() < deadline, "the session did not begin"
            yield names[turn % len(names)]
            turn += 1
            self.line.read(0.1)


def _waiting(last: dict[str, Any]) -> bool:
    """Whether a text waits for the key to go on; the last one does so when the session is complete."""
    return last.get("type") == "end" or (last.get("type") == "state" and last["state"] not in {"break", "debrief"})


def _practising(records: list[dict[str, Any]]) -> bool:
    """Whether a practice trial is on, or the text before it."""
    if not records or records[-1]["type"] not in {"state", "practice"}:
        return False
    if records[-1]["type"] == "state":
        return records[-1]["state"] in {"practice", "practice_again"}
    done = sum(record["type"] == "practice" for record in records)
    return bool(done % len(records[0]["practice"]))
