"""What several folders of tests use."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from askew.trial import TRIALS, Trial, write_trials

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def published() -> Path:
    """The published data, which are third-party and lie outside the project."""
    folder = Path(os.environ.get("ASKEW_PUBLISHED", ROOT.parent / "shared" / "published"))
    if not folder.is_dir():
        pytest.skip(f"the published data are not in {folder}; set ASKEW_PUBLISHED")
    return folder


@pytest.fixture
def trial() -> Callable[..., Trial]:
    """A trial of which the test says only what matters to it."""

    def make(**values: Any) -> Trial:
        usual: dict[str, Any] = {
            "observer": "sim_1",
            "kind": "simulated",
            "group": "40ms",
            "session": "1",
            "index": 1,
            "stimulus": "mug_rotated",
            "condition": "rotated",
            "offered": ("mug", "hammer"),
            "truth": "mug",
            "choice": "mug",
        }
        return Trial(**{**usual, **values})

    return make


@pytest.fixture
def table(tmp_path: Path, trial: Callable[..., Trial]) -> Path:
    """A table of two trials on disk."""
    path = tmp_path / "trials.csv"
    write_trials(path, [trial(), trial(stimulus="hammer_upright", index=2, truth="hammer", rt_ms=612.5)])
    return path


@pytest.fixture
def header() -> str:
    """The header of a table of trials."""
    return ",".join(TRIALS.columns)
