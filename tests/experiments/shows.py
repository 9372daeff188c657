"""What the tests of the window have a window do, in a process of its own: `python -m tests.experiments.shows OPTIONS`.

It opens a window, says that it is open, and then does what it is told, line by line.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from askew.errors import BadInput
from askew_experiments.displays import Lab
from askew_experiments.screen import Cross, Drawable, Frame, Patch, Picture, Press, Screen, Words
from askew_experiments.window import Window
from tests.experiments.kit.program import say, told

KINDS: dict[str, Any] = {kind.__name__: kind for kind in (Cross, Frame, Patch, Picture, Words)}
LAB = {"width_cm": 34.67, "distance_cm": 57.0, "size_px": (1280, 800), "hz": 100.0}
BACKGROUND = (124, 116, 104)


class Shows:
    """The window, and each thing that a test may ask of it."""

    def __init__(self, lab: dict[str, Any] | None = None, **options: Any) -> None:
        made = {**LAB, **(lab or {})}
        made["size_px"] = tuple(made["size_px"])
        self.window = Window(Lab(**made), **{"background": BACKGROUND, "paced_hz": 100.0, **options})
        self.screen: Screen = self.window  # which mypy checks
        self.opened: list[str] = []  # files that were opened since `watch_files`

    def another(self, **options: Any) -> bool:
        """Try to open another window."""
        return bool(Shows(**options))

    def load(self, things: dict[str, dict[str, Any]]) -> dict[str, Any]:
        self.window.load({name: thing_of(thing) for name, thing in things.items()})
        return {"scaled": self.window.scaled}

    def show(self, names: list[str]) -> float:
        self.window.draw(names)
        return self.window.flip()

    def expose(self, names: list[str], frames: int, times: int, gap: int) -> list[dict[str, Any]]:
        """Show names for so many frames, again and again; returns the flips of each, and of the blank after it."""
        exposures = []
        for _ in range(times):
            with self.window.calm():
                for _ in range(gap):
                    self.window.flip()
                called: list[float] = []
                on = []

                def note(called: list[float] = called) -> None:
                    called.append(self.window.now())

                for frame in range(frames):
                    self.window.draw(names)
                    on.append(self.window.flip(note if frame == 0 else None))
                off = self.window.flip()
            exposures.append({"on": on, "off": off, "called": called})
        return exposures

    def late(self, frames: int, hold_s: float) -> list[float]:
        """Flips, before the middle of which the program holds up the frame."""
        flips = []
        for frame in range(frames):
            if frame == frames // 2:
                end = time.perf_counter() + hold_s
                while time.perf_counter() < end:
                    pass
            flips.append(self.window.flip())
        return flips

    def presses(self, count: int, deadline_s: float = 20) -> list[Press]:
        """Flip at the display's rate until so many keys were heard."""
        heard: list[Press] = []
        deadline = self.window.now() + deadline_s
        say("listening")
        while len(heard) < count and self.window.now() < deadline:
            self.window.flip()
            heard += self.window.presses()
        for _ in range(20):  # whatever is reported twice would come now
            self.window.flip()
            heard += self.window.presses()
        return heard

    def forgets(self) -> list[Press]:
        """Wait for the test to press keys, forget them, and report what is heard after all."""
        say("waiting")
        told()
        self.window.forget()
        heard = []
        for _ in range(20):
            self.window.flip()
            heard += self.window.presses()
        return heard

    def deafen(self) -> None:
        """What a keyboard does that is plugged in anew: Psychtoolbox's queue of it gives nothing more."""
        queues: Any = self.window._keyboard._queues
        for queue in queues._queues:
            queue.queue_stop()

    def textures(self) -> int:
        """How many textures the graphics card holds."""
        gl: Any = self.window._gl
        return sum(gl.glIsTexture(name) for name in range(1, 10_000))

    def watch_files(self) -> None:
        sys.addaudithook(lambda event, args: self.opened.append(str(args[0])) if event == "open" else None)

    def files_opened(self) -> list[str]:
        return list(self.opened)

    def tones(self, times: int) -> list[float]:
        """Sound the tone at flips; returns when the device says that each began."""
        tone: Any = self.window._tone
        began: list[float] = []
        for _ in range(times):
            self.window.tone()
            self.window.flip()
            deadline = self.window.now() + 10
            while tone.began() in {0.0, *began} and self.window.now() < deadline:
                self.window.flip()
            began.append(tone.began())
        return began

    def flips(self) -> list[float]:
        return list(self.window.flips)

    def close(self) -> bool:
        self.window.close()
        self.window.close()
        return True


def thing_of(thing: dict[str, Any]) -> Drawable:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in thing.items()}
    kind = KINDS[str(values.pop("is"))]
    if kind is Picture:
        values["path"] = Path(str(values["path"]))
    made: Drawable = kind(**values)
    return made


def plain(value: Any) -> Any:
    """What JSON can hold."""
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value


def main() -> None:
    options = json.loads(sys.argv[1])
    if options.pop("no_psychtoolbox", False):
        sys.modules["psychtoolbox"] = None  # type: ignore[assignment]
    try:
        shows = Shows(**options)
        say({"size_px": shows.window.size_px, "home": os.environ.get("HOME")})
        while (command := told()) != "end":
            what, given = command
            method = getattr(shows, what, None) or getattr(shows.window, what)
            try:
                say({"done": plain(method(**given))})
            except BadInput as error:
                say({"refused": str(error)})
        shows.window.close()
    except BadInput as error:
        say({"refused": str(error)})


if __name__ == "__main__":
    main()
