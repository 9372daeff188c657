"""One object's pictures: taken, written to disk, hashed and described, in a process of their own or in this one."""

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from importlib.metadata import version
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path

from scipy.spatial.transform import Rotation

from askew import __version__
from askew.errors import BadInput
from askew.files import put
from askew.processes import deaf, end_with_parent
from askew_stimuli.framing import SizeRule
from askew_stimuli.picture import Picture
from askew_stimuli.pixels import sha256_of
from askew_stimuli.plan import Plan, Taken
from askew_stimuli.png import encoded
from askew_stimuli.recipe import Look
from askew_stimuli.silhouette import measured
from askew_stimuli.studio import Studio
from askew_stimuli.thing import Thing
from askew_stimuli.units import Unit, Units

MOST_WORKERS = 60  # Windows cannot wait for more
PICTURES, SILHOUETTES = "pictures", "silhouettes"
_PROGRAMS = ("vtk", "trimesh", "manifold3d", "numpy", "scipy")


def develop(plan: Plan, units: Units, thing: Thing) -> None:
    """Take all pictures of an object and record it as finished."""
    studio = _studio(plan.recipe.look, plan.match)
    studio.stage(thing)
    given_up: Counter[str] = Counter()
    rows = []
    for taken in plan.take(studio, given_up):
        _refuse_if_stopped()
        rows.append(_written(units.out, plan, studio, taken))
    doubts = () if thing.doubts is None else thing.doubts(thing.solid)
    notes = tuple(f"{thing.object_id}: {doubt}" for doubt in doubts)
    units.record(thing.object_id, Unit(rows, dict(sorted(given_up.items())), notes))


def developed(plan: Plan, units: Units, numbers: Sequence[int], workers: int) -> Iterator[int]:
    """Develop the objects of these numbers, each of which is given back once it is finished, in any order."""
    workers = min(workers, len(numbers), MOST_WORKERS)
    if workers <= 1:
        things = plan.recipe.things()
        for number in numbers:
            develop(plan, units, things[number])
            yield number
        return
    context = get_context("spawn")  # a copy of a process that has a window would share it
    stop = context.Event()
    with ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(stop,)) as pool:
        with deaf():
            futures = {pool.submit(_develop_one, plan, units, number): number for number in numbers}
        try:
            for future in as_completed(futures):
                future.result()
                yield futures[future]
        except BrokenProcessPool:
            raise BadInput(
                "a rendering process ended by force, perhaps for lack of memory; the same command goes on where it "
                "stopped, with --workers 1 if it happens again"
            ) from None
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


_STOP: list[Event] = []


def _begin(stop: Event) -> None:
    """Set a process up: it stops when it is told to, or when whoever began it is gone."""
    _STOP.append(stop)
    end_with_parent()


def _refuse_if_stopped() -> None:
    if _STOP and _STOP[0].is_set():
        raise KeyboardInterrupt


def _develop_one(plan: Plan, units: Units, number: int) -> None:
    try:
        develop(plan, units, plan.recipe.things()[number])
    except BadInput as error:
        raise BadInput(str(error)) from None  # of the kinds of BadInput, this one survives the way between processes


@cache
def _studio(look: Look, match: SizeRule) -> Studio:
    """One window for all objects of a process."""
    return Studio(look, match)


def _written(out: Path, plan: Plan, studio: Studio, taken: Taken) -> Picture:
    """The row of a picture, once it and its silhouette are on disk."""
    pose, shot = taken.pose, taken.shot
    picture, silhouette = f"{PICTURES}/{taken.image_id}.png", f"{SILHOUETTES}/{taken.image_id}.png"
    height, width = shot.coverage.shape
    measures = measured(shot.pixels, shot.coverage)
    if measures is None:
        raise BadInput(f"{taken.image_id}: the object cannot be seen in this pose; relax the match, or leave it out")
    qw, qx, qy, qz = _quaternion(pose.rotation)
    driver = studio.scene.driver
    thing = studio.thing
    return Picture(
        image_id=taken.image_id,
        file=picture,
        sha256_file=put(out / picture, encoded(shot.pixels)),
        sha256_pixels=sha256_of(shot.pixels),
        set=plan.name,
        source="rendered",
        object_id=thing.object_id,
        object_sha256=thing.solid.sha256,
        object_licence=thing.licence,
        symmetry=thing.symmetry.text,
        class_index=thing.class_index,
        class_label=thing.class_label,
        condition=pose.condition,
        qw=qw,
        qx=qx,
        qy=qy,
        qz=qz,
        euler_yxz=_euler(pose.rotation),
        angle_from_upright=round(pose.angle, 4),
        sampler=pose.sampler,
        seed=plan.recipe.seed,
        draw_index=pose.draw,
        size_rule=taken.size_rule,
        scale=round(pose.framing.zoom, 6),
        fov=plan.recipe.look.fov,
        camera_distance=round(studio.scene.camera.distance, 6),
        lights_id=plan.recipe.look.lights,
        background_rgb=None if taken.background_sha256 else plan.recipe.look.background,
        background_sha256=taken.background_sha256,
        size_px=(width, height),
        supersample=plan.recipe.look.supersample,
        silhouette_file=silhouette,
        silhouette_sha256=put(out / silhouette, encoded(shot.coverage)),
        **vars(measures),
        matched=_matching(taken),
        factors=taken.factors,
        renderer="askew, VTK",
        gl_renderer=f"{driver.renderer}, {driver.version}",
        versions=versions(),
    )


def _quaternion(rotation: Rotation) -> tuple[float, float, float, float]:
    w, x, y, z = (round(float(part), 9) + 0.0 for part in rotation.as_quat(canonical=True, scalar_first=True))
    return w, x, y, z


def _euler(rotation: Rotation) -> tuple[float, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # looking straight up or down, any yaw and roll of one sum will do
        return tuple(round(float(angle), 4) + 0.0 for angle in rotation.as_euler("YXZ", degrees=True))


def _matching(taken: Taken) -> str | None:
    """What was matched, before and after."""
    words = []
    if taken.size_rule.startswith("area"):
        words.append(f"area {taken.pose.view.area:.4f} to {taken.shot.coverage.mean() / 255:.4f}")
    if taken.shot.matched is not None:
        words.append(str(taken.shot.matched))
    return "; ".join(words) or None


@cache
def versions() -> str:
    """Of the programs that decide what a picture shows."""
    return ", ".join([f"askew {__version__}", *(f"{name} {version(name)}" for name in _PROGRAMS)])
