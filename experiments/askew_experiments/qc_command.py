"""`askew session qc`: whether the sessions of a study can be trusted, as a page for people and JSON for programs."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from askew.errors import BadInput, WrongCall
from askew.files import write_text

if TYPE_CHECKING:
    from askew_experiments.qc import Quality

EXAMPLE = "askew session qc my-study"


def qc(
    study: Annotated[Path, typer.Argument(help="a study folder", show_default=False, readable=False)],
    *,
    session: Annotated[
        str | None, typer.Option(help="Only this session, such as sub-01_ses-01.", show_default=False)
    ] = None,
    sensor_log: Annotated[
        Path | None,
        typer.Option(
            help="With --session: the CSV of a light sensor on the screen.", show_default=False, readable=False
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The page to write; the JSON goes beside it [default: results/qc.html].", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the JSON here as well, for programs.")] = False,
) -> None:
    """Check the quality of sessions: exposures, flips, answers, sides, coverage; and write the sentences for a paper.

    Leaves a page and JSON in results/. Exit status 1 if anything was found that makes data unusable or doubtful; notes
    are no findings.
    """
    from askew.study import Study  # noqa: PLC0415
    from askew_experiments.qc import as_json as document  # noqa: PLC0415
    from askew_experiments.qc import gist, quality  # noqa: PLC0415
    from askew_experiments.qc_page import as_html  # noqa: PLC0415
    from askew_stimuli.progress import tracked  # noqa: PLC0415

    if sensor_log is not None and session is None:
        raise WrongCall("--sensor-log is of one session; add --session")
    opened = Study.open(study)
    page, data = _places(study, session, out)
    found = quality(opened, session, sensor_log, lambda paths, total: tracked(paths, "reading sessions", total))
    text = json.dumps(document(found), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_text(page, as_html(found))
    write_text(data, text)
    if as_json:
        typer.echo(text, nl=False)
    else:
        _tell(found, gist(found), page, data)
    raise typer.Exit(int(bool(found.faults)))


def _tell(found: "Quality", lines: list[str], page: Path, data: Path) -> None:
    for line in lines[:-1]:
        typer.echo(line)
    if any(summary.simulated for summary in found.summaries):
        typer.echo("simulated participants are programs, not people")
    typer.echo(f"{page}, {data.name}: {lines[-1]}")


def _places(study: Path, session: str | None, out: Path | None) -> tuple[Path, Path]:
    """Where page and JSON go; refuses to replace what this command did not make."""
    from askew_experiments.qc import MAKER  # noqa: PLC0415
    from askew_experiments.qc_page import SIGN  # noqa: PLC0415

    if out is not None and out.suffix != ".html":
        raise WrongCall(f"--out {out}: the page is a .html; end the name in that")
    page = out or study / "results" / (f"qc_{session}.html" if session else "qc.html")
    data = page.with_suffix(".json")
    for place, sign in ((page, SIGN), (data, f'"maker": "{MAKER}"')):
        if os.path.lexists(place) and not _is_ours(place, sign):
            raise BadInput(f"{place}: is there and was not made by `{MAKER}`; move it, or name another file with --out")
    return page, data


def _is_ours(place: Path, sign: str) -> bool:
    if not place.is_file():
        return False
    with place.open("rb") as stream:
        return sign.encode() in stream.read(1000)
