"""A small study of flat drawings, for sessions that really show them."""

from pathlib import Path

import numpy as np

from askew.command import main
from askew.files import sha256
from askew.sidecar import Sidecar
from askew_stimuli.picture import Picture, write_manifest
from askew_stimuli.pixels import look
from askew_stimuli.png import encoded

CONDITIONS = ("upright", "rotated-correct", "rotated-incorrect")
OBJECTS = ("mug", "hammer", "umbrella", "lamp", "chair", "kettle", "spoon", "ladder", "violin")
BACKGROUND = (124, 116, 104)


def make_study(root: Path, objects: tuple[str, ...] = OBJECTS, side: int = 60) -> None:
    """Make a study of these objects, each in three poses, each object with the next as its alternative."""
    assert main(["new", str(root), "--seed", "11"]) == 0
    pictures = []
    for place, name in enumerate(objects):
        for pose, condition in enumerate(CONDITIONS):
            path = root / "stimuli" / f"{name}_{pose}.png"
            path.write_bytes(encoded(_drawing(place, pose, side)))
            seen = look(path)
            pictures.append(
                Picture(
                    image_id=path.stem,
                    file=path.name,
                    sha256_file=sha256(path),
                    sha256_pixels=seen.sha256,
                    set="drawn",
                    source="imported",
                    object_id=name,
                    class_label=name,
                    alt_label=objects[(place + 1) % len(objects)],
                    condition=condition,
                    background_rgb=seen.background_rgb,
                    size_px=seen.size_px,
                )
            )
    write_manifest(root / "stimuli" / "manifest.csv", pictures, Sidecar())


def _drawing(place: int, pose: int, side: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    pixels = np.full((side, side, 3), BACKGROUND, np.uint8)
    low, high = side // 5, side - side // 5
    pixels[low:high, low:high] = (20 * place) % 256, 80 * pose, 0
    corner = (slice(low, side // 2), slice(side // 2, high))  # so that it has an up and a side
    pixels[corner] = 255 - 20 * place % 256, 255, 80 * pose
    return pixels
