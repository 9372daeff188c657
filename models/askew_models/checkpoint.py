"""Networks whose weights are a file beside the card, and whose architecture one of the libraries has.

Imports torch, so only workers import this.
"""

from collections.abc import Mapping

import torch

from askew.errors import BadInput, counted, quoted
from askew_models.card import Card
from askew_models.labels import LabelSet
from askew_models.made import Made, prepared_as
from askew_models.making import filled
from askew_models.network import Network
from askew_models.timm_network import check_timm_side, timm_architecture, timm_facts
from askew_models.torchvision_network import torchvision_architecture
from askew_models.weights import Tensors, counted_names, read_tensors, refuse_sha256, tensors_sha256

WRAPPED = ("module.", "_orig_mod.")  # what DataParallel and torch.compile put before every name


def checkpoint_network(card: Card, labels: LabelSet) -> Made:
    """The network of a card whose kind is checkpoint."""
    path = card.place(str(card.weights))
    given = read_tensors(path)
    sha256 = tensors_sha256(given)
    refuse_sha256(card, sha256)
    tensors, notes = _unwrapped(given)
    library, _, name = str(card.architecture).partition(":")
    preparation = prepared_as(card)
    if library == "timm":
        check_timm_side(card, str(card.architecture), timm_facts(name), preparation.size_px)

    def make() -> torch.nn.Module:
        module = (timm_architecture if library == "timm" else torchvision_architecture)(card, name, labels)
        if trouble := _misfit(module.state_dict(), tensors, card, labels):
            raise BadInput(f"observer {card.name}: {path} {trouble}")
        module.load_state_dict(tensors)
        return module

    module = filled(f"observer {card.name}: {path}", make)
    network = Network(module=module, labels=labels.keys, preparation=preparation)
    return Made(network=network, labels=labels, sha256=sha256, notes=notes)


def _unwrapped(tensors: Tensors) -> tuple[Tensors, tuple[str, ...]]:
    """The tensors without what wrappers of modules put before all of their names."""
    for prefix in WRAPPED:
        if tensors and all(name.startswith(prefix) for name in tensors):
            short = {name.removeprefix(prefix): value for name, value in tensors.items()}
            found, notes = _unwrapped(short)
            return found, (f"{quoted(prefix)} was taken off the names of its tensors", *notes)
    return tensors, ()


def _misfit(needed: Mapping[str, torch.Tensor], given: Tensors, card: Card, labels: LabelSet) -> str:
    """Why a file's tensors are not those of the network; nothing where they are."""
    lacking = [name for name in needed if name not in given]
    surplus = [name for name in given if name not in needed]
    other = [name for name in needed if name in given and needed[name].shape != given[name].shape]
    whole = [
        name
        for name in needed
        if name in given and needed[name].is_floating_point() and not given[name].is_floating_point()
    ]
    if other and not lacking and not surplus and (outputs := _outputs(needed, given, other, len(labels.keys))):
        return (
            f"has {outputs:,} outputs, but labels {labels.name} has {len(labels.keys):,}; name the labels of this file"
        )
    told = []
    if lacking:
        told.append(f"lacks {counted_names(lacking)}")
    if surplus:
        told.append(f"has {counted_names(surplus)} that the network has not")
    if other:
        more = f" (and {counted(len(other) - 1, 'tensor')} more of another shape)" if len(other) > 1 else ""
        told.append(f"has {quoted(other[0])} as {_shape(given[other[0]])} where it is {_shape(needed[other[0]])}{more}")
    if whole:
        told.append(f"has whole numbers in {counted_names(whole)}, as quantised networks do")
    if not told:
        return ""
    return f"does not fit {card.architecture}: it {', '.join(told)}; correct architecture and arguments, or the file"


def _outputs(needed: Tensors, given: Tensors, other: list[str], labels: int) -> int:
    """How many outputs a file has whose tensors differ in nothing else; 0 where they differ in more."""
    first = {given[name].shape[:1] for name in other}
    head = all(
        needed[name].shape[:1] == (labels,) and needed[name].shape[1:] == given[name].shape[1:] for name in other
    )
    return int(given[other[0]].shape[0]) if head and len(first) == 1 else 0


def _shape(tensor: torch.Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "one number"
