"""Response boxes on clocks of their own: what offset and drift were planted, and what time of the screen comes out."""

import sys
from collections.abc import Callable, Iterator, Sequence
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from askew.errors import BadInput
from askew_experiments import loop
from askew_experiments.attached import BoxSettings
from askew_experiments.boxes import AGAIN_S, DeviceBox, NoBox, merged, open_box
from askew_experiments.cedrus import Cedrus, MockXid, attached_xid
from askew_experiments.clocks import WORST_DRIFT, Comparison, DeviceClock, compared
from askew_experiments.protocol_tables import Response
from askew_experiments.screen import Cross, Press
from askew_experiments.steps import Step
from askew_experiments.virtual import VirtualScreen
from askew_experiments.vpixx import MockPixx, Vpixx

SIDES = {"0": "left", "6": "right"}
COLOURED = {"red": "left", "green": "right"}


class Clock:
    """The screen's clock, which goes on when it is told to."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    def spend(self, seconds: float) -> None:
        self.time += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def cedrus(clock: Clock, **values: Any) -> tuple[DeviceBox, MockXid]:
    device = MockXid(clock.now, spend=clock.spend, **values)
    return DeviceBox(Cedrus(device), SIDES, clock.now), device


def vpixx(clock: Clock, **values: Any) -> tuple[DeviceBox, MockPixx]:
    library = MockPixx(clock.now, spend=clock.spend, **values)
    return DeviceBox(Vpixx(library, COLOURED), COLOURED, clock.now), library


def session(
    clock: Clock, box: DeviceBox, press: Callable[[float], None], minutes: float, random: Random
) -> Iterator[tuple[float, Press]]:
    """Trials of some seconds with one press each: when it was, and what the box made of it."""
    until = clock.time + 60 * minutes
    while clock.time < until:
        box.forget()
        at = clock.time + random.uniform(0.3, 2)
        press(at)
        clock.time = at + random.uniform(0.02, 0.5)
        (found,) = box.presses()
        yield at, found
        clock.time += 0.3
        box.sync()
        clock.spend(0.5)


@pytest.mark.parametrize("drift", [-80e-6, 0.0, 35e-6])
def test_times_of_a_cedrus_box_are_those_of_the_screen_within_what_it_claims(clock: Clock, drift: float) -> None:
    box, device = cedrus(clock, drift=drift)
    pressed = list(session(clock, box, lambda at: device.press(0, at), 60, Random(1)))
    errors = [found.time - at for at, found in pressed]
    assert all(abs(error) <= found.uncertainty_s for error, (_, found) in zip(errors, pressed, strict=True))
    assert {found.key for _, found in pressed} == {"left"}
    # Without the drift, times at the end would be off by up to 290 ms.
    assert max(found.uncertainty_s for _, found in pressed[-100:]) < 0.005
    assert abs(sum(errors[-500:])) / 500 < 0.0015
    facts = box.facts()
    assert facts["kind"] == "mock box"
    assert facts["drift_ppm"] == pytest.approx(-drift * 1e6, abs=facts["drift_uncertainty_ppm"])
    assert facts["drift_uncertainty_ppm"] < 2
    assert facts["uncertainty_ms"] < 5
    assert facts["comparisons"] > 100
    assert facts["failed"] is None


@pytest.mark.parametrize("rest", [0xFFFF, 0xFFF0, 0x0000])
def test_times_of_a_vpixx_box_are_exact_whether_its_lines_go_up_or_down(clock: Clock, rest: int) -> None:
    box, library = vpixx(clock, drift=20e-6, rest=rest)
    pressed = list(session(clock, box, lambda at: library.press(2, at), 20, Random(2)))
    assert all(abs(found.time - at) <= found.uncertainty_s for at, found in pressed)
    assert {found.key for _, found in pressed} == {"right"}
    assert max(found.uncertainty_s for _, found in pressed[-100:]) < 0.0005
    assert box.facts()["drift_ppm"] == pytest.approx(-20, abs=2)


def test_a_box_of_the_first_generation_is_set_to_zero_instead_of_read(clock: Clock) -> None:
    box, device = cedrus(clock, major_fw_version=1, drift=50e-6)
    pressed = list(session(clock, box, lambda at: device.press(6, at), 10, Random(3)))
    assert all(abs(found.time - at) <= found.uncertainty_s for at, found in pressed)
    assert {found.key for _, found in pressed} == {"right"}
    assert box.facts()["drift_uncertainty_ppm"] == WORST_DRIFT * 1e6


def test_before_the_drift_is_measured_the_uncertainty_grows_with_time(clock: Clock) -> None:
    box, device = cedrus(clock, drift=90e-6)
    start = box.facts()["uncertainty_ms"] / 1000
    clock.spend(100)
    device.press(0, clock.time)
    clock.spend(0.1)
    (found,) = box.presses()
    assert found.uncertainty_s == pytest.approx(start + 100 * WORST_DRIFT, abs=0.0005)


def test_clocks_are_compared_again_only_when_due(clock: Clock) -> None:
    box, _ = cedrus(clock)
    before = clock.time
    box.sync()
    assert clock.time == before
    clock.spend(AGAIN_S)
    box.sync()
    assert box.facts()["comparisons"] == 2


def test_a_clock_that_was_set_anew_is_followed(clock: Clock) -> None:
    box, device = cedrus(clock)
    clock.spend(AGAIN_S)
    box.sync()
    clock.spend(AGAIN_S)
    device.reset_timer()
    box.sync()
    at = clock.time
    device.press(0, at)
    clock.spend(0.1)
    (found,) = box.presses()
    assert abs(found.time - at) <= found.uncertainty_s < 0.006


def test_only_presses_count_and_only_once_they_have_arrived(clock: Clock) -> None:
    box, device = cedrus(clock)
    at = clock.time + 0.05
    device.press(0, at)
    device.press(6, at + 0.01)
    assert box.presses() == []
    clock.spend(1)
    assert [press.key for press in box.presses()] == ["left", "right"]
    assert box.presses() == []


def test_presses_that_nobody_asked_for_are_dropped(clock: Clock) -> None:
    box, device = cedrus(clock)
    device.press(0, clock.time)
    clock.spend(1)
    box.forget()
    assert box.presses() == []


def test_a_button_that_is_no_key_is_told_by_its_number(clock: Clock) -> None:
    box, device = cedrus(clock)
    device.press(3, clock.time)
    clock.spend(1)
    assert [press.key for press in box.presses()] == ["button 3"]


def test_other_inputs_of_a_vpixx_device_mean_nothing(clock: Clock) -> None:
    box, library = vpixx(clock)
    library.press(10, clock.time)  # a scanner's pulse, say
    library.press(0, clock.time + 0.1)
    clock.spend(1)
    assert [press.key for press in box.presses()] == ["left"]


def test_buttons_held_together_are_two_presses(clock: Clock) -> None:
    box, library = vpixx(clock)
    library.press(0, clock.time, held_s=0.5)
    library.press(2, clock.time + 0.1, held_s=0.1)
    library._events = type(library._events)(sorted(library._events))  # as time has them
    clock.spend(1)
    assert {press.key for press in box.presses()} == {"left", "right"}


def test_an_unplugged_box_is_noted_once_and_asked_no_more(clock: Clock) -> None:
    box, device = cedrus(clock)
    device.unplugged = True
    assert box.presses() == []
    assert box.failed == "mock box: DEVICE_NOT_FOUND"
    device.unplugged = False
    device.press(0, clock.time)
    clock.spend(AGAIN_S)
    box.sync()
    assert box.presses() == []
    assert box.facts()["failed"] == "mock box: DEVICE_NOT_FOUND"
    box.close()


def test_a_box_that_is_unplugged_between_trials_is_noted(clock: Clock) -> None:
    box, device = cedrus(clock)
    clock.spend(AGAIN_S)
    device.unplugged = True
    box.sync()
    assert box.failed == "mock box: DEVICE_NOT_FOUND"


def test_a_reading_that_a_press_garbled_is_left_out() -> None:
    sound = [(10 + n, 3.0 + n, 10.004 + n) for n in range(7)]
    assert compared([*sound, (17, 1.8e6, 17.004)], 0.001) == compared(sound, 0.001)


def test_readings_that_contradict_each_other_leave_the_shortest() -> None:
    found = compared([(10.0, 3.0, 10.004), (11.02, 4.0, 11.022)], resolution=0.0)
    assert found == Comparison(device=4.0, ahead=7.021, unsure=0.001)


def test_comparisons_too_near_each_other_say_nothing_of_the_drift() -> None:
    clock = DeviceClock(resolution=0.0)
    clock.add(Comparison(device=1.0, ahead=5.0, unsure=0.002))
    clock.add(Comparison(device=2.0, ahead=5.001, unsure=0.002))
    assert clock.drift == (0.0, WORST_DRIFT)
    time, unsure = clock.on_screen(12.0)
    assert time == pytest.approx(17.001)
    assert unsure == pytest.approx(0.003)


class Nobody:
    """Sits before the screen and presses what the test says."""

    def __init__(self, *presses: Press) -> None:
        self.waiting = list(presses)

    def sees(self, names: Sequence[str], time: float) -> None:
        """Nothing."""

    def presses_until(self, time: float) -> list[Press]:
        due = [press for press in self.waiting if press.time <= time]
        self.waiting = [press for press in self.waiting if press.time > time]
        return due


def test_keys_and_buttons_come_in_the_order_of_their_times() -> None:
    screen = VirtualScreen(Nobody(Press("space", 0.2, 0.0), Press("left", 0.4, 0.0)), 100)
    device = MockXid(screen.now)
    both = merged(screen, DeviceBox(Cedrus(device), SIDES, screen.now))
    device.press(6, 0.3)
    for _ in range(100):
        both.flip()
    assert [press.key for press in both.presses()] == ["space", "right", "left"]
    assert both.key_clock == "virtual clock or mock box, device time"
    assert both.period == 0.01
    assert both.now() == screen.now()
    assert both.utc() == screen.utc()


def test_both_forget() -> None:
    screen = VirtualScreen(Nobody(Press("left", 0.2, 0.0)), 100)
    device = MockXid(screen.now)
    both = merged(screen, DeviceBox(Cedrus(device), SIDES, screen.now))
    device.press(6, 0.1)
    for _ in range(100):
        both.flip()
    both.forget()
    assert both.presses() == []
    both.close()


def test_a_trial_is_answered_by_a_button() -> None:
    screen = VirtualScreen(Nobody(), 100)
    device = MockXid(screen.now)
    both = merged(screen, DeviceBox(Cedrus(device), SIDES, screen.now))
    both.load({"cross": Cross(0.5)})
    both.tone()
    device.press(6, 0.5)
    step = Step(name="labels", cycle=(("cross",),), until="answer", limit=2.0, answers=True)
    trace = loop.run(both, [step], Response(keys=("left", "right")), (), lambda _: None)
    assert trace.answer is not None
    assert trace.answer.key == "right"
    assert abs(trace.answer.time - 0.5) <= trace.answer.uncertainty_s
    assert trace.flips["labels"][-1] < 0.6


def test_without_a_box_the_screen_stays_as_it_is() -> None:
    screen = VirtualScreen(Nobody(), 100)
    box = open_box(BoxSettings(), {}, screen.now)
    assert isinstance(box, NoBox)
    assert merged(screen, box) is screen
    assert box.presses() == []
    assert box.facts() == {"kind": "none"}


def test_a_mock_box_can_be_opened_like_any_other(clock: Clock) -> None:
    box = open_box(BoxSettings(kind="mock"), SIDES, clock.now)
    assert box.key_clock == "mock box, device time"
    assert box.facts()["map"] == SIDES


# Opening real ones, which are not here


def test_a_vendor_library_that_is_missing_is_named(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyxid2", None)
    monkeypatch.setitem(sys.modules, "pypixxlib", None)
    with pytest.raises(BadInput, match=r"^response_box, kind cedrus: needs pyxid2, which is not installed; install it"):
        open_box(BoxSettings(kind="cedrus"), SIDES, clock.now)
    with pytest.raises(BadInput, match=r"^response_box, kind vpixx: needs pypixxlib, which is not installed; it comes"):
        open_box(BoxSettings(kind="vpixx"), COLOURED, clock.now)


@pytest.fixture
def pyxid2(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The vendor's library, with no box connected."""
    library = SimpleNamespace(get_xid_devices=list)
    monkeypatch.setitem(sys.modules, "pyxid2", library)
    return library


def test_the_box_of_the_number_is_opened_and_others_are_named(clock: Clock, pyxid2: SimpleNamespace) -> None:
    with pytest.raises(BadInput, match=r"^response_box, number: 0 is not there; connected \(counted from 0\): none$"):
        open_box(BoxSettings(kind="cedrus"), SIDES, clock.now)
    tracker = SimpleNamespace(is_response_device=lambda: False, device_name="Cedrus StimTracker")
    pyxid2.get_xid_devices = lambda: [tracker, MockXid(clock.now, spend=clock.spend)]
    assert open_box(BoxSettings(kind="cedrus"), SIDES, clock.now).key_clock == "mock box, device time"
    with pytest.raises(BadInput, match=r"number: 1 is not there; connected \(counted from 0\): mock box$"):
        attached_xid(pyxid2, 1)


def test_a_box_that_cannot_be_opened_is_told_in_one_line(clock: Clock, pyxid2: SimpleNamespace) -> None:
    def fail() -> None:
        raise RuntimeError("the driver\nis busy")

    pyxid2.get_xid_devices = fail
    with pytest.raises(BadInput, match=r"^response_box: cannot be opened \(the driver is busy\); see that it is conn"):
        open_box(BoxSettings(kind="cedrus"), SIDES, clock.now)


def test_a_box_whose_clock_does_not_answer_is_refused(clock: Clock) -> None:
    device = MockXid(clock.now)
    device.unplugged = True
    with pytest.raises(BadInput, match=r"^response_box: does not answer \(mock box: DEVICE_NOT_FOUND\); see that it"):
        DeviceBox(Cedrus(device), SIDES, clock.now)


def test_a_vpixx_device_that_is_off_is_refused(clock: Clock) -> None:
    with pytest.raises(
        BadInput, match=r"^response_box: no VPixx device answers; switch it on and connect its USB cable"
    ):
        vpixx(clock, ready=False)


def test_a_press_that_garbles_one_reading_of_the_clock_does_no_harm(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    box, device = cedrus(clock)
    right, calls = device.query_timer, iter(range(100))

    def garbled() -> int:
        number = next(calls)
        if number == 2:
            raise ValueError("unpack requires a buffer of 7 bytes")
        return 1_800_000_000 if number == 4 else right()

    monkeypatch.setattr(device, "query_timer", garbled)
    clock.spend(AGAIN_S)
    box.sync()
    assert box.failed is None
    at = clock.time
    device.press(0, at)
    clock.spend(0.1)
    (found,) = box.presses()
    assert abs(found.time - at) <= found.uncertainty_s < 0.006
