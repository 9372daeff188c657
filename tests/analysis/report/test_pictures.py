"""The report's section on pictures: what each group did with each, and the pictures themselves, small."""

import base64
import hashlib
import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from askew.study import Study
from askew.trial import Trial
from askew_analysis.comparison import Plan
from askew_analysis.report import pictures
from askew_analysis.report.blocks import Browser, Card, Drawing, Grid, Note, Section, Text
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.thumbnails import SIDE, Found, thumbnails
from askew_stimuli.picture import Picture
from tests.analysis.report.conftest import evidence_in, evidence_of

Make = Callable[..., Trial]


def told(evidence: Evidence) -> Section:
    found = pictures.section(evidence)
    assert found is not None
    return found


def browser_of(section: Section) -> Browser:
    (found,) = [block for block in section.blocks if isinstance(block, Browser)]
    return found


def words_of(section: Section) -> str:
    return "\n".join(block.words for block in section.blocks if isinstance(block, Text | Note))


def drawing_of(section: Section) -> Drawing:
    (found,) = [block for block in section.blocks if isinstance(block, Drawing) and block.name == "people-and-models"]
    return found


def cards_of(section: Section) -> dict[str, Card]:
    return {card.stimulus: card for card in browser_of(section).cards}


def answered(trial: Make, group: str, right: str, stimulus: str = "mug_rotated", **given: Any) -> list[Trial]:
    """One trial of each observer of a group: 1 is right, 0 is wrong, - has no answer."""
    return [
        trial(
            observer=f"{group}_{number}",
            group=group,
            stimulus=stimulus,
            session=None if given.get("kind") == "model" else "1",
            index=None if given.get("kind") == "model" else 1,
            choice={"1": "mug", "0": "hammer", "-": None}[each],
            outcome="timeout" if each == "-" else "answered",
            **given,
        )
        for number, each in enumerate(right)
    ]


@pytest.fixture
def four(trial: Make) -> Evidence:
    """Two groups of people and two of networks, with planted answers to two pictures."""
    trials = []
    for stimulus, rights in (
        ("mug_rotated", ("1111", "1110", "0000", "1000")),
        ("mug_upright", ("0000", "----", "1111", "1111")),
    ):
        for (group, kind), right in zip(
            (("40ms", "human"), ("unlimited", "human"), ("nets", "model"), ("vlms", "model")), rights, strict=True
        ):
            margin = 0.25 if group == "nets" else None
            trials += answered(trial, group, right, stimulus, kind=kind, margin=margin)
    return evidence_of(trials)


def test_a_card_has_what_each_group_did(four: Evidence) -> None:
    card = cards_of(told(four))["mug_rotated"]
    assert (card.truth, card.condition) == ("mug", "rotated")
    assert [card.shares[group].n for group in ("40ms", "unlimited", "nets", "vlms")] == [4, 4, 4, 4]
    assert [card.shares[group].mean for group in ("40ms", "unlimited", "nets", "vlms")] == [1, 0.75, 0, 0.25]
    assert [card.shares[group].wrong for group in ("40ms", "unlimited", "nets")] == [None, "hammer", "hammer"]
    assert [card.shares[group].margin for group in ("nets", "vlms")] == [0.25, None]
    share = card.shares["unlimited"]
    assert share.low is not None
    assert share.shrunken is not None
    assert share.high is not None
    assert 0 < share.low < share.shrunken < share.high < 1


def test_a_card_has_the_answer_of_each_network(trial: Make) -> None:
    trials = [
        *answered(trial, "nets", "10-", kind="model"),
        *answered(trial, "nets", "0", "mug_upright", kind="model"),
        *answered(trial, "40ms", "11", kind="human"),
        *answered(trial, "40ms", "1", "unseen", kind="human"),
    ]
    section = told(evidence_of(trials))
    assert browser_of(section).networks == ("nets_0", "nets_1", "nets_2")
    answers = {name: card.answers for name, card in cards_of(section).items()}
    assert answers == {
        "mug_rotated": (True, False, None),
        "mug_upright": (False, None, None),
        "unseen": (None, None, None),
    }
    counted_wrong = told(evidence_of(trials, plan=Plan(resamples=100, missing="wrong")))
    assert cards_of(counted_wrong)["mug_rotated"].answers == (True, False, False)


def test_a_network_of_two_groups_is_one_in_each(trial: Make) -> None:
    trials = [
        replace(each, observer="net")
        for group, right in (("a", "1"), ("b", "0"))
        for each in answered(trial, group, right, kind="model")
    ]
    section = told(evidence_of(trials))
    assert browser_of(section).networks == ("net / a", "net / b")
    assert cards_of(section)["mug_rotated"].answers == (True, False)


def test_a_side_is_the_unweighted_mean_of_its_groups_that_answered(four: Evidence) -> None:
    cards = cards_of(told(four))
    assert cards["mug_rotated"].people == 0.875
    assert cards["mug_rotated"].models == 0.125
    assert cards["mug_upright"].shares["unlimited"].n == 0
    assert cards["mug_upright"].people == 0  # nobody with unlimited time answered


def test_the_table_counts_verdicts_of_each_pair(four: Evidence) -> None:
    (grid,) = [block for block in told(four).blocks if isinstance(block, Grid)]
    rows = {row[:2]: dict(zip([head.title for head in grid.heads[2:]], row[2:], strict=True)) for row in grid.rows}
    assert "Resolved" not in [head.title for head in grid.heads]
    assert {*rows} == {(one, other) for one in ("40ms", "unlimited") for other in ("nets", "vlms")}
    assert rows["40ms", "nets"]["People right, networks wrong"] == 1
    assert rows["40ms", "nets"]["Networks right, people wrong"] == 1
    assert rows["unlimited", "nets"]["Not seen by both"] == 1
    assert sum(value for value in rows["unlimited", "vlms"].values() if isinstance(value, int)) == 2


def test_words_say_who_differs_most_and_that_few_answers_say_little_of_one_picture(four: Evidence) -> None:
    said = words_of(told(four))
    assert "The two groups that differ on most pictures are 40ms and nets: 1 picture that 40ms mostly gets" in said
    assert "and 1 the other way round" in said
    assert "With so few answers a picture's share says little by itself, and the intervals on the cards are" in said
    assert "resolved" not in said.lower()


def test_many_pairs_of_groups_make_a_table_to_sort(trial: Make) -> None:
    trials = [row for number in range(13) for row in answered(trial, f"nets {number}", "10", kind="model")]
    section = told(evidence_of([*trials, *answered(trial, "40ms", "11")]))
    (grid,) = [block for block in section.blocks if isinstance(block, Grid)]
    assert grid.sortable
    assert len(grid.rows) == 13


def test_groups_that_never_differ_are_said_not_to(trial: Make) -> None:
    trials = [*answered(trial, "40ms", "11", kind="human"), *answered(trial, "nets", "11", kind="model")]
    assert "No group of people mostly gets a picture that a group of networks mostly misses" in words_of(
        told(evidence_of(trials))
    )


def test_simulated_observers_are_never_called_people(trial: Make) -> None:
    trials = [*answered(trial, "40ms", "110"), *answered(trial, "nets", "000", kind="model")]
    section = told(evidence_of(trials))
    assert browser_of(section).who == "simulated observers"
    assert "people" not in words_of(section).lower()
    (grid,) = [block for block in section.blocks if isinstance(block, Grid)]
    assert "people" not in (grid.caption + "".join(head.title + head.meaning for head in grid.heads)).lower()


def test_people_and_simulated_observers_are_said_to_be_both(trial: Make) -> None:
    trials = [*answered(trial, "40ms", "110"), *answered(trial, "150ms", "11", kind="human")]
    assert browser_of(told(evidence_of(trials))).who == "people and simulated observers"


def test_only_people_or_only_networks_have_cards_and_no_verdicts(trial: Make) -> None:
    for kind, group, lacking in (("human", "40ms", "networks"), ("model", "nets", "people")):
        section = told(evidence_of(answered(trial, group, "110", kind=kind)))
        assert f"There are no {lacking} in this study" in words_of(section)
        (card,) = browser_of(section).cards
        assert None in {card.people, card.models}
        assert not [block for block in section.blocks if isinstance(block, Grid)]


def test_one_observer_of_one_picture_is_enough(trial: Make) -> None:
    section = told(evidence_of([trial()]))
    assert "Below is the one picture" in words_of(section)
    assert browser_of(section).cards[0].shares["40ms"].n == 1


def test_no_answers_by_picture_are_said_to_be_none(trial: Make) -> None:
    evidence = evidence_of([trial()])
    empty = replace(
        evidence, found=replace(evidence.found, pictures=evidence.found.pictures.iloc[:0], notes=("items: why not",))
    )
    assert told(empty).blocks == (Text("There is no table of pictures: why not."),)


def test_labels_offered_start_with_the_truth(trial: Make) -> None:
    trials = [
        trial(),
        trial(observer="sim_2", offered=("hammer", "mug")),
        trial(stimulus="pan", truth="pan", choice="pan", offered=("pan", "ax")),
    ]
    cards = cards_of(told(evidence_of(trials)))
    assert cards["mug_rotated"].offered == ("mug", "hammer")
    assert cards["pan"].offered == ("pan", "ax")


def test_labels_that_all_pictures_share_are_said_once(trial: Make) -> None:
    trials = [trial(), trial(stimulus="hammer", truth="hammer", choice="mug")]
    section = told(evidence_of(trials))
    assert "Each picture came with the same 2 labels: hammer and mug." in words_of(section)
    assert {card.offered for card in browser_of(section).cards} == {()}


def test_trials_without_offered_labels_or_margins_have_cards(trial: Make) -> None:
    evidence = evidence_of([trial(), trial(observer="sim_2", choice="hammer")])
    table = evidence.trials.drop(columns=["offered", "margin", "requested_ms"])
    assert browser_of(told(evidence_of(table))).cards[0].offered == ()


def test_wrong_choices_that_tie_are_all_named(trial: Make) -> None:
    trials = [trial(observer=label, choice=label, offered=("mug", "ax", "pan")) for label in ("ax", "pan")]
    assert browser_of(told(evidence_of(trials))).cards[0].shares["40ms"].wrong == "ax or pan"


def test_every_picture_of_the_planted_study_has_a_small_copy(evidence: Evidence) -> None:
    section = told(evidence)
    cards = browser_of(section).cards
    assert len(cards) == 48
    assert not [block for block in section.blocks if isinstance(block, Note)]
    image = decoded(cards_of(section)["anchor_upright"].thumbnail)
    assert image.size == (32, 32)
    assert np.abs(np.asarray(image.convert("RGB"), dtype=int)[16, 16] - [124, 116, 0]).max() < 12


def test_files_that_are_missing_or_damaged_are_said_once_and_their_cards_stay(planted: Study, tmp_path: Path) -> None:
    root = tmp_path / "study"
    shutil.copytree(planted.root, root)
    folder = root / "stimuli" / "pictures"
    for name in ("anchor", "barrel", "bench", "broom", "bucket"):
        (folder / f"{name}_upright.png").unlink()
    (folder / "mug_upright.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    section = told(evidence_in(root))
    notes = [(block.title, block.words) for block in section.blocks if isinstance(block, Note)]
    assert notes == [
        (
            "5 pictures cannot be shown",
            "The file is not there: anchor_upright, barrel_upright, bench_upright and 2 more.",
        ),
        (
            "1 picture cannot be shown",
            "The file is damaged or cannot be read; askew stimuli check says more: mug_upright.",
        ),
    ]
    assert len(browser_of(section).cards) == 48
    assert [card.stimulus for card in browser_of(section).cards if card.thumbnail is None] == [
        *("anchor_upright", "barrel_upright", "bench_upright", "broom_upright", "bucket_upright", "mug_upright")
    ]


def test_of_many_groups_the_caption_says_which_the_figure_shows(trial: Make) -> None:
    trials = [each for place in range(6) for each in answered(trial, f"g{place}", "10")]
    trials += answered(trial, "networks", "10", kind="model")
    drawing = drawing_of(told(evidence_of(trials)))
    assert drawing.caption.endswith(" Shown are the first 5 of 6 groups of simulated observers.")
    assert "in g0, g1, g2, g3 and g4, against that in networks." in drawing.alt


def test_of_few_groups_the_caption_says_nothing(evidence: Evidence) -> None:
    assert drawing_of(told(evidence)).caption.endswith("networks are worse.")


def test_pictures_that_the_manifest_lacks_have_a_card_and_a_note(planted: Study, evidence: Evidence) -> None:
    section = told(replace(evidence, pictures=evidence.pictures[1:]))
    assert "Not in the manifest: anchor_upright." in words_of(section)
    assert cards_of(section)[evidence.pictures[0].image_id].thumbnail is None


def test_a_study_without_a_manifest_says_that_pictures_are_not_shown(four: Evidence) -> None:
    assert "has no manifest that names their files" in words_of(told(four))


def test_small_copies_are_the_same_again_and_small(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (12, 10, 3), dtype=np.uint8), "RGB")
    coarse.resize((500, 600), Image.Resampling.BICUBIC).save(tmp_path / "a.png")
    picture = Picture(image_id="a", file="a.png", source="imported", class_label="mug", condition="upright")
    found = thumbnails([picture], tmp_path)
    assert found == thumbnails([picture], tmp_path)
    assert decoded(found["a"][0]).size == (160, SIDE)
    assert len(found["a"][0] or "") < 15_000


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_pictures_of_every_kind_are_shown(mode: str, tmp_path: Path) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    values = np.full((300, 300), 51_400, dtype=np.uint16)  # 200 of 255
    image = Image.fromarray(values) if mode == "I;16" else Image.new("RGB", (300, 300), (200, 200, 200)).convert(mode)
    image.save(path)
    picture = Picture(image_id="a", file=path.name, source="imported", class_label="mug", condition="upright")
    (found, why) = thumbnails([picture], tmp_path)["a"]
    assert why == ""
    expected = 255 if mode == "1" else 200
    assert abs(np.asarray(decoded(found).convert("L"), dtype=float).mean() - expected) < 60


def test_files_that_are_no_pictures_are_damaged_and_those_elsewhere_too(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "folder.png").mkdir()
    Image.new("RGB", (5, 5)).save(tmp_path.parent / "outside.png")
    names = {
        "text.png": "damaged",
        "folder.png": "damaged",
        "../outside.png": "damaged",
        "gone.png": "missing",
        None: "missing",
    }
    rows = [
        Picture(image_id=f"p{place}", file=name, source="imported", class_label="mug", condition="upright")
        for place, name in enumerate(names)
    ]
    assert [why for _, why in thumbnails(rows, tmp_path).values()] == [*names.values()]


def test_a_file_is_held_against_the_hash_of_the_manifest(tmp_path: Path) -> None:
    Image.new("RGB", (9, 9), "red").save(tmp_path / "a.png")
    digest = hashlib.sha256((tmp_path / "a.png").read_bytes()).hexdigest()
    picture = Picture(image_id="a", file="a.png", source="imported", class_label="mug", condition="upright")
    picture = replace(picture, sha256_file=digest)
    assert thumbnails([picture], tmp_path)["a"][1] == ""
    Image.new("RGB", (9, 9), "blue").save(tmp_path / "a.png")
    assert thumbnails([picture], tmp_path)["a"] == (None, "changed")
    assert thumbnails([replace(picture, sha256_file=None)], tmp_path)["a"][1] == ""


@pytest.mark.parametrize("times", [1, 2])
def test_a_picture_of_very_many_pixels_is_too_large_and_not_damaged(
    times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (100, 100 * times + 1)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100 * 100)
    rows = [Picture(image_id="a", file="a.png", source="imported", class_label="mug", condition="upright")]
    assert thumbnails(rows, tmp_path)["a"] == (None, "too large")


def test_what_cannot_be_shown_is_said_with_its_reason(evidence: Evidence) -> None:
    table = evidence.found.pictures
    small: dict[str, Found] = {str(name): ("data:", "") for name in table["stimulus"]}
    said: dict[str, Found] = {
        "mug_upright": (None, "too large"),
        "anchor_upright": (None, "damaged"),
        "broom_upright": (None, "changed"),
    }
    notes = pictures._notes(table, {**small, **said})
    assert [note.words for note in notes if isinstance(note, Note)] == [
        f"{pictures.WHY_NOT['changed']}: broom_upright.",
        "The file has too many pixels to be shown here; askew stimuli check says more: mug_upright.",
        "The file is damaged or cannot be read; askew stimuli check says more: anchor_upright.",
    ]


def test_the_published_study_has_all_its_pictures(published_evidence: Evidence) -> None:
    section = told(published_evidence)
    cards = browser_of(section).cards
    assert len(cards) == 147
    assert all(card.thumbnail for card in cards)
    assert {card.truth for card in cards} >= {"canoe", "teapot", "stretcher"}
    assert sum(len(card.thumbnail or "") for card in cards) < 1_000_000


def decoded(thumbnail: str | None) -> Image.Image:
    assert thumbnail is not None
    head, _, body = thumbnail.partition(",")
    assert head == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(body)))
