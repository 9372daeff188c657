"""Durations in whole frames: what a display can show of what was asked for.

A display changes its picture once a frame, so an exposure is a whole number of them. Counts come from the period that
was measured, not from a rate that somebody declares.
"""

from dataclasses import dataclass

RATES = (60, 75, 85, 100, 120, 144, 165, 200, 240, 360)  # what screens are sold with
SLACK_MS = 1e-6


@dataclass(frozen=True)
class Count:
    """The frames that come nearest to a duration, and how far off they are.

    >>> Count.of(40, period_ms=1000 / 60)
    Count(frames=2, shown_ms=33.333333333333336, off_ms=-6.666666666666664)
    >>> Count.of(40, period_ms=1000 / 120).frames
    5
    """

    frames: int
    shown_ms: float
    off_ms: float

    @classmethod
    def of(cls, ms: float, period_ms: float) -> "Count":
        """The nearest number of frames, at least one."""
        frames = max(1, round(ms / period_ms))
        return cls(frames, frames * period_ms, frames * period_ms - ms)

    def within(self, tolerance_ms: float | None) -> bool:
        """Whether that is near enough; the nearest frame always is where nothing is declared."""
        return tolerance_ms is None or abs(self.off_ms) <= tolerance_ms + SLACK_MS


def rates_for(durations: list[tuple[float, float | None]]) -> list[int]:
    """The usual refresh rates that show all durations (each in ms, with its tolerance).

    >>> rates_for([(40, 0), (150, 0)])
    [100, 200]
    >>> rates_for([(40, 2), (150, 5)])
    [75, 100, 120, 144, 200, 240, 360]
    """
    return [hz for hz in RATES if all(Count.of(ms, 1000 / hz).within(tolerance) for ms, tolerance in durations)]


def described(ms: float, tolerance_ms: float | None, period_ms: float) -> str:
    """What a display makes of a duration, in words.

    >>> described(40, 2, 1000 / 60)
    '40 ms is 2 frames = 33.3 ms at 60.00 Hz, 6.7 ms too short (2 ms are allowed)'
    >>> described(150, 5, 1000 / 60)
    '150 ms is 9 frames = 150.0 ms at 60.00 Hz'
    """
    count = Count.of(ms, period_ms)
    plural = "" if count.frames == 1 else "s"
    said = f"{ms:g} ms is {count.frames} frame{plural} = {count.shown_ms:.1f} ms at {1000 / period_ms:.2f} Hz"
    if count.within(tolerance_ms):
        return said
    return f"{said}, {abs(count.off_ms):.1f} ms too {_how(count.off_ms)} ({tolerance_ms:g} ms are allowed)"


def _how(off_ms: float) -> str:
    return "long" if off_ms > 0 else "short"
