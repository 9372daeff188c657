"""`askew session run`, `resume` and `abort`: sessions with people."""

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from askew.errors import BadInput, quoted
from askew_experiments.simulate_command import JsonOption, ProtocolOption, StudyArgument

if TYPE_CHECKING:
    from askew_experiments.running import Ended
    from askew_experiments.sitting import Options

RUN_EXAMPLE = "askew session run my-study --protocol unusual_poses_40ms --participant 07"
RESUME_EXAMPLE = "askew session resume my-study --session sub-07_ses-01"
ABORT_EXAMPLE = "askew session abort my-study --session sub-07_ses-01 --reason 'did not feel well'"

LEAST_REASON = 3  # characters

LabOption = Annotated[
    Path | None,
    typer.Option(
        "--lab", help="The file that declares the lab's machine [default: lab.toml of the study].", show_default=False
    ),
]
WindowedOption = Annotated[bool, typer.Option("--windowed", help="In a window, for trying out.")]
PacedOption = Annotated[
    float | None,
    typer.Option(
        "--paced",
        min=20,
        max=500,
        help="For trying out where flips do not wait: pace them at so many Hz.",
        show_default=False,
    ),
]
OverrideOption = Annotated[
    str | None,
    typer.Option("--override", help="Why to go on although a check fails; it is recorded.", show_default=False),
]


def run(
    study: StudyArgument,
    *,
    protocol: ProtocolOption,
    participant: Annotated[
        str | None,
        typer.Option(help="The participant's code, never a name [default: asked on the screen].", show_default=False),
    ] = None,
    session: Annotated[
        str | None, typer.Option(help="Label of the session [default: the next].", show_default=False)
    ] = None,
    lab: LabOption = None,
    windowed: WindowedOption = False,
    paced: PacedOption = None,
    override: OverrideOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a session with a participant.

    The machine is checked first, and what would spoil the data refused. Everything is planned before the first trial,
    and every trial is on the disk before the next: what breaks off goes on with `askew session resume`. Exit status 1
    if the session did not come to its end.
    """
    from askew_experiments import running  # noqa: PLC0415
    from askew_experiments.opening import Material, checked_code  # noqa: PLC0415
    from askew_experiments.sitting import Sitting  # noqa: PLC0415

    options = _options(lab, windowed, paced, override)
    for given, what in ((participant, "participant"), (session, "session")):
        if given is not None:
            checked_code(given, what)
    sitting = Sitting.of(Material.of(study, protocol), options)
    _tell(running.run(sitting, participant, session), study, as_json)


def resume(
    study: StudyArgument,
    *,
    session: Annotated[
        str | None, typer.Option(help="The session's folder [default: the one that is unfinished].", show_default=False)
    ] = None,
    lab: LabOption = None,
    windowed: WindowedOption = False,
    paced: PacedOption = None,
    override: OverrideOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go on with a session that broke off, at the first trial without an answer.

    A picture that may have been seen is shown again and marked, or left out, as the protocol says.
    """
    from askew.study import Study  # noqa: PLC0415
    from askew_experiments import resuming, running  # noqa: PLC0415
    from askew_experiments.journal import Journal  # noqa: PLC0415
    from askew_experiments.sitting import Sitting  # noqa: PLC0415

    options = _options(lab, windowed, paced, override)
    opened = Study.open(study)
    with Journal.open(resuming.unfinished(opened, session)) as journal:
        sitting = Sitting.of(resuming.material_of(journal, opened), options)
        _tell(running.resume(sitting, journal), study, as_json)


def abort(
    study: StudyArgument,
    *,
    session: Annotated[str, typer.Option(help="The session's folder, as in sub-07_ses-01.", show_default=False)],
    reason: Annotated[str, typer.Option(help="Why; it is recorded. Name nobody.", show_default=False)],
) -> None:
    """End an unfinished session for good; its number goes to the next participant."""
    from askew.study import Study  # noqa: PLC0415
    from askew_experiments.journal import Journal, status  # noqa: PLC0415
    from askew_experiments.resuming import unfinished  # noqa: PLC0415
    from askew_experiments.virtual import now_utc  # noqa: PLC0415

    _check_reason("reason", reason)
    with Journal.open(unfinished(Study.open(study), session)) as journal:
        if (state := status(journal.records)) != "unfinished":
            raise BadInput(f"{journal.folder}: is {state} already, so there is nothing to end")
        journal.append("abort", now_utc(), reason=reason)
    typer.echo(f"{journal.folder}: ended; its trials stay in the journal, and its number is free again")


def _options(lab: Path | None, windowed: bool, paced: float | None, override: str | None) -> "Options":
    from askew_experiments.sitting import Options  # noqa: PLC0415

    if override is not None:
        _check_reason("override", override)
    return Options(lab=lab, full_screen=not windowed, paced_hz=paced, override=override)


def _check_reason(option: str, given: str) -> None:
    if len(given.strip()) < LEAST_REASON:
        raise BadInput(f"--{option}: {quoted(given)} is given; give a reason that a reader of the data will understand")


def _tell(ended: "Ended", study: Path, as_json: bool) -> None:
    name = ended.journal.parent.name
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "session": name,
                    "end": ended.end,
                    "trials": ended.trials,
                    "planned": ended.total,
                    "trouble": ended.trouble,
                },
                indent=2,
            )
        )
    elif ended.end == "complete":
        typer.echo(f"{name}: complete, {ended.trials} trials; next: askew session qc {shlex.quote(str(study))}")
    elif ended.end == "stopped":
        again = f"askew session resume {shlex.quote(str(study))} --session {name}"
        typer.echo(
            f"{name}: stopped after {ended.trials} of {ended.total} trials, all of them saved; go on with: {again}"
        )
    else:
        typer.echo(f"{name}: ended in the practice, whose criterion was not met; its number is free again")
    if ended.trouble and not as_json:
        typer.echo(f"note: tables of trials are not all written: {ended.trouble}")
    raise typer.Exit(0 if ended.end == "complete" else 1)
