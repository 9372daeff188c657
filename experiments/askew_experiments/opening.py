"""How a session comes to be: who gets which number, the plan, and the journal that begins with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from askew.errors import BadInput, quoted
from askew.files import sha256
from askew.study import Study
from askew_experiments import design
from askew_experiments.journal import Journal, journals, read_journal
from askew_experiments.ledger import assign
from askew_experiments.plan import Plan, ProtocolFacts
from askew_experiments.protocol import Protocol, read_protocol
from askew_experiments.shelf import adopted, practice_folder
from askew_stimuli.picture import Picture, manifest_of, read_manifest

CODE = r"[A-Za-z0-9]{1,30}"


@dataclass(frozen=True)
class Material:
    """What sessions of one protocol in one study are made of."""

    study: Study
    protocol: Protocol
    pictures: tuple[Picture, ...]
    manifest: Path
    practice: tuple[Picture, ...]
    practice_folder: Path

    @classmethod
    def of(cls, root: Path, name: str) -> "Material":
        """The study's pictures, and the protocol, which is copied into the study where it came with askew."""
        study = Study.open(root)
        protocol = read_protocol(adopted(study, name))
        manifest = manifest_of(root)
        folder = practice_folder(study, protocol)
        practice = read_manifest(folder / "manifest.csv") if protocol.practice else []
        return cls(study, protocol, tuple(read_manifest(manifest)), manifest, tuple(practice), folder)

    @property
    def set_name(self) -> str | None:
        """The set that all pictures are of, if it is one."""
        names = {picture.set for picture in self.pictures}
        return names.pop() if len(names) == 1 else None


def open_session(
    material: Material, participant: str, session: str, *, utc: str, observer_seed: int | None = None
) -> tuple[Journal, Plan]:
    """A new session of a participant, planned in full; its journal is on disk and locked."""
    protocol, study = material.protocol, material.study
    simulated = observer_seed is not None
    # What cannot be planned is refused before a number is used up.
    design.planned(material.pictures, protocol, seed=study.seed, number=0, part=0)
    if not protocol.design.repeat_objects:
        _refuse_seen(material, participant)
    given = assign(
        study.root,
        participant=participant,
        session=session,
        protocol=protocol.name,
        stream=protocol.stream,
        sessions=protocol.design.sessions,
        simulated=simulated,
        utc=utc,
    )
    trials = design.planned(material.pictures, protocol, seed=study.seed, number=given.number, part=given.part)
    practice = design.practice(material.practice, protocol, seed=study.seed, number=given.number, part=given.part)
    plan = Plan(
        study=study.name,
        participant=participant,
        session=session,
        simulated=simulated,
        protocol=ProtocolFacts(name=protocol.name, sha256=protocol.sha256, text=protocol.source),
        manifest={"sha256": sha256(material.manifest), "set": material.set_name},
        seed=study.seed,
        observer_seed=observer_seed,
        stream=protocol.stream,
        number=given.number,
        part=given.part,
        trials=trials,
        practice=practice,
    )
    folder = study.root / "sessions" / plan.folder
    return Journal.create(folder, plan.record(), utc, durable=not simulated), plan


def checked_code(given: str, what: str) -> str:
    """A code of a participant or a session; refuses what could not name files, or looks like a name.

    >>> checked_code("07", "participant")
    '07'
    >>> checked_code("Jane Doe", "participant")
    Traceback (most recent call last):
        ...
    askew.errors.BadInput: participant 'Jane Doe': is no code; give 1 to 30 letters and digits, and never a name
    """
    if not re.fullmatch(CODE, given):
        raise BadInput(f"{what} {quoted(given)}: is no code; give 1 to 30 letters and digits, and never a name")
    return given


def _refuse_seen(material: Material, participant: str) -> None:
    """Refuse a participant who met objects of the set in another stream; within one, parts never share any."""
    objects = {picture.object_id or picture.image_id for picture in material.pictures}
    for path in journals(material.study.root):
        if not path.parent.name.startswith(f"{participant}_"):
            continue
        earlier = Plan.of(read_journal(path)[0], path)
        met = objects & {trial.object for trial in earlier.trials}
        if met and earlier.stream != material.protocol.stream:
            raise BadInput(
                f"{participant}: has met {_counted(sorted(met))} in {earlier.session} ({earlier.protocol.name}), and "
                "nobody should see an object twice: give both protocols the same stream and as many sessions, or set "
                "repeat_objects = true in [design]"
            )


def _counted(names: Sequence[str]) -> str:
    return quoted(names[0]) if len(names) == 1 else f"{len(names)} of the objects, such as {quoted(names[0])},"
