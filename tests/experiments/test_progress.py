"""How far a session has come, from its records."""

from typing import Any

from askew_experiments.progress import Progress


def progress(*records: dict[str, Any]) -> Progress:
    return Progress.of([{"utc": "2000-01-01T00:00:00.000Z", **record} for record in records])


BEGIN = {"type": "begin", "index": 1, "attempt": 1}


def test_an_answered_trial_is_finished() -> None:
    found = progress(BEGIN, {"type": "trial", "index": 1, "attempt": 1})
    assert (found.finished, found.seen, found.attempts) == ({1}, set(), {1: 1})


def test_a_trial_that_was_begun_and_not_answered_may_have_been_seen() -> None:
    assert progress(BEGIN).seen == {1}
    found = progress(BEGIN, {"type": "resume"}, {"type": "begin", "index": 1, "attempt": 2})
    assert (found.seen, found.finished, found.attempts) == ({1}, set(), {1: 2})


def test_a_pause_says_whether_the_picture_was_seen() -> None:
    pause = {"type": "pause", "reason": "escape", "index": 1}
    assert progress(BEGIN, {**pause, "seen": False}, {"type": "resume"}).seen == set()
    assert progress(BEGIN, {**pause, "seen": True}, {"type": "resume"}).seen == {1}


def test_a_pause_between_trials_means_no_picture() -> None:
    assert progress({"type": "pause", "reason": "escape", "index": None, "seen": False}).seen == set()


def test_a_skipped_trial_is_finished() -> None:
    assert progress(BEGIN, {"type": "resume"}, {"type": "skipped", "index": 1, "attempt": 1}).finished == {1}


def test_consent_practice_and_the_end_are_remembered() -> None:
    found = progress(
        {"type": "consent", "version": "1", "given": True},
        {"type": "round", "round": 1, "right": 3, "trials": 8, "passed": False},
        {"type": "round", "round": 2, "right": 8, "trials": 8, "passed": True},
    )
    assert (found.consented, found.rounds, found.practised, found.complete) == (True, 2, True, False)
    assert progress({"type": "end", "trials": 0}).complete
    assert progress({"type": "abort", "reason": "left"}).aborted


def test_a_repair_is_not_when_somebody_was_there() -> None:
    repair = {"type": "repair", "bytes": 7, "utc": "2026-05-04T12:00:00.000Z"}
    assert progress(BEGIN, repair).last_utc == "2000-01-01T00:00:00.000Z"
