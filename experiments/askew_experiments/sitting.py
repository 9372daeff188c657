"""What a session with a person takes besides the protocol: the lab's machine, declared and then opened."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from askew.errors import BadInput
from askew_experiments.labfile import NAME, LabFile, read_lab_file
from askew_experiments.opening import Material
from askew_experiments.screen import Colour
from askew_experiments.texts import Texts, read_texts

if TYPE_CHECKING:
    from askew_experiments.window import Window

ENDING = ("SIGTERM", "SIGHUP")  # what ends a program that does not care; a terminal that is closed sends the second


@dataclass(frozen=True)
class Options:
    """How the machine is opened, and what is let pass."""

    lab: Path | None = None
    full_screen: bool = True
    paced_hz: float | None = None
    override: str | None = None


@dataclass(frozen=True)
class Sitting:
    """All that a session with a person takes, besides the window."""

    material: Material
    lab: LabFile
    texts: Texts
    background: Colour
    options: Options

    @classmethod
    def of(cls, material: Material, options: Options) -> "Sitting":
        """What study and options say, checked, before a window covers the screen."""
        texts = read_texts(material.protocol, material.study.root / "protocols")
        return cls(material, lab_of(material, options), texts, background_of(material), options)


def lab_of(material: Material, options: Options) -> LabFile:
    """What the study or the caller declares of the machine."""
    path = options.lab or material.study.root / NAME
    lab = read_lab_file(path)
    lab.attached.check_keys(material.protocol.response, path)
    return lab


def background_of(material: Material) -> Colour:
    """The colour of the screen: the protocol's, or the one that all pictures have."""
    if material.protocol.display.background:
        red, green, blue = material.protocol.display.background
        return red, green, blue
    colours = {picture.background_rgb for picture in material.shown}
    if len(colours) != 1 or None in colours:
        raise BadInput(
            f"{material.manifest}: its pictures have no background in common; say which colour the screen has, as in "
            f"background = [128, 128, 128] in [display] of {material.protocol.name}.toml"
        )
    red, green, blue = next(colour for colour in colours if colour)
    return red, green, blue


@contextmanager
def opened(sitting: Sitting) -> Iterator["Window"]:
    """The window, closed again whatever happens."""
    from askew_experiments.window import Window  # noqa: PLC0415  PsychoPy comes with it

    options, protocol = sitting.options, sitting.material.protocol
    with _ending_as_ctrl_c():
        window = Window(
            sitting.lab.display,
            background=sitting.background,
            full_screen=options.full_screen,
            paced_hz=options.paced_hz,
            tone=any(phase.signal == "tone" for phase in protocol.phases),
            font=protocol.display.font,
        )
        try:
            yield window
        finally:
            window.close()


@contextmanager
def _ending_as_ctrl_c() -> Iterator[None]:
    """Let the signals that end a program do what Ctrl-C does, so that window and devices are given back first."""
    with ExitStack() as stack:
        for name in ENDING:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # `nohup` ignores one, and means it
                stack.callback(signal.signal, number, signal.signal(number, _end))
        yield


def _end(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
