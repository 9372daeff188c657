"""The kit: every shape against its exact formula, closed and the right way out, and how parts become a solid."""

from collections.abc import Callable
from math import cos, pi, radians, sin, sqrt

import numpy as np
import pytest
from shapely.geometry import Polygon

from askew_stimuli.kit import (
    Axis,
    Point2,
    Shape,
    arc,
    assemble,
    ball,
    both,
    box,
    cog,
    common,
    curve,
    cut,
    cylinder,
    disc,
    extrude,
    folded,
    heap,
    helix,
    hollow,
    hoop,
    lathe,
    loft,
    mirrored,
    oval,
    paired,
    part,
    placed,
    put,
    ring,
    rod,
    rounded,
    row,
    slab,
    spun,
    stretched,
    strip,
    sweep,
    union,
)
from askew_stimuli.materials import matt, metal, wood

RED = matt((1.0, 0.0, 0.0))
SQUARE: list[Point2] = [(0, 0), (2, 0), (2, 1), (0, 1)]
HOLE: list[Point2] = [(0.5, 0.25), (1.5, 0.25), (1.5, 0.75), (0.5, 0.75)]


def polygon(sides: int) -> float:
    """The area of a regular polygon in a circle of radius 1."""
    return sides / 2 * sin(2 * pi / sides)


def frustum(large: float, small: float, height: float) -> float:
    """The volume between two similar ends of these areas."""
    return height / 3 * (large + small + sqrt(large * small))


def oval_column() -> Shape:
    return extrude(oval(2, 1), 3)


# What was drawn, its volume, and by how much the triangles may miss it.
VOLUMES: dict[str, tuple[Callable[[], Shape], float, float]] = {
    "box": (lambda: box(1, 2, 3), 6, 1e-9),
    "cylinder": (lambda: cylinder(2, 3), 12 * polygon(48), 1e-9),
    "prism": (lambda: cylinder(1, 2, sides=6), 3 * sqrt(3), 1e-9),
    "ball": (lambda: ball(2), 32 / 3 * pi, 0.003),
    "coarse ball": (lambda: ball(2, fine=2), 32 / 3 * pi, 0.05),
    "ring": (lambda: ring(3, 1), 2 * 3 * pi**2, 0.02),
    "square ring": (lambda: ring(3, 1, across=4), 2 * pi * 3 * 2, 0.01),
    "hoop": (lambda: hoop(2, 1, 0.5), 1.5 * polygon(64), 1e-9),
    "slab": (lambda: slab(4, 3, 2, 0.5), 2 * (11 + polygon(24) / 4), 1e-9),
    "bevelled slab": (lambda: slab(4, 3, 2, 0.5, 0.25), 1.5 * 11.785 + 2 * frustum(11.785, 8.696, 0.25), 0.002),
    "cone": (lambda: lathe([(0, 0), (1, 0), (0, 3)], smooth=False), polygon(64), 1e-9),
    "smooth spindle": (lambda: lathe([(0, -1), (0.5, -1), (0.5, 1), (0, 1)], smooth=False), polygon(64) / 2, 1e-9),
    "vessel": (
        lambda: hollow([(0, 0), (1, 0), (1, 2)], 0.1, smooth=False),
        (2 - 0.9**2 * 1.9) * polygon(64),
        1e-9,
    ),
    "plate": (lambda: extrude(SQUARE, 3), 6, 1e-9),
    "plate with a hole": (lambda: extrude(SQUARE, 3, [HOLE]), 4.5, 1e-9),
    "strip": (lambda: strip([(0, 0), (3, 4)], 0.5, 2), 5, 1e-9),
    "strip with round ends": (lambda: strip([(0, 0), (3, 4)], 0.5, 2, round_ends=True), 5 + pi / 8, 0.001),
    "bent strip": (lambda: strip(arc(2, 0, 180, 60), 0.5, 2), 2 * pi, 0.002),
    "tube": (lambda: sweep([(0, 0, 0), (0, 0, 4)], 0.5), polygon(16), 1e-9),
    "narrowing tube": (lambda: sweep([(0, 0, 0), (4, 0, 0)], (2, 1)), frustum(4, 1, 4) * polygon(16), 1e-9),
    "bent tube": (lambda: sweep([(x, y, 0) for x, y in arc(2, 0, 90)], 0.1), pi * 0.01 * polygon(16), 0.001),
    "rod": (lambda: rod((1, 1, 1), (3, 4, 7), 0.1), 0.07 * polygon(12), 1e-9),
    "helix": (lambda: helix(1, 0.5, 3, 0.1), 3 * 0.01 * polygon(12) * sqrt((2 * pi) ** 2 + 0.25), 0.01),
    "pyramid": (lambda: loft([[(s * x, s * y, z) for x, y in SQUARE] for z, s in ((0, 1), (3, 0.5))]), 3.5, 1e-9),
    "heap": (lambda: heap(box(1, 1, 1), put(box(1, 1, 1), at=(0.5, 0, 0)), ball(1)), 2 + 4 / 3 * pi, 0.003),
    "cut": (lambda: cut(box(2, 2, 2), put(box(2, 2, 2), at=(1, 1, 1)), put(box(9, 9, 1), at=(0, 0, -1))), 5, 1e-6),
    "union": (lambda: union(box(2, 2, 2), put(box(2, 2, 2), at=(1, 1, 1))), 15, 1e-6),
    "common": (lambda: common(box(2, 2, 2), put(box(2, 2, 2), at=(1, 1, 1)), box(1, 1, 9)), 0.25, 1e-6),
    "stretched": (lambda: stretched(box(1, 1, 1), 2, 3, 4), 24, 1e-9),
    "mirror image": (lambda: both(put(box(1, 2, 3), at=(5, 0, 0)))[1], 6, 1e-9),
}


@pytest.mark.parametrize("name", VOLUMES)
def test_a_shape_is_closed_the_right_way_out_and_as_large_as_it_should_be(name: str) -> None:
    draw, volume, within = VOLUMES[name]
    shape = draw()
    assert shape.is_watertight
    assert shape.is_winding_consistent
    assert shape.volume == pytest.approx(volume, rel=within)  # of one inside out it is negative


@pytest.mark.parametrize(
    ("shape", "extents"),
    [
        (box(1, 2, 3), (1, 2, 3)),
        (cylinder(2, 3), (4, 4, 3)),
        (ball(2), (4, 4, 4)),
        (ring(3, 1), (8, 8, 2)),
        (hoop(2, 1, 0.5), (4, 4, 0.5)),
        (slab(4, 3, 2, 0.5), (4, 3, 2)),
        (slab(4, 3, 2, 0.5, 0.1), (4, 3, 2)),
        (put(extrude(SQUARE, 3), at=(-1, -0.5, 0)), (2, 1, 3)),
        (strip([(-2, 0), (2, 0)], 0.5, 3), (4, 0.5, 3)),
        (rod((0, 0, -3), (0, 0, 3), 1, sides=48), (2, 2, 6)),
    ],
)
def test_a_shape_is_about_the_origin_and_reaches_as_far_as_said(
    shape: Shape, extents: tuple[float, float, float]
) -> None:
    assert shape.extents == pytest.approx(extents, rel=0.02)
    assert shape.bounds.mean(0) == pytest.approx((0, 0, 0), abs=0.02)


@pytest.mark.parametrize("shape", [box(1, 2, 3), ball(2), cylinder(1, 2), slab(3, 2, 1, 0.3, 0.1), oval_column()])
def test_every_face_of_a_bulging_shape_looks_outwards(shape: Shape) -> None:
    outwards = shape.triangles_center - shape.bounds.mean(0)
    assert (np.einsum("ij,ij->i", shape.face_normals, outwards) > 0).all()


@pytest.mark.parametrize(("fine", "faces"), [(0, 20), (2, 320), (4, 5120)])
def test_a_ball_is_as_fine_as_asked_for(fine: int, faces: int) -> None:
    assert len(ball(1, fine).faces) == faces


def test_a_smooth_profile_passes_through_its_points_without_overshooting() -> None:
    profile = [(0, 0), (1, 0.5), (0.4, 1.5), (0.4, 2), (0, 2.2)]
    shape = lathe(profile)
    radii = np.hypot(*shape.vertices[:, :2].T)
    assert radii.max() == pytest.approx(1, abs=0.01)
    assert shape.bounds[:, 2] == pytest.approx((0, 2.2))
    waist = radii[(shape.vertices[:, 2] > 1.5) & (shape.vertices[:, 2] < 2)]
    assert waist == pytest.approx(np.full(len(waist), 0.4), abs=1e-6)


def test_a_vessel_holds_what_its_walls_leave() -> None:
    outside: list[Point2] = [(0, 0), (0.6, 0), (1, 1), (1, 2)]
    full = lathe([*outside, (0, 2)], smooth=False).volume
    inside = lathe([(0, 0.1), (0.5, 0.1), (0.9, 1), (0.9, 2), (0, 2)], smooth=False).volume
    assert hollow(outside, 0.1, smooth=False).volume == pytest.approx(full - inside)


def test_turns_come_one_after_the_other_about_fixed_axes_and_the_move_last() -> None:
    corner = put(box(0.01, 0.01, 0.01), at=(1, 2, 3))
    assert put(corner, turn="x90").centroid == pytest.approx((1, -3, 2))
    assert put(corner, turn="x90 z90").centroid == pytest.approx((3, 1, 2))
    assert put(corner, turn="z90 x90").centroid == pytest.approx((-2, -3, 1))
    assert put(corner, at=(10, 20, 30), turn="y-90").centroid == pytest.approx((7, 22, 31))
    assert corner.centroid == pytest.approx((1, 2, 3))  # what was put stays where it was


@pytest.mark.parametrize(("along", "middle"), [("z", (1, 0.5, 0)), ("y", (1, 0, 0.5)), ("x", (0, 1, 0.5))])
def test_an_outline_can_be_drawn_along_each_axis(along: Axis, middle: tuple[float, float, float]) -> None:
    for shape in (extrude(SQUARE, 3, along=along), strip([(0, 0.5), (2, 0.5)], 1, 3, along=along)):
        assert shape.volume == pytest.approx(6)
        assert shape.centroid == pytest.approx(middle)
        assert shape.extents["xyz".index(along)] == pytest.approx(3)


@pytest.mark.parametrize(("axis", "there"), [("x", (-1, 2, 3)), ("y", (1, -2, 3)), ("z", (1, 2, -3))])
def test_a_mirror_image_stands_across_the_origin(axis: Axis, there: tuple[float, float, float]) -> None:
    shape, image = both(put(ball(0.1), at=(1, 2, 3)), axis)
    assert shape.centroid == pytest.approx((1, 2, 3))
    assert image.centroid == pytest.approx(there)
    assert image.volume == pytest.approx(shape.volume)


def test_copies_stand_evenly_about_the_axis() -> None:
    copies = spun(put(box(0.1, 0.1, 0.1), at=(2, 0, 1)), 4)
    assert [each.centroid.round(6).tolist() for each in copies] == [[2, 0, 1], [0, 2, 1], [-2, 0, 1], [0, -2, 1]]


def test_parts_are_turned_and_moved_together() -> None:
    parts = placed([part(box(1, 1, 1), RED, at=(2, 0, 0)), part(ball(1), metal())], at=(0, 0, 5), turn="z90")
    assert [each.shape.centroid.round(6).tolist() for each in parts] == [[0, 2, 5], [0, 0, 5]]
    assert [each.material for each in parts] == [RED, metal()]


def test_parts_are_mirrored_with_their_materials() -> None:
    parts = paired([part(ball(1), RED, at=(2, 1, 0)), part(box(1, 1, 1), metal(), at=(3, 0, 0))])
    assert [each.shape.centroid[0].round(6) for each in parts] == [2, -2, 3, -3]
    assert [each.material for each in parts] == [RED, RED, metal(), metal()]


def test_a_rod_ends_where_it_is_said_to() -> None:
    shape = rod((1, 1, 1), (3, 4, 7), 0.1)
    along = (shape.vertices - (1, 1, 1)) @ (2, 3, 6) / 7
    assert (along.min(), along.max()) == pytest.approx((0, 7))
    assert shape.centroid == pytest.approx((2, 2.5, 4))


def test_a_path_is_smooth_or_straight() -> None:
    path = [(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (1.0, 1.0, 0.0)]
    straight, smooth = sweep(path, 0.01, steps=101, smooth=False), sweep(path, 0.01, steps=101)
    assert straight.bounds[1, 0] == pytest.approx(1.01, abs=0.005)
    assert smooth.bounds[1, 0] > 1.05
    assert np.linalg.norm(smooth.vertices - (1, 0, 0), axis=1).min() < 0.02  # through its points all the same


def test_a_screw_thread_rises_by_its_pitch() -> None:
    shape = helix(1, 0.5, 3, 0.1)
    assert shape.bounds[:, 2] == pytest.approx((-0.1, 1.6), abs=0.01)
    assert shape.bounds[1, 0] == pytest.approx(1.1, abs=0.01)


def test_a_skin_can_be_left_open_at_its_ends() -> None:
    rings = [[(x, y, z) for x, y in disc(1, 12)] for z in (0.0, 1.0)]
    assert loft(rings).is_watertight
    assert not loft(rings, closed=False).is_watertight
    assert len(loft(rings).faces) == len(loft(rings, closed=False).faces) + 24


@pytest.mark.parametrize(
    ("outline", "area", "within"),
    [
        (disc(2), 4 * polygon(48), 1e-9),
        (disc(1, 6), polygon(6), 1e-9),
        (oval(2, 1), 2 * polygon(48), 1e-9),
        (oval(2, 1, square=50), 8, 0.02),
        (rounded(4, 3, 1), 8 + polygon(24), 1e-9),
        (curve(disc(1, 12), 90, closed=True), pi, 0.002),
        (mirrored([(0, 0), (1, 2), (3, 0)]), 6, 1e-9),
        (cog(2, 1, 100), 100 * sin(2 * pi / 400) * (1 + 4 + 2 * 2) / 2, 1e-9),
    ],
)
def test_an_outline_encloses_its_area_once(outline: list[Point2], area: float, within: float) -> None:
    assert Polygon(outline).is_valid
    assert Polygon(outline).area == pytest.approx(area, rel=within)


def test_a_curve_passes_through_its_points() -> None:
    points: list[Point2] = [(0, 0), (1, 2), (3, 1), (4, 4)]
    line = np.array(curve(points, 400))
    assert line[[0, -1]] == pytest.approx(np.array([points[0], points[-1]]))
    for point in points:
        assert np.linalg.norm(line - point, axis=1).min() < 0.02


def test_arcs_and_rows_reach_both_of_their_ends() -> None:
    assert row(-1, 2, 4) == pytest.approx([-1, 0, 1, 2])
    assert np.array(arc(2, 30, 150, 5)) == pytest.approx(
        np.array([(2 * cos(radians(turn)), 2 * sin(radians(turn))) for turn in (30, 60, 90, 120, 150)])
    )


def test_a_sheet_is_a_line_and_its_way_back() -> None:
    ring = folded([(0, 0, 0), (1, 0, 0)], (0, 0.1, 0))
    assert ring == [(0, 0, 0), (1, 0, 0), (1, 0.1, 0), (0, 0.1, 0)]


def test_an_assembled_solid_has_y_up_its_front_to_the_viewer_and_radius_1() -> None:
    marks = {"top": (0, 0, 4), "front": (0, -3, 0), "right": (2, 0, 0)}
    solid = assemble([part(box(8, 8, 10), RED), *(part(ball(0.1), RED, at=at) for at in marks.values())])
    _, top, front, right = (surface.points.mean(0) * np.linalg.norm((4, 4, 5)) for surface in solid.surfaces)
    assert top == pytest.approx((0, 4, 0), abs=1e-3)
    assert front == pytest.approx((0, 0, 3), abs=1e-3)
    assert right == pytest.approx((2, 0, 0), abs=1e-3)
    assert np.linalg.norm(solid.surfaces[0].points, axis=1).max() == pytest.approx(1)


def test_normals_are_smooth_on_curved_and_sharp_on_edged_shapes() -> None:
    globe, block = assemble([part(ball(1), RED), part(box(1, 1, 1), RED, at=(3, 0, 0))]).surfaces
    outwards = globe.points - (globe.points.max(0) + globe.points.min(0)) / 2
    outwards /= np.linalg.norm(outwards, axis=1)[:, None]
    assert (np.einsum("ij,ij->i", outwards, globe.normals) > 0.999).all()
    assert len(globe.points) < 2600  # neighbours share their points
    assert np.abs(block.normals).max(1) == pytest.approx(np.ones(len(block.points)))


def test_a_plain_material_colours_every_point() -> None:
    (surface,) = assemble([part(box(1, 1, 1), matt((1.0, 0.5, 0.0)))]).surfaces
    assert (surface.colours == (255, 128, 0)).all()
    assert (surface.metal, surface.rough, surface.uv, surface.texture) == (0, 0.9, None, None)


@pytest.mark.parametrize("tile", [0.25, 1.0])
def test_a_texture_repeats_every_tile_and_runs_along_the_longest_side(tile: float) -> None:
    (surface,) = assemble([part(box(1, 2, 5), wood(tile=tile))]).surfaces
    assert surface.uv is not None
    assert surface.texture is not None
    one, two = (surface.uv[surface.faces][:, corner] - surface.uv[surface.faces][:, 0] for corner in (1, 2))
    areas = np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]) / 2
    assert areas.sum() * tile**2 == pytest.approx(2 * (2 + 5 + 10), rel=1e-5)
    sides = np.abs(surface.normals[:, 1]) < 0.5  # all but top and bottom, with y up
    assert np.ptp(surface.uv[sides, 1]) == pytest.approx(5 / tile)


def test_a_texture_is_continuous_on_each_of_the_six_sides_it_is_laid_on_from() -> None:
    shape = lathe([(0, -2), (1, -1.5), (0.7, 0), (1, 1.5), (0, 2)])
    (surface,) = assemble([part(shape, wood(tile=0.5))]).surfaces
    assert surface.uv is not None
    corners = surface.points[surface.faces]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    side = np.repeat(np.abs(flat).argmax(1), 3)
    places: dict[tuple[object, ...], set[tuple[float, ...]]] = {}
    order = surface.faces.ravel()
    for axis, point, uv in zip(side, surface.points[order], surface.uv[order], strict=True):
        places.setdefault((int(axis), *point.round(5).tolist()), set()).add(tuple(uv.round(4).tolist()))
    several = [uvs for uvs in places.values() if np.ptp(np.array(list(uvs)), axis=0).max() > 1e-3]
    assert not several
