"""Eye tracking: PsychoPy's ioHub itself with its simulated tracker, and a stand-in for what a real one would refuse."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from askew.errors import BadInput
from askew_experiments import eyes
from askew_experiments.attached import EyeSettings
from askew_experiments.displays import Lab
from askew_experiments.eyes import HubTracker, NoTracker, open_tracker
from tests.experiments.kit.xserver import xserver

PATIENCE_S = 120  # a machine that is busy with other things starts ioHub slowly


class Hub:
    """Stands in for ioHub's connection: keeps what it is told, answers what the test says."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.answers: dict[str, Any] = {}
        self.timeouts: list[float | None] = []
        self.udp_client = SimpleNamespace(sock=SimpleNamespace(settimeout=self.timeouts.append))
        self._server_process = SimpleNamespace(kill=lambda: self.calls.append("kill"))

    def getDevice(self, name: str) -> "Hub":  # noqa: N802
        assert name == "tracker"
        return self

    def setRecordingState(self, on: bool) -> Any:  # noqa: N802
        return self._answer("record" if on else "stop", on)

    def runSetupProcedure(self) -> Any:  # noqa: N802
        return self._answer("calibrate", {})

    def cacheMessageEvent(self, text: str, category: str, sec_time: float) -> None:  # noqa: N802
        self.calls.append((text, category, sec_time))

    def flushDataStoreFile(self) -> Any:  # noqa: N802
        return self._answer("flush", ["RPC_RESULT"])

    def quit(self) -> Any:
        return self._answer("quit", None)

    def _answer(self, what: str, usual: Any) -> Any:
        self.calls.append(what)
        answer = self.answers.get(what, usual)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Clock:
    """The screen's clock; ioHub's is 100 s ahead of it."""

    def __init__(self) -> None:
        self.time = 7.0

    def now(self) -> float:
        return self.time

    def there(self) -> float:
        return self.time + 100


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tracker(hub: Hub, clock: Clock) -> HubTracker:
    return HubTracker(hub, clock.there, clock.now, "tobii", Path("gaze-1.hdf5"))


def test_nothing_is_asked_of_another_process_until_the_trial_is_over(
    hub: Hub, clock: Clock, tracker: HubTracker
) -> None:
    tracker.start("trial 3")
    begun = [*hub.calls]
    clock.time = 7.5
    tracker.message("trial 3 image 40")
    clock.time = 8.0
    assert hub.calls == begun == ["record"]
    tracker.stop()
    assert hub.calls[1:] == [
        "stop",
        ("trial 3 start", "askew", 107.0),
        ("trial 3 image 40", "askew", 107.5),
        "flush",
    ]
    tracker.start("trial 4")
    tracker.stop()
    assert hub.calls[-2] == ("trial 4 start", "askew", 108.0)
    assert tracker.facts() == {
        "kind": "tobii",
        "file": "gaze-1.hdf5",
        "trials": 2,
        "messages": 3,
        "ahead_s": 100.0,
        "drift_ms": 0.0,
        "failed": None,
    }


def test_a_text_is_cut_to_what_the_file_holds(hub: Hub, tracker: HubTracker) -> None:
    tracker.start("trial 1")
    tracker.message("x" * 200)
    tracker.stop()
    assert hub.calls[3][0] == "x" * 128


@pytest.mark.parametrize(
    ("what", "answer", "said"),
    [
        ("record", None, "start of recording: ioHub did not answer"),
        ("record", False, "did not begin to record trial 1"),
        ("record", RuntimeError("no\ncamera"), "start of recording: no camera"),
        ("stop", None, "end of recording: ioHub did not answer"),
        ("flush", None, "saving: ioHub did not answer"),
    ],
)
def test_a_tracker_that_fails_is_noted_once_and_asked_no_more(
    hub: Hub, tracker: HubTracker, what: str, answer: Any, said: str
) -> None:
    hub.answers[what] = answer
    tracker.start("trial 1")
    tracker.stop()
    assert tracker.failed == said
    del hub.answers[what]
    before = [call for call in hub.calls if isinstance(call, str)]
    tracker.start("trial 2")
    tracker.message("trial 2 image")
    tracker.stop()
    tracker.calibrate()
    assert [call for call in hub.calls if isinstance(call, str)] == before
    assert tracker.facts()["failed"] == said
    assert tracker.facts()["messages"] == 0
    tracker.close()
    assert hub.calls[-2:] == ["kill", "quit"]  # a process that hangs would be waited for without end


def test_a_calibration_takes_its_time_and_everything_else_has_an_end(hub: Hub, tracker: HubTracker) -> None:
    tracker.calibrate()
    assert hub.calls == ["calibrate"]
    assert hub.timeouts == [eyes.ANSWER_S, None, eyes.ANSWER_S]


def test_a_tracker_that_cannot_be_closed_ends_no_session(hub: Hub, tracker: HubTracker) -> None:
    hub.answers["quit"] = RuntimeError("gone")
    tracker.close()
    assert tracker.failed == "gone"


def test_without_a_tracker_everything_is_taken(tmp_path: Path) -> None:
    tracker = open_tracker(EyeSettings(), {}, lambda: 0.0, tmp_path)
    assert isinstance(tracker, NoTracker)
    tracker.calibrate()
    tracker.start("trial 1")
    tracker.message("trial 1 image")
    tracker.stop()
    tracker.close()
    assert tracker.facts() == {"kind": "none"}
    assert list(tmp_path.iterdir()) == []


def test_iohub_is_told_the_screen_and_the_next_file_and_listens_to_no_keyboard(tmp_path: Path) -> None:
    (tmp_path / "gaze-1.hdf5").touch()
    path = eyes._next_file(tmp_path)
    assert path == tmp_path / "gaze-2.hdf5"
    lab = Lab(width_cm=52, distance_cm=90, size_px=(1920, 1080), hz=100, screen=1)
    config = eyes._config("sr_research", {"runtime_settings": {"sampling_rate": 1000}}, path, lab)
    display, *others = config["monitor_devices"]
    assert display["Display"] == {
        "reporting_unit_type": "pix",
        "device_number": 1,
        "physical_dimensions": {"width": 520.0, "height": 292.5, "unit_type": "mm"},
        "default_eye_distance": {"surface_center": 900.0, "unit_type": "mm"},
    }
    assert [*others[-1]] == ["eyetracker.hw.sr_research.eyelink.EyeTracker"]
    assert next(iter(others[-1].values()))["runtime_settings"] == {"sampling_rate": 1000}
    assert "Keyboard" not in {name for device in config["monitor_devices"] for name in device}
    assert config["data_store"]["filename"] == "gaze-2"


def test_two_sessions_on_one_machine_have_an_iohub_each(tmp_path: Path) -> None:
    configs = [eyes._config("mouse", {}, tmp_path / "gaze-1.hdf5", None) for _ in range(2)]
    assert configs[0]["udp_port"] != configs[1]["udp_port"]


@pytest.mark.parametrize(
    ("kind", "package"),
    [
        ("sr_research", "psychopy-eyetracker-sr-research"),
        ("tobii", "psychopy-eyetracker-tobii"),
        ("gazepoint", "psychopy-eyetracker-gazepoint"),
        ("pupil_labs", "psychopy-eyetracker-pupil-labs"),
    ],
)
def test_a_vendor_package_that_is_missing_is_named(tmp_path: Path, kind: Any, package: str) -> None:
    with pytest.raises(
        BadInput, match=rf"^eyetracker, kind {kind}: needs .*, which is not installed; pip install {package}"
    ):
        open_tracker(EyeSettings(kind=kind), {}, lambda: 0.0, tmp_path)
    assert list(tmp_path.iterdir()) == []


# With ioHub itself, in a process of its own: PsychoPy must find nobody's home folder

RECORD = """
import json, sys, time
from pathlib import Path
from askew_experiments import eyes
from askew_experiments.attached import EyeSettings
from askew_experiments.displays import Lab

lab = Lab(width_cm=52, distance_cm=90, size_px=(1280, 800), hz=60)
options = {"runtime_settings": {"sampling_rate": 100}}
tracker = eyes.open_tracker(EyeSettings(kind="mouse"), options, time.perf_counter, Path(sys.argv[1]), lab)
said = []
for trial in (1, 2, 3):
    tracker.start(f"trial {trial}")
    begin = time.perf_counter()
    while time.perf_counter() < begin + 0.2:  # a trial takes its time
        pass
    said.append(time.perf_counter())
    tracker.message(f"trial {trial} image 40")
    while time.perf_counter() < begin + 0.4:
        pass
    tracker.stop()
facts = tracker.facts()
tracker.close()
print(json.dumps({"said": said, "facts": facts, "failed": tracker.failed}))
"""

KILLED = """
import json, sys, time
from pathlib import Path
from askew_experiments import eyes
from askew_experiments.attached import EyeSettings

eyes.ANSWER_S = 0.5
tracker = eyes.open_tracker(EyeSettings(kind="mouse"), {}, time.perf_counter, Path(sys.argv[1]))
tracker.start("trial 1")
tracker._hub._server_process.kill()
tracker._hub._server_process.wait()
for trial in range(2, 500):
    tracker.stop()
    tracker.start(f"trial {trial}")
    tracker.message("trial image")
tracker.stop()
tracker.close()
print(json.dumps(tracker.facts()))
"""


REFUSED = """
import json, sys, time
from pathlib import Path
from askew.errors import BadInput
from askew_experiments import eyes
from askew_experiments.attached import EyeSettings

said = []
for options in ({"sampling_rat": 100}, {"enable": False}):
    try:
        eyes.open_tracker(EyeSettings(kind="mouse"), options, time.perf_counter, Path(sys.argv[1]))
    except BadInput as error:
        said.append(str(error))
print(json.dumps(said))
"""


def called(program: str, tmp_path: Path) -> Any:
    """What a program prints in its last line, run on a display of its own, with a home folder that stays empty."""
    home, session = tmp_path / "home", tmp_path / "sub-01_ses-01"
    home.mkdir()
    session.mkdir()
    with xserver(tmp_path / "x") as display:
        run = subprocess.run(
            [sys.executable, "-c", program, session],
            env={**os.environ, "HOME": str(home), "DISPLAY": display.name},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    assert run.returncode == 0, run.stdout + run.stderr
    assert list(home.iterdir()) == []
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Xvfb")
def test_iohub_records_gaze_and_what_was_said_on_one_clock(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    found = called(RECORD, tmp_path)
    assert found["failed"] is None
    facts = found["facts"]
    assert facts["file"] == "gaze-1.hdf5"
    assert (facts["trials"], facts["messages"]) == (3, 6)
    with h5py.File(tmp_path / "sub-01_ses-01" / "gaze-1.hdf5") as file:
        messages = file["data_collection/events/experiment/MessageEvent"][:]
        gaze = file["data_collection/events/eyetracker/MonocularEyeSampleEvent"]["time"]
        keys = file["data_collection/events/keyboard"]
        assert all(len(keys[name]) == 0 for name in keys)
        assert file["data_collection/session_meta_data"][0]["code"] == b"sub-01_ses-01"
    assert [text.decode() for text in messages["text"]] == [
        f"trial {trial} {what}" for trial in (1, 2, 3) for what in ("start", "image 40")
    ]
    images = messages["time"][1::2]
    assert images == pytest.approx([at + facts["ahead_s"] for at in found["said"]], abs=0.02)
    for begin, image in zip(messages["time"][::2], images, strict=True):
        during = [at for at in gaze if begin <= at <= begin + 0.4]
        assert len(during) > 10
        assert min(during) < image < max(during)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Xvfb")
def test_settings_that_iohub_does_not_take_are_refused_before_the_session(tmp_path: Path) -> None:
    message = (
        "eyetracker, kind mouse: ioHub does not know the tracker; see what it wrote above, and [eyetracker.options]"
    )
    assert called(REFUSED, tmp_path) == [message] * 2


def test_an_iohub_that_does_not_start_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(_: Any) -> None:
        raise RuntimeError("the port\nis taken")

    monkeypatch.setattr(eyes, "psychopy", lambda *_: SimpleNamespace(ioHubConnection=connect))
    with pytest.raises(BadInput) as caught:
        open_tracker(EyeSettings(kind="mouse"), {}, lambda: 0.0, tmp_path)
    assert str(caught.value) == (
        "eyetracker, kind mouse: ioHub does not start (the port is taken); see what it wrote above"
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Xvfb")
def test_a_session_goes_on_when_iohub_dies(tmp_path: Path) -> None:
    facts = called(KILLED, tmp_path)
    assert facts["failed"] == "end of recording: ioHub did not answer"
    assert facts["trials"] == 499
    assert facts["messages"] == 0
