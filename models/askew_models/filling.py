"""Filling the file of a unit: the batches that are not done, through the network, into their rows.

Needs a network that is built; imports torch when it runs.
"""

import gc
import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol

from askew.errors import BadInput, one_line
from askew_models.images import Prepared
from askew_models.messages import Advanced, Begun, Finished, Plan, Preparing
from askew_models.store import Header, Rows, lay_down, read_header, rows, unfinished
from askew_models.unit import Unit, difference

if TYPE_CHECKING:
    from askew_models.building import Built
    from askew_models.forward import Forward


class Listener(Protocol):
    """Who is told how it goes."""

    def send(self, message: Any, /) -> None:
        """Tell one message."""


@dataclass(frozen=True)
class Work:
    """What scoring a unit needs."""

    built: "Built"
    forward: "Forward"
    plan: Plan
    told: Listener
    identity: Mapping[str, Any]


def score_unit(unit: Unit, work: Work) -> None:
    """Score what is not done."""
    from askew_models.forward import OutOfMemory  # noqa: PLC0415

    batch, note = _begun(unit, work)
    while True:
        try:
            with rows(unit.path) as file:
                prepared = Prepared(unit.images, unit.view, work.built.network.preparation, work.plan.loaders)
                if work.plan.settings.kind == "cpu":
                    work.told.send(Preparing(unit.name))
                    prepared.fill()
                doubts = "; ".join(filter(None, (note, prepared.doubt)))
                work.told.send(Begun(unit.name, file.done, len(unit.images), batch, doubts))
                _fill(unit, file, prepared, work)
            return
        except (OutOfMemory, MemoryError) as error:
            if batch == 1:
                raise OutOfMemory(one_line(error)) from None
            batch //= 2
        work.forward.make_room()  # once the exception is gone, and with it what it kept alive
        note = f"out of memory: begun again with {batch} pictures together"
        lay_down(unit.path, _header(unit, work, batch))


def _begun(unit: Unit, work: Work) -> tuple[int, str]:
    """There is an unfinished file: the one that was there, where it is of the same work, else a new one."""
    note = ""
    if unfinished(unit.path).exists():
        try:
            header, _ = read_header(unfinished(unit.path))
            note = _why_anew(unit, work, header)
        except BadInput as error:
            note = str(error)
        if not note:
            return header.batch, ""
        note = f"begun again: {note}"
    size = work.plan.settings.batch or _as_before(unit, work) or work.forward.tuned(len(unit.images))
    lay_down(unit.path, _header(unit, work, size))
    return size, note


def _as_before(unit: Unit, work: Work) -> int | None:
    """The batch of the network's own view, so that a run ends the same wherever it was stopped."""
    try:
        header, _ = read_header(unit.own)
    except BadInput:
        return None
    same = len(header.image_ids) == len(unit.images) and header.identity == work.identity
    return header.batch if same else None


def _why_anew(unit: Unit, work: Work, header: Header) -> str:
    if changed := difference(unit, header):
        return changed
    facts = _facts(unit, work)
    if differs := sorted(name for name in facts if facts[name] != header.facts.get(name)):
        return f"{', '.join(differs)} {'is' if len(differs) == 1 else 'are'} not as in the unfinished file"
    wanted = work.plan.settings.batch
    if wanted is not None and wanted < header.batch:  # a smaller one may have been all that there was memory for
        return f"it had {header.batch} pictures together"
    return ""


def _fill(unit: Unit, file: Rows, prepared: Prepared, work: Work) -> None:
    start_s, pictures = time.perf_counter(), 0
    with _spared():
        for start, stop, logits in work.forward.run(prepared.batches(list(file.batches)), file.header.batch):
            file.write(start, logits)
            pictures += stop - start
            work.told.send(Advanced(unit.name, stop - start))
    file.finish()
    work.told.send(Finished(unit.name, pictures, time.perf_counter() - start_s))


@contextmanager
def _spared() -> Iterator[None]:
    """Spare the garbage collector all that is there already: going through it takes as long as several pictures."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _header(unit: Unit, work: Work, batch: int) -> Header:
    return Header(
        observer=unit.card.name,
        view=unit.view.name,
        set=unit.set,
        label_set=work.built.label_set,
        keys=work.built.keys,
        image_ids=tuple(image.picture.image_id for image in unit.images),
        image_sha256=tuple(image.sha256 for image in unit.images),
        image_framing=tuple(unit.view.key_of(image.picture) for image in unit.images),
        batch=batch,
        identity=work.identity,
        facts=_facts(unit, work),
    )


def _facts(unit: Unit, work: Work) -> dict[str, Any]:
    from askew_models.forward import device_name, versions  # noqa: PLC0415

    settings = work.plan.settings
    # Threads of the processor move no digit of a card's results.
    said = {name: value for name, value in settings.facts.items() if name != "threads" or settings.kind == "cpu"}
    return {
        **said,
        "device": settings.kind,
        "device_name": device_name(settings.device),
        "licence": unit.card.licence or work.built.network.licence,
        "machine": platform.machine(),
        "preparation": {
            name: [*value] if isinstance(value, tuple) else value
            for name, value in asdict(work.built.network.preparation).items()
        },
        "versions": _libraries() | versions(),
        "weights_sha256": work.built.weights_sha256,
    }


@cache
def _libraries() -> dict[str, str]:
    """Versions of what the logits hang on beside torch; looking them up takes as long as a picture does."""
    return {name: version(name) for name in ("askew", "numpy", "pillow", "timm", "torchvision")}
