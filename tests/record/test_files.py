"""Files are whole or not there, whatever happens while they are written."""

import os
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from askew.errors import BadInput
from askew.files import building, inside, sha256, write_text, writing


class Stopped(BaseException):
    """Stands for Ctrl-C in the middle of writing."""


def test_a_file_that_fails_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def write_half() -> None:
        with writing(path) as stream:
            stream.write(b"new, but cut")
            raise Stopped

    with pytest.raises(Stopped):
        write_half()
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.txt", "old")]


def test_a_file_can_be_read_by_the_others_of_a_lab(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_text(tmp_path / "a.txt", "text")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o644


def test_a_folder_that_fails_is_not_there(tmp_path: Path) -> None:
    def build_half() -> None:
        with building(tmp_path / "new") as part:
            write_text(part / "a.txt", "text")
            raise Stopped

    with pytest.raises(Stopped):
        build_half()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_keeps_what_was_not_written(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    write_text(folder / "mine.txt", "mine")
    write_text(folder / "sub" / "a.txt", "old")
    with building(folder) as part:
        write_text(part / "sub" / "a.txt", "new")
    assert (folder / "mine.txt").read_text() == "mine"
    assert (folder / "sub" / "a.txt").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["study"]


def test_the_folder_one_stands_in_can_be_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    with building(Path()) as part:
        write_text(part / "a.txt", "text")
    assert (folder / "a.txt").read_text() == "text"
    assert Path.cwd() == folder


def test_the_hash_is_that_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert sha256(tmp_path / "empty") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    "name",
    ["../x", "a/../../x", "/etc/passwd", "C:/x", "C:x", "..\\x", "\\x", "\\\\host\\share", "a\\..\\..\\x", "a\0b"],
)
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="leads out of the folder"):
        inside(tmp_path, name)


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "images").symlink_to(tmp_path)
    with pytest.raises(BadInput, match="leads out of the folder"):
        inside(tmp_path / "study", "images/secret.png")


def test_names_inside_are_allowed(tmp_path: Path) -> None:
    for name in ("a.png", "images/a.png", "a..b/c", "ä b/c.png"):
        assert inside(tmp_path, name) == tmp_path / name


def test_a_folder_with_something_in_the_way_is_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    write_text(folder / "a.txt", "old")
    (folder / "b").mkdir()

    def build() -> None:
        with building(folder) as part:
            write_text(part / "a.txt", "new")
            write_text(part / "b", "a file where a folder is")

    with pytest.raises(BadInput, match=r"study/b: is in the way, for a file of this name has to be written; move it"):
        build()
    assert (folder / "a.txt").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["study"]


def test_a_folder_that_somebody_fills_meanwhile_is_left_alone(tmp_path: Path) -> None:
    def build() -> None:
        with building(tmp_path / "study") as part:
            write_text(part / "a.txt", "ours")
            write_text(tmp_path / "study" / "a.txt", "theirs")

    with pytest.raises(BadInput, match="study: was filled by something else meanwhile; name a new folder"):
        build()
    assert (tmp_path / "study" / "a.txt").read_text() == "theirs"
    assert [p.name for p in tmp_path.iterdir()] == ["study"]


def test_a_long_name_is_allowed_where_the_system_allows_it(tmp_path: Path) -> None:
    write_text(tmp_path / ("x" * 250), "text")
    with building(tmp_path / ("y" * 250)) as part:
        write_text(part / "a.txt", "text")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_system_that_fails_is_blamed_on_the_file_one_knows(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="directory") as error:
        write_text(tmp_path / "folder", "text")
    assert error.value.filename == str(tmp_path / "folder")


def test_an_error_of_a_library_keeps_its_words(tmp_path: Path) -> None:
    def write() -> None:
        with writing(tmp_path / "a.jpg"):
            raise OSError("broken data stream when writing image file")

    with pytest.raises(OSError, match=r"^broken data stream when writing image file$"):
        write()


def test_what_a_killed_run_left_long_ago_is_removed(tmp_path: Path) -> None:
    old, new = tmp_path / ".askew-old.part", tmp_path / ".askew-new.part"
    for part in (old, new):
        part.mkdir()
        (part / "a.txt").touch()
    (tmp_path / ".askew-file.part").touch()
    for part in (old, tmp_path / ".askew-file.part"):
        os.utime(part, (0, 0))
    with building(tmp_path / "study"):
        pass
    assert not old.exists()
    assert not (tmp_path / ".askew-file.part").exists()
    assert new.exists()


def test_text_that_is_no_unicode_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"a.txt: cannot hold '\\udcff', which is no valid Unicode; rename the file"):
        write_text(tmp_path / "a.txt", os.fsdecode(b"a\xff"))
    assert list(tmp_path.iterdir()) == []


FULL = """
import sys
from pathlib import Path
from askew.study import Study
from askew.trial import Trial, write_trials
trials = (Trial(observer="sim", kind="simulated", group="g", stimulus=str(i), condition="c", offered=("a", "b"),
                truth="a", choice="a") for i in range(10_000))
try:
    write_trials(sys.argv[1], trials)
except OSError as error:
    print(type(error).__name__)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on file sizes is Linux's")
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    # A limit on the size of files fails in the middle of writing, as a full disk does.
    run = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "t.csv")],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == "OSError\n", run.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_file_is_not_replaced_by_one(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match="pipe: is there and is no ordinary file; name a file to write"):
        write_text(tmp_path / "pipe", "text")
    assert (tmp_path / "pipe").is_fifo()
