from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.boxes import Box, Detection, nms

SIDES = st.floats(0, 1000).map(lambda value: round(value, 2))


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    left, top = draw(SIDES), draw(SIDES)
    return Box(left, top, left + draw(SIDES) + 1, top + draw(SIDES) + 1)


def test_overlap_of_two_boxes_by_hand() -> None:
    one, other = Box(0, 0, 10, 10), Box(5, 0, 15, 10)
    assert one.intersection(other) == 50
    assert one.iou(other) == 50 / 150
    assert one.iou(Box(20, 20, 30, 30)) == 0
    assert Box(0, 0, 10, 10).intersection(Box(-20, -20, -10, -10)) == 0


@given(boxes(), boxes())
def test_overlap_has_no_sides(one: Box, other: Box) -> None:
    assert one.iou(other) == other.iou(one)
    assert 0 <= one.iou(other) <= 1.000001
    assert abs(one.iou(one) - 1) < 1e-9


def test_suppression_keeps_the_best_of_each_vehicle() -> None:
    best = Detection(Box(0, 0, 10, 10), 0.9, "car")
    echo = Detection(Box(1, 0, 11, 10), 0.8, "car")
    other = Detection(Box(40, 0, 50, 10), 0.5, "car")
    assert nms([echo, other, best]) == [best, other]


def test_boxes_that_overlap_by_half_or_less_are_two_vehicles() -> None:
    one = Detection(Box(0, 0, 10, 10), 0.9, "car")
    beside = Detection(Box(0, 5, 10, 15), 0.8, "car")
    assert nms([one, beside]) == [one, beside]
