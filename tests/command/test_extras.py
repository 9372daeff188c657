"""The parts, whether their libraries fit, and the line that installs them."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from askew import extras
from askew.versions import allows, misfit
from tests.command.machines import Machine

ROOT = Path(__file__).parents[2]
PARTS = ("stimuli", "experiments", "models", "analysis")


@pytest.mark.parametrize(
    ("versions", "version", "fits"),
    [
        ("", "1.5", True),
        (">=2.2", "2.2", True),
        (">=2.2", "2.2.0rc1", True),
        (">=2.2", "2.10", True),
        (">=2.2", "1.5.3", False),
        (">=2.2,<3", "3.0.1", False),
        ("<=2.4", "2.4.0", True),
        (">2.4", "2.4", False),
        ("!=2.13.0,>=2.11", "2.13", False),
        ("!=2.13.0,>=2.11", "2.13.1", True),
        ("==2.15.0", "2.15.0+cu130", True),
        ("===2.15.0", "2.15.1", False),
        ("==1.*", "1.9", True),
        ("==1.*", "2.0", False),
        ("!=8.3.*,>=5.3.0", "8.3.2", False),
        ("!=8.3.*,>=5.3.0", "8.4", True),
        ("~=1.4.2", "1.4.9", True),
        ("~=1.4.2", "1.5", False),
        (">=1.0", "no number", True),
        ("as you like", "1.0", True),
    ],
)
def test_versions_lie_in_ranges_as_pip_says(versions: str, version: str, fits: bool) -> None:
    assert allows(versions, version) is fits


def test_why_a_version_does_not_fit_is_told() -> None:
    assert misfit(">=2.2,<3", "1.5.3") == "is older than 2.2"
    assert misfit(">=2.2,<3", "3.1") == "is too new (wanted: >=2.2,<3)"
    assert misfit(">=2.11,!=2.13.0", "2.13.0") == "is left out (wanted: >=2.11,!=2.13.0)"


@pytest.mark.parametrize("part", PARTS)
def test_what_is_installed_here_fits(part: str) -> None:
    assert extras.unfit(part) == []


def test_parts_ask_for_what_the_package_declares() -> None:
    assert "torch" in extras.needs("models")
    assert "psychopy" not in extras.needs("models")
    assert set(extras.needs("all")) == {name for part in PARTS for name in extras.needs(part)}
    assert {*extras.ranges("models")["torch"].split(",")} == {"!=2.13.0", ">=2.11"}
    assert extras.ranges("models")["torchvision"] == ""
    assert extras.own("experiments") == ["psychopy"]


def test_what_a_distribution_asks_for_is_read_as_its_metadata_say_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Asking:
        requires = (
            "numpy (>=1.9.0)",
            "ray[data, serve]>=2.51; extra == 'cluster'",
            "pillow!=8.3.*,>=5.3.0",
            "six",
            "odd @ https://example.org/odd.whl ; extra == 'x'",
        )

    monkeypatch.setattr(extras, "distribution", lambda _: Asking())
    assert extras._requirements("any") == [
        ("numpy", [], ">=1.9.0", ""),
        ("ray", ["data", "serve"], ">=2.51", "extra == 'cluster'"),
        ("pillow", [], "!=8.3.*,>=5.3.0", ""),
        ("six", [], "", ""),
        ("odd", [], "", "extra == 'x'"),
    ]


def test_the_line_that_installs_follows_where_askew_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    class Installed:
        def __init__(self, record: str | None) -> None:
            self.record = record

        def read_text(self, _: str) -> str | None:
            return self.record

    def line(record: str | None, extra: str = "models") -> str:
        monkeypatch.setattr(extras, "distribution", lambda _: Installed(record))
        return extras.install_line(extra).partition(" -m pip install ")[2]

    assert line(None) == '"askew[models]"'
    assert line(None, "") == '"askew"'
    assert line('{"url": "https://example.org/askew.whl"}') == '"askew[models]"'
    pinned = line(f'{{"url": "file://{ROOT}", "dir_info": {{"editable": true}}}}')
    assert pinned == f'-c "{ROOT / "constraints.txt"}" -e "{ROOT}[models]"'
    assert line('{"url": "file:///home/lab/a%20b", "dir_info": {"editable": true}}') == '-e "/home/lab/a b[models]"'
    assert line('{"url": "file:///home/lab/askew", "dir_info": {}}') == '"/home/lab/askew[models]"'


def test_the_line_names_this_python_as_the_shell_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = Path(sys.executable).parent
    monkeypatch.setenv("PATH", str(here))
    assert extras.install_line("models").startswith("python -m pip install ")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", "/home/lab/.venv/bin/python")
    assert extras.python() == "/home/lab/.venv/bin/python"
    monkeypatch.setattr(sys, "executable", "/home/our lab/.venv/bin/python")
    assert extras.python() == '"/home/our lab/.venv/bin/python"'


@pytest.mark.skipif(os.name == "nt", reason="makes environments of links")
def test_an_environment_without_pip_is_served_too(tmp_path: Path) -> None:
    one = Machine(tmp_path / "machine", pip=False)
    said = one.askew("score", ".", PATH="/usr/bin:/bin").stderr
    assert f"type: {one.python} -m ensurepip && {one.python} -m pip install " in said
    (tmp_path / "uv").write_text("#!/bin/sh\n")
    (tmp_path / "uv").chmod(0o755)
    said = one.askew("score", ".", PATH=f"{tmp_path}:/usr/bin:/bin").stderr
    assert f'type: uv pip install --python "{one.python}" ' in said


def test_what_is_not_installed_has_no_version() -> None:
    assert extras.installed("no-such-library") is None
    assert extras.installed("pytest") == version("pytest")


def test_saying_how_to_install_changes_nothing_for_those_who_compile() -> None:
    # setuptools stands in for distutils, until somebody looks for the module pip.
    if extras.installed("setuptools") is None:
        pytest.skip("needs setuptools")
    asks = "from askew.extras import install_line; install_line('models'); import distutils; print(distutils.__file__)"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", asks], capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert Path(run.stdout).parent.parent.name == "setuptools"
