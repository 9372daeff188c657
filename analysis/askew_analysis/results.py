"""What a comparison leaves: the JSON that programs rely on, and tables and figures in a folder."""

import math
import os
import shlex
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from askew import __version__
from askew.files import encoded, sha256

if TYPE_CHECKING:
    import pandas as pd

    from askew_analysis.comparison import Comparison
    from askew_analysis.gathering import Gathered

DIGITS = 10  # significant digits in what is written; the last bits of a float differ between machines
OPTIONS = ("seed", "resamples", "resample", "missing", "level", "bound")  # of a plan and of the commands
LIBRARIES = ("formulaic", "numpy", "pandas", "scipy")


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
    files = (
        [*paths, *(path for path in (study.root / "study.toml", study.manifest) if path.is_file())] if study else paths
    )
    inputs = [{"file": placed(path, gathered), "sha256": sha256(path)} for path in files]
    return {
        "study": study.name if study else None,
        "inputs": sorted(inputs, key=lambda each: each["file"]),  # however the command named them
        "askew": __version__,
        "libraries": {name: version(name) for name in LIBRARIES},
        **{name: getattr(plan, name) for name in OPTIONS},
        "command": shlex.join(["askew", "compare", study.name if study else "TRIALS", *words(gathered)]),
    }


def words(gathered: "Gathered") -> list[str]:
    """The options that make the same comparison again, as a command has them."""
    plan = gathered.plan
    told = [word for name in OPTIONS for word in (f"--{name}", str(getattr(plan, name)))]
    told += ["--formula", plan.formula] if plan.formula else []
    told += ["--invalid-timing"] if plan.invalid_timing else []
    return told + (["--simulated"] if gathered.simulated else [])


def placed(path: Path, gathered: "Gathered") -> str:
    """Where a file is: in the study, or in the folder that all tables are in or below."""
    study = gathered.study
    root = study.root if study else Path(os.path.commonpath([each.parent.absolute() for each in gathered.paths]))
    return Path(os.path.relpath(path.absolute(), root.absolute())).as_posix()


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


def files_of(found: "Comparison", *, figures: bool) -> dict[str, bytes]:
    """The tables, and the figures if asked for: contents of files by their names in a folder of results."""
    files = {}
    for name, table in found.tables.items():
        if not table.empty:
            path = f"tables/{name}.csv"
            text = table.to_csv(index=False, lineterminator="\n", float_format=f"%.{DIGITS}g")
            files[path] = encoded(text, path)
    if figures:
        from askew_analysis.figures import draw  # noqa: PLC0415  matplotlib is slow to import

        files |= {f"figures/{name}": content for name, content in draw(found).items()}
    return files
