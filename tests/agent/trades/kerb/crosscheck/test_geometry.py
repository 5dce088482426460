"""A zone's outline: simple polygons pass whatever their shape, and every other is found."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.trades.kerb.crosscheck.geometry import Corner, collinear, crossing_sides, outside

SQUARE = ((0, 0), (10, 0), (10, 10), (0, 10))


@pytest.mark.parametrize(
    "corners",
    [
        SQUARE,
        SQUARE[::-1],
        ((0, 0), (5, 0), (10, 0), (10, 10)),
        ((0, 0), (10, 0), (10, 10), (5, 1), (0, 10)),
        ((0, 0), (10, 0), (10, 10), (8, 10), (8, 2), (2, 2), (2, 10), (0, 10)),
    ],
    ids=["square", "the other way round", "a corner on a straight side", "a notch", "a U"],
)
def test_a_simple_outline(corners: tuple[Corner, ...]) -> None:
    assert crossing_sides(corners) is None
    assert not collinear(corners)


@pytest.mark.parametrize(
    ("corners", "sides"),
    [
        (((0, 0), (10, 10), (10, 0), (0, 10)), (0, 2)),
        (((0, 0), (10, 0), (10, 0), (5, 9)), (0, 1)),
        (((0, 0), (10, 0), (4, 0), (5, 9)), (0, 1)),
        (((0, 0), (10, 0), (5, 9), (5, 0)), (0, 2)),
        (((0, 0), (10, 0), (10, 10), (0, 0), (0, 10)), (0, 2)),
        (((0, 0), (4, 0), (4, 4), (6, 2)), (1, 3)),
        (((5, 5), (10, 0), (0, 10), (9, 9)), (0, 1)),
    ],
    ids=["bow tie", "corner twice", "spike", "corner on a side", "corner visited again", "last crosses", "first spike"],
)
def test_an_outline_that_meets_itself(corners: tuple[Corner, ...], sides: tuple[int, int]) -> None:
    assert crossing_sides(corners) == sides


def test_no_area() -> None:
    assert collinear(((0, 0), (5, 5), (9, 9), (2, 2)))
    assert collinear(((3, 3), (3, 3), (3, 3)))
    assert not collinear(((0, 0), (0, 0), (1, 0), (1, 0), (1, 1), (1, 1)))


def test_the_edge_belongs_to_the_picture() -> None:
    assert outside(((0, 0), (640, 480), (641, 0), (0, 481)), (640, 480)) == (2, 3)


@given(st.integers(3, 16), st.integers(0, 15), st.booleans())
def test_a_convex_outline_is_simple_wherever_it_begins(count: int, begin: int, backwards: bool) -> None:
    turns = [2 * math.pi * k / count for k in range(count)]
    around = [(round(1000 + 900 * math.cos(turn)), round(1000 + 900 * math.sin(turn))) for turn in turns]
    corners = [*around[begin % count :], *around[: begin % count]]
    assert crossing_sides(corners[::-1] if backwards else corners) is None


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=6))
def test_an_outline_is_judged_alike_wherever_it_begins_and_in_both_directions(corners: list[Corner]) -> None:
    found = crossing_sides(corners) is None
    assert all((crossing_sides([*corners[k:], *corners[:k]]) is None) == found for k in range(len(corners)))
    assert (crossing_sides(corners[::-1]) is None) == found
