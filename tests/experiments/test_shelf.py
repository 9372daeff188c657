"""Where protocols and pictures to practise with are found, and the pictures that come with askew."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from askew.errors import BadInput
from askew.files import sha256
from askew.study import Study
from askew_experiments.protocol import parse_protocol, read_protocol
from askew_experiments.shelf import adopted, bundled_languages, bundled_protocols, practice_folder, protocol_path
from askew_stimuli.check import findings
from askew_stimuli.designs import designs
from askew_stimuli.picture import Picture, read_manifest
from askew_stimuli.pixels import pixels_of

ROOT = Path(__file__).parents[2]
PRACTICE = ROOT / "experiments" / "practice"
OWN = bundled_protocols()["practice"].read_text(encoding="utf-8").replace('"practice"', '"own"', 1)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    study = Study(root=tmp_path / "study", name="study")
    study.write()
    return study


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    return read_manifest(PRACTICE / "manifest.csv")


def put(study: Study, name: str, text: str = OWN) -> Path:
    folder = study.root / "protocols"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return folder / name


def test_a_protocol_that_comes_with_askew_is_found_by_its_name(study: Study) -> None:
    assert protocol_path(study, "deadline") == bundled_protocols()["deadline"]


def test_the_study_s_own_comes_before_it(study: Study) -> None:
    for name in ("own", "deadline"):
        own = put(study, f"{name}.toml")
        assert protocol_path(study, name) == own


def test_a_file_is_taken_where_it_is(study: Study, tmp_path: Path) -> None:
    assert protocol_path(study, str(tmp_path / "own.toml")) == tmp_path / "own.toml"


@pytest.mark.parametrize("name", ["unusual_poses_40", "Deadline", "", "../deadline", "protocols", "a\nb"])
def test_an_unknown_name_is_told_which_there_are(study: Study, name: str) -> None:
    put(study, "own.toml")
    put(study, "xx.toml", "[text]\n")  # a language is no protocol
    with pytest.raises(BadInput) as raised:
        protocol_path(study, name)
    said = str(raised.value)
    assert said.startswith(f"protocol {name!r}")
    assert "there is none; in the study: own; with askew: deadline, mask_soa, practice, unusual_poses_150ms, " in said
    assert said.endswith("; or name a file that ends in .toml")
    assert "\n" not in said
    assert ("(did you mean unusual_poses_40ms?)" in said) == name.startswith("unusual")


def test_a_study_without_protocols_is_told_so(study: Study) -> None:
    with pytest.raises(
        BadInput, match="protocol 'mine': there is none; in the study: none yet; with askew: deadline, "
    ):
        protocol_path(study, "mine")


@pytest.mark.parametrize("name", bundled_protocols())
def test_a_protocol_is_copied_into_the_study_on_first_use(study: Study, name: str) -> None:
    own = adopted(study, name)
    assert own == study.root / "protocols" / f"{name}.toml"
    assert own.read_bytes() == bundled_protocols()[name].read_bytes()
    assert read_protocol(own).name == name


def test_from_then_on_it_may_be_edited(study: Study) -> None:
    own = adopted(study, "practice")
    own.write_text(own.read_text(encoding="utf-8").replace("ms = 1000", "ms = 2000"), encoding="utf-8")
    assert read_protocol(adopted(study, "practice")).exposures == (2000.0,)


def test_a_file_from_elsewhere_is_copied_too(study: Study, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    own = adopted(study, str(tmp_path / "own.toml"))
    assert own == study.root / "protocols" / "own.toml"
    assert adopted(study, str(tmp_path / "own.toml")) == adopted(study, "own") == adopted(study, str(own)) == own


def test_a_file_does_not_replace_another_of_its_name(study: Study, tmp_path: Path) -> None:
    put(study, "own.toml")
    (tmp_path / "own.toml").write_text(f"# changed\n{OWN}", encoding="utf-8")
    with pytest.raises(
        BadInput,
        match=r"own.toml: the study has another protocol of this name, .*protocols.own.toml; name that one, or give",
    ):
        adopted(study, str(tmp_path / "own.toml"))
    assert (study.root / "protocols" / "own.toml").read_text(encoding="utf-8") == OWN


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("ms = 1000", "mss = 1000", "mss"),
        ('name = "own"', 'name = "other"', ", name: 'other' is given, but the file is own.toml"),
        ("[[phase]]", "[[phase]", ": is not TOML: "),
    ],
)
def test_a_faulty_file_is_named_itself_and_may_be_corrected(
    study: Study, tmp_path: Path, right: str, wrong: str, message: str
) -> None:
    given = tmp_path / "own.toml"
    assert right in OWN
    given.write_text(OWN.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(BadInput) as raised:
        adopted(study, str(given))
    assert str(raised.value).startswith(f"{given}")
    assert message in str(raised.value)
    assert not (study.root / "protocols").exists()
    given.write_text(OWN, encoding="utf-8")
    assert adopted(study, str(given)).read_text(encoding="utf-8") == OWN


def test_a_faulty_file_is_told_before_another_of_its_name(study: Study, tmp_path: Path) -> None:
    put(study, "own.toml")
    (tmp_path / "own.toml").write_text(OWN.replace("ms = 1000", "mss = 1000", 1), encoding="utf-8")
    with pytest.raises(BadInput, match="mss"):
        adopted(study, str(tmp_path / "own.toml"))


def test_a_file_that_is_not_there_is_named(study: Study, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"gone.toml: there is no such protocol"):
        adopted(study, str(tmp_path / "gone.toml"))
    assert not (study.root / "protocols").exists()


def test_pictures_to_practise_with_are_the_study_s_where_the_protocol_says_so(study: Study) -> None:
    theirs = OWN.replace("trials = 4", 'trials = 4\nfolder = "warm-up"')
    assert practice_folder(study, parse_protocol(OWN, "")) == PRACTICE
    assert practice_folder(study, parse_protocol(theirs, "")) == study.root / "warm-up"
    with pytest.raises(BadInput, match=r"'\.\./warm-up' leads out of the folder"):
        practice_folder(study, parse_protocol(theirs.replace("warm-up", "../warm-up"), ""))


def test_each_thing_on_the_shelf_goes_into_the_wheel() -> None:
    included = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name in ("languages", "practice", "protocols"):
        assert f'"experiments/{name}" = "askew_experiments/{name}"' in included


def test_an_installed_package_has_its_shelf_within(tmp_path: Path) -> None:
    package = ROOT / "experiments" / "askew_experiments"
    shutil.copytree(package, tmp_path / "askew_experiments", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in ("languages", "practice", "protocols"):
        shutil.copytree(ROOT / "experiments" / name, tmp_path / "askew_experiments" / name)
    script = (
        "import askew_experiments.shelf as s; print(s.__file__); print(*s.bundled_protocols(), *s.bundled_languages())"
    )
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {script}"],
        capture_output=True,
        text=True,
        check=True,
    )
    where, names = run.stdout.splitlines()
    assert Path(where).is_relative_to(tmp_path)
    assert names.split() == [*bundled_protocols(), *bundled_languages()]


def test_the_practice_pictures_pass_the_check_of_sets(pictures: list[Picture]) -> None:
    assert [finding for finding in findings(PRACTICE, pictures) if not finding.note] == []


def test_they_are_shapes_upright_and_turned_on_the_bundled_set_s_background(pictures: list[Picture]) -> None:
    shown = Counter((picture.object_id, picture.condition) for picture in pictures)
    assert len(shown) >= 16
    assert {*shown.values()} == {1}
    assert {condition for _, condition in shown} == {"upright", "rotated"}
    assert {picture.background_rgb for picture in pictures} == {(124, 116, 104)}
    assert {picture.size_px for picture in pictures} == {(400, 400)}


def test_each_of_their_labels_is_offered_as_often_as_it_is_right(pictures: list[Picture]) -> None:
    truths = Counter(picture.class_label for picture in pictures)
    assert truths == Counter(picture.alt_label for picture in pictures)


def test_they_are_whole_and_small(pictures: list[Picture]) -> None:
    for picture in pictures:
        assert {*picture.files} == {"picture", "silhouette", "mask"}
        for name, digest in picture.files.values():
            assert sha256(PRACTICE / name) == digest
    files = [path for path in PRACTICE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files) < 300_000
    facts = json.loads((PRACTICE / "manifest.json").read_text(encoding="utf-8"))
    assert (facts["rows"], facts["sha256"]) == (len(pictures), sha256(PRACTICE / "manifest.csv"))


def test_no_set_that_comes_with_askew_has_their_labels(pictures: list[Picture]) -> None:
    assert not {picture.class_label for picture in pictures} & {design.label for design in designs().values()}


def test_their_masks_leave_nothing_of_the_picture_to_be_seen(pictures: list[Picture]) -> None:
    for picture in pictures:
        mask = pixels_of(PRACTICE / str(picture.mask_file))
        assert mask.shape == (400, 400, 3)
        assert not (mask == (124, 116, 104)).all(axis=-1).any()


def test_they_can_be_drawn_again(tmp_path: Path, pictures: list[Picture], monkeypatch: pytest.MonkeyPatch) -> None:
    spec = spec_from_file_location("practice_make", PRACTICE / "make.py")
    assert spec is not None
    assert spec.loader is not None
    make = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "practice_make", make)  # where dataclasses look for their module
    spec.loader.exec_module(make)
    monkeypatch.setattr(make, "FOLDER", tmp_path / "again")
    make.main()
    again = read_manifest(tmp_path / "again" / "manifest.csv")
    assert [(each.image_id, each.alt_label) for each in again] == [(each.image_id, each.alt_label) for each in pictures]
    for each in again:
        mask = str(each.mask_file)
        assert (pixels_of(tmp_path / "again" / mask) == pixels_of(PRACTICE / mask)).all()
    if (again[0].gl_renderer, again[0].versions) != (pictures[0].gl_renderer, pictures[0].versions):
        pytest.skip("another graphics driver, or other versions, than those that drew the practice pictures")
    assert [each.sha256_pixels for each in again] == [each.sha256_pixels for each in pictures]
