"""The scene: what is seen is where geometry says, on a background of exactly the declared colour, on every driver."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from askew_stimuli.kit import assemble, ball, box, part
from askew_stimuli.materials import matt
from askew_stimuli.scene import NO_GL, Camera, Scene
from askew_stimuli.solid import Solid

RED, BLUE = matt((0.8, 0.1, 0.1)), matt((0.1, 0.1, 0.8))
UPRIGHT = Rotation.identity()


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    one = Scene(Camera(samples=200))
    yield one
    one.close()


def two_boxes() -> Solid:
    """A red box to the right of a blue one, which is twice as high."""
    return assemble([part(box(1, 1, 1), RED, at=(1, 0, 0.5)), part(box(1, 1, 2), BLUE, at=(-1, 0, 1))])


def test_x_is_to_the_right_and_y_is_up(scene: Scene) -> None:
    scene.show(two_boxes())
    frame = scene.frame(UPRIGHT)
    red = frame.samples[..., 0].astype(int) - frame.samples[..., 2] > 30
    blue = frame.samples[..., 2].astype(int) - frame.samples[..., 0] > 30
    assert np.flatnonzero(red.any(0)).min() > np.flatnonzero(blue.any(0)).max()
    assert np.flatnonzero(blue.any(1)).min() < np.flatnonzero(red.any(1)).min()


def test_a_rotation_turns_the_object_as_the_manifest_says(scene: Scene) -> None:
    """A quarter turn about the viewing axis, counter-clockwise, brings what is right to the top."""
    scene.show(two_boxes())
    frame = scene.frame(Rotation.from_euler("z", 90, degrees=True))
    red = frame.samples[..., 0].astype(int) - frame.samples[..., 2] > 30
    rows = np.flatnonzero(red.any(1))
    assert rows.mean() < 80


def test_the_background_is_exactly_the_declared_colour() -> None:
    for colour in ((124, 116, 104), (0, 0, 0), (255, 255, 255), (1, 128, 254)):
        scene = Scene(Camera(samples=64, background=colour))
        scene.show(assemble([part(ball(1), RED)]))
        frame = scene.frame(UPRIGHT)
        assert (frame.samples[~frame.mask] == colour).all()
        scene.close()


def test_the_mask_is_where_the_object_is_seen(scene: Scene) -> None:
    """A sphere of radius 1 at the camera's distance covers a disc of known area."""
    scene.show(assemble([part(ball(1), RED)]))
    frame = scene.frame(UPRIGHT)
    camera = scene.camera
    tangent = 1 / np.sqrt(camera.distance**2 - 1) / np.tan(np.radians(camera.fov / 2))
    assert frame.mask.mean() == pytest.approx(np.pi * tangent**2 / 4, rel=0.01)
    differs = (frame.samples != camera.background).any(2)
    assert (frame.mask == differs).mean() > 0.999


def test_the_extent_is_the_box_around_what_is_seen(scene: Scene) -> None:
    scene.show(two_boxes())
    for rotation in (UPRIGHT, *Rotation.random(5, rng=np.random.default_rng(1))):
        left, bottom, right, top = (np.array(scene.extent(rotation)) + 1) / 2 * 200
        mask = scene.frame(rotation).mask
        columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
        assert (columns[0], columns[-1] + 1) == (pytest.approx(left, abs=1.1), pytest.approx(right, abs=1.1))
        assert (rows[0], rows[-1] + 1) == (pytest.approx(200 - top, abs=1.1), pytest.approx(200 - bottom, abs=1.1))


def test_zoom_and_shift_are_of_the_picture(scene: Scene) -> None:
    """The same silhouette, twice as large: perspective does not change."""
    scene.show(two_boxes())
    turned = Rotation.from_euler("yx", [40, 20], degrees=True)
    half = scene.frame(turned, zoom=0.4).mask
    full = scene.frame(turned, zoom=0.8).mask
    assert full.mean() == pytest.approx(4 * half.mean(), rel=0.02)
    shifted = scene.frame(turned, zoom=0.4, shift=(0.2, 0.1)).mask
    assert (np.roll(half, (-10, 20), (0, 1)) == shifted).mean() > 0.999


def test_a_part_of_the_picture_is_that_part_of_the_whole(scene: Scene) -> None:
    scene.show(two_boxes())
    whole = scene.frame(UPRIGHT)
    part_of_it = scene.frame(UPRIGHT, part=(40, 60, 150, 160))
    assert (part_of_it.samples == whole.samples[60:160, 40:150]).all()
    assert (part_of_it.mask == whole.mask[60:160, 40:150]).all()


def test_an_object_shown_leaves_no_trace_of_the_one_before(scene: Scene) -> None:
    scene.show(two_boxes())
    first = scene.frame(UPRIGHT).samples.copy()
    scene.show(assemble([part(ball(1), RED)]))
    scene.frame(UPRIGHT)
    scene.show(two_boxes())
    assert (scene.frame(UPRIGHT).samples == first).all()


def test_silhouettes_do_not_need_light() -> None:
    lit, unlit = Scene(Camera(samples=100)), Scene(Camera(samples=100, lights="unlit"))
    for scene in (lit, unlit):
        scene.show(two_boxes())
    assert (lit.silhouette(UPRIGHT) == unlit.silhouette(UPRIGHT)).all()
    lit.close()
    unlit.close()


RENDER = """
import hashlib
from scipy.spatial.transform import Rotation
from askew_stimuli.kit import assemble, box, part
from askew_stimuli.materials import wood
from askew_stimuli.scene import Camera, Scene
scene = Scene(Camera(samples=120))
scene.show(assemble([part(box(1, 2, 3), wood())]))
print(scene.driver.window, hashlib.sha256(scene.frame(Rotation.from_rotvec([1, 2, 3])).samples.tobytes()).hexdigest())
"""


def rendered(**more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"} | more
    return subprocess.run([sys.executable, "-c", RENDER], env=environment, capture_output=True, text=True, check=False)


def test_another_process_with_other_threads_renders_the_same_bytes() -> None:
    one, two = rendered(), rendered(LP_NUM_THREADS="2")
    assert (one.returncode, one.stderr) == (0, "")
    assert one.stdout == two.stdout


def test_a_display_that_is_not_there_is_no_trouble() -> None:
    """On a server, DISPLAY often names one that ended long ago."""
    broken = rendered(DISPLAY=":987")
    assert (broken.returncode, broken.stderr) == (0, "")
    assert broken.stdout == rendered().stdout


@pytest.mark.skipif(sys.platform != "linux", reason="EGL is looked for on Linux")
def test_without_any_opengl_one_line_says_what_to_install() -> None:
    none = rendered(__EGL_VENDOR_LIBRARY_DIRS="/nonexistent")
    if none.returncode == 0:
        pytest.skip(f"this machine has another way to render: {none.stdout.split()[0]}")
    assert none.stderr.strip().splitlines()[-1] == f"askew.errors.BadInput: {NO_GL}"


@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="xvfb-run is not installed")
def test_pictures_are_those_of_an_x_window_too() -> None:
    """EGL and X give the same bytes where the same driver is behind them."""
    found = subprocess.run(
        ["xvfb-run", "-a", sys.executable, "-c", RENDER], capture_output=True, text=True, check=True
    ).stdout.split()
    assert found[0] == "vtkXOpenGLRenderWindow"
    assert found[1] == rendered().stdout.split()[1]


def test_a_hash_of_pixels_is_no_constant(scene: Scene) -> None:
    scene.show(two_boxes())
    hashes = {
        hashlib.sha256(scene.frame(r).samples.tobytes()).hexdigest()
        for r in (UPRIGHT, UPRIGHT.inv(), Rotation.from_rotvec([0, 1, 0]))
    }
    assert len(hashes) == 2
