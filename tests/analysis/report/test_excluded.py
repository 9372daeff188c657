"""The section on what was left out."""

from dataclasses import replace
from pathlib import Path

import pytest

from askew.sidecar import Sidecar
from askew.trial import write_trials
from askew_analysis.comparison import Plan
from askew_analysis.report.blocks import Folded
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.excluded import RULES, section, summary
from tests.analysis.report.conftest import (
    answers,
    blocks_of,
    evidence_in,
    evidence_of,
    planted_study,
    rows_of,
    words_of,
)


def test_trials_without_an_answer_are_counted_with_their_reasons(evidence: Evidence) -> None:
    assert summary(evidence) == (
        "There were 570 trials. 6 (1.1 %) have no answer: 1 mis-click, 3 refusals and 2 timeouts. 2 (0.4 %) were left "
        "out, for the exposure was off by half a frame or more, or the picture may have been seen before."
    )
    rows = rows_of(section(evidence), "Missing answers")
    assert [tuple(row.values()) for row in rows] == [
        ("40ms", "people", 234, 2, 1, 0, 3 / 234, 2),
        ("unlimited", "people", 240, 0, 0, 0, 0, 0),
        ("networks", "networks", 96, 0, 0, 3, 3 / 96, 0),
    ]


def test_observers_who_saw_fewer_pictures_are_named(evidence: Evidence) -> None:
    told = words_of(section(evidence))
    assert "40ms: most observers had all 48 pictures; 1 observer had fewer: p5 42." in told
    assert "unlimited: each observer had all 48 pictures." in told


def test_what_the_analysis_noted_is_there(evidence: Evidence) -> None:
    told = words_of(section(evidence))
    assert "Left out: 2 trials whose exposure was off by half a frame or more." in told
    assert all(note[1:].rstrip(".") in told for note in evidence.found.notes)


@pytest.mark.parametrize("rule", ["drop", "wrong", "own-code"])
def test_the_rule_is_said(rule: str) -> None:
    told = words_of(section(evidence_of(answers("p1", "40ms", 0), plan=Plan(resamples=100, missing=rule))))
    assert RULES[rule] in told


def test_nothing_lacking_is_said_too() -> None:
    evidence = evidence_of(answers("q1", "unlimited", 0))
    assert summary(evidence) == "There were 48 trials. All have an answer."
    (row,) = rows_of(section(evidence), "Missing answers")
    assert [*row] == ["Group", "Who", "Trials", "Without an answer"]
    assert "unlimited: the one observer had 48 of 48 pictures." in words_of(section(evidence))


def test_invalid_timing_that_is_kept_is_said_to_be_kept() -> None:
    evidence = evidence_of(answers("p3", "40ms", 0), plan=Plan(resamples=100, invalid_timing=True))
    assert "2 (4.2 %) were kept, as was asked for, for the exposure was off" in summary(evidence)


def test_a_group_of_which_nothing_is_left_is_named() -> None:
    late = [replace(each, timing_valid=False) for each in answers("p1", "40ms", 0)]
    evidence = evidence_of([*late, *answers("q1", "unlimited", 1)])
    assert summary(evidence).endswith("No trial of 40ms is left.")
    assert [row["Group"] for row in rows_of(section(evidence), "Missing answers")] == ["unlimited", "40ms"]


def test_later_answers_to_a_picture_are_counted() -> None:
    first = [replace(each, session="1") for each in answers("q1", "unlimited", 0)]
    later = [replace(each, session="2") for each in answers("q1", "unlimited", 1)][:7]
    told = words_of(section(evidence_of([*first, *later])))
    assert "7 trials showed a picture once more; items and error consistency take the first." in told


def test_answers_without_a_reason_are_counted() -> None:
    table = evidence_of(answers("p1", "40ms", 0)).trials.drop(columns="outcome")
    assert "2 (4.2 %) have no answer: 2 for reasons that are not stated." in summary(evidence_of(table))


def test_simulated_observers_who_were_left_out_are_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    study = planted_study(tmp_path_factory.mktemp("with") / "study")
    programs = [replace(each, kind="simulated", observer="sim") for each in answers("sim", "40ms", 3)]
    write_trials(study.root / "trials" / "sim.csv", programs)
    told = words_of(section(evidence_in(study.root, resamples=100)))
    assert "Left out: 48 trials are of simulated observers such as sim, who are programs and not people." in told


def test_repairs_that_sidecars_state_are_folded_with_their_tables() -> None:
    facts = {f"{name}.csv": Sidecar(notes=("the order is unknown",)) for name in "abcd"}
    facts["a.csv"] = Sidecar(notes=("the order is unknown", "one row was mended"))
    evidence = evidence_of(answers("q1", "unlimited", 0), sidecars=facts)
    (folded,) = (block for block in blocks_of(section(evidence)) if isinstance(block, Folded))
    assert folded.title == "Repairs and doubts that the records beside the tables state"
    told = words_of(section(evidence))
    assert "a.csv; b.csv; 2 more: the order is unknown." in told
    assert "a.csv: one row was mended." in told


def test_tables_of_one_name_in_two_folders_keep_both_their_records(tmp_path: Path) -> None:
    for place, name in enumerate(("first", "second")):
        trials = answers(f"q{place}", "unlimited", place)
        write_trials(tmp_path / name / "trials.csv", trials, Sidecar(notes=(f"doubt {name}",)))
    evidence = evidence_in(tmp_path / "first" / "trials.csv", tmp_path / "second" / "trials.csv", resamples=100)
    told = words_of(section(evidence))
    assert "first/trials.csv: doubt first." in told
    assert "second/trials.csv: doubt second." in told


def test_what_the_published_data_lack_comes_out(published_evidence: Evidence) -> None:
    assert (
        summary(published_evidence)
        == "There were 4,116 trials. 17 (0.4 %) have no answer: 5 mis-clicks and 12 refusals."
    )
    told = words_of(section(published_evidence))
    assert "40ms: each observer had 49 of 147 pictures." in told
    assert "subj_2_40ms.csv: 4 mis-clicks, where the file keeps neither the answer nor the sides" in told
    assert told.count("4 mis-clicks, where the file keeps") == 1
