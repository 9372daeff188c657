"""Versions of libraries: whether one lies in a range such as ">=2.11,!=2.13.0", and why not.

Only the numbers are looked at, so that 2.13.0+cpu is 2.13.0 and a release candidate is its release: enough to say
what is wrong with an installation, where pip decides.
"""

import re
from collections.abc import Iterator


def allows(versions: str, version: str) -> bool:
    """Whether a version lies in a range; one without numbers does.

    >>> allows(">=2.11,!=2.13.0", "2.15.0"), allows(">=2.11,!=2.13.0", "2.13.0+cpu")
    (True, False)
    """
    return next(_broken(versions, version), None) is None


def misfit(versions: str, version: str) -> str:
    """What is wrong with a version that a range does not allow, as the end of a sentence.

    >>> misfit(">=2.2", "1.5.3")
    'is older than 2.2'
    >>> misfit(">=2.11,!=2.13.0", "2.13.0+cpu")
    'is left out (wanted: >=2.11,!=2.13.0)'
    """
    for clause in _broken(versions, version):
        if clause.startswith(">="):
            return f"is older than {clause[2:]}"
        if clause.startswith("<"):
            return f"is too new (wanted: {versions})"
    return f"is left out (wanted: {versions})"


def _broken(versions: str, version: str) -> Iterator[str]:
    """The clauses of a range that a version breaks."""
    for clause in filter(None, versions.split(",")):
        if not _holds(clause, version):
            yield clause


def _holds(clause: str, version: str) -> bool:
    match = re.fullmatch(r"(===|~=|==|!=|<=|>=|<|>)(.+)", clause)
    if match is None:
        return True
    sign, bound = match.groups()
    here, there = _numbers(version), _numbers(bound)
    if not here or not there:
        return True
    if sign == "~=":
        return here >= there and here[: len(there) - 1] == there[:-1]
    if bound.endswith(".*"):
        return (here[: len(there)] == there) == (sign == "==")
    length = max(len(here), len(there))
    here, there = (numbers + (0,) * (length - len(numbers)) for numbers in (here, there))
    return {
        "===": here == there,
        "==": here == there,
        "!=": here != there,
        "<=": here <= there,
        ">=": here >= there,
        "<": here < there,
        ">": here > there,
    }[sign]


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version; those of a local build (+cpu) and of a candidate (rc1) do not count."""
    match = re.match(r"v?(?:\d+!)?(\d+(?:\.\d+)*)", version.strip())
    return tuple(int(part) for part in match[1].split(".")) if match else ()
