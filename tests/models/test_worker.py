"""What a worker does with its jobs; here in a thread, with the same connection that a process has."""

import threading
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import Pipe, get_context
from pathlib import Path

import numpy as np
import pytest
import torch

from askew.files import sha256
from askew.lock import held
from askew_models.card import Card, card_of
from askew_models.lineup import Lineup
from askew_models.messages import Begun, Ended, Failed, Finished, Loaded, Message, Plan
from askew_models.place import Place, by_card
from askew_models.scoring import job_of
from askew_models.seen import keep_seen
from askew_models.settings import Settings
from askew_models.store import lay_down, read_evidence, read_header, rows, unfinished
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

    def act(units: Sequence[Unit], *, own_process: bool = False, **settings: object) -> list[Message]:
        ours, theirs = Pipe()
        chosen = Settings(threads=1, **settings)  # type: ignore[arg-type]  # any of them
        plan = Plan(chosen, loaders=1, images={unit.set: unit.images for unit in units})
        kind = get_context("spawn").Process if own_process else threading.Thread
        runner = kind(target=serve, args=(theirs, plan), daemon=True)
        runner.start()
        said: list[Message] = []
        for its in by_card(units):
            ours.send(job_of(its))
            while True:
                assert ours.poll(120)
                said.append(ours.recv())
                if isinstance(said[-1], Ended):
                    break
        ours.send(None)
        runner.join(60)
        assert not runner.is_alive()
        return said

    return act


def card(path: Path) -> Card:
    return card_of("test", {"name": path.stem, "kind": "python", "file": path.name}, path.parent)


def units(folder: Path, *paths: Path, views: tuple[str, ...] = ("checkpoint",)) -> list[Unit]:
    cards = tuple(card(path) for path in paths)
    return Place.of(folder).units(Lineup(name="test", title="test", group="test", views=views, cards=cards))


def test_a_network_is_loaded_once_for_all_its_views(folder: Path, network: Network, work: Work) -> None:
    its = units(folder, network("colours"), views=("checkpoint", "whole", "zoom-1.5"))
    said = work(its)
    assert sum(isinstance(message, Loaded) for message in said) == 1
    assert [message.unit for message in said if isinstance(message, Finished)] == [unit.name for unit in its]
    logits = [read_evidence(unit.path).logits for unit in its]
    assert not np.array_equal(logits[0], logits[2])  # for it sees less


def test_a_view_of_the_very_pixels_is_not_scored_twice(folder: Path, network: Network, work: Work) -> None:
    path = network("uncut")
    path.write_text(path.read_text().replace("resize_px=10", "resize_px=8"))
    its = units(folder, path, views=("checkpoint", "whole"))
    said = work(its)
    finished = [message for message in said if isinstance(message, Finished)]
    assert [(message.unit, message.same_as) for message in finished] == [("uncut", None), ("uncut@whole", "checkpoint")]
    assert not its[1].path.exists()
    assert [state_of(unit, "fp32").kind for unit in its] == ["done", "same"]
    (alone,) = units(folder, path, views=("whole",))  # where the own view is not asked for, this one is scored
    work([alone])
    np.testing.assert_array_equal(read_evidence(alone.path).logits, read_evidence(its[0].path).logits)


def test_memory_that_runs_out_halves_the_batch(folder: Path, network: Network, work: Work) -> None:
    (greedy,) = units(folder, network("greedy", GREEDY))
    said = work([greedy], batch=16)
    begun = [message for message in said if isinstance(message, Begun)]
    assert [message.batch for message in begun] == [16, 8, 4]
    assert begun[-1].note == "out of memory: begun again with 4 pictures together"
    evidence = read_evidence(greedy.path)
    assert evidence.header.batch == 4
    (modest,) = units(folder, network("modest"))
    work([modest], batch=4)
    np.testing.assert_array_equal(evidence.logits, read_evidence(modest.path).logits)


def test_an_unfinished_file_keeps_its_batches_and_one_of_other_work_is_begun_again(
    folder: Path, network: Network, work: Work
) -> None:
    path = network("colours")
    (unit,) = units(folder, path)

    def interrupted() -> None:
        """Leave a file of which the first two batches are done, as a kill does."""
        work([unit], batch=5)
        unit.path.rename(unfinished(unit.path))
        header, _ = read_header(unfinished(unit.path))
        logits = np.full((10, len(header.keys)), 7, dtype=np.float32)
        unfinished(unit.path).unlink()
        lay_down(unit.path, header)
        with rows(unit.path) as file:
            file.write(0, logits[:5])
            file.write(5, logits[5:])

    interrupted()
    said = work([unit])
    (begun,) = [message for message in said if isinstance(message, Begun)]
    assert (begun.already, begun.batch, begun.note) == (10, 5, "")
    assert (read_evidence(unit.path).logits[:10] == 7).all()  # what was there is kept, and the rest is not
    assert not (read_evidence(unit.path).logits[10:] == 7).any()

    interrupted()
    said = work([unit], precision="bf16")
    (begun,) = [message for message in said if isinstance(message, Begun)]
    assert (begun.already, begun.note) == (0, "begun again: precision is not as in the unfinished file")

    interrupted()
    path.write_text(path.read_text().replace("1.0, -1", "2.0, -1"))
    said = work([unit])
    (begun,) = [message for message in said if isinstance(message, Begun)]
    assert (begun.already, begun.note) == (0, "begun again: the card has changed (file)")


def test_a_unit_that_another_process_scores_is_left_to_it(folder: Path, network: Network, work: Work) -> None:
    (unit,) = units(folder, network("colours"))
    (folder / "scores" / ".locks").mkdir(parents=True)
    with held(folder / "scores" / ".locks" / unit.name, unit.name):
        said = work([unit])
    (failed,) = [message for message in said if isinstance(message, Failed)]
    assert failed.busy
    assert "is in use by process" in failed.why
    assert not unit.path.exists()


def test_what_the_system_refuses_names_the_place_once(folder: Path, network: Network, work: Work) -> None:
    (unit,) = units(folder, network("colours"))
    (folder / "scores").mkdir()
    (folder / "scores" / ".locks").touch()
    (failed,) = [message for message in work([unit]) if isinstance(message, Failed)]
    assert failed.why == f"{folder / 'scores' / '.locks'}: File exists"


def test_other_weights_under_the_same_name_are_refused(folder: Path, network: Network, work: Work) -> None:
    path = network("colours")
    (unit,) = units(folder, path)
    keep_seen(folder / "scores", unit.card, "ab" * 32)
    (failed,) = [message for message in work([unit]) if isinstance(message, Failed)]
    assert failed.why.startswith("its weights are ")
    assert "but were abababababab... when this study first used them; get those back" in failed.why
    place = folder / "scores" / "weights" / "colours.json"
    assert failed.why.endswith(f"or remove {place}")
    assert not unit.path.exists()
    place.write_text("{}")
    (failed,) = [message for message in work([unit]) if isinstance(message, Failed)]
    assert failed.why == f"{place}: cannot be read as the hash of weights; restore it, or remove it"
    place.unlink()
    assert not [message for message in work([unit]) if isinstance(message, Failed)]
    path.write_text(path.read_text() + "# another file is known to be another\n")
    unit.path.unlink()
    assert not [message for message in work(units(folder, path)) if isinstance(message, Failed)]


def test_a_file_that_changes_while_it_is_loaded_is_not_taken_for_what_it_was(
    folder: Path, network: Network, work: Work
) -> None:
    path = network("moving")
    path.write_text(f"from pathlib import Path; Path({str(path)!r}).write_text('later')\n{path.read_text()}")
    (unit,) = units(folder, path)
    (failed,) = [message for message in work([unit]) if isinstance(message, Failed)]
    assert failed.why == "its files were changed while it was loaded; call again"


def test_a_picture_that_changes_while_it_is_scored_is_told(folder: Path, network: Network, work: Work) -> None:
    (unit,) = units(folder, network("colours"))  # its pictures are hashed now
    (folder / "mug_3.png").write_bytes((folder / "chair_2.png").read_bytes())
    (failed,) = [message for message in work([unit]) if isinstance(message, Failed)]
    assert failed.why == f"{folder / 'mug_3.png'}: was changed while it was scored; call again"


def test_what_a_network_does_to_torch_ends_with_it(folder: Path, network: Network, work: Work) -> None:
    rude = network("rude", "torch.set_num_threads(2); torch.backends.cuda.matmul.allow_tf32 = True")
    polite = network("polite", "assert torch.get_num_threads() == 1 and not torch.backends.cuda.matmul.allow_tf32")
    said = work(units(folder, rude, polite))
    assert [message.unit for message in said if isinstance(message, Finished)] == ["rude", "polite"]


def test_a_unit_that_another_process_finished_meanwhile_is_not_scored_again(
    folder: Path, network: Network, work: Work
) -> None:
    its = units(folder, network("colours"))
    work(its)
    (finished,) = [message for message in work(its) if isinstance(message, Finished)]
    assert finished.pictures == 0


@pytest.mark.parametrize("settings", [{"channels_last": True}, {"precision": "bf16"}, {"compiled": True}])
def test_settings_are_recorded_and_change_no_more_than_digits(
    folder: Path, network: Network, work: Work, settings: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Compiled code is not shared with other runs on the machine.
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(folder.parent / "compiled"))
    (plain,) = units(folder, network("plain"))
    (other,) = units(folder, network("other"))
    # What compiles does so in a process of its own, as in earnest: other tests may have changed how this one imports.
    said = [*work([plain]), *work([other], own_process="compiled" in settings, **settings)]
    assert [message for message in said if isinstance(message, Failed)] == []
    expected, found = read_evidence(plain.path), read_evidence(other.path)
    assert settings.items() <= dict(found.facts).items()
    np.testing.assert_allclose(found.logits, expected.logits, atol=0.02)
    assert sha256(other.path) != sha256(plain.path)
