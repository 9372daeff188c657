"""What a comparison leaves: the JSON that programs rely on, and tables and figures in a folder."""

import json
import math
import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from askew import __version__
from askew.files import sha256, write_text

if TYPE_CHECKING:
    import pandas as pd

    from askew_analysis.comparison import Comparison
    from askew_analysis.gathering import Gathered

DIGITS = 10  # significant digits in what is written; the last bits of a float differ between machines
LIBRARIES = ("formulaic", "numpy", "pandas", "pingouin", "scipy")


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
        "networks": rows(found.networks),
        "notes": list(found.notes),
        "provenance": source,
    }


def provenance(gathered: "Gathered") -> dict[str, Any]:
    """What the results come from, the same on every machine: files by their hashes, rules, seed, versions."""
    paths, study, plan = gathered.paths, gathered.study, gathered.plan
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
    words += ["--simulated"] if gathered.simulated else []
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


def write_results(found: "Comparison", folder: Path, *, figures: bool) -> dict[str, str]:
    """Write what there is, and remove what an earlier run left that this one does not have; returns SVGs by name."""
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
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(written) if path.suffix == ".svg"}
