"""scores.csv: what one network said of every picture."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from askew.errors import BadCell, BadInput
from askew.sidecar import Sidecar
from askew_stimuli.picture import Picture
from askew_stimuli.scores import SCORES, Score, labels_of, read_scores, write_scores

HASH = "0a" * 32


def picture(image_id: str, index: int | None = 504, label: str = "coffee mug") -> Picture:
    return Picture(image_id=image_id, source="rendered", class_index=index, class_label=label, condition="upright")


PICTURES = [picture("a"), picture("b"), picture("c", 463, "bucket")]


def score(image_id: str, index: int, label: str, probability: float, rank: int, **values: Any) -> Score:
    usual: dict[str, Any] = {"model": "net", "weights_sha256": HASH}
    return Score(
        image_id=image_id,
        class_index=index,
        class_label=label,
        probability=probability,
        rank=rank,
        **{**usual, **values},
    )


def good() -> list[Score]:
    return [
        score("a", 504, "coffee mug", 0.6, 1),
        score("a", 463, "bucket", 0.3, 2),
        score("b", 463, "bucket", 0.5, 1),
        score("b", 883, "vase", 0.2, 2),
        score("b", 504, "coffee mug", 0.001, 41),
        score("c", 463, "bucket", 0.9, 1),
        score("c", 883, "vase", 0.05, 2),
    ]


def test_scores_come_back_picture_by_picture_in_the_order_of_their_ranks(tmp_path: Path) -> None:
    rows = good()
    shuffled = [rows[place] for place in (5, 6, 4, 2, 3, 1, 0)]
    assert write_scores(tmp_path / "scores.csv", shuffled, Sidecar(hashes={"manifest": HASH})) == 7
    found = {image.image_id: scores for image, scores in read_scores(tmp_path / "scores.csv", PICTURES)}
    assert list(found) == ["c", "b", "a"]
    assert found == {name: tuple(row for row in rows if row.image_id == name) for name in "abc"}


def test_weights_may_be_unknown(tmp_path: Path) -> None:
    write_scores(tmp_path / "scores.csv", [replace(row, weights_sha256=None) for row in good()])
    assert len(list(read_scores(tmp_path / "scores.csv", PICTURES))) == 3


def test_probabilities_of_half_precision_are_fine(tmp_path: Path) -> None:
    rows = [replace(row, probability=0.7005 if row.rank == 1 else 0.3) for row in good()]
    write_scores(tmp_path / "scores.csv", [row for row in rows if row.image_id != "b"])
    assert len(list(read_scores(tmp_path / "scores.csv", [PICTURES[0], PICTURES[2]]))) == 2


def changed(place: int, **values: Any) -> Callable[[list[Score]], list[Score]]:
    return lambda rows: [replace(row, **values) if i == place else row for i, row in enumerate(rows)]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda rows: [*rows[:2], replace(rows[2], image_id="d"), *rows[2:]],
            r"line 4: picture 'd' is not in the manifest; score the pictures of this set and no",
        ),
        (
            lambda rows: [rows[0], *rows[2:], rows[1]],
            r"line 8: picture 'a' has rows above; let all rows of a picture stand toge",
        ),
        (lambda rows: rows[:5], r"scores.csv: has no scores of 1 of the 3 pictures, such as 'c'; score the whole set"),
        (lambda rows: [], r"scores.csv: has no scores of 3 of the 3 pictures, such as 'a'"),
        (changed(2, model="other"), r"line 4: model 'other' after 'net'; one file holds the scores of one network"),
        (
            changed(2, weights_sha256="ff" * 32),
            r"line 4: weights 'ff.*' after '0a.*'; one file holds the scores of one",
        ),
        (changed(2, weights_sha256=None), r"line 4: weights None after '0a"),
        (
            changed(1, class_label="pail"),
            r"line 3: class 463 is 'pail' here, but 'bucket' in the manifest or above; use the manifest's labels",
        ),
        (changed(6, class_label="urn"), r"line 8: class 883 is 'urn' here, but 'vase' in the manifest or above"),
        (
            changed(0, class_index=883, class_label="vase"),
            r"line 2: the classes of picture 'a' are without its truth, 504 \(coffee mug\); list it whatever its rank",
        ),
        (changed(1, class_index=504, class_label="coffee mug"), r"line 3: repeats class 504 of line 2; keep one"),
        (changed(3, rank=1), r"line 5: rank 1 stands there twice; list the most probable classes without a gap"),
        (changed(3, rank=3), r"line 5: rank 3 comes where 2 is missing; list the most probable classes without a gap"),
        (changed(5, rank=3), r"line 8: rank 2 comes where 1 is missing"),
        (
            changed(1, probability=0.7),
            r"line 3: rank 2 has probability 0.7, more than the 0.6 of rank 1; rank 1 is the",
        ),
        (
            changed(0, probability=0.71),
            r"line 2: the probabilities of picture 'a' add up to 1.01, more than 1; take the",
        ),
    ],
)
def test_each_fault_is_one_line_with_its_place(
    tmp_path: Path, change: Callable[[list[Score]], list[Score]], says: str
) -> None:
    write_scores(tmp_path / "scores.csv", change(good()))
    with pytest.raises(BadInput, match=says):
        list(read_scores(tmp_path / "scores.csv", PICTURES))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"probability": 1.01}, r"probability: 1.01 is not a number from 0 to 1"),
        ({"probability": -0.1}, r"probability: -0.1 is not a number from 0 to 1"),
        ({"probability": float("nan")}, r"probability: nan is not a finite number"),
        ({"class_index": 1000}, r"class_index: 1000 is not a whole number from 0 to 999"),
        ({"rank": 0}, r"rank: 0 is not a whole number of 1 or more"),
        ({"class_label": "mug|cup"}, r"class_label: 'mug\|cup' holds a '\|', which separates labels in files"),
        ({"weights_sha256": "abc"}, r"weights_sha256: 'abc' is not 64 of the characters 0-9 and a-f"),
    ],
)
def test_what_no_score_can_be_is_refused(values: dict[str, Any], says: str) -> None:
    with pytest.raises(BadCell, match=says):
        replace(good()[0], **values)


def test_a_bad_cell_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    write_scores(path, good())
    path.write_text(path.read_text().replace("0.3", "30%", 1))
    with pytest.raises(BadInput, match=r"scores.csv, line 3, column probability: '30%' is not a number"):
        list(read_scores(path, PICTURES))


def test_scores_that_were_edited_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    write_scores(path, good(), Sidecar(versions={"timm": "1"}))
    path.write_text(path.read_text().replace("0.3", "0.2", 1))
    with pytest.raises(BadInput, match=r"differs from the 7 rows that scores.json says were written"):
        next(read_scores(path, PICTURES))


def test_a_manifest_gives_each_class_one_label() -> None:
    assert labels_of(PICTURES) == {504: "coffee mug", 463: "bucket"}
    with pytest.raises(BadInput, match=r"picture d: class 504 is 'mug' here and 'coffee mug' in another picture; give"):
        labels_of([*PICTURES, picture("d", 504, "mug")])
    with pytest.raises(BadInput, match=r"picture d: has no class_index, so scores cannot be compared with its truth"):
        labels_of([picture("d", None)])


def test_every_column_says_what_it_means() -> None:
    assert SCORES.columns == (
        "image_id",
        "model",
        "weights_sha256",
        "class_index",
        "class_label",
        "probability",
        "rank",
    )
    assert all(field.column.meaning for field in SCORES.fields)
