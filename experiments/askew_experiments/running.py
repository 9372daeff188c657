"""A session with a person: the lab's machine is opened and looked at, and then the session runs on it."""

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from askew.errors import BadInput
from askew.files import sha256
from askew.study import Study
from askew_experiments.boxes import merged
from askew_experiments.derive import write_trial_tables
from askew_experiments.devices import open_devices
from askew_experiments.journal import Journal, journals, read_journal, status
from askew_experiments.labfile import LabFile, read_lab_file
from askew_experiments.opening import CODE, Material, checked_code, open_session
from askew_experiments.plan import Plan
from askew_experiments.preflight import Check, disk_checks, display_checks, keyboard_check, picture_checks
from askew_experiments.progress import Progress
from askew_experiments.screen import Colour
from askew_experiments.session import End, Session
from askew_experiments.simulating import start_facts
from askew_experiments.texts import Texts, read_texts
from askew_experiments.things import ink_on, things
from askew_experiments.virtual import moment

if TYPE_CHECKING:
    from askew_experiments.window import Window

KEY_WAIT_S = 30.0
SYNCS = 7
SYNCED_BYTES = 20_000  # of a trial


@dataclass(frozen=True)
class Options:
    """How the machine is opened, and what is let pass."""

    lab: Path | None = None
    full_screen: bool = True
    paced_hz: float | None = None
    override: str | None = None


@dataclass(frozen=True)
class Sitting:
    """All that a session with a person takes, besides the window."""

    material: Material
    lab: LabFile
    texts: Texts
    background: Colour
    options: Options

    @classmethod
    def of(cls, material: Material, options: Options) -> "Sitting":
        """What study and options say, checked, before a window covers the screen."""
        texts = read_texts(material.protocol, material.study.root / "protocols")
        return cls(material, lab_of(material, options), texts, background_of(material), options)


@dataclass(frozen=True)
class Ended:
    """How a session with a person ended."""

    journal: Path
    end: End
    trials: int
    total: int


class Refused(BadInput):
    """A check failed and nobody overrode it."""


def run(sitting: Sitting, participant: str | None, session: str | None) -> Ended:
    """A new session; the participant's code is asked for on the screen where it is not given."""
    with opened(sitting) as window:
        who = participant or window.ask(sitting.texts.text("code"), CODE, "1 to 30 letters and digits, never a name")
        if who is None:
            raise BadInput("no participant's code was given, so nothing was begun")
        name = f"sub-{checked_code(who, 'participant')}"
        label = _label(sitting.material.study, name, session)
        found = looked_at(sitting, window)
        journal, plan = open_session(sitting.material, name, label, utc=window.utc())
        with journal:
            return _on(sitting, window, journal, plan, found)


def resume(sitting: Sitting, journal: Journal) -> Ended:
    """A session that was broken off, from the first trial without an answer on."""
    plan = Plan.of(journal.records[0], journal.path)
    refuse_changed(plan, sitting, journal)
    with opened(sitting) as window:
        return _on(sitting, window, journal, plan, looked_at(sitting, window))


def unfinished(study: Study, name: str | None) -> Path:
    """The folder of the session to go on with: the one named, or the only one that is unfinished."""
    if name is not None:
        folder = study.root / "sessions" / name
        if not (folder / "journal.jsonl").is_file():
            known = ", ".join(path.parent.name for path in journals(study.root)[:5]) or "none"
            raise BadInput(f"{study.root}: has no session {name}; sessions: {known}")
        return folder
    found = [path for path in journals(study.root) if _goes_on(path)]
    if len(found) != 1:
        names = ", ".join(path.parent.name for path in found)
        why = f"{len(found)} are unfinished: {names}; name one with --session" if found else "no session is unfinished"
        raise BadInput(f"{study.root}: {why}")
    return found[0].parent


def refuse_changed(plan: Plan, sitting: Sitting, journal: Journal) -> None:
    """Refuse to go on with a session that is over, of a program, too old, or whose material has changed."""
    material, state = sitting.material, status(journal.records)
    if state != "unfinished":
        raise BadInput(
            f"{journal.folder}: is {state}, so there is nothing to go on with; `askew session run` begins another"
        )
    if plan.simulated:
        raise BadInput(f"{journal.folder}: is of a simulated participant; `askew session simulate` goes on with it")
    name = plan.protocol.name
    if plan.protocol.sha256 != material.protocol.sha256:
        raise BadInput(
            f"{journal.path}: was planned with another text of {name}.toml, which its first record has; put that text "
            "back to go on, or end the session with `askew session abort`"
        )
    if plan.manifest["sha256"] != sha256(material.manifest):
        raise BadInput(f"{journal.path}: was planned with another {material.manifest}; restore that file to go on")
    hours = (datetime.now(timezone.utc) - moment(Progress.of(journal.records).last_utc)).total_seconds() / 3600
    allowed = material.protocol.head.resume_within_h
    if hours > allowed and sitting.options.override is None:
        raise BadInput(
            f"{journal.path}: was left {hours:.1f} h ago, and the protocol allows {allowed:g}; go on with --override "
            "and a reason, or end it with `askew session abort`"
        )


@contextmanager
def opened(sitting: Sitting) -> Iterator["Window"]:
    """The window, closed again whatever happens."""
    from askew_experiments.window import Window  # noqa: PLC0415  PsychoPy comes with it

    options = sitting.options
    window = Window(
        sitting.lab.display,
        background=sitting.background,
        full_screen=options.full_screen,
        paced_hz=options.paced_hz,
        tone=any(phase.signal == "tone" for phase in sitting.material.protocol.phases),
    )
    try:
        yield window
    finally:
        window.close()


def looked_at(sitting: Sitting, window: "Window") -> list[Check]:
    """Every check of machine and material; BadInput where one fails and nobody overrode it."""
    found = checks(sitting, window)
    failed = [check for check in found if check.failed]
    if failed and sitting.options.override is None:
        more = f" (and {len(failed) - 1} more; `askew session preflight` lists them)" if len(failed) > 1 else ""
        raise BadInput(
            f"{failed[0].code}: {failed[0].said}{more}. To go on nevertheless, give --override and a reason, which is "
            "recorded"
        )
    return found


def checks(sitting: Sitting, window: "Window") -> list[Check]:
    """Every check of machine and material."""
    material, protocol = sitting.material, sitting.material.protocol
    found = [*display_checks(protocol, sitting.lab.display, window.measured_refresh(), window.facts())]
    silent = window.alive(protocol.response.keys, KEY_WAIT_S, sitting.texts.text("press"))
    found.append(keyboard_check(window.keyboard_facts(), silent))
    found += disk_checks(sync_times(material.study.root), shutil.disk_usage(material.study.root).free / 1e6)
    shown = protocol.design.conditions
    pictures = [picture for picture in material.pictures if shown is None or picture.condition in shown]
    found += picture_checks(material.manifest.parent, pictures, masked=protocol.masked)
    if protocol.practice:
        found += picture_checks(material.practice_folder, material.practice, masked=False)
    return found


def sync_times(folder: Path) -> list[float]:
    """How many ms it takes to bring as much as a trial has to the disk, several times."""
    place = folder / f".askew-sync-{os.getpid()}"
    times = []
    try:
        with place.open("wb") as stream:
            for _ in range(SYNCS):
                begun = time.perf_counter()
                stream.write(b"\0" * SYNCED_BYTES)
                stream.flush()
                os.fsync(stream.fileno())
                times.append((time.perf_counter() - begun) * 1000)
    finally:
        place.unlink(missing_ok=True)
    return times


def background_of(material: Material) -> Colour:
    """The colour of the screen: the protocol's, or the one that all pictures have."""
    if material.protocol.display.background:
        red, green, blue = material.protocol.display.background
        return red, green, blue
    colours = {picture.background_rgb for picture in material.pictures}
    if len(colours) != 1 or None in colours:
        raise BadInput(
            f"{material.manifest}: its pictures have no background in common; say which colour the screen has, as in "
            f"background = [128, 128, 128] in [display] of {material.protocol.name}.toml"
        )
    red, green, blue = next(colour for colour in colours if colour)
    return red, green, blue


def _on(sitting: Sitting, window: "Window", journal: Journal, plan: Plan, found: Sequence[Check]) -> Ended:
    """Load everything, and run what is left of a session."""
    material, protocol = sitting.material, sitting.material.protocol
    with ExitStack() as stack:
        hooks = open_devices(sitting.lab.attached, window.now, journal.folder, sitting.lab.display)
        stack.callback(hooks.close)
        hooks.eyes.calibrate()
        window.load(
            things(
                plan,
                protocol,
                sitting.texts,
                pictures=material.manifest.parent,
                practice=material.practice_folder,
                ink=ink_on(sitting.background),
            )
        )
        fresh = not any(record["type"] == "start" for record in journal.records)
        facts = _facts(sitting, window, found, hooks.facts())
        journal.append("start" if fresh else "resume", window.utc(), **facts)
        end = Session(merged(window, hooks.box), journal, plan, protocol, hooks, unattended=False).run()
    write_trial_tables(material.study)
    return Ended(journal.path, end, len(Progress.of(journal.records).finished), len(plan.trials))


def _facts(sitting: Sitting, window: "Window", found: Sequence[Check], devices: dict[str, Any]) -> dict[str, Any]:
    shown = window.facts()
    versions = {name: its for name, its in shown.pop("versions").items() if its}
    period = window.period
    lab = {name: its for name, its in vars(sitting.lab.display).items() if its is not None}
    return start_facts(
        sitting.material.protocol,
        window,
        versions=versions,
        display={**shown, "hz": round(1 / period, 4), "period_ms": round(period * 1000, 5), "lab": lab},
        keyboard=window.keyboard_facts(),
        devices=devices,
        checks=[vars(check) for check in found],
        override=sitting.options.override,
    )


def lab_of(material: Material, options: Options) -> LabFile:
    """What the study or the caller declares of the machine."""
    path = options.lab or material.study.root / "lab.toml"
    lab = read_lab_file(path)
    lab.attached.check_keys(material.protocol.response, path)
    return lab


def _label(study: Study, participant: str, session: str | None) -> str:
    """The label of a new session; an unfinished one of the same participant is gone on with first."""
    theirs = [path for path in journals(study.root) if path.parent.name.startswith(f"{participant}_")]
    left = [path.parent.name for path in theirs if _goes_on(path)]
    if left:
        raise BadInput(
            f"{participant}: has left {left[0]} unfinished; go on with `askew session resume {study.root} --session "
            f"{left[0]}`, or end it with `askew session abort`"
        )
    if session is not None:
        return f"ses-{checked_code(session.removeprefix('ses-'), 'session')}"
    return f"ses-{len(theirs) + 1:02d}"


def _goes_on(path: Path) -> bool:
    records = read_journal(path)
    return status(records) == "unfinished" and not records[0]["simulated"]
