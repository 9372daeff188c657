"""`askew report`: the comparison of a study as one page of HTML, with its tables and figures beside it.

What computes and draws is imported when the command runs, so that its help comes at once.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from askew.errors import BadInput, WrongCall
from askew.files import encoded, refuse_special
from askew_analysis.backend import import_matplotlib
from askew_analysis.gathering import (
    BoundOption,
    FormulaOption,
    Gathered,
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
from askew_analysis.results import files_of
from askew_analysis.results_folder import ResultsFolder
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
    compare` writes them; beside a page of another name, in NAME-files/. Everything is the same again for the same data
    and seed.
    """
    import_matplotlib()
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
    place, folder = _places(gathered, out)
    gathered.refuse_input(place)
    _refuse_place(place)
    folder.refuse_unusable()
    with working("comparing"):
        found = compare(gathered.trials, gathered.plan)
    evidence = Evidence.of(gathered, found)
    with working("drawing figures"):
        files = files_of(found, figures=True)
    told = build(evidence)  # shows a bar of its own where there are many pictures
    figures = {Path(name).stem: content.decode() for name, content in files.items() if name.endswith(".svg")}
    beside = "" if folder.path == place.parent else f"{folder.path.name}/"
    page = Path(os.path.relpath(place, folder.path)).as_posix()
    files[page] = encoded(as_html(told, figures, beside), str(place))
    # Everything is known now, so nothing that was there is lost to an error above; the page comes last.
    folder.replace(files, ("tables", "figures", page), evidence.provenance)
    typer.echo(f"report: {place}")


def _places(gathered: Gathered, out: Path | None) -> tuple[Path, ResultsFolder]:
    """Where the page goes, and its tables and figures: into the study, or into a folder of the page's own."""
    own = gathered.folder
    if own and (out is None or os.path.realpath(out) == os.path.realpath(own.path / NAME)):
        return own.path / NAME, own
    if out is None:
        what = "tables of trials have" if gathered.study else "several studies, or tables of no study, have"
        raise BadInput(f"{what} no folder for results; name the file to write with --out report.html")
    return out, ResultsFolder(out.with_name(f"{out.stem}-files"))


def _refuse_place(place: Path) -> None:
    """Refuse, before anything is computed, a place that no page can be written to."""
    if place.suffix.lower() not in {".html", ".htm"}:
        raise WrongCall(f"--out {place}: is no page; name a file that ends in .html, such as {NAME}")
    if place.is_dir():
        raise BadInput(f"{place}: is a folder where the page has to be; name a file, such as {place / NAME}")
    refuse_special(place)
