"""The page of quality control: what it shows, that it stands alone, and that it can be read by everybody."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from askew.study import Study
from askew_experiments.amounts import Share
from askew_experiments.charts import Line, histogram, share_bar, ticks
from askew_experiments.qc import quality
from askew_experiments.qc_page import as_html
from askew_experiments.qc_style import STYLE
from tests.experiments.kit.planted import Record, drop, of_type, rewrite, sessions, simulated_study

VOID = {"meta", "br", "link", "img"}
ROUND = ("path", "circle", "rect")  # shapes that SVG closes in themselves
NASTY = "<script>alert(1)</script>\"'&"


class Page(HTMLParser):
    """A page read strictly: every tag is closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each such tag."""
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        """All that is read."""
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two simulated participants, who make a round, on a display at 100 Hz."""
    return simulated_study(tmp_path_factory.mktemp("made") / "study").root


@pytest.fixture
def study(made: Path, tmp_path: Path) -> Study:
    """A copy of it to plant things in."""
    shutil.copytree(made, tmp_path / "study")
    return Study.open(tmp_path / "study")


def break_first(study: Study) -> None:
    journal = sessions(study)[0] / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"index":3', b'"index":4', 1))


def test_the_page_is_well_formed_and_needs_nothing_else(study: Study) -> None:
    text = as_html(quality(study))
    page = Page(text)
    assert not page.of("script")
    assert not page.of("link")
    assert not page.of("img")
    assert not re.search(r"(https?:)?//|@import|url\(|@font-face", text)
    assert all((attributes["href"] or "").startswith("#") for attributes in page.of("a"))
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "src"]


def test_every_link_has_a_place_and_every_place_is_one(study: Study) -> None:
    break_first(study)
    page = Page(as_html(quality(study)))
    places = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(places) == len({*places})
    assert {(attributes["href"] or "")[1:] for attributes in page.of("a")} <= {*places}
    assert len(page.of("section")) == 2


def test_the_page_can_be_read_without_seeing_it(study: Study) -> None:
    page = Page(as_html(quality(study)))
    assert page.of("html") == [{"lang": "en"}]
    assert len(page.of("h1")) == 1
    assert all(attributes.get("scope") in {"col", "row"} for attributes in page.of("th"))
    assert len(page.of("caption")) == len(page.of("table"))
    charts = page.of("svg")
    assert charts
    assert all(
        (chart.get("role") == "img" and chart.get("aria-label")) or chart.get("aria-hidden") == "true"
        for chart in charts
    )


def test_the_study_comes_first_and_each_session_has_its_section(study: Study) -> None:
    text = Page(as_html(quality(study))).text
    order = [
        "All participants are simulated.",
        "Nothing was found that makes data unusable or doubtful.",
        "For the methods section",
        "Simulated; not data of people.",
        "Brief pictures",
        "Coverage",
        "All sessions",
        "Course of the session",
        "Provenance",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert text.count("Course of the session") == 2
    assert "software time stamps; luminance not measured" in text


def test_what_was_found_stands_on_the_page(study: Study) -> None:
    def change(records: list[Record]) -> None:
        drop(of_type(records, "trial")[4], "image", 2, 10.0)

    rewrite(sessions(study)[1], change)
    break_first(study)
    text = Page(as_html(quality(study))).text
    assert "2 things make data unusable or doubtful." in text
    assert "the exposure is off by half a frame or more in 1 of 12 trials: trial 5 50.0 ms" in text
    assert "is damaged or changed" in text
    assert "40.0 ms 40.0 ms 50.0 ms off" in text


def test_what_files_say_is_text_and_nothing_else(study: Study) -> None:
    def change(records: list[Record]) -> None:
        plan = records[0]
        plan["study"] = plan["stream"] = NASTY
        for trial in plan["trials"]:
            trial["condition"] += NASTY
            trial["object"] += NASTY
        first = plan["trials"][0]
        first["stimulus"] = NASTY
        start = of_type(records, "start")[0]
        start.update(override=NASTY, checks=[{"code": NASTY, "ok": False, "said": NASTY}], system=NASTY)
        start["display"].update(renderer=NASTY, lab={"distance_cm": 50.0, "calibration": NASTY})
        start["versions"][NASTY] = NASTY
        for record in of_type(records, "trial"):
            record["rt_source"] = f"{NASTY}; {NASTY}"
            record["other_keys"] = [{"key": NASTY, "ms": 1.0}]
        drop(of_type(records, "trial")[0], "image", 2, 10.0)
        records.insert(3, {"type": "note", "utc": start["utc"], "said": NASTY})

    rewrite(sessions(study)[0], change)
    strange = Study(root=study.root, name=NASTY.replace('"', ""), title=NASTY)
    text = as_html(quality(strange))
    page = Page(text)
    assert not page.of("script")
    assert "<script" not in text
    assert page.text.count(NASTY) > 10
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]


def test_protocols_without_a_complete_session_are_one_line(study: Study) -> None:
    folder = sessions(study)[0]

    def person(records: list[Record]) -> list[Record]:
        records[0]["simulated"] = False
        start = of_type(records, "start")[0]
        none = {"triggers": {"port": "none"}, "response_box": {"kind": "none"}, "eyetracker": {"kind": "none"}}
        start["devices"] = none
        start["display"]["px_per_deg"] = 38.6667
        return records[:-1]

    rewrite(folder, person)
    text = Page(as_html(quality(study))).text
    assert "Without a complete session so far: brief." in text
    assert "Brief pictures (brief) simulated Over 1 complete session, 12 trials." in text
    assert "1 person 1 simulated participant " in text
    assert "Devices none" in text
    assert "38.7 px a degree" in text
    assert "Over 0" not in text
    assert "people 0" not in text

    def one_device(records: list[Record]) -> None:
        of_type(records, "start")[0]["devices"]["eyetracker"] = {"kind": "tobii"}

    rewrite(folder, one_device)
    assert "Devices eyetracker Software" in Page(as_html(quality(study))).text


def test_a_page_of_one_session_leaves_the_study_out(study: Study) -> None:
    page = Page(as_html(quality(study, "sub-sim02_ses-01")))
    assert len(page.of("section")) == 1
    assert "All sessions" not in page.text
    assert "Coverage" not in page.text
    assert page.text.startswith("Quality control: Made up, sub-sim02_ses-01")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_told_from_what_is_behind_them(scheme: str) -> None:
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", STYLE.split("@media")[scheme == "dark"]))
    pairs = [(text, ground) for text in ("ink", "faint", "accent", "bad") for ground in ("paper", "panel")]
    pairs += [(name, f"{name}-soft") for name in ("bad", "warn", "good")]
    pairs += [("accent", "soft"), ("ink", "bad-soft"), ("ink", "warn-soft"), ("ink", "good-soft")]
    for text, ground in pairs:
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as the WCAG define it."""

    def light(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, bright = sorted([light(one), light(other)])
    return (bright + 0.05) / (dark + 0.05)


def test_a_histogram_has_a_bar_for_each_bin_in_the_colour_of_its_side_of_the_limits() -> None:
    chart = histogram({30.0: 2, 40.0: 100, 60.0: 1}, 1.0, about="x < y", axis="ms", band=(35.0, 45.0), logarithmic=True)
    Page(chart)
    bars = {name: path.count("M") for name, path in re.findall(r'class="(bar[^"]*)" d="([^"]*)"', chart)}
    assert bars == {"bar": 1, "bar off": 2}
    assert 'aria-label="x &lt; y"' in chart


def test_bars_are_as_high_as_their_counts() -> None:
    chart = histogram({0.0: 10, 1.0: 20, 2.0: 40}, 1.0, about="x", axis="ms")
    (path,) = re.findall(r'class="bar" d="([^"]*)"', chart)
    heights = [float(base) - float(top) for base, top in re.findall(r"M[\d.]+ ([\d.]+)V([\d.]+)h", path)]
    assert heights[1] / heights[0] == pytest.approx(2, abs=0.05)
    assert heights[2] / heights[0] == pytest.approx(4, abs=0.05)


def test_very_many_bins_are_put_together() -> None:
    chart = histogram({float(place): 1 for place in range(5000)}, 1.0, about="x", axis="ms")
    (path,) = re.findall(r'class="bar" d="([^"]*)"', chart)
    assert path.count("M") <= 91


def test_words_at_the_edge_of_a_chart_stay_on_it() -> None:
    chart = histogram({0.0: 1, 9.0: 1}, 1.0, about="x", axis="ms", lines=[Line(0.0, "a long word"), Line(99.0, "out")])
    (at,) = re.findall(r'class="word" x="([\d.]+)"', chart)
    assert float(at) > 60
    assert "out" not in chart


def test_a_share_that_nobody_knows_has_no_bar() -> None:
    assert share_bar(Share.of(0, 0), "nothing") == ""
    assert 'aria-label="half"' in share_bar(Share.of(5, 10), "half", mark=0.5)


def test_ticks_are_round_and_few() -> None:
    assert ticks(13.3, 66.5) == [20, 30, 40, 50, 60]
    assert len(ticks(0, 10_437)) <= 7


def test_the_page_fits_a_telephone(study: Study, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("there is no chromium")
    path = tmp_path / "qc.html"
    probe = "<script>document.title = document.documentElement.scrollWidth + ' ' + innerWidth</script></body>"
    path.write_text(as_html(quality(study)).replace("</body>", probe))
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    dumped = subprocess.run(
        [browser, *options, "--window-size=500,900", "--dump-dom", path.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    found = re.search(r"<title>(\d+) (\d+)</title>", dumped.stdout)
    assert found is not None
    assert int(found[1]) <= int(found[2])
