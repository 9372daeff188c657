"""The figures of a comparison, as vector files and PNG. The one file that imports matplotlib.

Each function takes a comparison and returns a figure, or None where the comparison has nothing to draw. People are
blue, darker with longer exposure; models are orange and brown. Shapes and labels say the same as the colours.
"""

import io
import textwrap
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from askew.column import SEPARATOR
from askew.describe import natural
from askew_analysis.ceilings import ceilings
from askew_analysis.comparison import MAX_MS, Comparison, exposure_of

Doubles = NDArray[np.float64]

STYLE = {
    "font.size": 8,
    "axes.titlesize": 9,
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
FORMATS = {"svg": {"Date": None}, "pdf": {"CreationDate": None, "ModDate": None}, "png": {"Software": None}}  # no dates
PNG_DPI = 200
LETTERS = 22  # of a name; longer ones are cut, and whole in the tables


@contextmanager
def _style() -> Iterator[None]:
    style: Any = {**mpl.rcParamsDefault, "backend": "agg", **STYLE}
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
    files = {}
    for name, act in FIGURES.items():
        with _style(), warnings.catch_warnings():
            # A letter that the font lacks, or a name that leaves no room, shows in the figure; nobody else has to know.
            warnings.simplefilter("ignore", UserWarning)
            figure = act(found)
            if figure is None:
                continue
            for form, metadata in FORMATS.items():
                stream = io.BytesIO()
                figure.savefig(stream, format=form, metadata=metadata, dpi=PNG_DPI)
                figure.set_layout_engine("none")  # what was laid out stays, which is most of the work
                files[f"{name}.{form}"] = stream.getvalue()
    return files


@_styled
def accuracy_figure(found: Comparison) -> Figure | None:
    """Accuracy by group and pose: a dot for each observer, the mean with its interval."""
    shown = _shown_conditions(found)
    if not found.accuracy["n_observers"].any():
        return None
    figure = Figure(figsize=(max(WIDTH, 0.32 * len(found.groups) * len(shown)), 3.2))
    axes = figure.subplots()
    rng = np.random.default_rng(0)
    width = 0.8 / len(shown)
    for at, group in enumerate(found.groups):
        for place, condition in enumerate(shown):
            x = at + (place - (len(shown) - 1) / 2) * width
            own = _rows(found.observers, group, condition)["accuracy"].to_numpy(dtype=float)
            row = _rows(found.accuracy, group, condition)
            if row["mean"].isna().all():
                continue
            colour = _colours(found)[group]
            marker = _MARKERS[place % len(_MARKERS)]
            spread = x + width * 0.28 * rng.uniform(-1, 1, len(own))
            axes.scatter(spread, own, s=9, color=colour, alpha=0.55, marker=marker, linewidth=0, zorder=2)
            mean, low, high = (float(row[name].iloc[0]) for name in ("mean", "ci_low", "ci_high"))
            axes.vlines(x, low, high, color=INK, linewidth=1.1, zorder=3)
            axes.plot(x, mean, marker=marker, color=colour, markeredgecolor=INK, markersize=6, zorder=4)
    for place, condition in enumerate(shown):
        marker = _MARKERS[place % len(_MARKERS)]
        axes.plot([], [], marker=marker, color=PALE, markeredgecolor=INK, linestyle="", label=condition)
    if (chance := _chance(found.trials)) is not None:
        axes.axhline(chance, color=PALE, linewidth=0.8, linestyle="--", zorder=1)
        axes.text(1, chance, "chance", transform=axes.get_yaxis_transform(), ha="right", va="bottom", color="#666666")
    _as_percent(axes)
    many = len(found.groups) > 8
    axes.set_xticks(range(len(found.groups)), [_wrapped(group) for group in found.groups], rotation=45 if many else 0)
    axes.set_ylabel("accuracy")
    axes.set_title(f"Accuracy: dots are observers, bars {found.plan.level:.0%} intervals", loc="left")
    figure.legend(loc="outside lower center", ncols=min(4, len(shown)))
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
    figure = Figure(figsize=(WIDTH, max(4.4, 0.13 * len(found.group_consistency))))
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
        _means(figure.axes[1], found)
    return figure


@_styled
def exposure_figure(found: Comparison) -> Figure | None:
    """People's accuracy over viewing time in each pose, with the models' as lines."""
    times = {group: exposure_of(found.trials, group) for group in found.groups if found.kinds[group] != "model"}
    limited = {group: time for group, time in times.items() if 0 < time < MAX_MS}
    if not limited:
        return None
    shown = _shown_conditions(found)
    figure = Figure(figsize=(max(WIDTH, 1.8 * len(shown)), 3.0))
    panels = np.atleast_1d(figure.subplots(1, len(shown), sharey=True))
    without = [group for group, time in times.items() if time >= MAX_MS]
    endless = {group: 2.6 * max(limited.values()) * 1.9**i for i, group in enumerate(without)}
    ticks = {**{time: f"{time:g}" for time in limited.values()}, **{x: _wrapped(group) for group, x in endless.items()}}
    for axes, condition in zip(panels, shown, strict=True):
        for group, x in {**limited, **endless}.items():
            _point(axes, found, group, condition, x)
        rows = [(time, _rows(found.accuracy, group, condition)) for group, time in limited.items()]
        known = sorted((time, float(row["mean"].iloc[0])) for time, row in rows if row["mean"].notna().any())
        curves = [fit.curve for fit in found.exposure or () if fit.where["condition"] == condition]
        for curve in curves:
            axes.plot(curve["exposure_ms"], curve["proportion"], color=INK, linewidth=0.9, zorder=1)
            axes.fill_between(curve["exposure_ms"], curve["ci_low"], curve["ci_high"], color=PALE, alpha=0.35, zorder=0)
        if not curves and len({*limited.values()}) == len(limited):  # two groups at one time belong to two lines
            axes.plot([x for x, _ in known], [y for _, y in known], color=INK, linewidth=0.8, zorder=1)
        for group in found.groups:
            row = _rows(found.accuracy, group, condition)
            if found.kinds[group] == "model" and len(row):
                mean = float(row["mean"].iloc[0])
                axes.axhline(mean, color=_colours(found)[group], linewidth=1.2, label=_short_name(group, 30), zorder=0)
        axes.set_xscale("log")
        axes.set_xticks([*ticks], [*ticks.values()], fontsize=7)
        axes.set_xlim(min(ticks) / 1.4, max(ticks) * 1.6)
        axes.minorticks_off()
        axes.set_title(_short_name(condition), loc="left")
    panels[0].set_xlabel("viewing time (ms)", loc="left")
    for axes in panels:  # the panels share their scale, so it is set once all are drawn
        _as_percent(axes)
    panels[0].set_ylabel("accuracy")
    handles, labels = panels[0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=4, title="models (mean)")
    return figure


@_styled
def scatter_figure(found: Comparison) -> Figure | None:
    """Each picture's share of right answers among people (or programs for them) against that among models."""
    if found.verdicts.empty:
        return None
    people = list(dict.fromkeys(found.verdicts["people_group"]))
    models = list(dict.fromkeys(found.verdicts["models_group"]))
    side = max(1.6, min(2.2, WIDTH / len(people)))
    figure = Figure(figsize=(max(WIDTH, side * len(people)), side * len(models) + 0.6))
    grid = figure.subplots(len(models), len(people), sharex=True, sharey=True, squeeze=False)
    shares = found.items.set_index(["group", "stimulus", "condition"])["shrunken"]
    conditions = sorted({*found.items["condition"]}, key=natural)
    for row, other in zip(grid, models, strict=True):
        for axes, one in zip(row, people, strict=True):
            both = pd.concat({"x": shares[one], "y": shares[other]}, axis=1).dropna().reset_index()
            # Pictures with the same answers lie on one another: a larger mark stands for more of them.
            places = both.round(6).groupby(["condition", "x", "y"], sort=False).size().rename("n").reset_index()
            for place, condition in enumerate(conditions):
                part = places[places["condition"] == condition]
                look = {"marker": _MARKERS[place % len(_MARKERS)], "color": _PALETTE[place % len(_PALETTE)]}
                axes.scatter(
                    part["x"], part["y"], s=9 * part["n"] ** 0.7, alpha=0.5, linewidth=0, clip_on=False, **look
                )
                axes.plot([], [], linestyle="", markersize=4, label=condition, **look)
            axes.plot([0, 1], [0, 1], color=PALE, linewidth=0.7, zorder=0)
            axes.set(xlim=(0, 1.02), ylim=(0, 1.02), aspect="equal")
            axes.xaxis.set_major_formatter(PercentFormatter(1))
            axes.yaxis.set_major_formatter(PercentFormatter(1))
            axes.set_xticks([0, 0.5, 1])
            axes.set_yticks([0, 0.5, 1])
    for axes, one in zip(grid[-1], people, strict=True):
        who = "simulated" if found.kinds[one] == "simulated" else "people"
        axes.set_xlabel(f"{who}: {_short_name(one)}")
    for axes, other in zip(grid[:, 0], models, strict=True):
        axes.set_ylabel(f"models: {_short_name(other)}")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(4, len(conditions)))
    title = "Each picture's share of right answers, drawn towards its condition's. Larger marks: more pictures"
    figure.suptitle(title, x=0.01, ha="left", fontsize=9)
    return figure


@_styled
def item_figure(found: Comparison) -> Figure | None:
    """Every picture's share of right answers in every group, from the easiest to the hardest in each condition."""
    if found.items.empty:
        return None
    conditions = sorted({*found.items["condition"]}, key=natural)
    figure = Figure(figsize=(WIDTH, 0.6 + len(conditions) * (0.42 + 0.16 * len(found.groups))))
    panels = np.atleast_1d(figure.subplots(len(conditions), 1))
    for axes, condition in zip(panels, conditions, strict=True):
        part = found.items[(found.items["condition"] == condition) & (found.items["n"] > 0)]
        wide = part.pivot(index="group", columns="stimulus", values="shrunken")
        wide = wide.reindex([group for group in found.groups if group in wide.index])
        wide = wide[wide.mean().sort_values(ascending=False, kind="stable").index]
        picture = axes.imshow(wide, aspect="auto", cmap="viridis", vmin=0, vmax=1, interpolation="nearest")
        axes.set_yticks(range(len(wide)), [_short_name(group) for group in wide.index])
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


def _rows(table: pd.DataFrame, group: str, condition: str) -> pd.DataFrame:
    return table[(table["group"] == group) & (table["condition"] == condition)]


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


def _as_percent(axes: Axes) -> None:
    low = min(0.4, axes.get_ylim()[0])
    axes.set_ylim(max(-0.02, low), 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1))


def _wrapped(name: str) -> str:
    """A name over two lines where it is long, shortened where it is longer."""
    return "\n".join(textwrap.wrap(_short_name(name, 28), 14)[:3])


def _short_name(name: str, letters: int = LETTERS) -> str:
    """A name without its middle where it is long, for names often differ in their ends.

    >>> _short_name("convolutional-networks-of-2020")
    'convolution...-of-2020'
    """
    return name if len(name) <= letters else f"{name[: letters // 2]}...{name[3 - letters // 2 - letters % 2 :]}"


def _point(axes: Axes, found: Comparison, group: str, condition: str, x: float) -> None:
    row = _rows(found.accuracy, group, condition)
    if row["mean"].isna().all():
        return
    mean, low, high = (float(row[name].iloc[0]) for name in ("mean", "ci_low", "ci_high"))
    own = _rows(found.observers, group, condition)["accuracy"].to_numpy(dtype=float)
    colour = _colours(found)[group]
    axes.scatter(np.full(len(own), x), own, s=6, color=colour, alpha=0.4, linewidth=0, zorder=2)
    axes.vlines(x, low, high, color=INK, linewidth=1, zorder=3)
    axes.plot(x, mean, "o", color=colour, markeredgecolor=INK, markersize=5, zorder=4)


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
        names, size = [whose[start] for start in starts], 7.0
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


def _means(axes: Axes, found: Comparison) -> None:
    """Group means with their intervals, and as open marks the greatest means that the accuracies allow."""
    assert found.consistency is not None  # noqa: S101  for the type checker
    table = found.group_consistency[found.group_consistency["n_pairs"] > 0].iloc[::-1]
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
    axes.set_title(f"Group means, {found.plan.level:.0%} intervals", loc="left")
