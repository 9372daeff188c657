"""A worker: one process on one device, that scores the networks it is given while it loads the next.

A process of its own, so that whatever a network does (a crash, no memory left, a lost device) ends nothing else, and
nobody else has to import torch. It imports the heavy libraries when it runs.
"""

import os
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from multiprocessing.connection import Connection
from queue import Queue
from typing import TYPE_CHECKING, Any, Protocol

from askew.errors import BadInput, one_line
from askew.lock import CannotLock, held
from askew.processes import end_with_parent
from askew_models.images import Prepared
from askew_models.messages import Advanced, Begun, Ended, Failed, Finished, Job, Loaded, Loading, Message, Plan
from askew_models.store import Header, Rows, lay_down, read_header, rows, unfinished
from askew_models.unit import OWN, Unit, difference, shows_the_same

if TYPE_CHECKING:
    from askew_models.building import Built
    from askew_models.forward import Forward


@dataclass(frozen=True)
class _Loaded:
    """A job with its network, or with the reason why there is none."""

    job: Job
    built: "Built | None"
    why: str = ""


def serve(connection: Connection, plan: Plan) -> None:
    """Work until the connection gives None or closes."""
    end_with_parent()
    # The scoring process says what is going on; a second bar, or a client's retries, would write over it.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_VERBOSITY", "error")
    from askew_models.forward import DeviceLost, set_up  # noqa: PLC0415

    set_up(plan.settings)
    told = _Told(connection)
    for loaded in _loaded_ahead(connection, told):
        lost = False
        try:
            _score(loaded, plan, told)
        except DeviceLost as error:
            told.send(Failed(loaded.job.card.name, None, f"{plan.settings.device} was lost: {error}"))
            lost = True
        told.send(Ended(loaded.job.card.name, lost))
        if lost:
            return


class Listener(Protocol):
    """Who is told how it goes."""

    def send(self, message: Any, /) -> None:
        """Tell one message."""


class _Told:
    """The scoring process, told by two threads: one that loads and one that scores."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, message: Message, /) -> None:
        with self._lock:
            self._connection.send(message)


def _loaded_ahead(connection: Connection, told: Listener) -> Iterator[_Loaded]:
    """The jobs with their networks: while one is worked on, the next is loaded, and no more than that one."""
    ready: Queue[_Loaded | None] = Queue()
    room = threading.Semaphore(1)

    def load() -> None:
        while True:
            room.acquire()
            try:
                job = connection.recv()
            except (EOFError, OSError):
                job = None
            if job is not None:
                told.send(Loading(job.card.name))
            ready.put(None if job is None else _load(job))
            if job is None:
                return

    threading.Thread(target=load, daemon=True).start()
    while (loaded := ready.get()) is not None:
        room.release()
        yield loaded


def _load(job: Job) -> _Loaded:
    from askew_models.building import build  # noqa: PLC0415

    try:
        return _Loaded(job, build(job.card))
    except BadInput as error:
        return _Loaded(job, None, str(error).removeprefix(f"observer {job.card.name}: "))
    except MemoryError:
        return _Loaded(job, None, "its weights do not fit into memory; use a machine with more, or a smaller network")
    except Exception as error:  # noqa: BLE001  a library, or the user's file, may raise anything
        return _Loaded(job, None, f"cannot be loaded: {type(error).__name__}: {one_line(error)}")


def _score(loaded: _Loaded, plan: Plan, told: Listener) -> None:
    from askew_models.forward import Forward, OutOfMemory  # noqa: PLC0415

    job, built = loaded.job, loaded.built
    why = loaded.why or _changed_weights(job, built)
    if built is None or why:
        told.send(Failed(job.card.name, None, why))
        return
    told.send(Loaded(job.card.name, built.weights_sha256, built.notes))
    try:
        forward = Forward(built.network, len(built.keys), plan.settings)
    except (BadInput, OutOfMemory) as error:
        told.send(Failed(job.card.name, None, _in_words(error)))
        return
    batch = plan.settings.batch
    for unit in job.units:
        try:
            if shows_the_same(unit, built.network.preparation):
                told.send(Finished(unit.name, same_as=OWN))
                continue
            with _alone(unit):
                batch = score_unit(unit, Work(built, forward, plan, told), batch)
        except (BadInput, OutOfMemory, OSError) as error:
            told.send(Failed(job.card.name, unit.name, _in_words(error), busy=isinstance(error, Busy)))


class Busy(BadInput):
    """Another process scores the unit."""


@contextmanager
def _alone(unit: Unit) -> Iterator[None]:
    """Nobody else works on the unit meanwhile. Where a disk has no locks, two do the same work, to the same end."""
    folder = unit.path.parent / ".locks"
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(held(folder / unit.name, unit.name))
        except CannotLock:
            pass
        except BadInput as error:
            raise Busy(str(error)) from None
        yield


@dataclass(frozen=True)
class Work:
    """What scoring a unit needs."""

    built: "Built"
    forward: "Forward"
    plan: Plan
    told: Listener


def score_unit(unit: Unit, work: Work, batch: int | None) -> int:
    """Score what is not done; returns the size of the batches."""
    from askew_models.forward import OutOfMemory  # noqa: PLC0415

    batch, note = _begun(unit, work, batch)
    while True:
        try:
            with rows(unit.path) as file:
                work.told.send(Begun(unit.name, file.done, len(unit.images), batch, note))
                _fill(unit, file, work)
            return batch
        except OutOfMemory:
            if batch == 1:
                raise
            batch //= 2
        work.forward.make_room()  # once the exception is gone, and with it what it kept alive
        note = f"out of memory: begun again with {batch} pictures together"
        lay_down(unit.path, _header(unit, work, batch))


def _begun(unit: Unit, work: Work, batch: int | None) -> tuple[int, str]:
    """There is an unfinished file: the one that was there, where it is of the same work, else a new one."""
    note = ""
    if unfinished(unit.path).exists():
        try:
            header, _ = read_header(unfinished(unit.path))
            note = _why_anew(unit, work, header, batch)
        except BadInput as error:
            note = str(error)
        if not note:
            return header.batch, ""
        note = f"begun again: {note}"
    size = batch or work.forward.tuned(len(unit.images))
    lay_down(unit.path, _header(unit, work, size))
    return size, note


def _why_anew(unit: Unit, work: Work, header: Header, batch: int | None) -> str:
    if changed := difference(unit, header):
        return changed
    facts = _facts(unit, work)
    if differs := sorted(name for name in facts if facts[name] != header.facts.get(name)):
        return f"{', '.join(differs)} {'is' if len(differs) == 1 else 'are'} not as in the unfinished file"
    wanted = work.plan.settings.batch
    if wanted is not None and wanted != header.batch and batch == wanted:
        return f"it had {header.batch} pictures together"
    return ""


def _fill(unit: Unit, file: Rows, work: Work) -> None:
    prepared = Prepared(unit.images, unit.view, work.built.network.preparation, work.plan.loaders)
    start_s, pictures = time.perf_counter(), 0
    for start, stop, logits in work.forward.run(prepared.batches(list(file.batches))):
        file.write(start, logits)
        pictures += stop - start
        work.told.send(Advanced(unit.name, stop - start))
    file.finish()
    work.told.send(Finished(unit.name, pictures, time.perf_counter() - start_s))


def _header(unit: Unit, work: Work, batch: int) -> Header:
    return Header(
        observer=unit.card.name,
        view=unit.view.name,
        set=unit.set,
        label_set=work.built.label_set,
        keys=work.built.keys,
        image_ids=tuple(image.picture.image_id for image in unit.images),
        image_sha256=tuple(image.sha256 for image in unit.images),
        batch=batch,
        identity=unit.card.identity(),
        facts=_facts(unit, work),
    )


def _facts(unit: Unit, work: Work) -> dict[str, Any]:
    from askew_models.forward import device_name, versions  # noqa: PLC0415

    settings = work.plan.settings
    libraries = ("askew", "numpy", "pillow", "timm", "torchvision")
    return {
        **settings.facts,
        "device": settings.kind,
        "device_name": device_name(settings.device),
        "licence": unit.card.licence or work.built.network.licence,
        "machine": platform.machine(),
        "preparation": {
            name: [*value] if isinstance(value, tuple) else value
            for name, value in asdict(work.built.network.preparation).items()
        },
        "versions": {name: version(name) for name in libraries} | versions(),
        "weights_sha256": work.built.weights_sha256,
    }


def _changed_weights(job: Job, built: "Built | None") -> str:
    if built is None or job.seen in {None, built.weights_sha256}:
        return ""
    return (
        f"its weights are {str(built.weights_sha256)[:12]}..., but were {str(job.seen)[:12]}... when they were first "
        "used in this study; get those back, or give the new ones another name"
    )


def _in_words(error: Exception) -> str:
    if isinstance(error, (BadInput, OSError)):
        return one_line(error) if isinstance(error, OSError) else str(error)
    return f"out of memory even with one picture at a time ({error}); use a device with more, or --precision bf16"
