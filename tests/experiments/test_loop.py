"""One trial, frame by frame, on a virtual display before somebody who presses keys at given times."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from askew_experiments import loop, outcome
from askew_experiments.plan import PlannedTrial
from askew_experiments.protocol import Protocol, parse_protocol
from askew_experiments.screen import Cross, Press
from askew_experiments.steps import blank, steps
from askew_experiments.virtual import VirtualScreen

HEAD = """
schema = 1
name = "test"
group = "{ms}ms"
[design]
labels = 2
[response]
keys = ["left", "right"]
"""
TIMED = """
[[phase]]
name = "fixation"
show = ["fixation"]
ms = 50
[[phase]]
name = "image"
show = ["image"]
ms = 40
tolerance_ms = 2
trigger = 7
[[phase]]
name = "mask"
show = ["mask"]
ms = 60
[[phase]]
name = "respond"
show = ["labels"]
until = "answer"
limit_ms = 1000
"""
DEADLINE = """
window_ms = [-100, 200]
[[phase]]
name = "image"
show = ["image", "labels"]
ms = [500, 800]
listen = true
[[phase]]
name = "go"
show = ["labels"]
until = "answer"
limit_ms = 600
signal = "flash"
"""


class Hands:
    """Presses keys so many ms after something first came on the screen."""

    def __init__(self, *plans: tuple[str, float, str]) -> None:
        self.plans = list(plans)
        self.waiting: list[Press] = []
        self.seen: list[tuple[str, ...]] = []

    def sees(self, names: Sequence[str], time: float) -> None:
        self.seen.append(tuple(names))
        for plan in [plan for plan in self.plans if any(name.startswith(plan[0]) for name in names)]:
            self.plans.remove(plan)
            self.waiting.append(Press(plan[2], time + plan[1] / 1000, 0.0))

    def presses_until(self, time: float) -> list[Press]:
        due = sorted((press for press in self.waiting if press.time <= time), key=lambda press: press.time)
        self.waiting = [press for press in self.waiting if press.time > time]
        return due


def trial(**values: Any) -> PlannedTrial:
    usual: dict[str, Any] = {
        "index": 1,
        "block": 1,
        "stimulus": "mug_rotated",
        "object": "mug",
        "condition": "rotated",
        "offered": ("hammer", "mug"),
        "truth": "mug",
        "ms": 40.0,
        "masked": True,
        "file": "mug.png",
        "sha256": None,
        "mask_file": "mask.png",
        "mask_frames": 1,
    }
    return PlannedTrial(**{**usual, **values})


def shown(
    protocol: Protocol,
    hands: Hands,
    planned: PlannedTrial | None = None,
    hz: float = 100,
    dropped: Callable[[int], int] = lambda _: 0,
) -> tuple[dict[str, Any], list[tuple[str, float]]]:
    """The facts of a trial, and the phases that were told when they came on."""
    planned = planned or trial()
    screen = VirtualScreen(hands, hz, dropped=dropped)
    ready = steps(planned, protocol, screen.period)
    names = {name for step in ready for each in (*step.cycle, *step.lead) for name in each} | {*blank(protocol)}
    screen.load(dict.fromkeys(names, Cross(1)))
    told: list[tuple[str, float]] = []
    trace = loop.run(screen, ready, protocol.response, blank(protocol), lambda s: told.append((s.name, screen.now())))
    facts = outcome.facts(planned, ready, trace, protocol.response, period=screen.period, key_clock=screen.key_clock)
    return {**facts, "quit": trace.quit}, told


def protocol(phases: str = TIMED, **response: Any) -> Protocol:
    lines = "\n".join(
        f"{key} = {str(value).lower() if isinstance(value, bool) else value!r}" for key, value in response.items()
    )
    return parse_protocol(HEAD + lines + phases, "test.toml")


def test_an_answer_is_timed_from_the_labels() -> None:
    facts, told = shown(protocol(), Hands(("label:", 312.5, "right")))
    assert (facts["outcome"], facts["verdict"], facts["choice"], facts["key"]) == ("answered", "ok", "mug", "right")
    assert facts["rt_ms"] == 312.5
    assert facts["rt_source"] == "onset of respond; virtual clock"
    assert [name for name, _ in told] == ["fixation", "image", "mask", "respond"]
    assert told[1][1] - told[0][1] == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("hz", "frames", "achieved"), [(100, 4, 40.0), (120, 5, 41.667), (60, 2, 33.333), (240, 10, 41.667)]
)
def test_a_picture_is_shown_for_whole_frames(hz: float, frames: int, achieved: float) -> None:
    facts, _ = shown(protocol(), Hands(("label:", 300, "left")), hz=hz)
    assert facts["achieved_ms"] == pytest.approx(achieved, abs=0.001)
    assert facts["frames_planned"]["image"] == facts["frames_flipped"]["image"] == frames
    assert facts["frames_planned"] == facts["frames_flipped"]
    assert len(facts["flips"]["image"]) == frames
    assert facts["timing_valid"] is True
    assert facts["late"] == 0


def test_a_dropped_frame_in_the_picture_makes_its_timing_invalid() -> None:
    facts, _ = shown(protocol(), Hands(("label:", 300, "left")), dropped=lambda flip: int(flip == 7))
    assert facts["achieved_ms"] == 50.0
    assert facts["frames_flipped"]["image"] == 5
    assert (facts["late"], facts["timing_valid"]) == (1, False)


def test_a_frame_dropped_at_the_end_of_the_picture_counts_too() -> None:
    facts, _ = shown(protocol(), Hands(("label:", 300, "left")), dropped=lambda flip: int(flip == 9))
    assert facts["achieved_ms"] == 50.0
    assert facts["timing_valid"] is False


def test_a_frame_dropped_elsewhere_is_noted_and_leaves_the_exposure_valid() -> None:
    facts, _ = shown(protocol(), Hands(("label:", 300, "left")), dropped=lambda flip: int(flip == 2))
    assert facts["achieved_ms"] == 40.0
    assert facts["frames_flipped"]["fixation"] == 6
    assert (facts["late"], facts["timing_valid"]) == (1, True)


def test_keys_before_the_answer_opens_are_anticipations_and_no_answer() -> None:
    facts, _ = shown(protocol(), Hands(("mask:", 10, "left"), ("label:", 40, "left"), ("label:", 400, "right")))
    assert facts["choice"] == "mug"
    assert facts["rt_ms"] == 400.0
    assert [press["key"] for press in facts["anticipations"]] == ["left", "left"]
    assert [press["ms"] for press in facts["anticipations"]] == [pytest.approx(-50), pytest.approx(40)]


def test_the_second_of_two_answers_is_only_noted() -> None:
    facts, _ = shown(protocol(), Hands(("label:", 302, "left"), ("label:", 305, "right")))
    assert facts["choice"] == "hammer"
    assert [press["key"] for press in facts["other_keys"]] == ["right"]


def test_no_answer_in_time_is_a_timeout() -> None:
    facts, _ = shown(protocol(), Hands())
    assert (facts["outcome"], facts["verdict"], facts["choice"], facts["rt_ms"]) == ("timeout", "timeout", None, None)
    assert len(facts["flips"]["respond"]) == 100


def test_a_key_that_means_nothing_is_waited_past() -> None:
    facts, _ = shown(protocol(), Hands(("label:", 200, "x"), ("label:", 300, "left")))
    assert facts["choice"] == "hammer"
    assert [press["key"] for press in facts["other_keys"]] == ["x"]


def test_or_ends_the_trial_as_a_misclick_where_the_protocol_says_so() -> None:
    facts, _ = shown(protocol(other_keys="end"), Hands(("mask:", 1, "x"), ("label:", 200, "x")))
    assert (facts["outcome"], facts["choice"], facts["key"], facts["rt_ms"]) == ("misclick", None, "x", 200.0)


def test_the_key_that_quits_ends_the_trial_at_once() -> None:
    facts, _ = shown(protocol(), Hands(("image:", 15, "escape")))
    assert facts["quit"].key == "escape"
    assert "mask" not in facts["flips"]
    assert len(facts["flips"]["image"]) == 3


@pytest.mark.parametrize(
    ("after", "verdict", "outcome_", "choice"),
    [(450, "ok", "answered", "mug"), (399, "early", "timeout", None), (520, "ok", "answered", "mug"),
     (699, "ok", "answered", "mug"), (705, "late", "timeout", None), (2000, "timeout", "timeout", None)],
)  # fmt: skip
def test_only_answers_near_the_signal_count(after: float, verdict: str, outcome_: str, choice: str | None) -> None:
    facts, _ = shown(protocol(DEADLINE), Hands(("image:", after, "right")), trial(ms=500.0))
    assert (facts["verdict"], facts["outcome"], facts["choice"]) == (verdict, outcome_, choice)
    assert facts["achieved_ms"] == 500.0, "an early answer does not cut the picture short"
    assert facts["rt_ms"] == (None if verdict == "timeout" else after)


def test_each_trial_has_the_exposure_that_was_planned_for_it() -> None:
    for ms in (500.0, 800.0):
        facts, _ = shown(protocol(DEADLINE), Hands(("flash", 100, "left")), trial(ms=ms))
        assert facts["achieved_ms"] == facts["requested_ms"] == ms


def test_a_flash_is_on_for_a_tenth_of_a_second() -> None:
    hands = Hands(("flash", 300, "left"))
    shown(protocol(DEADLINE), hands, trial(ms=500.0))
    assert sum("flash" in names for names in hands.seen) == 10


SELF_PACED = """
[[phase]]
name = "image"
show = ["image"]
until = "go-on"
[[phase]]
name = "respond"
show = ["labels"]
until = "answer"
"""


def test_a_picture_until_a_key_has_an_exposure_measured_and_none_asked_for() -> None:
    facts, _ = shown(protocol(SELF_PACED), Hands(("image:", 1234, "space"), ("label:", 500, "left")), trial(ms=None))
    assert (facts["requested_ms"], facts["achieved_ms"], facts["timing_valid"]) == (None, 1250.0, None)
    assert facts["rt_ms"] == 500.0


def test_the_key_to_go_on_pressed_before_the_picture_does_not_skip_it() -> None:
    fixation = '[[phase]]\nname = "fixation"\nshow = ["fixation"]\nms = 50\n'
    hands = Hands(("fixation", 49.5, "space"), ("image:", 300, "space"), ("label:", 500, "left"))
    facts, _ = shown(protocol(fixation + SELF_PACED), hands, trial(ms=None))
    assert facts["achieved_ms"] == 310.0


def test_labels_together_with_the_picture_time_the_answer_from_the_picture() -> None:
    both = '[[phase]]\nname = "image"\nshow = ["image", "labels"]\nuntil = "answer"\n'
    facts, _ = shown(protocol(both), Hands(("image:", 777, "right")), trial(ms=None))
    assert (facts["rt_ms"], facts["achieved_ms"], facts["rt_source"]) == (777.0, 790.0, "onset of image; virtual clock")


def test_a_mask_that_moves_shows_its_frames_in_turn() -> None:
    hands = Hands(("label:", 300, "left"))
    moving = protocol("\n[mask]\nframe_ms = 20\n" + TIMED)
    shown(moving, hands, trial(mask_frames=3))
    masks = [name for names in hands.seen for name in names if name.startswith("mask:")]
    assert [int(name.partition("#")[2]) for name in masks] == [0, 0, 1, 1, 2, 2]


def test_an_unmasked_trial_shows_nothing_for_as_long() -> None:
    hands = Hands(("label:", 300, "left"))
    facts, _ = shown(protocol(), hands, trial(masked=False))
    assert not any(name.startswith("mask:") for names in hands.seen for name in names)
    assert facts["frames_flipped"]["mask"] == 6


def test_the_patch_is_white_with_the_picture_only() -> None:
    hands = Hands(("label:", 300, "left"))
    facts, _ = shown(protocol('\n[display]\npatch = "top-left"\n' + TIMED), hands)
    lit = [names for names in hands.seen if "patch:on" in names]
    assert len(lit) == 4
    assert all("image:mug_rotated" in names for names in lit)
    assert all("patch:off" in names for names in hands.seen if names not in lit)
    assert facts["timing_valid"] is True


def test_a_practice_trial_has_its_own_exposure() -> None:
    facts, _ = shown(protocol(), Hands(("label:", 300, "left")), trial(ms=400.0))
    assert facts["achieved_ms"] == facts["requested_ms"] == 400.0
    assert facts["frames_planned"] == {"fixation": 5, "image": 40, "mask": 6}
