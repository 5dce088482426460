"""Metres beside a pole as degrees, against the geometry of the ellipsoid itself."""

from math import atan2, cos, degrees, hypot, radians, sin, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.geodesy import Position, distance_m, shifted

A_M, E2 = 6_378_137.0, 6.694_379_990_141e-3


def cartesian(at: Position) -> tuple[float, float, float]:
    latitude, longitude = radians(at.latitude), radians(at.longitude)
    radius_m = A_M / sqrt(1 - E2 * sin(latitude) ** 2)
    return (
        radius_m * cos(latitude) * cos(longitude),
        radius_m * cos(latitude) * sin(longitude),
        radius_m * (1 - E2) * sin(latitude),
    )


def exactly(origin: Position, east_m: float, north_m: float) -> Position:
    """The point of the tangent plane, dropped onto the ellipsoid."""
    latitude, longitude = radians(origin.latitude), radians(origin.longitude)
    x, y, z = cartesian(origin)
    x += -sin(longitude) * east_m - sin(latitude) * cos(longitude) * north_m
    y += cos(longitude) * east_m - sin(latitude) * sin(longitude) * north_m
    z += cos(latitude) * north_m
    found = latitude
    for _ in range(10):
        radius_m = A_M / sqrt(1 - E2 * sin(found) ** 2)
        found = atan2(z + E2 * radius_m * sin(found), hypot(x, y))
    return Position(degrees(found), degrees(atan2(y, x)))


@given(st.floats(-70, 70), st.floats(-179, 179), st.floats(-141, 141), st.floats(-141, 141))
def test_an_offset_is_right_to_2_cm(latitude: float, longitude: float, east_m: float, north_m: float) -> None:
    origin = Position(latitude, longitude)
    found, right = cartesian(shifted(origin, east_m, north_m)), cartesian(exactly(origin, east_m, north_m))
    assert sqrt(sum((one - other) ** 2 for one, other in zip(found, right, strict=True))) < 0.02


def test_what_lies_across_the_date_line_has_its_longitude() -> None:
    assert shifted(Position(-17.0, 179.9999), 100.0, 0.0).longitude == pytest.approx(-179.9991, abs=1e-4)


def test_a_degree_of_latitude_and_half_the_earth() -> None:
    assert distance_m(Position(45.0, 4.0), Position(46.0, 4.0)) == pytest.approx(111_195, abs=1)
    assert distance_m(Position(0.0, -90.0), Position(0.0, 90.0)) == pytest.approx(20_015_115, abs=1)
    assert distance_m(Position(48.85, 2.35), Position(45.76, 4.84)) == pytest.approx(392_000, rel=0.006)
