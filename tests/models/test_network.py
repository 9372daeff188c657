"""What a Python file of one's own gives back."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import askew_models
from askew.errors import BadInput
from askew_models.network import Network
from askew_models.preparation import Preparation

WANTED = Preparation(size_px=32, resize_px=32, mean=(0, 0, 0), std=(1, 1, 1))


def test_a_network_needs_no_torch() -> None:
    network = Network(module=lambda pictures: pictures.mean((2, 3)), labels=["r", "g", "b"], preparation=WANTED)
    assert network.module(np.ones((2, 3, 4, 4))).tolist() == [[1, 1, 1], [1, 1, 1]]


def test_what_files_of_ones_own_need_is_at_hand_without_torch() -> None:
    assert askew_models.Network is Network
    assert askew_models.Preparation is Preparation
    assert {"Network", "Preparation"} <= set(dir(askew_models))
    said = (
        "import sys; from askew_models import Network, Preparation; print(sorted({'torch', 'timm'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_another_name_is_none() -> None:
    with pytest.raises(AttributeError, match="module 'askew_models' has no attribute 'Observer'"):
        _ = askew_models.Observer


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"module": 7}, "^network, module: 7 cannot be called; give a module or a function"),
        ({"preparation": 224}, "^network, preparation: 224 is no Preparation; give an askew_models.Preparation"),
        (
            {"labels": ()},
            r"^network, labels: \(\) is neither the name of a label set nor a list of texts, one for each",
        ),
        ({"labels": [1, 2]}, r"^network, labels: \[1, 2\] is neither the name of"),
        ({"labels": None}, "^network, labels: None is neither the name of"),
    ],
)
def test_what_no_network_can_be_is_refused(values: dict[str, Any], says: str) -> None:
    usual: dict[str, Any] = {"module": len, "labels": "imagenet-1k", "preparation": WANTED}
    with pytest.raises(BadInput, match=says):
        Network(**{**usual, **values})
