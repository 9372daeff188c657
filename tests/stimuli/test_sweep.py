"""Sweeps: one factor at a time or crossed, and each factor does what it says."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from askew.errors import BadInput
from askew_stimuli.picture import Picture, read_manifest
from askew_stimuli.recipe import read_recipe
from askew_stimuli.rendering import render
from askew_stimuli.sweep import Factor, SweepPlan, backdrops, steps
from askew_stimuli.sweep_command import EXAMPLE

RECIPE = """
schema = 1
name = "small"
alternative = "none"
[bundled]
objects = ["teapot"]
[[pose]]
condition = "upright"
[picture]
size_px = 100
luminance = "as-rendered"
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(RECIPE)
    return path


def swept(
    recipe: Path, *factors: str, crossed: bool = False, size: float | None = None, **more: object
) -> dict[str, Picture]:
    """The pictures of a sweep by condition."""
    levels = steps([Factor.parse(text) for text in factors], crossed, size)
    out = recipe.parent / "out"
    render(SweepPlan(read_recipe(recipe), tuple(levels), **more), out)  # type: ignore[arg-type]
    return {picture.condition: picture for picture in read_manifest(out / "manifest.csv")}


def test_one_factor_at_a_time_has_the_base_once() -> None:
    made = steps([Factor.parse("yaw=0:90:30"), Factor.parse("size=0.1,0.2")], crossed=False)
    assert [step.condition for step in made] == ["base", "yaw=30", "yaw=60", "yaw=90", "size=0.1", "size=0.2"]
    assert made[0].levels == ("yaw=0",)
    assert len({step.setting for step in made}) == len(made)


def test_the_size_of_the_base_is_not_made_twice() -> None:
    made = steps([Factor.parse("size=0.1,0.2")], crossed=False, size=0.2)
    assert [(step.condition, step.levels) for step in made] == [("base", ("size=0.2",)), ("size=0.1", ("size=0.1",))]


def test_levels_that_lie_close_have_names_of_their_own() -> None:
    made = steps([Factor.parse("yaw=10.000001,10.000002")], crossed=True)
    assert len({step.condition for step in made}) == 2


def test_crossed_factors_have_every_combination() -> None:
    made = steps([Factor.parse("yaw=0,90"), Factor.parse("size=0.1,0.2")], crossed=True)
    assert [step.condition for step in made] == [
        "yaw=0+size=0.1", "yaw=0+size=0.2", "yaw=90+size=0.1", "yaw=90+size=0.2",
    ]  # fmt: skip
    assert made[-1].setting.yaw == 90
    assert made[-1].setting.size == 0.2


def test_size_sets_the_share_of_the_picture(recipe: Path) -> None:
    made = swept(recipe, "size=0.04,0.08,0.16")
    for size in ("0.04", "0.08", "0.16"):
        assert made[f"size={size}"].area_frac == pytest.approx(float(size), rel=0.06)
        assert made[f"size={size}"].factors == (f"size={size}",)


def test_location_moves_the_middle_of_the_silhouette(recipe: Path) -> None:
    made = swept(recipe, "location=0/0,0.4/0.2,-0.3/-0.1", size=0.06)
    for name, x, y in (("base", 0, 0), ("location=0.4/0.2", 0.4, 0.2), ("location=-0.3/-0.1", -0.3, -0.1)):
        left, top, right, bottom = made[name].bbox or (0, 0, 0, 0)
        assert (left + right) / 100 - 1 == pytest.approx(x, abs=0.02)
        assert 1 - (top + bottom) / 100 == pytest.approx(y, abs=0.02)


def test_an_object_that_is_turned_keeps_its_scale(recipe: Path) -> None:
    made = swept(recipe, "yaw=0,90", "in-plane=0,90")
    assert made["yaw=90"].scale == made["base"].scale
    assert (made["yaw=90"].area_frac or 1) < (made["base"].area_frac or 0)
    assert made["in-plane=90"].area_frac == pytest.approx(made["base"].area_frac, rel=0.02)
    assert made["in-plane=90"].angle_from_upright == pytest.approx(90, abs=1e-3)
    assert made["base"].size_rule == "scale of the base pose"
    assert not (made["base"].matched or "").startswith("area")


def test_a_turn_in_the_picture_turns_the_picture_whatever_the_yaw_and_pitch(recipe: Path) -> None:
    made = swept(recipe, "yaw=0,50", "pitch=0,60", "in-plane=0,90", crossed=True, size=0.1)
    for yaw, pitch in ((0, 0), (50, 0), (0, 60), (50, 60)):
        upright, turned = (
            np.asarray(Image.open(recipe.parent / "out" / str(picture.silhouette_file))) > 127
            for picture in (made[f"yaw={yaw}+pitch={pitch}+in-plane={angle}"] for angle in (0, 90))
        )
        assert (np.rot90(upright) == turned).mean() > 0.97


def test_a_recipe_that_matches_the_longest_side_is_swept_by_area(recipe: Path) -> None:
    recipe.write_text(RECIPE + '[match]\nsize = "longest"\ntarget = 0.8\n')
    assert swept(recipe, "yaw=0")["base"].area_frac == pytest.approx(0.15, rel=0.06)


def test_photographs_are_behind_the_object_and_nowhere_in_it(recipe: Path) -> None:
    folder = recipe.parent / "photographs"
    folder.mkdir()
    stripes = np.zeros((150, 200, 3), np.uint8)
    stripes[:, ::2] = (250, 20, 20)
    Image.fromarray(stripes).save(folder / "stripes.png")
    behind = backdrops(folder)
    made = swept(recipe, "size=0.1", backdrops=behind)
    picture = made["size=0.1"]
    out = recipe.parent / "out"
    shown = np.asarray(Image.open(out / str(picture.file)))
    coverage = np.asarray(Image.open(out / str(picture.silhouette_file)))
    assert (shown[coverage == 0] == behind[0].pixels(100)[coverage == 0]).all()
    plain = recipe.parent / "plain"
    render(SweepPlan(read_recipe(recipe), tuple(steps([Factor.parse("size=0.1")], crossed=False))), plain)
    alone = next(p for p in read_manifest(plain / "manifest.csv") if p.condition == "size=0.1")
    assert (shown[coverage == 255] == np.asarray(Image.open(plain / str(alone.file)))[coverage == 255]).all()
    assert picture.factors == ("size=0.1", "background=stripes")
    assert picture.background_sha256 == behind[0].sha256
    assert picture.background_rgb is None


def test_a_grid_of_locations_covers_the_picture_from_the_top_left() -> None:
    assert Factor.parse("location=2x1").levels == ((-0.5, 0.0), (0.5, 0.0))
    assert Factor.parse("location=1x2").levels == ((0.0, 0.5), (0.0, -0.5))


def test_what_leaves_the_picture_is_refused_unless_it_is_wanted(recipe: Path) -> None:
    with pytest.raises(BadInput, match=r"teapot-0: leaves the picture at size=0.9; take a smaller --size or nearer"):
        swept(recipe, "size=0.9")


def test_clipped_pictures_are_kept_where_they_are_wanted(recipe: Path) -> None:
    assert swept(recipe, "size=0.9", allow_clipped=True)["size=0.9"].clipped


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "yawn=3",
            r"--factor 'yawn=3' \(did you mean yaw\?\): a factor is one of size, location, in-plane, yaw, pitch",
        ),
        ("yaw", "--factor 'yaw': has no values; give numbers with commas or as first:last:step, as in yaw=0:330:30"),
        ("yaw=a", "--factor 'yaw=a': give numbers with commas"),
        ("yaw=0:10:0", "--factor 'yaw=0:10:0': give numbers with commas"),
        ("yaw=nan", "--factor 'yaw=nan': give numbers with commas"),
        ("yaw=1,1", "--factor 'yaw=1,1': names a value twice"),
        ("size=2", "--factor 'size=2': a size is a share of the picture's area, from 0.001 to 1"),
        ("location=3", "--factor 'location=3': give x/y with commas in half sides from the middle"),
        (
            "location=1.5/0",
            "--factor 'location=1.5/0': a location is x/y from the middle, in half sides, within -1 and 1",
        ),
    ],
)
def test_factors_that_make_no_sense_are_refused(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        Factor.parse(text)


def test_too_many_combinations_and_factors_given_twice_are_refused() -> None:
    many = Factor.parse("yaw=0:199:1")
    with pytest.raises(BadInput, match="40,000 combinations of levels are too many; 10,000 at most"):
        steps([many, Factor.parse("pitch=0:199:1")], crossed=True)
    with pytest.raises(BadInput, match="--factor yaw is given twice; give all its values at once"):
        steps([many, many], crossed=False)


def test_a_folder_of_backgrounds_has_to_hold_some(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no such folder"):
        backdrops(tmp_path / "nowhere")
    with pytest.raises(BadInput, match=r"holds no \.png and no \.jpg"):
        backdrops(tmp_path)
    (tmp_path / "broken.png").write_bytes(b"broken")
    with pytest.raises(BadInput, match=r"broken\.png: is not a picture that can be read"):
        backdrops(tmp_path)
    (tmp_path / "broken.png").unlink()
    Image.new("I;16", (9, 9), 40_000).save(tmp_path / "deep.png")
    with pytest.raises(BadInput, match=r"deep\.png: .*8 bits.*; `askew stimuli import FOLDER --convert` makes"):
        backdrops(tmp_path)
    (tmp_path / "deep.png").rename(tmp_path / "a_b.png")
    with pytest.raises(BadInput, match=r"a_b\.png: rename it to letters, digits, \. and -, for it names pictures"):
        backdrops(tmp_path)
    (tmp_path / "a_b.png").unlink()
    for name in ("a.png", "A.jpg"):
        Image.new("RGB", (9, 9)).save(tmp_path / name)
    with pytest.raises(BadInput, match="two photographs are called a; rename one"):
        backdrops(tmp_path)


@pytest.mark.parametrize(
    "words", [EXAMPLE, "--size 0.03 --factor location=-0.3/0,0.3/0,0/0.3,0/-0.3"], ids=["help", "readme"]
)
def test_the_examples_can_be_made_of_the_slimmest_and_the_widest_object(tmp_path: Path, words: str) -> None:
    path = tmp_path / "two.toml"
    path.write_text(
        RECIPE.replace('["teapot"]', '["spatula", "ladle", "airliner"]').replace("size_px = 100", "size_px = 32")
    )
    factors = re.findall(r"--factor (\S+)", words)
    (size,) = re.findall(r"--size (\S+)", words)
    made = steps([Factor.parse(text) for text in factors], crossed=False, size=float(size))
    assert render(SweepPlan(read_recipe(path), tuple(made)), tmp_path / "out").pictures
