"""A paced session in a real window, watched from outside: what `bench_experiments` says of presentation.

The whole command runs, on a virtual display, before a robot that presses real keys. Every other trial is shown the lazy
way (see `watched`), so that both ways meet the same machine. What stands for hardware (display, graphics card and
photodiode) has priority over other programs where the system grants that, for hardware needs no core.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import mean, median, quantiles, stdev
from typing import Any, TypeVar

import numpy as np
from PIL import Image

from askew.files import sha256
from askew.sidecar import Sidecar
from askew.study import Study
from askew_experiments.journal import read_journal
from askew_experiments.outcome import LATE
from askew_stimuli.picture import Picture, write_manifest
from tests.benchmarks.watched import urgent
from tests.experiments.kit import robot
from tests.experiments.kit.keys import Keys
from tests.experiments.kit.photodiode import Colour, Framebuffer, photodiode
from tests.experiments.kit.robot import FIXATION, IMAGE, LABELS, MASK, Line, Robot
from tests.experiments.kit.xserver import Display, end, end_with_parent, xserver

ROOT = Path(__file__).parents[2]
TRIALS = 200  # every second is lazy
TRACED_TRIALS = 20
EXPOSURE_MS = 40.0
PERIOD_MS = 10.0
WHITE = (255, 255, 255)
Record = dict[str, Any]
Thing = TypeVar("Thing")

PROTOCOL = f"""
schema = 1
name = "paced"
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
ms = {EXPOSURE_MS:g}
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
[display]
hz = [100]
image_deg = 8
background = [124, 116, 104]
patch = "bottom-left"
patch_px = 40
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


class Quiet(Robot):
    """A robot that leaves the cores to the session: reads only what is new, and takes a moment, as people do."""

    def __init__(self, journal: Path, line: Line, keys: Keys) -> None:
        super().__init__(journal, line, keys)
        self._known: list[Record] = []
        self._read = 0
        self._random = random.Random(1)

    def records(self) -> list[Record]:
        if self.journal.exists():
            with self.journal.open("rb") as stream:
                stream.seek(self._read)
                whole, end_of_line, _ = stream.read().rpartition(b"\n")  # a torn line is read next time
            self._read += len(whole) + len(end_of_line)
            self._known += map(json.loads, whole.splitlines())
        return self._known

    def answer(self, records: list[Record], last: Record) -> None:
        time.sleep(self._random.uniform(0.05, 0.1))  # at any time within a frame
        super().answer(records, last)

    def goes_on(self, process: "subprocess.Popen[bytes]") -> bool:
        """Whether the program still runs; the last text, which comes when the journal has ended, is read meanwhile."""
        known = self.records()
        if known and known[-1]["type"] == "end":
            self.press("space")
        return process.poll() is None


def presentation(folder: Path) -> dict[str, Any]:
    """What a session's trials, loaded before and lazy, were like from inside and from outside."""
    robot.DEADLINE_S = 900.0
    with ExitStack() as stack:
        display = begun(stack, xserver(folder / "display"))
        keys = stack.enter_context(Keys(display.name))
        stolen = stolen_ms()
        watched, trials, changes, quiet = session(folder / "timed", TRIALS, display, keys, "time")
        stolen = stolen_ms() - stolen
        traced, _, _, _ = session(folder / "traced", TRACED_TRIALS, display, keys, "trace")
    lit = [(on, off) for (on, colour), (off, _) in pairwise(changes) if colour == WHITE]
    by_way = {"loaded_before": False, "lazy": True}
    return {
        "hz": 100,
        "trials_each": TRIALS // 2,
        "display_and_renderer_have_priority": watched["urgent"],
        "taken_from_this_machine_by_its_host_ms": stolen,
        "empty_frames": empty_frames(watched["trials"]),
        **{name: shown(trials, watched["trials"], traced["trials"], lit, lazy) for name, lazy in by_way.items()},
        "key_stamp_minus_sending_ms": spread(key_lags(trials, quiet.pressed)),
        "trigger_arrives_after_flip_ms": spread(trigger_lags(trials, quiet.line.codes)),
    }


def session(
    root: Path, trials: int, display: Display, keys: Keys, how: str
) -> tuple[Record, list[Record], list[tuple[float, Colour]], Quiet]:
    """Run a session: what the program says of its trials, the journal's trials, the photodiode's changes, the robot."""
    line, out = Line(), root / "watched.json"
    make_study(root, trials, line)
    sitting = Quiet(root / "sessions" / "sub-01_ses-01" / "journal.jsonl", line, keys)
    words = [
        "run",
        str(root),
        "--protocol",
        "paced",
        "--participant",
        "01",
        "--paced",
        "100",
        "--override",
        "benchmark",
    ]
    _, height = Framebuffer(display.framebuffer).size
    with ExitStack() as stack:
        diode = begun(stack, photodiode(display.framebuffer, 20, height - 20))
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.watched", str(out), how, "session", *words],
            env={**os.environ, "DISPLAY": display.name},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            preexec_fn=end_with_parent,  # noqa: PLW1509  no threads here
        )
        try:
            sitting.check_keys()
            sitting.sit(lambda: not sitting.goes_on(process))
        finally:
            end(process)
        changes = diode.changes()
    line.close()
    if process.returncode != 0:
        raise RuntimeError(f"the session ended with status {process.returncode}")
    records = [record for record in read_journal(sitting.journal) if record["type"] == "trial"]
    return json.loads(out.read_text()), records, changes, sitting


def stolen_ms() -> int:
    """For how long a virtual machine's cores were taken from it, since it was started."""
    return 1000 * int(Path("/proc/stat").read_text().split()[8]) // os.sysconf("SC_CLK_TCK")


def begun(stack: ExitStack, hardware: AbstractContextManager[Thing]) -> Thing:
    """Begin what stands for hardware, with a priority that it takes over from this process."""
    urgent(os.getpid())
    try:
        return stack.enter_context(hardware)
    finally:
        os.sched_setscheduler(os.getpid(), os.SCHED_OTHER, os.sched_param(0))


def make_study(root: Path, count: int, line: Line) -> None:
    """A study of pictures as large as the published ones, each with a mask as large."""
    study = Study(root=root, name="paced", title="Paced", seed=1)
    study.write()
    study.manifest.parent.mkdir(exist_ok=True)
    lots = np.random.default_rng(1)
    pictures = []
    for number in range(count):
        pixels = np.full((500, 500, 3), (124, 116, 104), np.uint8)
        rough = Image.fromarray(lots.integers(0, 256, (12, 12, 3), dtype=np.uint8))
        pixels[100:400, 100:400] = np.asarray(rough.resize((300, 300), Image.Resampling.BICUBIC))
        picture = Picture(
            image_id=f"picture_{number}",
            file=f"{number}.png",
            source="imported",
            class_label=f"label {number % 16}",
            alt_label=f"label {(number + 1) % 16}",
            condition="upright",
            mask_file=f"{number}_mask.png",
        )
        file = study.manifest.parent / f"{number}.png"
        Image.fromarray(pixels).save(file)
        scrambled = lots.permutation(pixels.reshape(-1, 3)).reshape(pixels.shape)
        Image.fromarray(scrambled).save(study.manifest.parent / f"{number}_mask.png")
        pictures.append(replace(picture, sha256_file=sha256(file)))
    write_manifest(study.manifest, pictures, Sidecar())
    (root / "lab.toml").write_text(LAB.format(address=line.path))
    (root / "protocols").mkdir(exist_ok=True)
    (root / "protocols" / "paced.toml").write_text(PROTOCOL)


def shown(
    trials: Sequence[Record],
    watched: Sequence[Record],
    traced: Sequence[Record],
    lit: Sequence[tuple[float, float]],
    lazy: bool,
) -> dict[str, Any]:
    """One way of showing: the trials that went it, from inside, from outside, and what they cost."""
    mine = [(trial, its) for trial, its in zip(trials, watched, strict=True) if its["lazy"] == lazy]
    memory = [its for its in traced if its["lazy"] == lazy]
    ours = [trial for trial, _ in mine]
    exposures = [trial["achieved_ms"] for trial in ours]
    flips = sum(len(times) for trial in ours for times in trial["flips"].values())
    return {
        "trials_with_frames_as_planned": share([trial["frames_flipped"] == trial["frames_planned"] for trial in ours]),
        "trials_with_exposure_as_planned": share([trial["timing_valid"] for trial in ours]),
        "flips": flips,
        "late_flips": sum(trial["late"] for trial in ours),
        "late_share_of_flips": round(sum(trial["late"] for trial in ours) / flips, 5),
        "late_flips_by_phase": dict(Counter(phase for trial in ours for phase in late_phases(trial))),
        "exposure_ms": {
            "median": round(median(exposures), 3),
            "sd": round(stdev(exposures), 3),
            "worst_off": round(max(abs(ms - EXPOSURE_MS) for ms in exposures), 3),
        },
        "photodiode": from_outside(ours, lit),
        "on_flip_called_after_ms": spread([1000 * seconds for _, its in mine for seconds in its["called_s"]]),
        "files_opened_in_trials": sum(len(its["opened"]) for _, its in mine),
        "syncs_to_disk_in_trials": sum(its["synced"] for _, its in mine),
        "python_peak_kb_a_trial": spread([its["peak_bytes"] / 1000 for its in memory]),
        "python_kept_kb_a_trial": spread([its["kept_bytes"] / 1000 for its in memory]),
    }


def late_phases(trial: Record) -> list[str]:
    """The phase of each flip that came late, as the journal counts them; its first flip is called its onset."""
    flips = [
        (at, f"{phase} onset" if frame == 0 else phase)
        for phase, times in trial["flips"].items()
        for frame, at in enumerate(times)
    ]
    return [phase for (before, _), (at, phase) in pairwise(flips) if at - before > LATE * PERIOD_MS]


def empty_frames(watched: Sequence[Record]) -> dict[str, Any]:
    """How late frames came with nothing on them, shown before each trial: what no program could better here."""
    lengths = [1000 * (later - at) for its in watched for at, later in pairwise(its["empty_flips_s"])]
    late = sum(ms > LATE * PERIOD_MS for ms in lengths)
    return {"flips": len(lengths), "late_flips": late, "late_share_of_flips": round(late / len(lengths), 5)}


def from_outside(trials: Sequence[Record], lit: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """How the patch under the photodiode was lit, against what flips say; and whether what was wrong is flagged."""
    pairs = []
    for trial in trials:
        onset = trial["began_s"] + trial["flips"]["image"][0] / 1000
        on, off = min(lit, key=lambda times: abs(times[0] - onset))
        if abs(on - onset) < 0.03:  # otherwise the photodiode had lost its core, and saw nothing
            pairs.append((trial, 1000 * (on - onset), 1000 * (off - on)))
    return {
        "trials_seen": len(pairs),
        "duration_off_ms": spread([abs(ms - trial["achieved_ms"]) for trial, _, ms in pairs]),
        "onset_after_flip_ms": spread([lag for _, lag, _ in pairs]),
        "wrong_outside_but_not_flagged": sum(
            abs(ms - EXPOSURE_MS) > PERIOD_MS / 2 and trial["timing_valid"] for trial, _, ms in pairs
        ),
    }


def key_lags(trials: Sequence[Record], pressed: Sequence[tuple[float, str]]) -> list[float]:
    """Milliseconds from when each answer's key was sent to its stamp."""
    stamps = [trial["began_s"] + (trial["flips"]["labels"][0] + trial["rt_ms"]) / 1000 for trial in trials]
    return [1000 * min((at - sent for sent, _ in pressed), key=abs) for at in stamps]


def trigger_lags(trials: Sequence[Record], codes: Sequence[tuple[float, int]]) -> list[float]:
    """Milliseconds from the flip of each picture to the arrival of its trigger at the other end of the line."""
    arrived = [at for at, code in codes if code == IMAGE]
    return [
        1000 * (at - trial["began_s"]) - trial["flips"]["image"][0] for at, trial in zip(arrived, trials, strict=True)
    ]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and largest."""
    return {"median": round(median(values), 3), "p95": round(p95(values), 3), "largest": round(max(values), 3)}


def p95(values: Sequence[float]) -> float:
    """The 95th percentile."""
    return quantiles(values, n=20, method="inclusive")[-1]


def share(happened: Sequence[bool]) -> float:
    """In which share something happened."""
    return round(mean(map(float, happened)), 4)
