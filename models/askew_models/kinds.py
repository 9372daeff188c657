"""The kinds of card: where a network may come from, and which keys go with that.

Nothing of a network is looked up here: whether a tag is there, its library says when it is loaded.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from askew.column import Column
from askew.errors import BadCell, meant, quoted
from askew.files import can_name_files
from askew.settings import check
from askew.study import MAX_SEED
from askew_models.imagenet import SETS

RANDOM = "random"  # the weights of an untrained control
WEIGHTS = (".safetensors", ".pt", ".pth")

Kind = Literal["timm", "torchvision", "checkpoint", "python"]


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The keys of a card that stand in no table."""

    name: Annotated[str, Column("of the observer, in trials and in names of files")]
    kind: Annotated[Kind, Column("where the network comes from")]
    tag: Annotated[str | None, Column("timm: architecture.tag; torchvision: architecture/WEIGHTS")] = None
    architecture: Annotated[
        str | None,
        Column(
            "what a checkpoint's tensors belong in",
            pattern=r"(timm|torchvision):[A-Za-z0-9_]+",
            form='a library and a name, such as "timm:resnet18" or "torchvision:resnet18"',
        ),
    ] = None
    weights: Annotated[str | None, Column("a checkpoint's file beside the card; or `random`, an untrained control")] = (
        None
    )
    seed: Annotated[int, Column("where random weights come from", low=0, high=MAX_SEED)] = 0
    file: Annotated[str | None, Column("a Python file beside the card")] = None
    entry_point: Annotated[str | None, Column("a name that an installed distribution offers")] = None
    function: Annotated[
        str, Column("what is called in the file", pattern=r"[^\W\d]\w*", form="the name of a function")
    ] = "observer"
    labels: Annotated[
        str | None, Column("of the outputs: a set's name, or a .txt file beside the card, one a line")
    ] = None
    licence: Annotated[str | None, Column("under which the weights may be used")] = None
    sha256: Annotated[
        str | None,
        Column("of the tensors", pattern="[0-9a-f]{64}", form="64 of the characters 0-9 and a-f"),
    ] = None
    citation: Annotated[str | None, Column("what to cite")] = None
    family: Annotated[str | None, Column("networks that are alike, for figures")] = None

    def __post_init__(self) -> None:
        """Refuse values that are not allowed, what the kind lacks, and what the kind has no use for."""
        check(self)
        _check_name(self.name)
        for key, kinds in _OF_KINDS.items():
            if self.kind not in kinds and getattr(self, key) is not None:
                raise BadCell(key, f"{quoted(getattr(self, key))} does not go with kind {self.kind}; leave it out")
        needed = _NEEDED[self.kind]
        for key in needed:
            if getattr(self, key) is None:
                raise BadCell(key, f"is missing; a card of kind {self.kind} has {_and(needed)}")
        _SOURCES[self.kind](self)
        if self.labels is not None and self.labels_name is None and self.labels not in SETS:
            raise BadCell(
                "labels",
                f"{quoted(self.labels)}{meant(self.labels, SETS)} is no label set; there are {', '.join(SETS)}; or "
                "name a .txt file beside the card, with one label a line",
            )
        if self.seed and self.weights != RANDOM:
            raise BadCell("seed", f'{self.seed} goes with weights = "{RANDOM}"; leave it out')
        if self.function != "observer" and self.file is None:
            raise BadCell("function", f"{quoted(self.function)} goes with file; leave it out")

    @property
    def untrained(self) -> bool:
        """Whether the weights are drawn, for a control that learnt nothing."""
        return self.weights == RANDOM

    @property
    def labels_name(self) -> str | None:
        """The name of the file of labels; None where a label set is named."""
        return self.labels if self.labels is not None and self.labels.lower().endswith(".txt") else None


_LIBRARIES = ("timm", "torchvision")
_OF_KINDS: dict[str, tuple[str, ...]] = {
    "tag": _LIBRARIES,
    "architecture": ("checkpoint",),
    "weights": (*_LIBRARIES, "checkpoint"),
    "file": ("python",),
    "entry_point": ("python",),
    "labels": (*_LIBRARIES, "checkpoint"),
}
_NEEDED: dict[str, tuple[str, ...]] = {
    "timm": ("tag", "labels", "licence"),
    "torchvision": ("tag", "labels", "licence"),
    "checkpoint": ("architecture", "weights", "labels", "licence"),
    "python": (),
}


def _check_name(name: str) -> None:
    """A name has to be that of a file on every system."""
    if not can_name_files(name):
        raise BadCell(
            "name",
            f"{quoted(name)} cannot name files; give one of letters, digits, ., _ and -, at most 100, that begins with "
            "one of the first two",
        )


def _check_timm(card: Keys) -> None:
    tag = str(card.tag)
    if not re.fullmatch(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)?", tag):
        raise BadCell("tag", f'{quoted(tag)} is no tag of timm; they are as "resnet50.a1_in1k"')
    _check_library(card, pretrained="." in tag, example='"resnet50.a1_in1k"')


def _check_torchvision(card: Keys) -> None:
    tag = str(card.tag)
    if not re.fullmatch(r"[A-Za-z0-9_]+(/[A-Z0-9_]+)?", tag):
        raise BadCell("tag", f'{quoted(tag)} is no tag of torchvision; they are as "resnet50/IMAGENET1K_V2"')
    if tag.endswith("/DEFAULT"):
        raise BadCell("tag", f"{quoted(tag)} means other weights in another version; name them, such as IMAGENET1K_V1")
    _check_library(card, pretrained="/" in tag, example='"resnet50/IMAGENET1K_V2"')


def _check_library(card: Keys, pretrained: bool, example: str) -> None:
    if card.weights not in {None, RANDOM}:
        raise BadCell(
            "weights",
            f"{quoted(card.weights)} does not go with kind {card.kind}; leave it out for the pretrained ones, or give "
            f'"{RANDOM}"; a file of your own is kind checkpoint',
        )
    if not pretrained and not card.untrained:
        raise BadCell(
            "tag", f'{quoted(card.tag)} names no weights; give them, as in {example}, or weights = "{RANDOM}"'
        )


def _check_checkpoint(card: Keys) -> None:
    if Path(str(card.weights)).suffix not in WEIGHTS:
        raise BadCell(
            "weights", f"{quoted(card.weights)} is no file of weights that is read; allowed: {', '.join(WEIGHTS)}"
        )


def _check_python(card: Keys) -> None:
    if (card.file is None) == (card.entry_point is None):
        raise BadCell("file", "is what a card of kind python has, or entry_point; give one of the two")
    if card.file is not None and not card.file.endswith(".py"):
        raise BadCell("file", f"{quoted(card.file)} is no Python file; its name has to end in .py")


_SOURCES = {
    "timm": _check_timm,
    "torchvision": _check_torchvision,
    "checkpoint": _check_checkpoint,
    "python": _check_python,
}


def _and(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
