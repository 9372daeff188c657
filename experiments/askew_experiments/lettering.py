"""The letters of a text: which a font lacks, and in which direction they run."""

import unicodedata
from pathlib import Path


def lacking(text: str, font: Path) -> str:
    """The characters of a text that a font file cannot show: people would see boxes.

    What is missing looks like what no font has.
    """
    from PIL import ImageFont  # noqa: PLC0415  heavy

    letters = ImageFont.truetype(font, 20, layout_engine=ImageFont.Layout.BASIC)
    box = letters.getmask("\U000fffff")
    shape = box.size, bytes(box)
    found = []
    for letter in dict.fromkeys(text):
        if letter.isspace():
            continue
        mask = letters.getmask(letter)
        if (mask.size, bytes(mask)) == shape:
            found.append(letter)
    return "".join(found)


def direction(text: str) -> str:
    """How PsychoPy has to lay out a text: LTR, RTL (Hebrew) or Arabic, whose letters are also joined.

    >>> direction("mug"), direction("\u05e1\u05e4\u05dc"), direction("\u0643\u0648\u0628")
    ('LTR', 'RTL', 'Arabic')
    """
    kinds = {unicodedata.bidirectional(letter) for letter in text}
    return "Arabic" if "AL" in kinds else "RTL" if "R" in kinds else "LTR"
