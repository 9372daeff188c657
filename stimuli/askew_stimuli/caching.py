"""Where askew keeps what it can fetch or make again: downloads, prepared pictures. Needs platformdirs."""

import os
from pathlib import Path

import platformdirs


def cache_folder(name: str) -> Path:
    """The folder of one kind of thing: in ASKEW_CACHE, or in the place that the system has for caches."""
    return Path(os.environ.get("ASKEW_CACHE") or platformdirs.user_cache_dir("askew")) / name
