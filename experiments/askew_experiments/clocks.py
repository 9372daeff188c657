"""The clock of a device on that of the screen: where it stands, how it drifts, and how well either is known. Pure.

Two clocks begin at different times and one goes a little faster. A device's clock is read between two readings of the
screen's, again and again; what that leaves open is given with every time that is converted.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

STRAY_S = 0.05  # a reading this far from the others is none: something else came between
WORST_DRIFT = 1e-4  # how far off a quartz may be, where it was not measured yet
ANEW_DRIFT = 1e-3  # no quartz is this far off: the clock was set anew

Reading = tuple[float, float, float]  # screen before, device, screen after


@dataclass(frozen=True)
class Comparison:
    """When the device's clock showed `device`, the screen's was `ahead` seconds further, give or take `unsure`."""

    device: float
    ahead: float
    unsure: float


def compared(readings: Sequence[Reading], resolution: float) -> Comparison:
    """What readings of a device say together, which cuts its time to its resolution.

    Each bounds the difference of the clocks, so all of them together bound it better than the best of them.

    >>> compared([(10.0, 3.0, 10.004), (11.002, 4.0, 11.006)], resolution=0.001)
    Comparison(device=4.0, ahead=7.0025, unsure=0.0015)
    """
    usual = statistics.median((early + late) / 2 - device for early, device, late in readings)
    sound = [each for each in readings if abs((each[0] + each[2]) / 2 - each[1] - usual) < STRAY_S] or [*readings]
    low = max(early - device - resolution for early, device, _ in sound)
    high = min(late - device for _, device, late in sound)
    if low > high:  # a clock was set meanwhile; the shortest reading is the best there is
        early, device, late = min(sound, key=lambda each: each[2] - each[0])
        low, high = early - device - resolution, late - device
    return Comparison(sound[-1][1], round((low + high) / 2, 9), round((high - low) / 2, 9))


class DeviceClock:
    """The clock of a device, from every comparison so far."""

    def __init__(self, resolution: float) -> None:
        self.resolution = resolution
        self.comparisons: list[Comparison] = []

    def add(self, comparison: Comparison) -> None:
        """Take in a comparison. One that no drift explains begins anew."""
        self.comparisons.append(comparison)
        drift, unsure = self._measured()
        if abs(drift) - unsure > ANEW_DRIFT:
            self.restart(comparison)

    def restart(self, comparison: Comparison) -> None:
        """Take in the first comparison since the clock was set anew."""
        self.comparisons = [comparison]

    @property
    def drift(self) -> tuple[float, float]:
        """Seconds that the screen's clock gains in each of the device's, and how far off that may be."""
        drift, unsure = self._measured()
        return (drift, unsure) if unsure < WORST_DRIFT else (0.0, WORST_DRIFT)

    def on_screen(self, device: float) -> tuple[float, float]:
        """A time of the device on the screen's clock, and how far off it may be either way."""
        last = self.comparisons[-1]
        drift, unsure = self.drift
        since = device - last.device
        half = self.resolution / 2
        return device + half + last.ahead + drift * since, half + last.unsure + unsure * abs(since)

    def _measured(self) -> tuple[float, float]:
        first, last = self.comparisons[0], self.comparisons[-1]
        span = last.device - first.device
        if span <= 0:
            return 0.0, WORST_DRIFT
        return (last.ahead - first.ahead) / span, (last.unsure + first.unsure) / span
