"""The section to copy from: methods, provenance, citations."""

import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from askew.declared import Contrast, Pool
from askew.study import Study
from askew_analysis.comparison import Plan
from askew_analysis.report import timing
from askew_analysis.report.blocks import Quote
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.methods import citations, command, section
from askew_analysis.report.paragraph import paragraphs
from askew_analysis.report.references import WORKS
from tests.analysis.report.conftest import answers, blocks_of, evidence_in, evidence_of, rows_of, words_of


def quotes_of(evidence: Evidence) -> dict[str, str]:
    """The texts to copy, by title."""
    return {block.title: block.words for block in blocks_of(section(evidence)) if isinstance(block, Quote)}


def test_the_paragraph_has_all_parts_of_a_methods_section(evidence: Evidence) -> None:
    told = quotes_of(evidence)["Methods"]
    for part in (
        "10 people took part (5 in 40ms and 5 in unlimited).",
        "[Age, gender and eyesight; how they were recruited and paid; consent and ethics approval.]",
        "2 networks made the same choice (networks: net-a and net-b). They were given the same 48 pictures.",
        "The pictures (48, of 16 objects) were rendered (askew, VTK)",
        "Their angle from upright is 3 to 18° (upright), 90 to 105° (rotated-correct) and 150 to 165",
        "People were to see a picture for 40 ms or without a limit.",
        "Displays ran at 120 Hz.",
        timing.summary(evidence),
        "There were 570 trials. 6 (1.1 %) have no answer",
        "Korn and Graubard's (1998) effective sample size",
        "with Holm's (1979) correction for 3 planned comparisons",
        "two one-sided tests of equivalence within 5 points",
        "Cohen's kappa of two observers' right and wrong answers (Geirhos, Meding & Wichmann, 2020) in the conditions",
        "1,000 joint resamples of a Bayesian bootstrap (Rubin, 1981)",
        "A logistic mixed model of the answers of people (correct ~ C(group, Treatment('unlimited')) * rotated) has",
        "Analyses were made with askew ",
        "Sessions ran with askew 0.1.0 and psychopy 2026.2.0.",
    ):
        assert part in told
    assert "  " not in told


def declared(evidence: Evidence, *extra: Contrast) -> Evidence:
    """The planted study as if it had declared more comparisons."""
    plan = evidence.found.plan
    return replace(evidence, found=replace(evidence.found, plan=replace(plan, contrasts=(*plan.contrasts, *extra))))


def test_only_comparisons_that_were_tested_count_for_the_correction(evidence: Evidence) -> None:
    more = declared(evidence, Contrast(a="unlimited", b="80ms", condition="rotated"))
    told = "\n".join(paragraphs(more))
    assert "with Holm's (1979) correction for 3 planned comparisons" in told
    assert "Of 4 comparisons that the study declares, 3 could be tested [which could not, and why]." in told
    assert "could be tested" not in "\n".join(paragraphs(evidence))
    untested = replace(more, found=replace(more.found, tests=more.found.tests.assign(p=float("nan"))))
    told = "\n".join(paragraphs(untested))
    assert "t tests" not in told
    assert "Of 4 comparisons that the study declares, none could be tested" in told


def test_tables_without_a_record_are_named_with_what_is_not_known_therefore(evidence: Evidence) -> None:
    assert "no record" not in words_of(section(evidence))
    bare = replace(evidence, sidecars={k: its for k, its in evidence.sidecars.items() if "p1." not in k})
    told = words_of(section(bare))
    assert (
        "1 of 12 tables of trials has no record (a .json file beside it): trials/p1.csv. So it is not known what made "
        "these answers, with which versions, clock and display, nor whether they are still as they were written."
    ) in told
    assert "[How the answers in trials/p1.csv were recorded, for askew has no record of it.]" in told
    alone = words_of(section(evidence_of(answers("p1", "40ms", 0))))
    assert "The one table of trials has no record (a .json file beside it): trials/a.csv." in alone


def test_the_references_are_the_works_that_the_paragraphs_name(evidence: Evidence) -> None:
    curves = replace(evidence, found=replace(evidence.found, exposure=object()))  # type: ignore[arg-type]
    works = quotes_of(curves)["References"].split("\n\n")
    assert works == [work for _, work in WORKS]
    authors = [work.partition(",")[0] for work in works]
    assert authors == ["Clopper", "Geirhos", "Holm", "Korn", "Newcombe", "Rouder", "Rubin", "Schütt"]
    bare = quotes_of(evidence_of(answers("p1", "40ms", 0)))["References"]
    assert [line.partition(",")[0] for line in bare.split("\n\n")] == ["Clopper", "Korn"]


def test_every_work_with_a_year_is_in_the_references(evidence: Evidence) -> None:
    curves = replace(evidence, found=replace(evidence.found, exposure=object()))  # type: ignore[arg-type]
    years = re.findall(r"\b(?:19|20)\d\d(?=\))", "\n".join(paragraphs(curves)))
    listed = [re.search(r"\((\d{4})\)", work) for _, work in WORKS]
    assert {*years} == {found[1] for found in listed if found}


def test_one_picture_was_shown() -> None:
    told = "\n".join(paragraphs(evidence_of(answers("p1", "40ms", 0)[:1])))
    assert "1 picture was shown, in the condition upright. [How it was made.]" in told


def test_simulated_observers_are_no_participants() -> None:
    programs = [replace(each, kind="simulated") for name in ("p1", "p2") for each in answers(name, "40ms", len(name))]
    told = "\n".join(paragraphs(evidence_of(programs)))
    assert told.startswith(
        "No people took part. There are 2 simulated observers (2 in 40ms): programs that stand in for"
    )
    assert "To simulated observers nothing was shown on any display." in told
    assert "A logistic mixed model of the answers of simulated observers (" in told
    assert "Age, gender" not in told
    assert "Monitor" not in told
    assert "participant" not in told
    people = answers("q1", "unlimited", 5)
    both = "\n".join(paragraphs(evidence_of([*programs, *people])))
    assert both.startswith("1 person took part (1 in unlimited).")
    assert "Beside them, there are 2 simulated observers (2 in 40ms): programs" in both
    assert "of the answers of people and simulated observers (" in both


@pytest.mark.parametrize("kind", ["people", "networks"])
def test_what_the_study_lacks_is_not_described(kind: str) -> None:
    trials = answers("p1", "40ms", 0) if kind == "people" else answers("net-a", "networks", 0)
    told = "\n".join(paragraphs(evidence_of(trials)))
    assert ("network" in told) is (kind == "networks")
    assert ("took part" in told) is (kind == "people")
    assert "kappa" not in told
    assert "t tests" not in told
    assert "[How they were made.]" in told


def test_other_pictures_of_networks_are_told() -> None:
    people, model = answers("q1", "unlimited", 0), answers("net-a", "networks", 0)
    told = "\n".join(paragraphs(evidence_of([*people[:40], *model])))
    assert "They were given 48 pictures, 40 of them the same." in told
    told = "\n".join(paragraphs(evidence_of([*people, *model[:40]])))
    assert "They were given 40 of the 48 pictures that people had." in told


def test_pools_strata_and_single_random_effects_are_told() -> None:
    halves = [
        replace(each, condition="upright" if place % 3 else "tilted")
        for name, side in (("q1", 0), ("q2", 1), ("q3", 0), ("q4", 1))
        for place, each in enumerate(answers(name, "unlimited", side))
        if place % 2 == side
    ]
    pools = (
        Pool(name="one", group="unlimited", observers=("q1", "q2")),
        Pool(name="two", group="unlimited", observers=("q3", "q4")),
    )
    told = "\n".join(paragraphs(evidence_of(halves, plan=Plan(resamples=100, pools=pools))))
    assert (
        "For it, 4 observers of unlimited, who saw complementary parts of the pictures, were put together into 2."
        in told
    )
    alone = "\n".join(paragraphs(evidence_of(answers("p6", "40ms", 1))))
    assert "has random intercepts of pictures." in alone


def test_curves_are_cited_where_there_are_some(evidence: Evidence) -> None:
    curves = replace(evidence, found=replace(evidence.found, exposure=object()))  # type: ignore[arg-type]
    assert "psignifit 4 (Schütt, Harmeling, Macke & Wichmann, 2016)" in "\n".join(paragraphs(curves))
    assert "psignifit" not in "\n".join(paragraphs(evidence))


def test_provenance_gives_the_command_the_rules_and_every_hash(evidence: Evidence, planted: Study) -> None:
    words = quotes_of(evidence)["The command that makes it again"]
    assert words == (
        "askew report planted --seed 5 --resamples 1000 --resample images --missing drop --level 0.95 --bound 0.05"
    )
    told = words_of(section(evidence))
    assert "Seed 5; 1,000 joint resamples, means and differences over pictures; 95 % intervals." in told
    assert "Missing answers: trials without an answer are left out (rule drop). Accuracies within 5 points" in told
    rows = rows_of(section(evidence), "Files that were read")
    assert len(rows) == 14
    assert all(re.fullmatch("[0-9a-f]{64}", str(row["SHA-256"])) for row in rows)
    assert str(planted.root) not in told


def test_the_command_keeps_a_formula_and_flags() -> None:
    bare = evidence_of(answers("q1", "unlimited", 0))
    formula = "correct ~ C(group, Treatment('a $b')) + `x -- y`"
    said = ("--seed", "5", "--formula", formula, "--invalid-timing", "--simulated")
    assert command(replace(bare, words=("--seed", "0"))) == "askew report TRIALS --seed 0"
    named = replace(bare, words=said, provenance={**bare.provenance, "study": "a study"})
    assert command(named).startswith("askew report 'a study' --seed 5 --formula ")
    assert shlex.split(command(named)) == ["askew", "report", "a study", *said]


def test_both_commands_give_a_shell_the_formula_as_it_was_given(planted: Study) -> None:
    formula = "correct ~ C(group, Treatment('40ms'))"
    found = evidence_in(planted.root, resamples=100, formula=formula)
    for told in (found.provenance["command"], command(found)):
        words = shlex.split(told)
        assert words[words.index("--formula") + 1] == formula
        assert words[2] == "planted"


def test_the_data_are_cited_first_and_then_what_askew_starts_from() -> None:
    trials = answers("p1", "40ms", 0)

    def cited(source: dict[str, str]) -> list[str]:
        return [*citations(evidence_of(trials, study=Study(root=Path("none"), name="x", source=source)))]

    start = "The study that askew starts from: Ollikka, Abbas, Perin, Kilpeläinen & Deny (2025)."
    nothing = cited({})
    assert [line[: len(start)] for line in nothing] == [start, "The programs: askew, version 0.1.0."]
    own, then, programs = cited({"citation": "Somebody (2020). A study.", "url": "https://example.org"})
    assert own == "The data: Somebody (2020). A study. https://example.org"
    assert then.startswith(start)
    assert programs == "The programs: askew, version 0.1.0."
    theirs = cited({"citation": "Ollikka et al. (2025)"})
    assert theirs[0] == "The data, and the study that askew starts from: Ollikka et al. (2025)."
    assert len(theirs) == 2


def test_the_published_study_is_cited_and_its_participants_are_looked_up_there(published_evidence: Evidence) -> None:
    told = quotes_of(published_evidence)["Methods"]
    assert told.startswith(
        "24 people took part (12 in 40ms, 12 in 150ms, 12 in unlimited and 12 in unlimited-alone-first;"
    )
    assert "[who they were and how they were recruited: see there]" in told
    assert "The achieved exposure is not stated in the source" in told
    assert "correction for 14 comparisons" in told
    assert "12 observers of 40ms, who saw complementary parts of the pictures, were put together into 4." in told
    assert "https://github.com/BRAIN-Aalto/unusual_poses" in quotes_of(published_evidence)["What to cite"]
