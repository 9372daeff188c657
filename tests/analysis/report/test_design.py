"""The section on question and design, and the counts that several sections share."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from askew.declared import Pool, Subgroup
from askew.study import Study
from askew_analysis.comparison import Plan
from askew_analysis.report.blocks import Estimate, Facts
from askew_analysis.report.counts import all_observers, counts, exposures
from askew_analysis.report.design import section
from askew_analysis.report.evidence import Evidence
from tests.analysis.report.conftest import answers, blocks_of, evidence_of, pictures, rows_of, words_of


def facts_of(evidence: Evidence) -> list[str]:
    """The row of numbers."""
    (facts,) = (block for block in blocks_of(section(evidence)) if isinstance(block, Facts))
    return [f"{fact.value} {fact.words}" for fact in facts.facts]


def test_planned_comparisons_that_could_not_be_tested_are_counted(evidence: Evidence) -> None:
    def told(number: int, tests: pd.DataFrame) -> str:
        contrasts = evidence.found.plan.contrasts[:number]
        found = replace(evidence.found, plan=replace(evidence.found.plan, contrasts=contrasts), tests=tests)
        return words_of(section(replace(evidence, found=found)))

    tests = evidence.found.tests
    assert "names 3 comparisons of accuracy. 2 of them could be tested, and Holm's correction counts" in told(
        3, tests[:2]
    )
    assert "names 3 comparisons of accuracy, none of which could be tested:" in told(3, tests[:0])
    assert "names 1 comparison of accuracy, which could not be tested:" in told(1, tests[:0])
    assert "names 1 comparison of accuracy, and Holm's correction counts no others:" in told(1, tests[:1])


def test_it_says_who_saw_what_for_how_long(evidence: Evidence) -> None:
    told = words_of(section(evidence))
    assert told.startswith(
        "10 people and 2 networks said which object a picture shows by choosing one of 2 labels. Guessing is right in "
        "50 %. People saw a picture for 40 ms or without a limit."
    )
    assert "The set has 48 pictures of 16 objects, rendered (askew, VTK) at 32 × 32 px on a uniform background" in told
    assert "The condition rotated is rotated-correct and rotated-incorrect together" in told
    assert facts_of(evidence) == ["48 pictures of 16 objects", "10 people", "2 networks", "570 trials"]
    rows = rows_of(section(evidence), "Who took part")
    assert [tuple(row.values()) for row in rows] == [
        ("40ms", "people", 5, "40 ms", 48, 5 * 48 - 6, "2"),
        ("unlimited", "people", 5, "unlimited", 48, 5 * 48, "2"),
        ("networks", "networks", 2, "none", 48, 2 * 48, "2"),
    ]


def test_conditions_come_with_their_angles(evidence: Evidence) -> None:
    rows = rows_of(section(evidence), "Conditions")
    assert [row["Condition"] for row in rows] == ["upright", "rotated-correct", "rotated-incorrect"]
    assert [row["Angle from upright (°)"] for row in rows] == [
        Estimate(10.5, 3, 18),
        Estimate(97.5, 90, 105),
        Estimate(157.5, 150, 165),
    ]
    assert [row["Pictures"] for row in rows] == [16, 16, 16]
    assert sum(int(str(row["Trials"])) for row in rows) == 570


def test_planned_comparisons_are_named_and_others_are_said_to_be_unplanned(evidence: Evidence) -> None:
    told = words_of(section(evidence))
    assert "study.toml names 3 comparisons of accuracy, and Holm's correction counts these and no others:" in told
    listed = ["unlimited against 40ms, in rotated", "unlimited against networks, in rotated"]
    assert "\n".join([*listed, "upright against rotated, in 40ms"]) in told
    free = words_of(section(evidence_of(answers("p1", "40ms", 0) + answers("q1", "unlimited", 1))))
    assert "No comparisons were planned before the data (there is no study.toml to name them). All 12 that" in free
    bare = evidence_of(answers("p1", "40ms", 0), study=Study(root=Path("none"), name="x"))
    assert "(study.toml names none)" in words_of(section(bare))


def test_what_the_design_leaves_open_is_said(evidence: Evidence) -> None:
    told = words_of(section(evidence))
    assert (
        "Between these exposures the observers differ, too, so that a difference may be one between observers: 40ms"
        in (told)
    )
    assert "Groups of one or two networks speak for these and not for networks at large: networks (2)." in told
    alone = words_of(section(evidence_of(answers("net-a", "networks", 0))))
    assert "There are no people in this study yet, so nothing is compared with them." in alone
    people = words_of(section(evidence_of(answers("p1", "40ms", 0))))
    assert "There are no networks in this study yet" in people
    assert "There is no manifest of the pictures, so how they were made is not known here." in people
    unturned = [replace(one, angle_from_upright=None) for one in pictures()]
    told = words_of(section(evidence_of(answers("p1", "40ms", 0), pictures=unturned)))
    assert "The manifest does not state by what angle each picture is turned." in told


def test_a_network_in_two_views_is_one_network_and_no_pair_of_its_own() -> None:
    own = [*answers("net-a", "networks", 0), *answers("net-b", "networks", 1)]
    whole = [replace(each, observer=f"{each.observer}@whole", group="networks-whole") for each in own]
    found = evidence_of([*own, *whole])
    told = words_of(section(found))
    assert told.startswith("2 networks (4 with each view counted) said which object a picture shows")
    assert "Seen in another view (NAME@VIEW), a network is not another network: net-a and net-b." in told
    pairs = found.found.group_consistency.set_index(["a", "b"])
    assert pairs.loc[("networks", "networks-whole"), "n_pairs"] == 2  # a with b, and b with a
    assert pairs.loc[("networks", "networks"), "n_pairs"] == 1
    assert "NAME@VIEW" not in words_of(section(evidence_of(own)))


def test_simulated_observers_are_never_called_people() -> None:
    programs = [replace(each, kind="simulated") for name in ("p1", "p2") for each in answers(name, "40ms", 0)]
    evidence = evidence_of(programs)
    told = words_of(section(evidence))
    assert told.startswith("2 simulated observers said which object a picture shows")
    assert "Simulated observers saw a picture for 40 ms." in told
    assert "Simulated observers are programs: their part shows that the study runs" in told
    assert "2 simulated observers" in facts_of(evidence)
    assert [row["Who"] for row in rows_of(section(evidence), "Who took part")] == ["simulated"]


def test_people_of_several_groups_are_counted_once_and_told() -> None:
    first = [replace(each, session="1") for each in answers("p1", "40ms", 0)]
    same = [replace(each, session="2") for each in answers("p1", "unlimited", 1)]
    evidence = evidence_of([*first, *same])
    assert all_observers(counts(evidence)) == "1 person"
    again = "The same observers took part in 40ms and in unlimited"
    assert f"{again}, with the same pictures, which they may have known the second time." in words_of(section(evidence))
    other = [replace(each, stimulus=f"other-{each.stimulus}") for each in same]
    assert f"{again}, with other pictures." in words_of(section(evidence_of([*first, *other])))
    part = [*same[:10], *other[10:], *[replace(each, observer="q") for each in same]]
    told = words_of(section(evidence_of([*first, *part])))
    assert "1 observer took part in 40ms and in unlimited. In 10 cases somebody saw a picture in both" in told


def test_pools_and_subgroups_are_explained() -> None:
    halves = [each for each in answers("p1", "40ms", 0) if each.index and each.index % 2]
    rest = [each for each in answers("p2", "40ms", 0) if each.index and not each.index % 2]
    late = [replace(each, observer="q", group="late", session="9") for each in answers("q1", "40ms", 1)]
    study = Study(
        root=Path("none"),
        name="x",
        subgroups=(Subgroup(name="late", group="40ms", column="session", value="9"),),
        source={"importer": "plain"},
    )
    plan = Plan(resamples=100, pools=(Pool(name="both", group="40ms", observers=("p1", "p2")),))
    told = words_of(section(evidence_of([*halves, *rest, *late], plan=plan, study=study)))
    assert "The group late holds the trials of 40ms whose session is 9; the group 40ms has the others." in told
    assert "For error consistency 2 of them are taken as one observer each time: both." in told


def test_what_a_table_does_not_say_is_not_stated() -> None:
    table = evidence_of(answers("p1", "40ms", 0) + answers("p2", "40ms", 1)).trials
    bare = table[["observer", "kind", "group", "stimulus", "condition", "correct"]]
    evidence = evidence_of(bare)
    assert words_of(section(evidence)).startswith("2 people said which object a picture shows.\n")
    (row,) = rows_of(section(evidence), "Who took part")
    assert (row["Exposure"], row["Labels offered"]) == ("not stated", "not stated")
    assert exposures(counts(evidence)) == ""
    assert counts(evidence)[0].silent == {"unknown": 3}


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a|b & c", "物体 🦉", "x" * 300])
def test_names_of_any_kind_come_through_as_they_are(name: str) -> None:
    table = evidence_of(answers("p1", "40ms", 0)).trials.replace({"group": {"40ms": name}})
    (row,) = rows_of(section(evidence_of(table)), "Who took part")
    assert row["Group"] == name


def test_the_published_design_comes_out(published_evidence: Evidence) -> None:
    told = words_of(section(published_evidence))
    assert told.startswith("24 people and 12 networks said")
    assert "The import named them, so they were not planned here before the data." in told
    assert "The same observers took part in 150ms and in unlimited, with the same pictures" in told
    rows = rows_of(section(published_evidence), "Who took part")
    assert {row["Group"]: row["Observers"] for row in rows} == {
        **dict.fromkeys(("40ms", "150ms", "unlimited", "unlimited-alone-first"), 12),
        "networks": 5,
        "vlms": 7,
    }
