"""Quality control over the sessions of a study: sums by protocol, and whether the sessions belong together."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from askew.describe import natural
from askew.errors import BadInput, counted
from askew.files import sha256
from askew.study import Study, read_text
from askew_experiments.amounts import Spread
from askew_experiments.journal import NAME, session_folder
from askew_experiments.ledger import read_ledger
from askew_experiments.observed import Intervals, Observed
from askew_experiments.protocol import Protocol
from askew_experiments.qc_answers import Answers, answers_of
from askew_experiments.qc_finding import STUDY, Finding, listed
from askew_experiments.qc_timing import Timing, timing_of

SHORT = 8  # characters of a hash that people compare


@dataclass(frozen=True, kw_only=True)
class MaskShown:
    """A phase of a protocol that shows a mask: how it stands to the picture, and for how long (none: until a key)."""

    place: Literal["before", "with", "after"]
    ms: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """All sessions of a protocol, of people or of simulated participants. Trials are those of complete sessions."""

    protocol: str
    title: str | None
    simulated: bool
    participants: int
    complete_participants: int  # those with a complete session
    groups: Mapping[str, int]  # how many participants with a complete session have trials in it
    sessions: Mapping[str, int]  # how many are complete, aborted, unfinished
    trials: int
    seen_again: int
    skipped: int
    masks: tuple[MaskShown, ...]  # as the protocol has them
    masked: int  # trials with a mask
    masks_lacking: int  # trials that should have one, of a set without
    minutes: Spread | None  # from start to end, less the time between runs
    timing: Timing
    answers: Answers


def summaries(sessions: Sequence[Observed], minutes: Mapping[str, float]) -> list[Summary]:
    """The sums, by protocol; `minutes` are the durations of sessions by their names."""
    mine: dict[tuple[str, bool], list[Observed]] = defaultdict(list)
    for session in sessions:
        mine[session.protocol.name, session.plan.simulated].append(session)
    return [_summary(mine[key], minutes) for key in sorted(mine)]


def findings(study: Study, sessions: Sequence[Observed]) -> Iterator[Finding]:
    """Whether the sessions belong together, and to the study."""
    yield from _differing(sessions)
    yield from _changed_since(study, sessions)
    yield from _objects_again(sessions)
    yield from _of_ledger(study, sessions)
    kinds = {session.plan.simulated for session in sessions}
    if len(kinds) > 1:
        yield Finding(
            "mixed", STUDY, "has sessions of people and of simulated participants; keep them apart", note=True
        )
    if True in kinds:
        yield Finding(
            "simulated", STUDY, "simulated participants are programs: these are not data of people", note=True
        )
    for session in sessions:
        if session.plan.study != study.name:
            said = f"was planned in a study called {session.plan.study}, this one is {study.name}"
            yield Finding("other-study", session.name, said, note=True)


def display_words(display: Mapping[str, Any]) -> str | None:
    """A display in words: renderer, size and rate; None where there is none."""
    size, hz = display.get("size_px"), display.get("hz")
    parts = [display.get("renderer"), size and f"{size[0]} x {size[1]} px", hz and f"{hz:.0f} Hz"]
    return ", ".join(str(part) for part in parts if part) or None


def seen_from(display: Mapping[str, Any]) -> str | None:
    """From where the display was seen, and how it was calibrated; None where that is not recorded."""
    lab = display.get("lab") or {}
    if not lab.get("distance_cm"):
        return None
    calibrated = f"calibrated ({lab['calibration']})" if lab.get("calibration") else "luminance not calibrated"
    return f"seen from {lab['distance_cm']:g} cm, {calibrated}"


def _summary(sessions: Sequence[Observed], minutes: Mapping[str, float]) -> Summary:
    complete = [session for session in sessions if session.status == "complete"]
    done = [one for session in complete for one in session.done]
    groups: dict[str, set[str]] = defaultdict(set)
    for one in done:
        groups[one.trial.group].add(one.trial.observer)
    protocol = sessions[0].protocol
    return Summary(
        protocol=protocol.name,
        title=protocol.head.title,
        simulated=sessions[0].plan.simulated,
        participants=len({session.plan.participant for session in sessions}),
        complete_participants=len({session.plan.participant for session in complete}),
        groups={group: len(groups[group]) for group in sorted(groups, key=natural)},
        sessions=dict(sorted(Counter(session.status for session in sessions).items())),
        trials=len(done),
        seen_again=sum(one.again for one in done),
        skipped=sum(len(session.skipped) for session in complete),
        masks=tuple(_masks(protocol)),
        masked=sum(one.planned.masked and not one.planned.lacks_mask for one in done),
        masks_lacking=sum(one.planned.lacks_mask for one in done),
        minutes=Spread.of([minutes[session.name] for session in complete if session.name in minutes]),
        timing=timing_of(done, _together(session.intervals for session in complete)),
        answers=answers_of(done, protocol.response.keys),
    )


def _masks(protocol: Protocol) -> Iterator[MaskShown]:
    seen = False
    for phase in protocol.phases:
        with_picture = "image" in phase.elements
        seen = seen or with_picture
        if "mask" in phase.elements:
            place: Literal["before", "with", "after"] = "with" if with_picture else "after" if seen else "before"
            yield MaskShown(place=place, ms=phase.ms or ())


def _together(many: Iterable[Intervals]) -> Intervals:
    found: Intervals = {}
    for intervals in many:
        for key, counts in intervals.items():
            found.setdefault(key, Counter()).update(counts)
    return found


def _differing(sessions: Sequence[Observed]) -> Iterator[Finding]:
    """What should be the same in all sessions, or had better be."""
    by_protocol: dict[str, list[Observed]] = defaultdict(list)
    for session in sessions:
        by_protocol[session.protocol.name].append(session)
    for name, mine in sorted(by_protocol.items()):
        if said := _several(mine, lambda session: _short(session.plan.protocol.sha256)):
            yield Finding("changed-protocol", STUDY, f"{name} was not the same in all sessions: {said}")
    if said := _several(sessions, lambda session: _short(session.plan.manifest["sha256"])):
        yield Finding("changed-manifest", STUDY, f"the manifest was not the same in all sessions: {said}")
    for programme in sorted({name for session in sessions for name in session.last_run.get("versions", {})}):
        if said := _several(sessions, partial(_version, programme)):
            yield Finding("versions", STUDY, f"{programme} was not the same in all sessions: {said}", note=True)
    if said := _several(sessions, lambda session: display_words(session.last_run.get("display", {}))):
        yield Finding("displays", STUDY, f"there was more than one display: {said}", note=True)


def _several(sessions: Iterable[Observed], what: Callable[[Observed], str | None]) -> str:
    """Which sessions have which value, in words; nothing where all have the same, or do not say."""
    who: dict[str, list[str]] = defaultdict(list)
    for session in sessions:
        value = what(session)
        if value is not None:
            who[value].append(session.name)
    if len(who) < 2:
        return ""
    return "; ".join(f"{value} in {listed(names, 2)}" for value, names in sorted(who.items(), key=lambda each: each[1]))


def _changed_since(study: Study, sessions: Sequence[Observed]) -> Iterator[Finding]:
    """Files of the study that are no longer those that sessions were planned with."""
    in_order = sorted(sessions, key=lambda session: str(session.records[0]["utc"]))
    last = {session.protocol.name: session.plan.protocol.sha256 for session in in_order}
    for name in sorted(last):
        path = study.file(f"protocols/{name}.toml")
        if path.is_file() and _text_hash(path) != last[name]:
            said = f"protocols/{name}.toml is not what the last session of it was planned with; journals keep that"
            yield Finding("protocol-edited", STUDY, said, note=True)
    digest = in_order[-1].plan.manifest["sha256"] if in_order else None
    if digest and study.manifest.is_file() and sha256(study.manifest) != digest:
        said = "stimuli/manifest.csv is not what the last session was planned with"
        yield Finding("manifest-edited", STUDY, said, note=True)


def _objects_again(sessions: Sequence[Observed]) -> Iterator[Finding]:
    """Objects that one participant saw twice."""
    seen: dict[tuple[str, str], Observed] = {}
    again: dict[tuple[str, str], list[str]] = defaultdict(list)
    allowed: dict[tuple[str, str], bool] = {}
    for session in sorted(sessions, key=lambda session: str(session.records[0]["utc"])):
        for thing in sorted({trial.object for trial in session.plan.trials if trial.index in session.shown}):
            before = seen.setdefault((session.plan.participant, thing), session)
            if before is not session:
                again[before.name, session.name].append(thing)
                allowed[before.name, session.name] = session.protocol.design.repeat_objects
    for (first, second), things in sorted(again.items()):
        were = "was" if len(things) == 1 else "were"
        said = f"{counted(len(things), 'object')} {were} seen in {first} before: {listed(things, 3)}"
        yield Finding("repeated-object", second, said, note=allowed[first, second])
    for session in sessions:
        times = Counter(trial.object for trial in session.plan.trials if trial.index in session.shown)
        if twice := sorted(thing for thing, count in times.items() if count > 1):
            said = f"objects were shown more than once: {listed(twice, 3)}"
            yield Finding("repeated-object", session.name, said, note=session.protocol.design.repeat_objects)


def _of_ledger(study: Study, sessions: Sequence[Observed]) -> Iterator[Finding]:
    """Whether the ledger of who has which number agrees with the journals, where there is one."""
    try:
        ledger = {f"{each.participant}_{each.session}": each for each in read_ledger(study.root)}
    except BadInput as error:
        yield Finding("broken-ledger", STUDY, str(error).replace(f"{study.root / 'sessions'}", "sessions"))
        return
    for session in sessions:
        given, plan = ledger.pop(session.plan.folder, None), session.plan
        if given and (given.number, given.part, given.stream) != (plan.number, plan.part, plan.stream):
            said = f"was planned as number {plan.number} of {plan.stream}, but has {given.number} of {given.stream}"
            yield Finding("other-number", session.name, f"{said} in the ledger")
    for name, each in sorted(ledger.items()):
        if not (session_folder(study.root, each.participant, each.session) / NAME).exists():
            yield Finding(
                "no-journal", name, "has a number in the ledger, but no journal: never begun, or lost", note=True
            )


def _text_hash(path: Path) -> str:
    from hashlib import sha256 as digest_of  # noqa: PLC0415

    return digest_of(read_text(path, missing=f"{path}: is gone").encode("utf-8")).hexdigest()


def _short(digest: str | None) -> str | None:
    return None if digest is None else digest[:SHORT]


def _version(programme: str, session: Observed) -> str | None:
    version = session.last_run.get("versions", {}).get(programme)
    return None if version is None else str(version)
