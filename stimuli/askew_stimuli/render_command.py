"""`askew stimuli render`: make a set of pictures from a recipe."""

import json
import shlex
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from askew.processes import cores

if TYPE_CHECKING:
    from askew_stimuli.plan import Plan
    from askew_stimuli.rendering import Rendered

EXAMPLE = "askew stimuli render --set bundled --out my-set"

SetOption = Annotated[str, typer.Option("--set", help="A set that comes with askew, or a recipe (.toml).")]
OutOption = Annotated[Path, typer.Option("--out", help="The folder to make it in.", show_default=False, readable=False)]
ShardOption = Annotated[str, typer.Option("--shard", help="Only this part of the work, i/n with i from 0.")]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes at a time (default: one for each core).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]


def render(
    *,
    name: SetOption = "bundled",
    out: OutOption,
    shard: ShardOption = "0/1",
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Render a set: its pictures, their silhouettes and the manifest.

    A run that was stopped goes on when it is called again. Shards (on one machine or several) share one folder, and the
    last one to finish leaves the manifest; any number of shards and processes makes the same bytes.
    """
    from askew_stimuli.plan import RecipePlan  # noqa: PLC0415
    from askew_stimuli.recipe import recipe_of  # noqa: PLC0415

    run(RecipePlan(recipe_of(name)), out, shard, workers, as_json=as_json)


def run(plan: "Plan", out: Path, shard: str, workers: int | None, *, as_json: bool) -> None:
    """Carry a plan out and say what came of it."""
    from askew_stimuli.rendering import render  # noqa: PLC0415
    from askew_stimuli.shard import Shard  # noqa: PLC0415

    done = render(plan, out, workers or cores(), Shard.parse(shard))
    if as_json:
        typer.echo(json.dumps(_facts(done), indent=2))
    else:
        for line in _lines(plan, out, done):
            typer.echo(line)


def _facts(done: "Rendered") -> dict[str, object]:
    return {
        "pictures": len(done.pictures),
        "objects_made": done.made,
        "objects_waiting": list(done.waiting),
        "draws_given_up": done.given_up,
        "conditions": _conditions(done),
        "notes": list(done.notes),
    }


def _conditions(done: "Rendered") -> dict[str, int]:
    return dict(sorted(Counter(picture.condition for picture in done.pictures).items()))


def _lines(plan: "Plan", out: Path, done: "Rendered") -> list[str]:
    if done.waiting:
        left = f"{len(done.waiting):,} left to the other shards, and the manifest with them"
        return [f"{out}: objects made: {done.made:,}; {left}"]
    conditions = ", ".join(f"{count:,} {name}" for name, count in _conditions(done).items())
    objects = len({picture.object_id for picture in done.pictures})
    classes = len({picture.class_label for picture in done.pictures})
    lines = [f"{out}: {len(done.pictures):,} pictures ({conditions}) of {objects:,} objects in {classes:,} classes"]
    if not done.made:
        lines.append("everything was there already")
    if done.given_up:
        lines.append(f"{done.given_up:,} draws were given up: too near to upright or to another pose, or too small")
    lines += [f"note: {note}" for note in done.notes]
    place = shlex.quote(str(out))
    return [*lines, f"next: askew stimuli check {place}; askew stimuli sheet {place}"]
