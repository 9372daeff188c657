"""What participants did: response times, keys that meant nothing, sides; and how often they were right, as a control.

Accuracy is here to see whether somebody took part as they were asked to. Results are what `askew compare` is for.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from askew.describe import natural
from askew_experiments.amounts import Quartiles, Share, in_bins
from askew_experiments.observed import Done, Observed

FAST_MS = 200.0  # sooner than this, nobody can have recognised a picture
BIN_MS = 50.0


@dataclass(frozen=True, kw_only=True)
class Place:
    """One of the places where labels stand: how often the truth stood there, how often it was chosen."""

    place: int
    key: str
    truth: int  # of the trials that were answered
    chosen: Share


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Right answers in one condition, of all answers in it."""

    group: str
    condition: str
    right: Share


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What participants did, in a session or in several."""

    answered: int
    timeout: int
    misclick: int
    early: int  # before the window that a go signal opens, or after it
    late: int
    rt: Quartiles | None  # ms
    fast: Share  # response times under FAST_MS
    rt_bins: Mapping[float, int]  # ms, in bins of BIN_MS by their lower ends
    anticipations: int  # keys that answer, pressed before answers count
    anticipated: int  # trials with one or more of them
    other_keys: Mapping[str, int]
    conditions: tuple[Condition, ...]
    halves: tuple[Share, Share]  # right answers in the first and the second half of the trials, of all answers
    places: tuple[Place, ...]


def answers_of(done: Sequence[Done], keys: Sequence[str]) -> Answers:
    """What participants did in these trials; `keys` are those of the labels' places."""
    verdicts = Counter(one.record["verdict"] for one in done)
    times = [one.trial.rt_ms for one in done if one.trial.rt_ms is not None]
    return Answers(
        answered=verdicts["ok"],
        timeout=verdicts["timeout"],
        misclick=verdicts["misclick"],
        early=verdicts["early"],
        late=verdicts["late"],
        rt=Quartiles.of(times),
        fast=Share.of(sum(ms < FAST_MS for ms in times), len(times)),
        rt_bins=in_bins(times, BIN_MS),
        anticipations=sum(len(one.record["anticipations"]) for one in done),
        anticipated=sum(bool(one.record["anticipations"]) for one in done),
        other_keys=dict(sorted(Counter(press["key"] for one in done for press in one.record["other_keys"]).items())),
        conditions=_conditions(done),
        halves=_halves(done),
        places=places_of(done, keys),
    )


def places_of(done: Sequence[Done], keys: Sequence[str]) -> tuple[Place, ...]:
    """How often the truth stood at each place, and how often that was chosen, where somebody answered."""
    answered = [one for one in done if one.chosen is not None]
    truths = Counter(one.planned.right for one in answered)
    chosen = Counter(one.chosen for one in answered)
    return tuple(
        Place(place=place, key=key, truth=truths[place], chosen=Share.of(chosen[place], len(answered)))
        for place, key in enumerate(keys)
    )


def clock_of(session: Observed) -> dict[str, object]:
    """By what keys were timed, from which zero, and how late their times may be at most (as each press says)."""
    keyboard = session.last_run.get("keyboard", {})
    late = [one.record["rt_uncertainty_ms"] for one in session.done if one.record["rt_uncertainty_ms"] is not None]
    return {
        "source": keyboard.get("source"),
        "rt_source": sorted({one.record["rt_source"] for one in session.done}),
        "uncertainty_ms": max(late, default=keyboard.get("uncertainty_ms")),
    }


def _conditions(done: Sequence[Done]) -> tuple[Condition, ...]:
    right: dict[tuple[str, str], list[bool]] = {}
    for one in done:
        cell = right.setdefault((one.trial.group, one.trial.condition), [])
        if one.trial.correct is not None:
            cell.append(one.trial.correct)
    return tuple(
        Condition(group=group, condition=condition, right=Share.of(sum(cell), len(cell)))
        for (group, condition), cell in sorted(right.items(), key=lambda item: [*map(natural, item[0])])
    )


def _halves(done: Sequence[Done]) -> tuple[Share, Share]:
    middle = len(done) // 2
    first, second = (
        [one.trial.correct for one in half if one.trial.correct is not None] for half in (done[:middle], done[middle:])
    )
    return Share.of(sum(first), len(first)), Share.of(sum(second), len(second))
