"""Where pictures are and where what networks say of them goes: a study, or a folder of pictures by itself."""

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from askew.errors import BadInput
from askew.lock import may_write
from askew_models.images import Image, images_of
from askew_models.lineup import Lineup
from askew_models.unit import Unit, units_of
from askew_stimuli.picture import Picture, manifest_of, read_manifest


@dataclass(frozen=True)
class Place:
    """The folder, and the pictures in it, each as the manifest says."""

    root: Path
    name: str  # as it was given
    images: tuple[Image, ...]

    @classmethod
    def of(cls, root: Path) -> "Place":
        """The pictures of a study or a folder; BadInput where one is not what the manifest says."""
        manifest = manifest_of(root)
        pictures = read_manifest(manifest)
        if not pictures:
            raise BadInput(f"{manifest}: has no pictures, so there is nothing to score")
        # Whole paths, for a network may change the folder that its process is in.
        return cls(
            Path(os.path.abspath(root)), str(root), tuple(images_of(Path(os.path.abspath(manifest.parent)), pictures))
        )

    @property
    def scores(self) -> Path:
        """One file for each unit: the authority."""
        return self.root / "scores"

    @property
    def trials(self) -> Path:
        """The choices: derived."""
        return self.root / "trials"

    @property
    def results(self) -> Path:
        """What else is derived."""
        return self.root / "results"

    @property
    def pictures(self) -> list[Picture]:
        """The rows of the manifest."""
        return [image.picture for image in self.images]

    def units(self, lineup: Lineup) -> list[Unit]:
        """What there is to do for a lineup, observer by observer."""
        return list(units_of(self.scores, lineup, self.images))

    def allow_writing(self) -> None:
        """Refuse a place that may not be written to, before anything is loaded."""
        with may_write(self.scores if self.scores.exists() else self.root):
            self.scores.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=self.scores).close()


def by_card(units: Iterable[Unit]) -> list[list[Unit]]:
    """The units of each card together."""
    found: dict[str, list[Unit]] = {}
    for unit in units:
        found.setdefault(unit.card.name, []).append(unit)
    return list(found.values())


def flat(groups: Iterable[Sequence[Unit]]) -> list[Unit]:
    """The units of several cards one after the other."""
    return [unit for its in groups for unit in its]
