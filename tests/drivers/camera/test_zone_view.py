import numpy as np
import pytest

from drivers.camera.boxes import Box
from drivers.camera.zone_view import GREY, SIDE, ZoneView


def test_a_box_is_shown_with_a_margin_and_stretched() -> None:
    picture = np.zeros((200, 300, 3), np.uint8)
    picture[50:150, 100:200] = 200
    view = ZoneView.of_box(Box(100, 50, 200, 150)).of(picture)
    assert view.shape == (SIDE, SIDE, 3)
    edge = round(SIDE * 0.15 / 1.3)
    assert view[edge + 2 : -edge - 2, edge + 2 : -edge - 2].min() == 200, "the box"
    assert view[: edge - 2].max() == 0, "its margin"


def test_outside_of_the_polygon_it_is_grey() -> None:
    picture = np.full((200, 300, 3), 10, np.uint8)
    view = ZoneView([(100, 50), (200, 50), (200, 150)]).of(picture)
    assert (view[-10:, :10] == GREY).all(), "beyond the slanted side"
    assert (view[10, -20] == 10).all()


def test_outside_of_the_picture_it_is_grey() -> None:
    picture = np.full((100, 100, 3), 10, np.uint8)
    view = ZoneView.of_box(Box(60, 0, 100, 40)).of(picture)
    assert (view[:, -5:] == GREY).all() and (view[:5] == GREY).all()
    assert (view[SIDE // 2, SIDE // 2] == 10).all()


def test_a_place_at_the_very_edge_is_shown() -> None:
    picture = np.full((100, 100, 3), 10, np.uint8)
    assert ZoneView.of_box(Box(99, 99, 100, 100)).of(picture).shape == (SIDE, SIDE, 3)


def test_a_large_place_is_averaged_where_it_shrinks() -> None:
    stripes = np.zeros((960, 960, 3), np.uint8)
    stripes[:, ::2] = 200
    view = ZoneView.of_box(Box(100, 100, 860, 860)).of(stripes)
    assert view.min() > 80 and view.max() < 120


def test_the_views_aside_lie_up_left_and_down_right_of_it() -> None:
    view = ZoneView([(100, 100), (200, 100), (200, 150), (100, 150)])
    before, after = view.aside
    assert before._corners[0].tolist() == pytest.approx([94, 97])
    assert after._corners[0].tolist() == pytest.approx([106, 103])
    assert view.aside is view.aside
