"""Scoring a lineup: jobs are handed to one worker a device, and what becomes of each is told as it happens.

A network that fails, and even one that takes its process with it, ends nobody else's work. Imports no torch.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from askew.errors import BadInput
from askew.processes import deaf
from askew_models.card import Card
from askew_models.images import Image
from askew_models.messages import Ended, Failed, Job, Message, NoDevice, Plan
from askew_models.settings import Settings, threads_for
from askew_models.unit import Unit
from askew_models.worker import work

Pictures = Mapping[str | None, tuple[Image, ...]]  # by set
PATIENCE_S = 10  # for a process to end by itself


@dataclass(eq=False)
class _Worker:
    """A worker process and the jobs that it holds, the running one first."""

    plan: Plan
    process: BaseProcess
    connection: Connection
    jobs: deque[Job] = field(default_factory=deque)

    def may_take(self, job: Job, ahead: bool) -> bool:
        """Whether it may hold the job: as its only one, or to load it while it works on another."""
        if not self.jobs:
            return not ahead
        return ahead and len(self.jobs) == 1 and not job.alone and not self.jobs[0].alone

    def give(self, job: Job) -> None:
        self.jobs.append(job)
        with suppress(OSError):  # it is gone, which is noticed where its messages are read
            self.connection.send(job)

    def stop(self) -> None:
        """End it, whatever it does: what it writes is safe at any moment."""
        if self.jobs:
            self.process.terminate()
        else:
            with suppress(OSError):
                self.connection.send(None)
        self.connection.close()
        self.process.join(PATIENCE_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(PATIENCE_S)


@dataclass(eq=False)
class _Crew:
    """The workers, the jobs that nobody holds yet, and who is told."""

    queue: deque[Job]
    tell: Callable[[Message], None]
    workers: list[_Worker] = field(default_factory=list)
    broken: list[NoDevice] = field(default_factory=list)

    def start(self, plan: Plan) -> None:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, plan), daemon=True)
        with deaf():
            process.start()
        theirs.close()
        self.workers.append(_Worker(plan, process, ours))

    def work_off(self) -> None:
        """Until nothing is left to do, or nobody to do it."""
        while self.workers and (self.queue or any(worker.jobs for worker in self.workers)):
            self.hand_out()
            # Something that a network started may hold the connection open when its process is gone.
            ready = wait([end for worker in self.workers for end in (worker.connection, worker.process.sentinel)])
            for worker in list(self.workers):
                if worker.connection in ready:
                    self.listen(worker)
                elif worker.process.sentinel in ready:
                    self._lost(worker)

    def hand_out(self) -> None:
        """Each worker one job first, and one to load ahead only where more are left than there are workers."""
        for ahead in (False, True):
            for worker in self.workers:
                enough = len(self.queue) >= (len(self.workers) if ahead else 1)
                if enough and worker.may_take(self.queue[0], ahead):
                    worker.give(self.queue.popleft())

    def listen(self, worker: _Worker) -> None:
        try:
            message: Message = worker.connection.recv()
        except (EOFError, OSError):
            self._lost(worker)
            return
        if isinstance(message, NoDevice):
            self.broken.append(message)
            self._dismiss(worker)
        self.tell(message)
        if isinstance(message, Ended):
            job = worker.jobs.popleft()
            if message.lost or job.alone:  # what it did to its process is nobody else's affair
                self._replace(worker)

    def _lost(self, worker: _Worker) -> None:
        """Its process is gone. Blamed is only a job that was alone in it; others have another try, alone."""
        worker.process.join(PATIENCE_S)
        if len(worker.jobs) == 1:
            job = worker.jobs.popleft()
            self.tell(Failed(job.card.name, None, _how_it_ended(worker.process)))
            self.tell(Ended(job.card.name))
        worker.jobs = deque(replace(job, alone=True) for job in worker.jobs)
        self._replace(worker)

    def _replace(self, worker: _Worker) -> None:
        self._dismiss(worker)
        if self.queue:
            self.start(worker.plan)

    def _dismiss(self, worker: _Worker) -> None:
        self.queue.extendleft(reversed(worker.jobs))
        worker.jobs.clear()
        worker.stop()
        self.workers.remove(worker)


def score(
    jobs: Iterable[Job],
    images: Pictures,
    settings: Settings,
    devices: Sequence[str],
    tell: Callable[[Message], None],
    *,
    fallback: Sequence[str] = (),
) -> None:
    """Score all jobs, and tell what happens. BadInput where no device can be used, those to fall back to included."""
    crew = _Crew(deque(jobs), tell)
    for attempt in (devices, fallback):
        try:
            for device in attempt[: len(crew.queue)]:
                threads = threads_for(len(attempt))
                its = replace(settings, device=device, threads=settings.threads or threads)
                crew.start(Plan(its, loaders=threads, images=images))
            crew.work_off()
        finally:
            for worker in crew.workers:
                worker.stop()
            crew.workers.clear()
    if crew.queue:
        raise BadInput("; ".join(f"--device {broken.device}: {broken.why}" for broken in crew.broken))


def _how_it_ended(process: BaseProcess) -> str:
    code = process.exitcode or 0
    name = signal.Signals(-code).name if -code in {*signal.Signals} else ""
    if name == "SIGKILL":
        return "its process was killed, as systems do when memory runs out; what was scored is kept"
    return f"its process ended ({name or f'status {code}'}); what was scored is kept"


def job_of(units: Sequence[Unit], *, renew: bool = False) -> Job:
    """The job of scoring some units of one card; BadInput where a file that the card names is not there."""
    # A network may change the folder that its process is in.
    card = replace(units[0].card, folder=Path(os.path.abspath(units[0].card.folder)))
    # A user's file may do anything to its process, and drawn weights need the random numbers to themselves.
    alone = card.kind == "python" or card.untrained
    bare = tuple(replace(unit, card=card, images=()) for unit in units)
    return Job(card, bare, card.identity(), renew and unseen(card), alone)


def unseen(card: Card) -> bool:
    """Whether its logits hang on what askew cannot see, such as weights that a Python file reads."""
    return card.kind == "python"
