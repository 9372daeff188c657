"""A set changed picture by picture into a new one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from askew import sidecar
from askew.errors import BadInput
from askew.files import sha256
from askew.sidecar import Sidecar
from askew.study import Study
from askew_stimuli.light import Bytes
from askew_stimuli.picture import Picture, read_manifest, write_manifest
from askew_stimuli.pixels import look, pixels_of
from askew_stimuli.png import encoded
from askew_stimuli.silhouette import silhouette_of
from askew_stimuli.transform import View, transform, views

GREY = (128, 128, 128)
SIZE = (48, 40)
DONE = {"made": "darker"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of a JPEG whose background tells where the object is, and a PNG that has a silhouette and a mask."""
    root = tmp_path / "set"
    (root / "images").mkdir(parents=True)
    hammer = Image.new("RGB", SIZE, GREY)
    hammer.paste((200, 40, 40), (8, 8, 24, 24))
    hammer.save(root / "images" / "hammer.jpg", quality=100, subsampling=0)
    scene = np.random.default_rng(1).integers(0, 256, (*SIZE[::-1], 3), np.uint8)
    mask = np.zeros(SIZE[::-1], bool)
    mask[10:20, 5:40] = True
    (root / "images" / "mug.png").write_bytes(encoded(scene))
    (root / "mug_where.png").write_bytes(encoded(mask))
    (root / "mug_mask.png").write_bytes(encoded(scene[::-1]))
    pictures = [
        picture("hammer", "images/hammer.jpg", background_rgb=GREY),
        picture("mug", "images/mug.png", silhouette_file="mug_where.png", mask_file="mug_mask.png", mask_kind="mine"),
    ]
    described = [replace(each, sha256_pixels=look(root / str(each.file)).sha256) for each in pictures]
    facts = Sidecar(source={"importer": "hand"}, versions={"vtk": "9"}, seed=3, notes=("drawn for a test",))
    write_manifest(root / "manifest.csv", described, facts)
    return root


def picture(name: str, file: str | None, **columns: object) -> Picture:
    columns = {"image_id": name, "file": file, "source": "imported", "class_label": name, **columns}
    return Picture(condition="upright", **columns)  # type: ignore[arg-type]


def darker(view: View) -> tuple[Picture, Bytes]:
    return replace(view.picture, matched="halved"), view.pixels // 2


def rewrite(folder: Path, *pictures: Picture) -> None:
    write_manifest(folder / "manifest.csv", pictures, Sidecar())


def test_every_picture_is_changed_and_says_what_it_was_made_from(folder: Path, tmp_path: Path) -> None:
    made = transform(folder, tmp_path / "dark", darker, DONE)
    assert read_manifest(tmp_path / "dark" / "manifest.csv") == made
    assert [each.file for each in made] == ["images/hammer.png", "images/mug.png"]
    for before, after in zip(read_manifest(folder / "manifest.csv"), made, strict=True):
        file = tmp_path / "dark" / str(after.file)
        np.testing.assert_array_equal(pixels_of(file), pixels_of(folder / str(before.file)) // 2)
        assert after.made_from == before.sha256_pixels
        assert after.sha256_file == sha256(file)
        assert after.sha256_pixels == look(file).sha256
        assert (after.size_px, after.matched) == (SIZE, "halved")


def test_objects_are_measured_again_where_they_were_before(folder: Path, tmp_path: Path) -> None:
    made = transform(folder, tmp_path / "dark", darker, DONE)
    for view, after in zip(views(folder / "manifest.csv", read_manifest(folder / "manifest.csv")), made, strict=True):
        assert view.mask is not None
        np.testing.assert_array_equal(silhouette_of(tmp_path / "dark", after), view.mask)
        assert after.area_frac == pytest.approx(view.mask.mean(), abs=1e-6)
    hammer, mug = made
    assert (mug.bbox, mug.clipped) == ((5, 10, 40, 20), False)
    assert hammer.lum_mean == pytest.approx(0.03, abs=0.01)  # of the codes 100, 20, 20
    assert mug.silhouette_sha256 == sha256(folder / "mug_where.png") == sha256(tmp_path / "dark" / "mug_where.png")
    assert hammer.silhouette_sha256 == sha256(tmp_path / "dark" / "silhouettes" / "hammer.png")


def test_a_changed_background_is_described_as_it_is_now(folder: Path, tmp_path: Path) -> None:
    def spotted(view: View) -> tuple[Picture, Bytes]:
        pixels = view.pixels.copy()
        pixels[0, ::2] = 9
        return view.picture, pixels

    assert [each.background_rgb for each in transform(folder, tmp_path / "dark", darker, DONE)] == [(64,) * 3, None]
    assert transform(folder, tmp_path / "spots", spotted, DONE)[0].background_rgb is None


def test_masks_are_left_behind(folder: Path, tmp_path: Path) -> None:
    made = transform(folder, tmp_path / "dark", darker, DONE)
    assert {value for each in made for value in (each.mask_file, each.mask_kind, each.mask_sha256)} == {None}
    assert not (tmp_path / "dark" / "mug_mask.png").exists()


def test_measures_of_an_object_that_is_nowhere_known_are_left_out(folder: Path, tmp_path: Path) -> None:
    rewrite(folder, picture("mug", "images/mug.png", lum_mean=0.4, area_frac=0.2))
    (made,) = transform(folder, tmp_path / "dark", darker, DONE)
    assert (made.lum_mean, made.area_frac, made.silhouette_file) == (None, None, None)


def test_the_sidecar_says_what_was_done_to_which_set(folder: Path, tmp_path: Path) -> None:
    transform(folder, tmp_path / "dark", darker, DONE, versions={"numpy": "2"})
    facts = sidecar.read(tmp_path / "dark" / "manifest.csv")
    assert facts == Sidecar(
        source={**DONE, "manifest_sha256": sha256(folder / "manifest.csv"), "before": {"importer": "hand"}},
        versions={"vtk": "9", "numpy": "2"},
        seed=3,
        notes=("drawn for a test",),
    )


def test_the_same_change_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        transform(folder, tmp_path / name, darker, DONE)
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert len(files) == 6
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_study_is_read_and_a_set_is_made_of_it(folder: Path, tmp_path: Path) -> None:
    study = Study(root=tmp_path / "study", name="study", title="A study")
    study.write()
    folder.rename(study.root / "stimuli")
    assert len(transform(study.root, tmp_path / "dark", darker, DONE)) == 2
    with pytest.raises(BadInput, match=r"study/dark: lies in .*study, the set that it would be made of; name"):
        transform(study.root, study.root / "dark", darker, DONE)


def test_a_folder_that_holds_something_is_left_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    for taken in (tmp_path, tmp_path / "note.txt"):
        with pytest.raises(BadInput, match="is there and is no empty folder; name a new one"):
            transform(folder, taken, darker, DONE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["note.txt", "set"]
    (tmp_path / "empty").mkdir()
    assert transform(folder, tmp_path / "empty", darker, DONE)


def test_what_fails_leaves_nothing_behind(folder: Path, tmp_path: Path) -> None:
    def fails(view: View) -> tuple[Picture, Bytes]:
        if view.picture.image_id == "mug":
            raise BadInput("no")
        return view.picture, view.pixels

    with pytest.raises(BadInput, match="no"):
        transform(folder, tmp_path / "dark", fails, DONE)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_change_of_size_is_a_defect(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"uint8 \(20, 48, 3\) was made of \(40, 48, 3\); a change keeps form and size"
    ):
        transform(folder, tmp_path / "half", lambda view: (view.picture, view.pixels[::2]), DONE)


def test_pictures_without_a_file_are_counted(folder: Path, tmp_path: Path) -> None:
    rewrite(folder, picture("mug", "images/mug.png"), picture("bench", None), picture("crib", None))
    with pytest.raises(BadInput, match="2 of 3 pictures have no file, such as bench; add the files, or remove these"):
        transform(folder, tmp_path / "dark", darker, DONE)


def test_a_manifest_without_pictures_is_refused(folder: Path, tmp_path: Path) -> None:
    rewrite(folder)
    with pytest.raises(BadInput, match=r"manifest\.csv: has no pictures; name a set that has some"):
        transform(folder, tmp_path / "dark", darker, DONE)


def test_a_picture_that_is_not_there_is_named(folder: Path, tmp_path: Path) -> None:
    (folder / "images" / "mug.png").unlink()
    with pytest.raises(BadInput, match=r"mug\.png: is not there; restore it, or import or make the set again"):
        transform(folder, tmp_path / "dark", darker, DONE)


def test_a_picture_that_was_repainted_is_refused(folder: Path, tmp_path: Path) -> None:
    Image.new("RGB", SIZE).save(folder / "images" / "mug.png")
    with pytest.raises(BadInput, match=r"mug\.png: shows something else than when the manifest was written; restore"):
        transform(folder, tmp_path / "dark", darker, DONE)


def test_a_picture_that_was_stored_anew_is_refused_where_its_file_is_described(folder: Path, tmp_path: Path) -> None:
    file = folder / "images" / "mug.png"
    rewrite(folder, picture("mug", "images/mug.png", sha256_file=sha256(file), sha256_pixels=look(file).sha256))
    assert transform(folder, tmp_path / "dark", darker, DONE)
    Image.open(file).save(file, compress_level=0)
    with pytest.raises(BadInput, match=r"mug\.png: is not the file that the manifest describes; restore it, or import"):
        transform(folder, tmp_path / "again", darker, DONE)


def test_a_silhouette_that_is_not_the_one_described_is_not_passed_on(folder: Path, tmp_path: Path) -> None:
    outline = folder / "mug_where.png"
    rewrite(
        folder,
        picture("mug", "images/mug.png", silhouette_file="mug_where.png", silhouette_sha256=sha256(outline)),
    )
    Image.new("L", SIZE, 255).save(outline)
    with pytest.raises(BadInput, match=r"mug_where\.png: is not the file that the manifest describes; restore it, or"):
        transform(folder, tmp_path / "dark", darker, DONE)
    outline.unlink()
    with pytest.raises(BadInput, match=r"mug_where\.png: is not there; restore it, or import or make the set again"):
        transform(folder, tmp_path / "dark", darker, DONE)
    assert not (tmp_path / "dark").exists()


@pytest.mark.parametrize("column", ["file", "silhouette_file"])
def test_a_folder_in_the_place_of_a_file_is_told(folder: Path, tmp_path: Path, column: str) -> None:
    columns: dict[str, Any] = {"file": "images/mug.png", column: "images"}
    rewrite(folder, picture("mug", **columns))
    with pytest.raises(BadInput, match=r"images: is a folder; name a picture's file in the manifest"):
        transform(folder, tmp_path / "dark", darker, DONE)


def test_a_silhouette_does_not_take_the_place_of_a_picture(folder: Path, tmp_path: Path) -> None:
    Image.new("1", SIZE, 1).save(folder / "images" / "hammer.png")
    rewrite(folder, picture("hammer", "images/hammer.jpg", silhouette_file="images/hammer.png"))
    with pytest.raises(
        BadInput, match=r"hammer: its silhouette would be images/hammer\.png, as another file is; rename one of them"
    ):
        transform(folder, tmp_path / "dark", darker, DONE)


def test_two_rows_that_share_a_file_are_named(folder: Path, tmp_path: Path) -> None:
    rewrite(folder, picture("mug", "images/mug.png"), picture("cup", "./images/mug.png"))
    with pytest.raises(
        BadInput,
        match=r"manifest\.csv: mug and cup share the file \./images/mug\.png; give each a file of its own, or remove",
    ):
        transform(folder, tmp_path / "dark", darker, DONE)


def test_a_silhouette_of_another_size_is_refused(folder: Path, tmp_path: Path) -> None:
    Image.new("1", (9, 9)).save(folder / "mug_where.png")
    with pytest.raises(BadInput, match=r"mug_where\.png: is not of the size of images/mug\.png; make the silhouette"):
        transform(folder, tmp_path / "dark", darker, DONE)


def test_two_pictures_of_one_name_are_refused(folder: Path, tmp_path: Path) -> None:
    Image.new("RGB", SIZE).save(folder / "images" / "mug.jpg")
    rewrite(folder, picture("mug", "images/mug.png"), picture("cup", "images/mug.jpg"))
    with pytest.raises(
        BadInput, match=r"mug\.jpg: another picture of the set would be images/mug\.png as well; rename"
    ):
        transform(folder, tmp_path / "dark", darker, DONE)
