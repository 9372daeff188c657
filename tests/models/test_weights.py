"""Tensors of networks: read without running anything, and known by their hash."""

import hashlib
import json
import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from askew.errors import BadInput
from askew_models.card import Card
from askew_models.weights import plain_tensors, read_tensors, refuse_damaged, refuse_sha256, tensors_sha256

DRAWN = torch.Generator().manual_seed(3)
STATE = {
    "conv.weight": torch.randn(4, 3, 3, 3, generator=DRAWN),
    "bn.num_batches_tracked": torch.tensor(7),
    "fc.bias": torch.randn(5, generator=DRAWN),
    "nothing": torch.zeros(0, 3),
}


def state(**changed: torch.Tensor) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in {**STATE, **changed}.items()}


class Touching:
    """What runs something when it is read: it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def test_the_hash_is_of_names_types_shapes_and_bytes() -> None:
    lines = b""
    for name in sorted(STATE):
        tensor = STATE[name]
        kind = str(tensor.dtype).split(".")[1]
        value = hashlib.sha256(tensor.numpy().tobytes()).hexdigest()
        lines += json.dumps([name, kind, list(tensor.shape), value]).encode() + b"\n"
    assert tensors_sha256(STATE) == hashlib.sha256(lines).hexdigest()


@pytest.mark.parametrize(
    "changed",
    [
        {"fc.bias": STATE["fc.bias"] + 1e-7},
        {"fc.bias": STATE["fc.bias"].double()},
        {"conv.weight": STATE["conv.weight"].reshape(4, 27)},
        {"conv.weight": STATE["conv.weight"].transpose(2, 3)},
        {"another": torch.zeros(1)},
        {"nothing": torch.zeros(3, 0)},
    ],
)
def test_whatever_differs_changes_the_hash(changed: dict[str, torch.Tensor]) -> None:
    assert tensors_sha256(state(**changed)) != tensors_sha256(STATE)


def test_how_tensors_lie_in_memory_does_not_change_the_hash() -> None:
    laid = state()
    laid["conv.weight"] = laid["conv.weight"].contiguous(memory_format=torch.channels_last)
    assert not laid["conv.weight"].is_contiguous()
    parameters = {
        name: torch.nn.Parameter(value, requires_grad=value.is_floating_point()) for name, value in laid.items()
    }
    assert tensors_sha256(laid) == tensors_sha256(parameters) == tensors_sha256(STATE)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float8_e4m3fn, torch.bool, torch.complex64])
def test_every_type_has_a_hash(dtype: torch.dtype) -> None:
    one, other = torch.tensor([1.0, 0.0]).to(dtype), torch.tensor([0.0, 1.0]).to(dtype)
    assert tensors_sha256({"a": one}) == tensors_sha256({"a": one.clone()}) != tensors_sha256({"a": other})


def saved(path: Path, form: str) -> Path:
    """The state in a file of some form."""
    forms: dict[str, Callable[[], Any]] = {
        "safetensors": lambda: save_file(state(), path),
        "pt": lambda: torch.save(state(), path),
        "ordered": lambda: torch.save(OrderedDict(reversed(state().items())), path),
        "legacy": lambda: torch.save(state(), path, _use_new_zipfile_serialization=False),
        "state_dict": lambda: torch.save({"epoch": 3, "state_dict": state(), "optimizer": {"lr": 0.1}}, path),
        "model": lambda: torch.save({"model": state(), "args": ["--lr", "1"]}, path),
        "module": lambda: torch.save({n: torch.nn.Parameter(v, v.is_floating_point()) for n, v in STATE.items()}, path),
    }
    forms[form]()
    return path


@pytest.mark.parametrize("form", ["safetensors", "pt", "ordered", "legacy", "state_dict", "model", "module"])
def test_tensors_are_the_same_whatever_file_they_came_in(tmp_path: Path, form: str) -> None:
    path = saved(tmp_path / f"weights.{'safetensors' if form == 'safetensors' else 'pth'}", form)
    refuse_damaged(path)
    found = read_tensors(path)
    assert tensors_sha256(found) == tensors_sha256(STATE)
    assert all(torch.equal(found[name], value) for name, value in STATE.items())


@pytest.mark.parametrize("look", [read_tensors, refuse_damaged])
@pytest.mark.parametrize("nested", [True, False])
@pytest.mark.parametrize("legacy", [True, False])
def test_a_pickle_that_would_run_something_is_refused_and_runs_nothing(
    tmp_path: Path, look: Callable[[Path], Any], nested: bool, legacy: bool
) -> None:
    path, touched = tmp_path / "weights.pt", tmp_path / "touched"
    evil = Touching(touched)
    torch.save({"state_dict": state(), "x": evil} if nested else evil, path, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(BadInput) as refused:
        look(path)
    assert str(refused.value).startswith(f"{path}: holds more than tensors (")
    assert str(refused.value).endswith(
        "and nothing of it was run; save only the state dict, best as .safetensors: "
        "safetensors.torch.save_file(model.state_dict(), ...)"
    )
    assert not touched.exists()
    # The file does what it is made for where somebody lets it.
    torch.load(path, weights_only=False)
    assert touched.exists()


def test_a_plain_pickle_that_would_run_something_is_refused_too(tmp_path: Path) -> None:
    path, touched = tmp_path / "weights.pth", tmp_path / "touched"
    path.write_bytes(pickle.dumps(Touching(touched)))
    with pytest.raises(BadInput, match=r"weights.pth: (holds more than tensors|cannot be read)"):
        read_tensors(path)
    assert not touched.exists()


def test_a_whole_network_is_refused_with_what_to_save(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    torch.save(torch.nn.Linear(2, 2), path)
    with pytest.raises(
        BadInput, match=r"holds more than tensors \(torch.nn.modules.linear.Linear\), and nothing of it"
    ):
        read_tensors(path)


@pytest.mark.filterwarnings("ignore:`torch.jit.*` is deprecated", "ignore:'torch.load' received a zip file")
def test_a_network_that_was_saved_as_a_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), path)
    with pytest.raises(
        BadInput, match=r"weights.pt: is a TorchScript archive, which would run what is in it; save mod"
    ):
        read_tensors(path)


@pytest.mark.parametrize("look", [read_tensors, refuse_damaged])
@pytest.mark.parametrize("form", ["safetensors", "pt", "legacy"])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused_on_one_line(
    tmp_path: Path, look: Callable[[Path], Any], form: str, share: float
) -> None:
    path = saved(tmp_path / f"weights.{'safetensors' if form == 'safetensors' else 'pt'}", form)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(
        BadInput, match=r"weights\.\w+: cannot be read \(.+\); it is damaged.*, so copy it again$"
    ) as said:
        look(path)
    assert "\n" not in str(said.value)


def test_bytes_that_are_no_file_of_weights_are_refused(tmp_path: Path) -> None:
    for suffix in ("safetensors", "pt"):
        path = tmp_path / f"weights.{suffix}"
        for raw in (b"", b"\x00" * 64, b"<html>not found</html>", struct.pack("<Q", 1 << 40) + b"{}", b"PK\x03\x04..."):
            path.write_bytes(raw)
            with pytest.raises(BadInput, match=r"cannot be read \(.+\); it is damaged"):
                read_tensors(path)


@pytest.mark.filterwarnings("ignore:Validating sparse tensor:UserWarning")
@pytest.mark.parametrize(
    ("held", "says"),
    [
        ([torch.zeros(1)], "what it holds is of type list, no state dict; save model.state_dict"),
        (torch.zeros(1), "what it holds is a tensor, no state dict; save"),
        ({}, "is no state dict, for it is empty; save"),
        ({"a": torch.zeros(1), "epoch": 3}, "is no state dict, for 'epoch' is of type int; save"),
        ({"a": torch.zeros(1).to_sparse()}, "is no state dict, for 'a' is a tensor that is sparse, quantised or of"),
        ({0: torch.zeros(1)}, "is no state dict, for 0 is the name of a tensor and no text; save"),
        ({"net": {"a": torch.zeros(1)}}, "is no state dict, for 'net' is of type dict; save"),
        ({"state_dict": {"a": torch.zeros(1)}, "state_dict_ema": {"a": torch.zeros(1)}},
         r"holds several sets of tensors \(state_dict, state_dict_ema\); save the one that is meant alone"),
    ],
)  # fmt: skip
def test_what_is_no_state_dict_is_refused(tmp_path: Path, held: Any, says: str) -> None:
    path = tmp_path / "weights.pt"
    torch.save(held, path)
    with pytest.raises(BadInput, match=f"weights.pt: {says}"):
        read_tensors(path)


def test_what_is_not_an_ordinary_tensor_is_left_out_of_a_modules_state() -> None:
    mixed = {"a": torch.zeros(2), "b": torch.zeros(2).to_sparse(), "c": torch.zeros(2, device="meta"), "d": b"more"}
    assert list(plain_tensors(mixed)) == ["a"]


def test_weights_that_the_card_does_not_describe_are_refused() -> None:
    found = tensors_sha256(STATE)
    values: Any = {"name": "net", "kind": "python", "file": "net.py"}
    refuse_sha256(Card(**values), None)
    refuse_sha256(Card(**values), found)
    described = Card(**values, sha256=found)
    refuse_sha256(described, found)
    with pytest.raises(
        BadInput, match=f"^observer net: its tensors have SHA-256 {'0' * 64}, but the card says {found}; "
    ):
        refuse_sha256(described, "0" * 64)
    with pytest.raises(BadInput, match=r"^observer net: it has no tensors whose SHA-256 could be known, but"):
        refuse_sha256(described, None)
