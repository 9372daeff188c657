"""What flies or rolls."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from askew_stimuli.designs import design
from askew_stimuli.kit import (
    Part,
    Point3,
    Shape,
    arc,
    ball,
    both,
    box,
    cut,
    cylinder,
    disc,
    extrude,
    heap,
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
    spun,
    stretched,
    sweep,
    union,
)
from askew_stimuli.materials import Material, enamel, matt, metal, plastic, wood
from askew_stimuli.thing import Vary

NIGHT = (0.08, 0.09, 0.12)
RUBBER = (0.15, 0.15, 0.16)


@design("airliner", 404, yaw=-50, pitch=20)
def airliner(vary: Vary) -> list[Part]:
    """A jet with swept wings, engines below them, rows of windows and a coloured fin."""
    long, span = vary.between(3.2, 4.1), vary.between(3.1, 3.6)
    sweepback = vary.between(1.2, 1.7)
    engines = vary.pick([0.36], [0.3, 0.62])
    white, grey = enamel((0.93, 0.94, 0.95)), plastic((0.66, 0.68, 0.71))
    livery = enamel(vary.colour((0.10, 0.22, 0.52), (0.75, 0.12, 0.12), (0.10, 0.45, 0.35), (0.92, 0.50, 0.10)))
    pod = vary.pick(livery, white, grey)
    fuselage = _airframe(long)
    belly = _fuselage([(-1.0, 0.1, -0.3), (-0.6, 0.3, -0.24), (0.9, 0.3, -0.24), (1.4, 0.1, -0.3)])
    fin = put(_wing([(0, long - 1.35, 0, 1.1), (1.15, long - 0.35, 0, 0.5)], 0.09), (0, 0, 0.22), "y-90")
    parts = [part(fuselage, white), part(belly, grey), part(fin, livery)]
    if vary.pick(False, True):
        band = cut(stretched(fuselage, 1.012, 1, 1.012), *(put(box(2, 99, 2), (0, 0, z)) for z in (1.0, -1.14)))
        parts.append(part(band, livery))
    wing = [(0.2, -0.7, -0.2, 1.7), (1.1, 0.05, -0.13, 1.05), (span, sweepback + 0.1, 0.12, 0.42)]
    tip = [(span - 0.02, sweepback + 0.1, 0.12, 0.42), (span + 0.1, sweepback + 0.35, 0.45, 0.2)]
    half = [
        part(_wing(wing, 0.12), grey),
        part(_wing(tip, 0.1), livery),
        part(_wing([(0.1, long - 1.05, 0.24, 0.75), (1.25, long - 0.35, 0.36, 0.32)], 0.09), grey),
        *_openings(long, grey),
    ]
    for share in engines:
        size = 1.0 if len(engines) == 1 else 0.8
        at = (share * span, (share - 0.36) * sweepback * 0.9 - 0.95, -0.52 + 0.35 * share + 0.05 * (1 - size))
        half += [part(stretched(each.shape, size, size, size), each.material, at) for each in _engine(pod, grey)]
    return parts + paired(half)


def _airframe(long: float) -> Shape:
    """The body of an airliner, from -`long` at its nose to `long` at its tail."""
    nose, tail = -long, long
    hull = [(nose, 0.03, -0.1), (nose + 0.04, 0.1, -0.095), (nose + 0.15, 0.19, -0.07), (nose + 0.35, 0.29, -0.04)]
    hull += [(nose + 0.8, 0.4, 0), (nose + 1.2, 0.42, 0), (tail - 2.2, 0.42, 0), (tail - 1.4, 0.36, 0.06)]
    return _fuselage([*hull, (tail - 0.6, 0.2, 0.2), (tail, 0.07, 0.3)])


def _openings(long: float, grey: Material) -> list[Part]:
    """The windows and doors on one side of an airliner."""
    dark = enamel(NIGHT)
    windows = [put(box(0.05, 0.075, 0.11), (0.4, y, 0.13)) for y in np.arange(1.15 - long, long - 2.1, 0.17).tolist()]
    doors = [put(box(0.05, 0.17, 0.34), (0.404, y, 0.02)) for y in (0.95 - long, long - 1.95)]
    pane = stretched(ball(0.06, fine=2), 1, 1.1, 0.75)
    panes = [(0.03, 0.42 - long, 0.235), (0.14, 0.45 - long, 0.215), (0.235, 0.56 - long, 0.17)]
    return [part(heap(*windows), dark), part(heap(*doors), grey), *(part(pane, dark, at) for at in panes)]


def _engine(pod: Material, grey: Material) -> list[Part]:
    """A jet engine that opens to the front, with its pylon."""
    outer = [(0.19, 0), (0.24, 0.06), (0.26, 0.3), (0.22, 0.75), (0.14, 1.0), (0.08, 1.2), (0, 1.22)]
    hub = [(0, 0.02), (0.05, 0.08), (0.185, 0.1), (0.185, 0.15), (0, 0.15)]
    return [
        part(lathe([(0, 0.14), (0.18, 0.14), *outer], sides=40, smooth=False), pod, turn="x-90"),
        part(lathe(hub, sides=32, smooth=False), enamel(NIGHT), turn="x-90"),
        part(_wing([(-0.1, 0, 0, 0.9), (0.36, 0.35, 0, 0.8)], 0.1), grey, (0, 0.4, 0.1), "y-90"),
    ]


@design("wheelbarrow", 428, yaw=-55, pitch=20)
def wheelbarrow(vary: Vary) -> list[Part]:
    """A flared steel tray on two long handles, one wheel in front, two legs behind."""
    tray = enamel(vary.colour((0.14, 0.42, 0.22), (0.72, 0.14, 0.10), (0.90, 0.55, 0.10), (0.12, 0.30, 0.62)))
    wooden = vary.pick("wood", "steel") == "wood"
    bar = wood(vary.colour((0.76, 0.57, 0.34), (0.62, 0.42, 0.24)), tile=0.8) if wooden else metal((0.74, 0.75, 0.77))
    iron = metal((0.62, 0.63, 0.66))
    rim = enamel(vary.colour((0.85, 0.85, 0.82), (0.85, 0.65, 0.12), (0.75, 0.15, 0.12)))
    wide, deep = vary.between(0.48, 0.64), vary.between(0.36, 0.6)
    base, top = 0.72, 0.72 + deep
    rail = [(0.14, -1.28, 0.42), (0.28, -0.4, base - 0.045), (0.36, 0.5, base - 0.045), (0.44, 1.6, base + 0.1)]
    grip = [(0.415, 1.25, base + 0.03), (0.444, 1.64, base + 0.108)]
    leg = [(0.34, 0.15, base - 0.08), (0.38, 0.42, 0.05), (0.38, 0.56, 0.03), (0.37, 0.75, base - 0.05)]
    brace = [(0.22, -0.8, 0.58), (0.24, -0.56, base + 0.3 * deep)]
    levels = [  # outside from the bottom up, over the rim and down the inside: half the width, front, back, height
        (0.62 * wide, -0.35, 0.5, base),
        (wide, -0.98, 0.8, top),
        (wide + 0.06, -1.04, 0.86, top),
        (wide + 0.06, -1.04, 0.86, top + 0.04),
        (wide - 0.03, -0.95, 0.77, top + 0.04),
        (0.62 * wide - 0.03, -0.32, 0.47, base + 0.04),
    ]
    shell = [
        [(x, y + (back + front) / 2, z) for x, y in rounded(2 * half, back - front, 0.16)]
        for half, front, back, z in levels
    ]
    return [
        part(loft(shell), tray),
        *(part(each, bar) for each in both(sweep(rail, 0.05))),
        *(part(each, matt(RUBBER)) for each in both(sweep(grip, 0.065))),
        *(part(each, iron) for each in both(sweep(leg, 0.032, smooth=False)) + both(sweep(brace, 0.028))),
        part(cylinder(0.03, 0.4), iron, (0, -1.25, 0.4), "y90"),
        part(cylinder(0.025, 0.74), iron, (0, 0.46, 0.16), "y90"),
        *_pressed_wheel(0.4, 0.1, rim, (0, -1.25, 0.4)),
    ]


@design("cannon", 471, yaw=-50, pitch=15)
def cannon(vary: Vary) -> list[Part]:
    """An old field gun: a ringed barrel on a wooden carriage between two great spoked wheels."""
    bronze = metal(vary.colour((0.72, 0.52, 0.24), (0.27, 0.28, 0.30), (0.55, 0.50, 0.32)), rough=0.4)
    timber = wood(vary.colour((0.62, 0.38, 0.18), (0.34, 0.42, 0.28), (0.60, 0.22, 0.14), (0.30, 0.42, 0.50)), tile=1.8)
    iron = metal((0.25, 0.25, 0.27), rough=0.5)
    big, long = vary.between(0.85, 1.1), vary.between(1.6, 2.4)
    track, height = 0.72, big + 0.22
    fat = vary.between(0.2, 0.3)
    aim = f"x{90 - vary.between(4, 12):.3f}"
    cheek = [(-0.55, -0.15), (-0.45, 0.1), (-0.1, 0.2), (0.3, 0.2), (0.5, 0.02), (2.1, -big - 0.02), (2.1, -big - 0.2)]
    cheek += [(1.85, -big - 0.2), (0.3, -0.3), (-0.4, -0.3)]
    beams = [(0, 1.0, height - 0.58), (0, 1.9, 0.12), (0, 0.55, height - 0.25)]
    spokes = vary.pick(12, 14, 10)
    return [
        part(_gun(fat, long), bronze, (0, 0, height), aim),
        part(put(cylinder(0.43 * fat, 0.02, 32), (0, 0, long - 0.4)), matt((0.04, 0.04, 0.04)), (0, 0, height), aim),
        part(cylinder(0.07, 0.66), bronze, (0, 0.02, height - 0.02), "y90"),
        *(part(extrude(cheek, 0.12, along="x"), timber, at=(x, 0.02, height - 0.02)) for x in (0.27, -0.27)),
        part(box(2 * track - 0.1, 0.16, 0.17), timber, at=(0, 0, big)),
        part(cylinder(0.05, 2 * track + 0.34), iron, (0, 0, big), "y90"),
        *(part(box(0.5, 0.14, 0.12), timber, at) for at in beams),
        *(part(box(0.14, 0.1, 0.02), iron, at=(x, 0.02, height + 0.185)) for x in (0.27, -0.27)),
        *(each for x in (track, -track) for each in _wooden_wheel(big, timber, iron, (x, 0, big), spokes)),
    ]


def _gun(fat: float, long: float) -> Shape:
    """The barrel of an old gun along z, from the knob behind it to its mouth at `long`."""
    knob = [(0, -0.95), (0.06, -0.94), (0.09, -0.88), (0.06, -0.8), (0.06, -0.76), (fat, -0.68), (fat + 0.03, -0.66)]
    breech = [(fat + 0.03, -0.58), (fat, -0.56), (fat - 0.02, 0.1), (fat + 0.01, 0.12), (fat + 0.01, 0.2)]
    chase = [(fat - 0.03, 0.22), (0.66 * fat, long - 0.3), (0.8 * fat, long - 0.28), (0.8 * fat, long - 0.22)]
    mouth = [(0.7 * fat, long - 0.2), (0.95 * fat, long - 0.03), (0.9 * fat, long), (0.42 * fat, long)]
    return lathe([*knob, *breech, *chase, *mouth, (0.42 * fat, long - 0.6), (0, long - 0.6)], smooth=False)


@design("shopping cart", 791, yaw=-50, pitch=20)
def shopping_cart(vary: Vary) -> list[Part]:
    """A basket of wire, wider behind, on a frame with four castors and a coloured bar to push."""
    wire = metal((0.86, 0.87, 0.89), rough=0.3)
    wide, long, deep = vary.between(0.46, 0.6), vary.between(1.5, 2.1), vary.between(0.65, 0.95)
    paint = plastic(vary.colour((0.78, 0.12, 0.12), (0.10, 0.30, 0.65), (0.10, 0.50, 0.28), (0.92, 0.55, 0.10)))
    low, front, back = 0.95, -0.5 * long, 0.5 * long
    top = low + deep
    floor = ((0.68 * wide, front + 0.22, low + 0.06), (0.86 * wide, back, low))  # in front, behind; on the right
    edge = ((0.80 * wide, front, top - 0.05), (wide, back, top + 0.02))
    seat = _between(floor[1], edge[1], 0.55)[0]
    feet = [(0.95 * wide, back + 0.1), (0.66 * wide, front + 0.15)]
    return [
        part(heap(*_wires(floor, edge, vary.whole(14, 18))), wire),
        part(heap(*_hoops(floor, edge)), wire),
        part(heap(*_undercarriage(wide, long, low, top)), wire),
        part(box(1.7 * seat, 0.03, 0.36), paint, at=(0, back + 0.04, top - 0.24)),
        part(cylinder(0.055, 1.9 * wide), paint, (0, back + 0.28, top + 0.14), "y90"),
        *(each for x, y in feet for side in (x, -x) for each in _castor(side, y)),
    ]


def _wires(floor: tuple[Point3, Point3], edge: tuple[Point3, Point3], count: int) -> list[Shape]:
    """The thin wires of a basket, each way; floor and edge are the ends of the right side's edges."""
    wires = []
    for share in row(0, 1, count):
        (x, y, z), brim = _between(*floor, share), _between(*edge, share)
        wires += [*both(_wire((x, y, z), brim)), _wire((-x, y, z), (x, y, z))]
    for share in row(-1, 1, 11):
        (front, back), (upper, behind) = (((share * x, y, z) for x, y, z in ends) for ends in (floor, edge))
        wires += [_wire(front, back), _wire(front, upper), _wire(back, behind)]
    return wires


def _hoops(floor: tuple[Point3, Point3], edge: tuple[Point3, Point3]) -> list[Shape]:
    """The thicker wires around a basket, from its floor up to its edge."""
    hoops = []
    for share in row(0, 1, 6):
        (x, y, z), (u, v, w) = _between(floor[0], edge[0], share), _between(floor[1], edge[1], share)
        corners = [(-u, v, w), (-x, y, z), (x, y, z), (u, v, w), (-u, v, w)]
        hoops += [_wire(a, b, 0.026 if share in (0, 1) else 0.0156) for a, b in pairwise(corners)]
    return hoops


def _wire(start: Point3, end: Point3, radius: float = 0.013) -> Shape:
    """A thin rod, of which there may be hundreds."""
    return rod(start, end, radius, sides=8)


def _undercarriage(wide: float, long: float, low: float, top: float) -> list[Shape]:
    """The frame of a shopping cart: bent tubes on both sides and what ties them."""
    front, back, middle = -0.5 * long, 0.5 * long, (0.74 * wide, -0.05 * long, 0.3)
    bent = [(0.9 * wide, back + 0.28, top + 0.14), (wide, back + 0.02, top), (0.88 * wide, back - 0.02, low)]
    side = [
        sweep([*bent, (0.95 * wide, back + 0.1, 0.28)], 0.034, smooth=False),
        rod((0.95 * wide, back + 0.1, 0.28), (0.66 * wide, front + 0.15, 0.3), 0.034),
        rod(middle, (0.68 * wide, front + 0.3, low), 0.03),
        rod((0.9 * wide, back - 0.02, low - 0.02), middle, 0.03),
    ]
    ties = [(0.95 * wide, back + 0.1), (0.66 * wide, front + 0.15), (0.8 * wide, 0.1)]
    rack = [x * wide for x in (-0.6, -0.3, 0, 0.3, 0.6)]
    return [
        *(each for one in side for each in both(one)),
        *(rod((-x, y, 0.29), (x, y, 0.29), 0.03) for x, y in ties),
        *(rod((x, back + 0.1, 0.29), (0.7 * x, front + 0.15, 0.3), 0.015) for x in rack),
    ]


def _castor(x: float, y: float) -> list[Part]:
    """A small wheel in a fork, as under shopping carts."""
    fork = [put(box(0.02, 0.1, 0.2), (x + s * 0.055, y + 0.02, 0.2)) for s in (1, -1)]
    plate = put(box(0.14, 0.12, 0.03), (x, y, 0.3))
    grey, rubber = metal((0.8, 0.81, 0.83)), matt((0.16, 0.16, 0.17))
    hub = part(cylinder(0.07, 0.085), grey, (x, y + 0.03, 0.13), "y90")
    return [part(heap(*[*fork, plate]), grey), part(cylinder(0.13, 0.07), rubber, (x, y + 0.03, 0.13), "y90"), hub]


@design("tricycle", 870, yaw=-50, pitch=15)
def tricycle(vary: Vary) -> list[Part]:
    """A child's: a large wheel with pedals in front, two small ones behind, a curved frame."""
    chrome, rubber = metal((0.85, 0.86, 0.88), rough=0.25), matt(RUBBER)
    big, small = vary.between(0.52, 0.64), vary.between(0.30, 0.38)
    paint = enamel(vary.colour((0.80, 0.12, 0.10), (0.12, 0.36, 0.70), (0.90, 0.45, 0.60), (0.15, 0.52, 0.30)))
    white = plastic(vary.colour((0.93, 0.92, 0.88), (0.95, 0.78, 0.15)))
    tall, rear, half = vary.between(1.25, 1.45), vary.between(1.35, 1.55), vary.between(0.46, 0.54)
    seat_z = vary.between(0.98, 1.1)
    cover = vary.pick(rubber, white)
    spokes = vary.pick(12, 16)
    spine = [(0, 0.2, 2 * big - 0.02), (0, 0.5, big + 0.36), (0, 0.9, big + 0.1), (0, rear - 0.05, small + 0.12)]
    right = [(0.15, 0.24, tall), (0.38, 0.3, tall + 0.14), (0.44, 0.36, tall + 0.12)]
    handle = [*((-x, y, z) for x, y, z in reversed(right)), *right]
    fork = [(0.12, 0, big), (0.12, 0.05, big + 0.4), (0.09, 0.1, 2 * big + 0.04), (0, 0.14, 2 * big + 0.12)]
    stay = [(0, rear - 0.3, small + 0.3), (0.2, rear - 0.1, small + 0.16), (0.38, rear, small + 0.03)]
    grip = rod((0.37, 0.295, tall + 0.139), (0.53, 0.44, tall + 0.09), 0.05)
    return [
        part(sweep(spine, 0.055), paint),
        part(rod((0, 0.12, 2 * big - 0.1), (0, 0.26, tall + 0.02), 0.05), paint),
        part(ball(0.07, fine=2), chrome, at=(0, 0.2, 2 * big + 0.1)),
        part(sweep(handle, 0.032), chrome),
        *(part(each, white) for each in both(grip)),
        part(_saddle(), cover, at=(0, rear - 0.5, seat_z)),
        part(rod((0, rear - 0.5, seat_z - 0.03), (0, rear - 0.42, 0.62), 0.04), chrome),
        part(cylinder(0.035, 2 * half + 0.08), chrome, (0, rear, small), "y90"),
        part(box(1.3 * half, 0.34, 0.035), paint, at=(0, rear + 0.02, small + 0.12)),
        part(box(1.1 * half, 0.26, 0.012), rubber, at=(0, rear + 0.02, small + 0.142)),
        *(part(each, paint) for each in both(sweep(fork, 0.036)) + both(sweep(stay, 0.035))),
        *placed(_pedals(white, chrome), at=(0, 0, big)),
        *_wheel(big, 0.07, paint, (0, 0, big), spokes=spokes, rim=white),
        *(each for x in (half, -half) for each in _wheel(small, 0.06, paint, (x, rear, small), spokes=10, rim=white)),
    ]


def _pedals(block: Material, chrome: Material) -> list[Part]:
    """The cranks and pedals of a tricycle about the axle of its wheel, one up and one down."""
    crank = [(0.1, 0, 0), (0.19, 0, 0), (0.21, -0.06, -0.19), (0.4, -0.06, -0.19)]
    one = [
        part(sweep(crank, 0.024, smooth=False), chrome),
        part(box(0.2, 0.17, 0.07), block, at=(0.33, -0.06, -0.19)),
    ]
    return _left_and_right(one)


def _saddle() -> Shape:
    """A tricycle's seat, narrow in front."""
    turns = [(x, y, 0.27 * x * (0.68 + 0.32 * y)) for x, y in disc(1, 40)]
    levels = [(0.7, 0.8, -0.06), (1, 1, -0.03), (1, 1, 0.03), (0.85, 0.88, 0.07), (0.4, 0.5, 0.075)]
    return loft([[(wide * across, deep * 0.32 * y, z) for _, y, across in turns] for wide, deep, z in levels])


@design("unicycle", 880, yaw=-55, pitch=12)
def unicycle(vary: Vary) -> list[Part]:
    """One wheel with wire spokes, cranks and pedals, a fork, a long post and a curved saddle."""
    chrome, black = metal((0.86, 0.87, 0.89), rough=0.25), plastic((0.14, 0.14, 0.15))
    cushion = plastic(vary.colour((0.17, 0.17, 0.18), (0.12, 0.25, 0.55), (0.70, 0.12, 0.12), (0.9, 0.65, 0.1)))
    big, post = vary.between(0.8, 1.1), vary.between(0.5, 0.95)
    paint = enamel(vary.colour((0.75, 0.12, 0.12), (0.12, 0.35, 0.72), (0.88, 0.66, 0.12), (0.84, 0.85, 0.87)))
    tyre = matt(vary.pick(RUBBER, (0.7, 0.12, 0.1), RUBBER, (0.84, 0.82, 0.77)))
    crown = 2 * big + 0.22
    up = crown + post
    fork = [(0.17, 0, big - 0.06), (0.17, 0, 2 * big), (0.15, 0, 2 * big + 0.12), (0.03, 0, crown)]
    crank = [(0.14, 0, 0), (0.22, 0, 0), (0.27, -0.3, -0.22)]
    pedal = [
        part(sweep(crank, 0.035, smooth=False), chrome),
        part(box(0.24, 0.22, 0.07), black, at=(0.43, -0.3, -0.22)),
        part(box(0.2, 0.25, 0.03), metal(), at=(0.43, -0.3, -0.22)),
        part(cylinder(0.02, 0.2), chrome, (0.35, -0.3, -0.22), "y90"),
    ]
    return [
        *_wheel(big, 0.07, chrome, (0, 0, big), spokes=vary.pick(28, 32, 24), rim=chrome, tyre=tyre, wide=0.14),
        part(cylinder(0.09, 0.34), chrome, (0, 0, big), "y90"),
        part(rod((0, 0, crown - 0.05), (0, 0, crown + 0.3), 0.06), paint),
        part(rod((0, 0, crown), (0, 0, up + 0.05), 0.045), chrome),
        part(ring(0.06, 0.025), black, at=(0, 0, crown + 0.28)),
        part(_perch(), cushion, at=(0, 0, up)),
        *(part(box(0.24, 0.08, 0.1), black, at=(0, y, up + 0.17)) for y in (-0.36, 0.36)),
        *(part(each, paint) for each in both(sweep(fork, 0.04))),
        *placed(_left_and_right(pedal), at=(0, 0, big)),
    ]


def _perch() -> Shape:
    """A unicycle's saddle, curved up at both ends and narrow in front."""
    rings = []
    for wide, z in [(0.06, 0.0), (0.16, 0.06), (0.18, 0.12), (0.14, 0.17), (0.05, 0.19)]:
        long = (0.34 + 0.25 * wide) * (1 if wide > 0.1 else 0.85)
        outline = [(wide * x * (0.8 + 0.3 * y), long * y) for x, y in disc(1, 40)]
        rings.append([(x, y, z + 0.55 * y * y) for x, y in outline])
    return loft(rings)


@design("space shuttle", 812, yaw=-50, pitch=22)
def space_shuttle(vary: Vary) -> list[Part]:
    """The orbiter: white above, black below, a double delta wing, a tall fin and three engine bells."""
    fat, long = vary.between(0.48, 0.54), vary.between(2.3, 2.7)
    white, black = enamel((0.93, 0.93, 0.91)), plastic((0.13, 0.13, 0.14))
    grey, steel = plastic(vary.colour((0.62, 0.63, 0.65))), metal((0.50, 0.49, 0.47))
    inner, outer = vary.between(0.7, 0.85), vary.between(1.55, 1.75)
    opened = vary.pick(False, True, False)
    hull = [(-long, 0.04, -0.28), (-long + 0.04, 0.12, -0.27), (-long + 0.16, 0.2, -0.23), (-long + 0.45, 0.31, -0.15)]
    hull += [(-long + 0.6, 0.38, -0.09), (-long + 0.85, 0.47, -0.02), (-long + 1.2, fat, 0.02), (1.9, fat, 0.02)]
    body = _fuselage([*hull, (2.1, fat - 0.04, 0.02)], square=2.6)
    tiles = cut(stretched(body, 1.012, 1.002, 1.012), put(box(4, 9, 2), (0, 0, 0.82)))
    cap = cut(stretched(body, 1.02, 1.004, 1.02), put(box(4, 9, 4), (0, 4.62 - long, 0)))
    delta = [(0, -1.9, -0.3, 3.8), (0.5, -1.2, -0.3, 3.1), (inner, 0.1, -0.29, 1.8), (outer, 1.05, -0.24, 0.75)]
    fin, rear = [(0, 0.95, 0, 1.15), (1.2, 1.75, 0, 0.6)], [(0, 0.92, 0, 0.2), (1.212, 1.72, 0, 0.2)]
    pod = _fuselage([(1.1, 0.03, 0.3), (1.35, 0.14, 0.33), (1.8, 0.2, 0.36), (2.25, 0.17, 0.36)])
    pane = stretched(ball(0.085, fine=2), 0.9, 0.6, 0.75)
    panes = [(0.075, 0.63, 0.275), (0.21, 0.66, 0.25), (0.315, 0.75, 0.2)]
    half = [
        part(_wing(delta, 0.055), white),
        part(_wing([(x * 1.01, y - 0.03, z - 0.025, c + 0.04) for x, y, z, c in delta], 0.05), black),
        part(pod, white, at=(0.33, 0, 0.02)),
        part(_wing([(0, 1.95, -0.42, 0.5), (0.48, 1.95, -0.42, 0.5)], 0.14), black),
        *(part(pane, black, (x, y - long, z)) for x, y, z in panes),
    ]
    bay = (1.25 - long, 1.05)
    return [
        *(_open if opened else _shut)(body, fat, bay, grey, white),
        part(tiles, black),
        part(cap, grey),
        *paired(half),
        part(_wing(fin, 0.12), white, (0, 0, 0.45), "y-90"),
        part(_wing(rear, 0.3), black, (0, 0, 0.45), "y-90"),
        part(heap(*_bells()), steel),
    ]


def _bells() -> list[Shape]:
    """The three engines of a space shuttle and two smaller ones."""
    bell = hollow([(0, 0), (0.09, 0), (0.1, 0.08), (0.15, 0.22), (0.2, 0.45)], 0.02, sides=32, smooth=False)
    small = stretched(bell, 0.6, 0.6, 0.6)
    spots = [(bell, 0, 2.02, 0.27), (bell, 0.24, 2.02, -0.12), (bell, -0.24, 2.02, -0.12)]
    spots += [(small, 0.33, 2.2, 0.4), (small, -0.33, 2.2, 0.4)]
    return [put(shape, (x, y, z), "x-90") for shape, x, y, z in spots]


def _shut(body: Shape, fat: float, bay: tuple[float, float], grey: Material, white: Material) -> list[Part]:
    """A space shuttle's body with the seams of its bay's doors."""
    first, last = bay
    ridge = put(box(0.025, last - first, 0.03), (0, (first + last) / 2, 1.012 * fat + 0.008))
    seams = [*(_rib(fat, y) for y in row(first, last, 5)), ridge]
    return [part(body, white), part(heap(*seams), grey)]


def _rib(fat: float, y: float) -> Shape:
    """A seam around the upper half of a space shuttle."""
    band = stretched(_fuselage([(y - 0.014, fat, 0.02), (y + 0.014, fat, 0.02)], square=2.6), 1.012, 1, 1.012)
    return cut(band, put(box(4, 9, 2), (0, 0, -0.9)))


def _open(body: Shape, fat: float, bay: tuple[float, float], grey: Material, white: Material) -> list[Part]:
    """A space shuttle's body with an open bay: its doors, swung out, and a cargo."""
    first, last = bay
    middle, long = (first + last) / 2, last - first
    round_room = put(cylinder(0.8 * fat, long), (0, middle, 0.16), "x90")
    room = union(round_room, put(box(1.6 * fat, long, 1), (0, middle, 0.66)))
    floor = put(hoop(0.8 * fat + 0.01, 0.77 * fat, long - 0.01, 48), (0, middle, 0.16), "x90")
    floor = cut(floor, put(box(4, 9, 2), (0, 0, 1.2)))
    shell = put(hoop(fat, 0.93 * fat, long, 48), turn="x90")
    door = cut(shell, put(box(4, 9, 4), (-2, 0, 0)), put(box(4, 9, 4), (0, 0, -2)))
    door = put(put(door, (-0.97 * fat, 0, 0)), (0.86 * fat, middle, 0.3), "y115")
    cargo = put(cylinder(0.5 * fat, 0.5 * long), (0, middle + 0.1 * long, 0.12), "x90")
    return [
        part(cut(body, room), white),
        part(floor, grey),
        part(cargo, metal((0.85, 0.70, 0.35), rough=0.4)),
        *(part(each, enamel((0.90, 0.90, 0.88))) for each in both(door)),
        part(heap(_rib(fat, first - 0.04), _rib(fat, last + 0.04)), grey),
    ]


def _left_and_right(one: Sequence[Part]) -> list[Part]:
    """A crank with its pedal on the right, and its mirror image half a turn on."""
    return [
        part(shape, each.material, turn=turn)
        for each in one
        for shape, turn in zip(both(each.shape), ("", "x180"), strict=True)
    ]


def _wheel(
    radius: float,
    thick: float,
    colour: Material,
    at: Point3,
    *,
    spokes: int,
    rim: Material,
    tyre: Material | None = None,
    wide: float = 0.0,
) -> list[Part]:
    """A wheel about the x axis with spokes of wire, crossed where there are many; `wide` is that of its hub."""
    inner = radius - 1.7 * thick
    wide = wide or 1.2 * thick
    bars = []
    for index in range(spokes):
        lean = 0 if spokes <= 20 else 25 if index % 4 < 2 else -25
        x, y = arc(0.1 * radius, lean, lean, 1)[0]
        start = (x, y, wide * (0.6 if index % 2 else -0.6))
        bars.append(put(rod(start, (inner, 0, 0), 0.014, sides=8), turn=f"z{360 * index / spokes}"))
    hub = cylinder(0.09 * radius + 0.015, 1.6 * wide, 24)
    return placed(
        [*_tyre(radius, thick, tyre or matt(RUBBER), rim), part(hub, colour), part(heap(*bars), rim)], at, "y90"
    )


def _pressed_wheel(radius: float, thick: float, colour: Material, at: Point3) -> list[Part]:
    """A wheel about the x axis of pressed steel with a hub."""
    inner = radius - 1.7 * thick
    face = [(0, 0.12), (0.1, 0.12), (0.11, 0.06), (0.3 * radius, 0.05), (inner, 0.02)]
    dish = [*((r, -z) for r, z in face), *reversed(face)]
    return placed([*_tyre(radius, thick, matt(RUBBER), colour), part(lathe(dish, smooth=False), colour)], at, "y90")


def _tyre(radius: float, thick: float, rubber: Material, rim: Material) -> list[Part]:
    """A tyre about the z axis and the rim in it."""
    inner = radius - 1.7 * thick
    flange = hoop(inner + 0.35 * thick, inner - 0.25 * thick, 1.1 * thick)
    return [part(ring(radius - thick, thick), rubber), part(flange, rim)]


def _wooden_wheel(radius: float, timber: Material, iron: Material, at: Point3, spokes: int) -> list[Part]:
    """A cart's wheel about the x axis: an iron tyre, a felloe, stout spokes and a turned hub."""
    half = [(0, 0.2), (0.09, 0.2), (0.1, 0.16), (0.15, 0.06)]
    bar = stretched(rod((0.08, 0, 0), (radius - 0.1, 0, 0), 0.045, sides=16), z=0.7)
    wheel = [
        part(hoop(radius, radius - 0.03, 0.13), iron),
        part(hoop(radius - 0.02, radius - 0.14, 0.11), timber),
        part(lathe([*((r, -z) for r, z in half), *reversed(half)]), timber),
        part(heap(*spun(bar, spokes)), timber),
        *(part(ring(0.1, 0.02), iron, at=(0, 0, z)) for z in (-0.17, 0.17)),
    ]
    return placed(wheel, at, "y90")


def _fuselage(stations: Sequence[Point3], square: float = 2) -> Shape:
    """A closed skin along y over rounds, each given by its y, its radius and its height."""
    outline = oval(1, 1, square, corners=64)
    return loft([[(radius * x, y, up + radius * z) for x, z in outline] for y, radius, up in stations])


def _wing(stations: Sequence[tuple[float, float, float, float]], thick: float) -> Shape:
    """A wing along x over foils, each given by its x, the y of its front edge, its z and its depth in y."""
    shares = [0.5 - 0.5 * x for x, _ in arc(1, 0, 180, 14)]
    foil = mirrored([(share, 1.3 * thick * share**0.5 * (1 - share) + 0.004) for share in shares])
    return loft([[(x, y + deep * s, z + deep * t) for s, t in foil] for x, y, z, deep in stations])


def _between(one: Point3, other: Point3, share: float) -> Point3:
    """A point on the line from one to the other."""
    x, y, z = ((1 - share) * a + share * b for a, b in zip(one, other, strict=True))
    return x, y, z
