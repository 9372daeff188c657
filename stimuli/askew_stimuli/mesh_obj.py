"""Reading OBJ files with their materials: the shapes through trimesh, the materials here.

trimesh passes over a material or a texture that is missing, and what was red is grey.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from trimesh.exchange.obj import load_obj

from askew.errors import quoted
from askew_stimuli.mesh_piece import MAX_METAL, PLAIN, Beside, Finish, Piece, as_codes, too_many

_ENCODING = "latin-1"  # keeps every byte, so that a name is the same in both files whatever it is written in
_NUMBER = re.compile(r"[-+]?[0-9.]+(e[-+]?[0-9]+)?", re.I)


@dataclass
class _Contents:
    """What the lines of an OBJ file say, without its points."""

    faces: int = 0  # after every polygon is cut into triangles
    backwards: bool = False  # points are counted from the last one
    libraries: list[str] = field(default_factory=list)
    materials: set[str] = field(default_factory=set)


def read_obj(path: Path, allowed: int) -> list[Piece]:
    """The pieces of an OBJ file, one for each material.

    Kd is taken as sRGB, as most programs write it, and a map_Kd takes its place.
    """
    beside = Beside(path)
    contents = _contents(path)
    too_many(path, contents.faces, allowed)
    if contents.backwards:
        beside.refuse("counts its points backwards (negative indices); import it into Blender or MeshLab and export it")
    if not contents.faces:
        beside.refuse("has no faces, only points or lines; export a surface")
    finishes: dict[str, Finish] = {}
    if contents.materials:
        for library in contents.libraries:
            finishes |= _finishes(beside, library, contents.materials)
    if unknown := sorted(contents.materials - set(finishes)):
        where = (
            f"{quoted(_readable(contents.libraries[0]))} does not define it"
            if contents.libraries
            else "no mtllib defines it"
        )
        beside.refuse(
            f"uses the material {quoted(_readable(unknown[0]))}, but {where}; export the OBJ again with its materials"
        )
    names = "\n".join(f"newmtl {name}" for name in finishes).encode("utf-8")
    with path.open(encoding=_ENCODING) as stream:
        read = load_obj(stream, resolver=_Names(names))
    pieces = []
    for part in read.get("geometry", {}).values():
        visual = part.get("visual")
        material = "" if visual is None else str(visual.material.name)
        colours = part.get("vertex_colors")
        pieces.append(
            Piece(
                points=part["vertices"],
                faces=part["faces"],
                finish=finishes.get(material, PLAIN),
                normals=part.get("vertex_normals"),
                uv=None if visual is None else visual.uv,
                colours=None if colours is None else as_codes(colours),
            )
        )
    return pieces


class _Names(dict[str, bytes]):
    """Answers every question for a material library with the same names, so that trimesh keeps them."""

    def __init__(self, library: bytes) -> None:
        super().__init__()
        self._library = library

    def __missing__(self, name: str) -> bytes:
        return self._library


def _contents(path: Path) -> _Contents:
    found = _Contents()
    with path.open(encoding=_ENCODING) as stream:
        for line in stream:
            if line.startswith("f "):
                found.faces += max(0, len(line.split()) - 3)
                found.backwards = found.backwards or "-" in line
            elif line.startswith("usemtl "):
                found.materials.add(" ".join(line[7:].split()))
            elif line.startswith("mtllib "):
                found.libraries.append(line[7:].strip())
    return found


def _finishes(beside: Beside, library: str, wanted: set[str]) -> dict[str, Finish]:
    """The materials that an MTL file defines and that are used."""
    texts: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in beside.read(_readable(library), "material file").decode(_ENCODING).splitlines():
        key, _, value = line.strip().partition(" ")
        if key.lower() == "newmtl":
            current = texts.setdefault(" ".join(value.split()), {})
        else:
            current[key.lower()] = value.strip()
    return {name: _finish(beside, text) for name, text in texts.items() if name in wanted}


def _finish(beside: Beside, text: dict[str, str]) -> Finish:
    red, green, blue = (min(1.0, max(0.0, float(part))) for part in text.get("kd", "0.75 0.75 0.75").split()[:3])
    return Finish(
        colour=(red, green, blue),
        metal=min(MAX_METAL, max(0.0, float(text.get("pm", "0")))),
        rough=min(1.0, max(0.0, float(text.get("pr", "0.6")))),
        texture=beside.texture(_readable(_texture_name(beside, text["map_kd"]))) if "map_kd" in text else None,
    )


def _texture_name(beside: Beside, words: str) -> str:
    """The file name after map_Kd and its options."""
    while words.startswith("-"):
        option, _, words = words.partition(" ")
        words = words.lstrip()
        plain = {"-s": 1.0, "-o": 0.0}.get(option)
        while (value := words.split(" ")[0]) in {"on", "off"} or _NUMBER.fullmatch(value):
            if plain is not None and float(value) != plain:
                beside.refuse(f"its material shifts or scales a texture (map_Kd {option}); bake that into the mesh")
            words = words[len(value) :].lstrip()
    return words


def _readable(name: str) -> str:
    """The name as it was written, which nowadays is mostly in UTF-8."""
    try:
        return name.encode(_ENCODING).decode("utf-8")
    except UnicodeDecodeError:
        return name
