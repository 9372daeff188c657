"""What `askew doctor` finds amiss, and how it asks what may crash: in a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

SECONDS = 120  # for an answer; the first import of torch from a cold disk takes most of a minute
QUICK_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that keeps askew, or a part of it, from working: what it is, and what mends it."""

    about: str  # a part, or a thing of the machine
    what: str
    do: str = ""  # in words, where no line to type mends it, or which of them does
    lines: tuple[str, ...] = ()  # to type, one after the other


def asked(program: str) -> Any:
    """The JSON that a small Python program prints in a process of its own; a text says why there is none."""
    said = answer([sys.executable, "-c", program], SECONDS)
    if isinstance(said, str):
        return said
    try:
        return json.loads(said[-1])
    except (IndexError, ValueError):
        return "it gave no answer"


def answer(words: list[str], seconds: float = QUICK_SECONDS) -> list[str] | str:
    """The lines that a program prints; a text says why there are none."""
    # What its warnings are set to here is no matter of what is asked.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
    try:
        run = subprocess.run(
            words,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {seconds:g} s"
    except OSError as error:
        return str(error)
    if run.returncode:
        return ((run.stderr or run.stdout).strip().splitlines() or [f"exit status {run.returncode}"])[-1]
    return run.stdout.strip().splitlines()
