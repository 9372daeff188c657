"""The evidence: every logit that a network gave for the pictures of a set, in one HDF5 file.

The whole file, with its full size, is laid down before the first picture is scored. From then on rows are written in
their places, and nothing else in the file changes: a run that is killed leaves a file that is as good as before, and
one that is resumed ends with the same bytes as one that never stopped. So there are no dates in it, and no times taken.
Knows nothing of networks, and of labels only that each output has a key.
"""

import errno
import json
import os
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import h5py
import numpy as np
import numpy.typing as npt

from askew.errors import BadInput, one_line, quoted
from askew.files import PART, open_to_others, refuse_special

SCHEMA = 1
SUFFIX = ".h5"
PARTIAL = ".partial"  # after the whole name, so that nobody takes it for evidence
_BLOCK = 1 << 20
_SLACK = 1 << 16  # for what HDF5 keeps of its own
Logits = npt.NDArray[np.float32]

_DAMAGE = (OSError, KeyError, ValueError, TypeError, RuntimeError)  # what h5py says of broken files


@dataclass(frozen=True, kw_only=True, eq=False)
class Header:
    """What is known before the first picture is scored."""

    observer: str
    view: str
    set: str | None
    label_set: str
    keys: tuple[str, ...]  # one for each output
    image_ids: tuple[str, ...]
    image_sha256: tuple[str, ...]
    image_framing: tuple[str, ...]  # what of the manifest each was cut by, such as the object's box; mostly nothing
    batch: int  # pictures that went through the network together
    identity: Mapping[str, Any]  # all that the logits hang on, beside the pictures and the weights
    facts: Mapping[str, Any]  # weights_sha256, licence, preparation, device, precision, versions, ...


@dataclass(frozen=True, eq=False)
class Evidence:
    """A finished file. The logits stay on disk until they are asked for."""

    path: Path
    header: Header
    logits: Logits

    @property
    def observer(self) -> str:
        """The card's name."""
        return self.header.observer

    @property
    def view(self) -> str:
        """How the pictures were cut."""
        return self.header.view

    @property
    def set(self) -> str | None:
        """The stimulus set, in a study of several."""
        return self.header.set

    @property
    def label_set(self) -> str:
        """The name of the labels of the outputs."""
        return self.header.label_set

    @property
    def keys(self) -> tuple[str, ...]:
        """The key of each output."""
        return self.header.keys

    @property
    def image_ids(self) -> tuple[str, ...]:
        """The pictures, in the order of the rows."""
        return self.header.image_ids

    @property
    def facts(self) -> Mapping[str, Any]:
        """How the logits came about."""
        return self.header.facts


@dataclass(frozen=True)
class _Places:
    """Where the rows lie in the file."""

    logits: int
    check: int
    done: int


def unfinished(path: Path) -> Path:
    """The name of a file of evidence until it is finished."""
    return path.with_name(path.name + PARTIAL)


def read_evidence(path: Path) -> Evidence:
    """The evidence in a finished file; BadInput where it is unfinished, cut short, damaged or something else."""
    header, done, check, logits = _read(path)
    if not done.all():
        raise BadInput(f"{path}: holds {int(done.sum()):,} of {len(done):,} pictures; `askew score` goes on with it")
    if (wrong := int((_checksums(logits) != check).sum())) > 0:
        raise BadInput(f"{path}: the logits of {wrong:,} pictures are not those written; remove it and score again")
    return Evidence(path, header, logits)


def read_header(path: Path) -> tuple[Header, int]:
    """What a file says before its logits, and how many of its pictures are done."""
    header, done, _, _ = _read(path)
    return header, int(done.sum())


def lay_down(path: Path, header: Header) -> None:
    """A new unfinished file for a header, whole and of its full size; in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _blamed_on(path):
        handle, name = tempfile.mkstemp(prefix=PART, suffix=".part", dir=path.parent)
        os.close(handle)
    part = Path(name)
    try:
        with _blamed_on(path):
            _try_room(part, header)
            _create(part, header)
            _fill(part, header)
            open_to_others(part)
            part.replace(unfinished(path))
    finally:
        part.unlink(missing_ok=True)


class Rows:
    """An unfinished file, open for its rows."""

    def __init__(self, path: Path, stream: IO[bytes], header: Header, done: npt.NDArray[np.bool_]) -> None:
        self.path = path
        self.header = header
        self._stream = stream
        self._done = done
        self._places = _places(unfinished(path))

    @property
    def batches(self) -> Iterator[tuple[int, int]]:
        """The first row and the one after the last of each batch that is not done."""
        for start, stop in boundaries(len(self._done), self.header.batch):
            if not self._done[start:stop].all():
                yield start, stop

    @property
    def done(self) -> int:
        """How many pictures are done."""
        return int(self._done.sum())

    def write(self, start: int, logits: Logits) -> None:
        """The logits of a batch, from row `start` on. The rows count as done only when their logits are there."""
        logits = np.ascontiguousarray(logits, dtype="<f4")
        with _blamed_on(self.path):
            self._put(self._places.logits + start * logits[0].nbytes, logits.tobytes())
            self._put(self._places.check + start * 4, _checksums(logits).tobytes())
            self._put(self._places.done + start, b"\1" * len(logits))
        self._done[start : start + len(logits)] = True

    def finish(self) -> None:
        """All rows are there: the file takes its place."""
        with _blamed_on(self.path):
            os.fsync(self._stream.fileno())
            if not os.path.samestat(os.fstat(self._stream.fileno()), unfinished(self.path).stat()):
                raise BadInput(f"{self.path}: was begun again by another process meanwhile; that one finishes it")
            self._stream.close()
            unfinished(self.path).replace(self.path)
            _sync_folder(self.path.parent)

    def _put(self, place: int, content: bytes) -> None:
        self._stream.seek(place)
        left = memoryview(content)
        while left:  # the system may take less than all of it
            left = left[self._stream.write(left) :]


@contextmanager
def rows(path: Path) -> Iterator[Rows]:
    """The unfinished file of some evidence, to be filled. Rows that do not hold what was written count as not done."""
    header, done, check, logits = _read(unfinished(path))
    done = done & (_checksums(logits) == check)
    with unfinished(path).open("rb+", buffering=0) as stream:
        yield Rows(path, stream, header, done)


def boundaries(pictures: int, batch: int) -> list[tuple[int, int]]:
    """The batches of so many pictures.

    >>> boundaries(5, 2)
    [(0, 2), (2, 4), (4, 5)]
    """
    return [(start, min(start + batch, pictures)) for start in range(0, pictures, batch)]


def _checksums(logits: Logits) -> npt.NDArray[np.uint32]:
    return np.array([zlib.crc32(row.data) for row in np.ascontiguousarray(logits)], dtype="<u4")


def _read(path: Path) -> tuple[Header, npt.NDArray[np.bool_], npt.NDArray[np.uint32], Logits]:
    refuse_special(path)
    if not path.is_file():
        raise BadInput(f"{path}: there is no such file; `askew score` makes it")
    try:
        with h5py.File(path, "r") as file:
            header = _header(path, file)
            done = np.asarray(file["done"][:], dtype=bool)
            check = np.asarray(file["check"][:], dtype="<u4")
            place, shape = file["logits"].id.get_offset(), file["logits"].shape
    except BadInput:
        raise
    except _DAMAGE as error:
        raise BadInput(
            f"{path}: is no evidence of askew, or damaged or cut short ({one_line(error, 80)}); remove it and score "
            "again"
        ) from None
    lengths = {len(done), len(check), *map(len, (header.image_ids, header.image_sha256, header.image_framing))}
    if len(lengths) > 1 or shape != (len(done), len(header.keys)) or place is None:
        raise BadInput(f"{path}: its tables do not fit together, so it is damaged; remove it and score again")
    if path.stat().st_size < place + 4 * shape[0] * shape[1]:
        raise BadInput(f"{path}: is cut short; remove it and score again")
    logits = np.memmap(path, dtype="<f4", mode="r", offset=place, shape=shape)
    return header, done, check, logits


def _header(path: Path, file: h5py.File) -> Header:
    schema = file.attrs["schema"]
    if not 1 <= int(schema) <= SCHEMA:
        raise BadInput(f"{path}: written by askew evidence {quoted(int(schema))}, this askew knows {SCHEMA}; update")
    return Header(
        observer=_text(file, "observer"),
        view=_text(file, "view"),
        set=_text(file, "set") or None,
        label_set=_text(file, "label_set"),
        keys=_texts(file, "label"),
        image_ids=_texts(file, "image_id"),
        image_sha256=_texts(file, "image_sha256"),
        image_framing=_texts(file, "image_framing"),
        batch=int(file.attrs["batch"]),
        identity=json.loads(_text(file, "identity")),
        facts=json.loads(_text(file, "facts")),
    )


def _text(file: h5py.File, name: str) -> str:
    value = file.attrs[name]
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _texts(file: h5py.File, name: str) -> tuple[str, ...]:
    return tuple(value.decode("utf-8") for value in file[name][:].tolist())


def _create(path: Path, header: Header) -> None:
    # The oldest format keeps no times and no marks of an open file.
    with h5py.File(path, "w", libver="earliest", track_order=False) as file:
        file.attrs["schema"] = np.int64(SCHEMA)
        file.attrs["batch"] = np.int64(header.batch)
        for name in ("observer", "view", "label_set"):
            file.attrs[name] = getattr(header, name)
        file.attrs["set"] = header.set or ""
        file.attrs["identity"] = _json(header.identity)
        file.attrs["facts"] = _json(header.facts)
        for name, texts in (
            ("label", header.keys),
            ("image_id", header.image_ids),
            ("image_sha256", header.image_sha256),
            ("image_framing", header.image_framing),
        ):
            _add_texts(file, name, texts)
        pictures = len(header.image_ids)
        _reserve(file, "check", (pictures,), "<u4")
        _reserve(file, "done", (pictures,), "u1")
        _reserve(file, "logits", (pictures, len(header.keys)), "<f4")


def _json(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, sort_keys=True)


def _add_texts(file: h5py.File, name: str, texts: Sequence[str]) -> None:
    raw = [text.encode("utf-8") for text in texts]
    kind = h5py.string_dtype("utf-8", max(1, *map(len, raw)))
    file.create_dataset(name, data=np.array(raw, dtype=kind), dtype=kind, track_times=False)


def _reserve(file: h5py.File, name: str, shape: tuple[int, ...], kind: str) -> None:
    """A table in one piece that has its place in the file from the start, whatever stands there yet."""
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_layout(h5py.h5d.CONTIGUOUS)
    properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    properties.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    properties.set_obj_track_times(False)
    space = h5py.h5s.create_simple(shape)
    h5py.h5d.create(file.id, name.encode(), h5py.h5t.py_create(np.dtype(kind)), space, properties)


def _try_room(path: Path, header: Header) -> None:
    """Raise what the system says where there is no room: HDF5 itself ends the process, on a full disk."""
    texts = sum(len(text.encode()) for text in (*header.keys, *header.image_ids)) * 8 + 200 * len(header.image_ids)
    with path.open("wb") as stream:
        stream.write(bytes(2 * texts + _SLACK))
        stream.truncate(2 * texts + _SLACK + 4 * len(header.image_ids) * len(header.keys))


def _fill(path: Path, header: Header) -> None:
    """Nothing is done yet; and the room for all of it is really there, not only promised."""
    places = _places(path)
    pictures = len(header.image_ids)
    left = 4 * pictures * len(header.keys)
    block = np.full(_BLOCK // 4, np.nan, dtype="<f4").tobytes()
    with path.open("rb+") as stream:
        for place, size in ((places.done, pictures), (places.check, 4 * pictures)):
            stream.seek(place)
            stream.write(bytes(size))
        stream.seek(places.logits)
        while left:
            left -= stream.write(block[: min(left, _BLOCK)])


def _places(path: Path) -> _Places:
    with h5py.File(path, "r") as file:
        return _Places(*(int(file[name].id.get_offset()) for name in ("logits", "check", "done")))


@contextmanager
def _blamed_on(path: Path) -> Iterator[None]:
    """Name the file that was to be written, and tell a full disk from other faults, whatever the library says."""
    try:
        yield
    except OSError as error:
        full = error.errno == errno.ENOSPC or "No space left" in str(error)
        number = errno.ENOSPC if full else error.errno
        raise OSError(number or errno.EIO, os.strerror(number or errno.EIO), str(path)) from None


def _sync_folder(folder: Path) -> None:
    """Make a new name last. Where a folder cannot be opened (Windows) the system does it in its own time."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
