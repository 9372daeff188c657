"""From a card to a network that is ready, wherever it comes from."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from askew.errors import BadInput
from askew_models.building import build
from askew_models.card import Card, Preprocessing
from askew_models.imagenet import SETS
from askew_models.weights import tensors_sha256

SAID = Preprocessing(size_px=160, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
LISTED: dict[str, Any] = {"labels": "imagenet-1k", "licence": "MIT"}


def untrained(name: str, **values: Any) -> Card:
    return Card(**{**LISTED, "name": "net", "kind": "timm", "tag": name, "weights": "random", **values})


@pytest.mark.parametrize("labels", SETS)
def test_the_same_weights_have_the_same_hash_wherever_they_come_from(tmp_path: Path, labels: str) -> None:
    first = build(untrained("test_vit", labels=labels))
    save_file(first.network.module.state_dict(), tmp_path / "net.safetensors")
    again = build(
        Card(
            name="again",
            kind="checkpoint",
            architecture="timm:test_vit",
            weights="net.safetensors",
            labels=labels,
            licence="MIT",
            sha256=first.weights_sha256,
            preprocessing=SAID,
            folder=tmp_path,
        )
    )
    assert again.weights_sha256 == first.weights_sha256
    assert again.keys == first.keys
    assert len(again.keys) == SETS[labels][1]
    images = torch.rand(2, 3, 160, 160, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        logits = again.network.module(images)
        assert torch.equal(logits, first.network.module(images))
    assert logits.shape == (2, SETS[labels][1])


def test_networks_that_are_built_side_by_side_are_those_that_are_built_alone() -> None:
    cards = [untrained(name, seed=seed) for name in ("test_vit", "test_resnet", "test_mambaout") for seed in (1, 2)]
    alone = [build(card).weights_sha256 for card in cards]
    with ThreadPoolExecutor(6) as pool:
        together = [built.weights_sha256 for built in pool.map(build, cards * 3)]
    assert together == alone * 3


def test_building_leaves_what_is_shared_as_it_was() -> None:
    torch.manual_seed(8)
    expected = torch.rand(3)
    torch.manual_seed(8)
    with torch.inference_mode():
        build(untrained("test_vit"))
    assert torch.equal(torch.rand(3), expected)
    assert torch.is_grad_enabled()


def test_a_network_is_ready_to_run_and_not_to_train(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "import torch\n"
        "from askew_models import Network, Preparation\n"
        "def observer():\n"
        "    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Dropout(), torch.nn.LazyLinear(2))\n"
        "    module(torch.zeros(1, 3, 4, 4))\n"
        "    module.register_buffer('count', torch.tensor(3))\n"
        "    wanted = Preparation(size_px=4, resize_px=4, mean=(0, 0, 0), std=(1, 1, 1))\n"
        "    return Network(module=module.train(), labels=['a', 'b'], preparation=wanted)\n"
    )
    for card in (untrained("test_resnet"), Card(name="own", kind="python", file="net.py", folder=tmp_path)):
        built = build(card)
        module = built.network.module
        assert not any(part.training for part in module.modules())
        assert not any(parameter.requires_grad for parameter in module.parameters())
        assert all(value.device.type == "cpu" for value in module.state_dict().values())
        assert built.weights_sha256 == tensors_sha256(module.state_dict())


def test_the_hash_of_a_card_is_checked_for_every_kind() -> None:
    right = build(untrained("test_vit")).weights_sha256
    assert build(untrained("test_vit", sha256=right)).weights_sha256 == right
    with pytest.raises(BadInput, match=f"^observer net: its tensors have SHA-256 {right}, but the card says "):
        build(untrained("test_vit", sha256="0" * 64))
