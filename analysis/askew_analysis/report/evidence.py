"""What a report is told from: the comparison, and the study, pictures and sidecars that its trials come from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pandas as pd

from askew import sidecar
from askew.sidecar import Sidecar
from askew.study import Study
from askew_analysis.comparison import Comparison
from askew_analysis.gathering import Gathered
from askew_analysis.results import placed, provenance, words
from askew_stimuli.picture import Picture, read_manifest

Told = TypeVar("Told")


@dataclass(frozen=True, eq=False)
class Evidence:
    """Everything that a section may tell of."""

    found: Comparison
    trials: pd.DataFrame  # all that were read, also those that the comparison left out
    study: Study | None
    pictures: tuple[Picture, ...]  # those of the study's manifest; none where there is no manifest
    sidecars: Mapping[str, Sidecar]  # by the place of the table of trials, as provenance has it
    provenance: Mapping[str, Any]
    words: tuple[str, ...] = ()  # the options that make the comparison again
    _told: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, gathered: Gathered, found: Comparison) -> "Evidence":
        """Read what belongs to the trials that were compared."""
        study = gathered.study
        return cls(
            found=found,
            trials=gathered.trials,
            study=study,
            pictures=tuple(read_manifest(study.manifest)) if study and study.manifest.is_file() else (),
            sidecars={
                placed(path, gathered): facts for path in gathered.paths if (facts := sidecar.read(path)) is not None
            },
            provenance=provenance(gathered),
            words=tuple(words(gathered)),
        )

    def once(self, tell: "Callable[[Evidence], Told]") -> "Told":
        """What several sections ask for, worked out when it is first asked for."""
        if tell not in self._told:
            self._told[tell] = tell(self)
        found: Told = self._told[tell]
        return found

    @property
    def people(self) -> tuple[str, ...]:
        """Groups of people, simulated ones among them."""
        return tuple(group for group in self.found.groups if self.found.kinds[group] != "model")

    @property
    def models(self) -> tuple[str, ...]:
        """Groups of networks."""
        return tuple(group for group in self.found.groups if self.found.kinds[group] == "model")

    @property
    def simulated(self) -> bool:
        """Whether any of the observers is a program that stands in for a person."""
        return "simulated" in self.found.kinds.values()

    @property
    def who(self) -> str:
        """What observers are called who are no networks; programs that stand in for people are not called people."""
        kinds = {"human": "people", "simulated": "simulated observers"}
        there = [words for kind, words in kinds.items() if kind in self.found.kinds.values()]
        return " and ".join(there) or "people"
