"""A session as quality control looks at it: what was planned beside what was done, trial by trial.

The exposure is computed here once more, from the times of all flips, so that nothing rests on one computation.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from askew.errors import BadInput, at
from askew.files import sha256
from askew.trial import Trial
from askew_experiments.derive import Records, planned, trials_of
from askew_experiments.journal import Status, read_journal, status
from askew_experiments.plan import Plan, PlannedTrial
from askew_experiments.progress import Progress, Record
from askew_experiments.protocol import Protocol
from askew_experiments.steps import BLANK

Intervals = dict[tuple[str, float], Counter[float]]  # of a phase on a display with this period, in ms
_OF_A_TRIAL = (
    *("index", "seen_before", "stimulus", "outcome", "verdict", "choice", "rt_ms", "rt_uncertainty_ms", "rt_source"),
    *("requested_ms", "achieved_ms", "frames_planned", "frames_flipped", "timing_valid", "flips"),
    *("anticipations", "other_keys"),
)
FACTS = {"start": ("display",), "resume": ("display",), "trial": _OF_A_TRIAL}  # that quality control cannot do without


@dataclass(frozen=True, kw_only=True)
class Done:
    """A trial that was done. What it cannot be known of is None: frames where no time ended the picture."""

    session: str
    planned: PlannedTrial
    record: Record
    trial: Trial
    period_ms: float  # of the display in the run that it was done in
    frames: int | None  # planned, of the exposure
    achieved_ms: float | None  # by its flips

    @property
    def planned_ms(self) -> float | None:
        """The exposure in whole frames."""
        return None if self.frames is None else self.frames * self.period_ms

    @property
    def off(self) -> bool:
        """Whether the exposure was half a frame or more away from the planned one, or is not known."""
        if self.planned_ms is None:
            return False
        return self.achieved_ms is None or abs(self.achieved_ms - self.planned_ms) >= self.period_ms / 2

    @property
    def again(self) -> bool:
        """Whether its picture may have been seen before, in an attempt that broke off."""
        return bool(self.record["seen_before"])

    @property
    def sound(self) -> bool:
        """Whether it is an answer that comparisons take."""
        return self.trial.outcome == "answered" and self.trial.timing_valid is not False

    @property
    def chosen(self) -> int | None:
        """The place of the label that was chosen."""
        return None if self.trial.choice is None else self.planned.offered.index(self.trial.choice)


@dataclass(frozen=True, kw_only=True)
class Observed:
    """A session, read from its journal."""

    name: str  # of its folder
    path: str  # of its journal, from the study's folder
    sha256: str
    records: Records
    plan: Plan
    protocol: Protocol
    status: Status
    progress: Progress
    done: tuple[Done, ...]  # in the order of their indices
    strange: tuple[int, ...]  # indices of trials that the plan does not have
    intervals: Intervals

    @property
    def runs(self) -> Iterator[Record]:
        """The beginnings of all runs of the program on it."""
        return (record for record in self.records if record["type"] in {"start", "resume"})

    @property
    def last_run(self) -> Record:
        """The beginning of the last run; empty where there was none."""
        return list(self.runs)[-1] if any(self.runs) else {}

    @property
    def skipped(self) -> tuple[int, ...]:
        """Indices of trials that were interrupted and that the protocol does not repeat."""
        return tuple(record["index"] for record in self.records if record["type"] == "skipped")

    @property
    def overrides(self) -> Iterator[str]:
        """What preflight refused, and the reasons for going on; once where runs differ in measured numbers only."""
        found: dict[tuple[str, ...], tuple[list[str], dict[str, None]]] = {}
        for run in self.runs:
            failed = [_found_by(check["said"]) for check in run.get("checks", ()) if check["ok"] is False]
            if run.get("override") or failed:
                _, reasons = found.setdefault(tuple(map(without_numbers, failed)), (failed, {}))
                reasons[run.get("override") or "no reason given"] = None
        for failed, reasons in found.values():
            yield f"preflight was overridden ({'; '.join(reasons)}): {'; '.join(failed) or 'all checks had passed'}"

    @property
    def reason(self) -> str | None:
        """Why it was ended for good, if it was; a session can be before it began."""
        return next((record["reason"] for record in self.records if record["type"] == "abort"), None)

    @property
    def shown(self) -> set[int]:
        """Indices of trials whose pictures were, or may have been, seen."""
        return (self.progress.finished | self.progress.seen) - {*self.strange}


def observe(path: Path, root: Path) -> Observed:
    """The session of a journal; BadInput where the journal cannot be trusted, or is of another askew."""
    records = read_journal(path)
    _check_facts(records, path)
    plan, protocol = planned(records, path)
    known = {trial.index: trial for trial in plan.trials}
    with_periods = list(_with_periods(records, path))
    strange = tuple(record["index"] for record, _ in with_periods if record["index"] not in known)
    usual = [record for record in records if record["type"] != "trial" or record["index"] in known]
    with at(path):
        trials = trials_of(usual, path)
    ours = [(record, period) for record, period in with_periods if record["index"] in known]
    ours.sort(key=lambda pair: int(pair[0]["index"]))  # stable, as the order of `trials` is
    done = tuple(
        _done(path.parent.name, record, period, trial=trial, plan=known[record["index"]], protocol=protocol)
        for (record, period), trial in zip(ours, trials, strict=True)
    )
    return Observed(
        name=path.parent.name,
        path=path.relative_to(root).as_posix(),
        sha256=sha256(path),
        records=records,
        plan=plan,
        protocol=protocol,
        status=status(list(records)),
        progress=Progress.of(records),
        done=done,
        strange=strange,
        intervals=_intervals(done),
    )


def without_numbers(said: str) -> str:
    """Words that are the same in two runs that measured a little differently."""
    return re.sub(r"\d+([.,]\d+)*", "0", said)


def _found_by(check: str) -> str:
    """What a check found, without what it advises."""
    return re.sub(r",? install .*", "", check.partition(";")[0], flags=re.DOTALL)


def _check_facts(records: Records, path: Path) -> None:
    """Refuse records of an askew that wrote other facts than this one reads."""
    for record in records:
        for name in FACTS.get(record["type"], ()):
            if name not in record:
                what = f"{record['type']} in line {record['n'] + 1}"
                raise BadInput(f"{path}: its {what} lacks {name}, so another askew wrote it; use that one, or update")


def period_of(display: Mapping[str, Any]) -> float | None:
    """How long a frame of a display lasts, in ms; None where its rate was not recorded."""
    if display.get("period_ms"):
        return float(display["period_ms"])
    return 1000 / display["hz"] if display.get("hz") else None


def _with_periods(records: Records, path: Path) -> Iterator[tuple[Record, float]]:
    """The records of trials, each with the period of the display that it was on."""
    period = None
    for record in records:
        if record["type"] in {"start", "resume"}:
            period = period_of(record["display"])
        elif record["type"] == "trial":
            if period is None:
                raise BadInput(
                    f"{path}: trial {record['index']} is on a display of unknown rate, for no start before it has one; "
                    "restore the file"
                )
            yield record, period


def _done(session: str, record: Record, period: float, *, trial: Trial, plan: PlannedTrial, protocol: Protocol) -> Done:
    shows = [phase.name for phase in protocol.phases if "image" in phase.elements]
    frames = [record["frames_planned"].get(name) for name in shows]
    return Done(
        session=session,
        planned=plan,
        record=record,
        trial=trial,
        period_ms=period,
        frames=None if None in frames else sum(frames),
        achieved_ms=_exposure(record["flips"], shows, [phase.name for phase in protocol.phases]),
    )


def _exposure(flips: Mapping[str, Sequence[float]], shows: Sequence[str], phases: Sequence[str]) -> float | None:
    """From the flip that showed the picture to the one that took it away; None where one of them is not there."""
    onset = flips.get(shows[0])
    later = (*phases[phases.index(shows[-1]) + 1 :], BLANK)
    offset = next((flips[name] for name in later if flips.get(name)), None)
    return round(offset[0] - onset[0], 3) if onset and offset else None


def _intervals(done: Sequence[Done]) -> Intervals:
    """How often each interval between two flips came, to 0.01 ms, by the phase that was on the screen meanwhile."""
    found: Intervals = {}
    for one in done:
        shown = [(name, times) for name, times in one.record["flips"].items() if times]
        for place, (name, times) in enumerate(shown):
            counts = found.setdefault((name, one.period_ms), Counter())
            until = [*times, *(shown[place + 1][1][:1] if place + 1 < len(shown) else ())]
            counts.update([round(later - earlier, 2) for earlier, later in pairwise(until)])
    return found
