"""How fast a set is rendered, against the renderer's own time: `make bench-stimuli` writes results/stimuli.json.

The renderer's own time is that of VTK for the same frames, read back whole: nobody can be faster who renders them with
it. Everything else is what askew adds: framing, matching, averaging, PNG, hashes, measures, files. Shares are of a
limit: of 1.3 times the renderer's own time, of 1.9 times the speed for two processes, of a fourth of a new plotter for
each picture.
"""

import json
import platform
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any, Literal

import numpy as np
import pyvista
import trimesh
from PIL import Image
from scipy.spatial.transform import Rotation

from askew.processes import cores
from askew_stimuli.designs import designs
from askew_stimuli.developing import develop
from askew_stimuli.light import averaged
from askew_stimuli.matching import matched
from askew_stimuli.pixels import sha256_of
from askew_stimuli.plan import RecipePlan
from askew_stimuli.png import encoded
from askew_stimuli.poses import PoseRule
from askew_stimuli.recipe import Bundled, Recipe, recipe_of
from askew_stimuli.rendering import render
from askew_stimuli.silhouette import measured
from askew_stimuli.studio import Pose, Studio
from askew_stimuli.thing import Vary
from askew_stimuli.units import Units

RESULTS = Path(__file__).parent / "results" / "stimuli.json"
OBJECTS = ("airliner", "coffee-mug", "dumbbell", "park-bench", "table-lamp", "teapot")
FRAMES = 40
MANY = 400  # pictures of each object, for the processes
ROUNDS = 3


Luminance = Literal["as-rendered", "object"]


def recipe(luminance: Luminance, count: int) -> Recipe:
    """Candidate poses of some objects, of a teapot to an airliner, at the usual size."""
    bundled = recipe_of("bundled")
    return replace(
        bundled,
        bundled=Bundled(objects=OBJECTS),
        poses=(PoseRule(condition="rotated", count=count, min_between=0.0),),
        look=replace(bundled.look, luminance=luminance),
        sha256=f"benchmark {luminance} {count}",
    )


def processor() -> str:
    """What Linux calls this machine's processor, and elsewhere its architecture."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.is_file() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def cpu(act: Callable[[], object]) -> float:
    """Seconds of this process's CPU time."""
    begin = time.process_time()
    act()
    return time.process_time() - begin


def wall(act: Callable[[], object]) -> float:
    """Seconds on the clock."""
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def frames(studio: Studio, all_poses: Sequence[Pose]) -> None:
    """The renderer's own work: each pose rendered and read back whole."""
    for pose in all_poses:
        studio.scene.frame(pose.rotation, pose.framing.zoom, pose.framing.shift)


def poses(studio: Studio, plan: RecipePlan) -> list[Pose]:
    """The poses of the object that is staged."""
    return list(studio.poses(plan.recipe.poses, plan.recipe.seed, Counter()))


def one_process(luminance: Luminance) -> dict[str, Any]:
    """The whole chain for every object, against the renderer's own time for the same frames."""
    plan = RecipePlan(recipe(luminance, FRAMES))
    studio = Studio(plan.recipe.look, plan.match)
    found = []
    for thing in plan.recipe.things():
        studio.stage(thing)
        all_poses = poses(studio, plan)
        own, chain = [], []
        for _ in range(ROUNDS):
            own.append(cpu(partial(frames, studio, all_poses)))
            with tempfile.TemporaryDirectory() as folder:
                units = Units(Path(folder), plan.name, plan.sha256)
                chain.append(cpu(partial(develop, plan, units, thing)) - cpu(partial(studio.stage, thing)))
        found.append(
            {
                "object": thing.object_id,
                "faces": thing.solid.faces,
                "own_ms": round(1000 * median(own) / FRAMES, 2),
                "chain_ms": round(1000 * median(chain) / FRAMES, 2),
            }
        )
    ratio = sum(map(itemgetter("chain_ms"), found)) / sum(map(itemgetter("own_ms"), found))
    return {"ratio": round(ratio, 3), "objects": found}


def stages() -> dict[str, float]:
    """Milliseconds of CPU for each step of one picture of a teapot, in the mean of its poses."""
    plan = RecipePlan(recipe("object", FRAMES))
    studio = Studio(plan.recipe.look, plan.match)
    thing = next(each for each in plan.recipe.things() if each.class_label == "teapot")
    begin = time.process_time()
    solid = thing.solid
    build = time.process_time() - begin
    first = cpu(lambda: studio.stage(thing))
    all_poses = poses(studio, plan)
    framed = [(p.rotation, p.framing.zoom, p.framing.shift) for p in all_poses]
    parts = [studio._part(p.framing.box(p.view)) for p in all_poses]
    frames = [studio.scene.frame(*each, part) for each, part in zip(framed, parts, strict=True)]
    shots = [studio.shot(p.rotation, p.view, p.framing) for p in all_poses]
    small = [averaged(frame.samples, 2) for frame in frames]
    wanted = studio._wanted
    background = np.array(plan.recipe.look.background, np.uint8)
    steps: dict[str, Callable[[], object]] = {
        "framing: extent and small silhouette": lambda: [studio.view(p.rotation) for p in all_poses],
        "render and read back all of it": lambda: [studio.scene.frame(*each) for each in framed],
        "render and read back the object's part": lambda: [
            studio.scene.frame(*each, part) for each, part in zip(framed, parts, strict=True)
        ],
        "average 2 x 2 in linear light": lambda: [averaged(frame.samples, 2) for frame in frames],
        "match luminance": lambda: [
            matched(shot.pixels, shot.coverage / 255, background, wanted) for shot in shots if wanted is not None
        ],
        "measure": lambda: [measured(shot.pixels, shot.coverage) for shot in shots],
        "PNG of the picture": lambda: [encoded(shot.pixels) for shot in shots],
        "PNG of the silhouette": lambda: [encoded(shot.coverage) for shot in shots],
        "hash of the pixels": lambda: [sha256_of(shot.pixels) for shot in shots],
    }
    medians = {name: median(cpu(act) for _ in range(ROUNDS)) for name, act in steps.items()}
    result = {name: round(1000 * seconds / len(all_poses), 3) for name, seconds in medians.items()}
    result["once an object: model it in code"] = round(1000 * build, 1)
    result["once an object: stage it, first frames"] = round(1000 * first, 1)
    assert solid.faces > 0
    assert small
    return result


def new_plotter_each_time(chain_ms: float) -> dict[str, float]:
    """A new PyVista plotter for each picture of a teapot's GLB, as most scripts do, against the whole chain."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "teapot.glb"
        shapes = [part.shape for part in designs()["teapot"].model(Vary("teapot", 0))]
        glb = trimesh.exchange.gltf.export_glb(trimesh.Scene(shapes), include_normals=True)  # type: ignore[no-untyped-call]
        path.write_bytes(glb)
        turns = Rotation.random(10, rng=np.random.default_rng(0))

        def anew() -> None:
            for number, turn in enumerate(turns):
                plotter = pyvista.Plotter(off_screen=True, window_size=[1000, 1000])
                plotter.import_gltf(path)
                x, y, z = turn.apply([0, 0, 5])
                plotter.camera_position = [(x, y, z), (0, 0, 0), tuple(turn.apply([0, 1, 0]))]
                plotter.screenshot(path.with_name("large.png"))
                with Image.open(path.with_name("large.png")) as large:
                    large.reduce(2).save(path.with_name(f"{number}.png"))
                plotter.close()

        anew()
        naive = 1000 * median(cpu(anew) for _ in range(ROUNDS)) / len(turns)
    return {"new_plotter_ms": round(naive, 2), "chain_ms": chain_ms, "ratio": round(naive / chain_ms, 2)}


def processes() -> dict[str, Any]:
    """The whole command's work by one process and by two, start of the processes included."""
    plan = RecipePlan(recipe("object", MANY))
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        alone = wall(partial(render, plan, Path(one), 1))
        together = wall(partial(render, plan, Path(two), 2))
    pictures = MANY * len(OBJECTS)
    return {
        "pictures": pictures,
        "one_s": round(alone, 2),
        "two_s": round(together, 2),
        "pictures_a_second_two": round(pictures / together, 1),
        "ratio": round(alone / together, 3),
    }


def main() -> None:
    """Measure all and write the results."""
    rendered, equalised = one_process("as-rendered"), one_process("object")
    teapot = next(each["chain_ms"] for each in rendered["objects"] if each["object"] == "teapot-0")
    anew, two = new_plotter_each_time(teapot), processes()
    studio = Studio(recipe_of("bundled").look, recipe_of("bundled").match)
    studio.stage(recipe_of("bundled").things()[0])
    results = {
        "machine": f"{processor()}, {cores()} cores, {platform.system()}, Python {platform.python_version()}",
        "driver": vars(studio.scene.driver),
        "picture": "500 x 500 of 2 x 2 samples a pixel; CPU time of one process unless said otherwise",
        "share_of_1.3_times_the_renderer": round(rendered["ratio"] / 1.3, 3),
        "share_of_1.9_by_two_processes": round(1.9 / two["ratio"], 3),
        "share_of_4_times_a_new_plotter": round(4 / anew["ratio"], 3),
        "one_process": rendered,
        "one_process_with_luminance_matched": equalised,
        "two_processes": two,
        "new_plotter_each_time": anew,
        "stages_ms": stages(),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
