"""A network on a device: batches of bytes go in, logits come out, as fast as the network alone.

Imports torch, so only workers import this.
"""

import random
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from askew.errors import BadInput, one_line, quoted
from askew_models.network import Network
from askew_models.settings import Settings, threads_for

Bytes = npt.NDArray[np.uint8]
Logits = npt.NDArray[np.float32]
Batch = tuple[int, int, Bytes]
Scored = tuple[int, int, Logits]

SMALL = 8  # pictures together on a processor, where larger batches gain little and may lose much
SMALL_ON_A_CARD = 64
FEW = 1000  # pictures; for fewer, finding the best batch takes longer than it saves
SIZES = (1, 2, 4, 8, 16, 32, 64)
LARGEST = 1024
GAIN = 1.03  # a larger batch has to be this much faster


class OutOfMemory(Exception):
    """The device has no room for a batch of this size."""


class DeviceLost(Exception):
    """The device does not answer any more: this process can do nothing further on it."""


class Forward:
    """A network, moved to its device and set up as the settings say."""

    def __init__(self, network: Network, outputs: int, settings: Settings) -> None:
        self.device = torch.device(settings.device)
        self.outputs = outputs
        self.settings = settings
        preparation = network.preparation
        self.side = preparation.size_px
        mean, std = (torch.tensor(three, dtype=torch.float64) for three in (preparation.mean, preparation.std))
        self._place: torch.Tensor | None = None
        self._mean = self._channel(255 * mean)
        self._scale = self._channel(1 / (255 * std))
        self._layout = torch.channels_last if settings.channels_last else torch.contiguous_format
        self.network = self._placed(network.module)

    def run(self, batches: Iterable[Batch], size: int) -> Iterator[Scored]:
        """The logits of each batch; `size` is that of all but the last.

        On a graphics card the next batch is under way before the last one is awaited.
        """
        if self.device.type == "cuda":
            yield from self._overlapped(batches, size)
            return
        for start, stop, pixels in batches:
            self._seed(start)
            yield start, stop, self._fetched(self._logits(torch.from_numpy(pixels), size))

    def tuned(self, pictures: int) -> int:
        """How many pictures to put through together: by time on a processor, by memory and time on a card."""
        if pictures < FEW:
            return min(SMALL if self.device.type == "cpu" else SMALL_ON_A_CARD, pictures)
        sizes = [size for size in _doubled(SIZES[0], LARGEST) if size <= max(pictures, 1)]
        sizes = [size for size in sizes if size in SIZES] if self.device.type == "cpu" else sizes[3:] or sizes[-1:]
        best, fastest = sizes[0], 0.0
        for size in sizes:
            rate = self._rate(size)
            if not rate or rate < fastest / GAIN:
                break
            if rate > fastest * GAIN:
                best, fastest = size, rate
        self.make_room()
        return best

    def make_room(self) -> None:
        """Give back what the library keeps for itself, after memory has run out."""
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def _rate(self, size: int) -> float:
        """Pictures a second in batches of a size, the better of two; 0 where they do not fit."""
        pixels = np.zeros((size, 3, self.side, self.side), dtype=np.uint8)
        try:
            self._once(pixels)  # the first of a shape is slower
            return size / min(self._once(pixels), self._once(pixels))
        except OutOfMemory:
            return 0.0

    def _once(self, pixels: Bytes) -> float:
        start = time.perf_counter()
        self._fetched(self._logits(torch.from_numpy(pixels), len(pixels)))
        return time.perf_counter() - start

    def _seed(self, number: int) -> None:
        """Let a network that draws draw the same for the same batch, whenever that is scored."""
        torch.default_generator.manual_seed(number)
        if self.device.type == "cuda":
            torch.cuda.manual_seed_all(number)
        np.random.seed(number % 2**32)
        random.seed(number)

    def _fetched(self, logits: torch.Tensor) -> Logits:
        with _faults_told(self.device):
            fetched: Logits = logits.cpu().numpy()
            return fetched

    def _overlapped(self, batches: Iterable[Batch], size: int) -> Iterator[Scored]:
        copying = torch.cuda.Stream(self.device)
        waiting: tuple[int, int, torch.Tensor, torch.cuda.Event] | None = None
        for start, stop, pixels in batches:
            self._seed(start)
            working = torch.cuda.current_stream(self.device)
            with _faults_told(self.device), torch.cuda.stream(copying):
                there = torch.from_numpy(pixels).pin_memory().to(self.device, non_blocking=True)
            working.wait_stream(copying)
            there.record_stream(working)
            logits = self._logits(there, size)
            with _faults_told(self.device):
                host = torch.empty(logits.shape, dtype=torch.float32, pin_memory=True)
                host.copy_(logits, non_blocking=True)
                event = torch.cuda.Event()
                event.record(working)
            if waiting is not None:
                yield self._awaited(*waiting)
            waiting = (start, stop, host, event)
        if waiting is not None:
            yield self._awaited(*waiting)

    def _awaited(self, start: int, stop: int, host: torch.Tensor, event: torch.cuda.Event) -> Scored:
        with _faults_told(self.device):
            event.synchronize()
        return start, stop, host.numpy()

    def _logits(self, pixels: torch.Tensor, size: int) -> torch.Tensor:
        """The logits of one batch, as float32 on the device."""
        with torch.inference_mode(), _faults_told(self.device), self._precision():
            whole = self._of_one_size(pixels, size).to(self.device)
            batch = self._as_floats(whole).sub_(self._mean).mul_(self._scale)
            return self._checked(self.network(batch), len(batch))[: len(pixels)]

    def _as_floats(self, whole: torch.Tensor) -> torch.Tensor:
        """On a processor always in the same place, for fresh memory takes as long to get as the values to compute."""
        if self.device.type != "cpu":
            return whole.to(torch.float32, memory_format=self._layout)
        if self._place is None or len(self._place) < len(whole):
            self._place = torch.empty(whole.shape, dtype=torch.float32, memory_format=self._layout)
        return self._place[: len(whole)].copy_(whole)

    def _of_one_size(self, pixels: torch.Tensor, size: int) -> torch.Tensor:
        """A last, smaller batch filled up where the network is compiled, for another shape would be compiled anew."""
        if not self.settings.compiled:
            return pixels
        return torch.cat([pixels, pixels.new_zeros(size - len(pixels), *pixels.shape[1:])])

    def _checked(self, answer: Any, pictures: int) -> torch.Tensor:
        if not isinstance(answer, (torch.Tensor, np.ndarray, list, tuple)):
            raise BadInput(f"gives {quoted(answer)}; it has to give a tensor, an array or a list of numbers")
        logits = torch.as_tensor(answer)
        if logits.is_complex():
            raise BadInput("gives complex numbers, which cannot be told larger or smaller")
        if tuple(logits.shape) != (pictures, self.outputs):
            raise BadInput(
                f"gives {quoted(tuple(logits.shape))} for {pictures} pictures and {self.outputs} labels; it has to "
                "give one row for each picture and one number for each label"
            )
        return logits.to(torch.float32)

    def _precision(self) -> Any:
        if self.settings.precision == "bf16":
            return torch.autocast(self.device.type, dtype=torch.bfloat16)
        return nullcontext()

    def _channel(self, values: torch.Tensor) -> torch.Tensor:
        return values.to(torch.float32).reshape(1, 3, 1, 1).to(self.device)

    def _placed(self, module: Any) -> Callable[[torch.Tensor], Any]:
        with _faults_told(self.device):
            if isinstance(module, torch.nn.Module):  # what else can be called has its weights where it wants them
                module = module.eval().requires_grad_(requires_grad=False).to(self.device)
                if self.settings.channels_last:
                    module = module.to(memory_format=torch.channels_last)
            placed: Callable[[torch.Tensor], Any] = torch.compile(module) if self.settings.compiled else module
            return placed


def usable(device: str) -> str:
    """Why a device cannot be used from here, on one line; nothing where it can."""
    try:
        torch.zeros(1, device=device).cpu()
    except Exception as error:  # noqa: BLE001  no driver, another build of torch, a card that is taken
        return f"torch {torch.__version__} cannot use it ({one_line(error, 150)})"
    return ""


def set_up(settings: Settings) -> None:
    """What torch keeps for a whole process. The same work gives the same bits, as far as the device allows."""
    if settings.compiled:
        torch.compiler.reset()  # it stops compiling after some networks of a kind
    torch.set_default_dtype(torch.float32)
    tf32 = settings.precision == "tf32"
    torch.set_num_threads(settings.threads or threads_for(1))
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.allow_tf32 = tf32
    torch.backends.cuda.matmul.allow_tf32 = tf32


def versions() -> dict[str, str]:
    """Of what the logits hang on."""
    found = {"torch": str(torch.__version__)}
    if torch.version.cuda and torch.cuda.is_available():
        found |= {"cuda": torch.version.cuda, "cudnn": str(torch.backends.cudnn.version())}
    return found


def device_name(device: str) -> str:
    """What a device is, in its maker's words where they are known."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return f"{device}, {torch.backends.cpu.get_cpu_capability()}" if device == "cpu" else device


NO_ROOM = ("out of memory", "can't allocate memory", "not enough memory", "ALLOC_FAILED")
OF_A_CARD = ("CUDA error", "CUDNN_STATUS", "CUBLAS_STATUS")


@contextmanager
def _faults_told(device: torch.device) -> Iterator[None]:
    """Tell apart what a library raises: no memory, a device that is lost, or the network's own fault."""
    try:
        yield
    except BadInput:
        raise
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise OutOfMemory(one_line(error)) from None
    except Exception as error:  # noqa: BLE001  a user's network may raise anything
        said = f"{type(error).__name__}: {error}"
        if any(words in said for words in NO_ROOM):
            raise OutOfMemory(one_line(error)) from None
        of_a_card = isinstance(error, torch.AcceleratorError) or any(words in said for words in OF_A_CARD)
        if of_a_card and not _answers(device):
            raise DeviceLost(one_line(error)) from None
        raise BadInput(f"the network raises {type(error).__name__}: {one_line(error)}{_where(error)}") from None


def _where(error: Exception) -> str:
    """The last line of somebody's own that an error came through, not of an installed library."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if "site-packages" not in frame.filename]
    last = own[-1] if own else None
    return "" if last is None or last.filename == __file__ else f" ({last.filename}, line {last.lineno})"


def _answers(device: torch.device) -> bool:
    """Whether a card still does what it is told. After most of its faults this process can use it no more."""
    if device.type != "cuda":
        return False
    try:
        torch.cuda.synchronize(device)
    except Exception:  # noqa: BLE001  whatever it is, it does not answer
        return False
    return True


def _doubled(first: int, last: int) -> list[int]:
    sizes = [first]
    while sizes[-1] * 2 <= last:
        sizes.append(sizes[-1] * 2)
    return sizes
