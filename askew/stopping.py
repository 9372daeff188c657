"""Signals that ask a program to end, taken as Ctrl-C is, so that it can end what it started and say what is left."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

STOPPED = 130  # what shells report for a program ended by Ctrl-C
NAMES = ("SIGTERM", "SIGHUP")  # what `kill`, a shutdown and a terminal that is closed send; Windows has no SIGHUP


class Stopped(KeyboardInterrupt):
    """Something other than Ctrl-C has asked the program to end; `status` is what shells report for it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.status = 128 + number


@contextmanager
def stoppable() -> Iterator[None]:
    """Meanwhile, signals that ask the program to end raise `Stopped`. Those that it is to ignore stay ignored."""
    numbers = [number for name in NAMES if (number := getattr(signal, name, None)) is not None]
    with _handled([number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN], _stop):
        yield


@contextmanager
def deferred() -> Iterator[None]:
    """Meanwhile, Ctrl-C and what raises `Stopped` wait: what is begun is known before anything asks to end it."""
    came: list[int] = []
    numbers = [getattr(signal, name, None) for name in ("SIGINT", *NAMES)]
    ours = [number for number in numbers if number is not None and callable(signal.getsignal(number))]
    with _handled(ours, lambda number, _: came.append(number)):
        yield
    if came:
        signal.raise_signal(came[0])


def _stop(number: int, _: FrameType | None) -> None:
    raise Stopped(number)


@contextmanager
def _handled(numbers: list[int], act: Callable[[int, FrameType | None], Any]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # only there can it be set
        yield
        return
    before = {number: signal.signal(number, act) for number in numbers}
    try:
        yield
    finally:
        for number, its in before.items():
            signal.signal(number, its)
