"""What a network believed of each picture, and how far it can be believed in each condition: two derived tables.

The trials say what was chosen; these say how sure a network was of it, offered the labels that people were offered, and
among all the labels that it has.
"""

from dataclasses import dataclass
from typing import Annotated

from askew.column import Column
from askew.table import Table

_ALL = "softmax over all outputs"
Text = str | None
Number = float | None
Whole = int | None


def _share(meaning: str) -> Column:
    return Column(meaning, low=0, high=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureConfidence:
    """What one network believed of one picture. Empty is what does not exist: see `reason`."""

    observer: Annotated[str, Column("the observer, as in the trials")]
    view: Annotated[str, Column("how much of the picture it saw: `checkpoint`, `whole`, `zoom-F` or `object-F`")]
    set: Annotated[Text, Column("name of the stimulus set")] = None
    stimulus: Annotated[str, Column("id of the picture")]
    condition: Annotated[str, Column("as in the trials")]
    p_truth: Annotated[Number, _share(f"probability of the truth ({_ALL}), summed where it means several")] = None
    p_choice: Annotated[Number, _share("the same, of the label chosen")] = None
    softmax_margin: Annotated[
        Number, Column("`p_truth` less the probability of the best output that is not the truth's", low=-1, high=1)
    ] = None
    rank: Annotated[
        Whole, Column("place of the truth among all outputs, from 1; an output that is even with it comes first", low=1)
    ] = None
    p_top: Annotated[Number, _share(f"probability of the best of all outputs ({_ALL})")] = None
    top_key: Annotated[Text, Column("that output: its synset or label; empty where two are even")] = None
    top_label: Annotated[Text, Column("its name, to read; not always unique")] = None
    confidence: Annotated[Number, _share("probability of the label chosen among those offered alone")] = None
    confidence_scaled: Annotated[Number, _share("the same once logits are divided by the observer's temperature")] = (
        None
    )
    reason: Annotated[
        Text,
        Column(
            "why the choice was refused: `tie` (two labels were exactly even), `nan` (a score that is no number), or "
            "what the network has no output for"
        ),
    ] = None

    def __post_init__(self) -> None:
        """Refuse what could not be written."""
        EVIDENCE.check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionConfidence:
    """How far one network can be believed in one condition."""

    observer: Annotated[str, Column("the observer, as in the trials")]
    view: Annotated[str, Column("how much of the pictures it saw")]
    set: Annotated[Text, Column("name of the stimulus set")] = None
    condition: Annotated[str, Column("as in the trials")]
    n: Annotated[int, Column("pictures", low=1)]
    n_refused: Annotated[int, Column("those without a choice, whatever the reason", low=0)]
    n_nan: Annotated[int, Column("those with a logit that is no number", low=0)]
    accuracy: Annotated[Number, _share("share of right choices among the labels offered, of the pictures answered")] = (
        None
    )
    n_ranked: Annotated[
        int, Column("pictures that the next five are of: all logits are numbers, and the truth has an output", low=0)
    ]
    top1: Annotated[Number, _share("share of pictures whose truth is the best of all outputs")] = None
    top5: Annotated[Number, _share("share whose truth is among the best five")] = None
    p_top_mean: Annotated[Number, _share(f"mean probability of the best output ({_ALL})")] = None
    ece: Annotated[
        Number,
        _share(
            "expected calibration error of that probability, in 15 bins of equal width; of few pictures it is too large"
        ),
    ] = None
    ece_scaled: Annotated[Number, _share("the same once logits are divided by the temperature")] = None
    confidence_mean: Annotated[Number, _share("mean probability of the label chosen among those offered alone")] = None
    choice_ece: Annotated[Number, _share("expected calibration error of that probability, of the answered")] = None
    choice_ece_scaled: Annotated[Number, _share("the same once logits are divided by the temperature")] = None
    temperature: Annotated[
        Number,
        Column(
            "what fits all outputs best on upright pictures, the same in every condition; those were fitted, so their "
            "scaled errors flatter",
            low=0,
        ),
    ] = None
    n_temperature: Annotated[int, Column("upright pictures that it was fitted on", low=0)]
    temperature_doubt: Annotated[Text, Column("why there is no temperature, or why it should not be trusted")] = None

    def __post_init__(self) -> None:
        """Refuse what could not be written."""
        CONFIDENCE.check(self)


EVIDENCE = Table(PictureConfidence, "evidence")
CONFIDENCE = Table(ConditionConfidence, "confidence")
