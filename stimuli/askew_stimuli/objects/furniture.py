"""What one sits on, lies in, works at and puts books into."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from askew_stimuli.designs import design
from askew_stimuli.kit import (
    Part,
    Point2,
    Point3,
    Shape,
    arc,
    ball,
    both,
    box,
    cylinder,
    extrude,
    hollow,
    lathe,
    part,
    placed,
    put,
    rod,
    row,
    slab,
    strip,
    sweep,
)
from askew_stimuli.materials import Colour, Material, cloth, enamel, matt, metal, plastic, wicker, wood
from askew_stimuli.thing import Vary

OAK: Colour = (0.68, 0.48, 0.28)
WALNUT: Colour = (0.42, 0.25, 0.14)
CHERRY: Colour = (0.58, 0.28, 0.15)
PINE: Colour = (0.82, 0.63, 0.38)
BINDINGS: tuple[Colour, ...] = (
    (0.62, 0.16, 0.14),
    (0.16, 0.28, 0.50),
    (0.18, 0.38, 0.24),
    (0.88, 0.82, 0.66),
    (0.80, 0.60, 0.20),
    (0.45, 0.22, 0.42),
    (0.86, 0.45, 0.18),
    (0.30, 0.52, 0.62),
    (0.16, 0.16, 0.18),
)


@design("folding chair", 559, yaw=-38, pitch=14)
def folding_chair(vary: Vary) -> list[Part]:
    """Two frames that cross at a pivot, a seat and a back of slats or of sheet steel."""
    slatted = vary.pick(True, False)
    half, low, high = vary.between(0.20, 0.24), vary.between(0.43, 0.47), vary.between(0.82, 0.92)
    timber = _timber(vary, 0.2, OAK, PINE, CHERRY)
    frame, steel = (timber if slatted else metal((0.70, 0.71, 0.73))), metal()
    sheet = timber if slatted else enamel(vary.colour((0.78, 0.74, 0.64), (0.30, 0.42, 0.58), (0.66, 0.20, 0.18)))
    long: list[Point2] = [(-0.29, 0), (0.13, low + 0.02), (0.25, high)]
    short: list[Point2] = [(0.30, 0), (-0.20, low - 0.02)]
    legs = [*both(_leg(long, half, slatted)), *both(_leg(short, half - 0.035, slatted))]
    parts = [part(leg, frame) for leg in legs]
    parts += [part(rod((-half, y, z), (half, y, z), 0.011), frame) for y, z in ((-0.21, 0.09), (0.22, 0.08))]
    pivot = (-0.29 + 0.42 * 0.315 / (low + 0.02), 0.315)
    parts.append(part(rod((-half - 0.018, *pivot), (half + 0.018, *pivot), 0.012), steel))
    parts += [part(box(0.022, 0.42, 0.03), frame, at=(x, -0.03, low - 0.015)) for x in (half - 0.03, 0.03 - half)]
    if slatted:
        count = vary.whole(5, 7)
        slat = box(2 * half - 0.03, 0.28 / count, 0.016)
        parts += [part(slat, timber, at=(0, y, low + 0.006)) for y in row(-0.23, 0.16, count)]
    else:
        parts.append(part(slab(2 * half - 0.035, 0.42, 0.035, 0.06), sheet, at=(0, -0.03, low)))
    shares = row(0.52, 0.94, vary.whole(2, 4)) if slatted else [0.78]
    for share in shares:
        y, z = 0.13 + 0.12 * share, low + 0.02 + (high - low - 0.02) * share
        tall = 0.14 / len(shares) if slatted else 0.18
        parts.append(part(_bent(2 * half - 0.01, tall, 0.03, 0.014), sheet, at=(0, y, z), turn="x-15"))
    return parts


@design("rocking chair", 765, yaw=-38, pitch=14)
def rocking_chair(vary: Vary) -> list[Part]:
    """A wooden armchair on two runners, its back of spindles or of ladder rungs."""
    timber = _timber(vary, 0.2, CHERRY, OAK, WALNUT)
    ladder, cushion = vary.pick(False, True), vary.pick(True, False)
    half, high, bend = vary.between(0.24, 0.28), vary.between(0.66, 0.80), vary.between(1.0, 1.25)
    seat_cover = cloth(vary.colour((0.30, 0.42, 0.55), (0.68, 0.22, 0.20), (0.35, 0.48, 0.30)), tile=0.08)
    runner = [(y, bend - math.sqrt(bend**2 - y**2) + 0.02) for y in row(-0.46, 0.60, 25)]
    parts = [part(each, timber) for each in both(put(strip(runner, 0.045, 0.035, along="x"), at=(half, 0, 0)))]
    legs = [
        _turned((half, -0.26, 0.05), (half - 0.03, -0.22, 0.44), 0.022),
        _turned((half, 0.30, 0.06), (half - 0.04, 0.20, 0.44), 0.022),
        _turned((half - 0.03, -0.22, 0.44), (half + 0.02, -0.22, 0.70), 0.019),
        rod((half - 0.01, -0.25, 0.22), (half - 0.02, 0.26, 0.22), 0.011),
        put(_arm(0.58, 0.07, 0.024), at=(half + 0.025, 0.02, 0.705)),
    ]
    parts += [part(each, timber) for leg in legs for each in both(leg)]
    parts += [part(rod((-half, y, z), (half, y, z), 0.012), timber) for y, z in ((-0.245, 0.2), (0.25, 0.2))]
    parts.append(part(slab(2 * half, 0.52, 0.035, 0.07), timber, at=(0, -0.02, 0.445)))
    if cushion:
        parts.append(part(_pad(2 * half - 0.07, 0.42, 0.07), seat_cover, at=(0, -0.03, 0.485)))
    else:
        parts.append(part(slab(2 * half - 0.1, 0.40, 0.03, 0.06), wicker(tile=0.08), at=(0, -0.02, 0.453)))
    back = both(_turned((half - 0.05, 0, 0), (half - 0.01, 0, high), 0.021))
    back += both(put(ball(0.026), at=(half - 0.01, 0, high + 0.01)))
    back.append(put(_crest(2 * half - 0.02, 0.15, 0.024), at=(0, 0, high - 0.07)))
    if ladder:
        back += [put(_crest(2 * half - 0.06, 0.07, 0.02), at=(0, 0, z)) for z in row(0.18, high - 0.22, 3)]
    else:
        xs = row(0.1 - half, half - 0.1, vary.whole(5, 8))
        back += [_turned((x, 0, 0), (1.15 * x, 0, high - 0.06), 0.011) for x in xs]
    return parts + [part(each, timber, at=(0, 0.21, 0.45), turn="x-16") for each in back]


@design("dining table", 532, symmetry="y:2", yaw=-28, pitch=24)
def dining_table(vary: Vary) -> list[Part]:
    """A long table with turned or tapered legs, laid for four or six."""
    timber = _timber(vary, 0.35, OAK, CHERRY, WALNUT)
    long, deep, high = vary.between(1.6, 2.0), vary.between(0.90, 1.05), 0.74
    china, stuff = enamel((0.93, 0.92, 0.89)), cloth(vary.colour((0.72, 0.22, 0.20), (0.28, 0.40, 0.58)), tile=0.1)
    right, rear = long / 2 - 0.14, deep / 2 - 0.12
    foot = [(0, 0), (0.028, 0), (0.04, 0.06), (0.026, 0.09), (0.034, 0.13), (0.052, 0.45), (0.04, 0.5), (0.056, 0.53)]
    if vary.pick(True, False):
        leg = lathe([*foot, (0.034, 0.55), (0.034, 0.57), (0, 0.57)], sides=32)
    else:
        leg = lathe([(0, 0), (0.035, 0), (0.056, 0.57), (0, 0.57)], sides=4, smooth=False)
    parts = [part(slab(long, deep, 0.045, vary.pick(0.04, 0.22)), timber, at=(0, 0, high))]
    for spot in _corners(right, rear):
        parts.append(part(leg, timber, at=(*spot, 0), turn="z45"))
        parts.append(part(box(0.1, 0.1, 0.14), timber, at=(*spot, 0.64)))
    parts += [part(box(2 * right, 0.025, 0.1), timber.shade(0.9), at=(0, y, 0.67)) for y in (rear, -rear)]
    parts += [part(box(0.025, 2 * rear, 0.1), timber.shade(0.9), at=(x, 0, 0.67)) for x in (right, -right)]
    top = high + 0.0225
    parts.append(part(box(long + 0.012, 0.3, 0.008), stuff, at=(0, 0, top)))
    parts += [part(box(0.008, 0.3, 0.22), stuff, at=(side * (long / 2 + 0.004), 0, top - 0.106)) for side in (1, -1)]
    for x in row(0.3 - long / 2, long / 2 - 0.3, vary.pick(3, 2)):
        setting = placed(_setting(china, stuff), at=(x, 0.17 - deep / 2, top))
        parts += setting + placed(setting, turn="z180")
    return parts


@design("bookcase", 453, yaw=-26, pitch=10)
def bookcase(vary: Vary) -> list[Part]:
    """Shelves in an open case, full of books, the last of each row leaning."""
    timber = _timber(vary, 0.25, WALNUT, OAK, CHERRY)
    wide, high, deep, thick = vary.between(0.8, 1.1), vary.between(1.5, 1.9), 0.30, 0.03
    shelves = vary.whole(4, 6)
    parts = [part(box(thick, deep, high), timber, at=(x, 0, high / 2)) for x in (wide / 2, -wide / 2)]
    if vary.pick(False, False, True):
        parts.append(part(box(wide, 0.012, high - 0.02), timber.shade(0.8), at=(0, deep / 2 - 0.01, high / 2)))
    parts.append(part(box(wide + 0.1, deep + 0.04, 0.035), timber, at=(0, -0.01, high + 0.015)))
    parts.append(part(box(wide - 0.02, deep - 0.02, 0.085), timber.shade(0.9), at=(0, 0.004, 0.05)))
    floors = row(0.09, high - thick, shelves + 1)
    random = np.random.default_rng(vary.whole(0, 1000))
    for floor, ceiling in pairwise(floors):
        parts.append(part(box(wide - 0.01, deep - 0.02, 0.024), timber, at=(0, 0.004, floor)))
        parts += _books(random, wide - thick - 0.01, ceiling - floor - 0.024, floor + 0.0115)
    return parts


@design("crib", 520, yaw=-32, pitch=24)
def crib(vary: Vary) -> list[Part]:
    """A baby's bed behind bars: mattress, pillow and blanket inside."""
    timber = _timber(vary, 0.2, PINE, WALNUT, CHERRY)
    blanket = cloth(vary.colour((0.48, 0.66, 0.82), (0.90, 0.62, 0.66), (0.92, 0.82, 0.45)), tile=0.12)
    sheet = cloth((0.93, 0.92, 0.88), tile=0.1)
    long, deep, high, low = vary.between(1.15, 1.35), 0.68, vary.between(0.86, 1.0), 0.28
    panelled, head = vary.pick(False, True), vary.between(0.06, 0.16)
    x, y = long / 2, deep / 2
    parts = []
    for side, front in _corners(x, y):
        tall = high if side > 0 else high + head
        parts.append(part(box(0.05, 0.05, tall), timber, at=(side, front, tall / 2 + 0.05)))
        parts.append(part(cylinder(0.03, 0.025, 24), matt((0.16, 0.16, 0.17)), at=(side, front, 0.03), turn="y90"))
        parts.append(part(cylinder(0.012, 0.06, 16), metal(), at=(side, front, 0.04)))
    bars = row(-x, x, vary.whole(12, 16) + 2)[1:-1]
    for front in (1, -1):
        parts += [part(box(long, 0.032, 0.055), timber, at=(0, front * y, z)) for z in (high, low)]
        parts += [part(rod((at, front * y, low), (at, front * y, high), 0.011), timber) for at in bars]
    for side, top in ((-1, high + head), (1, high)):
        parts += [part(box(0.032, deep, 0.055), timber, at=(side * x, 0, z)) for z in (top, low)]
        if panelled:
            parts.append(part(box(0.02, deep, top - low), timber.shade(0.93), at=(side * x, 0, (top + low) / 2)))
        else:
            ats = row(-y, y, 9)[1:-1]
            parts += [part(rod((side * x, at, low), (side * x, at, top), 0.011), timber) for at in ats]
    parts += [part(box(0.06, deep, 0.02), timber, at=(at, 0, low)) for at in row(0.07 - x, x - 0.07, 9)]
    parts.append(part(_pad(long - 0.05, deep - 0.05, 0.13), sheet, at=(0, 0, low + 0.07)))
    parts.append(part(_pad(0.62 * long, deep - 0.04, 0.15), blanket, at=(0.16 * long, 0, low + 0.075)))
    parts.append(part(box(0.1, deep - 0.1, 0.012), sheet, at=(-0.11 * long, 0, low + 0.153)))
    parts.append(part(_pad(0.24, 0.42, 0.1), sheet, at=(-x + 0.2, 0, low + 0.17)))
    return parts


@design("desk", 526, yaw=-28, pitch=20)
def desk(vary: Vary) -> list[Part]:
    """A writing desk: drawers on one or both sides of the knees, and a leather pad on top."""
    timber = wood(vary.colour(CHERRY, OAK, WALNUT, PINE), tile=0.25)
    dark = timber.shade(0.72)
    brass = metal(vary.colour((0.80, 0.63, 0.28), (0.74, 0.75, 0.77)))
    leather = plastic(vary.colour((0.12, 0.30, 0.20), (0.35, 0.12, 0.10), (0.16, 0.17, 0.20)))
    long, deep, high = vary.between(1.3, 1.6), vary.between(0.65, 0.78), 0.75
    twin, rows, bow = vary.pick(True, False), vary.whole(2, 4), vary.pick(True, False)
    wide = 0.28 * long
    parts = [part(slab(long, deep, 0.04, 0.02), timber, at=(0, 0, high))]
    parts.append(part(box(long - 0.2, deep - 0.2, 0.01), leather, at=(0, 0, high + 0.019)))
    for side in (1, -1):
        parts.append(part(box(long - 0.185, 0.006, 0.012), brass, at=(0, side * (deep / 2 - 0.1), high + 0.02)))
        parts.append(part(box(0.006, deep - 0.194, 0.012), brass, at=(side * (long / 2 - 0.1), 0, high + 0.02)))
    body = deep - 0.07
    parts.append(part(box(long - 0.08, 0.02, 0.5), timber.shade(0.92), at=(0, body / 2 - 0.04, 0.46)))
    parts.append(part(box(long - 0.06, body - 0.02, 0.12), dark, at=(0, 0, high - 0.08)))
    drawers = [(long - 2 * wide - 0.12, 0.095, 0.0, 0.01, high - 0.08)]  # width, height, place
    for side in (1, -1):
        x = side * (long / 2 - wide / 2 - 0.03)
        if side < 0 and not twin:
            parts.append(part(box(0.04, body, high - 0.03), timber, at=(0.055 - long / 2, 0, high / 2 - 0.015)))
            continue
        parts.append(part(box(wide, body, high - 0.1), dark, at=(x, 0, high / 2 + 0.03)))
        parts.append(part(box(wide + 0.03, body + 0.03, 0.08), timber, at=(x, 0, 0.05)))
        tall = (high - 0.15) / rows
        drawers += [(wide - 0.04, tall - 0.025, x, 0.0, 0.1 + (row + 0.5) * tall) for row in range(rows)]
    for across, tall, x, y, z in drawers:
        parts += placed(_drawer(timber, brass, across, tall, bow), at=(x, y - body / 2, z))
    return parts


def _timber(vary: Vary, tile: float, *colours: Colour) -> Material:
    """One of several woods, or white paint."""
    colour, painted = vary.colour(*colours), vary.pick(False, False, True)
    return enamel((0.90, 0.89, 0.85)) if painted else wood(colour, tile)


def _turned(start: Point3, end: Point3, radius: float) -> Shape:
    """A turned spindle from one point to another, thickest in its middle, with rings near its ends."""
    along = np.subtract(end, start)
    long = float(np.linalg.norm(along))
    half = ((0.6, 0), (0.75, 0.1), (1.1, 0.13), (1.1, 0.15), (0.65, 0.18), (0.8, 0.27), (0.95, 0.38), (1, 0.5))
    line = [(thick * radius, share * long) for thick, share in half]
    shape = lathe([(0, 0), *line, *((r, long - z) for r, z in line[-2::-1]), (0, long)], sides=16, smooth=False)
    tilt, turn = np.degrees(np.arccos(along[2] / long)), np.degrees(np.arctan2(along[1], along[0]))
    return put(shape, at=start, turn=f"y{tilt} z{turn}")


def _leg(line: Sequence[Point2], x: float, flat: bool) -> Shape:
    """One leg of a folding frame, sawn from a board or bent from a tube."""
    if flat:
        return put(strip(line, 0.042, 0.022, along="x"), at=(x, 0, 0))
    return sweep([(x, y, z) for y, z in line], 0.013, smooth=False)


def _bent(wide: float, tall: float, bow: float, thick: float) -> Shape:
    """An upright board across x that bows to the back between its ends."""
    return strip([(x, bow * (1 - (2 * x / wide) ** 2)) for x in row(-wide / 2, wide / 2, 15)], thick, tall)


def _crest(wide: float, tall: float, thick: float) -> Shape:
    """The arched top board of a chair's back, upright across x."""
    arch = [(x, tall * (0.15 + 0.35 * math.cos(math.pi * x / wide))) for x in row(wide / 2, -wide / 2, 15)]
    return extrude([(-wide / 2, -tall / 2), (wide / 2, -tall / 2), *arch], thick, along="y")


def _arm(long: float, wide: float, thick: float) -> Shape:
    """An arm rest along y, broader in front."""
    front = [(x, -long / 2 - y) for x, y in arc((0.55 * wide, 0.4 * wide), 0, 180)]
    return extrude([*front, (-0.35 * wide, long / 2), (0.35 * wide, long / 2)], thick)


def _pad(x: float, y: float, z: float) -> Shape:
    """A cushion with soft edges, about the origin."""
    shape = ball(1)
    corners = np.sign(shape.vertices) * np.abs(shape.vertices) ** (0.35, 0.35, 0.6)
    shape.vertices = corners * (x / 2, y / 2, z / 2)
    return shape


def _corners(x: float, y: float) -> list[Point2]:
    """The four corners of a rectangle about the origin."""
    return [(x, y), (x, -y), (-x, y), (-x, -y)]


def _setting(china: Material, napkin: Material) -> Iterator[Part]:
    """A plate, a bowl, a glass, a knife and a fork, as seen from the chair in front of it."""
    steel = metal()
    rim = [(0, 0), (0.08, 0), (0.135, 0.016), (0.135, 0.022), (0.08, 0.008), (0, 0.008)]
    yield part(lathe(rim, sides=40, smooth=False), china)
    bowl = [(0, 0), (0.05, 0), (0.085, 0.045), (0.08, 0.045), (0.045, 0.012), (0, 0.012)]
    yield part(lathe(bowl, sides=32, smooth=False), china, at=(0, 0, 0.006))
    glass = [(0, 0), (0.032, 0), (0.032, 0.006), (0.006, 0.012), (0.006, 0.07), (0.036, 0.1), (0.034, 0.17)]
    yield part(hollow(glass, 0.004, sides=24, smooth=False), enamel((0.70, 0.82, 0.86)), at=(0.13, 0.17, 0))
    for x in (-0.17, 0.17):
        yield part(box(0.016, 0.12, 0.008), steel, at=(x, -0.04, 0.004))
        yield part(box(0.026, 0.09, 0.006), steel, at=(x, 0.06, 0.004))
    yield part(box(0.07, 0.2, 0.006), napkin, at=(-0.17, 0, 0.001))


def _books(random: np.random.Generator, wide: float, tall: float, floor: float) -> Iterator[Part]:
    """A row of books that all but fills a shelf: upright, but the last one leans."""
    paper, gold = matt((0.92, 0.89, 0.80)), plastic((0.85, 0.72, 0.38))
    x, end = -wide / 2, wide / 2 - random.uniform(0.13, 0.22)
    while x < end:
        thick, high, deep = random.uniform(0.022, 0.055), tall * random.uniform(0.68, 0.92), random.uniform(0.19, 0.24)
        cover = plastic(BINDINGS[random.integers(len(BINDINGS))])
        shift, turn = (0.0, "") if x + thick < end else (0.21 * high + 0.002, "y-12")
        for shape, material, y, z in (
            (box(thick - 0.002, deep, high), cover, 0.0, 0.5),
            (box(thick - 0.010, deep - 0.004, high + 0.004), paper, 0.006, 0.5),
            (box(thick - 0.001, 0.004, 0.014), gold, -deep / 2, 0.77),
        ):
            standing = put(shape, at=(thick / 2, y, z * high))
            yield part(standing, material, at=(x + shift, deep / 2 - 0.13, floor), turn=turn)
        x += thick


def _drawer(timber: Material, brass: Material, wide: float, tall: float, bow: bool) -> Iterator[Part]:
    """The front of a drawer with a bow handle or two knobs, and a keyhole; the origin in its middle."""
    yield part(box(wide, 0.03, tall), timber.shade(1.12))
    yield part(cylinder(0.011, 0.006, 20), brass, at=(0, -0.015, 0.32 * tall), turn="x90")
    if bow:
        yield part(box(0.15, 0.006, 0.03), brass, at=(0, -0.016, 0))
        path = [(-0.06, -0.015, 0.004), (-0.055, -0.045, -0.01), (0.055, -0.045, -0.01), (0.06, -0.015, 0.004)]
        yield part(sweep(path, 0.006, sides=10, steps=30, smooth=False), brass)
    else:
        for x in (-wide / 4, wide / 4):
            knob = [(0, 0), (0.009, 0), (0.008, 0.018), (0.018, 0.026), (0.02, 0.034), (0.012, 0.042), (0, 0.044)]
            yield part(lathe(knob, sides=20, smooth=False), brass, at=(x, -0.014, 0), turn="x90")
