"""The picture at the head of the README."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from askew.study import Study

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "data" / "make_picture.py"
COMMITTED = ROOT / "data" / "askew.png"


@pytest.fixture
def make_picture() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_picture", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_picture_is_of_the_example_as_it_is(make_picture: ModuleType) -> None:
    study = Study.open(ROOT / "data" / "example")
    with Image.open(COMMITTED) as picture:
        assert picture.info["Source"] == make_picture.source_of(study), "run `make picture`"


def test_the_picture_is_drawn_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one.png", "other.png"):
        program: list[str | Path] = [sys.executable, PROGRAM, tmp_path / name]
        subprocess.run(program, check=True, capture_output=True, cwd=tmp_path)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "other.png").read_bytes()


def test_the_picture_is_light_and_brings_its_own_background_for_dark_pages() -> None:
    assert COMMITTED.stat().st_size < 400_000
    with Image.open(COMMITTED) as picture:
        pixels = np.asarray(picture.convert("RGBA"))
    assert pixels.shape == (720, 1600, 4)
    corners = pixels[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.min() > 240
    assert (pixels[..., 3] == 255).all()
