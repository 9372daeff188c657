"""Models as observers: networks that are shown the pictures people were shown, and asked the same question.

A Python file of one's own needs `Network` and `Preparation`. A name is loaded when it is first used, so that
`import askew_models` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from askew_models.network import Network
    from askew_models.preparation import Preparation

_HOME = {"Network": "network", "Preparation": "preparation"}

__all__ = ["Network", "Preparation"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'askew_models' has no attribute {name!r}")
    return getattr(import_module(f"askew_models.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
