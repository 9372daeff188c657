"""`askew stimuli sheet`."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from askew.command import guarded
from askew.sidecar import Sidecar
from askew_stimuli.check import findings
from askew_stimuli.commandline import command
from askew_stimuli.picture import Picture, read_manifest, write_manifest
from askew_stimuli.sheet import COLOURS, natural, pages, sheet_of
from askew_stimuli.sheet_command import EXAMPLE, sheet

PAINT = {"upright": (200, 0, 0), "rotated": (0, 200, 0)}


def run(*words: object) -> int:
    return guarded("askew stimuli sheet", lambda: command(sheet, "askew stimuli sheet", list(map(str, words)), EXAMPLE))


def picture(name: str, label: str, condition: str, **columns: Any) -> Picture:
    usual = {"source": "imported", "file": f"{name}.png", "set": "cups & mugs", "alt_label": "bowl"}
    return Picture(**{**usual, "image_id": name, "class_label": label, "condition": condition, **columns})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of two objects in two conditions, one of which lacks a picture, one of whose files is gone."""
    pictures = [
        picture("mug_2", "mug", "rotated", angle_from_upright=140.4, area_frac=0.1234, lum_mean=0.218),
        picture("mug_10", "mug", "rotated"),
        picture("mug_1", "mug", "upright"),
        picture("cup_1", "cup <small>", "upright"),
        picture("gone", "teapot", "rotated"),
        picture("never", "teapot", "upright", file=None),
    ]
    for number, each in enumerate(pictures[:4]):
        size = (80, 80) if number else (200, 50)
        Image.new("RGB", size, PAINT[each.condition]).save(tmp_path / f"{each.image_id}.png")
    write_manifest(tmp_path / "manifest.csv", pictures, Sidecar())
    return tmp_path


class Page(HTMLParser):
    """What a page shows: images with their alternative texts, and every address in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.images: list[dict[str, str | None]] = []
        self.addresses: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.images.append(dict(attrs))
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag not in {"img", "meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def test_both_files_are_drawn_into_the_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder) == 0
    said = capsys.readouterr().out
    assert said == f"{folder}/sheet.png, {folder}/sheet.html: 6 pictures, 2 of which cannot be shown\n"
    assert (folder / "sheet.png").is_file()
    assert not [f for f in findings(folder, read_manifest(folder / "manifest.csv")) if f.code == "unlisted"]


def test_the_html_stands_alone_and_says_what_it_shows(folder: Path) -> None:
    assert run(folder, "--out", folder / "x.html") == 0
    text = (folder / "x.html").read_text()
    page = Page(text)
    assert not page.open
    assert "<title>cups &amp; mugs</title>" in text
    assert "<script" not in text
    assert "url(" not in text
    assert all(address.startswith("data:image/jpeg;base64,") for address in page.addresses)
    assert [image["alt"] for image in page.images] == [
        "cup <small>, upright, or bowl",
        "mug, upright, or bowl",
        "mug, rotated, or bowl, turned by 140°, area 12.3 %, luminance 0.22",
        "mug, rotated, or bowl",
    ]
    assert [word for word in page.words if word in {"missing", "no file", "no picture"}] == [
        "no picture",  # of the cup, rotated
        "no file",
        "missing",
    ]
    assert [word for word in page.words if word in {"cup <small>", "mug", "teapot"}] == ["cup <small>", "mug", "teapot"]


def colours(path: Path) -> set[tuple[int, ...]]:
    with Image.open(path) as drawn:
        return {tuple(colour) for colour in np.asarray(drawn).reshape(-1, 3)}


def test_the_png_shows_the_pictures_in_frames_of_their_condition(folder: Path) -> None:
    assert run(folder, "--out", folder / "x.png", "--tile", 60) == 0
    found = colours(folder / "x.png")
    frames = {tuple(int(text[place : place + 2], 16) for place in (1, 3, 5)) for text in COLOURS[:2]}
    assert {*PAINT.values(), *frames, (221, 221, 221)} <= found


def test_the_same_set_gives_the_same_bytes(folder: Path) -> None:
    for name in ("a.png", "b.png", "a.html", "b.html"):
        assert run(folder, "--out", folder / name) == 0
    assert (folder / "a.png").read_bytes() == (folder / "b.png").read_bytes()
    assert (folder / "a.html").read_bytes() == (folder / "b.html").read_bytes()


def test_many_pictures_make_pages_that_know_one_another(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--per-page", 2, "--out", folder / "x.html", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    names = ["x.html", "x-2.html", "x-3.html"]
    assert told == {"files": [str(folder / name) for name in names], "pictures": 6, "not_shown": 2}
    page = Page((folder / "x-2.html").read_text())
    assert [address for address in page.addresses if not address.startswith("data:")] == names
    assert "cups & mugs, page 2 of 3" in page.words
    assert page.images[0]["alt"] == "mug, upright, or bowl"


def test_links_lead_to_pages_whose_names_hold_odd_characters(folder: Path) -> None:
    assert run(folder, "--per-page", 2, "--out", folder / 'a"b?#%.html') == 0
    page = Page((folder / 'a"b?#%.html').read_text())
    links = [address for address in page.addresses if not address.startswith("data:")]
    assert [unquote(link) for link in links] == ['a"b?#%.html', 'a"b?#%-2.html', 'a"b?#%-3.html']
    assert not set('?#"') & set("".join(links))


@pytest.mark.parametrize("suffix", [".png", ".html"])
def test_a_sheet_takes_the_place_of_an_earlier_one_and_of_nothing_else(
    folder: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out, foreign = folder / f"x{suffix}", folder / f"x-4{suffix}"
    foreign.write_bytes(b"precious")
    assert run(folder, "--out", out, "--per-page", 2) == 0
    assert (folder / f"x-3{suffix}").is_file()
    alone = folder / f"x-5{suffix}"  # a sheet of its own, and no page of the other
    assert run(folder, "--out", alone) == 0
    assert run(folder, "--out", out, "--per-page", 4) == 0
    assert sorted(path.name for path in folder.glob(f"x*{suffix}")) == [
        f"x-2{suffix}",
        f"x-4{suffix}",
        f"x-5{suffix}",
        f"x{suffix}",
    ]
    for place, words in ((foreign, ["--out", foreign]), (folder / f"y-3{suffix}", ["--out", folder / f"y{suffix}"])):
        foreign = foreign.rename(place)
        said = f"{foreign}: is there and is no sheet that askew made; move it, or name another file with --out"
        assert run(folder, *words, "--per-page", 2) == 1
        assert said in capsys.readouterr().err
        assert foreign.read_bytes() == b"precious"
    assert not (folder / f"y{suffix}").exists()


def test_a_sheet_in_the_folder_does_not_replace_what_is_no_sheet(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (9, 9)).save(folder / "sheet.png")
    before = (folder / "sheet.png").read_bytes()
    assert run(folder) == 1
    assert "sheet.png: is there and is no sheet that askew made" in capsys.readouterr().err
    assert (folder / "sheet.png").read_bytes() == before
    assert not (folder / "sheet.html").exists()


def test_a_sheet_says_in_its_file_what_made_it(folder: Path) -> None:
    assert run(folder, "--per-page", 2) == 0
    with Image.open(folder / "sheet.png") as drawn:
        assert drawn.info == {"Software": "askew stimuli sheet"}
    with Image.open(folder / "sheet-2.png") as drawn:
        drawn.load()
        assert drawn.info == {"Software": "askew stimuli sheet, page 2"}
    assert '<meta name="generator" content="askew stimuli sheet, page 2">' in (folder / "sheet-2.html").read_text()


def test_a_page_that_no_program_opens_is_not_drawn(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    many = [picture(f"m{n}", f"mug {n}", "upright", file="mug_1.png") for n in range(400)]
    write_manifest(folder / "manifest.csv", many, Sidecar())
    assert run(folder, "--tile", 500, "--out", folder / "x.png") == 1
    said = re.search(r"x\.png: a page of (\d+) x (\d+) pixels; lower --tile or --per-page", capsys.readouterr().err)
    assert said is not None
    assert int(said[1]) * int(said[2]) > (Image.MAX_IMAGE_PIXELS or 0)
    assert not (folder / "x.png").exists()
    assert run(folder, "--tile", 500, "--per-page", 100, "--out", folder / "y.html") == 0


def test_one_picture_is_counted_as_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_manifest(folder / "manifest.csv", [picture("mug_1", "mug", "upright")], Sidecar())
    assert run(folder, "--out", folder / "x.html") == 0
    assert capsys.readouterr().out == f"{folder}/x.html: 1 picture\n"
    assert "1 picture on 1 card" in Page((folder / "x.html").read_text()).words


def test_an_object_is_not_torn_between_pages() -> None:
    pictures = [picture(f"{label} {n}", label, "upright") for label in ("a", "b", "c") for n in range(4)]
    parts = pages(sheet_of("t", pictures), 6)
    assert [[card.title for card in part.cards] for part in parts] == [["a"], ["b"], ["c"]]
    assert len(pages(sheet_of("t", pictures), 12)) == 1


def test_cards_and_their_pictures_are_sorted_as_people_sort() -> None:
    pictures = [picture(f"{label} {n}", label, "upright") for label in ("Mug 10", "mug 9", "cup") for n in (10, 9)]
    made = sheet_of("t", pictures)
    assert [card.title for card in made.cards] == ["cup", "mug 9", "Mug 10"]
    assert [p.image_id for p in made.cards[0].cells[0]] == ["cup 9", "cup 10"]
    assert sorted(["b", "a2", "a10", "2", "10"], key=natural) == ["2", "10", "a2", "a10", "b"]


def test_other_columns_of_the_manifest_can_make_rows_and_columns(folder: Path) -> None:
    pictures = [
        picture(f"{label} {light}", label, "upright", lights_id=light, object_id=f"{label} 3")
        for label in ("mug", "cup")
        for light in ("studio", "front", None)
    ]
    made = sheet_of("t", pictures, columns="lights_id")
    assert made.columns == ("(empty)", "front", "studio")
    assert [card.title for card in made.cards] == ["cup (cup 3)", "mug (mug 3)"]
    turned = sheet_of("t", pictures, rows="lights_id", columns="class_label")
    assert [card.title for card in turned.cards] == ["(empty)", "front", "studio"]
    assert run(folder, "--rows", "condition", "--columns", "class_label", "--out", folder / "x.png") == 0


def test_hundreds_of_pictures_of_one_object_are_wrapped(folder: Path) -> None:
    many = [picture(f"mug_1 {n}", "mug", f"c{n % 2}", file="mug_1.png") for n in range(50)]
    write_manifest(folder / "manifest.csv", many, Sidecar())
    assert run(folder, "--tile", 40) == 0
    with Image.open(folder / "sheet.png") as drawn:
        width, height = drawn.size
    assert width == 2 * 14 + 12 * 44 - 4
    assert height < 500
    assert len(Page((folder / "sheet.html").read_text()).images) == 50


@pytest.mark.parametrize("count", [9, 30])
def test_many_conditions_are_named_where_colours_repeat(folder: Path, count: int) -> None:
    many = [picture(f"m{n}", "mug", f"condition {n}", file="mug_1.png") for n in range(count)]
    write_manifest(folder / "manifest.csv", many, Sidecar())
    assert run(folder, "--tile", 40) == 0
    assert Page((folder / "sheet.html").read_text()).words.count("condition 8") == 2  # legend and caption


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["--out", "x.pdf"], 2, "--out x.pdf: a sheet is a .png or a .html; end the name in one of them"),
        (["--columns", "conditon"], 2, "--columns conditon: is no column of the manifest (did you mean condition?)"),
        (["--rows", "zzz"], 2, "--rows zzz: is no column of the manifest; data/README.md lists them"),
        (["--tile", "7"], 2, "--tile': Input should be greater than or equal to 40"),
        (["--out", "FOLDER/mug_1.png"], 1, "mug_1.png: is a picture of the set; name another file with --out"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    folder: Path, words: list[str], status: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, *(word.replace("FOLDER", str(folder)) for word in words)) == status
    assert says in " ".join(capsys.readouterr().err.split())


def test_a_set_without_files_has_nothing_to_draw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_manifest(tmp_path / "manifest.csv", [picture("a", "mug", "upright", file=None)], Sidecar())
    assert run(tmp_path) == 1
    assert "none of its pictures has a file, so there is nothing to draw" in capsys.readouterr().err


def test_see_through_and_damaged_pictures_get_a_tile_that_says_so(folder: Path) -> None:
    Image.new("RGBA", (9, 9), (1, 2, 3, 4)).save(folder / "mug_1.png")
    (folder / "mug_2.png").write_bytes(b"no picture")
    assert run(folder, "--out", folder / "x.html") == 0
    text = (folder / "x.html").read_text()
    assert re.findall(r'<div class="none">([^<]*)</div>', text) == [
        "no picture",
        "see-through",
        "unreadable",
        "no file",
        "missing",
    ]
