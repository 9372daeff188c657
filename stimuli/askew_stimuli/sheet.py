"""A contact sheet: all pictures of a set at a glance, one card an object, as a PNG and as one HTML file.

The HTML needs no network and no scripts. The same set gives the same bytes. Needs Pillow and numpy.
"""

import base64
import io
import os
import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from math import ceil, sqrt
from pathlib import Path
from urllib.parse import quote

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from askew.column import cell
from askew.errors import BadInput, counted
from askew.files import inside
from askew_stimuli.balance import conditions_of
from askew_stimuli.picture import Picture
from askew_stimuli.pixels import pixels_of
from askew_stimuli.png import encoded
from askew_stimuli.progress import tracked

EMPTY = "(empty)"  # the name of a column or a row of pictures that do not say
WIDEST = 12  # tiles beside one another on a card; more make a line for each column
MAKER = "askew stimuli sheet"  # what a sheet says of itself, so that the next may take its place
SHARP = 1.5  # pixels of an HTML thumbnail to one of its tile, for finely resolved screens
# Okabe and Ito's colours, which the colour-blind can tell apart.
COLOURS = ("#0072b2", "#e69f00", "#d55e00", "#009e73", "#56b4e9", "#cc79a7", "#b8a500", "#777777")
_PAPER, _INK, _FAINT, _GAP_COLOUR = "#ffffff", "#1b1b1b", "#6a6a6a", "#dddddd"
_HTML, _PNG = '<meta name="generator" content="', "tEXtSoftware\0"  # before what a sheet says of itself
_HEADER = 33  # bytes of a PNG before what may follow
_START = 1000  # bytes of a sheet within which it says what it is
_GAP, _LINE, _FRAME = 14, 17, 3  # pixels between cards, of a line of text, of a tile's frame


@dataclass(frozen=True)
class Card:
    """One object: its pictures by column, in the sheet's order of columns."""

    title: str
    cells: tuple[tuple[Picture, ...], ...]


@dataclass(frozen=True)
class Sheet:
    """What stands where."""

    title: str
    columns: tuple[str, ...]
    cards: tuple[Card, ...]
    page: int = 1

    @property
    def maker(self) -> str:
        """What it says of itself."""
        return _maker(self.page)

    @property
    def pictures(self) -> list[Picture]:
        """All pictures, card by card."""
        return [picture for card in self.cards for cell in card.cells for picture in cell]

    @property
    def slots(self) -> tuple[int, ...]:
        """Places that each column needs on a card."""
        return tuple(max(1, *(len(card.cells[place]) for card in self.cards)) for place in range(len(self.columns)))


def sheet_of(title: str, pictures: Sequence[Picture], rows: str | None = None, columns: str = "condition") -> Sheet:
    """The sheet of a set; `rows` and `columns` name columns of the manifest.

    Without `rows` there is a card for each object, or for each class where objects are not known.
    """
    if rows is None:
        rows = "object_id" if all(picture.object_id is not None for picture in pictures) else "class_label"
    values = {picture.image_id: cell(getattr(picture, columns)) or EMPTY for picture in pictures}
    names = conditions_of(pictures) if columns == "condition" else sorted(set(values.values()), key=natural)
    cards: dict[str, list[list[Picture]]] = {}
    for picture in sorted(pictures, key=lambda picture: natural(picture.image_id)):
        card = cards.setdefault(_card_title(picture, rows), [[] for _ in names])
        card[names.index(values[picture.image_id])].append(picture)
    ordered = sorted(cards.items(), key=lambda item: natural(item[0]))
    return Sheet(title, tuple(names), tuple(Card(name, tuple(map(tuple, cells))) for name, cells in ordered))


def pages(sheet: Sheet, limit: int) -> list[Sheet]:
    """The sheet in parts of at most so many pictures; an object stays whole, even one that has more."""
    parts: list[list[Card]] = [[]]
    count = 0
    for card in sheet.cards:
        number = sum(map(len, card.cells))
        if parts[-1] and count + number > limit:
            parts.append([])
            count = 0
        parts[-1].append(card)
        count += number
    if len(parts) == 1:
        return [sheet]
    return [
        replace(sheet, title=f"{sheet.title}, page {number} of {len(parts)}", cards=tuple(cards), page=number)
        for number, cards in enumerate(parts, start=1)
    ]


def is_ours(path: Path, page: int | None = None) -> bool:
    """Whether a file is a sheet that this module made; with `page`, whether it is this further page of one."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        start = stream.read(_START)
    if page is None:
        return any(sign in start for sign in (f"{_HTML}{MAKER}".encode(), f"{_PNG}{MAKER}".encode()))
    return any(sign in start for sign in (_html_sign(_maker(page)).encode(), _png_sign(_maker(page))))


def refuse_foreign(path: Path) -> None:
    """Refuse to replace what is no sheet of ours."""
    if os.path.lexists(path) and not is_ours(path):
        raise BadInput(f"{path}: is there and is no sheet that askew made; move it, or name another file with --out")


def refuse_large(path: Path, sheet: Sheet, tile: int) -> None:
    """Refuse a page that as a PNG would have more pixels than programs open."""
    plan = _plan(sheet, tile)
    if Image.MAX_IMAGE_PIXELS is not None and plan.width * plan.height > Image.MAX_IMAGE_PIXELS:
        raise BadInput(f"{path}: a page of {plan.width} x {plan.height} pixels; lower --tile or --per-page")


def earlier_pages(path: Path, last: int) -> list[Path]:
    """The further pages of an earlier sheet of this name that come after the last one of now."""
    name = re.compile(rf"{re.escape(path.stem)}-([0-9]+){re.escape(path.suffix)}")
    pages = [(other, name.fullmatch(other.name)) for other in sorted(path.parent.iterdir())]
    return [other for other, found in pages if found and int(found[1]) > last and is_ours(other, int(found[1]))]


def _maker(page: int) -> str:
    return MAKER if page == 1 else f"{MAKER}, page {page}"


def _html_sign(maker: str) -> str:
    return f'{_HTML}{maker}">'


def _png_sign(maker: str) -> bytes:
    """A chunk of text, as the format has it."""
    content = f"{_PNG}{maker}".encode()
    return struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))


def thumbnails(folder: Path, pictures: Sequence[Picture], tile: int) -> dict[str, Image.Image | str]:
    """Each picture small enough for its tile, sharp; or a word for why there is none. By the picture's id."""
    side = round(tile * SHARP)
    return {
        picture.image_id: _thumbnail(folder, picture, side)
        for picture in tracked(pictures, "reading pictures", len(pictures))
    }


def natural(text: str) -> list[tuple[int, str]]:
    """For sorting as people do: by the numbers in texts, and whatever the case.

    >>> sorted(["pose 10", "Pose 9"], key=natural)
    ['Pose 9', 'pose 10']
    """
    parts = re.split(r"(\d+)", text.casefold())
    return [(int(part), part) if part.isdecimal() else (-1, part) for part in parts]


def as_png(sheet: Sheet, small: Mapping[str, Image.Image | str], tile: int) -> bytes:
    """The sheet as one PNG."""
    plan = _plan(sheet, tile)
    image = Image.new("RGB", (plan.width, plan.height), _PAPER)
    pen = ImageDraw.Draw(image)
    pen.text((_GAP, _GAP), _cut(sheet.title, image.width - 2 * _GAP, 18), _INK, _font(18))
    for number, entries in enumerate(plan.legend):
        for x, place in entries:
            y = _GAP + 26 + number * _LINE
            pen.rectangle((_GAP + x, y + 1, _GAP + x + 10, y + 11), _colour(place))
            pen.text((_GAP + x + 15, y - 1), _cut(sheet.columns[place], image.width - 2 * _GAP - 15), _INK, _font())
    for number, card in enumerate(sheet.cards):
        below, beside = divmod(number, plan.across)
        left, upper = _GAP + beside * (plan.wide + _GAP), plan.top + below * (plan.high + _GAP)
        pen.text((left, upper), _cut(card.title, plan.wide, 13), _INK, _font(13))
        for line, slot, place, picture in _places(sheet, card):
            x, y = left + slot * (tile + 4), upper + _LINE + 2 + line * _step(tile)
            pen.rectangle((x, y, x + tile - 1, y + tile - 1), _colour(place))
            shown = "no picture" if picture is None else small[picture.image_id]
            _paste(image, pen, shown, (x + _FRAME, y + _FRAME), tile - 2 * _FRAME)
            if picture is not None:
                pen.text((x, y + tile + 1), _cut(_caption(sheet, place, picture), tile), _FAINT, _font())
    drawn = encoded(np.asarray(image))
    return drawn[:_HEADER] + _png_sign(sheet.maker) + drawn[_HEADER:]


@dataclass(frozen=True)
class _Plan:
    """How large a page is, and what stands where on it, in pixels."""

    width: int
    height: int
    across: int  # cards beside one another
    wide: int  # a card
    high: int
    top: int  # of the first card
    legend: list[list[tuple[float, int]]]


def _plan(sheet: Sheet, tile: int) -> _Plan:
    taken = [(line, slot) for card in sheet.cards for line, slot, _, _ in _places(sheet, card)]
    lines, slots = (max(numbers) + 1 for numbers in zip(*taken, strict=True))
    wide, high = slots * (tile + 4) - 4, _LINE + 2 + lines * _step(tile)
    # A page about as wide as a screen is.
    across = min(len(sheet.cards), max(1, round(sqrt(len(sheet.cards) * 4 / 3 * (high + _GAP) / (wide + _GAP)))))
    down = ceil(len(sheet.cards) / across)
    legend = _legend_lines(sheet.columns, across * (wide + _GAP) - _GAP)
    top = _GAP + 24 + len(legend) * _LINE + _GAP
    return _Plan(across * (wide + _GAP) + _GAP, top + down * (high + _GAP), across, wide, high, top, legend)


def _step(tile: int) -> int:
    """From one line of tiles to the next."""
    return tile + _LINE + 4


def as_html(sheet: Sheet, small: Mapping[str, Image.Image | str], tile: int, links: Sequence[str] = ()) -> bytes:
    """The sheet as one HTML file; `links` are the names of all pages, where there are several."""
    slots = sum(sheet.slots) if sum(sheet.slots) <= WIDEST else min(WIDEST, max(sheet.slots))
    colours = "\n".join(f".c{place} {{ --c: {_colour(place)} }}" for place in range(len(sheet.columns)))
    legend = "".join(f'<li class="c{n}">{escape(name)}</li>' for n, name in enumerate(sheet.columns))
    pages = "".join(f'<a href="{quote(link)}">{number}</a> ' for number, link in enumerate(links, start=1))
    body = "\n".join(_html_card(sheet, card, small, tile) for card in sheet.cards)
    style = _STYLE.replace("TILE", str(tile)).replace("SLOTS", str(slots))
    counts = f"{counted(len(sheet.pictures), 'picture')} on {counted(len(sheet.cards), 'card')}"
    text = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{_html_sign(sheet.maker)}\n"
        f"<title>{escape(sheet.title)}</title>\n<style>\n{style}{colours}\n</style>\n</head>\n<body>\n"
        f"<h1>{escape(sheet.title)}</h1>\n<p>{counts}</p>\n"
        f'<ul class="legend">{legend}</ul>\n{f"<nav>Pages: {pages}</nav>" if pages else ""}\n<main>\n{body}\n</main>\n'
        "</body>\n</html>\n"
    )
    return text.encode()


_STYLE = """\
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1b1b; --faint: #666; --none: #ddd }
@media (prefers-color-scheme: dark) { :root { --paper: #161616; --ink: #eee; --faint: #a0a0a0; --none: #333 } }
body { margin: 1.5rem; background: var(--paper); color: var(--ink); font: 13px/1.35 system-ui, sans-serif }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1rem; margin: 0 0 .3rem; overflow-wrap: anywhere }
p { margin: .2rem 0; color: var(--faint) }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem 1.2rem }
.legend li::before { content: ""; display: inline-block; width: .8em; height: .8em; margin-right: .4em;
  background: var(--c); print-color-adjust: exact }
main { display: grid; gap: 1.4rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, calc(SLOTS * (TILEpx + 6px))), 1fr)) }
section { break-inside: avoid; min-width: 0 }
.line { display: grid; gap: 6px; grid-template-columns: repeat(SLOTS, minmax(0, TILEpx)); margin-bottom: 6px }
figure { margin: 0; min-width: 0 }
figure > :first-child { box-sizing: border-box; width: 100%; aspect-ratio: 1; border: 3px solid var(--c);
  object-fit: contain; display: block; background: var(--none); print-color-adjust: exact }
div.none { display: grid; place-items: center; color: var(--faint); text-align: center }
figcaption { font-size: 11px; color: var(--faint); overflow-wrap: anywhere }
figcaption b { font-weight: 600; color: var(--ink) }
@media print { body { margin: 0; font-size: 9pt } }
"""


def _html_card(sheet: Sheet, card: Card, small: Mapping[str, Image.Image | str], tile: int) -> str:
    lines: dict[int, list[str]] = {}
    for line, slot, place, picture in _places(sheet, card):
        lines.setdefault(line, []).append(_html_tile(sheet, place, picture, small, slot=slot + 1, tile=tile))
    rows = "\n".join(f'<div class="line">\n{"".join(tiles)}</div>' for tiles in lines.values())
    return f"<section>\n<h2>{escape(card.title)}</h2>\n{rows}\n</section>"


def _html_tile(
    sheet: Sheet, place: int, picture: Picture | None, small: Mapping[str, Image.Image | str], *, slot: int, tile: int
) -> str:
    shown = "no picture" if picture is None else small[picture.image_id]
    name = sheet.columns[place]
    if picture is None or isinstance(shown, str):
        face = f'<div class="none">{escape(str(shown))}</div>'
    else:
        alt = ", ".join([picture.class_label, name, *_parameters(picture)])
        code = base64.b64encode(_jpeg(shown)).decode()
        face = (
            f'<img src="data:image/jpeg;base64,{code}" alt="{escape(alt)}" loading="lazy" '
            f'width="{tile}" height="{tile}">'
        )
    about = "" if picture is None else f' title="{escape(picture.image_id)}"'
    said = escape(", ".join([] if picture is None else _parameters(picture)))
    return (
        f'<figure class="c{place}" style="grid-column: {slot}"{about}>{face}'
        f"<figcaption><b>{escape(name)}</b><br>{said}</figcaption></figure>\n"
    )


def _parameters(picture: Picture) -> list[str]:
    """What is worth knowing of how a picture was made, as far as it is known."""
    made = [
        (picture.alt_label, "or {}"),
        (picture.angle_from_upright, "turned by {:.0f}\N{DEGREE SIGN}"),
        (picture.area_frac and 100 * picture.area_frac, "area {:.1f} %"),
        (picture.lum_mean, "luminance {:.2f}"),
    ]
    return [form.format(value) for value, form in made if value is not None] + list(picture.factors or ())


def _caption(sheet: Sheet, place: int, picture: Picture) -> str:
    """A few words below a tile: the column where colours repeat, the alternative otherwise."""
    if len(sheet.columns) > len(COLOURS):
        return sheet.columns[place]
    return "" if picture.alt_label is None else f"or {picture.alt_label}"


def _places(sheet: Sheet, card: Card) -> Iterator[tuple[int, int, int, Picture | None]]:
    """Line, slot and column of each tile of a card; a column without a picture has one empty tile."""
    slots = sheet.slots
    together = sum(slots) <= WIDEST
    line = first = 0
    for place, pictures in enumerate(card.cells):
        for number, picture in enumerate(pictures or (None,)):
            below, beside = divmod(number, WIDEST)
            yield (line, first + number, place, picture) if together else (line + below, beside, place, picture)
        if together:
            first += slots[place]
        else:
            line += ceil(max(1, len(pictures)) / WIDEST)


def _thumbnail(folder: Path, picture: Picture, side: int) -> Image.Image | str:
    if picture.file is None:
        return "no file"
    path = inside(folder, picture.file)
    if not path.is_file():
        return "missing"
    try:
        image = Image.fromarray(pixels_of(path))
    except BadInput as error:
        return "see-through" if "see-through" in str(error) else "unreadable"
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return image


def _paste(
    image: Image.Image, pen: ImageDraw.ImageDraw, shown: Image.Image | str, corner: tuple[int, int], side: int
) -> None:
    x, y = corner
    pen.rectangle((x, y, x + side - 1, y + side - 1), _GAP_COLOUR)
    if isinstance(shown, str):
        pen.text((x + side / 2, y + side / 2), shown, _FAINT, _font(), anchor="mm")
        return
    factor = min(side / shown.width, side / shown.height)
    width, height = max(1, round(shown.width * factor)), max(1, round(shown.height * factor))
    fitted = shown.resize((width, height), Image.Resampling.LANCZOS)
    image.paste(fitted, (x + (side - width) // 2, y + (side - height) // 2))


def _jpeg(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=85, subsampling=0)
    return stream.getvalue()


def _card_title(picture: Picture, rows: str) -> str:
    value = cell(getattr(picture, rows)) or EMPTY
    named = rows != "object_id" or value == picture.class_label
    return value if named else f"{picture.class_label} ({value})"


def _legend_lines(names: Iterable[str], width: float) -> list[list[tuple[float, int]]]:
    """Where the names of the columns stand, in as many lines as they need: x and the place of each."""
    lines: list[list[tuple[float, int]]] = [[]]
    x = 0.0
    for place, name in enumerate(names):
        needed = 15 + _font().getlength(name) + 18
        if lines[-1] and x + needed > width:
            lines.append([])
            x = 0.0
        lines[-1].append((x, place))
        x += needed
    return lines


def _cut(text: str, width: float, size: int = 11) -> str:
    """The text as far as it fits."""
    if _font(size).getlength(text) <= width:
        return text
    while text and _font(size).getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _colour(place: int) -> str:
    return COLOURS[place % len(COLOURS)]


@cache
def _font(size: int = 11) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
