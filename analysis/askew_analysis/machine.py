"""How much memory this machine has."""

import os


def memory_gib() -> float:
    """How much memory there is; a usual amount where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (AttributeError, ValueError, OSError):  # not on Windows
        return 16.0
