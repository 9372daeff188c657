"""Pictures are decoded to what they show, and one that cannot be is refused in words."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from askew.errors import BadInput
from askew_stimuli.pixels import look, pixels_of, pixels_sha256, printable, sha256_of

RED = (200, 30, 30)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_a_picture_that_is_opaque_everywhere_is_its_colours(tmp_path: Path, mode: str) -> None:
    path = tmp_path / f"a.{'tif' if mode == 'PA' else 'png'}"
    image = Image.new("RGB", (4, 3), (90, 90, 90)).convert("L").convert(mode)
    image.save(path)
    pixels = np.full((3, 4, 3), 90, np.uint8)
    np.testing.assert_array_equal(pixels_of(path), pixels)
    assert look(path).sha256 == sha256_of(pixels)
    assert look(path).background_rgb == (90, 90, 90)


def test_a_palette_whose_see_through_colour_is_not_used_is_opaque(tmp_path: Path) -> None:
    image = Image.new("P", (4, 3), 0)
    image.putpalette([*RED, 0, 0, 0])
    image.save(tmp_path / "a.png", transparency=1)
    assert pixels_of(tmp_path / "a.png")[0, 0].tolist() == list(RED)


def test_one_pixel_that_is_see_through_is_enough(tmp_path: Path) -> None:
    image = Image.new("RGBA", (4, 3), (*RED, 255))
    image.putpixel((2, 1), (*RED, 254))
    image.save(tmp_path / "a.png")
    with pytest.raises(BadInput, match="is see-through in places; put it on a background first"):
        pixels_of(tmp_path / "a.png")
    assert look(tmp_path / "a.png").sha256 == pixels_sha256("RGBA", (4, 3), image.tobytes())
    assert look(tmp_path / "a.png").background_rgb is None


def test_a_picture_that_would_fill_the_memory_is_refused_by_its_size(tmp_path: Path) -> None:
    Image.new("1", (20_000, 10_000)).save(tmp_path / "a.png")
    with pytest.raises(BadInput, match=r"a\.png: claims more than 89 million pixels; make it smaller"):
        pixels_of(tmp_path / "a.png")


def test_damage_of_every_byte_of_a_header_is_said_in_words(tmp_path: Path) -> None:
    """Or does not matter; nothing but BadInput comes of it, and no warning."""
    path = tmp_path / "a.tif"
    Image.new("RGB", (4, 3), RED).save(path, exif=Image.Exif())
    whole = path.read_bytes()
    refused = 0
    for place in range(len(whole)):
        for value in (0, 255, whole[place] ^ 1):
            path.write_bytes(whole[:place] + bytes([value]) + whole[place + 1 :])
            try:
                pixels_of(path)
            except BadInput:
                refused += 1
    assert refused > 20


def test_control_characters_of_a_name_are_written_out() -> None:
    assert printable("caf\u00e9 \n\x1b[2J.png") == r"caf\u00e9 \n\x1b[2J.png".replace(r"\u00e9", "\u00e9")
