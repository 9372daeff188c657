"""A study: one folder that holds the pictures, the sessions, the scores and everything derived from them."""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from askew.column import checked_text
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
class Contrast:
    """A comparison planned before the data: group `a` against group `b` in one condition."""

    a: str
    b: str
    condition: str

    def __post_init__(self) -> None:
        """Refuse names that no group or condition can have."""
        for key, text in vars(self).items():
            checked_text(key, text)


@dataclass(frozen=True, kw_only=True)
class Study:
    """A study folder and what its study.toml says."""

    root: Path
    name: str
    title: str = ""
    seed: int = 0
    combine: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
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
        document = read_toml(path, missing=f"{root}: is no study, for it has no study.toml; `askew new` makes one")
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
        contrasts = "\n".join(_contrast(contrast) for contrast in self.contrasts) or _EXAMPLE_CONTRAST
        combine = "\n".join(f"{_key(name)} = {_value(parts)}" for name, parts in self.combine.items())
        source = "".join(f"{_key(key)} = {_value(text)}\n" for key, text in self.source.items())
        return _TEMPLATE.format(
            schema=SCHEMA,
            name=_value(self.name),
            title=_value(self.title),
            seed=self.seed,
            combine=combine or '# rotated = ["rotated-correct", "rotated-incorrect"]',
            contrasts=contrasts,
            source=f"\n# Where the study comes from.\n[source]\n{source}" if source else "",
        )


def read_toml(path: Path, missing: str) -> dict[str, Any]:
    """The document in a TOML file; every fault is a BadInput with the file's name."""
    refuse_special(path)
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except NotADirectoryError:
        raise BadInput(f"{path.parent}: is a file; name the folder that it is in") from None
    except FileNotFoundError:
        raise BadInput(missing) from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    except (ValueError, RecursionError) as error:  # tomllib's own error is a ValueError; so is that of a huge number
        raise BadInput(f"{path}: is not TOML: {brief(str(error))}") from None
    return document


_EXAMPLE_CONTRAST = '# [[contrast]]\n# a = "unlimited"\n# b = "40ms"\n# condition = "rotated"\n'

_TEMPLATE = """\
# One study. `askew describe` shows what is in it.
schema = {schema}

# A short name, for files and figures, and a title for the report.
name = {name}
title = {title}

# Every random draw of this study comes from this number: sets, sides, orders, resamples.
seed = {seed}

# Conditions that are also reported together, as the unweighted mean per observer.
[combine]
{combine}

# The comparisons planned before the data: group a against group b in one condition.
{contrasts}{source}"""


def _contrast(contrast: Contrast) -> str:
    return "[[contrast]]\n" + "".join(f"{key} = {_value(text)}\n" for key, text in vars(contrast).items())


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)


def _value(value: str | Sequence[str]) -> str:
    return json.dumps(value, ensure_ascii=False)  # a JSON string without control characters is a TOML string


_KINDS: dict[str, tuple[type, str]] = {
    "schema": (int, "a whole number"),
    "name": (str, "a text"),
    "title": (str, "a text"),
    "seed": (int, "a whole number"),
    "combine": (dict, "a table of lists of conditions"),
    "contrast": (list, "tables with a, b and condition"),
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
        raise BadInput(f"{path}: is a study of schema {given}, this askew knows schema {SCHEMA}; update askew")
    return {
        "name": document["name"],
        "title": document.get("title", ""),
        "seed": document.get("seed", 0),
        "combine": {
            name: _texts(path, f"combine.{name}", parts) for name, parts in document.get("combine", {}).items()
        },
        "contrasts": tuple(_read_contrast(path, entry) for entry in document.get("contrast", [])),
        "source": {key: _texts(path, f"source.{key}", [text])[0] for key, text in document.get("source", {}).items()},
    }


def _texts(path: Path, key: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not given or not all(isinstance(text, str) for text in given):
        raise BadInput(f"{path}, {brief(key)}: {quoted(given)} is given, but only texts are allowed, at least one")
    return tuple(given)


def _read_contrast(path: Path, entry: Any) -> Contrast:
    names = ("a", "b", "condition")
    if not isinstance(entry, dict) or {*entry} != {*names} or not all(isinstance(v, str) for v in entry.values()):
        raise BadInput(
            f"{path}, contrast: {quoted(entry)} is given, but each needs the texts a, b and condition, no more"
        )
    return Contrast(**entry)
