"""Zones that are smaller than a vehicle, as a person draws them on the ground."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.camera.analyser import Analyser
from drivers.camera.boxes import Box
from drivers.camera.options import CameraOptions, ZoneShape
from drivers.camera.source import Frame
from drivers.camera.zone_extent import ZoneExtent
from drivers.camera.zones import Zone

CAR = Box(200, 200, 410, 280)
"""The box of a drawn car whose left end is at 200, px."""

GROUND = Box(260, 225, 350, 275)


def corners(box: Box) -> list[tuple[float, float]]:
    return [(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)]


def zone_of(box: Box) -> Zone:
    return Zone("bay", corners(box), box)


def noisy(picture: NDArray[np.uint8], second: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(second)
    return np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)


def test_a_zone_smaller_than_its_vehicle_is_shown_as_large_as_that() -> None:
    extent = ZoneExtent(zone_of(GROUND))
    assert extent.shown == corners(GROUND)
    assert extent.learn([CAR])
    assert extent.shown == corners(CAR)
    assert not extent.learn([CAR])


def test_a_zone_as_large_as_its_vehicle_is_shown_as_it_is() -> None:
    extent = ZoneExtent(zone_of(CAR))
    assert not extent.learn([CAR.expanded(0.1)])
    assert extent.shown == corners(CAR)


def test_the_smallest_vehicle_says_how_large_a_zone_is_shown() -> None:
    extent = ZoneExtent(zone_of(CAR))
    assert extent.learn([CAR.expanded(1)]), "a lorry"
    assert extent.learn([CAR])
    assert extent.shown == corners(CAR)


def test_a_slanted_zone_keeps_its_slant() -> None:
    slanted = Zone("bay", [(0, 10), (10, 0), (20, 10), (10, 20)], Box(0, 0, 20, 20))
    extent = ZoneExtent(slanted)
    extent.learn([Box(-10, -10, 30, 30)])
    assert extent.shown == [(-10, 10), (10, -10), (30, 10), (10, 30)]


@pytest.mark.parametrize("seen", [[], [200], [200, None, 205]])
def test_vehicles_are_seen_in_a_zone_of_half_their_size(
    seen: list[float | None], models_dir: Path, picture_of: Callable[..., NDArray[np.uint8]], car: type
) -> None:
    zone = ZoneShape(camera="cam", polygon=tuple(corners(GROUND)))
    analyser = Analyser(CameraOptions(source="", picture=(640, 360)), {"bay": zone}, models_dir, live=False)
    changes = []
    for number, x in enumerate([None, *seen, None]):
        picture = picture_of([] if x is None else [car(x)])
        for second in range(12 * number, 12 * number + 12):
            changes += analyser.step(Frame(float(second), noisy(picture, second)))
    begun = [stay.entered_s for _, stay in changes if stay.left_s is None]
    left = [stay.left_s for _, stay in changes if stay.left_s is not None]
    at = [12.0 * number for number, x in enumerate([None, *seen]) if x is not None]
    assert begun == at
    assert left == [one + 11 for one in at]
