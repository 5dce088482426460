"""Local days of the pole, cut into hours and periods; clocks that are changed make them 23 or 25 hours long (pure)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from agent.calendars import local_moment

HOUR_S = 3600

Window = tuple[int, int]
"""Two whole numbers of seconds since the day's midnight: from, and until, which is not part of it."""


class LocalDay(Struct, frozen=True):
    """A day of a time zone.

    Args:
        begin_unix_s: its midnight.
        length_s: until the next midnight.
        timezone: IANA name.
    """

    day: date
    begin_unix_s: int
    length_s: int
    timezone: str

    def at_s(self, unix_s: float) -> int:
        """Whole seconds since its midnight, within the day."""
        return min(max(0, int(unix_s - self.begin_unix_s)), self.length_s)

    def local(self, at_s: int) -> datetime:
        """What the clocks of the town show."""
        return datetime.fromtimestamp(self.begin_unix_s + at_s, UTC).astimezone(ZoneInfo(self.timezone))

    def windows(self, each_s: int) -> Iterator[Window]:
        """The day in pieces of that length, counted from midnight; the last one ends with the day."""
        for begin_s in range(0, self.length_s, each_s):
            yield begin_s, min(begin_s + each_s, self.length_s)

    def hours(self) -> Iterator[Window]:
        return self.windows(HOUR_S)


@lru_cache(maxsize=256)
def local_day(day: date, timezone: str) -> LocalDay:
    begin, end = (round(local_moment(each, 0, timezone).timestamp()) for each in (day, day + timedelta(days=1)))
    return LocalDay(day, begin, end - begin, timezone)


@lru_cache(maxsize=8)  # a change of one bay asks for the same moment several times
def day_at(unix_s: float, timezone: str) -> LocalDay:
    """The day that a moment belongs to."""
    return local_day(datetime.fromtimestamp(unix_s, ZoneInfo(timezone)).date(), timezone)
