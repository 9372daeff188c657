"""A look at the lab's machine: before a session, and before there is a participant or even a lab.toml."""

import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from askew.errors import BadInput
from askew.files import write_text
from askew_experiments.attached import Attached
from askew_experiments.displays import Lab
from askew_experiments.labfile import NAME, LabFile, lab_text
from askew_experiments.monitors import monitors
from askew_experiments.opening import Material
from askew_experiments.preflight import (
    Check,
    disk_checks,
    display_checks,
    keyboard_check,
    picture_checks,
    plausible,
)
from askew_experiments.sitting import Options, Sitting, background_of, opened
from askew_experiments.texts import read_texts

if TYPE_CHECKING:
    from askew_experiments.window import Window

GUESS = Lab(width_cm=50, distance_cm=60, size_px=(1920, 1080), hz=60)  # only to open a window with
KEY_WAIT_S = 30.0
LISTED = 5  # failed checks, in a message
SYNCS = 7
SYNCED_BYTES = 20_000  # of a trial


def look(material: Material, options: Options) -> tuple[list[Check], Path | None]:
    """Every check, and the lab.toml that was written because there was none."""
    path = options.lab or material.study.root / NAME
    if os.path.lexists(path):
        sitting = Sitting.of(material, options)
        with opened(sitting) as window:
            return checks(sitting, window), None
    texts = read_texts(material.protocol, material.study.root / "protocols")
    sitting = Sitting(material, LabFile(_guess(), Attached()), texts, background_of(material), options)
    with opened(sitting) as window:
        return _first(material, window, path), path


def looked_at(sitting: Sitting, window: "Window") -> list[Check]:
    """Every check of machine and material; BadInput where some fail and nobody overrode them.

    Keys are asked for last, when there is nothing else to refuse.
    """
    found = [*_machine(sitting, window)]
    refuse_failed(found, sitting.options.override)
    found.append(_keys(sitting, window))
    refuse_failed(found, sitting.options.override)
    return found


def checks(sitting: Sitting, window: "Window") -> list[Check]:
    """Every check of machine and material, whatever comes of them."""
    return [*_machine(sitting, window), _keys(sitting, window)]


def refuse_failed(found: Sequence[Check], override: str | None) -> None:
    """BadInput with the first few checks that failed, where nobody overrode them."""
    failed = [f"{check.code}: {check.said}" for check in found if check.failed]
    if failed and override is None:
        more = len(failed) - LISTED
        if more > 0:
            failed[LISTED:] = [f"and {more} more, which `askew session preflight` lists"]
        every = failed[0] if len(failed) == 1 else " ".join(f"({n}) {said}." for n, said in enumerate(failed, start=1))
        raise BadInput(
            f"{every.removesuffix('.')}. To go on nevertheless, give --override and a reason, which is recorded"
        )


def _machine(sitting: Sitting, window: "Window") -> Iterator[Check]:
    material, protocol = sitting.material, sitting.material.protocol
    yield from display_checks(protocol, sitting.lab.display, window.measured_refresh(), window.facts())
    yield from disk_checks(sync_times(material.study.root), shutil.disk_usage(material.study.root).free / 1e6)
    yield from picture_checks(material.manifest.parent, material.shown, masked=protocol.masked)
    if protocol.practice:
        yield from picture_checks(material.practice_folder, material.practice, masked=False, code="practice-pictures")


def _keys(sitting: Sitting, window: "Window") -> Check:
    keys = sitting.material.protocol.response.keys
    if sys.stderr is not None and sys.stderr.isatty():
        sys.stderr.write(f"waiting at the display for the keys {', '.join(keys)}, {KEY_WAIT_S:.0f} s at most\n")
    silent = window.alive(keys, KEY_WAIT_S, sitting.texts.press)
    return keyboard_check(window.keyboard_facts(), silent)


def sync_times(folder: Path) -> list[float]:
    """How many ms it takes to bring as much as a trial has to the disk, several times."""
    place = folder / f".askew-sync-{os.getpid()}"
    times = []
    try:
        with place.open("wb") as stream:
            for _ in range(SYNCS):
                begun = time.perf_counter()
                stream.write(b"\0" * SYNCED_BYTES)
                stream.flush()
                os.fsync(stream.fileno())
                times.append((time.perf_counter() - begun) * 1000)
    finally:
        place.unlink(missing_ok=True)
    return times


def _guess() -> Lab:
    """A display of the size that the system gives, so that a window can be opened."""
    found = monitors([])
    return Lab(**{**vars(GUESS), "size_px": found[0].size_px}) if found else GUESS


def _first(material: Material, window: "Window", path: Path) -> list[Check]:
    """Write a lab.toml; returns the checks that need no declaration."""
    refresh = window.measured_refresh()
    facts = window.facts()
    width, height = facts["size_px"] if facts["full_screen"] else window.lab.size_px
    mm = facts.get("size_mm")
    hz = round(refresh.hz, 1) if plausible(refresh) else None  # a rate that no display has is nobody's declaration
    write_text(path, lab_text(width_cm=mm[0] / 10 if mm else None, size_px=(width, height), hz=hz))
    declared = Lab(**{**vars(window.lab), "size_px": (width, height), "hz": hz or window.lab.hz})
    return [*display_checks(material.protocol, declared, refresh, {**facts, "size_mm": None})]
