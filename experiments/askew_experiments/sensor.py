"""What a light sensor saw of a session: how long pictures were really bright, and how far time stamps are off.

The sensor's clock is found from the onsets themselves, so a delay that is the same in all trials (of the display, of
the sensor) cannot be seen: `lag_ms` is how much later than usual a picture came on. How long it was bright needs no
common clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from askew.errors import BadInput
from askew.files import sha256
from askew_experiments.alignment import Ambiguous, Match, match
from askew_experiments.derive import Records, planned
from askew_experiments.runs import by_run
from askew_experiments.sensor_log import Flash, read_log, without_flicker

NOT_MEASURED = "software time stamps; luminance not measured"
FLICKER = 1.5  # frames: a shorter darkness is within one picture


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One trial that the sensor saw. `software_ms` is the exposure by time stamps, `luminance_ms` that by light."""

    index: int
    attempt: int
    requested_ms: float | None
    software_ms: float | None
    luminance_ms: float | None
    lag_ms: float

    @property
    def off_ms(self) -> float | None:
        """How much longer it was bright than time stamps say."""
        if self.luminance_ms is None or self.software_ms is None:
            return None
        return self.luminance_ms - self.software_ms


@dataclass(frozen=True, kw_only=True)
class Clock:
    """How the sensor's clock stands to that of one run of the program."""

    run: int
    matched: int
    offset_ms: float  # in the middle of the run
    drift_ppm: float
    jitter_ms: float


@dataclass(frozen=True, kw_only=True)
class SensorReport:
    """What a log says of a session."""

    log: str
    sha256: str
    period_ms: float
    flashes: int
    extra: int  # flashes that belong to no trial: of attempts that were broken off, or from elsewhere
    missed: tuple[int, ...]  # trials that no flash belongs to
    clocks: tuple[Clock, ...]
    trials: tuple[Measured, ...]

    @property
    def disagree(self) -> tuple[int, ...]:
        """Trials whose picture was bright for half a frame more or less than time stamps say."""
        return tuple(each.index for each in self.trials if each.off_ms is not None and self._is_off(each.off_ms))

    @property
    def shifted(self) -> tuple[int, ...]:
        """Trials whose picture came on half a frame sooner or later than usual after its time stamp."""
        return tuple(each.index for each in self.trials if self._is_off(each.lag_ms))

    @property
    def said(self) -> str:
        """A sentence for the methods section."""
        total = len(self.trials) + len(self.missed)
        wrong = {*self.disagree, *self.shifted}
        return (
            f"luminance measured by a light sensor in {len(self.trials)} of {total} trials; time stamps agree with it "
            f"to half a frame in {len(self.trials) - len(wrong)} of them"
        )

    def _is_off(self, ms: float) -> bool:
        return abs(ms) >= self.period_ms / 2


@dataclass(frozen=True)
class _Onset:
    run: int
    ms: float  # on the run's clock
    record: Mapping[str, Any]


def merge(records: Records, log: Path, where: object = "journal") -> SensorReport:
    """Lay a sensor's log beside a session's journal; BadInput where they do not belong together."""
    onsets = _onsets(records, where)
    if not onsets:
        raise BadInput(f"{where}: has no trial that a sensor could have seen; run the session first")
    period = _period(records)
    flashes = without_flicker(read_log(log), FLICKER * period)
    by_run: dict[int, list[_Onset]] = {}
    for onset in onsets:
        by_run.setdefault(onset.run, []).append(onset)
    matches = {run: found for run, each in by_run.items() if (found := _match(each, flashes, log)) is not None}
    if not matches:
        raise BadInput(
            f"{log}: has {len(flashes)} flashes that match none of the {len(onsets)} onsets of {where}; "
            "is it another session's log?"
        )
    trials = [
        _measured(by_run[run][mine].record, flashes[yours], lag)
        for run, found in matches.items()
        for (mine, yours), lag in zip(found.pairs, found.residuals_ms, strict=True)
        if by_run[run][mine].record["type"] == "trial"
    ]
    seen = {(each.index, each.attempt) for each in trials}
    used = {yours for found in matches.values() for _, yours in found.pairs}
    every = [onset.record for onset in onsets if onset.record["type"] == "trial"]
    return SensorReport(
        log=log.name,
        sha256=sha256(log),
        period_ms=round(period, 4),
        flashes=len(flashes),
        extra=len(flashes) - len(used),
        missed=tuple(each["index"] for each in every if (each["index"], each["attempt"]) not in seen),
        clocks=tuple(_clock(run, found) for run, found in matches.items()),
        trials=tuple(sorted(trials, key=lambda each: (each.index, each.attempt))),
    )


def _onsets(records: Records, where: object) -> list[_Onset]:
    """When pictures came on, by the time stamps of each run of the program, which has a clock of its own."""
    _, protocol = planned(records, where)
    shows = next(phase.name for phase in protocol.phases if "image" in phase.elements)
    found = []
    for run, record in by_run(records):
        if record["type"] in {"trial", "practice"} and record["flips"].get(shows):
            if "began_s" not in record:
                raise BadInput(
                    f"{where}: its trials lack began_s, as of an older askew; they cannot be laid beside a log"
                )
            found.append(_Onset(run, record["began_s"] * 1000 + record["flips"][shows][0], record))
    return found


def _period(records: Records) -> float:
    """The usual time between two flips of a trial."""
    gaps: list[float] = []
    for record in records:
        if record["type"] == "trial":
            times = sorted(ms for flips in record["flips"].values() for ms in flips)
            gaps += [later - earlier for earlier, later in pairwise(times)]
    return median(gaps) if gaps else 0.0


def _match(onsets: Sequence[_Onset], flashes: Sequence[Flash], log: Path) -> Match | None:
    try:
        return match([onset.ms for onset in onsets], [flash.onset_ms for flash in flashes])
    except Ambiguous:
        raise BadInput(
            f"{log}: its flashes match the session in several ways, for they come too regularly; give the log of the "
            "whole session and nothing else"
        ) from None


def _measured(record: Mapping[str, Any], flash: Flash, lag: float) -> Measured:
    bright = None if flash.offset_ms is None else round(flash.offset_ms - flash.onset_ms, 3)
    return Measured(
        index=record["index"],
        attempt=record["attempt"],
        requested_ms=record["requested_ms"],
        software_ms=record["achieved_ms"],
        luminance_ms=bright,
        lag_ms=round(lag, 3),
    )


def _clock(run: int, found: Match) -> Clock:
    return Clock(
        run=run,
        matched=len(found.pairs),
        offset_ms=round(found.offset_ms, 3),
        drift_ppm=round(found.drift * 1e6, 2),
        jitter_ms=round(found.jitter_ms, 3),
    )
