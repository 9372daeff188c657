"""The parts of askew, the libraries that each needs, and the line that installs what is missing."""

import json
import os
import re
import shutil
import sys
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from askew.versions import allows, misfit

REQUIREMENT = re.compile(r"([\w.-]+)\s*(?:\[([\w,.\s-]*)\])?\s*\(?([^;()@]*)\)?\s*(?:@[^;]*)?(?:;\s*(.*))?")
PARTS = ("stimuli", "experiments", "models", "analysis")  # the extras that are parts of askew itself


def extras() -> list[str]:
    """The extras that a user may want; those that only bundle others are left out."""
    declared = distribution("askew").metadata.get_all("Provides-Extra") or []
    return [name for name in declared if name not in {"all", "dev"}]


def needs(extra: str) -> list[str]:
    """The distributions that an extra asks for, by name."""
    return sorted(ranges(extra))


def ranges(extra: str) -> dict[str, str]:
    """The versions of each distribution that an extra asks for, as in {"pandas": ">=2.2"}; "" where any will do."""
    found: dict[str, str] = {}
    for name, inner, versions, marker in _requirements("askew"):
        if re.search(rf"extra == ['\"]{re.escape(extra)}['\"]", marker):
            if name == "askew":
                for part in inner:
                    found |= ranges(part)
            else:
                found[name] = versions
    return found


def own(extra: str) -> list[str]:
    """The distributions that no other extra asks for: whether they are there tells if somebody wants the extra."""
    others = {name for other in extras() if other != extra for name in ranges(other)}
    return [name for name in needs(extra) if name not in others]


def installed(name: str) -> str | None:
    """The version of a distribution; None where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def unfit(extra: str) -> list[str]:
    """What is wrong with the versions of an extra's installed libraries, and of those that they need in turn.

    Each library is named once. What the extra lacks altogether is not told, and needs that hold on some systems only
    are left to pip.
    """
    faults: dict[str, str] = {}
    for name, versions in ranges(extra).items():
        here = installed(name)
        if here is None:
            faults[_normal(name)] = ""  # missing, so nobody needs to say that it is needed too
        elif not allows(versions, here):
            faults[_normal(name)] = f"{name} {here} {misfit(versions, here)}"
    seen: set[str] = set()
    ahead = [name for name in needs(extra) if installed(name) is not None]
    while ahead:
        who = ahead.pop()
        if _normal(who) in seen:
            continue
        seen.add(_normal(who))
        for name, _, versions, marker in _requirements(who):
            if marker:
                continue
            here = installed(name)
            if here is None:
                faults.setdefault(_normal(name), f"{who} needs {name}, which is not installed")
                continue
            ahead.append(name)
            if not allows(versions, here):
                told = f"{who} {installed(who)} needs {name} {versions}, and {here} is installed"
                faults.setdefault(_normal(name), told)
    return sorted(filter(None, faults.values()))


def install_line(extra: str) -> str:
    """The line to type to install extras into this Python, from wherever askew itself came.

    Several extras with commas between; an empty one is askew alone.
    """
    return f"{_pip()} {_where(f'[{extra}]' if extra else '')}"


def python() -> str:
    """How a shell calls this Python, in as few letters as are sure to mean it.

    A path stands in quotes only where it has to: at the start of a line, PowerShell takes a quoted one for a text.
    """
    here = Path(sys.executable)
    found = shutil.which("python")
    if found and os.path.normcase(Path(found).parent) == os.path.normcase(here.parent):
        return "python"
    plain = r"[\w.:\\/~-]+" if os.sep == "\\" else r"[\w./-]+"
    return str(here) if re.fullmatch(plain, str(here)) else f'"{here}"'


def _pip() -> str:
    # Looking for the module itself would make setuptools take its distutils back, which torch compiles with.
    if installed("pip") is not None:
        return f"{python()} -m pip install"
    # Environments that uv makes have no pip.
    if shutil.which("uv"):
        return f'uv pip install --python "{sys.executable}"'
    return f"{python()} -m ensurepip && {python()} -m pip install"


def _where(extra: str) -> str:
    record = distribution("askew").read_text("direct_url.json")
    origin = json.loads(record) if record else {}
    if not origin.get("url", "").startswith("file:"):
        return f'"askew{extra}"'
    folder = Path(url2pathname(urlsplit(origin["url"]).path))
    pins = f'-c "{folder / "constraints.txt"}" ' if (folder / "constraints.txt").is_file() else ""
    editable = "-e " if origin.get("dir_info", {}).get("editable") else ""
    return f'{pins}{editable}"{folder}{extra}"'


def _requirements(name: str) -> list[tuple[str, list[str], str, str]]:
    """What a distribution asks for: name, extras, versions, and the condition under which it does."""
    found = []
    for text in distribution(name).requires or []:
        if match := REQUIREMENT.fullmatch(text.strip()):
            who, inner, versions, marker = match.groups(default="")
            found.append((who, re.findall(r"[\w.-]+", inner), "".join(versions.split()), marker))
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
