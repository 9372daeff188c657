"""Each participant has one number in a stream, and no two have the same, however many start at once."""

import random
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from askew_experiments.chain import read
from askew_experiments.journal import Journal, session_folder
from askew_experiments.ledger import Assignment, assign, assignments, read_ledger
from tests.experiments.kit.processes import Process, child, refusal

NOON = "2026-01-02T12:00:00.000+00:00"


def ask(root: Path, participant: str, session: str = "ses-01", **others: Any) -> Assignment:
    """An assignment of which the test says only what matters to it."""
    usual: dict[str, Any] = {
        "protocol": "masked",
        "stream": "poses",
        "sessions": 3,
        "simulated": False,
        "utc": NOON,
    }
    return assign(root, participant=participant, session=session, **{**usual, **others})


def begin(root: Path, given: Assignment, *more: str) -> None:
    """Begin the session's journal, with the records after its plan."""
    plan = {
        "schema": 1,
        "participant": given.participant,
        "session": given.session,
        "simulated": given.simulated,
        "protocol": {"name": given.protocol},
        "stream": given.stream,
        "number": given.number,
        "part": given.part,
    }
    with Journal.create(session_folder(root, given.participant, given.session), plan, NOON) as journal:
        for kind in more:
            journal.append(kind, NOON)


def test_an_assignment_is_a_line_of_the_ledger(tmp_path: Path) -> None:
    assert read_ledger(tmp_path) == []
    first = ask(tmp_path, "sub-01")
    assert first == Assignment(
        participant="sub-01", session="ses-01", protocol="masked", stream="poses", number=0, part=0, simulated=False
    )
    assert read_ledger(tmp_path) == [first]
    line = (tmp_path / "sessions" / "ledger.jsonl").read_text()
    start = f'{{"type":"assign","n":0,"utc":"{NOON}","participant":"sub-01","session":"ses-01","protocol":"masked",'
    assert line.startswith(f'{start}"stream":"poses","number":0,"part":0,"simulated":false,"chain":"')


def test_a_participant_keeps_their_number_and_goes_on_to_the_next_part(tmp_path: Path) -> None:
    for session in ("ses-01", "ses-02", "ses-03"):
        for code in ("sub-a", "sub-b", "sub-c"):
            ask(tmp_path, code, session, protocol=f"masked{session[-1]}")
    assert [(its.number, its.part) for its in read_ledger(tmp_path)] == [
        (number, part) for part in range(3) for number in range(3)
    ]


def test_a_ledger_that_is_lost_is_known_from_the_journals(tmp_path: Path) -> None:
    given = [ask(tmp_path, f"sub-{code}") for code in "ab"]
    for each in given:
        begin(tmp_path, each)
    assert assignments(tmp_path) == given
    (tmp_path / "sessions" / "ledger.jsonl").unlink()
    assert assignments(tmp_path) == given
    assert read_ledger(tmp_path) == []


@pytest.mark.parametrize(("sessions", "every"), [(1, "the one session"), (2, "all 2 sessions")])
def test_a_participant_who_has_had_all_sessions_is_refused(tmp_path: Path, sessions: int, every: str) -> None:
    for part in range(sessions):
        begin(tmp_path, ask(tmp_path, "sub-01", f"ses-{part}", sessions=sessions), "end")
    assert refusal(lambda: ask(tmp_path, "sub-01", "ses-more", sessions=sessions)) == (
        f"sub-01 has had {every} of poses; give another participant's code"
    )
    assert len(read_ledger(tmp_path)) == sessions
    assert ask(tmp_path, "sub-01", "ses-more", sessions=sessions, stream="other").part == 0


def test_streams_are_counted_apart_and_so_are_people_and_simulated_ones(tmp_path: Path) -> None:
    assert [ask(tmp_path, f"sub-{each}").number for each in range(3)] == [0, 1, 2]
    assert [ask(tmp_path, f"sub-sim{each}", simulated=True).number for each in range(2)] == [0, 1]
    assert ask(tmp_path, "sub-2", "ses-02", stream="other") == Assignment(
        participant="sub-2", session="ses-02", protocol="masked", stream="other", number=0, part=0, simulated=False
    )
    assert ask(tmp_path, "sub-4").number == 3


# Numbers that come free


@pytest.mark.parametrize("more", [(), ("start", "pause"), ("end",)])
def test_a_number_is_kept_by_who_began_or_finished(tmp_path: Path, more: tuple[str, ...]) -> None:
    begin(tmp_path, ask(tmp_path, "sub-01"), *more)
    assert ask(tmp_path, "sub-02").number == 1


def test_the_number_of_an_aborted_participant_goes_to_the_next_new_one(tmp_path: Path) -> None:
    for its in [ask(tmp_path, code) for code in ("sub-01", "sub-02", "sub-03")]:
        begin(tmp_path, its, "abort" if its.number == 1 else "end")
    assert [ask(tmp_path, code).number for code in ("sub-04", "sub-05")] == [1, 3]
    assert [its.number for its in read_ledger(tmp_path)] == [0, 1, 2, 1, 3]
    # Who comes back after all goes on with what they have not seen.
    assert (ask(tmp_path, "sub-02", "ses-02").number, ask(tmp_path, "sub-02", "ses-03").part) == (1, 2)


def test_a_number_is_free_only_when_all_its_sessions_were_aborted(tmp_path: Path) -> None:
    begin(tmp_path, ask(tmp_path, "sub-01", "ses-01"), "abort")
    begin(tmp_path, ask(tmp_path, "sub-01", "ses-02"), "end")
    begin(tmp_path, ask(tmp_path, "sub-02", "ses-01"), "abort")
    begin(tmp_path, ask(tmp_path, "sub-02", "ses-02"), "abort", "note")
    assert [ask(tmp_path, "sub-03").number, ask(tmp_path, "sub-04").number] == [1, 2]


def test_aborted_simulations_make_no_number_free_for_people(tmp_path: Path) -> None:
    begin(tmp_path, ask(tmp_path, "sub-01"), "end")
    begin(tmp_path, ask(tmp_path, "sub-sim01", simulated=True), "abort")
    assert ask(tmp_path, "sub-02").number == 1
    assert ask(tmp_path, "sub-sim02", simulated=True).number == 0


def test_an_abort_that_was_only_spoken_of_makes_no_number_free(tmp_path: Path) -> None:
    first = ask(tmp_path, "sub-01")
    begin(tmp_path, first)
    with Journal.open(session_folder(tmp_path, "sub-01", "ses-01")) as journal:
        journal.append("note", NOON, said='\n{"type":"abort",', also={"type": "abort"})
    assert ask(tmp_path, "sub-02").number == 1


steps = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["go", "stop", "leave"])), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, derandomize=True, max_examples=25)
@given(steps=steps)
def test_whoever_comes_and_stops_new_ones_get_the_lowest_number_free(
    tmp_path: Path, steps: list[tuple[int, str]]
) -> None:
    root = tmp_path / str(time.monotonic_ns())
    had: dict[int, list[str]] = {}
    numbers: dict[int, int] = {}
    for who, ends in steps:
        before = had.setdefault(who, [])
        held = {numbers[each] for each in numbers if set(had[each]) != {"stop"}}
        given = ask(root, f"sub-{who}", f"ses-{len(before)}", sessions=20)
        assert given.part == len(before)
        assert given.number == numbers.setdefault(who, min(set(range(20)) - held))
        if ends != "leave":
            begin(root, given, *(["abort"] if ends == "stop" else ["end"]))
        before.append(ends)


# Asked again


def test_a_session_that_has_not_begun_is_given_the_same_again(tmp_path: Path) -> None:
    first = ask(tmp_path, "sub-01")
    ask(tmp_path, "sub-02")
    (tmp_path / "sessions" / "sub-01_ses-01").mkdir()  # as far as a crash let it come
    assert ask(tmp_path, "sub-01") == first
    assert ask(tmp_path, "sub-01", sessions=1) == first
    assert len(read_ledger(tmp_path)) == 2


def test_a_session_that_has_begun_is_refused(tmp_path: Path) -> None:
    begin(tmp_path, ask(tmp_path, "sub-01"))
    assert refusal(lambda: ask(tmp_path, "sub-01")) == (
        "session ses-01 of sub-01: is there already; resume it with `askew session resume`, or give another --session"
    )


@pytest.mark.parametrize("other", [{"protocol": "unlimited"}, {"stream": "words"}])
def test_a_session_of_another_protocol_is_refused(tmp_path: Path, other: dict[str, str]) -> None:
    ask(tmp_path, "sub-01")
    given = {"protocol": "masked", "stream": "poses"} | other
    assert refusal(lambda: ask(tmp_path, "sub-01", **other)) == (
        "session ses-01 of sub-01: was given to the protocol masked (stream poses), not "
        f"{given['protocol']} (stream {given['stream']}); give that protocol, or another --session"
    )


# Names


def test_codes_that_a_file_system_takes_for_the_same_are_refused(tmp_path: Path) -> None:
    ask(tmp_path, "sub-a1", "ses-a")
    assert refusal(lambda: ask(tmp_path, "sub-A1", "ses-b", stream="other")) == (
        "participant sub-A1: sub-a1 is a code already, and some systems take both for the same; give sub-a1 if it is "
        "the same participant, or another code"
    )
    assert refusal(lambda: ask(tmp_path, "sub-a1", "ses-A")) == (
        "session ses-A of sub-a1: ses-a is there already, and some systems take both for the same; give another "
        "--session"
    )
    assert len(read_ledger(tmp_path)) == 1


@pytest.mark.parametrize(("simulated", "who"), [(True, "a simulated participant"), (False, "a person")])
def test_a_code_stands_for_a_person_or_a_program_and_never_for_both(tmp_path: Path, simulated: bool, who: str) -> None:
    ask(tmp_path, "sub-01", simulated=simulated)
    for session in ("ses-01", "ses-02"):
        said = refusal(lambda session=session: ask(tmp_path, "sub-01", session, simulated=not simulated))  # type: ignore[misc]
        assert said == f"participant sub-01: is the code of {who} already; give another code"


@pytest.mark.parametrize(
    "name", ["01", "sub-", "sub-a b", "sub-../x", "sub-é", "sub-a_b", f"sub-{'x' * 31}", "sub-1\n"]
)
def test_names_that_are_no_codes_are_refused(tmp_path: Path, name: str) -> None:
    assert refusal(lambda: ask(tmp_path, name)).endswith(": has to be sub- and 1 to 30 letters a to z or digits")
    name = name.replace("sub-", "ses-")
    assert refusal(lambda: ask(tmp_path, "sub-1", name)).endswith("has to be ses- and 1 to 30 letters a to z or digits")
    assert list(tmp_path.iterdir()) == []


# Studies put together, and ledgers that were lost


def test_sessions_that_the_ledger_does_not_know_keep_their_numbers(tmp_path: Path) -> None:
    for code in ("sub-01", "sub-02"):
        begin(tmp_path, ask(tmp_path, code), "end")
    (tmp_path / "sessions" / "ledger.jsonl").unlink()
    assert "is there already; resume it" in refusal(lambda: ask(tmp_path, "sub-01"))
    assert "is the code of a person already" in refusal(lambda: ask(tmp_path, "sub-01", "ses-02", simulated=True))
    assert ask(tmp_path, "sub-03").number == 2
    assert (ask(tmp_path, "sub-02", "ses-02").number, ask(tmp_path, "sub-02", "ses-03").part) == (1, 2)


def test_a_copy_of_a_session_counts_once(tmp_path: Path) -> None:
    first = ask(tmp_path, "sub-01")
    begin(tmp_path, first, "abort")
    copy = tmp_path / "sessions" / "old sub-01_ses-01"
    copy.mkdir()
    (copy / "journal.jsonl").write_bytes((session_folder(tmp_path, "sub-01", "ses-01") / "journal.jsonl").read_bytes())
    assert ask(tmp_path, "sub-01", "ses-02").part == 1


def test_a_plan_that_tells_no_number_is_told(tmp_path: Path) -> None:
    folder = session_folder(tmp_path, "sub-01", "ses-01")
    Journal.create(folder, {"schema": 1, "participant": "sub-01"}, NOON).close()
    assert refusal(lambda: ask(tmp_path, "sub-02")) == (
        f"{folder}/journal.jsonl, line 1: the plan lacks 'session'; restore it from a backup"
    )


def test_a_torn_line_is_cut_off_and_recorded(tmp_path: Path) -> None:
    first = ask(tmp_path, "sub-01")
    path = tmp_path / "sessions" / "ledger.jsonl"
    with path.open("ab") as stream:
        stream.write(b'{"type":"assign"')
    assert read_ledger(tmp_path) == [first]
    assert ask(tmp_path, "sub-02").number == 1
    assert [record["type"] for record in read(path)[0]] == ["assign", "repair", "assign"]
    assert (tmp_path / "sessions" / "ledger.torn").read_bytes() == b'{"type":"assign"\n'
    path.write_bytes(b'{"torn in the first')
    assert read_ledger(tmp_path) == []
    assert ask(tmp_path, "sub-01").number == 0


def test_a_line_that_was_edited_is_named(tmp_path: Path) -> None:
    for code in ("sub-01", "sub-02", "sub-03"):
        ask(tmp_path, code)
    path = tmp_path / "sessions" / "ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"number":1', b'"number":7'))
    for act in (lambda: read_ledger(tmp_path), lambda: ask(tmp_path, "sub-04")):
        assert refusal(act).startswith(f"{path}, line 2: is damaged or changed")


# Several at once, and killed


ASSIGNS = """
import os, sys
from pathlib import Path
from askew_experiments.ledger import assign
os.write(1, b"ready\\n")
sys.stdin.readline()
for each in range(int(sys.argv[3])):
    its = assign(Path(sys.argv[1]), participant=f"sub-{sys.argv[2]}x{each}", session="ses-1", protocol="p",
                 stream="p", sessions=1, simulated=False, utc="now")
    os.write(1, f"{its.participant} {its.number}\\n".encode())
"""


def told(process: Process) -> str:
    """The next line that a process prints."""
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()


def rest(process: Process) -> list[str]:
    """All whole lines that a process has printed and nobody has read, once it has ended."""
    assert process.stdout is not None
    *lines, _ = process.stdout.read().decode().split("\n")
    process.wait(timeout=120)
    return lines


def start(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.write(b"go\n")


def test_many_at_once_get_numbers_without_gaps_or_repeats(tmp_path: Path) -> None:
    with ExitStack() as stack:
        processes = [stack.enter_context(child(ASSIGNS, tmp_path, each, 5)) for each in range(12)]
        for process in processes:
            assert told(process) == "ready"
        for process in processes:
            start(process)
        lines = [line.split() for process in processes for line in rest(process)]
    assert sorted(int(number) for _, number in lines) == list(range(60))
    assert {its.participant: its.number for its in read_ledger(tmp_path)} == {who: int(what) for who, what in lines}


@pytest.mark.skipif(sys.platform == "win32", reason="asks of POSIX systems")
def test_no_number_is_lost_or_given_twice_when_the_program_is_killed(tmp_path: Path) -> None:
    draw = random.Random(8)
    promised: list[str] = []
    for kill in range(10):
        with child(ASSIGNS, tmp_path, kill, 10**6) as process:
            assert told(process) == "ready"
            start(process)
            promised += [told(process) for _ in range(draw.randrange(1, 5))]
            for _ in range(draw.randrange(100_000)):
                pass
            process.kill()
            promised += rest(process)
    ledger = read_ledger(tmp_path)
    assert {f"{its.participant} {its.number}" for its in ledger} >= set(promised)
    assert [its.number for its in ledger] == list(range(len(ledger)))
    assert len({its.participant for its in ledger}) == len(ledger) <= len(promised) + 10
