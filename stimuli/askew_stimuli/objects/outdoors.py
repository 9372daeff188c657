"""What stands in streets and parks, on shores and meadows."""

from itertools import pairwise

import numpy as np
from scipy.interpolate import PchipInterpolator

from askew_stimuli.designs import design
from askew_stimuli.kit import (
    Floats,
    Part,
    Point2,
    Point3,
    Shape,
    arc,
    ball,
    box,
    curve,
    cut,
    cylinder,
    extrude,
    heap,
    hoop,
    lathe,
    loft,
    mirrored,
    part,
    placed,
    put,
    ring,
    rod,
    row,
    slab,
    spun,
    stretched,
    strip,
    sweep,
    union,
)
from askew_stimuli.materials import Colour, Material, enamel, matt, metal, plastic, rust, wicker, wood
from askew_stimuli.thing import Vary

RED: Colour = (0.74, 0.13, 0.11)
BLUE: Colour = (0.14, 0.30, 0.60)
GREEN: Colour = (0.10, 0.36, 0.20)
WHITE: Colour = (0.93, 0.93, 0.91)
SUN: Colour = (0.95, 0.76, 0.15)
RAINBOW: tuple[Colour, ...] = (RED, (0.92, 0.48, 0.12), SUN, (0.22, 0.58, 0.28), BLUE, (0.45, 0.22, 0.55))
LAMPS: tuple[tuple[Colour, Colour], ...] = (  # red, amber and green, each lit and unlit
    ((0.98, 0.10, 0.08), (0.45, 0.06, 0.05)),
    ((1.0, 0.72, 0.08), (0.48, 0.32, 0.05)),
    ((0.10, 0.95, 0.50), (0.04, 0.38, 0.20)),
)
FLAT = ((-0.11, 0.0), (0.11, 0.0), (0.11, 0.03), (-0.11, 0.03))  # a swing's seat from its side


@design("park bench", 703, yaw=-32, pitch=14)
def park_bench(vary: Vary) -> list[Part]:
    """Slats of a seat and of a leaning back between curved sides of cast iron."""
    slat = wood(vary.colour((0.62, 0.38, 0.19), (0.20, 0.38, 0.24), (0.74, 0.56, 0.34)), tile=0.25)
    iron = plastic(vary.colour((0.13, 0.16, 0.15), (0.12, 0.28, 0.20), (0.62, 0.63, 0.64)))
    half, seats, backs = vary.between(0.72, 0.92), vary.whole(4, 6), vary.whole(3, 5)
    side: list[list[Point2]] = [
        [(-0.27, 0.02), (-0.20, 0.15), (-0.21, 0.28), (-0.26, 0.43)],
        [(0.36, 0.02), (0.25, 0.2), (0.20, 0.36), (0.22, 0.5), (0.30, 0.70), (0.38, 0.9)],
        [(-0.27, 0.42), (-0.1, 0.39), (0.1, 0.375), (0.24, 0.39)],
        [(-0.25, 0.43), (-0.30, 0.56), (-0.24, 0.65), (-0.08, 0.645), (0.1, 0.62), (0.27, 0.62)],
        [(-0.20, 0.2), (-0.05, 0.26), (0.08, 0.26), (0.24, 0.2)],
    ]
    places = (half - 0.1, 0.0, 0.1 - half) if vary.pick(False, True) else (half - 0.1, 0.1 - half)
    parts = [
        part(strip(curve(line), 0.042, 0.034, along="x", round_ends=True), iron, at=(x, 0, 0))
        for x in places
        for line in side
    ]
    parts += [part(box(0.07, 0.09, 0.03), iron, at=(x, y, 0.015)) for x in places for y in (-0.27, 0.36)]
    for y in row(-0.24, 0.15, seats):
        parts.append(part(box(2 * half, 0.28 / seats, 0.032), slat, at=(0, y, 0.43 - 0.06 * (y + 0.24))))
        parts += [part(cylinder(0.011, 0.006, 12), metal(), at=(x, y, 0.448 - 0.06 * (y + 0.24))) for x in places]
    for z in row(0.53, 0.86, backs):
        y = 0.225 + 0.4 * (z - 0.5) - 0.035
        parts.append(part(box(2 * half, 0.03, 0.28 / backs), slat, at=(0, y, z), turn="x-21"))
        parts += [part(cylinder(0.011, 0.006, 12), metal(), (x, y - 0.016, z), "x90") for x in places]
    return parts


@design("mailbox", 637, yaw=-48, pitch=14)
def mailbox(vary: Vary) -> list[Part]:
    """A kerbside letter box with a round roof and a red flag on a wooden post."""
    coat = enamel(vary.colour(WHITE, (0.16, 0.17, 0.18), BLUE, GREEN, (0.76, 0.77, 0.79)))
    post, flag = wood(vary.colour((0.66, 0.48, 0.30), (0.86, 0.84, 0.80)), tile=0.25), enamel((0.84, 0.10, 0.08))
    wide, long, wall = vary.between(0.19, 0.24), vary.between(0.48, 0.56), vary.between(0.11, 0.15)
    high, up, steel = vary.between(0.46, 0.66), vary.pick(True, False), metal()
    arch = _arch(wide, wall)
    body = extrude(arch, long, along="y")
    door = extrude(_arch(wide + 0.012, wall, 0.006), 0.022, along="y")
    parts = [part(body, coat, at=(0, 0, high)), part(door, coat.shade(0.93), at=(0, -long / 2 - 0.004, high))]
    parts.append(part(door, coat.shade(0.93), at=(0, long / 2 + 0.004, high)))
    hoop = extrude(_arch(wide + 0.008, wall), 0.014, along="y")
    parts += [part(hoop, coat.shade(0.85), at=(0, y, high)) for y in (-0.3 * long, 0.3 * long)]
    latch: list[Point3] = [(0, 0, 0.03), (0, -0.035, 0.02), (0, -0.035, -0.03), (0, 0, -0.04)]
    parts.append(part(sweep(latch, 0.008, sides=10, steps=20), steel, at=(0, -long / 2 - 0.014, high + wall + 0.04)))
    parts.append(part(box(0.06, 0.02, 0.012), steel, at=(0, -long / 2 - 0.008, high + wall + wide / 2 + 0.002)))
    for x in (0.06, -0.06):
        parts.append(part(cylinder(0.01, 0.02, 12), steel, at=(x, -long / 2 - 0.01, high + 0.015), turn="x90"))
    arm = union(box(0.008, 0.025, 0.24), put(box(0.008, 0.11, 0.07), at=(0, 0.04, 0.105)))
    arm = put(arm, at=(0, 0, 0.09)) if up else put(put(arm, at=(0, 0, 0.09)), turn="x-90")
    parts.append(part(arm, flag, at=(wide / 2 + 0.012, -0.02, high + wall * 0.6)))
    parts.append(part(cylinder(0.016, 0.03, 16), steel, at=(wide / 2 + 0.008, -0.02, high + wall * 0.6), turn="y90"))
    parts.append(part(box(wide - 0.03, long - 0.04, 0.03), post, at=(0, 0, high - 0.014)))
    parts.append(part(box(0.075, 0.075, high), post, at=(0, 0.05, high / 2 - 0.01)))
    parts.append(part(box(0.05, 0.04, 0.3), post, at=(0, -0.075, high - 0.12), turn="x45"))
    return parts


@design("traffic light", 920, yaw=-22, pitch=6)
def traffic_light(vary: Vary) -> list[Part]:
    """Red, amber and green in a housing with a hood over each lamp, on a pole."""
    shell = plastic(vary.colour((0.90, 0.68, 0.10), (0.15, 0.17, 0.17), (0.14, 0.34, 0.24)))
    dark, pole = plastic((0.10, 0.11, 0.11)), metal((0.62, 0.64, 0.65))
    radius, lit, plate = vary.between(0.125, 0.14), vary.pick(0, 2, 1), vary.pick(False, True)
    step, wide, below = 2 * radius + 0.07, 2 * radius + 0.09, vary.between(0.2, 0.5)
    tall, foot = 3 * step + 0.02, -1.5 * step - below
    parts = [part(box(wide - 0.03, 0.15, tall), shell.shade(0.8), at=(0, 0.05, 0))]
    if plate:
        parts.append(part(_plate(wide + 0.22, tall + 0.22, 0.02, 0.06), dark, at=(0, 0.03, 0)))
        parts.append(part(_plate(wide + 0.25, tall + 0.25, 0.01, 0.07), enamel(WHITE), at=(0, 0.032, 0)))
    for number, (bright, dim) in enumerate(LAMPS):
        z = (1 - number) * step
        parts += [
            part(_plate(wide, step - 0.012, 0.18, 0.04), shell, at=(0, 0.05, z)),
            part(_plate(wide - 0.02, step - 0.03, 0.02, 0.035), shell.shade(0.85), at=(0, -0.045, z)),
            part(stretched(ball(radius), y=0.3), enamel(bright if number == lit else dim), at=(0, -0.045, z)),
            part(ring(radius + 0.006, 0.012), dark, (0, -0.056, z), "x90"),
            part(_hood(radius + 0.012, 0.22), dark if plate else shell, at=(0, -0.05, z)),
        ]
        parts += [part(box(0.02, 0.06, 0.04), dark, at=(wide / 2, 0.06, z + up)) for up in (0.08, -0.08)]
    parts.append(part(cylinder(0.05, tall / 2 + 0.1 - foot, 32), pole, at=(0, 0.25, (tall / 2 + 0.1 + foot) / 2)))
    parts.append(part(ball(0.058), pole, at=(0, 0.25, tall / 2 + 0.1)))
    for z in (0.38 * tall, -0.38 * tall):
        parts.append(part(box(0.05, 0.16, 0.05), pole, at=(0, 0.19, z)))
        parts.append(part(cylinder(0.062, 0.08, 32), pole.shade(0.8), at=(0, 0.25, z)))
    base = [(0, 0), (0.13, 0), (0.13, 0.03), (0.075, 0.1), (0, 0.1)]
    parts.append(part(lathe(base, smooth=False), pole.shade(0.8), at=(0, 0.25, foot - 0.02)))
    return parts


@design("street sign", 919, yaw=-30, pitch=8)
def street_sign(vary: Vary) -> list[Part]:
    """Two name plates across each other on a pole, with white bars where the names would be."""
    field = enamel(vary.colour((0.04, 0.42, 0.24), (0.10, 0.26, 0.58), (0.60, 0.10, 0.10)))
    band, pole = enamel((0.95, 0.95, 0.93)), metal((0.70, 0.71, 0.73))
    long, tall, high = vary.between(0.66, 0.82), vary.between(0.16, 0.2), vary.between(0.5, 0.75)
    words = vary.pick((0.42, 0.18), (0.22, 0.38), (0.2, 0.14, 0.2))
    parts = [part(cylinder(0.028, high, 32), pole, at=(0, 0, high / 2))]
    parts.append(part(lathe([(0, 0), (0.09, 0), (0.09, 0.02), (0.04, 0.05), (0, 0.05)], smooth=False), pole))
    for z, turn in ((high + 0.02 + tall / 2, "z0"), (high + 0.06 + 1.5 * tall, "z90")):
        parts.append(part(box(0.12, 0.04, 0.05), pole.shade(0.8), at=(0, 0, z - tall / 2 - 0.01), turn=turn))
        plates = [(_plate(long, tall, 0.012, 0.02), band, 0.0, 0.0)]
        plates.append((_plate(long - 0.02, tall - 0.02, 0.018, 0.012), field, 0.0, 0.0))
        x = -(sum(words) + 0.05 * (len(words) - 1)) / 2 - 0.05
        for word in words:
            plates.append((_plate(word * long, 0.36 * tall, 0.024, 0.008), band, (x + word / 2) * long, 0.0))
            x += word + 0.05
        plates.append((_plate(0.07, 0.17 * tall, 0.024, 0.004), band, 0.42 * long, 0.28 * tall))
        for shape, material, right, up in plates:
            parts.append(part(put(shape, at=(right, 0, up)), material, at=(0, 0, z), turn=turn))
    parts.append(part(box(0.12, 0.04, 0.05), pole.shade(0.8), at=(0, 0, high + 0.06 + tall)))
    parts.append(part(ball(0.03), pole, at=(0, 0, high + 0.08 + 2 * tall)))
    return parts


@design("lighthouse", 437, yaw=-20, pitch=8)
def lighthouse(vary: Vary) -> list[Part]:
    """A tapering tower in bands of red and white, with a gallery, a lantern of glass and a dome, on a rock."""
    band = matt(vary.colour(RED, (0.16, 0.17, 0.20), (0.14, 0.30, 0.55)))
    white, iron = matt((0.93, 0.92, 0.89)), plastic((0.20, 0.21, 0.22))
    dome = enamel(vary.colour(RED, (0.20, 0.21, 0.22)))
    high, foot, top = vary.between(2.6, 3.4), vary.between(0.48, 0.58), vary.between(0.28, 0.34)
    count = vary.pick(5, 7, 3)
    zs = np.linspace(0, high, count + 1)
    radii = top + (foot - top) * (1 - zs / high) ** 1.4
    parts = []
    for number in range(count):
        line = [(0, zs[number]), (radii[number], zs[number]), (radii[number + 1], zs[number + 1]), (0, zs[number + 1])]
        parts.append(part(lathe(line, smooth=False), white if number % 2 else band))
    for share, degrees in ((0.28, 15), (0.52, 15), (0.76, 15), (0.4, 195), (0.64, 195), (0.3, 105), (0.7, 285)):
        out = top + (foot - top) * (1 - share) ** 1.4
        pane, sill = put(box(0.11, 0.1, 0.17), at=(0, 0.03, 0)), put(box(0.15, 0.1, 0.03), at=(0, 0.015, -0.1))
        parts.append(part(put(pane, at=(0, -out, share * high)), iron, turn=f"z{degrees}"))
        parts.append(part(put(sill, at=(0, -out, share * high)), white, turn=f"z{degrees}"))
    door = extrude(_arch(0.22, 0.26), 0.12, along="y")
    parts.append(part(door, iron, at=(0, 0.04 - foot, 0)))
    parts += placed(_lantern(top, white, iron, dome), at=(0, 0, high))
    parts.append(part(_rock(foot + 0.24, 0.36), rust((0.36, 0.34, 0.32), tile=0.5), at=(0, 0, -0.12)))
    return parts


@design("canoe", 472, yaw=-28, pitch=30)
def canoe(vary: Vary) -> list[Part]:
    """A slim open boat, pointed at both ends, with caned seats, thwarts, ribs and a paddle across them."""
    paint = enamel(vary.colour((0.74, 0.16, 0.12), (0.12, 0.40, 0.28), (0.16, 0.36, 0.62), (0.86, 0.62, 0.16)))
    paint = vary.pick(paint, wood((0.64, 0.36, 0.18), tile=0.3), paint, metal((0.76, 0.78, 0.80)))
    ash = wood((0.80, 0.60, 0.36), tile=0.2)
    inside = vary.pick(wood((0.66, 0.44, 0.24), tile=0.2), matt((0.66, 0.72, 0.70)))
    half, beam, deep = vary.between(1.6, 1.9), vary.between(0.40, 0.46), vary.between(0.36, 0.42)
    rise = vary.between(0.14, 0.26)
    along = np.sin(np.linspace(-np.pi / 2, np.pi / 2, 61))
    wide = beam * (1 - np.abs(along) ** 2.2) ** 0.9 + 0.016
    brim = deep + rise * np.abs(along) ** 3
    keel = 0.85 * brim * np.clip((np.abs(along) - 0.84) / 0.16, 0, 1) ** 2.5
    skin = np.stack([half * along, wide, keel, brim], axis=1)
    parts = [part(_hull(skin, 0, 0.008), paint), part(_hull(skin, 0.008, 0.016), inside)]
    for side in (1, -1):
        line = [(float(half * x), float(side * w), float(b)) for x, w, b in zip(along, wide, brim, strict=True)]
        parts.append(part(sweep(line, 0.022, sides=10, steps=80), ash))
        stripe = [(x, y + side * 0.002, z - 0.045) for x, y, z in line[4:-4]]
        parts.append(part(sweep(stripe, 0.012, sides=8, steps=80), enamel(WHITE)))
        rows = skin[-1:-12:-1] * (side, 1, 1, 1)
        deck = [[(x, -y, z), (x, y, z), (x, y, z + 0.02), (x, -y, z + 0.02)] for x, y, _, z in rows.tolist()]
        parts.append(part(loft(deck), ash))
    for share in row(-0.8, 0.8, 15):
        y, z = float(np.interp(share, along, wide)), float(np.interp(share, along, brim))
        rib = [(half * share, b, c) for b, c in _section(y, 0.0, z, 0.022)]
        parts.append(part(sweep(rib, 0.014, sides=8, steps=30), ash))
    parts.append(part(box(1.66 * half, 0.03, 0.03), ash, at=(0, 0, -0.008)))
    for share, broad, below in ((-0.58, 0.24, 0.10), (0.5, 0.24, 0.10), (0.0, 0.07, 0.02), (-0.3, 0.05, 0.02)):
        seat = below > 0.05  # or else a thwart
        y = float(np.interp(abs(share) + broad / 2 / half, along, wide)) - (0.03 if seat else 0.012)
        at = (half * share, 0, float(np.interp(share, along, brim)) - below)
        parts.append(part(box(broad, 2 * y, 0.03), ash, at))
        if seat:
            parts.append(part(box(broad - 0.06, 2 * y - 0.12, 0.036), wicker(tile=0.1), at))
    blade = enamel(vary.colour((0.93, 0.90, 0.82), (0.85, 0.68, 0.12)))
    return parts + placed(_paddle(ash, blade), at=(0.15, 0, deep + 0.024), turn="z16 y-2")


@design("balloon", 417, symmetry="y:4", yaw=-20, pitch=-6)
def balloon(vary: Vary) -> list[Part]:
    """A hot-air balloon of coloured gores, with a wicker basket on ropes under its mouth."""
    palette = vary.pick(RAINBOW, (RED, WHITE), (BLUE, SUN, RED), (SUN, RED), (GREEN, WHITE, SUN))
    dyes = [matt(colour) for colour in palette]
    slant, high = vary.pick(0, 1, 1, 2), vary.between(2.35, 2.7)
    shares, radii = (0, 0.2, 0.42, 0.63, 0.8, 0.93, 0.99, 1), (0.24, 0.55, 0.85, 1.0, 0.92, 0.6, 0.2, 0.04)
    rows = np.linspace(0, 1, 37) ** 0.9
    heights, widths = high * rows, PchipInterpolator(shares, radii)(rows)
    parts = []
    for gore in range(24):
        for block in range(6 if slant else 1):
            piece = slice(6 * block, 6 * block + 7) if slant else slice(0, 37)
            dye = dyes[(gore + block * slant) % len(dyes)]
            parts.append(part(_gore(widths[piece], heights[piece], gore * 15, 15), dye))
    parts.append(part(cylinder(0.1, 0.03), dyes[0], at=(0, 0, high)))
    skirt = [(0.20, -0.16), (0.215, -0.16), (0.25, 0.0), (0.235, 0.0), (0.20, -0.16)]
    parts.append(part(lathe(skirt, smooth=False), dyes[-1]))
    return parts + _basket(vary.between(0.30, 0.36))


@design("barrel", 427, symmetry="y:*+flip", pitch=24)
def barrel(vary: Vary) -> list[Part]:
    """Bulging oak staves held by iron hoops, with sunk heads of boards."""
    oak = wood(vary.colour((0.66, 0.44, 0.24), (0.50, 0.32, 0.18), (0.74, 0.56, 0.36)), tile=0.3)
    iron = vary.pick(metal((0.60, 0.61, 0.63), 0.5), rust((0.34, 0.27, 0.23), 0.3), plastic((0.16, 0.16, 0.17)))
    belly, end, count = vary.between(0.44, 0.52), vary.between(0.35, 0.39), vary.whole(18, 24)
    zs = np.linspace(-0.6, 0.6, 21)
    radii = end + (belly - end) * (1 - (zs / 0.6) ** 2)
    inner = [(float(r) - 0.012, float(z)) for r, z in zip(radii, zs, strict=True) if abs(z) < 0.56]
    parts = [part(lathe([(0, inner[0][1]), *inner, (0, inner[-1][1])], smooth=False), oak.shade(0.45))]
    parts += [part(_stave(radii, zs, 360 / count * number, 345 / count), oak) for number in range(count)]
    for z in vary.pick((0.55, 0.40, 0.19), (0.54, 0.36), (0.55, 0.43, 0.31, 0.14)):
        for up in (1, -1):
            low, top = (float(np.interp(z + step, zs, radii)) for step in (-0.03, 0.03))
            hoop = [(low - 0.02, z - 0.03), (low + 0.012, z - 0.03), (top + 0.012, z + 0.03), (top - 0.02, z + 0.03)]
            shape = lathe([*hoop, hoop[0]], smooth=False)
            parts.append(part(shape, iron, turn="x0" if up > 0 else "x180"))
    edges = np.linspace(-1, 1, 7) * end
    for up in (1, -1):
        parts.append(part(cylinder(end - 0.004, 0.01), oak.shade(0.5), at=(0, 0, up * 0.552)))
        for left, right in pairwise(edges):
            ys = np.linspace(left + 0.004, right - 0.004, 9)
            reach = np.sqrt(np.clip((end - 0.006) ** 2 - ys**2, 0, None))
            board = extrude(mirrored(list(zip(ys.tolist(), reach.tolist(), strict=True))), 0.012)
            parts.append(part(board, oak.shade(0.95), (0, 0, up * 0.556), "z90"))
    return parts


@design("swing", 843, symmetry="y:2", yaw=-32, pitch=10)
def swing(vary: Vary) -> list[Part]:
    """A seat on two chains from the bar of a frame with splayed legs; sometimes two of them."""
    tube = enamel(vary.colour((0.16, 0.36, 0.66), (0.20, 0.50, 0.28), (0.90, 0.70, 0.14), (0.72, 0.18, 0.14)))
    seat = plastic(vary.colour((0.86, 0.16, 0.12), (0.94, 0.78, 0.12), (0.12, 0.13, 0.14)))
    chain, cap = metal((0.80, 0.81, 0.83)), plastic((0.14, 0.14, 0.15))
    count, high, spread = vary.pick(1, 2), vary.between(1.6, 1.9), vary.between(0.55, 0.75)
    half, low, wide = 0.45 + 0.35 * count, 0.40, 0.25
    parts = [part(rod((-half - 0.08, 0, high), (half + 0.08, 0, high), 0.042), tube)]
    for x in (half, -half):
        parts.append(part(cylinder(0.055, 0.12, 24), cap, (x, 0, high), "y90"))
        lean, share = 0.12 if x > 0 else -0.12, 1 - 0.55 / high
        bar = [(x + share * lean, y * share, 0.55) for y in (-spread, spread)]
        parts.append(part(rod(bar[0], bar[1], 0.026), tube))
        for y in (spread, -spread):
            parts.append(part(rod((x, 0, high), (x + lean, y, 0.02), 0.036), tube))
            parts.append(part(cylinder(0.06, 0.05, 24), cap, at=(x + lean, y, 0.025)))
    for middle in (-0.4, 0.4) if count == 2 else (0.0,):
        bow = [(middle + x, low + 0.09 * (x / wide) ** 2) for x in row(-wide, wide, 13)]
        parts.append(part(loft([[(x, y, z + t) for y, t in FLAT] for x, z in bow]), seat))
        for x in (middle - wide + 0.02, middle + wide - 0.02):
            zs = row(low + 0.08, high - 0.06, 26)
            links = [put(_link(), (x, 0, z), f"z{90 * (number % 2)}") for number, z in enumerate(zs)]
            parts.append(part(heap(*links), chain))
            parts.append(part(cylinder(0.052, 0.03, 24), chain, (x, 0, high), "y90"))
    return parts


def _arch(wide: float, wall: float, below: float = 0.0) -> list[Point2]:
    """The outline of a letter box: upright walls under half a circle."""
    top = [(x, wall + z) for x, z in arc(wide / 2, 0, 180, 33)]
    return [(-wide / 2, -below), (wide / 2, -below), *top]


def _plate(wide: float, tall: float, thick: float, corner: float) -> Shape:
    """An upright plate with round corners across x, about the origin."""
    return put(slab(wide, tall, thick, corner), turn="x90")


def _hood(radius: float, long: float) -> Shape:
    """The hood over a lamp: a tube towards the front, its lower half cut away aslant."""
    tube = put(hoop(radius + 0.012, radius, long), at=(0, -long / 2, 0), turn="x90")
    below = [(-0.03, -1), (-0.03, -0.9 * radius), (-long - 0.01, 0.1 * radius), (-long - 0.01, -1)]
    return cut(tube, extrude(below, 2, along="x"))


def _link() -> Shape:
    """One long link of a chain, upright."""
    return stretched(put(ring(0.022, 0.008, around=12, across=6), turn="x90"), z=1.5)


def _rock(radius: float, tall: float) -> Shape:
    """A rough flat rock."""
    shape = ball(1)
    x, y, z = shape.vertices.T
    rough = 1 + 0.10 * np.sin(5 * x + 2 * z) * np.cos(4 * y) + 0.06 * np.sin(11 * x + 3) * np.sin(9 * y + 7 * z)
    shape.vertices = shape.vertices * rough[:, None] * (radius, radius, tall)
    return shape


def _section(wide: float, keel: float, brim: float, wall: float) -> list[Point2]:
    """Across a boat from one gunwale down to the keel and up to the other, `wall` inside its skin."""
    turns = np.linspace(0, np.pi, 25)
    half, low = max(wide - wall, 0.002), min(keel + wall, brim - 0.004)
    ys = half * np.sign(np.cos(turns)) * np.abs(np.cos(turns)) ** 0.7
    zs = brim - (brim - low) * np.sin(turns) ** 0.75
    return [(float(y), float(z)) for y, z in zip(ys, zs, strict=True)]


def _hull(skin: Floats, outer: float, inner: float) -> Shape:
    """The shell of a boat between two depths below its skin: rows of x, half the width, heights of keel and brim."""
    rings = []
    for x, wide, keel, brim in skin.tolist():
        line = _section(wide, keel, brim, outer) + _section(wide, keel, brim, inner)[::-1]
        rings.append([(x, y, z) for y, z in line])
    return loft(rings)


def _paddle(shaft: Material, blade: Material) -> list[Part]:
    """A paddle lying along x, its blade flat."""
    rings = []
    for x, y in ((0.55, 0.018), (0.65, 0.06), (0.8, 0.095), (1.0, 0.1), (1.12, 0.085), (1.17, 0.04)):
        rings.append([(x, -y, 0.0), (x, 0.0, -0.014), (x, y, 0.0), (x, 0.0, 0.014)])
    grip = put(stretched(ball(0.03), y=2.0), at=(-0.72, 0, 0))
    return [part(rod((-0.72, 0, 0), (0.6, 0, 0), 0.018), shaft), part(grip, shaft), part(loft(rings), blade)]


def _lantern(top: float, white: Material, iron: Material, dome: Material) -> list[Part]:
    """A gallery with a railing and, on it, a room of glass under a dome; the tower ends at z = 0."""
    rail, room, tall = top + 0.17, 0.72 * top, 0.46
    floor = [(0, -0.16), (top, -0.16), (rail, 0), (rail, 0.05), (0, 0.05)]
    glass = cylinder(room - 0.02, tall)
    parts = [part(lathe(floor, smooth=False), white), part(glass, enamel((0.98, 0.92, 0.62)), at=(0, 0, 0.28))]
    parts += [part(ring(rail - 0.02, 0.012), iron, at=(0, 0, z)) for z in (0.12, 0.19, 0.26)]
    post = put(cylinder(0.012, 0.24, 8), at=(rail - 0.02, 0, 0.15))
    bar = put(box(0.025, 0.025, tall), at=(room - 0.01, 0, 0.28))
    parts += [part(each, iron) for each in spun(post, 15) + spun(bar, 8)]
    parts += [part(ring(room - 0.012, 0.018), iron, at=(0, 0, z)) for z in (0.06, 0.29)]
    roof = [(0, 0), (room + 0.09, 0), (room + 0.07, 0.05), (0.8 * room, 0.17), (0.4 * room, 0.27), (0.05, 0.31)]
    parts.append(part(lathe([*roof, (0.05, 0.36), (0, 0.36)]), dome, at=(0, 0, 0.51)))
    parts.append(part(ball(0.06), dome, at=(0, 0, 0.89)))
    parts.append(part(cylinder(0.012, 0.3, 8), iron, at=(0, 0, 1.01)))
    return parts


def _basket(side: float) -> list[Part]:
    """A balloon's basket with its burner and the ropes up to the mouth, which is at z = 0."""
    cane, hide, steel = wicker((0.66, 0.46, 0.24), tile=0.1), matt((0.36, 0.22, 0.13)), metal()
    rim, floor, edge = -0.62, -0.86, side / 2 - 0.015
    wall = put(box(side, 0.03, rim - floor), at=(0, -edge, (rim + floor) / 2))
    parts = [part(box(side - 0.02, side - 0.02, 0.03), hide, at=(0, 0, floor))]
    for turn in ("z0", "z90", "z180", "z270"):
        parts.append(part(wall, cane, turn=turn))
        parts += [part(rod((-edge, -edge, z), (edge, -edge, z), 0.026), hide, turn=turn) for z in (rim, floor)]
        parts.append(part(rod((edge, edge, rim), (0.08, 0.08, -0.34), 0.01), steel, turn=turn))
        for x, y in ((0.20, 0.10), (0.10, 0.20)):
            parts.append(part(rod((edge, edge, rim), (x, y, 0.02), 0.006), matt((0.85, 0.82, 0.74)), turn=turn))
    parts += [part(ring(0.11, 0.014), steel, at=(0, 0, -0.34)), part(cylinder(0.06, 0.12), steel, at=(0, 0, -0.32))]
    return parts + [part(box(0.22, 0.02, 0.02), steel, at=(0, 0, -0.34), turn=turn) for turn in ("z0", "z90")]


def _gore(radii: Floats, heights: Floats, start: float, width: float) -> Shape:
    """One bulging strip of a balloon, between two meridians (in degrees)."""
    shares = np.linspace(0, 1, 6)
    turns = np.radians(start + width * shares)
    bulge = 1 + 0.035 * np.sin(np.pi * shares)
    outline = [*zip(turns, bulge, strict=True), (turns[-1], 0.98), (turns[0], 0.98)]
    rings = []
    for r, z in zip(radii.tolist(), heights.tolist(), strict=True):
        rings.append([(float(r * f * np.cos(t)), float(r * f * np.sin(t)), z) for t, f in outline])
    return loft(rings)


def _stave(radii: Floats, heights: Floats, start: float, width: float) -> Shape:
    """One stave of a barrel, between two meridians (in degrees)."""
    turns = np.radians(start + width * np.array([0, 0.08, 0.5, 0.92, 1, 1, 0.5, 0]))
    depths = np.array([-0.006, 0, 0, 0, -0.006, -0.035, -0.035, -0.035])
    rings = []
    for r, z in zip(radii.tolist(), heights.tolist(), strict=True):
        xs, ys = (r + depths) * np.cos(turns), (r + depths) * np.sin(turns)
        rings.append([(x, y, z) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)])
    return loft(rings)
