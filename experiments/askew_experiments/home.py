"""A home folder for PsychoPy, so that it neither reads nor writes the user's.

PsychoPy makes folders in the home folder when it is imported, and settings that it finds there change the experiment:
units, scaling, a key that ends it. It asks for the place once, so it is enough to move it during the import.
"""

import atexit
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from askew.files import FORGOTTEN_S

PREFIX = "askew-psychopy-"
# APPDATA is PsychoPy's place on Windows. The rest is for matplotlib, which it imports: its settings could matter too.
PLACES = ("HOME", "APPDATA", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR")
# Without this, PsychoPy puts a folder of packages in the home folder before all others, for child processes too.
SETTINGS = {"PSYCHOPYNOPACKAGES": "1"}


@contextmanager
def lent_home() -> Iterator[str]:
    """An empty home folder while the block lasts; it stays until the program ends, for PsychoPy remembers it."""
    _sweep(Path(tempfile.gettempdir()))
    folder = tempfile.mkdtemp(prefix=PREFIX)
    # Registered before anything that PsychoPy registers, so it is called last.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    changed = {**dict.fromkeys(PLACES, folder), **SETTINGS}
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield folder
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _sweep(place: Path) -> None:
    """Remove what programs left that were killed."""
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if folder.stat().st_mtime < time.time() - FORGOTTEN_S:
                shutil.rmtree(folder)
