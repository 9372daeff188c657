"""What stands or hangs in a kitchen."""

import math

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
    cog,
    cut,
    cylinder,
    disc,
    extrude,
    helix,
    hollow,
    hoop,
    lathe,
    mirrored,
    oval,
    part,
    put,
    ring,
    row,
    spun,
    stretched,
    sweep,
    union,
)
from askew_stimuli.materials import BLACK, Material, enamel, matt, metal, plastic, wood
from askew_stimuli.thing import Vary


@design("teapot", 849, yaw=-20, pitch=15)
def teapot(vary: Vary) -> list[Part]:
    """A round pot with a swan's neck, a handle and a knob on its lid."""
    glaze = enamel(
        vary.colour((0.86, 0.85, 0.78), (0.70, 0.30, 0.22), (0.25, 0.45, 0.60), (0.28, 0.50, 0.30), (0.9, 0.75, 0.3))
    )
    band = enamel(vary.colour((0.20, 0.35, 0.60), (0.88, 0.85, 0.75)))
    belly = vary.between(0.92, 1.08)
    top = vary.between(1.14, 1.50)
    body = [(0, 0.03), (0.48, 0.03), (0.52, 0), (0.6, 0), (0.64, 0.06), (belly - 0.05, 0.4), (belly, 0.75)]
    lid = [(0.56, top - 0.02), (0.5, top + 0.1), (0.3, top + 0.2), (0.1, top + 0.25), (0.07, top + 0.3)]
    spout = [(belly - 0.2, 0, 0.45), (1.2, 0, 0.55), (1.45, 0, 0.95), (1.75, 0, top)]
    handle = [(-0.78, 0, 1.1), (-1.25, 0, 1.3), (-1.6, 0, 1.0), (-1.45, 0, 0.55), (-0.9, 0, 0.42)]
    return [
        part(lathe([*body, (0.85, top - 0.2), (0.55, top), (0, top)]), glaze),
        part(lathe([*lid, (0.15, top + 0.4), (0.1, top + 0.5), (0, top + 0.52)]), glaze),
        part(sweep(spout, (0.24, 0.1)), glaze),
        part(cylinder(0.075, 0.02), matt(BLACK), at=(1.755, 0, top + 0.005), turn="y38"),
        part(stretched(sweep(handle, 0.08), y=1.4), glaze),
        part(ring(belly - 0.01, 0.03), band, at=(0, 0, 0.74)),
        part(ring(0.56, 0.025), band, at=(0, 0, top)),
    ]


@design("coffee mug", 504, yaw=-25, pitch=25)
def coffee_mug(vary: Vary) -> list[Part]:
    """A straight cup with one handle, white inside."""
    white = enamel((0.93, 0.91, 0.86))
    glaze = enamel(vary.colour((0.16, 0.36, 0.62), (0.75, 0.18, 0.15), (0.90, 0.68, 0.18), (0.20, 0.42, 0.33)))
    tall, foot = vary.between(0.85, 1.09), vary.between(0.31, 0.43)
    stripes = vary.pick(2, 1, 0, 3)
    side: list[Point2] = [(0.42, 0.25), (0.42, tall - 0.01), (0.415, tall)]
    low = [(0.0, 0.02), (foot - 0.07, 0.02), (foot - 0.05, 0.0), (foot - 0.02, 0.0), (foot, 0.02)]
    lining = [(0.0, 0.06), (foot - 0.05, 0.06), (0.385, 0.25), (0.385, tall + 0.008)]
    top, out = tall * vary.between(0.78, 0.88), vary.between(0.68, 0.8)
    bend: list[Point3] = [
        (0.39, 0, top),
        (out - 0.06, 0, top - 0.01),
        (out, 0, tall * 0.5),
        (0.6, 0, 0.22),
        (0.39, 0, 0.2),
    ]
    return [
        part(hollow([*low, *side], 0.05, smooth=False), glaze),
        part(hollow(lining, 0.03, smooth=False), white),
        part(stretched(sweep(bend, 0.05), y=1.5), vary.pick(glaze, white)),
        *(part(_band(0.42, 0.035), white, at=(0, 0, tall - 0.12 - 0.09 * number)) for number in range(stripes)),
    ]


@design("wine bottle", 907, yaw=-10, pitch=10)
def wine_bottle(vary: Vary) -> list[Part]:
    """A tall dark bottle with a slim neck, a label and a foil over the cork."""
    glass = enamel(vary.colour((0.07, 0.20, 0.10), (0.24, 0.30, 0.10), (0.20, 0.09, 0.05)))
    foil = metal(vary.colour((0.50, 0.07, 0.10), (0.75, 0.60, 0.25), (0.15, 0.15, 0.18)), rough=0.4)
    paper = matt(vary.colour((0.90, 0.86, 0.74), (0.93, 0.92, 0.90)))
    ink = matt(vary.colour((0.45, 0.08, 0.10), (0.15, 0.20, 0.35), (0.55, 0.42, 0.15)))
    fat, high = vary.between(0.36, 0.41), vary.between(1.55, 1.95)
    neck = vary.between(2.15, 2.4)
    body = [(0, 0.14), (0.2, 0.06), (fat - 0.06, 0), (fat - 0.015, 0.03), (fat, 0.1), (fat, high)]
    mouth = [(0.14, neck), (0.135, 2.85), (0.16, 2.86), (0.16, 2.94), (0.13, 2.96), (0, 2.96)]
    cap = [(0, 2.42), (0.15, 2.42), (0.147, 2.83), (0.17, 2.845), (0.17, 2.95), (0.15, 2.975), (0, 2.98)]
    lines = [(0.16, 0.03, ink), (0.06, 0.05, ink), (-0.17, 0.02, matt(BLACK)), (-0.22, 0.02, matt(BLACK))]
    middle = high * 0.5
    return [
        part(lathe([*body, (fat * 0.75, (high * 1.2 + neck) / 2.2), *mouth]), glass),
        part(lathe(cap, smooth=False), foil),
        part(_wrap(fat, high * 0.55, 130), paper, at=(0, 0, middle)),
        *(part(_wrap(fat + 0.003, thick, 80), colour, at=(0, 0, middle + at)) for at, thick, colour in lines),
        *(part(_wrap(fat + 0.003, 0.025, 130), ink, at=(0, 0, middle + at * high)) for at in (0.25, -0.25)),
        part(cylinder(0.1, 0.04), ink, at=(0, -fat + 0.005, middle + 0.29), turn="x90"),
    ]


@design("bucket", 463, yaw=-25, pitch=22)
def bucket(vary: Vary) -> list[Part]:
    """A tapering pail with a wire handle and a grip."""
    tin = metal((0.66, 0.69, 0.72))
    coat = vary.pick(tin, plastic(vary.colour((0.12, 0.35, 0.70), (0.80, 0.15, 0.12), (0.92, 0.72, 0.10))))
    top, foot, tall = 1.4, vary.between(0.9, 1.15), vary.between(2.1, 2.7)
    side = [(0.0, 0.08), (foot - 0.06, 0.08), (foot - 0.05, 0), (foot, 0), (top, tall)]
    bow: list[Point3] = [(x, 0, z) for x, z in arc((1.48, 1.4), 0, 180)]
    lean, ear = f"x{vary.between(-20, 60)}", tall - 0.3
    beads = vary.pick((0.35, 0.72), (0.8, 0.88), (0.6,))
    grip = vary.pick(wood((0.62, 0.40, 0.2), 0.5), plastic(BLACK))
    return [
        part(hollow(side, 0.05, smooth=False), coat),
        part(ring(top, 0.06), coat, at=(0, 0, tall)),
        *(part(ring(foot + (top - foot) * at, 0.035), coat, at=(0, 0, tall * at)) for at in beads),
        *(part(each, metal(), at=(0, 0, ear)) for each in both(put(cylinder(0.17, 0.1), (top - 0.02, 0, 0), "y90"))),
        part(sweep(bow, 0.035, sides=10), metal((0.6, 0.61, 0.62)), at=(0, 0, ear), turn=lean),
        part(sweep(bow[5:8], 0.11, steps=20), grip, (0, 0, ear), lean),
    ]


@design("pitcher", 725, yaw=-20, pitch=18)
def pitcher(vary: Vary) -> list[Part]:
    """A jug with a belly, a pouring lip and a large handle."""
    glaze = enamel(vary.colour((0.80, 0.76, 0.66), (0.24, 0.42, 0.55), (0.62, 0.32, 0.18), (0.90, 0.88, 0.84)))
    trim = enamel(vary.colour((0.22, 0.34, 0.55), (0.42, 0.22, 0.12), (0.35, 0.45, 0.28)))
    belly, neck, tall = vary.between(0.66, 0.86), vary.between(0.42, 0.54), vary.between(1.8, 2.3)
    side = [(0, 0.03), (0.42, 0.03), (0.45, 0), (0.52, 0), (0.54, 0.06), (belly, tall * 0.33), (neck, tall * 0.76)]
    vessel = hollow([*side, (neck + 0.03, tall * 0.88), (neck + 0.12, tall)], 0.05, sides=96)
    grip = [(-neck - 0.02, 0, tall * 0.86), (-neck - 0.45, 0, tall * 0.9), (-belly - 0.42, 0, tall * 0.6)]
    return [
        part(_lipped(vessel, tall * 0.72, tall, 0.3), glaze),
        part(
            stretched(sweep([*grip, (-belly - 0.18, 0, tall * 0.36), (-belly + 0.03, 0, tall * 0.3)], 0.075), y=1.4),
            glaze,
        ),
        *(part(_band(0.995 * belly, 0.05), trim, at=(0, 0, tall * 0.33)) for _ in range(vary.pick(1, 0))),
        part(_lipped(put(ring(neck + 0.1, 0.035), (0, 0, tall)), tall * 0.72, tall, 0.3), vary.pick(trim, glaze)),
    ]


@design("ladle", 618, yaw=-35, pitch=15)
def ladle(vary: Vary) -> list[Part]:
    """A round bowl on a long upright handle with a hook."""
    grip = vary.pick(None, plastic(BLACK), wood((0.55, 0.33, 0.16), 0.5), plastic((0.70, 0.12, 0.10)))
    steel = metal((0.78, 0.79, 0.81))
    long, deep = vary.between(2.5, 3.3), vary.between(0.34, 0.46)
    bowl = arc((0.6, deep), -90, 0, 12)
    stem = [(0.55, 0, -0.12), (0.64, 0, 0.25), (0.66, 0, 0.9), (0.72, 0, long)]
    hook = [(0.72, 0, long - 0.02), (0.7, 0, long + 0.2), (0.55, 0, long + 0.28), (0.42, 0, long + 0.15)]
    cover = sweep([(0.685, 0, long - 1.3), (0.705, 0, long - 0.5), (0.722, 0, long + 0.02)], (0.08, 0.095))
    return [
        part(hollow(bowl, 0.03, sides=64), steel),
        part(ring(0.59, 0.028), steel),
        part(stretched(sweep(stem, (0.055, 0.06)), y=2.4), steel),
        part(stretched(sweep([*hook, (0.42, 0, long)], (0.06, 0.04)), y=1.6), steel),
        *([] if grip is None else [part(stretched(cover, y=2), grip)]),
    ]


@design("corkscrew", 512, yaw=-25, pitch=10)
def corkscrew(vary: Vary) -> list[Part]:
    """A spiral of wire under two raised wings, or under a wooden bar."""
    return vary.pick(_winged, _barred)(vary)


@design("frying pan", 567, yaw=-25, pitch=40)
def frying_pan(vary: Vary) -> list[Part]:
    """A shallow black-lined pan with one long handle and rivets."""
    red, blue, grey = (0.70, 0.12, 0.10), (0.15, 0.35, 0.48), (0.30, 0.30, 0.31)
    lining = plastic(vary.colour((0.13, 0.13, 0.14), (0.15, 0.14, 0.13)))
    coat = vary.pick(
        enamel(vary.colour(red, (0.80, 0.72, 0.55), blue, (0.25, 0.42, 0.30))),
        metal((0.80, 0.81, 0.83)),
        plastic(grey),
    )
    grip = plastic(BLACK) if coat.metal == 0 else metal((0.78, 0.79, 0.80))
    deep, foot, long = vary.between(0.34, 0.6), vary.between(0.95, 1.1), vary.between(1.4, 2.1)
    side = [(0, 0), (foot - 0.04, 0), (foot, 0.03), (foot + 0.12, deep * 0.35), (1.28, deep - 0.02), (1.3, deep)]
    inner = [(radius - 0.03 if radius else 0.0, z + 0.04) for radius, z in side[:-1]] + [(1.275, deep + 0.006)]
    edge = [(0.25, 0.11), (0.5, 0.12), (long * 0.5, 0.13), (long - 0.3, 0.18), (long - 0.1, 0.17), (long, 0.07)]
    slot = [(long - 0.27 + 1.9 * x, 0.8 * y) for x, y in disc(0.075, 24)]
    tilt, at = f"y{vary.between(-16, -6)}", (1.22, 0.0, deep * 0.75)
    rivets = [put(ball(0.055), (foot + 0.16, side, deep * 0.68)) for side in (-0.12, 0.12)]
    return [
        part(hollow(side, 0.03, sides=96, smooth=False), coat),
        part(hollow(inner, 0.02, sides=96, smooth=False), lining),
        *(part(ring(radius, 0.012), metal(), at=(0, 0, -0.002)) for radius in row(0.2, foot - 0.1, 5)),
        part(extrude(mirrored(edge), 0.15, [slot]), grip, at, tilt),
        part(put(box(0.5, 0.2, 0.09), (0.2, 0, 0)), metal((0.8, 0.81, 0.83)), at, tilt),
        *(part(rivet, metal((0.85, 0.86, 0.88))) for rivet in rivets),
    ]


@design("spatula", 813, yaw=-25, pitch=10)
def spatula(vary: Vary) -> list[Part]:
    """A flat slotted blade, bent against its long handle."""
    blade = vary.pick(metal((0.72, 0.73, 0.75), rough=0.5), plastic(BLACK), metal((0.68, 0.69, 0.71), rough=0.5))
    grip = vary.pick(
        plastic((0.12, 0.12, 0.13)),
        wood((0.60, 0.38, 0.18), 0.5),
        plastic((0.70, 0.12, 0.10)),
        plastic((0.12, 0.35, 0.45)),
    )
    wide, tall, count = vary.between(0.4, 0.5), vary.between(0.85, 1.1), vary.whole(3, 5)
    edge = [(-wide, -tall + 0.05), (-wide + 0.05, -tall), (wide - 0.05, -tall), (wide, -tall + 0.05)]
    gap = 2 * wide / (count + 1)
    slot = [(-1, -tall * 0.85), (1, -tall * 0.85), (1, -tall * 0.3), (-1, -tall * 0.3)]
    middles = [gap * (each - (count - 1) / 2) for each in range(count)]
    slots = [[(x + side * gap * 0.22, z) for side, z in slot] for x in middles]
    plate = extrude([*edge, (wide * 0.85, -0.15), (0.12, 0), (-0.12, 0), (-wide * 0.85, -0.15)], 0.035, slots)
    haft = lathe([(0, 1.2), (0.07, 1.2), (0.1, 1.4), (0.09, 1.7), (0.13, 2.4), (0.13, 2.7), (0.08, 2.84), (0, 2.86)])
    haft = put(stretched(haft, 1.35, 0.75), (0, -0.03, 0))
    return [
        part(plate, blade, turn=f"x{90 - vary.between(20, 40)}"),
        part(
            stretched(sweep([(0, 0.02, -0.06), (0, 0.0, 0.1), (0, -0.05, 0.6), (0, -0.03, 1.2)], 0.045), x=1.6), blade
        ),
        part(cut(haft, put(cylinder(0.055, 1), (0, 0, 2.72), "x90")), grip),
        part(cylinder(0.085, 0.1), vary.pick(metal(), grip), at=(0, -0.03, 1.18)),
    ]


@design("goblet", 572, symmetry="y:*", pitch=18)
def goblet(vary: Vary) -> list[Part]:
    """A metal cup on a stem with a knob and a round foot."""
    gold = metal(vary.colour((1.0, 0.74, 0.34), (0.80, 0.46, 0.28), (0.80, 0.81, 0.84), (0.62, 0.64, 0.66)))
    trim = vary.pick(gold.shade(0.65), enamel((0.55, 0.08, 0.12)), enamel((0.10, 0.22, 0.50)))
    wide, deep, stem = vary.between(0.46, 0.62), vary.between(0.85, 1.25), vary.between(0.65, 1.2)
    rim = wide * vary.between(0.86, 1.1)
    foot = [(0, 0.05), (0.42, 0.02), (0.5, 0), (0.52, 0.05), (0.42, 0.1), (0.15, 0.22), (0.07, 0.4)]
    low, high = stem * 0.62, stem + deep
    knob = [(0.07, low), (0.16, low + 0.1), (0.16, low + 0.13), (0.07, low + 0.23), (0.12, stem + 0.03)]
    cup = [(0, stem), (0.14, stem + 0.01), (wide * 0.8, stem + deep * 0.22), (wide, stem + deep * 0.55), (rim, high)]
    return [
        part(lathe([*foot, *knob, (0, stem + 0.05)]), gold),
        part(hollow(cup, 0.03), gold),
        part(ring(rim - 0.012, 0.022), gold, at=(0, 0, high)),
        part(_band(wide + 0.005, 0.1), trim, at=(0, 0, stem + deep * 0.56)),
        *(part(ring(wide, 0.02), gold, at=(0, 0, stem + deep * 0.56 + side)) for side in (-0.06, 0.06)),
        part(ring(0.16, 0.025), trim, at=(0, 0, low + 0.115)),
        part(ring(0.495, 0.025), trim, at=(0, 0, 0.03)),
    ]


@design("strainer", 828, yaw=-30, pitch=45)
def strainer(vary: Vary) -> list[Part]:
    """A bowl of wire mesh or with many holes, with a handle and a hook to rest it on a pot."""
    frame = metal((0.80, 0.81, 0.83))
    deep, end = vary.between(0.5, 0.9), 1 + vary.between(1.4, 2.0)
    bowl = vary.pick(_mesh, _holed)(vary, deep)
    rest = [(-0.95, 0.22, 0.0), (-1.25, 0.18, 0.0), (-1.38, 0, -0.04), (-1.25, -0.18, 0.0), (-0.95, -0.22, 0.0)]
    rod = sweep([(0.98, 0.2, 0.0), (1.3, 0.07, 0.02), (1.8, 0.05, 0.05)], 0.035)
    haft = [(0, 1.55), (0.09, 1.55), (0.12, 1.7), (0.1, 2.0), (0.14, end - 0.2), (0.1, end), (0, end + 0.02)]
    grip = vary.pick(plastic(vary.colour(BLACK, (0.70, 0.12, 0.10))), wood((0.60, 0.38, 0.18), 0.5))
    return [
        *bowl,
        part(ring(1.0, 0.055), frame),
        part(sweep(rest, 0.035), frame),
        *(part(each, frame) for each in both(rod, "y")),
        part(stretched(lathe(haft), x=0.8, y=1.3), grip, at=(0, 0, 0.05), turn="y90"),
        part(ring(0.12, 0.03), frame, at=(end + 0.1, 0, 0.05)),
    ]


def _mesh(vary: Vary, deep: float) -> list[Part]:
    """Wires across a hemisphere, both ways."""
    wire = metal((0.85, 0.86, 0.87))
    wires = [_across(at, deep) for at in row(-0.93, 0.93, vary.whole(15, 19))]
    return [part(each, wire, turn=turn) for each in wires for turn in ("z0", "z90")]


def _holed(vary: Vary, deep: float) -> list[Part]:
    """A bowl of sheet metal, punched in circles."""
    coat = vary.pick(metal((0.82, 0.83, 0.85)), enamel((0.92, 0.91, 0.87)), enamel((0.75, 0.15, 0.12)))
    bowl = stretched(hollow(arc(1, -90, 0, 16), 0.04, 48), z=deep)
    drill = put(cylinder(0.055, 1.6, 10), (0, 0, -1))
    circles = ((8, 3), (22, 9), (36, 14), (50, 18), (64, 20))
    drills = [each for tilt, count in circles for each in spun(put(drill, turn=f"y{tilt}"), count)]
    return [part(cut(bowl, *drills), coat)]


def _winged(vary: Vary) -> list[Part]:
    """A frame with windows around the worm, two geared levers and a bottle opener on top."""
    steel = metal(vary.colour((0.80, 0.81, 0.83), (0.95, 0.66, 0.30)))
    dark = vary.pick(steel, plastic(BLACK), plastic((0.65, 0.10, 0.10)))
    wall = [(0.44, 0.1), (0.44, 0.2), (0.36, 0.45), (0.32, 1.6), (0.26, 1.6), (0.3, 0.45), (0.38, 0.2), (0.38, 0.1)]
    frame = cut(lathe([*wall, wall[0]], smooth=False), put(box(0.4, 2, 1.0), (0, 0, 1.03)))
    wing = [(0.0, 0.1), (0.6, 0.07), (1.1, 0.1), (1.35, 0.16), (1.52, 0.14), (1.6, 0.06)]
    lever = put(union(extrude(mirrored(wing), 0.13), extrude(cog(0.25, 0.2), 0.16)), turn="x90")
    raised = put(lever, (0.3, 0, 1.74), f"y-{vary.between(30, 65)}")
    top = vary.between(2.5, 2.9)
    rack = [(0.135 if step % 4 in (1, 2) else 0.1, z) for step, z in enumerate(row(1.2, top, 61))]
    return [
        *_worm(steel, 1.3),
        part(frame, steel),
        part(box(0.74, 0.3, 0.22), steel, at=(0, 0, 1.68)),
        *(part(put(box(0.74, 0.05, 0.4), (0, side, 1.72)), steel) for side in (-0.14, 0.14)),
        *(part(put(cylinder(0.07, 0.36), (side, 0, 1.76), "x90"), steel.shade(0.6)) for side in (-0.3, 0.3)),
        *(part(each, dark) for each in both(raised)),
        part(lathe([(0, 1.2), *rack, (0, top)], 32, smooth=False), steel),
        part(extrude(oval(0.55, 0.36), 0.13, [oval(0.341, 0.18)]), dark, (0, 0, top + 0.3), "x90"),
    ]


def _barred(vary: Vary) -> list[Part]:
    """A turned wooden bar across the shaft of the worm."""
    bar = [(0, -0.95), (0.12, -0.93), (0.19, -0.75), (0.16, -0.4), (0.22, 0), (0.16, 0.4), (0.19, 0.75), (0.12, 0.93)]
    timber, steel = wood(vary.colour((0.60, 0.36, 0.18), (0.75, 0.55, 0.32)), 0.6), metal((0.80, 0.81, 0.83))
    return [
        *_worm(steel, 1.4),
        part(cylinder(0.06, 1.0), steel, at=(0, 0, 1.7)),
        part(cylinder(0.12, 0.16), steel, at=(0, 0, 1.98)),
        part(lathe([*bar, (0, 0.95)]), timber, (0, 0, 2.2), "y90"),
        *(part(ring(0.165, 0.02), steel, at=(side, 0, 2.2), turn="y90") for side in (-0.4, 0.4)),
    ]


def _worm(steel: Material, tall: float) -> list[Part]:
    """The spiral of a corkscrew, its shaft and its point."""
    spiral = helix(0.12, tall / 5, 5, 0.04, steps_a_turn=24)
    point = sweep([(0.12, 0, 0.005), (0.1, -0.07, -0.04), (0.03, -0.1, -0.12)], (0.04, 0.006), steps=12)
    return [
        part(spiral, steel),
        part(point, steel),
        part(lathe([(0, tall - 0.1), (0.1, tall), (0, tall + 0.4)]), steel),
    ]


def _band(radius: float, height: float) -> Shape:
    """A thin belt that stands out of a wall of this radius."""
    return hoop(radius + 0.008, radius - 0.02, height)


def _wrap(radius: float, height: float, span: float) -> Shape:
    """A label around the front of a bottle, over `span` degrees."""
    begin, end = -90 - span / 2, span / 2 - 90
    return extrude([*arc(radius + 0.006, begin, end, 33), *arc(radius - 0.02, end, begin, 33)], height)


def _lipped(shape: Shape, low: float, high: float, reach: float) -> Shape:
    """A vessel whose rim is drawn out to a pouring lip on the right."""
    shape = shape.copy()
    x, y, z = shape.vertices.T
    pull = np.clip((z - low) / (high - low), 0, 1) ** 2 * np.exp(-((np.arctan2(y, x) / 0.45) ** 2))
    shape.vertices = np.stack([x + reach * pull, y * (1 - 0.35 * pull), z + 0.2 * reach * pull], axis=1)
    return shape


def _across(at: float, deep: float) -> Shape:
    """A wire of a hemisphere's net, across it at x = `at`."""
    radius = math.sqrt(1 - at * at)
    return sweep([(at, y, z) for y, z in arc((radius, -deep * radius), 0, 180, 9)], 0.016, sides=5, steps=18)
