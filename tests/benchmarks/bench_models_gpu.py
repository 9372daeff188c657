"""The same on a graphics card: `make bench-models-gpu` writes results/models_gpu.json, or says that there is no card.

bf16 and channels_last. The bare forward loop is over batches that lie on the card; ours goes from values in the cache
through the copy to the card to a finished, fsynced file. Once for as many pictures as the published set has, once for
50,000, which are random values: how fast pictures are decoded is no question of the card.
"""

import json
import os
import platform
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from askew.processes import cores
from askew_models.building import build
from askew_models.card import card_of
from askew_models.filling import Work, score_unit
from askew_models.forward import Forward, set_up
from askew_models.images import Image, Prepared
from askew_models.lineup import Lineup
from askew_models.messages import Plan
from askew_models.settings import Settings
from askew_models.unit import units_of
from askew_models.view import View
from askew_stimuli.picture import Picture

RESULTS = Path(__file__).parent / "results" / "models_gpu.json"
NETWORKS = ("resnet50", "vit_base_patch16_224", "convnext_large")
SIZES = {"published_147": 147, "synthetic_50000": 50_000}
ROUNDS = 5
BLOCK = 1000
# Dense bf16 of the tensor cores, in TFLOP/s, as the maker states it.
PEAKS = {"H100": 989.0, "H200": 989.0, "A100": 312.0, "L40S": 362.0, "L4": 121.0}  # by the word in its name


class Silence:
    """Nobody listens."""

    def send(self, message: Any, /) -> None:
        """Say nothing."""


def pictures(number: int) -> tuple[Image, ...]:
    """Pictures that are in no file, for their values are put into the cache."""
    return tuple(
        Image(
            Picture(image_id=f"p{place}", source="imported", class_label="mug", condition="upright"),
            Path(f"{place}.png"),
            f"{place:064x}",
        )
        for place in range(number)
    )


def card_facts(name: str) -> dict[str, Any]:
    """A card of random weights."""
    return {
        "name": name,
        "kind": "timm",
        "tag": name,
        "weights": "random",
        "labels": "imagenet-1k",
        "licence": "random weights",
    }


def fill_cache(prepared: Prepared, number: int) -> None:
    """Random values where the decoded pictures would be."""
    random = np.random.default_rng(0)
    prepared.path.parent.mkdir(parents=True, exist_ok=True)
    values = np.lib.format.open_memmap(prepared.path, mode="w+", dtype=np.uint8, shape=(number, *prepared.shape))
    for start in range(0, number, BLOCK):
        stop = min(start + BLOCK, number)
        values[start:stop] = random.integers(0, 256, (stop - start, *prepared.shape), dtype=np.uint8)
    values.flush()


def seconds(act: Any) -> float:
    """Until the card is done."""
    torch.cuda.synchronize()
    begin = time.perf_counter()
    act()
    torch.cuda.synchronize()
    return time.perf_counter() - begin


def bare(forward: Forward, number: int, batch: int, side: int) -> float:
    """The network alone."""
    ready = torch.rand(batch, 3, side, side, device=forward.device).to(memory_format=torch.channels_last)
    rest = ready[: number % batch]

    def act() -> None:
        with torch.inference_mode(), torch.autocast("cuda", dtype=torch.bfloat16):
            for _ in range(number // batch):
                forward.network(ready)
            if len(rest):
                forward.network(rest)

    return seconds(act)


def measured(name: str, size: int, folder: Path, settings: Settings) -> dict[str, Any]:
    """One network on so many pictures."""
    card = card_of(name, card_facts(name), Path())
    built = build(card)
    forward = Forward(built.network, len(built.keys), settings)
    side = built.network.preparation.size_px
    images = pictures(size)
    lineup = Lineup(name="bench", title="bench", group="bench", views=("checkpoint",), cards=(card,))
    (unit,) = units_of(folder, lineup, images)
    prepared = Prepared(images, View.parse("checkpoint"), built.network.preparation, cores())
    fill_cache(prepared, size)
    batch = forward.tuned(size)
    plan = Plan(replace(settings, batch=batch), cores())
    work = Work(built, forward, plan, Silence(), card.identity())

    def ours() -> None:
        unit.path.unlink(missing_ok=True)
        score_unit(unit, work)

    alone, whole = [], []
    bare(forward, size, batch, side)
    for _ in range(ROUNDS):
        alone.append(bare(forward, size, batch, side))
        whole.append(seconds(ours))
    prepared.path.unlink()
    rate = size / median(whole)
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        forward.network(torch.rand(1, 3, side, side, device=forward.device))
    operations = counter.get_total_flops()
    peak = next((its for key, its in PEAKS.items() if key in torch.cuda.get_device_name().split()), None)
    return {
        "batch": batch,
        "pictures_a_second": round(rate),
        "bare_pictures_a_second": round(size / median(alone)),
        "share_of_the_bare_forward": round(median(alone) / median(whole), 3),
        "share_of_tensor_core_peak": None if peak is None else round(rate * operations / 1e12 / peak, 3),
    }


def main() -> None:
    """Measure, print and write; or say why not."""
    if not torch.cuda.is_available():
        print("skipped: torch sees no CUDA card here")
        return
    settings = Settings(device="cuda:0", precision="bf16", channels_last=True, threads=cores())
    set_up(settings)
    with tempfile.TemporaryDirectory() as name:
        os.environ |= {"ASKEW_CACHE": str(Path(name, "cache")), "ASKEW_CACHE_GB": "20"}  # all of it, as a user may set
        results = {
            "machine": f"{torch.cuda.get_device_name()}, {cores()} cores, {platform.system()}, Python "
            f"{platform.python_version()}, torch {torch.__version__}, CUDA {torch.version.cuda}",
            "settings": f"bf16, channels_last, batches as tuned; medians of {ROUNDS}",
            **{
                label: {network: measured(network, size, Path(name), settings) for network in NETWORKS}
                for label, size in SIZES.items()
            },
        }
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
