"""Importing the published study of unusual poses, from a stand-in and from the real one."""

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from statistics import mean

import numpy as np
import pytest
from openpyxl import Workbook
from scipy.io import loadmat, savemat

from askew import sidecar
from askew.command import main
from askew.errors import BadInput
from askew.sidecar import Sidecar
from askew.study import Study
from askew.trial import Trial
from askew_stimuli.check import findings
from askew_stimuli.finding import Finding
from askew_stimuli.picture import read_manifest, write_manifest
from askew_stimuli.unusual_poses import read

OF_FILES = {"missing", "changed", "unreadable", "repainted", "resized", "duplicate", "unlisted"}


def imported(source: Path, out: Path) -> Study:
    return read(source).save(out)


def found(study: Study) -> list[Finding]:
    """What is wrong with the files of its pictures; what they show is the study's own affair."""
    every = findings(study.manifest.parent, read_manifest(study.manifest))
    return [finding for finding in every if finding.code in OF_FILES]


def of(trials: Iterable[Trial], **values: object) -> list[Trial]:
    return [trial for trial in trials if all(getattr(trial, key) == value for key, value in values.items())]


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_pictures_carry_both_labels_cleaned(poses: Path, tmp_path: Path) -> None:
    pictures = {p.image_id: p for p in read_manifest(imported(poses, tmp_path / "out").manifest)}
    assert pictures["587_0_6_0_0"].labels == ("hammer", "hatchet")
    assert pictures["830_0_8_0_0"].labels == ("stretcher", "crutch")
    conditions = ["upright", "rotated-correct", "rotated-incorrect", "upright", "rotated-correct"]
    assert [p.condition for p in pictures.values()] == conditions
    turned = pictures["587_1_267_110_42"]
    assert (turned.class_index, turned.alt_index) == (587, 473)
    assert turned.source_rotation == (267, 110, 42)
    assert turned.background_rgb == (124, 116, 104)
    assert turned.size_px == (50, 50)


def test_what_the_source_does_not_say_stays_empty(poses: Path, tmp_path: Path) -> None:
    picture = read_manifest(imported(poses, tmp_path / "out").manifest)[1]
    for column in ("qw", "euler_yxz", "angle_from_upright", "seed", "fov", "object_licence", "alt_rule", "renderer"):
        assert getattr(picture, column) is None


def test_pictures_on_disk_are_those_described(poses: Path, tmp_path: Path) -> None:
    assert found(imported(poses, tmp_path / "out")) == []


def test_sides_choices_and_times_come_back(poses: Path, tmp_path: Path) -> None:
    session = of(imported(poses, tmp_path / "out").trials(), observer="subj_1", group="40ms")
    right, wrong, second = session[:3]
    assert (right.offered, right.choice, right.correct) == (("hammer", "hatchet"), "hammer", True)
    assert (wrong.offered, wrong.choice, wrong.correct) == (("hammer", "can opener"), "can opener", False)
    assert (second.offered, second.choice, second.correct) == (("bow", "hammer"), "hammer", True)
    assert (right.kind, right.session, right.index, right.rt_ms) == ("human", "40ms", 1, 1250.0)
    assert (right.requested_ms, right.achieved_ms, right.timing_valid) == (40.0, None, None)


def test_a_misclick_is_neither_right_nor_wrong(poses: Path, tmp_path: Path) -> None:
    slip = of(imported(poses, tmp_path / "out").trials(), observer="subj_1", group="40ms")[3]
    assert (slip.outcome, slip.choice, slip.correct, slip.rt_ms) == ("misclick", None, None, None)


def test_the_two_unlimited_sets_are_kept_apart(poses: Path, tmp_path: Path) -> None:
    trials = of(imported(poses, tmp_path / "out").trials(), group="unlimited")
    assert {(t.observer, t.presentation, t.requested_ms, t.achieved_ms) for t in trials} == {
        ("subj_1", "alone-first", None, 900.0),
        ("subj_13", "with-labels", None, None),
    }
    timed = of(imported(poses, tmp_path / "two").trials(), group="150ms")
    assert {t.presentation for t in timed} == {None}


def test_a_spurious_third_column_is_removed_and_told(
    poses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "unusual-poses", str(poses), "--out", str(tmp_path / "out")]) == 0
    told = "a spurious third column of zeros was removed"
    assert f"note: subj_13_unlim.mat: {told}\n" in capsys.readouterr().out
    table = tmp_path / "out" / "trials" / "subj_13_unlimited.csv"
    found = sidecar.read(table)
    assert found is not None
    assert told in found.notes
    assert [t.condition for t in of(Study.open(tmp_path / "out").trials(), observer="subj_13", session="unlimited")][
        1
    ] == "rotated-correct"


def test_models_are_named_by_file_and_grouped(poses: Path, tmp_path: Path) -> None:
    trials = of(imported(poses, tmp_path / "out").trials(), kind="model")
    assert {(t.observer, t.group, t.session) for t in trials} == {("beit", "networks", None), ("gpt4o", "vlms", None)}
    answers = {t.stimulus: (t.outcome, t.choice) for t in of(trials, observer="gpt4o")}
    assert answers["587_1_267_110_42"] == ("refused", None)
    assert answers["830_0_8_0_0"] == ("answered", "crutch")


def test_only_what_the_files_at_hand_allow_is_declared(poses: Path, tmp_path: Path) -> None:
    study = imported(poses, tmp_path / "out")
    assert [subgroup.name for subgroup in study.subgroups] == ["unlimited-alone-first"]
    assert study.pools == ()
    assert ("150ms", "40ms", "rotated") in {(each.a, each.b, each.condition) for each in study.contrasts}


def test_the_published_study_declares_what_its_scripts_compare(published: Path, tmp_path: Path) -> None:
    study = imported(published / "unusual_poses", tmp_path / "out")
    assert [pool.observers for pool in study.pools][2:] == [
        ("subj_7", "subj_8", "subj_12"),
        ("subj_9", "subj_10", "subj_11"),
    ]
    assert len(study.contrasts) == 14


def test_a_second_import_gives_the_same_bytes(poses: Path, tmp_path: Path) -> None:
    imported(poses, tmp_path / "one")
    imported(poses, tmp_path / "two")
    assert files(tmp_path / "one") == files(tmp_path / "two")
    imported(poses, tmp_path / "one")
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_the_place_of_the_source_leaves_no_trace(poses: Path, tmp_path: Path) -> None:
    imported(poses, tmp_path / "one")
    moved = poses.rename(tmp_path / "elsewhere")
    imported(moved, tmp_path / "two")
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_a_renewed_import_keeps_what_is_the_users(poses: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    study = imported(poses, out)
    edited = study.root / "study.toml"
    edited.write_text(edited.read_text().replace("seed = 0", "seed = 77"))
    (out / "results").mkdir()
    (out / "results" / "mine.txt").write_text("mine")
    assert imported(poses, out).seed == 77
    assert (out / "results" / "mine.txt").read_text() == "mine"


def test_a_renewed_import_drops_tables_whose_source_is_gone(poses: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    imported(poses, out)
    (poses / "data" / "beit.mat").unlink()
    study = imported(poses, out)
    assert "beit.csv" not in {path.name for path in study.trial_files()}
    assert not (out / "trials" / "beit.json").exists()


@pytest.mark.parametrize("theirs", ["file.txt", "study.toml"])
def test_a_folder_with_something_else_is_left_alone(poses: Path, tmp_path: Path, theirs: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / theirs).write_text('schema = 1\nname = "mine"\n')
    with pytest.raises(BadInput, match="is there and is no earlier import of unusual-poses; name a new folder"):
        imported(poses, out)
    assert set(files(out)) == {theirs}


def spoil(poses: Path, name: str, cells: dict[tuple[int, int], float]) -> None:
    """Change single values of a matrix on disk."""
    path = poses / "data" / f"{name}.mat"
    contents = {key: value for key, value in loadmat(path).items() if not key.startswith("__")}
    ((variable, values),) = contents.items()
    values = values.astype(float)
    for place, value in cells.items():
        values[place] = value
    savemat(path, {variable: values})


@pytest.mark.parametrize(
    ("name", "cells", "says"),
    [
        ("subj_1_40", {(0, 6): 3}, "subj_1_40.mat, row 1: the keys 3 and 1; allowed are 1 and 2, or 0 for both"),
        ("subj_1_40", {(0, 7): 0}, "subj_1_40.mat, row 1: the keys 1 and 0; allowed are"),
        ("subj_1_40", {(1, 8): 0.15}, "subj_1_40.mat, row 2: a viewing time of 150 ms in a session of 40ms"),
        ("subj_1_40", {(1, 9): -1}, "subj_1_40.mat, row 2: a time of -1 s; allowed are 0 to 86400"),
        ("subj_1_40", {(1, 4): 111}, "subj_1_40.mat, row 2: the angles"),
        ("subj_1_40", {(1, 0): 588}, "subj_1_40.mat, row 2: class 588 in pose 1 has no picture"),
        ("subj_1_40", {(1, 0): 587.5}, "subj_1_40.mat, row 2: begins with [587.5, 473.0, 1.0]; allowed are"),
        ("subj_1_40", {(1, 2): 7}, "subj_1_40.mat, row 2: begins with [587.0, 473.0, 7.0]; allowed are"),
        ("subj_1_40", {(1, 3): np.nan}, "subj_1_40.mat: does not hold one matrix of numbers"),
        ("beit", {(2, 3): 3}, "beit.mat, row 3: the answer 3; allowed are 0 (wrong), 1 (right), 2 (none)"),
        ("beit", {(2, 1): 596}, "has the alternative"),
    ],
)
def test_a_wrong_value_is_named_by_file_and_row(
    poses: Path, tmp_path: Path, name: str, cells: dict[tuple[int, int], float], says: str
) -> None:
    spoil(poses, name, cells)
    with pytest.raises(BadInput) as error:
        imported(poses, tmp_path / "out")
    assert says in str(error.value)
    assert not (tmp_path / "out").exists()


def test_a_repeated_picture_in_a_session_is_refused(poses: Path, tmp_path: Path) -> None:
    path = poses / "data" / "subj_1_40.mat"
    rows = loadmat(path)["condi"]
    rows[4] = rows[0]
    savemat(path, {"condi": rows})
    with pytest.raises(BadInput, match=r"subj_1_40.mat, row 5: 587_0_6_0_0 is in row 1 already; the file is damaged"):
        imported(poses, tmp_path / "out")


def test_a_session_that_was_cut_is_noticed(poses: Path, tmp_path: Path) -> None:
    path = poses / "data" / "subj_1_40.mat"
    savemat(path, {"condi": loadmat(path)["condi"][:3]})
    with pytest.raises(BadInput, match=r"subj_1_40.mat: has 3 rows where others have 5; the file may be cut short"):
        imported(poses, tmp_path / "out")


def test_files_that_are_not_the_published_ones_are_told(poses: Path) -> None:
    notes = read(poses).notes
    assert "data/beit.mat and 11 more: not as published" in notes
    assert any(note.startswith("data/claude_opus_answers.mat and ") and note.endswith(": missing") for note in notes)


def test_a_hand_edited_manifest_is_not_replaced(poses: Path, tmp_path: Path) -> None:
    study = imported(poses, tmp_path / "out")
    mine = study.manifest.parent / "images" / "mine.png"
    shutil.copy(study.manifest.parent / "images" / "587_0_6_0_0.png", mine)
    study.manifest.with_suffix(".json").unlink()
    study.manifest.write_text(study.manifest.read_text() + "mine,images/mine.png" + "," * 50 + "\n")
    before = files(tmp_path / "out")
    with pytest.raises(BadInput, match=r"manifest.csv: was written or edited by hand; move it, or name a new folder"):
        imported(poses, tmp_path / "out")
    assert files(tmp_path / "out") == before


def test_a_file_of_somebody_else_in_a_study_is_not_replaced(poses: Path, tmp_path: Path) -> None:
    imported(poses, tmp_path / "out")
    theirs = tmp_path / "out" / "trials" / "beit.json"
    theirs.write_text('{"vega": "my plot"}')
    with pytest.raises(BadInput, match=r"beit.json: is not a sidecar of askew"):
        imported(poses, tmp_path / "out")
    assert theirs.read_text() == '{"vega": "my plot"}'


def test_a_study_may_be_a_link_to_another_place(poses: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    imported(poses, tmp_path / "out")
    assert (tmp_path / "disk" / "study.toml").exists()
    assert len(imported(poses, tmp_path / "out").trial_files()) == 6


def test_what_macos_leaves_beside_files_is_no_data(poses: Path, tmp_path: Path) -> None:
    (poses / "data" / "._beit.mat").write_bytes(b"\0\5\x16\7")
    assert len(imported(poses, tmp_path / "out").trial_files()) == 6


def test_a_renewal_that_something_stands_in_the_way_of_changes_nothing(poses: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    imported(poses, out)
    (out / "trials" / "gpt4o.csv").unlink()
    (out / "trials" / "gpt4o.csv").mkdir()
    (out / "stimuli" / "manifest.csv").write_text("edited")
    before = files(out)
    with pytest.raises(BadInput, match=r"out/trials/gpt4o.csv: is in the way, for a file of this name has to be"):
        imported(poses, out)
    assert files(out) == before


def test_a_renewal_does_not_follow_a_link_out_of_the_study(poses: Path, tmp_path: Path) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside"
    imported(poses, out)
    shutil.rmtree(out / "stimuli" / "images")
    outside.mkdir()
    (out / "stimuli" / "images").symlink_to(outside)
    with pytest.raises(BadInput, match="leads out of the folder"):
        imported(poses, out)
    assert list(outside.iterdir()) == []


def test_a_renewal_drops_pictures_that_the_source_has_no_more(poses: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    study = imported(poses, out)
    gone = replace(read_manifest(study.manifest)[0], image_id="x", file="images/x.png")
    write_manifest(study.manifest, [*read_manifest(study.manifest), gone], Sidecar())
    shutil.copy(out / "stimuli" / "images" / "587_0_6_0_0.png", out / "stimuli" / "images" / "x.png")
    assert found(imported(poses, out)) == []


def test_a_study_inside_its_own_source_is_refused(poses: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "unusual-poses", str(poses), "--out", str(poses / "stimuli_exp" / "out")]) == 1
    assert "data and study have to be apart, so name another folder" in capsys.readouterr().err


def rename(poses: Path, old: str, new: str) -> None:
    (poses / old).rename(poses / new)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda p: shutil.rmtree(p / "data"), "has no data; give the folder that holds data/, stimuli_exp/ and"),
        (lambda p: (p / "object_names.xlsx").unlink(), "has no object_names.xlsx; give the folder"),
        (lambda p: [f.unlink() for f in (p / "data").iterdir()], "has no .mat files; give the folder of the whole"),
        (lambda p: (p / "object_names.xlsx").write_bytes(b"PK\x03\x04no"), "is not an Excel workbook that can be read"),
        (lambda p: (p / "object_names.xlsx").write_bytes(b""), "is not an Excel workbook that can be read"),
        (lambda p: (p / "data" / "beit.mat").write_bytes(b""), "beit.mat: is not a MATLAB file that can be read"),
        (lambda p: (p / "data" / "beit.mat").write_bytes(b"no" * 99), "beit.mat: is not a MATLAB file"),
        (lambda p: savemat(p / "data" / "beit.mat", {"a": [[1]], "b": [[1]]}), "does not hold one matrix of numbers"),
        (lambda p: savemat(p / "data" / "beit.mat", {"a": "text"}), "beit.mat: does not hold one matrix of numbers"),
        (lambda p: savemat(p / "data" / "beit.mat", {"a": [[1j, 2]]}), "does not hold one matrix of numbers"),
        (lambda p: shutil.copy(p / "data" / "beit.mat", p / "data" / "extra.mat"), "extra.mat: is no file of the publ"),
        (lambda p: shutil.copy(p / "data" / "beit.mat", p / "data" / "gpt4o.mat"), "answers.mat: is a second file of"),
        (lambda p: shutil.copy(p / "data" / "subj_1_40.mat", p / "data" / "subj_１_40.mat"), "is not named subj_NUM"),
        (lambda p: savemat(p / "data" / "beit.mat", {"a": [[1, 2]]}), "has 2 columns, but the file of a model has 4"),
        (lambda p: savemat(p / "data" / "subj_1_40.mat", {"a": [[1, 2]]}), "but the file of a subject has 10"),
        (lambda p: rename(p, "data/subj_1_40.mat", "data/subj_1_60.mat"), "is not named subj_NUMBER_40.mat, _150.mat"),
        (lambda p: (p / "stimuli_exp" / "587_0_6_0_0.png").unlink(), "has 5 pairs of names for 4 files in stimuli_exp"),
        (
            lambda p: rename(p, "stimuli_exp/587_0_6_0_0.png", "stimuli_exp/587.png"),
            "is not named CLASS_POSE_X_Y_Z.png",
        ),
        (lambda p: (p / "stimuli_exp" / "587_0_6_0_0.png").write_bytes(b"no"), "is not a picture that can be read"),
    ],
)
def test_a_damaged_source_is_described_and_nothing_written(
    poses: Path, tmp_path: Path, damage: Callable[[Path], object], says: str
) -> None:
    damage(poses)
    with pytest.raises(BadInput) as error:
        imported(poses, tmp_path / "out")
    assert says in str(error.value)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


def write_names(poses: Path, rows: list[tuple[object, ...]]) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(poses / "object_names.xlsx")


def test_names_shifted_by_one_row_are_noticed(poses: Path, tmp_path: Path) -> None:
    # Names and pictures meet by order alone; dropping the first picture, as the published notebook does, shifts them.
    names = [("hammer", "can opener"), ("hammer", "bow"), ("stretcher", "crutch"), ("stretcher", "bobsled"), ("a", "b")]
    write_names(poses, list(names))
    with pytest.raises(BadInput, match="class 587 is 'hammer' in one row and 'stretcher' in another"):
        imported(poses, tmp_path / "out")


def test_a_row_with_one_name_is_refused(poses: Path, tmp_path: Path) -> None:
    write_names(poses, [("hammer",)])
    with pytest.raises(BadInput, match=r"object_names.xlsx, row 1: \['hammer'\] is not a pair of names"):
        imported(poses, tmp_path / "out")


# The published data themselves.


@pytest.fixture(scope="module")
def study(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return imported(published / "unusual_poses", tmp_path_factory.mktemp("published") / "out")


def test_the_published_study_is_whole(study: Study) -> None:
    trials = list(study.trials())
    people, models = of(trials, kind="human"), of(trials, kind="model")
    assert (len(people), len(models)) == (2352, 1764)
    assert len({(t.observer, t.session) for t in people}) == 48
    assert {t.observer for t in people} == {f"subj_{number}" for number in range(1, 25)}
    assert Counter(t.outcome for t in people) == {"answered": 2347, "misclick": 5}
    assert Counter(t.outcome for t in models) == {"answered": 1752, "refused": 12}
    assert {t.observer for t in of(models, group="networks")} == {"beit", "convnext", "swag", "swin", "vit"}
    assert len({t.observer for t in of(models, group="vlms")}) == 7
    assert len({t.observer for t in of(people, presentation="alone-first")}) == 12
    assert len({t.observer for t in of(people, presentation="with-labels")}) == 12
    assert found(study) == []


def test_the_published_pictures_are_whole(study: Study) -> None:
    pictures = read_manifest(study.manifest)
    assert Counter(p.condition for p in pictures) == {"upright": 51, "rotated-correct": 51, "rotated-incorrect": 45}
    assert all(p.alt_label and p.alt_index is not None for p in pictures)
    assert {p.background_rgb for p in pictures} == {(124, 116, 104)}
    # Each class has one label and each label one class: the names line up with the pictures.
    pairs = {(p.class_index, p.class_label) for p in pictures} | {(p.alt_index, p.alt_label) for p in pictures}
    assert len(pairs) == len({index for index, _ in pairs}) == len({label for _, label in pairs}) == 146


def percent_right(trials: Iterable[Trial]) -> float:
    """As published: per observer among the answers, then the mean over observers."""
    answers: dict[str, list[bool]] = defaultdict(list)
    for trial in trials:
        if trial.correct is not None:
            answers[trial.observer].append(trial.correct)
    return 100 * mean(mean(each) for each in answers.values())


@pytest.mark.parametrize("group", ["40ms", "150ms", "unlimited", "networks", "vlms"])
def test_the_published_accuracies_come_back(study: Study, published: Path, group: str) -> None:
    figures = json.loads((published / "unusual_poses" / "figures.json").read_text())["accuracy"][group]
    trials = of(study.trials(), group=group)
    if group == "unlimited":  # the paper analyses those who saw picture and labels together
        trials = of(trials, presentation="with-labels")
    by_condition = {
        condition: percent_right(of(trials, condition=condition))
        for condition in ("upright", "rotated-correct", "rotated-incorrect")
    }
    for condition, percent in by_condition.items():
        assert percent == pytest.approx(figures[condition.replace("-", "_")]["mean"], abs=1e-4)
