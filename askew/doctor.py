"""`askew doctor`: what is installed, what is missing and the line that installs it, and facts of the machine.

Nothing heavy is imported into this process: torch, pyglet and EGL are asked in processes of their own, so that a broken
one is a finding and not a crash.
"""

import json
import os
import platform
import re
import shutil
import sys
import textwrap
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from askew import __version__, graphics, machine
from askew.command import Words
from askew.extras import PARTS, extras, install_line, installed, needs, own, unfit
from askew.finding import Finding
from askew.machine import free_gb, install_packages, missing_libraries

HALF = 0.5  # of a part's own libraries: who has so many wanted the part, and other parts bring fewer
STATES = {"complete": "complete", "broken": "installed, but see below", "partial": "not whole, see below"}
HELD = "\0"  # a space at which no line ends
WIDTHS = (60, 120)  # columns between which lists are folded


def doctor(words: list[str]) -> int:
    """Say what is installed, what is missing, and how to install it."""
    parser = Words(
        prog="askew doctor",
        description=f"{doctor.__doc__} Ends with what there is to do, each with the line to type.",
        epilog="example: askew doctor models (exit status 1 if the part models lacks anything)",
    )
    parser.add_argument("part", nargs="*", help=f"parts that must be complete: {', '.join(extras())}")
    parser.add_argument("--json", action="store_true", help="write JSON, for programs")
    given = parser.parse_args(words)
    if unknown := [part for part in given.part if part not in extras()]:
        parser.error(f"{unknown[0]!r} is no part; the parts are {', '.join(extras())}")
    facts = examination(given.part)
    print(json.dumps(facts, indent=2) if given.json else as_text(facts, shutil.get_terminal_size().columns))
    return int(any(each["about"] in given.part for each in facts["to_do"]))


def examination(wanted: Sequence[str] = ()) -> dict[str, Any]:
    """Everything `askew doctor` says, as one object. `wanted` are the parts that have to be complete."""
    with ThreadPoolExecutor() as pool:  # three programs answer at their own pace
        gpu, display = pool.submit(graphics.gpu), pool.submit(graphics.display)
        opens = pool.submit(graphics.opens_a_device)
        parts = [part(name, wanted=name in wanted) for name in extras()]
    here = [one["part"] for one in parts if one["state"] != "absent"]
    # What is installed anew may cure what a driver or torch says, so that is told of whole parts only.
    whole = [one["part"] for one in parts if one["state"] == "complete" and not one["unfit"]]
    found = [
        *machine.findings_of_python(),
        *(finding for one in parts for finding in findings_of_part(one)),
        *graphics.findings(gpu.result(), display.result(), whole, opens=opens.result()),
        *machine.findings(here),
    ]
    if not {*here} & {*PARTS}:
        found.append(_nothing())
    amiss = {one.about for one in found}
    for one in parts:
        if one["state"] == "complete" and one["part"] in amiss:
            one["state"] = "broken"
    return {
        "askew": __version__,
        "python": platform.python_version(),
        "executable": sys.executable,
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "free_disk_gb": round(free_gb(Path.cwd()), 1),
        "parts": parts,
        "gpu": gpu.result(),
        "display": display.result(),
        "command": machine.on_the_path(),
        "asked_for": [*wanted],
        "to_do": [asdict(one) for one in found],
    }


def part(name: str, *, wanted: bool = False) -> dict[str, Any]:
    """The libraries of one part: the versions of those installed, and the names of those missing.

    It is absent where fewer than half of the libraries are there that it alone asks for, unless it is wanted.
    """
    found = {library: installed(library) for library in needs(name)}
    missing = [library for library, its in found.items() if its is None]
    alone = own(name)
    there = sum(found[library] is not None for library in alone)
    here = wanted or not missing or (name in PARTS and there >= HALF * len(alone))
    wrong = unfit(name) if here else []
    libraries = missing_libraries(name) if here else []
    return {
        "part": name,
        "state": ("partial" if missing else "complete") if here else "absent",
        "installed": {library: its for library, its in found.items() if its is not None},
        "missing": missing,
        "unfit": wrong,
        "install": install_line(name) if missing or wrong else None,
        "missing_libraries": libraries,
        "install_libraries": install_packages(libraries) if libraries else None,
    }


def findings_of_part(part: dict[str, Any]) -> list[Finding]:
    """What is to do for a part that is here or wanted."""
    name = part["part"]
    found: list[Finding] = []
    if part["state"] != "absent" and part["install"]:
        faults = [f"lacks {', '.join(part['missing'])}"] if part["missing"] else []
        found.append(Finding(about=name, what="; ".join([*faults, *part["unfit"]]), lines=(part["install"],)))
    if part["missing_libraries"]:
        what = f"lacks {', '.join(part['missing_libraries'])} of the system"
        found.append(Finding(about=name, what=what, lines=(part["install_libraries"],)))
    return found


def as_text(facts: dict[str, Any], columns: int = WIDTHS[1]) -> str:
    """The findings for a person, lists folded to so many columns; lines to type are never folded.

    Where parts were asked for, the others are left out.
    """
    width = min(max(columns, WIDTHS[0]), WIDTHS[1])
    screens = ", ".join(_screen(screen) for screen in facts["display"]["screens"])
    if screens:
        screens += "; `askew session preflight STUDY --protocol NAME` says which exposures it can show"
    machines = {
        "GPU": ", ".join(facts["gpu"]["gpus"]) or facts["gpu"]["note"],
        "display": screens or facts["display"]["note"],
        "command": facts["command"],
    }
    lines = [
        f"askew {facts['askew']}, Python {facts['python']} ({facts['executable']})",
        f"{facts['system']}, {facts['cores']} cores, {facts['free_disk_gb']} GB free here",
        "",
        *(line for part in _told(facts) for line in _part_lines(part, width)),
        "",
        *(line for name, text in machines.items() if text for line in _folded(name, text, width)),
        "",
        *_to_do(facts, width),
    ]
    return "\n".join(lines)


def _nothing() -> Finding:
    return Finding(
        about="parts",
        what="none is installed, so there are no pictures, sessions, networks or statistics yet",
        do="install all four (about 7 GB), or one by its line above",
        lines=(install_line(",".join(PARTS)),),
    )


def _told(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts that were asked for, or all; and those that there is something to do about."""
    about = {*facts["asked_for"], *(one["about"] for one in facts["to_do"])}
    return [part for part in facts["parts"] if part["part"] in about or not facts["asked_for"]]


def _part_lines(part: dict[str, Any], width: int) -> list[str]:
    name = part["part"]
    if part["state"] == "absent":
        return [f"{name:<12} not installed", f"{'':<12} type: {part['install']}"]
    versions = ", ".join(f"{library} {its}" for library, its in part["installed"].items())
    return _folded(name, f"{STATES[part['state']]}: {versions}" if versions else STATES[part["state"]], width, 12)


def _to_do(facts: dict[str, Any], width: int) -> list[str]:
    if not facts["to_do"]:
        there = [part["part"] for part in _told(facts) if part["state"] == "complete"]
        # A part may be whole and still not do everything here: what has to be known of the machine stands above.
        sessions = "experiments" in there and facts["display"]["note"]
        remarks = "; see the remarks above" if sessions or facts["command"] else ""
        return textwrap.wrap(f"nothing to install for {', '.join(there)}{remarks}", width)
    number = len(facts["to_do"])
    lines = ["one thing to do" if number == 1 else f"{number} things to do"]
    for place, one in enumerate(facts["to_do"], 1):
        lines += _folded(f"{place}.", f"{one['about']}: {one['what']}", width, 2)
        lines += _folded("", one["do"], width, 2) if one["do"] else []
        lines += [f"   type: {line}" for line in one["lines"]]
    return lines


def _folded(name: str, text: str, width: int, indent: int = 8) -> list[str]:
    head = f"{name:<{indent}} "
    fold = textwrap.TextWrapper(
        width=width,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )
    # A library stays with its version, and what is to be typed on one line.
    held = re.sub(r"`[^`]+`|[\w.-]+ \d[\w.+!]*(?=,|$)", lambda match: match[0].replace(" ", HELD), text)
    return [line.replace(HELD, " ") for line in fold.wrap(held)]


def _screen(screen: dict[str, Any]) -> str:
    rate = f" at {screen['hz']:g} Hz" if screen["hz"] else " (rate unknown)"
    return f"{screen['width']} x {screen['height']}{rate}"
