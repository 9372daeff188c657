"""What a person who scores sees: a line for each thing that ends, and a bar on a terminal; and what is kept of it."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from askew.errors import counted
from askew_models.messages import Advanced, Begun, Failed, Finished, Loaded, Loading, Message, NoDevice, Preparing
from askew_models.unit import Unit


@dataclass(eq=False)
class Told:
    """What happened, for the summary."""

    finished: dict[str, Finished] = field(default_factory=dict)  # by unit
    failed: list[Failed] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    weights: dict[str, str] = field(default_factory=dict)  # hashes, by observer

    @property
    def faults(self) -> list[Failed]:
        """What could not be scored."""
        return [failure for failure in self.failed if not failure.busy]


class Teller:
    """Takes the messages of workers."""

    def __init__(self, units: Iterable[Unit], say: Callable[[str], None], complain: Callable[[str], None]) -> None:
        self.told = Told()
        self._say = say
        self._complain = complain
        self._all = {unit.name: len(unit.images) for unit in units}
        self._done: dict[str, int] = {}
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    @contextmanager
    def bar(self) -> Iterator[None]:
        """A bar on standard error meanwhile; none where that is no terminal."""
        if sys.stderr is None or not sys.stderr.isatty() or not self._all:
            yield
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as self._progress:
            self._task = self._progress.add_task("loading", total=sum(self._all.values()), rate="")
            yield
        self._progress = None

    def __call__(self, message: Message) -> None:
        """One message."""
        match message:
            case NoDevice():
                self._note(f"{message.device} is not used: {message.why}")
            case Loading():
                self._describe(f"loading {message.observer}")
            case Preparing():
                self._describe(f"preparing pictures for {message.unit}")
            case Loaded():
                if message.weights_sha256 is not None:
                    self.told.weights[message.observer] = message.weights_sha256
                self._note(*(f"{message.observer}: {note}" for note in message.notes))
            case Begun():
                self._stands_at(message.unit, message.already)
                self._note(*([f"{message.unit}: {message.note}"] if message.note else []))
            case Advanced():
                self._stands_at(message.unit, self._done.get(message.unit, 0) + message.pictures)
            case Finished():
                self.told.finished[message.unit] = message
                self._stands_at(message.unit, self._all.get(message.unit, 0))
                self._line(_line(message))
            case Failed():
                self._failed(message)
            case _:
                pass

    def _failed(self, failure: Failed) -> None:
        self.told.failed.append(failure)
        for unit in [failure.unit] if failure.unit else self._units_of(failure.observer):
            self._stands_at(unit, self._all.get(unit, 0))  # what will not be scored is not waited for
        name = failure.unit or failure.observer
        if failure.busy:
            self._line(f"{name}: skipped: {failure.why}")
        else:
            self._clear_of_the_bar(f"{name}: {failure.why}", self._complain)

    def _note(self, *notes: str) -> None:
        for note in notes:
            self.told.notes.append(note)
            self._line(f"note: {note}")

    def _line(self, text: str) -> None:
        if self._progress is not None and sys.stdout.isatty():
            self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            self._say(text)

    def _clear_of_the_bar(self, text: str, tell: Callable[[str], None]) -> None:
        """Tell something on standard error, which the bar is on too."""
        if self._progress is None:
            tell(text)
            return
        self._progress.stop()
        tell(text)
        self._progress.start()

    def _units_of(self, observer: str) -> list[str]:
        return [name for name in self._all if name == observer or name.startswith(f"{observer}@")]

    def _describe(self, words: str) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, description=words)

    def _stands_at(self, unit: str, done: int) -> None:
        self._done[unit] = done
        if self._progress is not None and self._task is not None:
            speed = self._progress.tasks[0].speed
            rate = f"{speed:,.0f} pictures/s" if speed else ""
            self._progress.update(self._task, completed=sum(self._done.values()), description=unit, rate=rate)


def _line(finished: Finished) -> str:
    if finished.same_as is not None:
        return f"{finished.unit}: shows the very pixels of the view {finished.same_as}, so it is not scored again"
    rate = f", {finished.pictures / finished.seconds:,.0f} a second" if finished.seconds > 0 else ""
    return f"{finished.unit}: {counted(finished.pictures, 'picture')}{rate}"
