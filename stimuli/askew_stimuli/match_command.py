"""`askew stimuli match`: a set again, with luminance and contrast of the objects matched."""

import json
import shlex
from pathlib import Path
from typing import Annotated, Literal

import typer

from askew.errors import WrongCall

EXAMPLE = "askew stimuli match my-set --out my-matched-set"


def match(
    folder: Annotated[
        Path, typer.Argument(help="a study, or a folder with manifest.csv", show_default=False, readable=False)
    ],
    *,
    out: Annotated[Path, typer.Option("--out", help="The folder to make.", show_default=False, readable=False)],
    to: Annotated[
        Literal["set", "object", "fixed"] | None,
        typer.Option(help="The mean of the set, that of each object, or fixed numbers [default: set]."),
    ] = None,
    mean: Annotated[
        float | None, typer.Option(min=0, max=1, help="Of --to fixed: mean luminance, as a share of white.")
    ] = None,
    sd: Annotated[float | None, typer.Option(min=0, max=1, help="Of --to fixed: its standard deviation.")] = None,
    shine: Annotated[
        Literal["histogram", "spectrum", "spatial-frequency"] | None,
        typer.Option(help="Make these equal instead, by SHINE; it damages objects."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")] = False,
) -> None:
    """Make a new set of the same pictures, with mean luminance and contrast inside the objects matched.

    Objects are told from the background by silhouettes, or by a plain background; what is around them stays as it is.
    One gain and one offset a picture, within bounds that keep objects natural; where both cannot be had, the mean comes
    first. Masks are not taken over: make them again.

    SHINE, by the optional library shinier, makes whole histograms or spectra equal. That hurts recognition, most of all
    by networks; use it only where the question asks for it.
    """
    if shine is not None and (to, mean, sd) != (None, None, None):
        raise WrongCall("--shine makes the set's histograms or spectra equal, so it takes no --to, --mean or --sd")
    if to != "fixed" and (mean, sd) != (None, None):
        raise WrongCall("--mean and --sd are for --to fixed; add it, or leave them out")
    if to == "fixed" and (mean is None or sd is None):
        raise WrongCall("--to fixed needs --mean and --sd, such as --mean 0.2 --sd 0.1")
    if shine is not None:
        from askew_stimuli import shine as by_shine  # noqa: PLC0415

        outcome = by_shine.shine(folder, out, shine)
    else:
        from askew_stimuli.levelling import level  # noqa: PLC0415
        from askew_stimuli.matching import Lightness  # noqa: PLC0415

        fixed = Lightness(mean, sd) if mean is not None and sd is not None else None
        outcome = level(folder, out, fixed or ("object" if to == "object" else "set"))
    if as_json:
        typer.echo(json.dumps({"manifest": str(out / "manifest.csv"), **outcome.report()}, indent=2))
        return
    typer.echo(f"{out}: {outcome.pictures:,} pictures, {outcome.matched}")
    for line in outcome.lines():
        typer.echo(line)
    typer.echo(f"next: askew stimuli check {shlex.quote(str(out))}")
