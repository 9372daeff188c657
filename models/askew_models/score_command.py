"""`askew score`: score the pictures of a study with networks."""

import json
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from askew.column import checked_text
from askew.errors import BadInput
from askew_models.settings import Precision
from askew_stimuli.commandline import command

if TYPE_CHECKING:
    from askew_models.confidence import ConditionConfidence
    from askew_models.framing import Framing
    from askew_models.lineup import Lineup
    from askew_models.place import Place
    from askew_models.running import Ran
    from askew_models.unit import State, Unit

EXAMPLE = "askew score my-study --lineup bundled"
HEAD = (
    *("observer", "condition", "pictures", "answered", "right", "sure", "ECE", "ECE scaled"),
    *("ranked", "top-1", "top-5"),
)
FEW = 10  # answers; a calibration error of fewer says nothing
FRAMED = ("observer", "condition", "pictures", "first view", "right", "best", "surest", "any", "any by chance")
KINDS = {
    "done": "done",
    "partial": "begun",
    "missing": "not begun",
    "stale": "out of date",
    "same": "the same pixels as the network's own view",
}
SHOWN = 3  # notes of each observer
UNTOUCHED = "bundled"  # the lineup where neither lineup nor observers are named

StudyArgument = Annotated[
    Path, typer.Argument(help="a study, or a folder with manifest.csv", show_default=False, readable=False)
]
LineupOption = Annotated[
    str | None,
    typer.Option(help="A lineup that comes with askew, or a file (.toml). Default: bundled.", show_default=False),
]
ObserversOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Only these of the lineup, or others: a card (.toml), a Python file (.py), timm:TAG, torchvision:TAG, the "
        "name of an entry point. Several times, or with commas between.",
        show_default=False,
    ),
]
ViewOption = Annotated[
    list[str] | None,
    typer.Option(
        help="checkpoint (as its makers cut pictures), whole (nothing cropped), zoom-F, object-F. Several times, or "
        "with commas between. Default: those of the lineup, or checkpoint and whole.",
        show_default=False,
    ),
]
DeviceOption = Annotated[
    str, typer.Option(help="auto, cpu, cuda, or several with commas between, as in cuda:0,cuda:1.")
]
PrecisionOption = Annotated[Precision, typer.Option(help="tf32 and bf16 are faster and change the last digits.")]
BatchOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=65_536,
        help="Pictures together. Default: 8 on a processor; for 1,000 pictures and more, what is fastest.",
        show_default=False,
    ),
]
ThreadsOption = Annotated[
    int | None, typer.Option(min=1, max=1024, help="Default: one for each core.", show_default=False)
]
ShardOption = Annotated[str, typer.Option("--shard", help="Only this part of the observers, i/n with i from 0.")]


def score(words: list[str]) -> int:
    """Score the pictures of a study with networks, which choose as people did."""
    return command(_score, "askew score", words, EXAMPLE)


def _score(
    study: StudyArgument,
    *,
    lineup: LineupOption = None,
    observers: ObserversOption = None,
    view: ViewOption = None,
    group: Annotated[
        str | None, typer.Option(help="Group of the observers in comparisons. Default: that of the lineup.")
    ] = None,
    device: DeviceOption = "auto",
    precision: PrecisionOption = "fp32",
    channels_last: Annotated[
        bool, typer.Option("--channels-last", help="Another order in memory, often faster.")
    ] = False,
    compiled: Annotated[
        bool, typer.Option("--compile", help="torch.compile: worth it for thousands of pictures.")
    ] = False,
    batch: BatchOption = None,
    threads: ThreadsOption = None,
    shard: ShardOption = "0/1",
    renew: Annotated[bool, typer.Option("--renew", help="Score again what is out of date.")] = False,
    status: Annotated[bool, typer.Option("--status", help="Only say how far each observer is.")] = False,
    scores: Annotated[
        Path | None,
        typer.Option(
            help="Also write the table that `askew stimuli select` sorts poses by; of one network with the classes of "
            "ImageNet-1k.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")] = False,
) -> None:
    """Score the pictures of a study with networks, which choose between the labels that people were offered.

    Leaves every logit in scores/, the choices in trials/, and how sure the networks were in results/. What is there is
    kept; a run that was stopped goes on when it is called again, and ends with the same bytes. Exit status 1 if an
    observer could not be scored.
    """
    from askew_models.answering import refuse_several, write_table  # noqa: PLC0415
    from askew_models.lineup import chosen, lineup_of, seen_as  # noqa: PLC0415
    from askew_models.place import Place, by_card, flat  # noqa: PLC0415
    from askew_models.running import run, states  # noqa: PLC0415
    from askew_models.settings import Settings, cards_here, devices  # noqa: PLC0415
    from askew_stimuli.shard import Shard  # noqa: PLC0415

    named = lineup or (None if observers else UNTOUCHED)
    cast = seen_as(chosen(lineup_of(named) if named else None, observers or []), view or [])
    if group is not None:
        cast = replace(cast, group=checked_text("--group", group))
    part = Shard.parse(shard)
    place = Place.of(study)
    units = flat(part.part(by_card(place.units(cast))))
    if not units:
        raise BadInput(f"--shard {shard}: has no observers, for there are {len(cast.cards)}; use fewer shards")
    if status:
        _tell_status(units, states(units, precision), as_json=as_json)
        return
    if scores is not None:
        refuse_several(scores, units)
    settings = Settings(
        precision=precision, channels_last=channels_last, compiled=compiled, threads=threads, batch=batch
    )
    say = (lambda _: None) if as_json else typer.echo
    ran = run(
        place,
        cast,
        settings,
        devices(device, cards_here()),
        shard=part,
        renew=renew,
        fallback=("cpu",) if device == "auto" else (),
        say=say,
        complain=lambda fault: typer.echo(f"askew score: {fault}", err=True),
    )
    if scores is not None and not ran.faults:
        write_table(scores, ran.units, place)
    _tell(place, cast, ran, as_json=as_json)
    raise typer.Exit(int(bool(ran.faults)))


def _tell_status(units: Sequence["Unit"], states: Mapping[str, "State"], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([_status(unit, states[unit.name]) for unit in units], indent=2))
        return
    width = max(len(unit.name) for unit in units)
    for unit in units:
        typer.echo(f"{unit.name:<{width}}  {_in_words(states[unit.name], len(unit.images))}")
    counts = Counter(state.kind for state in states.values())
    typer.echo(", ".join(f"{count} {KINDS[kind]}" for kind, count in counts.items()))


def _status(unit: "Unit", state: "State") -> dict[str, object]:
    return {
        "unit": unit.name,
        "observer": unit.card.name,
        "view": unit.view.name,
        "set": unit.set,
        "state": state.kind,
        "done": state.done,
        "pictures": len(unit.images),
        "why": state.why or None,
    }


def _in_words(state: "State", pictures: int) -> str:
    if state.kind == "partial":
        return f"{state.done:,} of {pictures:,} pictures"
    return f"{KINDS[state.kind]}{f': {state.why}' if state.why else ''}"


def _tell(place: "Place", cast: "Lineup", ran: "Ran", *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_facts(ran), indent=2))
    else:
        for line in _lines(place, cast, ran):
            typer.echo(line)


def _facts(ran: "Ran") -> dict[str, object]:
    return {
        "units": [_status(unit, ran.states[unit.name]) for unit in ran.units],
        "scored": [
            {"unit": done.unit, "pictures": done.pictures, "seconds": round(done.seconds, 3)}
            for done in ran.told.finished.values()
            if done.same_as is None
        ],
        "weights_sha256": ran.told.weights,
        "confidence": [asdict(row) for answers in ran.answers for row in answers.confidence],
        "framing": [asdict(row) for row in ran.framing],
        "notes": [*ran.told.notes, *(note for answers in ran.answers for note in answers.notes)],
        "faults": [*ran.faults],
    }


def _lines(place: "Place", cast: "Lineup", ran: "Ran") -> Iterator[str]:
    rows = [row for answers in ran.answers for row in answers.confidence]
    if rows:
        yield ""
        yield from _table([HEAD, *(_cells(row) for row in rows)])
        yield ""
    if ran.framing:
        yield from _table([FRAMED, *(_framed(row) for row in ran.framing)])
        yield ""
    for answers in ran.answers:
        yield from (f"note: {note}" for note in answers.notes[:SHOWN])
        if (more := len(answers.notes) - SHOWN) > 0:
            yield f"note: {answers.unit}: {more} more notes are in trials/{answers.unit}.json"
    kinds = Counter(state.kind for state in ran.states.values())
    yield f"{place.name}: {', '.join(f'{count} {KINDS[kind]}' for kind, count in kinds.items())}"
    if ran.faults:
        yield f"{len(ran.faults)} failed, see above; once that is mended, the same command goes on"
    elif ran.missing:
        yield "next: the same command goes on with what is left"
    elif kinds["done"] and (place.root / "study.toml").is_file():
        study = shlex.quote(place.name)
        yield f"next: askew compare {study}; askew report {study}"


def _cells(row: "ConditionConfidence") -> tuple[str, ...]:
    answered = row.n - row.n_refused
    errors = (row.choice_ece, row.choice_ece_scaled) if answered >= FEW else (None, None)
    chosen = map(_share, (row.accuracy, row.confidence_mean, *errors))
    return (
        *(row.observer, row.condition, f"{row.n:,}", f"{answered:,}", *chosen),
        *(f"{row.n_ranked:,}", _share(row.top1), _share(row.top5)),
    )


def _framed(row: "Framing") -> tuple[str, ...]:
    shares = (*row.accuracy[:1], max(row.accuracy), row.most_confident, row.any_view, row.any_by_chance)
    return (row.observer, row.condition, f"{row.n:,}", row.views[0], *map(_share, shares))


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.3f}"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        words = [
            f"{cell:<{width}}" if place < 2 else f"{cell:>{width}}"
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(words).rstrip()
