"""Cards: what they say of a network, and the one line that tells what is wrong with one."""

import dataclasses
import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from askew.errors import BadCell, BadInput
from askew_models.card import Card, Preprocessing, card_of, read_card

TIMM: dict[str, Any] = {
    "name": "resnet",
    "kind": "timm",
    "tag": "resnet18.a1_in1k",
    "labels": "imagenet-1k",
    "licence": "apache-2.0",
}
TORCHVISION = {**TIMM, "kind": "torchvision", "tag": "resnet18/IMAGENET1K_V1"}
SIGHT = {"size_px": 96, "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}
CHECKPOINT: dict[str, Any] = {
    "name": "mine",
    "kind": "checkpoint",
    "architecture": "timm:resnet10t",
    "weights": "mine.safetensors",
    "labels": "labels.txt",
    "licence": "MIT",
    "preprocessing": SIGHT,
}
PYTHON: dict[str, Any] = {"name": "lab", "kind": "python", "file": "lab.py"}


def card(table: dict[str, Any], folder: Path = Path(), **values: Any) -> Card:
    """A card with some values changed, and those left out that are None."""
    whole = {**table, **values}
    return card_of("a.toml", {key: value for key, value in whole.items() if value is not None}, folder)


def refused(table: dict[str, Any], **values: Any) -> str:
    with pytest.raises(BadInput) as raised:
        card(table, **values)
    said = str(raised.value)
    assert "\n" not in said
    assert said.startswith("a.toml")
    return said.removeprefix("a.toml").removeprefix(", ")


def test_a_file_says_all_of_a_network(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        """
        schema = 1
        name = "mine"
        kind = "checkpoint"
        architecture = "timm:resnet10t"
        weights = "mine.safetensors"
        labels = "labels.txt"
        licence = "MIT"
        family = "resnet"
        sha256 = "%s"
        [preprocessing]
        size_px = 96
        fit = "squash"
        interpolation = "bicubic"
        mean = [0, 0.5, 1]
        std = [1, 0.5, 1]
        [arguments]
        channels = [16, 32]
        [provenance]
        date = 2026-11-28
        [figures]
        upright = 0.98
        """
        % ("0" * 64)
    )
    mine = read_card(path)
    assert (mine.name, mine.kind, mine.architecture) == ("mine", "checkpoint", "timm:resnet10t")
    assert mine.preprocessing == Preprocessing(
        size_px=96, fit="squash", interpolation="bicubic", mean=(0.0, 0.5, 1.0), std=(1.0, 0.5, 1.0)
    )
    assert mine.arguments == {"channels": [16, 32]}
    assert mine.figures == {"upright": 0.98}
    assert mine.folder == tmp_path
    assert not mine.untrained


@pytest.mark.parametrize("table", [TIMM, TORCHVISION, CHECKPOINT, PYTHON])
def test_each_kind_has_keys_of_its_own(table: dict[str, Any]) -> None:
    assert card(table).kind == table["kind"]


@pytest.mark.parametrize(
    ("table", "key"),
    [
        *((TIMM, key) for key in ("tag", "labels", "licence")),
        *((TORCHVISION, key) for key in ("tag", "labels", "licence")),
        *((CHECKPOINT, key) for key in ("architecture", "weights", "labels", "licence")),
    ],
)
def test_what_a_kind_needs_may_not_be_missing(table: dict[str, Any], key: str) -> None:
    said = refused(table, **{key: None})
    assert said.startswith(f"{key}: is missing; a card of kind {table['kind']} has ")


@pytest.mark.parametrize("key", ["name", "kind"])
def test_every_card_has_a_name_and_a_kind(key: str) -> None:
    assert f"{key} is missing; it has to be" in refused(TIMM, **{key: None})


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        (TIMM, "architecture", "timm:resnet18"),
        (TIMM, "file", "a.py"),
        (TIMM, "entry_point", "a"),
        (TORCHVISION, "architecture", "timm:resnet18"),
        (CHECKPOINT, "tag", "resnet18.a1_in1k"),
        (CHECKPOINT, "file", "a.py"),
        (PYTHON, "tag", "resnet18.a1_in1k"),
        (PYTHON, "weights", "a.pt"),
        (PYTHON, "architecture", "timm:resnet18"),
        (PYTHON, "labels", "imagenet-1k"),
    ],
)
def test_what_a_kind_has_no_use_for_is_refused(table: dict[str, Any], key: str, value: str) -> None:
    said = refused(table, **{key: value})
    assert said == f"{key}: {value!r} does not go with kind {table['kind']}; leave it out"


@pytest.mark.parametrize(
    ("table", "values", "message"),
    [
        (TIMM, {"kind": "tim"}, "kind: 'tim' is not one of timm, torchvision, checkpoint, python"),
        (TIMM, {"licens": "x"}, ": 'licens' (did you mean licence?) is no key of a card; allowed: name, kind, tag, "),
        (TIMM, {"licence": 3}, "licence: 3 is not a text"),
        (TIMM, {"licence": ""}, "licence: '' is empty"),
        (TIMM, {"preprocessing": 3}, "preprocessing: 3 is given, but it has to be a table"),
        (TIMM, {"figures": [1]}, "figures: [1] is given, but it has to be a table"),
        (TIMM, {"tag": "resnet18"}, "tag: 'resnet18' names no weights; give them, as in \"resnet50.a1_in1k\", or weig"),
        (TIMM, {"tag": "a/b"}, "tag: 'a/b' is no tag of timm; they are as \"resnet50.a1_in1k\""),
        (TIMM, {"tag": "hf-hub:a.b"}, "tag: 'hf-hub:a.b' is no tag of timm"),
        (TIMM, {"weights": "a.pt"}, "weights: 'a.pt' does not go with kind timm; leave it out for the pretrained ones"),
        (TIMM, {"seed": 3}, 'seed: 3 goes with weights = "random"; leave it out'),
        (TIMM, {"seed": -1}, "seed: -1 is not a whole number from 0 to"),
        (TIMM, {"function": "f"}, "function: 'f' goes with file; leave it out"),
        (
            TIMM,
            {"labels": "imagenet1k"},
            "labels: 'imagenet1k' (did you mean imagenet-1k?) is no label set; there are ",
        ),
        (TIMM, {"labels": "mine.csv"}, "; or name a .txt file beside the card, with one label a line"),
        (TIMM, {"labels": "../l.txt"}, "labels: '../l.txt' leads out of the card's folder; put the file into it"),
        (TIMM, {"sha256": "ab"}, "sha256: 'ab' is not 64 of the characters 0-9 and a-f"),
        (TORCHVISION, {"tag": "resnet18"}, 'names no weights; give them, as in "resnet50/IMAGENET1K_V2", or weights'),
        (TORCHVISION, {"tag": "resnet18.a1"}, "tag: 'resnet18.a1' is no tag of torchvision; they are as \"resnet50/"),
        (TORCHVISION, {"tag": "resnet18/DEFAULT"}, "'resnet18/DEFAULT' means other weights in another version; name"),
        (
            TORCHVISION,
            {"tag": "resnet18", "weights": "random"},
            "preprocessing: size_px is missing; nothing but the card says size_px, mean and std here",
        ),
        (CHECKPOINT, {"preprocessing": None}, "preprocessing: size_px is missing; nothing but the card says size_px"),
        (CHECKPOINT, {"preprocessing": {**SIGHT, "std": [1, 1]}}, "preprocessing, std: (1.0, 1.0) is not 3 numbers"),
        (
            CHECKPOINT,
            {"preprocessing": {"size_px": 9, "mean": [0, 0, 0]}},
            "preprocessing: std is missing; nothing but",
        ),
        (CHECKPOINT, {"weights": "a.bin"}, "weights: 'a.bin' is no file of weights that is read; allowed: .safetensor"),
        (CHECKPOINT, {"weights": "random"}, "weights: 'random' is no file of weights that is read; allowed: "),
        (CHECKPOINT, {"weights": "/a.pt"}, "weights: '/a.pt' leads out of the card's folder; put the file into it"),
        (CHECKPOINT, {"weights": "../a.pt"}, "weights: '../a.pt' leads out of the card's folder; put the file into it"),
        (CHECKPOINT, {"architecture": "resnet18"}, "architecture: 'resnet18' is not a library and a name, such as "),
        (CHECKPOINT, {"architecture": "keras:a"}, "architecture: 'keras:a' is not a library and a name, such as "),
        (CHECKPOINT, {"seed": 1}, 'seed: 1 goes with weights = "random"; leave it out'),
        (PYTHON, {"file": None}, "file: is what a card of kind python has, or entry_point; give one of the two"),
        (PYTHON, {"entry_point": "a"}, "file: is what a card of kind python has, or entry_point; give one of the two"),
        (PYTHON, {"file": "lab.txt"}, "file: 'lab.txt' is no Python file; its name has to end in .py"),
        (PYTHON, {"file": "../lab.py"}, "file: '../lab.py' leads out of the card's folder; put the file into it"),
        (PYTHON, {"function": "a b"}, "function: 'a b' is not the name of a function"),
        (PYTHON, {"file": None, "entry_point": "a", "function": "f"}, "function: 'f' goes with file; leave it out"),
        (PYTHON, {"preprocessing": SIGHT}, "preprocessing: does not go with kind python, whose Network says it; leave"),
    ],
)
def test_a_wrong_card_is_told_what_is_wrong(table: dict[str, Any], values: dict[str, Any], message: str) -> None:
    assert message in refused(table, **values)


@pytest.mark.parametrize("name", ["", "a b", ".hidden", "-x", "a@whole", "a/b", "x" * 101, "con", "LPT1.v2", "é"])
def test_a_name_has_to_be_that_of_a_file_everywhere(name: str) -> None:
    assert refused(TIMM, name=name).startswith("name: ")


@pytest.mark.parametrize("name", ["resnet50", "regnet-y-3.2gf", "a_b", "x" * 100, "console"])
def test_ordinary_names_are_taken(name: str) -> None:
    assert card(TIMM, name=name).name == name


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"size": 96},
            "preprocessing: 'size' (did you mean size_px?) is no key here; allowed: size_px, resize_px, fit",
        ),
        ({"size_px": 0}, "preprocessing, size_px: 0 is not a whole number from 1 to 4096"),
        ({"size_px": 96.5}, "preprocessing, size_px: 96.5 is not a whole number"),
        ({"fit": "stretch"}, "preprocessing, fit: 'stretch' is not one of crop, squash, pad"),
        ({"interpolation": "cubic"}, "preprocessing, interpolation: 'cubic' is not one of nearest, box, bilinear, ham"),
        ({"mean": [124, 116, 104]}, "preprocessing, mean: 124.0 is not 3 numbers from 0 to 1 in a list"),
        ({"std": [0, 1, 1]}, "preprocessing, std: 0.0 is not 3 numbers from 0.001 to 1 in a list"),
        (
            {"size_px": 96, "resize_px": 64},
            "preprocessing, resize_px: 64 is less than size_px, 96; it is cropped to th",
        ),
    ],
)
def test_a_wrong_preparation_is_told_what_is_wrong(values: dict[str, Any], message: str) -> None:
    assert message in refused(TIMM, preprocessing=values)


def test_a_padded_picture_may_be_smaller_than_the_square() -> None:
    assert card(TIMM, preprocessing={"size_px": 96, "resize_px": 64, "fit": "pad"}).preprocessing.resize_px == 64


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "arguments: depth[1].rate is nan, no finite number; allowed are texts, numbers, truths, lists"),
        (float("inf"), "arguments: depth[1].rate is inf, no finite number"),
        (
            __import__("datetime").date(2026, 1, 1),
            "arguments: depth[1].rate is datetime.date(2026, 1, 1); allowed are ",
        ),
    ],
)
def test_arguments_that_a_record_cannot_hold_are_refused(value: object, message: str) -> None:
    assert message in refused(TIMM, arguments={"depth": [1, {"rate": value}]})


@pytest.mark.parametrize(
    "name", ["pretrained", "checkpoint_path", "pretrained_cfg", "weights", "num_classes", "in_chans"]
)
def test_arguments_that_would_load_other_weights_are_refused(name: str) -> None:
    said = refused(TIMM, arguments={name: 5})
    assert said == f"arguments: {name} would load other weights than the card says; leave it out"


def test_a_head_of_other_size_may_be_given_to_what_is_not_pretrained() -> None:
    arguments = {"num_classes": 5}
    assert card(CHECKPOINT, arguments=arguments).arguments == arguments
    untrained = card(TIMM, tag="resnet18", weights="random", seed=4, arguments=arguments)
    assert untrained.untrained
    assert "checkpoint_path would load" in refused(CHECKPOINT, arguments={"checkpoint_path": "a.pt"})


def test_a_python_file_may_be_given_any_arguments() -> None:
    assert card(PYTHON, arguments={"weights": "a.pt"}).arguments == {"weights": "a.pt"}


def test_a_card_that_code_makes_holds_the_same_rules(tmp_path: Path) -> None:
    (tmp_path / "lab.py").write_text("")
    assert Card(name="lab", kind="python", file="lab.py", folder=tmp_path).function == "observer"
    with pytest.raises(BadCell, match="file: is what a card of kind python has, or entry_point; give one of the two"):
        Card(name="lab", kind="python")
    with pytest.raises(BadCell, match=r"resize_px: 64 is less than size_px, 96"):
        Preprocessing(size_px=96, resize_px=64)


def test_a_link_to_a_file_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").write_text("")
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "lab.py").symlink_to(tmp_path / "elsewhere.py")
    with pytest.raises(BadInput, match=r"a.toml, file: 'lab.py' leads out of the card's folder; put the file into it"):
        card(PYTHON, tmp_path / "cards")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "schema None is given, this askew knows schema 1"),
        ("schema = 2", "schema 2 is given, this askew knows schema 1"),
        ("schema = true", "schema True is given, this askew knows schema 1"),
        ("schema = 1\nname =", "is not TOML: "),
        (
            'schema = 1\n[[observer]]\nname = "a"',
            "is a lineup, for it has [[observer]]; give it as the lineup, or name a",
        ),
        ('schema = 1\nname = "a"\nkind = "timm"', "tag: is missing; a card of kind timm has tag, labels and licence"),
    ],
)
def test_a_file_that_is_no_card_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text)
    with pytest.raises(BadInput) as raised:
        read_card(path)
    assert str(raised.value).startswith(str(path))
    assert message in str(raised.value)


def test_a_card_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"gone.toml: there is no such card"):
        read_card(tmp_path / "gone.toml")


def test_what_is_no_table_is_no_card() -> None:
    with pytest.raises(BadInput, match=r"a\.toml: 3 is given, but it has to be a table"):
        card_of("a.toml", 3, Path())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of a checkpoint and of a Python observer."""
    (tmp_path / "mine.safetensors").write_bytes(b"tensors")
    (tmp_path / "labels.txt").write_bytes(b"mug\nbowl\n")
    (tmp_path / "lab.py").write_bytes(b"def observer():\n    pass\n")
    return tmp_path


@pytest.mark.parametrize("table", [TIMM, {**TIMM, "weights": "random", "seed": 3}, TORCHVISION, CHECKPOINT, PYTHON])
def test_the_identity_can_be_kept_as_json(folder: Path, table: dict[str, Any]) -> None:
    identity = card(table, folder, arguments={"depths": [2, 2], "stem": {"width": 16, "deep": True}}).identity()
    assert json.loads(json.dumps(identity)) == identity


def test_the_identity_says_nothing_of_where_files_are(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    for name in ("mine.safetensors", "labels.txt", "lab.py"):
        (other / f"x{name}").write_bytes((folder / name).read_bytes())
    moved = card(CHECKPOINT, other, weights="xmine.safetensors", labels="xlabels.txt")
    assert moved.identity() == card(CHECKPOINT, folder).identity()
    assert card(PYTHON, other, file="xlab.py").identity() == card(PYTHON, folder).identity()
    assert str(folder) not in json.dumps(card(CHECKPOINT, folder).identity())


def test_words_about_a_network_are_not_in_its_identity(folder: Path) -> None:
    plain = card(CHECKPOINT, folder)
    told = card(CHECKPOINT, folder, licence="GPL", citation="x", family="x", provenance={"a": 1}, figures={"b": 2})
    assert told != plain
    assert told.identity() == plain.identity()
    # A hash that is pinned later says nothing new; that the weights have it is checked where they are loaded.
    assert card(CHECKPOINT, folder, sha256="0" * 64).identity() == plain.identity()


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (TIMM, {"name": "other"}),
        (TIMM, {"tag": "resnet18.a2_in1k"}),
        (TIMM, {"labels": "imagenet-12k"}),
        (TIMM, {"weights": "random"}),
        (TIMM, {"arguments": {"drop_rate": 0.5}}),
        (TIMM, {"preprocessing": {"fit": "squash"}}),
        ({**TIMM, "weights": "random"}, {"seed": 1}),
        (CHECKPOINT, {"architecture": "timm:resnet18"}),
        (CHECKPOINT, {"preprocessing": {**SIGHT, "mean": [0, 0, 0]}}),
        (PYTHON, {"function": "other"}),
    ],
)
def test_whatever_logits_hang_on_is_in_the_identity(
    folder: Path, table: dict[str, Any], values: dict[str, Any]
) -> None:
    assert card(table, folder, **values).identity() != card(table, folder).identity()


@pytest.mark.parametrize("name", ["mine.safetensors", "labels.txt", "lab.py"])
def test_a_file_with_other_content_changes_the_identity(folder: Path, name: str) -> None:
    mine = card(PYTHON if name == "lab.py" else CHECKPOINT, folder)
    before = mine.identity()
    (folder / name).write_bytes(b"something else\nagain\n")
    assert mine.identity() != before


def test_weights_of_the_same_size_are_told_apart_by_their_time(folder: Path) -> None:
    mine = card(CHECKPOINT, folder)
    before = mine.identity()
    path = folder / "mine.safetensors"
    later = path.stat().st_mtime_ns + 10_000_000
    path.write_bytes(b"TENSORS")
    os.utime(path, ns=(later, later))
    assert mine.identity() != before


def test_the_line_ends_of_what_people_write_change_nothing(folder: Path) -> None:
    tables = (CHECKPOINT, PYTHON)
    before = [card(table, folder).identity() for table in tables]
    for name in ("labels.txt", "lab.py"):
        (folder / name).write_bytes((folder / name).read_bytes().replace(b"\n", b"\r\n"))
    assert [card(table, folder).identity() for table in tables] == before


@pytest.mark.parametrize(
    ("table", "name"), [(CHECKPOINT, "mine.safetensors"), (CHECKPOINT, "labels.txt"), (PYTHON, "lab.py")]
)
def test_a_file_that_is_not_there_is_missed_when_it_is_needed(folder: Path, table: dict[str, Any], name: str) -> None:
    mine = card(table, folder)
    (folder / name).unlink()
    with pytest.raises(BadInput) as raised:
        mine.identity()
    assert str(raised.value) == f"observer {mine.name}: there is no file {folder / name}; put it beside the card"


def test_a_card_goes_to_another_process_unchanged(folder: Path) -> None:
    mine = card(CHECKPOINT, folder, arguments={"depths": [1, 2]}, provenance={"seed": 3})
    there = pickle.loads(pickle.dumps(mine))  # noqa: S301  of our own making
    assert there == mine
    assert there.identity() == mine.identity()


def test_nothing_of_a_card_can_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        card(TIMM).tag = "other"  # type: ignore[misc]  # what the test tries
