"""Choosing conditions from candidate poses and one network's scores: `askew stimuli select`."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import combinations, permutations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from askew import sidecar
from askew.errors import BadInput, WrongCall
from askew.sidecar import Sidecar
from askew_stimuli import balance
from askew_stimuli.commandline import command
from askew_stimuli.conditions import CORRECT, INCORRECT, MATCHED, OFTEN, RANDOM, SAME_ANGLE, UPRIGHT
from askew_stimuli.judged import judged
from askew_stimuli.pairing import COMPARED, PAIRS, Limit, Pool, closest, differences, exchanged, standardised, too_often
from askew_stimuli.picture import Picture, read_manifest, write_manifest
from askew_stimuli.scores import Score, Scored, write_scores
from askew_stimuli.select_command import EXAMPLE
from askew_stimuli.select_command import select as act
from askew_stimuli.selection import Rules, Selection, check_candidates, select
from askew_stimuli.synonyms import Synonyms
from askew_stimuli.thing import key

MODEL, WEIGHTS = "efficientnet_sim", "ab" * 32
MUG, CUP, BUCKET, VASE, DOG, HAMMER = 504, 968, 463, 883, 207, 587
CLASSES = {MUG: "coffee mug", CUP: "cup", BUCKET: "bucket", VASE: "vase", DOG: "golden retriever", HAMMER: "hammer"}
SAME = Synonyms(groups=(frozenset({MUG, CUP}),), unnameable=frozenset({DOG}))
NONE = Synonyms()


def picture(image_id: str, **values: Any) -> Picture:
    usual: dict[str, Any] = {
        "source": "rendered",
        "object_id": "mug-0",
        "class_index": MUG,
        "class_label": "coffee mug",
        "condition": "rotated",
        "angle_from_upright": 90.0,
        "area_frac": 0.15,
        "lum_mean": 0.3,
    }
    return Picture(image_id=image_id, **{**usual, **values})


def said(image: Picture, classes: dict[int, float], truth_rank: int | None = None) -> Scored:
    """Scores as a network would give them, the most probable first."""
    ranked = sorted(classes.items(), key=lambda each: -each[1])
    rows = [
        Score(
            image_id=image.image_id,
            model=MODEL,
            weights_sha256=WEIGHTS,
            class_index=index,
            class_label=CLASSES.get(index, f"class {index}"),
            probability=probability,
            rank=truth_rank if index == image.class_index and truth_rank else rank,
        )
        for rank, (index, probability) in enumerate(ranked, start=1)
    ]
    return image, tuple(rows)


def candidates(objects: Sequence[int], turned: int = 60, seed: int = 1, shrink: float = 0.6) -> list[Scored]:
    """Candidates of which the smaller and darker ones are harder: planted as in the published set.

    Everything of an object hangs on its own number, so that objects can be added.
    """
    return [each for number in objects for each in _candidates(number, turned, seed, shrink)]


def _candidates(number: int, turned: int, seed: int, shrink: float) -> Iterator[Scored]:
    random = np.random.default_rng([seed, number])
    area, light = random.uniform(0.05, 0.3), random.uniform(0.1, 0.6)
    for draw in range(turned + 5):
        upright = draw < 5
        hard = not upright and random.random() < 0.5
        small = (1 - shrink * random.random()) if hard else (1 - 0.3 * random.random())
        image = picture(
            f"{number:03d}-{draw:03d}",
            object_id=f"object-{number:03d}",
            class_index=number,
            class_label=f"class {number}",
            condition="upright" if upright else "so3",
            angle_from_upright=random.uniform(0, 5) if upright else random.uniform(90 if hard else 30, 180),
            area_frac=area * small,
            lum_mean=light * (random.uniform(0.7, 1) if hard else random.uniform(0.85, 1.1)),
        )
        wrong = [int(index) for index in random.choice(np.arange(500, 1000), 19, replace=False)]
        shares = np.sort(random.dirichlet(np.ones(19)))[::-1] * 0.5
        p_true = 0.0 if hard else 0.5
        yield said(image, {number: p_true, **dict(zip(wrong, shares.tolist(), strict=True))}, 30 if hard else 1)


def chosen(scored: Sequence[Scored], synonyms: Synonyms = NONE, **rules: Any) -> Selection:
    return select([image for image, _ in scored], scored, synonyms, Rules(**rules))


def ids(selection: Selection, *conditions: str) -> dict[str, set[str]]:
    """The pictures of each object in some conditions."""
    found: dict[str, set[str]] = {}
    for image in selection.pictures:
        if image.condition in conditions:
            found.setdefault(str(image.object_id), set()).add(image.image_id)
    return found


def judge(classes: dict[int, float], synonyms: Synonyms = SAME, truth_rank: int | None = None) -> Any:
    image = picture("a")
    (one,) = judged([said(image, classes, truth_rank)], synonyms, {MUG: "coffee mug"})
    return one


def test_a_synonym_of_the_truth_counts_as_the_truth() -> None:
    one = judge({CUP: 0.5, BUCKET: 0.3, MUG: 0.2})
    assert (one.correct, one.rank, one.p_true) == (True, 1, pytest.approx(0.7))
    assert (one.alternative.class_label, one.alternative.probability) == ("bucket", 0.3)
    assert not judge({CUP: 0.5, BUCKET: 0.3, MUG: 0.2}, NONE).correct


def test_a_truth_below_the_listed_classes_has_its_own_rank() -> None:
    one = judge({BUCKET: 0.6, VASE: 0.3, MUG: 0.001}, truth_rank=77)
    assert (one.correct, one.rank, one.p_true) == (False, 77, 0.001)


def test_the_alternative_is_the_most_probable_wrong_class_that_people_can_name() -> None:
    assert judge({DOG: 0.5, CUP: 0.3, VASE: 0.1, BUCKET: 0.05, MUG: 0.01}).alternative.class_label == "vase"
    assert judge({MUG: 0.9, DOG: 0.05, BUCKET: 0.01}).alternative.class_label == "bucket"  # the runner-up
    assert judge({MUG: 0.9, DOG: 0.05, CUP: 0.01}).alternative is None


def test_an_alternative_has_the_name_that_people_use() -> None:
    named = Synonyms(names={BUCKET: "pail"}, unnameable=frozenset({BUCKET, VASE}))
    image = said(picture("a"), {VASE: 0.5, BUCKET: 0.3, MUG: 0.2})
    (one,) = judged([image], named, {MUG: "coffee mug", BUCKET: "bucket"})
    assert one.alternative is not None
    assert one.alternative.class_label == "bucket"  # the manifest names it, so people can
    (one,) = judged([image], Synonyms(names={VASE: "urn"}), {})
    assert one.alternative is not None
    assert one.alternative.class_label == "urn"


def test_another_class_with_the_label_of_the_truth_is_not_offered() -> None:
    one = judge({VASE: 0.5, BUCKET: 0.3, MUG: 0.2}, Synonyms(names={VASE: "coffee mug"}))
    assert one.alternative.class_label == "bucket"


def test_each_condition_holds_what_the_network_says() -> None:
    scored = candidates(range(8))
    selection = chosen(scored)
    easy = {image.image_id for image, scores in scored if scores[0].class_index == image.class_index}
    assert Counter(image.condition for image in selection.pictures) == dict.fromkeys((*MATCHED, RANDOM), 8)
    for image in selection.pictures:
        if image.condition != RANDOM:
            assert (image.image_id in easy) == (image.condition != INCORRECT)
        assert (image.selector_rank == 1) == (image.image_id in easy)
        assert (image.selector_model, image.selector_weights_sha) == (MODEL, WEIGHTS)
        assert image.selector_p_true == (0.5 if image.image_id in easy else 0.0)
        assert image.alt_rule == f"most probable wrong class of {MODEL}, without synonyms and un-nameable classes"
        assert image.alt_probability is not None
        assert image.alt_label == CLASSES.get(image.alt_index or 0, f"class {image.alt_index}") != image.class_label


def test_planted_differences_are_matched_away() -> None:
    selection = chosen(candidates(range(40), turned=100), random_arm=False)
    area, light, angle = selection.first_come[2]
    assert area < -0.5
    assert light < -0.5
    assert angle > 0.5
    assert np.nanmax(np.abs(selection.matched)) < 0.1
    means = {c: np.mean([image.area_frac or 0 for image in selection.of(c)]) for c in MATCHED}
    assert means[INCORRECT] / means[CORRECT] == pytest.approx(1, abs=0.02)
    assert means[INCORRECT] / means[UPRIGHT] == pytest.approx(1, abs=0.02)


def test_where_objects_cannot_be_matched_one_by_one_the_set_still_is() -> None:
    scored = candidates(range(30), turned=8, seed=5)
    alone = chosen(scored, max_difference=np.inf, max_alternative=1.0)
    whole = chosen(scored)
    assert alone.exchanged == 0
    assert np.nanmax(np.abs(alone.matched)) > 0.3
    assert 0 < whole.exchanged <= 90
    assert np.nanmax(np.abs(whole.matched)) < 0.15


def test_the_random_arm_knows_nothing_of_scores() -> None:
    scored = candidates(range(20))
    right, wrong = ([each for each in scored if (each[1][0].rank, each[1][0].probability) == (1, 0.5)], [])
    wrong = [each for each in scored if each not in right and each[0].condition != "upright"]
    kept = [each for each in right if each[0].condition == "upright"]
    turned = [each for each in right if each[0].condition != "upright"]
    swapped = [
        *kept,
        *(said(image, {int(image.class_index or 0): 0.2, 900: 0.7}, 2) for image, _ in turned),
        *(said(image, {int(image.class_index or 0): 0.7, 900: 0.2}) for image, _ in wrong),
    ]
    assert ids(chosen(scored), RANDOM) == ids(chosen(swapped), RANDOM)
    assert ids(chosen(scored), CORRECT) != ids(chosen(swapped), CORRECT)
    assert ids(chosen(scored), RANDOM) != ids(chosen(scored, seed=1), RANDOM)


def test_the_random_arm_is_right_as_often_as_the_candidates_are() -> None:
    """Drawn before the others, it is no remainder: 0.5 planted gave 0.5 within three standard errors, seed 1."""
    selection = chosen(candidates(range(100), turned=30), per_condition=3)
    share = np.mean([image.selector_rank == 1 for image in selection.of(RANDOM)])
    assert share == pytest.approx(0.5, abs=3 * 0.5 / np.sqrt(300))
    assert selection.rates["class 7"].rotated == 30
    assert selection.rates["class 7"].upright == selection.rates["class 7"].upright_correct == 5


def of_beta(objects: int, turned: int, seed: int = 0) -> list[Scored]:
    """Candidates that the network is right about with p drawn for each object from Beta(3, 1); no classes matter."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(objects):
        p = random.beta(3, 1)
        for draw in range(turned + 2):
            upright = draw < 2
            image = picture(
                f"{number:04d}-{draw}", object_id=f"{number:04d}", condition="upright" if upright else "so3"
            )
            right = upright or random.random() < p
            found.append(said(image, {MUG: 0.7, BUCKET: 0.2} if right else {MUG: 0.2, BUCKET: 0.7}))
    return found


def test_the_random_arm_is_right_as_often_as_the_candidates_of_the_objects_kept() -> None:
    """Objects that are kept or not by what the draw left over give an arm that is too often right; these do not."""
    scored = of_beta(2000, turned=6)
    usual: dict[str, Any] = {"max_difference": np.inf, "max_alternative": 1.0}
    selection, every = chosen(scored, **usual), chosen(scored, **usual, allow_incomplete=True)
    right: dict[str, list[bool]] = {}
    for image, scores in scored:
        if image.condition != "upright":
            right.setdefault(str(image.object_id), []).append(scores[0].class_index == MUG)

    def off(drawn: dict[str, bool]) -> float:
        """By how many standard errors the arm is off the mean of its objects' candidates."""
        shares = np.array([np.mean(right[name]) for name in drawn])
        return float((np.mean([*drawn.values()]) - shares.mean()) / np.sqrt((shares * (1 - shares)).sum()) * len(drawn))

    arm = {str(image.object_id): image.selector_rank == 1 for image in selection.of(RANDOM)}
    assert {*arm} == {name for name, mine in right.items() if 2 <= sum(mine) <= 4}
    assert abs(off(arm)) < 2.5
    drawn = {str(image.object_id): image.selector_rank == 1 for image in every.of(RANDOM)}
    left = {name: (sum(right[name]) - was, 6 - sum(right[name]) - (not was)) for name, was in drawn.items()}
    assert off({name: was for name, was in drawn.items() if min(left[name]) >= 1}) > 3.5
    assert selection.correct.random_arm == pytest.approx(np.mean([*arm.values()]))
    assert selection.correct.kept_objects == pytest.approx(np.mean([np.mean(right[name]) for name in arm]))
    assert selection.correct.all_objects == pytest.approx(np.mean([np.mean(mine) for mine in right.values()]))
    assert selection.correct.all_objects == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize("rules", [{}, {"allow_incomplete": True}, {"per_condition": 2}])
def test_no_draw_decides_which_objects_are_kept(rules: dict[str, Any]) -> None:
    scored = of_beta(60, turned=8)
    dropped = [chosen(scored, seed=seed, **rules).dropped for seed in range(8)]
    assert all(each == dropped[0] for each in dropped)
    assert len(dropped[0]) < 60


def test_no_picture_is_chosen_twice() -> None:
    selection = chosen(candidates(range(10)), per_condition=4)
    names = [image.image_id for image in selection.pictures]
    assert len({*names}) == len(names) == 10 * 4 * 4


def test_adding_an_object_or_turning_the_rows_changes_nothing_else() -> None:
    few, more = candidates([3, 5, 8, 9]), candidates(range(12))
    alone: dict[str, Any] = {"per_condition": 2, "max_difference": np.inf, "max_alternative": 1.0}
    fewer, rather = chosen(few, **alone), chosen(more, **alone)
    assert chosen(more[::-1], **alone).pictures == rather.pictures
    for condition in (*MATCHED, RANDOM):
        assert ids(fewer, condition).items() <= ids(rather, condition).items()
    assert ids(chosen(few), RANDOM).items() <= ids(chosen(more), RANDOM).items()  # whatever is exchanged


def test_adding_a_candidate_leaves_the_random_arm_unless_it_is_drawn_itself() -> None:
    scored = candidates(range(30), turned=20)
    fewer = [each for each in scored if not each[0].image_id.endswith("-024")]
    before, after = ids(chosen(fewer), RANDOM), ids(chosen(scored), RANDOM)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {name for name, drawn in after.items() if any(image.endswith("-024") for image in drawn)}


def pool(random: np.random.Generator, *sizes: int) -> Pool:
    return Pool(
        tuple(random.normal(size=(size, 3)) for size in sizes),
        tuple(random.integers(0, 1000, size) for size in sizes),
    )


def cost(one: Pool, places: Sequence[Sequence[int]]) -> float:
    """Squared distances between the conditions of an object, as the definition says them."""
    return sum(
        float(weight * (one.values[a][i, m] - one.values[b][j, m]) ** 2)
        for pair, (a, b) in enumerate(PAIRS)
        for i, j in zip(places[a], places[b], strict=False)
        for m, weight in enumerate(COMPARED[pair])
    )


def test_one_picture_a_condition_is_the_best_of_all_choices() -> None:
    random = np.random.default_rng(2)
    for _ in range(20):
        one = pool(random, 3, 6, 5)
        best = min(cost(one, [[u], [c], [i]]) for u, c, i in product(range(3), range(6), range(5)))
        assert cost(one, closest(one, 1)) == pytest.approx(best)


@pytest.mark.parametrize("count", [2, 3])
def test_several_pictures_of_two_conditions_are_the_best_of_all_choices(count: int) -> None:
    random = np.random.default_rng(3)
    for sizes in ((4, 0, 6), (6, 4, 0), (5, 5, 0)):
        one = pool(random, *sizes)
        rows, columns = (size for size in sizes if size)
        chances = product(combinations(range(rows), count), permutations(range(columns), count))
        filled = [place for place in range(3) if sizes[place]]
        best = min(
            cost(one, [[*a] if place == filled[0] else [*b] if place == filled[1] else [] for place in range(3)])
            for a, b in chances
        )
        assert cost(one, closest(one, count)) == pytest.approx(best)


def test_several_pictures_of_three_conditions_come_close_to_the_best() -> None:
    """Mean excess over the best of all choices 3 %, where taking the first costs several times as much."""
    random = np.random.default_rng(4)
    excess = []
    for _ in range(20):
        one = pool(random, 4, 4, 4)
        chances = product(combinations(range(4), 2), permutations(range(4), 2), permutations(range(4), 2))
        best = min(cost(one, each) for each in chances)
        excess.append(cost(one, closest(one, 2)) / best)
    assert min(excess) >= 1 - 1e-9
    assert np.mean(excess) < 1.2


def test_exchanges_never_make_the_whole_worse() -> None:
    random = np.random.default_rng(6)
    pools = [pool(random, 4, 8, 8) for _ in range(12)]
    pools = [Pool((p.values[0], p.values[1], p.values[2] - 1.5), tuple(a % 5 for a in p.alternatives)) for p in pools]
    within = [closest(one, 2) for one in pools]
    limit = Limit.of(18, [0, 1, 1, 2])

    def whole(places: Any) -> float:
        apart = np.nan_to_num(differences(pools, places))
        alone = sum(cost(one, mine) for one, mine in zip(pools, places, strict=True))
        return alone + 100 * 24 * float((apart**2).sum()) + 9 * too_often(pools, places, limit)

    after = exchanged(pools, within, limit)
    assert whole(after) < whole(within)
    for place, mine in enumerate(after):  # and no single exchange is left that would help
        for condition, number in product(range(3), range(2)):
            for other in {*range(len(pools[place].values[condition]))} - {*mine[condition]}:
                tried = [tuple(list(part) for part in each) for each in after]
                tried[place][condition][number] = other
                assert whole(tried) >= whole(after) - 1e-6


def test_differences_smaller_than_anyone_sees_do_not_count() -> None:
    reference = np.array([[0.15, 0.3, 90.0], [0.1501, 0.3001, 90.2]])
    assert np.abs(standardised(reference, reference)).max() < 0.2
    tolerated = [balance.AREA.tolerance, balance.LUMINANCE.tolerance]
    larger = np.array([[0.15 * (1 + tolerated[0]), 0.3 * (1 + tolerated[1]), 95.0]])
    assert standardised(larger, np.array([[0.15, 0.3, 90.0]])) == pytest.approx(np.ones((1, 3)))
    assert (standardised(np.zeros((2, 3)), np.zeros((2, 3))) == 0).all()


def test_where_area_and_light_are_matched_already_the_angle_is_matched() -> None:
    """Areas and luminances that vary by 1 %, as in rendered sets: no noise of theirs is paid for in degrees."""
    random = np.random.default_rng(3)
    apart = []
    for _ in range(30):
        rows = np.column_stack([random.normal([0.15, 0.3], [0.0015, 0.003], (16, 2)), random.uniform(60, 180, 16)])
        values = standardised(rows, rows)
        mine = closest(Pool((values[:1], values[:8], values[8:]), (np.zeros(8, int),) * 3), 1)
        apart.append(
            (abs(rows[mine[1][0], 2] - rows[8 + mine[2][0], 2]), np.abs(rows[:8, None, 2] - rows[8:, 2]).min())
        )
    found, least = np.mean(apart, axis=0)
    assert found < least + SAME_ANGLE


def test_a_label_is_not_the_alternative_of_half_the_set() -> None:
    """Half of the pictures have one runner-up; others of the same object do not, and are taken instead."""
    scored = []
    for image, scores in candidates(range(30), turned=80):
        classes = {score.class_index: score.probability for score in scores}
        if key(image.image_id) % 2:
            classes[900] = 0.4
            scale = 1 if scores[0].class_index == image.class_index else 0.5
            classes = {i: p if i in {900, image.class_index} else p * scale * 0.1 for i, p in classes.items()}
        scored.append(said(image, classes, next(s.rank for s in scores if s.class_index == image.class_index)))
    free, bound = (chosen(scored, max_alternative=share, random_arm=False) for share in (1.0, 0.2))
    assert free.uses["class 900"] == (0, sum(image.alt_index == 900 for image in free.pictures))
    assert free.uses["class 900"][1] > 30
    assert bound.uses["class 900"][1] <= 18
    assert bound.too_often == 0
    assert np.nanmax(np.abs(bound.matched)) < 0.1


@pytest.mark.parametrize("random_arm", [True, False])
def test_what_is_chosen_passes_the_check_of_alternatives(random_arm: bool) -> None:
    """One in eight pictures has one runner-up, so that one in twenty may be had: choosing and checking share it."""
    scored = []
    for image, scores in candidates(range(40), turned=60):
        classes = {score.class_index: score.probability for score in scores}
        if key(image.image_id) % 8 == 0:
            classes[900] = 0.4
        scored.append(said(image, classes, next(s.rank for s in scores if s.class_index == image.class_index)))
    free, bound = (chosen(scored, max_alternative=share, random_arm=random_arm) for share in (1.0, OFTEN))
    frequent = [
        [f.picture for f in balance.findings(one.pictures, {}) if f.code == "frequent-alternative"]
        for one in (free, bound)
    ]
    assert frequent == [["class 900"], []]
    assert bound.too_often == 0


def test_objects_without_a_full_set_are_left_out_with_the_reason() -> None:
    scored = candidates(range(4), turned=20)
    never = [e for e in scored if e[0].object_id != "object-001" or e[0].condition == "upright" or e[1][0].rank == 1]
    never = [e for e in never if e[0].object_id != "object-001" or e[1][0].class_index == 1]
    blind = [
        said(image, {2: 0.1, 900: 0.8}, 2) if (image.object_id, image.condition) == ("object-002", "upright") else each
        for each in never
        for image in [each[0]]
    ]
    selection = chosen([e for e in blind if e[0].object_id != "object-003" or e[0].condition == "upright"])
    assert selection.dropped == {
        "object-001": "0 of 2 rotated-incorrect (1 of them for rotated-random, should it be drawn)",
        "object-002": "no upright candidate is correct",
        "object-003": "no rotated candidate is left",
    }
    assert {image.object_id for image in selection.pictures} == {"object-000"}
    lenient = chosen(blind, allow_incomplete=True)
    assert lenient.dropped == {"object-002": "no upright candidate is correct"}
    assert Counter(p.condition for p in lenient.pictures if p.object_id == "object-001") == {
        UPRIGHT: 1,
        CORRECT: 1,
        RANDOM: 1,
    }


def test_too_small_and_hardly_turned_candidates_are_never_taken() -> None:
    selection = chosen(candidates(range(10)), min_area=0.05, min_angle=100)
    assert min(image.area_frac or 0 for image in selection.pictures) >= 0.05
    assert min(p.angle_from_upright or 0 for p in selection.pictures if p.condition != UPRIGHT) >= 100


def test_candidates_without_an_alternative_are_counted_and_not_taken() -> None:
    scored = candidates([1], turned=12)
    bare = [said(image, {1: 0.9}) if image.image_id == "001-000" else (image, s) for image, s in scored]
    assert chosen(bare).without_alternative == 1
    assert "001-000" not in {image.image_id for image in chosen(bare, per_condition=4, allow_incomplete=True).pictures}


@pytest.mark.parametrize("poses", [(UPRIGHT, CORRECT), (CORRECT, INCORRECT)])
def test_candidates_with_no_class_to_offer_are_not_called_wrong(poses: tuple[str, ...]) -> None:
    images = [picture("a"), picture("b", condition="upright")]
    bare, right = {MUG: 1.0}, {MUG: 0.9, BUCKET: 0.1}
    scored = [said(image, bare if (image.condition == UPRIGHT) == (UPRIGHT in poses) else right) for image in images]
    named = UPRIGHT if UPRIGHT in poses else f"{CORRECT} or {INCORRECT}"
    says = (
        f"such as mug-0: no wrong class listed that can be offered with any of 1 candidates for {named}; "
        "make more candidates, list more classes for each picture in the scores"
    )
    with pytest.raises(BadInput, match=f"{says}, or allow incomplete objects$"):
        chosen(scored)
    with pytest.raises(BadInput, match=f"{says}$"):  # what was given already is not advised
        chosen(scored, allow_incomplete=True)


AREA = (
    r"picture a: has no area_frac, but conditions are matched in it; render the set, or import it with `askew stimuli "
    r"import`, which measures objects on a plain background"
)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"object_id": None}, r"picture a: has no object_id, but poses are chosen within objects; name its object"),
        ({"area_frac": None}, AREA),
        ({"angle_from_upright": None}, r"picture a: has no angle_from_upright, but .*; render the set, or fill it in$"),
        ({"class_label": "cup"}, r"picture b: is called coffee mug, but another picture of mug-0 is called cup; give"),
        ({"condition": "upright"}, r"the candidates have the conditions upright; needed are upright and a rotated one"),
    ],
)
def test_candidates_that_cannot_be_chosen_from_are_refused(changes: dict[str, Any], says: str) -> None:
    images = [replace(picture("a"), **changes), picture("b", condition="upright", angle_from_upright=None)]
    with pytest.raises(BadInput, match=says):
        check_candidates(images)


def test_nothing_that_can_be_chosen_is_said() -> None:
    images = [picture("a"), picture("b", condition="upright")]
    wrong = [said(image, {MUG: 0.1, BUCKET: 0.9}) for image in images]
    with pytest.raises(BadInput, match=r"no object is left of 1, such as mug-0: no upright candidate is correct; make"):
        chosen(wrong)
    with pytest.raises(BadInput, match=r"no candidate is large enough and turned far enough; lower the least"):
        chosen(wrong, min_area=0.9)
    with pytest.raises(BadInput, match=r"picture a: has no class_index, so scores cannot be compared"):
        list(judged([(replace(images[0], class_index=None), wrong[0][1])], NONE, {}))
    bare = [said(picture(name), {MUG: 1.0}) for name in "cd"]
    right = said(picture("b", condition="upright"), {MUG: 0.9, BUCKET: 0.1})
    good = [said(picture(name), {MUG: 0.9, BUCKET: 0.1}) for name in "ef"]
    says = r"picture [cd]: was drawn for the random arm, but every wrong class .* list more classes for each picture"
    with pytest.raises(BadInput, match=says):
        chosen([*bare, *good, right], per_condition=1, allow_incomplete=True, seed=drawn_first("cdef", "cd"))


def drawn_first(names: str, wanted: str) -> int:
    """A seed with which one of the wanted pictures is drawn."""

    def first(seed: int) -> str:
        images = [said(picture(name), {MUG: 0.9, BUCKET: 0.1}) for name in names]
        images.append(said(picture("u", condition="upright"), {MUG: 0.9, BUCKET: 0.1}))
        (drawn,) = ids(chosen(images, allow_incomplete=True, seed=seed), RANDOM)["mug-0"]
        return drawn

    return next(seed for seed in range(50) if first(seed) in wanted)


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    """A folder of candidates with pictures and silhouettes, and their scores beside it."""
    scored = candidates(range(6), turned=12)
    folder = tmp_path / "candidates"
    (folder / "images").mkdir(parents=True)
    images = []
    for number, (image, _) in enumerate(scored):
        name, outline = f"images/{image.image_id}.png", f"images/{image.image_id}_silhouette.png"
        Image.new("RGB", (9, 9), (number % 250, number // 250, 7)).save(folder / name)
        Image.new("1", (9, 9), 1).save(folder / outline)
        hashes = [sha256((folder / each).read_bytes()).hexdigest() for each in (name, outline)]
        images.append(
            replace(image, file=name, sha256_file=hashes[0], silhouette_file=outline, silhouette_sha256=hashes[1])
        )
    facts = Sidecar(source={"recipe": "sim"}, versions={"renderer": "1"})
    write_manifest(folder / "manifest.csv", images, facts)
    write_scores(tmp_path / "scores.csv", [score for _, scores in scored for score in scores])
    return folder


def run(folder: Path, *words: str, out: str = "out") -> int:
    where = folder.parent
    said = [str(folder), "--scores", str(where / "scores.csv"), "--out", str(where / out), *words]
    return command(act, "askew stimuli select", said, EXAMPLE)


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_command_writes_a_set(rendered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(rendered, "--seed", "3") == 0
    out = rendered.parent / "out"
    images = read_manifest(out / "manifest.csv")
    assert Counter(image.condition for image in images) == dict.fromkeys((*MATCHED, RANDOM), 6)
    orders = [(image.object_id, (*MATCHED, RANDOM).index(image.condition)) for image in images]
    assert orders == sorted(orders)
    assert {*tree(out)} == {"manifest.csv", "manifest.json"} | {
        str(name) for image in images for name in (image.file, image.silhouette_file)
    }
    facts = sidecar.read(out / "manifest.csv")
    assert facts is not None
    assert (facts.seed, facts.versions) == (3, {"renderer": "1"})
    assert facts.hashes["candidates"] == sha256((rendered / "manifest.csv").read_bytes()).hexdigest()
    assert facts.hashes["scores"] == sha256((rendered.parent / "scores.csv").read_bytes()).hexdigest()
    assert facts.source["candidates"] == {"recipe": "sim"}
    assert facts.source["selector"] == {"model": MODEL, "weights_sha256": WEIGHTS}
    assert facts.source["pictures"] == dict.fromkeys((*MATCHED, RANDOM), 6)
    assert facts.source["rates"]["class 3"] == {
        "upright": 5,
        "upright_correct": 5,
        "rotated": 12,
        "rotated_correct": sum(
            scores[0].class_index == 3 for image, scores in candidates([3], turned=12) if image.condition != "upright"
        ),
    }
    told = capsys.readouterr().out
    assert told.splitlines()[0] == f"{out}: 24 pictures of 6 objects"
    assert f"selected by {MODEL}, which was right about 30 of 30 upright and " in told
    shares = facts.source["rotated_correct"]
    assert shares["all_objects"] == shares["kept_objects"]  # as none was left out
    right = np.mean([image.selector_rank == 1 for image in images if image.condition == RANDOM])
    assert shares["random_arm"] == pytest.approx(right, abs=1e-6)
    all_objects, kept = 100 * shares["all_objects"], 100 * shares["kept_objects"]
    assert (
        f"of an object's rotated candidates it was right about {all_objects:.1f} % over all objects, {kept:.1f} % over "
        f"those kept, {100 * right:.1f} % in rotated-random, which is drawn from the latter\n" in told
    )
    assert "alternatives are the network's best confusions, as in the other conditions" in facts.notes[1]
    assert "regress" not in told
    assert "rotated-incorrect less rotated-correct: area " in told
    assert f"compare {MODEL} and its family with care" in told
    assert "leave it out of headline comparisons" in told


def test_the_same_call_writes_the_same_bytes(rendered: Path) -> None:
    assert run(rendered) == run(rendered, out="again") == 0
    assert tree(rendered.parent / "out") == tree(rendered.parent / "again")
    other = shutil.copytree(rendered, rendered.parent / "elsewhere")
    assert run(other, out="moved") == 0
    assert tree(rendered.parent / "out") == tree(rendered.parent / "moved")


def test_a_program_gets_the_report(rendered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(rendered, "--json", "--no-random-arm", "--per-condition", "2", "--min-angle", "40") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["rules"]["per_condition"] == 2
    assert report["pictures"] == dict.fromkeys(MATCHED, 2 * (6 - len(report["dropped"])))
    assert report["means"][CORRECT]["angle"] > 40
    assert report["standardised_differences"]["matched"]["rotated-correct less upright"]["angle"] is None
    assert sum(uses["alternative"] for uses in report["labels"].values()) == sum(report["pictures"].values())


def test_what_is_left_out_is_told(rendered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(rendered, "--per-condition", "3") == 0
    told = capsys.readouterr().out
    assert "left out: 4 objects\n  object-0" in told
    assert " of 6 rotated-" in told
    assert " (3 of them for rotated-random, should it be drawn)\n" in told


def test_own_synonyms_decide(rendered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = rendered.parent / "own.toml"
    own.write_text('schema = 1\n[[fine]]\nwhat = "half of them"\nfirst = 500\nlast = 749\n')
    assert run(rendered, "--synonyms", str(own)) == 0
    images = read_manifest(rendered.parent / "out" / "manifest.csv")
    assert min(image.alt_index or 0 for image in images) >= 750
    own.unlink()
    with pytest.raises(BadInput, match=r"own.toml: there is no such file of synonyms"):
        run(rendered, "--synonyms", str(own), out="other")


def test_a_folder_that_is_taken_is_left_alone(rendered: Path) -> None:
    (rendered.parent / "out").mkdir()
    (rendered.parent / "out" / "notes.txt").touch()
    with pytest.raises(BadInput, match=r"out: is there and is no empty folder; name a new one"):
        run(rendered)


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, r"is not there; restore it, or make the candidates again"), (b"x", r"is not the file that the manifest")],
)
def test_a_damaged_candidate_is_not_copied(rendered: Path, content: bytes | None, says: str) -> None:
    for image in (rendered / "images").glob("*_silhouette.png"):
        image.unlink()
        if content is not None:
            image.write_bytes(content)
    with pytest.raises(BadInput, match=says):
        run(rendered)
    assert not (rendered.parent / "out").exists()


def test_a_set_is_not_made_in_its_candidates(rendered: Path) -> None:
    with pytest.raises(BadInput, match=r"candidates/out: lies in .*candidates, the set that it would be made of; name"):
        run(rendered, out="candidates/out")
    with pytest.raises(BadInput, match=r": is there and is no empty folder; name a new one"):
        run(rendered, out=".")


@pytest.mark.parametrize("number", ["inf", "1e999", "nan"])
def test_a_difference_that_is_no_number_is_refused_at_once(rendered: Path, number: str) -> None:
    with pytest.raises(WrongCall, match="--max-difference"):
        run(rendered, "--max-difference", number)


def test_five_pictures_may_always_share_an_alternative() -> None:
    scored = [said(image, {int(image.class_index or 0): p, 900: q}) for image, p, q in _planted_alike(2)]
    assert chosen(scored, max_alternative=0.0, random_arm=False).too_often == 1  # six pictures, all beside one label
    assert chosen(scored[: len(scored) // 2], max_alternative=0.0, random_arm=False).too_often == 0


def _planted_alike(objects: int) -> Iterator[tuple[Picture, float, float]]:
    for number in range(objects):
        usual: dict[str, Any] = {"object_id": str(number), "class_index": number, "class_label": f"class {number}"}
        yield picture(f"{number}-up", condition="upright", **usual), 0.9, 0.1
        yield picture(f"{number}-right", **usual), 0.9, 0.1
        yield picture(f"{number}-wrong", **usual), 0.1, 0.9


def test_help_says_how_often_an_alternative_always_may_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(act, "askew stimuli select", ["--help"], EXAMPLE) == 0
    assert "5 always may be, even at 0" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("words", [("--per-condition", "0"), ("--min-area", "2"), ("--seed", "-1")])
def test_options_have_bounds(rendered: Path, words: tuple[str, str]) -> None:
    with pytest.raises(WrongCall, match=words[0]):
        run(rendered, *words)
