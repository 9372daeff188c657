"""PNG files as askew writes them."""

from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from askew_stimuli.png import encoded

SIZES = [(1, 1), (1, 7), (7, 1), (3, 8), (9, 17), (40, 31)]


def read(content: bytes) -> tuple[str, npt.NDArray[Any]]:
    with Image.open(BytesIO(content)) as image:
        image.load()
        return image.mode, np.asarray(image)


@pytest.mark.parametrize("size", SIZES)
def test_pictures_masks_and_shares_are_read_back_as_they_were(size: tuple[int, int]) -> None:
    random = np.random.default_rng(3)
    for mode, pixels in (
        ("RGB", random.integers(0, 256, (*size, 3)).astype(np.uint8)),
        ("L", random.integers(0, 256, size).astype(np.uint8)),
        ("1", random.random(size) < 0.5),
    ):
        found, back = read(encoded(pixels))
        assert found == mode
        np.testing.assert_array_equal(back, pixels)


def test_a_part_of_a_picture_is_written_as_well_as_a_whole_one() -> None:
    picture = np.random.default_rng(4).integers(0, 256, (30, 40, 3)).astype(np.uint8)
    for part in (picture[5:20, 3:11], picture[::-2, ::3], picture[..., 1], picture[..., 1].T > 99):
        np.testing.assert_array_equal(read(encoded(part))[1], part)


def test_the_same_picture_gives_the_same_bytes_whatever_it_lies_in() -> None:
    picture = np.random.default_rng(5).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    larger = np.zeros((40, 60, 3), np.uint8)
    larger[::2, ::2] = picture
    assert encoded(picture) == encoded(picture.copy()) == encoded(larger[::2, ::2])


def test_a_plain_picture_is_small() -> None:
    assert len(encoded(np.full((500, 500, 3), (124, 116, 104), np.uint8))) < 5000
    assert len(encoded(np.zeros((500, 500), bool))) < 1000
