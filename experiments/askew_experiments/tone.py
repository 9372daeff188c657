"""The go signal as a tone: made beforehand, so that at the flip it only has to be started."""

from typing import Any

from askew.errors import BadInput
from askew.extras import install_line

HZ, SECONDS, LOUDNESS, RAMP_S = 1000, 0.1, 0.5, 0.005
RATE = 48_000


class Tone:
    """A beep on the system's first sound device; BadInput where there is none."""

    def __init__(self) -> None:
        try:
            from psychtoolbox import PsychPortAudio  # type: ignore[import-untyped]  # noqa: PLC0415  loads sound
        except ImportError:
            raise BadInput(
                f'signal = "tone" needs psychtoolbox, which is not installed; type {install_line("experiments")}, '
                'or use signal = "flash"'
            ) from None
        self._call: Any = PsychPortAudio
        PsychPortAudio("Verbosity", 0)
        try:
            # Playback only, in latency class 1: as fast as sharing the device with other programs allows.
            self._device: Any = PsychPortAudio("Open", [], 1, 1, RATE, 2)
        except Exception as error:  # noqa: BLE001  psychtoolbox raises nothing more exact
            raise BadInput(
                f'signal = "tone" needs a sound device, and none can be opened ({_first_line(error)}); connect one, '
                'or use signal = "flash"'
            ) from None
        PsychPortAudio("RunMode", self._device, 1)  # keeps the hardware awake between tones
        PsychPortAudio("FillBuffer", self._device, wave())
        self._warm()

    def ready(self) -> None:
        """Make sure that the next start begins with the tone's beginning."""
        self._call("Stop", self._device)

    def start(self) -> None:
        """Sound it now; returns at once."""
        self._call("Start", self._device, 1, 0, 0)

    def began(self) -> float:
        """When the last tone left the device, as it says itself, by Psychtoolbox's clock; 0 before the first."""
        return float(self._call("GetStatus", self._device)["StartTime"])

    def close(self) -> None:
        """Give the device back; safe to call twice."""
        if self._device is not None:
            self._call("Close", self._device)
            self._device = None

    def _warm(self) -> None:
        """Start once without a sound: the first start takes tens of milliseconds, later ones do not."""
        self._call("Volume", self._device, 0.0)
        self.start()
        self.ready()
        self._call("Volume", self._device, 1.0)


def wave() -> Any:
    """The tone, for two loudspeakers: (samples, 2), with ramps so that it does not click."""
    import numpy as np  # noqa: PLC0415  heavy

    seconds = np.arange(round(SECONDS * RATE)) / RATE
    ramp = np.clip(np.minimum(seconds, SECONDS - seconds) / RAMP_S, 0, 1)
    sound = LOUDNESS * np.sin(2 * np.pi * HZ * seconds) * (1 - np.cos(np.pi * ramp)) / 2
    return np.column_stack([sound, sound])


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".!")
