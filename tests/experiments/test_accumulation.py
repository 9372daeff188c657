"""The model of simulated participants: closed forms, published anchors, and what makes pictures hard."""

import math
from collections.abc import Iterator
from statistics import NormalDist, correlation, mean, median, quantiles

import numpy as np
import pytest

from askew_experiments.accumulation import (
    FULL,
    Ability,
    Decision,
    decided,
    decided_by,
    drawn,
    evidence,
    processed_s,
    tau_s,
)
from askew_experiments.lots import lots

# Ollikka et al. (TMLR 2025), recomputed from their data; `rotated` is the mean of both rotated poses.
PUBLISHED = {
    (0.04, "upright"): 0.902,
    (0.04, "rotated-correct"): 0.703,
    (0.04, "rotated-incorrect"): 0.693,
    (0.04, "rotated"): 0.698,
    (0.15, "upright"): 0.980,
    (0.15, "rotated-correct"): 0.912,
    (0.15, "rotated-incorrect"): 0.856,
    (0.15, "rotated"): 0.884,
    (math.inf, "upright"): 0.980,
    (math.inf, "rotated-correct"): 0.995,
    (math.inf, "rotated-incorrect"): 0.983,
    (math.inf, "rotated"): 0.989,
}
PURE = Ability(drift=0)  # rates that are given then have no noise of their own


def answers(seconds: float, condition: str, count: int = 4000) -> Iterator[tuple[bool, float]]:
    """Right or not, and the time, of 24 participants of the population, for as many pictures as answers."""
    people = [drawn(1, f"sub-sim{number:02d}") for number in range(24)]
    for number in range(count):
        who, draw = people[number % 24], lots(number, condition, seconds)
        lapses = draw.random() < who.lapse
        rate = 0.0 if lapses else evidence(who, f"{condition}_{number}", condition, seconds)
        found = decided(who, draw, rate, labels=2, right=number % 2)
        yield found.place == number % 2, found.seconds


def accuracy(seconds: float, condition: str) -> float:
    return mean(right for right, _ in answers(seconds, condition))


def pure(rate: float, count: int, labels: int = 2, right: int = 0) -> list[Decision]:
    draw = lots("pure", rate, labels)
    return [decided(PURE, draw, rate, labels=labels, right=right) for _ in range(count)]


@pytest.mark.parametrize(("seconds", "condition"), PUBLISHED)
def test_accuracies_lie_near_the_published_ones(seconds: float, condition: str) -> None:
    assert accuracy(seconds, condition) == pytest.approx(PUBLISHED[seconds, condition], abs=0.05)


def test_time_helps_most_where_the_pose_is_unusual() -> None:
    gains = {name: accuracy(math.inf, name) - accuracy(0.04, name) for name in ("upright", "rotated")}
    assert gains["upright"] > 0.04
    assert gains["rotated"] > 0.2
    assert accuracy(0.01, "rotated") < accuracy(0.04, "rotated") - 0.05 < accuracy(0.15, "rotated") - 0.15


def test_a_picture_without_a_mask_is_processed_for_longer() -> None:
    assert accuracy(processed_s(0.04, math.inf), "rotated") > accuracy(processed_s(0.04, 0.04), "rotated") + 0.1
    assert processed_s(0.04, 0.1) == 0.1


def test_odds_and_mean_times_are_those_of_a_diffusion() -> None:
    bound = PURE.threshold
    for rate in (0.0, 0.5, -0.8, 2.0):
        found = pure(rate, 6000)
        right = mean(each.place == 0 for each in found)
        assert right == pytest.approx(1 / (1 + math.exp(-2 * bound * rate)), abs=0.025)
        expected = bound * math.tanh(bound * rate) / rate if rate else bound**2
        assert mean(each.seconds for each in found) == pytest.approx(expected, rel=0.05)


def test_times_have_the_quantiles_of_a_random_walk() -> None:
    rate, step = 0.6, 0.0005
    generator = np.random.default_rng(1)
    at, times = np.zeros(3000), np.full(3000, np.nan)
    for tick in range(1, 40_000):
        walking = np.isnan(times)
        if not walking.any():
            break
        at[walking] += rate * step + math.sqrt(step) * generator.standard_normal(int(walking.sum()))
        times[walking & (np.abs(at) >= PURE.threshold)] = tick * step
    walked = np.quantile(times, [0.1, 0.3, 0.5, 0.7, 0.9])
    found = np.quantile([each.seconds for each in pure(rate, 6000)], [0.1, 0.3, 0.5, 0.7, 0.9])
    assert found == pytest.approx(walked, rel=0.08)
    assert min(each.seconds for each in pure(rate, 6000)) > 0


def test_times_are_skewed_to_the_right_and_errors_are_slower() -> None:
    found = [*answers(0.15, "rotated", 8000)]
    right = [seconds for correct, seconds in found if correct]
    wrong = [seconds for correct, seconds in found if not correct]
    low, *_, high = quantiles(right, n=20)
    assert high - median(right) > 3 * (median(right) - low)
    assert mean(right) > 1.15 * median(right)
    assert median(wrong) > 1.2 * median(right)


def test_somebody_without_drift_knows_nothing_of_any_picture() -> None:
    assert evidence(PURE, "mug", "upright", math.inf) == 0
    right = [decided(PURE, lots(number), 0.0, labels=2, right=number % 2).place == number % 2 for number in range(4000)]
    assert mean(right) == pytest.approx(0.5, abs=0.025)


def test_all_that_a_picture_has_is_the_same_in_every_pose() -> None:
    for condition in ("upright", "rotated-correct", "tilted"):
        assert evidence(Ability(drift=1.5), "mug", condition, math.inf) == 1.5 * FULL


def test_conditions_without_figures_of_their_own_count_as_rotated() -> None:
    assert tau_s("tilted-90") == tau_s("rotated") == tau_s("rotated-random") > tau_s("upright")


def test_the_same_pictures_are_hard_for_everybody() -> None:
    pictures = [f"picture_{number}" for number in range(150)]
    halves = []
    for half in ("one", "other"):
        people = [drawn(1, f"{half}-{number}") for number in range(40)]
        shares = []
        for picture in pictures:
            rates = [evidence(who, picture, "rotated", 0.04) for who in people]
            draws = [lots(picture, half, number) for number in range(40)]
            found = [decided(*each, labels=2, right=0) for each in zip(people, draws, rates, strict=True)]
            shares.append(mean(each.place == 0 for each in found))
        halves.append(shares)
    assert correlation(*halves) > 0.8
    assert np.std(halves) > 0.15


def test_of_many_labels_all_are_guessed_alike_and_guesses_take_longer() -> None:
    two, eight = pure(0.0, 6000), pure(0.0, 6000, labels=8)
    shares = [mean(each.place == place for each in eight) for place in range(8)]
    assert shares == pytest.approx([1 / 8] * 8, abs=0.02)
    assert mean(each.seconds for each in eight) == pytest.approx(3 * mean(each.seconds for each in two), rel=0.08)


def test_with_more_labels_the_truth_has_the_same_odds_against_each_of_them() -> None:
    found = pure(0.5, 8000, labels=4, right=2)
    counts = [sum(each.place == place for each in found) for place in range(4)]
    for other in (0, 1, 3):
        assert counts[2] / counts[other] == pytest.approx(math.exp(2 * PURE.threshold * 0.5), rel=0.15)


def test_a_biased_participant_prefers_the_first_key() -> None:
    biased = Ability(drift=0, bias=0.3)
    first = mean(decided(biased, lots(number), 0.0, labels=2, right=1).place == 0 for number in range(4000))
    assert first == pytest.approx(1 / (1 + math.exp(-2 * biased.threshold * 0.3)), abs=0.03)


@pytest.mark.parametrize("seconds", [0.05, 0.3, 1.0])
def test_answers_by_a_deadline_are_as_good_as_the_evidence_by_then(seconds: float) -> None:
    draw = lots("deadline", seconds)
    right = [decided_by(seconds, PURE, draw, 1.2, labels=2, right=1).place == 1 for _ in range(6000)]
    assert mean(right) == pytest.approx(NormalDist().cdf(1.2 * math.sqrt(seconds)), abs=0.025)


def test_without_time_an_answer_is_a_guess() -> None:
    draw = lots("no time")
    found = [decided_by(-0.1, Ability(), draw, 5.0, labels=3, right=0) for _ in range(3000)]
    assert {each.seconds for each in found} == {0.0}
    assert [mean(each.place == place for each in found) for place in range(3)] == pytest.approx([1 / 3] * 3, abs=0.04)


def test_participants_belong_to_their_seed_and_code() -> None:
    assert drawn(1, "sub-sim01") == drawn(1, "sub-sim01")
    assert drawn(1, "sub-sim01") != drawn(1, "sub-sim02")
    assert drawn(1, "sub-sim01") != drawn(2, "sub-sim01")


def test_a_population_lies_around_the_typical_participant() -> None:
    people = [drawn(3, str(number)) for number in range(3000)]
    typical = vars(Ability())
    for name in ("drift", "threshold", "non_decision_s", "viewing_s", "punctuality_s"):
        assert median(getattr(each, name) for each in people) == pytest.approx(typical[name], rel=0.05)
    for name in ("lapse", "misclick", "anticipation", "timeout", "escape"):
        rates = [getattr(each, name) for each in people]
        assert mean(rates) == pytest.approx(typical[name], rel=0.1)
        assert 0 <= min(rates) < max(rates) <= 5 * typical[name]
    assert mean(each.bias for each in people) == pytest.approx(0, abs=0.01)
