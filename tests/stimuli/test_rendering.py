"""Rendering a set: complete, matched, the same bytes however the work is shared out, and never half there."""

import filecmp
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation

from askew import sidecar
from askew.command import main
from askew.errors import BadInput
from askew.files import sha256
from askew_stimuli.picture import Picture, read_manifest
from askew_stimuli.plan import RecipePlan
from askew_stimuli.recipe import read_recipe
from askew_stimuli.rendering import render
from askew_stimuli.shard import Shard
from askew_stimuli.silhouette import silhouette_of
from askew_stimuli.units import FOLDER

RECIPE = """
schema = 1
name = "small"
seed = 11
[bundled]
objects = ["teapot", "dumbbell", "screwdriver"]
[[pose]]
condition = "upright"
sampler = "upright"
[[pose]]
condition = "rotated"
count = 3
min_angle = 40
[picture]
size_px = 96
[match]
target = 0.15
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "small.toml"
    path.write_text(RECIPE)
    return path


def plan(recipe: Path) -> RecipePlan:
    return RecipePlan(read_recipe(recipe))


@pytest.fixture(scope="module")
def made(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made") / "set"
    render(plan(recipe), out)
    return out


def pictures(folder: Path) -> list[Picture]:
    return read_manifest(folder / "manifest.csv")


def same(one: Path, other: Path) -> bool:
    """Whether two folders hold the same files with the same bytes."""
    files = [{str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()} for root in (one, other)]
    return files[0] == files[1] and not filecmp.cmpfiles(one, other, sorted(files[0]), shallow=False)[1]


def test_every_object_has_every_condition(made: Path) -> None:
    found = [(picture.object_id, picture.condition) for picture in pictures(made)]
    assert found == [
        (name, condition)
        for name in ("teapot-0", "dumbbell-0", "screwdriver-0")
        for condition in ("upright", "rotated", "rotated", "rotated")
    ]


def test_the_manifest_says_what_the_pictures_show(made: Path) -> None:
    for picture in pictures(made):
        assert picture.file is not None
        assert picture.silhouette_file is not None
        assert sha256(made / picture.file) == picture.sha256_file
        pixels = np.asarray(Image.open(made / picture.file))
        assert pixels.shape == (96, 96, 3)
        mask = silhouette_of(made, picture)
        assert mask is not None
        coverage = np.asarray(Image.open(made / picture.silhouette_file))
        assert (mask == (coverage >= 128)).all()
        rows, columns = np.nonzero(mask)
        assert picture.bbox == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert picture.area_frac == pytest.approx(coverage.mean() / 255, abs=1e-6)
        light = ((pixels[mask] / 255 + 0.055) / 1.055) ** 2.4  # the formula for all but the darkest values
        assert picture.lum_mean == pytest.approx((light @ (0.2126, 0.7152, 0.0722)).mean(), abs=2e-3)
        assert picture.clipped is False
        assert (pixels[coverage == 0] == (124, 116, 104)).all()
        assert picture.gl_renderer
        assert "vtk" in (picture.versions or "")


def test_the_same_object_is_equally_large_in_every_pose(made: Path) -> None:
    for name in ("teapot-0", "dumbbell-0", "screwdriver-0"):
        areas = [p.area_frac or 0 for p in pictures(made) if p.object_id == name]
        assert max(areas) / min(areas) < 1.03
    assert [p.area_frac for p in pictures(made) if p.object_id == "teapot-0"] == pytest.approx([0.15] * 4, rel=0.05)


def test_the_same_object_is_equally_bright_in_every_pose(made: Path) -> None:
    for name in ("teapot-0", "dumbbell-0"):
        means = [p.lum_mean or 0 for p in pictures(made) if p.object_id == name]
        assert max(means) / min(means) < 1.05


def test_quaternion_euler_angles_and_angle_agree(made: Path) -> None:
    for picture in pictures(made):
        parts = [part or 0.0 for part in (picture.qw, picture.qx, picture.qy, picture.qz)]
        rotation = Rotation.from_quat(parts, scalar_first=True)
        again = Rotation.from_euler("YXZ", picture.euler_yxz, degrees=True)
        assert (rotation.inv() * again).magnitude() < 1e-4
        if picture.object_id == "teapot-0":  # nothing of it is symmetric
            assert np.degrees(rotation.magnitude()) == pytest.approx(picture.angle_from_upright, abs=1e-3)
        low, high = (0, 15) if picture.condition == "upright" else (40, 180)
        assert low <= (picture.angle_from_upright or 0) <= high


def test_every_label_is_an_alternative_once_an_object(made: Path) -> None:
    by_object = {picture.object_id: picture.alt_label for picture in pictures(made)}
    assert sorted(filter(None, by_object.values())) == ["dumbbell", "screwdriver", "teapot"]
    assert all(by_object[picture.object_id] == picture.alt_label for picture in pictures(made))


def test_two_processes_make_the_same_bytes(recipe: Path, made: Path, tmp_path: Path) -> None:
    render(plan(recipe), tmp_path / "two", workers=2)
    assert same(made, tmp_path / "two")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_shards_share_a_folder_and_the_last_one_leaves_the_manifest(
    recipe: Path, made: Path, tmp_path: Path, order: tuple[int, int]
) -> None:
    out = tmp_path / "shards"
    first = render(plan(recipe), out, shard=Shard(order[0], 2))
    assert first.waiting
    assert not (out / "manifest.csv").exists()
    last = render(plan(recipe), out, shard=Shard(order[1], 2))
    assert len(last.pictures) == 12
    assert same(made, out)


def test_adding_an_object_leaves_the_pictures_of_the_others_as_they_are(
    recipe: Path, made: Path, tmp_path: Path
) -> None:
    more = tmp_path / "more.toml"
    more.write_text(recipe.read_text().replace('["teapot", "dumbbell"', '["hammer", "teapot", "dumbbell"'))
    render(plan(more), tmp_path / "set")
    before = {picture.image_id: picture.sha256_pixels for picture in pictures(made)}
    after = {picture.image_id: picture.sha256_pixels for picture in pictures(tmp_path / "set")}
    assert len(after) == len(before) + 4
    assert before.items() <= after.items()


def test_a_complete_set_is_checked_and_left_alone(recipe: Path, made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    assert render(plan(recipe), copy).made == 0
    assert same(made, copy)


def test_a_lost_or_damaged_picture_is_made_again(recipe: Path, made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    (copy / "pictures" / "teapot-0_rotated_1.png").unlink()
    (copy / "silhouettes" / "dumbbell-0_upright_0.png").write_bytes(b"half a file")
    assert render(plan(recipe), copy).made == 2
    assert same(made, copy)


def test_a_render_that_was_killed_goes_on_and_is_never_taken_for_complete(
    recipe: Path, made: Path, tmp_path: Path
) -> None:
    out = tmp_path / "killed"
    words = [sys.executable, "-m", "askew", "stimuli", "render", "--set", str(recipe), "--out", str(out)]
    process = subprocess.Popen([*words, "--workers", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not (out / FOLDER / "teapot-0.csv").exists() and time.monotonic() < deadline:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (out / FOLDER / "teapot-0.csv").exists()
    if not (out / "manifest.csv").exists():  # else it was faster than the signal
        with pytest.raises(BadInput, match=r"has neither study\.toml nor manifest\.csv"):
            read_checked(out)
    render(plan(recipe), out)
    assert same(made, out)


def read_checked(folder: Path) -> None:
    from askew_stimuli.picture import manifest_of

    manifest_of(folder)


def test_what_another_recipe_left_is_refused(recipe: Path, made: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(recipe.read_text().replace("seed = 11", "seed = 12"))
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    with pytest.raises(BadInput, match="holds another set, not small by this recipe and this askew; name a new"):
        render(plan(other), copy)
    half = tmp_path / "half"
    render(plan(recipe), half, shard=Shard(0, 2))
    with pytest.raises(BadInput, match="holds an unfinished render, not small by this recipe"):
        render(plan(other), half)


def test_a_recipe_that_is_refused_leaves_the_folder_to_the_corrected_one(recipe: Path, tmp_path: Path) -> None:
    one = tmp_path / "one.toml"
    one.write_text(recipe.read_text().replace('["teapot", "dumbbell", "screwdriver"]', '["teapot"]'))
    with pytest.raises(BadInput, match=r'only one label is shown, .* add a class, or set alternative = "none"'):
        render(plan(one), tmp_path / "set")
    assert not (tmp_path / "set").exists()
    one.write_text(one.read_text().replace("seed = 11", 'seed = 11\nalternative = "none"'))
    assert len(render(plan(one), tmp_path / "set").pictures) == 4


def test_a_folder_with_other_pictures_is_refused(recipe: Path, tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "holiday.png")
    with pytest.raises(BadInput, match=r"holds pictures of something else; name a new folder$"):
        render(plan(recipe), tmp_path)


def test_the_root_of_a_study_is_no_place_for_pictures(recipe: Path, tmp_path: Path) -> None:
    assert main(["new", str(tmp_path / "study")]) == 0
    before = sorted(path.name for path in (tmp_path / "study").iterdir())
    with pytest.raises(BadInput) as error:
        render(plan(recipe), tmp_path / "study")
    assert str(error.value).endswith(
        f"is a study, whose pictures go into {tmp_path / 'study' / 'stimuli'}; name that folder"
    )
    assert sorted(path.name for path in (tmp_path / "study").iterdir()) == before


def test_a_set_can_be_rendered_into_a_new_study(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = str(tmp_path / "study")
    assert main(["new", study]) == 0
    assert main(["stimuli", "render", "--set", str(recipe), "--out", f"{study}/stimuli", "--workers", "1"]) == 0
    out = capsys.readouterr().out
    assert "12 pictures (9 rotated, 3 upright) of 3 objects in 3 classes" in out
    assert main(["describe", study]) == 0
    assert "12" in capsys.readouterr().out


def test_poses_that_do_not_fit_are_given_up_and_counted(recipe: Path, tmp_path: Path) -> None:
    strict = tmp_path / "strict.toml"
    strict.write_text(recipe.read_text() + "max_zoom = 1.3\n")
    done = render(plan(strict), tmp_path / "set")
    facts = sidecar.read(tmp_path / "set" / "manifest.csv")
    assert facts is not None
    assert done.given_up == sum(sum(reasons.values()) for reasons in facts.source["given_up"].values()) > 0


def test_poses_that_cannot_be_had_end_in_one_line(recipe: Path, tmp_path: Path) -> None:
    hopeless = tmp_path / "hopeless.toml"
    hopeless.write_text(
        recipe.read_text().replace("count = 3", "count = 4\nmin_between = 90")
    )  # a dumbbell's own turns do not count
    with pytest.raises(
        BadInput, match=r"dumbbell-0, rotated: 2,000 draws in a row gave no pose more \([\d,]+ too near to another"
    ):
        render(plan(hopeless), tmp_path / "set")


@pytest.mark.parametrize("text", ["2/2", "1", "a/b", "-1/2", "1/0", "٠/١", f"0/{10**30}"])
def test_shards_are_counted_from_zero(text: str) -> None:
    with pytest.raises(BadInput, match=r"--shard .*: has to be i/n with i from 0 to n-1, as in 0/2 and 1/2"):
        Shard.parse(text)


def test_a_bad_object_in_another_process_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "ab":
        (tmp_path / f"{name}.stl").write_text("no mesh")
    mesh = '[[mesh]]\nfile = "{}.stl"\nlabel = "{}"\nlicence = "CC0"\n'
    path = tmp_path / "bad.toml"
    path.write_text(
        RECIPE.split("[bundled]", maxsplit=1)[0]
        + mesh.format("a", "x")
        + mesh.format("b", "y")
        + "[[pose]]\ncondition = 'u'\n"
    )
    assert main(["stimuli", "render", "--set", str(path), "--out", str(tmp_path / "out"), "--workers", "2"]) == 1
    error = capsys.readouterr().err
    assert len(error.strip().splitlines()) == 1
    assert ".stl" in error
    assert not (tmp_path / "out" / "manifest.csv").exists()


def test_doubts_about_a_mesh_are_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An open box can be rendered, but its owner should know."""
    corners = "".join(f"v {x} {y} {z}\n" for x in (0, 1) for y in (0, 1) for z in (0, 1))
    (tmp_path / "open.obj").write_text(corners + "f 1 2 4\nf 1 4 3\nf 5 7 8\nf 5 8 6\nf 1 5 6\nf 1 6 2\n")
    path = tmp_path / "mine.toml"
    mesh = '[[mesh]]\nfile = "open.obj"\nlabel = "box"\nlicence = "CC0, by the tests"\nyaw = 30\npitch = 20\n'
    pose = "[[pose]]\ncondition = 'upright'\nsampler = 'upright'\n[picture]\nsize_px = 64\n"
    path.write_text('schema = 1\nname = "mine"\nalternative = "none"\n' + mesh + pose)
    assert main(["stimuli", "render", "--set", str(path), "--out", str(tmp_path / "set"), "--workers", "1"]) == 0
    assert "note: open: is not watertight" in capsys.readouterr().out
    (picture,) = pictures(tmp_path / "set")
    assert (picture.object_id, picture.class_label, picture.object_licence) == ("open", "box", "CC0, by the tests")
    facts = sidecar.read(tmp_path / "set" / "manifest.csv")
    assert facts is not None
    assert facts.notes[0].startswith("open: is not watertight")


def test_a_mesh_or_a_material_that_changed_is_rendered_again(tmp_path: Path) -> None:
    """The file of the mesh is the same, only the colour that it names is another."""
    corners = "".join(f"v {x} {y} {z}\n" for x in (0, 1) for y in (0, 1) for z in (0, 1))
    faces = "f 1 2 4 3\nf 5 7 8 6\nf 1 5 6 2\nf 3 4 8 7\nf 1 3 7 5\nf 2 6 8 4\n"
    (tmp_path / "box.obj").write_text(f"mtllib box.mtl\nusemtl paint\n{corners}{faces}")
    (tmp_path / "box.mtl").write_text("newmtl paint\nKd 0.8 0.1 0.1\n")
    path = tmp_path / "mine.toml"
    mesh = '[[mesh]]\nfile = "box.obj"\nlabel = "box"\nlicence = "CC0"\nyaw = 30\npitch = 20\n'
    pose = "[[pose]]\ncondition = 'upright'\nsampler = 'upright'\n[picture]\nsize_px = 64\n"
    path.write_text(f'schema = 1\nname = "mine"\nalternative = "none"\n{mesh}{pose}')
    out = tmp_path / "set"
    assert render(plan(path), out).made == 1
    assert render(plan(path), out).made == 0
    (red,) = pictures(out)
    (tmp_path / "box.mtl").write_text("newmtl paint\nKd 0.1 0.1 0.8\n")
    assert render(plan(path), out).made == 1
    (blue,) = pictures(out)
    assert (red.sha256_pixels, red.object_sha256) != (blue.sha256_pixels, blue.object_sha256)
    (tmp_path / "box.mtl").write_text("newmtl paint\nKd 0.1 0.8 0.1\n")
    assert render(plan(path), out, shard=Shard(1, 2)).waiting == ["box"]  # which is the other shard's


def test_masks_stay_when_a_lost_picture_is_made_again(recipe: Path, made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    assert main(["stimuli", "masks", str(copy)]) == 0
    whole = tmp_path / "whole"
    shutil.copytree(copy, whole)
    (copy / "pictures" / "teapot-0_rotated_1.png").unlink()
    assert render(plan(recipe), copy).made == 1
    assert same(whole, copy)


def test_matching_never_crushes_what_is_dark_nor_burns_what_is_bright(tmp_path: Path) -> None:
    """Objects whose dark or bright side is out of sight in some poses."""
    path = tmp_path / "hard.toml"
    names = '["frying-pan", "wine-bottle", "lighthouse", "dumbbell", "acoustic-guitar"]'
    path.write_text(RECIPE.replace('["teapot", "dumbbell", "screwdriver"]', names))
    render(plan(path), tmp_path / "set")
    for picture in pictures(tmp_path / "set"):
        found = re.search(r", ([\d.]+) of it clipped", picture.matched or "")
        assert found is not None
        assert float(found[1]) < 0.06


def test_a_set_killed_before_its_sidecar_is_finished(recipe: Path, made: Path, tmp_path: Path) -> None:
    out = tmp_path / "killed"
    render(plan(recipe), out, shard=Shard(0, 2))
    shutil.copy(made / "manifest.csv", out)  # as if killed between the two files
    render(plan(recipe), out, shard=Shard(1, 2))
    assert same(made, out)


def test_without_its_sidecar_a_set_is_not_taken_for_another(recipe: Path, made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    (copy / "manifest.json").unlink()
    with pytest.raises(BadInput, match="holds another set, not small by this recipe"):
        render(plan(recipe), copy)
    (copy / "manifest.json").write_text("[]")
    with pytest.raises(BadInput, match="is not a sidecar of askew"):
        render(plan(recipe), copy)


def test_a_repair_that_fails_leaves_the_other_pictures_whole(recipe: Path, made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    (copy / "silhouettes" / "teapot-0_upright_0.png").unlink()
    words = [
        sys.executable,
        "-m",
        "askew",
        "stimuli",
        "render",
        "--set",
        str(recipe),
        "--out",
        str(copy),
        "--workers",
        "1",
    ]
    limited = ["bash", "-c", 'ulimit -f 0; exec "$@"', "-", *words]  # as on a full disk: no file may grow
    failed = subprocess.run(limited, capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert len(failed.stderr.strip().splitlines()) == 1
    assert all((copy / str(picture.file)).stat().st_size > 0 for picture in pictures(made))
    render(plan(recipe), copy)
    assert same(made, copy)


def test_a_file_in_the_way_is_named(recipe: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(BadInput, match="taken: is a file; name a folder"):
        render(plan(recipe), tmp_path / "taken")


def test_flat_objects_seen_edge_on_are_given_up_or_refused(tmp_path: Path) -> None:
    (tmp_path / "sheet.obj").write_text("v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nf 1 2 3 4\n")
    mesh = '[[mesh]]\nfile = "sheet.obj"\nlabel = "sheet"\nlicence = "CC0"\n'
    head = f'schema = 1\nname = "flat"\nalternative = "none"\n{mesh}'
    path = tmp_path / "flat.toml"
    path.write_text(f'{head}[[pose]]\ncondition = "turned"\nsampler = "grid"\nyaw = [0, 90]\n')
    with pytest.raises(BadInput, match="sheet, turned: it is too thin to be seen in a pose of the grid"):
        render(plan(path), tmp_path / "grid")
