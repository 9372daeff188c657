"""What a folder of results replaces, removes and leaves alone."""

import json
import multiprocessing
import threading
from pathlib import Path

import pytest

from askew.errors import BadInput
from askew.lock import held
from askew_analysis import results_folder
from askew_analysis.results_folder import LIST, LOCK, ResultsFolder

ALL = ("tables", "figures")
ONE, OTHER = {"seed": 1}, {"seed": 2}


def there(folder: Path) -> dict[str, bytes]:
    """The files but for the lock and the list."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in {LIST, LOCK}
    }


def test_files_that_a_comparison_has_no_more_are_removed_and_others_stay(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    assert folder.replace({"tables/a.csv": b"1", "tables/b.csv": b"2", "figures/a.svg": b"3"}, ALL, ONE) == ()
    (tmp_path / "tables" / "mine.csv").write_bytes(b"mine")
    assert folder.replace({"tables/a.csv": b"4"}, ALL, OTHER) == ()
    assert there(tmp_path) == {"tables/a.csv": b"4", "tables/mine.csv": b"mine"}


def test_parts_that_were_not_made_anew_stay_and_are_told(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    folder.replace({"tables/a.csv": b"1", "figures/a.svg": b"2"}, ALL, ONE)
    assert folder.replace({"tables/a.csv": b"1"}, ["tables"], ONE) == ()
    assert folder.replace({"tables/a.csv": b"3"}, ["tables"], OTHER) == ("figures/a.svg",)
    assert there(tmp_path) == {"tables/a.csv": b"3", "figures/a.svg": b"2"}
    comparisons = json.loads((tmp_path / LIST).read_text(encoding="utf-8"))["comparisons"]
    assert comparisons == [
        {"files": ["figures/a.svg"], "comparison": ONE},
        {"files": ["tables/a.csv"], "comparison": OTHER},
    ]


def test_the_list_is_the_same_whatever_was_there_before(tmp_path: Path) -> None:
    files = {"tables/a.csv": b"1", "figures/a.svg": b"2"}
    one, other = tmp_path / "one", tmp_path / "other"
    ResultsFolder(one).replace(files, ALL, ONE)
    ResultsFolder(other).replace({"tables/z.csv": b"0"}, ALL, OTHER)
    ResultsFolder(other).replace(dict(reversed(files.items())), ALL, ONE)
    assert (one / LIST).read_bytes() == (other / LIST).read_bytes()


def test_a_file_of_somebody_else_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "b.csv").write_bytes(b"mine")
    with pytest.raises(BadInput, match=r"b\.csv: is there and is not of an earlier comparison"):
        ResultsFolder(tmp_path).replace({"tables/a.csv": b"1", "tables/b.csv": b"2"}, ALL, ONE)
    assert there(tmp_path) == {"tables/b.csv": b"mine"}
    ResultsFolder(tmp_path, is_reserved=True).replace({"tables/b.csv": b"2"}, ALL, ONE)
    assert there(tmp_path) == {"tables/b.csv": b"2"}


def test_a_page_beside_the_folder_is_written_and_never_removed(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path / "page-files")
    (tmp_path / "page.html").write_bytes(b"old")
    folder.replace({"tables/a.csv": b"1", "../page.html": b"new"}, (*ALL, "../page.html"), ONE)
    assert (tmp_path / "page.html").read_bytes() == b"new"
    folder.replace({"tables/a.csv": b"1"}, (*ALL, "../page.html"), OTHER)
    assert (tmp_path / "page.html").read_bytes() == b"new"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"comparisons": 1}', '{"comparisons": [{"files": 1, "comparison": {}}]}', "\udcff"],
)
def test_a_damaged_list_is_told_before_anything_is_written(tmp_path: Path, text: str) -> None:
    (tmp_path / LIST).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(BadInput, match=r"contents\.json: is no list of askew's; delete it"):
        ResultsFolder(tmp_path).refuse_unusable()


def test_a_list_that_leads_out_of_the_folder_removes_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_bytes(b"mine")
    folder = tmp_path / "results"
    folder.mkdir()
    for name in ("tables/../../mine.csv", str(tmp_path / "mine.csv"), "../mine.csv"):
        listed = {"comparisons": [{"files": [name], "comparison": ONE}]}
        (folder / LIST).write_text(json.dumps(listed), encoding="utf-8")
        if name.startswith(".."):
            ResultsFolder(folder).replace({"tables/a.csv": b"1"}, (*ALL, ".."), OTHER)
        else:
            with pytest.raises(BadInput, match="leads out of the folder"):
                ResultsFolder(folder).replace({"tables/a.csv": b"1"}, ALL, OTHER)
    assert (tmp_path / "mine.csv").read_bytes() == b"mine"


def _holding(folder: Path, has_it: "threading.Event", may_end: "threading.Event") -> None:
    with held(folder / LOCK, "results"):
        has_it.set()
        may_end.wait(60)


def test_two_comparisons_write_one_after_the_other(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    has_it, may_end = spawn.Event(), spawn.Event()
    other = spawn.Process(target=_holding, args=(tmp_path, has_it, may_end))
    other.start()
    assert has_it.wait(60)
    writes = threading.Thread(target=ResultsFolder(tmp_path).replace, args=({"tables/a.csv": b"1"}, ALL, ONE))
    writes.start()
    writes.join(0.1)
    assert there(tmp_path) == {}
    may_end.set()
    writes.join(60)
    other.join(60)
    assert there(tmp_path) == {"tables/a.csv": b"1"}


def test_what_a_killed_run_left_is_known_and_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ResultsFolder(tmp_path)
    folder.replace({"tables/a.csv": b"1"}, ALL, ONE)

    def full(path: Path, content: bytes) -> str:
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(results_folder, "put", full)
        with pytest.raises(OSError, match="No space left"):
            folder.replace({"tables/a.csv": b"2", "tables/b.csv": b"3"}, ALL, OTHER)
    assert there(tmp_path) == {"tables/a.csv": b"1"}
    (tmp_path / "tables" / "b.csv").write_bytes(b"3")  # as if it had been killed a moment later
    folder.replace({"tables/a.csv": b"4"}, ALL, ONE)
    assert there(tmp_path) == {"tables/a.csv": b"4"}
