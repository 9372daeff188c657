"""The section on single networks: how accurate each is, how far it falls, and how nearly it errs as people do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from askew.errors import counted
from askew_analysis.network_table import UPRIGHT, rotated_name
from askew_analysis.report import overlap
from askew_analysis.report.blocks import Block, Cell, Estimate, Grid, Head, Kind, Listing, Note, Section, Text
from askew_analysis.report.counts import conditions, counts
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.wording import confidence, estimate, joined, known, points, share, some

SHOWN = 4  # conditions in the table of a set that has no poses; all are in the file
SILENT = 0.1  # share of pictures without an answer above which a reader has to know
COMPARED = 6  # groups of people whose kappas are in the table; all are in the file
MOST_RANKED = 60  # networks beyond which their order is not told
SURE = 0.95  # share of the resamples in which the first of a ranking has to be first


@dataclass(frozen=True)
class Column:
    """A column of the table of networks, and how it is shown."""

    name: str
    head: Head
    spread: bool = True  # has an interval


def section(evidence: Evidence) -> Section:
    """Every network in a row, and what may be said of their differences."""
    table = evidence.found.networks
    if table.empty:
        words = "There are no networks in this study yet: askew score STUDY --lineup bundled adds two small ones."
        return Section(name="networks", title="Networks one by one", blocks=(Text(words),))
    blocks: list[Block] = [*_warnings(evidence, table), *_sentences(evidence, table)]
    blocks += [_grid(evidence, table), Text(_how(evidence, table))]
    return Section(name="networks", title="Networks one by one", blocks=tuple(blocks))


def _warnings(evidence: Evidence, table: pd.DataFrame) -> Iterator[Note]:
    follows = f"Accuracies here are not over the pictures that {evidence.who} had, and kappas only over those of both."
    yield from overlap.cautions(evidence, follows)
    silent = table[table["n_unanswered"] > SILENT * table["n_trials"]]
    if len(silent):
        told = some([f"{row.network} ({row.n_unanswered:,} of {row.n_trials:,})" for row in silent.itertuples()])
        rule = (
            "rest on the answers that are there" if evidence.found.plan.missing == "drop" else "count them as not right"
        )
        yield Note("Some networks left many pictures without an answer", f"{told}. Their numbers {rule}.", "caution")


def _sentences(evidence: Evidence, table: pd.DataFrame) -> Iterator[Block]:
    told = [*_accuracies(evidence, table), *_nearest(evidence, table), *_equal(table, evidence.who)]
    if told:
        yield Listing(tuple(told))


def _accuracies(evidence: Evidence, table: pd.DataFrame) -> Iterator[str]:
    turned = rotated_name(_conditions(table))
    if turned is None:
        return
    rotated = table.dropna(subset=[f"accuracy_{turned}"]).sort_values(f"accuracy_{turned}", kind="stable")
    if len(rotated) > 1:
        worst, best = rotated.iloc[0], rotated.iloc[-1]
        yield (
            f"In {turned} pictures, networks range from {share(worst[f'accuracy_{turned}'])} ({worst['network']}) to "
            f"{share(best[f'accuracy_{turned}'])} ({best['network']})."
        )
    if "fall" in table:
        falling = table.dropna(subset=["fall", "fall_low"])
        resolved = falling[falling["fall_low"] > 0]
        if len(falling):
            open_ones = [str(name) for name in falling.loc[falling["fall_low"] <= 0, "network"]]
            rest = f"; not those of {some(open_ones)}" if 0 < len(open_ones) <= len(falling) / 2 else ""
            yield (
                f"{len(resolved):,} of {counted(len(falling), 'network')} fall from upright to {turned} pictures by an "
                f"amount whose interval lies above 0{rest}."
            )
            most = falling.loc[falling["fall"].idxmax()]
            yield f"The largest fall is that of {most['network']}: {points(most['fall']).lstrip('+')}."
    chance = _chance(evidence)
    if chance is not None and len(rotated):
        guessing = rotated[
            (rotated[f"accuracy_{turned}_low"] <= chance) & (rotated[f"accuracy_{turned}_high"] >= chance)
        ]
        if len(guessing):
            yield (
                f"In {turned} pictures, guessing ({round(100 * chance, 1):g} %) lies within the interval of "
                f"{some([str(name) for name in guessing['network']])}."
            )


def _nearest(evidence: Evidence, table: pd.DataFrame) -> Iterator[str]:
    """Which network errs most like each group of people, and how sure that is."""
    agreement = evidence.found.consistency
    if agreement is None or not 1 < len(table) <= MOST_RANKED:
        return
    groups = {*agreement.groups.values()}
    members = [name for name in agreement.observers if agreement.groups.get(name) in evidence.models]
    if len(members) < 2 or {*members} & groups:
        return
    drawn = "resamples of pictures" if agreement.resample == "images" else "resamples"
    unresolved, shares = [], []
    for group in (group for group in evidence.people[:COMPARED] if group in groups):
        first = agreement.ranking(members, group, evidence.found.plan.level).iloc[0]
        mean, low, high, often = (float(first[name]) for name in ("mean", "ci_low", "ci_high", "first"))
        if not (known(mean) and known(low)):
            continue
        if often >= SURE and low > 0:
            mean_kappa = estimate(mean, low, high, "kappa")
            how = f"mean kappa {mean_kappa}, first in {share(often, 0)} of the {drawn}"
            yield f"{first['observer']} errs most like {group}: {how}."
        else:
            unresolved.append(group)
            shares.append(f"{share(often, 0)} ({first['observer']} with {group})")
    if unresolved:
        yield (
            f"Which network errs most like {joined(unresolved, 'or')} is not resolved: the one with the highest mean "
            f"kappa is first in {joined(shares)} of the {drawn}."
        )


def _equal(table: pd.DataFrame, who: str) -> Iterator[str]:
    """Whether there are viewing times at which people equal networks."""
    for name in table.columns:
        if name.startswith("never_"):
            condition = name.removeprefix("never_")
            times = table[f"equal_ms_{condition}"]
            reached = f"{times.notna().sum():,} of {counted(len(table), 'network')}"
            yield f"{condition}: by the fitted curve, {who} equal {reached} at some viewing time."


def _grid(evidence: Evidence, table: pd.DataFrame) -> Grid:
    columns = [*_columns(evidence, table)]
    turned = rotated_name(_conditions(table))
    if turned is not None:
        table = table.sort_values(f"accuracy_{turned}", ascending=False, kind="stable")
    rows = tuple(
        (
            str(row["network"]),
            str(row["group"]),
            int(row["n_trials"] - row["n_unanswered"]),
            int(row["n_unanswered"]),
            *(_cell(row, each) for each in columns),
        )
        for _, row in table.iterrows()
    )
    heads = (
        Head("Network"),
        Head("Group"),
        Head("Answers", "count"),
        Head("Without an answer", "count"),
        *(each.head for each in columns),
    )
    return Grid(caption="Networks", heads=heads, rows=rows, sortable=True, csv="tables/networks.csv")


def _columns(evidence: Evidence, table: pd.DataFrame) -> Iterator[Column]:
    every = _conditions(table)
    turned = rotated_name(every)
    chosen = [name for name in (UPRIGHT, turned) if name in every] if turned else every[:SHOWN]
    for name in chosen:
        yield _column(f"accuracy_{name}", f"Accuracy, {name}", "share", "Over the network's own pictures.")
    if "fall" in table:
        yield _column("fall", "Fall", "difference", f"Upright minus {turned}, in percentage points.")
    for name in chosen:
        if f"margin_{name}" in table:
            meaning = "Mean score of the truth minus that of the best other label, in the network's own units."
            yield Column(f"margin_{name}", Head(f"Margin, {name}", "number", meaning), spread=False)
    for group in evidence.people[:COMPARED]:
        if f"kappa_{group}" in table:
            meaning = (
                f"Mean error consistency with the {evidence.who} of that group: 0 is what chance gives, 1 the same "
                "errors."
            )
            yield _column(f"kappa_{group}", f"Kappa with {group}", "kappa", meaning)
    for name in every:
        if f"equal_ms_{name}" in table:
            meaning = f"Viewing time at which {evidence.who} are as accurate as this network."
            title = f"{evidence.who.capitalize()} equal it at, {name} (ms)"
            yield _column(f"equal_ms_{name}", title, "ms", meaning)
            never = "Share of the uncertainty in which no viewing time does."
            yield Column(f"never_{name}", Head(f"Never, {name}", "share", never), spread=False)


def _column(name: str, title: str, kind: Kind, meaning: str) -> Column:
    return Column(name, Head(title, kind, meaning))


def _cell(row: "pd.Series[Any]", column: Column) -> Cell:
    value = float(row[column.name])
    if not known(value):
        return None
    if not column.spread:
        return value
    low, high = float(row[f"{column.name}_low"]), float(row[f"{column.name}_high"])
    return Estimate(value, low if known(low) else None, high if known(high) else None)


def _how(evidence: Evidence, table: pd.DataFrame) -> str:
    found = evidence.found
    told = (
        f"Brackets are {confidence(found.plan.level)} intervals over pictures: they speak of this network with other "
        "pictures like these. Those of accuracies are Clopper and Pearson's; those of falls put two of them together "
        "in Newcombe's way."
    )
    if any(name.startswith("kappa_") for name in table):
        told += f" Kappas are means over {evidence.who}, in {conditions(found.consistency_conditions)}"
        over = {"observers": evidence.who, "both": f"pictures and {evidence.who}"}.get(found.plan.resample)
        told += f"; their intervals are over {over}." if over else "."
        if (more := len(evidence.people) - COMPARED) > 0:
            told += f" Those with {counted(more, 'more group')} of {evidence.who} are in the file."
    if (turned := rotated_name(_conditions(table))) is not None:
        told += f" Rows are in the order of accuracy in {turned} pictures."
    if any(name.startswith("margin_") for name in table):
        told += " Margins are in each network's own units, so compare them within a row only."
    return told


def _conditions(table: pd.DataFrame) -> list[str]:
    """The conditions that networks have accuracies in."""
    names: Sequence[str] = [name.removeprefix("accuracy_") for name in table if name.startswith("accuracy_")]
    return [name for name in names if f"accuracy_{name}_low" in table]


def _chance(evidence: Evidence) -> float | None:
    """The accuracy of guessing, where all networks were offered as many labels."""
    labels = {n for each in counts(evidence) if each.kind == "model" for n in each.labels}
    return 1 / labels.pop() if len(labels) == 1 else None
