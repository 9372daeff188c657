"""A session as the command runs it, in a window, that also tells what its trials cost: for `paced`.

`python -m tests.benchmarks.watched OUT time|trace session run STUDY ...` writes to OUT what each trial did. Every other
trial is shown the lazy way: picture and mask are made from their files when their phases begin, as in scripts that make
an ImageStim in the trial. `trace` traces memory, which slows Python down, so its times mean nothing.
"""

import json
import os
import sys
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from askew.command import main
from askew_experiments import loop, window
from askew_experiments.screen import Drawable

EMPTY_FLIPS = 16  # before each trial: they say how late frames come here by themselves


def urgent(*threads: int) -> bool:
    """Give threads priority over other programs, as trials have it; False where the system does not grant that.

    For what stands for hardware here, which needs no core elsewhere: the display and the graphics card.
    """
    try:
        for thread in threads:
            os.sched_setscheduler(thread, os.SCHED_RR, os.sched_param(1))
    except OSError:
        return False
    return True


class Watched(window.Window):
    """The window of the session, that notes what passes."""

    called: list[float]  # seconds after its flip at which each thing was called
    things: dict[str, Drawable]
    lazy: dict[str, Any] | None  # in a lazy trial: what was loaded before, by name

    def __init__(self, *given: Any, **named: Any) -> None:
        self.called, self.things, self.lazy = [], {}, None
        super().__init__(*given, **named)

    def load(self, things: Mapping[str, Drawable]) -> None:
        self.things |= things
        super().load(things)

    def draw(self, names: Sequence[str]) -> None:
        if self.lazy is not None:
            for name in names:
                if name.startswith(("image:", "mask:")) and name not in self.lazy:
                    self.lazy[name], self._made[name] = self._made[name], [self._anew(name)]
        super().draw(names)

    def flip(self, on_flip: Callable[[], None] | None = None) -> float:
        def noted() -> None:
            self.called.append(self.now() - self.flips[-1])
            if on_flip is not None:
                on_flip()

        return super().flip(on_flip and noted)

    def begin(self, lazy: bool) -> None:
        """A trial begins."""
        self.lazy = {} if lazy else None

    def end(self) -> None:
        """It is over: show what was loaded before again."""
        self._made.update(self.lazy or {})
        self.lazy = None

    def _anew(self, name: str) -> Any:
        (loaded,), thing = self._made[name], self.things[name]
        path = str(getattr(thing, "path"))  # noqa: B009  only pictures come here
        return self._modules.visual.ImageStim(self._window, path, units="pix", size=loaded.size)


class Watch:
    """Stands around the trials, and notes what each opened, wrote and allocated."""

    def __init__(self, memory: bool) -> None:
        self.memory = memory
        self.trials: list[dict[str, Any]] = []
        self.urgent: bool | None = None
        self._opened: list[str] = []
        self._synced = 0
        self._run, self._fsync = loop.run, os.fsync

    def begin(self) -> None:
        """From now on, note."""
        for owner, name, mine in ((window, "Window", Watched), (loop, "run", self.run), (os, "fsync", self.fsync)):
            setattr(owner, name, mine)
        sys.addaudithook(lambda event, args: self._opened.append(str(args[0])) if event == "open" else None)
        if self.memory:
            tracemalloc.start()

    def run(self, screen: Watched, *others: Any) -> loop.Trace:
        """Show a trial, every second one the lazy way, after frames with nothing on them."""
        if self.urgent is None:
            self.urgent = urgent(*(int(task.name) for task in Path("/proc/self/task").iterdir()))  # the renderer's, too
        empty = [screen.flip() for _ in range(EMPTY_FLIPS)]
        lazy = len(self.trials) % 2 == 1
        screen.begin(lazy)
        opened, synced, called = len(self._opened), self._synced, len(screen.called)
        if self.memory:
            tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        trace = self._run(screen, *others)
        after, peak = tracemalloc.get_traced_memory()
        self.trials.append(
            {
                "lazy": lazy,
                "empty_flips_s": empty,
                "opened": self._opened[opened:],
                "synced": self._synced - synced,
                "peak_bytes": peak - before,
                "kept_bytes": after - before,
                "called_s": screen.called[called:],
            }
        )
        screen.end()
        return trace

    def fsync(self, handle: int) -> None:
        self._synced += 1
        self._fsync(handle)

    def told(self) -> dict[str, Any]:
        """All of it."""
        return {"urgent": self.urgent, "trials": self.trials}


if __name__ == "__main__":
    out, how, *words = sys.argv[1:]
    watch = Watch(how == "trace")
    watch.begin()
    status = main(words)
    Path(out).write_text(json.dumps(watch.told()), encoding="utf-8")
    sys.exit(status)
