"""Files that are whole or not there: everything is written beside its place and then renamed.

A reader never meets half a file, and a run that is killed or that fills the disk leaves what was there before.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from askew.errors import BadInput


def sha256(path: Path) -> str:
    """The file's SHA-256, in hexadecimal, without holding the file in memory."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A new file that takes its place only when the block ends well.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with writing(Path(folder, "note.txt")) as stream:
    ...         _ = stream.write(b"whole")
    ...     Path(folder, "note.txt").read_text()
    'whole'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.chmod(0o666 & ~_umask())  # mkstemp's own 0600 would hide the file from the lab's other accounts
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write a small file whole, with the same line ends on every machine."""
    with writing(path) as stream:
        stream.write(text.encode("utf-8"))


@contextmanager
def building(folder: Path) -> Iterator[Path]:
    """An empty folder to fill; its files take their places in `folder` only when the block ends well.

    Where `folder` is new it appears in one step. Where it is there, each file replaces its namesake, and
    files that the block did not write stay.
    """
    folder = folder.resolve()  # so that "." has a name and a parent
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
    part.chmod(0o777 & ~_umask())
    try:
        yield part
        if folder.exists():
            _merge(part, folder)
        else:
            part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _merge(part: Path, folder: Path) -> None:
    for source in sorted(part.rglob("*")):
        place = folder / source.relative_to(part)
        if source.is_dir():
            place.mkdir(exist_ok=True)
        else:
            source.replace(place)


def inside(root: Path, name: str) -> Path:
    """The file that `name` means in `root`; refuses every name that leads out of it.

    >>> inside(Path("study"), "stimuli/mug.png").as_posix()
    'study/stimuli/mug.png'
    >>> inside(Path("study"), "../mug.png")
    Traceback (most recent call last):
        ...
    askew.errors.BadInput: '../mug.png' leads out of the folder study; name a file inside it, such as 'images/mug.png'
    """
    # Both kinds of path are tried, so that a manifest means the same on Windows and elsewhere.
    leads_out = PurePosixPath(name).is_absolute() or bool(PureWindowsPath(name).anchor)
    leads_out = leads_out or ".." in PureWindowsPath(name).parts or "\0" in name
    path = root / name
    # A link inside may point outside. That is only known once it is followed.
    if leads_out or not path.resolve().is_relative_to(root.resolve()):
        raise BadInput(f"{name!r} leads out of the folder {root}; name a file inside it, such as 'images/mug.png'")
    return path


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
