"""The report's page in a real Chromium, opened from disk as a reader does."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from askew_analysis.report.blocks import Browser, Folded, Grid, Head, Report, Text
from askew_analysis.report.page import as_html
from tests.analysis.report.sample import (
    COMMAND,
    FIGURES,
    HOSTILE,
    MODELS,
    NETWORKS,
    PEOPLE,
    WORSE,
    browser,
    card,
    network_table,
    report,
)

playwright = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

Open = Callable[..., Any]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
EVERY = [card.truth for card in browser().cards]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser, one for all tests."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no Chromium here: apt-get install chromium")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def opened(chromium: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens a report; whatever the page says on the console or asks of the network fails the test at its end."""
    wrong: list[str] = []
    contexts = []

    def act(told: Report | None = None, **options: Any) -> Any:
        path = tmp_path / "report.html"
        path.write_text(as_html(told or report(), FIGURES), encoding="utf-8")
        context = chromium.new_context(**{"viewport": DESK, **options})
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: wrong.append(f"console: {message.text}"))
        tab.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        tab.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
        tab.on("request", lambda asked: wrong.append(f"request: {asked.url[:200]}"))
        tab.goto(path.as_uri())
        return tab

    yield act
    for context in contexts:
        context.close()
    allowed = ("request: data:image/", f"request: {(tmp_path / 'report.html').as_uri()}")
    assert [each for each in wrong if not each.startswith(allowed)] == []


STOPS = """[...document.querySelectorAll(".scroll")].every(
    (box) => box.hasAttribute("tabindex") === box.scrollWidth > box.clientWidth)"""


def names(tab: Any) -> list[str]:
    """The pictures shown, by the letter that their names begin with."""
    return [each.split("-")[0] for each in tab.locator(".card .top p:nth-of-type(2)").all_text_contents()]


def sort(tab: Any, head: str, way: str) -> None:
    """Sort the table of networks, which is done soon after the click."""
    table = tab.locator("table.sortable").first
    table.get_by_role("button", name=head).click()
    table.locator(f"th[aria-sort={way}]", has_text=head).wait_for()


def choice(tab: Any, name: str) -> Any:
    """A field of the form above the pictures."""
    return tab.get_by_role("combobox", name=name, exact=True)


def column(tab: Any, number: int) -> list[str]:
    """The first word of each cell of the table of networks."""
    cells = tab.locator("table.sortable").first.locator(f"tbody tr > :nth-child({number})").all_inner_texts()
    return [cell.split(" [")[0] for cell in cells]


def test_the_page_opens_from_disk_without_an_error_or_a_request(opened: Open) -> None:
    tab = opened()
    assert HOSTILE in tab.title()
    assert names(tab) == ["a", "b", "e", "d", "g", "h", "c", "f"]
    assert tab.locator(".dt-info").first.inner_text() == "1 to 8 of 8 pictures"
    assert tab.locator(".card img").count() == 7
    assert tab.evaluate(
        "[...document.querySelectorAll('.card img')].every((one) => one.complete && one.naturalWidth > 0)"
    )


@pytest.mark.parametrize(
    ("answers", "expected"), [("people", "a"), ("models", "b"), ("right", "c"), ("wrong", "d"), ("", "abedghcf")]
)
def test_answers_are_those_that_the_mean_of_the_groups_gave(opened: Open, answers: str, expected: str) -> None:
    tab = opened()
    choice(tab, "Answers").select_option(answers)
    assert "".join(names(tab)) == expected


def test_one_group_of_people_can_be_chosen(opened: Open) -> None:
    tab = opened()
    choice(tab, "Answers").select_option("people")
    choice(tab, "People").select_option("unlimited")
    assert names(tab) == ["a", "e"]
    assert tab.locator(".dt-info").first.inner_text() == "1 to 2 of 2 pictures (8 in all)"
    assert tab.locator(".card .gap").first.inner_text() == "people − networks: +100\u00a0points"
    choice(tab, "People").select_option("40ms")
    assert names(tab) == ["a"]
    assert tab.locator(".dt-info").first.inner_text() == "1 picture (8 in all)"
    assert tab.locator(".card .chosen dt").all_inner_texts() == ["40ms"]


def test_condition_object_and_words_narrow_the_pictures(opened: Open) -> None:
    tab = opened()
    choice(tab, "Condition").select_option("rotated")
    assert names(tab) == ["b", "e", "d"]
    choice(tab, "Object").select_option("mug")
    assert names(tab) == ["e", "d"]
    tab.get_by_role("searchbox", name="Search", exact=True).fill("nobody")
    assert names(tab) == ["d"]
    tab.get_by_role("searchbox", name="Search", exact=True).fill("nothing like it")
    assert names(tab) == []
    assert "No picture is like this." in tab.locator(".cards").inner_text()
    tab.get_by_role("button", name="Reset").click()
    tab.wait_for_function("document.querySelectorAll('.card').length === 8")
    assert choice(tab, "Condition").input_value() == ""


def test_words_are_looked_for_as_they_are_written(opened: Open) -> None:
    tab = opened()
    tab.get_by_role("searchbox", name="Search", exact=True).fill("<script>alert(1)")
    assert names(tab) == ["g"]
    tab.get_by_role("searchbox", name="Search", exact=True).fill("onerror=alert(2)>&")
    assert names(tab) == ["g", "h"]  # offered with the one, the label of the other


def test_orders_do_what_they_say_and_the_unknown_comes_last(opened: Open) -> None:
    tab = opened()
    order = choice(tab, "Order")
    order.select_option(label="hardest for networks")
    assert names(tab) == ["a", "e", "d", "g", "h", "b", "c", "f"]
    tab.get_by_label("Reverse order").check()
    assert names(tab) == ["b", "c", "g", "h", "d", "a", "e", "f"]
    order.select_option(label="hardest for 40ms")
    assert names(tab) == ["c", "a", "f", "g", "h", "d", "b", "e"]
    order.select_option(label="name")
    assert names(tab) == list("hgfedcba")
    order.select_option(label="most disagreement")
    assert names(tab) == list("cfdgheab")


def test_a_card_says_shares_answers_choices_and_margins(opened: Open) -> None:
    tab = opened()
    text = " ".join(tab.locator(".card").first.inner_text().split())
    assert text.startswith("mug upright a-people-only offered: mug, hammer people − networks: +88 points")
    assert "40ms 75 % of 4 [45, 100] · instead: hammer" in text
    assert "networks 0 % of 4 [0, 30] · instead: hammer · margin 1.50" in text
    assert "no answer" in tab.locator(".card").last.inner_text()
    assert "no picture here" in tab.locator(".card").last.inner_text()
    assert tab.locator(".card img").first.get_attribute("alt") == "mug, upright"


def test_many_groups_fold_and_those_chosen_come_first(opened: Open) -> None:
    groups = tuple(f"group {number}" for number in range(12))
    several = Browser(
        people=groups, models=("networks",), cards=(card("a", dict.fromkeys((*groups, "networks"), 0.5)),)
    )
    tab = opened(report(several))
    assert tab.locator(".card > dl > div").count() == 4
    assert tab.locator(".card summary").inner_text() == "9 more groups"
    choice(tab, "People").select_option("group 9")
    assert tab.locator(".card > dl dt").all_inner_texts() == ["group 9", "group 0", "group 1", "group 2", "group 3"]


def test_pictures_come_a_page_at_a_time(opened: Open) -> None:
    many = replace(
        browser(),
        cards=tuple(card(f"p{n:03}", {"40ms": n / 100, "unlimited": 1.0, "networks": 0.0}) for n in range(100)),
    )
    tab = opened(report(many))
    assert tab.locator(".card").count() == 24
    choice(tab, "Order").select_option(label="hardest for 40ms")
    tab.get_by_role("link", name="2", exact=True).click()
    tab.get_by_text("25 to 48 of 100 pictures").wait_for()
    assert names(tab)[0] == "p024"
    assert tab.locator(".card img").count() == 24


def test_hostile_texts_are_texts_everywhere(opened: Open) -> None:
    tab = opened()
    assert tab.locator("img[src=x]").count() == 0
    assert tab.locator("script").count() == 2  # the pictures' JSON and the page's own
    assert HOSTILE in tab.locator("table.sortable").first.inner_text()
    assert HOSTILE in [text.strip() for text in tab.locator(".card h3").all_text_contents()]
    assert WORSE in choice(tab, "Object").locator("option").all_text_contents()
    assert HOSTILE in str(tab.locator("svg").first.get_attribute("aria-label"))
    alts = tab.locator(".card img").evaluate_all("(all) => all.map((one) => one.alt)")
    assert f"{HOSTILE}, upright" in alts
    for name in ("Answers", "Condition", "Object", "Order"):
        box = choice(tab, name)
        for value in box.locator("option").evaluate_all("(all) => all.map((one) => one.value)"):
            box.select_option(value)
    assert tab.locator("img[src=x]").count() == 0


def test_the_table_of_networks_sorts_by_value_and_searches(opened: Open) -> None:
    tab = opened()
    sort(tab, "Answers", "ascending")
    assert column(tab, 6)[:3] == ["–", "0", "147"]
    sort(tab, "Answers", "descending")
    assert column(tab, 6)[0] == "20,000"
    sort(tab, "Fall", "ascending")
    shown = column(tab, 3)
    assert shown[1:4] == ["−10.0", "−7.5", "−5.0"]
    assert shown[-1] == "+50.0"
    sort(tab, "Upright", "ascending")
    assert column(tab, 2)[1] == "12.3 %"
    tab.get_by_label("Search this table").first.fill("<script>")
    assert column(tab, 1) == [HOSTILE + " & more"]


def test_columns_can_be_sorted_with_the_keyboard(opened: Open) -> None:
    tab = opened()
    button = tab.locator("table.sortable").first.get_by_role("button", name="Kappa")
    button.focus()
    tab.keyboard.press("Enter")
    tab.locator("th[aria-sort=ascending]", has_text="Kappa").wait_for()
    assert column(tab, 4)[1] == "−0.12"


def test_space_sorts_and_does_not_scroll(opened: Open) -> None:
    tab = opened(reduced_motion="reduce")
    tab.locator("table.sortable").first.get_by_role("button", name="Kappa").focus()
    before = tab.evaluate("scrollY")
    tab.keyboard.press("Space")
    tab.locator("th[aria-sort=ascending]", has_text="Kappa").wait_for()
    assert column(tab, 4)[1] == "−0.12"
    tab.keyboard.press("Space")
    tab.locator("th[aria-sort=descending]", has_text="Kappa").wait_for()
    assert tab.evaluate("scrollY") == before


def test_a_single_network_can_be_chosen_and_cards_name_those_that_were_wrong(opened: Open) -> None:
    wrong = (False,) * 8
    rows = (
        ("a", 1.0, (False, *(True,) * 7)),
        ("b", 1.0, (True, False, *(True,) * 6)),
        ("c", 0.0, wrong),
        ("d", 1.0, wrong),
        ("e", 1.0, (None, *(True,) * 7)),
    )
    cards = tuple(
        card(name, {"40ms": share, "unlimited": share, "networks": sum(map(bool, answers)) / 8}, answers=answers)
        for name, share, answers in rows
    )
    tab = opened(report(Browser(people=PEOPLE, models=MODELS, networks=NETWORKS, cards=cards)))
    said = {name: tab.locator(".card", has=tab.get_by_text(name, exact=True)).locator(".wrong") for name in "abcde"}
    assert said["a"].all_inner_texts() == ["networks wrong: net 0"]
    assert said["d"].all_inner_texts() == ["networks wrong: net 0, net 1, net 2, net 3, net 4, net 5 and 2 more"]
    assert said["e"].count() == 0
    choice(tab, "Networks").select_option(label="net 0")
    choice(tab, "Answers").select_option("people")
    assert names(tab) == ["a", "d"]
    assert tab.locator(".card .gap").all_inner_texts()[:2] == ["people − net 0: +100\u00a0points", "net 0: wrong"]
    choice(tab, "Answers").select_option("right")
    assert names(tab) == ["b"]
    choice(tab, "Answers").select_option("wrong")
    assert names(tab) == ["c"]
    choice(tab, "Answers").select_option("")
    silent = tab.locator(".card", has=tab.get_by_text("e", exact=True)).locator(".gap")
    assert silent.all_inner_texts() == ["net 0: no answer"]
    choice(tab, "Networks").select_option("")
    tab.get_by_role("searchbox", name="Search", exact=True).fill("net 1")
    assert names(tab) == ["d", "b", "c"]


def test_a_table_that_is_cut_shows_a_shade_and_a_whole_one_none(opened: Open) -> None:
    tab = opened(viewport=PHONE)
    shades = tab.locator(".grid .scroll").first.evaluate("(one) => getComputedStyle(one).backgroundAttachment")
    assert shades == "local, local, scroll, scroll"


def test_sentences_in_a_table_are_stacked_on_a_phone_with_the_verdict_beside_the_claim(opened: Open) -> None:
    long = "Networks fail on pictures that people recognise, whatever the time that they have."
    heads = (Head("Statement"), Head("Where"), Head("Verdict"), Head("What the data say"))
    told = report()
    one = replace(told.sections[0], blocks=(Grid(caption="T", heads=heads, rows=((long, "Fig. 2", "holds", long),)),))
    places = """(row) => [...row.children].map((cell) => {
        const { left, top, width } = cell.getBoundingClientRect();
        return [left, top, width].map(Math.round);
    })"""
    tab = opened(replace(told, sections=(one,)), viewport=PHONE)
    claim, where, verdict, words = tab.locator(".prose tbody tr").evaluate(places)
    assert verdict[0] > claim[0] + claim[2] - 1
    assert abs(verdict[1] - claim[1]) < 10
    assert claim[1] < where[1] < words[1]
    assert words[2] > 300
    tab = opened(replace(told, sections=(one,)))
    assert len({place[1] for place in tab.locator(".prose tbody tr").evaluate(places)}) == 1


def test_what_is_for_the_screen_only_stays_folded_on_paper(opened: Open) -> None:
    told = report()
    folded = (Folded("Shown", (Text("On paper."),)), Folded("Files", (Text("Hashes."),), on_paper=False))
    tab = opened(replace(told, sections=(replace(told.sections[0], blocks=folded),)))
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.get_by_text("On paper.").is_visible()
    assert tab.get_by_text("Files").is_visible()
    assert not tab.get_by_text("Hashes.").is_visible()


def test_a_long_table_has_pages(opened: Open) -> None:
    told = report()
    long = replace(told, sections=(replace(told.sections[0], blocks=(network_table(120),)),))
    tab = opened(long)
    assert tab.locator("table.sortable tbody tr").count() == 50
    tab.get_by_role("link", name="3", exact=True).click()
    tab.get_by_text("Showing 101 to 120 of 120").wait_for()
    assert tab.locator("table.sortable tbody tr").count() == 20


def test_everything_that_acts_can_be_reached_with_the_keyboard_and_shows_it(opened: Open) -> None:
    tab = opened()
    acting = """() => [...document.querySelectorAll("a[href], button, input, select, summary, [role=button]")]
        .filter((one) => one.checkVisibility() && !one.disabled && one.ariaDisabled !== "true")"""
    expected = tab.evaluate(f"({acting})().length")
    reached = set()
    for _ in range(expected + 5):
        tab.keyboard.press("Tab")
        place, outline = tab.evaluate(
            f"[({acting})().indexOf(document.activeElement), getComputedStyle(document.activeElement).outlineStyle]"
        )
        reached.add(place)
        assert place < 0 or outline != "none"
    assert {*range(expected)} <= reached


def test_the_first_stop_leads_past_the_contents(opened: Open) -> None:
    tab = opened()
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to the report"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "report"


def test_a_quote_is_copied_where_there_is_a_clipboard(opened: Open) -> None:
    tab = opened(permissions=["clipboard-read", "clipboard-write"])
    tab.get_by_role("button", name="Copy: Methods").click()
    tab.get_by_text("Copied.").wait_for()
    assert (
        tab.evaluate("navigator.clipboard.readText()") == "Each picture was shown for 40 ms.\n\nThen a mask followed."
    )


def test_a_quote_is_selected_where_there_is_no_clipboard(opened: Open) -> None:
    tab = opened()
    tab.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    tab.get_by_role("button", name="Copy: Methods").click()
    tab.get_by_text("Selected; copy it with Ctrl+C").wait_for()
    assert tab.evaluate("getSelection().toString()").startswith("Each picture was shown for 40 ms.")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_nothing_is_in_the_way_of_readers_with_disabilities(opened: Open, theme: str, viewport: dict[str, int]) -> None:
    tab = opened(color_scheme=theme, viewport=viewport, reduced_motion="reduce")
    tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    # Boxes get their stops for the keyboard when their size is known.
    tab.wait_for_function(STOPS)
    found = axe.Axe().run(tab).response["violations"]
    told = [(each["id"], each["nodes"][0]["html"][:200], each["nodes"][0]["failureSummary"][:300]) for each in found]
    assert told == []


def lines(tab: Any, selector: str) -> list[int]:
    """In how many boxes the text of each element lies: 1 where no line ends within it."""
    counted = """(all) => all.map((one) => {
        const range = document.createRange();
        range.selectNodeContents(one);
        return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size;
    })"""
    return list(tab.locator(selector).evaluate_all(counted))


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_no_line_ends_within_an_option_of_a_command(opened: Open, viewport: dict[str, int]) -> None:
    tab = opened(viewport=viewport)
    assert {*lines(tab, ".command span")} == {1}
    assert tab.locator(".command").evaluate("(one) => one.textContent") == COMMAND


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_names_of_networks_are_broken_only_where_they_do_not_fit(opened: Open, viewport: dict[str, int]) -> None:
    told = report()
    table = network_table(14)
    named = (("claude_sonnet", *table.rows[0][1:]), ("x" * 300, *table.rows[1][1:]), *table.rows[2:])
    one = replace(told.sections[0], blocks=(replace(table, rows=named),))
    tab = opened(replace(told, sections=(one,)), viewport=viewport)
    name, long, *_ = lines(tab, "tbody th")
    assert name == 1
    assert long > 1
    assert tab.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_numbers_of_sections_stand_on_one_line(opened: Open, viewport: dict[str, int]) -> None:
    told = report()
    many = tuple(replace(told.sections[2], name=f"part-{number}", title="A title") for number in range(12))
    tab = opened(replace(told, sections=many), viewport=viewport)
    tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    heights = tab.locator(".contents li").evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().height)")
    assert len({round(height) for height in heights}) == 1
    assert {*lines(tab, "h2 .count")} == {1}


@pytest.mark.parametrize("width", [390, 320])
def test_a_phone_has_no_page_wider_than_its_screen(opened: Open, width: int) -> None:
    tab = opened(viewport={"width": width, "height": 700})
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert not tab.evaluate("document.querySelector('.contents details').open")
    tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_the_theme_follows_the_system_and_figures_with_it(opened: Open) -> None:
    colours = {}
    for theme in ("light", "dark"):
        tab = opened(color_scheme=theme)
        colours[theme] = tab.evaluate(
            """[document.body, document.querySelector("svg circle"), document.querySelector("svg text")].map((one) =>
                [getComputedStyle(one).backgroundColor, getComputedStyle(one).fill])"""
        )
    assert colours["light"][0][0] == "rgb(255, 255, 255)"
    assert colours["dark"][0][0] == "rgb(20, 23, 27)"
    assert [colours[theme][1][1] for theme in ("light", "dark")] == ["rgb(8, 60, 125)", "rgb(176, 208, 254)"]
    assert colours["dark"][2][1] == "rgb(229, 232, 236)"


def test_paper_is_white_without_controls_and_with_everything_unfolded(opened: Open, tmp_path: Path) -> None:
    told = report()
    tab = opened(
        replace(
            told, sections=(*told.sections[:2], replace(told.sections[0], name="more", blocks=(network_table(120),)))
        ),
        color_scheme="dark",
    )
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.get_by_text("Hidden at first.").is_visible()
    assert not tab.locator(".filters").is_visible()
    assert not tab.locator(".copy").first.is_visible()
    assert tab.locator("#more tbody tr").count() == 120
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not tab.evaluate("document.querySelector('main details').open")
    assert tab.locator("#more tbody tr").count() == 50


def test_without_scripts_everything_but_pictures_reads(opened: Open) -> None:
    tab = opened(java_script_enabled=False)
    said = tab.locator(".browser").inner_text()
    assert said.startswith("The pictures can be looked through where JavaScript is allowed.")
    assert "tables/pictures.csv" in said
    assert tab.locator("table.sortable").first.is_visible()
    assert not tab.locator(".filters").is_visible()
    assert not tab.locator(".copy").first.is_visible()
    tab.get_by_text("Details").click()
    assert tab.get_by_text("Hidden at first.").is_visible()


def test_the_number_of_pictures_is_told_to_screen_readers(opened: Open) -> None:
    tab = opened()
    told = tab.locator(".live .dt-info")
    assert told.get_attribute("aria-live") == "polite"
    assert tab.get_by_role("list").filter(has=tab.locator(".card")).get_by_role("listitem").count() == 8
    assert tab.get_by_role("heading", level=3).count() == 8
