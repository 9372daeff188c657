"""Eye tracking by PsychoPy's ioHub, which runs in a process of its own and writes gaze to a file of its own.

What is said on a flip is only remembered, with its time; it goes to ioHub when the trial is over. So nothing is asked
of another process between the picture and the answer.
"""

import importlib.util
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from askew.errors import BadInput, one_line
from askew_experiments.attached import EyeSettings
from askew_experiments.devices import EyeTracker, Facts, Now, psychopy
from askew_experiments.home import lent_home

if TYPE_CHECKING:
    from askew_experiments.displays import Lab

ANSWER_S = 5.0  # how long ioHub may take to answer, between trials; without an end a hung one would hang the session
READS = 5  # of both clocks, to compare them
MAX_TEXT = 128  # of a message in ioHub's file
GAZE = "gaze-{}.hdf5"  # beside the journal, one for each run of the program
DEVICES = {
    "mouse": "eyetracker.hw.mouse.EyeTracker",
    "sr_research": "eyetracker.hw.sr_research.eyelink.EyeTracker",
    "tobii": "eyetracker.hw.tobii.EyeTracker",
    "gazepoint": "eyetracker.hw.gazepoint.gp3.EyeTracker",
    "pupil_labs": "eyetracker.hw.pupil_labs.pupil_core.EyeTracker",
}


class NoTracker:
    """Nobody watches the eyes."""

    failed: str | None = None

    def calibrate(self) -> None:
        """Nothing to calibrate."""

    def start(self, trial: str) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""

    def message(self, text: str) -> None:
        """Do nothing."""

    def facts(self) -> Facts:
        """That there is none."""
        return {"kind": "none"}

    def close(self) -> None:
        """Nothing to give back."""


class HubTracker:
    """An eye tracker behind ioHub. Once ioHub fails it is asked no more, and the session goes on without gaze.

    `hub` is ioHub's connection, `clock` its clock, `now` the screen's. Messages are on ioHub's clock, as gaze is.
    """

    def __init__(self, hub: Any, clock: Now, now: Now, kind: str, path: Path) -> None:
        self.failed: str | None = None
        self._hub = hub
        self._tracker = hub.getDevice("tracker")
        self._clock = clock
        self._now = now
        self._kind = kind
        self._path = path
        self._said: list[tuple[str, float]] = []
        self._trials = self._messages = 0
        self._ahead = self._first_ahead = self._compare()
        self._wait(ANSWER_S)

    def calibrate(self) -> None:
        """Run the tracker's own procedure, however long it takes."""
        self._wait(None)
        self._ask("calibration", self._tracker.runSetupProcedure)
        self._wait(ANSWER_S)

    def start(self, trial: str) -> None:
        """Begin to record a trial."""
        self._ahead = self._compare()
        self._said = [(f"{trial} start", self._now())]
        if self._ask("start of recording", self._tracker.setRecordingState, True) is False:
            self._note(f"did not begin to record {trial}")
        self._trials += 1

    def message(self, text: str) -> None:
        """Remember a text with the time."""
        self._said.append((text, self._now()))

    def stop(self) -> None:
        """Stop recording, and give ioHub what was said."""
        self._ask("end of recording", self._tracker.setRecordingState, False)
        said, self._said = self._said, []
        if self.failed is not None:
            return
        for text, at in said:
            self._hub.cacheMessageEvent(text[:MAX_TEXT], category="askew", sec_time=at + self._ahead)
        if self._ask("saving", self._hub.flushDataStoreFile) is not None:
            self._messages += len(said)

    def facts(self) -> Facts:
        """The file, beside the journal, and how ioHub's clock stands to the screen's."""
        return {
            "kind": self._kind,
            "file": self._path.name,
            "trials": self._trials,
            "messages": self._messages,
            "ahead_s": round(self._ahead, 6),
            "drift_ms": round((self._ahead - self._first_ahead) * 1000, 3),
            "failed": self.failed,
        }

    def close(self) -> None:
        """End ioHub, which closes its file."""
        if self.failed is not None:
            # Asked kindly, a process that hangs would be waited for without end.
            self._hub._server_process.kill()
        try:
            self._hub.quit()
        except Exception as error:  # noqa: BLE001  nothing of it may end the session
            self._note(one_line(error))

    def _compare(self) -> float:
        """Seconds that ioHub's clock is ahead of the screen's. Both are read in this process: the quickest is best."""
        readings = [(self._now(), self._clock(), self._now()) for _ in range(READS)]
        before, there, after = min(readings, key=lambda reading: reading[2] - reading[0])
        return there - (before + after) / 2

    def _ask(self, what: str, call: Any, *words: Any) -> Any:
        """What ioHub answers; None where it does not."""
        if self.failed is not None:
            return None
        try:
            answer = call(*words)
        except Exception as error:  # noqa: BLE001  trackers have errors of their own
            self._note(f"{what}: {one_line(error)}")
            return None
        if answer is None:
            self._note(f"{what}: ioHub did not answer")
        return answer

    def _wait(self, seconds: float | None) -> None:
        self._hub.udp_client.sock.settimeout(seconds)

    def _note(self, said: str) -> None:
        self.failed = self.failed or said


def open_tracker(
    settings: EyeSettings, options: Mapping[str, Any], now: Now, folder: Path, lab: "Lab | None" = None
) -> EyeTracker:
    """The tracker that was chosen, with ioHub running; its gaze goes to gaze-1.hdf5 in the folder, or the next number.

    Where `lab` says how large and how far the screen is, ioHub is told.
    """
    if settings.kind == "none":
        return NoTracker()
    who = f"eyetracker, kind {settings.kind}"
    client = psychopy("iohub.client", who)
    _check_plugin(settings.kind, who)
    path = _next_file(folder)
    config = _config(settings.kind, options, path, lab)
    try:
        with lent_home():  # the other process imports PsychoPy too
            hub = client.ioHubConnection(config)
    except Exception as error:  # noqa: BLE001  it raises whatever a device's configuration makes it
        raise BadInput(f"{who}: ioHub does not start ({one_line(error)}); see what it wrote above") from None
    # Where it does not like the settings it goes on without the device, or with one that can do nothing.
    if not hasattr(hub.getDevice("tracker"), "setRecordingState"):
        hub.quit()
        raise BadInput(f"{who}: ioHub does not know the tracker; see what it wrote above, and [eyetracker.options]")
    clock = psychopy("iohub.devices", who).Computer.getTime
    return HubTracker(hub, clock, now, settings.kind, path)


def _check_plugin(kind: str, who: str) -> None:
    if kind == "mouse":
        return
    name = f"psychopy_eyetracker_{kind}"
    if importlib.util.find_spec(name) is None:
        raise BadInput(f"{who}: needs {name}, which is not installed; pip install {name.replace('_', '-')}")


def _config(kind: str, options: Mapping[str, Any], path: Path, lab: "Lab | None") -> dict[str, Any]:
    """What ioHub is to do. It listens to no keyboard: its file would get every key that is typed meanwhile."""
    screen: dict[str, Any] = {"reporting_unit_type": "pix"}
    if lab is not None:
        height_mm = lab.width_cm * 10 * lab.size_px[1] / lab.size_px[0]
        screen |= {
            "device_number": lab.screen,
            "physical_dimensions": {"width": lab.width_cm * 10, "height": height_mm, "unit_type": "mm"},
            "default_eye_distance": {"surface_center": lab.distance_cm * 10, "unit_type": "mm"},
        }
    tracker = {**options, "name": "tracker", "save_events": True}
    return {
        "udp_port": _free_port(),  # ioHub's usual one may be another session's, and would be taken for ours
        "monitor_devices": [{"Display": screen}, {"Experiment": {}}, {"Mouse": {}}, {DEVICES[kind]: tracker}],
        "data_store": {
            "enable": True,
            "filename": path.stem,
            "parent_dir": str(path.parent),
            "experiment_info": {"code": "askew"},
            "session_info": {"code": path.parent.name},
        },
    }


def _next_file(folder: Path) -> Path:
    """A file that is not there: ioHub writes over one that is, and a session that goes on needs another."""
    folder = folder.absolute()
    return next(path for number in range(1, 10_000) if not (path := folder / GAZE.format(number)).exists())


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number
