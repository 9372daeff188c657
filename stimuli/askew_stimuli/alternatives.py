"""The other label of a picture that no network has looked at: every label of the set equally often."""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from askew.errors import BadInput
from askew_stimuli.thing import key

RULE = "balanced: every label of the set equally often, the same in all conditions of an object"


def balanced(labels: Mapping[str, str], seed: int) -> dict[str, str]:
    """An alternative for each object, by its id, from the labels of all; never its own label.

    Every label is the alternative as often as it is the truth, as far as classes have equally many objects. An object
    has the same one in all conditions, so that conditions do not differ in how hard their alternatives are.

    >>> sorted(balanced({"mug-0": "mug", "axe-0": "axe"}, seed=0).values())
    ['axe', 'mug']
    """
    objects = defaultdict(list)
    for object_id, label in sorted(labels.items()):
        objects[label].append(object_id)
    classes = sorted(objects)
    if len(classes) < 2:
        raise BadInput(
            f"only one label is shown, {classes[0]!r}, so none can stand beside it; "
            'add a class, or set alternative = "none"'
        )
    random = np.random.default_rng(np.random.SeedSequence([seed, key("alternatives")]))
    around = [classes[place] for place in random.permutation(len(classes))]
    first = int(random.integers(len(classes) - 1))
    found = {}
    for place, label in enumerate(around):
        for number, object_id in enumerate(objects[label]):
            step = 1 + (first + number) % (len(classes) - 1)
            found[object_id] = around[(place + step) % len(classes)]
    return found
