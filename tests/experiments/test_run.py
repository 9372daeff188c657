"""Whole sessions in a real PsychoPy window, before a robot that presses real keys, watched from outside."""

import json
import os
import re
import signal
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from askew.command import main
from askew.sidecar import Sidecar
from askew.study import Study
from askew_experiments.derive import trials_of
from askew_experiments.journal import journals, read_journal, status
from askew_stimuli.picture import Picture, read_manifest, write_manifest
from tests.experiments.kit.drawn import make_study
from tests.experiments.kit.keys import Keys
from tests.experiments.kit.photodiode import Framebuffer, photodiode
from tests.experiments.kit.robot import FIXATION, IMAGE, LABELS, MASK, Line, Robot
from tests.experiments.kit.waiting import until
from tests.experiments.kit.xserver import Display, end, end_with_parent, xserver

PROTOCOL = f"""
schema = 1
name = "quick"
group = "40ms"
interval_ms = 200
[design]
labels = 2
[[phase]]
name = "fixation"
show = ["fixation"]
ms = 100
trigger = {FIXATION}
[[phase]]
name = "image"
show = ["image"]
ms = 40
tolerance_ms = 2
trigger = {IMAGE}
[[phase]]
name = "mask"
show = ["mask"]
ms = 60
trigger = {MASK}
[[phase]]
name = "labels"
show = ["labels"]
until = "answer"
trigger = {LABELS}
[response]
keys = ["left", "right"]
anticipation_ms = 0  # a robot is quicker than people
[practice]
trials = 2
[breaks]
every = 4
least_s = 0.2
[display]
hz = [100]
image_deg = 6
patch = "bottom-left"
patch_px = 40
[consent]
version = "7"
"""
LAB = """
[display]
width_cm = 33.8
distance_cm = 57
size_px = [1280, 800]
hz = 100
[triggers]
port = "serial"
address = "{address}"
pulse_ms = 0
"""
TRY = "a test without a real display"
JOURNAL = "sub-01_ses-01/journal.jsonl"


class Lab:
    """A study, a display, and one session in a process of its own."""

    def __init__(self, study: Path, display: Display, keys: Keys) -> None:
        self.study, self.display, self.keys = study, display, keys
        self.line = Line()
        (study / "lab.toml").write_text(LAB.format(address=self.line.path))
        (study / "protocols").mkdir(exist_ok=True)
        (study / "protocols" / "quick.toml").write_text(PROTOCOL)
        self.journal = study / "sessions" / JOURNAL

    @contextmanager
    def running(self, *words: str) -> Iterator["subprocess.Popen[str]"]:
        command = [sys.executable, "-m", "askew", "session", words[0], str(self.study), "--paced", "100", *words[1:]]
        process = subprocess.Popen(
            command,
            env={**os.environ, "DISPLAY": self.display.name},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509  no threads here
        )
        try:
            yield process
        finally:
            end(process)
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()

    def run(self, *words: str) -> Any:
        return self.running("run", "--protocol", "quick", "--participant", "01", "--override", TRY, *words)

    def robot(self, wrong: Callable[[int], bool] = lambda _: False) -> Robot:
        return Robot(self.journal, self.line, self.keys, wrong)

    @property
    def records(self) -> list[dict[str, Any]]:
        return read_journal(self.journal)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in self.records if record["type"] == kind]


@pytest.fixture(scope="module")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Display]:
    with xserver(tmp_path_factory.mktemp("x")) as shown:
        yield shown


@pytest.fixture
def lab(tmp_path: Path, display: Display) -> Iterator[Lab]:
    study = tmp_path / "study"
    make_study(study, side=200)
    assert main(["stimuli", "masks", str(study), "--kind", "pink"]) == 0
    with Keys(display.name) as keys:
        made = Lab(study, display, keys)
        yield made
        made.line.close()


def over(process: "subprocess.Popen[str]") -> Callable[[], bool]:
    return lambda: process.poll() is not None


def test_a_whole_session_full_screen(lab: Lab, tmp_path: Path) -> None:
    robot = lab.robot(wrong=lambda index: index % 3 == 0)
    shots: dict[int, Path] = {}

    def shoot(code: int, last: dict[str, Any]) -> bool:
        if last.get("type") == "begin" and code not in shots:
            shots[code] = tmp_path / f"{code}.png"
            Framebuffer(lab.display.framebuffer).screenshot(shots[code])
        return False

    robot.at = shoot
    _, height = Framebuffer(lab.display.framebuffer).size
    with photodiode(lab.display.framebuffer, 20, height - 20) as diode, lab.run() as process:
        robot.check_keys()
        robot.sit(over(process))
        out, err = process.communicate(timeout=30)
        assert process.returncode == 0, err
        changes = diode.changes()
    assert "complete, " in out
    plan, trials = lab.records[0], lab.of("trial")
    assert [trial["index"] for trial in trials] == [trial["index"] for trial in plan["trials"]]
    for planned, trial in zip(plan["trials"], trials, strict=True):
        wanted = (
            planned["truth"] if planned["index"] % 3 else next(x for x in planned["offered"] if x != planned["truth"])
        )
        assert (trial["choice"], trial["verdict"], trial["attempt"]) == (wanted, "ok", 1)
        assert trial["rt_source"].startswith("onset of labels; ")
    assert [record["type"] for record in lab.records if record["type"] in {"plan", "start", "consent", "end"}] == [
        *("plan", "start", "consent", "end")
    ]
    begun = lab.of("start")[0]
    assert begun["override"] == TRY
    wrong = {check["code"] for check in begun["checks"] if check["ok"] is False}
    # A busy machine is also no steady display.
    assert {"renderer", "pacing"} <= wrong <= {"renderer", "pacing", "refresh", "rate", "rate-allowed", "exposure"}
    assert begun["frames"] == {"fixation": 10, "image": 4, "mask": 6}
    assert begun["versions"].keys() >= {"askew", "python", "psychopy", "pyglet"}
    assert [code for _, code in lab.line.codes if code != FIXATION].count(IMAGE) == len(trials), "practice sends none"
    _check_from_outside(changes, [*lab.of("practice"), *trials])
    tables = list(Study.open(lab.study).trials())
    assert tables == trials_of(lab.records, lab.journal)
    assert {trial.kind for trial in tables} == {"human"}
    assert sorted(shots) == [FIXATION, IMAGE, MASK, LABELS]


def _check_from_outside(changes: list[tuple[float, tuple[int, int, int]]], trials: list[dict[str, Any]]) -> None:
    """What a photodiode saw of the patch is what the journal says of the pictures."""
    lit = [(later - at) * 1000 for (at, colour), (later, _) in pairwise(changes) if colour == (255, 255, 255)]
    assert len(lit) == len(trials)
    off = [seen - trial["achieved_ms"] for seen, trial in zip(lit, trials, strict=True)]
    assert abs(statistics.median(off)) < 1.0
    for seen, trial in zip(lit, trials, strict=True):
        # A picture that stood a frame too long is flagged; one that is not flagged stood as long as it should.
        assert trial["timing_valid"] is (abs(trial["achieved_ms"] - 40.0) < 5.0)
        assert trial["frames_planned"]["image"] == len(trial["flips"]["image"]) == 4
        assert abs(seen - trial["achieved_ms"]) < 8.0


def test_kill_and_escape_in_a_window_lose_nothing(lab: Lab) -> None:
    robot = lab.robot()
    done: set[str] = set()

    with lab.run("--windowed") as process:

        def kill(code: int, last: dict[str, Any]) -> bool:
            if code == IMAGE and last.get("type") == "begin" and last["index"] == 3:
                process.send_signal(signal.SIGKILL)
                return True
            return False

        robot.at = kill
        robot.check_keys()
        robot.sit(over(process))
    assert [trial["index"] for trial in lab.of("trial")] == [1, 2]
    assert status(lab.records) == "unfinished"

    with lab.running("resume", "--windowed", "--override", TRY) as process:

        def escape(code: int, last: dict[str, Any]) -> bool:
            if code == FIXATION and last.get("type") == "begin" and last["index"] == 5 and "escaped" not in done:
                done.add("escaped")
                robot.press("Escape")
                until(lambda: robot.records()[-1]["type"] == "pause", "the pause")
                robot.press("Escape")
                return True
            return False

        robot.at = escape
        before = len(lab.records)
        for name in robot._until(lambda: len(robot.records()) > before, ("Left", "Right")):
            robot.press(name)
        robot.sit(over(process))
        out, err = process.communicate(timeout=30)
    assert process.returncode == 1, err
    assert "stopped after 4 of " in out
    assert f"askew session resume {lab.study} --session sub-01_ses-01" in out

    with lab.running("resume", "--windowed", "--override", TRY) as process:
        robot.at = lambda code, last: False
        before = len(lab.records)
        for name in robot._until(lambda: len(robot.records()) > before, ("Left", "Right")):
            robot.press(name)
        robot.sit(over(process))
        out, err = process.communicate(timeout=30)
        assert process.returncode == 0, err
    trials = lab.of("trial")
    assert [trial["index"] for trial in trials] == [*range(1, len(lab.records[0]["trials"]) + 1)]
    assert (trials[2]["attempt"], trials[2]["seen_before"], trials[2]["timing_valid"]) == (2, True, False)
    assert trials[4]["attempt"] == 2
    assert len(lab.of("resume")) == 2


def test_a_frame_that_is_forced_to_be_late_is_seen_and_flagged(lab: Lab) -> None:
    robot = lab.robot()
    with lab.run() as process:

        def freeze(code: int, last: dict[str, Any]) -> bool:
            if code == IMAGE and last.get("type") == "begin" and last["index"] == 2:
                process.send_signal(signal.SIGSTOP)
                lab.line.read(0.08)  # nothing can come while it stands still: eight frames pass
                process.send_signal(signal.SIGCONT)
            return False

        robot.at = freeze
        robot.check_keys()
        robot.sit(over(process))
    second = lab.of("trial")[1]
    assert second["achieved_ms"] > 80
    assert second["frames_flipped"]["image"] > 7
    assert second["late"] >= 1
    assert second["timing_valid"] is False
    assert main(["session", "qc", str(lab.study)]) == 1


def test_a_run_that_the_system_ends_gives_the_window_back_and_says_how_to_go_on(lab: Lab) -> None:
    robot = lab.robot()
    with lab.run() as process:

        def end(code: int, last: dict[str, Any]) -> bool:
            if code == IMAGE and last.get("type") == "begin" and last["index"] == 3:
                process.send_signal(signal.SIGTERM)
            return False

        robot.at = end
        robot.check_keys()
        robot.sit(over(process))
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (1, "")
    assert "stopped after 2 of 9 trials, all of them saved" in out
    assert f"askew session resume {lab.study} --session sub-01_ses-01" in out
    assert lab.records[-1]["said"] == "the run was stopped"


def test_words_that_cannot_be_written_are_refused_before_a_session_begins(lab: Lab) -> None:
    manifest = lab.study / "stimuli" / "manifest.csv"
    pictures = [{name: getattr(picture, name) for name in Picture.__slots__} for picture in read_manifest(manifest)]
    foreign = [Picture(**{**values, "alt_label": f"鏡 {values['alt_label']}"}) for values in pictures]
    write_manifest(manifest, foreign, Sidecar())
    with lab.run() as process:
        turn = 0
        while process.poll() is None:
            lab.keys.press(("Left", "Right")[turn % 2])
            turn += 1
            lab.line.read(0.1)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.count("\n")) == (1, "", 1)
    assert 'which the font Noto Sans lacks; name a font of this computer that has it: font = "..." in [display]' in err
    assert [path.name for path in (lab.study / "sessions").iterdir() if path.is_dir()] == []
    protocol = lab.study / "protocols" / "quick.toml"
    protocol.write_text(PROTOCOL.replace("[display]", '[display]\nfont = "No Such Font"'))
    with lab.run() as process:
        _, err = process.communicate(timeout=60)
    assert err == "askew session run: font 'No Such Font' is not on this computer; install it, or name one that is\n"


def test_without_a_reason_a_bad_display_is_refused_and_nothing_begins(lab: Lab) -> None:
    with lab.running("run", "--protocol", "quick", "--participant", "01") as process:
        turn = 0
        while process.poll() is None:
            lab.keys.press(("Left", "Right")[turn % 2])
            turn += 1
            lab.line.read(0.1)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert err.count("\n") == 1
    assert ") renderer: llvmpipe" in err
    assert ") pacing: flips are paced at 100 Hz" in err
    assert "To go on nevertheless, give --override and a reason, which is recorded" in err
    assert not (lab.study / "sessions").exists() or not list((lab.study / "sessions").iterdir())


def test_a_keyboard_that_says_nothing_is_refused(lab: Lab) -> None:
    with lab.running("run", "--protocol", "quick", "--participant", "01") as process:
        while process.poll() is None:
            lab.keys.press("Escape")  # gives up on the keys that are asked for
            lab.line.read(0.2)
        process.communicate(timeout=30)
    assert process.returncode == 1
    with lab.running("preflight", "--protocol", "quick", "--json") as process:
        while process.poll() is None:
            lab.keys.press("Escape")
            lab.line.read(0.2)
        out, _ = process.communicate(timeout=30)
    checks = {check["code"]: check for check in json.loads(out)["checks"]}
    assert checks["keyboard"]["said"].startswith("nothing was heard of the keys left, right")
    assert process.returncode == 1


def test_two_programs_cannot_run_one_session(lab: Lab) -> None:
    robot = lab.robot()
    with lab.run("--windowed") as first:
        robot.check_keys()
        until(robot.records, "the plan")
        with lab.running("resume", "--session", "sub-01_ses-01", "--override", TRY) as second:
            _, err = second.communicate(timeout=60)
        assert second.returncode == 1
        assert err.count("\n") == 1
        assert str(first.pid) in err
        robot.sit(over(first))
        _, err = first.communicate(timeout=30)
        assert first.returncode == 0, err
    assert status(lab.records) == "complete"


def test_the_code_is_asked_for_on_the_screen(lab: Lab) -> None:
    robot = lab.robot()
    with lab.running("run", "--protocol", "quick", "--override", TRY) as process:
        while not robot.journal.exists() and process.poll() is None:
            for name in ("0", "1", "Return", "Left", "Right"):
                lab.keys.press(name)
            lab.line.read(0.2)
            if [*journals(lab.study)]:
                robot.journal = journals(lab.study)[0]
        robot.sit(over(process))
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    (journal,) = journals(lab.study)
    assert re.fullmatch("sub-[01]+_ses-01", journal.parent.name)  # as many digits as the window was quick to hear
