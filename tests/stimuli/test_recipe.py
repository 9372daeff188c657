"""Recipes: what a set is made of, and the one line that says what is wrong with it."""

from pathlib import Path

import pytest

from askew.errors import BadInput
from askew_stimuli.recipe import known_sets, read_recipe, recipe_of

POSE = '\n[[pose]]\ncondition = "upright"\nsampler = "upright"\n'
HEAD = 'schema = 1\nname = "mine"\nseed = 3\n'
BUNDLED = '\n[bundled]\nobjects = ["teapot", "hammer"]\n'


def recipe(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return path


def test_the_bundled_set_shows_at_least_thirty_classes_upright_and_twice_rotated() -> None:
    bundled = recipe_of("bundled")
    things = bundled.things()
    assert len({thing.class_index for thing in things}) >= 30
    assert [(rule.condition, rule.number) for rule in bundled.poses] == [("upright", 1), ("rotated", 2)]
    assert "bundled" in known_sets()


def test_a_recipe_names_objects_instances_and_poses(tmp_path: Path) -> None:
    path = recipe(tmp_path, HEAD + BUNDLED + "instances = [0, 2]\n" + POSE + "[match]\ntarget = 0.1\n")
    mine = read_recipe(path)
    assert [thing.object_id for thing in mine.things()] == ["teapot-0", "teapot-2", "hammer-0", "hammer-2"]
    assert (mine.name, mine.seed, mine.match.target, mine.look.size_px) == ("mine", 3, 0.1, 500)


def test_the_hash_of_a_recipe_holds_its_text_and_its_meshes(tmp_path: Path) -> None:
    mesh = '\n[[mesh]]\nfile = "a.stl"\nlabel = "block"\nlicence = "CC0"\n'
    (tmp_path / "a.stl").write_bytes(b"one")
    path = recipe(tmp_path, HEAD + mesh + POSE)
    before = read_recipe(path).sha256
    (tmp_path / "a.stl").write_bytes(b"two")
    assert read_recipe(path).sha256 != before
    (tmp_path / "a.stl").write_bytes(b"one")
    assert read_recipe(path).sha256 == before


MESH = '\n[[mesh]]\nfile = "{file}"\nlabel = "{label}"\nlicence = "CC0"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("schema = 1\n" + BUNDLED + POSE, "name is missing; it has to be letters, digits, ., _ and -"),
        ('name = "mine"\n' + BUNDLED + POSE, "schema None is given, this askew knows schema 1"),
        (HEAD + POSE, r"shows no objects; add \[bundled\] or \[\[mesh\]\]"),
        (HEAD + BUNDLED, r"has no \[\[pose\]\]; say at least one condition"),
        (HEAD + BUNDLED + POSE + POSE, r"the condition upright stands there twice; give each \[\[pose\]\] its own"),
        (
            HEAD + "colour = 1\n" + BUNDLED + POSE,
            "'colour' is no key of a recipe; allowed: alternative, bundled, match",
        ),
        (HEAD + BUNDLED + POSE + "[picture]\nsize = 3\n", r"picture: 'size' \(did you mean size_px\?\) is no key here"),
        (HEAD + BUNDLED + POSE + "[picture]\nbackground = [1, 2]\n", "picture, background: .* is not 3 whole numbers"),
        (HEAD + BUNDLED + POSE + '[picture]\nluminance = "fixed"\n', "luminance: goes with mean and sd if it is"),
        (HEAD + BUNDLED + POSE + "[picture]\nsize_px = 4000\nsupersample = 4\n", "16000 samples a side are too many"),
        (HEAD + '[bundled]\nobjects = ["teapot", "teapot"]\n' + POSE, "bundled, objects: .* names one of them twice"),
        (HEAD + BUNDLED + '[pose]\ncondition = "upright"\n', r"pose: has to be tables, each headed by \[\[pose\]\]"),
        (
            HEAD + MESH.format(file="a.blend", label="x") + POSE,
            "'a.blend' is not a mesh that can be read; allowed: .glb",
        ),
        (HEAD + MESH.format(file="a.stl", label="a|b") + POSE, "label: 'a|b' holds a '|', which separates labels"),
        (HEAD + MESH.format(file="a.stl", label="x") + POSE, "mesh: there is no file a.stl; it is looked for beside"),
        (
            HEAD + MESH.format(file="../a.stl", label="x") + POSE,
            "'../a.stl' leads out of the recipe's folder; put",
        ),
        (
            HEAD + BUNDLED + "[[mesh]]\nfile = 'a.stl'\nlabel = 'x'\n" + POSE,
            "mesh: licence is missing; it has to be a text",
        ),
        ("schema = 1\nname = ", "is not TOML"),
        (HEAD.replace("1", "true", 1) + BUNDLED + POSE, "schema True is given"),
        (
            HEAD + MESH.format(file="a.stl", label="x") + "object_id = '../b'\n" + POSE,
            "object_id: '../b' cannot name files",
        ),
        (
            HEAD + MESH.format(file="a.stl", label="x") + "object_id = 'con'\n" + POSE,
            "object_id: 'con' cannot name files",
        ),
        (
            HEAD + MESH.format(file="a b.stl", label="x") + POSE,
            "object_id: 'a b' cannot name files; give one of letters",
        ),
        (HEAD + BUNDLED + POSE + POSE.replace("upright", "UPRIGHT", 1), "the condition upright stands there twice"),
        (HEAD + BUNDLED + POSE + "[picture]\nmean = 0.5\n", "luminance: goes with mean and sd if it is"),
        (HEAD + '[bundled]\nobjects = "all"\n' + POSE, "objects: 'all' is not texts in a list"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as raised:
        read_recipe(recipe(tmp_path, text))
    assert "\n" not in str(raised.value)


def test_an_unknown_object_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    path = recipe(tmp_path, HEAD + '[bundled]\nobjects = ["tea-pot"]\n' + POSE)
    with pytest.raises(
        BadInput, match=r"object 'tea-pot' \(did you mean teapot\?\): there is none; there are acoustic"
    ):
        read_recipe(path).things()


def test_two_objects_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "hammer-0.stl").write_bytes(b"")
    path = recipe(tmp_path, HEAD + BUNDLED + MESH.format(file="hammer-0.stl", label="x") + POSE)
    with pytest.raises(BadInput, match="two objects are called hammer-0; give one an object_id of its own"):
        read_recipe(path).things()


def test_a_set_is_one_of_askews_or_a_file() -> None:
    with pytest.raises(
        BadInput,
        match=r"--set 'bundeld' \(did you mean bundled\?\): is no set that comes with askew \(bundled, demo, example\) "
        r"and no .toml file",
    ):
        recipe_of("bundeld")
    with pytest.raises(BadInput, match=r"nowhere\.toml: there is no such recipe"):
        recipe_of("nowhere.toml")


def test_a_comment_or_another_line_end_makes_no_other_set(tmp_path: Path) -> None:
    text = HEAD + BUNDLED + POSE
    plain = read_recipe(recipe(tmp_path, text)).sha256
    (tmp_path / "mine.toml").write_bytes(("# my set\n" + text).replace("\n", "\r\n").encode())
    assert read_recipe(tmp_path / "mine.toml").sha256 == plain
    assert read_recipe(recipe(tmp_path, text.replace("seed = 3", "seed = 4"))).sha256 != plain
