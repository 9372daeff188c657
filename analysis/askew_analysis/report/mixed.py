"""The mixed model of people's answers: what it says, term by term and cell by cell, and what its SDs mean."""

import math
import re
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from askew.errors import counted
from askew_analysis.comparison import Comparison
from askew_analysis.effects import holm
from askew_analysis.judgement import Verdict, verdict
from askew_analysis.mixed import MixedModel
from askew_analysis.report.blocks import Block, Cell, Estimate, Fact, Facts, Grid, Head, Listing, Note, Section, Text
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.terms import Reading, reading
from askew_analysis.report.wording import capital, confidence, joined, kappa, known, listed, share

NAME, TITLE = "mixed", "The mixed model: answers, observers and pictures"
INTERCEPT = "Intercept"
SMALL = 0.05  # logits; an SD below it is as good as none, and so is a difference of two
SPREAD = {
    "pictures": "Pictures differ more than observers do: it matters more which picture than who looks at it",
    "observers": "Observers differ more than pictures do: it matters more who looks than at which picture",
    "alike": "Observers and pictures differ about equally",
}
FEW = 10  # wrong answers in a cell, or right ones, below which a normal interval is rough
VERDICTS: dict[Verdict, str] = {
    "above": "resolved: odds ratio above 1",
    "below": "resolved: odds ratio below 1",
    "alone": "leaves out 1 by itself, not after Holm's correction",
    "open": "not resolved at this n",
    "undefined": "undefined: some cell is all right or all wrong",
}
LOGISTIC = math.pi**2 / 3  # variance of chance on the scale of logits


def section(evidence: Evidence) -> Section:
    """What the mixed model says, or why there is none."""
    found = evidence.found
    m = found.mixed
    if m is None:
        return Section(name=NAME, title=TITLE, blocks=(Text(_none(evidence)),))
    read = reading(found)
    blocks: list[Block] = [Text(_model(evidence, m)), Text(read.words)]
    if not m.at_maximum:
        words = "Its numbers are not to be used. Fewer terms, or one random effect, may help."
        blocks.append(Note("The fit did not converge", words, "bad"))
    elif not m.converged:
        words = (
            "Some cells are all right or all wrong, so some terms have no finite value and are undefined. What "
            "the predicted shares show as finite is sound; another reference group may show more in the terms."
        )
        blocks.append(Note("Some terms are undefined", words, "caution"))
    if facts := _facts(m):
        blocks.append(Facts(facts))
    blocks += [Listing(tuple(_spread(found, m))), _terms(m, read), Listing(tuple(_how_to_read(read)))]
    if not found.cells.empty:
        blocks.append(_cells(found, m))
    blocks.append(Listing(tuple(_limits(found, m, read))))
    return Section(name=NAME, title=TITLE, blocks=tuple(blocks))


def spread_order(m: MixedModel) -> Literal["pictures", "observers", "alike"] | None:
    """Which of the two differ more, by their SDs; None where the model has only one of them, or neither."""
    if not (known(m.sd_observer) and known(m.sd_stimulus)):
        return None
    if abs(m.sd_stimulus - m.sd_observer) < SMALL:
        return "alike"
    return "pictures" if m.sd_stimulus > m.sd_observer else "observers"


def _none(evidence: Evidence) -> str:
    if not evidence.people:
        return "There is none: it is fitted to answers of people, and all observers here are networks."
    whys = evidence.found.said_of("mixed model")
    return f"There is none: {whys[-1]}." if whys else "There is none."


def _model(evidence: Evidence, m: MixedModel) -> str:
    sds = {"observers": m.sd_observer, "pictures": m.sd_stimulus}
    random = [name for name, sd in sds.items() if known(sd)]
    depends = {"observers": "on how good this observer is", "pictures": "on how easy this picture is"}
    with_random = f", with random intercepts of {joined(random)}" if random else ", without random effects"
    told = (
        f"A logistic mixed model of {counted(m.n, 'answer')} of {evidence.who}: {m.formula}{with_random}. That means: "
        f"how likely an answer is right depends {joined(['on the formula', *(depends[name] for name in random)])}. "
    )
    if random:
        told += (
            f"{joined(random).capitalize()} count as drawn from many, so its {confidence(m.level)} intervals "
            f"speak of other {joined(random)} like these. "
        )
    told += (
        "It is fitted by maximum likelihood (Laplace's approximation), and its tests and intervals are normal ones. "
    )
    return told + ("The fit converged. " * m.converged) + "Networks are not in it."


def _facts(m: MixedModel) -> tuple[Fact, ...]:
    sds = {"SD of pictures, in logits": m.sd_stimulus, "SD of observers, in logits": m.sd_observer}
    return tuple(Fact(kappa(sd), words) for words, sd in sds.items() if known(sd))


def _spread(found: Comparison, m: MixedModel) -> Iterator[str]:
    """What the SDs mean."""
    observer, stimulus = m.sd_observer, m.sd_stimulus
    if (order := spread_order(m)) is not None:
        parts = [sd**2 / (observer**2 + stimulus**2 + LOGISTIC) for sd in (stimulus, observer)]
        yield (
            f"{SPREAD[order]}. On the scale of logits, {share(parts[0], 0)} of what the terms leave is between "
            f"pictures, {share(parts[1], 0)} between observers, and the rest is chance within."
        )
    where, base = _hardest(found)
    for name, sd, worse in (("A picture", stimulus, "harder"), ("An observer", observer, "weaker")):
        if known(sd) and sd > SMALL and known(base):
            low, middle, high = (share(float(each), 0) for each in expit([base - sd, base, base + sd]))
            yield (
                f"{name} one SD {worse} than the typical one has odds of a right answer {np.exp(sd):.1f} times lower. "
                f"{where}, that is {low} right instead of {middle}; one SD on the other side it is {high}."
            )
    if known(observer) or known(stimulus):
        yield "The SDs are estimates as well; no interval is given for them."


def _hardest(found: Comparison) -> tuple[str, float]:
    """The cell with the fewest right answers, in words, and its logit for a typical observer and picture."""
    cells = found.cells
    cells = cells[(cells["typical"] > 0) & (cells["typical"] < 1)] if len(cells) else cells
    if cells.empty:
        return "", math.nan
    row = cells.loc[cells["typical"].idxmin()]
    labels = [_label(name, row[name]) for name in _names(cells)]
    return f"Where it is hardest ({', '.join(labels)})" if labels else "Here", float(logit(row["typical"]))


def _terms(m: MixedModel, read: Reading) -> Grid:
    level = confidence(m.level)
    rows: list[tuple[Cell, ...]] = []
    for row, corrected in zip(m.terms.itertuples(), _corrected(m), strict=True):
        base = row.term == INTERCEPT
        low, odds, high = np.exp(np.clip([row.ci_low, row.estimate, row.ci_high], -700, 700))
        rows.append(
            (
                read.terms.get(row.term, row.term),
                Estimate(row.estimate, row.ci_low, row.ci_high),
                Estimate(float(odds), float(low), float(high)),
                None if base else row.p,
                corrected,
                None if base else VERDICTS[verdict(row.ci_low, row.ci_high, corrected, 1 - m.level)],
                row.term,
            )
        )
    return Grid(
        caption="The terms of the model",
        heads=(
            Head("What it is"),
            Head("Logits", "number", f"With its {level} interval. Above 0: more right answers."),
            Head("Odds ratio", "ratio", "The same as a factor of the odds of a right answer; 1 is no effect."),
            Head("p", "p", "That the term is 0, by itself. The intercept has none, for its being 0 is no question."),
            Head("p (Holm)", "p", "Corrected for all terms but the intercept."),
            Head(
                "Verdict", "text", f"Resolved: the interval leaves out 1, the corrected p is below {1 - m.level:.3g}."
            ),
            Head("Term", "text", "As the formula has it, and the file."),
        ),
        rows=tuple(rows),
        csv="tables/mixed_model.csv",
    )


def _corrected(m: MixedModel) -> list[float]:
    """The p values of the terms after Holm's correction; the intercept has none."""
    return [float(p) for p in holm(m.terms["p"].where(m.terms["term"] != INTERCEPT).to_numpy(dtype=float))]


def _how_to_read(read: Reading) -> Iterator[str]:
    """How the terms are to be read."""
    yield (
        "An odds ratio of 4 turns 50 % into 80 %, but 90 % into only 97 %: near the ceiling a step in logits is fewer "
        "points. So an interaction in logits need not be one in points, nor the reverse; look at the predicted shares."
    )
    if read.interacts:
        yield (
            "Where a formula has interactions, the terms of a group alone are not main effects: they hold for the "
            "reference of the other factor, as the table says."
        )
    yield (
        "Not resolved is not the same as no effect: look how far the interval reaches. The differences in which a "
        "study is interested are judged under the comparisons of accuracy; these terms are what the model is made of."
    )


def _cells(found: Comparison, m: MixedModel) -> Grid:
    table = found.cells
    names = _names(table)
    order = {group: place for place, group in enumerate(found.groups)}
    level = confidence(m.level)
    rows = [
        (
            *(_label(name, row[name]) for name in names),
            int(row["n_answers"]),
            float(row["n_right"] / row["n_answers"]) if row["n_answers"] else None,
            Estimate(*(row[f"marginal{end}"] for end in ("", "_low", "_high"))),
            Estimate(*(row[f"typical{end}"] for end in ("", "_low", "_high"))),
        )
        for row in sorted(table.to_dict("records"), key=lambda row: order.get(str(row.get("group")), 0))
    ]
    return Grid(
        caption="Predicted shares of right answers in each cell",
        heads=(
            *(Head("pose" if name == "rotated" else name) for name in names),
            Head("Answers", "count"),
            Head("Observed", "share", "Of all these answers taken together."),
            Head("Predicted, mean", "share", f"Over observers and pictures like these, with its {level} interval."),
            Head(
                "Predicted, typical",
                "share",
                f"Of an observer and a picture in the middle, with its {level} interval. Nearer to 0 or 100 % than the "
                "mean, which hard pictures and weak observers draw inwards.",
            ),
        ),
        rows=tuple(rows),
        csv="tables/mixed_model_cells.csv",
    )


def _names(cells: pd.DataFrame) -> list[str]:
    """The labels that make up the cells."""
    return [str(name) for name in cells.columns[: list(cells.columns).index("n_answers")]]


def _label(name: str, value: Any) -> str:
    if name == "rotated" and value in {0, 1}:
        return "rotated" if value else "upright"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _limits(found: Comparison, m: MixedModel, read: Reading) -> Iterator[str]:
    """What the model does not do, and the notes of its fit."""
    yield (
        "The terms are taken to be the same for every observer and every picture (random intercepts, no random "
        "slopes). Where observers differ in what a rotated picture costs them, or pictures in what a longer exposure "
        "brings, the intervals of such effects are too narrow."
    )
    rare = [
        f"{', '.join(_label(name, row[name]) for name in _names(found.cells))} ({few} of {row['n_answers']:g})"
        for row in found.cells.to_dict("records")
        if (few := int(min(row["n_right"], row["n_answers"] - row["n_right"]))) < FEW
    ]
    if rare:
        yield f"Few answers are wrong (or right) in {listed(rare)}: there the normal intervals are rough."
    for note in m.notes:
        told, _, _ = note.partition(", so that ") if note.startswith("separation: ") else (note, "", "")
        # The notes speak to programs, and a reader knows pictures.
        told = re.sub(r"^(the SD of|there is only one) stimulus\b", r"\1 picture", told).replace(
            "by stimulus ", "by picture "
        )
        yield f"{capital(told)}."
    undefined = m.terms.loc[m.terms["estimate"].isna(), "term"]
    if len(undefined):
        yield (
            f"Undefined because of the separation: {listed([read.terms.get(term, term) for term in undefined])}. What "
            "right and wrong answers do not bound has no finite estimate."
        )
