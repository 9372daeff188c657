"""A MATLAB file with one matrix of numbers, of level 5, which MATLAB, Octave, Julia, R and scipy read.

As MathWorks describes the format: a header of 128 bytes, then elements, each a tag (type and number of bytes) and data
filled up to a multiple of 8 bytes. A matrix is an element that holds four: flags, dimensions, name, and the numbers,
column after column.
"""

import struct
from collections.abc import Sequence

INT8, INT32, UINT32, DOUBLE, MATRIX = 1, 5, 6, 9, 14  # types of elements
DOUBLES = 6  # the class of a matrix
TEXT = 116


def matrix_file(rows: Sequence[Sequence[float]], name: str, text: str) -> bytes:
    """The bytes of the file: a matrix of rows, all of the same length, under a name; `text` stands in the header."""
    columns = len(rows[0])
    numbers = [row[column] for column in range(columns) for row in rows]
    body = b"".join(
        (
            _element(UINT32, struct.pack("<II", DOUBLES, 0)),
            _element(INT32, struct.pack("<ii", len(rows), columns)),
            _element(INT8, name.encode("ascii")),
            _element(DOUBLE, struct.pack(f"<{len(numbers)}d", *numbers)),
        )
    )
    said = f"MATLAB 5.0 MAT-file, {text}".encode("ascii")[:TEXT].ljust(TEXT)
    # 8 bytes for an offset that is not used, then the version, and the letters that tell the order of bytes.
    return said + bytes(8) + struct.pack("<H", 0x0100) + b"IM" + _element(MATRIX, body)


def _element(kind: int, data: bytes) -> bytes:
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)
