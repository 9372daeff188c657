"""What a worker does with its jobs; here in a thread, with the same connection that a process has."""

import threading
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import Pipe
from pathlib import Path

import numpy as np
import pytest
import torch

from askew.files import sha256
from askew.lock import held
from askew_models.card import Card, card_of
from askew_models.lineup import Lineup
from askew_models.messages import Begun, Ended, Failed, Finished, Job, Loaded, Message, Plan
from askew_models.place import Place
from askew_models.scoring import jobs_of
from askew_models.settings import Settings
from askew_models.store import read_evidence, read_header, rows, unfinished
from askew_models.unit import Unit, state_of
from askew_models.worker import serve

Network = Callable[..., Path]
Work = Callable[..., list[Message]]

# Out of memory for batches above four.
GREEDY = "if len(pictures) > 4: raise torch.OutOfMemoryError('no room')"


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    """A worker sets the threads of its process, which here is everybody's."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def work() -> Work:
    """Gives jobs to a worker and returns what it says."""

    def act(jobs: Iterable[Job], **settings: object) -> list[Message]:
        ours, theirs = Pipe()
        plan = Plan(Settings(threads=1, **settings), loaders=1)  # type: ignore[arg-type]  # any of them
        thread = threading.Thread(target=serve, args=(theirs, plan), daemon=True)
        thread.start()
        said: list[Message] = []
        for job in jobs:
            ours.send(job)
            while True:
                assert ours.poll(60)
                said.append(ours.recv())
                if isinstance(said[-1], Ended):
                    break
        ours.send(None)
        thread.join(60)
        assert not thread.is_alive()
        return said

    return act


def card(path: Path) -> Card:
    return card_of("test", {"name": path.stem, "kind": "python", "file": path.name}, path.parent)


def units(folder: Path, *paths: Path, views: tuple[str, ...] = ("checkpoint",)) -> list[Unit]:
    cards = tuple(card(path) for path in paths)
    return Place.of(folder).units(Lineup(name="test", title="test", group="test", views=views, cards=cards))


def test_a_network_is_loaded_once_for_all_its_views(folder: Path, network: Network, work: Work) -> None:
    its = units(folder, network("colours"), views=("checkpoint", "whole", "zoom-1.5"))
    said = work(jobs_of(its, folder / "scores"))
    assert sum(isinstance(message, Loaded) for message in said) == 1
    assert [message.unit for message in said if isinstance(message, Finished)] == [unit.name for unit in its]
    logits = [read_evidence(unit.path).logits for unit in its]
    assert not np.array_equal(logits[0], logits[2])  # for it sees less


def test_a_view_of_the_very_pixels_is_not_scored_twice(folder: Path, network: Network, work: Work) -> None:
    path = network("uncut")
    path.write_text(path.read_text().replace("resize_px=10", "resize_px=8"))
    its = units(folder, path, views=("checkpoint", "whole"))
    said = work(jobs_of(its, folder / "scores"))
    finished = [message for message in said if isinstance(message, Finished)]
    assert [(message.unit, message.same_as) for message in finished] == [("uncut", None), ("uncut@whole", "checkpoint")]
    assert not its[1].path.exists()
    assert [state_of(unit, "fp32").kind for unit in its] == ["done", "same"]
    (alone,) = units(folder, path, views=("whole",))  # where the own view is not asked for, this one is scored
    work(jobs_of([alone], folder / "scores"))
    np.testing.assert_array_equal(read_evidence(alone.path).logits, read_evidence(its[0].path).logits)


def test_memory_that_runs_out_halves_the_batch(folder: Path, network: Network, work: Work) -> None:
    (greedy,) = units(folder, network("greedy", GREEDY))
    said = work(jobs_of([greedy], folder / "scores"), batch=16)
    begun = [message for message in said if isinstance(message, Begun)]
    assert [message.batch for message in begun] == [16, 8, 4]
    assert begun[-1].note == "out of memory: begun again with 4 pictures together"
    evidence = read_evidence(greedy.path)
    assert evidence.header.batch == 4
    (modest,) = units(folder, network("modest"))
    work(jobs_of([modest], folder / "scores"), batch=4)
    np.testing.assert_array_equal(evidence.logits, read_evidence(modest.path).logits)


def test_an_unfinished_file_keeps_its_batches_and_one_of_other_work_is_begun_again(
    folder: Path, network: Network, work: Work
) -> None:
    path = network("colours")
    (unit,) = units(folder, path)

    def interrupted() -> None:
        """Leave a file of which the first two batches are done, as a kill does."""
        work(jobs_of([unit], folder / "scores"), batch=5)
        unit.path.rename(unfinished(unit.path))
        header, _ = read_header(unfinished(unit.path))
        logits = np.full((10, len(header.keys)), 7, dtype=np.float32)
        unfinished(unit.path).unlink()
        from askew_models.store import lay_down

        lay_down(unit.path, header)
        with rows(unit.path) as file:
            file.write(0, logits[:5])
            file.write(5, logits[5:])

    interrupted()
    said = work(jobs_of([unit], folder / "scores"))
    (begun,) = [message for message in said if isinstance(message, Begun)]
    assert (begun.already, begun.batch, begun.note) == (10, 5, "")
    assert (read_evidence(unit.path).logits[:10] == 7).all()  # what was there is kept, and the rest is not
    assert not (read_evidence(unit.path).logits[10:] == 7).any()

    interrupted()
    said = work(jobs_of([unit], folder / "scores"), precision="bf16")
    (begun,) = [message for message in said if isinstance(message, Begun)]
    assert (begun.already, begun.note) == (0, "begun again: precision is not as in the unfinished file")

    interrupted()
    path.write_text(path.read_text().replace("1.0, -1", "2.0, -1"))
    said = work(jobs_of([unit], folder / "scores"))
    (begun,) = [message for message in said if isinstance(message, Begun)]
    assert (begun.already, begun.note) == (0, "begun again: the card has changed (file)")


def test_a_unit_that_another_process_scores_is_left_to_it(folder: Path, network: Network, work: Work) -> None:
    (unit,) = units(folder, network("colours"))
    (folder / "scores" / ".locks").mkdir(parents=True)
    with held(folder / "scores" / ".locks" / unit.name, unit.name):
        said = work(jobs_of([unit], folder / "scores"))
    (failed,) = [message for message in said if isinstance(message, Failed)]
    assert failed.busy
    assert "is in use by process" in failed.why
    assert not unit.path.exists()


def test_other_weights_under_the_same_name_are_refused(folder: Path, network: Network, work: Work) -> None:
    (unit,) = units(folder, network("colours"))
    said = work([Job(unit.card, (unit,), seen="ab" * 32)])
    (failed,) = [message for message in said if isinstance(message, Failed)]
    assert failed.why.startswith("its weights are ")
    assert "but were abababababab... when they were first used in this study; get those back" in failed.why
    assert not unit.path.exists()


@pytest.mark.parametrize("settings", [{"channels_last": True}, {"precision": "bf16"}, {"compiled": True}])
def test_settings_are_recorded_and_change_no_more_than_digits(
    folder: Path, network: Network, work: Work, settings: dict[str, object]
) -> None:
    (plain,) = units(folder, network("plain"))
    (other,) = units(folder, network("other"))
    work(jobs_of([plain], folder / "scores"))
    work(jobs_of([other], folder / "scores"), **settings)
    expected, found = read_evidence(plain.path), read_evidence(other.path)
    assert settings.items() <= dict(found.facts).items()
    np.testing.assert_allclose(found.logits, expected.logits, atol=0.02)
    assert sha256(other.path) != sha256(plain.path)
