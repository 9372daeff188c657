"""Pictures for networks: the ones that the manifest describes, decoded once."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image as PillowImage

from askew.errors import BadInput
from askew.files import sha256
from askew_models.images import BadPicture, Image, Prepared, images_of
from askew_models.preparation import Preparation
from askew_models.view import View
from askew_stimuli.picture import Picture

SMALL = Preparation(size_px=16, resize_px=20, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.4))
VIEW = View.parse("checkpoint")
PICTURES = 10


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ASKEW_CACHE_GB", raising=False)
    return tmp_path / "cache" / "pixels"


@pytest.fixture
def pictures(tmp_path: Path) -> list[Picture]:
    random = np.random.default_rng(1)
    found = []
    for number in range(PICTURES):
        values = random.integers(0, 256, (30, 40, 3), dtype=np.uint8)
        path = tmp_path / f"{number}.png"
        PillowImage.fromarray(values).save(path)
        found.append(
            Picture(
                image_id=f"p{number}",
                file=path.name,
                sha256_file=sha256(path),
                source="imported",
                class_label="mug",
                condition="upright",
                bbox=(2, 3, 20, 20 + number),
            )
        )
    return found


def all_of(prepared: Prepared, batch: int = 3) -> np.ndarray:
    wanted = [(start, min(start + batch, PICTURES)) for start in range(0, PICTURES, batch)]
    return np.concatenate([pixels for _, _, pixels in prepared.batches(wanted)])


def expected(tmp_path: Path, images: list[Image], view: View = VIEW) -> np.ndarray:
    return np.stack([view.pixels(PillowImage.open(image.path), SMALL, image.picture) for image in images])


def test_decoded_and_kept_pictures_are_the_same(tmp_path: Path, pictures: list[Picture], cache: Path) -> None:
    images = images_of(tmp_path, pictures)
    first = all_of(Prepared(images, VIEW, SMALL, threads=2))
    (kept,) = cache.iterdir()
    np.testing.assert_array_equal(np.load(kept, mmap_mode="r"), first)
    np.testing.assert_array_equal(first, expected(tmp_path, images))
    for image in images:
        image.path.unlink()  # so that nothing could be decoded again
    np.testing.assert_array_equal(all_of(Prepared(images, VIEW, SMALL, threads=2), batch=4), first)


def test_a_cache_that_is_filled_first_holds_the_same(tmp_path: Path, pictures: list[Picture], cache: Path) -> None:
    images = images_of(tmp_path, pictures)
    prepared = Prepared(images, VIEW, SMALL, threads=2)
    prepared.fill()
    (kept,) = cache.iterdir()
    before = kept.stat().st_mtime_ns
    prepared.fill()  # which changes nothing
    for image in images:
        image.path.unlink()
    prepared.fill()
    found = all_of(prepared)
    assert found.shape == (PICTURES, 3, 16, 16)
    assert kept.stat().st_ino == prepared.path.stat().st_ino
    assert before <= kept.stat().st_mtime_ns


def test_some_batches_alone_are_the_right_ones(tmp_path: Path, pictures: list[Picture], cache: Path) -> None:
    images = images_of(tmp_path, pictures)
    found = list(Prepared(images, VIEW, SMALL, threads=2).batches([(4, 6), (8, 10)]))
    assert [(start, stop) for start, stop, _ in found] == [(4, 6), (8, 10)]
    whole = expected(tmp_path, images)
    np.testing.assert_array_equal(np.concatenate([pixels for _, _, pixels in found]), whole[[4, 5, 8, 9]])
    assert not cache.exists() or not list(cache.iterdir())  # what is not whole is not kept


def test_another_view_preparation_file_or_box_is_another_entry(tmp_path: Path, pictures: list[Picture]) -> None:
    images = images_of(tmp_path, pictures)
    entries = {
        Prepared(images, VIEW, SMALL, 1).path,
        Prepared(images, View.parse("whole"), SMALL, 1).path,
        Prepared(images, View.parse("object-0.8"), SMALL, 1).path,
        Prepared(images, VIEW, replace(SMALL, size_px=18), 1).path,
        Prepared(images[::-1], VIEW, SMALL, 1).path,
        Prepared([replace(images[0], sha256="0" * 64), *images[1:]], VIEW, SMALL, 1).path,
        Prepared(
            [replace(images[0], picture=replace(pictures[0], bbox=(0, 0, 5, 5))), *images[1:]],
            View.parse("object-0.8"),
            SMALL,
            1,
        ).path,
    }
    assert len(entries) == 7
    same_pixels = replace(SMALL, mean=(0.5, 0.5, 0.5))
    assert Prepared(images, VIEW, same_pixels, 1).path == Prepared(images, VIEW, SMALL, 1).path


def test_a_cache_that_cannot_be_written_or_is_damaged_changes_nothing(
    tmp_path: Path, pictures: list[Picture], cache: Path
) -> None:
    images = images_of(tmp_path, pictures)
    cache.parent.mkdir()
    cache.write_text("a file where the folder should be")
    first = all_of(Prepared(images, VIEW, SMALL, threads=2))
    np.testing.assert_array_equal(first, expected(tmp_path, images))
    cache.unlink()
    all_of(Prepared(images, VIEW, SMALL, threads=2))
    (kept,) = cache.iterdir()
    os.truncate(kept, kept.stat().st_size - 50)
    np.testing.assert_array_equal(all_of(Prepared(images, VIEW, SMALL, threads=2)), first)


def test_the_cache_keeps_to_its_limit_and_drops_what_was_used_longest_ago(
    tmp_path: Path, pictures: list[Picture], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = images_of(tmp_path, pictures)
    one = PICTURES * 3 * 16 * 16
    monkeypatch.setenv("ASKEW_CACHE_GB", str(2.5 * (one + 300) / 1e9))
    entries = [Prepared(images, View.parse(name), SMALL, 1) for name in ("checkpoint", "whole", "zoom-2")]
    for age, prepared in enumerate(entries[:2]):
        all_of(prepared)
        os.utime(prepared.path, (1000 + age, 1000 + age))
    all_of(entries[0])  # used again, so the other one is the oldest now
    all_of(entries[2])
    assert [prepared.path.exists() for prepared in entries] == [True, False, True]
    monkeypatch.setenv("ASKEW_CACHE_GB", "0")
    np.testing.assert_array_equal(
        all_of(Prepared(images, View.parse("zoom-3"), SMALL, 1)), expected(tmp_path, images, View.parse("zoom-3"))
    )
    assert len(list(cache.iterdir())) == 2


def test_damage_in_the_cache_is_noticed_and_mended(tmp_path: Path, pictures: list[Picture], cache: Path) -> None:
    images = images_of(tmp_path, pictures)
    first = all_of(Prepared(images, VIEW, SMALL, threads=2))
    (kept,) = cache.iterdir()
    with kept.open("rb+") as stream:
        stream.seek(128 + 5 * 3 * 16 * 16 + 40)  # in the sixth picture
        stream.write(bytes(200))
    np.testing.assert_array_equal(all_of(Prepared(images, VIEW, SMALL, threads=2)), first)
    np.testing.assert_array_equal(all_of(Prepared(images, VIEW, SMALL, threads=2)), first)
    assert [path.suffix for path in cache.iterdir()] == [".npy"]


@pytest.mark.parametrize(
    ("save", "said"),
    [
        (lambda path: PillowImage.new("I;16", (30, 40), 40_000).save(path), "has more than 8 bits a colour, which"),
        (
            lambda path: PillowImage.new("RGB", (30, 40)).save(path, exif=turned()),
            "is to be turned by its viewer (EXIF",
        ),
    ],
)
def test_a_picture_that_is_not_what_people_see_is_refused(
    tmp_path: Path, pictures: list[Picture], save: Callable[[Path], None], said: str
) -> None:
    save(tmp_path / "4.png")
    images = images_of(tmp_path, [replace(picture, sha256_file=None) for picture in pictures])
    with pytest.raises(BadPicture) as failure:
        all_of(Prepared(images, VIEW, SMALL, threads=2))
    assert str(failure.value).startswith(f"{tmp_path / '4.png'}: {said}")


def turned() -> PillowImage.Exif:
    exif = PillowImage.Exif()
    exif[ExifTags.Base.Orientation] = 6
    return exif


def _changed(path: Path) -> None:
    PillowImage.new("RGB", (30, 30)).save(path)


def _gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_changed, "is not the picture that the manifest describes (its SHA-256 differs); restore it, or make"),
        (_gone, "cannot be read (No such file or directory); `askew stimuli check` lists all such"),
    ],
)
def test_a_picture_that_is_not_the_manifests_is_told(
    tmp_path: Path, pictures: list[Picture], harm: Callable[[Path], None], said: str
) -> None:
    harm(tmp_path / "4.png")
    with pytest.raises(BadPicture) as failure:
        images_of(tmp_path, pictures)
    assert str(failure.value).startswith(f"{tmp_path / '4.png'}: {said}")


def test_a_picture_without_a_file_is_told(tmp_path: Path, pictures: list[Picture]) -> None:
    with pytest.raises(BadInput, match="picture p3: the manifest names no file for it, so there is nothing to score"):
        images_of(tmp_path, [replace(pictures[3], file=None)])


def test_a_damaged_picture_is_told_when_it_is_decoded(tmp_path: Path, pictures: list[Picture]) -> None:
    path = tmp_path / "4.png"
    os.truncate(path, 200)
    images = images_of(tmp_path, [replace(picture, sha256_file=None) for picture in pictures])
    with pytest.raises(BadPicture) as failure:
        all_of(Prepared(images, VIEW, SMALL, threads=2))
    assert str(failure.value).startswith(f"{path}: is damaged or cannot be read")
    assert "\n" not in str(failure.value)
