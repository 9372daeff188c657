"""`askew demo`, with the study that is bundled."""

from pathlib import Path

import pytest

from askew import demo
from askew.command import main


def test_the_demo_leaves_a_study_that_other_commands_work_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "demo"
    assert main(["demo", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "Its observers are programs, not people." in said
    assert f"$ askew describe {folder}" in said
    assert "8 pictures, 8 with a file, 8 of them compared by hash; nothing found" in said
    assert main(["stimuli", "check", str(folder)]) == 0


@pytest.mark.parametrize("name", ["example", "file"])
def test_the_demo_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    # A study of one's own may well be called example, as the bundled one is.
    assert main(["new", str(tmp_path / "example"), "--title", "Mine"]) == 0
    (tmp_path / "file").write_text("mine")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert main(["demo", str(tmp_path / name)]) == 1
    assert "is there and is no empty folder; name a new one" in capsys.readouterr().err
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_a_folder_that_looks_like_an_option_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--", "-q"]) == 0
    assert (tmp_path / "-q" / "study.toml").exists()


def test_the_demo_stops_at_what_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        demo, "STEPS", (("a step that fails", ("describe", "none")), ("never", ("describe", demo.STUDY)))
    )
    assert main(["demo", str(tmp_path / "demo")]) == 1
    assert "never" not in capsys.readouterr().out


def test_an_askew_without_its_study_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("askew.__file__", str(tmp_path / "askew" / "__init__.py"))
    assert main(["demo", str(tmp_path / "demo")]) == 1
