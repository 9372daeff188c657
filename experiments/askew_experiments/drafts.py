"""Trials that have their pictures and not yet their order: exposures and masks, the place of the truth, blocks."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from askew.errors import BadCell
from askew_experiments.lots import in_turn
from askew_experiments.order import arranged, block_order, check_runs
from askew_experiments.protocol import Protocol
from askew_experiments.rotation import Shown

DEALS = 10  # of the places of truths, before an order is given up


class Treatment(NamedTuple):
    """How a picture is shown: its exposure, the how-manieth of the protocol it is, and whether a mask follows."""

    level: int
    ms: float | None
    masked: bool


class Draft(NamedTuple):
    """A trial that is still to be given its labels and its place in the order."""

    shown: Shown
    treatment: Treatment
    right: int = 0  # the place of the truth among the labels

    @property
    def condition(self) -> str:
        """The condition of its picture."""
        return self.shown.picture.condition


Blocks = list[list[Draft]]


def masks_of(protocol: Protocol) -> tuple[bool, ...]:
    """Whether trials are masked; both where half of them are."""
    return (True, False) if protocol.masked and protocol.mask.unmasked_too else (protocol.masked,)


def treatments_of(protocol: Protocol) -> list[Treatment]:
    """Every way in which a picture is shown."""
    return [
        Treatment(level, ms, masked) for level, ms in enumerate(protocol.exposures) for masked in masks_of(protocol)
    ]


def treated(pictures: Sequence[Shown], treatments: Sequence[Treatment], cycle: int, random: Random) -> list[Draft]:
    """Each picture with a treatment, these balanced within conditions and in all.

    Those who see the same pictures give the same lots, and each cycle goes one treatment on: over all cycles, every
    picture has each.
    """
    dealt = in_turn([(one.picture.condition,) for one in pictures], len(treatments), random)
    return [
        Draft(one, treatments[(first + cycle) % len(treatments)]) for one, first in zip(pictures, dealt, strict=True)
    ]


def in_order(drafts: Sequence[Draft], protocol: Protocol, number: int, rows: int, random: Random) -> Blocks:
    """The blocks of a session, with the places of truths dealt out; BadCell where `max_run` allows no order.

    Places are balanced in the session, within each condition, and within each treatment of it. A session with one
    condition is no run of it.
    """
    max_run, labels = protocol.design.max_run, protocol.design.labels
    several = len({draft.condition for draft in drafts}) > 1
    if several:
        check_runs([[draft.condition for draft in block] for block in _blocks(drafts, protocol, number, rows)], max_run)
    for _ in range(DEALS):
        blocks = _blocks(_sided(drafts, labels, random), protocol, number, rows)
        if ordered := _arranged(blocks, several, max_run, random):
            return ordered
    longer = range(max_run + 1, max_run + len(drafts) + 1)
    could = next((run for run in longer if _arranged(blocks, several, run, random)), longer[-1])
    raise BadCell(
        "design, max_run",
        f"{max_run} is given, but no order was found in which neither a condition nor the place of the right label "
        f"comes more often than that in a row; set it to {could} or more",
    )


def _sided(drafts: Sequence[Draft], labels: int, random: Random) -> list[Draft]:
    keys = [(draft.condition, draft.treatment.level, draft.treatment.masked) for draft in drafts]
    places = in_turn(keys, labels, random)
    return [Draft(draft.shown, draft.treatment, place) for draft, place in zip(drafts, places, strict=True)]


def _blocks(drafts: Sequence[Draft], protocol: Protocol, number: int, rows: int) -> Blocks:
    """One block for each exposure that some trial has, or all trials in one."""
    if not protocol.design.blocked:
        return [list(drafts)]
    levels = block_order(len(protocol.exposures), number, rows)
    blocks = [[draft for draft in drafts if draft.treatment.level == level] for level in levels]
    return [block for block in blocks if block]


def _arranged(blocks: Blocks, several: bool, max_run: int, random: Random) -> Blocks | None:
    found = []
    for block in blocks:
        kinds = [(draft.right, draft.condition) if several else (draft.right,) for draft in block]
        order = arranged(kinds, max_run, random)
        if order is None:
            return None
        found.append([block[place] for place in order])
    return found
