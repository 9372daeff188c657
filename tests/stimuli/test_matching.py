"""Luminance and contrast inside the object, matched."""

import numpy as np
import numpy.typing as npt
import pytest

from askew_stimuli.light import Bytes, codes, linear, luminance
from askew_stimuli.matching import CLOSE, MAX_GAIN, MAX_OFFSET, Lightness, Matched, lightness, matched

GREY = np.array((124, 116, 104), np.uint8)
Shares = npt.NDArray[np.float64]


def object_on(background: Bytes, mean: float = 0.2, sd: float = 0.06, seed: int = 0) -> tuple[Bytes, Shares]:
    """A coloured, textured disk of about the given lightness; its edge covers pixels in parts."""
    rows, columns = np.indices((120, 100))
    coverage = np.clip(38.5 - np.hypot(rows - 60, columns - 50), 0, 1)
    coverage = np.round(coverage * 255) / 255
    texture = np.random.default_rng(seed).normal(mean, sd, (120, 100, 1)).clip(mean - 3 * sd, mean + 3 * sd)
    share = coverage[..., None]
    light = share * texture * (1.1, 1.0, 0.8) + (1 - share) * linear(np.broadcast_to(background, (120, 100, 3)))
    return codes(light), coverage


def light_of(pixels: Bytes) -> Shares:
    return luminance(linear(pixels))


def line_of(before: Bytes, result: Matched, coverage: Shares) -> tuple[float, float]:
    """The gain and offset that were used, as the pixels show it."""
    whole = coverage == 1
    gain, offset = np.polyfit(linear(before[whole]).ravel(), linear(result.pixels[whole]).ravel(), 1)
    return float(gain), float(offset)


@pytest.mark.parametrize(("mean", "sd"), [(0.2, 0.06), (0.18, 0.05), (0.24, 0.075), (0.3, 0.09), (0.12, 0.03)])
def test_an_object_gets_the_mean_and_deviation_that_are_wanted(mean: float, sd: float) -> None:
    picture, coverage = object_on(GREY)
    result = matched(picture, coverage, GREY, Lightness(mean, sd))
    assert result.clipped == 0
    assert (result.after.mean, result.after.sd) == pytest.approx((mean, sd), abs=1e-3)
    shown = lightness(result.pixels, coverage >= 0.5)  # what it says is what the file will show
    assert vars(result.after) == pytest.approx(vars(shown), abs=1e-12)
    assert result.before == lightness(picture, coverage >= 0.5)


def test_thin_objects_that_are_mostly_edge_get_the_mean_as_well() -> None:
    coverage = np.zeros((100, 100))
    coverage[::5], coverage[1::5], coverage[2::5] = 0.6, 0.9, 0.3
    texture = np.random.default_rng(0).uniform(0.1, 0.3, (100, 100, 1))
    light = coverage[..., None] * texture + (1 - coverage[..., None]) * linear(GREY)
    inside = coverage >= 0.5
    wanted = Lightness(*(1.2 * value for value in vars(lightness(codes(light), inside)).values()))
    result = matched(codes(light), coverage, GREY, wanted)
    assert (result.after.mean, result.after.sd) == pytest.approx((wanted.mean, wanted.sd), abs=1e-3)


def test_an_object_that_is_as_wanted_stays_as_it_is() -> None:
    picture, coverage = object_on(GREY)
    result = matched(picture, coverage, GREY, lightness(picture, coverage >= 0.5))
    np.testing.assert_array_equal(result.pixels, picture)


def test_what_is_around_the_object_is_the_same_bit_for_bit() -> None:
    photograph = np.random.default_rng(1).integers(0, 256, (120, 100, 3)).astype(np.uint8)
    for background in (GREY, photograph):
        picture, coverage = object_on(background)
        result = matched(picture, coverage, background, Lightness(0.3, 0.1))
        around = coverage == 0
        np.testing.assert_array_equal(result.pixels[around], picture[around])
        assert (result.pixels[~around] != picture[~around]).any()


def test_a_pixel_that_the_object_half_covers_changes_half_as_much() -> None:
    own, background = np.array((0.2, 0.15, 0.1)), linear(GREY)
    coverage = np.ones((60, 60))
    coverage[:, 30:40], coverage[:, 40:] = 0.5, 0
    light = coverage[..., None] * own + (1 - coverage[..., None]) * background
    light[:30, :30] += 0.05  # so that there is a contrast to be matched
    picture = codes(light)
    result = matched(picture, coverage, GREY, Lightness(0.26, 0.05))
    before, after = linear(picture), linear(result.pixels)
    change = after - before
    whole, half = change[50, 10], change[50, 35]
    assert (whole > 0.03).all()
    assert half == pytest.approx(whole / 2, abs=0.004)  # a code value there is 0.004 of light
    assert (change[50, 45] == 0).all()


def test_a_photograph_shines_through_the_edge_unchanged() -> None:
    photograph = np.random.default_rng(2).integers(60, 200, (120, 100, 3)).astype(np.uint8)
    on_photograph, coverage = object_on(photograph)
    on_grey, _ = object_on(GREY)
    edge = (coverage > 0.3) & (coverage < 0.7)
    changes = []
    for picture, background in ((on_photograph, photograph), (on_grey, GREY)):
        mean = lightness(picture, coverage >= 0.5)
        result = matched(picture, coverage, background, Lightness(mean.mean * 1.3, mean.sd * 1.3))
        changes.append(linear(result.pixels)[edge] - linear(picture)[edge])
    assert np.abs(changes[0] - changes[1]).max() < 0.015
    assert changes[0].mean() == pytest.approx(changes[1].mean(), rel=0.05)


@pytest.mark.parametrize(
    "wanted", [Lightness(mean, sd) for mean in (0.0, 0.02, 0.2, 0.6, 1.0) for sd in (0.0, 0.01, 0.2, 0.5)]
)
def test_gain_and_offset_never_leave_their_bounds(wanted: Lightness) -> None:
    picture, coverage = object_on(GREY)
    result = matched(picture, coverage, GREY, wanted)
    whole = coverage == 1
    before, after = linear(picture[whole]), linear(result.pixels[whole])
    step = 0.006  # of light between two codes, at the most here
    shown = (after > 0) & (after < 1)
    assert (after <= MAX_GAIN * before + MAX_OFFSET + step).all()
    assert (after[shown] >= before[shown] / MAX_GAIN - MAX_OFFSET - step).all()
    gain, offset = line_of(picture, result, coverage)
    if result.clipped == 0:
        assert 1 / MAX_GAIN - 0.01 <= gain <= MAX_GAIN + 0.01
        assert abs(offset) <= MAX_OFFSET + 0.002


def test_where_both_cannot_be_had_the_mean_comes_first() -> None:
    picture, coverage = object_on(GREY, 0.2, 0.06)
    for wanted in (Lightness(0.2, 0.11), Lightness(0.2, 0.02), Lightness(0.3, 0.06), Lightness(0.14, 0.06)):
        result = matched(picture, coverage, GREY, wanted)
        shown = lightness(result.pixels, coverage >= 0.5)
        assert shown.mean == pytest.approx(wanted.mean, abs=1e-3)
        before = abs(lightness(picture, coverage >= 0.5).sd * wanted.mean / 0.2 - wanted.sd)
        assert 0.005 < abs(shown.sd - wanted.sd) < before  # as near as the mean allows


def test_clipped_values_are_counted_and_made_up_for() -> None:
    picture, coverage = object_on(GREY, 0.6, 0.17)
    before = lightness(picture, coverage >= 0.5)
    wanted = Lightness(before.mean, before.sd * 1.02)
    result = matched(picture, coverage, GREY, wanted)
    light = linear(result.pixels[coverage >= 0.5])
    assert 0 < result.clipped == pytest.approx(np.mean((light == 0) | (light == 1)), abs=0.003)
    shown = lightness(result.pixels, coverage >= 0.5)
    assert (shown.mean, shown.sd) == pytest.approx((wanted.mean, wanted.sd), abs=1e-3)
    assert (
        str(result)
        == f"luminance {result.before} to {result.after} of {result.wanted}, {result.clipped:.4f} of it clipped"
    )


def test_an_object_of_one_colour_gets_the_mean_and_stays_of_one_colour() -> None:
    picture = np.full((20, 20, 3), GREY)
    picture[5:15, 5:15] = (90, 80, 70)
    coverage = np.zeros((20, 20))
    coverage[5:15, 5:15] = 1
    result = matched(picture, coverage, GREY, Lightness(0.12, 0.1))
    assert len(np.unique(result.pixels[5:15, 5:15].reshape(-1, 3), axis=0)) == 1
    assert lightness(result.pixels, coverage == 1).mean == pytest.approx(0.12, abs=0.002)


def test_a_black_object_is_veiled_no_more_than_the_offset_allows() -> None:
    picture, coverage = np.zeros((20, 20, 3), np.uint8), np.ones((20, 20))
    result = matched(picture, coverage, GREY, Lightness(0.2, 0.1))
    assert lightness(result.pixels, coverage == 1).mean == pytest.approx(MAX_OFFSET, abs=0.001)


def test_what_was_brighter_is_never_darker_afterwards() -> None:
    picture, coverage = object_on(GREY, 0.4, 0.13)
    for wanted in (Lightness(0.2, 0.2), Lightness(0.7, 0.3), Lightness(0.4, 0.01)):
        result = matched(picture, coverage, GREY, wanted)
        whole = coverage == 1
        order = np.argsort(picture[whole].ravel(), kind="stable")
        assert (np.diff(result.pixels[whole].ravel()[order].astype(int)) >= 0).all()


def test_colours_keep_their_proportions_where_there_is_no_offset() -> None:
    picture, coverage = object_on(GREY)
    before = lightness(picture, coverage >= 0.5)
    result = matched(picture, coverage, GREY, Lightness(before.mean * 1.5, before.sd * 1.5))
    whole = coverage == 1
    ratio = linear(result.pixels[whole]) / linear(picture[whole])
    assert ratio.mean(0) == pytest.approx([1.5] * 3, rel=0.01)


def test_the_same_input_gives_the_same_bytes_and_is_left_alone() -> None:
    picture, coverage = object_on(GREY)
    kept = picture.copy()
    first, again = (matched(picture, coverage, GREY, Lightness(0.3, 0.1)) for _ in range(2))
    np.testing.assert_array_equal(first.pixels, again.pixels)
    np.testing.assert_array_equal(picture, kept)
    assert (first.before, first.after, first.clipped) == (again.before, again.after, again.clipped)


def test_lightnesses_are_near_where_mean_and_deviation_both_are() -> None:
    one = Lightness(0.2, 0.1)
    assert one.near(Lightness(0.2 + CLOSE / 2, 0.1 - CLOSE / 2))
    assert not one.near(Lightness(0.2 + 2 * CLOSE, 0.1))
    assert not one.near(Lightness(0.2, 0.1 + 2 * CLOSE))
    assert str(one) == "0.2000±0.1000"
