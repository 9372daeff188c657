"""The lab's machine, declared in lab.toml of a study: its display, and what is attached to it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askew.errors import BadInput
from askew.settings import settings
from askew.study import read_toml
from askew_experiments import attached as attachments
from askew_experiments.attached import Attached, attached
from askew_experiments.displays import Lab, display_text

NAME = "lab.toml"


@dataclass(frozen=True)
class LabFile:
    """All that the file declares."""

    display: Lab
    attached: Attached


def read_lab_file(path: Path) -> LabFile:
    """What a file declares; BadInput names the key that is wrong, or says how to get a file."""
    document = read_toml(path, f"{path}: is not there; `askew session preflight` writes one to fill in")
    if "display" not in document:
        raise BadInput(f"{path}: has no table [display]; sizes in degrees need the size and distance of the display")
    rest = {name: table for name, table in document.items() if name != "display"}
    try:
        display = settings(Lab, f"{path}, display", document["display"])
    except BadInput as error:
        hint = "; measure it, and take the # before it away" if "is missing" in str(error) else ""
        raise BadInput(f"{error}{hint}") from None
    return LabFile(display, attached(rest, path))


def lab_text(**display: Any) -> str:
    """The text of a lab.toml with what is known of the display, and nothing attached."""
    return f"{display_text(**display)}\n{attachments.TEMPLATE}"
