"""A worker: one process on one device, that scores the networks it is given while it loads the next.

A process of its own, so that whatever a network does (a crash, no memory left, a lost device) ends nothing else, and
nobody else has to import torch. It imports the heavy libraries when it runs.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from queue import Queue
from typing import TYPE_CHECKING

from askew.errors import BadInput, one_line
from askew.faults import of_system
from askew.lock import CannotLock, held
from askew.processes import end_with_parent
from askew_models.filling import Listener, Work, score_unit
from askew_models.messages import (
    Ended,
    Failed,
    Finished,
    Job,
    Loaded,
    Loading,
    Message,
    NoDevice,
    Plan,
)
from askew_models.seen import first_seen, keep_seen, place_of_seen
from askew_models.unit import OWN, Unit, shows_the_same, state_of

if TYPE_CHECKING:
    from askew_models.building import Built


@dataclass(frozen=True)
class _Loaded:
    """A job with its network, or with the reason why there is none."""

    job: Job
    built: "Built | None"
    why: str = ""


def work(connection: Connection, plan: Plan) -> None:
    """What a worker process does: until the connection gives None or closes."""
    end_with_parent()
    os.dup2(sys.stderr.fileno(), 1)  # what networks print is no part of our answer
    # The scoring process says what is going on; a second bar, or a client's retries, would write over it.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_VERBOSITY", "error")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it, its results may differ from run to run
    serve(connection, plan)


def serve(connection: Connection, plan: Plan) -> None:
    """The same, wherever it runs."""
    from askew_models.forward import DeviceLost, set_up, usable  # noqa: PLC0415

    told = _Told(connection)
    if why := usable(plan.settings.device):
        told.send(NoDevice(plan.settings.device, why))
        return
    set_up(plan.settings)
    for loaded in _loaded_ahead(connection, plan, told):
        lost = False
        try:
            set_up(plan.settings)  # whatever a user's file did to it
            _score(loaded, plan, told)
        except DeviceLost as error:
            told.send(Failed(loaded.job.card.name, None, f"{plan.settings.device} was lost: {error}"))
            lost = True
        told.send(Ended(loaded.job.card.name, lost))
        if lost:
            return


class _Told:
    """The scoring process, told by two threads: one that loads and one that scores."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, message: Message, /) -> None:
        with self._lock:
            self._connection.send(message)


def _loaded_ahead(connection: Connection, plan: Plan, told: Listener) -> Iterator[_Loaded]:
    """The jobs with their networks: while one is worked on, the next is loaded, and no more than that one."""
    ready: Queue[_Loaded | None] = Queue()
    room = threading.Semaphore(1)

    def load() -> None:
        try:
            while room.acquire() and (job := connection.recv()) is not None:
                told.send(Loading(job.card.name))
                ready.put(_load(_with_pictures(job, plan)))
        except (EOFError, OSError):
            pass  # the scoring process is gone
        finally:
            ready.put(None)

    threading.Thread(target=load, daemon=True).start()
    while (loaded := ready.get()) is not None:
        room.release()
        yield loaded


def _with_pictures(job: Job, plan: Plan) -> Job:
    return replace(job, units=tuple(replace(unit, images=plan.images[unit.set]) for unit in job.units))


def _load(job: Job) -> _Loaded:
    from askew_models.building import build  # noqa: PLC0415

    try:
        built = build(job.card)
        if job.card.identity() != job.identity:
            raise BadInput("its files were changed while it was loaded; call again")
        _refuse_changed_weights(job, built)
    except BadInput as error:
        return _Loaded(job, None, str(error).removeprefix(f"observer {job.card.name}: "))
    except MemoryError:
        return _Loaded(job, None, "its weights do not fit into memory; use a machine with more, or a smaller network")
    except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001  a user's file may raise anything
        return _Loaded(job, None, f"cannot be loaded: {type(error).__name__}: {one_line(error)}")
    return _Loaded(job, built)


def _score(loaded: _Loaded, plan: Plan, told: Listener) -> None:
    from askew_models.forward import Forward, OutOfMemory  # noqa: PLC0415

    job, built = loaded.job, loaded.built
    if built is None:
        told.send(Failed(job.card.name, None, loaded.why))
        return
    told.send(Loaded(job.card.name, built.weights_sha256, built.notes))
    try:
        forward = Forward(built.network, len(built.keys), plan.settings)
    except (BadInput, OutOfMemory) as error:
        told.send(Failed(job.card.name, None, _in_words(error)))
        return
    work = Work(built, forward, plan, told, job.identity)
    for unit in job.units:
        try:
            if shows_the_same(unit, built.network.preparation):
                told.send(Finished(unit.name, same_as=OWN))
                continue
            with _alone(unit):
                if state_of(unit, plan.settings.precision).kind == "done" and not job.renew:
                    told.send(Finished(unit.name))  # by another process, while this one waited or loaded
                else:
                    score_unit(unit, work)
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


def _refuse_changed_weights(job: Job, built: "Built") -> None:
    """Refuse other weights than those that the card had at its first use in the study, and note that use."""
    if built.weights_sha256 is None or not job.units:
        return
    folder = job.units[0].path.parent
    seen = None if job.renew else first_seen(folder, job.card)
    if seen is None:
        keep_seen(folder, job.card, built.weights_sha256)
    elif seen != built.weights_sha256:
        raise BadInput(
            f"its weights are {built.weights_sha256[:12]}..., but were {seen[:12]}... when this study first used them; "
            f"get those back, give the new ones another name, or remove {place_of_seen(folder, job.card)}"
        )


def _in_words(error: Exception) -> str:
    if isinstance(error, (BadInput, OSError)):
        return of_system(error) if isinstance(error, OSError) else str(error)
    return f"out of memory even with one picture at a time ({error}); use a device with more, or --precision bf16"
