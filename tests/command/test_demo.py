"""`askew demo`: a whole study, made by commands in processes of their own."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from askew import demo
from askew.command import main
from askew.demonstration import EXPOSURES, NETWORKS, Size, declare, steps_of
from askew.machine import on_the_path
from askew.steps import Step
from askew.study import Study
from tests.experiments.kit.waiting import until

EXAMPLE = Path(__file__).parents[2] / "data" / "example"
ASKEW = (sys.executable, "-m", "askew")


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The study that the demo leaves, and what it said; made once, for it takes its time."""
    place = tmp_path_factory.mktemp("demo")
    run = subprocess.run([*ASKEW, "demo"], cwd=place, capture_output=True, text=True, timeout=500, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    return place / "askew-demo", run.stdout


def test_the_demo_ends_with_the_place_of_the_report(told: tuple[Path, str]) -> None:
    folder, said = told
    *_, url, last = said.splitlines()
    assert last == f"report: {Path('askew-demo', 'results', 'report.html')}"
    assert url == (folder / "results" / "report.html").as_uri()
    assert "<html" in (folder / "results" / "report.html").read_text(encoding="utf-8")


def test_a_shell_that_does_not_find_askew_is_told_of(told: tuple[Path, str]) -> None:
    said = f"`. {Path(sys.executable).parent / 'activate'}` once in each shell"
    assert (said in told[1]) == (on_the_path() is not None)


def test_each_step_is_a_command_that_is_printed_before_it_runs(told: tuple[Path, str]) -> None:
    lines = told[1].splitlines()
    steps = steps_of(Path("askew-demo"), "askew-demo", demo.SIZE, demo.SEED)
    for number, step in enumerate(steps, start=1):
        place = lines.index(f"{number} of {len(steps)}: {step.title}")
        assert lines[place + 1] == f"$ {step.line}"


def test_three_commands_to_try_next_are_named(told: tuple[Path, str]) -> None:
    said = told[1]
    for line in (
        "$ askew session run askew-demo --protocol unusual_poses_150ms --participant me",
        "$ askew score askew-demo --observers timm:resnet50.a1_in1k",
        "$ askew fetch unusual-poses --out unusual-poses",
    ):
        assert f"  {line}\n" in said


def test_it_is_said_everywhere_that_nobody_was_a_person(told: tuple[Path, str]) -> None:
    folder, said = told
    assert "participants\nare programs, not people" in said
    assert "The participants were programs, so nothing here is evidence" in said
    assert "programs, not people" in (folder / "README.md").read_text(encoding="utf-8")
    study = Study.open(folder)
    assert study.simulated
    assert "simulated participants" in study.title
    assert {trial.kind for trial in study.trials()} == {"simulated", "model"}


def test_the_demo_has_people_at_three_exposures_and_networks(told: tuple[Path, str]) -> None:
    groups: dict[str, set[str]] = {}
    for trial in Study.open(told[0]).trials():
        groups.setdefault(trial.group, set()).add(trial.observer)
    assert {name: len(observers) for name, observers in groups.items()} == {
        **dict.fromkeys(EXPOSURES, 12),
        NETWORKS: 2,
    }


def test_everybody_of_a_pool_saw_other_pictures_and_all_of_them_all(told: tuple[Path, str]) -> None:
    study = Study.open(told[0])
    seen: dict[str, list[str]] = {}
    for trial in study.trials():
        seen.setdefault(trial.observer, []).append(trial.stimulus)
    assert len(study.pools) == 12
    for pool in study.pools:
        pictures = [picture for observer in pool.observers for picture in seen[observer]]
        assert len(pictures) == len({*pictures}) == 153


def test_every_planned_comparison_was_made(told: tuple[Path, str], tmp_path: Path) -> None:
    folder = told[0]
    assert (
        main(["compare", str(folder), "--json", str(tmp_path / "c.json"), "--out", str(tmp_path), "--no-figures"]) == 0
    )
    tests = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))["tests"]
    made = {(test["a"], test["b"], test["condition"], test["group"]) for test in tests if test["p"] is not None}
    assert len(made) == len(Study.open(folder).contrasts) == 8


def test_other_commands_work_on_what_the_demo_leaves(
    told: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(told[0], folder)
    assert main(["stimuli", "check", str(folder)]) == 0
    assert main(["session", "qc", str(folder)]) == 0
    assert main(["session", "simulate", str(folder), "--protocol", "unusual_poses_40ms"]) == 0
    assert "12 of 12 simulated sessions complete, 0 run now" in capsys.readouterr().out


def test_the_demo_leaves_the_same_bytes_again(
    told: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    # Pictures are rendered to the same bytes by tests of their own; here they are taken over, to spare the time.
    monkeypatch.chdir(tmp_path)
    place = Path(told[0].name)
    new, render, *others = steps_of(place, str(place), demo.SIZE, demo.SEED)
    assert (new.take(), render.words[:2]) == (0, ("stimuli", "render"))
    shutil.copytree(told[0] / "stimuli", place / "stimuli", dirs_exist_ok=True)
    assert demo.take(others, str(place)) == 0
    first, second = files(told[0]), files(place)
    assert first.keys() == second.keys()
    assert [name for name, content in first.items() if second[name] != content] == []


@pytest.mark.parametrize("name", ["example", "file"])
def test_the_demo_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["new", str(tmp_path / "example"), "--title", "Mine"]) == 0
    (tmp_path / "file").write_text("mine")
    before = files(tmp_path)
    assert main(["demo", str(tmp_path / name)]) == 1
    assert "is there and is no empty folder; name a new one, or delete it first" in capsys.readouterr().err
    assert files(tmp_path) == before


def test_a_seed_that_no_study_can_have_is_a_wrong_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", str(tmp_path / "demo"), "--seed", "-1"]) == 2
    assert "--seed -1: give a whole number from 0 to" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()


def test_a_missing_part_is_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "installed", lambda name: None if name in {"torch", "timm", "pandas"} else "1")
    assert main(["demo", str(tmp_path / "demo")]) == 1
    said = capsys.readouterr().err
    assert "takes all four parts: models lacks timm, torch; analysis lacks pandas; type: " in said
    assert "[models,analysis]" in said
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "NEEDED_MB", 10**12)
    assert main(["demo", str(tmp_path / "here" / "demo")]) == 1
    assert "demo: needs 1000000000000 MB, and " in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_looks_like_an_option_is_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo, "steps_of", lambda *given: steps_of(*given)[:1])
    assert main(["demo", "--", "-q"]) == 0
    assert Study.open(tmp_path / "-q").simulated


def test_the_demo_stops_at_what_fails_and_says_how_to_go_on(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    steps = [
        Step(title="a folder", words=("new", str(tmp_path / "study"))),
        Step(title="a step that fails", words=("describe", str(tmp_path / "none"))),
        Step(title="never", words=("describe", str(tmp_path / "study"))),
    ]
    assert demo.take(steps, "study") == 1
    said = capfd.readouterr()
    assert "3 of 3" not in said.out
    assert "askew describe: " in said.err
    assert "\naskew demo: step 2 of 3 failed with status 1\n" in said.err
    assert "What is done is in study. Delete it to begin anew, or go on where it stopped:" in said.err
    assert said.err.endswith(f"  $ {steps[1].line}\n  $ {steps[2].line}\n")


def test_a_first_step_that_fails_has_said_why_and_left_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert demo.take([Step(title="a wrong call", words=("new",))], "study") == 2
    said = capfd.readouterr().err
    assert said.startswith("askew new: ")
    assert said.count("\n") == 1


def test_what_follows_a_step_is_done_only_if_it_ended_well(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    done: list[str] = []
    for word in ("none", "."):
        Step(title="", words=("describe", str(tmp_path / word)), then=lambda: done.append("done")).take()
    assert done == []
    assert main(["new", str(tmp_path / "study")]) == 0
    Step(title="", words=("describe", str(tmp_path / "study")), then=lambda: done.append("done")).take()
    assert done == ["done"]


WAITS = """
import sys
from functools import partial
from pathlib import Path
from shutil import copytree
from askew.command import guarded
from askew.demo import take
from askew.steps import Step
place, pictures = sys.argv[1:]
steps = [
    Step(title="a", words=("new", place), then=partial(copytree, pictures, f"{place}/stimuli", dirs_exist_ok=True)),
    Step(title="b", words=("session", "simulate", place, "--protocol", "unusual_poses_40ms", "--realtime", "1")),
    Step(title="c", words=("describe", place)),
]
sys.exit(guarded("askew demo", lambda: take(steps, place)))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals as a terminal and a system send them")
@pytest.mark.parametrize(
    ("tells", "name", "status"),
    [
        # A terminal tells all processes; `kill` only the demo, which then has to end its command itself.
        pytest.param(os.killpg, "SIGINT", 130, id="ctrl-c"),
        pytest.param(os.kill, "SIGINT", 130, id="kill -INT"),
        pytest.param(os.kill, "SIGTERM", 143, id="kill"),
        pytest.param(os.killpg, "SIGHUP", 129, id="closed terminal"),
    ],
)
def test_a_signal_ends_it_cleanly(
    tmp_path: Path,
    tells: Callable[[int, int], None],
    name: str,
    status: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    place = tmp_path / "study"
    run = subprocess.Popen(
        [sys.executable, "-c", WAITS, str(place), str(EXAMPLE / "stimuli")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until((place / "sessions" / "sub-sim01_ses-01" / "journal.jsonl").exists, "a session", deadline_s=120)
    tells(run.pid, getattr(signal, name))
    # Both pipes end when nobody holds them any more, the command that was running among them.
    _, error = run.communicate(timeout=120)
    assert run.returncode == status
    assert "Traceback" not in error
    assert f"What is done is in {place}. Delete it to begin anew, or go on where it stopped:" in error
    assert error.endswith(f"--realtime 1\n  $ askew describe {place}\n\naskew demo: stopped\n")
    # Nothing of it holds the study any more.
    assert main(["session", "simulate", str(place), "--protocol", "unusual_poses_40ms", "--participants", "1"]) == 0
    assert "1 of 1 simulated sessions complete, 1 run now" in capsys.readouterr().out


def test_modules_in_the_folder_where_one_types_are_not_mistaken_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit('a file of somebody')")
    monkeypatch.chdir(tmp_path)
    if sys.version_info >= (3, 11):  # before, Python has no such protection
        assert Step(title="", words=("new", "study")).take() == 0


def test_what_a_study_declares_stays_as_it_was_new(tmp_path: Path) -> None:
    assert main(["new", str(tmp_path / "a"), "--title", "T", "--seed", "3"]) == 0
    declare(tmp_path / "a", Size(title="", set="example", participants=3, made="A test made it."))
    study = Study.open(tmp_path / "a")
    assert (study.title, study.seed, study.simulated) == ("T", 3, True)
    assert [pool.observers for pool in study.pools][-1] == ("sub-sim07", "sub-sim08", "sub-sim09")
    readme = (tmp_path / "a" / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("# a\n\n**The participants of this study are programs, not people.**")
    assert "A test made it.\n\n| folder | what |" in readme
