"""Files that are whole or not there: everything is written beside its place and then renamed.

A reader never meets half a file, and a run that is killed or that fills the disk leaves what was there before.
"""

import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from askew.errors import BadInput, quoted

PART = ".askew-"  # how the names of unfinished files begin
_DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{name}{number}" for name in ("COM", "LPT") for number in range(1, 10))}
FORGOTTEN_S = 24 * 3600  # an unfinished file this old belongs to a run that was killed


def sha256(path: Path) -> str:
    """The file's SHA-256, in hexadecimal, without holding the file in memory."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def writing(path: Path, just_before: Callable[[], None] = lambda: None) -> Iterator[IO[bytes]]:
    """A new file that takes its place only when the block ends well; `just_before` that, one more thing may be done.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with writing(Path(folder, "note.txt")) as stream:
    ...         _ = stream.write(b"whole")
    ...     Path(folder, "note.txt").read_text()
    'whole'
    """
    # A file would take the place of a device or a pipe, and root may do even that.
    if path.exists() and not path.is_file() and not path.is_dir():
        raise BadInput(f"{path}: is there and is no ordinary file; name a file to write")
    path.parent.mkdir(parents=True, exist_ok=True)
    with _blamed_on(path):
        handle, name = tempfile.mkstemp(prefix=PART, suffix=".part", dir=path.parent)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            open_to_others(part)
            just_before()
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def write_text(path: Path, text: str) -> None:
    """Write a small file whole, with the same line ends on every machine."""
    raw = encoded(text, path.name)
    with writing(path) as stream:
        stream.write(raw)


def encoded(text: str, name: str) -> bytes:
    """The bytes of a text file called `name`; BadInput tells of what no file can hold."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        bad = quoted(text[error.start : error.end])
        raise BadInput(
            f"{name}: cannot hold {bad}, which is no valid Unicode; rename the file or folder that has it"
        ) from None


def put(path: Path, content: bytes) -> str:
    """Write one of many files of a set, unless it is there already; returns its SHA-256.

    It takes its place in one step, but nobody waits until it is on the disk: whoever lists it lists its hash.
    """
    with _blamed_on(path):
        if not path.is_file() or path.read_bytes() != content:
            part = f"{path.parent}{os.sep}{PART}{os.getpid()}-{path.name}.part"
            try:
                _write(part, content)
                os.replace(part, path)  # noqa: PTH105  thousands of pictures: pathlib takes as long as the disk
            except BaseException:
                Path(part).unlink(missing_ok=True)
                raise
    return hashlib.sha256(content).hexdigest()


def _write(part: str, content: bytes) -> None:
    try:
        stream = open(part, "wb")  # noqa: PTH123, SIM115
    except FileNotFoundError:
        Path(part).parent.mkdir(parents=True, exist_ok=True)
        stream = open(part, "wb")  # noqa: PTH123, SIM115
    with stream:
        stream.write(content)


@contextmanager
def building(folder: Path) -> Iterator[Path]:
    """An empty folder to fill; its files take their places in `folder` only when the block ends well.

    Where `folder` is new it appears in one step. Where it is there, each file replaces its namesake, and
    files that the block did not write stay.
    """
    folder = Path(os.path.realpath(folder))  # so that "." has a name, and a link's files are built on its own disk
    folder.parent.mkdir(parents=True, exist_ok=True)
    sweep(folder.parent)
    was_taken = _holds_something(folder)
    with _blamed_on(folder):
        part = Path(tempfile.mkdtemp(prefix=PART, suffix=".part", dir=folder.parent))
        part.chmod(0o777 & ~_umask())
        try:
            yield part
            if not was_taken and _holds_something(folder):
                raise BadInput(f"{folder}: was filled by something else meanwhile; name a new folder")
            if folder.exists():
                _merge(part, folder)
            else:
                part.rename(folder)
        except OSError as error:
            if error.filename is not None:
                error.filename = str(error.filename).replace(str(part), str(folder))
            raise
        finally:
            shutil.rmtree(part, ignore_errors=True)


def can_name_files(name: str) -> bool:
    """Whether files could be called so on every system: Windows keeps some names for devices.

    >>> can_name_files("resnet50.a1"), can_name_files("con.h5"), can_name_files("my net")
    (True, False, False)
    """
    plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name) is not None
    return plain and name.partition(".")[0].upper() not in _DEVICES


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
    if leads_out or not lies_in(path, root):
        raise BadInput(
            f"{quoted(name)} leads out of the folder {root}; name a file inside it, such as 'images/mug.png'"
        )
    return path


def lies_in(inner: Path, outer: Path) -> bool:
    """Whether a path is a folder itself or lies in it, links followed."""
    return Path(os.path.realpath(inner)).is_relative_to(os.path.realpath(outer))


def refuse_special(path: Path) -> None:
    """Refuse what is neither a file nor a folder: a pipe or a device would be waited for without end."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise BadInput(f"{path}: is not an ordinary file; copy what it gives into one")


def _holds_something(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _merge(part: Path, folder: Path) -> None:
    sources = sorted(part.rglob("*"))
    # Everything that could stand in the way is looked for first, so that the folder is changed wholly or not at all.
    for source in sources:
        place = inside(folder, source.relative_to(part).as_posix())
        if os.path.lexists(place) and source.is_dir() != place.is_dir():
            kind = "a folder" if source.is_dir() else "a file"
            raise BadInput(f"{place}: is in the way, for {kind} of this name has to be written; move it")
        if place.parent.is_dir() and not os.access(place.parent, os.W_OK):
            raise BadInput(f"{place.parent}: may not be written to; change its permissions")
    for source in sources:
        place = folder / source.relative_to(part)
        if source.is_dir():
            place.mkdir(exist_ok=True)
        else:
            source.replace(place)


def sweep(folder: Path) -> None:
    """Remove what a killed run left unfinished long ago."""
    for part in folder.glob(f"{PART}*.part"):
        try:
            if time.time() - part.stat().st_mtime > FORGOTTEN_S:
                shutil.rmtree(part) if part.is_dir() else part.unlink()
        except OSError:
            continue  # somebody else was faster


@contextmanager
def _blamed_on(path: Path) -> Iterator[None]:
    """Name the file that was to be written, not the unfinished one that nobody knows, when the system fails."""
    try:
        yield
    except OSError as error:
        # An error of a library, without a number, has its words elsewhere and would lose them with a name.
        if error.errno is not None and (error.filename is None or PART in str(error.filename)):
            error.filename, error.filename2 = str(path), None
        raise


def open_to_others(part: Path) -> None:
    """Give a temporary file the usual permissions; its own 0600 would hide it from the lab's other accounts."""
    part.chmod(0o666 & ~_umask())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
