"""Sessions without people: the same protocol, on a virtual clock, before simulated participants.

Everything that a real session leaves is left, and marked as simulated. A run that was stopped goes on where it was.
"""

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from askew import __version__
from askew.errors import BadInput
from askew_experiments.derive import write_trial_tables
from askew_experiments.frames import Count, rates_for
from askew_experiments.hooks import NoHooks
from askew_experiments.journal import Journal, read_journal, status
from askew_experiments.ledger import read_ledger
from askew_experiments.observer import SimulatedParticipant
from askew_experiments.opening import Material, open_session
from askew_experiments.plan import Plan
from askew_experiments.progress import Progress
from askew_experiments.protocol import Protocol
from askew_experiments.screen import Screen
from askew_experiments.session import End, Session
from askew_experiments.steps import frames_of
from askew_experiments.texts import read_texts
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
    """Run what is not complete; yields each session with how it ended, and whether anything was done for it."""
    for seat in seats(material, participants):
        yield seat, *_seated(material, seat, seed, pace)
    write_trial_tables(material.study)


def seats(material: Material, participants: int) -> list[Seat]:
    """The sessions of so many simulated participants of a protocol: those who were there before, then new ones."""
    ledger = [entry for entry in read_ledger(material.study.root) if entry.simulated]
    here = [entry.participant for entry in ledger if entry.protocol == material.protocol.name]
    names = list(dict.fromkeys(here))[:participants]
    taken = {entry.participant for entry in ledger}
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


def start_facts(protocol: Protocol, screen: Screen, **more: Any) -> dict[str, Any]:
    """What a journal says when a session begins or goes on."""
    return {
        "versions": {"askew": __version__, "python": platform.python_version(), **more.pop("versions", {})},
        "system": platform.system(),
        "frames": {name: frames_of(ms, screen.period) for name, (ms, _) in protocol.durations.items()},
        **more,
    }


def _seated(material: Material, seat: Seat, seed: int, pace: float | None) -> tuple[End, bool]:
    folder = material.study.root / "sessions" / f"{seat.participant}_{seat.session}"
    if (folder / "journal.jsonl").exists():
        state = status(read_journal(folder / "journal.jsonl"))
        if state != "unfinished":
            return state, False
        journal = Journal.open(folder, durable=False)
        plan = Plan.of(journal.records[0], journal.path)
    else:
        journal, plan = open_session(material, seat.participant, seat.session, utc=stamp(EPOCH), observer_seed=seed)
    with journal:
        _check_same(journal, plan, material, seed)
        return _run(journal, plan, material, pace), True


def _check_same(journal: Journal, plan: Plan, material: Material, seed: int) -> None:
    if plan.observer_seed != seed:
        raise BadInput(
            f"{journal.path}: was begun with --seed {plan.observer_seed}; give that seed, or simulate in another study"
        )
    if plan.protocol.sha256 != material.protocol.sha256:
        raise BadInput(
            f"{journal.path}: was planned with another text of {plan.protocol.name}.toml, which its first record has; "
            "put that text back, or simulate in another study"
        )


def _run(journal: Journal, plan: Plan, material: Material, pace: float | None) -> End:
    protocol = material.protocol
    begun = Progress.of(journal.records)
    fresh = not any(record["type"] == "start" for record in journal.records)
    texts = read_texts(protocol, material.study.root / "protocols")
    person = SimulatedParticipant(plan.participant, plan.observer_seed or 0, [*plan.practice, *plan.trials], protocol)
    screen = VirtualScreen(
        person, virtual_hz(protocol), begin=moment(begun.last_utc) + (timedelta() if fresh else AWAY), pace=pace
    )
    screen.load(
        things(plan, protocol, texts, pictures=material.manifest.parent, practice=material.practice_folder, ink=INK)
    )
    journal.append("start" if fresh else "resume", screen.utc(), **_facts(protocol, screen))
    return Session(screen, journal, plan, protocol, NoHooks(), unattended=True).run()


def _facts(protocol: Protocol, screen: VirtualScreen) -> dict[str, Any]:
    hz = round(1 / screen.period, 3)
    period = round(screen.period * 1000, 6)
    return start_facts(
        protocol,
        screen,
        display={"renderer": "virtual", "hz": hz, "period_ms": period, "size_px": None},
        keyboard={"source": screen.key_clock, "uncertainty_ms": 0.0},
        checks=[],
        override=None,
    )


def told(ends: Sequence[tuple[Seat, End, bool]]) -> dict[str, int]:
    """How many sessions there are, and how they ended."""
    return {
        "sessions": len(ends),
        "complete": sum(end == "complete" for _, end, _ in ends),
        "aborted": sum(end == "aborted" for _, end, _ in ends),
        "run_now": sum(ran for _, _, ran in ends),
    }


def material_of(study: Path, protocol: str) -> Material:
    """The material of a protocol; a protocol with masks does without them where the set has none."""
    return Material.of(study, protocol)
