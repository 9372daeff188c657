"""Networks whose weights are a file beside the card."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file
from torchvision import models

from askew.errors import BadInput
from askew_models.building import build
from askew_models.card import Card, Preprocessing
from askew_models.checkpoint import checkpoint_network
from askew_models.labels import label_set
from askew_models.weights import tensors_sha256

LABELS = ("mug", "hammer", "chair", "fork")
SAID = Preprocessing(size_px=64, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
Tensors = dict[str, torch.Tensor]


def card(folder: Path, **values: Any) -> Card:
    (folder / "labels.txt").write_text("\n".join(LABELS) + "\n")
    usual: dict[str, Any] = {
        "name": "net",
        "kind": "checkpoint",
        "architecture": "timm:test_resnet",
        "weights": "net.safetensors",
        "labels": "labels.txt",
        "licence": "MIT",
        "preprocessing": SAID,
        "folder": folder,
    }
    return Card(**{**usual, **values})


def network(outputs: int = len(LABELS), **values: Any) -> torch.nn.Module:
    torch.manual_seed(2)
    module: torch.nn.Module = timm.create_model("test_resnet", num_classes=outputs, **values)
    return module.eval()


def save(folder: Path, tensors: Tensors, name: str = "net.safetensors") -> None:
    if name.endswith(".safetensors"):
        save_file({key: value.contiguous() for key, value in tensors.items()}, folder / name)
    else:
        torch.save(tensors, folder / name)


def logits(module: Any) -> torch.Tensor:
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        answer: torch.Tensor = module(images)
    return answer


@pytest.mark.parametrize("name", ["net.safetensors", "net.pt", "net.pth"])
def test_a_file_gives_the_network_that_was_saved(tmp_path: Path, name: str) -> None:
    saved = network()
    save(tmp_path, saved.state_dict(), name)
    built = build(card(tmp_path, weights=name, sha256=tensors_sha256(saved.state_dict())))
    assert torch.equal(logits(built.network.module), logits(saved))
    assert built.keys == LABELS
    assert built.label_set == "labels"
    assert built.notes == ()
    assert not built.network.module.training
    preparation = built.network.preparation
    assert (preparation.size_px, preparation.resize_px, preparation.fit) == (64, 64, "crop")
    assert preparation.interpolation == "bicubic"


def test_arguments_shape_the_architecture(tmp_path: Path) -> None:
    saved = network(channels=(8, 8, 16, 16), stem_width=8)
    save(tmp_path, saved.state_dict())
    built = build(card(tmp_path, arguments={"channels": [8, 8, 16, 16], "stem_width": 8}))
    assert torch.equal(logits(built.network.module), logits(saved))


def test_a_network_of_torchvision_may_be_in_a_file(tmp_path: Path) -> None:
    torch.manual_seed(2)
    saved = models.get_model("squeezenet1_1", weights=None, num_classes=len(LABELS)).eval()
    save(tmp_path, saved.state_dict())
    built = build(card(tmp_path, architecture="torchvision:squeezenet1_1"))
    assert torch.equal(logits(built.network.module), logits(saved))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_tensors_of_other_precision_come_back_as_32_bits(tmp_path: Path, dtype: torch.dtype) -> None:
    exact = network().state_dict()
    short = {key: value.to(dtype) if value.is_floating_point() else value for key, value in exact.items()}
    save(tmp_path, short)
    built = build(card(tmp_path, sha256=tensors_sha256(short)))
    found = built.network.module.state_dict()
    assert all(torch.equal(found[key], value.to(found[key].dtype)) for key, value in short.items())
    assert {value.dtype for value in found.values()} == {torch.float32, torch.int64}


@pytest.mark.parametrize("prefixes", [("module.",), ("_orig_mod.",), ("module.", "_orig_mod.")])
def test_the_names_that_wrappers_leave_are_taken_off_and_told(tmp_path: Path, prefixes: tuple[str, ...]) -> None:
    saved = network()
    wrapped = {"".join(prefixes) + key: value for key, value in saved.state_dict().items()}
    save(tmp_path, wrapped, "net.pt")
    built = build(card(tmp_path, weights="net.pt", sha256=tensors_sha256(wrapped)))
    assert torch.equal(logits(built.network.module), logits(saved))
    assert built.notes == tuple(f"'{prefix}' was taken off the names of its tensors" for prefix in prefixes)


def test_the_hash_is_checked_before_anything_uses_the_weights(tmp_path: Path) -> None:
    # The file would not fit any network, but that is not what is wrong with it first.
    save(tmp_path, {"a": torch.zeros(2)})
    with pytest.raises(BadInput, match=r"^observer net: its tensors have SHA-256 \w{64}, but the card says 0{64}; get"):
        build(card(tmp_path, sha256="0" * 64))


def without(*names: str) -> Callable[[Tensors], Tensors]:
    return lambda state: {key: value for key, value in state.items() if key not in names}


def changed(**values: torch.Tensor) -> Callable[[Tensors], Tensors]:
    return lambda state: {**state, **{key.replace("__", "."): value for key, value in values.items()}}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without("fc.bias"),
         "does not fit timm:test_resnet: it lacks 'fc.bias'; correct architecture and arguments, or the file"),
        (without("fc.bias", "fc.weight", "bn1.weight"), "it lacks 'bn1.weight' and 2 more; correct"),
        (changed(head__bias=torch.zeros(4)), "it has 'head.bias' that the network has not; correct"),
        (lambda state: {**without("fc.bias")(state), "a": torch.zeros(1), "b": torch.zeros(1)},
         "it lacks 'fc.bias', has 'a' and 1 more that the network has not; correct"),
        (changed(bn1__weight=torch.zeros(3), bn1__bias=torch.zeros(3)),
         r"it has 'bn1.weight' as 3 where it is \d+ \(and 1 tensor more of another shape\); correct"),
        (changed(bn1__num_batches_tracked=torch.zeros(1)), "'bn1.num_batches_tracked' as 1 where it is one number"),
        (changed(fc__bias=torch.zeros(4, dtype=torch.int8)),
         "it has whole numbers in 'fc.bias', as quantised networks do; correct"),
        (lambda _: network(10).state_dict(),
         "net.safetensors has 10 outputs, but labels labels has 4; name the labels of this file"),
    ],
)  # fmt: skip
def test_tensors_that_do_not_fit_are_refused(tmp_path: Path, change: Callable[[Tensors], Tensors], says: str) -> None:
    save(tmp_path, change(network().state_dict()))
    with pytest.raises(BadInput, match=rf"^observer net: {tmp_path}/net.safetensors .*") as said:
        build(card(tmp_path))
    assert "\n" not in str(said.value)
    with pytest.raises(BadInput, match=says):
        build(card(tmp_path))


def test_half_a_file_is_refused(tmp_path: Path) -> None:
    save(tmp_path, network().state_dict())
    path = tmp_path / "net.safetensors"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BadInput, match=r"net.safetensors: cannot be read \(.+\); it is damaged, so copy it again"):
        build(card(tmp_path))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"weights": "gone.safetensors"}, "^observer net: there is no file .*gone.safetensors; put it beside the card"),
        ({"architecture": "timm:test_resnt"}, r"has no architecture 'test_resnt' \(did you mean test_resnet\?\)"),
        ({"architecture": "torchvision:squezenet1_1"},
         r"has no network 'squezenet1_1' that classifies \(did you mean squeezenet1_1\?\)"),
        ({"arguments": {"num_classes": 10}}, "^observer net: timm:test_resnet has 10 outputs, but labels labels has 4"),
        ({"arguments": {"width": 3}}, r"^observer net: timm:test_resnet cannot be made with arguments width \(TypeErr"),
        ({"architecture": "timm:test_vit"},
         "^observer net: timm:test_vit takes 160 x 160 pixels and no others, but preprocessing says 64; write img_"),
        ({"labels": "gone.txt"}, "gone.txt"),
    ],
)  # fmt: skip
def test_a_card_that_does_not_go_with_the_file_is_refused(tmp_path: Path, values: dict[str, Any], says: str) -> None:
    save(tmp_path, network().state_dict())
    with pytest.raises(BadInput, match=says):
        build(card(tmp_path, **values))


def test_the_tensors_of_a_file_are_what_is_hashed(tmp_path: Path) -> None:
    short = {key: value.half() if value.is_floating_point() else value for key, value in network().state_dict().items()}
    save(tmp_path, short)
    given = card(tmp_path)
    made = checkpoint_network(given, label_set("labels.txt", tmp_path))
    assert made.sha256 == build(given).weights_sha256 == tensors_sha256(short)
