"""Rendering a whole set: objects are shared out among processes and machines, and any number makes the same bytes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from askew.errors import BadInput
from askew_stimuli import alternatives
from askew_stimuli.developing import developed, versions
from askew_stimuli.picture import Picture, write_manifest
from askew_stimuli.plan import Plan
from askew_stimuli.progress import tracked
from askew_stimuli.shard import WHOLE, Shard
from askew_stimuli.thing import Thing
from askew_stimuli.units import Unit, Units


@dataclass(frozen=True)
class Rendered:
    """What a run left behind: the pictures of the whole set, or the objects that other shards have still to make."""

    pictures: Sequence[Picture]
    waiting: Sequence[str]
    made: int  # objects that this run made; the others were there
    given_up: int  # draws
    notes: Sequence[str] = ()


def render(plan: Plan, out: Path, workers: int = 1, shard: Shard = WHOLE) -> Rendered:
    """Make the set in a folder, or this shard's part of it. What is there already is checked and kept."""
    things = plan.recipe.things()
    others = _alternatives(plan, things)  # may refuse the recipe, so it comes before anything is written
    units = Units(out, plan.name, _signature(plan))
    units.claim()
    found = {thing.object_id: _finished(units, thing) for thing in things}
    mine = shard.part(range(len(things)))
    todo = [number for number in mine if found[things[number].object_id] is None]
    for _ in tracked(developed(plan, units, todo, workers), "rendering objects", len(todo)):
        pass
    # Other shards may have finished objects meanwhile, or even the set.
    now = Units(out, plan.name, units.plan)
    found |= {things[number].object_id: now.finished(things[number].object_id) for number in todo}
    found |= {thing.object_id: _finished(now, thing) for thing in things if found[thing.object_id] is None}
    finished = {object_id: unit for object_id, unit in found.items() if unit is not None}
    waiting = [object_id for object_id, unit in found.items() if unit is None]
    if lost := {things[number].object_id for number in mine} & {*waiting}:
        raise BadInput(f"{out}: {min(lost)} was rendered, but something else changes its files; render again, alone")
    if waiting:
        return Rendered((), waiting, len(todo), 0)
    rows = [row for thing in things for row in finished[thing.object_id].rows]
    pictures = now.with_masks([replace(row, **others.get(str(row.object_id), {})) for row in rows])
    given_up = {object_id: dict(unit.given_up) for object_id, unit in finished.items() if unit.given_up}
    source = {**now.facts.source, **plan.source, "plan_sha256": units.plan, "given_up": given_up}
    notes = tuple(note for unit in finished.values() for note in unit.notes)
    write_manifest(now.manifest, pictures, replace(now.facts, source=source, seed=plan.recipe.seed, notes=notes))
    now.discard()
    return Rendered(pictures, (), len(todo), sum(sum(reasons.values()) for reasons in given_up.values()), notes)


def _signature(plan: Plan) -> str:
    """Of all that the pictures hang on: the plan, and the programs that make them."""
    return hashlib.sha256(f"{plan.sha256}\n{versions()}".encode()).hexdigest()


def _finished(units: Units, thing: Thing) -> Unit | None:
    """The unit of an object; none where it is a mesh whose file, materials or textures are others than they were."""
    unit = units.finished(thing.object_id)
    if unit is None or thing.doubts is None or unit.rows[0].object_sha256 == thing.solid.sha256:
        return unit
    return None


def _alternatives(plan: Plan, things: Sequence[Thing]) -> dict[str, dict[str, Any]]:
    """For each object, what the manifest says of its other label; nothing where all labels are offered."""
    if plan.recipe.alternative == "none":
        return {}
    indices = {thing.class_label: thing.class_index for thing in things}
    labels = alternatives.balanced({thing.object_id: thing.class_label for thing in things}, plan.recipe.seed)
    return {
        object_id: {"alt_label": label, "alt_index": indices[label], "alt_rule": alternatives.RULE}
        for object_id, label in labels.items()
    }
