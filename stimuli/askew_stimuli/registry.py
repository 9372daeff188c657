"""The lists of the published files that askew knows: in registries/, one file a line, its path and its SHA-256."""

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


def unlike(name: str, root: Path) -> list[str]:
    """The files of a data set that are missing in a folder, or are there with another content."""
    return [
        path for path, digest in hashes(name).items() if not (root / path).is_file() or sha256(root / path) != digest
    ]
