"""`askew session simulate`: whole sessions without people, the same however often they were broken off."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from askew.command import main
from askew.files import sha256
from askew.lock import held
from askew.sidecar import Sidecar
from askew.study import Study
from askew.trial import Trial, write_trials
from askew_experiments.journal import Journal, journals, read_journal, status
from askew_experiments.ledger import read_ledger
from askew_experiments.opening import Material, open_session
from askew_stimuli.picture import Picture, read_manifest, write_manifest
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


def test_tables_come_again_byte_for_byte(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulated(study)
    before = contents(study)
    shutil.rmtree(study / "trials")
    assert main(["session", "tables", str(study)]) == 0
    assert "3 tables written, 3 there" in capsys.readouterr().out
    assert contents(study) == before
    assert main(["session", "tables", str(study)]) == 0
    assert "0 tables written, 3 there" in capsys.readouterr().out


def test_without_sessions_there_are_no_tables(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for word in ("tables", "qc"):
        assert main(["session", word, str(study)]) == 1
        said.append(capsys.readouterr().err.removeprefix(f"askew session {word}: "))
    told = "has no sessions; run one with `askew session run`, or try `askew session simulate`"
    assert said == [f"{study}: {told}\n"] * 2


def test_what_comes_next_is_told(study: Path, trial: Callable[..., Trial], capsys: pytest.CaptureFixture[str]) -> None:
    asked = "compare and report take them with --simulated, or with simulated = true in study.toml"
    after = f"next: askew session qc {study}"

    def last(lines: int) -> list[str]:
        simulated(study, 1)
        return capsys.readouterr().out.splitlines()[-lines:]

    programs = "simulated participants are programs, not people"
    assert last(3) == [programs, asked, after]
    (study / "trials" / "broken.csv").write_text("mine")
    assert last(3) == [programs, asked, after]
    write_trials(study / "trials" / "people.csv", [trial(observer="sub-01", kind="human")])
    assert last(2) == [programs, after]
    (study / "trials" / "people.csv").unlink()
    replace(Study.open(study), simulated=True).write()
    assert last(2) == [programs, after]


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
    assert "there is no such folder" in refused(capsys, tmp_path / "nowhere", "--protocol", "unusual_poses_40ms")
    (study / "stimuli" / "manifest.csv").unlink()
    assert "has no pictures yet" in refused(capsys, study, "--protocol", "unusual_poses_40ms")


def test_a_damaged_journal_is_told_with_its_line(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulated(study, 1)
    (path,) = journals(study)
    path.write_bytes(path.read_bytes().replace(b'"state":"ready"', b'"state":"Ready"'))
    told = refused(capsys, study, "--protocol", "unusual_poses_40ms", "--participants", "1", "--seed", "5")
    assert "journal.jsonl, line" in told
    assert "restore journal.jsonl from a backup" in told


def cut(path: Path, lines: int, torn: bytes = b"") -> None:
    """Leave a journal as a run that was killed does."""
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:lines]) + torn)


def test_a_torn_line_leaves_the_virtual_clock_alone(study: Path) -> None:
    simulated(study, 1)
    (path,) = journals(study)
    calm = trials(study)
    cut(path, 30, b'{"type":"trial","n":30')
    simulated(study, 1)
    assert {record["utc"][:4] for record in read_journal(path)} == {"2000"}
    again = {trial.index for trial in trials(study) if trial.timing_valid is False}
    assert [trial for trial in trials(study) if trial.index not in again] == [
        trial for trial in calm if trial.index not in again
    ]


def test_one_simulation_runs_in_a_study_at_a_time(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with held(study / "sessions" / "simulate.lock", "the test"):
        told = refused(capsys, study, "--protocol", "unusual_poses_40ms")
    assert f"{study}, simulated sessions: is in use by process " in told
    assert journals(study) == []
    simulated(study, 1)


@pytest.mark.parametrize("lines", [20, None])
def test_what_was_simulated_otherwise_is_refused_complete_or_not(
    study: Path, capsys: pytest.CaptureFixture[str], lines: int | None
) -> None:
    simulated(study, 1)
    (path,) = journals(study)
    cut(path, lines or 1000)
    before = path.read_bytes()
    words = ("--protocol", "unusual_poses_40ms", "--participants", "1")
    assert "was begun with --seed 5; give that seed" in refused(capsys, study, *words, "--seed", "6")
    protocol = study / "protocols" / "unusual_poses_40ms.toml"
    protocol.write_text(f"{protocol.read_text()}# mine\n")
    assert "was planned with another text of unusual_poses_40ms.toml" in refused(capsys, study, *words, "--seed", "5")
    assert path.read_bytes() == before


@pytest.mark.parametrize("code", ["sub-sim01", "sub-SIM01"])
def test_codes_that_people_have_are_left_to_them(study: Path, code: str) -> None:
    material = Material.of(study, "unusual_poses_40ms")
    open_session(material, code, "ses-01", utc="2026-01-02T12:00:00.000Z")[0].close()
    simulated(study, 2)
    assert [entry.participant for entry in read_ledger(study)] == [code, "sub-sim02", "sub-sim03"]


def test_without_its_ledger_a_study_still_knows_whose_sessions_are_whose(study: Path) -> None:
    simulated(study, 2)
    (study / "sessions" / "ledger.jsonl").unlink()
    simulated(study, 1, "unusual_poses_150ms")
    simulated(study, 2)
    assert [(plan["participant"], plan["protocol"]["name"]) for _, plan in of(study, "plan")] == [
        ("sub-sim01", "unusual_poses_40ms"),
        ("sub-sim02", "unusual_poses_40ms"),
        ("sub-sim03", "unusual_poses_150ms"),
    ]


HARD = """schema = 1
name = "hard"
group = "40ms"
[design]
labels = 2
sessions = 2
[response]
keys = ["left", "right"]
[practice]
trials = 8
criterion = 1.0
rounds = 1
ms = [1]
[[phase]]
name = "image"
show = ["image"]
ms = 40
[[phase]]
name = "labels"
show = ["labels"]
until = "answer"
"""


def test_who_is_sent_home_after_the_practice_does_not_come_again_and_leaves_their_number(study: Path) -> None:
    (study / "protocols").mkdir(exist_ok=True)
    (study / "protocols" / "hard.toml").write_text(HARD)
    simulated(study, 6, "hard")
    ends = {path.parent.name: status(read_journal(path)) for path in journals(study)}
    home = {name.partition("_")[0] for name, end in ends.items() if end == "aborted"}
    assert home
    assert not any(name.endswith("ses-02") for name in ends if name.partition("_")[0] in home)
    stayed = [entry for entry in read_ledger(study) if entry.participant not in home]
    assert [(entry.number, entry.part) for entry in stayed] == [
        (number, part) for number in range(6 - len(home)) for part in (0, 1)
    ]
    before = contents(study)
    simulated(study, 6, "hard")
    assert contents(study) == before


def test_texts_that_cannot_be_read_are_refused_before_anything_begins(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (study / "protocols").mkdir(exist_ok=True)
    (study / "protocols" / "hard.toml").write_text(HARD.replace("group", 'language = "xx"\ngroup'))
    (study / "protocols" / "xx.toml").write_text('schema = 1\nlanguage = "x"\n[text]\nwelcome = "Hello"\n')
    assert "xx.toml, text: code is missing; a language has all of code, code_form, press" in refused(
        capsys, study, "--protocol", "hard"
    )
    assert (journals(study), read_ledger(study)) == ([], [])


def test_pictures_without_files_are_told_in_one_line(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bare = [Picture(image_id=f"p{n}", source="imported", class_label=f"l{n}", condition="upright") for n in range(4)]
    write_manifest(study / "stimuli" / "manifest.csv", bare, Sidecar())
    told = refused(capsys, study, "--protocol", "unusual_poses_40ms")
    assert "manifest.csv: 4 pictures without a file, such as 'p0', and a session shows files; add them" in told


def test_a_table_that_cannot_be_written_keeps_no_other_from_being(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (study / "trials").mkdir(exist_ok=True)
    (study / "trials" / "sub-sim01_ses-01.csv").write_text("mine")
    told = refused(capsys, study, "--protocol", "unusual_poses_40ms", "--participants", "2")
    assert "sub-sim01_ses-01.csv: is in the way, for it is no table of a session; move it" in told
    assert {status(read_journal(path)) for path in journals(study)} == {"complete"}
    assert (study / "trials" / "sub-sim02_ses-01.csv").is_file()


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
