"""Where the truth stands, the temperature, and the calibration error: planted and recovered."""

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from askew_models.calibration import (
    BINS,
    FEWEST,
    HIGH,
    Standing,
    calibration_error,
    sharpened,
    standing,
    temperature,
)

Logits = npt.NDArray[np.float32]


def drawn(n: int, outputs: int, heat: float, seed: int = 0) -> tuple[Logits, list[tuple[int, ...]]]:
    """Logits, and truths drawn as a network of this temperature believes."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (n, outputs)).astype(np.float32)
    return logits, [(int(one),) for one in (logits / heat + rng.gumbel(size=logits.shape)).argmax(axis=1)]


@pytest.mark.parametrize("heat", [0.5, 1.0, 2.7, 5.0])
def test_a_planted_temperature_comes_back(heat: float) -> None:
    logits, truths = drawn(20000, 12, heat)
    found = temperature(logits, np.arange(20000), truths)
    assert found.value == pytest.approx(heat, rel=0.05)
    assert (found.n, found.doubt) == (20000, "")


def test_a_planted_temperature_comes_back_where_truths_mean_several_outputs() -> None:
    logits, truths = drawn(8000, 12, 2.0)
    groups = [tuple(range(3 * (truth // 3), 3 * (truth // 3) + 3)) for (truth,) in truths]
    assert temperature(logits, np.arange(8000), groups).value == pytest.approx(2.0, rel=0.08)


def test_the_temperature_is_where_the_truths_are_most_likely() -> None:
    logits, truths = drawn(300, 7, 1.7, seed=2)
    found = temperature(logits, np.arange(300), truths).value
    assert found is not None

    def surprise(heat: float) -> float:
        table = logits.astype(float) / heat
        own = table[np.arange(300), [truth for (truth,) in truths]]
        return float((np.log(np.exp(table).sum(axis=1)) - own).mean())

    assert surprise(found) < min(surprise(found * 1.001), surprise(found / 1.001))


def test_only_the_rows_named_are_fitted() -> None:
    logits, truths = drawn(3000, 8, 2.0)
    others, _ = drawn(3000, 8, 1.0, seed=9)
    both = np.concatenate([others, logits])
    rows = np.arange(3000, 6000)
    assert temperature(both, rows, truths) == temperature(logits, np.arange(3000), truths)


def test_too_few_pictures_give_no_temperature() -> None:
    logits, truths = drawn(FEWEST, 5, 1.0)
    found = temperature(logits, np.arange(FEWEST - 1), truths[:-1])
    assert (found.value, found.n) == (None, FEWEST - 1)
    assert found.doubt == "9 upright pictures are too few to fit a temperature; 10 are needed"
    assert temperature(logits, np.arange(1), truths[:1]).doubt.startswith("1 upright picture is too few")
    assert temperature(logits, np.arange(FEWEST), truths).value is not None


def test_a_temperature_that_does_not_exist_or_is_at_its_bound_is_told() -> None:
    logits, _ = drawn(50, 5, 1.0)
    right = [(int(one),) for one in logits.argmax(axis=1)]
    wrong = [(int(one),) for one in logits.argmin(axis=1)]
    sure = temperature(logits, np.arange(50), right)
    assert sure.value is None
    assert sure.doubt == "no output beats the truth in any upright picture, so no temperature fits best"
    lost = temperature(logits, np.arange(50), wrong)
    assert (lost.value, lost.doubt) == (HIGH, "the temperature is at its bound, 100")
    assert temperature(logits * np.float32(1e6), np.arange(50), right) == sure
    almost = temperature(logits, np.arange(50), [*right[1:], wrong[0]])  # one is wrong, so there is a best one
    assert almost.value is not None
    # Logits that are all the same fit as badly at every temperature.
    assert temperature(np.zeros((50, 5), dtype=np.float32), np.arange(50), right) == sure


def test_very_large_logits_are_no_trouble() -> None:
    logits, truths = drawn(2000, 6, 1.0)
    found = temperature(logits * np.float32(30), np.arange(2000), truths).value
    assert found == pytest.approx(30, rel=0.1)
    assert found == pytest.approx(30 * (temperature(logits, np.arange(2000), truths).value or 0), rel=1e-5)
    huge = temperature(logits * np.float32(1e30), np.arange(2000), truths)
    assert (huge.value, huge.doubt) == (HIGH, "the temperature is at its bound, 100")


def test_a_calibration_error_worked_by_hand() -> None:
    # Bins of a fifth: (0.2, 0.4] holds 0.3 and 0.4, of which one is right: |1 - 0.7|; (0.8, 1] holds 0.9, wrong.
    confidence, right = np.array([0.3, 0.9, 0.4]), np.array([True, False, False])
    assert calibration_error(confidence, right, bins=5) == pytest.approx((0.3 + 0.9) / 3)
    assert BINS == 15
    # 1/15 is the upper edge of the first bin; a little more is in the second.
    edge = np.array([1 / 15, 1 / 15 + 1e-9])
    assert calibration_error(edge, np.array([True, False])) == pytest.approx((14 / 15 + 1 / 15) / 2)
    assert calibration_error(edge[:1], np.array([True])) == pytest.approx(14 / 15)
    assert calibration_error(np.array([0.0, 1.0]), np.array([False, True])) == 0
    assert math.isnan(calibration_error(np.array([]), np.array([], dtype=bool)))


def test_the_error_of_a_calibrated_network_goes_to_nothing_and_scaling_makes_it_one() -> None:
    errors = []
    for n in (200, 2000, 20000):
        logits, truths = drawn(n, 10, 1.0, seed=n)
        found = standing(logits, truths)
        errors.append(calibration_error(found.p_top, found.rank == 1))
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.01
    logits, truths = drawn(20000, 10, 3.0)
    rows = np.arange(20000)
    found, heat = standing(logits, truths), temperature(logits, rows, truths).value
    assert heat is not None
    assert calibration_error(found.p_top, found.rank == 1) > 0.2
    assert calibration_error(sharpened(logits, rows, heat), found.rank == 1) < 0.01


def test_where_the_truth_stands_is_told_by_all_outputs() -> None:
    logits = np.log([[0.5, 0.3, 0.2], [0.1, 0.3, 0.6], [0.4, 0.4, 0.2], [0.25, 0.25, 0.5]]).astype(np.float32)
    found = standing(logits, [(0,), (0,), (0,), (0, 1)])
    assert found.rank.tolist() == [1, 3, 2, 2]  # an even output comes before the truth
    assert found.top.tolist() == [0, 2, 0, 2]
    assert found.tied.tolist() == [False, False, True, False]
    assert found.p_top == pytest.approx([0.5, 0.6, 0.4, 0.5])
    assert found.p_truth == pytest.approx([0.5, 0.1, 0.4, 0.5])
    assert found.margin == pytest.approx([0.2, -0.5, 0.0, 0.0], abs=1e-6)
    assert found.total == pytest.approx(np.zeros(4), abs=1e-6)


def test_a_truth_of_several_outputs_stands_where_its_best_does() -> None:
    found = standing(np.log([[0.1, 0.2, 0.3, 0.4]]).astype(np.float32), [(2, 3)])
    assert (found.rank.tolist(), found.p_truth[0], found.margin[0]) == ([1], pytest.approx(0.7), pytest.approx(0.5))
    whole = standing(np.zeros((1, 2), dtype=np.float32), [(0, 1)])
    assert (whole.rank.tolist(), whole.p_truth.tolist(), whole.margin.tolist()) == ([1], [1.0], [1.0])


def test_what_is_not_known_of_a_picture_stays_unknown() -> None:
    logits = np.array([[1.0, 0.0], [math.nan, 0.0], [math.inf, 0.0], [0.0, 1.0]], dtype=np.float32)
    found = standing(logits, [(0,), (0,), (1,), ()])
    assert found.sound.tolist() == [True, False, False, True]
    assert found.rank.tolist() == [1, 0, 0, 0]
    assert np.isnan(found.p_truth).tolist() == [False, True, True, True]
    assert np.isnan(found.p_top).tolist() == [False, True, True, False]
    assert np.isnan(found.total).tolist() == [False, True, True, False]
    assert np.isnan(standing(logits[3:], [()]).margin).all()


@pytest.mark.parametrize("block", [1, 40, 333, 100_000])
def test_nothing_depends_on_the_size_of_the_blocks_nor_on_where_the_logits_lie(block: int, tmp_path: Path) -> None:
    logits, truths = drawn(60, 37, 1.5)
    truths[7], truths[8], truths[9] = (), (1, 5, 9), (0, 36)
    rows = np.array([row for row in range(60) if row != 7])
    np.save(tmp_path / "logits.npy", logits)
    stored = np.load(tmp_path / "logits.npy", mmap_mode="r")
    expected, found = standing(logits, truths), standing(stored, truths, block)
    for name in Standing.__dataclass_fields__:
        assert getattr(found, name).tobytes() == getattr(expected, name).tobytes()
    of = [truths[row] for row in rows]
    assert temperature(stored, rows, of, block) == temperature(logits, rows, of)
    assert sharpened(stored, rows, 1.3, block).tobytes() == sharpened(logits, rows, 1.3).tobytes()
