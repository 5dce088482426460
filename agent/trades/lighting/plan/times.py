"""Times as a technician writes them: a sun event with an offset, or the local clock."""

import re
from datetime import date

from msgspec import Struct

from agent.calendars import DAY_MINUTES, local_moment, meant_clock, parse_clock
from agent.trades.lighting.plan.sun import ELEVATION_DEGREES, MORNING, Place, Sky, SunEvent, crossing
from drivers.options import Seconds
from drivers.translation import _

NOON_MINUTES = 12 * 60

_SUN = re.compile(rf"({'|'.join(ELEVATION_DEGREES)})\s*(?:([+-])\s*(\S.*))?")
_MIDDLE = re.compile(r"middle\s*(?:([+-])\s*(\S.*))?")
_MAX_OFFSET_S = 6 * 3600.0
_SUN_EVENTS: dict[str, SunEvent] = {str(event): event for event in ELEVATION_DEGREES}


class SunTime(Struct, frozen=True):
    """A sun event and an offset, positive after it."""

    event: SunEvent
    offset_s: float = 0.0

    @property
    def evening(self) -> bool:
        return self.event not in MORNING

    def __str__(self) -> str:
        return f"{self.event}{self.offset_s / 60:+g}min" if self.offset_s else self.event


class LocalTime(Struct, frozen=True):
    """A time of the local clock, minutes past midnight."""

    minutes: int

    @property
    def evening(self) -> bool:
        """Whether it lies in the half of the day that begins a night."""
        return self.minutes >= NOON_MINUTES

    def __str__(self) -> str:
        return f"{self.minutes // 60:02}:{self.minutes % 60:02}"


Expression = SunTime | LocalTime


class MiddleTime(Struct, frozen=True):
    """Seconds after the middle of a night between its two ends; negative before it."""

    offset_s: float = 0.0

    @property
    def evening(self) -> bool:
        return self.offset_s < 0

    def __str__(self) -> str:
        return f"middle{self.offset_s / 60:+g}min" if self.offset_s else "middle"


Inside = Expression | MiddleTime
"""A time inside a night."""

NOON = LocalTime(NOON_MINUTES)


class PlacedTime(Struct, frozen=True):
    """An expression on one day.

    Args:
        at_s: unix seconds of the event or time itself, without its offset.
        sky: whether the event occurs.
    """

    at_s: float
    offset_s: float = 0.0
    sky: Sky = Sky.CROSSES

    def moment_s(self, dropped: bool = True) -> float:
        """Returns unix seconds with the offset; without it where the event does not occur and `dropped`."""
        return self.at_s if dropped and self.sky is not Sky.CROSSES else self.at_s + self.offset_s


def placed(expression: Expression, day: date, place: Place) -> PlacedTime:
    """Returns when `expression` is on a local date (for a sun event: the date of its solar noon), to the second.

    A moment that a datetime cannot hold exactly would come before itself.
    """
    if isinstance(expression, LocalTime):
        return PlacedTime(local_moment(day, expression.minutes, place.timezone).timestamp())
    sun = crossing(expression.event, day, place.latitude, place.longitude)
    return PlacedTime(float(round(sun.at.timestamp())), round(expression.offset_s, 3), sun.sky)


def parse(text: str) -> Expression:
    """A sun event with an offset as in "sunset-10min", or local time as in "23:00".

    Raises ValueError, in words for a technician.
    """
    sun = _SUN.fullmatch(text.strip())
    if sun is None:
        return parse_local(text)
    event, sign, offset = sun.groups()
    return SunTime(_SUN_EVENTS[event], _offset_s(text, event, sign, offset))


def parse_inside(text: str) -> Inside:
    """The same, and "middle" with an offset as in "middle-2h". Raises ValueError, in words for a technician."""
    middle = _MIDDLE.fullmatch(text.strip())
    return parse(text) if middle is None else MiddleTime(_offset_s(text, "middle", *middle.groups()))


def _offset_s(text: str, event: str, sign: str | None, offset: str | None) -> float:
    offset_s = float(Seconds.parse(offset)) if offset else 0.0
    if offset_s > _MAX_OFFSET_S:
        what = _('"{text}" is more than 6 hours away from {event}; write a local time such as "23:00"')
        raise ValueError(what.format(text=text, event=event))
    return -offset_s if sign == "-" else offset_s


def parse_local(text: str) -> LocalTime:
    """Local time "HH:MM", 00:00 to 23:59. Raises ValueError, in words for a technician."""
    minutes = parse_clock(text)
    if minutes is None and (meant := meant_clock(text)) is not None:
        raise ValueError(_('"{text}" is no local time; write "{meant}"').format(text=text, meant=meant))
    if minutes == DAY_MINUTES:
        raise ValueError(_('"{text}" is the midnight that begins the next day; write "00:00"').format(text=text))
    if minutes is None:
        what = _(
            '"{text}" is neither a sun event nor a time; write for example "sunset", "sunset-10min", "dusk", "dawn", '
            '"sunrise+1h" or local time with four digits such as "06:30"'
        )
        raise ValueError(what.format(text=text))
    return LocalTime(minutes)
