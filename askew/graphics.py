"""What `askew doctor` finds of graphics: cards that compute, screens for sessions, and rendering without a screen."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from askew.extras import install_line, installed, python
from askew.finding import Finding, answer, asked
from askew.machine import install_packages, loads

# A computation on each card, since drivers and builds that list a card may yet be unable to use it.
# Of torchvision only the library is loaded that has to match torch, since all of it takes longer than torch itself.
ASK_TORCH = """
import json, warnings
from importlib.util import find_spec
from pathlib import Path
warnings.simplefilter("ignore")
import torch
said = {"cuda": torch.version.cuda, "hip": torch.version.hip, "threads": torch.get_num_threads(), "gpus": []}
said |= {"broken": [], "why": None, "torchvision": None}
for place in range(torch.cuda.device_count()):
    name = torch.cuda.get_device_name(place)
    try:
        (torch.ones(1, device=f"cuda:{place}") + 1).item()
        said["gpus"].append(name)
    except Exception as error:
        said["broken"].append([name, str(error).strip().splitlines()[0]])
if torch.version.cuda and not torch.cuda.device_count():
    try:
        torch.cuda.init()
    except Exception as error:
        said["why"] = str(error).strip().splitlines()[0]
if torch.backends.mps.is_available():
    said["gpus"].append("Apple GPU")
found = find_spec("torchvision")
for library in Path(found.origin).parent.glob("_C*") if found and found.origin else ():
    try:
        torch.ops.load_library(str(library))
    except Exception as error:
        said["torchvision"] = str(error).strip().splitlines()[0]
print(json.dumps(said))
"""
ASK_DISPLAY = """
import json, pyglet
screens = pyglet.canvas.get_display().get_screens()
modes = [s.get_mode() for s in screens]
found = [{"width": s.width, "height": s.height, "hz": getattr(m, "rate", None)} for s, m in zip(screens, modes)]
print(json.dumps(found))
"""
# Whether a device of EGL can be opened, as rendering without a display does.
ASK_EGL = """
import json
from ctypes import CDLL, CFUNCTYPE, byref, c_char_p, c_int, c_uint, c_void_p
egl = CDLL("libEGL.so.1")
egl.eglGetProcAddress.argtypes, egl.eglGetProcAddress.restype = [c_char_p], c_void_p
egl.eglInitialize.argtypes, egl.eglInitialize.restype = [c_void_p] * 3, c_uint
called = lambda name, *kinds: CFUNCTYPE(*kinds)(egl.eglGetProcAddress(name))
query = called(b"eglQueryDevicesEXT", c_uint, c_int, c_void_p, c_void_p)
display = called(b"eglGetPlatformDisplayEXT", c_void_p, c_uint, c_void_p, c_void_p)
devices, number = (c_void_p * 32)(), c_int()
query(32, devices, byref(number))
EGL_PLATFORM_DEVICE_EXT = 0x313F
opened = [egl.eglInitialize(display(EGL_PLATFORM_DEVICE_EXT, one, None), None, None) for one in devices[: number.value]]
print(json.dumps(sum(map(bool, opened))))
"""
DRIVERS = "libgl1-mesa-dri"  # Debian's, among them the one that draws without a card
NVIDIA, DISPLAYS = "0x10de", ("0x0300", "0x0302")  # PCI's numbers of the maker, and of what draws or computes
TORCH = ("torch", "torchvision")


def gpu() -> dict[str, Any]:
    """The accelerators that torch sees, or why it sees none; `cards` are NVIDIA's, whatever torch sees."""
    cards, driver = nvidia()
    facts: dict[str, Any] = {"gpus": [], "cuda": None, "cards": cards, "driver": driver, "why": None}
    if installed("torch") is None:
        return {**facts, "note": "not asked, torch is not installed"}
    found = asked(ASK_TORCH)
    if isinstance(found, str):
        return {**facts, "why": found, "note": f"torch does not run: {found}"}
    note = None if found["gpus"] else f"none, networks run on the processor with {found['threads']} threads"
    return {**facts, **found, "note": note}


def findings(gpu: dict[str, Any], display: dict[str, Any], parts: Sequence[str], *, opens: bool) -> list[Finding]:
    """What is amiss with graphics for the parts that are here; `opens`: rendering finds a driver."""
    found = []
    if "stimuli" in parts and not opens:
        what = "there is no driver to render with (no graphics card is needed)"
        found.append(Finding(about="stimuli", what=what, lines=(install_packages([DRIVERS]),)))
    if "models" in parts:
        found += _of_torch(gpu) or _of_cards(gpu)
    if "experiments" in parts and (display["note"] or "").startswith("cannot be asked"):
        found.append(_of_display(display["note"]))
    return found


def _anew() -> tuple[str, ...]:
    return (f"{python()} -m pip uninstall -y {' '.join(TORCH)}", install_line("models"))


def _of_torch(gpu: dict[str, Any]) -> list[Finding]:
    """What keeps torch from running at all."""
    if (gpu["note"] or "").startswith("torch does not run"):
        return [Finding(about="models", what=gpu["note"], do="install torch anew", lines=_anew())]
    if (why := gpu.get("torchvision")) is None:
        return []
    what = f"torchvision {installed('torchvision')} does not go with torch {installed('torch')}: {why}"
    return [Finding(about="models", what=what, do="install both anew", lines=_anew())]


def _of_cards(gpu: dict[str, Any]) -> list[Finding]:
    """What keeps torch from using a card of NVIDIA's that is there."""
    found = [
        Finding(
            about="GPU",
            what=f"{name} is there, but torch cannot compute on it: {why}",
            do="update NVIDIA's driver; where that does not help, pytorch.org says which torch is made for this card",
        )
        for name, why in gpu.get("broken", ())
    ]
    if found or gpu["gpus"] or not gpu["cards"] or installed("torch") is None:
        return found
    card = gpu["cards"][0]
    if (hidden := os.environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        what = f"{card} is there, but CUDA_VISIBLE_DEVICES={hidden} hides it from torch"
        lines = ("unset CUDA_VISIBLE_DEVICES",) if os.sep == "/" else ()
        return [Finding(about="GPU", what=what, do="unset it where that is not meant", lines=lines)]
    if gpu["driver"] is None:
        what = f"{card} is there, but its driver does not answer"
        do = "install NVIDIA's driver and restart; start a container with the cards (--gpus all)"
        return [Finding(about="GPU", what=what, do=do)]
    if gpu.get("cuda") is None and gpu.get("hip") is None:
        what = f"{card} is there, but this torch ({installed('torch')}) is built for the processor only"
        do = "install one built for CUDA; where this gives the same again, pytorch.org has the line that does not"
        return [Finding(about="GPU", what=what, do=do, lines=_anew())]
    why = (gpu.get("why") or "it does not say why").partition(". ")[0]
    what = f"{card} (driver {gpu['driver']}) is there, but torch cannot use it: {why}"
    do = f"update NVIDIA's driver to one for CUDA {gpu.get('cuda')} and restart, or take a torch for an older CUDA"
    return [Finding(about="GPU", what=what, do=f"{do} (pytorch.org says how)")]


def _of_display(note: str) -> Finding:
    named = os.environ.get("DISPLAY")
    what = f"DISPLAY is {named}, which does not answer" if named and "NoSuchDisplay" in note else f"it {note}"
    do = "log in at the computer with the monitor; over ssh and in containers there is mostly no display"
    return Finding(about="display", what=what, do=do)


def nvidia() -> tuple[list[str], str | None]:
    """The names of NVIDIA's cards and the version of their driver; None where the driver does not answer."""
    if shutil.which("nvidia-smi"):
        said = answer(["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"])
        if isinstance(said, list) and all("," in line for line in said):
            cards = [line.rpartition(",")[0].strip() for line in said]
            return cards, said[0].rpartition(",")[2].strip() if said else None
    return ["a card of NVIDIA's"] * pci_cards(), None


def pci_cards(devices: Path = Path("/sys/bus/pci/devices")) -> int:
    """How many cards of NVIDIA's the bus has; Linux alone says so without a driver."""
    found = 0
    for device in devices.glob("*") if sys.platform == "linux" else ():
        try:
            maker, kind = ((device / name).read_text().strip() for name in ("vendor", "class"))
        except OSError:
            continue
        found += maker == NVIDIA and kind.startswith(DISPLAYS)
    return found


def display() -> dict[str, Any]:
    """The screens that a session could use."""
    if _no_display():
        return {
            "screens": [],
            "note": f"none (DISPLAY is not set), so sessions with people cannot run here{_try_out()}",
        }
    if installed("pyglet") is None:
        return {"screens": [], "note": "not asked, the part experiments is not installed"}
    found = asked(ASK_DISPLAY)
    if isinstance(found, str):
        return {"screens": [], "note": f"cannot be asked: {found}"}
    return {"screens": found, "note": None}


def opens_a_device() -> bool:
    """Whether something is there to render with where there is no display; asked on Linux only."""
    if sys.platform != "linux" or not _no_display() or not loads("libEGL.so.1"):
        return True
    opened = asked(ASK_EGL)
    return isinstance(opened, int) and opened > 0


def _no_display() -> bool:
    return sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _try_out() -> str:
    if installed("psychopy") is None:
        return ""
    first = "" if shutil.which("xvfb-run") else f" (first: {install_packages(['xvfb', 'xauth'])})"
    return f"; `xvfb-run -a askew session preflight STUDY --protocol NAME` tries one out{first}"
