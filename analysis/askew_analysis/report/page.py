"""The report as one HTML file: no network, no other file needed, the same bytes for the same report.

The template escapes every text. What scripts may run is said by hash in the page itself, so that a text that came
through nevertheless would not act. Sorting, searching and paging are DataTables', read from the package `itables`.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import distribution
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from askew import __version__
from askew.describe import natural
from askew.errors import BadInput
from askew_analysis.report import vector, wording
from askew_analysis.report.blocks import (
    LONG,
    Block,
    Browser,
    Card,
    Cell,
    Drawing,
    Estimate,
    Grid,
    Head,
    Kind,
    Report,
    flat,
)
from askew_analysis.report.wording import parts

HERE = Path(__file__).parent
FORMATS = ("svg", "pdf", "png")
TONES = {"plain": "Note", "caution": "Caution", "bad": "Problem"}
SIGNS = {"plain": "i", "caution": "!", "bad": "×"}
MANY_COLUMNS = 9  # one with intervals counts twice; above this, intervals stand below their numbers
LONG_TEXT = 60  # characters, above which a cell is prose
MANY_ROWS = 50  # of a sortable table, above which it has pages
DIGITS = 4  # of the numbers of pictures
_UNIT = re.compile(r"(?<=\d) (?=%|(?:ms|s|points|Hz)\b)|(?<=\bp) (?=[=<] \.)|(?<=\bp [=<]) (?=\.)")


def as_html(report: Report, figures: Mapping[str, str], beside: str = "") -> str:
    """The page. `figures` are SVG texts by name; a drawing that has none is left out.

    `beside` is how the addresses of its tables and figures begin, seen from the page.
    """
    drawn = {
        block.name: vector.inlined(figures[block.name], f"{block.name}-", block.alt)
        for block in _blocks(report)
        if isinstance(block, Drawing) and block.name in figures
    }
    has_tables = any(isinstance(block, Browser) or _is_sortable(block) for block in _blocks(report))
    script = _script(has_tables)
    told: str = _template().render(
        report=report,
        beside=beside,
        figures={name: Markup(svg) for name, svg in drawn.items()},  # noqa: S704  parsed and written anew
        marks=vector.variables(list(drawn.values())),
        style=Markup((HERE / "page.css").read_text(encoding="utf-8")),  # noqa: S704
        script=Markup(script),  # noqa: S704
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        version=__version__,
        number={"figure": count(1), "table": count(1)},
    )
    return told


def embedded(value: Any) -> Markup:
    r"""A value as JSON inside a script element, which no text in it can end.

    >>> print(embedded({"label": "</script><!--"}))
    {"label":"\u003c/script\u003e\u003c!--"}
    """
    told = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        told = told.replace(character, f"\\u{ord(character):04x}")
    return Markup(told)  # noqa: S704  nothing in it is markup any more


def words(text: str) -> str:
    """The text, with no line break between a number and its unit, or within `p = .02`."""
    return _UNIT.sub("\u00a0", text)


def order(cell: Cell, kind: Kind) -> str | None:
    """By what a cell is sorted: a number, or nothing where there is none; None where what it shows does."""
    if kind == "text":
        return None
    value = cell.value if isinstance(cell, Estimate) else cell
    return repr(float(value)) if isinstance(value, int | float) and wording.known(float(value)) else ""


def options(command: str) -> list[str]:
    """A command in parts that no line should break: its name, and each option with its value.

    >>> options("askew report demo --seed 5 --simulated")
    ['askew report demo', '--seed 5', '--simulated']
    """
    return re.split(r" (?=--)", command)


def meanings(heads: Sequence[Head]) -> dict[str, dict[str, Any]]:
    """What heads mean, each meaning once: the titles that have it, and the place of the first from 1.

    >>> meanings([Head("Group"), Head("Upright", "share", "Of all."), Head("Rotated", "share", "Of all.")])
    {'Of all.': {'titles': ['Upright', 'Rotated'], 'place': 2}}
    """
    found: dict[str, dict[str, Any]] = {}
    for place, head in enumerate(heads, start=1):
        if head.meaning:
            found.setdefault(head.meaning, {"titles": [], "place": place})["titles"].append(head.title)
    return found


def browsed(browser: Browser) -> dict[str, Any]:
    """What the page's script shows of the pictures, the groups in the browser's order."""
    groups = [*browser.people, *browser.models]
    return {
        "groups": groups,
        "people": len(browser.people),
        "networks": list(browser.networks),
        "who": browser.who,
        "cards": [_card(card, groups) for card in browser.cards],
    }


def _card(card: Card, groups: list[str]) -> list[Any]:
    shares = [card.shares.get(group) for group in groups]
    return [
        card.stimulus,
        card.truth,
        card.condition,
        list(card.offered),
        card.thumbnail,
        [
            share
            and [
                share.n,
                *map(_rounded, (share.mean, share.low, share.shrunken, share.high, share.margin)),
                share.wrong,
            ]
            for share in shares
        ],
        _rounded(card.people),
        _rounded(card.models),
        [None if answer is None else int(answer) for answer in card.answers],
    ]


def _rounded(value: float | None) -> float | None:
    return round(value, DIGITS) if value is not None and wording.known(value) else None


def _blocks(report: Report) -> list[Block]:
    return [*flat(block for section in report.sections for block in section.blocks)]


def _is_sortable(block: Block) -> bool:
    return isinstance(block, Grid) and block.sortable


def _is_wide(grid: Grid) -> bool:
    with_interval = {at for row in grid.rows for at, cell in enumerate(row) if isinstance(cell, Estimate)}
    return len(grid.heads) + len(with_interval) > MANY_COLUMNS


def _is_prose(grid: Grid) -> bool:
    """Whether it has sentences and no numbers, so that its rows can be stacked where there is little room."""
    if grid.sortable or any(_is_number(head) for head in grid.heads):
        return False
    return any(isinstance(cell, str) and len(cell) > LONG_TEXT and " " in cell for row in grid.rows for cell in row)


def _numbered(names: Sequence[str], start: int) -> list[tuple[int, str]]:
    return [*enumerate(names, start)]


def _sorted(names: Any) -> list[str]:
    return sorted({*names}, key=natural)


def _is_number(head: Head) -> bool:
    return head.kind != "text"


@cache
def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "embedded": embedded,
        "natural": _sorted,
        "parts": parts,
        "order": order,
        "browsed": browsed,
        "address": quote,
        "kind": lambda block: type(block).__name__.lower(),
        "words": words,
        "options": options,
        "meanings": meanings,
        "numbered": _numbered,
        "list_pair": lambda name: (name, name),
    }
    environment.tests["number"] = _is_number
    environment.tests["wide"] = _is_wide
    environment.tests["prose"] = _is_prose
    environment.globals |= {
        "next": next,
        "TONES": TONES,
        "SIGNS": SIGNS,
        "FORMATS": FORMATS,
        "MANY_ROWS": MANY_ROWS,
        "LONG": LONG,
    }
    return environment.get_template("page.html.jinja")


@cache
def _script(has_tables: bool) -> str:
    """The page's one script: DataTables where there is something to sort, and what uses it."""
    own = (HERE / "page.js").read_text(encoding="utf-8")
    library, name = _library() if has_tables else ("", "undefined")
    # Ours runs in a function of its own, for the library's short names are everywhere in the module.
    told = f"{library}\n((DataTable) => {{\n{own}}})({name});\n"
    return told.replace("\r\n", "\n").replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _library() -> tuple[str, str]:
    """DataTables as a module's text with its licences, and what the text itself calls it."""
    itables = distribution("itables")
    text = Path(str(itables.locate_file("itables/html/dt_bundle.js"))).read_text(encoding="utf-8")
    exported = re.search(r"export\{[^}]*?([\w$]+) as default[^}]*\}", text)
    if exported is None:
        raise BadInput(
            f"itables {itables.version}: exports no DataTables that this askew knows; pip install 'itables==2.9.1'"
        )
    return f"/*! DataTables, as bundled by itables {itables.version} (MIT licence). */\n{text}", exported[1]
