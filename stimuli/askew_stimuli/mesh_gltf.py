"""Reading glTF and GLB files: the numbers through trimesh; where the parts are and what they are made of, here.

trimesh rounds colours, passes over textures that are missing and reads what is compressed as zeros.
"""

import base64
import io
import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation
from trimesh.exchange.gltf import load_gltf

from askew.errors import quoted
from askew_stimuli.light import codes, linear
from askew_stimuli.mesh_piece import MAX_METAL, PLAIN, Beside, Doubles, Finish, Piece, texture, too_many
from askew_stimuli.solid import Bytes

_LONGEST_JSON = 1 << 27  # bytes
_MAX_NODES = 100_000
_MAX_PARTS = 20_000
_COMPRESSED = {"KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression"}
_READ = {"KHR_texture_transform", "KHR_mesh_quantization", "EXT_texture_webp", "KHR_lights_punctual"}
_COLUMNS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_TRIANGLES, _STRIP, _FAN = 4, 5, 6
_SPECULAR = "KHR_materials_pbrSpecularGlossiness"


def read_gltf(path: Path, allowed: int) -> list[Piece]:
    """The pieces of the scene that a glTF or GLB file shows, every one where its nodes put it.

    Animations, skins and morph targets are left out: what moves is shown as it was modelled.
    """
    beside = Beside(path)
    header, chunk = _opened(beside)
    _check_extensions(beside, header)
    placed = _placed(beside, header)
    shown = [(primitive, matrix) for mesh, matrix in placed for primitive in header["meshes"][mesh]["primitives"]]
    triangles = [each for each in shown if each[0].get("mode", _TRIANGLES) >= _TRIANGLES]
    if any(primitive.get("mode") == _FAN for primitive, _ in triangles):
        beside.refuse("has triangle fans; export it again with plain triangles")
    if len(triangles) > _MAX_PARTS:
        beside.refuse(f"has {len(triangles):,} parts, but at most {_MAX_PARTS:,} are read; join its objects")
    if not triangles:
        beside.refuse("has no triangles, only points or lines or nothing; export a surface")
    too_many(path, sum(_triangles(header, primitive) for primitive, _ in triangles), allowed)
    file = _File(beside, header, chunk, allowed)
    return [file.piece(primitive, matrix) for primitive, matrix in triangles]


@dataclass
class _File:
    """A glTF file whose buffers, textures and shapes are read once, when they are first needed."""

    beside: Beside
    header: dict[str, Any]
    chunk: bytes | None
    allowed: int
    _buffers: dict[int, bytes] = field(default_factory=dict)
    _shapes: dict[int, Piece] = field(default_factory=dict)
    _finishes: dict[int, Finish] = field(default_factory=dict)
    _textures: dict[int, Bytes] = field(default_factory=dict)
    _numbers_read: int = 0

    def piece(self, primitive: dict[str, Any], matrix: Doubles) -> Piece:
        """A primitive of a mesh, where a node puts it."""
        shape = self._shapes.get(id(primitive)) or self._shapes.setdefault(id(primitive), self._shape(primitive))
        turn = matrix[:3, :3]
        mirrored = np.linalg.det(turn) < 0
        # The matrix of cofactors keeps normals upright to their faces, also where the shape is pressed flat.
        cofactors = np.array([np.cross(turn[(row + 1) % 3], turn[(row + 2) % 3]) for row in range(3)])
        return Piece(
            points=shape.points @ turn.T + matrix[:3, 3],
            faces=shape.faces[:, ::-1] if mirrored else shape.faces,
            finish=shape.finish,
            normals=None if shape.normals is None else shape.normals @ cofactors.T * (-1 if mirrored else 1),
            uv=shape.uv,
            colours=shape.colours,
        )

    def _shape(self, primitive: dict[str, Any]) -> Piece:
        """A primitive where it was modelled."""
        material = self.header["materials"][primitive["material"]] if "material" in primitive else None
        finish = PLAIN if material is None else self._finish(primitive["material"], material)
        attributes = primitive["attributes"]
        wanted = {"POSITION": attributes["POSITION"]}
        if "NORMAL" in attributes:
            wanted["NORMAL"] = attributes["NORMAL"]
        transform: dict[str, Any] = {}
        if finish.texture is not None and material is not None:
            info = _base_texture(material) or {}
            transform = info.get("extensions", {}).get("KHR_texture_transform", {})
            uv_name = f"TEXCOORD_{transform.get('texCoord', info.get('texCoord', 0))}"
            if uv_name in attributes:
                wanted["_UV"] = attributes[uv_name]
        elif "COLOR_0" in attributes:
            wanted["_COLOUR"] = attributes["COLOR_0"]
        read = self._read(primitive, wanted)
        extra = read.get("vertex_attributes", {})
        uv = colours = None
        if "_UV" in extra:
            uv = _moved(self._plain(wanted["_UV"], extra["_UV"]), transform)
            uv = np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1)
        if "_COLOUR" in extra:
            light = self._plain(wanted["_COLOUR"], extra["_COLOUR"])[:, :3]
            colours = codes(light * (1.0 if material is None else _factor(material)))
        normals = read.get("vertex_normals")
        return Piece(
            points=self._plain(wanted["POSITION"], read["vertices"]),
            faces=read["faces"],
            finish=finish,
            normals=None if normals is None else self._plain(wanted["NORMAL"], normals),
            uv=uv,
            colours=colours,
        )

    def _read(self, primitive: dict[str, Any], wanted: dict[str, int]) -> dict[str, Any]:
        """What trimesh reads of a file that has nothing but this primitive."""
        used = [*wanted.values(), *([primitive["indices"]] if "indices" in primitive else [])]
        accessors = [self.header["accessors"][index] for index in used]
        if any("sparse" in accessor or "bufferView" not in accessor for accessor in accessors):
            self.beside.refuse("has sparse numbers; export it again without sparse accessors")
        self._numbers_read += sum(accessor["count"] * _COLUMNS[accessor["type"]] for accessor in accessors)
        if self._numbers_read > 64 * self.allowed:
            self.beside.refuse("has far more numbers than its triangles need; export it again")
        views = [self.header["bufferViews"][accessor["bufferView"]] for accessor in accessors]
        header = {
            "asset": {"version": "2.0"},
            "buffers": [{"uri": str(position)} for position in range(len(views))],
            "bufferViews": [{**view, "buffer": position, "byteOffset": 0} for position, view in enumerate(views)],
            "accessors": [{**accessor, "bufferView": position} for position, accessor in enumerate(accessors)],
            "meshes": [
                {
                    "name": "shape",
                    "primitives": [
                        {
                            "attributes": {name: position for position, name in enumerate(wanted)},
                            "mode": primitive.get("mode", _TRIANGLES),
                            **({"indices": len(wanted)} if "indices" in primitive else {}),
                        }
                    ],
                }
            ],
        }
        buffers = {str(position): self._view(view) for position, view in enumerate(views)}
        shape: dict[str, Any] = load_gltf(io.BytesIO(json.dumps(header).encode()), resolver=buffers)["geometry"][
            "shape"
        ]
        return shape

    def _view(self, view: dict[str, Any]) -> bytes:
        start, length = view.get("byteOffset", 0), view["byteLength"]
        content = self._buffer(view["buffer"])
        if not 0 <= start <= start + length <= len(content):
            raise ValueError(f"it is cut short: {len(content):,} of {start + length:,} bytes are there")
        return content[start : start + length]

    def _buffer(self, index: int) -> bytes:
        if index not in self._buffers:
            buffer = self.header["buffers"][index]
            if "uri" in buffer:
                self._buffers[index] = self._content(buffer["uri"], "buffer")
            elif self.chunk is not None and index == 0:
                self._buffers[index] = self.chunk
            else:
                raise ValueError("its binary part is missing")
        return self._buffers[index]

    def _content(self, uri: str, what: str) -> bytes:
        if uri.startswith("data:"):
            return base64.b64decode(uri.partition("base64,")[2])
        return self.beside.read(unquote(uri), what)

    def _plain(self, index: int, values: npt.NDArray[Any]) -> Doubles:
        """Numbers as they are meant: those of whole-number types may stand for shares of the type's largest."""
        plain = np.asarray(values, np.float64)
        if self.header["accessors"][index].get("normalized") and values.dtype.kind in "iu":
            plain = np.maximum(plain / np.iinfo(values.dtype).max, -1)
        return plain

    def _finish(self, index: int, material: dict[str, Any]) -> Finish:
        if index not in self._finishes:
            pbr = material.get("pbrMetallicRoughness", {})
            metal, rough = pbr.get("metallicFactor", 1.0), pbr.get("roughnessFactor", 1.0)
            if "metallicRoughnessTexture" in pbr:
                both = self._texture(pbr["metallicRoughnessTexture"]["index"])
                rough, metal = rough * both[..., 1].mean() / 255, metal * both[..., 2].mean() / 255
            if _SPECULAR in material.get("extensions", {}):
                metal, rough = 0.0, 1 - material["extensions"][_SPECULAR].get("glossinessFactor", 1.0)
            factor = _factor(material)
            info = _base_texture(material)
            pixels = None if info is None else self._texture(info["index"])
            if pixels is not None and not (factor == 1).all():
                pixels = codes(linear(pixels) * factor)
            self._finishes[index] = Finish(
                colour=tuple(float(part) for part in codes(factor) / 255),
                metal=float(np.clip(metal, 0, MAX_METAL)),
                rough=float(np.clip(rough, 0, 1)),
                texture=pixels,
            )
        return self._finishes[index]

    def _texture(self, index: int) -> Bytes:
        entry = self.header["textures"][index]
        source = entry.get("extensions", {}).get("EXT_texture_webp", entry).get("source")
        if source is None:
            self.beside.refuse("has a texture that is no PNG, JPEG or WebP; export it again with PNG textures")
        if source not in self._textures:
            image = self.header["images"][source]
            name = quoted(image.get("name") or f"image {source}")
            if "bufferView" in image:
                content = self._view(self.header["bufferViews"][image["bufferView"]])
            else:
                name = name if image["uri"].startswith("data:") else quoted(image["uri"])
                content = self._content(image["uri"], "texture")
            self._textures[source] = texture(self.beside.mesh, content, name)
        return self._textures[source]


def _factor(material: dict[str, Any]) -> Doubles:
    """The base colour, in linear light."""
    specular = material.get("extensions", {}).get(_SPECULAR)
    if specular is not None:
        return np.asarray(specular.get("diffuseFactor", (1, 1, 1)), np.float64)[:3]
    factor = material.get("pbrMetallicRoughness", {}).get("baseColorFactor", (1, 1, 1))
    return np.clip(np.asarray(factor, np.float64)[:3], 0, 1)


def _base_texture(material: dict[str, Any]) -> dict[str, Any] | None:
    specular = material.get("extensions", {}).get(_SPECULAR)
    if specular is not None:
        found: dict[str, Any] | None = specular.get("diffuseTexture")
    else:
        found = material.get("pbrMetallicRoughness", {}).get("baseColorTexture")
    return found


def _moved(uv: Doubles, transform: dict[str, Any]) -> Doubles:
    """Texture coordinates after KHR_texture_transform."""
    sine, cosine = np.sin(transform.get("rotation", 0.0)), np.cos(transform.get("rotation", 0.0))
    scaled = uv * np.asarray(transform.get("scale", (1, 1)), float)
    moved: Doubles = scaled @ np.array([[cosine, -sine], [sine, cosine]]) + transform.get("offset", (0, 0))
    return moved


def _opened(beside: Beside) -> tuple[dict[str, Any], bytes | None]:
    """The description and, of a GLB, the binary part."""
    content = beside.mesh.read_bytes()
    chunk = None
    if content[:4] == b"glTF":
        _, version, length, first, kind = struct.unpack("<4sIII4s", content[:20])
        if version != 2:
            beside.refuse(f"is glTF {version}, but only glTF 2 is read; export it again")
        if length != len(content):
            raise ValueError(f"its header says {length:,} bytes, but it has {len(content):,}")
        if kind != b"JSON" or 20 + first > length:
            raise ValueError("its first part is not complete JSON")
        text = content[20 : 20 + first]
        start = 28 + first
        if start <= length:
            second, kind = struct.unpack("<I4s", content[start - 8 : start])
            chunk = content[start : start + second] if kind == b"BIN\0" else None
    else:
        text = content
    if len(text) > _LONGEST_JSON:
        beside.refuse(f"describes itself in more than {_LONGEST_JSON >> 20} MiB of text; export it as .glb")
    header = json.loads(text, parse_constant=_no_number)
    if not str(header["asset"]["version"]).startswith("2."):
        beside.refuse(f"is glTF {quoted(header['asset']['version'])}, but only glTF 2 is read; export it again")
    return header, chunk


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _check_extensions(beside: Beside, header: dict[str, Any]) -> None:
    """Refuse what cannot be shown without an extension that is not read."""
    for name in header.get("extensionsRequired", []):
        if name in _COMPRESSED:
            beside.refuse(f"is compressed ({name}); export it without compression")
        if name not in _READ and not str(name).startswith("KHR_materials_"):
            beside.refuse(f"needs the extension {quoted(name)}, which askew does not read; export it without")


def _placed(beside: Beside, header: dict[str, Any]) -> list[tuple[int, Doubles]]:
    """The meshes of the scene, each with the matrix that puts it there."""
    nodes = header.get("nodes", [])
    if len(nodes) > _MAX_NODES:
        beside.refuse(f"has {len(nodes):,} nodes, but at most {_MAX_NODES:,} are read; join its objects")
    children = {child for node in nodes for child in node.get("children", [])}
    roots = [index for index in range(len(nodes)) if index not in children]
    if "scenes" in header:
        roots = header["scenes"][header.get("scene", 0)].get("nodes", [])
    placed, seen = [], set()
    waiting = [(root, np.eye(4)) for root in reversed(roots)]
    while waiting:
        index, above = waiting.pop()
        if index in seen:
            raise ValueError("a part of it is in two places or in itself")
        seen.add(index)
        node = nodes[index]
        matrix = above @ _matrix(node)
        if "mesh" in node:
            placed.append((node["mesh"], matrix))
        waiting += [(child, matrix) for child in reversed(node.get("children", []))]
    return placed


def _matrix(node: dict[str, Any]) -> Doubles:
    if "matrix" in node:
        given: Doubles = np.array(node["matrix"], np.float64).reshape(4, 4).T
        return given
    matrix = np.eye(4)
    turn = Rotation.from_quat(node.get("rotation", (0, 0, 0, 1))).as_matrix()
    matrix[:3, :3] = turn * np.asarray(node.get("scale", (1, 1, 1)), float)
    matrix[:3, 3] = node.get("translation", (0, 0, 0))
    return matrix


def _triangles(header: dict[str, Any], primitive: dict[str, Any]) -> int:
    index = primitive["indices"] if "indices" in primitive else primitive["attributes"]["POSITION"]
    count = int(header["accessors"][index]["count"])
    if count < 0:
        raise ValueError("a count is negative")
    return count // 3 if primitive.get("mode", _TRIANGLES) == _TRIANGLES else max(0, count - 2)
