"""`askew stimuli corrupt`: a set again, with every picture corrupted in the same way."""

import json
import shlex
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from askew.errors import BadInput
from askew.study import MAX_SEED

if TYPE_CHECKING:
    from askew_stimuli.picture import Picture

Kind = Literal[
    "gaussian-noise",
    "shot-noise",
    "impulse-noise",
    "gaussian-blur",
    "motion-blur",
    "brightness",
    "contrast",
    "pixelate",
    "jpeg",
    "high-pass",
]
LIBRARIES = ("numpy", "pillow", "scipy")


def corrupt(
    folder: Annotated[
        Path, typer.Argument(help="a study, or a folder with manifest.csv", show_default=False, readable=False)
    ],
    *,
    kind: Annotated[Kind, typer.Option(help="The corruption.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="The folder to make.", show_default=False, readable=False)],
    severity: Annotated[int, typer.Option(min=1, max=5, help="How strong, from 1 to 5.")] = 3,
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="Seed of all draws.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")] = False,
) -> None:
    """Make a new set of the same pictures, corrupted.

    Ids and files end in the kind and the severity, so that several sets can be used in one study; a picture
    draws from the same seed at each severity. Masks are not taken over: make them again.
    """
    from askew_stimuli.corruptions import CORRUPTIONS, corrupted  # noqa: PLC0415
    from askew_stimuli.light import Bytes  # noqa: PLC0415
    from askew_stimuli.transform import View, transform  # noqa: PLC0415

    def change(view: View) -> "tuple[Picture, Bytes]":
        changed = corrupted(view.pixels, kind, severity, seed, view.picture.image_id)
        return renamed(view.picture, kind, severity), changed

    done: dict[str, Any] = {"corruption": kind, "severity": severity, "seed": seed}
    versions = {name: version(name) for name in LIBRARIES}
    made = transform(folder, out, change, done, versions=versions, words="corrupting pictures")
    if as_json:
        typer.echo(json.dumps({"manifest": str(out / "manifest.csv"), "pictures": len(made), **done}, indent=2))
        return
    corruption = CORRUPTIONS[kind]
    strength = f"{corruption.meaning}: {corruption.levels[severity - 1]:g}"
    typer.echo(f"{out}: {len(made):,} pictures, {kind} of severity {severity} ({strength}), seed {seed}")
    typer.echo(f"next: askew stimuli check {shlex.quote(str(out))}")


def renamed(picture: "Picture", kind: str, severity: int) -> "Picture":
    """The row of the corrupted picture: an id and a file of its own, and what was done among the factors."""
    factors = picture.factors or ()
    if any(factor.startswith("corruption=") for factor in factors):
        raise BadInput(
            f"{picture.image_id}: is corrupted already ({', '.join(factors)}); corrupt the set that it was made from"
        )
    ending = f"_{kind}-{severity}"
    file = PurePosixPath(picture.file or "")
    return replace(
        picture,
        image_id=f"{picture.image_id}{ending}",
        file=str(file.with_name(f"{file.stem}{ending}{file.suffix}")),
        factors=(*factors, f"corruption={kind}", f"severity={severity}"),
    )
