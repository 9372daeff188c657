"""However a source is damaged, importing it gives a study or one line, and a line leaves nothing behind."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from askew.errors import BadInput
from askew_stimuli import model_vs_human, unusual_poses
from askew_stimuli.imported import Imported

relaxed = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, derandomize=True, max_examples=40
)
damage = st.tuples(
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6), st.floats(0, 1)
)


def spoil(path: Path, changes: list[tuple[float, int]], cut: float) -> None:
    raw = bytearray(path.read_bytes())
    for place, value in changes:
        raw[int(place * len(raw))] = value
    path.write_bytes(bytes(raw[: int(cut * len(raw))] if cut < 0.8 else raw))


def import_or_one_line(read: Callable[[Path], Imported], source: Path, out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    said = ""
    try:
        read(source).save(out)
    except BadInput as error:
        said = str(error)
    assert "\n" not in said
    assert out.exists() == (not said)
    assert not [p for p in out.parent.iterdir() if p.name.endswith(".part")]


@pytest.mark.filterwarnings("default")  # the libraries that read foreign formats warn of damage in their own ways
@pytest.mark.parametrize(
    "name",
    ["data/beit.mat", "data/subj_1_40.mat", "object_names.xlsx", "stimuli_exp/587_0_6_0_0.png"],
)
@relaxed
@given(how=damage)
def test_a_damaged_study_of_poses(
    poses: Path, tmp_path: Path, name: str, how: tuple[list[tuple[float, int]], float]
) -> None:
    source = tmp_path / "damaged"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(poses, source)
    spoil(source / name, *how)
    import_or_one_line(unusual_poses.read, source, tmp_path / "out")


@relaxed
@given(how=damage)
def test_a_damaged_data_set_of_the_benchmark(
    benchmark_data: Path, tmp_path: Path, how: tuple[list[tuple[float, int]], float]
) -> None:
    source = tmp_path / "damaged"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(benchmark_data, source)
    spoil(source / "noise" / "noise_subject-01_session_1.csv", *how)
    import_or_one_line(model_vs_human.read, source, tmp_path / "out")
