"""What lab.toml may say of devices, and who is told what in a session."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from askew.errors import BadInput
from askew.study import parse_toml
from askew_experiments.attached import (
    TEMPLATE,
    Attached,
    BoxSettings,
    EyeSettings,
    TriggerSettings,
    attached,
)
from askew_experiments.boxes import DeviceBox, NoBox
from askew_experiments.devices import DeviceHooks, open_devices, vendor
from askew_experiments.eyes import NoTracker
from askew_experiments.labfile import read_lab_file
from askew_experiments.protocol_tables import Response
from askew_experiments.triggers import LogTriggers, NoTriggers

LAB = """
[triggers]
port = "parallel"
address = 0x378
pulse_ms = 5
[response_box]
kind = "cedrus"
[response_box.map]
0 = "left"
6 = "right"
[eyetracker]
kind = "sr_research"
[eyetracker.options.runtime_settings]
sampling_rate = 1000
"""


def test_a_file_is_read(tmp_path: Path) -> None:
    display = "[display]\nwidth_cm = 52\ndistance_cm = 90\nsize_px = [1920, 1080]\nhz = 100\n"
    (tmp_path / "lab.toml").write_text(display + LAB, encoding="utf-8")
    assert read_lab_file(tmp_path / "lab.toml").attached == Attached(
        triggers=TriggerSettings(port="parallel", address="0x378", pulse_ms=5.0),
        box=BoxSettings(kind="cedrus"),
        buttons={"0": "left", "6": "right"},
        eyes=EyeSettings(kind="sr_research"),
        options={"runtime_settings": {"sampling_rate": 1000}},
    )


def test_the_template_attaches_nothing_and_all_that_it_comments_out_is_allowed() -> None:
    assert attached(parse_toml(TEMPLATE, "lab.toml"), "lab.toml") == Attached()
    text = re.sub(r"^# (?=\w+ = |\[)", "", TEMPLATE, flags=re.MULTILINE)
    made = attached(parse_toml(text, "lab.toml"), "lab.toml")
    assert made == Attached(
        triggers=TriggerSettings(address="COM3"),
        buttons={"0": "left", "6": "right"},
        options={"runtime_settings": {"sampling_rate": 1000}},
    )


def test_what_is_not_declared_is_not_attached(tmp_path: Path) -> None:
    hooks = open_devices(Attached(), lambda: 0.0, tmp_path)
    assert isinstance(hooks.triggers, NoTriggers)
    assert isinstance(hooks.box, NoBox)
    assert isinstance(hooks.eyes, NoTracker)
    hooks.close()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            {"trigers": {}},
            r"lab.toml: 'trigers' \(did you mean triggers\?\) is no table here; allowed: display, triggers, resp",
        ),
        ({"triggers": []}, r"lab.toml, triggers: \[\] is given, but it has to be a table"),
        ({"triggers": {"port": "usb"}}, "lab.toml, triggers, port: 'usb' is not one of none, serial, parallel, log"),
        ({"triggers": {"port": "serial"}}, 'triggers, address: is missing; a serial port needs one, such as "COM3"'),
        ({"triggers": {"port": "parallel"}}, 'address: is missing; a parallel port needs one, such as "0x378"'),
        ({"triggers": {"address": True}}, "triggers, address: True is not a text"),
        ({"triggers": {"baud": 110}}, "triggers, baud: 110 is not a whole number from 300 to 921600"),
        ({"triggers": {"pulse_ms": -1}}, r"triggers, pulse_ms: -1\.0 is not a number from 0 to 1000"),
        ({"triggers": {"reset": 256}}, "triggers, reset: 256 is not a whole number from 0 to 255"),
        ({"triggers": {"puls_ms": 1}}, r"triggers: 'puls_ms' \(did you mean pulse_ms\?\) is no key here"),
        ({"response_box": 3}, "lab.toml, response_box: 3 is given, but it has to be a table"),
        ({"response_box": {"kind": "razer"}}, "response_box, kind: 'razer' is not one of none, cedrus, vpixx, mock"),
        (
            {"response_box": {"kind": "cedrus"}},
            "response_box, map: is missing; say which key each button is, such as 0 =",
        ),
        ({"response_box": {"kind": "cedrus", "map": "left"}}, "map: 'left' is given, but it has to be a table of keys"),
        (
            {"response_box": {"kind": "cedrus", "map": {"8": "left"}}},
            "response_box, map: '8' is no button of a cedrus box; it has 0, 1, 2, 3, 4, 5, 6, 7$",
        ),
        (
            {"response_box": {"kind": "vpixx", "map": {"purple": "left"}}},
            "map: 'purple' is no button of a vpixx box; it has red, yellow, green, blue, white, 0, 1",
        ),
        (
            {"response_box": {"kind": "mock", "map": {"0": "Left"}}},
            r"response_box, map, 0: 'Left' is no key \(did you mean left\?\); keys are",
        ),
        ({"response_box": {"kind": "mock", "map": {"0": 1}}}, 'map, 0: 1 is no key; give its name, such as "left"'),
        (
            {"eyetracker": {"kind": "webcam"}},
            "eyetracker, kind: 'webcam' is not one of none, mouse, sr_research, tobii",
        ),
        (
            {"eyetracker": {"options": 5}},
            "eyetracker, options: 5 is given, but it has to be a table of settings of ioHub",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(document: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message) as raised:
        attached(document, "lab.toml")
    assert "\n" not in str(raised.value)


def test_a_box_that_is_switched_off_may_keep_its_map() -> None:
    made = attached({"response_box": {"kind": "none", "map": {"red": "left"}}}, "lab.toml")
    assert made.box.kind == "none"
    made.check_keys(Response(keys=("z", "m")), "lab.toml")


def test_a_button_of_no_meaning_in_the_protocol_is_refused() -> None:
    made = attached({"response_box": {"kind": "mock", "map": {"0": "left", "6": "space"}}}, "lab.toml")
    made.check_keys(Response(keys=("left", "right")), "lab.toml")
    with pytest.raises(
        BadInput, match=r"^lab.toml, response_box, map: button 0 is 'left', which the protocol does not u"
    ):
        made.check_keys(Response(keys=("z", "m")), "lab.toml")


class Recorder(NoTracker):
    """An eye tracker that keeps what it is told; so does the list of everything."""

    def __init__(self, told: list[Any]) -> None:
        self.told = told

    def start(self, trial: str) -> None:
        self.told.append(("start", trial))

    def message(self, text: str) -> None:
        self.told.append(text)

    def stop(self) -> None:
        self.told.append("stop")

    def close(self) -> None:
        self.told.append("closed")
        raise OSError("already gone")


class Codes(NoTriggers):
    """Triggers that keep what is sent in the list of everything."""

    def __init__(self, told: list[Any]) -> None:
        self.told = told

    def send(self, code: int) -> None:
        self.told.append(code)

    def close(self) -> None:
        self.told.append("closed")


class Syncing(NoBox):
    """A box that keeps that it was compared."""

    def __init__(self, told: list[Any]) -> None:
        self.told = told

    def sync(self) -> None:
        self.told.append("sync")

    def close(self) -> None:
        self.told.append("closed")


@pytest.fixture
def told() -> list[Any]:
    return []


@pytest.fixture
def hooks(told: list[Any]) -> DeviceHooks:
    return DeviceHooks(Codes(told), Syncing(told), Recorder(told))


def test_a_trial_is_told_to_all_and_a_code_goes_first(hooks: DeviceHooks, told: list[Any]) -> None:
    hooks.begin("trial 5")
    hooks.phase("trial 5", "fixation", None)
    hooks.phase("trial 5", "image", 40)
    hooks.end()
    assert told == [("start", "trial 5"), "trial 5 fixation", 40, "trial 5 image 40", "stop", "sync"]


def test_facts_are_those_of_all(hooks: DeviceHooks) -> None:
    assert hooks.facts() == {
        "triggers": {"port": "none"},
        "response_box": {"kind": "none"},
        "eyetracker": {"kind": "none"},
    }


def test_trouble_is_told_once(hooks: DeviceHooks) -> None:
    assert hooks.trouble() == []
    hooks.triggers.failed = "code 7 was not sent: gone"
    assert hooks.trouble() == ["triggers: code 7 was not sent: gone"]
    hooks.eyes.failed = "did not begin to record trial 2"
    assert hooks.trouble() == ["eye tracker: did not begin to record trial 2"]
    assert hooks.trouble() == []


def test_all_are_closed_even_where_one_cannot_be(hooks: DeviceHooks, told: list[Any]) -> None:
    with pytest.raises(OSError, match="already gone"):
        hooks.close()
    assert told == ["closed"] * 3


def test_what_is_open_is_closed_where_the_next_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    monkeypatch.setattr(LogTriggers, "close", lambda self: closed.append("triggers"))
    monkeypatch.setattr(DeviceBox, "close", lambda self: closed.append("box"))
    with pytest.raises(BadInput, match=r"^eyetracker, kind tobii: needs"):
        open_devices(
            Attached(
                triggers=TriggerSettings(port="log"),
                box=BoxSettings(kind="mock"),
                buttons={"0": "left"},
                eyes=EyeSettings(kind="tobii"),
            ),
            lambda: 0.0,
            tmp_path,
        )
    assert closed == ["box", "triggers"]


def test_a_library_that_lacks_its_driver_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "askew_test_vendor.py").write_text("raise OSError('no\\ndriver')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BadInput, match=r"^box: askew_test_vendor cannot be loaded \(no driver\); buy one$"):
        vendor("askew_test_vendor", "box", "buy one")


def test_devices_cost_nothing_where_none_is_attached() -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from askew_experiments.attached import Attached\n"
        "from askew_experiments.devices import open_devices\n"
        "open_devices(Attached(), lambda: 0.0, Path()).close()\n"
        "print(sorted({'psychopy', 'serial', 'numpy', 'pyxid2'} & {*sys.modules}))"
    )
    called = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert called.stdout == "[]\n"
