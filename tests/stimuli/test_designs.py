"""Objects modelled in code: each builds, varies, is called as ImageNet calls it, and is as symmetric as it says."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from askew.errors import BadInput
from askew_stimuli.designs import LICENCE, chosen, designs
from askew_stimuli.scene import Camera, Scene
from askew_stimuli.solid import Solid
from askew_stimuli.thing import Thing

NAMES = sorted(designs())
SYMMETRIC = [name for name in NAMES if designs()[name].symmetry != "none"]
INSTANCES = (0, 1, 2)


@pytest.fixture(scope="module")
def things() -> dict[tuple[str, int], Thing]:
    """Three instances of every class; each is built once, by the first test that asks for its solid."""
    return {(name, number): designs()[name].instance(number) for name, number in product(NAMES, INSTANCES)}


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    scene = Scene(Camera(samples=128, lights="unlit"))
    yield scene
    scene.close()


def areas(solid: Solid) -> np.ndarray:
    corners = [surface.points[surface.faces].astype(float) for surface in solid.surfaces]
    return np.concatenate([np.linalg.norm(np.cross(c[:, 1] - c[:, 0], c[:, 2] - c[:, 0]), axis=1) / 2 for c in corners])


@pytest.mark.parametrize("name", NAMES)
def test_every_instance_is_a_solid_that_can_be_shown(name: str, things: dict[tuple[str, int], Thing]) -> None:
    for number in INSTANCES:
        solid = things[name, number].solid
        points = np.concatenate([surface.points for surface in solid.surfaces])
        normals = np.concatenate([surface.normals for surface in solid.surfaces])
        assert np.isfinite(points).all()
        assert np.linalg.norm(points, axis=1).max() == pytest.approx(1, abs=1e-5)
        assert np.abs(np.linalg.norm(normals, axis=1) - 1).max() < 1e-3
        assert solid.faces <= 40_000
        assert (areas(solid) < 1e-10).mean() < 0.05
        for surface in solid.surfaces:
            assert (surface.uv is None) == (surface.texture is None)
            assert surface.faces.min() >= 0
            assert surface.faces.max() < len(surface.points) == len(surface.normals) == len(surface.colours)
            assert surface.uv is None or np.isfinite(surface.uv).all()


@pytest.mark.parametrize("name", NAMES)
def test_instances_differ_and_each_is_the_same_when_it_is_built_again(
    name: str, things: dict[tuple[str, int], Thing]
) -> None:
    hashes = [things[name, number].solid.sha256 for number in INSTANCES]
    assert len(set(hashes)) == len(INSTANCES)
    assert designs()[name].instance(1).solid.sha256 == hashes[1]


def test_every_class_is_called_as_imagenet_calls_it(imagenet: list[list[str]]) -> None:
    for design in designs().values():
        assert design.label in imagenet[design.class_index]


def test_no_class_is_modelled_twice_and_there_are_enough_of_them() -> None:
    every = designs().values()
    assert len({design.label for design in every}) == len({design.class_index for design in every}) == len(every)
    assert len(every) >= 30
    assert list(designs()) == NAMES


def test_a_thing_says_what_it_is() -> None:
    thing = designs()["coffee-mug"].instance(2)
    assert (thing.object_id, thing.class_label, thing.class_index) == ("coffee-mug-2", "coffee mug", 504)
    assert thing.licence == LICENCE


def test_the_symmetry_of_a_thing_is_that_of_its_base_pose() -> None:
    design = designs()["barrel"]
    axis = design.instance(0).symmetry.axis
    assert axis == pytest.approx((0, np.cos(np.radians(design.pitch)), np.sin(np.radians(design.pitch))))


@pytest.mark.parametrize("name", SYMMETRIC)
def test_a_symmetric_object_looks_the_same_after_each_of_its_turns(
    name: str, things: dict[tuple[str, int], Thing], scene: Scene
) -> None:
    for number in INSTANCES:
        thing = things[name, number]
        scene.show(thing.solid)
        for pose, turn in product(POSES, turns(thing)):
            before, after = scene.frame(pose).mask, scene.frame(pose * turn).mask
            assert (before & after).sum() / (before | after).sum() > 0.97, (number, turn.as_rotvec(degrees=True))


POSES = (Rotation.identity(), Rotation.from_euler("xy", (50, 30), degrees=True))


def turns(thing: Thing) -> list[Rotation]:
    """Every turn that a thing's symmetry promises; of any turn about an axis, 40 degrees stand for all."""
    assert thing.symmetry.axis is not None
    group = [thing.symmetry._group[each] for each in range(len(thing.symmetry._group))]
    if thing.symmetry.turns is None:
        group.append(Rotation.from_rotvec(np.radians(40) * np.array(thing.symmetry.axis)))
    return [turn for turn in group if turn.magnitude() > 0]


def test_designs_are_chosen_by_name_and_a_slip_is_pointed_out() -> None:
    assert [design.label for design in chosen(["teapot", "coffee-mug"])] == ["teapot", "coffee mug"]
    with pytest.raises(BadInput, match=r"object 'tepot'.*teapot.*: there is none; there are acoustic-guitar, "):
        chosen(["teapot", "tepot"])
