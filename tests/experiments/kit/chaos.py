"""Kill a simulation again and again, at random moments, until it is complete; then say what is left.

    python chaos.py STUDY PROTOCOL PARTICIPANTS KILLS SEED

A process of its own, because it forks: children need no start-up, so a hundred kills take seconds. A child is killed
when the journals have grown by a random number of bytes, so that the moment depends on what it does and not on how
fast the machine is. Prints JSON: kills, torn lines mended, and what was lost, which has to be nothing.
"""

import json
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

from askew.command import main
from askew_experiments import command, opening, simulate_command, simulating
from askew_experiments.journal import journals
from askew_stimuli import progress

LEAST, MOST = 1, 9_000  # bytes between two kills
LOADED = (command, opening, simulate_command, simulating, progress)  # before the fork, so that no child has to


def bytes_of(study: Path) -> int:
    """How much is in all journals."""
    return sum(path.stat().st_size for path in (study / "sessions").glob("*/journal.jsonl"))


def whole_lines(study: Path) -> dict[str, bytes]:
    """The whole lines of every journal."""
    found = {path.parent.name: path.read_bytes() for path in journals(study)}
    return {name: content[: content.rfind(b"\n") + 1] for name, content in found.items()}


def child(words: list[str]) -> int:
    """Start a simulation; returns its process."""
    process = os.fork()
    if process == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os._exit(main(words))
    return process


def ended(process: int, block: bool = False) -> bool:
    """Whether a child is over; a child that failed ends the whole."""
    known, status = os.waitpid(process, 0 if block else os.WNOHANG)
    if known and os.WIFEXITED(status) and os.WEXITSTATUS(status):
        sys.exit(f"a run ended with {os.WEXITSTATUS(status)}")
    return bool(known)


def killed(study: Path, words: list[str], more: int) -> bool:
    """Run until the journals have so many bytes more, and kill; False where the run was complete before."""
    goal = bytes_of(study) + more
    process = child(words)
    while not ended(process):
        if bytes_of(study) >= goal:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            return True
    return False


def torment(study: Path, words: list[str], kills: int, seed: int) -> dict[str, Any]:
    """The whole of it."""
    chance = random.Random(seed)
    done = lost = 0
    before: dict[str, bytes] = {}
    while done < kills and killed(study, words, chance.randint(LEAST, MOST)):
        done += 1
        after = whole_lines(study)
        lost += sum(not after.get(name, b"").startswith(lines) for name, lines in before.items())
        before = after
    ended(child(words), block=True)
    after = whole_lines(study)
    lost += sum(not after[name].startswith(lines) for name, lines in before.items())
    return {"kills": done, "lost": lost, "torn": len([*(study / "sessions").glob("*/journal.torn")])}


if __name__ == "__main__":
    place, protocol, participants = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    call = ["session", "simulate", str(place), "--protocol", protocol, "--participants", participants, "--seed", "5"]
    print(json.dumps(torment(place, call, int(sys.argv[4]), int(sys.argv[5]))))
