"""The objects of a set that are finished: what lets a stopped render go on, and shards share one folder.

An object's pictures are written first, then its rows with their hashes; the manifest comes when all objects are there.
So nothing unfinished looks finished.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from askew import sidecar
from askew.errors import BadInput
from askew.files import PART, sha256, write_text
from askew.sidecar import Sidecar
from askew_stimuli.picture import Picture, read_manifest, write_manifest

FOLDER = f"{PART}units"


@dataclass(frozen=True)
class Unit:
    """The rows of one finished object, how many of its draws were given up, by reason, and doubts about its mesh."""

    rows: Sequence[Picture]
    given_up: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Units:
    """The finished objects of one plan in one folder."""

    def __init__(self, out: Path, name: str, plan_sha256: str) -> None:
        self.out = out
        self.name = name
        self.plan = plan_sha256
        self.folder = out / FOLDER
        self.manifest = out / "manifest.csv"
        self._listed = self._from_manifest()

    def claim(self) -> None:
        """Say that the folder is this plan's; refuse one that is another's or holds pictures of something else."""
        mark = self.folder / "plan"
        if self._listed:
            return
        if mark.is_file():
            if mark.read_text(encoding="utf-8").strip() != self.plan:
                raise BadInput(self._taken("an unfinished render"))
        elif self.out.is_dir() and any(self.out.rglob("*.png")):
            raise BadInput(f"{self.out}: holds pictures of something else; name a new folder")
        else:
            write_text(mark, f"{self.plan}\n")

    def finished(self, object_id: str) -> Unit | None:
        """The unit of an object whose pictures are all there as they were made; None otherwise."""
        unit = self._recorded(object_id) or self._listed.get(object_id)
        if unit is None:
            return None
        return unit if all(_intact(self.out, row) for row in unit.rows) else None

    def record(self, object_id: str, unit: Unit) -> None:
        """An object is finished: its pictures are on disk."""
        facts = Sidecar(source={"plan_sha256": self.plan, "given_up": dict(unit.given_up)}, notes=unit.notes)
        write_manifest(self._place(object_id), unit.rows, facts)

    def discard(self) -> None:
        """The manifest is whole: forget the single units."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _place(self, object_id: str) -> Path:
        return self.folder / f"{object_id}.csv"

    def _recorded(self, object_id: str) -> Unit | None:
        place = self._place(object_id)
        try:
            facts = sidecar.read(place)
            if facts is None or facts.source.get("plan_sha256") != self.plan:
                return None
            return Unit(read_manifest(place), facts.source["given_up"], facts.notes)
        except BadInput:  # cut short, edited or just removed by the shard that finished the set
            return None

    def _from_manifest(self) -> dict[str, Unit]:
        if not self.manifest.exists():
            return {}
        facts = sidecar.read(self.manifest)
        if facts is None or facts.source.get("plan_sha256") != self.plan:
            raise BadInput(self._taken("another set"))
        return by_object(read_manifest(self.manifest), facts)

    def _taken(self, what: str) -> str:
        return f"{self.out}: holds {what}, not {self.name} by this recipe; name a new folder, or remove this one"


def by_object(pictures: Iterable[Picture], facts: Sidecar) -> dict[str, Unit]:
    """The pictures of a manifest, object by object."""
    rows: dict[str, list[Picture]] = {}
    for picture in pictures:
        rows.setdefault(str(picture.object_id), []).append(picture)
    given_up = facts.source.get("given_up", {})
    return {
        object_id: Unit(
            found,
            given_up.get(object_id, {}),
            tuple(note for note in facts.notes if note.startswith(f"{object_id}: ")),
        )
        for object_id, found in rows.items()
    }


def _intact(folder: Path, row: Picture) -> bool:
    wanted = ((row.file, row.sha256_file), (row.silhouette_file, row.silhouette_sha256))
    return all((folder / str(name)).is_file() and sha256(folder / str(name)) == digest for name, digest in wanted)
