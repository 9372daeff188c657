"""Simulated participants. They see what a screen draws, and press keys; of the session they know only the instructions.

Everything about one showing of a picture is decided by lots that belong to seed, participant and picture, and not to
the order of things: a session that was stopped and continued gets the answers of one that was not. A picture that was
answered and comes again (another round of practice) gets new lots.

The wish for a pause comes in the fixation after a picture, by that picture's lots, and from one object at most once
for each. The first trial that an object sees comes after none, so that a session gets on however often it is stopped
in its pauses.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp, inf
from random import Random

from askew_experiments.accumulation import Ability, Decision, decided, decided_by, drawn, evidence, normal, tau_s
from askew_experiments.keys import KEYS
from askew_experiments.lots import lots
from askew_experiments.plan import PlannedTrial
from askew_experiments.protocol import Protocol
from askew_experiments.screen import Press
from askew_experiments.showing import MS, Showing, Shown, first_seen
from askew_experiments.steps import steps

AGAIN_S = 2.0  # a key that had no effect is pressed once more after this
CORRECTED_S = 0.5  # and after a mis-click, the right one
REACTION_S = 0.1  # nothing that is seen is acted on sooner
VIEWING_SD = 0.55  # of the logs of viewing times, from picture to picture


@dataclass(frozen=True)
class Mood:
    """What one showing will be like, whatever is shown when; `place` and `moment` are shares of what there is."""

    lapses: bool
    misclicks: bool
    anticipates: bool
    gives_up: bool
    place: float
    moment: float
    viewing_s: float
    lateness_s: float

    @classmethod
    def of(cls, ability: Ability, draw: Random) -> "Mood":
        """Draw it."""
        return cls(
            lapses=draw.random() < ability.lapse,
            misclicks=draw.random() < ability.misclick,
            anticipates=draw.random() < ability.anticipation,
            gives_up=draw.random() < ability.timeout,
            place=draw.random(),
            moment=draw.random(),
            viewing_s=ability.viewing_s * exp(VIEWING_SD * normal(draw)),
            lateness_s=ability.punctuality_s * normal(draw),
        )


class SimulatedParticipant:
    """Somebody before a screen. `trials` says of each picture what it shows, practice included.

    `sees` is called at each flip with the names of what was drawn; `presses_until` gives what was pressed.
    """

    def __init__(
        self,
        participant: str,
        seed: int,
        trials: Iterable[PlannedTrial],
        protocol: Protocol,
        *,
        ability: Ability | None = None,
    ) -> None:
        self.ability = ability or drawn(seed, participant)
        self._who = (seed, participant)
        self._trials = {trial.stimulus: trial for trial in trials}
        self._courses = {name: steps(trial, protocol, MS) for name, trial in self._trials.items()}
        self._outline = next(iter(self._courses.values()), ())  # until the picture, trials are alike
        self._response = protocol.response
        self._names: tuple[str, ...] = ()
        self._due = inf
        self._showing: Showing | None = None
        self._presses: list[Press] = []  # what will be pressed if nothing else is shown before
        self._last: Press | None = None  # the one of them that is repeated until it has an effect
        self._asked = -inf
        self._answers: Counter[str] = Counter()
        self._seen: str | None = None  # the last picture
        self._paused_after: set[str | None] = {None}

    def sees(self, names: Sequence[str], time: float) -> None:
        """Take in what is on the screen from this time on; where nothing has changed, that takes no time."""
        given = tuple(names)
        if given == self._names and time < self._due:
            return
        self._names = given
        shown = Shown.of(given)
        if shown.text is None:
            self._follow(shown, time)
        else:
            self._showing = None
            self._intend([], Press(self._response.go_on, time + self._reading_s(shown.text), 0.0))
        self._due = self._showing.due if self._showing else inf

    def presses_until(self, time: float) -> list[Press]:
        """The keys pressed up to this time that were not given before."""
        self._asked = time
        if not self._presses or self._presses[0].time > time:
            return []
        given = [press for press in self._presses if press.time <= time]
        del self._presses[: len(given)]
        for press in given:
            if press.key == self._response.quit:
                self._paused_after.add(self._seen)
            if press is self._last:
                self._done(press)
        return given

    def _done(self, press: Press) -> None:
        showing = self._showing
        if showing and showing.trial and press.key in self._response.keys and not showing.answered:
            showing.answered = True
            self._answers[showing.trial.stimulus] += 1
        self._last = replace(press, time=press.time + AGAIN_S)
        self._presses.append(self._last)

    def _intend(self, presses: Iterable[Press], last: Press | None) -> None:
        """Press these keys and no others; those that are past have been pressed."""
        self._last = last
        self._presses = [press for press in presses if press.time > self._asked]
        if last:
            self._presses.append(last)
        self._presses.sort(key=lambda press: press.time)

    def _reading_s(self, text: str) -> float:
        longest = 10.0 if text.startswith("break") else 3.0
        return 1 + (longest - 1) * lots(*self._who, "reads", text).random()

    def _follow(self, shown: Shown, time: float) -> None:
        """Find the place in a trial that a frame belongs to, and what to do there."""
        showing = self._showing
        at = showing.goes_to(shown, time) if showing else None
        if showing is None or at is None:
            self._showing = showing = first_seen(self._outline, shown)
            if showing is None:
                self._intend([], None)
                return
            at = showing.at
        if shown.image and showing.trial is None:
            self._seen = shown.image
            showing.trial, showing.course = self._trials[shown.image], self._courses[shown.image]
            showing.turn = self._answers[shown.image]
        showing.note(at, shown, time)
        if showing.trial is None:
            self._wait(showing)
        elif not showing.answered:
            self._act(showing, showing.trial, time)

    def _wait(self, showing: Showing) -> None:
        """Before the picture: go on where that is asked for, or want a pause."""
        step, presses = showing.step, []
        if step.until == "go-on":
            self._intend([], Press(self._response.go_on, showing.since + 5 * REACTION_S, 0.0))
            return
        if step.frames is not None and self._wants_pause():
            presses = [Press(self._response.quit, showing.since + step.frames * MS / 2, 0.0)]
        self._intend(presses, None)

    def _wants_pause(self) -> bool:
        if self._seen in self._paused_after:
            return False
        return lots(*self._who, self._seen, "pause").random() < self.ability.escape

    def _act(self, showing: Showing, trial: PlannedTrial, now: float) -> None:
        """From the picture on: look as long as one likes, then answer."""
        mood = Mood.of(self.ability, self._lots(showing, trial, "mood"))
        presses = self._anticipations(showing, mood)
        if showing.step.until == "go-on":
            over = showing.since + mood.viewing_s + tau_s(trial.condition)
            self._intend(presses, Press(self._response.go_on, max(over, now + MS), 0.0))
            return
        answer = self._answer(showing, trial, mood)
        if answer is None or (mood.gives_up and showing.course[-1].limit is not None):
            self._intend(presses, None)
            return
        if mood.misclicks:
            presses.append(replace(answer, key=self._meaningless()))
            answer = replace(answer, time=answer.time + CORRECTED_S)
        self._intend(presses, replace(answer, time=max(answer.time, now + MS)))

    def _anticipations(self, showing: Showing, mood: Mood) -> list[Press]:
        """A key while the picture or the mask is on or, where answers count at once, too soon to be one."""
        if not mood.anticipates:
            return []
        key = self._response.keys[int(mood.place * len(self._response.keys))]
        room = showing.opens_after()
        if room is not None and room > 2 * REACTION_S:
            return [Press(key, showing.image_on + REACTION_S + mood.moment * (room - 2 * REACTION_S), 0.0)]
        soon = mood.moment * self._response.anticipation_ms * MS
        return [Press(key, showing.opened + soon, 0.0)] if showing.opened < inf and soon else []

    def _answer(self, showing: Showing, trial: PlannedTrial, mood: Mood) -> Press | None:
        """The key for what was decided, and when; None as long as there is nothing to choose among or to wait for."""
        if showing.begun == inf:
            return None
        if self._response.window_ms:
            found = self._in_window(showing, trial, mood, sum(self._response.window_ms) / 2 * MS)
        else:
            found = self._in_peace(showing, trial, mood)
        return None if found is None else Press(self._response.keys[found.place], found.seconds, 0.0)

    def _in_peace(self, showing: Showing, trial: PlannedTrial, mood: Mood) -> Decision | None:
        """The label of somebody who answers when they know, and the time of that."""
        if showing.opened == inf:
            return None
        rate = self._rate(trial, mood, inf if showing.visible else showing.processed(showing.begun))
        right, draw = showing.labels.index(trial.truth), self._lots(showing, trial, "answer")
        found = decided(self.ability, draw, rate, labels=len(showing.labels), right=right)
        looking = tau_s(trial.condition) if showing.visible else 0.0
        known = showing.begun + looking + self.ability.non_decision_s + found.seconds
        soonest = showing.opened + self.ability.non_decision_s * (0.3 + 0.4 * mood.moment)
        return Decision(found.place, max(known, soonest))

    def _in_window(self, showing: Showing, trial: PlannedTrial, mood: Mood, aim_s: float) -> Decision | None:
        """The same of somebody who answers at a time after the signal, which they have learned to expect."""
        signal = showing.signalled()
        if signal is None:
            return None
        pressed = signal + aim_s + mood.lateness_s * (4 if mood.lapses else 1)
        pressed = max(pressed, showing.begun + REACTION_S)
        known = pressed - self.ability.non_decision_s / 2
        rate = self._rate(trial, mood, showing.processed(known))
        right, draw = showing.labels.index(trial.truth), self._lots(showing, trial, "answer")
        spent = known - showing.begun
        found = decided_by(spent, self.ability, draw, rate, labels=len(showing.labels), right=right)
        return Decision(found.place, pressed)

    def _rate(self, trial: PlannedTrial, mood: Mood, seconds: float) -> float:
        return 0.0 if mood.lapses else evidence(self.ability, trial.stimulus, trial.condition, seconds)

    def _lots(self, showing: Showing, trial: PlannedTrial, what: str) -> Random:
        return lots(*self._who, trial.stimulus, showing.turn, what)

    def _meaningless(self) -> str:
        used = {*self._response.keys, self._response.go_on, self._response.quit}
        spare: Iterable[str] = ("down", "up", *sorted(KEYS))
        return next(key for key in spare if key not in used)
