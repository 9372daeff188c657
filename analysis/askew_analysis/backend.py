"""How the commands import matplotlib, which draws into files for them: quietly, and whatever MPLBACKEND says."""

import logging
import os
import sys
from contextlib import suppress
from importlib import import_module


def import_matplotlib() -> None:
    """Import matplotlib, also where MPLBACKEND names a backend that it does not know; one that it knows is kept.

    Commands call this before anything that imports it, such as figures or psignifit. What is in the environment stays
    there, for other libraries and programs.
    """
    # A cache that matplotlib cannot write is no news for the analyst; it says so when it is imported.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    if "matplotlib" in sys.modules:
        return
    named = os.environ.pop("MPLBACKEND", None)
    try:
        matplotlib = import_module("matplotlib")
    finally:
        if named is not None:
            os.environ["MPLBACKEND"] = named
    if named:
        with suppress(ValueError):
            matplotlib.rcParams["backend"] = named
