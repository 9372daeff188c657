"""Quality control: what is planted in journals is found, and nothing is found where nothing was planted."""

import copy
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from askew.command import guarded
from askew.errors import BadInput
from askew.study import Study
from askew_experiments import qc as module
from askew_experiments.amounts import Quartiles, exact_interval
from askew_experiments.observed import observe
from askew_experiments.qc import Quality, as_json, gist, quality
from askew_experiments.qc_command import EXAMPLE, qc
from askew_experiments.qc_finding import Finding
from askew_experiments.qc_session import SessionQuality
from askew_stimuli.commandline import command
from tests.experiments.kit.planted import (
    PROTOCOL,
    Record,
    drop,
    of_type,
    on_a_real_display,
    rewrite,
    sessions,
    simulated_study,
)

PERIOD = 10.0
Change = Callable[[list[Record]], list[Record] | None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two simulated participants, who make a round, on a display at 100 Hz."""
    return simulated_study(tmp_path_factory.mktemp("made") / "study").root


@pytest.fixture
def study(made: Path, tmp_path: Path) -> Study:
    """A copy of it to plant things in."""
    shutil.copytree(made, tmp_path / "study")
    return Study.open(tmp_path / "study")


@pytest.fixture(scope="module")
def made_long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated participant with 36 trials, half of them upright."""
    return simulated_study(tmp_path_factory.mktemp("made") / "study", 1, objects=36).root


@pytest.fixture
def long(made_long: Path, tmp_path: Path) -> Study:
    """A copy of it."""
    shutil.copytree(made_long, tmp_path / "long")
    return Study.open(tmp_path / "long")


def run(*words: object) -> int:
    return guarded("askew session qc", lambda: command(qc, "askew session qc", list(map(str, words)), EXAMPLE))


def planted(study: Study, change: Change, place: int = 0) -> Quality:
    """The quality of the study after its first session, or another one, was changed."""
    rewrite(sessions(study)[place], change)
    return quality(study)


def codes(found: Quality, notes: bool = False) -> list[str]:
    """The codes of what was found; with notes, of these alone."""
    return [finding.code for finding in found.findings if finding.note == notes]


def one(found: Quality, code: str) -> Finding:
    (finding,) = (finding for finding in found.findings if finding.code == code)
    return finding


def first(found: Quality) -> SessionQuality:
    return found.sessions[0]


def trial(records: list[Record], index: int) -> Record:
    return next(record for record in of_type(records, "trial") if record["index"] == index)


def answered(records: list[Record], **facts: Any) -> None:
    """Let all trials have these facts."""
    for record in of_type(records, "trial"):
        record.update(facts)


def choose(record: Record, plan: Record, place: int) -> None:
    """Let a trial be answered with the label at a place."""
    planned = next(trial for trial in plan["trials"] if trial["index"] == record["index"])
    key = ("left", "right")[place]
    record.update(outcome="answered", verdict="ok", choice=planned["offered"][place], key=key)
    record["rt_ms"] = record["rt_ms"] or 700.0


def right_place(record: Record, plan: Record) -> int:
    planned = next(trial for trial in plan["trials"] if trial["index"] == record["index"])
    return int(planned["offered"].index(planned["truth"]))


def test_nothing_is_found_in_sessions_that_went_well(study: Study) -> None:
    found = quality(study)
    assert found.faults == []
    assert codes(found, notes=True) == ["simulated"]
    assert [(session.done, session.planned, session.status) for session in found.sessions] == [(12, 12, "complete")] * 2
    every, *by_condition = found.summaries[0].timing.exposures
    assert every.achieved is not None
    assert (every.achieved.n, every.achieved.mean, every.achieved.sd, every.off) == (24, 40.0, 0.0, 0)
    assert [(frames.count, frames.hz, frames.trials) for frames in every.frames] == [(4, 100.0, 24)]
    assert [(each.condition, each.achieved and each.achieved.n) for each in by_condition] == [
        ("rotated", 12),
        ("upright", 12),
    ]


def test_every_flip_is_counted_once(study: Study) -> None:
    found = quality(study, "sub-sim01_ses-01")
    records = observe(sessions(study)[0] / "journal.jsonl", study.root).records
    expected = sum(
        sum(len(times) for times in record["flips"].values()) - 1 for record in records if record["type"] == "trial"
    )
    flips = first(found).timing.flips
    assert flips.n == sum(flips.frames.values()) == sum(flips.bins.values()) == expected
    assert flips.frames == {"0": 0, "1": expected, "2": 0, "3+": 0}


def test_the_spread_of_exposures_is_recovered(study: Study) -> None:
    found = planted(study, lambda records: on_a_real_display(records, sd_ms=0.5))
    spread = first(found).timing.exposures[0].achieved
    assert spread is not None
    assert spread.sd == pytest.approx(0.5 * 2**0.5, rel=0.6)  # of twelve trials
    assert spread.least < 40 < spread.most
    assert found.faults == []


def test_a_frame_dropped_while_the_picture_is_shown_makes_its_trial_invalid(study: Study) -> None:
    found = planted(study, lambda records: drop(trial(records, 5), "image", 2, PERIOD))
    assert codes(found) == ["invalid-timing"]
    assert "1 of 12 trials: trial 5 50.0 ms" in one(found, "invalid-timing").message
    timing = first(found).timing
    assert [(off.index, off.planned_ms, off.achieved_ms) for off in timing.off] == [(5, 40.0, 50.0)]
    assert (timing.flips.frames["2"], timing.flips.late["image"], timing.as_planned) == (1, 1, 11)
    assert timing.exposures[0].achieved is not None
    assert timing.exposures[0].achieved.most == 50.0


def test_a_frame_dropped_in_another_phase_is_a_note(study: Study) -> None:
    found = planted(study, lambda records: drop(trial(records, 3), "fixation", 4, PERIOD))
    assert found.faults == []
    assert one(found, "late-frames").note
    assert "(1 in fixation)" in one(found, "late-frames").message
    assert first(found).timing.as_planned == 11


def test_the_phase_on_the_screen_meanwhile_is_the_one_that_was_too_long(study: Study) -> None:
    found = planted(study, lambda records: drop(trial(records, 3), "labels", 0, PERIOD))
    assert first(found).timing.flips.late == {"fixation": 0, "image": 1, "labels": 0, "interval": 0}
    assert "invalid-timing" in codes(found)


def test_a_display_that_drops_many_frames_cannot_be_trusted(study: Study) -> None:
    def change(records: list[Record]) -> None:
        for record in of_type(records, "trial"):
            for frame in range(1, 9):
                drop(record, "fixation", frame, PERIOD)

    found = planted(study, change)
    assert codes(found) == ["late-frames"]
    assert "(96 in fixation)" in one(found, "late-frames").message


def test_flips_that_do_not_wait_are_found(study: Study) -> None:
    def change(records: list[Record]) -> None:
        for record in of_type(records, "trial"):
            fixation = record["flips"]["fixation"]
            fixation[1:-1] = [round(time * 0.01, 3) for time in fixation[1:-1]]

    found = planted(study, change)
    assert "unsynchronised" in codes(found)
    assert "flips did not wait for the display; turn vsync on" in one(found, "unsynchronised").message


def test_an_exposure_a_frame_too_long_is_found_though_the_record_calls_it_valid(study: Study) -> None:
    def change(records: list[Record]) -> None:
        record = trial(records, 7)
        drop(record, "image", 3, PERIOD)
        record.update(achieved_ms=40.0, timing_valid=True)

    found = planted(study, change)
    assert {"invalid-timing", "unmarked", "miscounted"} == {*codes(found)}
    assert one(found, "unmarked").message == "trial 7 is not marked as invalid, but off by half a frame or more"
    assert one(found, "miscounted").message == "trial 7 is said to have another exposure than the flips show"


def test_an_exposure_whose_end_was_not_seen_is_found(study: Study) -> None:
    def change(records: list[Record]) -> None:
        record = trial(records, 2)
        record["flips"] = {name: record["flips"][name] for name in ("fixation", "image")}
        record["achieved_ms"] = record["timing_valid"] = None

    found = planted(study, change)
    assert {*codes(found)} == {"invalid-timing", "unmarked"}
    assert "trial 2 unknown" in one(found, "invalid-timing").message
    assert first(found).timing.exposures[0].unknown == 1


def test_a_rate_that_the_protocol_does_not_want_is_found_with_what_it_does_to_exposures(study: Study) -> None:
    def change(records: list[Record]) -> None:
        start = of_type(records, "start")[0]
        start["display"].update(hz=60.0, period_ms=16.667)
        failed = {"code": "exposure", "ok": False, "said": "image: 33.3 ms"}
        start.update(override="the other screen is broken", checks=[failed])
        for record in of_type(records, "trial"):
            for phase, times in record["flips"].items():
                record["flips"][phase] = [round(time * 16.667 / PERIOD, 3) for time in times]
            record["achieved_ms"] = round(record["achieved_ms"] * 16.667 / PERIOD, 3)

    found = planted(study, change)
    said = [finding.message for finding in found.faults if finding.code == "refresh"]
    assert said[0] == "the display ran at 60.00 Hz, but the protocol asks for 100 Hz"
    assert said[1].startswith("image: 40 ms is 2 frames = 33.3 ms at 60.00 Hz, 6.7 ms too short")
    assert one(found, "override").message == "preflight was overridden (the other screen is broken): image: 33.3 ms"


def test_frames_that_come_at_another_rate_than_was_measured_are_found(study: Study) -> None:
    def change(records: list[Record]) -> None:
        for record in of_type(records, "trial"):
            for phase, times in record["flips"].items():
                record["flips"][phase] = [round(time * 1.02, 3) for time in times]
            record["achieved_ms"] = 40.8

    found = planted(study, change)
    assert codes(found) == ["refresh"]
    assert "every 10.20 ms in the trials, but every 10.00 ms when" in one(found, "refresh").message


def test_a_picture_shown_twice_is_found(study: Study) -> None:
    def change(records: list[Record]) -> None:
        plan = records[0]["trials"]
        twin = {**plan[3], "index": 9}
        plan[8] = twin
        again = trial(records, 9)
        again.update({name: trial(records, 4)[name] for name in ("stimulus", "choice", "key", "outcome", "verdict")})

    found = planted(study, change)
    assert {"repeated-picture", "repeated-object", "uneven"} == {*codes(found)}
    assert one(found, "repeated-picture").message.endswith("was shown in trials 4, 9")


def test_missing_trials_of_a_complete_session_are_found(study: Study) -> None:
    def change(records: list[Record]) -> list[Record]:
        return [record for record in records if record.get("index") not in {4, 11} or record["type"] == "plan"]

    found = planted(study, change)
    assert codes(found) == ["missing-trials"]
    assert one(found, "missing-trials").message == "it is complete, but trials 4, 11 are not there"
    assert first(found).done == 10


def test_a_trial_that_is_there_twice_or_was_not_planned_is_found(study: Study) -> None:
    def change(records: list[Record]) -> list[Record]:
        end = records.pop()
        return [*records, trial(records, 6), {**trial(records, 6), "index": 99}, end]

    found = planted(study, change)
    assert {"repeated-trial", "unplanned"} == {*codes(found)}
    assert one(found, "repeated-trial").message == "trial 6 is there more than once"
    assert one(found, "unplanned").message == "trial 99 is not in the plan"


def test_another_picture_than_planned_is_found(study: Study) -> None:
    found = planted(study, lambda records: trial(records, 1).update(stimulus="something else"))
    assert codes(found) == ["unplanned"]
    assert one(found, "unplanned").message == "trial 1 is of another picture than planned"


def test_unfinished_and_aborted_sessions_are_notes(study: Study) -> None:
    rewrite(sessions(study)[0], lambda records: records[: records.index(trial(records, 4)) + 1])
    abort: Change = lambda records: [*records[:-1], {**records[-1], "type": "abort", "reason": "felt sick"}]  # noqa: E731
    found = planted(study, abort, place=1)
    assert found.faults == []
    assert one(found, "unfinished").message == "8 of 12 trials are left; `askew session resume` goes on"
    assert one(found, "aborted").message == "ended for good after 12 trials: felt sick"
    assert found.statuses == {"aborted": 1, "unfinished": 1}
    assert "(1 began)" in one(found, "round").message


def test_a_changed_protocol_and_a_changed_manifest_are_found(study: Study) -> None:
    def change(records: list[Record]) -> None:
        records[0]["protocol"]["text"] = PROTOCOL.replace("ms = 100", "ms = 110")
        records[0]["manifest"]["sha256"] = "f" * 64

    found = planted(study, change)
    assert {"other-text", "changed-manifest"} == {*codes(found)}
    text = PROTOCOL.replace("limit_ms = 10000", "limit_ms = 9000")
    from hashlib import sha256

    def later(records: list[Record]) -> None:
        records[0]["protocol"].update(text=text, sha256=sha256(text.encode()).hexdigest())

    found = planted(study, later)
    assert {"changed-protocol", "changed-manifest"} == {*codes(found)}
    said = one(found, "changed-protocol").message
    assert said.startswith("brief was not the same in all sessions: ")
    assert "in sub-sim01_ses-01; " in said
    assert said.endswith("in sub-sim02_ses-01")


def test_a_protocol_that_was_edited_after_the_sessions_is_a_note(study: Study) -> None:
    path = study.root / "protocols" / "brief.toml"
    path.write_text(path.read_text().replace("limit_ms = 10000", "limit_ms = 9000"))
    found = quality(study)
    assert found.faults == []
    assert one(found, "protocol-edited").note


def test_a_session_with_a_broken_chain_is_reported_and_the_others_go_on(study: Study) -> None:
    journal = sessions(study)[0] / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[8] = lines[8].replace(b'"utc":"2000', b'"utc":"2001')
    journal.write_bytes(b"".join(lines))
    found = quality(study)
    assert codes(found) == ["unreadable"]
    said = one(found, "unreadable")
    assert said.session == "sub-sim01_ses-01"
    assert said.message.startswith("journal.jsonl, line 9: is damaged or changed")
    assert str(study.root) not in said.message
    assert [session.name for session in found.sessions] == ["sub-sim02_ses-01"]
    assert [each["status"] for each in as_json(found)["sessions"]] == ["complete", "unreadable"]
    assert found.methods[-1] == "Left out, as journals could not be read: sub-sim01_ses-01."
    assert gist(found)[-1] == "1 complete, 1 unreadable; 12 trials; 1 found"


def test_a_session_in_the_folder_of_another_is_found(study: Study) -> None:
    folder = sessions(study)[0]
    folder.rename(folder.with_name("sub-77_ses-01"))
    found = quality(study)
    assert codes(found) == ["misplaced"]
    assert one(found, "misplaced").message == ("its journal is that of sub-sim01_ses-01; give the folder its name back")


def test_anticipations_and_other_keys_are_counted(study: Study) -> None:
    def change(records: list[Record]) -> None:
        answered(records, anticipations=[], other_keys=[])
        for index in (1, 2, 3):
            trial(records, index)["anticipations"] = [{"key": "left", "ms": -120.0}, {"key": "left", "ms": -60.0}]
        trial(records, 4)["other_keys"] = [{"key": "x", "ms": 300.0}, {"key": "tab", "ms": 310.0}]

    found = planted(study, change)
    answers = first(found).answers
    assert (answers.anticipations, answers.anticipated, answers.other_keys) == (6, 3, {"tab": 1, "x": 1})
    assert one(found, "anticipations").message == "3 of 12 trials with keys pressed before answers counted"
    assert found.faults == []


def test_somebody_who_presses_one_key_is_found(study: Study) -> None:
    def change(records: list[Record]) -> None:
        for record in of_type(records, "trial"):
            choose(record, records[0], 0)

    found = planted(study, change)
    assert codes(found) == ["one-key"]
    assert one(found, "one-key").message == "12 of 12 (100 %) of the answers were the key left"
    left, right = first(found).answers.places
    assert (left.key, left.truth, left.chosen.hits, right.chosen.hits) == ("left", 6, 12, 0)
    assert left.chosen.low == pytest.approx(0.7354, abs=1e-4)  # 0.025 ** (1 / 12)


def test_sides_count_where_answers_were_given(study: Study) -> None:
    def change(records: list[Record]) -> None:
        for record in of_type(records, "trial"):
            choose(record, records[0], right_place(record, records[0]))
        on_the_left = [one for one in of_type(records, "trial") if right_place(one, records[0]) == 0]
        for record in on_the_left[:2]:
            record.update(outcome="timeout", verdict="timeout", choice=None, key=None)

    left, right = first(planted(study, change)).answers.places
    assert (left.truth, left.chosen.hits, left.chosen.n) == (4, 4, 10)
    assert (right.truth, right.chosen.hits, right.chosen.n) == (6, 6, 10)


def all_right(records: list[Record]) -> None:
    for record in of_type(records, "trial"):
        choose(record, records[0], right_place(record, records[0]))
        record["rt_ms"] = 800.0


def test_somebody_who_prefers_a_side_is_noted(long: Study) -> None:
    def change(records: list[Record]) -> None:
        all_right(records)
        on_the_right = [one for one in of_type(records, "trial") if right_place(one, records[0]) == 1]
        for record in on_the_right[:12]:
            choose(record, records[0], 0)

    found = planted(long, change)
    assert found.faults == []
    assert one(found, "side-bias").message == (
        "the key left was pressed in 30 of 36 (83 %) of the answers, and right in 18"
    )


def test_accuracy_near_chance_and_accuracy_that_falls_are_noted(long: Study) -> None:
    def change(records: list[Record]) -> None:
        all_right(records)
        for record in of_type(records, "trial")[-14:]:
            choose(record, records[0], 1 - right_place(record, records[0]))

    found = planted(long, change)
    assert found.faults == []
    assert one(found, "drift").message == (
        "18 of 18 (100 %) right in the first half of the trials, 4 of 18 (22 %) in the second"
    )

    def worse(records: list[Record]) -> None:
        upright = [one for one in of_type(records, "trial") if one["stimulus"].endswith("upright")]
        for number, record in enumerate(upright):
            right = right_place(record, records[0])
            choose(record, records[0], right if number % 2 else 1 - right)

    said = one(planted(long, worse), "low-accuracy").message
    assert said == "9 of 18 (50 %) right in upright, where chance is 50 %"


@pytest.mark.parametrize(
    ("verdict", "outcome", "code", "said"),
    [
        ("timeout", "timeout", "time-outs", "5 of 36 trials without an answer in time"),
        ("early", "timeout", "outside-window", "5 of 36 trials answered outside the window that the signal opens"),
        ("misclick", "misclick", "mis-clicks", "5 of 36 trials ended by a key that means nothing"),
    ],
)
def test_many_trials_without_an_answer_are_noted(verdict: str, outcome: str, code: str, said: str, long: Study) -> None:
    def change(records: list[Record]) -> None:
        all_right(records)
        for record in of_type(records, "trial")[:5]:
            record.update(verdict=verdict, outcome=outcome, choice=None, key=None)

    found = planted(long, change)
    assert one(found, code).message == said
    assert found.faults == []


def test_many_answers_that_are_too_fast_to_be_any_are_noted(long: Study) -> None:
    def change(records: list[Record]) -> None:
        all_right(records)
        for record in of_type(records, "trial")[:3]:
            record["rt_ms"] = 150.0

    assert one(planted(long, change), "fast").message == "3 of 36 (8 %) of the answers took less than 200 ms"


def test_times_outcomes_and_accuracy_are_recovered(study: Study) -> None:
    def change(records: list[Record]) -> None:
        for number, record in enumerate(of_type(records, "trial")):
            right = right_place(record, records[0])
            choose(record, records[0], right if number % 4 else 1 - right)
            record["rt_ms"] = 100.0 * (number + 1)
        trial(records, 11).update(outcome="timeout", verdict="timeout", choice=None, key=None, rt_ms=None)
        trial(records, 12).update(outcome="misclick", verdict="misclick", choice=None, key="x")

    answers = first(planted(study, change)).answers
    assert (answers.answered, answers.timeout, answers.misclick) == (10, 1, 1)
    assert answers.rt == Quartiles(n=10, least=100.0, q1=325.0, median=550.0, q3=775.0, most=1000.0)
    assert (answers.fast.hits, answers.fast.n) == (1, 10)
    assert sum(each.right.hits for each in answers.conditions) == 7
    assert [half.hits for half in answers.halves] == [4, 3]
    assert sum(answers.rt_bins.values()) == 10


def test_uneven_coverage_is_found_where_it_was_planned(study: Study) -> None:
    def change(records: list[Record]) -> None:
        other = "rotated" if records[0]["trials"][0]["condition"] == "upright" else "upright"
        planned = records[0]["trials"][0]
        planned["stimulus"] = f"{planned['object']}_{other}"
        planned["condition"] = other
        trial(records, 1)["stimulus"] = planned["stimulus"]

    found = planted(study, change)
    assert codes(found) == ["uneven"]
    assert "pictures were shown 0 to 2 times; less often: " in one(found, "uneven").message
    (coverage,) = found.coverage
    assert (coverage.round, coverage.more, coverage.equal) == (2, 0, False)
    assert len(coverage.missing) == 1


def test_coverage_says_who_is_still_needed(study: Study) -> None:
    shutil.rmtree(sessions(study)[1])
    (study.root / "sessions" / "ledger.jsonl").unlink()
    found = quality(study)
    assert found.faults == []
    assert one(found, "round").message == (
        "brief: pictures were shown 0 to 1 times; the round of 2 lacks sessions of 1 participant"
    )
    assert sorted({*found.coverage[0].shown.values()}) == [0, 1]
    assert len(found.coverage[0].shown) == 24


def test_two_participants_with_the_same_place_in_the_design_are_found(study: Study) -> None:
    shutil.rmtree(sessions(study)[1])
    shutil.copytree(sessions(study)[0], sessions(study)[0].with_name("sub-sim02_ses-01"))
    (study.root / "sessions" / "ledger.jsonl").unlink()
    found = planted(study, lambda records: records[0].update(participant="sub-sim02"), place=1)
    assert codes(found) == ["same-number"]
    assert "same place in brief as sub-sim01_ses-01 (number 0, part 1)" in one(found, "same-number").message


def test_objects_that_somebody_sees_again_in_another_session_are_found(study: Study) -> None:
    shutil.copytree(sessions(study)[0], sessions(study)[0].with_name("sub-sim01_ses-02"))
    found = planted(study, lambda records: records[0].update(session="ses-02", part=1), place=1)
    assert codes(found) == ["repeated-object"]
    assert one(found, "repeated-object").session == "sub-sim01_ses-02"
    assert "12 objects were seen in sub-sim01_ses-01 before" in one(found, "repeated-object").message


def test_another_number_than_the_ledger_has_is_found_and_a_lost_session_noted(study: Study) -> None:
    shutil.rmtree(sessions(study)[1])
    found = planted(study, lambda records: records[0].update(number=1))
    assert codes(found) == ["other-number"]
    assert "number 1 of brief, but has 0 of brief in the ledger" in one(found, "other-number").message
    assert one(found, "no-journal").session == "sub-sim02_ses-01"


def test_a_ledger_that_cannot_be_read_is_found(study: Study) -> None:
    ledger = study.root / "sessions" / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b'"number":0', b'"number":7'))
    found = quality(study)
    assert codes(found) == ["broken-ledger"]
    assert one(found, "broken-ledger").message.startswith("sessions/ledger.jsonl, line 1: is damaged or changed")


def test_a_manifest_that_changed_or_is_no_manifest_or_is_gone_is_said(study: Study) -> None:
    text = study.manifest.read_text()
    study.manifest.with_suffix(".json").unlink()
    study.manifest.write_text(text + text.splitlines()[-1].replace("plow", "spade") + "\n")
    assert one(quality(study), "manifest-edited").note
    study.manifest.write_text("image_id\n1\n")
    found = quality(study)
    assert codes(found) == ["bad-manifest"]
    assert one(found, "bad-manifest").message.startswith("stimuli/manifest.csv")
    study.manifest.unlink()
    found = quality(study)
    assert found.faults == []
    assert one(found, "no-manifest").message == "has no stimuli/manifest.csv; coverage counts plans only"
    assert found.coverage[0].round is None


def test_sessions_that_differ_in_what_they_ran_on_are_noted(study: Study) -> None:
    def change(records: list[Record]) -> None:
        start = of_type(records, "start")[0]
        start["versions"]["askew"] = "9.9"
        start["display"]["size_px"] = [800, 600]
        records[0]["study"] = "another"
        records.insert(-1, {"type": "note", "utc": start["utc"], "said": "the trigger port is gone"})
        records.insert(-1, {"type": "repair", "utc": start["utc"], "bytes": 57})

    found = planted(study, change)
    assert found.faults == []
    assert "9.9 in sub-sim01_ses-01" in one(found, "versions").message
    assert "virtual, 800 x 600 px, 100 Hz in sub-sim01_ses-01; virtual, 100 Hz in" in one(found, "displays").message
    assert one(found, "other-study").message == "was planned in a study called another, this one is made-up"
    assert one(found, "told").message == "the trigger port is gone"
    assert one(found, "repaired").message == "a torn last line of 57 bytes was cut off, and kept in journal.torn"


def test_pictures_shown_without_consent_are_found(study: Study) -> None:
    def change(records: list[Record]) -> None:
        records[0]["protocol"]["text"] += '[consent]\nversion = "1"\n'

    found = planted(study, change)
    assert "no-consent" in codes(found)
    assert "nobody had consented before" in one(found, "no-consent").message


def test_pauses_breaks_and_returns_have_their_times(study: Study) -> None:
    def change(records: list[Record]) -> list[Record]:
        utc = "2000-01-01T00:{}:00.000Z".format
        start = of_type(records, "start")[0]
        one, two, three = (trial(records, index) for index in (1, 2, 3))
        for number, record in enumerate((one, two, three)):
            record["utc"] = utc(f"{30 + number:02d}")
        two["seen_before"], two["timing_valid"], two["attempt"] = True, False, 2
        return [
            records[0],
            {**start, "utc": utc("01")},
            {"type": "round", "utc": utc("02"), "round": 1, "right": 7, "trials": 8, "passed": True},
            {"type": "begin", "utc": utc("03"), "index": 1, "attempt": 1},
            {**one, "utc": utc("04")},
            {"type": "state", "utc": utc("04"), "state": "break", "after": 1},
            {"type": "state", "utc": utc("05"), "state": "break_go_on"},
            {"type": "begin", "utc": utc("07"), "index": 2, "attempt": 1},
            {"type": "pause", "utc": utc("08"), "reason": "escape", "index": 2, "seen": True},
            {**start, "type": "resume", "utc": utc("28")},
            {"type": "begin", "utc": utc("29"), "index": 2, "attempt": 2},
            two,
            {"type": "skipped", "utc": utc("31"), "index": 3, "attempt": 1, "reason": "interrupted"},
        ]

    found = planted(study, change)
    course = first(found).course
    assert [(event.kind, event.at_s, event.lasted_s) for event in course.events] == [
        ("start", 0.0, None),
        ("practice", 60.0, None),
        ("break", 180.0, 180.0),
        ("pause", 420.0, None),
        ("resume", 1620.0, 1200.0),
    ]
    assert (course.duration_s, course.away_s, course.runs, course.practice[0].right) == (1800.0, 1200.0, 2, 7)
    assert [one.index for one in first(found).seen_again] == [2]
    assert [one.index for one in first(found).skipped] == [3]
    assert found.faults == []
    assert {"resumed", "seen-again", "skipped", "unfinished"} <= {*codes(found, notes=True)}


def test_runs_on_two_machines_are_a_note(study: Study) -> None:
    def change(records: list[Record]) -> None:
        start = copy.deepcopy(of_type(records, "start")[0])
        start["display"].update(renderer="Radeon Pro", hz=120.0)
        start["keyboard"]["source"] = "keyboard, window events"
        records.insert(-1, {**start, "type": "resume"})

    found = planted(study, change)
    said = [finding.message for finding in found.findings if finding.code == "other-machine"]
    rest = "numbers and sidecars name one of them"
    assert said == [
        f"its runs had more than one display: virtual, 100 Hz; Radeon Pro, 120 Hz; {rest}",
        f"its runs had more than one clock of keys: virtual clock; keyboard, window events; {rest}",
    ]
    assert "other-machine" not in codes(found)


def test_masks_that_the_set_lacks_are_a_note(study: Study) -> None:
    def change(records: list[Record]) -> None:
        for planned in records[0]["trials"][:5]:
            planned["masked"] = True

    said = one(planted(study, change), "no-masks")
    assert said.note
    assert said.message == "nothing was shown where a mask should be in 5 trials, for the set had none"


def test_a_clock_that_goes_back_is_a_note(study: Study) -> None:
    def change(records: list[Record]) -> None:
        records[-3]["utc"] = "1999-12-31T23:00:00.000Z"

    assert one(planted(study, change), "clock").message.startswith("the computer's time of day went back 1 time;")


def test_the_sentences_for_a_paper_have_what_was_planted(study: Study) -> None:
    def change(records: list[Record]) -> None:
        on_a_real_display(records, sd_ms=0.0)
        drop(trial(records, 5), "image", 2, PERIOD)
        records[0]["simulated"] = False
        start = of_type(records, "start")[0]
        start["display"].update(renderer="Radeon Pro", size_px=[1920, 1080], lab={"distance_cm": 90.0})
        start["versions"]["psychopy"] = "2026.2.5"
        answered(records, rt_source="onset of labels; keyboard, device time", rt_uncertainty_ms=0.3)

    found = planted(study, change)
    people, programs = found.methods
    assert people.startswith("1 participant completed 1 session of the protocol brief (SHA-256 ")
    assert (
        "Pictures were shown for 40 ms (4 frames at 100.0 Hz; achieved 40.8 ms, SD 2.9, range 40.0 to 50.0 over "
        "12 trials; software time stamps; luminance not measured)." in people
    )
    assert "off by half a frame or more in 1 trial (8.3 %), which is marked as invalid" in people
    assert "Response times count from the onset of labels (keyboard, device time; at most 0.3 ms late)." in people
    assert "Display: Radeon Pro, 1920 x 1080 px, 100 Hz, seen from 90 cm, luminance not calibrated" in people
    assert "psychopy 2026.2.5" in people
    assert "imulated" not in people
    assert programs.startswith("Simulated; not data of people. 1 simulated participant completed")
    assert "mixed" in codes(found, notes=True)


def test_the_sentences_say_so_where_nothing_was_completed_or_everything_was_wrong(study: Study) -> None:
    def all_off(records: list[Record]) -> None:
        for record in of_type(records, "trial"):
            drop(record, "image", 2, PERIOD)

    found = planted(study, all_off)
    assert "off by half a frame or more in 12 trials (50 %), which are marked" in found.methods[0]
    found = planted(study, all_off, place=1)
    assert "off by half a frame or more in 24 trials (100 %), which are marked" in found.methods[0]
    for place in (0, 1):
        found = planted(study, lambda records: records[:-1], place)
    assert found.methods == ()


def test_the_sentences_say_why_sessions_were_left_out(study: Study) -> None:
    def before_its_start(records: list[Record]) -> list[Record]:
        return [records[0], {"type": "abort", "utc": records[0]["utc"], "reason": "did not come."}]

    found = planted(study, before_its_start)
    assert "1 aborted session was left out (did not come). Pictures" in found.methods[0]
    found = planted(study, lambda records: [records[0], {**before_its_start(records)[1], "reason": ""}])
    assert "1 aborted session was left out. Pictures" in found.methods[0]
    found = planted(study, lambda records: records[:1])
    assert "1 unfinished session was left out. Pictures" in found.methods[0]


def test_trying_out_has_no_sentences(tmp_path: Path) -> None:
    study = simulated_study(tmp_path / "study", 1)
    rewrite(sessions(study)[0], as_practice)
    found = quality(study)
    assert found.methods == ()
    assert [summary.protocol for summary in found.summaries] == ["practice"]


def as_practice(records: list[Record]) -> None:
    """Let the session be one of the protocol for trying things out."""
    protocol = records[0]["protocol"]
    protocol["name"] = "practice"
    protocol["text"] = protocol["text"].replace('name = "brief"', 'name = "practice"')


def test_the_sentences_say_what_mask_there_was(tmp_path: Path) -> None:
    mask = '[[phase]]\nname = "mask"\nshow = ["mask"]\nms = 500\n[[phase]]\nname = "labels"'
    study = simulated_study(tmp_path / "study", 1, PROTOCOL.replace('[[phase]]\nname = "labels"', mask))
    said = quality(study).methods[0]
    assert "No mask was shown in 12 trials that should have had one, for the set had none." in said
    assert "followed by" not in said

    def with_masks(trials: int) -> Change:
        def change(records: list[Record]) -> None:
            for each in records[0]["trials"][:trials]:
                each.update(mask_file="masks/one.png", mask_frames=1)

        return change

    said = planted(study, with_masks(8)).methods[0]
    assert "Pictures were followed by a mask for 500 ms in 8 of 12 trials. No mask was shown in 4 trials" in said
    said = planted(study, with_masks(12)).methods[0]
    assert "Pictures were followed by a mask for 500 ms. The exposure" in said


def test_what_was_overridden_in_several_runs_is_said_once_without_advice(study: Study) -> None:
    def change(records: list[Record]) -> list[Record]:
        start = of_type(records, "start")[0]
        checks = [
            {"code": "renderer", "ok": False, "said": "llvmpipe draws without a card; install the card's driver"},
            {"code": "refresh", "ok": False, "said": "measured 60.01 Hz: not steady; close other programs"},
        ]
        start.update(override="only trying", checks=checks)
        again = copy.deepcopy({**start, "type": "resume"})
        again["checks"][1]["said"] = "measured 59.8 Hz: not steady; close other programs"
        place = records.index(of_type(records, "trial")[3])
        stop = {"type": "note", "utc": records[place]["utc"], "said": "the run was stopped", "devices": {}}
        resumed = {**again, "utc": records[place]["utc"]}
        return [*records[: place + 1], stop, resumed, *records[place + 1 :]]

    found = planted(study, change)
    expected = "preflight was overridden (only trying): llvmpipe draws without a card; measured 60.01 Hz: not steady"
    assert found.faults == []
    assert one(found, "override").message == expected
    assert one(found, "told").message == "the run was stopped"
    assert found.methods[0].endswith(f"In 1 session, {expected}.")


def test_how_pictures_came_to_the_screen_is_noted(study: Study) -> None:
    def change(records: list[Record]) -> None:
        display = {"paced_hz": 100.0, "full_screen": False, "resampled": 7, "sd_ms": 0.02, "worst_ms": 0.1}
        start = of_type(records, "start")[0]
        start["display"].update(display)
        start["texts"] = {"consent": None, "instructions": "Look."}
        for record in of_type(records, "trial"):
            fixation = record["flips"]["fixation"]
            fixation[1:-1] = [round(time * 0.01, 3) for time in fixation[1:-1]]

    found = planted(study, change)
    assert "flips did not wait for the display, for the program paced them" in one(found, "unsynchronised").message
    assert one(found, "paced").message == "flips were paced by the program, at 100 Hz, not by the display"
    assert one(found, "window").note
    assert one(found, "resampled").message == "7 pictures were resampled to their size on the screen"
    assert "(see the page)" in gist(found)[-2]


def test_one_shown_again_is_told_of_as_one(study: Study) -> None:
    found = planted(study, lambda records: trial(records, 3).update(seen_before=True))
    said = "trial 3 is marked as invalid, for it was shown again after an interruption"
    assert one(found, "seen-again").message == said


def test_a_light_sensor_says_what_the_luminance_was(study: Study, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    shown = []
    for record in observe(sessions(study)[0] / "journal.jsonl", study.root).records:
        if record["type"] == "trial":
            onset = 1000 * record["began_s"] + record["flips"]["image"][0] + 5000
            late = 20 if record["index"] == 8 else 0
            shown.append((onset + late, onset + late + (60 if record["index"] == 6 else 40)))
    del shown[10]
    log.write_text("onset_ms,offset_ms\n" + "".join(f"{on:.3f},{off:.3f}\n" for on, off in shown))
    found = quality(study, "sub-sim01_ses-01", log)
    assert codes(found) == ["luminance", "shifted"]
    assert one(found, "luminance").message.endswith("half a frame more or less than time stamps say: trial 6")
    assert one(found, "shifted").message.endswith("sooner or later than usual after time stamps: trial 8")
    assert one(found, "unseen").message == "the sensor saw nothing of trial 11"
    assert "luminance measured by a light sensor in 11 of 12 trials" in found.methods[0]
    assert "luminance not measured" not in found.methods[0]
    document = as_json(found)
    assert document["sensor"]["trials"][5]["luminance_ms"] == pytest.approx(60, abs=0.01)
    assert document["provenance"]["sensor_log"]


def test_pictures_that_stay_until_a_key_have_no_planned_exposure(tmp_path: Path) -> None:
    protocol = PROTOCOL.replace("ms = 40\ntolerance_ms = 2\n", 'until = "go-on"\n')
    found = quality(simulated_study(tmp_path / "study", 1, protocol))
    every = found.summaries[0].timing.exposures[0]
    assert (every.group, every.requested_ms, every.frames, every.off) == ("unlimitedms", None, (), 0)
    assert "Pictures stayed until a key was pressed (" in found.methods[0]
    assert found.faults == []


def test_the_json_is_the_same_each_time_wherever_the_study_lies(
    study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(study.root, "--json") == 0
    assert capsys.readouterr().out == (study.root / "results" / "qc.json").read_text()
    shutil.copytree(study.root, tmp_path / "other")
    before = [(study.root / "results" / name).read_bytes() for name in ("qc.html", "qc.json")]
    monkeypatch.chdir(tmp_path / "other")
    assert run(".") == 0
    assert [(tmp_path / "other" / "results" / name).read_bytes() for name in ("qc.html", "qc.json")] == before
    assert str(tmp_path).encode() not in b"".join(before)


def test_the_json_has_the_keys_that_the_module_describes(study: Study) -> None:
    document = as_json(quality(study))
    assert module.__doc__ is not None
    described = re.findall(r"^- `(\w+)`", module.__doc__, re.MULTILINE)
    assert {*document} == {"maker", *described} - {"timing", "answers"}
    session = document["sessions"][0]
    assert {"timing", "answers", "refresh", "course", "clock", "journal"} <= {*session}
    assert session["answers"]["rt"]["median"] > 0
    assert session["timing"]["exposures"][0]["bins"] == [[40.0, 12]]
    assert session["journal"]["path"] == "sessions/sub-sim01_ses-01/journal.jsonl"
    assert as_json(planted(study, lambda records: records[:2]))["sessions"][0]["answers"]["rt_bins"] == []
    text = json.dumps(document, allow_nan=False)
    assert json.loads(text) == document
    assert not re.search(r"\.\d{5,}[,}\]]", text)


def test_the_command_says_the_gist_and_fails_where_something_was_found(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(study.root) == 0
    *_, warning, last = capsys.readouterr().out.splitlines()
    assert warning == "simulated participants are programs, not people"
    assert last.endswith("qc.html, qc.json: 2 complete; 24 trials; nothing found")
    rewrite(sessions(study)[0], lambda records: drop(trial(records, 5), "image", 2, PERIOD))
    assert run(study.root) == 1
    assert "invalid-timing: sub-sim01_ses-01: the exposure" in capsys.readouterr().out


def test_one_session_has_a_page_of_its_own(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    rewrite(sessions(study)[0], lambda records: drop(trial(records, 5), "image", 2, PERIOD))
    assert run(study.root, "--session", "sub-sim02_ses-01") == 0
    assert "qc_sub-sim02_ses-01.html" in capsys.readouterr().out
    assert not (study.root / "results" / "qc.json").exists()
    document = json.loads((study.root / "results" / "qc_sub-sim02_ses-01.json").read_text())
    assert [session["name"] for session in document["sessions"]] == ["sub-sim02_ses-01"]
    assert document["findings"] == []
    assert (document["study"]["people"], document["study"]["simulated"]) == (0, 1)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--session", "sub-sim03_ses-01"], 1, "has no session 'sub-sim03_ses-01' (did you mean sub-sim02_ses-01?)"),
        (["--sensor-log", "log.csv"], 2, "--sensor-log is of one session; add --session"),
        (["--out", "page.pdf"], 2, "--out page.pdf: the page is a .html; end the name in that"),
        (["--out", "{root}/mine.html"], 1, "mine.html: is there and was not made by `askew session qc`; move it"),
        (["--out", "{root}/other.html"], 1, "other.json: is there and was not made by `askew session qc`; move it"),
    ],
)
def test_what_cannot_be_done_is_said(
    words: list[str], status: int, said: str, study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    (study.root / "mine.html").write_text("<p>mine</p>")
    (study.root / "other.json").write_text("{}")
    assert run(study.root, *(word.format(root=study.root) for word in words)) == status
    assert said in capsys.readouterr().err


def test_a_study_without_sessions_has_nothing_to_check(study: Study) -> None:
    shutil.rmtree(study.root / "sessions")
    with pytest.raises(BadInput) as caught:
        quality(study)
    assert "has no sessions; run one with `askew session run`, or try `askew session simulate`" in str(caught.value)


def test_a_trial_on_a_display_of_unknown_rate_makes_its_session_unreadable(study: Study) -> None:
    found = planted(study, lambda records: [record for record in records if record["type"] != "start"])
    assert codes(found) == ["unreadable"]
    assert "trial 1 is on a display of unknown rate" in one(found, "unreadable").message


def test_a_session_of_an_askew_that_wrote_other_facts_is_unreadable(study: Study) -> None:
    def change(records: list[Record]) -> None:
        del trial(records, 1)["verdict"]

    found = planted(study, change)
    assert codes(found) == ["unreadable"]
    assert "lacks verdict, so another askew wrote it; use that one, or update" in one(found, "unreadable").message


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_exact_intervals_are_those_of_newcombe_1998(hits: int, n: int, low: float, high: float) -> None:
    assert exact_interval(hits, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("n", [1, 7, 50, 1000, 9000])
def test_exact_intervals_are_those_of_the_beta_distribution(n: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    for hits in {0, 1, n // 3, n - 1, n}:
        low = stats.beta.ppf(0.025, hits, n - hits + 1) if hits else 0.0
        high = stats.beta.ppf(0.975, hits + 1, n - hits) if hits < n else 1.0
        assert exact_interval(hits, n) == pytest.approx((low, high), abs=1e-9)
