"""What a command compares: the trials that it was given, and the plan that its options and the study make up.

The one place for these rules, so that `askew compare` and `askew report` tell the same of the same study.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from askew import sidecar
from askew.declared import Pool
from askew.errors import BadInput, WrongCall, counted
from askew.files import lies_in
from askew.study import FOLDERS, MAX_SEED, Study
from askew_analysis.results_folder import ResultsFolder

if TYPE_CHECKING:
    import pandas as pd

    from askew_analysis.comparison import Plan

TrialsArgument = Annotated[
    list[Path],
    typer.Argument(help="a study, or tables of trials", show_default=False, readable=False),
]
SeedOption = Annotated[
    int | None,
    typer.Option(min=0, max=MAX_SEED, help="Seed of all resamples [default: the study's, or 0].", show_default=False),
]
ResamplesOption = Annotated[int, typer.Option(min=100, help="Joint resamples for error consistency.")]
ResampleOption = Annotated[
    Literal["images", "observers", "both"],
    typer.Option(help="What intervals of mean error consistency generalise over."),
]
MissingOption = Annotated[
    Literal["drop", "wrong", "own-code"], typer.Option(help="The rule for trials without an answer.")
]
LevelOption = Annotated[float, typer.Option(help="Level of all intervals.")]
BoundOption = Annotated[float, typer.Option(help="Accuracies this close count as equivalent.")]
FormulaOption = Annotated[
    str | None, typer.Option(help="The mixed model of people's answers [default: group by pose].", show_default=False)
]
InvalidTimingOption = Annotated[
    bool, typer.Option("--invalid-timing", help="Keep trials whose exposure was off by half a frame or more.")
]
SimulatedOption = Annotated[
    bool,
    typer.Option(
        "--simulated",
        help="Compare simulated trials too, which are no people's data [default: only if study.toml says so].",
    ),
]


@dataclass(frozen=True, eq=False)
class Gathered:
    """The trials to compare, where they come from, and the plan."""

    paths: list[Path]
    study: Study | None  # the one study that all tables belong to
    named: Path | None  # the study's folder as the command named it, if it was a study and not tables
    trials: "pd.DataFrame"
    plan: "Plan"

    @property
    def folder(self) -> ResultsFolder | None:
        """The study's own folder of results, if a study was named."""
        return ResultsFolder(self.named / "results", is_reserved=True) if self.named else None

    def refuse_input(self, place: Path) -> None:
        """Refuse to write where the trials come from, or among what a study is made of."""
        theirs = {*self.paths, *map(sidecar.beside, self.paths)}
        if self.study:
            theirs.add(self.study.root / "study.toml")
            for name in FOLDERS:
                if name != "results" and lies_in(place, self.study.root / name):
                    raise BadInput(
                        f"{place}: lies in {name}/ of the study, which no result may change; name a place in results/ "
                        "or outside the study"
                    )
        if os.path.realpath(place) in {os.path.realpath(path) for path in theirs}:
            raise BadInput(f"{place}: is what the comparison is made from; name another file for its results")

    @property
    def simulated(self) -> bool:
        """Whether some of the observers are simulated."""
        return bool(self.trials["kind"].eq("simulated").any())


def gather(trials: Sequence[Path], *, simulated: bool, seed: int | None, **options: Any) -> Gathered:
    """Read the trials and plan their comparison; `options` are those of `Plan`."""
    from askew_analysis.comparison import Plan  # noqa: PLC0415
    from askew_analysis.trial_table import frame, sources, study_of  # noqa: PLC0415

    level, bound = options["level"], options["bound"]
    if options["formula"] is not None and not options["formula"].strip():
        raise WrongCall(
            "--formula: is empty; leave it out for the usual model, or give one, such as 'group * condition'"
        )
    if not 0 < level < 1:
        raise WrongCall(f"--level {level:g}: has to be between 0 and 1, such as 0.95")
    if not 0 < bound < 1:
        raise WrongCall(f"--bound {bound:g}: has to be a difference of proportions between 0 and 1, such as 0.05")
    for place in trials:
        if not os.path.lexists(place):
            raise BadInput(f"{place}: there is no such study or table; name a folder with study.toml, or a .csv")
    paths = sources(trials)
    _refuse_twice(paths)
    studies = [study_of(folder) for folder in {Path(os.path.abspath(path.parent)) for path in paths}]
    study = studies[0] if len(studies) == 1 else None
    df = frame(trials, subgroups=True)
    remarks: tuple[str, ...]
    shared: tuple[str, ...] = ()
    if simulated or (study and study.simulated):
        df, shared, remarks = _with_simulated(df)
    else:
        df, remarks = _without_simulated(df)
    for part in study.subgroups if study else ():
        if part.name not in {*df["group"]}:
            remarks += (f"subgroup {part.name}: no trial of the group {part.group} has {part.column} {part.value}",)
    if seed is not None:
        options["seed"] = seed
    if study:
        people = {*df.loc[df["kind"].eq("human"), "observer"]}
        pools = tuple(
            _moved(pool) if pool.group in shared and not people & {*pool.observers} else pool for pool in study.pools
        )
        plan = Plan.of(study, pools=pools, remarks=remarks, **options)
    else:
        plan = Plan(remarks=remarks, **options)
    named = trials[0] if len(trials) == 1 and (trials[0] / "study.toml").is_file() else None
    return Gathered(paths, study, named, df, plan)


def _refuse_twice(paths: Sequence[Path]) -> None:
    known: set[str] = set()
    for path in paths:
        real = os.path.realpath(path)
        if real in known:
            raise BadInput(f"{path}: is named twice, by itself or with its study; name each study or table once")
        known.add(real)


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
        raise BadInput(
            f"{told}, and there are no people to compare; take them nevertheless with --simulated, or say "
            "simulated = true in study.toml"
        )
    return df[~theirs].reset_index(drop=True), (f"left out: {told}",)


def _with_simulated(df: "pd.DataFrame") -> tuple["pd.DataFrame", tuple[str, ...], tuple[str, ...]]:
    """All trials. Where people and programs share a group, which is told, the programs are a group of their own."""
    theirs = df["kind"].eq("simulated")
    shared = tuple(sorted({*df.loc[theirs, "group"]} & {*df.loc[df["kind"].eq("human"), "group"]}))
    moved = theirs & df["group"].isin(shared)
    if not moved.any():
        return df, (), ()
    group = df["group"].mask(moved, df["group"].map(_apart))
    who = counted(df.loc[moved, "observer"].nunique(), "simulated observer")
    return df.assign(group=group), shared, (f"{who} of {', '.join(shared)}: compared as groups of their own",)


def _moved(pool: Pool) -> Pool:
    """A pool of simulated observers whose group has people in it."""
    return replace(pool, group=_apart(pool.group))


def _apart(group: str) -> str:
    return f"{group} (simulated)"
