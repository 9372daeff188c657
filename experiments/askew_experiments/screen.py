"""What a session draws on and listens to, without saying what it is: a PsychoPy window, or a virtual display.

A session names what it will show once, before its first trial; from then on it only draws by name, flips, and asks
which keys were pressed. All times are seconds on the screen's own clock, which never runs backwards.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

Colour = tuple[int, int, int]
Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]


@dataclass(frozen=True)
class Picture:
    """A picture file, in the middle of the screen. Of a file with several frames below one another, one of them."""

    path: Path
    height_deg: float
    frame: int = 0
    frames: int = 1


@dataclass(frozen=True)
class Words:
    """A text, centred on a place given in degrees from the middle of the screen."""

    text: str
    height_deg: float
    x_deg: float = 0.0
    y_deg: float = 0.0
    wrap_deg: float | None = None
    colour: Colour = (255, 255, 255)


@dataclass(frozen=True)
class Cross:
    """The fixation cross, in the middle of the screen."""

    size_deg: float
    colour: Colour = (255, 255, 255)


@dataclass(frozen=True)
class Frame:
    """The outline of a square in the middle of the screen: the flash that asks for an answer."""

    size_deg: float
    width_deg: float
    colour: Colour = (255, 255, 255)


@dataclass(frozen=True)
class Patch:
    """A square in a corner of the screen, under a photodiode."""

    corner: Corner
    size_px: int
    colour: Colour


Drawable = Picture | Words | Cross | Frame | Patch


@dataclass(frozen=True)
class Press:
    """A key that went down. `uncertainty_s` is how far off its time may be; that of a keyboard is late, never early."""

    key: str
    time: float
    uncertainty_s: float


class Screen(Protocol):
    """A display with a keyboard."""

    @property
    def period(self) -> float:
        """Seconds between two frames."""

    @property
    def key_clock(self) -> str:
        """By what keys are timed, for `rt_source`, such as `keyboard, device time`."""

    def load(self, things: Mapping[str, Drawable]) -> None:
        """Make everything that will be drawn, and warm it, so that drawing it later loads and allocates nothing."""

    def draw(self, names: Sequence[str]) -> None:
        """Draw what was loaded, in this order, on the frame that the next flip shows."""

    def flip(self, on_flip: Callable[[], None] | None = None) -> float:
        """Show the frame; returns the time of its onset. `on_flip` is called right after it."""

    def presses(self) -> list[Press]:
        """The keys that went down since this was last asked, in the order of their times."""

    def forget(self) -> None:
        """Drop presses that nobody has asked for."""

    def tone(self) -> None:
        """Sound the go signal at the next flip."""

    def now(self) -> float:
        """The time."""

    def utc(self) -> str:
        """The time of day, as ISO 8601 in UTC."""

    def calm(self) -> AbstractContextManager[None]:
        """For a trial: nothing else is done meanwhile, as far as the system grants it."""

    def close(self) -> None:
        """Give display and keyboard back."""
