"""The classes of ImageNet-1k and of its larger relatives, by WordNet synset, as timm lists them.

Their order is the order of the outputs of networks trained on them. timm's lists are read as files, for importing timm
loads torch, and whoever only derives tables has no use for that.
"""

import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from askew.errors import BadInput
from askew.extras import install_line

CLASSES = "imagenet-1k"
# Each list: timm's file, and how many outputs a network has that was trained on it.
SETS = {
    CLASSES: ("imagenet_synsets.txt", 1000),
    "imagenet-12k": ("imagenet12k_synsets.txt", 11821),
    "imagenet-21k": ("imagenet21k_goog_synsets.txt", 21843),
    "imagenet-21k-miil": ("imagenet21k_miil_synsets.txt", 11221),
    "imagenet-22k": ("imagenet22k_synsets.txt", 21841),
    "imagenet-22k-ms": ("imagenet22k_ms_synsets.txt", 21842),
}
_FOLDER = "data/_info"
_LEMMAS = "imagenet_synset_to_lemma.txt"


@cache
def synsets(name: str) -> tuple[str, ...]:
    """The synsets of a set, in the order of a network's outputs.

    >>> synsets("imagenet-1k")[850]
    'n04399382'
    """
    file, outputs = SETS[name]
    lines = _lines(file)
    found = tuple(_info(name).label_names() if lines is None else lines)
    if len(found) != outputs or len({*found}) < outputs:
        raise BadInput(
            f"labels {name}: this timm lists {len({*found}):,} classes, but networks trained on them have {outputs:,} "
            "outputs; install a timm that lists as many"
        )
    return found


def names(synset: str) -> tuple[str, ...]:
    """All names that WordNet gives to a class; none where the synset is of no set.

    >>> names("n04399382")
    ('teddy', 'teddy bear')
    """
    return _names().get(synset, ())


def described(key: str) -> str:
    """A synset with its names, for messages; a key that is none stays as it is.

    >>> described("n04399382"), described("mug")
    ('n04399382 (teddy, teddy bear)', 'mug')
    """
    return f"{key} ({', '.join(names(key))})" if names(key) else key


def called(name: str) -> tuple[int, ...]:
    """The classes of ImageNet-1k that have exactly this name among theirs, from 0; several share some.

    >>> called("teddy bear"), called("crane"), called("elephant")
    ((850,), (134, 517), ())
    """
    return _called().get(name, ())


def is_synset(key: str) -> bool:
    """Whether a key has the form of a synset of a noun."""
    return re.fullmatch(r"n\d{8}", key, re.ASCII) is not None


@cache
def _names() -> dict[str, tuple[str, ...]]:
    lines = _lines(_LEMMAS)
    if lines is None:
        known = _info("imagenet-21k").label_descriptions(as_dict=True)
        known |= _info("imagenet-22k-ms").label_descriptions(as_dict=True)
    else:
        known = dict(line.split("\t", 1) for line in lines)
    return {synset: tuple(text.split(", ")) for synset, text in known.items()}


@cache
def _called() -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for index, synset in enumerate(synsets(CLASSES)):
        for name in dict.fromkeys(names(synset)):
            found[name] = (*found.get(name, ()), index)
    return found


def _lines(file: str) -> list[str] | None:
    """The lines of one of timm's lists; None where this timm keeps it elsewhere."""
    found = find_spec("timm")
    if found is None or not found.submodule_search_locations:
        raise BadInput(f"labels of ImageNet: come with timm, which is not installed; type: {install_line('models')}")
    path = Path(found.submodule_search_locations[0], _FOLDER, file)
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else None


def _info(name: str) -> Any:
    return import_module("timm.data").ImageNetInfo(name)  # loads torch
