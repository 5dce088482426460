"""When the sun crosses the horizon, and what stands in for it on days when it does not."""

from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from astral import Observer

SunEvent = Literal["sunrise", "sunset", "dawn", "dusk"]

_HORIZON_DEGREES = -32 / 120
"""The upper limb touches the horizon: half of the sun's 32 arc minutes; astral adds the refraction."""

_ELEVATION_DEGREES: dict[SunEvent, float] = {
    "sunrise": _HORIZON_DEGREES,
    "sunset": _HORIZON_DEGREES,
    "dawn": -6.0,
    "dusk": -6.0,
}
_HALF_DAY = timedelta(hours=12)
_SLACK = timedelta(minutes=30)
_MIDNIGHT_OVERLAP = timedelta(minutes=1)


class Place(Struct, frozen=True):
    """Where a pole stands: degrees north, degrees east, IANA name of its time zone."""

    latitude: float
    longitude: float
    timezone: str


class Sky(Enum):
    """Whether the sun crosses the elevation in question on a day, or on which side of it it stays."""

    CROSSES = "crosses"
    STAYS_ABOVE = "stays above"
    STAYS_BELOW = "stays below"


class Crossing(Struct, frozen=True):
    """One sun event of one day.

    Args:
        at: aware UTC. Where the sun stays below, the solar noon of the day: the day has shrunk to nothing. Where it
            stays above, one solar half day and a minute before or after that noon: the night has.
        sky: whether the event is a real one.
    """

    at: datetime
    sky: Sky


@lru_cache(maxsize=1024)
def crossing(event: SunEvent, day: date, latitude: float, longitude: float) -> Crossing:
    """The event that belongs to the solar noon of `day`: sunrise and dawn before it, sunset and dusk after it.

    Source: astral 3.2 (after the NOAA solar calculator), sea level, standard refraction; civil twilight is the sun
    6 degrees below the horizon. `day` is the date at the solar noon of the place.
    """
    from astral import Observer
    from astral.sun import noon as solar_noon

    observer = Observer(latitude, longitude)
    noon = solar_noon(observer, day, UTC)
    found = _near_noon(observer, event, noon)
    if found is not None:
        return Crossing(found, Sky.CROSSES)
    if _stays_below(observer, event, noon):
        return Crossing(noon, Sky.STAYS_BELOW)
    half = _HALF_DAY + _MIDNIGHT_OVERLAP
    return Crossing(noon - half if _before_noon(event) else noon + half, Sky.STAYS_ABOVE)


def _before_noon(event: SunEvent) -> bool:
    return event in {"sunrise", "dawn"}


def _near_noon(observer: "Observer", event: SunEvent, noon: datetime) -> datetime | None:
    """The crossing in the half day beside `noon`; astral counts days in UTC, which far east or west is another one."""
    for shift in (0, -1, 1):
        found = _on_utc_day(observer, event, noon.date() + timedelta(days=shift))
        if found is not None:
            distance = noon - found if _before_noon(event) else found - noon
            if -_SLACK < distance < _HALF_DAY + _SLACK:
                return found
    return None


def _on_utc_day(observer: "Observer", event: SunEvent, day: date) -> datetime | None:
    """None on days without the event."""
    from astral import SunDirection
    from astral.sun import time_at_elevation

    direction = SunDirection.RISING if _before_noon(event) else SunDirection.SETTING
    try:
        return time_at_elevation(observer, _ELEVATION_DEGREES[event], day, direction)
    except ValueError:  # astral's word for "the sun does not reach that elevation on that day"
        return None


def _stays_below(observer: "Observer", event: SunEvent, noon: datetime) -> bool:
    """Without a crossing the whole day lies on one side: the middle between its highest and lowest point tells."""
    from astral.sun import elevation

    highest, lowest = elevation(observer, noon), elevation(observer, noon + _HALF_DAY)
    return (highest + lowest) / 2 < _ELEVATION_DEGREES[event]
