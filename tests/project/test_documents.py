"""What the documents say is what the code does."""

import re
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from askew.codebook import between, codebook
from askew.command import GROUP, guarded, main
from askew.sidecar import Sidecar
from askew.table import Table
from askew.trial import TRIALS, read_trials
from askew_experiments.command import acts as session_acts
from askew_models.confidence import CONFIDENCE, EVIDENCE
from askew_models.framing import FRAMING
from askew_stimuli.command import acts as stimuli_acts
from askew_stimuli.picture import MANIFEST
from askew_stimuli.scores import SCORES

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md"),
    *("data/README.md", "stimuli/README.md", "experiments/README.md", "models/README.md"),
)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("trials", TRIALS),
        ("pictures", MANIFEST),
        ("evidence", EVIDENCE),
        ("confidence", CONFIDENCE),
        ("framing", FRAMING),
        ("scores", SCORES),
    ],
)
def test_the_codebook_is_that_of_the_code(name: str, table: Table[Any]) -> None:
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert between(text, name) == codebook(table), "run `make codebook`"


def test_the_codebook_names_every_fact_of_a_sidecar() -> None:
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    for name in (*Sidecar.__dataclass_fields__, "schema", "askew", "rows", "sha256"):
        assert f"`{name}`" in text


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_and_targets_in_the_documents_exist(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    blocks = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    shell = [block for language, block in blocks.findall(text) if not language]
    code = "\n".join([*shell, *re.findall(r"`[^`\n]+`", blocks.sub("", text))])
    commands = {entry.name for entry in entry_points(group=GROUP)}
    assert set(re.findall(r"\baskew ([a-z]+)", code)) <= commands
    for part, acts in (("session", session_acts()), ("stimuli", stimuli_acts())):
        assert set(re.findall(rf"\baskew {part} ([a-z]+)", code)) <= {*acts}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", code)) <= targets


def test_every_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for entry in entry_points(group=GROUP):
        if entry.dist is not None and entry.dist.name == "askew":
            assert f"| `askew {entry.name}" in text


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_within_the_project_lead_somewhere(document: str) -> None:
    path = ROOT / document
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_the_pinned_versions_name_no_address() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    for line in lines:
        assert re.match(r"[\w.-]+==[\w.+!]+( ; .+)?$", line), line
    assert not any(line.startswith("torch==2.13.0") for line in lines)


def test_every_dependency_is_pinned() -> None:
    pinned = {line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines()}
    declared = re.findall(r'"([A-Za-z][\w-]*)(?:\[\w+\])?[><=!]', (ROOT / "pyproject.toml").read_text())
    assert {name.lower() for name in declared} - {"hatchling"} <= pinned | {"python"}


def test_the_table_by_hand_in_the_codebook_can_be_read(tmp_path: Path) -> None:
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"```\n(observer,.*?)```", text, re.DOTALL)
    (tmp_path / "t.csv").write_text(table)
    assert [trial.correct for trial in read_trials(tmp_path / "t.csv")] == [False, None]


def test_the_command_in_contributing_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    space: dict[str, Any] = {}
    exec(code, space)  # noqa: S102  the document's own code
    tidy = space["tidy"]
    assert guarded("askew tidy", lambda: tidy([str(ROOT / "data" / "example")])) == 0
    assert main(["new", str(tmp_path / "empty")]) == 0
    assert guarded("askew tidy", lambda: tidy([str(tmp_path / "empty")])) == 1
    assert "has no trials; run a session first" in capsys.readouterr().err
    assert guarded("askew tidy", lambda: tidy([])) == 2
