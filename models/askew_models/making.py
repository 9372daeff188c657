"""Networks as their libraries make them: with weights that were drawn, or without the time that drawing takes.

Imports torch, so only workers import this.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from askew.errors import BadInput
from askew_models.weights import counted_names

Module = torch.nn.Module

# What the libraries draw weights with: the methods of tensors, and the functions of torch.nn.init.
_DRAWING = {"erfinv_", "kaiming_normal_", "kaiming_uniform_", "normal_", "trunc_normal_", "uniform_"}
_DRAWING |= {"xavier_normal_", "xavier_uniform_"}
_ALONE = threading.Lock()


@contextmanager
def drawing_from(seed: int) -> Iterator[None]:
    """Draw from a seed, as the only one, and leave the generator that everybody shares as it was."""
    with _ALONE, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


def drawn(seed: int, make: Callable[[], Module]) -> Module:
    """A network whose weights are drawn from a seed: the same ones whatever was drawn before."""
    with drawing_from(seed):
        return make()


def filled(where: str, make: Callable[[], Module]) -> Module:
    """A network that is made and given its weights by `make`; what it would draw before, is not drawn.

    Drawing takes longer than reading. Weights that were neither drawn nor read would be chance, so those are refused.
    """
    with drawing_from(0), _Undrawn() as undrawn:
        module = make()
    left = [name for name, parameter in module.named_parameters() if id(parameter) in undrawn.waiting]
    if left:
        raise BadInput(f"{where}: its file has no weights for {counted_names(left)}; use one that has them all")
    return module


class _Undrawn(TorchFunctionMode):
    """While this is entered, no parameter is drawn in this thread; `waiting` are those that are to be read."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: dict[int, torch.Tensor] = {}

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        target = args[0] if args else kwargs.get("tensor")
        if isinstance(target, torch.nn.Parameter):
            if name in _DRAWING:
                self.waiting[id(target)] = target
                return target
            if name == "copy_":
                self.waiting.pop(id(target), None)
        return func(*args, **kwargs)
