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


def test_a_page_elsewhere_has_its_tables_and_figures_in_a_folder_of_its_own(planted: Study, tmp_path: Path) -> None:
    place = tmp_path / "for a friend" / "page.html"
    assert main(["report", str(planted.root), "--out", str(place), "--resamples", "100"]) == 0
    assert {path.name for path in place.parent.iterdir()} == {"page.html", "page-files"}
    page = place.read_text(encoding="utf-8")
    found = {*re.findall(r'href="(page-files/[^"]+)"', page)}
    assert {"page-files/tables/accuracy.csv", "page-files/figures/accuracy.svg"} <= found
    assert [name for name in found if not (place.parent / name).is_file()] == []
    assert not re.findall(r'href="(?:tables|figures)/', page)
    assert not (planted.root / "results").exists()


def test_two_pages_beside_each_other_share_no_file(made: Path, tmp_path: Path) -> None:
    before = results(made)
    for name in ("a.html", "b.html"):
        place = made / "results" / name
        assert main(["report", str(made), "--out", str(place), "--resamples", "100"]) == 0
    after = results(made)
    assert before.items() <= after.items()
    added = {Path(name).parts[0] for name in after.keys() - before.keys()}
    assert added == {"a.html", "a-files", "b.html", "b-files"}
    for name in added:
        place = made / "results" / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()


def test_files_that_are_not_askews_are_never_written_over_or_removed(
    planted: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "page-files" / "tables" / "accuracy.csv"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", encoding="utf-8")
    assert main(["report", str(planted.root), "--out", str(tmp_path / "page.html"), "--resamples", "100"]) == 1
    assert "accuracy.csv: is there and is not of an earlier comparison" in capsys.readouterr().err
    assert mine.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize(
    "said",
    [
        ("page.txt", 2, "is no page; name a file that ends in .html, such as report.html"),
        ("-", 2, "--out -: is no page; name a file"),
        ("folder.html", 1, "is a folder where the page has to be; name a file, such as "),
    ],
)
def test_a_place_that_cannot_be_a_page_is_refused_first(
    planted: Study,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    said: tuple[str, int, str],
) -> None:
    name, status, words = said
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.html").mkdir()
    assert main(["report", str(planted.root), "--out", name]) == status
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("name", ["results", "results/figures", "results/report.html"])
def test_what_is_in_the_way_of_results_is_told_before_anything_is_computed(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    root = tmp_path / "study"
    shutil.copytree(made, root)
    shutil.rmtree(root / "results")
    place = root / name
    if name.endswith(".html"):
        place.mkdir(parents=True)
    else:
        place.parent.mkdir(exist_ok=True)
        place.touch()
    assert main(["report", str(root), "--resamples", "500"]) == 1
    said = capsys.readouterr().err
    assert f"{place}: is a f" in said
    assert "where" in said
    assert not (root / "results" / "tables").exists()


def test_a_damaged_manifest_leaves_the_results_that_were_there(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "study"
    shutil.copytree(made, root)
    before = results(root)
    manifest = root / "stimuli" / "manifest.csv"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("upright", "", 1), encoding="utf-8")
    assert main(["report", str(root), "--resamples", "300"]) == 1
    assert "manifest.csv: differs from" in capsys.readouterr().err
    assert results(root) == before


def test_tables_alone_need_a_place(planted: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = planted.root / "trials" / "p1.csv"
    assert main(["report", str(table)]) == 1
    assert "tables of trials have no folder for results; name the file to write with --out" in capsys.readouterr().err
    shutil.copy(table, tmp_path / "p1.csv")
    assert main(["report", str(tmp_path / "p1.csv")]) == 1
    assert "several studies, or tables of no study, have no folder" in capsys.readouterr().err


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
