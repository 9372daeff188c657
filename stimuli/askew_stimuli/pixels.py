"""Decoded pictures: size, background and a hash that does not depend on the compression. Needs Pillow."""

import hashlib
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from askew.errors import BadInput
from askew.files import refuse_special


@dataclass(frozen=True)
class Pixels:
    """What a picture file shows."""

    sha256: str
    size_px: tuple[int, int]
    background_rgb: tuple[int, ...] | None


def look(path: Path) -> Pixels:
    """Decode a picture; BadInput says why it cannot be."""
    refuse_special(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of damage that does not hide the picture
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as opened:
                mode = "RGBA" if opened.has_transparency_data else "RGB"
                image = opened.convert(mode)
    except (UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise BadInput(f"{path}: is not a picture that can be read; give PNG or JPEG") from None
    except (OSError, SyntaxError, ValueError) as error:
        # Pillow says SyntaxError and ValueError of broken PNG chunks.
        raise BadInput(f"{path}: is damaged or cannot be read: {error}") from None
    digest = hashlib.sha256(f"{mode} {image.width} {image.height}\n".encode() + image.tobytes())
    return Pixels(digest.hexdigest(), image.size, _background(image))


def _background(image: Image.Image) -> tuple[int, ...] | None:
    """The one colour of the picture's border; None where the border has several."""
    right, bottom = image.width - 1, image.height - 1
    edges = [(0, 0, right + 1, 1), (0, bottom, right + 1, bottom + 1), (0, 0, 1, bottom + 1)]
    edges.append((right, 0, right + 1, bottom + 1))
    colours = {colour for edge in edges for _, colour in image.crop(edge).getcolors(max(image.size)) or []}
    if image.mode != "RGB" or len(colours) != 1:
        return None
    (colour,) = colours
    return tuple(colour) if isinstance(colour, tuple) else None
