"""The layout of the published study, read back by its importer, by scipy and by openpyxl."""

import csv
import io
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import load_workbook
from scipy.io import loadmat

from askew.command import main
from askew.errors import BadInput
from askew.study import Study
from askew.trial import Trial
from askew_experiments.derive import trials_of
from askew_experiments.export_command import EXAMPLE, export
from askew_experiments.journal import journals, read_journal
from askew_experiments.matlab import matrix_file
from askew_experiments.workbook import workbook
from askew_stimuli import unusual_poses
from askew_stimuli.commandline import command
from askew_stimuli.picture import Picture
from tests.experiments.kit.sessions import (
    MISCLICK,
    SHORT,
    TIMEOUT,
    Answer,
    pictures_of,
    run_simulated,
    session_of,
    study_of,
)

HAMMER: dict[str, Any] = {
    "image_id": "587_1_267_110_42",
    "file": "images/587_1_267_110_42.png",
    "source": "imported",
    "object_id": "hammer",
    "class_index": 587,
    "class_label": "hammer",
    "alt_index": 473,
    "alt_label": "can opener & more",
    "condition": "rotated-correct",
    "source_rotation": (267.0, 110.0, 42.0),
}
STRETCHER: dict[str, Any] = {
    "image_id": "a_stretcher",
    "file": "images/a.png",
    "source": "imported",
    "object_id": "stretcher",
    "class_index": 830,
    "class_label": "stretcher",
    "alt_index": 0,
    "alt_label": "Schleie, groß",
    "condition": "upright",
    "source_rotation": (8.0, 0.0, 0.0),
}
BOW: dict[str, Any] = {
    **STRETCHER,
    "image_id": "a_bow",
    "file": "images/b.png",
    "object_id": "bow",
    "class_index": 456,
    "class_label": "bow",
    "condition": "rotated-incorrect",
    "source_rotation": (328.0, 183.0, 313.0),
}
PICTURES = [Picture(**HAMMER), Picture(**STRETCHER), Picture(**BOW)]
ANSWERS = [Answer(rt_ms=612.5), Answer(right=False, rt_ms=1250.125), MISCLICK]
UNLIMITED = SHORT.replace('show = ["image"]\nms = 40', 'show = ["image"]\nuntil = "go-on"').replace("40ms", "unlimited")
TOGETHER = (
    SHORT.replace('[[phase]]\nname = "image"\nshow = ["image"]\nms = 40\n', "")
    .replace('[[phase]]\nname = "mask"\nshow = ["mask"]\nms = 100\n', "")
    .replace('show = ["labels"]', 'show = ["image", "labels"]')
    .replace("40ms", "unlimited")
)


def exported(root: Path, out: Path, *words: str) -> Path:
    command(export, "askew session export", [str(root), "--published", "--out", str(out), *words], EXAMPLE)
    return out


def matrix(path: Path) -> np.ndarray:
    values: np.ndarray = loadmat(path)["condi"]
    return values


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return study_of(tmp_path / "study", PICTURES)


def refused(root: Path, out: Path, *words: str) -> str:
    with pytest.raises(BadInput) as caught:
        exported(root, out, *words)
    assert not out.exists()
    return str(caught.value)


def test_planted_answers_are_the_ten_published_numbers(study: Study, tmp_path: Path) -> None:
    session_of(study, "01", PICTURES, ANSWERS)
    out = exported(study.root, tmp_path / "out")
    wanted = [
        [587, 473, 1, 267, 110, 42, 1, 1, 0.04, 0.6125],
        [830, 0, 0, 8, 0, 0, 2, 1, 0.04, 1.250125],
        [456, 0, 2, 328, 183, 313, 0, 0, 0.04, 0],
    ]
    np.testing.assert_array_equal(matrix(out / "data" / "subj_1_40.mat"), wanted)
    rows = table(out / "csv" / "subj_1_40.csv")
    assert [*rows[0]] == [
        *("class", "alternative_class", "pose", "x", "y", "z", "correct_key", "pressed_key"),
        *("viewing_time_s", "response_time_s"),
    ]
    assert [[float(cell) for cell in row.values()] for row in rows] == wanted


def test_self_paced_viewing_is_told_from_seeing_the_labels_too(study: Study, tmp_path: Path) -> None:
    session_of(study, "01", PICTURES, ANSWERS, protocol=UNLIMITED)
    session_of(study, "02", PICTURES, ANSWERS, protocol=TOGETHER)
    out = exported(study.root, tmp_path / "out")
    assert matrix(out / "data" / "subj_1_unlim.mat")[:, 8].tolist() == [0.04] * 3
    assert matrix(out / "data" / "subj_2_unlim.mat")[:, 8].tolist() == [0.0] * 3


def test_participants_are_numbered_in_order_and_keep_their_number(study: Study, tmp_path: Path) -> None:
    session_of(study, "20", PICTURES, ANSWERS)
    session_of(study, "07", PICTURES, ANSWERS, session="a")
    session_of(study, "07", PICTURES, ANSWERS, session="b", protocol=UNLIMITED)
    session_of(study, "11", PICTURES, ANSWERS, protocol=SHORT.replace("ms = 40", "ms = 150"))
    out = exported(study.root, tmp_path / "out")
    listed = [(row["file"], row["participant"], row["session"]) for row in table(out / "participants.csv")]
    assert listed == [
        ("subj_1_40", "sub-07", "ses-a"),
        ("subj_1_unlim", "sub-07", "ses-b"),
        ("subj_2_150", "sub-11", "ses-01"),
        ("subj_3_40", "sub-20", "ses-01"),
    ]
    assert sorted(path.stem for path in (out / "data").iterdir()) == sorted(name for name, _, _ in listed)


def test_the_readme_says_what_is_lost_and_what_is_there(study: Study, tmp_path: Path) -> None:
    session_of(study, "01", PICTURES, ANSWERS)
    readme = (exported(study.root, tmp_path / "out") / "README.md").read_text(encoding="utf-8")
    assert "Time-outs, mis-clicks and answers outside their time are all 0 for both keys" in readme
    assert "`askew import` takes all participants for people." in readme
    assert "`stimuli_exp`: not here; `askew import unusual-poses` asks for the pictures (--pictures)" in readme


def test_simulated_is_said_beside_the_numbers(study: Study, tmp_path: Path) -> None:
    session_of(study, "01", PICTURES, ANSWERS)
    session_of(study, "sim01", PICTURES, ANSWERS, simulated=True)
    out = exported(study.root, tmp_path / "out", "--simulated")
    assert [row["simulated"] for row in table(out / "participants.csv")] == ["false", "true"]
    heads = [(out / "data" / f"subj_{number}_40.mat").read_bytes()[:116].decode("ascii").strip() for number in (1, 2)]
    assert heads == [
        "MATLAB 5.0 MAT-file, written by askew; participant",
        "MATLAB 5.0 MAT-file, written by askew; simulated participant, a program and not a person",
    ]


def test_files_of_other_lengths_are_told(study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session_of(study, "01", PICTURES, ANSWERS)
    session_of(study, "02", PICTURES, ANSWERS[:1], end="aborted")
    exported(study.root, tmp_path / "out", "--partial")
    assert "note: not all files have 3 rows, which `askew import` asks for: subj_2_40\n" in capsys.readouterr().out


def test_the_same_sessions_give_the_same_bytes(study: Study, tmp_path: Path) -> None:
    session_of(study, "01", PICTURES, ANSWERS)
    one, two = (exported(study.root, tmp_path / name, "--pictures") for name in ("one", "two"))
    files = [path.relative_to(one) for path in sorted(one.rglob("*")) if path.is_file()]
    assert len(files) == 8
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in files)


def test_the_importer_reads_it_back(study: Study, tmp_path: Path) -> None:
    session_of(study, "01", PICTURES, [*ANSWERS[:2], TIMEOUT])
    session_of(study, "02", PICTURES, ANSWERS, protocol=UNLIMITED)
    session_of(study, "03", PICTURES, ANSWERS, protocol=TOGETHER)
    back = unusual_poses.read(exported(study.root, tmp_path / "out", "--pictures"))
    assert {picture.labels for picture in back.pictures} == {picture.labels for picture in PICTURES}
    told = {name: list(session.trials) for name, session in back.sessions.items()}
    assert {*told} == {"subj_1_40ms", "subj_2_unlimited", "subj_3_unlimited"}
    assert [(trial.choice, trial.rt_ms) for trial in told["subj_1_40ms"]] == [
        ("hammer", 612.5),
        ("Schleie, groß", 1250.125),
        (None, None),
    ]
    assert {trial.presentation for trial in told["subj_2_unlimited"]} == {"alone-first"}
    assert {trial.presentation for trial in told["subj_3_unlimited"]} == {"with-labels"}


def test_sessions_on_the_published_pictures_come_back_through_the_importer(published: Path, tmp_path: Path) -> None:
    source, root = published / "unusual_poses", tmp_path / "study"
    assert main(["import", "unusual-poses", str(source), "--out", str(root)]) == 0
    run_simulated(root, "unusual_poses_40ms", 2)
    run_simulated(root, "unusual_poses_unlimited", 1)
    out = exported(root, tmp_path / "out")
    # The pictures and their names are the published ones: only the sessions come from the export.
    shutil.copytree(source / "stimuli_exp", out / "stimuli_exp")
    shutil.copy(source / "object_names.xlsx", out / "object_names.xlsx")
    back = unusual_poses.read(out)
    sent = {journal.parent.name: trials_of(read_journal(journal), journal) for journal in journals(root)}
    assert len(sent) == 3
    for number, (name, trials) in enumerate(sorted(sent.items()), start=1):
        group = trials[0].group
        assert facts(back.sessions[f"subj_{number}_{group}"].trials) == facts(trials), name


def facts(trials: Sequence[Trial]) -> list[tuple[object, ...]]:
    """What the layout has a place for; the order of labels is lost where nothing was chosen."""
    return [
        (
            trial.index,
            trial.stimulus,
            trial.condition,
            trial.truth,
            trial.choice,
            trial.offered if trial.choice else None,
            trial.rt_ms,
            trial.requested_ms,
        )
        for trial in trials
    ]


def test_the_names_and_pictures_of_an_export_are_enough_for_the_importer(published: Path, tmp_path: Path) -> None:
    root = tmp_path / "study"
    assert main(["import", "unusual-poses", str(published / "unusual_poses"), "--out", str(root)]) == 0
    run_simulated(root, "unusual_poses_150ms", 1)
    out = exported(root, tmp_path / "out", "--pictures")
    assert main(["import", "unusual-poses", str(out), "--out", str(tmp_path / "back")]) == 0
    assert len(list(Study.open(tmp_path / "back").trials())) == 49


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({"class_index": None}, "class_index"),
        ({"alt_index": None, "source_rotation": None}, "alt_index and source_rotation of three whole angles"),
        ({"source_rotation": (1.5, 0.0, 0.0)}, "source_rotation of three whole angles"),
        ({"source_rotation": (1.0, 2.0)}, "source_rotation of three whole angles"),
        ({"condition": "rotated"}, "a condition upright, rotated-correct or rotated-incorrect"),
    ],
)
def test_pictures_of_another_form_are_refused(change: dict[str, Any], lacks: str, tmp_path: Path) -> None:
    pictures = [Picture(**{**HAMMER, **change}), *PICTURES[1:]]
    study = study_of(tmp_path / "study", pictures)
    session_of(study, "01", pictures, ANSWERS)
    assert refused(study.root, tmp_path / "out") == (
        f"picture 587_1_267_110_42: lacks {lacks}, which the published layout needs; take another format, such as --csv"
    )


def test_two_pictures_that_its_columns_cannot_tell_apart_are_refused(tmp_path: Path) -> None:
    twin = Picture(**{**HAMMER, "image_id": "twin", "file": "images/twin.png"})
    study = study_of(tmp_path / "study", [*PICTURES, twin])
    session_of(study, "01", PICTURES, ANSWERS)
    assert refused(study.root, tmp_path / "out") == (
        "587_1_267_110_42 and twin are both class 587 in the condition rotated-correct, of which the published layout "
        "has one picture; take another format, such as --csv"
    )


@pytest.mark.parametrize(("ms", "given"), [("ms = 100", "100 ms"), ("ms = [40, 150]", "40 ms, 150 ms")])
def test_other_exposures_are_refused(ms: str, given: str, study: Study, tmp_path: Path) -> None:
    protocol = SHORT.replace("ms = 40", ms).replace('group = "40ms"', 'group = "{ms}ms"')
    session_of(study, "01", PICTURES, ANSWERS, protocol=protocol)
    assert refused(study.root, tmp_path / "out") == (
        f"sub-01_ses-01: shows pictures for {given}, but a file of the published layout is of one exposure: 40 ms, 150 "
        "ms or unlimited; take another format, such as --csv"
    )


def test_two_sessions_of_one_exposure_are_refused(study: Study, tmp_path: Path) -> None:
    for session in ("01", "02"):
        session_of(study, "01", PICTURES, ANSWERS, session=session)
    assert refused(study.root, tmp_path / "out") == (
        "sub-01_ses-01 and sub-01_ses-02 are of one participant and one exposure, for which the published layout has "
        "one file; take another format, such as --csv"
    )


def test_a_picture_that_the_manifest_lacks_is_refused(study: Study, tmp_path: Path) -> None:
    stranger = pictures_of([("mug", "cup")])[0]
    shutil.copy(study.manifest.parent / "images" / "a.png", study.manifest.parent / "images" / "picture_1.png")
    session_of(study, "01", [stranger], [Answer()])
    assert refused(study.root, tmp_path / "out") == (
        "sub-01_ses-01: showed picture_1, which the manifest lacks; restore it, or take another format, such as --csv"
    )


def test_other_labels_than_those_of_the_manifest_are_refused(study: Study, tmp_path: Path) -> None:
    session_of(study, "01", [Picture(**{**HAMMER, "alt_label": "saw"}), *PICTURES[1:]], ANSWERS)
    assert refused(study.root, tmp_path / "out") == (
        "sub-01_ses-01: showed 587_1_267_110_42 with the labels ['hammer', 'saw'], but the manifest now has another "
        "picture or ['hammer', 'can opener & more']; restore it, or take another format, such as --csv"
    )


def test_pictures_that_changed_are_not_copied(study: Study, tmp_path: Path) -> None:
    session_of(study, "01", PICTURES, ANSWERS)
    path = study.manifest.parent / "images" / "a.png"
    path.write_bytes(path.read_bytes() + b"x")
    assert refused(study.root, tmp_path / "out", "--pictures") == (
        f"{path}: is not the file that the manifest names; restore it, or leave out --pictures"
    )


def test_pictures_that_are_no_png_are_not_copied(tmp_path: Path) -> None:
    pictures = [Picture(**{**HAMMER, "file": "images/hammer.bmp"}), *PICTURES[1:]]
    study = study_of(tmp_path / "study", pictures)
    session_of(study, "01", pictures, ANSWERS)
    assert refused(study.root, tmp_path / "out", "--pictures") == (
        "picture 587_1_267_110_42: has no PNG file to copy; export without --pictures"
    )


@pytest.mark.parametrize("shape", [(1, 1), (3, 10), (49, 10), (2, 3)])
def test_a_matrix_comes_back_from_scipy(shape: tuple[int, int]) -> None:
    rows = np.random.default_rng(0).normal(size=shape)
    content = matrix_file(rows.tolist(), "condi", "made in a test")
    assert len(content) % 8 == 0
    values = loadmat(io.BytesIO(content))
    np.testing.assert_array_equal(values["condi"], rows)
    assert values["__header__"].decode().strip() == "MATLAB 5.0 MAT-file, made in a test"


def test_names_come_back_from_a_workbook() -> None:
    rows = [("hammer", "can opener & <more>"), ("größer", 'a "mug"')]
    sheet = load_workbook(io.BytesIO(workbook(rows)), read_only=True).worksheets[0]
    assert list(sheet.iter_rows(values_only=True)) == rows
