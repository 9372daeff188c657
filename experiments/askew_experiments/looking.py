"""A look at the lab's machine before there is a participant, and the first lab.toml, of what it says of itself."""

from pathlib import Path
from typing import TYPE_CHECKING

from askew.files import write_text
from askew_experiments.attached import Attached
from askew_experiments.displays import Lab
from askew_experiments.labfile import NAME, LabFile, lab_text
from askew_experiments.monitors import monitors
from askew_experiments.opening import Material
from askew_experiments.preflight import Check, display_checks
from askew_experiments.running import Options, Sitting, background_of, checks, opened
from askew_experiments.texts import read_texts

if TYPE_CHECKING:
    from askew_experiments.window import Window

GUESS = Lab(width_cm=50, distance_cm=60, size_px=(1920, 1080), hz=60)  # only to open a window with


def look(material: Material, options: Options) -> tuple[list[Check], Path | None]:
    """Every check, and the lab.toml that was written because there was none."""
    path = options.lab or material.study.root / NAME
    if path.exists() or options.lab:
        sitting = Sitting.of(material, options)
        with opened(sitting) as window:
            return checks(sitting, window), None
    texts = read_texts(material.protocol, material.study.root / "protocols")
    sitting = Sitting(material, LabFile(_guess(), Attached()), texts, background_of(material), options)
    with opened(sitting) as window:
        return _first(material, window, path), path


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
    text = lab_text(width_cm=mm[0] / 10 if mm else None, size_px=(width, height), hz=round(refresh.hz, 1))
    write_text(path, text)
    declared = Lab(**{**vars(window.lab), "size_px": (width, height), "hz": refresh.hz})
    return [*display_checks(material.protocol, declared, refresh, {**facts, "size_mm": None})]
