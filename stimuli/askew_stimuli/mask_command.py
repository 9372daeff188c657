"""`askew stimuli masks`: makes a mask for every picture of a set, beside the pictures and into the manifest."""

import json
import shlex
from pathlib import Path
from typing import Annotated, Literal

import typer

from askew.errors import WrongCall
from askew.study import MAX_SEED

Kind = Literal["mean-noise", "scramble", "pink", "blocks"]


def masks(
    folder: Annotated[
        Path, typer.Argument(help="a study, or a folder with manifest.csv", show_default=False, readable=False)
    ],
    *,
    kind: Annotated[Kind, typer.Option(help="The recipe.")] = "mean-noise",
    frames: Annotated[int, typer.Option(min=1, help="Frames of each mask, below one another in its file.")] = 1,
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="Seed of all draws.")] = 0,
    exponent: Annotated[
        float | None,
        typer.Option(min=0, max=4, help="Of pink: amplitude falls as 1/frequency^EXPONENT [default: 1]."),
    ] = None,
    block: Annotated[
        int | None, typer.Option(min=1, help="Of blocks: side of the squares, in pixels [default: 25].")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")] = False,
) -> None:
    """Make a mask for every picture, in masks/ beside the manifest, which then names them.

    mean-noise: noise with the mean amplitude spectrum of the set. scramble: a picture of another class with its phases
    turned. pink: grey noise of the set's mean and contrast. blocks: a picture of another class, cut into squares that
    change their places. Masks made before are replaced.
    """
    from askew_stimuli.masking import FOLDER, Recipe, mask_set  # noqa: PLC0415
    from askew_stimuli.masks import MAX_CLIPPED, MAX_DRAWS  # noqa: PLC0415
    from askew_stimuli.picture import manifest_of  # noqa: PLC0415

    if exponent is not None and kind != "pink":
        raise WrongCall(f"--exponent is for --kind pink, but the kind is {kind}")
    if block is not None and kind != "blocks":
        raise WrongCall(f"--block is for --kind blocks, but the kind is {kind}")
    if kind == "pink" and exponent is None:
        exponent = 1.0
    if kind == "blocks" and block is None:
        block = 25
    manifest = manifest_of(folder)
    recipe = Recipe(kind, frames, seed, exponent, block)
    masked = mask_set(manifest, recipe)
    ratios = [picture.mask_power_ratio or 0.0 for picture in masked.pictures]
    clipped = max(picture.mask_clipped or 0.0 for picture in masked.pictures)
    if as_json:
        facts = {"manifest": str(manifest), "masks": len(ratios), "kind": str(recipe), "frames": frames, "seed": seed}
        measures = {"power_ratio": [min(ratios), max(ratios)], "clipped": clipped, "too_clipped": [*masked.unsettled]}
        typer.echo(json.dumps({**facts, **measures}, indent=2))
        return
    number = f"{len(ratios):,} masks" if frames == 1 else f"{len(ratios):,} masks of {frames:,} frames"
    typer.echo(f"{manifest.parent / FOLDER}: {number}, {recipe}, seed {seed}")
    typer.echo(f"power {min(ratios):.3f} to {max(ratios):.3f} of the recipe's; at most {clipped:.2%} of a mask clipped")
    if masked.unsettled:
        typer.echo(
            f"note: {len(masked.unsettled):,} of them clipped by more than {MAX_CLIPPED:.0%} in each of {MAX_DRAWS} "
            f"draws, such as that of {masked.unsettled[0]}; the kind mean-noise is clipped least"
        )
    typer.echo(f"next: askew stimuli check {shlex.quote(str(folder))}")
