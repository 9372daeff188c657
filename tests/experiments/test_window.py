"""A real PsychoPy window on a display without a monitor: what it shows, when, and what it hears."""

import json
import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from askew_experiments.home import lent_home
from tests.experiments.kit.keys import Keys
from tests.experiments.kit.photodiode import Framebuffer, photodiode
from tests.experiments.kit.program import Program, program
from tests.experiments.kit.waiting import until
from tests.experiments.kit.xserver import Display, xserver

BACKGROUND = (124, 116, 104)
WHITE = (255, 255, 255)
SIZE = (1280, 800)
SIDE = 294  # 8 deg on the display of `shows`
Pixels = npt.NDArray[np.uint8]


class Shown:
    """The window in its own process, and the display that it is on."""

    def __init__(self, window: Program, display: Display, pictures: Path) -> None:
        self.window, self.display, self.pictures = window, display, pictures
        self.opened = window.said()

    def start(self, what: str, **given: Any) -> None:
        """Tell the window to do something."""
        self.window.tell([what, given])

    def did(self) -> Any:
        """What came of it."""
        answer = self.window.said()
        assert "done" in answer, answer
        return answer["done"]

    def do(self, what: str, **given: Any) -> Any:
        self.start(what, **given)
        return self.did()

    def refused(self, what: str, **given: Any) -> str:
        self.start(what, **given)
        return str(self.window.said()["refused"])

    def pixels(self) -> Pixels:
        """What the screen shows."""
        path = self.pictures / "screenshot.png"
        Framebuffer(self.display.framebuffer).screenshot(path)
        return np.asarray(Image.open(path))

    def seen(self, *names: str) -> Pixels:
        """What the screen shows after a flip."""
        self.do("show", names=names)
        return self.pixels()

    def changes_from(self, before: Pixels) -> Callable[[], bool]:
        """Whether the screen shows something else by now."""
        return lambda: not np.array_equal(self.pixels(), before)

    def picture(self, name: str, pixels: Pixels) -> str:
        path = self.pictures / name
        Image.fromarray(pixels).save(path)
        return str(path)


@pytest.fixture(scope="module")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Display]:
    with xserver(tmp_path_factory.mktemp("display"), size=SIZE) as found:
        with Keys(found.name) as finger:
            finger.swap("y", "z")  # a German keyboard: Psychtoolbox's numbers are those of places
        yield found


@pytest.fixture(scope="module")
def shown(display: Display, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """A window that fills the screen."""
    with showing(display, tmp_path_factory.mktemp("pictures")) as found:
        yield found


@pytest.fixture
def keys(display: Display) -> Iterator[Keys]:
    with Keys(display.name) as finger:
        yield finger


@contextmanager
def showing(display: Display, pictures: Path, env: dict[str, str] | None = None, **options: Any) -> Iterator[Shown]:
    """A window with options, while the block lasts."""
    command = ("-m", "tests.experiments.shows", json.dumps(options))
    with program(*command, env={"DISPLAY": display.name, **(env or {})}) as window:
        yield Shown(window, display, pictures)
        window.tell("end")
        assert window.ended() == 0


def noise(width: int, height: int, seed: int = 1) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def box(pixels: Pixels, background: tuple[int, ...] = BACKGROUND) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is not background."""
    rows, columns = np.nonzero((pixels != np.array(background)).any(axis=2))
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def colours(pixels: Pixels) -> set[tuple[int, ...]]:
    codes = np.unique(pixels.astype(np.int32) @ np.array([65536, 256, 1], np.int32))
    return {(code >> 16, code >> 8 & 255, code & 255) for code in codes.tolist()}


def middle(width: int, height: int) -> tuple[slice, slice]:
    left, top = (SIZE[0] - width) // 2, (SIZE[1] - height) // 2
    return np.s_[top : top + height, left : left + width]


# When


def test_a_picture_is_seen_from_outside_for_as_long_as_its_flips_say(shown: Shown) -> None:
    white = shown.picture("white.png", np.full((SIDE, SIDE, 3), 255, np.uint8))
    shown.do("load", things={"white": {"is": "Picture", "path": white, "height_deg": 8.0}})
    with photodiode(shown.display.framebuffer, 640, 400) as diode:
        exposures = shown.do("expose", names=["white"], frames=4, times=25, gap=5)
        changes = diode.changes()
    assert changes[0][1] == BACKGROUND
    assert len(exposures) == 25
    assert all(len(one["on"]) == 4 for one in exposures)
    seen = [(on, off) for (on, colour), (off, after) in pairwise(changes) if (colour, after) == (WHITE, BACKGROUND)]
    pairs = [(one, min(seen, key=lambda times: abs(times[0] - one["on"][0]))) for one in exposures]
    # On a shared machine a process may lose its core: between a flip and its stamp, or while something is to be seen.
    # So medians are compared, and a few exposures may have passed unseen; but none is seen that was not shown.
    assert len(seen) <= len(exposures)
    assert len({times for _, times in pairs}) >= 20
    assert statistics.median(abs((off - on) - (one["off"] - one["on"][0])) for one, (on, off) in pairs) < 0.003
    assert abs(statistics.median(on - one["on"][0] for one, (on, _) in pairs)) < 0.003
    # What is called at a flip is called right after it, before anything else can happen.
    assert all(one["on"][0] <= one["called"][0] < one["on"][1] for one in exposures)


def test_a_late_frame_misses_whole_periods(shown: Shown) -> None:
    flips = shown.do("late", frames=21, hold_s=0.025)
    held = flips[10] - flips[9]
    assert round(held / 0.010) >= 3
    assert min(np.diff(flips)) > 0


def test_the_refresh_is_measured_from_flips(shown: Shown) -> None:
    refresh = shown.do("measured_refresh", n=60)
    intervals = np.diff(shown.do("flips")[-61:])
    assert refresh["n"] == 60
    assert refresh["period_s"] == pytest.approx(np.median(intervals), abs=1e-6)
    assert refresh["worst_s"] == pytest.approx(intervals.max(), abs=1e-6)
    # Not the half millisecond that flips take here by themselves, nor 1/60 s, which PsychoPy would assume.
    assert refresh["period_s"] > 0.009
    assert refresh["period_s"] == pytest.approx(0.010, rel=0.5)


# What


def test_the_background_is_exactly_the_colour_asked_for(shown: Shown) -> None:
    assert colours(shown.seen()) == {BACKGROUND}


def test_a_picture_of_its_own_size_keeps_every_pixel_in_the_middle_of_the_screen(shown: Shown) -> None:
    given = noise(SIDE, SIDE)
    given[:, 0] = np.arange(SIDE)[:, None] % 256  # every value
    path = shown.picture("native.png", given)
    loaded = shown.do("load", things={"native": {"is": "Picture", "path": path, "height_deg": 8.0}})
    assert "native" not in loaded["scaled"]
    screen = shown.seen("native")
    assert np.array_equal(screen[middle(SIDE, SIDE)], given)
    outside = np.ones(screen.shape[:2], bool)
    outside[middle(SIDE, SIDE)] = False
    assert colours(screen[outside]) == {BACKGROUND}


def test_a_picture_of_an_odd_size_is_not_blurred(shown: Shown) -> None:
    given = noise(SIDE + 7, SIDE)
    path = shown.picture("odd.png", given)
    shown.do("load", things={"odd": {"is": "Picture", "path": path, "height_deg": 8.0}})
    assert np.array_equal(shown.seen("odd")[middle(SIDE + 7, SIDE)], given)


def test_each_frame_of_a_strip_is_shown_by_itself(shown: Shown) -> None:
    strip = noise(SIDE, 3 * SIDE, seed=2)
    path = shown.picture("strip.png", strip)
    frames = {
        f"strip{place}": {"is": "Picture", "path": path, "height_deg": 8.0, "frame": place, "frames": 3}
        for place in range(3)
    }
    assert not {*frames} & {*shown.do("load", things=frames)["scaled"]}
    for place in range(3):
        assert np.array_equal(shown.seen(f"strip{place}")[middle(SIDE, SIDE)], strip[place * SIDE : (place + 1) * SIDE])


def test_a_picture_of_another_size_covers_its_degrees_and_keeps_its_form_and_background(shown: Shown) -> None:
    given = np.full((500, 750, 3), BACKGROUND, np.uint8)
    given[100:400, 150:600] = (200, 30, 30)
    path = shown.picture("large.png", given)
    loaded = shown.do("load", things={"large": {"is": "Picture", "path": path, "height_deg": 8.0}})
    assert loaded["scaled"]["large"] == [[750, 500], [441, SIDE]]
    screen = shown.seen("large")
    left, top, right, bottom = box(screen)
    assert right - left == pytest.approx(441 * 450 / 750, abs=2)
    assert bottom - top == pytest.approx(SIDE * 300 / 500, abs=2)
    assert tuple(screen[400, 640]) == (200, 30, 30)
    between = {colour for colour in colours(screen) if colour not in {BACKGROUND, (200, 30, 30)}}
    assert all(124 <= red <= 200 and 30 <= green <= 116 and 30 <= blue <= 104 for red, green, blue in between)


def test_a_cross_a_frame_and_patches_are_whole_pixels_of_one_colour(shown: Shown) -> None:
    things = {
        "cross": {"is": "Cross", "size_deg": 0.6, "colour": [1, 2, 3]},
        "frame": {"is": "Frame", "size_deg": 10.0, "width_deg": 0.2},
        "on": {"is": "Patch", "corner": "bottom-right", "size_px": 41, "colour": [255, 255, 255]},
        "off": {"is": "Patch", "corner": "top-left", "size_px": 40, "colour": [0, 0, 0]},
    }
    shown.do("load", things=things)
    cross = shown.seen("cross")
    assert colours(cross) == {BACKGROUND, (1, 2, 3)}
    assert box(cross) == (629, 389, 651, 411)
    assert np.array_equal(cross, cross[::-1])
    assert np.array_equal(cross, cross[:, ::-1])
    frame = shown.seen("frame")
    assert colours(frame) == {BACKGROUND, WHITE}
    assert np.array_equal(frame, frame[::-1])
    assert (frame == 255).all(axis=2).sum() == 368**2 - (368 - 14) ** 2
    patches = shown.seen("on", "off")
    assert colours(patches) == {BACKGROUND, WHITE, (0, 0, 0)}
    assert (patches[-41:, -41:] == 255).all()
    assert (patches[:40, :40] == 0).all()
    assert (patches != BACKGROUND).any(axis=2).sum() == 41**2 + 40**2


def test_what_is_drawn_later_lies_on_top(shown: Shown) -> None:
    shown.do(
        "load",
        things={
            "below": {"is": "Picture", "path": shown.picture("below.png", noise(SIDE, SIDE)), "height_deg": 8.0},
            "above": {"is": "Cross", "size_deg": 2.0},
        },
    )
    assert tuple(shown.seen("below", "above")[400, 640]) == WHITE
    assert tuple(shown.seen("above", "below")[400, 640]) == tuple(noise(SIDE, SIDE)[SIDE // 2, SIDE // 2])


def test_words_stand_where_they_should_in_their_colour(shown: Shown) -> None:
    things = {
        "left": {"is": "Words", "text": "xoxox", "height_deg": 0.8, "x_deg": -5.0, "y_deg": 3.0},
        "dark": {"is": "Words", "text": "xoxox", "height_deg": 0.8, "x_deg": 5.0, "y_deg": -3.0, "colour": [0, 0, 0]},
    }
    shown.do("load", things=things)
    px_per_deg = shown.do("facts")["px_per_deg"]
    for name, x, y, colour in (("left", -5, 3, WHITE), ("dark", 5, -3, (0, 0, 0))):
        screen = shown.seen(name)
        left, top, right, bottom = box(screen)
        assert colour in colours(screen)
        assert (left + right) / 2 == pytest.approx(640 + x * px_per_deg, abs=2)
        # Small letters stand a little below the middle of their line.
        assert (top + bottom) / 2 == pytest.approx(400 - y * px_per_deg, abs=0.2 * px_per_deg)
        assert 0.3 * px_per_deg < bottom - top < 0.8 * px_per_deg


def test_long_words_are_broken_where_asked_and_only_there(shown: Shown) -> None:
    text = "a mug that stands on its head " * 2
    shown.do(
        "load",
        things={
            "line": {"is": "Words", "text": text.strip(), "height_deg": 0.6},
            "lines": {"is": "Words", "text": text.strip(), "height_deg": 0.6, "wrap_deg": 8.0},
        },
    )
    line, lines = box(shown.seen("line")), box(shown.seen("lines"))
    assert line[2] - line[0] > 500  # where PsychoPy alone would break it
    assert lines[2] - lines[0] <= SIDE
    assert lines[3] - lines[1] > 2 * (line[3] - line[1])


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (
            {"is": "Cross", "size_deg": 40.0},
            r"thing takes 1470 x 184 px and does not fit the window of 1280 x 800 px; make it smaller, or check size",
        ),
        ({"is": "Words", "text": "mug", "height_deg": 1.0, "x_deg": 17.2}, "'mug' takes .* does not fit the window"),
        (
            {"is": "Words", "text": "a 猫", "height_deg": 1.0},
            "'a 猫' has '猫', which the font Noto Sans lacks; name a font of this computer that has it",
        ),
        (
            {"is": "Picture", "path": "nowhere.png", "height_deg": 8.0},
            "nowhere.png: is damaged or cannot be read: .*No",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused_when_it_is_loaded(shown: Shown, thing: dict[str, Any], message: str) -> None:
    said = shown.refused("load", things={"thing": thing})
    with pytest.raises(ValueError, match=message):
        raise ValueError(said)
    assert "\n" not in said


def test_after_loading_nothing_is_opened_or_sent_to_the_graphics_card(shown: Shown) -> None:
    paths = [shown.picture(f"many{place}.png", noise(SIDE, SIDE, place)) for place in range(8)]
    things: dict[str, Any] = {
        f"many{place}": {"is": "Picture", "path": path, "height_deg": 8.0} for place, path in enumerate(paths)
    }
    things |= {
        "word": {"is": "Words", "text": "hammer qwzßé", "height_deg": 1.0},
        "cross": {"is": "Cross", "size_deg": 1.0},
    }
    before = shown.do("textures")
    shown.do("load", things=things)
    loaded = shown.do("textures")
    assert loaded >= before + 8
    for path in paths:
        Path(path).unlink()
    shown.do("watch_files")
    exact = [
        np.array_equal(shown.seen(f"many{place}")[middle(SIDE, SIDE)], noise(SIDE, SIDE, place)) for place in range(8)
    ]
    assert exact == [True] * 8
    assert WHITE in colours(shown.seen("word", "cross"))
    assert shown.do("textures") == loaded
    assert shown.do("files_opened") == []


def test_the_record_says_what_the_window_runs_on(shown: Shown) -> None:
    facts = shown.do("facts")
    assert facts["renderer"]
    assert facts["size_px"] == [1280, 800]
    assert facts["full_screen"] is True
    assert facts["paced_hz"] == 100
    assert facts["scale_percent"] == 100
    assert facts["font"] == "Noto Sans"
    assert [screen["size_px"] for screen in facts["screens"]] == [[1280, 800]]
    assert facts["size_mm"] is None  # this display has no monitor
    assert facts["versions"]["psychopy"].startswith("2026.")
    assert {"python", "pyglet", "psychtoolbox"} < {*facts["versions"]}
    json.dumps(facts)


# Keys


def typed(shown: Shown, keys: Keys, names: list[str], hold_s: float = 0.06) -> tuple[list[float], list[dict[str, Any]]]:
    """Press keys while the window flips; returns when each was sent, and what was heard."""
    shown.do("forget")
    shown.start("presses", count=len(names))
    assert shown.window.said() == "listening"
    sent = [keys.press(name, hold_s) for name in names]
    return sent, shown.did()


def test_keys_are_heard_with_the_time_of_the_device(shown: Shown, keys: Keys) -> None:
    names = ["Left", "Right", "space", "Escape", "a", "1", "comma", "Return", "KP_1", "y", "z"] * 2
    sent, heard = typed(shown, keys, names)
    expected = ["left", "right", "space", "escape", "a", "1", "comma", "return", "num_1", "y", "z"] * 2
    assert [press["key"] for press in heard] == expected
    lags = [press["time"] - time for press, time in zip(heard, sent, strict=True)]
    assert abs(statistics.median(lags)) < 0.005
    facts = shown.do("keyboard_facts")
    assert facts["source"] == "keyboard, device time"
    assert facts["devices"] >= 1
    assert facts["uncertainty_ms"] == 1.0
    assert facts["trouble"] is None


def test_a_key_released_at_once_is_heard(shown: Shown, keys: Keys) -> None:
    _, heard = typed(shown, keys, ["Left", "Right"] * 10, hold_s=0)
    assert [press["key"] for press in heard] == ["left", "right"] * 10


def test_a_key_that_is_held_counts_once(shown: Shown, keys: Keys) -> None:
    _, heard = typed(shown, keys, ["Left", "Right"], hold_s=0.9)  # the server repeats it after 0.66 s
    assert [press["key"] for press in heard] == ["left", "right"]


def test_keys_pressed_before_forget_are_forgotten(shown: Shown, keys: Keys) -> None:
    shown.start("forgets")
    assert shown.window.said() == "waiting"
    for name in ("Left", "Right", "Left"):
        keys.press(name)
    shown.window.tell("go on")
    assert shown.did() == []


def test_a_dead_key_is_found_and_a_live_one_is_not(shown: Shown, keys: Keys) -> None:
    blank = shown.seen()
    shown.start("alive", keys=["left", "right"], deadline_s=2.0)
    until(shown.changes_from(blank), "the request for the first key")
    first = shown.pixels()
    keys.press("Left")
    until(shown.changes_from(first), "the request for the second key")
    keys.press("Up")
    assert shown.did() == ["right"]
    assert shown.do("keyboard_facts")["source"] == "keyboard, device time"


def test_the_keys_that_are_asked_for_may_be_pressed_in_any_order(shown: Shown, keys: Keys) -> None:
    blank = shown.seen()
    shown.start("alive", keys=["left", "right"], deadline_s=20.0)
    until(shown.changes_from(blank), "the request for the keys")
    for name in ("Right", "Left"):
        keys.press(name)
    assert shown.did() == []


def test_escape_gives_up_on_the_keys_that_are_left(shown: Shown, keys: Keys) -> None:
    blank = shown.seen()
    shown.start("alive", keys=["left", "right"], deadline_s=60.0)
    until(shown.changes_from(blank), "the request for the first key")
    keys.press("Escape")
    assert shown.did() == ["left", "right"]


def test_a_code_is_typed_corrected_and_taken(shown: Shown, keys: Keys) -> None:
    blank = shown.seen()
    shown.start("ask", prompt="Participant code", pattern="[A-Za-z0-9]{1,30}", form="Please give letters and digits.")
    until(shown.changes_from(blank), "the prompt")
    for name in ("p", "minus", "Return"):
        before = shown.pixels()
        keys.press(name)
        until(shown.changes_from(before), f"something after {name}")
    complained = shown.pixels()
    assert box(complained)[3] > 450  # the complaint below the line
    keys.press("BackSpace")
    until(shown.changes_from(complained), "the correction")
    keys.down("Shift_L")
    keys.press("b")
    keys.up("Shift_L")
    for name in ("0", "7", "Return"):
        keys.press(name)
    assert shown.did() == "pB07"


def test_escape_leaves_the_question(shown: Shown, keys: Keys) -> None:
    blank = shown.seen()
    shown.start("ask", prompt="Participant code", pattern="[a-z]+")
    until(shown.changes_from(blank), "the prompt")
    keys.press("a")
    keys.press("Escape")
    assert shown.did() is None
    assert colours(shown.pixels()) == {BACKGROUND}


def test_keys_are_heard_without_psychtoolbox_with_an_honest_uncertainty(
    display: Display, keys: Keys, tmp_path: Path
) -> None:
    with showing(display, tmp_path, no_psychtoolbox=True) as shown:
        sent, heard = typed(shown, keys, ["Left", "z", "space"] * 4)
        assert [press["key"] for press in heard] == ["left", "z", "space"] * 4
        for press, time in zip(heard, sent, strict=True):
            # Sent within the interval that the stamp allows, give or take the way through the server.
            assert press["time"] - press["uncertainty_s"] - 0.005 < time <= press["time"]
        _, held = typed(shown, keys, ["Left"], hold_s=0.9)
        assert [press["key"] for press in held] == ["left"]
        facts = shown.do("keyboard_facts")
        assert facts["source"] == "keyboard, window events"
        assert facts["devices"] is None
        assert facts["uncertainty_ms"] == 10.0
        assert "psychtoolbox" in facts["trouble"]


def test_a_keyboard_that_psychtoolbox_lost_is_still_heard_and_found_out(
    display: Display, keys: Keys, tmp_path: Path
) -> None:
    with showing(display, tmp_path, full_screen=False) as shown:
        assert shown.opened["size_px"] == [1024, 640]
        assert shown.do("facts")["full_screen"] is False
        inside = shown.seen()[80:720, 128:1152]
        assert colours(inside) == {BACKGROUND}
        shown.do("deafen")
        sent, heard = typed(shown, keys, ["Left", "Right"])
        assert [press["key"] for press in heard] == ["left", "right"]
        assert all(press["uncertainty_s"] > 0.001 for press in heard)
        assert all(press["time"] >= time for press, time in zip(heard, sent, strict=True))
        assert shown.do("keyboard_facts")["recovered"] == 2
        blank = shown.pixels()
        shown.start("alive", keys=["left"], deadline_s=20.0)
        until(shown.changes_from(blank), "the request for the key")
        keys.press("Left")
        assert shown.did() == []
        facts = shown.do("keyboard_facts")
        assert (facts["source"], facts["trouble"]) == (
            "keyboard, window events",
            "Psychtoolbox heard no key that the window heard",
        )
        assert shown.do("close") is True


# What may be missing


def refusal(display: Display | None, env: dict[str, str] | None = None, before: str = "", **options: Any) -> str:
    """What a program is told that cannot open a window; `before` is run first."""
    text = f"import sys\n{before}\nfrom tests.experiments.shows import main\nmain()"
    place = {"DISPLAY": display.name if display else ""}
    with program("-c", text, json.dumps(options), env={**place, **(env or {})}) as window:
        said = str(window.said()["refused"])
        assert window.ended() == 0
    assert "\n" not in said
    return said


NO_LIBRARY = """
import ctypes, ctypes.util
real, find = ctypes.CDLL.__init__, ctypes.util.find_library
def broken(self, name, *rest, **more):
    if name and "GL" in str(name):
        raise OSError(f"{name}: cannot open shared object file")
    real(self, name, *rest, **more)
ctypes.CDLL.__init__ = broken
ctypes.util.find_library = lambda name: None if "GL" in name else find(name)
"""
LOST = "sys.modules['psychopy'] = None"
FOREIGN = "import psychopy"


def test_without_a_display_it_says_so() -> None:
    assert refusal(None) == (
        "there is no display (DISPLAY is not set): run this on the computer with the monitor, "
        "or under xvfb-run to try it out"
    )


def test_a_display_that_does_not_answer_is_named() -> None:
    assert refusal(None, env={"DISPLAY": ":4711"}) == (
        "the display ':4711' does not answer; log in at the computer with the monitor; over ssh there is mostly none"
    )


def test_without_graphics_libraries_it_says_what_to_ask(display: Display) -> None:
    said = refusal(display, before=NO_LIBRARY)
    assert "PsychoPy lacks a library of the system (" in said
    assert said.endswith("`askew doctor experiments` says how to install it")


def test_without_psychopy_it_says_what_to_type(display: Display) -> None:
    said = refusal(display, before=LOST)
    assert "PsychoPy cannot be loaded (" in said
    assert "-m pip install" in said


def test_psychopy_that_has_read_preferences_already_is_refused(display: Display, tmp_path: Path) -> None:
    said = refusal(display, env={"HOME": str(tmp_path)}, before=FOREIGN)
    assert said == "psychopy was imported before, with the user's preferences; open the window before that"


def test_a_screen_that_is_not_there_is_refused(shown: Shown) -> None:
    said = shown.refused("another", lab={"screen": 1})
    assert said.startswith("screen = 1 is declared, but the screens here are 1, counted from 0; connect it, or correct")


def test_a_font_that_is_not_there_is_refused(shown: Shown) -> None:
    said = shown.refused("another", font="Nonesuch")
    assert said == "font 'Nonesuch' is not on this computer; install it, or name one that is"


SILENT = "</usr/share/alsa/alsa.conf>\n"
SINK = "</usr/share/alsa/alsa.conf>\npcm.sink { type null }\n"


def test_a_tone_without_a_sound_device_is_refused(display: Display, tmp_path: Path) -> None:
    said = refusal(display, env=alsa(tmp_path, SILENT), tone=True)
    assert 'signal = "tone" needs a sound device, and none can be opened (' in said
    assert said.endswith('connect one, or use signal = "flash"')


def test_a_tone_sounds_at_the_flip_it_is_asked_for(display: Display, tmp_path: Path) -> None:
    with showing(display, tmp_path, env=alsa(tmp_path, SINK), tone=True) as shown:
        began = shown.do("tones", times=3)
    assert 0 < began[0] < began[1] < began[2]


def alsa(folder: Path, text: str) -> dict[str, str]:
    """The environment for a sound system of one's own."""
    (folder / "asound.conf").write_text(text)
    return {"ALSA_CONFIG_PATH": str(folder / "asound.conf")}


# The user's home folder

POISON = """\
[general]
    units = cm
    fullscr = True
    shutdownKey = space
    paths = list(/nowhere/poison,)
"""
AT_HOME = """
import os, sys
touched = []
home = os.environ["HOME"]
kept = dict(os.environ)
path = list(sys.path)
sys.addaudithook(lambda event, args: touched.append(event) if args and str(args[0]).startswith(home) else None)
from askew_experiments.displays import Lab
from askew_experiments.screen import Cross, Words
from askew_experiments.window import Window
from tests.experiments.kit.program import say
lab = Lab(width_cm=34.67, distance_cm=57, size_px=(1280, 800), hz=100)
with Window(lab, background=(124, 116, 104), paced_hz=100) as window:
    window.load({"cross": Cross(1.0), "words": Words("mug", 1.0)})
    window.draw(["cross", "words"])
    window.flip()
import psychopy
say({
    "touched": touched,
    "changed": [name for name in {*kept, *os.environ} if kept.get(name) != os.environ.get(name)],
    "general": {name: psychopy.prefs.general[name] for name in ("units", "shutdownKey", "paths")},
    "lent": str(psychopy.prefs.paths["userPrefsDir"]),
})
"""


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


def test_the_home_folder_is_neither_read_nor_written(display: Display, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".psychopy3").mkdir(parents=True)
    (home / ".psychopy3" / "userPrefs.cfg").write_text(POISON)
    (home / ".config").mkdir()
    before = snapshot(home)
    with program("-c", AT_HOME, env={"DISPLAY": display.name, "HOME": str(home)}) as window:
        said = window.said()
        assert window.ended() == 0
    assert said["touched"] == []
    assert said["changed"] == []
    assert said["general"] == {"units": "norm", "shutdownKey": "", "paths": []}
    assert snapshot(home) == before
    assert not Path(said["lent"]).is_relative_to(home)
    assert not os.path.lexists(Path(said["lent"]).parent)  # gone with the program


def test_homes_that_killed_programs_left_are_removed_a_day_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old, young, other = (tmp_path / name for name in ("askew-psychopy-old", "askew-psychopy-young", "other"))
    for folder in (old, young, other):
        folder.mkdir()
        (folder / "file").touch()
    for folder in (old, other):
        os.utime(folder, (0, 0))
    kept = dict(os.environ)
    with lent_home() as lent:
        assert os.environ["HOME"] == lent
        assert {path.name for path in tmp_path.iterdir()} == {young.name, other.name, Path(lent).name}
    assert dict(os.environ) == kept
