"""Networks that a Python file of the user's makes."""

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from askew.errors import BadInput
from askew_models.building import build
from askew_models.card import Card
from askew_models.weights import tensors_sha256

GOOD = """
import torch
from askew_models import Network, Preparation


def observer(scale=1.0, labels=("mug", "hammer")):
    layer = torch.nn.Linear(3, len(labels))
    with torch.no_grad():
        layer.weight.fill_(scale)
    module = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), layer)
    wanted = Preparation(size_px=8, resize_px=8, mean=(0, 0, 0), std=(1, 1, 1))
    return Network(module=module, labels=labels, preparation=wanted, licence="CC0-1.0")
"""


def card(folder: Path, text: str = GOOD, **values: Any) -> Card:
    (folder / "net.py").write_text(textwrap.dedent(text))
    usual: dict[str, Any] = {"name": "net", "kind": "python", "file": "net.py", "folder": folder}
    return Card(**{**usual, **values})


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """Neither a path nor a neighbour is left for others to find."""
    path, modules = [*sys.path], set(sys.modules)
    yield
    assert sys.path == path
    assert {name for name in set(sys.modules) - modules if "neighbour" in name} == set()


def test_a_file_gives_its_network(tmp_path: Path) -> None:
    built = build(card(tmp_path, arguments={"scale": 2.0}))
    assert built.keys == ("mug", "hammer")
    assert built.label_set == "net"
    assert built.network.licence == "CC0-1.0"
    assert built.network.preparation.size_px == 8
    assert not built.network.module.training
    assert built.weights_sha256 == tensors_sha256(built.network.module.state_dict())
    with torch.inference_mode():
        bias = built.network.module[2].bias
        assert torch.equal(built.network.module(torch.ones(1, 3, 8, 8)) - bias, torch.full((1, 2), 6.0))


def test_weights_that_a_file_draws_are_the_same_every_time(tmp_path: Path) -> None:
    torch.manual_seed(1)
    first = build(card(tmp_path)).weights_sha256
    torch.manual_seed(2)
    expected = torch.rand(3)
    torch.manual_seed(2)
    assert build(card(tmp_path, sha256=first)).weights_sha256 == first
    assert torch.equal(torch.rand(3), expected)  # and nobody else draws others for it


@pytest.mark.parametrize(("labels", "outputs"), [("imagenet-1k", 1000), ("imagenet-22k-ms", 21842)])
def test_labels_may_be_those_of_a_set(tmp_path: Path, labels: str, outputs: int) -> None:
    text = GOOD.replace("labels=labels", f"labels={labels!r}")
    built = build(card(tmp_path, text))
    assert (built.label_set, len(built.keys)) == (labels, outputs)


def test_labels_may_be_in_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "things.txt").write_text("fork\nspoon\n")
    built = build(card(tmp_path, GOOD.replace("labels=labels", "labels='things.txt'")))
    assert (built.label_set, built.keys) == ("things", ("fork", "spoon"))


def test_what_is_no_module_of_torch_has_no_weights(tmp_path: Path) -> None:
    text = """
    from askew_models import Network, Preparation

    def light():
        wanted = Preparation(size_px=8, resize_px=8, mean=(0, 0, 0), std=(1, 1, 1))
        return Network(module=lambda pictures: pictures.mean((2, 3))[:, :2], labels=["a", "b"], preparation=wanted)
    """
    built = build(card(tmp_path, text, function="light"))
    assert built.weights_sha256 is None
    assert built.network.module(torch.ones(1, 3, 8, 8)).tolist() == [[1, 1]]
    with pytest.raises(BadInput, match=r"^observer net: it has no tensors whose SHA-256 could be known, but the card"):
        build(card(tmp_path, text, function="light", sha256="0" * 64))


def test_files_may_have_neighbours_of_the_same_name(tmp_path: Path) -> None:
    found = []
    for number in (1, 2):
        folder = tmp_path / f"lab{number}"
        (folder / "neighbour_kit").mkdir(parents=True)
        (folder / "neighbour.py").write_text(f"SCALE = {number}.0\n")
        (folder / "neighbour_kit" / "__init__.py").write_text("")
        (folder / "neighbour_kit" / "part.py").write_text("import neighbour\nSCALE = neighbour.SCALE * 10\n")
        text = GOOD.replace("scale=1.0", "scale=SCALE").replace("import torch\n", "", 1)
        text = f"import torch\nfrom neighbour_kit.part import SCALE\n{text}"
        found.append(build(card(folder, text)).network.module[2].weight.unique().tolist())
    assert found == [[10.0], [20.0]]


def test_a_file_may_hold_dataclasses_whose_types_are_texts(tmp_path: Path) -> None:
    head = "from __future__ import annotations\nfrom dataclasses import dataclass\n"
    tail = "\n@dataclass\nclass Settings:\n    scale: float = 3.0\n"
    built = build(card(tmp_path, head + GOOD.replace("scale=1.0", "scale=None") + tail, arguments={"scale": 3.0}))
    assert built.network.module[2].weight.unique().tolist() == [3.0]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("1 / 0", 1, "ZeroDivisionError: division by zero"),
        ("import torch\nimport no_such_library", 2, "ModuleNotFoundError: No module named 'no_such_library'"),
        ("x = 1\ndef observer(:\n    pass", 2, "SyntaxError: "),
        ("raise SystemExit(3)", 1, "SystemExit: 3"),
        ("\n\ndef observer():\n    return helper()\n\ndef helper():\n    raise ValueError('two\\n lines')", 7,
         "ValueError: two lines"),
        ("import json\ndef observer():\n    return json.loads('{')", 3, "JSONDecodeError: "),
        ("from askew_models import Preparation\n\nPreparation(size_px=0, resize_px=1, mean=0, std=0)", 3,
         "preparation, size_px: 0 is not a whole number from 1 to 4096"),
        ("from askew_models import Network\n\nNetwork(module=3, labels='a', preparation=None)", 3,
         "network, module: 3 cannot be called"),
    ],
)  # fmt: skip
def test_what_a_file_raises_is_told_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(BadInput) as said:
        build(card(tmp_path, text))
    assert str(said.value).startswith(f"observer net: {tmp_path}/net.py, line {line}: {says}")
    assert "\n" not in str(said.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def observe():\n    pass",
         r"net.py has no function 'observer' \(did you mean observe\?\); define it, or name another with function$"),
        ("observer = 3", "net.py has no function 'observer'; define it, or name another with function$"),
        ("def observer():\n    pass", "observer of .*net.py gives None; it has to give an askew_models.Network$"),
        ("import torch\ndef observer():\n    return torch.nn.Linear(1, 1)",
         "observer of .*net.py gives a value of type Linear; it has to give an askew_models.Network$"),
        (GOOD.replace("labels=labels", "labels='imagenet'"), r"labels 'imagenet' \(did you mean imagenet-1k\?\): "),
        (GOOD.replace("labels=labels", "labels=['a', 'a']"), "labels net, output 2: repeats 'a' of 1"),
    ],
)  # fmt: skip
def test_what_is_no_observer_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        build(card(tmp_path, text))


def test_arguments_that_the_function_does_not_take_are_told(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"^observer net: .*net.py: TypeError: observer\(\) got an unexpected keyword .*'w"
    ):
        build(card(tmp_path, arguments={"width": 3}))


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    given = card(tmp_path)
    (tmp_path / "net.py").unlink()
    with pytest.raises(BadInput, match=r"^observer net: there is no file .*net.py; put it beside the card"):
        build(given)


def offer(folder: Path, value: str, monkeypatch: pytest.MonkeyPatch) -> Card:
    """A distribution that offers one observer, as an installed one does."""
    facts = folder / "our_lab-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: our-lab\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(f"[askew.observers]\nlab-net = {value}\n")
    monkeypatch.syspath_prepend(str(folder))
    return Card(name="lab-net", kind="python", entry_point="lab-net")


def test_an_installed_distribution_may_offer_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "our_lab_good.py").write_text(GOOD)
    given = offer(tmp_path, "our_lab_good:observer", monkeypatch)
    assert build(given).keys == ("mug", "hammer")


@pytest.mark.parametrize(
    ("value", "text", "says"),
    [
        ("our_lab_gone:observer", "", "^observer lab-net: our_lab_gone:observer: ModuleNotFoundError: No module named"),
        ("our_lab_bad:observer", "import torch", "^observer lab-net: our_lab_bad:observer: AttributeError: module"),
        ("our_lab_odd:observer", "observer = 3", "^observer lab-net: our_lab_odd:observer is a value of type int"),
        ("our_lab_none:observer", "def observer(): pass",
         "^observer lab-net: our_lab_none:observer of our_lab_none:observer gives None; it has to give"),
    ],
)  # fmt: skip
def test_a_distribution_that_offers_no_network_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, text: str, says: str
) -> None:
    if text:
        (tmp_path / f"{value.partition(':')[0]}.py").write_text(text)
    with pytest.raises(BadInput, match=says):
        build(offer(tmp_path, value, monkeypatch))
