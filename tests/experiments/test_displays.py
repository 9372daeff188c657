"""The declared display, and where things lie on it; all without a display."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from askew.errors import BadCell, BadInput
from askew_experiments.degrees import Box, boxes, centred, size_of
from askew_experiments.displays import Lab
from askew_experiments.entry import MAX_TEXT, Entry
from askew_experiments.labfile import lab_text, read_lab_file
from askew_experiments.lettering import direction, lacking
from askew_experiments.monitors import Monitor, monitors
from askew_experiments.refresh import next_slot, refresh_of
from askew_experiments.screen import Cross, Frame, Patch, Picture
from askew_experiments.texture import frame_of, texture

WINDOW = (1920, 1080)
COMPLETE = '[display]\nname = "cabin 2"\nwidth_cm = 52\ndistance_cm = 90.0\nsize_px = [1920, 1080]\nhz = 100\n'


@pytest.fixture
def lab() -> Lab:
    return Lab(width_cm=52, distance_cm=90, size_px=WINDOW, hz=100)


# The declaration


def test_a_declaration_is_read(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_text(COMPLETE)
    read = read_lab_file(path).display
    assert read == Lab(name="cabin 2", width_cm=52.0, distance_cm=90.0, size_px=(1920, 1080), hz=100.0)
    assert (read.calibration, read.scale_percent) == (None, 100)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_text(
        lab_text(
            name='the "dark" room',
            width_cm=52.5,
            distance_cm=90,
            size_px=(1920, 1080),
            hz=119.88,
            screen=1,
            scale_percent=125,
            calibration="2026-05-04, é",
        ),
        encoding="utf-8",
    )
    assert read_lab_file(path).display == Lab(
        name='the "dark" room',
        width_cm=52.5,
        distance_cm=90.0,
        size_px=(1920, 1080),
        hz=119.88,
        screen=1,
        scale_percent=125,
        calibration="2026-05-04, é",
    )


def test_a_new_declaration_has_to_be_filled_in_before_it_is_used(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_text(lab_text(size_px=(1920, 1080), hz=60))
    with pytest.raises(BadInput, match=r"lab.toml, display: width_cm is missing; it has to be a number from 1 to 1000"):
        read_lab_file(path)


def test_a_list_that_is_missing_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_text("[display]\nwidth_cm = 52\ndistance_cm = 90\nhz = 60\n")
    with pytest.raises(
        BadInput, match=r"size_px is missing; it has to be 2 whole numbers from 64 to 32768 in a list; measure it"
    ):
        read_lab_file(path)


def test_a_file_without_a_display_is_told(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_text('[triggers]\nport = "none"\n')
    with pytest.raises(BadInput, match=r"lab.toml: has no table \[display\]; sizes in degrees need"):
        read_lab_file(path)


def test_a_missing_declaration_is_told_with_the_command_that_writes_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"lab.toml: is not there; `askew session preflight` writes one to fill in"):
        read_lab_file(tmp_path / "lab.toml")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("hz = 5", "lab.toml, display, hz: 5.0 is not a number from 10 to 1000"),
        (
            "size_px = [1920]",
            r"display, size_px: \(1920,\) is not 2 whole numbers from 64 to 32768 in a list",
        ),
        ("width_cm = 520", r"distance_cm: 90 is too near for a screen 520 cm wide; give centimetres"),
        ("screen = -1", "lab.toml, display, screen: -1 is not a whole number from 0 to 15"),
        ("scale = 100", "lab.toml, display: 'scale' .*is no key here; allowed: name, width_cm, "),
        ('width_cm = "52"', "lab.toml, display, width_cm: '52' is not a number from 1 to 1000"),
    ],
)
def test_what_is_wrong_with_a_declaration_is_said_in_one_line(tmp_path: Path, line: str, message: str) -> None:
    key = line.partition(" ")[0]
    kept = [each for each in COMPLETE.splitlines() if each.partition(" ")[0] != key]
    path = tmp_path / "lab.toml"
    path.write_text("\n".join([*kept, line]))
    with pytest.raises(BadInput, match=message) as raised:
        read_lab_file(path)
    assert "\n" not in str(raised.value)


def test_a_declaration_made_in_code_keeps_the_same_rules() -> None:
    with pytest.raises(BadCell, match="hz: 0 is not"):
        Lab(width_cm=52, distance_cm=90, size_px=WINDOW, hz=0)


# Degrees


def test_a_degree_is_what_it_covers_in_the_middle_of_the_screen(lab: Lab) -> None:
    # At 57.3 cm a centimetre is a degree, which is why people sit there.
    near = Lab(width_cm=40, distance_cm=57.29, size_px=(1600, 900), hz=60)
    assert near.px_per_deg == pytest.approx(40, rel=1e-3)
    assert lab.px_of(8) == pytest.approx(464, abs=0.5)
    assert lab.px_of(16) == 2 * lab.px_of(8)


def test_a_picture_keeps_its_form(lab: Lab) -> None:
    assert size_of((500, 500), 8, lab) == (464, 464)
    assert size_of((1000, 500), 8, lab) == (928, 464)
    assert size_of((1, 5000), 8, lab) == (1, 464)


@pytest.mark.parametrize("size", [(5, 5), (4, 4), (5, 4), (464, 301)])
@pytest.mark.parametrize("window", [(1920, 1080), (1367, 768), (11, 11)])
def test_a_box_has_its_edges_between_pixels(size: tuple[int, int], window: tuple[int, int]) -> None:
    box = centred(size, window)
    x, y = box.centre(window)
    # PsychoPy draws round a place counted from the window's middle; edges on whole pixels need this to be whole.
    assert (window[0] / 2 + x - size[0] / 2) == box.left
    assert (window[1] / 2 - y - size[1] / 2) == box.top
    assert abs(x) <= 0.5
    assert abs(y) <= 0.5


def test_places_are_counted_from_the_middle_upwards(lab: Lab) -> None:
    box = centred((10, 10), WINDOW, lab.px_of(5), lab.px_of(2))
    assert box.centre(WINDOW) == (round(lab.px_of(5)), round(lab.px_of(2)))
    assert box.top < WINDOW[1] / 2


@pytest.mark.parametrize("thing", [Cross(0.5), Cross(0.7), Frame(10, 0.25), Frame(9.99, 0.01)])
def test_a_cross_and_a_frame_are_the_same_from_all_sides(lab: Lab, thing: Cross | Frame) -> None:
    screen = painted(boxes(thing, lab, WINDOW))
    assert screen.max() == 1  # nothing is painted twice
    for same in (screen[::-1], screen[:, ::-1]):
        assert np.array_equal(screen, same)
    middle = screen[40:1040, 460:1460]
    assert np.array_equal(middle, middle.T)


@pytest.mark.parametrize(
    ("corner", "expected"),
    [
        ("top-left", Box(0, 0, 30, 30)),
        ("top-right", Box(1890, 0, 30, 30)),
        ("bottom-left", Box(0, 1050, 30, 30)),
        ("bottom-right", Box(1890, 1050, 30, 30)),
    ],
)
def test_a_patch_lies_in_its_corner(lab: Lab, corner: str, expected: Box) -> None:
    assert boxes(Patch(corner, 30, (0, 0, 0)), lab, WINDOW) == [expected]  # type: ignore[arg-type]


def painted(rectangles: list[Box]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    screen = np.zeros((WINDOW[1], WINDOW[0]), np.int64)
    for box in rectangles:
        assert box.lies_in(WINDOW)
        screen[box.top : box.top + box.height, box.left : box.left + box.width] += 1
    return screen


# Pictures


def test_a_picture_of_the_right_size_is_left_as_it_is(lab: Lab) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (464, 464, 3), dtype=np.uint8)
    assert np.array_equal(np.asarray(texture(Picture(Path("x.png"), 8), pixels, lab)), pixels)


@pytest.mark.parametrize("side", [200, 500, 2000])
def test_resampling_never_overshoots_and_keeps_the_mean(lab: Lab, side: int) -> None:
    pixels = np.full((side, side, 3), (124, 116, 104), np.uint8)
    pixels[side // 4 : 3 * side // 4, side // 4 : 3 * side // 4] = (200, 30, 104)
    made = np.asarray(texture(Picture(Path("x.png"), 8), pixels, lab))
    assert made.shape == (464, 464, 3)
    assert made.min(axis=(0, 1)).tolist() == [124, 30, 104]
    assert made.max(axis=(0, 1)).tolist() == [200, 116, 104]
    assert np.abs(made.mean(axis=(0, 1)) - pixels.mean(axis=(0, 1))).max() < 0.5


def test_fine_lines_do_not_vanish_when_a_picture_gets_smaller(lab: Lab) -> None:
    pixels = np.zeros((2320, 2320, 3), np.uint8)
    pixels[::5] = 250  # one row of five, and the picture becomes five times smaller
    made = np.asarray(texture(Picture(Path("x.png"), 8), pixels, lab))
    assert made[5:-5].min() > 40
    assert made[5:-5].max() < 60


def test_frames_of_a_strip_are_cut_apart() -> None:
    strip = np.repeat(np.arange(3, dtype=np.uint8), 10)[:, None, None] * np.ones((1, 7, 3), np.uint8)
    for place in range(3):
        cut = frame_of(Picture(Path("x.png"), 8, place, 3), strip)
        assert cut.shape == (10, 7, 3)
        assert np.unique(cut).tolist() == [place]


@pytest.mark.parametrize(
    ("frame", "frames", "message"),
    [
        (0, 4, "x.png: is 30 px high, which 4 frames below one another cannot be; make the masks again, or correct"),
        (3, 3, "x.png: has no frame 3; it has 3, counted from 0"),
        (-1, 3, "x.png: has no frame -1; it has 3, counted from 0"),
    ],
)
def test_a_strip_that_cannot_be_cut_so_is_refused(frame: int, frames: int, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        frame_of(Picture(Path("x.png"), 8, frame, frames), np.zeros((30, 7, 3), np.uint8))


# Refresh


def test_the_refresh_of_a_display_is_recovered_in_spite_of_late_frames() -> None:
    rng = np.random.default_rng(1)
    intervals = rng.normal(1 / 119.88, 0.0001, 240)
    intervals[[30, 100, 200]] *= 2
    refresh = refresh_of(np.concatenate([[0], np.cumsum(intervals)]).tolist())
    assert refresh.hz == pytest.approx(119.88, rel=0.002)
    assert refresh.sd_s == pytest.approx(0.0001, rel=0.2)
    assert refresh.late == 3
    assert refresh.worst_s == pytest.approx(2 / 119.88, rel=0.05)
    assert refresh.n == 240


def test_a_frame_that_is_ready_in_time_is_shown_next_and_a_late_one_when_it_can() -> None:
    assert next_slot(now=10.021, start=10.0, period=0.01, last=2) == 3
    assert next_slot(now=10.0301, start=10.0, period=0.01, last=2) == 4
    assert next_slot(now=10.095, start=10.0, period=0.01, last=2) == 10
    assert next_slot(now=10.0299, start=10.0, period=0.01, last=3) == 4  # never the same twice


# What is typed, and its letters


FORM = "Please give 1 to 30 letters and digits."


def typed(strokes: list[str], pattern: str = "[A-Za-z0-9]{1,30}") -> Entry:
    entry = Entry()
    for stroke in strokes:
        entry = entry.after(stroke, pattern, FORM)
    return entry


def test_a_line_is_typed_and_ended_with_enter() -> None:
    assert typed([*"p7x", "backspace", "return"]) == Entry("p7", state="done")


def test_a_line_that_does_not_fit_is_not_taken_until_it_is_mended() -> None:
    entry = typed([*"p-7", "return"])
    assert entry == Entry("p-7", complaint=FORM)
    assert typed(["return"]).complaint == FORM
    assert typed([*"p-7", "return", "backspace", "backspace", "7", "return"]) == Entry("p7", state="done")


def test_escape_cancels() -> None:
    assert typed([*"p7", "escape"]).state == "cancelled"


def test_only_characters_are_added_and_not_without_end() -> None:
    assert typed(["left", "a", "\t", "\x07", "f1", "é"]).text == "aé"
    assert typed(["backspace", "a"]).text == "a"
    assert len(typed(["a"] * (MAX_TEXT + 5)).text) == MAX_TEXT


def test_letters_that_a_font_lacks_are_found(font: Path) -> None:
    assert lacking("Größe, naïve: Ελληνικά Кириллица\n", font) == ""
    assert lacking("a 猫 b 犬猫", font) == "猫犬"


def test_letters_run_as_they_are_read() -> None:
    assert direction("mug") == "LTR"
    assert direction("mug ספל") == "RTL"
    assert direction("كوب mug") == "Arabic"


@pytest.fixture
def font() -> Path:
    """The font that PsychoPy brings, without importing PsychoPy."""
    from importlib.metadata import distribution

    return Path(str(distribution("psychopy").locate_file("psychopy/assets/fonts/NotoSans-Regular.ttf")))


def test_where_the_system_does_not_tell_of_its_screens_pyglet_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    known = SimpleNamespace(x=1920, y=0, width=1280, height=1024, get_mode=lambda: SimpleNamespace(rate=75))
    monkeypatch.setattr(sys, "platform", "darwin")
    expected = Monitor(name="screen 0", x_px=1920, y_px=0, size_px=(1280, 1024), hz=75.0, size_mm=None)
    assert monitors([known]) == [expected]
    monkeypatch.setattr(sys, "platform", "linux")
    assert monitors([known])[0].hz is None
