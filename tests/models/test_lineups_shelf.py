"""The lineups that come with askew: their networks exist and have the outputs that the cards say; all are found."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import timm
import timm.data
import torchvision

from askew_models.card import Card
from askew_models.imagenet import names, synsets
from askew_models.labels import label_set
from askew_models.lineup import labels_of_tag, lineup_of
from askew_models.shelf import known_lineups

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "models"
SWAG = "https://github.com/facebookresearch/SWAG/blob/main/LICENSE"
LINEUPS = ("broad", "published", "untrained")
CARDS = [(name, card) for name in LINEUPS for card in lineup_of(name).cards]
TIMM = [pytest.param(card, id=f"{name}-{card.name}") for name, card in CARDS if card.kind == "timm"]
TORCHVISION = [pytest.param(card, id=f"{name}-{card.name}") for name, card in CARDS if card.kind == "torchvision"]


def stated_by_timm(tag: str) -> Any:
    """What timm knows of weights without having them."""
    facts = timm.get_pretrained_cfg(tag)
    assert facts is not None
    return facts


def outputs(card: Card) -> int:
    return len(label_set(str(card.labels)).keys)


def test_these_lineups_come_with_askew() -> None:
    assert [*known_lineups()] == ["broad", "bundled", "published", "untrained"]


@pytest.mark.parametrize("name", known_lineups())
def test_each_is_called_as_its_file_and_titled(name: str) -> None:
    lineup = lineup_of(name)
    assert lineup.name == name
    assert lineup.title != name


@pytest.mark.parametrize("card", TIMM)
def test_timm_has_the_network_and_its_head_has_as_many_outputs(card: Card) -> None:
    facts = stated_by_timm(str(card.tag))
    assert f"{facts.architecture}.{facts.tag}" == card.tag
    assert facts.has_weights
    assert facts.num_classes == outputs(card)


@pytest.mark.parametrize("card", TIMM)
def test_timm_states_the_licence_that_the_card_does(card: Card) -> None:
    stated = stated_by_timm(str(card.tag)).license
    assert card.licence == ("none: the weights are random" if card.untrained else stated)


@pytest.mark.parametrize("card", TIMM)
def test_how_timm_prepares_pictures_is_known_without_a_download(card: Card) -> None:
    resolve: Any = timm.data.config.resolve_data_config
    settled = resolve(pretrained_cfg=stated_by_timm(str(card.tag)).to_dict())
    colours, height, width = settled["input_size"]
    assert (colours, height) == (3, width)
    assert settled["crop_mode"] in {"center", "squash", "border"}
    assert 0.8 < settled["crop_pct"] <= 1
    assert len(settled["mean"]) == len(settled["std"]) == 3


@pytest.mark.parametrize("card", TORCHVISION)
def test_torchvision_has_the_network_and_prepares_pictures_for_it(card: Card) -> None:
    architecture, _, weights = str(card.tag).partition("/")
    facts = torchvision.models.get_model_weights(architecture)[weights]
    assert len(facts.meta["categories"]) == outputs(card)
    settled = facts.transforms()
    assert settled.crop_size[0] <= settled.resize_size[0]
    assert len(settled.mean) == len(settled.std) == 3


@pytest.mark.parametrize("card", TORCHVISION)
def test_torchvision_states_the_licence_that_the_card_does(card: Card) -> None:
    architecture, _, weights = str(card.tag).partition("/")
    stated = torchvision.models.get_model_weights(architecture)[weights].meta.get("license")
    usual = (
        "none: the weights are random" if card.untrained else "none stated for these weights; torchvision's own is BSD"
    )
    assert card.licence == (usual if stated is None else f"{stated} (CC BY-NC 4.0)")
    assert stated in {None, SWAG}


def test_torchvisions_outputs_stand_in_the_order_of_imagenet_1k() -> None:
    called = torchvision.models.get_model_weights("resnet50")["IMAGENET1K_V2"].meta["categories"]
    agree = [label in names(synset) for label, synset in zip(called, synsets("imagenet-1k"), strict=True)]
    assert sum(agree) > 900
    # A shifted or shuffled order would agree nowhere; where names differ, they do so by chance of wording.
    assert sum(label in names(synset) for label, synset in zip(called[1:], synsets("imagenet-1k"), strict=False)) < 20


def test_the_tags_of_timm_that_say_their_labels_say_them_rightly() -> None:
    said = {tag: labels for tag in timm.list_pretrained() if (labels := labels_of_tag("timm", tag))}
    wrong = [tag for tag, its in said.items() if stated_by_timm(tag).num_classes != len(label_set(its).keys)]
    assert wrong == []
    assert len(said) > 1000


def test_the_weights_of_torchvision_that_say_their_labels_say_them_rightly() -> None:
    for architecture in torchvision.models.list_models(module=torchvision.models):
        for weights in torchvision.models.get_model_weights(architecture):
            says = labels_of_tag("torchvision", f"{architecture}/{weights.name}")
            assert (says == "imagenet-1k") == (len(weights.meta["categories"] or ()) == 1000), weights


def test_the_broad_lineup_is_broad() -> None:
    cards = lineup_of("broad").cards
    assert len(cards) >= 40
    assert len({card.family for card in cards}) >= 18
    heads = Counter(card.labels for card in cards)
    assert {"imagenet-12k", "imagenet-21k", "imagenet-21k-miil", "imagenet-22k", "imagenet-22k-ms"} < {*heads}
    assert heads["imagenet-1k"] > len(cards) / 2
    assert all(card.citation and card.provenance["trained_on"] for card in cards)


def test_no_network_is_twice_in_a_lineup() -> None:
    for name in LINEUPS:
        tags = [card.tag for card in lineup_of(name).cards]
        assert len({*tags}) == len(tags)


def test_the_published_lineup_has_candidates_for_each_network_of_the_study() -> None:
    families = Counter(card.family for card in lineup_of("published").cards)
    assert families.keys() == {"noisy-student", "swag", "vit", "swin", "beit", "convnext", "siglip"}


def test_the_numbers_in_the_published_lineup_are_those_of_the_study(published: Path) -> None:
    from askew_stimuli.unusual_poses import read

    text = (MODELS / "lineups" / "published.toml").read_text(encoding="utf-8")
    right: Counter[tuple[str, str]] = Counter()
    for trial in (trial for its in read(published / "unusual_poses").sessions.values() for trial in its.trials):
        right[trial.observer.casefold(), trial.condition] += bool(trial.correct)
    for family in ("swag", "vit", "swin", "beit", "convnext", "siglip"):
        said = re.search(rf"^# {family}: (\d+), (\d+), (\d+)\.", text, re.MULTILINE | re.IGNORECASE)
        assert said is not None
        conditions = ("upright", "rotated-correct", "rotated-incorrect")
        assert [*map(int, said.groups())] == [right[family, condition] for condition in conditions]


def test_untrained_controls_are_no_part_of_a_mean_of_networks() -> None:
    untrained = lineup_of("untrained")
    assert all(card.untrained for card in untrained.cards)
    assert len({card.seed for card in untrained.cards}) == len(untrained.cards)
    assert untrained.group not in {lineup_of(name).group for name in ("broad", "published")}
    assert not any(card.untrained for name in ("broad", "published") for card in lineup_of(name).cards)


def test_only_one_large_head_has_teddy() -> None:
    cards = lineup_of("broad").cards
    lacking = {card.labels for card in cards if "n04399382" not in label_set(str(card.labels)).places}
    assert lacking == {card.labels for card in cards} - {"imagenet-1k", "imagenet-22k-ms"}


def test_each_thing_on_the_shelf_goes_into_the_wheel() -> None:
    included = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name in ("bundled", "lineups"):
        assert f'"models/{name}" = "askew_models/{name}"' in included


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The package as a wheel has it, with its shelf within."""
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(MODELS / "askew_models", tmp_path / "askew_models", ignore=ignored)
    for name in ("bundled", "lineups"):
        shutil.copytree(MODELS / name, tmp_path / "askew_models" / name, ignore=ignored)
    return tmp_path


def test_an_installed_package_has_its_shelf_within(package: Path) -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(package)!r}); import askew_models.lineup as l; print(l.__file__); "
        "print(*(f'{name}:{len(l.lineup_of(name).cards)}' for name in l.known_lineups())); "
        "print(*{'torch', 'timm', 'torchvision'} & {*sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    where, found, heavy = run.stdout.split("\n")[:3]
    assert Path(where).is_relative_to(package)
    assert found.split() == [f"{name}:{len(lineup_of(name).cards)}" for name in known_lineups()]
    assert heavy == ""


def test_the_bundled_lineup_needs_no_download() -> None:
    for card in lineup_of("bundled").cards:
        assert card.kind == "checkpoint"
        assert card.place(str(card.weights)).is_file()
        assert card.identity()["labels"] != card.labels
