"""A picture and everything known of how it was made; the manifest is one row for each.

What is unknown stays empty: an imported picture has no camera, and none is invented for it. Standard library only, so
that sessions and models read manifests without the libraries that make pictures.
"""

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from askew import sidecar
from askew.column import Column, without_separator
from askew.errors import BadCell, BadInput, quoted
from askew.files import inside
from askew.repeats import refuse_repeats
from askew.sidecar import Sidecar
from askew.study import Study
from askew.table import Table

Text = str | None
Number = float | None
Whole = int | None


def _known(meaning: str, unit: str = "", **bounds: Any) -> Column:
    """A column that a manifest may leave out, as most of them do not apply to imported pictures."""
    return Column(meaning, unit, may_lack=True, **bounds)


def _sha256(of: str) -> Column:
    return _known(f"SHA-256 of {of}", pattern="[0-9a-f]{64}", form="64 of the characters 0-9 and a-f")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture of one object in one pose, and the labels that go with it.

    >>> Picture(image_id="mug_upright", source="imported", class_label="mug", alt_label="hammer",
    ...         condition="upright").labels
    ('mug', 'hammer')
    """

    image_id: Annotated[str, Column("id of the picture; `stimulus` in the trials")]
    file: Annotated[
        Text,
        _known("the picture's file, relative to the manifest, with `/`; empty where only its name is known"),
    ] = None
    sha256_file: Annotated[Text, _sha256("the file")] = None
    sha256_pixels: Annotated[
        Text,
        _sha256("the decoded picture (mode, size and bytes), the same whatever the compression"),
    ] = None
    set: Annotated[Text, _known("name of the stimulus set")] = None
    source: Annotated[Literal["rendered", "imported"], Column("made by askew, or brought from elsewhere")]
    object_id: Annotated[Text, _known("the object shown; nobody should see one twice")] = None
    object_sha256: Annotated[Text, _sha256("the object's mesh")] = None
    object_licence: Annotated[Text, _known("licence of the mesh or the picture")] = None
    symmetry: Annotated[Text, _known("turns after which the object looks the same")] = None
    class_index: Annotated[Whole, _known("ImageNet-1k class of the object, counted from 0", low=0, high=999)] = None
    class_label: Annotated[str, Column("label of the object: the truth")]
    alt_index: Annotated[Whole, _known("ImageNet-1k class of the alternative", low=0, high=999)] = None
    alt_label: Annotated[Text, _known("the label offered beside the truth; empty where all labels are offered")] = None
    alt_rule: Annotated[Text, _known("how the alternative was chosen")] = None
    alt_probability: Annotated[Number, _known("probability that the selector gave the alternative", low=0, high=1)] = (
        None
    )
    condition: Annotated[str, Column("`upright`, `rotated-correct`, `rotated-incorrect`, or what the set declares")]
    qw: Annotated[Number, _known("rotation from the upright base pose, as a unit quaternion: real part")] = None
    qx: Annotated[Number, _known("the same: x")] = None
    qy: Annotated[Number, _known("the same: y")] = None
    qz: Annotated[Number, _known("the same: z")] = None
    euler_yxz: Annotated[
        tuple[float, ...] | None, _known("the same as yaw, pitch and roll (intrinsic YXZ)", "deg", length=3)
    ] = None
    angle_from_upright: Annotated[
        Number,
        _known(
            "angle of that rotation, turns after which the object looks the same not counted", "deg", low=0, high=180
        ),
    ] = None
    source_rotation: Annotated[
        tuple[float, ...] | None,
        _known(
            "angles as a published source gives them; their convention is unknown, so never render from them",
            "deg",
        ),
    ] = None
    sampler: Annotated[Text, _known("how the pose was drawn")] = None
    seed: Annotated[Whole, _known("seed of the set", low=0)] = None
    draw_index: Annotated[Whole, _known("number of the draw within seed, object and condition", low=0)] = None
    size_rule: Annotated[
        Text, _known("what was kept equal across poses (area, longest side or sphere), and at which share")
    ] = None
    scale: Annotated[Number, _known("enlargement of the picture that the size rule gave")] = None
    fov: Annotated[Number, _known("vertical field of view of the camera at scale 1", "deg")] = None
    camera_distance: Annotated[Number, _known("distance of the camera, in radii of the object's sphere")] = None
    lights_id: Annotated[Text, _known("name of the lights")] = None
    background_rgb: Annotated[
        tuple[int, ...] | None,
        _known("colour of the background; empty where it is not uniform", low=0, high=255, length=3),
    ] = None
    background_sha256: Annotated[Text, _sha256("the file of a photographic background")] = None
    size_px: Annotated[tuple[int, ...] | None, _known("width and height of the picture", "px", low=1, length=2)] = None
    supersample: Annotated[Whole, _known("samples a pixel along each side", low=1)] = None
    area_frac: Annotated[Number, _known("share of the picture that the object covers", low=0, high=1)] = None
    bbox: Annotated[
        tuple[int, ...] | None, _known("left, top, right and bottom of the object", "px", low=0, length=4)
    ] = None
    centroid: Annotated[
        tuple[float, ...] | None, _known("x and y of the object's centre of area", "px", low=0, length=2)
    ] = None
    silhouette_file: Annotated[
        Text, _known("file that is white where the object is, black elsewhere; relative to the manifest")
    ] = None
    silhouette_sha256: Annotated[Text, _sha256("the silhouette's file")] = None
    lum_mean: Annotated[Number, _known("mean linear luminance inside the object", low=0, high=1)] = None
    lum_sd: Annotated[Number, _known("its standard deviation", low=0)] = None
    clipped: Annotated[bool | None, _known("whether the object touches the frame")] = None
    matched: Annotated[Text, _known("what was matched between conditions, before and after")] = None
    factors: Annotated[tuple[str, ...] | None, _known("what a sweep or a corruption set, each as `factor=value`")] = (
        None
    )
    made_from: Annotated[Text, _sha256("the pixels of the picture that this one was made from")] = None
    selector_model: Annotated[Text, _known("the network that sorted the poses into conditions")] = None
    selector_weights_sha: Annotated[Text, _sha256("its weights")] = None
    selector_p_true: Annotated[Number, _known("probability that it gave the truth", low=0, high=1)] = None
    selector_rank: Annotated[Whole, _known("rank that it gave the truth, from 1", low=1)] = None
    renderer: Annotated[Text, _known("program that rendered")] = None
    gl_renderer: Annotated[Text, _known("graphics driver that rendered; pixels are repeatable on one driver only")] = (
        None
    )
    versions: Annotated[Text, _known("versions of the programs that made the picture")] = None
    mask_file: Annotated[Text, _known("file of the mask shown after the picture")] = None
    mask_kind: Annotated[Text, _known("recipe of the mask")] = None
    mask_frames: Annotated[
        Whole, _known("frames of a mask that moves; they stand below one another in its file", low=1)
    ] = None
    mask_power_ratio: Annotated[
        Number, _known("power of the mask's spectrum without its mean, as a share of what its recipe asks for", low=0)
    ] = None
    mask_clipped: Annotated[Number, _known("share of the mask's values that 8 bits could not hold", low=0, high=1)] = (
        None
    )
    mask_seed: Annotated[Whole, _known("seed of the mask", low=0)] = None
    mask_sha256: Annotated[Text, _sha256("the mask's file")] = None

    def __post_init__(self) -> None:
        """Refuse what no picture can be."""
        MANIFEST.check(self)
        _check_id(self.image_id)
        _check_labels(self.class_label, self.alt_label)
        _check_rotation(self)

    @property
    def labels(self) -> tuple[str, ...]:
        """The truth, and the alternative where there is one."""
        return (self.class_label,) if self.alt_label is None else (self.class_label, self.alt_label)

    @property
    def files(self) -> dict[str, tuple[str, str | None]]:
        """Its files that the manifest names, with their hashes: `picture`, `silhouette` and `mask`."""
        every = {
            "picture": (self.file, self.sha256_file),
            "silhouette": (self.silhouette_file, self.silhouette_sha256),
            "mask": (self.mask_file, self.mask_sha256),
        }
        return {what: (name, digest) for what, (name, digest) in every.items() if name is not None}


MANIFEST = Table(Picture, "pictures")


def read_manifest(path: Path | str) -> list[Picture]:
    """The pictures of a manifest, each checked; an id may occur once and no file may lie outside the folder."""
    path = Path(path)
    sidecar.check(path)
    pictures = list(
        refuse_repeats(
            [path],
            MANIFEST.numbered,
            lambda picture: picture.image_id,
            "the same image_id; give each picture its own",
        )
    )
    for picture in pictures:
        for name, _ in picture.files.values():
            try:
                inside(path.parent, name)
            except BadInput as error:
                raise BadInput(f"{path}, picture {picture.image_id}: {error}") from None
    return pictures


def manifest_of(folder: Path) -> Path:
    """The manifest in a study or in a folder of pictures."""
    if (folder / "study.toml").is_file():
        manifest = Study.open(folder).manifest
        if not os.path.lexists(manifest):
            raise BadInput(
                f"{folder}: has no pictures yet, for there is no stimuli/manifest.csv in it; "
                "`askew stimuli render` makes some"
            )
        return manifest
    if (folder / "manifest.csv").is_file():
        return folder / "manifest.csv"
    raise BadInput(f"{folder}: has neither study.toml nor manifest.csv; name a study or a folder of pictures")


def write_manifest(path: Path | str, pictures: Iterable[Picture], facts: Sidecar) -> int:
    """Write the manifest, with a sidecar of what is the same for all of its pictures."""
    return sidecar.write_table(MANIFEST, Path(path), pictures, facts)


def _check_id(image_id: str) -> None:
    # Files are named after it. Control characters are refused in any text.
    if image_id in {".", ".."} or "/" in image_id or "\\" in image_id:
        raise BadCell(
            "image_id", f"{quoted(image_id)} can name no file; leave out / and \\, and name it more than dots"
        )


def _check_labels(truth: str, alternative: str | None) -> None:
    for column, label in (("class_label", truth), ("alt_label", alternative)):
        if label is not None:
            without_separator(column, label)  # the two are offered together
    if truth == alternative:
        raise BadCell("alt_label", f"{quoted(alternative)} is the truth as well; the two have to differ")


def _check_rotation(picture: Picture) -> None:
    quaternion = [part for part in (picture.qw, picture.qx, picture.qy, picture.qz) if part is not None]
    if quaternion and (len(quaternion) < 4 or not math.isclose(math.hypot(*quaternion), 1, abs_tol=1e-6)):
        raise BadCell("qw", f"{quaternion} is no unit quaternion; give qw, qx, qy and qz, of length 1, or none")
