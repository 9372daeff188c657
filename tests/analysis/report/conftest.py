"""What the tests of the report share: a small planted study on disk, the published one, and evidence of any table."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from askew.declared import Contrast
from askew.sidecar import Sidecar
from askew.study import Study
from askew.trial import Outcome, Trial, write_trials
from askew_analysis.comparison import Plan, compare
from askew_analysis.gathering import gather
from askew_analysis.report.blocks import Block, Cell, Grid, Listing, Note, Quote, Section, Text, flat
from askew_analysis.report.evidence import Evidence
from askew_analysis.trial_table import frame
from askew_stimuli.picture import Picture, write_manifest

RESAMPLES = 1_000
LABELS = (
    *("anchor", "barrel", "bench", "broom", "bucket", "candle", "chair", "crib", "drum", "kettle", "ladle", "mug"),
    *("plunger", "shovel", "teapot", "unicycle"),
)
ANGLES = {"upright": 3.0, "rotated-correct": 90.0, "rotated-incorrect": 150.0}  # and the place of the label in degrees
CONDITIONS = tuple(ANGLES)
# The chance of a right answer upright, rotated, and with the rotated pictures that everybody finds hard: each third.
SKILL = {"40ms": (0.94, 0.9, 0.2), "unlimited": (0.98, 0.98, 0.8), "networks": (1.0, 0.95, 0.1)}
ACHIEVED_MS = 5 * 1000 / 120  # of 40 ms asked for at 120 Hz
SCREEN = {"renderer": "Example GPU", "size_px": [1920, 1080], "full_screen": True, "hz": 120.0, "period_ms": 8.33333}
CLOCKS = {
    "rt_ms": "from the zero that rt_source names, by keyboard, device time; off by at most 1 ms",
    "achieved_ms": "from the flip that showed the picture to the one that took it away; software time stamps, "
    "luminance not measured",
}
# Why there is no answer, and to which pictures.
SILENT: dict[str, tuple[tuple[int, ...], Outcome]] = {
    "p1": ((17, 20), "timeout"),
    "p2": ((23,), "misclick"),
    "net-b": ((18, 24, 30), "refused"),
}
LATE = {"p3": (16, 40)}  # shown for 7 frames instead of 5
BROKEN_OFF = {"p5": 6}  # pictures that an observer did not come to see


def pictures() -> list[Picture]:
    """48 pictures: 16 objects, each upright and rotated twice."""
    return [
        Picture(
            image_id=f"{label}_{condition}",
            file=f"pictures/{label}_{condition}.png",
            set="planted",
            source="rendered",
            object_id=label,
            class_label=label,
            alt_label=LABELS[(place + 1) % len(LABELS)],
            condition=condition,
            angle_from_upright=angle + place,
            size_px=(32, 32),
            background_rgb=(124, 116, 104),
            renderer="askew, VTK",
            versions="askew 0.1.0, vtk 9.7.2",
        )
        for condition, angle in ANGLES.items()
        for place, label in enumerate(LABELS)
    ]


def answers(observer: str, group: str, seed: int) -> list[Trial]:
    """What one observer of the planted study answers; everybody finds the same pictures hard."""
    rng = np.random.default_rng([seed, 7])
    is_model = group == "networks"
    made = []
    for place, picture in enumerate(pictures()[: -BROKEN_OFF.get(observer, 0) or None]):
        upright, rotated, hard = SKILL[group]
        chance = upright if picture.condition == "upright" else rotated if place % 3 else hard
        right, viewed = rng.random() < chance, 900 + 2000 * rng.random()
        places, outcome = SILENT.get(observer, ((), "answered"))
        silent, late = place in places, place in LATE.get(observer, ())
        truth, other = picture.labels
        timed = group == "40ms"
        made.append(
            Trial(
                observer=observer,
                kind="model" if is_model else "human",
                group=group,
                session=None if is_model else "ses-01",
                index=None if is_model else place,
                set="planted",
                stimulus=picture.image_id,
                condition=picture.condition,
                offered=(truth, other),
                truth=truth,
                choice=None if silent else truth if right else other,
                outcome=outcome if silent else "answered",
                rt_ms=None if silent or is_model else 500 + 400 * rng.random(),
                rt_source=None if silent or is_model else "onset of labels; keyboard, device time",
                requested_ms=40.0 if timed else None,
                achieved_ms=None if is_model else ACHIEVED_MS * (1.4 if late else 1) if timed else viewed,
                timing_valid=not late if timed else None,
                margin=(1 if right else -1) * (0.1 + rng.random()) if is_model else None,
            )
        )
    return made


def facts_of(observer: str, group: str) -> Sidecar:
    """What the sidecar of one observer says."""
    if group == "networks":
        return Sidecar(
            source={"scorer": "askew score", "file": f"scores/{observer}.h5"}, versions={"timm": "1.0.31"}, seed=5
        )
    return Sidecar(
        source={"journal": f"sessions/{observer}_ses-01/journal.jsonl", "protocol": f"planted_{group}"},
        versions={"askew": "0.1.0", "psychopy": "2026.2.0"},
        seed=5,
        display=SCREEN,
        clocks=CLOCKS,
    )


def planted_study(root: Path) -> Study:
    """The planted study on disk: five people at 40 ms, five with unlimited time, two networks."""
    study = Study(
        root=root,
        name="planted",
        title="A planted study",
        seed=5,
        combine={"rotated": ("rotated-correct", "rotated-incorrect")},
        contrasts=(
            Contrast(a="unlimited", b="40ms", condition="rotated"),
            Contrast(a="unlimited", b="networks", condition="rotated"),
            Contrast(a="upright", b="rotated", group="40ms"),
        ),
    )
    study.write()
    for place, picture in enumerate(pictures()):
        path = study.root / "stimuli" / str(picture.file)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (32, 32), (124, 116, 5 * place)).save(path)
    write_manifest(study.manifest, pictures(), Sidecar(source={"recipe": "planted"}, seed=5))
    people = [(f"p{i}", "40ms" if i <= 5 else "unlimited") for i in range(1, 11)]
    for seed, (observer, group) in enumerate([*people, ("net-a", "networks"), ("net-b", "networks")]):
        table = study.root / "trials" / f"{observer}.csv"
        write_trials(table, answers(observer, group, seed), facts_of(observer, group))
    return study


def evidence_in(*places: Path, **options: Any) -> Evidence:
    """The evidence of a study or of tables on disk; `options` are those of `gather`."""
    usual: dict[str, Any] = {
        "simulated": False,
        "seed": None,
        "resamples": RESAMPLES,
        "resample": "images",
        "missing": "drop",
        "level": 0.95,
        "bound": 0.05,
        "formula": None,
        "invalid_timing": False,
    }
    gathered = gather(places, **{**usual, **options})
    return Evidence.of(gathered, compare(gathered.trials, gathered.plan))


def evidence_of(
    trials: Sequence[Trial] | pd.DataFrame,
    *,
    plan: Plan | None = None,
    study: Study | None = None,
    pictures: Sequence[Picture] = (),
    sidecars: Mapping[str, Sidecar] | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> Evidence:
    """Evidence of trials that are on no disk. A table is taken as it is, whatever columns it lacks."""
    table = trials if isinstance(trials, pd.DataFrame) else frame(list(trials))
    plan = plan or Plan(resamples=100)
    return Evidence(
        found=compare(table, plan),
        trials=table,
        study=study,
        pictures=tuple(pictures),
        sidecars=sidecars or {},
        provenance=provenance
        or {
            "study": None,
            "inputs": [{"file": "trials/a.csv", "sha256": "0" * 64}],
            "askew": "0.1.0",
            "libraries": {"numpy": "2.4.6"},
            "seed": plan.seed,
            "resamples": plan.resamples,
            "resample": plan.resample,
            "missing": plan.missing,
            "level": plan.level,
            "bound": plan.bound,
            "command": "askew compare TRIALS",
        },
    )


def blocks_of(section: Section | None) -> list[Block]:
    """All blocks of a section, those inside folded ones among them."""
    assert section is not None
    return [*flat(section.blocks)]


def words_of(section: Section | None) -> str:
    """All sentences of a section, a line each: no tables and no figures."""
    told: list[str] = []
    for block in blocks_of(section):
        if isinstance(block, Text | Quote):
            told.append(block.words)
        elif isinstance(block, Note):
            told.append(f"{block.title}: {block.words}")
        elif isinstance(block, Listing):
            told += block.items
    return "\n".join(told)


def grid_of(section: Section | None, caption: str) -> Grid:
    """The table with this caption."""
    (found,) = (block for block in blocks_of(section) if isinstance(block, Grid) and block.caption == caption)
    return found


def rows_of(section: Section | None, caption: str) -> list[dict[str, Cell]]:
    """The rows of a table, by the titles of its columns."""
    grid = grid_of(section, caption)
    return [dict(zip([head.title for head in grid.heads], row, strict=True)) for row in grid.rows]


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The planted study on disk. Tests that change it take a copy, or make one with `planted_study`."""
    return planted_study(tmp_path_factory.mktemp("planted") / "study")


@pytest.fixture(scope="session")
def evidence(planted: Study) -> Evidence:
    """The evidence of the planted study."""
    return evidence_in(planted.root)


@pytest.fixture(scope="session")
def published_evidence(study: Study) -> Evidence:
    """The evidence of the published study; skips where its data are not there."""
    return evidence_in(study.root)
