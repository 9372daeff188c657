"""Small copies of a study's pictures, as data: URIs that a page can hold. Needs Pillow."""

import base64
import hashlib
import io
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from PIL import Image

from askew.errors import BadInput
from askew.files import inside, refuse_special
from askew.processes import cores
from askew_stimuli.picture import Picture
from askew_stimuli.pixels import DAMAGE
from askew_stimuli.progress import tracked

SIDE = 192  # pixels of the longer side: sharp at the size of a card on finely resolved screens
QUALITY = 75
EFFORT = 2  # of 6; more takes twice as long for 3 % fewer bytes
EXPECTED = (*DAMAGE, BadInput)
TOO_LARGE = (Image.DecompressionBombWarning, Image.DecompressionBombError)  # Pillow's limit, and twice as much
# The picture, or why there is none: its file is not there, is not the one whose hash the manifest has, has more pixels
# than a picture that was made for people to see, or cannot be decoded.
Reason = Literal["", "missing", "changed", "too large", "damaged"]
Found = tuple[str | None, Reason]


def thumbnails(pictures: Sequence[Picture], folder: Path) -> dict[str, Found]:
    """A small copy of each picture by its id, or why it has none; `folder` is the manifest's.

    A picture without a file in the manifest is as one whose file is not there.
    """
    return dict(zip((picture.image_id for picture in pictures), _made(pictures, folder), strict=True))


def _made(pictures: Sequence[Picture], folder: Path) -> Iterator[Found]:
    # Set once around the threads, for they share what Python warns of.
    with warnings.catch_warnings(), ThreadPoolExecutor(cores()) as threads:
        warnings.simplefilter("ignore")  # Pillow warns of damage that does not hide the picture
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        found = threads.map(lambda picture: _one(picture, folder), pictures)
        yield from tracked(found, "Pictures", len(pictures))


def _one(picture: Picture, folder: Path) -> Found:
    if picture.file is None:
        return None, "missing"
    try:
        path = inside(folder, picture.file)
        if not path.exists():
            return None, "missing"
        refuse_special(path)
        content = path.read_bytes()
        if picture.sha256_file not in {None, hashlib.sha256(content).hexdigest()}:
            return None, "changed"
        return "data:image/webp;base64," + base64.b64encode(_small(content)).decode(), ""
    except TOO_LARGE:
        return None, "too large"
    except EXPECTED:
        return None, "damaged"


def _small(content: bytes) -> bytes:
    """The picture as WebP; one that is smaller already keeps its size."""
    with Image.open(io.BytesIO(content)) as opened:
        opened.draft("RGB", (SIDE, SIDE))  # JPEG: decodes at a fraction of the size
        if opened.mode.startswith("I"):  # 16 bits a pixel, of which a screen shows the upper 8
            image = opened.point(lambda value: value / 256).convert("L").convert("RGB")
        else:
            image = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    # Whole pixels are averaged first, which is quick, and filtered then, which is fine.
    if (factor := max(image.size) // SIDE) > 1:
        image = image.reduce(factor)
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    image.save(stream, "WEBP", quality=QUALITY, method=EFFORT)
    return stream.getvalue()
