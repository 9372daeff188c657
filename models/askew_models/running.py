"""The whole of scoring: what is to be done, the workers that do it, and what is derived from what they leave."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from askew.errors import BadInput
from askew_models.answering import Answers, answers_of, framed
from askew_models.framing import Framing
from askew_models.lineup import Lineup
from askew_models.messages import Loaded
from askew_models.place import Place, by_card, flat
from askew_models.scoring import first_seen, jobs_of, keep_seen, score
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
    say: Callable[[str], None] = lambda _: None,
) -> Ran:
    """Score what is not scored, and derive trials and tables from all that is."""
    units = flat(shard.part(by_card(place.units(lineup))))
    before = states(units, settings.precision)
    wanted = [unit for unit in units if before[unit.name].to_do or (renew and before[unit.name].kind == "stale")]
    told = _score(place, wanted, settings, devices, say)
    after = states(units, settings.precision)
    faults = [f"{failure.unit or failure.observer}: {failure.why}" for failure in told.faults]
    faults += [
        f"{name}: is out of date: {state.why}; --renew scores it again"
        for name, state in after.items()
        if state.kind == "stale"
    ]
    answers = {}
    for unit in units:
        if after[unit.name].kind == "done":
            try:
                answers[unit.name] = answers_of(unit, place, lineup)
            except BadInput as error:
                faults.append(f"{unit.name}: {error}")
    return Ran(units, after, told, [*answers.values()], framed(units, answers, place), faults)


def states(units: Sequence[Unit], precision: str) -> dict[str, State]:
    """How far each unit is, by its name."""
    return {unit.name: state_of(unit, precision) for unit in units}


def _score(
    place: Place, units: Sequence[Unit], settings: Settings, devices: Sequence[str], say: Callable[[str], None]
) -> Told:
    cards = {unit.card.name: unit.card for unit in units}

    def loaded(message: Loaded) -> None:
        card = cards[message.observer]
        if message.weights_sha256 is not None and first_seen(place.scores, card) is None:
            keep_seen(place.scores, card, message.weights_sha256)

    teller = Teller(units, say, loaded)
    if units:
        place.allow_writing()
        with teller.bar():
            score(jobs_of(units, place.scores), settings, devices, teller)
    return teller.told
