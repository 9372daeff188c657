"""What is told of a trial to devices outside: triggers for an EEG, messages for an eye tracker."""

from collections.abc import Mapping
from typing import Any, Protocol


class Hooks(Protocol):
    """Told as things happen. What is called on a flip has to return at once."""

    def begin(self, trial: str) -> None:
        """A trial is about to begin: `trial 7`, `trial 7, attempt 2` or `practice 3`."""

    def phase(self, trial: str, name: str, code: int | None) -> None:
        """A phase of it has just come on; called right after its first flip. Practice has no codes."""

    def end(self) -> None:
        """The trial is over."""

    def trouble(self) -> list[str]:
        """What went wrong outside and was not told yet."""

    def facts(self) -> Mapping[str, Any]:
        """What the journal keeps of the devices."""


class NoHooks:
    """Nobody listens."""

    def begin(self, trial: str) -> None:
        """Say nothing."""

    def phase(self, trial: str, name: str, code: int | None) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""

    def trouble(self) -> list[str]:
        """Nothing went wrong."""
        return []

    def facts(self) -> Mapping[str, Any]:
        """There are no devices."""
        return {}
