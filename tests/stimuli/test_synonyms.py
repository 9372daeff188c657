"""Which classes mean the same to people, and which they cannot name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from askew.errors import BadInput
from askew.study import read_toml
from askew_stimuli.designs import designs
from askew_stimuli.synonyms import BUNDLED, Synonyms, read_synonyms


def named(document: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Every class that the bundled lists write down, with the name beside it."""
    fine = [entry.get("but", {}) for entry in document["fine"]]
    for table in (*document["synonyms"], document["names"], document["unclear"], *fine):
        yield from ((int(index), name) for index, name in table.items())


def test_every_index_is_the_class_of_the_name_beside_it(imagenet: list[list[str]]) -> None:
    """In timm's list of ImageNet-1k, which has all names of each class."""
    written = list(named(read_toml(BUNDLED, "")))
    assert len(written) > 400
    wrong = [(i, name) for i, name in written if name not in imagenet[i]]
    assert not wrong


def test_ranges_are_what_they_are_called(imagenet: list[list[str]]) -> None:
    assert imagenet[151][0].startswith("Chihuahua")
    assert imagenet[268][0].startswith("Mexican hairless")
    same = read_synonyms()
    assert len(same.unnameable & frozenset(range(151, 269))) == 118 - 3
    assert not same.unnameable & {1, 9, 340, 386, 388}  # goldfish, ostrich, zebra, elephant, panda


def test_names_that_are_offered_differ(imagenet: list[list[str]]) -> None:
    """Among classes that may stand beside each other, no label is another's."""
    same = read_synonyms()
    labels: dict[str, int] = {}
    for index in sorted(frozenset(range(1000)) - same.unnameable):
        label = same.names.get(index, imagenet[index][0]).lower()
        twin = labels.setdefault(label, index)
        assert twin in same.of(index), f"{label} is both {twin} and {index}"


def test_objects_that_askew_models_can_be_named_and_told_apart() -> None:
    same = read_synonyms()
    modelled = {design.class_index: design.label for design in designs().values()}
    assert not same.unnameable & modelled.keys()
    for index, label in modelled.items():
        assert same.of(index) & modelled.keys() == {index}, label
        assert same.names.get(index, label) == label


def test_sharing_a_group_makes_synonyms_but_not_of_each_others_synonyms() -> None:
    same = Synonyms(groups=(frozenset({504, 968}), frozenset({968, 647})))
    assert same.of(504) == {504, 968}
    assert same.of(968) == {504, 647, 968}
    assert same.of(3) == {3}
    assert 968 in read_synonyms().of(504)


def test_a_list_of_ones_own_replaces_all(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        'schema = 1\nsynonyms = [{ 1 = "goldfish", 2 = "white shark" }]\n[names]\n1 = "fish"\n[unclear]\n7 = "cock"\n'
        '[[fine]]\nwhat = "dogs"\nfirst = 151\nlast = 153\nbut = { 152 = "Japanese spaniel" }\n'
    )
    same = read_synonyms(path)
    assert same.groups == (frozenset({1, 2}),)
    assert same.unnameable == {7, 151, 153}
    assert same.names == {1: "fish"}
    assert len(same.sha256) == 64


def test_nothing_need_be_listed(tmp_path: Path) -> None:
    (tmp_path / "none.toml").write_text("schema = 1\n")
    same = read_synonyms(tmp_path / "none.toml")
    assert (same.groups, same.unnameable, same.names) == ((), frozenset(), {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", r"own.toml: schema None is given, this askew knows schema 1"),
        ("schema = 2", r"schema 2 is given, this askew knows schema 1"),
        (
            "schema = 1\nsynonym = []",
            r"'synonym' is no key of a file of synonyms; allowed: schema, synonyms, names, unc",
        ),
        ("schema = 1\nsynonyms = 3", r"own.toml, synonyms: 3 is given, but it has to be a list of tables"),
        (
            "schema = 1\nsynonyms = [3]",
            r'synonyms: 3 is given, but it has to be a table such as \{ 504 = "coffee mug" \}',
        ),
        (
            'schema = 1\nsynonyms = [{1 = "a"}]',
            r"synonyms: a group of \[1\] is given; name two classes or more in each",
        ),
        ('schema = 1\n[names]\n1000 = "a"', r"names: '1000' is no class of ImageNet-1k; give a whole number from 0 to"),
        (
            'schema = 1\n[names]\nmug = "a"',
            r"names: 'mug' is no class of ImageNet-1k; give a whole number from 0 to 999",
        ),
        ("schema = 1\n[unclear]\n1 = 2", r"unclear: 2 is given, but the name of a class has to be a text"),
        ('schema = 1\n[unclear]\n1 = ""', r"unclear: '' is empty"),
        ('schema = 1\n[names]\n1 = "a|b"', r"names: 'a\|b' holds a '\|', which separates labels in files"),
        (
            "schema = 1\n[[fine]]\nfirst = 1",
            r"fine: \{'first': 1\} is given; each \[\[fine\]\] has what, first, last, and may",
        ),
        (
            'schema = 1\n[[fine]]\nwhat = "x"\nfirst = 5\nlast = 4',
            r"fine: from 5 to 4 is given; last has to be at least",
        ),
        (
            'schema = 1\n[[fine]]\nwhat = "x"\nfirst = 5\nlast = 9\nbut = { 3 = "a" }',
            r"fine: from 5 to 9 but \[3\] is given; last has to be at least first, and all after but between them",
        ),
        ('schema = 1\n[[fine]]\nwhat = "x"\nfirst = true\nlast = 9', r"fine: True is no class of ImageNet-1k"),
    ],
)
def test_each_fault_of_a_list_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(BadInput, match=says):
        read_synonyms(tmp_path / "own.toml")


def test_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"own.toml: there is no such file of synonyms"):
        read_synonyms(tmp_path / "own.toml")
