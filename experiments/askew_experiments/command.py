"""The command of this part: `askew session`.

What does the work is imported when an act is called, so that help comes at once and needs no PsychoPy.
"""

from collections.abc import Callable

from askew_stimuli.commandline import commands


def session(words: list[str]) -> int:
    """Run sessions with people, simulate them, check their timing, export them."""
    return commands(acts(), "askew session", "Sessions with people, and what is left of them.", words)


def acts() -> dict[str, tuple[Callable[..., None], str]]:
    """What it does, by the word for it, each with an example."""
    from askew_experiments import (  # noqa: PLC0415
        export_command,
        preflight_command,
        qc_command,
        run_command,
        simulate_command,
        tables_command,
    )

    return {
        "preflight": (preflight_command.preflight, preflight_command.EXAMPLE),
        "run": (run_command.run, run_command.RUN_EXAMPLE),
        "resume": (run_command.resume, run_command.RESUME_EXAMPLE),
        "abort": (run_command.abort, run_command.ABORT_EXAMPLE),
        "simulate": (simulate_command.simulate, simulate_command.EXAMPLE),
        "tables": (tables_command.tables, tables_command.EXAMPLE),
        "qc": (qc_command.qc, qc_command.EXAMPLE),
        "export": (export_command.export, export_command.EXAMPLE),
    }
