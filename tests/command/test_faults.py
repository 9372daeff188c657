"""What the system or a library refuses is one line that says what helps."""

import errno
import os
import sys
from pathlib import Path

import pytest

from askew import extras, faults
from askew.command import main
from tests.command.machines import Machine

POSIX = pytest.mark.skipif(os.name == "nt", reason="makes environments of links")


@pytest.mark.parametrize(
    ("number", "helps"),
    [
        (errno.EACCES, "; change its permissions, or name a folder of your own"),
        (errno.EROFS, "; name a folder on another disk"),
        (errno.ENOSPC, "; free some space, then type the same again"),
        (errno.ENAMETOOLONG, "; use shorter names"),
        (errno.EMFILE, "; allow more open files (ulimit -n 4096), then type the same again"),
        (errno.EIO, ""),
    ],
)
def test_what_the_system_refuses_is_told_with_what_helps(number: int, helps: str) -> None:
    assert faults.of_system(OSError(number, os.strerror(number), "a.csv")) == f"a.csv: {os.strerror(number)}{helps}"


def test_an_error_without_a_number_is_told_as_it_is() -> None:
    assert faults.of_system(OSError("the cable is out")) == "the cable is out"


@pytest.mark.parametrize(
    ("winerror", "helps"),
    [
        (5, "close what has it open, such as Excel, or name a folder of your own"),
        (32, "close what has it open, such as Excel, then type the same again"),
        (206, "use shorter names, or a folder nearer to the root of the disk"),
    ],
)
def test_windows_has_numbers_of_its_own(monkeypatch: pytest.MonkeyPatch, winerror: int, helps: str) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    error = OSError(errno.EACCES, "refused", "a.csv")
    vars(error)["winerror"] = winerror
    assert faults.of_system(error) == f"a.csv: refused; {helps}"


def test_a_path_too_long_for_windows_is_told_for_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    error = FileNotFoundError(errno.ENOENT, "No such file", "a" * 260)
    vars(error)["winerror"] = 3
    assert faults.of_system(error).endswith("; use shorter names, or a folder nearer to the root of the disk")


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (ImportError("libGL.so.1: cannot open shared object file: No such file or directory"), "libGL.so.1"),
        (ImportError('Library "fontconfig" not found.'), "fontconfig"),
        (OSError("libcudart.so.13: cannot open shared object file: No such file or directory"), "libcudart.so.13"),
    ],
)
def test_a_library_of_the_system_that_is_missing_is_named(error: Exception, name: str) -> None:
    told = f"needs {name}, a library of the system that is not here; `askew doctor` says how to install it"
    assert faults.of_library(error) == told
    if isinstance(error, OSError):
        assert faults.of_system(error) == told


def test_a_dll_that_is_missing_is_told_with_where_most_come_from() -> None:
    told = faults.of_library(
        ImportError("DLL load failed while importing _C: The specified module could not be found.")
    )
    assert told is not None
    assert told.startswith("DLL load failed while importing _C: The specified module could not be found; a library of")
    assert "Microsoft Visual C++ Redistributable (x64): install that" in told


def test_other_errors_of_libraries_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    error = ImportError("cannot import name 'x'")
    monkeypatch.setattr(extras, "unfit", lambda _: [])
    assert faults.of_library(error) is None
    assert faults.of_versions(error, "analysis") is None


def test_libraries_of_other_builds_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "unfit", lambda _: [])
    told = faults.of_versions(ValueError("numpy.dtype size changed, may indicate binary incompatibility"), "analysis")
    assert told is not None
    assert told.startswith("libraries of the part analysis do not go together (numpy.dtype size changed, may indicate")


@POSIX
def test_a_command_that_fails_for_an_old_library_says_so(tmp_path: Path) -> None:
    one = Machine(tmp_path / "machine", "analysis")
    one.pretend("pandas", "1.5.3", module="raise AttributeError('no attribute of that name')")
    example = Path(__file__).parents[2] / "data" / "example"
    run = one.askew("compare", str(example))
    assert run.returncode == 1
    told = "askew compare: pandas 1.5.3 is older than 2.2 (no attribute of that name); type: "
    assert run.stderr.startswith(told)
    assert run.stderr.count("\n") == 1


@POSIX
@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (("import", "unusual-poses", "x", "--out", "y"), "stimuli"),
        (("fetch", "unusual-poses", "--out", "y"), "stimuli"),
        (("stimuli", "render", "--out", "y"), "stimuli"),
        (("session", "simulate", "x", "--protocol", "y"), "experiments"),
        (("score", "x"), "models"),
        (("compare", "x"), "analysis"),
        (("plan",), "analysis"),
        (("report", "x"), "analysis"),
    ],
)
def test_every_command_of_a_part_that_is_absent_says_the_line(
    words: tuple[str, ...], missing: str, tmp_path: Path
) -> None:
    run = Machine(tmp_path / "machine").askew(*words, cwd=tmp_path)
    assert run.returncode == 1
    assert run.stderr.startswith(f"askew {words[0]}: needs typer, which is not installed; type: ")
    assert run.stderr.endswith(f'[{missing}]"\n')
    assert run.stderr.count("\n") == 1


@POSIX
@pytest.mark.parametrize(
    ("part", "words", "lacking", "missing"),
    [
        ("stimuli", ("score", "{example}"), "h5py", "models"),
        ("stimuli", ("compare", "{example}"), "pandas", "analysis"),
        ("models", ("stimuli", "render", "--out", "y"), "scipy", "stimuli"),
        ("analysis", ("fetch", "unusual-poses", "--out", "y"), "pooch", "stimuli"),
        ("analysis", ("score", "{example}"), "h5py", "models"),
        ("experiments", ("stimuli", "render", "--out", "y"), "vtkmodules", "stimuli"),
    ],
)
def test_who_has_one_part_is_told_the_line_of_another(
    part: str, words: tuple[str, ...], lacking: str, missing: str, tmp_path: Path
) -> None:
    example = Path(__file__).parents[2] / "data" / "example"
    run = Machine(tmp_path / "machine", part).askew(*(word.format(example=example) for word in words), cwd=tmp_path)
    assert run.returncode == 1
    assert run.stderr.startswith(f"askew {words[0]}: needs {lacking}, which is not installed; type: ")
    assert run.stderr.endswith(f'[{missing}]"\n')


def test_a_folder_where_nothing_can_be_made_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert main(["new", str(tmp_path / "file" / "study")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
