"""Resamples of the pictures: what the shortcuts through Hadamard rows give is what the plain sums give."""

import numpy as np
import pytest

from askew_analysis.kappa import PRIOR, kappa
from askew_analysis.resampling import BLOCK, _prior, _sums, hadamard, kappas
from askew_analysis.responses import Responses


@pytest.mark.parametrize("observers", [2, 3, 4, 7, 8, 31, 40])
def test_the_imaginary_pictures_of_a_pair_weigh_what_their_plain_sum_does(observers: int) -> None:
    resamples = BLOCK + 7
    total, own, both = _prior(observers, np.random.default_rng(1), resamples)
    imagined = hadamard(observers).astype(float)
    size = imagined.shape[1]
    weights = np.random.default_rng(1).standard_gamma(4 * PRIOR / size, size=(size, resamples))
    one, other = np.triu_indices(observers, 1)
    np.testing.assert_allclose(total, weights.sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(own, imagined @ weights, rtol=1e-12, atol=1e-12)
    assert both.dtype == np.float32
    np.testing.assert_allclose(both, (imagined[one] * imagined[other]) @ weights, rtol=1e-6, atol=1e-6)


def test_weights_are_added_with_the_signs_of_every_row_of_the_hadamard_matrix() -> None:
    weights = np.random.default_rng(2).random((16, 5))
    signs = np.vstack([np.ones(16), 2.0 * hadamard(15) - 1])
    np.testing.assert_allclose(_sums(weights), signs @ weights, atol=1e-12)


@pytest.mark.parametrize("rule", ["complete", "drop", "own-code"])
def test_kappas_are_those_of_each_pair_computed_by_itself(rule: str) -> None:
    rng = np.random.default_rng(3)
    answered = rng.random((9, 40)) < 0.9
    answered[[2, 5]] = True  # who answered everything takes another way
    if rule == "complete":
        answered[:] = True
    right = (rng.random((9, 40)) < 0.7) & answered
    lacking = ~answered if rule == "own-code" else np.zeros_like(answered)
    counted = np.ones_like(answered) if rule == "own-code" else answered
    found = kappas(Responses("", right=right, counted=counted, lacking=lacking), np.random.default_rng(4), BLOCK + 9, 1)

    imagined = hadamard(9)
    columns, times = np.unique(np.vstack([right, counted, lacking]), axis=1, return_counts=True)
    # The columns in the order of the resamples' weights, which is that of their bytes.
    order = np.lexsort(np.packbits(columns, axis=0)[::-1])
    columns, times = columns[:, order], times[order]
    shapes = np.concatenate([times, np.full(imagined.shape[1], 4 * PRIOR / imagined.shape[1])])
    weights = np.random.default_rng(4).standard_gamma(shapes, size=(BLOCK + 9, len(shapes))).T
    its = np.split(columns, 3)
    right, counted = np.hstack([its[0], imagined]), np.hstack([its[1], np.ones_like(imagined)])
    lacking = np.hstack([its[2], np.zeros_like(imagined)])
    wrong = counted & ~right & ~lacking
    for pair, (i, j) in enumerate(zip(*np.triu_indices(9, 1), strict=True)):
        n, p, q = (
            (one & other) @ weights
            for one, other in ((counted[i], counted[j]), (right[i], counted[j]), (counted[i], right[j]))
        )
        agree = ((right[i] & right[j]) | (wrong[i] & wrong[j]) | (lacking[i] & lacking[j])) @ weights
        np.testing.assert_allclose(found[pair], kappa(n, p, q, agree), rtol=2e-5, atol=1e-6)
