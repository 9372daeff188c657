"""Sessions of simulated participants, and the same journals with faults planted: a whole chain round wrong facts."""

import copy
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from askew.study import Study
from askew_experiments.journal import Journal, read_journal
from askew_experiments.opening import Material
from askew_experiments.simulating import simulate
from askew_stimuli.picture import Picture
from tests.experiments.kit.sessions import study_of

Record = dict[str, Any]
LABELS = (
    "mug",
    "hammer",
    "teapot",
    "violin",
    "bicycle",
    "kettle",
    "lamp",
    "piano",
    "shovel",
    "wallet",
    "candle",
    "plow",
)
PROTOCOL = """\
schema = 1
name = "brief"
title = "Brief pictures"
group = "{ms}ms"
[design]
labels = 2
[response]
keys = ["left", "right"]
[breaks]
every = 8
least_s = 2
[display]
hz = [100]
[[phase]]
name = "fixation"
show = ["fixation"]
ms = 100
[[phase]]
name = "image"
show = ["image"]
ms = 40
tolerance_ms = 2
[[phase]]
name = "labels"
show = ["labels"]
until = "answer"
limit_ms = 10000
"""


def pictures(objects: int = 12) -> list[Picture]:
    """Each object upright and rotated."""
    names = [LABELS[number % len(LABELS)] + "s" * (number // len(LABELS)) for number in range(objects)]
    return [
        Picture(
            image_id=f"{name}_{condition}",
            file=f"images/{name}_{condition}.png",
            source="rendered",
            object_id=name,
            class_label=name,
            alt_label=names[(number + 1) % len(names)],
            condition=condition,
        )
        for number, name in enumerate(names)
        for condition in ("upright", "rotated")
    ]


def simulated_study(root: Path, participants: int = 2, protocol: str = PROTOCOL, objects: int = 12) -> Study:
    """A study whose sessions simulated participants have done."""
    study = study_of(root, pictures(objects), seed=3)
    path = root / "protocols" / "brief.toml"
    path.parent.mkdir()
    path.write_text(protocol)
    list(simulate(Material.of(root, "brief"), participants, 5, None))
    return study


def sessions(study: Study) -> list[Path]:
    """The folders of its sessions."""
    return sorted(path.parent for path in study.root.glob("sessions/*/journal.jsonl"))


def rewrite(folder: Path, change: Callable[[list[Record]], list[Record] | None]) -> None:
    """The same session with other records, in a chain that is whole; `change` alters them, or returns new ones."""
    records = copy.deepcopy(read_journal(folder / "journal.jsonl"))
    changed = change(records)
    plan, *others = records if changed is None else changed
    shutil.rmtree(folder)
    with Journal.create(folder, _facts(plan), plan["utc"]) as journal:
        for record in others:
            journal.append(record["type"], record["utc"], **_facts(record))


def of_type(records: Sequence[Record], kind: str) -> list[Record]:
    """The records of one type."""
    return [record for record in records if record["type"] == kind]


def on_a_real_display(records: list[Record], seed: int = 1, sd_ms: float = 0.03) -> None:
    """Let flips come a little sooner or later, as displays have it; response times stay."""
    random = Random(seed)
    for record in of_type(records, "trial"):
        for phase, times in record["flips"].items():
            record["flips"][phase] = [round(time + random.gauss(0, sd_ms), 3) for time in times]
        shown = record["flips"]
        record["achieved_ms"] = round(shown["labels"][0] - shown["image"][0], 3)


def drop(record: Record, phase: str, frame: int, period_ms: float, frames: int = 1) -> None:
    """Let a display miss frames before a flip of a phase: it and all later flips of the trial come later."""
    later = False
    for name, times in record["flips"].items():
        for place, time in enumerate(times):
            later = later or (name == phase and place == frame)
            times[place] = round(time + later * frames * period_ms, 3)
    record["late"] += 1
    before = _before(record, phase, frame)
    if before in record["frames_flipped"]:
        record["frames_flipped"][before] += frames
    exposure = record["flips"]["labels"][0] - record["flips"]["image"][0]
    record["achieved_ms"] = round(exposure, 3)
    record["timing_valid"] = abs(exposure - record["frames_planned"]["image"] * period_ms) < period_ms / 2


def _before(record: Record, phase: str, frame: int) -> str:
    """The phase that stays on the screen longer."""
    names = list(record["flips"])
    return phase if frame else names[names.index(phase) - 1]


def _facts(record: Record) -> Record:
    return {name: value for name, value in record.items() if name not in {"type", "n", "utc", "chain"}}
