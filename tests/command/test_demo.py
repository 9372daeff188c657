"""`askew demo`, with the study that is bundled."""

from pathlib import Path

import pytest

from askew import demo
from askew.command import main
from askew.study import Study


def test_the_demo_leaves_a_study_that_other_commands_work_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "demo"
    assert main(["demo", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "Its observers are programs, not people." in said
    assert f"$ askew describe {folder}" in said
    assert "every picture is as described" in said
    assert main(["stimuli", "check", str(folder)]) == 0


def test_the_demo_can_be_run_again(tmp_path: Path) -> None:
    assert main(["demo", str(tmp_path / "demo")]) == 0
    assert main(["demo", str(tmp_path / "demo")]) == 0


def test_the_demo_overwrites_nobodys_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Study(root=tmp_path, name="mine").write()
    before = {p: p.read_bytes() for p in tmp_path.iterdir()}
    assert main(["demo", str(tmp_path)]) == 1
    assert "is there and holds something else; name a new folder" in capsys.readouterr().err
    assert {p: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_the_demo_stops_at_what_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "STEPS", (("a step that fails", "describe {study}/none"), ("never", "describe {study}")))
    assert main(["demo", str(tmp_path / "demo")]) == 1
    assert "never" not in capsys.readouterr().out


def test_an_askew_without_its_study_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("askew.__file__", str(tmp_path / "askew" / "__init__.py"))
    assert main(["demo", str(tmp_path / "demo")]) == 1
