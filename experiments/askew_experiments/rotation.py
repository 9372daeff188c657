"""Who sees which picture of which object: a Latin square over the participants of a stream.

An object goes round its pictures, one place further with each participant. Objects begin at different places of their
rounds, so each participant sees all conditions and no object twice, and after a round every picture was shown equally
often. The sessions of one participant share the objects out.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from askew.errors import BadCell, meant, quoted
from askew_experiments.lots import lots, shuffled
from askew_experiments.protocol_tables import Design
from askew_stimuli.picture import Picture

Slot = tuple[str, int]  # a condition, and the how-manieth picture of the object in it


@dataclass(frozen=True, eq=False, kw_only=True)
class Object:
    """An object and its round. A place of the round has a picture, several that take turns, or none."""

    name: str
    places: tuple[tuple[Picture, ...], ...]

    def at(self, step: int) -> Picture | None:
        """The picture that is shown so many steps from the beginning; None where the object is not shown."""
        turn, place = divmod(step, len(self.places))
        mine = self.places[place]
        return mine[turn % len(mine)] if mine else None


@dataclass(frozen=True, eq=False, kw_only=True)
class Rotation:
    """The objects of a set, those with the same pictures together. It is compared by identity, to be a key."""

    groups: tuple[tuple[Object, ...], ...]
    width: int  # places of a round
    turns: int  # rounds after which all that take turns at a place were shown equally often
    sessions: int
    labels: tuple[str, ...]  # of the whole set, sorted

    @property
    def rows(self) -> int:
        """Participants after whom every picture of an object's place was shown equally often."""
        return self.width * self.turns


class Turn(NamedTuple):
    """What a participant's number means: `block` for the order of objects, and where in it the participant is."""

    row: int
    shift: int
    cycle: int
    block: int

    @classmethod
    def of(cls, number: int, rotation: Rotation, treatments: int) -> "Turn":
        """The first numbers differ in the row, then come shifts of the sessions, then cycles of the treatments."""
        rest, row = divmod(number, rotation.rows)
        rest, shift = divmod(rest, rotation.sessions)
        block, cycle = divmod(rest, treatments)
        return cls(row, shift, cycle, block)


class Shown(NamedTuple):
    """A picture, and the name of its object."""

    object: str
    picture: Picture


class _Dealt(NamedTuple):
    object: Object
    offset: int
    part: int


@lru_cache(maxsize=8)
def rotation_of(pictures: tuple[Picture, ...], design: Design) -> Rotation:
    """The rounds of all objects, whatever the order of the pictures; BadCell where there is nothing to choose among.

    With `balance = "pictures"` a round has a place for each picture. With "conditions" it has one for each condition,
    where its pictures take turns: then every condition comes equally often however many pictures it has, and within a
    condition of an object every picture does. The round is as long as that of the object with the most places; another
    object is not shown at the places that it lacks.
    """
    used = _used(pictures, design)
    objects: dict[str, dict[Slot, tuple[Picture, ...]]] = {}
    for name, by_condition in _by_object(used).items():
        several: Iterable[tuple[str, list[Picture]]] = by_condition.items()
        if design.balance == "pictures":
            objects[name] = {(condition, n): (one,) for condition, mine in several for n, one in enumerate(mine)}
        else:
            objects[name] = {(condition, 0): tuple(mine) for condition, mine in several}
    width = max(len(slots) for slots in objects.values())
    every = sorted({slot for slots in objects.values() for slot in slots})
    home = {slot: place % width for place, slot in enumerate(every)}
    groups: dict[tuple[tuple[Slot, int], ...], list[Object]] = defaultdict(list)
    for name, slots in objects.items():
        alike = tuple(sorted((slot, len(several)) for slot, several in slots.items()))
        groups[alike].append(Object(name=name, places=_places(slots, home, width)))
    return Rotation(
        groups=tuple(tuple(groups[alike]) for alike in sorted(groups)),
        width=width,
        turns=math.lcm(*(len(several) for slots in objects.values() for several in slots.values())),
        sessions=design.sessions,
        labels=tuple(sorted({picture.class_label for picture in pictures})),
    )


def shown(rotation: Rotation, turn: Turn, part: int, seed: int, stream: str) -> list[Shown]:
    """What a participant sees in one session, in an order that says nothing."""
    found = []
    for one, offset, share in _dealt(rotation, seed, stream, turn.block):
        picture = one.at(offset + turn.row)
        if picture is not None and (share + turn.shift) % rotation.sessions == part:
            found.append(Shown(one.name, picture))
    return found


@lru_cache(maxsize=64)
def _dealt(rotation: Rotation, seed: int, stream: str, block: int) -> tuple[_Dealt, ...]:
    """Where each object begins its round and to which session it goes, the same for all participants of a block.

    Both are dealt out in turn, each group going on where the last one stopped, so that conditions and sessions come
    out even in groups and in all.
    """
    random = lots(seed, stream, "objects", block)
    objects = [one for group in rotation.groups for one in shuffled(group, random)]
    sessions = rotation.sessions
    together = math.lcm(rotation.width, sessions)  # a step aside after these pairs every place with every session
    return tuple(
        _Dealt(one, count % rotation.rows, (count + count // together) % sessions) for count, one in enumerate(objects)
    )


def _used(pictures: Sequence[Picture], design: Design) -> list[Picture]:
    """The pictures of the conditions that are asked for, by their ids."""
    if not pictures:
        raise BadCell("pictures", "there are none; name a manifest that has some")
    known = sorted({picture.condition for picture in pictures})
    for condition in design.conditions or ():
        if condition not in known:
            hint = meant(condition, known)
            said = f"{quoted(condition)}{hint} is no condition of the pictures; they have {', '.join(known)}"
            raise BadCell("design, conditions", said)
    wanted = design.conditions or known
    used = sorted((one for one in pictures if one.condition in wanted), key=lambda one: one.image_id)
    labels = {picture.class_label for picture in used}
    if len(labels) < 2:
        said = f"all show {quoted(*labels)}, so there is nothing to tell apart; show pictures of two labels or more"
        raise BadCell("pictures", said)
    return used


def _by_object(pictures: Sequence[Picture]) -> dict[str, dict[str, list[Picture]]]:
    found: dict[str, dict[str, list[Picture]]] = defaultdict(lambda: defaultdict(list))
    for picture in pictures:
        found[picture.object_id or picture.image_id][picture.condition].append(picture)
    return found


def _places(
    slots: dict[Slot, tuple[Picture, ...]], home: dict[Slot, int], width: int
) -> tuple[tuple[Picture, ...], ...]:
    """The round of an object: each slot at its home, the same for all objects, or at the next place that is free."""
    places: list[tuple[Picture, ...]] = [()] * width
    for slot in sorted(slots):
        place = next(p % width for p in range(home[slot], home[slot] + width) if not places[p % width])
        places[place] = slots[slot]
    return tuple(places)
