"""A whole session on a virtual display: what is written down, and what an interruption leaves."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from askew_experiments.hooks import Hooks, NoHooks
from askew_experiments.journal import Journal, read_journal, status
from askew_experiments.plan import Plan, PlannedTrial, ProtocolFacts
from askew_experiments.progress import Progress
from askew_experiments.protocol import Protocol, parse_protocol
from askew_experiments.screen import Press
from askew_experiments.session import Session
from askew_experiments.virtual import EPOCH, VirtualScreen, stamp

PROTOCOL = """
schema = 1
name = "test"
group = "40ms"
{head}
[design]
labels = 2
[response]
keys = ["left", "right"]
[breaks]
every = 2
least_s = 5
{tables}
[[phase]]
name = "fixation"
show = ["fixation"]
ms = 50
[[phase]]
name = "image"
show = ["image"]
ms = 40
[[phase]]
name = "respond"
show = ["labels"]
until = "answer"
limit_ms = 2000
"""
PRACTICE = "[practice]\ntrials = 2\ncriterion = 1.0\nrounds = 2\n"
UTC = stamp(EPOCH)


class Somebody:
    """Goes on at every text, and chooses the truth; `at` says what else to press when something is first seen."""

    def __init__(self, *at: tuple[str, str], wrong: Sequence[str] = ()) -> None:
        self.at = list(at)
        self.wrong = wrong
        self.image = ""
        self.before: tuple[str, ...] = ()
        self.due: list[Press] = []
        self.texts: list[str] = []
        self.pictures: list[str] = []

    def sees(self, names: Sequence[str], time: float) -> None:
        names = tuple(names)
        if names == self.before:
            assert time < 600, f"nothing goes on after {names}"
            return
        self.before = names
        for name in names:
            if name.startswith("image:"):
                self.image = name.partition(":")[2]
                self.pictures.append(self.image)
        keys = [key for start, key in self.at if any(name.startswith(start) for name in names)]
        self.at = [plan for plan in self.at if not any(name.startswith(plan[0]) for name in names)]
        if any(name.startswith("text:") for name in names):
            self.texts.append(names[0].removeprefix("text:"))
            keys = keys or ["space"]
        labels = [name for name in names if name.startswith("label:")]
        if labels and not keys:
            right = int(next(name for name in labels if name.endswith(":mug")).split(":")[1])
            keys = [("left", "right")[1 - right if self.image in self.wrong else right]]
        for key in keys:
            self.due.append(Press(key, time + 0.25, 0.0))

    def presses_until(self, time: float) -> list[Press]:
        given = [press for press in self.due if press.time <= time]
        self.due = [press for press in self.due if press.time > time]
        return given


class Lab:
    """One session in a folder, run as often as is asked."""

    def __init__(self, folder: Path, head: str = "", tables: str = "", trials: int = 4) -> None:
        self.folder = folder / "sub-01_ses-01"
        self.protocol: Protocol = parse_protocol(PROTOCOL.format(head=head, tables=tables), "test.toml")
        every = [self._trial(index, f"p{index}") for index in range(1, trials + 1)]
        practice = [self._trial(index, f"x{index}") for index in (1, 2)] if self.protocol.practice else []
        self.plan = Plan(
            study="study",
            participant="sub-01",
            session="ses-01",
            simulated=False,
            protocol=ProtocolFacts(name="test", sha256=self.protocol.sha256, text=self.protocol.source),
            manifest={"sha256": None, "set": None},
            seed=1,
            stream="test",
            number=0,
            part=0,
            trials=tuple(every),
            practice=tuple(practice),
        )
        self.screens: list[VirtualScreen] = []

    @staticmethod
    def _trial(index: int, stimulus: str) -> PlannedTrial:
        return PlannedTrial(
            index=index,
            block=1,
            stimulus=stimulus,
            object=stimulus,
            condition="upright",
            offered=("mug", "hammer") if index % 2 else ("hammer", "mug"),
            truth="mug",
            ms=40.0,
            masked=False,
            file=f"{stimulus}.png",
            sha256=None,
            break_after=index == 2,
        )

    def run(self, somebody: Somebody, hooks: Hooks | None = None, **options: Any) -> str:
        new = not self.folder.exists()
        journal = Journal.create(self.folder, self.plan.record(), UTC) if new else Journal.open(self.folder)
        with journal:
            journal.append("start" if new else "resume", UTC)
            screen = VirtualScreen(somebody, 100)
            screen.loaded = Everything()
            self.screens.append(screen)
            return Session(
                screen, journal, self.plan, self.protocol, hooks or NoHooks(), **{"unattended": True, **options}
            ).run()

    @property
    def records(self) -> list[dict[str, Any]]:
        return read_journal(self.folder / "journal.jsonl")

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in self.records if record["type"] == kind]


class Everything(set[str]):
    """Every name there is."""

    def issuperset(self, other: Any) -> bool:
        return True


def test_a_session_leaves_every_trial_in_the_order_planned(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    somebody = Somebody()
    assert lab.run(somebody) == "complete"
    assert status(lab.records) == "complete"
    assert [trial["index"] for trial in lab.of("trial")] == [1, 2, 3, 4]
    assert [trial["choice"] for trial in lab.of("trial")] == ["mug"] * 4
    assert {trial["attempt"] for trial in lab.of("trial")} == {1}
    assert not any(trial["seen_before"] for trial in lab.of("trial"))
    assert somebody.texts == ["welcome", "instructions", "ready", "break_rest:2", "break_go_on:2", "debrief", "thanks"]
    assert somebody.pictures == ["p1", "p2", "p3", "p4"]


def test_a_trial_is_announced_before_its_picture_is_shown(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.run(Somebody())
    kinds = [record["type"] for record in lab.records if record["type"] in {"begin", "trial"}]
    assert kinds == ["begin", "trial"] * 4
    began = {record["index"]: record["utc"] for record in lab.of("begin")}
    for trial in lab.of("trial"):
        assert began[trial["index"]] < trial["utc"]


def test_the_interval_between_trials_is_kept(tmp_path: Path) -> None:
    lab = Lab(tmp_path, head="interval_ms = 500")
    lab.run(Somebody())
    first, second = lab.of("trial")[:2]
    begun = lab.of("begin")[1]
    assert first["utc"] < begun["utc"] < second["utc"]
    # 250 ms to the answer, then the blank; the next begins when it is over.
    assert begun["utc"][-7:-1] >= "000.500"


def test_a_break_lasts_as_long_as_it_must(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.run(Somebody())
    (rest,) = [record for record in lab.of("state") if record["state"] == "break"]
    (go_on,) = [record for record in lab.of("state") if record["state"] == "break_go_on"]
    assert float(go_on["utc"][17:-1]) - float(rest["utc"][17:-1]) == pytest.approx(5.0, abs=0.03)


def test_escape_before_the_picture_repeats_the_trial_unmarked(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    assert lab.run(Somebody(("fixation", "escape"))) == "complete"
    (pause,) = lab.of("pause")
    first = lab.of("trial")[0]
    # Somebody's finger is slower than the fixation, so the picture has been there.
    assert (pause["index"], pause["seen"], first["attempt"]) == (1, True, 2)


def test_escape_after_the_picture_repeats_the_trial_marked(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    somebody = Somebody(("image:p3", "escape"))
    assert lab.run(somebody) == "complete"
    assert somebody.pictures.count("p3") == 2
    third = lab.of("trial")[2]
    assert (third["index"], third["attempt"], third["seen_before"], third["timing_valid"]) == (3, 2, True, False)
    assert [trial["seen_before"] for trial in lab.of("trial")] == [False, False, True, False]


def test_or_skips_it_where_the_protocol_says_so(tmp_path: Path) -> None:
    lab = Lab(tmp_path, head='on_interrupted = "skip"')
    somebody = Somebody(("image:p3", "escape"))
    assert lab.run(somebody) == "complete"
    assert somebody.pictures.count("p3") == 1
    assert [trial["index"] for trial in lab.of("trial")] == [1, 2, 4]
    assert [(record["index"], record["reason"]) for record in lab.of("skipped")] == [(3, "interrupted")]


def test_escape_twice_stops_and_the_next_run_goes_on_there(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    assert lab.run(Somebody(("image:p3", "escape"), ("text:paused", "escape"))) == "stopped"
    assert status(lab.records) == "unfinished"
    assert [trial["index"] for trial in lab.of("trial")] == [1, 2]
    later = Somebody()
    assert lab.run(later) == "complete"
    assert [trial["index"] for trial in lab.of("trial")] == [1, 2, 3, 4]
    assert "instructions" not in later.texts
    assert later.pictures == ["p3", "p4"]
    assert lab.of("trial")[2]["seen_before"] is True


def test_a_run_that_was_killed_after_the_announcement_counts_as_seen(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    with Journal.create(lab.folder, lab.plan.record(), UTC) as journal:
        journal.append("start", UTC)
        journal.append("begin", UTC, index=1, attempt=1)
    assert lab.run(Somebody()) == "complete"
    assert (lab.of("trial")[0]["attempt"], lab.of("trial")[0]["seen_before"]) == (2, True)


def test_practice_is_repeated_until_the_criterion(tmp_path: Path) -> None:
    class Learner(Somebody):
        def sees(self, names: Sequence[str], time: float) -> None:
            if "text:practice_again" in names:
                self.wrong = ()
            super().sees(names, time)

    lab = Lab(tmp_path, tables=PRACTICE)
    somebody = Learner(wrong=["x1"])
    assert lab.run(somebody) == "complete"
    assert [(record["round"], record["right"], record["passed"]) for record in lab.of("round")] == [
        (1, 1, False),
        (2, 2, True),
    ]
    assert [record["index"] for record in lab.of("practice")] == [1, 2, 1, 2]
    assert somebody.texts[2:6] == ["practice", "wrong", "right", "practice_again"]
    assert len(lab.of("trial")) == 4


def test_who_misses_the_criterion_is_sent_home(tmp_path: Path) -> None:
    lab = Lab(tmp_path, tables=PRACTICE)
    assert lab.run(Somebody(wrong=["x1", "x2"])) == "aborted"
    assert status(lab.records) == "aborted"
    assert lab.of("abort")[0]["reason"] == "practice: criterion of 1 not reached"
    assert lab.of("trial") == []


def test_practice_that_was_passed_is_not_repeated(tmp_path: Path) -> None:
    lab = Lab(tmp_path, tables=PRACTICE)
    assert lab.run(Somebody(("image:p1", "escape"), ("text:paused", "escape"))) == "stopped"
    later = Somebody()
    assert lab.run(later) == "complete"
    assert not any(text.startswith("practice") for text in later.texts)


def test_consent_is_recorded_with_its_version_before_the_instructions(tmp_path: Path) -> None:
    lab = Lab(tmp_path, tables='[consent]\nversion = "2026-03"\n')
    assert lab.run(Somebody(("image:p1", "escape"), ("text:paused", "escape"))) == "stopped"
    kinds = [record["type"] for record in lab.records if record["type"] not in {"plan", "start"}]
    assert kinds[:3] == ["state", "state", "consent"], "after a welcome"
    assert lab.of("consent")[0]["version"] == "2026-03"
    later = Somebody()
    lab.run(later)
    assert "consent" not in later.texts


def test_nothing_of_a_trial_is_written_while_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab(tmp_path)
    written: list[float] = []
    real = Journal.append

    def watched(journal: Journal, kind: str, utc: str, **facts: Any) -> Any:
        if lab.screens:
            written.append(lab.screens[-1].now())
        return real(journal, kind, utc, **facts)

    monkeypatch.setattr(Journal, "append", watched)
    shown: list[tuple[float, float]] = []

    class Watching(Somebody):
        def sees(self, names: Sequence[str], time: float) -> None:
            if "fixation" in names and self.before != tuple(names):
                shown.append((time, time))
            if any(name.startswith(("image:", "label:", "fixation")) for name in names):
                shown[-1] = (shown[-1][0], time)
            super().sees(names, time)

    lab.run(Watching())
    assert len(shown) == 4
    assert not any(first <= moment <= last for first, last in shown for moment in written)


def test_a_full_disk_waits_for_room_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = Lab(tmp_path)
    real = Journal.append
    full = [1]

    def refusing(journal: Journal, kind: str, utc: str, **facts: Any) -> Any:
        if kind == "trial" and facts["index"] == 2 and full[0]:
            full[0] -= 1
            raise OSError(28, "No space left on device")
        return real(journal, kind, utc, **facts)

    monkeypatch.setattr(Journal, "append", refusing)
    somebody = Somebody()
    assert lab.run(somebody, unattended=False) == "complete"
    assert [trial["index"] for trial in lab.of("trial")] == [1, 2, 3, 4]
    assert somebody.texts.count("full_disk") == 1
    assert "No space left on device; free some space" in capsys.readouterr().err


class Refusing:
    """A disk that takes nothing more from the second answer on; `mend` makes room."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = True
        real = Journal.append

        def refusing(journal: Journal, kind: str, utc: str, **facts: Any) -> Any:
            if self.full and (kind != "trial" or facts["index"] > 1) and len(journal.records) > 8:
                raise OSError(28, "No space left on device")
            return real(journal, kind, utc, **facts)

        monkeypatch.setattr(Journal, "append", refusing)


def test_who_quits_before_a_full_disk_is_stopped_and_what_was_saved_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = Lab(tmp_path)
    disk = Refusing(monkeypatch)
    assert lab.run(Somebody(("text:full_disk", "escape")), unattended=False) == "stopped"
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("No space left on device; free some space, then press the key to go on")
    assert "the last record (" in second
    assert second.endswith(") was not saved")
    disk.full = False
    assert lab.run(Somebody()) == "complete"
    assert [trial["index"] for trial in lab.of("trial")] == [1, 2, 3, 4]


@pytest.mark.parametrize("how", ["escape", "Ctrl-C"])
def test_who_quits_when_there_is_room_again_has_saved_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    lab = Lab(tmp_path)
    disk = Refusing(monkeypatch)

    class Mending(Somebody):
        def sees(self, names: Sequence[str], time: float) -> None:
            if "text:full_disk" in names and disk.full:
                disk.full = False
                if how == "Ctrl-C":
                    raise KeyboardInterrupt
            super().sees(names, time)

    assert lab.run(Mending(("text:full_disk", "escape")), unattended=False) == "stopped"
    assert lab.of("note")[0]["said"] == "the run was stopped"
    assert lab.run(Somebody()) == "complete"
    assert {trial["attempt"] for trial in lab.of("trial")} == {1}


class Mover(Somebody):
    """Moves the session away at the third picture; puts it back, or quits, when that is told."""

    def __init__(self, folder: Path, puts_back: bool) -> None:
        super().__init__(*([] if puts_back else [("text:full_disk", "escape")]))
        self.folder, self.puts_back = folder, puts_back

    def sees(self, names: Sequence[str], time: float) -> None:
        away = self.folder.with_name("moved")
        if "image:p3" in names and self.image != "p3":
            self.folder.rename(away)
        if self.puts_back and "text:full_disk" in names and away.exists():
            away.rename(self.folder)
        super().sees(names, time)


def test_a_session_that_is_moved_while_it_runs_waits_until_it_is_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = Lab(tmp_path)
    assert lab.run(Mover(lab.folder, puts_back=True), unattended=False) == "complete"
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "was moved, replaced or written to by another program meanwhile; put back the one that was there" in told
    assert [(trial["index"], trial["attempt"]) for trial in lab.of("trial")] == [(1, 1), (2, 1), (3, 1), (4, 1)]


def test_or_is_written_anew_when_somebody_gives_up(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    assert lab.run(Mover(lab.folder, puts_back=False), unattended=False) == "stopped"
    assert [trial["index"] for trial in lab.of("trial")] == [1, 2, 3]
    assert lab.run(Somebody()) == "complete"
    assert [(trial["index"], trial["attempt"]) for trial in lab.of("trial")] == [(1, 1), (2, 1), (3, 1), (4, 1)]


def test_unattended_a_full_disk_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab(tmp_path)
    real = Journal.append

    def refusing(journal: Journal, kind: str, utc: str, **facts: Any) -> Any:
        if kind == "trial" and facts["index"] == 2:
            raise OSError(28, "No space left on device")
        return real(journal, kind, utc, **facts)

    monkeypatch.setattr(Journal, "append", refusing)
    with pytest.raises(OSError, match="No space left"):
        lab.run(Somebody())
    monkeypatch.undo()
    assert lab.run(Somebody()) == "complete"
    assert [trial["index"] for trial in lab.of("trial")] == [1, 2, 3, 4]
    assert Progress.of(lab.records).attempts == {1: 1, 2: 2, 3: 1, 4: 1}


def test_escape_right_after_an_answer_keeps_the_answer_and_pauses(tmp_path: Path) -> None:
    class Leaving(Somebody):
        """Answers the second trial and presses Escape a moment later."""

        def sees(self, names: Sequence[str], time: float) -> None:
            super().sees(names, time)
            for press in [press for press in self.due if press.key in {"left", "right"} and self.image == "p2"]:
                if not any(other.key == "escape" for other in self.due):
                    self.due.append(Press("escape", press.time + 0.012, 0.0))

    lab = Lab(tmp_path)
    assert lab.run(Leaving()) == "complete"
    assert [(trial["index"], trial["attempt"]) for trial in lab.of("trial")] == [(1, 1), (2, 1), (3, 1), (4, 1)]
    (pause,) = lab.of("pause")
    assert (pause["index"], pause["seen"]) == (None, False)


def test_escape_in_a_break_pauses(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    assert lab.run(Somebody(("text:break_rest", "escape"))) == "complete"
    assert len(lab.of("pause")) == 1
    assert len(lab.of("trial")) == 4


def test_a_session_is_complete_before_its_last_text(tmp_path: Path) -> None:
    lab = Lab(tmp_path)

    class Gone(Somebody):
        def sees(self, names: Sequence[str], time: float) -> None:
            if "text:debrief" in names:
                assert status(lab.records) == "complete"
                raise KeyboardInterrupt
            super().sees(names, time)

    with pytest.raises(KeyboardInterrupt):
        lab.run(Gone())
    assert status(lab.records) == "complete"


class Told(NoHooks):
    """Keeps what devices outside would be told."""

    def __init__(self) -> None:
        self.said: list[tuple[str, ...]] = []

    def begin(self, trial: str) -> None:
        self.said.append(("begin", trial))

    def phase(self, trial: str, name: str, code: int | None) -> None:
        self.said.append((trial, name, str(code)))


def test_devices_are_told_practice_and_repetitions_apart_and_practice_has_no_codes(tmp_path: Path) -> None:
    lab = Lab(tmp_path, tables=PRACTICE)
    hooks = Told()
    lab.protocol = replace(lab.protocol, phases=tuple(replace(phase, trigger=7) for phase in lab.protocol.phases))
    assert lab.run(Somebody(("image:p3", "escape")), hooks=hooks) == "complete"
    assert [said[1] for said in hooks.said if said[0] == "begin"] == [
        *("practice 1", "practice 2", "trial 1", "trial 2", "trial 3", "trial 3, attempt 2", "trial 4")
    ]
    codes = {said[0]: said[2] for said in hooks.said if said[0] != "begin"}
    assert codes["practice 1"] == "None"
    assert codes["trial 1"] == codes["trial 3, attempt 2"] == "7"


def test_trouble_of_a_device_is_noted(tmp_path: Path) -> None:
    class Unplugged(NoHooks):
        def trouble(self) -> list[str]:
            return ["triggers: gone"]

    lab = Lab(tmp_path, trials=1)
    lab.run(Somebody(), hooks=Unplugged())
    assert [note["said"] for note in lab.of("note")] == ["triggers: gone"]
