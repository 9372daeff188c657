"""The chart of a session's course: each trial at its time and with its response time, breaks, pauses, returns. Pure."""

from collections.abc import Iterator, Sequence
from html import escape
from math import log10

from askew_experiments.charts import Scale, framed, ticks
from askew_experiments.qc_course import Event, Mark

WIDE, HIGH = 760, 210
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 22, 34
LONGEST_AWAY_S = 60.0  # longer absences are drawn as long as this, or there would be nothing else to see
ENDS_MS = (200.0, 5000.0)  # what is shown of response times at least
KINDS = {
    "right": "right answer",
    "wrong": "wrong answer",
    "none": "no answer",
    "off": "exposure off, or shown again",
}
LETTERS = {"practice": "P", "pause": "II", "repair": "R", "note": "N", "override": "N", "abort": "A", "end": "E"}


def timeline(marks: Sequence[Mark], events: Sequence[Event], about: str) -> str:
    """The course of a session; nothing where it has no trials."""
    if not marks:
        return ""
    end = max([mark.at_s for mark in marks] + [event.at_s for event in events])
    x = Scale(0, max(_pressed(end, events), 1.0) / 60, LEFT, WIDE - RIGHT)
    times = [mark.done.record["rt_ms"] for mark in marks if mark.done.record["rt_ms"]]
    low, high = min([*times, ENDS_MS[0]]), max([*times, ENDS_MS[1]])
    y = Scale(log10(low), log10(high), HIGH - BOTTOM, TOP)
    parts = [
        *_rests(events, x),
        *_levels(low, high, y),
        *_trials(marks, events, x, y),
        *_words(events, x),
        *_axis(x),
    ]
    return framed(about, parts, WIDE, HIGH, "chart timeline")


def kind_of(mark: Mark) -> str:
    """How a trial is drawn."""
    if mark.done.trial.correct is None:
        return "none"
    return "right" if mark.done.trial.correct else "wrong"


def _pressed(at_s: float, events: Sequence[Event]) -> float:
    """The time on the chart, where long absences are short."""
    saved = sum(
        max(0.0, (event.lasted_s or 0.0) - LONGEST_AWAY_S)
        for event in events
        if event.kind == "resume" and event.at_s <= at_s
    )
    return at_s - saved


def _rests(events: Sequence[Event], x: Scale) -> Iterator[str]:
    for event in events:
        if event.lasted_s is None or event.lasted_s <= 0:
            continue
        at = _pressed(event.at_s, events)
        if event.kind == "resume":
            start, end = at - min(event.lasted_s, LONGEST_AWAY_S), at
        else:
            start, end = at, at + event.lasted_s
        left, right = x(start / 60), x(end / 60)
        name = "away" if event.kind == "resume" else "rest"
        yield (
            f'<path class="{name}" d="M{left:g} {TOP}H{max(right, left + 2):g}V{HIGH - BOTTOM}H{left:g}z">'
            f"<title>{escape(event.said)}</title></path>"
        )


def _levels(low: float, high: float, y: Scale) -> Iterator[str]:
    for ms in (times * 10**power for power in range(1, 6) for times in (1, 2, 5)):
        if low <= ms <= high:
            at = y(log10(ms))
            words = f"{ms} ms" if ms < 1000 else f"{ms // 1000} s"
            yield f'<path class="rule" d="M{LEFT} {at:g}H{WIDE - RIGHT}"/>'
            yield f'<text class="tick" x="{LEFT - 6}" y="{at + 3.5:g}" text-anchor="end">{words}</text>'


def _trials(marks: Sequence[Mark], events: Sequence[Event], x: Scale, y: Scale) -> Iterator[str]:
    """The trials of each kind as one path of dots; those that are off have a ring round them."""
    dots: dict[str, list[str]] = {kind: [] for kind in ("off", "none", "wrong", "right")}
    for mark in marks:
        ms = mark.done.record["rt_ms"]
        left = x(_pressed(mark.at_s, events) / 60)
        top = y(log10(ms)) if ms and ms > 0 else TOP
        dots[kind_of(mark)].append(f"M{left:g} {top:g}h0")
        if mark.done.off or mark.done.trial.timing_valid is False:
            dots["off"].append(f"M{left:g} {top:g}h0")
    for kind, drawn in dots.items():
        if drawn:
            yield f'<path class="dots {kind}" d="{"".join(drawn)}"/>'
            if kind == "wrong":
                yield f'<path class="dots hole" d="{"".join(drawn)}"/>'


def _words(events: Sequence[Event], x: Scale) -> Iterator[str]:
    for event in events:
        if letter := LETTERS.get(event.kind):
            at = x(_pressed(event.at_s, events) / 60)
            yield (
                f'<text class="word" x="{at:g}" y="{TOP - 8}" text-anchor="middle">{letter}'
                f"<title>{escape(event.said)}</title></text>"
            )


def _axis(x: Scale) -> Iterator[str]:
    base = HIGH - BOTTOM
    yield f'<path class="base" d="M{LEFT} {base}H{WIDE - RIGHT}"/>'
    for tick in ticks(x.low, x.high, 8):
        yield f'<text class="tick" x="{x(tick):g}" y="{base + 14}" text-anchor="middle">{tick:g}</text>'
    yield f'<text class="axis" x="{WIDE - RIGHT}" y="{HIGH - 5}" text-anchor="end">minutes</text>'
    yield f'<text class="axis" x="{LEFT}" y="{HIGH - 5}">response time of each trial, logarithmic</text>'
