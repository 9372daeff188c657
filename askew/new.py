"""`askew new`: a study folder to start from."""

import argparse
import secrets
from pathlib import Path

from askew.errors import BadInput
from askew.files import building, write_text
from askew.study import FOLDERS, Study

README = """\
# {name}

A study made with askew. Edit `study.toml` and the protocols; everything else is written by `askew`.

| folder | what |
| --- | --- |
{table}

`trials/` and `results/` can be deleted and are made again from the rest. Participants appear as codes only: keep
the list that links codes to people somewhere else.
"""


def new(words: list[str]) -> int:
    """Make a study folder with commented defaults."""
    parser = argparse.ArgumentParser(
        prog="askew new",
        description=new.__doc__,
        epilog="example: askew new my-study --title 'Objects, upside down'",
    )
    parser.add_argument("folder", type=Path, help="the folder to make; it must be new or empty")
    parser.add_argument("--title", default="", help="the title for the report")
    parser.add_argument("--seed", type=int, help="the number that every random draw comes from (default: a new one)")
    given = parser.parse_args(words)
    seed = secrets.randbelow(2**31) if given.seed is None else given.seed
    if seed < 0:
        parser.error(f"--seed {seed}: give 0 or more")
    make(given.folder, title=given.title, seed=seed)
    print(f"{given.folder}: a new study with seed {seed}; next: edit {given.folder / 'study.toml'}")
    return 0


def make(folder: Path, title: str, seed: int) -> None:
    """Make the folder; refuses one that holds anything already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder}: is there and not empty; name a new folder")
    name = folder.resolve().name or "study"
    with building(folder) as part:
        for each in FOLDERS:
            (part / each).mkdir()
        table = "\n".join(f"| `{each}/` | {what} |" for each, what in FOLDERS.items())
        write_text(part / "README.md", README.format(name=name, table=table))
        Study(root=part, name=name, title=title, seed=seed).write()
