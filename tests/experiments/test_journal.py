"""Nothing that a journal took is lost, changed or there twice, whatever ends the program that writes it."""

import errno
import json
import math
import os
import random
import subprocess
import sys
import time
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from askew_experiments.chain import sealed
from askew_experiments.journal import Journal, journals, read_journal, session_folder, status
from tests.experiments.kit.processes import child, refusal, rest, told

PLAN = {"schema": 1, "participant": "sub-01", "session": "ses-01", "seed": 7}
NOON = "2026-01-02T12:00:00.000+00:00"
KILLS = 30

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, derandomize=True)

posix = pytest.mark.skipif(sys.platform == "win32", reason="asks of POSIX systems")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A session of four records, which nobody runs."""
    folder = tmp_path / "sub-01_ses-01"
    with Journal.create(folder, PLAN, NOON) as journal:
        journal.append("start", NOON, versions={"askew": "1"})
        journal.append("begin", NOON, index=1, attempt=1)
        journal.append("trial", NOON, index=1, choice="Bücherregal\n鏡\u2028", rt_ms=612.5, flips=[0.0, 10.01])
    return folder


# The form


def test_lines_have_the_form_that_other_programs_rely_on(folder: Path) -> None:
    lines = (folder / "journal.jsonl").read_bytes().split(b"\n")
    assert lines.pop() == b""
    before = ""
    for number, line in enumerate(lines):
        record = json.loads(line)
        assert list(record)[:3] == ["type", "n", "utc"]
        assert list(record)[-1] == "chain"
        assert (record["n"], record["utc"]) == (number, NOON)
        bare = line.replace(f',"chain":"{record["chain"]}"'.encode(), b"")
        assert json.loads(bare) == {key: value for key, value in record.items() if key != "chain"}
        before = sha256(before.encode() + bare).hexdigest()
        assert record["chain"] == before
    assert json.loads(lines[0]).items() >= {"type": "plan", **PLAN}.items()


def test_what_is_read_is_what_was_written(folder: Path) -> None:
    records = read_journal(folder / "journal.jsonl")
    assert [record["type"] for record in records] == ["plan", "start", "begin", "trial"]
    assert records[3]["choice"] == "Bücherregal\n鏡\u2028"
    with Journal.open(folder) as journal:
        assert (journal.folder, journal.path) == (folder, folder / "journal.jsonl")
        assert journal.records == records
        added = journal.append("note", NOON, said=("a", "b"))
        assert added["said"] == ["a", "b"]
        assert journal.records == read_journal(journal.path) == [*records, added]
    assert sorted(path.name for path in folder.iterdir()) == ["journal.jsonl", "journal.lock"]


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
names = st.text(min_size=1, max_size=8).filter(lambda name: name not in {"type", "n", "utc", "chain", "kind", "self"})


@settings(relaxed, max_examples=40)
@given(facts=st.dictionaries(names.filter(lambda name: name.isprintable()), plain, max_size=5))
def test_whatever_json_can_hold_survives_the_disk(tmp_path: Path, facts: dict[str, Any]) -> None:
    folder = tmp_path / f"session{time.monotonic_ns()}"
    with Journal.create(folder, PLAN, NOON) as journal:
        journal.append("note", NOON, **facts)
    record = read_journal(folder / "journal.jsonl")[1]
    assert {name: value for name, value in record.items() if name not in {"type", "n", "utc", "chain"}} == facts


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, [-math.inf], b"bytes", {1, 2}, object(), "\ud800", 10**5000],
    ids=["nan", "inf", "list", "bytes", "set", "object", "surrogate", "endless"],
)
def test_what_json_cannot_hold_is_refused_before_anything_is_written(folder: Path, value: object) -> None:
    with Journal.open(folder) as journal:
        before = journal.path.read_bytes()
        said = refusal(lambda: journal.append("note", NOON, said=value))
        assert said.startswith("a record note cannot hold the facts given: ")
        assert journal.path.read_bytes() == before
        assert journal.append("note", NOON, said="fine")["n"] == 4
    other = folder.with_name("other")
    assert refusal(lambda: Journal.create(other, {"schema": 1, "seed": value}, NOON))
    assert not other.exists()


@pytest.mark.parametrize("name", ["type", "n", "chain"])
def test_facts_cannot_take_the_place_of_what_every_record_has(folder: Path, name: str) -> None:
    with Journal.open(folder) as journal:
        said = refusal(lambda: journal.append("note", NOON, **{name: 3}))
    assert said == f"a record note cannot hold a fact {name}, which says something else; rename it"
    other = folder.with_name("other")
    assert refusal(lambda: Journal.create(other, {**PLAN, name: 3}, NOON))
    assert refusal(lambda: Journal.create(other, {**PLAN, "utc": "later"}, NOON))
    assert len(read_journal(folder / "journal.jsonl")) == 4


# Beginning


def test_a_session_that_has_begun_is_never_replaced(folder: Path) -> None:
    before = (folder / "journal.jsonl").read_bytes()
    assert refusal(lambda: Journal.create(folder, PLAN, NOON)) == (
        f"{folder}/journal.jsonl: is there, so this session has begun; resume it with `askew session resume`, or give "
        "another --session"
    )
    assert (folder / "journal.jsonl").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["journal.jsonl", "journal.lock"]


def test_a_disk_without_links_never_has_its_journal_replaced_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(source: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    Journal.create(tmp_path / "a", PLAN, NOON).close()
    before = (tmp_path / "a" / "journal.jsonl").read_bytes()
    assert "so this session has begun" in refusal(lambda: Journal.create(tmp_path / "a", {**PLAN, "seed": 8}, NOON))
    assert (tmp_path / "a" / "journal.jsonl").read_bytes() == before
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["journal.jsonl", "journal.lock"]


def test_what_a_killed_run_left_does_not_harm_a_journal_that_was_put_elsewhere(folder: Path) -> None:
    # Killed between the two names of a new journal: then the unfinished one is the journal itself.
    os.link(folder / "journal.jsonl", folder / "journal.part")
    backup = (folder / "journal.jsonl").rename(folder.with_name("backup.jsonl"))
    before = backup.read_bytes()
    Journal.create(folder, {**PLAN, "seed": 8}, NOON).close()
    assert backup.read_bytes() == before
    assert not (folder / "journal.part").exists()


def test_a_file_in_the_way_of_a_session_is_told(tmp_path: Path) -> None:
    (tmp_path / "sessions").write_text("a file")
    for place in (tmp_path / "sessions", tmp_path / "sessions" / "sub-01_ses-01"):
        said = refusal(lambda place=place: Journal.create(place, PLAN, NOON))  # type: ignore[misc]
        assert said == f"{tmp_path}/sessions: is in the way, for a folder of this name is needed; move it"


def test_a_session_that_has_not_begun_cannot_be_opened(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        assert refusal(lambda place=place: Journal.open(place)) == (  # type: ignore[misc]
            f"{place}: has no journal.jsonl, so no session began there; start one with `askew session run`"
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b'{"type":"plan","n":0,"schema":1'])
def test_a_journal_without_a_whole_plan_is_told_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(content)
    said = f"{path}: does not begin with the plan of a session; restore it from a backup"
    assert refusal(lambda: read_journal(path)) == said
    assert refusal(lambda: Journal.open(tmp_path)) == said
    assert path.read_bytes() == content


def test_a_plan_of_another_schema_is_refused(tmp_path: Path, folder: Path) -> None:
    assert refusal(lambda: Journal.create(tmp_path / "x", {"schema": 2}, NOON)) == (
        "a plan of schema 2 is given; this askew writes 1"
    )
    path = folder / "journal.jsonl"
    path.write_bytes(b'{"schema":2,"in":"another form"}\n')
    for act in (lambda: read_journal(path), lambda: Journal.open(folder)):
        assert refusal(act) == f"{path}: written by askew journal 2, this askew knows journal 1; update askew"


def test_a_journal_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert refusal(lambda: read_journal(tmp_path / "journal.jsonl")) == (
        f"{tmp_path}/journal.jsonl: cannot be read: No such file or directory"
    )


# Torn and damaged


@settings(relaxed, max_examples=60)
@given(data=st.data())
def test_whatever_is_cut_off_the_end_all_whole_lines_survive(tmp_path: Path, folder: Path, data: st.DataObject) -> None:
    whole = (folder / "journal.jsonl").read_bytes()
    records = read_journal(folder / "journal.jsonl")
    kept = data.draw(st.integers(whole.index(b"\n") + 1, len(whole)), label="kept")
    place = tmp_path / f"cut{time.monotonic_ns()}"
    place.mkdir()
    (place / "journal.jsonl").write_bytes(whole[:kept])
    lines, torn = whole[:kept].count(b"\n"), whole[:kept].rpartition(b"\n")[2]
    assert read_journal(place / "journal.jsonl") == records[:lines]
    assert (place / "journal.jsonl").read_bytes() == whole[:kept]
    with Journal.open(place, NOON) as journal:
        repairs = [{"type": "repair", "n": lines, "utc": NOON, "bytes": len(torn)}] if torn else []
        assert [{k: v for k, v in its.items() if k != "chain"} for its in journal.records[lines:]] == repairs
        added = journal.append("note", NOON, said="on")
    found = read_journal(place / "journal.jsonl")
    assert found[:lines] == records[:lines]
    assert found[lines + len(repairs) :] == [added]
    assert not torn or (place / "journal.torn").read_bytes() == torn + b"\n"


def test_every_torn_line_is_kept_beside_the_journal(folder: Path) -> None:
    for torn in (b'{"type":"tri', b"\0\0\0"):
        with (folder / "journal.jsonl").open("ab") as stream:
            stream.write(torn)
        Journal.open(folder).close()
        assert read_journal(folder / "journal.jsonl")[-1]["bytes"] == len(torn)
    assert (folder / "journal.torn").read_bytes() == b'{"type":"tri\n\0\0\0\n'


@settings(relaxed, max_examples=300)
@given(data=st.data())
def test_any_byte_that_changed_is_found(tmp_path: Path, folder: Path, data: st.DataObject) -> None:
    whole = (folder / "journal.jsonl").read_bytes()
    place = data.draw(st.integers(0, len(whole) - 2), label="place")
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != whole[place]), label="byte")
    changed = whole[:place] + bytes([byte]) + whole[place + 1 :]
    path = tmp_path / "changed.jsonl"
    path.write_bytes(changed)
    said = refusal(lambda: read_journal(path))
    line = whole[:place].count(b"\n") + 1
    if "written by askew journal" not in said:  # the schema's own figure
        assert said.startswith(f"{path}, line {line}: is damaged or changed")
        assert said.endswith("; restore changed.jsonl from a backup (it was left as it is)")
    assert path.read_bytes() == changed


def test_a_last_line_end_that_changed_is_repaired_as_a_torn_line(folder: Path) -> None:
    path = folder / "journal.jsonl"
    last = path.read_bytes().split(b"\n")[3]
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with Journal.open(folder) as journal:
        assert [its["type"] for its in journal.records] == ["plan", "start", "begin", "repair"]
    assert (folder / "journal.torn").read_bytes() == last + b"x\n"


LINES = {
    "removed": ([0, 2, 3], 2),
    "the plan removed": ([1, 2, 3], 1),
    "reordered": ([0, 2, 1, 3], 2),
    "twice": ([0, 1, 1, 2, 3], 3),
    "last twice": ([0, 1, 2, 3, 3], 5),
}


@pytest.mark.parametrize(("order", "line"), LINES.values(), ids=LINES)
def test_lines_out_of_place_are_found_and_nothing_is_changed(folder: Path, order: list[int], line: int) -> None:
    path = folder / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    changed = b"".join(lines[each] for each in order)
    path.write_bytes(changed)
    said = (
        f"{path}, line {line}: is damaged or changed, or lines before it were removed or moved, for its chain does "
        "not fit; restore journal.jsonl from a backup (it was left as it is)"
    )
    assert refusal(lambda: read_journal(path)) == said
    assert refusal(lambda: Journal.open(folder)) == said
    assert path.read_bytes() == changed


@pytest.mark.parametrize(("old", "new"), [(b"612.5", b"512.5"), (b'"n":3', b'"n":4'), (b"}\n", b"} \n")])
def test_a_value_that_somebody_edited_in_the_last_line_is_damage(folder: Path, old: bytes, new: bytes) -> None:
    path = folder / "journal.jsonl"
    before, _, after = path.read_bytes().rpartition(old)
    path.write_bytes(before + new + after)
    assert refusal(lambda: Journal.open(folder)).startswith(f"{path}, line 4: is damaged or changed")


def test_a_line_of_a_wrong_number_is_damage_even_if_its_chain_fits(folder: Path) -> None:
    path = folder / "journal.jsonl"
    last = read_journal(path)[3]["chain"]
    for number, kind in ((5, "note"), (4, 7)):
        line = sealed(kind, number, NOON, {}, before=last)  # type: ignore[arg-type]
        changed = folder / "changed.jsonl"
        changed.write_bytes(path.read_bytes() + line)
        assert refusal(lambda: read_journal(changed)).startswith(f"{changed}, line 5: is damaged or changed")  # noqa: B023


def test_a_pipe_is_no_journal(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs named pipes")
    os.mkfifo(tmp_path / "journal.jsonl")
    assert "is not an ordinary file" in refusal(lambda: read_journal(tmp_path / "journal.jsonl"))
    assert "is not an ordinary file" in refusal(lambda: Journal.open(tmp_path))


# Killed


APPENDS = """
import os, sys
from pathlib import Path
from askew_experiments.journal import Journal
os.write(1, b"opening\\n")
with Journal.open(Path(sys.argv[1])) as journal:
    for number in range(10**6):
        # The long ones take the system so long that it may be stopped in the middle of one.
        length = (3, 300, 1_000_000)[number % 3]
        if length > 300:
            os.write(1, b"long\\n")
        record = journal.append("note", "now", id=f"{sys.argv[2]}-{number}", said="x" * length)
        os.write(1, f"{record['id']} {record['n']} {record['chain']}\\n".encode())
"""


@posix
def test_no_record_is_lost_or_there_twice_when_the_program_is_killed(tmp_path: Path) -> None:
    draw = random.Random(5)
    folder = tmp_path / "sub-01_ses-01"
    Journal.create(folder, PLAN, NOON).close()
    path = folder / "journal.jsonl"
    promised: dict[str, str] = {}
    for kill in range(KILLS):
        with child(APPENDS, folder, kill) as process:
            lines = [told(process) for _ in range(draw.randrange(1, 9))]
            if kill % 2:
                before = path.stat().st_size
                while lines[-1] not in {"long", ""}:
                    before = path.stat().st_size
                    lines.append(told(process))
                while path.stat().st_size == before and process.poll() is None:
                    pass  # until the long one has reached the file, in part or wholly
            else:
                for _ in range(draw.randrange(100_000)):  # so that not every kill comes just after a line was printed
                    pass
            process.kill()
            lines += rest(process)
        assert lines.pop(0) == "opening"
        promised |= dict(line.split(" ", 1) for line in lines if line != "long")
    with Journal.open(folder) as journal:
        records = journal.records
    assert len(promised) > KILLS
    notes = [record for record in records if record["type"] == "note"]
    assert len({record["id"] for record in notes}) == len(notes)
    there = {record["id"]: f"{record['n']} {record['chain']}" for record in notes}
    assert {name: there.get(name) for name in promised} == promised
    # One at most that was whole on the disk before its append returned, for each kill.
    assert len(notes) - len(promised) <= KILLS
    torn = sum(record["bytes"] for record in records if record["type"] == "repair")
    assert torn == 0 or (folder / "journal.torn").stat().st_size >= torn


CREATES = """
import os, sys
from pathlib import Path
from askew_experiments.journal import Journal
os.write(1, b"ready\\n")
for number in range(10**6):
    Journal.create(Path(sys.argv[1], str(number)), {"schema": 1, "text": "x" * 300_000}, "now").close()
    os.write(1, f"{number}\\n".encode())
"""


@posix
def test_a_plan_is_whole_or_not_there_when_the_program_is_killed(tmp_path: Path) -> None:
    draw = random.Random(6)
    for kill in range(8):
        root = tmp_path / str(kill)
        with child(CREATES, root) as process:
            assert told(process) == "ready"
            lines = [told(process) for _ in range(draw.randrange(3))]
            for _ in range(draw.randrange(200_000)):
                pass
            process.kill()
            lines += rest(process)
        begun = {path.parent.name for path in root.glob("*/journal.jsonl")}
        assert begun >= {*lines}
        for folder in root.glob("*"):
            if folder.name not in begun:
                Journal.create(folder, {"schema": 1, "text": "x" * 300_000}, "now").close()
            assert len(read_journal(folder / "journal.jsonl")[0]["text"]) == 300_000


STOPS = """
import random, signal, sys
from pathlib import Path
from askew_experiments.journal import Journal, read_journal
draw = random.Random(7)
may_stop = False
def stop(number, frame):
    if may_stop:
        raise KeyboardInterrupt
signal.signal(signal.SIGALRM, stop)
stopped = returned = 0
with Journal.open(Path(sys.argv[1])) as journal:
    for number in range(400):
        try:
            may_stop = True
            signal.setitimer(signal.ITIMER_REAL, draw.uniform(1e-6, 4e-4))
            journal.append("note", "now", id=number)
            may_stop = False
            returned += 1
        except KeyboardInterrupt:
            stopped += 1
        if number % 20 == 19 and read_journal(journal.path) != journal.records:
            print("the file is another than what is known of it")
    notes = len(journal.records) - 4
    print(stopped > 0, stopped + returned, returned <= notes <= 400)
"""


@posix
def test_ctrl_c_in_the_middle_of_a_record_leaves_file_and_program_in_agreement(folder: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", STOPS, folder], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.stdout == "True 400 True\n", run.stderr


# Two at once


RUNS = """
import sys
from pathlib import Path
from askew_experiments.journal import Journal
with Journal.open(Path(sys.argv[1])) as journal:
    print("open", flush=True)
    for line in sys.stdin:
        journal.append("note", "now", said=line.strip())
        print("written", flush=True)
"""


def test_a_session_that_runs_is_refused_to_others_and_unharmed(folder: Path) -> None:
    with child(RUNS, folder) as process:
        assert process.stdin is not None
        assert told(process) == "open"
        before = (folder / "journal.jsonl").read_bytes()
        said = f"{folder}: is in use by process {process.pid} on "
        for act in (lambda: Journal.open(folder), lambda: Journal.create(folder, PLAN, NOON)):
            assert refusal(act).startswith(said)
        assert (folder / "journal.jsonl").read_bytes() == before
        assert len(read_journal(folder / "journal.jsonl")) == 4  # looking is free
        process.stdin.write(b"unharmed\n")
        assert told(process) == "written"
        process.kill()
        process.wait(timeout=120)
    with Journal.open(folder) as journal:
        assert [record["type"] for record in journal.records] == ["plan", "start", "begin", "trial", "note"]
        assert refusal(lambda: Journal.open(folder)).startswith(f"{folder}: is in use by process {os.getpid()} on ")
        journal.append("note", NOON, said="unharmed too")


RACES = """
import sys
from pathlib import Path
from askew.errors import BadInput
from askew_experiments.journal import Journal
print("ready", flush=True)
sys.stdin.read()
for number in range(25):
    try:
        Journal.create(Path(sys.argv[1], str(number)), {"schema": 1, "seed": int(sys.argv[2])}, "now").close()
        print(number, flush=True)
    except BadInput as error:
        if "in use by" not in str(error) and "this session has begun" not in str(error):
            print(error, flush=True)
"""


def test_of_several_that_begin_a_session_at_once_one_does(tmp_path: Path) -> None:
    with ExitStack() as stack:
        processes = [stack.enter_context(child(RACES, tmp_path, seed)) for seed in range(4)]
        for process in processes:
            assert told(process) == "ready"
        for process in processes:
            assert process.stdin is not None
            process.stdin.close()
        winners = {line: seed for seed, process in enumerate(processes) for line in rest(process)}
    assert sorted(map(int, winners)) == list(range(25))
    for folder in tmp_path.iterdir():
        assert read_journal(folder / "journal.jsonl")[0]["seed"] == winners[folder.name]


@pytest.mark.parametrize("how", ["written to", "replaced", "moved"])
def test_a_journal_that_another_program_changes_meanwhile_is_not_written_behind(folder: Path, how: str) -> None:
    path = folder / "journal.jsonl"
    with Journal.open(folder) as journal:
        before = path.read_bytes()
        if how == "written to":
            path.write_bytes(before + b"{}\n")
        else:
            path.rename(folder / "old")
        if how == "replaced":
            path.write_bytes(before)
        assert refusal(lambda: journal.append("note", NOON)) == (
            f"{path}: was moved, replaced or written to by another program meanwhile; put back the one that was there, "
            "which has 4 lines, and keep other programs away from it"
        )
        if how == "written to":
            os.truncate(path, len(before))
        else:
            (folder / "old").replace(path)
        assert journal.append("note", NOON)["n"] == 4
    assert len(read_journal(path)) == 5


@settings(relaxed, max_examples=20)
@given(facts=st.dictionaries(names.filter(lambda name: name.isprintable()), plain, max_size=5))
def test_a_journal_that_is_gone_is_written_anew_byte_for_byte(tmp_path: Path, facts: dict[str, Any]) -> None:
    folder = tmp_path / f"session{time.monotonic_ns()}"
    with Journal.create(folder, PLAN, NOON) as journal:
        journal.append("note", NOON, **facts)
        before = journal.path.read_bytes()
        rmtree(folder)
        refusal(lambda: journal.append("note", NOON))
        journal.restore()
        assert journal.path.read_bytes() == before
        journal.append("end", NOON)
    assert [record["n"] for record in read_journal(folder / "journal.jsonl")] == [0, 1, 2]


def test_a_journal_that_is_there_is_never_written_anew(folder: Path) -> None:
    with Journal.open(folder) as journal:
        before = journal.path.read_bytes()
        journal.restore()
        assert journal.path.read_bytes() == before
        journal.path.write_bytes(b"another")
        journal.restore()
        assert journal.path.read_bytes() == b"another"
        rmtree(folder)
        folder.write_text("in the way")
        journal.restore()
        refusal(lambda: journal.append("note", NOON))
    assert folder.read_text() == "in the way"


# The disk


def test_records_wait_for_the_disk_unless_they_can_be_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[int] = []
    real = os.fsync

    def waiting(handle: int) -> None:
        waits.append(handle)
        real(handle)

    for durable, wanted in ((True, 3), (False, 0)):
        journal = Journal.create(tmp_path / str(durable), PLAN, NOON, durable=durable)
        with journal, monkeypatch.context() as watched:
            watched.setattr(os, "fsync", waiting)
            for index in (1, 2, 3):
                journal.append("begin", NOON, index=index)
        assert len(waits) == wanted
        waits.clear()
    with Journal.open(tmp_path / "False", durable=False) as journal:
        assert journal.append("end", NOON)["n"] == 4
    one, other = ((tmp_path / str(durable) / "journal.jsonl").read_bytes() for durable in (True, False))
    assert other.startswith(one)


BRIEF = """
import os, sys
from pathlib import Path
from askew_experiments.journal import Journal
journal = Journal.create(Path(sys.argv[1]), {"schema": 1}, "now", durable=False)
for index in range(50):
    journal.append("begin", "now", index=index)
print("written", flush=True)
sys.stdin.read()
"""


def test_records_that_can_be_made_again_outlive_the_program_too(tmp_path: Path) -> None:
    with child(BRIEF, tmp_path / "s") as process:
        assert told(process) == "written"
        process.kill()
        process.wait(timeout=60)
    assert len(read_journal(tmp_path / "s" / "journal.jsonl")) == 51


FULL = """
import errno, os, sys
from pathlib import Path
from askew_experiments.journal import Journal, read_journal
root, limit = Path(sys.argv[1]), int(sys.argv[2])
def room(much):
    if not limit:  # a small disk
        (root / "ballast").unlink(missing_ok=True)
        if not much:
            with open(root / "ballast", "wb", buffering=0) as stream:
                try:
                    while stream.write(bytes(512)): pass
                except OSError: pass
                stream.truncate(max(0, stream.tell() - 20_000))
    else:
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000_000 if much else limit, resource.RLIM_INFINITY))
def fails(act):
    try:
        while True: act()
    except OSError as error:
        print(errno.errorcode[error.errno], Path(error.filename).name)
room(False)
fails(lambda: Journal.create(root / "s", {"schema": 1, "text": "x" * 30_000}, "now"))
print(sorted(path.name for path in (root / "s").iterdir()))
journal = Journal.create(root / "s", {"schema": 1}, "now")
path = journal.path
for time in range(2):
    fails(lambda: journal.append("note", "now", said="x" * 3000))
    print(read_journal(path) == journal.records, path.read_bytes().endswith(b"\\n"), len(journal.records) > 2)
journal.close()
with open(path, "ab", buffering=0) as stream:
    stream.write(b"{torn")
room(True)
with Journal.open(root / "s") as journal:
    journal.append("note", "now", said="after")
    print([record["type"] for record in read_journal(path)[-2:]], read_journal(path) == journal.records)
"""

WHOLE_WHEN_FULL = """\
{error} journal.jsonl
['journal.lock']
{error} journal.jsonl
True True True
{error} journal.jsonl
True True True
['repair', 'note'] True
"""


@posix
def test_a_file_that_may_not_grow_stays_whole_and_goes_on_later(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", FULL, tmp_path, "20000"], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.stdout == WHOLE_WHEN_FULL.format(error="EFBIG"), run.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a small disk as Linux does")
def test_a_full_disk_leaves_the_journal_whole_and_it_goes_on_later(tmp_path: Path) -> None:
    # Mounted where only the process itself sees it, so that nothing is left of it.
    alone = ["unshare", "--mount", *(["--user", "--map-root-user"] if os.geteuid() else [])]
    mount = [*alone, "sh", "-c", 'mount -t tmpfs -o size=64k tmpfs "$0" && exec "$@"', str(tmp_path)]
    try:
        allowed = subprocess.run([*mount, "true"], capture_output=True, timeout=120, check=False).returncode == 0
    except FileNotFoundError:
        allowed = False
    if not allowed:
        pytest.skip("no small disk can be mounted here")
    run = subprocess.run(
        [*mount, sys.executable, "-c", FULL, tmp_path, "0"], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.stdout == WHOLE_WHEN_FULL.format(error="ENOSPC"), run.stderr


def test_a_disk_that_fails_and_comes_back_is_put_in_order_before_the_next_record(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with Journal.open(folder) as journal:
        records = [*journal.records]
        with monkeypatch.context() as broken:  # a disk cannot be broken on demand
            broken.setattr(os, "fsync", fail)
            broken.setattr(os, "ftruncate", fail)
            for _ in range(2):
                with pytest.raises(OSError, match=f"Input/output error: '{journal.path}'"):
                    journal.append("note", NOON, said="lost")
        assert journal.records == records
        records.append(journal.append("note", NOON, said="kept"))
    assert read_journal(folder / "journal.jsonl") == records


READ_ONLY = """
import os, sys
from pathlib import Path
from askew.errors import BadInput
from askew_experiments.journal import Journal, read_journal
from askew_experiments.ledger import assign
os.chdir(sys.argv[1])
if not os.geteuid():  # root may write anywhere
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
def told(act):
    try:
        act()
    except BadInput as error:
        print(error)
told(lambda: Journal.create(Path("new"), {"schema": 1}, "now"))
told(lambda: Journal.open(Path("old")))
told(lambda: Journal.open(Path("kept")))
told(lambda: Journal.open(Path("locked")))
told(lambda: assign(Path("."), participant="sub-01", session="ses-01", protocol="p", stream="p", sessions=1,
                    simulated=False, utc="now"))
print(len(read_journal(Path("old", "journal.jsonl"))))
"""


@posix
def test_a_folder_that_may_not_be_written_to_is_one_line(tmp_path: Path) -> None:
    old, kept, locked = (tmp_path / name for name in ("old", "kept", "locked"))
    for folder in (old, kept, locked):
        Journal.create(folder, PLAN, NOON).close()
    (old / "journal.lock").unlink()
    (kept / "journal.lock").unlink()
    for place, mode in (
        (kept / "journal.jsonl", 0o444),
        (locked / "journal.lock", 0o444),
        (kept, 0o777),
        (old, 0o555),
        (tmp_path, 0o555),
    ):
        place.chmod(mode)
    try:
        run = subprocess.run(
            [sys.executable, "-c", READ_ONLY, tmp_path], capture_output=True, text=True, timeout=120, check=False
        )
    finally:
        tmp_path.chmod(0o755)
        old.chmod(0o755)
    what = "may not be written to (Permission denied); change its permissions, or move the study"
    places = (".", "old", "kept/journal.jsonl", "locked/journal.lock", ".")
    assert run.stdout == "".join(f"{place}: {what}\n" for place in places) + "1\n", run.stderr
    assert list(old.iterdir()) == [old / "journal.jsonl"]


# The study


def test_how_a_session_stands_follows_from_its_records(folder: Path) -> None:
    with Journal.open(folder) as journal:
        assert status(journal.records) == "unfinished"
        journal.append("end", NOON, trials=1)
        journal.append("note", NOON, said="the participant asked about abort")
        assert status(journal.records) == "complete"
    with Journal.create(folder.with_name("other"), PLAN, NOON) as journal:
        journal.append("abort", NOON, reason="ill")
        assert status(journal.records) == "aborted"


def test_the_journals_of_a_study_come_in_the_order_of_their_folders(tmp_path: Path) -> None:
    assert journals(tmp_path) == []
    for name in ("sub-02", "sub-10", "sub-01"):
        Journal.create(session_folder(tmp_path, name, "ses-01"), PLAN, NOON).close()
    (tmp_path / "sessions" / "sub-03_ses-01").mkdir()
    (tmp_path / "sessions" / "sub-04_ses-01" / "journal.jsonl").mkdir(parents=True)
    (tmp_path / "sessions" / "ledger.jsonl").touch()
    found = [path.relative_to(tmp_path).as_posix() for path in journals(tmp_path)]
    assert found == [f"sessions/sub-{code}_ses-01/journal.jsonl" for code in ("01", "02", "10")]
