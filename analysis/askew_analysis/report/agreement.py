"""Error consistency: do they fail on the same pictures, and what may be concluded of it?"""

from askew.errors import counted
from askew_analysis.ceilings import ceilings
from askew_analysis.consistencies import Consistency
from askew_analysis.figures import MEAN_GROUPS
from askew_analysis.report import kappa_contrasts, kappa_means, missing_rules, overlap
from askew_analysis.report.blocks import Block, Drawing, Facts, Listing, Section, Text
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.kappa_means import SHOWN, pair
from askew_analysis.report.wording import confidence, joined, kappa, some

NAME, TITLE = "agreement", "Error consistency: do they fail on the same pictures?"
OVER = {
    "images": "They say what would come out with other pictures like these and the same {0}, and nothing of other {1}.",
    "observers": "They say what would come out with other {0} like these and the same pictures, and nothing of other "
    "pictures.",
    "both": "They say what would come out with other pictures like these and other {0} like these.",
}


def section(evidence: Evidence) -> Section:
    """What the error consistency of the study says, or why there is none."""
    found = evidence.found
    c = found.consistency
    if c is None:
        whys = found.said_of("error consistency")
        why = f"There is none here: {whys[-1]}." if whys else "There is none here."
        return Section(name=NAME, title=TITLE, blocks=(Text(why),))
    rooms = ceilings(c, [(str(row.a), str(row.b)) for row in found.group_consistency.head(SHOWN).itertuples()])
    apart = overlap.cautions(evidence, "Kappas between them rest on the pictures that both had, and on no others.")
    blocks: list[Block] = [*apart, Text(_question(evidence, c)), Text(_intervals(evidence, c))]
    if facts := kappa_means.facts(evidence, rooms):
        blocks.append(Facts(facts))
    blocks += [
        _drawing(evidence),
        Listing(tuple(kappa_means.concluded(evidence, c, rooms))),
        kappa_means.grid(evidence, rooms),
    ]
    more = (*kappa_contrasts.blocks(evidence, c), *missing_rules.blocks(found))
    return Section(name=NAME, title=TITLE, blocks=(*blocks, *more))


def _question(evidence: Evidence, c: Consistency) -> str:
    """What kappa is, and from which answers it is computed."""
    found = evidence.found
    used = found.trials["condition"].isin(found.consistency_conditions)
    pictures = counted(found.trials.loc[used, "stimulus"].nunique(), "picture")
    where = some(found.consistency_conditions)
    if len(found.consistency_conditions) > 1:
        where += ", each by itself and then averaged" if c.within else " together"
    told = (
        "Cohen's kappa asks whether two observers are wrong on the same pictures more often than their accuracies "
        "alone predict. It is 1 where they are wrong on exactly the same pictures, 0 where their errors overlap as "
        f"chance has it, and below 0 where they overlap less. It is computed for each pair of observers on {pictures} "
        f'({where}), from each observer\'s first answer to a picture. Missing answers: rule "{c.rule}", by which '
        f"{missing_rules.RULES[c.rule]}."
    )
    if others := sorted({*found.trials.loc[~used, "condition"]}):
        told += (
            f" Not used: {some(others)}. Where nearly everybody is right, those pictures would make everybody "
            "look consistent."
        )
    for group in found.groups:
        pools = [each for each in found.plan.pools if each.group == group]
        members = sum(len(each.observers) for each in pools)
        if pools:
            told += (
                f" In {group}, {members} observers who saw complementary pictures are taken together as {len(pools)}, "
                "as the study declares: a kappa of these is one of mixtures of observers."
            )
    return told


def _intervals(evidence: Evidence, c: Consistency) -> str:
    """What the intervals generalise over."""
    who = [*([evidence.who] if evidence.people else []), *(["networks"] if evidence.models else [])]
    told = (
        f"Intervals are of {confidence(evidence.found.plan.level)}, from {c.resamples:,} joint resamples. "
        f"{OVER[c.resample].format(joined(who), joined(who, 'or'))}"
    )
    if evidence.models and c.resample != "images":
        told += (
            " Networks were chosen, not drawn at random: take what is said of other networks as said of such as these."
        )
    return told


def _drawing(evidence: Evidence) -> Drawing:
    means = evidence.found.group_consistency
    order = means.dropna(subset="mean").sort_values("mean", ascending=False, kind="stable")
    said = ", ".join(f"{pair(row.a, row.b)} {kappa(row.mean)}" for row in order.head(3).itertuples())
    caption = (
        "Kappa of each pair of observers (left), and means with their intervals (right). The open marks are the "
        "greatest mean kappas that the accuracies allow."
    )
    if means["a"].nunique() > MEAN_GROUPS:
        caption += " Means are those of the first groups of each kind, as the figure says; the table has all."
    return Drawing(
        name="consistency",
        caption=caption,
        alt="A matrix of the kappas of each pair of observers, and group means. "
        f"The greatest: {said or 'none is defined'}.",
    )
