"""Settings in TOML: what is read, and the one line that says what is wrong."""

from dataclasses import dataclass
from typing import Annotated, Literal

import pytest

from askew.column import Column
from askew.errors import BadCell, BadInput
from askew.settings import check, settings


@dataclass(frozen=True, kw_only=True)
class Tea:
    """Settings of no part of askew."""

    kind: Annotated[Literal["green", "black"], Column("what is brewed")]
    minutes: Annotated[float, Column("how long", "min", low=1, high=10)] = 3.0
    cups: Annotated[tuple[int, ...] | None, Column("how many for each guest", low=0)] = None
    sugar: Annotated[bool, Column("whether it is sweet")] = False

    def __post_init__(self) -> None:
        check(self)


def test_a_table_is_read_with_its_defaults() -> None:
    assert settings(Tea, "tea.toml", {"kind": "green", "minutes": 4, "cups": [1, 2]}) == Tea(
        kind="green", minutes=4.0, cups=(1, 2)
    )


def test_whole_numbers_become_numbers_where_numbers_are_meant() -> None:
    assert isinstance(settings(Tea, "tea.toml", {"kind": "green", "minutes": 4}).minutes, float)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            {"kind": "green", "minuts": 4},
            r"tea.toml: 'minuts' \(did you mean minutes\?\) is no key here; allowed: kind, ",
        ),
        ({"minutes": 4}, "tea.toml: kind is missing; it has to be one of green, black"),
        ({"kind": "white"}, "tea.toml, kind: 'white' is not one of green, black"),
        ({"kind": "green", "minutes": 11}, r"tea.toml, minutes: 11\.0 is not a number from 1 to 10$"),
        ({"kind": "green", "minutes": float("inf")}, r"tea.toml, minutes: inf is not a finite number$"),
        ({"kind": "green", "cups": [-1]}, r"cups: -1 is not .*; leave it out where it is unknown$"),
        ({"kind": "green", "minutes": "long"}, "tea.toml, minutes: 'long' is not a number from 1 to 10"),
        ({"kind": "green", "minutes": True}, "tea.toml, minutes: True is not a number from 1 to 10"),
        ({"kind": "green", "cups": 2}, "tea.toml, cups: 2 is not whole numbers"),
        ({"kind": "green", "cups": []}, r"tea.toml, cups: \(\) is not whole numbers"),
        ({"kind": "green", "sugar": 1}, "tea.toml, sugar: 1 is not true or false"),
        ([], r"tea.toml: \[\] is given, but it has to be a table"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(table: object, message: str) -> None:
    with pytest.raises(BadInput, match=message) as raised:
        settings(Tea, "tea.toml", table)
    assert "\n" not in str(raised.value)


def test_the_same_rules_hold_in_code() -> None:
    with pytest.raises(BadCell, match=r"minutes: 0\.5 is not a number from 1 to 10"):
        Tea(kind="green", minutes=0.5)
