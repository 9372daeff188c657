"""What was found, in a few sentences, before the sections that show how."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from askew_analysis.judgement import Outcome
from askew_analysis.report import overlap
from askew_analysis.report.accuracy import FEW
from askew_analysis.report.blocks import Listing, Section
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.falls import Fall, falls_of
from askew_analysis.report.judged import comparisons, judgements, not_made
from askew_analysis.report.kappa_means import pair
from askew_analysis.report.mixed import spread_order
from askew_analysis.report.wording import bounded, estimate, interval, joined, kappa, points, share

MOST = 8  # groups that a sentence names


def section(evidence: Evidence) -> Section | None:
    """The gist; None where there is no accuracy to tell of."""
    found = evidence.found
    if not found.accuracy["n_observers"].any():
        return None
    apart = overlap.cautions(evidence, "So what differs between them may be the pictures, and not who looked.")
    told = (*_accuracy(evidence), *_agreement(evidence), *_comparisons(evidence), *_spread(evidence))
    if not told:
        return None
    return Section(name="gist", title="In short", blocks=(*apart, Listing(told)))


def _accuracy(evidence: Evidence) -> Iterator[str]:
    """How well each group did with what is hard, and how much that costs."""
    found = evidence.found
    condition = found.rotated
    rows = found.accuracy[found.accuracy["condition"] == condition].dropna(subset="mean")
    if condition is None or rows.empty:
        return
    said = []
    for row in rows.head(MOST).itertuples():
        enough = row.n_observers >= FEW
        said.append(
            f"{row.group} {estimate(row.mean, row.ci_low, row.ci_high, 'share') if enough else share(row.mean)}"
        )
    more = f", and {len(rows) - MOST} more groups" if len(rows) > MOST else ""
    yield f"Right answers in {condition} pictures: {joined(said) if not more else ', '.join(said) + more}."
    yield from _losses(falls_of(evidence)[:MOST], {*rows.loc[rows["n_observers"] < FEW, "group"]}, condition)


def _losses(fallen: Sequence[Fall], few: Collection[str], condition: str) -> Iterator[str]:
    """Who loses accuracy from upright to rotated pictures, and of whom that is not resolved."""
    lost, open_ = [], []
    for each in fallen:
        value, low, high = each.difference.value, each.difference.low, each.difference.high
        if value is None or low is None or high is None or each.group in few:
            lost.append(f"{each.group} {points(value or 0.0).lstrip('+')} (too few for an interval)")
        elif low > 0:
            lost.append(f"{each.group} {points(value).lstrip('+')} {interval(low, high, 'share')}")
        else:
            open_.append(f"{each.group} ({points(value)} {interval(low, high, 'difference')})")
    if lost:
        yield f"Lost from upright to {condition} pictures: {joined(lost)}."
    if open_:
        yield f"No loss is resolved in {joined(open_)}."


def _agreement(evidence: Evidence) -> Iterator[str]:
    """Mean kappas of the briefest group of people that has any, and of the networks."""
    means = evidence.found.group_consistency
    if means.empty:
        return
    rows = {(row.a, row.b): row for row in means.dropna(subset="mean").itertuples()}
    pairs: list[tuple[str, str]] = []
    first = next((group for group in evidence.people if (group, group) in rows), None)
    if first is not None:
        pairs.append((first, first))
    for model in evidence.models:
        pairs += [(one, model) for one in (first, model) if one is not None and (one, model) in rows]
    said = [
        f"{pair(a, b)} {estimate(rows[a, b].mean, rows[a, b].ci_low, rows[a, b].ci_high, 'kappa')}"
        for a, b in pairs[:MOST]
    ]
    if said:
        yield (
            "Do they fail on the same pictures? Mean kappa, which is 0 where the accuracies alone explain how errors "
            f"overlap: {joined(said)}."
        )


def _comparisons(evidence: Evidence) -> Iterator[str]:
    """What became of the comparisons of accuracy."""
    judged = judgements(evidence)
    lost = not_made(evidence)
    outcomes = Counter(each.outcome for each in judged)
    equal = sum(each.outcome == "resolved" and each.only_equal_spread for each in judged)
    words: dict[Outcome, str] = {
        "resolved": f"resolved{f' ({equal} only if spreads are taken to be equal)' if equal else ''}",
        "equivalent": f"equivalent within {bounded(evidence.found.plan.bound)}",
        "alone": "resolved by themselves but not after Holm's correction",
        "open": "not resolved at this n",
        "undefined": "not testable",
    }
    said = [
        f"{number:,} {'is' if number == 1 else 'are'} {told}"
        for outcome, told in words.items()
        if (number := outcomes[outcome])
    ]
    if said:
        yield (
            f"Of {comparisons(evidence, outcomes.total())}, {joined(said)}. Resolved means that the interval leaves "
            f"out 0 and p stays small after Holm's correction.{f' {lost}' if lost else ''}"
        )
    elif lost:
        yield lost


def _spread(evidence: Evidence) -> Iterator[str]:
    """Whether pictures differ more than observers do, which t tests do not see."""
    model = evidence.found.mixed
    if model is None:
        return
    order = spread_order(model)
    if order == "pictures":
        said = f"Pictures differ more than {evidence.who} do"
    elif order == "alike":
        said = f"Pictures and {evidence.who} differ about equally"
    else:
        return
    yield (
        f"{said} (SD {kappa(model.sd_stimulus)} against {kappa(model.sd_observer)} logits), so read the mixed model "
        "beside the t tests, which see no pictures."
    )
