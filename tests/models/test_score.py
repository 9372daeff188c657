"""`askew score` as people use it: real processes, real networks, real files."""

import json
import os
import pty
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import save_file

from askew.command import main
from askew.files import sha256
from askew.study import Study
from askew.trial import read_trials
from askew_models.store import read_evidence, read_header, unfinished
from tests.experiments.kit.waiting import until

Network = Callable[..., Path]
DEADLINE_S = 120


def start(*words: object, **more: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "askew", "score", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def askew(*words: object) -> subprocess.CompletedProcess[str]:
    process = start(*words)
    out, err = process.communicate(timeout=DEADLINE_S)
    return subprocess.CompletedProcess([*map(str, words)], process.returncode, out, err)


def observers(paths: Sequence[Path]) -> list[object]:
    return [word for path in paths for word in ("--observers", path)]


def test_networks_are_scored_and_their_choices_derived(folder: Path, network: Network) -> None:
    run = askew(folder, *observers([network("colours")]), "--json")
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    assert {unit["unit"]: unit["state"] for unit in said["units"]} == {"colours": "done", "colours@whole": "done"}
    evidence = read_evidence(folder / "scores" / "colours.h5")
    trials = list(read_trials(folder / "trials" / "colours.csv"))
    assert [trial.stimulus for trial in trials] == list(evidence.image_ids)
    for trial, logits in zip(trials, evidence.logits, strict=True):
        scores = dict(zip(evidence.keys, logits.tolist(), strict=True))
        assert trial.choice == max(trial.offered, key=scores.__getitem__)
        other = next(label for label in trial.offered if label != trial.truth)
        assert trial.margin == pytest.approx(scores[trial.truth] - scores[other], abs=1e-6)
    assert {trial.group for trial in trials} == {"other-networks"}
    (whole,) = {trial.group for trial in read_trials(folder / "trials" / "colours@whole.csv")}
    assert whole == "other-networks-whole"


def test_a_second_call_changes_nothing_and_loads_nothing(folder: Path, network: Network) -> None:
    words = (folder, *observers([network("colours")]), "--view", "checkpoint")
    assert askew(*words).returncode == 0
    files = [path for path in folder.rglob("*") if path.is_file()]
    before = {path: (sha256(path), path.stat().st_mtime_ns) for path in files if path.suffix == ".h5"}
    texts = {path: sha256(path) for path in files}
    again = askew(*words, "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout)["scored"] == []
    assert {path: (sha256(path), path.stat().st_mtime_ns) for path in before} == before
    assert {path: sha256(path) for path in texts} == texts


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(folder: Path, network: Network, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    slow = network(
        "slow",
        f"""
        import os, time
        deadline = time.monotonic() + 60
        while not os.path.exists({str(gate)!r}) and len(os.listdir({str(tmp_path)!r})) and self.calls == 3:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        self.calls += 1
        """,
    )
    slow.write_text(slow.read_text().replace("super().__init__()", "super().__init__()\n        self.calls = 0"))
    words = (folder, *observers([slow]), "--view", "checkpoint", "--batch", "4")
    path = folder / "scores" / "slow.h5"

    # The network waits at its fourth batch, so the kill is surely in the middle.
    process = start(*words, start_new_session=True)
    until(lambda: unfinished(path).exists() and read_header(unfinished(path))[1] == 12, "a third batch", DEADLINE_S)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=DEADLINE_S)
    assert not path.exists()
    status = askew(*words, "--status", "--json")
    (unit,) = json.loads(status.stdout)
    assert (unit["state"], unit["done"], unit["pictures"]) == ("partial", 12, 24)
    gate.touch()
    assert askew(*words).returncode == 0
    resumed = sha256(path)

    path.unlink()
    assert askew(*words).returncode == 0
    assert sha256(path) == resumed


BROKEN = {
    "raises": ("raise KeyError('kernel')", "the network raises KeyError: 'kernel'"),
    "shapeless": ("return pictures.mean((2, 3))[:, :2]", "gives (8, 2) for 8 pictures and 3 labels; it has to"),
    "crashes": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "its process was killed, as systems do"),
    "leaves": ("import os; os._exit(3)", "its process ended (status 3); what was scored is kept"),
    "greedy": ("raise torch.OutOfMemoryError('1000 GB')", "out of memory even with one picture at a time (1000 GB)"),
    "lost": ("raise RuntimeError('CUDA error: unspecified launch failure')", "cpu was lost: CUDA error: unspecified"),
}


def test_a_kill_between_a_table_and_its_sidecar_blocks_nobody(folder: Path, network: Network) -> None:
    words = (folder, *observers([network("colours")]), "--view", "checkpoint")
    assert askew(*words).returncode == 0
    sidecar = folder / "trials" / "colours.json"
    before = sha256(sidecar)
    sidecar.unlink()
    assert askew(*words).returncode == 0
    assert sha256(sidecar) == before


def test_what_a_python_file_reads_is_renewed_when_asked(folder: Path, network: Network, tmp_path: Path) -> None:
    path = network("trained")
    weights = tmp_path / "weights.pt"
    path.write_text(
        path.read_text().replace(
            "torch.tensor([[1.0, -1, 0], [0, 1, -1], [-1, 0, 1]])", f"torch.load({str(weights)!r})"
        )
    )
    words = (folder, *observers([path]), "--view", "checkpoint")
    torch.save(torch.eye(3), weights)
    assert askew(*words).returncode == 0
    torch.save(2 * torch.eye(3), weights)
    assert askew(*words).returncode == 0
    before = read_evidence(folder / "scores" / "trained.h5").logits.copy()
    assert askew(*words, "--renew").returncode == 0
    np.testing.assert_allclose(read_evidence(folder / "scores" / "trained.h5").logits, 2 * before)


def test_what_fails_is_told_in_a_line_each_and_the_rest_goes_on(folder: Path, network: Network) -> None:
    paths = [network(name, extra) for name, (extra, _) in BROKEN.items()]
    good = network("sound")
    empty = network("empty", text="raise ImportError('no such kernel')")
    run = askew(folder, *observers([*paths, empty, good]), "--view", "checkpoint")
    assert run.returncode == 1
    lines = run.stderr.splitlines()
    assert len(lines) == len(BROKEN) + 1, run.stderr
    for name, (_, said) in BROKEN.items():
        assert any(line.startswith(f"askew score: {name}: {said}") for line in lines), (name, run.stderr)
    assert any(line.startswith("askew score: empty: ") and "no such kernel" in line for line in lines)
    assert read_evidence(folder / "scores" / "sound.h5").image_ids
    assert not (folder / "scores" / "raises.h5").exists()


def test_numbers_that_are_none_are_counted_and_refused(folder: Path, network: Network) -> None:
    red = "(pictures[:, 0].mean((1, 2)) > -0.3)[:, None, None, None]"
    path = network("holes", f"pictures = torch.where({red}, torch.nan, pictures)")
    run = askew(folder, *observers([path]), "--view", "checkpoint", "--json")
    assert run.returncode == 0, run.stderr
    logits = read_evidence(folder / "scores" / "holes.h5").logits
    broken = np.isnan(logits).any(axis=1)
    assert 0 < broken.sum() < broken.size
    said = json.loads(run.stdout)
    assert sum(row["n_nan"] for row in said["confidence"]) == broken.sum()
    refused = [trial.outcome == "refused" for trial in read_trials(folder / "trials" / "holes.csv")]
    assert refused == broken.tolist()


def changed_picture(folder: Path, paths: list[Path]) -> None:
    """One picture, with the manifest made again; the manifest alone would be told as a fault."""
    manifest = folder / "manifest.csv"
    text = manifest.read_text()
    path = folder / "mug_3.png"
    before = sha256(path)
    Image.new("RGB", (12, 12), (0, 200, 0)).save(path)
    manifest.with_suffix(".json").unlink()
    manifest.write_text(text.replace(before, sha256(path)))


def changed_card(folder: Path, paths: list[Path]) -> None:
    paths[0].write_text(paths[0].read_text().replace("1.0, -1", "2.0, -1"))


def test_a_view_that_showed_the_same_pixels_can_be_scored_on_its_own_later(folder: Path, network: Network) -> None:
    path = network("colours")
    path.write_text(path.read_text().replace("resize_px=10", "resize_px=8"))  # nothing is cropped, of square pictures
    assert askew(folder, *observers([path])).returncode == 0
    assert not (folder / "scores" / "colours@whole.h5").exists()
    before = [trial.choice for trial in read_trials(folder / "trials" / "colours@whole.csv")]
    alone = askew(folder, *observers([path]), "--view", "whole", "--group", "own")
    assert alone.returncode == 0, alone.stderr
    after = list(read_trials(folder / "trials" / "colours@whole.csv"))
    assert [trial.choice for trial in after] == before
    assert {trial.group for trial in after} == {"own-whole"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (changed_picture, "1 picture changed, such as mug_3"),
        (changed_card, "the card has changed (file)"),
    ],
)
def test_what_is_out_of_date_says_so_and_is_scored_again_when_asked(
    folder: Path, network: Network, change: Callable[[Path, list[Path]], None], said: str
) -> None:
    paths = [network("colours")]
    words = (folder, *observers(paths), "--view", "checkpoint")
    assert askew(*words).returncode == 0
    path = folder / "scores" / "colours.h5"
    before = sha256(path)
    change(folder, paths)
    status = askew(*words, "--status")
    assert status.stdout.splitlines()[0].split("  ")[-1] == f"out of date: {said}"
    kept = askew(*words)
    assert (kept.returncode, sha256(path)) == (1, before)
    assert kept.stderr == f"askew score: colours: is out of date: {said}; --renew scores it again\n"
    renewed = askew(*words, "--renew")
    # Other weights under a name that was used are no surprise where the file itself is known to be another.
    assert renewed.returncode == 0, renewed.stderr
    assert sha256(path) != before
    assert askew(*words, "--status").stdout.splitlines()[-1] == "1 done"


def test_shards_share_the_observers_and_leave_what_one_run_leaves(folder: Path, network: Network) -> None:
    paths = [network(name) for name in ("one", "two", "three")]
    words = (folder, *observers(paths), "--view", "checkpoint")
    assert askew(*words, "--shard", "0/2").returncode == 0
    scores = folder / "scores"
    assert {path.name for path in scores.glob("*.h5")} == {"one.h5", "three.h5"}
    assert askew(*words, "--shard", "1/2").returncode == 0
    everything = {path.relative_to(folder): sha256(path) for path in folder.rglob("*") if path.is_file()}
    for name in ("scores", "trials", "results"):
        shutil.rmtree(folder / name)
    assert askew(*words, "--device", "cpu,cpu", "--threads", "2").returncode == 0  # and so do two workers
    assert {path.relative_to(folder): sha256(path) for path in folder.rglob("*") if path.is_file()} == everything


def test_trials_of_somebody_else_are_not_written_over(folder: Path, network: Network) -> None:
    (folder / "trials").mkdir()
    table = folder / "trials" / "colours.csv"
    table.write_text("mine")
    run = askew(folder, *observers([network("colours")]), "--view", "checkpoint")
    assert run.returncode == 1
    assert run.stderr == (
        f"askew score: colours: {table}: is there and is not derived from scores/colours.h5; give the observer another "
        "name, or move that table\n"
    )
    assert run.stdout.splitlines()[-2:] == [
        f"{folder}: 1 done",
        "1 failed, see above; once that is mended, the same command goes on",
    ]
    assert table.read_text() == "mine"
    assert read_evidence(folder / "scores" / "colours.h5").image_ids  # what it cost is kept


def test_what_the_system_refuses_names_the_place_once(folder: Path, network: Network) -> None:
    (folder / "trials").symlink_to("nowhere")
    run = askew(folder, *observers([network("colours")]), "--view", "checkpoint")
    assert (run.returncode, run.stderr) == (1, f"askew score: colours: {folder / 'trials'}: File exists\n")


def test_what_comes_next_is_told(folder: Path, network: Network, tmp_path: Path) -> None:
    study = Study(root=tmp_path / "my study", name="mine")
    study.write()
    folder.rename(study.root / "stimuli")
    run = askew(study.root, *observers([network("colours")]), "--view", "checkpoint")
    place = shlex.quote(str(study.root))
    assert run.stdout.splitlines()[-1] == f"next: askew compare {place}; askew report {place}"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--lineup", "bundeld"], 1, "lineup 'bundeld' (did you mean bundled?): there is none"),
        (["--device", "cuda:7"], 1, "--device 'cuda:7': there is none; here are: auto, "),
        (["--view", "wole"], 1, "view 'wole' (did you mean whole?): is none; allowed: "),
        (["--shard", "2/2"], 1, "--shard '2/2': has to be i/n with i from 0 to n-1"),
        (["--batch", "0"], 2, "--batch"),
        (["--precision", "fp8"], 2, "'fp8' is not one of 'fp32', 'tf32', 'bf16'"),
        (["--observers", "nobody"], 1, "observer 'nobody': is none that is known"),
    ],
)
def test_a_call_that_cannot_be_right_is_told_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], status: int, said: str
) -> None:
    assert main(["score", str(folder), *words]) == status
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert not (folder / "scores").exists()


def test_a_folder_without_pictures_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", str(tmp_path)]) == 1
    assert "has neither study.toml nor manifest.csv" in capsys.readouterr().err


def test_neither_help_nor_status_needs_torch() -> None:
    program = "import sys; from askew.command import main; main(['score', '--help']); print('torch' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=DEADLINE_S
    )
    assert run.stdout.splitlines()[-1] == "False"


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the worker in /proc")
def test_a_worker_that_is_killed_while_it_loads_ahead_costs_nothing(folder: Path, tmp_path: Path) -> None:
    cards = []
    (tmp_path / "labels.txt").write_text("mug\nhammer\nchair\n")
    for number, name in enumerate(("first", "second")):
        torch.manual_seed(number)
        save_file(timm.create_model("resnet10t", num_classes=3).state_dict(), tmp_path / f"{name}.safetensors")
        cards.append(tmp_path / f"{name}.toml")
        cards[-1].write_text(
            f'schema = 1\nname = "{name}"\nkind = "checkpoint"\narchitecture = "timm:resnet10t"\n'
            f'weights = "{name}.safetensors"\nlabels = "labels.txt"\nlicence = "none"\n'
            "[preprocessing]\nsize_px = 448\nmean = [0.5, 0.5, 0.5]\nstd = [0.5, 0.5, 0.5]\n"
        )
    words = (folder, *observers(cards), "--view", "checkpoint", "--batch", "1", "--threads", "1")
    process = start(*words)
    path = unfinished(folder / "scores" / "first.h5")
    until(lambda: path.exists() and read_header(path)[1] >= 2, "a second picture", DEADLINE_S)
    (worker,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[-1:]
    os.kill(int(worker), signal.SIGKILL)
    _, err = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, err) == (0, "")
    assert [read_evidence(folder / "scores" / f"{name}.h5").observer for name in ("first", "second")]


def test_the_bar_says_what_is_going_on(folder: Path, network: Network, tmp_path: Path) -> None:
    """On a terminal, which is a pseudo-terminal here."""
    reader, writer = pty.openpty()
    words = [sys.executable, "-m", "askew", "score", str(folder), "--observers", str(network("colours"))]
    run = subprocess.Popen(words, stderr=writer, stdout=writer, env={**os.environ, "COLUMNS": "120", "TERM": "xterm"})
    os.close(writer)
    shown = b""
    try:
        while block := os.read(reader, 4096):
            shown += block
    except OSError:
        pass  # the other end is closed
    assert run.wait(DEADLINE_S) == 0
    os.close(reader)
    assert b"loading colours" in shown
    assert b"48/48" in shown or b"24/48" in shown
    assert b"\x1b[2Kcolours: 24 pictures" in shown  # on a line of its own, where the bar was
