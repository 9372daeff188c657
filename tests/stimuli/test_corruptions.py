"""Corruptions: what they do to pictures, and `askew stimuli corrupt`."""

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from askew import sidecar
from askew.command import guarded
from askew.errors import BadInput
from askew.files import sha256
from askew.sidecar import Sidecar
from askew_stimuli.commandline import command
from askew_stimuli.corrupt_command import Kind, corrupt
from askew_stimuli.corruptions import CORRUPTIONS, corrupted, table
from askew_stimuli.light import Bytes
from askew_stimuli.picture import Picture, read_manifest, write_manifest
from askew_stimuli.pixels import pixels_of
from askew_stimuli.png import encoded

NAMES = ("mug", "hammer")


def drawing(seed: int = 0, size: int = 96) -> Bytes:
    """An object with fine and coarse parts on grey, like a picture of a set."""
    random = np.random.default_rng(seed)
    picture = np.full((size, size, 3), (124, 116, 104), np.uint8)
    part = slice(size // 5, 4 * size // 5)
    coarse = np.kron(random.integers(0, 256, (6, 6, 3)), np.ones((size // 6 + 1, size // 6 + 1, 1)))[:size, :size]
    picture[part, part] = np.clip(coarse + random.integers(-30, 30, (size, size, 3)), 0, 255)[part, part]
    return picture


def distance(one: Bytes, other: Bytes) -> float:
    return float(np.sqrt(np.mean((one / 255 - other / 255) ** 2)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "set"
    root.mkdir()
    pictures = []
    for number, name in enumerate(NAMES):
        (root / f"{name}.png").write_bytes(encoded(drawing(number)))
        pictures.append(
            Picture(
                image_id=name,
                file=f"{name}.png",
                source="rendered",
                class_label=name,
                condition="upright",
                background_rgb=(124, 116, 104),
                factors=("yaw=30",) if name == "mug" else None,
            )
        )
    write_manifest(root / "manifest.csv", pictures, Sidecar())
    return root


def run(*words: object) -> int:
    name = "askew stimuli corrupt"
    return guarded(name, lambda: command(corrupt, name, [str(word) for word in words], "askew stimuli corrupt set"))


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_a_picture_is_farther_from_itself_with_each_severity(kind: str) -> None:
    for seed in range(3):
        picture = drawing(seed, size=224)
        far = [distance(corrupted(picture, kind, severity, 1, "mug"), picture) for severity in range(1, 6)]
        assert far[0] > 0.01
        assert np.all(np.diff(far) > 0), far


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_draws_belong_to_seed_and_name_and_nothing_else_is_drawn(kind: str) -> None:
    first, again, named, seeded = (
        corrupted(drawing(), kind, 3, seed, name) for seed, name in ((1, "mug"), (1, "mug"), (1, "cup"), (2, "mug"))
    )
    np.testing.assert_array_equal(first, again)
    random = kind in {"gaussian-noise", "shot-noise", "impulse-noise", "motion-blur"}
    assert [distance(first, other) > 0 for other in (named, seeded)] == [random, random]


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_any_form_and_content_of_picture_can_be_corrupted(kind: str) -> None:
    for shape in ((1, 1, 3), (7, 300, 3)):
        for value in (0, 255):
            picture = np.full(shape, value, np.uint8)
            assert corrupted(picture, kind, 5, 0, "plain").shape == shape


def test_noise_has_the_strength_that_the_table_says() -> None:
    grey = np.full((400, 400, 3), 128, np.uint8)
    level = 128 / 255
    noisy, shot, hit = (
        corrupted(grey, kind, 1, 0, "grey") / 255 for kind in ("gaussian-noise", "shot-noise", "impulse-noise")
    )
    assert noisy.std() == pytest.approx(0.06, rel=0.01)
    assert shot.mean() == pytest.approx(level, abs=0.001)
    assert shot.var() == pytest.approx(level / 80, rel=0.02)
    assert np.mean(hit != level) == pytest.approx(0.02, rel=0.05)
    assert np.mean(hit[hit != level]) == pytest.approx(0.5, abs=0.02)


def test_blur_has_the_width_that_the_table_says_in_any_size_of_picture() -> None:
    for side in (225, 451):
        line = np.zeros((side, side, 3), np.uint8)
        line[:, side // 2] = 255
        blurred = corrupted(line, "gaussian-blur", 3, 0, "line")[side // 2, :, 0].astype(float)
        offsets = np.arange(side) - side // 2
        assert np.sqrt((blurred * offsets**2).sum() / blurred.sum()) == pytest.approx(2.5 * side / 224, rel=0.03)


def test_motion_smears_along_one_direction_only() -> None:
    dot = np.zeros((225, 225, 3), np.uint8)
    dot[111:114, 111:114] = 255
    blurred = corrupted(dot, "motion-blur", 4, 0, "dot")[..., 0].astype(float)
    rows, columns = np.nonzero(blurred)
    spread = np.linalg.eigvalsh(np.cov(rows, columns, aweights=blurred[rows, columns]))
    assert spread[1] == pytest.approx(24**2 / 12, rel=0.1)  # of a line of 24 pixels
    assert spread[0] < 2


def test_contrast_keeps_the_mean_and_leaves_the_share_that_the_table_says() -> None:
    picture = drawing()
    flat = corrupted(picture, "contrast", 1, 0, "mug")
    assert flat.mean((0, 1)) == pytest.approx(picture.mean((0, 1)), abs=0.5)
    assert flat.std((0, 1)) == pytest.approx(picture.std((0, 1)) / 2, rel=0.02)


def test_a_high_pass_takes_away_what_is_coarse_and_keeps_the_mean_colour() -> None:
    picture = drawing()
    picture = (picture // 4 + np.linspace(0, 150, len(picture))[:, None, None]).astype(np.uint8)
    passed = corrupted(picture, "high-pass", 3, 0, "mug").astype(float)
    assert passed.mean((0, 1)) == pytest.approx(picture.mean((0, 1)), abs=1)
    assert np.ptp(passed[10:-10].mean((1, 2))) < 0.2 * np.ptp(picture[10:-10].mean((1, 2)))


def test_pixelation_leaves_cells_of_one_colour() -> None:
    cells = corrupted(drawing(size=224 // 2), "pixelate", 5, 0, "mug")[:, :, 0]
    assert {len(np.unique(cells[7 * row : 7 * row + 7, 7:14])) for row in range(16)} == {1}


def test_an_unknown_kind_or_severity_is_refused() -> None:
    with pytest.raises(
        BadInput, match=r"'gausian-blur' is no corruption \(did you mean gaussian-blur\?\); allowed: ga"
    ):
        corrupted(drawing(), "gausian-blur", 1, 0, "mug")
    for severity in (0, 6):
        with pytest.raises(BadInput, match=f"{severity} is no severity; allowed: 1 to 5"):
            corrupted(drawing(), "jpeg", severity, 0, "mug")


def test_the_table_has_a_row_for_each_kind_and_the_command_knows_them_all() -> None:
    assert get_args(Kind) == tuple(CORRUPTIONS)
    assert len(table().splitlines()) == 2 + len(CORRUPTIONS)
    assert "| jpeg | JPEG quality, 4:2:0 | 30 | 20 | 12 | 8 | 4 |" in table().splitlines()


def test_the_command_makes_a_set_with_names_of_its_own(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "noisy"
    assert run(folder, "--kind", "gaussian-noise", "--severity", 4, "--seed", 5, "--out", out) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{out}: 2 pictures, gaussian-noise of severity 4 (standard deviation of the noise: 0.25), seed 5",
        f"next: askew stimuli check {out}",
    ]
    mug, hammer = read_manifest(out / "manifest.csv")
    assert (mug.image_id, mug.file) == ("mug_gaussian-noise-4", "mug_gaussian-noise-4.png")
    assert mug.factors == ("yaw=30", "corruption=gaussian-noise", "severity=4")
    assert hammer.factors == ("corruption=gaussian-noise", "severity=4")
    assert (mug.class_label, mug.background_rgb) == ("mug", None)
    assert mug.area_frac == pytest.approx(0.36, abs=0.05)
    np.testing.assert_array_equal(pixels_of(out / str(mug.file)), corrupted(drawing(0), "gaussian-noise", 4, 5, "mug"))
    facts = sidecar.read(out / "manifest.csv")
    assert facts is not None
    assert facts.source == {
        "corruption": "gaussian-noise",
        "severity": 4,
        "seed": 5,
        "manifest_sha256": sha256(folder / "manifest.csv"),
    }
    assert set(facts.versions) == {"numpy", "pillow", "scipy"}


def test_what_jpeg_does_is_kept_as_png(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--kind", "jpeg", "--out", tmp_path / "jpeg", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "manifest": str(tmp_path / "jpeg" / "manifest.csv"),
        "pictures": 2,
        "corruption": "jpeg",
        "severity": 3,
        "seed": 0,
    }
    for number, name in enumerate(NAMES):
        shown = pixels_of(tmp_path / "jpeg" / f"{name}_jpeg-3.png")
        np.testing.assert_array_equal(shown, corrupted(drawing(number), "jpeg", 3, 0, name))


def test_pictures_larger_than_a_jpeg_are_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mug.png").write_bytes(encoded(np.zeros((2, 70_000, 3), np.uint8)))
    assert run(folder, "--kind", "jpeg", "--out", tmp_path / "jpeg") == 1
    (line,) = [each for each in capsys.readouterr().err.splitlines() if "mug" in each]
    assert line.endswith(
        "mug: is of 70,000 x 2 pixels, but a side of a JPEG has 65,500 at most; make it smaller, or choose another kind"
    )
    widest = np.zeros((1, 65_500, 3), np.uint8)
    assert corrupted(widest, "jpeg", 1, 0, "widest").shape == widest.shape


def test_rows_that_share_a_file_are_told(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mug, hammer = read_manifest(folder / "manifest.csv")
    write_manifest(folder / "manifest.csv", [mug, replace(hammer, file=mug.file)], Sidecar())
    assert run(folder, "--kind", "contrast", "--out", tmp_path / "out") == 1
    assert "mug and hammer share the file mug.png; give each a file of its own, or remove one of the rows" in (
        capsys.readouterr().err
    )


def test_a_corrupted_set_is_not_corrupted_again(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "--kind", "jpeg", "--out", tmp_path / "jpeg") == 0
    assert run(tmp_path / "jpeg", "--kind", "contrast", "--out", tmp_path / "both") == 1
    assert (
        "mug_jpeg-3: is corrupted already (yaw=30, corruption=jpeg, severity=3); corrupt the set that it was made from"
    ) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--kind", "fog"], "'fog' is not one of 'gaussian-noise', 'shot-noise'"),
        (["--kind", "jpeg", "--severity", "6"], "'--severity': Input should be less than or equal to 5"),
        (["--kind", "jpeg", "--seed", "-1"], "'--seed': Input should be greater than or equal to 0"),
        ([], "Missing option '--kind'"),
    ],
)
def test_wrong_options_are_told(
    folder: Path, tmp_path: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "--out", tmp_path / "out", *words) == 2
    assert message in capsys.readouterr().err


def test_the_readme_states_the_levels() -> None:
    readme = Path(__file__).parents[2] / "stimuli" / "README.md"
    assert table() in readme.read_text(encoding="utf-8")
