"""`askew compare`: reads trials, computes every statistic, writes JSON, tables and figures, and says the gist.

What computes and draws is imported when the command runs, so that its help comes at once.
"""

import json
import math
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from askew.errors import BadInput, WrongCall, counted
from askew.files import write_text
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
from askew_analysis.results import as_json, files_of, provenance
from askew_analysis.results_folder import ResultsFolder
from askew_stimuli.commandline import command
from askew_stimuli.progress import working

if TYPE_CHECKING:
    from askew_analysis.comparison import Comparison


def compare(words: list[str]) -> int:
    """Compare people and models: accuracy, tests, error consistency, mixed model."""
    if words[-1:] == ["--json"]:  # of other commands it is a flag
        raise WrongCall("--json: name the file to write, as in --json comparison.json")
    return command(_compare, "askew compare", words, "askew compare my-study --json comparison.json")


def _compare(
    trials: TrialsArgument,
    *,
    json_out: Annotated[
        Path | None, typer.Option("--json", help="Write the results to this file as JSON.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for tables (CSV) and figures (SVG, PDF, PNG) [default: results/ of a study]."),
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
    figures: Annotated[bool, typer.Option(help="Draw the figures.")] = True,
) -> None:
    """Compare people and models on the trials of a study, or on tables of trials.

    Accuracy with intervals, the planned t tests (or all) with Holm's correction, effect sizes and equivalence, error
    consistency of each pair of observers with intervals and differences of group means, a mixed model with observers
    and pictures, pictures one by one, response times. What could not be computed is said, with the reason.
    """
    import_matplotlib()
    from askew_analysis.comparison import compare as compared  # noqa: PLC0415

    for place in (json_out, out):
        _refuse_place(place, folder=place is out)
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
    folder = _folder(gathered, out)
    for place in (json_out, out):
        if place is not None:
            gathered.refuse_input(place)
    if folder is not None:
        folder.refuse_unusable()
        if json_out is not None and folder.holds(json_out):
            raise BadInput(f"--json {json_out}: is among the tables and figures of {folder.path}; name another file")
    with working("comparing"):
        found = compared(gathered.trials, gathered.plan)
    source = provenance(gathered)
    files = {}
    if folder is not None:
        with working("drawing figures" if figures else "making tables"):
            files = files_of(found, figures=figures)
    if json_out is not None:
        write_text(json_out, json.dumps(as_json(found, source), indent=1, allow_nan=False) + "\n")
    print(summary(found))
    if json_out is not None:
        print(f"results: {json_out}")
    if folder is not None:
        parts = ("tables", "figures") if figures else ("tables",)
        others = folder.replace(files, parts, source)
        print(f"{' and '.join(parts)}: {folder.path}")
        if others:
            told = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
            print(f"left there of another comparison: {told}; askew report makes all of them anew")


def summary(found: "Comparison") -> str:
    """The gist for a person, in a screenful."""
    lines = [*found.notes, ""] if found.notes else []
    lines += [f"accuracy ({100 * found.plan.level:g}% interval)", *_accuracies(found)]
    if found.plan.contrasts:
        lines += ["", "comparisons of accuracy that study.toml declares (a minus b, t test, p after Holm's correction)"]
        for row in found.tests.itertuples():
            where = row.condition if isinstance(row.condition, str) else row.group
            told = f"  {row.a} - {row.b} ({where}): {row.effect:+.1%} "
            known = f"[{row.ci_low:+.1%}, {row.ci_high:+.1%}]  p {_p(row.p_holm)}"
            lines.append(told + (known if math.isfinite(row.p) else f"({row.note})"))
    if not found.group_consistency.empty:
        how = ", mean of the conditions" if found.consistency and found.consistency.within else ""
        lines += ["", f"error consistency: mean kappa over pairs ({', '.join(found.consistency_conditions)}{how})"]
        if not found.group_consistency["n_pairs"].any():
            lines.append("  no pair of observers has a kappa; the JSON says why")
        for row in found.group_consistency.itertuples():
            pair = row.a if row.a == row.b else f"{row.a} x {row.b}"
            if row.n_pairs:
                number = "1 pair" if row.n_pairs == 1 else f"{row.n_pairs} pairs"
                without = f", {row.n_undefined} undefined" if row.n_undefined else ""
                lines.append(f"  {pair}: {row.mean:.3f} [{row.ci_low:.3f}, {row.ci_high:.3f}]  {number}{without}")
    for fit in found.exposure or ():
        if math.isfinite(fit.threshold_ms):
            known = f"{fit.threshold_ms:.0f} ms [{fit.ci_low:.0f}, {fit.ci_high:.0f}]"
            lines += ["", f"viewing time, {fit.where['condition']}: half of the rise from guessing at {known}"]
    if found.mixed is not None:
        programs = "simulated" in found.kinds.values() and "human" not in found.kinds.values()
        whose = "simulated observers'" if programs else "people's"
        lines += ["", f"mixed model of {whose} answers, in logits: {found.mixed.formula}"]
        for row in found.mixed.terms.itertuples():
            if math.isfinite(row.estimate):
                term = re.sub(r"C\((\w+)(, Treatment\([^)]*\))?\)", r"\1", row.term)
                lines.append(f"  {term}: {row.estimate:.2f} [{row.ci_low:.2f}, {row.ci_high:.2f}] p {_p(row.p)}")
        known_sds = {"observers": found.mixed.sd_observer, "pictures": found.mixed.sd_stimulus}
        sds = [f"{name} {value:.2f}" for name, value in known_sds.items() if math.isfinite(value)]
        lines.append(f"  standard deviations: {', '.join(sds) or 'none'}")
    return "\n".join(lines)


def _accuracies(found: "Comparison") -> Iterator[str]:
    """A line for each group and condition; it says on how few answers it rests where some are lacking."""
    width, wide = (max(map(len, found.accuracy[name])) for name in ("group", "condition"))
    for row in found.accuracy.itertuples():
        where = f"  {row.group:<{width}}  {row.condition:<{wide}}  "
        lacking = f"{row.n_unanswered:,} without"
        if not row.n_observers:
            yield f"{where}{row.method} ({counted(row.n_unanswered, 'trial')})"
            continue
        told = f"{row.mean:6.1%}  [{row.ci_low:.1%}, {row.ci_high:.1%}]  {counted(row.n_observers, 'observer')}"
        if row.n_unanswered and found.plan.missing == "drop":
            told += f", {counted(row.n_trials, 'answer')} ({lacking})"
        elif row.n_unanswered:
            told += f", {counted(row.n_trials, 'trial')} ({lacking} an answer, counted as not right)"
        yield where + told


def _p(value: float) -> str:
    return "< .001" if value < 0.001 else f"= {value:.3f}"


def _folder(gathered: Gathered, out: Path | None) -> ResultsFolder | None:
    own = gathered.folder
    if out is None or (own and os.path.realpath(out) == os.path.realpath(own.path)):
        return own
    return ResultsFolder(out)


def _refuse_place(place: Path | None, *, folder: bool) -> None:
    """Refuse, before anything is computed, a place that could not be written to."""
    if place is None:
        return
    option = "--out" if folder else "--json"
    if str(place) == "-" or (str(place) == "." and not folder):
        what = "a folder for tables and figures, such as results" if folder else "a file, such as comparison.json"
        raise WrongCall(f"{option} {place}: name {what}")
    if folder and os.path.lexists(place) and not place.is_dir():
        raise BadInput(f"{place}: is a file; name a folder for tables and figures")
    if not folder and place.exists() and not place.is_file():
        raise BadInput(f"{place}: is there and is no ordinary file; name a file to write")
