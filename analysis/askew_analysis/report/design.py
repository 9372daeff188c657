"""The section on question and design: who saw which pictures for how long, and which comparisons were planned."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from askew.declared import Contrast, Pool
from askew.describe import natural
from askew.errors import counted
from askew_analysis.report import lookalikes, overlap
from askew_analysis.report.blocks import (
    LONG,
    Block,
    Estimate,
    Fact,
    Facts,
    Folded,
    Grid,
    Head,
    Listing,
    Note,
    Section,
    Text,
)
from askew_analysis.report.counts import KINDS, Count, all_observers, counts, exposure_sentences, table
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.wording import capital, joined, listed, some
from askew_analysis.responses import network_of
from askew_stimuli.picture import Picture

FEW = 3  # networks below which nothing can be said of others
SHORT = 12  # planned comparisons, or groups, up to which each is named


def section(evidence: Evidence) -> Section:
    """What was asked of whom, with which pictures."""
    groups = counts(evidence)
    blocks: list[Block] = [*_cautions(evidence), Text(question(groups)), _facts(evidence, groups), _who(groups)]
    if same := [*_same(evidence, groups)]:
        blocks.append(Listing(tuple(same)))
    blocks += [Text(" ".join(_pictures(evidence))), _conditions(evidence)]
    blocks += _planned(evidence)
    if limits := [*_limits(evidence, groups)]:
        blocks += [Text("What this design leaves open:"), Listing(tuple(limits))]
    return Section(name="design", title="Question and design", blocks=tuple(blocks))


def question(groups: Sequence[Count]) -> str:
    """What observers were asked to do, in a few sentences."""
    labels = sorted({n for each in groups for n in each.labels})
    among = f" by choosing one of {joined([f'{n:,}' for n in labels], 'or')} labels" if labels else ""
    told = f"{capital(all_observers(groups))} said which object a picture shows{among}."
    if len(labels) == 1:
        told += f" Guessing is right in {round(100 / labels[0], 1):g} %."
    return " ".join([told, *exposure_sentences(groups, "saw")])


def planned_words(contrast: Contrast) -> str:
    """A planned comparison in words.

    >>> planned_words(Contrast(a="unlimited", b="40ms", condition="rotated"))
    'unlimited against 40ms, in rotated'
    """
    return f"{contrast.a} against {contrast.b}, in {contrast.condition if contrast.group is None else contrast.group}"


def _cautions(evidence: Evidence) -> Iterator[Note]:
    """What has to be known of the design before the rest."""
    follows = (
        "A difference in accuracy between them may be one between the pictures, and error consistency between them "
        "rests on the pictures that both had."
    )
    yield from overlap.cautions(evidence, follows)
    yield from lookalikes.cautions(evidence.trials)


def _facts(evidence: Evidence, groups: Sequence[Count]) -> Facts:
    pictures = evidence.trials["stimulus"].nunique()
    objects = len({one.object_id or one.class_label for one in evidence.pictures})
    facts = [
        Fact(f"{pictures:,}", _noun(pictures, "picture") + (f" of {counted(objects, 'object')}" if objects else ""))
    ]
    for kind, (one, several) in KINDS.items():
        if number := len({name for each in groups if each.kind == kind for name in each.observers}):
            facts.append(Fact(f"{number:,}", one if number == 1 else several))
    total = sum(each.trials for each in groups)
    return Facts((*facts, Fact(f"{total:,}", _noun(total, "trial"))))


def _who(groups: Sequence[Count]) -> Grid:
    kinds = {"human": "people", "simulated": "simulated", "model": "networks"}
    simulated = any(each.kind == "simulated" for each in groups)
    return Grid(
        caption="Who took part",
        heads=(
            Head("Group"),
            Head("Who", meaning="Simulated observers are programs that play participants." if simulated else ""),
            Head("Observers", "count"),
            Head("Exposure", meaning="How long a picture was to be shown; networks have none."),
            Head("Pictures", "count", "Different pictures that the group as a whole was given."),
            Head("Trials", "count"),
            Head("Labels offered", meaning="How many names could be chosen."),
        ),
        rows=tuple(
            (
                each.group,
                kinds[each.kind],
                len(each.observers),
                each.exposure,
                each.pictures,
                each.trials,
                joined([f"{n:,}" for n in each.labels], "or") or "not stated",
            )
            for each in groups
        ),
        sortable=len(groups) > LONG,
    )


def _same(evidence: Evidence, groups: Sequence[Count]) -> Iterator[str]:
    """Which groups are parts of others, share people, or are taken together."""
    study = evidence.study
    for part in study.subgroups if study else ():
        if part.name in {each.group for each in groups}:
            yield (
                f"The group {part.name} holds the trials of {part.group} whose {part.column} is {part.value}; the "
                f"group {part.group} has the others."
            )
    yield from _met_again(evidence, [each for each in groups if each.kind != "model"])
    pools: dict[str, list[Pool]] = {}
    for pool in evidence.found.plan.pools:
        pools.setdefault(pool.group, []).append(pool)
    for group, its in pools.items():
        sizes = sorted({len(pool.observers) for pool in its})
        size = joined([str(n) for n in sizes], "or")
        yield (
            f"Observers of {group} saw complementary parts of the pictures. For error consistency {size} of them are "
            f"taken as one observer each time: {some([pool.name for pool in its])}."
        )


def _met_again(evidence: Evidence, people: Sequence[Count]) -> Iterator[str]:
    """Which groups share people, and whether these saw the same pictures in both."""
    pairs = [(one, other) for one, other in combinations(people, 2) if {*one.observers} & {*other.observers}]
    if not pairs or len(people) > SHORT:
        return
    seen = table(evidence)[["group", "observer", "stimulus"]].drop_duplicates()
    for one, other in pairs:
        shared = len({*one.observers} & {*other.observers})
        everybody = shared == len(one.observers) == len(other.observers)
        who = "The same observers" if everybody else counted(shared, "observer")
        sides = [seen.loc[seen["group"] == each.group, ["observer", "stimulus"]] for each in (one, other)]
        again = len(sides[0].merge(sides[1]))
        told = f"{who} took part in {one.group} and in {other.group}"
        if not again:
            yield f"{told}, with other pictures."
        elif again == len(sides[0]) == len(sides[1]):
            yield f"{told}, with the same pictures, which they may have known the second time."
        else:
            yield f"{told}. In {counted(again, 'case')} somebody saw a picture in both, and may have known it by then."


def _pictures(evidence: Evidence) -> Iterator[str]:
    pictures = evidence.pictures
    if not pictures:
        yield "There is no manifest of the pictures, so how they were made is not known here."
    else:
        labels = len({one.class_label for one in pictures})
        objects = len({one.object_id or one.class_label for one in pictures})
        named = "" if labels == objects else f" with {counted(labels, 'label')}"
        of = f"{counted(objects, 'object')}{named}"
        yield f"The set has {counted(len(pictures), 'picture')} of {of}, {made(pictures)}."
        if selectors := sorted({one.selector_model for one in pictures if one.selector_model}):
            yield f"Poses were sorted into conditions by {some(selectors)}."
        if masks := sorted({one.mask_kind for one in pictures if one.mask_kind}):
            yield f"The set has masks for its pictures ({some(masks)})."
    for name, parts in (evidence.found.plan.combine or {}).items():
        yield f"The condition {name} is {joined([*parts])} together, the unweighted mean of them for each observer."


def made(pictures: Sequence[Picture]) -> str:
    """How the pictures were made, as far as the manifest knows."""
    sources = {one.source for one in pictures}
    words = [
        "rendered" if sources == {"rendered"} else "imported" if sources == {"imported"} else "rendered or imported"
    ]
    renderers = sorted({one.renderer for one in pictures if one.renderer})
    words += [f"({some(renderers)})"] if renderers else []
    sizes = sorted({one.size_px for one in pictures if one.size_px})
    words += [f"at {joined([f'{w} × {h} px' for w, h in sizes[:3]], 'or')}"] if 0 < len(sizes) <= 3 else []
    grounds = {one.background_rgb for one in pictures}
    (ground,) = grounds if len(grounds) == 1 else (None,)
    words += [f"on a uniform background ({', '.join(map(str, ground))})"] if ground else []
    return " ".join(words)


def _conditions(evidence: Evidence) -> Grid:
    """The conditions, with how far pictures are turned where that is known."""
    shown_in = table(evidence).groupby("condition")
    trials, used = shown_in.size(), shown_in["stimulus"].nunique()
    angles: dict[str, list[float]] = {}
    made: dict[str, int] = {}
    for one in evidence.pictures:
        made[one.condition] = made.get(one.condition, 0) + 1
        if one.angle_from_upright is not None:
            angles.setdefault(one.condition, []).append(one.angle_from_upright)
    order = sorted({*trials.index, *made}, key=lambda name: (name != "upright", natural(name)))
    heads = [Head("Condition"), Head("Pictures", "count", "In the manifest.")] if made else [Head("Condition")]
    heads += [Head("Pictures shown", "count", "With at least one trial."), Head("Trials", "count")]
    if angles:
        heads.append(
            Head("Angle from upright (°)", "number", "Median, and in brackets the smallest and the largest angle.")
        )
    rows = []
    for name in order:
        turned = angles.get(name)
        angle = Estimate(float(np.median(turned)), min(turned), max(turned)) if turned else None
        rows.append(
            (
                name,
                *((made.get(name, 0),) if made else ()),
                int(used.get(name, 0)),
                int(trials.get(name, 0)),
                *((angle,) if angles else ()),
            )
        )
    return Grid(caption="Conditions", heads=tuple(heads), rows=tuple(rows), sortable=len(rows) > LONG)


def _planned(evidence: Evidence) -> list[Block]:
    planned = evidence.found.plan.contrasts
    if not planned:
        number = len(evidence.found.tests)
        why = "study.toml names none" if evidence.study else "there is no study.toml to name them"
        made = f"All {number:,} that the design allows are made" if number > 1 else "What the design allows is compared"
        return [
            Text(
                f"No comparisons were planned before the data ({why}). {made}, and Holm's correction counts every "
                "one of them: take what they show as something to test with new data."
            )
        ]
    listed = Listing(tuple(planned_words(each) for each in planned))
    told = f"study.toml names {counted(len(planned), 'comparison')} of accuracy"
    tested = int(evidence.found.tests["p"].notna().sum())
    if tested == len(planned):
        told += f", and Holm's correction counts {'these and no others' if tested > 1 else 'no others'}"
    elif tested:
        told += f". {tested:,} of them could be tested, and Holm's correction counts no others"
    else:
        told += f", {'none of which' if len(planned) > 1 else 'which'} could {'not ' * (len(planned) == 1)}be tested"
    if evidence.study and "importer" in evidence.study.source:
        told += ". The import named them, so they were not planned here before the data"
    if len(planned) <= SHORT:
        return [Text(f"{told}:"), listed]
    return [Text(f"{told}."), Folded("The comparisons", (listed,))]


def _limits(evidence: Evidence, groups: Sequence[Count]) -> Iterator[str]:
    """What follows from the design, whatever was found."""
    people = [each for each in groups if each.kind != "model"]
    models = [each for each in groups if each.kind == "model"]
    if any(each.kind == "simulated" for each in groups):
        yield "Simulated observers are programs: their part shows that the study runs, and nothing of how people see."
    apart = [
        f"{one.group} against {other.group}"
        for one, other in combinations(people if len(people) <= SHORT else (), 2)
        if one.exposure != other.exposure and not {*one.observers} & {*other.observers}
    ]
    if apart:
        yield (
            "Between these exposures the observers differ, too, so that a difference may be one between observers: "
            f"{listed(apart, most=4)}."
        )
    seen = {name for each in models for name in each.observers}
    if again := sorted({network_of(name) for name in seen if network_of(name) != name}, key=natural):
        yield (
            f"Seen in another view (NAME@VIEW), a network is not another network: {some(again)}. No kappa of a group "
            "counts a network with itself, but means and tests of accuracy take each view for an observer."
        )
    if few := [each for each in models if len(each.observers) < FEW]:
        names = some([f"{each.group} ({len(each.observers)})" for each in few])
        yield f"Groups of one or two networks speak for these and not for networks at large: {names}."
    yield from overlap.partly(evidence)
    if not people:
        yield "There are no people in this study yet, so nothing is compared with them."
    if not models:
        yield "There are no networks in this study yet, so people are compared with one another only."
    if evidence.pictures and all(one.angle_from_upright is None for one in evidence.pictures):
        yield "The manifest does not state by what angle each picture is turned."


def _noun(number: int, noun: str) -> str:
    return noun if number == 1 else f"{noun}s"
