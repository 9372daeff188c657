"""Pictures and their manifest."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from askew.errors import BadCell, BadInput
from askew.sidecar import Sidecar
from askew_stimuli.picture import Picture, read_manifest, write_manifest
from askew_stimuli.pixels import look

HASH = "0123456789abcdef" * 4


def picture(**values: Any) -> Picture:
    usual: dict[str, Any] = {"image_id": "a", "source": "imported", "class_label": "mug", "condition": "upright"}
    return Picture(**{**usual, **values})


FULL = picture(
    file="images/a.png",
    sha256_file=HASH,
    class_index=504,
    alt_label="hammer",
    qw=0.6,
    qx=0.0,
    qy=0.8,
    qz=0.0,
    euler_yxz=(106.26, 0.0, -1e-17),
    background_rgb=(124, 116, 104),
    bbox=(1, 2, 3, 4),
    clipped=False,
    seed=2**62,
    area_frac=1 / 3,
)


def test_pictures_survive_the_disk(tmp_path: Path) -> None:
    pictures = [picture(), *(picture(image_id=f"b{i}") for i in range(3)), replace(FULL, image_id="z")]
    assert write_manifest(tmp_path / "manifest.csv", pictures, Sidecar(seed=1)) == 5
    assert read_manifest(tmp_path / "manifest.csv") == pictures


def test_a_manifest_by_hand_needs_four_columns(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    path.write_text("image_id,source,class_label,condition\na,imported,mug,upright\n")
    assert read_manifest(path) == [picture()]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"class_label": "mug "}, "class_label: 'mug ' begins or ends with a space"),
        ({"class_label": "a|b"}, "class_label: 'a|b' holds a '|', which separates labels in files"),
        ({"alt_label": "mug"}, "alt_label: 'mug' is the truth as well; the two have to differ"),
        ({"sha256_file": "abc"}, "sha256_file: 'abc' is not 64 of the characters 0-9 and a-f"),
        ({"selector_weights_sha": HASH.upper()}, "selector_weights_sha: "),
        (
            {"class_index": -5},
            "class_index: -5 is not a whole number from 0 to 999; leave it empty where it is unknown",
        ),
        ({"alt_probability": 7.0}, "alt_probability: 7.0 is not a number from 0 to 1"),
        ({"area_frac": float("nan")}, "area_frac: nan is not a finite number"),
        (
            {"background_rgb": (999, 0, 0)},
            "background_rgb: 999 is not 3 whole numbers from 0 to 255, joined by '|' in files",
        ),
        ({"background_rgb": (9, 0)}, "background_rgb: (9, 0) is not 3 whole numbers from 0 to 255"),
        ({"bbox": [1, 2, 3, 4]}, "bbox: [1, 2, 3, 4] is not 4 whole numbers"),
        ({"source": "found"}, "source: 'found' is not one of rendered, imported"),
        ({"qw": 1.0}, "qw: [1.0] is no unit quaternion; give qw, qx, qy and qz, of length 1, or none"),
        ({"qw": 1.0, "qx": 1.0, "qy": 0.0, "qz": 0.0}, "is no unit quaternion"),
        (
            {"image_id": "../../x"},
            "image_id: '../../x' can name no file; leave out / and \\, and name it more than dots",
        ),
        ({"image_id": "a\\b"}, "can name no file"),
        ({"image_id": ".."}, "image_id: '..' can name no file"),
        ({"image_id": "a\0b"}, r"image_id: 'a\x00b' holds a line break or a control character"),
    ],
)
def test_what_no_picture_can_be_is_refused(values: dict[str, object], says: str) -> None:
    with pytest.raises(BadCell) as error:
        picture(**values)
    assert says in str(error.value)


@pytest.mark.parametrize(
    "image_id",
    ["555_0_6_0_0", "0001_cl_dnn_s01_cl_cat_10_n021.png", "a mug, upside down", "v1.2..3", ".mug", "Tasse-ä"],
)
def test_ids_are_as_free_as_names_of_files(image_id: str) -> None:
    assert picture(image_id=image_id).image_id == image_id


def test_one_id_cannot_name_two_pictures(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m.csv", [picture(), picture()], Sidecar())
    with pytest.raises(
        BadInput, match=r"m.csv, line 3: repeats .*m.csv, line 2: the same image_id; give each picture its own"
    ):
        read_manifest(tmp_path / "m.csv")


@pytest.mark.parametrize("column", ["file", "mask_file"])
def test_a_picture_outside_the_folder_is_refused(tmp_path: Path, column: str) -> None:
    write_manifest(tmp_path / "m.csv", [picture(**{column: "../secret.png"})], Sidecar())
    with pytest.raises(BadInput, match=r"'../secret.png' leads out of the folder"):
        read_manifest(tmp_path / "m.csv")


def test_the_pixels_hash_ignores_the_compression(tmp_path: Path) -> None:
    image = Image.effect_mandelbrot((20, 10), (-2, -1, 1, 1), 50).convert("RGB")
    image.save(tmp_path / "a.png", compress_level=0)
    image.save(tmp_path / "b.png", compress_level=9)
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "b.png").read_bytes()
    assert look(tmp_path / "a.png") == look(tmp_path / "b.png")
    image.putpixel((0, 0), (1, 2, 3))
    image.save(tmp_path / "c.png")
    assert look(tmp_path / "c.png").sha256 != look(tmp_path / "a.png").sha256


def test_the_pixels_hash_knows_the_shape(tmp_path: Path) -> None:
    Image.new("RGB", (4, 2)).save(tmp_path / "a.png")
    Image.new("RGB", (2, 4)).save(tmp_path / "b.png")
    assert look(tmp_path / "a.png").sha256 != look(tmp_path / "b.png").sha256


def test_a_background_is_told_only_where_it_is_uniform(tmp_path: Path) -> None:
    image = Image.new("RGB", (9, 9), (1, 2, 3))
    image.paste((200, 0, 0), (3, 3, 6, 6))
    image.save(tmp_path / "a.png")
    assert look(tmp_path / "a.png").background_rgb == (1, 2, 3)
    image.putpixel((8, 4), (0, 0, 0))
    image.save(tmp_path / "b.png")
    assert look(tmp_path / "b.png").background_rgb is None
    Image.new("RGBA", (9, 9), (1, 2, 3, 0)).save(tmp_path / "c.png")
    assert look(tmp_path / "c.png").background_rgb is None


@pytest.mark.parametrize("cut", [0, 10, 40, 60, 100])
def test_a_damaged_picture_is_described(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.png"
    Image.effect_noise((30, 30), 50).convert("RGB").save(path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(BadInput, match=r"a.png: is (not a picture|damaged)"):
        look(path)


def test_a_picture_that_would_fill_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (30, 30)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(BadInput, match="claims more than"):
        look(tmp_path / "a.png")


def test_a_manifest_cut_short_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    write_manifest(path, [picture(), picture(image_id="b")], Sidecar())
    shutil.copy(path, tmp_path / "whole.csv")
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(BadInput, match=r"m.csv: differs from the 2 rows that m.json says were written"):
        read_manifest(path)
    assert len(read_manifest(tmp_path / "whole.csv")) == 2
