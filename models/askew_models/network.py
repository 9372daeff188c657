"""What a Python file of one's own gives back to be an observer: a network, what its outputs mean, what it wants to see.

Nothing here needs torch: a network may be made with any library, or with none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from askew.errors import BadInput, quoted
from askew_models.preparation import Preparation


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network that gives a score to each of its labels.

    >>> def brightness(pictures):
    ...     light = pictures.mean((1, 2, 3))
    ...     return [[value, -value] for value in light]
    >>> as_it_is = Preparation(size_px=32, resize_px=32, mean=(0, 0, 0), std=(1, 1, 1))
    >>> network = Network(module=brightness, labels=("lamp", "coal"), preparation=as_it_is)
    """

    module: Any  # a torch.nn.Module, or what else can be called: normalised pictures (n, 3, side, side) to (n, labels)
    labels: str | Sequence[str]  # the name of a label set, or for each output its label or WordNet id
    preparation: Preparation
    licence: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be run or has no labels."""
        licence: Any = self.licence
        if licence is not None and not isinstance(licence, str):
            raise BadInput(f"network, licence: {quoted(licence)} is no text; give its name, or leave it out")
        if not callable(self.module):
            raise BadInput(f"network, module: {quoted(self.module)} cannot be called; give a module or a function")
        preparation: Any = self.preparation
        if not isinstance(preparation, Preparation):
            raise BadInput(
                f"network, preparation: {quoted(preparation)} is no Preparation; give an askew_models.Preparation"
            )
        labels: Any = self.labels
        if not isinstance(labels, str) and not _are_texts(labels):
            raise BadInput(
                f"network, labels: {quoted(labels)} is neither the name of a label set nor a list of texts, one for "
                "each output"
            )


def _are_texts(labels: Any) -> bool:
    return isinstance(labels, Sequence) and len(labels) > 0 and all(isinstance(label, str) for label in labels)
