"""The pictures to be scored, each the one that the manifest describes, and their batches as networks take them.

A picture is decoded and cut once for all networks that want it alike, on every later run too: the result is kept in
the cache, under a name that is the hash of all it hangs on.
"""

import hashlib
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import PIL
from PIL import ExifTags
from PIL import Image as PillowImage

from askew.errors import BadInput
from askew.files import PART, inside, open_to_others, refuse_special, sweep
from askew_models.preparation import Preparation
from askew_models.store import boundaries
from askew_models.view import View
from askew_stimuli.caching import cache_folder
from askew_stimuli.picture import Picture
from askew_stimuli.pixels import DAMAGE, pixels_in

Bytes = npt.NDArray[np.uint8]
CACHE = "pixels"
VERSION = 1  # of how pictures are cut: another number, and the cache knows none of them
LIMIT_GB = 10.0
AHEAD = 64  # pictures that are decoded before they are needed, beside the next batch


class BadPicture(BadInput):
    """A picture that no network can be shown."""


@dataclass(frozen=True)
class Image:
    """A picture and its file as it is now."""

    picture: Picture
    path: Path
    sha256: str


def images_of(folder: Path, pictures: Sequence[Picture], threads: int = 8) -> list[Image]:
    """The files of pictures whose manifest lies in `folder`; BadPicture where one is not as the manifest says."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda picture: _image(folder, picture), pictures))


def _image(folder: Path, picture: Picture) -> Image:
    if picture.file is None:
        raise BadPicture(
            f"picture {picture.image_id}: the manifest names no file for it, so there is nothing to score; import the "
            "set with its pictures"
        )
    path = inside(folder, picture.file)
    refuse_special(path)
    found = hashlib.sha256(_read(path)).hexdigest()
    if picture.sha256_file is not None and found != picture.sha256_file:
        raise BadPicture(
            f"{path}: is not the picture that the manifest describes (its SHA-256 differs); restore it, or make the "
            "manifest again if the change is meant"
        )
    return Image(picture, path, found)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadPicture(f"{path}: cannot be read ({error.strerror}); `askew stimuli check` lists all such") from None


class Prepared:
    """Pictures as one view and one preparation give them: from the cache, or decoded ahead and put there."""

    def __init__(self, images: Sequence[Image], view: View, preparation: Preparation, threads: int) -> None:
        self._images = images
        self._view = view
        self._preparation = preparation
        self._threads = threads
        self.shape = (3, preparation.size_px, preparation.size_px)

    @cached_property
    def path(self) -> Path:
        """The file in the cache."""
        words = [f"{VERSION} pillow {PIL.__version__}", self._view.key(self._preparation)]
        words += [f"{image.sha256} {self._view.key_of(image.picture)}" for image in self._images]
        digest = hashlib.sha256("\n".join(words).encode()).hexdigest()
        return cache_folder(CACHE) / f"{digest}.npy"

    @property
    def doubt(self) -> str:
        """What a person should know of how long it takes."""
        size, limit = len(self._images) * int(np.prod(self.shape)) / 1e9, _limit_gb()
        if size <= limit or self.path.exists():
            return ""
        return (
            f"{size:.1f} GB of prepared pictures do not go into a cache of {limit:g} GB, so every network decodes them "
            "again; set ASKEW_CACHE_GB higher"
        )

    def fill(self) -> None:
        """Put all pictures into the cache, where there is room for them. Otherwise they are decoded as they are needed.

        Where the network runs on the processor too, it is better off when nothing else does meanwhile.
        """
        if self._kept() is not None:
            return
        with _filling(self.path, (len(self._images), *self.shape)) as stream:
            if stream.stream is not None:
                for _, _, batch in self._decoded(boundaries(len(self._images), AHEAD)):
                    stream.append(batch)

    def batches(self, wanted: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, Bytes]]:
        """The batches from row to row, in their order."""
        kept = self._kept()
        for place, (start, stop) in enumerate(wanted if kept is not None else ()):
            batch = kept.batch(start, stop) if kept is not None else None
            if batch is None:  # damaged, and forgotten
                wanted = wanted[place:]
                break
            yield start, stop, batch
        else:
            if kept is not None:
                return
        whole = sum(stop - start for start, stop in wanted) == len(self._images)
        with _filling(self.path if whole else None, (len(self._images), *self.shape)) as stream:
            for start, stop, batch in self._decoded(wanted):
                stream.append(batch)
                yield start, stop, batch

    def _kept(self) -> "_Kept | None":
        try:
            kept = _Kept.of(self.path, (len(self._images), *self.shape))
            os.utime(self.path)  # the ones used longest ago go first
        except (OSError, ValueError):
            return None
        return kept

    def _decoded(self, wanted: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, Bytes]]:
        numbers = iter([number for start, stop in wanted for number in range(start, stop)])
        ahead: deque[Future[Bytes]] = deque()
        with ThreadPoolExecutor(self._threads) as pool:
            try:
                for start, stop in wanted:
                    for number in numbers:
                        ahead.append(pool.submit(self._one, self._images[number]))
                        if len(ahead) >= stop - start + AHEAD:
                            break
                    yield start, stop, np.stack([ahead.popleft().result() for _ in range(start, stop)])
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _one(self, image: Image) -> Bytes:
        raw = _read(image.path)
        if hashlib.sha256(raw).hexdigest() != image.sha256:
            raise BadPicture(f"{image.path}: was changed while it was scored; call again")
        try:
            _refuse_unclear(raw, image.path)
            pixels = pixels_in(raw, image.path)
        except BadInput as error:
            raise BadPicture(str(error)) from None
        return self._view.pixels(PillowImage.fromarray(pixels), self._preparation, image.picture)


@dataclass(frozen=True, eq=False)
class _Kept:
    """A file of the cache: the pictures, and behind them a sum for each, by which damage is noticed."""

    path: Path
    pixels: Bytes
    sums: npt.NDArray[np.uint64]

    @classmethod
    def of(cls, path: Path, shape: tuple[int, ...]) -> "_Kept":
        pixels = np.load(path, mmap_mode="c")  # torch wants what it may write to
        if pixels.shape != shape or pixels.dtype != np.uint8:
            raise ValueError("holds something else")
        with path.open("rb") as stream:
            stream.seek(-8 * shape[0], os.SEEK_END)
            if stream.tell() != pixels.offset + pixels.nbytes:
                raise ValueError("is cut short")
            return cls(path, pixels, np.frombuffer(stream.read(), dtype="<u8"))

    def batch(self, start: int, stop: int) -> Bytes | None:
        """Some of the pictures; None, and the file is gone, where they are not what was kept."""
        batch = self.pixels[start:stop]
        if (_sums(batch) == self.sums[start:stop]).all():
            return batch
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        return None


def _sums(batch: Bytes) -> npt.NDArray[np.uint64]:
    """A sum over each picture's bytes, eight at a time: far faster than a hash, and zeros do not go unnoticed."""
    flat = batch.reshape(len(batch), -1)
    whole = flat.shape[1] // 8 * 8
    eights = np.ascontiguousarray(flat[:, :whole]).view("<u8")
    sums: npt.NDArray[np.uint64] = eights.sum(axis=1, dtype=np.uint64) + flat[:, whole:].sum(axis=1, dtype=np.uint64)
    return sums


class _Sink:
    """A file of the cache that is being written; one that fails is given up, for a cache is never needed."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        self.stream = stream
        self._sums: list[npt.NDArray[np.uint64]] = []

    def append(self, batch: Bytes) -> None:
        try:
            if self.stream is not None:
                self.stream.write(batch.data)
                self._sums.append(_sums(batch))
        except OSError:
            self.give_up()

    def close(self) -> None:
        """All pictures are there, and their sums follow; all of it on the disk before it takes its place."""
        if self.stream is not None:
            self.stream.write(np.concatenate(self._sums).astype("<u8").tobytes())
            self.stream.flush()
            os.fsync(self.stream.fileno())
            self.stream.close()

    def give_up(self) -> None:
        stream, self.stream = self.stream, None
        with suppress(OSError):
            if stream is not None:
                stream.close()


@contextmanager
def _filling(path: Path | None, shape: tuple[int, ...]) -> Iterator[_Sink]:
    """A file of the cache, kept if all of it was written; none where there is no place for it."""
    part: Path | None = None
    sink = _Sink(None)
    try:
        if path is not None and _made_room(path.parent, int(np.prod(shape))):
            with suppress(OSError):
                handle, name = tempfile.mkstemp(prefix=PART, suffix=".part", dir=path.parent)
                part = Path(name)
                sink.stream = os.fdopen(handle, "wb")
                np.lib.format.write_array_header_1_0(
                    sink.stream, {"descr": "|u1", "fortran_order": False, "shape": shape}
                )
        yield sink
        if part is not None and path is not None and sink.stream is not None:
            with suppress(OSError):
                sink.close()
                open_to_others(part)
                part.replace(path)
    finally:
        sink.give_up()
        if part is not None:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _made_room(folder: Path, size: int) -> bool:
    """Whether the cache can take so many bytes more; what was used longest ago is removed for it."""
    limit = int(_limit_gb() * 1e9)
    if size > limit:
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        there = sorted(folder.glob("*.npy"), key=lambda path: path.stat().st_mtime)
        total = sum(path.stat().st_size for path in (*there, *folder.glob(f"{PART}*.part")))
        for path in there:
            if total + size <= limit:
                break
            total -= path.stat().st_size
            path.unlink()
        return shutil.disk_usage(folder).free > 2 * size
    except OSError:
        return False


def _limit_gb() -> float:
    """ASKEW_CACHE_GB, or the usual limit."""
    try:
        limit = float(os.environ.get("ASKEW_CACHE_GB") or LIMIT_GB)
    except ValueError:
        return LIMIT_GB
    return limit if 0 <= limit < 1e9 else LIMIT_GB


def _refuse_unclear(raw: bytes, path: Path) -> None:
    """Refuse a picture of which people and networks may see different things."""
    try:
        with PillowImage.open(BytesIO(raw)) as opened:
            mode, turn = opened.mode, opened.getexif().get(ExifTags.Base.Orientation, 1)
    except DAMAGE:
        return  # whoever decodes it says what is wrong
    if mode.startswith(("I", "F")):
        raise BadInput(f"{path}: has more than 8 bits a colour, which screens do not show; save it with 8")
    if turn != 1:
        raise BadInput(f"{path}: is to be turned by its viewer (EXIF orientation {turn}); save it as it is to be seen")
