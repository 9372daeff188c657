"""Importing raw data of the model-vs-human benchmark, from a stand-in and from the real one."""

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from itertools import combinations
from pathlib import Path
from statistics import mean

import pytest

from askew.command import main
from askew.errors import BadInput
from askew.study import Study
from askew.trial import Trial
from askew_stimuli.model_vs_human import CATEGORIES, read
from askew_stimuli.picture import read_manifest


def imported(source: Path, out: Path) -> Study:
    return read(source).save(out)


def of(trials: Iterable[Trial], **values: object) -> list[Trial]:
    return [trial for trial in trials if all(getattr(trial, key) == value for key, value in values.items())]


def test_answers_come_back(benchmark_data: Path, tmp_path: Path) -> None:
    first, silent, right = of(imported(benchmark_data / "noise", tmp_path / "out").trials(), observer="subject-01")
    assert (first.kind, first.group, first.session, first.index, first.set) == ("human", "human", "1", 1, "noise")
    assert (first.truth, first.choice, first.correct, first.rt_ms) == ("cat", "dog", False, 868.942022)
    assert first.offered == CATEGORIES
    assert (silent.outcome, silent.choice, silent.rt_ms) == ("timeout", None, None)
    assert right.correct is True


def test_conditions_are_labels_even_when_they_look_like_numbers(benchmark_data: Path, tmp_path: Path) -> None:
    trials = imported(benchmark_data / "noise", tmp_path / "out").trials()
    assert {trial.condition for trial in trials} == {"0.10", "inf", "true"}


def test_a_picture_is_the_same_for_all_who_saw_it(benchmark_data: Path, tmp_path: Path) -> None:
    trials = list(imported(benchmark_data, tmp_path / "out").trials())
    shown = Counter(trial.stimulus for trial in trials)
    assert shown == {"noise_0.10_cat_n021_3": 2, "noise_inf_cat_n021_4": 2, "noise_true_knife_n030_41": 2} | {
        "edge_0_oven_oven10": 2
    }
    model = of(trials, kind="model")[0]
    assert (model.observer, model.group, model.condition) == ("resnet50", "networks", "0")


def test_a_folder_of_data_sets_is_one_study_whose_sets_stay_apart(benchmark_data: Path, tmp_path: Path) -> None:
    study = imported(benchmark_data, tmp_path / "out")
    assert [p.name for p in study.trial_files()] == [
        "edge_resnet50_1.csv",
        "edge_subject-01_1.csv",
        "noise_subject-01_1.csv",
        "noise_subject-02_1.csv",
    ]
    assert {trial.set for trial in of(study.trials(), observer="subject-01")} == {"edge", "noise"}
    assert study.source["sets"] == "edge, noise"


def test_pictures_are_known_by_name_only(benchmark_data: Path, tmp_path: Path) -> None:
    pictures = read_manifest(imported(benchmark_data, tmp_path / "out").manifest)
    assert len(pictures) == 4
    assert {p.file for p in pictures} == {None}
    assert {p.object_id for p in pictures if p.set == "noise"} == {"cat_n021_3", "cat_n021_4", "knife_n030_41"}


def test_a_condition_that_a_model_does_not_declare_is_told(
    benchmark_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "model-vs-human", str(benchmark_data), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "note: edge/edge_resnet50_session-1.csv: declares no condition in 1 rows; 1 rows have that of their" in said
    assert "7 human trials of 3 observers in 3 sessions, 2 without an answer in time" in said


def test_pictures_that_nobody_shares_raise_a_doubt(benchmark_data: Path, tmp_path: Path) -> None:
    path = benchmark_data / "noise" / "noise_subject-02_session_1.csv"
    path.write_text(path.read_text().replace("_s02_", "_x02_"))
    assert any("no two observers share a picture" in note for note in read(benchmark_data / "noise").notes)


def test_a_second_import_of_other_sets_does_not_mix(benchmark_data: Path, tmp_path: Path) -> None:
    imported(benchmark_data, tmp_path / "out")
    with pytest.raises(BadInput, match=r"holds an earlier import of other data \(edge, noise\); name a new folder"):
        imported(benchmark_data / "edge", tmp_path / "out")


def test_the_folder_one_stands_in_has_its_own_name(
    benchmark_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(benchmark_data / "edge")
    assert imported(Path(), tmp_path / "out").source["sets"] == "edge"


ROW = "subject-01,1,1,0.9,knife,oven,0,0001_edg_s01_0_oven_00_oven10.png"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("knife,oven", "gun,oven", ", line 2, column object_response: 'gun' is not one of airplane, bear"),
        ("knife,oven", "knife,gun", ", line 2, column category: 'gun' is not one of airplane, bear"),
        ("knife,oven", "knife,na", ", line 2, column category: 'na' is not one of"),
        ("0.9", "fast", ", line 2, column rt: 'fast' is not a number, nor NaN"),
        ("0.9", "-1", ", line 2, column rt: '-1' is not a time in seconds from 0 to 86400, nor NaN"),
        ("0.9", "inf", ", line 2, column rt: 'inf' is not a number, nor NaN"),
        ("0.9", "1_0", ", line 2, column rt: '1_0' is not a number, nor NaN"),
        ("0.9", "１.５", ", line 2, column rt: '１.５' is not a number, nor NaN"),
        ("0.9", "1e306", ", line 2, column rt: '1e306' is not a time in seconds"),
        ("subject-01,", "subject-１,", ", line 2, column subj: 'subject-１'; use letters, digits"),
        ("subj,session,trial", "subj;session;trial", ", line 1: column subj is there 0 times"),
        ("1,1,0.9", "1,one,0.9", ", line 2, column trial: 'one' is not a whole number"),
        ("subject-01,", "../x,", ", line 2, column subj: '../x'; use letters, digits and . + - _, at most 80"),
        ("subject-01,1", "subject-01,", ", line 2, column session: ''; use letters"),
        (",0,0001", ", ,0001", ", line 2, column condition: ' ' begins or ends with a space"),
        (ROW, ROW + ",x", ", line 2: 9 cells where the header has 8"),
        (",imagename", "", ", line 1: column imagename is there 0 times; a table has the columns subj, session"),
        ("condition,", "condition,Condition,", ", line 1: column condition is there 2 times"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_written(
    benchmark_data: Path, tmp_path: Path, old: str, new: str, says: str
) -> None:
    path = benchmark_data / "edge" / "edge_subject-01_session_1.csv"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(BadInput) as error:
        imported(benchmark_data, tmp_path / "out")
    assert str(error.value).startswith(f"{path}{says}")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda p: p / "nothing", "is no folder; give a data set of raw-data/, or raw-data/ itself"),
        (lambda p: p.parent / "raw-data" / "empty", "has no CSV files, nor has a folder in it"),
    ],
)
def test_a_folder_without_data_is_described(
    benchmark_data: Path, tmp_path: Path, damage: Callable[[Path], Path], says: str
) -> None:
    (benchmark_data / "empty").mkdir()
    with pytest.raises(BadInput, match=says):
        imported(damage(benchmark_data), tmp_path / "out")


def test_a_table_without_rows_is_described(benchmark_data: Path, tmp_path: Path) -> None:
    path = benchmark_data / "edge" / "edge_subject-01_session_1.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(BadInput, match="has a header and no rows; the file may be cut short"):
        imported(benchmark_data, tmp_path / "out")


def test_a_repeated_row_is_named_in_its_source(benchmark_data: Path, tmp_path: Path) -> None:
    path = benchmark_data / "edge" / "edge_subject-01_session_1.csv"
    path.write_text(path.read_text() + path.read_text().splitlines()[1] + "\n")
    with pytest.raises(BadInput) as error:
        imported(benchmark_data, tmp_path / "out")
    assert str(error.value).startswith(f"{path}, line 3: repeats line 2: the same observer, session and picture")


def test_a_stray_table_beside_the_data_sets_is_refused(benchmark_data: Path, tmp_path: Path) -> None:
    # It would otherwise be taken for the one data set, and the others would be left out in silence.
    shutil.copy(benchmark_data / "edge" / "edge_subject-01_session_1.csv", benchmark_data / "stray.csv")
    with pytest.raises(BadInput, match=r"holds stray.csv and the data set edge; give one data set, or a folder of"):
        imported(benchmark_data, tmp_path / "out")


def test_what_the_system_leaves_in_folders_is_no_data(benchmark_data: Path, tmp_path: Path) -> None:
    (benchmark_data / "edge" / "._edge_subject-01_session_1.csv").write_bytes(b"\0\5\x16\7")
    (benchmark_data / ".git").mkdir()
    (benchmark_data / ".git" / "a.csv").touch()
    assert imported(benchmark_data, tmp_path / "out").source["sets"] == "edge, noise"


ONE = "subj,session,trial,rt,object_response,category,condition,imagename\n"


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        (("a", "b_c", "0"), ("a_b", "c", "1"), "has a session a_b_c_1, and so has another data set; rename the folder"),
        (("a", "x", "b_0"), ("a_b", "y", "0"), "a_b_0_oven_p is a picture of another data set too; rename the folder"),
    ],
)
def test_data_sets_whose_names_run_together_are_refused(
    tmp_path: Path, first: tuple[str, str, str], second: tuple[str, str, str], says: str
) -> None:
    for folder, observer, condition in (first, second):
        (tmp_path / "raw" / folder).mkdir(parents=True)
        row = f"{observer},1,1,0.5,knife,oven,{condition},p.png\n"
        (tmp_path / "raw" / folder / "x.csv").write_text(ONE + row)
    with pytest.raises(BadInput, match=says):
        imported(tmp_path / "raw", tmp_path / "out")


def test_a_condition_that_nothing_declares_is_called_so(benchmark_data: Path, tmp_path: Path) -> None:
    (benchmark_data / "edge" / "edge_subject-01_session_1.csv").unlink()
    found = read(benchmark_data / "edge")
    assert [trial.condition for session in found.sessions.values() for trial in session.trials] == ["undeclared"]
    assert "1 are called 'undeclared'" in found.notes[0]


def test_an_empty_table_is_described(benchmark_data: Path, tmp_path: Path) -> None:
    (benchmark_data / "edge" / "empty.csv").touch()
    with pytest.raises(BadInput, match=r"empty.csv: is empty; a table has the columns subj, session"):
        imported(benchmark_data, tmp_path / "out")


def test_one_observer_in_two_files_is_refused(benchmark_data: Path, tmp_path: Path) -> None:
    folder = benchmark_data / "edge"
    shutil.copy(folder / "edge_subject-01_session_1.csv", folder / "edge_subject-01_again.csv")
    with pytest.raises(BadInput, match="has a session edge_subject-01_1, and so has another file of edge; keep one"):
        imported(benchmark_data, tmp_path / "out")


# The published data themselves.


@pytest.fixture(scope="module")
def study(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return imported(published / "model_vs_human", tmp_path_factory.mktemp("published") / "out")


def error_consistency(one: dict[str, bool], other: dict[str, bool]) -> float:
    """Cohen's kappa of right and wrong, as the published figure defines it: 1 where both are perfect."""
    shared = sorted(one.keys() & other.keys())
    assert len(shared) == len(one) == len(other)
    observed = mean(one[picture] == other[picture] for picture in shared)
    first, second = mean(one.values()), mean(other.values())
    expected = first * second + (1 - first) * (1 - second)
    return 1.0 if observed == 1 else (observed - expected) / (1 - expected)


@pytest.mark.parametrize("name", ["edge", "rotation"])
def test_the_published_figures_come_back(study: Study, published: Path, name: str) -> None:
    figures = json.loads((published / "model_vs_human" / "figures.json").read_text())[name]
    trials = of(study.trials(), set=name)
    assert len(trials) == figures["n_trials"]
    answers: dict[str, dict[str, dict[str, bool]]] = defaultdict(lambda: defaultdict(dict))
    for trial in trials:
        answers[trial.observer][trial.condition][trial.stimulus] = trial.correct is True
    accuracy = {who: mean(right for its in mine.values() for right in its.values()) for who, mine in answers.items()}
    assert accuracy == pytest.approx(figures["accuracy"])
    silent = Counter(trial.observer for trial in trials if trial.outcome == "timeout")
    assert {who: silent[who] for who in answers} == figures["na_responses"]
    kappas = [
        mean(error_consistency(one[condition], other[condition]) for condition in figures["kept_conditions"])
        for one, other in combinations(answers.values(), 2)
    ]
    assert mean(kappas) == pytest.approx(figures["human_human_error_consistency"], abs=1e-12)
