"""`askew stimuli check`."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from askew.command import main
from askew.demo import bundled
from askew.sidecar import Sidecar
from askew_stimuli.picture import read_manifest, write_manifest


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A copy of the bundled study, to be damaged."""
    return Path(shutil.copytree(bundled(), tmp_path / "study"))


def repaint(path: Path) -> None:
    image = Image.open(path)
    image.putpixel((3, 3), (255, 0, 0))
    image.save(path)


@pytest.mark.parametrize(
    ("damage", "codes"),
    [
        (lambda image: image.unlink(), ["missing"]),
        (repaint, ["changed", "repainted"]),
        (lambda image: Image.open(image).save(image, compress_level=1), ["changed"]),
        (lambda image: Image.new("RGB", (9, 9)).save(image), ["changed", "repainted", "resized"]),
        (lambda image: image.write_bytes(image.read_bytes()[:200]), ["changed", "unreadable"]),
        (lambda image: shutil.copy(image, image.with_name("new.PNG")), ["unlisted"]),
        (lambda image: None, []),
    ],
)
def test_each_kind_of_damage_is_found(
    study: Path, damage: Callable[[Path], None], codes: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    damage(study / "stimuli" / "images" / "mug_upright.png")
    status = main(["stimuli", "check", str(study), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [finding["code"] for finding in found] == codes
    assert all(finding["picture"] in {"mug_upright", "images/new.PNG"} for finding in found)
    assert status == bool(codes)


def test_a_person_gets_a_line_for_each(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (study / "stimuli" / "images" / "mug_upright.png").unlink()
    assert main(["stimuli", "check", str(study)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "missing: mug_upright: images/mug_upright.png is not there; restore it, or import or make the set again",
        f"{study}/stimuli/manifest.csv: 8 pictures, 8 with a file, 8 of them compared by hash; 1 found",
    ]


def change(table: Path, old: str, new: str) -> None:
    """Edit a table on purpose, which takes removing its sidecar."""
    table.with_suffix(".json").unlink()
    assert old in table.read_text()
    table.write_text(table.read_text().replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("mug_upright,", "mug_left,", "unknown"),
        (",mug,,table lamp,", ",cup,,table lamp,", "other-truth"),
        (",upright,", ",rotated,", "other-condition"),
        (",mug,,table lamp,", ",mug,,lamp,", "other-labels"),
    ],
)
def test_trials_that_disagree_with_the_manifest_are_found_once(
    study: Path, old: str, new: str, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(study / "stimuli" / "manifest.csv", old, new)
    assert main(["stimuli", "check", str(study), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [(finding["code"], finding["picture"]) for finding in found] == [(code, "mug_upright")]


@pytest.mark.parametrize(
    ("content", "code"), [(None, "missing-mask"), (b"another", "changed-mask"), (b"no mask", "unreadable-mask")]
)
def test_masks_are_checked(study: Path, content: bytes | None, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = study / "stimuli" / "manifest.csv"
    manifest.with_suffix(".json").unlink()
    masked = [
        replace(p, mask_file="images/mask.png", mask_sha256=sha256(b"no mask").hexdigest())
        for p in read_manifest(manifest)[:1]
    ]
    write_manifest(manifest, [*masked, *read_manifest(manifest)[1:]], Sidecar())
    if content is not None:
        (study / "stimuli" / "images" / "mask.png").write_bytes(content)
    assert main(["stimuli", "check", str(study), "--json"]) == 1
    assert [finding["code"] for finding in json.loads(capsys.readouterr().out)] == [code]


def test_a_name_may_be_written_in_several_ways(study: Path) -> None:
    change(study / "stimuli" / "manifest.csv", "images/mug_upright.png", "./images//mug_upright.png")
    assert main(["stimuli", "check", str(study)]) == 0


def test_a_link_that_runs_in_a_circle_is_one_line(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = study / "stimuli" / "images" / "mug_upright.png"
    image.unlink()
    image.symlink_to(image)
    assert main(["stimuli", "check", str(study)]) == 1
    assert "missing: mug_upright: " in capsys.readouterr().out


def test_two_pictures_that_show_the_same_are_found(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = study / "stimuli" / "manifest.csv"
    manifest.with_suffix(".json").unlink()
    lines = manifest.read_text().splitlines(keepends=True)
    manifest.write_text("".join([*lines, lines[1].replace("mug_upright", "twin", 1)]))
    assert main(["stimuli", "check", str(study), "--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)
    assert finding == {"code": "duplicate", "picture": "twin", "message": "shows exactly what mug_upright shows"}


def test_a_folder_of_pictures_needs_no_study(study: Path) -> None:
    assert main(["stimuli", "check", str(study / "stimuli")]) == 0


def test_a_folder_without_a_manifest_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stimuli", "check", str(tmp_path)]) == 1
    assert "has neither study.toml nor manifest.csv; name a study or a folder" in capsys.readouterr().err


def test_a_study_without_pictures_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(tmp_path / "empty")]) == 0
    capsys.readouterr()
    assert main(["stimuli", "check", str(tmp_path / "empty")]) == 1
    assert "has no pictures yet, for there is no stimuli/manifest.csv in it" in capsys.readouterr().err
