"""Real key events for a display, by the X extension XTEST: what a robot's finger would cause."""

import ctypes
import time
from types import TracebackType

HOLD_S = 0.06  # Psychtoolbox drops keys that are held for less than 20 ms; no person presses that briefly


class Keys:
    """A finger on the keyboard of a display; keys have X's names, such as `Left`, `space`, `Return`, `a`."""

    def __init__(self, display: str) -> None:
        self._x = ctypes.CDLL("libX11.so.6")
        self._test = ctypes.CDLL("libXtst.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XStringToKeysym.restype = ctypes.c_ulong
        self._x.XKeysymToKeycode.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
        self._x.XChangeKeyboardMapping.argtypes = [
            *(ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.c_ulong), ctypes.c_int)
        ]
        self._x.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]
        self._x.XCloseDisplay.argtypes = [ctypes.c_void_p]
        self._test.XTestFakeKeyEvent.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_ulong]
        self._display: int | None = self._x.XOpenDisplay(display.encode())
        if self._display is None:
            raise ConnectionError(f"the display {display} does not answer")

    def __enter__(self) -> "Keys":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def press(self, name: str, hold_s: float = HOLD_S) -> float:
        """Press and release a key; returns when it went down, by the monotonic clock that all processes share."""
        pressed = self.down(name)
        time.sleep(hold_s)
        self.up(name)
        return pressed

    def down(self, name: str) -> float:
        """Press a key; returns when."""
        return self._event(name, True)

    def up(self, name: str) -> float:
        """Release a key; returns when."""
        return self._event(name, False)

    def swap(self, one: str, other: str) -> None:
        """Exchange two keys, as y and z are on a German keyboard. For windows that are opened later."""
        symbols = [self._x.XStringToKeysym(name.encode()) for name in (one, other)]
        codes = [self._code(name) for name in (one, other)]
        for code, symbol in zip(reversed(codes), symbols, strict=True):
            self._x.XChangeKeyboardMapping(self._display, code, 1, ctypes.byref(ctypes.c_ulong(symbol)), 1)
        self._x.XSync(self._display, 0)

    def close(self) -> None:
        """Leave the display; safe to call twice."""
        if self._display is not None:
            self._x.XCloseDisplay(self._display)
            self._display = None

    def _event(self, name: str, down: bool) -> float:
        code = self._code(name)
        now = time.monotonic()
        self._test.XTestFakeKeyEvent(self._display, code, int(down), 0)
        self._x.XSync(self._display, 0)
        return now

    def _code(self, name: str) -> int:
        code = int(self._x.XKeysymToKeycode(self._display, self._x.XStringToKeysym(name.encode())))
        if code == 0:
            raise KeyError(f"X has no key {name!r}")
        return code
