"""The phases of one trial made ready for one display: what is drawn on each frame, and for how many frames.

Everything is decided here, before the trial begins, so that nothing is left to be worked out between two frames.
"""

from dataclasses import dataclass
from typing import Literal

from askew_experiments.frames import Count
from askew_experiments.plan import PlannedTrial
from askew_experiments.protocol import Protocol
from askew_experiments.protocol_tables import Phase

FLASH_MS = 100.0  # how long a flash stays
Names = tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One phase of one trial. It lasts `frames`, or until a key and at most `limit` seconds."""

    name: str
    cycle: tuple[Names, ...]  # what is drawn on its frames, over and over
    lead: tuple[Names, ...] = ()  # what is drawn on its first frames instead
    frames: int | None = None
    limit: float | None = None
    until: Literal["answer", "go-on"] | None = None
    answers: bool = False
    tone: bool = False
    signal: bool = False
    trigger: int | None = None
    image: bool = False

    def names(self, frame: int) -> Names:
        """What is drawn on one of its frames."""
        return self.lead[frame] if frame < len(self.lead) else self.cycle[frame % len(self.cycle)]


BLANK = "interval"  # the phase between trials


def steps(trial: PlannedTrial, protocol: Protocol, period: float) -> tuple[Step, ...]:
    """The steps of a trial on a display whose frames last `period` seconds."""
    return tuple(_step(phase, trial, protocol, period) for phase in protocol.phases)


def blank(protocol: Protocol) -> Names:
    """What is drawn between trials."""
    return ("patch:off",) if protocol.display.patch else ()


def label_name(place: int, label: str) -> str:
    """The name of a label at its place among the offered."""
    return f"label:{place}:{label}"


def mask_name(trial: PlannedTrial, frame: int) -> str:
    """The name of one frame of a trial's mask."""
    return f"mask:{trial.stimulus}#{frame}"


def image_name(trial: PlannedTrial) -> str:
    """The name of a trial's picture."""
    return f"image:{trial.stimulus}"


def frames_of(ms: float, period: float) -> int:
    """The nearest number of frames."""
    return Count.of(ms, period * 1000).frames


def _step(phase: Phase, trial: PlannedTrial, protocol: Protocol, period: float) -> Step:
    cycle = _cycle(phase, trial, protocol, period)
    flash = frames_of(FLASH_MS, period) if phase.signal == "flash" else 0
    ms = _ms(phase, trial, protocol)
    return Step(
        name=phase.name,
        cycle=cycle,
        lead=tuple((*cycle[frame % len(cycle)], "flash") for frame in range(flash)),
        frames=None if ms is None else frames_of(ms, period),
        limit=None if phase.limit_ms is None else phase.limit_ms / 1000,
        until=phase.until,
        answers=phase.answers,
        tone=phase.signal == "tone",
        signal=phase.signal is not None,
        trigger=phase.trigger,
        image="image" in phase.elements,
    )


def _ms(phase: Phase, trial: PlannedTrial, protocol: Protocol) -> float | None:
    """How long the phase lasts in this trial, whose exposure may differ from the protocol's, as in the practice."""
    if phase.ms is None:
        return None
    if phase is not protocol.exposing or trial.ms is None:
        return phase.ms[0]
    return trial.ms - protocol.besides_ms


def _cycle(phase: Phase, trial: PlannedTrial, protocol: Protocol, period: float) -> tuple[Names, ...]:
    always: list[str] = []
    for element in phase.elements:
        if element == "fixation":
            always.append("fixation")
        elif element == "image":
            always.append(image_name(trial))
        elif element == "labels":
            always += [label_name(place, label) for place, label in enumerate(trial.offered)]
    if protocol.display.patch:
        always.append("patch:on" if "image" in phase.elements else "patch:off")
    if "mask" not in phase.elements or not trial.masked or trial.mask_file is None:
        return (tuple(always),)
    each = frames_of(protocol.mask.frame_ms, period)
    return tuple((mask_name(trial, frame), *always) for frame in range(trial.mask_frames or 1) for _ in range(each))
