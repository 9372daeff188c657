"""Symmetries: how they are written, and that turns which show the same do not count."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from askew.errors import BadInput
from askew_stimuli.symmetry import Symmetry


@pytest.mark.parametrize(
    "text", ["none", "x:2", "y:*", "z:9+flip", "x:*+flip", "y:2+flip@x", "0.6,0.8,0:3", "-0.6,0,0.8:*+flip"]
)
def test_a_symmetry_is_written_as_it_is_read(text: str) -> None:
    assert Symmetry.parse(text).text == text


@pytest.mark.parametrize("seed", range(50))
def test_a_turned_axis_survives_being_written(seed: int) -> None:
    turn = Rotation.random(rng=np.random.default_rng(seed))
    turned = Symmetry.parse("y:2+flip").turned(turn)
    again = Symmetry.parse(turned.text)
    assert again.text == turned.text
    assert again.axis == pytest.approx(turned.axis, abs=1e-6)
    assert again.turns == 2
    assert again.flip == pytest.approx(turned.flip, abs=1e-6)


def test_the_flip_turns_with_the_object() -> None:
    """A hexagonal bar with its axis along x has its flips about certain axes across, wherever it points."""
    bar = Symmetry.parse("x:6+flip")
    view = Rotation.from_euler("yx", [35, 20], degrees=True)
    flipped = Rotation.from_rotvec(np.pi * np.asarray(bar.turned(view).flip))
    assert bar.turned(view).angle(Rotation.identity(), flipped) == pytest.approx(0, abs=1e-5)
    assert bar.angle(Rotation.identity(), view.inv() * flipped * view) == pytest.approx(0, abs=1e-5)


def test_an_axis_need_not_be_of_length_one() -> None:
    assert Symmetry.parse("1,1,0:2").axis == pytest.approx((0.5**0.5, 0.5**0.5, 0))
    assert Symmetry.parse("0,0,-3:*").text == "0,0,-1:*"


@pytest.mark.parametrize("text", ["", "y", "y:1", "y:10", "w:2", "0,0,0:2", "1,2:2", "1e3,0,0:2", "y:2+flop", "y:2 "])
def test_what_is_no_symmetry_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"symmetry: .* is given, but it has to be none, or an axis"):
        Symmetry.parse(text)


@pytest.mark.parametrize(
    ("text", "axis", "degrees", "between"),
    [
        ("none", "y", 90, 90),
        ("y:*", "y", 77, 0),
        ("y:*", "x", 30, 30),
        ("y:*", "x", 170, 170),
        ("y:*+flip", "x", 170, 10),
        ("y:2", "y", 170, 10),
        ("y:4", "y", 100, 10),
        ("y:4", "x", 180, 180),
        ("y:4+flip", "x", 180, 0),
        ("0,1,1:2", "x", 40, 40),
    ],
)
def test_turns_that_show_the_same_do_not_count(text: str, axis: str, degrees: float, between: float) -> None:
    pose = Rotation.random(rng=np.random.default_rng(1))
    turned = pose * Rotation.from_euler(axis, degrees, degrees=True)
    assert Symmetry.parse(text).angle(pose, turned) == pytest.approx(between, abs=1e-5)


@pytest.mark.parametrize("text", ["none", "y:*", "z:3+flip"])
def test_many_poses_at_once_are_as_one_by_one(text: str) -> None:
    random = np.random.default_rng(2)
    one, others = Rotation.random(rng=random), Rotation.random(20, rng=random)
    symmetry = Symmetry.parse(text)
    assert symmetry.angles(one, others) == pytest.approx([symmetry.angle(one, other) for other in others])
