"""What happened when in a session: each phase of each trial, and each key, on one time line.

Times are those of flips and keys, on the screen's clock. A session that was gone on with later has several such clocks;
what lies between is known by the time of day only.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from askew_experiments.derive import Records
from askew_experiments.exporting import Taken
from askew_experiments.rows import seconds
from askew_experiments.runs import began_ms
from askew_experiments.variables import TRIAL, Variable

EVENT = (
    Variable(
        "onset",
        "time since the first flip of the session's first trial, by flips and keys; where the session was broken off "
        "and gone on with, the time between by the computer's time of day",
        "s",
    ),
    Variable("duration", "how long it was on the screen, from flip to flip; 0 for keys", "s"),
    *(variable for variable in TRIAL if variable.name in {"trial_type", "trial", "stimulus"}),
    Variable(
        "event",
        "what happened",
        "",
        {
            "shown": "a phase of the trial came on the screen",
            "answer": "a key that chose a label",
            "early": "a key that would have, before answers counted",
            "late": "a key that would have, after answers counted",
            "misclick": "a key that stands for no label and ended the trial",
            "anticipation": "an answer's key too soon to be an answer to the labels",
            "other": "another key, or an answer's key after the answer",
        },
    ),
    Variable("phase", "name of the phase that came on the screen"),
    Variable("key", "the key that was pressed"),
    *(variable for variable in TRIAL if variable.name == "simulated"),
)
_KEYS = {"ok": "answer", "early": "early", "late": "late", "misclick": "misclick"}


def events(taken: Taken, records: Records) -> list[dict[str, Any]]:
    """The events of a session's trials, in the order of their onsets; none of practice or broken attempts."""
    began = began_ms(records)
    first = min(began.values())
    zero = next(phase.name for phase in taken.protocol.phases if phase.answers)
    found: list[tuple[float, dict[str, Any]]] = []
    for trial, _, record in taken.told(records):
        shared = {
            "trial_type": trial.condition,
            "trial": trial.index,
            "stimulus": trial.stimulus,
            "simulated": taken.plan.simulated,
        }
        for ms, lasted, what in _happened(record, zero):
            onset = round(began[record["index"]] - first + ms, 3)
            found.append((onset, {"onset": seconds(onset), "duration": seconds(lasted), **shared, **what}))
    return [event for _, event in sorted(found, key=lambda each: each[0])]


def _happened(record: Mapping[str, Any], zero: str) -> Iterator[tuple[float, float, dict[str, Any]]]:
    """Onset (from the trial's first flip) and duration in ms of each thing that happened in a trial."""
    shown = [(name, times[0]) for name, times in record["flips"].items() if times]
    for (name, onset), (_, after) in pairwise(shown):
        yield onset, after - onset, {"event": "shown", "phase": name, "key": None}
    zero_ms = dict(shown).get(zero, 0.0)
    if record["key"] is not None and record["rt_ms"] is not None:
        yield zero_ms + record["rt_ms"], 0, {"event": _KEYS[record["verdict"]], "phase": None, "key": record["key"]}
    for name, presses in (("anticipation", record["anticipations"]), ("other", record["other_keys"])):
        for press in presses:
            yield zero_ms + press["ms"], 0, {"event": name, "phase": None, "key": press["key"]}
