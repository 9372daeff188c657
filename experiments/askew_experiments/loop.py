"""One trial, frame by frame, on whatever screen: draws, flips, listens. Decides nothing about what it means.

Nothing is loaded, written or allocated in bulk here: it runs between two frames of a display.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from askew_experiments.protocol_tables import Response
from askew_experiments.screen import Press, Screen
from askew_experiments.steps import BLANK, Names, Step

OnPhase = Callable[[Step], None]


@dataclass
class Trace:
    """What happened in one trial, in the screen's own seconds; `flips` by phase, the blank after the last included."""

    flips: dict[str, list[float]] = field(default_factory=dict)
    zero: float | None = None  # when answers began to count
    signal: float | None = None  # when the go signal was given
    answer: Press | None = None
    misclick: Press | None = None  # a key that means nothing and ended the trial
    anticipations: list[Press] = field(default_factory=list)
    others: list[Press] = field(default_factory=list)
    quit: Press | None = None

    @property
    def began(self) -> float:
        """The first flip."""
        return next(iter(self.flips.values()))[0]


def run(screen: Screen, steps: Sequence[Step], response: Response, blank: Names, on_phase: OnPhase) -> Trace:
    """Show the steps of a trial and then the blank; a press of the key that quits ends it at once."""
    trace = Trace()
    screen.forget()
    for step in steps:
        if not _show(screen, step, trace, response, on_phase):
            break
    screen.draw(blank)
    trace.flips[BLANK] = [screen.flip()]
    return trace


def _show(screen: Screen, step: Step, trace: Trace, response: Response, on_phase: OnPhase) -> bool:
    """Show one step; False where the trial ends here."""
    flips = trace.flips[step.name] = []
    if step.tone:
        screen.tone()
    frame = 0
    while True:
        screen.draw(step.names(frame))
        onset = screen.flip((lambda: on_phase(step)) if frame == 0 else None)
        flips.append(onset)
        if frame == 0:
            if step.signal:
                trace.signal = onset
            if step.answers and trace.zero is None:
                trace.zero = onset
        frame += 1
        went_on = False
        for press in screen.presses():
            went_on |= _hear(press, step, trace, response)
        if trace.quit or trace.misclick:
            return False
        if _over(
            step,
            frame,
            onset - flips[0] + screen.period,
            went_on or (step.until == "answer" and trace.answer is not None),
        ):
            return True


def _over(step: Step, frames: int, seconds: float, heard: bool) -> bool:
    """Whether a step has been on for as long as it should."""
    if step.frames is not None:
        return frames >= step.frames
    return heard or (step.limit is not None and seconds >= step.limit)


def _hear(press: Press, step: Step, trace: Trace, response: Response) -> bool:
    """Note a key; True where it is the one that goes on and the step waits for it."""
    if press.key == response.quit:
        trace.quit = trace.quit or press
    elif press.key in response.keys:
        opened = trace.zero is not None and press.time >= trace.zero + response.anticipation_ms / 1000
        if not opened:
            trace.anticipations.append(press)
        elif trace.answer is None:
            trace.answer = press
        else:
            trace.others.append(press)
    elif press.key == response.go_on and step.until == "go-on":
        return press.time >= trace.flips[step.name][0]
    else:
        trace.others.append(press)
        if response.other_keys == "end" and step.until == "answer" and trace.answer is None:
            trace.misclick = press
    return False
