"""Signs of life for a person who waits, on standard error; nothing where that is no terminal. Needs rich."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import track

Item = TypeVar("Item")


def tracked(items: Iterable[Item], words: str, total: int) -> Iterator[Item]:
    """The items, with a bar on standard error while they are gone through; no bar where that is no terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield from items
        return
    yield from track(items, words, total=total, console=Console(stderr=True), transient=True)


@contextmanager
def working(words: str) -> Iterator[None]:
    """A sign of life on standard error while the block runs; nothing where that is no terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status(words):
        yield
