"""How fast and how exact sessions are: `make bench-experiments` writes results/experiments.json.

Shares are of a limit: 0.3 s for help, 5 s for planning 1,000 participants, 50 ms for saving a trial (slower disks are
refused), 1 ms between what a photodiode sees and what flips say. What has no limit stands beside what it is made of,
measured in the same run: the lazy way, empty frames, bare writes, Python's own reading.

The session is a real one in a PsychoPy window on a virtual display, paced at 100 Hz, before a robot that presses keys.
On a machine whose cores others use as well, frames come late that no program could have shown in time; so every other
trial is shown the lazy way, and empty frames are counted too.
"""

import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

from askew.processes import cores
from askew.study import Study
from askew_experiments import design, loop, opening, outcome, simulating
from askew_experiments.journal import Journal, journals, read_journal
from askew_experiments.ledger import assign
from askew_experiments.opening import Material
from askew_experiments.preflight import SLOW_DISK_MS
from askew_experiments.protocol import Protocol, read_protocol
from askew_experiments.shelf import bundled_protocols
from askew_experiments.virtual import EPOCH, stamp
from askew_stimuli.picture import Picture
from tests.benchmarks.paced import p95, presentation, spread
from tests.experiments.kit.sessions import study_of

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).parent / "results" / "experiments.json"
HELP_LIMIT_S = 0.3
PLANNING_LIMIT_S = 5.0
PHOTODIODE_LIMIT_MS = 1.0
HEAVY = ("psychopy", "numpy", "PIL", "rich", "typer")
CONDITIONS = ("upright", "rotated-correct", "rotated-incorrect")
USUAL = "unusual_poses_40ms"
Record = dict[str, Any]


# Start


def wall(act: Callable[[], object]) -> float:
    """Seconds on the clock."""
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def python(*words: str) -> "subprocess.CompletedProcess[str]":
    """This Python with some words, from its start to its end."""
    return subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True, cwd=ROOT)


def heavy_after(program: str) -> list[str]:
    """Which heavy modules a program has loaded in the end."""
    said = python("-c", f"{program}\nimport sys; print(*[name for name in {HEAVY} if name in sys.modules])")
    return said.stdout.splitlines()[-1].split()


def start() -> dict[str, Any]:
    """How long help takes, and what is loaded for it and for each module."""
    call = ("-m", "askew", "session", "--help")
    python(*call)
    taken = [wall(lambda: python(*call)) for _ in range(7)]
    shelf = ROOT / "experiments" / "askew_experiments"
    modules = sorted(path.stem for path in shelf.glob("*.py") if path.stem not in {"__init__", "window"})
    found = {name: heavy_after(f"import askew_experiments.{name}") for name in modules}
    return {
        "help_s": round(median(taken), 4),
        "python_s": round(median(wall(lambda: python("-c", "")) for _ in range(7)), 4),
        "loaded_for_help": heavy_after("from askew.command import main; main(['session', '--help'])"),
        "modules_but_window": len(modules),
        "that_load_psychopy": [name for name, its in found.items() if "psychopy" in its],
        "that_load_numpy": [name for name, its in found.items() if "numpy" in its],
    }


# Planning


def like_published() -> list[Picture]:
    """147 pictures of 51 objects in three poses, of which six lack one."""
    lacking = {(number, CONDITIONS[2]) for number in range(6)}
    return [
        drawn_from(f"object_{number}", f"label_{(number + 1) % 51}", condition, label=f"label_{number}")
        for number in range(51)
        for condition in CONDITIONS
        if (number, condition) not in lacking
    ]


def many_pictures() -> list[Picture]:
    """1,280 pictures of as many objects of 16 classes."""
    return [
        drawn_from(f"object_{number}", f"label_{(number + 1) % 16}", "upright", label=f"label_{number % 16}")
        for number in range(1_280)
    ]


def drawn_from(name: str, other: str, condition: str, label: str) -> Picture:
    """A picture of an object in a condition."""
    return Picture(
        image_id=f"{name}_{condition}",
        file=f"images/{name}_{condition}.png",
        source="rendered",
        object_id=name,
        class_label=label,
        alt_label=other,
        condition=condition,
    )


def planning() -> dict[str, Any]:
    """Seconds to plan the sessions of so many participants."""
    protocol = read_protocol(bundled_protocols()[USUAL])
    return {
        "like_published": planned(like_published(), protocol, 1_000),
        "of_1280_pictures": planned(many_pictures(), protocol, 100),
    }


def planned(pictures: list[Picture], protocol: Protocol, participants: int) -> dict[str, Any]:
    """Seconds to plan these participants, one after the other, and how even the plans are."""
    begin = time.perf_counter()
    plans = [design.planned(pictures, protocol, seed=1, number=number, part=0) for number in range(participants)]
    taken = time.perf_counter() - begin
    shown = design.coverage(plans)
    return {
        "participants": participants,
        "pictures": len(pictures),
        "trials_each": [min(map(len, plans)), max(map(len, plans))],
        "s": round(taken, 3),
        "us_a_trial": round(1e6 * taken / sum(len(plan) for plan in plans), 2),
        "times_shown": [min(shown.values()), max(shown.values())],
    }


# Simulating, and the files


@contextmanager
def stopwatches(places: dict[str, tuple[Any, str]]) -> Iterator[dict[str, float]]:
    """Seconds that are spent in each of these functions while the block lasts."""
    spent = dict.fromkeys(places, 0.0)

    def timed(what: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def act_timed(*given: Any, **named: Any) -> Any:
            begin = time.perf_counter()
            try:
                return act(*given, **named)
            finally:
                spent[what] += time.perf_counter() - begin

        return act_timed

    with ExitStack() as stack:
        for what, (owner, name) in places.items():
            stack.enter_context(patch.object(owner, name, timed(what, getattr(owner, name))))
        yield spent


def simulated(folder: Path) -> tuple[dict[str, Any], list[Record]]:
    """24 participants by the command; the stages of the same in this process; and the records of one session."""
    one, other = (study_of(folder / name, like_published(), seed=1) for name in ("one", "other"))
    words = ["session", "simulate", str(one.root), "--protocol", USUAL, "--participants", "24"]
    command = wall(lambda: python("-m", "askew", *words))
    stages = {
        "design.planned": (design, "planned"),
        "ledger.assign": (opening, "assign"),
        "Journal.append": (Journal, "append"),
        "loop.run with the observer": (loop, "run"),
        "outcome.facts": (outcome, "facts"),
        "write_trial_tables": (simulating, "write_trial_tables"),
    }
    with stopwatches(stages) as spent:
        material = Material.of(other.root, USUAL)
        whole = wall(lambda: list(simulating.simulate(material, 24, 1, None)))
    records = [read_journal(path) for path in journals(one.root)]
    sizes = [len(json.dumps(each, separators=(",", ":"))) for its in records for each in its if each["type"] == "trial"]
    return {
        "participants": 24,
        "trials": len(list(Study.open(one.root).trials())),
        "command_s": round(command, 3),
        "in_process_s": round(whole, 3),
        "ms_a_trial": round(1000 * whole / len(sizes), 3),
        "parts_of_in_process": {
            **{what: round(seconds / whole, 3) for what, seconds in spent.items()},
            "all_else, such as texts and intervals": round(1 - sum(spent.values()) / whole, 3),
        },
        "trial_record_bytes": {"median": median(sizes), "p95": p95(sizes), "largest": max(sizes)},
    }, records[0]


def files(folder: Path, records: list[Record]) -> dict[str, Any]:
    """Adding to a journal, reading a long one, and giving out numbers."""
    plan, trials = records[0], [facts(record) for record in records if record["type"] == "trial"]
    with Journal.create(folder / "synced", facts(plan), stamp(EPOCH)) as journal:
        saved, bare = appended(journal, trials, folder / "bare")
    with Journal.create(folder / "long", facts(plan), stamp(EPOCH), durable=False) as journal:
        for number in range(5_000):
            journal.append("trial", stamp(EPOCH), **trials[number % len(trials)])
        path = journal.path
    read_s = median(wall(lambda: read_journal(path)) for _ in range(5))
    bare_s = median(wall(lambda: bare_reading(path)) for _ in range(5))
    given = [wall(lambda number=number: number_for(folder, number)) for number in range(1_000)]  # type: ignore[misc]
    return {
        "append_ms": spread(saved),
        "bare_write_and_fsync_ms": spread(bare),
        "read_journal": {
            "lines": 5_001,
            "mb": round(path.stat().st_size / 1e6, 2),
            "s": round(read_s, 3),
            "json_and_sha256_alone_s": round(bare_s, 3),
            "ratio": round(read_s / bare_s, 2),
        },
        "assign_ms": {
            "first_100_participants": spread([1000 * seconds for seconds in given[:100]]),
            "901st_to_1000th": spread([1000 * seconds for seconds in given[-100:]]),
        },
    }


def appended(journal: Journal, trials: list[Record], beside: Path) -> tuple[list[float], list[float]]:
    """Milliseconds to add each of 300 trials, and to write and sync the same without a journal, in turn."""
    saved, bare = [], []
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in range(300):
        given = trials[number % len(trials)]
        begin = time.perf_counter()
        journal.append("trial", stamp(EPOCH), **given)
        between = time.perf_counter()
        os.write(handle, json.dumps(given).encode())
        os.fsync(handle)
        bare.append(1000 * (time.perf_counter() - between))
        saved.append(1000 * (between - begin))
    os.close(handle)
    return saved, bare


def bare_reading(path: Path) -> None:
    """What reading a journal cannot do without."""
    hashed = hashlib.sha256()
    with path.open("rb") as stream:
        for line in stream:
            hashed.update(line)
            json.loads(line)


def number_for(folder: Path, number: int) -> None:
    """Give a participant a number."""
    assign(
        folder / "study",
        participant=f"sub-{number}",
        session="ses-01",
        protocol=USUAL,
        stream=USUAL,
        sessions=1,
        simulated=False,
        utc=stamp(EPOCH),
    )


def facts(record: Record) -> Record:
    """What was given to the journal."""
    return {name: value for name, value in record.items() if name not in {"type", "n", "utc", "chain"}}


def main() -> None:
    """Measure all and write the results."""
    load = os.getloadavg()[0]
    begun = start()
    plans = planning()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulation, records = simulated(folder)
        written = files(folder, records)
        shown = presentation(folder / "paced")
    agreement = shown["loaded_before"]["photodiode"]["duration_off_ms"]["median"]
    results = {
        "about": "Shares are of the limits: 0.3 s for help, 5 s for planning 1,000 participants, 50 ms for saving a "
        "trial (slower disks are refused), 1 ms between photodiode and flips.",
        "machine": f"{platform.machine()}, {cores()} cores shared with other programs (load {load:.2f} before the "
        f"start), {platform.system()}, Python {platform.python_version()}, PsychoPy {version('psychopy')}",
        "share_help": round(begun["help_s"] / HELP_LIMIT_S, 3),
        "share_planning": round(plans["like_published"]["s"] / PLANNING_LIMIT_S, 3),
        "share_saving_p95": round(written["append_ms"]["p95"] / SLOW_DISK_MS, 3),
        "share_photodiode": round(agreement / PHOTODIODE_LIMIT_MS, 3),
        "trials_with_frames_as_planned": shown["loaded_before"]["trials_with_frames_as_planned"],
        "start": begun,
        "planning": plans,
        "simulation": simulation,
        "files": written,
        "presentation": shown,
    }
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
