"""The times at which the sun crosses the horizon, and their stand-ins on days when it does not.

The sun's place is reckoned here: VSOP87's longitude of the earth, shortened to what is above 0.4 seconds of arc
(Bretagnon and Francou 1988; Meeus, Astronomical Algorithms, chapters 22, 25 and 32), and checked against JPL's DE421.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import lru_cache
from math import asin, atan2, cos, degrees, radians, sin
from typing import Literal

from msgspec import Struct

SunEvent = Literal[
    "sunrise", "sunset", "dawn", "dusk", "nautical_dawn", "nautical_dusk", "astronomical_dawn", "astronomical_dusk"
]

ELEVATION_DEGREES: dict[SunEvent, float] = {
    "sunrise": -0.8333,
    "sunset": -0.8333,
    "dawn": -6.0,
    "dusk": -6.0,
    "nautical_dawn": -12.0,
    "nautical_dusk": -12.0,
    "astronomical_dawn": -18.0,
    "astronomical_dusk": -18.0,
}
"""Heights of the sun's centre: at the horizon half of its disc (16') and the refraction (34') are taken off, at the
twilights nothing is."""

MORNING: frozenset[SunEvent] = frozenset({"sunrise", "dawn", "nautical_dawn", "astronomical_dawn"})

_HALF_DAY = 0.5
_PARALLAX_DEGREES = 8.794 / 3600
"""The sun stands by so much less above the horizon of a place than above that of the earth's centre."""

_DAYS_TO_2000 = (date(2000, 1, 1) - date(1970, 1, 1)).days
_DELTA_T_DAYS = 69.2 / 86400
"""The earth's rotation is late by that against the time of the ephemeris; it moves by less than 1 s in 10 years."""

_LONGITUDE: tuple[tuple[tuple[float, float, float], ...], ...] = (
    (
        (175347046, 0, 0), (3341656, 4.6692568, 6283.07585), (34894, 4.6261, 12566.1517), (3497, 2.7441, 5753.3849),
        (3418, 2.8289, 3.5231), (3136, 3.6277, 77713.7715), (2676, 4.4181, 7860.4194), (2343, 6.1352, 3930.2097),
        (1324, 0.7425, 11506.7698), (1273, 2.0371, 529.691), (1199, 1.1096, 1577.3435), (990, 5.233, 5884.927),
        (902, 2.045, 26.298), (857, 3.508, 398.149), (780, 1.179, 5223.694), (753, 2.533, 5507.553),
        (505, 4.583, 18849.228), (492, 4.205, 775.523), (357, 2.92, 0.067), (317, 5.849, 11790.629),
        (284, 1.899, 796.298), (271, 0.315, 10977.079), (243, 0.345, 5486.778), (206, 4.806, 2544.314),
    ),
    ((628331966747, 0, 0), (206059, 2.678235, 6283.07585), (4303, 2.6351, 12566.1517), (425, 1.59, 3.523)),
    ((52919, 0, 0), (8720, 1.0721, 6283.0758)),
)  # fmt: skip
"""The terms of each power of the millennia since 2000: amplitude in 1e-8 rad, phase and rate in rad."""


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

    Sea level, standard refraction. `day` is the date at the solar noon of the place. The sun rises from its lowest
    point to its highest and falls to the next lowest, so that between two of them it crosses an elevation once or
    never: no event is missed, and none is invented where it only comes near.
    """

    def above(days: float) -> float:
        return _elevation(days, latitude, longitude) - ELEVATION_DEGREES[event]

    mean_noon = (day - date(2000, 1, 1)).days + _HALF_DAY - longitude / 360
    side = -1 if event in MORNING else 1
    noon = _extreme(above, mean_noon, 1)
    night = _extreme(above, mean_noon + side * _HALF_DAY, -1)
    if above(noon) <= 0:
        return Crossing(_utc(noon), Sky.STAYS_BELOW)
    if above(night) >= 0:
        return Crossing(_utc(noon + side * (_HALF_DAY + 1 / 1440)), Sky.STAYS_ABOVE)
    return Crossing(_utc(_root(above, night, noon)), Sky.CROSSES)


def elevation_degrees(unix_s: float, latitude: float, longitude: float) -> float:
    """Returns the height of the sun's centre above the horizon at a moment, degrees, without refraction."""
    return _elevation(unix_s / 86400 - _DAYS_TO_2000, latitude, longitude)


def _extreme(height: Callable[[float], float], near: float, sign: int) -> float:
    """Returns where the sun is highest (1) or lowest (-1) within an hour of `near`, to a tenth of a second of height.

    A parabola through three points, drawn twice: at the poles, where it hardly moves, the middle itself.
    """
    for step in (1 / 24, 1 / 240):
        before, here, after = (sign * height(near + each) for each in (-step, 0.0, step))
        bend = before - 2 * here + after
        near += max(-step, min(step, step / 2 * (before - after) / bend)) if bend < 0 else 0.0
    return near


def _root(height: Callable[[float], float], below: float, above: float) -> float:
    """Returns when the height is 0, between a time below and one above it, to 0.05 s."""
    while abs(above - below) > 1e-6:
        middle = (below + above) / 2
        below, above = (middle, above) if height(middle) < 0 else (below, middle)
    return (below + above) / 2


def _elevation(days: float, latitude: float, longitude: float) -> float:
    """Returns the height of the sun's centre without refraction, degrees, `days` after 2000-01-01 0:00 UTC."""
    first = int(days // 1)
    transit, declination = _between(first, days - first)
    angle, north = radians(360 * (days + _HALF_DAY) + longitude + transit), radians(latitude)
    sine = sin(north) * sin(declination) + cos(north) * cos(declination) * cos(angle)
    height = degrees(asin(max(-1.0, min(1.0, sine))))
    return height - _PARALLAX_DEGREES * cos(radians(height))


def _between(first: int, part: float) -> tuple[float, float]:
    """The equation of time, degrees, and the declination, rad, `part` of a day after midnight."""
    transit, declination = _course(first)
    return _cubic(transit, part), _cubic(declination, part)


def _cubic(terms: Sequence[float], part: float) -> float:
    return ((terms[3] * part + terms[2]) * part + terms[1]) * part + terms[0]


@lru_cache(maxsize=64)
def _course(day: int) -> tuple[Sequence[float], Sequence[float]]:
    """The cubics of both through their values at four midnights, of which the second begins the day."""
    transits, declinations = zip(*(_place(day + each) for each in (-1, 0, 1, 2)), strict=True)
    return _through(*transits), _through(*declinations)


def _through(before: float, here: float, after: float, later: float) -> Sequence[float]:
    bend, twist = (before - 2 * here + after) / 2, (later - 3 * after + 3 * here - before) / 6
    return here, after - here - bend - twist, bend, twist


@lru_cache(maxsize=64)
def _place(day: int) -> tuple[float, float]:
    """The equation of time, degrees, and the apparent declination, rad, at 0:00 UTC, `day` days after 2000-01-01."""
    millennia = (day - _HALF_DAY + _DELTA_T_DAYS) / 365250
    earth = sum(
        millennia**power * sum(size * cos(phase + rate * millennia) for size, phase, rate in terms)
        for power, terms in enumerate(_LONGITUDE)
    )
    node = radians(125.04452 - 19341.36261 * millennia)
    mean = radians(280.4664567 + 360007.6982779 * millennia)
    nutation = (-17.20 * sin(node) - 1.32 * sin(2 * mean)) / 3600
    oblique = radians(23.4392911 - 0.1300417 * millennia + (9.20 * cos(node) + 0.57 * cos(2 * mean)) / 3600)
    apparent = radians(degrees(earth * 1e-8) + 180 + nutation - 20.4898 / 3600)
    right_ascension = degrees(atan2(cos(oblique) * sin(apparent), cos(apparent)))
    mean_sun = 280.4664567 - 0.0057183 + 360007.6982779 * (millennia - _DELTA_T_DAYS / 365250)
    return _half_turn(mean_sun + nutation * cos(oblique) - right_ascension), asin(sin(oblique) * sin(apparent))


def _half_turn(angle: float) -> float:
    return (angle + 180) % 360 - 180


def _utc(days: float) -> datetime:
    return datetime.combine(date(2000, 1, 1), time(), UTC) + timedelta(days=days)
