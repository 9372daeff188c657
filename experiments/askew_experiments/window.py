"""A window of PsychoPy with a keyboard. The only file that imports PsychoPy, and only when a window is opened.

(Triggers and eye trackers take what they need of it by name, in `devices`, when they are opened.)

What is not left to PsychoPy 2026.2, and why:

- its home folder and preferences: they are the user's, and change the experiment (see `home`);
- the refresh rate: it comes from this window's own flips, never from `getActualFrameRate`, which gives up or guesses.
  `nDroppedFrames` judges by that guess, so it is not read;
- its clock: on Linux it follows the wall clock, which can jump. All times are those of `time.perf_counter`;
- its Keyboard: it loses presses (see `keyboard`);
- when pictures, words and shapes are made and sent to the graphics card: all of it before the first trial.
"""

import gc
import os
import platform
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timezone
from functools import cache, partial
from types import SimpleNamespace
from typing import Any

from askew.errors import BadInput, one_line, quoted
from askew.extras import install_line, installed
from askew_experiments import dialog
from askew_experiments.displays import Lab
from askew_experiments.drawing import Drawing
from askew_experiments.home import PREFIX, lent_home
from askew_experiments.keyboard import Keyboard, tidy
from askew_experiments.monitors import monitors, scale_percent
from askew_experiments.refresh import Grid, Refresh, refresh_of
from askew_experiments.screen import Colour, Drawable, Press
from askew_experiments.tone import Tone
from askew_experiments.virtual import stamp

WARM_FLIPS = 10


def _press(keys: Sequence[str]) -> str:
    return f"Press {', '.join(key.upper() for key in keys)}"


class Window:
    """A `Screen` of PsychoPy.

    `paced_hz` is for displays that do not wait for their refresh, such as Xvfb: the window then waits itself, and a
    frame that comes late misses a whole period, as on a real display.
    """

    def __init__(
        self,
        lab: Lab,
        *,
        background: Colour,
        full_screen: bool = True,
        paced_hz: float | None = None,
        size_px: tuple[int, int] | None = None,
        tone: bool = False,
        font: str | None = None,
    ) -> None:
        """`size_px` is that of a window that is not full screen (left out: four fifths of the screen's).

        `font` is one that the system has, for words that Noto Sans cannot write.
        """
        self.lab, self.background, self.full_screen = lab, background, full_screen
        self.flips: deque[float] = deque(maxlen=10_000)  # the times of the last flips
        self.period = 1 / (paced_hz or lab.hz)  # until it is measured
        self._paced_hz = paced_hz
        self._refresh: Refresh | None = None
        self._made: dict[str, list[Any]] = {}
        self._tone: Tone | None = None
        self._keys: Keyboard | None = None
        self._handle: Any = None
        self._tone_due = False
        self._modules = load_psychopy()
        self._gl: Any = self._modules.pyglet.gl
        try:
            known = self._known_font(font)
            self._tone = Tone() if tone else None
            self._open(size_px)
            self._drawing = Drawing(self._modules.visual, self._window, lab, known, self._released)
        except BaseException:
            self.close()
            raise

    # Screen

    @property
    def key_clock(self) -> str:
        """By what keys are timed, for `rt_source`."""
        return self._keyboard.source

    def load(self, things: Mapping[str, Drawable]) -> None:
        """Make everything that will be drawn, and draw it once, unseen, so that nothing is left to do later.

        May be called again for more; a name that is used again means the newer thing.
        """
        made: dict[Drawable, list[Any]] = {}
        for name, thing in things.items():
            if thing not in made:
                made[thing] = self._drawing.made(thing, name)
            self._made[name] = made[thing]
        self.draw(list(things))
        self._window.clearBuffer()
        self._gl.glFinish()
        self.flip()
        gc.collect()
        gc.freeze()  # what is made stays: `calm` need not go through it before each trial

    def draw(self, names: Sequence[str]) -> None:
        """Draw what was loaded, in this order, on the frame that the next flip shows."""
        for name in names:
            for stimulus in self._made[name]:
                stimulus.draw()

    def flip(self, on_flip: Callable[[], None] | None = None) -> float:
        """Show the frame; returns when. `on_flip` is called right after it."""
        self._window.callOnFlip(self._stamp)
        if self._tone_due and self._tone is not None:
            self._window.callOnFlip(self._tone.start)
            self._tone_due = False
        if on_flip is not None:
            self._window.callOnFlip(on_flip)
        began = self.now()
        self._window.flip()
        self._keyboard.looked(began)  # for a flip handles the window's events, too
        return self.flips[-1]

    def presses(self) -> list[Press]:
        """The keys that went down since this was last asked, in the order of their times."""
        return self._keyboard.presses()

    def forget(self) -> None:
        """Drop presses that nobody has asked for."""
        self._keyboard.forget()

    def tone(self) -> None:
        """Sound the go signal at the next flip."""
        if self._tone is None:
            raise BadInput("the window was opened without a tone; open it with tone=True")
        self._tone.ready()
        self._tone_due = True

    @staticmethod
    def now() -> float:
        """The time, by a clock that never runs backwards, in seconds; on Linux it is `time.monotonic` as well."""
        return time.perf_counter()

    @staticmethod
    def utc() -> str:
        """The time of day."""
        return stamp(datetime.now(timezone.utc))

    def close(self) -> None:
        """Give display, keyboard and sound back; safe to call twice, and when the window did not open."""
        gc.unfreeze()
        if self._keys is not None:
            self._keys.close()
        if self._tone is not None:
            self._tone.close()
        if self._handle is not None:
            self._handle.close()
        self._keys = self._tone = self._handle = None

    def __enter__(self) -> "Window":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Beyond Screen

    @contextmanager
    def calm(self) -> Iterator[None]:
        """For a trial: no collection of garbage, and priority over other programs where the system grants it."""
        collecting = gc.isenabled()
        gc.collect()
        gc.disable()
        self._modules.core.rush(True)
        try:
            yield
        finally:
            self._modules.core.rush(False)
            if collecting:
                gc.enable()

    def measured_refresh(self, n: int = 240) -> Refresh:
        """What n intervals between flips of an empty frame say; `period` is the measured one from now on."""
        with self.calm():
            flips = [self.flip() for _ in range(WARM_FLIPS + n + 1)]
        refresh = refresh_of(flips[WARM_FLIPS:])
        self.period = refresh.period_s
        self._refresh = refresh
        return refresh

    def show(self, *things: Drawable) -> float:
        """Make things, and show them until the next flip; for what is not timed, such as a dialog."""
        for thing in things:
            for stimulus in self._drawing.made(thing, quoted(thing)):
                stimulus.draw()
        return self.flip()

    def strokes(self) -> list[str]:
        """What was typed since this was last asked: characters, and the names backspace, return and escape."""
        return self._keyboard.strokes()

    def ask(self, prompt: str, pattern: str, form: str = "") -> str | None:
        """A line that somebody types and ends with Enter; None after Escape. `form` is said of what does not fit."""
        return dialog.ask(self, prompt, pattern, form or f"Please give {pattern}")

    def alive(
        self, keys: Sequence[str], deadline_s: float, prompt: Callable[[Sequence[str]], str] = _press
    ) -> tuple[str, ...]:
        """Ask that each key be pressed once, in any order; returns those that were not heard within the deadline, each.

        The prompt is made anew for those that are left.
        Where the window hears keys that Psychtoolbox does not, Psychtoolbox is not used any more.
        """
        missed = dialog.silent(self, keys, deadline_s, prompt)
        self._keyboard.check()
        return missed

    def keyboard_facts(self) -> dict[str, Any]:
        """How keys are timed: source, devices, uncertainty_ms; and how many presses only one of two ways has heard."""
        return self._keyboard.facts(self.period)

    def facts(self) -> dict[str, Any]:
        """What the machine says of window, graphics and screens, as a record needs it. Nothing of it is measured."""
        info, known = self._gl.gl_info, self._screens()
        screens, here = monitors(known), (known[self.lab.screen].x, known[self.lab.screen].y)
        mine = next((screen for screen in screens if (screen.x_px, screen.y_px) == here), None)
        return {
            "renderer": info.get_renderer(),
            "vendor": info.get_vendor(),
            "opengl": _text_of(info.get_version()),
            "size_px": list(self.size_px),
            "full_screen": self.full_screen,
            "paced_hz": self._paced_hz,
            "size_mm": list(mine.size_mm) if mine and mine.size_mm else None,
            "hz_of_system": mine.hz if mine else None,
            "screen": self.lab.screen,
            "screens": [asdict(screen) for screen in screens],
            "scale_percent": scale_percent() or round(100 * float(self._window.getContentScaleFactor())),
            "px_per_deg": round(self.lab.px_per_deg, 4),
            "font": self._drawing.font,
            "sd_ms": None if self._refresh is None else round(self._refresh.sd_s * 1000, 4),
            "worst_ms": None if self._refresh is None else round(self._refresh.worst_s * 1000, 4),
            "resampled": len(self.scaled),
            "system": platform.platform(),
            "versions": {
                "python": platform.python_version(),
                **{name: installed(name) for name in ("psychopy", "pyglet", "psychtoolbox")},
            },
        }

    @property
    def scaled(self) -> dict[str, tuple[tuple[int, int], tuple[int, int]]]:
        """Pictures whose files have another size than they have on the screen: the one and the other."""
        return dict(self._drawing.scaled)

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the window, as they are."""
        width, height = self._window.size
        return int(width), int(height)

    # Inner parts

    @property
    def _window(self) -> Any:
        if self._handle is None:
            raise ValueError("the window is closed")
        return self._handle

    @property
    def _keyboard(self) -> Keyboard:
        if self._keys is None:
            raise ValueError("the window is closed")
        return self._keys

    def _open(self, size_px: tuple[int, int] | None) -> None:
        psychopy, lab = self._modules, self.lab
        width, height = lab.size_px
        if not self.full_screen:
            width, height = size_px or (width * 4 // 5, height * 4 // 5)
        if lab.screen >= len(self._screens()):  # PsychoPy would take the first, and only log it
            raise BadInput(
                f"screen = {lab.screen} is declared, but the screens here are {len(self._screens())}, counted from 0; "
                "connect it, or correct screen in the display's file"
            )
        monitor = psychopy.monitors.Monitor("askew", width=lab.width_cm, distance=lab.distance_cm, autoLog=False)
        monitor.setSizePix(lab.size_px)
        try:
            self._handle = psychopy.visual.Window(
                (width, height),
                fullscr=self.full_screen,
                screen=lab.screen,
                monitor=monitor,
                color=self.background,
                colorSpace="rgb255",
                units="pix",
                allowGUI=not self.full_screen,
                waitBlanking=True,
                checkTiming=False,
                autoLog=False,
                title="askew",
            )
        except Exception as error:  # noqa: BLE001  pyglet and drivers raise what they like
            raise BadInput(_why_not(error)) from None
        self._handle.mouseVisible = not self.full_screen
        if self._paced_hz is not None:
            self._handle._startOfFlip = partial(self._at_slot, Grid(self._paced_hz))
        self._keys = Keyboard(self._handle.winHandle, psychopy.pyglet.window.key.symbol_string, self._key_names())
        self.flip()

    def _screens(self) -> list[Any]:
        return list(self._modules.pyglet.canvas.get_display().get_screens())

    def _stamp(self) -> None:
        self.flips.append(self.now())

    def _at_slot(self, grid: Grid) -> bool:
        """Wait for the next frame, as a display does; PsychoPy swaps the buffers right after it."""
        self._gl.glFinish()
        grid.wait()
        return True

    def _released(self, stimulus: Any) -> None:
        buffer = getattr(stimulus, "_pixbuffID", None)
        if buffer is not None:
            self._gl.glDeleteBuffers(1, buffer)

    def _known_font(self, font: str | None) -> str | None:
        if font is not None and not self._modules.pyglet.font.have_font(font):
            raise BadInput(f"font {quoted(font)} is not on this computer; install it, or name one that is")
        return font

    def _key_names(self) -> dict[int, str]:
        """The keys by Psychtoolbox's numbers. On Linux from the layout that is set: its numbers are of places."""
        if sys.platform != "linux":
            from psychopy.hardware.keyboard import keyNames  # noqa: PLC0415

            return dict(keyNames)
        from pyglet.libs.x11 import xlib  # type: ignore[import-untyped]  # noqa: PLC0415
        from pyglet.window import key  # type: ignore[import-untyped]  # noqa: PLC0415
        from pyglet.window.xlib import XkbSetDetectableAutoRepeat  # type: ignore[import-untyped]  # noqa: PLC0415

        display = self._window.winHandle._x_display
        # pyglet asks for this on its first connection to the server, but PsychoPy's window has another. Without it, a
        # key that is held looks as if it were pressed again and again.
        XkbSetDetectableAutoRepeat(display, 1, None)
        symbols = {code: xlib.XKeycodeToKeysym(display, code, 0) for code in range(8, 256)}
        return {code + 1: tidy(key.symbol_string(symbol)) for code, symbol in symbols.items() if symbol}


@cache
def load_psychopy() -> SimpleNamespace:
    """The modules of PsychoPy that are used here, imported where they find nobody's home folder.

    Whatever else of PsychoPy is imported later finds the same empty one.
    """
    loaded = sys.modules.get("psychopy")
    if loaded is not None and PREFIX not in str(loaded.prefs.paths["userPrefsDir"]):
        raise BadInput("psychopy was imported before, with the user's preferences; open the window before that")
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        raise BadInput(NO_DISPLAY)
    with lent_home():
        try:
            from psychopy import logging  # type: ignore[import-untyped]  # noqa: PLC0415

            logging.console.setLevel(logging.ERROR)  # or it warns that it knows no monitor, which it need not
            import pyglet  # type: ignore[import-untyped]  # noqa: PLC0415
            from psychopy import core, monitors, visual  # noqa: PLC0415
        except Exception as error:  # noqa: BLE001  pyglet and drivers raise what they like
            raise BadInput(_why_not(error)) from None
    return SimpleNamespace(core=core, monitors=monitors, pyglet=pyglet, visual=visual)


NO_DISPLAY = (
    "there is no display (DISPLAY is not set): run this on the computer with the monitor, "
    "or under xvfb-run to try it out"
)
NO_ANSWER = "the display {} does not answer; log in at the computer with the monitor; over ssh there is mostly none"


def _why_not(error: Exception) -> str:
    """Why no window can be opened, and what to do, from what was raised."""
    said = one_line(error, 120)
    if isinstance(error, ModuleNotFoundError):
        return f"PsychoPy cannot be loaded ({said}); type {install_line('experiments')}"
    if isinstance(error, ImportError):
        return f"PsychoPy lacks a library of the system ({said}); `askew doctor experiments` says how to install it"
    if type(error).__name__ == "NoSuchDisplayException":
        named = os.environ.get("DISPLAY")
        return NO_ANSWER.format(quoted(named)) if named else NO_DISPLAY
    return f"no window can be opened ({type(error).__name__}: {said}); check the graphics driver"


def _text_of(version: Any) -> str:
    return version if isinstance(version, str) else ".".join(str(part) for part in version)
