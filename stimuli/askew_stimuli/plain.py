"""A plain folder of pictures as a set: labels from file names or a table, the rest from the pixels.

Files are copied as they are, so a picture that programs show differently (turned by its EXIF data, see-through, CMYK,
16 bits, another colour space) is refused; or all are converted to 8-bit sRGB. Needs Pillow and numpy.
"""

import io
import os
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageOps

from askew.errors import BadCell, BadInput, at, counted, meant, quoted
from askew.files import building, inside, sha256
from askew.sidecar import Sidecar
from askew.table import header_and_rows
from askew_stimuli.finding import named
from askew_stimuli.picture import MANIFEST, Picture, write_manifest
from askew_stimuli.pixels import DAMAGE, SUFFIXES, look, pixels_of, printable, see_through
from askew_stimuli.png import encoded
from askew_stimuli.progress import tracked
from askew_stimuli.silhouette import coverage_of, measured
from askew_stimuli.symmetry import Symmetry

MADE = (
    {"source"}
    | {field.name for field in MANIFEST.fields if field.name.endswith(("file", "sha256"))}
    | {"sha256_pixels", "size_px", "background_rgb", "area_frac", "bbox", "centroid", "lum_mean", "lum_sd", "clipped"}
)  # columns that are read off the pictures, so nobody gives them
_ORIENTATION = 0x0112  # EXIF's tag, and TIFF's
_BITS = 258  # TIFF's tag of bits a sample
Labels = Mapping[str, str]  # the texts of a picture's columns


@dataclass(frozen=True, kw_only=True)
class Given:
    """What holds for all pictures, where neither their names nor a table say otherwise."""

    set: str | None = None
    condition: str | None = None
    licence: str | None = None


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """Every picture becomes an 8-bit sRGB PNG; `background` is what see-through ones are put on."""

    background: tuple[int, int, int] | None = None


def by_pattern(folder: Path, pattern: str) -> tuple[dict[str, Labels], list[str]]:
    """The labels in the names of a folder's pictures, by name, and notes on what was left out.

    The pattern is a regular expression for the whole name, from the folder on and with `/`, whose named groups are
    columns of the manifest.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise BadInput(
            f"--pattern {quoted(pattern)}: is no regular expression ({error}); a named group is (?P<class_label>[a-z]+)"
        ) from None
    _check_columns(f"--pattern {quoted(pattern)}", list(compiled.groupindex), "group")
    names = _names(folder)
    found = {name: compiled.fullmatch(name) for name in names}
    strange = [name for name, match in found.items() if match is None]
    if strange:
        raise BadInput(
            f"{folder}: {len(strange):,} of {counted(len(names), 'picture')} do not match --pattern "
            f"{quoted(pattern)}: {_told(strange)}; widen the pattern, or move them"
        )
    labels: dict[str, Labels] = {
        name: {column: text for column, text in match.groupdict().items() if text}
        for name, match in found.items()
        if match
    }
    return labels, _left_out(folder)


def by_table(folder: Path, table: Path) -> tuple[dict[str, Labels], list[str]]:
    """The labels that a CSV table gives, by the name in its column `file`, and notes on what was left out."""
    header, rows = header_and_rows(table, "a table of labels begins with file, class_label")
    if "file" not in header:
        raise BadInput(f"{table}, line 1: has no column file; it names each picture, from {folder} on and with /")
    _check_columns(f"{table}, line 1", [name for name in header if name != "file"], "column")
    there = set(_names(folder))
    labels: dict[str, Labels] = {}
    for line, cells in rows:
        values = {name: text for name, text in zip(header, cells, strict=True) if text}
        name = values.pop("file", "")
        if name not in there:
            raise BadInput(f"{table}, line {line}: {quoted(name)} is no picture in {folder}; mend the name")
        if name in labels:
            raise BadInput(f"{table}, line {line}: {quoted(name)} stands there twice; keep one row for each picture")
        labels[name] = values
    if not labels:
        raise BadInput(f"{table}: has no rows; give one for each picture")
    others = sorted(there - labels.keys())
    notes = [
        f"{counted(len(others), 'picture')} that {table.name} does not name {_was(others)} left out: {_told(others)}"
    ]
    return labels, [*(notes if others else []), *_left_out(folder, table)]


def build(
    folder: Path, labels: Mapping[str, Labels], out: Path, *, given: Given, convert: Conversion | None, source: Sidecar
) -> tuple[list[Picture], tuple[str, ...]]:
    """Write the set, whole or not at all; returns its pictures and all notes. `source` says how it was called."""
    pictures = [_labelled(folder, name, texts, given, convert) for name, texts in labels.items()]
    _refuse_same_id(pictures, list(labels))
    if convert is None:
        _refuse_ambiguous(folder, labels)  # and whatever cannot be decoded
    described = []
    with building(out) as part:
        for name, picture in tracked(zip(labels, pictures, strict=True), "importing pictures", len(pictures)):
            place = inside(part, picture.file or "")
            place.parent.mkdir(parents=True, exist_ok=True)
            path = folder / name
            place.write_bytes(path.read_bytes() if convert is None else encoded(rgb_of(path, convert)))
            described.append(_described(part, picture))
        notes = (*source.notes, *_notes(described))
        write_manifest(part / "manifest.csv", described, replace(source, notes=notes))
    return described, notes


def _names(folder: Path) -> list[str]:
    """The pictures in a folder and those in it, by their names from the folder on."""
    if not folder.is_dir():
        raise BadInput(f"{folder}: is no folder; name the one that holds the pictures")
    names = [path.relative_to(folder).as_posix() for path in _entries(folder) if _is_picture(path) and path.is_file()]
    if not names:
        raise BadInput(f"{folder}: holds no pictures; they end in {', '.join(sorted(SUFFIXES))}")
    return names


def _entries(folder: Path) -> list[Path]:
    """All in a folder and its folders but these folders and what is hidden; links to folders are not followed."""
    found = []
    for root, folders, files in os.walk(folder, onerror=refuse_unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        links = [name for name in folders if Path(root, name).is_symlink()]
        found += [Path(root, name) for name in [*files, *links] if not name.startswith(".")]
    return sorted(found)


def refuse_unreadable(error: OSError) -> None:
    """What the walk through a folder does with one that it cannot list, and that may hold pictures."""
    raise BadInput(f"{error.filename}: cannot be read ({error.strerror}); change its permissions, or move it")


def _is_picture(path: Path) -> bool:
    """Whether its name says so."""
    return path.suffix.lower() in SUFFIXES


def _left_out(folder: Path, table: Path | None = None) -> list[str]:
    """Notes on what in a folder is no picture, or is none that can be copied."""
    entries = {path.relative_to(folder).as_posix(): path for path in _entries(folder)}
    others = [
        name
        for name, path in entries.items()
        if path.is_file() and not _is_picture(path) and (table is None or not path.samefile(table))
    ]
    strange = [f"{name} ({_kind(path)})" for name, path in entries.items() if not path.is_file()]
    notes = []
    if others:
        what = "is no picture" if len(others) == 1 else "are no pictures"
        notes.append(f"{counted(len(others), 'file')} that {what} {_was(others)} left out: {_told(others)}")
    if strange:
        notes.append(f"what is no file was left out: {_told(strange)}")
    return notes


def _kind(path: Path) -> str:
    """What an entry is that is no file."""
    if path.is_dir():
        return "a link to a folder"
    return "a special file" if path.exists() else "a link to nothing"


def _was(names: Sequence[str]) -> str:
    return "was" if len(names) == 1 else "were"


def _told(names: Sequence[str], most: int = 5) -> str:
    return named([printable(name) for name in names], most)


def _check_columns(where: str, names: Sequence[str], kind: str) -> None:
    allowed = [field.name for field in MANIFEST.fields if field.name not in MADE]
    for name in names:
        if name in MADE:
            raise BadInput(f"{where}: the {kind} {name} is read off the pictures, or not of plain ones; leave it out")
        if names.count(name) > 1:
            raise BadInput(f"{where}: the {kind} {name} stands there twice; keep one")
        if name not in allowed:
            hint = meant(name, allowed)
            raise BadInput(f"{where}: the {kind} {quoted(name)} is no column of the manifest{hint}; see data/README.md")
    if "class_label" not in names:
        raise BadInput(f"{where}: has no {kind} class_label; it says what is shown")


def _labelled(folder: Path, name: str, texts: Labels, given: Given, convert: Conversion | None) -> Picture:
    """The picture with what its name or the table says, before its file is looked at."""
    fields = {field.name: field for field in MANIFEST.fields}
    stem = name.rpartition(".")[0]
    with at(folder / name):
        values: dict[str, Any] = {column: fields[column].value(text) for column, text in texts.items()}
        for column, value in (("set", given.set), ("condition", given.condition), ("object_licence", given.licence)):
            values.setdefault(column, value)
        for column in ("class_label", "condition"):
            if values.get(column) is None:
                hint = ", or by --condition" if column == "condition" else ""
                raise BadCell(
                    column, f"is unknown, but every picture needs one; give it in the name or the table{hint}"
                )
        if values.get("symmetry") is not None:
            _check_symmetry(values["symmetry"])
        return Picture(
            **{"image_id": stem.replace("/", "_"), **values},
            source="imported",
            file=f"images/{name if convert is None else f'{stem}.png'}",
        )


def _check_symmetry(text: str) -> None:
    try:
        Symmetry.parse(text)
    except BadInput as error:
        raise BadCell("symmetry", str(error).removeprefix("symmetry: ")) from None


def _refuse_same_id(pictures: Sequence[Picture], names: Sequence[str]) -> None:
    first: dict[str, str] = {}
    for picture, name in zip(pictures, names, strict=True):
        twin = first.setdefault(picture.image_id, name)
        if twin != name:
            raise BadInput(
                f"image_id {quoted(picture.image_id)}: is that of {_told([twin])} and of {_told([name])}; give each "
                "picture its own, by its file's name or as image_id"
            )


def _refuse_ambiguous(folder: Path, names: Mapping[str, Labels]) -> None:
    troubles = [f"{name} {trouble}" for name in names if (trouble := trouble_of(folder / name))]
    if troubles:
        raise BadInput(
            f"{folder}: {len(troubles):,} of {counted(len(names), 'picture')} {'is' if len(troubles) == 1 else 'are'} "
            f"shown differently by different programs: {_told(troubles, most=3)}; add --convert to make them plain"
        )


def trouble_of(path: Path) -> str:
    """Why programs may show a picture differently; nothing where they cannot."""
    with _reading(path), _opened(path) as image:
        if image.mode in {"CMYK", "LAB", "HSV"}:
            return f"is {image.mode}"
        if _deep(path, image):
            return "has more than 8 bits a colour"
        if see_through(image):
            return "is see-through"
        if image.getexif().get(_ORIENTATION, 1) not in {0, 1}:
            return "is turned by its EXIF data"
        if _profile(image) is not None:
            return "has a colour profile that is not sRGB"
    return ""


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """What a picture says of itself beside its pixels, which can be decoded: BadInput where that is damaged."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of damage, and then goes on
        try:
            yield
        except BadInput:
            raise
        except DAMAGE:
            raise BadInput(f"{path}: its EXIF data are damaged; save it again as PNG") from None


def _opened(path: Path) -> Image.Image:
    """The picture, opened; BadInput where it is damaged or has several frames."""
    look(path)  # says what is wrong with a file that cannot be decoded
    image = Image.open(path)
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":  # a camera's JPEG with a preview
        image.close()
        raise BadInput(f"{path}: has {frames} frames; save the one that is meant as a PNG")
    return image


def _deep(path: Path, image: Image.Image) -> bool:
    """Whether a colour has more than 8 bits; of colour PNG, Pillow hides it."""
    if image.mode.startswith(("I", "F")):
        return True
    if image.format == "PNG":
        with path.open("rb") as stream:
            return stream.read(25)[24] > 8
    bits = getattr(image, "tag_v2", {}).get(_BITS, (8,))
    return any(each > 8 for each in (bits if isinstance(bits, tuple) else (bits,)))


def _profile(image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    """The colour profile, unless it is sRGB or there is none."""
    raw = image.info.get("icc_profile")
    if not raw:
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(raw))
        return None if "srgb" in ImageCms.getProfileDescription(profile).casefold() else profile
    except (ImageCms.PyCMSError, OSError):
        return None  # programs cannot read it either


def rgb_of(path: Path, convert: Conversion) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The picture as it is meant, in 8-bit sRGB."""
    with _reading(path), _opened(path) as opened:
        deep = _deep(path, opened)
        image: Image.Image = ImageOps.exif_transpose(opened)
    profile, alpha = _profile(image), _alpha(path, image, deep)
    image = _in_srgb(path, _opaque(path, image), profile)
    if alpha is not None:
        if convert.background is None:
            raise BadInput(f"{path}: is see-through; say with --background R,G,B what it is put on")
        image.putalpha(alpha)
        image = Image.alpha_composite(Image.new("RGBA", image.size, (*convert.background, 255)), image)
    return np.asarray(image.convert("RGB"))


def _alpha(path: Path, image: Image.Image, deep: bool) -> Image.Image | None:
    """How much of each pixel is there, of 255; None where all of all is."""
    marked = image.info.get("transparency")  # a colour or a value that stands for nothing
    if marked is None or not deep:
        return image.convert("RGBA").getchannel("A") if see_through(image) else None
    if not image.mode.startswith("I"):
        raise BadInput(f"{path}: a 16-bit colour in it stands for see-through, which 8 bits blur; save it as 8-bit PNG")
    there = np.asarray(image) != marked
    return None if there.all() else Image.fromarray(np.where(there, 255, 0).astype(np.uint8))


def _opaque(path: Path, image: Image.Image) -> Image.Image:
    """Its colours in 8 bits and as they are stored, without what makes it see-through."""
    if image.mode == "F":
        raise BadInput(f"{path}: holds numbers of which white is unknown; save it as 8-bit PNG")
    if image.mode.startswith("I"):
        values = np.asarray(image).astype(np.float64) / 257
        if values.min() < 0 or values.max() > 255:
            raise BadInput(f"{path}: holds numbers beyond 16 bits, of which white is unknown; save it as 8-bit PNG")
        return Image.fromarray(np.round(values).astype(np.uint8))
    if image.mode in {"L", "LA"}:
        return image.getchannel("L")
    if image.mode in {"RGB", "CMYK", "LAB"}:
        return image
    return (image.convert("RGBA") if image.has_transparency_data else image).convert("RGB")


def _in_srgb(path: Path, image: Image.Image, profile: ImageCms.ImageCmsProfile | None) -> Image.Image:
    """The colours in sRGB, which they are in where there is no profile."""
    if profile is None:
        return image.convert("RGB")
    try:
        shown = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except ImageCms.PyCMSError as error:
        raise BadInput(f"{path}: has a colour profile that does not fit it ({error}); save it as sRGB") from None
    return shown or image


def _described(folder: Path, picture: Picture) -> Picture:
    """The picture with what is seen in its file."""
    path = inside(folder, picture.file or "")
    seen = look(path)
    picture = replace(
        picture,
        sha256_file=sha256(path),
        sha256_pixels=seen.sha256,
        size_px=seen.size_px,
        background_rgb=seen.background_rgb,
    )
    if seen.background_rgb is None:
        return picture
    pixels = pixels_of(path)
    coverage = coverage_of(folder, picture, pixels)
    found = None if coverage is None else measured(pixels, coverage)
    return picture if found is None else replace(picture, **vars(found))


def _notes(pictures: Sequence[Picture]) -> Iterator[str]:
    sizes = Counter(picture.size_px for picture in pictures if picture.size_px)
    if len(sizes) > 1:
        said = [f"{count:,} of {size[0]}x{size[1]}" for size, count in sizes.most_common()]
        yield f"the pictures differ in size: {named(said)}"
    same = defaultdict(list)
    for picture in pictures:
        same[picture.sha256_pixels].append(picture.image_id)
    for twins in same.values():
        if len(twins) > 1:
            yield f"{len(twins)} pictures show exactly the same: {named(twins)}"
