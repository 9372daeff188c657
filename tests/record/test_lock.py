"""One holder at a time, told in one line; the system gives the lock back when its holder is killed."""

import errno
import os
import platform
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from askew.errors import BadInput
from askew.lock import held

fcntl = pytest.importorskip("fcntl", reason="asks of POSIX locks")

Process = subprocess.Popen[str]

HOLD = """
import sys
from pathlib import Path
from askew.lock import held
with held(Path(sys.argv[1]), "the session"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Process]:
    """Another process, which holds the lock until its input ends."""
    program = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        alarm = threading.Timer(120, process.kill)
        alarm.start()
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            alarm.cancel()
            process.kill()


def refusal(path: Path, wait_s: float = 0.0) -> str:
    with pytest.raises(BadInput) as error, held(path, "the session", wait_s):
        pass
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_lock_of_another_process_is_refused_with_its_holder(tmp_path: Path, holder: Process) -> None:
    who = f"process {holder.pid} on {platform.node()}"
    for wait_s in (0.0, 0.03):
        assert refusal(tmp_path / "lock", wait_s) == f"the session: is in use by {who}; end that one, then try again"


def test_a_holder_that_is_killed_gives_the_lock_back(tmp_path: Path, holder: Process) -> None:
    holder.kill()
    holder.wait(timeout=60)
    with held(tmp_path / "lock", "the session"):
        assert (tmp_path / "lock").read_text() == f"process {os.getpid()} on {platform.node()}\n"


def test_who_waits_gets_the_lock_when_it_is_given_back(tmp_path: Path, holder: Process) -> None:
    assert holder.stdin is not None
    assert refusal(tmp_path / "lock")
    holder.stdin.close()
    with held(tmp_path / "lock", "the session", wait_s=60):
        pass


def test_another_holder_in_the_same_process_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with held(path, "the session"):
        assert f"in use by process {os.getpid()} on" in refusal(path)
        assert f"in use by process {os.getpid()} on" in refusal(path)  # a refusal took nothing away
    with held(path, "the session"):
        pass


def test_a_lock_is_given_back_when_what_it_guards_fails(tmp_path: Path) -> None:
    def fail() -> None:
        with held(tmp_path / "lock", "the session"):
            raise KeyError

    for _ in range(2):
        with pytest.raises(KeyError):
            fail()
    assert (tmp_path / "lock").read_bytes() == b""


@pytest.mark.parametrize("content", [b"", b"process 12", b"process 12 on lab", b"\xff\x00\n", b"x" * 5000, b"\n"])
def test_a_lock_that_says_nothing_of_use_has_an_unknown_holder(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lock"
    path.write_bytes(content)
    with path.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        assert refusal(path) == "the session: is in use by another program; end that one, then try again"
    with held(path, "the session"):
        assert re.fullmatch(rb"process \d+ on [^\n]+\n", path.read_bytes())


def test_of_a_longer_line_before_only_the_first_line_is_read(tmp_path: Path) -> None:
    # What a reader sees between the holder's two steps: its line, then the rest of an older one.
    path = tmp_path / "lock"
    path.write_bytes(b"process 7 on lab\n9 on a-longer-name\n")
    with path.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        assert "in use by process 7 on lab; end" in refusal(path)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS])
def test_a_disk_that_cannot_lock_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def flock(handle: int, how: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    assert refusal(tmp_path / "lock", wait_s=60) == (
        f"{tmp_path}/lock: cannot be locked ({os.strerror(number)}), so two programs could write at once; move the "
        "study to a disk of this computer"
    )
