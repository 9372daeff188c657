"""Which session is gone on with, and whether it may be: what it was planned with has to be there, unchanged."""

from datetime import datetime, timezone
from pathlib import Path

from askew.errors import BadInput, meant, quoted
from askew.files import sha256
from askew.study import Study
from askew_experiments.journal import Journal, journals, read_journal, status
from askew_experiments.opening import Material
from askew_experiments.plan import Plan
from askew_experiments.progress import Progress
from askew_experiments.shelf import FOLDER, bundled_protocols
from askew_experiments.virtual import moment

LISTED = 5  # sessions, in a message
AHEAD_H = 0.1  # so far may the clocks of two computers differ


def unfinished(study: Study, name: str | None) -> Path:
    """The folder of the session to go on with: the one named, or the only one that is unfinished."""
    if name is not None:
        return _named(study, name)
    found = [path for path in journals(study.root) if goes_on(path)]
    if len(found) != 1:
        why = "no session is unfinished; `askew session run` begins one"
        if found:
            names = ", ".join(path.parent.name for path in found)
            why = f"{len(found)} are unfinished: {names}; name one with --session"
        raise BadInput(f"{study.root}: {why}")
    return found[0].parent


def goes_on(path: Path) -> bool:
    """Whether a journal is that of a person's session that can be gone on with."""
    records = read_journal(path)
    return status(records) == "unfinished" and not records[0]["simulated"]


def material_of(journal: Journal, study: Study) -> Material:
    """The material of a session that is to be gone on with; BadInput where it is over, a program's, or has lost it."""
    plan, state = Plan.of(journal.records[0], journal.path), status(journal.records)
    if state != "unfinished":
        raise BadInput(
            f"{journal.folder}: is {state}, so there is nothing to go on with; `askew session run` begins another"
        )
    if plan.simulated:
        raise BadInput(f"{journal.folder}: is of a simulated participant; `askew session simulate` goes on with it")
    name = plan.protocol.name
    if name not in bundled_protocols() and not study.file(f"{FOLDER}/{name}.toml").is_file():
        raise BadInput(
            f"{journal.path}: was planned with {FOLDER}/{name}.toml, which is gone; put it back to go on (the first "
            "record has its text), or end the session with `askew session abort`"
        )
    return Material.of(study.root, name)


def refuse_changed(plan: Plan, material: Material, journal: Journal, override: str | None) -> None:
    """Refuse to go on with a session that is too old, unless that is overridden, or whose material has changed."""
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
    if override is None and not -AHEAD_H <= hours <= allowed:
        when = f"was left {hours:.1f} h ago" if hours > 0 else f"was left {-hours:.1f} h from now, by the clock here"
        clock = "" if hours > 0 else "set the clock, "
        raise BadInput(
            f"{journal.path}: {when}, and the protocol allows {allowed:g}; {clock}go on with --override and a reason, "
            "or end it with `askew session abort`"
        )


def _named(study: Study, name: str) -> Path:
    known = {path.parent.name: path.parent for path in journals(study.root)}
    folder = known.get(name.rstrip("/\\"))
    if folder is None:
        listed = f"{', '.join([*known][:LISTED]) or 'none'}{', ...' if len(known) > LISTED else ''}"
        raise BadInput(f"{study.root}: has no session {quoted(name)}{meant(name, known)}; sessions: {listed}")
    return folder
