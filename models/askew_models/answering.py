"""What is derived from the evidence of a unit, written where people look for it: choices, and how sure they were."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from askew import sidecar
from askew.errors import BadInput
from askew.trial import write_trials
from askew_models.confidence import CONFIDENCE, EVIDENCE, ConditionConfidence
from askew_models.deriving import Rule, derive
from askew_models.lineup import Lineup
from askew_models.place import Place
from askew_models.store import read_evidence
from askew_models.unit import Unit


@dataclass(frozen=True)
class Answers:
    """What one unit came to."""

    unit: str
    confidence: Sequence[ConditionConfidence]
    notes: Sequence[str]


def answers_of(unit: Unit, place: Place, lineup: Lineup) -> Answers:
    """Derive the tables of a finished unit, and write them."""
    rule = Rule(group=lineup.group, superclasses=lineup.superclasses, aliases=lineup.aliases)
    derived = derive(read_evidence(unit.path), place.pictures, rule)
    table = place.trials / f"{unit.name}.csv"
    _refuse_anothers(table, derived.sidecar.source.get("file"))
    write_trials(table, derived.trials, derived.sidecar)
    file = f"{unit.name}.csv"
    sidecar.write_table(EVIDENCE, place.results / "evidence" / file, derived.evidence, derived.sidecar)
    sidecar.write_table(CONFIDENCE, place.results / "confidence" / file, derived.confidence, derived.sidecar)
    return Answers(unit.name, derived.confidence, derived.notes)


def _refuse_anothers(table: Path, file: object) -> None:
    """Refuse to write over trials that came from elsewhere, such as published ones of a network of the same name."""
    if not os.path.lexists(table):
        return
    facts = sidecar.read(table)
    if facts is None or facts.source.get("file") != file:
        raise BadInput(
            f"{table}: is there and is not derived from {file}; give the observer another name, or move that table"
        )
