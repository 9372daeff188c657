"""Networks of timm: by a tag of its pretrained weights, or an architecture alone.

Imports timm, so only workers import this.
"""

import math
from collections.abc import Mapping
from typing import Any

import timm
import torch
from timm.data.config import resolve_data_config
from timm.models import (
    PretrainedCfg,
    get_deprecated_models,
    get_pretrained_cfg,
    is_model,
    is_model_pretrained,
    list_pretrained,
)

from askew.errors import BadInput, meant, quoted
from askew_models.card import Card
from askew_models.downloads import hub_file, url_file
from askew_models.labels import LabelSet
from askew_models.made import REFUSALS, Made, prepared_as, refuse_outputs, refused_arguments
from askew_models.making import drawn, filled
from askew_models.network import Network
from askew_models.preparation import Preparation
from askew_models.weights import refuse_damaged

FITS = {"center": "crop", "squash": "squash", "border": "pad"}
FILES = ("model.safetensors", "pytorch_model.bin")
Facts = Mapping[str, Any]
_resolved: Any = resolve_data_config  # has no types


def timm_network(card: Card, labels: LabelSet) -> Made:
    """The network of a card whose kind is timm."""
    tag = str(card.tag)
    source = f"timm:{tag}"
    check_timm_name(card, tag.partition(".")[0])
    if "." in tag and not is_model_pretrained(tag):
        raise BadInput(_no_such_tag(card, tag))
    facts = timm_facts(tag)
    preparation = timm_preparation(card, source, facts)
    if card.untrained:
        module = drawn(card.seed, lambda: _created(card, source, tag, num_classes=len(labels.keys)))
    else:
        _refuse_head(card, source, facts, labels)
        overlay = _overlay(f"observer {card.name}: {source}", facts)
        module = filled(
            f"observer {card.name}: {source}",
            lambda: _created(card, source, tag, pretrained=True, pretrained_cfg_overlay=overlay),
        )
    _refuse_other_outputs(card, source, module, labels)
    network = Network(module=module, labels=labels.keys, preparation=preparation, licence=facts.get("license"))
    return Made(network=network, labels=labels, notes=_notes(preparation, facts))


def timm_architecture(card: Card, name: str, labels: LabelSet) -> torch.nn.Module:
    """A network of an architecture with as many outputs as labels, for the tensors of a file."""
    check_timm_name(card, name)
    source = f"timm:{name}"
    module = _created(card, source, name, num_classes=len(labels.keys))
    _refuse_other_outputs(card, source, module, labels)
    return module


def check_timm_name(card: Card, name: str) -> None:
    """Refuse what timm has no architecture for, or calls otherwise by now."""
    renamed = get_deprecated_models().get(name)
    if renamed:
        raise BadInput(f"observer {card.name}: timm {timm.__version__} calls {quoted(name)} now {renamed}; name that")
    if not is_model(name) or name in get_deprecated_models():
        raise BadInput(
            f"observer {card.name}: timm {timm.__version__} has no architecture {quoted(name)}"
            f"{meant(name, timm.list_models())}; timm.list_models() lists them"
        )


def timm_facts(tag: str) -> dict[str, Any]:
    """What timm knows of a tag; of an architecture, what it knows of its usual one."""
    known: Any = get_pretrained_cfg(tag) or PretrainedCfg()
    facts: dict[str, Any] = known.to_dict()
    return facts


def timm_preparation(card: Card, source: str, facts: Facts) -> Preparation:
    """How the pictures of a network of timm are prepared for its evaluation."""
    said = _resolved(pretrained_cfg=dict(facts))
    channels, height, width = said["input_size"]
    argument = _side(card.arguments.get("img_size"))
    if channels != 3 or (height != width and argument is None and card.preprocessing.size_px is None):
        raise BadInput(
            f"observer {card.name}: {source} takes {channels} x {height} x {width}, but only squares of three colours "
            "are prepared; choose another network"
        )
    side = card.preprocessing.size_px or argument or height
    check_timm_side(card, source, facts, side)
    return prepared_as(
        card,
        size_px=side,
        resize_px=math.floor(side / said["crop_pct"]),
        fit=FITS[said["crop_mode"]],
        interpolation=said["interpolation"],
        mean=tuple(said["mean"]),
        std=tuple(said["std"]),
    )


def check_timm_side(card: Card, source: str, facts: Facts, side: int) -> None:
    """Refuse a side that the network cannot take: many are made for one, which an argument changes."""
    arguments = card.arguments
    free = not facts.get("fixed_input_size") or arguments.get("dynamic_img_size") is True
    if free or arguments.get("strict_img_size") is False:
        return
    made_for = _side(arguments.get("img_size")) or facts["input_size"][-1]
    if side != made_for:
        raise BadInput(
            f"observer {card.name}: {source} takes {made_for} x {made_for} pixels and no others, but preprocessing "
            f"says {side}; write img_size = {side} under arguments as well"
        )


def _created(card: Card, source: str, name: str, **values: Any) -> torch.nn.Module:
    try:
        module: torch.nn.Module = timm.create_model(name, **{**values, **card.arguments})
    except REFUSALS as error:
        raise refused_arguments(card, source, error) from None
    return module


def _refuse_other_outputs(card: Card, source: str, module: Any, labels: LabelSet) -> None:
    refuse_outputs(card, source, module.num_classes, labels)


def _overlay(what: str, facts: Facts) -> dict[str, Any]:
    """The file of the weights, as timm wants to be told of one that is at hand."""
    if repository := facts.get("hf_hub_id"):
        name = facts.get("hf_hub_filename")
        path = hub_file(what, repository, (name,) if name else FILES)
    else:
        path = url_file(what, facts["url"])
    refuse_damaged(path)
    return {"file": str(path), "custom_load": False}


def _refuse_head(card: Card, source: str, facts: Facts, labels: LabelSet) -> None:
    outputs = facts.get("num_classes", 0)
    if outputs == 0:
        raise BadInput(
            f"observer {card.name}: {source} has no head, so it gives features and no labels; choose a tag that was "
            "trained to classify"
        )
    refuse_outputs(card, source, outputs, labels)


def _no_such_tag(card: Card, tag: str) -> str:
    name = tag.partition(".")[0]
    known = list_pretrained(f"{name}.*")
    there = f"; there are {', '.join(known)}" if known else '; there are none, only weights = "random" is possible'
    return f"observer {card.name}: timm {timm.__version__} has no weights {quoted(tag)}{meant(tag, known)}{there}"


def _notes(preparation: Preparation, facts: Facts) -> tuple[str, ...]:
    side = (facts.get("test_input_size") or (3, preparation.size_px, preparation.size_px))[-1]
    if side == preparation.size_px:
        return ()
    return (f"is seen at {preparation.size_px} pixels, as it was trained; timm reports its accuracy at {side}",)


def _side(size: Any) -> int | None:
    """The side of a square, which is written as a number or as two that are the same."""
    if isinstance(size, (list, tuple)) and len(size) == 2 and size[0] == size[1]:
        size = size[0]
    return size if isinstance(size, int) else None
