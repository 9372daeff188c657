"""Framing: sizes are matched as far as the frame allows, and what does not fit is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askew.errors import BadCell
from askew_stimuli.framing import Framing, SizeRule, View, framing, own_target

NO_MARGIN = SizeRule(margin=0.0)


def test_area_goes_with_the_square_of_the_zoom() -> None:
    small = View(-0.2, -0.2, 0.2, 0.2, area=0.03)
    assert framing(small, NO_MARGIN, target=0.12).zoom == pytest.approx(2)


def test_the_longest_side_is_brought_to_its_share_of_the_picture() -> None:
    view = View(-0.4, -0.1, 0.4, 0.1)
    rule = SizeRule(size="longest", margin=0.0)
    left, _, right, _ = framing(view, rule, target=0.8).box(view)
    assert right - left == pytest.approx(0.8 * 2)


def test_a_sphere_keeps_its_scale() -> None:
    assert framing(View(-0.4, -0.1, 0.4, 0.1), SizeRule(size="sphere", margin=0.0), target=0.5).zoom == 1


def test_the_box_comes_to_lie_in_the_middle() -> None:
    view = View(0.0, 0.2, 0.4, 0.6, area=0.04)
    left, bottom, right, top = framing(view, NO_MARGIN, target=0.09).box(view)
    assert left == pytest.approx(-right)
    assert bottom == pytest.approx(-top)


def test_without_centring_the_object_stays_where_it_is_and_within_the_frame() -> None:
    view = View(0.0, 0.2, 0.4, 0.6, area=0.04)
    framed = framing(view, SizeRule(margin=0.0, centred=False), target=0.5)
    assert framed.shift == (0, 0)
    assert framed.box(view)[3] == pytest.approx(1)


def test_the_frame_limits_the_zoom_and_the_share_reached_is_known() -> None:
    needle = View(-0.8, -0.05, 0.8, 0.05, area=0.04)
    framed = framing(needle, NO_MARGIN, target=0.16)
    assert framed.zoom == pytest.approx(1 / 0.8)
    assert framed.reached == pytest.approx((1 / 0.8) ** 2 / 4)
    assert not framed.fits(SizeRule(least=0.5))
    assert framed.fits(SizeRule(least=0.3))


def test_an_end_on_view_that_needs_too_much_enlargement_is_given_up() -> None:
    assert not Framing(zoom=3.5, shift=(0, 0)).fits(SizeRule(max_zoom=3.0))
    assert Framing(zoom=2.9, shift=(0, 0)).fits(SizeRule(max_zoom=3.0))


def test_a_slim_object_gets_a_target_of_its_own_that_its_base_pose_can_fill() -> None:
    needle = View(-0.8, -0.05, 0.8, 0.05, area=0.04)
    rule = SizeRule(target=0.16, margin=0.0)
    target = own_target(needle, rule)
    assert target < 0.16
    assert framing(needle, rule, target).reached == 1
    teapot = View(-0.5, -0.5, 0.5, 0.5, area=0.2)
    assert own_target(teapot, rule) == 0.16


halves = st.floats(0.05, 1)
middles = st.floats(-0.5, 0.5)
shares = st.floats(0.01, 1)


@st.composite
def views(draw: st.DrawFn) -> View:
    (x, y), (width, height), filled = draw(st.tuples(middles, middles)), draw(st.tuples(halves, halves)), draw(shares)
    return View(x - width, y - height, x + width, y + height, area=filled * width * height)


@given(views(), st.floats(0.01, 0.9), st.booleans())
def test_no_object_leaves_the_frame(view: View, target: float, centred: bool) -> None:
    rule = SizeRule(margin=0.05, centred=centred)
    framed = framing(view, rule, target)
    assert max(abs(edge) for edge in framed.box(view)) <= 0.9 + 1e-9
    assert 0 < framed.reached <= 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"target": 0.0}, "target: 0.0 is not a number from 0.001 to 1"),
        ({"size": "width"}, "size: 'width' is not one of area, longest, sphere"),
        ({"margin": 0.5}, "margin: 0.5 is not a number from 0 to 0.4"),
    ],
)
def test_rules_without_sense_are_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(BadCell, match=message):
        SizeRule(**values)  # type: ignore[arg-type]
