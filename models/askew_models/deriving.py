"""From stored logits to tables: trials as people have them, what a network believed, and the scores of a selection.

Everything here follows from the evidence and the manifest, so it can be deleted and comes again byte for byte, and
another rule needs no network to run again. Needs no torch.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import Any

import numpy as np

from askew.errors import BadInput, counted, quoted
from askew.sidecar import Sidecar
from askew.trial import Trial
from askew_models.calibration import (
    Numbers,
    Places,
    Standing,
    Temperature,
    blocks,
    calibration_error,
    sharpened,
    standing,
    temperature,
)
from askew_models.choosing import NAN, NONE, TIE, Superclasses, choose, confidence, joined, ranking, score_unit
from askew_models.confidence import ConditionConfidence, PictureConfidence
from askew_models.imagenet import CLASSES, names, synsets
from askew_models.labels import LabelSet
from askew_models.questions import Question, questions
from askew_models.store import Evidence
from askew_models.unit import OWN, observer_name
from askew_stimuli.picture import Picture
from askew_stimuli.scores import Score, labels_of

UNORDERED = "`offered` has no order: a network is not shown the labels"
LISTED = 20  # classes of each picture in scores.csv
_DIGITS = 9  # more would differ between processors


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How logits become choices."""

    group: str
    superclasses: Superclasses = "mean"
    aliases: Mapping[str, str] = field(default_factory=dict)
    upright: tuple[str, ...] = ("upright",)  # the conditions that the temperature is fitted on


@dataclass(frozen=True, eq=False)
class Derived:
    """The tables of one observer; `notes` are doubts that a person should read."""

    trials: tuple[Trial, ...]
    sidecar: Sidecar
    evidence: tuple[PictureConfidence, ...]
    confidence: tuple[ConditionConfidence, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Answers:
    """The forced choices, one entry a picture; the numbers are nan where there are none."""

    choice: Places
    margin: Numbers
    p_choice: Numbers
    confidence: Numbers
    confidence_scaled: Numbers
    reasons: list[str]


@dataclass(frozen=True, eq=False)
class _Worked:
    """All that the tables are written from; one entry a picture."""

    evidence: Evidence
    pictures: Sequence[Picture]
    asked: Sequence[Question]
    stands: Standing
    fitted: Temperature
    answers: _Answers

    @property
    def observer(self) -> str:
        return observer_of(self.evidence)


def derive(evidence: Evidence, pictures: Sequence[Picture], rule: Rule) -> Derived:
    """All tables of one observer; `pictures` are those of the manifest, of which some may not have been scored."""
    scored = _scored(evidence, pictures)
    head = LabelSet(evidence.label_set, evidence.keys)
    asked = questions(scored, pictures, head, rule.aliases)
    truths = [question.true_outputs for question in asked]
    stands = standing(evidence.logits, truths)
    upright = _upright(scored, stands, rule.upright)
    fitted = temperature(evidence.logits, upright, [truths[row] for row in upright])
    answers = _answers(evidence, asked, rule.superclasses, stands.total, fitted.value)
    worked = _Worked(evidence, scored, asked, stands, fitted, answers)
    notes = tuple(_notes(worked))
    return Derived(
        trials=tuple(_trials(worked, rule)),
        sidecar=_sidecar(worked, rule, notes),
        evidence=tuple(_beliefs(worked)),
        confidence=tuple(_conditions(worked)),
        notes=notes,
    )


def observer_of(evidence: Evidence) -> str:
    """The observer in all tables: another view is another observer."""
    return observer_name(evidence.observer, evidence.view)


def scores_csv(evidence: Evidence, pictures: Sequence[Picture]) -> Iterator[Score]:
    """The most probable classes of each picture, and the truth whatever its rank, as a selection of pictures wants it.

    Only of a network whose outputs are the classes of ImageNet-1k, for the table counts them.
    """
    scored = _scored(evidence, pictures)
    head = LabelSet(evidence.label_set, evidence.keys)
    if not head.is_imagenet:
        raise BadInput(
            f"{evidence.path}: its outputs are {head.name}, not the classes of ImageNet-1k, which scores.csv "
            "counts; take another observer"
        )
    labels = labels_of(scored)
    classes = [head.places[synset] for synset in synsets(CLASSES)]
    named = [labels.get(index, names(synset)[0]) for index, synset in enumerate(synsets(CLASSES))]
    for part in blocks(evidence.logits.shape):
        table = evidence.logits[part][:, classes].astype(np.float64)
        for picture, logits in zip(scored[part], table, strict=True):
            yield from _listed(evidence, picture, logits, named)


def _listed(evidence: Evidence, picture: Picture, logits: Numbers, named: Sequence[str]) -> Iterator[Score]:
    if not np.isfinite(logits).all():
        raise BadInput(
            f"{evidence.path}, picture {picture.image_id}: a logit is no finite number, so there are no "
            "probabilities; take another observer"
        )
    powers = np.exp(logits - logits.max())
    probabilities = powers / powers.sum()
    order = np.argsort(-logits, kind="stable").tolist()
    truth = order.index(picture.class_index)
    for place in [*range(LISTED), *([truth] if truth >= LISTED else [])]:
        yield Score(
            image_id=picture.image_id,
            model=observer_of(evidence),
            weights_sha256=evidence.facts.get("weights_sha256"),
            class_index=order[place],
            class_label=named[order[place]],
            probability=_brief(probabilities[order[place]]) or 0.0,
            rank=place + 1,
        )


def _scored(evidence: Evidence, pictures: Sequence[Picture]) -> list[Picture]:
    """The pictures of the rows, found by their ids."""
    known = {picture.image_id: picture for picture in pictures}
    if gone := [image_id for image_id in evidence.image_ids if image_id not in known]:
        raise BadInput(
            f"{evidence.path}: has logits of {counted(len(gone), 'picture')} that the manifest is without, such "
            f"as {quoted(gone[0])}; `askew score` scores the pictures that are there now"
        )
    return [known[image_id] for image_id in evidence.image_ids]


def _upright(scored: Sequence[Picture], stands: Standing, conditions: Sequence[str]) -> Places:
    """The rows that a temperature is fitted on: upright, and known where the truth stands."""
    return np.array(
        [row for row, picture in enumerate(scored) if picture.condition in conditions and stands.rank[row]],
        dtype=np.intp,
    )


def _answers(
    evidence: Evidence, asked: Sequence[Question], rule: Superclasses, total: Numbers, heat: float | None
) -> _Answers:
    n = len(asked)
    numbers = {name: np.full(n, np.nan) for name in ("margin", "p_choice", "confidence", "confidence_scaled")}
    choice = np.full(n, NONE, dtype=np.intp)
    reasons = [question.offer.reason for question in asked]
    for part in blocks(evidence.logits.shape):
        for sizes, rows in _alike(asked, range(part.start, part.stop)).items():
            logits = evidence.logits[rows]
            columns = np.stack([asked[row].offer.columns for row in rows])
            joint = joined(logits, columns, sizes)
            found = choose(joint, sizes, np.array([asked[row].truth for row in rows]), rule, total[rows])
            choice[rows], numbers["margin"][rows] = found.choice, found.margin
            numbers["confidence"][rows] = found.confidence
            chosen = np.take_along_axis(joint, np.maximum(found.choice, 0)[:, None], axis=1)[:, 0]
            numbers["p_choice"][rows] = np.where(found.choice == NONE, np.nan, np.exp(chosen - total[rows]))
            if heat is not None:
                cooler = ranking(joined(logits, columns, sizes, 1 / heat), sizes, rule)
                numbers["confidence_scaled"][rows] = confidence(cooler, found.choice)
            for row, tied, broken in zip(rows, found.tied.tolist(), found.broken.tolist(), strict=True):
                reasons[row] = TIE if tied else NAN if broken else ""
    return _Answers(choice=choice, reasons=reasons, **numbers)


def _alike(asked: Sequence[Question], rows: range) -> dict[tuple[int, ...], list[int]]:
    """The rows that can be chosen for together, by how many outputs their labels mean."""
    found: dict[tuple[int, ...], list[int]] = {}
    for row in rows:
        if not asked[row].offer.reason:
            found.setdefault(asked[row].offer.sizes, []).append(row)
    return found


def _trials(worked: _Worked, rule: Rule) -> Iterator[Trial]:
    observer, view = worked.observer, worked.evidence.view
    group = rule.group if view == OWN else f"{rule.group}-{view}"
    choices, margins = worked.answers.choice.tolist(), worked.answers.margin.tolist()
    for picture, question, choice, margin in zip(worked.pictures, worked.asked, choices, margins, strict=True):
        labels = question.offer.labels
        yield Trial(
            observer=observer,
            kind="model",
            group=group,
            set=picture.set,
            stimulus=picture.image_id,
            condition=picture.condition,
            offered=labels,
            truth=picture.class_label,
            choice=None if choice == NONE else labels[choice],
            outcome="refused" if choice == NONE else "answered",
            margin=_brief(margin),
        )


def _beliefs(worked: _Worked) -> Iterator[PictureConfidence]:
    evidence, stands, answers = worked.evidence, worked.stands, worked.answers
    read = [next(iter(names(key)), key) for key in evidence.keys]
    observer = worked.observer
    clear = (stands.sound & ~stands.tied).tolist()
    numbers = (
        *(stands.p_truth, answers.p_choice, stands.margin, stands.rank),
        *(stands.p_top, stands.top, answers.confidence, answers.confidence_scaled),
    )
    rows = zip(*(each.tolist() for each in numbers), strict=True)
    for row, (p_truth, p_choice, margin, rank, p_top, top, sure, scaled) in enumerate(rows):
        picture = worked.pictures[row]
        yield PictureConfidence(
            observer=observer,
            view=evidence.view,
            set=picture.set,
            stimulus=picture.image_id,
            condition=picture.condition,
            p_truth=_brief(p_truth),
            p_choice=_brief(p_choice),
            softmax_margin=_brief(margin),
            rank=rank or None,
            p_top=_brief(p_top),
            top_key=evidence.keys[top] if clear[row] else None,
            top_label=read[top] if clear[row] else None,
            confidence=_brief(sure),
            confidence_scaled=_brief(scaled),
            reason=answers.reasons[row] or None,
        )


def _conditions(worked: _Worked) -> Iterator[ConditionConfidence]:
    stands, answers, fitted = worked.stands, worked.answers, worked.fitted
    right = answers.choice == np.array([question.truth for question in worked.asked])
    p_top_scaled = np.full(len(right), np.nan)
    if fitted.value is not None:
        known = np.flatnonzero(stands.rank)
        p_top_scaled[known] = sharpened(worked.evidence.logits, known, fitted.value)
    for (set_name, condition), rows in _by_condition(worked.pictures).items():
        ranked = rows[stands.rank[rows] > 0]
        chosen = rows[answers.choice[rows] != NONE]
        first = stands.rank[ranked] == 1
        yield ConditionConfidence(
            observer=worked.observer,
            view=worked.evidence.view,
            set=set_name,
            condition=condition,
            n=len(rows),
            n_refused=len(rows) - len(chosen),
            n_nan=int((~stands.sound[rows]).sum()),
            accuracy=_mean(right[chosen]),
            n_ranked=len(ranked),
            top1=_mean(first),
            top5=_mean(stands.rank[ranked] <= 5),
            p_top_mean=_mean(stands.p_top[ranked]),
            ece=_brief(calibration_error(stands.p_top[ranked], first)),
            ece_scaled=_brief(calibration_error(p_top_scaled[ranked], first)),
            confidence_mean=_mean(answers.confidence[chosen]),
            choice_ece=_brief(calibration_error(answers.confidence[chosen], right[chosen])),
            choice_ece_scaled=_brief(calibration_error(answers.confidence_scaled[chosen], right[chosen])),
            temperature=None if fitted.value is None else _brief(fitted.value),
            n_temperature=fitted.n,
            temperature_doubt=fitted.doubt or None,
        )


def _by_condition(pictures: Sequence[Picture]) -> dict[tuple[str | None, str], Places]:
    found: dict[tuple[str | None, str], list[int]] = {}
    for row, picture in enumerate(pictures):
        found.setdefault((picture.set, picture.condition), []).append(row)
    return {key: np.array(rows, dtype=np.intp) for key, rows in found.items()}


def _notes(worked: _Worked) -> Iterator[str]:
    words = {TIE: "two labels were exactly even", NAN: "a score is no number"}
    if worked.fitted.doubt:
        yield f"{worked.observer}: {worked.fitted.doubt}"
    for reason, number in Counter(reason for reason in worked.answers.reasons if reason).most_common():
        yield f"{worked.observer}: {counted(number, 'picture')} refused, for {words.get(reason, reason)}"
    partial = {
        (label, len(meaning.outputs), meaning.lacking)
        for offer in {question.offer for question in worked.asked}
        for label, meaning in zip(offer.labels, offer.meanings, strict=True)
        if meaning.lacking
    }
    for label, there, lacking in sorted(partial):
        every = there + lacking
        yield f"{worked.observer}: {quoted(label)} is {there} of its {every} classes, as the network has no more"


def _sidecar(worked: _Worked, rule: Rule, notes: Sequence[str]) -> Sidecar:
    evidence = worked.evidence
    sizes = {question.offer.sizes for question in worked.asked if not question.offer.reason}
    units = sorted({f"margin: a difference of {score_unit(each, rule.superclasses)}" for each in sizes})
    source: dict[str, Any] = {
        "scorer": "askew score",
        "file": f"scores/{evidence.path.name}",
        "view": evidence.view,
        "labels": evidence.label_set,
        "superclasses": rule.superclasses,
    }
    if rule.aliases:
        source["aliases"] = dict(rule.aliases)
    weights = evidence.facts.get("weights_sha256")
    return Sidecar(
        source=source,
        versions={name: str(version) for name, version in evidence.facts.get("versions", {}).items()},
        hashes={} if weights is None else {"weights": weights},
        notes=(UNORDERED, *units, *notes),
    )


def _mean(values: Any) -> float | None:
    return _brief(float(np.mean(values))) if len(values) else None


def _brief(number: float) -> float | None:
    """To the digits that are the same everywhere; None for what is no number."""
    return None if isnan(number) else float(f"{number:.{_DIGITS}g}")
