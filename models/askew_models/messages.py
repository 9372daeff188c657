"""What the scoring process and its workers say to each other: plain data, so that neither knows how the other works."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from askew_models.card import Card
from askew_models.images import Image
from askew_models.settings import Settings
from askew_models.unit import Unit


@dataclass(frozen=True)
class Job:
    """One network: its units are scored one after the other, so that its weights are loaded once."""

    card: Card
    units: tuple[Unit, ...]  # without their pictures, which each worker gets once
    identity: Mapping[str, Any]  # of the card, when the run began
    renew: bool = False  # whatever there is, and with whichever weights
    alone: bool = False  # nothing else may be in its process: it may change what torch keeps for all, or end it


@dataclass(frozen=True)
class Plan:
    """What a worker is told when it starts."""

    settings: Settings
    loaders: int  # threads that decode
    images: Mapping[str | None, tuple[Image, ...]] = field(default_factory=dict)  # by set


@dataclass(frozen=True)
class NoDevice:
    """The worker's device cannot be used; it ends."""

    device: str
    why: str


@dataclass(frozen=True)
class Loading:
    """A network is being loaded; its weights may have to be downloaded first."""

    observer: str


@dataclass(frozen=True)
class Preparing:
    """The pictures of a unit are decoded for the cache."""

    unit: str


@dataclass(frozen=True)
class Loaded:
    """A network is ready."""

    observer: str
    weights_sha256: str | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Begun:
    """A unit is being scored; `already` of its pictures were done before."""

    unit: str
    already: int
    total: int
    batch: int
    note: str = ""


@dataclass(frozen=True)
class Advanced:
    """More pictures of a unit are done."""

    unit: str
    pictures: int


@dataclass(frozen=True)
class Finished:
    """A unit is done. `same_as` names the view that shows the very same pixels, where it was not scored again."""

    unit: str
    pictures: int = 0
    seconds: float = 0.0
    same_as: str | None = None


@dataclass(frozen=True)
class Failed:
    """A unit could not be scored, or, with no unit, none of an observer's could."""

    observer: str
    unit: str | None
    why: str
    busy: bool = False


@dataclass(frozen=True)
class Ended:
    """A job is over, well or not; `lost` if the worker can do nothing further."""

    observer: str
    lost: bool = False


Message = NoDevice | Loading | Preparing | Loaded | Begun | Advanced | Finished | Failed | Ended
