"""What a manifest says of how pictures were made that concerns the set: with what, and whether they came out as aimed.

A picture that was to have a luminance and a contrast may have had to stay short of them; and pictures of two renderers,
or of two versions, are not the same measurement.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from askew_stimuli.conditions import SAME_RATIO
from askew_stimuli.finding import SET, Finding, named
from askew_stimuli.picture import Picture

SAME_SD = 0.2  # of the aim: contrast is matched after luminance, and seen less well
_NUMBER = r"(\d+(?:\.\d+)?)"
_PAIR = f"{_NUMBER}±{_NUMBER}"
_AIMED = re.compile(rf"luminance {_PAIR} to {_PAIR} of {_PAIR}")


def findings(pictures: Sequence[Picture]) -> Iterator[Finding]:
    """Luminances that fell short of their aim, and pictures of several renderers in one set."""
    yield from _unmatched(pictures)
    yield from _mixed(pictures)


def _unmatched(pictures: Sequence[Picture]) -> Iterator[Finding]:
    """A note: what matters is whether conditions differ by it, which is told by itself."""
    aimed = {picture.image_id: off for picture in pictures if (off := _off(picture)) is not None}
    beyond = {name: off for name, off in aimed.items() if off[0] > SAME_RATIO or off[1] > SAME_SD}
    if not beyond:
        return
    worst = sorted(beyond, key=lambda name: -max(beyond[name][0] / SAME_RATIO, beyond[name][1] / SAME_SD))
    told = [f"{name} (mean {100 * beyond[name][0]:.0f} %, sd {100 * beyond[name][1]:.0f} % off)" for name in worst]
    message = (
        f"{len(beyond)} of {len(aimed)} pictures miss the luminance that they were to have by more than "
        f"{100 * SAME_RATIO:.0f} % of its mean or {100 * SAME_SD:.0f} % of its standard deviation: {named(told)}"
    )
    yield Finding("unmatched", SET, message, note=True)


def _off(picture: Picture) -> tuple[float, float] | None:
    """By how much mean and standard deviation miss their aim, as shares of it; None where no aim is known.

    What was matched last counts.
    """
    found = _AIMED.findall(picture.matched or "")
    if not found:
        return None
    _, _, mean, sd, mean_aim, sd_aim = (float(number) for number in found[-1])
    return _miss(mean, mean_aim), _miss(sd, sd_aim)


def _miss(value: float, aim: float) -> float:
    return abs(value - aim) / aim if aim else float(value > 0)


def _mixed(pictures: Sequence[Picture]) -> Iterator[Finding]:
    rendered = [picture for picture in pictures if picture.source == "rendered"]
    for column, what in (("gl_renderer", "graphics drivers"), ("versions", "versions")):
        counts = Counter(value for picture in rendered if (value := getattr(picture, column)) is not None)
        if len(counts) > 1:
            told = "; ".join(f"{value} ({count:,} pictures)" for value, count in counts.most_common())
            message = f"was rendered by {len(counts)} {what}, so that pictures may differ by them: {told}"
            yield Finding("mixed-renderers", SET, f"{message}; render all on one machine")
