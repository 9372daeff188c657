"""A small set of pictures, and networks in Python files, for what scores."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import timm  # noqa: F401  before anything in this process renders: the driver's LLVM and torch's would not go together
import torch  # noqa: F401
from PIL import Image

from askew.files import sha256
from askew.sidecar import Sidecar
from askew_stimuli.picture import Picture, write_manifest

LABELS = ("mug", "hammer", "chair")
CONDITIONS = ("upright", "rotated")

# A network whose logits are a fixed function of the mean colour; `extra` stands where a test wants something else.
OBSERVER = """
import torch
from askew_models import Network, Preparation


class Colours(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([[1.0, -1, 0], [0, 1, -1], [-1, 0, 1]]))

    def forward(self, pictures):
        {extra}
        return pictures.mean((2, 3)) @ self.weight


def observer():
    return Network(
        module=Colours(),
        labels=("mug", "hammer", "chair"),
        preparation=Preparation(size_px=8, resize_px=10, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)),
    )
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of 24 pictures of three things, upright and rotated, with their manifest."""
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "set"
    root.mkdir()
    random = np.random.default_rng(3)
    pictures = []
    for number in range(24):
        truth = number % len(LABELS)
        values = random.integers(0, 120, (12, 12, 3), dtype=np.uint8)
        values[..., truth] += 60
        name = f"{LABELS[truth]}_{number}"
        Image.fromarray(values).save(root / f"{name}.png")
        pictures.append(
            Picture(
                image_id=name,
                file=f"{name}.png",
                sha256_file=sha256(root / f"{name}.png"),
                set="colours",
                source="imported",
                object_id=name,
                class_label=LABELS[truth],
                alt_label=LABELS[(truth + 1) % len(LABELS)],
                condition=CONDITIONS[number // 12],
                size_px=(12, 12),
            )
        )
    write_manifest(root / "manifest.csv", pictures, Sidecar())
    return root


@pytest.fixture
def network(tmp_path: Path) -> Callable[..., Path]:
    """Writes the Python file of an observer; `extra` is what it does before it answers."""

    def write(name: str, extra: str = "pass", text: str = OBSERVER) -> Path:
        path = tmp_path / f"{name}.py"
        body = textwrap.indent(textwrap.dedent(extra), " " * 8).strip()
        path.write_text(text.replace("{extra}", body))
        return path

    return write
