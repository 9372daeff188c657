"""What an import yields, and how it becomes a study folder: all of it, or nothing."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from askew import sidecar
from askew.errors import BadInput
from askew.files import building, inside
from askew.sidecar import Sidecar
from askew.study import Study
from askew.trial import Trial, write_trials
from askew_stimuli.picture import Picture, write_manifest
from askew_stimuli.progress import tracked


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
    notes: tuple[str, ...] = ()  # what was repaired or left out, in sentences

    def save(self, out: Path) -> Study:
        """Write the study. An earlier import of the same data is renewed; any other folder is left alone."""
        renewed = self._earlier(out)
        with building(out) as part:
            study = Study(
                root=part,
                name=self.importer,
                title=self.title,
                combine=self.combine,
                source={"importer": self.importer, **self.source},
            )
            for name, image in tracked(self.images.items(), "copying pictures", len(self.images)):
                place = inside(study.manifest.parent, name)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(image, place)
            facts = Sidecar(source=study.source, notes=self.notes)
            write_manifest(study.manifest, self.pictures, facts)
            for name, session in self.sessions.items():
                write_trials(study.file(f"trials/{name}.csv"), session.trials, session.facts)
            # Reading all of it back finds what only whole tables show, such as a repeated trial.
            try:
                for _ in study.trials():
                    pass
            except BadInput as error:
                raise BadInput(str(error).replace(str(part), str(out))) from None
            if not renewed:
                study.write()
        self._tidy(out)
        return Study.open(out)

    def _earlier(self, out: Path) -> bool:
        """Whether `out` already holds this import; a BadInput where it holds anything else."""
        if not out.exists() or (out.is_dir() and not any(out.iterdir())):
            return False
        if out.is_dir() and (out / "study.toml").is_file():
            source = Study.open(out).source
            if source == {"importer": self.importer, **self.source}:
                return True
        raise BadInput(f"{out}: is there and is no earlier import of the same data; name a new folder")

    def _tidy(self, out: Path) -> None:
        """Remove tables that an earlier import wrote and this one did not, so that no trial outlives its source."""
        for table in Study.open(out).trial_files():
            found = sidecar.read(table)
            if found and found[0].source.get("importer") == self.importer and table.stem not in self.sessions:
                table.unlink()
                sidecar.beside(table).unlink()
