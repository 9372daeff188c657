"""Triggers, a response box, an eye tracker: what a session asks of them, and who tells them of its trials.

Each has a module of its own, which loads its vendor's library when the device is opened.
"""

import importlib
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from askew.errors import BadInput, one_line
from askew.extras import install_line
from askew_experiments.home import lent_home
from askew_experiments.screen import Press

if TYPE_CHECKING:
    from askew_experiments.attached import Attached
    from askew_experiments.displays import Lab

Now = Callable[[], float]
Facts = dict[str, Any]


class Triggers(Protocol):
    """A port that passes codes on to another recording, such as an EEG. `failed` says what went wrong first."""

    failed: str | None

    def send(self, code: int) -> None:
        """Send a code from 1 to 255. Called on a flip: returns at once and raises nothing, whatever the device does."""

    def facts(self) -> Facts:
        """What the journal keeps of it."""

    def close(self) -> None:
        """Give the port back."""


class Box(Protocol):
    """Buttons with a clock of their own. `failed` says what went wrong first."""

    failed: str | None

    @property
    def key_clock(self) -> str:
        """By what presses are timed, for `rt_source`."""

    def presses(self) -> list[Press]:
        """The buttons pressed since this was last asked, as keys, on the screen's clock."""

    def forget(self) -> None:
        """Drop presses that nobody has asked for."""

    def sync(self) -> None:
        """Compare the clocks again where that is due. Takes up to a fifth of a second, and drops presses."""

    def facts(self) -> Facts:
        """What the journal keeps of it."""

    def close(self) -> None:
        """Give the box back."""


class EyeTracker(Protocol):
    """A device that records gaze to a file of its own. `failed` says what went wrong first."""

    failed: str | None

    def calibrate(self) -> None:
        """Run the tracker's own procedure, which has the screen meanwhile."""

    def start(self, trial: str) -> None:
        """Begin to record a trial. Called before its first flip."""

    def stop(self) -> None:
        """Stop recording, and put what was said meanwhile beside the gaze."""

    def message(self, text: str) -> None:
        """Remember a text with the time it was said. Called on a flip: returns at once."""

    def facts(self) -> Facts:
        """What the journal keeps of it."""

    def close(self) -> None:
        """Close the file."""


class DeviceHooks:
    """Tells triggers, box and eye tracker what happens in a session: its `Hooks`, where devices are attached."""

    def __init__(self, triggers: Triggers, box: Box, eyes: EyeTracker) -> None:
        self.triggers = triggers
        self.box = box
        self.eyes = eyes
        self._told: set[str] = set()

    def begin(self, trial: str) -> None:
        """A trial is about to begin."""
        self.eyes.start(trial)

    def phase(self, trial: str, name: str, code: int | None) -> None:
        """A phase of it has just come on. The code goes first: it is the one that cannot be dated afterwards."""
        if code is not None:
            self.triggers.send(code)
        self.eyes.message(f"{trial} {name}" if code is None else f"{trial} {name} {code}")

    def end(self) -> None:
        """The trial is over, and there is time until the next."""
        self.eyes.stop()
        self.box.sync()

    def facts(self) -> Facts:
        """What the journal keeps of all three."""
        return {"triggers": self.triggers.facts(), "response_box": self.box.facts(), "eyetracker": self.eyes.facts()}

    def trouble(self) -> list[str]:
        """What went wrong and was not told yet, for a note in the journal."""
        known = {"triggers": self.triggers.failed, "response box": self.box.failed, "eye tracker": self.eyes.failed}
        new = [f"{name}: {said}" for name, said in known.items() if said is not None and name not in self._told]
        self._told |= {name for name, said in known.items() if said is not None}
        return new

    def close(self) -> None:
        """Give all of them back."""
        with ExitStack() as stack:
            for device in (self.triggers, self.box, self.eyes):
                stack.callback(device.close)


def open_devices(attached: "Attached", now: Now, folder: Path, lab: "Lab | None" = None) -> DeviceHooks:
    """Open what is attached; where one cannot be opened, the others are closed again. Gaze is recorded in `folder`."""
    from askew_experiments.boxes import open_box  # noqa: PLC0415  they need what is here
    from askew_experiments.eyes import open_tracker  # noqa: PLC0415
    from askew_experiments.triggers import open_triggers  # noqa: PLC0415

    with ExitStack() as stack:
        triggers = open_triggers(attached.triggers, now)
        stack.callback(triggers.close)
        box = open_box(attached.box, attached.buttons, now)
        stack.callback(box.close)
        eyes = open_tracker(attached.eyes, attached.options, now, folder, lab)
        stack.pop_all()
        return DeviceHooks(triggers, box, eyes)


def vendor(name: str, who: str, how: str) -> ModuleType:
    """A library of a vendor; BadInput says how to get it where it is missing or lacks a driver."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = (error.name or name).partition(".")[0]
        raise BadInput(f"{who}: needs {missing}, which is not installed; {how}") from None
    except (ImportError, OSError) as error:
        raise BadInput(f"{who}: {name} cannot be loaded ({one_line(error)}); {how}") from None


def psychopy(name: str, who: str) -> ModuleType:
    """A module of PsychoPy, imported where it finds nobody's home folder."""
    with lent_home():
        return vendor(f"psychopy.{name}", who, f"install it with {install_line('experiments')}")
