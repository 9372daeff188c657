"""`askew doctor`: what is installed, what is missing and the line that installs it, and facts of the machine.

Nothing heavy is imported into this process: torch and pyglet are asked in a process of their own, so that a broken
one is a finding and not a crash.
"""

import ctypes
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from askew import __version__
from askew.command import Words
from askew.extras import extras, install_line, installed, needs

# What parts open at run time on Linux (library, Debian package); Windows and macOS bring their own.
LIBRARIES = {
    "stimuli": {"libEGL.so.1": "libegl1"},
    "experiments": {
        "libGL.so.1": "libgl1",
        "libGLU.so.1": "libglu1-mesa",
        "libEGL.so.1": "libegl1",
        "libfreetype.so.6": "libfreetype6",
        "libfontconfig.so.1": "libfontconfig1",
        "libportaudio.so.2": "libportaudio2",
    },
}
LOW_DISK_GB = 2.0

ASK_TORCH = """
import json, torch
gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
mps = torch.backends.mps.is_available()
print(json.dumps({"cuda": torch.version.cuda, "gpus": gpus + ["Apple GPU"] * mps, "threads": torch.get_num_threads()}))
"""
ASK_DISPLAY = """
import json, pyglet
screens = pyglet.canvas.get_display().get_screens()
modes = [s.get_mode() for s in screens]
found = [{"width": s.width, "height": s.height, "hz": getattr(m, "rate", None)} for s, m in zip(screens, modes)]
print(json.dumps(found))
"""


def doctor(words: list[str]) -> int:
    """Say what is installed, what is missing, and how to install it."""
    parser = Words(
        prog="askew doctor",
        description=doctor.__doc__,
        epilog="example: askew doctor models (exit status 1 if the part models lacks anything)",
    )
    parser.add_argument("part", nargs="*", help=f"parts that must be complete: {', '.join(extras())}")
    parser.add_argument("--json", action="store_true", help="write JSON, for programs")
    given = parser.parse_args(words)
    if unknown := [part for part in given.part if part not in extras()]:
        parser.error(f"{unknown[0]!r} is no part; the parts are {', '.join(extras())}")
    facts = examination()
    print(json.dumps(facts, indent=2) if given.json else as_text(facts))
    lacking = [part["part"] for part in facts["parts"] if part["missing"] or part["missing_libraries"]]
    return int(any(part in lacking for part in given.part))


def examination() -> dict[str, Any]:
    """Everything `askew doctor` says, as one object."""
    return {
        "askew": __version__,
        "python": platform.python_version(),
        "executable": sys.executable,
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "free_disk_gb": round(shutil.disk_usage(Path.cwd()).free / 1e9, 1),
        "parts": [part(name) for name in extras()],
        "gpu": gpu(),
        "display": display(),
    }


def part(name: str) -> dict[str, Any]:
    """The libraries of one part: the versions of those installed, and the names of those missing."""
    found = {library: installed(library) for library in needs(name)}
    libraries = missing_libraries(name)
    missing = [library for library, its in found.items() if its is None]
    return {
        "part": name,
        "installed": {library: its for library, its in found.items() if its is not None},
        "missing": missing,
        "install": install_line(name) if missing else None,
        "missing_libraries": libraries,
        "install_libraries": f"sudo apt-get install -y {' '.join(libraries)}" if libraries else None,
    }


def missing_libraries(name: str) -> list[str]:
    """The Debian packages of system libraries that a part opens and that cannot be loaded here."""
    if sys.platform != "linux":
        return []
    return [package for library, package in LIBRARIES.get(name, {}).items() if not _loads(library)]


def gpu() -> dict[str, Any]:
    """The accelerators that torch sees."""
    if installed("torch") is None:
        return {"gpus": [], "note": "not asked, torch is not installed"}
    found = _asked(ASK_TORCH)
    if isinstance(found, str):
        return {"gpus": [], "note": f"torch does not run: {found}"}
    note = None if found["gpus"] else f"none, models run on the CPU with {found['threads']} threads"
    return {"gpus": found["gpus"], "cuda": found["cuda"], "note": note}


def display() -> dict[str, Any]:
    """The screens that a session could use."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return {"screens": [], "note": "none (DISPLAY is not set), so sessions with people cannot run here"}
    if installed("pyglet") is None:
        return {"screens": [], "note": "not asked, the part experiments is not installed"}
    found = _asked(ASK_DISPLAY)
    if isinstance(found, str):
        return {"screens": [], "note": f"cannot be asked: {found}"}
    return {"screens": found, "note": None}


def as_text(facts: dict[str, Any]) -> str:
    """The findings for a person."""
    disk = facts["free_disk_gb"]
    lines = [
        f"askew {facts['askew']}, Python {facts['python']} ({facts['executable']})",
        f"{facts['system']}, {facts['cores']} cores, {disk} GB free here"
        + (" (that is little)" if disk < LOW_DISK_GB else ""),
        "",
        *(line for part in facts["parts"] for line in _part_lines(part)),
        "",
        f"GPU      {', '.join(facts['gpu']['gpus']) or facts['gpu']['note']}",
        f"display  {', '.join(_screen(screen) for screen in facts['display']['screens']) or facts['display']['note']}",
    ]
    return "\n".join(lines)


def _part_lines(part: dict[str, Any]) -> list[str]:
    versions = ", ".join(f"{library} {its}" for library, its in part["installed"].items())
    if not part["missing"] and not part["missing_libraries"]:
        return [f"{part['part']:<12} complete: {versions}"]
    lines = [f"{part['part']:<12} lacks {', '.join(part['missing'] + part['missing_libraries'])}"]
    return lines + [f"{'':<12} type: {part[key]}" for key in ("install", "install_libraries") if part[key]]


def _screen(screen: dict[str, Any]) -> str:
    rate = f" at {screen['hz']:g} Hz" if screen["hz"] else " (rate unknown)"
    return f"{screen['width']} x {screen['height']}{rate}"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _asked(program: str) -> Any:
    """The JSON that a small program prints in a process of its own; a text says why there is none."""
    try:
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if run.returncode:
        return (run.stderr.strip().splitlines() or [f"exit status {run.returncode}"])[-1]
    return json.loads(run.stdout.strip().splitlines()[-1])
