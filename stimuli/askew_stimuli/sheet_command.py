"""`askew stimuli sheet`: a contact sheet of a set, as PNG and HTML."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from askew.errors import BadInput, WrongCall, counted, meant
from askew.files import writing

if TYPE_CHECKING:
    from askew_stimuli.picture import Picture

EXAMPLE = "askew stimuli sheet published --out sheet.html"
SUFFIXES = (".png", ".html")


def sheet(
    folder: Annotated[
        Path, typer.Argument(help="a study, or a folder with manifest.csv", show_default=False, readable=False)
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(help="The file to write, .png or .html (default: both, sheet.png and sheet.html, in the folder)."),
    ] = None,
    rows: Annotated[
        str | None, typer.Option(help="Column of the manifest that has a card for each value (default: the object).")
    ] = None,
    columns: Annotated[str, typer.Option(help="Column of the manifest whose values stand beside one another.")] = (
        "condition"
    ),
    tile: Annotated[int, typer.Option(help="Side of a picture on the sheet, in pixels.", min=40, max=500)] = 120,
    per_page: Annotated[int, typer.Option(help="Pictures on a page; more make further pages.", min=1, max=5000)] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")] = False,
) -> None:
    """Draw all pictures of a set on one sheet, a card for each object.

    The HTML has the pictures in it and needs nothing else: it can be mailed and printed.
    """
    from askew_stimuli.picture import manifest_of, read_manifest  # noqa: PLC0415
    from askew_stimuli.sheet import (  # noqa: PLC0415
        as_html,
        as_png,
        earlier_pages,
        pages,
        refuse_foreign,
        refuse_large,
        sheet_of,
        thumbnails,
    )

    wanted = _wanted(folder, out)
    for option, column in (("--rows", rows), ("--columns", columns)):
        _known_column(option, column)
    manifest = manifest_of(folder)
    pictures = read_manifest(manifest)
    if not any(picture.file for picture in pictures):
        raise BadInput(f"{manifest}: none of its pictures has a file, so there is nothing to draw")
    title = next((picture.set for picture in pictures if picture.set), manifest.parent.resolve().name)
    parts = pages(sheet_of(title, pictures, rows, columns), per_page)
    names = {path: [_page(path, number) for number in range(1, len(parts) + 1)] for path in wanted}
    _refuse_pictures(manifest.parent, {name for paths in names.values() for name in paths}, pictures)
    for path, paths in names.items():
        for place, part in zip(paths, parts, strict=True):
            refuse_foreign(place)
            if path.suffix == ".png":
                refuse_large(place, part, tile)
    missing = 0
    for number, part in enumerate(parts):
        small = thumbnails(manifest.parent, part.pictures, tile)
        missing += sum(isinstance(shown, str) for shown in small.values())
        for path, paths in names.items():
            links = [each.name for each in paths] if len(parts) > 1 else []
            drawn = as_png(part, small, tile) if path.suffix == ".png" else as_html(part, small, tile, links)
            with writing(paths[number]) as stream:
                stream.write(drawn)
    for path in wanted:
        for old in earlier_pages(path, len(parts)):
            old.unlink()
    written = [str(path) for paths in names.values() for path in paths]
    if as_json:
        typer.echo(json.dumps({"files": written, "pictures": len(pictures), "not_shown": missing}, indent=2))
        return
    not_shown = f", {missing:,} of which cannot be shown" if missing else ""
    typer.echo(f"{', '.join(written)}: {counted(len(pictures), 'picture')}{not_shown}")


def _wanted(folder: Path, out: Path | None) -> list[Path]:
    if out is None:
        return [folder / f"sheet{suffix}" for suffix in SUFFIXES]
    if out.suffix not in SUFFIXES:
        raise WrongCall(f"--out {out}: a sheet is a .png or a .html; end the name in one of them")
    return [out]


def _known_column(option: str, column: str | None) -> None:
    from askew_stimuli.picture import MANIFEST  # noqa: PLC0415

    if column is not None and column not in MANIFEST.columns:
        hint = meant(column, MANIFEST.columns)
        raise WrongCall(f"{option} {column}: is no column of the manifest{hint}; data/README.md lists them")


def _page(path: Path, number: int) -> Path:
    return path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")


def _refuse_pictures(folder: Path, paths: set[Path], pictures: "Sequence[Picture]") -> None:
    files = (name for p in pictures for name in (p.file, p.mask_file, p.silhouette_file) if name is not None)
    taken = {(folder / name).resolve() for name in files}
    for path in sorted(paths):
        if path.resolve() in taken:
            raise BadInput(f"{path}: is a picture of the set; name another file with --out")
