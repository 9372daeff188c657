"""Two lists of the same onsets on two clocks: which belong together, and how one clock stands to the other. Pure.

Either list may lack onsets or have others besides, and one clock may be a little faster. A stretch of one list is first
laid on the other where most of it meets something; from there the match grows to both sides, fitted as it goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Times = NDArray[np.float64]

WINDOW = 25  # onsets that are laid on the other list first
NEAR_MS = 50.0  # what belongs together is nearer than this; onsets of trials are much further apart
MAX_DRIFT = 1e-3  # no quartz is that far off
LEAST = 3  # onsets that have to meet
MAX_JITTER_MS = 8.0  # onsets that meet by chance are further from any line
RIVAL = 0.8  # another match with this share of the onsets of the best would be as good
CORE_SD = 3.0  # onsets further off than this do not bend the fit


class Ambiguous(Exception):
    """The onsets are so regular that they match in several ways."""


@dataclass(frozen=True)
class Match:
    """`pairs` of places in both lists, and the line that turns times of the first clock into times of the second."""

    pairs: tuple[tuple[int, int], ...]
    middle_ms: float  # of the first list; there the second clock is `offset_ms` further
    offset_ms: float
    drift: float
    residuals_ms: tuple[float, ...]  # of each pair, the second clock's time less that of the line
    jitter_ms: float  # their SD, without those far off

    def there(self, ms: float) -> float:
        """A time of the first clock on the second."""
        return ms + self.offset_ms + self.drift * (ms - self.middle_ms)


def match(one: Sequence[float], other: Sequence[float]) -> Match | None:
    """How two ascending lists of onsets (ms) match; None where they do not, Ambiguous where they do in several ways."""
    import numpy as np  # noqa: PLC0415  slow to load

    first, second = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    if len(first) < LEAST or len(second) < LEAST:
        return None
    found: list[Match] = []
    start, offsets = _laid(first, second)
    for offset in offsets:
        grown = _grown(first, second, start, offset)
        if grown is None or grown.jitter_ms > MAX_JITTER_MS:
            continue
        if all(abs(grown.offset_ms - known.offset_ms) > NEAR_MS for known in found):
            found.append(grown)
    found.sort(key=lambda each: -len(each.pairs))
    if len(found) > 1 and len(found[1].pairs) >= RIVAL * len(found[0].pairs):
        raise Ambiguous
    return found[0] if found else None


def _laid(first: "Times", second: "Times") -> tuple[int, list[float]]:
    """The stretch of the first list that meets most, and the offsets at which at least half of it meets something."""
    import numpy as np  # noqa: PLC0415

    best: tuple[int, int, list[float]] = (0, 0, [])
    length = min(WINDOW, len(first))
    for start in range(0, max(1, len(first) - length + 1), max(1, length // 2)):
        window = first[start : start + length]
        gaps = np.sort((second[None, :] - window[:, None]).ravel())
        votes = np.searchsorted(gaps, gaps + NEAR_MS, side="right") - np.arange(len(gaps))
        offsets: list[float] = []
        for place in np.argsort(-votes, kind="stable"):
            if votes[place] < max(LEAST, length / 2) or len(offsets) == 3:
                break
            offset = float(np.median(gaps[place : place + votes[place]]))
            if all(abs(offset - known) > 2 * NEAR_MS for known in offsets):
                offsets.append(offset)
        if offsets and votes.max() > best[0]:
            best = (int(votes.max()), start, offsets)
    return best[1], best[2]


def _grown(first: "Times", second: "Times", start: int, offset: float) -> Match | None:
    """The match that grows from a stretch laid at an offset."""
    low, high = start, min(len(first), start + WINDOW)
    found: Match | None = Match((), float(first[low:high].mean()), offset, 0.0, (), 0.0)
    while found is not None:
        found = _fitted(first, second, low, high, found)
        if (low, high) == (0, len(first)):
            # Once more, for the line is now that of all.
            return found and _fitted(first, second, low, high, found)
        reach = high - low
        low, high = max(0, low - reach), min(len(first), high + reach)
    return None


def _fitted(first: "Times", second: "Times", low: int, high: int, line: Match) -> Match | None:
    """The pairs that a line finds in a stretch, and a new line through most of them."""
    import numpy as np  # noqa: PLC0415

    expected = np.array([line.there(ms) for ms in first[low:high]])
    nearest = np.clip(np.searchsorted(second, expected), 1, len(second) - 1)
    nearest -= (expected - second[nearest - 1]) < (second[nearest] - expected)
    distance = np.abs(second[nearest] - expected)
    closest: dict[int, int] = {}
    for place in np.argsort(-distance, kind="stable"):  # the closest of several comes last, and stays
        if distance[place] <= NEAR_MS:
            closest[int(nearest[place])] = low + int(place)
    pairs = sorted((mine, yours) for yours, mine in closest.items())
    if len(pairs) < LEAST:
        return None
    here, there = first[[mine for mine, _ in pairs]], second[[yours for _, yours in pairs]]
    middle = float(here.mean())
    keep = np.ones(len(pairs), dtype=bool)
    offset, drift = line.there(middle) - middle, line.drift
    for _ in range(4):
        offset, drift = _line(here[keep] - middle, (there - here)[keep])
        residuals = there - here - offset - drift * (here - middle)
        spread = 1.4826 * float(np.median(np.abs(residuals - np.median(residuals))))
        keep = np.abs(residuals - np.median(residuals)) <= max(CORE_SD * spread, 0.5)
    jitter = float(residuals[keep].std(ddof=1)) if keep.sum() > 2 else 0.0
    return Match(tuple(pairs), middle, offset, drift, tuple(map(float, residuals)), jitter)


def _line(at: "Times", ahead: "Times") -> tuple[float, float]:
    """Offset at 0 and drift, by least squares; no drift where it would be more than any clock has."""
    import numpy as np  # noqa: PLC0415

    centre = at.mean()
    spread = float(((at - centre) ** 2).sum())
    drift = float(((at - centre) * (ahead - ahead.mean())).sum()) / spread if spread else 0.0
    if abs(drift) > MAX_DRIFT:
        return float(np.median(ahead)), 0.0
    return float(ahead.mean() - drift * centre), drift
