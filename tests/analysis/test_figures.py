"""Figures: what they show of a comparison, and that they stay readable with many groups and odd names."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from askew_analysis import figures
from askew_analysis.comparison import Comparison, Plan, compare
from askew_analysis.figures import (
    FIGURES,
    MEAN_GROUPS,
    SIDE_GROUPS,
    accuracy_figure,
    consistency_figure,
    exposure_figure,
    item_figure,
    scatter_figure,
)
from tests.analysis.report.planting import planted_trials

MANY = [(f"people-{place}", "human", 2, 1.0) for place in range(7)] + [
    (f"networks-{place}", "model", 2, 0.5) for place in range(7)
]


@pytest.fixture(scope="module")
def many() -> Comparison:
    """Seven groups of people and seven of networks."""
    return compare(planted_trials(MANY, conditions=("upright", "rotated")), Plan(resamples=50, level=0.975))


@pytest.fixture(scope="module")
def hidden() -> Comparison:
    """Groups and conditions whose names begin with the mark by which matplotlib knows what is not for legends."""
    groups = [("_people", "human", 3, 1.0), ("_networks", "model", 3, 0.5)]
    df = planted_trials(groups, conditions=("_plain", "_turned"))
    return compare(df.assign(requested_ms=np.where(df["kind"] == "human", 40.0, np.nan)), Plan(resamples=50))


def drawn(figure: Figure | None) -> Figure:
    assert figure is not None
    return figure


def legend_of(figure: Figure | None) -> list[str]:
    (legend,) = drawn(figure).legends
    return [text.get_text() for text in legend.get_texts()]


def labels(texts: Sequence[str], head: str) -> list[str]:
    return [text.removeprefix(head) for text in texts if text.startswith(head)]


def test_of_many_groups_the_first_of_each_kind_are_held_against_one_another_and_the_title_says_so(
    many: Comparison,
) -> None:
    figure = drawn(scatter_figure(many))
    assert len(figure.axes) == SIDE_GROUPS**2
    assert labels([axes.get_xlabel() for axes in figure.axes], "people: ") == [*many.groups[:SIDE_GROUPS]]
    assert labels([axes.get_ylabel() for axes in figure.axes], "models: ") == [*many.groups[7 : 7 + SIDE_GROUPS]]
    title = (
        "\nShown: the first 5 of 7 groups of people and the first 5 of 7 groups of models, in the order of the study"
    )
    assert figure.get_suptitle().endswith(title)


def test_few_groups_are_all_shown_without_a_word_on_it(hidden: Comparison) -> None:
    assert drawn(scatter_figure(hidden)).get_suptitle().endswith("Larger marks: more pictures")


def test_of_many_group_means_those_between_the_first_of_each_kind_are_shown_and_the_title_says_so(
    many: Comparison,
) -> None:
    axes = drawn(consistency_figure(many)).axes[1]
    assert len(axes.get_yticks()) == MEAN_GROUPS * (MEAN_GROUPS + 1) // 2
    assert axes.get_title(loc="left") == (
        "Group means, 97.5 % intervals\nfirst 6 of 7 groups of people,\nfirst 5 of 7 groups of models"
    )
    shown = {part for text in axes.get_yticklabels() for part in text.get_text().split(" × ")}
    assert shown == {*many.groups[:6], *many.groups[7:12]}


def test_no_figure_of_many_groups_is_larger_than_can_be_read(many: Comparison) -> None:
    sizes = [figure.get_size_inches() for act in FIGURES.values() if (figure := act(many)) is not None]
    assert len(sizes) == 4
    assert np.max(sizes) <= 14


def test_the_level_of_intervals_is_not_rounded(many: Comparison) -> None:
    title = drawn(accuracy_figure(many)).axes[0].get_title(loc="left")
    assert title == "Accuracy: dots are observers, bars 97.5 % intervals"


def test_accuracies_of_too_many_groups_for_a_row_are_drawn_in_several(
    many: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "WIDEST", 4.0)
    figure = drawn(accuracy_figure(many))
    shown = [text.get_text().replace("\n", "") for axes in figure.axes for text in axes.get_xticklabels()]
    assert shown == [*many.groups]
    assert [len(axes.get_xticks()) for axes in figure.axes] == [5, 5, 4]
    assert len({axes.get_ylim() for axes in figure.axes}) == 1


def test_every_observer_is_a_dot_and_every_mean_a_mark_with_its_interval(many: Comparison) -> None:
    (axes,) = drawn(accuracy_figure(many)).axes
    dots_of, marks_of = ([each for each in axes.collections if each.get_zorder() == zorder] for zorder in (2, 4))
    assert sorted(y for dots in dots_of for _, y in np.asarray(dots.get_offsets())) == pytest.approx(
        sorted(many.observers["accuracy"])
    )
    assert sorted(y for marks in marks_of for _, y in np.asarray(marks.get_offsets())) == pytest.approx(
        sorted(many.accuracy["mean"])
    )


@pytest.mark.parametrize("act", [accuracy_figure, scatter_figure])
def test_a_condition_keeps_its_place_in_the_legend_whatever_it_is_called(
    act: Callable[[Comparison], Figure | None], hidden: Comparison
) -> None:
    assert legend_of(act(hidden)) == ["_plain", "_turned"]


def test_models_keep_their_place_in_the_legend_whatever_they_are_called(hidden: Comparison) -> None:
    assert legend_of(exposure_figure(hidden)) == ["_networks"]


def test_viewing_times_that_lie_close_have_one_label(hidden: Comparison) -> None:
    people = [f"{place}" for place in range(20)]
    df = planted_trials([(name, "human", 2, 1.0) for name in people], conditions=("upright", "rotated"))
    found = compare(df.assign(requested_ms=40.0), Plan(resamples=50))
    trials = found.trials.assign(requested_ms=20 + found.trials["group"].astype(float))
    axes = drawn(exposure_figure(replace(found, trials=trials))).axes[0]
    told = [text.get_text() for text in axes.get_xticklabels()]
    assert len(told) == 20
    assert told[:2] == ["20", ""]
    assert 5 < len([text for text in told if text]) < 20


def test_pictures_without_an_answer_make_no_figure(many: Comparison) -> None:
    assert item_figure(replace(many, items=many.items.assign(n=0))) is None
    assert item_figure(replace(many, items=many.items.iloc[:0])) is None


def test_a_condition_in_which_no_picture_has_an_answer_has_no_panel(many: Comparison) -> None:
    items = many.items
    some = replace(many, items=items.assign(n=items["n"].where(items["condition"] == "upright", 0)))
    assert [axes.get_title(loc="left") for axes in drawn(item_figure(some)).axes][:-1] == [
        "upright: 24 pictures, easiest first"
    ]
