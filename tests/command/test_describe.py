"""`askew describe`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from askew.command import main
from askew.study import Study
from askew.trial import Trial, write_trials


@pytest.fixture
def study(tmp_path: Path, trial: Callable[..., Trial]) -> Path:
    made = Study(root=tmp_path, name="small")
    made.write()
    write_trials(
        made.file("trials/a.csv"),
        [
            trial(),
            trial(stimulus="b", choice="hammer"),
            trial(stimulus="c", choice=None, outcome="timeout"),
            trial(stimulus="d", condition="upright"),
        ],
    )
    write_trials(made.file("trials/b.csv"), [trial(observer="net", kind="model", group="networks", session=None)])
    return tmp_path


def test_answers_are_counted_apart_from_silence(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", str(study)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "small",
        "0 pictures",
        "1 model trial of 1 observer in 1 session",
        "4 simulated trials of 1 observer in 1 session, 1 without an answer in time",
        "simulated observers are programs, not people",
        "",
        "group     condition  observers  trials  right of answers",
        "networks  rotated            1       1            100.0%",
        "40ms      rotated            1       3             50.0%",
        "40ms      upright            1       1            100.0%",
    ]


def test_programs_get_the_same_as_json(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", str(study), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["trial_files"] == 2
    cell = next(cell for cell in facts["cells"] if cell["group"] == "40ms" and cell["condition"] == "rotated")
    assert (cell["trials"], cell["timeout"], cell["right_of_answered"]) == (3, 1, 0.5)


def test_a_cell_without_answers_has_no_share(tmp_path: Path, trial: Callable[..., Trial]) -> None:
    made = Study(root=tmp_path, name="small")
    made.write()
    write_trials(made.file("trials/a.csv"), [trial(choice=None, outcome="timeout")])
    assert main(["describe", str(tmp_path)]) == 0


def test_people_and_programs_in_one_group_are_told_apart(
    trial: Callable[..., Trial], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["new", str(tmp_path / "study")])
    rows = [trial(observer="a", kind="human"), trial(observer="b", kind="simulated", choice="hammer")]
    write_trials(tmp_path / "study" / "trials" / "t.csv", rows)
    capsys.readouterr()
    assert main(["describe", str(tmp_path / "study")]) == 0
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "kind       group  condition  observers  trials  right of answers",
        "human      40ms   rotated            1       1            100.0%",
        "simulated  40ms   rotated            1       1              0.0%",
    ]
