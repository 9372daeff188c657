"""Sentences for the methods section of a paper, with the figures that were measured. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from askew.errors import counted
from askew_experiments.observed import without_numbers
from askew_experiments.qc_session import SessionQuality
from askew_experiments.qc_study import MaskShown, Summary, display_words, seen_from
from askew_experiments.qc_timing import Exposure
from askew_experiments.sensor import NOT_MEASURED

HASH = 12  # characters, enough to tell protocols apart


def methods(summary: Summary, sessions: Sequence[SessionQuality], measured: str | None = None) -> str:
    """A paragraph on the complete sessions of a protocol, which has some; `measured` is what a light sensor says."""
    complete = [session for session in sessions if session.status == "complete"]
    sentences = [
        *_who(summary, sessions),
        *_exposures(summary, measured),
        *_answers(summary, complete),
        *_machine(complete, summary.simulated),
    ]
    return " ".join(sentences)


def _who(summary: Summary, sessions: Sequence[SessionQuality]) -> Iterator[str]:
    kind = "simulated participant" if summary.simulated else "participant"
    if summary.simulated:
        yield "Simulated; not data of people."
    number = summary.sessions.get("complete", 0)
    hashes = dict.fromkeys(session.protocol_sha256[:HASH] for session in sessions)
    protocol = f"the protocol {summary.protocol} (SHA-256 {' and '.join(hashes)})"
    yield f"{counted(summary.complete_participants, kind)} completed {counted(number, 'session')} of {protocol}."
    if len(summary.groups) > 1:
        everybody = {*summary.groups.values()} == {summary.complete_participants}
        counts = ", ".join(f"{name} {count}" for name, count in summary.groups.items())
        yield f"Each took part in {_and([*summary.groups])}." if everybody else f"Participants by group: {counts}."
    if unfinished := summary.sessions.get("unfinished"):
        yield f"{_count(unfinished, 'unfinished session')} {_was(unfinished)} left out."
    if aborted := summary.sessions.get("aborted"):
        reasons = dict.fromkeys(session.reason.rstrip(". ") for session in sessions if session.reason)
        why = f" ({'; '.join(reasons)})" if any(reasons) else ""
        yield f"{_count(aborted, 'aborted session')} {_was(aborted)} left out{why}."


def _exposures(summary: Summary, measured: str | None) -> Iterator[str]:
    seen = [one for one in summary.timing.exposures if one.condition is None and one.achieved is not None]
    yield from _shown([one for one in seen if one.requested_ms is not None], measured or NOT_MEASURED)
    for exposure in seen:
        if exposure.requested_ms is None:
            yield f"Pictures stayed until a key was pressed ({_achieved(exposure)}; {measured or NOT_MEASURED})."
    yield from _masks(summary)
    off, timed = len(summary.timing.off), summary.timing.timed
    if any(exposure.frames for exposure in seen):
        marked = "" if not off else f" ({_percent(off, summary.trials)}), which {_is(off)} marked as invalid"
        yield f"The exposure was off by half a frame or more in {_count(off, 'trial')}{marked}."
    if timed:
        whole = f"{summary.timing.as_planned:,} of {_count(timed, 'trial')}"
        yield f"Every timed phase had as many frames as planned in {whole}."
    if summary.seen_again:
        again = summary.seen_again
        marked = f"{_was(again)} shown again after an interruption and {_is(again)} marked as invalid"
        yield f"{_count(again, 'trial')} {marked}."
    if summary.skipped:
        yield f"{_count(summary.skipped, 'interrupted trial')} {_was(summary.skipped)} not repeated."


def _shown(exposures: Sequence[Exposure], measured: str) -> Iterator[str]:
    """The exposures that were asked for, in one sentence."""
    if len(exposures) == 1:
        (one,) = exposures
        planned = f"{frames_words(one)}; achieved {_achieved(one)}"
        yield f"Pictures were shown for {one.requested_ms:g} ms ({planned}; {measured})."
    elif exposures:
        each = [f"{one.requested_ms:g} ms ({frames_words(one)}; achieved {_achieved(one)})" for one in exposures]
        yield f"Pictures were shown for {_and(each)}: {measured}."


def _masks(summary: Summary) -> Iterator[str]:
    """Which masks came with the pictures, and in how many trials none did that was planned."""
    if summary.masked:
        some = "" if summary.masked == summary.trials else f" in {summary.masked:,} of {_trials(summary)}"
        yield f"Pictures were {_and([_mask(mask) for mask in summary.masks])}{some}."
    if bare := summary.masks_lacking:
        yield f"No mask was shown in {_count(bare, 'trial')} that should have had one, for the set had none."


def _mask(mask: MaskShown) -> str:
    where = {"before": "preceded by", "with": "shown with", "after": "followed by"}[mask.place]
    times = " or ".join(f"{ms:g}" for ms in mask.ms)
    return f"{where} a mask " + (f"for {times} ms" if times else "until a key was pressed")


def _achieved(exposure: Exposure) -> str:
    spread = exposure.achieved
    if spread is None:
        return "unknown"
    sd = "" if spread.sd is None else f", SD {spread.sd:,.1f}"
    extent = f"range {spread.least:,.1f} to {spread.most:,.1f} over {_count(spread.n, 'trial')}"
    return f"{spread.mean:,.1f} ms{sd}, {extent}"


def frames_words(exposure: Exposure) -> str:
    """The planned frames in words; nothing where the picture stayed until a key."""
    several = len(exposure.frames) > 1
    return ", ".join(
        f"{_count(each.count, 'frame')} at {each.hz:.1f} Hz"
        + (f" in {_count(each.trials, 'trial')}" if several else "")
        for each in exposure.frames
    )


def _answers(summary: Summary, sessions: Sequence[SessionQuality]) -> Iterator[str]:
    answers = summary.answers
    sources = dict.fromkeys(source for session in sessions for source in session.clock["rt_source"])
    known = [session.clock["uncertainty_ms"] for session in sessions]
    late = "" if None in known or not known else f"; at most {max(known):g} ms late"
    if sources:
        zeros = dict.fromkeys(source.partition("; ")[0] for source in sources)
        clocks = dict.fromkeys(source.partition("; ")[2] for source in sources)
        yield f"Response times count from the {' or the '.join(zeros)} ({' or '.join(clocks)}{late})."
    if answers.rt is not None:
        rt = answers.rt
        yield (
            f"{_count(answers.answered, 'trial')} {_was(answers.answered)} answered (median response time "
            f"{rt.median:,.0f} ms, quartiles {rt.q1:,.0f} and {rt.q3:,.0f} ms)."
        )
    outside = answers.early + answers.late
    lacking = {
        "had no answer in time": answers.timeout,
        f"{_was(outside)} answered outside the window that the signal opened": outside,
        "ended by a key that means nothing": answers.misclick,
        "had keys pressed before answers counted, which were waited past": answers.anticipated,
    }
    if said := [f"{count:,} {words}" for words, count in lacking.items() if count]:
        yield f"Of {_trials(summary)}, {'; '.join(said)}."


def _machine(sessions: Sequence[SessionQuality], simulated: bool) -> Iterator[str]:
    rates = [1000 / session.refresh.period_ms for session in sessions if session.refresh.period_ms]
    displays = dict.fromkeys(words for session in sessions if (words := _display(session)))
    if displays and rates:
        spread = "" if max(rates) - min(rates) < 0.005 else f" to {max(rates):.2f}"
        how = "nothing was shown" if simulated else "measured"
        yield f"Display: {' and '.join(displays)}; refresh {min(rates):.2f}{spread} Hz ({how})."
    systems = dict.fromkeys(session.system for session in sessions if session.system)
    if programmes := _versions(sessions):
        yield f"Software: {', '.join(programmes)}{'; ' + ', '.join(systems) if systems else ''}."
    if overridden := [session for session in sessions if session.overrides]:
        reasons = {without_numbers(said): said for session in reversed(overridden) for said in session.overrides}
        yield f"In {_count(len(overridden), 'session')}, {'; '.join(reversed(reasons.values()))}."


def _display(session: SessionQuality) -> str:
    return ", ".join(words for words in (display_words(session.display), seen_from(session.display)) if words)


def _versions(sessions: Sequence[SessionQuality]) -> list[str]:
    found: dict[str, dict[str, None]] = {}
    for session in sessions:
        for name, version in _known(session.versions).items():
            found.setdefault(name, {})[version] = None
    return [f"{name} {' and '.join(found[name])}" for name in found]


def _known(versions: Mapping[str, str | None]) -> dict[str, str]:
    return {name: version for name, version in versions.items() if version}


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _count(number: int, noun: str) -> str:
    return counted(number, noun) if number else f"no {noun}"


def _trials(summary: Summary) -> str:
    return _count(summary.trials, "trial")


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _percent(part: int, whole: int) -> str:
    percent = 100 * part / whole
    return f"{percent:.0f} %" if percent >= 10 else f"{percent:.2g} %"
