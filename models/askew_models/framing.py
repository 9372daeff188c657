"""Would a better framing have helped? What the views of one network came to together, in each condition.

Two answers. Taking each picture's most confident view is something a network could do. Being right in any view is not:
it is what a framing chosen with the truth in hand would reach at best, and rises with every view even by guessing.
Pure functions; Taesiri et al. (2023) ask this of ImageNet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt

from askew.column import Column
from askew.table import Table


@dataclass(frozen=True, eq=False)
class Choices:
    """What one view came to, picture by picture; all views of a network have the pictures in one order."""

    view: str
    conditions: npt.NDArray[np.str_]
    right: npt.NDArray[np.bool_]
    answered: npt.NDArray[np.bool_]
    confidence: npt.NDArray[np.float64]  # of the choice among the labels offered; -inf where there is none
    labels: npt.NDArray[np.intp]  # how many were offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """What the views of one network came to together, in one condition."""

    observer: Annotated[str, Column("name of the network")]
    set: Annotated[str | None, Column("name of the stimulus set")] = None
    condition: Annotated[str, Column("as in the trials")]
    views: Annotated[tuple[str, ...], Column("the views that were scored")]
    n: Annotated[int, Column("pictures answered in every view", low=1)]
    accuracy: Annotated[tuple[float, ...], Column("share of right choices in each view", low=0, high=1)]
    most_confident: Annotated[
        float, Column("share right when each picture is answered in the view that is most sure of it", low=0, high=1)
    ]
    any_view: Annotated[
        float, Column("share right in one view at least: a bound, for it knows the truth", low=0, high=1)
    ]
    any_by_chance: Annotated[float, Column("what guessing anew in each view would give for the same", low=0, high=1)]

    def __post_init__(self) -> None:
        """Refuse what could not be written."""
        FRAMING.check(self)


FRAMING = Table(Framing, "framing")


def framings(observer: str, set_name: str | None, views: Sequence[Choices]) -> list[Framing]:
    """One row a condition; none where there is only one view, or no picture that all views answered."""
    if len(views) < 2:
        return []
    answered = np.logical_and.reduce([view.answered for view in views])
    right = np.stack([view.right for view in views])
    surest = np.argmax(np.stack([view.confidence for view in views]), axis=0)  # the first of several as sure
    by_surest = np.take_along_axis(right, surest[None], axis=0)[0]
    guessed = 1 - (1 - 1 / views[0].labels) ** len(views)
    found = []
    for condition in dict.fromkeys(views[0].conditions.tolist()):
        rows = answered & (views[0].conditions == condition)
        if rows.any():
            found.append(
                Framing(
                    observer=observer,
                    set=set_name,
                    condition=condition,
                    views=tuple(view.view for view in views),
                    n=int(rows.sum()),
                    accuracy=tuple(_share(each[rows]) for each in right),
                    most_confident=_share(by_surest[rows]),
                    any_view=_share(right[:, rows].any(axis=0)),
                    any_by_chance=_share(guessed[rows]),
                )
            )
    return found


def _share(values: npt.ArrayLike) -> float:
    return round(float(np.mean(np.asarray(values, dtype=float))), 9)
