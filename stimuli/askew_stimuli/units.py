"""The objects of a set that are finished: what lets a stopped render go on, and shards share one folder.

An object's pictures are written first, then its rows with their hashes; the manifest comes when all objects are there.
So nothing unfinished looks finished.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from askew import sidecar
from askew.errors import BadInput
from askew.files import PART, sha256, write_text
from askew.sidecar import Sidecar
from askew_stimuli.picture import MANIFEST, Picture, read_manifest, write_manifest
from askew_stimuli.pixels import SUFFIXES

FOLDER = f"{PART}units"


@dataclass(frozen=True)
class Unit:
    """The rows of one finished object, how many of its draws were given up, by reason, and doubts about its mesh."""

    rows: Sequence[Picture]
    given_up: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Units:
    """The finished objects of one plan in one folder. `plan` is the hash of all that its pictures hang on."""

    out: Path
    name: str
    plan: str

    @property
    def manifest(self) -> Path:
        """The table of the whole set."""
        return self.out / "manifest.csv"

    @property
    def folder(self) -> Path:
        """Where the rows of single objects are until the manifest is there."""
        return self.out / FOLDER

    def claim(self) -> None:
        """Say that the folder is this plan's; refuse one that is another's or holds pictures of something else."""
        if self.out.exists() and not self.out.is_dir():
            raise BadInput(f"{self.out}: is a file; name a folder")
        if (self.out / "study.toml").is_file():
            raise BadInput(f"{self.out}: is a study, whose pictures go into {self.out / 'stimuli'}; name that folder")
        if self.marked is None and not self.manifest.exists() and self._holds_pictures():
            raise BadInput(f"{self.out}: holds pictures of something else; name a new folder")
        if self.marked not in {None, self.plan}:
            raise BadInput(self._taken("an unfinished render"))
        _ = self.facts, self.listed  # refuses a sidecar or a manifest of something else
        write_text(self.folder / "plan", f"{self.plan}\n")

    @property
    def marked(self) -> str | None:
        """The plan that is being rendered into the folder; None if none is."""
        mark = self.folder / "plan"
        return mark.read_bytes().decode("ascii", "replace").strip() if mark.is_file() else None

    def _holds_pictures(self) -> bool:
        return self.out.is_dir() and any(path.suffix.lower() in SUFFIXES for path in self.out.rglob("*"))

    def finished(self, object_id: str) -> Unit | None:
        """The unit of an object whose pictures are all there as they were made; None otherwise."""
        unit = self._recorded(object_id) or self.listed.get(object_id)
        return unit if unit is not None and all(_intact(self.out, row) for row in unit.rows) else None

    def record(self, object_id: str, unit: Unit) -> None:
        """An object is finished: its pictures are on disk."""
        facts = Sidecar(source={"plan_sha256": self.plan, "given_up": dict(unit.given_up)}, notes=unit.notes)
        write_manifest(self._place(object_id), unit.rows, facts)

    def discard(self) -> None:
        """The manifest is whole: forget the single units."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @cached_property
    def facts(self) -> Sidecar:
        """What the sidecar of a set that was finished before says."""
        return sidecar.read(self.manifest) or Sidecar()

    @cached_property
    def listed(self) -> dict[str, Unit]:
        """The units of a set that was finished before; BadInput where it is another's."""
        if not self.manifest.exists():
            return {}
        if self.facts.source.get("plan_sha256") == self.plan:
            return by_object(read_manifest(self.manifest), self.facts)
        if self.marked == self.plan and sidecar.read(self.manifest) is None:
            return {}  # killed between the manifest and its sidecar
        raise BadInput(self._taken("another set"))

    def with_masks(self, pictures: Sequence[Picture]) -> list[Picture]:
        """The pictures with the masks that the earlier manifest gave to those that show the same."""
        earlier = {row.image_id: row for unit in self.listed.values() for row in unit.rows}
        return [_masked(picture, earlier.get(picture.image_id)) for picture in pictures]

    def _place(self, object_id: str) -> Path:
        return self.folder / f"{object_id}.csv"

    def _recorded(self, object_id: str) -> Unit | None:
        place = self._place(object_id)
        try:
            facts = sidecar.read(place)
            if facts is None or facts.source.get("plan_sha256") != self.plan:
                return None
            return Unit(read_manifest(place), _counts(facts.source.get("given_up")), facts.notes)
        except BadInput:  # cut short, edited or just removed by the shard that finished the set
            return None

    def _taken(self, what: str) -> str:
        return (
            f"{self.out}: holds {what}, not {self.name} by this recipe and this askew; name a new folder, or remove "
            "this one"
        )


def by_object(pictures: Iterable[Picture], facts: Sidecar) -> dict[str, Unit]:
    """The pictures of a manifest, object by object."""
    rows: dict[str, list[Picture]] = {}
    for picture in pictures:
        rows.setdefault(str(picture.object_id), []).append(picture)
    given_up = facts.source.get("given_up")
    return {
        object_id: Unit(
            found,
            _counts(given_up.get(object_id)) if isinstance(given_up, dict) else {},
            tuple(note for note in facts.notes if note.startswith(f"{object_id}: ")),
        )
        for object_id, found in rows.items()
    }


def _counts(given: object) -> dict[str, int]:
    """Numbers of draws by reason, as a sidecar has them; somebody may have edited it."""
    if not isinstance(given, dict):
        return {}
    return {str(reason): count for reason, count in given.items() if isinstance(count, int)}


def _intact(folder: Path, row: Picture) -> bool:
    files = [file for what, file in row.files.items() if what != "mask"]
    return all((folder / name).is_file() and sha256(folder / name) == digest for name, digest in files)


def _masked(picture: Picture, earlier: Picture | None) -> Picture:
    if earlier is None or earlier.sha256_pixels != picture.sha256_pixels:
        return picture
    columns = [name for name in MANIFEST.columns if name.startswith("mask_")]
    return replace(picture, **{name: getattr(earlier, name) for name in columns})
