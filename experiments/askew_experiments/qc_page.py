"""The page of quality control: one HTML file that needs no network and no scripts; the same journals, the same bytes.

The study comes first: what was found, sentences for a paper, sums, coverage, all sessions. Then comes each session.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from askew import __version__
from askew.errors import counted
from askew_experiments.qc import MAKER, Quality
from askew_experiments.qc_course import duration
from askew_experiments.qc_figures import accuracy_table, charts, exposure_table, sides_table
from askew_experiments.qc_html import NONE, Cell, badge, breakable, folded_list, status_badges, table
from askew_experiments.qc_page_coverage import coverage_section
from askew_experiments.qc_page_session import session_section, unreadable_section
from askew_experiments.qc_session import SessionQuality
from askew_experiments.qc_study import Summary
from askew_experiments.qc_style import STYLE

SIGN = f'<meta name="generator" content="{MAKER}">'


def as_html(found: Quality) -> str:
    """The page."""
    links = {name: f"session-{place}" for place, name in enumerate(_names(found), start=1)}
    title = found.title or found.name
    whose = f"{title}, {found.only}" if found.only else title
    body = "".join(
        [
            *_head(found, whose),
            *_faults(found, links),
            *_methods(found),
            *_notes(found, links),
            *(() if found.only else _protocols(found.summaries)),
            coverage_section(found.coverage),
            *_sessions(found, links),
            *(session_section(found, session, links[session.name]) for session in found.sessions),
            *(unreadable_section(found, one, links[one.name]) for one in found.unreadable),
            *_provenance(found),
        ]
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n{SIGN}\n'
        f"<title>Quality control: {escape(whose)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}"
        "</body>\n</html>\n"
    )


def _names(found: Quality) -> list[str]:
    return [*(session.name for session in found.sessions), *(one.name for one in found.unreadable)]


def _head(found: Quality, whose: str) -> Iterator[str]:
    yield f'<header>\n<p class="eyebrow">Quality control of sessions</p>\n<h1>{escape(whose)}</h1>\n'
    if any(session.simulated for session in found.sessions):
        every = all(session.simulated for session in found.sessions)
        some = "All" if every else "Some"
        yield (
            f'<div class="banner warn"><p><strong>{some} participants are simulated.</strong> '
            "They are programs; their answers and times are not data of people.</p></div>\n"
        )
    faults = len(found.faults)
    if faults:
        said = f"{faults:,} {'thing makes' if faults == 1 else 'things make'} data unusable or doubtful"
        where = "It stands below." if faults == 1 else "Each stands below."
        yield f'<div class="banner bad"><p><strong>{said}.</strong> {where}</p></div>\n'
    else:
        yield (
            '<div class="banner good"><p><strong>Nothing was found</strong> that makes data unusable or doubtful.'
            "</p></div>\n"
        )
    yield f'<ul class="tiles">\n{"".join(_tiles(found))}</ul>\n</header>\n'


def _tiles(found: Quality) -> Iterator[str]:
    trials = sum(session.done for session in found.sessions)
    off = sum(len(session.timing.off) for session in found.sessions)
    late = sum(sum(session.timing.flips.late.values()) for session in found.sessions)
    flips = sum(session.timing.flips.n for session in found.sessions)
    timed = sum(session.timing.timed for session in found.sessions)
    sessions = len(found.sessions) + len(found.unreadable)
    yield _tile(f"{found.statuses.get('complete', 0):,} of {sessions:,}", "sessions complete")
    people, programs = found.participants(simulated=False), found.participants(simulated=True)
    if people:
        yield _tile(f"{people:,}", "person" if people == 1 else "people")
    if programs:
        yield _tile(f"{programs:,}", "simulated participant" if programs == 1 else "simulated participants")
    yield _tile(f"{trials:,}", "trials done")
    yield _tile(f"{off:,}", f"of {timed:,} exposures off by half a frame or more", alarm=off > 0)
    yield _tile(f"{late:,}", f"of {flips:,} frames followed late")
    yield _tile(f"{len(found.findings) - len(found.faults):,}", "notes, which are no faults")


def _tile(number: str, words: str, alarm: bool = False) -> str:
    kind = ' class="alarm"' if alarm else ""
    return f"<li{kind}><b>{number}</b><span>{escape(words)}</span></li>\n"


def _faults(found: Quality, links: Mapping[str, str]) -> Iterator[str]:
    if found.faults:
        yield f'<h2 id="findings">What was found</h2>\n{folded_list(found.faults, links)}'


def _notes(found: Quality, links: Mapping[str, str]) -> Iterator[str]:
    if notes := [finding for finding in found.findings if finding.note]:
        yield '<h2 id="notes">Notes</h2>\n<p class="faint">Worth knowing, but no faults.</p>\n'
        yield folded_list(notes, links)


def _methods(found: Quality) -> Iterator[str]:
    if found.methods:
        text = "".join(f"<p>{escape(paragraph)}</p>\n" for paragraph in found.methods)
        yield f'<h2 id="methods">For the methods section</h2>\n<blockquote>\n{text}</blockquote>\n'


def _protocols(summaries: Sequence[Summary]) -> Iterator[str]:
    """A section for each protocol with complete sessions, and a line that names the others."""
    yield from (_sums(summary) for summary in summaries if summary.sessions.get("complete"))
    none = [summary for summary in summaries if not summary.sessions.get("complete")]
    if none:
        names = ", ".join(f"{each.protocol}{' (simulated)' if each.simulated else ''}" for each in none)
        yield f'<p class="faint">Without a complete session so far: {escape(names)}.</p>\n'


def _sums(summary: Summary) -> str:
    kind = badge("simulated", "warn") if summary.simulated else ""
    named = summary.title and summary.title != summary.protocol
    name = f"{summary.title} ({summary.protocol})" if named else summary.protocol
    lead = (
        f'<h2 id="sums-{escape(summary.protocol)}{"-simulated" if summary.simulated else ""}">'
        f"{escape(name)} {kind}</h2>\n"
        f'<p class="faint">Over {counted(summary.sessions.get("complete", 0), "complete session")}, '
        f"{counted(summary.trials, 'trial')}."
        f"{_minutes(summary)}{escape(_groups(summary))}</p>\n"
    )
    if not summary.trials:
        return lead
    whose = f"all sessions of {summary.protocol}"
    return (
        f"{lead}{charts(summary.timing, summary.answers, _period(summary), whose)}"
        f'<div class="side">\n{exposure_table(summary.timing)}'
        + accuracy_table(summary.answers, _chance(summary))
        + sides_table(summary.answers)
        + "</div>\n"
    )


def _groups(summary: Summary) -> str:
    counts = ", ".join(f"{name} {count:,}" for name, count in summary.groups.items())
    return f" Participants by group: {counts}." if counts else ""


def _minutes(summary: Summary) -> str:
    spread = summary.minutes
    if spread is None:
        return ""
    mean, least, most = (round(value) for value in (spread.mean, spread.least, spread.most))
    extent = "" if least == most else f" ({least} to {most})"
    return f" A session took {counted(mean, 'minute')}{extent}."


def _period(summary: Summary) -> float | None:
    rates = {each.hz for exposure in summary.timing.exposures for each in exposure.frames}
    return 1000 / rates.pop() if len(rates) == 1 else summary.timing.flips.median_ms


def _chance(summary: Summary) -> float:
    return 1 / max(1, len(summary.answers.places))


def _sessions(found: Quality, links: Mapping[str, str]) -> Iterator[str]:
    if found.only:
        return
    yield '<h2 id="sessions">Sessions</h2>\n'
    rows = [_session_row(found, session, links[session.name]) for session in found.sessions]
    rows += [
        [_link(one.name, links[one.name]), Cell(status_badges("unreadable"), html=True), *[NONE] * 9, "1"]
        for one in found.unreadable
    ]
    heads = ["Session", "Status", "Protocol", "Trials", "Exposure (ms)", "Off", "Late", "RT (ms)", "No answer"]
    yield table("All sessions", [*heads, "Upright right", "Duration", "Findings"], rows, words=[1, 2, 4], wide=True)


def _session_row(found: Quality, session: SessionQuality, link: str) -> list[str | Cell]:
    spreads = [one.achieved for one in session.timing.exposures if one.condition is None and one.achieved]
    exposure = ", ".join(f"{each.mean:,.1f}" for each in spreads) or NONE
    upright = [one.right for one in session.answers.conditions if one.condition == "upright"]
    right, answered = sum(share.hits for share in upright), sum(share.n for share in upright)
    off, faults = len(session.timing.off), sum(finding.session == session.name for finding in found.faults)
    answers = session.answers
    return [
        _link(session.name, link),
        Cell(status_badges(session.status, simulated=session.simulated), html=True),
        breakable(session.protocol),
        f"{session.done:,} of {session.planned:,}",
        exposure,
        Cell(f"{off:,}", alarm=off > 0),
        f"{sum(session.timing.flips.late.values()):,}",
        NONE if answers.rt is None else f"{answers.rt.median:,.0f}",
        f"{answers.timeout + answers.misclick + answers.early + answers.late:,}",
        f"{100 * right / answered:.0f} %" if answered else NONE,
        NONE if session.course.duration_s is None else duration(session.course.duration_s - session.course.away_s),
        Cell(f"{faults:,}", alarm=faults > 0),
    ]


def _link(name: str, place: str) -> Cell:
    return Cell(f'<a href="#{place}">{escape(name)}</a>', html=True)


def _provenance(found: Quality) -> Iterator[str]:
    yield '<h2 id="provenance">Provenance</h2>\n'
    rows: list[list[str | Cell]] = [
        [journal["path"], Cell(f"<code>{escape(journal['sha256'])}</code>", html=True)]
        for journal in (*(one.journal for one in found.sessions), *(one.journal for one in found.unreadable))
    ]
    protocols = dict.fromkeys((one.protocol, one.protocol_sha256) for one in found.sessions)
    rows += [[f"protocol {name}", Cell(f"<code>{escape(digest)}</code>", html=True)] for name, digest in protocols]
    if found.manifest_sha256:
        rows.append(["stimuli/manifest.csv", Cell(f"<code>{found.manifest_sha256}</code>", html=True)])
    if found.sensor:
        rows.append([found.sensor.log, Cell(f"<code>{found.sensor.sha256}</code>", html=True)])
    yield f"<p>Made by askew {escape(__version__)} (<code>{MAKER}</code>) of these files.</p>\n"
    yield table("Files and their SHA-256", ["File", "SHA-256"], rows, words=[1])
