"""Make data/example again: the study of the demo, small enough to be kept with the code (`make example`).

Everything in it comes from the commands of askew. Its participants are programs: it is evidence of nothing.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from askew.demo import take
from askew.demonstration import Size, steps_of

FOLDER = Path(__file__).parent / "example"
SEED = 1
SIZE = Size(
    title="Twenty objects in unusual poses: an example with simulated participants",
    set="example",
    participants=6,
    masks=("--kind", "blocks", "--block", "18"),  # they are pressed into smaller files than noise
    made="`make example` makes it, without the results: `askew report` has them in seconds.",
)
DERIVED = {"compare", "report"}


def make(folder: Path) -> int:
    """Make the study in a new folder, without what is derived from it; returns the exit status of what failed, or 0."""
    steps = [step for step in steps_of(folder, str(folder), SIZE, SEED) if step.words[0] not in DERIVED]
    if status := take(steps, str(folder)):
        return status
    shutil.rmtree(folder / "results")
    for lock in folder.rglob("*.lock"):
        lock.unlink()
    return 0


def main() -> int:
    """Make it beside its place, and put it there once it is whole."""
    with tempfile.TemporaryDirectory(dir=FOLDER.parent, prefix=".example-") as scratch:
        made = Path(scratch) / FOLDER.name
        if status := make(made):
            return status
        shutil.rmtree(FOLDER, ignore_errors=True)
        made.rename(FOLDER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
