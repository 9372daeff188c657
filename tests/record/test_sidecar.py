"""The sidecar of a table: the session's facts, and whether the table is still the one that was written."""

import json
from collections.abc import Callable, Iterator
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
    assert sidecar.read(pair) == FACTS


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
    with pytest.raises(
        BadInput, match=r"t.csv: differs from the 2 rows that t.json says were written, so it was cut short"
    ):
        list(read_trials(pair))


def test_writing_again_without_facts_removes_the_old_sidecar(pair: Path, trial: Callable[..., Trial]) -> None:
    write_trials(pair, [trial()])
    assert not sidecar.beside(pair).exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": 9}, "written by askew record 9, this askew knows record 1; update askew"),
        ({"schema": 0}, "written by askew record 0"),
        ({"schema": None}, "is not a sidecar of askew (no schema, rows and sha256); rename or remove it"),
        ({"schema": True}, "is not a sidecar of askew"),
        ({"rows": "x"}, "is not a sidecar of askew"),
        ({"sha256": 3}, "is not a sidecar of askew"),
        ({"colour": "red"}, "'colour' is not a fact that a sidecar holds; allowed: source, versions, seed"),
        ({"notes": "one"}, "notes: 'one' is given, but it has to be a list of texts"),
        ({"notes": ["one", 2]}, "notes: ['one', 2] is given, but it has to be a list of texts"),
        ({"clocks": {"rt_ms": 1}}, "clocks: {'rt_ms': 1} is given, but it has to be a table of texts"),
        ({"seed": "one"}, "seed: 'one' is given, but it has to be a whole number"),
        ({"seed": True}, "seed: True is given, but it has to be a whole number"),
    ],
)
def test_a_wrong_sidecar_is_described(pair: Path, change: dict[str, object], says: str) -> None:
    path = sidecar.beside(pair)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(BadInput) as error:
        list(read_trials(pair))
    assert says in str(error.value)


def test_writing_that_fails_leaves_table_and_sidecar(pair: Path, trial: Callable[..., Trial]) -> None:
    def interrupted() -> Iterator[Trial]:
        yield trial()
        raise KeyboardInterrupt

    before = (pair.read_bytes(), sidecar.beside(pair).read_bytes())
    with pytest.raises(KeyboardInterrupt):
        write_trials(pair, interrupted(), FACTS)
    assert (pair.read_bytes(), sidecar.beside(pair).read_bytes()) == before


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (Sidecar(seed=1.5), "t.json, seed: 1.5 is given, but it has to be a whole number"),  # type: ignore[arg-type]
        (Sidecar(notes="text"), "t.json, notes: 'text' is given, but it has to be a list"),  # type: ignore[arg-type]
        (Sidecar(display={"hz": {60}}), "t.json: cannot hold the facts given: Object of type set"),
        (Sidecar(display={"hz": float("nan")}), "t.json: cannot hold the facts given"),
        (Sidecar(notes=("\ud800",)), "t.json: cannot hold the facts given"),
    ],
)
def test_facts_that_could_not_be_read_are_refused_before_anything_is_written(
    pair: Path, trial: Callable[..., Trial], facts: Sidecar, says: str
) -> None:
    before = (pair.read_bytes(), sidecar.beside(pair).read_bytes())
    with pytest.raises(BadInput) as error:
        write_trials(pair, [trial()], facts)
    assert says in str(error.value)
    assert (pair.read_bytes(), sidecar.beside(pair).read_bytes()) == before


def test_a_file_of_somebody_else_is_not_replaced(tmp_path: Path, trial: Callable[..., Trial]) -> None:
    theirs = tmp_path / "t.json"
    theirs.write_text('{"mine": 1}')
    with pytest.raises(BadInput, match=r"t.json: is not a sidecar of askew \(no schema, rows and sha256\); rename"):
        write_trials(tmp_path / "t.csv", [trial()], FACTS)
    assert theirs.read_text() == '{"mine": 1}'
    assert not (tmp_path / "t.csv").exists()


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b"[" * 100_000, b"", b"[]", b"3"])
def test_a_sidecar_that_is_no_json_object_is_described(pair: Path, raw: bytes) -> None:
    sidecar.beside(pair).write_bytes(raw)
    with pytest.raises(BadInput, match=r"t.json: is not (JSON|a sidecar)"):
        list(read_trials(pair))
