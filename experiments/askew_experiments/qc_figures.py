"""The numbers of a session, or of several, as tables and charts of the page. Pure."""

from askew_experiments.amounts import Share
from askew_experiments.charts import Line, histogram, share_bar
from askew_experiments.methods import frames_words
from askew_experiments.qc_answers import BIN_MS as RT_BIN_MS
from askew_experiments.qc_answers import FAST_MS, Answers
from askew_experiments.qc_html import NONE, Cell, figure, table
from askew_experiments.qc_timing import BIN_MS, Exposure, Flips, Timing


def exposure_table(timing: Timing, most: int | None = None) -> str:
    """The exposures that were achieved; without conditions where there would be more than `most` rows."""
    short = most is not None and len(timing.exposures) > most
    return table(
        "Exposure achieved, by flips (ms)",
        ["Asked for", "Condition", "Planned", "Trials", "Mean", "SD", "Least", "Most", "Off"],
        [_exposure_row(one) for one in timing.exposures if one.condition is None or not short],
        words=[1, 2],
    )


def charts(timing: Timing, answers: Answers, period_ms: float | None, whose: str) -> str:
    """The histograms: of each exposure that was asked for, of intervals between flips, of response times."""
    asked = [exposure for exposure in timing.exposures if exposure.condition is None and exposure.bins]
    drawn = [_exposure_chart(exposure, whose) for exposure in asked]
    drawn += [_flips_chart(timing.flips, period_ms, whose), _rt_chart(answers, whose)]
    return f'<div class="charts">\n{"".join(drawn)}</div>\n' if any(drawn) else ""


def _flips_chart(flips: Flips, period_ms: float | None, whose: str) -> str:
    """The histogram of intervals between flips."""
    if not flips.n:
        return ""
    shown = {lower: count for lower, count in flips.bins.items() if period_ms is None or lower < 6 * period_ms}
    cut = flips.n - sum(shown.values())
    lines = [Line(period_ms * n, "1 frame" if n == 1 else f"{n}") for n in (1, 2, 3)] if period_ms else []
    span = (0.0, 3.5 * period_ms) if period_ms else None
    band = (0.0, 1.5 * period_ms) if period_ms else None
    counts = ", ".join(f"{count:,} of {took} frames" for took, count in flips.frames.items() if count)
    chart = histogram(
        shown, BIN_MS, about=f"intervals between flips of {whose}: {counts}", axis="ms, counts logarithmic", span=span,
        lines=lines, band=band, logarithmic=True,
    )  # fmt: skip
    longer = f"; {cut:,} longer ones are not drawn" if cut else ""
    late = late_words(flips)
    said = f"{flips.n:,} intervals; median {ms(flips.median_ms, 2)}, longest {ms(flips.most_ms)}{longer}. {late}"
    return figure("Intervals between flips", chart, said)


def late_words(flips: Flips) -> str:
    """How many frames were followed late, and what was on the screen meanwhile."""
    total = sum(flips.late.values())
    by_phase = ", ".join(f"{count:,} in {phase}" for phase, count in flips.late.items() if count)
    return f"{total:,} followed late ({by_phase})." if total else "None was late."


def _rt_chart(answers: Answers, whose: str) -> str:
    """The histogram of response times."""
    if answers.rt is None:
        return ""
    rt = answers.rt
    about = f"response times of {whose}: median {rt.median:,.0f} ms, quartiles {rt.q1:,.0f} and {rt.q3:,.0f} ms"
    chart = histogram(
        answers.rt_bins, RT_BIN_MS, about=about, axis="ms", span=(0.0, RT_BIN_MS), lines=[Line(rt.median, "median")]
    )
    said = (
        f"{rt.n:,} answers; median {rt.median:,.0f} ms, quartiles {rt.q1:,.0f} and {rt.q3:,.0f}, from {rt.least:,.0f} "
        f"to {rt.most:,.0f} ms; {answers.fast.hits:,} under {FAST_MS:g} ms."
    )
    return figure("Response times", chart, said)


def accuracy_table(answers: Answers, chance: float) -> str:
    """Right answers by condition, as a control."""
    rows: list[list[str | Cell]] = [
        [one.condition, one.group, *_share(one.right, f"right in {one.condition}", chance)]
        for one in answers.conditions
    ]
    for name, half in zip(("first half", "second half"), answers.halves, strict=True):
        rows.append([name, "", *_share(half, f"right in the {name} of the trials", chance)])
    return table(
        "Right answers, as a control",
        ["Condition", "Group", "Right", "Share", "95 % interval", "mark: chance"],
        rows,
        words=[1],
    )


def sides_table(answers: Answers) -> str:
    """How often each key was right, and pressed."""
    return table(
        "Keys, where answers were given",
        ["Key", "Was right", "Was pressed", "Share", "95 % interval", "mark: was right"],
        [
            [
                place.key,
                f"{place.truth:,}",
                *_share(place.chosen, f"{place.key} chosen", _part(place.truth, place.chosen.n)),
            ]
            for place in answers.places
        ],
    )


def ms(value: float | None, digits: int = 1) -> str:
    """Milliseconds in words.

    >>> ms(40.02), ms(None)
    ('40.0 ms', '–')
    """
    return NONE if value is None else f"{value:,.{digits}f} ms"


def _exposure_row(exposure: Exposure) -> list[str | Cell]:
    spread = exposure.achieved
    asked = "until a key" if exposure.requested_ms is None else f"{exposure.requested_ms:g} ms"
    planned = frames_words(exposure) or NONE
    numbers = (
        [NONE] * 4
        if spread is None
        else [_decimals(spread.mean), _decimals(spread.sd), _decimals(spread.least), _decimals(spread.most)]
    )
    trials = (spread.n if spread else 0) + exposure.unknown
    off = Cell(f"{exposure.off:,}" if exposure.frames else NONE, alarm=exposure.off > 0)
    condition = "all" if exposure.condition is None else exposure.condition
    return [asked, condition, planned, f"{trials:,}", *numbers, off]


def _exposure_chart(exposure: Exposure, whose: str) -> str:
    lines = [Line(each.ms, f"planned, {each.ms:.1f} ms") for each in exposure.frames]
    band = span = None
    if len(exposure.frames) == 1:
        planned, half = exposure.frames[0].ms, 500 / exposure.frames[0].hz
        band, span = (planned - half, planned + half), (planned - 4 * half, planned + 4 * half)
    spread = exposure.achieved
    said = "" if spread is None else f"mean {ms(spread.mean, 2)}, from {ms(spread.least, 2)} to {ms(spread.most, 2)}"
    chart = histogram(
        exposure.bins, BIN_MS, about=f"exposures of {exposure.requested_ms:g} ms achieved in {whose}: {said}",
        axis="ms, counts logarithmic", span=span, lines=lines, band=band, logarithmic=True,
    )  # fmt: skip
    limits = " Shaded: less than half a frame off." if band else ""
    return figure(f"Exposure achieved, {exposure.requested_ms:g} ms asked for", chart, f"{said}.{limits}")


def _share(share: Share, about: str, mark: float | None) -> list[str | Cell]:
    if share.share is None or share.low is None or share.high is None:
        return [f"{share.hits:,} of {share.n:,}", NONE, NONE, ""]
    said = f"{100 * share.share:.0f} %"
    bar = share_bar(share, f"{about}: {said}", mark)
    interval = f"{100 * share.low:.0f} to {100 * share.high:.0f} %"
    return [f"{share.hits:,} of {share.n:,}", said, interval, Cell(bar, html=True)]


def _decimals(value: float | None) -> str:
    return NONE if value is None else f"{value:,.2f}"


def _part(part: int, whole: int) -> float | None:
    return part / whole if whole else None
