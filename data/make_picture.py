"""Draw the picture at the head of the README (`make picture`), from the files of the study in data/example.

What it shows of objects and answers is in that study; its participants are programs, and the picture says so.
"""

import sys
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle
from PIL import Image, ImageFont

from askew.demonstration import EXPOSURES, NETWORKS
from askew.errors import BadInput
from askew.files import writing
from askew.study import Study
from askew_analysis import accuracy, frame
from askew_stimuli.picture import Picture, read_manifest

HERE = Path(__file__).parent
STUDY = HERE / "example"
PLACE = HERE / "askew.png"

WIDTH, HEIGHT = 1600, 720  # pixels; also the units of everything below, from the top left
PAPER, INK, GREY, PALE = "#fbfaf7", "#23262b", "#6b7078", "#d9d7d1"
UPRIGHT, ROTATED, NETWORK = "#7fb2d6", "#0f5a94", "#d2691e"
FAMILY, MONO = "Aileron", "DejaVu Sans Mono"  # they come with Pillow and matplotlib: no machine's own type matters
HEADING, TEXT, SMALL = 19.5, 15.0, 13.5  # points at 100 pixels an inch

OBJECTS = ("table-lamp-0", "traffic-light-0", "umbrella-0", "electric-fan-0")
ASKED = "table-lamp-0_rotated_0"  # the picture of the trials in the middle
TIMES = {"40ms": "40 ms", "150ms": "150 ms", "unlimited": "no limit"}


def picture(study: Study) -> Figure:
    """The three columns: pictures, the choice, one result."""
    pictures = {one.image_id: one for one in read_manifest(study.manifest)}
    figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100, facecolor=PAPER)
    canvas = figure.add_axes((0, 0, 1, 1))
    canvas.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0))
    canvas.axis("off")
    _objects(canvas, study, pictures)
    _choice(canvas, study, pictures[ASKED])
    _result(figure, canvas, study)
    return figure


def save(figure: Figure, place: Path, source: str) -> None:
    """Write it as PNG, the same bytes for the same study and versions; `source` stays with it."""
    with writing(place) as stream:
        figure.savefig(stream, format="png", dpi=100, facecolor=PAPER, metadata={"Software": None, "Source": source})


def source_of(study: Study) -> str:
    """The hash of the manifest and the trials, by which a picture of older ones is noticed."""
    paths = [study.manifest, *study.trial_files()]
    return sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def _heading(canvas: Axes, x: float, text: str, command: str) -> None:
    canvas.text(x, 58, text, fontsize=HEADING, color=INK, va="baseline")
    canvas.text(x, 88, command, fontsize=SMALL - 0.5, color=GREY, va="baseline", family=MONO)


def _objects(canvas: Axes, study: Study, pictures: dict[str, Picture]) -> None:
    """A row an object: upright, and in its two unusual poses."""
    left, top, side, gap = 44, 142, 128, 10
    _heading(canvas, left, "Objects, upright and askew", "askew stimuli")
    for column, text in ((0, "upright"), (1, "in unusual poses")):
        canvas.text(left + column * (side + gap), top - 14, text, fontsize=SMALL, color=GREY)
    for row, thing in enumerate(OBJECTS):
        for column, pose in enumerate(("upright_0", "rotated_0", "rotated_1")):
            x, y = left + column * (side + gap), top + row * (side + gap)
            _place(canvas, _file(study, pictures[f"{thing}_{pose}"].file), x, y, side)


def _choice(canvas: Axes, study: Study, asked: Picture) -> None:
    """The same picture and the same two labels for people, at each exposure, and for networks."""
    left, top, side, step = 500, 142, 104, 146
    _heading(canvas, left, "The same choice for people and networks", "askew session   askew score")
    canvas.text(left, top - 14, "people see it for", fontsize=SMALL, color=GREY)
    first, second, words = left + 114, left + 114 + side + 36, left + 114 + 2 * (side + 36)
    for row, (exposure, said) in enumerate(TIMES.items()):
        y = top + row * step
        canvas.text(left, y + side / 2, said, fontsize=TEXT, color=INK, va="center")
        _place(canvas, _file(study, asked.file), first, y, side)
        if exposure != "unlimited":
            _place(canvas, _file(study, asked.mask_file), second, y, side)
            _arrow(canvas, first + side, second, y + side / 2)
        start = first if exposure == "unlimited" else second
        _arrow(canvas, start + side, words, y + side / 2)
        _labels(canvas, (asked.class_label, asked.alt_label or ""), words, y + side / 2)
        if row == 0:
            canvas.text(second, top - 14, "then a mask", fontsize=SMALL, color=GREY)
    y = top + len(TIMES) * step
    line = y - (step - side) / 2
    canvas.plot((left, words + 148), (line, line), color=PALE, linewidth=1)
    canvas.text(left, y + side / 2, "networks", fontsize=TEXT, color=INK, va="center")
    _place(canvas, _file(study, asked.file), first, y, side)
    _arrow(canvas, first + side, second, y + side / 2)
    _layers(canvas, second, y, side)
    _arrow(canvas, second + side, words, y + side / 2)
    _labels(canvas, (asked.class_label, asked.alt_label or ""), words, y + side / 2)


def _result(figure: Figure, canvas: Axes, study: Study) -> None:
    """Accuracy over viewing time in both poses, with the networks as lines."""
    left, top, right, bottom = 1164, 142, 1556, 572
    _heading(canvas, left - 64, "Compared, with intervals", "askew compare   askew report")
    axes = figure.add_axes((left / WIDTH, 1 - bottom / HEIGHT, (right - left) / WIDTH, (bottom - top) / HEIGHT))
    axes.set_facecolor(PAPER)
    df = frame(study.root)
    means = accuracy(df).set_index(["group", "condition"])
    for condition, colour, shift in (("upright", UPRIGHT, -0.03), ("rotated", ROTATED, 0.03)):
        rows = means.loc[[(group, condition) for group in EXPOSURES]]
        at = np.arange(len(EXPOSURES)) + shift
        axes.vlines(at, rows["ci_low"], rows["ci_high"], color=colour, linewidth=2.2, alpha=0.75)
        axes.plot(at, rows["mean"], color=colour, linewidth=2.6, marker="o", markersize=10, markeredgecolor=PAPER)
    networks = df[(df["group"] == NETWORKS) & (df["condition"] == "rotated")].groupby("observer")["correct"].mean()
    for share in networks:
        axes.axhline(float(share), color=NETWORK, linewidth=2, linestyle=(0, (5, 2)), zorder=0)
    axes.set(xlim=(-0.35, 2.4), ylim=(0.45, 1.02))
    axes.set_xticks(range(len(EXPOSURES)), [TIMES[group] for group in EXPOSURES], fontsize=SMALL, color=INK)
    axes.set_yticks([0.5, 0.75, 1], ["50 %", "75 %", "100 %"], fontsize=SMALL, color=INK)
    axes.tick_params(length=0, pad=9)
    axes.axhline(0.5, color=PALE, linewidth=1.2, zorder=0)
    axes.text(2.4, 0.49, "guessing", fontsize=SMALL, color=GREY, ha="right", va="top")
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    _name_lines(axes, means, networks)
    canvas.text(left - 64, top - 14, "right answers", fontsize=SMALL, color=GREY)
    canvas.text((left + right) / 2, bottom + 58, "viewing time", fontsize=SMALL, color=GREY, ha="center")
    told = "Simulated participants: programs, not people."
    canvas.text(left - 64, 682, told, fontsize=SMALL, color=GREY)


def _name_lines(axes: Axes, means: pd.DataFrame, networks: "pd.Series[float]") -> None:
    """Name them where nothing else is: the upper one above, the lower one beside its start."""
    y = float(means.loc[[("40ms", "upright"), ("150ms", "upright")], "mean"].mean())
    axes.text(0.42, y + 0.05, "upright", fontsize=TEXT, color="#3f7fae", ha="right", va="center")
    y = float(means.loc[("40ms", "rotated"), "mean"])
    axes.text(0.17, y, "unusual poses", fontsize=TEXT, color=ROTATED, va="center")
    y = float(networks.min()) - 0.012
    axes.text(2.4, y, "two networks, unusual poses", fontsize=TEXT, color="#a94f10", ha="right", va="top")


def _file(study: Study, name: str | None) -> Path:
    return study.manifest.parent / (name or "")


def _place(canvas: Axes, path: Path, x: float, y: float, side: float) -> None:
    with Image.open(path) as opened:
        pixels = np.asarray(opened.convert("RGB").resize((int(side), int(side)), Image.Resampling.LANCZOS))
    drawn = canvas.imshow(pixels, extent=(x, x + side, y + side, y), interpolation="none", aspect="auto")
    frame_of = FancyBboxPatch((x, y), side, side, boxstyle="round,pad=0,rounding_size=6", linewidth=0, facecolor="none")
    canvas.add_patch(frame_of)
    drawn.set_clip_path(frame_of)
    canvas.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0))


def _arrow(canvas: Axes, start: float, end: float, y: float) -> None:
    look = {"arrowstyle": "-|>", "color": GREY, "linewidth": 1.3, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 13}
    canvas.annotate("", (end - 8, y), (start + 8, y), arrowprops=look)


def _labels(canvas: Axes, words: Sequence[str], x: float, y: float) -> None:
    wide, high, gap = 148, 40, 8
    for place, word in enumerate(words):
        top = y - high - gap / 2 + place * (high + gap)
        box = FancyBboxPatch(
            (x, top),
            wide,
            high,
            boxstyle="round,pad=0,rounding_size=8",
            facecolor="white",
            edgecolor=PALE,
            linewidth=1.3,
        )
        canvas.add_patch(box)
        canvas.text(x + wide / 2, top + high / 2 + 1, word, fontsize=TEXT, color=INK, ha="center", va="center")


def _layers(canvas: Axes, x: float, y: float, side: float) -> None:
    """A network, as layers that become smaller."""
    for place, share in enumerate((1.0, 0.78, 0.58, 0.4)):
        high = side * share
        left = x + 8 + place * 21
        canvas.add_patch(
            Rectangle((left, y + (side - high) / 2), 13, high, facecolor=NETWORK, alpha=0.9 - 0.12 * place, linewidth=0)
        )


def _load_type(file: Path) -> None:
    """Make Pillow's type known to matplotlib, which reads it from a file."""
    source = ImageFont.load_default(20)
    if not isinstance(source, ImageFont.FreeTypeFont) or source.getname()[0] != FAMILY:
        raise BadInput(f"this Pillow does not bring the type {FAMILY}; install the version in constraints.txt")
    file.write_bytes(source.font_bytes)
    font_manager.fontManager.addfont(file)


def draw(place: Path) -> None:
    """Draw the picture."""
    study = Study.open(STUDY)
    style: Any = {**mpl.rcParamsDefault, "backend": "agg", "font.family": [FAMILY, MONO], "text.parse_math": False}
    with tempfile.TemporaryDirectory() as scratch, mpl.rc_context(style):
        _load_type(Path(scratch) / "type.ttf")
        save(picture(study), place, source_of(study))


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else PLACE)
