"""Decoded pictures: size, background and a hash that does not depend on the compression. Needs Pillow and numpy."""

import hashlib
import struct
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from askew.errors import BadInput
from askew.files import refuse_special

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"}
DAMAGE = (OSError, SyntaxError, ValueError, TypeError, struct.error)  # what Pillow says of broken files


@dataclass(frozen=True)
class Pixels:
    """What a picture file shows."""

    sha256: str
    size_px: tuple[int, int]
    background_rgb: tuple[int, ...] | None


def look(path: Path) -> Pixels:
    """Decode a picture; BadInput says why it cannot be. One without a see-through pixel is its RGB values."""
    image = _decoded(path)
    return Pixels(pixels_sha256(image.mode, image.size, image.tobytes()), image.size, _background(image))


def pixels_of(path: Path) -> npt.NDArray[np.uint8]:
    """The picture's RGB values, (height, width, 3); BadInput where it cannot be decoded or is see-through."""
    return _opaque(path, _decoded(path))


def pixels_in(content: bytes, path: Path) -> npt.NDArray[np.uint8]:
    """The same of a file that has been read already; its path is for messages."""
    return _opaque(path, _decoded(path, BytesIO(content)))


def _opaque(path: Path, image: Image.Image) -> npt.NDArray[np.uint8]:
    if image.mode != "RGB":
        raise BadInput(f"{path}: is see-through in places; put it on a background first")
    return np.asarray(image)


def pixels_sha256(mode: str, size: tuple[int, int], values: bytes) -> str:
    """The hash of a decoded picture: of its mode, its width and height, and its bytes."""
    return hashlib.sha256(f"{mode} {size[0]} {size[1]}\n".encode() + values).hexdigest()


def sha256_of(pixels: npt.NDArray[np.uint8]) -> str:
    """The same hash, of the RGB values of a picture that is at hand."""
    return pixels_sha256("RGB", (pixels.shape[1], pixels.shape[0]), pixels.tobytes())


def see_through(image: Image.Image) -> bool:
    """Whether any pixel is; many programs add an alpha channel that is opaque everywhere."""
    return image.has_transparency_data and image.convert("RGBA").getchannel("A").getextrema()[0] != 255


def printable(text: str) -> str:
    r"""The text of a message or a file's name with its control characters written out.

    >>> print(printable("a\tb.png"))
    a\tb.png
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _decoded(path: Path, content: BytesIO | None = None) -> Image.Image:
    refuse_special(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of damage that does not hide the picture
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path if content is None else content) as opened:
                image: Image.Image = opened.convert("RGBA" if see_through(opened) else "RGB")
                return image
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        most = (Image.MAX_IMAGE_PIXELS or 0) // 1_000_000
        raise BadInput(f"{path}: claims more than {most} million pixels; make it smaller") from None
    except UnidentifiedImageError:
        raise BadInput(f"{path}: is not a picture that can be read; give PNG or JPEG") from None
    except PermissionError:
        raise BadInput(f"{path}: may not be read; change its permissions") from None
    except DAMAGE as error:
        raise BadInput(f"{path}: is damaged or cannot be read: {error}") from None


def background_of(pixels: npt.NDArray[np.uint8]) -> tuple[int, ...] | None:
    """The one colour of the border of RGB values; None where it has several."""
    return _background(Image.fromarray(pixels))


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
