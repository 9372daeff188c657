"""The commands of this part: `askew import`, `askew fetch`, `askew stimuli`."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from askew.describe import summary
from askew_stimuli import model_vs_human, unusual_poses
from askew_stimuli.check import findings, manifest_of
from askew_stimuli.fetching import cache_folder
from askew_stimuli.fetching import fetch as download
from askew_stimuli.imported import Imported

Name = Literal["unusual-poses", "model-vs-human"]
READERS = {unusual_poses.NAME: unusual_poses.read, model_vs_human.NAME: model_vs_human.read}

NameArgument = Annotated[Name, typer.Argument(help="the data set", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]


def import_(words: list[str]) -> None:
    """Turn published data on disk into a study."""
    app = _app()
    app.command(epilog="example: askew import unusual-poses downloads/unusual_poses --out published")(_import)
    app(args=words, prog_name="askew import")


def fetch(words: list[str]) -> None:
    """Download published data, check them and turn them into a study."""
    app = _app()
    app.command(epilog="example: askew fetch unusual-poses --out published")(_fetch)
    app(args=words, prog_name="askew fetch")


def stimuli(words: list[str]) -> None:
    """Check pictures against their manifest."""
    app = _app()
    app.callback(help="Pictures and their manifest.")(lambda: None)
    app.command("check", epilog="example: askew stimuli check published")(_check)
    app(args=words, prog_name="askew stimuli")


def _app() -> typer.Typer:
    # Plain messages: a wrong call gets one line, and a defect of ours its ordinary traceback.
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def _import(
    name: NameArgument,
    path: Annotated[Path, typer.Argument(help="the folder that holds the data", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="The study folder to make.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Turn published data on disk into a study: manifest, pictures and trials.

    unusual-poses: a folder with data/, stimuli_exp/ and object_names.xlsx. model-vs-human: a data set of its
    raw-data/, or a folder of them.
    """
    _report(READERS[name](path), out, as_json)


def _fetch(
    name: NameArgument,
    out: Annotated[Path, typer.Option("--out", help="The study folder to make.", show_default=False)],
    cache: Annotated[
        Path | None,
        typer.Option(help="Where downloads are kept (default: ASKEW_CACHE, or the system's cache)."),
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
    folder = cache or cache_folder(name)
    download(name, folder, mirror)
    _report(READERS[name](folder), out, as_json)


def _check(
    folder: Annotated[Path, typer.Argument(help="a study, or a folder with manifest.csv", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Check that the pictures are those that the manifest describes. Exit status 1 if anything is found."""
    manifest = manifest_of(folder)
    found = list(findings(manifest))
    if as_json:
        typer.echo(json.dumps([vars(finding) for finding in found], indent=2, ensure_ascii=False))
    else:
        for finding in found:
            typer.echo(f"{finding.code}: {finding.picture}: {finding.message}")
        typer.echo(f"{manifest}: {f'{len(found)} found' if found else 'every picture is as described'}")
    raise typer.Exit(int(bool(found)))


def _report(imported: Imported, out: Path, as_json: bool) -> None:
    study = imported.save(out)
    facts = summary(study)
    if as_json:
        typer.echo(json.dumps({**facts, "notes": imported.notes}, indent=2, ensure_ascii=False))
        return
    for note in imported.notes:
        typer.echo(f"note: {note}")
    typer.echo(f"{out}: {facts['pictures']} pictures")
    for kind in facts["kinds"]:
        missing = {"timeout": "without an answer", "misclick": "mis-clicks", "refused": "refusals"}
        said = ", ".join(f"{kind[outcome]} {words}" for outcome, words in missing.items() if kind[outcome])
        typer.echo(
            f"{kind['trials']:,} {kind['kind']} trials of {kind['observers']} observers in {kind['sessions']} sessions"
            + (f", {said}" if said else "")
        )
    typer.echo(f"next: askew describe {out}")
