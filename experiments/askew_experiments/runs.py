"""The runs of the program that a session took. Each has a screen's clock of its own, which the next does not know."""

from collections.abc import Iterator

from askew_experiments.derive import Records
from askew_experiments.progress import Record
from askew_experiments.steps import BLANK
from askew_experiments.virtual import moment


def by_run(records: Records) -> Iterator[tuple[int, Record]]:
    """Each record with the number of the run that it was written in, from 1; 0 before the first."""
    run = 0
    for record in records:
        run += record["type"] in {"start", "resume"}
        yield run, record


def began_ms(records: Records) -> dict[int, float]:
    """When each trial began, by its index, on one time line: by flips within a run, by the time of day between runs.

    What is done between a trial's last flip and the record's time of day may take long, so it counts once a run only.
    """
    found: dict[int, float] = {}
    ahead: dict[int, float] = {}  # how far the time of day is, in each run, before the screen's clock
    for run, record in by_run(records):
        if record["type"] == "trial":
            ended = record["began_s"] * 1000 + record["flips"][BLANK][0]
            found[record["index"]] = record["began_s"] * 1000 + ahead.setdefault(
                run, moment(record["utc"]).timestamp() * 1000 - ended
            )
    return found
