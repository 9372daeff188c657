"""Units of work: which there are, what their files are called, and what those say."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from askew.errors import BadInput
from askew_models.card import Card
from askew_models.images import Image
from askew_models.lineup import Lineup
from askew_models.store import Header, lay_down, rows, unfinished
from askew_models.unit import State, Unit, difference, state_of, units_of
from askew_stimuli.picture import Picture

CARD = Card(name="net", kind="timm", tag="resnet18.a1_in1k", labels="imagenet-1k", licence="none")


def image(name: str, of_set: str | None = None) -> Image:
    picture = Picture(image_id=name, set=of_set, source="imported", class_label="mug", condition="upright")
    return Image(picture, Path(f"{name}.png"), f"{sum(name.encode()):064x}")


def units(folder: Path, images: list[Image], views: tuple[str, ...] = ("checkpoint", "whole")) -> list[Unit]:
    lineup = Lineup(name="test", title="test", group="test", views=views, cards=(CARD,))
    return list(units_of(folder, lineup, images))


def header(unit: Unit, **changes: object) -> Header:
    usual = Header(
        observer="net",
        view=unit.view.name,
        set=unit.set,
        label_set="words",
        keys=("a", "b"),
        image_ids=tuple(image.picture.image_id for image in unit.images),
        image_sha256=tuple(image.sha256 for image in unit.images),
        image_framing=tuple(unit.view.key_of(image.picture) for image in unit.images),
        batch=2,
        identity=unit.card.identity(),
        facts={"precision": "fp32", "weights_sha256": "ab" * 32},
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # any of its fields


def test_a_study_of_one_set_has_a_file_for_each_network_and_view(tmp_path: Path) -> None:
    found = units(tmp_path, [image("p1", "home"), image("p2", "home")])
    assert [(unit.path.name, unit.observer) for unit in found] == [("net.h5", "net"), ("net@whole.h5", "net@whole")]


def test_a_study_of_several_sets_has_a_file_for_each_of_them(tmp_path: Path) -> None:
    found = units(tmp_path, [image("p1", "Edge Set"), image("p2", "rotation"), image("p3", "Edge Set")], ("whole",))
    assert [(unit.path.name, len(unit.images), unit.set) for unit in found] == [
        ("net@whole@edge-set.h5", 2, "Edge Set"),
        ("net@whole@rotation.h5", 1, "rotation"),
    ]
    assert {unit.observer for unit in found} == {"net@whole"}  # one observer, whose sets are told apart by `set`
    with pytest.raises(BadInput, match="two sets would both be called a-b in the names of files; rename one"):
        units(tmp_path, [image("p1", "a b"), image("p2", "A b")])
    odd = units(tmp_path, [image("p1", "é"), image("p2", "日本 語"), image("p3", "x" * 300)], ("checkpoint",))
    assert len({unit.path.name for unit in odd}) == 3
    assert all(len(unit.path.name) < 80 for unit in odd)


def test_a_set_that_was_scored_alone_keeps_its_file_when_another_comes(tmp_path: Path) -> None:
    (unit, _) = units(tmp_path, [image("p1", "home")])
    lay_down(unit.path, header(unit))
    found = units(tmp_path, [image("p1", "home"), image("p2", "away")], ("checkpoint",))
    assert [each.path.name for each in found] == ["net.h5", "net@away.h5"]


def test_a_unit_is_missing_then_partial_then_done(tmp_path: Path) -> None:
    (unit, _) = units(tmp_path, [image(f"p{number}") for number in range(5)])
    assert state_of(unit, "fp32") == State("missing")
    lay_down(unit.path, header(unit))
    with rows(unit.path) as file:
        file.write(0, np.zeros((2, 2), dtype=np.float32))
        assert state_of(unit, "fp32") == State("partial", 2)
        file.write(2, np.zeros((3, 2), dtype=np.float32))
        file.finish()
    assert state_of(unit, "fp32") == State("done", 5)
    assert state_of(unit, "bf16") == State("stale", 5, "it was scored in fp32, not in bf16")
    pinned = replace(unit, card=replace(CARD, sha256="cd" * 32))
    assert "not with those of the card" in state_of(pinned, "fp32").why


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"identity": {**CARD.identity(), "tag": "resnet34"}}, "the card has changed (tag)"),
        ({"image_sha256": ("0" * 64, image("p1").sha256, image("p2").sha256)}, "1 picture changed, such as p0"),
        ({"image_ids": ("p0", "p1", "gone")}, "1 picture added, such as p2; 1 picture removed, such as gone"),
        ({"view": "whole"}, "it is of the view whole and the set None"),
        ({"set": "other"}, "it is of the view checkpoint and the set other"),
    ],
)
def test_what_has_changed_is_named(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    (unit, _) = units(tmp_path, [image(f"p{number}") for number in range(3)])
    assert difference(unit, header(unit)) == ""
    assert difference(unit, header(unit, **changes)) == said


def test_pictures_in_another_order_are_other_batches(tmp_path: Path) -> None:
    images = [image(f"p{number}") for number in range(3)]
    (unit, _) = units(tmp_path, images)
    (other, _) = units(tmp_path, images[::-1])
    assert difference(other, header(unit)) == "the pictures stand in another order"


def test_a_damaged_unfinished_file_is_begun_again_and_a_damaged_finished_one_is_told(tmp_path: Path) -> None:
    (unit, _) = units(tmp_path, [image("p1")])
    unfinished(unit.path).write_bytes(b"rubbish")
    assert state_of(unit, "fp32") == State("missing")
    unit.path.write_bytes(b"rubbish")
    state = state_of(unit, "fp32")
    assert state.kind == "stale"
    assert state.why.startswith("its file cannot be used: ")
    assert "is no evidence of askew, or damaged or cut short" in state.why
    unit.path.unlink()
    unit.path.mkdir()
    assert state_of(unit, "fp32") == State("stale", why=f"{unit.path} is no file, and in the way")
