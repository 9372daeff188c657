"""`askew report`, from a study to its page."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from askew.command import main
from askew.study import Study
from askew.trial import Trial, write_trials
from askew_analysis.figures import FORMATS


@pytest.fixture(scope="module")
def made(planted: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the planted study, with its report."""
    root = tmp_path_factory.mktemp("reported") / "study"
    shutil.copytree(planted.root, root)
    assert main(["report", str(root), "--resamples", "500"]) == 0
    return root


def results(root: Path) -> dict[str, bytes]:
    folder = root / "results"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_report_goes_into_the_study_with_tables_and_figures_beside_it(made: Path) -> None:
    names = {*results(made)}
    assert "report.html" in names
    assert "tables/accuracy.csv" in names
    assert {f"figures/accuracy.{form}" for form in FORMATS} <= names


def test_the_same_study_gives_the_same_bytes(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = results(made)
    assert main(["report", str(made), "--resamples", "500"]) == 0
    assert capsys.readouterr().out == f"report: {made / 'results' / 'report.html'}\n"
    assert results(made) == before


def test_the_report_names_no_path_of_this_machine(made: Path) -> None:
    page = (made / "results" / "report.html").read_text(encoding="utf-8")
    assert str(made) not in page
    assert str(Path.home()) + "/" not in page


def test_every_table_that_the_report_points_to_is_there(made: Path) -> None:
    page = (made / "results" / "report.html").read_text(encoding="utf-8")
    found = {*re.findall(r'href="((?:tables|figures)/[^"]+)"', page)}
    assert found
    for name in found:
        assert (made / "results" / name).is_file(), name


def test_out_names_another_place(planted: Study, tmp_path: Path) -> None:
    place = tmp_path / "for a friend" / "page.html"
    assert main(["report", str(planted.root), "--out", str(place), "--resamples", "100"]) == 0
    assert place.is_file()
    assert (place.parent / "figures" / "accuracy.svg").is_file()
    assert not (planted.root / "results").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("page.txt", "is no page; name a file that ends in .html, such as report.html"),
        ("folder.html", "is a folder; name a file in it, such as "),
    ],
)
def test_a_place_that_cannot_be_a_page_is_refused_first(
    planted: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    (tmp_path / "folder.html").mkdir()
    assert main(["report", str(planted.root), "--out", str(tmp_path / name)]) == 1
    assert said in capsys.readouterr().err


def test_tables_alone_need_a_place(planted: Study, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(planted.root / "trials" / "p1.csv")]) == 1
    assert "name the file to write with --out report.html" in capsys.readouterr().err


def test_a_study_without_trials_is_refused_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(tmp_path / "study")]) == 0
    assert main(["report", str(tmp_path / "study")]) == 1
    assert "has no tables of trials; run a session, score models or import data first" in capsys.readouterr().err


def test_programs_are_no_people_until_the_study_says_so(
    tmp_path: Path, trial: Callable[..., Trial], capsys: pytest.CaptureFixture[str]
) -> None:
    study = Study(root=tmp_path / "study", name="small")
    study.write()
    trials = [trial(stimulus=f"p{i}", index=i, condition="rotated" if i % 2 else "upright") for i in range(6)]
    write_trials(study.root / "trials" / "sim_1.csv", trials)
    assert main(["report", str(study.root)]) == 1
    assert "or say simulated = true in study.toml" in capsys.readouterr().err
    Study(root=study.root, name="small", simulated=True).write()
    assert main(["report", str(study.root), "--resamples", "100"]) == 0
    page = (study.root / "results" / "report.html").read_text(encoding="utf-8")
    assert "All participants are simulated" in page


def test_a_full_disk_leaves_the_report_that_was_there(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (made / "results" / "report.html").read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["report", str(made), "--resamples", "500"]) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert (made / "results" / "report.html").read_bytes() == before
