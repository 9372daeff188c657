"""A lineup: which networks a comparison is made of, and how their outputs are read.

A TOML file whose `[[observer]]` tables are cards, or name the files of some. What a network is stands on its card.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import Annotated, Any

from askew.column import Column, checked_text
from askew.errors import BadCell, BadInput, meant, quoted
from askew.settings import check, settings
from askew.study import read_toml
from askew_models.card import Card, card_of, check_schema, read_card
from askew_models.choosing import Superclasses
from askew_models.shelf import known_lineups, offered_observers
from askew_models.view import View

VIEWS = ("checkpoint", "whole")
GROUP = "other-networks"  # of observers that are in no lineup
LIBRARIES = ("timm", "torchvision")


@dataclass(frozen=True, kw_only=True)
class _Head:
    """The keys of a lineup that stand in no table."""

    name: Annotated[str, Column("of the lineup", pattern=r"[A-Za-z0-9._-]+", form="letters, digits, ., _ and -")]
    title: Annotated[str | None, Column("a title for reports; the name if it is left out")] = None
    group: Annotated[str | None, Column("of its observers in the trials; the lineup's name if it is left out")] = None
    views: Annotated[tuple[str, ...], Column("how much of each picture is shown; each is scored for itself")] = VIEWS
    superclasses: Annotated[Superclasses, Column("how the outputs that one label stands for are joined")] = "mean"

    def __post_init__(self) -> None:
        """Refuse values that are not allowed, and the same view twice."""
        check(self)
        views = self.canonical_views()
        if twice := {view for view in views if views.count(view) > 1}:
            raise BadCell("views", f"{min(twice)} stands there twice; keep one")

    def canonical_views(self) -> tuple[str, ...]:
        """The views as files and tables name them."""
        try:
            return tuple(View.parse(text).name for text in self.views)
        except BadInput as error:
            raise BadCell("views", str(error)) from None


@dataclass(frozen=True, kw_only=True)
class Lineup:
    """Networks that are compared, and the rule by which they answer."""

    name: str
    title: str
    group: str
    views: tuple[str, ...] = VIEWS
    superclasses: Superclasses = "mean"
    aliases: Mapping[str, str] = field(default_factory=dict)
    cards: tuple[Card, ...]

    def __post_init__(self) -> None:
        """Refuse two observers of one name: their files would be one."""
        names = [card.name.casefold() for card in self.cards]  # some file systems do not tell a from A
        for name in names:
            if names.count(name) > 1:
                both = sorted({card.name for card in self.cards if card.name.casefold() == name})
                raise BadCell("observers", f"two are called {' and '.join(map(quoted, both))}; give one another name")


_HEAD = tuple(key.name for key in dataclass_fields(_Head))
_KEYS = ("schema", *_HEAD, "aliases", "observer")


def lineup_of(name: str) -> Lineup:
    """The lineup of a name that comes with askew, or in a file.

    >>> lineup_of("published").group
    'candidate-networks'
    """
    known = known_lineups()
    if name in known:
        return read_lineup(known[name])
    if not name.endswith(".toml"):
        raise BadInput(
            f"lineup {quoted(name)}{meant(name, known)}: there is none; with askew: {', '.join(known)}; "
            "or name a file that ends in .toml"
        )
    return read_lineup(Path(name))


def read_lineup(path: Path) -> Lineup:
    """The lineup in a file; BadInput names the key that is wrong."""
    known = ", ".join(known_lineups())
    document = read_toml(path, missing=f"{path}: there is no such lineup; name a file that is there, or one of {known}")
    if "kind" in document:
        raise BadInput(f"{path}: is the card of one network; name it with --observers, or in a lineup")
    for key in document:
        if key not in _KEYS:
            raise BadInput(
                f"{path}: {quoted(key)}{meant(key, _KEYS)} is no key of a lineup; allowed: {', '.join(_KEYS)}"
            )
    check_schema(path, document)
    head = settings(_Head, path, {key: document[key] for key in _HEAD if key in document})
    aliases = _aliases(f"{path}, aliases", document.get("aliases", {}))
    cards = tuple(_cards(path, document.get("observer", [])))
    try:
        return Lineup(
            name=head.name,
            title=head.title or head.name,
            group=head.group or head.name,
            views=head.canonical_views(),
            superclasses=head.superclasses,
            aliases=aliases,
            cards=cards,
        )
    except BadCell as error:
        raise BadInput(f"{path}, {error}") from None


def chosen(lineup: Lineup | None, words: Sequence[str]) -> Lineup:
    """The observers that words name: some of a lineup, or others, or both; without words, the lineup.

    A word may be several, joined by commas. Each is the name of one in the lineup, a card (.toml), a Python file,
    timm:TAG, torchvision:TAG, or what an installed distribution offers. Where no word names one of the lineup, all of
    the lineup stay.
    """
    names = [part.strip() for word in words for part in word.split(",") if part.strip()]
    listed = {card.name: card for card in lineup.cards} if lineup else {}
    found = [listed[name] if name in listed else _added(name, lineup) for name in names]
    if not set(names) & set(listed):
        found = [*listed.values(), *found]
    if not found:
        raise BadInput(f"no observers are named; name a lineup ({', '.join(known_lineups())} or a file), or {_WAYS}")
    cards = tuple(card for place, card in enumerate(found) if card not in found[:place])
    if lineup:
        return replace(lineup, cards=cards)
    return Lineup(name="observers", title="observers", group=GROUP, cards=cards)


def seen_as(lineup: Lineup, words: Sequence[str]) -> Lineup:
    """The lineup with other views, where words name any; a word may be several, joined by commas."""
    views = [View.parse(part.strip()).name for word in words for part in word.split(",") if part.strip()]
    return replace(lineup, views=tuple(dict.fromkeys(views))) if views else lineup


_WAYS = "a card (.toml), a Python file (.py), timm:TAG, torchvision:TAG or an entry point's name"


def _added(word: str, lineup: Lineup | None) -> Card:
    """The observer that is in no lineup."""
    library, colon, tag = word.partition(":")
    where = f"observer {quoted(word)}"
    if word.endswith(".toml"):
        return read_card(Path(word))
    if word.endswith(".py"):
        path = Path(word)
        if not path.is_file():
            lineups = ", ".join(known_lineups())
            raise BadInput(
                f"{where}: there is no such file; name a file that is there, or with --lineup one of {lineups}"
            )
        return card_of(where, {"name": path.stem, "kind": "python", "file": path.name}, path.parent)
    if colon and library in LIBRARIES:
        return card_of(where, _library_card(where, library, tag), Path())
    offered = offered_observers()
    if word in offered:
        return card_of(where, {"name": word, "kind": "python", "entry_point": word}, Path())
    known = [card.name for card in lineup.cards] if lineup else []
    raise BadInput(
        f"{where}{meant(word, [*known, *offered])}: is none that is known; "
        + (f"in the lineup {lineup.name}: {', '.join(known)}; " if lineup else "")
        + (f"offered by entry points: {', '.join(offered)}; " if offered else "")
        + (f"the lineup {has} has it (--lineup {has}); " if (has := _home(word)) else "")
        + f"or name {_WAYS}"
    )


def _home(word: str) -> str:
    """The lineup of askew's own that has an observer of this name."""
    return next((name for name in known_lineups() if word in {card.name for card in lineup_of(name).cards}), "")


def _library_card(where: str, library: str, tag: str) -> dict[str, Any]:
    """What can be said of a tag by its name alone."""
    labels = labels_of_tag(library, tag)
    if labels is None:
        unknown = _unknown_to_timm(tag) if library == "timm" else _unknown_to_torchvision(tag)
        silent = "the tag does not say what its outputs are called; write a card that names its labels"
        raise BadInput(f"{where}: {unknown or silent}")
    return {
        "name": tag.replace("/", "-"),
        "kind": library,
        "tag": tag,
        "labels": labels,
        "licence": f"as {library} states it",
    }


def _unknown_to_timm(tag: str) -> str:
    """Why timm has no such network, as the end of a message; nothing where it has one, or where no name is given."""
    name, dot, weights = tag.partition(".")
    if not re.fullmatch(r"\w+", name):
        return ""  # a place on a hub or a disk, which timm does not list
    # Slow to load, and only a tag that says too little needs them.
    import timm  # noqa: PLC0415
    from timm.models import get_deprecated_models, is_model, list_pretrained  # noqa: PLC0415

    says = f"timm {timm.__version__}"
    if renamed := get_deprecated_models().get(name):
        return f"{says} calls {quoted(name)} now {renamed}; name that"
    if not is_model(name):
        near = meant(name, timm.list_models())
        return f"{says} has no architecture {quoted(name)}{near}; timm.list_models() lists them"
    known = [each.partition(".")[2] for each in list_pretrained(f"{name}.*")]
    return f"{says} {_no_weights(name, weights, known)}" if dot and weights not in known else ""


def _unknown_to_torchvision(tag: str) -> str:
    """Why torchvision has no such network, as the end of a message; nothing where it has one, or no name is given."""
    name, slash, weights = tag.partition("/")
    if not name:
        return ""
    # Slow to load, and only a tag that says too little needs them.
    import torchvision  # noqa: PLC0415
    from torchvision import models  # noqa: PLC0415

    says = f"torchvision {torchvision.__version__}"
    networks = models.list_models(module=models)
    if name not in networks:
        return (
            f"{says} has no network {quoted(name)} that classifies{meant(name, networks)}; "
            "torchvision.models.list_models(torchvision.models) lists them"
        )
    known = list(models.get_model_weights(name).__members__)
    if not slash or weights in known:
        return ""
    return f"{says} {_no_weights(name, weights, [each for each in known if each != 'DEFAULT'])}"


def _no_weights(name: str, weights: str, known: Sequence[str]) -> str:
    """That an architecture has other weights than those that are given, or none."""
    there = f"there are {', '.join(known)}" if known else 'there are none; write a card with weights = "random"'
    return f"has no weights {quoted(weights)} of {name}{meant(weights, known)}; {there}"


def labels_of_tag(library: str, tag: str) -> str | None:
    """The label set of a network's head, where its tag says it without doubt.

    >>> labels_of_tag("timm", "convnext_base.fb_in22k_ft_in1k_384")
    'imagenet-1k'
    >>> labels_of_tag("timm", "vit_huge_patch14_gap_224.in1k_ijepa")  # it has no head

    Heads of 21,000 and more classes come in several orders, and the tag does not say which.
    """
    if library == "torchvision":
        return "imagenet-1k" if re.fullmatch(r"\w+/IMAGENET1K_\w*V\d+", tag, re.ASCII) else None
    head = re.search(r"[._](in1k|in12k)(_\d+)?$", tag)
    return {"in1k": "imagenet-1k", "in12k": "imagenet-12k"}[head[1]] if head else None


def _cards(path: Path, tables: Any) -> Iterator[Card]:
    if not isinstance(tables, list):
        raise BadInput(f"{path}, observer: has to be tables, each headed by [[observer]]")
    if not tables:
        raise BadInput(f"{path}: has no [[observer]]; add the card of a network, or name its file")
    for number, table in enumerate(tables, start=1):
        where = f"{path}, observer {number}"
        if not isinstance(table, Mapping) or "card" not in table:
            name = table.get("name") if isinstance(table, Mapping) else None
            yield card_of(f"{where} ({name})" if isinstance(name, str) else where, table, path.parent)
            continue
        if others := [key for key in table if key != "card"]:
            raise BadInput(f"{where}: {quoted(others[0])} does not go with card; change it in the card's file")
        if not isinstance(table["card"], str):
            raise BadInput(f"{where}, card: {quoted(table['card'])} is not the name of a .toml file")
        yield read_card(Path(os.path.normpath(path.parent / table["card"])))


def _aliases(where: str, table: Any) -> dict[str, str]:
    if not isinstance(table, Mapping):
        raise BadInput(f"{where}: {quoted(table)} is given, but it has to be a table")
    for label, stands_for in table.items():
        if not isinstance(stands_for, str):
            raise BadInput(
                f"{where}, {label}: {quoted(stands_for)} is not a text; give a synset or a label of the head"
            )
        for text in (label, stands_for):
            try:
                checked_text(quoted(label), text)
            except BadCell as error:
                raise BadInput(f"{where}, {error}") from None
    return dict(table)
