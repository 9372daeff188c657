"""`askew new`."""

import shlex
from pathlib import Path

import pytest

from askew.command import main
from askew.study import FOLDERS, Study


def test_a_new_study_can_be_opened_and_described(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "my study"
    assert main(["new", str(folder), "--title", "Objects, upside down", "--seed", "7"]) == 0
    pictures, said = shlex.quote(str(folder / "stimuli")), shlex.quote(str(folder / "study.toml"))
    assert capsys.readouterr().out.splitlines() == [
        f"{folder}: a new study with seed 7",
        f"next: askew stimuli render --set bundled --out {pictures}, and edit {said}",
    ]
    study = Study.open(folder)
    assert (study.name, study.title, study.seed) == ("my study", "Objects, upside down", 7)
    assert {p.name for p in folder.iterdir()} == {*FOLDERS, "study.toml", "README.md", ".gitattributes"}
    assert main(["describe", str(folder)]) == 0
    assert capsys.readouterr().out == "my study: Objects, upside down\n0 pictures\nno trials yet\n"


def test_two_studies_have_different_seeds(tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert main(["new", str(tmp_path / name)]) == 0
    assert Study.open(tmp_path / "a").seed != Study.open(tmp_path / "b").seed


def test_the_folder_says_where_things_go(tmp_path: Path) -> None:
    assert main(["new", str(tmp_path / "a")]) == 0
    readme = (tmp_path / "a" / "README.md").read_text()
    assert readme.startswith("# a\n")
    for folder in FOLDERS:
        assert f"| `{folder}/` | " in readme


@pytest.mark.parametrize("name", [".", "file.txt"])
def test_what_is_there_is_left_alone(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file.txt").write_text("mine")
    assert main(["new", str(tmp_path / name)]) == 1
    assert "is there and is no empty folder; name a new one, or delete it first" in capsys.readouterr().err
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("file.txt", "mine")]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    assert main(["new", str(tmp_path)]) == 0
    assert Study.open(tmp_path).name == tmp_path.name


def test_a_title_that_no_file_could_hold_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(tmp_path / "a"), "--title", "two\nlines"]) == 1
    assert "title: 'two\\nlines' holds a line break" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
