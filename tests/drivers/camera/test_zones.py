import pytest

from drivers.camera.boxes import Box, Detection
from drivers.camera.errors import ZoneError
from drivers.camera.options import ZoneShape
from drivers.camera.zones import Zone, place

SIZE = (1280, 720)


def shape(*polygon: tuple[int, int]) -> ZoneShape:
    return ZoneShape(camera="cam", polygon=polygon)


def square(left: int, top: int, side: int) -> ZoneShape:
    return shape((left, top), (left + side, top), (left + side, top + side), (left, top + side))


def only(one: ZoneShape, size: tuple[int, int] = SIZE) -> Zone:
    return place({"z": one}, SIZE, size)[0]


def test_zones_follow_a_picture_of_another_size() -> None:
    assert only(square(500, 300, 100), size=(640, 360)).box == Box(250, 150, 300, 200)


def test_the_box_of_a_zone_is_its_part_in_the_picture() -> None:
    assert only(shape((1200, 600), (1500, 600), (1500, 900), (1200, 900))).box == Box(1200, 600, 1280, 720)


def test_a_zone_outside_the_picture_is_refused_by_name() -> None:
    with pytest.raises(ZoneError, match="zone z lies outside the picture of 1280 x 720 px"):
        only(square(1300, 100, 80))


def test_a_picture_of_another_shape_is_refused() -> None:
    with pytest.raises(ZoneError, match="640 x 480 px, the zones were drawn on 1280 x 720: another shape"):
        only(square(500, 300, 100), size=(640, 480))


def test_a_vehicle_stands_where_its_wheels_are() -> None:
    zone = only(square(500, 300, 100))
    assert zone.contains(Box(510, 260, 590, 390))
    assert not zone.contains(Box(510, 360, 590, 460))  # reaches into it, stands before it
    assert not zone.contains(Box(590, 300, 690, 400))


def test_a_tall_lorry_beside_a_bay_is_not_in_it() -> None:
    bay = only(shape((1015, 262), (1080, 262), (1080, 348), (1015, 348)))
    assert bay.contains(Box(1021, 269, 1076, 342))
    assert not bay.contains(Box(989, 254, 1192, 540)), "its body rises before the bay, its wheels are in the lane"


def test_a_vehicle_larger_than_its_zone_stands_in_it() -> None:
    marks = only(square(600, 400, 60))
    assert marks.contains(Box(500, 330, 760, 500))
    assert not marks.contains(Box(500, 330, 760, 410))


def test_a_zone_knows_whether_another_vehicle_has_room_in_it() -> None:
    car = Box(500, 300, 590, 390)
    assert not only(square(500, 300, 100)).has_room_beside(car)
    assert only(shape((500, 300), (700, 300), (700, 400), (500, 400))).has_room_beside(car)


def test_a_zone_may_be_of_any_shape() -> None:
    corner = only(shape((100, 100), (300, 100), (300, 300), (200, 300), (200, 200), (100, 200)))
    assert corner.contains(Box(220, 220, 280, 280))
    assert not corner.contains(Box(110, 220, 190, 290))


def test_pieces_of_a_vehicle_are_not_vehicles() -> None:
    zone = only(square(500, 300, 200))
    car = Detection(Box(510, 320, 640, 400), 0.8, "car")
    window = Detection(Box(515, 325, 550, 360), 0.5, "car")
    around = Detection(Box(500, 310, 660, 420), 0.4, "vehicle")
    beside = Detection(Box(645, 400, 700, 480), 0.4, "car")
    assert zone.sift([beside, window, car, around]) == [car, beside]
