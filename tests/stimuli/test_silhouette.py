"""Where the object is, and what is measured there."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from askew.errors import BadInput
from askew_stimuli.light import Bytes
from askew_stimuli.picture import Picture
from askew_stimuli.png import encoded
from askew_stimuli.silhouette import Mask, measured, silhouette_of

GREY = (124, 116, 104)


def rectangle(left: int = 10, top: int = 5, right: int = 30, bottom: int = 25) -> tuple[Bytes, Mask]:
    """A red rectangle on grey, in a picture of 40 x 50."""
    pixels, mask = np.full((50, 40, 3), GREY, np.uint8), np.zeros((50, 40), bool)
    mask[top:bottom, left:right] = True
    pixels[mask] = (255, 0, 0)
    return pixels, mask


def picture(**columns: Any) -> Picture:
    return Picture(image_id="mug", file="mug.png", source="imported", class_label="mug", condition="upright", **columns)


def test_a_rectangle_is_measured_where_it_was_drawn() -> None:
    found = measured(*rectangle())
    assert found is not None
    assert (found.area_frac, found.bbox, found.clipped) == (0.2, (10, 5, 30, 25), False)
    assert found.centroid == (19.5, 14.5)  # of columns 10 to 29 and rows 5 to 24
    assert (found.lum_mean, found.lum_sd) == (0.2126, 0)


def test_luminance_is_measured_in_the_object_alone() -> None:
    pixels, mask = rectangle()
    pixels[5:15, 10:30] = 255
    pixels[~mask] = np.random.default_rng(0).integers(0, 256, (np.count_nonzero(~mask), 3))
    found = measured(pixels, mask)
    assert found is not None
    assert found.lum_mean == pytest.approx((1 + 0.2126) / 2)
    assert found.lum_sd == pytest.approx((1 - 0.2126) / 2)


@pytest.mark.parametrize("box", [(0, 5, 30, 25), (10, 0, 30, 25), (10, 5, 40, 25), (10, 5, 30, 50)])
def test_an_object_that_touches_any_side_is_clipped(box: tuple[int, int, int, int]) -> None:
    found = measured(*rectangle(*box))
    assert found is not None
    assert (found.bbox, found.clipped) == (box, True)


def test_the_parts_of_an_object_may_lie_apart() -> None:
    pixels, mask = rectangle(2, 2, 4, 4)
    mask[40:42, 30:32] = True
    found = measured(pixels, mask)
    assert found is not None
    assert (found.bbox, found.centroid, found.area_frac) == ((2, 2, 32, 42), (16.5, 21.5), 0.004)


def test_nothing_is_measured_where_no_object_can_be_seen() -> None:
    pixels, mask = rectangle(5, 5, 5, 5)
    assert not mask.any()
    assert measured(pixels, mask) is None


def test_the_file_of_a_silhouette_tells_where_the_object_is(tmp_path: Path) -> None:
    _, mask = rectangle()
    (tmp_path / "where.png").write_bytes(encoded(mask))
    np.testing.assert_array_equal(silhouette_of(tmp_path, picture(silhouette_file="where.png")), mask)
    for coverage, inside in ((128, True), (127, False)):
        Image.new("L", (40, 50), coverage).save(tmp_path / "where.png")
        found = silhouette_of(tmp_path, picture(silhouette_file="where.png", background_rgb=GREY))
        assert found is not None
        assert found.all() == found.any() == inside  # from half a pixel on


def test_a_plain_background_tells_it_too(tmp_path: Path) -> None:
    pixels, mask = rectangle()
    pixels[20, 20] = (*GREY[:2], GREY[2] + 1)  # differs in blue only, by one
    (tmp_path / "mug.png").write_bytes(encoded(pixels))
    for given in (None, pixels):
        np.testing.assert_array_equal(silhouette_of(tmp_path, picture(background_rgb=GREY), given), mask)


def test_it_is_not_known_without_silhouette_background_or_file(tmp_path: Path) -> None:
    (tmp_path / "mug.png").write_bytes(encoded(rectangle()[0]))
    assert silhouette_of(tmp_path, picture()) is None
    nowhere = Picture(image_id="mug", source="imported", class_label="mug", condition="upright", background_rgb=GREY)
    assert silhouette_of(tmp_path, nowhere) is None


def test_a_silhouette_is_not_looked_for_outside_the_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"'\.\./where\.png' leads out of the folder"):
        silhouette_of(tmp_path, picture(silhouette_file="../where.png"))
