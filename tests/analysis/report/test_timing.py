"""The section on timing: what was asked for, what was achieved, and how that is known."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from askew.sidecar import Sidecar
from askew.study import Study
from askew_analysis.comparison import Plan
from askew_analysis.report.blocks import Estimate, Grid, Note
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.sessions import course, courses, screens, versions
from askew_analysis.report.timing import section, summary
from tests.analysis.report.conftest import (
    CLOCKS,
    SCREEN,
    answers,
    blocks_of,
    evidence_of,
    facts_of,
    grid_of,
    rows_of,
    words_of,
)

CAPTION = "Exposure: asked for and achieved"
PROTOCOL = 'schema = 1\n[[phase]]\nshow = ["image"]\nms = 40\n[[phase]]\nshow = ["labels"]\nuntil = "answer"\n'


def notes_of(evidence: Evidence) -> list[Note]:
    """The notes of the section."""
    return [block for block in blocks_of(section(evidence)) if isinstance(block, Note)]


def test_request_and_achieved_stand_side_by_side(evidence: Evidence) -> None:
    timed, free = rows_of(section(evidence), CAPTION)
    assert (timed["Group"], timed["Asked for (ms)"], timed["Trials"]) == ("40ms", "40", 234)
    assert timed["Achieved (ms)"] == Estimate(41.667, 41.667, 58.333)
    assert timed["Off by (ms)"] == Estimate(1.667, 1.667, 18.333)
    assert timed["As planned"] == pytest.approx(232 / 234)
    assert timed["No valid timing"] == 2
    assert (free["Asked for (ms)"], free["With an achieved time"], free["Off by (ms)"]) == ("unlimited", 240, None)
    assert (free["As planned"], free["No valid timing"]) == (None, None)


def test_the_sentence_has_the_numbers_of_the_table(evidence: Evidence) -> None:
    assert summary(evidence) == (
        "In 234 trials the achieved exposure is known: it was off from the one asked for by +1.67 ms (median; +1.67 to "
        "+18.33 ms), and within half a frame of the frames planned in 232 of 234 trials (99.1 %)."
    )
    assert summary(evidence) in words_of(section(evidence))


def test_trials_without_valid_timing_are_told_and_what_became_of_them(evidence: Evidence) -> None:
    (note,) = notes_of(evidence)
    assert note.title == "2 trials have no valid timing (2 in 40ms)"
    assert note.words.endswith("They are left out of every number.")
    kept = evidence_of(evidence.trials, plan=Plan(resamples=100, invalid_timing=True))
    assert notes_of(kept)[0].words.endswith("They are kept, as was asked for.")
    assert notes_of(kept)[0].tone == "caution"


def test_clocks_and_displays_are_those_of_the_sidecars(evidence: Evidence) -> None:
    told = words_of(section(evidence))
    assert f"Achieved exposure: {CLOCKS['achieved_ms']}." in told
    assert f"Response times: {CLOCKS['rt_ms']}." in told
    rows = rows_of(section(evidence), "Displays of the sessions")
    assert [(row["Display"], row["Size"], row["Refresh (Hz)"], row["Sessions"]) for row in rows] == [
        ("Example GPU", "1920 × 1080 px", 120.0, 5)
    ] * 2
    assert versions(evidence) == {"askew": ["0.1.0"], "psychopy": ["2026.2.0"]}


def test_nothing_is_said_to_be_measured_where_nothing_is_known() -> None:
    trials = [replace(each, achieved_ms=None, timing_valid=None) for each in answers("p1", "40ms", 0)]
    bare = evidence_of(trials)
    (row,) = rows_of(section(bare), CAPTION)
    assert (row["With an achieved time"], row["Achieved (ms)"], row["As planned"]) == (0, None, None)
    assert (row["No valid timing"], row["How it is known"]) == (None, "not recorded")
    told = words_of(section(bare))
    assert "The achieved exposure is not recorded for any limited exposure: only what was asked for is known" in told
    assert "No record of a display or a clock is beside the tables" in told
    source = Sidecar(source={"importer": "plain"}, clocks={"rt_ms": "as published"})
    imported = evidence_of(trials, sidecars={"a.csv": source})
    assert rows_of(section(imported), CAPTION)[0]["How it is known"] == "not stated in the source"
    assert "The achieved exposure is not stated in the source for any limited exposure" in words_of(section(imported))


def test_where_some_is_known_the_rest_is_counted() -> None:
    trials = [
        replace(each, achieved_ms=None) if each.index and each.index < 9 else each for each in answers("p1", "40ms", 0)
    ]
    assert summary(evidence_of(trials)).endswith("In 8 more trials only what was asked for is known.")


def test_simulated_sessions_show_nothing_and_it_is_said() -> None:
    programs = [replace(each, kind="simulated") for each in answers("p1", "40ms", 0)]
    virtual = facts_of("p1", "40ms")
    virtual = replace(virtual, display={"renderer": "virtual", "hz": 100.0, "period_ms": 10.0, "size_px": None})
    evidence = evidence_of(programs, sidecars={"p1.csv": virtual})
    (note,) = notes_of(evidence)
    assert note.title == "Nothing was shown to simulated observers"
    assert rows_of(section(evidence), CAPTION)[0]["How it is known"] == "simulated: nothing was shown"
    assert rows_of(section(evidence), "Displays of the sessions")[0]["Display"] == "virtual: nothing was shown"
    assert "say of their clocks, of a virtual display on which nothing was shown:" in words_of(section(evidence))
    people = evidence_of(answers("p1", "40ms", 0), sidecars={"s1.csv": virtual})
    assert screens(people) == ()  # simulated trials that were left out


def test_times_of_simulated_observers_are_not_told_as_those_of_people() -> None:
    programs = [replace(each, kind="simulated", observer="s", group="sim") for each in answers("q", "40ms", 0)]
    people = [replace(each, achieved_ms=None, timing_valid=None) for each in answers("p1", "40ms", 0)]
    assert summary(evidence_of([*people, *programs])).startswith("The achieved exposure is not recorded")


def test_displays_that_the_program_paced_are_told() -> None:
    facts = facts_of("p1", "40ms")
    paced = replace(facts, display={**SCREEN, "paced_hz": 120.0})
    assert "Some sessions were paced by the program" in words_of(
        section(evidence_of(answers("p1", "40ms", 0), sidecars={"p1.csv": paced}))
    )


def test_exposures_of_one_group_are_told_apart() -> None:
    trials = [
        replace(each, requested_ms=[17.0, 50.0, None][(each.index or 0) % 3]) for each in answers("p1", "40ms", 0)
    ]
    rows = rows_of(section(evidence_of(trials)), CAPTION)
    assert [(row["Asked for (ms)"], row["Trials"]) for row in rows] == [("17", 16), ("50", 16), ("unlimited", 16)]


def test_networks_alone_have_no_viewing_time() -> None:
    told = section(evidence_of(answers("net-a", "networks", 0)))
    assert words_of(told) == "There are no trials of people in this study yet, so there is no viewing time to check."
    assert not [block for block in told.blocks if isinstance(block, Grid)]


def test_without_limits_there_is_nothing_to_be_off_from() -> None:
    assert summary(evidence_of(answers("q1", "unlimited", 0))) == "No exposure was limited."
    bare = evidence_of(answers("p1", "40ms", 0)).trials.drop(columns=["requested_ms", "achieved_ms", "timing_valid"])
    assert summary(evidence_of(bare)) == ""
    assert rows_of(section(evidence_of(bare)), CAPTION)[0]["Asked for (ms)"] == "not stated"


def test_the_page_on_sessions_is_pointed_to_where_it_is(tmp_path: Path) -> None:
    study = Study(root=tmp_path, name="x")
    facts = {"p1.csv": facts_of("p1", "40ms")}
    without = evidence_of(answers("p1", "40ms", 0), study=study, sidecars=facts)
    assert "The command askew session qc STUDY makes a page on the timing of every session." in words_of(
        section(without)
    )
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "qc.html").touch()
    assert "The page qc.html beside this report shows the timing of every session." in words_of(section(without))


@pytest.mark.parametrize("edited", [False, True])
def test_the_course_of_a_trial_is_told_from_the_protocol_that_was_followed(tmp_path: Path, edited: bool) -> None:
    study = Study(root=tmp_path, name="x")
    digest = hashlib.sha256(PROTOCOL.encode()).hexdigest()
    (tmp_path / "protocols").mkdir()
    (tmp_path / "protocols" / "planted_40ms.toml").write_bytes((PROTOCOL + "# later\n" * edited).encode())
    facts = replace(facts_of("p1", "40ms"), hashes={"protocol": digest})
    evidence = evidence_of(answers("p1", "40ms", 0), study=study, sidecars={"p1.csv": facts})
    told = {} if edited else {"planted_40ms": "picture for 40 ms; labels until an answer"}
    assert courses(evidence) == told
    assert ("planted_40ms: picture for 40 ms; labels until an answer." in words_of(section(evidence))) is not edited


@pytest.mark.parametrize(
    ("protocol", "told"),
    [
        ({}, ""),
        ({"phase": 3}, ""),
        ({"phase": [7, {"show": 3}, {"show": ["image"], "ms": [17, 50]}]}, "picture for 17 or 50 ms"),
        (
            {"phase": [{"show": ["image"], "until": "go-on", "limit_ms": 900}]},
            "picture until a key, for 900 ms at most",
        ),
        (
            {"phase": [{"show": [], "ms": 200}, {"show": ["mask", "labels"]}]},
            "blank screen for 200 ms; mask and labels",
        ),
    ],
)
def test_any_protocol_can_be_told(protocol: Mapping[str, Any], told: str) -> None:
    assert course(protocol) == told


def test_the_published_data_state_no_achieved_exposure_of_timed_sessions(published_evidence: Evidence) -> None:
    rows = {row["Group"]: row for row in rows_of(section(published_evidence), CAPTION)}
    assert rows["40ms"]["How it is known"] == rows["150ms"]["How it is known"] == "not stated in the source"
    assert rows["unlimited-alone-first"]["How it is known"] == "as the source reports it"
    assert grid_of(section(published_evidence), CAPTION).csv is None
