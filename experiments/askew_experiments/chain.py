"""Files of JSON lines that only grow, each line with a hash of itself and all before it.

So a line that was changed, moved or taken out of the middle is found, and a last line that a crash or a full disk tore
is told from the whole ones by its missing line end. Whole lines that are missing at the end cannot be found.
"""

import errno
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from askew.errors import BadInput, brief
from askew.files import refuse_special
from askew.lock import may_write

Record = dict[str, Any]

RESERVED = ("type", "n", "utc", "chain")
_SEAL = ',"chain":"{}"}}'
_SEAL_LENGTH = len(_SEAL.format("0" * 64))
_BINARY = getattr(os, "O_BINARY", 0)


class Displaced(BadInput):
    """The file is not where it was, or not as it was left; whoever puts it back can go on."""


class Chain:
    """A file of chained lines, open for more. Whoever has it holds its lock, and calls `mend` before `append`.

    What is not `durable` outlives the program, however that ends, but not a power cut: for what can be made again.
    """

    def __init__(self, path: Path, *, may_begin: bool = False, durable: bool = True) -> None:
        self.path = path
        self._durable = durable
        self._place = Path(os.path.abspath(path))
        begins = may_begin and not path.exists()
        self.records, self.torn = ([], b"") if begins else read(path)
        with may_write(path.parent if begins else path):
            self._handle = os.open(path, os.O_WRONLY | os.O_APPEND | _BINARY | (os.O_CREAT if begins else 0), 0o666)
        self._length = os.fstat(self._handle).st_size - len(self.torn)
        self._half_written = False
        if begins:
            sync_folder(path.parent)

    def mend(self, utc: str) -> None:
        """Cut off a torn last line, which is kept in a file of its own, and record that."""
        if not self.torn:
            return
        torn, self.torn = self.torn, b""
        with may_write(self.path.parent):
            _keep(self.path.with_suffix(".torn"), torn + b"\n")
        self._put_back()
        self.append("repair", utc, {"bytes": len(torn)})

    def append(self, kind: str, utc: str, facts: Record) -> Record:
        """Add a record; it is on the disk when this returns. Where that fails, the file is as it was before."""
        count = len(self.records)
        line = sealed(kind, count, utc, facts, before=self.records[-1]["chain"] if count else "")
        record: Record = json.loads(line)
        with _blamed_on(self.path):
            self._refuse_strange_changes()
            self._add(line, record)
        return record

    def restore(self) -> None:
        """Write the file anew where it is gone, for its lines are known; nothing where that cannot be done."""
        lines = [json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in self.records]
        content = "".join(f"{line}\n" for line in lines).encode()
        with suppress(OSError, BadInput):
            make_folder(self._place.parent)
            handle = os.open(self._place, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
            try:
                write_whole(handle, content)
            except OSError:
                os.close(handle)
                self._place.unlink()
                raise
            self.close()
            self._handle, self._length, self._half_written = handle, len(content), False

    def close(self) -> None:
        """Let go of the file."""
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1

    def _add(self, line: bytes, record: Record) -> None:
        count, before = len(self.records), self._length
        try:
            write_whole(self._handle, line, durable=self._durable)
            self._length = before + len(line)
            self.records.append(record)
        except BaseException:  # Ctrl-C too must leave the file and what is known of it in agreement
            if len(self.records) == count:
                self._length = before
                with suppress(OSError):  # the first error is the one to tell; the next append tries this again
                    self._put_back()
            raise

    def _put_back(self) -> None:
        self._half_written = True
        os.ftruncate(self._handle, self._length)
        os.fsync(self._handle)
        self._half_written = False

    def _refuse_strange_changes(self) -> None:
        """Refuse to go on behind what somebody else wrote, or in a file that was replaced and that nobody will find."""
        if self._half_written:
            self._put_back()
        mine = os.fstat(self._handle)
        try:
            same = os.path.samestat(mine, self._place.stat())
        except (FileNotFoundError, NotADirectoryError):
            same = False
        if not same or mine.st_size != self._length:
            raise Displaced(
                f"{self.path}: was moved, replaced or written to by another program meanwhile; put back the one that "
                f"was there, which has {len(self.records)} lines, and keep other programs away from it"
            )


def read(path: Path) -> tuple[list[Record], bytes]:
    """The records of all whole lines, and what there is of a torn last one; BadInput names a line that is not right."""
    refuse_special(path)
    try:
        *lines, torn = path.read_bytes().split(b"\n")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    records: list[Record] = []
    for number, line in enumerate(lines):
        record = _opened(line, number, before=records[-1]["chain"] if records else "")
        if record is None:
            raise BadInput(
                f"{path}, line {number + 1}: is damaged or changed, or lines before it were removed or moved, for its "
                f"chain does not fit; restore {path.name} from a backup (it was left as it is)"
            )
        records.append(record)
    return records, torn


def sealed(kind: str, number: int, utc: str, facts: Record, *, before: str) -> bytes:
    """The line of a record that follows the chain `before`."""
    for name in RESERVED:
        if name in facts:
            raise BadInput(f"a record {kind} cannot hold a fact {name}, which says something else; rename it")
    try:
        record = {"type": kind, "n": number, "utc": utc, **facts}
        text = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        seal = _SEAL.format(_digest(before, text.encode("utf-8")))
        json.loads(text)  # numbers of thousands of digits are written, but not read
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"a record {kind} cannot hold the facts given: {brief(str(error))}") from None
    return f"{text[:-1]}{seal}\n".encode()


def write_whole(handle: int, content: bytes, *, durable: bool = True) -> None:
    """Write it in one piece and, if it is to be durable, wait until it is on the disk."""
    done = os.write(handle, content)
    while done < len(content):  # a full disk takes a part, and says why when it is to take the rest
        more = os.write(handle, content[done:])
        if not more:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        done += more
    if durable:
        os.fsync(handle)


def make_folder(folder: Path) -> None:
    """Make a folder that is still there after a power cut."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with may_write(folder.parent):
        try:
            folder.mkdir(exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise BadInput(f"{folder}: is in the way, for a folder of this name is needed; move it") from None
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system knows such a thing."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(handle)


def _digest(before: str, text: bytes) -> str:
    return hashlib.sha256(before.encode("ascii") + text).hexdigest()


def _opened(line: bytes, number: int, *, before: str) -> Record | None:
    """The record of a line; None where it is not the one that was written there."""
    text, seal = line[:-_SEAL_LENGTH] + b"}", line[-_SEAL_LENGTH:]
    if seal != _SEAL.format(_digest(before, text)).encode("ascii"):
        return None
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if record.get("n") == number and isinstance(record.get("type"), str) else None


def _keep(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _BINARY, 0o666)
    try:
        with _blamed_on(path):
            write_whole(handle, content)
    finally:
        os.close(handle)
    sync_folder(path.parent)


@contextmanager
def _blamed_on(path: Path) -> Iterator[None]:
    """Name the file when the system fails, which knows it by a number only."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise
