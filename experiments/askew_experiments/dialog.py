"""What is asked in the window before a session: a line of text, and that each answer key be pressed once."""

from collections.abc import Callable, Sequence
from time import sleep
from typing import Protocol

from askew_experiments.entry import Entry
from askew_experiments.screen import Colour, Drawable, Press, Words
from askew_experiments.things import ink_on

HEIGHT_DEG, SMALL_DEG = 0.8, 0.6
REST_S = 0.002


class Asked(Protocol):
    """A screen on which things can be shown that were not loaded, while no trial runs."""

    background: Colour

    def show(self, *things: Drawable) -> float:
        """Make things, and show them until the next flip."""

    def strokes(self) -> list[str]:
        """What was typed since this was last asked."""

    def presses(self) -> list[Press]:
        """The keys that went down since this was last asked."""

    def forget(self) -> None:
        """Drop presses that nobody has asked for."""

    def now(self) -> float:
        """The time."""


def ask(screen: Asked, prompt: str, pattern: str, form: str) -> str | None:
    """A line that somebody types and ends with Enter, which fits the pattern, or `form` is said; None after Escape."""
    screen.forget()
    entry, shown = Entry(), None
    while entry.state == "open":
        if entry != shown:
            screen.show(*_page(prompt, entry, ink_on(screen.background)))
            shown = entry
        for stroke in screen.strokes():
            if entry.state == "open":
                entry = entry.after(stroke, pattern, form)
        sleep(REST_S)
    screen.show()
    screen.forget()
    return entry.text if entry.state == "done" else None


def silent(
    screen: Asked, keys: Sequence[str], deadline_s: float, prompt: Callable[[Sequence[str]], str]
) -> tuple[str, ...]:
    """The keys that were not heard, whatever the order in which they are pressed.

    Each that is heard gives the others their deadline anew; Escape gives up on them. The prompt is made anew for
    those that are left.
    """
    left, asked = tuple(keys), ""
    deadline = screen.now() + deadline_s
    screen.forget()
    while left and screen.now() < deadline:
        wanted = prompt(left)
        if wanted != asked:
            screen.show(Words(wanted, HEIGHT_DEG, colour=ink_on(screen.background)))
            asked = wanted
        heard = {press.key for press in screen.presses()}
        if "escape" in heard:
            break
        if heard & {*left}:
            deadline = screen.now() + deadline_s
        left = tuple(key for key in left if key not in heard)
        sleep(REST_S)
    screen.show()
    return left


def _page(prompt: str, entry: Entry, ink: Colour) -> list[Words]:
    lines = [
        Words(prompt, HEIGHT_DEG, y_deg=2 * HEIGHT_DEG, colour=ink),
        Words(f"{entry.text}_", HEIGHT_DEG, colour=ink),
    ]
    if entry.complaint:
        lines.append(Words(entry.complaint, SMALL_DEG, y_deg=-2 * HEIGHT_DEG, colour=ink))
    return lines
