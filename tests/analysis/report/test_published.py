"""The published conclusions, held against the data."""

from dataclasses import replace

import pandas as pd
import pytest

from askew_analysis.report import published
from askew_analysis.report.blocks import Estimate, Grid, Section, Text
from askew_analysis.report.evidence import Evidence


@pytest.fixture(scope="session")
def told(published_evidence: Evidence) -> Section:
    """The section, with as many resamples as the report takes."""
    plan = replace(published_evidence.found.plan, resamples=10_000)
    section = published.section(replace(published_evidence, found=replace(published_evidence.found, plan=plan)))
    assert section is not None
    return section


def grid(section: Section | None, place: int) -> Grid:
    assert section is not None
    found = [block for block in section.blocks if isinstance(block, Grid)][place]
    assert isinstance(found, Grid)
    return found


def changed(evidence: Evidence, trials: pd.DataFrame) -> Evidence:
    """The evidence with other answers."""
    return replace(evidence, found=replace(evidence.found, trials=trials))


def verdicts(section: Section | None) -> list[str]:
    assert section is not None
    return [str(row[2]) for row in grid(section, 0).rows]


def test_six_statements_hold_and_four_do_not_follow_from_the_data(told: Section) -> None:
    found = dict.fromkeys(range(10), "holds") | {
        4: "depends on a rule",
        6: "depends on the pictures",
        7: "depends on a rule",
        9: "contradicted",
    }
    assert verdicts(told) == [*found.values()]
    first = told.blocks[0]
    assert isinstance(first, Text)
    assert first.words.endswith(
        "Of 10 statements of theirs, 6 hold, 2 depend on a rule, 1 depends on the pictures and 1 is contradicted."
    )


def test_a_statement_stands_beside_the_numbers_that_decide_it(told: Section) -> None:
    said = {str(row[0]): str(row[3]) for row in grid(told, 0).rows}
    level = said["At 40 ms, people are down at the networks' level."]
    assert "+2.7 [−4.3, +9.7] points" in level
    assert "p = .247" in level
    assert "−9.7 [−17.7, −1.6] points in rotated-correct" in level
    people = said["Even at 40 ms, people's errors are unlike those of networks."]
    assert "0.091 [−0.008," in people
    assert "0.105 [0.003," in people
    assert "gemini_pro 91.7 % (p = .238)" in said["Gemini stays accurate."].replace("\xa0", " ")
    assert any("t(22) = 3.68, p = .001" in words for words in said.values())


def test_error_consistency_is_that_of_the_published_scripts_beside_that_of_askew(told: Section) -> None:
    rows = {str(row[0]): row[1:3] for row in grid(told, 1).rows}
    theirs, ours = rows["people (40 ms) among themselves"]
    assert isinstance(theirs, Estimate)
    assert isinstance(ours, Estimate)
    assert theirs.value == pytest.approx(0.2176, abs=5e-5)
    assert ours.value == pytest.approx(0.2386, abs=5e-5)


def test_a_verdict_follows_from_the_answers(published_evidence: Evidence) -> None:
    df = published_evidence.found.trials.copy()
    lost = (df["group"] == "unlimited") & (df["condition"] != "upright") & (df["observer"] != "subj_13")
    df.loc[lost, "correct"] = 0.0
    assert verdicts(published.section(changed(published_evidence, df)))[1] == "contradicted"


def test_a_conclusion_about_a_group_that_is_not_there_is_not_checked(published_evidence: Evidence) -> None:
    df = published_evidence.found.trials
    section = published.section(changed(published_evidence, df[df["group"] != "networks"].reset_index(drop=True)))
    assert verdicts(section)[8] == "not checked"
    assert verdicts(section)[5] == "holds"


def test_no_significant_difference_holds_where_none_is_found(published_evidence: Evidence) -> None:
    df = published_evidence.found.trials
    one = df[df["group"] == "unlimited"]
    same = one.assign(group="unlimited-alone-first", observer=one["observer"] + "-again")
    level = changed(
        published_evidence, pd.concat([df[df["group"] != "unlimited-alone-first"], same], ignore_index=True)
    )
    row = grid(published.section(level), 0).rows[9]
    assert row[2] == "holds"
    assert str(row[3]).endswith("No significant difference is found, which does not show that there is none.")


def test_networks_that_are_good_at_what_a_network_got_right_are_brittle_only_in_the_rest(
    published_evidence: Evidence,
) -> None:
    df = published_evidence.found.trials.copy()
    known = (df["group"] == "networks") & (df["condition"] == "rotated-correct")
    df.loc[known, "correct"] = 1.0
    assert verdicts(published.section(changed(published_evidence, df)))[2] == "depends on the pictures"


def test_other_studies_have_no_published_conclusions(evidence: Evidence) -> None:
    assert published.section(evidence) is None
