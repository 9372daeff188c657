"""The section on accuracy: how well each group did upright and rotated and at which exposure, and what may be said."""

from collections.abc import Iterator, Sequence

from askew.errors import counted
from askew_analysis.comparison import MAX_MS, Comparison, exposure_of
from askew_analysis.report import overlap
from askew_analysis.report.blocks import (
    LONG,
    Block,
    Cell,
    Drawing,
    Estimate,
    Grid,
    Head,
    Listing,
    Note,
    Section,
    Text,
)
from askew_analysis.report.counts import KINDS, Count, counts
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.falls import Fall, falls_of
from askew_analysis.report.wording import (
    confidence,
    estimate,
    interval,
    joined,
    known,
    points,
    sentence,
    share,
    shown,
    some,
)

FEW = 3  # observers below which an interval over observers says next to nothing
SHORT = 12  # groups of which each has a sentence
NOTHING = 0.0005  # a fall that is shown as 0.0 points
CURVE = 3  # exposures that a curve needs
SILENT = 0.1  # share of trials without an answer above which a reader has to know


def section(evidence: Evidence) -> Section:
    """Accuracies with their intervals, and the main pattern in sentences."""
    found = evidence.found
    groups = [each for each in counts(evidence) if each.compared]
    if not found.accuracy["n_observers"].any():
        text = "Nobody answered a single trial, so there is no accuracy."
        return Section(name="accuracy", title="Accuracy", blocks=(Text(text),))
    blocks: list[Block] = [*_warnings(evidence, groups)]
    fallen = falls_of(evidence)
    if fallen:
        blocks += [Text(_lead(fallen)), Listing(tuple(_sentences(found, fallen, groups)))]
    blocks += [*_against_people(evidence)]
    blocks.append(_drawing(found))
    blocks += [Text(_how(evidence, bool(fallen))), _grid(evidence)]
    blocks += _viewing_time(evidence)
    return Section(name="accuracy", title="Accuracy", blocks=tuple(blocks))


def _warnings(evidence: Evidence, groups: Sequence[Count]) -> Iterator[Note]:
    yield from overlap.cautions(evidence, "So the order of their means may be one of the pictures.")
    few = [each for each in groups if len(each.observers) < FEW]
    if few:
        names = some([f"{each.group} ({each.who})" for each in few])
        yield Note(
            "Some groups have one or two observers",
            f"{names}. With two, an interval over observers depends on how alike these two happen to be, and says next "
            "to nothing of others. With one, it is over the pictures and speaks of this observer only.",
            "caution",
        )
    silent = [each for each in groups if each.unanswered > SILENT * each.trials]
    if silent:
        lacking = some([f"{each.group} ({each.unanswered:,} of {counted(each.trials, 'trial')})" for each in silent])
        rule = "are left out" if evidence.found.plan.missing == "drop" else "count as not right"
        yield Note(
            "Many trials have no answer", f"{lacking}. They {rule}, and accuracy depends on that rule.", "caution"
        )


def _lead(fallen: Sequence[Fall]) -> str:
    """The main pattern: who falls most, who least."""
    if len(fallen) == 1:
        return "From upright to rotated pictures, accuracy changed as follows."
    order = sorted(fallen, key=lambda each: -(each.difference.value or 0))
    most, least = (each.difference.value or 0.0 for each in (order[0], order[-1]))
    if most < NOTHING:
        return "By the means, accuracy fell in no group from upright to rotated pictures."
    level = [each.group for each in fallen if (each.difference.value or 0.0) < NOTHING]
    little = f"not at all in {some(level)}" if level else f"least in {order[-1].group} (by {_size(least)})"
    return (
        f"By the means, accuracy fell most from upright to rotated pictures in {order[0].group} (by {_size(most)}) and "
        f"{little}."
    )


def _size(difference: float) -> str:
    """A difference without its sign."""
    return points(abs(difference)).lstrip("+")


def _sentences(found: Comparison, fallen: Sequence[Fall], groups: Sequence[Count]) -> Iterator[str]:
    size = {each.group: each for each in groups}
    for each in fallen if len(fallen) <= SHORT else ():
        told = f"{each.group}: {share(each.upright)} upright, {share(each.rotated)} rotated"
        value, low, high = each.difference.value, each.difference.low, each.difference.high
        if value is None:
            continue
        if len(size[each.group].observers) < FEW or not (known(low) and known(high)):
            word = (
                f"a {'fall' if value > 0 else 'rise'} of {_size(value)}" if abs(value) >= NOTHING else "no difference"
            )
            yield f"{told}: {word}, without an interval over observers."
        elif low is not None and high is not None:
            if low > 0:
                yield f"{told}: a fall of {_size(value)} {interval(low, high, 'share')}."
            elif high < 0:
                yield f"{told}: a rise of {_size(value)} {interval(-high, -low, 'share')}."
            else:
                yield f"{told}: no fall is resolved ({points(value)} {interval(low, high, 'difference')})."
    if len(fallen) > SHORT:
        resolved = sum(known(each.difference.low) and float(each.difference.low or 0) > 0 for each in fallen)
        yield f"In {resolved:,} of {counted(len(fallen), 'group')} the fall is resolved: its interval lies above 0."


def _against_people(evidence: Evidence) -> Iterator[Text]:
    """Between which groups of people each group of networks lies, by the means."""
    found = evidence.found
    rotated = found.rotated
    means = found.accuracy.set_index(["group", "condition"])["mean"].dropna()
    people = [(float(means[group, rotated]), group) for group in evidence.people if (group, rotated) in means.index]
    models = [(float(means[group, rotated]), group) for group in evidence.models if (group, rotated) in means.index]
    if rotated is None or not people or not models or len(people) + len(models) > SHORT:
        return
    told = []
    for mean, group in models:
        below = max((each for each in people if each[0] <= mean), default=None)
        above = min((each for each in people if each[0] > mean), default=None)
        sides = [f"{name} ({share(value)})" for value, name in filter(None, (below, above))]
        place = (
            f"between {sides[0]} and {sides[1]}" if len(sides) == 2 else f"{'above' if below else 'below'} {sides[0]}"
        )
        told.append(f"the mean of {group} ({share(mean)}) is {place}")
    yield Text(
        f"In {rotated} pictures, {'; '.join(told)}. This is the order of the means; which differences are resolved is "
        "told with the comparisons."
    )


def _drawing(found: Comparison) -> Drawing:
    names = some([*found.groups])
    return Drawing(
        name="accuracy",
        caption="Accuracy by group and pose. Small dots are observers; large marks are their means, with intervals.",
        alt=f"Accuracy of {names} in each condition. The table below has the same numbers.",
    )


def _how(evidence: Evidence, has_falls: bool) -> str:
    found = evidence.found
    rule = {
        "drop": "Trials without an answer are left out.",
        "wrong": "Trials without an answer count as wrong.",
        "own-code": "Trials without an answer count as not right.",
    }[found.plan.missing]
    more = ", and t intervals for falls, each by itself" if has_falls else ""
    return (
        f"Means are unweighted over observers, with {confidence(found.plan.level)} intervals over observers: exact "
        f"binomial limits for the number of trials that would give the spread between observers{more}. They speak of "
        f"other observers with these pictures, not of other pictures. {rule}"
    )


def _grid(evidence: Evidence) -> Grid:
    found = evidence.found
    plural = {kind: several for kind, (_, several) in KINDS.items()}
    rows: list[tuple[Cell, ...]] = [
        (
            row.group,
            plural[found.kinds[row.group]],
            row.condition,
            int(row.n_observers),
            int(row.n_trials),
            int(row.n_unanswered),
            Estimate(float(row.mean), float(row.ci_low), float(row.ci_high)) if row.n_observers else None,
        )
        for row in found.accuracy.itertuples()
    ]
    drops = found.plan.missing == "drop"
    return Grid(
        caption="Accuracy",
        heads=(
            Head("Group"),
            Head("Who"),
            Head("Condition"),
            Head("Observers", "count"),
            Head("Answers" if drops else "Trials", "count"),
            Head("Without an answer", "count", "On top of the answers." if drops else "Among the trials."),
            Head(
                "Accuracy",
                "share",
                f"Mean over observers, with its {confidence(found.plan.level)} interval.",
            ),
        ),
        rows=tuple(rows),
        sortable=len(rows) > LONG,
        csv="tables/accuracy.csv",
    )


def _viewing_time(evidence: Evidence) -> Iterator[Block]:
    """Accuracy over viewing time: the figure, and thresholds where curves could be fitted."""
    found = evidence.found
    if not any(0 < exposure_of(found.trials, group) < MAX_MS for group in evidence.people):
        return
    models = evidence.models
    lines = " Lines across are the means of networks, which have no viewing time." if models else ""
    yield Drawing(
        name="exposure",
        caption=f"Accuracy over viewing time in each pose.{lines}",
        alt=f"Accuracy of {some([*evidence.people])} over viewing time"
        + (f", with {some([*models])} as lines. " if models else ". ")
        + "The table above has the same numbers.",
    )
    if found.exposure is None:
        asked = sorted({ms for each in counts(evidence) if each.kind != "model" for ms in each.asked})
        if len(asked) < CURVE:
            times = joined([f"{shown(ms, 'ms')} ms" for ms in asked])
            yield Text(
                f"A curve of accuracy over viewing time needs {CURVE} limited exposures or more, and this study has "
                f"{len(asked)} ({times})."
            )
            return
        if whys := found.said_of("viewing time"):
            yield Text(f"No curve of viewing time was fitted. {sentence(whys[0])}")
        return
    rows: list[tuple[Cell, ...]] = []
    for fit in found.exposure:
        if known(fit.threshold_ms):
            yield Text(
                f"{', '.join(map(str, fit.where.values()))}: half of the rise from guessing is reached at "
                f"{estimate(fit.threshold_ms, fit.ci_low, fit.ci_high, 'ms')} ms."
            )
        rows.append(
            (
                ", ".join(map(str, fit.where.values())),
                fit.n_exposures,
                fit.n_trials,
                Estimate(fit.threshold_ms, fit.ci_low, fit.ci_high),
                fit.lapse,
                fit.notes or None,
            )
        )
    yield Grid(
        caption="Accuracy as a function of viewing time",
        heads=(
            Head("Condition"),
            Head("Exposures", "count"),
            Head("Trials", "count"),
            Head("Threshold (ms)", "ms", "The viewing time at which half of the rise from guessing is reached."),
            Head("Lapses", "share", "Wrong answers that remain with any viewing time."),
            Head("Remarks"),
        ),
        rows=tuple(rows),
        csv="tables/exposure.csv",
    )
