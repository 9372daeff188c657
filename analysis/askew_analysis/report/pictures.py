"""The section on pictures: which ones people get and networks miss, the reverse, and how each group fared with each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from askew.column import SEPARATOR
from askew.describe import natural
from askew.errors import counted
from askew_analysis.figures import SIDE_GROUPS
from askew_analysis.item_table import VERDICTS, scored
from askew_analysis.report import wording
from askew_analysis.report.blocks import (
    LONG,
    Block,
    Browser,
    Card,
    Cell,
    Drawing,
    Grid,
    Head,
    Note,
    Section,
    Share,
    Text,
)
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.thumbnails import Found, thumbnails

CSV = "tables/pictures.csv"
NAME, TITLE = "pictures", "Who gets which pictures"
NAMED = 3  # files that a note names; of more it says how many
OFFERED = 12  # labels that a card names; more are named where all pictures share them, once
FEW = 10  # answers to a picture
EVERYONE, NO_ONE, ONLY_PEOPLE, ONLY_NETWORKS, MIXED, UNSEEN = VERDICTS
ONE_SIDED = (ONLY_PEOPLE, ONLY_NETWORKS)
WHY_NOT = {  # a picture cannot be shown
    "unknown": "Not in the manifest",
    "missing": "The file is not there",
    "changed": "The file is no longer the one of the manifest, as its hash says; askew stimuli check says more",
    "too large": "The file has too many pixels to be shown here; askew stimuli check says more",
    "damaged": "The file is damaged or cannot be read; askew stimuli check says more",
}
MAY_LACK = {"No one right", "Not seen by both"}  # columns that say nothing where they are all 0


@dataclass(frozen=True, kw_only=True)
class _Pair:
    """A group of people and one of networks: how many pictures have each verdict."""

    people: str
    networks: str
    numbers: Mapping[str, int]

    def number(self, verdict: str) -> int:
        return int(self.numbers.get(verdict, 0))


def section(evidence: Evidence) -> Section:
    """The pictures; a sentence why there are none where nobody's answers could be told by picture."""
    table = evidence.found.pictures
    if table.empty:
        whys = [*evidence.found.said_of("pictures"), *evidence.found.said_of("items"), "there are no answers"]
        return Section(name=NAME, title=TITLE, blocks=(Text(f"There is no table of pictures: {whys[0]}."),))
    small = _thumbnails(evidence)
    networks, answers = _answers(evidence)
    offered, same = _offered(evidence.trials)
    blocks: list[Block] = [
        Text(_introduction(evidence, same)),
        *_verdicts(evidence),
        *_figures(evidence),
        *_notes(table, small),
    ]
    blocks.append(
        Browser(
            people=evidence.people,
            models=evidence.models,
            networks=networks,
            who=evidence.who,
            csv=CSV,
            cards=tuple(_cards(table, evidence, small, offered, answers)),
        )
    )
    return Section(name=NAME, title=TITLE, blocks=tuple(blocks))


def _introduction(evidence: Evidence, same: Sequence[str]) -> str:
    table = evidence.found.pictures
    whole = f"are all {len(table):,} pictures" if len(table) > 1 else "is the one picture"
    words = [f"Below {whole} with the answers of each group."]
    known = [table[f"{group}_n"] for group in evidence.people if f"{group}_n" in table]
    numbers = [int(number) for column in known for number in column if number]
    if numbers:
        least, most = min(numbers), max(numbers)
        number = counted(least, "answer") if least == most else f"{least} to {most} answers"
        words.append(f"A picture has {number} of each group of {evidence.who}.")
        if least < FEW:
            words.append(
                "With so few answers a picture's share says little by itself, and the intervals on the cards are drawn "
                "towards the other pictures of the condition."
            )
    if same:
        words.append(f"Each picture came with the same {len(same)} labels: {wording.joined(same)}.")
    return " ".join(words)


def _verdicts(evidence: Evidence) -> list[Block]:
    """How many pictures each pair of groups shares, and which side gets them."""
    table = evidence.found.verdicts
    if table.empty:
        lacking = "people" if not evidence.people else "networks"
        return [Text(f"There are no {lacking} in this study, so nothing is said of who gets what the others miss.")]
    pairs = [
        _Pair(
            people=people,
            networks=networks,
            numbers=part["verdict"].value_counts().to_dict(),
        )
        for (people, networks), part in table.groupby(["people_group", "models_group"], sort=False)
    ]
    who = evidence.who
    columns: list[tuple[Head, list[Cell]]] = [
        (Head(who.capitalize()), [pair.people for pair in pairs]),
        (Head("Networks"), [pair.networks for pair in pairs]),
        (Head("Everyone right", "count"), [pair.number(EVERYONE) for pair in pairs]),
        (Head("No one right", "count"), [pair.number(NO_ONE) for pair in pairs]),
        (
            Head(
                f"{who.capitalize()} right, networks wrong", "count", "More than half of the answers, less than half."
            ),
            [pair.number(ONLY_PEOPLE) for pair in pairs],
        ),
        (Head(f"Networks right, {who} wrong", "count"), [pair.number(ONLY_NETWORKS) for pair in pairs]),
        (Head("Mixed", "count", "All that remain."), [pair.number(MIXED) for pair in pairs]),
        (Head("Not seen by both", "count"), [pair.number(UNSEEN) for pair in pairs]),
    ]
    shown = [(head, cells) for head, cells in columns if head.title not in MAY_LACK or any(cells)]
    grid = Grid(
        caption=f"How many pictures {who} and networks get, by pair of groups. Numbers are pictures.",
        heads=tuple(head for head, _ in shown),
        rows=tuple(zip(*(cells for _, cells in shown), strict=True)),
        sortable=len(pairs) > LONG,
        csv="tables/verdicts.csv",
    )
    return [Text(_most(pairs, who)), grid]


def _most(pairs: Sequence[_Pair], who: str) -> str:
    """The pair with the most pictures that only one side gets, in a sentence."""
    most = max(pairs, key=lambda pair: sum(map(pair.number, ONE_SIDED)))
    if not sum(map(most.number, ONE_SIDED)):
        return f"No group of {who} mostly gets a picture that a group of networks mostly misses, or the reverse."
    lead = "The two groups" if len(pairs) == 1 else "The two groups that differ on most pictures"
    number = counted(most.number(ONLY_PEOPLE), "picture")
    return (
        f"{lead} are {most.people} and {most.networks}: {number} that {most.people} mostly gets and {most.networks} "
        f"mostly misses, and {most.number(ONLY_NETWORKS)} the other way round."
    )


def _figures(evidence: Evidence) -> list[Block]:
    found: list[Block] = []
    if not evidence.found.verdicts.empty:
        sides = {evidence.who: evidence.people, "networks": evidence.models}
        some = [
            f"the first {SIDE_GROUPS} of {len(groups)} groups of {who}"
            for who, groups in sides.items()
            if len(groups) > SIDE_GROUPS
        ]
        found.append(
            Drawing(
                name="people-and-models",
                caption="Each picture's chance of a right answer in a group against that in a group of networks, drawn "
                "towards its condition's. Larger marks are more pictures; below the line, networks are worse."
                + (f" Shown are {wording.joined(some)}." if some else ""),
                alt=f"Each picture's chance of a right answer in {wording.some(evidence.people[:SIDE_GROUPS])}, "
                f"against that in {wording.some(evidence.models[:SIDE_GROUPS])}. "
                "The cards below have the same numbers.",
            )
        )
    if not evidence.found.items.empty:
        found.append(
            Drawing(
                name="items",
                caption="Every picture in every group, from the easiest to the hardest of each condition.",
                alt=f"Each picture's chance of a right answer in {wording.some(evidence.found.groups)}, by condition. "
                "The cards below have the same numbers.",
            )
        )
    return found


def _thumbnails(evidence: Evidence) -> dict[str, Found]:
    if evidence.study is None:
        return {}
    used = {*evidence.found.pictures["stimulus"]}
    return thumbnails(
        [picture for picture in evidence.pictures if picture.image_id in used], evidence.study.manifest.parent
    )


def _notes(table: pd.DataFrame, small: Mapping[str, Found]) -> list[Block]:
    """Which pictures cannot be shown, and why."""
    names = sorted({*table["stimulus"].astype(str)}, key=natural)
    if not small:
        return [Note("The pictures themselves are not shown", "The study has no manifest that names their files.")]
    found: list[Block] = []
    for reason, why in WHY_NOT.items():
        which = [name for name in names if (small[name][1] if name in small else "unknown") == reason]
        if which:
            some = [*which[:NAMED], *([f"{len(which) - NAMED:,} more"] if len(which) > NAMED else [])]
            title = f"{counted(len(which), 'picture')} cannot be shown"
            found.append(Note(title, f"{why}: {wording.joined(some)}.", "caution"))
    return found


def _offered(trials: pd.DataFrame) -> tuple[dict[tuple[str, str], tuple[str, ...]], tuple[str, ...]]:
    """The labels offered with each picture, the truth first; and those of all, where they are many and the same."""
    if "offered" not in trials.columns or trials["offered"].isna().all():
        return {}, ()
    told = trials.loc[trials["offered"].notna(), ["stimulus", "condition", "truth", "offered"]].drop_duplicates()
    sets: dict[tuple[str, str], set[str]] = {}
    truths: dict[tuple[str, str], str] = {}
    for row in told.itertuples(index=False):
        where = (str(row.stimulus), str(row.condition))
        sets.setdefault(where, set()).update(str(row.offered).split(SEPARATOR))
        truths[where] = str(row.truth)
    every = {frozenset(labels) for labels in sets.values()}
    if len(every) == 1 and len(sets) > 1:
        (labels,) = every
        return {}, tuple(sorted(labels, key=natural)) if len(labels) > 1 else ()
    return {
        where: (truths[where], *sorted(labels - {truths[where]}, key=natural)) if len(labels) <= OFFERED else ()
        for where, labels in sets.items()
    }, ()


def _answers(evidence: Evidence) -> tuple[tuple[str, ...], dict[tuple[str, str], tuple[bool | None, ...]]]:
    """The names of single networks, and whether each was right, by picture and condition."""
    trials = evidence.found.trials
    trials = trials[trials["kind"] == "model"].drop_duplicates(["group", "observer", "stimulus", "condition"])
    if trials.empty:
        return (), {}
    twice = trials.groupby("observer")["group"].nunique().gt(1)
    pairs = zip(trials["observer"], trials["group"], strict=True)
    names = [f"{observer} / {group}" if twice[observer] else str(observer) for observer, group in pairs]
    right = scored(trials, "drop" if evidence.found.plan.missing == "drop" else "wrong")
    every = tuple(sorted({*names}, key=natural))
    place = {name: at for at, name in enumerate(every)}
    found: dict[tuple[str, str], list[bool | None]] = {}
    for stimulus, condition, name, one in zip(trials["stimulus"], trials["condition"], names, right, strict=True):
        here = found.setdefault((str(stimulus), str(condition)), [None] * len(every))
        here[place[name]] = bool(one) if wording.known(one) else None
    return every, {where: tuple(each) for where, each in found.items()}


def _cards(
    table: pd.DataFrame,
    evidence: Evidence,
    small: Mapping[str, Found],
    offered: Mapping[tuple[str, str], tuple[str, ...]],
    answers: Mapping[tuple[str, str], tuple[bool | None, ...]],
) -> list[Card]:
    none = (None,) * len(next(iter(answers.values()), ()))
    cards = []
    for row in table.to_dict("records"):
        stimulus, condition = str(row["stimulus"]), str(row["condition"])
        shares = {group: _share(row, group) for group in evidence.found.groups if f"{group}_n" in row}
        people, models = (
            _mean([shares[one].mean for one in side if one in shares]) for side in (evidence.people, evidence.models)
        )
        cards.append(
            Card(
                stimulus=stimulus,
                truth=str(row["truth"]),
                condition=condition,
                offered=offered.get((stimulus, condition), ()),
                thumbnail=small.get(stimulus, (None, ""))[0],
                shares=shares,
                people=people,
                models=models,
                answers=answers.get((stimulus, condition), none),
            )
        )
    return sorted(cards, key=lambda card: (natural(card.truth), natural(card.stimulus), natural(card.condition)))


def _share(row: Mapping[str, object], group: str) -> Share:
    n = _number(row[f"{group}_n"])
    wrong = row.get(f"{group}_wrong")
    return Share(
        n=int(n or 0),
        mean=_number(row[f"{group}_mean"]),
        low=_number(row[f"{group}_low"]),
        high=_number(row[f"{group}_high"]),
        shrunken=_number(row[f"{group}_shrunken"]),
        wrong=wrong.replace(SEPARATOR, " or ") if isinstance(wrong, str) else None,
        margin=_number(row.get(f"{group}_margin")),
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and wording.known(float(value)) else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
