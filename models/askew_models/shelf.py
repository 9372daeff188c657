"""What comes with askew and lies beside this package, lineups and checkpoints, and what other distributions offer.

It finds files and names. What is in them is not its business.
"""

from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from askew.errors import BadInput, meant, quoted

GROUP = "askew.observers"  # of the entry points under which a distribution offers observers of its own


def known_lineups() -> dict[str, Path]:
    """The lineups that come with askew, by name."""
    return {path.stem: path for path in sorted(folder("lineups").glob("*.toml"))}


def folder(name: str) -> Path:
    """A folder beside the package in a checkout, within it where askew is installed."""
    package = Path(__file__).parent
    return next(place for place in (package / name, package.parent / name) if place.is_dir())


def offered_observers() -> dict[str, tuple[EntryPoint, ...]]:
    """What installed distributions offer as observers, by name; two may use one name."""
    found = entry_points(group=GROUP)
    return {name: tuple(found.select(name=name)) for name in sorted(found.names)}


def offered_observer(name: str) -> EntryPoint:
    """The one observer of this name that an installed distribution offers; it is not loaded yet."""
    offered = offered_observers()
    if name not in offered:
        raise BadInput(
            f"entry point {quoted(name)}{meant(name, offered)}: no installed distribution offers it in the group "
            f"{GROUP}; there: {', '.join(offered) or 'none'}"
        )
    if len(offered[name]) > 1:
        makers = ", ".join(sorted(entry.dist.name for entry in offered[name] if entry.dist))
        raise BadInput(f"entry point {quoted(name)}: several distributions offer it ({makers}); uninstall all but one")
    return offered[name][0]
