"""From stored logits to trials, beliefs, confidence and scores; of evidence whose truth was planted."""

import math
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from askew import sidecar
from askew.errors import BadInput
from askew.trial import read_trials, write_trials
from askew_models import calibration
from askew_models.categories import CATEGORIES
from askew_models.choosing import Superclasses
from askew_models.confidence import CONFIDENCE, EVIDENCE, ConditionConfidence, PictureConfidence
from askew_models.deriving import UNORDERED, Derived, Rule, derive, scores_csv
from askew_models.imagenet import names
from askew_models.labels import LabelSet, label_set
from askew_models.store import Evidence, Header, lay_down, read_evidence, rows
from askew_stimuli.picture import Picture
from askew_stimuli.scores import Score, read_scores, write_scores
from askew_stimuli.unusual_poses import read

ONE_K = label_set("imagenet-1k")
KITCHEN = LabelSet("kitchen", ("mug", "bowl", "spoon"))
RULE = Rule(group="networks")
HASH = "0a" * 32


def picture(image_id: str = "p", **values: Any) -> Picture:
    usual: dict[str, Any] = {"source": "rendered", "class_label": "mug", "alt_label": "bowl", "condition": "upright"}
    return Picture(image_id=image_id, **{**usual, **values})


def header(pictures: Sequence[Picture], head: LabelSet, **values: Any) -> Header:
    usual: dict[str, Any] = {
        "observer": "net",
        "view": "checkpoint",
        "set": None,
        "label_set": head.name,
        "keys": head.keys,
        "image_ids": tuple(each.image_id for each in pictures),
        "image_sha256": ("ab" * 32,) * len(pictures),
        "image_framing": ("",) * len(pictures),
        "batch": 8,
        "identity": {},
        "facts": {"weights_sha256": HASH, "versions": {"timm": "1.0", "torch": "2.11"}},
    }
    return Header(**{**usual, **values})


def evidence(pictures: Sequence[Picture], logits: Any, head: LabelSet = KITCHEN, **values: Any) -> Evidence:
    table = np.array(logits, dtype=np.float32).reshape(len(pictures), len(head.keys))
    return Evidence(Path("scores/net.h5"), header(pictures, head, **values), table)


def derived(pictures: Sequence[Picture], logits: Any, head: LabelSet = KITCHEN, rule: Rule = RULE) -> Derived:
    return derive(evidence(pictures, logits, head), pictures, rule)


def tables(found: Derived) -> tuple[Any, ...]:
    return found.trials, found.evidence, found.confidence, found.notes, found.sidecar


def planted(n: int, heat: float = 1.0, seed: int = 0) -> tuple[list[Picture], np.ndarray[Any, Any]]:
    """Pictures of eight classes, half of them upright, with truths drawn as a network of this temperature believes."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (n, 1000)).astype(np.float32)
    logits[:, 8:] -= 60
    truths = (logits / heat + rng.gumbel(size=logits.shape)).argmax(axis=1)
    others = (truths + 1 + rng.integers(0, 7, n)) % 8
    pictures = [
        picture(
            f"p{row}",
            condition=("upright", "turned")[row % 2],
            class_index=int(truth),
            class_label=f"c{truth}",
            alt_index=int(other),
            alt_label=f"c{other}",
        )
        for row, (truth, other) in enumerate(zip(truths, others, strict=True))
    ]
    return pictures, logits


def test_the_label_with_the_larger_logit_is_chosen_of_those_offered() -> None:
    pictures = [
        picture("a", set="home"),
        picture("b", set="home", condition="turned"),
        picture("c", set="home", class_label="spoon", alt_label="mug"),
    ]
    found = derived(pictures, [[2.0, 1.0, 9.0], [0.5, 1.0, 9.0], [-1.0, 7.0, 4.0]])
    assert [trial.choice for trial in found.trials] == ["mug", "bowl", "spoon"]
    assert [trial.offered for trial in found.trials] == [("mug", "bowl"), ("mug", "bowl"), ("spoon", "mug")]
    assert [trial.margin for trial in found.trials] == [1.0, -0.5, 5.0]
    first = found.trials[0]
    assert (first.observer, first.kind, first.group, first.set) == ("net", "model", "networks", "home")
    assert (first.stimulus, first.condition, first.truth, first.outcome) == ("a", "upright", "mug", "answered")
    assert (first.rt_ms, first.session, first.requested_ms) == (None, None, None)


def test_another_view_is_another_observer_in_another_group() -> None:
    pictures = [picture()]
    found = derive(evidence(pictures, [[1.0, 0.0, 0.0]], view="zoom-1.5"), pictures, RULE)
    assert (found.trials[0].observer, found.trials[0].group) == ("net@zoom-1.5", "networks-zoom-1.5")
    assert {(row.observer, row.view) for row in found.evidence} == {("net@zoom-1.5", "zoom-1.5")}
    assert {(row.observer, row.view) for row in found.confidence} == {("net@zoom-1.5", "zoom-1.5")}
    assert found.notes[0].startswith("net@zoom-1.5: ")
    assert found.sidecar.source["view"] == "zoom-1.5"


def test_what_a_network_believed_is_told_in_numbers() -> None:
    pictures = [picture("a"), picture("b", class_label="spoon", alt_label="bowl")]
    found = derived(pictures, np.log([[0.5, 0.2, 0.3], [0.2, 0.5, 0.3]]))
    one, other = found.evidence
    usual = {"observer": "net", "view": "checkpoint", "set": None, "condition": "upright"}
    assert asdict(one) == usual | {
        "stimulus": "a",
        "p_truth": pytest.approx(0.5),
        "p_choice": pytest.approx(0.5),
        "softmax_margin": pytest.approx(0.2),
        "rank": 1,
        "p_top": pytest.approx(0.5),
        "top_key": "mug",
        "top_label": "mug",
        "confidence": pytest.approx(5 / 7),
        "confidence_scaled": None,
        "reason": None,
    }
    assert asdict(other) == usual | {
        "stimulus": "b",
        "p_truth": pytest.approx(0.3),
        "p_choice": pytest.approx(0.5),
        "softmax_margin": pytest.approx(-0.2),
        "rank": 2,
        "p_top": pytest.approx(0.5),
        "top_key": "bowl",
        "top_label": "bowl",
        "confidence": pytest.approx(5 / 8),
        "confidence_scaled": None,
        "reason": None,
    }
    (row,) = found.confidence
    assert asdict(row) == usual | {
        "n": 2,
        "n_refused": 0,
        "n_nan": 0,
        "accuracy": 0.5,
        "n_ranked": 2,
        "top1": 0.5,
        "top5": 1.0,
        "p_top_mean": pytest.approx(0.5),
        "ece": pytest.approx(0.0, abs=1e-6),
        "ece_scaled": None,
        "confidence_mean": pytest.approx((5 / 7 + 5 / 8) / 2),
        "choice_ece": pytest.approx((2 / 7 + 5 / 8) / 2),
        "choice_ece_scaled": None,
        "temperature": None,
        "n_temperature": 2,
        "temperature_doubt": "2 upright pictures are too few to fit a temperature; 10 are needed",
    }


def test_even_labels_and_scores_that_are_no_numbers_are_refused_and_counted() -> None:
    pictures = [picture(name) for name in "abcd"]
    found = derived(pictures, [[1, 1, 0], [math.nan, 1, 0], [0, 1, math.inf], [1, 0, 1]])
    assert [trial.outcome for trial in found.trials] == ["refused", "refused", "answered", "answered"]
    assert [trial.choice for trial in found.trials] == [None, None, "bowl", "mug"]
    assert [trial.margin for trial in found.trials] == [0.0, None, -1.0, 1.0]
    assert [row.reason for row in found.evidence] == ["tie", "nan", None, None]
    assert [row.rank for row in found.evidence] == [2, None, None, 2]
    assert [row.p_top is None for row in found.evidence] == [False, True, True, False]
    assert [row.top_key for row in found.evidence] == [None] * 4  # two are even, or there is no best
    assert [row.p_choice is None for row in found.evidence] == [True, True, True, False]
    (row,) = found.confidence
    assert (row.n, row.n_refused, row.n_nan, row.n_ranked, row.accuracy) == (4, 2, 2, 2, 0.5)
    assert found.notes[1:3] == (
        "net: 1 picture refused, for two labels were exactly even",
        "net: 1 picture refused, for a score is no number",
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_one_broken_picture_leaves_the_others_as_they_are(value: float) -> None:
    pictures, logits = planted(40)
    whole = derived(pictures, logits, ONE_K)
    logits[1] = value
    found = derived(pictures, logits, ONE_K)
    assert found.trials[1] == replace(whole.trials[1], choice=None, outcome="refused", margin=None)
    assert found.evidence[1].reason == "nan"
    assert [*found.evidence[:1], *found.evidence[2:]] == [*whole.evidence[:1], *whole.evidence[2:]]
    assert found.confidence[0] == whole.confidence[0]


def test_a_condition_without_any_answer_has_no_accuracy() -> None:
    found = derived([picture("a"), picture("b", condition="turned")], [[1, 1, 1], [math.nan] * 3])
    assert [row.accuracy for row in found.confidence] == [None, None]
    assert [row.confidence_mean for row in found.confidence] == [None, None]
    assert [row.top1 for row in found.confidence] == [0.0, None]
    assert [row.ece for row in found.confidence] == [pytest.approx(1 / 3), None]


def test_published_pictures_with_a_teddy_are_refused_where_the_head_has_none(published: Path) -> None:
    pictures = read(published / "unusual_poses").pictures
    of_teddy = {each.image_id for each in pictures if 850 in {each.class_index, each.alt_index}}
    for name in ("imagenet-1k", "imagenet-12k", "imagenet-21k", "imagenet-21k-miil", "imagenet-22k", "imagenet-22k-ms"):
        head = label_set(name)
        logits = np.random.default_rng(1).normal(0, 1, (147, len(head.keys)))
        found = derived(pictures, logits, head)
        refused = {trial.stimulus for trial in found.trials if trial.outcome == "refused"}
        assert refused == (set() if name in {"imagenet-1k", "imagenet-22k-ms"} else of_teddy)
        reasons = {row.reason for row in found.evidence if row.stimulus in refused}
        assert reasons == ({f"{name} has no n04399382 (teddy, teddy bear)"} if refused else set())
        assert sum(row.n_refused for row in found.confidence) == len(refused)
        assert [row.n for row in found.confidence] == [51, 51, 45]
        toy = derived(pictures, logits, head, Rule(group="networks", aliases={"n04399382": "n04461879"}))
        assert toy.trials == found.trials or {trial.outcome for trial in toy.trials if refused} == {"answered"}


def test_refusals_for_a_label_that_is_lacking_are_noted() -> None:
    pictures = [
        picture("a", class_label="teddy", class_index=850, alt_label="mug", alt_index=504),
        picture("b", class_label="mug", class_index=504, alt_label="teddy", alt_index=850),
        picture("c", class_label="mug", class_index=504, alt_label="bow", alt_index=456),
    ]
    head = label_set("imagenet-22k")
    found = derived(pictures, np.zeros((3, 21841)) + np.arange(21841), head)
    assert found.notes[1] == "net: 2 pictures refused, for imagenet-22k has no n04399382 (teddy, teddy bear)"
    assert found.notes[0] in found.sidecar.notes
    assert [row.rank is None for row in found.evidence] == [True, False, False]
    aliased = derived(pictures, np.arange(3 * 21841), head, Rule(group="g", aliases={"teddy": "n04461879"}))
    assert [trial.outcome for trial in aliased.trials] == ["answered"] * 3
    assert aliased.sidecar.source["aliases"] == {"teddy": "n04461879"}


def test_the_sixteen_categories_are_chosen_by_mean_probability_unless_another_rule_is_given() -> None:
    pictures = [
        picture(name, set="edge", condition="0", class_label=name, alt_label=None)
        for name in ("airplane", "dog", *CATEGORIES)
    ]
    pictures = [replace(each, image_id=f"{number}") for number, each in enumerate(pictures)]
    logits = np.full((18, 1000), -9.0)
    logits[:, 404] = math.log(0.2)  # the one class of airplane
    logits[:, list(CATEGORIES["dog"])] = math.log(0.7 / 109)
    mean = derived(pictures, logits, ONE_K)
    assert {trial.choice for trial in mean.trials} == {"airplane"}
    assert mean.trials[0].offered == tuple(CATEGORIES)
    total = 0.2 + 0.7 + (1000 - 110) * math.exp(-9)
    assert mean.trials[0].margin == pytest.approx((0.2 - 0.7 / 109) / total)
    assert mean.evidence[1].p_truth == pytest.approx(0.7 / total)
    assert mean.evidence[1].rank == 2  # of its 109 breeds, the best is behind airliner
    unit = "margin: a difference of mean probabilities of a label's outputs (softmax over all outputs)"
    assert mean.sidecar.notes[:2] == (UNORDERED, unit)
    others: tuple[tuple[Superclasses, float], ...] = (("sum", 0.5 / total), ("logsumexp", math.log(0.7 / 0.2)))
    for rule, margin in others:
        found = derived(pictures, logits, ONE_K, Rule(group="networks", superclasses=rule))
        assert {trial.choice for trial in found.trials} == {"dog"}
        assert found.trials[1].margin == pytest.approx(margin)


def test_a_category_that_a_head_has_in_part_is_noted() -> None:
    pictures = [picture(class_label="dog", alt_label="cat")]
    head = label_set("imagenet-12k")
    found = derived(pictures, np.arange(11821) / 1000, head)
    assert found.trials[0].outcome == "answered"
    assert found.notes[1] == "net: 'dog' is 103 of its 109 classes, as the network has no more"


def test_a_planted_temperature_makes_both_confidences_true() -> None:
    pictures, logits = planted(6000, heat=2.5)
    found = derived(pictures, logits, ONE_K)
    upright, turned = found.confidence
    assert (upright.condition, upright.n_temperature, turned.n_temperature) == ("upright", 3000, 3000)
    assert upright.temperature == turned.temperature == pytest.approx(2.5, rel=0.05)
    assert upright.temperature_doubt is None
    for row in found.confidence:
        assert min(row.ece or 0, row.choice_ece or 0) > 0.05
        assert max(row.ece_scaled or 1, row.choice_ece_scaled or 1) < 0.03
        assert row.confidence_mean is not None
        assert row.accuracy is not None
        assert row.confidence_mean > row.accuracy + 0.05  # too sure of itself
    assert found.notes == ()


def test_the_conditions_that_count_as_upright_can_be_named() -> None:
    pictures, logits = planted(200, heat=2.0)
    mixed = [*logits[::2], *(logits[1::2] * np.float32(10))]
    pictures = [*pictures[::2], *pictures[1::2]]
    ten = derived(pictures, mixed, ONE_K, Rule(group="g", upright=("turned",))).confidence[0].temperature or 0
    one = derived(pictures, mixed, ONE_K).confidence[0].temperature or 0
    assert ten > 5 * one
    both = derived(pictures, mixed, ONE_K, Rule(group="g", upright=("upright", "turned"))).confidence[0]
    assert both.n_temperature == 200
    none = derived(pictures, mixed, ONE_K, Rule(group="g", upright=("level",))).confidence[0]
    assert none.temperature_doubt == "0 upright pictures are too few to fit a temperature; 10 are needed"
    assert (none.ece_scaled, none.choice_ece_scaled) == (None, None)


def test_the_order_of_outputs_and_of_pictures_changes_nothing() -> None:
    pictures, logits = planted(300)
    pictures[5] = picture("p5", class_label="c5", class_index=5, alt_label="c6", alt_index=6, condition="turned")
    logits[5, 5] = logits[5, 6]
    logits[6, 3] = math.nan
    expected = derived(pictures, logits, ONE_K)
    assert {trial.outcome for trial in expected.trials} == {"answered", "refused"}
    rng = np.random.default_rng(8)
    outputs, order = rng.permutation(1000), rng.permutation(300)
    shuffled = LabelSet("imagenet-1k", tuple(ONE_K.keys[output] for output in outputs))
    assert tables(derived(pictures, logits[:, outputs], shuffled)) == tables(expected)
    found = derive(evidence([pictures[row] for row in order], logits[order], ONE_K), pictures, RULE)
    assert {each.stimulus: each for each in found.trials} == {each.stimulus: each for each in expected.trials}
    assert {each.stimulus: each for each in found.evidence} == {each.stimulus: each for each in expected.evidence}
    assert {each.condition: each for each in found.confidence} == {each.condition: each for each in expected.confidence}


@pytest.mark.parametrize("block", [1, 7000, 10**9])
def test_nothing_depends_on_the_size_of_the_blocks(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    pictures, logits = planted(64)
    expected = tables(derived(pictures, logits, ONE_K))
    monkeypatch.setattr(calibration, "_BLOCK", block)
    assert tables(derived(pictures, logits, ONE_K)) == expected


def test_evidence_from_a_file_gives_the_same_and_its_tables_can_be_written_and_read(tmp_path: Path) -> None:
    pictures, logits = planted(40)
    expected = derived(pictures, logits, ONE_K)
    path = tmp_path / "net.h5"
    lay_down(path, header(pictures, ONE_K))
    with rows(path) as file:
        for start, stop in list(file.batches):
            file.write(start, logits[start:stop])
        file.finish()
    found = derive(read_evidence(path), pictures, RULE)
    assert tables(found) == tables(expected)
    texts = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        write_trials(folder / "net.csv", found.trials, found.sidecar)
        sidecar.write_table(EVIDENCE, folder / "evidence.csv", found.evidence, None)
        sidecar.write_table(CONFIDENCE, folder / "confidence.csv", found.confidence, None)
        texts.append([each.read_bytes() for each in sorted(folder.iterdir())])
    assert texts[0] == texts[1]
    assert tuple(read_trials(folder / "net.csv")) == found.trials
    assert tuple(row for _, row in EVIDENCE.numbered(folder / "evidence.csv")) == found.evidence
    assert tuple(row for _, row in CONFIDENCE.numbered(folder / "confidence.csv")) == found.confidence
    facts = sidecar.read(folder / "net.csv")
    assert facts is not None
    assert facts.source == {
        "scorer": "askew score",
        "file": "scores/net.h5",
        "view": "checkpoint",
        "labels": "imagenet-1k",
        "superclasses": "mean",
    }
    assert facts.hashes == {"weights": HASH}
    assert facts.versions == {"timm": "1.0", "torch": "2.11"}
    assert facts.notes[:2] == (UNORDERED, "margin: a difference of logits")


def test_a_network_without_weights_has_no_hash_of_them() -> None:
    pictures = [picture()]
    found = derive(evidence(pictures, [[1, 0, 0]], facts={"weights_sha256": None}), pictures, RULE)
    assert (found.sidecar.hashes, found.sidecar.versions) == ({}, {})


def test_a_picture_may_be_in_the_manifest_and_not_scored_but_not_the_other_way_round() -> None:
    pictures = [picture("a", alt_label=None), picture("b", class_label="spoon", alt_label=None)]
    found = derive(evidence(pictures[:1], [[1, 0, 2]]), pictures, RULE)
    assert [trial.offered for trial in found.trials] == [("mug", "spoon")]
    says = (
        r"net.h5: has logits of 1 picture that the manifest is without, such as 'b'; `askew score` scores the pictures"
    )
    with pytest.raises(BadInput, match=says):
        derive(evidence(pictures, [[1, 0, 2]] * 2), pictures[:1], RULE)
    with pytest.raises(BadInput, match=says):
        next(scores_csv(evidence(pictures, [[1, 0, 2]] * 2), pictures[:1]))


def test_every_column_of_both_tables_says_what_it_means() -> None:
    assert EVIDENCE.columns[:5] == (*CONFIDENCE.columns[:3], "stimulus", "condition")
    assert all(field.column.meaning for field in (*EVIDENCE.fields, *CONFIDENCE.fields))
    with pytest.raises(BadInput, match=r"p_truth: 1.5 is not a number from 0 to 1"):
        PictureConfidence(observer="net", view="whole", stimulus="a", condition="c", p_truth=1.5)
    with pytest.raises(BadInput, match=r"n: 0 is not a whole number of 1 or more"):
        ConditionConfidence(
            observer="net", view="whole", condition="c", n=0, n_refused=0, n_nan=0, n_ranked=0, n_temperature=0
        )


def scored(pictures: Sequence[Picture], logits: Any, head: LabelSet = ONE_K) -> list[Score]:
    return list(scores_csv(evidence(pictures, logits, head), pictures))


def test_scores_are_those_that_a_selection_reads(tmp_path: Path) -> None:
    pictures, logits = planted(12)
    logits[3, :8] -= 200  # its truth comes last
    found = scored(pictures, logits)
    assert write_scores(tmp_path / "scores.csv", found) == 12 * 20 + 1
    assert [each for _, its in read_scores(tmp_path / "scores.csv", pictures) for each in its] == found
    late = [each for each in found if each.image_id == "p3"]
    assert [each.rank for each in late[:20]] == list(range(1, 21))
    assert late[20].rank > 990
    powers = np.exp(logits[0].astype(float))
    assert found[0].class_index == int(logits[0].argmax())
    assert found[0].probability == pytest.approx(float(powers.max() / powers.sum()))
    named = {each.class_index: each.class_label for each in found}
    assert named[0] == "c0"
    assert named[late[0].class_index] == names(ONE_K.keys[late[0].class_index])[0]
    assert {(each.model, each.weights_sha256) for each in found} == {("net", HASH)}


def test_scores_do_not_depend_on_the_order_of_outputs_and_even_classes_stand_by_their_number() -> None:
    pictures, logits = planted(5)
    order = np.random.default_rng(2).permutation(1000)
    shuffled = LabelSet("mine", tuple(ONE_K.keys[output] for output in order))
    assert scored(pictures, logits[:, order], shuffled) == scored(pictures, logits)
    coarse = np.random.default_rng(3).integers(0, 4, 1000)
    found = [each.class_index for each in scored(pictures[:1], coarse)[:20]]
    assert found == sorted(range(1000), key=lambda index: (-coarse[index], index))[:20]


def test_scores_of_another_view_name_it() -> None:
    pictures, logits = planted(1)
    assert next(scores_csv(evidence(pictures, logits, ONE_K, view="whole"), pictures)).model == "net@whole"


def test_scores_that_cannot_be_are_refused() -> None:
    pictures, logits = planted(2)
    with pytest.raises(
        BadInput, match=r"net.h5: its outputs are kitchen, not the classes of ImageNet-1k, which scores"
    ):
        scored(pictures, np.zeros((2, 3)), KITCHEN)
    with pytest.raises(BadInput, match=r"picture q: has no class_index, so scores cannot be compared with its truth"):
        scored([picture("q")], logits[:1])
    logits[1, 500] = math.inf
    with pytest.raises(
        BadInput, match=r"net.h5, picture p1: a logit is no finite number, so there are no probabilities"
    ):
        scored(pictures, logits)


def test_deriving_needs_no_torch() -> None:
    code = (
        "import sys, askew_models.deriving as deriving; from askew_models.labels import label_set\n"
        "label_set('imagenet-22k'); deriving.names('n04399382')\n"
        "print([name for name in ('torch', 'timm', 'torchvision', 'pandas', 'scipy', 'vtk') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert run.stdout.strip() == "[]"
