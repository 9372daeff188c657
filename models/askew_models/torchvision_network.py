"""Networks of torchvision: by the name of its pretrained weights, or an architecture alone.

Imports torchvision, so only workers import this.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
import torchvision
from torchvision import models
from torchvision.models import WeightsEnum

from askew.errors import BadInput, meant, quoted
from askew_models.card import Card
from askew_models.downloads import url_file
from askew_models.labels import LabelSet
from askew_models.made import REFUSALS, Made, prepared_as, refuse_outputs, refused_arguments
from askew_models.making import drawn, filled
from askew_models.network import Network
from askew_models.preparation import Preparation
from askew_models.weights import read_tensors


def torchvision_network(card: Card, labels: LabelSet) -> Made:
    """The network of a card whose kind is torchvision."""
    name, _, weights_name = str(card.tag).partition("/")
    check_torchvision_name(card, name)
    weights = _weights(card, name, weights_name) if weights_name else None
    preparation = torchvision_preparation(card, weights)
    if weights is None or card.untrained:
        module = drawn(card.seed, lambda: torchvision_architecture(card, name, labels))
    else:
        module = _pretrained(card, name, weights, labels)
    return Made(network=Network(module=module, labels=labels.keys, preparation=preparation), labels=labels)


def _pretrained(card: Card, name: str, weights: WeightsEnum, labels: LabelSet) -> torch.nn.Module:
    source = f"torchvision:{card.tag}"
    where = f"observer {card.name}: {source}"
    refuse_outputs(card, source, len(weights.meta["categories"]), labels)
    tensors = read_tensors(url_file(where, weights.url))
    with _at_hand(weights, tensors):
        return filled(where, lambda: _created(card, name, weights=weights, progress=False))


def torchvision_architecture(card: Card, name: str, labels: LabelSet) -> torch.nn.Module:
    """A network of an architecture with as many outputs as labels."""
    check_torchvision_name(card, name)
    values: dict[str, Any] = {"num_classes": len(labels.keys)}
    if name in {"googlenet", "inception_v3"}:
        values["init_weights"] = True  # as ever; these two warn where nobody says so
    outputs = card.arguments.get("num_classes", len(labels.keys))
    refuse_outputs(card, f"torchvision:{name}", outputs, labels)
    return _created(card, name, weights=None, **values)


def check_torchvision_name(card: Card, name: str) -> None:
    """Refuse what torchvision has no network for that classifies pictures."""
    known = models.list_models(module=models)
    if name not in known:
        raise BadInput(
            f"observer {card.name}: torchvision {torchvision.__version__} has no network {quoted(name)} that "
            f"classifies{meant(name, known)}; torchvision.models.list_models(torchvision.models) lists them"
        )


def torchvision_preparation(card: Card, weights: WeightsEnum | None) -> Preparation:
    """How the pictures of a network of torchvision are prepared for its evaluation."""
    if weights is None:
        return prepared_as(card)
    said = weights.transforms()
    (size,), (resized,) = said.crop_size, said.resize_size
    side = card.preprocessing.size_px or size
    return prepared_as(
        card,
        size_px=side,
        resize_px=round(resized * side / size),
        fit="crop",
        interpolation=said.interpolation.value,
        mean=tuple(said.mean),
        std=tuple(said.std),
    )


def _weights(card: Card, name: str, weights_name: str) -> WeightsEnum:
    known = models.get_model_weights(name).__members__
    if weights_name not in known:
        raise BadInput(
            f"observer {card.name}: torchvision {torchvision.__version__} has no weights {quoted(weights_name)} of "
            f"{name}{meant(weights_name, known)}; there are {', '.join(key for key in known if key != 'DEFAULT')}"
        )
    return known[weights_name]


def _created(card: Card, name: str, **values: Any) -> torch.nn.Module:
    try:
        module: torch.nn.Module = models.get_model(name, **{**values, **card.arguments})
    except REFUSALS as error:
        raise refused_arguments(card, f"torchvision:{name}", error) from None
    return module


@contextmanager
def _at_hand(weights: WeightsEnum, tensors: Mapping[str, torch.Tensor]) -> Iterator[None]:
    """Let torchvision have these tensors when it asks its weights for theirs.

    It would read the file in a way that runs what is in a pickle, and say to stdout that it does.
    """
    weights.get_state_dict = lambda *_, **__: tensors
    try:
        yield
    finally:
        del weights.get_state_dict
