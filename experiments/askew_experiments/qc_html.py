"""What the page of quality control is put together from: tables, figures, badges, lists. Pure.

Whatever comes from files is text: `escape` stands before all of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from askew_experiments.qc_finding import Finding

NONE = "\N{EN DASH}"  # for what does not apply
MANY_ALIKE = 3
_STATES = {"complete": "good", "unfinished": "warn", "aborted": "warn", "unreadable": "bad"}


@dataclass(frozen=True)
class Cell:
    """A cell that is not plain text: HTML as it is, or something alarming."""

    content: str
    html: bool = False
    alarm: bool = False


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[str | Cell]],
    words: Iterable[int] = (),
    *,
    wide: bool = False,
) -> str:
    """A table whose first column heads its rows; `words` are the columns of text, which break where it is `wide`.

    Nothing where it has no rows.
    """
    left = {0, *words}
    lines = "".join(f"<tr>{_row(row, left)}</tr>\n" for row in rows)
    if not lines:
        return ""
    tops = "".join(
        f'<th scope="col" class="{"text" if place in left else "number"}">{escape(head)}</th>'
        for place, head in enumerate(heads)
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">\n'
        + ('<table class="wide">\n' if wide else "<table>\n")
        + f"<caption>{escape(caption)}</caption>\n<thead><tr>{tops}</tr></thead>\n"
        f"<tbody>\n{lines}</tbody>\n</table>\n</div>\n"
    )


def breakable(name: str) -> Cell:
    """A name that may go on in the next line after each `_`."""
    return Cell(escape(name).replace("_", "_<wbr>"), html=True)


def figure(title: str, chart: str, caption: str) -> str:
    """A chart with its title, and with words that say how to read it."""
    return f"<figure><b>{escape(title)}</b>\n{chart}\n<figcaption>{escape(caption)}</figcaption></figure>\n"


def badge(word: str, kind: str) -> str:
    """A word in a colour."""
    return f'<span class="badge {kind}">{escape(word)}</span>'


def status_badges(status: str, *, simulated: bool = False) -> str:
    """How a session stands, and whether it is simulated."""
    return badge(status, _STATES[status]) + (f" {badge('simulated', 'warn')}" if simulated else "")


def found_list(findings: Iterable[Finding], links: Mapping[str, str] | None = None) -> str:
    """Findings and notes as a list; with the `links` of the sessions on the page, it says whose each is."""
    lines = "".join(f"<li>{_badge_of(one)}{_whose(one, links)}{escape(one.message)}</li>\n" for one in findings)
    return f'<ul class="list">\n{lines}</ul>\n' if lines else ""


def folded_list(findings: Iterable[Finding], links: Mapping[str, str]) -> str:
    """The same, where those of one kind that are many fold up."""
    kinds: dict[str, list[Finding]] = {}
    for one in findings:
        kinds.setdefault(one.code, []).append(one)
    few = [one for alike in kinds.values() for one in alike if len(alike) <= MANY_ALIKE]
    folded = "".join(
        f"<details><summary>{_badge_of(alike[0])}{len(alike):,} times</summary>\n{found_list(alike, links)}</details>\n"
        for alike in kinds.values()
        if len(alike) > MANY_ALIKE
    )
    return found_list(few, links) + folded


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and values; what is empty is left out."""
    told = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>\n" for name, value in pairs if value)
    return f"<dl>\n{told}</dl>\n"


def _row(cells: Sequence[str | Cell], left: set[int]) -> str:
    first, *others = cells
    rest = "".join(_cell(cell, place in left) for place, cell in enumerate(others, start=1))
    return f'<th scope="row">{_content(first)}</th>{rest}'


def _cell(cell: str | Cell, is_text: bool) -> str:
    alarming = isinstance(cell, Cell) and cell.alarm
    names = " ".join(name for name, holds in (("text", is_text), ("alarm", alarming)) if holds)
    attribute = f' class="{names}"' if names else ""
    return f"<td{attribute}>{_content(cell)}</td>"


def _content(cell: str | Cell) -> str:
    if isinstance(cell, str):
        return escape(cell)
    return cell.content if cell.html else escape(cell.content)


def _badge_of(finding: Finding) -> str:
    return badge(finding.code, "calm" if finding.note else "bad")


def _whose(finding: Finding, links: Mapping[str, str] | None) -> str:
    if links is None:
        return ""
    name = escape(finding.session)
    place = links.get(finding.session)
    return f'<a href="#{place}">{name}</a>: ' if place else f"{name}: "
