"""What the operating system says of the screens: place, size, rate and physical size; None where it is silent.

Asked by ctypes, for PsychoPy does not tell the physical size, nor on Linux the rate of each of several screens. None of
it is believed: a session compares it with what the lab declared and with what is measured.
"""

import ctypes
import sys
from collections.abc import Iterable
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_uint, c_ulong, c_ushort, c_void_p, c_wchar_p
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Monitor:
    """A screen, as the operating system describes it."""

    name: str
    x_px: int
    y_px: int
    size_px: tuple[int, int]
    hz: float | None
    size_mm: tuple[int, int] | None


def monitors(screens: Iterable[Any]) -> list[Monitor]:
    """The screens that are on; two at the same place show the same. `screens` are those that pyglet knows.

    On Linux RandR is asked, if it is there: it knows what pyglet does not, the rate of each and its physical size.
    """
    try:
        found = _of_x11() if sys.platform == "linux" else []
    except OSError:  # a library is not there
        found = []
    return found or [_of_pyglet(screen, place) for place, screen in enumerate(screens)]


def _of_pyglet(screen: Any, place: int) -> Monitor:
    device = str(screen.get_device_name()) if hasattr(screen, "get_device_name") else f"screen {place}"
    mode = screen.get_mode() if sys.platform != "linux" else None  # there it may print an error of Xlib
    rate = getattr(mode, "rate", None)
    return Monitor(
        name=device,
        x_px=screen.x,
        y_px=screen.y,
        size_px=(screen.width, screen.height),
        hz=float(rate) if rate else None,
        size_mm=_size_mm(device) if sys.platform == "win32" else None,
    )


def scale_percent() -> int | None:
    """The system's scaling where it can be asked, which is on Windows."""
    if sys.platform != "win32":
        return None
    wide, seen, dots = _caps(None, (_DESKTOPHORZRES, _HORZRES, _LOGPIXELSX))
    # A program that is not told of the scaling sees 96 dots to the inch, on a desktop that is too small.
    return round(max(100 * wide / seen, 100 * dots / 96)) if seen and dots else None


# X11: the extension RandR


class _Mode(Structure):
    _fields_ = (
        ("id", c_ulong),
        ("width", c_uint),
        ("height", c_uint),
        ("dot_clock", c_ulong),
        ("h_sync_start", c_uint),
        ("h_sync_end", c_uint),
        ("h_total", c_uint),
        ("h_skew", c_uint),
        ("v_sync_start", c_uint),
        ("v_sync_end", c_uint),
        ("v_total", c_uint),
        ("name", c_char_p),
        ("name_length", c_uint),
        ("flags", c_ulong),
    )


class _Resources(Structure):
    _fields_ = (
        ("timestamp", c_ulong),
        ("config_timestamp", c_ulong),
        ("n_crtc", c_int),
        ("crtcs", POINTER(c_ulong)),
        ("n_output", c_int),
        ("outputs", POINTER(c_ulong)),
        ("n_mode", c_int),
        ("modes", POINTER(_Mode)),
    )


class _Output(Structure):
    _fields_ = (
        ("timestamp", c_ulong),
        ("crtc", c_ulong),
        ("name", c_char_p),
        ("name_length", c_int),
        ("mm_width", c_ulong),
        ("mm_height", c_ulong),
        ("connection", c_ushort),
        # more follows that is of no use here; the structure is only read
    )


class _Crtc(Structure):
    _fields_ = (
        ("timestamp", c_ulong),
        ("x", c_int),
        ("y", c_int),
        ("width", c_uint),
        ("height", c_uint),
        ("mode", c_ulong),
        # more follows
    )


def _of_x11() -> list[Monitor]:
    x11, randr = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXrandr.so.2")
    x11.XOpenDisplay.restype = c_void_p
    x11.XDefaultRootWindow.argtypes = x11.XCloseDisplay.argtypes = [c_void_p]
    x11.XDefaultRootWindow.restype = c_ulong
    randr.XRRQueryExtension.argtypes = [c_void_p, POINTER(c_int), POINTER(c_int)]
    randr.XRRGetScreenResourcesCurrent.argtypes = [c_void_p, c_ulong]
    randr.XRRGetScreenResourcesCurrent.restype = POINTER(_Resources)
    for function, kind in ((randr.XRRGetOutputInfo, _Output), (randr.XRRGetCrtcInfo, _Crtc)):
        function.argtypes = [c_void_p, POINTER(_Resources), c_ulong]
        function.restype = POINTER(kind)
    display = x11.XOpenDisplay(None)
    if not display:
        return []
    try:
        if not randr.XRRQueryExtension(display, byref(c_int()), byref(c_int())):
            return []
        resources = randr.XRRGetScreenResourcesCurrent(display, x11.XDefaultRootWindow(display))
        return _outputs(randr, display, resources) if resources else []
    finally:
        x11.XCloseDisplay(display)  # what RandR gave is not freed: it is little, and asked for once


def _outputs(randr: Any, display: int, resources: Any) -> list[Monitor]:
    known = resources.contents
    modes = {mode.id: mode for mode in known.modes[: known.n_mode]}
    found = []
    for output in known.outputs[: known.n_output]:
        described = randr.XRRGetOutputInfo(display, resources, output)
        if not described or not described.contents.crtc:  # nothing plugged in, or switched off
            continue
        one = described.contents
        crtc = randr.XRRGetCrtcInfo(display, resources, one.crtc).contents
        found.append(
            Monitor(
                name=one.name.decode(errors="replace"),
                x_px=crtc.x,
                y_px=crtc.y,
                size_px=(crtc.width, crtc.height),
                hz=_rate(modes.get(crtc.mode)),
                size_mm=(one.mm_width, one.mm_height) if one.mm_width and one.mm_height else None,
            )
        )
    return sorted(found, key=lambda each: (each.x_px, each.y_px, each.name))


def _rate(mode: Any) -> float | None:
    dots = mode.h_total * mode.v_total if mode else 0
    return round(mode.dot_clock / dots, 3) if dots and mode.dot_clock else None


# Windows: the graphics device interface. Numbers are those of wingdi.h.

_HORZSIZE, _VERTSIZE, _HORZRES, _LOGPIXELSX, _DESKTOPHORZRES = 4, 6, 8, 88, 118


def _size_mm(device: str) -> tuple[int, int] | None:
    width, height = _caps(device, (_HORZSIZE, _VERTSIZE))
    return (width, height) if width and height else None


def _caps(device: str | None, keys: tuple[int, ...]) -> list[int]:
    gdi32 = ctypes.WinDLL("gdi32")  # type: ignore[attr-defined, unused-ignore]
    gdi32.CreateDCW.restype = c_void_p
    gdi32.CreateDCW.argtypes = [c_wchar_p, c_wchar_p, c_wchar_p, c_void_p]
    gdi32.GetDeviceCaps.argtypes = [c_void_p, c_int]
    gdi32.DeleteDC.argtypes = [c_void_p]
    context = gdi32.CreateDCW("DISPLAY", device, None, None)
    try:
        return [gdi32.GetDeviceCaps(context, key) for key in keys]
    finally:
        gdi32.DeleteDC(context)
