"""How often each picture was shown over all complete sessions of a study, and who is still needed to make it even."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from askew.describe import natural
from askew.errors import BadInput
from askew_experiments.derive import presentation as presentation_of
from askew_experiments.design import round_of
from askew_experiments.observed import Observed
from askew_experiments.plan import PlannedTrial
from askew_experiments.protocol import Protocol
from askew_experiments.qc_finding import STUDY, Finding, listed
from askew_stimuli.picture import Picture


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The pictures of one group in one protocol, for people or for simulated participants."""

    protocol: str
    group: str
    presentation: str | None
    simulated: bool
    sessions: int  # complete ones, which alone are counted
    condition: Mapping[str, str]  # of each picture that should be shown
    shown: Mapping[str, int]  # in how many trials each of them was; 0 where in none
    sound: Mapping[str, int]  # how many of them have an answer and a valid exposure
    round: int | None  # participants who make a round; None where that cannot be known
    more: int | None  # participants of whom sessions are still needed to complete it
    begun: int  # of them, those who have begun
    planned_equal: bool  # whether the plans of the complete sessions have each picture equally often

    @property
    def equal(self) -> bool:
        """Whether each picture was shown equally often."""
        return len({*self.shown.values()}) < 2

    @property
    def missing(self) -> tuple[str, ...]:
        """Pictures that nobody was shown."""
        return tuple(name for name, count in self.shown.items() if count == 0)


def coverage_of(sessions: Sequence[Observed], pictures: Sequence[Picture]) -> list[Coverage]:
    """The coverage of each group; `pictures` are those of the manifest, if there is one."""
    found = []
    by_protocol: dict[tuple[str, bool], list[Observed]] = defaultdict(list)
    for session in sessions:
        by_protocol[session.protocol.name, session.plan.simulated].append(session)
    for (name, simulated), mine in sorted(by_protocol.items()):
        complete = [session for session in mine if session.status == "complete"]
        length = _round(pictures, mine[0].protocol)
        lacking = None if length is None else _lacking(complete, length)
        begun = {session.plan.number for session in mine if session.status == "unfinished"}
        for group, presentation in _groups(mine):
            shown, sound = _counts(complete, group, presentation)
            wanted = _wanted(pictures, mine)
            planned = _planned(complete, group, presentation)
            found.append(
                Coverage(
                    protocol=name,
                    group=group,
                    presentation=presentation,
                    simulated=simulated,
                    sessions=len(complete),
                    condition=wanted,
                    shown={stimulus: shown[stimulus] for stimulus in wanted},
                    sound={stimulus: sound[stimulus] for stimulus in wanted},
                    round=length,
                    more=None if lacking is None else len(lacking),
                    begun=len(begun & (lacking or set())),
                    planned_equal=len({planned[stimulus] for stimulus in wanted}) < 2,
                )
            )
    return found


def findings(sessions: Sequence[Observed], coverage: Sequence[Coverage]) -> Iterator[Finding]:
    """Whether pictures come equally often where they should, or will."""
    for each in coverage:
        if not each.more and not each.equal:
            yield _uneven(each)
    yield from _rounds(coverage)
    yield from _same_numbers(sessions)


def _uneven(each: Coverage) -> Finding:
    """What was planned evenly lacks trials, which are told of where they are."""
    most = max(each.shown.values())
    rare = [name for name, count in each.shown.items() if count < most]
    whose = f"{each.protocol}, {each.group}" + (f", {each.presentation}" if each.presentation else "")
    unknown = "" if each.round else "; how many participants make a round is not known"
    said = f"{whose}: pictures were shown {_times([each])}; less often: {listed(rare, 3)}{unknown}"
    return Finding("uneven", STUDY, said, note=each.planned_equal or each.round is None)


def _rounds(coverage: Sequence[Coverage]) -> Iterator[Finding]:
    """Protocols whose rounds are not complete yet."""
    by_protocol: dict[tuple[str, bool], list[Coverage]] = defaultdict(list)
    for each in coverage:
        if each.more:
            by_protocol[each.protocol, each.simulated].append(each)
    for (name, _), groups in by_protocol.items():
        first = groups[0]
        people = f"{first.more} participant{'' if first.more == 1 else 's'}"
        begun = f" ({first.begun} began)" if first.begun else ""
        lacks = f"the round of {first.round} lacks sessions of {people}{begun}"
        yield Finding("round", STUDY, f"{name}: pictures were shown {_times(groups)}; {lacks}", note=True)


def _same_numbers(sessions: Sequence[Observed]) -> Iterator[Finding]:
    """Two participants who were shown the same, as they have the same number."""
    known: dict[tuple[str, bool, int, int], str] = {}
    for session in sessions:
        plan = session.plan
        if session.status != "complete":
            continue
        first = known.setdefault((plan.stream, plan.simulated, plan.number, plan.part), session.name)
        if first != session.name:
            said = f"has the same place in {plan.stream} as {first} (number {plan.number}, part {plan.part + 1})"
            yield Finding(
                "same-number", session.name, f"{said}; one picture set was shown twice, another may be lacking"
            )


def _round(pictures: Sequence[Picture], protocol: Protocol) -> int | None:
    """How many participants make a round; None where the pictures are not those that the protocol was planned with."""
    try:
        return round_of(pictures, protocol) if pictures else None
    except BadInput:
        return None


def _lacking(complete: Iterable[Observed], length: int) -> set[int]:
    """Numbers whose sessions are still needed, so that each part of the stream has whole rounds."""
    by_part: dict[int, set[int]] = defaultdict(set)
    for session in complete:
        by_part[session.plan.part].add(session.plan.number)
    if not by_part:
        return {*range(length)}
    rounds = max(max(numbers) for numbers in by_part.values()) // length + 1
    return {number for numbers in by_part.values() for number in range(rounds * length) if number not in numbers}


def _groups(sessions: Iterable[Observed]) -> list[tuple[str, str | None]]:
    """The groups, and ways of presentation, that their trials were planned in."""
    found = {_cell(session.protocol, trial) for session in sessions for trial in session.plan.trials}
    return sorted(found, key=lambda pair: (natural(pair[0]), pair[1] or ""))


def _counts(sessions: Iterable[Observed], group: str, presentation: str | None) -> tuple[Counter[str], Counter[str]]:
    shown: Counter[str] = Counter()
    sound: Counter[str] = Counter()
    for session in sessions:
        for one in session.done:
            if (one.trial.group, one.trial.presentation) == (group, presentation):
                shown[one.planned.stimulus] += 1
                sound[one.planned.stimulus] += one.sound
    return shown, sound


def _planned(sessions: Iterable[Observed], group: str, presentation: str | None) -> Counter[str]:
    return Counter(
        trial.stimulus
        for session in sessions
        for trial in session.plan.trials
        if _cell(session.protocol, trial) == (group, presentation)
    )


def _cell(protocol: Protocol, trial: PlannedTrial) -> tuple[str, str | None]:
    return protocol.group(trial.ms), presentation_of(protocol, masked=trial.masked)


def _wanted(pictures: Sequence[Picture], sessions: Sequence[Observed]) -> dict[str, str]:
    """The pictures that should be shown, each with its condition: those of the manifest, and those planned."""
    conditions = sessions[0].protocol.design.conditions
    described = {one.image_id: one.condition for one in pictures if conditions is None or one.condition in conditions}
    planned = {trial.stimulus: trial.condition for session in sessions for trial in session.plan.trials}
    return dict(sorted({**described, **planned}.items()))


def _times(groups: Iterable[Coverage]) -> str:
    counts = [count for each in groups for count in each.shown.values()]
    least, most = min(counts, default=0), max(counts, default=0)
    return f"{least} to {most} times" if least < most else "once" if most == 1 else f"{most} times"
