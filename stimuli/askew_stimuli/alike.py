"""Pictures that are nearly the same: they look it, or show one object in nearly one pose.

Seeing the first of two such pictures helps with the second, and the two count as more evidence than they are.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from askew.errors import BadInput
from askew_stimuli.finding import Finding
from askew_stimuli.picture import Picture
from askew_stimuli.sight import Sight
from askew_stimuli.symmetry import Symmetry

# Of the correlation of thumbnails. In the 147 published pictures no two reach .90; a copy of one that was compressed,
# shaded, halved in size or made noisy keeps .976 or more, one that was shifted by 3 of 500 pixels .97.
LOOKS_SAME = 0.97
POSE_SAME = 15.0  # degrees
_NEAR = ("upright", "grid", "sweep")  # samplers whose poses of one condition are as near as they were asked for
_ROWS = 512  # compared at once, so that large sets fit the memory


def findings(pictures: Sequence[Picture], sights: Mapping[str, Sight]) -> Iterator[Finding]:
    """Each picture that is nearly an earlier one and is not meant to be.

    `sights` has the pictures that could be read, by id; `pictures` no two that show exactly the same, but for steps.
    """
    yield from _symmetries(pictures)
    told = set()
    for earlier, later, degrees in _same_pose(pictures):
        told.add((earlier.image_id, later.image_id))
        message = f"shows {later.object_id} in nearly the pose of {earlier.image_id}: {degrees:.0f} degrees apart"
        yield Finding("near-duplicate", later.image_id, message)
    for earlier, later, correlation in _same_looks(pictures, sights):
        if (earlier.image_id, later.image_id) not in told:
            message = f"looks nearly as {earlier.image_id}: their thumbnails correlate by {correlation:.3f}"
            yield Finding("near-duplicate", later.image_id, message)


def _same_looks(pictures: Sequence[Picture], sights: Mapping[str, Sight]) -> Iterator[tuple[Picture, Picture, float]]:
    """Each picture that looks like one before it, with the one that it is most like."""
    shown = [(p, s.thumbnail) for p in pictures if (s := sights.get(p.image_id)) and s.thumbnail is not None]
    if len(shown) < 2:
        return
    thumbnails = np.stack([thumbnail for _, thumbnail in shown])
    best: dict[int, tuple[float, int]] = {}
    for later, earlier, correlation in _close(thumbnails):
        one, other = shown[earlier][0], shown[later][0]
        if not (steps(one, other) or _chosen_near(one, other)):
            best[later] = max(best.get(later, (0.0, 0)), (correlation, -earlier))
    for later, (correlation, earlier) in sorted(best.items()):
        yield shown[-earlier][0], shown[later][0], correlation


def _close(thumbnails: npt.NDArray[np.float32]) -> Iterator[tuple[int, int, float]]:
    for start in range(0, len(thumbnails), _ROWS):
        rows = thumbnails[start : start + _ROWS]
        correlations = rows @ thumbnails[: start + len(rows)].T
        for row, column in np.argwhere(np.tril(correlations, start - 1) > LOOKS_SAME).tolist():
            yield start + row, column, float(correlations[row, column])


def steps(one: Picture, other: Picture) -> bool:
    """Whether two pictures are steps of a sweep or a corruption: of one object, and differing in what was set."""
    return one.factors != other.factors and _object(one) == _object(other)


def _object(picture: Picture) -> Hashable:
    return picture.class_label, picture.object_id


def _chosen_near(one: Picture, other: Picture) -> bool:
    """Whether two poses were asked for to be near: both upright within a jitter, or both of one grid."""
    group = _near_group(one)
    return group is not None and group == _near_group(other) and _object(one) == _object(other)


def _near_group(picture: Picture) -> str | None:
    """The condition, where its poses of an object may be near one another."""
    return picture.condition if (picture.sampler or "").startswith(_NEAR) else None


def _same_pose(pictures: Sequence[Picture]) -> Iterator[tuple[Picture, Picture, float]]:
    """Each picture of an object in nearly the pose of one before it, all else equal, with the nearest such."""
    groups: dict[Hashable, list[Picture]] = defaultdict(list)
    for picture in pictures:
        if picture.object_id is not None and picture.qw is not None:
            groups[_all_but_pose(picture)].append(picture)
    for group in groups.values():
        symmetry = _symmetry(group[0].symmetry)
        poses = Rotation.from_quat([[p.qx, p.qy, p.qz, p.qw] for p in group])
        near = np.array([_near_group(picture) or "" for picture in group])
        for place in range(1, len(group)):
            angles = symmetry.angles(poses[place], poses[:place])
            angles[(near[:place] == near[place]) & (near[place] != "")] = np.inf
            nearest = int(angles.argmin())
            if angles[nearest] < POSE_SAME:
                yield group[nearest], group[place], float(angles[nearest])


def _symmetry(text: str | None) -> Symmetry:
    """The symmetry that a manifest means; none where it cannot be read, which is told by itself."""
    try:
        return Symmetry.parse(text or "none")
    except BadInput:
        return Symmetry()


def _symmetries(pictures: Sequence[Picture]) -> Iterator[Finding]:
    """Each text that means no symmetry, once, with the first picture that has it."""
    for text, image_id in {p.symmetry: p.image_id for p in reversed(pictures) if p.symmetry is not None}.items():
        try:
            Symmetry.parse(str(text))
        except BadInput as error:
            yield Finding("unreadable-symmetry", image_id, str(error))


def _all_but_pose(picture: Picture) -> Hashable:
    return (
        picture.object_id,
        picture.object_sha256,
        picture.symmetry,
        picture.factors,
        picture.lights_id,
        picture.background_rgb,
        picture.background_sha256,
        picture.fov,
        picture.camera_distance,
    )
