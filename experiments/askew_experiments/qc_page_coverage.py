"""The part of the page that is about coverage: how often each picture was shown. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import ceil

from askew.errors import counted
from askew_experiments.qc_coverage import Coverage
from askew_experiments.qc_html import NONE, Cell, table

HEADS = ("Protocol", "Group", "Participants", "Sessions", "Pictures", "Shown", "Answered soundly", "Round", "Needed")
MANY_GROUPS = 6


def coverage_section(coverage: Sequence[Coverage]) -> str:
    """A table of the groups of complete sessions, then a strip for each condition, with a mark for each picture."""
    coverage = [each for each in coverage if each.sessions]
    if not coverage:
        return ""
    caption = "How often each picture was shown in complete sessions"
    rows = table(caption, HEADS, [_row(each) for each in coverage], words=[1, 2])
    several = len({each.protocol for each in coverage}) > 1
    strips = "".join(part for each in coverage for part in _strips(each, several))
    if len(coverage) > MANY_GROUPS:
        strips = f"<details><summary>Each picture</summary>\n{strips}</details>\n"
    return f'<h2 id="coverage">Coverage</h2>\n{rows}{strips}'


def _row(each: Coverage) -> list[str | Cell]:
    return [
        each.protocol,
        _group(each),
        "simulated" if each.simulated else "people",
        f"{each.sessions:,}",
        f"{len(each.shown):,}",
        _range(each.shown),
        _range(each.sound),
        NONE if each.round is None else f"{each.round:,}",
        NONE if each.more is None else f"{each.more:,}",
    ]


def _strips(each: Coverage, several: bool) -> Iterator[str]:
    most = max(each.shown.values(), default=0)
    whose = f"{each.protocol}, {_group(each)}" if several else _group(each)
    yield f"<h3>{escape(whose)}{', simulated' if each.simulated else ''}</h3>\n"
    for condition in sorted({*each.condition.values()}):
        mine = {name: count for name, count in each.shown.items() if each.condition[name] == condition}
        about = escape(f"{condition}: {len(mine):,} pictures, shown {_range(mine)}")
        marks = "".join(_mark(name, count, each.sound[name], most) for name, count in mine.items())
        yield f'<p class="faint">{about}</p>\n<div class="strip" role="img" aria-label="{about}">{marks}</div>\n'
    if not each.equal:
        yield (
            f'<ul class="legend"><li>{_swatch("p4")}{counted(most, "time")}</li>'
            f"<li>{_swatch('p2')}less often: paler</li><li>{_swatch('p0')}never</li></ul>\n"
        )


def _group(each: Coverage) -> str:
    return f"{each.group}, {each.presentation}" if each.presentation else each.group


def _range(counts: Mapping[str, int]) -> str:
    least, most = min(counts.values(), default=0), max(counts.values(), default=0)
    return counted(most, "time") if least == most else f"{least:,} to {most:,} times"


def _mark(name: str, count: int, sound: int, most: int) -> str:
    level = ceil(4 * count / most) if most else 0
    said = f"{name}: shown {counted(count, 'time')}, {sound} of them with a sound answer"
    return f'<i class="p{level}" title="{escape(said)}"></i>'


def _swatch(level: str) -> str:
    return f'<i class="swatch {level}"></i>'
