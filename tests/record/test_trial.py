"""What a trial may be."""

from collections.abc import Callable

import pytest

from askew.errors import BadCell
from askew.trial import Trial

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
        ({"offered": "mug"}, "offered: 'mug' is not a tuple of labels"),
        ({"observer": ""}, "observer: '' is empty"),
        ({"observer": 7}, "observer: 7 is not text"),
        ({"truth": "mug ", "offered": ("mug ", "hammer"), "choice": None}, "'mug ' begins or ends with a space"),
        ({"stimulus": "two\nlines"}, r"stimulus: 'two\nlines' holds a line break or a control character"),
        ({"session": ""}, "session: '' is empty"),
        ({"index": -1}, "index: -1 is negative; count from 0 or 1"),
        ({"rt_ms": -3.0}, "rt_ms: -3.0 is not a time in ms; give 0 or more, or nothing where it is unknown"),
        ({"achieved_ms": float("nan")}, "achieved_ms: nan is not a time in ms"),
        ({"requested_ms": float("inf")}, "requested_ms: inf is not a time in ms"),
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
