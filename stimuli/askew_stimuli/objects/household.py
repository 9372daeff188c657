"""What stands, hangs or lies about in a house."""

import math
from itertools import product

import numpy as np
from scipy.interpolate import PchipInterpolator

from askew_stimuli.designs import design
from askew_stimuli.kit import (
    Part,
    Point2,
    Point3,
    Shape,
    arc,
    ball,
    box,
    cog,
    curve,
    cylinder,
    disc,
    extrude,
    folded,
    heap,
    hollow,
    hoop,
    lathe,
    loft,
    paired,
    part,
    placed,
    put,
    ring,
    rod,
    row,
    slab,
    spun,
    stretched,
    sweep,
    union,
)
from askew_stimuli.materials import BLACK, Material, cloth, enamel, matt, metal, plastic, wood
from askew_stimuli.thing import Vary

STEEL = (0.78, 0.79, 0.81)
BRASS = (0.98, 0.72, 0.34)
NAVY = (0.15, 0.17, 0.22)
NUT = 2.3  # where a guitar's strings leave its neck, from the middle of its body
CANOPIES = (
    (0.75, 0.13, 0.15),
    (0.12, 0.25, 0.55),
    (0.92, 0.75, 0.15),
    (0.25, 0.45, 0.35),
    (0.5, 0.2, 0.5),
    (0.2, 0.6, 0.7),
    (0.9, 0.45, 0.1),
)


@design("candle", 470, yaw=-25, pitch=18)
def candle(vary: Vary) -> list[Part]:
    """A burning candle with drips of wax, in a dish with a ring for the finger."""
    brass = metal(vary.colour(BRASS, (0.80, 0.81, 0.83), (0.75, 0.43, 0.25)))
    wax = plastic(vary.colour((0.93, 0.90, 0.80), (0.75, 0.12, 0.12), (0.92, 0.90, 0.86), (0.85, 0.70, 0.40)))
    high, thick, wide = vary.between(1.4, 2.6), vary.between(0.2, 0.28), vary.between(0.72, 1.0)
    stem = vary.pick(0.25, 0.25, 0.8)
    saucer = [(0, 0.04), (wide - 0.3, 0.04), (wide - 0.27, 0), (wide - 0.2, 0), (wide - 0.02, 0.07), (wide, 0.16)]
    stand = [(0, 0.02), (0.3, 0.04), (0.1, 0.12), (0.09, stem - 0.1), (0.2, stem), (0, stem + 0.01)]
    cup = [(0, stem - 0.01), (0.19, stem - 0.01), (0.3, stem + 0.1), (0.29, stem + 0.3)]
    foot, top = stem + 0.05, stem + 0.05 + high
    melted = [(thick, top - 0.03), (thick - 0.05, top), (0, top - 0.06)]
    drips = zip((20, 150, 265), (0.55, 0.3, 0.75), strict=True)
    flame = [(0, 0), (0.06, 0.03), (0.11, 0.15), (0.09, 0.3), (0.03, 0.48), (0, 0.56)]
    return [
        part(hollow(saucer, 0.05, 48), brass),
        part(lathe(stand, 32), brass),
        part(hollow(cup, 0.04, 32), brass),
        part(ring(wide - 0.02, 0.035, across=12), brass, at=(0, 0, 0.16)),
        part(stretched(ring(0.2, 0.05, across=12), y=1.5), brass, at=(wide + 0.18, 0, 0.16), turn="x90"),
        part(lathe([(0, foot), (thick, foot), *melted], 48, smooth=False), wax),
        *(part(_drip(thick, top, long), wax, turn=f"z{turn}") for turn, long in drips),
        part(sweep([(0, 0, top - 0.1), (0.01, 0, top + 0.06), (0.04, 0, top + 0.16)], 0.02, 8, 10), matt(BLACK)),
        part(lathe(flame, 24), matt((1.0, 0.72, 0.20)), at=(0.02, 0, top + 0.1)),
        part(stretched(lathe(flame, 24), 1.15, 1.15, 0.45), matt((1.0, 0.93, 0.62)), at=(0.02, 0, top + 0.09)),
    ]


@design("hourglass", 604, symmetry="y:2", yaw=-20, pitch=14)
def hourglass(vary: Vary) -> list[Part]:
    """Two bulbs of glass between wooden plates with turned posts, the sand mostly run through."""
    glass = enamel((0.76, 0.86, 0.89))
    sand = matt(vary.colour((0.87, 0.68, 0.38), (0.75, 0.25, 0.20), (0.30, 0.45, 0.70)))
    frame = vary.pick(wood((0.45, 0.25, 0.12), 0.6), wood((0.68, 0.45, 0.24), 0.6), metal(BRASS))
    wide, half, posts = vary.between(0.46, 0.6), vary.between(0.95, 1.2), vary.pick(4, 6)
    level, end, rim = vary.between(0.3, 0.65), half + 0.14, wide + 0.26
    plate = [(0, -0.14), (rim - 0.06, -0.14), (rim, -0.08), (rim, -0.02), (rim - 0.04, 0), (0, 0)]
    post = [(0, -half), (0.1, -0.95 * half), (0.05, -0.8 * half), (0.055, -0.4 * half), (0.1, -0.12 * half)]
    post = [*post, (0.06, 0), *((radius, -z) for radius, z in reversed(post))]
    pillar = put(lathe(post, 18), (wide + 0.14, 0, 0))
    return [
        part(_bulb(wide, half, 0, 1), glass),
        part(_bulb(wide, -half, 0, 1), glass),
        part(_bulb(wide + 0.006, half, 0.015, 0.2 + 0.4 * (0.65 - level)), sand),
        part(_bulb(wide + 0.006, -half, 1 - level, 0.995), sand),
        part(ring(0.06, 0.035), metal(BRASS)),
        part(lathe(plate, smooth=False), frame, at=(0, 0, end)),
        part(lathe(plate, smooth=False), frame, at=(0, 0, -end), turn="x180"),
        *(part(each, frame, turn="z45") for each in spun(pillar, posts)),
    ]


@design("padlock", 695, yaw=-25, pitch=15)
def padlock(vary: Vary) -> list[Part]:
    """A metal block with a steel shackle, a keyhole in front or a key plug underneath."""
    brass, steel = metal(vary.colour(BRASS, (0.85, 0.52, 0.30))), metal((0.90, 0.91, 0.93))
    wide, tall, deep = vary.between(1.1, 1.35), vary.between(0.9, 1.15), vary.between(0.38, 0.5)
    leg, high, top = wide / 2 - 0.24, vary.between(0.5, 0.95), tall / 2
    arch = [(x, 0, top + high - leg + z) for x, z in arc(leg, 180, 0, 17)]
    shackle = [(-leg, 0, top - 0.1), *arch, (leg, 0, top - 0.1)]
    return [
        *vary.pick(_block, _plates, _plates, _block)(brass, wide, tall, deep),
        part(sweep(shackle, 0.1, sides=24, steps=160, smooth=False), steel),
        *(part(ring(0.11, 0.03), steel.shade(0.7), at=(side, 0, top)) for side in (-leg, leg)),
        part(cylinder(0.15, 0.05), brass.shade(0.8), at=(0, 0, -top - 0.01)),
        part(box(0.04, 0.2, 0.02), matt(BLACK), at=(0, 0, -top - 0.03)),
    ]


@design("table lamp", 846, symmetry="y:4", pitch=12)
def table_lamp(vary: Vary) -> list[Part]:
    """A turned foot under a shade of cloth, with a bulb inside and a knob on top."""
    shade = cloth(vary.colour((0.93, 0.87, 0.72), (0.70, 0.25, 0.18), (0.93, 0.91, 0.86), (0.45, 0.55, 0.42)))
    glaze = enamel(vary.colour((0.14, 0.32, 0.50), (0.85, 0.80, 0.68), (0.35, 0.50, 0.40), (0.60, 0.25, 0.15)))
    brass = metal(BRASS)
    vase = [(0.2, 0.2), (0.4, 0.55), (0.42, 0.75), (0.14, 1.15)]
    post = [(0.12, 0.25), (0.2, 0.4), (0.1, 0.5), (0.09, 1.0), (0.15, 1.1)]
    globe = [(0.12, 0.16), (0.45, 0.3), (0.52, 0.6), (0.4, 0.9), (0.12, 1.1)]
    middle = vary.pick(vase, globe, post)
    foot, low = vary.between(0.4, 0.5), vary.between(1.2, 1.45)
    wide, narrow, high = vary.between(0.75, 0.95), vary.between(0.35, 0.7), vary.between(0.75, 1.0)
    wall = [(wide, low), (narrow, low + high), (narrow - 0.02, low + high), (wide - 0.02, low)]
    spoke = put(box(narrow - 0.01, 0.025, 0.025), (narrow / 2, 0, low + high - 0.08))
    stem = [(0, 0), (foot, 0), (foot, 0.05), (foot * 0.8, 0.1), *middle, (0.07, 1.2), (0, 1.22)]
    return [
        part(lathe([*wall, wall[0]], smooth=False), shade),
        part(ring(wide - 0.01, 0.015), shade.shade(0.8), at=(0, 0, low)),
        part(ring(narrow - 0.01, 0.015), shade.shade(0.8), at=(0, 0, low + high)),
        part(lathe(stem), glaze if middle is not post else wood((0.50, 0.30, 0.16), 0.6)),
        part(ring(foot - 0.01, 0.025), brass, at=(0, 0, 0.025)),
        part(cylinder(foot * 0.8, 0.02), matt((0.16, 0.28, 0.20))),
        part(cylinder(0.07, 0.35), brass, at=(0, 0, 1.36)),
        part(stretched(ball(0.15), z=1.3), matt((1.0, 0.96, 0.82)), at=(0, 0, 1.66)),
        part(cylinder(0.02, low + high - 1.7), brass, at=(0, 0, (low + high + 1.7) / 2)),
        part(ball(0.05), brass, at=(0, 0, low + high + 0.03)),
        *(part(each, brass) for each in spun(spoke, 4)),
    ]


@design("umbrella", 879, yaw=25, pitch=8)
def umbrella(vary: Vary) -> list[Part]:
    """An open canopy of eight panels on thin ribs, a stick and a crook."""
    crook = vary.pick(wood((0.50, 0.28, 0.12), 0.4), plastic(BLACK))
    first, white, dark = cloth(vary.colour(*CANOPIES), 0.06), cloth((0.92, 0.90, 0.86), 0.06), cloth(NAVY, 0.06)
    second = vary.pick(first, white, first, dark)
    steel, high, long = metal((0.80, 0.81, 0.83)), vary.between(0.38, 0.55), vary.between(1.35, 1.65)
    hook = [(0, 0, -long), (0, 0, -long - 0.14), (0.06, 0, -long - 0.24), (0.14, 0, -long - 0.26)]
    hook += [(0.23, 0, -long - 0.2), (0.25, 0, -long - 0.1)]
    ridge = (_canopy(reach, 1, high) for reach in row(0.04, 1, 8))
    rib = [(x, y, z - 0.025) for x, y, z in ridge]
    stay = [rib[4], ((rib[4][0] + 0.03) / 2, rib[4][1] / 2, -0.55), (0.03, 0, -0.75)]
    wires = [sweep(rib, 0.01, 6, 16), put(cylinder(0.016, 0.05, 12), rib[-1]), sweep(stay, 0.008, 6, 8, smooth=False)]
    panels = zip(spun(_panel(high), 8), (first, second) * 4, strict=True)
    return [
        *(part(panel, material) for panel, material in panels),
        *(part(each, steel) for wire in wires for each in spun(wire, 8)),
        part(cylinder(0.024, long + 0.02, 20), steel, at=(0, 0, -long / 2)),
        part(cylinder(0.045, 0.12), plastic(BLACK), at=(0, 0, -0.77)),
        part(lathe([(0, 0.18), (0.012, 0.17), (0.028, 0.02), (0.07, -0.03), (0, -0.04)]), metal((0.6, 0.6, 0.62))),
        part(sweep(hook, 0.038), crook),
        part(cylinder(0.042, 0.05), metal(BRASS), at=(0, 0, -long)),
    ]


@design("wall clock", 892, yaw=-25, pitch=8)
def wall_clock(vary: Vary) -> list[Part]:
    """A round or eight-sided case, a white dial with Roman numerals or ticks, and three hands."""
    painted = plastic(vary.colour((0.70, 0.12, 0.10), (0.12, 0.14, 0.2)))
    case = vary.pick(wood((0.42, 0.23, 0.11), 0.6), metal(STEEL), painted)
    sides = vary.pick(64, 64, 8)
    rim, rear = vary.between(1.02, 1.12) * (1.0 if sides == 64 else 1.15), vary.between(0.1, 0.2)
    edge = [(rim - 0.05, -rear), (rim, 0.0), (rim - 0.02, 0.12), (rim - 0.08, 0.15), (0.9, 0.09)]
    white, ink = matt((0.94, 0.93, 0.88)), matt((0.08, 0.08, 0.09))
    minutes = vary.between(0, 2 * 609)  # after twelve: a clock in a shop window shows ten past ten
    sign = vary.pick(_numeral, _tick)
    hours = [(put(each, (0, 0.7, 0.105)), f"z{-30 * hour}") for hour in range(1, 13) for each in sign(hour)]
    marks = [put(shape, turn=turn) for shape, turn in hours]
    dots = spun(put(box(0.012, 0.035, 0.01), (0, 0.86, 0.105)), 60)
    front = [
        part(lathe([(0, -rear), *edge, (0, 0.05)], sides, smooth=False), case, turn="z22.5"),
        part(cylinder(0.9, 0.02), white, at=(0, 0, 0.09)),
        part(ring(0.9, 0.025), metal(BRASS) if case.grain else case, at=(0, 0, 0.1)),
        part(heap(*marks, *dots), ink),
        part(_hand(0.5, 0.075), ink, (0, 0, 0.12), f"z{-minutes / 2}"),
        part(_hand(0.76, 0.05), ink, (0, 0, 0.135), f"z{-6 * minutes}"),
        part(_hand(0.8, 0.02), matt((0.75, 0.1, 0.08)), (0, 0, 0.15), f"z{vary.between(-200, -180)}"),
        part(cylinder(0.05, 0.06), metal(BRASS), at=(0, 0, 0.135)),
        part(box(0.5, 0.5, 0.06), plastic((0.2, 0.2, 0.21)), at=(0, 0, -rear - 0.02)),
        part(ring(0.08, 0.025), metal(STEEL), at=(0, rim * 0.75, -rear - 0.01)),
    ]
    return placed(front, turn="x90")


@design("electric fan", 545, yaw=-30, pitch=10)
def electric_fan(vary: Vary) -> list[Part]:
    """A fan for the desk: blades in a cage of wire before a motor, on a stem and a round foot."""
    body = plastic(vary.colour((0.90, 0.90, 0.87), (0.16, 0.17, 0.19), (0.35, 0.55, 0.60)))
    wire = vary.pick(metal((0.88, 0.89, 0.90)), plastic((0.93, 0.93, 0.91)))
    leaf = plastic(vary.colour((0.25, 0.48, 0.72), (0.55, 0.66, 0.72), (0.75, 0.77, 0.78)))
    count, spokes, stem = vary.pick(3, 4, 5), vary.whole(32, 48), vary.between(1.5, 1.9)
    lean = f"x{90 - vary.between(0, 12)}"
    hub = [(0, -0.15), (0.17, -0.15), (0.17, 0.08), (0.12, 0.16), (0, 0.18)]
    motor = [(0, -0.85), (0.2, -0.83), (0.3, -0.7), (0.32, -0.36), (0.25, -0.28), (0, -0.26)]
    head = [
        *_cage(wire, body, spokes),
        part(lathe(hub, 48, smooth=False), leaf.shade(0.8)),
        *(part(each, leaf) for each in spun(_blade(1.5 / count + 0.2), count)),
        part(lathe(motor), body),
        part(cylinder(0.04, 0.3), metal(STEEL), at=(0, 0, -0.2)),
    ]
    foot = [(0, 0), (0.7, 0), (0.72, 0.06), (0.6, 0.13), (0.2, 0.2), (0.12, 0.3), (0.1, stem - 0.35), (0, stem - 0.3)]
    knob = [(0, 0), (0.05, 0), (0.04, 0.14), (0.07, 0.16), (0.07, 0.22), (0, 0.23)]
    black = plastic(BLACK)
    return [
        *placed(head, (0, 0, stem), lean),
        part(lathe(foot), body, at=(0, 0.5, 0)),
        part(ring(0.45, 0.03), body.shade(0.7), at=(0, 0.5, 0)),
        *(part(cylinder(0.07, 0.06, 24), black, at=(x, 0.5 + y, 0)) for x, y in disc(0.58, 4)),
        part(box(0.2, 0.3, 0.5), body, at=(0, 0.52, stem - 0.3)),
        part(lathe(knob, 24, smooth=False), black, at=(0, 0.6, stem + 0.27)),
        *(part(box(0.09, 0.07, 0.08), black, at=(at, 0.02, 0.13)) for at in (-0.18, -0.06, 0.06, 0.18)),
    ]


@design("binoculars", 447, yaw=-35, pitch=30)
def binoculars(vary: Vary) -> list[Part]:
    """Two tubes side by side on a hinge, large lenses in front, eyepieces behind and a wheel to focus."""
    skin = matt(vary.colour((0.16, 0.16, 0.17), (0.22, 0.30, 0.18), (0.14, 0.20, 0.32), (0.35, 0.27, 0.18)))
    black, trim = plastic((0.10, 0.10, 0.11)), vary.pick(metal(STEEL), metal(BRASS), metal((0.8, 0.25, 0.1)))
    coated = vary.colour((0.25, 0.16, 0.42), (0.12, 0.32, 0.40), (0.50, 0.22, 0.15))
    long, fat = vary.between(1.1, 1.5), vary.between(0.36, 0.46)
    apart, tubes = vary.pick(_porro, _roof)(skin, fat, long)
    sight = [(0, -1.1), (0.17, -1.1), (0.17, -1.24), (0.22, -1.24), (0.25, -1.2), (0.23, -0.98), (0.19, -0.95)]
    pair = [
        *tubes,
        part(ring(fat - 0.005, 0.02), trim, at=(apart, 0, long - 0.12)),
        part(_lens(fat - 0.05), enamel(coated), at=(apart, 0, long - 0.07)),
        part(lathe([*sight, (0.19, -0.5), (0, -0.5)], 48, smooth=False), black, at=(0.37, 0, 0)),
        part(ring(0.2, 0.015), trim, at=(0.37, 0, -0.92)),
        part(_lens(0.16), enamel((0.20, 0.25, 0.36)), (0.37, 0, -1.11), "x180"),
    ]
    middle = [
        *paired(pair),
        part(cylinder(0.09, 1.6), black, at=(0, 0, -0.2)),
        part(box(0.6, 0.1, 0.12), skin, at=(0, 0.06, -0.86)),
        part(box(apart * 1.2, 0.14, 0.2), skin, at=(0, 0, 0.35)),
        part(extrude(cog(0.16, 0.147), 0.26), black, at=(0, 0.05, -0.62)),
        part(cylinder(0.1, 0.06), trim, at=(0, 0, 0.6)),
    ]
    return placed(middle, turn="x90")


@design("acoustic guitar", 402, yaw=-20, pitch=5)
def acoustic_guitar(vary: Vary) -> list[Part]:
    """A waisted body with a sound hole, a fretted neck, strings and six pegs."""
    top = wood(vary.colour((0.85, 0.62, 0.34), (0.75, 0.38, 0.14), (0.88, 0.72, 0.48), (0.35, 0.14, 0.08)), 0.6)
    dark = wood(vary.colour((0.38, 0.18, 0.10), (0.50, 0.28, 0.14)), 1.2)
    ebony, ivory, steel = plastic((0.12, 0.09, 0.08)), plastic((0.92, 0.89, 0.80)), metal((0.85, 0.86, 0.88))
    outline = _waisted(vary.between(0.52, 0.6), vary.between(0.42, 0.5), vary.between(0.74, 0.84))
    deep = vary.between(0.34, 0.44)
    knob = vary.pick(ivory, steel)
    hole = [(x, y + 0.32) for x, y in disc(0.2)]
    binding = extrude([(x * 1.012, y * 1.012) for x, y in outline], 0.025)
    guard = [(0.2, 0.34), (0.33, 0.3), (0.45, 0.05), (0.42, -0.12), (0.25, -0.14), (0.13, 0.0), (0.12, 0.14)]
    front = [
        part(extrude(outline, deep), dark, at=(0, 0, -deep / 2)),
        part(extrude(outline, 0.02, [hole]), top, at=(0, 0, 0.012)),
        part(extrude(disc(0.22), 0.006), matt((0.05, 0.04, 0.03)), at=(0, 0.32, 0.012)),
        *(part(binding, ivory, at=(0, 0, z)) for z in (-0.005, 0.015 - deep)),
        *(part(hoop(*radii, 0.006, 48), ebony, at=(0, 0.32, 0.024)) for radii in ((0.225, 0.205), (0.256, 0.244))),
        part(extrude([*guard, (0.18, 0.22)], 0.012), plastic((0.22, 0.09, 0.05)), at=(0, 0, 0.024)),
        part(slab(0.62, 0.13, 0.07, 0.05, 0.02), ebony, at=(0, -0.4, 0.05)),
        part(box(0.42, 0.025, 0.05), ivory, at=(0, -0.37, 0.085)),
        *_fretted_neck(dark, ebony, ivory, steel),
        *_head(dark, steel, knob),
        *(part(rod((x * 0.05, -0.4, 0.115), (x * 0.032, NUT, 0.115), 0.007, 5), steel) for x in row(-2.5, 2.5, 6)),
    ]
    return placed(front, turn="x90")


def _fretted_neck(timber: Material, ebony: Material, ivory: Material, steel: Material) -> list[Part]:
    """A guitar's neck, its board with frets and dots, and the nut."""
    frets = [NUT - (NUT + 0.4) * (1 - 0.5 ** (fret / 12)) for fret in range(1, 19)]
    necks = [_neck(0.13, 0.85, -0.3), _neck(0.13, 0.98, -0.16), _neck(0.12, 1.15, -0.1), _neck(0.105, NUT, -0.09)]
    dots = [(frets[at] + frets[at + 1]) / 2 for at in (1, 3, 5, 7)]
    return [
        part(loft(necks), timber),
        part(extrude([(-0.11, NUT), (-0.135, 0.55), (0.135, 0.55), (0.11, NUT)], 0.06), ebony, at=(0, 0, 0.05)),
        *(part(box(0.25, 0.014, 0.02), steel, at=(0, fret, 0.082)) for fret in frets),
        *(part(cylinder(0.018, 0.02), ivory, at=(0, dot, 0.074)) for dot in dots),
        part(box(0.23, 0.03, 0.06), ivory, at=(0, NUT, 0.085)),
    ]


def _head(timber: Material, steel: Material, knob: Material) -> list[Part]:
    """A guitar's head, bent back, with three pegs on each side."""
    right = [(0.11, 0), (0.15, 0.1), (0.17, 0.68), (0.06, 0.72)]
    parts = [
        part(extrude([*right, *((-x, y) for x, y in reversed(right))], 0.1), timber, (0, NUT - 0.01, 0.02), "x-14")
    ]
    for up in (0.2, 0.4, 0.6):
        at = (0, NUT + up, -0.25 * up)
        peg = [
            part(cylinder(0.025, 0.14, 16), steel, at=(0.102, 0, 0.09)),
            part(cylinder(0.018, 0.16, 12), steel, (0.23, 0, 0), "y90"),
            part(slab(0.11, 0.1, 0.05, 0.04, 0.012), knob, at=(0.34, 0, 0)),
        ]
        parts += placed(paired(peg), at)
    return parts


def _block(brass: Material, wide: float, tall: float, deep: float) -> list[Part]:
    """A padlock's solid body, with a keyhole in a round plate in front."""
    steel, hole = metal((0.80, 0.81, 0.83)), matt((0.05, 0.05, 0.05))
    rivets = product((-wide * 0.38, wide * 0.38), (-tall * 0.36, tall * 0.36))
    return [
        part(slab(wide, tall, deep, 0.16, 0.04), brass, turn="x90"),
        part(cylinder(0.19, 0.04), steel, at=(0, -deep / 2, -0.08), turn="x90"),
        part(cylinder(0.06, 0.05), hole, at=(0, -deep / 2, -0.05), turn="x90"),
        part(box(0.05, 0.05, 0.16), hole, at=(0, -deep / 2, -0.13)),
        *(part(cylinder(0.045, deep + 0.03), steel, (x, 0, z), "x90") for x, z in rivets),
    ]


def _plates(brass: Material, wide: float, tall: float, deep: float) -> list[Part]:
    """A padlock's body of riveted sheets, one on the other."""
    steel, blue, count = metal((0.76, 0.77, 0.79)), plastic((0.12, 0.25, 0.55)), 9
    zs = [tall * (each + 0.5) / count - tall / 2 for each in range(count)]
    rivets = product((-wide * 0.42, wide * 0.42), (-deep * 0.35, deep * 0.35))
    return [
        part(slab(wide - 0.06, deep + 0.02, tall, 0.12, 0.01), steel.shade(0.55)),
        *(part(put(slab(wide, deep + 0.1, tall / count - 0.025, 0.16, 0.012), (0, 0, z)), steel) for z in zs),
        part(slab(wide + 0.04, deep + 0.14, 0.12, 0.16, 0.03), blue, at=(0, 0, 0.05 - tall / 2)),
        *(part(cylinder(0.06, tall + 0.03), brass, at=(x, y, 0)) for x, y in rivets),
    ]


def _porro(skin: Material, fat: float, long: float) -> tuple[float, list[Part]]:
    """The right half of binoculars whose tubes stand wider apart than the eyes; where its axis is, and its parts."""
    profile = [(0, -0.1), (0.29, -0.1), (0.29, 0.2), (fat - 0.04, long * 0.6), (fat, long - 0.35), *_mouth(fat, long)]
    prism = slab(0.85, 0.62, 0.75, 0.2, 0.08)
    return 0.64, [part(lathe(profile, smooth=False), skin, (0.64, 0, 0)), part(prism, skin, at=(0.51, 0, -0.3))]


def _roof(skin: Material, fat: float, long: float) -> tuple[float, list[Part]]:
    """The right half of binoculars with straight tubes."""
    profile = [(0, -0.8), (0.24, -0.8), (0.3, -0.6), (0.3, 0.0), (fat - 0.1, 0.3), (fat, long - 0.4)]
    rest = slab(0.2, 0.3, 0.8, 0.08, 0.04)
    tube = lathe([*profile, *_mouth(fat, long)], smooth=False)
    return 0.44, [part(tube, skin, at=(0.44, 0, 0)), part(rest, skin, at=(0.13, 0, -0.1))]


def _mouth(fat: float, long: float) -> list[Point2]:
    """The end of a tube of binoculars, with the lens set back."""
    return [(fat, long - 0.02), (fat - 0.02, long), (fat - 0.05, long), (fat - 0.06, long - 0.08), (0, long - 0.08)]


def _lens(radius: float) -> Shape:
    """A flat dome."""
    edge = math.radians(61)
    dome = [(x, z - radius * math.sin(edge)) for x, z in arc((radius / math.cos(edge), radius), 61, 90, 8)]
    return lathe([(0, -0.01), (radius, -0.01), *dome], 48, smooth=False)


def _waisted(upper: float, waist: float, lower: float) -> list[Point2]:
    """The outline of a guitar's body, 2 high."""
    right = [(0, 1.0), (0.22, 0.985), (upper * 0.8, 0.86), (upper, 0.6), (waist * 1.04, 0.3), (waist, 0.13)]
    right += [(waist * 1.12, -0.08), (lower * 0.94, -0.33), (lower, -0.56), (lower * 0.86, -0.83), (lower * 0.5, -0.97)]
    return curve([*right, (0, -1.0), *((-x, y) for x, y in reversed(right[1:]))], 120, closed=True)


def _neck(half: float, y: float, low: float) -> list[Point3]:
    """A cut through a guitar's neck: flat in front, round behind."""
    return [(x, y, 0.03 + z) for x, z in arc((half, low - 0.03), 0, 180, 15)]


def _drip(thick: float, top: float, long: float) -> Shape:
    """A run of wax down the side of a candle, in the direction of x."""
    drop = lathe([(0, -0.08), (0.04, -0.065), (0.06, 0), (0.04, 0.06), (0, 0.08)], 16)
    path = [(thick - 0.05, 0, top - 0.01), (thick, 0, top - 0.08), (thick, 0, top - long)]
    return union(sweep(path, (0.035, 0.045), sides=12, steps=12), put(drop, (thick, 0, top - long - 0.02)))


def _bulb(wide: float, half: float, low: float, high: float) -> Shape:
    """A part of one bulb of an hourglass, from its neck (0) to its end (1); it hangs down if `half` is negative."""
    at = np.linspace(low, high, 40)
    knots, widths = (0, 0.05, 0.2, 0.4, 0.62, 0.85, 0.96, 1.0), (0.045, 0.06, 0.38, 0.85, 1.0, 0.83, 0.5, 0.25)
    radius = np.maximum(PchipInterpolator(knots, np.array(widths) * wide)(at), 0.045)
    profile = [(float(r), float(half * z)) for r, z in zip(radius, at, strict=True)]
    return lathe([(0, half * low), *profile, (0, half * high)], smooth=False)


def _canopy(reach: float, side: float, high: float) -> Point3:
    """A point of an umbrella: `reach` from its top (0) to its edge (1), `side` from rib to rib (-1 to 1)."""
    turn = side * np.pi / 8
    flat = np.cos(np.pi / 8) / np.cos(turn) * (1 - 0.07 * (1 - side**2) * reach)
    radius = np.sin(1.2 * reach) / np.sin(1.2) * flat / np.cos(np.pi / 8)
    z = -high * (1 - np.cos(1.2 * reach)) / (1 - np.cos(1.2))
    return float(radius * np.cos(turn)), float(radius * np.sin(turn)), float(z)


def _panel(high: float) -> Shape:
    """One of the eight panels of an umbrella, with a little thickness."""
    rings = []
    for side in row(-1, 1, 13):
        over = [_canopy(reach, side, high) for reach in row(0.01, 1, 16)]
        rings.append(folded(over, (0, 0, -0.015)))
    return loft(rings, closed=False)


def _numeral(number: int) -> list[Shape]:
    """A Roman numeral of strokes."""
    words = ("I", "II", "III", "IIII", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
    tilts = {"I": ((0.0, 0.0),), "V": ((-0.035, 15.0), (0.035, -15.0)), "X": ((0.0, 25.0), (0.0, -25.0))}
    widths = {"I": 0.05, "V": 0.13, "X": 0.12}
    word = words[number - 1]
    left, strokes = -sum(widths[letter] for letter in word) / 2, []
    for letter in word:
        middle = left + widths[letter] / 2
        strokes += [put(box(0.026, 0.19, 0.02), (middle + at, 0, 0), f"z{tilt}") for at, tilt in tilts[letter]]
        left += widths[letter]
    return strokes


def _tick(number: int) -> list[Shape]:
    """A mark for an hour, twice as broad at each quarter."""
    return [put(box(0.08 if number % 3 == 0 else 0.04, 0.2, 0.02), (0, 0.03, 0))]


def _hand(long: float, wide: float) -> Shape:
    """A clock's hand, upwards from its tail."""
    edge = [(wide * 0.35, -0.15), (wide * 0.5, long * 0.7), (0.006, long), (-0.006, long), (-wide * 0.5, long * 0.7)]
    return extrude([*edge, (-wide * 0.35, -0.15)], 0.012)


def _cage(wire: Material, body: Material, spokes: int) -> list[Part]:
    """The cage around a fan's blades: bowed wires and hoops before and behind, a rim and a badge."""
    bow = sweep([(0.16, 0.0, 0.3), (0.55, 0.0, 0.29), (0.9, 0.0, 0.2), (1.0, 0.0, 0.0)], 0.009, 5, 10)
    badge = [(0, 0.27), (0.2, 0.27), (0.2, 0.31), (0.12, 0.34), (0, 0.35)]
    hoops = ((0.98, 0.1), (0.58, 0.285), (0.98, -0.1), (0.58, -0.285))
    return [
        *(part(each, wire) for bent in (bow, put(bow, turn="x180")) for each in spun(bent, spokes)),
        *(part(ring(radius, 0.012, across=4), wire, at=(0, 0, z)) for radius, z in hoops),
        part(ring(1.0, 0.03), body),
        part(lathe(badge, 48, smooth=False), body),
    ]


def _blade(wide: float) -> Shape:
    """A fan's twisted blade, out along x."""
    rings = []
    for reach, share, pitch in ((0.12, 0.45, 40), (0.3, 0.7, 34), (0.55, 1.0, 27), (0.8, 0.95, 20), (0.88, 0.6, 18)):
        y, z = arc(wide * share / 2, pitch, pitch, 1)[0]
        bend = [(math.sqrt(max(reach**2 - (y * at) ** 2, 0.01)), y * at, z * at) for at in row(-1, 1, 7)]
        rings.append(folded(bend, (0, 0, 0.02)))
    return loft(rings)
