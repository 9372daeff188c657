"""`askew demo`: the bundled study, taken through the commands that a study goes through.

Each step is an ordinary command, printed before it runs, so that the demo teaches what it shows.
"""

import os
import shlex
import shutil
from importlib.metadata import entry_points
from pathlib import Path

import askew
from askew.command import GROUP, Words, run
from askew.errors import BadInput
from askew.files import building
from askew.new import refuse_taken

STUDY = "STUDY"  # stands for the folder in the steps
STEPS = (
    ("what is in the study", ("describe", STUDY)),
    ("are the pictures those that the study was made with", ("stimuli", "check", STUDY)),
)


def demo(words: list[str]) -> int:
    """Show what askew does on the small bundled study."""
    parser = Words(prog="askew demo", description=demo.__doc__, epilog="example: askew demo my-first-study")
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=Path("askew-demo"),
        help="where to put the study (default: %(default)s)",
    )
    folder = parser.parse_args(words).folder
    refuse_taken(folder)
    with building(folder) as part:
        shutil.copytree(bundled(), part, dirs_exist_ok=True)
    print(f"The bundled study is now in {folder}. Its observers are programs, not people.")
    place = f".{os.sep}{folder}" if str(folder).startswith("-") else str(folder)
    commands = {entry.name: entry for entry in entry_points(group=GROUP)}
    for title, step in STEPS:
        name, *rest = [place if word == STUDY else word for word in step]
        print(f"\n# {title}\n$ askew {shlex.join([name, *rest])}", flush=True)
        if status := run(commands[name], rest):
            return status
    return 0


def bundled() -> Path:
    """The study that comes with askew: inside the package when installed, in data/ in a checkout."""
    package = Path(askew.__file__).parent
    for place in (package / "example", package.parent / "data" / "example"):
        if (place / "study.toml").is_file():
            return place
    raise BadInput("the bundled study is not there, so this askew is not whole; install it again")
