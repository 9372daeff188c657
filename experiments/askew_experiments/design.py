"""Who sees what, in which order: the trials of a session, all of them decided before the first one.

Pure: the same pictures, protocol, seed and number give the same trials, in whichever order the manifest has its rows.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from random import Random

from askew.errors import BadCell, BadInput, quoted
from askew_experiments.drafts import Draft, Treatment, in_order, masks_of, treated, treatments_of
from askew_experiments.lots import in_turn, lots, shuffled
from askew_experiments.order import arranged, breaks_after
from askew_experiments.plan import PlannedTrial
from askew_experiments.protocol import Protocol
from askew_experiments.protocol_tables import Practice
from askew_experiments.rotation import Rotation, Shown, Turn, rotation_of, shown
from askew_experiments.sides import labels_beside, offered
from askew_stimuli.picture import Picture


def planned(
    pictures: Sequence[Picture], protocol: Protocol, *, seed: int, number: int, part: int
) -> tuple[PlannedTrial, ...]:
    """The trials of the participant with this number in the protocol's stream, in one of their sessions.

    Numbers and sessions count from 0. Nobody sees an object twice. Over as many numbers as `round_of` says, every
    picture is shown equally often in each session, with each exposure, masked or not. In a session, exposures and
    masks are balanced within conditions, and the place of the truth within each of these.
    """
    with _said_of(f"protocol {protocol.name}"):
        _check_number(protocol, number, part)
        rotation = rotation_of(tuple(pictures), protocol.design)
        return _session(rotation, protocol, seed, number, part)


def practice(
    pictures: Sequence[Picture], protocol: Protocol, *, seed: int, number: int, part: int
) -> tuple[PlannedTrial, ...]:
    """The practice before that session, with pictures of a set of its own; () where the protocol has none.

    A picture comes again only when every other one has come. Exposures that are for practice go from the first to the
    last over the trials; otherwise they are the session's, mixed.
    """
    if protocol.practice is None:
        return ()
    with _said_of(f"protocol {protocol.name} with the pictures for practice"):
        _check_number(protocol, number, part)
        design = replace(protocol.design, conditions=None, sessions=1, balance="pictures")
        rotation = rotation_of(tuple(pictures), design)
        return _practice(rotation, protocol, protocol.practice, seed=seed, number=number, part=part)


def round_of(pictures: Sequence[Picture], protocol: Protocol) -> int:
    """How many participants make a round, over which every picture is shown equally often in every way."""
    with _said_of(f"protocol {protocol.name}"):
        rotation = rotation_of(tuple(pictures), protocol.design)
    return rotation.rows * rotation.sessions * len(treatments_of(protocol))


def coverage(plans: Iterable[Sequence[PlannedTrial]]) -> dict[str, int]:
    """How often each picture is shown in these sessions, by its id; one that is not shown is not there."""
    return dict(Counter(trial.stimulus for trials in plans for trial in trials))


@contextmanager
def _said_of(what: str) -> Iterator[None]:
    try:
        yield
    except BadCell as error:
        raise BadInput(f"{what}, {error.column}: {error.message}") from None


def _check_number(protocol: Protocol, number: int, part: int) -> None:
    if number < 0:
        raise BadCell("number", f"{quoted(number)} is given, but participants are counted from 0")
    sessions = protocol.design.sessions
    if not 0 <= part < sessions:
        raise BadCell(
            "design, sessions",
            f"{sessions} for each participant, so there is no session number {part + 1}; set it to more before the "
            "first participant comes",
        )


def _session(rotation: Rotation, protocol: Protocol, seed: int, number: int, part: int) -> tuple[PlannedTrial, ...]:
    stream, treatments = protocol.stream, treatments_of(protocol)
    turn = Turn.of(number, rotation, len(treatments))
    pictures = shown(rotation, turn, part, seed, stream)
    if not pictures:
        raise BadCell(
            "design, sessions",
            f"{rotation.sessions} sessions leave session {part + 1} of participant number {number} without a picture; "
            "set it to less, or take a set of more objects",
        )
    base = lots(seed, stream, "treatments", turn.block, turn.shift, turn.row, part)
    drafts = treated(pictures, treatments, turn.cycle, base)
    random = lots(seed, stream, "order", number, part)
    blocks = in_order(drafts, protocol, number, rotation.rows, random)
    labels = labels_beside(rotation, protocol.design.labels, seed)
    of_block = [count for count, block in enumerate(blocks, start=1) for _ in block]
    pauses = breaks_after(of_block, protocol.breaks.every if protocol.breaks else None)
    ordered = [draft for block in blocks for draft in block]
    return tuple(
        _trial(index, draft, labels, random, block=block, break_after=pause)
        for index, (draft, block, pause) in enumerate(zip(ordered, of_block, pauses, strict=True), start=1)
    )


def _practice(
    rotation: Rotation, protocol: Protocol, rules: Practice, *, seed: int, number: int, part: int
) -> tuple[PlannedTrial, ...]:
    stream, random = protocol.stream, lots(seed, protocol.stream, "practice", number, part)
    pictures: list[Shown] = []
    for row in range(number, number + rotation.rows):  # all the way round, where every picture is once
        turn = Turn(row=row, shift=0, cycle=0, block=0)
        pictures += shuffled(shown(rotation, turn, part=0, seed=seed, stream=stream), random)
    treatments = _practised(protocol, rules, random)
    places = in_turn([()] * rules.trials, protocol.design.labels, random)
    # Even shares can be put in an order whatever the run.
    order = arranged([(place,) for place in places], protocol.design.max_run, random) or range(rules.trials)
    labels = labels_beside(rotation, protocol.design.labels, seed)
    return tuple(
        _trial(index + 1, Draft(pictures[index % len(pictures)], treatments[index], places[place]), labels, random)
        for index, place in enumerate(order)
    )


def _practised(protocol: Protocol, rules: Practice, random: Random) -> list[Treatment]:
    """The treatment of each trial of a practice."""
    count = rules.trials
    if rules.ms is None:
        treatments = treatments_of(protocol)
        return [treatments[one] for one in in_turn([()] * count, len(treatments), random)]
    masks, last = masks_of(protocol), len(rules.ms) - 1
    few = count <= last  # trials, so that some exposures are left out, but not the first or the last
    levels = [round(i * last / max(1, count - 1)) if few else i * (last + 1) // count for i in range(count)]
    masked = in_turn([(level,) for level in levels], len(masks), random)
    return [Treatment(level, rules.ms[level], masks[one]) for level, one in zip(levels, masked, strict=True)]


def _trial(
    index: int,
    draft: Draft,
    labels: dict[str, tuple[str, ...]],
    random: Random,
    *,
    block: int = 1,
    break_after: bool = False,
) -> PlannedTrial:
    picture = draft.shown.picture
    return PlannedTrial(
        index=index,
        block=block,
        stimulus=picture.image_id,
        object=draft.shown.object,
        condition=picture.condition,
        offered=offered(labels[picture.image_id], draft.right, random),
        truth=picture.class_label,
        ms=draft.treatment.ms,
        masked=draft.treatment.masked,
        file=picture.file,
        sha256=picture.sha256_file,
        mask_file=picture.mask_file,
        mask_frames=picture.mask_frames,
        mask_sha256=picture.mask_sha256,
        break_after=break_after,
    )
