"""How much of a picture a network sees."""

from typing import Any, get_args

import numpy as np
import pytest
from PIL import Image

from askew.errors import BadInput
from askew_models.preparation import Interpolation, Pixels, Preparation, channels, prepared, resampling
from askew_models.view import View, border_colour
from askew_stimuli.picture import Picture

GREY = (90, 140, 200)


def picture(bbox: tuple[int, ...] | None = None) -> Picture:
    return Picture(image_id="mug", source="imported", class_label="mug", condition="upright", bbox=bbox)


def preparation(side: int = 32, resized: int | None = None, **values: Any) -> Preparation:
    half = (0.5, 0.5, 0.5)
    return Preparation(size_px=side, resize_px=resized or side, mean=half, std=half, **values)


def scene(size: tuple[int, int] = (120, 120)) -> Image.Image:
    """Noise on a ground of one colour, which is also that of the border."""
    image = Image.new("RGB", size, GREY)
    inner = (size[0] - 2, size[1] - 2)
    values = np.random.default_rng(7).integers(0, 256, (inner[1], inner[0], 3), dtype=np.uint8)
    image.paste(Image.fromarray(values), (1, 1))
    return image


def seen(view: str, image: Image.Image, wanted: Preparation, bbox: tuple[int, ...] | None = None) -> Pixels:
    return View.parse(view).pixels(image, wanted, picture(bbox))


def straight(image: Image.Image, left: int, top: int, side: int, wanted: Preparation) -> Pixels:
    """The plain way: a square of whole pixels is cut out, with the ground where there is no picture, and resized."""
    canvas = Image.new("RGB", (side, side), GREY)
    canvas.paste(image, (-left, -top))
    return channels(canvas.resize((wanted.size_px,) * 2, resampling(wanted.interpolation)))


def test_the_checkpoints_view_is_its_preparation() -> None:
    wanted = preparation(32, 40)
    np.testing.assert_array_equal(seen("checkpoint", scene(), wanted), prepared(scene(), wanted))


def alike(one: Pixels, other: Pixels, interpolation: str) -> bool:
    """Whether pictures are the same but for the rounding of sums whose terms are the same.

    What lies on the edge of two pixels, to the last of 24 bits, may fall to either where nothing is interpolated.
    """
    apart = np.abs(one.astype(int) - other).max(0)
    if interpolation in {"nearest", "box"}:
        return bool((apart > 2).mean() < 0.1)
    return bool(apart.max() <= 2)


@pytest.mark.parametrize("interpolation", get_args(Interpolation))
@pytest.mark.parametrize("side", [32, 47, 120, 300])
@pytest.mark.parametrize("size", [(120, 120), (120, 70), (71, 120), (120, 119)])
def test_whole_is_the_whole_picture_on_a_square_of_its_border(
    size: tuple[int, int], side: int, interpolation: str
) -> None:
    wanted = preparation(side, 2 * side, interpolation=interpolation, fit="squash")
    expected = straight(scene(size), -((120 - size[0]) // 2), -((120 - size[1]) // 2), 120, wanted)
    assert alike(seen("whole", scene(size), wanted), expected, interpolation)


def test_whole_changes_nothing_in_a_picture_that_is_only_padded() -> None:
    values = seen("whole", scene((70, 45)), preparation(70))
    np.testing.assert_array_equal(values[:, 12:57], channels(scene((70, 45))))
    assert set(map(tuple, values[:, :12].reshape(3, -1).T.tolist())) == {GREY}


@pytest.mark.parametrize("interpolation", get_args(Interpolation))
@pytest.mark.parametrize(("view", "side"), [("zoom-1.5", 80), ("zoom-2", 60), ("zoom-0.5", 240), ("zoom-0.125", 960)])
@pytest.mark.parametrize("px", [24, 300])
def test_zoom_is_a_central_square(view: str, side: int, px: int, interpolation: str) -> None:
    wanted = preparation(px, interpolation=interpolation)
    values = seen(view, scene(), wanted)
    start = (120 - side) // 2
    if side < 120:
        box = (start, start, start + side, start + side)
        np.testing.assert_array_equal(values, channels(scene().resize((px, px), resampling(interpolation), box=box)))
    else:
        assert alike(values, straight(scene(), start, start, side, wanted), interpolation)


def test_a_square_between_pixels_is_taken_between_pixels() -> None:
    ramp = Image.fromarray(np.repeat(np.arange(0, 240, 2, dtype=np.uint8)[None, :, None], 120, 0).repeat(3, 2))
    values = seen("zoom-1.6", ramp, preparation(15, interpolation="bilinear"))
    # The square goes from 22.5 to 97.5 in steps of 5 pixels, and the ramp grows by 2 a pixel.
    expected = [2 * (22.5 + 5 * place + 2) for place in range(15)]
    np.testing.assert_allclose(values[0, 7], expected, atol=1)


@pytest.mark.parametrize("bbox", [(40, 50, 80, 70), (1, 1, 41, 21), (100, 10, 119, 110), (1, 1, 119, 119)])
@pytest.mark.parametrize("share", ["1", "0.5", "0.125"])
def test_object_is_a_square_around_the_box_of_which_it_has_its_share(bbox: tuple[int, ...], share: str) -> None:
    image = Image.new("RGB", (120, 120), GREY)
    left, top, right, bottom = bbox
    image.paste((250, 10, 10), (left, top, right, bottom))
    values = seen(f"object-{share}", image, preparation(96, interpolation="box"), bbox)
    red = (values[0].astype(int) - values[1]) > 95  # half of the pixel at least
    longer = max(red.any(0).sum(), red.any(1).sum())
    assert abs(longer - 96 * float(share)) <= 1
    rows, columns = (np.flatnonzero(red.any(axis)) for axis in (1, 0))
    assert abs(rows[0] + rows[-1] - 95) <= 1
    assert abs(columns[0] + columns[-1] - 95) <= 1


def test_a_square_far_larger_than_the_picture_needs_no_room_of_its_size() -> None:
    wide = Image.new("RGB", (4000, 30), GREY)
    wide.paste((255, 255, 255), (1990, 10, 2010, 20))
    values = seen("zoom-0.1", wide, preparation(400, interpolation="box"))
    assert values.shape == (3, 400, 400)
    changed = np.flatnonzero((values != np.array(GREY)[:, None, None]).any(0))
    assert set(changed // 400) <= {199, 200}
    assert set(changed % 400) <= {199, 200}
    assert len(changed) > 0


def test_the_border_is_the_mean_of_the_outermost_pixels() -> None:
    image = Image.new("RGB", (3, 2), (10, 20, 30))
    image.putpixel((0, 0), (22, 20, 30))
    assert border_colour(image) == (round(10 + 12 * 2 / 10), 20, 30)  # a corner is in a row and in a column
    assert border_colour(scene()) == GREY


@pytest.mark.parametrize("view", ["checkpoint", "whole", "zoom-1.5", "zoom-0.5", "object-0.5"])
def test_pixels_come_in_one_piece_and_may_be_written_to(view: str) -> None:
    values = seen(view, scene((120, 90)), preparation(32, 36), (10, 10, 50, 50))
    assert values.dtype == np.uint8
    assert values.shape == (3, 32, 32)
    assert values.flags.c_contiguous
    assert values.flags.writeable


def test_names_are_the_same_however_they_are_written() -> None:
    written = [
        "checkpoint",
        "whole",
        "zoom-1.50",
        "zoom-01.5",
        "zoom-1",
        "zoom-1.0",
        "zoom-0.75",
        "object-1",
        "object-0.8",
    ]
    names = [View.parse(text).name for text in written]
    assert names == [
        "checkpoint", "whole", "zoom-1.5", "zoom-1.5", "whole", "whole", "zoom-0.75", "object-1", "object-0.8",
    ]  # fmt: skip
    assert [View.parse(name) for name in names] == [View.parse(text) for text in written]


def test_a_key_tells_what_the_pixels_hang_on() -> None:
    first, second = preparation(224, 256, fit="crop"), preparation(224, 224, fit="squash")
    views = [View.parse(text) for text in ("checkpoint", "whole", "zoom-2", "object-0.5", "object-0.6")]
    assert len({view.key(first) for view in views}) == 5
    assert views[0].key(first) != views[0].key(second)
    assert [view.key(first) for view in views[1:]] == [view.key(second) for view in views[1:]]
    assert views[1].key(first) != views[1].key(preparation(225, 256))
    assert views[1].key(first) != views[1].key(preparation(224, 256, interpolation="bilinear"))
    boxed, moved = picture((1, 2, 3, 4)), picture((1, 2, 3, 5))
    assert [view.key_of(boxed) == view.key_of(moved) for view in views] == [True, True, True, False, False]


@pytest.mark.parametrize("view", ["checkpoint", "whole", "zoom-2", "object-0.5"])
@pytest.mark.parametrize("size", [(60, 60), (60, 59)])
@pytest.mark.parametrize("resized", [32, 33])
@pytest.mark.parametrize("fit", ["crop", "squash", "pad"])
def test_a_view_that_is_called_the_same_gives_the_same_pixels(
    view: str, size: tuple[int, int], resized: int, fit: str
) -> None:
    wanted = preparation(32, resized, fit=fit)
    same = View.parse(view).same_as_checkpoint(wanted, {size, (32, 32)})
    equal = np.array_equal(seen(view, scene(size), wanted, (10, 10, 50, 50)), seen("checkpoint", scene(size), wanted))
    assert same == equal == (view == "checkpoint" or (view == "whole" and resized == 32 and size == (60, 60)))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Whole", r"^view 'Whole' \(did you mean whole\?\): is none; allowed: checkpoint, whole, zoom-F \(F from 0.1"),
        ("zoom", "^view 'zoom': is none; allowed: checkpoint"),
        ("zoom-1e1", "^view 'zoom-1e1': is none"),
        ("zoom--2", "^view 'zoom--2': is none"),
        ("zoom-1.5\n", r"^view 'zoom-1.5\\n': is none"),
        ("zoom-٣", "^view 'zoom-٣': is none"),
        ("zoom-0.05", "^view 'zoom-0.05': 0.05 is not from 0.1 to 10; allowed: checkpoint"),
        ("zoom-11", "^view 'zoom-11': 11 is not from 0.1 to 10"),
        ("object-1.2", "^view 'object-1.2': 1.2 is not from 0.1 to 1"),
        ("object-0", "^view 'object-0': 0 is not from 0.1 to 1"),
    ],
)
def test_what_is_no_view_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        View.parse(text)


@pytest.mark.parametrize(
    ("bbox", "says"),
    [
        (None, "^picture mug: the manifest has no bbox for it, so nothing is known of where the object is; choose ano"),
        ((10, 10, 130, 40), "^picture mug: its bbox 10, 10, 130, 40 is no box within the picture, which is 120 x 120;"),
        ((50, 10, 50, 40), "^picture mug: its bbox 50, 10, 50, 40 is no box within the picture"),
    ],
)
def test_a_picture_whose_object_is_nowhere_is_refused_by_a_view_of_the_object(
    bbox: tuple[int, ...] | None, says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        seen("object-0.8", scene(), preparation(), bbox)
