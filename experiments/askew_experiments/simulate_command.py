"""`askew session simulate`: runs a protocol with simulated participants on a virtual clock."""

import json
import shlex
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from askew.errors import BadInput
from askew.study import MAX_SEED, Study
from askew.trial import repeats_refused

EXAMPLE = "askew session simulate my-study --protocol unusual_poses_40ms --participants 24"

StudyArgument = Annotated[Path, typer.Argument(help="a study folder", show_default=False, readable=False)]
ProtocolOption = Annotated[
    str,
    typer.Option(
        "--protocol", help="A protocol of the study or one that comes with askew, or a file.", show_default=False
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]


def simulate(
    study: StudyArgument,
    *,
    protocol: ProtocolOption,
    participants: Annotated[int, typer.Option(min=1, max=10_000, help="How many there are in the end.")] = 12,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=MAX_SEED, help="Of their answers [default: the study's].", show_default=False),
    ] = None,
    realtime: Annotated[
        float | None,
        typer.Option(min=0.001, max=100_000, help="Let the clock go at this many times real time.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Simulate sessions: the same protocol, design, journals and tables, with programs instead of people.

    Their answers come from an accumulation of evidence that unusual poses slow down, with lapses, anticipations, slips
    and pauses. Everything is marked as simulated. Called again it goes on with what is unfinished, and adds nothing to
    what is complete.
    """
    from askew_experiments.opening import Material  # noqa: PLC0415
    from askew_experiments.simulating import simulate, told  # noqa: PLC0415
    from askew_stimuli.progress import tracked  # noqa: PLC0415

    material = Material.of(study, protocol)
    total = participants * material.protocol.design.sessions
    runs = simulate(material, participants, material.study.seed if seed is None else seed, realtime)
    facts = told(list(tracked(runs, "simulating sessions", total)))
    masks = not material.protocol.masked or all(picture.mask_file for picture in material.pictures)
    if as_json:
        typer.echo(
            json.dumps({"study": str(study), "protocol": material.protocol.name, "simulated": True, **facts}, indent=2)
        )
        return
    if not masks:
        typer.echo("note: the set has no masks, so nothing was shown in their place; `askew stimuli masks` makes them")
    aborted = f", {facts['aborted']:,} aborted" if facts["aborted"] else ""
    of = f"{facts['complete']:,} of {facts['sessions']:,} simulated sessions"
    typer.echo(f"{study}: {of} complete, {facts['run_now']:,} run now{aborted}")
    typer.echo("simulated participants are programs, not people")
    if not material.study.simulated and not _has_people(material.study):
        typer.echo("compare and report take them with --simulated, or with simulated = true in study.toml")
    typer.echo(f"next: askew session qc {shlex.quote(str(study))}")


def _has_people(study: Study) -> bool:
    """Whether a table of trials begins with a person's; a table that cannot be read is told by who needs it."""
    for path in study.trial_files():
        with suppress(BadInput):
            if any(trial.kind == "human" for trial in islice(repeats_refused([path]), 1)):
                return True
    return False
