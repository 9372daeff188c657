"""`askew compare`: reads trials, computes every statistic, writes JSON, tables and figures, and says the gist.

What computes and draws is imported when the command runs, so that its help comes at once.
"""

import json
import logging
import math
import os
import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from askew import __version__
from askew.errors import BadInput, WrongCall
from askew.files import sha256, write_text
from askew.study import MAX_SEED, Study
from askew_stimuli.commandline import command
from askew_stimuli.progress import working

if TYPE_CHECKING:
    import pandas as pd

    from askew_analysis.comparison import Comparison, Plan

DIGITS = 10  # significant digits in what is written; the last bits of a float differ between machines
LIBRARIES = ("formulaic", "numpy", "pandas", "pingouin", "scipy")


def compare(words: list[str]) -> int:
    """Compare people and models: accuracy, tests, error consistency, mixed model."""
    return command(_compare, "askew compare", words, "askew compare my-study --json comparison.json")


def _compare(
    trials: Annotated[
        list[Path],
        typer.Argument(help="a study, or tables of trials", show_default=False, readable=False),
    ],
    *,
    json_out: Annotated[
        Path | None, typer.Option("--json", help="Write the results to this file as JSON.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for tables (CSV) and figures (SVG, PDF) [default: results/ of a study]."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, max=MAX_SEED, help="Seed of all resamples [default: the study's, or 0].", show_default=False
        ),
    ] = None,
    resamples: Annotated[int, typer.Option(min=100, help="Joint resamples for error consistency.")] = 10_000,
    resample: Annotated[
        Literal["images", "observers", "both"],
        typer.Option(help="What intervals of mean error consistency generalise over."),
    ] = "images",
    missing: Annotated[
        Literal["drop", "wrong", "own-code"], typer.Option(help="The rule for trials without an answer.")
    ] = "drop",
    level: Annotated[float, typer.Option(help="Level of all intervals.")] = 0.95,
    bound: Annotated[float, typer.Option(help="Accuracies this close count as equivalent.")] = 0.05,
    formula: Annotated[
        str | None, typer.Option(help="The mixed model of people's answers [default: group by pose].")
    ] = None,
    invalid_timing: Annotated[
        bool, typer.Option("--invalid-timing", help="Keep trials whose exposure was off by half a frame or more.")
    ] = False,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Compare simulated trials too, which are no people's data.")
    ] = False,
    figures: Annotated[bool, typer.Option(help="Draw the figures.")] = True,
) -> None:
    """Compare people and models on the trials of a study, or on tables of trials.

    Accuracy with intervals, the planned t tests (or all) with Holm's correction, effect sizes and equivalence, error
    consistency of each two observers with intervals and differences of group means, a mixed model with observers and
    pictures, pictures one by one, response times. What could not be computed is said, with the reason.
    """
    from askew_analysis.comparison import Plan  # noqa: PLC0415
    from askew_analysis.comparison import compare as compared  # noqa: PLC0415
    from askew_analysis.trial_table import frame, sources, study_of  # noqa: PLC0415

    if not 0 < level < 1:
        raise WrongCall(f"--level {level:g}: has to be between 0 and 1, such as 0.95")
    if not 0 < bound < 1:
        raise WrongCall(f"--bound {bound:g}: has to be a difference of proportions between 0 and 1, such as 0.05")
    for place in (json_out, out):
        _refuse_place(place, folder=place is out)
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # a cache that it cannot write is no news for the analyst
    paths = sources(trials)
    df = frame(trials, subgroups=True)
    left_out: tuple[str, ...] = ()
    if not simulated:
        df, left_out = _without_simulated(df)
    has_simulated = bool(df["kind"].eq("simulated").any())
    studies = [study_of(folder) for folder in {Path(os.path.abspath(path.parent)) for path in paths}]
    study = studies[0] if len(studies) == 1 else None
    plan = Plan(
        **(_declared(study) if study else {}),
        missing=missing,
        level=level,
        seed=seed if seed is not None else study.seed if study else 0,
        resamples=resamples,
        resample=resample,
        bound=bound,
        formula=formula,
        invalid_timing=invalid_timing,
        remarks=left_out
        + tuple(
            f"subgroup {part.name}: no trial of the group {part.group} has {part.column} {part.value}"
            for part in (study.subgroups if study else ())
            if part.name not in {*df["group"]}
        ),
    )
    folder = out or (study.root / "results" if study and _is_study(trials) else None)
    with working("comparing"):
        found = compared(df, plan)
    if json_out is not None:
        source = provenance(paths, study, plan, simulated=has_simulated)
        text = json.dumps(as_json(found, source), indent=1, allow_nan=False)
        write_text(json_out, text + "\n")
    if folder is not None:
        with working("writing tables and figures"):
            _write(found, folder, figures)
    print(summary(found))
    for place, what in ((json_out, "results"), (folder, "tables and figures" if figures else "tables")):
        if place is not None:
            print(f"{what}: {place}")


def as_json(found: "Comparison", source: dict[str, Any]) -> dict[str, Any]:
    """The comparison as the JSON that programs rely on; what is undefined is null."""
    c = found.consistency
    consistency: dict[str, Any] | None = None
    if c is not None:
        low, high = c.interval(found.plan.level)
        matrices = {"kappa": c.kappa, "ci_low": low, "ci_high": high, "n_shared": c.n_shared}
        matrices |= {"kappa_min": c.kappa_min, "kappa_max": c.kappa_max}
        consistency = {
            "observers": list(c.observers),
            "groups": [c.groups.get(one) for one in c.observers],
            **{name: plain(table.to_numpy().tolist()) for name, table in matrices.items()},
            "rule": c.rule,
            "method": c.method,
            "conditions": list(found.consistency_conditions),
            "within": list(c.within),
            "resample": c.resample,
            "undefined": rows(c.undefined),
        }
    m = found.mixed
    mixed = None
    if m is not None:
        single = {name: plain(getattr(m, name)) for name in ("sd_observer", "sd_stimulus", "log_likelihood", "n")}
        told = {"converged": m.converged, "formula": m.formula, "notes": list(m.notes), "cells": rows(found.cells)}
        mixed = {"terms": rows(m.terms), **single, **told}
    return {
        "accuracy": rows(found.accuracy),
        "tests": rows(found.tests),
        "consistency": consistency,
        "group_consistency": rows(found.group_consistency),
        "contrasts": rows(found.contrasts),
        "mixed_model": mixed,
        "response_times": rows(found.response_times),
        "exposure": rows(found.exposure.table) if found.exposure else [],
        "times_to_equal": rows(found.times_to_equal),
        "notes": list(found.notes),
        "provenance": source,
    }


def provenance(paths: Sequence[Path], study: Study | None, plan: "Plan", *, simulated: bool) -> dict[str, Any]:
    """What the results come from, the same on every machine: files by their hashes, rules, seed, versions."""
    files = sorted([*paths, study.root / "study.toml"] if study else paths)
    root = study.root if study else Path(os.path.commonpath([path.parent.absolute() for path in paths]))
    inputs = [
        {"file": Path(os.path.relpath(path.absolute(), root.absolute())).as_posix(), "sha256": sha256(path)}
        for path in files
    ]
    options = {
        "seed": plan.seed,
        "resamples": plan.resamples,
        "resample": plan.resample,
        "missing": plan.missing,
        "level": plan.level,
        "bound": plan.bound,
    }
    words = [f"--{name} {value}" for name, value in options.items()]
    words += [f"--formula {json.dumps(plan.formula)}"] if plan.formula else []
    words += ["--invalid-timing"] if plan.invalid_timing else []
    words += ["--simulated"] if simulated else []
    return {
        "study": study.name if study else None,
        "inputs": inputs,
        "askew": __version__,
        "libraries": {name: version(name) for name in LIBRARIES},
        **options,
        "command": f"askew compare {study.name if study else 'TRIALS'} {' '.join(words)}",
    }


def rows(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """A table as a list of objects."""
    return [dict(zip(table.columns, plain(row), strict=True)) for row in table.astype(object).to_numpy().tolist()]


def plain(value: Any) -> Any:
    """A value as JSON has it: nan, infinity and missing are null, numbers have ten significant digits."""
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return float(f"{value:.{DIGITS}g}")
    return value if isinstance(value, str | bool | int) else None


def summary(found: "Comparison") -> str:
    """The gist for a person, in a screenful."""
    lines = [*found.notes, ""] if found.notes else []
    width = max(len(group) for group in found.groups)
    conditions = list(dict.fromkeys(found.accuracy["condition"]))
    lines.append(f"accuracy ({found.plan.level:.0%} interval)")
    for row in found.accuracy.itertuples():
        observers = "1 observer" if row.n_observers == 1 else f"{row.n_observers} observers"
        lines.append(
            f"  {row.group:<{width}}  {row.condition:<{max(map(len, conditions))}}  {row.mean:6.1%}  "
            f"[{row.ci_low:.1%}, {row.ci_high:.1%}]  {observers}"
            if row.n_observers
            else f"  {row.group:<{width}}  {row.condition}: {row.method}"
        )
    if found.plan.contrasts:
        lines += ["", "planned comparisons of accuracy (a minus b, t test, p after Holm's correction)"]
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
        lines += ["", f"mixed model of people's answers, in logits: {found.mixed.formula}"]
        for row in found.mixed.terms.itertuples():
            if math.isfinite(row.estimate):
                term = re.sub(r"C\((\w+)(, Treatment\([^)]*\))?\)", r"\1", row.term)
                lines.append(f"  {term}: {row.estimate:.2f} [{row.ci_low:.2f}, {row.ci_high:.2f}] p {_p(row.p)}")
        known_sds = {"observers": found.mixed.sd_observer, "pictures": found.mixed.sd_stimulus}
        sds = [f"{name} {value:.2f}" for name, value in known_sds.items() if math.isfinite(value)]
        lines.append(f"  standard deviations: {', '.join(sds) or 'none'}")
    return "\n".join(lines)


def _p(value: float) -> str:
    return "< .001" if value < 0.001 else f"= {value:.3f}"


def _without_simulated(df: "pd.DataFrame") -> tuple["pd.DataFrame", tuple[str, ...]]:
    """The trials of people and models, with what was left out; refused where programs stand in for all people."""
    theirs = df["kind"].eq("simulated")
    if not theirs.any():
        return df, ()
    observer = df.loc[theirs, "observer"].iloc[0]
    told = (
        f"{int(theirs.sum()):,} trials are of simulated observers such as {observer}, who are programs and not people"
    )
    if not df["kind"].eq("human").any():
        raise BadInput(f"{told}; leave their tables out, or compare them nevertheless with --simulated")
    return df[~theirs].reset_index(drop=True), (f"left out: {told}",)


def _declared(study: Study) -> dict[str, Any]:
    return {"combine": dict(study.combine) or None, "pools": study.pools, "contrasts": study.contrasts}


def _is_study(trials: Sequence[Path]) -> bool:
    return len(trials) == 1 and (trials[0] / "study.toml").is_file()


def _refuse_place(place: Path | None, *, folder: bool) -> None:
    """Refuse, before anything is computed, a place that could not be written to."""
    if place is None:
        return
    if str(place) in {"", ".", "-"} and not folder:
        raise WrongCall(f"--json {place}: name a file")
    if folder and os.path.lexists(place) and not place.is_dir():
        raise BadInput(f"{place}: is a file; name a folder for tables and figures")
    if not folder and place.exists() and not place.is_file():
        raise BadInput(f"{place}: is there and is no ordinary file; name a file to write")


def _write(found: "Comparison", folder: Path, figures: bool) -> None:
    """Write what there is, and remove what an earlier run left that this one does not have."""
    from askew_analysis.figures import FIGURES, FORMATS, draw  # noqa: PLC0415  matplotlib is slow to import

    for name, table in found.tables.items():
        path = folder / "tables" / f"{name}.csv"
        if table.empty:
            path.unlink(missing_ok=True)
        else:
            write_text(path, table.to_csv(index=False, lineterminator="\n", float_format=f"%.{DIGITS}g"))
    written = {*draw(found, folder / "figures")} if figures else set()
    for path in {folder / "figures" / f"{name}.{form}" for name in FIGURES for form in FORMATS} - written:
        path.unlink(missing_ok=True)
