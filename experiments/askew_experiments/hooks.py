"""What is told of a trial to devices outside: triggers for an EEG, messages for an eye tracker."""

from collections.abc import Mapping
from typing import Any, Protocol


class Hooks(Protocol):
    """Told as things happen. What is called on a flip has to return at once."""

    def begin(self, index: int) -> None:
        """A trial is about to begin."""

    def phase(self, name: str, index: int, code: int | None) -> None:
        """A phase has just come on; called right after its first flip."""

    def end(self) -> None:
        """The trial is over."""

    def trouble(self) -> list[str]:
        """What went wrong outside and was not told yet."""

    def facts(self) -> Mapping[str, Any]:
        """What the journal keeps of the devices."""


class NoHooks:
    """Nobody listens."""

    def begin(self, index: int) -> None:
        """Say nothing."""

    def phase(self, name: str, index: int, code: int | None) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""

    def trouble(self) -> list[str]:
        """Nothing went wrong."""
        return []

    def facts(self) -> Mapping[str, Any]:
        """There are no devices."""
        return {}
