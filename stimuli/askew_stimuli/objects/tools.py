"""What lies in a shed, a workshop, a gym or a doctor's bag."""

import math
from collections.abc import Iterable

import numpy as np
from scipy.interpolate import PchipInterpolator

from askew_stimuli.designs import design
from askew_stimuli.kit import (
    Part,
    Shape,
    arc,
    both,
    box,
    common,
    curve,
    cut,
    cylinder,
    disc,
    extrude,
    folded,
    heap,
    lathe,
    loft,
    mirrored,
    oval,
    part,
    put,
    row,
    spun,
    stretched,
    sweep,
)
from askew_stimuli.materials import Material, enamel, matt, metal, plastic, wood
from askew_stimuli.thing import Vary


@design("hammer", 587, yaw=-25, pitch=15)
def hammer(vary: Vary) -> list[Part]:
    """A claw hammer: a round face, two curled claws with a slot between, an oval handle."""
    style = vary.pick("wood", "rubber")
    long = vary.between(2.5, 3.1)
    drop = vary.between(0.28, 0.46)
    steel = metal(vary.colour((0.80, 0.81, 0.83), (0.30, 0.30, 0.32), (0.60, 0.60, 0.62)))
    bright = metal((0.84, 0.85, 0.87), rough=0.25)
    upper = curve([(0.12, 0.17), (-0.25, 0.18), (-0.62, 0.1), (-0.92, 0.22 - drop), (-1.1, -drop)])
    lower = curve([(-1.08, -drop - 0.03), (-0.86, 0.11 - drop), (-0.55, -0.05), (-0.25, -0.13), (0.12, -0.17)])
    tines = [(-0.25, 0.17), (-1.2, 0.29), (-1.2, 0.1), (-0.46, 0.02)]
    plan = mirrored([(0.12, 0.17), *tines])
    poll = [(0, 0), (0.17, 0.05), (0.13, 0.24), (0.14, 0.32), (0.2, 0.42), (0.21, 0.56), (0.21, 0.6), (0, 0.6)]
    eye = [(-0.3, 0.16, 0.12), (-0.17, 0.19, 0.19), (0.17, 0.19, 0.19), (0.19, 0.17, 0.17)]
    return [
        part(common(extrude([*upper, *lower], 1, along="y"), extrude(plan, 2)), steel, at=(0, 0, long)),
        part(lathe(poll), steel, at=(0, 0, long), turn="y90"),
        part(lathe([(0, 0), (0.205, 0), (0.19, 0.05), (0, 0.06)], smooth=False), bright, (0.595, 0, long), "y90"),
        part(_spindle(eye, square=5, straight=True), steel, at=(0, 0, long)),
        *_haft(vary, style, long),
    ]


def _haft(vary: Vary, style: str, long: float) -> list[Part]:
    """The handle of a hammer: of wood, or coloured with a rubber grip."""
    swell = vary.between(0.15, 0.18)
    grip = 0.45 * long
    shape = [(0.0, 0.1, 0.06), (0.06, 0.18, 0.12), (0.3, swell + 0.01, 0.13), (0.6, swell, 0.13)]
    shape += [(grip, swell, 0.125), (0.75 * long, 0.12, 0.09), (long, 0.14, 0.1), (long + 0.21, 0.14, 0.1)]
    if style == "wood":
        hickory = wood(vary.colour((0.76, 0.56, 0.32), (0.66, 0.44, 0.24)), tile=1.2)
        return [part(_spindle(shape), hickory), part(box(0.2, 0.03, 0.02), metal(), at=(0, 0, long + 0.21))]
    colour = vary.colour((0.88, 0.70, 0.10), (0.15, 0.35, 0.70), (0.80, 0.18, 0.12))
    sleeve = [(z - 0.02, x + 0.025, y + 0.025) for z, x, y in shape[:5]] + [(grip + 0.06, swell, 0.12)]
    rib = _spindle([(-0.02, swell + 0.04, 0.165), (0.02, swell + 0.04, 0.165)])
    ribs = [put(rib, (0, 0, z)) for z in row(0.4, grip - 0.1, 8)]
    rubber = plastic((0.16, 0.16, 0.17))
    return [part(_spindle(shape), plastic(colour)), part(_spindle(sleeve), rubber), part(heap(*ribs), rubber)]


@design("screwdriver", 784, symmetry="y:2", yaw=30, pitch=15)
def screwdriver(vary: Vary) -> list[Part]:
    """A fluted plastic handle, a round shaft and a flat or crossed tip, pointing down."""
    clear = vary.colour(
        (0.85, 0.16, 0.10), (0.92, 0.72, 0.12), (0.12, 0.40, 0.72), (0.90, 0.45, 0.10), (0.2, 0.55, 0.3)
    )
    long, thick = vary.between(1.2, 1.9), vary.between(0.075, 0.095)
    grip, fat = vary.between(1.2, 1.45), vary.between(0.27, 0.33)
    chrome = metal((0.88, 0.89, 0.91), rough=0.3)
    body = [(0.24, fat), (0.5 * grip, fat + 0.01), (grip - 0.2, fat), (grip - 0.05, fat - 0.04), (grip, fat - 0.14)]
    neck = [(0, 0), (fat - 0.08, 0), (fat - 0.07, 0.05), (fat - 0.12, 0.14), (fat - 0.02, 0.25), (0, 0.27)]
    collar = plastic(vary.colour((0.13, 0.13, 0.14), (0.85, 0.84, 0.80)))
    flat = [(0.0, thick * 1.5, 0.025), (0.12, thick * 1.5, 0.04), (0.35, thick, thick), (0.4, thick, thick)]
    tip = _spindle(flat, square=4, straight=True)
    if vary.pick("flat", "crossed") == "crossed":
        cone = lathe([(0, 0), (0.025, 0), (thick, 0.16), (thick, 0.4), (0, 0.4)], smooth=False)
        notch = put(box(0.1, 0.1, 0.5), (0.085, 0.085, -0.02), "z0")
        tip = cut(cone, *(put(notch, turn=f"y14 x-14 z{turn}") for turn in (0, 90, 180, 270)))
    return [
        part(_spindle([(z, radius, radius) for z, radius in body], lobes=vary.pick(6, 8, 4)), plastic(clear)),
        part(lathe(neck, smooth=False), collar),
        part(lathe([(0, grip - 0.02), (fat - 0.1, grip - 0.02), (fat - 0.12, grip + 0.03), (0, grip + 0.05)]), collar),
        part(cylinder(thick, long), chrome, at=(0, 0, -long / 2 + 0.02)),
        part(tip, chrome, at=(0, 0, -long - 0.38)),
    ]


@design("dumbbell", 543, symmetry="x:6+flip", yaw=35, pitch=20)
def dumbbell(vary: Vary) -> list[Part]:
    """Two hexagonal heads of rubber, or stacks of round plates, on a knurled bar."""
    style = vary.pick("rubber", "plates", "vinyl")
    chrome = metal((0.82, 0.83, 0.85), rough=0.25)
    half, big = vary.between(0.5, 0.6), vary.between(0.40, 0.48)
    bar = [(0, 0), (0.1, 0), (0.105, half - 0.25), (0.13, half), (0.105, 2 * half - (half - 0.25)), (0.1, 2 * half)]
    rings = [cylinder(0.118 if index % 2 else 0.124, 0.03, 24) for index in range(19)]
    knurled = [put(each, (x, 0, 0), "y90") for each, x in zip(rings, row(-0.3, 0.3, 19), strict=True)]
    parts = [part(lathe([*bar, (0, 2 * half)]), chrome, (-half, 0, 0), "y90"), part(heap(*knurled), chrome)]
    if style == "plates":
        iron = enamel(vary.colour((0.25, 0.26, 0.28), (0.62, 0.12, 0.10), (0.15, 0.28, 0.5)))
        number = vary.whole(2, 4)
        for index in range(number):
            radius, x = big + 0.18 - 0.09 * index, half + 0.02 + 0.15 * index
            rim = [(0, 0), (radius - 0.02, 0), (radius, 0.02), (radius, 0.12), (radius - 0.02, 0.14)]
            parts += _ends(lathe([*rim, (radius - 0.07, 0.14), (radius - 0.1, 0.1), (0, 0.1)], smooth=False), iron, x)
        end = half + 0.15 * number
        parts += _ends(cylinder(0.09, 0.5), chrome, end) + _ends(extrude(disc(0.2, 6), 0.12), chrome, end + 0.08)
        return parts + _ends(cylinder(0.15, 0.16), chrome, end + 0.06) + _ends(cylinder(0.16, 0.1), chrome, half - 0.02)
    rubber = plastic(vary.colour((0.17, 0.17, 0.18)))
    if style == "vinyl":
        rubber = plastic(vary.colour((0.80, 0.25, 0.45), (0.15, 0.45, 0.70), (0.45, 0.30, 0.60), (0.2, 0.55, 0.4)))
    deep = vary.between(0.48, 0.62)
    steps = [(0, 0.8), (0.07, 1), (deep - 0.07, 1), (deep, 0.84), (deep, 0.68), (deep - 0.025, 0.64)]
    head = loft([[(big * s * x, big * s * y, z) for x, y in disc(1, 6)] for z, s in steps])
    plate = metal((0.78, 0.78, 0.80)) if style == "rubber" else matt((0.9, 0.9, 0.88))
    parts += _ends(head, rubber, half) + _ends(cylinder(big * 0.4, 0.04), plate, half + deep - 0.025)
    return parts + _ends(cylinder(0.15, 0.1), chrome, half - 0.02)


def _ends(shape: Shape, material: Material, x: float) -> list[Part]:
    """A shape that stands on the xy plane, at both ends of a bar along the x axis."""
    return [part(each, material) for each in both(put(shape, (x, 0, 0), "y90"))]


@design("hatchet", 596, yaw=-25, pitch=15)
def hatchet(vary: Vary) -> list[Part]:
    """A short axe: a wedge of a head with a bright edge, on a curved wooden handle."""
    long = vary.between(2.5, 3.0)
    wide, reach = vary.between(0.44, 0.56), vary.between(0.85, 1.05)
    paint = vary.pick(
        metal((0.40, 0.41, 0.43)), enamel((0.70, 0.10, 0.08)), enamel((0.12, 0.22, 0.40)), metal((0.6, 0.6, 0.62))
    )
    bow = [
        (-reach + 0.17, wide + 0.02),
        (-reach + 0.1, 0.28),
        (-reach + 0.08, 0),
        (-reach + 0.1, -0.3),
        (-reach + 0.2, -wide),
    ]
    inner = curve(bow)
    top = [(0.42, 0.22), (0.2, 0.23), (-0.2, 0.21), (-0.5, 0.3), (-reach + 0.17, wide + 0.02)]
    below = [(-reach + 0.2, -wide), (-0.55, -0.32), (-0.22, -0.27), (0.0, -0.36), (0.2, -0.25), (0.42, -0.22)]
    body = [*curve(top), *inner[1:-1], *curve(below)]
    edge = [*inner, *curve([(x - 0.17, z * 1.05) for x, z in reversed(bow)])]
    wedge = [(0.43, 0.15), (0.2, 0.17), (-0.1, 0.15), (-reach + 0.1, 0.06), (-reach - 0.1, 0.004)]
    plan = extrude(mirrored(wedge), 3)
    sharp = stretched(plan, y=1.1)
    sway = vary.between(0.08, 0.16)
    ash = wood(vary.colour((0.78, 0.58, 0.34), (0.68, 0.45, 0.24), (0.55, 0.34, 0.18)), tile=1.2)
    stations = [(-0.02, 0.1, 0.05, -0.16), (0.04, 0.2, 0.1, -0.14), (0.22, 0.19, 0.11, -0.06), (0.55, 0.145, 0.1, 0.03)]
    stations += [(0.45 * long, 0.15, 0.1, sway), (0.7 * long, 0.15, 0.1, 0.7 * sway), (0.9 * long, 0.16, 0.1, 0.16)]
    return [
        part(common(extrude(body, 1, along="y"), plan), paint, at=(0, 0, long)),
        part(common(extrude(edge, 1, along="y"), sharp), enamel((0.80, 0.81, 0.83)), at=(0, 0, long)),
        part(_spindle([*stations, (long + 0.26, 0.17, 0.1, 0.16)]), ash),
        part(box(0.26, 0.035, 0.03), metal(), at=(0.16, 0, long + 0.255)),
    ]


@design("shovel", 792, yaw=-25, pitch=12)
def shovel(vary: Vary) -> list[Part]:
    """A dished steel blade with a socket, a wooden shaft and a D-shaped grip."""
    wide, deep = vary.between(0.54, 0.66), vary.between(1.35, 1.65)
    long = vary.between(1.6, 2.2)
    pointed = vary.pick(0.7, 0.25, 0.9)
    steel = vary.pick(
        metal((0.74, 0.75, 0.77)), enamel((0.12, 0.34, 0.22)), metal((0.36, 0.37, 0.40)), enamel((0.65, 0.14, 0.1))
    )
    ash = wood(vary.colour((0.78, 0.58, 0.34), (0.66, 0.45, 0.25)), tile=1.4)
    up = deep + long
    socket = [(0, 0.03, deep * 0.55), (0, 0.05, deep * 0.85), (0, 0.07, deep + 0.15), (0, 0.07, deep + 0.6)]
    tread = sweep([(0.12, -0.02, deep), (0.5 * wide, -0.05, deep), (0.93 * wide, -0.14, deep)], 0.04)
    grip = plastic(vary.colour((0.15, 0.15, 0.16), (0.75, 0.16, 0.12), (0.88, 0.66, 0.10)))
    bow = [(0.3, 0.07, up + 0.42), (0.27, 0.07, up + 0.24), (0.12, 0.07, up + 0.06), (0, 0.07, up - 0.12)]
    rivets = [put(cylinder(0.025, 0.27), (0, 0.07, deep + z), "x90") for z in (0.3, 0.5)]
    return [
        part(_dished(wide, deep, pointed), steel),
        part(sweep(socket, (0.06, 0.12)), steel),
        part(heap(*both(tread)), steel),
        part(sweep([(0, 0.07, deep), (0, 0.07, up)], (0.1, 0.085)), ash),
        part(cylinder(0.1, 0.25), grip, at=(0, 0.07, up - 0.06)),
        *(part(each, grip) for each in both(sweep(bow, (0.055, 0.08)))),
        part(cylinder(0.075, 0.68), grip, (0, 0.07, up + 0.42), "y90"),
        part(heap(*rivets), metal((0.85, 0.85, 0.87))),
    ]


def _dished(wide: float, deep: float, pointed: float) -> Shape:
    """The blade of a shovel, upside down; its point is the last `pointed` of its depth."""
    rings = []
    for share in (np.linspace(0, 1, 40) ** 1.5).tolist():
        half = wide * (1 - 0.06 * share) * max(0.04, 1 - (1 - min(share / pointed, 1)) ** 2.2) ** 0.75
        dish = [(x, -0.16 * (x / wide) ** 2 - 0.12 * (1 - share) ** 2, share * deep) for x in row(-half, half, 24)]
        rings.append(folded(dish, (0, 0.035, 0)))
    return loft(rings)


@design("screw", 783, symmetry="y:2", yaw=20, pitch=30)
def screw(vary: Vary) -> list[Part]:
    """A wood screw: a countersunk or round head with a crossed or straight slot, a twin thread, a sharp point."""
    long, pitch = vary.between(2.3, 3.7), vary.between(0.38, 0.60)
    zinc = metal(vary.colour((0.84, 0.85, 0.87), (0.30, 0.30, 0.32), (0.88, 0.70, 0.32), (0.85, 0.66, 0.36)))
    wide = vary.between(0.52, 0.62)
    smooth = vary.between(0.5, 0.9)
    flat = [(0, 0), (0.2, 0), (0.23, 0.12), (wide - 0.05, 0.42), (wide, 0.47), (wide, 0.5), (wide - 0.04, 0.53)]
    dome = [(0, 0.1), (wide - 0.02, 0.1), (wide, 0.13), (wide - 0.04, 0.3), (wide - 0.2, 0.46), (0.2, 0.52)]
    head = lathe([*vary.pick(flat, dome), (0, 0.53)], smooth=False)
    cross = [box(0.12, 0.6, 0.5), put(box(0.12, 0.6, 0.5), turn="z90"), extrude(disc(0.17, 4), 0.7)]
    slots = [put(slot, (0, 0, 0.53)) for slot in vary.pick(cross, [box(0.13, 3, 0.4)])]
    return [part(_thread(long, pitch, smooth), zinc), part(cut(head, *slots), zinc)]


def _thread(long: float, pitch: float, smooth: float) -> Shape:
    """The shank of a screw, its point downwards; `smooth` below the head is without a thread."""
    turns = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    rings = []
    for z in np.arange(-long, 0.05, pitch / 16).tolist():
        fade = float(np.clip((-smooth - z) / 0.25, 0, 1))
        core = (0.2 - 0.03 * fade) * min(1.0, 0.06 + (z + long) / 0.75)
        tooth = np.abs((2 * (z / pitch - turns / (2 * np.pi))) % 1 - 0.5) * 2
        radius = core + 0.14 * fade * np.clip(2 * tooth - 1, 0, 1) * min(1.0, 0.1 + (z + long) / 0.6)
        xs, ys = (radius * np.cos(turns)).tolist(), (radius * np.sin(turns)).tolist()
        rings.append([(x, y, z) for x, y in zip(xs, ys, strict=True)])
    return loft(rings)


@design("plunger", 731, symmetry="y:*", pitch=15)
def plunger(vary: Vary) -> list[Part]:
    """A rubber cup with a rim, hollow below, on a round wooden stick."""
    rubber = plastic(vary.colour((0.72, 0.22, 0.12), (0.17, 0.17, 0.18), (0.60, 0.16, 0.10), (0.8, 0.42, 0.15)))
    stick = enamel(vary.colour((0.84, 0.66, 0.42), (0.70, 0.48, 0.26), (0.88, 0.76, 0.56)))
    wide, high = vary.between(0.64, 0.8), vary.between(0.6, 0.9)
    top = high + vary.between(1.8, 2.6)
    dome = [(wide - 0.02, 0.09), (wide - 0.03, 0.2), (wide - 0.07, 0.45 * high), (wide - 0.22, 0.78 * high)]
    inside = [(0, 0.82 * high), (wide - 0.3, 0.68 * high), (wide - 0.12, 0.4 * high), (wide - 0.1, 0.06)]
    rim = [(wide - 0.07, 0), (wide + 0.03, 0), (wide + 0.05, 0.03), (wide + 0.04, 0.08)]
    neck = [(0.26, high), (0.19, high + 0.06), (0.16, high + 0.3), (0.18, high + 0.33), (0.18, high + 0.38)]
    handle = [(0, high), (0.095, high), (0.095, top - 0.2), (0.11, top - 0.1), (0.1, top - 0.02), (0.06, top + 0.02)]
    flange = [(0.36, -0.3), (0.42, -0.3), (0.45, 0), (wide - 0.1, 0.2), (wide - 0.14, 0.24), (0.4, 0.06), (0.36, -0.3)]
    return [
        part(lathe([*inside, *rim, *dome, *neck, (0.1, high + 0.39), (0, high + 0.39)]), rubber),
        part(lathe([*handle, (0, top + 0.03)]), stick),
        *vary.pick([], [part(lathe(flange, smooth=False), rubber)]),
    ]


@design("broom", 462, symmetry="y:2", yaw=25, pitch=12)
def broom(vary: Vary) -> list[Part]:
    """A corn broom: flared straw, sewn flat with rows of cord, on a painted stick."""
    straw = matt(vary.colour((0.84, 0.68, 0.36), (0.78, 0.60, 0.30), (0.88, 0.76, 0.48)))
    cord = matt(vary.colour((0.75, 0.15, 0.12), (0.15, 0.30, 0.60), (0.12, 0.40, 0.22)))
    stick = enamel(vary.colour((0.74, 0.16, 0.12), (0.80, 0.62, 0.38), (0.16, 0.36, 0.60), (0.15, 0.42, 0.26)))
    wide, long = vary.between(0.5, 0.66), vary.between(1.6, 2.2)
    heights = [0.0, 0.45, 0.8, 0.98, 1.1, 1.3]
    halves = PchipInterpolator(
        heights,
        [(wide, 0.2), (0.86 * wide, 0.17), (0.78 * wide, 0.16), (0.62 * wide, 0.18), (0.18, 0.17), (0.12, 0.12)],
    )
    straws = _straws(np.random.default_rng(vary.whole(0, 1000)), halves)
    sewn = vary.pick(row(0.5, 0.85, 4), row(0.5, 0.85, 3), row(0.4, 0.85, 5))
    bands = [_spindle([(z + s, *(halves(z) * 1.04 + (0.012, 0.015))) for s in (-0.016, 0.016)]) for z in sewn]
    wire = [put(cylinder(0.175 - 0.012 * turn, 0.028), (0, 0, 1.13 + 0.032 * turn)) for turn in range(5)]
    return [
        part(_spindle([(z + 0.01, *(0.97 * halves(z))) for z in heights]), straw.shade(0.72)),
        *(part(each, straw.shade(shade)) for each, shade in zip(straws, (1.0, 0.86, 1.12), strict=True)),
        part(heap(*bands), cord),
        part(heap(*wire), metal()),
        part(_spindle([(1.1, 0.12, 0.12), (1.35, 0.1, 0.1)]), straw),
        part(lathe([(0, 1.2), (0.075, 1.2), (0.085, 1.2 + long - 0.1), (0.06, 1.2 + long), (0, 1.21 + long)]), stick),
    ]


def _straws(random: np.random.Generator, halves: PchipInterpolator) -> list[Shape]:
    """The straws of a broom in three heaps; `halves` are half its widths in x and y by height."""
    heaps: list[list[Shape]] = [[], [], []]
    for index in range(240):
        turn, share = random.uniform(0, np.pi), min(1.03, random.uniform(0.2, 2.2))
        levels = [1.12, 0.96, 0.6, random.uniform(-0.07, 0.04)]
        lean = random.normal(0, 0.035)
        path = []
        for z in levels:
            round_at = turn + lean * (1 - z)
            x, y = (share * halves(max(z, 0)) * (np.cos(round_at), np.sin(round_at))).tolist()
            path.append((x, y, z))
        heaps[index % 3] += spun(sweep(path, 0.016, sides=4, steps=6), 2)
    return [heap(*each) for each in heaps]


@design("syringe", 845, symmetry="y:2", yaw=30, pitch=15)
def syringe(vary: Vary) -> list[Part]:
    """A clear barrel with ticks, a black stopper above the liquid, a ribbed plunger, a long needle pointing down."""
    fill = vary.between(0.5, 1.3)
    wide, high = vary.between(0.26, 0.38), vary.between(1.7, 2.0)
    out = vary.between(0.5, 0.9)
    clear, white = plastic((0.82, 0.87, 0.90)), plastic((0.93, 0.94, 0.95))
    drug = plastic(vary.colour((0.90, 0.62, 0.20), (0.80, 0.25, 0.22), (0.55, 0.78, 0.88), (0.45, 0.72, 0.45)))
    hub = plastic(vary.colour((0.15, 0.45, 0.75), (0.90, 0.50, 0.12), (0.20, 0.60, 0.35), (0.85, 0.3, 0.5)))
    ticks = []
    for index, z in enumerate(row(0.15, high - 0.2, 17)):
        reach = 60 if index % 4 == 0 else 35
        line = [(x, y, z) for x, y in arc(wide + 0.004, -90 - reach, reach - 90, 9)]
        ticks += spun(sweep(line, 0.012, sides=6, steps=9), 2)
    ribs = [put(box(1.5 * wide, 0.05, out + 0.2), (0, 0, high + out / 2), turn) for turn in ("z0", "z90")]
    return [
        part(lathe([(0, 0), (0.09, 0), (wide, 0.07), (wide, fill), (0, fill)], smooth=False), drug),
        part(cylinder(wide + 0.003, 0.16), plastic((0.12, 0.12, 0.13)), at=(0, 0, fill)),
        part(cylinder(wide, high - fill), clear, at=(0, 0, (high + fill) / 2)),
        part(heap(*ticks), matt((0.10, 0.12, 0.15))),
        part(extrude(oval(0.62, 1.15 * wide), 0.06), white, at=(0, 0, high)),
        part(heap(*ribs), white),
        part(cylinder(1.15 * wide, 0.07), white, at=(0, 0, high + out)),
        part(lathe([(0, 0), (0.06, -0.34), (0.07, -0.3), (0.12, 0), (0.12, 0.03), (0, 0.03)], smooth=False), hub),
        part(cylinder(0.03, 1.1, 16), metal((0.92, 0.93, 0.95)), at=(0, 0, -0.8)),
    ]


def _spindle(stations: Iterable[tuple[float, ...]], square: float = 2, lobes: int = 0, straight: bool = False) -> Shape:
    """A closed skin over ovals, each given by its z, its half widths in x and y, and perhaps its shift in x.

    From `square` 2 (an ellipse) upwards the ovals come closer to rectangles; lobes are flutes along z.
    """
    table = np.array([(*station, 0.0)[:4] for station in stations])
    if not straight and len(table) > 2:
        heights = np.linspace(table[0, 0], table[-1, 0], 50)
        table = np.c_[heights, PchipInterpolator(table[:, 0], table[:, 1:])(heights)]
    corners = 96 if lobes else 48
    flutes = [1 - 0.09 * math.cos(2 * math.pi * lobes * each / corners) ** 2 * bool(lobes) for each in range(corners)]
    outline = [(x * f, y * f) for (x, y), f in zip(oval(1, 1, square, corners), flutes, strict=True)]
    return loft([[(shift + a * x, b * y, z) for x, y in outline] for z, a, b, shift in table.tolist()])
