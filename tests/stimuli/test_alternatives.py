"""Alternatives of a set that no network has looked at."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askew.errors import BadInput
from askew_stimuli.alternatives import balanced


@given(st.integers(2, 30), st.integers(1, 4), st.integers(0, 2**31))
def test_every_label_is_the_alternative_as_often_as_it_is_the_truth(classes: int, objects: int, seed: int) -> None:
    labels = {f"class{c}-{o}": f"class {c}" for c in range(classes) for o in range(objects)}
    found = balanced(labels, seed)
    assert found.keys() == labels.keys()
    assert all(found[object_id] != label for object_id, label in labels.items())
    assert set(Counter(found.values()).values()) == {objects}


def test_objects_of_one_class_have_different_alternatives_where_there_are_enough() -> None:
    labels = {f"class{c}-{o}": f"class {c}" for c in range(5) for o in range(4)}
    found = balanced(labels, seed=1)
    assert len({found[f"class2-{o}"] for o in range(4)}) == 4


def test_the_seed_and_nothing_else_decides() -> None:
    labels = {f"{name}-0": name for name in "abcdefgh"}
    assert balanced(labels, 1) == balanced(dict(reversed(labels.items())), 1)
    assert balanced(labels, 1) != balanced(labels, 2)


def test_one_label_alone_is_refused() -> None:
    with pytest.raises(BadInput, match="only one label is shown, 'mug', so none can stand beside it; add a"):
        balanced({"mug-0": "mug", "mug-1": "mug"}, 0)
