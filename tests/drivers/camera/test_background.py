import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.camera.appearance import describe, similarity
from drivers.camera.background import LAG_S, BackgroundModel
from drivers.camera.boxes import Box

AREA = Box(50, 40, 250, 190)
PLACE = Box(100, 80, 180, 140)


def picture(seed: int) -> NDArray[np.uint8]:
    coarse = np.random.default_rng(seed).integers(0, 255, (24, 32, 3)).astype(np.uint8)
    return np.repeat(np.repeat(coarse, 10, axis=0), 10, axis=1)


ROAD, CAR = picture(1), picture(2)


@pytest.fixture
def ground() -> BackgroundModel:
    return BackgroundModel(AREA)


def with_car() -> NDArray[np.uint8]:
    shown = ROAD.copy()
    shown[80:140, 100:180] = CAR[80:140, 100:180]
    return shown


def test_what_was_empty_for_a_while_is_road(ground: BackgroundModel) -> None:
    ground.learn(0, ROAD, [])
    assert ground.appearance(PLACE) is None
    ground.learn(LAG_S, ROAD, [])
    known = ground.appearance(PLACE)
    assert known is not None
    assert similarity(known, describe(ROAD, PLACE)) > 0.99


def test_a_vehicle_is_not_taken_for_road(ground: BackgroundModel) -> None:
    for second in range(10):
        ground.learn(second, with_car(), [PLACE])
    assert ground.appearance(PLACE) is None


def test_nor_is_one_that_is_seen_late(ground: BackgroundModel) -> None:
    for second in range(5):
        ground.learn(second, ROAD, [])
    ground.learn(5, with_car(), [])
    ground.learn(6, with_car(), [])
    for second in range(7, 30):
        ground.learn(second, with_car(), [PLACE])
    known = ground.appearance(PLACE)
    assert known is not None
    assert similarity(known, describe(ROAD, PLACE)) > 0.9
    assert similarity(known, describe(with_car(), PLACE)) < 0.7


def test_the_road_beside_a_vehicle_is_learned_meanwhile(ground: BackgroundModel) -> None:
    for second in range(10):
        ground.learn(second, with_car(), [Box(60, 50, 110, 100)])
    assert ground.appearance(Box(150, 110, 230, 170)) is not None


def test_what_reaches_out_of_the_area_is_not_known(ground: BackgroundModel) -> None:
    for second in range(10):
        ground.learn(second, ROAD, [])
    assert ground.appearance(Box(40, 80, 120, 140)) is None
    assert ground.appearance(Box(400, 400, 420, 420)) is None


def test_a_vehicle_outside_the_area_changes_nothing(ground: BackgroundModel) -> None:
    for second in range(10):
        ground.learn(second, ROAD, [Box(0, 0, 20, 20), Box(300, 200, 320, 240)])
    assert ground.appearance(PLACE) is not None
