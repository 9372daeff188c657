"""Meshes of the user's own: glTF and GLB, OBJ, PLY and STL files as solids.

Colours, textures, metal and roughness of the base material are taken over; normal maps, emission and transparency are
not: everything is opaque. What has no colour is light grey. Textures repeat outside 0 to 1. Normals in the file are
kept; others are made here, with edges sharper than CREASE kept sharp.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.transform import Rotation
from trimesh import Trimesh
from trimesh.grouping import unique_rows

from askew.errors import BadInput, brief, quoted
from askew.files import refuse_special
from askew_stimuli.mesh_gltf import read_gltf
from askew_stimuli.mesh_obj import read_obj
from askew_stimuli.mesh_piece import MAX_BYTES, Doubles, Indices, Piece, too_many
from askew_stimuli.mesh_plain import read_ply, read_stl
from askew_stimuli.solid import Solid, Surface, spread

Up = Literal["x", "-x", "y", "-y", "z", "-z"]

MAX_FACES = 1_000_000
CREASE = np.radians(35)
_READERS = {".glb": read_gltf, ".gltf": read_gltf, ".obj": read_obj, ".ply": read_ply, ".stl": read_stl}
_UP = {"y": ("x", 0), "-y": ("x", 180), "z": ("x", -90), "-z": ("x", 90), "x": ("z", 90), "-x": ("z", -90)}
_LEAST_AREA = 1e-5  # of the triangles together, of a mesh of radius 1


def read_mesh(path: Path, *, up: Up = "y", yaw: float = 0, pitch: float = 0, max_faces: int = MAX_FACES) -> Solid:
    """The solid that a mesh file holds, centred and of radius 1; BadInput says in one line why it cannot be read.

    `up` is the file's axis that points up (glTF: y; many scans and CAD files: z). `yaw` then turns the object about the
    vertical (counter-clockwise from above, in degrees) and `pitch` tips its top towards the viewer.
    """
    if up not in _UP:
        raise BadInput(f"up: {quoted(up)} is given, but it has to be one of {', '.join(_UP)}")
    with _one_line(path):
        pieces = [_checked(path, piece) for piece in _pieces(path, max_faces)]
        pieces = [piece for piece in pieces if len(piece.faces)]
        if not pieces:
            raise BadInput(f"{path}: has no triangles; export a surface")
        too_many(path, sum(len(piece.faces) for piece in pieces), max_faces)
        base = Rotation.from_euler(*_UP[up], degrees=True).as_matrix()
        solid = Solid(tuple(_surface(piece) for piece in _joined(_centred(path, pieces))))
        view = Rotation.from_euler("yx", [yaw, pitch], degrees=True).as_matrix()
        return solid.turned(base).centred().turned(view)


def mesh_notes(solid: Solid) -> tuple[str, ...]:
    """What a user should know of a solid that is shown all the same: where its surface is open or inconsistent."""
    points = np.concatenate([surface.points for surface in solid.surfaces])
    starts = np.cumsum([0, *(len(surface.points) for surface in solid.surfaces[:-1])])
    faces = np.concatenate([surface.faces + start for surface, start in zip(solid.surfaces, starts, strict=True)])
    corners = _welded(points)[faces]
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    edges = edges[edges[:, 0] != edges[:, 1]]
    forward = edges[:, 0] < edges[:, 1]
    ids = np.sort(edges, axis=1) @ np.array([len(points), 1])
    _, inverse, uses = np.unique(ids, return_inverse=True, return_counts=True)
    balance = np.abs(np.bincount(inverse, np.where(forward, 1, -1)))
    triangles = points[faces].astype(np.float64)
    inside_out = bool(np.einsum("ij,ij->", triangles[:, 0], np.cross(triangles[:, 1], triangles[:, 2])) < 0)
    is_open, is_shared, is_crossed = (uses == 1).sum(), (uses > 2).sum(), ((uses == 2) & (balance > 0)).sum()
    notes = []
    if is_open:
        notes.append(f"is not watertight ({is_open:,} open edges): its inside may be seen")
    if is_shared:
        notes.append(f"is non-manifold ({is_shared:,} edges of more than two triangles)")
    if is_crossed:
        notes.append(
            f"has neighbouring triangles that face opposite sides ({is_crossed:,} edges): shading may break there"
        )
    elif inside_out and not is_open:
        notes.append("is inside out; it is shown as if it were not")
    return tuple(notes)


def _pieces(path: Path, max_faces: int) -> list[Piece]:
    refuse_special(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None or not path.is_file():
        what = "is not there" if not path.exists() else "is no mesh file that can be read"
        raise BadInput(f"{path}: {what}; give a file that ends in {', '.join(_READERS)}")
    size = path.stat().st_size
    if not size:
        raise BadInput(f"{path}: is empty; export it again")
    if size > MAX_BYTES:
        raise BadInput(f"{path}: has {size >> 20:,} MiB, but at most {MAX_BYTES >> 20:,} are read; decimate it")
    return reader(path, max_faces)


@contextmanager
def _one_line(path: Path) -> Iterator[None]:
    """Turn everything that goes wrong with a damaged file into one line; keep trimesh from saying more."""
    log = logging.getLogger("trimesh")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.filterwarnings("error", "string or file could not be read")  # numbers would be passed over
            yield
    except BadInput:
        raise
    except MemoryError:
        raise BadInput(f"{path}: is too large for the memory; decimate it, or make its textures smaller") from None
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001  trimesh fails on damaged files in too many ways to name
        said = "" if isinstance(error, ValueError) else f"{type(error).__name__} "
        reason = brief(" ".join(f"{said}{error}".split()), 100)
        raise BadInput(f"{path}: is damaged or not what its name says ({reason}); export it again") from None
    finally:
        log.setLevel(level)


def _checked(path: Path, piece: Piece) -> Piece:
    """The piece with triangles only and only the points that they use; BadInput where its numbers mean nothing."""
    points, faces = np.asarray(piece.points, np.float64), np.asarray(piece.faces)
    if points.ndim != 2 or points.shape[1] != 3 or faces.ndim != 2 or not (faces.shape[1] >= 3 or not len(faces)):
        raise BadInput(f"{path}: has points or faces of a wrong shape; export it again")
    if len(faces) and not (faces.min() >= 0 and faces.max() < len(points)):
        raise BadInput(f"{path}: has faces with points that are not there; export it again")
    faces = faces.astype(np.int64)
    faces = np.concatenate([faces[:, [0, corner, corner + 1]] for corner in range(1, faces.shape[1] - 1)])
    used, inverse = np.unique(faces, return_inverse=True)
    if piece.finish.texture is not None and (piece.uv is None or len(piece.uv) != len(points)):
        raise BadInput(f"{path}: has a texture, but no texture coordinates for it; export it again with UVs")
    normals, uv, colours = (
        values[used] if values is not None and len(values) == len(points) else None
        for values in (piece.normals, piece.uv, piece.colours)
    )
    for values, what in ((points[used], "points"), (uv, "texture coordinates")):
        if values is not None and not np.isfinite(values).all():
            raise BadInput(f"{path}: has {what} that are no numbers (NaN or infinite); repair it and export it again")
    faces = inverse.reshape(faces.shape)
    return replace(piece, points=points[used], faces=faces, normals=normals, uv=uv, colours=colours)


def _centred(path: Path, pieces: list[Piece]) -> list[Piece]:
    """The pieces near the origin and of radius 1, before single precision would lose what is far from it."""
    low = np.min([piece.points.min(0) for piece in pieces], axis=0)
    high = np.max([piece.points.max(0) for piece in pieces], axis=0)
    middle, radius = low / 2 + high / 2, float(np.linalg.norm(high / 2 - low / 2))
    if not np.isfinite(radius):
        raise BadInput(f"{path}: is too large for numbers; scale it down and export it again")
    if radius > 0:
        pieces = [replace(piece, points=(piece.points - middle) / radius) for piece in pieces]
    area = sum(float(np.linalg.norm(_across(piece.points, piece.faces), axis=1).sum()) for piece in pieces)
    if not radius > 0 or area < _LEAST_AREA:
        raise BadInput(f"{path}: has no area, all its triangles are points or lines; export a surface")
    return pieces


def _joined(pieces: list[Piece]) -> list[Piece]:
    """One piece of all that have the same material and the same kinds of numbers: a model may have thousands."""
    groups: dict[Any, list[Piece]] = {}
    for piece in pieces:
        key = (id(piece.finish), piece.normals is None, piece.uv is None, piece.colours is None)
        groups.setdefault(key, []).append(piece)
    return [_one(group) for group in groups.values()]


def _one(pieces: list[Piece]) -> Piece:
    def all_of(arrays: list[npt.NDArray[Any] | None]) -> npt.NDArray[Any] | None:
        return None if arrays[0] is None else np.concatenate([array for array in arrays if array is not None])

    starts = np.cumsum([0, *(len(piece.points) for piece in pieces[:-1])])
    return Piece(
        points=np.concatenate([piece.points for piece in pieces]),
        faces=np.concatenate([piece.faces + start for piece, start in zip(pieces, starts, strict=True)]),
        finish=pieces[0].finish,
        normals=all_of([piece.normals for piece in pieces]),
        uv=all_of([piece.uv for piece in pieces]),
        colours=all_of([piece.colours for piece in pieces]),
    )


def _surface(piece: Piece) -> Surface:
    points, faces = piece.points, piece.faces
    given = None if piece.normals is None else _unit(np.asarray(piece.normals, np.float64))
    chosen = np.arange(len(points))
    if given is None or not np.isfinite(given).all():
        welded = _welded(points)
        if piece.uv is None and piece.colours is None:
            points, faces = _at(welded, points), welded[faces]
            welded = np.arange(len(points))
        chosen, faces, normals = _smoothed(points, faces, welded)
    else:
        normals = given
    points = points[chosen]
    return Surface(
        points=points.astype(np.float32),
        normals=normals.astype(np.float32),
        faces=_wound(points, faces, normals).astype(np.int32),
        colours=spread(piece.finish.colour, len(points)) if piece.colours is None else piece.colours[chosen],
        metal=piece.finish.metal,
        rough=piece.finish.rough,
        uv=None if piece.finish.texture is None or piece.uv is None else piece.uv[chosen].astype(np.float32),
        texture=piece.finish.texture,
    )


def _smoothed(points: Doubles, faces: Indices, welded: Indices) -> tuple[Indices, Indices, Doubles]:
    """Which point becomes each new point, the triangles of these, and their normals, smooth between sharp edges.

    Points with the same number in `welded` count as one, as along the seams of a texture.
    """
    corners = welded[faces]
    mesh = Trimesh(_at(welded, points), corners, process=False)
    pairs = mesh.face_adjacency[mesh.face_adjacency_angles < CREASE]
    links = coo_array((np.ones(len(pairs), bool), pairs.T), shape=(len(faces), len(faces)))
    patches = connected_components(links, directed=False)[1].astype(np.int64)
    shared, normal_of = np.unique(corners * len(faces) + patches[:, None], return_inverse=True)
    normal_of = normal_of.reshape(-1)
    across = np.repeat(_across(points, faces), 3, axis=0)
    sums: Doubles = np.stack([np.bincount(normal_of, across[:, axis], len(shared)) for axis in range(3)], axis=1)
    made, new = np.unique(faces.reshape(-1) * len(shared) + normal_of, return_inverse=True)
    normals = np.nan_to_num(_unit(sums))
    return made // len(shared), new.reshape(faces.shape), normals[made % len(shared)]


def _wound(points: Doubles, faces: Indices, normals: Doubles) -> Indices:
    """The triangles, turned over where their corners run against the normals: the front is where the normals point."""
    against = np.einsum("ij,ij->i", _across(points, faces), normals[faces].sum(1)) < 0
    return np.where(against[:, None], faces[:, ::-1], faces)


def _welded(points: npt.NDArray[Any]) -> Indices:
    """A number for each point, the same for points in the same place (of a mesh of radius 1)."""
    inverse: Indices = unique_rows(points, digits=6)[1]  # type: ignore[no-untyped-call]
    return inverse


def _at(welded: Indices, points: Doubles) -> Doubles:
    """The points by their numbers in `welded`."""
    places = np.empty((welded.max() + 1, 3))
    places[welded] = points
    return places


def _across(points: Doubles, faces: Indices) -> Doubles:
    """For every triangle a vector across it, twice as long as its area."""
    first, second, third = (points[faces[:, corner]] for corner in range(3))
    across: Doubles = np.cross(second - first, third - first)
    return across


def _unit(vectors: Doubles) -> Doubles:
    """The vectors at length 1; nan where they have none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        unit: Doubles = vectors / np.linalg.norm(vectors, axis=1)[:, None]
    return unit
