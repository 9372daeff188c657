"""A Python program in a process of its own, with which a test talks line by line, each line with a deadline."""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.experiments.kit.xserver import end, end_with_parent

ROOT = Path(__file__).parents[3]
DEADLINE_S = 60  # for one line; PsychoPy alone takes seconds to be imported on a busy machine


class Program:
    """A running program. What it prints that is no JSON is kept as noise, for the message when it fails."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self._unread = b""
        self._noise: list[str] = []

    def said(self, deadline_s: float = DEADLINE_S) -> Any:
        """The next value that the program says, as `say` sends it."""
        deadline = time.monotonic() + deadline_s
        while True:
            line = self._line(deadline)
            try:
                return json.loads(line)
            except ValueError:
                self._noise.append(line)

    def tell(self, value: object) -> None:
        """Send a value, for which the program waits by `told`."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(value).encode() + b"\n")
        self.process.stdin.flush()

    def ended(self, deadline_s: float = DEADLINE_S) -> int:
        """Wait for the end; returns the exit status."""
        return self.process.wait(deadline_s)

    @property
    def noise(self) -> str:
        """What else it printed so far."""
        return "\n".join(self._noise)

    def _line(self, deadline: float) -> str:
        assert self.process.stdout is not None
        while b"\n" not in self._unread:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            part = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not part:
                why = "said nothing in time" if not ready else f"ended with status {self.process.wait(10)}"
                rest = self._unread.decode(errors="replace")
                raise AssertionError(f"the program {why}; it had printed:\n{self.noise}\n{rest}")
            self._unread += part
        line, self._unread = self._unread.split(b"\n", 1)
        return line.decode(errors="replace")


@contextmanager
def program(*command: str | Path, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> Iterator[Program]:
    """Run `python COMMAND...` while the block lasts. `env` is added to the environment; an empty value removes one."""
    wanted = {**os.environ, **(env or {})}
    process = subprocess.Popen(
        [sys.executable, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={name: value for name, value in wanted.items() if value},
        cwd=cwd,
        preexec_fn=end_with_parent,  # noqa: PLW1509  no threads here
    )
    try:
        yield Program(process)
    finally:
        end(process)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def say(value: object) -> None:
    """From the program: send a value to the test."""
    print("\n" + json.dumps(value), flush=True)  # on a line of its own, whatever a library wrote before


def told() -> Any:
    """From the program: wait for a value from the test."""
    return json.loads(sys.stdin.readline())
