"""The small study that comes with askew."""

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from askew.study import Study
from askew_stimuli.check import findings
from askew_stimuli.finding import Finding
from askew_stimuli.picture import read_manifest

ROOT = Path(__file__).parents[2]


def found(study: Study) -> list[Finding]:
    return list(findings(study.manifest.parent, read_manifest(study.manifest)))


@pytest.fixture
def make_example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_example", ROOT / "data" / "make_example.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_example_is_what_its_program_makes(make_example: ModuleType, tmp_path: Path) -> None:
    make_example.make(tmp_path / "example")
    made, committed = Study.open(tmp_path / "example"), Study.open(ROOT / "data" / "example")
    assert replace(made, root=committed.root) == committed
    assert list(made.trials()) == list(committed.trials())
    assert made.toml() == (committed.root / "study.toml").read_text(encoding="utf-8")
    # Another version of the PNG library may compress otherwise; the pixels are the same.
    pictures = [[replace(p, sha256_file=None) for p in read_manifest(study.manifest)] for study in (made, committed)]
    assert pictures[0] == pictures[1]


def test_the_example_is_whole_and_says_that_nobody_is_a_person() -> None:
    study = Study.open(ROOT / "data" / "example")
    assert [finding for finding in found(study) if not finding.note] == []
    trials = list(study.trials())
    assert len(trials) == 4 * 2 * 8
    assert {trial.kind for trial in trials} == {"simulated"}
    assert {trial.stimulus for trial in trials} == {picture.image_id for picture in read_manifest(study.manifest)}


def test_the_example_is_small() -> None:
    files = [path for path in (ROOT / "data" / "example").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 3_000_000
