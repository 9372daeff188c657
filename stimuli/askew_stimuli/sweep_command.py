"""`askew stimuli sweep`: the objects of a set along factors such as size, location and yaw."""

from pathlib import Path
from typing import Annotated

import typer

from askew_stimuli.render_command import JsonOption, OutOption, SetOption, ShardOption, WorkersOption, run

EXAMPLE = "askew stimuli sweep --size 0.06 --factor yaw=0:330:30 --factor size=0.02,0.04,0.08 --out my-sweep"


def sweep(
    *,
    name: SetOption = "bundled",
    factor: Annotated[
        list[str],
        typer.Option(
            "--factor",
            help="size, location, in-plane, yaw or pitch with its values: yaw=0:330:30, location=3x3. Again for more.",
            show_default=False,
        ),
    ],
    out: OutOption,
    crossed: Annotated[bool, typer.Option("--crossed", help="All levels with all, not one factor at a time.")] = False,
    size: Annotated[
        float | None,
        typer.Option(min=0.001, max=1, help="Share of the picture that objects cover (default: the recipe's target)."),
    ] = None,
    backgrounds: Annotated[
        Path | None, typer.Option(help="Folder of photographs; every picture is made on each.", show_default=False)
    ] = None,
    allow_clipped: Annotated[
        bool, typer.Option("--allow-clipped", help="Keep pictures whose object leaves the frame.")
    ] = False,
    shard: ShardOption = "0/1",
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Render the objects of a set along factors, one at a time or crossed.

    Sizes are shares of the picture's area; locations x/y in half sides from its middle, y up; angles degrees. The poses
    of the recipe do not matter here, its objects, look and match do.
    """
    from askew_stimuli.recipe import recipe_of  # noqa: PLC0415
    from askew_stimuli.sweep import Factor, SweepPlan, backdrops, steps  # noqa: PLC0415

    recipe = recipe_of(name)
    levels = steps([Factor.parse(text) for text in factor], crossed, size)
    behind = backdrops(backgrounds) if backgrounds is not None else ()
    run(SweepPlan(recipe, tuple(levels), behind, allow_clipped), out, shard, workers, as_json=as_json)
