"""The plan of a session: every trial, decided before the first one. It is the first record of the journal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from askew import __version__
from askew.errors import BadInput

SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class PlannedTrial:
    """One trial. `index` counts from 1; `ms` is the exposure, None where the picture stays until a key."""

    index: int
    block: int
    stimulus: str
    object: str
    condition: str
    offered: tuple[str, ...]
    truth: str
    ms: float | None
    masked: bool
    file: str | None
    sha256: str | None
    mask_file: str | None = None
    mask_frames: int | None = None
    mask_sha256: str | None = None
    break_after: bool = False

    @property
    def right(self) -> int:
        """The place of the truth among the labels."""
        return self.offered.index(self.truth)

    @property
    def lacks_mask(self) -> bool:
        """Whether nothing is shown where a mask should be, for the set has none."""
        return self.masked and self.mask_file is None


@dataclass(frozen=True, kw_only=True)
class ProtocolFacts:
    """What the journal keeps of a protocol: all of it, as text."""

    name: str
    sha256: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A whole session, planned."""

    study: str
    participant: str
    session: str
    simulated: bool
    protocol: ProtocolFacts
    manifest: Mapping[str, str | None] = field(default_factory=dict)  # sha256, set
    seed: int
    observer_seed: int | None = None  # of a simulated participant's answers
    stream: str
    number: int
    part: int
    trials: tuple[PlannedTrial, ...]
    practice: tuple[PlannedTrial, ...] = ()

    @property
    def folder(self) -> str:
        """The name of the session's folder."""
        return f"{self.participant}_{self.session}"

    def record(self) -> dict[str, Any]:
        """The plan as the journal's first record has it."""
        facts = {name: getattr(self, name) for name in _PLAIN}
        return {
            "schema": SCHEMA,
            "askew": __version__,
            **facts,
            "protocol": vars(self.protocol),
            "manifest": dict(self.manifest),
            "trials": [_as_json(trial) for trial in self.trials],
            "practice": [_as_json(trial) for trial in self.practice],
        }

    @classmethod
    def of(cls, record: Mapping[str, Any], where: object) -> "Plan":
        """The plan in a record; BadInput where it is none."""
        if record.get("schema") != SCHEMA:
            given = record.get("schema")
            raise BadInput(f"{where}: has a plan of schema {given}, this askew knows schema {SCHEMA}; update askew")
        try:
            return cls(
                **{name: record[name] for name in _PLAIN},
                protocol=ProtocolFacts(**record["protocol"]),
                manifest=record["manifest"],
                trials=_trials(record["trials"]),
                practice=_trials(record["practice"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise BadInput(f"{where}: its first record is no plan of a session ({error}); restore the file") from None


_PLAIN = ("study", "participant", "session", "simulated", "seed", "observer_seed", "stream", "number", "part")


def _as_json(trial: PlannedTrial) -> dict[str, Any]:
    values = {each.name: getattr(trial, each.name) for each in fields(trial)}
    return {**values, "offered": list(trial.offered)}


def _trials(entries: Sequence[Mapping[str, Any]]) -> tuple[PlannedTrial, ...]:
    return tuple(PlannedTrial(**{**entry, "offered": tuple(entry["offered"])}) for entry in entries)
