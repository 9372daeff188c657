"""The figures of a comparison, as vector files and PNG. The one file that imports matplotlib.

Each function takes a comparison and returns a figure, or None where the comparison has nothing to draw. People are
blue, darker with longer exposure; models are orange and brown. Shapes and labels say the same as the colours.
"""

import io
import math
import textwrap
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from askew.column import SEPARATOR
from askew.describe import natural
from askew_analysis.ceilings import ceilings
from askew_analysis.comparison import MAX_MS, Comparison, exposure_of
from askew_analysis.report.wording import confidence

Doubles = NDArray[np.float64]

STYLE = {
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.titley": 1.0,  # no ticks are above the axes, so nothing has to be measured to place a title
    "axes.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 7,
    "figure.constrained_layout.use": True,
    "text.parse_math": False,  # a label may hold a dollar
    "svg.fonttype": "none",
    "svg.hashsalt": "askew",
    "pdf.fonttype": 42,
}
PEOPLE, MODELS = "Blues", "Oranges"
INK, PALE = "#222222", "#bbbbbb"
WIDTH = 7.0  # inches: two columns of a journal
LABELLED = 9  # observers up to which the cells of a matrix hold numbers
NAMED = 28  # observers up to which each is named beside it
# What a page holds; of more groups, the first in the order of the study are drawn, and the tables have all.
WIDEST, TALLEST = 14.0, 12.0  # inches
SIDE_GROUPS = 5  # of a kind in the figure of pictures, for each is a row or a column of panels
MEAN_GROUPS = 11  # between which mean kappas are shown: 66 pairs
TICKS = 8  # viewing times that stand beside one another
FORMATS = {"svg": {"Date": None}, "pdf": {"CreationDate": None, "ModDate": None}, "png": {"Software": None}}  # no dates
PNG_DPI = 200
LEGEND_COLUMNS = 4
LETTERS = 22  # of a name; longer ones are cut, and whole in the tables


@contextmanager
def _style() -> Iterator[None]:
    # Figures need no backend, and what is set here would stay set in a notebook.
    style: Any = {name: value for name, value in mpl.rcParamsDefault.items() if name != "backend"} | STYLE
    with mpl.rc_context(style):
        yield


def _styled(act: Callable[[Comparison], Figure | None]) -> Callable[[Comparison], Figure | None]:
    """The same in a notebook as in a file."""

    @wraps(act)
    def styled(found: Comparison) -> Figure | None:
        with _style():
            return act(found)

    return styled


def draw(found: Comparison) -> dict[str, bytes]:
    """Every figure that the comparison allows as SVG, PDF and PNG: the files' contents by their names."""
    files: dict[str, bytes] = {}
    for name, act in FIGURES.items():
        with _style(), warnings.catch_warnings():
            # A letter that the font lacks, or a name that leaves no room, shows in the figure; nobody else has to know.
            warnings.simplefilter("ignore", UserWarning)
            figure = act(found)
            if figure is None:
                continue
            files |= {f"{name}.{form}": content for form, content in _printed(figure).items()}
    return files


def _printed(figure: Figure) -> dict[str, bytes]:
    """The figure's files by their format, from one layout; `savefig` would go through all texts again for each."""
    streams = {form: io.BytesIO() for form in FORMATS}
    figure.savefig(streams["svg"], format="svg", metadata=FORMATS["svg"], dpi=PNG_DPI)
    figure.set_layout_engine("none")  # what was laid out stays
    for form, canvas in (("pdf", FigureCanvasPdf), ("png", FigureCanvasAgg)):
        figure.dpi = PNG_DPI
        getattr(canvas(figure), f"print_{form}")(streams[form], metadata=FORMATS[form])
    return {form: stream.getvalue() for form, stream in streams.items()}


@dataclass(frozen=True)
class _Cell:
    """A group in a condition: the accuracy of each observer, and the mean with its interval."""

    own: Doubles
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class _Spot:
    """A cell at its place on the x axis: that of the mean, and those of the observers."""

    cell: _Cell
    x: float
    xs: Doubles
    colour: Any


@_styled
def accuracy_figure(found: Comparison) -> Figure | None:
    """Accuracy by group and pose: a dot for each observer, the mean with its interval."""
    shown = _shown_conditions(found)
    if not found.accuracy["n_observers"].any():
        return None
    natural_width = 0.32 * len(found.groups) * len(shown)
    rows = math.ceil(natural_width / WIDEST)
    figure = Figure(figsize=(max(WIDTH, natural_width / rows), 3.2 * rows))
    panels = figure.subplots(rows, 1, sharey=True, squeeze=False)[:, 0]
    rng = np.random.default_rng(0)
    width = 0.8 / len(shown)
    cells, colours = _cells(found), _colours(found)
    chance = _chance(found.trials)
    share = math.ceil(len(found.groups) / rows)
    for row, axes in enumerate(panels):
        groups = found.groups[row * share : (row + 1) * share]
        spots: dict[str, list[_Spot]] = {condition: [] for condition in shown}
        for at, group in enumerate(groups):
            for place, condition in enumerate(shown):
                if (cell := cells.get((group, condition))) is not None:
                    x = at + (place - (len(shown) - 1) / 2) * width
                    xs = x + width * 0.28 * rng.uniform(-1, 1, len(cell.own))
                    spots[condition].append(_Spot(cell, x, xs, colours[group]))
        for place, condition in enumerate(shown):
            _draw_spots(axes, spots[condition], _look(place)["marker"], dot=9, alpha=0.55, mark=6, line=1.1)
        if chance is not None:
            axes.axhline(chance, color=PALE, linewidth=0.8, linestyle="--", zorder=1)
            at_edge = {"transform": axes.get_yaxis_transform(), "ha": "right", "va": "bottom"}
            axes.text(1, chance, "chance", color="#666666", **at_edge)
        many = share > 8
        axes.set_xticks(range(len(groups)), [_wrapped(group) for group in groups], rotation=45 if many else 0)
        if rows > 1:
            axes.set_xlim(-0.7, share - 0.3)
        axes.set_ylabel("accuracy")
    _as_percent(panels)
    panels[0].set_title(f"Accuracy: dots are observers, bars {confidence(found.plan.level)} intervals", loc="left")
    looks = [{**_look(place), "color": PALE, "markeredgecolor": INK} for place in range(len(shown))]
    _legend(figure, shown, [Line2D([], [], linestyle="", **look) for look in looks])
    return figure


@_styled
def consistency_figure(found: Comparison) -> Figure | None:
    """Error consistency of each pair of observers, and the mean of each pair of groups with its interval."""
    c = found.consistency
    if c is None:
        return None
    order = sorted(c.observers, key=lambda one: found.groups.index(c.groups[one]) if c.groups else 0)
    table = c.kappa.loc[order, order].to_numpy(copy=True)
    np.fill_diagonal(table, np.nan)
    with_means = not found.group_consistency.empty
    means, which = found.group_consistency, ""
    if with_means:
        first, which = _first_of_each_kind(found, [*dict.fromkeys(means["a"])])
        means = means[means["a"].isin(first) & means["b"].isin(first)]
    figure = Figure(figsize=(WIDTH, max(4.4, 0.13 * len(means))))
    axes = figure.subplots(1, 2, width_ratios=[2.1, 1])[0] if with_means else figure.subplots()
    known = np.abs(table[np.isfinite(table)])
    reach = (
        max(0.2, float(np.quantile(known, 0.98))) if len(known) else 1.0
    )  # so that a few extreme pairs hide no others
    palette = mpl.colormaps["RdBu_r"].with_extremes(bad="#e4e4e4")
    picture = axes.imshow(table, cmap=palette, vmin=-reach, vmax=reach, interpolation="nearest")
    bar = figure.colorbar(picture, ax=axes, location="bottom", shrink=0.6, extend="both")
    bar.set_label("Cohen's kappa; grey: undefined, or oneself")
    _name_observers(axes, found, order)
    some = ", ".join(_short_name(name) for name in found.consistency_conditions[:3])
    more = ", ..." if len(found.consistency_conditions) > 3 else ""
    axes.set_title(f"Error consistency\n{some}{more}", loc="left")
    if len(order) <= LABELLED:
        _numbers(axes, found, order, reach)
    if with_means:
        _means(figure.axes[1], found, means, which)
    return figure


@_styled
def exposure_figure(found: Comparison) -> Figure | None:
    """People's accuracy over viewing time in each pose, with the models' as lines."""
    times = {group: exposure_of(found.trials, group) for group in found.groups if found.kinds[group] != "model"}
    limited = {group: time for group, time in times.items() if 0 < time < MAX_MS}
    if not limited:
        return None
    shown = _shown_conditions(found)
    models = [group for group in found.groups if found.kinds[group] == "model"]
    below = max(0, math.ceil(len(models) / LEGEND_COLUMNS) - 2)  # rows of the legend that need room of their own
    figure = Figure(figsize=(max(WIDTH, 1.8 * len(shown)), 3.0 + 0.15 * below))
    panels = np.atleast_1d(figure.subplots(1, len(shown), sharey=True))
    without = [group for group, time in times.items() if time >= MAX_MS]
    endless = {group: 2.6 * max(limited.values()) * 1.9**i for i, group in enumerate(without)}
    ticks = {**{time: f"{time:g}" for time in limited.values()}, **{x: _wrapped(group) for group, x in endless.items()}}
    low, high = min(ticks) / 1.4, max(ticks) * 1.6
    if len(ticks) > TICKS:
        ticks = _apart(ticks, 0.1 * math.log(high / low) / (figure.get_figwidth() / len(shown) - 0.6))
    cells, colours = _cells(found), _colours(found)
    lines: dict[str, Any] = {}
    for axes, condition in zip(panels, shown, strict=True):
        there = {group: cell for group in found.groups if (cell := cells.get((group, condition))) is not None}
        spots = [
            _Spot(there[group], x, np.full(len(there[group].own), x), colours[group])
            for group, x in {**limited, **endless}.items()
            if group in there
        ]
        _draw_spots(axes, spots, "o", dot=6, alpha=0.4, mark=5, line=1)
        known = sorted((time, there[group].mean) for group, time in limited.items() if group in there)
        curves = [fit.curve for fit in found.exposure or () if fit.where["condition"] == condition]
        for curve in curves:
            axes.plot(curve["exposure_ms"], curve["proportion"], color=INK, linewidth=0.9, zorder=1)
            axes.fill_between(curve["exposure_ms"], curve["ci_low"], curve["ci_high"], color=PALE, alpha=0.35, zorder=0)
        if not curves and len({*limited.values()}) == len(limited):  # two groups at one time belong to two lines
            axes.plot([x for x, _ in known], [y for _, y in known], color=INK, linewidth=0.8, zorder=1)
        for group in models:
            if group in there:
                lines[group] = axes.axhline(there[group].mean, color=colours[group], linewidth=1.2, zorder=0)
        axes.set_xscale("log")
        axes.set_xticks([*ticks], [*ticks.values()], fontsize=7, rotation=90 if len(ticks) > TICKS else 0)
        axes.set_xlim(low, high)
        axes.minorticks_off()
        axes.set_title(_short_name(condition), loc="left")
    panels[0].set_xlabel("viewing time (ms)", loc="left")
    _as_percent(panels)
    panels[0].set_ylabel("accuracy")
    if lines:
        of = [group for group in models if group in lines]
        names = [_short_name(group, 30) for group in of]
        _legend(figure, names, [lines[group] for group in of], title="models (mean)")
    return figure


@_styled
def scatter_figure(found: Comparison) -> Figure | None:
    """Each picture's share of right answers among people (or programs for them) against that among models."""
    if found.verdicts.empty:
        return None
    people, models = (list(dict.fromkeys(found.verdicts[f"{kind}_group"])) for kind in ("people", "models"))
    some = " and ".join(
        f"the first {SIDE_GROUPS} of {len(groups)} groups of {kind}"
        for kind, groups in ((_whose(found, people[0]), people), ("models", models))
        if len(groups) > SIDE_GROUPS
    )
    people, models = people[:SIDE_GROUPS], models[:SIDE_GROUPS]
    side = max(1.6, min(2.2, WIDTH / len(people)))
    figure = Figure(figsize=(max(WIDTH, side * len(people)), side * len(models) + 0.6))
    grid = figure.subplots(len(models), len(people), sharex=True, sharey=True, squeeze=False)
    shares = dict(iter(found.items.groupby("group", sort=False)))
    conditions = sorted({*found.items["condition"]}, key=natural)
    looks = [_look(place) for place in range(len(conditions))]
    for row, other in zip(grid, models, strict=True):
        for axes, one in zip(row, people, strict=True):
            pairs = shares[one].merge(shares[other], on=["stimulus", "condition"])
            both = pairs[["condition", "shrunken_x", "shrunken_y"]].dropna().round(6)
            # Pictures with the same answers lie on one another: a larger mark stands for more of them.
            places = (
                both.groupby(["condition", "shrunken_x", "shrunken_y"], sort=False).size().rename("n").reset_index()
            )
            for condition, look in zip(conditions, looks, strict=True):
                part = places[places["condition"] == condition]
                sizes = 9 * part["n"] ** 0.7
                axes.scatter(
                    part["shrunken_x"], part["shrunken_y"], s=sizes, alpha=0.5, linewidth=0, clip_on=False, **look
                )
            axes.plot([0, 1], [0, 1], color=PALE, linewidth=0.7, zorder=0)
            axes.set_aspect("equal")
    corner = grid[0, 0]  # the panels share their scales
    corner.set(xlim=(0, 1.02), ylim=(0, 1.02), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    for axis in (corner.xaxis, corner.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    for axes, one in zip(grid[-1], people, strict=True):
        axes.set_xlabel(f"{_who(found, one)}: {_short_name(one)}")
    for axes, other in zip(grid[:, 0], models, strict=True):
        axes.set_ylabel(f"models: {_short_name(other)}")
    _legend(figure, conditions, [Line2D([], [], linestyle="", markersize=4, **look) for look in looks])
    title = "Each picture's share of right answers, drawn towards its condition's. Larger marks: more pictures"
    if some:
        title += f"\nShown: {some}, in the order of the study"
    figure.suptitle(title, x=0.01, ha="left", fontsize=9)
    return figure


@_styled
def item_figure(found: Comparison) -> Figure | None:
    """Every picture's share of right answers in every group, from the easiest to the hardest in each condition."""
    answered = found.items[found.items["n"] > 0] if len(found.items) else found.items
    if answered.empty:
        return None
    conditions = sorted({*answered["condition"]}, key=natural)
    rows = len(conditions) * len(found.groups)
    row = min(0.16, max(0.09, TALLEST / rows))
    figure = Figure(figsize=(WIDTH, 0.6 + 0.42 * len(conditions) + row * rows))
    panels = np.atleast_1d(figure.subplots(len(conditions), 1))
    for axes, condition in zip(panels, conditions, strict=True):
        part = answered[answered["condition"] == condition]
        wide = part.pivot(index="group", columns="stimulus", values="shrunken")
        wide = wide.reindex([group for group in found.groups if group in wide.index])
        wide = wide[wide.mean().sort_values(ascending=False, kind="stable").index]
        picture = axes.imshow(wide, aspect="auto", cmap="viridis", vmin=0, vmax=1, interpolation="nearest")
        axes.set_yticks(range(len(wide)), [_short_name(group) for group in wide.index], fontsize=50 * row)
        axes.set_xticks([])
        axes.tick_params(length=0)
        number = "1 picture" if wide.shape[1] == 1 else f"{wide.shape[1]} pictures, easiest first"
        axes.set_title(f"{_short_name(condition, 40)}: {number}", loc="left", fontsize=8)
    bar = figure.colorbar(picture, ax=panels, location="right", fraction=0.03, format=PercentFormatter(1))
    bar.set_label("right answers")
    return figure


FIGURES: dict[str, Callable[[Comparison], Figure | None]] = {
    "accuracy": accuracy_figure,
    "consistency": consistency_figure,
    "exposure": exposure_figure,
    "people-and-models": scatter_figure,
    "items": item_figure,
}
_MARKERS = ("o", "^", "s", "D", "v")
_PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00")


def _shown_conditions(found: Comparison) -> list[str]:
    """Combined conditions in the place of their parts."""
    known = list(dict.fromkeys(found.accuracy["condition"]))
    parts = {part for name, parts in (found.plan.combine or {}).items() if name in known for part in parts}
    whole = [condition for condition in known if condition not in parts]
    return sorted(whole, key=lambda condition: (condition != "upright", known.index(condition)))


def _cells(found: Comparison) -> Mapping[tuple[str, str], _Cell]:
    """The groups and conditions that have a mean accuracy."""
    by = ["group", "condition"]
    own = {key: part.to_numpy(dtype=float) for key, part in found.observers.groupby(by, sort=False)["accuracy"]}
    known = found.accuracy[found.accuracy["mean"].notna()]
    columns = (known[name] for name in (*by, "mean", "ci_low", "ci_high"))
    return {
        (group, condition): _Cell(own.get((group, condition), np.empty(0)), float(mean), float(low), float(high))
        for group, condition, mean, low, high in zip(*columns, strict=True)
    }


def _colours(found: Comparison) -> dict[str, Any]:
    """A colour for each group: people dark with long exposure, models apart from them."""
    colours: dict[str, Any] = {}
    for name, is_model in ((PEOPLE, False), (MODELS, True)):
        groups = [group for group in found.groups if (found.kinds[group] == "model") == is_model]
        shades = np.linspace(0.5, 0.95, len(groups)) if len(groups) > 1 else [0.7] * len(groups)
        colours |= {group: mpl.colormaps[name](shade) for group, shade in zip(groups, shades, strict=True)}
    return colours


def _chance(trials: pd.DataFrame) -> float | None:
    """The accuracy of guessing, where every trial offers as many labels."""
    if "offered" not in trials.columns or trials["offered"].isna().any():
        return None
    numbers = trials["offered"].str.count(f"[{SEPARATOR}]").unique()
    return 1 / (int(numbers[0]) + 1) if len(numbers) == 1 else None


def _look(place: int) -> dict[str, Any]:
    """The marker and the colour of a condition."""
    return {"marker": _MARKERS[place % len(_MARKERS)], "color": _PALETTE[place % len(_PALETTE)]}


def _who(found: Comparison, group: str) -> str:
    return "simulated" if found.kinds[group] == "simulated" else "people"


def _whose(found: Comparison, group: str) -> str:
    """Whose groups they are of which this one is."""
    return "simulated observers" if found.kinds[group] == "simulated" else "people"


def _legend(figure: Figure, labels: Sequence[str], handles: Sequence[Artist], title: str | None = None) -> None:
    """A legend below the figure. Labels are given, for matplotlib by itself leaves out those that begin with `_`."""
    columns = min(LEGEND_COLUMNS, len(labels))
    figure.legend([*handles], [*labels], loc="outside lower center", ncols=columns, title=title)


def _as_percent(panels: NDArray[Any]) -> None:
    """Panels with one scale for accuracies, set once all are drawn."""
    axes = panels[0]
    low = min(0.4, axes.get_ylim()[0])
    axes.set_ylim(max(-0.02, low), 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1))


def _apart(ticks: Mapping[float, str], gap: float) -> dict[float, str]:
    """The ticks in order, without the labels that are nearer to the last than `gap`, in logarithms.

    >>> _apart({10: "10", 11: "11", 20: "20"}, 0.5)
    {10: '10', 11: '', 20: '20'}
    """
    kept: dict[float, str] = {}
    last = 0.0
    for at in sorted(ticks):
        near = last > 0 and math.log(at / last) < gap
        kept[at] = "" if near else ticks[at]
        last = last if near else at
    return kept


def _wrapped(name: str) -> str:
    """A name over two lines where it is long, shortened where it is longer."""
    return "\n".join(textwrap.wrap(_short_name(name, 28), 14)[:3])


def _short_name(name: str, letters: int = LETTERS) -> str:
    """A name without its middle where it is long, for names often differ in their ends.

    >>> _short_name("convolutional-networks-of-2020")
    'convolution...-of-2020'
    """
    return name if len(name) <= letters else f"{name[: letters // 2]}...{name[3 - letters // 2 - letters % 2 :]}"


def _draw_spots(
    axes: Axes, spots: Sequence[_Spot], marker: str, *, dot: float, alpha: float, mark: float, line: float
) -> None:
    """Observers as dots, means as marks and intervals as lines: one artist for each, as artists take time."""
    if not spots:
        return
    xs, means = [spot.x for spot in spots], [spot.cell.mean for spot in spots]
    dots = np.concatenate([spot.xs for spot in spots]), np.concatenate([spot.cell.own for spot in spots])
    colours = [spot.colour for spot in spots for _ in spot.xs]
    if colours:
        axes.scatter(*dots, dot, colours, marker=marker, alpha=alpha, linewidth=0, zorder=2)
    ends = [spot.cell.low for spot in spots], [spot.cell.high for spot in spots]
    axes.vlines(xs, *ends, color=INK, linewidth=line, zorder=3)
    own = [spot.colour for spot in spots]
    axes.scatter(xs, means, mark**2, own, marker=marker, edgecolor=INK, linewidth=1, zorder=4)


def _name_observers(axes: Axes, found: Comparison, order: Sequence[str]) -> None:
    """Names beside the matrix: of observers where they fit, of groups where they do not."""
    c = found.consistency
    assert c is not None  # noqa: S101  for the type checker
    axes.tick_params(length=0)
    whose = [c.groups.get(one, one) for one in order]
    starts = [i for i, name in enumerate(whose) if i == 0 or name != whose[i - 1]]
    for edge in starts[1:]:
        axes.axhline(edge - 0.5, color="white", linewidth=1.5)
        axes.axvline(edge - 0.5, color="white", linewidth=1.5)
    if len(order) <= NAMED or not c.groups:
        places, names, size = [*range(len(order))], [*order], min(7.0, 200 / len(order))
    else:
        places = [(start + end - 1) / 2 for start, end in zip(starts, [*starts[1:], len(order)], strict=True)]
        names, size = [whose[start] for start in starts], min(7.0, 200 / len(starts))
    axes.set_xticks(places, [_short_name(name) for name in names], rotation=90, fontsize=size)
    axes.set_yticks(places, [_short_name(name) for name in names], fontsize=size)


def _numbers(axes: Axes, found: Comparison, order: Sequence[str], reach: float) -> None:
    c = found.consistency
    assert c is not None  # noqa: S101  for the type checker
    low, high = (each.loc[[*order], [*order]].to_numpy() for each in c.interval(found.plan.level))
    values = c.kappa.loc[[*order], [*order]].to_numpy()
    size = min(6.0, 62 / len(order))
    for i, j in np.argwhere(np.isfinite(values)):
        if i != j:
            text = f"{_short(values[i, j])}\n{_short(low[i, j])} {_short(high[i, j])}"
            colour = "white" if abs(values[i, j]) > 0.65 * reach else INK
            axes.text(j, i, text, ha="center", va="center", fontsize=size * 0.72, color=colour, linespacing=1.1)


def _short(value: float) -> str:
    """A kappa in few characters: .27 and -.04."""
    return f"{value:.2f}".replace("0.", ".", 1)


def _first_of_each_kind(found: Comparison, groups: Sequence[str]) -> tuple[list[str], str]:
    """The groups between which means are shown, and in words which they are where these are not all."""
    if len(groups) <= MEAN_GROUPS:
        return [*groups], ""
    kinds = ([one for one in groups if (found.kinds[one] == "model") == is_model] for is_model in (False, True))
    people, models = kinds
    number = max(MEAN_GROUPS - len(models), min(len(people), (MEAN_GROUPS + 1) // 2))
    shown = [people[:number], models[: MEAN_GROUPS - number]]
    who = _whose(found, people[0]) if people else ""
    told = [
        f"first {len(some)} of {len(every)} groups of {kind}"
        for kind, some, every in zip((who, "models"), shown, (people, models), strict=True)
        if every
    ]
    return [*shown[0], *shown[1]], ",\n".join(told)


def _means(axes: Axes, found: Comparison, means: pd.DataFrame, which: str) -> None:
    """Group means with their intervals, and as open marks the greatest means that the accuracies allow."""
    assert found.consistency is not None  # noqa: S101  for the type checker
    table = means[means["n_pairs"] > 0].iloc[::-1]
    y = np.arange(len(table))
    rooms = ceilings(found.consistency, zip(table["a"], table["b"], strict=True))
    tops = [rooms[a, b].kappa_max for a, b in zip(table["a"], table["b"], strict=True)]
    axes.axvline(0, color=PALE, linewidth=0.8, zorder=0)
    axes.plot(tops, y, "D", color="none", markeredgecolor="#666666", markeredgewidth=0.7, markersize=3.5, zorder=1)
    axes.hlines(y, table["ci_low"], table["ci_high"], color=INK, linewidth=1, zorder=2)
    axes.plot(table["mean"], y, "o", color="#0072b2", markersize=4, zorder=3)
    names = [
        _short_name(a) if a == b else f"{_short_name(a)} × {_short_name(b)}"
        for a, b in zip(table["a"], table["b"], strict=True)
    ]
    axes.set_yticks(y, names, fontsize=6)
    axes.set_ylim(-0.7, len(table) - 0.3)
    axes.yaxis.tick_right()
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("mean kappa\n(open: highest possible)")
    title = f"Group means, {confidence(found.plan.level)} intervals"
    axes.set_title("\n".join(filter(None, (title, which))), loc="left")
