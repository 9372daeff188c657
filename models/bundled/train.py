"""Train the networks that come with askew, test them on specimens they have not seen, and write their cards.

`make checkpoints` renders the recipes beside this file and the bundled set into build/checkpoints, where pictures that
are there already are used again. The networks learn from upright pictures alone; whatever was chosen, was chosen by
specimens of the training recipe. One thread trains each, so that the same pictures and the same versions of the
libraries give the same bytes on one machine; on another processor the last bits may differ.
"""

import json
import math
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import PIL
import timm
import torch
from PIL import Image
from safetensors.torch import save_file
from torch.nn import functional

from askew import __version__
from askew.files import inside, put, sha256, write_text
from askew_models.building import build
from askew_models.card import read_card
from askew_models.imagenet import synsets
from askew_models.preparation import Preparation, prepared
from askew_models.weights import read_tensors, tensors_sha256
from askew_stimuli.picture import Picture, read_manifest
from askew_stimuli.progress import working

FOLDER = Path(__file__).parent
BUILD = FOLDER.parents[1] / "build" / "checkpoints"
LABELS = "askew-51.txt"
SETS: Mapping[str, Path | str] = {
    "training": FOLDER / "training.toml",
    "heldout": FOLDER / "heldout.toml",
    "bundled": "bundled",
}
LEARNED = 24  # training specimens up to this one are learned from; the later ones validate
# The mean is the colour of the background, so that a network sees nothing where nothing is.
PREPARATION = Preparation(
    size_px=96, resize_px=96, fit="pad", interpolation="bicubic", mean=(0.4863, 0.4549, 0.4078), std=(0.2, 0.2, 0.2)
)
VERSIONS = {"askew": __version__, "torch": torch.__version__, "timm": timm.__version__, "Pillow": PIL.__version__}
DECAY = 0.05
SMOOTHING = 0.1
LONGEST_STEP = 1.0  # norm of a gradient

Module = torch.nn.Module
Tensor = torch.Tensor
Draw = Callable[..., Tensor]
Places = Mapping[int | None, int]  # ImageNet-1k class to output


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A network and how it is trained."""

    name: str
    family: str
    architecture: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    seed: int
    epochs: int
    batch: int
    rate: float

    @property
    def weights(self) -> str:
        """The file of its tensors, beside its card."""
        return f"{self.name}.safetensors"


PLANS = (
    Plan(
        name="askew-resnet",
        family="resnet",
        architecture="resnet10t",
        arguments={"channels": [16, 32, 64, 128], "stem_width": 16},
        seed=11,
        epochs=6,
        batch=64,
        rate=4e-3,
    ),
    Plan(
        name="askew-vit",
        family="vit",
        architecture="vit_tiny_patch16_224",
        arguments={
            "img_size": 96,
            "embed_dim": 96,
            "depth": 4,
            "num_heads": 3,
            "mlp_ratio": 3.0,
            "class_token": False,
            "global_pool": "avg",
        },
        seed=12,
        epochs=20,
        batch=32,
        rate=2e-3,
    ),
)


@dataclass(frozen=True)
class Shown:
    """Pictures as the networks see them, and which output is the right one for each."""

    pictures: Sequence[Picture]
    pixels: Tensor  # uint8, (pictures, 3, side, side)
    truths: Tensor


@dataclass(frozen=True)
class Share:
    """A number of pictures, and how many of them were given the right label."""

    right: int
    n: int

    @property
    def proportion(self) -> float:
        """The share that is right."""
        return self.right / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval of 95 %, which takes every picture for a draw of its own.

        >>> [round(bound, 3) for bound in Share(98, 100).interval]
        [0.93, 0.994]
        """
        z2 = 1.959964**2
        centre = (self.right + z2 / 2) / (self.n + z2)
        half = math.sqrt(z2 * (self.right * (self.n - self.right) / self.n + z2 / 4)) / (self.n + z2)
        return centre - half, centre + half


def main() -> None:
    """Render, train, test, and write what is new beside this file."""
    for name, recipe in SETS.items():
        render(name, recipe)
    classes = sorted({picture.class_index for picture in pictures_of("training") if picture.class_index is not None})
    write_text(FOLDER / LABELS, "".join(f"{synsets('imagenet-1k')[index]}\n" for index in classes))
    places: Places = {index: place for place, index in enumerate(classes)}
    with (
        working(f"training {' and '.join(plan.name for plan in PLANS)}"),
        ProcessPoolExecutor(len(PLANS), mp_context=get_context("spawn")) as pool,
    ):
        validated = list(pool.map(learn, PLANS, [places] * len(PLANS)))
    for plan, share in zip(PLANS, validated, strict=True):
        card = FOLDER / f"{plan.name}.toml"
        tables = {**facts_of(plan), "provenance": provenance(plan, share)}
        write_text(card, as_toml(tables))  # the network that is tested is the one that its card describes
        write_text(card, as_toml({**tables, **figures(card, places)}))


def render(name: str, recipe: str | Path) -> None:
    """A set in the build folder, in another process: the renderer's libraries and torch's cannot live in one."""
    command = ["-m", "askew", "stimuli", "render", "--set", str(recipe), "--out", str(BUILD / name)]
    subprocess.run([sys.executable, *command], check=True)


def learn(plan: Plan, places: Places) -> Share:
    """Train a network and write its weights, as numbers of 16 bits; returns how it does on what validates."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=True)
    pictures = pictures_of("training")
    lesson = shown("training", [picture for picture in pictures if specimen(picture) <= LEARNED], places)
    module = trained(plan, lesson, len(places))
    tensors = {name: rounded(tensor) for name, tensor in module.state_dict().items()}
    part = BUILD / plan.weights
    save_file(tensors, part)
    put(FOLDER / plan.weights, part.read_bytes())
    module.load_state_dict(tensors)
    exam = shown("training", [picture for picture in pictures if specimen(picture) > LEARNED], places)
    return named(logits(module, exam), exam)


def trained(plan: Plan, lesson: Shown, outputs: int) -> Module:
    """A network that has learned. Its weights, the order of pictures and their changes come from the plan's seed."""
    torch.manual_seed(plan.seed)
    random = torch.Generator().manual_seed(plan.seed)
    module: Module = timm.create_model(plan.architecture, num_classes=outputs, **plan.arguments)
    module = module.to(memory_format=torch.channels_last).train()
    parameters = [*module.parameters()]
    groups = [
        {"params": [one for one in parameters if one.ndim > 1], "weight_decay": DECAY},
        {"params": [one for one in parameters if one.ndim <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=plan.rate)
    batches = math.ceil(len(lesson.pixels) / plan.batch)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimizer, plan.rate, total_steps=plan.epochs * batches, pct_start=0.15)
    for _ in range(plan.epochs):
        for batch in torch.split(torch.randperm(len(lesson.pixels), generator=random), plan.batch):
            answers = module(lit(moved(normalised(lesson.pixels[batch]), random), random))
            loss = functional.cross_entropy(answers, lesson.truths[batch], label_smoothing=SMOOTHING)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(parameters, LONGEST_STEP)
            optimizer.step()
            pace.step()
    return module.eval()


def moved(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Each picture a little larger or smaller, and shifted; never turned."""
    draw = drawing(len(pictures), random)
    where = draw(0.9, 1.15, 1, 1) * torch.eye(2, 3)
    where[:, :, 2] = draw(-0.08, 0.08, 2)
    grid = functional.affine_grid(where, [*pictures.shape], align_corners=False)
    return functional.grid_sample(pictures, grid, align_corners=False)


def lit(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Each picture less or more colourful, of other contrast, lighter or darker, and with a tinge."""
    draw = drawing(len(pictures), random)
    colourful = draw(0.3, 1.3, 1, 1)
    mixing = (colourful * torch.eye(3) + (1 - colourful) / 3) * draw(0.8, 1.25, 1, 1)
    light = draw(-0.4, 0.4, 1, 1) + draw(-0.1, 0.1, 3, 1)
    return torch.baddbmm(light, mixing, pictures.flatten(2)).view_as(pictures)


def drawing(n: int, random: torch.Generator) -> Draw:
    """A function that draws numbers between two bounds, in so many rows of a shape."""
    return lambda low, high, *shape: low + (high - low) * torch.rand(n, *shape, generator=random)


def rounded(tensor: Tensor) -> Tensor:
    """A tensor as it is kept."""
    return (tensor.half() if tensor.is_floating_point() else tensor).contiguous()


def pictures_of(name: str) -> list[Picture]:
    """The pictures of a set that was rendered."""
    return read_manifest(BUILD / name / "manifest.csv")


def specimen(picture: Picture) -> int:
    """Which instance of its class is seen."""
    return int(str(picture.object_id).rpartition("-")[2])


def shown(name: str, pictures: Sequence[Picture], places: Places) -> Shown:
    """Pictures of a set as the networks see them."""
    pixels = []
    for picture in pictures:
        with Image.open(inside(BUILD / name, str(picture.file))) as image:
            pixels.append(prepared(image.convert("RGB"), PREPARATION))
    truths = [places[picture.class_index] for picture in pictures]
    return Shown(pictures, torch.from_numpy(np.stack(pixels)), torch.tensor(truths))


def normalised(pixels: Tensor) -> Tensor:
    """The numbers that a network is given for pixels of 0 to 255."""
    mean, std = (torch.tensor(three).view(3, 1, 1) for three in (PREPARATION.mean, PREPARATION.std))
    return (pixels / 255 - mean) / std


@torch.inference_mode()
def logits(module: Module, exam: Shown) -> Tensor:
    """What a network answers to each picture."""
    return torch.cat([module(normalised(pixels)) for pixels in torch.split(exam.pixels, 64)])


def named(answers: Tensor, exam: Shown) -> Share:
    """How many pictures are given the right one of all labels."""
    return Share(int((answers.argmax(1) == exam.truths).sum()), len(answers))


def chosen(answers: Tensor, exam: Shown, places: Places) -> Share:
    """How many pictures are given the right one of the two labels that are offered with them."""
    others = torch.tensor([places[picture.alt_index] for picture in exam.pictures])
    rows = torch.arange(len(answers))
    return Share(int((answers[rows, exam.truths] > answers[rows, others]).sum()), len(answers))


def figures(card: Path, places: Places) -> dict[str, Any]:
    """How the network of a card does on the specimens held out and on the bundled set, by condition."""
    module = build(read_card(card)).network.module
    interval = "95 %, Wilson, every picture as a draw of its own"
    tables: dict[str, Any] = {"figures": {"interval": interval}}
    for name in ("heldout", "bundled"):
        pictures = pictures_of(name)
        for condition in ("upright", "rotated"):
            exam = shown(name, [picture for picture in pictures if picture.condition == condition], places)
            answers = logits(module, exam)
            tables[f"figures.{name}.{condition}"] = {
                "n": len(answers),
                **told("two_choice", chosen(answers, exam, places)),
                **told("top_1", named(answers, exam)),
            }
    return tables


def told(name: str, share: Share) -> dict[str, Any]:
    """A share and its interval, to four places."""
    return {name: round(share.proportion, 4), f"{name}_interval": [round(bound, 4) for bound in share.interval]}


def facts_of(plan: Plan) -> dict[str, Any]:
    """The tables of a card that the network hangs on."""
    return {
        "": {
            "schema": 1,
            "name": plan.name,
            "kind": "checkpoint",
            "architecture": f"timm:{plan.architecture}",
            "weights": plan.weights,
            "labels": LABELS,
            "licence": "MIT",
            "family": plan.family,
            "sha256": tensors_sha256(read_tensors(FOLDER / plan.weights)),
        },
        "arguments": plan.arguments,
        "preprocessing": vars(PREPARATION),
    }


def provenance(plan: Plan, validated: Share) -> dict[str, Any]:
    """How a network came about."""
    specimens = [specimen(picture) for picture in pictures_of("training")]
    return {
        "script": "models/bundled/train.py",
        "trained_on": "models/bundled/training.toml, rendered by askew",
        "manifest_sha256": sha256(BUILD / "training" / "manifest.csv"),
        "learned_from": sum(number <= LEARNED for number in specimens),
        "validated_on": sum(number > LEARNED for number in specimens),
        "validated_top_1": round(validated.proportion, 4),
        "seed": plan.seed,
        "epochs": plan.epochs,
        "batch": plan.batch,
        "rate": plan.rate,
        "made_with": ", ".join(f"{name} {version}" for name, version in VERSIONS.items()),
    }


def as_toml(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Tables of plain values as TOML; the one without a name comes first.

    >>> print(as_toml({"": {"schema": 1}, "figures": {"n": 3, "interval": (0.5, 1)}}), end="")
    # Written by models/bundled/train.py.
    schema = 1
    <BLANKLINE>
    [figures]
    n = 3
    interval = [0.5, 1]
    """
    heads = {name: f"[{name}]\n" if name else "# Written by models/bundled/train.py.\n" for name in tables}
    return "\n".join(heads[name] + "".join(map(_line, table, table.values())) for name, table in tables.items())


def _line(key: str, value: Any) -> str:
    return f"{key} = {json.dumps(value, ensure_ascii=False)}\n"


if __name__ == "__main__":
    main()
