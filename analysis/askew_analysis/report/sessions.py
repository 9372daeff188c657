"""What sidecars and protocols tell of how pictures came to people: displays, clocks, and the course of a trial."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from askew.errors import BadInput
from askew.files import sha256
from askew.sidecar import Sidecar
from askew.study import read_toml
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.wording import joined, known, shown

VIRTUAL = "virtual"  # the renderer of simulated sessions, which show nothing
ELEMENTS = {"fixation": "fixation cross", "image": "picture"}  # of a protocol, where another word is clearer


@dataclass(frozen=True, kw_only=True)
class Screen:
    """A display that sessions were shown on."""

    protocol: str | None
    renderer: str
    size: str | None
    hz: float | None
    period_ms: float | None
    sessions: int
    paced: bool  # the program and not the display decided when a frame was shown

    @property
    def virtual(self) -> bool:
        """Whether nothing was shown."""
        return self.renderer == VIRTUAL


def of_people(evidence: Evidence) -> dict[str, Sidecar]:
    """The sidecars of tables of people; those of simulated ones only where the report is about them."""
    return {
        name: facts
        for name, facts in evidence.sidecars.items()
        if (facts.clocks or facts.display) and (evidence.simulated or facts.display.get("renderer") != VIRTUAL)
    }


def without_record(evidence: Evidence) -> tuple[str, ...]:
    """The tables of trials that have no sidecar, in their order, as provenance names them."""
    return tuple(name for name in tables(evidence) if name not in evidence.sidecars)


def tables(evidence: Evidence) -> tuple[str, ...]:
    """The tables of trials among the files that were read, as provenance names them."""
    study = evidence.study
    others = {"study.toml", study.manifest.relative_to(study.root).as_posix()} if study else set()
    return tuple(name for each in evidence.provenance["inputs"] if (name := str(each["file"])) not in others)


def screens(evidence: Evidence) -> tuple[Screen, ...]:
    """The displays, those of each protocol apart."""
    found: Counter[tuple[Any, ...]] = Counter()
    for facts in of_people(evidence).values():
        if facts.display:
            shape = facts.display
            size = shape.get("size_px")
            words = f"{size[0]} × {size[1]} px" if isinstance(size, list | tuple) and len(size) == 2 else None
            rate, period = _number(shape.get("hz"), 1), _number(shape.get("period_ms"), 2)
            paced = bool(shape.get("paced_hz"))
            key = (facts.source.get("protocol"), str(shape.get("renderer") or "not stated"), words, rate, period, paced)
            found[key] += 1
    return tuple(
        Screen(
            protocol=None if protocol is None else str(protocol),
            renderer=renderer,
            size=size,
            hz=hz,
            period_ms=period,
            sessions=number,
            paced=paced,
        )
        for (protocol, renderer, size, hz, period, paced), number in found.items()
    )


def clocks(evidence: Evidence, column: str) -> dict[str, int]:
    """What the sidecars say of the times in a column, with the number of tables that say so."""
    return dict(Counter(facts.clocks[column] for facts in of_people(evidence).values() if column in facts.clocks))


def imported(evidence: Evidence) -> bool:
    """Whether all that is known of people comes from somewhere else."""
    theirs = of_people(evidence).values()
    return bool(theirs) and all("importer" in facts.source for facts in theirs)


def courses(evidence: Evidence) -> dict[str, str]:
    """The course of a trial in words, by protocol: of those in the study that are still what the sessions followed."""
    if evidence.study is None:
        return {}
    followed: dict[str, set[str]] = {}
    for facts in of_people(evidence).values():
        name, digest = facts.source.get("protocol"), facts.hashes.get("protocol")
        if isinstance(name, str) and digest:
            followed.setdefault(name, set()).add(digest)
    found = {}
    for name in sorted(followed):
        try:
            path = evidence.study.file(f"protocols/{name}.toml")
            same = path.is_file() and followed[name] == {sha256(path)}
            document = read_toml(path, missing="") if same else {}
        except (BadInput, OSError):
            continue
        if words := course(document):
            found[name] = words
    return found


def course(protocol: Mapping[str, Any]) -> str:
    """The phases of a protocol, one after the other; nothing where it has none that can be told.

    >>> course({"phase": [{"show": ["image"], "ms": 40}, {"show": ["labels"], "until": "answer", "limit_ms": 900}]})
    'picture for 40 ms; labels until an answer, for 900 ms at most'
    """
    phases = protocol.get("phase", [])
    if not isinstance(phases, list):
        return ""
    return "; ".join(words for phase in phases if isinstance(phase, Mapping) and (words := _phase(phase)))


def versions(evidence: Evidence) -> dict[str, list[str]]:
    """The programs that people's sessions ran with, and their versions."""
    found: dict[str, dict[str, None]] = {}
    for facts in of_people(evidence).values():
        for name, version in facts.versions.items():
            found.setdefault(name, {})[version] = None
    return {name: [*its] for name, its in found.items()}


def _phase(phase: Mapping[str, Any]) -> str:
    shows = phase.get("show", [])
    if not isinstance(shows, list) or not all(isinstance(each, str) for each in shows):
        return ""
    what = joined([ELEMENTS.get(str(each), str(each)) for each in shows]) or "blank screen"
    return " ".join([what, *_duration(phase)])


def _duration(phase: Mapping[str, Any]) -> Iterator[str]:
    ms, limit = phase.get("ms"), _number(phase.get("limit_ms"), 3)
    times = [time for each in (ms if isinstance(ms, list) else [ms]) if (time := _number(each, 3)) is not None]
    if times:
        yield f"for {joined([shown(time, 'ms') for time in times], 'or')} ms"
    elif (until := phase.get("until")) == "answer":
        yield "until an answer" + (f", for {shown(limit, 'ms')} ms at most" if limit is not None else "")
    elif until:
        yield "until a key" + (f", for {shown(limit, 'ms')} ms at most" if limit is not None else "")


def _number(value: object, digits: int) -> float | None:
    """A number from a document, or nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not known(float(value)):
        return None
    return round(float(value), digits)
