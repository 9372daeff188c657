"""How a session comes to be: who gets which number, the plan, and the journal that begins with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from askew.errors import BadInput, counted, quoted
from askew.files import sha256
from askew.study import Study
from askew_experiments import design
from askew_experiments.drafts import treatments_of
from askew_experiments.journal import NAME, Journal, read_journal, session_folder, status
from askew_experiments.ledger import assign, assignments
from askew_experiments.plan import Plan, ProtocolFacts
from askew_experiments.protocol import Protocol, read_protocol
from askew_experiments.shelf import adopted, practice_folder, stream_mates
from askew_stimuli.picture import Picture, manifest_of, read_manifest

CODE = r"[A-Za-z0-9]{1,30}"
PREFIXES = {"participant": "sub-", "session": "ses-"}


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

    @property
    def shown(self) -> tuple[Picture, ...]:
        """The pictures of the conditions that the protocol shows."""
        wanted = self.protocol.design.conditions
        return tuple(picture for picture in self.pictures if wanted is None or picture.condition in wanted)


@dataclass(frozen=True)
class Meeting:
    """Objects that somebody met in an earlier session, or will when that goes on."""

    plan: Plan
    objects: frozenset[str]


def open_session(
    material: Material, participant: str, session: str, *, utc: str, observer_seed: int | None = None
) -> tuple[Journal, Plan]:
    """A new session of a participant, planned in full; its journal is on disk and locked."""
    plan = plan_session(material, participant, session, utc=utc, observer_seed=observer_seed)
    return begin_session(material.study, plan, utc), plan


def plan_session(
    material: Material, participant: str, session: str, *, utc: str, observer_seed: int | None = None
) -> Plan:
    """The plan of a new session, with the number that the ledger gives; asked again before it begins, it is the same.

    What cannot be planned, or would show somebody an object twice, is refused before a number is used up.
    """
    protocol, study = material.protocol, material.study
    simulated = observer_seed is not None
    _refuse_unplannable(material)
    _refuse_seen(material, participant, session)
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
    return Plan(
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


def begin_session(study: Study, plan: Plan, utc: str) -> Journal:
    """The journal of a session that has a plan, on disk and locked; BadInput where it has begun before."""
    folder = session_folder(study.root, plan.participant, plan.session)
    return Journal.create(folder, plan.record(), utc, durable=not plan.simulated)


def checked_code(given: str, what: str) -> str:
    """A code of a participant or a session; refuses what could not name files, or looks like a name.

    >>> checked_code("07", "participant"), checked_code("ses-02", "session")
    ('07', '02')
    >>> checked_code("Jane Doe", "participant")
    Traceback (most recent call last):
        ...
    askew.errors.BadInput: participant 'Jane Doe': is no code; give 1 to 30 letters a to z or digits, and never a name
    """
    code = given.removeprefix(PREFIXES[what])
    if not re.fullmatch(CODE, code):
        raise BadInput(f"{what} {quoted(given)}: is no code; give 1 to 30 letters a to z or digits, and never a name")
    return code


def _refuse_unplannable(material: Material) -> None:
    protocol, seed = material.protocol, material.study.seed
    if bare := [picture.image_id for picture in material.shown if picture.file is None]:
        raise BadInput(
            f"{material.manifest}: {counted(len(bare), 'picture')} without a file, such as {quoted(bare[0])}, and a "
            "session shows files; add them, or name conditions in [design] whose pictures have files"
        )
    ids = {picture.image_id for picture in material.pictures}
    if both := [picture.image_id for picture in material.practice if picture.image_id in ids]:
        raise BadInput(
            f"{material.practice_folder}: {counted(len(both), 'picture')} with the id of one of the session, such as "
            f"{quoted(both[0])}, so one would be shown for the other; practise with others, or give them other ids"
        )
    for part in range(protocol.design.sessions):
        design.planned(material.pictures, protocol, seed=seed, number=0, part=part)
        design.practice(material.practice, protocol, seed=seed, number=0, part=part)
    for mate in stream_mates(material.study, protocol):
        if unlike := _unlike(material, mate):
            raise BadInput(
                f"protocols {protocol.name} and {mate.name}: are of the stream {protocol.stream}, but differ in "
                f"{unlike}, so somebody would see an object in both; make them alike in it, or give each its own stream"
            )


def _unlike(material: Material, mate: Protocol) -> str | None:
    """What makes the parts of a stream overlap: where two protocols differ in it, they share objects out differently.

    With one session each it does not matter, for nobody has two.
    """
    mine, theirs = material.protocol, mate
    if mine.design.sessions == theirs.design.sessions == 1:
        return None
    every = {picture.condition for picture in material.pictures}
    alike = {
        "sessions": mine.design.sessions == theirs.design.sessions,
        "conditions": {*(mine.design.conditions or every)} == {*(theirs.design.conditions or every)},
        "balance": mine.design.balance == theirs.design.balance,
        "the number of exposures, masked or not": len(treatments_of(mine)) == len(treatments_of(theirs)),
    }
    return next((name for name, same in alike.items() if not same), None)


def _refuse_seen(material: Material, participant: str, session: str) -> None:
    """Refuse a participant who met objects that would be shown again: in another stream any, in this one the part's."""
    protocol = material.protocol
    meetings = _meetings(material.study, participant)
    objects = frozenset(picture.object_id or picture.image_id for picture in material.shown)
    for meeting in meetings:
        earlier, met = meeting.plan, objects & meeting.objects
        if met and earlier.stream != protocol.stream and not protocol.design.repeat_objects:
            raise BadInput(
                f"{participant}: has met {_some(sorted(met), 'of the objects')} in {earlier.session} "
                f"({earlier.protocol.name}), and nobody should see an object twice: give both protocols the same "
                "stream and as many sessions, or set repeat_objects = true in [design]"
            )
    within = [meeting for meeting in meetings if meeting.plan.stream == protocol.stream]
    due = _due(material, participant, session) if within else frozenset()
    for meeting in within:
        if met := due & meeting.objects:
            raise BadInput(
                f"{participant}: would see {_some(sorted(met), 'objects')} again, met in {meeting.plan.session}, for "
                "the set or the protocol has changed since; put back what it was, or give another participant's code"
            )


def _due(material: Material, participant: str, session: str) -> frozenset[str]:
    """The objects of a participant's next session in a stream that they have begun; none where there is no next."""
    protocol = material.protocol
    theirs = [
        its
        for its in assignments(material.study.root)
        if its.participant == participant and its.stream == protocol.stream
    ]
    part = next((its.part for its in theirs if its.session == session), len(theirs))
    if not theirs or part >= protocol.design.sessions:
        return frozenset()
    number = theirs[0].number
    trials = design.planned(material.pictures, protocol, seed=material.study.seed, number=number, part=part)
    return frozenset(trial.object for trial in trials)


def _meetings(study: Study, participant: str) -> list[Meeting]:
    """What each session of a participant shows, the practice left out; of one that was aborted, what it has shown."""
    found = []
    for path in sorted((study.root / "sessions").glob(f"{participant}_*/{NAME}")):
        records = read_journal(path)
        plan = Plan.of(records[0], path)
        begun = {record["index"] for record in records if record["type"] == "begin"}
        over = status(records) == "aborted"
        objects = (trial.object for trial in plan.trials if not over or trial.index in begun)
        found.append(Meeting(plan, frozenset(objects)))
    return found


def _some(names: Sequence[str], what: str) -> str:
    return quoted(names[0]) if len(names) == 1 else f"{len(names)} {what}, such as {quoted(names[0])},"
