"""Reading PLY and STL files, through trimesh."""

import io
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
from trimesh.exchange.ply import load_ply
from trimesh.exchange.stl import load_stl

from askew.errors import BadInput
from askew_stimuli.mesh_piece import Beside, Finish, Piece, as_codes, too_many

_LONGEST_HEADER = 1 << 16  # bytes


def read_ply(path: Path, allowed: int) -> list[Piece]:
    """The piece that a PLY file holds, with its colours, of points or of faces, or its texture."""
    with path.open("rb") as stream:
        head = stream.read(_LONGEST_HEADER)
    end = re.search(rb"\bend_header\s", head)
    if not head.startswith(b"ply") or not end:
        raise ValueError("no PLY header")
    header = head[: end.end()].decode("latin-1")
    counts = {name: int(count) for name, count in re.findall(r"^element\s+(\S+)\s+(\d+)\s*$", header, re.M)}
    if not counts.get("face"):
        raise BadInput(f"{path}: has no faces, only points or lines; export a surface")
    too_many(path, counts["face"], allowed)
    if counts.get("vertex", 0) > 3 * allowed:
        raise BadInput(f"{path}: has {counts['vertex']:,} points, far more than its faces need; export it again")
    of_corners = re.search(r"^property\s+list.*\stexcoord\s*$", header, re.M) is not None
    image = re.search(r"^comment\s+texturefile\s+(.*?)\s*$", header, re.M | re.I)
    texture = Beside(path).texture(image[1]) if image else None
    with path.open("rb") as stream:
        read = load_ply(stream, skip_materials=True, fix_texture=of_corners)
    visual = read.get("visual")
    # Points that trimesh doubles for the texture do not fit their normals and colours any more.
    return _with_face_colours(
        Piece(
            points=read["vertices"],
            faces=read["faces"],
            finish=Finish(texture=texture),
            normals=None if of_corners else read.get("vertex_normals"),
            uv=None if visual is None else visual.uv,
            colours=None if of_corners or read.get("vertex_colors") is None else as_codes(read["vertex_colors"]),
        ),
        read.get("face_colors"),
    )


def _with_face_colours(piece: Piece, colours: Any) -> list[Piece]:
    """The piece with every face's own colour, where it has those; each face then has its own points."""
    if colours is None or len(colours) != len(piece.faces) or piece.colours is not None or piece.uv is not None:
        return [piece]
    corners = piece.faces.shape[1]
    every = piece.faces.reshape(-1)
    return [
        Piece(
            points=piece.points[every],
            faces=np.arange(len(every)).reshape(-1, corners),
            normals=None if piece.normals is None else piece.normals[every],
            colours=np.repeat(as_codes(colours), corners, axis=0),
        )
    ]


def read_stl(path: Path, allowed: int) -> list[Piece]:
    """The pieces that an STL file holds, in a neutral grey."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(84)
        said = struct.unpack("<I", head[80:])[0] if len(head) == 84 else 0
        if size == 84 + 50 * said:
            too_many(path, said, allowed)
        elif b"\0" in head or not head.lstrip().lower().startswith(b"solid"):
            raise ValueError(f"its header says {said:,} triangles, {84 + 50 * said:,} bytes, but it has {size:,} bytes")
        else:
            stream.seek(0)
            too_many(path, sum(line.strip().lower() == b"endfacet" for line in stream), allowed)
    read = load_stl(io.BytesIO(path.read_bytes()))
    parts = read["geometry"].values() if "geometry" in read else [read]
    return [Piece(points=part["vertices"], faces=part["faces"]) for part in parts]
