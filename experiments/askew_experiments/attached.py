"""What is attached to the lab's machine, declared in lab.toml: triggers, a response box, an eye tracker."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from askew.column import Column
from askew.errors import BadCell, BadInput, meant, quoted
from askew.settings import check, settings
from askew_experiments.keys import check_key
from askew_experiments.protocol_tables import Response

TABLES = ("triggers", "response_box", "eyetracker")
COLOURS = ("red", "yellow", "green", "blue", "white")  # of the buttons of a RESPONSEPixx, from its lowest bit


@dataclass(frozen=True, kw_only=True)
class TriggerSettings:
    """[triggers]: where codes go. `log` only keeps them in memory, to try a protocol without a port."""

    port: Annotated[Literal["none", "serial", "parallel", "log"], Column("what kind of port")] = "none"
    address: Annotated[
        str | None, Column('which one: "COM3" or "/dev/ttyUSB0" if serial, 0x378 or "/dev/parport0" if parallel')
    ] = None
    baud: Annotated[int, Column("speed of a serial port", "baud", low=300, high=921_600)] = 115_200
    pulse_ms: Annotated[float, Column("how long a code stays; 0: until the next one", "ms", low=0, high=1000)] = 10.0
    reset: Annotated[int, Column("what the port shows when there is no code", low=0, high=255)] = 0

    def __post_init__(self) -> None:
        """Refuse values that are not allowed, or not together."""
        check(self)
        if self.port in {"serial", "parallel"} and self.address is None:
            raise BadCell("address", f'is missing; a {self.port} port needs one, such as "{_EXAMPLES[self.port]}"')


_EXAMPLES = {"serial": "COM3", "parallel": "0x378"}


@dataclass(frozen=True, kw_only=True)
class BoxSettings:
    """[response_box]: buttons instead of keys. Which button is which key stands in [response_box.map]."""

    kind: Annotated[Literal["none", "cedrus", "vpixx", "mock"], Column("whose box")] = "none"
    number: Annotated[int, Column("which of several Cedrus boxes, counted from 0", low=0, high=15)] = 0

    def __post_init__(self) -> None:
        """Refuse values that are not allowed."""
        check(self)


@dataclass(frozen=True, kw_only=True)
class EyeSettings:
    """[eyetracker]: whose it is; `mouse` is a simulator. Its settings, by ioHub's names, stand in the table options."""

    kind: Annotated[
        Literal["none", "mouse", "sr_research", "tobii", "gazepoint", "pupil_labs"], Column("whose eye tracker")
    ] = "none"

    def __post_init__(self) -> None:
        """Refuse values that are not allowed."""
        check(self)


@dataclass(frozen=True, kw_only=True)
class Attached:
    """All that lab.toml declares. `buttons` says which key each button of the box is."""

    triggers: TriggerSettings = field(default_factory=TriggerSettings)
    box: BoxSettings = field(default_factory=BoxSettings)
    buttons: Mapping[str, str] = field(default_factory=dict)
    eyes: EyeSettings = field(default_factory=EyeSettings)
    options: Mapping[str, Any] = field(default_factory=dict)

    def check_keys(self, response: Response, where: object) -> None:
        """Refuse a button that is a key of no meaning in a protocol."""
        known = (*response.keys, response.go_on, response.quit)
        for button, key in self.buttons.items():
            if self.box.kind != "none" and key not in known:
                raise BadInput(
                    f"{where}, response_box, map: button {button} is {quoted(key)}, which the protocol does not use; "
                    f"its keys are {', '.join(known)}"
                )


def attached(document: Mapping[str, Any], where: object) -> Attached:
    """What a document declares; BadInput names the key that is wrong, for a trigger that never comes ruins an EEG."""
    for name in document:
        if name not in TABLES:
            known = ("display", *TABLES)  # whoever reads the file has taken the display out
            raise BadInput(f"{where}: {quoted(name)}{meant(name, known)} is no table here; allowed: {', '.join(known)}")
    triggers, box, eyes = (document.get(name, {}) for name in TABLES)
    box, given = _without(box, "map")
    eyes, options = _without(eyes, "options")
    made = settings(BoxSettings, f"{where}, response_box", box)
    return Attached(
        triggers=settings(TriggerSettings, f"{where}, triggers", _plain(triggers)),
        box=made,
        buttons=_buttons(made, given, where),
        eyes=settings(EyeSettings, f"{where}, eyetracker", eyes),
        options=_table(options, f"{where}, eyetracker, options", "settings of ioHub"),
    )


TEMPLATE = """\
# What is attached to this machine for sessions. Delete what there is not, or leave it at "none".

# Codes for another recording, such as an EEG: phases of a protocol say which (trigger = 7).
[triggers]
port = "none"        # "serial", "parallel", or "log": only counted, to try a protocol
# address = "COM3"   # or "/dev/ttyUSB0"; parallel: 0x378, on Linux "/dev/parport0"
# baud = 115200      # of a serial port
# pulse_ms = 10.0    # how long a code stays; 0: until the next one
# reset = 0          # what the port shows when there is no code

# Buttons beside the keyboard.
[response_box]
kind = "none"        # "cedrus", "vpixx"
# number = 0         # which of several Cedrus boxes

# Which key of the protocol each button is: 0 to 7 of a Cedrus, red yellow green blue white (or the number of the input)
# of a VPixx.
# [response_box.map]
# 0 = "left"
# 6 = "right"

[eyetracker]
kind = "none"        # "sr_research", "tobii", "gazepoint", "pupil_labs", or "mouse": a simulator

# Settings of the tracker, by the names that PsychoPy's ioHub has for them.
# [eyetracker.options.runtime_settings]
# sampling_rate = 1000
"""


def _without(table: Any, key: str) -> tuple[Any, Any]:
    """A table without a key, and what was there."""
    if not isinstance(table, Mapping):
        return table, {}
    return {name: value for name, value in table.items() if name != key}, table.get(key, {})


def _plain(table: Any) -> Any:
    """Addresses are written as numbers too: 0x378."""
    if isinstance(table, Mapping) and type(table.get("address")) is int:
        return {**table, "address": hex(table["address"])}
    return table


def _buttons(box: BoxSettings, given: Any, where: object) -> dict[str, str]:
    place = f"{where}, response_box, map"
    table = _table(given, place, 'keys by button, such as 0 = "left"')
    allowed = [str(number) for number in range(8)]
    if box.kind == "vpixx":
        allowed = [*COLOURS, *(str(number) for number in range(16))]
    for button, key in table.items():
        if box.kind != "none" and button not in allowed:
            raise BadInput(f"{place}: {quoted(button)} is no button of a {box.kind} box; it has {', '.join(allowed)}")
        if not isinstance(key, str):
            raise BadInput(f'{place}, {button}: {quoted(key)} is no key; give its name, such as "left"')
        try:
            check_key("map", key)
        except BadCell as error:
            raise BadInput(f"{place}, {button}: {error.message}") from None
    if box.kind != "none" and not table:
        raise BadInput(f'{place}: is missing; say which key each button is, such as 0 = "left"')
    return table


def _table(given: Any, where: str, what: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise BadInput(f"{where}: {quoted(given)} is given, but it has to be a table of {what}")
    return dict(given)
