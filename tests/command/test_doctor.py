"""`askew doctor`: what it says of this machine, and of machines that lack something."""

import json
import os
import platform
import shutil
import struct
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from askew import doctor, graphics, machine
from askew.command import main
from askew.finding import Finding, answer, asked
from tests.command.machines import Machine

PARTS = ("stimuli", "experiments", "models", "analysis")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="is asked on Linux only")
POSIX = pytest.mark.skipif(os.name == "nt", reason="makes environments of links")


def to_do(text: str) -> str:
    """The end of what the command says: what there is to do."""
    return text.strip().split("\n\n")[-1]


def test_this_environment_is_complete(capsys: pytest.CaptureFixture[str]) -> None:
    # `make test` installs every part, so anything missing here is a defect of the set-up.
    status = main(["doctor", "--json", *PARTS])
    facts = json.loads(capsys.readouterr().out)
    assert [one for one in facts["to_do"] if one["about"] in PARTS] == []
    states = {part["part"]: part["state"] for part in facts["parts"]}
    assert {part: states[part] for part in PARTS} == dict.fromkeys(PARTS, "complete")
    assert {*states} == {*PARTS, "cluster", "shine", "vlm"}
    assert status == 0
    versions = {name: its for part in facts["parts"] for name, its in part["installed"].items()}
    assert {"psychopy", "torch", "torchvision", "timm", "pandas", "statsmodels", "numpy", "h5py"} <= set(versions)
    assert facts["free_disk_gb"] > 0
    assert facts["gpu"]["gpus"] or "processor" in facts["gpu"]["note"]


def test_an_unknown_part_is_told_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "bodies"]) == 2
    assert "'bodies' is no part; the parts are analysis, cluster, experiments, models" in capsys.readouterr().err


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine with Python and askew only."""
    return Machine(tmp_path_factory.mktemp("bare") / "machine")


@POSIX
def test_who_has_no_part_is_told_the_line_for_all(bare: Machine) -> None:
    run = bare.askew("doctor")
    assert run.returncode == 0
    assert "analysis     not installed\n             type: " in run.stdout
    assert "GPU      not asked, torch is not installed" in run.stdout
    assert to_do(run.stdout).startswith("one thing to do\n1. parts: none is installed, so there are no pictures")
    assert '[stimuli,experiments,models,analysis]"' in to_do(run.stdout)


@POSIX
def test_a_part_that_must_be_complete_and_is_not_gives_status_1(bare: Machine) -> None:
    run = bare.askew("doctor", "analysis", COLUMNS="500")
    assert run.returncode == 1
    assert "analysis     not whole, see below" in run.stdout
    assert "1. analysis: lacks formulaic, itables, jinja2, matplotlib, numba, numpy, pandas," in to_do(run.stdout)
    assert f"   type: {bare.python} -m pip install " in to_do(run.stdout)
    assert to_do(run.stdout).endswith('[analysis]"')


@POSIX
@pytest.mark.parametrize("part", PARTS)
def test_who_wants_one_part_is_not_asked_for_the_others(part: str, tmp_path: Path) -> None:
    one = Machine(tmp_path / "machine", part)
    run = one.askew("doctor")
    assert to_do(run.stdout).partition(";")[0] == f"nothing to install for {part}"
    assert run.returncode == 0
    assert run.stdout.count("  not installed\n") == 6


def parts_told(text: str) -> list[str]:
    """The parts that the command lists."""
    return [line.split()[0] for line in text.split("\n\n")[1].splitlines() if line[0] != " "]


def test_only_the_parts_that_were_asked_for_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "stimuli", "analysis"]) == 0
    assert parts_told(capsys.readouterr().out) == ["analysis", "stimuli"]


def test_a_part_with_something_to_do_is_listed_unasked() -> None:
    facts = doctor.examination(["stimuli"])
    facts["to_do"] = [vars(Finding(about="models", what="lacks timm"))]
    assert parts_told(doctor.as_text(facts)) == ["models", "stimuli"]


def test_the_end_points_to_what_was_remarked_of_the_machine() -> None:
    facts = {**doctor.examination(["stimuli", "experiments"]), "to_do": [], "command": None}
    there: dict[str, Any] = {"screens": [], "note": None}
    none = {"screens": [], "note": "none, so sessions cannot run here"}
    said = "nothing to install for experiments, stimuli"
    assert to_do(doctor.as_text({**facts, "display": there})) == said
    assert to_do(doctor.as_text({**facts, "display": none})) == f"{said}; see the remarks above"
    assert to_do(doctor.as_text({**facts, "display": there, "command": "type x"})) == f"{said}; see the remarks above"
    # Who does not run sessions needs no display.
    assert (
        to_do(doctor.as_text({**facts, "asked_for": ["stimuli"], "display": none})) == "nothing to install for stimuli"
    )


@POSIX
def test_what_is_too_old_is_told_with_what_is_wanted(tmp_path: Path) -> None:
    one = Machine(tmp_path / "machine", "analysis")
    one.pretend("pandas", "1.5.3")
    run = one.askew("doctor", "analysis")
    assert run.returncode == 1
    head, *lines = to_do(run.stdout).splitlines()
    assert head == "one thing to do"
    assert lines[0] == "1. analysis: pandas 1.5.3 is older than 2.2"
    assert lines[1].startswith("   type: ")
    assert lines[1].endswith('[analysis]"')


@POSIX
def test_a_torch_that_no_torchvision_matches_is_told(tmp_path: Path) -> None:
    one = Machine(tmp_path / "machine", "models", without=("torchvision",))
    one.pretend("torch", "2.13.0+cpu")
    run = one.askew("doctor", COLUMNS="500")
    assert "1. models: lacks torchvision; torch 2.13.0+cpu is left out (wanted: !=2.13.0,>=2.11)" in to_do(run.stdout)


@POSIX
def test_libraries_that_do_not_go_together_are_told(tmp_path: Path) -> None:
    one = Machine(tmp_path / "machine", "analysis", without=("numba",))
    one.pretend("numba", "0.61.0", ("numpy<2.2", 'tbb>=2021; platform_machine == "x86_64"'))
    run = one.askew("doctor", COLUMNS="500")
    assert "1. analysis: numba 0.61.0 needs numpy <2.2, and 2." in to_do(run.stdout)
    assert "tbb" not in to_do(run.stdout)


@POSIX
def test_a_torchvision_of_another_build_is_told(tmp_path: Path) -> None:
    one = Machine(tmp_path / "machine", "models", without=("torchvision",))
    one.pretend("torchvision", "0.29.9", module="")
    (one.libraries / "torchvision" / "_C.so").write_bytes(b"of another build")
    run = one.askew("doctor", "models", COLUMNS="500")
    assert run.returncode == 1
    assert "1. models: torchvision 0.29.9 does not go with torch 2." in to_do(run.stdout)
    assert "   type: " + f"{one.python} -m pip uninstall -y torch torchvision\n" in to_do(run.stdout)
    assert "models       installed, but see below: h5py" in run.stdout


def test_a_library_that_crashes_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphics, "ASK_TORCH", "raise RuntimeError('no driver')")
    facts = graphics.gpu()
    assert facts["note"] == "torch does not run: RuntimeError: no driver"
    (found,) = graphics.findings(facts, {"note": None}, ["models"], opens=True)
    assert (found.about, found.do) == ("models", "install torch anew")
    monkeypatch.setattr(graphics, "ASK_TORCH", "import os; os._exit(9)")
    assert graphics.gpu()["note"] == "torch does not run: exit status 9"


CARD = {"gpus": [], "cuda": "13.0", "cards": ["RTX"], "driver": "550.54", "note": "none", "why": None, "hip": None}


@pytest.mark.parametrize(
    ("facts", "what", "do"),
    [
        (
            {"cuda": None},
            "RTX is there, but this torch (2.15.0) is built for the processor only",
            "install one built for CUDA; where this gives the same again, pytorch.org has the line that does not",
        ),
        (
            {"why": "The driver is too old (found version 11040). Please update it."},
            ("RTX (driver 550.54) is there, but torch cannot use it: The driver is too old (found version 11040)"),
            (
                "update NVIDIA's driver to one for CUDA 13.0 and restart, or take a torch for an older CUDA "
                "(pytorch.org says how)"
            ),
        ),
        (
            {"driver": None},
            "RTX is there, but its driver does not answer",
            "install NVIDIA's driver and restart; start a container with the cards (--gpus all)",
        ),
        (
            {"broken": [["RTX", "no kernel image is available"]]},
            "RTX is there, but torch cannot compute on it: no kernel image is available",
            "update NVIDIA's driver; where that does not help, pytorch.org says which torch is made for this card",
        ),
    ],
)
def test_a_card_that_torch_does_not_use_is_told_with_why(
    monkeypatch: pytest.MonkeyPatch, facts: dict[str, Any], what: str, do: str
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(graphics, "installed", lambda _: "2.15.0")
    (found,) = graphics.findings({**CARD, **facts}, {"note": None}, ["models"], opens=True)
    assert (found.about, found.what, found.do) == ("GPU", what, do)


def test_a_card_that_is_hidden_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    (found,) = graphics.findings(CARD, {"note": None}, ["models"], opens=True)
    assert found.what == "RTX is there, but CUDA_VISIBLE_DEVICES= hides it from torch"


def test_a_card_in_use_is_nothing_to_do() -> None:
    assert graphics.findings({**CARD, "gpus": ["RTX"]}, {"note": None}, ["models"], opens=True) == []
    assert graphics.findings(CARD, {"note": None}, ["analysis"], opens=True) == []


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Puts a program in front of those of the machine."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)

    def put(name: str, script: str) -> None:
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)

    return put


@POSIX
def test_cards_are_asked_of_their_driver(program: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    program("nvidia-smi", "echo 'RTX 4090, 550.54'; echo 'H100, PCIe, 550.54'")
    assert graphics.nvidia() == (["RTX 4090", "H100, PCIe"], "550.54")
    monkeypatch.setattr(graphics, "pci_cards", lambda: 1)
    for failing in ("echo it has failed; exit 9", "echo No devices were found"):
        program("nvidia-smi", failing)
        assert graphics.nvidia() == (["a card of NVIDIA's"], None)


@LINUX
def test_cards_without_a_driver_are_found_on_the_bus(tmp_path: Path) -> None:
    ids = {"gpu": ("0x10de", "0x030200"), "sound": ("0x10de", "0x040300"), "intel": ("0x8086", "0x030000"), "odd": ()}
    for name, pair in ids.items():
        (tmp_path / name).mkdir()
        for fact, value in zip(("vendor", "class"), pair, strict=False):
            (tmp_path / name / fact).write_text(f"{value}\n")
    assert graphics.pci_cards(tmp_path) == 1


def test_gpus_and_screens_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":9")
    gpus = '{"cuda": "13.0", "gpus": ["A", "B"], "threads": 2}'
    screens = '[{"width": 1920, "height": 1080, "hz": 100}, {"width": 800, "height": 600, "hz": null}]'
    monkeypatch.setattr(graphics, "ASK_TORCH", f"print('''{gpus}''')")
    monkeypatch.setattr(graphics, "ASK_DISPLAY", f"print('''{screens}''')")
    said = doctor.as_text(doctor.examination())
    assert "GPU      A, B\n" in said
    screens = "display 1920 x 1080 at 100 Hz, 800 x 600 (rate unknown);"
    assert f"{screens} `askew session preflight STUDY --protocol NAME` says which exp" in " ".join(said.split())


@LINUX
def test_without_a_display_the_way_to_try_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "xvfb-run" else f"/usr/bin/{name}")
    note = graphics.display()["note"]
    assert note.startswith("none (DISPLAY is not set), so sessions with people cannot run here; `xvfb-run -a askew ")
    assert note.endswith("apt-get install -y --no-install-recommends xvfb xauth)")


@LINUX
def test_a_display_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4711")
    (found,) = graphics.findings(CARD, graphics.display(), ["experiments"], opens=True)
    assert (found.about, found.what) == ("display", "DISPLAY is :4711, which does not answer")
    assert graphics.findings(CARD, graphics.display(), ["stimuli"], opens=True) == []


@LINUX
def test_rendering_without_a_driver_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert graphics.opens_a_device()
    monkeypatch.setattr(graphics, "ASK_EGL", "print(0)")
    assert not graphics.opens_a_device()
    (found,) = graphics.findings(CARD, {"note": None}, ["stimuli"], opens=False)
    assert found.what == "there is no driver to render with (no graphics card is needed)"
    assert found.lines[0].endswith("apt-get install -y --no-install-recommends libgl1-mesa-dri")


@LINUX
def test_a_library_of_the_system_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LIBRARIES", {"experiments": {"libnothing.so.1": "libnothing1"}})
    part = doctor.part("experiments")
    assert part["missing_libraries"] == ["libnothing1"]
    (found,) = doctor.findings_of_part(part)
    assert found.what == "lacks libnothing1 of the system"
    assert found.lines[0].endswith("apt-get install -y --no-install-recommends libnothing1")


@LINUX
def test_the_line_for_packages_fits_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"apt-get", "sudo"}
    monkeypatch.setattr(shutil, "which", lambda name: name if name in there else None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    line = "sudo apt-get update && sudo apt-get install -y --no-install-recommends libegl1"
    assert machine.install_packages(["libegl1"]) == line
    there.remove("sudo")
    assert machine.install_packages(["libegl1"]) == line.replace("sudo ", "")
    there.clear()
    assert machine.install_packages(["libegl1"]).startswith("install what holds libegl1 (names as on Debian) with the ")


def test_a_python_that_does_not_fit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "python_version", lambda: "3.13.1")
    found = [*machine.findings_of_python()]
    assert "askew is not made for Python 3.13.1 (wanted: <3.13,>=3.10), nor are libraries" in found[0].what
    monkeypatch.setattr(platform, "python_version", lambda: "3.12.9")
    monkeypatch.setattr(struct, "calcsize", lambda _: 4)
    (narrow,) = machine.findings_of_python()
    assert narrow.what == "this Python is a 32-bit one, for which VTK, torch and others are not made"


def test_a_python_that_pip_refuses_to_change_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "EXTERNALLY-MANAGED").touch()
    monkeypatch.setattr(sysconfig, "get_path", lambda *_: str(tmp_path))
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    (found,) = machine.findings_of_python()
    assert found.what == "this Python belongs to the system, and pip refuses to install into it"
    assert found.lines[0].endswith("-m venv .venv")


def test_folders_that_may_not_be_written_to_are_told_together(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for variable in ("ASKEW_CACHE", "HF_HOME", "MPLCONFIGDIR"):
        monkeypatch.setenv(variable, str(tmp_path / "file" / variable))
    monkeypatch.chdir(tmp_path)
    (found,) = [one for one in machine.findings(PARTS) if one.about == "cache"]
    assert found.what == ", ".join(
        str(tmp_path / "file" / name) for name in ("ASKEW_CACHE", "HF_HOME", "MPLCONFIGDIR")
    ) + (" may not be written to")
    assert (
        found.do == "change the permissions, or set ASKEW_CACHE, HF_HOME, MPLCONFIGDIR to other folders, in every shell"
    )
    if os.sep == "/":
        assert found.lines[0] == f'export ASKEW_CACHE="{tmp_path}/askew-cache/askew"'
    assert [one for one in machine.findings(["experiments"]) if one.about == "cache"] == []


def test_caches_are_where_the_libraries_have_them() -> None:
    import matplotlib
    from huggingface_hub import constants

    from askew_stimuli.caching import cache_folder

    found = machine.caches(PARTS)
    assert found["ASKEW_CACHE"] == cache_folder("x").parent
    assert str(found["HF_HOME"]) == constants.HF_HOME
    if sys.platform == "linux":
        assert str(found["MPLCONFIGDIR"]) == matplotlib.get_cachedir()


@POSIX
def test_a_folder_of_somebody_else_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/proc")  # not even an administrator may make something there
    (found,) = [one for one in machine.findings([]) if one.about == "this folder"]
    assert (found.what, found.lines) == ("/proc may not be written to", ("cd ~",))


def test_little_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "free_gb", lambda _: 0.4)
    (found,) = [one for one in machine.findings(PARTS) if one.about == "disk"]
    assert found.what.startswith("0.4 GB are free in this folder; all parts of askew take about 7 GB")
    monkeypatch.setattr(machine, "free_gb", lambda folder: 9.0 if folder == Path.cwd() else 0.4)
    (first, *_) = [one for one in machine.findings(["stimuli"]) if one.about == "cache"]
    assert first.what.startswith("0.4 GB are free in ")
    assert first.what.endswith(", where downloads go")


def test_a_locale_without_all_letters_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "ascii")
    (found,) = [one for one in machine.findings([]) if one.about == "locale"]
    assert found.what.startswith("file names are read as ascii, so that those with accents")
    assert found.lines == ("export LC_ALL=C.UTF-8",)


def test_paths_that_windows_refuses_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_takes_long_paths", lambda: False)
    monkeypatch.setattr(sys, "prefix", "C:\\" + "deep\\" * 30)
    (found,) = [one for one in machine.findings([]) if one.about == "Windows"]
    assert found.what.startswith("paths longer than 260 letters are refused here")
    assert "LongPathsEnabled" in found.lines[0]
    monkeypatch.setattr(sys, "prefix", "C:\\askew\\.venv")
    assert [one for one in machine.findings([]) if one.about == "Windows"] == []


def test_the_shell_that_does_not_find_the_command_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = Path(sys.executable).parent
    monkeypatch.setenv("PATH", str(here))
    assert machine.on_the_path() is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (machine.on_the_path() or "").startswith("the shell does not find `askew` by itself; type ")
    assert str(here / "askew") in (machine.on_the_path() or "")
    monkeypatch.setattr(shutil, "which", lambda _: str(tmp_path / "askew"))
    assert (machine.on_the_path() or "").startswith(f"another askew comes first, {tmp_path / 'askew'}; type ")


def test_what_is_to_be_typed_is_never_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphics, "ASK_TORCH", """print('{"gpus": ["A"]}')""")
    line = "type-me " * 40
    facts = doctor.examination()
    facts["to_do"] = [vars(Finding(about="x", what="so " * 60, do="do " * 60, lines=(line,)))] * 2
    text = doctor.as_text(facts, 20)
    assert text.count(f"   type: {line}") == 2
    rest = [each for each in to_do(text).splitlines() if "type-me" not in each]
    assert rest[0] == "2 things to do"
    assert max(map(len, rest)) <= doctor.WIDTHS[0]


def test_a_program_that_gives_no_answer_is_told() -> None:
    assert asked("print('{')") == "it gave no answer"
    assert asked("") == "it gave no answer"
    assert asked("raise SystemExit('why')") == "why"
    assert answer([sys.executable, "-c", "input()"], 0) == "no answer within 0 s"
    assert "no-such-program" in answer(["no-such-program"])
