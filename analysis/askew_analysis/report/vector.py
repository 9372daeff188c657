"""A figure's SVG as a part of the page: its ids its own, its ink the page's, its marks visible on dark paper as well.

Every colour becomes a CSS variable that falls back to itself, so the page decides what it is in the dark. Figures that
hold a scale of colours (a matrix, a heat map) keep theirs, for they have to match the scale.
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from askew_analysis.figures import INK, PALE

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
# What is drawn in ink, by the page's variable; black is what matplotlib draws axes and letters in.
INKS = {INK: "ink", "#000000": "ink", "#666666": "soft", PALE: "pale", "#e4e4e4": "faint"}
PAPER = "#ffffff"
POINTS = 96 / 72  # CSS pixels to a point

_COLOUR = re.compile(r"\b(fill|stroke):\s*(#[0-9a-f]{6})\b")
_FAMILY = re.compile(r"font-family:[^;\"]*;?\s*|font:\s*(?P<size>[\d.]+px)[^;\"]*;?\s*")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")

ET.register_namespace("", SVG)
ET.register_namespace("xlink", XLINK)


def inlined(svg: str, prefix: str, alt: str) -> str:
    """The SVG as an element of a page, with `alt` for those who cannot see it; its ids begin with `prefix`."""
    root = ET.fromstring(svg)  # noqa: S314  our own
    for parent in root.iter():
        for child in list(parent):
            if child.tag in {f"{{{SVG}}}metadata", f"{{{SVG}}}style"}:
                parent.remove(child)
    with_scale = next(root.iter(f"{{{SVG}}}image"), None) is not None
    known = _referred(root)
    for element in root.iter():
        _rename(element, known, prefix)
        is_text = element.tag == f"{{{SVG}}}text"
        style = element.get("style")
        if style:
            element.set("style", _dressed(style, is_text, with_scale))
    for group in root.iter(f"{{{SVG}}}g"):
        for path in group.findall(f"{{{SVG}}}path"):
            if path.get("style", "").startswith(f"fill: {PAPER}"):
                path.set("style", "fill: none")
    width = float(root.attrib.pop("width").removesuffix("pt"))
    root.attrib.pop("height")
    root.attrib |= {
        "role": "img",
        "aria-label": alt,
        # What matplotlib says of all elements in a style sheet, which would reach the rest of the page.
        "style": f"--natural: {width * POINTS:.0f}px; stroke-linejoin: round; stroke-linecap: butt",
    }
    return ET.tostring(root, encoding="unicode")


def variables(svgs: Iterator[str] | list[str]) -> dict[str, str]:
    """The variables of marks in inlined figures with what they are on dark paper.

    >>> variables(['<path style="fill: var(--mark-083c7d, #083c7d)"/>'])
    {'--mark-083c7d': '#b0d0fe'}
    """
    found = sorted({name for svg in svgs for name in re.findall(r"--mark-([0-9a-f]{6})", svg)})
    return {f"--mark-{name}": on_dark(f"#{name}") for name in found}


def on_dark(colour: str) -> str:
    """The colour that says on dark paper what this one says on white: what is dark, and stands out, becomes light.

    Hue and, as far as the screen can, chroma stay (in OKLCH); the lightness is turned round within what can be seen.
    """
    lightness, a, b = _oklab(colour)
    turned = min(0.86, max(0.62, 1.08 - 0.63 * lightness))
    for share in range(100, -1, -5):
        channels = _rgb(turned, a * share / 100, b * share / 100)
        if all(-1e-6 <= channel <= 1 + 1e-6 for channel in channels):
            break
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, channel))):02x}" for channel in channels)


def _referred(root: ET.Element) -> set[str]:
    """The ids that something refers to; nobody needs the others."""
    found: set[str] = set()
    for element in root.iter():
        for name, value in element.items():
            if name == f"{{{XLINK}}}href" and value.startswith("#"):
                found.add(value[1:])
            found.update(_REFERENCE.findall(value))
    return found


def _rename(element: ET.Element, known: set[str], prefix: str) -> None:
    for name, value in list(element.items()):
        if name == "id":
            if value in known:
                element.set(name, prefix + value)
            else:
                del element.attrib[name]
        elif name == f"{{{XLINK}}}href" and value.startswith("#"):
            element.set(name, f"#{prefix}{value[1:]}")
        elif "url(#" in value and name != "aria-label":
            element.set(name, _REFERENCE.sub(rf"url(#{prefix}\1)", value))


def _dressed(style: str, is_text: bool, with_scale: bool) -> str:
    """A style whose letters are the page's and whose colours are variables."""

    def variable(match: re.Match[str]) -> str:
        name, colour = match.groups()
        # Numbers in the cells of a matrix stand on colours that stay as they are.
        if is_text and with_scale and colour == INK:
            return match.group()
        if colour in INKS:
            return f"{name}: var(--{INKS[colour]}, {colour})"
        if with_scale or colour == PAPER:
            return match.group()
        return f"{name}: var(--mark-{colour[1:]}, {colour})"

    style = _COLOUR.sub(variable, style)
    return _FAMILY.sub(lambda match: f"font-size: {match['size']}; " if match["size"] else "", style).strip("; ")


def _oklab(colour: str) -> tuple[float, float, float]:
    r, g, b = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _rgb(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _encoded(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _encoded(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _encoded(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _encoded(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else float(1.055 * channel ** (1 / 2.4) - 0.055)
