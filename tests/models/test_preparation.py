"""Pictures as networks want them: value for value what timm and torchvision give."""

import math
from typing import Any, get_args

import numpy as np
import pytest
from PIL import Image
from timm.data.transforms_factory import create_transform
from torchvision.transforms._presets import ImageClassification
from torchvision.transforms.functional import InterpolationMode

from askew.errors import BadInput
from askew_models.preparation import Fit, Interpolation, Pixels, Preparation, channels, prepared

# Square, wide, tall, smaller than the network's input, a line, and sides whose halves and ratios round both ways.
SIZES = [(500, 500), (500, 375), (301, 500), (499, 333), (97, 41), (64, 63), (33, 1), (1, 40)]
CROP_MODES = {"crop": "center", "squash": "squash", "pad": "border"}
HALF: dict[str, Any] = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def noise(size: tuple[int, int]) -> Image.Image:
    """A picture in which every pixel counts."""
    values = np.random.default_rng(size[0]).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(values)


def by_timm(image: Image.Image, side: int, share: float, fit: str, interpolation: str) -> Pixels:
    transform: Any = create_transform(
        (3, side, side),
        crop_pct=share,
        crop_mode=CROP_MODES[fit],
        interpolation=interpolation,
        mean=MEAN,
        std=STD,
        use_prefetcher=True,
    )
    values: Pixels = transform(image).numpy()
    return values


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("interpolation", get_args(Interpolation))
@pytest.mark.parametrize("fit", get_args(Fit))
def test_pixels_are_those_of_timm(fit: Any, interpolation: Any, size: tuple[int, int]) -> None:
    # A share of more than 1 pads: timm has such tags, and networks were measured so.
    for side, share in ((32, 0.875), (31, 0.95), (48, 1.0), (40, 1.1)):
        preparation = Preparation(
            size_px=side, resize_px=math.floor(side / share), fit=fit, interpolation=interpolation, mean=MEAN, std=STD
        )
        image = noise(size)
        if fit == "pad" and round(min(size) * preparation.resize_px / max(size)) == 0:
            continue  # timm cannot resize to nothing
        found = prepared(image, preparation)
        assert found.shape == (3, side, side)
        np.testing.assert_array_equal(found, by_timm(image, side, share, fit, interpolation))


@pytest.mark.parametrize("size", SIZES)
def test_pixels_are_those_of_torchvision(size: tuple[int, int]) -> None:
    for side, resized, mode in (
        (64, 73, InterpolationMode.BILINEAR),
        (60, 61, InterpolationMode.BICUBIC),
        (48, 48, InterpolationMode.NEAREST),
        (64, 50, InterpolationMode.BILINEAR),
    ):
        preparation: Any = {**HALF, "size_px": side, "resize_px": resized, "interpolation": mode.value}
        image = noise(size)
        given = ImageClassification(
            crop_size=side, resize_size=resized, interpolation=mode, mean=(0,) * 3, std=(1,) * 3
        )
        values = prepared(image, Preparation(**preparation))
        # Whole numbers up to 255 come back exactly from 32 bits.
        np.testing.assert_array_equal(values, (given(image).numpy() * 255).round())


def test_a_line_is_padded_rather_than_resized_to_nothing() -> None:
    preparation = Preparation(size_px=8, resize_px=8, fit="pad", mean=(0, 0, 0), std=(1, 1, 1))
    values = prepared(Image.new("RGB", (400, 1), (9, 9, 9)), preparation)
    assert values.sum() == 3 * 8 * 9


def test_values_come_colour_by_colour_in_one_piece() -> None:
    image = noise((5, 3))
    values = channels(image)
    assert values.flags.c_contiguous
    assert values.flags.writeable
    np.testing.assert_array_equal(values, np.asarray(image).transpose(2, 0, 1))


def test_the_key_tells_all_that_pixels_hang_on_and_nothing_else() -> None:
    usual: dict[str, Any] = {
        "size_px": 224, "resize_px": 256, "fit": "crop", "interpolation": "bicubic", "mean": MEAN, "std": STD,
    }  # fmt: skip
    key = Preparation(**usual).key
    others: list[dict[str, Any]] = [
        {"size_px": 225},
        {"resize_px": 257},
        {"fit": "squash"},
        {"fit": "pad"},
        {"interpolation": "bilinear"},
    ]
    assert len({key, *(Preparation(**{**usual, **other}).key for other in others)}) == 6
    assert Preparation(**{**usual, **HALF}).key == key
    padded = {**usual, "fit": "pad"}
    assert Preparation(**{**padded, "mean": HALF["mean"]}).key != Preparation(**padded).key
    assert Preparation(**{**padded, "std": HALF["std"]}).key == Preparation(**padded).key


def test_lists_of_three_do_as_well() -> None:
    mean: Any = [0.5, 0.5, 0.25]
    preparation = Preparation(size_px=224, resize_px=256, mean=mean, std=STD)
    assert preparation.mean == (0.5, 0.5, 0.25)
    assert hash(preparation) == hash(Preparation(size_px=224, resize_px=256, mean=(0.5, 0.5, 0.25), std=STD))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"size_px": 0}, "preparation, size_px: 0 is not a whole number from 1 to 4096"),
        ({"size_px": 224.0}, "preparation, size_px: 224.0 is not a whole number from 1 to 4096"),
        ({"resize_px": 9000}, "preparation, resize_px: 9000 is not a whole number from 1 to 8192"),
        ({"fit": "stretch"}, "preparation, fit: 'stretch' is not one of crop, squash, pad"),
        ({"interpolation": "cubic"}, "preparation, interpolation: 'cubic' is not one of nearest, box, bilinear,"),
        ({"mean": (0.5, 0.5)}, r"preparation, mean: \(0.5, 0.5\) is not 3 numbers from 0 to 1 in a tuple"),
        ({"mean": 0.5}, "preparation, mean: 0.5 is not 3 numbers from 0 to 1 in a tuple"),
        ({"mean": (124, 116, 104)}, "preparation, mean: 124 is not 3 numbers from 0 to 1 in a tuple"),
        ({"std": [0.2, 0, 0.2]}, "preparation, std: 0 is not 3 numbers from 0.001 to 1 in a tuple"),
    ],
)
def test_what_no_preparation_can_be_is_refused(values: dict[str, Any], says: str) -> None:
    usual: dict[str, Any] = {"size_px": 224, "resize_px": 256, "mean": MEAN, "std": STD}
    with pytest.raises(BadInput, match=says):
        Preparation(**{**usual, **values})
