"""Charts of numbers as SVG, to stand in a page whose style has the colours: `--accent`, `--bad`, `--line` and so on.

Pure functions of numbers to text. Each chart says in words what it shows, for those who do not see it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from askew_experiments.amounts import Share

WIDE, HIGH = 360, 190
LEFT, RIGHT, TOP, BOTTOM = 40, 10, 22, 34
BARS = 90  # at most, so that each can be seen
FLOOR = 0.6  # where bars begin on a logarithmic scale, so that one of a kind has a height


@dataclass(frozen=True)
class Scale:
    """From values to places on the page."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a value; outside the scale, the nearest end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


@dataclass(frozen=True)
class Line:
    """An upright line at a value, with a word on it."""

    at: float
    word: str


def histogram(
    bins: Mapping[float, int],
    width: float,
    *,
    about: str,
    axis: str,
    span: tuple[float, float] | None = None,
    lines: Sequence[Line] = (),
    band: tuple[float, float] | None = None,
    logarithmic: bool = False,
) -> str:
    """How many values lie in each bin. What lies outside the band is drawn as bad; `span` is what is shown at least."""
    low, high = _span(bins, width, span)
    factor = max(1, ceil((high - low) / width / BARS))
    merged = _merged(bins, width, factor)
    most = max(merged.values(), default=1)
    x = Scale(low, high, LEFT, WIDE - RIGHT)
    y = (
        Scale(log10(FLOOR), log10(most * 1.5), HIGH - BOTTOM, TOP)
        if logarithmic
        else Scale(0, most * 1.08, HIGH - BOTTOM, TOP)
    )
    places = {lower: y(log10(count) if logarithmic else count) for lower, count in merged.items()}
    step = width * factor
    good = [lower for lower in places if band is None or band[0] <= lower + width / 2 <= band[1]]
    bad = [lower for lower in places if lower not in {*good}]
    return framed(
        about,
        [
            *_shade(band, x),
            *_level_lines(most, y, logarithmic),
            *_bars({lower: places[lower] for lower in good}, step, x, "bar"),
            *_bars({lower: places[lower] for lower in bad}, step, x, "bar off"),
            *_uprights(lines, x),
            *_axis(x, axis),
        ],
    )


def framed(about: str, parts: Iterable[str], wide: int = WIDE, high: int = HIGH, kind: str = "chart") -> str:
    """The parts of a chart, put together."""
    body = "".join(parts)
    return f'<svg class="{kind}" viewBox="0 0 {wide} {high}" role="img" aria-label="{escape(about)}">{body}</svg>'


def share_bar(share: Share, about: str, mark: float | None = None) -> str:
    """A share as a dot on a line from 0 to 1 with its interval, and a mark where chance is."""
    if share.share is None or share.low is None or share.high is None:
        return ""
    x = Scale(0, 1, 3, 117)
    chance = "" if mark is None else f'<path class="mark" d="M{x(mark)} 1v14"/>'
    return (
        f'<svg class="share" viewBox="0 0 120 16" role="img" aria-label="{escape(about)}">'
        f'<path class="rule" d="M3 8H117"/>{chance}<path class="interval" d="M{x(share.low)} 8H{x(share.high)}"/>'
        f'<circle class="dot" cx="{x(share.share)}" cy="8" r="4"/></svg>'
    )


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers within a range, at most so many.

    >>> ticks(0, 47)
    [0, 10, 20, 30, 40]
    >>> ticks(0.2, 0.9, most=4)
    [0.2, 0.4, 0.6, 0.8]
    """
    rough = (high - low) / most
    unit = 10.0 ** floor(log10(rough))
    step = next(unit * times for times in (1, 2, 5, 10) if unit * times >= rough)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [_tidy(place * step) for place in range(first, last + 1)]


def _span(bins: Mapping[float, int], width: float, least: tuple[float, float] | None) -> tuple[float, float]:
    ends = [*bins, *(lower + width for lower in bins), *(least or ())]
    return (min(ends), max(ends)) if ends else (0.0, 1.0)


def _merged(bins: Mapping[float, int], width: float, factor: int) -> Counter[float]:
    found: Counter[float] = Counter()
    for lower, count in bins.items():
        found[round(floor(lower / width / factor + 1e-9) * factor * width, 6)] += count
    return found


def _bars(tops: Mapping[float, float], step: float, x: Scale, name: str) -> Iterator[str]:
    """All bars of one kind, as one path."""
    base = HIGH - BOTTOM
    drawn = []
    for lower, top in tops.items():
        left, right = x(lower), x(lower + step)
        wide = max(right - left - 0.5, 1.6)
        drawn.append(f"M{left:g} {base}V{min(top, base - 1.5):g}h{wide:.1f}V{base}z")
    if drawn:
        yield f'<path class="{name}" d="{"".join(drawn)}"/>'


def _shade(band: tuple[float, float] | None, x: Scale) -> Iterator[str]:
    if band is not None:
        left, right = x(band[0]), x(band[1])
        yield f'<path class="band" d="M{left:g} {TOP}H{right:g}V{HIGH - BOTTOM}H{left:g}z"/>'


def _level_lines(most: float, y: Scale, logarithmic: bool) -> Iterator[str]:
    levels: list[float] = [10**power for power in range(ceil(log10(most * 1.5)))] if logarithmic else ticks(0, most, 5)
    for level in levels:
        if level != int(level):
            continue  # there are no half trials
        at = y(log10(level) if logarithmic else level)
        yield f'<path class="rule" d="M{LEFT} {at:g}H{WIDE - RIGHT}"/>'
        yield f'<text class="tick" x="{LEFT - 6}" y="{at + 3.5:g}" text-anchor="end">{_short(int(level))}</text>'


def _uprights(lines: Sequence[Line], x: Scale) -> Iterator[str]:
    for line in lines:
        if x.low <= line.at <= x.high:
            at = x(line.at)
            centre = min(max(at, LEFT + 3 * len(line.word)), WIDE - RIGHT - 3 * len(line.word))
            yield f'<path class="upright" d="M{at:g} {TOP}V{HIGH - BOTTOM}"/>'
            yield f'<text class="word" x="{centre:g}" y="{TOP - 6}" text-anchor="middle">{escape(line.word)}</text>'


def _axis(x: Scale, axis: str) -> Iterator[str]:
    base = HIGH - BOTTOM
    yield f'<path class="base" d="M{LEFT} {base}H{WIDE - RIGHT}"/>'
    for tick in ticks(x.low, x.high):
        yield f'<text class="tick" x="{x(tick):g}" y="{base + 14}" text-anchor="middle">{tick:,g}</text>'
    yield f'<text class="axis" x="{WIDE - RIGHT}" y="{HIGH - 5}" text-anchor="end">{escape(axis)}</text>'


def _short(count: int) -> str:
    """A count on an axis.

    >>> _short(1000), _short(50_000), _short(2_000_000)
    ('1,000', '50k', '2M')
    """
    if count < 10_000:
        return f"{count:,}"
    return f"{count / 1000:g}k" if count < 1_000_000 else f"{count / 1_000_000:g}M"


def _tidy(value: float) -> float:
    return int(value) if value == int(value) else round(value, 9)
