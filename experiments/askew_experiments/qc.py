"""Quality control of a study's sessions, as one object. `as_json` has these keys:

- `study`: `name`, `title`, `people` and `simulated` (how many participants are which), `sessions` (how many have which
  status), and `protocols`, a list with the sums over the complete sessions of each protocol, for both kinds apart
- `sessions`: list, in the order of their names. `name`, `participant`, `session`, `protocol`, `simulated`, `status`
  (`complete`, `aborted`, `unfinished`, or `unreadable`, which has `name` and `journal` only), trials `planned`, `done`,
  `seen_again` and `skipped`; `timing`, `refresh`, `answers`, `course`, `clock`, `overrides`, `versions`, `display`
- `timing` (of sessions and of `protocols`): `exposures` (by group and requested_ms; condition null: over all),
  `flips` (intervals in frames and in ms, late ones by phase), `as_planned` of `timed` trials, `off` (the bad trials)
- `answers` (likewise): outcomes, `rt`, `anticipations`, `other_keys`, right answers by `conditions` and in `halves` (a
  control, no result), `places` (how often the truth stood at each key's place, how often that was chosen)
- `coverage`: list by protocol, group and kind of participant: how many trials each picture was `shown` in, how many of
  them are `sound`, the `round` and how many participants `more` complete it
- `findings`: list of `{code, session, message, note}`; what is no note makes data unusable or doubtful
- `sensor`: what a light sensor's log says of the session, or null
- `methods`: text for a paper
- `provenance`: askew's version, the journals with their sha256, and the hashes of manifest and sensor log

Proportions are in 0..1, times in ms unless the key ends in `_s`; `bins` are lists of lower end and count. Nothing in it
tells when or on which machine it was made.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from askew import __version__
from askew.errors import BadInput, counted, meant, quoted
from askew.files import sha256
from askew.study import Study
from askew_experiments.journal import journals_of
from askew_experiments.methods import methods
from askew_experiments.observed import Observed, observe
from askew_experiments.qc_checks import findings_of_sensor
from askew_experiments.qc_course import Mark, marks_of
from askew_experiments.qc_coverage import Coverage, coverage_of
from askew_experiments.qc_coverage import findings as findings_of_coverage
from askew_experiments.qc_finding import STUDY, Finding, listed
from askew_experiments.qc_session import SessionQuality, quality_of
from askew_experiments.qc_study import Summary, summaries
from askew_experiments.qc_study import findings as findings_of_study
from askew_experiments.sensor import SensorReport, merge
from askew_stimuli.picture import Picture, read_manifest

MAKER = "askew session qc"
TRYING_OUT = "practice"  # the protocol that comes with askew and is no experiment
DIGITS = 4  # decimals: of ms, more than any clock has
Watch = Callable[[Iterable[Path], int], Iterable[Path]]


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """A session whose journal cannot be trusted."""

    name: str
    journal: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Quality:
    """All that quality control says of a study, or of one session of it (`only`)."""

    name: str
    title: str
    only: str | None
    sessions: tuple[SessionQuality, ...]
    unreadable: tuple[Unreadable, ...]
    summaries: tuple[Summary, ...]
    coverage: tuple[Coverage, ...]
    findings: tuple[Finding, ...]
    sensor: SensorReport | None
    methods: tuple[str, ...]  # a paragraph for each protocol with complete sessions
    manifest_sha256: str | None
    marks: Mapping[str, tuple[Mark, ...]]  # of each session, for the page

    @property
    def faults(self) -> list[Finding]:
        """What makes data unusable or doubtful."""
        return [finding for finding in self.findings if not finding.note]

    def participants(self, *, simulated: bool) -> int:
        """How many people, or how many programs in their place, have sessions."""
        return len({session.participant for session in self.sessions if session.simulated == simulated})

    @property
    def statuses(self) -> dict[str, int]:
        """How many sessions have which status."""
        found = Counter[str](session.status for session in self.sessions)
        return {**dict(sorted(found.items())), **({"unreadable": len(self.unreadable)} if self.unreadable else {})}


def quality(
    study: Study, only: str | None = None, log: Path | None = None, watch: Watch = lambda paths, _: paths
) -> Quality:
    """Quality control of all sessions, or of `only` one, beside which a light sensor's log may be laid.

    Sessions that cannot be read are findings; the others go on. BadInput where there are none. `watch` is handed the
    journals and may show how far it has come.
    """
    paths = journals_of(study.root)
    _check_only(study, paths, only)
    sessions, broken = _read(study, watch(paths, len(paths)))
    manifest, pictures, found = _pictures(study)
    found += findings_of_study(study, sessions)
    coverage = coverage_of(sessions, pictures)
    found += findings_of_coverage(sessions, coverage)
    kept = [session for session in sessions if only in {None, session.name}]
    sensor = merge(kept[0].records, log, kept[0].path) if log and kept else None
    each = [quality_of(session) for session in kept]
    minutes = {one.name: (one.course.duration_s - one.course.away_s) / 60 for one in each if one.course.duration_s}
    sums = summaries(kept, minutes)
    found += [finding for finding, _ in broken]
    found += [finding for one in each for finding in one.findings]
    found += findings_of_sensor(sensor, kept[0].name) if sensor else ()
    return Quality(
        name=study.name,
        title=study.title,
        only=only,
        sessions=tuple(each),
        unreadable=tuple(one for _, one in broken if only in {None, one.name}),
        summaries=tuple(sums),
        coverage=() if only else tuple(coverage),
        findings=tuple(sorted(_of(found, only), key=lambda one: (one.note, one.session != STUDY, one.session))),
        sensor=sensor,
        methods=(*_paragraphs(sums, each, sensor), *_left_out(broken, only)),
        manifest_sha256=manifest,
        marks={session.name: tuple(marks_of(session)) for session in kept},
    )


def as_json(found: Quality) -> dict[str, Any]:
    """All of it for programs; the keys are described above."""
    return {
        "maker": MAKER,
        "study": {
            "name": found.name,
            "title": found.title,
            "people": found.participants(simulated=False),
            "simulated": found.participants(simulated=True),
            "sessions": found.statuses,
            "protocols": _plain(found.summaries),
        },
        "sessions": [
            *({name: value for name, value in _plain(one).items() if name != "findings"} for one in found.sessions),
            *({**_plain(one), "status": "unreadable"} for one in found.unreadable),
        ],
        "coverage": [{**_plain(one), "equal": one.equal, "missing": list(one.missing)} for one in found.coverage],
        "findings": [vars(finding) for finding in found.findings],
        "sensor": None if found.sensor is None else {**_plain(found.sensor), "said": found.sensor.said},
        "methods": "\n\n".join(found.methods),
        "provenance": {
            "askew": __version__,
            "journals": [
                *(dict(one.journal) for one in found.sessions),
                *(dict(one.journal) for one in found.unreadable),
            ],
            "manifest": found.manifest_sha256,
            "sensor_log": None if found.sensor is None else found.sensor.sha256,
        },
    }


def gist(found: Quality) -> list[str]:
    """All of it in a few lines: findings, then how many there are; notes are counted only."""
    lines = [f"{finding.code}: {finding.session}: {finding.message}" for finding in found.faults]
    notes = Counter(finding.code for finding in found.findings if finding.note)
    if notes:
        each = ", ".join(f"{code} {count}" for code, count in sorted(notes.items()))
        lines.append(f"notes: {each} (see the page)")
    states = ", ".join(f"{count:,} {status}" for status, count in found.statuses.items())
    trials = sum(summary.trials for summary in found.summaries)
    faults = f"{len(found.faults):,} found" if found.faults else "nothing found"
    return [" ".join(line.splitlines()) for line in (*lines, f"{states}; {counted(trials, 'trial')}; {faults}")]


def _check_only(study: Study, paths: Sequence[Path], only: str | None) -> None:
    names = [path.parent.name for path in paths]
    if only is not None and only not in names:
        raise BadInput(f"{study.root}: has no session {quoted(only)}{meant(only, names)}; it has {listed(names, 3)}")


def _read(study: Study, paths: Iterable[Path]) -> tuple[list[Observed], list[tuple[Finding, Unreadable]]]:
    """The sessions that can be read, and what is wrong with the others."""
    sessions, broken = [], []
    for path in paths:
        try:
            sessions.append(observe(path, study.root))
        except BadInput as error:
            said = str(error).replace(str(path), path.name).replace(str(path.parent), path.parent.name)
            place = path.relative_to(study.root).as_posix()
            digest = sha256(path)
            broken.append(
                (
                    Finding("unreadable", path.parent.name, said),
                    Unreadable(name=path.parent.name, journal={"path": place, "sha256": digest}),
                )
            )
    return sessions, broken


def _pictures(study: Study) -> tuple[str | None, list[Picture], list[Finding]]:
    """The hash of the manifest, its pictures, and what is wrong with it."""
    if not study.manifest.is_file():
        return (
            None,
            [],
            [Finding("no-manifest", STUDY, "has no stimuli/manifest.csv; coverage counts plans only", note=True)],
        )
    digest = sha256(study.manifest)
    try:
        return digest, read_manifest(study.manifest), []
    except BadInput as error:
        said = str(error).replace(str(study.manifest), "stimuli/manifest.csv")
        return digest, [], [Finding("bad-manifest", STUDY, said)]


def _of(found: Iterable[Finding], only: str | None) -> Iterator[Finding]:
    return (finding for finding in found if only in {None, finding.session})


def _paragraphs(
    sums: Iterable[Summary], sessions: Sequence[SessionQuality], sensor: SensorReport | None
) -> Iterator[str]:
    """On each protocol that somebody completed a session of, and that is not for trying things out."""
    for summary in sums:
        if not summary.sessions.get("complete") or summary.protocol == TRYING_OUT:
            continue
        mine = [one for one in sessions if (one.protocol, one.simulated) == (summary.protocol, summary.simulated)]
        yield methods(summary, mine, None if sensor is None else sensor.said)


def _left_out(broken: Sequence[tuple[Finding, Unreadable]], only: str | None) -> Iterator[str]:
    names = [one.name for _, one in broken if only in {None, one.name}]
    if names:
        yield f"Left out, as journals could not be read: {', '.join(names)}."


def _plain(value: Any) -> Any:
    """The value as JSON has it: numbers rounded, bins as pairs."""
    if is_dataclass(value):
        plain = {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
        return {name: [*map(list, its.items())] if name.endswith("bins") else its for name, its in plain.items()}
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return round(value, DIGITS) if isinstance(value, float) else value
