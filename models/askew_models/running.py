"""The whole of scoring: what is to be done, the workers that do it, and what is derived from what they leave."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from askew.errors import BadInput
from askew.faults import of_system
from askew_models.answering import Answers, answers_of, framed
from askew_models.framing import Framing
from askew_models.lineup import Lineup
from askew_models.messages import Failed, Job, Message
from askew_models.place import Place, by_card, flat
from askew_models.scoring import job_of, score, unseen
from askew_models.settings import Settings
from askew_models.telling import Teller, Told
from askew_models.unit import State, Unit, state_of
from askew_stimuli.shard import WHOLE, Shard


@dataclass(frozen=True)
class Ran:
    """What a run left behind."""

    units: Sequence[Unit]
    states: dict[str, State]  # by unit, at the end
    told: Told
    answers: Sequence[Answers]
    framing: Sequence[Framing]
    faults: Sequence[str]  # in sentences, one a line

    @property
    def missing(self) -> int:
        """Units that are still to be scored, by another process or another time."""
        return sum(state.to_do for state in self.states.values())


def run(
    place: Place,
    lineup: Lineup,
    settings: Settings,
    devices: Sequence[str],
    *,
    shard: Shard = WHOLE,
    renew: bool = False,
    fallback: Sequence[str] = (),
    say: Callable[[str], None] = lambda _: None,
    complain: Callable[[str], None] = lambda _: None,
) -> Ran:
    """Score what is not scored, and derive trials and tables from all that is."""
    units = flat(shard.part(by_card(place.units(lineup))))
    before = states(units, settings.precision)
    wanted = [unit for unit in units if _is_wanted(unit, before[unit.name], renew)]
    teller = Teller(wanted, say, complain)
    if wanted:
        place.allow_writing()
        with teller.bar():
            pictures = {unit.set: unit.images for unit in wanted}
            score(list(_jobs(wanted, teller, renew)), pictures, settings, devices, teller, fallback=fallback)
    told = teller.told
    after = states(units, settings.precision)
    faults = [
        f"{name}: is out of date: {state.why}; --renew scores it again"
        for name, state in after.items()
        if state.kind == "stale"
    ]
    answers = {}
    for unit in units:
        if after[unit.name].kind in {"done", "same"}:
            try:
                answers[unit.name] = answers_of(unit, place, lineup)
            except (BadInput, OSError) as error:
                faults.append(f"{unit.name}: {error if isinstance(error, BadInput) else of_system(error)}")
    for fault in faults:
        complain(fault)
    faults += [f"{failure.unit or failure.observer}: {failure.why}" for failure in told.faults]
    return Ran(units, after, told, [*answers.values()], framed(units, answers, place), faults)


def states(units: Sequence[Unit], precision: str) -> dict[str, State]:
    """How far each unit is, by its name."""
    return {unit.name: state_of(unit, precision) for unit in units}


def _is_wanted(unit: Unit, state: State, renew: bool) -> bool:
    again = state.kind == "stale" or (state.kind == "done" and unseen(unit.card))
    return state.to_do or (renew and again and (unit.path.is_file() or not unit.path.exists()))


def _jobs(units: Sequence[Unit], tell: Callable[[Message], None], renew: bool) -> Iterator[Job]:
    for its in by_card(units):
        try:
            yield job_of(its, renew=renew)
        except BadInput as error:
            name = its[0].card.name
            tell(Failed(name, None, str(error).removeprefix(f"observer {name}: ")))
