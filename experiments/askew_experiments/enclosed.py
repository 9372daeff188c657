"""What goes with the data in every export: a README, the protocols, and the pictures or at least their manifest."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from askew import __version__, sidecar
from askew.errors import BadInput, counted
from askew.files import inside, put, sha256
from askew_experiments.exporting import Export, copy_file, groups_of
from askew_experiments.eyes import GAZE
from askew_experiments.protocol import Protocol
from askew_experiments.protocol_tables import Phase

UNKNOWN = "not stated"
TIMES = (
    "Exposures are taken from the flips of the display: software time stamps; luminance was not measured. Response "
    "times count from the zero that stands beside them. Trials to practise with are not here. Who takes part has a "
    "code, and no name is recorded."
)


def described(protocol: Protocol) -> str:
    """What a trial shows, in a sentence."""
    return f"Each trial shows, one after the other: {'; '.join(_phase(phase) for phase in protocol.phases)}."


def protocol_files(export: Export) -> dict[str, str]:
    """The text of every protocol that the sessions followed, by file name. Of several texts each has its hash, too."""
    found: dict[str, str] = {}
    for name, sessions in export.protocols.items():
        texts = {taken.protocol.sha256: taken.protocol.source for taken in sessions}
        for digest, text in texts.items():
            found[f"{name}.toml" if len(texts) == 1 else f"{name}_{digest[:8]}.toml"] = text
    return found


def put_protocols(export: Export, folder: Path) -> None:
    """Write them."""
    for name, text in protocol_files(export).items():
        put(folder / name, text.encode())


def put_manifest(export: Export, folder: Path) -> None:
    """The table of the pictures and its sidecar, as they are; nothing where there is none."""
    manifest = export.study.manifest
    for source in (manifest, sidecar.beside(manifest)):
        if source.is_file():
            copy_file(source, folder / source.name)


def put_pictures(export: Export, folder: Path) -> dict[str, str]:
    """Copy the pictures and masks that were shown; returns each picture's file in the folder.

    A file that is not the one that a session's plan names by its hash is refused.
    """
    root = export.study.manifest.parent
    found: dict[str, str] = {}
    known: dict[str, str] = {}
    for taken in export.sessions:
        for trial in taken.plan.trials:
            for name, digest in ((trial.file, trial.sha256), (trial.mask_file, trial.mask_sha256)):
                if name is None:
                    continue
                source = inside(root, name)
                if name not in known:
                    copy_file(source, folder / name)
                    known[name] = sha256(source)
                if digest not in {None, known[name]}:
                    raise BadInput(
                        f"{source}: is not the file that {taken.name} showed; restore it, or export without --pictures"
                    )
            if trial.file is not None:
                found[trial.stimulus] = trial.file
    if not found:
        raise BadInput(f"{export.study.root}: its sessions name no files of pictures; export without --pictures")
    return found


def doubts(export: Export, pictures: Iterable[str] = ()) -> list[str]:
    """What whoever passes the data set on has to know, in sentences; `pictures` are those copied."""
    said = export.notes()
    manifest = export.study.manifest
    if manifest.is_file():
        now = sha256(manifest)
        changed = [taken.name for taken in export.sessions if taken.plan.manifest.get("sha256") not in {None, now}]
        if changed:
            said.append(
                f"the manifest of the pictures was changed after {len(changed)} of the sessions were planned, such as "
                f"{changed[0]}; their journals say which pictures were shown"
            )
    licences = Counter(_licence(export, stimulus) for stimulus in pictures)
    if UNKNOWN in licences:
        said.append(
            f"{licences[UNKNOWN]} of the pictures copied state no licence (object_licence in the manifest); pass them "
            "on only if you may"
        )
    if bare := [taken.name for taken in export.sessions if any(trial.lacks_mask for trial in taken.plan.trials)]:
        said.append(
            "nothing was shown where the protocol has a mask, for the set had none, in "
            f"{counted(len(bare), 'session')}, such as {bare[0]}"
        )
    if gaze := [taken.name for taken in export.sessions if any(taken.journal.parent.glob(GAZE.format("*")))]:
        said.append(
            f"gaze was recorded in {counted(len(gaze), 'session')}, such as {gaze[0]}; the recordings are not here, "
            "but in sessions/ of the study"
        )
    partial = [f"{taken.name} ({taken.state})" for taken in export.sessions if taken.state != "complete"]
    if partial:
        said.append(f"not complete: {', '.join(partial)}")
    return said


def readme(export: Export, about: str, files: Mapping[str, str], said: Sequence[str]) -> str:
    """The text of README.md: who, what was shown, what lies where, and what to know."""
    rows = [
        f"| {name} | {sessions[0].protocol.head.title or ''} | {len(sessions)} | {', '.join(groups_of(sessions))} |"
        for name, sessions in export.protocols.items()
    ]
    parts = [
        f"# {export.title}",
        export.who(),
        about,
        "## Protocols",
        "\n".join(["| protocol | title | sessions | groups |", "| --- | --- | --- | --- |", *rows]),
        "\n".join(f"- {name}: {described(sessions[-1].protocol)}" for name, sessions in export.protocols.items()),
        "## Files",
        "\n".join(f"- `{name}`: {meaning}" for name, meaning in files.items()),
        "## Times",
        TIMES,
    ]
    if said:
        parts += ["## Notes", "\n".join(f"- {sentence}" for sentence in said)]
    if source := export.study.source:
        parts += ["## Source of the pictures", "\n".join(f"- {key}: {text}" for key, text in source.items())]
    return "\n\n".join([*parts, f"Made by `askew session export` (askew {__version__}) from the sessions' journals.\n"])


def _phase(phase: Phase) -> str:
    what = " and ".join(phase.elements) or "nothing"
    if phase.signal:
        what = f"a {phase.signal} as the go signal, {what}"
    if phase.ms:
        return f"{what} for {' or '.join(f'{ms:g}' for ms in phase.ms)} ms"
    limit = f" (at most {phase.limit_ms:g} ms)" if phase.limit_ms else ""
    return f"{what} until {'an answer' if phase.until == 'answer' else 'a key'}{limit}"


def _licence(export: Export, stimulus: str) -> str:
    picture = export.pictures.get(stimulus)
    return (picture.object_licence if picture else None) or UNKNOWN
