"""Response boxes: buttons instead of keys, dated by a clock of the box's own, which is better than the computer's.

`merged` puts a box beside the keyboard: whoever asks the screen for presses gets those of both.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from askew.errors import BadInput, one_line
from askew_experiments.attached import BoxSettings
from askew_experiments.clocks import DeviceClock, compared
from askew_experiments.devices import Box, Facts, Now, vendor
from askew_experiments.screen import Drawable, Press, Screen

READS = 8  # of the box's clock, each time it is compared
AGAIN_S = 20.0  # when the clocks are compared again
PYXID = "install it with pip install pyxid2, and the D2XX driver of ftdichip.com"
PYPIXXLIB = "it comes with VPixx's own software; install its Python part into this Python"


class Device(Protocol):
    """What is peculiar to a vendor's box. Each call may raise anything, for vendors have errors of their own."""

    name: str
    resolution: float  # of its clock, in seconds
    restarts: bool  # whether its clock cannot be read but only set to 0

    def clock(self) -> float:
        """What its clock shows now, in seconds; sets it to 0 where it can only be set."""

    def pressed(self) -> list[tuple[str, float]]:
        """Buttons pressed since this was last asked, with its own times. Does not wait for any."""

    def settle(self) -> None:
        """Drop what a comparison of clocks may have left behind."""

    def close(self) -> None:
        """Give the box back."""


class NoBox:
    """There is only the keyboard."""

    failed: str | None = None
    key_clock = ""

    def presses(self) -> list[Press]:
        """Nothing."""
        return []

    def forget(self) -> None:
        """Nothing to drop."""

    def sync(self) -> None:
        """Nothing to compare."""

    def facts(self) -> Facts:
        """That there is none."""
        return {"kind": "none"}

    def close(self) -> None:
        """Nothing to give back."""


class DeviceBox:
    """A response box. Once the device fails no more presses come from it, and the keyboard remains."""

    def __init__(self, device: Device, buttons: Mapping[str, str], now: Now) -> None:
        self.failed: str | None = None
        self._device = device
        self._buttons = dict(buttons)
        self._now = now
        self._clock = DeviceClock(device.resolution)
        self._due = 0.0
        self._compared = 0
        self._compare()
        if self.failed is not None:
            raise BadInput(f"response_box: does not answer ({self.failed}); see that it is connected and switched on")

    @property
    def key_clock(self) -> str:
        """The box, whose own time it is."""
        return f"{self._device.name}, device time"

    def presses(self) -> list[Press]:
        """The buttons pressed, in the order of their times. A button that is no key has its own name."""
        if self.failed is not None:
            return []
        try:
            pressed = self._device.pressed()
        except Exception as error:  # noqa: BLE001  an unplugged box makes its library raise what it likes
            self._note(error)
            return []
        return [
            Press(self._buttons.get(button, f"button {button}"), *self._clock.on_screen(at)) for button, at in pressed
        ]

    def forget(self) -> None:
        """Drop presses that nobody has asked for."""
        self.presses()

    def sync(self) -> None:
        """Compare the clocks again where that is due."""
        if self.failed is None and self._now() >= self._due:
            self._compare()

    def facts(self) -> Facts:
        """The box, how its clock stands and drifts, and how well that is known."""
        last = self._clock.comparisons[-1]
        drift, unsure = self._clock.drift
        return {
            "kind": self._device.name,
            "map": self._buttons,
            "resolution_ms": self._device.resolution * 1000,
            "comparisons": self._compared,
            "ahead_s": round(last.ahead, 6),
            "uncertainty_ms": round((last.unsure + self._device.resolution / 2) * 1000, 3),
            "drift_ppm": round(drift * 1e6, 2),
            "drift_uncertainty_ppm": round(unsure * 1e6, 2),
            "failed": self.failed,
        }

    def close(self) -> None:
        """Give the box back."""
        try:
            self._device.close()
        except Exception as error:  # noqa: BLE001  an unplugged box cannot be closed either
            self._note(error)

    def _compare(self) -> None:
        readings = []
        trouble: Exception | None = None
        for _ in range(1 if self._device.restarts else READS):
            try:
                readings.append((self._now(), self._device.clock(), self._now()))
            except Exception as error:  # noqa: BLE001  a press that comes between garbles one reading
                trouble = error
        try:
            self._device.settle()
        except Exception as error:  # noqa: BLE001  as above
            trouble = error
            readings = []
        if not readings:
            self._note(trouble or RuntimeError())
            return
        comparison = compared(readings, self._device.resolution)
        (self._clock.restart if self._device.restarts else self._clock.add)(comparison)
        self._compared += 1
        self._due = self._now() + AGAIN_S

    def _note(self, error: Exception) -> None:
        self.failed = self.failed or f"{self._device.name}: {one_line(error)}"


class Merged:
    """A screen whose presses are those of its keyboard and those of a box. Everything else is the screen's."""

    def __init__(self, screen: Screen, box: Box) -> None:
        self._screen = screen
        self._box = box

    @property
    def period(self) -> float:
        """Seconds between two frames."""
        return self._screen.period

    @property
    def key_clock(self) -> str:
        """Both clocks, for either may have dated a press."""
        return f"{self._screen.key_clock} or {self._box.key_clock}"

    def load(self, things: Mapping[str, Drawable]) -> None:
        """As the screen does."""
        self._screen.load(things)

    def draw(self, names: Sequence[str]) -> None:
        """As the screen does."""
        self._screen.draw(names)

    def flip(self, on_flip: Callable[[], None] | None = None) -> float:
        """As the screen does."""
        return self._screen.flip(on_flip)

    def presses(self) -> list[Press]:
        """Keys and buttons, in the order of their times."""
        return sorted([*self._screen.presses(), *self._box.presses()], key=lambda press: press.time)

    def forget(self) -> None:
        """Drop presses of both."""
        self._screen.forget()
        self._box.forget()

    def tone(self) -> None:
        """As the screen does."""
        self._screen.tone()

    def now(self) -> float:
        """The screen's time."""
        return self._screen.now()

    def utc(self) -> str:
        """The time of day."""
        return self._screen.utc()

    def calm(self) -> AbstractContextManager[None]:
        """As the screen does."""
        return self._screen.calm()

    def close(self) -> None:
        """As the screen does; the box is closed by whoever opened it."""
        self._screen.close()


def merged(screen: Screen, box: Box) -> Screen:
    """The screen with the box beside its keyboard; the screen itself where there is no box."""
    return screen if isinstance(box, NoBox) else Merged(screen, box)


def open_box(settings: BoxSettings, buttons: Mapping[str, str], now: Now) -> Box:
    """The box that was chosen, with its clock compared; BadInput where it is not there."""
    if settings.kind == "none":
        return NoBox()
    try:
        device = _device(settings, buttons, now)
    except BadInput:
        raise
    except Exception as error:  # noqa: BLE001  as above
        raise BadInput(f"response_box: cannot be opened ({one_line(error)}); see that it is connected") from None
    return DeviceBox(device, buttons, now)


def _device(settings: BoxSettings, buttons: Mapping[str, str], now: Now) -> Device:
    # Here, for opening one kind of box needs nothing of the others.
    from askew_experiments.cedrus import Cedrus, MockXid, attached_xid  # noqa: PLC0415
    from askew_experiments.vpixx import Vpixx  # noqa: PLC0415

    if settings.kind == "mock":
        return Cedrus(MockXid(now))
    if settings.kind == "vpixx":
        return Vpixx(vendor("pypixxlib._libdpx", "response_box, kind vpixx", PYPIXXLIB), buttons)
    return Cedrus(attached_xid(vendor("pyxid2", "response_box, kind cedrus", PYXID), settings.number))
