"""Setting up on a bare machine: what may be installed is, and otherwise the line to type is told."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from askew.study import Study

ROOT = Path(__file__).parents[2]
SYSTEM = ROOT / ".ci" / "system"

pytestmark = pytest.mark.skipif(shutil.which("sh") is None, reason="needs a POSIX shell")


class Machine:
    """A machine made of stand-ins for the programs that .ci/system calls; apt-get only writes down its words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "apt.log"
        for name in ("sh", "grep", "echo"):
            (folder / name).symlink_to(shutil.which(name) or name)
        self.program("apt-get", f'echo "$@" >> {self.log}')
        self.program("sudo", "exit 1")
        self.program("id", "echo 1000")
        self.program("dpkg-query", "exit 1")

    def program(self, name: str, script: str) -> None:
        path = self.folder / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!{shutil.which('sh')}\n{script}\n")
        path.chmod(0o755)

    def run(self, what: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", SYSTEM, what],
            env={**os.environ, "PYTHON": "", "PATH": str(self.folder), **variables},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_rights_the_line_to_type_is_told(machine: Machine) -> None:
    run = machine.run("libraries")
    assert run.returncode == 1
    assert "sudo apt-get update && sudo apt-get install -y --no-install-recommends libgl1 libglu1-mesa" in run.stderr
    assert not machine.log.exists()


def test_what_is_missing_is_told_at_once(machine: Machine) -> None:
    assert "xdotool python3 python3-venv" in machine.run("libraries").stderr


def test_an_administrator_gets_them_installed(machine: Machine) -> None:
    machine.program("id", "echo 0")
    assert machine.run("libraries").returncode == 0
    assert machine.log.read_text().splitlines()[0] == "update -qq"
    assert "libportaudio2 xvfb xauth xdotool" in machine.log.read_text()


def test_so_does_who_may_use_sudo(machine: Machine) -> None:
    machine.program("sudo", f'echo "sudo $@" >> {machine.log}')
    assert machine.run("libraries").returncode == 0
    assert "sudo -n apt-get install" in machine.log.read_text()


def test_where_everything_is_there_nothing_is_done(machine: Machine) -> None:
    machine.program("dpkg-query", "echo ii")
    machine.program("python3", "exit 0")
    assert machine.run("libraries").returncode == 0
    assert not machine.log.exists()


def test_a_python_without_venv_is_asked_for(machine: Machine) -> None:
    machine.program("python3", "exit 1")
    run = machine.run("python")
    assert run.returncode == 1
    assert "install -y --no-install-recommends python3 python3-venv" in run.stderr
    assert run.stdout == ""


def test_the_first_python_that_fits_is_chosen(machine: Machine) -> None:
    machine.program("python3", "exit 1")
    machine.program("python3.11", "exit 0")
    run = machine.run("python")
    assert (run.returncode, run.stdout) == (0, "python3.11\n")


def test_a_python_can_be_named(machine: Machine) -> None:
    machine.program("python3", "exit 0")
    machine.program("ours", "exit 0")
    assert machine.run("python", PYTHON="ours").stdout == "ours\n"


def test_a_python_that_does_not_fit_is_told_after_all_was_tried(machine: Machine) -> None:
    machine.program("id", "echo 0")
    run = machine.run("python", PYTHON="nowhere")
    assert run.returncode == 1
    assert "askew needs Python 3.10, 3.11 or 3.12, as PsychoPy does: install one, or name it" in run.stderr


def test_other_systems_are_left_alone(machine: Machine) -> None:
    (machine.folder / "dpkg-query").unlink()
    assert machine.run("libraries").returncode == 0


def test_a_wrong_word_is_told(machine: Machine) -> None:
    assert machine.run("kitchen").returncode == 2


def test_ci_runs_the_tests() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert "exec make test" in (ROOT / ".ci" / "run").read_text()


@pytest.mark.skipif(shutil.which("git") is None or not (ROOT / ".git").exists(), reason="needs a git checkout")
def test_a_checkout_on_windows_has_the_same_bytes(tmp_path: Path) -> None:
    # Git for Windows turns line ends around unless it is told not to, and tables are known by their hashes.
    clone = ["git", "clone", "--quiet", "--config", "core.autocrlf=true", str(ROOT), str(tmp_path / "clone")]
    subprocess.run(clone, check=True, capture_output=True)
    study = Study.open(tmp_path / "clone" / "data" / "example")
    assert len(list(study.trials())) == 480  # 18 sessions of 20 trials, and 60 pictures for each of 2 networks
