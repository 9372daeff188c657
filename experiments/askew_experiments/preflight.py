"""What has to hold before a session: each check says what was found, what is asked for and what to do. Pure.

A check that fails stops the session. It can be overridden with a reason, which the journal keeps.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askew.files import inside, sha256
from askew_experiments.displays import Lab
from askew_experiments.frames import Count, described, rates_for
from askew_experiments.protocol import Protocol
from askew_experiments.refresh import Refresh
from askew_stimuli.picture import Picture

SOFTWARE = r"llvmpipe|softpipe|swrast|software|GDI Generic|Basic Render"
PLAUSIBLE_HZ = (20.0, 500.0)
NEAR = 0.01  # rates this close, relatively, are the same: 59.94 is 60
STEADY = 0.05  # of a period, SD of intervals between flips
SLOW_DISK_MS = 50.0
LITTLE_DISK_MB = 200.0
RULER = 0.05  # a measured width may differ so far from the one that the monitor reports


@dataclass(frozen=True)
class Check:
    """One thing looked at. `ok` is None where something is only worth knowing."""

    code: str
    ok: bool | None
    said: str

    @property
    def failed(self) -> bool:
        """Whether it stops the session."""
        return self.ok is False


def display_checks(protocol: Protocol, lab: Lab, refresh: Refresh, facts: Mapping[str, Any]) -> Iterator[Check]:
    """Of the display: the rate, what it makes of each duration, size, scaling and renderer."""
    yield _steady(refresh)
    if plausible(refresh):  # of any other, nothing follows
        yield _as_declared(lab, refresh)
        if protocol.display.hz:
            yield _allowed(protocol.display.hz, refresh)
        yield from _durations(protocol, refresh)
    yield _renderer(facts)
    yield _scaling(lab, facts)
    yield _full_screen(facts)
    yield from _sizes(lab, facts)
    yield from _paced(facts)


def keyboard_check(facts: Mapping[str, Any], silent: Sequence[str]) -> Check:
    """Of the keyboard: whether every key that answers was heard."""
    if silent:
        return Check(
            "keyboard", False, f"nothing was heard of the keys {', '.join(silent)}; plug the keyboard in, click on it"
        )
    uncertainty = facts.get("uncertainty_ms")
    late = "" if uncertainty is None else f", at most {uncertainty:g} ms late"
    return Check("keyboard", True, f"every key was heard; times are by {facts['source']}{late}")


def disk_checks(sync_ms: Sequence[float], free_mb: float) -> Iterator[Check]:
    """Of the disk: how long a saved trial takes, and how much room there is."""
    typical = sorted(sync_ms)[len(sync_ms) // 2]
    if typical > SLOW_DISK_MS:
        yield Check(
            "disk-speed",
            False,
            f"a saved trial takes {typical:.0f} ms, {SLOW_DISK_MS:.0f} at most; put the study on a local disk",
        )
    else:
        yield Check("disk-speed", True, f"a saved trial takes {typical:.1f} ms")
    enough = free_mb >= LITTLE_DISK_MB
    yield Check(
        "disk-space", enough, f"{free_mb:,.0f} MB free" + ("" if enough else f"; {LITTLE_DISK_MB:.0f} are needed")
    )


def picture_checks(
    folder: Path, pictures: Sequence[Picture], *, masked: bool, code: str = "pictures"
) -> Iterator[Check]:
    """Of the files: whether each is there and is the one that the manifest describes, masks among them."""
    if masked:
        lacking = [picture.image_id for picture in pictures if picture.mask_file is None]
        said = (
            f"{len(lacking)} pictures have none, such as {lacking[0]}; make them with `askew stimuli masks`"
            if lacking
            else ""
        )
        yield Check("masks", not lacking, said or "every picture has one")
    wrong = [fault for picture in pictures for fault in _faults(folder, picture, masked=masked)]
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    yield Check(code, not wrong, f"{wrong[0]}{more}" if wrong else f"all {len(pictures)} are as the manifest says")


def plausible(refresh: Refresh) -> bool:
    """Whether there are displays of such a rate."""
    low, high = PLAUSIBLE_HZ
    return low <= refresh.hz <= high


def _steady(refresh: Refresh) -> Check:
    measured = f"measured {refresh.hz:.2f} Hz, SD {refresh.sd_s * 1000:.3f} ms, {refresh.late} of {refresh.n} late"
    if not plausible(refresh):
        return Check("refresh", False, f"{measured}: no display does that; flips do not wait for it, so turn vsync on")
    if refresh.sd_s > STEADY * refresh.period_s or refresh.late > refresh.n / 100:
        return Check("refresh", False, f"{measured}: not steady; close other programs, and drive one display only")
    return Check("refresh", True, measured)


def _as_declared(lab: Lab, refresh: Refresh) -> Check:
    if abs(refresh.hz / lab.hz - 1) > NEAR:
        return Check(
            "rate",
            False,
            f"the display runs at {refresh.hz:.2f} Hz, but {lab.hz:g} are declared; set it, or mend the declaration",
        )
    return Check("rate", True, f"{lab.hz:g} Hz as declared")


def _allowed(hz: Sequence[float], refresh: Refresh) -> Check:
    rates = ", ".join(f"{each:g}" for each in hz)
    right = any(abs(refresh.hz / each - 1) <= NEAR for each in hz)
    said = f"the protocol asks for {rates} Hz"
    return Check("rate-allowed", right, said if right else f"{said}, the display runs at {refresh.hz:.2f}; set another")


def _durations(protocol: Protocol, refresh: Refresh) -> Iterator[Check]:
    period_ms = refresh.period_s * 1000
    for name, (ms, tolerance) in protocol.durations.items():
        right = Count.of(ms, period_ms).within(tolerance)
        said = f"{name}: {described(ms, tolerance, period_ms)}"
        if not right:
            rates = ", ".join(map(str, rates_for([*protocol.durations.values()])))
            said += f"; set the display to one of {rates} Hz" if rates else "; no usual rate shows all durations"
        yield Check("exposure", right, said)


def _renderer(facts: Mapping[str, Any]) -> Check:
    name = str(facts.get("renderer") or "unknown")
    if re.search(SOFTWARE, name, re.IGNORECASE):
        return Check("renderer", False, f"{name} draws without a graphics card; install the card's driver")
    return Check("renderer", True, name)


def _scaling(lab: Lab, facts: Mapping[str, Any]) -> Check:
    scale = facts.get("scale_percent")
    if scale is None and lab.scale_percent == 100:
        return Check("scaling", None, "the system does not say its scaling; 100 % is declared, as it has to be")
    scale = lab.scale_percent if scale is None else scale
    right = scale == 100
    return Check("scaling", right, f"{scale} %" + ("" if right else "; set the system's scaling to 100 %"))


def _sizes(lab: Lab, facts: Mapping[str, Any]) -> Iterator[Check]:
    if not facts.get("full_screen"):
        return
    size = tuple(facts["size_px"])
    given = " x ".join(map(str, lab.size_px))
    if size != tuple(lab.size_px):
        found = " x ".join(map(str, size))
        yield Check("size", False, f"{found} pixels, but {given} are declared; mend the declaration or the resolution")
    else:
        yield Check("size", True, f"{given} pixels as declared")
    if mm := facts.get("size_mm"):
        reported = mm[0] / 10
        off = abs(reported / lab.width_cm - 1)
        said = f"the monitor says it is {reported:.1f} cm wide, {lab.width_cm:g} are declared"
        yield Check("width", off <= RULER, said if off <= RULER else f"{said}; measure the picture with a ruler")


def _full_screen(facts: Mapping[str, Any]) -> Check:
    full = bool(facts.get("full_screen"))
    return Check(
        "full-screen", full, "full screen" if full else "a window, which the desktop may delay; leave --windowed out"
    )


def _paced(facts: Mapping[str, Any]) -> Iterator[Check]:
    if facts.get("paced_hz"):
        yield Check("pacing", False, f"flips are paced at {facts['paced_hz']:g} Hz by the program; for trying out only")


def _faults(folder: Path, picture: Picture, *, masked: bool) -> Iterator[str]:
    """What is wrong with the files of a picture that a session shows."""
    if picture.file is None:
        yield f"{picture.image_id} has no file, and a session shows files"
    for what, (name, digest) in picture.files.items():
        if what == "silhouette" or (what == "mask" and not masked):
            continue
        path = inside(folder, name)
        if not path.is_file():
            yield f"{folder.name}/{name} is not there; restore it"
        elif digest is not None and sha256(path) != digest:
            yield f"{folder.name}/{name} is not the file that the manifest describes; restore it, or make the set anew"
