"""A light sensor's log beside a journal: what was planted in both is recovered, and nonsense is refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from askew.errors import BadInput
from askew_experiments.plan import Plan, ProtocolFacts
from askew_experiments.sensor import NOT_MEASURED, SensorReport, merge

PROTOCOL = """
schema = 1
name = "short"
group = "{ms}ms"
[design]
labels = 2
[[phase]]
name = "fixation"
show = ["fixation"]
ms = 100
[[phase]]
name = "image"
show = ["image"]
ms = 40
[[phase]]
name = "labels"
show = ["labels"]
until = "answer"
[response]
keys = ["left", "right"]
"""
PERIOD_MS = 10.0


def plan() -> dict[str, Any]:
    facts = ProtocolFacts(name="short", sha256="0" * 64, text=PROTOCOL)
    numbers: dict[str, Any] = {"seed": 0, "stream": "short", "number": 0, "part": 0}
    made = Plan(
        study="s", participant="sub-01", session="ses-01", simulated=False, protocol=facts, trials=(), **numbers
    )
    return {"type": "plan", **made.record()}


def trial(index: int, began_s: float, frames: int = 4) -> dict[str, Any]:
    """A trial of a display at 100 Hz: fixation, a picture for so many frames, labels."""
    image, labels = 100.0, 100.0 + frames * PERIOD_MS
    flips = {
        "fixation": [PERIOD_MS * frame for frame in range(10)],
        "image": [image + PERIOD_MS * frame for frame in range(frames)],
        "labels": [labels + PERIOD_MS * frame for frame in range(30)],
    }
    return {
        "type": "trial",
        "index": index,
        "attempt": 1,
        "began_s": began_s,
        "requested_ms": 40.0,
        "achieved_ms": labels - image,
        "flips": flips,
    }


@dataclass
class Truth:
    """A session and its log, made of a truth: light comes on `delay` after the flip, on a clock that is off."""

    random: Random
    offset_ms: float = 123_456.7
    drift: float = 60e-6
    jitter_ms: float = 0.2
    bright_ms: float = 38.5  # a screen's light rises and falls, and the sensor has a threshold
    records: list[dict[str, Any]] = field(default_factory=lambda: [plan(), {"type": "start"}])
    onsets: list[float] = field(default_factory=list)  # on the session's clock

    def run(self, trials: int, began_s: float = 100.0) -> None:
        """Trials at the pace of a participant, from a time of the run's clock."""
        for _ in range(trials):
            index = sum(record["type"] == "trial" for record in self.records) + 1
            self.records.append(trial(index, round(began_s, 6)))
            self.onsets.append(began_s * 1000 + 100)
            began_s += 2 + self.random.expovariate(1.0)

    def flashes(self) -> list[tuple[float, float]]:
        """What the sensor logs."""
        found = []
        for onset in self.onsets:
            there = self.there(onset) + self.random.gauss(0, self.jitter_ms)
            found.append((there, there + self.bright_ms + self.random.gauss(0, 0.1)))
        return found

    def there(self, ms: float) -> float:
        return self.offset_ms + ms * (1 + self.drift)


@pytest.fixture
def truth() -> Truth:
    return Truth(Random(7))


def written(path: Path, flashes: Sequence[tuple[float, float | None]]) -> Path:
    rows = [f"{onset:.3f},{'' if offset is None else f'{offset:.3f}'}" for onset, offset in sorted(flashes)]
    path.write_text("\n".join(["onset_ms,offset_ms", *rows]) + "\n", encoding="utf-8")
    return path


def report_of(truth: Truth, path: Path, flashes: Sequence[tuple[float, float | None]]) -> SensorReport:
    return merge(truth.records, written(path / "sensor.csv", flashes))


def test_offset_drift_jitter_and_durations_are_recovered(truth: Truth, tmp_path: Path) -> None:
    truth.run(300)
    found = report_of(truth, tmp_path, truth.flashes())
    (clock,) = found.clocks
    assert clock.matched == len(found.trials) == 300
    assert found.missed == ()
    assert found.extra == 0
    assert clock.drift_ppm == pytest.approx(60, abs=0.2)
    middle = sum(truth.onsets) / 300
    assert clock.offset_ms == pytest.approx(truth.there(middle) - middle, abs=0.05)
    assert clock.jitter_ms == pytest.approx(0.2, rel=0.15)
    assert {round(each.luminance_ms or 0) for each in found.trials} <= {38, 39}
    assert sum(each.off_ms or 0 for each in found.trials) / 300 == pytest.approx(-1.5, abs=0.05)
    assert max(abs(each.lag_ms) for each in found.trials) < 1
    assert found.disagree == found.shifted == ()
    assert found.period_ms == PERIOD_MS
    assert found.said == (
        "luminance measured by a light sensor in 300 of 300 trials; "
        "time stamps agree with it to half a frame in 300 of them"
    )


@pytest.mark.parametrize("seed", range(20))
def test_missed_and_strange_flashes_do_not_mislead(tmp_path: Path, seed: int) -> None:
    truth = Truth(Random(seed), drift=400e-6 if seed % 2 else -400e-6, jitter_ms=1.0)
    truth.run(120)
    flashes = truth.flashes()
    missed = sorted(truth.random.sample(range(120), 30))
    kept = [flash for place, flash in enumerate(flashes) if place not in missed]
    # Strange ones stand apart: two flashes at the same time would be one.
    taken = [onset for onset, _ in flashes]
    strange: list[float] = []
    while len(strange) < 40:
        at = truth.there(1000 * truth.random.uniform(90, 500))
        if all(abs(at - other) > 200 for other in taken):
            strange.append(at)
            taken.append(at)
    found = report_of(truth, tmp_path, [*kept, *((at, at + 5) for at in strange)])
    assert found.missed == tuple(place + 1 for place in missed)
    assert found.extra == 40
    assert found.clocks[0].drift_ppm == pytest.approx(truth.drift * 1e6, abs=6)
    assert all(abs(each.luminance_ms - 38.5) < 1 for each in found.trials if each.luminance_ms)


def test_frames_that_software_did_not_see_late_are_found(truth: Truth, tmp_path: Path) -> None:
    truth.run(100)
    flashes = truth.flashes()
    flashes[9] = (flashes[9][0] + 10, flashes[9][1] + 10)  # a frame later than the stamp says
    flashes[19] = (flashes[19][0], flashes[19][1] + 10)  # a frame longer
    found = report_of(truth, tmp_path, flashes)
    assert found.shifted == (10,)
    assert found.disagree == (20,)
    assert found.trials[9].lag_ms == pytest.approx(10, abs=1)
    assert "agree with it to half a frame in 98 of them" in found.said


def test_a_log_of_edges_says_the_same_as_one_of_flashes(truth: Truth, tmp_path: Path) -> None:
    truth.run(40)
    flashes = truth.flashes()
    edges = [f"{at:.3f},{name}" for flash in flashes for at, name in zip(flash, ("Rising", "falling"), strict=True)]
    path = tmp_path / "edges.csv"
    path.write_text("\n".join(["time_ms,event,channel", *(f"{edge},1" for edge in edges)]), encoding="utf-8")
    assert merge(truth.records, path).trials == report_of(truth, tmp_path, flashes).trials


def test_an_edge_that_was_lost_leaves_the_duration_unknown(truth: Truth, tmp_path: Path) -> None:
    truth.run(10)
    flashes = truth.flashes()
    edges = [(at, name) for flash in flashes for at, name in zip(flash, ("rising", "falling"), strict=True)]
    del edges[3]  # the end of the second
    del edges[7]  # the beginning of the fifth
    path = tmp_path / "edges.csv"
    path.write_text("\n".join(["time_ms,event", *(f"{at:.3f},{name}" for at, name in edges)]), encoding="utf-8")
    found = merge(truth.records, path)
    assert found.trials[1].luminance_ms is None
    assert found.trials[1].off_ms is None
    assert found.missed == (5,)
    assert found.disagree == ()


def test_a_screen_that_is_bright_once_a_frame_is_one_flash_a_picture(truth: Truth, tmp_path: Path) -> None:
    truth.run(30)
    strobes = [
        (onset + PERIOD_MS * frame, onset + PERIOD_MS * frame + 1.5)
        for onset, _ in truth.flashes()
        for frame in range(4)
    ]
    found = report_of(truth, tmp_path, strobes)
    assert found.flashes == 30
    assert {round(each.luminance_ms or 0, 1) for each in found.trials} == {31.5}


def test_each_run_of_the_program_has_a_clock_of_its_own(truth: Truth, tmp_path: Path) -> None:
    truth.run(20)
    first = truth.flashes()
    truth.records.append({"type": "resume"})
    truth.onsets = []
    truth.run(20, began_s=3.0)
    truth.offset_ms += 600_000  # the program's clock began anew, the sensor's went on
    second = truth.flashes()
    found = report_of(truth, tmp_path, [*first, *second])
    assert [(clock.run, clock.matched) for clock in found.clocks] == [(1, 20), (2, 20)]
    assert found.clocks[1].offset_ms - found.clocks[0].offset_ms == pytest.approx(600_000, abs=20)
    assert [each.index for each in found.trials] == list(range(1, 41))
    only_one = report_of(truth, tmp_path, second)
    assert only_one.missed == tuple(range(1, 21))
    assert only_one.said.startswith("luminance measured by a light sensor in 20 of 40 trials")


def test_practice_helps_to_match_but_is_not_reported(truth: Truth, tmp_path: Path) -> None:
    truth.run(12)
    for record in truth.records[2:6]:
        record["type"] = "practice"
    found = report_of(truth, tmp_path, truth.flashes())
    assert found.clocks[0].matched == 12
    assert [each.index for each in found.trials] == list(range(5, 13))
    assert found.extra == 0


def test_the_log_of_another_session_is_refused(truth: Truth, tmp_path: Path) -> None:
    truth.run(60)
    other = Truth(Random(99))
    other.run(60)
    with pytest.raises(
        BadInput, match=r"has 60 flashes that match none of the 60 onsets of journal; is it another"
    ) as raised:
        report_of(truth, tmp_path, other.flashes())
    assert "\n" not in str(raised.value)


def test_onsets_that_come_too_regularly_are_not_guessed(truth: Truth, tmp_path: Path) -> None:
    for index in range(1, 41):
        truth.records.append(trial(index, 3.0 * index))
    flashes = [(500 + 3000.0 * number, 540 + 3000.0 * number) for number in range(42)]
    with pytest.raises(BadInput, match="match the session in several ways, for they come too regularly"):
        report_of(truth, tmp_path, flashes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no rows, but a sensor's log has the columns onset_ms, offset_ms or time_ms, event"),
        ("onset_ms,offset_ms\n", "has no rows, but"),
        ("begin,end\n1,2\n", "has begin, end, but a sensor's log has the columns"),
        ("onset_ms,offset_ms\n1,2\n30,40\n", "has 2 flashes, too few to match; give the log of a whole session"),
        ("onset_ms,offset_ms\n1,2\nsoon,40\n", r"line 3, onset_ms: 'soon' is not a number; give milliseconds"),
        (
            'onset_ms,offset_ms\n1,2\n"3,5",40\n',
            r"line 3, onset_ms: '3,5' is not a number \(write the decimal point as '.'\)",
        ),
        ("onset_ms,offset_ms\n1,2\nnan,40\n", "line 3, onset_ms: 'nan' is not a number"),
        ("onset_ms,offset_ms\n1,2\n30,20\n", "line 3, offset_ms: 20 is not after the onset, 30"),
        ("onset_ms,offset_ms\n1,2\n30,40\n20,25\n", "line 4, onset_ms: 20 is not after 30, the time before it"),
        ("onset_ms,offset_ms\n1,9\n5,40\n60,70\n", "line 3, onset_ms: 5 is before the end of the flash before it"),
        ("onset_ms,offset_ms\n1,2,3\n", "line 2: has more or fewer cells than the header"),
        ("onset_ms,offset_ms\n1\n", "line 2: has more or fewer cells than the header"),
        ('onset_ms,offset_ms\n"1,2\n', r"is no row of a CSV file"),
        ("time_ms,event\n1,rising\n2,sinking\n", "line 3, event: 'sinking' is neither rising nor falling"),
        ("time_ms,event\n1,rising\n1,falling\n", "line 3, time_ms: 1 is not after 1"),
    ],
)
def test_a_log_that_is_none_is_refused_in_one_line(truth: Truth, tmp_path: Path, text: str, message: str) -> None:
    truth.run(5)
    path = tmp_path / "sensor.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=message) as raised:
        merge(truth.records, path)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_a_log_that_is_not_there_or_no_text_is_refused(truth: Truth, tmp_path: Path) -> None:
    truth.run(5)
    with pytest.raises(BadInput, match="there is no such log"):
        merge(truth.records, tmp_path / "none.csv")
    (tmp_path / "raw.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="is not UTF-8 text"):
        merge(truth.records, tmp_path / "raw.csv")


def test_a_journal_without_trials_or_without_their_times_is_refused(truth: Truth, tmp_path: Path) -> None:
    log = written(tmp_path / "sensor.csv", [(1, 2), (30, 40), (50, 60)])
    with pytest.raises(BadInput, match="journal: has no trial that a sensor could have seen"):
        merge(truth.records, log)
    truth.run(5)
    del truth.records[-1]["began_s"]
    with pytest.raises(BadInput, match="journal: its trials lack began_s, as of an older askew"):
        merge(truth.records, log)


def test_without_a_log_nothing_is_claimed() -> None:
    assert NOT_MEASURED == "software time stamps; luminance not measured"
