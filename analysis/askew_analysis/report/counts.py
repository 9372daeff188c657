"""What the trials of each group hold: observers, pictures, exposures, labels offered, and missing answers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from askew.column import SEPARATOR
from askew_analysis.columns import codes, labelled
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.wording import capital, joined, shown, some
from askew_analysis.responses import network_of

KINDS = {
    "human": ("person", "people"),
    "simulated": ("simulated observer", "simulated observers"),
    "model": ("network", "networks"),
}
UNLIMITED = "unlimited"


@dataclass(frozen=True, kw_only=True)
class Count:
    """One group of the trials that were read, those that the comparison left out among them."""

    group: str
    kind: str
    observers: tuple[str, ...]
    pictures: int
    trials: int
    silent: Mapping[str, int]  # trials without an answer, by outcome
    asked: tuple[float, ...]  # exposures asked for, in ms
    unlimited: int  # trials of people without such a limit
    exposure_known: bool  # whether the table says anything of exposures
    labels: tuple[int, ...]  # how many were offered
    invalid: int  # trials whose exposure was off
    compared: bool  # whether the comparison has the group

    @property
    def unanswered(self) -> int:
        """How many trials have no answer."""
        return sum(self.silent.values())

    @property
    def who(self) -> str:
        """How many observers of which kind, as in `12 people`."""
        return observers(self.kind, len(self.observers))

    @property
    def exposure(self) -> str:
        """The exposure asked for, in words."""
        if self.kind == "model":
            return "none"
        if not self.exposure_known:
            return "not stated"
        times = [f"{shown(ms, 'ms')} ms" for ms in self.asked]
        return joined([*times, *([UNLIMITED] if self.unlimited else [])], "or")


def table(evidence: Evidence) -> pd.DataFrame:
    """All trials that were read, with labels as texts."""
    return labelled(evidence.trials, "observer", "kind", "group", "stimulus", "condition")


def counts(evidence: Evidence) -> tuple[Count, ...]:
    """Every group of the trials, in the order of the comparison; those that it left out come last."""
    return evidence.once(_counted)


def _counted(evidence: Evidence) -> tuple[Count, ...]:
    df = table(evidence)
    by = df.groupby("group", sort=False)
    missing = df[np.isnan(codes(df["correct"]))]
    outcomes = missing["outcome"].fillna("unknown") if "outcome" in df.columns else pd.Series("unknown", missing.index)
    silent = missing.groupby(["group", outcomes.rename("outcome")], sort=True).size()
    asked = by["requested_ms"].unique() if "requested_ms" in df.columns else None
    endless = df["requested_ms"].isna().groupby(df["group"]).sum() if asked is not None else None
    labels = _labels(df)
    wrong = df["timing_valid"].isin([False]).groupby(df["group"]).sum() if "timing_valid" in df.columns else None
    kinds, seen, trials = by["kind"].first(), by["stimulus"].nunique(), by.size()
    names = by["observer"].unique()
    order = [*evidence.found.groups, *sorted({*trials.index} - {*evidence.found.groups})]
    return tuple(
        Count(
            group=group,
            kind=str(kinds[group]),
            observers=tuple(map(str, names[group])),
            pictures=int(seen[group]),
            trials=int(trials[group]),
            silent={str(why): int(n) for why, n in silent[group].items()} if group in silent.index else {},
            asked=tuple(sorted(float(ms) for ms in asked[group] if pd.notna(ms))) if asked is not None else (),
            unlimited=int(endless[group]) if endless is not None and kinds[group] != "model" else 0,
            exposure_known=asked is not None,
            labels=labels.get(group, ()),
            invalid=int(wrong[group]) if wrong is not None else 0,
            compared=group in evidence.found.groups,
        )
        for group in order
        if group in trials.index
    )


def observers(kind: str, number: int) -> str:
    """Observers of a kind, counted.

    >>> observers("human", 1), observers("human", 12), observers("simulated", 1), observers("model", 2)
    ('1 person', '12 people', '1 simulated observer', '2 networks')
    """
    one, several = KINDS[kind]
    return f"{number:,} {one if number == 1 else several}"


def all_observers(groups: Iterable[Count]) -> str:
    """Everybody in some groups, each once, by kind.

    People who took part in several groups are one person each, and networks that saw the pictures in several views are
    one network each.
    """
    names: dict[str, set[str]] = {}
    for each in groups:
        names.setdefault(each.kind, set()).update(each.observers)
    told = {kind: observers(kind, len(names[kind])) for kind in KINDS if kind in names}
    networks = {network_of(name) for name in names.get("model", ())}
    if len(networks) < len(names.get("model", ())):
        told["model"] = f"{observers('model', len(networks))} ({len(names['model']):,} with each view counted)"
    return joined([*told.values()])


def exposures(groups: Iterable[Count]) -> str:
    """The exposures that some groups were to have, in words; nothing where none is known."""
    known = [each for each in groups if each.kind != "model" and each.exposure_known]
    times = sorted({ms for each in known for ms in each.asked})
    words = [f"{shown(ms, 'ms')} ms" for ms in times]
    if any(each.unlimited for each in known):
        words.append("without a limit")
    return ("for " if times else "") + joined(words, "or")


def exposure_sentences(groups: Sequence[Count], verb: str) -> Iterator[str]:
    """How long people, and simulated observers, had a picture; nothing where that is not known.

    >>> one = Count(group="a", kind="human", observers=("x",), pictures=1, trials=1, silent={}, asked=(40.0,),
    ...             unlimited=0, exposure_known=True, labels=(2,), invalid=0, compared=True)
    >>> [*exposure_sentences([one], "saw")]
    ['People saw a picture for 40 ms.']
    """
    for kind, (_, several) in KINDS.items():
        if words := exposures(each for each in groups if each.kind == kind):
            yield f"{capital(several)} {verb} a picture {words}."


def conditions(names: Sequence[str]) -> str:
    """Conditions in a sentence.

    >>> conditions(["rotated"]), conditions(["a", "b"])
    ('the condition rotated', 'the conditions a and b')
    """
    return f"the condition{'' if len(names) == 1 else 's'} {some(names)}"


def _labels(df: pd.DataFrame) -> dict[str, tuple[int, ...]]:
    """How many labels were offered in each group."""
    if "offered" not in df.columns:
        return {}
    offers = df[["group", "offered"]].dropna().drop_duplicates()
    numbers = offers.assign(n=offers["offered"].astype(str).str.count(f"[{SEPARATOR}]") + 1)
    found = numbers.groupby("group")["n"].unique()
    return {str(group): tuple(sorted(int(n) for n in each)) for group, each in found.items()}
