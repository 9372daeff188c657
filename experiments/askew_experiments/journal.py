"""What happened in a session, line by line, safe on the disk before the next thing happens.

A session is a folder `sessions/sub-CODE_ses-LABEL` in the study, and the authority on it is the file `journal.jsonl`
there. Its first line is the plan, which is whole or not there; from then on lines are added, and none is ever changed.
"""

import json
import os
import sys
from contextlib import ExitStack, suppress
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from askew.errors import BadInput, quoted
from askew.files import refuse_special
from askew.lock import held, may_write
from askew_experiments.chain import Chain, Record, make_folder, read, sealed, sync_folder, write_whole

SCHEMA = 1
NAME = "journal.jsonl"

Status = Literal["complete", "aborted", "unfinished"]


class Journal:
    """The journal of a session that this program runs; while it is open, no other program can run the session."""

    def __init__(self, folder: Path, chain: Chain, open_things: ExitStack) -> None:
        self.folder = folder
        self.path = chain.path
        self._chain = chain
        self._open_things = open_things

    @classmethod
    def create(cls, folder: Path, plan: Record, utc: str, *, durable: bool = True) -> "Journal":
        """Begin a session that has not begun before; `plan` holds the facts of the first line.

        Without `durable`, records outlive the program but not a power cut: for what can be simulated again.
        """
        if plan.get("schema") != SCHEMA:
            raise BadInput(f"a plan of schema {quoted(plan.get('schema'))} is given; this askew writes {SCHEMA}")
        line = sealed("plan", 0, utc, plan, before="")
        make_folder(folder)
        with ExitStack() as stack:
            _lock(stack, folder)
            _begin(folder / NAME, line)
            return cls._opened(stack, folder, utc, durable)

    @classmethod
    def open(cls, folder: Path, utc: str | None = None, *, durable: bool = True) -> "Journal":
        """Go on with a session. A torn last line is cut off, kept in journal.torn, and recorded (at `utc`, or now)."""
        if not (folder / NAME).exists():
            raise BadInput(f"{folder}: has no {NAME}, so no session began there; start one with `askew session run`")
        with ExitStack() as stack:
            _lock(stack, folder)
            return cls._opened(stack, folder, utc, durable)

    @classmethod
    def _opened(cls, stack: ExitStack, folder: Path, utc: str | None, durable: bool) -> "Journal":
        path = folder / NAME
        _refuse_newer(path)
        chain = Chain(path, durable=durable)
        stack.callback(chain.close)
        _refuse_planless(path, chain.records)
        chain.mend(utc or datetime.now(timezone.utc).isoformat(timespec="milliseconds"))
        return cls(folder, chain, stack.pop_all())

    @property
    def records(self) -> list[Record]:
        """Every record, as the file has it."""
        return self._chain.records

    def append(self, kind: str, utc: str, **facts: Any) -> Record:
        """Add a record; it is on the disk when this returns.

        An OSError (a full disk) leaves the journal as it was, and a later record can be added. Facts that JSON does
        not know, nan among them, are refused before anything is written.
        """
        return self._chain.append(kind, utc, facts)

    def restore(self) -> None:
        """Write the journal anew where it is gone; nothing where there is one, or where that cannot be done."""
        self._chain.restore()

    def close(self) -> None:
        """Let go of the session. Nothing is lost where this is never called."""
        self._open_things.close()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_journal(path: Path) -> list[Record]:
    """The records of a journal, checked, whoever is writing it; a torn last line is left out and left alone."""
    _refuse_newer(path)
    records, _ = read(path)
    _refuse_planless(path, records)
    return records


def status(records: list[Record]) -> Status:
    """How a session stands: `unfinished` may be resumed."""
    types = {record["type"] for record in records}
    return "complete" if "end" in types else "aborted" if "abort" in types else "unfinished"


def journals(study_root: Path) -> list[Path]:
    """The journals of a study, in the order of their folders' names; folders without one are no sessions."""
    found = (study_root / "sessions").glob(f"*/{NAME}")
    return sorted(path for path in found if path.is_file() and not path.parent.name.startswith("."))


def journals_of(study_root: Path) -> list[Path]:
    """The journals of a study that has some; BadInput says how to come by them."""
    if not (found := journals(study_root)):
        raise BadInput(
            f"{study_root}: has no sessions; run one with `askew session run`, or try `askew session simulate`"
        )
    return found


def session_folder(study_root: Path, participant: str, session: str) -> Path:
    """The folder of a session.

    >>> session_folder(Path("study"), "sub-01", "ses-01").as_posix()
    'study/sessions/sub-01_ses-01'
    """
    return study_root / "sessions" / f"{participant}_{session}"


def _lock(stack: ExitStack, folder: Path) -> None:
    stack.enter_context(held(folder / "journal.lock", str(folder)))


def _begin(path: Path, line: bytes) -> None:
    """Give a journal its first line, in one step. One that is there is never replaced."""
    part = path.with_suffix(".part")
    try:
        with may_write(path.parent):
            # Never emptied, for a run that was killed may have left it as a second name of a journal.
            part.unlink(missing_ok=True)
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            write_whole(handle, line)
        finally:
            os.close(handle)
        _name(part, path)
    except FileExistsError:
        raise BadInput(
            f"{path}: is there, so this session has begun; resume it with `askew session resume`, or give another "
            "--session"
        ) from None
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    sync_folder(path.parent)


def _name(part: Path, path: Path) -> None:
    """Give a file its name, unless that is taken: FileExistsError."""
    try:
        return os.link(part, path)
    except FileExistsError:
        raise
    except OSError:
        # Disks in the formats of cameras and sticks have no links. The lock is held, so nobody comes between.
        if sys.platform != "win32" and os.path.lexists(path):
            raise FileExistsError(path) from None
        part.rename(path)  # which Windows refuses where the name is taken


def _refuse_newer(path: Path) -> None:
    """Say that a newer askew wrote it, before its lines, which may have another form, are called damaged."""
    refuse_special(path)
    try:
        with path.open("rb") as stream:
            plan = json.loads(stream.readline())
        schema = plan.get("schema")
    except (OSError, ValueError, RecursionError, AttributeError):
        return  # whoever reads it next tells what is wrong
    if type(schema) is int and schema > SCHEMA:
        raise BadInput(f"{path}: written by askew journal {schema}, this askew knows journal {SCHEMA}; update askew")


def _refuse_planless(path: Path, records: list[Record]) -> None:
    if not records or records[0]["type"] != "plan" or records[0].get("schema") != SCHEMA:
        raise BadInput(f"{path}: does not begin with the plan of a session; restore it from a backup")
