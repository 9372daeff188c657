"""The lab's display, declared in the table [display] of lab.toml: how large it is, how far away, and what it does.

Nothing here is measured; `askew session preflight` compares it with what the display does.
"""

import json
import math
from dataclasses import dataclass
from typing import Annotated

from askew.column import Column
from askew.errors import BadCell
from askew.settings import check


@dataclass(frozen=True, kw_only=True)
class Lab:
    """A display and where the participant sits before it."""

    name: Annotated[str, Column("what the lab calls this display")] = "display"
    width_cm: Annotated[float, Column("width of the visible picture, measured", "cm", low=1, high=1000)]
    distance_cm: Annotated[float, Column("from the eye to the middle of the screen, measured", "cm", low=5, high=5000)]
    size_px: Annotated[tuple[int, ...], Column("width and height", "px", low=64, high=32768, length=2)]
    hz: Annotated[float, Column("the refresh rate it is set to", "Hz", low=10, high=1000)]
    screen: Annotated[int, Column("which of several screens, counted from 0", low=0, high=15)] = 0
    scale_percent: Annotated[int, Column("the system's scaling; all but 100 blurs pictures", low=50, high=500)] = 100
    calibration: Annotated[str | None, Column("name and date of the luminance calibration; left out: none")] = None

    def __post_init__(self) -> None:
        """Refuse values that are not allowed."""
        check(self)
        if self.width_cm > 4 * self.distance_cm:
            raise BadCell(
                "distance_cm",
                f"{self.distance_cm:g} is too near for a screen {self.width_cm:g} cm wide; give centimetres",
            )

    @property
    def px_per_deg(self) -> float:
        """Pixels in one degree of visual angle in the middle of the screen."""
        width_px: int = self.size_px[0]
        return 2 * self.distance_cm * math.tan(math.radians(0.5)) * width_px / self.width_cm

    def px_of(self, deg: float) -> float:
        """Pixels in so many degrees, taken as those in the middle of the screen: of 8 deg, 0.2 % too few.

        >>> round(Lab(width_cm=52, distance_cm=90, size_px=(1920, 1080), hz=100).px_of(8), 1)
        464.0
        """
        return deg * self.px_per_deg


def display_text(
    *,
    name: str = "display",
    width_cm: float | None = None,
    distance_cm: float | None = None,
    size_px: tuple[int, int] | None = None,
    hz: float | None = None,
    screen: int = 0,
    scale_percent: int = 100,
    calibration: str | None = None,
) -> str:
    """The text of the table. What is unknown stands there as a comment, so that nobody runs on a guess."""
    size = f"[{size_px[0]}, {size_px[1]}]" if size_px else None
    return TEMPLATE.format(
        name=_text(name),
        width=_line("width_cm", width_cm, "52.0"),
        distance=_line("distance_cm", distance_cm, "90.0"),
        size=_line("size_px", size, "[1920, 1080]"),
        hz=_line("hz", hz, "100.0"),
        screen=screen,
        scale=scale_percent,
        calibration=_line("calibration", None if calibration is None else _text(calibration), '"2026-05-04, i1"'),
    )


TEMPLATE = """\
[display]
# The display that participants look at. Measure with a ruler what is in centimetres: sizes in degrees of visual angle
# are computed from it. `askew session preflight` compares the rest with what the display does.

# What the lab calls this display.
name = {name}

# Width of the visible picture (not of the frame), and from the eye to the middle of the screen.
{width}
{distance}

# Width and height in pixels, and the refresh rate it is set to in Hz (40 ms and 150 ms are both whole at multiples of
# 100 Hz only).
{size}
{hz}

# Which of several screens, counted from 0; better is to have one.
screen = {screen}

# The system's scaling in percent. All but 100 blurs pictures and may delay them by a frame.
scale_percent = {scale}

# Name and date of the luminance calibration; left out, reports say "luminance not calibrated".
{calibration}
"""


def _line(key: str, value: float | str | None, example: str) -> str:
    return f"# {key} = {example}" if value is None else f"{key} = {value}"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # as TOML writes it too
