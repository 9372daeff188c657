"""Triggers: codes on a serial or a parallel port, for recordings that run beside the session, such as an EEG.

A code is sent on the flip that shows a phase, so sending neither waits nor raises: what a device does not take is lost,
counted, and told once. A thread takes a code back after its time; it sleeps otherwise.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Protocol

from askew.errors import BadInput, one_line
from askew_experiments.attached import TriggerSettings
from askew_experiments.devices import Facts, Now, Triggers, psychopy, vendor

_BYTES = tuple(bytes([code]) for code in range(256))  # so that sending makes no new objects
PYSERIAL = "install it with pip install pyserial"
PATIENCE_S = 2.0  # how long the end of a session waits for the thread


class NoTriggers:
    """Codes go nowhere."""

    failed: str | None = None

    def send(self, code: int) -> None:
        """Do nothing."""

    def facts(self) -> Facts:
        """That there is none."""
        return {"port": "none"}

    def close(self) -> None:
        """Nothing to give back."""


class LogTriggers:
    """Codes are kept with their times, in `sent`."""

    failed: str | None = None

    def __init__(self, now: Now) -> None:
        self.sent: list[tuple[int, float]] = []
        self._now = now

    def send(self, code: int) -> None:
        """Keep the code."""
        self.sent.append((code, self._now()))

    def facts(self) -> Facts:
        """How many codes there were."""
        return {"port": "log", "sent": len(self.sent)}

    def close(self) -> None:
        """Nothing to give back."""


class Port(Protocol):
    """Eight lines. `holds` where they keep a code until the next, and do not only pass it on."""

    holds: bool

    def put(self, code: int) -> None:
        """Show a code, without waiting; OSError where the device does not take it."""

    def close(self) -> None:
        """Give the port back."""


class PortTriggers:
    """Codes on a port, each taken back after a pulse."""

    def __init__(self, port: Port, settings: TriggerSettings) -> None:
        self.failed: str | None = None
        self.sent = 0
        self.lost = 0
        self._port = port
        self._settings = settings
        self._pulse_s = settings.pulse_ms / 1000
        self._until: float | None = None  # when the code that is on has to go
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._take_back, name="askew triggers", daemon=True)
        if self._pulse_s:
            self._thread.start()
        if port.holds:
            self._put(settings.reset)

    def send(self, code: int) -> None:
        """Send a code; what is on is replaced."""
        with self._lock:  # held for as long as a port takes, which does not wait
            if self._put(code):
                self.sent += 1
                self._until = time.monotonic() + self._pulse_s
            else:
                self.lost += 1
        if self._pulse_s:
            self._wake.set()

    def facts(self) -> Facts:
        """The port, and what became of the codes."""
        chosen = {name: getattr(self._settings, name) for name in ("port", "address", "pulse_ms", "reset")}
        speed = {"baud": self._settings.baud} if self._settings.port == "serial" else {}
        return {**chosen, **speed, "sent": self.sent, "lost": self.lost, "failed": self.failed}

    def close(self) -> None:
        """Take back the code that is on, and give the port back."""
        self._closing.set()
        self._wake.set()
        if self._pulse_s:
            self._thread.join(PATIENCE_S)
        with self._lock:
            if self._port.holds or (self._pulse_s and self._until is not None):
                self._put(self._settings.reset)
            try:
                self._port.close()
            except OSError as error:
                self.failed = self.failed or f"the port was not closed: {_reason(error)}"

    def _put(self, code: int) -> bool:
        try:
            self._port.put(code)
        except OSError as error:
            self.failed = self.failed or f"code {code} was not sent: {_reason(error)}"
            return False
        return True

    def _take_back(self) -> None:
        while not self._closing.is_set():
            self._wake.wait()
            with self._lock:
                left = 0.0 if self._until is None else self._until - time.monotonic()
                if left <= 0:
                    self._wake.clear()
                    if self._until is not None and not self._closing.is_set():
                        self._put(self._settings.reset)
                        self._until = None
            if left > 0:
                self._closing.wait(left)


class SerialPort:
    """One byte for each code. Nobody else can open the port meanwhile."""

    holds = False

    def __init__(self, settings: TriggerSettings) -> None:
        serial = vendor("serial", "triggers, port serial", PYSERIAL)
        try:
            self._serial = serial.Serial(settings.address, settings.baud, timeout=0, write_timeout=0, exclusive=True)
        except (OSError, ValueError) as error:
            raise BadInput(
                f"triggers, address: {settings.address} cannot be opened as a serial port ({one_line(error)}); "
                f"there are {_ports()}"
            ) from None

    def put(self, code: int) -> None:
        """Hand one byte to the system's buffer, or none where it is full."""
        if os.name == "posix":
            # pyserial's own write tries over and over while the buffer is full: the picture would stand still.
            written = os.write(self._serial.fileno(), _BYTES[code])
        else:
            written = self._serial.write(_BYTES[code])
        if written != 1:
            raise BlockingIOError

    def close(self) -> None:
        """Give the port back; what it still holds is sent by the system."""
        self._serial.close()


class ParallelPort:
    """The eight data lines of a parallel port."""

    holds = True

    def __init__(self, settings: TriggerSettings) -> None:
        who = "triggers, port parallel"
        library = psychopy("parallel", who)
        address = str(settings.address)
        try:
            if library.ParallelPort is None:
                raise BadInput(f"{who}: has no driver; put inpoutx64.dll beside python.exe")
            port = library.ParallelPort(int(address, 16) if address.startswith("0x") else address)
            self._set: Callable[[int], None] | None = port.setData
            port.setData(settings.reset)
        except (OSError, ValueError, AttributeError, NotImplementedError) as error:
            raise BadInput(
                f"triggers, address: {address} cannot be opened as a parallel port ({one_line(error)}); {_hint()}"
            ) from None

    def put(self, code: int) -> None:
        """Set the lines."""
        if self._set is not None:
            self._set(code)

    def close(self) -> None:
        """Let go of the port, which the last reference to it keeps open."""
        self._set = None


def open_triggers(settings: TriggerSettings, now: Now = time.monotonic) -> Triggers:
    """The port that was chosen, open; BadInput where it cannot be opened."""
    if settings.port == "serial":
        return PortTriggers(SerialPort(settings), settings)
    if settings.port == "parallel":
        return PortTriggers(ParallelPort(settings), settings)
    return LogTriggers(now) if settings.port == "log" else NoTriggers()


def _reason(error: OSError) -> str:
    if isinstance(error, BlockingIOError):
        return "the port takes no more, for nobody reads what was sent before"
    return error.strerror or one_line(error)


def _ports() -> str:
    found = vendor("serial.tools.list_ports", "triggers, port serial", PYSERIAL).comports()
    return ", ".join(sorted(port.device for port in found)) or "none"


def _hint() -> str:
    if sys.platform.startswith("linux"):
        return "on Linux it is named /dev/parport0; unload the module lp and load ppdev"
    return "its address stands in the device manager, such as 0x378, and inpoutx64.dll has to be installed"
