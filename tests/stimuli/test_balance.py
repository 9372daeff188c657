"""Whether a set is a fair experiment: planted imbalances are found, and a fair set has none."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.stats import wilcoxon

from askew_stimuli.balance import (
    AREA,
    CONTRAST,
    HEIGHT,
    LUMINANCE,
    QUANTITIES,
    SIDEWAYS,
    Amounts,
    amounts,
    findings,
    sizes,
)
from askew_stimuli.conditions import MATCHED, RANDOM, most_alternatives
from askew_stimuli.finding import Finding
from askew_stimuli.picture import Picture
from askew_stimuli.silhouette import Measures

CLASSES = [f"class {number:02}" for number in range(20)]
CONDITIONS = ("rotated", "upright")


def picture(label: str, condition: str, **columns: Any) -> Picture:
    usual = {"image_id": f"{label} {condition}", "source": "imported", "class_label": label, "condition": condition}
    return Picture(**{**usual, **columns})


def crossed(conditions: tuple[str, ...] = CONDITIONS) -> list[Picture]:
    return [picture(label, condition) for label in CLASSES for condition in conditions]


def fair(pictures: list[Picture], seed: int = 0) -> dict[str, dict[Any, float]]:
    """Amounts that vary between classes and pictures, and not with the condition."""
    random = np.random.default_rng(seed)
    of_class = {label: random.uniform(0.1, 0.4) for label in CLASSES}
    return {
        p.image_id: {quantity: of_class[p.class_label] * random.uniform(0.9, 1.1) for quantity in QUANTITIES}
        for p in pictures
    }


def lines(found: list[Finding], *, notes: bool = True) -> list[str]:
    return [f"{f.code}: {f.picture}: {f.message}" for f in found if notes or not f.note]


@pytest.mark.parametrize("seed", range(20))
def test_a_fair_set_is_clean(seed: int) -> None:
    pictures = crossed(("upright", "rotated", "in-plane"))
    assert lines(list(findings(pictures, fair(pictures, seed))), notes=False) == []


def test_sets_that_differ_by_chance_fail_no_more_often_than_one_in_twenty() -> None:
    pictures = crossed(("upright", "rotated", "in-plane"))
    failed = 0
    for seed in range(60):
        random = np.random.default_rng([7, seed])
        measured = {p.image_id: {q: random.lognormal(0, 0.5) for q in QUANTITIES} for p in pictures}
        failed += bool(lines(list(findings(pictures, measured)), notes=False))
    assert failed <= 3 + 4  # one in twenty, and two standard errors


@pytest.mark.parametrize(
    ("quantity", "change", "says"),
    [
        (AREA, lambda value: 0.8 * value, "area-imbalance: rotated / upright: objects are smaller: median ratio 0."),
        (AREA, lambda value: 1.3 * value, "area-imbalance: rotated / upright: objects are larger: median ratio 1."),
        (LUMINANCE, lambda value: 0.7 * value, "luminance-imbalance: rotated / upright: objects are darker: median"),
        (LUMINANCE, lambda value: 1.4 * value, "luminance-imbalance: rotated / upright: objects are lighter: median"),
        (CONTRAST, lambda value: 0.7 * value, "contrast-imbalance: rotated / upright: objects have less contrast"),
        (CONTRAST, lambda value: 1.4 * value, "contrast-imbalance: rotated / upright: objects have more contrast"),
        (
            SIDEWAYS,
            lambda value: value - 0.1,
            "left-right-imbalance: rotated / upright: objects lie more to the left: median difference -1",
        ),
        (SIDEWAYS, lambda value: value + 0.1, "left-right-imbalance: rotated / upright: objects lie more to the right"),
        (HEIGHT, lambda value: value - 0.1, "up-down-imbalance: rotated / upright: objects lie higher: median"),
        (HEIGHT, lambda value: value + 0.1, "up-down-imbalance: rotated / upright: objects lie lower: median"),
    ],
)
def test_a_planted_difference_between_conditions_is_found(
    quantity: Any, change: Callable[[float], float], says: str
) -> None:
    pictures = crossed()
    measured = fair(pictures)
    for p in pictures:
        if p.condition == "rotated":
            measured[p.image_id][quantity] = change(measured[p.image_id][quantity])
    (line,) = lines(list(findings(pictures, measured)), notes=False)
    assert line.startswith(says)
    assert line.endswith("(Holm of 5 tests: p<.0001), n=20 classes")


def test_the_order_of_pictures_changes_nothing_but_the_order_of_names() -> None:
    pictures = crossed()
    measured = fair(pictures)
    for p in pictures:
        measured[p.image_id][AREA] *= 0.7 if p.condition == "rotated" else 1
    assert lines(list(findings(pictures[::-1], measured))) == lines(list(findings(pictures, measured)))


def scaled(classes: int, factor: float) -> list[Finding]:
    """The findings where one condition's objects have all the same share of the other's area."""
    pictures = [p for p in crossed() if p.class_label in CLASSES[:classes]]
    areas = {p.image_id: {AREA: 0.2 * (factor if p.condition == "rotated" else 1)} for p in pictures}
    return list(findings(pictures, areas))


@pytest.mark.parametrize("factor", [0.96, 1.0, 1.04])
def test_a_difference_too_small_to_matter_is_none(factor: float) -> None:
    assert scaled(20, factor) == []


def test_too_few_classes_to_test_give_a_note() -> None:
    (finding,) = scaled(4, 0.85)
    assert finding.note
    said = "objects are smaller: median ratio 0.85 (10-90 %: 0.85 to 0.85), not tested, for that takes 6 classes, n=4 "
    assert finding.message.startswith(said)
    assert scaled(4, 0.96) == []


def test_a_difference_is_noted_however_unsure_it_is() -> None:
    """A set is a list, so what differs in it differs: here by 8 % in the median, with p far above .05."""
    pictures = crossed()
    ratios = dict(zip(CLASSES, np.exp([*np.linspace(0.06, 0.4, 11), *np.linspace(-0.5, -0.1, 9)]), strict=True))
    areas = {p.image_id: {AREA: 0.2 * (ratios[p.class_label] if p.condition == "rotated" else 1)} for p in pictures}
    (finding,) = findings(pictures, areas)
    assert finding.note
    assert "median ratio 1.08 (" in finding.message
    p = float(re.findall(r"Wilcoxon p=(\.\d+)", finding.message)[0])
    assert p > 0.3


def test_the_direction_that_is_told_is_the_one_that_was_tested() -> None:
    """Eleven classes a little larger and nine much smaller: by the median larger, by the signed ranks smaller."""
    pictures = crossed()
    changes = dict(zip(CLASSES, [*np.linspace(0.06, 0.1, 11), *np.linspace(-2, -1, 9)], strict=True))
    areas = {p.image_id: {AREA: np.exp(-2 + (p.condition == "rotated") * changes[p.class_label])} for p in pictures}
    (finding,) = findings(pictures, areas)
    assert finding.note
    said = "objects differ in area, to one side by the median and not so by the ranks: median ratio 1.06 ("
    assert finding.message.startswith(said)
    changes = {label: change if change > 0 else -0.01 for label, change in changes.items()}
    areas = {p.image_id: {AREA: np.exp(-2 + (p.condition == "rotated") * changes[p.class_label])} for p in pictures}
    (finding,) = findings(pictures, areas)
    assert finding.message.startswith("objects are larger: median ratio 1.06 (")
    assert not finding.note


def test_classes_without_a_difference_do_not_turn_its_direction() -> None:
    """The test leaves them out, so the direction does too: four unchanged, ten larger by a bit, seven smaller."""
    pictures = [picture(f"class {n:02}", condition) for n in range(24) for condition in CONDITIONS]
    changes = [0.0] * 4 + [0.1] * 13 + [-0.2] * 7
    areas = {
        p.image_id: {AREA: np.exp(-2 + (p.condition == "rotated") * changes[int(p.class_label[-2:])])} for p in pictures
    }
    (finding,) = findings(pictures, areas)
    ranks_up, ranks_down = 13 * 7, 7 * 17
    assert ranks_up < ranks_down
    assert "not so by the ranks" in finding.message


def sized(upright: list[tuple[int, int]], rotated: list[tuple[int, int]]) -> list[Finding]:
    pictures = [
        picture(f"class {n}", condition, size_px=size)
        for condition, given in (("rotated", rotated), ("upright", upright))
        for n, size in enumerate(given)
    ]
    return list(sizes(pictures, {}))


def test_conditions_of_other_sizes_are_found() -> None:
    small, large = (50, 40), (100, 80)
    assert sized([small] * 4, [small] * 4) == []
    (finding,) = sized([small] * 4, [small] * 3 + [large])
    assert (finding.code, finding.note) == ("unequal-sizes", False)
    assert finding.message == (
        "conditions differ in the size of the pictures: upright: 4 of 50x40; rotated: 3 of 50x40, 1 of 100x80; make "
        "them one size"
    )
    (finding,) = sized([small, large], [small, large] * 2)
    assert finding.note
    assert finding.message == "the pictures differ in size: 3 of 50x40, 3 of 100x80"


def test_a_size_that_the_manifest_does_not_say_is_seen() -> None:
    pictures = [picture("mug", "upright"), picture("mug", "rotated", size_px=(9, 9))]
    assert list(sizes(pictures, {})) == []
    assert [f.note for f in sizes(pictures, {"mug upright": (8, 8)})] == [False]


def test_a_ratio_is_tested_as_the_ratio_that_is_told() -> None:
    """Small objects lose a third, and large ones gain 8 %: in raw differences these would hide it, in ratios not."""
    pictures = crossed()
    small = set(CLASSES[:14])
    areas = {
        p.image_id: {AREA: (0.03 if p.class_label in small else 0.6) * factor}
        for p in pictures
        for factor in [1 if p.condition == "upright" else 2 / 3 if p.class_label in small else 1.08]
    }
    raw = [
        areas[f"{label} rotated"][AREA] - areas[f"{label} upright"][AREA] + n * 1e-9 for n, label in enumerate(CLASSES)
    ]
    assert wilcoxon(raw).pvalue > 0.05
    (finding,) = findings(pictures, areas)
    assert not finding.note
    assert finding.message.startswith("objects are smaller: median ratio 0.67")


def test_many_pictures_of_a_class_are_not_larger_than_one() -> None:
    """Plain means of many skewed areas lie above the single ones, by 28 % here; geometric means do not."""
    random = np.random.default_rng(1)
    pictures, areas = [], {}
    for label, condition, number in product(CLASSES, CONDITIONS, range(40)):
        if condition == "rotated" or number == 0:
            pictures.append(picture(label, condition, image_id=f"{label} {condition} {number}"))
            size = float(np.exp(random.normal(0, 0.7))) if condition == "rotated" else 1.0
            areas[pictures[-1].image_id] = {AREA: 0.1 * size}
    assert [f.code for f in findings(pictures, areas)] == ["unbalanced-counts"]


def test_what_holms_correction_takes_away_is_a_note() -> None:
    pictures = [p for p in crossed(("upright", "a", "b")) if p.class_label in CLASSES[:6]]
    areas = {p.image_id: {AREA: 0.14 if p.condition == "a" else 0.2} for p in pictures}
    (one, other) = findings(pictures, areas)
    assert (one.picture, other.picture) == ("a / upright", "b / a")
    assert one.note
    assert other.note
    assert "Wilcoxon p=.031 (Holm of 3 tests: p=.094), n=6 classes" in one.message


def test_conditions_of_a_sweep_differ_on_purpose() -> None:
    pictures = [replace(p, factors=(f"size={p.condition}",)) for p in crossed(("upright", "half", "quarter"))]
    areas = {p.image_id: {AREA: {"upright": 0.2, "half": 0.1, "quarter": 0.05}[p.condition]} for p in pictures}
    assert list(findings(pictures, areas)) == []
    same = [replace(p, factors=("corruption=jpeg",)) for p in pictures]
    assert len(list(findings(same, areas))) == 3


def test_conditions_are_compared_where_they_share_what_was_set() -> None:
    """In each of two sizes the rotated objects are as large as the upright ones, which come in a third size too."""
    sizes = {"s": 0.1, "m": 0.2, "l": 0.4}
    pictures = [
        picture(label, condition, image_id=f"{label} {condition} {size}", factors=(f"size={size}",))
        for label, condition, size in product(CLASSES, CONDITIONS, sizes)
        if (condition, size) != ("rotated", "l")
    ]
    areas = {p.image_id: {AREA: sizes[p.image_id[-1]]} for p in pictures}
    assert [f.code for f in findings(pictures, areas)] == ["unbalanced-counts"]


def test_the_random_arm_is_matched_with_nothing_on_purpose() -> None:
    pictures = crossed((*MATCHED, RANDOM))
    areas = {p.image_id: {AREA: 0.1 if p.condition == RANDOM else 0.2} for p in pictures}
    found = list(findings(pictures, areas))
    assert [(f.picture, f.note) for f in found] == [(f"{RANDOM} / {condition}", True) for condition in MATCHED]
    assert "Wilcoxon p<.0001, rotated-random being unmatched on purpose, n=20 classes" in found[0].message
    other = {p.image_id: {AREA: 0.1 if p.condition == MATCHED[2] else 0.2} for p in pictures}
    told = [f for f in findings(pictures, other) if not f.note]
    assert [f.picture for f in told] == [f"{MATCHED[2]} / {condition}" for condition in MATCHED[:2]]
    assert "(Holm of 3 tests: " in told[0].message  # what is unmatched on purpose costs the others nothing


def test_amounts_come_from_the_manifest_before_the_pixels() -> None:
    seen = Measures(0.3, (0, 0, 9, 9), (50.0, 20.0), 0.4, 0.1, False)
    plain = picture("mug", "upright")
    assert amounts(plain) == {}
    assert amounts(plain, seen, (100, 80)) == {AREA: 0.3, LUMINANCE: 0.4, CONTRAST: 0.1, SIDEWAYS: 0.5, HEIGHT: 0.25}
    described = replace(plain, area_frac=0.2, centroid=(10.0, 40.0), size_px=(100, 80), lum_sd=0.0)
    said = {AREA: 0.2, LUMINANCE: 0.4, CONTRAST: 0.0, SIDEWAYS: 0.1, HEIGHT: 0.5}
    assert amounts(described, seen, (100, 80)) == said


NOTHING: Mapping[str, Amounts] = {}


def edited(edit: Callable[[Picture], Picture | None]) -> list[Picture]:
    return [kept for p in crossed() if (kept := edit(p)) is not None]


def test_a_class_that_lacks_a_condition_is_named() -> None:
    pictures = edited(lambda p: None if p.image_id in {"class 03 rotated", "class 07 rotated"} else p)
    assert lines(list(findings(pictures, NOTHING))) == [
        "lacks-condition: rotated: 2 of 20 classes have no picture of it: class 03, class 07",
        (
            "unbalanced-counts: the set: 20 upright, 18 rotated pictures; 2 of 20 classes differ from the rest: "
            "class 03, class 07"
        ),
    ]


def test_the_same_proportion_in_every_class_is_a_note() -> None:
    pictures = crossed() + [replace(p, image_id=f"{p.image_id} 2") for p in crossed() if p.condition == "rotated"]
    (finding,) = findings(pictures, NOTHING)
    assert finding.note
    assert finding.message == "20 upright, 40 rotated pictures, in the same proportion in every class"


@pytest.mark.parametrize("twin", ["Can opener", "can-opener", "can  opener", "canopener", "\uff43an opener"])
def test_labels_that_are_one_to_a_person_are_found(twin: str) -> None:
    pictures = [picture("can opener", "upright"), picture("mug", "upright", alt_label=twin)]
    said = "is also written 'can opener'; write it in one way"
    assert Finding("label-spelling", twin, said) in list(findings(pictures, NOTHING))


def test_conditions_that_are_one_to_a_person_are_found() -> None:
    pictures = [picture("mug", "upright"), picture("mug", "Upright")]
    assert Finding("condition-spelling", "Upright", "is also written 'upright'; write it in one way") in list(
        findings(pictures, NOTHING)
    )


def test_where_some_pictures_have_a_mask_or_an_alternative_those_without_are_found() -> None:
    pictures = edited(lambda p: replace(p, mask_file="m.png", alt_label=f"other {p.class_label}"))
    assert lines(list(findings(pictures, NOTHING))) == []
    pictures[3] = replace(pictures[3], mask_file=None, alt_label=None)
    told = {f.code: f.message for f in findings(pictures, NOTHING) if not f.note}
    assert told == {
        "lacks-alternative": "1 of 40 pictures have no alternative label, the others have one: class 01 upright",
        "lacks-mask": "1 of 40 pictures have no mask, the others have one: class 01 upright",
    }


def with_alternatives(alternative: Callable[[int, Picture], str]) -> list[Finding]:
    pictures = [replace(p, alt_label=alternative(CLASSES.index(p.class_label), p)) for p in crossed()]
    return list(findings(pictures, NOTHING))


def test_a_label_that_is_wrong_too_often_is_found() -> None:
    found = with_alternatives(lambda number, p: "hatchet" if number < 4 else f"other {number}")
    said = "is the wrong label 8 times in 40 and the right one 0 times, so that observers learn to avoid it"
    assert found == [Finding("frequent-alternative", "hatchet", said)]
    assert most_alternatives(40) == 5
    five = {p.image_id for p in crossed()[:5]}
    seldom = with_alternatives(lambda number, p: "hatchet" if p.image_id in five else f"other {number}")
    assert {f.code for f in seldom} == {"alternative-varies"}
    assert with_alternatives(lambda number, p: f"other {number // 2}") == []


def test_alternatives_that_are_all_shown_are_a_closed_set() -> None:
    assert with_alternatives(lambda number, p: CLASSES[number ^ 1]) == []


def test_alternatives_of_which_some_are_shown_give_notes() -> None:
    found = with_alternatives(lambda number, p: CLASSES[number ^ 1] if number < 4 else f"other {number}")
    assert all(f.note for f in found)
    assert lines(found) == [
        (
            "shown-alternative: the set: 8 of 40 alternatives are themselves shown, the others never: "
            "class 01, class 00, class 03, class 02"
        ),
        (
            "two-way-alternative: the set: 2 pairs of labels are offered with either as the truth, the others not: "
            "class 00 and class 01, class 02 and class 03"
        ),
    ]


def test_alternatives_that_vary_with_the_condition_give_a_note() -> None:
    (finding,) = with_alternatives(lambda number, p: f"{p.condition} {number}" if number == 5 else f"other {number}")
    assert (finding.code, finding.note) == ("alternative-varies", True)
    assert finding.message.startswith("1 of 20 classes are offered with other alternatives in one condition than in")
    assert finding.message.endswith(": class 05")
