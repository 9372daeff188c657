"""The section on single networks."""

from dataclasses import replace

import pandas as pd
import pytest

from askew.declared import Contrast
from askew_analysis.comparison import Plan
from askew_analysis.report.blocks import Estimate
from askew_analysis.report.evidence import Evidence
from askew_analysis.report.networks import section
from askew_analysis.report.wording import points, share
from tests.analysis.report.conftest import answers, evidence_of, grid_of, rows_of, words_of


def told(evidence: Evidence) -> str:
    """The sentences of the section."""
    return words_of(section(evidence))


def test_every_network_has_a_row_of_the_table(evidence: Evidence) -> None:
    rows = rows_of(section(evidence), "Networks")
    table = evidence.found.networks.sort_values("accuracy_rotated", ascending=False)
    assert [row["Network"] for row in rows] == ["net-b", "net-a"]
    for row, (_, known) in zip(rows, table.iterrows(), strict=True):
        for title, name in (
            ("Accuracy, upright", "accuracy_upright"),
            ("Accuracy, rotated", "accuracy_rotated"),
            ("Fall", "fall"),
            ("Kappa with 40ms", "kappa_40ms"),
            ("Kappa with unlimited", "kappa_unlimited"),
        ):
            assert row[title] == Estimate(known[name], known[f"{name}_low"], known[f"{name}_high"])
        assert row["Margin, rotated"] == known["margin_rotated"]
    assert [(row["Answers"], row["Without an answer"]) for row in rows] == [(45, 3), (48, 0)]
    grid = grid_of(section(evidence), "Networks")
    assert (grid.sortable, grid.csv) == (True, "tables/networks.csv")
    assert "networks" in evidence.found.tables


def test_the_sentences_follow_from_the_rows(evidence: Evidence) -> None:
    words = told(evidence)
    table = evidence.found.networks.sort_values("accuracy_rotated")
    least, most = (f"{share(row.accuracy_rotated)} ({row.network})" for row in table.iloc[[0, -1]].itertuples())
    assert f"In rotated pictures, networks range from {least} to {most}." in words
    assert "2 of 2 networks fall from upright to rotated pictures by an amount whose interval lies above 0." in words
    fall = table.loc[table["fall"].idxmax()]
    assert f"The largest fall is that of {fall['network']}: {points(fall['fall']).lstrip('+')}." in words
    assert (
        "Which network errs most like 40ms or unlimited is not resolved: the one with the highest mean kappa is"
        in words
    )
    assert "Margins are in each network's own units, so compare them within a row only." in words


def test_a_network_that_errs_as_people_do_is_told_apart() -> None:
    people = answers("p1", "40ms", 0) + [replace(each, observer="p6") for each in answers("p1", "40ms", 0)]
    same = [
        replace(each, observer="like", kind="model", group="nets", session=None, index=None, achieved_ms=None)
        for each in answers("p1", "40ms", 0)
    ]
    other = [replace(each, observer="unlike", group="nets") for each in answers("p1", "unlimited", 5)]
    other = [replace(each, kind="model", session=None, index=None) for each in other]
    evidence = evidence_of([*people, *same, *other])
    assert "like errs most like 40ms: mean kappa 1.00 [" in told(evidence)
    assert "of the resamples of pictures." in told(evidence)


def test_guessing_networks_are_named() -> None:
    guess = [
        replace(each, choice=each.truth if place % 2 else next(one for one in each.offered if one != each.truth))
        for place, each in enumerate(answers("net-a", "networks", 0))
    ]
    assert "In rotated pictures, guessing (50 %) lies within the interval of net-a." in told(evidence_of(guess))


def test_networks_come_in_the_order_of_accuracy_in_rotated_pictures(evidence: Evidence) -> None:
    table = evidence.found.networks.assign(accuracy_rotated=[0.2, 0.7])
    turned = replace(evidence, found=replace(evidence.found, networks=table))
    assert [row["Network"] for row in rows_of(section(turned), "Networks")] == ["net-b", "net-a"]
    assert "Rows are in the order of accuracy in rotated pictures." in told(turned)
    unknown = replace(evidence, found=replace(evidence.found, networks=table.assign(accuracy_rotated=[None, 0.1])))
    assert [row["Network"] for row in rows_of(section(unknown), "Networks")] == ["net-b", "net-a"]


def test_programs_are_not_called_people() -> None:
    programs = [
        replace(each, kind="simulated", group=f"g{i}") for i in range(8) for each in answers(f"q{i}", "40ms", i)
    ]
    evidence = evidence_of([*programs, *answers("net-a", "networks", 9)])
    table = evidence.found.networks.assign(
        equal_ms_rotated=80.0, equal_ms_rotated_low=50.0, equal_ms_rotated_high=90.0, never_rotated=0.0
    )
    evidence = replace(evidence, found=replace(evidence.found, networks=table))
    heads = " ".join(f"{head.title} {head.meaning}" for head in grid_of(section(evidence), "Networks").heads)
    assert "Mean error consistency with the simulated observers of that group" in heads
    assert "Kappas are means over simulated observers" in told(evidence)
    assert "people" not in f"{heads} {told(evidence)}".lower()


def test_a_network_that_refused_most_is_told_first() -> None:
    refusing = [
        replace(each, choice=None, outcome="refused") if place % 2 else each
        for place, each in enumerate(answers("net-a", "networks", 0))
    ]
    words = told(evidence_of(refusing))
    assert words.startswith(
        "Some networks left many pictures without an answer: net-a (24 of 48). Their numbers rest on"
    )
    wrong = told(evidence_of(refusing, plan=Plan(resamples=100, missing="wrong")))
    assert "net-a (24 of 48). Their numbers count them as not right." in wrong


def test_without_networks_it_says_how_to_get_some() -> None:
    words = told(evidence_of(answers("p1", "40ms", 0)))
    assert words == "There are no networks in this study yet: askew score STUDY --lineup bundled adds two small ones."


def test_networks_alone_have_no_kappa_with_people() -> None:
    (row,) = rows_of(section(evidence_of(answers("net-a", "networks", 0))), "Networks")
    assert not [title for title in row if title.startswith("Kappa")]


def test_kappas_with_the_first_groups_of_people_are_shown_and_the_others_are_said_to_be_in_the_file() -> None:
    people = [replace(each, group=f"g{i}") for i in range(8) for each in answers(f"q{i}", "40ms", i)]
    plan = Plan(resamples=100, contrasts=(Contrast(a="g0", b="g1", condition="rotated"),))
    evidence = evidence_of([*people, *answers("net-a", "networks", 9)], plan=plan)
    (row,) = rows_of(section(evidence), "Networks")
    assert [title for title in row if title.startswith("Kappa")] == [f"Kappa with g{i}" for i in range(6)]
    assert "Those with 2 more groups of people are in the file." in told(evidence)


def test_other_designs_show_their_first_conditions() -> None:
    trials = [
        replace(each, condition=f"level-{place % 6}") for place, each in enumerate(answers("net-a", "networks", 0))
    ]
    evidence = evidence_of(trials)
    (row,) = rows_of(section(evidence), "Networks")
    assert [title for title in row if title.startswith("Accuracy")] == [f"Accuracy, level-{i}" for i in range(4)]
    assert "Fall" not in row
    assert "fall" not in told(evidence).partition("Brackets")[0]


def test_viewing_times_at_which_people_equal_a_network_are_shown(evidence: Evidence) -> None:
    table = evidence.found.networks.assign(
        equal_ms_rotated=[80.0, float("nan")],
        equal_ms_rotated_low=[50.0, 100.0],
        equal_ms_rotated_high=[float("inf"), float("inf")],
        never_rotated=[0.1, 0.9],
    )
    timed = replace(evidence, found=replace(evidence.found, networks=table))
    second, first = rows_of(section(timed), "Networks")
    assert first["People equal it at, rotated (ms)"] == Estimate(80, 50, None)
    assert (second["People equal it at, rotated (ms)"], second["Never, rotated"]) == (None, 0.9)
    assert "rotated: by the fitted curve, people equal 1 of 2 networks at some viewing time." in told(timed)


@pytest.mark.parametrize("resample", ["observers", "both"])
def test_what_kappas_generalise_over_is_said(resample: str) -> None:
    everybody = [each for i in range(6, 9) for each in answers(f"p{i}", "40ms", i)]
    plan = Plan(resamples=100, resample=resample)  # type: ignore[arg-type]
    words = told(evidence_of([*everybody, *answers("net-a", "networks", 0)], plan=plan))
    over = {"observers": "people", "both": "pictures and people"}[resample]
    assert f"; their intervals are over {over}." in words


def test_the_published_networks_come_out(published_evidence: Evidence) -> None:
    rows = pd.DataFrame(rows_of(section(published_evidence), "Networks")).set_index("Network")
    assert len(rows) == 12
    assert rows.loc["claude_opus", "Accuracy, rotated"].value == pytest.approx(0.4784, abs=1e-4)
    assert rows.loc["gemini_pro", "Without an answer"] == 7
    words = told(published_evidence)
    assert (
        "10 of 12 networks fall from upright to rotated pictures by an amount whose interval lies above 0; not" in words
    )
    assert "not those of gemini_flash and gemini_pro." in words
