"""A display without a monitor: Xvfb, whose framebuffer lies in a file that another process can watch."""

import ctypes
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_S = 30  # an overloaded machine may take long to start a process; a hung one has to be given up


@dataclass(frozen=True)
class Display:
    """A running X server: what goes into DISPLAY, and the file that holds its pixels (an XWD dump)."""

    name: str
    framebuffer: Path


@contextmanager
def xserver(folder: Path, *, size: tuple[int, int] = (1280, 800), dpi: int = 96) -> Iterator[Display]:
    """Run Xvfb on a free display number while the block lasts; skips the test where Xvfb is not installed."""
    program = shutil.which("Xvfb")
    if program is None:
        import pytest

        pytest.skip("Xvfb is not installed; .ci/system libraries installs it")
    folder.mkdir(parents=True, exist_ok=True)
    told, telling = os.pipe()
    # Without -noreset the server starts anew, and drops its framebuffer, when its last client leaves.
    command: list[str | Path] = [program, "-displayfd", str(telling), "-noreset", "-nolisten", "tcp"]
    command += ["-screen", "0", f"{size[0]}x{size[1]}x24", "-dpi", str(dpi), "-fbdir", folder]
    with (folder / "xvfb.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            pass_fds=(telling,),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=end_with_parent,  # noqa: PLW1509  no threads here
        )
    os.close(telling)
    try:
        number = _line(told, time.monotonic() + START_S)
        if not number:
            raise TimeoutError(f"Xvfb did not start: {(folder / 'xvfb.log').read_text()}")
        yield Display(f":{number}", folder / "Xvfb_screen0")
    finally:
        os.close(told)
        end(process)


def end(process: subprocess.Popen[bytes] | subprocess.Popen[str], patience_s: float = 10) -> None:
    """End a process that was started here, kindly first."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_with_parent() -> None:
    """For a child about to become another program: Linux ends it when its parent is gone, even by kill -9."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _line(pipe: int, deadline: float) -> str:
    text = b""
    while not text.endswith(b"\n"):
        ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        part = os.read(pipe, 64) if ready else b""
        if not part:
            return ""
        text += part
    return text.decode().strip()
