"""What an import yields, and how it becomes a study folder: all of it, or nothing."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from askew import sidecar
from askew.declared import Contrast, Pool, Subgroup
from askew.errors import BadInput
from askew.files import building, inside
from askew.sidecar import Sidecar
from askew.study import Study
from askew.trial import Trial, write_trials
from askew_stimuli.picture import Picture, read_manifest, write_manifest
from askew_stimuli.progress import tracked

MAX_S = 86_400.0  # a longer time in a source is damage


def milliseconds(seconds: float) -> float:
    """Seconds of a source as the record has them, without the noise of the multiplication."""
    return round(seconds * 1000, 6)


@dataclass(frozen=True)
class Session:
    """The trials of one observer in one session, and its facts."""

    trials: Sequence[Trial]
    facts: Sidecar


@dataclass(frozen=True)
class Imported:
    """A published data set in askew's terms, not yet written anywhere."""

    importer: str
    title: str
    source: Mapping[str, str]
    pictures: Sequence[Picture]
    sessions: Mapping[str, Session]  # by the name of their table
    images: Mapping[str, Path] = field(default_factory=dict)  # by the picture's `file`
    combine: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    subgroups: tuple[Subgroup, ...] = ()
    pools: tuple[Pool, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    notes: tuple[str, ...] = ()  # what was repaired or left out, in sentences

    def save(self, out: Path) -> Study:
        """Write the study. An earlier import of the same data is renewed; any other folder is left alone.

        A renewal replaces what the import wrote and removes what it would not write any more. study.toml stays as it
        is, for that is where people edit.
        """
        before = earlier(out, self.importer)
        if before is not None and not self._source.items() <= before.source.items():
            raise BadInput(f"{out}: holds an earlier import of other data ({_sets(before)}); name a new folder")
        study = Study(
            root=out,
            name=self.importer,
            title=self.title,
            combine=self.combine,
            subgroups=self.subgroups,
            pools=self.pools,
            contrasts=self.contrasts,
            source=self._source,
        )
        self._refuse_foreign(study)
        written_before = _written(before) if before else set()
        with building(out) as part:
            self._write(replace(study, root=part), with_toml=before is None)
        for path in written_before - self._places(study):
            path.unlink(missing_ok=True)
        return Study.open(out)

    @property
    def _source(self) -> dict[str, str]:
        return {"importer": self.importer, **self.source}

    def _refuse_foreign(self, study: Study) -> None:
        """Refuse to replace what people wrote or edited where the import has its own files."""
        if study.manifest.exists() and sidecar.read(study.manifest) is None:
            raise BadInput(f"{study.manifest}: was written or edited by hand; move it, or name a new folder")
        for path in self._places(study):
            if path.suffix == ".json" and os.path.lexists(path):
                sidecar.read(path)

    def _places(self, study: Study) -> set[Path]:
        pictures = {study.manifest.parent / name for name in self.images}
        tables = self._tables(study).keys()
        return pictures | tables | {sidecar.beside(table) for table in tables}

    def _tables(self, study: Study) -> dict[Path, Session]:
        return {study.root / "trials" / f"{name}.csv": session for name, session in self.sessions.items()}

    def _write(self, study: Study, *, with_toml: bool) -> None:
        for name, image in tracked(self.images.items(), "copying pictures", len(self.images)):
            place = inside(study.manifest.parent, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(image.read_bytes())
        write_manifest(study.manifest, self.pictures, Sidecar(source=self._source, notes=self.notes))
        for table, session in self._tables(study).items():
            write_trials(table, session.trials, session.facts)
        if with_toml:
            study.write()


def earlier(out: Path, importer: str) -> Study | None:
    """The study that an import wrote to `out` before; a BadInput where something else is there."""
    if not os.path.lexists(out) or (out.is_dir() and not any(out.iterdir())):
        return None
    if out.is_dir() and (out / "study.toml").is_file():
        study = Study.open(out)
        if study.source.get("importer") == importer:
            return study
    raise BadInput(f"{out}: is there and is no earlier import of {importer}; name a new folder")


def _written(study: Study) -> set[Path]:
    """The pictures and tables that an import wrote, as far as what is there can still be read."""
    found: set[Path] = set()
    with suppress(BadInput):
        found |= {study.manifest.parent / picture.file for picture in read_manifest(study.manifest) if picture.file}
    for table in study.trial_files():
        with suppress(BadInput):
            facts = sidecar.read(table)
            if facts is not None and facts.source.get("importer") == study.source["importer"]:
                found |= {table, sidecar.beside(table)}
    return found


def _sets(study: Study) -> str:
    return study.source.get("sets", study.name)
