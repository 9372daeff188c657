"""A session from the first text to the last: practice, trials, breaks, pauses, and what is written down of them.

It knows no display and no clock but those of the `Screen` it is given, so the same session runs in a PsychoPy window
and on a virtual clock. Data are written in the blank between trials, never between the picture and the answer.
"""

import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Literal

from askew_experiments import loop, outcome
from askew_experiments.chain import Displaced
from askew_experiments.hooks import Hooks
from askew_experiments.journal import Journal
from askew_experiments.plan import Plan, PlannedTrial
from askew_experiments.progress import Progress
from askew_experiments.protocol import Protocol
from askew_experiments.protocol_tables import Practice
from askew_experiments.screen import Screen
from askew_experiments.steps import Step, blank, steps

End = Literal["complete", "stopped", "aborted"]
FEEDBACK_S = 0.8
THANKS_S = 1.0


class Stopped(Exception):
    """Somebody pressed the key that quits, twice."""


class Session:
    """One run of a session on a screen that has everything loaded.

    `unattended` means that nobody can free a full disk meanwhile: what cannot be written then ends the run.
    """

    def __init__(
        self, screen: Screen, journal: Journal, plan: Plan, protocol: Protocol, hooks: Hooks, *, unattended: bool
    ) -> None:
        self.screen = screen
        self.journal = journal
        self.plan = plan
        self.protocol = protocol
        self.hooks = hooks
        self.unattended = unattended
        self.blank = blank(protocol)
        self.progress = Progress.of(journal.records)

    def run(self) -> End:
        """Go through what is left; returns how it ended. All that was answered is on the disk at any time."""
        try:
            self._introduce()
            if not self._practised():
                return "aborted"
            self._trials()
            self._write("state", state="debrief")
            # Complete before the last text, which nobody may wait for.
            self._write("end", trials=len(self.plan.trials), devices=self.hooks.facts())
            self._key(["text:debrief"])
            self._key(["text:thanks"], THANKS_S)
        except Stopped:
            self.note_stop()
            return "stopped"
        return "complete"

    def note_stop(self) -> None:
        """Write down that the run ended before the session, if that can be: nobody waits for room any more."""
        with suppress(OSError, Displaced):
            self.journal.append("note", self.screen.utc(), said="the run was stopped", devices=self.hooks.facts())

    def _introduce(self) -> None:
        fresh = not self.progress.finished
        if fresh:
            self._tell("welcome")
        if self.protocol.consent and not self.progress.consented:
            self._tell("consent")
            self._write("consent", version=self.protocol.consent.version, given=True)
        if fresh:
            self._tell("instructions")

    def _practised(self) -> bool:
        """Practice until the criterion is met; False where it was not, in as many rounds as there may be."""
        practice = self.protocol.practice
        if practice is None or self.progress.practised or not self.plan.practice:
            return True
        while self.progress.rounds < practice.rounds:
            self._tell("practice" if self.progress.rounds == 0 else "practice_again")
            if self._round(practice, self.progress.rounds + 1):
                return True
        self._tell("practice_stop")
        self._write("abort", reason=f"practice: criterion of {practice.criterion:g} not reached")
        return False

    def _round(self, practice: Practice, number: int) -> bool:
        right = 0
        for trial in self.plan.practice:
            found = None
            while found is None:
                found = self._attempt(trial, f"practice {trial.index}", practice=True)
            correct = found["choice"] == trial.truth
            right += correct
            self._write("practice", index=trial.index, round=number, **found)
            if practice.feedback:
                self._show([f"text:{_feedback(found, correct)}"], FEEDBACK_S)
            self._rest_of_interval(self.screen.now())
        passed = right >= practice.needed
        self._write("round", round=number, right=right, trials=len(self.plan.practice), passed=passed)
        self.progress = Progress.of(self.journal.records)
        return passed

    def _trials(self) -> None:
        left = [trial for trial in self.plan.trials if trial.index not in self.progress.finished]
        if left:
            self._tell("again" if self.progress.finished else "ready")
        block = left[0].block if left else 0
        for trial in left:
            if trial.block != block:
                block = trial.block
                self._tell("block", f":{trial.index - 1}")
            self._until_finished(trial)
            if trial.break_after:
                self._break(trial)

    def _until_finished(self, trial: PlannedTrial) -> None:
        while trial.index not in self.progress.finished:
            seen = trial.index in self.progress.seen
            attempt = self.progress.attempts.get(trial.index, 0) + 1
            if seen and self.protocol.head.on_interrupted == "skip":
                self._write("skipped", index=trial.index, attempt=attempt - 1, reason="interrupted")
                self.progress.finished.add(trial.index)
                return
            self._write("begin", index=trial.index, attempt=attempt)
            self.progress.attempts[trial.index] = attempt
            name = f"trial {trial.index}" + (f", attempt {attempt}" if attempt > 1 else "")
            found = self._attempt(trial, name)
            if found is None:
                continue
            ended = self.screen.now()
            if seen:
                # Seen twice: what was achieved in the end is not the exposure that was asked for.
                found = {**found, "timing_valid": False}
            self._write("trial", index=trial.index, attempt=attempt, seen_before=seen, **found)
            for trouble in self.hooks.trouble():
                self._write("note", said=trouble)
            self.progress.finished.add(trial.index)
            self._rest_of_interval(ended)

    def _attempt(self, trial: PlannedTrial, name: str, *, practice: bool = False) -> dict[str, Any] | None:
        """Show one trial; None where it was broken off by the key that quits. Practice sends no triggers."""
        screen, response = self.screen, self.protocol.response
        ready = steps(trial, self.protocol, screen.period)

        def on_phase(step: Step) -> None:
            self.hooks.phase(name, step.name, None if practice else step.trigger)

        self.hooks.begin(name)
        with screen.calm():
            trace = loop.run(screen, ready, response, self.blank, on_phase)
        self.hooks.end()
        if trace.quit:
            seen = any(trace.flips.get(step.name) for step in ready if step.image)
            if seen and not practice:
                self.progress.seen.add(trial.index)
            self._paused(None if practice else trial, seen)
            return None
        return outcome.facts(trial, ready, trace, response, period=screen.period, key_clock=screen.key_clock)

    def _rest_of_interval(self, began: float) -> None:
        left = began + self.protocol.head.interval_ms / 1000 - self.screen.now()
        if left > self.screen.period / 2:
            self._show(self.blank, left)

    def _break(self, trial: PlannedTrial) -> None:
        self._write("state", state="break", after=trial.index)
        if self.protocol.breaks and self.protocol.breaks.least_s:
            self._show([f"text:break_rest:{trial.index}"], self.protocol.breaks.least_s)
        self._tell("break_go_on", f":{trial.index}")

    def _tell(self, name: str, which: str = "") -> None:
        """Show a text until the key that goes on is pressed."""
        self._write("state", state=name)
        while self._key([f"text:{name}{which}"]) == self.protocol.response.quit:
            self._paused(None, seen=False)

    def _show(self, names: Sequence[str], seconds: float) -> None:
        """Show something for a time that need not be exact; the key that quits cuts it short and pauses."""
        if self._key(names, seconds) is not None:
            self._paused(None, seen=False)

    def _paused(self, trial: PlannedTrial | None, seen: bool) -> None:
        """Wait until somebody goes on; Stopped where the key that quits is pressed once more."""
        self._write("pause", reason="escape", index=None if trial is None else trial.index, seen=seen)
        self._wait("text:paused")

    def _wait(self, name: str) -> None:
        if self._key([name]) == self.protocol.response.quit:
            raise Stopped

    def _key(self, names: Sequence[str], seconds: float | None = None) -> str | None:
        """Show something until a key goes on or quits, and return that key; or for a time, which only quitting ends."""
        response, screen = self.protocol.response, self.screen
        if seconds is None:
            screen.forget()  # whoever pressed a key before the text came had not read it
        until = None if seconds is None else screen.now() + seconds
        while until is None or screen.now() + screen.period / 2 < until:
            screen.draw(names)
            screen.flip()
            for press in screen.presses():
                if press.key == response.quit or (press.key == response.go_on and until is None):
                    return press.key
        return None

    def _write(self, kind: str, **facts: Any) -> None:
        """Write a record. Where that fails it waits until somebody has made room, say: nothing is lost meanwhile.

        Who quits instead has it tried once more, and a journal that is gone is written anew.
        """
        given_up = False
        while True:
            try:
                self.journal.append(kind, self.screen.utc(), **facts)
            except (OSError, Displaced) as error:
                if self.unattended:
                    raise
                if given_up:
                    sys.stderr.write(f"{_why(error, self.journal.path)}; the last record ({kind}) was not saved\n")
                    raise Stopped from None
                sys.stderr.write(f"{_why(error, self.journal.path)}, then press the key to go on\n")
                given_up = self._gives_up()
            else:
                if given_up:
                    raise Stopped
                return

    def _gives_up(self) -> bool:
        """Whether somebody quits instead of going on."""
        try:
            if self._key(["text:full_disk"]) != self.protocol.response.quit:
                return False
        except KeyboardInterrupt:
            pass
        self.journal.restore()
        return True


def _why(error: OSError | Displaced, journal: object) -> str:
    return str(error) if isinstance(error, Displaced) else f"{journal}: {error.strerror}; free some space"


def _feedback(found: dict[str, Any], correct: bool) -> str:
    if found["verdict"] in {"early", "late"}:
        return f"too_{found['verdict']}"
    if found["choice"] is None:
        return "no_answer"
    return "right" if correct else "wrong"
