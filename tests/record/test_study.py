"""The study folder and its study.toml."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from askew.declared import Contrast, Pool, Subgroup
from askew.errors import BadInput
from askew.study import Study
from askew.trial import Trial, write_trials

MINIMAL = 'schema = 1\nname = "a"\n'


def test_a_study_survives_the_disk(tmp_path: Path) -> None:
    study = Study(
        root=tmp_path,
        name="poses",
        title='Objects, "upside down" – größer\\kleiner',
        seed=2**40,
        simulated=True,
        combine={"rotated": ("rotated-correct", "rotated-incorrect"), "both kinds": ("a", "b")},
        subgroups=(Subgroup(name="alone", group="unlimited", column="presentation", value="alone-first"),),
        pools=(
            Pool(name="one", group="40ms", observers=("sub-01", "sub-02")),
            Pool(name="two", group="40ms", observers=("sub-03", "sub-04")),
        ),
        contrasts=(Contrast(a="unlimited", b="40ms", condition="rotated"), Contrast(a="a", b="b", group="c")),
        source={"importer": "x", "a key": "a value"},
    )
    study.write()
    assert Study.open(tmp_path) == study


def test_a_bare_study_survives_the_disk(tmp_path: Path) -> None:
    Study(root=tmp_path, name="bare").write()
    assert Study.open(tmp_path) == Study(root=tmp_path, name="bare")


def test_a_study_may_say_that_its_participants_are_simulated(tmp_path: Path) -> None:
    Study(root=tmp_path, name="demo", simulated=True).write()
    assert Study.open(tmp_path).simulated
    assert "\nsimulated = true\n" in (tmp_path / "study.toml").read_text()
    Study(root=tmp_path, name="demo").write()
    assert "simulated" not in (tmp_path / "study.toml").read_text()
    assert not Study.open(tmp_path).simulated
    (tmp_path / "study.toml").write_text(MINIMAL + "simulated = false\n")
    assert not Study.open(tmp_path).simulated


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "study.toml: schema is missing; see a file made by `askew new`"),
        ("schema = 1", "study.toml: name is missing"),
        ("schema = 2\nname = 'a'", "study.toml: is a study of schema 2, this askew knows schema 1; update askew"),
        ("schema = 0\nname = 'a'", "study.toml: is a study of schema 0, this askew knows schema 1; write schema = 1"),
        (MINIMAL + "colour = 1", "study.toml: 'colour' is not a key of a study; allowed: schema, name, title, seed"),
        (MINIMAL + "seed = 'x'", "study.toml, seed: 'x' is given, but it has to be a whole number"),
        (MINIMAL + "seed = true", "study.toml, seed: True is given, but it has to be a whole number"),
        (MINIMAL + "seed = -1", "study.toml, seed: -1 is not a whole number from 0 to 9223372036854775807"),
        (MINIMAL + "seed = 0x" + "f" * 5000, "study.toml, seed: "),
        (MINIMAL + "seed." + "a." * 3000 + "b = 1", "study.toml"),
        (MINIMAL + "simulated = 'yes'", "study.toml, simulated: 'yes' is given, but it has to be true or false"),
        (MINIMAL + "simulated = 1", "study.toml, simulated: 1 is given, but it has to be true or false"),
        ("schema = 1\nname = ''", "study.toml, name: '' is empty"),
        (
            MINIMAL + "combine = {r = ['a', 'a']}",
            "study.toml, combine: 'r' is made of ['a', 'a']; name each condition once",
        ),
        (MINIMAL + "combine = {r = ['']}", "study.toml, combine: '' is empty"),
        (MINIMAL + "contrast = [{a = 'x', b = '', condition = 'c'}]", "study.toml, b: '' is empty"),
        (MINIMAL + "seed = ]", "study.toml: is not TOML: Invalid value (at line 3, column 8)"),
        (MINIMAL + "seed = " + "9" * 5000, "study.toml: is not TOML: "),
        (MINIMAL + "title = " + "[" * 5000, "study.toml: is not TOML: "),
        (MINIMAL + 'title = "a\\nb"', "study.toml, title: 'a\\nb' holds a line break"),
        (MINIMAL + "combine = {r = []}", "study.toml, combine.r: [] is given, but only texts are allowed"),
        (MINIMAL + "combine = {r = [1]}", "study.toml, combine.r: [1] is given, but only texts are allowed"),
        (MINIMAL + "source = {r = 1}", "study.toml, source.r: [1] is given, but only texts are allowed"),
        (MINIMAL + "contrast = [{a = 'x'}]", "contrast: {'a': 'x'}: b is missing; it takes a, b, condition"),
        (MINIMAL + "contrast = [1]", "study.toml, contrast: 1 is given, but it has to be a table"),
        (
            MINIMAL + "contrast = [{a = 'x', b = 'y'}]",
            "study.toml, contrast: 'x' against 'y': name the condition in which two groups are compared, or the group",
        ),
        (
            MINIMAL + "contrast = [{a = 'x', b = 'y', condition = 'c', group = 'g'}]",
            "study.toml, contrast: 'x' against 'y': name the condition",
        ),
        (MINIMAL + "contrast = [{a = 'x', b = 'x', group = 'g'}]", "contrast: 'x' is compared with itself; name two"),
        (
            MINIMAL + "contrast = [{a = 'x', b = 'y', where = 'c'}]",
            "'where' is unknown; it takes a, b, condition, group",
        ),
        (
            MINIMAL + "pool = [{name = 'p', group = 'g', observers = 'x'}]",
            "study.toml, pool: observers = 'x' is given, but it has to be texts in a list",
        ),
        (
            MINIMAL + "pool = [{name = 'p', group = 'g', observers = ['x', 'x']}]",
            "study.toml, pool: 'p' is made of ['x', 'x']; name two or more observers, each once",
        ),
        (
            MINIMAL + "subgroup = [{name = 's', group = 'g', column = 'rt_ms', value = '3'}]",
            "study.toml, column: 'rt_ms' cannot part a group; allowed: observer, kind, session, set, presentation",
        ),
        (MINIMAL + "subgroup = [{name = 's', group = 1, column = 'set', value = '3'}]", "group = 1 is given"),
    ],
)
def test_a_wrong_study_is_described(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "study.toml").write_text(text)
    with pytest.raises(BadInput) as error:
        Study.open(tmp_path)
    assert says in str(error.value)
    assert str(tmp_path) in str(error.value)


def test_a_folder_without_study_toml_is_no_study(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"is no study, for it has no study.toml; `askew new` makes one"):
        Study.open(tmp_path)


@pytest.mark.parametrize(("name", "typed"), [("none", "none"), ("my study", "'my study'")])
def test_a_folder_that_is_not_there_can_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, typed: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput) as error:
        Study.open(name)
    assert str(error.value) == (f"{name}: there is no such folder; name a study, or make one with `askew new {typed}`")


def test_a_study_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_bytes(b'name = "\xe4"')
    with pytest.raises(BadInput, match="is not UTF-8 text; save it as UTF-8"):
        Study.open(tmp_path)


def test_a_file_outside_the_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="leads out of the folder"):
        Study(root=tmp_path, name="a").file("../other/trials.csv")


def test_trials_come_from_all_tables_in_the_order_of_their_names(tmp_path: Path, trial: Callable[..., Trial]) -> None:
    study = Study(root=tmp_path, name="a")
    write_trials(study.file("trials/b.csv"), [trial(observer="second")])
    write_trials(study.file("trials/a.csv"), [trial(observer="first")])
    assert [each.observer for each in study.trials()] == ["first", "second"]


def test_what_is_no_folder_of_tables_is_told(tmp_path: Path) -> None:
    (tmp_path / "trials").touch()
    with pytest.raises(BadInput, match="trials: is not a folder; the tables of trials have to be in one"):
        Study(root=tmp_path, name="a").trial_files()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_hang_the_reader_of_a_study(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "study.toml")
    with pytest.raises(BadInput, match=r"study.toml: is not an ordinary file"):
        Study.open(tmp_path)


def test_pictures_have_to_be_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "stimuli").touch()
    with pytest.raises(BadInput, match="stimuli: is not a folder; the pictures and their manifest have to be in one"):
        _ = Study(root=tmp_path, name="a").manifest


def test_tables_are_found_whatever_the_case_and_hidden_files_are_none(
    tmp_path: Path, trial: Callable[..., Trial]
) -> None:
    study = Study(root=tmp_path, name="a")
    write_trials(study.file("trials/A.CSV"), [trial()])
    (tmp_path / "trials" / "._A.CSV").write_bytes(b"\0")
    assert [path.name for path in study.trial_files()] == ["A.CSV"]


def test_a_trial_that_two_tables_hold_is_refused(tmp_path: Path, trial: Callable[..., Trial]) -> None:
    study = Study(root=tmp_path, name="a")
    write_trials(study.file("trials/a.csv"), [trial()])
    write_trials(study.file("trials/b.csv"), [trial(stimulus="other"), trial()])
    with pytest.raises(BadInput, match=r"b.csv, line 3: repeats .*a.csv, line 2: the same observer"):
        list(study.trials())
