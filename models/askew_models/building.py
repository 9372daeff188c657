"""From a card to a network that is ready to run, wherever it comes from.

Imports torch, so only workers import this. Nothing here is kept between two networks, so one may be built while
another runs.
"""

from dataclasses import dataclass

import torch

from askew_models.card import Card
from askew_models.checkpoint import checkpoint_network
from askew_models.labels import label_set
from askew_models.network import Network
from askew_models.python_observer import python_network
from askew_models.timm_network import timm_network
from askew_models.torchvision_network import torchvision_network
from askew_models.weights import plain_tensors, refuse_sha256, tensors_sha256

_LIBRARIES = {"timm": timm_network, "torchvision": torchvision_network, "checkpoint": checkpoint_network}


@dataclass(frozen=True)
class Built:
    """A network that is ready, on the processor, and what has to be known of it."""

    network: Network
    label_set: str
    keys: tuple[str, ...]  # of its outputs, in their order
    weights_sha256: str | None  # None where it has no tensors that could be read
    notes: tuple[str, ...]


def build(card: Card) -> Built:
    """The network that a card describes; a BadInput says why there is none."""
    if card.kind == "python":
        made = python_network(card)
    else:
        made = _LIBRARIES[card.kind](card, label_set(str(card.labels), card.folder))
    module = made.network.module
    sha256 = made.sha256
    if isinstance(module, torch.nn.Module):
        module.eval().requires_grad_(requires_grad=False)
        if sha256 is None and (tensors := plain_tensors(module.state_dict())):
            sha256 = tensors_sha256(tensors)
    refuse_sha256(card, sha256)
    return Built(made.network, made.labels.name, made.labels.keys, sha256, made.notes)
