"""What a trial may be."""

from collections.abc import Callable
from enum import Enum

import pytest

from askew.errors import BadCell
from askew.trial import Trial


class Pose(str, Enum):
    """A text whose own text is another."""

    UP = "upright"


Make = Callable[..., Trial]


def test_a_choice_that_is_the_truth_is_correct(trial: Make) -> None:
    assert trial(choice="mug").correct is True
    assert trial(choice="hammer").correct is False


@pytest.mark.parametrize("outcome", ["timeout", "misclick", "refused"])
def test_no_choice_is_neither_right_nor_wrong(trial: Make, outcome: str) -> None:
    assert trial(choice=None, outcome=outcome).correct is None


def test_a_trial_cannot_be_changed(trial: Make) -> None:
    with pytest.raises(AttributeError):
        trial().choice = "hammer"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"truth": "lamp"}, "truth: 'lamp' was not offered; offered: mug|hammer"),
        ({"choice": "lamp"}, "choice: 'lamp' was not offered; offered: mug|hammer, or nothing"),
        ({"choice": None}, "choice: is empty, but the outcome is answered; give the choice, or timeout"),
        ({"outcome": "timeout"}, "choice: 'mug' contradicts the outcome timeout; leave it empty"),
        ({"offered": ("mug",)}, "offered: 'mug' is no choice; offer two or more different labels"),
        ({"offered": ("mug", "mug")}, "offered: 'mug|mug' is no choice"),
        ({"offered": ("mug", "a|b")}, "offered: 'a|b' holds a '|', which separates labels in files"),
        ({"offered": "mug"}, "offered: 'mug' is not texts, joined by '|' in files"),
        ({"observer": ""}, "observer: '' is empty"),
        ({"observer": 7}, "observer: 7 is not a text"),
        ({"truth": "mug ", "offered": ("mug ", "hammer"), "choice": None}, "'mug ' begins or ends with a space"),
        ({"stimulus": "two\nlines"}, r"stimulus: 'two\nlines' holds a line break or a control character"),
        ({"stimulus": "half\ud800"}, r"stimulus: 'half\ud800' holds a line break or a control character"),
        ({"stimulus": "\udce4hre"}, r"stimulus: '\udce4hre' holds letters that this locale cannot read; remove them"),
        ({"session": ""}, "session: '' is empty"),
        ({"index": -1}, "index: -1 is not a whole number of 0 or more"),
        ({"rt_ms": -3.0}, "rt_ms: -3.0 is not a number of 0 or more; leave it empty where it is unknown"),
        ({"achieved_ms": float("nan")}, "achieved_ms: nan is not a finite number"),
        ({"requested_ms": float("inf")}, "requested_ms: inf is not a finite number"),
        ({"rt_ms": "612"}, "rt_ms: '612' is not a number of 0 or more"),
        ({"kind": "robot"}, "kind: 'robot' is not one of human, model, simulated"),
        ({"outcome": "skipped", "choice": None}, "outcome: 'skipped' is not one of answered, timeout, misclick"),
        ({"rt_ms": 10**309}, "rt_ms: "),
        ({"margin": 2**53 + 1}, "margin: 9007199254740993 is too large a number"),
        ({"index": 10**40}, "is too large a number"),
        ({"group": "x" * 10_001}, "is longer than 10,000 characters"),
        ({"condition": Pose.UP}, "is not plain text; give its value"),
        ({"index": 1.5}, "index: 1.5 is not a whole number"),
        ({"index": True}, "index: True is not a whole number"),
        ({"timing_valid": "maybe"}, "timing_valid: 'maybe' is not true or false"),
        ({"margin": True}, "margin: True is not a number"),
        ({"observer": None}, "observer: is empty, but every row needs a text"),
        ({"observer": "sub\u200b1"}, "observer: 'sub\\u200b1' holds an invisible character; remove it"),
        ({"margin": float("inf")}, "margin: inf is not a finite number; leave it empty where it is unknown"),
    ],
)
def test_what_could_not_be_analysed_is_refused_in_words(trial: Make, values: dict[str, object], says: str) -> None:
    with pytest.raises(BadCell) as error:
        trial(**values)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_arguments_are_an_error_of_the_caller() -> None:
    with pytest.raises(TypeError, match="observer"):
        Trial(kind="human")  # type: ignore[call-arg]
