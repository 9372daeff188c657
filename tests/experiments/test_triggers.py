"""Triggers, on a real pseudo-terminal in place of a serial port: what arrives, and that nothing ever waits."""

import os
import queue
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from askew.errors import BadInput
from askew_experiments.attached import TriggerSettings
from askew_experiments.devices import Triggers
from askew_experiments.triggers import LogTriggers, PortTriggers, open_triggers

DEADLINE_S = 20
FULL = 10_000_000  # codes; no buffer is that large

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")


@dataclass
class Line:
    """A serial line: the session opens `name`, the test reads the other end."""

    name: str
    end: int
    kept: int  # keeps the line there while the session has it closed

    def read(self, count: int) -> bytes:
        """So many bytes of the other end; fewer where the deadline passes."""
        found = b""
        deadline = time.monotonic() + DEADLINE_S
        while len(found) < count and time.monotonic() < deadline:
            if select.select([self.end], [], [], 0.1)[0]:
                found += os.read(self.end, count - len(found))
        return found

    def unplug(self) -> None:
        """Close the other end."""
        os.close(self.end)
        self.end = -1


@pytest.fixture
def line() -> Iterator[Line]:
    import tty  # Windows has none

    end, kept = os.openpty()
    tty.setraw(kept)
    made = Line(os.ttyname(kept), end, kept)
    yield made
    os.close(kept)
    if made.end >= 0:
        os.close(made.end)


@pytest.fixture
def opened(line: Line) -> Iterator[Callable[..., PortTriggers]]:
    """Opens triggers on the line."""
    every: list[Triggers] = []

    def make(**values: float) -> PortTriggers:
        made = open_triggers(TriggerSettings(port="serial", address=line.name, **values))  # type: ignore[arg-type]
        assert isinstance(made, PortTriggers)
        every.append(made)
        return made

    yield make
    for each in every:
        each.close()


def test_every_code_arrives_in_order(line: Line, opened: Callable[..., PortTriggers]) -> None:
    triggers = opened(pulse_ms=0)
    for code in range(1, 256):
        triggers.send(code)
    assert line.read(255) == bytes(range(1, 256))
    assert triggers.failed is None
    assert triggers.facts() == {
        "port": "serial",
        "address": line.name,
        "pulse_ms": 0,
        "reset": 0,
        "baud": 115_200,
        "sent": 255,
        "lost": 0,
        "failed": None,
    }


def test_a_code_is_taken_back_after_its_pulse(line: Line, opened: Callable[..., PortTriggers]) -> None:
    triggers = opened(pulse_ms=5, reset=128)
    for code in (7, 9):
        triggers.send(code)
        assert line.read(2) == bytes([code, 128])


def test_a_code_within_the_pulse_of_another_is_not_taken_back_with_it(
    line: Line, opened: Callable[..., PortTriggers]
) -> None:
    triggers = opened(pulse_ms=200)
    for code in (7, 8, 9):
        triggers.send(code)
    assert line.read(4) == bytes([7, 8, 9, 0])


def test_a_code_that_is_on_at_the_end_is_taken_back(line: Line, opened: Callable[..., PortTriggers]) -> None:
    triggers = opened(pulse_ms=1000)
    triggers.send(7)
    triggers.close()
    assert line.read(2) == bytes([7, 0])
    triggers.send(8)  # nothing is raised into the frames of a session that is closing
    assert triggers.lost == 1


def test_nothing_waits_and_the_session_is_told_once_when_nobody_reads(
    line: Line, opened: Callable[..., PortTriggers]
) -> None:
    triggers = opened(pulse_ms=0)
    done = threading.Event()

    def fill() -> None:
        for _ in range(FULL):
            triggers.send(7)
            if triggers.lost == 1000:
                break
        done.set()

    threading.Thread(target=fill, daemon=True).start()
    assert done.wait(DEADLINE_S)  # a write that waited for room would wait without end
    assert triggers.failed == "code 7 was not sent: the port takes no more, for nobody reads what was sent before"
    assert triggers.lost == 1000
    assert line.read(triggers.sent) == bytes([7]) * triggers.sent
    triggers.send(8)  # there is room again
    assert line.read(1) == bytes([8])
    assert triggers.failed.startswith("code 7")


@pytest.mark.parametrize("pulse_ms", [0, 1])
def test_an_unplugged_port_is_noted_once_and_raises_nothing(
    line: Line, opened: Callable[..., PortTriggers], pulse_ms: float
) -> None:
    triggers = opened(pulse_ms=pulse_ms)
    triggers.send(7)
    assert line.read(1 + (pulse_ms > 0)) == bytes([7, 0][: 1 + (pulse_ms > 0)])
    line.unplug()
    for code in range(1, 51):
        triggers.send(code)
    assert triggers.sent == 1
    assert triggers.lost == 50
    assert triggers.failed == "code 1 was not sent: Input/output error"


def test_a_pulse_that_cannot_be_taken_back_is_noted(line: Line, opened: Callable[..., PortTriggers]) -> None:
    triggers = opened(pulse_ms=1000)
    triggers.send(7)
    line.unplug()
    triggers.close()
    assert triggers.failed == "code 0 was not sent: Input/output error"
    assert triggers.lost == 0


def test_a_port_that_somebody_has_is_refused(line: Line, opened: Callable[..., PortTriggers]) -> None:
    opened(pulse_ms=0)
    with pytest.raises(BadInput, match=r"^triggers, address: .* cannot be opened as a serial port \(.*lock.*there are"):
        opened(pulse_ms=0)


def test_a_port_that_is_not_there_is_refused_in_one_line() -> None:
    with pytest.raises(BadInput, match=r"^triggers, address: /dev/no-such-port cannot be opened as a serial") as raised:
        open_triggers(TriggerSettings(port="serial", address="/dev/no-such-port"))
    assert "\n" not in str(raised.value)


def test_the_log_keeps_codes_with_their_times() -> None:
    times = iter([1.5, 2.5])
    triggers = open_triggers(TriggerSettings(port="log"), now=lambda: next(times))
    assert isinstance(triggers, LogTriggers)
    triggers.send(1)
    triggers.send(2)
    triggers.close()
    assert triggers.sent == [(1, 1.5), (2, 2.5)]
    assert triggers.facts() == {"port": "log", "sent": 2}


def test_no_port_takes_every_code() -> None:
    triggers = open_triggers(TriggerSettings())
    triggers.send(1)
    triggers.close()
    assert triggers.failed is None
    assert triggers.facts() == {"port": "none"}


class Lines:
    """The eight lines of a parallel port, as the session sets them."""

    holds = True

    def __init__(self) -> None:
        self.shown: queue.Queue[int] = queue.Queue()
        self.closed = False

    def put(self, code: int) -> None:
        self.shown.put(code)

    def close(self) -> None:
        self.closed = True
        raise OSError("no such device")


def test_lines_that_hold_are_reset_at_the_beginning_and_at_the_end() -> None:
    lines = Lines()
    triggers = PortTriggers(lines, TriggerSettings(port="parallel", address="0x378", pulse_ms=0, reset=3))
    triggers.send(7)
    triggers.send(9)
    triggers.close()
    assert [*lines.shown.queue] == [3, 7, 9, 3]
    assert lines.closed
    assert triggers.failed == "the port was not closed: no such device"


def test_lines_show_a_code_for_its_pulse() -> None:
    lines = Lines()
    triggers = PortTriggers(lines, TriggerSettings(port="parallel", address="0x378", pulse_ms=2))
    triggers.send(7)
    assert [lines.shown.get(timeout=DEADLINE_S) for _ in range(3)] == [0, 7, 0]
    triggers.close()


OPEN_PARALLEL = """
from askew.errors import BadInput
from askew_experiments.attached import TriggerSettings
from askew_experiments.triggers import open_triggers
for address in ("/dev/no-such-port", "0x37G"):
    try:
        open_triggers(TriggerSettings(port="parallel", address=address))
    except BadInput as error:
        print(error)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems name ports otherwise")
def test_psychopys_own_driver_is_asked_and_finds_nobodys_home_folder(tmp_path: Path) -> None:
    called = subprocess.run(
        [sys.executable, "-c", OPEN_PARALLEL],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    told = called.stdout.splitlines()
    assert len(told) == 2
    assert told[0].startswith("triggers, address: /dev/no-such-port cannot be opened as a parallel port (")
    assert told[1].startswith("triggers, address: 0x37G cannot be opened as a parallel port (invalid literal")
    assert all(
        line.endswith("on Linux it is named /dev/parport0; unload the module lp and load ppdev") for line in told
    )
    assert list(tmp_path.iterdir()) == []
