"""Code values and linear light."""

import numpy as np
import pytest

from askew_stimuli.light import WEIGHTS, averaged, codes, linear, luminance

ALL = np.arange(256).astype(np.uint8)


def exactly(code: int) -> float:
    """The standard's formula, one value at a time."""
    shown = code / 255
    return shown / 12.92 if shown <= 0.04045 else float(((shown + 0.055) / 1.055) ** 2.4)


def shown(light: float) -> int:
    value = 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return int(255 * value + 0.5)


def test_light_follows_the_formula_of_srgb() -> None:
    np.testing.assert_allclose(linear(ALL), [exactly(code) for code in range(256)], rtol=1e-12)
    assert linear(np.array([0, 10, 55, 128, 255], np.uint8)) == pytest.approx(
        [0, 0.0030353, 0.0382044, 0.2158605, 1], abs=1e-7
    )


def test_every_code_comes_back_from_its_light() -> None:
    np.testing.assert_array_equal(codes(linear(ALL)), ALL)
    np.testing.assert_array_equal(codes(linear(ALL).astype(np.float32)), ALL)


def test_light_between_codes_becomes_the_nearest_that_a_display_shows() -> None:
    light = np.random.default_rng(0).uniform(0, 1, 2000) ** 3
    assert np.abs(codes(light).astype(int) - [shown(value) for value in light]).max() <= 1
    assert np.mean(codes(light) == [shown(value) for value in light]) > 0.99


def test_light_beyond_black_and_white_is_clipped() -> None:
    assert codes(np.array([-0.5, 0.0, 1.0, 7.0])).tolist() == [0, 0, 255, 255]


def test_luminance_is_the_weighted_sum_of_red_green_and_blue() -> None:
    assert sum(WEIGHTS) == pytest.approx(1)
    assert luminance(np.eye(3)).tolist() == list(WEIGHTS)
    assert luminance(np.full((2, 3, 3), 0.5)) == pytest.approx(np.full((2, 3), 0.5))


@pytest.mark.parametrize("factor", range(1, 9))
def test_the_mean_of_equal_samples_is_the_sample(factor: int) -> None:
    samples = np.repeat(np.repeat(ALL.reshape(16, 16, 1), factor, 0), factor, 1)
    np.testing.assert_array_equal(averaged(samples, factor), ALL.reshape(16, 16, 1))


@pytest.mark.parametrize("factor", [2, 4, 6, 8])
def test_half_black_and_half_white_is_half_the_light_not_half_the_code(factor: int) -> None:
    board = (np.indices((4 * factor, 6 * factor)).sum(0) % 2 * 255).astype(np.uint8)[..., None].repeat(3, 2)
    assert np.unique(averaged(board, factor)).tolist() == [188]


@pytest.mark.parametrize("factor", [2, 3, 4, 5, 8])
@pytest.mark.parametrize("brightest", [4, 40, 256])
def test_averages_are_those_of_a_slow_exact_way(factor: int, brightest: int) -> None:
    samples = np.random.default_rng(factor).integers(0, brightest, (10 * factor, 7 * factor, 3)).astype(np.uint8)
    pixels = averaged(samples, factor)
    assert pixels.shape == (10, 7, 3)
    for row, column, colour in np.ndindex(pixels.shape):
        part = samples[row * factor : (row + 1) * factor, column * factor : (column + 1) * factor, colour]
        mean = sum(exactly(int(code)) for code in part.ravel()) / factor**2
        assert abs(int(pixels[row, column, colour]) - shown(mean)) <= 1
