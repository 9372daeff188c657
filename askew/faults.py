"""What the system or a library refuses, in one line that says what helps."""

import errno
import os
import re
import sys

from askew.errors import one_line

# What to do, by the number that the system gives the fault; its own words say what it is.
REMEDIES = {
    errno.EACCES: "change its permissions, or name a folder of your own",
    errno.EPERM: "change its permissions, or name a folder of your own",
    errno.EROFS: "name a folder on another disk",
    errno.ENOSPC: "free some space, then type the same again",
    errno.EDQUOT: "free some space, then type the same again",
    errno.ENAMETOOLONG: "use shorter names",
    errno.EMFILE: "allow more open files (ulimit -n 4096), then type the same again",
}
ON_WINDOWS = {
    5: "close what has it open, such as Excel, or name a folder of your own",  # access is denied
    32: "close what has it open, such as Excel, then type the same again",  # a sharing violation
    206: "use shorter names, or a folder nearer to the root of the disk",  # the name is too long
}
LONGEST_ON_WINDOWS = 260  # letters of a path, unless the system has been told otherwise
# "libGL.so.1: cannot open shared object file", as the loader says; 'Library "GL" not found.', as pyglet does.
SHARED = re.compile(r"([\w.+-]+\.so[\w.]*): cannot open shared object|Library \"([\w.+-]+)\" not found")
OTHER_BUILD = re.compile(r"undefined symbol|binary incompatib|compiled using NumPy|multiarray failed to import")


def of_system(error: OSError) -> str:
    """What the system refuses, and what helps where that is known.

    >>> of_system(OSError(errno.ENOSPC, "No space left on device", "trials.csv"))
    'trials.csv: No space left on device; free some space, then type the same again'
    """
    if lacking := of_library(error):
        return lacking
    where = f"{error.filename}: " if error.filename else ""
    helps = _remedy(error)
    return f"{where}{error.strerror or error}{f'; {helps}' if helps else ''}"


def of_library(error: Exception) -> str | None:
    """What a library cannot load, and what helps; None where the error says something else.

    >>> of_library(ImportError("libGL.so.1: cannot open shared object file: No such file or directory"))
    'needs libGL.so.1, a library of the system that is not here; `askew doctor` says how to install it'
    """
    said = one_line(error)
    if match := SHARED.search(said):
        name = match[1] or match[2]
        return f"needs {name}, a library of the system that is not here; `askew doctor` says how to install it"
    if "DLL load failed" in said or getattr(error, "winerror", None) == 126:
        return (
            f"{said.rstrip('.')}; a library of the system is missing, most often the Microsoft Visual C++ "
            "Redistributable (x64): install that, then type the same again"
        )
    return None


def of_versions(error: Exception, extra: str) -> str | None:
    """What is wrong with the libraries of an extra, from which an error may come; None where nothing is."""
    from askew.extras import install_line, unfit  # noqa: PLC0415  only a fault needs it

    faults = unfit(extra)
    if faults:
        more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        return f"{faults[0]}{more} ({one_line(error, 100)}); type: {install_line(extra)}"
    if OTHER_BUILD.search(one_line(error)):
        return (
            f"libraries of the part {extra} do not go together ({one_line(error, 160)}); make the environment anew, "
            f"then type: {install_line(extra)}"
        )
    return None


def _remedy(error: OSError) -> str | None:
    if sys.platform == "win32":
        if (told := ON_WINDOWS.get(error.winerror or 0)) is not None:
            return told
        if error.errno == errno.ENOENT and len(os.path.abspath(str(error.filename))) >= LONGEST_ON_WINDOWS:
            return ON_WINDOWS[206]
    return REMEDIES.get(error.errno or 0)
