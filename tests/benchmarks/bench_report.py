"""How long a report takes, how large it is and how fast its pictures are filtered: `make bench-report`.

Writes results/report.json. One study is simulated: 60 observers (programs in three groups of people, and networks) and
1,280 pictures of 500 pixels that are as hard to compress as photographs. The other is the published one, where its data
are here. Filters are timed inside Chromium, from the change of a field until the new cards are laid out.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from askew.sidecar import Sidecar
from askew.study import Study
from askew.trial import Trial, write_trials
from askew_stimuli.picture import Picture, write_manifest

RESULTS = Path(__file__).parent / "results" / "report.json"
PUBLISHED = Path(os.environ.get("ASKEW_PUBLISHED", Path(__file__).parents[3] / "shared" / "published"))
OBSERVERS, PICTURES, SIZE = 60, 1_280, 500
GROUPS = {
    "40ms": (20, 0.6, 40.0),
    "150ms": (18, 0.8, 150.0),
    "unlimited": (18, 0.95, None),
    "networks": (4, 0.75, None),
}
LABELS = 40
CONDITIONS = ("upright", "rotated-correct", "rotated-incorrect")
LARGE_MB, LARGE_S = 25.0, 30.0
PUBLISHED_MB, PUBLISHED_S = 8.0, 10.0
FILTER_MS = 200.0
ROUNDS = 3

# Sets a field as a reader does, and waits for the layout of what is then shown.
TIMED = """([name, value]) => {
    const field = document.querySelector(`.filters [name=${name}]`);
    const begin = performance.now();
    if (field.type === "checkbox") field.checked = value; else field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    document.body.getBoundingClientRect();
    return performance.now() - begin;
}"""
STEPS: tuple[tuple[str, object], ...] = (
    ("answers", "people"),
    ("people", "0"),
    ("models", "4"),
    ("answers", "models"),
    ("answers", ""),
    ("condition", "rotated-incorrect"),
    ("condition", ""),
    ("order", "0"),
    ("reversed", True),
    ("order", "name"),
    ("words", "label 7"),
    ("words", ""),
)


def textures(number: int, side: int) -> Iterator[NDArray[np.uint8]]:
    """Colour noise whose power falls with frequency as in photographs."""
    rng = np.random.default_rng(0)
    fx, fy = np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side))
    fall = 1 / np.maximum(np.hypot(fx, fy), 1 / side) ** 1.1
    for _ in range(number):
        shared = np.fft.fft2(rng.normal(size=(side, side)))
        planes = []
        for _ in range(3):
            own = np.fft.fft2(rng.normal(size=(side, side)))
            plane = np.fft.ifft2((shared + 0.4 * own) * fall).real
            planes.append(128 + 48 * (plane - plane.mean()) / plane.std())
        yield np.clip(np.stack(planes, axis=2), 0, 255).astype(np.uint8)


def pictures(folder: Path) -> list[Picture]:
    """Pictures on disk: a piece of a texture with something in it."""
    rng = np.random.default_rng(1)
    found = [Image.fromarray(texture) for texture in textures(12, SIZE + 200)]
    rows = []
    (folder / "images").mkdir(parents=True)
    for number in range(PICTURES):
        left, top = (int(offset) for offset in rng.integers(0, 200, 2))
        image = found[number % len(found)].crop((left, top, left + SIZE, top + SIZE))
        corners = [(float(x), float(y)) for x, y in rng.integers(100, SIZE - 100, (5, 2))]
        ImageDraw.Draw(image).polygon(corners, fill=(int(rng.integers(256)), 90, 60))
        name = f"images/p{number:04}.png"
        image.save(folder / name, compress_level=1)
        label = number % LABELS
        rows.append(
            Picture(
                image_id=f"p{number:04}",
                file=name,
                source="imported",
                class_label=f"label {label}",
                alt_label=f"label {(label + 1) % LABELS}",
                condition=CONDITIONS[number % 3],
                size_px=(SIZE, SIZE),
            )
        )
    return rows


def simulated(root: Path) -> Study:
    """A study in which everybody finds the same pictures hard."""
    study = Study(
        root=root,
        name="simulated",
        seed=5,
        simulated=True,
        combine={"rotated": ("rotated-correct", "rotated-incorrect")},
    )
    study.write()
    rows = pictures(study.manifest.parent)
    write_manifest(study.manifest, rows, Sidecar(source={"made by": "bench_report"}, seed=5))
    rng = np.random.default_rng(2)
    hard = rng.normal(size=PICTURES)
    for group, (observers, skill, exposure_ms) in GROUPS.items():
        is_model = group == "networks"
        for number in range(observers):
            right = rng.normal(size=PICTURES) + hard < 3 * skill - 1 - np.arange(PICTURES) % 3 / 2
            trials = (
                Trial(
                    observer=f"{group}_{number}",
                    kind="model" if is_model else "simulated",
                    group=group,
                    session=None if is_model else "1",
                    index=None if is_model else place,
                    stimulus=picture.image_id,
                    condition=picture.condition,
                    offered=picture.labels,
                    truth=picture.class_label,
                    choice=picture.labels[0 if right[place] else 1],
                    rt_ms=None if is_model else 500.0,
                    requested_ms=exposure_ms,
                    margin=float(rng.normal()) if is_model else None,
                )
                for place, picture in enumerate(rows)
            )
            write_trials(study.root / "trials" / f"{group}_{number}.csv", trials)
    return study


def reported(root: Path, cache: Path) -> dict[str, Any]:
    """Seconds and megabytes of `askew report`, and what filters take in its page. The second run, compiled."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    taken = []
    for _ in range(2):
        begin = time.perf_counter()
        words = [sys.executable, "-m", "askew", "report", str(root)]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, env=environment)
        taken.append(time.perf_counter() - begin)
    page = root / "results" / "report.html"
    return {
        "first_wall_s": round(taken[0], 2),
        "again_wall_s": round(taken[1], 2),
        "page_mb": round(page.stat().st_size / 1e6, 2),
        "in_chromium": filtered(page) or "not measured: there is no Chromium here",
    }


def filtered(page: Path) -> dict[str, Any] | None:
    """Milliseconds until the page answers each filter, the median of several rounds, and until it is there."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        return None
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        begin = time.perf_counter()
        tab.goto(page.absolute().as_uri())
        tab.locator(".card").first.wait_for()
        opened_s = time.perf_counter() - begin
        cards = tab.locator(".dt-info").first.inner_text()
        rounds = [[float(tab.evaluate(TIMED, [*step])) for step in STEPS] for _ in range(ROUNDS)]
        first, median = rounds[0], np.median(rounds, axis=0)
        browser.close()
    each = {f"{name}={value}": round(float(ms), 1) for (name, value), ms in zip(STEPS, median, strict=True)}
    return {
        "cards": cards,
        "opened_s": round(opened_s, 2),
        "filter_ms": each,
        "slowest_ms": round(max(*first, float(median.max())), 1),
    }


def published(folder: Path) -> Path | None:
    """The published study, imported."""
    source = PUBLISHED / "unusual_poses"
    if not source.is_dir():
        return None
    words = [sys.executable, "-m", "askew", "import", "unusual-poses", str(source), "--out", str(folder)]
    subprocess.run(words, check=True, capture_output=True)
    return folder


def shares(name: str, found: dict[str, Any], most_s: float, most_mb: float) -> dict[str, float]:
    """Of the limits."""
    told = {f"share_{name}_time": found["again_wall_s"] / most_s, f"share_{name}_size": found["page_mb"] / most_mb}
    if isinstance(found["in_chromium"], dict):
        told[f"share_{name}_filter"] = found["in_chromium"]["slowest_ms"] / FILTER_MS
    return {key: round(value, 3) for key, value in told.items()}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder, "compiled")
        large = reported(simulated(Path(folder, "large")).root, cache)
        study = published(Path(folder, "published"))
        small = reported(study, cache) if study else None
    results = {
        "about": f"Shares are of the limits: {LARGE_S:g} s and {LARGE_MB:g} MB for the large study, {PUBLISHED_S:g} s "
        f"and {PUBLISHED_MB:g} MB for the published one, {FILTER_MS:g} ms for the slowest filter.",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        **shares("large", large, LARGE_S, LARGE_MB),
        **(shares("published", small, PUBLISHED_S, PUBLISHED_MB) if small else {}),
        "large": {"observers": OBSERVERS, "pictures": PICTURES, **large},
        "published": small or "not measured: the published data are not here",
    }
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
