"""The time between frames: measured from the times of flips, or kept where a display does not wait by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor
from statistics import median
from time import perf_counter, sleep

SPIN_S = 0.001  # the last millisecond is waited for without sleeping, which is not exact
NORMAL = 1.4826  # the SD of a normal distribution over its median absolute deviation


@dataclass(frozen=True)
class Refresh:
    """What the intervals between flips say of a display."""

    period_s: float  # their median
    sd_s: float  # their SD, from the median absolute deviation, so that one late frame does not hide the rest
    worst_s: float  # the longest
    late: int  # how many took more than one and a half periods
    n: int

    @property
    def hz(self) -> float:
        """Frames in a second."""
        return 1 / self.period_s


def refresh_of(flips: Sequence[float]) -> Refresh:
    """The refresh that the times of successive flips show; at least three.

    >>> refresh_of([0.00, 0.01, 0.02, 0.04, 0.05])
    Refresh(period_s=0.01, sd_s=0.0, worst_s=0.02, late=1, n=4)
    """
    intervals = [round(later - earlier, 9) for earlier, later in pairwise(flips)]
    period = median(intervals)
    sd = NORMAL * median([abs(interval - period) for interval in intervals])
    late = sum(interval > 1.5 * period for interval in intervals)
    return Refresh(period, sd, max(intervals), late, len(intervals))


class Grid:
    """Waits for frames as a display would, where none does."""

    def __init__(self, hz: float) -> None:
        self._period = 1 / hz
        self._start = perf_counter()
        self._slot = 0

    def wait(self) -> None:
        """Wait for the first frame that can still be shown."""
        self._slot = next_slot(perf_counter(), self._start, self._period, self._slot)
        due = self._start + self._slot * self._period
        while (left := due - perf_counter()) > 0:
            sleep(left - SPIN_S if left > SPIN_S else 0)


def next_slot(now: float, start: float, period: float, last: int) -> int:
    """The number of the first frame that can still be shown, after `last`: a late one misses a whole frame.

    >>> next_slot(now=10.032, start=10.0, period=0.010, last=2)
    4
    """
    return max(last + 1, floor((now - start) / period) + 1)
