"""Which zones share ground: their counts would differ by single stays."""

import pytest

from agent.trades.kerb.overlap import View, shared, uncounted
from agent.trades.kerb.same_view import view
from drivers.camera.options import ZoneShape

Square = tuple[tuple[int, int], ...]


def square(left: int, top: int, side: int) -> Square:
    return ((left, top), (left + side, top), (left + side, top + side), (left, top + side))


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        (square(0, 0, 100), square(0, 0, 100), 1.0),
        (square(0, 0, 100), square(50, 0, 100), 0.5),
        (square(40, 40, 20), square(0, 0, 100), 1.0),
        (square(0, 0, 100), square(100, 0, 100), 0.0),
        (((0, 0), (10, 10), (20, 20)), square(0, 0, 100), 0.0),
    ],
)
def test_the_share_of_one_in_another(one: Square, other: Square, share: float) -> None:
    assert shared(one, other) == pytest.approx(share, abs=0.03)


def test_of_zones_that_share_ground_the_largest_counts_and_cameras_are_apart() -> None:
    zones = {
        "bay": ZoneShape(camera="a", polygon=square(10, 10, 30)),
        "street": ZoneShape(camera="a", polygon=square(0, 0, 200)),
        "edge": ZoneShape(camera="a", polygon=square(195, 0, 100)),
        "opposite": ZoneShape(camera="b", polygon=square(0, 0, 200)),
    }
    views = {"a": View("rtsp://a/", (1280, 720)), "b": View("rtsp://b/", (1280, 720))}
    assert uncounted(zones, views) == {"bay": "street"}


def test_two_cameras_of_one_source_see_the_same_ground_whatever_their_login_and_the_size_of_their_pictures() -> None:
    zones = {
        "street": ZoneShape(camera="a", polygon=square(0, 0, 200)),
        "half": ZoneShape(camera="b", polygon=square(0, 0, 50)),
        "other": ZoneShape(camera="b", polygon=square(200, 0, 50)),
    }
    views = {"a": view("rtsp://u:p@a/s", (1280, 720)), "b": view("rtsp://a/s", (640, 360))}
    assert uncounted(zones, views) == {"half": "street"}
