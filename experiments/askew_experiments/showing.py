"""What somebody before a screen has seen of a trial: which phase it is, what was shown when.

All of it comes from the names of what was drawn and from the instructions, which are the protocol's phases.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from askew_experiments.accumulation import processed_s
from askew_experiments.plan import PlannedTrial
from askew_experiments.steps import Step

MS = 0.001  # a course in frames of this length has durations in milliseconds
EARLY_S = 0.004  # a phase that looks like the one before it may begin this much before its time


@dataclass(frozen=True)
class Shown:
    """What a frame shows, from the names of what was drawn on it."""

    text: str | None
    image: str | None
    labels: tuple[str, ...]
    kinds: frozenset[str]
    flash: bool

    @classmethod
    def of(cls, names: Sequence[str]) -> "Shown":
        """Take the names apart.

        >>> Shown.of(["mask:mug_1#2", "label:0:mug", "label:1:hammer", "patch:off"]).labels
        ('mug', 'hammer')
        """
        parts = [name.partition(":") for name in names]
        found = {kind: value for kind, _, value in parts}
        labels = [value.partition(":") for kind, _, value in parts if kind == "label"]
        return cls(
            text=found.get("text"),
            image=found.get("image"),
            labels=tuple(label for place, _, label in sorted(labels, key=lambda each: int(each[0]))),
            kinds=frozenset({*found} & {"fixation", "image", "mask", "label"}),
            flash="flash" in found,
        )


@dataclass
class Showing:
    """One showing of a trial, as far as it was seen; times are in seconds on the screen's clock, inf for not yet."""

    course: tuple[Step, ...]  # in frames of a millisecond
    at: int  # the place in it
    since: float = inf
    trial: PlannedTrial | None = None  # None until the picture is seen
    turn: int = 0  # how often the picture was answered before
    image_on: float = inf
    image_off: float = inf
    mask_on: float = inf
    labels: tuple[str, ...] = ()
    labels_on: float = inf
    opened: float = inf  # from when answers count
    signal: float = inf
    answered: bool = False

    @property
    def step(self) -> Step:
        """The phase at hand."""
        return self.course[self.at]

    @property
    def visible(self) -> bool:
        """Whether the picture is still there."""
        return self.image_off == inf

    @property
    def begun(self) -> float:
        """Since when there has been something to decide."""
        return max(self.image_on, self.labels_on)

    @property
    def due(self) -> float:
        """When the next phase begins, where it looks the same, so that only the clock can tell."""
        following = self.course[self.at + 1 : self.at + 2]
        if not following or self.step.frames is None or _kinds(following[0]) != _kinds(self.step):
            return inf
        return self.since + self.step.frames * MS - EARLY_S

    def goes_to(self, shown: Shown, time: float) -> int | None:
        """The place in the trial that a frame belongs to; None where it shows that the trial is over."""
        first = self.at + (time >= self.due)
        if shown.flash:
            first = max(first, next((at for at, step in enumerate(self.course) if step.signal), first))
        return _like(self.course, shown, first)

    def note(self, at: int, shown: Shown, time: float) -> None:
        """Keep what a frame adds. The picture's trial is for whoever knows the pictures to fill in."""
        if at != self.at or self.since == inf:
            self.at, self.since = at, time
        if shown.image:
            self.image_on = min(self.image_on, time)
        elif self.image_on < inf:
            self.image_off = min(self.image_off, time)
        if "mask" in shown.kinds and self.image_on < inf:
            self.mask_on = min(self.mask_on, time)
        if shown.labels:
            self.labels, self.labels_on = shown.labels, min(self.labels_on, time)
        if self.step.answers:
            self.opened = min(self.opened, time)
        if self.step.signal:
            self.signal = min(self.signal, time)

    def opens_after(self) -> float | None:
        """How long after the picture answers count, by the instructions; None where a key decides that."""
        return self._after(next(at for at, step in enumerate(self.course) if step.answers))

    def signalled(self) -> float | None:
        """When the go signal comes, by what was seen or else by the instructions; None where nobody can know."""
        if self.signal < inf:
            return self.signal
        after = self._after(next(at for at, step in enumerate(self.course) if step.signal))
        return None if after is None else self.image_on + after

    def processed(self, time: float) -> float:
        """For how long the picture has been processed by then."""
        if self.visible:
            return max(time - self.image_on, 0.0)
        return processed_s(self.image_off - self.image_on, self.mask_on - self.image_on)

    def _after(self, place: int) -> float | None:
        first = next(at for at, step in enumerate(self.course) if step.image)
        frames = [step.frames for step in self.course[first:place]]
        return None if None in frames else sum(filter(None, frames)) * MS


def first_seen(course: tuple[Step, ...], shown: Shown) -> Showing | None:
    """The trial that a frame begins; None where it shows nothing of one."""
    picture = next((at for at, step in enumerate(course) if step.image), -1)
    at = _like(course[: picture + 1], shown, 0) if shown.kinds else None
    return None if at is None else Showing(course, at)


def _like(course: Sequence[Step], shown: Shown, first: int) -> int | None:
    return next((at for at in range(first, len(course)) if _kinds(course[at]) == shown.kinds), None)


def _kinds(step: Step) -> frozenset[str]:
    return Shown.of(step.cycle[0]).kinds
