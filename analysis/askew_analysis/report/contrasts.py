"""Comparisons of accuracy: which differences are resolved, which are equivalent, and which stay open."""

from collections import Counter
from collections.abc import Iterator, Sequence

from askew.errors import counted
from askew_analysis.judgement import observers_for
from askew_analysis.report import overlap
from askew_analysis.report.blocks import Block, Cell, Estimate, Folded, Grid, Head, Listing, Note, Section, Text
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.judged import Judged, against_model, are_planned, comparisons, judgements, not_made
from askew_analysis.report.mixed import spread_order
from askew_analysis.report.wording import bounded, confidence, kappa, known, listed, p_value, points

NAME = "contrasts"
SAID = 6  # comparisons that get a sentence of their own
SHOWN = 300  # rows of a table; all comparisons are judged, and are in the file


def section(evidence: Evidence) -> Section:
    """The comparisons, each with a verdict, or why there are none."""
    found = evidence.found
    title = "Planned comparisons of accuracy" if are_planned(evidence) else "Comparisons of accuracy"
    left_out = [note for note in found.notes if note.startswith("planned comparison of ")]
    if found.tests.empty:
        why = not_made(evidence) or "There is nothing to compare: it takes two groups or two conditions."
        lost = [Listing(tuple(f"Left out: {note}." for note in left_out))] if left_out else []
        return Section(name=NAME, title=title, blocks=(Text(why), *lost))
    judged = judgements(evidence)
    told = [*_concluded(evidence, judged), *(f"Left out: {note}." for note in left_out)]
    blocks: tuple[Block, ...] = (
        *_apart(evidence, judged),
        Text(_rules(evidence)),
        _grid(evidence, judged),
        Listing(tuple(told)),
        Text(_chance(evidence)),
        Folded("The tests in full", (_full(evidence, judged),)),
    )
    return Section(name=NAME, title=title, blocks=blocks)


def _rules(evidence: Evidence) -> str:
    """What was planned, and by which rule a verdict is given."""
    plan = evidence.found.plan
    tested = int(evidence.found.tests["p"].notna().sum())
    total = len(evidence.found.tests)
    if plan.contrasts:
        told = f"{comparisons(evidence, total)}{', declared in study.toml' * are_planned(evidence)}."
        told += f" {lost}" if (lost := not_made(evidence)) else ""
    else:
        told = f"The study declares no comparison, so here is every one that the trials allow ({total:,})."
    told += " Each is a Student's t test on the accuracies of observers. "
    if not tested:
        return f"{told}None of them can be tested here."
    many = f"for all {tested}" if tested > 1 else "where there are several"
    return (
        f"{told}A difference is called resolved if its {confidence(plan.level)} interval leaves out 0 and its p, "
        f"corrected by Holm's rule {many}, is below {1 - plan.level:.3g}; equivalent within "
        f"{bounded(plan.bound)} if both one-sided tests against that bound say so, corrected in the same way. All else "
        "is not resolved at this n, which does not show that there is no difference."
    )


def _apart(evidence: Evidence, judged: Sequence[Judged]) -> Iterator[Note]:
    """Which comparisons are of people and networks that had other pictures."""
    names = [
        each.name
        for each in judged
        if isinstance(each.row.condition, str)
        and overlap.is_doubtful(evidence, str(each.row.a), str(each.row.b), each.row.condition)
    ]
    follows = f"This concerns {listed(names)}: the difference may be one between pictures, whatever its p."
    if names:
        yield from overlap.cautions(evidence, follows)


def _grid(evidence: Evidence, judged: Sequence[Judged]) -> Grid:
    plan = evidence.found.plan
    return Grid(
        caption=f"Differences in accuracy, in percentage points{_cut(judged)}",
        heads=(
            Head("Comparison"),
            Head("n", "text", "Observers on each side; one number where they are the same ones."),
            Head("Difference", "difference", f"Of mean accuracies, with its {confidence(plan.level)} interval (t)."),
            Head("p (Holm)", "p", "Two-sided, corrected for all comparisons."),
            Head(
                "Bayes factor",
                "ratio",
                "How many times more likely the data are if there is a difference (JZS prior, scale 0.707). Above 3 or "
                "below 1/3 is usually called some evidence. Not corrected.",
            ),
            Head(
                "p of equivalence",
                "p",
                f"That the difference is not within ±{bounded(plan.bound)}: the larger of two one-sided p, "
                "corrected for all comparisons.",
            ),
            Head(
                "Mixed model",
                "difference",
                "The difference that the mixed model predicts, with its interval, which counts pictures as a source of "
                "chance as well. It describes: whether the model resolves a comparison goes by the odds ratio and its "
                "corrected p, which are under the tests in full.",
            ),
            Head("Verdict"),
        ),
        rows=tuple(_cells(each) for each in judged[:SHOWN]),
        sortable=True,
        csv="tables/tests.csv",
    )


def _cut(judged: Sequence[Judged]) -> str:
    return f" (the first {SHOWN} of {len(judged):,})" if len(judged) > SHOWN else ""


def _cells(each: Judged) -> tuple[Cell, ...]:
    row, model = each.row, each.model
    return (
        each.name,
        str(row.n_a) if row.test == "paired t" else f"{row.n_a} and {row.n_b}",
        Estimate(row.effect, row.ci_low, row.ci_high),
        row.p_holm,
        row.bf10,
        each.row.p_equivalence_holm,
        Estimate(model.difference, model.low, model.high),
        each.told,
    )


def _concluded(evidence: Evidence, judged: Sequence[Judged]) -> Iterator[str]:
    """What is resolved, equivalent and open, and what a reader has to know of it."""
    plan = evidence.found.plan
    bound = bounded(plan.bound)
    if resolved := [each for each in judged if each.outcome == "resolved"]:
        yield f"Resolved: {listed([each.said for each in resolved])}."
    if equal := [each for each in judged if each.outcome == "equivalent"]:
        yield (
            f"Equivalent within {bound}: {listed([each.said for each in equal])}. This says that the difference is "
            f"smaller than that bound, not that it is 0.{_beyond(equal)}"
        )
    if hints := [each for each in judged if each.outcome == "alone"]:
        yield (
            f"Leaves out 0 by itself, but not after correction: {listed([each.said for each in hints])}. A hint, to be "
            "tested again."
        )
    still = [each for each in judged if each.outcome == "open"]
    for each in still[:SAID]:
        yield _open(each, plan.level, "network" if _networks(evidence, each) else "observer")
    if len(still) > SAID:
        yield f"Not resolved either: {counted(len(still) - SAID, 'other comparison')} in the table."
    if unequal := [each for each in judged if each.only_equal_spread]:
        yield (
            "Student's test takes both sides to vary alike. Welch's test, which does not, gives more than "
            f"{1 - plan.level:.3g} even uncorrected for "
            f"{listed([f'{each.name} ({p_value(each.row.p_welch)})' for each in unequal])}: do not rest a claim on it."
        )
    if networks := [each for each in judged if _networks(evidence, each)]:
        sizes = dict.fromkeys(side for each in networks for side in _networks(evidence, each))
        yield (
            f"{_are(len(networks))} with networks ({listed([*sizes])}): the test treats them as drawn at "
            "random from all networks. They were chosen, and are few, so it describes these and no others. Look at "
            "each network by itself."
        )
    if evidence.found.mixed is not None:
        yield from against_model(judged)
    for note, n in Counter(f"{each.row.note}" for each in judged if each.row.note).most_common(SAID):
        first = next(each for each in judged if each.row.note == note)
        more = f", and {counted(n - 1, 'other')}" if n > 1 else ""
        yield f"No test of {first.name}{more}: {note}."


def _are(number: int) -> str:
    return f"{counted(number, 'comparison')} {'is' if number == 1 else 'are'}"


def _open(each: Judged, level: float, what: str) -> str:
    """What an unresolved difference may be, and how many observers would tell."""
    row = each.row
    half, bound = (row.ci_high - row.ci_low) / 2, float(row.bound)
    most = max(abs(row.ci_low), abs(row.ci_high))
    told = f"Not resolved at this n: {each.said}. It may be 0, and it may be as large as {points(most).lstrip('+')}."
    if most > 1:
        told = f"Not resolved at this n: {each.said}. This interval holds more than what is possible: n is too small."
    paired = row.test == "paired t"
    target = bound if half > bound else half / 2
    one, other = observers_for(target, half, row.n_a, row.n_b, level, paired=paired)
    if paired:
        many = counted(one, what)
    elif isinstance(row.condition, str):
        many = f"{one:,} of {row.a} and {other:,} of {row.b}"
    else:
        many = f"{one:,} and {other:,} {what}s"
    now = f"{row.n_a}" if paired else f"{row.n_a} and {row.n_b}"
    width = f"An interval of ±{bounded(float(f'{target:.2g}'))}" if half > bound else "An interval half as wide"
    return f"{told} {width} would take roughly {many} (now {now}), if they differ among themselves as these do."


def _beyond(equal: Sequence[Judged]) -> str:
    """Where the mixed model does not support an equivalence."""
    beyond = [
        each.name for each in equal if known(each.model.p) and max(-each.model.low, each.model.high) > each.row.bound
    ]
    if not beyond:
        return ""
    return (
        f" For {listed(beyond)} the interval of the mixed model reaches beyond the bound: with other pictures the "
        "difference may be larger."
    )


def _networks(evidence: Evidence, each: Judged) -> list[str]:
    """The sides of a comparison that are networks, with their number."""
    row, kinds = each.row, evidence.found.kinds
    sides = {row.a: row.n_a, row.b: row.n_b} if isinstance(row.condition, str) else {row.group: row.n_a}
    return [f"{n} in {group}" for group, n in sides.items() if kinds.get(group) == "model"]


def _chance(evidence: Evidence) -> str:
    """What a t test takes as chance, and what the pictures add to it."""
    told = (
        "A t test on observers' accuracies takes observers as the only source of chance: its interval says what other "
        "observers would do with the same pictures."
    )
    m = evidence.found.mixed
    if m is None:
        return f"{told} It says nothing of other pictures."
    if (order := spread_order(m)) is not None:
        said = {
            "pictures": "Pictures differ more than observers",
            "observers": "Observers differ more than pictures",
            "alike": "Pictures and observers differ about equally",
        }[order]
        told += (
            f" {said} here (SDs of {kappa(m.sd_stimulus)} for pictures and {kappa(m.sd_observer)} for observers, in "
            "logits of the mixed model)."
        )
    return f"{told} For a claim about pictures of this kind, and not only about these, read the mixed model first."


def _full(evidence: Evidence, judged: Sequence[Judged]) -> Grid:
    level = confidence(evidence.found.plan.level)
    return Grid(
        caption="The same comparisons: t tests and effect sizes, uncorrected, and the mixed model's odds ratios"
        f"{_cut(judged)}",
        heads=(
            Head("Comparison"),
            Head("Test"),
            Head("t", "number"),
            Head("df", "count"),
            Head("p", "p", "Uncorrected."),
            Head("p (Welch)", "p", "Without equal variances, uncorrected."),
            Head("Hedges' g", "number", f"With its {level} interval; paired: in SDs of the differences."),
            Head("p of equivalence", "p", "Uncorrected."),
            Head("Odds ratio", "ratio", f"Of right answers, by the mixed model, with its {level} interval."),
            Head("p (model)", "p", "That the odds ratio is 1, uncorrected."),
            Head("p (model, Holm)", "p", "The same, corrected for all comparisons. By this one the model is judged."),
        ),
        rows=tuple(
            (
                each.name,
                each.row.test if isinstance(each.row.test, str) else None,
                each.row.statistic,
                each.row.df,
                each.row.p,
                each.row.p_welch,
                Estimate(each.row.hedges_g, each.row.g_low, each.row.g_high),
                each.row.p_equivalence,
                Estimate(each.model.odds_ratio, each.model.odds_low, each.model.odds_high),
                each.model.p,
                each.p_model,
            )
            for each in judged[:SHOWN]
        ),
        sortable=True,
    )
