"""What makes the data of a session unusable or doubtful, and what is worth knowing of it."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from askew.errors import counted
from askew_experiments.amounts import Share, exact_interval
from askew_experiments.observed import Observed
from askew_experiments.qc_answers import FAST_MS, Answers, Place
from askew_experiments.qc_course import Course, duration
from askew_experiments.qc_finding import Finding, listed, trials_named
from askew_experiments.qc_study import display_words
from askew_experiments.qc_timing import Rate, Timing
from askew_experiments.sensor import SensorReport

MANY_LATE = 0.01  # of all flips: the timing of such a display cannot be trusted
UNSYNCHRONISED = 0.01  # of all flips that did not wait for the display
OFTEN = 0.1  # of the trials
FAST = 0.05  # of the answers
NEAR_CHANCE = 0.1  # above chance, in proportions
ENOUGH = 10  # answers before shares of them say anything
ONE_KEY = 0.9  # of the answers: nobody who looks at the pictures gives so many with one key
BIASED = 0.99  # level of the interval that the truth's share lies outside of
PEOPLE_SEE = "upright"  # the condition that everybody should manage


class Numbers(NamedTuple):
    """What the checks are about."""

    timing: Timing
    refresh: Rate
    answers: Answers
    course: Course


def findings(session: Observed, numbers: Numbers) -> Iterator[Finding]:
    """Everything found in a session."""
    yield from _of_journal(session)
    yield from _of_trials(session)
    yield from _of_timing(session, numbers.timing, numbers.refresh)
    yield from _of_people(session, numbers.answers)
    yield from _of_answers(session, numbers.answers)
    yield from _of_course(session, numbers.course)


def findings_of_sensor(sensor: SensorReport, name: str) -> Iterator[Finding]:
    """What a light sensor saw otherwise than time stamps say."""
    if sensor.disagree:
        said = f"bright for half a frame more or less than time stamps say: {trials_named(sensor.disagree)}"
        yield Finding("luminance", name, said)
    if sensor.shifted:
        said = f"half a frame sooner or later than usual after time stamps: {trials_named(sensor.shifted)}"
        yield Finding("shifted", name, said)
    if sensor.missed:
        yield Finding("unseen", name, f"the sensor saw nothing of {trials_named(sensor.missed)}", note=True)


def _of_journal(session: Observed) -> Iterator[Finding]:
    """Whether it is the session that its folder and its plan say, and how far it came."""
    plan, name = session.plan, session.name
    if plan.folder != name:
        yield Finding("misplaced", name, f"its journal is that of {plan.folder}; give the folder its name back")
    if session.protocol.sha256 != plan.protocol.sha256:
        said = f"the text of {plan.protocol.name} in its plan has another hash than the plan says"
        yield Finding("other-text", name, said)
    steps = [record["type"] for record in session.records if record["type"] in {"begin", "consent"}]
    if session.protocol.consent and "begin" in steps and steps[0] != "consent":
        yield Finding("no-consent", name, "pictures were shown, but nobody had consented before; do not use it")
    if session.status == "unfinished":
        left = len(plan.trials) - len(session.progress.finished)
        said = f"{left:,} of {counted(len(plan.trials), 'trial')} are left; `askew session resume` goes on"
        yield Finding("unfinished", name, said, note=True)
    for record in session.records:
        if record["type"] == "abort":
            said = f"ended for good after {counted(len(session.done), 'trial')}: {record['reason']}"
            yield Finding("aborted", name, said, note=True)
        elif record["type"] == "repair":
            said = f"a torn last line of {record['bytes']:,} bytes was cut off, and kept in journal.torn"
            yield Finding("repaired", name, said, note=True)
        elif record["type"] in {"note", "override"}:
            yield Finding("told", name, str(record["said"]), note=True)


def _of_trials(session: Observed) -> Iterator[Finding]:
    """Whether each trial was done once, as planned."""
    name, planned = session.name, {trial.index: trial for trial in session.plan.trials}
    if session.strange:
        yield Finding("unplanned", name, f"{_some(session.strange)} not in the plan")
    other = [one.planned.index for one in session.done if one.record["stimulus"] != one.planned.stimulus]
    if other:
        yield Finding("unplanned", name, f"{_some(other)} of another picture than planned")
    times = Counter(one.planned.index for one in session.done)
    if twice := [index for index, count in times.items() if count > 1]:
        yield Finding("repeated-trial", name, f"{_some(twice)} there more than once")
    shown = Counter(planned[index].stimulus for index in times)
    for stimulus in (stimulus for stimulus, count in shown.items() if count > 1):
        places = [index for index in times if planned[index].stimulus == stimulus]
        yield Finding("repeated-picture", name, f"{stimulus} was shown in trials {listed(places)}")
    missing = [index for index in planned if index not in session.progress.finished]
    if missing and session.status == "complete":
        yield Finding("missing-trials", name, f"it is complete, but {_some(missing)} not there")
    if again := [one.planned.index for one in session.done if one.again]:
        they = "it was" if len(again) == 1 else "they were"
        said = f"{_some(again)} marked as invalid, for {they} shown again after an interruption"
        yield Finding("seen-again", name, said, note=True)
    if bare := sum(trial.lacks_mask for trial in session.plan.trials):
        said = f"nothing was shown where a mask should be in {counted(bare, 'trial')}, for the set had none"
        yield Finding("no-masks", name, said, note=True)
    if session.skipped:
        they = "it was interrupted and is" if len(session.skipped) == 1 else "they were interrupted and are"
        said = f"{_some(session.skipped)} without an answer, for {they} not repeated"
        yield Finding("skipped", name, said, note=True)


def _of_timing(session: Observed, timing: Timing, refresh: Rate) -> Iterator[Finding]:
    """Whether the display did what was asked of it."""
    name, flips = session.name, timing.flips
    for said in refresh.wrong:
        yield Finding("refresh", name, said)
    if timing.off:
        each = listed([f"trial {off.index} {_ms(off.achieved_ms)}" for off in timing.off], most=3)
        many = f"{len(timing.off):,} of {counted(len(session.done), 'trial')}"
        yield Finding("invalid-timing", name, f"the exposure is off by half a frame or more in {many}: {each}")
    unmarked = [one.planned.index for one in session.done if one.off and one.trial.timing_valid is not False]
    if unmarked:
        yield Finding("unmarked", name, f"{_some(unmarked)} not marked as invalid, but off by half a frame or more")
    if timing.miscounted:
        yield Finding(
            "miscounted", name, f"{_some(timing.miscounted)} said to have another exposure than the flips show"
        )
    if flips.n and flips.frames["0"] > UNSYNCHRONISED * flips.n:
        why = ", for the program paced them" if any(_paced(session)) else "; turn vsync on"
        said = f"{flips.frames['0']:,} of {flips.n:,} flips did not wait for the display{why}"
        yield Finding("unsynchronised", name, said)
    if late := sum(flips.late.values()):
        by_phase = ", ".join(f"{count:,} in {phase}" for phase, count in flips.late.items() if count)
        said = f"{late:,} of {flips.n:,} frames were followed late ({by_phase})"
        yield Finding("late-frames", name, said, note=late <= MANY_LATE * flips.n)
    yield from _of_display(session)
    for said in session.overrides:
        yield Finding("override", name, said, note=True)


def _of_display(session: Observed) -> Iterator[Finding]:
    """How the pictures came to the screen, where that was not as it should be."""
    name, displays = session.name, [run["display"] for run in session.runs]
    if rates := _paced(session):
        said = f"flips were paced by the program, at {' and '.join(f'{hz:g}' for hz in rates)} Hz, not by the display"
        yield Finding("paced", name, said, note=True)
    if any(display.get("full_screen") is False for display in displays):
        yield Finding("window", name, "shown in a window, not on the full screen: the desktop may delay it", note=True)
    if resampled := max((display.get("resampled") or 0 for display in displays), default=0):
        pictures = f"{counted(resampled, 'picture')} {'was' if resampled == 1 else 'were'}"
        its = "its" if resampled == 1 else "their"
        yield Finding("resampled", name, f"{pictures} resampled to {its} size on the screen", note=True)


def _of_people(session: Observed, answers: Answers) -> Iterator[Finding]:
    """Whether the participant took part as asked."""
    name, chance = session.name, 1 / session.protocol.design.labels
    for place in answers.places:
        chosen = place.chosen
        if chosen.n >= ENOUGH and chosen.hits >= ONE_KEY * chosen.n:
            yield Finding("one-key", name, f"{_said(chosen)} of the answers were the key {place.key}")
        elif place.place == 0 and _biased(place):
            said = f"the key {place.key} was pressed in {_said(chosen)} of the answers, and right in {place.truth:,}"
            yield Finding("side-bias", name, said, note=True)
    for each in answers.conditions:
        low = each.right.hits < max(0.5, chance + NEAR_CHANCE) * each.right.n
        if each.condition == PEOPLE_SEE and each.right.n >= ENOUGH and low:
            said = f"{_said(each.right)} right in {each.condition}, where chance is {100 * chance:.0f} %"
            yield Finding("low-accuracy", name, said, note=True)
    first, second = answers.halves
    if first.low is not None and second.high is not None and first.low > second.high:
        said = f"{_said(first)} right in the first half of the trials, {_said(second)} in the second"
        yield Finding("drift", name, said, note=True)
    if answers.fast.hits > FAST * answers.fast.n:
        said = f"{_said(answers.fast)} of the answers took less than {FAST_MS:g} ms"
        yield Finding("fast", name, said, note=True)


def _of_answers(session: Observed, answers: Answers) -> Iterator[Finding]:
    """Whether many trials have no answer, or more keys than one."""
    for code, count, said in (
        ("time-outs", answers.timeout, "without an answer in time"),
        ("outside-window", answers.early + answers.late, "answered outside the window that the signal opens"),
        ("mis-clicks", answers.misclick, "ended by a key that means nothing"),
        ("anticipations", answers.anticipated, "with keys pressed before answers counted"),
    ):
        if count > OFTEN * len(session.done):
            yield Finding(code, session.name, f"{count:,} of {counted(len(session.done), 'trial')} {said}", note=True)


def _of_course(session: Observed, course: Course) -> Iterator[Finding]:
    """Whether it was done in one go, on one machine, by a clock that can be trusted."""
    if course.runs > 1:
        said = f"done in {course.runs} runs of the program, {duration(course.away_s)} apart in all"
        yield Finding("resumed", session.name, said, note=True)
    displays = [display_words(run["display"]) for run in session.runs]
    clocks = [run.get("keyboard", {}).get("source") for run in session.runs]
    for what, each in (("display", displays), ("clock of keys", clocks)):
        if len(several := dict.fromkeys(filter(None, each))) > 1:
            said = f"its runs had more than one {what}: {'; '.join(several)}; numbers and sidecars name one of them"
            yield Finding("other-machine", session.name, said, note=True)
    if course.backwards:
        said = f"the computer's time of day went back {counted(course.backwards, 'time')}; durations are doubtful"
        yield Finding("clock", session.name, said, note=True)


def _paced(session: Observed) -> list[float]:
    """The rates at which the program itself paced flips, as on a display without a refresh to wait for."""
    return [*dict.fromkeys(hz for run in session.runs if (hz := run["display"].get("paced_hz")))]


def _biased(place: Place) -> bool:
    if place.chosen.n < ENOUGH:
        return False
    low, high = exact_interval(place.chosen.hits, place.chosen.n, BIASED)
    return not low <= place.truth / place.chosen.n <= high


def _some(indices: list[int] | tuple[int, ...]) -> str:
    """Trials by their indices, as the beginning of a sentence."""
    return f"{trials_named(indices)} {'is' if len(indices) == 1 else 'are'}"


def _ms(ms: float | None) -> str:
    return "unknown" if ms is None else f"{ms:.1f} ms"


def _said(share: Share) -> str:
    return f"{share.hits:,} of {share.n:,} ({100 * (share.share or 0):.0f} %)"
