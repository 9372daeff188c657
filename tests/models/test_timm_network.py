"""Networks of timm: the right head, the right pictures, and the weights of the tag."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from huggingface_hub import constants
from PIL import Image
from safetensors.torch import save_file
from timm.data.config import resolve_data_config
from timm.data.transforms_factory import create_transform

from askew.errors import BadInput
from askew_models.building import build
from askew_models.card import Card, Preprocessing
from askew_models.imagenet import SETS
from askew_models.preparation import prepared
from askew_models.timm_network import timm_facts, timm_preparation
from askew_models.weights import tensors_sha256

TAG = "resnet10t.c3_in1k"


def card(tag: str, **values: Any) -> Card:
    usual: dict[str, Any] = {"name": "net", "kind": "timm", "labels": "imagenet-1k", "licence": "as timm states it"}
    return Card(**{**usual, "tag": tag, **values})


@pytest.fixture(autouse=True)
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test alone, and no network."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "hub"


def place(hub: Path, tag: str, name: str = "model.safetensors") -> Path:
    """Where the hub's client keeps a file of a tag."""
    commit = "0123456789abcdef0123456789abcdef01234567"
    folder = hub / f"models--timm--{tag}"
    path = folder / "snapshots" / commit / name
    path.parent.mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(commit)
    return path


def some_weights(tag: str, **values: Any) -> dict[str, torch.Tensor]:
    torch.manual_seed(11)
    module: torch.nn.Module = timm.create_model(tag.partition(".")[0], **values)
    return module.state_dict()


def distinct_preparations() -> dict[tuple[Any, ...], str]:
    """One tag for each way in which any network of timm wants pictures."""
    found: dict[tuple[Any, ...], str] = {}
    for tag in timm.list_pretrained():
        facts = timm_facts(tag)
        size, share = facts["input_size"], facts["crop_pct"]
        mean = tuple(facts["mean"]) if facts["crop_mode"] == "border" else ()
        found.setdefault((size[-1], share, facts["crop_mode"], facts["interpolation"], mean), tag)
    return found


def test_pixels_are_those_of_timms_own_evaluation_for_every_tag() -> None:
    values = np.random.default_rng(4).integers(0, 256, (150, 200, 3), dtype=np.uint8)
    wide = Image.fromarray(values)
    resolve: Any = resolve_data_config
    seen = 0
    for (side, *_), tag in distinct_preparations().items():
        facts = timm_facts(tag)
        if side > 400 or facts["input_size"][1] != side:
            continue  # larger ones are the same code and take as long as all others together
        said = resolve(pretrained_cfg=facts)
        transform: Any = create_transform(**said, use_prefetcher=True)
        preparation = timm_preparation(card(tag), tag, facts)
        np.testing.assert_array_equal(prepared(wide, preparation), transform(wide).numpy(), err_msg=tag)
        assert preparation.mean == tuple(said["mean"])
        assert preparation.std == tuple(said["std"])
        seen += 1
    assert seen > 60


def test_every_square_tag_has_a_preparation() -> None:
    for tag in timm.list_pretrained():
        facts = timm_facts(tag)
        if facts["input_size"][1] == facts["input_size"][2]:
            preparation = timm_preparation(card(tag), tag, facts)
            assert preparation.size_px == facts["input_size"][1]
            assert preparation.resize_px == math.floor(preparation.size_px / facts["crop_pct"])


@pytest.mark.parametrize("labels", SETS)
def test_an_untrained_network_has_an_output_for_each_label(labels: str) -> None:
    built = build(card("test_resnet", weights="random", labels=labels))
    assert built.label_set == labels
    assert len(built.keys) == SETS[labels][1]
    with torch.inference_mode():
        logits = built.network.module(torch.zeros(1, 3, 64, 64))
    assert logits.shape == (1, SETS[labels][1])
    assert not built.network.module.training
    assert not any(parameter.requires_grad for parameter in built.network.module.parameters())


def test_an_untrained_network_has_the_weights_of_its_seed() -> None:
    first, again = (build(card("test_vit", weights="random", seed=4)) for _ in range(2))
    assert first.weights_sha256 == again.weights_sha256
    assert first.weights_sha256 == tensors_sha256(first.network.module.state_dict())
    assert build(card("test_vit", weights="random", seed=5)).weights_sha256 != first.weights_sha256


def test_an_untrained_network_of_a_tag_sees_what_the_tag_sees() -> None:
    preparation = build(card(TAG, weights="random")).network.preparation
    assert (preparation.size_px, preparation.resize_px) == (176, math.floor(176 / 0.875))


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_pretrained_weights_come_from_the_cache(hub: Path, name: str) -> None:
    weights = some_weights(TAG)
    path = place(hub, TAG, name)
    if name.endswith("bin"):
        torch.save(weights, path)
    else:
        save_file(weights, path)
    built = build(card(TAG, sha256=tensors_sha256(weights)))
    assert built.weights_sha256 == tensors_sha256(weights)
    found = built.network.module.state_dict()
    assert all(torch.equal(found[key], value) for key, value in weights.items())
    assert built.network.licence == "apache-2.0"
    assert built.notes == ("is seen at 176 pixels, as it was trained; timm reports its accuracy at 224",)


def test_weights_of_an_address_come_from_the_cache_of_torch(tmp_path: Path) -> None:
    tag = "legacy_seresnet18.in1k"
    weights = some_weights(tag)
    path = tmp_path / "torch" / "hub" / "checkpoints" / Path(timm_facts(tag)["url"]).name
    path.parent.mkdir(parents=True)
    torch.save(weights, path)
    assert build(card(tag)).weights_sha256 == tensors_sha256(weights)


def test_pretrained_weights_are_those_that_timm_itself_would_have(hub: Path) -> None:
    tag = "vit_tiny_patch16_224.augreg_in21k_ft_in1k"
    save_file(some_weights(tag), place(hub, tag))
    images = torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected = timm.create_model(tag, pretrained=True).eval()(images)
        assert torch.equal(build(card(tag)).network.module(images), expected)


def test_other_weights_than_the_card_describes_are_refused(hub: Path) -> None:
    save_file(some_weights(TAG), place(hub, TAG))
    with pytest.raises(BadInput, match=r"^observer net: its tensors have SHA-256 \w{64}, but the card says 0{64}; get"):
        build(card(TAG, sha256="0" * 64))


def test_damaged_weights_are_refused(hub: Path) -> None:
    path = place(hub, TAG)
    save_file(some_weights(TAG), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(BadInput, match=r"model.safetensors: cannot be read \(.+\); it is damaged, so copy it again$"):
        build(card(TAG))


def test_weights_that_would_run_something_are_refused(hub: Path) -> None:
    path = place(hub, TAG, "pytorch_model.bin")
    torch.save({"a": timm.create_model("test_resnet")}, path)
    with pytest.raises(
        BadInput, match=r"pytorch_model.bin: holds more than tensors \(timm.models.resnet.ResNet\), and"
    ):
        build(card(TAG))


def test_weights_of_another_network_are_refused(hub: Path) -> None:
    save_file(some_weights("resnet18"), place(hub, TAG))
    with pytest.raises(BadInput, match=r"^observer net: timm:resnet10t.c3_in1k cannot be made \(RuntimeError: Error"):
        build(card(TAG))


def test_no_network_is_told_with_what_to_do() -> None:
    with pytest.raises(BadInput) as said:
        build(card(TAG))
    text = str(said.value)
    assert text.startswith("observer net: timm:resnet10t.c3_in1k: the weights are not in the cache and cannot be down")
    assert "get huggingface.co/timm/resnet10t.c3_in1k where there is a network" in text
    assert "\n" not in text


def test_the_card_comes_before_the_checkpoint(hub: Path) -> None:
    save_file(some_weights(TAG), place(hub, TAG))
    said = Preprocessing(size_px=200, fit="squash", mean=(0.5, 0.5, 0.5))
    preparation = build(card(TAG, preprocessing=said)).network.preparation
    assert (preparation.size_px, preparation.resize_px) == (200, math.floor(200 / 0.875))
    assert preparation.fit == "squash"
    assert preparation.mean == (0.5, 0.5, 0.5)
    assert preparation.std == (0.229, 0.224, 0.225)
    whole = timm_preparation(card(TAG, preprocessing=Preprocessing(resize_px=176)), TAG, timm_facts(TAG))
    assert whole.resize_px == whole.size_px == 176


def test_a_network_for_one_size_takes_another_where_the_argument_says_so(hub: Path) -> None:
    tag = "vit_tiny_patch16_224.augreg_in21k_ft_in1k"
    save_file(some_weights(tag), place(hub, tag))
    built = build(card(tag, arguments={"img_size": 96}))
    assert built.network.preparation.size_px == 96
    with torch.inference_mode():
        assert built.network.module(torch.zeros(1, 3, 96, 96)).shape == (1, 1000)
    free = timm_preparation(
        card(tag, preprocessing=Preprocessing(size_px=384), arguments={"dynamic_img_size": True}), tag, timm_facts(tag)
    )
    assert free.size_px == 384


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"tag": "resnt50.a1_in1k"},
         r"^observer net: timm \S+ has no architecture 'resnt50' \(did you mean resnet50\?\); timm.list_models"),
        ({"tag": "resnet10t.c33_in1k"},
         r"^observer net: timm \S+ has no weights 'resnet10t.c33_in1k' \(did you mean resnet10t.c3_in1k\?\); there"),
        ({"tag": "resnet10t.a1h_in1k", "weights": "random"}, r"has no weights 'resnet10t.a1h_in1k'.*; there are res"),
        ({"tag": "vovnet57a.a1_in1k"}, "has no weights 'vovnet57a.a1_in1k'; there are none, only weights = "),
        ({"tag": "tv_resnet50", "weights": "random"},
         r"^observer net: timm \S+ calls 'tv_resnet50' now resnet50.tv_in1k; name that"),
        ({"tag": "vit_base_patch16_clip_224.openai"},
         "^observer net: timm:vit_base_patch16_clip_224.openai has 512 outputs, but labels imagenet-1k has 1,000"),
        ({"tag": "vit_base_patch14_dinov2.lvd142m"},
         "^observer net: timm:vit_base_patch14_dinov2.lvd142m has no head, so it gives features and no labels; choose"),
        ({"tag": TAG, "labels": "imagenet-22k"},
         "^observer net: timm:resnet10t.c3_in1k has 1,000 outputs, but labels imagenet-22k has 21,841; name the"),
        ({"tag": "test_resnet", "weights": "random", "arguments": {"num_classes": 10}},
         "^observer net: timm:test_resnet has 10 outputs, but labels imagenet-1k has 1,000; name the labels"),
        ({"tag": "test_resnet", "weights": "random", "arguments": {"width": 3}},
         r"^observer net: timm:test_resnet cannot be made with arguments width \(TypeError: .*width.*\); correct"),
        ({"tag": "vit_base_patch16_sapiens2.fb", "weights": "random"},
         "^observer net: timm:vit_base_patch16_sapiens2.fb takes 3 x 1024 x 768, but only squares of three"),
        ({"tag": "test_vit", "weights": "random", "preprocessing": Preprocessing(size_px=96)},
         "^observer net: timm:test_vit takes 160 x 160 pixels and no others, but preprocessing says 96; write img_"),
    ],
)  # fmt: skip
def test_what_timm_cannot_make_is_refused(values: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        build(card(**values))
