"""Cedrus response boxes, by the vendor's pyxid2, and a box of software that answers the same calls."""

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any

from askew.errors import BadInput
from askew_experiments.devices import Now


class Cedrus:
    """A Cedrus box, whose clock counts milliseconds since it was reset. Of the first generation it cannot be read."""

    resolution = 0.001

    def __init__(self, device: Any) -> None:
        self._device = device
        self.name = str(device.device_name)
        self.restarts = int(device.major_fw_version) < 2
        device.reset_timer()
        device.clear_response_queue()

    def clock(self) -> float:
        """Ask the box, which takes some milliseconds."""
        if self.restarts:
            self._device.reset_timer()
            return 0.0
        return float(self._device.query_timer()) / 1000

    def pressed(self) -> list[tuple[str, float]]:
        """What has arrived. The box is only asked where bytes wait, for to ask it in vain takes 2 ms."""
        found = []
        while self._device.con.ftd2xx_con.getQueueStatus() > 0:
            self._device.poll_for_response()
            while self._device.has_response():
                response = self._device.get_next_response()
                if response["pressed"] and response["port"] == 0:
                    found.append((str(response["key"]), response["time"] / 1000))
        return found

    def settle(self) -> None:
        """A press that came between the bytes of the clock leaves some of them behind."""
        self._device.flush_serial_buffer()
        self._device.clear_response_queue()

    def close(self) -> None:
        """Give its line back."""
        self._device.con.close()


def attached_xid(pyxid2: Any, number: int) -> Any:
    """One of the boxes that are connected, which pyxid2 opens all; BadInput where it is not there."""
    boxes = [device for device in pyxid2.get_xid_devices() if device.is_response_device()]
    if number >= len(boxes):
        names = ", ".join(str(device.device_name) for device in boxes) or "none"
        raise BadInput(f"response_box, number: {number} is not there; connected (counted from 0): {names}")
    return boxes[number]


class MockXid:
    """A box of software: to a caller it is what pyxid2 gives for a box, with presses that a program makes.

    Its clock drifts, shows whole milliseconds, and is asked over a line that takes its time, which `spend` lets pass.
    """

    device_name = "mock box"

    def __init__(
        self,
        now: Now,
        *,
        spend: Callable[[float], None] = lambda _: None,
        drift: float = 0.0,
        seed: int = 0,
        major_fw_version: int = 2,
    ) -> None:
        self.major_fw_version = major_fw_version
        self.unplugged = False
        self.con = self.ftd2xx_con = self  # pyxid2 has the line below the box, and the driver below the line
        self._now = now
        self._spend = spend
        self._rate = 1 + drift
        self._random = Random(seed)  # noqa: S311  no secret
        self._zero = now()
        self._line: deque[tuple[float, dict[str, Any]]] = deque()
        self._responses: deque[dict[str, Any]] = deque()

    def press(self, button: int, at: float, held_s: float = 0.08) -> None:
        """Press a button at a time of the screen's clock, and let it go again."""
        for pressed, moment in ((True, at), (False, at + held_s)):
            response = {"port": 0, "key": button, "pressed": pressed, "time": self._shown(moment)}
            self._line.append((moment + self._delay(), response))

    def getQueueStatus(self) -> int:  # noqa: N802  the driver's name
        """Bytes that wait; a response has six."""
        if self.unplugged:
            raise RuntimeError("DEVICE_NOT_FOUND")
        return 6 * sum(arrives <= self._now() for arrives, _ in self._line)

    def poll_for_response(self) -> None:
        """Read one response."""
        if self._line and self._line[0][0] <= self._now():
            self._responses.append(self._line.popleft()[1])

    def has_response(self) -> bool:
        """Whether one was read."""
        return bool(self._responses)

    def get_next_response(self) -> dict[str, Any]:
        """The first that was read."""
        return self._responses.popleft()

    def clear_response_queue(self) -> None:
        """Drop what was read."""
        self._responses.clear()

    def flush_serial_buffer(self) -> None:
        """Drop what has arrived."""
        while self._line and self._line[0][0] <= self._now():
            self._line.popleft()

    def is_response_device(self) -> bool:
        """It has buttons."""
        return True

    def reset_timer(self) -> None:
        """Set its clock to 0."""
        self._spend(self._delay())
        self._zero = self._now()
        self._spend(self._delay())

    def query_timer(self) -> int:
        """What its clock shows, in ms."""
        if self.unplugged:
            raise RuntimeError("DEVICE_NOT_FOUND")
        self._spend(self._delay())
        shown = self._shown(self._now())
        self._spend(self._delay())
        return shown

    def close(self) -> None:
        """Nothing to give back."""

    def _shown(self, moment: float) -> int:
        return int((moment - self._zero) * self._rate * 1000)

    def _delay(self) -> float:
        return self._random.uniform(0.002, 0.008)
