"""Quality control of one session: all its numbers, and what `qc_checks` finds in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from askew_experiments.journal import Status
from askew_experiments.observed import Observed
from askew_experiments.qc_answers import Answers, answers_of, clock_of
from askew_experiments.qc_checks import Numbers, findings
from askew_experiments.qc_course import Course, course_of
from askew_experiments.qc_finding import Finding
from askew_experiments.qc_timing import Rate, Timing, rate_of, timing_of


@dataclass(frozen=True, kw_only=True)
class Marked:
    """A trial that was shown again, or skipped."""

    index: int
    stimulus: str


@dataclass(frozen=True, kw_only=True)
class SessionQuality:
    """The numbers of one session, and what was found in it."""

    name: str
    participant: str
    session: str
    protocol: str
    protocol_sha256: str
    simulated: bool
    status: Status
    reason: str | None  # why it was ended for good, if it was
    stream: str
    number: int
    part: int
    planned: int
    done: int
    seen_again: tuple[Marked, ...]
    skipped: tuple[Marked, ...]
    timing: Timing
    refresh: Rate
    answers: Answers
    course: Course
    clock: Mapping[str, Any]
    overrides: tuple[str, ...]
    versions: Mapping[str, str]
    system: str | None
    display: Mapping[str, Any]
    devices: Mapping[str, Any]
    journal: Mapping[str, str]  # path and sha256
    findings: tuple[Finding, ...]


def quality_of(session: Observed) -> SessionQuality:
    """The numbers of a session, and what was found in it."""
    plan, last = session.plan, session.last_run
    pictures = {trial.index: trial.stimulus for trial in plan.trials}
    timing, refresh = timing_of(session.done, session.intervals), rate_of(session)
    answers = answers_of(session.done, session.protocol.response.keys)
    course = course_of(session)
    return SessionQuality(
        name=session.name,
        participant=plan.participant,
        session=plan.session,
        protocol=plan.protocol.name,
        protocol_sha256=plan.protocol.sha256,
        simulated=plan.simulated,
        status=session.status,
        reason=session.reason,
        stream=plan.stream,
        number=plan.number,
        part=plan.part,
        planned=len(plan.trials),
        done=len(session.done),
        seen_again=tuple(
            Marked(index=one.planned.index, stimulus=one.planned.stimulus) for one in session.done if one.again
        ),
        skipped=tuple(Marked(index=index, stimulus=pictures.get(index, "")) for index in session.skipped),
        timing=timing,
        refresh=refresh,
        answers=answers,
        course=course,
        clock=clock_of(session),
        overrides=tuple(session.overrides),
        versions=last.get("versions", {}),
        system=last.get("system"),
        display=last.get("display", {}),
        devices=last.get("devices", {}),
        journal={"path": session.path, "sha256": session.sha256},
        findings=tuple(findings(session, Numbers(timing, refresh, answers, course))),
    )
