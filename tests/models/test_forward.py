"""A network as it is run: the same numbers as the bare network, whatever is in between."""

import random
from collections.abc import Iterator

import numpy as np
import pytest
import timm
import torch

from askew.errors import BadInput
from askew_models.forward import DeviceLost, Forward, OutOfMemory
from askew_models.network import Network
from askew_models.preparation import Preparation
from askew_models.settings import Settings, devices

SMALL = Preparation(size_px=32, resize_px=32, mean=(0.5, 0.4, 0.3), std=(0.2, 0.25, 0.3))
CPU = Settings(device="cpu", threads=1)


def forward(module: object, outputs: int = 10, **settings: object) -> Forward:
    network = Network(module=module, labels=[str(number) for number in range(outputs)], preparation=SMALL)
    return Forward(network, outputs, Settings(device="cpu", threads=1, **settings))  # type: ignore[arg-type]  # any


@pytest.fixture
def resnet() -> torch.nn.Module:
    torch.manual_seed(0)
    module: torch.nn.Module = timm.create_model("resnet10t", num_classes=10)
    return module


def batches(pixels: np.ndarray, size: int) -> Iterator[tuple[int, int, np.ndarray]]:
    for start in range(0, len(pixels), size):
        yield start, min(start + size, len(pixels)), pixels[start : start + size]


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (10, 3, 32, 32), dtype=np.uint8)


def test_logits_are_those_of_the_network_on_normalised_pictures(resnet: torch.nn.Module, pixels: np.ndarray) -> None:
    found = np.concatenate([logits for _, _, logits in forward(resnet).run(batches(pixels, 4), 4)])
    mean, std = (torch.tensor(three).reshape(1, 3, 1, 1) for three in (SMALL.mean, SMALL.std))
    with torch.inference_mode():
        expected = resnet.eval()((torch.from_numpy(pixels).float() / 255 - mean) / std).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5 * expected.std())
    assert found.dtype == np.float32


def test_the_same_batches_give_the_same_bits(resnet: torch.nn.Module, pixels: np.ndarray) -> None:
    ways = [np.concatenate([logits for *_, logits in forward(resnet).run(batches(pixels, 4), 4)]) for _ in range(2)]
    assert ways[0].tobytes() == ways[1].tobytes()


def test_what_any_function_returns_will_do(pixels: np.ndarray) -> None:
    def listed(pictures: torch.Tensor) -> list[list[float]]:
        return [[float(mean), -1.0] for mean in pictures.mean((1, 2, 3))]

    def halves(pictures: torch.Tensor) -> torch.Tensor:
        return torch.stack([pictures.mean((1, 2, 3)), -torch.ones(len(pictures))], dim=1).bfloat16()

    one, other = (next(forward(act, 2).run(batches(pixels, 10), 10))[2] for act in (listed, halves))
    assert one.shape == (10, 2)
    np.testing.assert_allclose(one, other, atol=0.01)


def test_a_network_that_draws_draws_the_same_for_the_same_batch(pixels: np.ndarray) -> None:
    def noisy(pictures: torch.Tensor) -> torch.Tensor:
        drawn = torch.rand(len(pictures), 2) + random.random()
        return drawn + torch.from_numpy(np.random.rand(len(pictures), 2))

    def scored(wanted: list[tuple[int, int, np.ndarray]]) -> list[np.ndarray]:
        return [logits for *_, logits in forward(noisy, 2).run(wanted, 5)]

    first, second = scored(list(batches(pixels, 5)))
    (alone,) = scored(list(batches(pixels, 5))[1:])
    np.testing.assert_array_equal(second, alone)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "gives None; it has to give a tensor, an array or a list of numbers"),
        ({"logits": 1}, "gives {'logits': 1}; it has to give a tensor, an array or a list of numbers"),
        (torch.zeros(10, 2, dtype=torch.complex64), "gives complex numbers, which cannot be told larger or smaller"),
    ],
)
def test_what_is_no_table_of_numbers_is_refused(pixels: np.ndarray, answer: object, said: str) -> None:
    with pytest.raises(BadInput) as failure:
        list(forward(lambda pictures: answer, 2).run(batches(pixels, 10), 10))
    assert str(failure.value) == said


def test_an_error_names_the_line_that_it_came_from(pixels: np.ndarray) -> None:
    def broken(pictures: torch.Tensor) -> torch.Tensor:
        return pictures.reshape(7)

    with pytest.raises(BadInput) as failure:
        list(forward(broken).run(batches(pixels, 10), 10))
    assert f"({__file__}, line " in str(failure.value)
    assert "\n" not in str(failure.value)


def raising(error: Exception) -> object:
    def act(pictures: torch.Tensor) -> torch.Tensor:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (torch.OutOfMemoryError("no"), OutOfMemory),
        (MemoryError(), OutOfMemory),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), OutOfMemory),
        (torch.AcceleratorError("gone", 1), DeviceLost),
        (RuntimeError("CUDA error: device-side assert triggered"), DeviceLost),
        (RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), DeviceLost),
        (RuntimeError("CUDA error: out of memory"), OutOfMemory),
        (torch.AcceleratorError("CUDA error: out of memory", 2), OutOfMemory),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"), OutOfMemory),
        (ZeroDivisionError("by zero"), BadInput),
    ],
)
def test_faults_are_told_apart(pixels: np.ndarray, error: Exception, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        list(forward(raising(error)).run(batches(pixels, 4), 4))


def test_memory_that_a_processor_does_not_have_is_known(pixels: np.ndarray) -> None:
    def greedy(pictures: torch.Tensor) -> torch.Tensor:
        return torch.empty(10**14)

    with pytest.raises(OutOfMemory):
        list(forward(greedy).run(batches(pixels, 4), 4))


@pytest.mark.parametrize("shape", [(10,), (10, 3), (9, 10), (10, 10, 1)])
def test_logits_of_another_shape_are_refused(pixels: np.ndarray, shape: tuple[int, ...]) -> None:
    with pytest.raises(BadInput, match="it has to give one row for each picture and one number for each label"):
        list(forward(lambda pictures: torch.zeros(shape)).run(batches(pixels, 10), 10))


def test_few_pictures_are_not_worth_a_search_for_the_best_batch() -> None:
    calls = []

    def counted(pictures: torch.Tensor) -> torch.Tensor:
        calls.append(len(pictures))
        return torch.zeros(len(pictures), 10)

    assert forward(counted).tuned(999) == 8
    assert forward(counted).tuned(3) == 3
    assert calls == []


def test_a_batch_that_does_not_fit_is_not_chosen() -> None:
    def small(pictures: torch.Tensor) -> torch.Tensor:
        if len(pictures) > 4:
            raise torch.OutOfMemoryError("no room")
        return torch.zeros(len(pictures), 10)

    assert forward(small).tuned(5000) <= 4


def test_devices_that_are_there_are_used_once_each() -> None:
    assert devices("auto", 3) == ["cuda:0", "cuda:1", "cuda:2"]
    assert devices("cuda", 3) == ["cuda:0"]
    assert devices("cuda:2,cpu", 3) == ["cuda:2", "cpu"]
    with pytest.raises(BadInput, match="names cuda:1 twice; each takes one worker"):
        devices("cuda:1,cuda:1", 3)
    with pytest.raises(BadInput, match="--device 'cuda:3': there is none; here are: auto, cuda:0, cuda:1, cuda:2, cpu"):
        devices("cuda:3", 3)
