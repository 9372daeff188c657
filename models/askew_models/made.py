"""What every source of networks gives, and what is the same for all: the preparation that a card asks for.

Which library made a network, and how, is no business of this module.
"""

from dataclasses import dataclass
from typing import Any

from askew.errors import BadInput, one_line
from askew_models.card import Card
from askew_models.labels import LabelSet
from askew_models.network import Network
from askew_models.preparation import Preparation

# What constructors raise of arguments that they do not take.
REFUSALS = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True, kw_only=True)
class Made:
    """A network, what its outputs are called, and what a person should know of how it was made."""

    network: Network
    labels: LabelSet
    sha256: str | None = None  # of the tensors of its file, where they are not those of the module
    notes: tuple[str, ...] = ()


def prepared_as(card: Card, **usual: Any) -> Preparation:
    """The preparation of a network: what the card says, else what is usual for it."""
    said = {name: value for name, value in vars(card.preprocessing).items() if value is not None}
    values = {**usual, **said}
    values.setdefault("resize_px", values["size_px"])
    return Preparation(**values)


def refuse_outputs(card: Card, source: str, outputs: int, labels: LabelSet) -> None:
    """Refuse a network of as many outputs where there are not as many labels."""
    if outputs != len(labels.keys):
        raise BadInput(
            f"observer {card.name}: {source} has {outputs:,} outputs, but labels {labels.name} has "
            f"{len(labels.keys):,}; name the labels of this network"
        )


def refused_arguments(card: Card, source: str, error: Exception) -> BadInput:
    """What to say when a library will not make what the card asks for."""
    given = f" with arguments {', '.join(card.arguments)}" if card.arguments else ""
    return BadInput(
        f"observer {card.name}: {source} cannot be made{given} ({type(error).__name__}: {one_line(error, 150)}); "
        "correct the card"
    )
