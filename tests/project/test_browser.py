"""The browser that some tests drive: installed where that may be, done without where it may not."""

import shutil
from pathlib import Path

import pytest

from tests.project.test_setup import Machine

pytestmark = pytest.mark.skipif(shutil.which("sh") is None, reason="needs a POSIX shell")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine that has all that is needed, but no browser."""
    machine = Machine(tmp_path)
    machine.program("id", "echo 0")
    machine.program("python3", "exit 0")
    machine.program("dpkg-query", 'case "$*" in *chromium*) exit 1 ;; esac; echo ii')
    machine.program("apt-cache", "exit 0")
    return machine


def test_a_browser_is_installed_for_the_tests_of_pages(machine: Machine) -> None:
    run = machine.run("libraries")
    assert (run.returncode, run.stderr) == (0, "installing system packages: chromium\n")
    assert machine.log.read_text() == "install -y -qq --no-install-recommends chromium\n"


@pytest.mark.parametrize("program", ["chromium", "google-chrome"])
def test_any_that_is_there_will_do(machine: Machine, program: str) -> None:
    machine.program(program, "exit 0")
    run = machine.run("libraries")
    assert (run.returncode, run.stderr) == (0, "")
    assert not machine.log.exists()


@pytest.mark.parametrize(
    ("program", "script", "why"),
    [
        ("apt-cache", "exit 100", "this distribution has no package chromium"),
        ("apt-get", "exit 100", "it could not be installed"),
        ("id", "echo 1000", "sudo apt-get install -y --no-install-recommends chromium installs it"),
    ],
)
def test_without_one_the_rest_goes_on(machine: Machine, program: str, script: str, why: str) -> None:
    machine.program(program, script)
    run = machine.run("libraries")
    assert run.returncode == 0
    assert run.stderr.endswith(f"no Chromium, so the tests of the report's page will be left out: {why}\n")


def test_no_rights_are_asked_for_where_everything_is_there(machine: Machine) -> None:
    machine.program("chromium", "exit 0")
    machine.program("sudo", f"echo asked >> {machine.log}")
    machine.program("id", "echo 1000")
    assert machine.run("libraries").returncode == 0
    assert not machine.log.exists()
