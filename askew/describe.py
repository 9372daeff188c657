"""`askew describe`: what is in a study, counted after every trial of it has been read and checked."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from askew.command import Words
from askew.study import Study
from askew.table import header_and_rows
from askew.trial import Trial

SHARES = (
    "Shares of right answers are of all answers in the cell together, trials without an answer left out; figures in "
    "papers may weigh observers equally, or count no answer as wrong."
)
Cell = tuple[str, str | None, str, str, str | None]
# Why there is no answer, and one and several of them in words.
MISSING = {
    "timeout": ("without an answer in time", "without an answer in time"),
    "misclick": ("mis-click", "mis-clicks"),
    "refused": ("refusal", "refusals"),
}


@dataclass
class Tally:
    """The trials of one group in one condition, and who gave them."""

    trials: int = 0
    right: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    observers: set[tuple[str | None, str]] = field(default_factory=set)
    sessions: set[tuple[str | None, str, str | None]] = field(default_factory=set)

    def add(self, trial: Trial) -> None:
        """Count one trial."""
        self.trials += 1
        self.right += trial.correct is True
        self.outcomes[trial.outcome] += 1
        self.observers.add(trial.who)
        self.sessions.add((*trial.who, trial.session))

    @property
    def share_right(self) -> float | None:
        """Right answers among all answers; None without answers."""
        answered = self.outcomes["answered"]
        return self.right / answered if answered else None


def describe(words: list[str]) -> int:
    """Say what is in a study: pictures, observers, sessions, trials."""
    parser = Words(
        prog="askew describe",
        description=f"{describe.__doc__} {SHARES}",
        epilog="example: askew describe my-study --json",
    )
    parser.add_argument("study", type=Path, help="a study folder")
    parser.add_argument("--json", action="store_true", help="write JSON, for programs")
    given = parser.parse_args(words)
    facts = summary(Study.open(given.study))
    print(json.dumps(facts, indent=2) if given.json else as_text(facts))
    return 0


def summary(study: Study) -> dict[str, Any]:
    """Everything `askew describe` says, as one object."""
    cells = tally(study.trials())
    kinds: dict[str, Tally] = {}
    for (kind, *_), cell in cells.items():
        total = kinds.setdefault(kind, Tally())
        total.trials += cell.trials
        total.outcomes += cell.outcomes
        total.observers |= cell.observers
        total.sessions |= cell.sessions
    return {
        "study": str(study.root),
        "name": study.name,
        "title": study.title,
        "pictures": _pictures(study.manifest),
        "trial_files": len(study.trial_files()),
        "kinds": [{"kind": kind, **_counts(total)} for kind, total in sorted(kinds.items())],
        "cells": [
            {"kind": kind, "set": name, "group": group, "condition": condition}
            | {"presentation": presentation, **_counts(cell), "right_of_answered": cell.share_right}
            for (kind, name, group, condition, presentation), cell in sorted(
                cells.items(), key=lambda item: [natural(part or "") for part in item[0]]
            )
        ],
    }


def tally(trials: Iterable[Trial]) -> dict[Cell, Tally]:
    """Count trials by kind, set, group, condition and presentation."""
    cells: dict[Cell, Tally] = {}
    for trial in trials:
        cell = (trial.kind, trial.set, trial.group, trial.condition, trial.presentation)
        cells.setdefault(cell, Tally()).add(trial)
    return cells


def as_text(facts: dict[str, Any]) -> str:
    """The summary for a person."""
    title = f": {facts['title']}" if facts["title"] else ""
    lines = [f"{facts['name']}{title}", _counted(facts["pictures"], "picture", "pictures")]
    lines += [kind_line(kind) for kind in facts["kinds"]]
    if any(kind["kind"] == "simulated" for kind in facts["kinds"]):
        lines.append("simulated observers are programs, not people")
    lines += ["", *_columns(facts["cells"])] if facts["cells"] else ["no trials yet"]
    return "\n".join(lines)


def kind_line(kind: dict[str, Any]) -> str:
    """How many trials observers of one kind gave, and how many of those are no answers.

    >>> kind_line({"kind": "human", "trials": 2352, "observers": 24, "sessions": 48, "timeout": 0, "misclick": 1,
    ...            "refused": 0})
    '2,352 human trials of 24 observers in 48 sessions, 1 mis-click'
    """
    trials = _counted(kind["trials"], f"{kind['kind']} trial", f"{kind['kind']} trials")
    observers = _counted(kind["observers"], "observer", "observers")
    sessions = _counted(kind["sessions"], "session", "sessions")
    missing = [_counted(kind[outcome], *words) for outcome, words in MISSING.items() if kind[outcome]]
    return ", ".join([f"{trials} of {observers} in {sessions}", *missing])


def natural(text: str) -> list[tuple[bool, int, str]]:
    """A key that sorts 40ms before 150ms."""
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in re.split(r"(\d+)", text)]


def _counted(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def _pictures(manifest: Path) -> int:
    """How many pictures there are; `askew stimuli check` looks at them."""
    if not os.path.lexists(manifest):
        return 0
    return sum(1 for _ in header_and_rows(manifest, "a manifest has one row for each picture")[1])


def _counts(cell: Tally) -> dict[str, int]:
    return {
        "observers": len(cell.observers),
        "sessions": len(cell.sessions),
        "trials": cell.trials,
        **{outcome: cell.outcomes[outcome] for outcome in MISSING},
    }


def _columns(cells: list[dict[str, Any]]) -> list[str]:
    """The cells as aligned lines; a column that says the same of all of them is left out."""
    words = ["set", "group", "condition", "presentation"]
    shown = [word for word in words if word in {"group", "condition"} or len({cell[word] for cell in cells}) > 1]
    if len({tuple(cell[word] for word in shown) for cell in cells}) < len(cells):
        shown = ["kind", *shown]  # people and programs in one group
    header = [*shown, "observers", "trials", "right of answers"]
    rows = [
        [
            *(cell[word] or "" for word in shown),
            str(cell["observers"]),
            f"{cell['trials']:,}",
            "" if cell["right_of_answered"] is None else f"{cell['right_of_answered']:.1%}",
        ]
        for cell in cells
    ]
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    return [
        "  ".join(
            f"{text:<{width}}" if i < len(shown) else f"{text:>{width}}"
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (header, *rows)
    ]
