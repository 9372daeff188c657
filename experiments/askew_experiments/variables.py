"""The columns that exports give a trial: the record's own and what else the journal knows of it, in seconds.

One declaration for all formats that need names, meanings, units and levels beside their tables.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from askew.column import SEPARATOR
from askew.trial import Trial
from askew_experiments.exporting import Taken
from askew_experiments.plan import PlannedTrial
from askew_experiments.rows import seconds

TRUTHS = {"true": "yes", "false": "no"}
CONDITIONS = {
    "upright": "the object as it usually stands",
    "rotated-correct": "the object turned, in a pose that the network which sorted the poses recognised",
    "rotated-incorrect": "the object turned, in a pose that the network which sorted the poses did not recognise",
}


@dataclass(frozen=True)
class Variable:
    """A column: what it means, its unit, and what its values mean where there are few."""

    name: str
    meaning: str
    unit: str = ""
    levels: Mapping[str, str] = field(default_factory=dict)


TRIAL = (
    Variable("trial", "place of the trial in its session, from 1"),
    Variable("block", "place of its block, from 1"),
    Variable("trial_type", "condition: the pose in which the object was shown"),
    Variable("group", "the group of the trial in comparisons, as a rule its exposure"),
    Variable("presentation", "how picture and labels were shown, where the protocol has a name for it"),
    Variable("stimulus", "id of the picture in the manifest of the pictures"),
    Variable("object", "the object shown; nobody sees one twice unless the protocol allows it"),
    Variable("offered", f"the labels that could be chosen, in the order of their keys, joined by {SEPARATOR}"),
    Variable("truth", "label of the object shown"),
    Variable("choice", "label chosen; missing where there was no answer that counts"),
    Variable(
        "correct", "whether the choice is the truth; missing where there was none, which is not wrong", "", TRUTHS
    ),
    Variable(
        "outcome",
        "whether there was an answer, and why not",
        "",
        {
            "answered": "a label was chosen",
            "timeout": "no answer in the time in which answers counted",
            "misclick": "a key that stands for no label ended the trial",
        },
    ),
    Variable(
        "verdict",
        "the same, with answers told apart that were given outside the time in which they counted",
        "",
        {
            "ok": "an answer that counts",
            "timeout": "no answer",
            "misclick": "a key that stands for no label ended the trial",
            "early": "an answer before the time in which answers counted",
            "late": "an answer after it",
        },
    ),
    Variable("key", "the key pressed, whether it counted or not"),
    Variable(
        "response_time",
        "time to the answer, from the zero that response_time_source names; missing where no answer counts",
        "s",
    ),
    Variable(
        "response_time_uncertainty",
        "how far off the response time may be, by how keys are read; with a keyboard it is too long, if anything",
        "s",
    ),
    Variable("response_time_source", "zero of the response time, and the clock of the keys"),
    Variable("masked", "whether a mask was shown; false also where the set has none to show", "", TRUTHS),
    Variable("exposure_requested", "how long the picture was to be shown; missing where it stayed until a key", "s"),
    Variable(
        "exposure_achieved",
        "how long it was: from the flip that showed it to the flip that took it away, by software time stamps; "
        "luminance was not measured",
        "s",
    ),
    Variable(
        "timing_valid",
        "whether it was less than half a frame off the whole frames that were planned; false also where the picture "
        "may have been seen before, and otherwise missing where it stayed until a key",
        "",
        TRUTHS,
    ),
    Variable("late_frames", "frames of the whole trial that came late by more than half a frame"),
    Variable("attempt", "how often the trial was begun: more than once where it was interrupted"),
    Variable(
        "seen_before", "whether the picture may have been seen before, in an attempt that was interrupted", "", TRUTHS
    ),
    Variable("anticipations", "presses of an answer's key too soon to be an answer to the labels"),
    Variable("other_keys", "presses of other keys, and of answers' keys after the answer"),
    Variable("simulated", "whether the participant is a program and not a person", "", TRUTHS),
)


def values(taken: Taken, trial: Trial, plan: PlannedTrial, record: Mapping[str, Any]) -> dict[str, Any]:
    """The values of all variables of one trial, by name; None where one is missing."""
    answered = trial.outcome == "answered"
    return {
        "trial": trial.index,
        "block": plan.block,
        "trial_type": trial.condition,
        "group": trial.group,
        "presentation": trial.presentation,
        "stimulus": trial.stimulus,
        "object": plan.object,
        "offered": SEPARATOR.join(trial.offered),
        "truth": trial.truth,
        "choice": trial.choice,
        "correct": trial.correct,
        "outcome": trial.outcome,
        "verdict": record["verdict"],
        "key": record["key"],
        "response_time": seconds(trial.rt_ms),
        "response_time_uncertainty": seconds(record["rt_uncertainty_ms"]) if answered else None,
        "response_time_source": trial.rt_source,
        "masked": plan.masked and not plan.lacks_mask,
        "exposure_requested": seconds(trial.requested_ms),
        "exposure_achieved": seconds(trial.achieved_ms),
        "timing_valid": trial.timing_valid,
        "late_frames": record["late"],
        "attempt": record["attempt"],
        "seen_before": record["seen_before"],
        "anticipations": len(record["anticipations"]),
        "other_keys": len(record["other_keys"]),
        "simulated": taken.plan.simulated,
    }


def levels(variable: Variable, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What the values of a variable mean: those declared, or the conditions that occur."""
    if variable.name != "trial_type":
        return dict(variable.levels)
    occur = dict.fromkeys(str(row["trial_type"]) for row in rows)
    return {name: CONDITIONS.get(name, f"{name}, a condition of the set") for name in occur}


def clocks_of(clocks: Mapping[str, str]) -> dict[str, str]:
    """What a session's times are measured from and by, under the names that the times have here."""
    names = {"rt_ms": "response_time", "achieved_ms": "exposure_achieved"}
    return {names.get(key, key): text.replace("rt_source", "response_time_source") for key, text in clocks.items()}
