"""Everything that a session will draw, named and placed, before its first trial. Pure: files are only named."""

from collections.abc import Iterator
from pathlib import Path

from askew_experiments.plan import Plan, PlannedTrial
from askew_experiments.protocol import Protocol
from askew_experiments.protocol_tables import Display
from askew_experiments.screen import Colour, Cross, Drawable, Frame, Patch, Picture, Words
from askew_experiments.steps import image_name, label_name, mask_name
from askew_experiments.texts import Texts

INK: Colour = (255, 255, 255)
DARK_INK: Colour = (20, 20, 20)
FLASH_DEG = 1.15  # side of the flash's frame, in heights of the picture: the words stand outside it
WRAP_DEG = 24.0  # width of the lines of texts
SCREENS = (
    *("welcome", "consent", "instructions", "practice", "practice_again", "practice_stop", "ready", "again"),
    *("paused", "full_disk", "wait", "debrief", "thanks", "right", "wrong", "too_early", "too_late", "no_answer"),
)


def things(
    plan: Plan,
    protocol: Protocol,
    texts: Texts,
    *,
    pictures: Path,
    practice: Path,
    ink: Colour,
    wrap_deg: float = WRAP_DEG,
    done: int | None = None,
) -> dict[str, Drawable]:
    """By name, what a session draws; `pictures` and `practice` are the folders that files are relative to.

    Texts are wrapped at `wrap_deg`, which has to fit on the screen. `done` trials are finished when a session goes on.
    """
    display = protocol.display
    found: dict[str, Drawable] = {
        "fixation": Cross(display.fixation_deg, ink),
    }
    if any(phase.signal == "flash" for phase in protocol.phases):
        found["flash"] = Frame(FLASH_DEG * display.image_deg, display.fixation_deg / 2, ink)
    for folder, trials in ((practice, plan.practice), (pictures, plan.trials)):
        for trial in trials:
            found.update(_of_trial(trial, display, texts, folder, ink))
    if display.patch:
        found["patch:on"] = Patch(display.patch, display.patch_px, (255, 255, 255))
        found["patch:off"] = Patch(display.patch, display.patch_px, (0, 0, 0))
    for name, text in _texts(plan, protocol, texts, done or 0):
        found[f"text:{name}"] = Words(text, display.text_deg, wrap_deg=wrap_deg, colour=ink)
    return found


def ink_on(background: Colour) -> Colour:
    """The colour of texts that can be read on a background."""
    red, green, blue = background
    return DARK_INK if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 150 else INK


def label_places(labels: int, display: Display) -> tuple[tuple[float, float], ...]:
    """Where labels stand: two beside the middle, more in a row across it."""
    width = 2 * display.label_x_deg
    return tuple((-display.label_x_deg + width * place / (labels - 1), display.label_y_deg) for place in range(labels))


def _of_trial(
    trial: PlannedTrial, display: Display, texts: Texts, folder: Path, ink: Colour
) -> Iterator[tuple[str, Drawable]]:
    if trial.file is not None:
        yield image_name(trial), Picture(folder / trial.file, display.image_deg)
    if trial.masked and trial.mask_file is not None:
        frames = trial.mask_frames or 1
        for frame in range(frames):
            yield mask_name(trial, frame), Picture(folder / trial.mask_file, display.image_deg, frame, frames)
    places = label_places(len(trial.offered), display)
    for place, label in enumerate(trial.offered):
        x, y = places[place]
        yield label_name(place, label), Words(texts.label(label), display.text_deg, x, y, colour=ink)


def _texts(plan: Plan, protocol: Protocol, texts: Texts, done: int) -> Iterator[tuple[str, str]]:
    total = len(plan.trials)
    for name in SCREENS:
        yield name, texts.text(name, total=total, done=done)
    blocks = {trial.block: trial.index - 1 for trial in reversed(plan.trials)}
    for block, before in blocks.items():
        if block != plan.trials[0].block:
            yield f"block:{before}", texts.text("block", done=before, total=total)
    for trial in plan.trials:
        if trial.break_after and protocol.breaks:
            seconds = f"{protocol.breaks.least_s:g}"
            yield f"break_rest:{trial.index}", texts.text("break_rest", done=trial.index, total=total, seconds=seconds)
            yield f"break_go_on:{trial.index}", texts.text("break_go_on", done=trial.index, total=total)
