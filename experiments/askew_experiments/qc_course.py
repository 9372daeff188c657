"""How a session went: practice, breaks, pauses and returns, with times; when each trial was done. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal

from askew_experiments.observed import Done, Observed
from askew_experiments.progress import Record
from askew_experiments.virtual import moment

Kind = Literal["start", "resume", "practice", "break", "pause", "repair", "note", "override", "abort", "end"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, so many seconds after the session began.

    `lasted_s` is how long a break or a pause took, and how long nobody was there before a session was gone on with.
    """

    at_s: float
    utc: str
    kind: Kind
    said: str
    lasted_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A trial, when its record was written."""

    at_s: float
    done: Done


@dataclass(frozen=True, kw_only=True)
class Round:
    """One round of practice."""

    round: int
    right: int
    trials: int
    passed: bool


@dataclass(frozen=True, kw_only=True)
class Course:
    """How a session went."""

    began: str | None  # UTC
    ended: str | None
    duration_s: float | None  # from the first start to the last record
    away_s: float  # of it, between two runs of the program
    runs: int
    backwards: int  # how often the computer's clock went back between two records
    practice: tuple[Round, ...]
    events: tuple[Event, ...]


def course_of(session: Observed) -> Course:
    """How a session went; times are None where it never began."""
    records = _begun(session.records)
    times = [moment(record["utc"]) for record in records]
    steps = [_s(earlier, later) for earlier, later in pairwise(times)]
    returns = [step for step, record in zip(steps, records[1:], strict=True) if record["type"] == "resume"]
    return Course(
        began=records[0]["utc"] if records else None,
        ended=records[-1]["utc"] if records else None,
        duration_s=_s(times[0], times[-1]) if records else None,
        away_s=round(sum(returns), 3),
        runs=sum(1 for _ in session.runs),
        backwards=sum(step < 0 for step in steps),
        practice=tuple(
            Round(**{name: record[name] for name in ("round", "right", "trials", "passed")})
            for record in records
            if record["type"] == "round"
        ),
        events=tuple(_events(records, times)),
    )


def marks_of(session: Observed) -> list[Mark]:
    """When each trial was done."""
    records = _begun(session.records)
    if not records:
        return []
    began = moment(records[0]["utc"])
    return [Mark(at_s=_s(began, moment(one.record["utc"])), done=one) for one in session.done]


def _begun(records: Sequence[Record]) -> list[Record]:
    """The records from the first start on: the plan may have been made long before."""
    first = next((place for place, record in enumerate(records) if record["type"] == "start"), len(records))
    return list(records[first:])


def _events(records: Sequence[Record], times: Sequence[datetime]) -> Iterator[Event]:
    for place, record in enumerate(records):
        if (told := _told(record, _away(place, times))) is None:
            continue
        kind, said = told
        lasted = _away(place, times) if kind == "resume" else None
        if kind in {"break", "pause"}:
            lasted = _rest(place, records, times)
        yield Event(at_s=_s(times[0], times[place]), utc=record["utc"], kind=kind, said=said, lasted_s=lasted)


def _told(record: Record, away_s: float) -> tuple[Kind, str] | None:
    """What kind of event a record is and what happened, in words; None where it is none."""
    kind = record["type"]
    if kind == "start":
        return "start", "begun"
    if kind == "resume":
        return "resume", f"gone on with, {duration(away_s)} later"
    if kind == "round":
        end = "passed" if record["passed"] else "not passed"
        return "practice", f"practice round {record['round']}: {record['right']} of {record['trials']} right, {end}"
    if kind == "state" and record["state"] == "break":
        return "break", f"break after trial {record['after']}"
    if kind == "pause":
        return "pause", _pause(record)
    if kind == "repair":
        return "repair", f"a torn last line of {record['bytes']} bytes was cut off"
    if kind in {"note", "override"}:
        return kind, str(record["said"])
    if kind == "abort":
        return "abort", f"ended for good: {record['reason']}"
    return ("end", "complete") if kind == "end" else None


def _pause(record: Mapping[str, Any]) -> str:
    where = "" if record["index"] is None else f" in trial {record['index']}"
    seen = ", its picture seen" if record["seen"] and record["index"] is not None else ""
    return f"paused by {record['reason']}{where}{seen}"


def _rest(place: int, records: Sequence[Record], times: Sequence[datetime]) -> float | None:
    """How long a break or a pause took; None where the program ended in it."""
    for later in range(place + 1, len(records)):
        record = records[later]
        if record["type"] == "resume":
            return None
        if record.get("state") != "break_go_on":
            return _s(times[place], times[later])
    return None


def _away(place: int, times: Sequence[datetime]) -> float:
    return _s(times[place - 1], times[place]) if place else 0.0


def _s(earlier: datetime, later: datetime) -> float:
    return round((later - earlier).total_seconds(), 3)


def duration(seconds: float) -> str:
    """A time as people say it.

    >>> duration(4.2), duration(250), duration(7260)
    ('4.2 s', '4 min 10 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
