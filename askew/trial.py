"""The record: one observer's answer to one picture, the same for people and models.

Everything that is said about trials elsewhere (file header, codebook, dtypes) comes from `Trial`. Knows nothing of
how pictures are made, shown or scored.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from askew import sidecar
from askew.column import SEPARATOR, Column
from askew.errors import BadCell, brief, quoted
from askew.repeats import refuse_repeats
from askew.sidecar import Sidecar
from askew.table import Table

Kind = Literal["human", "model", "simulated"]
Outcome = Literal["answered", "timeout", "misclick", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One observer's answer to one picture.

    >>> trial = Trial(observer="sim_1", kind="simulated", group="40ms", stimulus="mug_rotated", condition="rotated",
    ...               offered=("mug", "hammer"), truth="mug", choice="hammer", rt_ms=612.5, requested_ms=40.0)
    >>> trial.correct
    False
    """

    observer: Annotated[str, Column("participant code or model name; never a person's name")]
    kind: Annotated[
        Kind, Column("who answered: `human`, `model`, or `simulated` for a program that plays a participant")
    ]
    group: Annotated[str, Column("the group in comparisons: `40ms`, `150ms`, `unlimited`, `networks`, `vlms`, ...")]
    session: Annotated[
        str | None, Column("label of the session; empty where an observer has just one, as models do")
    ] = None
    index: Annotated[
        int | None, Column("place of the trial in its session; empty where the order is unknown", low=0)
    ] = None
    set: Annotated[
        str | None,
        Column("name of the stimulus set; observers of the same name in two sets may be two people", may_lack=True),
    ] = None
    stimulus: Annotated[str, Column("id of the picture in the stimulus manifest")]
    condition: Annotated[
        str,
        Column("`upright`, `rotated-correct`, `rotated-incorrect`, or whatever the set declares; always a label"),
    ]
    presentation: Annotated[
        str | None,
        Column(
            "how picture and labels were shown: `alone-first` (the picture by itself until a key, then the labels) or "
            "`with-labels` (together), or whatever the protocol declares; empty where unknown",
            may_lack=True,
        ),
    ] = None
    offered: Annotated[
        tuple[str, ...],
        Column(
            f"the labels that could be chosen, in the order shown, joined by `{SEPARATOR}`; where the order is unknown "
            "or means nothing (a network has none), the sidecar says so"
        ),
    ]
    truth: Annotated[str, Column("label of the object in the picture; one of `offered`")]
    choice: Annotated[str | None, Column("label chosen, one of `offered`; empty where there was none")] = None
    outcome: Annotated[
        Outcome,
        Column(
            "`answered`, or why there is no choice: `timeout` (none in time), `misclick` (a key that means none), "
            "`refused` (a model that would not or could not say). Kept apart from a wrong answer"
        ),
    ] = "answered"
    rt_ms: Annotated[
        float | None,
        Column("time to the answer, from the zero that `rt_source` names; empty for models", "ms", low=0),
    ] = None
    rt_source: Annotated[
        str | None, Column("zero and clock of `rt_ms`; empty where a source does not state them, and for models")
    ] = None
    requested_ms: Annotated[
        float | None, Column("exposure asked for; empty where it was unlimited, and for models", "ms", low=0)
    ] = None
    achieved_ms: Annotated[
        float | None,
        Column(
            "exposure measured, from the flips of the display; in imported data as the source reports it (the sidecar "
            "says so); empty where only the request is known, and for models",
            "ms",
            low=0,
        ),
    ] = None
    timing_valid: Annotated[
        bool | None,
        Column(
            "`false` where the achieved exposure is off by half a frame or more from the whole frames planned, or the "
            "picture may have been seen before, in an attempt that broke off; empty where unknown"
        ),
    ] = None
    margin: Annotated[
        float | None,
        Column("models: score of the truth minus the best other offered label, in the model's own units"),
    ] = None

    def __post_init__(self) -> None:
        """Refuse what could never be analysed."""
        TRIALS.check(self)
        _check_offer(self.offered, self.truth)
        _check_choice(self)

    @property
    def who(self) -> tuple[str | None, str]:
        """The observer, told apart from a namesake in another stimulus set."""
        return self.set, self.observer

    @property
    def correct(self) -> bool | None:
        """Whether the choice is the truth; None where there was no choice. Never stored."""
        return None if self.choice is None else self.choice == self.truth


TRIALS = Table(Trial, "trials", derived=("correct",))


def read_trials(path: Path | str) -> Iterator[Trial]:
    """Read the trials of one file, checking every row, in memory that does not grow with the file's text.

    Two answers of one observer in one session to one stimulus are refused, and so is a file that differs from what
    its sidecar says was written. Repeats are known only at the end, so act on the trials once the reading is through.
    """
    path = Path(path)
    sidecar.check(path)
    return repeats_refused([path])


def write_trials(path: Path | str, trials: Iterable[Trial], facts: Sidecar | None = None) -> int:
    """Write trials as CSV, with a sidecar of the session's facts if there are any; returns the number of trials."""
    return sidecar.write_table(TRIALS, Path(path), trials, facts)


def repeats_refused(paths: Sequence[Path]) -> Iterator[Trial]:
    """The trials of all files; an observer, a session and a stimulus may occur together once."""
    return refuse_repeats(
        paths,
        TRIALS.numbered,
        lambda trial: (trial.who, trial.session, trial.stimulus),
        "the same observer, session and stimulus; keep one, or give a repetition its own session label",
    )


@lru_cache(maxsize=4096)
def _check_offer(offered: tuple[str, ...], truth: str) -> None:
    if len(offered) < 2 or len({*offered}) < len(offered):
        raise BadCell(
            "offered", f"{_joined(offered)!r} is no choice; offer two or more different labels, joined by '|'"
        )
    if truth not in offered:
        raise BadCell("truth", f"{quoted(truth)} was not offered; offered: {_joined(offered)}")


def _check_choice(trial: Trial) -> None:
    if trial.choice is not None and trial.choice not in trial.offered:
        raise BadCell(
            "choice", f"{quoted(trial.choice)} was not offered; offered: {_joined(trial.offered)}, or nothing"
        )
    if trial.outcome == "answered" and trial.choice is None:
        raise BadCell(
            "choice", "is empty, but the outcome is answered; give the choice, or timeout, misclick or refused"
        )
    if trial.outcome != "answered" and trial.choice is not None:
        raise BadCell("choice", f"{quoted(trial.choice)} contradicts the outcome {trial.outcome}; leave it empty")


def _joined(labels: Iterable[str]) -> str:
    return brief(SEPARATOR.join(labels))
