"""Scoring a lineup: jobs are handed to one worker a device, and what becomes of each is told as it happens.

A network that fails, and even one that takes its process with it, ends nobody else's work. Imports no torch.
"""

import json
import signal
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from askew.errors import BadInput
from askew.files import write_text
from askew.processes import deaf
from askew_models.card import Card
from askew_models.messages import Ended, Failed, Job, Message, Plan
from askew_models.settings import Settings, threads_for
from askew_models.unit import Unit
from askew_models.worker import serve

AHEAD = 2  # jobs a worker may hold: the one it works on, and the one it loads


@dataclass(eq=False)
class _Worker:
    """A worker process and the jobs that it holds, the running one first."""

    plan: Plan
    process: BaseProcess
    connection: Connection
    jobs: deque[Job] = field(default_factory=deque)

    def give(self, job: Job) -> None:
        self.jobs.append(job)
        with suppress(OSError):  # it is gone, which is noticed where its messages are read
            self.connection.send(job)

    def stop(self) -> None:
        with suppress(OSError):
            self.connection.send(None)
        self.connection.close()


def score(jobs: Iterable[Job], settings: Settings, devices: Sequence[str], tell: Callable[[Message], None]) -> None:
    """Score all jobs, and tell what happens."""
    queue = deque(jobs)
    plans = [_plan(settings, device, len(devices)) for device in devices[: max(1, len(queue))]]
    workers: list[_Worker] = []
    try:
        workers += [_started(plan) for plan in plans if queue]
        while True:
            _hand_out(queue, workers)
            busy = [worker for worker in workers if worker.jobs]
            if not busy:
                return
            for worker in _with_news(busy):
                _listen(worker, workers, queue, tell)
    finally:
        _end(workers)


def first_seen(folder: Path, card: Card) -> str | None:
    """The hash that the weights of a card had when the study first used them; None if it has not."""
    place = folder / "weights" / f"{card.name}.json"
    try:
        document = json.loads(place.read_text(encoding="utf-8"))
        known = document["source"] == _source(card)
        return str(document["sha256"]) if known else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise BadInput(f"{place}: cannot be read as the hash of weights; restore it, or remove it") from None


def keep_seen(folder: Path, card: Card, weights_sha256: str) -> None:
    """Write down which weights a card had at first use, so that others under the same name are noticed."""
    document = {"source": _source(card), "sha256": weights_sha256}
    write_text(folder / "weights" / f"{card.name}.json", json.dumps(document, indent=2) + "\n")


def _source(card: Card) -> dict[str, object]:
    """Where its weights come from. A file's own hash is in the card's identity, so another file is no surprise."""
    return {name: value for name, value in sorted(card.identity().items()) if name not in {"labels", "preprocessing"}}


def _plan(settings: Settings, device: str, workers: int) -> Plan:
    threads = settings.threads or threads_for(workers)
    return Plan(replace(settings, device=device, threads=threads), loaders=threads_for(workers))


def _started(plan: Plan) -> _Worker:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, plan), daemon=True)
    with deaf():
        process.start()
    theirs.close()
    return _Worker(plan, process, ours)


def _hand_out(queue: deque[Job], workers: Sequence[_Worker]) -> None:
    """Each worker one job first, and one to load ahead only when every worker has one."""
    for held in range(AHEAD):
        for worker in workers:
            if queue and len(worker.jobs) == held:
                worker.give(queue.popleft())


def _with_news(workers: Sequence[_Worker]) -> list[_Worker]:
    ready = wait([worker.connection for worker in workers])
    return [worker for worker in workers if worker.connection in ready]


def _listen(worker: _Worker, workers: list[_Worker], queue: deque[Job], tell: Callable[[Message], None]) -> None:
    try:
        message: Message = worker.connection.recv()
    except (EOFError, OSError):
        _replace(worker, workers, queue, tell, _how_it_ended(worker.process))
        return
    if not isinstance(message, Ended):
        tell(message)
        return
    worker.jobs.popleft()
    tell(message)
    if message.lost:
        _replace(worker, workers, queue, tell, "")


def _replace(
    worker: _Worker, workers: list[_Worker], queue: deque[Job], tell: Callable[[Message], None], why: str
) -> None:
    """A worker is gone: the job it was at has failed, the one it held beside that goes to others."""
    worker.process.join()
    worker.connection.close()
    workers.remove(worker)
    if why and worker.jobs:
        job = worker.jobs.popleft()
        tell(Failed(job.card.name, None, why))
        tell(Ended(job.card.name))
    queue.extendleft(reversed(worker.jobs))
    if queue or any(other.jobs for other in workers):
        workers.append(_started(worker.plan))


def _how_it_ended(process: BaseProcess) -> str:
    process.join()
    code = process.exitcode or 0
    name = signal.Signals(-code).name if -code in {*signal.Signals} else ""
    if name == "SIGKILL":
        return "its process was killed, as systems do when memory runs out; what was scored is kept"
    return f"its process ended ({name or f'status {code}'}); what was scored is kept"


def _end(workers: Sequence[_Worker]) -> None:
    for worker in workers:
        worker.stop()
        # What it writes is safe at any moment; a job that is still there was given up on.
        if worker.jobs:
            worker.process.terminate()
    for worker in workers:
        worker.process.join()


def jobs_of(units: Iterable[Unit], folder: Path) -> list[Job]:
    """One job for each card, with those of its units that are to be scored."""
    found: dict[str, list[Unit]] = {}
    for unit in units:
        found.setdefault(unit.card.name, []).append(unit)
    return [Job(its[0].card, tuple(its), first_seen(folder, its[0].card)) for its in found.values()]
