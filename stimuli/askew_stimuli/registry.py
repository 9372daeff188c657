"""The lists of the published files that askew knows: in registries/, one file a line, its path and its SHA-256."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from askew.files import sha256


def listing(name: str) -> Path:
    """The list of the files of a data set."""
    return Path(str(files("askew_stimuli") / "registries" / f"{name}.txt"))


def hashes(name: str) -> dict[str, str]:
    """The SHA-256 of each file of a data set, by its path."""
    lines = listing(name).read_text(encoding="utf-8").splitlines()
    return {path: digest for path, _, digest in (line.rpartition(" ") for line in lines)}


def differences(name: str, found: Mapping[str, Path], under: str = "") -> list[str]:
    """What of a data set is not as askew knows it, in sentences: it can be read, but not vouched for.

    `found` are the files that are there, by their paths in the data set; only what lies `under` one of its folders is
    compared.
    """
    known = {path: digest for path, digest in hashes(name).items() if path.startswith(under)}
    if not known:
        return [f"{under or name}: askew does not know the hashes of this data set, so its files are taken as they are"]
    changed = [path for path in known if path in found and sha256(found[path]) != known[path]]
    missing = [path for path in known if path not in found]
    added = [path for path in found if path not in known]
    told = ((changed, "not as published"), (missing, "missing"), (added, "no part of the published data"))
    return [
        f"{paths[0]}{f' and {len(paths) - 1} more' if paths[1:] else ''}: {words}" for paths, words in told if paths
    ]
