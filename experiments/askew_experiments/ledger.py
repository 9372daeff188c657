"""Which participant has which number: with it, and the part that a session is, a design says what the session shows.

Numbers are given out in a stream, a series of protocols whose sessions must not show the same person the same thing.
They are in `sessions/ledger.jsonl`, a line for each session, written before the session's own journal begins.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, fields
from itertools import count
from pathlib import Path

from askew.errors import BadInput, quoted
from askew.lock import held
from askew_experiments.chain import Chain, Record, make_folder, read
from askew_experiments.journal import NAME, journals, read_journal, session_folder, status

LEDGER = "ledger.jsonl"
TAIL = 4096  # bytes at the end of a journal, in which its last record begins
WAIT_S = 60.0  # each takes a few hundredths of a second, so dozens may start at once


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """One session's place in a stream. `part` counts the participant's sessions in it, from 0."""

    participant: str
    session: str
    protocol: str
    stream: str
    number: int
    part: int
    simulated: bool


def read_ledger(study_root: Path) -> list[Assignment]:
    """Every assignment of a study, in the order in which they were made; none where there is no ledger."""
    path = study_root / "sessions" / LEDGER
    return _assignments(read(path)[0]) if path.exists() else []


def assignments(study_root: Path) -> list[Assignment]:
    """The same, and those that only a journal tells, as when studies are put together or the ledger is lost."""
    return _known(study_root, read_ledger(study_root))


def assign(
    study_root: Path,
    *,
    participant: str,
    session: str,
    protocol: str,
    stream: str,
    sessions: int,
    simulated: bool,
    utc: str,
) -> Assignment:
    """Give a session its number and part, of a stream of so many `sessions` for each participant.

    A participant keeps their number through a stream. A new one gets the lowest that is free: nobody has it, or all
    sessions of those who have it were aborted. People and simulated participants are counted apart. Asked again for
    a session that has not begun, it answers the same.
    """
    _refuse_names(participant, session)
    folder = study_root / "sessions"
    make_folder(folder)
    path = folder / LEDGER
    with held(folder / "ledger.lock", str(path), wait_s=WAIT_S), closing(Chain(path, may_begin=True)) as chain:
        chain.mend(utc)
        known = _known(study_root, _assignments(chain.records))
        theirs = [its for its in known if its.participant.casefold() == participant.casefold()]
        _refuse_mistaken(theirs, participant, session, simulated=simulated)
        if again := [its for its in theirs if its.session == session]:
            _refuse_begun(study_root, again[0], protocol, stream)
            return again[0]
        before = [its for its in theirs if its.stream == stream]
        if len(before) >= sessions:
            every = f"all {sessions} sessions" if sessions > 1 else "the one session"
            raise BadInput(f"{participant} has had {every} of {stream}; give another participant's code")
        rivals = [its for its in known if its.stream == stream and its.simulated == simulated]
        given = Assignment(
            participant=participant,
            session=session,
            protocol=protocol,
            stream=stream,
            number=before[0].number if before else _lowest_free(study_root, rivals),
            part=len(before),
            simulated=simulated,
        )
        chain.append("assign", utc, asdict(given))
        return given


def _assignments(records: Iterable[Record]) -> list[Assignment]:
    names = [field.name for field in fields(Assignment)]
    return [Assignment(**{name: its[name] for name in names}) for its in records if its["type"] == "assign"]


def _known(study_root: Path, listed: Sequence[Assignment]) -> list[Assignment]:
    """The assignments of the ledger, and those that only a journal tells."""
    names = {(its.participant, its.session) for its in listed}
    strangers: list[Assignment] = []
    for path in journals(study_root):
        if tuple(path.parent.name.split("_", 1)) not in names:
            strangers += _assignments([_told(path)])
    return [*listed, *(its for its in strangers if (its.participant, its.session) not in names)]


def _told(path: Path) -> Record:
    """What a journal's plan tells of the session's assignment."""
    plan = read_journal(path)[0]
    try:
        told = {field.name: plan[field.name] for field in fields(Assignment)}
        return {**told, "type": "assign", "protocol": plan["protocol"]["name"]}
    except (KeyError, TypeError) as error:
        raise BadInput(f"{path}, line 1: the plan lacks {error}; restore it from a backup") from None


def _lowest_free(study_root: Path, rivals: Iterable[Assignment]) -> int:
    holders: dict[int, list[Assignment]] = {}
    for its in rivals:
        holders.setdefault(its.number, []).append(its)
    return next(number for number in count() if all(_aborted(study_root, its) for its in holders.get(number, ())))


def _aborted(study_root: Path, its: Assignment) -> bool:
    path = session_folder(study_root, its.participant, its.session) / NAME
    if not path.is_file() or _ends(path) or b'\n{"type":"abort",' not in path.read_bytes():
        return False  # said of most without checking every line
    return status(read_journal(path)) == "aborted"


def _ends(path: Path) -> bool:
    """Whether a journal plainly is that of a complete session; of hundreds, only the ends are read."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - TAIL))
        return b'\n{"type":"end",' in stream.read()


def _refuse_names(participant: str, session: str) -> None:
    for what, name, start in (("participant", participant, "sub-"), ("session", session, "ses-")):
        if not re.fullmatch(rf"{start}[A-Za-z0-9]{{1,30}}", name):
            raise BadInput(f"{what} {quoted(name)}: has to be {start} and 1 to 30 letters a to z or digits")


def _refuse_mistaken(theirs: Iterable[Assignment], participant: str, session: str, *, simulated: bool) -> None:
    """Refuse names that a file system may take for others, and a code that stands for a person and a program."""
    for its in theirs:
        if its.participant != participant:
            raise BadInput(
                f"participant {participant}: {its.participant} is a code already, and some systems take both for the "
                f"same; give {its.participant} if it is the same participant, or another code"
            )
        if its.simulated != simulated:
            who = "a simulated participant" if its.simulated else "a person"
            raise BadInput(f"participant {participant}: is the code of {who} already; give another code")
        if its.session != session and its.session.casefold() == session.casefold():
            raise BadInput(
                f"session {session} of {participant}: {its.session} is there already, and some systems take both for "
                "the same; give another --session"
            )


def _refuse_begun(study_root: Path, its: Assignment, protocol: str, stream: str) -> None:
    which = f"session {its.session} of {its.participant}"
    if (session_folder(study_root, its.participant, its.session) / NAME).exists():
        raise BadInput(f"{which}: is there already; resume it with `askew session resume`, or give another --session")
    if (its.protocol, its.stream) != (protocol, stream):
        raise BadInput(
            f"{which}: was given to the protocol {its.protocol} (stream {its.stream}), not {protocol} (stream "
            f"{stream}); give that protocol, or another --session"
        )
