"""scores.csv: what one network said of every picture of a set; the form in which a selection wants it.

One row for each picture and class: the most probable classes, as many as one likes, and always the truth. This package
runs no networks; whatever does writes this file.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated

from askew import sidecar
from askew.column import Column, without_separator
from askew.errors import BadInput, quoted
from askew.sidecar import Sidecar
from askew.table import Table
from askew_stimuli.picture import Picture

EXCESS = 1e-3  # probabilities of 16 bits may add up to a little more than 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The probability that a network gave one class for one picture."""

    image_id: Annotated[str, Column("the picture, as in the manifest; its rows stand together")]
    model: Annotated[str, Column("name of the network; the same in every row")]
    weights_sha256: Annotated[
        str | None,
        Column(
            "SHA-256 of its weights; the same in every row",
            may_lack=True,
            pattern="[0-9a-f]{64}",
            form="64 of the characters 0-9 and a-f",
        ),
    ] = None
    class_index: Annotated[int, Column("ImageNet-1k class, counted from 0", low=0, high=999)]
    class_label: Annotated[str, Column("its label; the manifest's for every class that the manifest names")]
    probability: Annotated[float, Column("softmax over all classes", low=0, high=1)]
    rank: Annotated[
        int,
        Column(
            "1 for the most probable of all classes; none is left out before the last, save for a late truth", low=1
        ),
    ]

    def __post_init__(self) -> None:
        """Refuse what no score can be."""
        SCORES.check(self)
        without_separator("class_label", self.class_label)


SCORES = Table(Score, "scores")
Scored = tuple[Picture, tuple[Score, ...]]
_Rows = list[tuple[int, Score]]


def write_scores(path: Path | str, scores: Iterable[Score], facts: Sidecar | None = None) -> int:
    """Write scores, with a sidecar of facts where there are any; returns the number of rows."""
    return sidecar.write_table(SCORES, Path(path), scores, facts)


def read_scores(path: Path, pictures: Sequence[Picture]) -> Iterator[Scored]:
    """Each picture with its scores by rank, one picture after the other, so that no more than one is held in memory.

    Strict: all of one network, each picture of the manifest once, its truth among the classes, every label the
    manifest's, ranks and probabilities such as a softmax gives. A BadInput names file and line.
    """
    sidecar.check(path)
    labels = labels_of(pictures)
    waiting = {picture.image_id: picture for picture in pictures}
    known = frozenset(waiting)
    first: Score | None = None
    for image_id, group in groupby(SCORES.numbered(path), key=lambda row: row[1].image_id):
        rows: _Rows = []
        for line, score in group:
            first = first or score
            _check_row(f"{path}, line {line}", score, first, labels)
            rows.append((line, score))
        if image_id not in waiting:
            wrong = "has rows above; let all rows of a picture stand together"
            if image_id not in known:
                wrong = "is not in the manifest; score the pictures of this set and no others"
            raise BadInput(f"{path}, line {rows[0][0]}: picture {quoted(image_id)} {wrong}")
        picture = waiting.pop(image_id)
        yield picture, _ranked(path, picture, rows)
    if waiting:
        raise BadInput(
            f"{path}: has no scores of {len(waiting):,} of the {len(known):,} pictures, such as "
            f"{quoted(min(waiting))}; score the whole set"
        )


def labels_of(pictures: Iterable[Picture]) -> dict[int, str]:
    """The label that a manifest gives to each class; a BadInput where it gives two, or a picture has no class."""
    labels: dict[int, str] = {}
    for picture in pictures:
        if picture.class_index is None:
            raise BadInput(
                f"picture {picture.image_id}: has no class_index, so scores cannot be compared with its truth"
            )
        label = labels.setdefault(picture.class_index, picture.class_label)
        if label != picture.class_label:
            raise BadInput(
                f"picture {picture.image_id}: class {picture.class_index} is {quoted(picture.class_label)} here and "
                f"{quoted(label)} in another picture; give a class one label"
            )
    return labels


def _check_row(where: str, score: Score, first: Score, labels: dict[int, str]) -> None:
    if (score.model, score.weights_sha256) != (first.model, first.weights_sha256):
        same = score.model == first.model
        given, before = (s.weights_sha256 if same else s.model for s in (score, first))
        raise BadInput(
            f"{where}: {'weights' if same else 'model'} {quoted(given)} after {quoted(before)}; "
            "one file holds the scores of one network"
        )
    label = labels.setdefault(score.class_index, score.class_label)
    if label != score.class_label:
        raise BadInput(
            f"{where}: class {score.class_index} is {quoted(score.class_label)} here, but {quoted(label)} in the "
            "manifest or above; use the manifest's labels"
        )


def _ranked(path: Path, picture: Picture, rows: _Rows) -> tuple[Score, ...]:
    rows = sorted(rows, key=lambda row: row[1].rank)
    lines: dict[int, int] = {}
    before: Score | None = None
    for place, (line, score) in enumerate(rows, start=1):
        where = f"{path}, line {line}"
        if score.class_index in lines:
            raise BadInput(f"{where}: repeats class {score.class_index} of line {lines[score.class_index]}; keep one")
        lines[score.class_index] = line
        late_truth = place == len(rows) and score.class_index == picture.class_index and score.rank > place
        if score.rank != place and not late_truth:
            wrong = "stands there twice" if score.rank < place else f"comes where {place} is missing"
            raise BadInput(f"{where}: rank {score.rank} {wrong}; list the most probable classes without a gap")
        if before is not None and score.probability > before.probability:
            raise BadInput(
                f"{where}: rank {score.rank} has probability {score.probability:g}, more than the "
                f"{before.probability:g} of rank {before.rank}; rank 1 is the most probable"
            )
        before = score
    if picture.class_index not in lines:
        raise BadInput(
            f"{path}, line {rows[0][0]}: the classes of picture {quoted(picture.image_id)} are without its truth, "
            f"{picture.class_index} ({picture.class_label}); list it whatever its rank"
        )
    if (total := sum(score.probability for _, score in rows)) > 1 + EXCESS:
        raise BadInput(
            f"{path}, line {rows[0][0]}: the probabilities of picture {quoted(picture.image_id)} add up to "
            f"{total:.4g}, more than 1; take the softmax over all classes"
        )
    return tuple(score for _, score in rows)
