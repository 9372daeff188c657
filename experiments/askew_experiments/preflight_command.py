"""`askew session preflight`: is this machine able to show a protocol, and is everything there?"""

import json

import typer

from askew_experiments.run_command import LabOption, PacedOption, WindowedOption
from askew_experiments.simulate_command import JsonOption, ProtocolOption, StudyArgument

EXAMPLE = "askew session preflight my-study --protocol unusual_poses_40ms"


def preflight(
    study: StudyArgument,
    *,
    protocol: ProtocolOption,
    lab: LabOption = None,
    windowed: WindowedOption = False,
    paced: PacedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check display, keyboard, disk and pictures for a protocol, as a session does before it begins.

    Measures the refresh rate and says what each duration becomes in whole frames. Without a lab.toml, writes one with
    what the machine says of itself. Exit status 1 if a session would be refused.
    """
    from askew_experiments import looking  # noqa: PLC0415
    from askew_experiments.opening import Material  # noqa: PLC0415
    from askew_experiments.sitting import Options  # noqa: PLC0415

    options = Options(lab=lab, full_screen=not windowed, paced_hz=paced)
    found, written = looking.look(Material.of(study, protocol), options)
    failed = sum(check.failed for check in found)
    if as_json:
        facts = {"ready": not failed and written is None, "wrote": str(written) if written else None}
        typer.echo(json.dumps({**facts, "checks": [vars(check) for check in found]}, indent=2))
    else:
        for check in found:
            mark = {True: "ok  ", False: "FAIL", None: "note"}[check.ok]
            typer.echo(f"{mark}  {check.code}: {check.said}")
        if written:
            typer.echo(
                f"{written}: written, with what this machine says; measure what it asks for, then call this again"
            )
        else:
            typer.echo(f"{failed} of {len(found)} checks failed" if failed else "ready")
    raise typer.Exit(int(bool(failed) or written is not None))
