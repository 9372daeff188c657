"""`askew session tables`: the tables of trials, made again from the journals."""

import json

import typer

from askew_experiments.simulate_command import JsonOption, StudyArgument

EXAMPLE = "askew session tables my-study"


def tables(study: StudyArgument, *, as_json: JsonOption = False) -> None:
    """Make the tables of trials of all complete sessions, which can be deleted, from their journals.

    A table that is there already, of the same journal, is left alone. Run, resume and simulate do this by themselves.
    """
    from askew.study import Study  # noqa: PLC0415
    from askew_experiments.derive import write_trial_tables  # noqa: PLC0415
    from askew_experiments.journal import journals_of  # noqa: PLC0415

    opened = Study.open(study)
    journals_of(opened.root)  # refuses a study without any
    written = [path.relative_to(opened.root).as_posix() for path in write_trial_tables(opened)]
    if as_json:
        typer.echo(json.dumps({"written": written}, indent=2))
    else:
        typer.echo(f"{study}: {len(written):,} tables written, {len(opened.trial_files()):,} there")
