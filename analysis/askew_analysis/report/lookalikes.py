"""Names that a reader takes for one another: they differ in capitals, in spaces, or in letters that look the same."""

import unicodedata
from collections.abc import Iterable, Iterator

import pandas as pd

from askew.column import SEPARATOR
from askew.errors import quoted
from askew_analysis.report.blocks import Note
from askew_analysis.report.wording import joined, listed

COLUMNS = {"group": "groups", "condition": "conditions", "observer": "observers", "stimulus": "pictures"}
LABELS = ("truth", "choice", "offered")
_LATIN = str.maketrans(
    "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0458\u0455\u0501\u04bb\u051b\u0410\u0412\u0415\u041a\u041c"
    "\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0408\u0405\u03bf\u03bd\u0391\u0392\u0395\u0396\u0397\u0399"
    "\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u2010\u2011\u2012\u2013\u2014\u2212\u2019\u2018\u02bc",
    "aceopxyijsdhqABEKM" + "HOPCTYXIJSovABEZHI" + "KMNOPTYX------'''",
)


def cautions(trials: pd.DataFrame) -> tuple[Note, ...]:
    """Which names in a table of trials look alike; empty where all can be told apart."""
    told = [f"{what} {joined(names)}" for what, alike in _found(trials) for names in alike]
    if not told:
        return ()
    words = (
        f"{listed(told)}. They are taken for different ones. If they are meant to be the same, mend the tables, or "
        "what these are made from."
    )
    return (Note("Some names look alike", words, "caution"),)


def alike(names: Iterable[str]) -> list[list[str]]:
    r"""The names that look alike, each on one line and with what tells it from the first where that cannot be seen.

    >>> alike(["cup", "Cup", "mug", "\u0441up"])
    [["'Cup'", "'cup'", "'\u0441up' (with U+0441)"]]
    """
    found: dict[str, list[str]] = {}
    for name in sorted({*names}):
        found.setdefault(_skeleton(name), []).append(name)
    return [[f"{quoted(name)}{_unseen(name)}" for name in several] for several in found.values() if len(several) > 1]


def _found(trials: pd.DataFrame) -> Iterator[tuple[str, list[list[str]]]]:
    for column, what in COLUMNS.items():
        if column in trials.columns:
            yield what, alike(map(str, trials[column].dropna().unique()))
    labels = [str(cell) for column in LABELS if column in trials.columns for cell in trials[column].dropna().unique()]
    yield "labels", alike(label for cell in labels for label in cell.split(SEPARATOR))


def _skeleton(name: str) -> str:
    """What is left of a name for an eye that does not look closely."""
    plain = unicodedata.normalize("NFKC", name).translate(_LATIN).casefold()
    return " ".join("".join(letter for letter in plain if unicodedata.category(letter) != "Cf").split())


def _unseen(name: str) -> str:
    """The code of each letter that another one looks like, and that there are more spaces than one sees."""
    codes = [f"U+{ord(letter):04X}" for letter in dict.fromkeys(name) if _is_double(letter)]
    spaces = name != " ".join(name.split())
    told = [*([f"with {joined(codes)}"] if codes else []), *(["with more spaces"] if spaces else [])]
    return f" ({joined(told)})" if told else ""


def _is_double(letter: str) -> bool:
    """Whether it is not the usual letter of its shape: of another alphabet, a wide one, or an accent by itself."""
    return ord(letter) in _LATIN or unicodedata.combining(letter) > 0 or unicodedata.normalize("NFKC", letter) != letter
