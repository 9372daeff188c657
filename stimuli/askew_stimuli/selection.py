"""Sorting candidate poses into conditions by what one network said of them, and choosing among them.

A picture is correct where the network's most probable class is the truth or a synonym of it. Conditions that are chosen
by a network's failures differ in more than difficulty, and are unfair to that network and its relatives; so they are
matched in area, luminance and angle, the network is named, and beside them stands a baseline whose poses nobody chose.

That random arm is random over the poses of the objects that are kept, which are those that the network is right about
in some poses and wrong in others. Which objects these are is decided on all of their candidates, before the draw and
whatever it gives; so each rotated candidate of a kept object is as likely to be drawn as any other of it, and the arm
is right as often, but for chance, as the candidates of kept objects are. Its alternatives are the network's own
best confusions, as those of the other conditions are, so that conditions do not differ in how alternatives are found.

What is balanced: each object is there equally often in each condition, and so is each label as the truth; objects that
cannot be are left out. Where one label is the alternative of too many pictures, some that are matched are exchanged for
others; the rule that gives a picture its alternative stays. On which side the truth is shown, and in which order
pictures come, is for the session to draw.

Pure: pictures and scores in, pictures out.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from askew.errors import BadInput
from askew_stimuli.conditions import CORRECT, INCORRECT, MATCHED, OFTEN, RANDOM, UPRIGHT, most_alternatives
from askew_stimuli.judged import Judged, judged
from askew_stimuli.pairing import (
    Chosen,
    Limit,
    Pool,
    Values,
    closest,
    differences,
    exchanged,
    first_come,
    standardised,
    too_often,
)
from askew_stimuli.picture import Picture
from askew_stimuli.scores import Scored, labels_of
from askew_stimuli.synonyms import Synonyms
from askew_stimuli.thing import key

_MEASURING = "import it with `askew stimuli import`, which measures objects on a plain background"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What is wanted of a selection."""

    seed: int = 0
    per_condition: int = 1
    random_arm: bool = True
    allow_incomplete: bool = False
    min_area: float = 0.0  # share of the picture; what shows less is no candidate
    min_angle: float = 0.0  # degrees; what is turned less is no candidate for the rotated conditions
    max_difference: float = 0.1  # between the means of two conditions, in standard deviations
    max_alternative: float = OFTEN  # share of the pictures that may have one label as the alternative

    @property
    def arm(self) -> int:
        """Pictures of each object in the random arm."""
        return self.per_condition if self.random_arm else 0


@dataclass(frozen=True, slots=True)
class Rate:
    """How many candidates of a class there were, and of how many the network was right."""

    upright: int
    upright_correct: int
    rotated: int
    rotated_correct: int


@dataclass(frozen=True, slots=True)
class Shares:
    """Of which share of rotated pictures the network was right, as means over objects, each counting once."""

    all_objects: float  # of all candidates
    kept_objects: float  # of all candidates of the objects that are in the set
    random_arm: float | None  # of those drawn; but for chance, as of the objects kept


@dataclass(frozen=True, eq=False, kw_only=True)
class Selection:
    """The chosen pictures and what is to be said of the choice."""

    pictures: tuple[Picture, ...]
    model: str
    weights_sha256: str | None
    dropped: Mapping[str, str]  # object -> why
    rates: Mapping[str, Rate]  # by label, over all candidates
    correct: Shares
    first_come: Values  # standardised differences, by pair of MATCHED conditions and measure, as without matching
    matched: Values  # the same of what was chosen
    exchanged: int  # pictures that were chosen otherwise than within their object alone
    too_often: int  # alternatives beyond the number that one label may be
    without_alternative: int  # candidates that could not be chosen, as no class listed can be offered
    rules: Rules

    def of(self, condition: str) -> list[Picture]:
        """The pictures of one condition."""
        return [picture for picture in self.pictures if picture.condition == condition]

    @property
    def uses(self) -> dict[str, tuple[int, int]]:
        """How often each label is the truth and how often the alternative, in alphabetical order."""
        truths = Counter(picture.class_label for picture in self.pictures)
        others = Counter(picture.alt_label for picture in self.pictures if picture.alt_label is not None)
        return {label: (truths[label], others[label]) for label in sorted({*truths, *others})}


def select(pictures: Sequence[Picture], scored: Iterable[Scored], synonyms: Synonyms, rules: Rules) -> Selection:
    """Choose from the candidates of each object what goes into each condition.

    The random arm is drawn from all rotated candidates of an object, without a look at their scores; the matched
    conditions come from the rest. Where the matched ones agree within the rules, no object's pictures depend on any
    other object.
    """
    check_candidates(pictures)
    candidates = _by_object(judged(scored, synonyms, labels_of(pictures)), rules)
    lacks = {name: _lacks(mine, rules) for name, mine in candidates.items()}
    dropped = {name: reason for name, reason in lacks.items() if reason}
    kept = {name: mine for name, mine in candidates.items() if not lacks[name]}
    if not kept:
        able = all(each.alternative is not None for mine in candidates.values() for each in mine)
        advice = [
            "make more candidates",
            *([] if able else ["list more classes for each picture in the scores"]),
            *([] if rules.allow_incomplete else ["or allow incomplete objects"]),
        ]
        raise BadInput(
            f"no object is left of {len(dropped)}, such as {min(dropped)}: {dropped[min(dropped)]}; {', '.join(advice)}"
        )
    objects = [_Object.of(name, mine, rules) for name, mine in kept.items()]
    choice = _choice(objects, rules)
    found = [
        _labelled(each, condition)
        for one, mine in zip(objects, choice.chosen, strict=True)
        for condition, several in one.shown(mine).items()
        for each in several
    ]
    everyone = [each for mine in candidates.values() for each in mine]
    return Selection(
        pictures=tuple(sorted(found, key=_order)),
        model=everyone[0].model,
        weights_sha256=everyone[0].weights_sha256,
        dropped=dropped,
        rates=_rates(everyone),
        correct=Shares(
            all_objects=_share_correct(candidates.values()) or 0.0,
            kept_objects=_share_correct(kept.values()) or 0.0,
            random_arm=_share_correct(one.drawn for one in objects),
        ),
        first_come=differences(choice.pools, [first_come(pool, rules.per_condition) for pool in choice.pools]),
        matched=differences(choice.pools, choice.chosen),
        exchanged=choice.exchanged,
        too_often=too_often(choice.pools, choice.chosen, choice.limit),
        without_alternative=sum(each.alternative is None for each in everyone),
        rules=rules,
    )


def check_candidates(pictures: Sequence[Picture]) -> None:
    """Refuse pictures that nothing can be chosen from, before any score is read."""
    truths: dict[str, str] = {}
    for picture in pictures:
        where = f"picture {picture.image_id}"
        if picture.object_id is None:
            raise BadInput(f"{where}: has no object_id, but poses are chosen within objects; name its object")
        needed = ("area_frac", "lum_mean", *(() if picture.condition == UPRIGHT else ("angle_from_upright",)))
        if missing := [name for name in needed if getattr(picture, name) is None]:
            hint = "fill it in" if missing[0] == "angle_from_upright" else _MEASURING
            raise BadInput(f"{where}: has no {missing[0]}, but conditions are matched in it; render the set, or {hint}")
        truth = truths.setdefault(picture.object_id, picture.class_label)
        if truth != picture.class_label:
            raise BadInput(
                f"{where}: is called {picture.class_label}, but another picture of {picture.object_id} is called "
                f"{truth}; give an object one label"
            )
    conditions = {picture.condition for picture in pictures}
    if UPRIGHT not in conditions or conditions == {UPRIGHT}:
        given = ", ".join(sorted(conditions)) or "none"
        raise BadInput(f"the candidates have the conditions {given}; needed are {UPRIGHT} and a rotated one")


def _lacks(candidates: Sequence[Judged], rules: Rules) -> str:
    """Why an object cannot be in the set; nothing where it can.

    Asked of all of its candidates, and answered as if the random arm took from each condition as many as it takes at
    all: the answer holds for every draw, so none is more likely to be kept than another.
    """
    upright, *rotated = (len(several) for several in _by_condition(candidates))
    if not upright:
        return _nothing_to_offer(candidates, [UPRIGHT]) or "no upright candidate is correct"
    if not sum(rotated):
        return _nothing_to_offer(candidates, [CORRECT, INCORRECT]) or "no rotated candidate is left"
    if sum(rotated) <= rules.arm:
        return f"no rotated candidate is left beside {RANDOM}"
    if rules.allow_incomplete:
        return ""
    wanted = rules.per_condition + rules.arm
    counts = [(UPRIGHT, upright, rules.per_condition), (CORRECT, rotated[0], wanted), (INCORRECT, rotated[1], wanted)]
    short = [f"{have} of {need} {condition}" for condition, have, need in counts if have < need]
    beside = rules.arm and min(rotated) < wanted
    return ", ".join(short) + (f" ({rules.arm} of them for {RANDOM}, should it be drawn)" if beside else "")


def _nothing_to_offer(candidates: Sequence[Judged], conditions: Sequence[str]) -> str:
    """Says that there are candidates for these conditions, where there are, though none can be shown."""
    count = sum(_condition(each) in conditions for each in candidates)
    named = " or ".join(conditions)
    return f"no wrong class listed that can be offered with any of {count:,} candidates for {named}" if count else ""


@dataclass(frozen=True, eq=False)
class _Object:
    """The candidates of one object: those for each matched condition, and those drawn for the random arm."""

    by_condition: tuple[list[Judged], ...]
    drawn: list[Judged]
    pool: Pool

    @classmethod
    def of(cls, name: str, candidates: Sequence[Judged], rules: Rules) -> "_Object":
        rotated = [each for each in candidates if each.picture.condition != UPRIGHT]
        drawn = _drawn(name, rotated, rules)
        taken = {each.picture.image_id for each in drawn}
        by_condition = _by_condition([each for each in candidates if each.picture.image_id not in taken])
        reference = _measures(rotated)
        pool = Pool(
            values=tuple(standardised(_measures(several), reference) for several in by_condition),
            alternatives=tuple(np.array(_alternatives(several), np.int64) for several in by_condition),
        )
        return cls(by_condition, drawn, pool)

    def shown(self, chosen: Chosen) -> dict[str, list[Judged]]:
        """The chosen candidates by condition, with the random arm."""
        matched = {
            condition: [several[place] for place in places]
            for condition, several, places in zip(MATCHED, self.by_condition, chosen, strict=True)
        }
        return {**matched, RANDOM: self.drawn}


@dataclass(frozen=True, eq=False)
class _Choice:
    """What is chosen for the matched conditions, and what it would be were each object alone."""

    pools: Sequence[Pool]
    limit: Limit
    within: Sequence[Chosen]
    chosen: Sequence[Chosen]

    @property
    def exchanged(self) -> int:
        """How many pictures are other ones than if each object were alone."""
        return sum(
            len({*after} - {*before})
            for mine, new in zip(self.within, self.chosen, strict=True)
            for before, after in zip(mine, new, strict=True)
        )


def _choice(objects: Sequence[_Object], rules: Rules) -> _Choice:
    """Choose within each object, and look at the whole only where the conditions are apart or a label is frequent."""
    pools = [one.pool for one in objects]
    within = [closest(pool, rules.per_condition) for pool in pools]
    drawn = [each for one in objects for each in one.drawn]
    size = len(drawn) + sum(len(places) for mine in within for places in mine)
    limit = Limit.of(most_alternatives(size, rules.max_alternative), _alternatives(drawn))
    apart = np.nanmax(np.abs(differences(pools, within)), initial=0)
    whole = apart > rules.max_difference or too_often(pools, within, limit)
    return _Choice(pools, limit, within, exchanged(pools, within, limit) if whole else within)


def _by_condition(candidates: Iterable[Judged]) -> tuple[list[Judged], ...]:
    """The candidates for each matched condition that have an alternative to be shown with."""
    able = [each for each in candidates if each.alternative is not None]
    return tuple([each for each in able if _condition(each) == condition] for condition in MATCHED)


def _alternatives(candidates: Iterable[Judged]) -> list[int]:
    return [each.alternative.class_index for each in candidates if each.alternative is not None]


def _condition(candidate: Judged) -> str | None:
    """The matched condition that a candidate is for; None for an upright one that is not recognised."""
    if candidate.picture.condition == UPRIGHT:
        return UPRIGHT if candidate.correct else None
    return CORRECT if candidate.correct else INCORRECT


def _drawn(name: str, rotated: Sequence[Judged], rules: Rules) -> list[Judged]:
    """Candidates drawn by a number of their own each, so that neither scores nor other candidates matter."""

    def number(candidate: Judged) -> float:
        entropy = [rules.seed, key("random arm", name, candidate.picture.image_id)]
        return float(np.random.default_rng(np.random.SeedSequence(entropy)).random())

    return sorted(rotated, key=number)[: rules.arm]


def _by_object(candidates: Iterable[Judged], rules: Rules) -> dict[str, list[Judged]]:
    """The candidates of each object that the rules admit, all in the order of their names."""
    admitted: dict[str, list[Judged]] = {}
    for each in candidates:
        if _admitted(each.picture, rules):
            admitted.setdefault(str(each.picture.object_id), []).append(each)
    if not admitted:
        raise BadInput("no candidate is large enough and turned far enough; lower the least area or angle")
    return {name: sorted(admitted[name], key=lambda each: each.picture.image_id) for name in sorted(admitted)}


def _admitted(picture: Picture, rules: Rules) -> bool:
    turned = picture.condition == UPRIGHT or (picture.angle_from_upright or 0) >= rules.min_angle
    return turned and (picture.area_frac or 0) >= rules.min_area


def _measures(candidates: Sequence[Judged]) -> Values:
    pictures = [each.picture for each in candidates]
    rows = [(p.area_frac, p.lum_mean, p.angle_from_upright or 0) for p in pictures]
    return np.array(rows, float).reshape(len(rows), 3)


def _labelled(candidate: Judged, condition: str) -> Picture:
    if candidate.alternative is None:
        raise BadInput(
            f"picture {candidate.picture.image_id}: was drawn for the random arm, but every wrong class in the scores "
            "is a synonym of its truth or has no name that people would give; list more classes for each picture"
        )
    return replace(
        candidate.picture,
        condition=condition,
        alt_index=candidate.alternative.class_index,
        alt_label=candidate.alternative.class_label,
        alt_rule=f"most probable wrong class of {candidate.model}, without synonyms and un-nameable classes",
        alt_probability=candidate.alternative.probability,
        selector_model=candidate.model,
        selector_weights_sha=candidate.weights_sha256,
        selector_p_true=candidate.p_true,
        selector_rank=candidate.rank,
    )


def _order(picture: Picture) -> tuple[str, int, str]:
    return str(picture.object_id), (*MATCHED, RANDOM).index(picture.condition), picture.image_id


def _share_correct(objects: Iterable[Sequence[Judged]]) -> float | None:
    """The mean over objects of the share of their rotated candidates that is correct; None where there are none."""
    rotated = [[each.correct for each in mine if each.picture.condition != UPRIGHT] for mine in objects]
    shares = [float(np.mean(mine)) for mine in rotated if mine]
    return float(np.mean(shares)) if shares else None


def _rates(candidates: Sequence[Judged]) -> dict[str, Rate]:
    counts: Counter[tuple[str, bool, bool]] = Counter(
        (each.picture.class_label, each.picture.condition == UPRIGHT, each.correct) for each in candidates
    )
    return {
        label: Rate(
            counts[label, True, True] + counts[label, True, False],
            counts[label, True, True],
            counts[label, False, True] + counts[label, False, False],
            counts[label, False, True],
        )
        for label in sorted({label for label, _, _ in counts})
    }
