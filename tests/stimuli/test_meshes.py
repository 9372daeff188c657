"""Meshes of the user's own. The files are written here, byte by byte, not by the library that reads them."""

import base64
import io
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation

from askew.errors import BadInput
from askew_stimuli.light import codes
from askew_stimuli.meshes import mesh_notes, read_mesh
from askew_stimuli.scene import Camera, Scene
from askew_stimuli.solid import Solid

RED, GREEN, BLUE, YELLOW = (220, 20, 20), (20, 200, 20), (20, 20, 220), (220, 220, 20)
QUARTERS = {"top left": RED, "top right": GREEN, "bottom left": BLUE, "bottom right": YELLOW}
CORNERS = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)  # of a square, seen from +z
UV = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)  # v upwards
TWO = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
BOX = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float32)
SIDES = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
BOX_FACES = np.array([face for a, b, c, d in SIDES for face in ([a, b, c], [a, c, d])], np.uint32)
TYPES = {"float32": 5126, "uint32": 5125, "uint16": 5123, "uint8": 5121}
SHAPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}


def quarters() -> Image.Image:
    """A picture of four colours, one in each quarter."""
    image = Image.new("RGB", (64, 64))
    for number, colour in enumerate(QUARTERS.values()):
        image.paste(colour, (32 * (number % 2), 32 * (number // 2), 32 * (number % 2) + 32, 32 * (number // 2) + 32))
    return image


def encoded(image: Image.Image, form: str = "PNG") -> bytes:
    stream = io.BytesIO()
    image.save(stream, form)
    return stream.getvalue()


class Gltf:
    """A glTF file in the making."""

    def __init__(self) -> None:
        self.chunk = b""
        self.header: dict[str, Any] = {
            "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
            "meshes": [{"primitives": []}], "buffers": [{}], "bufferViews": [], "accessors": [],
            "materials": [], "textures": [], "images": [],
        }  # fmt: skip

    def view(self, content: bytes) -> int:
        self.chunk += b"\0" * (-len(self.chunk) % 4)
        self.header["bufferViews"].append({"buffer": 0, "byteOffset": len(self.chunk), "byteLength": len(content)})
        self.chunk += content
        return len(self.header["bufferViews"]) - 1

    def numbers(self, array: np.ndarray, **more: Any) -> int:
        kind = TYPES[str(array.dtype)]
        form = SHAPES[array.shape[1] if array.ndim == 2 else 1]
        view = self.view(array.tobytes())
        self.header["accessors"].append(
            {"bufferView": view, "componentType": kind, "count": len(array), "type": form, **more}
        )
        return len(self.header["accessors"]) - 1

    def add(self, points: np.ndarray, faces: np.ndarray, **more: Any) -> "Gltf":
        """One more primitive; arrays among `more` are attributes, the rest is written as it is."""
        arrays = {"POSITION": points, **{name: value for name, value in more.items() if isinstance(value, np.ndarray)}}
        attributes = {
            name: self.numbers(array, **({"normalized": True} if array.dtype.kind == "u" else {}))
            for name, array in arrays.items()
        }
        rest = {name: value for name, value in more.items() if not isinstance(value, np.ndarray)}
        indices = self.numbers(faces.reshape(-1))
        self.header["meshes"][0]["primitives"].append({"attributes": attributes, "indices": indices, **rest})
        return self

    def material(self, **pbr: Any) -> int:
        self.header["materials"].append({"pbrMetallicRoughness": {"metallicFactor": 0.0, **pbr}})
        return len(self.header["materials"]) - 1

    def texture(self, content: bytes | str) -> dict[str, int]:
        """Of bytes an image inside the file, of a text an image that it names."""
        image = {"uri": content} if isinstance(content, str) else {"bufferView": self.view(content)}
        self.header["images"].append(image)
        self.header["textures"].append({"source": len(self.header["images"]) - 1})
        return {"index": len(self.header["textures"]) - 1}

    def glb(self) -> bytes:
        self.header["buffers"][0] = {"byteLength": len(self.chunk)}
        text = json.dumps(self.header).encode()
        text += b" " * (-len(text) % 4)
        chunk = self.chunk + b"\0" * (-len(self.chunk) % 4)
        parts = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(chunk), b"BIN\0") + chunk
        return struct.pack("<4sII", b"glTF", 2, 12 + len(parts)) + parts

    def gltf(self, uri: str = "") -> bytes:
        uri = uri or "data:application/octet-stream;base64," + base64.b64encode(self.chunk).decode()
        self.header["buffers"][0] = {"byteLength": len(self.chunk), "uri": uri}
        return json.dumps(self.header).encode()


def square_glb(picture: bytes | str) -> Gltf:
    file = Gltf()
    material = file.material(baseColorTexture=file.texture(picture))
    return file.add(CORNERS, TWO, TEXCOORD_0=np.stack([UV[:, 0], 1 - UV[:, 1]], 1), material=material)


def square_obj(texture: str = "map_Kd skin.png") -> tuple[str, str]:
    lines = [f"v {x} {y} {z}" for x, y, z in CORNERS] + [f"vt {u} {v}" for u, v in UV]
    obj = "\n".join(["mtllib skin.mtl", *lines, "usemtl skin", "f 1/1 2/2 3/3 4/4"])
    return obj, f"newmtl skin\nKd 0.8 0.8 0.8\n{texture}\n"


def square_ply() -> str:
    header = "ply\nformat ascii 1.0\ncomment TextureFile skin.png\nelement vertex 4\n"
    header += "".join(f"property float {name}\n" for name in ("x", "y", "z", "s", "t"))
    header += "element face 2\nproperty list uchar int vertex_indices\nend_header\n"
    rows = [" ".join(str(value) for value in row) for row in np.c_[CORNERS, UV].tolist()]
    return header + "\n".join([*rows, *(f"3 {a} {b} {c}" for a, b, c in TWO)]) + "\n"


def wedge_ply() -> str:
    """A square whose corners have texture coordinates of their own in each triangle."""
    header = "ply\nformat ascii 1.0\ncomment TextureFile skin.png\nelement vertex 4\n"
    header += "".join(f"property float {name}\n" for name in ("x", "y", "z"))
    header += "element face 2\nproperty list uchar int vertex_indices\nproperty list uchar float texcoord\nend_header\n"
    rows = [" ".join(str(value) for value in row) for row in CORNERS.tolist()]
    faces = [f"3 {a} {b} {c} 6 " + " ".join(str(value) for value in UV[[a, b, c]].ravel()) for a, b, c in TWO]
    return header + "\n".join([*rows, *faces]) + "\n"


def write_square(folder: Path, kind: str) -> Path:
    """A textured square in a file of a format."""
    path = folder / f"square.{kind.split(maxsplit=1)[0]}"
    quarters().save(folder / "skin.png")
    if kind == "glb":
        path.write_bytes(square_glb(encoded(quarters())).glb())
    elif kind == "gltf":
        path.write_bytes(square_glb("skin.png").gltf())
    elif kind == "obj":
        obj, mtl = square_obj()
        path.write_text(obj)
        (folder / "skin.mtl").write_text(mtl)
    else:
        path.write_text(wedge_ply() if kind == "ply of wedges" else square_ply())
    return path


def box_stl() -> bytes:
    triangles = np.zeros(12, [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("more", "<u2")])
    triangles["corners"] = BOX[BOX_FACES]
    return b"\0" * 80 + struct.pack("<I", 12) + triangles.tobytes()


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(Camera(samples=200))


def seen(scene: Scene, solid: Solid, rotation: Rotation | None = None) -> np.ndarray:
    scene.show(solid)
    return scene.frame(rotation or Rotation.identity()).samples


def nearest(colour: np.ndarray) -> tuple[int, int, int]:
    return min(QUARTERS.values(), key=lambda each: float(np.abs(np.subtract(each, colour.astype(float))).sum()))


KINDS = ["glb", "gltf", "obj", "ply", "ply of wedges"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_texture_is_the_right_way_up(scene: Scene, kind: str, tmp_path: Path) -> None:
    picture = seen(scene, read_mesh(write_square(tmp_path, kind)))
    places = {"top left": (70, 70), "top right": (70, 130), "bottom left": (130, 70), "bottom right": (130, 130)}
    assert {name: nearest(picture[place]) for name, place in places.items()} == QUARTERS


@pytest.mark.parametrize("kind", KINDS)
def test_a_texture_repeats(scene: Scene, kind: str, tmp_path: Path) -> None:
    moved = UV + np.float32(0.5)  # the middle of the picture is where four of its copies meet
    file = Gltf()
    material = file.material(baseColorTexture=file.texture(encoded(quarters())))
    flipped = np.stack([moved[:, 0], 1 - moved[:, 1]], 1)
    (tmp_path / "tiled.glb").write_bytes(file.add(CORNERS, TWO, TEXCOORD_0=flipped, material=material).glb())
    picture = seen(scene, read_mesh(tmp_path / "tiled.glb"))
    places = {"bottom right": (70, 70), "bottom left": (70, 130), "top right": (130, 70), "top left": (130, 130)}
    assert {name: nearest(picture[place]) for name, place in places.items()} == QUARTERS


def written(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def box_ply(form: str = "ascii", colours: str = "") -> bytes:
    """A box; `colours` is 'vertex' or 'face' for a red one."""
    colour = "".join(f"property uchar {name}\n" for name in ("red", "green", "blue"))
    header = f"ply\nformat {form} 1.0\nelement vertex 8\nproperty float x\nproperty float y\nproperty float z\n"
    header += (colour if colours == "vertex" else "") + "element face 12\nproperty list uchar int vertex_indices\n"
    header += (colour if colours == "face" else "") + "end_header\n"
    red = ["", " 220 20 20"]
    if form == "ascii":
        rows = [f"{x} {y} {z}" + red[colours == "vertex"] for x, y, z in BOX]
        rows += [f"3 {a} {b} {c}" + red[colours == "face"] for a, b, c in BOX_FACES]
        return (header + "\n".join(rows) + "\n").encode()
    order = "<" if "little" in form else ">"
    faces = np.zeros(12, [("count", "u1"), ("corners", f"{order}i4", 3)])
    faces["count"], faces["corners"] = 3, BOX_FACES
    return header.encode() + BOX.astype(f"{order}f4").tobytes() + faces.tobytes()


def box_obj(before: str = "", colour: str = "") -> str:
    rows = [f"v {x} {y} {z}{colour}" for x, y, z in BOX] + ([before] if before else [])
    return "\n".join([*rows, *(f"f {a + 1} {b + 1} {c + 1}" for a, b, c in BOX_FACES)]) + "\n"


def box_stl_text() -> str:
    rows = ["solid box"]
    for face in BOX_FACES:
        corners = "\n".join(f"vertex {x} {y} {z}" for x, y, z in BOX[face])
        rows.append(f"facet normal 0 0 0\nouter loop\n{corners}\nendloop\nendfacet")
    return "\n".join([*rows, "endsolid box", ""])


BOXES: dict[str, Callable[[], bytes | str]] = {
    "box.stl": box_stl,
    "text.stl": box_stl_text,
    "box.ply": box_ply,
    "little.ply": lambda: box_ply("binary_little_endian"),
    "big.ply": lambda: box_ply("binary_big_endian"),
    "box.obj": box_obj,
    "quads.obj": lambda: "\n".join(
        [f"v {x} {y} {z}" for x, y, z in BOX] + ["f " + " ".join(str(corner + 1) for corner in side) for side in SIDES]
    ),
    "BOX.GLB": lambda: Gltf().add(BOX, BOX_FACES).glb(),
    "box.gltf": lambda: Gltf().add(BOX, BOX_FACES).gltf(),
}


@pytest.mark.parametrize("name", BOXES)
def test_a_box_is_the_same_in_every_format(scene: Scene, name: str, tmp_path: Path) -> None:
    solid = read_mesh(written(tmp_path, name, BOXES[name]()), yaw=30, pitch=20)
    expected = read_mesh(written(tmp_path, "other.stl", box_stl()), yaw=30, pitch=20)
    assert solid.faces == 12
    assert mesh_notes(solid) == ()
    (surface,) = solid.surfaces
    assert len(surface.points) == 24, "edges of a box are sharp"
    assert np.linalg.norm(surface.points, axis=1) == pytest.approx(1, abs=1e-6)
    first, second, third = (surface.points[surface.faces[:, corner]] for corner in range(3))
    across = np.cross(second - first, third - first)
    assert (np.einsum("ij,ij->i", across, surface.normals[surface.faces[:, 0]]) > 0).all()
    assert (surface.colours == 191).all(), "light grey"
    assert np.abs(seen(scene, solid).astype(int) - seen(scene, expected)).max() <= 1


def test_the_same_file_gives_the_same_hash_and_another_colour_another(tmp_path: Path) -> None:
    one, same = (read_mesh(written(tmp_path, name, box_ply())).sha256 for name in ("one.ply", "same.ply"))
    assert one == same
    assert read_mesh(written(tmp_path, "red.ply", box_ply(colours="vertex"))).sha256 != one


def colours_of(solid: Solid) -> set[tuple[int, ...]]:
    return {tuple(colour) for surface in solid.surfaces for colour in surface.colours.tolist()}


def test_colours_of_points_and_faces_are_kept(tmp_path: Path) -> None:
    linear = np.tile(np.array([0.5, 0.25, 0.0, 1.0], np.float32), (8, 1))
    bytes_ = np.tile(np.array([255, 128, 0, 255], np.uint8), (8, 1))
    files: dict[str, tuple[bytes | str, tuple[int, int, int]]] = {
        "points.ply": (box_ply(colours="vertex"), (220, 20, 20)),
        "faces.ply": (box_ply(colours="face"), (220, 20, 20)),
        "shares.obj": (box_obj(colour=" 1 0.5 0"), (255, 128, 0)),
        "linear.glb": (Gltf().add(BOX, BOX_FACES, COLOR_0=linear).glb(), (188, 137, 0)),
        "linear-bytes.glb": (Gltf().add(BOX, BOX_FACES, COLOR_0=bytes_).glb(), (255, 188, 0)),
    }
    for name, (content, expected) in files.items():
        assert colours_of(read_mesh(written(tmp_path, name, content))) == {expected}, name


def test_gltf_colours_are_linear_and_multiply(tmp_path: Path) -> None:
    file = Gltf()
    plain = file.material(baseColorFactor=[0.5, 0.25, 0.0, 1.0], metallicFactor=1.0, roughnessFactor=0.3)
    grey = file.texture(encoded(Image.new("RGB", (4, 4), (188, 188, 188))))
    both = file.texture(encoded(Image.new("RGB", (4, 4), (0, 102, 51))))
    tinted = file.material(
        baseColorFactor=[0.5, 1.0, 1.0, 1.0], baseColorTexture=grey, metallicRoughnessTexture=both, metallicFactor=1.0
    )
    file.add(BOX, BOX_FACES, material=plain)
    file.add(BOX, BOX_FACES, material=tinted, TEXCOORD_0=np.zeros((8, 2), np.float32))
    one, other = read_mesh(written(tmp_path, "two.glb", file.glb())).surfaces
    assert colours_of(Solid((one,))) == {(188, 137, 0)}
    assert (one.metal, one.rough) == (0.6, 0.3), "bare metal would be black without surroundings"
    assert other.texture is not None
    assert other.texture[0, 0].tolist() == [int(codes(np.array([0.2513]))[0]), 188, 188]
    assert (other.metal, other.rough) == pytest.approx((0.2, 0.4))


def test_texture_coordinates_of_every_kind_are_read(scene: Scene, tmp_path: Path) -> None:
    flipped = np.stack([UV[:, 0], 1 - UV[:, 1]], 1)
    ways = {
        "whole numbers": ((flipped * 65535).astype(np.uint16), {}),
        "bytes": ((flipped * 255).astype(np.uint8), {}),
        "moved": (flipped * 2 + 1, {"KHR_texture_transform": {"scale": [0.5, 0.5], "offset": [-0.5, -0.5]}}),
        "turned": (np.stack([-flipped[:, 1], flipped[:, 0]], 1), {"KHR_texture_transform": {"rotation": np.pi / 2}}),
    }
    for name, (uv, extensions) in ways.items():
        file = Gltf()
        texture = {**file.texture(encoded(quarters())), "texCoord": 1, "extensions": extensions}
        file.add(CORNERS, TWO, TEXCOORD_1=uv, material=file.material(baseColorTexture=texture))
        picture = seen(scene, read_mesh(written(tmp_path, "way.glb", file.glb())))
        assert (nearest(picture[70, 70]), nearest(picture[130, 70])) == (RED, BLUE), name


def nodes(file: Gltf, *nodes: dict[str, Any]) -> bytes:
    file.header["nodes"] = list(nodes)
    return file.glb()


ARROW = np.array([[0, 0, 0], [2, 0, 0], [0, 1, 0], [0, 0, 0.5]], np.float32)  # no two sides of it are alike
ARROW_FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.uint32)


def test_nodes_put_parts_in_their_places(tmp_path: Path) -> None:
    half = float(np.sqrt(0.5))
    content = nodes(
        Gltf().add(ARROW, ARROW_FACES),
        {"children": [1, 2], "scale": [2, 2, 2]},
        {"mesh": 0},
        {"translation": [3, 0, 0], "children": [3]},
        {"mesh": 0, "rotation": [0, 0, half, half]},  # a quarter turn about z
    )
    turned = np.stack([-ARROW[:, 1], ARROW[:, 0], ARROW[:, 2]], 1)
    points = np.concatenate([ARROW, turned + np.array([3, 0, 0], np.float32)])
    expected = Gltf().add(points, np.concatenate([ARROW_FACES, ARROW_FACES + 4])).glb()
    one = read_mesh(written(tmp_path, "nodes.glb", content))
    other = read_mesh(written(tmp_path, "flat.glb", expected))
    assert [s.points.round(5).tolist() for s in one.surfaces] == [s.points.round(5).tolist() for s in other.surfaces]


@pytest.mark.parametrize("with_normals", [False, True])
def test_a_mirrored_part_is_lit_from_outside(scene: Scene, with_normals: bool, tmp_path: Path) -> None:
    more = {"NORMAL": BOX / np.float32(np.sqrt(3))} if with_normals else {}
    mirror = {"matrix": np.diag([-1.0, 1, 1, 1]).ravel().tolist(), "mesh": 0}
    plain, mirrored = (
        read_mesh(written(tmp_path, "box.glb", nodes(Gltf().add(BOX, BOX_FACES, **more), node)), yaw=45)
        for node in ({"mesh": 0}, mirror)
    )
    assert mesh_notes(mirrored) == ()
    assert seen(scene, plain) == pytest.approx(seen(scene, mirrored)[:, ::-1], abs=255), "shapes are symmetric"
    for surface in mirrored.surfaces:
        assert (np.einsum("ij,ij->i", surface.points, surface.normals) > 0).all()
    assert np.abs(seen(scene, plain).astype(int) - seen(scene, mirrored)).max() <= 1


def test_given_normals_are_kept_and_missing_ones_smooth_between_sharp_edges(tmp_path: Path) -> None:
    given = BOX / np.float32(np.sqrt(3))
    (kept,) = read_mesh(written(tmp_path, "kept.glb", Gltf().add(BOX, BOX_FACES, NORMAL=given).glb())).surfaces
    assert kept.normals == pytest.approx(given, abs=1e-6)
    turns = np.linspace(0, 2 * np.pi, 24, endpoint=False, dtype=np.float32)
    ring = np.stack([np.cos(turns), np.sin(turns)], 1)
    tube = np.concatenate([np.c_[ring, -np.ones(24)], np.c_[ring, np.ones(24)]]).astype(np.float32)
    after = (np.arange(24) + 1) % 24
    here = np.arange(24)
    faces = np.concatenate([np.stack([here, after, after + 24], 1), np.stack([here, after + 24, here + 24], 1)])
    lid = np.stack([np.full(22, 24), here[1:23] + 24, here[2:24] + 24], 1)
    solid = read_mesh(
        written(tmp_path, "tube.glb", Gltf().add(tube, np.concatenate([faces, lid]).astype(np.uint32)).glb())
    )
    (surface,) = solid.surfaces
    assert len(surface.points) == 48 + 24, "the rim is sharp, the tube is not"
    round_ = surface.normals[np.abs(surface.normals[:, 2]) < 0.5]
    assert len(round_) == 48
    assert round_[:, 2] == pytest.approx(0, abs=1e-6)


def test_normals_are_smooth_across_the_seams_of_a_texture(tmp_path: Path) -> None:
    file = Gltf()
    material = file.material(baseColorTexture=file.texture(encoded(quarters())))
    apart = CORNERS[TWO.reshape(-1)] + np.array([[0, 0, 0.1]], np.float32) * np.isin(TWO.reshape(-1), [1, 3])[:, None]
    file.add(
        apart,
        np.arange(6, dtype=np.uint32),
        TEXCOORD_0=np.random.default_rng(1).random((6, 2), np.float32),
        material=material,
    )
    (surface,) = read_mesh(written(tmp_path, "seam.glb", file.glb())).surfaces
    assert len(surface.points) == 6
    assert surface.normals[0] == pytest.approx(surface.normals[3], abs=1e-6)


def test_triangles_whose_corners_run_against_their_normals_are_lit_all_the_same(scene: Scene, tmp_path: Path) -> None:
    given = BOX / np.float32(np.sqrt(3))
    pictures = [
        seen(scene, read_mesh(written(tmp_path, "box.glb", Gltf().add(BOX, faces, NORMAL=normals).glb()), yaw=45))
        for faces, normals in (
            (BOX_FACES, given),
            (BOX_FACES[:, ::-1].copy(), given),
            (BOX_FACES[:, ::-1].copy(), -given),
        )
    ]
    assert np.abs(pictures[0].astype(int) - pictures[1]).max() <= 1
    assert np.abs(pictures[0].astype(int) - pictures[2]).max() <= 1


@pytest.mark.parametrize(
    ("up", "axis"),
    [("y", (0, 1, 0)), ("-y", (0, -1, 0)), ("z", (0, 0, 1)), ("-z", (0, 0, -1)), ("x", (1, 0, 0)), ("-x", (-1, 0, 0))],
)
def test_the_axis_that_points_up_is_chosen(up: Any, axis: tuple[int, ...], tmp_path: Path) -> None:
    tip = 5 * np.array([axis], np.float32)
    points = np.concatenate([BOX, tip])
    faces = np.concatenate([BOX_FACES, [[0, 1, 8], [6, 7, 8]]]).astype(np.uint32)
    solid = read_mesh(written(tmp_path, "tip.glb", Gltf().add(points, faces).glb()), up=up)
    highest = np.concatenate([surface.points for surface in solid.surfaces])
    assert highest[highest[:, 1].argmax()] == pytest.approx((0, 1, 0), abs=0.2)


def test_the_base_pose_is_turned_as_that_of_a_design(tmp_path: Path) -> None:
    path = written(tmp_path, "arrow.glb", Gltf().add(ARROW, ARROW_FACES).glb())
    view = Rotation.from_euler("yx", [30, 20], degrees=True).as_matrix()
    assert read_mesh(path, yaw=30, pitch=20).sha256 == read_mesh(path).turned(view).sha256


def test_what_is_far_from_the_origin_keeps_its_shape(tmp_path: Path) -> None:
    rows = [f"v {x * 0.01 + 5e5} {y * 0.01 + 4e6} {z * 0.01}" for x, y, z in ARROW.tolist()]
    rows += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in ARROW_FACES]
    (far,) = read_mesh(written(tmp_path, "far.obj", "\n".join(rows))).surfaces
    (near,) = read_mesh(written(tmp_path, "near.glb", Gltf().add(ARROW, ARROW_FACES).glb())).surfaces
    assert np.sort(far.points, axis=0) == pytest.approx(np.sort(near.points, axis=0), abs=1e-5)


def test_points_that_no_triangle_uses_change_nothing(tmp_path: Path) -> None:
    more = np.concatenate([BOX, np.array([[np.nan, 0, 0], [99, 0, 0]], np.float32)])
    assert (
        read_mesh(written(tmp_path, "more.glb", Gltf().add(more, BOX_FACES).glb())).sha256
        == read_mesh(written(tmp_path, "box.glb", Gltf().add(BOX, BOX_FACES).glb())).sha256
    )


def test_several_materials_of_an_obj_are_kept_apart(tmp_path: Path) -> None:
    written(tmp_path, "two.mtl", "newmtl red one\nKd 1 0 0\nPm 1\nPr 0.2\nnewmtl blau-grün\nKd 0 0 0.5\n")
    rows = ["mtllib two.mtl", *(f"v {x} {y} {z}" for x, y, z in BOX)]
    for number, (a, b, c) in enumerate(BOX_FACES.tolist()):
        rows += [f"usemtl {'red one' if number % 2 else 'blau-grün'}", f"f {a + 1} {b + 1} {c + 1}"]
    solid = read_mesh(written(tmp_path, "two.obj", "\n".join(rows)))
    assert {(s.metal, s.rough, *s.colours[0].tolist()) for s in solid.surfaces} == {
        (0.6, 0.2, 255, 0, 0),
        (0.0, 0.6, 0, 0, 128),
    }


MODES = {
    "grey": Image.new("L", (2, 2), 100),
    "16 bits": Image.fromarray(np.full((2, 2), 100 * 257, np.uint16)),
    "see-through": Image.new("RGBA", (2, 2), (100, 100, 100, 0)),
    "grey and see-through": Image.new("LA", (2, 2), (100, 0)),
    "palette": Image.new("RGB", (2, 2), (100, 100, 100)).quantize(2),
    "black and white": Image.new("1", (2, 2), 1),
}


@pytest.mark.parametrize("name", MODES)
def test_textures_of_every_kind_are_opaque_8_bit_rgb(name: str, tmp_path: Path) -> None:
    content = square_glb(encoded(MODES[name])).glb()
    (surface,) = read_mesh(written(tmp_path, "square.glb", content)).surfaces
    assert surface.texture is not None
    assert surface.texture[0, 0].tolist() == [255 if "black" in name else 100] * 3


def test_cmyk_and_large_textures_are_converted(tmp_path: Path) -> None:
    cmyk = encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG")
    (surface,) = read_mesh(written(tmp_path, "cmyk.glb", square_glb(cmyk).glb())).surfaces
    assert surface.texture is not None
    assert surface.texture[4, 4] == pytest.approx((255, 0, 0), abs=6)
    stripes = np.zeros((2, 8192), np.uint8)
    stripes[:, ::2] = 255
    wide = encoded(Image.fromarray(stripes))
    (surface,) = read_mesh(written(tmp_path, "wide.glb", square_glb(wide).glb())).surfaces
    assert surface.texture is not None
    assert surface.texture.shape == (1, 4096, 3)
    assert (surface.texture == 188).all(), "averaged as light"


def test_options_and_folders_of_textures_are_understood(tmp_path: Path) -> None:
    obj, mtl = square_obj("map_Kd -s 1 1 1 -clamp on -bm 0.5 skins\\my skin.png")
    (tmp_path / "skins").mkdir()
    quarters().save(tmp_path / "skins" / "my skin.png")
    written(tmp_path, "skin.mtl", mtl)
    (surface,) = read_mesh(written(tmp_path, "square.obj", obj)).surfaces
    assert surface.texture is not None
    assert surface.texture.shape == (64, 64, 3)


OPEN = np.delete(BOX_FACES, [0, 1], axis=0)
FIN = np.concatenate([BOX_FACES, [[0, 1, 7]]])
CROSSED = np.concatenate([BOX_FACES[:1, ::-1], BOX_FACES[1:]])


@pytest.mark.parametrize(
    ("faces", "notes"),
    [
        (OPEN, ["is not watertight (4 open edges): its inside may be seen"]),
        (FIN, ["is not watertight (1 open edges)", "is non-manifold (2 edges of more than two triangles)"]),
        (CROSSED, ["has neighbouring triangles that face opposite sides (3 edges)"]),
        (BOX_FACES[:, ::-1], ["is inside out; it is shown as if it were not"]),
    ],
)
def test_what_is_odd_is_shown_and_noted(faces: np.ndarray, notes: list[str], tmp_path: Path) -> None:
    solid = read_mesh(written(tmp_path, "odd.glb", Gltf().add(BOX, faces.astype(np.uint32)).glb()))
    found = mesh_notes(solid)
    assert len(found) == len(notes)
    assert all(note in line for note, line in zip(notes, found, strict=True))


def test_the_inside_of_an_open_mesh_is_lit(scene: Scene, tmp_path: Path) -> None:
    bottom = BOX_FACES[[4, 5, 0, 1, 2, 3, 8, 9, 10, 11]]  # without its top
    path = written(tmp_path, "tray.glb", Gltf().add(BOX, np.ascontiguousarray(bottom)).glb())
    above = seen(scene, read_mesh(path, pitch=90))[100, 100].astype(int)
    below = seen(scene, read_mesh(path, pitch=-90))[100, 100].astype(int)
    assert above.min() > 0.6 * below.min() > 40


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """A box in a GLB file whose description was changed."""
    file = Gltf().add(BOX, BOX_FACES)
    change(file.header)
    return file.glb()


def nan(points: np.ndarray, value: float) -> np.ndarray:
    points = points.copy()
    points[3, 1] = value
    return points


def cycle(header: dict[str, Any]) -> None:
    header["nodes"] = [{"mesh": 0, "children": [1]}, {"children": [0]}]


def sparse(header: dict[str, Any]) -> None:
    header["accessors"][0]["sparse"] = {"count": 1}


def without_source() -> bytes:
    file = square_glb(b"")
    file.header["textures"][0].clear()
    return file.glb()


GLB = Gltf().add(BOX, BOX_FACES).glb()
PLY = box_ply("binary_little_endian")
ONE = np.zeros((8, 3), np.float32)
LINE = np.linspace(0, 1, 8, dtype=np.float32)[:, None] * np.array([[1, 2, 3]], np.float32)
BAD: dict[str, tuple[str, bytes | str | Callable[[], bytes], str]] = {
    "empty": ("box.glb", b"", "is empty; export it again"),
    "another suffix": ("box.fbx", b"x", "is no mesh file that can be read; give a file that ends in .glb, .gltf, .obj"),
    "cut short": ("box.glb", GLB[:-40], "not what its name says (its header says 796 bytes, but it has 756)"),
    "no glTF": ("box.glb", b"hello", "is damaged or not what its name says (Expecting value"),
    "a description of another shape": ("box.gltf", b"[]", "is damaged or not what its name says (TypeError "),
    "a very deep description": ("box.gltf", b"[" * 200_000, "is damaged or not what its name says (RecursionError"),
    "glTF 1": ("box.glb", lambda: changed(lambda h: h["asset"].update(version="1.0")), "is glTF '1.0', but only glTF"),
    "nothing to see": ("box.glb", lambda: changed(lambda h: h.update(nodes=[{}])), "has no triangles, only points or"),
    "lines only": ("box.glb", Gltf().add(BOX, BOX_FACES, mode=1).glb(), "has no triangles, only points or lines"),
    "fans": ("box.glb", Gltf().add(BOX, BOX_FACES, mode=6).glb(), "has triangle fans; export it again"),
    "a node in itself": ("box.glb", lambda: changed(cycle), "a part of it is in two places or in itself"),
    "sparse numbers": ("box.glb", lambda: changed(sparse), "has sparse numbers; export it again"),
    "Draco": (
        "box.glb",
        lambda: changed(lambda h: h.update(extensionsRequired=["KHR_draco_mesh_compression"])),
        "is compressed (KHR_draco_mesh_compression); export it without compression",
    ),
    "an unknown extension": (
        "box.glb",
        lambda: changed(lambda h: h.update(extensionsRequired=["EXT_mesh_gpu_instancing"])),
        "needs the extension 'EXT_mesh_gpu_instancing', which askew does not read; export it without",
    ),
    "a count beyond the file": (
        "box.glb",
        lambda: changed(lambda h: h["accessors"][0].update(count=10**6)),
        "is damaged or not what its name says (cannot reshape",
    ),
    "a count beyond memory": (
        "box.glb",
        lambda: changed(lambda h: h["accessors"][0].update(count=10**12)),
        "has far more numbers than its triangles need",
    ),
    "NaN in the text": ("box.gltf", b'{"asset": {"version": NaN}}', "(NaN is no number)"),
    "NaN": ("box.glb", Gltf().add(nan(BOX, np.nan), BOX_FACES).glb(), "has points that are no numbers (NaN or infin"),
    "infinity": ("box.glb", Gltf().add(nan(BOX, np.inf), BOX_FACES).glb(), "has points that are no numbers (NaN or"),
    "NaN in an STL": ("box.stl", box_stl()[:96] + b"\xff" * 12 + box_stl()[108:], "has points that are no numbers"),
    "a point too many": ("box.glb", Gltf().add(BOX, BOX_FACES + 1).glb(), "has faces with points that are not there"),
    "one point": ("box.glb", Gltf().add(ONE, BOX_FACES).glb(), "has no area, all its triangles are points or lines"),
    "a line": ("box.glb", Gltf().add(LINE, BOX_FACES).glb(), "has no area, all its triangles are points or lines"),
    "no PLY": ("box.ply", b"hello", "is damaged or not what its name says (no PLY header); export it again"),
    "PLY of points": ("box.ply", box_ply().replace(b"face 12", b"face 0"), "has no faces, only points or lines"),
    "PLY cut short": ("box.ply", PLY[:-5], "is damaged or not what its name says (PLY is unexpected length!)"),
    "PLY of words": ("box.ply", box_ply().replace(b"-1.0 1.0", b"-1.0 abc"), "is damaged or not what its name says ("),
    "STL cut short": (
        "box.stl",
        box_stl()[:-20],
        "is damaged or not what its name says (its header says 12 triangles, 684 bytes, but it has 664 bytes)",
    ),
    "STL text cut short": ("box.stl", box_stl_text()[:300], "has no triangles; export a surface"),
    "STL of nothing": ("box.stl", b"\0" * 84, "has no triangles; export a surface"),
    "OBJ of points": ("box.obj", "v 0 0 0\nv 1 0 0\n", "has no faces, only points or lines; export a surface"),
    "OBJ of words": ("box.obj", "v 0 0 x\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "is damaged or not what its name says"),
    "OBJ with a point too many": ("box.obj", box_obj() + "f 7 8 9\n", "not what its name says (IndexError"),
    "OBJ counted backwards": ("box.obj", box_obj() + "f -1 -2 -3\n", "counts its points backwards (negative indices)"),
    "OBJ without its materials": (
        "box.obj",
        box_obj("mtllib paint.mtl\nusemtl red"),
        "names the material file 'paint.mtl', which is no file in its folder; put it there",
    ),
    "OBJ with a material of no library": (
        "box.obj",
        box_obj("usemtl red"),
        "uses the material 'red', but no mtllib defines it; export the OBJ again with its materials",
    ),
    "a texture and no coordinates": (
        "box.glb",
        square_glb(encoded(quarters())).add(BOX, BOX_FACES, material=0).glb(),
        "has a texture, but no texture coordinates for it; export it again with UVs",
    ),
    "a texture that is no picture": ("box.glb", square_glb(b"hello").glb(), "'image 0' is no picture that can be"),
    "a texture cut short": ("box.glb", square_glb(encoded(quarters())[:90]).glb(), "its texture 'image 0' is damaged"),
    "a texture of another kind": (
        "box.glb",
        without_source,
        "has a texture that is no PNG, JPEG or WebP; export it again with PNG textures",
    ),
    "numbers too large": (
        "box.obj",
        box_obj().replace("1.0", "1.7e308"),
        "is too large for numbers; scale it down and export it again",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_in_one_line(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file, content, message = BAD[name]
    path = written(tmp_path, file, content() if callable(content) else content)
    with pytest.raises(BadInput) as refused:
        read_mesh(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert capfd.readouterr() == ("", "")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.glb: is not there; give a file that ends in \.glb"):
        read_mesh(tmp_path / "none.glb")
    (tmp_path / "folder.glb").mkdir()
    with pytest.raises(BadInput, match=r"folder\.glb: is no mesh file that can be read"):
        read_mesh(tmp_path / "folder.glb")
    with pytest.raises(BadInput, match="up: 'w' is given, but it has to be one of y, -y, z, -z, x, -x"):
        read_mesh(tmp_path / "none.glb", up="w")  # type: ignore[arg-type]


OUTSIDE = {
    "../secret.png": "which is outside its folder; put the file beside the mesh and write only 'secret.png'",
    "/etc/hostname": "which is outside its folder; put the file beside the mesh and write only 'hostname'",
    "C:\\pictures\\secret.png": "which is outside its folder; put the file beside the mesh and write only 'secret.png'",
    "link.png": "which is outside its folder",
    "https://example.org/skin.png": "save it into the mesh's folder and write only its name",
    "file:///etc/hostname": "save it into the mesh's folder and write only its name",
    "gone.png": "which is no file in its folder; put it there",
    "x" * 5000: "which is no file in its folder; put it there",
}


@pytest.mark.parametrize("kind", ["gltf", "gltf buffer", "obj", "mtl", "ply"])
@pytest.mark.parametrize("name", [name for name in OUTSIDE if "%" not in name])
def test_a_mesh_reads_no_files_but_those_beside_it(name: str, kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "mesh"
    folder.mkdir()
    quarters().save(tmp_path / "secret.png")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    if kind == "gltf":
        path = written(folder, "box.gltf", square_glb(name).gltf())
    elif kind == "gltf buffer":
        path = written(folder, "box.gltf", Gltf().add(BOX, BOX_FACES).gltf(name))
    elif kind == "ply":
        path = written(folder, "box.ply", square_ply().replace("skin.png", name))
    else:
        obj, mtl = square_obj(f"map_Kd {name}")
        written(folder, "skin.mtl", mtl)
        path = written(folder, "box.obj", obj.replace("skin.mtl", name) if kind == "mtl" else obj)
    with pytest.raises(BadInput) as refused:
        read_mesh(path)
    assert OUTSIDE[name] in str(refused.value)
    assert str(refused.value).startswith(f"{path}: names the ")


def test_names_in_gltf_are_decoded_before_they_are_judged(tmp_path: Path) -> None:
    (tmp_path / "mesh").mkdir()
    quarters().save(tmp_path / "secret.png")
    path = written(tmp_path / "mesh", "box.gltf", square_glb("%2e%2e/secret.png").gltf())
    with pytest.raises(BadInput, match=r"names the texture '\.\./secret\.png', which is outside its folder"):
        read_mesh(path)


MILLIONS = 10_000_000


def header_only(folder: Path, kind: str) -> Path:
    """A file that says it has ten million triangles; nearly all of it is a hole on the disk."""
    if kind == "stl":
        path = written(folder, "large.stl", b"\0" * 80 + struct.pack("<I", MILLIONS))
        size = 84 + 50 * MILLIONS
    elif kind == "ply":
        path = written(folder, "large.ply", PLY.replace(b"face 12", b"face %d" % MILLIONS))
        size = 13 * MILLIONS
    else:
        path = written(folder, "large.glb", changed(lambda h: h["accessors"][1].update(count=3 * MILLIONS)))
        size = path.stat().st_size
    with path.open("r+b") as stream:
        stream.truncate(size)
    return path


@pytest.mark.parametrize("kind", ["stl", "ply", "glb"])
def test_ten_million_triangles_are_refused_before_they_are_read(kind: str, tmp_path: Path) -> None:
    said = "large.*: has 10,000,000 triangles, but at most 1,000,000 are read; decimate it, as with Blender's Decimate"
    with pytest.raises(BadInput, match=said):
        read_mesh(header_only(tmp_path, kind))


@pytest.mark.parametrize("name", BOXES)
def test_the_limit_counts_triangles_in_every_format(name: str, tmp_path: Path) -> None:
    path = written(tmp_path, name, BOXES[name]())
    assert read_mesh(path, max_faces=12).faces == 12
    with pytest.raises(BadInput, match="has 12 triangles, but at most 11 are read"):
        read_mesh(path, max_faces=11)


def test_a_mesh_that_is_shown_many_times_counts_many_times(tmp_path: Path) -> None:
    many = nodes(Gltf().add(BOX, BOX_FACES), {"children": [1, 2, 3]}, *[{"mesh": 0}] * 3)
    with pytest.raises(BadInput, match="has 36 triangles, but at most 35 are read"):
        read_mesh(written(tmp_path, "many.glb", many), max_faces=35)


def damaged(content: bytes, random: np.random.Generator) -> bytes:
    """The content with a few bytes changed, or cut short, or a part of it twice."""
    raw = bytearray(content)
    for _ in range(int(random.integers(1, 6))):
        byte = random.integers(256) if random.random() < 0.3 else raw[int(random.integers(len(raw)))]
        raw[int(random.integers(len(raw)))] = int(byte)
    start, end = sorted(int(place) for place in random.integers(0, len(raw), 2))
    way = int(random.integers(4))
    return bytes(raw[:end] if way == 0 else raw[:end] + raw[start:] if way == 1 else raw)


FUZZED = {
    **BOXES,
    "square.glb": lambda: square_glb(encoded(quarters())).glb(),
    "square.gltf": lambda: square_glb("skin.png").gltf(),
    "square.obj": lambda: square_obj()[0],
    "square.ply": square_ply,
    "wedge.ply": wedge_ply,
}


@pytest.mark.parametrize("name", FUZZED)
def test_damaged_files_are_read_or_refused_in_one_line(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    quarters().save(tmp_path / "skin.png")
    original = FUZZED[name]()
    content = original if isinstance(original, bytes) else original.encode()
    random = np.random.default_rng([7, *name.encode()])
    for _ in range(40):
        written(
            tmp_path,
            "skin.mtl",
            damaged(square_obj()[1].encode(), random) if random.random() < 0.3 else square_obj()[1],
        )
        path = written(tmp_path, name, damaged(content, random))
        message = ""
        try:
            solid = read_mesh(path)
        except BadInput as refused:
            message = str(refused)
        assert "\n" not in message
        if message:
            continue
        mesh_notes(solid)
        for surface in solid.surfaces:
            assert np.isfinite(surface.points).all()
            assert np.isfinite(surface.normals).all()
            assert np.isfinite([surface.metal, surface.rough]).all()
            assert surface.faces.max() < len(surface.points) == len(surface.colours)
    assert capfd.readouterr() == ("", "")


ODD: list[Any] = [None, -1, 0, 7, 10**9, 10**30, 1e308, 0.5, True, "x", "data:,", [], [0], {}, {"index": 9}]


def replaced(tree: Any, random: np.random.Generator) -> None:
    """Put something odd in a random place of a description, or take something away."""
    while True:
        keys = list(tree) if isinstance(tree, dict) else range(len(tree))
        key = keys[int(random.integers(len(keys)))]
        if isinstance(tree[key], (dict, list)) and tree[key] and random.random() < 0.9:
            tree = tree[key]
        elif random.random() < 0.2:
            del tree[key]
            return
        else:
            tree[key] = ODD[int(random.integers(len(ODD)))]
            return


def test_odd_descriptions_are_read_or_refused_in_one_line(tmp_path: Path) -> None:
    random = np.random.default_rng(11)
    read = 0
    for _ in range(300):
        file = square_glb(encoded(quarters()))
        file.add(
            BOX, BOX_FACES, COLOR_0=np.full((8, 4), 128, np.uint8), material=file.material(baseColorFactor=[1, 0, 0, 1])
        )
        file.header["nodes"] = [{"mesh": 0, "scale": [1, 2, 1], "translation": [1, 0, 0], "rotation": [0, 0, 0, 1]}]
        for _ in range(int(random.integers(1, 4))):
            replaced(file.header, random)
        message = ""
        try:
            solid = read_mesh(written(tmp_path, "odd.glb", repacked(file)))
            read += 1
            assert all(np.isfinite(surface.points).all() for surface in solid.surfaces)
            assert all(np.isfinite([surface.metal, surface.rough]).all() for surface in solid.surfaces)
        except BadInput as refused:
            message = str(refused)
        assert "\n" not in message
    assert 10 < read < 290, "both happen"


def repacked(file: Gltf) -> bytes:
    """The file, whatever its description has become."""
    header = dict(file.header)
    content = Gltf()
    content.header, content.chunk = {**header, "buffers": [{}]}, file.chunk
    return content.glb()
