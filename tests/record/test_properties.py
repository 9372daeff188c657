"""Whatever a file holds, reading it gives trials or one line; whatever a trial holds, it survives the disk."""

import csv
import io
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from askew.errors import BadInput
from askew.study import Study
from askew.trial import TRIALS, Outcome, Trial, read_trials, write_trials

relaxed = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, derandomize=True, max_examples=200
)

slow = settings(relaxed, max_examples=50)

OUTCOMES: tuple[Outcome, ...] = ("answered", "timeout", "misclick", "refused")
letters = st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"), exclude_characters="|")
labels = st.text(letters, min_size=1, max_size=12).map(str.strip).filter(bool)
times = st.none() | st.floats(min_value=0, max_value=1e12, allow_nan=False)


@st.composite
def trials(draw: st.DrawFn) -> Trial:
    offered = tuple(draw(st.lists(labels, min_size=2, max_size=5, unique=True)))
    outcome = draw(st.sampled_from(OUTCOMES))
    return Trial(
        observer=draw(labels),
        kind=draw(st.sampled_from(["human", "model", "simulated"])),
        group=draw(labels),
        session=draw(st.none() | labels),
        index=draw(st.none() | st.integers(0, 10**9)),
        set=draw(st.none() | labels),
        stimulus=draw(labels),
        condition=draw(st.sampled_from(["true", "inf", "0.10", "nan", "None"]) | labels),
        presentation=draw(st.none() | labels),
        offered=offered,
        truth=draw(st.sampled_from(offered)),
        choice=draw(st.sampled_from(offered)) if outcome == "answered" else None,
        outcome=outcome,
        rt_ms=draw(times),
        rt_source=draw(st.none() | labels),
        requested_ms=draw(times),
        achieved_ms=draw(times),
        timing_valid=draw(st.none() | st.booleans()),
        margin=draw(st.none() | st.floats(allow_nan=False, allow_infinity=False)),
    )


def read_or_one_line(path: Path) -> None:
    try:
        found = list(read_trials(path))
    except BadInput as error:
        message = str(error)
        assert "\n" not in message
        assert str(path) in message
    else:
        assert all(trial.truth in trial.offered for trial in found)


@slow
@given(st.lists(trials(), max_size=8, unique_by=lambda t: (t.observer, t.session, t.stimulus)))
def test_any_trial_survives_the_disk(tmp_path: Path, given_trials: list[Trial]) -> None:
    path = tmp_path / "t.csv"
    write_trials(path, given_trials)
    assert list(read_trials(path)) == given_trials


@relaxed
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_in_one_line(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(raw)
    read_or_one_line(path)


@relaxed
@given(st.binary(max_size=400))
def test_any_bytes_below_a_right_header_are_read_or_refused_in_one_line(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(",".join(TRIALS.columns).encode() + b"\n" + raw)
    read_or_one_line(path)


anything = st.characters(exclude_characters="\0")  # Python 3.10's csv module does not write it
cells = st.text(anything, max_size=10) | st.sampled_from(
    ["a", "human", "a|b", "b", "answered", "timeout", "", "1", "nan", "-1"]
)


@relaxed
@given(st.lists(st.lists(cells, min_size=19, max_size=19), max_size=4))
def test_any_cells_are_read_or_refused_in_one_line(tmp_path: Path, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([TRIALS.columns, *rows])
    path = tmp_path / "t.csv"
    path.write_text(text.getvalue(), encoding="utf-8", errors="replace", newline="")
    read_or_one_line(path)


@slow
@given(st.lists(trials(), min_size=1, max_size=3, unique_by=lambda t: (t.observer, t.session, t.stimulus)), st.data())
def test_a_damaged_table_is_read_or_refused_in_one_line(
    tmp_path: Path, given_trials: list[Trial], data: st.DataObject
) -> None:
    path = tmp_path / "t.csv"
    write_trials(path, given_trials)
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(raw[: data.draw(st.integers(0, len(raw)))]))
    read_or_one_line(path)


@relaxed
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_any_study_toml_is_read_or_refused_in_one_line(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "study.toml").write_bytes(raw)
    with pytest.raises(BadInput) as error:
        Study.open(tmp_path)
    assert str(tmp_path) in str(error.value)


@relaxed
@given(
    st.dictionaries(
        st.sampled_from(["schema", "name", "title", "seed", "combine", "contrast", "source", "colour"]),
        st.sampled_from(["1", '"a"', "true", "[]", "{}", '{a = "b"}', '{a = ["b"]}', "[{}]", "1.5", "-3", "[1]"]),
    )
)
def test_any_values_in_study_toml_are_read_or_refused_in_one_line(tmp_path: Path, keys: dict[str, str]) -> None:
    (tmp_path / "study.toml").write_text("".join(f"{key} = {value}\n" for key, value in keys.items()))
    try:
        study = Study.open(tmp_path)
    except BadInput as error:
        message = str(error)
        assert "\n" not in message
        assert str(tmp_path) in message
    else:
        assert study.name
        assert study.seed >= 0
        assert math.isfinite(study.seed)
