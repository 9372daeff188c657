"""The file of evidence: whole from the start, the same bytes however often it was interrupted."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from askew.errors import BadInput
from askew.files import sha256
from askew_models.store import Header, boundaries, lay_down, read_evidence, read_header, rows, unfinished

PICTURES, OUTPUTS, BATCH = 11, 7, 4


def header(**changes: object) -> Header:
    usual = Header(
        observer="net",
        view="checkpoint",
        set="kitchen",
        label_set="words",
        keys=tuple(f"wört_{number}" for number in range(OUTPUTS)),
        image_ids=tuple(f"picture_{number}" for number in range(PICTURES)),
        image_sha256=tuple(f"{number:064x}" for number in range(PICTURES)),
        image_framing=tuple("" if number else "1 2 3 4" for number in range(PICTURES)),
        batch=BATCH,
        identity={"kind": "timm", "tag": "resnet18"},
        facts={"device": "cpu", "preparation": {"size_px": 32}},
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # any of its fields


def logits(start: int, stop: int) -> np.ndarray:
    return np.arange(start * OUTPUTS, stop * OUTPUTS, dtype=np.float32).reshape(-1, OUTPUTS) / 3


def _logits_of(path: Path) -> int:
    with h5py.File(path, "r") as file:
        return int(file["logits"].id.get_offset())


def fill(path: Path, batches: int | None = None) -> None:
    with rows(path) as file:
        for start, stop in list(file.batches)[:batches]:
            file.write(start, logits(start, stop))
        if batches is None:
            file.finish()


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    lay_down(path, header())
    fill(path)
    evidence = read_evidence(path)
    assert vars(evidence.header) == vars(header())
    np.testing.assert_array_equal(evidence.logits, logits(0, PICTURES))
    assert not unfinished(path).exists()


def test_an_interrupted_file_goes_on_and_ends_with_the_same_bytes(tmp_path: Path) -> None:
    through, stopped = tmp_path / "a.h5", tmp_path / "b.h5"
    for path in (through, stopped):
        lay_down(path, header())
    fill(through)
    for done in (4, 8):
        fill(stopped, batches=1)
        assert read_header(unfinished(stopped))[1] == done
    fill(stopped)
    assert sha256(through) == sha256(stopped)


def test_a_batch_that_was_cut_by_a_power_failure_is_scored_again(tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    lay_down(path, header())
    fill(path, batches=2)
    place = _logits_of(unfinished(path))
    with unfinished(path).open("rb+") as stream:  # the bits say done, but half of a row never reached the disk
        stream.seek(place + 5 * OUTPUTS * 4)
        stream.write(bytes(8))
    with rows(path) as file:
        assert list(file.batches) == [(4, 8), (8, 11)]


def test_a_killed_process_leaves_what_it_had_done(tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    lay_down(path, header())
    program = f"""
import os, signal, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
from tests.models.test_store import fill
fill(Path({str(path)!r}), batches=2)
os.kill(os.getpid(), signal.SIGKILL)
"""
    run = subprocess.run([sys.executable, "-c", program], check=False, timeout=120)
    assert run.returncode == -signal.SIGKILL
    with rows(path) as file:
        assert file.done == 8
    fill(path)
    np.testing.assert_array_equal(read_evidence(path).logits, logits(0, PICTURES))


def test_numbers_that_are_none_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    lay_down(path, header())
    strange = logits(0, PICTURES)
    strange[3] = np.nan
    strange[5, 2] = np.inf
    with rows(path) as file:
        file.write(0, strange)
        file.finish()
    np.testing.assert_array_equal(read_evidence(path).logits, strange)


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 20)


def _cut_short(path: Path) -> None:
    os.truncate(path, 300)


def _replaced(path: Path) -> None:
    path.write_bytes(b"not at all")


def _flipped(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[_logits_of(path) + 50] ^= 4
    path.write_bytes(raw)


def _of_another(path: Path) -> None:
    path.unlink()
    with h5py.File(path, "w") as file:
        file["logits"] = np.zeros((3, 3))


def _newer(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file.attrs["schema"] = 99


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_cut, "is no evidence of askew, or damaged or cut short"),
        (_cut_short, "is no evidence of askew, or damaged or cut short"),
        (_replaced, "is no evidence of askew, or damaged or cut short"),
        (_flipped, "the logits of 1 pictures are not those written; remove it and score again"),
        (_of_another, "is no evidence of askew, or damaged or cut short"),
        (_newer, "written by askew evidence 99, this askew knows 1; update"),
    ],
)
def test_a_damaged_file_is_told_in_one_line(tmp_path: Path, damage: Callable[[Path], None], said: str) -> None:
    path = tmp_path / "net.h5"
    lay_down(path, header())
    fill(path)
    damage(path)
    with pytest.raises(BadInput) as failure:
        read_evidence(path)
    assert said in str(failure.value)
    assert str(path) in str(failure.value)
    assert "\n" not in str(failure.value)


def test_an_unfinished_file_is_no_evidence(tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    lay_down(path, header())
    fill(path, batches=1)
    with pytest.raises(BadInput, match="holds 4 of 11 pictures; `askew score` goes on with it"):
        read_evidence(unfinished(path))
    with pytest.raises(BadInput, match="there is no such file; `askew score` makes it"):
        read_evidence(path)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_full_disk_is_known_before_the_first_picture_and_leaves_nothing(tmp_path: Path) -> None:
    # A limit on the size of files stands in for a full disk: the system refuses the same write.
    program = f"""
import resource, signal, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
from tests.models.test_store import header
from askew_models.store import lay_down
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    lay_down(Path({str(tmp_path / "net.h5")!r}), header(keys=tuple(map(str, range(5000)))))
except OSError as error:
    print(error.filename)
"""
    run = subprocess.run([sys.executable, "-c", program], check=True, timeout=120, capture_output=True, text=True)
    assert run.stdout.strip() == str(tmp_path / "net.h5"), run.stderr
    assert list(tmp_path.iterdir()) == []


def test_batches_cover_every_picture_once() -> None:
    for pictures in range(1, 20):
        for batch in range(1, 22):
            covered = [number for start, stop in boundaries(pictures, batch) for number in range(start, stop)]
            assert covered == list(range(pictures))
