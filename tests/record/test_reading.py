"""Reading tables of trials: what is right comes back as it was, what is wrong is named in one line."""

import csv
import gzip
import io
import itertools
import os
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from askew.errors import BadInput
from askew.trial import TRIALS, Trial, read_trials, write_trials

Make = Callable[..., Trial]


def refusal(path: Path) -> str:
    with pytest.raises(BadInput) as error:
        list(read_trials(path))
    message = str(error.value)
    assert str(path) in message
    assert "\n" not in message
    return message.removeprefix(str(path))


def edited(path: Path, column: str, cell: str, line: int = 2) -> Path:
    """Set one cell of a table on disk."""
    rows = list(csv.reader(io.StringIO(path.read_text())))
    rows[line - 1][rows[0].index(column)] = cell
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue())
    return path


def test_what_is_written_is_read(tmp_path: Path, trial: Make) -> None:
    trials = [
        trial(),
        trial(stimulus="b", choice=None, outcome="timeout", session=None, index=None),
        trial(stimulus="c", rt_ms=0.1 + 0.2, rt_source="labels, ptb", timing_valid=False, achieved_ms=41.67),
        trial(stimulus="d", kind="model", margin=-1e-300, set="a set", presentation="with-labels"),
        trial(stimulus='a, "quoted" ñ 鏡', offered=("mug", "tea, pot", 'a "b"')),
    ]
    assert write_trials(tmp_path / "t.csv", trials) == 5
    assert list(read_trials(tmp_path / "t.csv")) == trials


def test_writing_twice_gives_the_same_bytes(tmp_path: Path, trial: Make) -> None:
    for name in ("a.csv", "b.csv"):
        write_trials(tmp_path / name, [trial(rt_ms=1 / 3)])
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: b"\xef\xbb\xbf" + raw,
        lambda raw: raw.replace(b"\n", b"\r\n"),
        lambda raw: raw.replace(b"\n", b"\r"),
        lambda raw: raw.rstrip(b"\n"),
        lambda raw: raw + b"\n\n",
    ],
    ids=["byte-order mark", "Windows lines", "old Mac lines", "no last line end", "blank lines"],
)
def test_harmless_differences_are_read(table: Path, change: Callable[[bytes], bytes]) -> None:
    expected = list(read_trials(table))
    table.write_bytes(change(table.read_bytes()))
    assert list(read_trials(table)) == expected


def test_columns_may_stand_in_any_order(table: Path) -> None:
    expected = list(read_trials(table))
    rows = [row[::-1] for row in csv.reader(io.StringIO(table.read_text()))]
    table.write_text("".join(",".join(row) + "\n" for row in rows))
    assert list(read_trials(table)) == expected


def test_columns_that_may_be_left_out_are_then_unknown(table: Path) -> None:
    rows = [row[:5] + row[6:] for row in csv.reader(io.StringIO(table.read_text()))]
    assert "set" not in rows[0]
    table.write_text("".join(",".join(row) + "\n" for row in rows))
    assert [trial.set for trial in read_trials(table)] == [None, None]


def test_whole_numbers_and_truths_may_be_written_as_pandas_does(table: Path) -> None:
    edited(edited(table, "index", "1.0"), "timing_valid", "True")
    first = next(read_trials(table))
    assert (first.index, first.timing_valid) == (1, True)


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        ("observer", "", ", line 2, column observer: is empty, but every row needs a text"),
        ("kind", "person", ", line 2, column kind: 'person' is not one of human, model, simulated"),
        ("outcome", "wrong", "column outcome: 'wrong' is not one of answered, timeout, misclick, refused"),
        ("choice", "lamp", "column choice: 'lamp' was not offered; offered: mug|hammer, or nothing"),
        ("truth", "lamp", "column truth: 'lamp' was not offered"),
        ("offered", "mug", "column offered: 'mug' is no choice"),
        ("offered", "mug|", "column offered: '' is empty"),
        ("choice", "mug ", "column choice: 'mug ' begins or ends with a space; remove it"),
        ("index", "first", "column index: 'first' is not a whole number"),
        ("index", "1.5", "column index: '1.5' is not a whole number"),
        ("rt_ms", "fast", "column rt_ms: 'fast' is not a number"),
        (
            "rt_ms",
            "612,5",
            "'612,5' is not a number (write the decimal point as '.'); leave it empty where it is unknown",
        ),
        ("rt_ms", "nan", "column rt_ms: 'nan' is not a number"),
        ("rt_ms", "1e999", "column rt_ms: '1e999' is too large a number"),
        ("rt_ms", "-1", "column rt_ms: -1.0 is not a number of 0 or more; leave it empty where it is unknown"),
        ("timing_valid", "maybe", "column timing_valid: 'maybe' is neither true nor false"),
        ("stimulus", "a\x07b", r"column stimulus: 'a\x07b' holds a line break or a control character"),
        ("stimulus", "x" * 5000 + " ", "xxx ' begins or ends with a space"),
    ],
)
def test_a_wrong_cell_is_named_by_line_and_column(table: Path, column: str, cell: str, says: str) -> None:
    assert says in refusal(edited(table, column, cell))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", ": is empty; a table of trials begins with observer, kind"),
        ("\n\n", ": is empty"),
        ("{header}\na,b\n", ", line 2: 2 cells where the header has 19; the file may be cut short, or a comma"),
        ("{header}\n" + "x," * 30 + "\n", ", line 2: 31 cells where the header has 19"),
        ("{header},colour\n", ", line 1: column 20 is 'colour'; a table of trials needs observer, kind"),
        ("{header},rt\n", ", line 1: column 20 is 'rt' (did you mean rt_ms?)"),
        ("{header},\n", ", line 1: column 20 is ''"),
        ("{header},truth\n", ", line 1: column truth stands there twice; keep one"),
        (
            "observer,kind\n",
            ", line 1: without group, session, index, stimulus, condition, offered, truth, choice, outcome, rt_ms",
        ),
        ("observer;kind;group\n", ", line 1: the columns are separated by semicolons; separate them by commas"),
        ("observer\tkind\tgroup\n", ", line 1: the columns are separated by tabs"),
        ('{header}\n"sim_1', ", line 2: is not CSV (unexpected end of data); a quote may be missing"),
        ('{header}\n"' + "x" * 200_000, ", line 2: is not CSV (field larger than field limit (131072))"),
        ('{header}\n"a"b,c\n', ", line 2: is not CSV"),
    ],
)
def test_a_wrong_file_is_described(tmp_path: Path, header: str, text: str, says: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text.replace("{header}", header))
    assert says in refusal(path)


def test_a_file_cut_in_the_middle_of_a_row_is_noticed(table: Path) -> None:
    table.write_bytes(table.read_bytes()[:-30])
    assert "the file may be cut short" in refusal(table)


@pytest.mark.parametrize(
    ("encoding", "says"),
    [("latin-1", ", line 3: is not UTF-8; save the file as 'CSV UTF-8'"), ("utf-16", ": is UTF-16 text; save it as")],
)
def test_other_encodings_are_named(tmp_path: Path, trial: Make, encoding: str, says: str) -> None:
    path = tmp_path / "t.csv"
    write_trials(path, [trial(), trial(stimulus="Käse")])
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    assert says in refusal(path)


def test_archives_and_binaries_are_named(tmp_path: Path, table: Path) -> None:
    archive = tmp_path / "zipped.csv"
    with zipfile.ZipFile(archive, "w") as pack:
        pack.write(table, "trials.csv")
    assert ": is a zip or Excel file; export the table" in refusal(archive)
    packed = tmp_path / "packed.csv"
    packed.write_bytes(gzip.compress(table.read_bytes()))
    assert ": is compressed; unpack it first (gunzip)" in refusal(packed)
    binary = tmp_path / "binary.csv"
    binary.write_bytes(bytes(range(256)))
    assert ": is a binary file, not CSV text" in refusal(binary)


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    assert ": there is no such file" in refusal(tmp_path / "none.csv")
    (tmp_path / "folder.csv").mkdir()
    assert ": is a folder; name a CSV file in it" in refusal(tmp_path / "folder.csv")


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    circle = tmp_path / "circle.csv"
    circle.symlink_to(circle)
    assert ": cannot be read: Too many levels of symbolic links" in refusal(circle)


@pytest.mark.parametrize("path", ["", ".", "/"])
def test_a_path_without_a_name_is_a_folder(path: str) -> None:
    with pytest.raises(BadInput, match="is a folder; name a CSV file in it"):
        read_trials(path).__next__()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_hang_the_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "t.csv")
    assert ": is not an ordinary file; copy what it gives into one" in refusal(tmp_path / "t.csv")


def with_correct(table: Path, cells: tuple[str, str]) -> Path:
    lines = table.read_text().splitlines()
    extended = [f"{line},{cell}" for line, cell in zip(lines, ("correct", *cells), strict=True)]
    table.write_text("\n".join(extended) + "\n")
    return table


@pytest.mark.parametrize("cells", [("1", "0"), ("True", "False"), ("1.0", "0.0")])
def test_a_column_correct_is_compared_with_the_row(table: Path, cells: tuple[str, str]) -> None:
    assert len(list(read_trials(with_correct(table, cells)))) == 2


def test_a_column_correct_that_contradicts_the_row_is_refused(table: Path) -> None:
    said = refusal(with_correct(table, ("1", "1")))
    assert ", line 3, column correct: says true, but from the row follows false; remove the column correct" in said


def test_a_repeated_trial_is_named_with_both_lines(tmp_path: Path, trial: Make) -> None:
    path = tmp_path / "t.csv"
    write_trials(path, [trial(), trial(stimulus="b"), trial(choice="hammer")])
    said = refusal(path)
    assert f", line 4: repeats {path}, line 2: the same observer, session and stimulus; keep one, or give" in said


@pytest.mark.parametrize("column", ["observer", "session", "stimulus"])
def test_a_repetition_that_differs_in_one_of_the_three_is_none(tmp_path: Path, trial: Make, column: str) -> None:
    path = tmp_path / "t.csv"
    write_trials(path, [trial(), trial(**{column: "another"})])
    assert len(list(read_trials(path))) == 2


def test_a_chance_meeting_of_hashes_accuses_nobody(
    tmp_path: Path, trial: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("askew.repeats._MASK", 0)  # all hashes meet
    path = tmp_path / "t.csv"
    write_trials(path, [trial(stimulus=str(i)) for i in range(9)])
    assert len(list(read_trials(path))) == 9


def test_a_row_more_costs_little_more_than_its_eight_byte_mark(tmp_path: Path, trial: Make) -> None:
    # So that ten million rows fit. Whatever else is remembered is bounded, and full after the first few thousand.
    def peak(rows: int) -> int:
        path = tmp_path / f"{rows}.csv"
        write_trials(path, (trial(stimulus=f"picture number {i}", index=i) for i in range(rows)))
        tracemalloc.start()
        assert sum(1 for _ in read_trials(path)) == rows
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    few, many = 30_000, 60_000
    peak(few)
    assert (peak(many) - peak(few)) / (many - few) < 12


def test_every_column_has_a_meaning() -> None:
    for field in TRIALS.fields:
        assert field.column.meaning
        assert field.name == field.name.lower()


def test_reading_goes_on_row_by_row(table: Path) -> None:
    with table.open("a") as stream:
        stream.write("nonsense\n")
    assert len(list(itertools.islice(read_trials(table), 2))) == 2
