"""Which labels are offered with a picture, and in which order they stand."""

from collections.abc import Sequence
from functools import lru_cache
from random import Random

from askew.errors import BadCell
from askew_experiments.lots import lots, shuffled
from askew_experiments.rotation import Rotation


@lru_cache(maxsize=8)
def labels_beside(rotation: Rotation, labels: int, seed: int) -> dict[str, tuple[str, ...]]:
    """The labels of each picture, by its id: the truth, its alternative where it has one, then others of the set.

    They are the same for every participant, so that models can be asked the same, and the others are drawn for an
    object and not for a picture, so that conditions do not differ in them. BadCell where the set has too few labels.
    """
    found: dict[str, tuple[str, ...]] = {}
    for group in rotation.groups:
        for one in group:
            order = shuffled(rotation.labels, lots(seed, "labels", one.name))
            for picture in (picture for place in one.places for picture in place):
                others = [label for label in order if label not in picture.labels]
                every = (*picture.labels, *others)
                if len(every) < labels:
                    raise BadCell(
                        "design, labels",
                        f"{labels} are given, but the set has only {len(every)} that can be offered with "
                        f"{picture.image_id}; set it to {len(every)} or less, or take a set of more labels",
                    )
                found[picture.image_id] = every[:labels]
    return found


def offered(labels: Sequence[str], place: int, random: Random) -> tuple[str, ...]:
    """The labels as they stand: the first, which is the truth, at its place, the others in a random order.

    >>> offered(("mug", "hammer"), 1, lots(1))
    ('hammer', 'mug')
    """
    truth, *others = labels
    mixed = shuffled(others, random)
    return (*mixed[:place], truth, *mixed[place:])
