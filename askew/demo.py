"""`askew demo`: a whole study, from the pictures to the report, made by the commands that a study goes through.

Each step is an ordinary command, printed before it runs, so that the demo teaches what it shows.
"""

import os
import shlex
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from askew.command import Words
from askew.demonstration import PROTOCOL, Size, steps_of
from askew.errors import BadInput, quoted
from askew.extras import PARTS, install_line, installed, needs
from askew.machine import free_gb, on_the_path
from askew.new import refuse_taken
from askew.steps import Step
from askew.stopping import STOPPED, stoppable
from askew.study import MAX_SEED

NEEDED_MB = 150
SEED = 2026
SIZE = Size(
    title="Objects in unusual poses: a demonstration with simulated participants",
    set="demo",
    participants=12,
    made="`askew demo` made it.",
)

OPENING = """\
A whole study, made in {place}, in about a minute. The pictures and the networks come with askew, and the participants
are programs, not people. No display, graphics card or download is needed. Each step is a command of its own. What a
step suggests to do next is for your own studies; here, the demo goes on by itself.
"""

CLOSING = """\
Done in {seconds:.0f} s. The participants were programs, so nothing here is evidence of how people see.
Every command of askew works on {place}. Three to try next:

  Be a participant yourself; it needs a display. The first command says whether yours will do, and what to fill in of
  it in lab.toml. The escape key, twice, ends a session.
  $ askew session preflight {place} --protocol {protocol}
  $ askew session run {place} --protocol {protocol} --participant me

  Score a network trained on ImageNet, and write the report again. It downloads the weights, about 100 MB.
  $ askew score {place} --observers timm:resnet50.a1_in1k
  $ askew report {place}

  Import the published data of people and networks. It downloads them, about 10 MB.
  $ askew fetch unusual-poses --out unusual-poses
{shell}
{url}
report: {report}"""


def demo(words: list[str]) -> int:
    """Make a whole study, with programs for people: pictures, sessions, networks, comparison, report."""
    parser = Words(
        prog="askew demo",
        description=f"{demo.__doc__} It needs all four parts, and no display, graphics card or download.",
        epilog="example: askew demo my-first-study",
    )
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=Path("askew-demo"),
        help="where to put the study (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=SEED,
        help="the number that orders, answers and resamples come from (default: %(default)s)",
    )
    given = parser.parse_args(words)
    if not 0 <= given.seed <= MAX_SEED:
        parser.error(f"--seed {quoted(given.seed)}: give a whole number from 0 to {MAX_SEED}")
    folder: Path = given.folder
    refuse_taken(folder)
    _refuse_missing_parts()
    _refuse_full_disk(folder)
    place = f".{os.sep}{folder}" if str(folder).startswith("-") else str(folder)
    begun = time.monotonic()
    print(OPENING.format(place=place))
    if status := take(steps_of(folder, place, SIZE, given.seed), place):
        return status
    report = folder / "results" / "report.html"
    print(
        CLOSING.format(
            place=shlex.quote(place),
            seconds=time.monotonic() - begun,
            protocol=PROTOCOL.format("150ms"),
            shell=_shell(),
            url=Path(os.path.abspath(report)).as_uri(),
            report=report,
        )
    )
    return 0


def _shell() -> str:
    """What has to be typed for the shell to find `askew`, as a paragraph; nothing where it does find it."""
    why = on_the_path()
    return f"\n{why[0].upper()}{why[1:]}.\n" if why else ""


def take(steps: Sequence[Step], place: str) -> int:
    """Take the steps, each announced; returns the exit status of the first that fails, having said what is left."""
    for number, step in enumerate(steps):
        print(f"{number + 1} of {len(steps)}: {step.title}\n$ {step.line}", flush=True)
        left = steps[number:] if number else ()
        try:
            with stoppable():
                status = step.take()
        except KeyboardInterrupt:
            _tell_how_to_go_on(left, place)
            raise
        if status:
            if left:
                ended = "was stopped" if status == STOPPED else f"failed with status {status}"
                print(f"\naskew demo: step {number + 1} of {len(steps)} {ended}", file=sys.stderr)
            _tell_how_to_go_on(left, place)
            return status
        print(flush=True)
    return 0


def _tell_how_to_go_on(left: Sequence[Step], place: str) -> None:
    if left:
        lines = "\n".join(f"  $ {step.line}" for step in left)
        told = f"What is done is in {place}. Delete it to begin anew, or go on where it stopped:\n{lines}"
        with suppress(OSError):  # a terminal that was closed hears nothing more
            print(told, file=sys.stderr, flush=True)


def _refuse_missing_parts() -> None:
    missing = {part: [name for name in needs(part) if installed(name) is None] for part in PARTS}
    lacking = {part: names for part, names in missing.items() if names}
    if lacking:
        told = "; ".join(f"{part} lacks {', '.join(names)}" for part, names in lacking.items())
        raise BadInput(f"takes all four parts: {told}; type: {install_line(','.join(lacking))}")


def _refuse_full_disk(folder: Path) -> None:
    if (free := 1000 * free_gb(folder)) < NEEDED_MB:
        raise BadInput(f"{folder}: needs {NEEDED_MB} MB, and {free:.0f} MB are free there; name another place")
