"""The tensors of a network: read from a file without running anything in it, and the hash that tells them apart.

Imports torch, so only workers import this.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from askew.errors import BadInput, brief, one_line, quoted
from askew.files import refuse_special
from askew_models.card import Card

Tensors = Mapping[str, torch.Tensor]

SAFE = ".safetensors"
WRAPPERS = ("state_dict", "model")  # under which training scripts keep the tensors, beside other things
THREADS = 4


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """The tensors in a .safetensors or .pt file, by name. A pickle that would run something is refused, and not run."""
    refuse_special(path)
    return _safe(path) if path.suffix == SAFE else _named(path, _loaded(path))


def refuse_damaged(path: Path) -> None:
    """Refuse a file of weights that cannot be read, before a library that might run what is in it reads it."""
    if path.suffix != SAFE:
        _loaded(path)
        return
    try:
        with safe_open(path, "pt"):  # looks whether the file is as long as its list of tensors says
            pass
    except (SafetensorError, OSError) as error:
        raise _damaged(path, error) from None


def tensors_sha256(tensors: Tensors) -> str:
    """The SHA-256 of tensors: of their names, types, shapes and values, whatever file they came in and in which order.

    >>> one, two = torch.zeros(2, 3), torch.ones(4)
    >>> tensors_sha256({"a": one, "b": two}) == tensors_sha256({"b": two, "a": one})
    True
    >>> tensors_sha256({"a": one}) == tensors_sha256({"a": one.half()})
    False
    """
    names = sorted(tensors)
    with ThreadPoolExecutor(THREADS) as pool:
        values = pool.map(_values_sha256, [tensors[name] for name in names])
    whole = hashlib.sha256()
    for name, value in zip(names, values, strict=True):
        tensor = tensors[name]
        facts = [name, str(tensor.dtype).removeprefix("torch."), [*tensor.shape], value]
        whole.update(json.dumps(facts).encode() + b"\n")
    return whole.hexdigest()


def refuse_sha256(card: Card, found: str | None) -> None:
    """Refuse weights that are not those that the card describes."""
    if card.sha256 is not None and found != card.sha256:
        have = f"its tensors have SHA-256 {found}" if found else "it has no tensors whose SHA-256 could be known"
        raise BadInput(
            f"observer {card.name}: {have}, but the card says {card.sha256}; get the weights that it describes, or "
            "correct the card"
        )


def plain_tensors(state: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """What of a module's state is an ordinary tensor; some keep other things there."""
    return {name: value for name, value in state.items() if _is_plain(value)}


def _values_sha256(tensor: torch.Tensor) -> str:
    values = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
    return hashlib.sha256(values.numpy().data).hexdigest()


def _is_plain(value: Any) -> bool:
    if not isinstance(value, torch.Tensor) or value.is_meta or value.is_quantized:
        return False
    return value.layout == torch.strided and type(value) in {torch.Tensor, torch.nn.Parameter}


def _safe(path: Path) -> dict[str, torch.Tensor]:
    try:
        return dict(load_file(path))
    except (SafetensorError, OSError) as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> BadInput:
    return BadInput(f"{path}: cannot be read ({one_line(error, 100)}); it is damaged, so copy it again")


def _loaded(path: Path) -> Any:
    """What torch.save wrote, as far as that can be had without running anything."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  of what is no pickle, anything may come
        raise BadInput(f"{path}: {_why_not(str(error))}") from None


def _why_not(said: str) -> str:
    # What torch says goes on to tell how to run what is in the file.
    if held := re.search(r"GLOBAL ([\w.]+)", said):
        return (
            f"holds more than tensors ({held[1]}), and nothing of it was run; save only the state dict, best as "
            f"{SAFE}: safetensors.torch.save_file(model.state_dict(), ...)"
        )
    if "TorchScript" in said:
        return "is a TorchScript archive, which would run what is in it; save model.state_dict()"
    reason = re.search(r"Unsupported operand \d+", said)
    first = reason[0] if reason else said.partition(". ")[0] or "no more is known"
    first = brief(" ".join(first.split()), 100)
    return f"cannot be read ({first}); it is damaged or no file of torch.save, so copy it again"


def _named(path: Path, found: Any) -> dict[str, torch.Tensor]:
    """The state dict in what was saved: the whole, or the one that training scripts keep beside other things."""
    if not isinstance(found, Mapping):
        raise BadInput(f"{path}: what it holds is {_kind(found)}, no state dict; save model.state_dict()")
    if not _is_state(found):
        held = [str(name) for name, value in found.items() if _is_state(value)]
        if len(held) > 1:
            raise BadInput(
                f"{path}: holds several sets of tensors ({', '.join(held)}); save the one that is meant alone"
            )
        if not held or held[0] not in WRAPPERS:
            raise BadInput(f"{path}: is no state dict, for {_fault(found)}; save model.state_dict()")
        found = found[held[0]]
    return dict(found)


def _is_state(found: Any) -> bool:
    if not isinstance(found, Mapping) or not found:
        return False
    return all(isinstance(name, str) and _is_plain(value) for name, value in found.items())


def _fault(found: Mapping[Any, Any]) -> str:
    for name, value in found.items():
        if not _is_plain(value):
            return f"{quoted(name)} is {_kind(value)}"
        if not isinstance(name, str):
            return f"{quoted(name)} is the name of a tensor and no text"
    return "it is empty"


def _kind(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return "a tensor" if _is_plain(value) else "a tensor that is sparse, quantised or of another kind"
    return f"of type {type(value).__name__}"


def counted_names(names: Iterable[str]) -> str:
    """The first of some names, and how many more there are.

    >>> counted_names(["fc.bias", "fc.weight", "conv1.weight"])
    "'fc.bias' and 2 more"
    """
    first, *more = names
    return f"{quoted(first)} and {len(more):,} more" if more else quoted(first)
