"""The part of the page that is about one session. Pure."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from askew.errors import counted
from askew_experiments.qc import Quality, Unreadable
from askew_experiments.qc_course import duration
from askew_experiments.qc_figures import accuracy_table, charts, exposure_table, late_words, ms, sides_table
from askew_experiments.qc_html import NONE, Cell, facts, found_list, status_badges, table
from askew_experiments.qc_session import SessionQuality
from askew_experiments.qc_study import display_words, seen_from
from askew_experiments.qc_timeline import KINDS, timeline
from askew_experiments.sensor import SensorReport

MOST_EXPOSURES = 6  # rows
MOST_BAD = 200  # trials that are listed one by one; more are in the JSON


def session_section(found: Quality, session: SessionQuality, place: str) -> str:
    """All about one session."""
    badges = status_badges(session.status, simulated=session.simulated)
    mine = [finding for finding in found.findings if finding.session == session.name]
    return "".join(
        [
            f'<section class="session" id="{place}">\n<h2>{escape(session.name)} {badges}</h2>\n',
            "" if found.only else '<nav><a href="#sessions">All sessions</a></nav>\n',
            found_list(mine),
            facts(_facts(session)),
            _course(found, session),
            charts(session.timing, session.answers, session.refresh.period_ms, session.name),
            _bad_trials(session),
            _sensor(found.sensor) if found.sensor else "",
            '<div class="side">\n',
            exposure_table(session.timing, MOST_EXPOSURES),
            accuracy_table(session.answers, 1 / max(1, len(session.answers.places))) if session.done else "",
            sides_table(session.answers) if session.done else "",
            _events(session),
            "</div>\n",
            "</section>\n",
        ]
    )


def unreadable_section(found: Quality, one: Unreadable, place: str) -> str:
    """What there is to say of a session that cannot be read."""
    mine = [finding for finding in found.findings if finding.session == one.name]
    return (
        f'<section class="session" id="{place}">\n<h2>{escape(one.name)} {status_badges("unreadable")}</h2>\n'
        f"{found_list(mine)}</section>\n"
    )


def _facts(session: SessionQuality) -> Iterator[tuple[str, str]]:
    timing, answers, course = session.timing, session.answers, session.course
    yield "Participant, session", f"{session.participant}, {session.session}"
    yield "Protocol", f"{session.protocol} ({session.protocol_sha256[:12]}\N{HORIZONTAL ELLIPSIS})"
    yield "Place in the design", f"{session.stream}, number {session.number}, part {session.part + 1}"
    yield "Trials", f"{session.done:,} of {session.planned:,}{_rest(session)}"
    yield "Frames as planned in all phases", f"{timing.as_planned:,} of {timing.timed:,} trials" if timing.timed else ""
    yield "Frames", late_words(timing.flips) if timing.flips.n else ""
    yield "Refresh", _refresh(session)
    yield "Outcomes", _outcomes(session)
    anticipated = f"{counted(answers.anticipations, 'key')} in {counted(answers.anticipated, 'trial')}"
    yield "Anticipations", anticipated if answers.anticipations else "none"
    yield (
        "Other keys",
        ", ".join(f"{key} {counted(count, 'time')}" for key, count in answers.other_keys.items()) or "none",
    )
    yield "Practice", "; ".join(f"round {one.round}: {one.right} of {one.trials} right" for one in course.practice)
    if course.duration_s is not None:
        away = f", of which {duration(course.away_s)} away" if course.away_s else ""
        yield "Duration", f"{duration(course.duration_s)}{away}"
    yield "Began and ended", f"{_utc(course.began)} to {_utc(course.ended)} UTC" if course.began else ""
    yield "Response clock", _clock(session)
    yield "Display", _display(session.display)
    yield "Devices", ", ".join(_devices(session.devices)) or "none"
    yield "Software", ", ".join(f"{name} {version}" for name, version in session.versions.items() if version)
    yield "System", session.system or ""


def _devices(devices: Mapping[str, Any]) -> Iterator[str]:
    """What was attached: a table of lab.toml says of what is not that its port or its kind is none."""
    for name, its in devices.items():
        kind = (its.get("port") or its.get("kind")) if isinstance(its, Mapping) else its
        if its and kind != "none":
            yield name.replace("_", " ")


def _rest(session: SessionQuality) -> str:
    told = [(len(session.seen_again), "shown again"), (len(session.skipped), "skipped")]
    return "".join(f", {count:,} {words}" for count, words in told if count)


def _refresh(session: SessionQuality) -> str:
    refresh = session.refresh
    if not refresh.period_ms:
        return ""
    demanded = " or ".join(f"{hz:g}" for hz in refresh.demanded_hz)
    parts = [
        f"{1000 / refresh.period_ms:.2f} Hz",
        f"SD {ms(refresh.sd_ms, 3)}" if refresh.sd_ms is not None else "",
        f"worst {ms(refresh.worst_ms)}" if refresh.worst_ms is not None else "",
        f"in the trials {1000 / refresh.from_flips_ms:.2f} Hz" if refresh.from_flips_ms else "",
        f"asked for: {demanded} Hz" if demanded else "",
    ]
    return "; ".join(part for part in parts if part)


def _utc(stamp: str | None) -> str:
    """A time of day to the second, as people write it."""
    return "" if stamp is None else stamp[:19].replace("T", " ")


def _outcomes(session: SessionQuality) -> str:
    answers = session.answers
    told = {
        "answered": answers.answered,
        "without an answer in time": answers.timeout,
        "too early": answers.early,
        "too late": answers.late,
        "mis-clicks": answers.misclick,
    }
    return ", ".join(f"{count:,} {words}" for words, count in told.items() if count)


def _clock(session: SessionQuality) -> str:
    late = session.clock["uncertainty_ms"]
    sources = ", ".join(session.clock["rt_source"]) or session.clock["source"] or ""
    return f"{sources}{'' if late is None else f'; at most {late:g} ms late'}"


def _display(display: Mapping[str, Any]) -> str:
    more = {
        "scale_percent": "scaling {} %",
        "px_per_deg": "{:.1f} px a degree",
        "paced_hz": "paced at {} Hz by the program",
    }
    told = (words.format(display[key]) for key, words in more.items() if display.get(key))
    return ", ".join(part for part in (display_words(display), seen_from(display), *told) if part)


def _course(found: Quality, session: SessionQuality) -> str:
    about = f"the course of {session.name}: {session.done} trials, each at its time and with its response time"
    chart = timeline(found.marks[session.name], session.course.events, about)
    if not chart:
        return ""
    keys = "".join(f"<li>{_sample(kind)}{words}</li>" for kind, words in KINDS.items())
    return (
        "<figure><b>Course of the session</b>\n"
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(about)}">{chart}</div>\n'
        f'<ul class="legend">{keys}</ul>\n<figcaption>Shaded: breaks and pauses. P practice, II pause, '
        "E end.</figcaption></figure>\n"
    )


def _sample(kind: str) -> str:
    dot = "M8 8h0"
    hole = f'<path class="dots hole" d="{dot}"/>' if kind == "wrong" else ""
    ring = f'<path class="dots right" d="{dot}"/>' if kind == "off" else ""
    return f'<svg viewBox="0 0 16 16" aria-hidden="true"><path class="dots {kind}" d="{dot}"/>{hole}{ring}</svg>'


def _bad_trials(session: SessionQuality) -> str:
    rows: list[list[str | Cell]] = [
        [f"{off.index:,}", off.stimulus, ms(off.requested_ms), ms(off.planned_ms), ms(off.achieved_ms), "off"]
        for off in session.timing.off[:MOST_BAD]
    ]
    for marked, why in ((session.seen_again, "shown again"), (session.skipped, "interrupted, not repeated")):
        rows += [[f"{one.index:,}", one.stimulus, NONE, NONE, NONE, why] for one in marked]
    return table(
        "Trials that are marked as invalid, or have no answer",
        ["Trial", "Picture", "Asked for", "Planned", "Achieved", "Why"],
        rows,
        words=[1, 5],
    )


def _events(session: SessionQuality) -> str:
    return table(
        "What happened when",
        ["After", "UTC", "What", "Lasted"],
        [
            [duration(event.at_s), _utc(event.utc)[11:], event.said, _lasted(event.lasted_s)]
            for event in session.course.events
        ],
        words=[1, 2],
    )


def _lasted(seconds: float | None) -> str:
    return NONE if seconds is None else duration(seconds)


def _sensor(sensor: SensorReport) -> str:
    rows: list[list[str | Cell]] = [
        [f"run {clock.run}", f"{clock.matched:,}", f"{clock.drift_ppm:g}", ms(clock.jitter_ms, 3)]
        for clock in sensor.clocks
    ]
    return (
        f"<h3>Light sensor</h3>\n<p>{escape(sensor.said[:1].upper() + sensor.said[1:])}. "
        f"{sensor.extra:,} of {sensor.flashes:,} flashes belong to no trial.</p>\n"
        + table("The sensor's clock beside the program's", ["Run", "Onsets matched", "Drift (ppm)", "Jitter"], rows)
    )
