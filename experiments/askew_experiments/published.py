"""The layout of the published study (Ollikka et al. 2025): ten columns of numbers for each session, for its scripts.

`askew import unusual-poses` reads it back. It has no place for much of what a session records; README.md says for what.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from askew.errors import BadInput, quoted
from askew.files import inside, put, sha256
from askew.trial import Trial
from askew_experiments.enclosed import doubts, readme
from askew_experiments.exporting import Export, Taken, copy_file
from askew_experiments.matlab import matrix_file
from askew_experiments.plan import PlannedTrial
from askew_experiments.rows import seconds, write_rows
from askew_experiments.workbook import workbook
from askew_stimuli.picture import Picture
from askew_stimuli.progress import tracked

COLUMNS = (
    "class",
    "alternative_class",
    "pose",
    "x",
    "y",
    "z",
    "correct_key",
    "pressed_key",
    "viewing_time_s",
    "response_time_s",
)
CONDITIONS = ("upright", "rotated-correct", "rotated-incorrect")  # the codes 0, 1 and 2 of the column pose
ENDINGS: Mapping[float | None, str] = {40.0: "40", 150.0: "150", None: "unlim"}
MATRIX = "condi"  # what the matrix is called there
INSTEAD = "take another format, such as --csv"
LOST = (
    "Time-outs, mis-clicks and answers outside their time are all 0 for both keys, so the correct side is lost, too.",
    "The viewing time of a timed session is the one that was asked for, not the one that was achieved.",
    "Clocks, frames, masks, interruptions, keys pressed too soon, display and seed have no place; `--bids` has them.",
    "No table says who is simulated; participants.csv does, and the text at the beginning of each .mat file.",
    "`askew import` takes all participants for people.",
)


@dataclass(frozen=True)
class Subject:
    """A session under the name that its file gets."""

    number: int
    ending: str
    taken: Taken

    @property
    def stem(self) -> str:
        """The file's name without its suffix."""
        return f"subj_{self.number}_{self.ending}"


def write(export: Export, folder: Path, *, pictures: bool) -> list[str]:
    """Write the data set; returns what whoever passes it on has to know."""
    subjects = _subjects(export)
    every = _pictures(export)
    for subject in tracked(subjects, "exporting sessions", len(subjects)):
        _write_subject(subject, every, folder)
    _write_participants(subjects, folder)
    names = _file_names(every)
    put(folder / "object_names.xlsx", workbook([every[stimulus].labels for stimulus in names]))
    if pictures:
        _copy_pictures(export, names, folder / "stimuli_exp")
    said = [*LOST, *doubts(export, names if pictures else ()), *_uneven(subjects)]
    about = (
        "Sessions in the layout of the data that belong to Ollikka, Abbas, Perin, Kilpeläinen & Deny (2025), A "
        "comparison between humans and AI at recognizing objects in unusual poses, TMLR."
    )
    put(folder / "README.md", readme(export, about, _files(pictures=pictures), said).encode())
    return said[len(LOST) :]


def _subjects(export: Export) -> list[Subject]:
    """Participants numbered from 1 in the order of their codes; each has one session of an exposure at most."""
    found: dict[str, Subject] = {}
    for taken in export.sessions:
        subject = Subject(export.participants.index(taken.plan.participant) + 1, _ending(taken), taken)
        if subject.stem in found:
            earlier = found[subject.stem].taken.name
            raise BadInput(
                f"{earlier} and {taken.name} are of one participant and one exposure, for which the published layout "
                f"has one file; {INSTEAD}"
            )
        found[subject.stem] = subject
    return list(found.values())


def _ending(taken: Taken) -> str:
    exposures = list(dict.fromkeys(trial.requested_ms for trial in taken.trials))
    if len(exposures) > 1 or exposures[0] not in ENDINGS:
        given = ", ".join("unlimited" if ms is None else f"{ms:g} ms" for ms in exposures)
        raise BadInput(
            f"{taken.name}: shows pictures for {given}, but a file of the published layout is of one exposure: 40 ms, "
            f"150 ms or unlimited; {INSTEAD}"
        )
    return ENDINGS[exposures[0]]


def _pictures(export: Export) -> dict[str, Picture]:
    """The pictures of the set that are of the published form, those that were shown among them."""
    shown = {trial.stimulus: taken for taken in export.sessions for trial in taken.trials}
    for stimulus, taken in shown.items():
        picture = export.pictures.get(stimulus)
        if picture is None:
            raise BadInput(f"{taken.name}: showed {stimulus}, which the manifest lacks; restore it, or {INSTEAD}")
        if lacking := _lacking(picture):
            raise BadInput(f"picture {stimulus}: lacks {lacking}, which the published layout needs; {INSTEAD}")
    pictures = {name: picture for name, picture in export.pictures.items() if not _lacking(picture)}
    known: dict[str, str] = {}
    for stimulus, picture in pictures.items():
        which = f"class {picture.class_index} in the condition {picture.condition}"
        if (other := known.setdefault(which, stimulus)) != stimulus:
            raise BadInput(
                f"{other} and {stimulus} are both {which}, of which the published layout has one picture; {INSTEAD}"
            )
    return pictures


def _lacking(picture: Picture) -> str:
    """What the published layout would need of a picture that it does not have; nothing where it has all."""
    angles = picture.source_rotation or ()
    whole = len(angles) == 3 and all(angle == int(angle) and 0 <= angle <= 999 for angle in angles)
    needs = {
        "class_index": picture.class_index is not None,
        "alt_index": picture.alt_index is not None,
        "alt_label": picture.alt_label is not None,
        f"a condition {CONDITIONS[0]}, {CONDITIONS[1]} or {CONDITIONS[2]}": picture.condition in CONDITIONS,
        "source_rotation of three whole angles": whole,
    }
    return " and ".join(need for need, has in needs.items() if not has)


def _write_subject(subject: Subject, pictures: Mapping[str, Picture], folder: Path) -> None:
    taken = subject.taken
    plan = {trial.index: trial for trial in taken.plan.trials}
    together = any({"image", "labels"} <= {*phase.elements} for phase in taken.protocol.phases)
    rows = []
    for trial in taken.trials:
        picture = pictures[trial.stimulus]
        _check_same(taken, plan[trial.index or 0], picture)
        rows.append(_row(trial, picture, together=together))
    who = "simulated participant, a program and not a person" if taken.plan.simulated else "participant"
    put(folder / "data" / f"{subject.stem}.mat", matrix_file(rows, MATRIX, f"written by askew; {who}"))
    texts = [{name: _text(number) for name, number in zip(COLUMNS, row, strict=True)} for row in rows]
    write_rows(folder / "csv" / f"{subject.stem}.csv", COLUMNS, texts, missing="")


def _check_same(taken: Taken, trial: PlannedTrial, picture: Picture) -> None:
    """Refuse a manifest that tells of another picture than the one that was shown."""
    changed = None not in {trial.sha256, picture.sha256_file} and trial.sha256 != picture.sha256_file
    if changed or {*trial.offered} != {*picture.labels} or trial.truth != picture.class_label:
        raise BadInput(
            f"{taken.name}: showed {trial.stimulus} with the labels {quoted(list(trial.offered))}, but the manifest "
            f"now has another picture or {quoted(list(picture.labels))}; restore it, or {INSTEAD}"
        )


def _row(trial: Trial, picture: Picture, *, together: bool) -> list[float]:
    """The ten numbers of a trial; 0 for both keys where there was no answer that counts."""
    correct = pressed = 0
    if trial.choice is not None:
        correct, pressed = (trial.offered.index(label) + 1 for label in (trial.truth, trial.choice))
    viewed = trial.requested_ms or (0.0 if together else trial.achieved_ms or 0.0)
    angles = picture.source_rotation or ()
    return [
        *(picture.class_index or 0, picture.alt_index or 0, CONDITIONS.index(picture.condition)),
        *angles,
        *(correct, pressed),
        *(viewed / 1000, (trial.rt_ms or 0.0) / 1000),
    ]


def _text(number: float) -> str:
    """A number of a row, in decimals.

    >>> _text(830.0), _text(0.04), _text(1.25)
    ('830', '0.04', '1.25')
    """
    return seconds(number * 1000) or "0"


def _write_participants(subjects: Iterable[Subject], folder: Path) -> None:
    rows = [
        {
            "file": subject.stem,
            "number": subject.number,
            "participant": subject.taken.plan.participant,
            "session": subject.taken.plan.session,
            "protocol": subject.taken.protocol.name,
            "status": subject.taken.state,
            "simulated": subject.taken.plan.simulated,
        }
        for subject in subjects
    ]
    write_rows(folder / "participants.csv", [*rows[0]], rows, missing="")


def _file_names(pictures: Mapping[str, Picture]) -> dict[str, str]:
    """The name that each picture's file has there, in the order of these names."""
    names = {}
    for stimulus, picture in pictures.items():
        pose = CONDITIONS.index(picture.condition)
        angles = "_".join(f"{angle:.0f}" for angle in picture.source_rotation or ())
        names[stimulus] = f"{picture.class_index}_{pose}_{angles}.png"
    return dict(sorted(names.items(), key=lambda item: item[1]))


def _copy_pictures(export: Export, names: Mapping[str, str], folder: Path) -> None:
    for stimulus, name in names.items():
        picture = export.pictures[stimulus]
        if picture.file is None or not picture.file.lower().endswith(".png"):
            raise BadInput(f"picture {stimulus}: has no PNG file to copy; export without --pictures")
        source = inside(export.study.manifest.parent, picture.file)
        copy_file(source, folder / name)
        if picture.sha256_file not in {None, sha256(source)}:
            raise BadInput(f"{source}: is not the file that the manifest names; restore it, or leave out --pictures")


def _uneven(subjects: Sequence[Subject]) -> Iterator[str]:
    lengths = Counter(len(subject.taken.trials) for subject in subjects)
    if len(lengths) > 1:
        usual = lengths.most_common(1)[0][0]
        others = [subject.stem for subject in subjects if len(subject.taken.trials) != usual]
        yield f"not all files have {usual} rows, which `askew import` asks for: {', '.join(others)}"


def _files(*, pictures: bool) -> dict[str, str]:
    ten = ", ".join(COLUMNS)
    told = {
        "data/subj_N_40.mat, _150.mat, _unlim.mat": f"a session: one matrix, {MATRIX}, a row for each trial: {ten}",
        "csv": "the same with a header, for whoever has no MATLAB",
        "participants.csv": "which file is which session, and who is simulated",
        "object_names.xlsx": "the true and the alternative name of each picture, in the order of the files' names",
    }
    if pictures:
        return {**told, "stimuli_exp": "the pictures, named CLASS_POSE_X_Y_Z.png"}
    return {**told, "stimuli_exp": "not here; `askew import unusual-poses` asks for the pictures (--pictures)"}
