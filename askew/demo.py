"""`askew demo`: the bundled study, taken through the commands that a study goes through.

Each step is an ordinary command, printed before it runs, so that the demo teaches what it shows.
"""

import argparse
import shlex
import shutil
from importlib.metadata import entry_points
from pathlib import Path

import askew
from askew.command import GROUP, run
from askew.errors import BadInput
from askew.files import building
from askew.study import Study

STEPS = (
    ("what is in the study", "describe {study}"),
    ("are the pictures those that the study was made with", "stimuli check {study}"),
)


def demo(words: list[str]) -> int:
    """Show what askew does on the small bundled study."""
    parser = argparse.ArgumentParser(
        prog="askew demo", description=demo.__doc__, epilog="example: askew demo my-first-study"
    )
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=Path("askew-demo"),
        help="where to put the study (default: %(default)s)",
    )
    folder = parser.parse_args(words).folder
    unpack(folder)
    print(f"The bundled study is now in {folder}. Its observers are programs, not people.")
    commands = {entry.name: entry for entry in entry_points(group=GROUP)}
    for title, step in STEPS:
        name, *rest = step.format(study="\0").split()
        rest = [str(folder) if word == "\0" else word for word in rest]
        print(f"\n# {title}\n$ askew {shlex.join([name, *rest])}", flush=True)
        if status := run(commands[name], rest):
            return status
    return 0


def unpack(folder: Path) -> None:
    """Copy the bundled study; a folder that holds anything else is left alone."""
    source = bundled()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        theirs = Study.open(folder).name if (folder / "study.toml").is_file() else None
        if theirs != Study.open(source).name:
            raise BadInput(f"{folder}: is there and holds something else; name a new folder")
    with building(folder) as part:
        shutil.copytree(source, part, dirs_exist_ok=True)


def bundled() -> Path:
    """The study that comes with askew: inside the package when installed, in data/ in a checkout."""
    package = Path(askew.__file__).parent
    for place in (package / "example", package.parent / "data" / "example"):
        if (place / "study.toml").is_file():
            return place
    raise BadInput("the bundled study is not there, so this askew is not whole; install it again")
