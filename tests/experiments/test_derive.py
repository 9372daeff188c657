"""From journals to tables of trials: what comes back is what was planted, and a fault in one spoils no other."""

from pathlib import Path

import pytest

from askew.errors import BadInput
from askew.sidecar import read
from askew.study import Study
from askew_experiments.derive import trials_of, write_trial_tables
from askew_experiments.journal import Journal, read_journal
from askew_experiments.virtual import EPOCH, stamp
from tests.experiments.kit.sessions import MISCLICK, SHORT, TIMEOUT, Answer, pictures_of, session_of, study_of

UTC = stamp(EPOCH)
PICTURES = pictures_of([("mug", "hammer"), ("lamp", "mug"), ("violin", "lamp"), ("hammer", "violin")])
ANSWERS = [Answer(rt_ms=500.5), Answer(right=False, rt_ms=700.0), TIMEOUT, MISCLICK]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return study_of(tmp_path / "study", PICTURES)


def test_trials_come_back_as_they_were_answered(study: Study) -> None:
    path = session_of(study, "07", PICTURES, ANSWERS)
    found = trials_of(read_journal(path), path)
    assert [(trial.index, trial.truth, trial.choice, trial.outcome) for trial in found] == [
        (1, "mug", "mug", "answered"),
        (2, "lamp", "mug", "answered"),
        (3, "violin", None, "timeout"),
        (4, "hammer", None, "misclick"),
    ]
    assert [trial.rt_ms for trial in found] == [500.5, 700.0, None, None]
    assert [trial.rt_source for trial in found] == ["onset of words; keyboard, device time"] * 2 + [None] * 2
    assert {(trial.observer, trial.session, trial.kind, trial.group) for trial in found} == {
        ("sub-07", "ses-01", "human", "40ms")
    }
    assert {(trial.requested_ms, trial.achieved_ms, trial.timing_valid) for trial in found} == {(40.0, 40.01, True)}


def test_what_was_skipped_has_no_trial_and_a_note(study: Study) -> None:
    path = session_of(study, "07", PICTURES, ANSWERS[:2], end="unfinished")
    with Journal.open(path.parent) as journal:
        journal.append("skipped", UTC, index=3, attempt=1, reason="interrupted")
        journal.append("end", UTC, trials=4)
    assert [trial.index for trial in trials_of(read_journal(path), path)] == [1, 2]
    (table,) = write_trial_tables(study)
    facts = read(table)
    assert facts is not None
    assert "trials 3 were interrupted and have no answer" in facts.notes


def test_trials_that_are_masked_or_not_say_so(study: Study) -> None:
    text = SHORT.replace("[response]", "[mask]\nunmasked_too = true\n[response]")
    path = session_of(study, "07", PICTURES, ANSWERS, protocol=text)
    assert {trial.presentation for trial in trials_of(read_journal(path), path)} == {"masked"}


def test_only_complete_sessions_have_tables_and_a_table_that_is_there_stays(study: Study) -> None:
    complete = session_of(study, "01", PICTURES, ANSWERS)
    session_of(study, "02", PICTURES, ANSWERS[:2], end="unfinished")
    session_of(study, "03", PICTURES, ANSWERS[:2], end="aborted")
    (table,) = write_trial_tables(study)
    assert table == study.root / "trials" / "sub-01_ses-01.csv"
    assert list(study.trials()) == trials_of(read_journal(complete), complete)
    assert write_trial_tables(study) == []
    before = table.read_bytes()
    table.unlink()
    assert write_trial_tables(study) == [table]
    assert table.read_bytes() == before


def test_a_table_of_an_earlier_journal_is_made_anew(study: Study) -> None:
    path = session_of(study, "01", PICTURES, ANSWERS)
    write_trial_tables(study)
    with Journal.open(path.parent) as journal:
        journal.append("note", UTC, said="the door was opened")
    assert len(write_trial_tables(study)) == 1


def test_a_damaged_journal_keeps_no_other_from_its_table(study: Study) -> None:
    first, second, third = (session_of(study, code, PICTURES, ANSWERS) for code in ("01", "02", "03"))
    first.write_bytes(first.read_bytes().replace(b"612", b"613").replace(b"500.5", b"400.5"))
    tables = study.root / "trials"
    tables.mkdir()
    (tables / f"{second.parent.name}.csv").write_text("my own\n")
    with pytest.raises(BadInput) as caught:
        write_trial_tables(study)
    assert "sub-01_ses-01/journal.jsonl, line " in str(caught.value)
    assert str(caught.value).endswith("(and 1 more)")
    assert (tables / f"{third.parent.name}.csv").is_file()
    assert (tables / f"{second.parent.name}.csv").read_text() == "my own\n"
    first.unlink()
    with pytest.raises(BadInput, match=r"sub-02_ses-01\.csv: is in the way, for it is no table of a session; move it$"):
        write_trial_tables(study)
