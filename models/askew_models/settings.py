"""How networks are run: what a person may set. All of it is recorded with the logits, for it may move their bits."""

import ctypes
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from askew.errors import BadInput, quoted
from askew.processes import cores

Precision = Literal["fp32", "tf32", "bf16"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The same for all observers of a run. No batch: one is chosen for each network. No threads: one for each core."""

    device: str = "cpu"
    precision: Precision = "fp32"
    channels_last: bool = False
    compiled: bool = False
    threads: int | None = None  # of the processor, where it does the work
    batch: int | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """What is recorded; the batch stands elsewhere."""
        facts = asdict(self)
        del facts["batch"]
        return facts

    @property
    def kind(self) -> str:
        """The device without its number: results of two cards of a kind are the same."""
        return self.device.partition(":")[0]


def devices(text: str, cards: int) -> list[str]:
    """The devices that `--device` means where there are so many NVIDIA cards; one worker for each.

    >>> devices("auto", 2), devices("auto", 0), devices("cpu,cpu", 0)
    (['cuda:0', 'cuda:1'], ['cpu'], ['cpu', 'cpu'])
    """
    there = [f"cuda:{number}" for number in range(cards)]
    if text == "auto":
        return there or ["cpu"]
    there += ["mps"] * (sys.platform == "darwin") + ["cpu"]
    wanted = [word.strip() for word in text.split(",")]
    found = [name for word in wanted for name in _meant(word, there)]
    for number, name in enumerate(found):
        if name != "cpu" and name in found[:number]:
            raise BadInput(f"--device {quoted(text)}: names {name} twice; each takes one worker")
    return found


def _meant(word: str, there: Sequence[str]) -> list[str]:
    if word == "cuda" and "cuda:0" in there:
        return ["cuda:0"]
    if word not in there:
        raise BadInput(f"--device {quoted(word)}: there is none; here are: auto, {', '.join(there)}")
    return [word]


def cards_here() -> int:
    """NVIDIA cards that programs of this process would see, asked of the driver itself, for torch takes seconds."""
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    count = ctypes.c_int(0)
    try:
        driver = ctypes.CDLL(name)
        failed = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
    except (OSError, AttributeError):
        return 0
    return 0 if failed else count.value


def threads_for(workers: int) -> int:
    """Threads for each of several workers on one processor."""
    return max(1, cores() // workers)
