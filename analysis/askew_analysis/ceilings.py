"""What the accuracies of two groups leave for error consistency: kappa's ceiling, and the pairs that can only be 0."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from askew_analysis.consistencies import Consistency

NEARLY_ZERO = 1e-9


@dataclass(frozen=True, kw_only=True)
class Ceiling:
    """What the pairs of two groups can reach; pairs without a kappa count for nothing, as in the mean kappa.

    `kappa_max` is the mean of the greatest kappas that the two accuracies of each pair allow. It is nan where a pair
    that has a kappa has no such bound, as with a third code for missing answers: it would be of other pairs than the
    mean kappa is. It is nan where no pair has a kappa, too. `forced` pairs have a kappa of 0 whatever they err on,
    because one of the two has everything right or wrong.
    """

    kappa_max: float
    forced: int
    defined: int
    pairs: int
    apart: int  # pairs that share no picture, of those without a kappa
    pictures: float  # that a pair shares, in the median; nan where there is no pair

    @property
    def mute(self) -> bool:
        """Whether most pairs that share pictures tell nothing of errors, for one or both make none (or only errors)."""
        met = self.pairs - self.apart
        return met > 0 and 2 * (self.defined - self.forced) < met


def ceilings(c: Consistency, blocks: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Ceiling]:
    """The ceiling of each pair of groups; those within a group where both are the same."""
    groups = np.array([c.groups.get(one, "") for one in c.observers], dtype=object)
    people = np.array([c.people[one] for one in c.observers], dtype=object)
    members = {group: np.flatnonzero(groups == group) for group in dict.fromkeys(c.groups.values())}
    kappas, tops, shared = (table.to_numpy() for table in (c.kappa, c.kappa_max, c.n_shared))
    found = {}
    for a, b in blocks:
        place = np.ix_(members[a], members[b])
        own = people[members[a]][:, None] != people[members[b]][None]
        chosen = np.triu(own, 1) if a == b else own
        values, top = kappas[place][chosen], tops[place][chosen]
        defined = np.isfinite(values)
        top = top[defined]
        found[a, b] = Ceiling(
            kappa_max=float(top.mean()) if len(top) else float("nan"),
            forced=int((top < NEARLY_ZERO).sum()),
            defined=int(defined.sum()),
            pairs=int(chosen.sum()),
            apart=int((shared[place][chosen] == 0).sum()),
            pictures=float(np.median(shared[place][chosen])) if chosen.any() else float("nan"),
        )
    return found
