"""The times at which the sun crosses the horizon, and their stand-ins on days when it does not."""

from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import lru_cache
from math import acos, cos, degrees, radians, sin
from typing import Literal

from msgspec import Struct

SunEvent = Literal["sunrise", "sunset", "dawn", "dusk"]

_HORIZON_DEGREES = -32 / 120
"""The upper limb touches the horizon: half of the sun's 32 arc minutes; astral adds the refraction."""

_ELEVATION_DEGREES: dict[SunEvent, float] = {
    "sunrise": _HORIZON_DEGREES,
    "sunset": _HORIZON_DEGREES,
    "dawn": -6.0,
    "dusk": -6.0,
}
_HALF_DAY_MINUTES = 12 * 60.0
_ROUNDS = 3
"""The sun's position at the event depends on when the event is: after three rounds the time moves by less than 1 s."""


class Place(Struct, frozen=True):
    """The place of a pole: degrees north, degrees east, IANA name of its time zone."""

    latitude: float
    longitude: float
    timezone: str


class Sky(Enum):
    """Whether the sun crosses the elevation in question on a day, or on which side of it it stays."""

    CROSSES = "crosses"
    STAYS_ABOVE = "stays_above"
    STAYS_BELOW = "stays_below"


class Crossing(Struct, frozen=True):
    """One sun event of one day.

    Args:
        at: aware UTC. Where the sun stays below, the solar noon of the day: the day has shrunk to nothing. Where it
            stays above, one solar half day and a minute before or after that noon: the night has.
        sky: whether the event is a real one.
    """

    at: datetime
    sky: Sky


@lru_cache(maxsize=256)
def crossing(event: SunEvent, day: date, latitude: float, longitude: float) -> Crossing:
    """The event that belongs to the solar noon of `day`: sunrise and dawn before it, sunset and dusk after it.

    Sea level, standard refraction; civil twilight is the sun 6 degrees below the horizon. `day` is the date at the
    solar noon of the place. The sun's position is astral's (3.2, after the NOAA solar calculator); the search is not:
    astral searches by days of UTC, and misses the second of two sunrises that fall on one.
    """
    noon_minutes = _transit_minutes(day, _mean_noon_minutes(longitude), longitude)
    side = -1 if event in {"sunrise", "dawn"} else 1
    minutes, cosine = noon_minutes, 0.0
    for _round in range(_ROUNDS):
        cosine = _hour_angle_cosine(event, day, minutes, latitude)
        half_arc_minutes = 4 * degrees(acos(min(1.0, max(-1.0, cosine))))
        minutes = _transit_minutes(day, minutes, longitude) + side * half_arc_minutes
    if cosine > 1:
        return Crossing(_utc(day, noon_minutes), Sky.STAYS_BELOW)
    if cosine < -1:
        return Crossing(_utc(day, noon_minutes + side * (_HALF_DAY_MINUTES + 1)), Sky.STAYS_ABOVE)
    return Crossing(_utc(day, minutes), Sky.CROSSES)


def _mean_noon_minutes(longitude: float) -> float:
    """Minutes of UTC after midnight: a degree is 4 minutes."""
    return _HALF_DAY_MINUTES - 4 * longitude


def _century(day: date, minutes: float) -> float:
    from astral.julian import julianday, julianday_to_juliancentury

    return julianday_to_juliancentury(julianday(day) + minutes / (2 * _HALF_DAY_MINUTES))


def _transit_minutes(day: date, near_minutes: float, longitude: float) -> float:
    """Solar noon, by the equation of time at a moment near it."""
    from astral.sun import eq_of_time

    return _mean_noon_minutes(longitude) - eq_of_time(_century(day, near_minutes))


def _hour_angle_cosine(event: SunEvent, day: date, minutes: float, latitude: float) -> float:
    """Returns the cosine of the angle from noon at which the sun stands at the event's elevation; above 1: it is never
    so high; below -1: never so low.

    Meeus, Astronomical Algorithms, chapter 15. At the poles the angle has no meaning: astral's limit of 89.8 degrees.
    """
    from astral import refraction_at_zenith
    from astral.sun import sun_declination

    zenith = 90.0 - _ELEVATION_DEGREES[event]
    zenith += refraction_at_zenith(zenith)
    lat = radians(min(89.8, max(-89.8, latitude)))
    declination = radians(sun_declination(_century(day, minutes)))
    return (cos(radians(zenith)) - sin(lat) * sin(declination)) / (cos(lat) * cos(declination))


def _utc(day: date, minutes: float) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(minutes=minutes)
