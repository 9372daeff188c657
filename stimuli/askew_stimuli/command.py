"""The commands of this part: `askew import`, `askew fetch`, `askew stimuli`.

What reads foreign formats is imported when it is called, so that help and the other commands do without it.
"""

import json
import shlex
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from askew.describe import kind_line, summary
from askew.errors import BadInput, WrongCall
from askew.files import lies_in
from askew_stimuli.commandline import command, commands

if TYPE_CHECKING:
    from askew_stimuli.imported import Imported

Name = Literal["unusual-poses", "model-vs-human"]
NameArgument = Annotated[Name, typer.Argument(help="the data set", show_default=False)]
OutOption = Annotated[Path, typer.Option("--out", help="The study folder to make.", show_default=False, readable=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]


def import_(words: list[str]) -> int:
    """Turn published data on disk into a study."""
    example = "askew import unusual-poses downloads/unusual_poses --out published"
    return command(_import, "askew import", words, example)


def fetch(words: list[str]) -> int:
    """Download published data, check them and turn them into a study."""
    return command(_fetch, "askew fetch", words, "askew fetch unusual-poses --out published")


def stimuli(words: list[str]) -> int:
    """Make, import, match, select and check pictures."""
    return commands(acts(), "askew stimuli", "Pictures and their manifest.", words)


def acts() -> dict[str, tuple[Callable[..., None], str]]:
    """What it does, by the word for it, each with an example."""
    from askew_stimuli import (  # noqa: PLC0415
        corrupt_command,
        mask_command,
        match_command,
        plain_command,
        render_command,
        select_command,
        sheet_command,
        sweep_command,
    )

    return {
        "render": (render_command.render, render_command.EXAMPLE),
        "sweep": (sweep_command.sweep, sweep_command.EXAMPLE),
        "select": (select_command.select, select_command.EXAMPLE),
        "match": (match_command.match, match_command.EXAMPLE),
        "masks": (mask_command.masks, "askew stimuli masks my-study --frames 4"),
        "corrupt": (
            corrupt_command.corrupt,
            "askew stimuli corrupt my-set --kind jpeg --severity 3 --out my-set-jpeg-3",
        ),
        "import": (plain_command.import_plain, plain_command.EXAMPLE),
        "check": (_check, "askew stimuli check published"),
        "sheet": (sheet_command.sheet, sheet_command.EXAMPLE),
    }


def _import(
    name: NameArgument,
    path: Annotated[Path, typer.Argument(help="the folder that holds the data", show_default=False, readable=False)],
    out: OutOption,
    as_json: JsonOption = False,
) -> None:
    """Turn published data on disk into a study: manifest, pictures and trials.

    unusual-poses: a folder with data/, stimuli_exp/ and object_names.xlsx. model-vs-human: a data set of its
    raw-data/, or a folder of them.
    """
    _refuse_inside(out, path)
    _save(_read(name, path), out, as_json)


def _fetch(
    name: NameArgument,
    out: OutOption,
    cache: Annotated[
        Path | None, typer.Option(help="Where downloads are kept (default: ASKEW_CACHE, or the system's cache).")
    ] = None,
    mirror: Annotated[
        str | None, typer.Option(help="Address of a copy of the data, instead of its authors' repository.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Download published data, check their hashes and turn them into a study.

    model-vs-human: the data sets edge and rotation, whose hashes askew knows; import others from a copy of the
    benchmark's repository.
    """
    from askew_stimuli import fetching  # noqa: PLC0415
    from askew_stimuli.caching import cache_folder  # noqa: PLC0415
    from askew_stimuli.imported import earlier  # noqa: PLC0415

    if mirror is not None and not fetching.is_address(mirror):
        raise WrongCall(
            f"--mirror {mirror}: an address begins with http:// or https://; a copy on disk is for `askew import`"
        )
    folder = cache or cache_folder(name)
    earlier(out, name)  # refuses a folder of somebody else's before anything is downloaded
    _refuse_inside(out, folder)
    _refuse_inside(folder, out)
    fetching.fetch(name, folder, mirror)
    _save(_read(name, folder), out, as_json)


def _check(
    folder: Annotated[
        Path, typer.Argument(help="a study, or a folder with manifest.csv", show_default=False, readable=False)
    ],
    as_json: JsonOption = False,
) -> None:
    """Check pictures and trials against the manifest, and the set as an experiment.

    Whether each file is there and is the one described; blank, clipped, small, over-exposed and nearly equal pictures;
    conditions that differ in number, size, light or place of the objects; labels; and whether the trials of a study
    agree with the manifest. Exit status 1 if anything is found; notes are no findings.
    """
    from askew.study import Study  # noqa: PLC0415
    from askew_stimuli import check  # noqa: PLC0415
    from askew_stimuli.picture import manifest_of, read_manifest  # noqa: PLC0415

    manifest = manifest_of(folder)
    pictures = read_manifest(manifest)
    found = list(check.findings(manifest.parent, pictures))
    if (folder / "study.toml").is_file():
        found += check.findings_in_trials(Study.open(folder), pictures)
    faults = sum(not finding.note for finding in found)
    if as_json:
        typer.echo(json.dumps([vars(finding) for finding in found], indent=2))
    else:
        for finding in sorted(found, key=lambda finding: finding.note):
            line = f"{'note: ' if finding.note else ''}{finding.code}: {finding.picture}: {finding.message}"
            typer.echo(" ".join(line.splitlines()))
        typer.echo(f"{manifest}: {check.coverage(pictures)}; {f'{faults:,} found' if faults else 'nothing found'}")
    raise typer.Exit(int(bool(faults)))


def _refuse_inside(inner: Path, outer: Path) -> None:
    if lies_in(inner, outer):
        raise BadInput(f"{inner}: lies in {outer}; data and study have to be apart, so name another folder")


def _read(name: Name, path: Path) -> "Imported":
    # Each data set by itself: the one that is CSV needs none of what reads MATLAB's files.
    read: Callable[[Path], Imported] = import_module(f"askew_stimuli.{name.replace('-', '_')}").read
    return read(path)


def _save(imported: "Imported", out: Path, as_json: bool) -> None:
    renewed = (out / "study.toml").exists()
    facts = summary(imported.save(out))
    if as_json:
        typer.echo(json.dumps({**facts, "notes": imported.notes}, indent=2))
        return
    for note in imported.notes:
        typer.echo(f"note: {note}")
    typer.echo(f"{out}: {facts['pictures']:,} pictures{' (an earlier import, renewed)' if renewed else ''}")
    for kind in facts["kinds"]:
        typer.echo(kind_line(kind))
    typer.echo(f"next: askew describe {shlex.quote(str(out))}")
