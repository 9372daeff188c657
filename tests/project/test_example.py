"""The small study that is kept with the code."""

import importlib.util
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from askew.command import main
from askew.demonstration import EXPOSURES, NETWORKS
from askew.study import Study
from askew.trial import Trial
from askew_stimuli.check import findings
from askew_stimuli.picture import Picture, read_manifest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "data" / "example"
# What follows from rounding in the last bits of a renderer or a network, which may differ between machines.
DRAWN = ("sha256_file", "sha256_pixels", "silhouette_sha256", "mask_sha256", "object_sha256")
MEASURED = ("lum_mean", "lum_sd", "area_frac", "centroid", "bbox", "clipped", "matched", "scale", "camera_distance")
MADE_BY = ("renderer", "gl_renderer", "versions", "mask_power_ratio", "mask_clipped")


@pytest.fixture(scope="session")
def make_example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_example", ROOT / "data" / "make_example.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def made(make_example: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, made anew."""
    folder = tmp_path_factory.mktemp("made") / "example"
    assert make_example.make(folder) == 0
    return folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "example"))


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def trials(folder: Path, kind: str) -> list[Trial]:
    return [trial for trial in Study.open(folder).trials() if trial.kind == kind]


def in_words(folder: Path) -> Iterator[Picture]:
    """What the manifest says of the pictures that is the same on all machines."""
    blank: dict[str, Any] = dict.fromkeys((*DRAWN, *MEASURED, *MADE_BY))
    for picture in read_manifest(folder / "stimuli" / "manifest.csv"):
        yield replace(picture, **blank)


def test_the_example_is_what_its_program_makes(made: Path) -> None:
    assert names(made) == names(EXAMPLE)
    for name in ("study.toml", "README.md", ".gitattributes", "sessions/ledger.jsonl"):
        assert (made / name).read_bytes() == (EXAMPLE / name).read_bytes(), "run `make example`"
    assert list(in_words(made)) == list(in_words(EXAMPLE))


@pytest.mark.parametrize("kind", ["pictures", "masks", "silhouettes"])
def test_its_pictures_look_as_they_did(made: Path, kind: str) -> None:
    for before in sorted((EXAMPLE / "stimuli" / kind).iterdir()):
        with Image.open(before) as one, Image.open(made / before.relative_to(EXAMPLE)) as other:
            difference = ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB")))
        assert max(difference.mean) < 1, before.name  # of 255


def test_its_participants_answer_again_as_they_did(made: Path) -> None:
    assert trials(made, "simulated") == trials(EXAMPLE, "simulated")


def test_its_networks_choose_again_as_they_did(made: Path) -> None:
    again, before = trials(made, "model"), trials(EXAMPLE, "model")
    assert [replace(trial, margin=None) for trial in again] == [replace(trial, margin=None) for trial in before]
    margins = [trial.margin for trial in before]
    assert [trial.margin for trial in again] == pytest.approx(margins, abs=0.05)


def test_the_example_is_whole_and_says_that_nobody_is_a_person() -> None:
    study = Study.open(EXAMPLE)
    pictures = read_manifest(study.manifest)
    assert [finding for finding in findings(study.manifest.parent, pictures) if not finding.note] == []
    assert study.simulated
    assert "simulated participants" in study.title
    assert "programs, not people" in (EXAMPLE / "README.md").read_text(encoding="utf-8")
    people, networks = trials(EXAMPLE, "simulated"), trials(EXAMPLE, "model")
    assert len(people) + len(networks) == len(list(study.trials()))
    assert {trial.group for trial in people} == {*EXPOSURES}
    assert {trial.group for trial in networks} == {NETWORKS}
    for group in (*EXPOSURES, NETWORKS):
        seen = {trial.stimulus for trial in (*people, *networks) if trial.group == group}
        assert seen == {picture.image_id for picture in pictures}


def test_the_example_is_small_and_has_nothing_that_is_derived_from_the_comparison() -> None:
    assert sum(path.stat().st_size for path in EXAMPLE.rglob("*") if path.is_file()) < 3_000_000
    assert not (EXAMPLE / "results").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["describe", "STUDY"], "360 simulated trials of 18 observers in 18 sessions"),
        (["stimuli", "check", "STUDY"], "60 pictures, 60 with a file, 60 of them compared by hash; nothing found"),
        (["stimuli", "sheet", "STUDY"], "60 pictures"),
        (["session", "qc", "STUDY"], "18 complete; 360 trials; nothing found"),
        (["session", "tables", "STUDY"], "0 tables written"),
        (["session", "export", "STUDY", "--csv", "--out", "OUT"], "18 sessions of 18 simulated participants"),
        (["session", "simulate", "STUDY", "--protocol", "unusual_poses_40ms", "--participants", "6"], "0 run now"),
        (["score", "STUDY", "--status"], "2 done"),
        (["score", "STUDY"], "2 done"),
        (["compare", "STUDY"], "comparisons of accuracy that study.toml declares"),
        (["report", "STUDY"], "report.html"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_commands_work_on_it(copy: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str) -> None:
    places = {"STUDY": str(copy), "OUT": str(copy.parent / "out")}
    tables = {path.name: path.read_bytes() for path in (copy / "trials").iterdir()}
    assert main([places.get(word, word) for word in words]) == 0
    assert says in capsys.readouterr().out
    assert {path.name: path.read_bytes() for path in (copy / "trials").iterdir()} == tables
