"""The register of objects modelled in code: one short function a class of ImageNet-1k, many instances each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module

from scipy.spatial.transform import Rotation

from askew.errors import BadInput, meant
from askew_stimuli.kit import Part, assemble
from askew_stimuli.solid import Solid
from askew_stimuli.symmetry import Symmetry
from askew_stimuli.thing import Thing, Vary

LICENCE = "MIT, part of askew"
MODULES = ("furniture", "household", "kitchen", "outdoors", "tools", "vehicles")
Model = Callable[[Vary], list[Part]]


@dataclass(frozen=True)
class Design:
    """How one class of objects is modelled, and how it is looked at when it stands upright.

    `yaw` turns it about its vertical axis (counter-clockwise from above, in degrees), then `pitch` tips its top towards
    the viewer, as if seen from above. `symmetry` is meant before that, with y up, the front towards z.
    """

    label: str
    class_index: int
    model: Model
    symmetry: str = "none"
    yaw: float = 0
    pitch: float = 0

    @property
    def name(self) -> str:
        """The label as a part of file names."""
        return self.label.replace(" ", "-")

    def instance(self, number: int) -> Thing:
        """One object of the class; 0 is the plain one, every other differs in proportions and colours."""
        return Thing(
            object_id=f"{self.name}-{number}",
            class_label=self.label,
            class_index=self.class_index,
            licence=LICENCE,
            symmetry=Symmetry.parse(self.symmetry).turned(self._view),
            build=partial(self._solid, number),
        )

    def _solid(self, number: int) -> Solid:
        return assemble(self.model(Vary(self.name, number))).turned(self._view.as_matrix())

    @property
    def _view(self) -> Rotation:
        """From the model, y up and its front towards the viewer, to the base pose."""
        return Rotation.from_euler("yx", [self.yaw, self.pitch], degrees=True)


_REGISTER: dict[str, Design] = {}


def design(
    label: str, class_index: int, symmetry: str = "none", yaw: float = 0, pitch: float = 0
) -> Callable[[Model], Model]:
    """Register the function below as the model of an ImageNet-1k class."""

    def register(model: Model) -> Model:
        one = Design(label, class_index, model, symmetry, yaw, pitch)
        _REGISTER[one.name] = one
        return model

    return register


def designs() -> dict[str, Design]:
    """Every class that is modelled in code, by name, in alphabetical order."""
    for module in MODULES:
        import_module(f"askew_stimuli.objects.{module}")
    return dict(sorted(_REGISTER.items()))


def chosen(names: list[str]) -> list[Design]:
    """The designs of these names; BadInput names one that is not there."""
    known = designs()
    for name in names:
        if name not in known:
            raise BadInput(f"object {name!r}{meant(name, known)}: there is none; there are {', '.join(known)}")
    return [known[name] for name in names]
