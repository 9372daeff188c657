"""Rendering a whole set: objects are shared out among processes and machines, and any number makes the same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from askew.errors import BadInput, quoted
from askew.sidecar import Sidecar
from askew_stimuli import alternatives
from askew_stimuli.developing import developed
from askew_stimuli.picture import Picture, write_manifest
from askew_stimuli.plan import Plan
from askew_stimuli.progress import tracked
from askew_stimuli.thing import Thing
from askew_stimuli.units import Unit, Units


@dataclass(frozen=True)
class Shard:
    """One of several parts of the work; all of it, unless told otherwise."""

    number: int = 0
    of: int = 1

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """The shard `i/n`, with i from 0.

        >>> Shard.parse("1/2")
        Shard(number=1, of=2)
        """
        number, slash, of = text.partition("/")
        if not (slash and number.isdecimal() and of.isdecimal() and int(number) < int(of)):
            raise BadInput(f"--shard {quoted(text)}: has to be i/n with i from 0 to n-1, as in 0/2 and 1/2")
        return cls(int(number), int(of))


@dataclass(frozen=True)
class Rendered:
    """What a run left behind: the pictures of the whole set, or the objects that other shards have still to make."""

    pictures: Sequence[Picture]
    waiting: Sequence[str]
    made: int  # objects that this run made; the others were there
    given_up: int  # draws
    notes: Sequence[str] = ()


def render(plan: Plan, out: Path, workers: int = 1, shard: Shard = Shard()) -> Rendered:
    """Make the set in a folder, or this shard's part of it. What is there already is checked and kept."""
    things = plan.things()
    units = Units(out, plan.name, plan.sha256)
    units.claim()
    mine = range(shard.number, len(things), shard.of)
    todo = [number for number in mine if units.finished(things[number].object_id) is None]
    for _ in tracked(developed(plan, units, todo, workers), "rendering objects", len(todo)):
        pass
    found = {thing.object_id: Units(out, plan.name, plan.sha256).finished(thing.object_id) for thing in things}
    finished = {object_id: unit for object_id, unit in found.items() if unit is not None}
    if len(finished) < len(found):
        return Rendered((), [object_id for object_id, unit in found.items() if unit is None], len(todo), 0)
    pictures = _with_alternatives(plan, things, finished)
    given_up = {object_id: dict(unit.given_up) for object_id, unit in finished.items() if unit.given_up}
    source = {**plan.source, "plan_sha256": plan.sha256, "given_up": given_up}
    notes = tuple(note for unit in finished.values() for note in unit.notes)
    write_manifest(units.manifest, pictures, Sidecar(source=source, seed=plan.seed, notes=notes))
    units.discard()
    return Rendered(pictures, (), len(todo), sum(sum(reasons.values()) for reasons in given_up.values()), notes)


def _with_alternatives(plan: Plan, things: Sequence[Thing], units: dict[str, Unit]) -> list[Picture]:
    pictures = [row for thing in things for row in units[thing.object_id].rows]
    if plan.alternative == "none":
        return pictures
    others = alternatives.balanced({thing.object_id: thing.class_label for thing in things}, plan.seed)
    indices = {thing.class_label: thing.class_index for thing in things}
    return [
        replace(
            picture,
            alt_label=others[str(picture.object_id)],
            alt_index=indices[others[str(picture.object_id)]],
            alt_rule=alternatives.RULE,
        )
        for picture in pictures
    ]
