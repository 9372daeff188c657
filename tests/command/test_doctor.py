"""`askew doctor`: what it says of this machine, and of machines that lack something."""

import json
import sys
from pathlib import Path

import pytest

from askew import doctor, extras
from askew.command import main

ROOT = Path(__file__).parents[2]
PARTS = ("stimuli", "experiments", "models", "analysis")


def test_this_environment_is_complete(capsys: pytest.CaptureFixture[str]) -> None:
    # `make test` installs every part, so anything missing here is a defect of the set-up.
    status = main(["doctor", "--json", *PARTS])
    facts = json.loads(capsys.readouterr().out)
    lacking = {part["part"]: part["missing"] + part["missing_libraries"] for part in facts["parts"]}
    assert {part: lacking[part] for part in PARTS} == {part: [] for part in PARTS}
    assert {*lacking} == {*PARTS, "cluster", "shine", "vlm"}
    assert status == 0
    versions = {name: its for part in facts["parts"] for name, its in part["installed"].items()}
    assert {"psychopy", "torch", "torchvision", "timm", "pandas", "statsmodels", "numpy", "h5py"} <= set(versions)
    assert facts["free_disk_gb"] > 0
    assert facts["gpu"]["gpus"] or "CPU" in facts["gpu"]["note"]


def test_parts_ask_for_what_the_package_declares() -> None:
    assert "torch" in extras.needs("models")
    assert "psychopy" not in extras.needs("models")
    assert set(extras.needs("all")) == {name for part in PARTS for name in extras.needs(part)}


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with Python and askew only."""
    monkeypatch.setattr(doctor, "installed", lambda _: None)
    monkeypatch.setattr(doctor, "LIBRARIES", {"experiments": {"libnothing.so.1": "libnothing1"}})
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)


@pytest.mark.usefixtures("bare")
def test_what_is_missing_is_told_with_the_line_that_installs_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "models       lacks h5py, huggingface-hub, numpy" in said
    assert f'type: "{sys.executable}" -m pip install' in said
    assert '[models]"' in said
    assert "psychopy" in said
    assert "type: sudo apt-get install -y libnothing1" in said
    assert "GPU      not asked, torch is not installed" in said
    assert "display  none (DISPLAY is not set), so sessions with people cannot run here" in said


@pytest.mark.usefixtures("bare")
def test_a_part_that_must_be_complete_and_is_not_gives_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "analysis"]) == 1
    assert "analysis     lacks" in capsys.readouterr().out


def test_a_library_that_crashes_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "installed", lambda _: "1.0")
    monkeypatch.setattr(doctor, "ASK_TORCH", "raise RuntimeError('no driver')")
    assert doctor.gpu()["note"] == "torch does not run: RuntimeError: no driver"
    monkeypatch.setattr(doctor, "ASK_TORCH", "import os; os._exit(9)")
    assert doctor.gpu()["note"] == "torch does not run: exit status 9"


def test_gpus_and_screens_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":9")
    monkeypatch.setattr(doctor, "installed", lambda _: "1.0")
    gpus = '{"cuda": "13.0", "gpus": ["A", "B"], "threads": 2}'
    screens = '[{"width": 1920, "height": 1080, "hz": 100}, {"width": 800, "height": 600, "hz": null}]'
    monkeypatch.setattr(doctor, "ASK_TORCH", f"print('''{gpus}''')")
    monkeypatch.setattr(doctor, "ASK_DISPLAY", f"print('''{screens}''')")
    said = doctor.as_text(doctor.examination())
    assert "GPU      A, B" in said
    assert "display  1920 x 1080 at 100 Hz, 800 x 600 (rate unknown)" in said


def test_little_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LOW_DISK_GB", 1e9)
    assert "GB free here (that is little)" in doctor.as_text(doctor.examination())


def test_the_line_that_installs_follows_where_askew_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    class Installed:
        def __init__(self, record: str | None) -> None:
            self.record = record

        def read_text(self, _: str) -> str | None:
            return self.record

    def line(record: str | None) -> str:
        monkeypatch.setattr(extras, "distribution", lambda _: Installed(record))
        return extras.install_line("models").partition(" -m pip install ")[2]

    assert line(None) == '"askew[models]"'
    assert line('{"url": "https://example.org/askew.whl"}') == '"askew[models]"'
    pinned = line(f'{{"url": "file://{ROOT}", "dir_info": {{"editable": true}}}}')
    assert pinned == f'-c "{ROOT / "constraints.txt"}" -e "{ROOT}[models]"'
    assert line('{"url": "file:///home/lab/a%20b", "dir_info": {"editable": true}}') == '-e "/home/lab/a b[models]"'
    assert line('{"url": "file:///home/lab/askew", "dir_info": {}}') == '"/home/lab/askew[models]"'


def test_the_line_names_this_python() -> None:
    assert extras.install_line("models").startswith(f'"{Path(sys.executable)}" -m pip install ')
