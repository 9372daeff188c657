"""Whether the pictures on disk are those that the manifest describes, and whether each can be used."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from askew.column import cell
from askew.errors import BadInput, counted, quoted
from askew.files import inside, sha256
from askew.study import Study
from askew.trial import Trial
from askew_stimuli import alike, balance, making
from askew_stimuli.finding import SET, Finding
from askew_stimuli.picture import Picture
from askew_stimuli.pixels import SUFFIXES, pixels_of, printable
from askew_stimuli.progress import tracked
from askew_stimuli.sight import Sight, sight_of

SMALL = 0.02  # of the picture: below it, details of the object are lost on a usual screen
PLAIN = 0.05  # of the object white or black: more than highlights or hollows, so that its surface does not show
SHARES = 1e-4  # of the picture, or of white: what a manifest's rounding may change
PLACE = 0.1  # pixels: the same of a centre
ROUNDED = {"area_frac": SHARES, "bbox": 0, "centroid": PLACE, "lum_mean": SHARES, "lum_sd": SHARES}
SHEET = re.compile(r"sheet(-\d+)?\.png")  # what `askew stimuli sheet` leaves beside the manifest


def coverage(pictures: Sequence[Picture]) -> str:
    """How many pictures there are, and of how many the file could be compared."""
    with_file = sum(picture.file is not None for picture in pictures)
    with_hash = sum(bool(picture.file and (picture.sha256_file or picture.sha256_pixels)) for picture in pictures)
    return f"{counted(len(pictures), 'picture')}, {with_file:,} with a file, {with_hash:,} of them compared by hash"


def findings(folder: Path, pictures: Sequence[Picture]) -> Iterator[Finding]:
    """Everything wrong with the pictures of a manifest that lies in a folder: one by one, then as a set."""
    if not pictures:
        yield Finding("empty", SET, "the manifest has no pictures; import or make some")
    shown: dict[str, list[Picture]] = defaultdict(list)
    different: list[Picture] = []  # what is there twice counts once
    sights: dict[str, Sight] = {}
    for picture in tracked(pictures, "checking pictures", len(pictures)):
        found, sight = _of_file(folder, picture)
        yield from found
        for kind in ("mask", "silhouette"):
            yield from _of_companion(folder, picture, kind, sight)
        if sight is not None:
            sights[picture.image_id] = sight
        yield from _of_object(picture, sight)
        digest = picture.sha256_pixels or (sight.sha256 if sight else None)
        same = shown[digest] if digest is not None else []
        twin = next((other for other in same if not alike.steps(other, picture)), None)
        if twin is not None:
            yield Finding("duplicate", picture.image_id, f"shows exactly what {twin.image_id} shows")
        else:
            same.append(picture)
            different.append(picture)
    yield from balance.sizes(different, {image_id: sight.size_px for image_id, sight in sights.items()})
    yield from alike.findings(different, sights)
    yield from balance.findings(different, {p.image_id: _amounts(p, sights.get(p.image_id)) for p in different})
    yield from making.findings(different)
    yield from _unlisted(folder, pictures)


def findings_in_trials(study: Study, pictures: Sequence[Picture]) -> Iterator[Finding]:
    """Stimuli that the trials describe otherwise than the manifest does, each once."""
    by_id = {picture.image_id: picture for picture in pictures}
    told: set[tuple[str, str]] = set()
    for trial in study.trials():
        for finding in _of_trial(trial, by_id.get(trial.stimulus)):
            if (finding.code, finding.picture) not in told:
                told.add((finding.code, finding.picture))
                yield finding


def _of_trial(trial: Trial, picture: Picture | None) -> Iterator[Finding]:
    if picture is None:
        yield Finding("unknown", trial.stimulus, f"{trial.observer} answered it, but the manifest does not have it")
        return
    if picture.alt_label is not None and picture.alt_label not in trial.offered:
        message = (
            f"was offered to {trial.observer} without {quoted(picture.alt_label)}, its alternative in the manifest"
        )
        yield Finding("other-labels", trial.stimulus, message)
    for code, said, column in (
        ("other-truth", trial.truth, "class_label"),
        ("other-condition", trial.condition, "condition"),
    ):
        described = getattr(picture, column)
        if said != described:
            message = f"is {quoted(said)} for {trial.observer}, but its {column} is {quoted(described)} in the manifest"
            yield Finding(code, trial.stimulus, message)


def _of_file(folder: Path, picture: Picture) -> tuple[list[Finding], Sight | None]:
    """What is wrong with the picture's file; what it shows, if that is what the manifest describes."""
    if picture.file is None:
        return [], None
    try:
        return _of_readable_file(folder, picture, picture.file)
    except OSError as error:
        return [Finding("unreadable", picture.image_id, _denied(picture.file, error))], None


def _of_readable_file(folder: Path, picture: Picture, name: str) -> tuple[list[Finding], Sight | None]:
    """The same of a picture that has a file; OSError where the system does not give it."""
    path = inside(folder, name)
    if not path.is_file():
        hint = "write / between folders" if "\\" in name else "restore it, or import or make the set again"
        return [Finding("missing", picture.image_id, f"{name} is not there; {hint}")], None
    found = []
    if picture.sha256_file is not None and sha256(path) != picture.sha256_file:
        message = f"{name} is not the file that the manifest describes"
        found.append(Finding("changed", picture.image_id, message))
    try:
        sight = sight_of(folder, picture)
    except BadInput as error:
        return [*found, Finding("unreadable", picture.image_id, str(error))], None
    repainted = picture.sha256_pixels is not None and sight.sha256 != picture.sha256_pixels
    if repainted:
        message = f"{name} shows something else than when it was described"
        found.append(Finding("repainted", picture.image_id, message))
    if picture.size_px is not None and sight.size_px != picture.size_px:
        message = f"{name} is {_by(sight.size_px)} pixels, but {_by(picture.size_px)} in the manifest"
        found.append(Finding("resized", picture.image_id, message))
    if repainted:
        return found, None
    return [*found, *_of_measures(picture, sight)], sight


def _of_measures(picture: Picture, sight: Sight) -> Iterator[Finding]:
    """Where the manifest says something else of the background or the object than the pixels do."""
    expected, seen = picture.background_rgb, sight.background_rgb
    if None not in {expected, seen} and tuple(expected or ()) != seen and not sight.one_colour:
        message = f"its background is {_rgb(seen)}, but {_rgb(expected)} in the manifest; correct it"
        yield Finding("other-background", picture.image_id, message)
        if picture.silhouette_file is None:
            return  # what is not of that colour is no object
    if sight.measures is None:
        return
    told = [
        f"{column} is {cell(measured)}, but {cell(said)} in the manifest"
        for column, rounding in ROUNDED.items()
        if (said := getattr(picture, column)) is not None
        and np.abs(np.subtract(said, measured := getattr(sight.measures, column))).max() > rounding
    ]
    if told:
        message = f"its object was described otherwise than it is: {'; '.join(told)}; measure the set again"
        yield Finding("remeasured", picture.image_id, message)


def _of_object(picture: Picture, sight: Sight | None) -> Iterator[Finding]:
    """What is wrong with what a picture shows."""
    if sight is not None and sight.see_through:
        message = "is see-through in places, so that what is seen depends on the viewer; put it on a background"
        yield Finding("see-through", picture.image_id, message)
    if sight is not None and (sight.one_colour or (sight.object_known and sight.measures is None)):
        yield Finding("blank", picture.image_id, "shows no object, only background")
        return
    seen = sight.measures if sight else None
    area = _amounts(picture, sight).get(balance.AREA)
    if area is not None and area < SMALL:
        message = f"its object covers {100 * area:.1f} % of the picture, less than {100 * SMALL:.0f} %"
        yield Finding("small", picture.image_id, message)
    if seen.clipped if picture.clipped is None and seen else picture.clipped:
        yield Finding("clipped", picture.image_id, "its object touches the frame, which may cut it off")
    for code, colour in (("over-exposed", "white"), ("crushed", "black")):
        share = getattr(sight, colour) if sight is not None else 0
        if share > PLAIN:
            message = f"{100 * share:.3g} % of its object are pure {colour}, more than {100 * PLAIN:.0f} %"
            yield Finding(code, picture.image_id, message)


def _amounts(picture: Picture, sight: Sight | None) -> balance.Amounts:
    return balance.amounts(picture, sight.measures, sight.size_px) if sight else balance.amounts(picture)


def _of_companion(folder: Path, picture: Picture, kind: str, sight: Sight | None) -> Iterator[Finding]:
    """What is wrong with the picture's mask or silhouette."""
    if kind not in picture.files:
        return
    name, _ = picture.files[kind]
    try:
        yield from _of_readable_companion(folder, picture, kind, sight)
    except OSError as error:
        yield Finding(f"unreadable-{kind}", picture.image_id, _denied(name, error))
    except BadInput as error:
        yield Finding(f"unreadable-{kind}", picture.image_id, str(error))


def _of_readable_companion(folder: Path, picture: Picture, kind: str, sight: Sight | None) -> Iterator[Finding]:
    """The same of one that the manifest names; OSError or BadInput where it cannot be read."""
    name, described = picture.files[kind]
    path = inside(folder, name)
    if not path.is_file():
        yield Finding(f"missing-{kind}", picture.image_id, f"{name} is not there; restore it or make it again")
    elif described is not None and sha256(path) != described:
        yield Finding(f"changed-{kind}", picture.image_id, f"{name} is not the {kind} that the manifest describes")
    else:
        height, width, _ = pixels_of(path).shape
        of_picture = picture.size_px or (sight.size_px if sight else None)
        if kind == "silhouette" and of_picture not in {None, (width, height)}:
            message = f"{name} is {_by((width, height))} pixels, but the picture {_by(of_picture or ())}"
            yield Finding("resized-silhouette", picture.image_id, message)


def _denied(name: str, error: OSError) -> str:
    return f"{name} cannot be read: {error.strerror or error}; see to its permissions and its name"


def _unlisted(folder: Path, pictures: Sequence[Picture]) -> Iterator[Finding]:
    names = (name for picture in pictures for name, _ in picture.files.values())
    listed = {PurePosixPath(name) for name in names}  # so that ./a.png is a.png
    for path in sorted(folder.rglob("*")):
        name = PurePosixPath(path.relative_to(folder).as_posix())
        hidden = any(part.startswith(".") for part in name.parts)
        known = name in listed or hidden or SHEET.fullmatch(str(name))
        if path.suffix.lower() in SUFFIXES and not known:
            yield Finding("unlisted", printable(str(name)), "is in the folder but not in the manifest")


def _rgb(colour: Sequence[int] | None) -> str:
    return ",".join(map(str, colour or ()))


def _by(size: Sequence[int]) -> str:
    return "x".join(map(str, size))
