"""What MPLBACKEND says, while the commands import matplotlib."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import pytest

from askew.trial import Trial, write_trials
from askew_analysis.figures import _style

Make = Callable[..., Trial]

IMPORTED = """
import os
from askew_analysis.backend import import_matplotlib

def told():
    backend = dict.__getitem__(matplotlib.rcParams, "backend")
    print(backend if isinstance(backend, str) else "to be found", os.environ.get("MPLBACKEND"))

import_matplotlib()
import matplotlib
told()
import_matplotlib()
import askew_analysis.exposure, askew_analysis.figures
told()
"""
INLINE = "module://matplotlib_inline.backend_inline"  # of notebooks


@pytest.mark.parametrize(
    ("named", "backend"), [("nonsense", "to be found"), ("", "to be found"), ("svg", "svg"), (INLINE, INLINE)]
)
def test_a_backend_that_matplotlib_knows_is_kept_and_another_stops_nothing(named: str, backend: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", IMPORTED],
        env={**os.environ, "MPLBACKEND": named},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines() == [f"{backend} {named}"] * 2


def test_a_comparison_is_drawn_whatever_mplbackend_says(trial: Make, tmp_path: Path) -> None:
    trials = [
        trial(observer=o, stimulus=f"p{i}", condition="rotated" if i % 2 else "upright") for o in "ab" for i in range(6)
    ]
    write_trials(tmp_path / "a.csv", trials)
    words = ["compare", "--simulated", str(tmp_path), "--out", str(tmp_path / "out"), "--resamples", "200"]
    run = subprocess.run(
        [sys.executable, "-m", "askew", *words],
        env={**os.environ, "MPLBACKEND": "nonsense"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (run.returncode, "Traceback" in run.stderr) == (0, False)
    assert (tmp_path / "out" / "figures" / "accuracy.svg").is_file()


def test_figures_leave_the_backend_of_a_notebook_as_it_is() -> None:
    before = dict.__getitem__(mpl.rcParams, "backend")
    with _style():
        pass
    assert dict.__getitem__(mpl.rcParams, "backend") == before
