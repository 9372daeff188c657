"""The parts of askew, what each needs, and the line that installs what is missing."""

import json
import re
import sys
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname


def extras() -> list[str]:
    """The extras that a user may want; those that only bundle others are left out."""
    declared = distribution("askew").metadata.get_all("Provides-Extra") or []
    return [name for name in declared if name not in {"all", "dev"}]


def needs(extra: str) -> list[str]:
    """The distributions that an extra asks for, by name."""
    found = []
    for requirement in distribution("askew").requires or []:
        if re.search(rf"extra == ['\"]{re.escape(extra)}['\"]", requirement):
            name, inner = re.fullmatch(r"([\w.-]+)(?:\[([\w,.-]+)\])?.*", requirement).groups()  # type: ignore[union-attr]
            if name == "askew":
                found += [one for part in inner.split(",") for one in needs(part)]
            else:
                found.append(name)
    return sorted({*found})


def installed(name: str) -> str | None:
    """The version of a distribution; None where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def install_line(extra: str) -> str:
    """The line to type to install an extra into this Python, from wherever askew itself came."""
    return f'"{sys.executable}" -m pip install {_where(extra)}'


def _where(extra: str) -> str:
    record = distribution("askew").read_text("direct_url.json")
    origin = json.loads(record) if record else {}
    if not origin.get("url", "").startswith("file:"):
        return f'"askew[{extra}]"'
    folder = Path(url2pathname(urlsplit(origin["url"]).path))
    pins = f'-c "{folder / "constraints.txt"}" ' if (folder / "constraints.txt").is_file() else ""
    editable = "-e " if origin.get("dir_info", {}).get("editable") else ""
    return f'{pins}{editable}"{folder}[{extra}]"'
