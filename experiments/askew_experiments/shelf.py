"""What comes with askew and lies beside this package: protocols, languages, pictures to practise with."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from askew.errors import BadInput, meant, quoted
from askew.files import write_text
from askew.study import Study, read_text
from askew_experiments.protocol import Protocol, parse_protocol, read_protocol
from askew_experiments.protocol_tables import NAME

FOLDER = "protocols"  # of a study


def bundled_protocols() -> dict[str, Path]:
    """The protocols that come with askew, by name."""
    return _by_name(_shelf("protocols"))


def bundled_languages() -> dict[str, Path]:
    """The languages that come with askew, by name."""
    return _by_name(_shelf("languages"))


def protocol_path(study: Study, name: str) -> Path:
    """The file of a protocol: of its name in the study, of its own name if it ends in .toml, else one of askew's."""
    bundled = bundled_protocols()
    if re.fullmatch(NAME, name):
        own = study.file(f"{FOLDER}/{name}.toml")
        if own.is_file():
            return own
        if name in bundled:
            return bundled[name]
    elif name.endswith(".toml"):
        return Path(name)
    there = _own(study)
    raise BadInput(
        f"protocol {quoted(name)}{meant(name, {*there, *bundled})}: there is none; in the study: "
        f"{', '.join(there) or 'none yet'}; with askew: {', '.join(bundled)}; or name a file that ends in .toml"
    )


def adopted(study: Study, name: str) -> Path:
    """The protocol in the study's own folder; one from elsewhere is copied there first, to be edited there.

    What is wrong with one from elsewhere is told of the file that was given, and nothing is copied.
    """
    path = protocol_path(study, name)
    own = study.file(f"{FOLDER}/{path.name}")
    if path.parent.resolve() == own.parent.resolve():
        return own
    text = read_protocol(path).source
    if not own.exists():
        write_text(own, text)
    elif read_text(own, missing=f"{own}: is gone") != text:
        raise BadInput(
            f"{path}: the study has another protocol of this name, {own}; name that one, or give this one another name"
        )
    return own


def stream_mates(study: Study, protocol: Protocol) -> Iterator[Protocol]:
    """The other protocols of the study that count participants in the same stream; those that cannot be read do not."""
    for name, path in _by_name(study.file(FOLDER)).items():
        with suppress(BadInput):
            text = read_text(path, missing=f"{path}: is gone")
            # Few files have the word, and only those have to be understood.
            if name != protocol.name and protocol.stream in text:
                mate = parse_protocol(text, name)
                if mate.stream == protocol.stream:
                    yield mate


def practice_folder(study: Study, protocol: Protocol) -> Path:
    """Where the pictures to practise with are: in the study, where the protocol says so, else askew's own."""
    if protocol.practice and protocol.practice.folder:
        return study.file(protocol.practice.folder)
    return _shelf("practice")


def _shelf(name: str) -> Path:
    """A folder beside the package in a checkout, within it where askew is installed."""
    package = Path(__file__).parent
    return next(place for place in (package / name, package.parent / name) if place.is_dir())


def _by_name(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def _own(study: Study) -> list[str]:
    """The protocols of a study; its folder may hold languages, too."""
    found = _by_name(study.file(FOLDER))
    return [name for name, path in found.items() if "[[phase]]" in read_text(path, missing=f"{path}: is gone")]
