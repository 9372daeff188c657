"""What each picture asks of a network: which labels are offered, which of them is true, and what they mean to its head.

The same labels that people are offered: the truth and the alternative, or, where a picture has no alternative, every
label of its set.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from askew.errors import BadInput, quoted
from askew_models.categories import CATEGORIES
from askew_models.labels import NO_ALIASES, LabelSet, Meaning, meaning
from askew_stimuli.picture import Picture

_Classes = frozenset[int]


@dataclass(frozen=True, eq=False)
class Offer:
    """Labels that are offered together, and what they mean to one head. Many pictures share an offer."""

    labels: tuple[str, ...]
    meanings: tuple[Meaning, ...]

    @cached_property
    def reason(self) -> str:
        """Why a head cannot choose among them; nothing where it can."""
        if lacking := [each.reason for each in self.meanings if each.reason]:
            return lacking[0]
        owner: dict[int, str] = {}
        for label, each in zip(self.labels, self.meanings, strict=True):
            for output in each.outputs:
                if owner.setdefault(output, label) != label:
                    return f"{quoted(owner[output])} and {quoted(label)} mean the same output"
        return ""

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each label."""
        return {label: place for place, label in enumerate(self.labels)}

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """How many outputs each label means."""
        return tuple(len(each.outputs) for each in self.meanings)

    @cached_property
    def columns(self) -> npt.NDArray[np.intp]:
        """The outputs of all labels, one label after the other."""
        return np.array([output for each in self.meanings for output in each.outputs], dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Question:
    """An offer, and the place of the truth in it."""

    offer: Offer
    truth: int

    @property
    def true_outputs(self) -> tuple[int, ...]:
        """The outputs that the truth means; none where the head lacks it."""
        return self.offer.meanings[self.truth].outputs


def questions(
    asked: Iterable[Picture],
    manifest: Sequence[Picture],
    head: LabelSet,
    aliases: Mapping[str, str] = NO_ALIASES,
) -> list[Question]:
    """The question of each picture that was asked. What a set's labels are is seen from the whole manifest."""
    offers = _Offers(manifest, head, aliases)
    return [offers.question(picture) for picture in asked]


class _Offers:
    """The offers of a manifest, each made once."""

    def __init__(self, manifest: Sequence[Picture], head: LabelSet, aliases: Mapping[str, str]) -> None:
        self._head = head
        self._aliases = aliases
        self._sets = _classes_by_label(manifest)
        self._pairs: dict[tuple[tuple[str, _Classes], ...], Offer] = {}
        self._wholes: dict[str | None, Offer] = {}

    def question(self, picture: Picture) -> Question:
        if picture.alt_label is not None:
            pair = (
                (picture.class_label, _one(picture.class_index)),
                (picture.alt_label, _one(picture.alt_index)),
            )
            if pair not in self._pairs:
                self._pairs[pair] = self._offer(dict(pair))
            return Question(self._pairs[pair], 0)
        if picture.set not in self._wholes:
            self._wholes[picture.set] = self._offer(self._whole(picture))
        offer = self._wholes[picture.set]
        return Question(offer, offer.places[picture.class_label])

    def _whole(self, picture: Picture) -> dict[str, _Classes]:
        labels = self._sets[picture.set]
        if len(labels) < 2:
            raise BadInput(
                f"picture {picture.image_id}: has no alt_label, and no other label is in its set, so there is nothing "
                "to choose from; give alternatives"
            )
        return dict(sorted(labels.items()))

    def _offer(self, labels: Mapping[str, _Classes]) -> Offer:
        categories = all(label in CATEGORIES for label in labels)
        found = tuple(
            meaning(label, classes, self._head, self._aliases, categories) for label, classes in labels.items()
        )
        return Offer(tuple(labels), found)


def _classes_by_label(manifest: Sequence[Picture]) -> dict[str | None, dict[str, _Classes]]:
    """The labels of each set, with every class that a picture of the label has."""
    sets: dict[str | None, dict[str, _Classes]] = {}
    for picture in manifest:
        labels = sets.setdefault(picture.set, {})
        labels[picture.class_label] = labels.get(picture.class_label, frozenset()) | _one(picture.class_index)
    return sets


def _one(index: int | None) -> _Classes:
    return frozenset() if index is None else frozenset({index})
