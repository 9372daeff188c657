"""How simulated participants decide: noisy evidence accumulates until it is enough, or until time is up.

What a picture gives grows with the time t for which it is processed. The rate of evidence for the truth is

    drift * (FULL * (1 - fading) + impression * fading),   fading = exp(-t / tau)

with a tau that is longer for unusual poses. The impression is what a first glance says, right or wrong. It belongs to
the picture, and so does some of tau: the same pictures are hard for everybody. The answer is that of a diffusion
between two bounds, whose odds and times have closed forms; with a deadline, that of the evidence there is.

The constants were set by hand, so that accuracies lie within 0.05 of the people's in Ollikka et al. (TMLR 2025), as
recomputed from the data they published (`askew import unusual-poses`):

                 upright  rotated-correct  rotated-incorrect  both rotated
    40 ms          0.902            0.703              0.693         0.698
    150 ms         0.980            0.912              0.856         0.884
    unlimited      0.980            0.995              0.983         0.989   (with the labels)

Times are of the order of theirs (medians of 1.4 to 3.1 s), but shorter. Those data do not say whether a mask followed;
that one did is an assumption. So this is a stand-in to try protocols and analyses on, and no fit: nothing about people
follows from it.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from askew_experiments.lots import lots

FULL = 2.0  # evidence a second when everything was seen, in units of the noise
IMPRESSION_SD = 0.6  # of pictures
TAU_SD = 0.8  # of pictures, in logs
NOISE_SD = 0.25  # of the evidence from one picture, between two showings
PERSISTENCE_S = 0.1  # how long a picture that no mask follows is still processed after it has gone
TERMS = 20  # of the sum of exponentials that a decision takes; the rest, 2 ms of SD, is its mean

# Seconds until a typical picture has given 63 % of what it has to give.
TAU_S = {"upright": 0.047, "rotated-correct": 0.18, "rotated-incorrect": 0.228}
ROTATED_S = 0.2  # any other condition


@dataclass(frozen=True, kw_only=True)
class Ability:
    """One participant. Rates are per trial; the defaults are the typical ones."""

    drift: float = 1.0  # how much evidence pictures give: 1 is typical, with 0 all is guessed
    threshold: float = 1.5  # how much of it is enough
    non_decision_s: float = 0.6  # to read labels and to press, in peace; half of it under a deadline
    bias: float = 0.0  # evidence a second for the first key, whatever is shown
    viewing_s: float = 0.6  # how long a picture is looked at where that is free
    punctuality_s: float = 0.08  # SD of answers around the time at which they were asked for
    lapse: float = 0.012  # the picture is missed, and the answer a guess
    misclick: float = 0.002  # a key that means nothing comes before the answer
    anticipation: float = 0.01  # a key comes before its time
    timeout: float = 0.002  # no answer, where there is a limit
    escape: float = 0.001  # a pause is asked for


@dataclass(frozen=True)
class Decision:
    """Which label, by its place, and how long it took to decide."""

    place: int
    seconds: float


def drawn(seed: int, participant: str) -> Ability:
    """The participant of this code, from a population around the typical one."""
    draw, typical = lots(seed, participant, "ability"), Ability()

    def around(value: float, spread: float) -> float:
        return value * math.exp(spread * normal(draw))

    def seldom(rate: float) -> float:
        return rate * min(_exponential(draw), 5)

    return Ability(
        drift=around(typical.drift, 0.12),
        threshold=around(typical.threshold, 0.12),
        non_decision_s=around(typical.non_decision_s, 0.15),
        bias=0.07 * normal(draw),
        viewing_s=around(typical.viewing_s, 0.35),
        punctuality_s=around(typical.punctuality_s, 0.2),
        lapse=seldom(typical.lapse),
        misclick=seldom(typical.misclick),
        anticipation=seldom(typical.anticipation),
        timeout=seldom(typical.timeout),
        escape=seldom(typical.escape),
    )


def tau_s(condition: str) -> float:
    """The time constant of a condition; one that has no figures of its own counts as rotated.

    >>> tau_s("upright") < tau_s("rotated-correct") < tau_s("tilted") < tau_s("rotated-incorrect")
    True
    """
    return TAU_S.get(condition, ROTATED_S)


def processed_s(seen_s: float, until_mask_s: float) -> float:
    """How long a picture seen for so long is processed; a mask, so long after its onset (or `inf`), ends that.

    >>> processed_s(0.04, math.inf), processed_s(0.04, 0.04), processed_s(0.04, 0.09), processed_s(0.04, 0.5)
    (0.14, 0.04, 0.09, 0.14)
    """
    return min(seen_s + PERSISTENCE_S, until_mask_s)


def evidence(ability: Ability, stimulus: str, condition: str, seconds: float) -> float:
    """The rate of evidence for the truth, from a picture processed for so long (`math.inf` for all it has)."""
    impression, hardness = _own(stimulus)
    fading = math.exp(-seconds / (tau_s(condition) * hardness))
    return ability.drift * (FULL * (1 - fading) + impression * fading)


def decided(ability: Ability, draw: Random, rate: float, *, labels: int, right: int) -> Decision:
    """The answer given when there is enough evidence; `right` is the place of the truth.

    With two labels, odds and times are those of a diffusion that starts halfway between its bounds. With more, odds
    are Luce's, by the same evidence, and the bounds move apart so that guesses take log2(labels) times as long (Hick).
    """
    rates = _rates(ability, draw, rate, labels, right)
    odds = [math.exp(2 * ability.threshold * each) for each in rates]
    left = draw.random() * sum(odds)
    place = next((place for place in range(labels - 1) if (left := left - odds[place]) < 0), labels - 1)
    others = max(each for place, each in enumerate(rates) if place != right)
    bound = ability.threshold * math.sqrt(math.log2(labels))
    return Decision(place, _exit_s(draw, rates[right] - others, bound))


def decided_by(seconds: float, ability: Ability, draw: Random, rate: float, *, labels: int, right: int) -> Decision:
    """The answer for which there is the most evidence after so long; a guess where there was no time."""
    rates = _rates(ability, draw, rate, labels, right)
    spent = max(seconds, 0.0)
    found = [each * spent + math.sqrt(spent / 2) * normal(draw) for each in rates]
    place = found.index(max(found)) if spent else int(draw.random() * labels)
    return Decision(place, spent)


def normal(draw: Random) -> float:
    """A standard normal number."""
    return math.sqrt(2 * _exponential(draw)) * math.cos(2 * math.pi * draw.random())


def _exponential(draw: Random) -> float:
    return -math.log(1 - draw.random())


@lru_cache(maxsize=4096)
def _own(stimulus: str) -> tuple[float, float]:
    """A picture's own impression, and how many times longer than others it takes to be seen."""
    draw = lots("picture", stimulus)
    return IMPRESSION_SD * normal(draw), math.exp(TAU_SD * normal(draw))


def _rates(ability: Ability, draw: Random, rate: float, labels: int, right: int) -> list[float]:
    rates = [0.0] * labels
    rates[right] = rate + ability.drift * NOISE_SD * normal(draw)
    rates[0] += ability.bias
    return rates


def _exit_s(draw: Random, rate: float, bound: float) -> float:
    """When a diffusion from 0 leaves (-bound, bound): a sum of exponentials, as its Laplace transform says.

    That is cosh(bound * rate) / cosh(bound * sqrt(2 s + rate ** 2)), and cosh is a product over its zeros.
    """
    mean = bound * math.tanh(bound * rate) / rate if abs(rate) > 1e-6 else bound**2
    slowness = (2 / (((term + 0.5) * math.pi / bound) ** 2 + rate**2) for term in range(TERMS))
    return mean + sum(each * (_exponential(draw) - 1) for each in slowness)
