"""What whole frames make of durations: the table that the design was made from, and the words for it."""

import pytest

from askew_experiments.frames import RATES, Count, described, rates_for

# Rate, then for 40 ms and for 150 ms: how many frames, and for how long these are shown, worked out by hand.
TABLE = [
    (60, (2, 33.33), (9, 150.00)),
    (75, (3, 40.00), (11, 146.67)),
    (85, (3, 35.29), (13, 152.94)),
    (100, (4, 40.00), (15, 150.00)),
    (120, (5, 41.67), (18, 150.00)),
    (144, (6, 41.67), (22, 152.78)),
    (165, (7, 42.42), (25, 151.52)),
    (240, (10, 41.67), (36, 150.00)),
    (360, (14, 38.89), (54, 150.00)),
]


@pytest.mark.parametrize(("hz", "of_40", "of_150"), TABLE)
def test_the_table_of_the_design_is_what_is_computed(
    hz: int, of_40: tuple[int, float], of_150: tuple[int, float]
) -> None:
    for ms, (frames, shown_ms) in ((40, of_40), (150, of_150)):
        count = Count.of(ms, 1000 / hz)
        assert (count.frames, round(count.shown_ms, 2)) == (frames, shown_ms)
        assert count.off_ms == pytest.approx(shown_ms - ms, abs=0.005)


def test_40_ms_are_exact_at_multiples_of_25_hz_and_150_ms_at_multiples_of_20() -> None:
    assert rates_for([(40, 0)]) == [hz for hz in RATES if hz % 25 == 0]
    assert rates_for([(150, 0)]) == [hz for hz in RATES if hz % 20 == 0]
    assert rates_for([(40, 0), (150, 0)]) == [hz for hz in RATES if hz % 100 == 0]


@pytest.mark.parametrize("hz", RATES)
def test_no_other_number_of_frames_is_nearer(hz: int) -> None:
    period = 1000 / hz
    for ms in range(1, 400):
        count = Count.of(ms, period)
        assert count.frames >= 1
        assert count.shown_ms == pytest.approx(count.frames * period)
        for other in (count.frames - 1, count.frames + 1):
            assert other < 1 or abs(other * period - ms) >= abs(count.off_ms) - 1e-9


def test_the_period_that_was_measured_counts_and_not_the_rate_on_the_box() -> None:
    assert Count.of(150, 1000 / 59.94).shown_ms == pytest.approx(150.15, abs=0.01)
    assert not Count.of(150, 1000 / 59.94).within(0.1)
    assert Count.of(150, 1000 / 60).within(0.1)


def test_a_tolerance_is_kept_to_its_edge_and_none_is_none() -> None:
    at_60 = Count.of(40, 1000 / 60)
    assert at_60.within(None)
    assert at_60.within(40 - 1000 / 30)
    assert not at_60.within(6.6)


def test_anything_is_shown_for_a_frame_at_least() -> None:
    assert Count.of(1, 1000 / 60).frames == 1


@pytest.mark.parametrize(
    ("ms", "tolerance", "hz", "said"),
    [
        (40, 2, 60, "40 ms is 2 frames = 33.3 ms at 60.00 Hz, 6.7 ms too short (2 ms are allowed)"),
        (40, 2, 120, "40 ms is 5 frames = 41.7 ms at 120.00 Hz"),
        (150, 2, 85, "150 ms is 13 frames = 152.9 ms at 85.00 Hz, 2.9 ms too long (2 ms are allowed)"),
        (40, None, 60, "40 ms is 2 frames = 33.3 ms at 60.00 Hz"),
        (12.5, 0.5, 75, "12.5 ms is 1 frame = 13.3 ms at 75.00 Hz, 0.8 ms too long (0.5 ms are allowed)"),
    ],
)
def test_what_a_display_makes_of_a_duration_is_said(ms: float, tolerance: float | None, hz: float, said: str) -> None:
    assert described(ms, tolerance, 1000 / hz) == said
