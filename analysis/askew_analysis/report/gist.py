"""What was found, in a few sentences, before the sections that show how."""

from collections import Counter
from collections.abc import Iterator

from askew.errors import counted
from askew_analysis.comparison import Comparison
from askew_analysis.network_table import rotated_name
from askew_analysis.report.accuracy import lead
from askew_analysis.report.blocks import Listing, Section
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.falls import falls
from askew_analysis.report.judged import judge
from askew_analysis.report.kappa_means import pair
from askew_analysis.report.wording import estimate, joined, kappa, known

MOST = 8  # groups that a sentence names


def section(evidence: Evidence) -> Section | None:
    """The gist; None where there is no accuracy to tell of."""
    found = evidence.found
    if not found.accuracy["n_observers"].any():
        return None
    told = (*_accuracy(found), *_agreement(evidence), *_comparisons(found), *_spread(evidence))
    return Section(name="gist", title="In short", blocks=(Listing(told),)) if told else None


def _accuracy(found: Comparison) -> Iterator[str]:
    """How well each group did with what is hard, and how much that costs."""
    condition = rotated_name([*dict.fromkeys(found.accuracy["condition"])])
    rows = found.accuracy[found.accuracy["condition"] == condition].dropna(subset="mean")
    if condition is not None and len(rows):
        said = [
            f"{row.group} {estimate(row.mean, row.ci_low, row.ci_high, 'share')}"
            for row in rows.head(MOST).itertuples()
        ]
        more = f", and {len(rows) - MOST} more groups" if len(rows) > MOST else ""
        yield f"Right answers in {condition} pictures: {joined(said) if not more else ', '.join(said) + more}."
    if len(fallen := falls(found)) > 1:
        yield lead(fallen)


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
        yield f"Error consistency (mean kappa; 0 is what accuracies alone give): {joined(said)}."


def _comparisons(found: Comparison) -> Iterator[str]:
    """What became of the comparisons of accuracy."""
    judged = judge(found)
    verdicts = Counter(
        "equivalent" if each.equivalent and each.verdict not in {"above", "below"} else each.verdict for each in judged
    )
    resolved = verdicts["above"] + verdicts["below"]
    bound = f"{100 * found.plan.bound:g} points"
    parts = {
        "resolved": resolved,
        f"equivalent within {bound}": verdicts["equivalent"],
        "resolved by themselves but not after Holm's correction": verdicts["alone"],
        "not resolved at this n": verdicts["open"],
        "not testable": verdicts["undefined"],
    }
    if judged:
        what = "planned comparison" if found.plan.contrasts else "comparison"
        said = [f"{number} {'is' if number == 1 else 'are'} {words}" for words, number in parts.items() if number]
        yield f"Of {counted(len(judged), what)} of accuracy, {joined(said)}."


def _spread(evidence: Evidence) -> Iterator[str]:
    """Whether pictures differ more than observers do, which t tests do not see."""
    model = evidence.found.mixed
    if model is None or not (known(model.sd_observer) and known(model.sd_stimulus)):
        return
    observers, pictures = model.sd_observer, model.sd_stimulus
    if pictures > observers:
        yield (
            f"Pictures differ more than {evidence.who} do (SD {kappa(pictures)} against {kappa(observers)} logits), so "
            "read the mixed model beside the t tests, which see no pictures."
        )
