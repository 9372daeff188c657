"""`askew session export`: a data set for others, in one of four formats, from the sessions' journals."""

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from askew.errors import WrongCall

if TYPE_CHECKING:
    from askew_experiments.exporting import Export

EXAMPLE = "askew session export my-study --bids --out my-study-bids"
FORMATS = ("bids", "psychds", "csv", "published")
WITH_PICTURES = ("bids", "psychds", "published")


def export(
    study: Annotated[Path, typer.Argument(help="a study folder", show_default=False, readable=False)],
    *,
    bids: Annotated[bool, typer.Option("--bids", help="Brain Imaging Data Structure, for behaviour.")] = False,
    psychds: Annotated[bool, typer.Option("--psychds", help="Psych-DS, for psychology.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="The tables of trials, as this study has them.")] = False,
    published: Annotated[
        bool, typer.Option("--published", help="The 10 columns of Ollikka et al. (2025), for MATLAB and as CSV.")
    ] = False,
    out: Annotated[Path, typer.Option(help="The folder to make.", show_default=False, readable=False)],
    partial: Annotated[bool, typer.Option("--partial", help="Take sessions that are not complete, too.")] = False,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Take simulated sessions beside those of people.")
    ] = False,
    pictures: Annotated[
        bool, typer.Option("--pictures", help="Copy the pictures, too, if you may pass them on.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")] = False,
) -> None:
    """Export the sessions of a study as a data set for others: one format, a new folder.

    Complete sessions are taken, and what is left out is said. Where there are sessions of people, simulated ones are
    left out. The same sessions give the same files, byte for byte.
    """
    from askew.files import building  # noqa: PLC0415
    from askew.study import Study  # noqa: PLC0415
    from askew_experiments import bids as to_bids  # noqa: PLC0415
    from askew_experiments import own_tables as to_csv  # noqa: PLC0415
    from askew_experiments import psychds as to_psychds  # noqa: PLC0415
    from askew_experiments import published as to_published  # noqa: PLC0415
    from askew_experiments.exporting import chosen, refuse_taken  # noqa: PLC0415

    kind = _format(dict(zip(FORMATS, (bids, psychds, csv, published), strict=True)))
    if pictures and kind not in WITH_PICTURES:
        raise WrongCall(f"--pictures goes with --{', --'.join(WITH_PICTURES)}, but the format is --{kind}")
    opened = Study.open(study)
    refuse_taken(out, opened)
    taken = chosen(opened, partial=partial, simulated=simulated)
    with building(out) as part:
        if kind == "bids":
            said = to_bids.write(taken, part, pictures=pictures)
        elif kind == "psychds":
            said = to_psychds.write(taken, part, pictures=pictures)
        elif kind == "published":
            said = to_published.write(taken, part, pictures=pictures)
        else:
            said = to_csv.write(taken, part)
    _tell(taken, kind, study, out, said, as_json=as_json)


def _format(asked: dict[str, bool]) -> str:
    given = [name for name, wanted in asked.items() if wanted]
    if len(given) != 1:
        number = f"{len(given)} are given (--{', --'.join(given)})" if given else "none is given"
        raise WrongCall(f"one format is needed, but {number}; give one of --{', --'.join(asked)}")
    return given[0]


def _tell(export: "Export", kind: str, study: Path, out: Path, said: list[str], *, as_json: bool) -> None:
    people = len(export.participants) - len(export.simulated)
    if as_json:
        facts = {
            "study": str(study),
            "out": str(out),
            "format": kind,
            "sessions": len(export.sessions),
            "trials": sum(len(taken.trials) for taken in export.sessions),
            "people": people,
            "simulated": len(export.simulated),
            "left_out": {reason: list(names) for reason, names in export.left_out.items()},
            "notes": said,
        }
        typer.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{out}: {export.who()}")
    for sentence in said:
        typer.echo(f"note: {sentence}")
    if kind in {"bids", "psychds"} and not (export.study.root / "dataset.toml").exists():
        typer.echo("note: authors, licence and institution are not stated; dataset.toml in the study may state them")
    if kind == "bids":
        typer.echo(f"next: bids-validator-deno {shlex.quote(str(out))}")
