"""Exporting: which sessions are taken, what is refused, and the study's own tables as a data set."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from askew import sidecar
from askew.errors import BadInput, WrongCall
from askew.study import Study
from askew.trial import TRIALS, read_trials
from askew_experiments.credits import Credits, read_credits
from askew_experiments.export_command import EXAMPLE, export
from askew_stimuli.commandline import command
from askew_stimuli.picture import Picture, read_manifest, write_manifest
from tests.experiments.kit.sessions import MISCLICK, SHORT, TIMEOUT, Answer, pictures_of, session_of, study_of

NO_MASKS = "nothing was shown where the protocol has a mask, for the set had none, in 1 session, such as sub-01_ses-01"
WRONG = Answer(right=False, rt_ms=900.0)
PICTURES = pictures_of([("mug", "hammer"), ("hammer", "mug"), ("lamp", "umbrella")], object_licence="CC0-1.0")
Exported = Callable[..., Path]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study with pictures and no session yet."""
    return study_of(tmp_path / "study", PICTURES)


@pytest.fixture
def exported(study: Study, tmp_path: Path) -> Exported:
    """Export the study in a format; returns the new folder."""

    def run(*words: str, out: str = "out") -> Path:
        command(export, "askew session export", [str(study.root), "--out", str(tmp_path / out), *words], EXAMPLE)
        return tmp_path / out

    return run


def people(study: Study) -> None:
    """Three people: one complete, one who is not through, one whose session was aborted."""
    session_of(study, "01", PICTURES, [Answer(), WRONG, MISCLICK])
    session_of(study, "02", PICTURES, [TIMEOUT], end="unfinished", number=1)
    session_of(study, "03", PICTURES, [Answer(), Answer()], end="aborted", number=2)


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def tables(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "trials").glob("*.csv"))


def test_what_was_answered_comes_back_from_the_tables(study: Study, exported: Exported) -> None:
    session_of(study, "01", PICTURES, [Answer(rt_ms=612.5), WRONG, MISCLICK])
    right, wrong, slip = read_trials(exported("--csv") / "trials" / "sub-01_ses-01.csv")
    assert (right.observer, right.kind, right.session, right.group) == ("sub-01", "human", "ses-01", "40ms")
    assert (right.offered, right.choice, right.correct, right.rt_ms) == (("mug", "hammer"), "mug", True, 612.5)
    assert (wrong.offered, wrong.choice, wrong.correct, wrong.rt_ms) == (("mug", "hammer"), "mug", False, 900.0)
    assert (slip.outcome, slip.choice, slip.correct, slip.rt_ms) == ("misclick", None, None, None)
    assert (right.requested_ms, right.achieved_ms, right.timing_valid) == (40.0, 40.01, True)


def test_tables_come_with_a_codebook_of_every_column_and_the_protocol(study: Study, exported: Exported) -> None:
    session_of(study, "01", PICTURES, [Answer()] * 3)
    out = exported("--csv")
    codebook = (out / "codebook.md").read_text(encoding="utf-8")
    assert all(f"| `{column}` |" in codebook for column in TRIALS.columns)
    assert (out / "protocols" / "short_words.toml").read_text(encoding="utf-8") == SHORT


def test_only_complete_sessions_are_taken_and_the_others_named(
    study: Study, exported: Exported, capsys: pytest.CaptureFixture[str]
) -> None:
    people(study)
    out = exported("--csv")
    assert tables(out) == ["sub-01_ses-01.csv"]
    said = [
        (
            "left out: 1 unfinished (sub-02_ses-01): go on with `askew session resume`, or take what there is with "
            "--partial"
        ),
        "left out: 1 aborted (sub-03_ses-01): take what there is with --partial",
        NO_MASKS,
    ]
    assert capsys.readouterr().out == f"{out}: 1 session of 1 participant.\n" + "".join(f"note: {s}\n" for s in said)
    assert all(f"- {sentence}\n" in (out / "README.md").read_text(encoding="utf-8") for sentence in said)


def test_partial_takes_what_there_is_and_says_which(study: Study, exported: Exported) -> None:
    people(study)
    session_of(study, "04", PICTURES, [], end="aborted", number=3)
    out = exported("--csv", "--partial")
    assert tables(out) == ["sub-01_ses-01.csv", "sub-02_ses-01.csv", "sub-03_ses-01.csv"]
    assert len(list(read_trials(out / "trials" / "sub-03_ses-01.csv"))) == 2
    readme = (out / "README.md").read_text(encoding="utf-8")
    assert "- not complete: sub-02_ses-01 (unfinished), sub-03_ses-01 (aborted)\n" in readme
    assert "- left out: 1 without trials (sub-04_ses-01): they ended before the first\n" in readme


def test_simulated_sessions_are_left_out_beside_people(
    study: Study, exported: Exported, capsys: pytest.CaptureFixture[str]
) -> None:
    session_of(study, "01", PICTURES, [Answer()] * 3)
    for number in range(5):
        session_of(study, f"sim0{number}", PICTURES, [Answer()] * 3, simulated=True, number=number)
    assert tables(exported("--csv")) == ["sub-01_ses-01.csv"]
    assert (
        "note: left out: 5 simulated (sub-sim00_ses-01, sub-sim01_ses-01, sub-sim02_ses-01, ...): take them beside "
        "people's with --simulated\n"
    ) in capsys.readouterr().out
    mixed = exported("--csv", "--simulated", out="mixed")
    assert len(tables(mixed)) == 6
    assert "6 sessions of 1 participant and 5 simulated participants, whom each table tells apart." in (
        mixed / "README.md"
    ).read_text(encoding="utf-8")


def test_a_person_who_is_not_through_does_not_let_simulated_ones_pass_for_the_study(
    study: Study, exported: Exported
) -> None:
    session_of(study, "01", PICTURES, [Answer()], end="unfinished")
    session_of(study, "sim01", PICTURES, [Answer()] * 3, simulated=True)
    with pytest.raises(BadInput) as caught:
        exported("--csv")
    assert str(caught.value) == (
        f"{study.root}: no session can be exported: 1 unfinished (sub-01_ses-01): go on with `askew session resume`, "
        "or take what there is with --partial; 1 simulated (sub-sim01_ses-01): take them beside people's with "
        "--simulated"
    )


def test_simulated_sessions_alone_are_exported_and_marked(study: Study, exported: Exported) -> None:
    session_of(study, "sim01", PICTURES, [Answer()] * 3, simulated=True)
    out = exported("--csv")
    assert {trial.kind for trial in read_trials(out / "trials" / "sub-sim01_ses-01.csv")} == {"simulated"}
    readme = (out / "README.md").read_text(encoding="utf-8")
    assert readme.startswith(
        "# Made up (simulated)\n\n1 session of 1 simulated participant. Simulated participants are"
    )
    assert "programs and not people" in readme


def test_a_study_without_sessions_says_how_to_get_some(study: Study, exported: Exported) -> None:
    with pytest.raises(BadInput) as caught:
        exported("--csv")
    assert str(caught.value) == (
        f"{study.root}: has no sessions; run them with `askew session run`, or try `askew session simulate` first"
    )


@pytest.mark.parametrize(
    ("words", "given"), [([], "none is given"), (["--csv", "--bids"], "2 are given (--bids, --csv)")]
)
def test_one_format_is_needed(words: list[str], given: str, exported: Exported) -> None:
    with pytest.raises(WrongCall) as caught:
        exported(*words)
    assert str(caught.value) == (
        f"one format is needed, but {given}; give one of --bids, --psychds, --csv, --published"
    )


def test_pictures_go_with_the_formats_that_have_a_place_for_them(exported: Exported) -> None:
    with pytest.raises(WrongCall) as caught:
        exported("--csv", "--pictures")
    assert str(caught.value) == "--pictures goes with --bids, --psychds, --published, but the format is --csv"


def test_a_place_that_something_is_in_is_refused(study: Study, exported: Exported, tmp_path: Path) -> None:
    session_of(study, "01", PICTURES, [Answer()] * 3)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for out, trouble in (
        ("full", "is not empty; name a new folder with --out, or empty this one"),
        ("file", "is there and is no folder; name a new one with --out"),
        ("study/sessions/out", "lies in sessions/, which is for journals alone; name another folder with --out"),
    ):
        before = files(tmp_path)
        with pytest.raises(BadInput) as caught:
            exported("--csv", out=out)
        assert str(caught.value) == f"{tmp_path / out}: {trouble}"
        assert files(tmp_path) == before


def test_an_empty_folder_will_do(study: Study, exported: Exported, tmp_path: Path) -> None:
    session_of(study, "01", PICTURES, [Answer()] * 3)
    (tmp_path / "out").mkdir()
    assert tables(exported("--csv")) == ["sub-01_ses-01.csv"]


def test_an_export_that_fails_leaves_nothing(study: Study, exported: Exported, tmp_path: Path) -> None:
    session_of(study, "01", PICTURES, [Answer()] * 3)
    (study.manifest.parent / "images" / "picture_3.png").unlink()
    before = files(tmp_path)
    with pytest.raises(BadInput) as caught:
        exported("--bids", "--pictures")
    assert str(caught.value) == f"{study.manifest.parent / 'images' / 'picture_3.png'}: is not there; restore it"
    assert files(tmp_path) == before


@pytest.mark.parametrize("words", [["--csv"], ["--bids"], ["--psychds"], ["--bids", "--pictures"]])
def test_the_same_sessions_give_the_same_bytes_and_name_no_place(
    words: list[str], study: Study, exported: Exported, tmp_path: Path
) -> None:
    people(study)
    first, again = exported(*words), exported(*words, out="again")
    assert files(first) == files(again)
    assert not any(str(tmp_path).encode() in content for content in files(first).values())


def test_a_program_gets_json(study: Study, exported: Exported, capsys: pytest.CaptureFixture[str]) -> None:
    people(study)
    session_of(study, "sim01", PICTURES, [Answer()] * 3, simulated=True)
    out = exported("--csv", "--json", "--simulated")
    told = json.loads(capsys.readouterr().out)
    assert told["left_out"] == {"unfinished": ["sub-02_ses-01"], "aborted": ["sub-03_ses-01"]}
    assert {key: told[key] for key in ("out", "format", "sessions", "trials", "people", "simulated")} == {
        "out": str(out),
        "format": "csv",
        "sessions": 2,
        "trials": 6,
        "people": 1,
        "simulated": 1,
    }


def test_a_session_in_another_ones_folder_is_refused(study: Study, exported: Exported) -> None:
    journal = session_of(study, "01", PICTURES, [Answer()] * 3)
    journal.parent.rename(journal.parent.with_name("sub-01_ses-02"))
    with pytest.raises(BadInput) as caught:
        exported("--csv")
    moved = journal.parent.with_name("sub-01_ses-02") / journal.name
    assert str(caught.value) == (
        f"{moved}: is that of 'sub-01_ses-01', but lies in 'sub-01_ses-02'; give the folder its name back"
    )


def test_a_name_instead_of_a_code_is_refused(study: Study, exported: Exported) -> None:
    journal = session_of(study, "Jane Doe", PICTURES, [Answer()] * 3)
    with pytest.raises(BadInput) as caught:
        exported("--csv")
    assert str(caught.value) == f"{journal}: 'sub-Jane Doe_ses-01' is no sub-CODE_ses-LABEL of letters and digits"


@pytest.mark.skipif(sys.platform == "win32", reason="such folders are one there")
def test_codes_that_other_systems_take_for_the_same_are_refused(study: Study, exported: Exported) -> None:
    session_of(study, "a1", PICTURES, [Answer()] * 3)
    session_of(study, "A1", PICTURES, [Answer()] * 3)
    with pytest.raises(BadInput) as caught:
        exported("--bids")
    assert str(caught.value) == (
        "participants sub-A1 and sub-a1 differ in capital letters only, which other systems take for the same; move "
        "the sessions of one to another study"
    )


def test_a_damaged_journal_is_named_with_its_line(study: Study, exported: Exported) -> None:
    journal = session_of(study, "01", PICTURES, [Answer()] * 3)
    journal.write_bytes(journal.read_bytes().replace(b'"rt_ms":612.5', b'"rt_ms":312.5', 1))
    with pytest.raises(BadInput, match=r"journal\.jsonl, line 4: is damaged or changed"):
        exported("--csv")


def test_a_torn_last_line_is_no_trial(study: Study, exported: Exported) -> None:
    journal = session_of(study, "01", PICTURES, [Answer(), WRONG], end="unfinished")
    content = journal.read_bytes()
    journal.write_bytes(content[:-20])
    assert len(list(read_trials(exported("--csv", "--partial") / "trials" / "sub-01_ses-01.csv"))) == 1
    assert journal.read_bytes() == content[:-20]


def test_a_label_that_no_table_can_hold_is_told_with_its_journal(study: Study, exported: Exported) -> None:
    broken = [_changed(PICTURES[0], class_label="mug\tcup"), *PICTURES[1:]]
    journal = session_of(study, "01", broken, [Answer()] * 3)
    with pytest.raises(BadInput) as caught:
        exported("--bids")
    assert str(caught.value) == (
        f"{journal}, column offered: 'mug\\tcup' holds a line break or a control character; remove it"
    )


def test_two_texts_of_one_protocol_are_both_kept(study: Study, exported: Exported) -> None:
    session_of(study, "01", PICTURES, [Answer()] * 3)
    session_of(study, "02", PICTURES, [Answer()] * 3, protocol=SHORT.replace("ms = 500", "ms = 600"))
    kept = sorted((exported("--csv") / "protocols").iterdir())
    assert [path.name[:12] for path in kept] == ["short_words_"] * 2
    assert {path.read_text(encoding="utf-8").count("ms = 600") for path in kept} == {0, 1}


def test_a_manifest_changed_since_the_session_is_told(study: Study, exported: Exported) -> None:
    session_of(study, "01", PICTURES, [Answer()] * 3)
    facts = sidecar.read(study.manifest)
    assert facts is not None
    write_manifest(study.manifest, read_manifest(study.manifest)[:2], facts)
    assert (
        "- the manifest of the pictures was changed after 1 of the sessions were planned, such as sub-01_ses-01; their "
        "journals say which pictures were shown\n"
    ) in (exported("--bids") / "README.md").read_text(encoding="utf-8")


def test_recordings_of_gaze_are_told_of_and_stay_where_they_are(study: Study, exported: Exported) -> None:
    session_of(study, "01", PICTURES, [Answer()] * 3)
    (study.root / "sessions" / "sub-01_ses-01" / "gaze-1.hdf5").write_bytes(b"gaze")
    out = exported("--bids")
    said = "gaze was recorded in 1 session, such as sub-01_ses-01; the recordings are not here, but in sessions/"
    assert said in (out / "README.md").read_text(encoding="utf-8")
    assert not [*out.rglob("*.hdf5")]


def test_a_picture_that_is_not_the_one_shown_is_not_copied(study: Study, exported: Exported) -> None:
    session_of(study, "01", PICTURES, [Answer()] * 3)
    path = study.manifest.parent / "images" / "picture_2.png"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(BadInput) as caught:
        exported("--psychds", "--pictures")
    assert str(caught.value) == (
        f"{path}: is not the file that sub-01_ses-01 showed; restore it, or export without --pictures"
    )
    exported("--psychds")


def test_pictures_of_which_only_the_names_are_known_cannot_be_copied(study: Study, exported: Exported) -> None:
    session_of(study, "01", [_changed(picture, file=None) for picture in PICTURES], [Answer()] * 3)
    with pytest.raises(BadInput) as caught:
        exported("--bids", "--pictures")
    assert str(caught.value) == f"{study.root}: its sessions name no files of pictures; export without --pictures"


def test_pictures_that_state_no_licence_are_counted(
    tmp_path: Path, exported: Exported, capsys: pytest.CaptureFixture[str]
) -> None:
    open_ones, unknown = PICTURES[:1], pictures_of([("mug", "hammer"), ("hammer", "mug")])[1:]
    study = study_of(tmp_path / "study", [*open_ones, *unknown])
    session_of(study, "01", [*open_ones, *unknown], [Answer()] * 2)
    exported("--bids", "--pictures")
    assert (
        "note: 1 of the pictures copied state no licence (object_licence in the manifest); pass them on only if you "
        "may\n"
    ) in capsys.readouterr().out


def test_a_study_may_say_who_made_the_data_set(study: Study) -> None:
    assert read_credits(study) == Credits()
    path = study.root / "dataset.toml"
    path.write_text('authors = ["A. Author", "B. Author"]\nlicence = "CC0-1.0"\n', encoding="utf-8")
    assert read_credits(study) == Credits(authors=("A. Author", "B. Author"), licence="CC0-1.0")
    path.write_text('license = "CC0-1.0"\n', encoding="utf-8")
    with pytest.raises(
        BadInput, match=r"dataset\.toml: 'license' \(did you mean licence\?\) is no key here; allowed: "
    ):
        read_credits(study)


def test_nothing_heavy_is_loaded_before_an_export_begins() -> None:
    script = "import sys, askew_experiments.export_command; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "PIL", "psychopy", "scipy", "pandas"} & {*loaded}


def _changed(picture: Picture, **values: object) -> Picture:
    """The picture with values that a manifest might refuse."""
    copy = Picture(**{name: getattr(picture, name) for name in Picture.__dataclass_fields__})
    for name, value in values.items():
        object.__setattr__(copy, name, value)
    return copy
