import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.boxes import Box, Detection
from drivers.camera.errors import ZoneError
from drivers.camera.options import ZoneShape
from drivers.camera.zones import Zone, place

SIZE = (1280, 720)


def shape(*polygon: tuple[int, int]) -> ZoneShape:
    return ZoneShape(camera="cam", polygon=polygon)


def square(left: int, top: int, side: int) -> ZoneShape:
    return shape((left, top), (left + side, top), (left + side, top + side), (left, top + side))


def only(one: ZoneShape, size: tuple[int, int] = SIZE, scale: float = 1.4) -> Zone:
    return place({"z": one}, SIZE, size, scale)[0]


def test_the_crop_is_the_zone_grown_and_square() -> None:
    assert only(shape((500, 300), (600, 300), (600, 340), (500, 340))).crop == Box(480, 250, 620, 390)


def test_a_crop_at_the_edge_is_moved_into_the_picture() -> None:
    assert only(square(0, 620, 100)).crop == Box(0, 580, 140, 720)


def test_a_crop_larger_than_the_picture_is_what_there_is() -> None:
    assert only(square(100, 10, 700)).crop == Box(0, 0, 980, 720)


def test_zones_follow_a_picture_of_another_size() -> None:
    assert only(square(500, 300, 100), size=(640, 360)).crop == Box(240, 140, 310, 210)


@given(
    st.integers(0, 1264), st.integers(0, 704), st.integers(16, 900), st.floats(1, 10), st.sampled_from([1, 0.5, 0.33])
)
def test_every_crop_lies_in_the_picture(left: int, top: int, side: int, scale: float, shrink: float) -> None:
    size = (round(SIZE[0] * shrink), round(SIZE[1] * shrink))
    try:
        crop = only(square(left, top, side), size, scale).crop
    except ZoneError:
        return
    assert 0 <= crop.left < crop.right <= size[0]
    assert 0 <= crop.top < crop.bottom <= size[1]


def test_a_zone_outside_the_picture_is_refused_by_name() -> None:
    with pytest.raises(ZoneError, match="zone z lies outside the picture of 1280 x 720 px"):
        only(square(1300, 100, 80))


def test_a_picture_of_another_shape_is_refused() -> None:
    with pytest.raises(ZoneError, match="640 x 480 px, the zones were drawn on 1280 x 720: another shape"):
        only(square(500, 300, 100), size=(640, 480))


def test_a_vehicle_stands_where_its_wheels_are() -> None:
    zone = only(square(500, 300, 100))
    assert zone.holds(Box(510, 260, 590, 390))
    assert not zone.holds(Box(510, 360, 590, 460))  # reaches into it, stands before it
    assert not zone.holds(Box(590, 300, 690, 400))


def test_a_zone_may_be_of_any_shape() -> None:
    corner = only(shape((100, 100), (300, 100), (300, 300), (200, 300), (200, 200), (100, 200)))
    assert corner.holds(Box(220, 220, 280, 280))
    assert not corner.holds(Box(110, 220, 190, 290))


def test_pieces_of_a_vehicle_are_not_vehicles() -> None:
    zone = only(square(500, 300, 200))
    car = Detection(Box(510, 320, 640, 400), 0.8, "car")
    window = Detection(Box(515, 325, 550, 360), 0.5, "car")
    around = Detection(Box(500, 310, 660, 420), 0.4, "vehicle")
    beside = Detection(Box(645, 400, 700, 480), 0.4, "car")
    assert zone.sift([car, window, around, beside]) == [car, beside]


def test_a_weak_box_around_the_whole_crop_is_nothing() -> None:
    zone = only(square(500, 300, 200))
    whole = Box(465, 265, 735, 535)
    assert zone.sift([Detection(whole, 0.35, "car")]) == []
    lorry = Detection(whole, 0.7, "vehicle")
    assert zone.sift([lorry]) == [lorry]
