"""`askew new`: a study folder to start from."""

import os
import secrets
import shlex
from dataclasses import replace
from pathlib import Path

from askew.command import Words
from askew.errors import BadInput, quoted
from askew.files import building, write_text
from askew.study import FOLDERS, MAX_SEED, Study

README = """\
# {name}

A study made with askew. Edit `study.toml` and the protocols.

| folder | what |
| --- | --- |
{table}

`results/` can be deleted and is made again, and so can the tables in `trials/` that were derived from `sessions/`
(by `askew session tables`) or `scores/`. Participants appear as codes only: keep the list that links codes to people
somewhere else.
"""

# Git for Windows would otherwise rewrite line ends, and tables are known by their hashes.
GITATTRIBUTES = "* text=auto eol=lf\n*.png binary\n"


def new(words: list[str]) -> int:
    """Make a study folder with commented defaults."""
    parser = Words(
        prog="askew new",
        description=new.__doc__,
        epilog="example: askew new my-study --title 'Objects, upside down'",
    )
    parser.add_argument("folder", type=Path, help="the folder to make; it must be new or empty")
    parser.add_argument("--title", default="", help="the title for the report")
    parser.add_argument("--seed", type=int, help="the number that every random draw comes from (default: a new one)")
    given = parser.parse_args(words)
    seed = secrets.randbelow(2**31) if given.seed is None else given.seed
    if not 0 <= seed <= MAX_SEED:
        parser.error(f"--seed {quoted(seed)}: give a whole number from 0 to {MAX_SEED}")
    make(given.folder, title=given.title, seed=seed)
    pictures, said = (shlex.quote(str(given.folder / name)) for name in ("stimuli", "study.toml"))
    print(f"{given.folder}: a new study with seed {seed}")
    print(f"next: askew stimuli render --set bundled --out {pictures}, and edit {said}")
    return 0


def make(folder: Path, title: str, seed: int) -> None:
    """Make the folder; refuses one that holds anything already."""
    refuse_taken(folder)
    name = Path(os.path.abspath(folder)).name or "study"
    study = Study(root=folder, name=name, title=title, seed=seed)
    with building(folder) as part:
        for each in FOLDERS:
            (part / each).mkdir()
        table = "\n".join(f"| `{each}/` | {what} |" for each, what in FOLDERS.items())
        write_text(part / "README.md", README.format(name=name, table=table))
        write_text(part / ".gitattributes", GITATTRIBUTES)
        replace(study, root=part).write()


def refuse_taken(folder: Path) -> None:
    """Refuse a place where something is already; an empty folder is fine."""
    if os.path.lexists(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder}: is there and is no empty folder; name a new one, or delete it first")
