"""The tables of a protocol: what each key means and may hold stands beside it. No expressions, no code."""

import math
from dataclasses import dataclass
from typing import Annotated, Literal

from askew.column import Column
from askew.errors import BadCell, quoted
from askew.settings import check
from askew_experiments.keys import check_key
from askew_experiments.screen import Corner

Element = Literal["fixation", "image", "mask", "labels"]
NAME = r"[a-z][a-z0-9_]*"
NAME_FORM = "a name of small letters, digits and _"
BLANK = "interval"  # the phase between trials


@dataclass(frozen=True, kw_only=True)
class Design:
    """Which pictures a participant gets, and in which order."""

    labels: Annotated[int, Column("labels to choose among: the truth, the alternative, then others of the set", low=2)]
    stream: Annotated[
        str | None,
        Column("protocols that count participants together name the same stream; its own name if left out"),
    ] = None
    sessions: Annotated[
        int, Column("sessions of a participant in this stream; each shows its share of the objects", low=1)
    ] = 1
    conditions: Annotated[tuple[str, ...] | None, Column("conditions of the set that are shown; all if left out")] = (
        None
    )
    balance: Annotated[
        Literal["pictures", "conditions"],
        Column("what is shown equally often: every picture, or every condition (and every picture within it)"),
    ] = "pictures"
    repeat_objects: Annotated[bool, Column("whether somebody may see an object again in another stream")] = False
    max_run: Annotated[
        int, Column("trials in a row that may have the same condition, or the same right key", low=1)
    ] = 4
    blocked: Annotated[bool, Column("whether exposures come in blocks, and not mixed")] = False

    def __post_init__(self) -> None:
        """Refuse values that are not allowed."""
        check(self)


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One thing shown in a trial, for a time or until a key."""

    name: Annotated[str, Column("what the phase is called in the data", pattern=NAME, form=NAME_FORM)]
    show: Annotated[tuple[Element, ...] | None, Column("what is on the screen; nothing if left out")] = None
    ms: Annotated[
        tuple[float, ...] | None,
        Column("how long; several are exposures, one for each trial", "ms", low=1, high=60_000),
    ] = None
    tolerance_ms: Annotated[
        float | None, Column("how far whole frames may be off; any display will do if left out", "ms", low=0)
    ] = None
    until: Annotated[
        Literal["answer", "go-on"] | None, Column("what ends it, where no time does: an answer, or the key to go on")
    ] = None
    limit_ms: Annotated[float | None, Column("how long it lasts at most, until a key or not", "ms", low=100)] = None
    listen: Annotated[bool, Column("whether answers already count while it lasts")] = False
    signal: Annotated[Literal["tone", "flash"] | None, Column("the go signal, given when it begins")] = None
    trigger: Annotated[int | None, Column("code sent to the trigger port when it begins", low=1, high=255)] = None

    def __post_init__(self) -> None:
        """Refuse values that are not allowed, or not together."""
        check(self)
        if self.name == BLANK:
            raise BadCell(
                "name", f"{quoted(BLANK)} is what the data call the blank between trials; choose another name"
            )
        if (self.ms is None) == (self.until is None):
            raise BadCell("ms", f"phase {self.name} needs either ms or until, to say when it ends")
        if self.until is None and self.limit_ms is not None:
            raise BadCell("limit_ms", f"phase {self.name} ends by its ms; a limit is for phases with until")
        if self.ms is None and self.tolerance_ms is not None:
            raise BadCell("tolerance_ms", f"phase {self.name} ends by a key; a tolerance is for phases with ms")
        if self.until is not None and self.listen:
            raise BadCell("listen", f"phase {self.name} waits for a key anyway; listen is for phases with ms")
        for name in ("show", "ms"):
            values = getattr(self, name) or ()
            if len({*values}) < len(values):
                raise BadCell(name, f"{quoted([*values])} of phase {self.name} names one of them twice")

    @property
    def elements(self) -> tuple[Element, ...]:
        """What is on the screen."""
        return self.show or ()

    @property
    def answers(self) -> bool:
        """Whether an answer counts while it lasts."""
        return self.listen or self.until == "answer"


@dataclass(frozen=True, kw_only=True)
class Response:
    """The keys, and what counts as an answer."""

    keys: Annotated[tuple[str, ...], Column("the key of each label, in the order in which labels are shown")]
    go_on: Annotated[str, Column("the key that goes on")] = "space"
    quit: Annotated[str, Column("the key that pauses the session")] = "escape"
    other_keys: Annotated[Literal["ignore", "end"], Column("whether a key that means nothing ends the trial")] = (
        "ignore"
    )
    anticipation_ms: Annotated[
        float, Column("an answer sooner than this after answers open is none, and is waited past", "ms", low=0)
    ] = 100.0
    window_ms: Annotated[
        tuple[float, ...] | None, Column("when answers count, from and to, after the signal", "ms", length=2)
    ] = None

    def __post_init__(self) -> None:
        """Refuse keys that do not exist or mean two things."""
        check(self)
        every = [*self.keys, self.go_on, self.quit]
        for key in self.keys:
            check_key("keys", key)
        check_key("go_on", self.go_on)
        check_key("quit", self.quit)
        if len({*every}) < len(every):
            raise BadCell("keys", f"{quoted(every)}: each label, go_on and quit need a key of their own")
        if len(self.keys) < 2:
            raise BadCell("keys", f"{quoted([*self.keys])}: a choice needs two keys or more")
        if self.window_ms and self.window_ms[0] >= self.window_ms[1]:
            raise BadCell("window_ms", f"{quoted([*self.window_ms])} ends before it begins")


@dataclass(frozen=True, kw_only=True)
class Mask:
    """The masks, which are the set's own (`askew stimuli masks`)."""

    frame_ms: Annotated[
        float, Column("how long each frame of a mask that moves is shown", "ms", low=5, high=60_000)
    ] = 100.0
    unmasked_too: Annotated[bool, Column("whether half of the trials show nothing instead of the mask")] = False

    def __post_init__(self) -> None:
        """Refuse values that are not allowed."""
        check(self)


@dataclass(frozen=True, kw_only=True)
class Practice:
    """Trials that are no data, on objects that the session does not show."""

    trials: Annotated[int, Column("trials in a round", low=1, high=200)]
    criterion: Annotated[float, Column("share of right answers that ends the practice", low=0, high=1)] = 0.0
    rounds: Annotated[int, Column("rounds at most; who misses the criterion by then is told to stop", low=1)] = 3
    feedback: Annotated[bool, Column("whether each answer is said to be right or wrong")] = True
    ms: Annotated[
        tuple[float, ...] | None,
        Column("exposures instead of the session's, from first trial to last", "ms", low=1, high=60_000),
    ] = None
    folder: Annotated[
        str | None, Column("folder of the study with its pictures; those that come with askew if left out")
    ] = None

    def __post_init__(self) -> None:
        """Refuse values that are not allowed."""
        check(self)

    @property
    def needed(self) -> int:
        """Right answers of a round that meet the criterion."""
        return math.ceil(self.criterion * self.trials - 1e-9)


@dataclass(frozen=True, kw_only=True)
class Breaks:
    """Rest between trials."""

    every: Annotated[int, Column("trials between two breaks", low=1)]
    least_s: Annotated[float, Column("how long a break is at least", "s", low=0, high=3600)] = 10.0

    def __post_init__(self) -> None:
        """Refuse values that are not allowed."""
        check(self)


@dataclass(frozen=True, kw_only=True)
class Display:
    """What the display has to do, and how large things are. What the display is stands in the study's lab.toml."""

    hz: Annotated[
        tuple[float, ...] | None,
        Column("rates that will do; any within the tolerances if left out", "Hz", low=20, high=1000),
    ] = None
    background: Annotated[
        tuple[int, ...] | None,
        Column("colour of the screen; the set's background if left out", low=0, high=255, length=3),
    ] = None
    image_deg: Annotated[float, Column("height of the pictures", "deg", low=0.1, high=90)] = 8.0
    fixation_deg: Annotated[float, Column("size of the fixation cross", "deg", low=0.05, high=10)] = 0.5
    font: Annotated[str | None, Column("a font of the computer, for words that Noto Sans cannot write")] = None
    text_deg: Annotated[float, Column("height of the letters", "deg", low=0.1, high=10)] = 0.7
    label_x_deg: Annotated[float, Column("how far labels stand to the sides", "deg", low=0, high=60)] = 5.0
    label_y_deg: Annotated[float, Column("how far above the middle labels stand", "deg", low=-60, high=60)] = 0.0
    patch: Annotated[Corner | None, Column("corner with a square that is white with the picture")] = None
    patch_px: Annotated[int, Column("its side", "px", low=4, high=400)] = 60

    def __post_init__(self) -> None:
        """Refuse values that are not allowed."""
        check(self)


@dataclass(frozen=True, kw_only=True)
class Consent:
    """The consent that a participant gives on the screen before anything else; its text is `consent` in [text]."""

    version: Annotated[str, Column("version of the consent form, which is recorded with the time; no name ever is")]

    def __post_init__(self) -> None:
        """Refuse values that are not allowed."""
        check(self)


@dataclass(frozen=True, kw_only=True)
class Head:
    """The keys of a protocol that stand in no table."""

    name: Annotated[str, Column("name of the protocol, and of its file", pattern=NAME, form=NAME_FORM)]
    title: Annotated[str | None, Column("a title for people")] = None
    group: Annotated[str, Column("the group of its trials in comparisons; {ms} stands for the exposure")]
    presentation: Annotated[str | None, Column("what its trials have in the column presentation")] = None
    language: Annotated[str, Column("language of the texts: one that comes with askew, or a file in protocols/")] = "en"
    interval_ms: Annotated[
        float, Column("blank between trials, in which data are saved", "ms", low=200, high=60_000)
    ] = 800.0
    on_interrupted: Annotated[
        Literal["repeat", "skip"], Column("whether a picture that may have been seen is shown again, marked, or never")
    ] = "repeat"
    resume_within_h: Annotated[float, Column("how old a session may be that is gone on with", "h", low=0)] = 12.0

    def __post_init__(self) -> None:
        """Refuse values that are not allowed."""
        check(self)
        if {"{", "}"} & {*self.group.replace("{ms}", "")}:
            raise BadCell("group", f"{quoted(self.group)} has a brace; the only placeholder is {{ms}}, the exposure")
