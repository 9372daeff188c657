"""What a trial came to: the answer, its time, the exposure that was achieved, and whether each can be trusted. Pure."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from askew_experiments.loop import Trace
from askew_experiments.plan import PlannedTrial
from askew_experiments.protocol_tables import Response
from askew_experiments.screen import Press
from askew_experiments.steps import BLANK, Step

LATE = 1.5  # a flip this many periods after the one before came late


def facts(
    trial: PlannedTrial, steps: Sequence[Step], trace: Trace, response: Response, *, period: float, key_clock: str
) -> dict[str, Any]:
    """The facts of a finished trial, as the journal has them."""
    outcome, verdict = _verdict(trace, response)
    answered = outcome == "answered" and trace.answer is not None
    key = trace.answer.key if trace.answer else trace.misclick.key if trace.misclick else None
    pressed = trace.answer or trace.misclick
    achieved = achieved_ms(steps, trace)
    return {
        "stimulus": trial.stimulus,
        "outcome": outcome,
        "verdict": verdict,
        "choice": trial.offered[response.keys.index(key)] if answered and key else None,
        "key": key,
        "rt_ms": _since_zero(pressed, trace),
        "rt_uncertainty_ms": None if pressed is None else round(pressed.uncertainty_s * 1000, 3),
        "rt_source": f"{zero_name(steps)}; {key_clock}",
        "requested_ms": trial.ms,
        "achieved_ms": achieved,
        "frames_planned": {step.name: step.frames for step in steps if step.frames is not None},
        "frames_flipped": frames_shown(steps, trace, period),
        "late": late(trace, period),
        "timing_valid": timing_valid(steps, achieved, period),
        "began_s": round(trace.began, 6),
        "anticipations": [_noted(press, trace) for press in trace.anticipations],
        "other_keys": [_noted(press, trace) for press in trace.others],
        "flips": {name: [_ms(time - trace.began) for time in times] for name, times in trace.flips.items()},
    }


def zero_name(steps: Sequence[Step]) -> str:
    """From when response times count: the onset of the first phase in which answers do."""
    return f"onset of {next(step.name for step in steps if step.answers)}"


def achieved_ms(steps: Sequence[Step], trace: Trace) -> float | None:
    """From the flip that showed the picture to the flip that took it away; None where that was not seen."""
    shown = [step.name for step in steps if step.image]
    onset = trace.flips.get(shown[0], [])
    offset = _next_onset(shown[-1], steps, trace)
    return _ms(offset - onset[0]) if onset and offset is not None else None


def frames_shown(steps: Sequence[Step], trace: Trace, period: float) -> dict[str, int]:
    """How many frames of the display each timed phase was on, from its onset to that of the next."""
    found = {}
    for step in steps:
        offset = _next_onset(step.name, steps, trace)
        flips = trace.flips.get(step.name)
        if step.frames is not None and flips and offset is not None:
            found[step.name] = round((offset - flips[0]) / period)
    return found


def late(trace: Trace, period: float) -> int:
    """How many flips came late, over the whole trial."""
    times = [time for each in trace.flips.values() for time in each]
    return sum(later - earlier > LATE * period for earlier, later in pairwise(times))


def timing_valid(steps: Sequence[Step], achieved: float | None, period: float) -> bool | None:
    """Whether the exposure is within half a frame of what was planned; None where it was until a key."""
    shown = [step for step in steps if step.image]
    if achieved is None or any(step.frames is None for step in shown):
        return None
    planned = sum(step.frames or 0 for step in shown) * period
    return abs(achieved / 1000 - planned) < period / 2


def _verdict(trace: Trace, response: Response) -> tuple[str, str]:
    if trace.misclick:
        return "misclick", "misclick"
    if trace.answer is None:
        return "timeout", "timeout"
    if response.window_ms and trace.signal is not None:
        after = (trace.answer.time - trace.signal) * 1000
        if after < response.window_ms[0]:
            return "timeout", "early"
        if after > response.window_ms[1]:
            return "timeout", "late"
    return "answered", "ok"


def _next_onset(name: str, steps: Sequence[Step], trace: Trace) -> float | None:
    names = [*(step.name for step in steps), BLANK]
    for later in names[names.index(name) + 1 :]:
        if trace.flips.get(later):
            return trace.flips[later][0]
    return None


def _since_zero(press: Press | None, trace: Trace) -> float | None:
    return None if press is None or trace.zero is None else _ms(press.time - trace.zero)


def _noted(press: Press, trace: Trace) -> dict[str, Any]:
    zero = trace.began if trace.zero is None else trace.zero
    return {"key": press.key, "ms": _ms(press.time - zero)}


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
