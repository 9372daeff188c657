"""A small kit for modelling objects in code: turn a profile, sweep a tube, extrude an outline, cut one from another.

Objects are modelled with z up and their front towards -y (the viewer looks along +y, x is to the right), in any unit:
each is scaled in the end. A shape is a trimesh mesh; a part is a shape with its material.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import trimesh
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.spatial.transform import Rotation
from shapely.geometry import LineString, Polygon

from askew_stimuli.materials import Material, texture
from askew_stimuli.solid import Solid, Surface, spread

Shape = trimesh.Trimesh
Point2 = tuple[float, float]
Point3 = tuple[float, float, float]
Axis = Literal["x", "y", "z"]
Floats = npt.NDArray[np.float64]
CREASE = np.radians(35)  # edges sharper than this stay sharp
_LAID = {"z": "", "y": "x90", "x": "x90 z90"}  # the turns that lay what was drawn along z along an axis


@dataclass(frozen=True, eq=False)
class Part:
    """A shape of one material."""

    shape: Shape
    material: Material


def part(shape: Shape, material: Material, at: Point3 = (0, 0, 0), turn: str = "") -> Part:
    """A part, turned and then moved to its place; see `put`."""
    return Part(put(shape, at, turn), material)


def placed(parts: Iterable[Part], at: Point3 = (0, 0, 0), turn: str = "") -> list[Part]:
    """Parts, turned and then moved together."""
    return [part(each.shape, each.material, at, turn) for each in parts]


def put(shape: Shape, at: Point3 = (0, 0, 0), turn: str = "") -> Shape:
    """The shape after turns in degrees about the axes through the origin, one after the other, and then a move.

    >>> put(box(1, 1, 3), at=(0, 0, 5), turn="x90 z-45").bounds.round(2)[:, 2].tolist()
    [4.5, 5.5]
    """
    shape = shape.copy()
    for word in turn.split():
        matrix = np.eye(4)
        matrix[:3, :3] = Rotation.from_euler(word[0], float(word[1:]), degrees=True).as_matrix()
        shape.apply_transform(matrix)
    shape.apply_translation(at)
    return shape


def stretched(shape: Shape, x: float = 1, y: float = 1, z: float = 1) -> Shape:
    """The shape, longer or shorter along the axes."""
    shape = shape.copy()
    shape.apply_transform(np.diag([x, y, z, 1.0]))
    return shape


def both(shape: Shape, axis: Axis = "x") -> list[Shape]:
    """The shape and its mirror image across the plane through the origin."""
    mirror = shape.copy()
    mirror.apply_transform(np.diag([-1.0 if name == axis else 1.0 for name in "xyz"] + [1.0]))
    return [shape, mirror]


def paired(parts: Iterable[Part]) -> list[Part]:
    """Parts on one side of an object, and their mirror images on the other (across x)."""
    return [part(shape, each.material) for each in parts for shape in both(each.shape)]


def spun(shape: Shape, count: int) -> list[Shape]:
    """Copies of the shape, evenly around the z axis."""
    return [put(shape, turn=f"z{360 * each / count:.3f}") for each in range(count)]


def cut(shape: Shape, *others: Shape) -> Shape:
    """The first shape without the others."""
    rest: Shape = trimesh.boolean.difference([shape, *others], engine="manifold")
    return rest


def union(*shapes: Shape) -> Shape:
    """One shape of several that overlap."""
    whole: Shape = trimesh.boolean.union(list(shapes), engine="manifold")
    return whole


def common(*shapes: Shape) -> Shape:
    """What is in all of the shapes."""
    shared: Shape = trimesh.boolean.intersection(list(shapes), engine="manifold")
    return shared


def heap(*shapes: Shape) -> Shape:
    """Several shapes of one material as one, without a look at where they overlap: quicker than `union`."""
    counts = np.cumsum([0, *(len(shape.vertices) for shape in shapes)])
    faces = [shape.faces + count for shape, count in zip(shapes, counts, strict=False)]
    return Shape(np.concatenate([shape.vertices for shape in shapes]), np.concatenate(faces), process=False)


def box(x: float, y: float, z: float) -> Shape:
    """A box about the origin."""
    shape: Shape = trimesh.creation.box((x, y, z))
    return shape


def slab(x: float, y: float, z: float, corner: float, bevel: float = 0) -> Shape:
    """A box about the origin whose upright edges are round; a bevel takes the edges off its top and bottom, too."""
    full = [(bevel - z / 2, 0.0), (z / 2 - bevel, 0.0)]
    levels = [(-z / 2, bevel), *full, (z / 2, bevel)] if bevel else full
    return loft([[(a, b, h) for a, b in rounded(x - 2 * t, y - 2 * t, corner - t)] for h, t in levels])


def cylinder(radius: float, height: float, sides: int = 48) -> Shape:
    """A cylinder about the z axis, the origin in its middle."""
    shape: Shape = trimesh.creation.cylinder(radius, height, sections=sides)
    return shape


def ball(radius: float, fine: int = 4) -> Shape:
    """A sphere about the origin, of 20 * 4**fine triangles."""
    shape: Shape = trimesh.creation.icosphere(fine, radius)
    return shape


def ring(radius: float, thickness: float, around: int = 64, across: int = 20) -> Shape:
    """A torus about the z axis; `thickness` is the radius of its tube."""
    shape: Shape = trimesh.creation.torus(radius, thickness, major_sections=around, minor_sections=across)
    return shape


def hoop(outer: float, inner: float, height: float, sides: int = 64) -> Shape:
    """A flat hoop about the z axis, the origin in its middle: a cylinder without a narrower one."""
    top = height / 2
    return lathe([(inner, -top), (outer, -top), (outer, top), (inner, top), (inner, -top)], sides, smooth=False)


def lathe(profile: Sequence[Point2], sides: int = 64, smooth: bool = True) -> Shape:
    """A profile of (radius, z) turned about the z axis; it ends at radius 0, where it begins too, or where it begins.

    A smooth profile runs through its points without overshooting; otherwise straight from one to the next.
    """
    return trimesh.creation.revolve(_line(profile, smooth), sections=sides)


def hollow(profile: Sequence[Point2], wall: float, sides: int = 64, smooth: bool = True) -> Shape:
    """An open vessel: its outer profile, from (0, bottom) up to the rim; its inside is `wall` nearer to the axis."""
    outer = _line(profile, smooth)
    inner = outer[::-1] - (wall, 0)
    floor = outer[0, 1] + wall
    inner = np.c_[np.clip(inner[:, 0], 0, None), np.clip(inner[:, 1], floor, None)]
    return trimesh.creation.revolve(np.r_[outer, inner[inner[:, 0] > 0], [[0, floor]]], sections=sides)


def extrude(
    outline: Sequence[Point2], depth: float, holes: Sequence[Sequence[Point2]] = (), along: Axis = "z"
) -> Shape:
    """An outline in x and y, drawn along z; the origin is in the middle of its depth.

    Along y, the outline is one in x and z; along x, one in y and z.
    """
    shape = trimesh.creation.extrude_polygon(Polygon(outline, holes), depth)
    shape.apply_translation((0, 0, -depth / 2))
    return put(shape, turn=_LAID[along])


def strip(line: Sequence[Point2], wide: float, thick: float, along: Axis = "z", round_ends: bool = False) -> Shape:
    """A board of even width that follows a line, drawn along an axis as by `extrude`."""
    outline = LineString(line).buffer(wide / 2, cap_style="round" if round_ends else "flat").exterior.coords[:-1]
    return extrude([(float(x), float(y)) for x, y in outline], thick, along=along)


def sweep(
    path: Sequence[Point3], radius: float | tuple[float, float], sides: int = 16, steps: int = 60, smooth: bool = True
) -> Shape:
    """A round tube along a path; of two radii the first is at its beginning, the second at its end.

    The path is smoothed to a curve through its points, unless told otherwise.
    """
    points = np.array(path, float)
    knots = np.linspace(0, 1, len(points))
    fine = np.linspace(0, 1, steps)
    if len(points) > 2 and smooth:
        middle = CubicSpline(knots, points)(fine)
    else:
        middle = np.stack([np.interp(fine, knots, points[:, axis]) for axis in range(3)], axis=1)
    radii = np.linspace(*(radius if isinstance(radius, tuple) else (radius, radius)), len(middle))
    return _tube(middle, radii, sides)


def rod(start: Point3, end: Point3, radius: float, sides: int = 12) -> Shape:
    """A straight round rod from one point to another."""
    return sweep([start, end], radius, sides, steps=2)


def helix(radius: float, pitch: float, turns: float, thickness: float, steps_a_turn: int = 32) -> Shape:
    """A round wire wound about the z axis, upwards from z = 0; `pitch` is the height of one turn."""
    angle = np.linspace(0, 2 * np.pi * turns, int(steps_a_turn * turns) + 1)
    middle = np.stack([radius * np.cos(angle), radius * np.sin(angle), pitch * angle / (2 * np.pi)], axis=1)
    return _tube(middle, np.full(len(middle), thickness), 12)


def loft(rings: Sequence[Sequence[Point3]], closed: bool = True) -> Shape:
    """A skin over rings of equally many points, one after the other; `closed` puts a lid on both ends."""
    return _skin(np.array(rings, float), closed)


def row(first: float, last: float, count: int) -> list[float]:
    """Equally spaced numbers from the first to the last."""
    return [first + (last - first) * each / (count - 1) for each in range(count)]


def disc(radius: float, corners: int = 48) -> list[Point2]:
    """The outline of a regular polygon, or of a circle, for `extrude`."""
    return oval(radius, radius, corners=corners)


def oval(x: float, y: float, square: float = 2, corners: int = 48) -> list[Point2]:
    """The outline of an ellipse of two radii, for `extrude`; the more `square`, the nearer to a rectangle."""
    turns = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    across, up = (np.sign(wave) * np.abs(wave) ** (2 / square) for wave in (np.cos(turns), np.sin(turns)))
    return [(x * a, y * b) for a, b in zip(across.tolist(), up.tolist(), strict=True)]


def rounded(x: float, y: float, corner: float) -> list[Point2]:
    """The outline of a rectangle with round corners, for `extrude`."""
    middles = [(1, 1, 0), (-1, 1, 90), (-1, -1, 180), (1, -1, 270)]
    return [
        (right * (x / 2 - corner) + a, up * (y / 2 - corner) + b)
        for right, up, begin in middles
        for a, b in arc(corner, begin, begin + 90, 7)
    ]


def arc(radius: float | Point2, begin: float, end: float, count: int = 13) -> list[Point2]:
    """Points along a circle, or an ellipse of two radii, between two turns in degrees (0 is x, 90 is y).

    >>> [(round(x, 3), round(y, 3)) for x, y in arc((2, 1), 0, 90, 3)]
    [(2.0, 0.0), (1.414, 0.707), (0.0, 1.0)]
    """
    x, y = radius if isinstance(radius, tuple) else (radius, radius)
    turns = np.radians(np.linspace(begin, end, count))
    return [(x * a, y * b) for a, b in zip(np.cos(turns).tolist(), np.sin(turns).tolist(), strict=True)]


def curve(points: Sequence[Point2], count: int = 24, closed: bool = False) -> list[Point2]:
    """A smooth line through points; a closed one comes back to the first."""
    line = np.array([*points, points[0]] if closed else points, float)
    along = np.r_[0, np.cumsum([float(np.hypot(*(b - a))) for a, b in pairwise(line)])]
    smooth = CubicSpline(along, line, bc_type="periodic" if closed else "not-a-knot")
    return [(x, y) for x, y in smooth(np.linspace(0, along[-1], count, endpoint=not closed)).tolist()]


def mirrored(line: Sequence[Point2]) -> list[Point2]:
    """An outline that goes along a line above the x axis and comes back along its mirror image below."""
    return [*line, *((x, -y) for x, y in reversed(line))]


def folded(line: Sequence[Point3], shift: Point3) -> list[Point3]:
    """A ring for `loft` that goes along a line and comes back `shift` beside it: a sheet's edge."""
    right, back, up = shift
    return [*line, *((x + right, y + back, z + up) for x, y, z in reversed(line))]


def cog(outer: float, inner: float, teeth: int = 12) -> list[Point2]:
    """The outline of a cogwheel, for `extrude`."""
    sizes = [inner, inner, outer, outer] * teeth
    return [(x * size, y * size) for (x, y), size in zip(disc(1, len(sizes)), sizes, strict=True)]


def assemble(parts: Iterable[Part]) -> Solid:
    """The solid of all parts, y up and its front towards the viewer."""
    y_up = Rotation.from_euler("x", -90, degrees=True)
    return Solid(tuple(_surface(each) for each in parts)).turned(y_up.as_matrix()).centred()


def _surface(each: Part) -> Surface:
    material = each.material
    shape = trimesh.graph.smooth_shade(each.shape, angle=CREASE)
    uv = None
    if material.grain is not None:
        shape, uv = _unfolded(shape, material.tile)
    points = np.asarray(shape.vertices, np.float32)
    return Surface(
        points=points,
        normals=np.asarray(shape.vertex_normals, np.float32) if uv is None else shape.metadata["normals"],
        faces=np.asarray(shape.faces, np.int32),
        colours=spread(material.colour if material.grain is None else (1, 1, 1), len(points)),
        metal=material.metal,
        rough=material.rough,
        uv=uv,
        texture=None if material.grain is None else texture(material.colour, material.grain),
    )


def _unfolded(shape: Shape, tile: float) -> tuple[Shape, npt.NDArray[np.float32]]:
    """The shape with the texture laid on from the six sides of a box; v is along the shape's longest side."""
    corners = shape.vertices[shape.faces]  # every face gets its own points, as neighbours may be on other sides
    normals = shape.vertex_normals[shape.faces]
    side = np.abs(shape.face_normals).argmax(1)
    long = int(shape.extents.argmax())
    uv = np.empty((*corners.shape[:2], 2), np.float32)
    for axis in range(3):
        others = [other for other in range(3) if other != axis]
        v = long if long in others else others[1]
        u = others[0] if others[1] == v else others[1]
        chosen = side == axis
        uv[chosen, :, 0], uv[chosen, :, 1] = corners[chosen][..., u] / tile, corners[chosen][..., v] / tile
    flat = Shape(corners.reshape(-1, 3), np.arange(corners.shape[0] * 3).reshape(-1, 3), process=False)
    flat.metadata["normals"] = np.asarray(normals.reshape(-1, 3), np.float32)
    return flat, uv.reshape(-1, 2)


def _line(profile: Sequence[Point2], smooth: bool) -> Floats:
    """The points of a profile, many more of them where it is smooth."""
    line: Floats = np.array(profile, float)
    if not smooth:
        return line
    along = np.r_[0, np.cumsum(np.hypot(*np.diff(line, axis=0).T))]
    steps = np.linspace(0, along[-1], 60)
    radius, height = (PchipInterpolator(along, line[:, axis])(steps) for axis in (0, 1))
    fine: Floats = np.c_[np.clip(radius, 0, None), height]
    return fine


def _tube(middle: Floats, radii: Floats, sides: int) -> Shape:
    """Circles along a line, without twisting from one to the next."""
    tangents = np.gradient(middle, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1)[:, None]
    across = np.cross(tangents[0], (0.31, 0.87, 0.12))
    turns = np.linspace(0, 2 * np.pi, sides, endpoint=False)[:, None]
    rings = []
    for centre, tangent, radius in zip(middle, tangents, radii, strict=True):
        across = across - tangent * (across @ tangent)
        across /= np.linalg.norm(across)
        rings.append(centre + radius * (np.cos(turns) * across + np.sin(turns) * np.cross(tangent, across)))
    return _skin(np.array(rings), closed=True)


def _skin(rings: Floats, closed: bool) -> Shape:
    """Triangles between rings of points, shape (rings, points a ring, 3)."""
    count, around = rings.shape[:2]
    first = np.arange(count - 1)[:, None] * around + np.arange(around)
    right = np.arange(count - 1)[:, None] * around + (np.arange(around) + 1) % around
    faces = [np.stack([first, right, right + around], -1), np.stack([first, right + around, first + around], -1)]
    points = rings.reshape(-1, 3)
    if closed:
        points = np.r_[points, [rings[0].mean(0)], [rings[-1].mean(0)]]
        begin, end = len(points) - 2, len(points) - 1
        here, there = np.arange(around), (np.arange(around) + 1) % around
        last = (count - 1) * around
        faces.append(np.stack([np.full(around, begin), there, here], -1))
        faces.append(np.stack([np.full(around, end), last + here, last + there], -1))
    shape = Shape(points, np.concatenate([face.reshape(-1, 3) for face in faces]), process=False)
    shape.fix_normals()
    return shape
