"""A progress bar for a person who waits; nothing where the output is not a terminal."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import track

Item = TypeVar("Item")


def tracked(items: Iterable[Item], words: str, total: int) -> Iterator[Item]:
    """The items, with a bar on standard error while they are gone through."""
    console = Console(stderr=True)
    yield from track(items, words, total=total, console=console, transient=True, disable=not sys.stderr.isatty())
