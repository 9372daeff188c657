"""`askew stimuli import`: a plain folder of pictures becomes a set."""

import json
import os
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from askew import sidecar
from askew.command import guarded, main
from askew.errors import BadInput
from askew_stimuli.commandline import command
from askew_stimuli.picture import read_manifest
from askew_stimuli.plain import Conversion, refuse_unreadable, rgb_of, trouble_of
from askew_stimuli.plain_command import EXAMPLE, import_plain

PATTERN = r"(?P<class_label>[a-z ]+)_(?P<condition>[a-z]+)\.[a-z]+"
GREY = (124, 116, 104)
RED = (200, 30, 30)


def run(*words: object) -> int:
    act = lambda: command(import_plain, "askew stimuli import", list(map(str, words)), EXAMPLE)  # noqa: E731
    return guarded("askew stimuli import", act)


def drawn(colour: tuple[int, ...] = RED, size: tuple[int, int] = (50, 40)) -> Image.Image:
    """A rectangle of 20x10 pixels on a plain background."""
    image = Image.new("RGB", size, GREY)
    image.paste(colour, (5, 15, 25, 25))
    return image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "photos"
    root.mkdir()
    for number, name in enumerate(["mug_upright", "mug_rotated", "can opener_upright", "can opener_rotated"]):
        drawn((40 * number, 90, 160)).save(root / f"{name}.png")
    return root


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "set"


def test_labels_come_from_names_and_the_rest_from_pixels(
    folder: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "--pattern", PATTERN, "--out", out, "--licence", "CC0") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{out}: 4 pictures of 2 classes in 2 conditions",
        f"next: askew stimuli check {out}",
    ]
    pictures = {picture.image_id: picture for picture in read_manifest(out / "manifest.csv")}
    assert list(pictures) == ["can opener_rotated", "can opener_upright", "mug_rotated", "mug_upright"]
    mug = pictures["mug_upright"]
    assert (mug.class_label, mug.condition, mug.set, mug.object_licence) == ("mug", "upright", "photos", "CC0")
    assert (mug.size_px, mug.background_rgb, mug.bbox) == ((50, 40), GREY, (5, 15, 25, 25))
    assert (mug.area_frac, mug.centroid, mug.clipped) == (0.1, (14.5, 19.5), False)
    assert (out / "images" / "mug_upright.png").read_bytes() == (folder / "mug_upright.png").read_bytes()
    facts = sidecar.read(out / "manifest.csv")
    assert facts is not None
    assert facts.source == {"importer": "plain", "pattern": PATTERN}
    assert str(folder) not in (out / "manifest.json").read_text() + (out / "manifest.csv").read_text()


def test_the_files_can_be_checked(folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--pattern", PATTERN, "--out", out) == 0
    capsys.readouterr()
    main(["stimuli", "check", str(out), "--json"])
    codes = {finding["code"] for finding in json.loads(capsys.readouterr().out)}
    assert not codes & {"missing", "changed", "repainted", "resized", "unlisted", "unreadable"}


def test_folders_are_part_of_the_name(folder: Path, out: Path) -> None:
    for condition in ("upright", "rotated"):
        (folder / condition).mkdir()
        (folder / f"mug_{condition}.png").rename(folder / condition / "mug.png")
        (folder / f"can opener_{condition}.png").unlink()
    assert run(folder, "--pattern", r"(?P<condition>\w+)/(?P<class_label>\w+)\.png", "--out", out) == 0
    pictures = read_manifest(out / "manifest.csv")
    assert [(p.image_id, p.file, p.condition) for p in pictures] == [
        ("rotated_mug", "images/rotated/mug.png", "rotated"),
        ("upright_mug", "images/upright/mug.png", "upright"),
    ]


def test_labels_come_from_a_table(folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "labels.csv").write_text(
        "file,class_label,alt_label,class_index,image_id,condition\n"
        "mug_upright.png,mug,cup,504,m1,\nmug_rotated.png,mug,,504,,rotated\n"
    )
    table = folder / "labels.csv"
    assert run(folder, "--table", table, "--condition", "upright", "--set", "mine", "--out", out, "--json") == 0
    left_out = "2 pictures that labels.csv does not name were left out: can opener_rotated.png, can opener_upright.png"
    assert json.loads(capsys.readouterr().out) == {"out": str(out), "pictures": 2, "notes": [left_out]}
    one, other = read_manifest(out / "manifest.csv")
    assert (one.image_id, one.class_index, one.alt_label, one.condition, one.set) == (
        "m1",
        504,
        "cup",
        "upright",
        "mine",
    )
    assert (other.image_id, other.alt_label, other.condition) == ("mug_rotated", None, "rotated")
    facts = sidecar.read(out / "manifest.csv")
    assert facts is not None
    assert facts.source["table"] == "labels.csv"
    assert facts.notes == (left_out,)


def test_what_may_be_meant_is_noted(folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn(size=(60, 60)).save(folder / "cup_upright.png")
    drawn((0, 90, 160)).save(folder / "cup_rotated.png")
    (folder / "readme.txt").touch()
    (folder / ".hidden.png").touch()
    assert run(folder, "--pattern", PATTERN, "--out", out) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("note")] == [
        "note: 1 file that is no picture was left out: readme.txt",
        "note: the pictures differ in size: 5 of 50x40, 1 of 60x60",
        "note: 2 pictures show exactly the same: cup_rotated, mug_upright",
    ]


def wide_profile() -> bytes:
    """A colour profile that is not sRGB: CIE Lab as a display's would be unusual, but is built in."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def half_seen() -> Image.Image:
    image = drawn().convert("RGBA")
    image.putpixel((0, 0), (0, 0, 0, 254))
    return image


def save_turned(path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    drawn().save(path, exif=exif)


def save_deep(path: Path) -> None:
    Image.fromarray(np.full((9, 9), 30_000, np.uint16)).save(path)


AMBIGUOUS: list[tuple[str, Callable[[Path], Any], str]] = [
    ("cup_a.jpg", lambda path: drawn().convert("CMYK").save(path), "is CMYK"),
    ("cup_a.png", lambda path: half_seen().save(path), "is see-through"),
    (
        "cup_a.gif",
        lambda path: drawn().convert("P", palette=Image.Palette.ADAPTIVE).save(path, transparency=0),
        "is see-through",
    ),
    ("cup_a.jpg", save_turned, "is turned by its EXIF data"),
    ("cup_a.png", save_deep, "has more than 8 bits a colour"),
    ("cup_a.tif", save_deep, "has more than 8 bits a colour"),
    ("cup_a.png", lambda path: drawn().save(path, icc_profile=wide_profile()), "has a colour profile that is not sRGB"),
]


@pytest.mark.parametrize("ambiguous", AMBIGUOUS)
def test_pictures_that_programs_show_differently_are_refused(
    folder: Path, out: Path, ambiguous: tuple[str, Callable[[Path], Any], str], capsys: pytest.CaptureFixture[str]
) -> None:
    name, save, why = ambiguous
    save(folder / name)
    assert run(folder, "--pattern", PATTERN, "--out", out) == 1
    said = f"1 of 5 pictures is shown differently by different programs: {name} {why}; add --convert to make them plain"
    assert capsys.readouterr().err.strip().endswith(said)
    assert not out.exists()


@pytest.mark.parametrize(
    ("name", "save"),
    [
        ("cup_a.png", lambda path: drawn().convert("L").save(path)),
        ("cup_a.png", lambda path: drawn().convert("RGBA").save(path)),
        ("cup_a.png", lambda path: drawn().convert("LA").save(path)),
        ("cup_a.gif", lambda path: drawn().save(path)),
        ("cup_a.jpg", lambda path: drawn().save(path)),
        ("cup_a.bmp", lambda path: drawn().save(path)),
        ("cup_a.tif", lambda path: drawn().save(path)),
        ("cup_a.png", lambda path: drawn().save(path, icc_profile=srgb())),
    ],
)
def test_pictures_that_all_programs_show_alike_are_copied(
    folder: Path, out: Path, name: str, save: Callable[[Path], Any]
) -> None:
    save(folder / name)
    assert run(folder, "--pattern", PATTERN, "--out", out) == 0
    assert (out / "images" / name).read_bytes() == (folder / name).read_bytes()


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def converted(folder: Path, out: Path, *words: str) -> np.ndarray[Any, Any]:
    for path in folder.glob("*_*.*"):
        if not path.name.startswith("cup_a"):
            path.unlink()
    assert run(folder, "--pattern", PATTERN, "--out", out, "--convert", *words) == 0
    with Image.open(out / "images" / "cup_a.png") as image:
        assert image.mode == "RGB"
        assert "icc_profile" not in image.info
        return np.asarray(image)


def test_turned_pictures_are_turned_for_good(folder: Path, out: Path) -> None:
    save_turned(folder / "cup_a.jpg")
    assert converted(folder, out).shape == (50, 40, 3)
    assert read_manifest(out / "manifest.csv")[0].size_px == (40, 50)


def test_see_through_pictures_are_put_on_the_background(folder: Path, out: Path) -> None:
    image = drawn().convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    image.paste((200, 100, 0, 255), (5, 15, 25, 25))
    image.putpixel((0, 0), (255, 255, 255, 128))
    image.save(folder / "cup_a.png")
    pixels = converted(folder, out, "--background", "10,20,30")
    assert pixels[20, 10].tolist() == [200, 100, 0]
    assert pixels[39, 49].tolist() == [10, 20, 30]
    assert pixels[0, 0] == pytest.approx([133, 138, 143], abs=1)


def test_deep_grey_becomes_eight_bits(folder: Path, out: Path) -> None:
    Image.fromarray(np.array([[0, 257, 65535]] * 3, np.uint16)).save(folder / "cup_a.png")
    assert converted(folder, out)[0].tolist() == [[0] * 3, [1] * 3, [255] * 3]


def test_deep_grey_keeps_its_transparency(folder: Path, out: Path) -> None:
    values = np.array([[0, 40_000, 65_535, 300]] * 3, np.uint16)
    Image.fromarray(values).save(folder / "cup_a.png", transparency=300)
    assert converted(folder, out, "--background", "10,20,30")[0].tolist() == [
        [0] * 3,
        [156] * 3,
        [255] * 3,
        [10, 20, 30],
    ]


def test_deep_grey_is_brought_to_srgb_by_its_profile(folder: Path, out: Path) -> None:
    Image.fromarray(np.full((9, 9), 32_896, np.uint16)).save(folder / "cup_a.png", icc_profile=linear_grey())
    light = 0.5020
    assert converted(folder, out)[0, 0] == pytest.approx([255 * (1.055 * light ** (1 / 2.4) - 0.055)] * 3, abs=1.5)


def test_see_through_grey_is_brought_to_srgb_by_its_profile(folder: Path, out: Path) -> None:
    image = Image.new("LA", (9, 9), (128, 255))
    image.putpixel((0, 0), (128, 0))
    image.save(folder / "cup_a.png", icc_profile=linear_grey())
    pixels = converted(folder, out, "--background", "10,20,30")
    assert pixels[0, 0].tolist() == [10, 20, 30]
    assert pixels[5, 5] == pytest.approx([188] * 3, abs=1.5)


def linear_grey() -> bytes:
    """A profile of grey whose numbers are in proportion to the light: the least that the format allows."""
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(part * 65536) for part in (0.9642, 1.0, 0.8249)))
    curve = b"curv\0\0\0\0" + struct.pack(">I", 0)
    name = b"desc\0\0\0\0" + struct.pack(">I", 7) + b"linear\0" + bytes(4 + 4 + 2 + 1 + 67)
    name += bytes(-len(name) % 4)
    parts = [(b"desc", name), (b"wtpt", white), (b"kTRC", curve)]
    place = 128 + 4 + 12 * len(parts)
    table, body = struct.pack(">I", len(parts)), b""
    for sign, content in parts:
        table += sign + struct.pack(">II", place + len(body), len(content))
        body += content
    head = struct.pack(">I4sI4s4s4s", place + len(body), b"\0" * 4, 0x02400000, b"mntr", b"GRAY", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + white[8:]
    return head.ljust(128, b"\0") + table + body


def test_a_deep_colour_that_stands_for_see_through_is_refused(
    folder: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pillow reads its 16 bits as 8, and then no pixel is of it."""
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0)),
        (b"tRNS", struct.pack(">3H", 1000, 2000, 3000)),
        (b"IDAT", zlib.compress(b"\0" + struct.pack(">3H", 1000, 2000, 3000))),
        (b"IEND", b""),
    ]
    chunks = (struct.pack(">I", len(c)) + n + c + struct.pack(">I", zlib.crc32(n + c)) for n, c in parts)
    (folder / "cup_a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    assert run(folder, "--pattern", PATTERN, "--out", out, "--convert", "--background", "1,2,3") == 1
    said = "cup_a.png: a 16-bit colour in it stands for see-through, which 8 bits blur; save it as 8-bit PNG"
    assert said in capsys.readouterr().err


def exif() -> bytes:
    """EXIF data that say that a picture is turned, and what it shows."""
    data = Image.Exif()
    data[0x0112], data[0x010E] = 6, "mug"
    return data.tobytes()


@pytest.mark.parametrize("words", [[], ["--convert"]])
def test_damaged_exif_is_said_in_one_line(
    folder: Path, out: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    drawn().save(folder / "cup_a.png", exif=exif().replace(b"MM", b"XX"))
    assert run(folder, "--pattern", PATTERN, "--out", out, *words) == 1
    error = capsys.readouterr().err
    assert error.endswith("cup_a.png: its EXIF data are damaged; save it again as PNG\n")
    assert error.count("\n") == 1


@pytest.mark.parametrize("look_at", [trouble_of, lambda path: rgb_of(path, Conversion())])
@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_damage_of_any_byte_of_the_exif_data_is_said_or_does_not_matter(
    tmp_path: Path, look_at: Callable[[Path], Any], name: str
) -> None:
    """Nothing but BadInput comes of it, and no warning."""
    told = set()
    for place in range(6, len(exif())):
        for value in (0, 13, 255):
            drawn().save(tmp_path / name, exif=exif()[:place] + bytes([value]) + exif()[place + 1 :])
            with suppress(BadInput):
                look_at(tmp_path / name)
                continue
            told.add(place)
    assert told or (name == "a.jpg" and look_at is trouble_of)


def test_opaque_pictures_with_an_alpha_channel_need_no_background(folder: Path, out: Path) -> None:
    drawn().convert("RGBA").save(folder / "cup_a.png")
    assert converted(folder, out)[20, 10].tolist() == list(RED)


def test_links_and_special_files_are_named(folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    drawn().save(elsewhere / "pan_upright.png")
    (folder / "more").symlink_to(elsewhere)
    (folder / "gone.png").symlink_to(folder / "nothing.png")
    (folder / "pan_upright.png").symlink_to(elsewhere / "pan_upright.png")
    os.mkfifo(folder / "pipe.png")
    (folder / "notes\n.txt").touch()
    (folder / "readme.txt").touch()
    assert run(folder, "--pattern", PATTERN, "--out", out) == 0
    notes = [line for line in capsys.readouterr().out.splitlines() if line.startswith("note")]
    assert notes[:2] == [
        r"note: 2 files that are no pictures were left out: notes\n.txt, readme.txt",
        (
            "note: what is no file was left out: gone.png (a link to nothing), more (a link to a folder), "
            "pipe.png (a special file)"
        ),
    ]
    assert "pan_upright" in {picture.image_id for picture in read_manifest(out / "manifest.csv")}


def test_a_folder_that_cannot_be_read_is_refused(folder: Path) -> None:
    """It may hold pictures. Root reads every folder, so it is asked what the walk would tell."""
    error = PermissionError(13, "Permission denied", str(folder / "locked"))
    with pytest.raises(BadInput, match=r"locked: cannot be read \(Permission denied\); change its permissions, or"):
        refuse_unreadable(error)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_locked_folder_is_named(folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "locked").mkdir(mode=0)
    assert run(folder, "--pattern", PATTERN, "--out", out) == 1
    assert "locked: cannot be read (Permission denied); change its permissions, or move it" in capsys.readouterr().err


def test_a_symmetry_that_cannot_be_read_is_said(folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = folder.parent / "labels.csv"
    table.write_text("file,class_label,symmetry\nmug_upright.png,mug,round\n")
    assert run(folder, "--table", table, "--condition", "upright", "--out", out) == 1
    said = "mug_upright.png, column symmetry: 'round' is given, but it has to be none, or an axis"
    assert said in capsys.readouterr().err
    table.write_text("file,class_label,symmetry\nmug_upright.png,mug,y:*\n")
    assert run(folder, "--table", table, "--condition", "upright", "--out", out) == 0


def test_palettes_grey_and_cmyk_become_rgb(folder: Path, out: Path) -> None:
    drawn().convert("P", palette=Image.Palette.ADAPTIVE).save(folder / "cup_a.gif")
    assert converted(folder, out)[20, 10] == pytest.approx(RED, abs=2)


def test_another_colour_space_becomes_srgb(folder: Path, out: Path) -> None:
    lab = ImageCms.createProfile("LAB")
    raw = ImageCms.ImageCmsProfile(lab).tobytes()
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), lab, "RGB", "LAB")
    image = ImageCms.applyTransform(drawn(), to_lab)
    assert image is not None
    image.save(folder / "cup_a.tif", icc_profile=raw)
    assert converted(folder, out)[20, 10] == pytest.approx(RED, abs=4)


def test_conversion_gives_the_same_bytes_again(folder: Path, out: Path) -> None:
    for name in ("one", "two"):
        assert run(folder, "--pattern", PATTERN, "--out", out / name, "--convert") == 0
    for path in (out / "one").rglob("*.*"):
        assert path.read_bytes() == (out / "two" / path.relative_to(out / "one")).read_bytes()


def truncate(folder: Path) -> None:
    path = folder / "mug_upright.png"
    path.write_bytes(path.read_bytes()[:90])


def animate(folder: Path) -> None:
    drawn().save(folder / "cup_a.gif", save_all=True, append_images=[drawn((0, 0, 0))])


def bomb(folder: Path) -> None:
    Image.new("1", (20_000, 10_000)).save(folder / "cup_a.png")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (truncate, "mug_upright.png: is damaged or cannot be read"),
        (animate, "cup_a.gif: has 2 frames; save the one that is meant as a PNG"),
        (bomb, "cup_a.png: claims more than 89 million pixels; make it smaller"),
        (lambda folder: (folder / "cup_a.png").write_text("no"), "cup_a.png: is not a picture that can be read"),
        (
            lambda folder: drawn().save(folder / "CUP.png"),
            "1 of 5 pictures do not match --pattern",
        ),
    ],
)
def test_what_cannot_be_imported_leaves_nothing_behind(
    folder: Path, out: Path, damage: Callable[[Path], Any], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(folder)
    for convert in ([], ["--convert"]):
        assert run(folder, "--pattern", PATTERN, "--out", out, *convert) == 1
        error = capsys.readouterr().err
        assert says in error
        assert error.count("\n") == 1
        assert sorted(path.name for path in out.parent.iterdir()) == ["photos"]


def test_names_that_do_not_match_are_listed(folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(8):
        drawn().save(folder / f"X{number}.png")
    assert run(folder, "--pattern", PATTERN, "--out", out) == 1
    assert ": X0.png, X1.png, X2.png, X3.png, X4.png and 3 more; widen the pattern, or" in capsys.readouterr().err


def test_two_files_of_one_name_are_refused(folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn().save(folder / "mug_upright.jpg")
    assert run(folder, "--pattern", PATTERN, "--out", out) == 1
    said = "image_id 'mug_upright': is that of mug_upright.jpg and of mug_upright.png; give each picture its own"
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ([], (2, "labels come from --pattern or from --table; give one of them")),
        (["--pattern", "(?P<a>", "--table", "x"], (2, "labels come from --pattern or from --table; give one of them")),
        (["--pattern", "(?<class_label>.*)"], (1, "is no regular expression (unknown extension ?<c at position 1); a")),
        (["--pattern", ".*"], (1, "has no group class_label; it says what is shown")),
        (
            ["--pattern", "(?P<clas_label>.*)"],
            (1, "the group 'clas_label' is no column of the manifest (did you mean "),
        ),
        (
            ["--pattern", "(?P<class_label>.*)(?P<size_px>)"],
            (1, "the group size_px is read off the pictures, or not of"),
        ),
        (
            ["--pattern", r"(?P<class_label>.*)\.png"],
            (1, "column condition: is unknown, but every picture needs one; give"),
        ),
        (
            ["--pattern", r"(?P<class_label>.)(?P<class_index>.*)\.png"],
            (1, "column class_index: 'an opener_rotated' is"),
        ),
        (
            ["--pattern", PATTERN, "--background", "1,2,3"],
            (2, "--background is for see-through pictures that are conv"),
        ),
        (
            ["--pattern", PATTERN, "--convert", "--background", "1,2,256"],
            (2, "a colour is three numbers from 0 to 255"),
        ),
    ],
)
def test_what_is_asked_wrongly_is_said(
    folder: Path, out: Path, words: list[str], refusal: tuple[int, str], capsys: pytest.CaptureFixture[str]
) -> None:
    status, says = refusal
    assert run(folder, *words, "--out", out) == status
    assert says in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("class_label\nmug\n", "line 1: has no column file; it names each picture"),
        ("file\nmug_upright.png\n", "line 1: has no column class_label; it says what is shown"),
        ("file,class_label\nmug.png,mug\n", "line 2: 'mug.png' is no picture in"),
        ("file,class_label\n" + "mug_upright.png,mug\n" * 2, "line 3: 'mug_upright.png' stands there twice; keep one"),
        ("file,class_label,class_label\n", "line 1: the column class_label stands there twice; keep one"),
        ("file,class_label\n", "has no rows; give one for each picture"),
        ("file,class_label\nmug_upright.png,\n", "column class_label: is unknown, but every picture needs one"),
        ("file,class_label,alt_label\nmug_upright.png,mug,mug\n", "column alt_label: 'mug' is the truth as well"),
    ],
)
def test_a_table_that_is_wrong_is_said(
    folder: Path, out: Path, table: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder.parent / "labels.csv").write_text(table)
    assert run(folder, "--table", folder.parent / "labels.csv", "--condition", "upright", "--out", out) == 1
    assert says in capsys.readouterr().err
    assert not out.exists()


def test_see_through_pictures_need_a_background(folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    half_seen().save(folder / "cup_a.png")
    assert run(folder, "--pattern", PATTERN, "--out", out, "--convert") == 1
    assert "cup_a.png: is see-through; say with --background R,G,B what it is put on" in capsys.readouterr().err


def test_numbers_of_which_white_is_unknown_are_refused(
    folder: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(np.zeros((9, 9), np.float32)).save(folder / "cup_a.tif")
    assert run(folder, "--pattern", PATTERN, "--out", out, "--convert") == 1
    assert "cup_a.tif: holds numbers of which white is unknown; save it as 8-bit PNG" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "new"])
def test_the_set_does_not_go_into_the_pictures(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--pattern", PATTERN, "--out", folder / name) == 1
    said = capsys.readouterr().err
    assert ("lies in" if name else "is there already; name a new folder") in said


def test_a_folder_without_pictures_is_named(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "none").mkdir()
    assert run(tmp_path / "none", "--pattern", PATTERN, "--out", out) == 1
    assert "none: holds no pictures; they end in .bmp, .gif" in capsys.readouterr().err
    assert run(tmp_path / "nowhere", "--pattern", PATTERN, "--out", out) == 1
    assert "nowhere: is no folder; name the one that holds the pictures" in capsys.readouterr().err
