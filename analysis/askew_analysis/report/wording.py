"""Numbers in words: one way to write each kind of number, in sentences and in the cells of tables."""

import math
from collections.abc import Mapping, Sequence

from askew_analysis.report.blocks import Cell, Estimate, Kind

DASH = "–"
MINUS = "−"
DIGITS: Mapping[Kind, int] = {"share": 1, "difference": 1, "count": 0, "ms": 0}  # decimals; other kinds have two
OVER = {"images": "pictures", "observers": "observers", "both": "pictures and observers"}  # what intervals are over
NOISE = 1e-9  # a limit this near to 0 is 0, but for the last bits of its computation


def share(value: float, digits: int = 1) -> str:
    """A proportion as percent.

    >>> share(0.698), share(1)
    ('69.8 %', '100 %')
    """
    return f"{_fixed(100 * value, digits)} %"


def points(value: float) -> str:
    """A difference of two proportions, with its sign.

    >>> points(0.291), points(-0.009)
    ('+29.1 points', '−0.9 points')
    """
    return f"{_signed(100 * value, 1)} points"


def kappa(value: float, digits: int = 2) -> str:
    """A kappa, or another coefficient.

    >>> kappa(0.2345), kappa(-0.003), kappa(-0.0002, 3)
    ('0.23', '0.00', '0.000')
    """
    return _fixed(value, digits)


def p_value(value: float) -> str:
    """A p value, with its relation.

    >>> p_value(0.0007), p_value(0.0213), p_value(0.4)
    ('p < .001', 'p = .021', 'p = .400')
    """
    return "p < .001" if value < 0.001 else f"p = {value:.3f}".replace("0.", ".", 1)


def bounded(bound: float) -> str:
    """A bound of equivalence, with no more digits than it was given.

    >>> bounded(0.05), bounded(0.025)
    ('5 points', '2.5 points')
    """
    return f"{100 * bound:g} points"


def interval(low: float, high: float, kind: Kind = "number") -> str:
    """An interval in brackets, in the unit of its kind.

    A limit that only rounding makes 0 has more digits until it is not 0, for on which side of 0 it lies is what a
    reader looks for; but a share is never below 0. One that is nearer to 0 than computers count stays 0.

    >>> interval(0.649, 0.744, "share"), interval(0.0003, 0.02, "share"), interval(0.003, 0.216, "kappa")
    ('[64.9, 74.4]', '[0.0, 2.0]', '[0.003, 0.22]')
    >>> interval(-0.00002, 0.1, "difference"), interval(1e-17, 0.1, "kappa")
    ('[−0.002, +10.0]', '[0.00, 0.10]')
    """
    finer = kind != "share"
    return f"[{_bare(low, kind, finer=finer)}, {_bare(high, kind, finer=finer)}]"


def estimate(value: float, low: float, high: float, kind: Kind = "number") -> str:
    """A number with its interval.

    >>> estimate(0.698, 0.649, 0.744, "share")
    '69.8 % [64.9, 74.4]'
    """
    return f"{shown(value, kind)} {interval(low, high, kind)}"


def shown(value: Cell, kind: Kind = "text") -> str:
    """What a cell shows.

    >>> shown(0.5, "share"), shown(None, "share"), shown(1234, "count"), shown(Estimate(0.1, -0.05, 0.2), "difference")
    ('50.0 %', '–', '1,234', '+10.0 [−5.0, +20.0]')
    >>> shown(-15000.0, "ms"), shown(-16.667, "ms")
    ('−15,000', '−16.67')
    """
    if isinstance(value, Estimate):
        return " ".join(filter(None, parts(value, kind)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return DASH
    if isinstance(value, str):
        return value
    if kind == "share":
        return share(value)
    if kind == "p":
        return p_value(value).removeprefix("p ").removeprefix("= ")
    return _bare(value, kind)


def parts(cell: Cell, kind: Kind) -> tuple[str, str]:
    """What a cell shows, its interval apart.

    >>> parts(Estimate(0.698, 0.649, 0.744), "share"), parts(12, "count")
    (('69.8 %', '[64.9, 74.4]'), ('12', ''))
    """
    if not isinstance(cell, Estimate):
        return shown(cell, kind), ""
    value, low, high = cell.value, cell.low, cell.high
    has_limits = known(value) and known(low) and known(high)
    return shown(value, kind), interval(low, high, kind) if has_limits else ""  # type: ignore[arg-type]


def known(value: float | None) -> bool:
    """Whether there is a number."""
    return value is not None and math.isfinite(value)


def joined(words: Sequence[str], last: str = "and") -> str:
    """Several words as a sentence has them.

    >>> joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def some(words: Sequence[str], most: int = 8) -> str:
    """Several words, of which only the first few are named where they are many.

    >>> some(["a", "b"]), some(["a", "b", "c", "d"], most=2)
    ('a and b', 'a, b and 2 others')
    """
    if len(words) <= most + 1:
        return joined(words)
    return f"{', '.join(words[:most])} and {len(words) - most:,} others"


def listed(items: Sequence[str], most: int = 6) -> str:
    """Things that hold commas themselves, of which only the first few are told where they are many.

    >>> listed(["a 1, 2", "b 3"]), listed(["a", "b", "c", "d"], most=2)
    ('a 1, 2; b 3', 'a; b; 2 more')
    """
    left = len(items) - most
    return "; ".join([*items[:most], f"{left:,} more"] if left > 1 else items)


def capital(words: str) -> str:
    """Words at the start of a sentence.

    >>> capital("mis-clicks"), capital("")
    ('Mis-clicks', '')
    """
    return words[:1].upper() + words[1:]


def sentence(note: str) -> str:
    """A note as a sentence.

    >>> sentence("mixed model: none")
    'Mixed model: none.'
    """
    return f"{capital(note.rstrip('.'))}."


def confidence(level: float) -> str:
    """The level of an interval.

    >>> confidence(0.95), confidence(0.999)
    ('95 %', '99.9 %')
    """
    return f"{100 * level:.4g} %"


def _bare(value: float, kind: Kind, *, finer: bool = False) -> str:
    """A number without its unit; a finer one has as many digits as it takes to tell it from 0."""
    if kind == "ratio":
        return _ratio(value)
    if kind == "ms" and abs(value) < 1000:
        return f"{value:,.4g}".replace("-", MINUS)
    scaled = 100 * value if kind in {"share", "difference"} else value
    digits = _digits(scaled, DIGITS.get(kind, 2)) if finer else DIGITS.get(kind, 2)
    if kind in {"count", "ms"}:
        return f"{scaled:,.{digits}f}".replace("-", MINUS)
    return _signed(scaled, digits) if kind == "difference" else _fixed(scaled, digits)


def _digits(value: float, least: int) -> int:
    """How many decimals it takes that a number is not shown as 0; the least where it is 0, but for what is noise."""
    if abs(value) < NOISE:
        return least
    return next(digits for digits in range(least, 12) if float(f"{value:.{digits}f}"))


def _ratio(value: float) -> str:
    """Three digits, as far as anybody reads them."""
    if value < 0.01:
        return "< 0.01" if value > 0 else "0"
    if value >= 1000:
        return "> 1,000" if value > 1000 else "1,000"
    return _fixed(value, 2 if value < 10 else 1 if value < 100 else 0)


def _fixed(value: float, digits: int) -> str:
    """With a true minus sign, and without one before zeros."""
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        return f"{0:.{digits}f}"
    if digits and abs(value - 100) < 1e-9:
        return "100"
    return text.replace("-", MINUS)


def _signed(value: float, digits: int) -> str:
    text = _fixed(value, digits)
    return text if text.startswith(MINUS) or float(text) == 0 else f"+{text}"
