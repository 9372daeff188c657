"""Which outputs of which head a label means, and what is said of labels that a head lacks."""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from timm.data.imagenet_info import ImageNetInfo

from askew.errors import BadInput
from askew_models import imagenet
from askew_models.categories import CATEGORIES, category
from askew_models.imagenet import SETS, called, names, synsets
from askew_models.labels import LabelSet, label_set, meaning
from askew_models.questions import Question, questions
from askew_stimuli import model_vs_human
from askew_stimuli.picture import Picture
from askew_stimuli.unusual_poses import read

ONE_K = label_set("imagenet-1k")
TEDDY = 850
LARGER = ("imagenet-12k", "imagenet-21k", "imagenet-21k-miil", "imagenet-22k")
KITCHEN = LabelSet("kitchen", ("mug", "bowl", "teddy bear"))


def picture(image_id: str = "p", **values: Any) -> Picture:
    usual: dict[str, Any] = {"source": "rendered", "class_label": "mug", "condition": "upright"}
    return Picture(image_id=image_id, **{**usual, **values})


def asked(*pictures: Picture, head: LabelSet = ONE_K, **aliases: str) -> list[Question]:
    return questions(pictures, pictures, head, aliases)


@pytest.mark.parametrize("name", SETS)
def test_the_lists_are_those_that_timm_uses(name: str) -> None:
    info: Any = ImageNetInfo(name)
    assert label_set(name).keys == tuple(info.label_names())
    assert [", ".join(names(key)) for key in label_set(name).keys] == info.label_descriptions()


def test_lists_that_timm_keeps_elsewhere_are_asked_of_timm_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    expected, named = synsets("imagenet-22k-ms"), dict(imagenet._names())
    monkeypatch.setattr(imagenet, "_FOLDER", "moved")
    assert synsets.__wrapped__("imagenet-22k-ms") == expected
    found = imagenet._names.__wrapped__()
    assert {key: found[key] for key in expected} == {key: named[key] for key in expected}


def test_a_timm_with_another_list_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SETS, "imagenet-22k", (SETS["imagenet-22k-ms"][0], 21841))
    with pytest.raises(BadInput, match=r"labels imagenet-22k: this timm lists 21,842 classes, but .* have 21,841 outp"):
        synsets.__wrapped__("imagenet-22k")


def test_without_timm_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(BadInput, match=r"labels of ImageNet: come with timm, which is not installed; type: .*install"):
        synsets.__wrapped__("imagenet-1k")


def test_only_the_list_that_begins_like_imagenet_1k_does_so() -> None:
    begins = {name for name in SETS if synsets(name)[:1000] == ONE_K.keys}
    assert begins == {"imagenet-1k", "imagenet-22k-ms"}


def test_labels_of_a_file_are_its_lines(tmp_path: Path) -> None:
    (tmp_path / "kitchen.txt").write_text("mug\r\nsoup bowl\r\nn04399382\n", newline="")
    found = label_set("kitchen.txt", tmp_path)
    assert found == LabelSet("kitchen", ("mug", "soup bowl", "n04399382"))
    assert label_set(str(tmp_path / "kitchen.txt")) == found
    assert found.by_synset
    assert not KITCHEN.by_synset
    assert meaning("teddy", {TEDDY}, found).outputs == (2,)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mug\n", r"labels .*kitchen.txt: names 1 outputs; a choice needs two or more, one key a line"),
        ("mug\n\nbowl\n", r"kitchen.txt, line 2: '' is empty"),
        ("mug\nbowl \n", r"kitchen.txt, line 2: 'bowl ' begins or ends with a space; remove it"),
        ("mug\nbowl\nmug\n", r"kitchen.txt, line 3: repeats 'mug' of 1; give each output its own"),
    ],
)
def test_a_wrong_line_of_labels_is_named(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "kitchen.txt").write_text(text)
    with pytest.raises(BadInput, match=says):
        label_set("kitchen.txt", tmp_path)


def test_wrong_labels_of_a_network_are_named_by_their_output() -> None:
    with pytest.raises(BadInput, match=r"labels mine, output 3: repeats 'mug' of 1; give each output its own"):
        LabelSet("mine", ("mug", "bowl", "mug"))


def test_an_unknown_label_set_is_refused_with_those_there_are(tmp_path: Path) -> None:
    says = (
        r"labels 'imagenet1k' \(did you mean imagenet-1k\?\): there is no such label set; there are imagenet-1k, imag"
    )
    with pytest.raises(BadInput, match=says):
        label_set("imagenet1k")
    with pytest.raises(BadInput, match=r"none.txt: there is no such file of labels"):
        label_set("none.txt", tmp_path)


def test_a_class_is_found_by_its_synset_wherever_a_head_has_it() -> None:
    for name in SETS:
        head = label_set(name)
        for index in (0, 504, 999):
            (output,) = meaning("whatever it is called", {index}, head).outputs
            assert head.keys[output] == ONE_K.keys[index]


@pytest.mark.parametrize("name", LARGER)
def test_a_class_that_a_head_lacks_is_refused_by_name(name: str) -> None:
    found = meaning("teddy bear", {TEDDY}, label_set(name))
    assert found.outputs == ()
    assert found.reason == f"{name} has no n04399382 (teddy, teddy bear)"
    assert meaning("hammer", {TEDDY}, label_set(name)) == found  # the class is what counts


def test_an_alias_is_taken_only_where_the_head_lacks_the_label() -> None:
    head, plush = label_set("imagenet-22k"), "n04461879"  # toy
    for aliases in ({"n04399382": plush}, {"teddy": plush}):
        assert meaning("teddy", {TEDDY}, head, aliases).outputs == (head.places[plush],)
        assert meaning("teddy", {TEDDY}, ONE_K, aliases).outputs == (TEDDY,)
    assert meaning("teddy bear", {TEDDY}, KITCHEN, {"teddy bear": "mug"}).outputs == (2,)
    assert meaning("teddy bear", {TEDDY}, KITCHEN, {"n04399382": "mug"}).outputs == (2,)
    assert meaning("cup", {504}, KITCHEN, {"cup": "mug"}).outputs == (0,)
    nowhere = meaning("teddy", {TEDDY}, head, {"teddy": "n00000000"})
    assert nowhere.reason == "imagenet-22k has no n04399382 (teddy, teddy bear), nor its alias n00000000"


def test_a_head_with_labels_of_its_own_is_read_by_label() -> None:
    assert meaning("bowl", {809}, KITCHEN).outputs == (1,)
    assert meaning("bowl", (), KITCHEN).outputs == (1,)
    assert meaning("hammer", {587}, KITCHEN).reason == "kitchen has no 'hammer'"
    assert meaning("hammer", (), KITCHEN, {"hammer": "tool"}).reason == "kitchen has no 'hammer', nor its alias tool"


def test_a_label_without_a_class_has_to_be_the_name_of_one_class() -> None:
    assert meaning("hammer", (), ONE_K).outputs == (587,)
    assert meaning("teddy bear", (), label_set("imagenet-22k-ms")).outputs == (TEDDY,)
    assert meaning("teddy bear", (), label_set("imagenet-22k")).reason == (
        "imagenet-22k has no n04399382 (teddy, teddy bear)"
    )
    assert meaning("crane", (), ONE_K).reason == (
        "'crane' is the name of 2 classes (n02012849, n03126707) of ImageNet-1k; give class_index or an alias"
    )
    assert meaning("doggo", (), ONE_K, {"doggo": "n1"}).reason == (
        "'doggo' is the name of no class of ImageNet-1k, nor its alias n1; give class_index or an alias"
    )
    assert meaning("crane", (), ONE_K, {"crane": "n03126707"}).outputs == (517,)


def test_a_label_of_several_classes_means_those_that_the_head_has() -> None:
    head = label_set("imagenet-12k")
    both = meaning("dog", {151, 152}, head)
    assert [head.keys[output] for output in both.outputs] == [ONE_K.keys[151]]
    assert both.lacking == 1
    assert meaning("dog", {152, 165}, head).reason == (
        "imagenet-12k has no n02085782 (Japanese spaniel) and 1 more of 'dog'"
    )


def test_the_categories_are_those_of_the_benchmark() -> None:
    assert tuple(CATEGORIES) == model_vs_human.CATEGORIES
    sizes = {name: len(classes) for name, classes in CATEGORIES.items()}
    assert (sizes["bird"], sizes["dog"], sizes["truck"], sum(sizes.values())) == (49, 109, 8, 207)
    every = Counter(index for classes in CATEGORIES.values() for index in classes)
    assert set(every.values()) == {1}
    assert all(list(classes) == sorted(classes) for classes in CATEGORIES.values())


# A name that each class of a category has, as far as names can tell; the others are listed.
TOLD = {
    "airplane": {"airliner"},
    "bear": {"bear"},
    "bicycle": {"bicycle", "bike"},
    "boat": {"canoe", "boat", "fireboat", "lifeboat", "speedboat", "yawl"},
    "bottle": {"bottle", "jug"},
    "car": {"wagon", "convertible", "car"},
    "cat": {"cat", "cougar"},
    "chair": {"chair", "throne"},
    "clock": {"clock"},
    "elephant": {"elephant"},
    "keyboard": {"keyboard", "keypad"},
    "knife": {"chopper", "cleaver"},
    "oven": {"rotisserie"},
    "truck": {"truck", "minivan", "van", "pickup", "wrecker"},
}


@pytest.mark.parametrize("name", TOLD)
def test_the_classes_of_a_category_are_called_as_such_things_are(name: str) -> None:
    for synset in category(name):
        assert TOLD[name] & set(" ".join(names(synset)).split()), names(synset)


def test_birds_and_dogs_are_among_the_birds_and_dogs_of_imagenet() -> None:
    # ImageNet-1k lists its birds from cock to hummingbird and beyond, and its 118 breeds of dog from 151 to 268.
    assert set(CATEGORIES["bird"]) <= {*range(7, 25), *range(80, 101), *range(127, 147)}
    assert set(CATEGORIES["dog"]) <= set(range(151, 269))
    for index in (7, 9, 17, 21, 84, 85, 86, 97, 134, 146, 151, 192, 204, 227, 242, 251, 258, 260, 264):
        assert index not in CATEGORIES["bird"] + CATEGORIES["dog"]  # left out by the benchmark


def test_categories_are_meant_only_where_all_labels_are_such_and_no_class_is_given() -> None:
    (only,) = asked(picture(class_label="cat", alt_label="dog"))
    assert only.offer.sizes == (6, 109)
    (mixed,) = asked(picture(class_label="cat", alt_label="hammer"))
    assert mixed.offer.reason == "'cat' is the name of no class of ImageNet-1k; give class_index or an alias"
    (given,) = asked(picture(class_label="cat", class_index=281, alt_label="dog"))
    assert given.offer.sizes == (1, 109)
    (own,) = asked(picture(class_label="cat", alt_label="dog"), head=LabelSet("mine", ("dog", "cat")))
    assert own.true_outputs == (1,)


def test_all_sixteen_can_be_offered_to_every_head_and_what_it_lacks_is_counted() -> None:
    pictures = [picture(name, set="edge", class_label=name) for name in reversed(CATEGORIES)]
    for name, lacking in (("imagenet-1k", 0), ("imagenet-12k", 6), ("imagenet-21k-miil", 8), ("imagenet-22k", 0)):
        found = asked(*pictures, head=label_set(name))
        assert {question.offer for question in found} == {found[0].offer}
        assert found[0].offer.labels == model_vs_human.CATEGORIES
        assert found[0].offer.reason == ""
        assert [found[0].offer.labels[question.truth] for question in found] == [each.class_label for each in pictures]
        assert sum(each.lacking for each in found[0].offer.meanings) == lacking


def test_without_an_alternative_every_label_of_the_set_is_offered_in_order() -> None:
    pictures = [
        picture("a", set="one", class_label="mug", class_index=504),
        picture("b", set="one", class_label="dog", class_index=207),
        picture("c", set="one", class_label="dog", class_index=208),
        picture("d", set="one", class_label="bow", class_index=456, alt_label="axe", alt_index=596),
        picture("e", set="two", class_label="cat", class_index=281),
        picture("f", set="two", class_label="dog", class_index=151),
    ]
    found = asked(*pictures)
    assert [each.offer.labels for each in found[:3]] == [("bow", "dog", "mug")] * 3
    assert [each.truth for each in found] == [2, 1, 1, 0, 0, 1]
    assert found[1].true_outputs == (207, 208)  # in this set, dogs are of these two classes
    assert found[3].offer.labels == ("bow", "axe")
    assert found[5].true_outputs == (151,)


def test_what_cannot_be_told_apart_cannot_be_chosen_from() -> None:
    (found,) = asked(picture(class_index=504, alt_label="cup", alt_index=504))
    assert found.offer.reason == "'mug' and 'cup' mean the same output"
    with pytest.raises(
        BadInput, match=r"picture p: has no alt_label, and no other label is in its set, so there is no"
    ):
        asked(picture(class_index=504))


def test_the_published_labels_are_in_every_head_but_for_the_teddy(published: Path) -> None:
    pictures = read(published / "unusual_poses").pictures
    classes = {
        index: label
        for one in pictures
        for index, label in ((one.class_index, one.class_label), (one.alt_index, one.alt_label))
    }
    assert len(classes) == 146
    assert TEDDY in classes
    with_teddy = [TEDDY in {one.class_index, one.alt_index} for one in pictures]
    for name in SETS:
        lacking = {TEDDY} if name in LARGER else set()
        head = label_set(name)
        assert {
            index for index, label in classes.items() if not meaning(str(label), {int(str(index))}, head).outputs
        } == lacking
        refused = [bool(question.offer.reason) for question in asked(*pictures, head=head)]
        assert refused == (with_teddy if lacking else [False] * len(pictures))


def test_published_labels_are_names_of_their_class_but_for_three(published: Path) -> None:
    pictures = read(published / "unusual_poses").pictures
    pairs = {(one.class_label, one.class_index) for one in pictures} | {
        (one.alt_label, one.alt_index) for one in pictures
    }
    assert {label for label, index in pairs if index not in called(str(label))} == {
        *("trashcan", "band aid", "windsor tie")  # one word of its own, and two without their capitals
    }
