"""Commands taken one after the other, each in a process of its own, so that no part meets another's libraries."""

import shlex
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from askew.stopping import deferred

# As `python -m askew`, but modules that happen to lie in the folder where somebody types are not askew's.
RUN = "import sys; del sys.path[0]; from askew.command import main; sys.exit(main())"
PATIENCE_S = 5.0  # Ctrl-C reaches the command, too: so long may it take to leave things tidy


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command of several: what it is for, the words after `askew`, and what is done once it has ended well."""

    title: str
    words: tuple[str, ...]
    then: Callable[[], None] | None = None

    @property
    def line(self) -> str:
        """The command as one would type it.

        >>> Step(title="a new study", words=("new", "my study")).line
        "askew new 'my study'"
        """
        return shlex.join(["askew", *self.words])

    def take(self) -> int:
        """Run the command; returns its exit status. It writes where this process writes."""
        status = _status([sys.executable, "-c", RUN, *self.words])
        if status == 0 and self.then is not None:
            self.then()
        return status


def _status(command: list[str]) -> int:
    with deferred():
        child = subprocess.Popen(command)
    try:
        status = child.wait()
    except BaseException as error:
        _end(child, asked=type(error) is KeyboardInterrupt)
        raise
    return status if status >= 0 else 128 - status  # as shells tell it of what a signal has ended


def _end(child: "subprocess.Popen[bytes]", *, asked: bool) -> None:
    """End it, gently if it lets itself be; `asked` says that it may have been told already."""
    acts = [child.terminate] if not asked else [lambda: None, child.terminate]
    try:
        for act in acts:
            if child.poll() is None:
                act()
                with suppress(subprocess.TimeoutExpired):
                    child.wait(PATIENCE_S)
    finally:  # also where somebody asks a second time
        if child.poll() is None:
            child.kill()
            child.wait()
