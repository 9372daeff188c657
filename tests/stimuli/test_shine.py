"""Histograms and spectra made equal by the optional library shinier."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from askew import sidecar
from askew.command import guarded
from askew.errors import BadInput
from askew.extras import installed
from askew.sidecar import Sidecar
from askew_stimuli import shine as by_shine
from askew_stimuli.commandline import command
from askew_stimuli.light import linear, luminance
from askew_stimuli.match_command import EXAMPLE, match
from askew_stimuli.picture import Picture, read_manifest, write_manifest
from askew_stimuli.pixels import pixels_of
from askew_stimuli.png import encoded
from askew_stimuli.shine import FEWEST, shine

RELEASE = installed("shinier")
GREY = (124, 116, 104)
NAMES = ("mug", "bench", "airliner")
Values = npt.NDArray[np.float64]

needs_shinier = pytest.mark.skipif(RELEASE is None, reason="needs the optional library shinier")


def run(*words: object) -> int:
    return guarded("askew stimuli match", lambda: command(match, "askew stimuli match", list(map(str, words)), EXAMPLE))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three objects of unlike form, lightness and texture on grey, on pictures that are not square."""
    root = tmp_path / "set"
    root.mkdir()
    rows, columns = np.indices((90, 120))
    pictures = []
    for number, name in enumerate(NAMES):
        mask = ((columns - 60) / (30 + 8 * number)) ** 2 + ((rows - 45) / (40 - 8 * number)) ** 2 < 1
        texture = np.random.default_rng(number).normal(70 + 40 * number, 8 + 6 * number, (90, 120, 1))
        texture = texture + 20 * np.sin(columns / (3 + 2 * number))[..., None] * (1, 0.8, 0.6)
        pixels = np.full((90, 120, 3), GREY, np.uint8)
        pixels[mask] = texture.clip(0, 255)[mask].astype(np.uint8)
        (root / f"{name}.png").write_bytes(encoded(pixels))
        (root / f"{name}_where.png").write_bytes(encoded(mask))
        pictures.append(
            Picture(
                image_id=name,
                file=f"{name}.png",
                silhouette_file=f"{name}_where.png",
                background_rgb=GREY,
                source="rendered",
                class_label=name,
                condition="upright" if number else "rotated",
            )
        )
    write_manifest(root / "manifest.csv", pictures, Sidecar())
    return root


def rewrite(folder: Path, name: str, **columns: Any) -> None:
    pictures = read_manifest(folder / "manifest.csv")
    changed = [replace(each, **columns) if each.image_id == name else each for each in pictures]
    write_manifest(folder / "manifest.csv", changed, Sidecar())


def lights(folder: Path) -> list[Values]:
    return [luminance(linear(pixels_of(folder / f"{name}.png"))) for name in NAMES]


def mask_of(folder: Path, name: str) -> npt.NDArray[np.bool_]:
    where: npt.NDArray[np.bool_] = pixels_of(folder / f"{name}_where.png")[..., 0] > 127
    return where


def unlikeness(values: list[Values]) -> float:
    """How much pictures differ in what is given for each: the largest difference as a share of the mean."""
    return float((np.ptp(values, axis=0) / np.mean(values, axis=0)).max())


def quantiles(folder: Path) -> list[Values]:
    steps = np.linspace(0.05, 0.95, 19)
    return [np.quantile(light[mask_of(folder, name)], steps) for name, light in zip(NAMES, lights(folder), strict=True)]


def rings(light: Values) -> Values:
    """Mean amplitude at each whole number of cycles."""
    rows, columns = (np.fft.fftfreq(side) * side for side in light.shape)
    cycles = np.hypot(rows[:, None], columns).round().astype(int).ravel()
    found: Values = np.bincount(cycles, np.abs(np.fft.fft2(light)).ravel()) / np.bincount(cycles)
    return found[1 : min(light.shape) // 2]


@needs_shinier
def test_objects_get_the_same_histogram_and_their_background_stays(folder: Path, tmp_path: Path) -> None:
    outcome = shine(folder, tmp_path / "out", "histogram")
    before, after = quantiles(folder), quantiles(tmp_path / "out")
    assert unlikeness(before) > 1
    assert unlikeness(after) < 0.06
    np.testing.assert_allclose(after[0], np.mean(after, axis=0), atol=0.004)  # histograms have steps of 1/255
    for name in NAMES:
        around = ~mask_of(folder, name)
        old, new = (pixels_of(place / f"{name}.png") for place in (folder, tmp_path / "out"))
        np.testing.assert_array_equal(new[around], old[around])
    assert [each.image_id for each in outcome.effects] == [*NAMES]
    assert (
        np.ptp([each.after.mean for each in outcome.effects])
        < 0.002
        < np.ptp([each.before.mean for each in outcome.effects])
    )


@needs_shinier
def test_pictures_get_the_same_amplitude_at_each_frequency(folder: Path, tmp_path: Path) -> None:
    shine(folder, tmp_path / "out", "spatial-frequency")
    assert unlikeness([rings(light) for light in lights(folder)]) > 0.5
    assert unlikeness([rings(light) for light in lights(tmp_path / "out")]) < 0.05


@needs_shinier
def test_pictures_get_the_same_amplitude_spectrum(folder: Path, tmp_path: Path) -> None:
    shine(folder, tmp_path / "out", "spectrum")
    before, after = (
        np.array([np.abs(np.fft.fft2(light)) for light in lights(place)]) for place in (folder, tmp_path / "out")
    )
    assert np.median(before.std(0) / before.mean(0)) > 0.3
    assert np.median(after.std(0) / after.mean(0)) < 0.05
    assert unlikeness([rings(light) for light in lights(tmp_path / "out")]) < 0.05
    kept = [light.mean() for light in lights(tmp_path / "out")]
    assert kept == pytest.approx([np.mean([light.mean() for light in lights(folder)])] * 3, rel=0.02)


@needs_shinier
@pytest.mark.parametrize("kind", ["histogram", "spectrum", "spatial-frequency"])
def test_the_same_set_gives_the_same_bytes_and_draws_nothing_of_ours(folder: Path, tmp_path: Path, kind: Any) -> None:
    np.random.seed(7)  # the shared numbers that shinier draws from
    first = np.random.random()
    np.random.seed(7)
    for name in ("one", "two"):
        shine(folder, tmp_path / name, kind)
    assert np.random.random() == first
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert len(files) == 8
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@needs_shinier
def test_manifest_and_sidecar_say_what_was_done(folder: Path, tmp_path: Path) -> None:
    rewrite(folder, "mug", matched="area 0.3 to 0.2")
    shine(folder, tmp_path / "histogram", "histogram")
    shine(folder, tmp_path / "spectrum", "spectrum")
    said = f"SHINE histogram (shinier {RELEASE})"
    made = read_manifest(tmp_path / "histogram" / "manifest.csv")
    assert [each.matched for each in made] == [f"area 0.3 to 0.2; {said}", said, said]
    assert {each.background_rgb for each in made} == {GREY}
    assert {each.background_rgb for each in read_manifest(tmp_path / "spectrum" / "manifest.csv")} == {None}
    facts = sidecar.read(tmp_path / "histogram" / "manifest.csv")
    assert facts is not None
    assert {**facts.source, "manifest_sha256": ""} == {
        "shine": "histogram",
        "inside_objects": True,
        "seed": 0,
        "manifest_sha256": "",
    }
    assert facts.versions == {"shinier": RELEASE}


@needs_shinier
def test_whole_pictures_are_matched_where_an_object_is_not_known(folder: Path, tmp_path: Path) -> None:
    rewrite(folder, "bench", silhouette_file=None, background_rgb=None)
    outcome = shine(folder, tmp_path / "out", "histogram")
    steps = np.linspace(0.02, 0.98, 25)
    assert unlikeness([np.quantile(light, steps) for light in lights(tmp_path / "out")]) < 0.1
    assert [each.image_id for each in outcome.effects] == ["mug", "airliner"]
    assert outcome.pictures == 3
    facts = sidecar.read(tmp_path / "out" / "manifest.csv")
    assert facts is not None
    assert facts.source["inside_objects"] is False


@needs_shinier
def test_the_command_tells_what_became_of_the_objects_and_nothing_else_is_said(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert run(folder, "--out", tmp_path / "out", "--shine", "histogram") == 0
    said = capfd.readouterr()
    lines = said.out.splitlines()
    assert lines[0] == f"{tmp_path / 'out'}: 3 pictures, SHINE histogram (shinier {RELEASE})"
    assert lines[1].startswith("luminance of the objects: 0.0")
    assert lines[-2].startswith("lightest to darkest condition: ")
    assert lines[-2].endswith(("1.000 after", "1.001 after", "1.002 after"))
    assert lines[-1] == f"next: askew stimuli check {tmp_path / 'out'}"
    assert said.err == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "out", "set"]
    assert not list((tmp_path / "here").iterdir())
    assert len(list(folder.iterdir())) == 8


def test_a_missing_library_is_told_with_the_line_that_installs_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_shine, "installed", lambda _: None)
    assert run(folder, "--out", tmp_path / "out", "--shine", "spectrum") == 1
    said = capsys.readouterr().err
    assert "--shine needs shinier, which is not installed; type: " in said
    assert said.rstrip().endswith('[shine]"')


def test_a_library_that_fails_is_quoted_in_one_line(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken" / "shinier").mkdir(parents=True)
    (tmp_path / "broken" / "shinier" / "__init__.py").write_text("print('hello')\nraise RuntimeError('no filter')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "broken"))
    monkeypatch.setattr(by_shine, "installed", lambda _: "9.9")
    with pytest.raises(
        BadInput, match=r"^shinier 9\.9 could not match the spectrum: RuntimeError: no filter; match luminance instead$"
    ):
        shine(folder, tmp_path / "out", "spectrum")
    assert not (tmp_path / "out").exists()


def test_pictures_of_several_sizes_are_refused(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_shine, "installed", lambda _: "9.9")
    (folder / "bench.png").write_bytes(encoded(np.full((90, 121, 3), GREY, np.uint8)))
    rewrite(folder, "bench", silhouette_file=None)
    with pytest.raises(
        BadInput, match=r"SHINE needs pictures of one size, but mug is 120 x 90 and bench is 121 x 90; make them of one"
    ):
        shine(folder, tmp_path / "out", "spectrum")


def test_an_object_too_small_for_a_histogram_is_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_shine, "installed", lambda _: "9.9")
    mask = np.zeros((90, 120), bool)
    mask[3, : FEWEST - 1] = True
    (folder / "bench_where.png").write_bytes(encoded(mask))
    with pytest.raises(
        BadInput, match="bench: its object covers 49 pixels, too few for a histogram, which needs 50; leave it out"
    ):
        shine(folder, tmp_path / "out", "histogram")
