"""What the documents say is what the code does."""

import os
import re
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer.exceptions

from askew.codebook import between, codebook
from askew.command import guarded, main
from askew.errors import WrongCall
from askew.extras import extras
from askew.sidecar import Sidecar
from askew.table import Table
from askew.trial import TRIALS, read_trials
from askew_models.confidence import CONFIDENCE, EVIDENCE
from askew_models.framing import FRAMING
from askew_stimuli.picture import MANIFEST
from askew_stimuli.scores import SCORES
from tests.project import blocks as documents
from tests.project import calls
from tests.project.blocks import DOCUMENTS, ROOT, Block, blocks, inline, lines, read
from tests.project.blocks import calls as calls_in

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# Documents that are walked through from top to bottom, as a reader would.
WALKED = ("README.md", "data/README.md")
PROGRAMS = {".", "askew", "cp", "make", "py", "python", "python3", "sbatch"}  # that lines for a shell begin with
PLACEHOLDER = re.compile(r"[A-Z]+")
# Where the things lie that the values of some options name.
NAMED = {"--protocol": "experiments/protocols", "--lineup": "models/lineups", "--set": "stimuli/sets"}
FILE = re.compile(r"(?!our_)\w+/[\w./-]+\.(?:py|md|ipynb)")  # our_lab is the reader's
SECONDS = 900  # for one block, on a busy machine
REFUSED = (WrongCall, typer.exceptions.TyperException)


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
def test_lines_to_type_are_calls_that_the_commands_take(document: str) -> None:
    for block in blocks(document):
        for words in lines(block.text) if block.is_shell else ():
            assert words[0].rpartition("/")[2] in PROGRAMS, f"{block}: what is {words[0]}?"
            for call in calls_in(words):
                try:
                    calls.read(call)
                except REFUSED as error:
                    pytest.fail(f"{block}: askew {shlex.join(call)}: {told(error)}")
                assert_names_exist(call, str(block))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_and_options_within_sentences_exist(document: str) -> None:
    known = calls.every_option()
    for code in inline(document):
        words = code.split()
        if words[0] == "askew" and words[1:] and not words[1].startswith("-"):
            try:
                parser = calls.chosen([word for word in words[1:] if re.fullmatch(r"[a-z][a-z-]*", word)])
            except WrongCall as error:
                pytest.fail(f"{document}: `{code}`: {error}")
            options = calls.options(parser)
        elif words[0].startswith("--"):
            options = known
        else:
            continue
        given = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert given <= options, f"{document}: `{code}`"
        assert_names_exist(words, f"{document}: `{code}`")


def assert_names_exist(words: list[str], where: str) -> None:
    """Protocols, lineups, sets and networks that are named are there."""
    for option, value in pairwise(words):
        if option in NAMED and not PLACEHOLDER.fullmatch(value) and not value.endswith(".toml"):
            known = sorted(path.stem for path in (ROOT / NAMED[option]).glob("*.toml"))
            assert value in known, f"{where}: {option} {value}; there are {', '.join(known)}"
        if option == "--observers" and ":" in value and not PLACEHOLDER.search(value.partition(":")[2]):
            lineups = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "models" / "lineups").glob("*.toml"))
            assert f'"{value.partition(":")[2]}"' in lineups, f"{where}: {value} is in no lineup, so nothing checks it"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_targets_extras_and_variables_in_the_documents_exist(document: str) -> None:
    code = "\n".join([*(block.text for block in blocks(document) if block.is_shell), *inline(document)])
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", code)) <= targets
    named = {name for names in re.findall(r"(?:\.|askew)\[([\w,]+)\]", code) for name in names.split(",")}
    assert named <= {*extras(), "all", "dev"}
    sources = (*ROOT.glob("askew/*.py"), *ROOT.glob("*/askew_*/**/*.py"), *ROOT.glob("tests/**/*.py"))
    source = "".join(path.read_text(encoding="utf-8") for path in sources)
    for variable in set(re.findall(r"\bASKEW_[A-Z_]+\b", code)):
        assert f'"{variable}"' in source, f"{document}: {variable} is read nowhere"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_of_the_project_that_are_named_are_there(document: str) -> None:
    shelves = (ROOT / each for each in ("stimuli", "experiments", "models", "analysis", "tests"))
    places = ((ROOT / document).parent, ROOT, *shelves)
    for code in filter(FILE.fullmatch, inline(document)):
        assert any((place / code).is_file() for place in places), f"{document}: `{code}`"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_block_is_of_a_kind_that_is_checked(document: str) -> None:
    for block in blocks(document):
        assert block.not_run != "", f"{block}: say after `not run:` why it is not"
        assert block.language in {"", "sh", "python", "toml", "text"}, f"{block}: {block.language}"
        if block.language == "toml":
            assert tomllib.loads(block.text)
        if block.language == "python":
            compile(block.text, str(block), "exec")


@pytest.mark.skipif(os.name == "nt", reason="the blocks are for a POSIX shell")
@pytest.mark.parametrize("document", WALKED)
def test_a_document_that_is_walked_through_works(document: str, tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(ROOT / "data", target_is_directory=True)
    ran = [run(block, tmp_path) for block in blocks(document) if block.not_run is None]
    assert any(ran), f"{document}: nothing in it was run"


@pytest.mark.parametrize("document", [each for each in DOCUMENTS if each not in WALKED])
def test_python_in_the_other_documents_runs(document: str, tmp_path: Path) -> None:
    for block in blocks(document):
        if block.language == "python" and block.not_run is None:
            run(block, tmp_path)


def run(block: Block, folder: Path) -> bool:
    """Run a block as a reader would who has activated the environment and has no display; whether it is to be run."""
    if block.language == "python":
        program = [sys.executable, "-c", block.text]
    elif block.is_shell:
        program = ["sh", "-e", "-c", block.text]
    else:
        return False
    environment = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment["ASKEW_CACHE"] = str(folder / "cache")
    ran = subprocess.run(
        program,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ran.returncode == 0, f"{block}:\n{block.text}\n{ran.stdout[-4000:]}"
    return True


def test_a_block_is_marked_by_the_comment_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = (
        "a\n```\nask\n```\n",
        "<!-- not run: no\ndisplay -->\n```sh\nb\n```\n",
        "<!-- other -->\n```python\nc\n```\n",
        "<!-- not run -->\n```\nd\n```\n",
    )
    (tmp_path / "D.md").write_text("".join(parts))
    monkeypatch.setattr(documents, "ROOT", tmp_path)
    found = [(block.line, block.language, block.text, block.not_run) for block in blocks("D.md")]
    assert found == [
        (2, "", "ask\n", None),
        (7, "sh", "b\n", "no\ndisplay"),
        (11, "python", "c\n", None),
        (15, "", "d\n", ""),
    ]


def test_calls_are_found_wherever_a_line_has_them() -> None:
    text = "# askew not this\naskew a \\\n    --b && . x/activate\n.venv\\Scripts\\askew demo\n"
    text += 'sbatch --wrap "askew c \\$I/8"\nxvfb-run -a askew d  # e\nmake demo\n'
    found = [call for words in lines(text) for call in calls_in(words)]
    assert found == [["a", "--b"], ["demo"], ["c", "$I/8"], ["d"]]


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("nothing", "askew nothing is no command"),
        ("session begin", "askew session begin is no command"),
        ("new a --colour", "unrecognized arguments: --colour"),
        ("score a --colour", "No such option: --colour"),
        ("score", "Missing argument"),
        ("fetch everything --out x", "is not one of"),
        ("session simulate a --protocol b --participants many", "valid integer"),
    ],
)
def test_a_call_that_would_be_refused_is_found(call: str, why: str) -> None:
    with pytest.raises(REFUSED) as caught:
        calls.read(call.split())
    assert why in told(caught.value)


def told(error: BaseException) -> str:
    """What a parser says against a call."""
    return error.format_message() if isinstance(error, typer.exceptions.TyperException) else str(error)


def test_every_command_and_each_of_its_acts_is_in_the_readme() -> None:
    text = read("README.md")
    for name in calls.COMMANDS:
        assert f"| `askew {name}" in text
        for act in calls.acts(name):
            assert f"`askew {name} {act}" in text or f"`{act}`" in text, f"askew {name} {act}"


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
