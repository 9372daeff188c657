"""Waiting for something, with a deadline and a reason, and without fixed sleeps."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def until(happened: Callable[[], Value], what: str, deadline_s: float = 30) -> Value:
    """What a question gives once it gives something true; AssertionError says what did not happen in time."""
    deadline = time.monotonic() + deadline_s
    while not (value := happened()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {deadline_s:g} s")
        time.sleep(0.005)
    return value
