"""`askew stimuli select`: a set of pictures from candidates and the scores of one network."""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from askew.errors import BadInput, WrongCall
from askew_stimuli.conditions import MATCHED, OFTEN, RANDOM

if TYPE_CHECKING:
    from askew.sidecar import Sidecar
    from askew_stimuli.picture import Picture
    from askew_stimuli.selection import Selection

EXAMPLE = "askew stimuli select candidates --scores scores.csv --out selected"


def select(
    candidates: Annotated[
        Path, typer.Argument(help="a set with several poses of each object", show_default=False, readable=False)
    ],
    *,
    scores: Annotated[
        Path, typer.Option(help="What one network said of each of them.", show_default=False, readable=False)
    ],
    out: Annotated[Path, typer.Option(help="The folder to make.", show_default=False, readable=False)],
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Seed of the random arm.")] = 0,
    per_condition: Annotated[int, typer.Option(min=1, help="Pictures of each object in each condition.")] = 1,
    random_arm: Annotated[
        bool, typer.Option(help="Draw as many poses of each object that is kept without a look at the scores.")
    ] = True,
    allow_incomplete: Annotated[
        bool, typer.Option("--allow-incomplete", help="Keep objects that lack pictures of a condition.")
    ] = False,
    min_area: Annotated[
        float, typer.Option(min=0, max=1, help="Least share of the picture that the object covers.")
    ] = 0.0,
    min_angle: Annotated[
        float, typer.Option(min=0, max=180, help="Least angle from upright of rotated candidates, in degrees.")
    ] = 0.0,
    max_difference: Annotated[
        float, typer.Option(min=0, help="Standardised difference of means beyond which pictures are exchanged.")
    ] = 0.1,
    max_alternative: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="Share of the pictures that one label may be the alternative of; 5 always may be, even at 0.",
        ),
    ] = OFTEN,
    synonyms: Annotated[
        Path | None, typer.Option(help="Your own list of synonyms and un-nameable classes (TOML).", readable=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")] = False,
) -> None:
    """Choose upright, rotated-correct and rotated-incorrect pictures, matched in area, luminance and angle.

    A rotated candidate is correct where the network's most probable class is the truth or a synonym of it. Kept are
    objects that it is right about upright and in some poses, and wrong about in others, more than the random arm could
    take. That arm, rotated-random, is a baseline: random over the rotated poses of the objects kept, matched in
    nothing. The alternative label is everywhere the network's most probable wrong class that people can name.
    """
    from askew_stimuli.picture import manifest_of, read_manifest  # noqa: PLC0415
    from askew_stimuli.place import refuse_place  # noqa: PLC0415
    from askew_stimuli.progress import tracked  # noqa: PLC0415
    from askew_stimuli.scores import read_scores  # noqa: PLC0415
    from askew_stimuli.selection import Rules, check_candidates  # noqa: PLC0415
    from askew_stimuli.selection import select as selected  # noqa: PLC0415
    from askew_stimuli.synonyms import BUNDLED, read_synonyms  # noqa: PLC0415

    if not math.isfinite(max_difference):
        raise WrongCall(
            f"--max-difference {max_difference:g}: give a number of standard deviations from 0; "
            "a large one, such as 100, exchanges nothing"
        )
    refuse_place(candidates, out)
    rules = Rules(
        seed=seed,
        per_condition=per_condition,
        random_arm=random_arm,
        allow_incomplete=allow_incomplete,
        min_area=min_area,
        min_angle=min_angle,
        max_difference=max_difference,
        max_alternative=max_alternative,
    )
    manifest = manifest_of(candidates)
    pictures = read_manifest(manifest)
    check_candidates(pictures)
    lists = read_synonyms(synonyms or BUNDLED)
    scored = tracked(read_scores(scores, pictures), "reading scores", len(pictures))
    selection = selected(pictures, scored, lists, rules)
    _write(out, manifest.parent, selection.pictures, _facts(selection, manifest, scores, lists.sha256))
    typer.echo(json.dumps(_report(selection), indent=2) if as_json else "\n".join(_lines(out, selection)))


def _facts(selection: "Selection", manifest: Path, scores: Path, synonyms_sha256: str) -> "Sidecar":
    """What the set's sidecar says: the choice, and what it was made from."""
    from askew.files import sha256  # noqa: PLC0415
    from askew.sidecar import Sidecar, read  # noqa: PLC0415

    before = read(manifest)
    source = {"made_by": "askew stimuli select", **_report(selection)}
    return Sidecar(
        source={**source, "candidates": dict(before.source) if before else {}},
        versions=before.versions if before else {},
        seed=selection.rules.seed,
        hashes={"candidates": sha256(manifest), "scores": sha256(scores), "synonyms": synonyms_sha256},
        notes=_cautions(selection),
    )


def _write(out: Path, folder: Path, pictures: "Iterable[Picture]", facts: "Sidecar") -> None:
    """A set of its own: the manifest, and copies of the pictures, their silhouettes and their masks."""
    from askew.files import building, inside, put  # noqa: PLC0415
    from askew_stimuli.picture import write_manifest  # noqa: PLC0415
    from askew_stimuli.progress import tracked  # noqa: PLC0415

    files = dict(file for picture in pictures for file in picture.files.values())
    with building(out) as part:
        for name, digest in tracked(files.items(), "copying pictures", len(files)):
            source = inside(folder, name)
            if not source.is_file():
                raise BadInput(f"{source}: is not there; restore it, or make the candidates again")
            copied = put(inside(part, name), source.read_bytes())
            if digest not in {None, copied}:
                raise BadInput(f"{source}: is not the file that the manifest describes; restore it, or make it again")
        write_manifest(part / "manifest.csv", pictures, facts)


def _report(selection: "Selection") -> dict[str, Any]:
    """What the sidecar keeps of the choice: rules, selector, balance and what was left out."""
    return {
        "rules": asdict(selection.rules),
        "selector": {"model": selection.model, "weights_sha256": selection.weights_sha256},
        "pictures": {condition: len(selection.of(condition)) for condition in _conditions(selection)},
        "means": {condition: _means(selection.of(condition)) for condition in _conditions(selection)},
        "standardised_differences": {
            "first_come": _named(selection.first_come),
            "matched": _named(selection.matched),
        },
        "pictures_exchanged": selection.exchanged,
        "alternatives_too_often": selection.too_often,
        "candidates_without_alternative": selection.without_alternative,
        "rates": {label: asdict(rate) for label, rate in selection.rates.items()},
        "rotated_correct": {n: v if v is None else round(v, 6) for n, v in asdict(selection.correct).items()},
        "labels": {label: {"truth": truth, "alternative": other} for label, (truth, other) in selection.uses.items()},
        "dropped": dict(selection.dropped),
    }


def _conditions(selection: "Selection") -> list[str]:
    return [condition for condition in (*MATCHED, RANDOM) if selection.of(condition)]


def _means(pictures: "list[Picture]") -> dict[str, float | None]:
    columns = {"area": "area_frac", "luminance": "lum_mean", "angle": "angle_from_upright"}
    values = {name: [getattr(picture, column) for picture in pictures] for name, column in columns.items()}
    return {name: None if None in each else round(sum(each) / len(each), 6) for name, each in values.items()}


def _named(differences: Any) -> dict[str, dict[str, float | None]]:
    """Standardised differences by the names of conditions and measures."""
    from askew_stimuli.pairing import MEASURES, PAIRS  # noqa: PLC0415

    return {
        f"{MATCHED[other]} less {MATCHED[one]}": {
            measure: None if math.isnan(value) else round(float(value), 6)
            for measure, value in zip(MEASURES, row, strict=True)
        }
        for (one, other), row in zip(PAIRS, differences, strict=True)
    }


def _lines(out: Path, selection: "Selection") -> Iterator[str]:
    """What a person reads of the choice."""
    objects = len({picture.object_id for picture in selection.pictures})
    yield f"{out}: {len(selection.pictures):,} pictures of {objects:,} objects"
    rates = selection.rates.values()
    upright, right = sum(rate.upright for rate in rates), sum(rate.upright_correct for rate in rates)
    rotated, turned = sum(rate.rotated for rate in rates), sum(rate.rotated_correct for rate in rates)
    yield (
        f"selected by {selection.model}, which was right about {right:,} of {upright:,} upright and "
        f"{turned:,} of {rotated:,} rotated candidates"
    )
    for condition in _conditions(selection):
        means = _means(selection.of(condition))
        told = ", ".join(f"{name} {'unknown' if value is None else f'{value:.3g}'}" for name, value in means.items())
        yield f"  {condition}: {len(selection.of(condition)):,}; mean {told}"
    yield from _shares(selection)
    before, after = (_named(each) for each in (selection.first_come, selection.matched))
    yield "differences of means in standard deviations, first-come -> matched:"
    for pair, measures in after.items():
        told = ", ".join(
            f"{name} {_signed(before[pair][name])} -> {_signed(value)}"
            for name, value in measures.items()
            if value is not None
        )
        if told:
            yield f"  {pair}: {told}"
    if selection.exchanged:
        yield f"{selection.exchanged:,} pictures were exchanged to bring the means of the whole set together"
    label, (_, most) = max(selection.uses.items(), key=lambda use: use[1][1])
    yield f"most frequent alternative: {label}, of {most:,} pictures"
    if selection.too_often:
        yield f"  {selection.too_often:,} alternatives are beyond what one label may be; add objects or candidates"
    if selection.without_alternative:
        yield f"{selection.without_alternative:,} candidates have no class to offer among those listed; list more"
    if selection.dropped:
        yield f"left out: {len(selection.dropped):,} object{'s' if len(selection.dropped) > 1 else ''}"
        yield from (f"  {name}: {reason}" for name, reason in selection.dropped.items())
    yield from _cautions(selection)


def _shares(selection: "Selection") -> Iterator[str]:
    """How often the network was right, so that one sees what keeping some objects only does to it."""
    correct = selection.correct
    told = f"{100 * correct.all_objects:.1f} % over all objects, {100 * correct.kept_objects:.1f} % over those kept"
    if correct.random_arm is not None:
        told += f", {100 * correct.random_arm:.1f} % in {RANDOM}, which is drawn from the latter"
    yield f"of an object's rotated candidates it was right about {told}"


def _signed(value: float | None) -> str:
    return "unknown" if value is None else f"{round(value, 2) + 0:+.2f}"


def _cautions(selection: "Selection") -> tuple[str, ...]:
    """What is to be known before networks are compared on the set."""
    first = (
        f"compare {selection.model} and its family with care: the conditions are chosen by its failures, so leave it "
        "out of headline comparisons"
    )
    if not selection.of(RANDOM):
        return (first,)
    second = (
        f"{RANDOM} is a baseline whose poses nobody chose, random over the rotated poses of the objects kept; its "
        "alternatives are the network's best confusions, as in the other conditions, so that these do not differ in "
        "how alternatives are found"
    )
    return first, second
