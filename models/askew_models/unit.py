"""A unit of work: one view of one observer over one set of pictures, and how far it has come.

A unit is a file. So there is nothing else to keep: what is done, half done or out of date is read from the files, by
any number of processes and machines.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from askew.errors import BadInput, counted
from askew_models.card import Card
from askew_models.images import Image
from askew_models.lineup import Lineup
from askew_models.preparation import Preparation
from askew_models.store import SUFFIX, Header, read_header, unfinished
from askew_models.view import View

OWN = "checkpoint"  # the view that a network's makers gave it


@dataclass(frozen=True)
class Unit:
    """A card, a view, and the pictures of a set."""

    card: Card
    view: View
    images: tuple[Image, ...]
    set: str | None
    path: Path
    own: Path  # of the network's own view of the same pictures
    beside_own: bool  # whether that is scored as well

    @property
    def observer(self) -> str:
        """Its name as an observer: another view is another observer."""
        return observer_name(self.card.name, self.view.name)

    @property
    def name(self) -> str:
        """The name of its files."""
        return self.path.name.removesuffix(SUFFIX)


@dataclass(frozen=True)
class State:
    """How far a unit has come; `why` says what makes it stale."""

    kind: Literal["done", "partial", "missing", "stale", "same"]  # same: the network's own view shows the very pixels
    done: int = 0
    why: str = ""

    @property
    def to_do(self) -> bool:
        """Whether it waits to be scored."""
        return self.kind in {"partial", "missing"}


def observer_name(name: str, view: str) -> str:
    """The observer that a network is in a view.

    >>> observer_name("resnet50", "checkpoint"), observer_name("resnet50", "whole")
    ('resnet50', 'resnet50@whole')
    """
    return name if view == OWN else f"{name}@{view}"


def units_of(folder: Path, lineup: Lineup, images: Sequence[Image]) -> Iterator[Unit]:
    """Every unit of a lineup, observer by observer, whose files lie in `folder`."""
    sets = _by_set(images)
    for card in lineup.cards:
        for view in lineup.views:
            for name, its in sets.items():
                own, path = (_place(folder, [card.name, *words], name, len(sets)) for words in ([], _beside(view)))
                yield Unit(card, View.parse(view), its, name, path, own, view != OWN and OWN in lineup.views)


def state_of(unit: Unit, precision: str) -> State:
    """What the files of a unit say."""
    try:
        if os.path.lexists(unit.path) and not unit.path.is_file():
            return State("stale", why=f"{unit.path} is no file, and in the way")
        if unit.path.exists():
            header, done = read_header(unit.path)
            why = difference(unit, header) or _otherwise(unit, header, precision) or _lacking(header, done)
            return State("stale", done, why) if why else State("done", done)
    except BadInput as error:
        return State("stale", why=f"its file cannot be used: {str(error).partition('; ')[0]}")
    if unit.beside_own and _shown_already(unit):
        return State("same")
    return _begun(unit)


def shows_the_same(unit: Unit, preparation: Preparation) -> bool:
    """Whether a unit's view gives the pixels of the network's own, which is scored too; no where sizes are unknown."""
    sizes = {image.picture.size_px for image in unit.images}
    known = {(size[0], size[1]) for size in sizes if size is not None and len(size) == 2}
    return unit.beside_own and None not in sizes and unit.view.same_as_checkpoint(preparation, known)


def _shown_already(unit: Unit) -> bool:
    try:
        header, _ = read_header(unit.own)
        preparation = Preparation(**header.facts["preparation"])
        return header.identity == unit.card.identity() and shows_the_same(unit, preparation)
    except (BadInput, KeyError, TypeError):
        return False


def _begun(unit: Unit) -> State:
    """Of a unit without a finished file. One that was begun with something else is begun anew when it is scored."""
    try:
        header, done = read_header(unfinished(unit.path))
        return State("missing") if difference(unit, header) else State("partial", done)
    except BadInput:
        return State("missing")


def difference(unit: Unit, header: Header) -> str:
    """What has changed since a file was begun, in words; nothing where it is the unit's."""
    if changed := _changed(header.identity, unit.card.identity()):
        return f"the card has changed ({', '.join(changed)})"
    if (header.view, header.set) != (unit.view.name, unit.set):
        return f"it is of the view {header.view} and the set {header.set}"
    shown = zip(header.image_sha256, header.image_framing, strict=True)
    before = dict(zip(header.image_ids, shown, strict=True))
    now = {image.picture.image_id: (image.sha256, unit.view.key_of(image.picture)) for image in unit.images}
    told = (
        ([name for name in now if before.get(name, now[name]) != now[name]], "changed"),
        ([name for name in now if name not in before], "added"),
        ([name for name in before if name not in now], "removed"),
    )
    words = [f"{counted(len(names), 'picture')} {what}, such as {names[0]}" for names, what in told if names]
    if not words and header.image_ids != tuple(now):
        words = ["the pictures stand in another order"]
    return "; ".join(words)


def _lacking(header: Header, done: int) -> str:
    return "" if done == len(header.image_ids) else f"it holds {done:,} of {len(header.image_ids):,} pictures"


def _otherwise(unit: Unit, header: Header, precision: str) -> str:
    before, weights = header.facts.get("precision"), header.facts.get("weights_sha256")
    if unit.card.sha256 not in {None, weights}:
        return f"it was scored with the weights {weights}, not with those of the card"
    return "" if before == precision else f"it was scored in {before}, not in {precision}"


def _changed(before: Any, now: Any) -> list[str]:
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


def _beside(view: str) -> list[str]:
    """What a view adds to the name of a file."""
    return [] if view == OWN else [view]


def _place(folder: Path, words: Sequence[str], name: str | None, sets: int) -> Path:
    """A file's place: with the set's name where there are several, unless it was scored while there was only one."""
    alone = folder / f"{'@'.join(words)}{SUFFIX}"
    if sets == 1 or _is_of(alone, name) or _is_of(unfinished(alone), name):
        return alone
    return folder / f"{'@'.join([*words, _safe(name)])}{SUFFIX}"


def _is_of(path: Path, name: str | None) -> bool:
    try:
        return path.exists() and read_header(path)[0].set == name
    except BadInput:
        return False


def _by_set(images: Sequence[Image]) -> dict[str | None, tuple[Image, ...]]:
    found: dict[str | None, list[Image]] = {}
    for image in images:
        found.setdefault(image.picture.set, []).append(image)
    safe = [_safe(name) for name in found]
    if twice := {name for name in safe if safe.count(name) > 1}:
        raise BadInput(f"two sets would both be called {min(twice)} in the names of files; rename one")
    return {name: tuple(its) for name, its in found.items()}


def _safe(name: str | None) -> str:
    name = name or "unnamed"
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).casefold()
    if re.fullmatch(r"[A-Za-z0-9._ -]{1,60}", name):
        return plain
    return f"{plain[:50]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
