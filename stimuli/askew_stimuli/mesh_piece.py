"""What the readers of mesh files share: a piece of a mesh, the files that a mesh may name, and its textures."""

import io
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from askew.errors import BadInput, one_line, quoted
from askew.files import inside
from askew_stimuli.light import codes, linear
from askew_stimuli.solid import Bytes

Doubles = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

MAX_BYTES = 1 << 30  # of a mesh with all files that it names
TEXTURE_SIDE = 4096  # pixels; larger textures are made smaller
TEXTURE_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TGA", "TIFF")
GREY = (0.75, 0.75, 0.75)  # of what has no colour, sRGB
# Bare metal mirrors its surroundings, and in front of a plain background it would be nearly black.
MAX_METAL = 0.6


@dataclass(frozen=True, eq=False)
class Finish:
    """The material of a piece. A texture takes the colour's place."""

    colour: tuple[float, ...] = GREY  # sRGB
    metal: float = 0.0
    rough: float = 0.6
    texture: Bytes | None = None


PLAIN = Finish()  # of what names no material


@dataclass(frozen=True, eq=False)
class Piece:
    """Triangles of one material as the file has them, nothing of it checked yet."""

    points: npt.NDArray[Any]  # (n, 3)
    faces: npt.NDArray[Any]  # (m, corners)
    finish: Finish = PLAIN
    normals: npt.NDArray[Any] | None = None  # (n, 3)
    uv: npt.NDArray[Any] | None = None  # (n, 2), v upwards
    colours: Bytes | None = None  # (n, 3), sRGB; take the place of the finish's


@dataclass
class Beside:
    """The files beside a mesh: it may name those, and no others."""

    mesh: Path
    _read: int = field(default=0, init=False)

    def read(self, name: str, what: str) -> bytes:
        """The content of a file that the mesh names; BadInput where it is missing, elsewhere or too much."""
        if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]+:", name):
            self.refuse(f"names the {what} {quoted(name)}; save it into the mesh's folder and write only its name")
        try:
            path = inside(self.mesh.parent, name.replace("\\", "/").removeprefix("./"))
        except BadInput:
            self.refuse(
                f"names the {what} {quoted(name)}, which is outside its folder; put the file beside the mesh and "
                f"write only {quoted(PureWindowsPath(name).name)} in the mesh's files"
            )
        try:
            size = path.stat().st_size if path.is_file() else None
        except OSError:  # as of a name that is longer than a name may be
            size = None
        if size is None:
            self.refuse(f"names the {what} {quoted(name)}, which is no file in its folder; put it there")
        self._read += size
        if self._read > MAX_BYTES:
            self.refuse(f"names files of more than {MAX_BYTES >> 20:,} MiB together; make its textures smaller")
        return path.read_bytes()

    def texture(self, name: str) -> Bytes:
        """The picture that a file holds."""
        return texture(self.mesh, self.read(name, "texture"), quoted(name))

    def refuse(self, message: str) -> NoReturn:
        """Say what is wrong with the mesh."""
        raise BadInput(f"{self.mesh}: {message}")


def texture(mesh: Path, content: bytes, name: str) -> Bytes:
    """The picture as 8-bit sRGB without its see-through channel; larger ones than TEXTURE_SIDE are made smaller.

    Of a see-through texture the colours are kept and everything is opaque, as in glTF's OPAQUE.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=TEXTURE_FORMATS) as opened:
                return _shrunk(_rgb(opened))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise BadInput(
            f"{mesh}: its texture {name} is too large; {TEXTURE_SIDE} pixels a side are enough, make it smaller"
        ) from None
    except UnidentifiedImageError:
        raise BadInput(f"{mesh}: its texture {name} is no picture that can be read; save it as PNG or JPEG") from None
    except Exception as error:  # noqa: BLE001  Pillow's readers fail in many ways on damaged files
        reason = one_line(error, 80)
        raise BadInput(
            f"{mesh}: its texture {name} is damaged or cannot be read ({reason}); save it again as PNG"
        ) from None


def _rgb(image: Image.Image) -> Bytes:
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode == "F":
        raise ValueError("floating point")
    if image.mode.startswith("I"):  # 16 bits, which Pillow would clip
        grey = np.clip(np.round(np.asarray(image).astype(float) / 257), 0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    pixels: Bytes = np.asarray(image.convert("RGB"))
    return pixels


def _shrunk(pixels: Bytes) -> Bytes:
    """The picture with sides of at most TEXTURE_SIDE, averaged in linear light."""
    height, width = pixels.shape[:2]
    factor = max(height, width) / TEXTURE_SIDE
    if factor <= 1:
        return pixels
    size = max(1, round(width / factor)), max(1, round(height / factor))
    channels = [
        np.asarray(Image.fromarray(linear(pixels[..., part]).astype(np.float32)).resize(size, Image.Resampling.BOX))
        for part in range(3)
    ]
    return codes(np.stack(channels, axis=2))


def as_codes(colours: npt.NDArray[Any]) -> Bytes:
    """Colours as 8-bit values, of whole numbers up to 255 or of shares up to 1; further columns are left out."""
    colours = np.asarray(colours)[:, :3].astype(np.float64)
    scale = 255 if np.nanmax(colours, initial=0) <= 1 else 1
    shown: Bytes = np.clip(np.round(np.nan_to_num(colours) * scale), 0, 255).astype(np.uint8)
    return shown


def too_many(mesh: Path, faces: int, allowed: int) -> None:
    """Refuse a mesh that has more triangles than allowed."""
    if faces > allowed:
        raise BadInput(
            f"{mesh}: has {faces:,} triangles, but at most {allowed:,} are read; decimate it, "
            "as with Blender's Decimate modifier or MeshLab's quadric edge collapse"
        )
