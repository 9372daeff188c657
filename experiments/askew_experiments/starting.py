"""The record with which each run of a session begins: what it was run on, and the texts that hold for all of it."""

import platform
from typing import Any

from askew import __version__
from askew_experiments.journal import Journal
from askew_experiments.plan import Plan
from askew_experiments.progress import Progress
from askew_experiments.screen import Screen
from askew_experiments.steps import frames_of
from askew_experiments.texts import Texts


def note_start(journal: Journal, plan: Plan, texts: Texts, screen: Screen, **more: Any) -> None:
    """Write down that a session begins, or goes on."""
    kind = "resume" if Progress.of(journal.records).started else "start"
    total = len(plan.trials)
    facts = {
        "versions": {"askew": __version__, "python": platform.python_version(), **more.pop("versions", {})},
        "system": platform.system(),
        "frames": {name: frames_of(ms, screen.period) for name, (ms, _) in texts.protocol.durations.items()},
        "texts": {name: texts.text(name, total=total) for name in ("consent", "instructions")},
    }
    journal.append(kind, screen.utc(), **facts, **more)
