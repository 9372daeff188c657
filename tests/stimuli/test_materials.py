"""Materials: their textures repeat without a seam and are always the same."""

from typing import get_args

import numpy as np
import pytest

from askew_stimuli.kit import assemble, box, part
from askew_stimuli.materials import (
    TILE,
    Colour,
    Grain,
    Material,
    cloth,
    enamel,
    matt,
    metal,
    plastic,
    rust,
    texture,
    wicker,
    wood,
)

GRAINS: tuple[Grain, ...] = get_args(Grain)
OAK: Colour = (0.6, 0.4, 0.22)


@pytest.mark.parametrize("grain", GRAINS)
@pytest.mark.parametrize("axis", [0, 1])
def test_a_texture_repeats_without_a_seam(grain: Grain, axis: int) -> None:
    pixels = texture(OAK, grain).astype(float)
    steps = np.abs(np.diff(pixels, axis=axis, append=pixels.take([0], axis)))
    seam = steps.take(-1, axis).mean()
    inside = steps.mean(axis=(1 - axis, 2))[:-1]
    assert seam <= inside.max()


@pytest.mark.parametrize("grain", GRAINS)
def test_a_texture_keeps_to_its_colour_and_is_made_once(grain: Grain) -> None:
    pixels = texture(OAK, grain)
    assert pixels.shape == (TILE, TILE, 3)
    assert pixels.mean((0, 1)) / 255 == pytest.approx(OAK, abs=0.02)
    assert pixels.std() > 5
    again = texture.__wrapped__(OAK, grain)
    assert np.array_equal(pixels, again)


def test_every_grain_looks_different() -> None:
    assert len({texture(OAK, grain).tobytes() for grain in GRAINS}) == len(GRAINS) == 4


def test_there_is_no_other_grain() -> None:
    with pytest.raises(KeyError, match="fur"):
        assemble([part(box(1, 1, 1), Material(OAK, grain="fur"))])  # type: ignore[arg-type]


def test_wood_is_grained_along_v() -> None:
    pixels = texture(OAK, "wood").astype(float)
    assert np.abs(np.diff(pixels, axis=0)).mean() < 0.5 * np.abs(np.diff(pixels, axis=1)).mean()


def test_a_shade_is_the_same_material_darker_or_lighter_and_never_too_light() -> None:
    oak = wood(OAK, tile=0.3)
    assert oak.shade(0.5) == Material((0.3, 0.2, 0.11), rough=0.6, grain="wood", tile=0.3)
    assert oak.shade(2).colour == (1.0, 0.8, 0.44)


def test_bare_metal_is_bright_without_surroundings_to_mirror() -> None:
    assert 0.35 <= metal().metal <= 0.4
    assert metal().rough == 0.35
    assert metal(OAK, rough=0.2) == Material(OAK, metal=metal().metal, rough=0.2)


def test_finishes_run_from_glossy_to_matt() -> None:
    finishes = [enamel(OAK), plastic(OAK), wood(OAK), wicker(OAK), matt(OAK), cloth(OAK)]
    assert [each.rough for each in finishes] == sorted({each.rough for each in finishes})
    assert all(each.metal == 0 for each in finishes)
    assert rust(OAK).metal > 0
