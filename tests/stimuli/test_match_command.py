"""`askew stimuli match`: luminance and contrast of a set's objects."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from askew import sidecar
from askew.command import guarded
from askew.files import sha256
from askew.sidecar import Sidecar
from askew_stimuli.check import findings
from askew_stimuli.commandline import command
from askew_stimuli.effects import Effect, Outcome
from askew_stimuli.light import Bytes, codes, linear
from askew_stimuli.match_command import EXAMPLE, match
from askew_stimuli.matching import Lightness, lightness, matched
from askew_stimuli.picture import Picture, read_manifest, write_manifest
from askew_stimuli.pixels import pixels_of
from askew_stimuli.png import encoded
from askew_stimuli.transform import views

GREY = (124, 116, 104)
LIGHT = {"mug_up": 0.16, "mug_down": 0.20, "bench_up": 0.24, "bench_down": 0.20}  # mean .2; objects .18 and .22
SIZE = 80


def run(*words: object) -> int:
    return guarded("askew stimuli match", lambda: command(match, "askew stimuli match", list(map(str, words)), EXAMPLE))


def drawing(mean: float, background: Bytes, seed: int) -> tuple[Bytes, Bytes]:
    """A textured disk with a contrast of a third of its mean, and the share of each pixel it covers, of 255."""
    rows, columns = np.indices((SIZE, SIZE))
    coverage = np.round(255 * np.clip(28.5 - np.hypot(rows - 40, columns - 38), 0, 1)).astype(np.uint8)
    texture = np.random.default_rng(seed).uniform(1 - 3**0.5 / 3, 1 + 3**0.5 / 3, (SIZE, SIZE, 1))
    share = coverage[..., None] / 255
    return codes(share * mean * texture + (1 - share) * linear(background)), coverage


def picture(name: str, **columns: Any) -> Picture:
    thing, turned = name.split("_")
    usual = {
        "image_id": name,
        "file": f"pictures/{name}.png",
        "silhouette_file": f"silhouettes/{name}.png",
        "background_rgb": GREY,
        "source": "rendered",
        "object_id": thing,
        "class_label": thing,
        "condition": "upright" if turned == "up" else "rotated",
    }
    return Picture(**{**usual, **columns})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set like a rendered one: two objects in two poses, lighter and darker, with silhouettes in shares."""
    root = tmp_path / "set"
    pictures = []
    for number, (name, mean) in enumerate(LIGHT.items()):
        pixels, coverage = drawing(mean, np.array(GREY, np.uint8), number)
        pictures.append(picture(name, matched="area 0.3000 to 0.2500" if name == "mug_up" else None))
        for place, content in ((pictures[-1].file, pixels), (pictures[-1].silhouette_file, coverage)):
            (root / str(place)).parent.mkdir(parents=True, exist_ok=True)
            (root / str(place)).write_bytes(encoded(content))
    write_manifest(root / "manifest.csv", pictures, Sidecar(source={"recipe": "mine"}))
    return root


def rewrite(folder: Path, **columns: Any) -> None:
    pictures = [replace(each, **columns) for each in read_manifest(folder / "manifest.csv")]
    write_manifest(folder / "manifest.csv", pictures, Sidecar())


def test_a_set_is_not_made_in_the_one_that_is_matched(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--out", folder / "light") == 1
    assert "light: lies in " in capsys.readouterr().err
    assert not (folder / "light").exists()


def test_rows_that_share_a_file_are_told(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rewrite(folder, file="pictures/mug_up.png")
    assert run(folder, "--out", tmp_path / "out") == 1
    assert "mug_up and mug_down share the file pictures/mug_up.png; give each a file" in capsys.readouterr().err


def seen(folder: Path) -> dict[str, Lightness]:
    pictures = read_manifest(folder / "manifest.csv")
    found = {}
    for view in views(folder / "manifest.csv", pictures):
        assert view.mask is not None
        found[view.picture.image_id] = lightness(view.pixels, view.mask)
    return found


def test_all_objects_get_the_mean_of_the_set(folder: Path, tmp_path: Path) -> None:
    assert run(folder, "--out", tmp_path / "even") == 0
    before, after = seen(folder), seen(tmp_path / "even")
    mean, sd = (float(np.mean([getattr(each, name) for each in before.values()])) for name in ("mean", "sd"))
    assert (mean, sd) == pytest.approx((0.2, 0.2 / 3), abs=0.005)
    for name, each in after.items():
        assert (each.mean, each.sd) == pytest.approx((mean, sd), abs=1e-3), name
    assert not list(findings(tmp_path / "even", read_manifest(tmp_path / "even" / "manifest.csv")))


def test_each_object_gets_the_mean_of_its_own_pictures(folder: Path, tmp_path: Path) -> None:
    assert run(folder, "--out", tmp_path / "even", "--to", "object") == 0
    before, after = seen(folder), seen(tmp_path / "even")
    for thing in ("mug", "bench"):
        names = [f"{thing}_up", f"{thing}_down"]
        mean = np.mean([before[name].mean for name in names])
        assert [after[name].mean for name in names] == pytest.approx([mean, mean], abs=1e-3)
    assert after["bench_up"].mean - after["mug_up"].mean == pytest.approx(0.04, abs=0.005)


def test_objects_get_the_numbers_given_and_their_background_stays(folder: Path, tmp_path: Path) -> None:
    assert run(folder, "--out", tmp_path / "even", "--to", "fixed", "--mean", 0.22, "--sd", 0.075) == 0
    for each in seen(tmp_path / "even").values():
        assert (each.mean, each.sd) == pytest.approx((0.22, 0.075), abs=1e-3)
    for name in LIGHT:
        coverage = pixels_of(folder / f"silhouettes/{name}.png")[..., 0]
        old, new = (pixels_of(place / f"pictures/{name}.png") for place in (folder, tmp_path / "even"))
        np.testing.assert_array_equal(
            new, matched(old, coverage / 255, np.array(GREY, np.uint8), Lightness(0.22, 0.075)).pixels
        )
        np.testing.assert_array_equal(new[coverage == 0], old[coverage == 0])


def test_the_manifest_says_what_was_matched_and_measures_again(folder: Path, tmp_path: Path) -> None:
    assert run(folder, "--out", tmp_path / "even", "--to", "fixed", "--mean", 0.22, "--sd", 0.075) == 0
    before, after = seen(folder), seen(tmp_path / "even")
    made = read_manifest(tmp_path / "even" / "manifest.csv")
    for each in made:
        old, new = before[each.image_id], after[each.image_id]
        said = f"luminance {old} to {new} of 0.2200±0.0750, 0.0000 of it clipped"
        assert each.matched == (f"area 0.3000 to 0.2500; {said}" if each.image_id == "mug_up" else said)
        assert (each.lum_mean, each.lum_sd) == pytest.approx((new.mean, new.sd), abs=1e-6)
        assert each.background_rgb == GREY
        silhouette = (tmp_path / "even" / str(each.silhouette_file)).read_bytes()
        assert silhouette == (folder / str(each.silhouette_file)).read_bytes()
    facts = sidecar.read(tmp_path / "even" / "manifest.csv")
    assert facts is not None
    assert facts.source == {
        "luminance": "fixed",
        "mean": 0.22,
        "sd": 0.075,
        "max_gain": 2.0,
        "max_offset": 0.02,
        "manifest_sha256": sha256(folder / "manifest.csv"),
        "before": {"recipe": "mine"},
    }


def test_a_plain_background_does_for_a_silhouette(folder: Path, tmp_path: Path) -> None:
    rewrite(folder, silhouette_file=None)
    assert run(folder, "--out", tmp_path / "even") == 0
    after = seen(tmp_path / "even")
    assert [each.mean for each in after.values()] == pytest.approx([after["mug_up"].mean] * 4, abs=2e-3)


def test_on_photographs_only_the_pixels_that_are_mostly_object_change(folder: Path, tmp_path: Path) -> None:
    photograph = np.random.default_rng(9).integers(0, 256, (SIZE, SIZE, 3)).astype(np.uint8)
    for number, (name, mean) in enumerate(LIGHT.items()):
        (folder / f"pictures/{name}.png").write_bytes(encoded(drawing(mean, photograph, number)[0]))
    rewrite(folder, background_rgb=None)
    assert run(folder, "--out", tmp_path / "even") == 0
    means = [each.mean for each in seen(tmp_path / "even").values()]
    assert means == pytest.approx([np.mean(means)] * 4, abs=2e-3)
    for name in LIGHT:
        object_ = pixels_of(folder / f"silhouettes/{name}.png")[..., 0] > 127
        old, new = (pixels_of(place / f"pictures/{name}.png") for place in (folder, tmp_path / "even"))
        np.testing.assert_array_equal(new[~object_], old[~object_])


def test_the_command_tells_the_spread_before_and_after(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "even"
    before = seen(folder)
    assert run(folder, "--out", out) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{out}: 4 pictures, luminance and contrast of the objects to the mean of the set"
    means = [each.mean for each in before.values()]
    assert said[1].startswith(f"luminance of the objects: {min(means):.4f} to {max(means):.4f} before, ")
    assert said[2].startswith("contrast of the objects: 0.0")
    upright, rotated = (
        (before[f"mug_{turned}"].mean + before[f"bench_{turned}"].mean) / 2 for turned in ("up", "down")
    )
    assert said[3].startswith(f"upright: luminance {upright:.4f} before, ")
    assert said[4].startswith(f"rotated: luminance {rotated:.4f} before, ")
    ratio = max(upright, rotated) / min(upright, rotated)
    assert said[5].startswith(f"lightest to darkest condition: {ratio:.3f} before, 1.00")
    assert said[6:] == [f"next: askew stimuli check {out}"]


def test_the_same_in_json(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--out", tmp_path / "even", "--to", "object", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["manifest"] == str(tmp_path / "even" / "manifest.csv")
    assert (told["pictures"], told["matched"]) == (4, "luminance and contrast of the objects to the mean of the object")
    assert [list(each) for each in told["conditions"].values()] == [["luminance", "contrast"]] * 2
    assert told["luminance"][1] == pytest.approx([0.18, 0.22], abs=0.005)
    assert (told["misses_luminance"], told["misses_contrast"]) == ([], [])


def test_pictures_that_could_not_be_brought_to_it_are_counted(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "--out", tmp_path / "even", "--to", "fixed", "--mean", 0.35, "--sd", 0.12) == 0
    assert (
        "note: 1 of 4 miss the luminance and 1 the contrast, such as mug_up; so that objects look natural, gains go "
        "from 0.5 to 2 and offsets to 0.02"
    ) in capsys.readouterr().out.splitlines()


def test_conditions_are_compared_by_the_means_of_their_pictures() -> None:
    def effect(name: str, condition: str, before: float, after: float) -> Effect:
        return Effect(name, condition, Lightness(before, 0.1), Lightness(after, 0.2), Lightness(0.2, 0.2))

    effects = [effect("a", "up", 0.1, 0.2), effect("b", "up", 0.3, 0.2), effect("c", "down", 0.5, 0.25)]
    told = Outcome("x", 3, effects).report()
    assert told["conditions"] == {
        "up": {"luminance": [0.2, 0.2], "contrast": [0.1, 0.2]},
        "down": {"luminance": [0.5, 0.25], "contrast": [0.1, 0.2]},
    }
    assert told["ratio_of_conditions"] == [2.5, 1.25]
    assert (told["misses_luminance"], told["misses_contrast"]) == (["c"], [])
    assert Outcome("x", 2, effects[:2]).report()["ratio_of_conditions"] == []
    assert Outcome("x", 2, [effect("a", "up", 0.0, 0.2), effects[2]]).report()["ratio_of_conditions"] == []
    assert Outcome("x", 5, []).lines() == []


def test_the_same_set_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert run(folder, "--out", tmp_path / name) == 0
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert len(files) == 10
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_pictures_whose_object_is_not_known_are_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = [replace(each, background_rgb=None) for each in read_manifest(folder / "manifest.csv")]
    pictures[2] = replace(pictures[2], silhouette_file=None)
    write_manifest(folder / "manifest.csv", pictures, Sidecar())
    assert run(folder, "--out", tmp_path / "even") == 1
    assert (
        "manifest.csv: nothing says where the object is in 1 of 4 pictures, such as bench_up; name their silhouettes "
        "in silhouette_file, or the colour of a plain background in background_rgb"
    ) in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--to", "fixed", "--mean", "0.2", "--sd", "0.1"]])
def test_a_picture_without_an_object_is_named(
    folder: Path, tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "silhouettes/mug_down.png").write_bytes(encoded(np.zeros((SIZE, SIZE), bool)))
    assert run(folder, "--out", tmp_path / "even", *words) == 1
    assert "mug_down: no object can be seen in it, only background; leave it out" in capsys.readouterr().err
    assert not (tmp_path / "even").exists()


def test_objects_without_a_name_cannot_have_a_mean_of_their_own(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(folder, object_id=None)
    assert run(folder, "--out", tmp_path / "even", "--to", "object") == 1
    assert "4 of 4 pictures have no object_id, such as mug_up; fill it in, or match to the set" in (
        capsys.readouterr().err
    )


def test_a_folder_that_holds_something_is_refused_before_anything_is_read(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "pictures/mug_up.png").unlink()
    assert run(folder, "--out", tmp_path) == 1
    assert f"{tmp_path}: is there and is no empty folder; name a new one" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--to", "fixed"], "--to fixed needs --mean and --sd, such as --mean 0.2 --sd 0.1"),
        (["--to", "fixed", "--mean", "0.2"], "--to fixed needs --mean and --sd"),
        (["--mean", "0.2"], "--mean and --sd are for --to fixed; add it, or leave them out"),
        (["--to", "object", "--sd", "0.2"], "--mean and --sd are for --to fixed"),
        (["--shine", "spectrum", "--to", "set"], "so it takes no --to, --mean or --sd"),
        (["--to", "fixed", "--mean", "2", "--sd", "0.1"], "'--mean': Input should be less than or equal to 1"),
        (["--to", "class"], "'class' is not one of 'set', 'object', 'fixed'"),
        (["--shine", "everything"], "'everything' is not one of 'histogram', 'spectrum', 'spatial-frequency'"),
    ],
)
def test_wrong_options_are_told(
    folder: Path, tmp_path: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "--out", tmp_path / "even", *words) == 2
    assert message in capsys.readouterr().err
