"""The report's page as text: whole, escaped, the same each time."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from askew.errors import BadInput
from askew_analysis.report import page, vector, wording
from askew_analysis.report.blocks import (
    Browser,
    Drawing,
    Estimate,
    Grid,
    Head,
    Note,
    Quote,
    Report,
    Section,
    Share,
    Text,
)
from askew_analysis.report.page import as_html
from tests.analysis.report.sample import COMMAND, FIGURES, HOSTILE, SVG, WORSE, browser, card, network_table, report

VOID = {"meta", "img", "input", "br", "link"}
LOADING = ("src", "href", "xlink:href", "srcset", "action", "data", "poster")


class Elements(HTMLParser):
    """The elements of a page with their attributes; complains of what is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def one(*blocks: Any) -> Report:
    """A report of one section."""
    return Report(title="Study", question="", notes=(), sections=(Section(name="a", title="A", blocks=blocks),))


def without_script(text: str) -> str:
    return re.sub(r'<script type="module">.*?</script>', "", text, flags=re.DOTALL)


@pytest.fixture(scope="module")
def html() -> str:
    return as_html(report(), FIGURES)


def test_every_element_is_closed_and_every_id_is_one_of_a_kind(html: str) -> None:
    elements = Elements(html)
    assert elements.open == []
    ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(ids) == len({*ids})
    for _, attributes in elements.found:
        for name in ("aria-labelledby", "aria-describedby"):
            assert attributes.get(name) is None or attributes[name] in ids
        if (attributes.get("href") or "").startswith("#"):
            assert str(attributes["href"])[1:] in ids


def test_nothing_is_loaded_from_anywhere_and_nothing_else_may_be(html: str) -> None:
    for tag, attributes in Elements(html).found:
        for name in LOADING:
            address = attributes.get(name) or ""
            assert tag == "a" or address.startswith(("data:", "#")) or not address, (tag, name, address)
            assert not re.match(r"\w+:(?!image/)", address), address
    assert "default-src 'none'" in html
    assert "unsafe-eval" not in html


def test_the_page_is_the_same_again(html: str) -> None:
    assert as_html(report(), FIGURES) == html
    assert not re.search(r"/(tmp|home|work|usr)/", without_script(html))


def test_texts_of_users_are_texts_and_no_markup(html: str) -> None:
    shown = without_script(html)
    for bad in ("<script>alert", "<img src=x", "<b>,"):
        assert bad not in shown
    assert not any("alert" in value for _, attributes in Elements(html).found for value in attributes if value)
    assert not any(name.startswith("on") for _, attributes in Elements(html).found for name in attributes)
    assert "{{ 7*7 }}" in unescape(shown)
    assert HOSTILE in unescape(shown)
    assert WORSE in unescape(shown)


def test_the_pictures_in_the_page_are_json_that_no_label_ends(html: str) -> None:
    found = re.findall(r'<script type="application/json">(.*?)</script>', html, flags=re.DOTALL)
    assert len(found) == 1
    assert "<" not in found[0]
    told = json.loads(found[0])
    assert told["groups"] == ["40ms", "unlimited", "networks"]
    assert told["people"] == 2
    assert [each[0] for each in told["cards"]] == [each.stimulus for each in browser().cards]
    assert told["cards"][0][5] == [
        [4, 0.75, 0.45, None, 1.0, None, "hammer"],
        [4, 1.0, 0.7, None, 1.0, None, None],
        [4, 0.0, 0.0, None, 0.3, 1.5, "hammer"],
    ]


def test_the_script_is_the_one_that_the_page_allows(html: str) -> None:
    script = re.findall(r'<script type="module">(.*?)</script>', html, flags=re.DOTALL)
    assert len(script) == 1
    digest = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html
    assert "\r" not in script[0]


def test_the_licences_of_the_library_are_in_the_page(html: str) -> None:
    assert "DataTables 2" in html
    assert "datatables.net/license" in html
    assert "MIT" in html


@pytest.mark.parametrize(("rows", "searched"), [(12, 0), (13, 1)])
def test_only_a_long_table_has_a_field_to_search_it(rows: int, searched: int) -> None:
    html = as_html(one(network_table(rows)), {})
    assert f'class="sortable" data-paged="0" data-searched="{searched}"' in html


def test_a_command_is_the_same_text_in_parts_that_no_line_breaks(html: str) -> None:
    (told,) = re.findall('<blockquote class="command">(.*?)</blockquote>', html, flags=re.DOTALL)
    assert unescape(re.sub("</?span>", "", told)) == COMMAND
    assert "<span>--seed 5</span> <span>--resamples 10000</span>" in told


def test_an_interval_is_apart_from_its_number_whatever_the_text() -> None:
    assert wording.parts(Estimate(0.698, 0.649, None), "share") == ("69.8 %", "")
    assert wording.parts(Estimate(None, 0.1, 0.2), "share") == ("–", "")
    assert wording.parts("a [1, 2]", "text") == ("a [1, 2]", "")


def test_a_page_with_nothing_to_sort_does_without_the_library() -> None:
    small = as_html(one(Text("Nothing.")), {})
    assert len(small) < 60_000
    assert "DataTables 2" not in small


def test_a_library_without_what_we_need_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        page, "Path", lambda _: type("File", (), {"read_text": lambda self, encoding: "export{a as b}"})()
    )
    with pytest.raises(BadInput, match=r"itables .*: exports no DataTables .* pip install 'itables=="):
        page._library()


def test_numbers_are_shown_as_their_kind_and_sorted_by_their_value() -> None:
    grid = Grid(
        caption="Numbers",
        heads=(Head("Who"), Head("Share", "share"), Head("Points", "difference"), Head("n", "count"), Head("p", "p")),
        rows=(
            ("a", Estimate(0.698, 0.649, 0.744), -0.05, 1_234, 0.0001),
            ("b", Estimate(None), None, None, float("nan")),
        ),
    )
    html = re.sub(r"\s+", " ", as_html(one(grid), {}))
    assert '<th scope="col">Who</th>' in html
    assert '<th scope="row">a</th>' in html
    assert '<td class="number" data-order="0.698">69.8 % <span class="interval">[64.9, 74.4]</span></td>' in html
    assert '<td class="number" data-order="-0.05">−5.0</td>' in html
    assert '<td class="number" data-order="1234.0">1,234</td>' in html
    assert '<td class="number" data-order="0.0001">&lt; .001</td>' in html
    assert html.count('<td class="number" data-order="">–</td>') == 4


def test_what_a_head_means_is_said_under_the_table() -> None:
    grid = Grid(
        caption="T", heads=(Head("Who"), Head("Kappa", "kappa", "Agreement beyond chance.")), rows=(("a", 0.2),)
    )
    html = as_html(one(grid), {})
    assert 'aria-describedby="table-1-2"' in html
    assert '<dt>Kappa</dt> <dd id="table-1-2">Agreement beyond chance.</dd>' in html


def test_a_table_without_rows_says_so_and_links_lead_to_files_beside_the_page() -> None:
    html = as_html(one(Grid(caption="T", heads=(Head("a"),), rows=(), csv="tables/a b.csv")), {})
    assert "Nothing to tell here." in html
    assert '<a href="tables/a%20b.csv">tables/a b.csv</a>' in html


def test_tones_are_words_and_no_colour_alone() -> None:
    for tone, word in (("caution", "Caution"), ("bad", "Problem"), ("plain", "Note")):
        html = as_html(one(Note("Title", "Words.", tone)), {})  # type: ignore[arg-type]
        assert f'<span class="tone">{word}</span> <strong>Title</strong>' in html


def test_no_line_ends_between_a_number_and_its_unit() -> None:
    grid = Grid(caption="T", heads=(Head("Who"), Head("Said")), rows=(("40 ms", "It was 60 %."),))
    html = as_html(
        one(
            Note("At 50 ms"),
            grid,
            Text("It was 70 % at 40 ms, +3.0 points."),
            Text("So it was (p = .02; p < .001)."),
            Quote(title="Copy", words="It was 70 %."),
        ),
        {},
    )
    assert "So it was (p\u00a0=\u00a0.02; p\u00a0&lt;\u00a0.001)." in html
    assert "It was 70\u00a0% at 40\u00a0ms, +3.0\u00a0points." in html
    assert "<strong>At 50\u00a0ms</strong>" in html
    assert "It was 60\u00a0%." in html
    assert '<th scope="row">40 ms</th>' in html  # a name, which a reader may search for
    assert "<blockquote>It was 70 %.</blockquote>" in html  # what is copied is as it was written


def test_figures_are_numbered_and_named_and_have_their_files_beside_them(html: str) -> None:
    assert "<b>Figure 1.</b> Accuracy by group." in html
    for form in ("svg", "pdf", "png"):
        assert f'href="figures/accuracy.{form}"' in html
    assert "Not there." not in html  # a figure that was not drawn is left out


def test_a_figure_brings_its_own_ids_and_no_style_for_the_rest_of_the_page(html: str) -> None:
    assert 'clip-path="url(#accuracy-p1)"' in html
    assert 'id="items-p1"' in html
    assert 'xlink:href="#accuracy-m1"' in html
    assert "<metadata" not in html
    assert "*{stroke-linejoin" not in html


def test_a_figure_has_words_for_those_who_cannot_see_it() -> None:
    alt = f'Two "groups" & {HOSTILE}'
    (svg,) = [
        each
        for each in Elements(as_html(one(Drawing(name="a", caption="c", alt=alt)), {"a": SVG})).found
        if each[0] == "svg"
    ]
    assert svg[1]["role"] == "img"
    assert svg[1]["aria-label"] == alt


def test_ink_and_marks_of_a_figure_follow_the_theme_and_its_paper_is_gone() -> None:
    found = vector.inlined(SVG, "x-", "")
    assert "fill: none" in found
    assert "#ffffff" not in found
    assert "stroke: var(--ink, #000000)" in found
    assert "fill: var(--mark-083c7d, #083c7d)" in found
    assert "font-size: 8px; text-anchor: start" in found
    assert vector.variables([found]) == {"--mark-083c7d": "#b0d0fe"}


def test_colours_of_a_figure_with_a_scale_stay_as_the_scale_has_them() -> None:
    image = '<image xlink:href="data:image/png;base64,AAAA"/><text style="fill: #222222">.27</text>'
    found = vector.inlined(SVG.replace("</svg>", image + "</svg>"), "x-", "")
    assert "fill: #083c7d" in found
    assert 'style="fill: #222222">.27' in found


@pytest.mark.parametrize(
    "colour",
    ["#083c7d", "#1764ab", "#3b8bc2", "#6aaed6", "#fd8c3b", "#8e2d04", "#0072b2", "#d55e00", "#009e73", "#000000"],
)
def test_marks_stand_out_from_dark_paper(colour: str) -> None:
    assert contrast(vector.on_dark(colour), "#14171b") > 4


def test_what_is_darkest_on_white_is_lightest_on_dark_paper() -> None:
    order = [luminance(vector.on_dark(colour)) for colour in ("#6aaed6", "#3b8bc2", "#1764ab", "#083c7d")]
    assert order == sorted(order)


def test_a_browser_of_one_side_offers_no_choice_between_sides() -> None:
    cards = (card("a", {"40ms": 0.5, "unlimited": 1.0}), card("b", {"40ms": None, "unlimited": 0.0}))
    only = Browser(people=("40ms", "unlimited"), models=(), cards=cards, who="simulated observers")
    html = without_script(as_html(one(only), {}))
    assert 'name="answers"' not in html
    assert 'name="models"' not in html
    assert "Simulated observers\n<select" in html


def test_numbers_that_are_missing_are_null_in_the_json() -> None:
    share = Share(n=0, mean=float("nan"))
    only = replace(card("a", {}), shares={"40ms": share})
    told = page.browsed(Browser(people=("40ms",), models=(), cards=(only,)))
    assert told["cards"][0][5] == [[0, None, None, None, None, None, None]]
    assert told["cards"][0][6:] == [None, None, []]


def test_a_browser_of_single_networks_offers_each_after_the_groups() -> None:
    answers = (True, False, None)
    cards = (card("a", {"40ms": 0.5, "networks": 0.5}, answers=answers),)
    several = Browser(people=("40ms",), models=("networks",), networks=("a", HOSTILE, "c"), cards=cards)
    html = without_script(as_html(one(several), {}))
    (field,) = re.findall(r'<select name="models">(.*?)</select>', html, flags=re.DOTALL)
    assert '<optgroup label="single networks">\n<option value="2">a</option>' in field
    assert "<script>alert" not in html
    told = page.browsed(several)
    assert told["networks"] == ["a", HOSTILE, "c"]
    assert told["cards"][0][8] == [1, 0, None]


def test_only_tables_of_sentences_are_stacked_where_there_is_little_room() -> None:
    long = "Networks fail on pictures that people recognise, whatever the time."
    heads = (Head("Statement"), Head("Verdict"))
    claims = as_html(one(Grid(caption="T", heads=heads, rows=((long, "holds"),))), {})
    assert '<figure class="grid prose">' in claims
    assert '<td data-head="Verdict">holds</td>' in claims
    for other in (
        Grid(caption="T", heads=heads, rows=(("short", "holds"),)),
        Grid(caption="T", heads=(Head("File"), Head("SHA-256")), rows=(("a.csv", "0" * 64),)),
        Grid(caption="T", heads=(*heads, Head("n", "count")), rows=((long, "holds", 3),)),
        Grid(caption="T", heads=heads, rows=((long, "holds"),), sortable=True),
    ):
        assert '<figure class="grid">' in as_html(one(other), {})


def contrast(one: str, other: str) -> float:
    """As WCAG has it."""
    low, high = sorted(luminance(colour) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
