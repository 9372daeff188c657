"""What a picture file becomes on the screen: one of its frames, in exactly the pixels that it will cover.

The graphics card only copies it. Where the file has another size than it is to have on the screen, it is resampled
once, here, so that it looks the same on every card: with a triangle filter as wide as the coarser of the two grids,
which neither skips pixels when it makes a picture smaller nor overshoots, so that a plain background stays plain.
"""

from typing import TYPE_CHECKING

from askew.errors import BadInput
from askew_experiments.degrees import size_of
from askew_experiments.displays import Lab
from askew_experiments.screen import Picture

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image


def texture(picture: Picture, pixels: "npt.NDArray[np.uint8]", lab: Lab) -> "Image.Image":
    """The picture, or one frame of a strip, as it will be on the screen; `pixels` are those of its file."""
    from PIL import Image  # noqa: PLC0415  heavy

    cut = Image.fromarray(frame_of(picture, pixels))
    size = size_of(cut.size, picture.height_deg, lab)
    return cut if cut.size == size else cut.resize(size, Image.Resampling.BILINEAR)


def frame_of(picture: Picture, pixels: "npt.NDArray[np.uint8]") -> "npt.NDArray[np.uint8]":
    """One frame of a strip of frames, which lie below one another; BadInput where it cannot be cut so."""
    height, left_over = divmod(len(pixels), picture.frames)
    if left_over:
        raise BadInput(
            f"{picture.path}: is {len(pixels)} px high, which {picture.frames} frames below one another cannot be; "
            "make the masks again, or correct their number of frames in the manifest"
        )
    if not 0 <= picture.frame < picture.frames:
        raise BadInput(f"{picture.path}: has no frame {picture.frame}; it has {picture.frames}, counted from 0")
    return pixels[picture.frame * height : (picture.frame + 1) * height]
