"""A recipe: the TOML file that says which objects a set shows, in which poses, how large and in what light."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from askew.column import Column, without_separator
from askew.errors import BadCell, BadInput, meant, quoted
from askew.files import can_name_files, inside, sha256
from askew.settings import check, settings
from askew.study import MAX_SEED, read_toml
from askew_stimuli.framing import SizeRule
from askew_stimuli.poses import PoseRule
from askew_stimuli.symmetry import Symmetry
from askew_stimuli.thing import Thing

SCHEMA = 1
SUFFIXES = (".glb", ".gltf", ".obj", ".ply", ".stl")


@dataclass(frozen=True, kw_only=True)
class Bundled:
    """Objects that askew models in code."""

    objects: Annotated[tuple[str, ...], Column("names of the classes, or `all`")] = ("all",)
    instances: Annotated[tuple[int, ...], Column("specimens of each class; 0 is the plain one", low=0)] = (0,)

    def __post_init__(self) -> None:
        """Refuse values that are not allowed, and the same twice."""
        check(self)
        for name in ("objects", "instances"):
            _refuse_twice(name, getattr(self, name))


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """An object of the user's own."""

    file: Annotated[str, Column(f"the mesh, beside the recipe or below it: {', '.join(SUFFIXES)}")]
    label: Annotated[str, Column("what the object is called: the truth")]
    licence: Annotated[str, Column("under which the mesh may be used, and from whom it is")]
    object_id: Annotated[str | None, Column("name of the object; the file's name if it is left out")] = None
    class_index: Annotated[int | None, Column("ImageNet-1k class, counted from 0", low=0, high=999)] = None
    up: Annotated[Literal["x", "y", "z", "-x", "-y", "-z"], Column("the axis of the file that points up")] = "y"
    yaw: Annotated[float, Column("turn about the vertical axis that makes the usual view", "deg")] = 0.0
    pitch: Annotated[float, Column("then its top towards the viewer", "deg")] = 0.0
    symmetry: Annotated[str, Column("turns after which it looks the same, with y up, before yaw and pitch")] = "none"

    def __post_init__(self) -> None:
        """Refuse values that are not allowed."""
        check(self)
        without_separator("label", self.label)
        try:
            Symmetry.parse(self.symmetry)
        except BadInput as error:
            raise BadCell("symmetry", str(error).removeprefix("symmetry: ")) from None
        if not can_name_files(self.name):
            raise BadCell(
                "object_id",
                f"{quoted(self.name)} cannot name files; give one of letters, digits, ., _ and -, at most 100",
            )
        if Path(self.file).suffix.lower() not in SUFFIXES:
            raise BadCell("file", f"{quoted(self.file)} is not a mesh that can be read; allowed: {', '.join(SUFFIXES)}")

    @property
    def name(self) -> str:
        """Name of the object."""
        return self.object_id or Path(self.file).stem


@dataclass(frozen=True, kw_only=True)
class Look:
    """How pictures are taken."""

    size_px: Annotated[int, Column("width and height of the pictures", "px", low=16, high=4096)] = 500
    supersample: Annotated[int, Column("samples a pixel along each side", low=1, high=8)] = 2
    background: Annotated[tuple[int, ...], Column("colour behind the object", low=0, high=255, length=3)] = (
        124,
        116,
        104,
    )
    fov: Annotated[float, Column("field of view of the camera", "deg", low=1, high=90)] = 16.0
    lights: Annotated[Literal["studio", "front"], Column("where the light comes from")] = "studio"
    luminance: Annotated[
        Literal["as-rendered", "object", "fixed"],
        Column("whether all pictures of an object get the luminance and contrast of its base pose, or fixed ones"),
    ] = "object"
    mean: Annotated[float | None, Column("fixed mean luminance of the objects", low=0.01, high=0.9)] = None
    sd: Annotated[float | None, Column("fixed standard deviation of it", low=0.001, high=0.5)] = None

    def __post_init__(self) -> None:
        """Refuse values that are not allowed."""
        check(self)
        if {self.mean is not None, self.sd is not None} != {self.luminance == "fixed"}:
            raise BadCell("luminance", 'goes with mean and sd if it is "fixed", and without them otherwise')
        if self.size_px * self.supersample > 8192:
            raise BadCell("supersample", f"{self.size_px * self.supersample} samples a side are too many; 8192 at most")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All of it. Two recipes with the same text and the same meshes make the same pictures."""

    name: str
    title: str | None = None
    seed: int = 0
    alternative: Literal["balanced", "none"] = "balanced"
    bundled: Bundled | None = None
    meshes: tuple[Mesh, ...] = ()
    poses: tuple[PoseRule, ...]
    look: Look = field(default_factory=Look)
    match: SizeRule = field(default_factory=SizeRule)
    folder: Path = Path()  # where the meshes are looked for
    sha256: str = ""

    def things(self) -> list[Thing]:
        """The objects, in the order of the recipe; none is modelled or read yet."""
        found = [*self._bundled_things(), *(_mesh_thing(self.folder, mesh) for mesh in self.meshes)]
        names = [thing.object_id.casefold() for thing in found]  # some file systems do not tell a from A
        if twice := {name for name in names if names.count(name) > 1}:
            raise BadInput(f"{self.name}: two objects are called {min(twice)}; give one an object_id of its own")
        return found

    def _bundled_things(self) -> Iterator[Thing]:
        if self.bundled is None:
            return
        from askew_stimuli.designs import chosen, designs  # noqa: PLC0415

        names = self.bundled.objects
        for design in designs().values() if names == ("all",) else chosen(list(names)):
            yield from (design.instance(number) for number in self.bundled.instances)


def read_recipe(path: Path) -> Recipe:
    """The recipe in a file; BadInput names the key that is wrong."""
    document = read_toml(path, missing=f"{path}: there is no such recipe")
    known = {"schema", "name", "title", "seed", "alternative", "bundled", "mesh", "pose", "picture", "match"}
    for name in document:
        if name not in known:
            raise BadInput(f"{path}: {quoted(name)} is no key of a recipe; allowed: {', '.join(sorted(known))}")
    if document.get("schema") != SCHEMA or document["schema"] is True:
        raise BadInput(f"{path}: schema {quoted(document.get('schema'))} is given, this askew knows schema {SCHEMA}")
    meshes = tuple(settings(Mesh, f"{path}, mesh", entry) for entry in _tables(path, document, "mesh"))
    poses = tuple(settings(PoseRule, f"{path}, pose", entry) for entry in _tables(path, document, "pose"))
    if not poses:
        raise BadInput(f"{path}: has no [[pose]]; say at least one condition with its sampler")
    conditions = [rule.condition.casefold() for rule in poses]
    if twice := {name for name in conditions if conditions.count(name) > 1}:
        raise BadInput(f"{path}, pose: the condition {min(twice)} stands there twice; give each [[pose]] its own")
    if "bundled" not in document and not meshes:
        raise BadInput(f"{path}: shows no objects; add [bundled] or [[mesh]]")
    facts = settings(
        _Head, path, {key: document[key] for key in ("name", "title", "seed", "alternative") if key in document}
    )
    return Recipe(
        **vars(facts),
        bundled=settings(Bundled, f"{path}, bundled", _table(document, "bundled")) if "bundled" in document else None,
        meshes=meshes,
        poses=poses,
        look=settings(Look, f"{path}, picture", _table(document, "picture")),
        match=settings(SizeRule, f"{path}, match", _table(document, "match")),
        folder=path.parent,
        sha256=_hash(path, document, meshes),
    )


@dataclass(frozen=True, kw_only=True)
class _Head:
    """The keys of a recipe that stand in no table."""

    name: Annotated[str, Column("name of the set", pattern=r"[A-Za-z0-9._-]+", form="letters, digits, ., _ and -")]
    title: Annotated[str | None, Column("a title for sheets and reports")] = None
    seed: Annotated[int, Column("every draw comes from it", low=0, high=MAX_SEED)] = 0
    alternative: Annotated[
        Literal["balanced", "none"],
        Column("each picture's other label: every label of the set equally often, or none (all are offered)"),
    ] = "balanced"

    def __post_init__(self) -> None:
        check(self)


def known_sets() -> dict[str, Path]:
    """The recipes that come with askew, by name."""
    package = Path(__file__).parent
    folder = next(place for place in (package / "sets", package.parent / "sets") if place.is_dir())
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def recipe_of(name: str) -> Recipe:
    """The recipe of a name that comes with askew, or in a file."""
    known = known_sets()
    if name in known:
        return read_recipe(known[name])
    if not name.endswith(".toml"):
        raise BadInput(
            f"--set {quoted(name)}{meant(name, known)}: is no set that comes with askew ({', '.join(known)}) and no "
            ".toml file"
        )
    return read_recipe(Path(name))


def _mesh_thing(folder: Path, mesh: Mesh) -> Thing:
    from scipy.spatial.transform import Rotation  # noqa: PLC0415

    from askew_stimuli.meshes import mesh_notes, read_mesh  # noqa: PLC0415

    view = Rotation.from_euler("yx", [mesh.yaw, mesh.pitch], degrees=True)
    return Thing(
        object_id=mesh.name,
        class_label=mesh.label,
        class_index=mesh.class_index,
        licence=mesh.licence,
        symmetry=Symmetry.parse(mesh.symmetry).turned(view),
        doubts=mesh_notes,
        build=partial(read_mesh, inside(folder, mesh.file), up=mesh.up, yaw=mesh.yaw, pitch=mesh.pitch),
    )


def _hash(path: Path, document: Mapping[str, Any], meshes: Sequence[Mesh]) -> str:
    """Of what the pictures hang on: the recipe's text, the files of its meshes, and how askew models its own objects.

    What a mesh names, such as a texture, is in the hash of the object, which is compared when a render goes on.
    """
    files = [_place(path, mesh) for mesh in meshes]
    if "bundled" in document:
        here = Path(__file__).parent
        files += [here / f"{name}.py" for name in ("designs", "kit", "materials", "thing")]
        files += sorted((here / "objects").glob("*.py"))
    words = json.dumps(document, sort_keys=True, default=str)  # a comment or another line end changes no picture
    return hashlib.sha256("\n".join([words, *(sha256(file) for file in files)]).encode()).hexdigest()


def _place(path: Path, mesh: Mesh) -> Path:
    try:
        place = inside(path.parent, mesh.file)
    except BadInput:
        raise BadInput(
            f"{path}, mesh: {quoted(mesh.file)} leads out of the recipe's folder; put the mesh into it"
        ) from None
    if not place.is_file():
        raise BadInput(f"{path}, mesh: there is no file {mesh.file}; it is looked for beside the recipe")
    return place


def _tables(path: Path, document: Mapping[str, Any], name: str) -> list[Any]:
    entries = document.get(name, [])
    if not isinstance(entries, list):
        raise BadInput(f"{path}, {name}: has to be tables, each headed by [[{name}]]")
    return entries


def _table(document: Mapping[str, Any], name: str) -> Any:
    return document.get(name, {})


def _refuse_twice(name: str, values: Sequence[object]) -> None:
    if len({*values}) < len(values):
        raise BadCell(name, f"{quoted(values)} names one of them twice")
