"""One holder at a time: a lock on a small file. The system gives it back when the holder ends, even by `kill -9`."""

import errno
import os
import platform
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from askew.errors import BadInput

if sys.platform == "win32":
    import msvcrt

    # A byte far behind the text is locked, for Windows lets nobody read what is.
    _BEHIND = 1 << 30

    def _lock(handle: int) -> None:
        os.lseek(handle, _BEHIND, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _unlock(handle: int) -> None:
        os.lseek(handle, _BEHIND, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


_TAKEN = {errno.EAGAIN, errno.EACCES, errno.EDEADLK, getattr(errno, "EDEADLOCK", errno.EDEADLK)}
_READ_ONLY = {errno.EACCES, errno.EPERM, errno.EROFS}
_POLL_S = 0.01


class CannotLock(BadInput):
    """The disk has no locks, as some shared ones of clusters have none."""


@contextmanager
def held(path: Path, what: str, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the lock `path`, which guards `what`. BadInput says who has it, once `wait_s` seconds are over.

    The file stays, empty, when the lock is given back: were it removed, two could hold locks of the same name.
    """
    with may_write(path if path.exists() else path.parent):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    try:
        _take(handle, path, what, wait_s)
        try:
            _sign(handle)
            yield
        finally:
            with suppress(OSError):
                os.ftruncate(handle, 0)
            _unlock(handle)
    finally:
        os.close(handle)


@contextmanager
def may_write(place: Path) -> Iterator[None]:
    """Say in one line that a file or folder does not allow the writing meanwhile."""
    try:
        yield
    except OSError as error:
        if error.errno not in _READ_ONLY:
            raise
        raise BadInput(
            f"{place}: may not be written to ({error.strerror}); change its permissions, or move the study"
        ) from None


def _take(handle: int, path: Path, what: str, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            return _lock(handle)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise CannotLock(
                    f"{path}: cannot be locked ({error.strerror}), so two programs could write at once; move the "
                    "study to a disk of this computer"
                ) from None
        if time.monotonic() >= deadline:
            raise BadInput(f"{what}: is in use by {_holder(handle)}; end that one, then try again")
        time.sleep(_POLL_S)


def _sign(handle: int) -> None:
    """Write down who has the lock. On a full disk it is held all the same, by somebody unknown."""
    line = f"process {os.getpid()} on {platform.node() or 'this computer'}\n".encode()
    with suppress(OSError):
        # The rest of a longer, older line goes last: readers look at the first line only, so they never see a mixture.
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, line)
        os.ftruncate(handle, len(line))


def _holder(handle: int) -> str:
    said = ""
    with suppress(OSError):
        os.lseek(handle, 0, os.SEEK_SET)
        said = os.read(handle, 300).decode("utf-8", errors="replace")
    found = re.match(r"process \d+ on [^\n]+(?=\n)", said)
    return found[0] if found else "another program"
