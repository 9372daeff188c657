"""Going on with a session: which one, and what is refused before a window covers the screen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from askew.command import main
from askew.errors import BadInput
from askew.study import Study
from askew_experiments.journal import Journal, read_journal, status
from askew_experiments.opening import Material, open_session
from askew_experiments.plan import Plan, PlannedTrial
from askew_experiments.resuming import material_of, refuse_changed, unfinished
from askew_experiments.running import label_of, refuse_other_pictures
from askew_experiments.virtual import stamp
from tests.experiments.kit.planted import PROTOCOL, pictures
from tests.experiments.kit.sessions import study_of

NAME = "sub-01_ses-01"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    study = study_of(tmp_path / "study", pictures(), seed=3)
    path = study.root / "protocols" / "brief.toml"
    path.parent.mkdir()
    path.write_text(PROTOCOL)
    return study


def left(study: Study, hours: float = 0.0, name: str = NAME, seed: int | None = None) -> Path:
    """A session of the first trial, left so many hours ago; returns its journal."""
    utc = stamp(datetime.now(timezone.utc) - timedelta(hours=hours))
    who, session = name.split("_")
    journal, _ = open_session(Material.of(study.root, "brief"), who, session, utc=utc, observer_seed=seed)
    with journal:
        journal.append("start", utc)
        journal.append("begin", utc, index=1, attempt=1)
    return journal.path


def gone_on(study: Study, override: str | None = None) -> None:
    """All that is asked of a session before the window is opened."""
    with Journal.open(unfinished(study, NAME)) as journal:
        plan = Plan.of(journal.records[0], journal.path)
        refuse_changed(plan, material_of(journal, study), journal, override)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(BadInput) as caught:
        act()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_session_left_a_while_ago_goes_on(study: Study) -> None:
    left(study, hours=11.9)
    gone_on(study)


@pytest.mark.parametrize("torn", [b"", b'{"type":"trial","n":3'])
def test_one_left_too_long_ago_needs_a_reason_even_where_its_last_line_was_torn(study: Study, torn: bytes) -> None:
    path = left(study, hours=13)
    path.write_bytes(path.read_bytes() + torn)
    for _ in range(2):
        told = refused(lambda: gone_on(study))
        assert "was left 13.0 h ago, and the protocol allows 12; go on with --override and a reason, or end it" in told
    gone_on(study, override="the fire alarm")


def test_one_that_the_clock_says_is_yet_to_come_needs_a_reason_too(study: Study) -> None:
    left(study, hours=-5)
    told = refused(lambda: gone_on(study))
    assert "was left 5.0 h from now, by the clock here, and the protocol allows 12; set the clock, go on with" in told
    gone_on(study, override="the clock was wrong")


def test_clocks_of_two_computers_may_differ_a_little(study: Study) -> None:
    left(study, hours=-0.05)
    gone_on(study)


def test_another_text_of_the_protocol_is_refused(study: Study) -> None:
    left(study)
    protocol = study.root / "protocols" / "brief.toml"
    protocol.write_text(PROTOCOL.replace("every = 8", "every = 9"))
    assert "was planned with another text of brief.toml, which its first record has" in refused(lambda: gone_on(study))


def test_a_protocol_that_is_gone_can_be_put_back_from_the_journal(study: Study) -> None:
    path = left(study)
    protocol = study.root / "protocols" / "brief.toml"
    protocol.unlink()
    told = refused(lambda: gone_on(study))
    assert "was planned with protocols/brief.toml, which is gone; put it back to go on (the first record has" in told
    protocol.write_text(read_journal(path)[0]["protocol"]["text"])
    gone_on(study)


def test_another_manifest_is_refused(study: Study) -> None:
    left(study)
    study_of(study.root, pictures(10), seed=3)
    assert "was planned with another" in refused(lambda: gone_on(study))


def test_what_is_over_is_told_even_where_its_protocol_cannot_be_read(study: Study) -> None:
    path = left(study)
    with Journal.open(path.parent) as journal:
        journal.append("abort", stamp(datetime.now(timezone.utc)), reason="left")
    (study.root / "protocols" / "brief.toml").write_text("[")
    assert "is aborted, so there is nothing to go on with; `askew session run` begins another" in refused(
        lambda: gone_on(study)
    )


def test_a_simulated_session_is_left_to_the_simulation(study: Study) -> None:
    left(study, seed=1)
    assert "`askew session simulate` goes on with it" in refused(lambda: gone_on(study))
    assert refused(lambda: unfinished(study, None)).endswith("no session is unfinished; `askew session run` begins one")


def test_the_only_unfinished_session_need_not_be_named(study: Study) -> None:
    path = left(study)
    assert unfinished(study, None) == unfinished(study, f"{NAME}/") == path.parent
    left(study, name="sub-02_ses-01")
    told = refused(lambda: unfinished(study, None))
    assert told.endswith("2 are unfinished: sub-01_ses-01, sub-02_ses-01; name one with --session")


@pytest.mark.parametrize("name", ["", "sub-1_ses-01", "../sessions/sub-01_ses-01", "ledger.jsonl"])
def test_a_session_that_is_not_there_is_told_with_those_that_are(study: Study, name: str) -> None:
    left(study)
    told = refused(lambda: unfinished(study, name))
    assert told.startswith(f"{study.root}: has no session {name!r}")
    assert told.endswith("; sessions: sub-01_ses-01")


def test_a_new_session_has_the_next_label_that_is_free_once_no_other_is_left(tmp_path: Path, study: Study) -> None:
    text = PROTOCOL.replace("labels = 2", "labels = 2\nsessions = 4")
    (study.root / "protocols" / "brief.toml").write_text(text)
    assert label_of(study, "sub-01", None) == "ses-01"
    assert label_of(study, "sub-01", "ses-A") == label_of(study, "sub-01", "A") == "ses-A"
    for name in ("sub-01_ses-02", "sub-01_ses-x", "sub-011_ses-01"):
        path = left(study, name=name)
        with Journal.open(path.parent) as journal:
            journal.append("end", stamp(datetime.now(timezone.utc)), trials=3)
    assert label_of(study, "sub-01", None) == "ses-03"
    left(study, name="sub-01_ses-03")
    spaced = replace(study, root=tmp_path / "a study")
    study.root.rename(spaced.root)
    told = refused(lambda: label_of(spaced, "sub-01", None))
    assert f"go on with `askew session resume '{spaced.root}' --session sub-01_ses-03`, or end it with" in told


def test_pictures_that_were_changed_after_they_were_checked_are_refused(tmp_path: Path, study: Study) -> None:
    plan = Plan.of(read_journal(left(study))[0], "the journal")
    folder = study.manifest.parent
    refuse_other_pictures(plan, folder, tmp_path)
    trial: PlannedTrial = plan.trials[3]
    assert trial.file is not None
    (folder / trial.file).write_bytes(b"another")
    told = refused(lambda: refuse_other_pictures(plan, folder, tmp_path))
    assert told == f"{folder / trial.file}: was changed since it was checked; restore it, then call this again"


def abort(study: Study, reason: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["session", "abort", str(study.root), "--session", NAME, "--reason", reason]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


def test_an_aborted_session_has_a_reason_and_is_aborted_once(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    path = left(study)
    for reason in ("", "  ", "x"):
        assert "give a reason that a reader of the data will understand" in abort(study, reason, capsys)
        assert status(read_journal(path)) == "unfinished"
    assert main(["session", "abort", str(study.root), "--session", NAME, "--reason", "did not feel well"]) == 0
    assert read_journal(path)[-1]["reason"] == "did not feel well"
    assert "is aborted already, so there is nothing to end" in abort(study, "again", capsys)


LAB = "[display]\nwidth_cm = 34\ndistance_cm = 57\nsize_px = [1280, 800]\nhz = 100\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "--participant", "Jane Doe"], "participant 'Jane Doe': is no code; give 1 to 30 letters"),
        (["run", "--session", "a b"], "session 'a b': is no code; give 1 to 30 letters a to z or digits"),
        (["run", "--override", " "], "--override: ' ' is given; give a reason that a reader of the data will"),
        (["run", "--lab", "none.toml"], "none.toml: is not there; `askew session preflight` writes one to fill in"),
        (["preflight", "--lab", "none.toml"], "there is no display (DISPLAY is not set)"),
        (["run", "--participant", "sub-01"], "there is no display (DISPLAY is not set)"),
    ],
)
def test_wrong_calls_are_told_before_a_window_is_opened(
    study: Study, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    (study.root / "lab.toml").write_text(LAB)
    protocol = study.root / "protocols" / "brief.toml"
    protocol.write_text(PROTOCOL.replace("[display]", "[display]\nbackground = [128, 128, 128]"))
    act, *more = words
    assert main(["session", act, str(study.root), "--protocol", "brief", *more]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not (study.root / "sessions").exists()
