"""Children that a test starts from a script, and refusals that have to be one line."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from askew.errors import BadInput

Process = subprocess.Popen[bytes]


@contextmanager
def child(script: str, *words: object) -> Iterator[Process]:
    """A process that runs the script; it ends with the block, and after two minutes in any case."""
    program = [sys.executable, "-c", script, *map(str, words)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        alarm = threading.Timer(120, process.kill)
        alarm.start()
        try:
            yield process
        finally:
            alarm.cancel()
            process.kill()


def told(process: Process) -> str:
    """The next line that a process prints."""
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()


def rest(process: Process) -> list[str]:
    """All whole lines that a process has printed and nobody has read, once it has ended."""
    assert process.stdout is not None
    *lines, _ = process.stdout.read().decode().split("\n")
    process.wait(timeout=120)
    return lines


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(BadInput) as error:
        act()
    assert "\n" not in str(error.value)
    return str(error.value)
