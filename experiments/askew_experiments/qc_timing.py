"""What the display did: exposures that were achieved, intervals between flips, late frames, the refresh. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from askew_experiments.amounts import Spread, in_bins, middle
from askew_experiments.frames import Count, described
from askew_experiments.observed import Done, Intervals, Observed, period_of
from askew_experiments.outcome import LATE
from askew_experiments.preflight import NEAR

BIN_MS = 0.1
FRAMES = ("0", "1", "2", "3+")  # frames that an interval between flips took; 0: a flip that did not wait
MISCOUNTED_MS = 0.01  # the record's exposure and that by its flips may differ by their rounding


@dataclass(frozen=True, kw_only=True)
class Frames:
    """How many frames an exposure was planned to last, at which rate (to 0.1 Hz), and in how many trials."""

    count: int
    hz: float
    trials: int

    @property
    def ms(self) -> float:
        """How long they last."""
        return 1000 * self.count / self.hz


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """The exposures achieved of those that were asked for, in one condition or (None) in all."""

    group: str
    requested_ms: float | None  # None: until a key
    condition: str | None
    frames: tuple[Frames, ...]  # planned; none: until a key
    achieved: Spread | None  # ms
    unknown: int  # trials in which the end of the exposure was not seen
    off: int  # trials off by half a frame or more
    bins: Mapping[float, int]  # achieved ms, in bins of BIN_MS by their lower ends; empty until a key


@dataclass(frozen=True, kw_only=True)
class Flips:
    """All intervals between two flips within trials."""

    n: int
    frames: Mapping[str, int]  # how many took how many frames
    late: Mapping[str, int]  # those over one and a half frames, by the phase that was on the screen meanwhile
    median_ms: float | None
    sd_ms: float | None  # of those of one frame
    most_ms: float | None
    bins: Mapping[float, int]  # ms, in bins of BIN_MS by their lower ends


@dataclass(frozen=True, kw_only=True)
class Off:
    """A trial whose exposure was off by half a frame or more, or is not known."""

    session: str
    index: int
    stimulus: str
    requested_ms: float | None
    planned_ms: float | None
    achieved_ms: float | None


@dataclass(frozen=True, kw_only=True)
class Timing:
    """What the display did, in a session or in several."""

    exposures: tuple[Exposure, ...]
    flips: Flips
    as_planned: int  # trials in which every timed phase had as many frames as planned
    timed: int  # trials with timed phases
    off: tuple[Off, ...]
    miscounted: tuple[int, ...]  # trials whose record says another exposure than its flips


@dataclass(frozen=True, kw_only=True)
class Rate:
    """The display's frames: measured before, demanded by the protocol, and as the trials' flips have them."""

    hz: float | None
    period_ms: float | None
    sd_ms: float | None
    worst_ms: float | None
    demanded_hz: tuple[float, ...]
    from_flips_ms: float | None  # median interval of the trials
    wrong: tuple[str, ...]  # what is not as the protocol asks, in words


def timing_of(done: Sequence[Done], intervals: Intervals) -> Timing:
    """What the display did in these trials."""
    timed = [one for one in done if one.record["frames_planned"]]
    return Timing(
        exposures=tuple(exposures(done)),
        flips=flips_of(intervals),
        as_planned=sum(_as_planned(one) for one in timed),
        timed=len(timed),
        off=tuple(_off(one) for one in done if one.off),
        miscounted=tuple(one.planned.index for one in done if _miscounted(one)),
    )


def exposures(done: Iterable[Done]) -> list[Exposure]:
    """The exposures by what was asked for: over all conditions, then each."""
    cells: dict[tuple[str, float | None], dict[str | None, list[Done]]] = defaultdict(lambda: defaultdict(list))
    for one in done:
        for condition in (None, one.planned.condition):
            cells[one.trial.group, one.trial.requested_ms][condition].append(one)
    return [
        _exposure(group, ms, condition, cells[group, ms][condition])
        for group, ms in sorted(cells, key=lambda cell: (cell[1] is None, cell[1] or 0.0, cell[0]))
        for condition in sorted(cells[group, ms], key=lambda name: name or "")
    ]


def flips_of(intervals: Intervals) -> Flips:
    """What the intervals between flips say."""
    frames = dict.fromkeys(FRAMES, 0)
    late: dict[str, int] = {}
    every: Counter[float] = Counter()
    single: Counter[float] = Counter()
    for (phase, period), counts in intervals.items():
        every.update(counts)
        late.setdefault(phase, 0)
        for ms, count in counts.items():
            took = round(ms / period)
            frames["3+" if took > 2 else str(took)] += count
            if took == 1:
                single[ms] += count
            if ms > LATE * period:
                late[phase] += count
    bins: Counter[float] = Counter()
    for ms, count in every.items():
        (lower,) = in_bins([ms], BIN_MS)
        bins[lower] += count
    return Flips(
        n=sum(frames.values()),
        frames=frames,
        late=late,
        median_ms=middle(every),
        sd_ms=_sd(single),
        most_ms=max(every, default=None),
        bins=dict(sorted(bins.items())),
    )


def rate_of(session: Observed) -> Rate:
    """The refresh of the display that the session was last run on, and whether each run was as the protocol asks."""
    display = session.last_run.get("display", {})
    demanded = session.protocol.display.hz or ()
    return Rate(
        hz=display.get("hz"),
        period_ms=period_of(display),
        sd_ms=display.get("sd_ms"),
        worst_ms=display.get("worst_ms"),
        demanded_hz=tuple(demanded),
        from_flips_ms=flips_of(session.intervals).median_ms,
        wrong=tuple(dict.fromkeys(_wrong(session, demanded))),
    )


def _wrong(session: Observed, demanded: Sequence[float]) -> Iterable[str]:
    for period in filter(None, (period_of(run["display"]) for run in session.runs)):
        hz = 1000 / period
        if demanded and not any(abs(hz / each - 1) <= NEAR for each in demanded):
            rates = " or ".join(f"{each:g}" for each in demanded)
            yield f"the display ran at {hz:.2f} Hz, but the protocol asks for {rates} Hz"
        for name, (ms, tolerance) in session.protocol.durations.items():
            if not Count.of(ms, period).within(tolerance):
                yield f"{name}: {described(ms, tolerance, period)}"
    for period in sorted({period for _, period in session.intervals}):
        seen: Counter[float] = Counter()
        for (_, each), counts in session.intervals.items():
            if each == period:
                seen.update(counts)
        median = middle(seen)
        if median is not None and abs(median / period - 1) > NEAR:
            yield f"frames came every {median:.2f} ms in the trials, but every {period:.2f} ms when it was measured"


def _exposure(group: str, ms: float | None, condition: str | None, done: Sequence[Done]) -> Exposure:
    achieved = [one.achieved_ms for one in done if one.achieved_ms is not None]
    plans = Counter((one.frames, round(1000 / one.period_ms, 1)) for one in done if one.frames is not None)
    return Exposure(
        group=group,
        requested_ms=ms,
        condition=condition,
        frames=tuple(Frames(count=count, hz=hz, trials=plans[count, hz]) for count, hz in sorted(plans)),
        achieved=Spread.of(achieved),
        unknown=len(done) - len(achieved),
        off=sum(one.off for one in done),
        bins={} if ms is None else in_bins(achieved, BIN_MS),
    )


def _as_planned(one: Done) -> bool:
    planned, flipped = one.record["frames_planned"], one.record["frames_flipped"]
    return all(flipped.get(name) == frames for name, frames in planned.items())


def _off(one: Done) -> Off:
    return Off(
        session=one.session,
        index=one.planned.index,
        stimulus=one.planned.stimulus,
        requested_ms=one.trial.requested_ms,
        planned_ms=one.planned_ms,
        achieved_ms=one.achieved_ms,
    )


def _miscounted(one: Done) -> bool:
    said, counted = one.record["achieved_ms"], one.achieved_ms
    if said is None or counted is None:
        return said is not counted
    return bool(abs(said - counted) > MISCOUNTED_MS)


def _sd(counts: Mapping[float, int]) -> float | None:
    n = sum(counts.values())
    if n < 2:
        return None
    mean = sum(value * count for value, count in counts.items()) / n
    return sqrt(sum(count * (value - mean) ** 2 for value, count in counts.items()) / (n - 1))
