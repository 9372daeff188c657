"""A scene that stays: one object, a camera and lights in an offscreen window, rendered again for every pose.

The only module that imports VTK. Every pixel is the same on every run with one graphics driver: multisampling is off,
for drivers differ in what they allow, and edges are smoothed by averaging k x k samples afterwards.
"""

import ctypes
import os
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from askew.errors import BadInput
from askew_stimuli.solid import Solid, Surface

os.environ.setdefault("LP_NUM_THREADS", "1")  # before the driver loads: processes, not its threads, use the cores

import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  the implementation of what is named below
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkFloatArray, vtkLogger, vtkPoints, vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkImageData, vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkCommonTransforms import vtkMatrixToLinearTransform
from vtkmodules.vtkRenderingCore import vtkActor, vtkLight, vtkPolyDataMapper, vtkRenderer, vtkRenderWindow, vtkTexture

NO_GL = (
    "there is no OpenGL to render with, neither a display's nor EGL nor OSMesa; on Debian and Ubuntu type "
    "`sudo apt-get install libegl1 libgl1-mesa-dri` (no graphics card is needed), elsewhere update the graphics driver"
)
MARGIN = 1.05  # of the frame's half side to the radius of the object's sphere, at zoom 1
# Where each light comes from (x to the right, y up, z to the viewer) and how strong it is.
LIGHTS = {
    "studio": (((-2.0, 3.0, 4.0), 2.8), ((4.0, 1.0, 3.0), 1.2), ((0.0, -3.0, 2.0), 0.8)),
    "front": (((0.0, 0.0, 1.0), 3.0),),
    "unlit": (),  # every colour as it is: for silhouettes, for it is much faster
}


@dataclass(frozen=True)
class Camera:
    """How the object is looked at, and in how many samples. The same for all pictures of a set."""

    samples: int = 1000  # along each side
    fov: float = 16.0  # degrees, at zoom 1
    lights: str = "studio"
    background: tuple[int, int, int] = (124, 116, 104)

    @property
    def distance(self) -> float:
        """Of the camera from the object's centre, in radii of its sphere: the sphere fits the frame with a margin."""
        return float(MARGIN / np.sin(np.radians(self.fov / 2)))


@dataclass(frozen=True, eq=False)
class Frame:
    """What the camera saw in a part of the picture; the rest is background. First row on top."""

    left: int
    top: int
    samples: npt.NDArray[np.uint8]  # (height, width, 3), sRGB
    mask: npt.NDArray[np.bool_]  # (height, width), where the object is


@dataclass(frozen=True)
class Driver:
    """The graphics driver that rendered."""

    window: str
    renderer: str
    version: str


class Scene:
    """A window with a camera and lights; `show` puts an object into it, and then every pose is one call."""

    def __init__(self, camera: Camera) -> None:
        self.camera = camera
        self._window = _window()
        self._window.SetMultiSamples(0)
        self._window.SetSize(camera.samples, camera.samples)
        self._renderer = vtkRenderer()
        self._renderer.SetBackground(*(part / 255 for part in camera.background))
        self._window.AddRenderer(self._renderer)
        for position, intensity in LIGHTS[camera.lights]:
            self._renderer.AddLight(_light(position, intensity))
        self._matrix = vtkMatrix4x4()
        self._turn = vtkMatrixToLinearTransform()
        self._turn.SetInput(self._matrix)
        self._place_camera()

    def show(self, solid: Solid) -> None:
        """Take the object that was shown away and show another."""
        self._renderer.RemoveAllViewProps()
        self._points = np.concatenate([surface.points for surface in solid.surfaces])
        lit = bool(LIGHTS[self.camera.lights])
        for mesh in (_actor(surface) for surface in solid.merged().surfaces) if lit else [_shadow(solid)]:
            mesh.SetUserTransform(self._turn)
            self._renderer.AddActor(mesh)

    def close(self) -> None:
        """Give the window back."""
        self._window.Finalize()

    @cached_property
    def driver(self) -> Driver:
        """The graphics driver; to be asked once something was rendered."""
        lines = dict(line.split(":", 1) for line in self._window.ReportCapabilities().splitlines() if ":" in line)
        return Driver(
            self._window.GetClassName(),
            lines.get("OpenGL renderer string", "").strip(),
            lines.get("OpenGL version string", "").strip(),
        )

    def extent(self, rotation: Rotation) -> tuple[float, float, float, float]:
        """The box around the object at zoom 1: left, bottom, right, top, in half sides from the middle."""
        x, y, z = rotation.as_matrix().astype(np.float32) @ self._points.T
        depth = (self.camera.distance - z) * np.tan(np.radians(self.camera.fov / 2))
        x /= depth
        y /= depth
        return float(x.min()), float(y.min()), float(x.max()), float(y.max())

    def silhouette(self, rotation: Rotation) -> npt.NDArray[np.bool_]:
        """Where the object is in the whole picture at zoom 1, first row on top."""
        self._look(rotation, 1.0, (0.0, 0.0))
        return self._depth(0, 0, self.camera.samples, self.camera.samples) < 1

    def frame(
        self,
        rotation: Rotation,
        zoom: float = 1.0,
        shift: tuple[float, float] = (0.0, 0.0),
        part: tuple[int, int, int, int] | None = None,
    ) -> Frame:
        """Render one pose. The picture is enlarged `zoom` times about its centre, then shifted, in half sides of it.

        `part` (left, top, right, bottom, in samples) is read where only this much is wanted.
        """
        self._look(rotation, zoom, shift)
        side = self.camera.samples
        left, top, right, bottom = part or (0, 0, side, side)
        mask = self._depth(left, side - bottom, right, side - top) < 1
        pixels = vtkUnsignedCharArray()
        self._window.GetPixelData(left, side - bottom, right - 1, side - top - 1, 0, pixels, 0)
        samples = vtk_to_numpy(pixels).reshape(bottom - top, right - left, 3)[::-1]
        return Frame(left, top, samples, mask)

    def _look(self, rotation: Rotation, zoom: float, shift: tuple[float, float]) -> None:
        """Render. Zoom and shift are of the picture, not of the object: they keep the perspective."""
        matrix = np.eye(4)
        matrix[:3, :3] = rotation.as_matrix()
        self._matrix.DeepCopy(matrix.ravel().tolist())
        camera = self._renderer.GetActiveCamera()
        half = np.tan(np.radians(self.camera.fov / 2)) / zoom
        camera.SetViewAngle(float(np.degrees(2 * np.arctan(half))))
        camera.SetWindowCenter(-shift[0], -shift[1])
        self._window.Render()

    def _depth(self, left: int, bottom: int, right: int, top: int) -> npt.NDArray[np.float32]:
        depths = vtkFloatArray()
        self._window.GetZbufferData(left, bottom, right - 1, top - 1, depths)
        values: npt.NDArray[np.float32] = vtk_to_numpy(depths).reshape(top - bottom, right - left)
        return values[::-1]

    def _place_camera(self) -> None:
        distance = self.camera.distance
        camera = self._renderer.GetActiveCamera()
        camera.SetPosition(0, 0, distance)
        camera.SetFocalPoint(0, 0, 0)
        camera.SetViewUp(0, 1, 0)
        camera.SetClippingRange(distance - 1.01, distance + 1.01)


def _window() -> vtkRenderWindow:
    """An offscreen window of the kind that this machine has: X, EGL, Windows' own, or OSMesa.

    VTK tries them one after the other. OSMesa comes last, and it is taken even where it is not installed.
    """
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)  # that one kind is missing is no news if another is there
    window = vtkRenderWindow()
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_WARNING)
    if window.GetClassName() == "vtkOSOpenGLRenderWindow" and not _has_osmesa():
        raise BadInput(NO_GL)
    window.SetOffScreenRendering(1)
    return window


def _has_osmesa() -> bool:
    for name in ("libOSMesa.so", "libOSMesa.so.8", "libOSMesa.so.6"):
        with suppress(OSError):
            ctypes.CDLL(name)
            return True
    return False


def _light(position: tuple[float, float, float], intensity: float) -> vtkLight:
    light = vtkLight()
    light.SetLightTypeToSceneLight()
    light.SetPositional(False)
    light.SetPosition(*position)
    light.SetFocalPoint(0, 0, 0)
    light.SetIntensity(intensity)
    return light


def _shadow(solid: Solid) -> vtkActor:
    """The whole object without materials, light or doubled points: much faster, for its silhouette."""
    points = np.concatenate([surface.points for surface in solid.surfaces])
    firsts = np.cumsum([0, *(len(surface.points) for surface in solid.surfaces[:-1])])
    faces = np.concatenate([surface.faces + first for surface, first in zip(solid.surfaces, firsts, strict=True)])
    unique, places = np.unique(points, axis=0, return_inverse=True)
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(_triangles(unique, places.ravel()[faces]))
    mapper.SetStatic(True)
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().LightingOff()
    return actor


def _actor(surface: Surface) -> vtkActor:
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(_polydata(surface))
    mapper.SetStatic(True)
    actor = vtkActor()
    actor.SetMapper(mapper)
    material = actor.GetProperty()
    material.SetInterpolationToPBR()
    material.SetMetallic(surface.metal)
    material.SetRoughness(surface.rough)
    if surface.texture is not None:
        material.SetBaseColorTexture(_texture(surface.texture))
    return actor


def _triangles(points: npt.NDArray[np.float32], faces: npt.NDArray[np.integer[Any]]) -> vtkPolyData:
    data = vtkPolyData()
    where = vtkPoints()
    where.SetData(numpy_to_vtk(np.ascontiguousarray(points), deep=True))
    data.SetPoints(where)
    cells = vtkCellArray()
    cells.SetData(
        numpy_to_vtkIdTypeArray(np.arange(0, 3 * len(faces) + 1, 3, dtype=np.int64), deep=True),
        numpy_to_vtkIdTypeArray(np.ascontiguousarray(faces.ravel(), dtype=np.int64), deep=True),
    )
    data.SetPolys(cells)
    return data


def _polydata(surface: Surface) -> vtkPolyData:
    data = _triangles(surface.points, surface.faces)
    normals = numpy_to_vtk(surface.normals, deep=True)
    data.GetPointData().SetNormals(normals)
    if surface.uv is not None and surface.texture is not None:
        data.GetPointData().SetTCoords(numpy_to_vtk(surface.uv, deep=True))
    else:
        colours = numpy_to_vtk(np.ascontiguousarray(surface.colours), deep=True)
        data.GetPointData().SetScalars(colours)
    return data


def _texture(pixels: npt.NDArray[np.uint8]) -> vtkTexture:
    image = vtkImageData()
    height, width = pixels.shape[:2]
    image.SetDimensions(width, height, 1)
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(pixels[::-1]).reshape(-1, 3), deep=True))
    texture = vtkTexture()
    texture.SetInputData(image)
    texture.SetRepeat(True)
    texture.SetInterpolate(True)
    texture.SetMipmap(True)
    texture.SetUseSRGBColorSpace(True)
    return texture
