"""PNG files, written several times faster than by the usual library, and the same bytes everywhere.

Pictures of one object on a plain background are mostly runs: the difference to the row above, packed as runs, is both
smaller and faster than searching for repetitions.
"""

import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB = 0, 2
_UP = 2  # the filter: difference to the row above


def encoded(pixels: npt.NDArray[Any]) -> bytes:
    """The PNG of 8-bit RGB (height, width, 3), grey (height, width) or a mask of booleans, which takes one bit each."""
    if pixels.dtype == np.bool_:
        rows, depth, kind = np.packbits(pixels, axis=1), 1, _GREY
    else:
        rows, depth, kind = pixels.reshape(len(pixels), -1), 8, _RGB if pixels.ndim == 3 else _GREY
    height, width = pixels.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return b"".join([_SIGNATURE, _chunk(b"IHDR", header), _chunk(b"IDAT", _packed(rows)), _chunk(b"IEND", b"")])


def _packed(rows: npt.NDArray[np.uint8]) -> bytes:
    lines = np.empty((len(rows), 1 + rows.shape[1]), np.uint8)
    lines[:, 0] = _UP
    lines[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=lines[1:, 1:])
    packer = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
    return packer.compress(lines.tobytes()) + packer.flush()


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
