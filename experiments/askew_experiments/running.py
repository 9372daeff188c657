"""A session with a person: the lab's machine is opened and looked at, and then the session runs on it."""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from askew.errors import BadInput, one_line
from askew.files import sha256
from askew.study import Study
from askew_experiments.boxes import merged
from askew_experiments.chain import make_folder
from askew_experiments.derive import write_trial_tables
from askew_experiments.devices import DeviceHooks, open_devices
from askew_experiments.journal import Journal, journals, session_folder, status
from askew_experiments.looking import looked_at
from askew_experiments.opening import CODE, begin_session, checked_code, plan_session
from askew_experiments.plan import Plan
from askew_experiments.preflight import Check
from askew_experiments.progress import Progress
from askew_experiments.resuming import goes_on, refuse_changed
from askew_experiments.screen import Words
from askew_experiments.session import End, Session
from askew_experiments.sitting import Sitting, opened
from askew_experiments.starting import note_start
from askew_experiments.things import WRAP_DEG, ink_on, things

if TYPE_CHECKING:
    from askew_experiments.window import Window

WRAPPED = 0.9  # of the window's width: texts are wrapped at it where it is narrow


@dataclass(frozen=True)
class Ended:
    """How a session with a person ended. `trouble` is why tables of trials could not be written."""

    journal: Path
    end: End
    trials: int
    total: int
    trouble: str | None


def run(sitting: Sitting, participant: str | None, session: str | None) -> Ended:
    """A new session; the participant's code is asked for on the screen where it is not given."""
    material = sitting.material
    with opened(sitting) as window:
        who = participant or window.ask(sitting.texts.text("code"), CODE, sitting.texts.text("code_form"))
        if who is None:
            raise BadInput("no participant's code was given, so nothing was begun")
        name = f"sub-{checked_code(who, 'participant')}"
        label = label_of(material.study, name, session)
        found = looked_at(sitting, window)
        plan = plan_session(material, name, label, utc=window.utc())
        # It begins only when all that it needs is there, or its participant would be lost with it.
        with (
            _ready(sitting, window, plan, session_folder(material.study.root, name, label), done=0) as hooks,
            begin_session(material.study, plan, window.utc()) as journal,
        ):
            return _on(sitting, window, journal, hooks, found)


def resume(sitting: Sitting, journal: Journal) -> Ended:
    """A session that was broken off, from the first trial without an answer on."""
    plan = Plan.of(journal.records[0], journal.path)
    refuse_changed(plan, sitting.material, journal, sitting.options.override)
    with opened(sitting) as window:
        found = looked_at(sitting, window)
        done = len(Progress.of(journal.records).finished)
        with _ready(sitting, window, plan, journal.folder, done) as hooks:
            return _on(sitting, window, journal, hooks, found)


@contextmanager
def _ready(sitting: Sitting, window: "Window", plan: Plan, folder: Path, done: int) -> Iterator[DeviceHooks]:
    """The devices open, and all loaded that the session shows; BadInput where something is not as it was planned."""
    material, protocol = sitting.material, sitting.material.protocol
    make_folder(folder)  # for gaze
    try:
        with closing(open_devices(sitting.lab.attached, window.now, folder, sitting.lab.display)) as hooks:
            hooks.eyes.calibrate()
            ink = ink_on(sitting.background)
            window.show(Words(sitting.texts.text("wait"), protocol.display.text_deg, colour=ink))
            window.load(
                things(
                    plan,
                    protocol,
                    sitting.texts,
                    pictures=material.manifest.parent,
                    practice=material.practice_folder,
                    ink=ink,
                    wrap_deg=min(WRAP_DEG, WRAPPED * window.size_px[0] / sitting.lab.display.px_per_deg),
                    done=done,
                )
            )
            if sitting.options.override is None:
                refuse_other_pictures(plan, material.manifest.parent, material.practice_folder)
            yield hooks
    finally:
        with suppress(OSError):
            folder.rmdir()  # which is left where the session did not begin


def refuse_other_pictures(plan: Plan, pictures: Path, practice: Path) -> None:
    """Refuse pictures that were changed after they were checked, and may have been loaded so."""
    for folder, trials in ((pictures, plan.trials), (practice, plan.practice)):
        files = {(trial.file, trial.sha256) for trial in trials}
        files |= {(trial.mask_file, trial.mask_sha256) for trial in trials if trial.masked}
        for name, digest in sorted((name, digest) for name, digest in files if name and digest):
            if sha256(folder / name) != digest:
                raise BadInput(f"{folder / name}: was changed since it was checked; restore it, then call this again")


def _on(sitting: Sitting, window: "Window", journal: Journal, hooks: DeviceHooks, found: Sequence[Check]) -> Ended:
    """Run what is left of a session that is ready."""
    plan = Plan.of(journal.records[0], journal.path)
    note_start(journal, plan, sitting.texts, window, **_facts(sitting, window, found), devices=hooks.facts())
    screen = merged(window, hooks.box)
    session = Session(screen, journal, plan, sitting.material.protocol, hooks, unattended=False)
    try:
        end = session.run()
    except KeyboardInterrupt:  # as safe as the key that quits, only that a picture may have been seen
        state = status(journal.records)
        end = "stopped" if state == "unfinished" else state
        if end == "stopped":
            session.note_stop()
    finished = len(Progress.of(journal.records).finished)
    return Ended(journal.path, end, finished, len(plan.trials), _untabled(sitting.material.study))


def _untabled(study: Study) -> str | None:
    """Write tables of trials. What goes wrong there is no fault of the session, which is in its journal."""
    try:
        write_trial_tables(study)
    except BadInput as error:
        return str(error)
    except OSError as error:
        return one_line(error)
    return None


def _facts(sitting: Sitting, window: "Window", found: Sequence[Check]) -> dict[str, Any]:
    shown = window.facts()
    versions = {name: its for name, its in shown.pop("versions").items() if its}
    period = window.period
    lab = {name: its for name, its in vars(sitting.lab.display).items() if its is not None}
    return {
        "versions": versions,
        "display": {**shown, "hz": round(1 / period, 4), "period_ms": round(period * 1000, 5), "lab": lab},
        "keyboard": window.keyboard_facts(),
        "checks": [vars(check) for check in found],
        "override": sitting.options.override,
    }


def label_of(study: Study, participant: str, session: str | None) -> str:
    """The label of a new session; an unfinished one of the same participant is gone on with first."""
    theirs = [path for path in journals(study.root) if path.parent.name.startswith(f"{participant}_")]
    left = [path.parent.name for path in theirs if goes_on(path)]
    if left:
        raise BadInput(
            f"{participant}: has left {left[0]} unfinished; go on with `askew session resume "
            f"{shlex.quote(str(study.root))} --session {left[0]}`, or end it with `askew session abort`"
        )
    if session is not None:
        return f"ses-{checked_code(session, 'session')}"
    taken = {path.parent.name.removeprefix(f"{participant}_") for path in theirs}
    return next(label for number in count(len(theirs) + 1) if (label := f"ses-{number:02d}") not in taken)
