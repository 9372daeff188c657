"""A protocol: the TOML file that says what a session shows, for how long, and which keys answer.

What it declares is in `protocol_tables`; here it is read, and what does not go together refused.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from askew.errors import BadCell, BadInput, quoted
from askew.settings import settings
from askew.study import parse_toml, read_text
from askew_experiments.frames import Count, described
from askew_experiments.protocol_tables import (
    NAME,
    Breaks,
    Consent,
    Design,
    Display,
    Head,
    Mask,
    Phase,
    Practice,
    Response,
)

SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """All of it."""

    head: Head
    design: Design
    phases: tuple[Phase, ...]
    response: Response
    mask: Mask = field(default_factory=Mask)
    practice: Practice | None = None
    breaks: Breaks | None = None
    display: Display = field(default_factory=Display)
    consent: Consent | None = None
    text: Mapping[str, str] = field(default_factory=dict)
    source: str = ""  # the file's own text, which the journal keeps

    @property
    def name(self) -> str:
        """Its name."""
        return self.head.name

    @property
    def stream(self) -> str:
        """What its participants are counted in."""
        return self.design.stream or self.name

    @property
    def sha256(self) -> str:
        """The hash of its text."""
        return hashlib.sha256(self.source.encode("utf-8")).hexdigest()

    @property
    def exposures(self) -> tuple[float | None, ...]:
        """The exposures of its trials; None where the picture stays until a key."""
        if any(phase.ms is None for phase in self._shown):
            return (None,)
        rest = self.besides_ms
        return tuple(rest + ms for ms in self.exposing.ms or ())

    @property
    def exposing(self) -> Phase:
        """The phase whose duration is a trial's own: of those with the picture, the one with several, or the first."""
        return next((phase for phase in self._shown if len(phase.ms or ()) > 1), self._shown[0])

    @property
    def besides_ms(self) -> float:
        """For how long other phases show the picture in every trial, so that an exposure is this and the rest."""
        return sum(phase.ms[0] for phase in self._shown if phase.ms and phase is not self.exposing)

    @property
    def _shown(self) -> list[Phase]:
        return [phase for phase in self.phases if "image" in phase.elements]

    @property
    def masked(self) -> bool:
        """Whether any of its phases shows a mask."""
        return any("mask" in phase.elements for phase in self.phases)

    @property
    def durations(self) -> dict[str, tuple[float, float | None]]:
        """Every duration with its tolerance, by phase, and by duration where a phase has several."""
        found: dict[str, tuple[float, float | None]] = {}
        for phase in self.phases:
            for ms in phase.ms or ():
                name = phase.name if len(phase.ms or ()) == 1 else f"{phase.name}:{ms:g}"
                found[name] = (ms, phase.tolerance_ms)
        return found

    def group(self, ms: float | None) -> str:
        """The group of a trial with this exposure."""
        return self.head.group.replace("{ms}", "unlimited" if ms is None else f"{ms:g}")


def read_protocol(path: Path) -> Protocol:
    """The protocol in a file; BadInput names file, key, what was given and what is allowed."""
    text = read_text(path, missing=f"{path}: there is no such protocol")
    protocol = parse_protocol(text, str(path))
    if protocol.name != path.stem:
        raise BadInput(
            f"{path}, name: {quoted(protocol.name)} is given, but the file is {path.name}; give both the same name"
        )
    return protocol


def parse_protocol(text: str, where: str) -> Protocol:
    """The protocol that a text describes."""
    document = parse_toml(text, where)
    _check_keys(where, document)
    head = {key: value for key, value in document.items() if key in Head.__dataclass_fields__}
    phases = tuple(_phase(where, number, entry) for number, entry in enumerate(_phase_tables(where, document), start=1))
    protocol = Protocol(
        head=settings(Head, where, head),
        design=settings(Design, f"{where}, design", document.get("design", {})),
        phases=phases,
        response=settings(Response, f"{where}, response", document.get("response", {})),
        mask=settings(Mask, f"{where}, mask", document.get("mask", {})),
        practice=_maybe(Practice, where, "practice", document),
        breaks=_maybe(Breaks, where, "breaks", document),
        display=settings(Display, f"{where}, display", document.get("display", {})),
        consent=_maybe(Consent, where, "consent", document),
        text=_texts(where, document.get("text", {})),
        source=text,
    )
    try:
        _check_phases(protocol)
        _check_together(protocol)
    except BadCell as error:
        raise BadInput(f"{where}, {error.column}: {error.message}") from None
    return protocol


TABLES = ("design", "phase", "response", "mask", "practice", "breaks", "display", "consent", "text")


def _check_keys(where: str, document: Mapping[str, Any]) -> None:
    from askew.errors import meant  # noqa: PLC0415

    known = ("schema", *Head.__dataclass_fields__, *TABLES)
    for name in document:
        if name not in known:
            hint = meant(name, known)
            raise BadInput(f"{where}: {quoted(name)}{hint} is no key of a protocol; allowed: {', '.join(known)}")
    if type(document.get("schema")) is not int or document["schema"] != SCHEMA:
        raise BadInput(f"{where}: schema {quoted(document.get('schema'))} is given, this askew knows schema {SCHEMA}")


def _phase_tables(where: str, document: Mapping[str, Any]) -> list[Any]:
    entries = document.get("phase", [])
    if not isinstance(entries, list) or not entries:
        raise BadInput(f"{where}: has no phases; say what is shown in tables, each headed by [[phase]]")
    return entries


def _phase(where: str, number: int, entry: Any) -> Phase:
    name = entry.get("name") if isinstance(entry, Mapping) else None
    place = f"{where}, phase {name if isinstance(name, str) and re.fullmatch(NAME, name) else number}"
    if isinstance(entry, Mapping) and type(entry.get("ms")) in {int, float}:
        entry = {**entry, "ms": [entry["ms"]]}
    if isinstance(entry, Mapping) and entry.get("show") == []:
        entry = {key: value for key, value in entry.items() if key != "show"}
    return settings(Phase, place, entry)


def _maybe(kind: type[Any], where: str, name: str, document: Mapping[str, Any]) -> Any:
    return settings(kind, f"{where}, {name}", document[name]) if name in document else None


def _texts(where: str, given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping) or not all(isinstance(text, str) for text in given.values()):
        raise BadInput(f"{where}, text: {quoted(given)} is given, but it has to be a table of texts")
    return dict(given)


def _check_phases(protocol: Protocol) -> None:
    phases = protocol.phases
    names = [phase.name for phase in phases]
    if twice := [name for name in names if names.count(name) > 1]:
        raise BadCell("phase", f"two phases are called {twice[0]}; give each a name of its own")
    shown = ["image" in phase.elements for phase in phases]
    if True not in shown:
        raise BadCell("phase", 'no phase shows the picture; one needs show = ["image"]')
    first, last = shown.index(True), len(shown) - shown[::-1].index(True)
    if not all(shown[first:last]):
        raise BadCell(
            "phase", "the picture is shown, taken away and shown again; its phases have to follow one another"
        )
    if not any("labels" in phase.elements for phase in phases):
        raise BadCell("phase", 'no phase shows the labels; one needs show = ["labels"]')
    if [phase.until for phase in phases].count("answer") != 1 or phases[-1].until != "answer":
        raise BadCell("phase", 'the last phase, and only that one, has to end with until = "answer"')
    several = [phase for phase in phases if len(phase.ms or ()) > 1]
    if len(several) > 1 or any("image" not in phase.elements for phase in several):
        raise BadCell(
            "ms", "several durations are exposures, so only one phase, which shows the picture, may have them"
        )
    _check_signal(protocol)


def _check_signal(protocol: Protocol) -> None:
    signals = [phase for phase in protocol.phases if phase.signal]
    if len(signals) > 1:
        raise BadCell("signal", f"{signals[0].name} and {signals[1].name} both give a signal; one may")
    if bool(signals) != (protocol.response.window_ms is not None):
        raise BadCell("response, window_ms", "has to be there if a phase gives a signal, and only then")
    if signals and protocol.response.window_ms and protocol.response.window_ms[0] < 0:
        before = protocol.phases[: protocol.phases.index(signals[0])]
        if not before or not before[-1].listen:
            raise BadCell(
                "response, window_ms",
                f"begins {-protocol.response.window_ms[0]:g} ms before the signal, when no answer counts; "
                "set listen = true in the phase before it",
            )


def _check_together(protocol: Protocol) -> None:
    labels, keys = protocol.design.labels, protocol.response.keys
    if labels != len(keys):
        raise BadCell("response, keys", f"{len(keys)} keys are given for {labels} labels; give each label one")
    if protocol.mask.unmasked_too and not protocol.masked:
        raise BadCell("mask, unmasked_too", "no phase shows a mask, so nothing can be without one")
    if protocol.design.blocked and len(protocol.exposures) < 2:
        raise BadCell(
            "design, blocked", "there is one exposure, so there are no blocks; give several ms, or leave it out"
        )
    for hz in protocol.display.hz or ():
        for ms, tolerance in protocol.durations.values():
            if not Count.of(ms, 1000 / hz).within(tolerance):
                raise BadCell("display, hz", f"{hz:g} will not do: {described(ms, tolerance, 1000 / hz)}")
    practice = protocol.practice
    if practice and practice.ms and protocol.exposures == (None,):
        raise BadCell("practice, ms", "the picture stays until a key, so there is no exposure to set")
    if practice and practice.ms and min(practice.ms) <= protocol.besides_ms:
        raise BadCell(
            "practice, ms",
            f"{min(practice.ms):g} is given, but the picture is shown {protocol.besides_ms:g} ms besides; give more",
        )
