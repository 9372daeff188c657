"""Networks of torchvision: the right head, the right pictures, and the weights of their name."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import models

from askew.errors import BadInput
from askew_models.building import build
from askew_models.card import Card, Preprocessing
from askew_models.preparation import prepared
from askew_models.torchvision_network import torchvision_preparation
from askew_models.weights import tensors_sha256

SAID = Preprocessing(size_px=32, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
SMALL = "squeezenet1_1/IMAGENET1K_V1"


def card(tag: str, **values: Any) -> Card:
    usual: dict[str, Any] = {"name": "net", "kind": "torchvision", "labels": "imagenet-1k", "licence": "BSD-3-Clause"}
    return Card(**{**usual, "tag": tag, **values})


@pytest.fixture(autouse=True)
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test alone."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def place(folder: Path, tag: str) -> Path:
    name, _, weights = tag.partition("/")
    return folder / Path(models.get_model_weights(name)[weights].url).name


def some_weights(name: str, **values: Any) -> dict[str, torch.Tensor]:
    torch.manual_seed(11)
    module: torch.nn.Module = models.get_model(name, weights=None, **values)
    return module.state_dict()


def tags() -> list[str]:
    names = models.list_models(module=models)
    return [f"{name}/{member}" for name in names for member in models.get_model_weights(name).__members__]


def test_pixels_are_those_of_the_weights_own_transforms_for_every_tag() -> None:
    wide = Image.fromarray(np.random.default_rng(4).integers(0, 256, (150, 200, 3), dtype=np.uint8))
    seen = set()
    for tag in tags():
        name, _, key = tag.partition("/")
        weights = models.get_model_weights(name)[key]
        preparation = torchvision_preparation(card(f"{name}/X"), weights)
        if preparation in seen:
            continue
        seen.add(preparation)
        mean, std = (torch.tensor(three).reshape(3, 1, 1) for three in (preparation.mean, preparation.std))
        values = torch.from_numpy(prepared(wide, preparation)).float() / 255
        torch.testing.assert_close((values - mean) / std, weights.transforms()(wide), msg=tag)
    assert len(seen) > 15


@pytest.mark.parametrize(("labels", "outputs"), [("imagenet-1k", 1000), ("imagenet-22k", 21841)])
def test_an_untrained_network_has_an_output_for_each_label(labels: str, outputs: int) -> None:
    built = build(card("squeezenet1_1", weights="random", labels=labels, preprocessing=SAID))
    assert len(built.keys) == outputs
    with torch.inference_mode():
        assert built.network.module(torch.zeros(1, 3, 32, 32)).shape == (1, outputs)
    assert built.network.preparation.resize_px == 32
    assert not built.network.module.training


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_an_untrained_network_says_nothing_of_how_it_is_drawn(name: str) -> None:
    built = build(card(name, weights="random", preprocessing=Preprocessing(**{**vars(SAID), "size_px": 96})))
    with torch.inference_mode():
        assert built.network.module(torch.zeros(2, 3, 96, 96)).shape == (2, 1000)


def test_an_untrained_network_has_the_weights_of_its_seed() -> None:
    first, again, other = (
        build(card("shufflenet_v2_x0_5/IMAGENET1K_V1", weights="random", seed=seed)) for seed in (4, 4, 5)
    )
    assert first.weights_sha256 == again.weights_sha256 != other.weights_sha256
    assert first.network.preparation.resize_px == 256  # as the weights would have it that the tag names


@pytest.mark.parametrize("tag", [SMALL, "resnet18/IMAGENET1K_V1", "googlenet/IMAGENET1K_V1"])
def test_pretrained_weights_come_from_the_cache(
    checkpoints: Path, tag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name = tag.partition("/")[0]
    values: dict[str, Any] = {"aux_logits": True, "init_weights": True} if name == "googlenet" else {}
    weights = some_weights(name, **values)
    torch.save(weights, place(checkpoints, tag))
    built = build(card(tag))
    found = built.network.module.state_dict()
    assert all(torch.equal(value, weights[key]) for key, value in found.items())
    assert built.weights_sha256 == tensors_sha256(found)
    assert capsys.readouterr() == ("", "")


def test_pretrained_weights_are_those_that_torchvision_itself_would_have(checkpoints: Path) -> None:
    torch.save(some_weights("squeezenet1_1"), place(checkpoints, SMALL))
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    built = build(card(SMALL))
    with torch.inference_mode():
        # Afterwards torchvision reads its weights as before.
        expected = models.get_model("squeezenet1_1", weights="IMAGENET1K_V1").eval()(images)
        assert torch.equal(built.network.module(images), expected)


def test_other_weights_than_the_card_describes_are_refused(checkpoints: Path) -> None:
    torch.save(some_weights("squeezenet1_1"), place(checkpoints, SMALL))
    with pytest.raises(BadInput, match=r"^observer net: its tensors have SHA-256 \w{64}, but the card says 0{64}; get"):
        build(card(SMALL, sha256="0" * 64))


def test_weights_that_would_run_something_are_refused(checkpoints: Path) -> None:
    torch.save(models.get_model("squeezenet1_1", weights=None), place(checkpoints, SMALL))
    with pytest.raises(
        BadInput, match=r"holds more than tensors \(torchvision.models.squeezenet.SqueezeNet\), and noth"
    ):
        build(card(SMALL))


def test_weights_of_another_network_are_refused(checkpoints: Path) -> None:
    torch.save(some_weights("squeezenet1_0"), place(checkpoints, SMALL))
    with pytest.raises(
        BadInput, match=r"^observer net: torchvision:squeezenet1_1 cannot be made \(RuntimeError: Error"
    ):
        build(card(SMALL))


def test_the_card_comes_before_the_weights() -> None:
    weights = models.get_model_weights("resnet18")["IMAGENET1K_V1"]
    usual = torchvision_preparation(card("resnet18/IMAGENET1K_V1"), weights)
    assert (usual.size_px, usual.resize_px, usual.interpolation) == (224, 256, "bilinear")
    said = Preprocessing(size_px=112, interpolation="bicubic")
    half = torchvision_preparation(card("resnet18/IMAGENET1K_V1", preprocessing=said), weights)
    assert (half.size_px, half.resize_px, half.interpolation) == (112, 128, "bicubic")
    assert half.mean == usual.mean


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"tag": "resnt50/IMAGENET1K_V1"},
         r"^observer net: torchvision \S+ has no network 'resnt50' that classifies \(did you mean resnet50\?\); torch"),
        ({"tag": "fcn_resnet50/COCO_V1"}, "has no network 'fcn_resnet50' that classifies"),
        ({"tag": "resnet50/IMAGENET1K_V3"},
         r"has no weights 'IMAGENET1K_V3' of resnet50 \(did you mean IMAGENET1K_V\d\?\); there are IMAGENET1K_V1, I"),
        ({"tag": SMALL, "labels": "imagenet-12k"},
         "^observer net: torchvision:squeezenet1_1/IMAGENET1K_V1 has 1,000 outputs, but labels imagenet-12k has 11,82"),
        ({"tag": "squeezenet1_1", "weights": "random", "preprocessing": SAID, "arguments": {"num_classes": 10}},
         "^observer net: torchvision:squeezenet1_1 has 10 outputs, but labels imagenet-1k has 1,000; name the labels"),
        ({"tag": "squeezenet1_1", "weights": "random", "preprocessing": SAID, "arguments": {"width": 3}},
         r"^observer net: torchvision:squeezenet1_1 cannot be made with arguments width \(TypeError: .*width"),
    ],
)  # fmt: skip
def test_what_torchvision_cannot_make_is_refused(values: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        build(card(**values))
