"""Sessions without people: the same protocol, on a virtual clock, before simulated participants.

Everything that a real session leaves is left, and marked as simulated. A run that was stopped goes on where it was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from askew.errors import BadInput
from askew.lock import held
from askew_experiments.chain import make_folder
from askew_experiments.derive import write_trial_tables
from askew_experiments.frames import Count, rates_for
from askew_experiments.hooks import NoHooks
from askew_experiments.journal import NAME, Journal, read_journal, session_folder, status
from askew_experiments.ledger import assignments
from askew_experiments.observer import SimulatedParticipant
from askew_experiments.opening import Material, open_session
from askew_experiments.plan import Plan
from askew_experiments.progress import Progress
from askew_experiments.protocol import Protocol
from askew_experiments.session import End, Session
from askew_experiments.starting import note_start
from askew_experiments.texts import Texts, read_texts
from askew_experiments.things import INK, things
from askew_experiments.virtual import EPOCH, VirtualScreen, moment, stamp

PREFIX = "sub-sim"
AWAY = timedelta(minutes=1)  # virtual time between a stop and going on


@dataclass(frozen=True)
class Seat:
    """One simulated session: who, and which of their sessions."""

    participant: str
    session: str


def simulate(material: Material, participants: int, seed: int, pace: float | None) -> Iterator[tuple[Seat, End, bool]]:
    """Run what is not complete; yields each session with how it ended, and whether anything was done for it.

    Who was sent home after the practice has no more sessions. One simulation runs in a study at a time, or two would
    give the same names to their participants.
    """
    root = material.study.root
    texts = read_texts(material.protocol, root / "protocols")
    make_folder(root / "sessions")
    with held(root / "sessions" / "simulate.lock", f"{root}, simulated sessions"):
        sent_home = set()
        for seat in seats(material, participants):
            if seat.participant not in sent_home:
                end, ran = _seated(material, texts, seat, seed, pace)
                sent_home |= {seat.participant} if end == "aborted" else set()
                yield seat, end, ran
        write_trial_tables(material.study)


def seats(material: Material, participants: int) -> list[Seat]:
    """The sessions of so many simulated participants of a protocol: those who were there before, then new ones."""
    every = assignments(material.study.root)
    here = [its.participant for its in every if its.simulated and its.protocol == material.protocol.name]
    names = list(dict.fromkeys(here))[:participants]
    taken = {its.participant.casefold() for its in every}
    number = 0
    while len(names) < participants:
        number += 1
        if (name := f"{PREFIX}{number:02d}") not in taken:
            names.append(name)
    sessions = [f"ses-{part + 1:02d}" for part in range(material.protocol.design.sessions)]
    return [Seat(name, session) for name in names for session in sessions]


def virtual_hz(protocol: Protocol) -> float:
    """The refresh rate of the virtual display: of those that will do, the one that comes nearest to all durations."""
    durations = [*protocol.durations.values()]
    rates = protocol.display.hz or rates_for(durations) or (100,)
    return float(
        min(rates, key=lambda hz: (round(sum(abs(Count.of(ms, 1000 / hz).off_ms) for ms, _ in durations), 6), hz))
    )


def _seated(material: Material, texts: Texts, seat: Seat, seed: int, pace: float | None) -> tuple[End, bool]:
    folder = session_folder(material.study.root, seat.participant, seat.session)
    path = folder / NAME
    if path.exists():
        records = read_journal(path)
        plan = Plan.of(records[0], path)
        _check_same(path, plan, material, seed)
        if (state := status(records)) != "unfinished":
            return state, False
        # What is repaired has a time of the virtual clock, too.
        journal = Journal.open(folder, records[-1]["utc"], durable=False)
    else:
        journal, plan = open_session(material, seat.participant, seat.session, utc=stamp(EPOCH), observer_seed=seed)
    with journal:
        return _run(journal, plan, material, texts, pace), True


def _check_same(path: Path, plan: Plan, material: Material, seed: int) -> None:
    """Refuse to go on with, or to count, what was simulated in another way than is asked for now."""
    if plan.observer_seed != seed:
        raise BadInput(
            f"{path}: was begun with --seed {plan.observer_seed}; give that seed, or simulate in another study"
        )
    if plan.protocol.sha256 != material.protocol.sha256:
        raise BadInput(
            f"{path}: was planned with another text of {plan.protocol.name}.toml, which its first record has; put that "
            "text back, or simulate in another study"
        )


def _run(journal: Journal, plan: Plan, material: Material, texts: Texts, pace: float | None) -> End:
    protocol = material.protocol
    progress = Progress.of(journal.records)
    person = SimulatedParticipant(plan.participant, plan.observer_seed or 0, [*plan.practice, *plan.trials], protocol)
    begin = moment(progress.last_utc) + (AWAY if progress.started else timedelta())
    screen = VirtualScreen(person, virtual_hz(protocol), begin=begin, pace=pace)
    pictures, practice, done = material.manifest.parent, material.practice_folder, len(progress.finished)
    screen.load(things(plan, protocol, texts, pictures=pictures, practice=practice, ink=INK, done=done))
    note_start(journal, plan, texts, screen, **_facts(screen))
    return Session(screen, journal, plan, protocol, NoHooks(), unattended=True).run()


def _facts(screen: VirtualScreen) -> dict[str, Any]:
    hz = round(1 / screen.period, 3)
    period = round(screen.period * 1000, 6)
    return {
        "display": {"renderer": "virtual", "hz": hz, "period_ms": period, "size_px": None},
        "keyboard": {"source": screen.key_clock, "uncertainty_ms": 0.0},
        "checks": [],
        "override": None,
    }


def told(ends: Sequence[tuple[Seat, End, bool]]) -> dict[str, int]:
    """How many sessions there are, and how they ended."""
    return {
        "sessions": len(ends),
        "complete": sum(end == "complete" for _, end, _ in ends),
        "aborted": sum(end == "aborted" for _, end, _ in ends),
        "run_now": sum(ran for _, _, ran in ends),
    }
