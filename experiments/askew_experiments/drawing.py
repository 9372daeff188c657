"""PsychoPy's stimuli for what a session shows: every size in whole pixels, nothing left to be loaded when drawn."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from askew.errors import BadInput, quoted
from askew_experiments.degrees import Box, boxes, centred
from askew_experiments.displays import Lab
from askew_experiments.lettering import direction, lacking
from askew_experiments.screen import Colour, Drawable, Picture, Words
from askew_experiments.texture import texture

FONT = "Noto Sans"  # comes with PsychoPy, so that words look the same on every machine
FONT_FILE = "NotoSans-Regular.ttf"


class Drawing:
    """Makes stimuli for one window. `visual` is PsychoPy's module; `release` frees a buffer of the graphics card."""

    def __init__(self, visual: Any, window: Any, lab: Lab, font: str | None, release: Callable[[Any], None]) -> None:
        """`font` is one that the system has, for words that Noto Sans cannot write."""
        self._visual, self._window, self._lab, self._release = visual, window, lab, release
        self.font = font or FONT
        self._font_file = None if font else Path(visual.__file__).parents[1] / "assets" / "fonts" / FONT_FILE
        self._files = [str(self._font_file)] if self._font_file else []
        self._size = int(window.size[0]), int(window.size[1])
        self._last: tuple[Path, Any] | None = None  # the frames of a strip come one after the other
        self.scaled: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {}  # name: size of file (or frame), on screen

    def made(self, thing: Drawable, name: str) -> list[Any]:
        """What has to be drawn, in this order, to show a thing; BadInput where it does not fit the window."""
        if isinstance(thing, Picture):
            return [self._picture(thing, name)]
        if isinstance(thing, Words):
            return [self._words(thing)]
        return [self._rectangle(box, thing.colour, name) for box in boxes(thing, self._lab, self._size)]

    def _picture(self, thing: Picture, name: str) -> Any:
        from askew_stimuli.pixels import pixels_of  # noqa: PLC0415  heavy

        if self._last is None or self._last[0] != thing.path:
            self._last = thing.path, pixels_of(thing.path)
        pixels = self._last[1]
        image = texture(thing, pixels, self._lab)
        own = pixels.shape[1], pixels.shape[0] // thing.frames
        if own != image.size:
            self.scaled[name] = own, image.size
        box = self._fitting(centred(image.size, self._size), f"{thing.path} of {thing.height_deg:g} deg")
        stimulus = self._visual.ImageStim(
            self._window,
            image,
            units="pix",
            size=image.size,
            pos=box.centre(self._size),
            interpolate=False,  # one pixel of the picture for each of the screen
            autoLog=False,
        )
        # PsychoPy makes a second buffer as large as each picture, for films, and would keep it for ever.
        self._release(stimulus)
        return stimulus

    def _words(self, thing: Words) -> Any:
        if self._font_file is not None and (without := lacking(thing.text, self._font_file)):
            raise BadInput(
                f"{quoted(thing.text)} has {quoted(without)}, which the font {FONT} lacks; name a font of this "
                'computer that has it: font = "..." in [display] of the protocol'
            )
        x, y = self._lab.px_of(thing.x_deg), self._lab.px_of(thing.y_deg)
        middle = centred((self._size[0] % 2, self._size[1] % 2), self._size, x, y)
        stimulus = self._visual.TextStim(
            self._window,
            thing.text,
            font=self.font,
            fontFiles=self._files,
            units="pix",
            height=self._lab.px_of(thing.height_deg),
            pos=middle.centre(self._size),
            # PsychoPy's own default would break lines at 500 px.
            wrapWidth=self._size[0] if thing.wrap_deg is None else self._lab.px_of(thing.wrap_deg),
            languageStyle=direction(thing.text),
            color=thing.colour,
            colorSpace="rgb255",
            autoLog=False,
        )
        self._files = []  # once is enough
        width, height = stimulus.boundingBox
        self._fitting(centred((int(width), int(height)), self._size, x, y), quoted(thing.text))
        return stimulus

    def _rectangle(self, box: Box, colour: Colour, name: str) -> Any:
        self._fitting(box, name)
        return self._visual.Rect(
            self._window,
            units="pix",
            size=(box.width, box.height),
            pos=box.centre(self._size),
            fillColor=colour,
            lineColor=None,
            lineWidth=0,
            colorSpace="rgb255",
            interpolate=False,
            autoLog=False,
        )

    def _fitting(self, box: Box, what: str) -> Box:
        if not box.lies_in(self._size):
            width, height = self._size
            raise BadInput(
                f"{what} takes {box.width} x {box.height} px and does not fit the window of {width} x {height} px; "
                "make it smaller, or check size_px, width_cm and distance_cm of the display"
            )
        return box
