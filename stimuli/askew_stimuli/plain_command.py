"""`askew stimuli import`: a plain folder of pictures becomes a set."""

import json
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from askew.errors import BadInput, WrongCall, quoted
from askew.files import lies_in, sha256
from askew.sidecar import Sidecar

if TYPE_CHECKING:
    from askew_stimuli.plain import Conversion

EXAMPLE = r"askew stimuli import photos --pattern '(?P<class_label>[a-z ]+)_(?P<condition>\w+)\.jpg' --out photo-set"


def import_plain(
    folder: Annotated[Path, typer.Argument(help="the folder of pictures", show_default=False, readable=False)],
    *,
    out: Annotated[
        Path, typer.Option("--out", help="The folder of the set to make.", show_default=False, readable=False)
    ],
    pattern: Annotated[
        str | None,
        typer.Option(help="Regular expression for each whole file name; its named groups are columns of the manifest."),
    ] = None,
    table: Annotated[
        Path | None, typer.Option(help="CSV with the column file and columns of the manifest, instead of a pattern.")
    ] = None,
    set_name: Annotated[str | None, typer.Option("--set", help="Name of the set (default: the folder's).")] = None,
    condition: Annotated[str | None, typer.Option(help="Condition of pictures that do not say theirs.")] = None,
    licence: Annotated[str | None, typer.Option(help="Licence of the pictures.")] = None,
    convert: Annotated[bool, typer.Option("--convert", help="Make every picture a plain 8-bit sRGB PNG.")] = False,
    background: Annotated[
        str | None, typer.Option(help="With --convert: what see-through pictures are put on, as R,G,B.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")] = False,
) -> None:
    """Turn a plain folder of pictures into a set, with labels from file names or a table.

    Named groups or columns: class_label, and perhaps condition, object_id, alt_label, image_id or any other column of
    the manifest. Size, hashes, background and, where that is plain, area and luminance are read off the pictures.
    """
    from askew_stimuli import plain  # noqa: PLC0415

    conversion = _conversion(convert, background)
    _check_places(folder, out)
    if pattern is not None and table is None:
        labels, notes = plain.by_pattern(folder, pattern)
        source = {"pattern": pattern}
    elif table is not None and pattern is None:
        labels, notes = plain.by_table(folder, table)
        source = {"table": table.name, "table_sha256": sha256(table)}
    else:
        raise WrongCall("labels come from --pattern or from --table; give one of them")
    if conversion is not None:
        source |= {"converted": "8-bit sRGB PNG", **({"background": background} if background else {})}
    name = set_name or Path(os.path.realpath(folder)).name
    given = plain.Given(set=name, condition=condition, licence=licence)
    facts = Sidecar(source={"importer": "plain", **source}, notes=tuple(notes))
    pictures, told = plain.build(folder, labels, out, given=given, convert=conversion, source=facts)
    if as_json:
        typer.echo(json.dumps({"out": str(out), "pictures": len(pictures), "notes": told}, indent=2))
        return
    for note in told:
        typer.echo(f"note: {note}")
    classes, conditions = ({getattr(p, column) for p in pictures} for column in ("class_label", "condition"))
    typer.echo(f"{out}: {len(pictures):,} pictures of {len(classes):,} classes in {len(conditions):,} conditions")
    typer.echo(f"next: askew stimuli check {shlex.quote(str(out))}")


def _conversion(convert: bool, background: str | None) -> "Conversion | None":
    from askew_stimuli.plain import Conversion  # noqa: PLC0415

    if background is None:
        return Conversion() if convert else None
    if not convert:
        raise WrongCall("--background is for see-through pictures that are converted; add --convert")
    parts = background.split(",")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and int(part) < 256 for part in parts):
        raise WrongCall(
            f"--background {quoted(background)}: a colour is three numbers from 0 to 255, as in 124,116,104"
        )
    red, green, blue = map(int, parts)
    return Conversion(background=(red, green, blue))


def _check_places(folder: Path, out: Path) -> None:
    if os.path.lexists(out) and not (out.is_dir() and not any(out.iterdir())):
        raise BadInput(f"{out}: is there already; name a new folder")
    if lies_in(out, folder):
        raise BadInput(f"{out}: lies in {folder}; the set and the pictures have to be apart, so name another folder")
