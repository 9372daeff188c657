"""The networks that come with askew: what their cards say of them holds for pictures that are rendered anew."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from askew.files import inside
from askew_models.building import build
from askew_models.card import Card, read_card
from askew_models.imagenet import synsets
from askew_models.preparation import prepared
from askew_models.shelf import folder
from askew_stimuli.designs import designs
from askew_stimuli.picture import Picture, read_manifest
from askew_stimuli.recipe import Recipe, known_sets, read_recipe

FOLDER = folder("bundled")
NAMES = ("askew-resnet", "askew-vit")
CONDITIONS = ("upright", "rotated")
ENOUGH = 0.97  # of upright pictures
ANOTHER_DRIVER = 2  # pictures that may come out otherwise where pixels differ in last bits
SPECIMEN = 101
CLASSES = sorted(designs())[::3]

BUNDLED = read_recipe(known_sets()["bundled"])
HELDOUT = read_recipe(FOLDER / "heldout.toml")
TRAINING = read_recipe(FOLDER / "training.toml")


@pytest.fixture(scope="module", params=NAMES)
def card(request: pytest.FixtureRequest) -> Card:
    return read_card(FOLDER / f"{request.param}.toml")


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rendered("bundled", tmp_path_factory.mktemp("bundled") / "set")


@pytest.fixture(scope="module")
def heldout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of the specimens held out, of every third class."""
    root = tmp_path_factory.mktemp("heldout")
    text = (FOLDER / "heldout.toml").read_text(encoding="utf-8")
    fewer = text.replace(f"instances = {[*specimens(HELDOUT)]}", f"instances = [{SPECIMEN}]")
    fewer = fewer.replace('objects = ["all"]', f"objects = {json.dumps(CLASSES)}")
    (root / "fewer.toml").write_text(fewer, encoding="utf-8")
    return rendered(str(root / "fewer.toml"), root / "set")


@pytest.fixture(scope="module")
def train() -> Iterator[ModuleType]:
    """The script, which is on no path."""
    spec = spec_from_file_location("bundled_train", FOLDER / "train.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "bundled_train", module)  # where dataclasses look for their module
        spec.loader.exec_module(module)
        yield module


def rendered(recipe: str, out: Path) -> Path:
    """A set rendered in a process of its own: its driver and torch do not go together in one."""
    words = [sys.executable, "-m", "askew", "stimuli", "render", "--set", recipe, "--out", str(out)]
    subprocess.run(words, check=True, capture_output=True, timeout=280)
    return out


@dataclass(frozen=True)
class Right:
    """How many pictures of a condition are given the right one of their two labels, and of all labels."""

    n: int
    two_choice: int
    top_1: int


def answered(card: Card, root: Path, condition: str) -> Right:
    built = build(card)
    preparation = built.network.preparation
    pictures = [picture for picture in read_manifest(root / "manifest.csv") if picture.condition == condition]
    pixels = []
    for picture in pictures:
        with Image.open(inside(root, str(picture.file))) as image:
            pixels.append(prepared(image.convert("RGB"), preparation))
    mean, std = (torch.tensor(three).view(3, 1, 1) for three in (preparation.mean, preparation.std))
    with torch.inference_mode():
        logits = built.network.module((torch.from_numpy(np.stack(pixels)) / 255 - mean) / std)
    rows = range(len(pictures))
    true, other = (logits[rows, outputs(built.keys, [index(p) for p in pictures])] for index in (truth, alternative))
    return Right(
        n=len(pictures), two_choice=int((true > other).sum()), top_1=int((true == logits.max(dim=1).values).sum())
    )


def outputs(keys: Sequence[str], classes: Sequence[int | None]) -> list[int]:
    known = synsets("imagenet-1k")
    return [keys.index(known[index]) for index in classes if index is not None]


def specimens(recipe: Recipe) -> tuple[int, ...]:
    assert recipe.bundled is not None
    assert recipe.bundled.objects == ("all",)
    return recipe.bundled.instances


def truth(picture: Picture) -> int | None:
    return picture.class_index


def alternative(picture: Picture) -> int | None:
    return picture.alt_index


def wilson(right: int, n: int) -> tuple[float, float]:
    low, high = proportion_confint(right, n, method="wilson")
    return float(low), float(high)


def gap(right: int, n: int, other: int, m: int) -> tuple[float, float]:
    """The interval of Newcombe for the difference of two shares."""
    low, high = confint_proportions_2indep(right, n, other, m, method="newcomb")
    return float(low), float(high)


def test_no_specimen_is_both_learned_from_and_tested_on() -> None:
    tested = {*specimens(BUNDLED), *specimens(HELDOUT)}
    assert not tested & {*specimens(TRAINING)}
    assert SPECIMEN in tested


def test_what_is_learned_from_is_upright_and_what_is_tested_on_is_far_from_it() -> None:
    assert [rule.sampler for rule in TRAINING.poses] == ["upright"]
    jitter = TRAINING.poses[0].jitter
    for recipe in (BUNDLED, HELDOUT):
        upright, rotated = recipe.poses
        assert (upright.condition, rotated.condition) == CONDITIONS
        assert (upright.sampler, rotated.sampler) == ("upright", "so3")
        assert upright.jitter <= jitter
        assert rotated.min_angle > 3 * jitter  # a turn by three angles is at most as large as their sum


def test_specimens_held_out_look_as_those_of_the_bundled_set() -> None:
    assert (HELDOUT.look, HELDOUT.match, HELDOUT.poses) == (BUNDLED.look, BUNDLED.match, BUNDLED.poses)
    assert HELDOUT.match == TRAINING.match


def test_every_class_that_is_modelled_has_an_output() -> None:
    known = synsets("imagenet-1k")
    expected = [known[design.class_index] for design in sorted(designs().values(), key=lambda one: one.class_index)]
    assert (FOLDER / "askew-51.txt").read_text(encoding="utf-8").splitlines() == expected
    assert len(expected) == 51


def test_a_checkpoint_is_small_and_the_one_that_its_card_describes(card: Card) -> None:
    weights = card.place(str(card.weights))
    assert weights.stat().st_size < 1_000_000
    assert {tensor.dtype for tensor in load_file(weights).values()} <= {torch.float16, torch.int64}
    built = build(card)
    assert card.sha256 is not None
    assert built.weights_sha256 == card.sha256
    assert built.notes == ()
    assert {parameter.dtype for parameter in built.network.module.parameters()} == {torch.float32}
    assert card.licence == "MIT"


def test_one_network_convolves_and_the_other_attends() -> None:
    kinds = [
        {type(part).__name__ for part in build(read_card(FOLDER / f"{name}.toml")).network.module.modules()}
        for name in NAMES
    ]
    assert ["Attention" in found for found in kinds] == [False, True]
    assert ["BatchNormAct2d" in found or "BatchNorm2d" in found for found in kinds] == [True, False]


def test_unusual_poses_are_clearly_harder(card: Card) -> None:
    upright, rotated = (card.figures["heldout"][condition] for condition in CONDITIONS)
    assert rotated["two_choice_interval"][1] < upright["two_choice_interval"][0] - 0.05


@pytest.mark.parametrize("name", ["heldout", "bundled"])
def test_a_card_tells_the_effect_with_its_intervals(card: Card, name: str) -> None:
    upright, rotated = (card.figures[name][condition] for condition in CONDITIONS)
    assert upright["two_choice"] >= ENOUGH
    counts = [number for part in (upright, rotated) for number in (round(part["two_choice"] * part["n"]), part["n"])]
    assert gap(*counts)[0] > 0
    for figures in (upright, rotated):
        for kind in ("two_choice", "top_1"):
            right = round(figures[kind] * figures["n"])
            assert figures[kind] == round(right / figures["n"], 4)
            assert figures[f"{kind}_interval"] == [round(bound, 4) for bound in wilson(right, figures["n"])]


def test_the_figures_of_the_bundled_set_come_again(card: Card, bundled: Path) -> None:
    for condition in CONDITIONS:
        right = answered(card, bundled, condition)
        figures = card.figures["bundled"][condition]
        assert right.n == figures["n"]
        assert abs(right.two_choice - round(figures["two_choice"] * right.n)) <= ANOTHER_DRIVER
        assert abs(right.top_1 - round(figures["top_1"] * right.n)) <= ANOTHER_DRIVER


def test_specimens_held_out_are_known_upright_and_less_in_unusual_poses(card: Card, heldout: Path) -> None:
    upright, rotated = (answered(card, heldout, condition) for condition in CONDITIONS)
    assert (upright.n, rotated.n) == (len(CLASSES), 2 * len(CLASSES))
    assert upright.two_choice / upright.n >= ENOUGH
    assert rotated.two_choice / rotated.n < upright.two_choice / upright.n
    assert wilson(rotated.top_1, rotated.n)[1] < wilson(upright.top_1, upright.n)[0]


def test_pictures_are_moved_and_lit_in_training_but_never_turned(train: ModuleType) -> None:
    rows = torch.rand(8, 3, 96, 1, generator=torch.Generator().manual_seed(1)).expand(8, 3, 96, 96)
    random = torch.Generator().manual_seed(2)
    varied = train.lit(train.moved(rows, random), random)[..., 8:-8]  # what comes in from beside is no part of it
    assert torch.allclose(varied, varied[..., :1].expand_as(varied), atol=1e-5)
    assert not torch.allclose(varied[..., 0], rows[..., 0], atol=0.1)


def test_training_again_gives_the_same_bits(train: ModuleType) -> None:
    random = torch.Generator().manual_seed(3)
    pixels = torch.randint(0, 256, (48, 3, 96, 96), generator=random, dtype=torch.uint8)
    lesson = train.Shown([], pixels, torch.randint(0, 4, (48,), generator=random))
    for plan in train.PLANS:
        short = replace(plan, epochs=1)
        first, again = (train.trained(short, lesson, 4).state_dict() for _ in range(2))
        assert all(torch.equal(first[name], again[name]) for name in first)
        other = train.trained(replace(short, seed=plan.seed + 1), lesson, 4).state_dict()
        assert not all(torch.equal(first[name], other[name]) for name in first)
