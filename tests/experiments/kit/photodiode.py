"""A photodiode without a screen: a second process that watches one pixel of an X server's framebuffer.

What it sees is what the server shows, whatever the program under test believes. Run as a program, it watches until its
standard input ends, so it never outlives the test.
"""

import json
import mmap
import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

REST_S = 0.0002  # between two looks: five looks a millisecond leave a shared core to the program under test
START_S = 30
Colour = tuple[int, int, int]


class Framebuffer:
    """The pixels of an X server, as they are now; its file is an XWD dump with 32-bit pixels."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as stream:
            self._map = mmap.mmap(stream.fileno(), 0, prot=mmap.PROT_READ)
        header = struct.unpack(">25I", self._map[:100])
        self.size = header[4], header[5]
        if header[11] != 32:
            raise ValueError(f"{path} has {header[11]} bits for each pixel, not 32")
        self._row_bytes = header[12]
        self._start = header[0] + header[19] * 12

    def colour(self, x: int, y: int) -> Colour:
        """The colour of a pixel; (0, 0) is at the top left."""
        at = self._start + y * self._row_bytes + x * 4
        blue, green, red = self._map[at : at + 3]
        return red, green, blue

    def screenshot(self, path: Path) -> None:
        """What the screen shows now, as a picture."""
        from PIL import Image

        raw = self._map[self._start : self._start + self._row_bytes * self.size[1]]
        Image.frombuffer("RGB", self.size, raw, "raw", "BGRX", self._row_bytes, 1).save(path)


class Photodiode:
    """Changes of one pixel, with their times by the monotonic clock that all processes share."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def changes(self) -> list[tuple[float, Colour]]:
        """Stop watching; returns when the pixel took which colour, the first being what it was to begin with."""
        said, _ = self._process.communicate(timeout=30)
        return [(at, (red, green, blue)) for at, red, green, blue in json.loads(said)]


@contextmanager
def photodiode(framebuffer: Path, x: int, y: int) -> Iterator[Photodiode]:
    """Watch a pixel while the block lasts, from a process of its own that is watching when the block begins."""
    command = [sys.executable, __file__, str(framebuffer), str(x), str(y)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready, _, _ = select.select([process.stdout], [], [], START_S)
            if not ready or process.stdout.readline() != "watching\n":
                raise TimeoutError("the photodiode did not start")
            yield Photodiode(process)
        finally:
            if process.poll() is None:
                process.kill()


def watch(path: Path, x: int, y: int) -> list[tuple[float, int, int, int]]:
    """Changes of a pixel until standard input ends."""
    pixels = Framebuffer(path)
    last, changes = None, []
    print("watching", flush=True)
    while not select.select([sys.stdin], [], [], REST_S)[0]:
        colour = pixels.colour(x, y)
        if colour != last:
            changes.append((time.monotonic(), *colour))
            last = colour
    return changes


if __name__ == "__main__":
    with suppress(OSError):
        os.nice(-10)  # where it may, it does not lose its core while something is to be seen
    print(json.dumps(watch(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
