"""Sessions that a test makes up, trial by trial, in real journals: what was planted has to come back from them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from askew.command import main
from askew.files import sha256, write_text
from askew.sidecar import Sidecar
from askew.study import Study
from askew_experiments.journal import Journal
from askew_experiments.plan import Plan, PlannedTrial, ProtocolFacts
from askew_experiments.protocol import Protocol, parse_protocol
from askew_experiments.shelf import bundled_protocols
from askew_experiments.virtual import EPOCH, stamp
from askew_stimuli.picture import Picture, write_manifest

PERIOD_S = 3  # from the first flip of a trial to that of the next
SHORT = """\
schema = 1
name = "short_words"
title = "Short, with words"
group = "40ms"
[design]
labels = 2
[[phase]]
name = "fixation"
show = ["fixation"]
ms = 500
[[phase]]
name = "image"
show = ["image"]
ms = 40
[[phase]]
name = "mask"
show = ["mask"]
ms = 100
[[phase]]
name = "words"
show = ["labels"]
until = "answer"
[response]
keys = ["left", "right"]
"""
IMAGE_AT, MASK_AT, WORDS_AT = 500.0, 540.0, 640.0


@dataclass(frozen=True)
class Answer:
    """What somebody did in a trial. `right` says whether the choice is the truth; None where no answer counts."""

    right: bool | None = True
    rt_ms: float | None = 612.5
    verdict: Literal["ok", "timeout", "misclick", "early", "late"] = "ok"
    key: str | None = None  # of a mis-click, say; otherwise that of the choice
    anticipations: tuple[float, ...] = ()


TIMEOUT = Answer(right=None, rt_ms=None, verdict="timeout")
MISCLICK = Answer(right=None, rt_ms=700.0, verdict="misclick", key="x")


def pictures_of(labels: Sequence[tuple[str, str]], **values: Any) -> list[Picture]:
    """One upright picture for each pair of a truth and an alternative."""
    return [
        Picture(
            image_id=f"picture_{number}",
            file=f"images/picture_{number}.png",
            source="rendered",
            object_id=f"object_{number}",
            class_label=truth,
            alt_label=alternative,
            condition="upright",
            **values,
        )
        for number, (truth, alternative) in enumerate(labels, start=1)
    ]


def study_of(root: Path, pictures: Sequence[Picture], **values: Any) -> Study:
    """A study with these pictures, each a small square of its own colour."""
    study = Study(root=root, name="made-up", title="Made up", **values)
    study.write()
    described = []
    for number, picture in enumerate(pictures):
        assert picture.file is not None
        path = study.manifest.parent / picture.file
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (number % 256, 90, 160)).save(path)
        values = {name: getattr(picture, name) for name in Picture.__dataclass_fields__}
        described.append(Picture(**{**values, "sha256_file": sha256(path)}))
    write_manifest(study.manifest, described, Sidecar())
    return study


def session_of(
    study: Study,
    code: str,
    pictures: Sequence[Picture],
    answers: Sequence[Answer],
    *,
    session: str = "01",
    protocol: str = SHORT,
    end: Literal["complete", "aborted", "unfinished"] = "complete",
    simulated: bool = False,
    number: int = 0,
) -> Path:
    """A session in which these answers were given to the first of these pictures; returns its journal."""
    followed = parse_protocol(protocol, "made up")
    plan = Plan(
        study=study.name,
        participant=f"sub-{code}",
        session=f"ses-{session}",
        simulated=simulated,
        protocol=ProtocolFacts(name=followed.name, sha256=followed.sha256, text=protocol),
        manifest={"sha256": sha256(study.manifest), "set": None},
        seed=7,
        observer_seed=1 if simulated else None,
        stream=followed.stream,
        number=number,
        part=0,
        trials=tuple(_planned(study, place, picture, followed) for place, picture in enumerate(pictures, start=1)),
    )
    folder = study.root / "sessions" / plan.folder
    with Journal.create(folder, plan.record(), stamp(EPOCH)) as journal:
        journal.append("start", stamp(EPOCH), **_start())
        for trial, answer in zip(plan.trials, answers, strict=False):
            journal.append("begin", _utc(trial.index, 0.0), index=trial.index, attempt=1)
            facts = _facts(trial, answer, followed)
            journal.append("trial", _utc(trial.index, facts["flips"]["interval"][0]), **facts)
        if end == "complete":
            journal.append("end", stamp(EPOCH), trials=len(plan.trials))
        elif end == "aborted":
            journal.append("abort", stamp(EPOCH), reason="the fire alarm")
    return folder / "journal.jsonl"


def run_simulated(root: Path, protocol: str, participants: int) -> None:
    """Run a protocol that comes with askew with simulated participants; without practice, which some might not pass."""
    text = bundled_protocols()[protocol].read_text(encoding="utf-8")
    write_text(root / "protocols" / f"{protocol}.toml", re.sub(r"(?ms)^\[practice\].*?(?=^\[)", "", text))
    words = ["session", "simulate", str(root), "--protocol", protocol, "--participants", str(participants)]
    assert main(words) == 0


def _planned(study: Study, index: int, picture: Picture, protocol: Protocol) -> PlannedTrial:
    """The truth stands on the left in odd trials, on the right in even ones."""
    truth, alternative = picture.labels
    exposure = protocol.exposures[(index - 1) % len(protocol.exposures)]
    return PlannedTrial(
        index=index,
        block=1,
        stimulus=picture.image_id,
        object=picture.object_id or picture.image_id,
        condition=picture.condition,
        offered=(truth, alternative) if index % 2 else (alternative, truth),
        truth=truth,
        ms=exposure,
        masked=True,
        file=picture.file,
        sha256=sha256(study.manifest.parent / picture.file) if picture.file else None,
    )


def _start() -> dict[str, Any]:
    return {
        "versions": {"askew": "0.1.0", "psychopy": "2026.2.5"},
        "system": "Linux",
        "display": {
            "renderer": "a card",
            "hz": 100.0,
            "size_px": [1920, 1080],
            "lab": {"width_cm": 52, "distance_cm": 90},
        },
        "keyboard": {"source": "keyboard, device time", "uncertainty_ms": 0.1},
        "frames": {},
        "texts": {"instructions": "If it is the word on the left, press the left arrow key."},
        "checks": [],
        "override": None,
    }


def _facts(trial: PlannedTrial, answer: Answer, protocol: Protocol) -> dict[str, Any]:
    keys = dict(zip(trial.offered, protocol.response.keys, strict=True))
    choice = next((label for label in trial.offered if (label == trial.truth) is answer.right), None)
    flips = {phase.name: [at] for phase, at in zip(protocol.phases, _onsets(protocol), strict=True)}
    ended = flips[protocol.phases[-1].name][0] + (answer.rt_ms or 1000.0) + 10.0
    return {
        "index": trial.index,
        "attempt": 1,
        "stimulus": trial.stimulus,
        "outcome": answer.verdict if answer.verdict in {"timeout", "misclick"} else "answered" if choice else "timeout",
        "verdict": answer.verdict,
        "choice": choice,
        "key": answer.key or (keys[choice] if choice else None),
        "rt_ms": answer.rt_ms,
        "rt_uncertainty_ms": None if answer.rt_ms is None else 0.1,
        "rt_source": f"onset of {protocol.phases[-1].name}; keyboard, device time",
        "requested_ms": trial.ms,
        "achieved_ms": 40.01 if trial.ms == 40 else trial.ms or 40.0,
        "frames_planned": {"image": 4},
        "frames_flipped": {"image": 4},
        "late": 0,
        "began_s": float(PERIOD_S * trial.index),
        "timing_valid": None if trial.ms is None else True,
        "seen_before": False,
        "anticipations": [{"key": "left", "ms": ms} for ms in answer.anticipations],
        "other_keys": [],
        "flips": {**flips, "interval": [ended]},
    }


def _onsets(protocol: Protocol) -> list[float]:
    """Each phase begins where the one before ends; one until a key lasts 40 ms."""
    onsets = [0.0]
    for phase in protocol.phases[:-1]:
        onsets.append(onsets[-1] + (phase.ms[0] if phase.ms else 40.0))
    return onsets


def _utc(index: int, ms: float) -> str:
    return stamp(EPOCH + timedelta(seconds=PERIOD_S * index, milliseconds=ms))
