"""What all exports have in common: which sessions are taken, which are left out and why, and where it may be written.

An export is derived: the same journals give the same bytes, and nothing in it says when or where the export was made.
The journals that go with it hold the times of their sessions.
"""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from askew.errors import BadInput, at, counted, quoted
from askew.files import lies_in, put
from askew.study import Study
from askew.trial import Trial
from askew_experiments.derive import Records, planned, trials_of
from askew_experiments.journal import Status, journals, read_journal, status
from askew_experiments.plan import Plan, PlannedTrial
from askew_experiments.protocol import Protocol
from askew_stimuli.picture import Picture, read_manifest
from askew_stimuli.progress import tracked

Reason = Literal["unfinished", "aborted", "without trials", "simulated"]


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A session that is exported. Its records, of which each frame of each trial is one number, stay on the disk."""

    journal: Path
    plan: Plan
    protocol: Protocol
    state: Status
    begun: Mapping[str, Any]  # what the first run recorded of programs, display and keyboard
    trials: tuple[Trial, ...]

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.plan.folder

    def records(self) -> Records:
        """What its journal holds, read anew."""
        return read_journal(self.journal)

    def told(self, records: Records) -> Iterator[tuple[Trial, PlannedTrial, Mapping[str, Any]]]:
        """Each trial with its plan and the journal's record of it."""
        plan = {trial.index: trial for trial in self.plan.trials}
        found = {record["index"]: record for record in records if record["type"] == "trial"}
        for trial in self.trials:
            index = trial.index or 0
            yield trial, plan[index], found[index]


@dataclass(frozen=True, kw_only=True)
class Export:
    """What is exported of a study: sessions in the order of their names, and those left out, by reason."""

    study: Study
    sessions: tuple[Taken, ...]
    left_out: Mapping[Reason, tuple[str, ...]]
    pictures: Mapping[str, Picture]

    @property
    def participants(self) -> list[str]:
        """The participants' codes, in order."""
        return list(dict.fromkeys(taken.plan.participant for taken in self.sessions))

    @property
    def simulated(self) -> list[str]:
        """Those of them who are programs."""
        return list(dict.fromkeys(taken.plan.participant for taken in self.sessions if taken.plan.simulated))

    @property
    def protocols(self) -> dict[str, list[Taken]]:
        """The sessions of each protocol, by its name."""
        found: dict[str, list[Taken]] = {}
        for taken in self.sessions:
            found.setdefault(taken.protocol.name, []).append(taken)
        return found

    @property
    def title(self) -> str:
        """A title for people, which says where all of it is simulated."""
        title = self.study.title or self.study.name
        only_simulated = len(self.simulated) == len(self.participants) and "simulated" not in title.lower()
        return f"{title} (simulated)" if only_simulated else title

    def who(self) -> str:
        """Who took part, in a sentence."""
        programs, people = len(self.simulated), len(self.participants) - len(self.simulated)
        count = f"{counted(len(self.sessions), 'session')} of "
        if not programs:
            return f"{count}{counted(people, 'participant')}."
        warning = "Simulated participants are programs and not people: their answers are evidence of nothing."
        if not people:
            return f"{count}{counted(programs, 'simulated participant')}. {warning}"
        both = f"{counted(people, 'participant')} and {counted(programs, 'simulated participant')}"
        return f"{count}{both}, whom each table tells apart. {warning}"

    def notes(self) -> list[str]:
        """What was left out, in sentences."""
        return [f"left out: {said}" for said in _left_out(self.left_out)]


def chosen(study: Study, *, partial: bool, simulated: bool) -> Export:
    """The sessions of a study that are to be exported; BadInput says what to do where there are none.

    With `partial` also those that are not complete. Simulated ones are left out beside people's, unless asked for.
    """
    paths = journals(study.root)
    every = [_taken(path) for path in tracked(paths, "reading sessions", len(paths))]
    if not every:
        raise BadInput(
            f"{study.root}: has no sessions; run them with `askew session run`, or try `askew session simulate` first"
        )
    _refuse_alike(every)
    people = any(not taken.plan.simulated for taken in every)
    left_out: dict[Reason, list[str]] = {}
    sessions = []
    for taken in every:
        reason = _reason(taken, partial=partial, leave_simulated=people and not simulated)
        if reason:
            left_out.setdefault(reason, []).append(taken.name)
        else:
            sessions.append(taken)
    why = {reason: tuple(names) for reason, names in left_out.items()}
    if not sessions:
        raise BadInput(f"{study.root}: no session can be exported: {'; '.join(_left_out(why))}")
    return Export(study=study, sessions=tuple(sessions), left_out=why, pictures=_pictures(study))


def refuse_taken(out: Path, study: Study) -> None:
    """Refuse a place that something is in: an export is whole or not there, and replaces nothing."""
    if os.path.lexists(out) and not out.is_dir():
        raise BadInput(f"{out}: is there and is no folder; name a new one with --out")
    if out.is_dir() and any(out.iterdir()):
        raise BadInput(f"{out}: is not empty; name a new folder with --out, or empty this one")
    if lies_in(out, study.root / "sessions"):
        raise BadInput(f"{out}: lies in sessions/, which is for journals alone; name another folder with --out")


def copy_file(source: Path, place: Path) -> None:
    """A file as it is."""
    try:
        put(place, source.read_bytes())
    except FileNotFoundError:
        raise BadInput(f"{source}: is not there; restore it") from None


def task_labels(names: Iterable[str]) -> dict[str, str]:
    """A label of letters and digits for each protocol, no two the same.

    >>> task_labels(["deadline", "mask_soa", "masksoa"])
    {'deadline': 'deadline', 'mask_soa': 'masksoa', 'masksoa': 'masksoa2'}
    """
    found: dict[str, str] = {}
    for name in sorted(names):
        plain = label = re.sub("[^A-Za-z0-9]", "", name)
        number = 1
        while label in found.values():
            number += 1
            label = f"{plain}{number}"
        found[name] = label
    return found


def _taken(journal: Path) -> Taken:
    records = read_journal(journal)
    plan, protocol = planned(records, journal)
    codes = (plan.participant.removeprefix("sub-"), plan.session.removeprefix("ses-"))
    if plan.folder != journal.parent.name or plan.folder != "sub-{}_ses-{}".format(*codes):
        raise BadInput(
            f"{journal}: is that of {quoted(plan.folder)}, but lies in {quoted(journal.parent.name)}; give the folder "
            "its name back"
        )
    if not all(re.fullmatch("[A-Za-z0-9]+", code) for code in codes):
        raise BadInput(f"{journal}: {quoted(plan.folder)} is no sub-CODE_ses-LABEL of letters and digits")
    with at(journal):
        trials = tuple(trials_of(records, journal))
    begun = next((record for record in records if record["type"] == "start"), {})
    return Taken(journal=journal, plan=plan, protocol=protocol, state=status(records), begun=begun, trials=trials)


def _refuse_alike(sessions: Sequence[Taken]) -> None:
    """Refuse codes that Windows, and validators, take for the same."""
    known: dict[str, str] = {}
    for taken in sessions:
        code = taken.plan.participant
        if (other := known.setdefault(code.casefold(), code)) != code:
            raise BadInput(
                f"participants {other} and {code} differ in capital letters only, which other systems take for the "
                "same; move the sessions of one to another study"
            )


def _reason(taken: Taken, *, partial: bool, leave_simulated: bool) -> Reason | None:
    if leave_simulated and taken.plan.simulated:
        return "simulated"
    if taken.state != "complete" and not partial:
        return taken.state
    return None if taken.trials else "without trials"


_CURES: Mapping[Reason, str] = {
    "unfinished": "go on with `askew session resume`, or take what there is with --partial",
    "aborted": "take what there is with --partial",
    "without trials": "they ended before the first",
    "simulated": "take them beside people's with --simulated",
}


def _left_out(why: Mapping[Reason, Sequence[str]]) -> Iterator[str]:
    for reason, names in why.items():
        some = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
        yield f"{len(names)} {reason} ({some}): {_CURES[reason]}"


def _pictures(study: Study) -> dict[str, Picture]:
    """The study's pictures as far as there is a manifest; sessions are what counts, and they know what was shown."""
    if not os.path.lexists(study.manifest):
        return {}
    return {picture.image_id: picture for picture in read_manifest(study.manifest)}


def groups_of(sessions: Iterable[Taken]) -> list[str]:
    """The groups of all trials, each once, in their order."""
    return [*Counter(trial.group for taken in sessions for trial in taken.trials)]
