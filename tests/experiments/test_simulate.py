"""`askew session simulate`: whole sessions without people, the same however often they were broken off."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from askew.command import main
from askew.files import sha256
from askew.study import Study
from askew.trial import Trial
from askew_experiments.journal import Journal, journals, read_journal, status
from askew_experiments.ledger import read_ledger
from askew_stimuli.picture import read_manifest
from tests.experiments.kit.drawn import CONDITIONS, OBJECTS, make_study

KIT = Path(__file__).parent / "kit"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of nine objects in three poses each, without sessions."""
    root = tmp_path_factory.mktemp("study") / "study"
    make_study(root)
    return root


@pytest.fixture
def study(bare: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bare, tmp_path / "study"))


def simulated(
    study: Path, participants: int = 3, protocol: str = "unusual_poses_40ms", seed: int = 5, *more: str
) -> None:
    words = ["session", "simulate", str(study), "--protocol", protocol, "--participants", str(participants)]
    assert main([*words, "--seed", str(seed), *more]) == 0


def trials(study: Path) -> list[Trial]:
    return list(Study.open(study).trials())


def of(study: Path, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in journals(study):
        for record in read_journal(path):
            if record["type"] == kind:
                yield path.parent.name, record


def contents(study: Path) -> dict[str, bytes]:
    return {str(path.relative_to(study)): path.read_bytes() for path in sorted(study.rglob("*")) if path.is_file()}


def test_every_trial_is_left_and_marked_as_simulated(study: Path) -> None:
    simulated(study)
    assert [path.parent.name for path in journals(study)] == [f"sub-sim0{number}_ses-01" for number in (1, 2, 3)]
    assert {status(read_journal(path)) for path in journals(study)} == {"complete"}
    found = trials(study)
    assert len(found) == 3 * len(OBJECTS)
    assert {trial.kind for trial in found} == {"simulated"}
    assert {trial.group for trial in found} == {"40ms"}
    assert {trial.achieved_ms for trial in found} == {40.0}
    assert {trial.timing_valid for trial in found} == {True}
    assert {trial.rt_source for trial in found if trial.rt_ms} == {"onset of labels; virtual clock"}
    assert all(plan["simulated"] is True for _, plan in of(study, "plan"))
    facts = json.loads((study / "trials" / "sub-sim01_ses-01.json").read_text())
    assert facts["notes"] == ["a simulated participant, who is a program and not a person"]
    assert facts["source"]["sha256"] == sha256(study / "sessions" / "sub-sim01_ses-01" / "journal.jsonl")


def test_nobody_sees_an_object_twice_and_three_see_every_picture_once(study: Path) -> None:
    simulated(study)
    seen = Counter(trial.stimulus for trial in trials(study))
    assert set(seen.values()) == {1}
    assert len(seen) == len(OBJECTS) * len(CONDITIONS)
    for observer in ("sub-sim01", "sub-sim02", "sub-sim03"):
        assert sorted(trial.truth for trial in trials(study) if trial.observer == observer) == sorted(OBJECTS)


def test_the_same_seed_leaves_the_same_bytes(bare: Path, tmp_path: Path) -> None:
    one, other = (Path(shutil.copytree(bare, tmp_path / name)) for name in ("one", "other"))
    simulated(one)
    simulated(other)
    assert contents(one) == contents(other)


def test_another_seed_gives_other_answers_to_the_same_trials(bare: Path, tmp_path: Path) -> None:
    one, other = (Path(shutil.copytree(bare, tmp_path / name)) for name in ("one", "other"))
    simulated(one, seed=5)
    simulated(other, seed=6)
    assert [(trial.observer, trial.stimulus) for trial in trials(one)] == [
        (trial.observer, trial.stimulus) for trial in trials(other)
    ]
    assert [trial.rt_ms for trial in trials(one)] != [trial.rt_ms for trial in trials(other)]


def test_called_again_it_adds_nothing_and_more_participants_leave_the_first_alone(study: Path) -> None:
    simulated(study)
    before = contents(study)
    simulated(study)
    assert contents(study) == before
    simulated(study, participants=4)
    after = contents(study)
    assert {name: after[name] for name in before if "ledger" not in name} == {
        name: its for name, its in before.items() if "ledger" not in name
    }
    assert len(journals(study)) == 4


def test_tables_come_again_byte_for_byte(study: Path) -> None:
    simulated(study)
    before = contents(study)
    shutil.rmtree(study / "trials")
    simulated(study)
    assert contents(study) == before


def test_another_protocol_has_participants_of_its_own(study: Path) -> None:
    simulated(study, 2)
    simulated(study, 2, "unusual_poses_150ms")
    simulated(study, 2)
    ledger = [(entry.participant, entry.protocol, entry.number) for entry in read_ledger(study)]
    assert ledger == [
        ("sub-sim01", "unusual_poses_40ms", 0),
        ("sub-sim02", "unusual_poses_40ms", 1),
        ("sub-sim03", "unusual_poses_150ms", 0),
        ("sub-sim04", "unusual_poses_150ms", 1),
    ]


@pytest.mark.parametrize(
    "protocol",
    [
        "unusual_poses_150ms",
        "unusual_poses_unlimited",
        "unusual_poses_unlimited_labels",
        "mask_soa",
        "deadline",
        "practice",
    ],
)
def test_every_bundled_protocol_runs_to_its_end(study: Path, protocol: str) -> None:
    simulated(study, 2, protocol)
    assert {status(read_journal(path)) for path in journals(study)} == {"complete"}
    found = trials(study)
    assert found
    for trial in found:
        if trial.requested_ms is None:
            assert trial.achieved_ms is not None
            assert trial.timing_valid is None
        else:
            assert trial.achieved_ms == pytest.approx(trial.requested_ms, abs=5)


def test_the_protocol_is_copied_into_the_study(study: Path) -> None:
    simulated(study, 1)
    assert (study / "protocols" / "unusual_poses_40ms.toml").is_file()


def test_a_hundred_kills_lose_nothing_and_repeat_nothing(bare: Path, tmp_path: Path) -> None:
    calm, killed = (Path(shutil.copytree(bare, tmp_path / name)) for name in ("calm", "killed"))
    simulated(calm, 24)
    words = [sys.executable, str(KIT / "chaos.py"), str(killed), "unusual_poses_40ms", "24", "100", "3"]
    run = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["kills"] == 100
    assert told["lost"] == 0
    for path in journals(killed):
        indices = [record["index"] for record in read_journal(path) if record["type"] == "trial"]
        assert indices == [*range(1, len(OBJECTS) + 1)]
    answers = [(trial.observer, trial.index, trial.stimulus, trial.choice, trial.outcome) for trial in trials(killed)]
    assert answers == [(t.observer, t.index, t.stimulus, t.choice, t.outcome) for t in trials(calm)]
    again = [trial for trial in trials(killed) if trial.timing_valid is False]
    assert len(again) == sum(record["seen_before"] for _, record in of(killed, "trial"))


def refused(capsys: pytest.CaptureFixture[str], study: Path, *words: str, status: int = 1) -> str:
    assert main(["session", "simulate", str(study), *words]) == status
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


def test_a_session_that_another_program_runs_is_left_alone(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulated(study, 1)
    (path,) = journals(study)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:30]))
    with Journal.open(path.parent):
        told = refused(capsys, study, "--protocol", "unusual_poses_40ms", "--participants", "1", "--seed", "5")
    assert "sub-sim01_ses-01" in told
    assert path.read_bytes() == b"".join(lines[:30])


def test_another_seed_for_what_was_begun_is_refused(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulated(study, 1)
    (path,) = journals(study)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:30]))
    told = refused(capsys, study, "--protocol", "unusual_poses_40ms", "--participants", "1", "--seed", "6")
    assert "was begun with --seed 5; give that seed, or simulate in another study" in told


def test_a_changed_protocol_for_what_was_begun_is_refused(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulated(study, 1)
    (path,) = journals(study)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:30]))
    protocol = study / "protocols" / "unusual_poses_40ms.toml"
    protocol.write_text(protocol.read_text().replace("limit_ms = 10000", "limit_ms = 9000"))
    told = refused(capsys, study, "--protocol", "unusual_poses_40ms", "--participants", "1", "--seed", "5")
    assert "was planned with another text of unusual_poses_40ms.toml" in told


def test_wrong_calls_are_told(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "unusual_poses_40ms" in refused(capsys, study, "--protocol", "unusual_poses_40")
    assert "Missing option '--protocol'" in refused(capsys, study, status=2)
    told = refused(capsys, study, "--protocol", "unusual_poses_40ms", "--participants", "0", status=2)
    assert "--participants" in told
    assert "is no study" in refused(capsys, tmp_path / "nowhere", "--protocol", "unusual_poses_40ms")
    (study / "stimuli" / "manifest.csv").unlink()
    assert "has no pictures yet" in refused(capsys, study, "--protocol", "unusual_poses_40ms")


def test_a_damaged_journal_is_told_with_its_line(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulated(study, 1)
    (path,) = journals(study)
    path.write_bytes(path.read_bytes().replace(b'"state":"ready"', b'"state":"Ready"'))
    told = refused(capsys, study, "--protocol", "unusual_poses_40ms", "--participants", "1", "--seed", "5")
    assert "journal.jsonl, line" in told
    assert "restore journal.jsonl from a backup" in told


def test_json_says_how_many(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    simulated(study, 2, "unusual_poses_40ms", 5, "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["sessions"], told["complete"], told["run_now"], told["simulated"]) == (2, 2, 2, True)


def test_masks_of_the_set_are_planned(study: Path) -> None:
    assert main(["stimuli", "masks", str(study), "--frames", "2"]) == 0
    simulated(study, 1)
    (_, plan) = next(of(study, "plan"))
    assert all(trial["mask_frames"] == 2 and trial["mask_sha256"] for trial in plan["trials"])
    assert {picture.mask_frames for picture in read_manifest(study / "stimuli" / "manifest.csv")} == {2}
