from drivers.camera.boxes import Box
from drivers.camera.vehicle_size import Small, VehicleSizes, zone_side_px


def test_the_side_of_a_zone() -> None:
    assert zone_side_px([(10, 20), (200, 20), (200, 59), (10, 50)]) == 39


def test_the_side_of_a_zone_that_lies_aslant() -> None:
    assert zone_side_px([(100, 100), (400, 500), (376, 518), (76, 118)]) == 30


def test_a_corner_that_is_given_twice_says_nothing_of_the_side() -> None:
    assert zone_side_px([(10, 20), (10, 20), (200, 20), (200, 59), (10, 59)]) == 39
    assert zone_side_px([(10, 20)] * 3) == 0


def test_zones_whose_vehicles_are_small_are_named() -> None:
    sizes = VehicleSizes()
    zone = Box(0, 0, 100, 80)
    for at in range(3):
        sizes.add("far", zone, [("1", Box(0, 0, 60, 30 + at))])
        sizes.add("near", zone, [("1", Box(0, 0, 90, 50))])
        sizes.add("empty", zone, [])
        sizes.add("tiny", Box(0, 0, 100, 30), [])
    assert sizes.too_small() == {"far": Small(32, True), "tiny": Small(30, False)}
