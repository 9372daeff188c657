"""How fast networks score pictures, against the bare network: `make bench-models` writes results/models.json.

The limit is the bare forward loop over a batch that lies in memory ready to use, at the same settings, in the same
process, minutes apart at most. Ours goes from the pictures to a finished, fsynced file of evidence: opening the files,
or the cache, values as the network wants them, every logit with its checksum. Shares are of that limit (1 is the bare
network), by wall clock, medians of rounds that take turns. Beside it: a script that opens one picture after the other,
timm's own loader, and torch's DataLoader. Weights are random: speed does not depend on what they are.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import timm
import torch
from PIL import Image as PillowImage
from timm.data import create_loader, create_transform, resolve_model_data_config
from torch.utils.data import DataLoader, Dataset

from askew.processes import cores
from askew_models.building import Built, build
from askew_models.card import card_of
from askew_models.filling import Work, score_unit
from askew_models.forward import Forward, set_up
from askew_models.images import Image, images_of
from askew_models.lineup import Lineup
from askew_models.messages import Plan
from askew_models.settings import Settings
from askew_models.unit import Unit, units_of
from askew_stimuli.picture import manifest_of, read_manifest

RESULTS = Path(__file__).parent / "results" / "models.json"
NETWORKS = ("resnet18", "resnet50", "vit_small_patch16_224", "mobilenetv4_conv_small")
ROUNDS = 3
BATCH = 8
WHOLE = "whole"


class Silence:
    """Nobody listens."""

    def send(self, message: Any, /) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Bench:
    """One network, ready in both ways."""

    name: str
    built: Built
    forward: Forward
    plan: Plan
    images: tuple[Image, ...]
    folder: Path

    def bare(self) -> float:
        """Seconds of the network alone, over one batch that is ready, as often as there are batches."""
        side = self.built.network.preparation.size_px
        batch = torch.rand(BATCH, 3, side, side)
        rest = batch[: len(self.images) % BATCH]
        batches = [batch] * (len(self.images) // BATCH) + [rest] * bool(len(rest))
        with torch.inference_mode():
            return _seconds(lambda: [self.built.network.module(each) for each in batches])

    def ours(self, view: str) -> float:
        """Seconds from the pictures to the finished file."""
        unit = self.unit(view)
        unit.path.unlink(missing_ok=True)
        return _seconds(
            lambda: score_unit(unit, Work(self.built, self.forward, self.plan, Silence(), unit.card.identity()))
        )

    def unit(self, view: str) -> Unit:
        """What is scored."""
        card = card_of(self.name, _card(self.name), Path())
        (unit,) = units_of(
            self.folder,
            Lineup(name="bench", title="bench", group="bench", views=(view,), cards=(card,)),
            self.images,
        )
        return unit


def _card(name: str) -> dict[str, Any]:
    common = {"labels": "imagenet-1k", "licence": "random weights"}
    return {"name": name, "kind": "timm", "tag": name, "weights": "random", **common}


def _seconds(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def naive(bench: Bench) -> float:
    """Seconds of the script that everybody writes first."""
    transform = create_transform(**resolve_model_data_config(bench.built.network.module))

    def act() -> None:
        lines = []
        with torch.inference_mode():
            for image in bench.images:
                batch = transform(PillowImage.open(image.path).convert("RGB"))[None]
                lines.append(",".join(map(str, bench.built.network.module(batch)[0].tolist())))
        (bench.folder / "naive.csv").write_text("\n".join(lines))

    return _seconds(act)


class Files(Dataset[Any]):
    """The pictures, for loaders of others."""

    def __init__(self, images: tuple[Image, ...], transform: Any = None) -> None:
        self.images = images
        self.transform = transform

    def __len__(self) -> int:
        """Their number."""
        return len(self.images)

    def __getitem__(self, number: int) -> Any:
        """One, decoded."""
        return self.transform(PillowImage.open(self.images[number].path).convert("RGB")), 0


def by_timm(bench: Bench) -> float:
    """Seconds with timm's loader, as its own scripts have it."""
    config = resolve_model_data_config(bench.built.network.module)

    def act() -> None:
        loader = create_loader(
            Files(bench.images),
            batch_size=BATCH,
            is_training=False,
            use_prefetcher=True,
            num_workers=cores(),
            device=torch.device("cpu"),
            persistent_workers=False,
            **config,
        )
        _through(bench, loader)

    return _seconds(act)


def by_dataloader(bench: Bench) -> float:
    """Seconds with torch's DataLoader."""
    transform = create_transform(**resolve_model_data_config(bench.built.network.module))

    def act() -> None:
        _through(bench, DataLoader(Files(bench.images, transform), batch_size=BATCH, num_workers=cores()))

    return _seconds(act)


def _through(bench: Bench, loader: Any) -> None:
    with torch.inference_mode():
        logits = torch.cat([bench.built.network.module(batch) for batch, _ in loader])
    torch.save(logits, bench.folder / "logits.pt")


@contextmanager
def _empty_cache() -> Iterator[None]:
    before = os.environ["ASKEW_CACHE"]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ASKEW_CACHE"] = folder
        yield
        os.environ["ASKEW_CACHE"] = before


def _cold(bench: Bench, view: str) -> float:
    with _empty_cache():
        return bench.ours(view)


def one(bench: Bench) -> dict[str, Any]:
    """What is measured of one network: rounds in which every way has its turn."""
    bench.bare()
    bench.ours("checkpoint")  # fills the cache
    ways: dict[str, Callable[[], float]] = {
        "bare": bench.bare,
        "ours": lambda: bench.ours("checkpoint"),
        "ours_first_time": lambda: _cold(bench, "checkpoint"),
        "naive_script": lambda: naive(bench),
        "timm_loader": lambda: by_timm(bench),
        "dataloader": lambda: by_dataloader(bench),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, act in ways.items():
            times[name].append(act())
    limit = median(times["bare"])
    found: dict[str, Any] = {"bare_pictures_a_second": round(len(bench.images) / limit, 1)}
    found |= {f"share_{name}": round(limit / median(its), 3) for name, its in times.items() if name != "bare"}
    return found


def several(benches: list[Bench], view: str) -> dict[str, float]:
    """All networks over one set, from an empty cache, against the sum of their bare forwards."""
    ratios = []
    for _ in range(ROUNDS):
        bare = sum(bench.bare() for bench in benches)
        with _empty_cache():
            ratios.append(sum(bench.ours(view) for bench in benches) / bare)
    return {"cost": round(median(ratios), 3), "share_of_1.05": round(median(ratios) / 1.05, 3)}


def _pictures(folder: Path) -> tuple[Image, ...]:
    manifest = manifest_of(folder)
    return tuple(images_of(manifest.parent, read_manifest(manifest)))


def _bundled() -> tuple[Image, ...]:
    """The bundled set, rendered by another process: the driver's LLVM and torch's do not go together."""
    folder = Path("build", "bench-models")
    command = [sys.executable, "-m", "askew", "stimuli", "render", "--set", "bundled", "--out", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return _pictures(folder)


def main() -> None:
    """Measure, print and write. The pictures are those of a study or folder that is named, else the bundled set."""
    images = _pictures(Path(sys.argv[1])) if sys.argv[1:] else _bundled()
    settings = Settings(threads=cores(), batch=BATCH)
    set_up(settings)
    with tempfile.TemporaryDirectory() as name:
        os.environ["ASKEW_CACHE"] = str(Path(name, "cache"))
        benches = []
        for network in NETWORKS:
            built = build(card_of(network, _card(network), Path()))
            forward = Forward(built.network, len(built.keys), settings)
            benches.append(Bench(network, built, forward, Plan(settings, cores()), images, Path(name)))
        results = {
            "machine": f"{processor()}, {cores()} cores, {platform.system()}, Python {platform.python_version()}, "
            f"torch {torch.__version__}, timm {timm.__version__}",
            "pictures": f"{len(images)}, batches of {BATCH}, fp32, {cores()} threads; wall clock, medians of {ROUNDS}",
            "networks": {bench.name: one(bench) for bench in benches},
            "four_networks_whole": several(benches, WHOLE),
            "four_networks_checkpoint": several(benches, "checkpoint"),
        }
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    print(json.dumps(results, indent=2))


def processor() -> str:
    """What Linux calls this machine's processor, and elsewhere its architecture."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.is_file() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main()
