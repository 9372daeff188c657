"""Downloads, from a server on loopback that can be made to fail."""

import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from askew.command import main
from askew.study import Study
from askew_stimuli import fetching, registry
from askew_stimuli.caching import cache_folder


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder, counts what was asked for, and fails where it is told to."""

    asked: ClassVar[Counter[str]] = Counter()
    failing: ClassVar[dict[str, list[int]]] = {}

    def do_GET(self) -> None:
        name = self.path.lstrip("/")
        self.asked[name] += 1
        if self.failing.get(name):
            self.send_error(self.failing[name].pop())
        else:
            super().do_GET()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server(poses: Path) -> Iterator[str]:
    Handler.asked, Handler.failing = Counter(), {}
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(poses))) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def known(poses: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in's own list of files, instead of that of the published data."""
    files = sorted(p for p in poses.rglob("*") if p.is_file() and not p.name.startswith("."))
    listing = tmp_path / "listing.txt"
    listing.write_text("".join(f"{p.relative_to(poses)} {sha256(p.read_bytes()).hexdigest()}\n" for p in files))
    monkeypatch.setattr(registry, "listing", lambda _: listing)
    monkeypatch.setattr(fetching, "RETRIES", 0)


def fetch(server: str, tmp_path: Path) -> int:
    words = ["fetch", "unusual-poses", "--out", str(tmp_path / "out"), "--cache", str(tmp_path / "cache")]
    return main([*words, "--mirror", server])


def test_what_is_fetched_is_imported(server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fetch(server, tmp_path) == 0
    assert "20 human trials of 2 observers in 4 sessions, 4 mis-clicks" in capsys.readouterr().out
    assert len(list(Study.open(tmp_path / "out").trials())) == 30


def test_what_is_there_is_not_fetched_again(server: str, tmp_path: Path) -> None:
    assert fetch(server, tmp_path) == 0
    before = Handler.asked.copy()
    assert fetch(server, tmp_path) == 0
    assert Handler.asked == before


def test_an_interrupted_download_goes_on_where_it_stopped(
    server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Handler.failing = {"data/beit.mat": [404]}
    assert fetch(server, tmp_path) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"{server}/data/beit.mat: could not be downloaded (the server says 404 Not Found); what came so far" in said
    assert not (tmp_path / "out").exists()
    kept = {str(p.relative_to(tmp_path / "cache")) for p in (tmp_path / "cache").rglob("*") if p.is_file()}
    assert "data/beit.mat" not in kept
    Handler.failing, Handler.asked = {}, Counter()
    assert fetch(server, tmp_path) == 0
    assert not kept & set(Handler.asked)


def test_a_server_that_stumbles_is_asked_again(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "RETRIES", 1)
    Handler.failing = {"object_names.xlsx": [503]}
    assert fetch(server, tmp_path) == 0
    assert Handler.asked["object_names.xlsx"] == 2


def test_a_changed_file_is_refused_and_not_kept(
    server: str, tmp_path: Path, poses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (poses / "data" / "beit.mat").write_bytes(b"another file")
    assert fetch(server, tmp_path) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "beit.mat: is not the file that askew knows (its SHA-256 differs); it was not kept" in said
    assert not (tmp_path / "cache" / "data" / "beit.mat").exists()
    assert not (tmp_path / "out").exists()


def test_a_damaged_copy_in_the_cache_is_fetched_again(server: str, tmp_path: Path) -> None:
    assert fetch(server, tmp_path) == 0
    (tmp_path / "cache" / "data" / "beit.mat").write_bytes(b"damaged")
    Handler.asked = Counter()
    assert fetch(server, tmp_path) == 0
    assert Handler.asked == {"data/beit.mat": 1}


def test_a_file_that_does_not_belong_is_refused(
    server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fetch(server, tmp_path) == 0
    (tmp_path / "cache" / "data" / "tmpabcd1234").touch()  # what an interrupted pooch leaves
    assert fetch(server, tmp_path) == 0
    (tmp_path / "cache" / "data" / "extra.mat").touch()
    assert fetch(server, tmp_path) == 1
    assert "extra.mat: is no part of unusual-poses; move it, or keep the downloads" in capsys.readouterr().err


def test_a_folder_of_somebody_else_is_refused_before_the_download(
    server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    assert fetch(server, tmp_path) == 1
    assert "is there and is no earlier import of unusual-poses" in capsys.readouterr().err
    assert not Handler.asked


def test_an_address_is_told_without_its_password(
    server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Handler.failing = {"data/beit.mat": [404]}
    assert fetch(server.replace("//", "//me:secret@"), tmp_path) == 1
    said = capsys.readouterr().err
    assert f"{server}/data/beit.mat: could not be downloaded" in said
    assert "secret" not in said


@pytest.mark.parametrize("mirror", ["foo", "ftp://127.0.0.1/", "file:///tmp", "http://[", "http://a:99999", "http://"])
def test_what_is_no_address_is_a_wrong_call(tmp_path: Path, mirror: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert fetch(mirror, tmp_path) == 2
    assert (
        f"--mirror {mirror}: an address begins with http:// or https://; a copy on disk is for `askew import`"
        in capsys.readouterr().err
    )


def test_no_connection_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Port 9 of loopback (discard) is closed, so the answer is immediate.
    assert fetch("http://127.0.0.1:9", tmp_path) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "could not be downloaded (no connection); what came so far is kept in" in said


@pytest.mark.parametrize(("name", "files"), [("unusual-poses", 208), ("model-vs-human", 14)])
def test_the_lists_that_come_with_askew_name_files_and_hashes(
    name: str, files: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    lines = registry.listing(name).read_text().splitlines()
    assert len(lines) == files
    assert all(len(line.split(" ")[1]) == 64 for line in lines)
    assert fetching.ADDRESSES[name].startswith("https://raw.githubusercontent.com/")


@pytest.mark.parametrize(("name", "folder"), [("unusual-poses", "unusual_poses"), ("model-vs-human", "model_vs_human")])
def test_the_lists_are_those_of_the_published_data(
    name: str, folder: str, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    for line in registry.listing(name).read_text().splitlines():
        file, expected = line.split(" ")
        assert sha256((published / folder / file).read_bytes()).hexdigest() == expected


def test_downloads_are_kept_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path))
    assert cache_folder("x") == tmp_path / "x"
    monkeypatch.delenv("ASKEW_CACHE")
    assert cache_folder("x").parts[-2:] == ("askew", "x")
