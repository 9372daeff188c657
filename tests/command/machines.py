"""Machines that have some parts only: environments with links to the libraries of those parts, and to no others."""

import os
import subprocess
import venv
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


class Machine:
    """An environment of its own, with askew as it is here and what the named parts bring."""

    def __init__(self, folder: Path, *parts: str, without: tuple[str, ...] = (), pip: bool = True) -> None:
        venv.EnvBuilder(symlinks=os.name != "nt", with_pip=False).create(folder)
        self.python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        place = "import sysconfig; print(sysconfig.get_path('purelib'))"
        self.libraries = Path(subprocess.check_output([self.python, "-c", place], text=True).strip())
        found: dict[str, Distribution] = {}
        _collect("askew", {*parts}, found)
        if pip:
            _collect("pip", set(), found)
        for name, each in found.items():
            if name not in without:
                self._link(each)

    def askew(self, *words: str, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
        """The command as it is typed on this machine."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return subprocess.run(
            [self.python, "-m", "askew", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=cwd,
            env={**environment, "PYTHONDONTWRITEBYTECODE": "1", **variables},
        )

    def pretend(self, name: str, version: str, needs: tuple[str, ...] = (), module: str | None = None) -> None:
        """Have another version of a library in its place, of which nothing but its name and its needs is there."""
        for stale in self.libraries.glob(f"{name.replace('-', '_')}-*.dist-info"):
            stale.unlink()
        info = self.libraries / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        (info / "METADATA").write_text("\n".join([*lines, *(f"Requires-Dist: {each}" for each in needs)]) + "\n")
        if module is not None:
            place = self.libraries / name
            if place.is_symlink():
                place.unlink()
            place.mkdir()
            (place / "__init__.py").write_text(module)

    def _link(self, each: Distribution) -> None:
        for top in {file.parts[0] for file in each.files or ()} - {"..", "__pycache__", "askew"}:
            source, link = Path(str(each.locate_file(top))), self.libraries / top
            if source.exists() and not link.exists() and not top.startswith("askew_"):
                link.symlink_to(source, target_is_directory=source.is_dir())


def _collect(name: str, extras: set[str], found: dict[str, Distribution]) -> None:
    """A distribution, and all that it needs here."""
    try:
        each = distribution(name)
    except PackageNotFoundError:
        return
    key = canonicalize_name(name)
    if key in found and not extras:
        return
    found[key] = each
    for text in each.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""}):
            _collect(requirement.name, requirement.extras, found)
