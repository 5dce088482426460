import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.camera.appearance_query import Chroma, FrameAppearance
from drivers.camera.background import BackgroundModel
from drivers.camera.boxes import Box
from drivers.camera.source import Frame

PLACE = Box(60, 40, 140, 80)


def street(colour: tuple[int, int, int], light: tuple[float, float, float] = (1, 1, 1)) -> NDArray[np.uint8]:
    """A grey road with a box of that colour (BGR) on it, under light of a colour."""
    picture = np.full((120, 200, 3), 90, np.uint8)
    picture[40:80, 60:140] = colour
    return np.clip(picture * np.array(light), 0, 255).astype(np.uint8)


def sight(picture: NDArray[np.uint8]) -> FrameAppearance:
    return FrameAppearance(Frame(0.0, picture), BackgroundModel(Box(0, 0, 200, 120)))


def paint(*colour: int, light: tuple[float, float, float] = (1, 1, 1)) -> Chroma:
    return sight(street((colour[0], colour[1], colour[2]), light)).chroma(PLACE)


def test_red_and_blue_are_not_one_vehicle() -> None:
    assert paint(30, 30, 180).contradicts(paint(180, 50, 30))


@pytest.mark.parametrize("light", [(1, 1, 1), (0.5, 0.5, 0.5), (0.6, 0.85, 1.1), (1.2, 1, 0.9)])
def test_red_is_red_in_any_light(light: tuple[float, float, float]) -> None:
    assert not paint(30, 30, 180).contradicts(paint(30, 30, 180, light=light))


def test_what_has_no_colour_contradicts_nothing() -> None:
    for grey in (10, 120, 240):
        assert not paint(grey, grey, grey).contradicts(paint(30, 30, 180))


def test_a_place_full_of_light_is_dazzled() -> None:
    assert sight(street((255, 255, 255))).dazzled(PLACE)
    assert not sight(street((230, 230, 230))).dazzled(PLACE)
    assert not sight(street((40, 40, 250))).dazzled(PLACE)


def test_a_place_outside_the_picture_shows_nothing() -> None:
    nowhere = Box(400, 400, 440, 420)
    assert sight(street((30, 30, 180))).chroma(nowhere) == Chroma(0, 0)
    assert not sight(street((255, 255, 255))).dazzled(nowhere)
