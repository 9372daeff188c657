"""A study: one folder that holds the pictures, the sessions, the scores and everything derived from them."""

import json
import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from askew.column import checked_text
from askew.declared import Contrast, Pool, Subgroup, declared
from askew.errors import BadCell, BadInput, brief, quoted
from askew.files import inside, refuse_special, write_text
from askew.sidecar import check
from askew.trial import Trial, repeats_refused

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SCHEMA = 1
MAX_SEED = 2**63 - 1  # what every library that draws from it can take
FOLDERS = {
    "stimuli": "the pictures, and manifest.csv with one row for each",
    "protocols": "what a session shows, and when: one .toml for each protocol",
    "sessions": "what happened in each session, line by line (journal.jsonl): the authority for people",
    "scores": "every score of each model (.h5): the authority for models",
    "trials": "one table for each observer and session: derived from the two above, imported, or your own",
    "results": "derived: comparisons, figures, report",
}


@dataclass(frozen=True, kw_only=True)
class Study:
    """A study folder and what its study.toml says."""

    root: Path
    name: str
    title: str = ""
    seed: int = 0
    simulated: bool = False  # programs stand in for people, knowingly: comparisons take them without being asked to
    combine: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    subgroups: tuple[Subgroup, ...] = ()
    pools: tuple[Pool, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    source: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what study.toml, a file name or a figure could not give back."""
        checked_text("name", self.name)
        if self.title:
            checked_text("title", self.title)
        for text in (*self.source, *self.source.values()):
            checked_text("source", text)
        if not 0 <= self.seed <= MAX_SEED:
            raise BadCell("seed", f"{quoted(self.seed)} is not a whole number from 0 to {MAX_SEED}")
        for name, parts in self.combine.items():
            for text in (name, *parts):
                checked_text("combine", text)
            if not parts or len({*parts}) < len(parts):
                raise BadCell("combine", f"{quoted(name)} is made of {quoted([*parts])}; name each condition once")

    @classmethod
    def open(cls, root: Path | str) -> "Study":
        """Read the study in a folder; BadInput names the line or the key that is wrong."""
        root = Path(root)
        path = root / "study.toml"
        missing = f"{root}: is no study, for it has no study.toml; `askew new` makes one"
        if not os.path.lexists(root):
            missing = (
                f"{root}: there is no such folder; name a study, or make one with `askew new {shlex.quote(str(root))}`"
            )
        document = read_toml(path, missing)
        try:
            return cls(root=root, **_checked(path, document))
        except BadCell as error:
            raise BadInput(f"{path}, {error}") from None

    @property
    def manifest(self) -> Path:
        """The table of pictures."""
        return self._folder("stimuli", "the pictures and their manifest") / "manifest.csv"

    def file(self, name: str) -> Path:
        """A file in the study by its name; names that lead out of the study are refused."""
        return inside(self.root, name)

    def trial_files(self) -> list[Path]:
        """The tables of trials, in the order of their names."""
        folder = self._folder("trials", "the tables of trials")
        found = folder.iterdir() if folder.is_dir() else ()
        # macOS leaves ._ files beside others on foreign disks.
        return sorted(path for path in found if path.suffix.lower() == ".csv" and not path.name.startswith("."))

    def trials(self) -> Iterator[Trial]:
        """Every trial of the study. A trial that two files both hold is refused at the end."""
        paths = self.trial_files()
        for path in paths:
            check(path)
        return repeats_refused(paths)

    def _folder(self, name: str, content: str) -> Path:
        folder = self.root / name
        if os.path.lexists(folder) and not folder.is_dir():
            raise BadInput(f"{folder}: is not a folder; {content} have to be in one")
        return folder

    def write(self) -> None:
        """Write study.toml, with the comments that explain it."""
        write_text(self.root / "study.toml", self.toml())

    def toml(self) -> str:
        """The text of study.toml."""
        combine = "\n".join(f"{_key(name)} = {_value(parts)}" for name, parts in self.combine.items())
        source = "".join(f"{_key(key)} = {_value(text)}\n" for key, text in self.source.items())
        return _TEMPLATE.format(
            schema=SCHEMA,
            name=_value(self.name),
            title=_value(self.title),
            seed=self.seed,
            simulated=_SIMULATED if self.simulated else "",
            combine=combine or '# rotated = ["rotated-correct", "rotated-incorrect"]',
            subgroups=_tables("subgroup", self.subgroups) or _EXAMPLE_SUBGROUP,
            pools=_tables("pool", self.pools) or _EXAMPLE_POOL,
            contrasts=_tables("contrast", self.contrasts) or _EXAMPLE_CONTRAST,
            source=f"\n# Where the study comes from.\n[source]\n{source}" if source else "",
        )


def read_toml(path: Path, missing: str) -> dict[str, Any]:
    """The document in a TOML file; every fault is a BadInput with the file's name."""
    return parse_toml(read_text(path, missing), path)


def read_text(path: Path, missing: str) -> str:
    """The text of a file that a person wrote, with plain line feeds; every fault is a BadInput with the file's name."""
    refuse_special(path)
    try:
        return path.read_text(encoding="utf-8-sig")
    except NotADirectoryError:
        raise BadInput(f"{path.parent}: is a file; name the folder that it is in") from None
    except FileNotFoundError:
        raise BadInput(missing) from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: is not UTF-8 text; save it as UTF-8") from None


def parse_toml(text: str, where: object) -> dict[str, Any]:
    """The document that a text is; BadInput says where it is not TOML."""
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # tomllib's own error is a ValueError; so is that of a huge number
        raise BadInput(f"{where}: is not TOML: {brief(str(error))}") from None
    return document


_EXAMPLE_SUBGROUP = """\
# [[subgroup]]
# name = "unlimited-alone-first"
# group = "unlimited"
# column = "presentation"
# value = "alone-first"
"""

_EXAMPLE_POOL = """\
# [[pool]]
# name = "one-two-three"
# group = "40ms"
# observers = ["sub-01", "sub-02", "sub-03"]
"""

_EXAMPLE_CONTRAST = """\
# [[contrast]]
# a = "unlimited"
# b = "40ms"
# condition = "rotated"
#
# [[contrast]]
# a = "upright"
# b = "rotated"
# group = "40ms"
"""

_SIMULATED = """
# The participants are programs, not people. Comparisons take them, and say so; remove this once people took part.
simulated = true
"""

_TEMPLATE = """\
# One study. `askew describe` shows what is in it.
schema = {schema}

# A short name, for files and figures, and a title for the report.
name = {name}
title = {title}

# Every random draw of this study comes from this number: sets, sides, orders, resamples.
seed = {seed}
{simulated}
# Conditions that are also reported together, as the unweighted mean per observer.
[combine]
{combine}

# Trials that are compared as a group of their own, for what another column says of them.
{subgroups}
# Observers of a group who saw complementary pictures: one observer in error consistency.
{pools}
# The comparisons planned before the data: two groups in one condition, or two conditions in one group.
{contrasts}{source}"""


def _tables(key: str, things: Sequence[Contrast | Pool | Subgroup]) -> str:
    """Each as a table of its own, with an empty line between them."""
    texts = (
        "".join(f"{name} = {_value(value)}\n" for name, value in vars(thing).items() if value is not None)
        for thing in things
    )
    return "\n".join(f"[[{key}]]\n{text}" for text in texts)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)


def _value(value: str | Sequence[str]) -> str:
    return json.dumps(value, ensure_ascii=False)  # a JSON string without control characters is a TOML string


_KINDS: dict[str, tuple[type, str]] = {
    "schema": (int, "a whole number"),
    "name": (str, "a text"),
    "title": (str, "a text"),
    "seed": (int, "a whole number"),
    "simulated": (bool, "true or false"),
    "combine": (dict, "a table of lists of conditions"),
    "subgroup": (list, "tables with name, group, column and value"),
    "pool": (list, "tables with name, group and observers"),
    "contrast": (list, "tables with a, b and condition or group"),
    "source": (dict, "a table of texts"),
}


def _checked(path: Path, document: dict[str, Any]) -> dict[str, Any]:
    for key, value in document.items():
        if key not in _KINDS:
            raise BadInput(f"{path}: {quoted(key)} is not a key of a study; allowed: {', '.join(_KINDS)}")
        kind, words = _KINDS[key]
        if type(value) is not kind:
            raise BadInput(f"{path}, {key}: {quoted(value)} is given, but it has to be {words}")
    for key in ("schema", "name"):
        if key not in document:
            raise BadInput(f"{path}: {key} is missing; see a file made by `askew new`")
    if not 1 <= document["schema"] <= SCHEMA:
        given = quoted(document["schema"])
        helps = "update askew" if document["schema"] > SCHEMA else f"write schema = {SCHEMA}"
        raise BadInput(f"{path}: is a study of schema {given}, this askew knows schema {SCHEMA}; {helps}")
    return {
        "name": document["name"],
        "title": document.get("title", ""),
        "seed": document.get("seed", 0),
        "simulated": document.get("simulated", False),
        "combine": {
            name: _texts(path, f"combine.{name}", parts) for name, parts in document.get("combine", {}).items()
        },
        "subgroups": declared(Subgroup, f"{path}, subgroup", document.get("subgroup", [])),
        "pools": declared(Pool, f"{path}, pool", document.get("pool", [])),
        "contrasts": declared(Contrast, f"{path}, contrast", document.get("contrast", [])),
        "source": {key: _texts(path, f"source.{key}", [text])[0] for key, text in document.get("source", {}).items()},
    }


def _texts(path: Path, key: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not given or not all(isinstance(text, str) for text in given):
        raise BadInput(f"{path}, {brief(key)}: {quoted(given)} is given, but only texts are allowed, at least one")
    return tuple(given)
