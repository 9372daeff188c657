"""`askew report`: the comparison of a study as one page of HTML, with its tables and figures beside it.

What computes and draws is imported when the command runs, so that its help comes at once.
"""

import logging
from pathlib import Path
from typing import Annotated

import typer

from askew.errors import BadInput
from askew.files import refuse_special, write_text
from askew_analysis.gathering import (
    BoundOption,
    FormulaOption,
    InvalidTimingOption,
    LevelOption,
    MissingOption,
    ResampleOption,
    ResamplesOption,
    SeedOption,
    SimulatedOption,
    TrialsArgument,
    gather,
)
from askew_analysis.results import write_results
from askew_stimuli.commandline import command
from askew_stimuli.progress import working

NAME = "report.html"


def report(words: list[str]) -> int:
    """Write the report of a study: one page of HTML that needs no network, with figures and tables."""
    return command(_report, "askew report", words, "askew report my-study")


def _report(
    trials: TrialsArgument,
    *,
    out: Annotated[
        Path | None,
        typer.Option(help="The file to write [default: results/report.html of a study].", show_default=False),
    ] = None,
    seed: SeedOption = None,
    resamples: ResamplesOption = 10_000,
    resample: ResampleOption = "images",
    missing: MissingOption = "drop",
    level: LevelOption = 0.95,
    bound: BoundOption = 0.05,
    formula: FormulaOption = None,
    invalid_timing: InvalidTimingOption = False,
    simulated: SimulatedOption = False,
) -> None:
    """Write the report of a study, or of tables of trials, as one HTML file that opens from disk.

    It tells the design, the timing, accuracy, error consistency, the planned comparisons, the mixed model, each network
    and each picture, and what was left out. Beside it come tables/ (CSV) and figures/ (SVG, PDF, PNG), as `askew
    compare` writes them. Everything is the same again for the same data and seed.
    """
    # A cache that matplotlib cannot write is no news for the analyst; it says so when it is imported.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    from askew_analysis.comparison import compare  # noqa: PLC0415
    from askew_analysis.report.evidence import Evidence  # noqa: PLC0415
    from askew_analysis.report.page import as_html  # noqa: PLC0415
    from askew_analysis.report.whole import build  # noqa: PLC0415

    if out is not None:
        _refuse_place(out)
    gathered = gather(
        trials,
        simulated=simulated,
        seed=seed,
        resamples=resamples,
        resample=resample,
        missing=missing,
        level=level,
        bound=bound,
        formula=formula,
        invalid_timing=invalid_timing,
    )
    place = out or _place(gathered.study.root if gathered.study and gathered.is_folder else None)
    with working("comparing"):
        found = compare(gathered.trials, gathered.plan)
    with working("writing tables and figures"):
        figures = write_results(found, place.parent, figures=True)
    told = build(Evidence.of(gathered, found))  # shows a bar of its own where there are many pictures
    write_text(place, as_html(told, figures))
    typer.echo(f"report: {place}")


def _place(root: Path | None) -> Path:
    if root is None:
        raise BadInput("tables of trials have no folder for results; name the file to write with --out report.html")
    return root / "results" / NAME


def _refuse_place(place: Path) -> None:
    """Refuse, before anything is computed, a place that no page can be written to."""
    if place.suffix.lower() not in {".html", ".htm"}:
        raise BadInput(f"--out {place}: is no page; name a file that ends in .html, such as {NAME}")
    if place.is_dir():
        raise BadInput(f"--out {place}: is a folder; name a file in it, such as {place / NAME}")
    refuse_special(place)
