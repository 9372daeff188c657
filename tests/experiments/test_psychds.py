"""The Psych-DS export, and the rules that it is checked by, each of which a test breaks."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from askew.study import Study
from askew_experiments.export_command import EXAMPLE, export
from askew_experiments.psychds_rules import violations
from askew_stimuli.commandline import command
from tests.experiments.kit.sessions import MISCLICK, TIMEOUT, Answer, pictures_of, session_of, study_of

PICTURES = pictures_of([("Teekanne, groß", "Löffel"), ("höyläpenkki", 'a "mug"'), ("lamp", "7"), ("cup", "pot")])
ANSWERS = [Answer(rt_ms=612.5), Answer(right=False), TIMEOUT, MISCLICK]
TABLE = "data/subject-01_session-01_task-shortwords_data.csv"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study with a person and a simulated participant."""
    study = study_of(tmp_path / "study", PICTURES)
    session_of(study, "01", PICTURES, ANSWERS)
    session_of(study, "sim01", PICTURES, ANSWERS, simulated=True)
    return study


def exported(study: Study, out: Path, *words: str) -> Path:
    command(export, "askew session export", [str(study.root), "--psychds", "--out", str(out), *words], EXAMPLE)
    return out


@pytest.fixture
def minimal(tmp_path: Path) -> Path:
    """The least that Psych-DS asks for, and not from askew."""
    root = tmp_path / "minimal"
    (root / "data").mkdir(parents=True)
    description = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": "minimal",
        "description": "The least.",
        "variableMeasured": ["trial", {"@type": "PropertyValue", "name": "answer"}],
    }
    (root / "dataset_description.json").write_text(json.dumps(description), encoding="utf-8")
    (root / "data" / "subject-01_session-1_data.csv").write_text("trial,answer\n1,mug\n2,\n", encoding="utf-8")
    return root


def described(root: Path, **changes: Any) -> None:
    """Change keys of the description; None takes one away."""
    path = root / "dataset_description.json"
    document = {**json.loads(path.read_text(encoding="utf-8")), **changes}
    known = {key: value for key, value in document.items() if value is not None}
    path.write_text(json.dumps(known), encoding="utf-8")


def write(root: Path, text: str, name: str = "data/subject-01_session-1_data.csv") -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def test_an_export_keeps_all_rules(study: Study, tmp_path: Path) -> None:
    assert violations(exported(study, tmp_path / "out")) == []
    assert violations(exported(study, tmp_path / "more", "--simulated", "--pictures", "--partial")) == []


def test_planted_answers_come_back_and_an_empty_cell_is_missing(study: Study, tmp_path: Path) -> None:
    path = exported(study, tmp_path / "out") / TABLE
    with path.open(encoding="utf-8", newline="") as stream:
        told = list(csv.DictReader(stream))
    assert [(row["participant"], row["session"], row["protocol"]) for row in told] == [
        ("sub-01", "ses-01", "short_words")
    ] * 4
    assert [row["choice"] for row in told] == ["Teekanne, groß", 'a "mug"', "", ""]
    assert [(row["correct"], row["response_time"]) for row in told] == [("true", "0.6125")] + [("false", "0.6125")] + [
        ("", "")
    ] * 2
    assert [row["outcome"] for row in told] == ["answered", "answered", "timeout", "misclick"]


def test_every_column_is_described_with_its_unit_and_its_few_values(study: Study, tmp_path: Path) -> None:
    out = exported(study, tmp_path / "out")
    document = json.loads((out / "dataset_description.json").read_text(encoding="utf-8"))
    assert (document["@context"], document["@type"]) == ("https://schema.org/", "Dataset")
    measured = {entry["name"]: entry for entry in document["variableMeasured"]}
    header = (out / TABLE).read_text(encoding="utf-8").partition("\n")[0].split(",")
    assert header == [*measured]
    assert all(entry["@type"] == "PropertyValue" and entry["description"] for entry in measured.values())
    assert measured["response_time"]["unitText"] == "s"
    assert [each["value"] for each in measured["outcome"]["valueReference"]] == ["answered", "timeout", "misclick"]
    assert [each["value"] for each in measured["trial_type"]["valueReference"]] == ["upright"]


def test_each_table_has_a_sidecar_of_its_session(study: Study, tmp_path: Path) -> None:
    out = exported(study, tmp_path / "out")
    session = json.loads((out / TABLE).with_suffix(".json").read_text(encoding="utf-8"))
    assert session["name"] == "sub-01_ses-01 of Made up"
    assert "Seed 7." in session["description"]
    assert session["measurementTechnique"][1] == "Programs: askew 0.1.0, psychopy 2026.2.5."
    assert (out / session["isBasedOn"]).read_bytes() == (
        study.root / "sessions" / "sub-01_ses-01" / "journal.jsonl"
    ).read_bytes()


def test_simulated_is_said_at_every_level(tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", PICTURES)
    session_of(study, "sim01", PICTURES, ANSWERS, simulated=True)
    out = exported(study, tmp_path / "out")
    document = json.loads((out / "dataset_description.json").read_text(encoding="utf-8"))
    assert document["name"] == "Made up (simulated)"
    assert "programs and not people" in document["description"]
    assert "programs and not people" in (out / "README.md").read_text(encoding="utf-8")
    table = out / "data" / "subject-sim01_session-01_task-shortwords_data.csv"
    assert all(line.endswith(",true") for line in table.read_text(encoding="utf-8").splitlines()[1:])
    session = json.loads(table.with_suffix(".json").read_text(encoding="utf-8"))
    assert "A simulated participant, who is a program and not a person." in session["description"]


def test_who_made_it_is_taken_from_the_study(study: Study, tmp_path: Path) -> None:
    (study.root / "dataset.toml").write_text(
        'authors = ["A. Author"]\nlicence = "CC0-1.0"\nfunding = ["Nobody"]\ndoi = "10.1/1"\n', encoding="utf-8"
    )
    document = json.loads((exported(study, tmp_path / "out") / "dataset_description.json").read_text(encoding="utf-8"))
    assert document["author"] == [{"@type": "Person", "name": "A. Author"}]
    assert document["funder"] == [{"@type": "Organization", "name": "Nobody"}]
    assert (document["license"], document["identifier"]) == ("CC0-1.0", "10.1/1")


def test_the_least_is_enough(minimal: Path) -> None:
    assert violations(minimal) == []


@pytest.mark.parametrize("context", ["https://schema.org", "http://schema.org/", "http://schema.org"])
def test_every_way_to_name_the_context_will_do(context: str, minimal: Path) -> None:
    described(minimal, **{"@context": context})
    assert violations(minimal) == []


def test_keys_may_have_the_namespace_before_them(minimal: Path) -> None:
    described(
        minimal,
        name=None,
        **{"https://schema.org/name": "minimal", "@type": None, "type": "https://schema.org/Dataset"},
    )
    assert violations(minimal) == []


def break_json(root: Path) -> None:
    (root / "dataset_description.json").write_text("{", encoding="utf-8")


def remove_description(root: Path) -> None:
    (root / "dataset_description.json").unlink()


def remove_table(root: Path) -> None:
    (root / "data" / "subject-01_session-1_data.csv").unlink()


def repeat_row_id(root: Path) -> None:
    described(root, variableMeasured=["row_id", "answer"])
    write(root, "row_id,answer\n1,mug\n1,cup\n")


NEITHER = "of variableMeasured is neither a name nor a PropertyValue with a name"
FIRST = "data/subject-01_session-1_data.csv"
NAMING = "is not named keyword-value_..._data.csv, with keywords of small letters and values of letters and digits"


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        # 1: the description
        (remove_description, ["dataset_description.json: is not there"]),
        (break_json, ["dataset_description.json: is not JSON in UTF-8"]),
        (
            lambda root: (root / "dataset_description.json").write_text("[]"),
            ["dataset_description.json: is no JSON object"],
        ),
        (
            lambda root: described(root, **{"@context": "https://example.org"}),
            ["dataset_description.json: its @context is not https://schema.org/"],
        ),
        (lambda root: described(root, **{"@type": "Thing"}), ["dataset_description.json: its @type is not Dataset"]),
        # 2: its keys
        (lambda root: described(root, name=None), ["dataset_description.json: has no name, a text"]),
        (lambda root: described(root, description=""), ["dataset_description.json: has no description, a text"]),
        (
            lambda root: described(root, variableMeasured="trial"),
            ["dataset_description.json: has no variableMeasured, a list"],
        ),
        (
            lambda root: described(root, variableMeasured=["trial", "answer", {"name": "x"}]),
            [f"dataset_description.json: entry 3 {NEITHER}"],
        ),
        # 3: names
        (
            remove_table,
            ["data: holds no table named keyword-value_data.csv, such as data/subject-01_session-1_data.csv"],
        ),
        (lambda root: write(root, "trial,answer\n", "data/Subject-1_data.csv"), [f"data/Subject-1_data.csv: {NAMING}"]),
        (lambda root: write(root, "trial,answer\n", "data/a/plain.csv"), [f"data/a/plain.csv: {NAMING}"]),
        # 4: form
        (lambda root: write(root, ""), [f"{FIRST}: has no header"]),
        (
            lambda root: write(root, "trial,trial\n1,2\n"),
            [f"{FIRST}: its column 'trial' stands there twice"],
        ),
        (
            lambda root: write(root, "trial,answer\n1,mug\n2\n"),
            [f"{FIRST}, row 3: has another number of cells than the header, 2"],
        ),
        (lambda root: write(root, 'trial,answer\n1,"mug\n'), [f"{FIRST}: is not CSV (unexpected end of data)"]),
        (
            lambda root: (root / FIRST).write_bytes("trial,answer\n1,größer\n".encode("latin-1")),
            [f"{FIRST}: is not UTF-8"],
        ),
        (
            repeat_row_id,
            [f"{FIRST}: its row_id stands there twice"],
        ),
        # 5: columns
        (
            lambda root: write(root, "trial,answer,rt\n1,mug,2\n"),
            [f"{FIRST}: its column 'rt' is not in variableMeasured"],
        ),
    ],
)
def test_each_broken_rule_is_found(break_it: Callable[[Path], None], said: list[str], minimal: Path) -> None:
    break_it(minimal)
    found = violations(minimal)
    assert [line for line in found if line in said] == said
    assert not [line for line in found if line not in said and "is not in variableMeasured" not in line]


def test_the_nearest_list_of_variables_counts(minimal: Path) -> None:
    name = "data/raw/subject-02_session-1_data.csv"
    write(minimal, "rt\n2\n", name)
    assert violations(minimal) == [f"{name}: its column 'rt' is not in variableMeasured"]
    write(minimal, '{"variableMeasured": ["rt"]}', "data/raw/file_metadata.json")
    assert violations(minimal) == []
    write(minimal, '{"variableMeasured": ["other"]}', name.replace(".csv", ".json"))
    assert violations(minimal) == [f"{name}: its column 'rt' is not in variableMeasured"]
    write(minimal, "{", name.replace(".csv", ".json"))
    assert violations(minimal) == ["data/raw/subject-02_session-1_data.json: is not JSON in UTF-8"]
