"""How far a session has come, read from its journal. Pure: whoever resumes, checks or exports asks here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Record = Mapping[str, Any]


@dataclass
class Progress:
    """What is done, and what may have been seen without an answer."""

    finished: set[int] = field(default_factory=set)  # indices with a trial, or skipped
    attempts: dict[int, int] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)  # indices whose picture may have been seen in an attempt that broke off
    rounds: int = 0  # of practice, finished
    practised: bool = False
    consented: bool = False
    started: bool = False  # a run of the program has begun it
    complete: bool = False
    aborted: bool = False
    last_utc: str = ""

    @classmethod
    def of(cls, records: Iterable[Record]) -> "Progress":
        """The progress of a session."""
        progress = cls()
        open_index: int | None = None
        for record in records:
            kind = record["type"]
            if kind in {"resume", "start", "begin"} and open_index is not None:
                progress.seen.add(open_index)  # nobody knows how far it came
                open_index = None
            if kind == "begin":
                open_index = record["index"]
                progress.attempts[open_index] = record["attempt"]
            elif kind == "pause" and open_index is not None:
                if record["seen"]:
                    progress.seen.add(open_index)
                open_index = None
            elif kind in {"trial", "skipped"}:
                progress.finished.add(record["index"])
                open_index = None
            else:
                progress._note(kind, record)
            if kind != "repair":  # which says when somebody opened the journal again, not when the session was left
                progress.last_utc = record["utc"]
        if open_index is not None:
            progress.seen.add(open_index)
        return progress

    def _note(self, kind: str, record: Record) -> None:
        if kind == "start":
            self.started = True
        elif kind == "consent":
            self.consented = True
        elif kind == "round":
            self.rounds = record["round"]
            self.practised = record["passed"]
        elif kind == "state" and record["state"] == "ready":
            self.practised = True
        elif kind == "end":
            self.complete = True
        elif kind == "abort":
            self.aborted = True
