"""Which pictures people and networks both had: only these compare the two and not the pictures, too."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from askew.errors import counted
from askew_analysis.columns import labelled
from askew_analysis.report.blocks import Note
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.wording import capital, listed

ENOUGH = 0.5  # share of the pictures of both sides below which a reader has to know


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """How many pictures people had, how many networks, and how many both."""

    people: str
    models: str
    of_people: int
    of_models: int
    both: int
    condition: str | None = None  # the one that it is counted in, where it is not all of them

    @property
    def is_small(self) -> bool:
        """Whether less than half of the larger side's pictures are shared."""
        return self.both < ENOUGH * max(self.of_people, self.of_models)

    @property
    def told(self) -> str:
        """The numbers in words.

        >>> Overlap(people="40ms", models="networks", of_people=24, of_models=48, both=0, condition="rotated").told
        '40ms had 24 rotated pictures, networks had 48, and none is common to both'
        """
        pictures = counted(self.of_people, f"{self.condition} picture" if self.condition else "picture")
        common = f"{self.both:,} are" if self.both > 1 else f"{'1' if self.both else 'none'} is"
        return f"{self.people} had {pictures}, {self.models} had {self.of_models:,}, and {common} common to both"


def small(evidence: Evidence) -> tuple[Overlap, ...]:
    """Groups of people and of networks that share few pictures or none, those of all conditions first.

    Conditions are looked at one by one where the pictures of all of them together are no reason for doubt.
    """
    return evidence.once(_small)


def cautions(evidence: Evidence, follows: str) -> tuple[Note, ...]:
    """What has to be known before people and networks are compared, and what follows; empty where nothing has to be."""
    found = small(evidence)
    if not found:
        return ()
    overlaps = _taken_together(evidence, found)
    who = f"{capital(evidence.who)} and networks" if len(overlaps) == 1 else "Some groups of people and of networks"
    how = "few pictures" if any(each.both for each in overlaps) else "no picture"
    where = " of a condition" if found[0].condition else ""
    told = listed([each.told for each in overlaps])
    return (Note(f"{who} have {how}{where} in common", f"{capital(told)}. {follows}", "caution"),)


def is_doubtful(evidence: Evidence, one: str, other: str, condition: str | None) -> bool:
    """Whether two groups, one of them networks, share too few pictures to be compared in a condition."""
    parts = {condition, *(evidence.found.plan.combine or {}).get(condition or "", ())}
    return any(
        {one, other} == {each.people, each.models} and (each.condition is None or each.condition in parts)
        for each in small(evidence)
    )


def partly(evidence: Evidence) -> Iterator[str]:
    """Which groups of networks were given only some of people's pictures, where that is most of them."""
    doubtful = {each.models for each in small(evidence) if each.condition is None}
    had = _pictures(evidence)
    theirs = {picture for group in evidence.people for picture in had[group]}
    for group in evidence.models:
        lacking = theirs - had[group]
        if lacking and group not in doubtful:
            yield (
                f"{group} had {len(theirs) - len(lacking):,} of the {len(theirs):,} pictures that {evidence.who} had. "
                "Accuracies are over each one's own pictures, and error consistency is over those that both had."
            )


def _small(evidence: Evidence) -> tuple[Overlap, ...]:
    whole = _counted(evidence, _pictures(evidence), None)
    if any(each.is_small for each in whole):
        return tuple(each for each in whole if each.is_small)
    conditions = [*dict.fromkeys(evidence.found.trials["condition"].astype(str))]
    return tuple(
        each
        for condition in conditions
        for each in _counted(evidence, _pictures(evidence, condition), condition)
        if each.is_small
    )


def _counted(evidence: Evidence, had: Mapping[str, set[str]], condition: str | None) -> list[Overlap]:
    """Each group of people with each of networks; those that had no picture are not compared."""
    return [
        Overlap(
            people=one,
            models=other,
            of_people=len(had[one]),
            of_models=len(had[other]),
            both=len(had[one] & had[other]),
            condition=condition,
        )
        for one, other in product(evidence.people, evidence.models)
        if had[one] and had[other]
    ]


def _taken_together(evidence: Evidence, found: tuple[Overlap, ...]) -> tuple[Overlap, ...]:
    """All people and all networks in one, where each of their groups shares few pictures with each of the others."""
    conditions = {each.condition for each in found}
    every = len(evidence.people) * len(evidence.models)
    if len(conditions) > 1 or len(found) < every:
        return found
    (condition,) = conditions
    had = _pictures(evidence, condition)
    people, models = (set().union(*(had[group] for group in groups)) for groups in (evidence.people, evidence.models))
    whole = Overlap(
        people=evidence.who,
        models="networks",
        of_people=len(people),
        of_models=len(models),
        both=len(people & models),
        condition=condition,
    )
    return (whole,) if whole.is_small else found


def _pictures(evidence: Evidence, condition: str | None = None) -> dict[str, set[str]]:
    """The pictures of each group, among them what nobody answered."""
    df = labelled(evidence.found.trials, "group", "stimulus", "condition")
    if condition is not None:
        df = df[df["condition"] == condition]
    seen = df[["group", "stimulus"]].drop_duplicates().groupby("group")["stimulus"]
    found = {str(group): {*map(str, names)} for group, names in seen}
    return {group: found.get(group, set()) for group in evidence.found.groups}
