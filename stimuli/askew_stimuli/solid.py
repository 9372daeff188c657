"""A solid: what a renderer needs to know of an object, whoever modelled it. Arrays only; numpy.

The y axis points up, the viewer looks from +z, the centre of the bounding sphere is the origin and its radius is 1.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles of one material. Colours are sRGB; a texture repeats and takes the colours' place."""

    points: Floats  # (n, 3)
    normals: Floats  # (n, 3)
    faces: npt.NDArray[np.int32]  # (m, 3)
    colours: Bytes  # (n, 3)
    metal: float = 0.0
    rough: float = 0.5
    uv: Floats | None = None  # (n, 2), v upwards
    texture: Bytes | None = None  # (height, width, 3), first row on top

    def turned(self, rotation: npt.NDArray[np.floating[Any]]) -> "Surface":
        """The same surface after a rotation."""
        matrix = np.asarray(rotation, np.float32).T
        return replace(self, points=self.points @ matrix, normals=self.normals @ matrix)

    def moved(self, shift: npt.NDArray[np.floating[Any]], factor: float) -> "Surface":
        """The same surface after a shift and then a scaling."""
        return replace(self, points=((self.points + shift) * factor).astype(np.float32))


@dataclass(frozen=True, eq=False)
class Solid:
    """All surfaces of an object."""

    surfaces: tuple[Surface, ...]

    @cached_property
    def sha256(self) -> str:
        """Hash of everything that can be seen: shapes, colours, materials, textures."""
        digest = hashlib.sha256()
        for surface in self.surfaces:
            for array in (surface.points, surface.normals, surface.faces, surface.colours, surface.uv, surface.texture):
                digest.update(b"-" if array is None else f"{array.shape} {array.dtype.str}\n".encode())
                digest.update(b"" if array is None else np.ascontiguousarray(array).tobytes())
            digest.update(f"{surface.metal:.6g} {surface.rough:.6g}\n".encode())
        return digest.hexdigest()

    @property
    def faces(self) -> int:
        """How many triangles there are."""
        return sum(len(surface.faces) for surface in self.surfaces)

    def turned(self, rotation: npt.NDArray[np.floating[Any]]) -> "Solid":
        """The same solid after a rotation."""
        return Solid(tuple(surface.turned(rotation) for surface in self.surfaces))

    def centred(self) -> "Solid":
        """The same solid with its bounding sphere (about the middle of its bounding box) at the origin, of radius 1."""
        points = np.concatenate([surface.points for surface in self.surfaces]).astype(np.float64)
        middle = (points.min(0) + points.max(0)) / 2
        radius = float(np.linalg.norm(points - middle, axis=1).max())
        if not radius > 0:
            raise ValueError("a solid without extent")
        return Solid(tuple(surface.moved(-middle, 1 / radius) for surface in self.surfaces))

    def merged(self) -> "Solid":
        """The same solid with one surface for each material, which renders faster."""
        groups: dict[Any, list[Surface]] = {}
        for surface in self.surfaces:
            key = (surface.metal, surface.rough, id(surface.texture) if surface.texture is not None else None)
            groups.setdefault(key, []).append(surface)
        return Solid(tuple(_joined(group) for group in groups.values()))


def _joined(surfaces: list[Surface]) -> Surface:
    first = surfaces[0]
    offsets = np.cumsum([0, *(len(surface.points) for surface in surfaces[:-1])])
    return replace(
        first,
        points=np.concatenate([surface.points for surface in surfaces]),
        normals=np.concatenate([surface.normals for surface in surfaces]),
        faces=np.concatenate([s.faces + offset for s, offset in zip(surfaces, offsets, strict=True)]).astype(np.int32),
        colours=np.concatenate([surface.colours for surface in surfaces]),
        uv=None if first.uv is None else np.concatenate([s.uv for s in surfaces if s.uv is not None]),
    )


def spread(colour: Iterable[float], number: int) -> Bytes:
    """One colour (sRGB, 0 to 1) for each of a number of points."""
    one = np.clip(np.round(np.asarray(list(colour), float) * 255), 0, 255).astype(np.uint8)
    return np.tile(one, (number, 1))
