"""Signals that ask a program to end."""

import signal
import sys

import pytest

from askew.stopping import Stopped, deferred, stoppable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")


def test_it_raises_for_a_signal_and_leaves_handlers_as_they_were() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]
    with pytest.raises(Stopped) as stop, stoppable():
        signal.raise_signal(signal.SIGTERM)
    assert stop.value.status == 143
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)] == before


def test_what_is_to_be_ignored_stays_ignored() -> None:
    # `nohup askew demo` goes on when the terminal is closed.
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_what_is_begun_is_known_before_a_signal_ends_it(name: str) -> None:
    begun = []

    def begin() -> None:
        with stoppable(), deferred():
            signal.raise_signal(getattr(signal, name))
            begun.append(name)

    with pytest.raises(KeyboardInterrupt):
        begin()
    assert begun == [name]


def test_signals_that_nobody_handles_are_left_alone_while_something_is_begun() -> None:
    with deferred():
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_the_status_is_the_one_that_shells_report() -> None:
    assert [Stopped(number).status for number in (signal.SIGHUP, signal.SIGTERM)] == [129, 143]
    assert issubclass(Stopped, KeyboardInterrupt)
