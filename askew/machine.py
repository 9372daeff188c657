"""What a machine lacks for askew apart from graphics: its Python, its folders, its libraries, its words for letters."""

import ctypes
import os
import platform
import shutil
import struct
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import distribution
from pathlib import Path

from askew.extras import python
from askew.finding import Finding
from askew.versions import allows

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
LONG_PREFIX = 80  # letters; torch alone has paths of 170 below the environment, and Windows takes 260


def findings_of_python() -> Iterator[Finding]:
    """What is amiss with this Python, before anything is installed into it."""
    wanted = distribution("askew").metadata["Requires-Python"] or ""
    here = platform.python_version()
    if not allows(wanted.replace(" ", ""), here):
        yield Finding(
            about="Python",
            what=f"askew is not made for Python {here} (wanted: {wanted}), nor are libraries that it needs",
            do="install Python 3.11, and make the environment anew with it",
        )
    if struct.calcsize("P") < 8:
        yield Finding(
            about="Python",
            what="this Python is a 32-bit one, for which VTK, torch and others are not made",
            do="install a 64-bit Python, and make the environment anew with it",
        )
    marked = Path(sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED"
    if marked.is_file() and not _in_environment():
        yield Finding(
            about="Python",
            what="this Python belongs to the system, and pip refuses to install into it",
            do="make an environment, and install askew there",
            lines=(f"{python()} -m venv .venv",),
        )


def findings(parts: Sequence[str]) -> list[Finding]:
    """What is amiss with folders and locale, as far as the parts that are here use them."""
    return [*_here(), *_caches(parts), *_locale(), *_long_paths()]


def missing_libraries(part: str) -> list[str]:
    """The Debian packages of system libraries that a part opens and that cannot be loaded here."""
    if sys.platform != "linux":
        return []
    return [package for library, package in LIBRARIES.get(part, {}).items() if not loads(library)]


def loads(library: str) -> bool:
    """Whether a library of the system can be loaded."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_packages(packages: Sequence[str]) -> str:
    """The line that installs Debian packages; elsewhere, what to look for."""
    names = " ".join(packages)
    if not shutil.which("apt-get"):
        return f"install what holds {names} (names as on Debian) with the system's package manager"
    sudo = "sudo " if os.geteuid() and shutil.which("sudo") else ""
    return f"{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {names}"


def free_gb(folder: Path) -> float:
    """The free space of the disk that a folder is, or would be, on."""
    return shutil.disk_usage(_existing(folder)).free / 1e9


def caches(parts: Sequence[str]) -> dict[str, Path]:
    """Where libraries of the parts keep what they can fetch or make again, by the variable that moves it."""
    home = Path.home()
    local = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    below = {"win32": local / "askew", "darwin": home / "Library" / "Caches"}
    cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    found = {}
    if {"stimuli", "models"} & {*parts}:
        place = below.get(sys.platform, cache) / "askew"
        found["ASKEW_CACHE"] = Path(
            os.environ.get("ASKEW_CACHE") or (place / "Cache" if sys.platform == "win32" else place)
        )
    if "models" in parts:
        found["HF_HOME"] = Path(os.environ.get("HF_HOME") or cache / "huggingface")
    if "analysis" in parts:
        where = home / ".matplotlib" if sys.platform in {"win32", "darwin"} else cache / "matplotlib"
        found["MPLCONFIGDIR"] = Path(os.environ.get("MPLCONFIGDIR") or where)
    return found


def on_the_path() -> str | None:
    """Why a shell would not find this `askew`, and what to type instead; None where it does."""
    here = Path(sys.executable).parent
    scripts = (sysconfig.get_path("scripts"), sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user")))
    found = shutil.which("askew")
    if found and os.path.normcase(Path(found).parent) in {os.path.normcase(place) for place in (here, *scripts)}:
        return None
    activate = here / "activate"
    shown = f". {activate}" if os.sep == "/" else str(activate)
    instead = f"type `{shown}` once in each shell, or {here / 'askew'} for askew"
    why = f"another askew comes first, {found}" if found else "the shell does not find `askew` by itself"
    return f"{why}; {instead}" if _in_environment() else f"{why}; type {python()} -m askew for askew"


def _in_environment() -> bool:
    return sys.prefix != sys.base_prefix


def _here() -> Iterator[Finding]:
    here = Path.cwd()
    if not _writable(here):
        yield Finding(
            about="this folder",
            what=f"{here} may not be written to",
            do="go to a folder of your own before you make a study",
            lines=("cd ~",) if os.sep == "/" else (),
        )
    if (free := free_gb(here)) < LOW_DISK_GB:
        yield Finding(
            about="disk",
            what=f"{free:.1f} GB are free in this folder; all parts of askew take about 7 GB, a study up to 1 GB",
            do="free some space, or work on another disk",
        )


def _caches(parts: Sequence[str]) -> Iterator[Finding]:
    shut = {variable: folder for variable, folder in caches(parts).items() if not _writable(folder)}
    if shut:
        folders = ", ".join(map(str, shut.values()))
        yield Finding(
            about="cache",
            what=f"{folders} may not be written to",
            do=f"change the permissions, or set {', '.join(shut)} to other folders, in every shell",
            lines=_elsewhere(shut),
        )
    for variable, folder in caches(parts).items():
        if variable not in shut and free_gb(folder) < LOW_DISK_GB <= free_gb(Path.cwd()):
            yield Finding(
                about="cache",
                what=f"{free_gb(folder):.1f} GB are free in {folder}, where downloads go",
                do=f"free some space, or set {variable} to a folder on another disk, in every shell",
                lines=_elsewhere([variable]),
            )


def _elsewhere(variables: Iterable[str]) -> tuple[str, ...]:
    place = (Path.cwd() if _writable(Path.cwd()) else Path(tempfile.gettempdir())) / "askew-cache"
    if os.sep != "/":
        return ()
    return tuple(f'export {variable}="{place / variable.partition("_")[0].lower()}"' for variable in variables)


def _locale() -> Iterator[Finding]:
    encoding = sys.getfilesystemencoding()
    if encoding.lower().replace("-", "") != "utf8":
        yield Finding(
            about="locale",
            what=f"file names are read as {encoding}, so that those with accents or in other scripts are refused",
            lines=("export LC_ALL=C.UTF-8",),
        )


def _long_paths() -> Iterator[Finding]:
    if len(sys.prefix) > LONG_PREFIX and not _takes_long_paths():
        yield Finding(
            about="Windows",
            what=f"paths longer than 260 letters are refused here, and {sys.prefix} is deep enough to reach that",
            do="move the checkout nearer to the root of the disk, or type this as administrator and restart",
            lines=(
                r"reg add HKLM\SYSTEM\CurrentControlSet\Control\FileSystem /v LongPathsEnabled /t REG_DWORD /d 1 /f",
            ),
        )


def _takes_long_paths() -> bool:
    if sys.platform != "win32":
        return True
    import winreg  # noqa: PLC0415  Windows has it

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SYSTEM\CurrentControlSet\Control\FileSystem") as key:
            return bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])
    except OSError:
        return False


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    folder = Path(os.path.abspath(folder))
    return next((each for each in (folder, *folder.parents) if os.path.lexists(each)), folder)


def _writable(folder: Path) -> bool:
    """Whether something can be made in a folder; tried, since permissions do not say all."""
    try:
        with tempfile.TemporaryFile(dir=_existing(folder)):
            return True
    except OSError:
        return False
