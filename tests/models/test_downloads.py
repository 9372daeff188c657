"""Files of pretrained weights: from the caches, or over a network, of which there is only the loopback here."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import close_session, constants

from askew.errors import BadInput
from askew_models.downloads import hub_file, url_file

WEIGHTS = b"weights of a network " * 1000
BEGINNING = hashlib.sha256(WEIGHTS).hexdigest()[:8]
NAMES = ("model.safetensors", "pytorch_model.bin")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Server:
    """Serves the paths it is told, as the hub does, and remembers what was asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.answer(with_body=False)

            def do_GET(self) -> None:
                self.answer(with_body=True)

            def answer(self, *, with_body: bool) -> None:
                outer.asked.append(self.path)
                content = outer.files.get(self.path)
                self.send_response(404 if content is None else 200)
                if content is None:
                    self.send_header("X-Error-Code", "EntryNotFound")
                self.send_header("ETag", f'"{hashlib.sha256(content or b"").hexdigest()}"')
                self.send_header("X-Repo-Commit", COMMIT)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                if with_body and content:
                    self.wfile.write(content)

            def log_message(self, *said: object) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    threading.Thread(target=found.http.serve_forever, args=(0.01,), daemon=True).start()
    yield found
    close_session()  # the hub's client keeps its connections
    found.http.shutdown()
    found.http.server_close()


@pytest.fixture
def closed_port() -> Iterator[str]:
    """An address at which nobody answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler, bind_and_activate=False) as unheard:
        unheard.server_bind()
        yield f"http://127.0.0.1:{unheard.server_address[1]}"


@pytest.fixture(autouse=True)
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Caches of this test alone."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))


def on_hub(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", server.address)
    template = server.address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


def test_a_file_of_an_address_is_kept_where_torch_keeps_it(tmp_path: Path, server: Server) -> None:
    server.files[f"/models/net-{BEGINNING}.pth"] = WEIGHTS
    url = f"{server.address}/models/net-{BEGINNING}.pth"
    path = url_file("net", url)
    assert path == tmp_path / "torch" / "hub" / "checkpoints" / f"net-{BEGINNING}.pth"
    assert path.read_bytes() == WEIGHTS
    assert url_file("net", url) == path
    assert server.asked == [f"/models/net-{BEGINNING}.pth"]


def test_a_file_that_is_there_needs_no_network(tmp_path: Path, closed_port: str) -> None:
    there = tmp_path / "torch" / "hub" / "checkpoints" / "net-00000000.pth"
    there.parent.mkdir(parents=True)
    there.write_bytes(b"copied from elsewhere")
    assert url_file("net", f"{closed_port}/net-00000000.pth") == there


def test_another_content_than_its_name_says_is_refused_and_not_kept(tmp_path: Path, server: Server) -> None:
    server.files["/net-00000000.pth"] = WEIGHTS
    with pytest.raises(
        BadInput, match=rf"what came has SHA-256 {BEGINNING}\w+..., not 00000000...\); get http"
    ) as said:
        url_file("observer net: torchvision:net/V1", f"{server.address}/net-00000000.pth")
    assert "\n" not in str(said.value)
    assert list((tmp_path / "torch" / "hub" / "checkpoints").iterdir()) == []


def test_no_network_is_told_on_one_line_with_what_to_do(tmp_path: Path, closed_port: str) -> None:
    with pytest.raises(BadInput) as said:
        url_file("observer net: torchvision:net/V1", f"{closed_port}/net-00000000.pth")
    text = str(said.value)
    assert text.startswith(
        "observer net: torchvision:net/V1: the weights are not in the cache and cannot be downloaded ([Errno "
    )
    kept = f"{tmp_path}/torch/hub/checkpoints/net-00000000.pth"
    assert text.endswith(f"); get {closed_port}/net-00000000.pth where there is a network, and copy it to {kept}")


def test_an_address_that_has_nothing_is_told(server: Server) -> None:
    with pytest.raises(BadInput, match=r"net: the weights are not in the cache and cannot be downloaded \(.*Not Found"):
        url_file("net", f"{server.address}/gone.pth")


def test_a_file_of_the_hub_is_got_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    on_hub(server, monkeypatch)
    server.files["/timm/net.tag/resolve/main/model.safetensors"] = WEIGHTS
    path = hub_file("net", "timm/net.tag", NAMES)
    assert path.read_bytes() == WEIGHTS
    assert path.suffix == ".safetensors"
    asked = len(server.asked)
    assert asked >= 1
    assert hub_file("net", "timm/net.tag", NAMES) == path
    assert len(server.asked) == asked


def test_the_second_name_is_looked_for_where_the_first_is_not(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    on_hub(server, monkeypatch)
    server.files["/timm/net.tag/resolve/v2/pytorch_model.bin"] = WEIGHTS
    path = hub_file("net", "timm/net.tag@v2", NAMES)
    assert path.name == "pytorch_model.bin"
    assert path.read_bytes() == WEIGHTS


def test_a_repository_without_weights_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    on_hub(server, monkeypatch)
    with pytest.raises(
        BadInput, match=r"^net: the weights are not in the cache and cannot be downloaded \(.*404"
    ) as said:
        hub_file("net", "timm/net.tag", NAMES)
    assert "\n" not in str(said.value)


def test_a_hub_that_may_not_be_asked_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(BadInput) as said:
        hub_file("observer net: timm:net.tag", "timm/net.tag", NAMES)
    text = str(said.value)
    assert text.startswith("observer net: timm:net.tag: the weights are not in the cache and cannot be downloaded (")
    assert "offline mode is enabled" in text
    assert text.endswith(
        "get huggingface.co/timm/net.tag where there is a network, and copy that machine's Hugging Face cache into "
        "HF_HOME here"
    )
    assert "\n" not in text
