"""What is derived from the evidence of a unit, written where people look for it: choices, and how sure they were."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from askew import sidecar
from askew.errors import BadInput
from askew.sidecar import Sidecar
from askew.trial import read_trials, write_trials
from askew_models.confidence import CONFIDENCE, EVIDENCE, ConditionConfidence
from askew_models.deriving import Derived, Rule, derive, scores_csv
from askew_models.framing import FRAMING, Choices, Framing, framings
from askew_models.lineup import Lineup
from askew_models.place import Place
from askew_models.store import Evidence, read_evidence
from askew_models.unit import Unit
from askew_stimuli.scores import write_scores


@dataclass(frozen=True)
class Answers:
    """What one unit came to."""

    unit: str
    confidence: Sequence[ConditionConfidence]
    choices: Choices
    notes: Sequence[str]


def answers_of(unit: Unit, place: Place, lineup: Lineup) -> Answers:
    """Derive the tables of a finished unit, and write them."""
    rule = Rule(group=lineup.group, superclasses=lineup.superclasses, aliases=lineup.aliases)
    derived = derive(_evidence(unit), place.pictures, rule)
    table = place.trials / f"{unit.name}.csv"
    _refuse_anothers(table, unit)
    write_trials(table, derived.trials, derived.sidecar)
    file = f"{unit.name}.csv"
    sidecar.write_table(EVIDENCE, place.results / "evidence" / file, derived.evidence, derived.sidecar)
    sidecar.write_table(CONFIDENCE, place.results / "confidence" / file, derived.confidence, derived.sidecar)
    return Answers(unit.name, derived.confidence, _choices(unit, derived), derived.notes)


def _place(unit: Unit) -> Path:
    """The unit's own file, or that of the network's own view, which shows the very same pixels."""
    return unit.path if unit.path.exists() else unit.own


def _evidence(unit: Unit) -> Evidence:
    evidence = read_evidence(_place(unit))
    return replace(evidence, header=replace(evidence.header, view=unit.view.name))


def framed(units: Sequence[Unit], answers: Mapping[str, Answers], place: Place) -> list[Framing]:
    """What the views of each network came to together, written where there are several."""
    found: dict[Path, list[Unit]] = {}
    for unit in units:
        if unit.name in answers and unit.path.exists():  # views that show the same pixels are one
            found.setdefault(unit.own, []).append(unit)
    rows = []
    for own, its in found.items():
        table = place.results / "framing" / f"{own.stem}.csv"
        if its_rows := framings(its[0].card.name, its[0].set, [answers[unit.name].choices for unit in its]):
            source = {"files": [f"scores/{_place(unit).name}" for unit in its]}
            sidecar.write_table(FRAMING, table, its_rows, Sidecar(source=source))
        rows += its_rows
    return rows


def refuse_several(path: Path, units: Sequence[Unit]) -> None:
    """Refuse a table of more than one network in one view."""
    if len(units) != 1:
        raise BadInput(
            f"--scores {path}: is of one network in one view, and {len(units)} are asked for; name one with "
            "--observers and --view"
        )


def write_table(path: Path, units: Sequence[Unit], place: Place) -> None:
    """Write what one network said of every picture, in the form that a selection of poses wants."""
    evidence = _evidence(units[0])
    facts = Sidecar(source={"file": f"scores/{units[0].path.name}", "view": evidence.view})
    write_scores(path, scores_csv(evidence, place.pictures), facts)


def _choices(unit: Unit, derived: Derived) -> Choices:
    sure = [row.confidence for row in derived.evidence]
    return Choices(
        view=unit.view.name,
        conditions=np.array([trial.condition for trial in derived.trials]),
        right=np.array([trial.correct is True for trial in derived.trials]),
        answered=np.array([trial.choice is not None for trial in derived.trials]),
        confidence=np.array([-np.inf if share is None else share for share in sure]),
        labels=np.array([len(trial.offered) for trial in derived.trials]),
    )


def _refuse_anothers(table: Path, unit: Unit) -> None:
    """Refuse to write over trials that came from elsewhere, such as published ones of a network of the same name."""
    if not os.path.lexists(table):
        return
    files = [
        f"scores/{path.name}" for path in (unit.path, unit.own)
    ]  # a view that showed the own one's pixels is of that
    facts = sidecar.read(table)
    if not _is_of_a_model(table, unit.observer) if facts is None else facts.source.get("file") not in files:
        raise BadInput(
            f"{table}: is there and is not derived from {files[0]}; give the observer another name, or move that table"
        )


def _is_of_a_model(table: Path, observer: str) -> bool:
    """Whether a table without a sidecar, as a kill may leave one, begins with an answer of this observer."""
    try:
        first = next(read_trials(table))
    except (BadInput, StopIteration):
        return False
    return (first.kind, first.observer) == ("model", observer)
