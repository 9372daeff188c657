"""A card: what has to be known of one network so that anybody gets the same logits from it.

It says where the network comes from, what its outputs are called and how pictures are prepared for it. Cards are TOML
files, or tables of a lineup. This module loads no network and must not import the libraries that do.
"""

import hashlib
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from askew.column import Column
from askew.errors import BadCell, BadInput, meant, quoted
from askew.files import inside, sha256
from askew.settings import check, settings
from askew.study import read_text, read_toml
from askew_models.kinds import Keys
from askew_models.preparation import Fit, Interpolation
from askew_models.shelf import offered_observer

SCHEMA = 1
# These would load something else than the card says.
LOADING = ("pretrained", "pretrained_cfg", "pretrained_cfg_overlay", "checkpoint_path", "weights", "cache_dir")
OTHER_SHAPE = ("num_classes", "in_chans")  # for which a library puts random weights in place of the trained ones


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """What a card says of how a picture is prepared; each value comes before the one of the checkpoint itself."""

    size_px: Annotated[int | None, Column("side of the square that the network sees", "px", low=1, high=4096)] = None
    resize_px: Annotated[
        int | None,
        Column(
            "what is resized to before that: the shorter side (crop), both (squash) or the longer one (pad)",
            "px",
            low=1,
            high=8192,
        ),
    ] = None
    fit: Annotated[Fit | None, Column("how a picture is made square")] = None
    interpolation: Annotated[Interpolation | None, Column("how pixels are resized, as Pillow calls it")] = None
    mean: Annotated[
        tuple[float, ...] | None,
        Column("what is subtracted from red, green and blue, of 0 to 1", low=0, high=1, length=3),
    ] = None
    std: Annotated[tuple[float, ...] | None, Column("what each is then divided by", low=0.001, high=1, length=3)] = None

    def __post_init__(self) -> None:
        """Refuse values that are not allowed, and a crop of more than there is."""
        check(self)
        if self.fit != "pad" and self.size_px and self.resize_px and self.resize_px < self.size_px:
            raise BadCell("resize_px", f"{self.resize_px} is less than size_px, {self.size_px}; it is cropped to that")


@dataclass(frozen=True, kw_only=True)
class Card(Keys):
    """One network as an observer."""

    arguments: Mapping[str, Any] = field(default_factory=dict)
    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    folder: Path = Path()  # where the files are looked for

    def __post_init__(self) -> None:
        """Refuse what a card may not have, however it is made."""
        Keys(**{key.name: getattr(self, key.name) for key in dataclass_fields(Keys)})
        _check_files(self)
        _check_arguments(self)
        _check_preprocessing(self)

    def place(self, name: str) -> Path:
        """A file beside the card that the card names; refused where it leads out of the folder or is not there."""
        path = inside(self.folder, name)
        if not path.is_file():
            raise BadInput(f"observer {self.name}: there is no file {path}; put it beside the card")
        return path

    def identity(self) -> dict[str, Any]:
        """All that the logits hang on, as JSON can hold it; of files, what is in them and not where they are.

        A module that a Python file imports is not in it: who changes one scores again.
        """
        keys = ("name", "kind", "tag", "architecture", "weights", "file", "entry_point", "labels")
        found = {key: value for key in keys if (value := getattr(self, key)) is not None}
        if self.untrained:
            found["seed"] = self.seed
        if self.kind == "checkpoint":
            found["weights"] = _file_sha256(self.place(str(self.weights)))
        if self.file is not None:
            found |= {"file": _text_sha256(self.place(self.file)), "function": self.function}
        if self.entry_point is not None:
            entry = offered_observer(self.entry_point)
            found["entry_point"] = (
                f"{entry.value} ({entry.dist.name} {entry.dist.version})" if entry.dist else entry.value
            )
        if self.labels_name is not None:
            found["labels"] = _text_sha256(self.place(self.labels_name))
        said = {key: value for key, value in vars(self.preprocessing).items() if value is not None}
        found["preprocessing"] = {key: [*value] if isinstance(value, tuple) else value for key, value in said.items()}
        found["arguments"] = _plain(self.arguments)
        return found


TABLES = ("arguments", "preprocessing", "provenance", "figures")
KEYS = tuple(key.name for key in dataclass_fields(Keys)) + TABLES


def read_card(path: Path) -> Card:
    """The card in a file; BadInput names the key that is wrong."""
    document = read_toml(path, missing=f"{path}: there is no such card")
    if "observer" in document:
        raise BadInput(f"{path}: is a lineup, for it has [[observer]]; give it as the lineup, or name a card")
    check_schema(path, document)
    return card_of(path, {key: value for key, value in document.items() if key != "schema"}, path.parent)


def card_of(where: object, table: Any, folder: Path) -> Card:
    """The card that a table describes, whose files are in the folder."""
    if not isinstance(table, Mapping):
        raise BadInput(f"{where}: {quoted(table)} is given, but it has to be a table")
    for key in table:
        if key not in KEYS:
            raise BadInput(
                f"{where}: {quoted(key)}{meant(str(key), KEYS)} is no key of a card; allowed: {', '.join(KEYS)}"
            )
    given = {name: table.get(name, {}) for name in TABLES}
    for name, value in given.items():
        if not isinstance(value, Mapping):
            raise BadInput(f"{where}, {name}: {quoted(value)} is given, but it has to be a table")
    keys = settings(Keys, where, {key: value for key, value in table.items() if key not in TABLES})
    preprocessing = settings(Preprocessing, f"{where}, preprocessing", given.pop("preprocessing"))
    try:
        return Card(**vars(keys), **given, preprocessing=preprocessing, folder=folder)
    except BadCell as error:
        raise BadInput(f"{where}, {error}") from None


def check_schema(path: Path, document: Mapping[str, Any]) -> None:
    """Refuse a file that another askew wrote its rules for."""
    if document.get("schema") != SCHEMA or document["schema"] is True:
        raise BadInput(f"{path}: schema {quoted(document.get('schema'))} is given, this askew knows schema {SCHEMA}")


def _check_files(card: Card) -> None:
    weights = card.weights if card.kind == "checkpoint" else None
    for column, name in (("weights", weights), ("file", card.file), ("labels", card.labels_name)):
        try:
            if name is not None:
                inside(card.folder, name)
        except BadInput:
            raise BadCell(column, f"{quoted(name)} leads out of the card's folder; put the file into it") from None


def _check_arguments(card: Card) -> None:
    for place, trouble in _troubles(card.arguments, ""):
        raise BadCell("arguments", f"{place} {trouble}; allowed are texts, numbers, truths, lists and tables of them")
    if card.kind == "python":
        return
    for name in (*LOADING, *(() if card.kind == "checkpoint" or card.untrained else OTHER_SHAPE)):
        if name in card.arguments:
            raise BadCell("arguments", f"{name} would load other weights than the card says; leave it out")


def _check_preprocessing(card: Card) -> None:
    if card.kind == "python" and card.preprocessing != Preprocessing():
        raise BadCell("preprocessing", "does not go with kind python, whose Network says it; leave it out")
    # Their files say nothing of it, and neither does an architecture of torchvision.
    if card.kind == "checkpoint" or (card.kind == "torchvision" and "/" not in str(card.tag)):
        for key in ("size_px", "mean", "std"):
            if getattr(card.preprocessing, key) is None:
                raise BadCell(
                    "preprocessing", f"{key} is missing; nothing but the card says size_px, mean and std here"
                )


def _troubles(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Where arguments hold what JSON cannot, which the record of a score is written in."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _troubles(part, f"{place}.{key}" if place else str(key))
    elif isinstance(value, (list, tuple)):
        for number, part in enumerate(value):
            yield from _troubles(part, f"{place}[{number}]")
    elif isinstance(value, float) and not math.isfinite(value):
        yield place, f"is {value}, no finite number"
    elif not isinstance(value, (str, int, float)):
        yield place, f"is {quoted(value)}"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, (list, tuple)) else value


def _text_sha256(path: Path) -> str:
    """Of a file that people write: the same whatever its line ends."""
    return hashlib.sha256(read_text(path, missing=f"{path}: is gone").encode()).hexdigest()


def _file_sha256(path: Path) -> str:
    facts = path.stat()
    return _hashed(os.fspath(path), facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=256)  # a file of another size or time is another one
def _hashed(path: str, size: int, mtime_ns: int) -> str:
    return sha256(Path(path))
