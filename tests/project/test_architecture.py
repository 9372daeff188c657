"""Who may import whom, and what is shipped."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHELVES = ("", "stimuli", "experiments", "models", "analysis")
PACKAGES = ("askew", "askew_stimuli", "askew_experiments", "askew_models", "askew_analysis")


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """import-linter over a copy of the tree, which comes before the installed one."""
    paths = os.pathsep.join(str(root / shelf) for shelf in SHELVES)
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for shelf, package in zip(SHELVES, PACKAGES, strict=True):
        shutil.copytree(ROOT / shelf / package, tmp_path / shelf / package)
    return tmp_path


def test_the_import_graph_holds(copy: Path) -> None:
    run = lint_imports(copy)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("analysis/askew_analysis/__init__.py", "import askew_models", "Parts meet only in the record and the stimuli"),
        ("stimuli/askew_stimuli/__init__.py", "import askew_analysis", "Parts meet only in the record and the stimuli"),
        ("askew/__init__.py", "import askew_stimuli", "Parts meet only in the record and the stimuli"),
        ("askew/__init__.py", "import numpy", "The record needs nothing but Python"),
        ("stimuli/askew_stimuli/__init__.py", "import torch", "Only models import torch"),
        ("models/askew_models/__init__.py", "import pandas", "Only analysis imports pandas and statsmodels"),
        ("analysis/askew_analysis/__init__.py", "import psychopy", "Only sessions import PsychoPy"),
    ],
)
def test_an_import_that_breaks_it_is_found(copy: Path, module: str, line: str, broken: str) -> None:
    with (copy / module).open("a") as stream:
        stream.write(f"{line}\n")
    run = lint_imports(copy)
    assert run.returncode == 1
    assert f"{broken} BROKEN" in run.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", folder, ROOT], check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as pack:
        return pack.namelist()


def test_the_wheel_holds_the_packages_and_nothing_else(wheel: list[str]) -> None:
    tops = {name.partition("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {*PACKAGES}


def test_the_wheel_holds_what_is_no_code(wheel: list[str]) -> None:
    for package in PACKAGES:
        assert f"{package}/py.typed" in wheel
    assert "askew_stimuli/registries/unusual-poses.txt" in wheel
    assert "askew_experiments/protocols/unusual_poses_40ms.toml" in wheel
    assert "askew_experiments/languages/de.toml" in wheel
    assert "askew_experiments/practice/manifest.csv" in wheel
    assert "askew_models/lineups/published.toml" in wheel
    assert "askew_models/bundled/training.toml" in wheel
    assert {f"askew_analysis/report/page.{form}" for form in ("html.jinja", "css", "js")} <= {*wheel}
    assert any(name.endswith("licenses/LICENSE") for name in wheel)
