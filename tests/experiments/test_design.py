"""Who sees what: planted sets, and the published one."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import groupby, product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from askew.errors import BadInput
from askew_experiments.design import coverage, planned, practice, round_of
from askew_experiments.plan import PlannedTrial
from askew_experiments.protocol import Protocol, parse_protocol
from askew_stimuli.picture import Picture

quick = settings(
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
LABELS = ("mug", "hammer", "teapot", "violin", "bicycle", "kettle")


def protocol(  # noqa: PLR0917
    design: str = "",
    ms: str = "40",
    more: str = "",
    labels: int = 2,
    masked: bool = True,
    max_run: int | None = 200,
) -> Protocol:
    """A protocol of which the test says only what matters to it; any order will do unless it says otherwise."""
    keys = ", ".join(f'"{key}"' for key in ("left", "right", "up", "down", "a", "b")[:labels])
    mask = '[[phase]]\nname = "mask"\nshow = ["mask"]\nms = 500' if masked else ""
    run = "" if max_run is None else f"max_run = {max_run}"
    return parse_protocol(
        f"""
        schema = 1
        name = "short"
        group = "g"
        [design]
        labels = {labels}
        {run}
        {design}
        [[phase]]
        name = "image"
        show = ["image"]
        ms = {ms}
        {mask}
        [[phase]]
        name = "respond"
        show = ["labels"]
        until = "answer"
        [response]
        keys = [{keys}]
        {more}
        """,
        "short.toml",
    )


def picture(name: str, condition: str, label: str = "mug", object_id: str | None = None, **values: Any) -> Picture:
    return Picture(
        image_id=name, source="imported", class_label=label, condition=condition, object_id=object_id, **values
    )


def set_of(objects: Iterable[dict[str, int]], alternatives: bool = True) -> list[Picture]:
    """Objects with so many pictures in each condition."""
    found = []
    for number, versions in enumerate(objects):
        label, other = LABELS[number % 6], LABELS[(number + 1) % 6]
        found += [
            picture(f"{number}-{condition}-{n}", condition, label, f"object {number}", alt_label=other)
            if alternatives
            else picture(f"{number}-{condition}-{n}", condition, label, f"object {number}")
            for condition, count in versions.items()
            for n in range(count)
        ]
    return found


def every(
    pictures: Sequence[Picture], of: Protocol, numbers: Iterable[int], seed: int = 7
) -> dict[tuple[int, int], tuple[PlannedTrial, ...]]:
    """Every session of these participants, by number and part."""
    parts = range(of.design.sessions)
    return {(n, p): planned(pictures, of, seed=seed, number=n, part=p) for n, p in product(numbers, parts)}


def spread(values: Iterable[object], among: Iterable[object]) -> int:
    """By how much the counts of these values differ."""
    counts = Counter(values)
    return max(counts[one] for one in among) - min(counts[one] for one in among)


versions = st.dictionaries(st.sampled_from(["up", "down", "side"]), st.integers(1, 2), min_size=1)
sets = st.lists(versions, min_size=4, max_size=9).map(set_of)


@st.composite
def protocols(draw: st.DrawFn) -> Protocol:
    ms = draw(st.sampled_from(["40", "[40, 150]", "[40, 80, 150]"]))
    design = [
        f"sessions = {draw(st.integers(1, 2))}",
        f'balance = "{draw(st.sampled_from(["pictures", "conditions"]))}"',
        f"blocked = {str(ms != '40' and draw(st.booleans())).lower()}",
    ]
    more = f"[mask]\nunmasked_too = {str(draw(st.booleans())).lower()}"
    return protocol("\n".join(design), ms, more, labels=draw(st.integers(2, 4)))


def whole(pictures: list[Picture], of: Protocol, seed: int = 7) -> dict[tuple[int, int], tuple[PlannedTrial, ...]]:
    """A whole round; sets so small that a session would be empty are for another test."""
    try:
        return every(pictures, of, range(round_of(pictures, of)), seed)
    except BadInput as error:
        assume("without a picture" not in str(error))
        raise


@pytest.fixture(scope="module")
def poses(published: Path) -> list[Picture]:
    """The pictures of the published study."""
    from askew_stimuli.unusual_poses import read

    return [*read(published / "unusual_poses").pictures]


def test_the_published_set_is_shown_as_it_was_published(poses: list[Picture]) -> None:
    plans = every(poses, protocol(max_run=None), range(12))
    for trials in plans.values():
        counts = Counter(trial.condition for trial in trials)
        assert counts == {"upright": 17, "rotated-correct": 17, "rotated-incorrect": 15}
        assert len({trial.object for trial in trials}) == 49
    assert round_of(poses, protocol()) == 3
    for first in (0, 3, 6, 9):
        three = coverage(plans[number, 0] for number in range(first, first + 3))
        assert len(three) == 147
        assert {*three.values()} == {1}
    assert {*coverage(plans.values()).values()} == {4}


def test_each_round_has_a_split_of_its_own(poses: list[Picture]) -> None:
    plans = every(poses, protocol(), range(6))
    seen = {number: {trial.stimulus for trial in plans[number, 0]} for number in range(6)}
    assert all(len(seen[a] & seen[b]) < 40 for a, b in product(range(6), repeat=2) if a != b)


def test_published_labels_are_offered_and_sides_are_even(poses: list[Picture]) -> None:
    labels = {one.image_id: {*one.labels} for one in poses}
    for trials in every(poses, protocol(max_run=None), range(30)).values():
        assert all({*trial.offered} == labels[trial.stimulus] for trial in trials)
        assert spread((trial.right for trial in trials), range(2)) == 1
        for condition in ("upright", "rotated-correct", "rotated-incorrect"):
            assert spread((trial.right for trial in trials if trial.condition == condition), range(2)) == 1


@pytest.mark.parametrize("max_run", [1, 2, 3, 4])
def test_runs_in_the_published_set_are_as_short_as_asked(poses: list[Picture], max_run: int) -> None:
    for trials in every(poses, protocol(max_run=max_run), range(20)).values():
        assert longest(trial.condition for trial in trials) <= max_run
        assert longest(trial.right for trial in trials) <= max_run


def longest(values: Iterable[object]) -> int:
    return max(len([*run]) for _, run in groupby(values))


def test_sides_and_orders_are_by_chance(poses: list[Picture]) -> None:
    plans = every(poses, protocol(max_run=None), range(300))
    rights: dict[str, list[int]] = defaultdict(list)
    firsts: dict[str, list[int]] = defaultdict(list)
    for trial in (trial for trials in plans.values() for trial in trials):
        rights[trial.stimulus].append(trial.right)
        firsts[trial.stimulus].append(trial.index)
    assert all(len(each) == 100 for each in rights.values())
    assert all(28 < sum(each) < 72 for each in rights.values())  # 50, of which sd is 5
    assert all(19 < sum(each) / 100 < 31 for each in firsts.values())  # 25, of which sd is 1.4


@quick
@given(sets, protocols())
def test_nobody_sees_an_object_twice_in_any_session(pictures: list[Picture], of: Protocol) -> None:
    plans = whole(pictures, of)
    for number in range(round_of(pictures, of)):
        objects = [t.object for part in range(of.design.sessions) for t in plans[number, part]]
        assert len({*objects}) == len(objects)


@quick
@given(sets, protocols())
def test_over_a_round_every_picture_is_shown_equally_often_in_every_way(pictures: list[Picture], of: Protocol) -> None:
    plans = whole(pictures, of)
    together = of.design.balance == "conditions"
    ways = Counter(
        (trial.stimulus, trial.ms, trial.masked, part) for (_, part), trials in plans.items() for trial in trials
    )
    masks = (True, False) if of.mask.unmasked_too else (True,)
    assert len(ways) == len(pictures) * len(of.exposures) * len(masks) * of.design.sessions
    of_object: dict[tuple[object, str], set[int]] = defaultdict(set)
    for (stimulus, *_), count in ways.items():
        one = next(each for each in pictures if each.image_id == stimulus)
        of_object[(one.object_id, one.condition) if together else ("", "")].add(count)
    assert all(len(counts) == 1 for counts in of_object.values())


@quick
@given(sets, protocols())
def test_balanced_conditions_come_equally_often_however_many_pictures_they_have(
    pictures: list[Picture], of: Protocol
) -> None:
    of = replace(of, design=replace(of.design, balance="conditions"))
    counts: Counter[tuple[str, str]] = Counter()
    for trials in whole(pictures, of).values():
        counts.update((trial.object, trial.condition) for trial in trials)
    assert len({*counts.values()}) == 1
    assert {*counts} == {(one.object_id or "", one.condition) for one in pictures}


@quick
@given(sets, protocols())
def test_exposures_masks_and_sides_are_even_in_each_session(pictures: list[Picture], of: Protocol) -> None:
    masks = (True, False) if of.mask.unmasked_too else (True,)
    ways = [*product(of.exposures, masks)]
    places = range(of.design.labels)
    for trials in whole(pictures, of).values():
        for condition in (None, *{trial.condition for trial in trials}):
            mine = [trial for trial in trials if condition in {None, trial.condition}]
            assert spread(((trial.ms, trial.masked) for trial in mine), ways) <= 1
            assert spread((trial.right for trial in mine), places) <= 1
            for way in ways if condition else ():
                assert spread((t.right for t in mine if (t.ms, t.masked) == way), places) <= 1


@quick
@given(sets, protocols(), st.randoms(use_true_random=False))
def test_rows_of_the_manifest_in_another_order_give_the_same_plan(
    pictures: list[Picture], of: Protocol, random: Random
) -> None:
    mixed = random.sample(pictures, len(pictures))
    plans = whole(pictures, of)
    assert whole(mixed, of) == plans
    assert whole([replace(one) for one in mixed], of) == plans


@quick
@given(sets, protocols())
def test_trials_are_counted_and_carry_what_the_manifest_says(pictures: list[Picture], of: Protocol) -> None:
    by_id = {one.image_id: one for one in pictures}
    for trials in whole(pictures, of).values():
        assert [trial.index for trial in trials] == [*range(1, len(trials) + 1)]
        for trial in trials:
            one = by_id[trial.stimulus]
            assert (trial.object, trial.condition, trial.truth) == (one.object_id, one.condition, one.class_label)
            assert len({*trial.offered}) == of.design.labels
            assert {*one.labels} <= {*trial.offered}


SQUARE = set_of([{"up": 1, "down": 1}] * 12)


def test_other_seeds_streams_and_numbers_give_other_plans() -> None:
    def plan(seed: int = 1, number: int = 0, stream: str = "one") -> tuple[PlannedTrial, ...]:
        return planned(SQUARE, protocol(f'stream = "{stream}"'), seed=seed, number=number, part=0)

    assert plan() == plan()
    assert len({plan(), plan(seed=2), plan(number=1), plan(number=2), plan(stream="two")}) == 5


def test_protocols_of_one_stream_share_out_the_pictures() -> None:
    """Whoever counts participants together may differ in what does not choose pictures."""
    one = protocol('stream = "lab"', ms="40")
    other = replace(protocol('stream = "lab"', ms="150", masked=False), head=replace(one.head, name="other"))
    counts = coverage([planned(SQUARE, of, seed=1, number=n, part=0) for n, of in enumerate([one, other])])
    assert len(counts) == 24
    assert {*counts.values()} == {1}


@pytest.mark.parametrize("sessions", [1, 2, 3, 6])
def test_sessions_of_a_participant_share_out_the_objects_evenly(sessions: int) -> None:
    of = protocol(f"sessions = {sessions}")
    assert round_of(SQUARE, of) == 2 * sessions
    plans = every(SQUARE, of, range(2 * sessions))
    half = 6 // sessions
    assert all(Counter(t.condition for t in trials) == {"up": half, "down": half} for trials in plans.values())
    for part in range(sessions):
        counts = coverage(plans[number, part] for number in range(2 * sessions))
        assert len(counts) == 24
        assert {*counts.values()} == {1}


def test_an_object_is_left_out_where_the_turn_of_what_it_lacks_comes() -> None:
    pictures = set_of([{"a": 1, "b": 1, "c": 1}] * 4 + [{"a": 1, "c": 1}] * 2)
    plans = every(pictures, protocol(), range(3))
    for lacking in ("object 4", "object 5"):
        seen = "".join(next((t.condition for t in trials if t.object == lacking), "-") for trials in plans.values())
        assert seen in "a-ca-c"


def test_pictures_of_no_object_are_objects_of_their_own() -> None:
    pictures = [
        picture(f"{n}", "up" if n % 2 else "down", LABELS[n % 6], alt_label=LABELS[n % 6 - 1]) for n in range(9)
    ]
    trials = planned(pictures, protocol(), seed=1, number=0, part=0)
    assert {trial.object for trial in trials} == {trial.stimulus for trial in trials} == {str(n) for n in range(9)}
    assert round_of(pictures, protocol()) == 1


def test_only_the_conditions_asked_for_are_shown() -> None:
    pictures = set_of([{"up": 1, "down": 1, "side": 1}] * 6)
    of = protocol('conditions = ["side", "up"]')
    assert round_of(pictures, of) == 2
    assert {*coverage(every(pictures, of, range(2)).values())} == {
        one.image_id for one in pictures if one.condition != "down"
    }


def test_rounds_grow_with_sessions_and_treatments() -> None:
    of = protocol("sessions = 2", ms="[40, 80, 150]", more="[mask]\nunmasked_too = true")
    assert round_of(SQUARE, of) == 2 * 2 * 3 * 2
    several = set_of([{"up": 2, "down": 3}] * 6)
    assert round_of(several, protocol()) == 5
    assert round_of(several, protocol('balance = "conditions"')) == 2 * 6


def test_masks_are_where_the_protocol_shows_them() -> None:
    mask: dict[str, Any] = {"mask_file": "masks/a.png", "mask_frames": 5, "mask_sha256": "ab" * 32}
    pictures = [replace(one, file=f"{one.image_id}.png", sha256_file="cd" * 32, **mask) for one in SQUARE]
    trials = planned(pictures, protocol(), seed=1, number=0, part=0)
    assert all(trial.masked for trial in trials)
    assert {(t.sha256, t.mask_file, t.mask_frames, t.mask_sha256) for t in trials} == {("cd" * 32, *mask.values())}
    assert all(trial.file == f"{trial.stimulus}.png" for trial in trials)
    assert not any(trial.masked for trial in planned(pictures, protocol(masked=False), seed=1, number=0, part=0))
    half = protocol(more="[mask]\nunmasked_too = true")
    assert Counter(trial.masked for trial in planned(pictures, half, seed=1, number=0, part=0)) == {True: 6, False: 6}


def test_further_labels_are_the_same_for_everybody_and_in_all_conditions() -> None:
    pictures = set_of([{"up": 1, "down": 1}] * 12)
    company: dict[str, set[frozenset[str]]] = defaultdict(set)
    for trials in every(pictures, protocol(labels=4), range(6)).values():
        for trial in trials:
            company[trial.object].add(frozenset(trial.offered))
    assert len(company) == 12
    assert all(len(each) == 1 for each in company.values())
    assert len({labels for each in company.values() for labels in each}) > 3


def test_labels_are_drawn_from_the_whole_set_where_there_is_no_alternative() -> None:
    pictures = set_of([{"up": 1}, {"up": 1}, {"down": 1}] * 30, alternatives=False)
    trials = planned(pictures, protocol('conditions = ["up"]'), seed=1, number=0, part=0)
    assert len({trial.truth for trial in trials}) == 4
    assert {label for trial in trials for label in trial.offered} == {*LABELS}
    assert all(trial.truth in trial.offered for trial in trials)


def test_the_order_of_further_labels_is_by_chance() -> None:
    plans = every(SQUARE, protocol(labels=4), range(400))
    shown = [trial.offered for trials in plans.values() for trial in trials if trial.stimulus == "0-up-0"]
    assert len({frozenset(offered) for offered in shown}) == 1
    places = Counter((label, place) for offered in shown for place, label in enumerate(offered))
    assert len(places) == 16
    assert all(25 < count < 75 for count in places.values())  # 50, of which sd is 6


BLOCKED = protocol("blocked = true", ms="[40, 80, 150]", max_run=4)


def test_each_exposure_is_a_block_and_orders_of_blocks_make_a_latin_square() -> None:
    pictures = set_of([{"up": 1, "down": 1}] * 36)
    orders = []
    for trials in every(pictures, BLOCKED, range(12)).values():
        blocks = [(block, [*group]) for block, group in groupby(trials, lambda trial: trial.block)]
        assert [block for block, _ in blocks] == [1, 2, 3]
        assert all(len({trial.ms for trial in group}) == 1 for _, group in blocks)
        assert all(longest(trial.condition for trial in group) <= 4 for _, group in blocks)
        assert all(longest(trial.right for trial in group) <= 4 for _, group in blocks)
        orders.append(tuple(group[0].ms for _, group in blocks))
    assert {*Counter(orders).values()} == {2}
    assert len({*orders}) == 6


def test_exposures_that_are_not_in_blocks_are_mixed() -> None:
    trials = planned(SQUARE, protocol(ms="[40, 80, 150]"), seed=1, number=0, part=0)
    assert {trial.block for trial in trials} == {1}
    assert longest(trial.ms for trial in trials) < 4


def test_breaks_come_after_so_many_trials_and_between_blocks() -> None:
    def breaks(of: Protocol) -> list[int]:
        return [trial.index for trial in planned(SQUARE, of, seed=1, number=0, part=0) if trial.break_after]

    assert breaks(protocol()) == []
    assert breaks(protocol(more="[breaks]\nevery = 5")) == [5, 10]
    assert breaks(protocol(more="[breaks]\nevery = 4")) == [4, 8]
    assert breaks(protocol("blocked = true", ms="[40, 150]", more="[breaks]\nevery = 4")) == [4, 6, 10]
    assert breaks(protocol("blocked = true", ms="[40, 150]")) == []


def practised(of: Protocol, pictures: Sequence[Picture] = SQUARE, number: int = 0) -> tuple[PlannedTrial, ...]:
    return practice(pictures, of, seed=3, number=number, part=0)


def test_without_practice_there_is_none() -> None:
    assert practised(protocol()) == ()


def test_practice_goes_from_its_first_exposure_to_its_last() -> None:
    of = protocol('conditions = ["nowhere"]', more="[practice]\ntrials = 9\nms = [500, 150, 40]", max_run=2)
    trials = practised(of)
    assert [trial.ms for trial in trials] == [500] * 3 + [150] * 3 + [40] * 3
    assert [trial.index for trial in trials] == [*range(1, 10)]
    assert len({trial.object for trial in trials}) == 9
    assert spread((trial.right for trial in trials), range(2)) == 1
    assert longest(trial.right for trial in trials) <= 2
    few = protocol(more="[practice]\ntrials = 2\nms = [500, 150, 40]")
    assert [trial.ms for trial in practised(few)] == [500, 40]
    one = protocol(more="[practice]\ntrials = 1\nms = [500, 150, 40]")
    assert [trial.ms for trial in practised(one)] == [500]


def test_practice_has_the_exposures_and_masks_of_the_session_otherwise() -> None:
    half = "[mask]\nunmasked_too = true"
    trials = practised(protocol(ms="[40, 150]", more=f"[practice]\ntrials = 8\n{half}"))
    assert {*Counter((trial.ms, trial.masked) for trial in trials).values()} == {2}
    trials = practised(protocol(more=f"[practice]\ntrials = 8\nms = [500, 40]\n{half}"))
    assert {*Counter((trial.ms, trial.masked) for trial in trials).values()} == {2}


def test_pictures_come_again_in_practice_only_when_all_have_come() -> None:
    pictures = set_of([{"up": 1, "down": 1}, {"up": 1}, {"up": 1, "down": 1}])
    trials = practised(protocol(more="[practice]\ntrials = 12"), pictures)
    names = [trial.stimulus for trial in trials]
    assert {*names[:5]} == {*names[5:10]} == {one.image_id for one in pictures}
    assert names[:7] == names[5:]


def test_practice_shows_conditions_evenly_and_differs_between_participants() -> None:
    of = protocol(more="[practice]\ntrials = 12")
    plans = [practised(of, number=number) for number in range(4)]
    assert all(Counter(trial.condition for trial in trials) == {"up": 6, "down": 6} for trials in plans)
    assert len({*plans}) == 4
    assert {*coverage(plans[:2]).values()} == {1}
    assert practice(SQUARE, of, seed=3, number=0, part=0) == plans[0]


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(BadInput) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def plan_of(pictures: Sequence[Picture], of: Protocol, number: int = 0, part: int = 0) -> Callable[[], object]:
    return lambda: planned(pictures, of, seed=1, number=number, part=part)


def test_a_condition_that_no_picture_has_is_refused_with_those_there_are() -> None:
    said = (
        "protocol short, design, conditions: 'upp' (did you mean up?) is no condition of the pictures; they have "
        "down, up"
    )
    of = protocol('conditions = ["down", "upp"]')
    assert refused(plan_of(SQUARE, of)) == said
    assert refused(lambda: round_of(SQUARE, of)) == said


def test_a_set_without_pictures_is_refused() -> None:
    assert refused(plan_of([], protocol())) == "protocol short, pictures: there are none; name a manifest that has some"


def test_pictures_of_one_label_are_refused() -> None:
    pictures = [picture("a", "up", "mug", alt_label="axe"), picture("b", "down", "axe")]
    said = (
        "protocol short, pictures: all show 'mug', so there is nothing to tell apart; show pictures of two labels or "
        "more"
    )
    assert refused(plan_of(pictures, protocol('conditions = ["up"]'))) == said


def test_more_labels_than_the_set_has_are_refused() -> None:
    pictures = [picture("a", "up", "mug", alt_label="jug"), picture("b", "up", "axe"), picture("c", "up", "saw")]
    said = (
        "protocol short, design, labels: 4 are given, but the set has only 3 that can be offered with b; set it to 3 "
        "or less, or take a set of more labels"
    )
    assert refused(plan_of(pictures, protocol(labels=4))) == said
    of = protocol(labels=4, more="[practice]\ntrials = 2")
    assert refused(lambda: practised(of, pictures)) == said.replace("short", "short with the pictures for practice")


def test_a_run_that_no_order_can_avoid_is_refused_with_what_could_do() -> None:
    pictures = [picture(f"{n}", "upright" if n < 30 else "rotated", LABELS[n % 6]) for n in range(32)]
    said = (
        "protocol short, design, max_run: 4 is given, but 30 of 32 trials are upright, so any order has 10 or more of "
        "them in a row; set it to 10 or more, or show conditions that come equally often"
    )
    assert refused(plan_of(pictures, protocol(max_run=None))) == said
    trials = planned(pictures, protocol(max_run=10), seed=1, number=0, part=0)
    assert longest(trial.condition for trial in trials) == 10


def test_a_run_that_sides_and_conditions_together_cannot_avoid_is_refused_with_what_could_do() -> None:
    # With two conditions and two sides that both change each time, a condition would always be on one side.
    said = (
        "protocol short, design, max_run: 1 is given, but no order was found in which neither a condition nor the "
        "place of the right label comes more often than that in a row; set it to 2 or more"
    )
    assert refused(plan_of(SQUARE, protocol(max_run=1))) == said
    trials = planned(SQUARE, protocol(max_run=2), seed=1, number=0, part=0)
    assert longest(trial.condition for trial in trials) <= 2


def test_one_condition_may_follow_itself() -> None:
    of = protocol('conditions = ["up"]', max_run=1)
    assert longest(trial.right for trial in planned(SQUARE, of, seed=1, number=0, part=0)) == 1


def test_more_sessions_than_objects_are_refused() -> None:
    said = (
        "protocol short, design, sessions: 13 sessions leave session 13 of participant number 0 without a picture; set "
        "it to less, or take a set of more objects"
    )
    assert refused(plan_of(SQUARE, protocol("sessions = 13"), part=12)) == said


def test_a_session_or_a_participant_beyond_those_there_are_is_refused() -> None:
    said = (
        "protocol short, design, sessions: 2 for each participant, so there is no session number 3; set it to more "
        "before the first participant comes"
    )
    assert refused(plan_of(SQUARE, protocol("sessions = 2"), part=2)) == said
    said = "protocol short, number: -1 is given, but participants are counted from 0"
    assert refused(plan_of(SQUARE, protocol(), number=-1)) == said


def test_sets_of_the_same_names_are_kept_apart() -> None:
    other = [
        replace(one, class_label="anvil", alt_label="saw") if one.object_id == "object 0" else one for one in SQUARE
    ]
    first, second, again = (planned(s, protocol(), seed=1, number=0, part=0) for s in (SQUARE, other, SQUARE))
    assert first == again
    assert [trial.stimulus for trial in first if "anvil" in trial.offered] == []
    assert [trial.truth for trial in second if trial.object == "object 0"] == ["anvil"]
