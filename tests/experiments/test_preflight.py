"""What is looked at before a session: good machines pass, and each fault is told with what to do."""

from pathlib import Path
from typing import Any

import pytest

from askew.errors import BadInput
from askew.files import sha256
from askew_experiments.displays import Lab
from askew_experiments.looking import refuse_failed
from askew_experiments.preflight import Check, disk_checks, display_checks, keyboard_check, picture_checks
from askew_experiments.protocol import Protocol, parse_protocol
from askew_experiments.refresh import Refresh
from askew_experiments.shelf import bundled_protocols
from askew_stimuli.picture import Picture

LAB = Lab(width_cm=52, distance_cm=90, size_px=(1920, 1080), hz=100)
FACTS: dict[str, Any] = {
    "renderer": "NVIDIA GeForce RTX 4070/PCIe/SSE2",
    "size_px": [1920, 1080],
    "size_mm": [521, 293],
    "scale_percent": 100,
    "full_screen": True,
    "paced_hz": None,
}


@pytest.fixture
def protocol() -> Protocol:
    path = bundled_protocols()["unusual_poses_40ms"]
    return parse_protocol(path.read_text(encoding="utf-8"), str(path))


def refresh(hz: float = 100.0, sd_s: float = 0.00005, late: int = 0) -> Refresh:
    return Refresh(period_s=1 / hz, sd_s=sd_s, worst_s=1.1 / hz, late=late, n=240)


def failed(checks: list[Check]) -> dict[str, str]:
    return {check.code: check.said for check in checks if check.failed}


def looked(protocol: Protocol, lab: Lab = LAB, seen: Refresh | None = None, **facts: Any) -> list[Check]:
    return [*display_checks(protocol, lab, seen or refresh(), {**FACTS, **facts})]


def test_a_good_display_passes(protocol: Protocol) -> None:
    found = looked(protocol)
    assert failed(found) == {}
    said = {check.code: check.said for check in found}
    assert said["refresh"] == "measured 100.00 Hz, SD 0.050 ms, 0 of 240 late"
    exposures = [check.said for check in found if check.code == "exposure"]
    assert exposures == [
        "fixation: 500 ms is 50 frames = 500.0 ms at 100.00 Hz",
        "image: 40 ms is 4 frames = 40.0 ms at 100.00 Hz",
        "mask: 500 ms is 50 frames = 500.0 ms at 100.00 Hz",
    ]


def test_a_rate_a_little_off_is_the_declared_one(protocol: Protocol) -> None:
    lab = Lab(**{**vars(LAB), "hz": 120})
    assert failed(looked(protocol, lab, refresh(119.88))) == {}


def test_forty_ms_at_sixty_hertz_are_refused_with_rates_that_would_do(protocol: Protocol) -> None:
    lab = Lab(**{**vars(LAB), "hz": 60})
    wrong = failed(looked(protocol, lab, refresh(60)))
    assert wrong["exposure"] == (
        "image: 40 ms is 2 frames = 33.3 ms at 60.00 Hz, 6.7 ms too short (2 ms are allowed); "
        "set the display to one of 75, 100, 120, 144, 200, 240, 360 Hz"
    )
    assert wrong["rate-allowed"] == (
        "the protocol asks for 75, 100, 120, 144, 200, 240, 360 Hz, the display runs at 60.00; set another"
    )


def test_a_rate_that_no_display_has_is_not_believed(protocol: Protocol) -> None:
    said = failed(looked(protocol, seen=refresh(1450)))["refresh"]
    assert "1450.00 Hz" in said
    assert "flips do not wait for it, so turn vsync on" in said


@pytest.mark.parametrize("seen", [refresh(sd_s=0.002), refresh(late=12)])
def test_a_display_that_is_not_steady_is_refused(protocol: Protocol, seen: Refresh) -> None:
    assert "not steady; close other programs" in failed(looked(protocol, seen=seen))["refresh"]


def test_another_rate_than_declared_is_refused(protocol: Protocol) -> None:
    said = failed(looked(protocol, seen=refresh(120)))["rate"]
    assert said == "the display runs at 120.00 Hz, but 100 are declared; set it, or mend the declaration"


@pytest.mark.parametrize(
    ("facts", "code", "said"),
    [
        ({"renderer": "llvmpipe (LLVM 15.0.6, 256 bits)"}, "renderer", "draws without a graphics card"),
        ({"renderer": "GDI Generic"}, "renderer", "install the card's driver"),
        ({"scale_percent": 125}, "scaling", "125 %; set the system's scaling to 100 %"),
        ({"size_px": [1536, 864]}, "size", "1536 x 864 pixels, but 1920 x 1080 are declared"),
        ({"size_mm": [598, 336]}, "width", "the monitor says it is 59.8 cm wide, 52 are declared; measure the picture"),
        ({"full_screen": False}, "full-screen", "a window, which the desktop may delay"),
        ({"paced_hz": 100.0}, "pacing", "flips are paced at 100 Hz by the program; for trying out only"),
    ],
)
def test_each_fault_of_the_machine_is_told(protocol: Protocol, facts: dict[str, Any], code: str, said: str) -> None:
    wrong = failed(looked(protocol, **facts))
    assert [*wrong] == [code]
    assert said in wrong[code]


def test_what_the_system_does_not_say_is_a_note_and_no_fault(protocol: Protocol) -> None:
    found = looked(protocol, scale_percent=None, size_mm=None)
    assert failed(found) == {}
    assert [check.code for check in found if check.ok is None] == ["scaling"]


def test_a_dead_keyboard_is_refused() -> None:
    facts = {"source": "keyboard, device time", "uncertainty_ms": 1.0}
    check = keyboard_check(facts, ["left", "right"])
    assert check.failed
    assert check.said == "nothing was heard of the keys left, right; plug the keyboard in, click on it"
    assert (
        keyboard_check(facts, []).said == "every key was heard; times are by keyboard, device time, at most 1 ms late"
    )


def test_a_slow_or_full_disk_is_refused() -> None:
    assert failed([*disk_checks([4.0] * 7, 5000)]) == {}
    wrong = failed([*disk_checks([4.0, 80.0, 90.0, 95.0, 4.0], 12)])
    assert wrong["disk-speed"] == "a saved trial takes 80 ms, 50 at most; put the study on a local disk"
    assert wrong["disk-space"] == "12 MB free; 200 are needed"


@pytest.fixture
def pictures(tmp_path: Path) -> list[Picture]:
    found = []
    for name in ("mug", "hammer"):
        for what in ("picture", "mask"):
            (tmp_path / f"{name}_{what}.png").write_bytes(f"{name} {what}".encode())
        found.append(
            Picture(
                image_id=name,
                file=f"{name}_picture.png",
                sha256_file=sha256(tmp_path / f"{name}_picture.png"),
                source="imported",
                class_label=name,
                condition="upright",
                mask_file=f"{name}_mask.png",
                mask_sha256=sha256(tmp_path / f"{name}_mask.png"),
            )
        )
    return found


def test_pictures_as_described_pass(tmp_path: Path, pictures: list[Picture]) -> None:
    assert failed([*picture_checks(tmp_path, pictures, masked=True)]) == {}


def test_a_missing_or_changed_picture_is_told(tmp_path: Path, pictures: list[Picture]) -> None:
    (tmp_path / "mug_picture.png").unlink()
    assert failed([*picture_checks(tmp_path, pictures, masked=True)])["pictures"].endswith(
        "mug_picture.png is not there; restore it"
    )
    (tmp_path / "mug_picture.png").write_bytes(b"another")
    (tmp_path / "hammer_mask.png").write_bytes(b"another")
    said = failed([*picture_checks(tmp_path, pictures, masked=True)])["pictures"]
    assert "mug_picture.png is not the file that the manifest describes" in said
    assert said.endswith("(and 1 more)")
    said = failed([*picture_checks(tmp_path, pictures, masked=False)])["pictures"]
    assert "more)" not in said, "a mask that is not shown does not matter"


def test_a_protocol_with_masks_needs_them(tmp_path: Path, pictures: list[Picture]) -> None:
    bare = [Picture(**{**{name: getattr(p, name) for name in Picture.__slots__}, "mask_file": None}) for p in pictures]
    said = failed([*picture_checks(tmp_path, bare, masked=True)])["masks"]
    assert said == "2 pictures have none, such as mug; make them with `askew stimuli masks`"
    assert failed([*picture_checks(tmp_path, bare, masked=False)]) == {}


def test_a_picture_without_a_file_cannot_be_shown(tmp_path: Path) -> None:
    nameless = [Picture(image_id="mug", source="imported", class_label="mug", condition="upright")]
    said = failed([*picture_checks(tmp_path, nameless, masked=False)])["pictures"]
    assert said == "mug has no file, and a session shows files"


def test_checks_that_failed_are_told_in_one_line_that_ends_with_what_to_do() -> None:
    passed, wrong = Check("disk-space", True, "5,000 MB free"), Check("rate", False, "it is another; set it")
    refuse_failed([passed], override=None)
    refuse_failed([wrong], override="trying out")
    what = "To go on nevertheless, give --override and a reason, which is recorded"
    with pytest.raises(BadInput) as caught:
        refuse_failed([passed, wrong], override=None)
    assert str(caught.value) == f"rate: it is another; set it. {what}"
    with pytest.raises(BadInput) as caught:
        refuse_failed([wrong, Check("exposure", False, "x" * 170)] * 10, override=None)
    told = str(caught.value)
    assert told.startswith("(1) rate: it is another; set it. (2) exposure: xxx")
    assert told.endswith(f"(6) and 15 more, which `askew session preflight` lists. {what}")
    assert len(told) < 1500, "or the end would be cut off"
