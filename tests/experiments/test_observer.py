"""Simulated participants before a screen: what they press, and when, for what they are shown."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from statistics import mean, median, stdev

import pytest

from askew_experiments import loop
from askew_experiments.accumulation import Ability
from askew_experiments.loop import Trace
from askew_experiments.observer import SimulatedParticipant
from askew_experiments.plan import PlannedTrial
from askew_experiments.protocol import Protocol, parse_protocol
from askew_experiments.screen import Press
from askew_experiments.steps import blank, steps
from askew_experiments.virtual import VirtualScreen

HEAD = 'schema = 1\nname = "test"\ngroup = "{ms}"\n'
FIXATION = 'name = "fixation"\nshow = ["fixation"]\nms = 500'
BRIEF = 'name = "image"\nshow = ["image"]\nms = 40'
LONG = BRIEF.replace("40", "600")
MASK = 'name = "mask"\nshow = ["mask"]\nms = 300'
FREE = 'name = "image"\nshow = ["image"]\nuntil = "go-on"'
RESPOND = 'name = "respond"\nshow = ["labels"]\nuntil = "answer"\nlimit_ms = 30000'
TOGETHER = 'name = "respond"\nshow = ["image", "labels"]\nuntil = "answer"'
TRUTH = "mug"
SURE = Ability(drift=20, lapse=0, misclick=0, anticipation=0, timeout=0, escape=0)
PLAIN = Ability(lapse=0, misclick=0, anticipation=0, timeout=0, escape=0)


def protocol(*phases: str, response: str = "", labels: int = 2) -> Protocol:
    keys = ["left", "right", "up"][:labels]
    tables = [f"{HEAD}[design]\nlabels = {labels}\n[response]\nkeys = {keys}\n{response}"]
    return parse_protocol("\n[[phase]]\n".join([*tables, *phases]), "test.toml")


MASKED = protocol(FIXATION, BRIEF, MASK, RESPOND)
CLEAR = protocol(FIXATION, LONG, RESPOND)


def trials(
    count: int, ms: float | None = 40.0, *, masked: bool = True, condition: str = "rotated"
) -> list[PlannedTrial]:
    return [
        PlannedTrial(
            index=number + 1,
            block=1,
            stimulus=f"{condition}_{number}",
            object=f"object_{number}",
            condition=condition,
            offered=(TRUTH, "hammer") if number % 2 else ("hammer", TRUTH),
            truth=TRUTH,
            ms=ms,
            masked=masked,
            file="picture.png",
            sha256=None,
            mask_file="mask.png" if masked else None,
            mask_frames=3 if masked else None,
        )
        for number in range(count)
    ]


def clear(count: int) -> list[PlannedTrial]:
    """Trials whose pictures mislead nobody: upright, and seen for long."""
    return trials(count, 600.0, masked=False, condition="upright")


class Seen:
    """One trial as the real loop ran it."""

    def __init__(self, trial: PlannedTrial, trace: Trace, keys: Sequence[str]) -> None:
        self.trial = trial
        self.trace = trace
        self.choice = trial.offered[keys.index(trace.answer.key)] if trace.answer else None
        self.rt = trace.answer.time - trace.zero if trace.answer and trace.zero is not None else None


class Room:
    """A participant before a virtual screen."""

    def __init__(
        self,
        rules: Protocol,
        given: Sequence[PlannedTrial],
        ability: Ability | None = PLAIN,
        *,
        seed: int = 1,
        code: str = "sub-sim01",
        hz: float = 100,
        dropped: Callable[[int], int] = lambda _: 0,
    ) -> None:
        self.rules = rules
        self.trials = given
        self.person = SimulatedParticipant(code, seed, given, rules, ability=ability)
        self.screen = VirtualScreen(self.person, hz, dropped=dropped)
        for trial in given:
            for step in steps(trial, rules, self.screen.period):
                self.screen.loaded |= {name for names in (*step.cycle, *step.lead) for name in names}
        self.screen.loaded.add("text:paused")
        self.pauses = 0

    def run(self, which: Sequence[PlannedTrial] | None = None) -> list[Seen]:
        """Show the trials with the real loop, going on after pauses."""
        found = []
        for trial in self.trials if which is None else which:
            trace = self.show(trial)
            while trace.quit:
                self.pauses += 1
                assert not any(trace.flips.get(step.name) for step in steps(trial, self.rules, 1) if step.image)
                self.read("text:paused")
                trace = self.show(trial)
            found.append(Seen(trial, trace, self.rules.response.keys))
        return found

    def show(self, trial: PlannedTrial) -> Trace:
        ready = steps(trial, self.rules, self.screen.period)
        trace = loop.run(self.screen, ready, self.rules.response, blank(self.rules), lambda step: None)
        for _ in range(30):
            self.screen.draw(blank(self.rules))
            self.screen.flip()
            assert self.screen.presses() == []  # nobody presses when nothing is asked
        return trace

    def read(self, name: str) -> float:
        """Show a text until it is gone on from; returns the seconds that took."""
        self.screen.loaded.add(name)
        self.screen.forget()
        begun = self.screen.now()
        while self.screen.now() < begun + 60:
            self.screen.draw([name])
            self.screen.flip()
            if any(press.key == self.rules.response.go_on for press in self.screen.presses()):
                return self.screen.now() - begun
        raise TimeoutError(f"nobody went on from {name}")


def right(found: Sequence[Seen]) -> float:
    return mean(each.choice == TRUTH for each in found)


def times(found: Sequence[Seen]) -> list[float]:
    return [each.rt for each in found if each.rt is not None]


class Hand:
    """A screen that the test turns by hand, in frames of 10 ms."""

    def __init__(self, person: SimulatedParticipant) -> None:
        self.person = person
        self.time = 0.0

    def shows(self, *names: str, frames: int) -> list[Press]:
        pressed = []
        for _ in range(frames):
            self.time += 0.01
            self.person.sees(names, self.time)
            pressed += self.person.presses_until(self.time)
        return pressed


def by_hand(ability: Ability = SURE) -> Hand:
    given = trials(8, condition="upright")
    return Hand(SimulatedParticipant("sub-sim01", 1, given, MASKED, ability=ability))


def labelled(hand: Hand, first: str, second: str, number: int) -> list[Press]:
    """One whole trial, the labels standing as given."""
    hand.shows(frames=50)
    assert hand.shows("fixation", frames=50) == []
    assert hand.shows(f"image:upright_{number}", frames=80) == []
    assert hand.shows(f"mask:upright_{number}#0", frames=10) == []
    assert hand.shows(f"mask:upright_{number}#1", frames=20) == []
    return hand.shows(f"label:0:{first}", f"label:1:{second}", frames=150)


def test_the_key_of_the_place_where_the_label_stands_is_pressed_once_labels_are_there() -> None:
    hand = by_hand()
    assert [press.key for press in labelled(hand, "mug", "hammer", 1)] == ["left"]
    assert [press.key for press in labelled(hand, "hammer", "mug", 2)] == ["right"]
    begun = hand.time
    (press,) = labelled(hand, "mug", "hammer", 4)
    assert begun < press.time - 1.34 < begun + 1.5
    assert press.uncertainty_s == 0


def test_an_answer_that_had_no_effect_is_given_again() -> None:
    hand = by_hand()
    labelled(hand, "mug", "hammer", 1)
    pressed = hand.shows("label:0:mug", "label:1:hammer", frames=450)
    assert {press.key for press in pressed} == {"left"}
    assert len(pressed) in {2, 3}
    assert hand.shows(frames=500) == []


def test_texts_are_read_and_gone_on_from() -> None:
    hand = by_hand()
    for name in ("welcome", "consent", "instructions", "paused", "block:17"):
        first, *again = hand.shows(f"text:{name}", frames=600)
        assert first.key == "space"
        assert 1 <= first.time - (hand.time - 6) <= 3.02
        assert {press.key for press in again} == {"space"}
        assert 1 <= len(again) <= 2
        hand.shows(frames=20)


def test_breaks_last_longer_than_reading() -> None:
    waits = []
    for number in range(40):
        hand = by_hand()
        waits.append(hand.shows(f"text:break_go_on:{number}", frames=1010)[0].time)
    assert 1 <= min(waits) < 3
    assert 8 < max(waits) <= 10.02


def test_a_text_that_goes_away_by_itself_leaves_no_key_behind() -> None:
    hand = by_hand()
    assert hand.shows("text:right", frames=80) == []
    assert hand.shows(frames=300) == []


def test_an_unknown_screen_is_looked_at_without_a_key() -> None:
    assert by_hand().shows("patch:on", frames=500) == []


def test_longer_exposure_and_no_mask_help_with_rotated_pictures() -> None:
    masked = right(Room(MASKED, trials(300)).run())
    unmasked = right(Room(protocol(FIXATION, BRIEF, RESPOND), trials(300, masked=False)).run())
    longer = protocol(FIXATION, BRIEF.replace("40", "150"), MASK, RESPOND)
    long = right(Room(longer, trials(300, 150.0)).run())
    free = right(Room(protocol(FIXATION, FREE, RESPOND), trials(300, None, masked=False)).run())
    together = right(Room(protocol(FIXATION, TOGETHER), trials(300, None, masked=False)).run())
    upright = right(Room(MASKED, trials(300, condition="upright")).run())
    assert 0.6 < masked < 0.78
    assert masked + 0.08 < min(unmasked, long)
    assert max(unmasked, long) < 0.95
    assert min(free, together) > 0.96
    assert masked + 0.1 < upright < 0.96


def test_a_mask_that_comes_later_takes_less() -> None:
    gap = 'name = "gap"\nms = {}'
    found = [
        right(Room(protocol(FIXATION, BRIEF, gap.format(ms), MASK, RESPOND), trials(400)).run()) for ms in (10, 200)
    ]
    assert right(Room(MASKED, trials(400)).run()) - 0.02 <= found[0] < found[1] - 0.05


def test_what_counts_is_how_long_a_picture_was_shown_and_not_what_was_planned() -> None:
    planned = Room(MASKED, trials(400)).run()
    shown = Room(MASKED, trials(400), dropped=lambda flip: 9).run()  # ten times as slow: 400 ms
    assert right(shown) > right(planned) + 0.12


def test_somebody_without_drift_is_at_chance() -> None:
    found = Room(MASKED, trials(700), replace(PLAIN, drift=0)).run()
    assert right(found) == pytest.approx(0.5, abs=0.05)
    assert mean(each.trace.answer is not None for each in found) == 1


def test_times_are_skewed_and_unusual_poses_take_longer() -> None:
    rotated = times(Room(MASKED, trials(400)).run())
    upright = times(Room(MASKED, trials(400, condition="upright")).run())
    assert mean(rotated) > 1.1 * median(rotated)
    assert median(rotated) > 1.1 * median(upright)
    assert min(rotated) > 0.6
    shown = times(Room(protocol(FIXATION, TOGETHER), trials(100, None, masked=False), SURE).run())
    known = times(Room(protocol(FIXATION, FREE, RESPOND), trials(100, None, masked=False), SURE).run())
    assert median(shown) > median(known) + 0.1  # a picture that comes with its labels is still to be seen


def test_only_lapses_make_errors_where_all_is_known() -> None:
    found = Room(CLEAR, clear(800), replace(SURE, lapse=0.4)).run()
    assert right(found) == pytest.approx(0.8, abs=0.04)
    assert right(Room(CLEAR, clear(200), SURE).run()) == 1


def test_pictures_are_looked_at_for_as_long_as_one_likes() -> None:
    rules = protocol(FIXATION, FREE, RESPOND)
    found = Room(rules, trials(500, None, masked=False, condition="upright"), replace(PLAIN, viewing_s=1.2)).run()
    viewed = [each.trace.flips["respond"][0] - each.trace.flips["image"][0] for each in found]
    assert median(viewed) == pytest.approx(1.25, rel=0.1)
    assert mean(viewed) > 1.1 * median(viewed)


def test_trials_that_wait_for_a_key_are_begun() -> None:
    begin = 'name = "fixation"\nshow = ["fixation"]\nuntil = "go-on"'
    found = Room(protocol(begin, BRIEF, RESPOND), trials(5, masked=False)).run()
    assert [each.choice is None for each in found] == [False] * 5


def test_anticipations_come_at_their_rate_before_the_labels_and_the_answer_follows() -> None:
    found = Room(MASKED, trials(500), replace(PLAIN, anticipation=0.2)).run()
    early = [press for each in found for press in each.trace.anticipations]
    assert len(early) / 500 == pytest.approx(0.2, abs=0.05)
    assert {press.key for press in early} == {"left", "right"}
    assert all(each.choice for each in found)
    for each in found:
        for press in each.trace.anticipations:
            assert each.trace.flips["image"][0] + 0.09 < press.time < each.trace.flips["respond"][0]


def test_where_answers_count_at_once_an_anticipation_is_too_soon_to_be_one() -> None:
    room = Room(protocol(FIXATION, TOGETHER), trials(300, None, masked=False), replace(PLAIN, anticipation=0.5))
    found = room.run()
    early = [press.time - (each.trace.zero or 0) for each in found for press in each.trace.anticipations]
    assert len(early) == pytest.approx(150, abs=30)
    assert 0 < min(early) < max(early) < 0.1
    assert min(times(found)) > 0.1


def test_a_misclick_is_a_key_that_means_nothing_and_the_answer_follows_where_it_may() -> None:
    waiting = Room(MASKED, trials(300), replace(PLAIN, misclick=0.3)).run()
    slips = [press for each in waiting for press in each.trace.others]
    assert len(slips) == pytest.approx(90, abs=25)
    assert not {press.key for press in slips} & {"left", "right", "space", "escape"}
    assert all(each.choice for each in waiting)
    rules = protocol(FIXATION, BRIEF, RESPOND, response='other_keys = "end"')
    ended = Room(rules, trials(300, masked=False), replace(PLAIN, misclick=0.3)).run()
    assert sum(each.trace.misclick is not None for each in ended) == pytest.approx(90, abs=25)
    assert all((each.choice is None) == (each.trace.misclick is not None) for each in ended)


def test_no_answer_comes_only_where_there_is_a_limit() -> None:
    silent = replace(PLAIN, timeout=0.3)
    found = Room(MASKED, trials(200), silent).run()
    assert mean(each.choice is None for each in found) == pytest.approx(0.3, abs=0.1)
    forever = Room(
        protocol(FIXATION, BRIEF, RESPOND.replace("limit_ms = 30000", "")), trials(200, masked=False), silent
    )
    assert all(each.choice for each in forever.run())


def test_pauses_come_in_the_fixation_once_after_each_picture_and_end() -> None:
    room = Room(MASKED, trials(20), replace(PLAIN, escape=1))
    found = room.run()
    assert room.pauses == 19  # never before the first
    assert all(each.choice for each in found)
    some = Room(MASKED, trials(400), replace(PLAIN, escape=0.1))
    some.run()
    assert some.pauses == pytest.approx(40, abs=20)


def test_a_session_that_is_stopped_in_every_pause_gets_on() -> None:
    given = trials(6)
    left, runs = [*given], 0
    while left:
        runs += 1
        room = Room(MASKED, given, replace(PLAIN, escape=1))
        while left and not (trace := room.show(left[0])).quit:
            assert trace.answer
            left.pop(0)
    assert runs == 6


def test_the_same_seed_and_code_press_the_same_keys_at_the_same_times() -> None:
    def pressed(seed: int, code: str) -> list[tuple[str | None, float | None]]:
        return [(each.choice, each.rt) for each in Room(MASKED, trials(30), None, seed=seed, code=code).run()]

    assert pressed(1, "sub-sim01") == pressed(1, "sub-sim01")
    assert pressed(1, "sub-sim01") != pressed(2, "sub-sim01")
    assert pressed(1, "sub-sim01") != pressed(1, "sub-sim02")


def test_a_session_that_was_stopped_and_resumed_gives_the_answers_of_one_that_was_not() -> None:
    given = trials(40)
    ability = replace(PLAIN, lapse=0.1, misclick=0.1, anticipation=0.1, timeout=0.05, escape=0.1)
    whole = Room(MASKED, given, ability).run()
    first = Room(MASKED, given, ability).run(given[:23])
    rest = Room(MASKED, given, ability).run(given[23:])
    assert [each.choice for each in (*first, *rest)] == [each.choice for each in whole]
    for one, other in zip((*first, *rest), whole, strict=True):
        assert one.rt == pytest.approx(other.rt)
        assert len(one.trace.anticipations) == len(other.trace.anticipations)


def test_answers_do_not_hang_on_the_order_of_trials() -> None:
    given = trials(25)
    forth, back = Room(MASKED, given).run(), Room(MASKED, given).run(given[::-1])
    assert [each.choice for each in forth] == [each.choice for each in back[::-1]]


def test_a_picture_that_was_answered_is_answered_anew_when_it_comes_again() -> None:
    given = trials(8)
    room = Room(MASKED, given)
    rounds = [room.run() for _ in range(3)]
    assert len({tuple(each.rt for each in found) for found in rounds}) == 3


def test_a_picture_that_was_broken_off_is_answered_as_it_would_have_been() -> None:
    dull, hand = replace(PLAIN, drift=0), by_hand(replace(PLAIN, drift=0))
    for number in range(8):
        hand.shows("fixation", frames=50)
        hand.shows(f"image:upright_{number}", frames=4)
        hand.shows("text:paused", frames=400)
        again, once = (labelled(each, "mug", "hammer", number) for each in (hand, by_hand(dull)))
        assert [press.key for press in again] == [press.key for press in once]


def test_of_three_labels_the_right_one_is_found() -> None:
    given = [replace(trial, offered=("hammer", "lamp", TRUTH)) for trial in clear(60)]
    rules = protocol(FIXATION, LONG, RESPOND, labels=3)
    assert right(Room(rules, given, SURE).run()) == 1
    assert {each.choice for each in Room(rules, given, replace(PLAIN, drift=0)).run()} == {"hammer", "lamp", TRUTH}


def test_labels_that_are_shown_before_answers_count_are_not_answered_early() -> None:
    early = 'name = "labels"\nshow = ["labels"]\nms = 4000'
    found = Room(protocol(FIXATION, LONG, early, RESPOND), clear(50), SURE).run()
    assert right(found) == 1
    assert [press for each in found for press in each.trace.anticipations] == []
    assert 0.1 < min(times(found)) < max(times(found)) < 0.5


def test_labels_that_have_gone_are_remembered() -> None:
    brief = 'name = "labels"\nshow = ["labels"]\nms = 200\nlisten = true'
    last = 'name = "respond"\nuntil = "answer"'
    found = Room(protocol(FIXATION, LONG, brief, last), clear(50), SURE).run()
    assert right(found) == 1


SIGNALS = {
    "a tone while picture and labels stay": ('["image", "labels"]', "tone"),
    "a flash around them": ('["image", "labels"]', "flash"),
    "a flash when the picture goes": ('["labels"]', "flash"),
}


def deadline(show: str, signal: str, window: str) -> Protocol:
    image = 'name = "image"\nshow = ["image", "labels"]\nms = [500, 1000, 1500]\nlisten = true'
    respond = f'name = "respond"\nshow = {show}\nuntil = "answer"\nlimit_ms = 2000\nsignal = "{signal}"'
    return protocol(FIXATION, image, respond, response=f"window_ms = {window}")


def from_signal(found: Sequence[Seen]) -> Iterator[float]:
    for each in found:
        assert each.trace.signal is not None
        if each.trace.answer:
            yield each.trace.answer.time - each.trace.signal


@pytest.mark.parametrize(("show", "signal"), SIGNALS.values(), ids=[*SIGNALS])
@pytest.mark.parametrize(("window", "middle"), [("[0, 500]", 0.25), ("[-200, 200]", 0.0)])
def test_by_a_deadline_answers_come_around_the_time_that_is_asked_for(
    show: str, signal: str, window: str, middle: float
) -> None:
    given = trials(200, 1000.0, masked=False)
    after = [*from_signal(Room(deadline(show, signal, window), given, replace(PLAIN, punctuality_s=0.1)).run())]
    assert len(after) == 200
    assert mean(after) == pytest.approx(middle, abs=0.03)
    assert stdev(after) == pytest.approx(0.1, rel=0.2)
    assert min(after) < middle - 0.2 < middle + 0.2 < max(after)  # some are early, some late


def test_the_later_the_signal_the_better_the_answers() -> None:
    rules = deadline('["image", "labels"]', "tone", "[0, 300]")
    found = [right(Room(rules, trials(300, ms, masked=False)).run()) for ms in (500.0, 1000.0, 1500.0)]
    assert found[0] + 0.05 < found[1] < found[2] + 0.01


def test_a_signal_that_waits_for_a_key_is_answered_when_it_comes() -> None:
    ask = 'name = "respond"\nshow = ["labels"]\nuntil = "answer"\nsignal = "tone"'
    rules = protocol(FIXATION, FREE, ask, response="window_ms = [0, 800]")
    after = [*from_signal(Room(rules, trials(100, None, masked=False), SURE).run())]
    assert len(after) == 100
    assert mean(after) == pytest.approx(0.4, abs=0.03)


@pytest.mark.parametrize("hz", [60, 75, 144, 240])
def test_any_refresh_rate_will_do(hz: float) -> None:
    assert right(Room(CLEAR, clear(20), SURE, hz=hz).run()) == 1
    rules = deadline('["image", "labels"]', "tone", "[0, 500]")
    after = [*from_signal(Room(rules, trials(50, 500.0, masked=False), SURE, hz=hz).run())]
    assert mean(after) == pytest.approx(0.25, abs=0.05)


def test_a_display_that_drops_frames_confuses_nobody() -> None:
    room = Room(CLEAR, clear(100), SURE, dropped=lambda flip: int(flip % 7 == 0))
    assert right(room.run()) == 1
