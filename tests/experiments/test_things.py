"""What a session draws: all that its trials and texts name, and nothing that they do not."""

from pathlib import Path

import pytest

from askew_experiments.protocol import parse_protocol
from askew_experiments.protocol_tables import Display
from askew_experiments.screen import Colour, Frame, Words
from askew_experiments.steps import steps
from askew_experiments.texts import read_texts
from askew_experiments.things import ink_on, label_places, things
from tests.experiments.kit.planted import PROTOCOL
from tests.experiments.test_session import Lab

FLASH = (
    PROTOCOL.replace('until = "answer"', 'until = "answer"\nsignal = "flash"')
    .replace('name = "image"', 'name = "image"\nlisten = true')
    .replace('keys = ["left", "right"]', 'keys = ["left", "right"]\nwindow_ms = [-100, 200]')
)


@pytest.mark.parametrize(("text", "flashes"), [(PROTOCOL, False), (FLASH, True)])
def test_all_that_trials_draw_is_there_and_a_flash_only_where_one_is_given(
    tmp_path: Path, text: str, flashes: bool
) -> None:
    protocol = parse_protocol(text, "test.toml")
    plan = Lab(tmp_path).plan
    found = things(plan, protocol, read_texts(protocol, tmp_path), pictures=tmp_path, practice=tmp_path, ink=(0, 0, 0))
    drawn = {
        name
        for trial in plan.trials
        for step in steps(trial, protocol, 0.01)
        for frame in range(30)
        for name in step.names(frame)
    }
    assert drawn <= {*found}
    assert ("flash" in drawn, isinstance(found.get("flash"), Frame)) == (flashes, flashes)
    assert isinstance(found["label:0:mug"], Words)


@pytest.mark.parametrize(("labels", "places"), [(2, [-5, 5]), (3, [-5, 0, 5]), (4, [-5, -5 / 3, 5 / 3, 5])])
def test_labels_stand_in_a_row_evenly(labels: int, places: list[float]) -> None:
    found = label_places(labels, Display(label_x_deg=5, label_y_deg=-2))
    assert [x for x, _ in found] == pytest.approx(places)
    assert {y for _, y in found} == {-2}


@pytest.mark.parametrize(
    ("background", "ink"),
    [((124, 116, 104), (255, 255, 255)), ((255, 255, 255), (20, 20, 20)), ((0, 0, 0), (255,) * 3)],
)
def test_texts_can_be_read_on_any_background(background: Colour, ink: Colour) -> None:
    assert ink_on(background) == ink


def test_texts_are_as_wide_as_asked_for_and_say_how_much_is_done(tmp_path: Path) -> None:
    protocol, plan = parse_protocol(PROTOCOL, "test.toml"), Lab(tmp_path).plan
    said = read_texts(protocol, tmp_path)
    found = things(plan, protocol, said, pictures=tmp_path, practice=tmp_path, ink=(0, 0, 0), wrap_deg=18.0, done=2)
    again, wait = found["text:again"], found["text:wait"]
    assert isinstance(again, Words)
    assert isinstance(wait, Words)
    assert again.text == said.text("again", done=2, total=len(plan.trials))
    assert (again.wrap_deg, wait.wrap_deg, wait.text) == (18.0, 18.0, "Please wait")
