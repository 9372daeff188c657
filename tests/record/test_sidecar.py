"""The sidecar of a table: the session's facts, and whether the table is still the one that was written."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from askew import sidecar
from askew.errors import BadInput
from askew.sidecar import Sidecar
from askew.trial import Trial, read_trials, write_trials

FACTS = Sidecar(seed=7, source={"file": "a.mat"}, clocks={"rt_ms": "labels, ptb"}, notes=("repaired",))


@pytest.fixture
def pair(tmp_path: Path, trial: Callable[..., Trial]) -> Path:
    path = tmp_path / "t.csv"
    write_trials(path, [trial(), trial(stimulus="b")], FACTS)
    return path


def test_facts_survive_the_disk(pair: Path) -> None:
    found = sidecar.read(pair)
    assert found is not None
    assert found[0] == FACTS


def test_what_is_unknown_is_not_written(pair: Path) -> None:
    document = json.loads(sidecar.beside(pair).read_text())
    assert document["schema"] == sidecar.SCHEMA
    assert document["rows"] == 2
    assert "display" not in document


def test_a_table_needs_no_sidecar(table: Path) -> None:
    assert sidecar.read(table) is None
    assert len(list(read_trials(table))) == 2


def test_a_table_cut_at_the_end_of_a_row_is_noticed(pair: Path) -> None:
    pair.write_text("".join(pair.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(BadInput, match=r"t.csv: differs from what t.json says was written, so it was cut short or"):
        list(read_trials(pair))


def test_writing_again_without_facts_removes_the_old_sidecar(pair: Path, trial: Callable[..., Trial]) -> None:
    write_trials(pair, [trial()])
    assert not sidecar.beside(pair).exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": 9}, "written by askew record 9, this askew knows record 1; update askew"),
        ({"schema": None}, "is not a sidecar of askew (no schema number or sha256); rename or remove it"),
        ({"sha256": 3}, "is not a sidecar of askew"),
        ({"colour": "red"}, "'colour' is not a fact that a sidecar holds; allowed: source, versions, seed"),
        ({"notes": "one"}, "notes is a str, but has to be a list"),
        ({"seed": "one"}, "seed is a str, but has to be a int"),
    ],
)
def test_a_wrong_sidecar_is_described(pair: Path, change: dict[str, object], says: str) -> None:
    path = sidecar.beside(pair)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(BadInput) as error:
        list(read_trials(pair))
    assert says in str(error.value)


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b"[" * 100_000, b"", b"[]", b"3"])
def test_a_sidecar_that_is_no_json_object_is_described(pair: Path, raw: bytes) -> None:
    sidecar.beside(pair).write_bytes(raw)
    with pytest.raises(BadInput, match=r"t.json: is not (JSON|a sidecar)"):
        list(read_trials(pair))
