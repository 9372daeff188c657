"""Masks: that they have the spectra that they should, and `askew stimuli masks`."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from PIL import Image

from askew import sidecar
from askew.command import guarded
from askew.errors import BadInput
from askew.files import sha256
from askew.sidecar import Sidecar
from askew.study import Study
from askew_stimuli import masks
from askew_stimuli.commandline import command
from askew_stimuli.mask_command import Kind
from askew_stimuli.mask_command import masks as masks_command
from askew_stimuli.masking import KINDS
from askew_stimuli.picture import Picture, read_manifest, write_manifest
from askew_stimuli.pixels import pixels_of
from askew_stimuli.png import encoded

SIZES = [(40, 48), (41, 48), (40, 47), (41, 47)]
CLASSES = {"mug_1": "mug", "mug_2": "mug", "hammer_1": "hammer", "hammer_2": "hammer", "bench_1": "bench"}


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def drawing(seed: int, size: tuple[int, int] = (40, 48)) -> masks.Values:
    """A coloured object on grey, as codes from 0 to 1 that 8 bits hold exactly."""
    picture = np.full((*size, 3), 110)
    rows, columns = size[0] // 2, size[1] // 2
    picture[5 : 5 + rows, 8 : 8 + columns] = random(seed).integers(60, 170, 3)
    picture[5 : 5 + rows, 8 : 8 + columns] += random(seed).integers(-20, 21, (rows, columns, 1))
    return picture / 255


def radial_power(values: masks.Values) -> masks.Values:
    """Power at each whole number of cycles a picture, over all directions and colours."""
    rows, columns = (np.fft.fftfreq(side) * side for side in values.shape[:2])
    cycles = np.hypot(rows[:, None], columns).round().astype(int)
    power = (np.abs(np.fft.fft2(values, axes=(0, 1))) ** 2).sum(2)
    rings: masks.Values = np.bincount(cycles.ravel(), power.ravel()).astype(float)
    return rings[1 : min(values.shape[:2]) // 2]


@pytest.mark.parametrize("size", SIZES)
def test_a_scrambled_picture_keeps_amplitudes_mean_and_the_relations_of_its_colours(size: tuple[int, int]) -> None:
    picture = drawing(1, size)
    for seed in range(8):  # half of all draws of noise have a negative mean, which would turn the picture's
        scrambled = masks.turned(masks.spectrum(picture), size[1], random(seed))
        before, after = (np.fft.fft2(values, axes=(0, 1)) for values in (picture, scrambled))
        scale = np.abs(before).max()
        assert np.abs(np.abs(after) - np.abs(before)).max() < 1e-12 * scale
        assert scrambled.mean((0, 1)) == pytest.approx(picture.mean((0, 1)), abs=1e-12)
        np.testing.assert_allclose(
            after[..., 0] * after[..., 1].conj(), before[..., 0] * before[..., 1].conj(), atol=1e-11 * scale**2
        )
        assert np.abs(scrambled - picture).max() > 0.1


@pytest.mark.parametrize("size", SIZES)
def test_the_turned_spectrum_belongs_to_a_real_picture(size: tuple[int, int]) -> None:
    spectrum = masks.spectrum(drawing(1, size))
    values = masks.turned(spectrum, size[1], random())
    half = np.fft.rfft2(values, axes=(0, 1))
    assert (
        np.abs(np.abs(half) - np.abs(spectrum)).max() < 1e-12 * np.abs(spectrum).max()
    )  # also where it is its own mirror
    whole = np.fft.fft2(values, axes=(0, 1))
    assert np.abs(np.fft.ifft2(whole, axes=(0, 1)).imag).max() < 1e-12


def test_mean_noise_has_the_mean_amplitudes_and_the_mean_colour_of_the_set() -> None:
    pictures = [drawing(seed) for seed in range(5)]
    amplitude = masks.mean_amplitude(iter(pictures))
    noise = masks.turned(amplitude, 48, random(3))
    wanted = np.mean([np.abs(np.fft.fft2(picture, axes=(0, 1))) for picture in pictures], axis=0)
    np.testing.assert_allclose(np.abs(np.fft.fft2(noise, axes=(0, 1))), wanted, rtol=1e-10, atol=1e-10)
    assert noise.mean((0, 1)) == pytest.approx(np.mean(pictures, axis=(0, 1, 2)), abs=1e-12)


def test_colours_share_one_field_of_phases() -> None:
    noise = masks.turned(masks.mean_amplitude([drawing(1), drawing(2)]), 48, random())
    phases = np.angle(np.fft.fft2(noise, axes=(0, 1)))
    np.testing.assert_allclose(np.exp(1j * phases[..., 0]), np.exp(1j * phases[..., 2]), atol=1e-6)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 1.5])
def test_the_slope_mean_and_contrast_of_pink_noise_are_recovered(exponent: float) -> None:
    noise = masks.pink((128, 128), exponent, 0.45, 0.11, random())
    assert noise.mean() == pytest.approx(0.45, abs=1e-12)
    assert noise.std() == pytest.approx(0.11, abs=1e-12)
    assert np.ptp(noise, axis=2).max() == 0  # grey
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(128), np.fft.fftfreq(128))).ravel()[1:]
    amplitude = np.abs(np.fft.fft2(noise[..., 0])).ravel()[1:]
    slope, _ = np.polyfit(np.log(frequency), np.log(amplitude), 1)
    assert slope == pytest.approx(-exponent, abs=1e-9)


def test_pink_noise_is_as_strong_along_both_sides_of_an_oblong() -> None:
    noise = masks.pink((64, 256), 1.0, 0.5, 0.1, random())[..., 0]
    spectrum = np.abs(np.fft.fft2(noise))
    assert spectrum[8, 0] == pytest.approx(spectrum[0, 32])  # both 1/8 cycle a pixel


def test_the_level_of_a_set_is_that_of_its_pictures() -> None:
    pictures = [np.full((4, 4, 3), 0.2), np.kron([[0.2, 0.6]], np.ones((8, 4)))[..., None].repeat(3, 2)]
    mean, contrast = masks.level(pictures)
    assert mean == pytest.approx(0.3)
    assert contrast == pytest.approx(0.2 / np.sqrt(2))


def test_shuffled_blocks_keep_every_value_and_stay_whole() -> None:
    picture = drawing(1)
    shuffled = masks.shuffled(picture, 8, random())
    assert not np.array_equal(shuffled, picture)
    np.testing.assert_array_equal(np.sort(shuffled, axis=None), np.sort(picture, axis=None))
    places = [(row, column) for row in range(0, 40, 8) for column in range(0, 48, 8)]
    assert Counter(shuffled[r : r + 8, c : c + 8].tobytes() for r, c in places) == Counter(
        picture[r : r + 8, c : c + 8].tobytes() for r, c in places
    )


@pytest.mark.parametrize(("size", "block"), [((40, 48), 7), ((40, 48), 0), ((40, 40), 40)])
def test_blocks_that_do_not_fill_the_picture_are_refused(size: tuple[int, int], block: int) -> None:
    both = "1, 2, 4, 8" if size[1] == 48 else "1, 2, 4, 5, 8, 10, 20"
    with pytest.raises(
        BadInput, match=f"blocks of {block} pixels do not divide pictures of .*; sides that do: {both}$"
    ):
        masks.shuffled(drawing(1, size), block, random())


@pytest.mark.parametrize("sizes", [(1, 1), (3, 3, 3), (1, 2, 3, 4, 5, 15), (2, 1, 1), (5, 3, 2)])
def test_each_picture_gets_one_of_another_class_and_each_is_given_once(sizes: tuple[int, ...]) -> None:
    classes = {f"{label}_{number}": str(label) for label, size in enumerate(sizes) for number in range(size)}
    drawn = [masks.partners(classes, seed) for seed in range(20)]
    for partner in drawn:
        assert sorted(partner) == sorted(partner.values()) == sorted(classes)
        assert all(classes[name] != classes[other] for name, other in partner.items())
    assert len(sizes) == 2 or len({tuple(sorted(partner.items())) for partner in drawn}) > 1
    assert masks.partners(dict(reversed(classes.items())), 3) == masks.partners(classes, 3)


def test_a_class_of_more_than_half_the_pictures_has_no_partners() -> None:
    with pytest.raises(
        BadInput, match="3 of the 5 pictures are of the class mug, so that not each can be given one of"
    ):
        masks.partners({"a": "mug", "b": "mug", "c": "mug", "d": "bench", "e": "crib"}, 0)


def test_a_mask_in_8_bits_keeps_its_spectrum() -> None:
    picture = drawing(1, (64, 64))
    draw = partial(masks.turned, masks.spectrum(picture), 64)
    mask = masks.made(draw, 1, 0, "mug")
    assert (mask.clipped, mask.settled) == (0, True)
    assert mask.power_ratio == pytest.approx(1, abs=0.003)
    assert radial_power(mask.strip / 255) / radial_power(picture) == pytest.approx(1, abs=0.05)


def test_frames_are_draws_of_their_own_that_more_frames_do_not_change() -> None:
    draw = partial(masks.turned, masks.spectrum(drawing(1)), 48)
    three, two = masks.made(draw, 3, 0, "mug"), masks.made(draw, 2, 0, "mug")
    frames = np.split(three.strip, 3)
    np.testing.assert_array_equal(np.concatenate(frames[:2]), two.strip)
    for one, other in ((0, 1), (1, 2), (0, 2)):
        correlation = np.corrcoef(frames[one].ravel(), frames[other].ravel())[0, 1]
        assert abs(correlation) < 0.6
    assert not np.array_equal(masks.made(draw, 1, 1, "mug").strip, frames[0])
    assert not np.array_equal(masks.made(draw, 1, 0, "cup").strip, frames[0])


def test_what_8_bits_cannot_hold_is_clipped_and_counted() -> None:
    noise = partial(masks.pink, (64, 64), 1.0, 0.5, 0.4)
    mask = masks.made(noise, 1, 0, "loud")
    assert not mask.settled
    least = min(np.mean((values < 0) | (values > 1)) for values in (noise(random(seed)) for seed in range(50)))
    assert mask.clipped == pytest.approx(least, abs=0.06)
    assert 0.6 < mask.power_ratio < 0.9


def test_a_draw_that_is_clipped_too_much_is_drawn_again() -> None:
    drawn: list[masks.Values] = []

    def draw(random: np.random.Generator) -> masks.Values:
        drawn.append(np.full((8, 8, 3), 0.5))
        drawn[-1][: 3 - len(drawn)] = 2  # two rows of the first, one of the second, none of the third
        drawn[-1][-1, -1] = random.random()
        return drawn[-1]

    mask = masks.made(draw, 1, 0, "loud")
    assert (len(drawn), mask.settled, mask.clipped) == (3, True, 0)
    np.testing.assert_array_equal(mask.strip, np.round(255 * drawn[2]))


# --- the command ---


def picture(name: str, label: str, **columns: Any) -> Picture:
    file = f"{name}.png"
    return Picture(
        **{
            "image_id": name,
            "file": file,
            "source": "rendered",
            "class_label": label,
            "condition": "upright",
            **columns,
        }
    )


def make(root: Path, classes: dict[str, str], size: tuple[int, int] = (40, 50)) -> Path:
    root.mkdir(parents=True)
    for number, name in enumerate(classes):
        (root / f"{name}.png").write_bytes(encoded(np.round(255 * drawing(number, size)).astype(np.uint8)))
    pictures = [picture(name, label) for name, label in classes.items()]
    write_manifest(root / "manifest.csv", pictures, Sidecar(source={"recipe": "drawn"}, seed=4))
    return root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make(tmp_path / "set", CLASSES)


def run(*words: object) -> int:
    name = "askew stimuli masks"
    return guarded(name, lambda: command(masks_command, name, [str(word) for word in words], "askew stimuli masks set"))


def change(folder: Path, alter: Callable[[Picture], Picture]) -> None:
    manifest = folder / "manifest.csv"
    write_manifest(manifest, [alter(each) for each in read_manifest(manifest)], Sidecar())


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def bare(picture: Picture) -> Picture:
    """Without the columns of masks."""
    names = ("file", "kind", "frames", "power_ratio", "clipped", "seed", "sha256")
    nothing: dict[str, Any] = {f"mask_{name}": None for name in names}
    return replace(picture, **nothing)


@pytest.mark.parametrize("options", [["mean-noise"], ["scramble"], ["pink"], ["blocks", "--block", "5"]])
def test_each_picture_gets_a_mask_that_the_manifest_describes(folder: Path, options: list[str]) -> None:
    before = read_manifest(folder / "manifest.csv")
    assert run(folder, "--kind", *options, "--frames", 3, "--seed", 7) == 0
    after = read_manifest(folder / "manifest.csv")
    assert [bare(each) for each in after] == before
    for each in after:
        assert each.mask_file == f"masks/{each.image_id}.png"
        assert each.mask_sha256 == sha256(folder / each.mask_file)
        assert pixels_of(folder / each.mask_file).shape == (3 * 40, 50, 3)
        assert (each.mask_frames, each.mask_seed, each.mask_clipped) == (3, 7, 0)
        assert each.mask_power_ratio == pytest.approx(1, abs=0.02)
    names = {"pink": "pink-1", "blocks": "blocks-5"}
    assert {each.mask_kind for each in after} == {names.get(options[0], options[0])}
    assert len({each.mask_sha256 for each in after}) == len(after)


def test_the_facts_of_the_sidecar_are_kept_and_the_recipe_is_added(folder: Path) -> None:
    assert run(folder, "--kind", "pink", "--exponent", 1.5) == 0
    facts = sidecar.read(folder / "manifest.csv")
    recipe = {"kind": "pink", "frames": 1, "seed": 0, "exponent": 1.5}
    assert facts == Sidecar(source={"recipe": "drawn", "masks": recipe}, seed=4)


def test_a_manifest_without_a_sidecar_stays_without(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    assert run(folder) == 0
    assert sorted(path.name for path in folder.glob("manifest*")) == ["manifest.csv"]


def test_the_same_words_give_the_same_bytes_and_others_replace_them(folder: Path) -> None:
    assert run(folder, "--kind", "scramble") == 0
    first = contents(folder)
    assert run(folder, "--kind", "scramble") == 0
    assert contents(folder) == first
    assert run(folder, "--kind", "pink", "--frames", 2) == 0
    second = contents(folder)
    assert second.keys() == first.keys()
    assert all((second[name] != first[name]) == name.startswith(("masks", "manifest")) for name in first)
    assert run(folder, "--kind", "scramble") == 0
    assert contents(folder) == first


def test_masks_that_lay_elsewhere_are_not_left_behind(folder: Path) -> None:
    assert run(folder) == 0
    (folder / "masks" / "mug_1.png").rename(folder / "old.png")
    change(folder, lambda each: replace(each, mask_file="old.png") if each.image_id == "mug_1" else each)
    assert run(folder) == 0
    assert not (folder / "old.png").exists()


def test_a_scrambled_mask_has_the_spectrum_of_a_picture_of_another_class(folder: Path) -> None:
    assert run(folder, "--kind", "scramble") == 0
    pictures = read_manifest(folder / "manifest.csv")
    spectra = {each.image_id: radial_power(pixels_of(folder / str(each.file)) / 255) for each in pictures}
    for each in pictures:
        mask = radial_power(pixels_of(folder / str(each.mask_file)) / 255)
        like = min(spectra, key=lambda name: float(np.abs(np.log(mask / spectra[name])).sum()))
        assert CLASSES[like] != each.class_label


def test_another_picture_in_the_set_leaves_the_phases_of_the_others(tmp_path: Path) -> None:
    small, large = make(tmp_path / "small", CLASSES), make(tmp_path / "large", {**CLASSES, "crib_1": "crib"})
    assert run(small) == run(large) == 0
    for name in CLASSES:
        one, other = (
            np.fft.fft2(pixels_of(folder / "masks" / f"{name}.png")[..., 0] / 255.0) for folder in (small, large)
        )
        strong = np.abs(one) > 2
        turned = np.angle(one[strong] / other[strong])
        assert np.count_nonzero(strong) > 100
        assert np.abs(turned).max() < 0.15  # of rounding to 8 bits


def test_masks_of_a_study_lie_beside_its_manifest(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = Study(root=tmp_path / "study", name="study", title="A study")
    study.write()
    folder.rename(study.root / "stimuli")
    assert run(study.root, "--frames", 2) == 0
    first, second, last = capsys.readouterr().out.splitlines()
    assert first == f"{study.root}/stimuli/masks: 5 masks of 2 frames, mean-noise, seed 0"
    assert second.endswith("of the recipe's; at most 0.00% of a mask clipped")
    assert last == f"next: askew stimuli check {study.root}"


def test_json_says_how_well_it_went(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--json", "--kind", "blocks", "--block", 10) == 0
    assert json.loads(capsys.readouterr().out) == {
        "manifest": f"{folder}/manifest.csv",
        "masks": 5,
        "kind": "blocks-10",
        "frames": 1,
        "seed": 0,
        "power_ratio": [1.0, 1.0],
        "clipped": 0.0,
        "too_clipped": [],
    }


def test_masks_that_stay_clipped_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in CLASSES:
        Image.fromarray(np.kron([[0, 255]], np.ones((40, 25))).astype(np.uint8)).save(folder / f"{name}.png")
    assert run(folder, "--kind", "scramble") == 0
    assert (
        "note: 5 of them clipped by more than 1% in each of 10 draws, such as that of mug_1; the kind mean-noise is"
    ) in capsys.readouterr().out


def test_pictures_of_several_sizes_can_have_pink_noise_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (30, 20), (99, 99, 99)).save(folder / "bench_1.png")
    for kind in ("mean-noise", "scramble", "blocks"):
        assert run(folder, "--kind", kind) == 1
        assert (
            f"manifest.csv: {kind} needs pictures of one size, but mug_1 is 50 x 40 and bench_1 is 30 x 20; make them "
            "of one size, or choose the kind pink"
        ) in capsys.readouterr().err
    assert not (folder / "masks").exists()
    assert run(folder, "--kind", "pink") == 0
    assert pixels_of(folder / "masks" / "bench_1.png").shape == (20, 30, 3)


def test_masks_made_elsewhere_are_not_replaced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(folder, lambda each: replace(each, mask_file="masks/mondrian.png", mask_kind="mondrian"))
    assert run(folder) == 1
    assert (
        "masks/mondrian.png: is a mask of the kind mondrian, made elsewhere; to replace it, empty the columns of masks"
    ) in capsys.readouterr().err


def test_a_file_in_the_way_is_not_replaced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "masks").mkdir()
    (folder / "masks" / "mug_2.png").write_bytes(b"mine")
    assert run(folder) == 1
    assert "masks/mug_2.png: is in the way, for the manifest names no such mask; move it" in capsys.readouterr().err
    assert (folder / "masks" / "mug_2.png").read_bytes() == b"mine"


def test_a_run_that_was_stopped_before_the_manifest_named_its_masks_can_be_repeated(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {name: (folder / name).read_bytes() for name in ("manifest.csv", "manifest.json")}
    assert run(folder, "--kind", "pink") == 0
    whole = contents(folder)
    for name, content in before.items():
        (folder / name).write_bytes(content)
    assert run(folder, "--kind", "pink", "--seed", 1) == 1
    assert "masks/mug_1.png: is in the way, for the manifest names no such mask; move it, or give the options of" in (
        capsys.readouterr().err
    )
    assert {name: content for name, content in contents(folder).items() if name.startswith("masks")} == {
        name: content for name, content in whole.items() if name.startswith("masks")
    }
    assert run(folder, "--kind", "pink") == 0
    assert contents(folder) == whole


def test_a_folder_in_the_place_of_a_mask_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "masks" / "mug_2.png").mkdir(parents=True)
    assert run(folder) == 1
    assert "masks/mug_2.png: is in the way, for the manifest names no such mask; move it" in capsys.readouterr().err


def test_pictures_without_a_file_cannot_be_masked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(folder, lambda each: replace(each, file=None) if each.class_label == "mug" else each)
    assert run(folder) == 1
    assert "2 of 5 pictures have no file, such as mug_1; add the files, or remove these rows" in capsys.readouterr().err


def test_more_frames_than_a_picture_can_hold_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--frames", 50_000) == 1
    assert (
        "50,000 frames of 50 x 40 pixels are too large a picture to be read again; 44,739 are the most"
    ) in capsys.readouterr().err


def test_blocks_and_partners_are_refused_by_the_command_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(folder)
    assert run(folder, "--kind", "blocks") == 1
    assert (
        "blocks of 25 pixels do not divide pictures of 50 x 40; sides that do: 1, 2, 5, 10" in capsys.readouterr().err
    )
    change(folder, lambda each: replace(each, class_label="mug"))
    assert run(folder, "--kind", "scramble") == 1
    assert "5 of the 5 pictures are of the class mug" in capsys.readouterr().err
    assert contents(folder).keys() == before.keys()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--kind", "mondrian"], "'mondrian' is not one of 'mean-noise', 'scramble', 'pink', 'blocks'"),
        (["--exponent", "1"], "--exponent is for --kind pink, but the kind is mean-noise"),
        (["--kind", "pink", "--block", "5"], "--block is for --kind blocks, but the kind is pink"),
        (["--frames", "0"], "'--frames': Input should be greater than or equal to 1"),
        (["--kind", "pink", "--exponent", "9"], "'--exponent': Input should be less than or equal to 4"),
    ],
)
def test_wrong_options_are_told(
    folder: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, *words) == 2
    assert message in capsys.readouterr().err


def test_the_command_knows_every_kind() -> None:
    assert get_args(Kind) == KINDS
