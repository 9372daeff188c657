"""The BIDS export, checked by the validator of BIDS itself, and against sessions whose answers were planted."""

import csv
import json
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from askew.errors import BadInput
from askew.study import Study
from askew_experiments.export_command import EXAMPLE, export
from askew_experiments.virtual import moment, stamp
from askew_stimuli.commandline import command
from tests.experiments.kit.planted import rewrite
from tests.experiments.kit.sessions import (
    MISCLICK,
    PERIOD_S,
    TIMEOUT,
    WORDS_AT,
    Answer,
    pictures_of,
    run_simulated,
    session_of,
    study_of,
)

EXAMPLE_STUDY = Path(__file__).parents[2] / "data" / "example"
# Whatever letters a lab's language has, and what a table might take for its own signs.
LABELS = [
    ("Teekanne, groß", "Löffel"),
    ("höyläpenkki", "sähköjänis"),
    ('a "quoted" mug', "'hammer'"),
    ("7", "true"),
    ("größer; als", "Ångström, ½"),
]
PICTURES = pictures_of(LABELS)
ANSWERS = [
    Answer(rt_ms=612.5, anticipations=(-120.0,)),
    Answer(right=False, rt_ms=1250.0),
    TIMEOUT,
    MISCLICK,
    Answer(right=None, rt_ms=300.0, verdict="early", key="left"),
]
# What the validator would like to be told, and nobody here can: askew asks for no tags of events, and does not know
# whether a lab's task is one of those in two dictionaries of tasks.
UNKNOWN = {
    ("JSON_KEY_RECOMMENDED", "HEDVersion"),
    *(("SIDECAR_KEY_RECOMMENDED", key) for key in ("CogAtlasID", "CogPOID")),
}
UNSAID = {
    ("JSON_KEY_RECOMMENDED", "SourceDatasets"),  # known of imported pictures only
    # What dataset.toml may say.
    ("TOO_FEW_AUTHORS", None),
    ("NO_AUTHORS", "Authors"),
    ("JSON_KEY_RECOMMENDED", "License"),
    *(("SIDECAR_KEY_RECOMMENDED", f"Institution{key}") for key in ("Name", "Address", "alDepartmentName")),
}
CREDITS = """\
description = "A trial of the export."
authors = ["A. Author", "B. Author"]
licence = "CC0-1.0"
institution = "A university"
department = "Its department"
address = "Its street"
funding = ["Nobody"]
ethics = ["not asked for: no people"]
references = ["https://example.org"]
keywords = ["poses"]
cite = "as you like"
acknowledgements = "Thanks."
"""
Issue = tuple[str, str | None]


def validated(folder: Path) -> dict[str, set[Issue]]:
    """What the validator of BIDS says: codes by severity."""
    run = subprocess.run(
        [Path(sys.executable).with_name("bids-validator-deno"), "--format", "json", "--max-rows", "-1", folder],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert run.stdout, run.stderr
    found: dict[str, set[Issue]] = {"error": set(), "warning": set()}
    for issue in json.loads(run.stdout)["issues"]["issues"]:
        found.setdefault(issue["severity"], set()).add((issue["code"], issue.get("subCode")))
    assert run.returncode == (16 if found["error"] else 0)
    return found


def exported(root: Path, out: Path, *words: str) -> Path:
    command(export, "askew session export", [str(root), "--bids", "--out", str(out), *words], EXAMPLE)
    return out


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def table(out: Path, code: str, what: str, task: str = "shortwords") -> list[dict[str, str]]:
    return rows(out / f"sub-{code}" / "ses-01" / "beh" / f"sub-{code}_ses-01_task-{task}_{what}.tsv")


def sidecar(out: Path, code: str, what: str, task: str = "shortwords") -> dict[str, Any]:
    path = out / f"sub-{code}" / "ses-01" / "beh" / f"sub-{code}_ses-01_task-{task}_{what}.json"
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of real simulated sessions, of three protocols and five groups."""
    folder = tmp_path_factory.mktemp("simulated")
    root = folder / "study"
    shutil.copytree(EXAMPLE_STUDY, root, ignore=shutil.ignore_patterns("sessions", "scores", "trials"))
    for protocol in ("unusual_poses_40ms", "unusual_poses_unlimited", "mask_soa"):
        run_simulated(root, protocol, 2)
    (root / "dataset.toml").write_text(CREDITS, encoding="utf-8")
    return exported(root, folder / "out", "--pictures")


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A study with one session whose answers are known, in words of several languages."""
    study = study_of(tmp_path / "study", PICTURES)
    session_of(study, "01", PICTURES, ANSWERS, number=4)
    return study.root


def test_the_validator_finds_no_error_in_simulated_sessions_of_several_groups(simulated: Path) -> None:
    found = validated(simulated)
    assert found["error"] == set()
    assert found["warning"] == {*UNKNOWN, ("JSON_KEY_RECOMMENDED", "SourceDatasets")}
    people = rows(simulated / "participants.tsv")
    assert len(people) == 6
    assert len({group for row in people for group in row["group"].split("|")}) >= 3


def test_the_validator_finds_no_error_whatever_the_labels_and_they_come_back(planted: Path, tmp_path: Path) -> None:
    out = exported(planted, tmp_path / "out")
    assert validated(out) == {"error": set(), "warning": {*UNKNOWN, *UNSAID}}
    told = table(out, "01", "beh")
    assert [row["truth"] for row in told] == [truth for truth, _ in LABELS]
    assert [{*row["offered"].split("|")} for row in told] == [{*pair} for pair in LABELS]


@pytest.mark.parametrize(
    ("plant", "error"),
    [
        ("a time in words", "TSV_VALUE_INCORRECT_TYPE"),
        ("a participant whom the table lacks", "PARTICIPANT_ID_MISMATCH"),
        ("a stray file", "NOT_INCLUDED"),
        ("a row cut short", "TSV_EQUAL_ROWS"),
        ("no name", "JSON_KEY_REQUIRED"),
        ("a picture that is not there", "STIMULUS_FILE_MISSING"),
    ],
)
def test_the_validator_does_find_errors(plant: str, error: str, planted: Path, tmp_path: Path) -> None:
    out = exported(planted, tmp_path / "out", "--pictures")
    beh = out / "sub-01" / "ses-01" / "beh"
    path = beh / "sub-01_ses-01_task-shortwords_beh.tsv"
    text = path.read_text(encoding="utf-8")
    if plant == "a time in words":
        path.write_text(text.replace("\t0.6125\t", "\tquick\t"), encoding="utf-8")
    elif plant == "a participant whom the table lacks":
        path = out / "participants.tsv"
        path.write_text(path.read_text(encoding="utf-8").replace("sub-01", "sub-02"), encoding="utf-8")
    elif plant == "a stray file":
        (beh / "journal.jsonl").write_text("{}\n", encoding="utf-8")
    elif plant == "a row cut short":
        path.write_text(f"{text.rstrip().rpartition(chr(9))[0]}\n", encoding="utf-8")
    elif plant == "no name":
        path = out / "dataset_description.json"
        path.write_text(
            path.read_text(encoding="utf-8").replace('"Name": "Made up"', '"Nam": "Made up"'), encoding="utf-8"
        )
    else:
        (out / "stimuli" / "images" / "picture_1.png").unlink()
    assert error in {code for code, _ in validated(out)["error"]}


def test_planted_answers_come_back_in_seconds(planted: Path, tmp_path: Path) -> None:
    told = table(exported(planted, tmp_path / "out"), "01", "beh")
    columns = ("trial", "outcome", "verdict", "key", "response_time", "correct")
    assert [tuple(row[name] for name in columns) for row in told] == [
        ("1", "answered", "ok", "left", "0.6125", "true"),
        ("2", "answered", "ok", "left", "1.25", "false"),
        ("3", "timeout", "timeout", "n/a", "n/a", "n/a"),
        ("4", "misclick", "misclick", "x", "n/a", "n/a"),
        ("5", "timeout", "early", "left", "n/a", "n/a"),
    ]
    assert {(row["choice"], row["response_time_uncertainty"]) for row in told[2:]} == {("n/a", "n/a")}
    assert (told[0]["exposure_requested"], told[0]["exposure_achieved"], told[0]["timing_valid"]) == (
        "0.04",
        "0.04001",
        "true",
    )
    assert (told[0]["trial_type"], told[0]["group"], told[0]["stimulus"]) == ("upright", "40ms", "picture_1")
    assert (told[0]["anticipations"], told[0]["response_time_uncertainty"]) == ("1", "0.0001")
    assert {row["masked"] for row in told} == {"false"}  # the protocol asks for masks, but the set has none


def test_planted_onsets_and_keys_come_back(planted: Path, tmp_path: Path) -> None:
    told = table(exported(planted, tmp_path / "out"), "01", "events")
    first = [
        (row["onset"], row["duration"], row["event"], row["phase"], row["key"]) for row in told if row["trial"] == "1"
    ]
    assert first == [
        ("0", "0.5", "shown", "fixation", "n/a"),
        ("0.5", "0.04", "shown", "image", "n/a"),
        ("0.52", "0", "anticipation", "n/a", "left"),
        ("0.54", "0.1", "shown", "mask", "n/a"),
        ("0.64", "0.6225", "shown", "words", "n/a"),
        ("1.2525", "0", "answer", "n/a", "left"),
    ]
    pictures = [float(row["onset"]) for row in told if row["phase"] == "image"]
    assert pictures == pytest.approx([PERIOD_S * trial + 0.5 for trial in range(5)], abs=0.0011)
    keys = {row["trial"]: (row["event"], float(row["onset"])) for row in told if row["key"] != "n/a"}
    assert [keys[trial][0] for trial in "45"] == ["misclick", "early"]
    assert [keys[trial][1] for trial in "45"] == pytest.approx(
        [PERIOD_S * 3 + (WORDS_AT + 700.0) / 1000, PERIOD_S * 4 + (WORDS_AT + 300.0) / 1000], abs=0.0011
    )
    assert "3" not in keys
    onsets = [float(row["onset"]) for row in told]
    assert onsets == sorted(onsets)


def test_onsets_are_by_the_screens_clock_and_only_a_later_run_is_placed_by_the_time_of_day(
    planted: Path, tmp_path: Path
) -> None:
    def broken_off(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        trials = [record for record in records if record["type"] == "trial"]
        trials[1]["utc"] = stamp(moment(trials[1]["utc"]) + timedelta(milliseconds=180))  # a box compared its clock
        for trial in trials[3:]:  # an hour later, in another run
            trial["began_s"] -= 9.0
            trial["utc"] = stamp(moment(trial["utc"]) + timedelta(hours=1))
        place = records.index(trials[3])
        start = next(record for record in records if record["type"] == "start")
        return [*records[:place], {**start, "type": "resume"}, *records[place:]]

    rewrite(planted / "sessions" / "sub-01_ses-01", broken_off)
    told = table(exported(planted, tmp_path / "out"), "01", "events")
    pictures = [float(row["onset"]) for row in told if row["phase"] == "image"]
    assert pictures[:3] == [0.5, PERIOD_S + 0.5, 2 * PERIOD_S + 0.5]
    assert pictures[3:] == pytest.approx([3600.5 + 3 * PERIOD_S, 3600.5 + 4 * PERIOD_S], abs=0.0011)


def test_events_of_simulated_sessions_agree_with_their_trials(simulated: Path) -> None:
    for path in sorted(simulated.glob("sub-*/ses-*/beh/*_beh.tsv")):
        trials, happened = rows(path), rows(path.with_name(path.name.replace("_beh.tsv", "_events.tsv")))
        shown: dict[str, float] = {}
        for row in happened:
            if row["stim_file"] != "n/a":
                shown[row["trial"]] = shown.get(row["trial"], 0.0) + float(row["duration"])
        achieved = {row["trial"]: float(row["exposure_achieved"]) for row in trials}
        assert shown == pytest.approx(achieved, abs=2e-6)


def test_each_column_is_described_and_each_few_values_too(planted: Path, tmp_path: Path) -> None:
    out = exported(planted, tmp_path / "out", "--pictures")
    for what in ("beh", "events"):
        told, described = table(out, "01", what), sidecar(out, "01", what)
        for column in told[0]:
            assert described[column]["Description"]
            if levels := described[column].get("Levels"):
                assert {row[column] for row in told} - {"n/a"} <= {*levels}
    beh = sidecar(out, "01", "beh")
    units = {name: beh[name]["Units"] for name in beh if isinstance(beh[name], dict) and "Units" in beh[name]}
    assert {*units} == {"response_time", "response_time_uncertainty", "exposure_requested", "exposure_achieved"}
    assert {*units.values()} == {"s"}
    assert {*rows(out / "participants.tsv")[0]} == {
        *json.loads((out / "participants.json").read_text(encoding="utf-8"))
    }


def test_the_sidecars_say_what_was_shown_and_by_what(planted: Path, tmp_path: Path) -> None:
    events = sidecar(exported(planted, tmp_path / "out"), "01", "events")
    assert events["TaskName"] == "short_words"
    assert events["TaskDescription"] == (
        "Short, with words. Each trial shows, one after the other: fixation for 500 ms; image for 40 ms; mask for 100 "
        "ms; labels until an answer."
    )
    assert "left" in events["Instructions"]
    assert events["StimulusPresentation"] == {
        "SoftwareName": "PsychoPy",
        "SoftwareVersion": "2026.2.5",
        "SoftwareRRID": "RRID:SCR_006571",
        "OperatingSystem": "Linux",
        "ScreenRefreshRate": 100.0,
        "ScreenResolution": [1920, 1080],
        "ScreenSize": [0.52, 0.2925],
        "ScreenDistance": 0.9,
    }
    session = events["Session"]
    assert (session["seed"], session["source"]["number"], session["status"]) == (7, 4, "complete")
    assert session["clocks"]["response_time"].startswith("from the zero that response_time_source names")


def test_journals_protocols_and_the_manifest_are_there_as_they_are(planted: Path, tmp_path: Path) -> None:
    out = exported(planted, tmp_path / "out")
    journal = Path("sessions") / "sub-01_ses-01" / "journal.jsonl"
    assert (out / "sourcedata" / journal).read_bytes() == (planted / journal).read_bytes()
    for name in ("manifest.csv", "manifest.json"):
        assert (out / "stimuli" / name).read_bytes() == (planted / "stimuli" / name).read_bytes()
    assert (out / "code" / "protocols" / "short_words.toml").is_file()
    assert not (out / "stimuli" / "images").exists()
    assert "stim_file" not in table(out, "01", "beh")[0]


def test_pictures_come_when_asked_for_and_the_tables_name_them(planted: Path, tmp_path: Path) -> None:
    out = exported(planted, tmp_path / "out", "--pictures")
    named = [row["stim_file"] for row in table(out, "01", "beh")]
    assert named == [f"images/picture_{number}.png" for number in range(1, 6)]
    for name in named:
        assert (out / "stimuli" / name).read_bytes() == (planted / "stimuli" / name).read_bytes()
    with_file = {row["phase"] for row in table(out, "01", "events") if row["stim_file"] != "n/a"}
    assert with_file == {"image"}


def test_masks_that_were_shown_come_with_the_pictures(simulated: Path) -> None:
    told = [row for path in simulated.glob("sub-*/ses-*/beh/*_beh.tsv") for row in rows(path)]
    assert {row["masked"] for row in told if row["group"] == "40ms"} == {"true"}
    shown = {row["stimulus"] for row in told if row["masked"] == "true"}
    assert shown <= {path.stem for path in (simulated / "stimuli" / "masks").iterdir()}


def test_simulated_is_said_at_every_level(simulated: Path) -> None:
    description = json.loads((simulated / "dataset_description.json").read_text(encoding="utf-8"))
    assert (description["SimulatedParticipants"], "simulated" in description["Name"]) == (6, True)
    assert "programs and not people" in (simulated / "README.md").read_text(encoding="utf-8")
    assert {(row["simulated"], row["species"]) for row in rows(simulated / "participants.tsv")} == {("true", "n/a")}
    tables = [*simulated.glob("sub-*/ses-*/beh/*.tsv")]
    assert len(tables) == 12
    for path in tables:
        assert {row["simulated"] for row in rows(path)} == {"true"}
        assert json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["Session"]["simulated"] is True


def test_people_beside_simulated_ones_are_told_apart(planted: Path, tmp_path: Path) -> None:
    session_of(Study.open(planted), "sim01", PICTURES, ANSWERS, simulated=True)
    out = exported(planted, tmp_path / "out", "--simulated")
    assert validated(out)["error"] == set()
    assert [
        (row["participant_id"], row["species"], row["simulated"], row["number"])
        for row in rows(out / "participants.tsv")
    ] == [
        ("sub-01", "homo sapiens", "false", "4"),
        ("sub-sim01", "n/a", "true", "0"),
    ]
    description = json.loads((out / "dataset_description.json").read_text(encoding="utf-8"))
    assert (description["Name"], description["SimulatedParticipants"]) == ("Made up", 1)


def test_sessions_that_are_not_complete_are_valid_too(planted: Path, tmp_path: Path) -> None:
    session_of(Study.open(planted), "02", PICTURES, ANSWERS[:2], end="unfinished")
    out = exported(planted, tmp_path / "out", "--partial")
    assert validated(out)["error"] == set()
    assert len(table(out, "02", "beh")) == 2
    assert sidecar(out, "02", "beh")["Session"]["status"] == "unfinished"


def test_what_the_study_says_of_the_data_set_stands_in_its_place(simulated: Path) -> None:
    description = json.loads((simulated / "dataset_description.json").read_text(encoding="utf-8"))
    assert description["Authors"] == ["A. Author", "B. Author"]
    assert (description["License"], description["Funding"]) == ("CC0-1.0", ["Nobody"])
    assert description["Description"].startswith("A trial of the export. 6 sessions of 6 simulated participants.")
    assert description["GeneratedBy"][0]["Name"] == "askew"
    assert (description["BIDSVersion"], description["DatasetType"]) == ("1.11.1", "raw")


def test_a_label_that_means_missing_there_is_refused(tmp_path: Path) -> None:
    pictures = pictures_of([("n/a", "hammer")])
    study = study_of(tmp_path / "study", pictures)
    session_of(study, "01", pictures, [Answer()])
    with pytest.raises(BadInput) as caught:
        exported(study.root, tmp_path / "out")
    assert str(caught.value) == (
        "sub-01_ses-01_task-shortwords_beh.tsv, column truth: cannot hold 'n/a', which would be read as something "
        "else; export with --csv"
    )
    assert not (tmp_path / "out").exists()


def test_the_command_says_what_comes_next(planted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = exported(planted, tmp_path / "out")
    assert capsys.readouterr().out == (
        f"{out}: 1 session of 1 participant.\n"
        "note: nothing was shown where the protocol has a mask, for the set had none, in 1 session, such as "
        "sub-01_ses-01\n"
        "note: authors, licence and institution are not stated; dataset.toml in the study may state them\n"
        f"next: bids-validator-deno {out}\n"
    )
