"""`askew compare`, from tables of trials to JSON, tables and figures."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from askew.command import main
from askew.declared import Contrast, Pool, Subgroup
from askew.errors import BadInput
from askew.study import Study
from askew.trial import Trial, write_trials
from askew_analysis.comparison import Plan, compare
from askew_analysis.figures import consistency_figure, draw
from askew_analysis.trial_table import frame

PICTURES = 24
GROUPS = {"40ms": (0.6, 40.0, "simulated"), "unlimited": (0.9, None, "simulated"), "networks": (0.75, None, "model")}
Make = Callable[..., Trial]


def trials_of(trial: Make, group: str, observers: int, seed: int = 0) -> list[Trial]:
    """Observers of a group, who find the same pictures hard and rotated ones harder."""
    accuracy, exposure, kind = GROUPS[group]
    hard = np.random.default_rng(99).random(PICTURES)
    rng = np.random.default_rng([seed, len(group)])
    found = []
    for observer in range(observers):
        for picture in range(PICTURES):
            rotated = picture % 3
            right = rng.random() < accuracy - (0.3 * hard[picture] if rotated else -0.08)
            found.append(
                trial(
                    observer=f"{group}_{observer}",
                    kind=kind,
                    group=group,
                    session=None if kind == "model" else "1",
                    index=None if kind == "model" else picture,
                    stimulus=f"p{picture}",
                    condition=("upright", "rotated-correct", "rotated-incorrect")[rotated],
                    choice="mug" if right else "hammer",
                    rt_ms=None if kind == "model" else 400.0 + 300 * rng.random(),
                    requested_ms=exposure,
                    margin=rng.normal() if kind == "model" else None,
                )
            )
    return found


@pytest.fixture
def small(trial: Make, tmp_path: Path) -> Study:
    """A study of people at two exposures, and of models."""
    made = Study(
        root=tmp_path / "study",
        name="small",
        seed=5,
        combine={"rotated": ("rotated-correct", "rotated-incorrect")},
        contrasts=(
            Contrast(a="unlimited", b="40ms", condition="rotated"),
            Contrast(a="upright", b="rotated", group="40ms"),
        ),
    )
    made.write()
    for group in GROUPS:
        write_trials(made.root / "trials" / f"{group}.csv", trials_of(trial, group, 5))
    return made


def run(*words: object) -> dict[str, Any]:
    """The JSON that the command leaves."""
    assert main(["compare", "--simulated", *map(str, words)]) == 0
    out = Path(str(words[list(words).index("--json") + 1]))
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def refused(capsys: pytest.CaptureFixture[str], *words: object, status: int = 1) -> str:
    """What the command says on standard error, in one line, when it refuses."""
    assert main(["compare", "--simulated", *map(str, words)]) == status
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


def test_the_json_has_what_programs_rely_on(small: Study, tmp_path: Path) -> None:
    found = run(small.root, "--json", tmp_path / "out.json", "--no-figures", "--resamples", 500)
    assert {*found} >= {
        "accuracy",
        "tests",
        "consistency",
        "group_consistency",
        "contrasts",
        "mixed_model",
        "provenance",
    }
    assert {*found["accuracy"][0]} == {
        *("group", "condition", "n_observers", "n_trials", "n_unanswered", "mean", "ci_low", "ci_high", "method")
    }
    assert {(row["group"], row["condition"]) for row in found["accuracy"]} >= {
        ("40ms", "rotated"),
        ("networks", "upright"),
    }
    assert all(0 <= row["ci_low"] <= row["mean"] <= row["ci_high"] <= 1 for row in found["accuracy"])
    assert {*found["tests"][0]} >= {
        *("a", "b", "condition", "test", "statistic", "df", "p", "p_holm", "effect", "ci_low", "ci_high")
    }
    assert [(row["a"], row["b"]) for row in found["tests"]] == [("unlimited", "40ms"), ("upright", "rotated")]
    c = found["consistency"]
    for name in ("kappa", "ci_low", "ci_high", "n_shared", "kappa_min", "kappa_max"):
        assert np.shape(c[name]) == (15, 15)
    assert (len(c["observers"]), c["rule"], c["n_shared"][0][1]) == (15, "drop", 16)
    assert len(found["group_consistency"]) == 6
    assert {*found["group_consistency"][0]} >= {"a", "b", "mean", "ci_low", "ci_high"}
    assert {*found["contrasts"][0]} >= {"a", "b", "difference", "ci_low", "ci_high", "p", "p_holm", "verdict"}
    assert {row["verdict"] for row in found["tests"]} <= {"resolved", "equivalent", "alone", "open", "undefined"}
    m = found["mixed_model"]
    assert {*m} >= {"terms", "sd_observer", "sd_stimulus", "log_likelihood", "n", "converged"}
    assert {*m["terms"][0]} == {"term", "estimate", "se", "z", "p", "ci_low", "ci_high"}
    assert m["n"] == 2 * 5 * PICTURES
    assert m["formula"] == "correct ~ C(group, Treatment('unlimited')) * rotated"
    assert "simulated observers are programs, not people" in found["notes"]


def test_provenance_says_where_it_comes_from_and_names_no_machine(small: Study, tmp_path: Path) -> None:
    found = run(small.root, "--json", tmp_path / "out.json", "--no-figures", "--resamples", 500)
    source = found["provenance"]
    assert [each["file"] for each in source["inputs"]] == [
        "study.toml",
        "trials/40ms.csv",
        "trials/networks.csv",
        "trials/unlimited.csv",
    ]
    assert all(re.fullmatch("[0-9a-f]{64}", each["sha256"]) for each in source["inputs"])
    assert (source["seed"], source["resamples"]) == (5, 500)
    assert source["command"].startswith("askew compare small --seed 5 --resamples 500")
    assert str(tmp_path) not in json.dumps(found)


def test_the_same_inputs_and_seed_give_the_same_bytes(small: Study, tmp_path: Path) -> None:
    places = []
    for name, given in (("one", [small.root]), ("two", sorted((small.root / "trials").glob("*.csv")))):
        out = tmp_path / name
        run(*given, "--json", out / "out.json", "--out", out, "--resamples", 500)
        places.append({path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()})
    assert places[0] == places[1]
    assert len(places[0]) > 20


def test_another_seed_changes_intervals_and_no_estimate(small: Study, tmp_path: Path) -> None:
    one, other = (
        run(small.root, "--json", tmp_path / "o.json", "--no-figures", "--resamples", 500, "--seed", seed)
        for seed in (1, 2)
    )
    assert one["consistency"]["kappa"] == other["consistency"]["kappa"]
    assert one["consistency"]["ci_low"] != other["consistency"]["ci_low"]
    assert one["accuracy"] == other["accuracy"]


def test_a_studys_results_go_into_its_own_folder(small: Study, tmp_path: Path) -> None:
    assert main(["compare", "--simulated", str(small.root), "--resamples", "500"]) == 0
    tables = {path.stem for path in (small.root / "results" / "tables").glob("*.csv")}
    assert tables == {
        *("accuracy", "observers", "tests", "consistency", "group_consistency", "consistency_contrasts"),
        *("mixed_model", "mixed_model_cells", "items", "pictures", "verdicts", "confusions", "response_times"),
        "networks",
    }
    figures = {path.name for path in (small.root / "results" / "figures").iterdir()}
    names = ("accuracy", "consistency", "exposure", "people-and-models", "items")
    assert figures == {f"{name}.{form}" for name in names for form in ("svg", "pdf", "png")}
    for name in names:
        text = (small.root / "results" / "figures" / f"{name}.svg").read_text()
        assert ">unlimited<" in text or ">simulated: unlimited<" in text


def test_tables_alone_leave_no_folder(small: Study, tmp_path: Path) -> None:
    found = run(*sorted((small.root / "trials").glob("*.csv")), "--json", tmp_path / "out.json", "--resamples", 500)
    assert not (small.root / "results").exists()
    assert found["provenance"]["study"] == "small"
    assert len(found["tests"]) == 2


def test_tables_outside_a_study_are_compared_in_every_way(trial: Make, tmp_path: Path) -> None:
    for group in GROUPS:
        write_trials(tmp_path / f"{group}.csv", trials_of(trial, group, 3))
    found = run(tmp_path, "--json", tmp_path / "out.json", "--resamples", 500)
    assert found["provenance"]["study"] is None
    assert len(found["tests"]) == 3 * 4 + 3 * 4  # pairs of groups in 4 conditions; pairs of conditions but for parts
    assert {row["condition"] for row in found["accuracy"]} >= {"rotated"}


def test_pools_of_the_study_are_single_observers(small: Study, tmp_path: Path, trial: Make) -> None:
    halves = [
        each
        for each in trials_of(trial, "40ms", 4)
        if (int(each.stimulus[1:]) < PICTURES / 2) == (int(each.observer[-1]) % 2 == 0)
    ]
    (small.root / "trials" / "40ms.json").unlink(missing_ok=True)
    write_trials(small.root / "trials" / "40ms.csv", halves)
    pools = tuple(Pool(name=f"pair{i}", group="40ms", observers=(f"40ms_{i}", f"40ms_{i + 1}")) for i in (0, 2))
    Study(root=small.root, name="small", pools=pools).write()
    found = run(small.root, "--json", tmp_path / "out.json", "--no-figures", "--resamples", 500)
    assert found["consistency"]["observers"][-2:] == ["unlimited_3", "unlimited_4"]
    assert {"pair0", "pair2"} < {*found["consistency"]["observers"]}
    assert not {"40ms_0", "40ms_1"} & {*found["consistency"]["observers"]}


def test_a_member_of_a_pool_who_has_not_been_there_yet_is_named_and_the_others_pooled(
    small: Study, tmp_path: Path
) -> None:
    kept = frame(small)
    halves = kept[
        (kept["group"] != "40ms")
        | (kept["observer"] == "40ms_0") & kept["stimulus"].lt("p2")
        | (kept["observer"] == "40ms_1") & kept["stimulus"].ge("p2")
    ]
    pools = (
        Pool(name="pair", group="40ms", observers=("40ms_0", "40ms_1", "40ms_9")),
        Pool(name="nobody", group="40ms", observers=("40ms_8", "40ms_9")),
    )
    found = compare(halves, Plan(pools=pools, resamples=200))
    assert found.consistency is not None
    assert "pair" in found.consistency.observers
    assert "nobody" not in found.consistency.observers
    assert any(note.startswith("pool pair: there are no trials of 40ms_9 in the group 40ms") for note in found.notes)
    assert any(note.startswith("pool nobody: there are no trials of 40ms_8, 40ms_9 in") for note in found.notes)


def test_trials_shown_at_the_wrong_time_are_left_out_and_said(small: Study, tmp_path: Path, trial: Make) -> None:
    late = [
        trial(observer="late", group="40ms", stimulus=f"p{i}", condition="upright", timing_valid=i > 2)
        for i in range(9)
    ]
    write_trials(small.root / "trials" / "late.csv", late)
    words = ["--json", tmp_path / "out.json", "--no-figures", "--resamples", 500]
    without, kept = run(small.root, *words), run(small.root, *words, "--invalid-timing")
    assert "left out: 3 trials whose exposure was off by half a frame or more" in without["notes"]
    assert [
        next(row["n_trials"] for row in found["accuracy"] if (row["group"], row["condition"]) == ("40ms", "upright"))
        for found in (without, kept)
    ] == [46, 49]


def test_what_cannot_be_computed_is_null_and_said(trial: Make, tmp_path: Path) -> None:
    write_trials(tmp_path / "one.csv", trials_of(trial, "40ms", 1))
    found = run(tmp_path / "one.csv", "--json", tmp_path / "out.json", "--resamples", 500)
    assert found["consistency"] is None
    assert found["group_consistency"] == []
    notes = " ".join(found["notes"])
    assert "error consistency: there is one observer, '40ms_0'; error consistency compares two or more" in notes
    assert "mixed model: there is only one observer" in notes


def test_everybody_right_is_marked_and_no_error(trial: Make, tmp_path: Path) -> None:
    right = [trial(observer=name, stimulus=f"p{i}", condition="upright") for name in "abc" for i in range(8)]
    write_trials(tmp_path / "all.csv", right)
    found = run(tmp_path / "all.csv", "--json", tmp_path / "out.json", "--out", tmp_path / "out", "--resamples", 500)
    assert found["accuracy"][0]["mean"] == 1
    assert 0 < found["accuracy"][0]["ci_low"] < 1
    assert found["consistency"]["kappa"] == [[None] * 3] * 3
    assert found["consistency"]["undefined"][0]["reason"] == "both have all 8 shared pictures right"
    assert found["mixed_model"] is None
    assert any(note.startswith("mixed model: ") for note in found["notes"])


def test_the_level_is_told_as_it_was_given(small: Study, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--simulated", "--no-figures", "--resamples", "200", "--level", "0.975"]
    assert main(["compare", str(small.root), *words]) == 0
    assert "accuracy (97.5% interval)" in capsys.readouterr().out


def test_the_gist_is_told(small: Study, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "--simulated", str(small.root), "--no-figures", "--resamples", "500"]) == 0
    told = capsys.readouterr().out
    assert "accuracy (95% interval)\n  40ms       rotated " in told
    assert "error consistency: mean kappa over pairs (rotated-correct, rotated-incorrect)\n  40ms: " in told
    assert (
        "comparisons of accuracy that study.toml declares (a minus b, t test, p after Holm's correction)\n"
        "  unlimited - 40ms (rot" in told
    )
    assert "upright - rotated (40ms): " in told
    assert (
        "mixed model of simulated observers' answers, in logits: correct ~ C(group, Treatment('unlimited')) * rotated"
        in told
    )
    assert f"tables: {small.root / 'results'}" in told


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--level", "95"], "--level 95: has to be between 0 and 1, such as 0.95"),
        (["--bound", "5"], "--bound 5: has to be a difference of proportions between 0 and 1"),
        (["--missing", "skip"], "'skip' is not one of 'drop', 'wrong', 'own-code'"),
        (["--seed", "-1"], "Invalid value for '--seed'"),
        (["--resamples", "9"], "Invalid value for '--resamples'"),
        (["--json"], "--json: name the file to write, as in --json comparison.json; `askew compare --help` explains"),
    ],
)
def test_a_wrong_call_is_one_line_and_status_2(
    small: Study, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert says in refused(capsys, small.root, *words, status=2)


def test_wrong_input_is_one_line_and_status_1(small: Study, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert refused(capsys, tmp_path / "none.csv").endswith(
        "none.csv: there is no such study or table; name a folder with study.toml, or a .csv\n"
    )
    (tmp_path / "empty").mkdir()
    assert "empty: has no tables of trials" in refused(capsys, tmp_path / "empty")
    told = refused(capsys, small.root, "--out", tmp_path / "out", "--formula", "correct ~ C(exposre)")
    assert "exposre" in told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["compare", "report"])
def test_a_cache_that_matplotlib_cannot_write_is_no_news(small: Study, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    command = [sys.executable, "-m", "askew", name, str(small.root)]
    place = {**os.environ, "MPLCONFIGDIR": str(tmp_path / "file" / "cache")}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=place)
    assert ended.stderr.startswith(f"askew {name}: ")  # simulated observers are refused, with matplotlib loaded
    assert ended.stderr.count("\n") == 1


def test_a_planned_comparison_of_what_is_not_there_is_left_out_and_said(small: Study, tmp_path: Path) -> None:
    plans = (
        Contrast(a="unlimted", b="40ms", condition="upright"),
        Contrast(a="upright", b="tilted", group="40ms"),
        Contrast(a="unlimited", b="40ms", condition="upright"),
    )
    Study(root=small.root, name="small", contrasts=plans).write()
    found = run(small.root, "--json", tmp_path / "o.json", "--no-figures", "--resamples", 200)
    notes = " ".join(found["notes"])
    assert "comparison of unlimted with 40ms: there are no trials of unlimted (did you mean unlimited?)" in notes
    assert "comparison of upright with tilted: there are no trials of tilted" in notes
    assert [(row["a"], row["b"]) for row in found["tests"]] == [("unlimited", "40ms")]


def test_a_subgroup_that_no_trial_belongs_to_is_said(small: Study, tmp_path: Path) -> None:
    part = Subgroup(name="40ms-late", group="40ms", column="session", value="late")
    Study(root=small.root, name="small", subgroups=(part,)).write()
    found = run(small.root, "--json", tmp_path / "o.json", "--no-figures", "--resamples", 200)
    assert found["notes"][0] == "subgroup 40ms-late: no trial of the group 40ms has session late"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_places_that_cannot_be_written_to_are_refused_first(
    small: Study, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    for words, says, status in (
        (["--json", tmp_path / "pipe"], "pipe: is there and is no ordinary file; name a file to write", 1),
        (["--json", tmp_path], "is there and is no ordinary file", 1),
        (["--json", "-"], "--json -: name a file", 2),
        (["--out", tmp_path / "file"], "file: is a file; name a folder for tables and figures", 1),
    ):
        assert says in refused(capsys, small.root, *words, status=status)
    assert not (small.root / "results").exists()


def test_an_earlier_comparisons_files_do_not_stay_among_new_ones(small: Study) -> None:
    results = small.root / "results"
    assert main(["compare", "--simulated", str(small.root), "--resamples", "200"]) == 0
    (results / "figures" / "mine.svg").touch()
    (small.root / "trials" / "networks.csv").unlink()
    assert main(["compare", "--simulated", str(small.root), "--resamples", "200"]) == 0
    assert not (results / "tables" / "verdicts.csv").exists()
    assert not (results / "figures" / "people-and-models.svg").exists()
    assert (results / "figures" / "mine.svg").exists()


def test_figures_that_are_not_asked_for_stay_and_are_said_to_be_of_another_comparison(
    small: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    figure = small.root / "results" / "figures" / "accuracy.svg"
    words = ["compare", "--simulated", str(small.root), "--resamples", "200"]
    assert main(words) == 0
    before = figure.read_bytes()
    assert main([*words, "--no-figures"]) == 0
    assert "of another comparison" not in capsys.readouterr().out
    assert main([*words, "--no-figures", "--seed", "9"]) == 0
    said = "left there of another comparison: figures/accuracy.pdf, figures/accuracy.png, figures/accuracy.svg and 12"
    assert said in capsys.readouterr().out
    assert figure.read_bytes() == before


@pytest.mark.parametrize(
    ("option", "place", "says"),
    [
        ("--json", "study.toml", "study.toml: is what the comparison is made from; name another file"),
        ("--json", "trials/40ms.csv", "40ms.csv: lies in trials/ of the study, which no result may change"),
        ("--json", "sessions/new/answers.json", "answers.json: lies in sessions/ of the study"),
        ("--out", "scores", "scores: lies in scores/ of the study"),
    ],
)
def test_nothing_that_a_study_is_made_of_is_written_over(
    small: Study, capsys: pytest.CaptureFixture[str], option: str, place: str, says: str
) -> None:
    before = {path: path.read_bytes() for path in small.root.rglob("*") if path.is_file()}
    assert says in refused(capsys, small.root, option, small.root / place)
    assert {path: path.read_bytes() for path in small.root.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["contents.json", "results.lock", "tables/accuracy.csv", "figures/new.json"])
def test_the_json_does_not_take_the_place_of_other_results(
    small: Study, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    place = small.root / "results" / name
    assert "is among the tables and figures of" in refused(capsys, small.root, "--json", place)
    assert not place.exists()


def test_a_table_and_its_sidecar_are_not_written_over(
    trial: Make, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write_trials(tmp_path / "a.csv", trials_of(trial, "40ms", 3))
    for name in ("a.csv", "a.json"):
        assert "is what the comparison is made from" in refused(capsys, tmp_path, "--json", tmp_path / name)
    assert not (tmp_path / "a.json").exists()


def test_the_json_is_the_same_wherever_the_study_is_named_from(
    small: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(small.root)
    found = []
    for number, place in enumerate([small.root, Path(), Path("..") / small.root.name]):
        out = tmp_path / f"{number}.json"
        words = [str(place), "--simulated", "--json", str(out), "--no-figures", "--resamples", "200"]
        assert main(["compare", *words]) == 0
        found.append(out.read_bytes())
    assert found[0] == found[1] == found[2]
    assert "\ntables: results\n" in capsys.readouterr().out


def test_a_table_named_twice_is_told_in_one_line(small: Study, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is named twice, by itself or with its study" in refused(capsys, small.root, small.root)


def test_an_empty_formula_is_no_formula(small: Study, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--formula: is empty; leave it out" in refused(capsys, small.root, "--formula", " ", status=2)


def test_the_figure_of_error_consistency_marks_the_highest_means_that_accuracies_allow(small: Study) -> None:
    found = compare(frame(small), Plan(resamples=200))
    figure, c = consistency_figure(found), found.consistency
    assert figure is not None
    assert c is not None
    (marks,) = [line for line in figure.axes[1].lines if line.get_marker() == "D"]
    means = found.group_consistency.iloc[::-1]
    within = c.kappa_max.loc["40ms_0":"40ms_4", "40ms_0":"40ms_4"].to_numpy()[np.triu_indices(5, 1)]
    tops = dict(zip(means["a"] + means["b"], np.asarray(marks.get_xdata(), dtype=float), strict=True))
    assert tops["40ms40ms"] == pytest.approx(within.mean())


def test_conditions_that_are_not_rotations_are_compared_each_by_itself(trial: Make, tmp_path: Path) -> None:
    trials = [replace(each, condition=f"level-{i % 3}") for i, each in enumerate(trials_of(trial, "networks", 3))]
    write_trials(tmp_path / "a.csv", trials)
    c = run(tmp_path / "a.csv", "--json", tmp_path / "o.json", "--resamples", 200)["consistency"]
    assert (c["conditions"], c["within"]) == (["level-0", "level-1", "level-2"], ["condition"])


def test_upright_pictures_do_not_enter_error_consistency(trial: Make, tmp_path: Path) -> None:
    trials = [
        replace(each, condition="upright" if each.condition == "upright" else "rotated")
        for each in trials_of(trial, "networks", 3)
    ]
    write_trials(tmp_path / "a.csv", trials)
    c = run(tmp_path / "a.csv", "--json", tmp_path / "o.json", "--resamples", 200)["consistency"]
    assert (c["conditions"], c["n_shared"][0][1]) == (["rotated"], 16)


def test_later_answers_to_a_picture_are_left_out_and_said(trial: Make, tmp_path: Path) -> None:
    first = trials_of(trial, "40ms", 3)
    later = [replace(each, session="2") for each in trials_of(trial, "40ms", 3, seed=1)]
    write_trials(tmp_path / "a.csv", [*first, *later])
    found = run(tmp_path / "a.csv", "--json", tmp_path / "o.json", "--resamples", 200)
    assert "error consistency: 48 later answers to a picture are left out" in found["notes"]
    assert found["consistency"]["n_shared"][0][1] == 16


@pytest.mark.parametrize("name", ["$\\frac{1$ _x^ 100%", "a<b&c", "物体 🦉", "x" * 90])
def test_names_of_any_kind_are_drawn(small: Study, name: str, recwarn: pytest.WarningsRecorder) -> None:
    df = frame(small).replace({"group": {"40ms": name}, "condition": {"upright": name}})
    written = draw(compare(df, Plan(resamples=200)))
    assert len(written) == 15
    assert not recwarn.list


def test_no_answers_at_all_are_told_and_drawn_as_nothing(trial: Make, tmp_path: Path) -> None:
    silent = [trial(observer=o, stimulus=f"p{i}", choice=None, outcome="timeout") for o in "ab" for i in range(4)]
    write_trials(tmp_path / "a.csv", silent)
    found = run(tmp_path / "a.csv", "--json", tmp_path / "o.json", "--out", tmp_path / "out", "--resamples", 200)
    assert found["accuracy"][0]["method"] == "nobody answered"
    assert "without an answer: 8 timeout" in found["notes"]


def test_the_gist_says_on_how_few_answers_a_row_rests(
    trial: Make, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    models = [replace(each, condition="upright") for each in trials_of(trial, "networks", 2)]
    refusing = [
        replace(each, choice=None, outcome="refused") if each.observer == "networks_1" and place % 12 else each
        for place, each in enumerate(models)
    ]
    silent = [trial(observer=o, group="none", choice=None, outcome="timeout") for o in "ab"]
    write_trials(tmp_path / "a.csv", [*refusing, *silent])
    told = []
    for rule in ("drop", "wrong"):
        assert main(["compare", "--simulated", str(tmp_path), "--missing", rule, "--resamples", "200"]) == 0
        told.append(capsys.readouterr().out)
    assert "2 observers, 26 answers (22 without)" in told[0]
    assert "none      upright" not in told[0]
    assert "nobody answered (2 trials)" in told[0]
    assert "2 observers, 48 trials (22 without an answer, counted as not right)" in told[1]


def test_three_exposures_give_curves_and_times_to_equal_the_models(trial: Make, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    people = [
        trial(
            observer=f"{ms}_{o}",
            group=f"{ms}ms",
            stimulus=f"p{i}",
            condition="rotated",
            requested_ms=float(ms),
            choice="mug" if rng.random() < 0.5 + 0.45 * (1 - 2 ** -((ms / 60) ** 1.5)) else "hammer",
        )
        for ms in (17, 50, 100, 200)
        for o in range(4)
        for i in range(60)
    ]
    write_trials(tmp_path / "people.csv", people)
    write_trials(
        tmp_path / "models.csv", [replace(each, condition="rotated") for each in trials_of(trial, "networks", 2)]
    )
    found = run(tmp_path, "--json", tmp_path / "o.json", "--out", tmp_path / "out", "--resamples", 200)
    (fit,) = found["exposure"]
    assert fit["condition"] == "rotated"
    assert fit["ci_low"] < 60 < fit["ci_high"]
    assert [row["model"] for row in found["times_to_equal"]] == ["networks_0", "networks_1"]
    assert (tmp_path / "out" / "tables" / "exposure.csv").exists()


def test_two_exposures_are_too_few_for_a_curve_and_the_note_says_so(poses: pd.DataFrame) -> None:
    found = compare(poses, Plan(resamples=200))
    assert found.exposure is None
    assert any(note.startswith("viewing time: ") and "2 exposures (40, 150 ms)" in note for note in found.notes)


def test_the_number_of_threads_changes_no_byte(small: Study, tmp_path: Path) -> None:
    told = []
    for threads in ("1", "2"):
        out = tmp_path / f"{threads}.json"
        words = [
            sys.executable,
            "-m",
            "askew",
            "compare",
            "--simulated",
            str(small.root),
            "--json",
            str(out),
            "--no-figures",
        ]
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        subprocess.run([*words, "--resamples", "2000"], check=True, capture_output=True, env=environment)
        told.append(out.read_bytes())
    assert told[0] == told[1]


def test_a_group_of_people_and_models_is_refused(
    trial: Make, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write_trials(tmp_path / "a.csv", [trial(), trial(observer="resnet", kind="model")])
    assert "the group '40ms' holds observers of kind model and simulated; give each their own" in refused(
        capsys, tmp_path / "a.csv"
    )


@pytest.mark.parametrize("kind", [object, "boolean"])
def test_unknown_timing_leaves_nothing_out(small: Study, kind: Any) -> None:
    df = frame(small)
    known = pd.Series([None if kind_ == "model" else True for kind_ in df["kind"]], dtype=kind)
    known.iloc[0] = False
    found = compare(df.assign(timing_valid=known), Plan(resamples=200))
    assert found.groups == ("40ms", "unlimited", "networks")
    assert len(found.trials) == len(df) - 1
    with pytest.raises(BadInput, match="timing_valid: 'no' is given; it has to be true, false or missing"):
        compare(df.assign(timing_valid="no"))


def test_labels_may_be_of_any_type(small: Study) -> None:
    df = frame(small)
    expected = compare(df, Plan(resamples=200))
    labels = ("observer", "group", "condition", "stimulus", "kind")
    found = compare(df.astype(dict.fromkeys(labels, "category")), Plan(resamples=200))
    for name, table in expected.tables.items():
        pd.testing.assert_frame_equal(found.tables[name], table, check_dtype=False)


def test_the_first_answer_is_that_of_the_first_session(trial: Make) -> None:
    shown = {"group": "40ms", "condition": "upright"}
    trials = [
        trial(observer=name, session=session, stimulus=f"p{i}", choice="mug" if right else "hammer", **shown)
        for name in "ab"
        for session, right in (("ses-2", True), ("ses-10", False))
        for i in range(4)
    ]
    found = compare(frame(trials), Plan(resamples=200))
    assert found.items["right"].tolist() == [2] * 4


def test_a_group_that_lacks_a_condition_is_compared_where_it_can(small: Study) -> None:
    df = frame(small)
    found = compare(df[(df["kind"] != "model") | (df["condition"] != "upright")], Plan(resamples=200))
    assert "networks" not in found.tests.loc[found.tests["condition"] == "upright", ["a", "b"]].to_numpy()
    planned = [Contrast(a="40ms", b="networks", condition="upright")]
    row = compare(df[(df["kind"] != "model") | (df["condition"] != "upright")], Plan(contrasts=planned)).tests.iloc[0]
    assert row["note"] == "networks has no answers in the condition upright"


def test_a_combined_condition_without_its_parts_is_left_out_and_said(small: Study) -> None:
    df = frame(small)
    found = compare(df[df["condition"] != "rotated-correct"], Plan(combine=small.combine, resamples=200))
    assert "the combined condition rotated is left out, for there are no trials in rotated-correct" in found.notes


def test_a_group_without_answers_stays_in_the_table(small: Study) -> None:
    df = frame(small)
    df.loc[df["group"] == "40ms", ["correct", "choice"]] = None
    row = compare(df, Plan(resamples=200)).accuracy.iloc[0]
    assert (row["group"], row["n_observers"], row["method"]) == ("40ms", 0, "nobody answered")
    assert np.isnan(row["mean"])


def test_plans_and_tables_work_without_the_command(small: Study) -> None:
    found = compare(frame(small), Plan(combine={}, resamples=200, missing="wrong"))
    assert "rotated" not in found.accuracy["condition"].tolist()
    assert found.groups == ("40ms", "unlimited", "networks")
    assert isinstance(found.tables["verdicts"], pd.DataFrame)


def test_the_published_study_is_compared_as_published(published: Path, study: Study, tmp_path: Path) -> None:
    found = run(study.root, "--json", tmp_path / "o.json", "--missing", "own-code", "--no-figures", "--out", tmp_path)
    figures = json.loads((published / "unusual_poses" / "figures.json").read_text())["error_consistency"]
    c = found["consistency"]
    place = [c["observers"].index(name) for name in figures["observers"]]
    kappa = np.array(c["kappa"], dtype=float)[np.ix_(place, place)]
    np.testing.assert_allclose(kappa, figures["kappa_published"], atol=1e-9)
    assert found["mixed_model"]["converged"]
    # 60 observers: 24 people twice (12 pooled into 4) and 12 models.
    assert len(c["observers"]) == 52


def test_simulated_observers_are_refused_unless_asked_for(
    small: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    assert main(["compare", str(small.root), "--json", str(out)]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "trials are of simulated observers such as 40ms_0" in told
    assert "there are no people to compare; take them nevertheless with --simulated, or say simulated = true in" in told
    assert not out.exists()
    found = run(small.root, "--json", out, "--no-figures", "--resamples", 200)
    assert found["provenance"]["command"].endswith(" --simulated")


def test_models_alone_need_not_be_asked_for(small: Study, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    models = small.root / "trials" / "networks.csv"
    assert main(["compare", str(models), "--json", str(out), "--no-figures", "--resamples", "200"]) == 0
    assert "--simulated" not in json.loads(out.read_text())["provenance"]["command"]


def test_beside_people_simulated_observers_are_left_out_and_told(
    small: Study, trial: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = [
        trial(observer=f"p{place}", kind="human", stimulus=f"s{picture}", condition=condition, group="people")
        for place in range(3)
        for picture, condition in enumerate(["upright", "rotated-correct", "rotated-incorrect"])
    ]
    write_trials(small.root / "trials" / "people.csv", people)
    out = tmp_path / "out.json"
    assert main(["compare", str(small.root), "--json", str(out), "--no-figures", "--resamples", "200"]) == 0
    found = json.loads(out.read_text())
    assert "people" in {row["group"] for row in found["accuracy"]}
    assert "40ms" not in {row["group"] for row in found["accuracy"]}
    assert any(note.startswith("left out: ") and "simulated observers" in note for note in found["notes"])
