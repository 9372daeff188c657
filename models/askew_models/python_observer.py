"""Networks that a Python file of the user's makes, or a distribution that is installed.

This runs what is in them, so only workers import this. What they may import is their own affair.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import invalidate_caches
from pathlib import Path
from types import ModuleType
from typing import Any

from askew.errors import BadInput, meant, one_line, quoted
from askew.study import read_text
from askew_models.card import Card
from askew_models.labels import LabelSet, label_set
from askew_models.made import Made
from askew_models.making import drawing_from
from askew_models.network import Network
from askew_models.shelf import offered_observer


def python_network(card: Card) -> Made:
    """The network of a card whose kind is python."""
    with drawing_from(0):  # weights that are drawn without a seed are the same every time
        network = _from_file(card) if card.file is not None else _from_entry_point(card)
    if isinstance(network.labels, str):
        labels = label_set(network.labels, card.folder)
    else:
        labels = LabelSet(card.name, tuple(network.labels))
    return Made(network=network, labels=labels)


def _from_file(card: Card) -> Network:
    path = card.place(str(card.file)).resolve()
    source = read_text(path, missing=f"{path}: is gone")
    module = ModuleType(f"askew_observer_{card.name}")
    module.__file__ = str(path)
    with _neighbours(path.parent, module):
        with _blaming(card, path):
            # The text whose hash the scores keep, and not a compiled one that may be older.
            exec(compile(source, str(path), "exec", dont_inherit=True), module.__dict__)  # noqa: S102  this is what the user asks for
        function = module.__dict__.get(card.function)
        if not callable(function):
            known = [name for name, value in module.__dict__.items() if callable(value) and not name.startswith("_")]
            raise BadInput(
                f"observer {card.name}: {path} has no function {quoted(card.function)}"
                f"{meant(card.function, known)}; define it, or name another with function"
            )
        return _called(card, path, card.function, function)


def _from_entry_point(card: Card) -> Network:
    entry = offered_observer(str(card.entry_point))
    with _blaming(card, entry.value):
        function = entry.load()
    if not callable(function):
        raise BadInput(
            f"observer {card.name}: {entry.value} is {_kind(function)}, which cannot be called; offer a function"
        )
    return _called(card, entry.value, entry.value, function)


def _called(card: Card, place: Path | str, name: str, function: Callable[..., Any]) -> Network:
    with _blaming(card, place):
        network = function(**card.arguments)
    if not isinstance(network, Network):
        raise BadInput(
            f"observer {card.name}: {name} of {place} gives {_kind(network)}; it has to give an askew_models.Network"
        )
    return network


@contextmanager
def _neighbours(folder: Path, module: ModuleType) -> Iterator[None]:
    """Let a file import what lies beside it, and let other files have neighbours of the same names.

    What it imported stays its own. Later, in the forward pass, it finds no more of them.
    """
    sys.modules[module.__name__] = module  # dataclasses look their module up there
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    invalidate_caches()  # a neighbour may be newer than the last look
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        own = {name for name in set(sys.modules) - before if _lies_in(sys.modules.get(name.partition(".")[0]), folder)}
        for name in own:
            del sys.modules[name]


def _lies_in(module: ModuleType | None, folder: Path) -> bool:
    """Whether a module was found in this very folder, rather than in a library that happens to be below it."""
    places = getattr(module, "__path__", None) or [getattr(module, "__file__", None)]
    return any(Path(place).resolve().parent == folder for place in places if place)


@contextmanager
def _blaming(card: Card, place: Path | str) -> Iterator[None]:
    """Say where in the user's file something was raised."""
    try:
        yield
    except MemoryError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  a user's file may raise anything
        line = _line(error, place)
        where = f"{place}, line {line}" if line else str(place)
        kind = "" if isinstance(error, BadInput) else f"{type(error).__name__}: "
        raise BadInput(f"observer {card.name}: {where}: {kind}{one_line(error)}") from None


def _line(error: BaseException, place: Path | str) -> int | None:
    """The last line of the file that was being run; of a text that is no Python, the wrong one."""
    if isinstance(error, SyntaxError) and error.filename == str(place):
        return error.lineno
    line, step = None, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == str(place):
            line = step.tb_lineno
        step = step.tb_next
    return line


def _kind(value: Any) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"
