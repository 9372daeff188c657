"""The notebooks: clean in the repository, and running from the first cell to the last."""

import ast
import re
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from askew.study import Study

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "analysis" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
Run = Callable[[str, Path], "Ran"]

# What zmq says of its event loop, and jupyter_client of its own.
quiet = pytest.mark.filterwarnings("ignore::DeprecationWarning:zmq", "ignore::DeprecationWarning:jupyter_client")


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


class Ran:
    """What a notebook left behind: what is told, the pictures, and complaints."""

    def __init__(self, notebook: Any) -> None:
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
        self.told = "\n".join(str(each.get("text", each.get("data", {}).get("text/plain", ""))) for each in outputs)
        self.pictures = sum("image/png" in each.get("data", {}) for each in outputs)
        self.complaints = [each["text"] for each in outputs if each.get("name") == "stderr"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Execute a notebook on a study, in an empty folder."""

    def act(number: str, study: Path) -> Ran:
        monkeypatch.setenv("ASKEW_STUDY", str(study))
        monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
        place = tmp_path / "place"
        place.mkdir()
        notebook = read(next(FOLDER.glob(f"{number}_*.ipynb")))
        NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": place}}).execute()
        assert not [*place.iterdir()]
        return Ran(notebook)

    return act


def code(notebook: Any) -> list[str]:
    """The cells of code, without the lines that are for IPython."""
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return ["\n".join(line for line in source.splitlines() if not line.startswith("%")) for source in sources]


def after(words: str, told: str, form: str = r"[\d.]+") -> str:
    """What follows some words in what a notebook told."""
    found = re.search(rf"^{re.escape(words)} +({form})", told, re.M)
    assert found is not None
    return found[1]


def hashes(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_notebooks_are_numbered() -> None:
    assert [path.name[:3] for path in NOTEBOOKS] == [f"{number:02d}_" for number in range(1, len(NOTEBOOKS) + 1)]
    assert len(NOTEBOOKS) == 7


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_define_nothing(path: Path) -> None:
    for source in code(read(path)):
        defined = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        assert not defined


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_of_code_is_introduced_in_words(path: Path) -> None:
    cells = read(path).cells
    assert cells[0].source.startswith(f"# {int(path.name[:2])}. ")
    for before, cell in pairwise(cells):
        if cell.cell_type == "code":
            assert before.cell_type == "markdown"
            assert before.source.rstrip().endswith((".", "?", ")"))


@pytest.fixture
def example(tmp_path: Path) -> Iterator[Path]:
    """A copy of the example, which a notebook has to leave as it was."""
    copy = tmp_path / "example"
    shutil.copytree(ROOT / "data" / "example", copy)
    before = hashes(copy)
    yield copy
    assert hashes(copy) == before


@quiet
def test_figure_1_shows_the_shares_of_right_answers_in_the_trials(run: Run, example: Path) -> None:
    ran = run("01", example)
    assert (ran.pictures, ran.complaints) == (2, [])
    assert "simulated observers are programs, not people" in ran.told
    right: dict[tuple[str, str], dict[str, list[bool]]] = {}
    for trial in Study.open(example).trials():
        right.setdefault((trial.group, trial.condition), {}).setdefault(trial.observer, []).append(bool(trial.correct))
    shares = {cell: mean(100 * mean(answers) for answers in each.values()) for cell, each in right.items()}
    for group in {group for group, _ in shares}:
        row = f"{shares[group, 'rotated']:.1f} {shares[group, 'upright']:.1f}"
        assert f"{group} {row}" in " ".join(ran.told.split())


@quiet
def test_viewing_times_too_few_for_a_curve_are_said_and_counted_another_way(run: Run, example: Path) -> None:
    ran = run("02", example)
    assert (ran.pictures, ran.complaints) == (3, [])
    assert "2 exposures (40, 150 ms), and a threshold, a width and a lapse rate need 3 or more" in ran.told
    assert "trials of unlimited exposure counted as 2000 ms" in ran.told
    assert "40ms more than unlimited" in ran.told


@quiet
def test_the_plain_bootstrap_covers_too_rarely_and_ours_does_not(run: Run, example: Path) -> None:
    ran = run("03", example)
    assert (ran.pictures, ran.complaints) == (3, [])
    assert "40ms x bundled-networks" in ran.told
    # As `make bench-coverage` found: two thirds, and 98 %.
    assert 0.5 < float(after("percentile bootstrap", ran.told)) < 0.8
    assert 0.94 < float(after("askew", ran.told)) <= 1


@quiet
def test_a_plan_names_the_study_that_is_large_enough(run: Run, example: Path) -> None:
    ran = run("04", example)
    assert (ran.pictures, ran.complaints) == (1, [])
    assert "observers per exposure" in after("rotated against upright at 40ms:", ran.told, "[^\n]+")
    assert "the people of this study are simulated: the plan is as good as what was put in there" in ran.told


@quiet
def test_a_model_in_a_file_stands_beside_the_others(run: Run, example: Path) -> None:
    ran = run("05", example)
    assert (ran.pictures, ran.complaints) == (1, [])
    # It keeps the upright pictures, and so knows each of them among all labels; of rotated ones it refuses none.
    assert after("template@whole  upright", ran.told, "[^\n]+").split()[:3] == ["20", "20", "1.000"]
    assert after("template@whole  rotated", ran.told, "[^\n]+").split()[:2] == ["40", "40"]
    assert "own-models-whole              40ms" in ran.told


@quiet
def test_meshes_become_pictures_that_pass_the_check(run: Run, example: Path) -> None:
    ran = run("06", example)
    assert (ran.pictures, ran.complaints) == (1, [])
    assert "16 pictures, 16 with a file, 16 of them compared by hash; nothing found" in ran.told
    assert "stepladder_rotated_2" in ran.told


@quiet
@pytest.mark.parametrize(
    ("number", "pictures", "told"),
    [
        # Accuracy at 40 ms and of the networks, rotated, in percent; the two conditions count the same.
        ("01", 2, ["69.8", "67.1", "without an answer: 5 misclick, 12 refused"]),
        # The SDs of people and of pictures.
        ("02", 3, ["people      0.305", "pictures    1.293", "40ms more than unlimited-alone-first"]),
        # Mean kappa of four pooled people by two rules for mis-clicks, and of the networks: drop, wrong, own-code.
        ("03", 3, ["40ms with 40ms          0.239  0.222     0.218", "networks with networks  0.289  0.289     0.289"]),
    ],
    ids=["figure-1", "viewing-time", "error-consistency"],
)
def test_the_first_notebooks_run_on_the_published_study(
    number: str, pictures: int, told: list[str], run: Run, study: Study
) -> None:
    ran = run(number, study.root)
    assert [each for each in told if each not in ran.told] == []
    assert ran.pictures == pictures
    assert ran.complaints == []


@quiet
def test_the_published_study_is_reproduced(run: Run, study: Study) -> None:
    ran = run("07", study.root)
    assert "69.806" in ran.told  # accuracy at 40 ms, rotated, in percent
    assert "1.231e-12" in ran.told  # unlimited against 40 ms
    assert "3.675" in ran.told  # the two unlimited sets, rotated
    assert ran.pictures == 2
    assert ran.complaints == []
